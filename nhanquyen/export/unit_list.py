"""The unit list as a workbook that the import reads back: unchanged, it changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.export.cells import Value
from nhanquyen.export.list_sheet import ListColumn, fill_sheet, list_cell, new_book, to_bytes
from nhanquyen.form.unit_row import ACTIVE, COLUMNS, INACTIVE, UnitRow, shown

GUIDE = "Hướng dẫn"
CHOICES_TO_ROW = 5000
_LINES = (
    "Sửa trang “Đơn vị” rồi nhập lại ở mục “Đơn vị” → “Nhập từ Excel”. Chương trình cho xem trước mọi thay đổi.",
    "Đơn vị được nhận ra theo cột Mã: không sửa mã của đơn vị đã có. Thêm đơn vị: ghi dòng mới với mã mới.",
    "Xóa dòng khỏi tệp không xóa đơn vị trong chương trình. Muốn thôi dùng một đơn vị: ghi Trạng thái là “Ngừng”.",
    "Cột Nhóm ghi một trong các nhóm dưới đây; cột Trạng thái ghi “Đang hoạt động” hoặc “Ngừng”.",
)


def _values(row: UnitRow, rank: int, groups: Mapping[str, str]) -> list[Value]:
    return [rank if column.key == "rank" else shown(row, column.key, groups) or None for column in COLUMNS]


def _write_guide(sheet: Worksheet, groups: Mapping[str, str]) -> int:
    """Explanations, then the groups; the row of the first group."""
    sheet.column_dimensions["A"].width = 110
    first = len(_LINES) + 2
    for text in (*_LINES, None, *groups.values()):
        sheet.append([list_cell(sheet, text)])
    return first


def _offer(sheet: Worksheet, key: str, formula: str) -> None:
    letter = get_column_letter([column.key for column in COLUMNS].index(key) + 1)
    choices = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=False)
    choices.add(f"{letter}2:{letter}{CHOICES_TO_ROW}")
    sheet.add_data_validation(choices)


def unit_workbook(units: Iterable[UnitRow], groups: Mapping[str, str]) -> bytes:
    """The units in their order, with drop-downs and a page of explanations."""
    book, sheet = new_book("Đơn vị")
    columns = [ListColumn(column.heading, column.width) for column in COLUMNS]
    fill_sheet(sheet, columns, (_values(row, rank, groups) for rank, row in enumerate(units, start=1)))
    sheet.oddHeader.center.text = "Danh sách đơn vị"  # type: ignore[union-attr]
    first = _write_guide(book.create_sheet(GUIDE), groups)
    _offer(sheet, "group", f"='{GUIDE}'!$A${first}:$A${first + len(groups) - 1}")
    _offer(sheet, "active", f'"{ACTIVE},{INACTIVE}"')
    return to_bytes(book)
