"""What changed in a report from one state to a later one: rows, values and evidence, item by item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from nhanquyen.directive import Block, BlockKind, Directive, Field, Item
from nhanquyen.directive.values import Stored, shown
from nhanquyen.form.answers import Answers, Row

Place = tuple[str, str, str]


class Evidence(NamedTuple):
    """A file where it lies (item, block and row; three blanks for the report itself), known by its bytes."""

    place: Place
    sha256: str
    name: str


class How(StrEnum):
    """What happened to a row or a file."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"

    @property
    def label(self) -> str:
        return HOW_LABELS[self]


HOW_LABELS = {How.ADDED: "Thêm", How.CHANGED: "Sửa", How.REMOVED: "Xóa"}


@dataclass(frozen=True)
class ValueChange:
    """One field as a reader saw it *before* and sees it *after*; blank where it was not answered."""

    field: Field
    before: str
    after: str


@dataclass(frozen=True)
class RowChange:
    """A row and the values in which it differs, all of them for one that was added or removed.

    *name* is blank for a block of one row. A row that was removed is named as it was before.
    """

    block: Block
    name: str
    how: How
    values: tuple[ValueChange, ...]


@dataclass(frozen=True)
class FileChange:
    """A piece of evidence that was added or removed, and the row (in words) that it proves."""

    name: str
    how: How
    at: str = ""


@dataclass(frozen=True)
class ItemDifference:
    """What changed in one item."""

    item: Item
    rows: tuple[RowChange, ...]
    files: tuple[FileChange, ...]

    @property
    def count(self) -> int:
        """How many values, whole rows and files differ."""
        return sum(len(row.values) if row.how is How.CHANGED else 1 for row in self.rows) + len(self.files)


@dataclass(frozen=True)
class Difference:
    """The items that changed, in the order of the directive, and the evidence of the report as a whole."""

    items: tuple[ItemDifference, ...]
    files: tuple[FileChange, ...]

    @property
    def count(self) -> int:
        """How many values, whole rows and files differ; 0 when nothing changed."""
        return sum(each.count for each in self.items) + len(self.files)


def _answer(row: Row, field: Field) -> Stored:
    """The value of the field, None for every way to leave it blank (0 is an answer)."""
    stored = row.values.get(field.key)
    return None if stored is False or stored == "" else stored


def _seen(field: Field, stored: Stored) -> str:
    return "" if stored is None else shown(field, stored)


def _value_changes(block: Block, before: Row, after: Row) -> tuple[ValueChange, ...]:
    return tuple(
        ValueChange(field, _seen(field, old), _seen(field, new))
        for field in block.fields
        if (old := _answer(before, field)) != (new := _answer(after, field))
    )


def row_names(item: Item, block: Block, answers: Answers) -> dict[str, str]:
    """What a reader calls each row, by its key: a prescribed row by its words, an added one by its number."""
    if block.single:
        return {row.key: "" for row in answers.rows(item, block)}
    if block.kind is BlockKind.MATRIX:
        return {row.key: row.name for row in block.rows}
    return {row.key: f"{block.row_title} {number}" for number, row in enumerate(answers.rows(item, block), 1)}


def _answered_rows(item: Item, block: Block, answers: Answers) -> dict[str, Row]:
    rows = answers.rows(item, block)
    return {row.key: row for row in rows if any(_answer(row, field) is not None for field in block.fields)}


def _row_changes(item: Item, block: Block, before: Answers, after: Answers) -> Iterator[RowChange]:
    """The rows of *block* that differ, in their later order; what was removed comes last."""
    old, new = _answered_rows(item, block, before), _answered_rows(item, block, after)
    names = row_names(item, block, before) | row_names(item, block, after)
    for key in (*new, *(key for key in old if key not in new)):
        values = _value_changes(block, old.get(key) or Row(key), new.get(key) or Row(key))
        if values:
            yield RowChange(block, names[key], _how(block, key in old, key in new), values)


def _how(block: Block, was: bool, now: bool) -> How:
    """What happened to a row that was, or is now, answered; only the rows of a table come and go."""
    if block.kind is not BlockKind.TABLE or (was and now):
        return How.CHANGED
    return How.ADDED if now else How.REMOVED


def _row_in_words(item: Item, place: Place, before: Answers, after: Answers) -> str:
    block = item.by_key.get(place[1])
    if block is None:
        return ""
    names = row_names(item, block, before) | row_names(item, block, after)
    return names.get(place[2]) or block.title


def compare(
    directive: Directive,
    before: tuple[Answers, Iterable[Evidence]],
    after: tuple[Answers, Iterable[Evidence]],
) -> Difference:
    """What differs between two states of one report, each its answers and its evidence.

    Rows are the same when their keys are; a row without any value is as good as none. A file is the same when its
    bytes and its place are, so one that was taken off and put back has not changed.
    """
    old, new = before[0], after[0]
    had = {(each.place, each.sha256): each.name for each in before[1]}
    has = {(each.place, each.sha256): each.name for each in after[1]}
    moves = [(place, name, How.ADDED) for (place, digest), name in has.items() if (place, digest) not in had]
    moves += [(place, name, How.REMOVED) for (place, digest), name in had.items() if (place, digest) not in has]
    items = []
    for item in directive.items:
        rows = tuple(change for block in item.blocks for change in _row_changes(item, block, old, new))
        files = tuple(
            FileChange(name, how, _row_in_words(item, place, old, new))
            for place, name, how in moves
            if place[0] == item.key
        )
        if rows or files:
            items.append(ItemDifference(item, rows, files))
    return Difference(tuple(items), tuple(FileChange(name, how) for place, name, how in moves if not place[0]))
