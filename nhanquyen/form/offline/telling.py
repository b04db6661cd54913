"""A plan in words: what would change, item by item and row by row, and what has to be chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from nhanquyen.directive import Block, Directive, Field, Item
from nhanquyen.directive.values import Stored, shown
from nhanquyen.form.answers import Answers
from nhanquyen.form.difference import HOW_LABELS, How, row_names
from nhanquyen.form.offline.filled import RowPlace
from nhanquyen.form.offline.merging import Plan, RowConflict, ValueConflict

GONE = "Dòng đã xóa"


class ValueLine(NamedTuple):
    """One value before and after, blank where there is none, and where in the file it stands."""

    field: Field
    before: str
    after: str
    spot: str = ""


@dataclass
class RowLines:
    """What changes in one row; *name* is blank for single fields."""

    name: str
    values: list[ValueLine] = field(default_factory=list)


class Choice(NamedTuple):
    """Something to choose: what both sides say, each a list of values (without a field: the words themselves).

    *spot* is where in the file it stands.
    """

    name: str
    title: str
    web: tuple[tuple[Field | None, str], ...]
    file: tuple[tuple[Field | None, str], ...]
    spot: str = ""


@dataclass(frozen=True)
class ItemLines:
    """What a plan says of one item."""

    item: Item
    rows: tuple[RowLines, ...]
    choices: tuple[Choice, ...]


def _seen(each: Field, stored: Stored) -> str:
    return "" if stored is None or stored is False else shown(each, stored)


class _Telling:
    def __init__(self, directive: Directive, plan: Plan, answers: Answers) -> None:
        self.directive, self.plan, self.answers = directive, plan, answers
        self.names: dict[tuple[str, str], dict[str, str]] = {}

    def row_name(self, place: RowPlace) -> str:
        """What the row is called, and of which block it is; blank for single fields."""
        item, block = self.directive.by_key[place[0]], self.directive.block(*place[:2])
        if block.single:
            return ""
        names = self.names.setdefault(place[:2], row_names(item, block, self.answers))
        return f"{names.get(place[2], GONE)} ({block.title})"

    def values(self, block: Block, before: Mapping[str, Stored], after: Mapping[str, Stored]) -> list[ValueLine]:
        found = (
            ValueLine(each, _seen(each, before.get(each.key)), _seen(each, after.get(each.key)))
            for each in block.fields
        )
        return [line for line in found if line.before or line.after]

    def rows(self, item: Item) -> Iterator[RowLines]:
        groups: dict[RowPlace, RowLines] = {}
        for change in self.plan.changes:
            at = change.address
            if at.item == item.key:
                place = (at.item, "" if self.directive.block(at.item, at.block).single else at.block, at.row)
                name = self.row_name((at.item, at.block, at.row))
                each = self.directive.block(at.item, at.block).by_key[at.field]
                line = ValueLine(each, _seen(each, change.before), _seen(each, change.after), change.spot)
                groups.setdefault(place, RowLines(name)).values.append(line)
        yield from groups.values()
        for added in self.plan.added:
            if added.place[0] == item.key:
                block = self.directive.block(*added.place[:2])
                name = f"{HOW_LABELS[How.ADDED]}: {block.row_name} ở dòng {added.line} trang “{added.sheet}”"
                yield RowLines(name, self.values(block, {}, added.values))
        for gone in self.plan.removed:
            if gone.place[0] == item.key:
                block = self.directive.block(*gone.place[:2])
                name = f"{HOW_LABELS[How.REMOVED]}: {self.row_name(gone.place)}"
                yield RowLines(name, self.values(block, gone.values, {}))

    def side(self, block: Block, values: Mapping[str, Stored] | None) -> tuple[tuple[Field | None, str], ...]:
        if values is None:
            return ((None, "xóa dòng này"),)
        found = tuple((each, _seen(each, values[each.key])) for each in block.fields if each.key in values)
        return found or ((None, "để trống"),)

    def choice(self, conflict: ValueConflict | RowConflict) -> Choice:
        if isinstance(conflict, RowConflict):
            block = self.directive.block(*conflict.place[:2])
            title = self.row_name(conflict.place)
            return Choice(conflict.name, title, self.side(block, conflict.web), self.side(block, conflict.file))
        at = conflict.address
        each = self.directive.block(at.item, at.block).by_key[at.field]
        row = self.row_name((at.item, at.block, at.row))
        title = f"{row}: {each.heading}" if row else f"{each.code} {each.label}".strip()
        return Choice(
            conflict.name, title, ((None, _seen(each, conflict.web) or "để trống"),),
            ((None, _seen(each, conflict.file) or "để trống"),), conflict.spot,
        )  # fmt: skip

    def choices(self, item: Item) -> Iterator[Choice]:
        for conflict in self.plan.conflicts:
            if conflict.name.split("-")[0] == item.key:
                yield self.choice(conflict)


def tell(directive: Directive, plan: Plan, answers: Answers) -> tuple[ItemLines, ...]:
    """What *plan* says, in the order of the form; *answers* are those that it was made against."""
    telling = _Telling(directive, plan, answers)
    found = (ItemLines(item, tuple(telling.rows(item)), tuple(telling.choices(item))) for item in directive.items)
    return tuple(each for each in found if each.rows or each.choices)
