"""The annexes: the tables of the combined Excel on paper, with the same columns, values and sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from nhanquyen.directive import Block, BlockKind, Directive, Item
from nhanquyen.directive.values import group_digits
from nhanquyen.export.cells import Value
from nhanquyen.export.combined.about import About
from nhanquyen.export.combined.columns import Column, Format
from nhanquyen.export.combined.record import Case, Record, legend
from nhanquyen.export.combined.sheet import LESS_LABEL
from nhanquyen.export.combined.tables import (
    INTERNAL_COLUMNS,
    Table,
    coverage_table,
    item_table,
    rows_table,
    sending_table,
    summary_table,
)
from nhanquyen.export.combined.tally import Tally
from nhanquyen.export.consolidated.figures import told_blocks
from nhanquyen.export.consolidated.passage import lower, roman, without_code
from nhanquyen.export.word.catalogue import Says
from nhanquyen.overview import Part, Standing
from nhanquyen.store.reports import ReportLine

DOCUMENTS, TEXTS, SENDING = "*documents", "*texts", "*sending"
MOST_COLUMNS = 12  # values of a table that still can be read on A4 across


class Tone(StrEnum):
    """What a row of a table is."""

    PART = "nhom"
    UNIT = "don_vi"
    SUM = "cong"
    LESS = "tru"
    TOTAL = "tong"


@dataclass(frozen=True, slots=True)
class Head:
    """A heading over a column, or over *span* columns that belong together; *tall* reaches down to the numbers."""

    text: Annotated[str, Says("ten", "Tiêu đề")]
    span: Annotated[int, Says("so_cot", "Số cột ở dưới tiêu đề")] = 1
    tall: Annotated[bool, Says("cao", "Có, nếu tiêu đề kéo xuống hết phần đầu bảng")] = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number, the unit (or what the row is), and the value of every column."""

    tone: Annotated[Tone, Says("loai", "Loại dòng: nhom, don_vi, tru (trừ: tính một lần), cong hoặc tong")]
    number: Annotated[str, Says("stt", "Số thứ tự; dòng nhóm là chữ cái, dòng cộng thì trống")]
    name: Annotated[str, Says("ten", "Tên đơn vị, tên nhóm hoặc tên dòng cộng")]
    cells: Annotated[tuple[str, ...], Says("o", "Các ô của dòng, theo thứ tự cột")]


@dataclass(frozen=True)
class Grid:
    """A table as it stands on paper. *over* is empty when no column has a heading above it."""

    title: Annotated[str, Says("ten", "Tên biểu")]
    measure: Annotated[str, Says("don_vi_tinh", "Đơn vị tính; biểu bằng chữ thì trống")]
    over: Annotated[tuple[Head, ...], Says("dau_tren", "Hàng tiêu đề trên; trống nếu bảng chỉ có một hàng tiêu đề")]
    heads: Annotated[tuple[Head, ...], Says("dau", "Tiêu đề từng cột")]
    numbers: Annotated[tuple[str, ...], Says("so_cot", "Hàng đánh số cột: (1), (2), …")]
    lines: Annotated[tuple[Line, ...], Says("dong", "Các dòng của biểu")]
    after_number: Annotated[int, Says("sau_stt", "Số cột ở sau cột số thứ tự")]
    words: Annotated[bool, Says("la_chu", "Có, nếu các ô là chữ chứ không phải số")]


@dataclass(frozen=True)
class Annex:
    """One annex, with the tables that it takes."""

    label: Annotated[str, Says("so_hieu", "Phụ lục I, II, …")]
    title: Annotated[str, Says("ten", "Tên phụ lục, chữ in hoa")]
    grids: Annotated[tuple[Grid, ...], Says("bieu", "Các biểu của phụ lục")]
    legend: Annotated[str, Says("ky_hieu", "Giải thích ký hiệu trong ô; có thể trống")] = ""
    notes: Annotated[tuple[str, ...], Says("ghi_chu", "Các dòng ghi chú dưới biểu; có thể trống")] = ()


