"""The workbook in the evidence ZIP in which each file appears once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nhanquyen.clock import format_instant
from nhanquyen.export.cells import Value
from nhanquyen.export.list_sheet import ListColumn, fill_sheet, list_cell, new_book, to_bytes

COLUMNS = (
    ListColumn("Số TT", 7),
    ListColumn("Mã đơn vị", 11),
    ListColumn("Đơn vị", 32),
    ListColumn("Nội dung", 18),
    ListColumn("Dòng", 40),
    ListColumn("Tên tệp", 36),
    ListColumn("Đường dẫn trong tệp ZIP", 60),
    ListColumn("Loại tệp", 16),
    ListColumn("Dung lượng (byte)", 14),
    ListColumn("SHA-256", 68),
    ListColumn("Thêm lúc", 20),
    ListColumn("Người thêm", 28),
    ListColumn("Trùng nội dung với", 14),
    ListColumn("Tình trạng", 24),
)
NO_FILES = "Không có tệp minh chứng nào trong phạm vi này."
IN_ZIP = "Có trong tệp ZIP"
DAMAGED = "HỎNG trong cơ sở dữ liệu, không có trong tệp ZIP"


@dataclass(frozen=True)
class About:
    """What the archive is about: whose evidence, and who asked for it when."""

    round_title: str
    scope: str
    made_at: datetime
    made_by: str


def _about_rows(about: About, rows: Sequence[Sequence[Value]]) -> list[tuple[str, Value]]:
    column = [each.heading for each in COLUMNS].index
    damaged = sum(row[column("Tình trạng")] == DAMAGED for row in rows)
    return [
        ("Đợt báo cáo", about.round_title),
        ("Phạm vi", about.scope),
        ("Lập lúc", format_instant(about.made_at)),
        ("Người lập", about.made_by),
        ("Số đơn vị có minh chứng", len({row[column("Mã đơn vị")] for row in rows})),
        ("Số tệp", len(rows)),
        ("Tổng dung lượng (byte)", sum(int(str(row[column("Dung lượng (byte)")])) for row in rows)),
        ("Số tệp trùng nội dung với tệp ở trên", sum(bool(row[column("Trùng nội dung với")]) for row in rows)),
        ("Số tệp bị hỏng, không có trong tệp ZIP", damaged),
        ("Lưu ý", "Minh chứng như đang có lúc lập tệp này; bản đã ký có thể được thêm sau khi gửi báo cáo. "
                  "Minh chứng của dòng đã xóa không có ở đây."),
        ("Kiểm tra một tệp", "Trên Windows: certutil -hashfile \"tên tệp\" SHA256, rồi so với cột SHA-256."),
    ]  # fmt: skip


def index_workbook(about: About, rows: Sequence[Sequence[Value]]) -> bytes:
    """*rows* under `COLUMNS`, and a sheet that says what they are."""
    book, sheet = new_book("Danh mục minh chứng")
    fill_sheet(sheet, COLUMNS, rows or [[None, None, NO_FILES]])
    sheet.oddHeader.center.text = "Danh mục minh chứng"  # type: ignore[union-attr]
    told = book.create_sheet("Thông tin")
    told.column_dimensions["A"].width, told.column_dimensions["B"].width = 40, 90
    for name, value in _about_rows(about, rows):
        told.append([list_cell(told, name), list_cell(told, value)])
    return to_bytes(book)
