"""One line of the unit list: its columns, what may stand in them, and what is proposed where a list says nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from nhanquyen.text import search_key

CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,19}\Z")
ACTIVE, INACTIVE = "Đang hoạt động", "Ngừng"
_ACTIVE_WORDS = {"dang hoat dong", "hoat dong", "dang dung", "con hoat dong", "co", "x", "1", "true", "yes", "v"}
_INACTIVE_WORDS = {
    "ngung", "ngung hoat dong", "ngung dung", "khong", "khong hoat dong", "nghi", "giai the", "sap nhap", "0", "false",
    "no",
}  # fmt: skip
# Signs of the old TCVN3 (ABC) encoding, which no Vietnamese name holds.
_TCVN3 = re.compile(r"[µ¸¶·¹¨¾»¼½©®ª§÷þß]")


@dataclass(frozen=True)
class UnitRow:
    """A unit as the list states it. *rank* is its place from 1; None leaves the place to the program."""

    code: str
    name: str
    group: str
    place: str = ""
    contact: str = ""
    contact_position: str = ""
    phone: str = ""
    active: bool = True
    note: str = ""
    rank: int | None = None

    def with_text(self, key: str, text: str) -> UnitRow:
        """This row with the text column *key* changed."""
        return replace(self, **{key: text})  # type: ignore[arg-type]


class Column(NamedTuple):
    """One column. *names* are search keys of the headings under which it is met, the surest first."""

    key: str
    heading: str
    limit: int
    names: tuple[str, ...]
    width: int


COLUMNS = (
    Column("rank", "Thứ tự", 0, ("thu tu", "thu tu hien thi", "vi tri"), 8),
    Column("code", "Mã", 20, ("ma", "ma don vi", "ma dv", "ma so", "ky hieu"), 11),
    Column(
        "name", "Tên đơn vị", 200,
        ("ten don vi", "ten chinh thuc", "ten", "ten co quan", "ten co quan don vi", "don vi", "co quan",
         "co quan don vi"), 52,
    ),
    Column("group", "Nhóm", 6, ("nhom", "nhom don vi", "khoi", "loai", "loai don vi", "loai hinh", "phan loai"), 30),
    Column("place", "Địa danh", 100, ("dia danh", "dia danh ghi tren van ban", "noi ban hanh", "dia ban"), 18),
    Column(
        "contact", "Người liên hệ", 100,
        ("nguoi lien he", "can bo dau moi", "nguoi phu trach", "dau moi", "dau moi lien he", "can bo phu trach",
         "can bo", "ho va ten", "ho ten", "nguoi lap"), 24,
    ),
    Column("contact_position", "Chức vụ", 100, ("chuc vu", "chuc danh", "chuc vu chuc danh"), 20),
    Column(
        "phone", "Số điện thoại", 50,
        ("so dien thoai", "dien thoai", "dien thoai co quan", "dt", "sdt", "so dt", "tel", "dien thoai lien he",
         "so dien thoai lien he", "so dien thoai co quan", "phone", "dien thoai di dong", "di dong"), 16,
    ),
    Column("active", "Trạng thái", 0, ("trang thai", "hoat dong", "tinh trang", "dang hoat dong"), 16),
    Column("note", "Ghi chú", 500, ("ghi chu", "chu thich", "note"), 30),
)  # fmt: skip
BY_KEY = {column.key: column for column in COLUMNS}
TEXT_KEYS = ("name", "place", "contact", "contact_position", "phone", "note")
ORDINAL_NAMES = ("stt", "tt", "so tt", "so thu tu")


def shown(row: UnitRow, key: str, groups: Mapping[str, str]) -> str:
    """What the list says in column *key* of *row*."""
    if key == "active":
        return ACTIVE if row.active else INACTIVE
    if key == "group":
        return groups.get(row.group, row.group)
    value = getattr(row, key)
    return "" if value is None else str(value)


def code_fault(code: str) -> str | None:
    """Why *code* (upper case) cannot be a unit's code, or None."""
    if CODE.match(code):
        return None
    proposal = re.sub(r"[^A-Z0-9_-]", "", search_key(code).upper())[:20].lstrip("_-")
    advice = f" Ví dụ: {proposal}." if proposal else ""
    return f"Ghi mã bằng chữ không dấu, số, “-” hoặc “_”, liền nhau, tối đa 20 ký tự.{advice}"


