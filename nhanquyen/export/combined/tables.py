"""The tables of the combined Excel, derived from the definition: a field or block added there needs nothing here.

No file format is known here. Who writes a table out numbers its rows, adds up what adds up and draws the frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from nhanquyen.clock import format_instant
from nhanquyen.directive import Block, BlockKind, Directive, Item
from nhanquyen.export.cells import Value
from nhanquyen.export.combined.columns import (
    CODE,
    COUNT_WIDTH,
    NAME,
    NARROW_WIDTH,
    STATUS,
    Column,
    Format,
    block_columns,
    field_column,
    heading_of,
    in_row,
    marked_total,
    reached_rows,
    row_count,
    said_columns,
)  # fmt: skip
from nhanquyen.export.combined.record import Case, Record, local
from nhanquyen.overview import Standing


@dataclass(frozen=True)
class Table:
    """A table. *by_unit* has one row a unit, in the parts of the unit list with their sums.

    *marked* shows marks in place of numbers; *counts_statuses* ends with how many units stand where; *signed*
    has the office above and room for signatures below. The first *standing* columns, the number of the row
    included, are on every page. *remark* explains what the headings cannot.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    records: Callable[[Case], Iterable[Record]]
    by_unit: bool = True
    item: Item | None = None
    marked: bool = False
    counts_statuses: bool = False
    signed: bool = False
    standing: int = 3
    remark: str = ""

    @property
    def has_totals(self) -> bool:
        return any(column.adds_up for column in self.columns)


def _one(case: Case) -> Iterable[Record]:
    return (Record(case),)


def summary_table(directive: Directive) -> Table:
    """The first sheet: the main totals, a row a unit."""
    columns = [CODE, NAME, STATUS]
    for path, field in directive.headline_fields:
        item = directive.by_key[path.split(".")[0]]
        over = f"Nội dung {item.number}"
        value = partial(marked_total, item, path)
        head, unit = heading_of(field), field.unit
        columns.append(Column(head, value, NARROW_WIDTH, Format.COUNT, unit, over, True, True, path=path))
    columns.append(Column("Ghi chú", _remark, 11))
    title = f"TỔNG HỢP KẾT QUẢ THỰC HIỆN CÔNG VĂN SỐ {directive.number}"
    return Table("Tổng hợp", title, tuple(columns), _one, marked=True, signed=True, standing=4)


def _remark(record: Record) -> Value:
    return record.case.line.late_label(record.case.now) or None


def item_table(item: Item) -> Table:
    """Everything that the units report of one item and that stands once a unit."""
    before, after = said_columns(item)
    blocks = [column for block in item.answered_blocks for column in block_columns(item, block)]
    columns = (CODE, NAME, *before, *blocks, *after)
    names = [block.row_name for block in item.answered_blocks if block.kind is BlockKind.MATRIX]
    remark = "".join(f"Số {name} ở các dòng cộng: {name} có ít nhất một đơn vị thực hiện." for name in names)
    title = _item_title(item)
    return Table(f"Nội dung {item.number}", title, columns, _one, item=item, standing=4, remark=remark)


def _item_title(item: Item) -> str:
    return f"NỘI DUNG {item.number}. {item.title}"


def rows_table(item: Item, block: Block) -> Table:
    """The rows of a table or matrix, one under the other; no row is ever left out for being like another."""
    matrix = block.kind is BlockKind.MATRIX
    where = [CODE, NAME]
    if matrix:
        where.append(Column("Ký hiệu", lambda record: record.prescribed.code or None, 7, Format.CENTRED))
        where.append(Column(block.row_title, lambda record: record.prescribed.label, 32))
    else:
        where.append(Column("Dòng", lambda record: record.number, 7, Format.ORDINAL))
    return Table(
        name=f"ND{item.number} - Từng {block.row_name}",
        title=f"{_item_title(item)}: {block.title}",
        columns=(*where, *(field_column(each, partial(in_row, each)) for each in block.fields)),
        records=partial(_matrix_records if matrix else _table_records, item, block),
        by_unit=False,
        item=item,
        standing=4,
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
    wanted = len(block.prescribed)
    columns = [CODE, NAME]
    columns += (_marked_sum(row.label, partial(row_count, item, block, (row,)), 14, row.code) for row in block.rows)
    columns.append(_marked_sum("Tổng số", partial(row_count, item, block, block.rows), COUNT_WIDTH, ""))
    done, reached = partial(_coverage, item, item.rows_path(block), wanted), partial(reached_rows, item, block)
    heading = f"Số {block.row_name} đã thực hiện"
    columns.append(Column(heading, done, 10, Format.SHARE, reached=reached, wanted=wanted))
    title = f"{_item_title(item)}: {block.title}"
    return Table(f"ND{item.number} - Đơn vị × {block.row_name}", title, tuple(columns), _one, marked=True)


def _marked_sum(heading: str, value: Callable[[Record], Value], width: float, over: str) -> Column:
    return Column(heading, value, width, Format.COUNT, over=over, adds_up=True)


def _coverage(item: Item, path: str, wanted: int, record: Record) -> Value:
    number = marked_total(item, path, record)
    return f"{number or 0}/{wanted}" if not isinstance(number, str) else number


def _entered(record: Record) -> Value:
    """Who of the Team entered the report for the unit, and when it was sent or since when it is being entered."""
    line = record.case.line
    if line.entered_at is None:
        return None
    when = format_instant(line.entered_at)
    return f"{line.entered_by}, {when}" if line.counted else f"Đang nhập thay: {line.entered_by}, từ {when}"


INTERNAL_COLUMNS = (  # name colleagues: for the Team, and for no report that leaves it
    Column("Nhập thay", _entered, 18),
    Column("Người phụ trách", lambda record: record.case.line.contact or None, 18),
    Column("Chức vụ", lambda record: record.case.line.contact_position or None, 15),
    Column("Điện thoại", lambda record: record.case.line.phone or None, 17),
)


def sending_table() -> Table:
    """Who has sent, when, late or not, and whom to call."""
    columns = (
        CODE,
        NAME,
        Column("Trạng thái", STATUS.value, 16),
        Column("Lần gửi", lambda record: record.case.line.revision or None, 8, Format.ORDINAL),
        Column("Thời điểm gửi", lambda record: local(record.case.line.sent_at), 17, Format.INSTANT),
        Column("Đúng hạn, trễ hạn", _punctuality, 18),
        Column("Hạn gửi", lambda record: local(record.case.line.due_at), 17, Format.INSTANT),
        Column("Gia hạn", lambda record: "Có" if record.case.line.extended else None, 8, Format.CENTRED),
        *INTERNAL_COLUMNS,
    )
    return Table("Tình hình gửi", "TÌNH HÌNH GỬI BÁO CÁO", columns, _one, counts_statuses=True)


def _punctuality(record: Record) -> Value:
    line, late = record.case.line, record.case.line.late_label(record.case.now)
    if line.counted:
        return late or "Đúng hạn"
    unsent = "Chưa gửi lại" if line.revision else "Chưa gửi"
    return f"{unsent}, {late[0].lower()}{late[1:]}" if late else unsent


def tables_of(directive: Directive, *, without_units: bool = False) -> list[Table]:
    """Every table of the workbook, in the order of its sheets; of those by item none when there are no units."""
    found = [summary_table(directive)]
    for item in () if without_units else directive.items:
        found.append(item_table(item))
        for block in item.answered_blocks:
            if block.kind is BlockKind.MATRIX:
                found.append(coverage_table(item, block))
            if not block.single:
                found.append(rows_table(item, block))
    found.append(sending_table())
    return found
