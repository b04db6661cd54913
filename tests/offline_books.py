"""Offline forms in tests: made from answers, changed as a clerk would with a spreadsheet, read back."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import people
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.clock import VIETNAM
from nhanquyen.directive import Address, Directive
from nhanquyen.directive.values import Stored
from nhanquyen.export.offline import Blank, offline_form
from nhanquyen.form.answers import Answers, Respondent, Row
from nhanquyen.form.offline.filled import Filled, RowPlace
from nhanquyen.form.offline.layout import MARK, VALUE
from nhanquyen.form.offline.merging import Plan, merge
from nhanquyen.form.offline.opening import open_form
from nhanquyen.form.offline.reading import read_form

MOMENT = datetime(2023, 12, 20, 9, 0, tzinfo=VIETNAM)
FILE_ID = "0123456789abcdef"


def answers_of(values: Mapping[str, Stored]) -> Answers:
    """Answers that hold *values* by the names of their addresses."""
    found = Answers()
    for name, value in values.items():
        at = Address.parse(name)
        row = found.row(at.item, at.block, at.row)
        if row is None:
            row = Row(at.row)
            found.put(at.item, at.block, row)
        if value is not None:
            row.values[at.field] = value
    return found


def values_of(answers: Answers, directive: Directive = people.DIRECTIVE) -> dict[str, Stored]:
    """The other way round, without blanks."""
    return {
        Address(item.key, block.key, row.key, key).name: value
        for item in directive.items
        for block in item.blocks
        for row in answers.rows(item, block)
        for key, value in row.values.items()
        if value is not None
    }


def form_of(answers: Answers, directive: Directive = people.DIRECTIVE, file_id: str = FILE_ID) -> bytes:
    """The offline form of Phường 1 with *answers* in it."""
    return offline_form(
        Blank(
            directive, answers, Respondent("XP"), directive.key, "P1", "Ủy ban nhân dân Phường 1",
            datetime(2023, 12, 22, 23, 59, tzinfo=VIETNAM), 3, MOMENT, file_id,
        )
    )  # fmt: skip


def read(data: bytes, directive: Directive = people.DIRECTIVE) -> Filled:
    return read_form(open_form(data, directive), directive)


def plan_of(
    data: bytes, answers: Answers, removed: tuple[RowPlace, ...] = (), directive: Directive = people.DIRECTIVE
) -> Plan:
    return merge(directive, read(data, directive), answers, removed)


class Book:
    """An offline form open in a spreadsheet."""

    def __init__(self, data: bytes) -> None:
        self.book: Workbook = load_workbook(BytesIO(data))

    def bytes(self) -> bytes:
        out = BytesIO()
        self.book.save(out)
        return out.getvalue()

    def sheet(self, part: str) -> Worksheet:
        """The sheet of an item (``n1``) or of its block (``n1-chi_tiet``)."""
        return next(
            sheet for sheet in self.book.worksheets if str(sheet["A1"].value).startswith(MARK)
            and str(sheet["A1"].value).split()[2] == part
        )  # fmt: skip

    def columns(self, sheet: Worksheet) -> dict[str, int]:
        return {str(cell.value).replace("x005F_", ""): cell.column for cell in sheet[1] if cell.value is not None}

    def line(self, part: str, key: str) -> int:
        """The row of the sheet with that key."""
        sheet = self.sheet(part)
        return next(
            row for row in range(1, sheet.max_row + 1)
            if str(sheet.cell(row, 1).value).replace("x005F_", "") == key
        )  # fmt: skip

    def cell(self, name: str) -> Cell:
        """The cell of an address."""
        at = Address.parse(name)
        block = people.DIRECTIVE.block(at.item, at.block)
        part = at.item if block.single else f"{at.item}-{at.block}"
        sheet = self.sheet(part)
        row = self.line(part, name if block.single else at.row)
        found: Cell = sheet.cell(row, self.columns(sheet)[VALUE if block.single else at.field])
        return found

    def write(self, name: str, value: Any) -> Book:
        """What a clerk types into a cell; its format and that it is text stay."""
        cell = self.cell(name)
        cell.value = value
        return self

    def blank_rows(self, part: str) -> list[str]:
        """The keys of the rows that hold nothing."""
        sheet, columns = self.sheet(part), self.columns(self.sheet(part))
        fill = [column for key, column in columns.items() if key != "stt" and column > 1]
        return [
            str(sheet.cell(row, 1).value)
            for row in range(2, sheet.max_row + 1)
            if str(sheet.cell(row, 1).value).startswith("r")
            and all(sheet.cell(row, column).value is None for column in fill)
        ]


def changed(data: bytes, work: Callable[[Book], Any]) -> bytes:
    """*data* after a clerk did *work* in it."""
    book = Book(data)
    work(book)
    return book.bytes()


def resaved(data: bytes, folder: Path) -> bytes:
    """*data* as LibreOffice saves it again. Skips the test on a machine without it."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not on this machine (Debian: apt-get install libreoffice-calc)")
    source, target = folder / "bieu.xlsx", folder / "out"
    source.write_bytes(data)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [program, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(target)]
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=180)
    return (target / "bieu.xlsx").read_bytes()
