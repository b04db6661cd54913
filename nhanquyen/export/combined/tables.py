"""The tables of the combined Excel, derived from the definition: a field or block added there needs nothing here.

No file format is known here. Who writes a table out numbers its rows, adds up what adds up and draws the frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from nhanquyen.directive import Block, BlockKind, Directive, Item, MatrixRow
from nhanquyen.directive.values import as_count
from nhanquyen.export.cells import Value
from nhanquyen.export.combined.columns import (
    CODE,
    COUNT_WIDTH,
    NAME,
    STATUS,
    Column,
    Format,
    Sums,
    add_up,
    block_columns,
    capital,
    coded_rows,
    field_column,
    heading_of,
    in_row,
    marked_total,
    said_columns,
)  # fmt: skip
from nhanquyen.export.combined.record import Case, Record, local
from nhanquyen.overview import Standing


@dataclass(frozen=True)
class Table:
    """A table. *by_unit* has one row a unit, in the parts of the unit list with their sums.

    *marked* shows marks in place of numbers; *counts_statuses* ends with how many units stand where.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    records: Callable[[Case], Iterable[Record]]
    by_unit: bool = True
    item: Item | None = None
    marked: bool = False
    counts_statuses: bool = False

    @property
    def has_totals(self) -> bool:
        return any(column.total for column in self.columns)


def _one(case: Case) -> Iterable[Record]:
    return (Record(case),)


def summary_table(directive: Directive) -> Table:
    """The first sheet: the main totals, a row a unit."""
    columns = [CODE, NAME, STATUS]
    for path, field in directive.headline_fields:
        item = directive.by_key[path.split(".")[0]]
        over = f"Nội dung {item.number}"
        value = partial(marked_total, item, path)
        columns.append(Column(heading_of(field), value, COUNT_WIDTH, Format.COUNT, field.unit, over, add_up))
    columns.append(Column("Ghi chú", _remark, 20))
    title = f"TỔNG HỢP KẾT QUẢ THỰC HIỆN CÔNG VĂN SỐ {directive.number}"
    return Table("Tổng hợp", title, tuple(columns), _one, marked=True)


def _remark(record: Record) -> Value:
    days = record.case.line.late_days(record.case.now)
    return f"Trễ hạn {days} ngày" if days else None


def item_table(item: Item) -> Table:
    """Everything that the units report of one item and that stands once a unit."""
    before, after = said_columns(item)
    blocks = [column for block in item.answered_blocks for column in block_columns(item, block)]
    columns = (CODE, NAME, *before, *blocks, *after)
    return Table(f"Nội dung {item.number}", _item_title(item), columns, _one, item=item)


def _item_title(item: Item) -> str:
    return f"NỘI DUNG {item.number}. {item.title}"


def rows_table(item: Item, block: Block) -> Table:
    """The rows of a table or matrix, one under the other; no row is ever left out for being like another."""
    matrix = block.kind is BlockKind.MATRIX
    where = [CODE, NAME]
    if matrix:
        where.append(Column("Ký hiệu", lambda record: record.prescribed.code or None, 9, Format.CENTRED))
        where.append(Column(capital(block.row_name), lambda record: record.prescribed.label, 40))
    else:
        where.append(Column("Dòng", lambda record: record.number, 7, Format.ORDINAL))
    return Table(
        name=f"ND{item.number} - Từng {block.row_name}",
        title=f"{_item_title(item)}: {block.title}",
        columns=(*where, *(field_column(each, partial(in_row, each)) for each in block.fields)),
        records=partial(_matrix_records if matrix else _table_records, item, block),
        by_unit=False,
        item=item,
    )


def _table_records(item: Item, block: Block, case: Case) -> Iterable[Record]:
    if case.answers is None or case.standings[item.key] is not Standing.DONE:
        return ()
    return (Record(case, row, number) for number, row in enumerate(case.answers.rows(item, block), start=1))


