"""A plain list as one printable sheet: headings, then rows. What somebody typed stays text and can break nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.export.cells import Value, lines_needed, safe_text

_FONT = Font(name="Times New Roman", size=12)
_BOLD = Font(name="Times New Roman", size=12, bold=True)
_TITLE = Font(name="Times New Roman", size=14, bold=True)
_LINE = Side(style="thin", color="FF808080")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEAD_FILL = PatternFill("solid", fgColor="FFD9E2F3")
_BODY_ALIGN = Alignment(vertical="top", wrap_text=True)
_HEAD_ALIGN = Alignment(horizontal="center", vertical="center", wrap_text=True)
_LINE_HEIGHT = 1.3  # of the size of the face
_BOLDER = 0.9  # of the width of a column is left for letters in bold
_HIGHEST = 409  # points; Excel takes no higher row


class ListColumn(NamedTuple):
    """A column: its heading, its width in characters, and how its dates are shown when not to the second."""

    heading: str
    width: int
    date_format: str = ""


def list_cell(sheet: Worksheet, value: Value, font: Font = _FONT, alignment: Alignment = _BODY_ALIGN) -> Cell:
    """A cell to append that holds *value* as what it is: text stays text whatever it begins with."""
    cell = WriteOnlyCell(sheet)
    if isinstance(value, str):
        cell.value = safe_text(value)
        cell.data_type = "s"
        cell.number_format = "@"
    elif isinstance(value, datetime):
        cell.value = value.replace(tzinfo=None)
        cell.number_format = "dd/mm/yyyy hh:mm:ss"
    elif isinstance(value, date):
        cell.value = value
        cell.number_format = "dd/mm/yyyy"
    else:
        cell.value = value
    cell.font, cell.alignment = font, alignment
    return cell


def _write_above(sheet: Worksheet, lines: Sequence[str], columns: Sequence[ListColumn]) -> None:
    """A title and what is said below it, each across all *columns*; programs find no height for merged cells."""
    width = sum(column.width for column in columns)
    for row, text in enumerate(lines, start=1):
        font = _TITLE if row == 1 else _FONT
        sheet.append([list_cell(sheet, text, font, _HEAD_ALIGN)])
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(columns))
        _fit(sheet, [text], [width], font.size)


def _fit(sheet: Worksheet, values: Iterable[Value], widths: Iterable[float], size: float = _FONT.size) -> None:
    """Give the last row the height that its longest text needs: not every program finds it by itself."""
    pairs = zip(values, widths, strict=True)
    lines = max((lines_needed(value, width, size) for value, width in pairs if isinstance(value, str)), default=1)
    sheet.row_dimensions[sheet.max_row].height = min(lines * size * _LINE_HEIGHT, _HIGHEST)


def fill_sheet(
    sheet: Worksheet, columns: Sequence[ListColumn], rows: Iterable[Sequence[Value]], above: Sequence[str] = ()
) -> None:
    """Write headings and rows; the headings stay in view and on every A4 landscape page.

    With lines *above*, the first of them its title, the list is one to print: each row is as high as it must be.
    """
    _write_above(sheet, above, columns)
    widths = [column.width for column in columns]
    top = len(above) + 1
    head = [list_cell(sheet, column.heading, _BOLD, _HEAD_ALIGN) for column in columns]
    for index, column in enumerate(columns, start=1):
        head[index - 1].fill, head[index - 1].border = _HEAD_FILL, _BOX
        sheet.column_dimensions[get_column_letter(index)].width = column.width
    sheet.append(head)
    if above:
        _fit(sheet, [column.heading for column in columns], [_BOLDER * width for width in widths])
    for row in rows:
        cells = [list_cell(sheet, value) for value in row]
        for cell, column in zip(cells, columns, strict=False):
            cell.border = _BOX
            if column.date_format and cell.is_date:
                cell.number_format = column.date_format
        sheet.append(cells)
        if above:
            _fit(sheet, row, widths)
    sheet.freeze_panes = f"A{top + 1}"
    sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(columns))}{sheet.max_row}"
    sheet.print_title_rows = f"{top}:{top}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    sheet.oddFooter.center.text = "Trang &P/&N"  # type: ignore[union-attr]


def new_book(title: str) -> tuple[Workbook, Worksheet]:
    """A workbook with one sheet called *title*."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    return book, sheet


def to_bytes(book: Workbook) -> bytes:
    """*book* as a file."""
    out = BytesIO()
    book.save(out)
    return out.getvalue()
