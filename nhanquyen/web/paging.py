"""One page of a long list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from flask import request

Line = TypeVar("Line")


@dataclass(frozen=True)
class Page:
    """Page *number* (from 1) of a list of *total* lines, *size* a page."""

    number: int
    total: int
    size: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    def cut(self, lines: Sequence[Line]) -> Sequence[Line]:
        return lines[self.offset : self.offset + self.size]


def asked_page(total: int, size: int) -> Page:
    """The page that ``?trang=`` asks for; one that does not exist becomes the nearest."""
    asked = request.values.get("trang", default=1, type=int)
    return Page(max(1, min(asked, Page(1, total, size).last)), total, size)
