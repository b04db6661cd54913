"""Rounds: a directive opened for reporting, and who is asked in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from weakref import WeakKeyDictionary

from peewee import Database

from nhanquyen.clock import end_of_day, format_instant
from nhanquyen.directive import Directive, parse_directive
from nhanquyen.store import events
from nhanquyen.store.database import database, rows_of, transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Report, Round, Unit
from nhanquyen.store.prepared import Prepared, every

_CURRENT = Prepared(every(Round), lambda query, slot: query.order_by(Round.opened_at.desc(), Round.id.desc()).limit(1))


def current_round() -> Round:
    """The round that the screens show: the newest one. There is always one once the program is set up."""
    ((found,),) = _CURRENT.models()
    current: Round = found
    return current


_DIRECTIVES: WeakKeyDictionary[Database, dict[tuple[int, datetime], Directive]] = WeakKeyDictionary()


def directive_of(round: Round) -> Directive:
    """The frozen definition of *round*, read once for each database: it never changes.

    After a restore the same number may be another round, which was opened at another moment.
    """
    known = _DIRECTIVES.setdefault(database.obj, {})
    which = round.id, round.opened_at
    if which not in known:
        source = Round.select(Round.definition).where(Round.id == round.id).scalar()
        known[which] = parse_directive(source, round.key)
    return known[which]


def open_round(directive: Directive, actor: Actor) -> Round:
    """Open *directive* for reporting: due at the end of its deadline day, never closing, all units asked."""
    with transaction():
        opened = Round.create(
            key=directive.key,
            title=f"Công văn số {directive.number}",
            definition=directive.source,
            due_at=end_of_day(directive.deadline),
            opened_at=actor.at,
        )
        add_reports(opened, Unit.select())
        events.record("round_opened", actor, round=opened, subject=opened.title)
    return opened


def edit_round(round: Round, due_at: datetime, closes_at: datetime | None, actor: Actor) -> bool:
    """Set when *round* is due and when, if ever, it closes; whether anything changed."""
    pairs = {"Hạn gửi": (round.due_at, due_at), "Khóa sổ": (round.closes_at, closes_at)}
    changes = {
        name: [format_instant(instant) if instant else "" for instant in pair]
        for name, pair in pairs.items()
        if pair[0] != pair[1]
    }
    if changes:
        with transaction():
            Round.update(due_at=due_at, closes_at=closes_at).where(Round.id == round.id).execute()
            events.record("round_edited", actor, round=round, subject=round.title, changes=changes)
    return bool(changes)


def add_reports(round: Round, units: Iterable[Unit]) -> None:
    """Give each of *units* its report in *round*, where it has none yet. Call it inside a transaction."""
    directive = directive_of(round)
    have = {row[0] for row in rows_of(Report.select(Report.unit).where(Report.round == round))}
    rows = [
        {
            "round": round,
            "unit": unit,
            "duties": {item.key: True for item in directive.items if unit.code in item.asked_of},
        }
        for unit in units
        if unit.id not in have
    ]
    for start in range(0, len(rows), 500):
        Report.insert_many(rows[start : start + 500]).execute()
