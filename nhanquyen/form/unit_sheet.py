"""Reads the lines of a unit list below its headings: what each cell says, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from nhanquyen.form.unit_header import ORDINAL, ColumnUse, Header
from nhanquyen.form.unit_name import same_name
from nhanquyen.form.unit_row import TEXT_KEYS, UnitRow, read_active, read_group, text_fault
from nhanquyen.form.unit_table import Kind, Row, kinds, section_group
from nhanquyen.form.workbook import BLANK, Cell, CellKind, Range, cell_name

MAX_RANK = 100_000
SHOWN_CONTENT = 80
# A list merged over its rows says this once for all of them.
_FILLED_DOWN = ("group", "place")
# Nine or ten digits to which a number of the country lacks its first 0; 1800 and 1900 have none.
_LOST_ZERO = re.compile(r"(?!1[89]00)[1-9](?:[ .-]?[0-9]){8,9}")
_SKIPPED = {
    Kind.TOTAL: "Dòng tổng.",
    Kind.NUMBERING: "Dòng đánh số cột.",
    Kind.FOOTER: "Nằm dưới bảng và không có mã (nơi ký, ngày tháng, ghi chú).",
}


@dataclass(frozen=True, order=True)
class CellFault:
    """A cell that cannot be taken (or, as a notice, that was taken with a remark), by its numbers from 1.

    *unit* is the unit of its line and *content* what stands in it, as far as they are known.
    """

    row: int
    column: int
    sheet: str
    reason: str
    unit: str
    content: str

    @property
    def cell(self) -> str:
        """``C7``"""
        return cell_name(self.column, self.row)


@dataclass(frozen=True)
class Section:
    """The title below which a line stands, and the group that it plainly names, if it does."""

    title: str
    group: str | None


@dataclass
class Line:
    """One unit of the table: what it says by column key."""

    number: int
    texts: dict[str, str]
    section: Section | None
    code: str = ""
    code_proposed: bool = False
    bad: bool = False


class _Merged:
    """The merged cells below a header: those that repeat the cell above, rows merged across, and the others."""

    def __init__(self, header: Header) -> None:
        self.origin: dict[tuple[int, int], tuple[int, int]] = {}
        self.across: set[int] = set()
        self.other: set[tuple[int, int]] = set()
        for area in header.sheet.merged():
            if area.first_row == area.last_row:
                self.across.add(area.first_row)
            elif area.first_row > header.row:
                for key, index in header.places.items():
                    if area.first_column <= index + 1 <= area.last_column:
                        self._add(key, index, area)

    def _add(self, key: str, index: int, area: Range) -> None:
        for row in range(area.first_row, area.last_row + 1):
            if key not in _FILLED_DOWN:
                self.other.add((row, index))
            elif row > area.first_row:
                self.origin[row, index] = (area.first_row, index)


def _content(cell: Cell) -> str:
    return cell.line if len(cell.line) <= SHOWN_CONTENT else f"{cell.line[:SHOWN_CONTENT]}…"


@dataclass
class Reader:
    """Reads the lines below a header; gathers what is wrong with them, and which rows and columns were passed over."""

    header: Header
    groups: Mapping[str, str]
    faults: list[CellFault] = field(default_factory=list)
    notices: list[CellFault] = field(default_factory=list)
    skipped: list[CellFault] = field(default_factory=list)
    _rows: dict[int, Row] = field(default_factory=dict)

    def at(self, key: str, number: int, reason: str) -> CellFault:
        """A remark on the cell of column *key* in row *number*."""
        row, index = self._rows[number], self.header.places[key]
        unit = row.text("name") or row.text("code")
        return CellFault(number, index + 1, self.header.sheet.title, reason, unit, _content(row.used[key]))

    def fault(self, key: str, number: int, reason: str) -> None:
        self.faults.append(self.at(key, number, reason))

    def notice(self, key: str, number: int, text: str) -> None:
        self.notices.append(self.at(key, number, text))

    def uses(self) -> tuple[ColumnUse, ...]:
        """What became of every column that has a heading or holds something."""
        headed = {heading.place for heading in self.header.headings}
        filled = {index for row in self._rows.values() for index, cell in enumerate(row.cells) if cell is not BLANK}
        return self.header.uses(filled - headed)

    def lines(self) -> list[Line]:
        """Every unit of the table; one with a bad cell is marked."""
        merged = _Merged(self.header)
        rows = list(self._below(merged))
        section: Section | None = None
        found = []
        for row, kind in zip(rows, kinds(rows, self.groups), strict=True):
            if kind is Kind.UNIT:
                self._rows[row.number] = row
                found.append(self._line(row, section, merged))
            elif kind is Kind.SECTION:
                section = Section(row.label, section_group(row.label, self.groups))
                self._skip(row, f"Tiêu đề mục{self._says_group(section)}.")
            elif kind is not Kind.NOTHING:
                self._skip(row, _SKIPPED[kind])
        return found

    def _below(self, merged: _Merged) -> Iterator[Row]:
        """The rows below the headings that hold anything."""
        origins = dict.fromkeys(merged.origin.values(), BLANK)
        last = self.header.row
        for number, cells in self.header.sheet.rows():
            if number <= self.header.row or all(cell is BLANK for cell in cells):
                continue
            used = {key: cells[index] for key, index in self.header.places.items()}
            for key, index in self.header.places.items():
                if (number, index) in origins:
                    origins[number, index] = used[key]
                used[key] = origins.get(merged.origin.get((number, index), (0, 0)), used[key])
            yield Row(number, cells, used, gap=number > last + 1, across=number in merged.across)
            last = number

    def _says_group(self, section: Section) -> str:
        return f"; đơn vị mới bên dưới thuộc nhóm {self.groups[section.group]}" if section.group else ""

    def _skip(self, row: Row, reason: str) -> None:
        column = row.label_index + 1
        text = _content(row.cells[column - 1])
        self.skipped.append(CellFault(row.number, column, self.header.sheet.title, reason, "", text))

    def _line(self, row: Row, section: Section | None, merged: _Merged) -> Line:
        faults = len(self.faults)
        for key, index in self.header.places.items():
            if (row.number, index) in merged.other and key != ORDINAL:
                self.fault(key, row.number, "Ô gộp nhiều dòng. Bỏ gộp rồi ghi riêng cho từng dòng.")
        texts = {key: self._text(key, row.number, cell) for key, cell in row.used.items() if key != ORDINAL}
        return Line(row.number, texts, section, bad=len(self.faults) > faults)

    def _text(self, key: str, number: int, cell: Cell) -> str:
        """What *cell* says, as text; "" after a fault."""
        if cell.kind is CellKind.FORMULA:
            self.fault(key, number, "Ô là công thức. Chép ô rồi dán lại dạng giá trị (Paste Special → Values).")
        elif cell.kind is CellKind.ERROR:
            self.fault(key, number, "Ô báo lỗi của Excel (như #N/A, #REF!). Ghi lại nội dung của ô.")
        elif cell.kind is CellKind.DATE and key != "note":
            self.fault(key, number, "Excel đã đổi ô này thành ngày tháng. Định dạng ô là Text rồi ghi lại.")
        else:
            return cell.line
        return ""

    def update(self, line: Line, row: UnitRow, existing: UnitRow | None) -> UnitRow | None:
        """*row* with what *line* says; None after a fault."""
        before = len(self.faults)
        for key, text in line.texts.items():
            if key in TEXT_KEYS:
                if reason := text_fault(key, text):
                    self.fault(key, line.number, reason)
                row = row.with_text(key, self._spelled(key, line, existing))
            elif text and key == "group":
                row = replace(row, group=self._group(line.number, text, existing))
            elif text and key == "active":
                row = replace(row, active=self._active(line.number, text))
            elif text and key == "rank":
                row = replace(row, rank=self._rank(line.number, text))
        if not row.name and "name" not in line.texts:
            self.fault("code", line.number, "Đơn vị mới cần có tên. Thêm cột “Tên đơn vị”.")
        return row if len(self.faults) == before else None

    def _spelled(self, key: str, line: Line, existing: UnitRow | None) -> str:
        """The text of *line* as it is stored: a name in other letters only stays, a telephone gets back its 0."""
        text = line.texts[key]
        if key == "phone" and not (existing and text == existing.phone):
            return self._phone(line.number, text)
        if key == "name" and existing and text and (line.code_proposed or same_name(text, existing.name)):
            return existing.name
        return text

    def _phone(self, number: int, text: str) -> str:
        if _LOST_ZERO.fullmatch(text):
            self.notice("phone", number, f"Excel đã bỏ số 0 ở đầu; chương trình ghi 0{text}.")
            return f"0{text}"
        if text and not any(char.isdigit() for char in text):
            self.notice("phone", number, "Số điện thoại không có chữ số nào; chương trình ghi đúng như trong tệp.")
        return text

    def _group(self, number: int, text: str, existing: UnitRow | None) -> str:
        if existing is not None and text.casefold() == existing.group.casefold():
            return existing.group
        group = read_group(text, self.groups)
        if group is None:
            known = ", ".join(f"{code} ({label})" for code, label in self.groups.items())
            self.fault("group", number, f"Chưa rõ nhóm “{text[:40]}”. Ghi một trong các nhóm: {known}.")
        return group or ""

    def _active(self, number: int, text: str) -> bool:
        active = read_active(text)
        if active is None:
            self.fault("active", number, f"Chưa rõ trạng thái “{text[:40]}”. Ghi “Đang hoạt động” hoặc “Ngừng”.")
        return bool(active)

    def _rank(self, number: int, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MAX_RANK):
            self.fault("rank", number, f"Ghi thứ tự bằng một số nguyên từ 1 đến {MAX_RANK}.")
            return 0
        return int(text)
