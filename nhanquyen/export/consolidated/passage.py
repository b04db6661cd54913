"""What the consolidated report is made of, and the turns of phrase that its parts share."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from nhanquyen.directive.values import group_digits
from nhanquyen.export.word.catalogue import Says

NO_FIGURES = "không có số liệu"
_CODE = re.compile(r"\s*\([0-9.]+\)\Z")
_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


class Look(StrEnum):
    """How a passage stands on the page."""

    CLAUSE = "khoan"  # "1. Thông tin, tuyên truyền": bold
    POINT = "diem"  # "a) Cuộc tuyên truyền và phát thanh": italic
    TEXT = "doan"
    DASH = "gach"  # "- …"
    PLUS = "cong"  # "+ …", below a dash


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph: *lead* is who or what speaks, set apart from the *text* that follows it."""

    look: Annotated[Look, Says("kieu", "Cách trình bày: khoan, diem, doan, gach (gạch đầu dòng) hoặc cong (dấu cộng)")]
    text: Annotated[str, Says("chu", "Nội dung của đoạn")]
    lead: Annotated[str, Says("dau_cau", "Tên đơn vị hoặc việc đứng trước nội dung; có thể trống")] = ""


def clause(text: str) -> Passage:
    return Passage(Look.CLAUSE, text)


def point(text: str) -> Passage:
    return Passage(Look.POINT, text)


def text(words: str) -> Passage:
    return Passage(Look.TEXT, words)


def dash(words: str, lead: str = "") -> Passage:
    return Passage(Look.DASH, words, lead)


def plus(words: str) -> Passage:
    return Passage(Look.PLUS, words)


def number_of(count: int) -> str:
    """``1.234 đơn vị``"""
    return f"{group_digits(count)} đơn vị"


def listed(what: str, names: Collection[str]) -> str:
    """``Chưa gửi (2 đơn vị): Phòng Nội vụ; Phòng Tư pháp.``; names of offices hold commas."""
    return f"{what} ({number_of(len(names))}): {'; '.join(names)}."


def lower(words: str) -> str:
    """*words* without the capital at their beginning."""
    return words[:1].lower() + words[1:]


def without_code(title: str) -> str:
    """A block's title without its number on the paper form: ``Hình thức (2.3)`` → ``Hình thức``."""
    return _CODE.sub("", title)


def roman(number: int) -> str:
    """I, II, III …, as parts and annexes are numbered."""
    found = ""
    for value, sign in _ROMAN:
        while number >= value:
            found, number = found + sign, number - value
    return found


def sentence(words: str) -> str:
    """*words* with a full stop, unless they end with one of their own."""
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."
