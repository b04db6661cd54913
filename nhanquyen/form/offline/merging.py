"""The three-way merge: what was stored at the download, what the file says, and what is stored now.

A value that the file left alone never replaces a newer one. A value that both changed is a conflict and stays as it is
unless somebody chooses the file's. What both changed alike is no change.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from nhanquyen.directive import Address, BlockKind, Directive
from nhanquyen.directive.values import Stored
from nhanquyen.form.answers import Answers, Row
from nhanquyen.form.offline.cell import digest
from nhanquyen.form.offline.filled import DroppedRow, Fault, Filled, RowPlace, Said, WrittenRow

Values = dict[str, Stored]


class Change(NamedTuple):
    """A value that only the file changed, and where in the file."""

    address: Address
    before: Stored
    after: Stored
    spot: str = ""


class AddedRow(NamedTuple):
    """A row that only the file has, and where in the file."""

    place: RowPlace
    values: Values
    sheet: str
    line: int


class RemovedRow(NamedTuple):
    """A row that the file dropped and that nobody has touched since; *values* stand in it."""

    place: RowPlace
    values: Values


class ValueConflict(NamedTuple):
    """A value that was changed in both places."""

    address: Address
    web: Stored
    file: Stored
    spot: str = ""

    @property
    def name(self) -> str:
        return self.address.name


class RowConflict(NamedTuple):
    """A row that one side removed and the other changed; None stands for its removal."""

    place: RowPlace
    web: Values | None
    file: Values | None

    @property
    def name(self) -> str:
        return "-".join(self.place)


Conflict = ValueConflict | RowConflict


class Seen(NamedTuple):
    """What somebody was shown of a plan: its fingerprint, and the names of the conflicts to choose in."""

    fingerprint: str
    conflicts: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What taking in a file would do now, without its conflicts; *agreed* counts what is stored so already."""

    changes: tuple[Change, ...] = ()
    added: tuple[AddedRow, ...] = ()
    removed: tuple[RemovedRow, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    faults: tuple[Fault, ...] = ()
    agreed: int = 0

    @property
    def count(self) -> int:
        """How many changes would be saved if every conflict stayed as it is."""
        return len(self.changes) + len(self.added) + len(self.removed)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to save and nothing to choose."""
        return not self.count and not self.conflicts

    @cached_property
    def fingerprint(self) -> str:
        """A checksum over everything that was shown: two plans that differ anywhere have different ones."""
        said = [self.changes, self.added, self.removed, self.conflicts]
        plain = json.dumps(said, ensure_ascii=False, default=_plain)
        return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def seen(self) -> Seen:
        return Seen(self.fingerprint, tuple(each.name for each in self.conflicts))

    def chosen(self, names: Collection[str]) -> tuple[Conflict, ...]:
        """The conflicts for which the file's value was chosen, by their names."""
        return tuple(each for each in self.conflicts if each.name in names)


def _plain(value: object) -> object:
    if isinstance(value, Address):
        return value.name
    raise TypeError(value)


class _Merge:
    """One file against what is stored now. *removed* are the rows that were taken out and can be brought back."""

    def __init__(self, directive: Directive, answers: Answers, removed: Collection[RowPlace]) -> None:
        self.directive, self.answers, self.removed_now = directive, answers, frozenset(removed)
        self.changes: list[Change] = []
        self.added: list[AddedRow] = []
        self.removed: list[RemovedRow] = []
        self.conflicts: list[Conflict] = []
        self.agreed = 0

    def value(self, said: Said, row: Row) -> None:
        """One value of a row that is there."""
        now = row.values.get(said.address.field)
        if digest(now) == digest(said.value):
            self.agreed += 1
        elif digest(now) == said.base:
            self.changes.append(Change(said.address, now, said.value, said.spot))
        else:
            self.conflicts.append(ValueConflict(said.address, now, said.value, said.spot))

    def row_of(self, place: RowPlace) -> Row | None:
        """The row at *place*: of a table only one that was added and not taken out."""
        found = self.answers.row(*place)
        if found is None and self.directive.block(*place[:2]).kind is not BlockKind.TABLE:
            return Row(place[2])
        return found

    def values(self, said: Collection[Said]) -> None:
        """The values of the rows that were there at the download."""
        rows: dict[RowPlace, list[Said]] = {}
        for each in said:
            rows.setdefault((each.address.item, each.address.block, each.address.row), []).append(each)
        for place, group in rows.items():
            row = self.row_of(place)
            if row is not None:
                for each in group:
                    self.value(each, row)
            else:
                self.conflicts.append(RowConflict(place, None, {each.address.field: each.value for each in group}))

    def written(self, row: WrittenRow) -> None:
        """A row that the file adds: new here, or already added by the same file."""
        held = self.answers.row(*row.place)
        if held is not None:
            for key, value in row.values.items():
                self.value(Said(Address(*row.place, key), "", value, f"{row.sheet}, dòng {row.line}"), held)
        elif row.place in self.removed_now:
            self.conflicts.append(RowConflict(row.place, None, dict(row.values)))
        else:
            self.added.append(AddedRow(row.place, dict(row.values), row.sheet, row.line))

    def dropped(self, row: DroppedRow) -> None:
        held = self.answers.row(*row.place)
        if held is None:
            self.agreed += 1
            return
        now = {key: value for key, value in held.values.items() if digest(value)}
        if {key: digest(value) for key, value in now.items()} == row.base:
            self.removed.append(RemovedRow(row.place, now))
        else:
            self.conflicts.append(RowConflict(row.place, now, None))

    def without_room(self) -> Iterator[Fault]:
        """Leave out the last rows of every table that would hold too many; a fault for each."""
        left: Counter[tuple[str, str]] = Counter()
        for place in (each.place for each in self.added):
            item, block = self.directive.by_key[place[0]], self.directive.block(*place[:2])
            left[place[:2]] = block.max_rows - len(self.answers.rows(item, block))
        left.update(row.place[:2] for row in self.removed)
        kept = []
        for row in self.added:
            left[row.place[:2]] -= 1
            if left[row.place[:2]] >= 0:
                kept.append(row)
                continue
            most = self.directive.block(*row.place[:2]).max_rows
            yield Fault(row.sheet, f"{row.line}", f"Bảng chỉ chứa {most} dòng; dòng này không ghi được.")
        self.added = kept


def merge(directive: Directive, filled: Filled, answers: Answers, removed: Collection[RowPlace]) -> Plan:
    """What taking in *filled* would change in *answers*, from which the rows *removed* were taken out."""
    work = _Merge(directive, answers, removed)
    work.values(filled.values)
    for row in filled.written:
        work.written(row)
    for gone in filled.dropped:
        work.dropped(gone)
    faults = tuple(work.without_room())
    return Plan(tuple(work.changes), tuple(work.added), tuple(work.removed), tuple(work.conflicts), faults, work.agreed)
