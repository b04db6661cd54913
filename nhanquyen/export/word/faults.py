"""What is wrong with a Word template, in words for the one who edits it."""

from __future__ import annotations

import re
from html import unescape

_TAGS = re.compile(r"<[^>]*>")
_BLANKS = re.compile(r"\s+")
_LONGEST_EXCERPT = 120


class TemplateFaulty(Exception):
    """The template cannot be used; the message says in Vietnamese where and why."""

    def __init__(self, reason: str, excerpt: str = "", part: str = "") -> None:
        self.reason, self.excerpt, self.part = reason, excerpt, part
        place = ", ".join(words for words in (part, f"gần chỗ “{excerpt}”" if excerpt else "") if words)
        super().__init__(f"{place[:1].upper()}{place[1:]}: {reason}" if place else reason)

    def within(self, part: str) -> TemplateFaulty:
        """The same fault, said to be in *part* of the document."""
        return TemplateFaulty(self.reason, self.excerpt, part)


def excerpt_of(source: str, line: int | None) -> str:
    """What an editor sees of *source* (the XML of a part, a paragraph a line) around *line*; blank when nothing."""
    lines = source.split("\n")
    start = min(max((line or 1) - 1, 0), len(lines) - 1)
    for text in (*lines[start : start + 3], *reversed(lines[:start])):
        seen = _BLANKS.sub(" ", unescape(_TAGS.sub("", text))).strip()
        if seen:
            return seen if len(seen) <= _LONGEST_EXCERPT else seen[:_LONGEST_EXCERPT].rstrip() + "…"
    return ""
