"""Writes one table of the combined Excel on its worksheet: title, headings, rows by part, sums, print set-up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import ceil
from typing import NamedTuple

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.export.cells import Value, lines_needed, safe_text
from nhanquyen.export.combined.columns import WORDS, Column, Format
from nhanquyen.export.combined.look import FACE, Styles, Tone
from nhanquyen.export.combined.record import Case
from nhanquyen.export.combined.tables import Table
from nhanquyen.export.stream import SheetRows
from nhanquyen.overview import Part

LINE_HEIGHT = 15
HEAD_LINE_HEIGHT = 13
TALLEST = 409  # points; Excel shows no row taller than that
PAGE_WIDTH = 260  # characters that are still readable across an A4 page
_ORDINAL = Column("STT", lambda record: record.number, 5, Format.ORDINAL)
_LONGEST_HEAD = 180  # characters; Excel takes 255 for head or foot with all their codes
_FROZEN = 3  # STT, code and name stay in view

Cells = list[tuple[Value, int]]


class Loss(NamedTuple):
    """A text that a cell could not hold as it was."""

    sheet: str
    cell: str
    unit: str
    heading: str
    text: str


def set_up_page(sheet: Worksheet, width: float) -> None:
    """A4 landscape, as many pages across as *width* (in characters) needs to be readable."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth = ceil(width / PAGE_WIDTH)
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.6, bottom=0.6, header=0.25, footer=0.25)


def set_foot(sheet: Worksheet, text: str) -> None:
    """The name of the sheet, the number of the page and *text* at the foot of every page."""
    foot = sheet.oddFooter
    for part, said in ((foot.left, "&A"), (foot.center, "Trang &P/&N"), (foot.right, _plain(text))):  # type: ignore[union-attr]
        part.text, part.font, part.size = said, f"{FACE},Regular", 10


def _plain(text: str) -> str:
    """*text* for the head or foot of a page, where an ampersand begins a code."""
    return safe_text(text)[:_LONGEST_HEAD].replace("&", "&&")


