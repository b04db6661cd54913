"""What a cell of a workbook can hold, and how many lines a text needs in it."""

from __future__ import annotations

import re
from datetime import date, datetime
from math import ceil

Value = str | int | date | datetime | None

LONGEST_TEXT = 32_767
CUT_MARK = " …(cắt bớt)"
# No XML document may hold these; neither openpyxl nor Excel opens a file with one of them in it.
_UNHOLDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def too_long(text: str) -> bool:
    """Whether *text* is longer than a cell can be; Excel counts UTF-16 units, so an emoji is two."""
    return len(text) > LONGEST_TEXT or (
        len(text) * 2 > LONGEST_TEXT and len(text.encode("utf-16-le", "replace")) > LONGEST_TEXT * 2
    )


def safe_text(text: str) -> str:
    """*text* without what a workbook cannot hold, cut (and marked) at the length of a cell; else *text* itself."""
    if _UNHOLDABLE.search(text):
        text = _UNHOLDABLE.sub("", text)
    if not too_long(text):
        return text
    room = (LONGEST_TEXT - len(CUT_MARK)) * 2
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + CUT_MARK


def lines_needed(text: str, width: float) -> int:
    """How many lines *text* takes in a column *width* characters wide, by estimate.

    A column is measured in digits; letters of the text face are narrower, and each line ends at a word.
    """
    if len(text) <= width and "\n" not in text:
        return 1
    room = max(1, width * 1.15 - 2)
    return sum(max(1, ceil(len(paragraph) / room)) for paragraph in text.split("\n"))
