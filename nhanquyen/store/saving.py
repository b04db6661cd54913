"""Saving what a unit types, and the rows it adds, removes and brings back."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from nhanquyen.clock import VIETNAM
from nhanquyen.directive import Address, Block, BlockKind, Directive, Item
from nhanquyen.directive.values import Stored
from nhanquyen.form.answers import Answers, Row, item_totals
from nhanquyen.form.check import check_item, item_progress
from nhanquyen.form.patch import Patch
from nhanquyen.store import events, once
from nhanquyen.store.database import rows_of, transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Entry, Report
from nhanquyen.store.once import Once
from nhanquyen.store.prepared import Prepared, PreparedUpdate
from nhanquyen.store.reports import ReportClosed, Status, by_team, load_answers, locked, require_open, respondent_of

ROWS_KEPT = 5
EVENT_EVERY = timedelta(minutes=15)

Place = tuple[str, str, str]
Stamps = dict[str, list[int]]


@dataclass(frozen=True)
class Conflict:
    """A field that somebody else changed meanwhile: nothing of it was saved. *gone*: with its row it was removed.

    *by* is the name of who changed it (blank: unknown) and *at* when.
    """

    address: Address
    mine: Stored
    theirs: Stored
    gone: bool = False
    by: str = ""
    at: datetime | None = None


@dataclass
class Saved:
    """What became of a patch. *items* are the keys of the items that it touched, *report* the report as it is now.

    *states_shown* says whether the sender's page still shows the right state of every item.
    """

    version: int
    saved_at: datetime | None
    conflicts: list[Conflict] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    report: Report | None = None
    states_shown: bool = False


def summarise(report: Report, item: Item, answers: Answers, directive: Directive, day: date) -> None:
    """Derive progress, standing and totals of *item* from its *answers*, on *report* in memory."""
    who = respondent_of(report)
    faults = check_item(directive, item, answers, who, day)
    report.progress[item.key] = item_progress(item, answers, who, faults).value
    report.standings[item.key] = answers.standing(item, who)
    others = {path: count for path, count in report.totals.items() if not path.startswith(f"{item.key}.")}
    report.totals = others | item_totals(item, answers, who)


_TOUCH = PreparedUpdate(
    Report.status,
    Report.version,
    Report.progress,
    Report.totals,
    Report.standings,
    Report.started_at,
    Report.saved_at,
    Report.saved_by,
    Report.handled,
)


def touch(
    report: Report, actor: Actor, items: Iterable[str], answers: Answers, directive: Directive, told: bool = False
) -> None:
    """Bring version, status, progress and totals of *report* up to date after *items* changed; *answers* are theirs.

    The log tells of it once in a while, unless the caller has *told* it already.
    """
    for key in items:
        summarise(report, directive.by_key[key], answers, directive, actor.at.date())
    if report.status == Status.NOT_STARTED:
        report.status = Status.DRAFTING
        report.started_at = actor.at
    by = actor.account
    same = by is not None and report.saved_by_id == by.id
    quiet = same and report.saved_at is not None and actor.at - report.saved_at < EVENT_EVERY
    report.version += 1
    report.saved_at, report.saved_by = actor.at, by
    _TOUCH.run(
        report.id,
        report.status,
        report.version,
        report.progress,
        report.totals,
        report.standings,
        report.started_at,
        report.saved_at,
        by,
        report.handled,
    )
    if not quiet and not told:
        subject = "Nhập thay" if by_team(by) else ""
        events.record("report_saved", actor, unit=report.unit, round=report.round, subject=subject)


class HeldRow(NamedTuple):
    """A stored row, which may have been removed."""

    id: int
    item: str
    block: str
    row: str
    values: dict[str, Stored]
    removed_at: datetime | None
    saved_at: datetime
    saved_by: int
    stamps: Stamps | None

    @property
    def place(self) -> Place:
        return self.item, self.block, self.row

    def changed(self, key: str) -> tuple[int, datetime]:
        """Who (the account's id) changed the field *key* last, or took the row out, and when."""
        if self.removed_at is not None or key not in (self.stamps or {}):
            return self.saved_by, self.removed_at or self.saved_at
        account, seconds = (self.stamps or {})[key]
        return account, datetime.fromtimestamp(seconds, VIETNAM)


_HELD = Prepared(
    (
        Entry.id,
        Entry.item,
        Entry.block,
        Entry.row,
        Entry.values,
        Entry.removed_at,
        Entry.saved_at,
        Entry.saved_by,
        Entry.stamps,
    ),
    lambda query, slot: query.where((Entry.report == slot("report")) & (Entry.item == slot("item"))).order_by(
        Entry.position, Entry.id
    ),
)


def held_rows(report: Report, items: Iterable[str]) -> dict[Place, HeldRow]:
    """The stored rows of *items*, removed ones too, in their order."""
    rows = (HeldRow._make(row) for item in items for row in _HELD.rows(report=report.id, item=item))
    return {each.place: each for each in rows}


def _answers(held: dict[Place, HeldRow], changed: dict[Place, dict[str, Stored]]) -> Answers:
    """What the rows that are not removed say after the change."""
    present = {place: each.values for place, each in held.items() if each.removed_at is None} | changed
    return Answers((item, block, Row(row, values)) for (item, block, row), values in present.items())


def _merge(
    patch: Patch, held: dict[Place, HeldRow], fresh: bool, directive: Directive
) -> tuple[dict[Place, dict[str, Stored]], list[Conflict]]:
    """The rows that *patch* changes, as it leaves them, and the fields that it may not change."""
    changed: dict[Place, dict[str, Stored]] = {}
    conflicts: list[tuple[Conflict, HeldRow | None]] = []
    for address, value in patch.changes.items():
        place = (address.item, address.block, address.row)
        entry = held.get(place)
        current = entry.values.get(address.field) if entry else None
        if current == value and type(current) is type(value):
            continue
        if entry is None:
            there = directive.block(address.item, address.block).kind is not BlockKind.TABLE
        else:
            there = entry.removed_at is None
        seen = current == patch.bases[address] if address in patch.bases else fresh
        if there and seen:
            changed.setdefault(place, dict(entry.values if entry else {}))[address.field] = value
        else:
            conflicts.append((Conflict(address, value, current, gone=not there), entry))
    return {place: _without_blanks(values) for place, values in changed.items()}, _signed(conflicts)


def names_of(ids: Collection[int]) -> dict[int, str]:
    """The names of the accounts with these ids."""
    if not ids:  # most saves: not even writing the query costs them anything
        return {}
    return dict(rows_of(Account.select(Account.id, Account.display_name).where(Account.id.in_(list(ids)))))


def _signed(conflicts: list[tuple[Conflict, HeldRow | None]]) -> list[Conflict]:
    """The conflicts with who saved the other value, and when."""
    found = [(conflict, row.changed(conflict.address.field) if row else None) for conflict, row in conflicts]
    names = names_of({known[0] for _, known in found if known})
    return [
        replace(conflict, by=names.get(known[0], ""), at=known[1]) if known else conflict for conflict, known in found
    ]


def _without_blanks(values: dict[str, Stored]) -> dict[str, Stored]:
    return {key: value for key, value in values.items() if value is not None}


_REWRITE = PreparedUpdate(Entry.values, Entry.saved_at, Entry.saved_by, Entry.stamps)


def _stamped(entry: HeldRow | None, values: dict[str, Stored], actor: Actor) -> Stamps:
    """The stamps of a row after it got *values*: of each value that changed, who saved it and when."""
    before = entry.values if entry else {}
    stamps = dict(entry.stamps or {}) if entry else {}
    now = [actor.account.id if actor.account else 0, int(actor.at.timestamp())]
    return stamps | {key: now for key in before.keys() | values.keys() if before.get(key) != values.get(key)}


def write_row(
    report: Report, place: Place, entry: HeldRow | None, values: dict[str, Stored], actor: Actor, position: int = 0
) -> None:
    """Store *values*, without blanks, as what the row *entry* says, or as a new row at *position*."""
    stamps = _stamped(entry, values, actor)
    if entry is not None:
        _REWRITE.run(entry.id, values, actor.at, actor.account, stamps)
    else:
        where: dict[str, Any] = dict(zip(("item", "block", "row"), place, strict=True))
        Entry.insert(
            report=report, position=position, values=values, saved_at=actor.at, saved_by=actor.account, stamps=stamps,
            **where,
        ).execute()  # fmt: skip


def save(
    report: Report,
    patch: Patch,
    version: int | None,
    directive: Directive,
    actor: Actor,
    request: Once | None = None,
    more: bool = False,
) -> Saved:
    """Store *patch* in one transaction, except for the fields in conflict, which come back unsaved.

    A field whose present value is neither what the sender saw (its base, or everything when *version* is
    still the report's) nor what is sent now is a conflict; a repeated save is none. A *request* that was carried out
    already, or after which its page has sent a newer one, changes nothing; with *more* it has not been carried out
    by this alone, and what follows notes it. Raises `ReportClosed`.
    """
    with transaction():
        report = locked(report)
        if once.overtaken(report, request):
            again = once.repeated(report, request)
            told = _merge(patch, held_rows(report, patch.items), False, directive)[1] if again else []
            return Saved(report.version, report.saved_at, told, report=report)
        require_open(report, actor)
        fresh = version == report.version
        states = dict(report.progress), dict(report.standings)
        held = held_rows(report, patch.items)
        changed, conflicts = _merge(patch, held, fresh, directive)
        if not changed:
            once.note(report, None if more else request)
            return Saved(report.version, report.saved_at, conflicts, report=report)
        for place, values in changed.items():
            write_row(report, place, held.get(place), values, actor)
        once.keep(report, None if more else request)
        items = sorted({item for item, _, _ in changed})
        touch(report, actor, items, _answers(held, changed), directive)
    shown = fresh and states == (report.progress, report.standings)
    return Saved(report.version, report.saved_at, conflicts, items, report, shown)


def _table(directive: Directive, item: str, block: str) -> Block:
    """The block, which takes rows; KeyError for any other."""
    found = directive.block(item, block)
    if found.kind is not BlockKind.TABLE:
        raise KeyError(block)
    return found


def _rows(report: Report, item: str, block: str) -> list[Entry]:
    """The rows of a table in their order, removed ones too."""
    here = (Entry.report == report) & (Entry.item == item) & (Entry.block == block)
    return list(Entry.select().where(here).order_by(Entry.position, Entry.id))


def _require_room(table: Block, rows: list[Entry]) -> None:
    if len(rows) >= ROWS_KEPT * table.max_rows:  # removed rows are kept, so that they can be brought back
        raise ReportClosed("Bảng này đã thêm và xóa quá nhiều dòng. Dùng lại các dòng đang có.")
    if sum(row.removed_at is None for row in rows) >= table.max_rows:
        raise ReportClosed(f"Bảng đã có {table.max_rows} dòng, không thêm được nữa.")


def add_row(
    report: Report,
    item: str,
    block: str,
    directive: Directive,
    actor: Actor,
    copy_of: str | None = None,
    request: Once | None = None,
) -> str:
    """Add a row to a table at its end, or a copy right after the row *copy_of*; the key of the new row.

    For a *request* that was carried out already the key of the newest row, which it added, or blank.
    Raises `ReportClosed`, and KeyError for a block that takes no rows or a row that is not there.
    """
    table = _table(directive, item, block)
    with transaction():
        report = locked(report)
        rows = _rows(report, item, block)
        if once.repeated(report, request):
            return max(rows, key=lambda row: row.id).row if rows else ""
        require_open(report, actor)
        once.keep(report, request)
        _require_room(table, rows)
        position, values = (rows[-1].position + 1 if rows else 1), {}
        if copy_of is not None:
            source = next((row for row in rows if row.row == copy_of and row.removed_at is None), None)
            if source is None:
                raise KeyError(copy_of)
            position, values = source.position + 1, source.values
            later = [row.id for row in rows if row.position >= position]
            Entry.update(position=Entry.position + 1).where(Entry.id.in_(later)).execute()
        key = "r" + secrets.token_hex(5)
        Entry.insert(
            report=report, item=item, block=block, row=key, position=position, values=values,
            saved_at=actor.at, saved_by=actor.account,
        ).execute()  # fmt: skip
        touch(report, actor, [item], load_answers(report, item), directive)
    return key


def remove_row(
    report: Report,
    item: str,
    block: str,
    row: str,
    directive: Directive,
    actor: Actor,
    restore: bool = False,
    request: Once | None = None,
) -> None:
    """Take a row out of a table, or with *restore* bring it back; its values stay. Once is enough.

    Raises as `add_row`.
    """
    table = _table(directive, item, block)
    with transaction():
        report = locked(report)
        if once.repeated(report, request):
            return
        require_open(report, actor)
        once.keep(report, request)
        rows = _rows(report, item, block)
        found = next((each for each in rows if each.row == row), None)
        if found is None:
            raise KeyError(row)
        if (found.removed_at is None) is restore:
            return
        if restore:
            _require_room(table, rows)
        change = {"removed_at": None if restore else actor.at, "saved_at": actor.at, "saved_by": actor.account}
        Entry.update(change).where(Entry.id == found.id).execute()
        action = "row_restored" if restore else "row_removed"
        events.record(action, actor, unit=report.unit, round=report.round, item=item, block=block, row=row)
        touch(report, actor, [item], load_answers(report, item), directive)
