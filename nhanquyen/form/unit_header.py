"""Finds the table of a unit list in a workbook: its one or two rows of headings, and what each column holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from openpyxl.utils import get_column_letter

from nhanquyen.form.unit_row import BY_KEY, COLUMNS, ORDINAL_NAMES, heading_key
from nhanquyen.form.workbook import Cell, CellKind, Range, Sheet, WorkbookRefused

HEADER_WITHIN = 20
ORDINAL = "ordinal"
_KNOWN = (*((column.key, column.names) for column in COLUMNS), (ORDINAL, ORDINAL_NAMES))
_MEANING = {name: key for key, names in _KNOWN for name in names}
# Headings merged over the columns of a person, below which "Tên" is not the name of the unit.
_PERSON = re.compile(r"\b(?:lien he|phu trach|dau moi|can bo|lanh dao)\b")


class Heading(NamedTuple):
    """The heading of the column *place* (from 0); *upper* is what stands over it and its neighbours."""

    place: int
    text: str
    upper: str = ""

    @property
    def shown(self) -> str:
        """The whole heading, as a reader of the sheet would quote it."""
        return f"{self.upper} – {self.text}" if self.upper else self.text

    @property
    def name(self) -> str:
        """The search key that says what the column holds: the lower heading's, where that is clear by itself."""
        own, upper = heading_key(self.text), heading_key(self.upper)
        if own not in _MEANING:
            return f"{upper} {own}".strip()
        if _MEANING[own] == "name" and _MEANING.get(upper, "name") != "name":
            return upper
        return "ho ten" if _MEANING[own] == "name" and _PERSON.search(upper) else own


class ColumnUse(NamedTuple):
    """What became of one column of the sheet; *field* is the heading of the program's column, "" for none."""

    letter: str
    heading: str
    field: str


@dataclass(frozen=True)
class Header:
    """Where the table begins: the last row of its headings and, by column key, the index from 0 of each column."""

    sheet: Sheet
    row: int
    places: Mapping[str, int]
    headings: tuple[Heading, ...]

    def uses(self, unnamed: Iterable[int]) -> tuple[ColumnUse, ...]:
        """What became of every column with a heading, and of the *unnamed* ones that hold something."""
        keys = {index: key for key, index in self.places.items() if key != ORDINAL}
        names = {each.place: each.shown for each in self.headings} | dict.fromkeys(unnamed, "")
        return tuple(
            ColumnUse(get_column_letter(index + 1), names[index], BY_KEY[keys[index]].heading if index in keys else "")
            for index in sorted(names)
        )


def _places(headings: Sequence[Heading]) -> dict[str, int]:
    """By column key the column that holds it: of several, the one with the surest heading, then the leftmost."""
    met: dict[str, int] = {}
    for heading in headings:
        met.setdefault(heading.name, heading.place)
    return {key: met[name] for key, names in _KNOWN if (name := next((each for each in names if each in met), None))}


def _texts(cells: Sequence[Cell]) -> list[str]:
    return [cell.line if cell.kind is CellKind.TEXT else "" for cell in cells]


def _single(sheet: Sheet, row: int, cells: Sequence[Cell]) -> Header:
    headings = tuple(Heading(index, text) for index, text in enumerate(_texts(cells)) if text)
    return Header(sheet, row, _places(headings), headings)


def _double(sheet: Sheet, row: int, upper: Sequence[Cell], lower: Sequence[Cell]) -> Header:
    """The headings of two rows, of which *row* is the lower; an upper one reaches over the blanks on its right."""
    headings, over = [], ""
    for index, (above, below) in enumerate(zip(_texts(upper), _texts(lower), strict=True)):
        over = above or over
        if below:
            headings.append(Heading(index, below, over))
        elif above:
            headings.append(Heading(index, above))
    return Header(sheet, row, _places(headings), tuple(headings))


def _joined(upper: int, lower: Sequence[Cell], merged: Sequence[Range]) -> bool:
    """Whether merged cells tie the row *upper* and the row *lower* below it together as one heading."""
    filled = {index + 1 for index, text in enumerate(_texts(lower)) if text}
    return any(
        area.first_row == upper
        and (
            area.last_row == upper + 1
            or (area.last_row == upper and filled & set(range(area.first_column, area.last_column + 1)))
        )
        for area in merged
    )


def _candidates(sheet: Sheet) -> Iterator[Header]:
    """Whatever may be the headings of *sheet*; before a single row the two rows that say no less."""
    rows = sheet.top(HEADER_WITHIN)
    merged = sheet.merged()
    singles = [_single(sheet, number, cells) for number, cells in rows]
    for place, (number, cells) in enumerate(rows):
        if place + 1 < len(rows) and singles[place].headings:
            below = rows[place + 1][1]
            pair = _double(sheet, number + 1, cells, below)
            needed = len(singles[place].places) + (0 if _joined(number, below, merged) else 1)
            if len(pair.places) >= needed and len(pair.places) > len(singles[place + 1].places):
                yield pair
        yield singles[place]


def find_header(sheets: Iterable[Sheet]) -> Header:
    """The rows that are most of all rows of headings, in any sheet. Raises `WorkbookRefused`."""
    found = [header for sheet in sheets for header in _candidates(sheet) if {"name", "code"} & set(header.places)]
    if not found:
        raise WorkbookRefused(
            f"Không thấy bảng danh sách đơn vị. Trong {HEADER_WITHIN} dòng đầu cần một dòng tiêu đề có cột “Mã” "
            "hoặc “Tên đơn vị”."
        )
    return max(found, key=lambda header: len(header.places))