class _Rows:
    """The rows of one table, gathered unit by unit like those of a sheet; see `combined.sheet`."""

    def __init__(self, title: str, table: Table, columns: Sequence[Column], words: bool = False) -> None:
        self.title, self.words = title, words
        self.table = replace(table, columns=tuple(columns))
        self.lines: list[Line] = []
        self._sums, self._part_sums = Tally(self.table.columns), Tally(self.table.columns)
        self._number = 0

    def begin(self, part: Part) -> None:
        self.lines.append(Line(Tone.PART, part.letter, part.title, ()))
        self._part_sums = Tally(self.table.columns)

    def add(self, case: Case) -> None:
        item = self.table.item
        mark = case.mark(item) if item and case.standings[item.key] is not Standing.DONE else ""
        for record in self.table.records(case):
            self._number += 1
            values = [column.value(record) for column in self.table.columns]
            self._part_sums.add(record, values)
            cells = tuple(_shown(value) or mark for value in values)
            self.lines.append(Line(Tone.UNIT, str(self._number), case.line.name, cells))

    def end(self, part: Part, less: Mapping[str, int]) -> None:
        """The sums of a part, without what its units would count a second time: *less*, by path of the total."""
        if self.lines[-1].tone is Tone.PART:
            del self.lines[-1]  # a list of rows names no part that has none
        elif self.table.has_totals:
            numbers: list[Value] = [-less.get(column.path, 0) or None for column in self.table.columns]
            if any(numbers):
                self._part_sums.add_numbers(numbers)
                self._add_sums(Tone.LESS, LESS_LABEL, numbers)
            self._add_sums(Tone.SUM, f"Cộng {lower(part.title)}", self._part_sums.values())
        self._sums.merge(self._part_sums)

    def finish(self) -> None:
        """The sums of all parts."""
        if self.table.has_totals:
            self._add_sums(Tone.TOTAL, "Tổng cộng", self._sums.values())

    def _add_sums(self, tone: Tone, label: str, values: Iterable[Value]) -> None:
        self.lines.append(Line(tone, "", label, tuple(map(_shown, values))))

    def grids(self, name: str) -> list[Grid]:
        """The table under *name* ("Biểu 02"), its columns spread over as many tables as can be read."""
        found, start = [], 0
        for size in _sizes([column.over for column in self.table.columns]):
            columns = self.table.columns[start : start + size]
            lines = (replace(line, cells=line.cells[start : start + size]) for line in self.lines)
            shown = tuple(line for line in lines if line.tone is not Tone.LESS or any(line.cells))
            title = f"{name} (tiếp theo)" if start else f"{name}. {self.title}"
            numbers = tuple(f"({number})" for number in range(1, size + 3))
            measure, headings = _measured(columns)
            over = _over(columns, headings)
            heads = tuple(
                Head(heading, tall=bool(over) and not column.over)
                for heading, column in zip(headings, columns, strict=True)
            )
            found.append(Grid(title, measure, over, heads, numbers, shown, size + 1, self.words))
            start += size
        return found


