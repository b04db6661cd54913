"""Who is asked in a round, and who has the duty to answer an item that not everybody has."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from nhanquyen.directive import Directive, Item
from nhanquyen.store import events
from nhanquyen.store.database import is_sqlite, transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Report, Round, Unit
from nhanquyen.store.reports import Status, load_answers
from nhanquyen.store.saving import summarise
from nhanquyen.store.units import active_on


def active_reports(round: Round, day: date) -> list[Report]:
    """The report, asked or not, of every unit active on *day*, with round and unit, in administrative order."""
    query = (
        Report.select(Report, Unit)
        .join(Unit)
        .where((Report.round == round) & active_on(day))
        .order_by(Unit.position, Unit.id)
    )
    found = list(query)
    for report in found:
        report.round = round
    return found


def _locked(round: Round, day: date) -> list[Report]:
    """`active_reports`, held against other writers until the transaction ends."""
    if not is_sqlite():
        list(Report.select(Report.id).where(Report.round == round).order_by(Report.id).for_update())
    return active_reports(round, day)


def _record(round: Round, what: str, added: list[str], removed: list[str], actor: Actor) -> bool:
    if added or removed:
        events.record("round_edited", actor, round=round, subject=what, added=added, removed=removed)
    return bool(added or removed)


def set_recipients(round: Round, unit_ids: Collection[int], actor: Actor) -> bool:
    """Ask exactly those of the active units; whether anything changed. The others' reports stay, uncounted."""
    with transaction():
        reports = _locked(round, actor.at.date())
        wrong = [report for report in reports if report.asked != (report.unit_id in unit_ids)]
        for asked in (True, False):
            ids = [report.id for report in wrong if report.asked != asked]
            for start in range(0, len(ids), 500):
                Report.update(asked=asked).where(Report.id.in_(ids[start : start + 500])).execute()
        added = [report.unit.code for report in wrong if not report.asked]
        removed = [report.unit.code for report in wrong if report.asked]
        return _record(round, "Đơn vị phải báo cáo", added, removed, actor)


def _set_duty(report: Report, item: Item, has: bool, directive: Directive, day: date) -> None:
    """Give or take a duty; the item's progress and totals follow from the answers that are there."""
    duties = {key: value for key, value in report.duties.items() if key != item.key}
    report.duties = {**duties, item.key: True} if has else duties
    values = {"duties": report.duties}
    status = Status(report.status)
    if status.open and status is not Status.NOT_STARTED:  # what was sent stays as it was sent
        summarise(report, item, load_answers(report, item.key), directive, day)
        values |= {"progress": report.progress, "standings": report.standings, "totals": report.totals}
    Report.update(values).where(Report.id == report.id).execute()


def set_duties(round: Round, item: Item, unit_ids: Collection[int], directive: Directive, actor: Actor) -> bool:
    """Ask *item* of exactly those of the active units; whether anything changed."""
    day = actor.at.date()
    with transaction():
        reports = _locked(round, day)
        wrong = [report for report in reports if (item.key in report.duties) != (report.unit_id in unit_ids)]
        added = [report.unit.code for report in wrong if item.key not in report.duties]
        removed = [report.unit.code for report in wrong if item.key in report.duties]
        for report in wrong:
            _set_duty(report, item, report.unit_id in unit_ids, directive, day)
        return _record(round, f"Đơn vị được giao nội dung {item.number}", added, removed, actor)