class TableSheet:
    """Takes the units one by one, in the order of their parts, and writes what *table* says of each."""

    def __init__(self, table: Table, sheet: Worksheet, rows: SheetRows, styles: Styles, notes: Sequence[str]) -> None:
        self.table, self.sheet, self.rows, self._styles = table, sheet, rows, styles
        self.losses: list[Loss] = []
        self._columns = (_ORDINAL, *table.columns)
        self._widths = [column.width for column in self._columns]
        self._number = 0
        self._part_sums, self._sums = self._no_sums(), self._no_sums()
        self._write_title(notes)
        self._write_head()

    def _no_sums(self) -> list[int | None]:
        return [None] * len(self.table.columns)

    # --- The frame -----------------------------------------------------------------------------------------------

    def _write_title(self, notes: Sequence[str]) -> None:
        self._write([self.table.title], Tone.TITLE, height=22)
        for note in notes:
            self._write([note], Tone.NOTE, height=16)

    def _write_head(self) -> None:
        self._head_from = self.rows.count + 1
        headings: list[Value] = [column.heading for column in self._columns]
        pairs = zip(self._columns, self._widths, strict=True)
        lines = max(lines_needed(column.heading, width) for column, width in pairs)
        if any(column.over for column in self._columns):
            self._write_overs()
            headings = [column.heading if column.over else None for column in self._columns]
        self._write(headings, Tone.HEAD, height=lines * HEAD_LINE_HEIGHT + 4)
        if any(column.unit for column in self._columns):
            self._write([f"({column.unit})" if column.unit else None for column in self._columns], Tone.HEAD_NOTE)
        self._write([f"({number})" for number in range(1, len(self._columns) + 1)], Tone.HEAD_NOTE)
        self._head_to = self.rows.count

    def _write_overs(self) -> None:
        """What stands over several headings at once; a heading below nothing takes its row as well."""
        row, lines = self.rows.count + 1, 1
        above: list[Value] = []
        for over, group in groupby(self._columns, key=lambda column: column.over or column.heading):
            start, columns = len(above), list(group)
            above += [over, *[None] * (len(columns) - 1)]
            if columns[0].over:
                self._merge(row, start, row, len(above) - 1)
                lines = max(lines, lines_needed(over, sum(self._widths[start : len(above)])))
            else:
                self._merge(row, start, row + 1, start)
        self._write(above, Tone.HEAD, height=lines * HEAD_LINE_HEIGHT + 4)

    def _merge(self, top: int, left: int, bottom: int, right: int) -> None:
        if (top, left) != (bottom, right):
            self.sheet.merge_cells(start_row=top, start_column=left + 1, end_row=bottom, end_column=right + 1)

    # --- The rows ------------------------------------------------------------------------------------------------

    def begin(self, part: Part) -> None:
        """The heading of a part of the unit list."""
        if self.table.by_unit:
            self._merge(self.rows.count + 1, 1, self.rows.count + 1, 2)
            blank = [None] * (len(self._columns) - 2)
            self._write([part.letter, part.title, *blank], Tone.PART, height=LINE_HEIGHT + 2)
        self._part_sums = self._no_sums()

    def add(self, case: Case) -> None:
        """What the table says of one unit."""
        for record in self.table.records(case):
            self._number += 1
            values = [column.value(record) for column in self.table.columns]
            for index, column in enumerate(self.table.columns):
                value = values[index]
                if column.total and isinstance(value, int):
                    self._part_sums[index] = (self._part_sums[index] or 0) + value
            self._write([self._number, *values], Tone.BODY, case=case)

    def end(self, part: Part) -> None:
        """The sums of a part."""
        if self.table.has_totals and self.table.by_unit:
            self._write_sums(f"Cộng {part.title[0].lower()}{part.title[1:]}", self._part_sums, Tone.SUM)
        for index, number in enumerate(self._part_sums):
            if number is not None:
                self._sums[index] = (self._sums[index] or 0) + number

    def _write_sums(self, label: str, sums: list[int | None], tone: Tone) -> None:
        values = [
            column.total(sums, index) if column.total else None for index, column in enumerate(self.table.columns)
        ]
        values[1] = label
        self._write([None, *values], tone)
        for index, number in enumerate(sums, start=1):
            if number is not None:
                self._widths[index] = max(self._widths[index], len(f"{number:,}") * 1.2 + 1)

    def finish(self, closing: Sequence[tuple[str, int]] = ()) -> None:
        """The sums of all parts, *closing* counts below the names, and the set-up of the sheet."""
        last = self.rows.count
        if self.table.has_totals:
            self._write_sums("Tổng cộng", self._sums, Tone.TOTAL)
        for label, count in closing:
            blank = [None] * (len(self._columns) - 4)
            self._write([None, None, label, count, *blank], Tone.TOTAL)
        end = get_column_letter(len(self._columns))
        self.sheet.auto_filter.ref = f"A{self._head_to}:{end}{last}"
        self.sheet.freeze_panes = f"{get_column_letter(_FROZEN + 1)}{self._head_to + 1}"
        self.sheet.print_title_rows = f"{self._head_from}:{self._head_to}"
        if sum(self._widths) > PAGE_WIDTH:  # repeated on every page across, where the title would be cut short
            self.sheet.print_title_cols = f"A:{get_column_letter(_FROZEN)}"
            self.sheet.print_area = f"A{self._head_from}:{end}{self.rows.count}"
            head = self.sheet.oddHeader.center  # type: ignore[union-attr]
            head.text, head.font, head.size = _plain(self.table.title), f"{FACE},Bold", 11
        for number, width in enumerate(self._widths, start=1):
            self.sheet.column_dimensions[get_column_letter(number)].width = width
        set_up_page(self.sheet, sum(self._widths))

    def _write(self, values: Sequence[Value], tone: Tone, height: float = 0, case: Case | None = None) -> None:
        style, lines = self._styles.of, 1
        cells: Cells = []
        for value, column, width in zip(values, self._columns, self._widths, strict=False):
            cells.append((value, style(value, tone, column.format)))
            if not height and column.format in WORDS and isinstance(value, str):
                lines = max(lines, lines_needed(value, width))
        lossy = self.rows.append(cells, height or min(TALLEST, lines * LINE_HEIGHT + 1))
        for index in lossy:
            place = f"{get_column_letter(index + 1)}{self.rows.count}"
            unit, heading = (case.line.name, self._columns[index].heading) if case else ("", "Tiêu đề")
            self.losses.append(Loss(self.sheet.title, place, unit, heading, str(values[index])))
