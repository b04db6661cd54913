"""The columns of the combined Excel: what heads them, how they look, and the value they give of a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from nhanquyen.directive import STATUS_BLOCK, Block, BlockKind, Field, Item, Kind, MatrixRow
from nhanquyen.directive.values import as_count
from nhanquyen.export.cells import Value
from nhanquyen.export.combined.record import Record, answer_value
from nhanquyen.overview import Standing


class Format(StrEnum):
    """How the values of a column look."""

    COUNT = "count"
    ORDINAL = "ordinal"
    TEXT = "text"
    CENTRED = "centred"
    SHARE = "share"
    DATE = "date"
    INSTANT = "instant"


WORDS = (Format.TEXT, Format.CENTRED)


@dataclass(frozen=True)
class Column:
    """A column. *over* joins neighbours under one heading, *turned* headings read upwards.

    In the rows of sums stands the sum of a column that *adds_up*; or, with *reached*, how many different keys
    its records reach, of *wanted*. *path* is where the board keeps what the column shows, as ``"n1.so_cuoc"``;
    blank where that is no single total or answer.
    """

    heading: str
    value: Callable[[Record], Value]
    width: float
    format: Format = Format.TEXT
    unit: str = ""
    over: str = ""
    adds_up: bool = False
    turned: bool = False
    reached: Callable[[Record], Iterable[str]] | None = None
    wanted: int = 0
    path: str = ""


def _single(item: str, field: Field, record: Record) -> Value:
    values = record.case.values[item]
    return None if values is None else answer_value(field, values.get(field.key))


def in_row(field: Field, record: Record) -> Value:
    """The answer of *field* in the row that the record is about."""
    return answer_value(field, record.row.values.get(field.key))


def _total(path: str, record: Record) -> Value:
    return record.case.totals.get(path)


def marked_total(item: Item, path: str, record: Record) -> Value:
    """What the unit's answers add up to, or the mark that says why there is no number."""
    case = record.case
    return case.totals.get(path) if case.standings[item.key] is Standing.DONE else case.mark(item)


COUNT_WIDTH = 9.0
_LONE_WIDTH = 15.0  # of a column with a heading above it for itself alone
NARROW_WIDTH = 5.8  # grows with the sums
_WIDTHS = {Kind.COUNT: COUNT_WIDTH, Kind.DATE: 11.0, Kind.CHOICE: 14.0, Kind.TICK: 10.0, Kind.PARAGRAPH: 50.0}
_FORMATS = {Kind.COUNT: Format.COUNT, Kind.DATE: Format.DATE, Kind.TICK: Format.CENTRED}

CODE = Column("Mã", lambda record: record.case.line.code, 9.5)
NAME = Column("Tên đơn vị", lambda record: record.case.line.name, 29)
STATUS = Column("Tình trạng", lambda record: record.case.line.status.label, 13.5)


def _width(field: Field) -> float:
    if field.kind is Kind.TEXT:
        return 16 if field.max_length <= 100 else 22 if field.max_length <= 300 else 28
    return _WIDTHS[field.kind]


def heading_of(field: Field) -> str:
    """The number of the field on paper and its short name."""
    return f"{field.code} {field.heading}".strip()


def field_column(field: Field, value: Callable[[Record], Value], over: str = "", path: str = "") -> Column:
    """The column of *field*, whose value comes from *value*; it adds up where the definition says so."""
    counts = field.kind is Kind.COUNT and field.totalled
    return Column(
        heading_of(field), value, _width(field), _FORMATS.get(field.kind, Format.TEXT), field.unit, over,
        adds_up=counts, path=path,
    )  # fmt: skip


def _total_column(heading: str, path: str, unit: str, over: str, width: float = COUNT_WIDTH) -> Column:
    return Column(heading, partial(_total, path), width, Format.COUNT, unit, over, adds_up=True, path=path)


def block_columns(item: Item, block: Block) -> list[Column]:
    """A block in the row of its unit: every field of a single row; of several rows what they amount to."""
    if block.single:
        return [
            field_column(each, partial(_single, item.key, each), block.title, f"{item.key}.{each.key}")
            for each in block.fields
        ]
    sums = [_total_column(heading_of(each), f"{item.key}.{each.key}", each.unit, block.title) for each in block.counts]
    path = item.rows_path(block)
    if block.kind is BlockKind.TABLE:
        heading, width = f"Số {block.row_name} ghi trong bảng", COUNT_WIDTH if sums else _LONE_WIDTH
        return [*sums, _total_column(heading, path, block.row_name, block.title, width)]
    wanted = len(block.prescribed)
    heading = f"Số {block.row_name} đã thực hiện (trong {wanted})"
    done = Column(
        heading, partial(_total, path), COUNT_WIDTH, Format.COUNT, block.row_name, block.title,
        reached=partial(reached_rows, item, block), wanted=wanted, path=path,
    )  # fmt: skip
    return [*sums, done]


def row_count(item: Item, block: Block, rows: Iterable[MatrixRow], record: Record) -> Value:
    """What the unit has of *rows* of a matrix, all counts together; or the mark that says why there is no number."""
    case = record.case
    if case.answers is None or case.standings[item.key] is not Standing.DONE:
        return case.mark(item)
    held = [row.values for each in rows if (row := case.answers.row(item.key, block.key, each.key))]
    counts = [n for values in held for each in block.counts if (n := as_count(values.get(each.key))) is not None]
    return sum(counts) if counts else None


def reached_rows(item: Item, block: Block, record: Record) -> list[str]:
    """The keys of the prescribed rows of a matrix of which the unit has any.

    "2 of 8" and "3 of 8" are not "5 of 8": the rows of sums count the rows themselves.
    """
    if not record.case.totals.get(item.rows_path(block)):
        return []
    answers = record.case.answers
    held = [(row.key, answers.row(item.key, block.key, row.key)) for row in block.prescribed] if answers else []
    keys = [each.key for each in block.counts]
    return [row for row, said in held if said and any(as_count(said.values.get(key)) for key in keys)]


def said_columns(item: Item) -> tuple[list[Column], list[Column]]:
    """What the unit says of the item as a whole: before its figures, and after them."""
    fields = item.by_key[STATUS_BLOCK].by_key

    def reason(record: Record) -> Value:
        none = record.case.standings[item.key] is Standing.NONE
        return record.case.said(item, "ly_do") if none else None

    before = [Column("Tình trạng", lambda record: record.case.words(item), 14)]
    if "ly_do" in fields:
        before.append(Column(fields["ly_do"].heading, reason, 20))
    explained = fields["giai_trinh"]
    after = Column(explained.heading, lambda record: answer_value(explained, record.case.said(item, "giai_trinh")), 28)
    return before, [after]
