"""Builds the offline form: a guide, the sheets of `form.offline.layout`, and the hidden sheet that remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.clock import format_instant
from nhanquyen.directive import Directive
from nhanquyen.export.offline.choices import Offers
from nhanquyen.export.offline.field_sheet import write_fields
from nhanquyen.export.offline.grid_sheet import write_grid
from nhanquyen.export.offline.guide import write_guide
from nhanquyen.export.offline.look import TEXT
from nhanquyen.export.offline.writing import Writer
from nhanquyen.form.answers import Answers, Respondent
from nhanquyen.form.offline.layout import GUIDE_TITLE, ORIGIN, ORIGIN_TITLE, FieldSheet, mark_of, sheets
from nhanquyen.form.offline.origin import Origin, written


@dataclass(frozen=True)
class Blank:
    """What an offline form is made of: the report of *unit* as it stands, and whose and of when it is.

    *round* and *unit* are the keys by which the file is known again, *file_id* is new for every file.
    """

    directive: Directive
    answers: Answers
    respondent: Respondent
    round: str
    unit: str
    unit_name: str
    due_at: datetime
    version: int
    moment: datetime
    file_id: str


def offline_form(blank: Blank) -> bytes:
    """The workbook."""
    book = Workbook()
    guide = book.worksheets[0]
    guide.title = GUIDE_TITLE
    layouts = sheets(blank.directive)
    pages = [book.create_sheet(layout.title) for layout in layouts]
    hidden = book.create_sheet(ORIGIN_TITLE)
    writer = Writer(blank.answers, blank.respondent, blank.file_id, f"{blank.unit_name} – {blank.unit}", Offers(hidden))
    for layout, page in zip(layouts, pages, strict=True):
        if isinstance(layout, FieldSheet):
            grids = [each.title for each in layouts if not isinstance(each, FieldSheet) and each.item is layout.item]
            write_fields(writer, page, layout, grids)
        else:
            write_grid(writer, page, layout)
    write_guide(writer, guide, blank.directive, blank.unit_name, blank.due_at, format_instant(blank.moment), layouts)
    _remember(hidden, blank, writer)
    book.active = 0
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _remember(hidden: Worksheet, blank: Blank, writer: Writer) -> None:
    origin = Origin(
        round=blank.round, unit=blank.unit, version=blank.version, moment=format_instant(blank.moment),
        file_id=blank.file_id, values=writer.bases, rows=writer.rows,
    )  # fmt: skip
    lines: Sequence[tuple[str, ...]] = ((mark_of(ORIGIN),), *written(origin))
    for row, line in enumerate(lines, start=1):
        for column, text in enumerate(line, start=1):
            cell = hidden.cell(row, column, text)
            cell.data_type, cell.number_format = "s", TEXT
    hidden.sheet_state = "hidden"
    hidden.protection.sheet = True
