"""Decisions about rows of several units that tell the same activity: count it once, or each for itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

from peewee import fn

from nhanquyen.directive import Directive
from nhanquyen.form.activity import activities
from nhanquyen.form.answers import Answers
from nhanquyen.store import events
from nhanquyen.store.database import rows_of, transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Fingerprint, Overlap, Report, Round, Unit
from nhanquyen.store.reports import Status, respondent_of
from nhanquyen.store.units import active_on

ONCE, EACH = "once", "each"
VERDICT_LABELS = {ONCE: "Tính một lần", EACH: "Tính riêng từng đơn vị"}


class Member(TypedDict):
    """One of the rows; *code* and *name* are of its unit, *amounts* is what it has put into its totals, by path."""

    report: int
    revision: int
    row: str
    code: str
    name: str
    kept: bool
    amounts: dict[str, int]


def keep_fingerprints(report: Report, answers: Answers, directive: Directive) -> None:
    """Note what the rows of *report*, which is being sent with *answers*, may share with those of other units."""
    Fingerprint.delete().where(Fingerprint.report == report).execute()
    found = dict.fromkeys(each.fingerprint for each in activities(directive, answers, respondent_of(report)))
    if found:
        Fingerprint.insert_many([{"report": report.id, "value": value} for value in found]).execute()


_COUNTED = [status.value for status in Status if status.counted]


def shared_of(round: Round, day: date) -> dict[str, list[int]]:
    """The ids of the reports that tell the same activity, by its fingerprint, of all that are sent and asked on *day*.

    One query, whatever the number of units and rows.
    """
    # Whatever stands twice is picked from the index alone; only that little is joined with its reports.
    twice = Fingerprint.select(Fingerprint.value).group_by(Fingerprint.value).having(fn.COUNT(Fingerprint.report) > 1)
    sent = (Report.round == round) & Report.asked & Report.status.in_(_COUNTED) & active_on(day)
    query = (
        Fingerprint.select(Fingerprint.value, Fingerprint.report)
        .join(Report)
        .join(Unit)
        .where(Fingerprint.value.in_(twice) & sent)
        .order_by(Unit.position, Unit.id, Fingerprint.value)
    )
    found: dict[str, list[int]] = {}
    for value, report_id in rows_of(query):
        found.setdefault(value, []).append(report_id)
    return {value: ids for value, ids in found.items() if len(ids) > 1}


def overlaps_of(round: Round) -> list[Overlap]:
    """All decisions of *round*, newest first, with who made them."""
    query = Overlap.select(Overlap, Account).join(Account).where(Overlap.round == round)
    return list(query.order_by(Overlap.decided_at.desc(), Overlap.id.desc()))


def decide(
    round: Round, fingerprint: str, title: str, verdict: str, members: Sequence[Member], note: str, actor: Actor
) -> None:
    """Decide about the rows that share *fingerprint*, in place of an earlier decision.

    ValueError unless, counted once, exactly one of them is kept.
    """
    if verdict not in VERDICT_LABELS:
        raise ValueError(verdict)
    if verdict == ONCE and sum(member["kept"] for member in members) != 1:
        raise ValueError("counted once, one row is kept")
    values = {
        Overlap.title: title[:600], Overlap.verdict: verdict, Overlap.members: list(members), Overlap.note: note,
        Overlap.decided_at: actor.at, Overlap.decided_by: actor.account,
    }  # fmt: skip
    with transaction():
        here = {Overlap.round: round, Overlap.fingerprint: fingerprint}
        Overlap.insert({**here, **values}).on_conflict(conflict_target=list(here), preserve=list(values)).execute()
        events.record(
            "overlap_decided", actor, round=round, subject=f"{VERDICT_LABELS[verdict]}: {title}", note=note,
            units=[f"{member['code']}{' (giữ)' if member['kept'] else ''}" for member in members],
        )  # fmt: skip
