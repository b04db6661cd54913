"""What a cell of a workbook can hold, and how many lines a text needs in it."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from functools import lru_cache
from math import ceil

Value = str | int | date | datetime | None

LONGEST_TEXT = 32_767
CUT_MARK = " …(cắt bớt)"
# No XML document may hold these; neither openpyxl nor Excel nor Word opens a file with one of them in it.
_UNHOLDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

CHARACTER = 5.25  # points; the width of a digit, in which widths of columns are given
_PADDING = 4  # points of a cell that no text gets
_SAFETY = 0.985  # programs differ a little, and a line too many is better than one unseen
_WIDEST, _BLANK, _LONGEST_WORD = 1000, 250, 60
_ROOMIEST = 1.8  # so much wider than its number of characters a column takes any text
_SAMPLE = 200  # characters
# Widths of letters in thousandths of the size of the face; accents do not widen a letter.
_CHAR_WIDTHS = (
    ("iljt.,;:'!|/\\ ", 278),
    ('fr()[]-I"', 333),
    ("acezsJ?", 444),
    ("FPSLETZ", 610),
    ("mM%W@…—", 900),
    ("w", 722),
)


def too_long(text: str) -> bool:
    """Whether *text* is longer than a cell can be; Excel counts UTF-16 units, so an emoji is two."""
    return len(text) > LONGEST_TEXT or (
        len(text) * 2 > LONGEST_TEXT and len(text.encode("utf-16-le", "replace")) > LONGEST_TEXT * 2
    )


def holdable(text: str) -> str:
    """*text* without the characters that no XML document may hold; *text* itself when it has none of them."""
    return _UNHOLDABLE.sub("", text) if _UNHOLDABLE.search(text) else text


def safe_text(text: str) -> str:
    """*text* without what a workbook cannot hold, cut (and marked) at the length of a cell; else *text* itself."""
    text = holdable(text)
    if not too_long(text):
        return text
    room = (LONGEST_TEXT - len(CUT_MARK)) * 2
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + CUT_MARK


def _char_width(char: str) -> int:
    """By the classes of Times New Roman; it is not on every machine, so nothing is measured."""
    base = unicodedata.normalize("NFD", char)[0]
    for chars, width in _CHAR_WIDTHS:
        if base in chars:
            return width
    if unicodedata.combining(base):
        return 0
    return _WIDEST if unicodedata.east_asian_width(char) in "WF" else 722 if base.isupper() else 500


@lru_cache(maxsize=8192)
def _word_width(word: str) -> int:
    return sum(map(_char_width, word))


def _lines_of(paragraph: str, room: float) -> int:
    if len(paragraph) > 2 * _SAMPLE:  # the rest will be like the beginning
        return ceil(_lines_of(paragraph[:_SAMPLE], room) * len(paragraph) / _SAMPLE)
    lines, used = 1, 0.0
    for word in paragraph.split(" "):
        width = _word_width(word) if len(word) <= _LONGEST_WORD else len(word) * 500
        if used + width > room and used:
            lines, used = lines + 1, 0.0
        if width > room:  # broken wherever the line ends
            full = ceil(width / room) - 1
            lines, width = lines + full, int(width - full * room)
        used += width + _BLANK
    return lines


@lru_cache(maxsize=8192)
def _lines_of_short(text: str, room: float) -> int:
    return sum(_lines_of(paragraph, room) for paragraph in text.split("\n"))


def lines_needed(text: str, width: float, size: float = 11) -> int:
    """How many lines *text* takes in a column *width* characters wide, set in *size* points, by estimate.

    Each line ends at a word. A width is counted in digits of the standard face, see `CHARACTER`.
    """
    if len(text) * _ROOMIEST <= width and "\n" not in text:
        return 1
    room = max(_WIDEST, (width * CHARACTER - _PADDING) * _SAFETY / size * 1000)
    if len(text) <= _LONGEST_WORD:  # names and words that many rows share
        return _lines_of_short(text, room)
    return sum(_lines_of(paragraph, room) for paragraph in text.split("\n"))
