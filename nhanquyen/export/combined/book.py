"""The combined Excel of the Synthesis Team: every table of the round in one workbook, written in one pass."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import IO

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.directive import Directive
from nhanquyen.export.cells import safe_text
from nhanquyen.export.combined import about as about_page
from nhanquyen.export.combined import chart as chart_page
from nhanquyen.export.combined import progress_chart as progress_page
from nhanquyen.export.combined.about import About
from nhanquyen.export.combined.look import Styles
from nhanquyen.export.combined.paper import set_foot
from nhanquyen.export.combined.record import ReadAnswers, cases, changed_note, legend, local
from nhanquyen.export.combined.sheet import Frame, TableSheet
from nhanquyen.export.combined.tables import Table, tables_of
from nhanquyen.export.stream import SheetRows, save
from nhanquyen.overview import Less, Part, parts
from nhanquyen.overview.overlaps import CountedOnce
from nhanquyen.overview.progress import progress
from nhanquyen.store.reports import ReportLine

LONGEST_NAME = 31
_FORBIDDEN_IN_NAME = re.compile(r"[\[\]:*?/\\']")


def write(
    out: IO[bytes],
    directive: Directive,
    lines: Sequence[ReportLine],
    read_answers: ReadAnswers,
    about: About,
    once: CountedOnce,
) -> None:
    """Write the workbook of *lines* to *out*, which may be large: best a temporary file.

    *read_answers* (`store.reports.each_answers`) is asked once, for the reports in scope in the order of the
    sheets, and may give them one by one: no more than one unit is kept. *once* is of the whole round, so that
    the sums of a file of some units are those of the board.
    """
    with ExitStack() as files:
        book = _Book(files)
        grouped = parts(directive, lines)
        sheets = _open_sheets(book, directive, lines, grouped, about, once)
        changed = _fill(sheets, directive, grouped, read_answers, about, once.less)
        for sheet in sheets:
            sheet.finish(about.status_counts(lines) if sheet.table.counts_statuses else ())
        facts = about_page.facts_of(about, directive, lines, once)
        if changed:
            facts.insert(0, ("Lưu ý", changed_note(changed)))
        losses = [loss for sheet in sheets for loss in sheet.losses]
        about_page.write_about(*book.add(about_page.TITLE), book.styles, facts, losses)
        for worksheet in book.rows:
            set_foot(worksheet, about.state(lines))
        properties = book.book.properties
        properties.title, properties.creator = safe_text(sheets[0].table.title), safe_text(about.made_by)
        properties.created = local(about.made_at)
        save(out, book.book, book.rows)


class _Book:
    """The workbook with the streams of its sheets."""

    def __init__(self, files: ExitStack) -> None:
        self._files = files
        self.book = Workbook()
        self.styles = Styles(self.book)
        self.rows: dict[Worksheet, SheetRows] = {}

    def add(self, name: str) -> tuple[Worksheet, SheetRows]:
        """A new sheet at the end, called *name* as far as a sheet can be."""
        taken = {sheet.title.casefold() for sheet in self.rows}
        sheet = self.book.create_sheet() if self.rows else self.book.worksheets[0]
        sheet.title = sheet_name(name, taken)
        self.rows[sheet] = self._files.enter_context(SheetRows())
        return sheet, self.rows[sheet]


def sheet_name(name: str, taken: Iterable[str]) -> str:
    """*name* within the rules for sheets, and unlike those *taken* (case-folded)."""
    name = _FORBIDDEN_IN_NAME.sub("-", name)
    found, number = name[:LONGEST_NAME].strip(), 1
    while found.casefold() in taken:
        number += 1
        found = f"{name[: LONGEST_NAME - 5].strip()} ({number})"
    return found


def _open_sheets(
    book: _Book,
    directive: Directive,
    lines: Sequence[ReportLine],
    grouped: Sequence[Part],
    about: About,
    once: CountedOnce,
) -> list[TableSheet]:
    """A sheet for each table, with its head; the charts stand second and third."""
    note = about.note(lines)
    sheets: list[TableSheet] = []
    for table in tables_of(directive, without_units=not lines):
        notes = [note, *_further_notes(table, lines, about), *(about_page.once_notes(once) if table.signed else ())]
        frame = Frame(notes, _offices(directive), about.signed_at(directive)) if table.signed else Frame(notes)
        sheets.append(TableSheet(table, *book.add(table.name), book.styles, frame))
        if len(sheets) == 1 and lines:
            name = chart_page.title_of(grouped)
            chart_page.write_totals(*book.add(name), book.styles, directive, grouped, about.scope, note, once.less)
            days = progress(lines, about.opened_at, about.due_at, about.made_at)
            progress_page.write_progress(*book.add(progress_page.TITLE), book.styles, days, lines, about)
    return sheets


def _offices(directive: Directive) -> list[str]:
    """The issuer and, unless that is the same, who of it receives the reports: "Đội A - Công an thị xã" is Đội A."""
    receiver, _, of = directive.receiver.partition(" - ")
    if not directive.issuer.casefold().startswith(of.casefold()):
        receiver = directive.receiver
    return list(dict.fromkeys([directive.issuer.upper(), receiver.upper()]))


def _further_notes(table: Table, lines: Sequence[ReportLine], about: About) -> list[str]:
    notes = [about.item_note(table.item, lines)] if table.item is not None else []
    if table.remark:
        notes.append(table.remark)
    if table.marked:
        notes.append(legend(about.scope))
    return notes


def _fill(
    sheets: Sequence[TableSheet],
    directive: Directive,
    grouped: Sequence[Part],
    read_answers: ReadAnswers,
    about: About,
    less: Less,
) -> list[str]:
    """Put every unit on every sheet; the codes of those whose answers no longer amount to what the board says."""
    in_scope = [line for part in grouped for line in part.lines if about.scope.counts(line)]
    answers = iter(read_answers([line.report_id for line in in_scope]))
    changed: list[str] = []
    for part in grouped:
        for sheet in sheets:
            sheet.begin(part)
        for case in cases(directive, part.lines, answers, about.scope, about.made_at):
            if case.differs:
                changed.append(case.line.code)
            for sheet in sheets:
                sheet.add(case)
        taken: Counter[str] = Counter()
        for line in part.lines:
            taken.update(less.get(line.report_id, {}))
        for sheet in sheets:
            sheet.end(part, taken)
    return changed
