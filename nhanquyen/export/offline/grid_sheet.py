"""A sheet with a row for each prescribed thing, or for each that the clerk adds, and a column for each field."""

from __future__ import annotations

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.directive import Address, Field, Kind
from nhanquyen.export.offline.look import (
    HEADING,
    HEADLINE,
    PRINTED,
    PRINTED_CENTRED,
    TO_FILL,
    WORDS,
    Look,
    format_of,
    height,
    lay_out,
)
from nhanquyen.export.offline.writing import Writer
from nhanquyen.form.answers import Row
from nhanquyen.form.offline.layout import ORDINAL, GridSheet, new_row_key

BLANK_ROWS = 20
_WIDTHS = {Kind.COUNT: 11, Kind.DATE: 13, Kind.TICK: 10, Kind.CHOICE: 20, Kind.PARAGRAPH: 45}
_FIRST = 2  # the number or code of a row; its words follow where they are prescribed
_ORDINAL_WIDTH, _LABEL_WIDTH = 7, 46


def _width(field: Field) -> float:
    if field.kind is Kind.TEXT:
        return 20 if field.max_length <= 100 else 28 if field.max_length <= 300 else 38
    return _WIDTHS[field.kind]


def _heading(field: Field) -> str:
    text = f"{field.code} {field.heading}".strip()
    return f"{text} ({field.unit})" if field.unit else text


class _Grid:
    def __init__(self, writer: Writer, sheet: Worksheet, layout: GridSheet) -> None:
        self.writer, self.sheet, self.layout, self.row = writer, sheet, layout, 1
        self.widths: dict[int, float] = {_FIRST: _ORDINAL_WIDTH}
        if not layout.grows:
            self.widths[_FIRST + 1] = _LABEL_WIDTH
        self.fixed = len(self.widths)
        first = _FIRST + self.fixed
        self.fields = dict(enumerate(layout.block.fields, start=first))
        self.widths |= {column: _width(each) for column, each in self.fields.items()}

    def across(self, text: str, look: Look = WORDS) -> None:
        self.row += 1
        self.writer.key(self.sheet, self.row)
        self.writer.put(self.sheet, self.row, _FIRST, text)
        self.writer.dress(self.sheet, self.row, _FIRST, look)
        self.sheet.merge_cells(start_row=self.row, start_column=_FIRST, end_row=self.row, end_column=max(self.widths))
        self.sheet.row_dimensions[self.row].height = height([(text, sum(self.widths.values()))], look.font)

    def headings(self) -> None:
        self.row += 1
        self.writer.key(self.sheet, self.row)
        texts = {_FIRST: "Số TT" if self.layout.grows else "Mã"}
        if not self.layout.grows:
            texts[_FIRST + 1] = self.layout.block.row_name[:1].upper() + self.layout.block.row_name[1:]
        texts |= {column: _heading(each) for column, each in self.fields.items()}
        for column, text in texts.items():
            self.writer.put(self.sheet, self.row, column, text)
            self.writer.dress(self.sheet, self.row, column, HEADING)
        sized = [(text, self.widths[column]) for column, text in texts.items()]
        self.sheet.row_dimensions[self.row].height = height(sized, HEADING.font)

    def line(self, key: str, printed: tuple[str | int, ...], row: Row) -> None:
        """A row to fill; *printed* stands before its fields."""
        self.row += 1
        self.writer.key(self.sheet, self.row, key)
        sized: list[tuple[str, float]] = []
        for column, content in enumerate(printed, start=_FIRST):
            text = self.writer.put(self.sheet, self.row, column, content)
            self.writer.dress(self.sheet, self.row, column, PRINTED_CENTRED if column == _FIRST else PRINTED)
            sized.append((text, self.widths[column]))
        for column, each in self.fields.items():
            address = Address(self.layout.item.key, self.layout.block.key, key, each.key)
            text = self.writer.answer(self.sheet, self.row, column, each, address, row.values.get(each.key))
            sized.append((text, self.widths[column]))
        self.sheet.row_dimensions[self.row].height = height(sized, least=1 if self.layout.grows else 2)

    def offer(self, first: int, last: int) -> None:
        for column, each in self.fields.items():
            letter = get_column_letter(column)
            self.writer.offers.add(self.sheet, each, f"{letter}{first}:{letter}{last}")


def _prescribed(grid: _Grid) -> None:
    layout = grid.layout
    rows = {row.key: row for row in grid.writer.answers.rows(layout.item, layout.block)}
    for each in layout.block.rows:
        grid.line(each.key, (each.code, each.label), rows[each.key])


def _growing(grid: _Grid) -> None:
    layout, writer = grid.layout, grid.writer
    rows = writer.answers.rows(layout.item, layout.block)
    writer.rows[layout.item.key, layout.block.key] = tuple(row.key for row in rows)
    for number, row in enumerate(rows, start=1):
        grid.line(row.key, (number,), row)
    room = min(BLANK_ROWS, layout.block.max_rows - len(rows))
    for number in range(len(rows) + 1, len(rows) + room + 1):
        grid.line(new_row_key(writer.file_id, layout.part, number), (number,), Row())


def write_grid(writer: Writer, sheet: Worksheet, layout: GridSheet) -> None:
    """Write the sheet."""
    grid, block = _Grid(writer, sheet, layout), layout.block
    for column, width in grid.widths.items():
        sheet.column_dimensions[get_column_letter(column)].width = width
    columns = {column: each.key for column, each in grid.fields.items()}
    writer.begin(sheet, layout.part, {_FIRST: ORDINAL, **columns})
    grid.across(layout.heading, HEADLINE)
    if block.help:
        grid.across(block.help)
    if layout.grows:
        grid.across(
            f"Mỗi {block.row_name} một dòng, nhiều nhất {block.max_rows} dòng; hết dòng có sẵn thì ghi tiếp xuống dưới."
            " Muốn bỏ một dòng thì xóa trắng các ô của dòng đó."
        )
    grid.headings()
    top = grid.row
    if layout.grows:
        _growing(grid)
        _open_below(grid)
    else:
        _prescribed(grid)
    grid.offer(top + 1, top + block.max_rows if layout.grows else grid.row)
    sheet.freeze_panes = sheet.cell(top + 1, _FIRST + grid.fixed).coordinate
    lay_out(sheet, writer.foot, top)


def _open_below(grid: _Grid) -> None:
    """Let rows be written below the prepared ones, too: what is no cell yet looks and is locked as its column says."""
    for column, each in grid.fields.items():
        whole = grid.sheet.column_dimensions[get_column_letter(column)]
        whole.font, whole.alignment, whole.protection = TO_FILL.font, TO_FILL.alignment, TO_FILL.protection
        whole.number_format = format_of(each)