def text_fault(key: str, text: str) -> str | None:
    """Why *text* (cleaned) cannot stand in the text column *key*, or None."""
    column = BY_KEY[key]
    if key == "name" and not text:
        return "Nhập tên đơn vị."
    if len(text) > column.limit:
        return f"{column.heading} dài {len(text)} ký tự. Rút gọn còn nhiều nhất {column.limit} ký tự."
    if key in ("name", "contact") and _TCVN3.search(text):
        return f"{column.heading} gõ bằng bảng mã TCVN3 (ABC). Chuyển sang Unicode rồi nhập lại."
    return None


def read_active(text: str) -> bool | None:
    """Whether *text* says that a unit is active; None when it says neither."""
    key = plain_key(text)
    if key in _ACTIVE_WORDS:
        return True
    return False if key in _INACTIVE_WORDS else None


def plain_key(text: str) -> str:
    """*text* folded as for a search, its words parted by single blanks and nothing else."""
    return " ".join(re.findall(r"[a-z0-9]+", search_key(text)))


def heading_key(text: str) -> str:
    """*text* of a heading as the names of `COLUMNS` are written: without what stands in brackets."""
    return plain_key(re.sub(r"\([^()]*\)", " ", text))


def _parts(text: str) -> list[list[str]]:
    plain = (plain_key(part).replace("uy ban nhan dan", "ubnd").split() for part in re.split(r"[,;/–-]", text))
    return [words for words in plain if words]


def _groups_of(piece: list[str], groups: Mapping[str, str]) -> set[str]:
    """The groups one part of whose wording begins as *piece* does; failing that, is held in it or holds it."""
    parts = [(code, part) for code, label in groups.items() for part in _parts(label)]
    words = set(piece)
    return {code for code, part in parts if part[0] == piece[0]} or {
        code for code, part in parts if words <= set(part) or set(part) <= words
    }


def read_group(text: str, groups: Mapping[str, str]) -> str | None:
    """The group that *text* names by its code or in words, or None when it names none or several."""
    key = plain_key(text)
    for code, label in groups.items():
        if key in (plain_key(code), plain_key(label)):
            return code
    found = {code for piece in _parts(text) for code in _groups_of(piece, groups)}
    return found.pop() if len(found) == 1 else None


_COMMUNES = ("xa", "phuong", "thi tran")
_COUNCILS = ("uy ban nhan dan", "ubnd", "hdnd va ubnd", "hdnd ubnd")
_GROUP_STARTS = (
    ("BN", ("phong giao dich",)),
    ("XP", (*_COMMUNES, *(f"{council} {commune}" for council in _COUNCILS for commune in _COMMUNES))),
    ("PCM", ("phong", "van phong", "thanh tra")),
    (
        "DT",
        ("hoi", "thi doan", "huyen doan", "doan thanh nien", "lien doan lao dong", "uy ban mttq", "uy ban mat tran"),
    ),
)


def _begins(name: str, start: str) -> bool:
    return name == start or name.startswith(start + " ")


def propose_group(name: str, groups: Mapping[str, str]) -> str:
    """The group that a unit of that name most likely belongs to."""
    key = plain_key(name)
    for group, starts in _GROUP_STARTS:
        if group in groups and any(_begins(key, start) for start in starts):
            return group
    return "BN" if "BN" in groups else next(iter(groups))


def propose_code(name: str, taken: Collection[str]) -> str:
    """A code that is not in *taken*, from the initials of *name* ("Ủy ban nhân dân xã Long Toàn": LT)."""
    key = plain_key(name)
    for start in _COUNCILS:
        if _begins(key, start):
            key = key.removeprefix(start).strip()
    for start in _COMMUNES:
        if _begins(key, start) and not key.removeprefix(start).strip()[:1].isdigit():
            key = key.removeprefix(start).strip()
    initials = "".join(word if word.isdigit() else word[0] for word in key.split() if word != "va")
    stem = initials.upper()[:12] or "DV"
    code, number = stem, 2
    while code in taken:
        code, number = f"{stem}-{number}", number + 1
    return code
