"""Which sheets the offline form has and what marks them, from the definition alone.

Each sheet has a column of keys, hidden, in which every row to fill has its key, and every other row of ours `PRINTED`;
on its first row that column holds the sheet's mark, and the columns to fill hold the keys of their fields. So sheets
may be renamed and moved, and rows and columns moved within them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nhanquyen.directive import SINGLE_ROW, Address, Block, BlockKind, Directive, Field, Item
from nhanquyen.text import search_key

FORMAT = "1"
MARK = "nhan-quyen/bieu-excel"
GUIDE, ORIGIN = "huong-dan", "goc"
GUIDE_TITLE, ORIGIN_TITLE = "Hướng dẫn", "Dữ liệu của chương trình"
PRINTED = "-"
VALUE = "gia_tri"
ORDINAL = "stt"
TICKED, NOT_TICKED = "Có", "Không"

LONGEST_TITLE = 31  # characters in the name of a sheet
_FORBIDDEN_IN_TITLE = re.compile(r"[\[\]:*?/\\]")
_CODE_AT_END = re.compile(r"\s*\([\d.]+\w?\)$")
_ROOM_FOR_MORE = 10_000
_CELLS_PER_VALUE, _CELLS_PER_ROW = 10, 8
NEW_ROW = re.compile(r"r[0-9a-f]{10}\Z")


def mark_of(part: str) -> str:
    """What the first cell of a sheet's column of keys says; *part* is the item's key, or with its block's (`n1-x`)."""
    return f"{MARK} {FORMAT} {part}"


def part_in(text: str) -> str | None:
    """The part in a mark of any format, or None for what is no mark."""
    words = text.split()
    return words[2] if len(words) == 3 and words[0] == MARK else None


@dataclass(frozen=True)
class FieldSheet:
    """The single fields of an item, a row each: its state first, what explains its figures last."""

    item: Item
    title: str

    @property
    def part(self) -> str:
        return self.item.key

    @property
    def heading(self) -> str:
        """What stands on top of the sheet."""
        return f"Nội dung {self.item.number}. {self.item.title}"

    def groups(self) -> Iterator[tuple[Block, tuple[Field, ...]]]:
        """The blocks with the fields to show under each."""
        explanation = self.item.explanation
        for block in self.item.blocks:
            fields = tuple(each for each in block.fields if each is not explanation)
            if block.single and fields:
                yield block, fields
        for block in self.item.blocks:
            if block.kind is BlockKind.STATUS:
                yield block, (explanation,)

    def addresses(self) -> dict[Address, Field]:
        """Every field of the sheet under its address."""
        return {
            Address(self.item.key, block.key, SINGLE_ROW, each.key): each
            for block, fields in self.groups()
            for each in fields
        }


@dataclass(frozen=True)
class GridSheet:
    """A block with many rows: prescribed ones, or those that the clerk adds. A column for each field."""

    item: Item
    block: Block
    title: str

    @property
    def part(self) -> str:
        return f"{self.item.key}-{self.block.key}"

    @property
    def heading(self) -> str:
        """What stands on top of the sheet."""
        return f"Nội dung {self.item.number}. {self.block.title}"

    @property
    def grows(self) -> bool:
        """Whether rows can be added and removed."""
        return self.block.kind is BlockKind.TABLE


Sheet = FieldSheet | GridSheet


def _title(wanted: str, taken: set[str]) -> str:
    """A name for a sheet like *wanted*, in whole words, that none of *taken* is."""
    words = _FORBIDDEN_IN_TITLE.sub(" ", wanted).split()
    number, mark = 1, ""
    while True:
        title = ""
        for word in words:
            if len(f"{title} {word}{mark}".strip()) > LONGEST_TITLE:
                break
            title = f"{title} {word}".strip()
        title = (title or words[0][: LONGEST_TITLE - len(mark)]).strip(" '-,;:") + mark
        if search_key(title) not in taken:
            taken.add(search_key(title))
            return title
        number += 1
        mark = f" ({number})"


def sheets(directive: Directive) -> tuple[Sheet, ...]:
    """The sheets to fill, in the order of the definition."""
    taken = {search_key(GUIDE_TITLE), search_key(ORIGIN_TITLE)}
    found: list[Sheet] = []
    for item in directive.items:
        found.append(FieldSheet(item, _title(f"Nội dung {item.number}", taken)))
        for block in item.blocks:
            if not block.single:
                title = f"ND{item.number} {_CODE_AT_END.sub('', block.title)}"
                found.append(GridSheet(item, block, _title(title, taken)))
    return tuple(found)


def most_cells(directive: Directive) -> int:
    """How many cells a form holds when all its tables are full, and room for what else is written into it."""
    found = _ROOM_FOR_MORE
    for item in directive.items:
        for block in item.blocks:
            rows = len(block.rows) or (block.max_rows if block.kind is BlockKind.TABLE else 1)
            # around each value its words or the key of its row, and what the hidden sheet remembers of it
            found += rows * (len(block.fields) * _CELLS_PER_VALUE + _CELLS_PER_ROW)
    return found


def new_row_key(file_id: str, part: str, place: object) -> str:
    """The key of a row that the file *file_id* adds at *place*: the same however often the file is read."""
    return "r" + hashlib.sha256(f"{file_id} {part} {place}".encode()).hexdigest()[:10]


def printed(field: Field) -> tuple[str, str, str, str]:
    """What stands around the cell of a single field: its code, its words, its unit of measure and its help."""
    return field.code, field.label, field.unit, field.help
