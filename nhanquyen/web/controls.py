"""The controls of the form: drawn by one macro, and what is the same in every row only once per definition.

A control about which nothing is to be said differs from row to row only by the row's key and name, and by the value.
The macro draws it once with marks in their places; a page then only puts them in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from flask import current_app
from markupsafe import Markup, escape

from nhanquyen.directive import Block, BlockKind, Directive, Field, Item, Kind
from nhanquyen.directive.values import Stored, as_count, group_digits, readable, typed
from nhanquyen.form.answers import Respondent, Row
from nhanquyen.form.check import Fault

# Control characters: no text keeps one of these when it is cleaned.
_ROW, _ROW_NAME, _VALUE = "\u0001", "\u0002", "\u0003"


def _macro() -> Any:
    return current_app.jinja_env.get_template("fill/_controls.html").module.control  # type: ignore[attr-defined]


def _name(item: Item, block: Block, row: str, field: Field) -> str:
    return f"{item.key}-{block.key}-{row}-{field.key}"


@lru_cache(maxsize=16)
def _drawn_for(source: str) -> dict[tuple[str, str, str, str, str, bool], str]:
    """What was drawn already for the definition *source*: it starts empty and is kept from request to request."""
    return {}


class Echo(NamedTuple):
    """What stands beside a field about what was read there. *unread*: it is no answer yet."""

    words: str = ""
    unread: bool = False


_EXAMPLES = {Kind.COUNT: "Chưa đọc được số; ghi ví dụ 1.234", Kind.DATE: "Chưa đọc được ngày; ghi ví dụ 15/12/2023"}
ECHOED = (*_EXAMPLES, Kind.TEXT, Kind.PARAGRAPH)


def echo_of(field: Field, stored: Stored) -> Echo:
    """The echo of a field of a kind in `ECHOED`."""
    if not readable(field, stored):
        return Echo(_EXAMPLES[field.kind], unread=True)
    if field.kind is Kind.COUNT:
        number = as_count(stored) or 0
        return Echo(f"Đọc là {group_digits(number)}" if number > 999 else "")
    if field.kind is Kind.DATE:
        return Echo(f"Đọc là {typed(field, stored)}" if stored else "")
    length = len(str(stored or ""))
    if length <= field.max_length:
        return Echo()
    long, over, most = (group_digits(n) for n in (length, length - field.max_length, field.max_length))
    return Echo(f"Dài {long} ký tự, thừa {over}; nhiều nhất {most}", unread=True)


def _unread(field: Field, stored: Stored) -> Echo | None:
    """The echo of what could not be read, which is told again whenever the form is opened."""
    if not isinstance(stored, str) or field.kind not in ECHOED:
        return None
    echo = echo_of(field, stored)
    return echo if echo.unread else None


class Theirs(NamedTuple):
    """A value that somebody else saved, as it is typed, the field's name, and the words that tell who and when."""

    value: str
    label: str
    words: str


class Controls:
    """Draws the controls of a row. *faults* and *theirs* (what others saved) are told at the fields of those names."""

    def __init__(
        self, directive: Directive, who: Respondent, faults: Mapping[str, Fault], theirs: Mapping[str, Theirs]
    ) -> None:
        self._who = who
        self._drawn = _drawn_for(directive.source)
        self._macro = _macro()
        self._faults, self._theirs = faults, theirs
        self._told = {*faults, *theirs}

    def __call__(
        self, item: Item, block: Block, row: Row, fields: Iterable[Field], row_name: str = "", focus: bool = False
    ) -> Markup:
        """The *fields* of one row; with *focus* the first of them is to be typed into next."""
        found: list[str] = []
        for field in fields:
            stored = row.values.get(field.key)
            text = typed(field, stored)
            unread = _unread(field, stored)
            name = _name(item, block, row.key, field) if focus or unread or self._told else ""
            if focus or unread or name in self._told:
                optional, echo = self._optional(item, field), None if name in self._faults else unread
                found.append(
                    self._macro(name, field, text, optional, self._faults, self._theirs, row_name, focus, echo)
                )
            else:
                plain = self._plain(item, block, row.key, row_name, field, text)
                found.append(plain.replace(_VALUE, str(escape(text)) if text else ""))
            focus = False
        return Markup("".join(found))  # noqa: S704  # the macro's own output, and values that were escaped

    def _plain(self, item: Item, block: Block, row: str, row_name: str, field: Field, text: str) -> str:
        """The control with a mark for the value; where that is chosen rather than written, one for each choice.

        Rows that the definition prescribes are kept drawn; those that a unit adds are put into one drawing.
        """
        chosen = field.kind in (Kind.CHOICE, Kind.TICK)
        if chosen and text not in ("", "1", *field.choices):
            text = ""
        added = block.kind is BlockKind.TABLE
        optional = self._optional(item, field)
        key = (item.key, block.key, "" if added else row, field.key, text if chosen else _VALUE, optional)
        if key not in self._drawn:
            place, name = (_ROW, _ROW_NAME) if added else (row, row_name)
            self._drawn[key] = str(self._macro(_name(item, block, place, field), field, key[4], optional, {}, {}, name))
        drawn = self._drawn[key]
        return drawn.replace(_ROW, row).replace(_ROW_NAME, str(escape(row_name))) if added else drawn

    def _optional(self, item: Item, field: Field) -> bool:
        """Whether this unit need never answer *field*, whatever else it answers."""
        rule = field.required
        if rule.name == "asked":
            return not self._who.asked(item)
        return rule.name == "never" or (rule.name == "group" and self._who.group not in rule.args)
