"""The unit list: read, and changed with every change in the log. A unit is never deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from peewee import Expression, ModelSelect

from nhanquyen.form.unit_list import Change, Plan, fingerprint
from nhanquyen.form.unit_name import SHORT_FORMS
from nhanquyen.form.unit_row import ACTIVE, BY_KEY, INACTIVE, TEXT_KEYS, UnitRow
from nhanquyen.store import events
from nhanquyen.store.database import is_sqlite, transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Unit
from nhanquyen.store.rounds import add_reports, current_round
from nhanquyen.text import search_key, sort_key

KEY_LENGTH = 1000
_COMMUNE = re.compile(r"^(phuong|xa|thi tran) (?=(\d)?)")


class UnitRefused(Exception):
    """The list was not changed; the message says in Vietnamese why and what to do."""


def active_on(day: date) -> Expression:
    """The condition that a unit is active on *day*."""
    started: Expression = Unit.active_from <= day
    return started & (Unit.active_to.is_null() | (Unit.active_to > day))


def is_active(unit: Unit, day: date) -> bool:
    """`active_on` for a unit already loaded."""
    return unit.active_from is not None and unit.active_from <= day and (not unit.active_to or unit.active_to > day)


def in_order() -> ModelSelect[Unit]:
    """All units in their administrative order."""
    return Unit.select().order_by(Unit.position, Unit.id)


def find(code: str) -> Unit | None:
    """The unit of a code, or None."""
    return Unit.get_or_none(Unit.code == code)


def find_by_name(name: str) -> Unit | None:
    """A unit that a reader would take to be called *name*, or None."""
    key = search_key(name)
    return next((unit for unit in Unit.select() if search_key(unit.name) == key), None)


def as_row(unit: Unit, rank: int, day: date) -> UnitRow:
    """*unit*, which stands at *rank*, as the list states it on *day*."""
    texts = {key: getattr(unit, key) for key in TEXT_KEYS}
    return UnitRow(code=unit.code, group=unit.group, active=is_active(unit, day), rank=rank, **texts)


def as_rows(day: date) -> list[UnitRow]:
    """The whole list in its order, as an import compares it."""
    return [as_row(unit, rank, day) for rank, unit in enumerate(in_order(), start=1)]


def search_text(code: str, name: str) -> str:
    """What a unit is found by: code, name, and what people write instead ("UBND phường 1", "p1", "vhtt")."""
    full = search_key(name)
    short = full
    for spoken, letters in SHORT_FORMS:
        short = short.replace(spoken, letters)
    bare = short.removeprefix("ubnd ")
    commune = _COMMUNE.sub(lambda found: found[0][0] if found[2] else "", bare)
    council = "ubnd " if bare != short else ""
    words = [word for word in re.findall(r"[a-z0-9]+", bare.removeprefix("phong ")) if word != "va"]
    initials = "".join(word if word.isdigit() else word[0] for word in words)
    forms = dict.fromkeys((search_key(code), full, short, bare, council + commune, commune, initials))
    return " | ".join(form for form in forms if form)[:KEY_LENGTH]


def _columns(row: UnitRow) -> dict[str, Any]:
    """The stored columns of *row*, but for its place and the days between which it is active."""
    texts = {key: getattr(row, key) for key in TEXT_KEYS}
    keys = {"search_key": search_text(row.code, row.name), "sort_key": sort_key(row.name)[:KEY_LENGTH]}
    return {"code": row.code, "group": row.group, **texts, **keys}


def _days(active: bool, unit: Unit | None, actor: Actor) -> dict[str, date | None]:
    """From when to when a unit is active, once it is (or is not) active from today on."""
    today = actor.at.date()
    started = unit.active_from if unit is not None else None
    if active:
        return {"active_from": min(started, today) if started else today, "active_to": None}
    return {"active_from": started, "active_to": today if started else None}


def _locked() -> list[Unit]:
    """All units in order, held against other writers until the transaction ends."""
    return list(in_order() if is_sqlite() else in_order().for_update())


def _number(order: Iterable[Unit]) -> None:
    for position, unit in enumerate(order, start=1):
        if unit.position != position:
            Unit.update(position=position).where(Unit.id == unit.id).execute()


def _place_key(rank: int | None, before: int | None, last_of_group: int) -> tuple[int, int]:
    """Where a unit goes among the others: a new one before whoever stands there, or after the last of its group."""
    if before is None:
        return (rank, -1) if rank is not None else (last_of_group, 1)
    if rank is None or rank == before:
        return before, 0
    return rank, (-1 if rank < before else 1)


def _reorder(units: Sequence[Unit], before: Mapping[str, int], wanted: Mapping[str, UnitRow]) -> None:
    """Put *units* in order: by their ranks of *before*, except where *wanted* states another one."""
    last_of_group = {unit.group: before[unit.code] for unit in units if unit.code in before}
    end = len(before) + 1

    def key(unit: Unit) -> tuple[int, int]:
        row = wanted.get(unit.code)
        return _place_key(row.rank if row else None, before.get(unit.code), last_of_group.get(unit.group, end))

    _number(sorted(units, key=key))


def _insert(rows: Sequence[UnitRow], actor: Actor) -> list[Unit]:
    """Store new units, with their reports in the current round; they come back in the order of *rows*."""
    values = [{**_columns(row), "position": 0, **_days(row.active, None, actor)} for row in rows]
    codes = [row.code for row in rows]
    units: dict[str, Unit] = {}
    for start in range(0, len(values), 300):
        Unit.insert_many(values[start : start + 300]).execute()
        for unit in Unit.select().where(Unit.code.in_(codes[start : start + 300])):
            units[unit.code] = unit
    add_reports(current_round(), units.values())
    for row in rows:
        events.record("unit_added", actor, unit=units[row.code], subject=row.name, code=row.code, active=row.active)
    return [units[code] for code in codes]


def _changes(change: Change) -> dict[str, list[str]]:
    """Old and new by heading, but for whether the unit is active, which is an event of its own."""
    keys = [key for key in BY_KEY if key != "active"]
    pairs = {key: [str(getattr(row, key) or "") for row in (change.before, change.after)] for key in keys}
    return {BY_KEY[key].heading: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def _update(unit: Unit, change: Change, actor: Actor) -> None:
    """Store what *change* says of *unit*; its place follows with all the others."""
    if changes := _changes(change):
        Unit.update(_columns(change.after)).where(Unit.id == unit.id).execute()
        events.record("unit_edited", actor, unit=unit, subject=change.after.name, changes=changes)
    if change.before.active != change.after.active:
        _switch(unit, change.after.active, actor)


def _switch(unit: Unit, active: bool, actor: Actor) -> None:
    Unit.update(_days(active, unit, actor)).where(Unit.id == unit.id).execute()
    if active:
        add_reports(current_round(), [unit])
    words = [INACTIVE, ACTIVE] if active else [ACTIVE, INACTIVE]
    action = "unit_activated" if active else "unit_deactivated"
    events.record(action, actor, unit=unit, subject=unit.name, changes={BY_KEY["active"].heading: words})


def add_unit(row: UnitRow, actor: Actor) -> Unit:
    """A new unit, asked in the current round, at its rank or after the last of its group. Raises `UnitRefused`."""
    with transaction():
        units = _locked()
        if any(unit.code == row.code for unit in units):
            raise UnitRefused(f"Mã {row.code} đã có. Ghi mã khác.")
        before = {unit.code: rank for rank, unit in enumerate(units, start=1)}
        (added,) = _insert([row], actor)
        _reorder([*units, added], before, {row.code: row})
    return added


def state_of(row: UnitRow) -> str:
    """A checksum over what the form of a unit edits, to notice that somebody else changed it meanwhile."""
    return fingerprint([replace(row, rank=None, active=True)])


def edit_unit(after: UnitRow, state: str, actor: Actor) -> bool:
    """Change what the form of a unit holds; whether anything changed. Code, place and activity stay.

    Raises `UnitRefused` when the unit's `state_of` is no longer *state*.
    """
    with transaction():
        unit = next(unit for unit in _locked() if unit.code == after.code)
        before = as_row(unit, 1, actor.at.date())
        change = Change(before, replace(after, rank=before.rank, active=before.active))
        if state_of(before) != state:
            raise UnitRefused("Người khác vừa sửa đơn vị này. Mở lại trang sửa để xem nội dung mới rồi sửa tiếp.")
        _update(unit, change, actor)
    return change.before != change.after


def move_unit(code: str, rank: int, actor: Actor) -> bool:
    """Put a unit at *rank* (from 1; beyond the end is the end); whether it moved."""
    with transaction():
        units = _locked()
        old = next(place for place, unit in enumerate(units, start=1) if unit.code == code)
        rank = max(1, min(rank, len(units)))
        if rank == old:
            return False
        unit = units.pop(old - 1)
        units.insert(rank - 1, unit)
        _number(units)
        changes = {BY_KEY["rank"].heading: [str(old), str(rank)]}
        events.record("unit_moved", actor, unit=unit, subject=unit.name, changes=changes)
    return True


def set_active(code: str, active: bool, actor: Actor) -> None:
    """Take a unit out of the list of those who must report from today on, or bring it back; its history stays."""
    with transaction():
        unit = next(unit for unit in _locked() if unit.code == code)
        if is_active(unit, actor.at.date()) != active:
            _switch(unit, active, actor)


def apply_import(plan: Plan, actor: Actor) -> None:
    """Do what *plan* says, all or nothing. Raises `UnitRefused` when the list is no longer what it was made for."""
    with transaction():
        units = _locked()
        today = actor.at.date()
        present = [as_row(unit, rank, today) for rank, unit in enumerate(units, start=1)]
        if fingerprint(present) != plan.basis:
            raise UnitRefused(
                "Danh sách đơn vị đã thay đổi sau khi xem trước nên chưa ghi gì. Nhập lại tệp để xem trước lần nữa."
            )
        by_code = {unit.code: unit for unit in units}
        for change in plan.changed:
            _update(by_code[change.before.code], change, actor)
        added = _insert(plan.new, actor) if plan.new else []
        wanted = {row.code: row for row in (*plan.new, *(change.after for change in plan.changed))}
        _reorder([*units, *added], {row.code: row.rank or 0 for row in present}, wanted)
        subject = f"{len(plan.new)} đơn vị mới, {len(plan.changed)} đơn vị thay đổi"
        events.record("units_imported", actor, subject=subject)
