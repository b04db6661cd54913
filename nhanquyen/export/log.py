"""The log as a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nhanquyen.export.cells import Value
from nhanquyen.export.list_sheet import ListColumn, fill_sheet, new_book, to_bytes

COLUMNS = (
    ListColumn("Thời điểm", 20),
    ListColumn("Người làm", 28),
    ListColumn("Tên đăng nhập", 16),
    ListColumn("Địa chỉ máy", 16),
    ListColumn("Việc", 26),
    ListColumn("Mã đơn vị", 11),
    ListColumn("Đơn vị", 36),
    ListColumn("Đối tượng", 36),
    ListColumn("Chi tiết", 50),
)


def log_workbook(rows: Iterable[Sequence[Value]]) -> bytes:
    """Events as rows under `COLUMNS`."""
    book, sheet = new_book("Nhật ký")
    fill_sheet(sheet, COLUMNS, rows)
    sheet.oddHeader.center.text = "Nhật ký"  # type: ignore[union-attr]
    return to_bytes(book)