def _shown(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return group_digits(value)
    if isinstance(value, datetime):
        return value.strftime("%H:%M %d/%m/%Y")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return value


def _sizes(groups: Sequence[str]) -> list[int]:
    """How many columns go on each table: neighbours under one heading stay together where they fit."""
    sizes: list[int] = []
    run: list[int] = []
    for index, group in enumerate(groups):
        if index and group and group == groups[index - 1]:
            run[-1] += 1
        else:
            run.append(1)
    for length in run:
        if sizes and sizes[-1] + length <= MOST_COLUMNS:
            sizes[-1] += length
        else:
            whole, rest = divmod(length, MOST_COLUMNS)
            sizes += [MOST_COLUMNS] * whole + ([rest] if rest else [])
    return sizes


def _measured(columns: Sequence[Column]) -> tuple[str, list[str]]:
    """The unit of measure above the table, if all its numbers have the same; else it stands in each heading."""
    units = {column.unit for column in columns if column.unit}
    if len(units) == 1 and all(column.unit for column in columns if column.adds_up):
        return f"Đơn vị tính: {units.pop()}", [column.heading for column in columns]
    headings = [
        f"{column.heading} ({column.unit})" if column.unit and not column.reached else column.heading
        for column in columns
    ]
    return "Đơn vị tính: ghi ở từng cột" if units else "", headings


def _over(columns: Sequence[Column], headings: Sequence[str]) -> tuple[Head, ...]:
    """The upper row of headings; a column without one has its own heading there, down to the numbers."""
    heads: list[Head] = []
    last = ""
    for column, heading in zip(columns, headings, strict=True):
        if column.over and column.over == last:
            heads[-1] = replace(heads[-1], span=heads[-1].span + 1)
        else:
            heads.append(Head(without_code(column.over)) if column.over else Head(heading, tall=True))
        last = column.over
    return tuple(heads) if any(column.over for column in columns) else ()


@dataclass(frozen=True)
class _Draft:
    """An annex whose rows are being gathered."""

    title: str
    tables: list[_Rows]
    marked: bool = False
    notes: tuple[str, ...] = ()


def _documents(directive: Directive) -> tuple[Item, Block]:
    item, block = directive.consolidated.documents.split(".")
    return directive.by_key[item], directive.block(item, block)


def _item_draft(item: Item) -> _Draft:
    """What adds up in the row of a unit; then, of each matrix, the units and its prescribed rows by their codes."""
    table = item_table(item)
    numbers = [column for column in table.columns if column.format is Format.COUNT]
    tables = [_Rows("Số liệu theo đơn vị", table, numbers)]
    notes: list[str] = []
    for block in item.answered_blocks:
        if block.kind is BlockKind.MATRIX:
            coverage = coverage_table(item, block)
            columns = [replace(column, heading=column.over or column.heading, over="") for column in coverage.columns]
            tables.append(_Rows(block.title, coverage, columns[2:]))
            notes.append(f"{'; '.join(f'{row.code}: {row.label}' for row in block.prescribed)}.")
    return _Draft(item.title, tables, marked=True, notes=tuple(notes))


def _text_table(directive: Directive) -> Table:
    """What the units find hard, why, and what they propose; a unit that writes nothing has no row."""
    columns = {column.path: column for item in directive.items for column in item_table(item).columns}
    told = directive.consolidated
    chosen = [columns[path] for path in (*told.difficulties, *told.causes, *told.proposals)]

    def records(case: Case) -> tuple[Record, ...]:
        record = Record(case)
        return (record,) if any(column.value(record) for column in chosen) else ()

    return Table("", "", tuple(replace(column, over="") for column in chosen), records)


class Annexes:
    """All annexes of the report, filled unit by unit."""

    def __init__(self, directive: Directive, lines: Sequence[ReportLine], about: About) -> None:
        self._scope = about.scope
        summary = summary_table(directive)
        totals = [column for column in summary.columns if column.adds_up]
        self._drafts = {"": _Draft("Tổng hợp kết quả thực hiện", [_Rows("Kết quả chính", summary, totals)], True)}
        for item in directive.items:
            if told_blocks(directive, item):
                self._drafts[item.key] = _item_draft(item)
        item, block = _documents(directive)
        listing = rows_table(item, block)
        self._drafts[DOCUMENTS] = _Draft(
            f"{without_code(block.title)} của các đơn vị",
            [_Rows(f"Danh mục {block.row_name}", listing, listing.columns[3:], words=True)],
        )
        texts = _text_table(directive)
        if texts.columns:
            title = "Khó khăn, vướng mắc; nguyên nhân; kiến nghị, đề xuất"
            self._drafts[TEXTS] = _Draft(title, [_Rows("Ý kiến của các đơn vị", texts, texts.columns, words=True)])
        sending = sending_table()
        public = [column for column in sending.columns[2:] if column not in INTERNAL_COLUMNS]
        self._drafts[SENDING] = _Draft(
            "Tình hình gửi báo cáo",
            [_Rows("Tình hình gửi", sending, public, words=True)],
            notes=(f"{'; '.join(f'{label}: {group_digits(count)}' for label, count in about.status_counts(lines))}.",),
        )

    def label(self, key: str) -> str:
        """What the annex of an item (its key), `DOCUMENTS`, `TEXTS`, `SENDING` or the main totals ("") is called."""
        return f"Phụ lục {roman(list(self._drafts).index(key) + 1)}"

    def has(self, key: str) -> bool:
        """Whether there is an annex of that key: an item without figures has none."""
        return key in self._drafts

    def begin(self, part: Part) -> None:
        for table in self._tables():
            table.begin(part)

    def add(self, case: Case) -> None:
        """Put a unit into every table."""
        for table in self._tables():
            table.add(case)

    def end(self, part: Part, less: Mapping[str, int]) -> None:
        """The sums of *part* without *less*, see `Figures.taken_off`."""
        for table in self._tables():
            table.end(part, less)

    def _tables(self) -> Iterator[_Rows]:
        return (table for draft in self._drafts.values() for table in draft.tables)

    def finished(self) -> tuple[Annex, ...]:
        """The annexes with the sums of all parts."""
        found = []
        for number, (key, draft) in enumerate(self._drafts.items(), start=1):
            grids: list[Grid] = []
            for letter, table in zip("abcdeghi", draft.tables, strict=False):
                table.finish()
                grids += table.grids(f"Biểu {number:02d}{letter if len(draft.tables) > 1 else ''}")
            signs = legend(self._scope) if draft.marked else ""
            found.append(Annex(self.label(key), draft.title.upper(), tuple(grids), signs, draft.notes))
        return tuple(found)
