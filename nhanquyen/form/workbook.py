"""Reads the cells of a workbook that somebody sent, without trusting it: size, XML and extent are checked first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from io import BytesIO
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string, range_boundaries

from nhanquyen.text import clean

MEGABYTE = 1024 * 1024
MAX_MEMBERS = 300
MAX_UNPACKED = 12 * MEGABYTE
MAX_SIDE_PART = 4 * MEGABYTE  # styles, themes, relations: all that is neither cells nor their texts
MAX_TAGS, MAX_SIDE_TAGS = 400_000, 40_000  # reading a tag costs thirty times what unpacking it does
MAX_RATIO, RATIO_FROM = 200, MEGABYTE
MAX_SHEETS = 30
MAX_ROWS, MAX_COLUMNS = 10_000, 60

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([^\"']{1,40})[\"']", re.IGNORECASE)
# A cell that holds something, and a merged range. Bounded and possessive: linear over any bytes.
_CELL = re.compile(rb"<(?:\w{1,20}:)?c\s([^<>]{0,300}+)>(</)?")
_CELL_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3}[0-9]{1,10})[\"']")
_MERGED = re.compile(
    rb"<(?:\w{1,20}:)?mergeCell\s[^<>]{0,100}?ref\s*=\s*[\"']([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})[\"']"
)


class WorkbookRefused(Exception):
    """A file that cannot be read as a workbook; the message says in Vietnamese why and what to do."""


class CellKind(Enum):
    """What a cell holds."""

    BLANK = auto()
    TEXT = auto()
    NUMBER = auto()
    DATE = auto()
    TICK = auto()
    FORMULA = auto()
    ERROR = auto()


class Cell(NamedTuple):
    """One cell; *value* is str (of a formula or an error: as written), int, float, bool, date, or None for a blank."""

    kind: CellKind
    value: str | int | float | bool | date | None

    @property
    def line(self) -> str:
        """What it holds as text on one line; "" for a blank."""
        if isinstance(self.value, date):
            return self.value.strftime("%d/%m/%Y")
        return "" if self.value is None else " ".join(str(self.value).split())


BLANK = Cell(CellKind.BLANK, None)


class Range(NamedTuple):
    """Merged cells, by numbers from 1, both ends included."""

    first_column: int
    first_row: int
    last_column: int
    last_row: int


def _refuse_foreign_container(data: bytes) -> None:
    if not data:
        raise WorkbookRefused("Tệp rỗng (0 byte). Chọn lại tệp Excel.")
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise WorkbookRefused("Tệp đang đặt mật khẩu. Mở bằng Excel, bỏ mật khẩu, lưu lại rồi chọn tệp đó.")
        raise WorkbookRefused("Tệp theo kiểu Excel cũ (.xls). Mở bằng Excel, chọn Lưu thành “.xlsx” rồi chọn tệp đó.")
    if b"mimetypeapplication/vnd.oasis.opendocument" in data[:120]:
        raise WorkbookRefused("Tệp theo kiểu OpenDocument (.ods). Mở ra, chọn Lưu thành “.xlsx” rồi chọn tệp đó.")
    if not data.startswith(b"PK"):
        raise WorkbookRefused("Tệp này không phải là tệp Excel .xlsx. Chọn tệp khác.")


def _refuse_unsafe_xml(content: bytes) -> None:
    """Entities and encodings in which they could hide have no place in a workbook."""
    encoding = _ENCODING.match(content[:300].lstrip(b"\xef\xbb\xbf \r\n\t"))
    foreign = encoding and encoding.group(1).lower() not in (b"utf-8", b"us-ascii", b"ascii")
    if foreign or b"\0" in content[:300] or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise WorkbookRefused("Tệp có nội dung lạ mà Excel không tạo ra. Mở bằng Excel, lưu lại rồi chọn tệp đó.")


def _is_main_part(name: str) -> bool:
    return "worksheets/" in name.lower() or name.lower().endswith("sharedstrings.xml")


def _read_member(archive: ZipFile, info: ZipInfo, left: int) -> int:
    """Unpack one member as far as it may go; its true size."""
    if info.flag_bits & 1 or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise WorkbookRefused("Tệp được nén hoặc khóa theo cách lạ. Mở bằng Excel, lưu lại rồi chọn tệp đó.")
    limit = left if _is_main_part(info.filename) or "media/" in info.filename else min(left, MAX_SIDE_PART)
    with archive.open(info) as member:
        content = member.read(limit + 1)
    too_dense = len(content) > RATIO_FROM and len(content) > MAX_RATIO * max(info.compress_size, 1)
    if len(content) > limit or too_dense:
        raise WorkbookRefused("Tệp quá lớn khi mở ra. Chép riêng bảng cần nhập sang tệp mới rồi chọn tệp đó.")
    if info.filename.lower().endswith((".xml", ".rels", ".vml")):
        _refuse_unsafe_xml(content)
        if content.count(b"<") > (MAX_TAGS if _is_main_part(info.filename) else MAX_SIDE_TAGS):
            raise WorkbookRefused("Tệp có quá nhiều thành phần. Chép riêng bảng cần nhập sang tệp mới rồi chọn tệp đó.")
    return len(content)


def _refuse_bomb(data: bytes) -> None:
    with ZipFile(BytesIO(data)) as archive:
        members = archive.infolist()
        names = {info.filename for info in members}
        if len(members) > MAX_MEMBERS or len(names) < len(members):
            raise WorkbookRefused("Tệp có quá nhiều thành phần. Chép riêng bảng cần nhập sang tệp mới rồi chọn tệp đó.")
        left = MAX_UNPACKED
        if sum(info.file_size for info in members) > left:
            raise WorkbookRefused("Tệp quá lớn khi mở ra. Chép riêng bảng cần nhập sang tệp mới rồi chọn tệp đó.")
        for info in members:
            left -= _read_member(archive, info, left)


def _cell(raw: Any) -> Cell:
    value = raw.value
    if value is None:
        return BLANK
    if raw.data_type == "f":
        return Cell(CellKind.FORMULA, clean(str(getattr(value, "text", value))))  # of an array or of one cell
    if raw.data_type == "e":
        return Cell(CellKind.ERROR, clean(str(value)))
    if isinstance(value, bool):
        return Cell(CellKind.TICK, value)
    if isinstance(value, int | float):
        whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
        return Cell(CellKind.NUMBER, int(value) if whole else value)
    if isinstance(value, datetime):
        return Cell(CellKind.DATE, value.date())
    if isinstance(value, date):
        return Cell(CellKind.DATE, value)
    text = clean(str(value))
    return Cell(CellKind.TEXT, text) if text else BLANK


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook that passed the checks."""

    title: str
    _worksheet: Any
    _xml: bytes

    def _rows(self, last: int) -> Iterator[tuple[int, list[Cell]]]:
        raw = self._worksheet.iter_rows(min_row=1, max_row=last, min_col=1, max_col=MAX_COLUMNS)
        try:
            for number, cells in enumerate(raw, start=1):
                yield number, [_cell(cell) for cell in cells]
        except Exception as error:  # a malformed sheet makes openpyxl raise almost anything
            raise WorkbookRefused(
                f"Không đọc được trang tính “{self.title}”. Mở bằng Excel, lưu lại rồi thử."
            ) from error

    def filled(self) -> int:
        """How many cells hold something, counted without reading them."""
        return sum(not (found.group(1).endswith(b"/") or found.group(2)) for found in _CELL.finditer(self._xml))

    def top(self, count: int) -> list[tuple[int, list[Cell]]]:
        """The first *count* rows with their numbers."""
        return list(self._rows(count))

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """All rows with their numbers. Raises `WorkbookRefused` when the sheet reaches further than is read."""
        for found in _CELL.finditer(self._xml):
            blank = found.group(1).endswith(b"/") or found.group(2)
            place = None if blank else _CELL_PLACE.search(found.group(1))
            if place is not None:
                letters, row = coordinate_from_string(place.group(1).decode("ascii"))
                if row > MAX_ROWS or column_index_from_string(letters) > MAX_COLUMNS:
                    raise self._too_far(place.group(1).decode("ascii"))
        for number, cells in self._rows(MAX_ROWS + 1):
            if number > MAX_ROWS and any(cell is not BLANK for cell in cells):
                raise self._too_far(f"A{number}")
            yield number, cells

    def _too_far(self, place: str) -> WorkbookRefused:
        return WorkbookRefused(
            f"Trang tính “{self.title}” có dữ liệu ở ô {place}, ngoài phạm vi {MAX_ROWS} dòng × {MAX_COLUMNS} cột. "
            "Xóa các dòng, cột thừa, lưu lại rồi chọn tệp đó."
        )

    def merged(self) -> list[Range]:
        """The merged cells within the rows and columns that are read."""
        found = (Range(*range_boundaries(each.group(1).decode("ascii"))) for each in _MERGED.finditer(self._xml))
        near = [each for each in found if each.last_row <= MAX_ROWS and each.last_column <= MAX_COLUMNS]
        if sum(each.last_row - each.first_row + 1 for each in near) > 5 * MAX_ROWS:
            raise WorkbookRefused(f"Trang tính “{self.title}” gộp quá nhiều ô. Bỏ gộp ô, lưu lại rồi chọn tệp đó.")
        return near


def open_sheets(data: bytes, most: int = MAX_SHEETS, hidden: bool = False) -> list[Sheet]:
    """The visible sheets of the workbook *data*, or with *hidden* all of them, at most so many.

    Raises `WorkbookRefused` for whatever is not an honest .xlsx file.

    Formulas are not calculated, drawings, macros and links are never opened.
    """
    _refuse_foreign_container(data)
    try:
        _refuse_bomb(data)
        book = load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False)
        wanted = [each for each in book.worksheets if hidden or each.sheet_state == "visible"][:most]
        with ZipFile(BytesIO(data)) as archive:
            # openpyxl has no public way from a read-only sheet to its part of the archive.
            paths = [each._worksheet_path for each in wanted]  # type: ignore[attr-defined]
            return [Sheet(each.title, each, archive.read(path)) for each, path in zip(wanted, paths, strict=True)]
    except WorkbookRefused:
        raise
    except Exception as error:  # a malformed archive makes zipfile, lxml and openpyxl raise almost anything
        raise WorkbookRefused("Tệp Excel bị hỏng. Mở bằng Excel, lưu lại rồi chọn tệp đó.") from error


def cell_name(column: int, row: int) -> str:
    """``C7``"""
    return f"{get_column_letter(column)}{row}"