def _matrix_records(item: Item, block: Block, case: Case) -> Iterable[Record]:
    """The prescribed rows, also when they are blank; a free row only when it says something."""
    if case.answers is None or case.standings[item.key] is not Standing.DONE:
        return ()
    pairs = zip(case.answers.rows(item, block), block.rows, strict=True)
    return (Record(case, row, 0, said) for row, said in pairs if said.code or row.values)


def coverage_table(item: Item, block: Block) -> Table:
    """Units × prescribed rows of a matrix: how much each unit has of each, and of how many it has any."""
    wanted = coded_rows(block)
    columns = [CODE, NAME]
    coded = [index for index, row in enumerate(block.rows, start=len(columns)) if row.code]
    columns += (_marked_sum(row.label, partial(_row_count, item, block, (row,)), 14, row.code) for row in block.rows)
    columns.append(_marked_sum("Tổng số", partial(_row_count, item, block, block.rows), COUNT_WIDTH, ""))

    def covered(sums: Sums, index: int) -> Value:
        return f"{sum(bool(sums[each]) for each in coded)}/{wanted}"

    done = partial(_coverage, item, f"{item.key}.{block.key}.rows", wanted)
    columns.append(Column(f"Số {block.row_name} đã thực hiện", done, 14, Format.SHARE, total=covered))
    title = f"{_item_title(item)}: {block.title}"
    return Table(f"ND{item.number} - Đơn vị × {block.row_name}", title, tuple(columns), _one, marked=True)


def _marked_sum(heading: str, value: Callable[[Record], Value], width: float, over: str) -> Column:
    return Column(heading, value, width, Format.COUNT, over=over, total=add_up)


def _row_count(item: Item, block: Block, rows: Sequence[MatrixRow], record: Record) -> Value:
    case = record.case
    if case.answers is None or case.standings[item.key] is not Standing.DONE:
        return case.mark(item)
    held = [row.values for each in rows if (row := case.answers.row(item.key, block.key, each.key))]
    counts = [n for values in held for each in block.counts if (n := as_count(values.get(each.key))) is not None]
    return sum(counts) if counts else None


def _coverage(item: Item, path: str, wanted: int, record: Record) -> Value:
    number = marked_total(item, path, record)
    return f"{number or 0}/{wanted}" if not isinstance(number, str) else number


def sending_table() -> Table:
    """Who has sent, when, late or not, and whom to call."""
    columns = (
        CODE,
        NAME,
        Column("Trạng thái", STATUS.value, 16),
        Column("Lần gửi", lambda record: record.case.line.revision or None, 8, Format.ORDINAL),
        Column("Thời điểm gửi", lambda record: local(record.case.line.sent_at), 17, Format.INSTANT),
        Column("Đúng hạn, trễ hạn", _punctuality, 22),
        Column("Hạn nộp", lambda record: local(record.case.line.due_at), 17, Format.INSTANT),
        Column("Người phụ trách", lambda record: record.case.line.contact or None, 24),
        Column("Chức vụ", lambda record: record.case.line.contact_position or None, 22),
        Column("Điện thoại", lambda record: record.case.line.phone or None, 17),
    )
    return Table("Tình hình gửi", "TÌNH HÌNH GỬI BÁO CÁO", columns, _one, counts_statuses=True)


def _punctuality(record: Record) -> Value:
    line, days = record.case.line, record.case.line.late_days(record.case.now)
    if line.counted:
        return f"Trễ hạn {days} ngày" if days else "Đúng hạn"
    unsent = "Chưa gửi lại" if line.revision else "Chưa gửi"
    return f"{unsent}, trễ hạn {days} ngày" if days else unsent


def tables_of(directive: Directive) -> list[Table]:
    """Every table of the workbook, in the order of its sheets."""
    found = [summary_table(directive)]
    for item in directive.items:
        found.append(item_table(item))
        for block in item.answered_blocks:
            if block.kind is BlockKind.MATRIX:
                found.append(coverage_table(item, block))
            if not block.single:
                found.append(rows_table(item, block))
    found.append(sending_table())
    return found
