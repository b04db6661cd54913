"""How the cells of the offline form look, and how its sheets lie on paper."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import Any

from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.directive import Field, Kind
from nhanquyen.export.cells import lines_needed

FACE = "Times New Roman"
_SIZE = 12
HIGHEST = 409  # points; Excel takes no higher row
_LINE_HEIGHT = 1.3
_AROUND = 3  # points above and below the lines of a cell
_BOLDER = 0.9  # of the width of a column is left for letters in bold

_PLAIN = Font(name=FACE, size=_SIZE)
_BOLD = Font(name=FACE, size=_SIZE, bold=True)
_TITLE = Font(name=FACE, size=14, bold=True)
_LINE = Side(style="thin", color="FF808080")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_YELLOW = PatternFill("solid", fgColor="FFFFF9DB")
_GREY = PatternFill("solid", fgColor="FFEDEDED")
_LEFT = Alignment(horizontal="left", vertical="top", wrap_text=True)
_CENTRE = Alignment(horizontal="center", vertical="top", wrap_text=True)
_MIDDLE = Alignment(horizontal="center", vertical="center", wrap_text=True)
FORMATS = {Kind.COUNT: "#,##0", Kind.DATE: "dd/mm/yyyy"}
TEXT = "@"


def format_of(field: Field) -> str:
    return FORMATS.get(field.kind, TEXT)


@dataclass(frozen=True, eq=False)
class Look:
    """How cells look, and whether they are open to be filled. A look is told from others by being that object."""

    font: Font = _PLAIN
    alignment: Alignment = _LEFT
    fill: PatternFill | None = None
    boxed: bool = False
    open: bool = False

    @property
    def protection(self) -> Protection:
        return Protection(locked=not self.open)


WORDS = Look()
STRONG = Look(_BOLD)
HEADLINE = Look(_TITLE)
PART = Look(_BOLD, _LEFT, _GREY, boxed=True)
HEADING = Look(_BOLD, _MIDDLE, PatternFill("solid", fgColor="FFD9E2F3"), boxed=True)
PRINTED = Look(boxed=True)
PRINTED_INDENTED = Look(_PLAIN, Alignment(horizontal="left", vertical="top", wrap_text=True, indent=1), boxed=True)
PRINTED_CENTRED = Look(_PLAIN, _CENTRE, boxed=True)
PRINTED_NOTE = Look(Font(name=FACE, size=11, italic=True, color="FF404040"), boxed=True)
TO_FILL = Look(_PLAIN, _LEFT, _YELLOW, boxed=True, open=True)
TO_FILL_CENTRED = Look(_PLAIN, _CENTRE, _YELLOW, boxed=True, open=True)
CUT = Look(_PLAIN, _LEFT, _GREY, boxed=True)


class Looks:
    """The looks of one workbook. Openpyxl takes long to find out which style a cell has, so it is asked once each."""

    def __init__(self) -> None:
        self._styles: dict[Look, Any] = {}

    def put(self, cell: Cell | MergedCell, look: Look) -> None:
        """Let *cell* look so; how it shows numbers stays."""
        shown_as = cell.number_format
        if look not in self._styles:
            self._styles[look] = self._made(cell, look)
        cell._style = copy(self._styles[look])  # type: ignore[union-attr]
        cell.number_format = shown_as

    @staticmethod
    def _made(cell: Cell | MergedCell, look: Look) -> Any:
        cell.font, cell.alignment, cell.protection = look.font, look.alignment, look.protection
        if look.fill is not None:
            cell.fill = look.fill
        if look.boxed:
            cell.border = _BOX
        return cell._style  # type: ignore[union-attr]


def height(texts: Iterable[tuple[str, float]], font: Font = _PLAIN, least: int = 1) -> float:
    """How high a row must be for its texts, each with the width of its cell in characters; at least so many lines."""
    room = _BOLDER if font.bold else 1.0
    size = font.size or _SIZE
    lines = max([least, *(lines_needed(text, width * room, size) for text, width in texts if text)])
    return min(lines * size * _LINE_HEIGHT + _AROUND, HIGHEST)


def lay_out(sheet: Worksheet, foot: str, title_row: int) -> None:
    """A4 across, as wide as the page, headings on each, whose form it is at its foot; locked but for what is filled.

    Without a *title_row* the sheet is one page.
    """
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0 if title_row else 1
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.page_margins.top, sheet.page_margins.bottom = 0.6, 0.8
    sheet.oddFooter.left.text = foot.replace("&", "&&")[:180]  # type: ignore[union-attr]
    sheet.oddFooter.right.text = "Trang &P/&N"  # type: ignore[union-attr]
    for part in (sheet.oddFooter.left, sheet.oddFooter.right):  # type: ignore[union-attr]
        part.font, part.size = f"{FACE},Regular", 10
    if title_row:
        sheet.print_title_rows = f"{title_row}:{title_row}"
    protect(sheet)


def protect(sheet: Worksheet) -> None:
    """Lock all but the cells to fill, without a password: whoever must may unlock it. Sizes may be changed."""
    guard = sheet.protection
    guard.sheet = True
    guard.formatCells = guard.formatColumns = guard.formatRows = False  # False allows it
    guard.autoFilter = guard.sort = False
