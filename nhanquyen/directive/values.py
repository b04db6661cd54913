"""Reading and showing one value: how Vietnamese clerks write numbers and dates, and what is stored.

A stored value is JSON: an int for a readable count, ``YYYY-MM-DD`` for a readable date, the code of a choice,
``True`` for a tick, text for texts, ``None`` for blank. Whatever could not be read is stored as the text that
was typed, so that a draft keeps it; `readable` tells the two apart.
"""

from __future__ import annotations

import re
from datetime import date

from nhanquyen.directive.model import MAX_COUNT, Field, Kind
from nhanquyen.text import clean, clean_line, search_key

Stored = int | str | bool | None

_WORD = re.compile(r"\w+")
_COUNTED = re.compile(r"([0-9][0-9. ]*?)[ .]*\(?([^\W\d_][^()]*?)?\)?\.?\Z")
_PLAIN = re.compile(r"[0-9]{1,15}\Z")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([. ])[0-9]{3})(?:\1[0-9]{3})*\Z")
_DATE = re.compile(r"(?:ngày )?([0-9]{1,2})\s*[/.\-]\s*([0-9]{1,2})\s*[/.\-]\s*([0-9]{4}|[0-9]{2})\Z", re.IGNORECASE)
_WORDS = re.compile(r"(?:ngày )?([0-9]{1,2}) tháng ([0-9]{1,2}) năm ([0-9]{4})\Z", re.IGNORECASE)
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\Z")
_NOT_TICKED = frozenset({"0", "khong", "no", "false"})


def _words(text: str) -> set[str]:
    return set(_WORD.findall(search_key(text)))


def _count(line: str, unit: str) -> int | str:
    """The number in *line*, which may end with words of its unit of measure ("12 cuộc", "12 (cuoc)"), else *line*."""
    digits = line
    found = _COUNTED.match(line)
    if found and (found[2] is None or _words(found[2]) <= _words(unit)):
        digits = found[1]
    if _PLAIN.match(digits) or _GROUPED.match(digits):
        number = int(digits.replace(".", "").replace(" ", ""))
        if number <= MAX_COUNT:
            return number
    return line


def _choice(line: str, choices: dict[str, str]) -> str:
    """The code of the choice that *line* names by its code or by its words, else *line* as it is."""
    if line in choices:
        return line
    key = search_key(line)
    return next((code for code, words in choices.items() if search_key(words) == key), line)


def read_date(text: str) -> date | None:
    """The date in *text* in any of the ways clerks write one, or None."""
    text = clean_line(text)
    if found := _ISO.match(text):
        year, month, day = (int(part) for part in found.groups())
    elif found := _DATE.match(text) or _WORDS.match(text):
        day, month, year = (int(part) for part in found.groups())
        year += 2000 if len(found.group(3)) == 2 else 0
    else:
        return None
    try:
        return date(year, month, day) if 2000 <= year <= 2099 else None
    except ValueError:
        return None


def read(field: Field, text: str) -> Stored:
    """What is stored for *text* typed into *field*, or standing in its cell of a file."""
    if field.kind is Kind.PARAGRAPH:
        return clean(text) or None
    line = clean_line(text)
    if not line:
        return None
    if field.kind is Kind.COUNT:
        return _count(line, field.unit)
    if field.kind is Kind.DATE:
        day = read_date(line)
        return day.isoformat() if day else line
    if field.kind is Kind.TICK:
        return None if search_key(line) in _NOT_TICKED else True
    if field.kind is Kind.CHOICE:
        return _choice(line, field.choices)
    return line


def readable(field: Field, stored: Stored) -> bool:
    """Whether *stored* is an answer of the field's kind (blank is)."""
    if stored is None:
        return True
    if field.kind is Kind.COUNT:
        return as_count(stored) is not None
    if field.kind is Kind.DATE:
        return as_date(stored) is not None
    if field.kind is Kind.CHOICE:
        return stored in field.choices
    return True


def as_date(stored: Stored) -> date | None:
    """The date of a stored date value; None for blank and for text that was no date."""
    if not isinstance(stored, str) or not _ISO.match(stored):
        return None
    try:
        day = date.fromisoformat(stored)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2099 else None


def as_count(stored: Stored) -> int | None:
    """The number of a stored count; None for blank and for text that was no number."""
    return stored if isinstance(stored, int) and not isinstance(stored, bool) else None


def group_digits(number: int) -> str:
    """``1.234.567``"""
    return f"{number:,}".replace(",", ".")


def megabytes(size: int) -> str:
    """``"210,4 MB"`` of so many bytes, never 0,0."""
    tenths = max(1, round(size * 10 / 1024 / 1024))
    return f"{group_digits(tenths // 10)},{tenths % 10} MB"


def typed(field: Field, stored: Stored) -> str:
    """What stands in the input for *stored*: numbers and dates in the Vietnamese way, else as typed."""
    if stored is None or stored is False:
        return ""
    if field.kind is Kind.TICK:
        return "1"
    if field.kind is Kind.COUNT and (number := as_count(stored)) is not None:
        return group_digits(number)
    if field.kind is Kind.DATE and (day := as_date(stored)):
        return day.strftime("%d/%m/%Y")
    return str(stored)


def shown(field: Field, stored: Stored) -> str:
    """What a reader sees for *stored*: `typed`, with the words of a choice and of a tick."""
    if field.kind is Kind.CHOICE and isinstance(stored, str):
        return field.choices.get(stored, stored)
    if field.kind is Kind.TICK:
        return "Có" if stored else "Không"
    return typed(field, stored)
