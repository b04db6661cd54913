"""Small unit lists and workbooks for the tests of the import."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import openpyxl
import people
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.form.unit_list import Plan, read_workbook
from nhanquyen.form.unit_row import UnitRow

GROUPS = people.DIRECTIVE.groups
HEADING = ("Mã", "Tên đơn vị", "Nhóm", "Số điện thoại")
P1 = UnitRow("P1", "Ủy ban nhân dân Phường 1", "XP", phone="0294 3832 001", rank=1)
LT = UnitRow("LT", "Ủy ban nhân dân xã Long Toàn", "XP", rank=2)
LISTED = (P1, LT)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_of(book: openpyxl.Workbook) -> Worksheet:
    return book.worksheets[0]


def workbook(*rows: Sequence[Any], title: str = "Đơn vị") -> bytes:
    book = openpyxl.Workbook()
    sheet_of(book).title = title
    for row in rows:
        sheet_of(book).append(list(row))
    return saved(book)


def read(*rows: Sequence[Any], existing: Sequence[UnitRow] = ()) -> Plan:
    return read_workbook(workbook(*rows), existing, GROUPS)
