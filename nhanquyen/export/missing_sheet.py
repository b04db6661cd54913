"""Those who have not sent, as a workbook to call by."""

from __future__ import annotations

from collections.abc import Iterator

from openpyxl.worksheet.page import PageMargins

from nhanquyen.clock import format_instant
from nhanquyen.export.cells import Value
from nhanquyen.export.combined.record import local
from nhanquyen.export.list_sheet import ListColumn, fill_sheet, new_book, to_bytes
from nhanquyen.export.missing import MissingList, state, summary

TO_THE_MINUTE = "dd/mm/yyyy hh:mm"
_MARGIN = 10 / 25.4  # inches
COLUMNS = (
    ListColumn("STT", 6),
    ListColumn("Phần", 22),
    ListColumn("Mã", 10),
    ListColumn("Đơn vị", 32),
    ListColumn("Tình trạng", 16),
    ListColumn("Lưu lần cuối, hoặc trả lại lúc", 17, TO_THE_MINUTE),
    ListColumn("Hạn gửi", 17, TO_THE_MINUTE),
    ListColumn("Gia hạn riêng", 9),
    ListColumn("Trễ hạn", 18),
    ListColumn("Số ngày trễ hạn", 9),
    ListColumn("Người phụ trách", 20),
    ListColumn("Chức vụ", 18),
    ListColumn("Điện thoại", 16),
    ListColumn("Đã gọi", 8),
)


def _rows(found: MissingList) -> Iterator[list[Value]]:
    for part, lines in found.numbered():
        for number, line in lines:
            yield [
                number, part.heading, line.code, line.name, state(line), local(found.since(line)), local(line.due_at),
                "Có" if line.extended else None, line.late_label(found.at) or None, line.late_days(found.at) or None,
                line.contact or None, line.contact_position or None, line.phone or None, None,
            ]  # fmt: skip


def missing_workbook(found: MissingList) -> bytes:
    """The list under a title that says the moment, the due time and the counts."""
    directive = found.directive
    above = (
        f"DANH SÁCH ĐƠN VỊ CHƯA GỬI BÁO CÁO THỰC HIỆN CÔNG VĂN SỐ {directive.number}",
        f"Lúc {format_instant(found.at)}. Hạn gửi: {format_instant(found.due_at)}.",
        summary(found),
    )
    book, sheet = new_book("Chưa gửi")
    fill_sheet(sheet, COLUMNS, _rows(found), above)
    sheet.page_margins = PageMargins(left=_MARGIN, right=_MARGIN, top=1.5 * _MARGIN, bottom=1.5 * _MARGIN)
    return to_bytes(book)
