"""Reads the lines of a unit list out of an uploaded sheet: where its table is, what each cell says, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nhanquyen.form.unit_row import (
    COLUMNS,
    ORDINAL_NAMES,
    TEXT_KEYS,
    UnitRow,
    heading_key,
    read_active,
    read_group,
    text_fault,
)
from nhanquyen.form.workbook import BLANK, Cell, CellKind, Range, Sheet, WorkbookRefused, cell_name
from nhanquyen.text import clean_line, search_key

HEADER_WITHIN = 20
MAX_RANK = 100_000
_ORDINAL = "ordinal"
# A list merged over its rows says this once for all of them.
_FILLED_DOWN = ("group", "place")


@dataclass(frozen=True)
class CellFault:
    """A cell that cannot be taken (or, as a notice, that was taken with a remark)."""

    sheet: str
    cell: str
    reason: str


@dataclass(frozen=True)
class Header:
    """Where the table begins: the row of its headings and, by column key, the index from 0 of each column."""

    sheet: Sheet
    row: int
    places: Mapping[str, int]


def _places(cells: Sequence[Cell]) -> dict[str, int]:
    headings: dict[str, int] = {}
    for index, cell in enumerate(cells):
        if isinstance(cell.value, str):
            headings.setdefault(heading_key(cell.value), index)
    known = [(column.key, column.names) for column in COLUMNS] + [(_ORDINAL, ORDINAL_NAMES)]
    return {
        key: headings[name]
        for key, names in known
        if (name := next((each for each in names if each in headings), None))
    }


def find_header(sheets: Iterable[Sheet]) -> Header:
    """The row that is most of all a row of headings, in any sheet. Raises `WorkbookRefused`."""
    best: Header | None = None
    for sheet in sheets:
        for number, cells in sheet.top(HEADER_WITHIN):
            places = _places(cells)
            if {"name", "code"} & set(places) and (best is None or len(places) > len(best.places)):
                best = Header(sheet, number, places)
    if best is None:
        raise WorkbookRefused(
            f"Không thấy bảng danh sách đơn vị. Trong {HEADER_WITHIN} dòng đầu cần một dòng tiêu đề có cột “Mã” "
            "hoặc “Tên đơn vị”."
        )
    return best


@dataclass
class Line:
    """One row of the table: what it says by column key, and the cell that each value stands in."""

    number: int
    texts: dict[str, str]
    code: str = ""
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
            elif area.last_row > header.row:
                for key, index in header.places.items():
                    if area.first_column <= index + 1 <= area.last_column:
                        self._add(key, index, area)

    def _add(self, key: str, index: int, area: Range) -> None:
        for row in range(area.first_row, area.last_row + 1):
            if key not in _FILLED_DOWN:
                self.other.add((row, index))
            elif row > area.first_row:
                self.origin[row, index] = (area.first_row, index)


@dataclass
class Reader:
    """Reads the lines below a header and gathers what is wrong with them."""

    header: Header
    groups: Mapping[str, str]
    faults: list[CellFault] = field(default_factory=list)
    notices: list[CellFault] = field(default_factory=list)

    def at(self, key: str, number: int, reason: str) -> CellFault:
        """A remark on the cell of column *key* in row *number*."""
        return CellFault(self.header.sheet.title, cell_name(self.header.places[key] + 1, number), reason)

    def fault(self, key: str, number: int, reason: str) -> None:
        self.faults.append(self.at(key, number, reason))

    def notice(self, key: str, number: int, text: str) -> None:
        self.notices.append(self.at(key, number, text))

    def lines(self) -> list[Line]:
        """Every line of the table; one with a bad cell is marked."""
        merged = _Merged(self.header)
        origins = dict.fromkeys(merged.origin.values(), BLANK)
        found = []
        for number, cells in self.header.sheet.rows():
            if number <= self.header.row:
                continue
            used = {key: cells[index] for key, index in self.header.places.items()}
            for key, index in self.header.places.items():
                if (number, index) in origins:
                    origins[number, index] = used[key]
                used[key] = origins.get(merged.origin.get((number, index), (0, 0)), used[key])
            told = [key for key, cell in used.items() if cell is not BLANK and key not in (_ORDINAL, "rank")]
            if not told or self._is_heading(number, used, told, number in merged.across):
                continue
            faults = len(self.faults)
            for key, index in self.header.places.items():
                if (number, index) in merged.other and key != _ORDINAL:
                    self.fault(key, number, "Ô gộp nhiều dòng. Bỏ gộp rồi ghi riêng cho từng dòng.")
            texts = {key: self._text(key, number, cell) for key, cell in used.items() if key != _ORDINAL}
            found.append(Line(number, texts, bad=len(self.faults) > faults))
        return found

    def _is_heading(self, number: int, used: Mapping[str, Cell], told: Sequence[str], across: bool) -> bool:
        """Whether a row is the title of a group ("I", "A") or a total; it is passed over with a notice."""
        ordinal, name = used.get(_ORDINAL, BLANK).value, used.get("name", BLANK).value
        lettered = isinstance(ordinal, str) and not any(char.isdigit() for char in ordinal)
        total = isinstance(name, str) and search_key(name).startswith("tong cong")
        if lettered or total or (across and len(told) == 1):
            self.notice(told[0], number, "Bỏ qua dòng này vì là tiêu đề nhóm hoặc dòng tổng.")
            return True
        return False

    def _text(self, key: str, number: int, cell: Cell) -> str:
        """What *cell* says, as text; "" after a fault."""
        value = cell.value
        if cell.kind is CellKind.FORMULA:
            self.fault(key, number, "Ô là công thức. Chép ô rồi dán lại dạng giá trị (Paste Special → Values).")
        elif cell.kind is CellKind.ERROR:
            self.fault(key, number, "Ô báo lỗi của Excel (như #N/A, #REF!). Ghi lại nội dung của ô.")
        elif cell.kind is CellKind.DATE and key != "note":
            self.fault(key, number, "Excel đã đổi ô này thành ngày tháng. Định dạng ô là Text rồi ghi lại.")
        elif cell.kind is CellKind.DATE:
            return value.strftime("%d/%m/%Y")  # type: ignore[union-attr]
        elif cell.kind is CellKind.NUMBER and key == "phone" and isinstance(value, int) and len(str(value)) in (9, 10):
            self.notice(key, number, f"Excel đã bỏ số 0 ở đầu; chương trình ghi 0{value}.")
            return f"0{value}"
        elif cell.kind is not CellKind.BLANK:
            return clean_line(str(value))
        return ""

    def update(self, line: Line, row: UnitRow, existing: UnitRow | None) -> UnitRow | None:
        """*row* with what *line* says; None after a fault."""
        before = len(self.faults)
        for key, text in line.texts.items():
            if key in TEXT_KEYS:
                if reason := text_fault(key, text):
                    self.fault(key, line.number, reason)
                row = row.with_text(key, text)
            elif text and key == "group":
                row = replace(row, group=self._group(line.number, text, existing))
            elif text and key == "active":
                row = replace(row, active=self._active(line.number, text))
            elif text and key == "rank":
                row = replace(row, rank=self._rank(line.number, text))
        if not row.name and "name" not in line.texts:
            self.fault("code", line.number, "Đơn vị mới cần có tên. Thêm cột “Tên đơn vị”.")
        return row if len(self.faults) == before else None

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
