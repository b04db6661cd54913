"""The first sheet of the offline form: whose it is, how to fill it, and what happens when it is uploaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.clock import format_instant
from nhanquyen.directive import Directive
from nhanquyen.export.offline.look import HEADLINE, STRONG, WORDS, height, lay_out
from nhanquyen.export.offline.writing import KEYS, Writer
from nhanquyen.form.offline.layout import GUIDE, FieldSheet, Sheet, mark_of

_WIDTH = 118
_HOW = (
    "Ghi vào các ô nền vàng; ô khác đã khóa để không sửa nhầm. Không cần mạng; lưu tệp và ghi tiếp lúc khác được.",
    "Số: ghi số nguyên, gõ liền các chữ số. Số 0 khác với để trống: không có thì ghi 0, chưa biết thì để trống.",
    "Ngày: ghi ngày/tháng/năm, ví dụ 05/12/2023. Ô có danh sách: bấm mũi tên ở ô rồi chọn. Xuống dòng: Alt+Enter.",
    "Ghi thẳng số liệu, không dùng công thức. Không gộp ô, không xóa cột ẩn, trang ẩn: nhờ đó chương trình nhận ra ô.",
    "Chỉ ghi hoạt động của đơn vị; không ghi họ tên, tài khoản, đường dẫn của người khác.",
    "Không ghi nội dung thuộc bí mật nhà nước.",
)
_UPLOAD = (
    "Ở trang Báo cáo bấm “Điền bằng Excel khi không có mạng”, chọn tệp này. Không vào được thì gửi cho Đội Tổng hợp.",
    "Chương trình cho xem trước mọi thay đổi và từng ô có lỗi; chưa bấm ghi thì chưa có gì thay đổi.",
    "Chỉ ô đã sửa trong tệp mới được ghi. Ô vừa sửa trong tệp vừa sửa trên web: chương trình hiện cả hai để chọn.",
    "Ghi xong vẫn phải bấm “Kiểm tra và gửi” trên web. Minh chứng (ảnh, PDF) chỉ đính kèm được trên web.",
)


def _lines(
    directive: Directive,
    unit: str,
    due_at: datetime,
    moment: str,
    layouts: Sequence[Sheet],
    cut: Sequence[tuple[str, str]],
) -> Iterator[tuple[str, bool]]:
    """The texts, and whether each is a heading."""
    yield f"Biểu báo cáo thực hiện Công văn số {directive.number}", True
    yield f"Đơn vị: {unit}", False
    yield f"Hạn gửi: {format_instant(due_at)}. Biểu tải về lúc {moment}, đã có số liệu trên web đến lúc đó.", False
    yield "Cách điền", True
    yield from ((f"{number}. {text}", False) for number, text in enumerate(_HOW, start=1))
    yield "Nộp biểu", True
    yield from ((f"{number}. {text}", False) for number, text in enumerate(_UPLOAD, start=1))
    yield "Các trang cần điền", True
    for layout in layouts:
        title = layout.item.title if isinstance(layout, FieldSheet) else layout.block.title
        yield f"“{layout.title}”: {title}", False
    if cut:
        yield "Ô không sửa được trong tệp này", True
        places = "; ".join(f"“{title}” ô {cell}" for title, cell in cut[:30])
        yield f"Nội dung trên web dài hơn, hoặc có ký tự mà ô Excel không chứa được; chỉ sửa trên web: {places}.", False


def write_guide(
    writer: Writer,
    sheet: Worksheet,
    directive: Directive,
    unit: str,
    due_at: datetime,
    moment: str,
    layouts: Sequence[Sheet],
) -> None:
    """Write the sheet, after all others: it tells which of their values no cell can hold."""
    sheet.cell(1, KEYS, mark_of(GUIDE))
    sheet.row_dimensions[1].hidden = sheet.column_dimensions["A"].hidden = True
    sheet.column_dimensions["B"].width = _WIDTH
    for row, (text, heading) in enumerate(_lines(directive, unit, due_at, moment, layouts, writer.cut), start=2):
        look = HEADLINE if row == 2 else STRONG if heading else WORDS
        writer.put(sheet, row, 2, text)
        writer.dress(sheet, row, 2, look)
        sheet.row_dimensions[row].height = height([(text, _WIDTH)], look.font) + (6 if look is STRONG else 2)
    sheet.sheet_view.showGridLines = False
    lay_out(sheet, unit, 0)
