"""Takes an offline form into its report: exactly what was previewed, all of it or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from nhanquyen.directive import BlockKind, Directive
from nhanquyen.directive.values import Stored
from nhanquyen.form.answers import Answers, Row
from nhanquyen.form.offline.filled import Fault, Filled
from nhanquyen.form.offline.merging import Conflict, Plan, Seen, ValueConflict, merge
from nhanquyen.store import entering, events, once, saving
from nhanquyen.store.database import transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Entry, Report
from nhanquyen.store.once import Once
from nhanquyen.store.reports import ReportClosed, by_team, load_answers, locked, require_open
from nhanquyen.store.saving import ROWS_KEPT, HeldRow, Place

Values = dict[str, Stored]


class PlanChanged(Exception):
    """The report has changed since the preview in what the file would change; nothing was saved."""


class Signed(NamedTuple):
    """Who changed what stands in the report, and when."""

    by: str
    at: datetime


class Taken(NamedTuple):
    """How many changes were saved, and what of the file was not as it cannot be read (*unread*).

    Of no changes, whether they had all been saved *before*: the button was pressed twice.
    """

    saved: int
    unread: tuple[Fault, ...] = ()
    before: bool = False


def _held(report: Report, directive: Directive) -> dict[Place, HeldRow]:
    return saving.held_rows(report, directive.by_key)


def _plan(filled: Filled, held: Mapping[Place, HeldRow], directive: Directive) -> Plan:
    present = ((*place[:2], Row(place[2], each.values)) for place, each in held.items() if each.removed_at is None)
    removed = [place for place, each in held.items() if each.removed_at is not None]
    return merge(directive, filled, Answers(present), removed)


def _signed(conflicts: Iterable[Conflict], held: Mapping[Place, HeldRow]) -> dict[str, Signed]:
    """By the names of the conflicts who made the web's side of each."""
    found = {}
    for each in conflicts:
        if isinstance(each, ValueConflict):
            row = held.get((each.address.item, each.address.block, each.address.row))
            known = row.changed(each.address.field) if row else None
        else:
            row = held.get(each.place)
            known = (row.saved_by, row.removed_at or row.saved_at) if row else None
        if known is not None:
            found[each.name] = known
    names = saving.names_of({account for account, _ in found.values()})
    return {name: Signed(names.get(account, ""), at) for name, (account, at) in found.items()}


def preview(report: Report, filled: Filled, directive: Directive) -> tuple[Plan, dict[str, Signed]]:
    """What taking in *filled* would change in *report* now; by its name who made the web's side of a conflict."""
    held = _held(report, directive)
    plan = _plan(filled, held, directive)
    return plan, _signed(plan.conflicts, held)


class _Work(NamedTuple):
    """What is to be written: the rows with new values, those to bring back, and those to take out."""

    values: dict[Place, Values]
    back: set[Place]
    out: set[Place]


def _work(plan: Plan, chosen: Iterable[Conflict], held: Mapping[Place, HeldRow]) -> _Work:
    work = _Work({}, set(), {row.place for row in plan.removed})

    def row(place: Place) -> Values:
        return work.values.setdefault(place, dict(held[place].values) if place in held else {})

    for change in plan.changes:
        at = change.address
        row((at.item, at.block, at.row))[at.field] = change.after
    for added in plan.added:
        row(added.place).update(added.values)
    for each in chosen:
        if isinstance(each, ValueConflict):
            row((each.address.item, each.address.block, each.address.row))[each.address.field] = each.file
        elif each.file is None:
            work.out.add(each.place)
        else:
            row(each.place).update(each.file)
            work.back.add(each.place)
    return work


def _require_room(work: _Work, held: Mapping[Place, HeldRow], directive: Directive) -> None:
    """Raise `ReportClosed` when a table would hold too many rows, counted as `saving.add_row` does."""
    new = {place for place in work.values if place not in held}
    kept = Counter(place[:2] for place in (*held, *new))
    present = Counter(place[:2] for place, row in held.items() if row.removed_at is None)
    present.update(place[:2] for place in new | work.back)
    present.subtract(place[:2] for place in work.out)
    for table in {place[:2] for place in new | work.back}:
        block = directive.block(*table)
        full = present[table] > block.max_rows or kept[table] > ROWS_KEPT * block.max_rows
        if block.kind is BlockKind.TABLE and full:
            raise ReportClosed(
                f"“{block.title}” chỉ chứa {block.max_rows} dòng nên chưa ghi gì. Bỏ bớt dòng trong tệp rồi chọn lại."
            )


