"""Tells the units of a list from what else stands in its table: titles of sections, totals, signatures below."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from nhanquyen.form.unit_header import ORDINAL
from nhanquyen.form.unit_row import plain_key, read_group
from nhanquyen.form.workbook import BLANK, Cell, CellKind
from nhanquyen.text import search_key

# With accents, so that "Công an" and "Tổng công ty" stay units.
_TOTAL = re.compile(
    r"(?:tổng cộng|tổng số|tong so|tong cong(?! ty))\b|(?:tổng|cộng|tong|cong)\s*(?:$|[:.(=\d])"
    r"|cộng (?:nhóm|mục|phần|khối|các|toàn|xã|phường|phòng)\b"
)
_SIGNATURE = re.compile(
    r"(?:nguoi|can bo) lap\b|lap bieu|(?:pho )?(?:thu truong|truong phong|chu tich|giam doc|truong ban)\b|noi nhan\b"
    r"|\(?ky[ ,)]|(?:kt|tm|tl|tuq)\. ?|xac nhan\b|.*\bngay\b[^a-z]*\bthang\b|.*, ngay\b"
)
_ENUMERATED = re.compile(r"(?:[IVX]{1,5}|[A-H])\s*[.)/:-]\s*(?=\S)")
_LETTER = re.compile(r"(?:[IVX]{1,5}|[A-H])[.)]?", re.IGNORECASE)
_COLUMN_NUMBER = re.compile(r"\(?(?:[0-9]{1,2}|[A-Za-z])\)?")
_LEADING = re.compile(r"(?:(?:cac|khoi|nhom|danh sach)\s+)+")
_TITLE_WORDS = {
    "cac", "khoi", "nhom", "xa", "phuong", "phong", "ban", "nganh", "don", "vi", "su", "nghiep", "doan", "the", "ubnd",
    "va", "co", "quan",
}  # fmt: skip


class Kind(Enum):
    """What a row of the table is."""

    UNIT = auto()
    SECTION = auto()
    TOTAL = auto()
    NUMBERING = auto()
    FOOTER = auto()
    NOTHING = auto()


@dataclass(frozen=True)
class Row:
    """A row below the headings that holds something. *used* are its cells by column key, *gap*: a blank row before."""

    number: int
    cells: Sequence[Cell]
    used: Mapping[str, Cell]
    gap: bool
    across: bool

    def text(self, key: str) -> str:
        """What stands in the column *key*, "" where that is no text or number."""
        cell = self.used.get(key, BLANK)
        return cell.line if cell.kind in (CellKind.TEXT, CellKind.NUMBER) else ""

    @property
    def texts(self) -> list[str]:
        """All its texts, from the left."""
        return [cell.line for cell in self.cells if cell.kind is CellKind.TEXT]

    @property
    def label(self) -> str:
        """The longest of its texts: of a title, the title."""
        return max(self.texts, key=len, default="")

    @property
    def label_index(self) -> int:
        """The index from 0 of the column in which `label` stands; failing one, of the first cell that is not blank."""
        marks = [
            (cell.kind is CellKind.TEXT and cell.line == self.label, -index)
            for index, cell in enumerate(self.cells)
            if cell is not BLANK
        ]
        return -max(marks)[1]

    @property
    def told(self) -> set[str]:
        """The columns in which it says something about a unit."""
        return {key for key, cell in self.used.items() if cell is not BLANK} - {ORDINAL, "rank"}

    @property
    def coded(self) -> bool:
        """Whether the column of codes holds something that was meant as one."""
        code = self.text("code")
        return bool(code) and " " not in code

    @property
    def anchored(self) -> bool:
        """Whether it is surely one of the units: with a code, or counted."""
        return bool(self.told) and (self.coded or self.text(ORDINAL).rstrip(".").isdigit())


def section_group(title: str, groups: Mapping[str, str]) -> str | None:
    """The group that the title of a section ("B. Xã, phường") names, or None when it is not plain."""
    return read_group(_LEADING.sub("", search_key(_ENUMERATED.sub("", title)), count=1), groups)


def _words_of_a_title(text: str, groups: Mapping[str, str]) -> bool:
    """Whether *text* holds only words that name groups of units, never a single unit."""
    plain = plain_key(_ENUMERATED.sub("", text)).replace("uy ban nhan dan", "ubnd").replace("thi tran", "xa")
    known = _TITLE_WORDS.union(*(plain_key(label).split() for label in groups.values()))
    return bool(plain) and known.issuperset(plain.split())


def _is_total(row: Row) -> bool:
    places = (*row.texts[:1], row.text("name"), row.text("code"))
    return any(_TOTAL.match(text.casefold()) for text in places)


def _is_section(row: Row, groups: Mapping[str, str]) -> bool:
    ordinal = row.text(ORDINAL)
    if ordinal and not any(char.isdigit() for char in ordinal) and not row.coded:
        return True
    if row.across and len(row.told) == 1:
        return True
    if row.anchored and not _LETTER.fullmatch(row.text("code")) and row.label != row.text("code"):
        return False
    titled = bool(_ENUMERATED.match(row.label)) and not row.coded
    return row.told <= {"code", "name"} and (titled or _words_of_a_title(row.label, groups))


def _is_numbering(row: Row) -> bool:
    """Whether it counts the columns: (1), (2), (3) below the headings."""
    texts = [cell.line for cell in row.cells if cell is not BLANK]
    return len(texts) > 1 and bool(row.text("name")) and all(map(_COLUMN_NUMBER.fullmatch, texts))


def _may_be_footer(row: Row, groups: Mapping[str, str]) -> bool:
    group = row.text("group")
    return not row.anchored and not (group and read_group(group, groups))


def _is_shouted(row: Row) -> bool:
    """Whether it says one name only, in capitals and without a code: among other units, the title of a section."""
    name = row.text("name")
    return not row.anchored and row.told == {"name"} and name.isupper() and " " in name


def kinds(rows: Sequence[Row], groups: Mapping[str, str]) -> list[Kind]:
    """What each of *rows* is. Below the last sure unit, a signature or a gap ends the table."""
    last = max((place for place, row in enumerate(rows) if row.anchored and not _is_total(row)), default=-1)
    mixed = any(row.anchored and not row.text("name").isupper() for row in rows)
    found: list[Kind] = []
    ended = False
    for place, row in enumerate(rows):
        below = place > last and _may_be_footer(row, groups)
        signed = below and any(_SIGNATURE.match(search_key(text)) for text in row.texts)
        ended = below and (ended or signed or (last >= 0 and row.gap))
        if _is_total(row):
            found.append(Kind.TOTAL)
            ended = place > last >= 0
        elif place == 0 and _is_numbering(row):
            found.append(Kind.NUMBERING)
        elif signed or (ended and len(row.texts) <= 2):
            found.append(Kind.FOOTER)
        elif _is_section(row, groups) or (mixed and _is_shouted(row)):
            found.append(Kind.SECTION)
        else:
            found.append(Kind.UNIT if row.told else Kind.NOTHING)
    return found
