"""Opens a file that may be an offline form: whose it is, and its sheets with their keys."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from nhanquyen.directive import Directive
from nhanquyen.form.offline import origin
from nhanquyen.form.offline.cell import unescaped
from nhanquyen.form.offline.layout import FORMAT, GUIDE_TITLE, ORIGIN, PRINTED, most_cells, part_in, sheets
from nhanquyen.form.offline.origin import Origin, OriginLost
from nhanquyen.form.workbook import Cell, CellKind, Range, Sheet, WorkbookRefused, open_sheets
from nhanquyen.text import clean_line, search_key

MOST_SHEETS = 120
MARK_WITHIN_ROWS, MARK_WITHIN_COLUMNS = 12, 12
HEADING_WITHIN_ROWS = 20
AGAIN = "Tải biểu mới từ chương trình, chép số liệu sang rồi chọn tệp đó."


@dataclass(frozen=True)
class Line:
    """A row below the mark: its number from 1, its key (blank where it has none) and its cells."""

    number: int
    key: str
    cells: Sequence[Cell]

    @property
    def printed(self) -> bool:
        return self.key == PRINTED


@dataclass(frozen=True)
class MarkedSheet:
    """A sheet of ours: *columns* holds the index from 0 of what each column is for, *key_column* that of the keys."""

    title: str
    part: str
    key_column: int
    columns: dict[str, int]
    lines: tuple[Line, ...]
    _merged: dict[int, list[Range]] = field(repr=False)

    def merged(self, line: Line, column: int) -> bool:
        """Whether the cell at the index *column* is merged with others."""
        return any(area.first_column <= column + 1 <= area.last_column for area in self._merged.get(line.number, ()))


@dataclass(frozen=True)
class Opened:
    """An offline form: where it comes from, and its sheets by part.

    *copies* are sheets met more than once, *keyless* by part the names of sheets whose mark is gone, *foreign* the
    names of filled sheets that are none of ours.
    """

    origin: Origin
    sheets: dict[str, MarkedSheet]
    copies: tuple[str, ...]
    keyless: dict[str, str]
    foreign: tuple[str, ...]


def _mark(sheet: Sheet) -> tuple[int, int, str] | None:
    """Row, index of the column, and part of the mark of *sheet*, or None when it has none."""
    for number, cells in sheet.top(MARK_WITHIN_ROWS):
        for index, cell in enumerate(cells[:MARK_WITHIN_COLUMNS]):
            part = part_in(unescaped(cell.line)) if cell.kind is CellKind.TEXT else None
            if part is not None:
                return number, index, part
    return None


def _keyless(unmarked: Sequence[Sheet], directive: Directive, met: Container[str]) -> dict[str, str]:
    """By part the names of those sheets that are known by their name or their heading only."""
    found: dict[str, str] = {}
    titles = {search_key(sheet.title): sheet.title for sheet in unmarked}
    headings = {
        unescaped(cell.line): sheet.title
        for sheet in unmarked
        for _, cells in sheet.top(HEADING_WITHIN_ROWS)
        for cell in cells[:MARK_WITHIN_COLUMNS]
        if cell.kind is CellKind.TEXT
    }
    for layout in sheets(directive):
        title = titles.get(search_key(layout.title)) or headings.get(clean_line(layout.heading))
        if title is not None and layout.part not in met and title not in found.values():
            found[layout.part] = title
    return found


def _merged_by_row(sheet: Sheet) -> dict[int, list[Range]]:
    found: dict[int, list[Range]] = {}
    for area in sheet.merged():
        if (area.first_row, area.first_column) != (area.last_row, area.last_column):
            for row in range(area.first_row, area.last_row + 1):
                found.setdefault(row, []).append(area)
    return found


def _marked(sheet: Sheet, row: int, key_column: int, part: str) -> MarkedSheet:
    columns: dict[str, int] = {}
    lines = []
    for number, cells in sheet.rows():
        if number == row:
            for index, cell in enumerate(cells):
                if index != key_column and cell.kind is CellKind.TEXT:
                    columns.setdefault(unescaped(cell.line), index)
        elif number > row and any(cell.kind is not CellKind.BLANK for cell in cells):
            lines.append(Line(number, unescaped(cells[key_column].line), cells))
    return MarkedSheet(sheet.title, part, key_column, columns, tuple(lines), _merged_by_row(sheet))


def _origin(sheet: Sheet, row: int, key_column: int) -> Origin:
    lines = []
    for number, cells in sheet.rows():
        words = [unescaped(cell.line) for cell in cells[key_column : key_column + origin.COLUMNS]]
        while words and not words[-1]:
            words.pop()
        if number > row and words:
            lines.append(words)
    if origin.format_of(lines) not in ("", FORMAT):
        raise WorkbookRefused(f"Biểu này do phiên bản khác của chương trình tạo ra nên không đọc được. {AGAIN}")
    try:
        return origin.read(lines)
    except OriginLost:
        raise WorkbookRefused(f"Trang tính ẩn “{sheet.title}” của biểu đã bị sửa nên không đọc được. {AGAIN}") from None


def open_form(data: bytes, directive: Directive) -> Opened:
    """The offline form in *data*, which has no more cells than one of *directive* can have.

    Raises `WorkbookRefused` for a file that cannot be read or is none.
    """
    found = open_sheets(data, MOST_SHEETS, hidden=True)
    if sum(sheet.filled() for sheet in found) > most_cells(directive):
        raise WorkbookRefused(f"Tệp có quá nhiều ô so với một biểu. {AGAIN}")
    marked = [(sheet, mark) for sheet in found if (mark := _mark(sheet))]
    if not marked:
        raise WorkbookRefused(
            "Tệp này không phải biểu tải từ chương trình. Tải biểu của đơn vị về, điền vào đó rồi chọn tệp đó."
        )
    remembered = next((each for each in marked if each[1][2] == ORIGIN), None)
    if remembered is None:
        raise WorkbookRefused(f"Biểu đã mất trang tính ẩn nên không biết là của đơn vị và đợt nào. {AGAIN}")
    source = _origin(remembered[0], *remembered[1][:2])
    ours: dict[str, MarkedSheet] = {}
    copies = []
    for sheet, mark in marked:
        if mark[2] in ours:
            copies.append(sheet.title)
        elif mark[2] != ORIGIN:
            ours[mark[2]] = _marked(sheet, *mark)
    known = {sheet.title for sheet, _ in marked} | {GUIDE_TITLE}
    unmarked = [sheet for sheet in found if sheet.title not in known and sheet.filled()]
    keyless = _keyless(unmarked, directive, ours)
    foreign = tuple(sheet.title for sheet in unmarked if sheet.title not in keyless.values())
    return Opened(source, ours, tuple(copies), keyless, foreign)
