"""Writes one table of the combined Excel on its worksheet: title, headings, rows by part, sums, print set-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.export.cells import CHARACTER, Value, lines_needed
from nhanquyen.export.combined.columns import WORDS, Column, Format
from nhanquyen.export.combined.look import Styles, Tone
from nhanquyen.export.combined.paper import PAGE_WIDTH, page_ends, set_head, set_up_page
from nhanquyen.export.combined.record import Case
from nhanquyen.export.combined.tables import Table
from nhanquyen.export.combined.tally import Tally
from nhanquyen.export.stream import SheetRows
from nhanquyen.overview import Part

LINE_HEIGHT = 14
HEAD_LINE_HEIGHT = 13
LESS_LABEL = "Trừ: tính một lần"
TALLEST = 409  # points; Excel shows no row taller than that
_ORDINAL = Column("STT", lambda record: record.number, 4.5, Format.ORDINAL)
_FROZEN = 3  # STT, code and name stay in view
_SIGNING_WIDTH = 45  # characters that a signature with its place and date takes

_BOLD = 11.8  # points that bold letters of 11 take up

Cells = list[tuple[Value, int]]


@dataclass(frozen=True)
class Frame:
    """What stands around a table: *offices* at the top left, *notes* below the title, *signed_at* (place and day)
    above the signatures."""

    notes: Sequence[str]
    offices: Sequence[str] = ()
    signed_at: str = ""


class Loss(NamedTuple):
    """A text that a cell could not hold as it was."""

    sheet: str
    cell: str
    unit: str
    heading: str
    text: str


def row_height(lines: int) -> float:
    """The height of a row with so many lines of the text face."""
    return min(TALLEST, lines * LINE_HEIGHT + 2)


class TableSheet:
    """Takes the units one by one, in the order of their parts, and writes what *table* says of each."""

    def __init__(self, table: Table, sheet: Worksheet, rows: SheetRows, styles: Styles, frame: Frame) -> None:
        self.table, self.sheet, self.rows, self._styles, self._frame = table, sheet, rows, styles, frame
        self.losses: list[Loss] = []
        self._columns = (_ORDINAL, *table.columns)
        self._widths = [column.width for column in self._columns]
        self._fill_page()
        self._page_ends = page_ends(self._widths, table.standing)
        self._number = 0
        self._part_sums, self._sums = Tally(table.columns), Tally(table.columns)
        self._write_title()
        self._write_head()

    def _fill_page(self) -> None:
        """Give what a narrow table leaves of the page to its widest text."""
        texts = [at for at in range(self.table.standing, len(self._columns)) if self._columns[at].format is Format.TEXT]
        if texts:
            widest = max(texts, key=self._widths.__getitem__)
            self._widths[widest] += max(0.0, PAGE_WIDTH - sum(self._widths))

    # --- The frame -----------------------------------------------------------------------------------------------

    def _write_title(self) -> None:
        for office in self._frame.offices:
            tone = Tone.SIGN if office == self._frame.offices[-1] else Tone.OFFICE
            self._write_across([(office, 0, _FROZEN, tone)], height=17)
        last = self._page_ends[0] - 1
        self._write_across([(self.table.title, 0, last, Tone.TITLE)], height=26)
        for note in self._frame.notes:
            lines = lines_needed(note, sum(self._widths[: last + 1]))
            self._write_across([(note, 0, last, Tone.NOTE)], height=row_height(lines))

    def _write_across(self, said: Sequence[tuple[str, int, int, Tone]], height: float) -> None:
        """Write texts, each from one column to another."""
        row = self.rows.count + 1
        cells: Cells = [(None, 0)] * len(self._columns)
        for text, left, right, tone in said:
            self._merge(row, left, row, right)
            cells[left] = (text, self._styles.of(text, tone))
        self._append(cells, height)

    def _write_head(self) -> None:
        self._head_from = self.rows.count + 1
        headings: list[Value] = [column.heading for column in self._columns]
        height = self._head_height()
        if any(column.over for column in self._columns):
            self._write_overs()
            headings = [column.heading if column.over else None for column in self._columns]
        tones = [Tone.HEAD_TURNED if column.turned else Tone.HEAD for column in self._columns]
        styled = zip(headings, tones, strict=True)
        self._append([(heading, self._styles.of(heading, tone)) for heading, tone in styled], height)
        units = [f"({column.unit})" if column.unit else "" for column in self._columns]
        if any(units):
            lines = max(lines_needed(unit, width, 9) for unit, width in zip(units, self._widths, strict=True))
            self._write([unit or None for unit in units], Tone.HEAD_NOTE, height=lines * HEAD_LINE_HEIGHT + 2)
        self._write([f"({number})" for number in range(1, len(self._columns) + 1)], Tone.HEAD_NOTE, height=15)
        self._head_to = self.rows.count

    def _head_height(self) -> float:
        """So much that the longest heading has room, also among those that read upwards."""
        pairs = list(zip(self._columns, self._widths, strict=True))
        lines = max(lines_needed(each.heading, width, _BOLD) for each, width in pairs if not each.turned)
        height = lines * HEAD_LINE_HEIGHT + 4
        for column, width in pairs:
            room = max(1, int(width * CHARACTER / HEAD_LINE_HEIGHT))
            while column.turned and height < TALLEST and lines_needed(column.heading, height / CHARACTER, _BOLD) > room:
                height += 5
        return height

    def _write_overs(self) -> None:
        """What stands over several headings at once, again on each page; a heading below nothing takes its row too."""
        row, lines, said = self.rows.count + 1, 1, ""
        above: list[Value] = []
        pages = [sum(index >= end for end in self._page_ends) for index in range(len(self._columns))]
        numbered = zip(self._columns, pages, strict=True)
        for (over, _), group in groupby(numbered, key=lambda pair: (pair[0].over or pair[0].heading, pair[1])):
            start, columns = len(above), [column for column, _ in group]
            above += [f"{over} (tiếp)" if over == said else over, *[None] * (len(columns) - 1)]
            said = over
            if columns[0].over:
                self._merge(row, start, row, len(above) - 1)
                lines = max(lines, lines_needed(over, sum(self._widths[start : len(above)]), _BOLD))
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
        self._part_sums = Tally(self.table.columns)

    def add(self, case: Case) -> None:
        """What the table says of one unit."""
        for record in self.table.records(case):
            self._number += 1
            values = [column.value(record) for column in self.table.columns]
            self._part_sums.add(record, values)
            self._write([self._number, *values], Tone.BODY, case=case)

    def end(self, part: Part, less: Mapping[str, int]) -> None:
        """The sums of a part, without what its units would count a second time: *less*, by path of the total."""
        if self.table.has_totals and self.table.by_unit:
            self._take_off(less)
            self._write_sums(f"Cộng {part.title[0].lower()}{part.title[1:]}", self._part_sums, Tone.SUM)
        self._sums.merge(self._part_sums)

    def _take_off(self, less: Mapping[str, int]) -> None:
        numbers: list[Value] = [-less.get(column.path, 0) or None for column in self.table.columns]
        if any(numbers):
            self._part_sums.add_numbers(numbers)
            self._write([None, None, LESS_LABEL, *numbers[2:]], Tone.BODY)

    def _write_sums(self, label: str, tally: Tally, tone: Tone) -> None:
        values = tally.values()
        values[1] = label
        self._write([None, *values], tone)
        for index, number in enumerate(tally.sums, start=1):
            if number is not None:
                self._widths[index] = max(self._widths[index], len(f"{number:,}") * 1.05 + 0.8)

    def finish(self, closing: Sequence[tuple[str, int]] = ()) -> None:
        """The sums of all parts, *closing* counts below the names, and the set-up of the sheet."""
        last = self.rows.count
        if self.table.has_totals:
            self._write_sums("Tổng cộng", self._sums, Tone.TOTAL)
        for label, count in closing:
            blank = [None] * (len(self._columns) - 4)
            self._write([None, None, label, count, *blank], Tone.TOTAL)
        end, bottom = get_column_letter(len(self._columns)), self.rows.count
        if self._frame.signed_at:
            self._write_signatures()
        self.sheet.auto_filter.ref = f"A{self._head_to}:{end}{last}"
        self.sheet.freeze_panes = f"{get_column_letter(_FROZEN + 1)}{self._head_to + 1}"
        self.sheet.print_title_rows = f"{self._head_from}:{self._head_to}"
        across = len(self._page_ends) > 1
        if across:  # repeated on every page across, where the title would be cut short
            self.sheet.print_title_cols = f"A:{get_column_letter(self.table.standing)}"
            self.sheet.print_area = f"A{self._head_from}:{end}{max(bottom, self.rows.count)}"
        set_head(self.sheet, self.table.title, " ".join(self._frame.notes[1:]), first_page=across)
        for number, width in enumerate(self._widths, start=1):
            self.sheet.column_dimensions[get_column_letter(number)].width = width
        set_up_page(self.sheet, self._widths, self._page_ends, self.table.standing)

    def _write_signatures(self) -> None:
        """Place and day, who drew the table up and who answers for it, with room to sign."""
        last = self._page_ends[0] - 1
        right = next(at for at in range(last, -1, -1) if sum(self._widths[at : last + 1]) >= _SIGNING_WIDTH or at < 3)
        left = min(_FROZEN, right - 1)
        self._write_across([], height=LINE_HEIGHT)
        self._write_across([(self._frame.signed_at, right, last, Tone.NOTE)], height=18)
        signers = [("NGƯỜI LẬP BIỂU", 0, left, Tone.SIGN), ("THỦ TRƯỞNG ĐƠN VỊ", right, last, Tone.SIGN)]
        self._write_across(signers, height=18)
        how = "(Ký, ghi rõ họ tên)"
        self._write_across([(how, 0, left, Tone.NOTE), ("(Ký, đóng dấu, ghi rõ họ tên)", right, last, Tone.NOTE)], 16)
        self._write_across([], height=70)

    def _write(self, values: Sequence[Value], tone: Tone, height: float = 0, case: Case | None = None) -> None:
        style, lines = self._styles.of, 1
        size = 11 if tone is Tone.BODY else _BOLD
        cells: Cells = []
        for value, column, width in zip(values, self._columns, self._widths, strict=False):
            cells.append((value, style(value, tone, column.format)))
            if not height and column.format in WORDS and isinstance(value, str):
                lines = max(lines, lines_needed(value, width, size))
        self._append(cells, height or row_height(lines), case)

    def _append(self, cells: Cells, height: float, case: Case | None = None) -> None:
        for index in self.rows.append(cells, height):
            place = f"{get_column_letter(index + 1)}{self.rows.count}"
            unit, heading = (case.line.name, self._columns[index].heading) if case else ("", "Tiêu đề")
            self.losses.append(Loss(self.sheet.title, place, unit, heading, str(cells[index][0])))
