"""Writes the cells of the offline form and keeps what is remembered of them."""

from __future__ import annotations

import re

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.directive import Address, Field, Kind
from nhanquyen.directive.values import Stored
from nhanquyen.export.cells import safe_text
from nhanquyen.export.offline.choices import Offers
from nhanquyen.export.offline.look import CUT, TEXT, TO_FILL, TO_FILL_CENTRED, Look, Looks, format_of
from nhanquyen.form.answers import Answers, Respondent
from nhanquyen.form.offline.cell import Content, content_of, digest, digest_of_content
from nhanquyen.form.offline.layout import PRINTED, mark_of
from nhanquyen.form.offline.origin import Base, Place

_SHORT = (Kind.COUNT, Kind.DATE, Kind.TICK)
KEYS = 1  # the column of keys
# In a file "_x000D_" stands for the character of that number, so a text that says it literally is escaped.
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]+_)")


class Writer:
    """One workbook under way. *bases* and *rows* are what its hidden sheet will remember, *cut* the places of values
    that no cell can hold."""

    def __init__(self, answers: Answers, respondent: Respondent, file_id: str, foot: str, offers: Offers) -> None:
        self.answers, self.respondent, self.file_id, self.foot, self.offers = answers, respondent, file_id, foot, offers
        self.bases: dict[Address, Base] = {}
        self.rows: dict[Place, tuple[str, ...]] = {}
        self.cut: list[tuple[str, str]] = []
        self._looks = Looks()

    def begin(self, sheet: Worksheet, part: str, columns: dict[int, str]) -> None:
        """The hidden first row with the mark and what each column is for."""
        self.put(sheet, 1, KEYS, mark_of(part))
        for column, key in columns.items():
            self.put(sheet, 1, column, key)
        sheet.row_dimensions[1].hidden = True
        sheet.column_dimensions[get_column_letter(KEYS)].hidden = True

    def put(self, sheet: Worksheet, row: int, column: int, content: Content) -> str:
        """Write *content* as what it is; the text that was written, blank for anything else."""
        cell = sheet.cell(row, column)
        if not isinstance(content, str):
            cell.value = content
            return ""
        text = _LOOKS_ESCAPED.sub("_x005F_", safe_text(content))
        if text:
            cell.value = text
            cell.data_type = "s"
        cell.number_format = TEXT
        return text

    def dress(self, sheet: Worksheet, row: int, column: int, look: Look) -> None:
        self._looks.put(sheet.cell(row, column), look)

    def key(self, sheet: Worksheet, row: int, key: str = PRINTED) -> None:
        self.put(sheet, row, KEYS, key)

    def fill(self, sheet: Worksheet, row: int, column: int, field: Field) -> None:
        """Make a cell one to fill in."""
        self.dress(sheet, row, column, TO_FILL_CENTRED if field.kind in _SHORT else TO_FILL)
        sheet.cell(row, column).number_format = format_of(field)

    def answer(self, sheet: Worksheet, row: int, column: int, field: Field, at: Address, stored: Stored) -> str:
        """A cell to fill in with what is stored, and remember that; the text that was written.

        One that the cell cannot hold as it is stays locked.
        """
        self.fill(sheet, row, column, field)
        content = content_of(field, stored)
        text = self.put(sheet, row, column, content)
        sheet.cell(row, column).number_format = format_of(field) if not text else TEXT
        base = Base(digest_of_content(field, text or content), digest(stored))
        if base.seen or base.stored:
            self.bases[at] = base
        if base.lossy:
            self.dress(sheet, row, column, CUT)
            self.cut.append((sheet.title, f"{get_column_letter(column)}{row}"))
        return text