def _next_position(report: Report, item: str, block: str) -> int:
    here = (Entry.report == report) & (Entry.item == item) & (Entry.block == block)
    newest = Entry.select(Entry.position).where(here).order_by(Entry.position.desc()).limit(1).scalar()
    return (newest or 0) + 1


def _write(report: Report, work: _Work, held: Mapping[Place, HeldRow], directive: Directive, actor: Actor) -> None:
    """Write the rows; new ones of a table come after those that are there, in the order of the file."""
    for place, values in work.values.items():
        grows = place not in held and directive.block(*place[:2]).kind is BlockKind.TABLE
        position = _next_position(report, *place[:2]) if grows else 0
        kept: Values = {key: value for key, value in values.items() if value is not None}
        saving.write_row(report, place, held.get(place), kept, actor, position)
    for places, removed_at in ((work.back, None), (work.out, actor.at)):
        ids = [held[place].id for place in places if place in held]
        if ids:
            change = {"removed_at": removed_at, "saved_at": actor.at, "saved_by": actor.account}
            Entry.update(change).where(Entry.id.in_(ids)).execute()


def take_in(
    report: Report,
    filled: Filled,
    seen: Seen,
    names: Collection[str],
    directive: Directive,
    actor: Actor,
    request: Once | None = None,
) -> Taken:
    """Save what the plan that was *seen* says, and the file's side of the conflicts *names*.

    In one transaction; a *request* that was carried out already changes nothing. Raises `PlanChanged` when something
    else would be saved than was shown, and `ReportClosed`.
    """
    with transaction():
        report = locked(report)
        if once.repeated(report, request):
            return Taken(0, filled.faults, before=True)
        require_open(report, actor)
        held = _held(report, directive)
        plan = _plan(filled, held, directive)
        unread = (*filled.faults, *plan.faults)
        chosen = plan.chosen(names)
        count = plan.count + len(chosen)
        news = {each.name for each in plan.conflicts}.difference(seen.conflicts)
        if not count and not news:
            return Taken(0, unread, before=plan.fingerprint != seen.fingerprint)
        if plan.fingerprint != seen.fingerprint:
            raise PlanChanged
        work = _work(plan, chosen, held)
        _require_room(work, held, directive)
        _write(report, work, held, directive, actor)
        once.keep(report, request)
        items = {place[0] for place in (*work.values, *work.out)}
        saving.touch(report, actor, sorted(items), load_answers(report), directive, told=True)
        _record(report, filled, plan, chosen, actor)
    return Taken(count, unread)


def _record(report: Report, filled: Filled, plan: Plan, chosen: Collection[Conflict], actor: Actor) -> None:
    counts = {"changed": len(plan.changes), "added": len(plan.added), "removed": len(plan.removed)}
    told = f"{len(plan.changes)} ô sửa, {len(plan.added)} dòng thêm, {len(plan.removed)} dòng xóa"
    if plan.conflicts:
        told += f"; {len(plan.conflicts)} chỗ khác web, lấy từ tệp {len(chosen)}"
    if unread := len(filled.faults) + len(plan.faults):
        told += f"; {unread} chỗ không đọc được, chưa ghi"
    subject = f"{'Nhập thay. ' if by_team(actor.account) else ''}Biểu tải về lúc {filled.moment}: {told}"
    detail = {**counts, "conflicts": len(plan.conflicts), "chosen": len(chosen), "file": filled.file_id}
    events.record("form_taken_in", actor, unit=report.unit, round=report.round, subject=subject, **detail)


class _Nothing(Exception):
    """There was nothing to take in, so entering does not begin either."""


def take_in_from_paper(
    report: Report,
    filled: Filled,
    seen: Seen,
    names: Collection[str],
    directive: Directive,
    paper_at: datetime,
    actor: Actor,
    request: Once | None = None,
) -> Taken:
    """`take_in` by the Team, which begins to enter the report from the file that came in at *paper_at*, if it has to.

    Raises as `take_in` and `entering.begin`; then nothing has begun.
    """
    taken = Taken(0)
    try:
        with transaction():
            entering.begin(report, paper_at, actor, "Biểu Excel")
            taken = take_in(report, filled, seen, names, directive, actor, request)
            if not taken.saved:
                raise _Nothing
    except _Nothing:
        return taken
    return taken
