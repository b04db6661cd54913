"""A sheet of single fields: a row each, with its code, words, unit of measure, value and help."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.directive import SINGLE_ROW, Address, Field, Kind
from nhanquyen.export.offline.look import (
    HEADING,
    HEADLINE,
    PART,
    PRINTED,
    PRINTED_INDENTED,
    PRINTED_NOTE,
    WORDS,
    Look,
    height,
    lay_out,
)
from nhanquyen.export.offline.writing import Writer
from nhanquyen.form.answers import Row
from nhanquyen.form.offline.layout import VALUE, FieldSheet, printed

CODE, LABEL, UNIT, ANSWER, HELP = range(2, 7)
WIDTHS = {CODE: 8, LABEL: 44, UNIT: 13, ANSWER: 48, HELP: 34}
_HEADINGS = {CODE: "Mã", LABEL: "Chỉ tiêu", UNIT: "Đơn vị tính", ANSWER: "Ghi ở cột này", HELP: "Cách ghi"}
_ACROSS = sum(WIDTHS.values())
_BLANK_LINES = {Kind.PARAGRAPH: 4}


class _Sheet:
    def __init__(self, writer: Writer, sheet: Worksheet) -> None:
        self.writer, self.sheet, self.row = writer, sheet, 1

    def across(self, text: str, look: Look = WORDS) -> None:
        """A line of text over the whole width."""
        self.row += 1
        self.writer.key(self.sheet, self.row)
        self.writer.put(self.sheet, self.row, CODE, text)
        self.writer.dress(self.sheet, self.row, CODE, look)
        self.sheet.merge_cells(start_row=self.row, start_column=CODE, end_row=self.row, end_column=HELP)
        self.sheet.row_dimensions[self.row].height = height([(text, _ACROSS)], look.font)

    def headings(self) -> None:
        self.row += 1
        self.writer.key(self.sheet, self.row)
        for column, text in _HEADINGS.items():
            self.writer.put(self.sheet, self.row, column, text)
            self.writer.dress(self.sheet, self.row, column, HEADING)
        self.sheet.row_dimensions[self.row].height = height([], least=2)

    def part(self, title: str, help: str) -> None:
        """The name of a block over its fields."""
        text = f"{title}. {help}" if help else title
        self.across(text, PART)
        for column in WIDTHS:  # a frame goes around each cell of those that are merged
            self.writer.dress(self.sheet, self.row, column, PART)

    def question(self, address: Address, field: Field, row: Row) -> None:
        self.row += 1
        number = self.row
        self.writer.key(self.sheet, number, address.name)
        texts = dict(zip((CODE, LABEL, UNIT, HELP), printed(field), strict=True))
        looks = {LABEL: PRINTED_INDENTED if field.part_of else PRINTED, HELP: PRINTED_NOTE}
        for column, text in texts.items():
            self.writer.put(self.sheet, number, column, text)
            self.writer.dress(self.sheet, number, column, looks.get(column, PRINTED))
        texts[ANSWER] = self.writer.answer(self.sheet, number, ANSWER, field, address, row.values.get(field.key))
        self.writer.offers.add(self.sheet, field, f"{get_column_letter(ANSWER)}{number}")
        sized = [
            (text, WIDTHS[column] - (2 if column == LABEL and field.part_of else 0)) for column, text in texts.items()
        ]
        self.sheet.row_dimensions[number].height = height(sized, least=_BLANK_LINES.get(field.kind, 1))


def write_fields(writer: Writer, sheet: Worksheet, layout: FieldSheet, grids: Sequence[str]) -> None:
    """Write the sheet; *grids* are the names of the sheets with the item's other rows."""
    item, page = layout.item, _Sheet(writer, sheet)
    for column, width in WIDTHS.items():
        sheet.column_dimensions[get_column_letter(column)].width = width
    writer.begin(sheet, layout.part, {ANSWER: VALUE})
    page.across(layout.heading, HEADLINE)
    page.across(item.guidance)
    if not writer.respondent.asked(item):
        page.across("Nội dung này không giao cho đơn vị: để trống, hoặc ghi thêm số liệu nếu có.")
    if grids:
        page.across("Điền tiếp ở trang tính: " + "; ".join(f"“{title}”" for title in grids) + ".")
    page.headings()
    top = page.row
    for block, fields in layout.groups():
        if fields != (item.explanation,):
            page.part(block.title, block.help)
        row = writer.answers.row(item.key, block.key) or Row()
        for each in fields:
            page.question(Address(item.key, block.key, SINGLE_ROW, each.key), each, row)
    sheet.freeze_panes = sheet.cell(top + 1, ANSWER).coordinate
    lay_out(sheet, writer.foot, top)
