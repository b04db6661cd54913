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
from nhanquyen.directive.values import typed
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
            text = typed(field, row.values.get(field.key))
            name = _name(item, block, row.key, field) if focus or self._told else ""
            if focus or name in self._told:
                optional = self._optional(item, field)
                found.append(self._macro(name, field, text, optional, self._faults, self._theirs, row_name, focus))
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
