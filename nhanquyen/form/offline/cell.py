"""One cell of the offline form: what stands in it for a stored value, and what is read from it."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date

from nhanquyen.directive import Field, Kind
from nhanquyen.directive.model import MAX_COUNT
from nhanquyen.directive.values import Stored, as_count, as_date, group_digits, read, readable
from nhanquyen.form.offline.layout import NOT_TICKED, TICKED
from nhanquyen.form.workbook import BLANK, Cell, CellKind
from nhanquyen.text import clean, clean_line, search_key

Content = str | int | date | None

_YES, _NO = {"co", "x", "1", "true", "yes", "dung"}, {"khong", "0", "false", "no", "sai"}
_DECIMAL = 1e-9
_WITH_COMMA = re.compile(r"[\d. ]*\d,\d[\d,]*")


class CellRefused(Exception):
    """What a cell holds cannot be taken; the message says in Vietnamese why and what to do."""


def content_of(field: Field, stored: Stored) -> Content:
    """What stands in the cell for *stored*: real numbers and dates, the words of a choice, else the text as typed."""
    if stored is None or stored is False:
        return None
    if field.kind is Kind.TICK:
        return TICKED
    if field.kind is Kind.COUNT and (number := as_count(stored)) is not None and 0 <= number <= MAX_COUNT:
        return number
    if field.kind is Kind.DATE and (day := as_date(stored)):
        return day
    if field.kind is Kind.CHOICE and isinstance(stored, str):
        return field.choices.get(stored, stored)
    return str(stored)


def unescaped(text: str) -> str:
    """*text* without what a file writes for characters it cannot hold.

    openpyxl takes "_x005F_" apart in shared texts and leaves it in inline ones; a carriage return it leaves in both.
    """
    if "_x" not in text:
        return text
    return text.replace("x005F_", "").replace("x005f_", "").replace("_x000D_", "\r").replace("_x000d_", "\r")


def as_cell(content: Content) -> Cell:
    """The cell that is read where *content* was written and nobody touched it."""
    if content is None:
        return BLANK
    if isinstance(content, str):
        text = clean(content)
        return Cell(CellKind.TEXT, text) if text else BLANK
    return Cell(CellKind.DATE if isinstance(content, date) else CellKind.NUMBER, content)


def _refuse_no_value(cell: Cell) -> None:
    if cell.kind is CellKind.FORMULA:
        raise CellRefused("Ô là công thức, chương trình không tính. Ghi số hoặc chữ vào ô.")
    if cell.kind is CellKind.ERROR:
        raise CellRefused("Ô đang báo lỗi của Excel. Xóa ô rồi ghi lại.")


def _count(field: Field, cell: Cell) -> Stored:
    value = cell.value
    if cell.kind is CellKind.DATE:
        raise CellRefused("Excel đã đổi số thành ngày. Đặt lại định dạng ô là Số (Number) rồi gõ lại số.")
    if isinstance(value, float) and abs(value - round(value)) > _DECIMAL:
        raise CellRefused(
            "Số có phần lẻ: dấu phẩy hoặc dấu chấm được đọc là dấu thập phân. "
            "Ghi số nguyên; số lớn gõ liền các chữ số, ví dụ 1234."
        )
    if isinstance(value, bool) or not isinstance(value, int | float):
        return read(field, unescaped(str(value)))
    if not 0 <= value <= MAX_COUNT:
        raise CellRefused(f"Ghi số nguyên từ {group_digits(field.min)} đến {group_digits(field.max)}.")
    return round(value)


def _day(field: Field, cell: Cell) -> Stored:
    if isinstance(cell.value, date):
        return cell.value.isoformat()
    if cell.kind is not CellKind.TEXT:
        raise CellRefused("Ô cần ngày nhưng đang là số. Gõ lại theo ngày/tháng/năm, ví dụ 05/12/2023.")
    return read(field, unescaped(str(cell.value)))


def _tick(cell: Cell) -> Stored:
    if cell.kind is CellKind.TICK:
        return True if cell.value else None
    word = search_key(unescaped(cell.line))
    if word in _NO:
        return None
    if word in _YES:
        return True
    raise CellRefused(f"Chọn “{TICKED}” hoặc “{NOT_TICKED}”.")


def _text(field: Field, cell: Cell) -> Stored:
    if cell.kind is CellKind.DATE:
        raise CellRefused("Excel đã đổi nội dung thành ngày. Đặt lại định dạng ô là Chữ (Text) rồi gõ lại.")
    if cell.kind is CellKind.TICK:
        raise CellRefused("Excel đã đổi nội dung thành TRUE hoặc FALSE. Đặt lại định dạng ô là Chữ (Text) rồi gõ lại.")
    if isinstance(cell.value, float):
        return repr(cell.value).replace(".", ",")
    text = unescaped(str(cell.value))
    if field.kind is Kind.CHOICE:
        line = clean_line(text)
        exact = next((code for code, words in field.choices.items() if clean_line(words) == line), None)
        return exact if exact is not None else read(field, text)
    return read(field, text)


def read_cell(field: Field, cell: Cell) -> Stored:
    """What *cell* says as an answer to *field*; text that cannot be read comes back as it is.

    Raises `CellRefused` for what is no value at all, or is one that a spreadsheet has turned into another.
    """
    _refuse_no_value(cell)
    if cell.kind is CellKind.BLANK:
        return None
    if field.kind is Kind.COUNT:
        return _count(field, cell)
    if field.kind is Kind.DATE:
        return _day(field, cell)
    return _tick(cell) if field.kind is Kind.TICK else _text(field, cell)


def require_answer(field: Field, value: Stored) -> None:
    """Raise `CellRefused` for a newly written *value* that is no answer of its kind, or too long for it."""
    if not readable(field, value):
        if field.kind is Kind.COUNT and _WITH_COMMA.fullmatch(str(value)):
            wanted = "Dấu phẩy được đọc là dấu thập phân, mà ô cần số nguyên. Số lớn ghi 1.200 hoặc 1200."
        elif field.kind is Kind.COUNT:
            wanted = f"Ghi số nguyên từ {group_digits(field.min)} đến {group_digits(field.max)}."
        elif field.kind is Kind.DATE:
            wanted = "Ghi ngày có thật theo ngày/tháng/năm, ví dụ 05/12/2023."
        else:
            wanted = "Chọn một trong: " + "; ".join(field.choices.values()) + "."
        raise CellRefused(wanted)
    if isinstance(value, str) and field.max_length and len(value) > field.max_length:
        long, most = group_digits(len(value)), group_digits(field.max_length)
        raise CellRefused(f"Dài {long} ký tự. Rút còn nhiều nhất {most} ký tự.")


def digest(stored: Stored) -> str:
    """A short checksum of a stored value, by which it is known again; blank for every way to leave a field blank."""
    if stored is None or stored is False or stored == "":
        return ""
    plain = json.dumps(stored, ensure_ascii=False)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def digest_of_content(field: Field, content: Content) -> str:
    """The `digest` of what is read from a cell in which *content* of `content_of` was written."""
    return digest(read_cell(field, as_cell(content)))
