"""The columns of the combined Excel: what heads them, how they look, and the value they give of a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from nhanquyen.directive import STATUS_BLOCK, Block, BlockKind, Field, Item, Kind
from nhanquyen.export.cells import Value
from nhanquyen.export.combined.record import Record, answer_value
from nhanquyen.overview import Standing

Sums = Sequence[int | None]
Total = Callable[[Sums, int], Value]


def add_up(sums: Sums, index: int) -> Value:
    """The total of an ordinary column of numbers."""
    return sums[index]


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
    """A column. *over* joins neighbours under one heading; *total* makes what stands in the rows of sums."""

    heading: str
    value: Callable[[Record], Value]
    width: float
    format: Format = Format.TEXT
    unit: str = ""
    over: str = ""
    total: Total | None = None


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


COUNT_WIDTH = 11.0
_WIDTHS = {Kind.COUNT: COUNT_WIDTH, Kind.DATE: 12.0, Kind.CHOICE: 16.0, Kind.TICK: 11.0, Kind.PARAGRAPH: 55.0}
_FORMATS = {Kind.COUNT: Format.COUNT, Kind.DATE: Format.DATE, Kind.TICK: Format.CENTRED}

CODE = Column("Mã", lambda record: record.case.line.code, 10)
NAME = Column("Tên đơn vị", lambda record: record.case.line.name, 32)
STATUS = Column("Tình trạng", lambda record: record.case.line.status.label, 15)


def _width(field: Field) -> float:
    if field.kind is Kind.TEXT:
        return 18 if field.max_length <= 100 else 26 if field.max_length <= 300 else 38
    return _WIDTHS[field.kind]


def heading_of(field: Field) -> str:
    """The number of the field on paper and its short name."""
    return f"{field.code} {field.heading}".strip()


def field_column(field: Field, value: Callable[[Record], Value], over: str = "") -> Column:
    """The column of *field*, whose value comes from *value*; it adds up where the definition says so."""
    counts = field.kind is Kind.COUNT and field.totalled
    return Column(
        heading_of(field), value, _width(field), _FORMATS.get(field.kind, Format.TEXT), field.unit, over,
        add_up if counts else None,
    )  # fmt: skip


def _total_column(heading: str, path: str, unit: str, over: str, adds_up: bool = True) -> Column:
    total = add_up if adds_up else None
    return Column(heading, partial(_total, path), COUNT_WIDTH, Format.COUNT, unit, over, total)


def capital(text: str) -> str:
    """*text* with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def block_columns(item: Item, block: Block) -> list[Column]:
    """A block in the row of its unit: every field of a single row; of several rows what they amount to."""
    if block.single:
        return [field_column(each, partial(_single, item.key, each), block.title) for each in block.fields]
    table = block.kind is BlockKind.TABLE
    done = f"Số {block.row_name} đã thực hiện (trong {coded_rows(block)})"
    heading = f"Số {block.row_name} ghi trong bảng" if table else done
    return [
        *(_total_column(heading_of(each), f"{item.key}.{each.key}", each.unit, block.title) for each in block.counts),
        # "2 of 8" and "3 of 8" are not "5 of 8": `tables.coverage_table` says how many there are over all units.
        _total_column(heading, f"{item.key}.{block.key}.rows", block.row_name, block.title, adds_up=table),
    ]


def said_columns(item: Item) -> tuple[list[Column], list[Column]]:
    """What the unit says of the item as a whole: before its figures, and after them."""
    fields = item.by_key[STATUS_BLOCK].by_key

    def reason(record: Record) -> Value:
        none = record.case.standings[item.key] is Standing.NONE
        return record.case.said(item, "ly_do") if none else None

    before = [Column("Tình trạng", lambda record: record.case.words(item), 24)]
    if "ly_do" in fields:
        before.append(Column(fields["ly_do"].heading, reason, 24))
    explained = fields["giai_trinh"]
    after = Column(explained.heading, lambda record: answer_value(explained, record.case.said(item, "giai_trinh")), 36)
    return before, [after]


def coded_rows(block: Block) -> int:
    """How many rows of a matrix are prescribed."""
    return sum(bool(row.code) for row in block.rows)
