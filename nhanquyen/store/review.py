"""What the Synthesis Team decides about a sent report: it begins the review, accepts or returns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from nhanquyen.store import events, recalls
from nhanquyen.store.database import rows_of, transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Decision, Report, Round
from nhanquyen.store.reports import Status, locked

WANTED_BACK = (
    "Đơn vị đang xin lấy lại báo cáo này. Trả lại bổ sung, hoặc trả lời không trả lại, rồi mới tiếp nhận được."
)


class Verdict(StrEnum):
    """How the review of a revision ended."""

    ACCEPTED = "accepted"
    RETURNED = "returned"


class ReviewRefused(Exception):
    """The report is not there to be reviewed (any more); the message says in Vietnamese why and what to do."""


def _require_revision(report: Report, revision: int) -> None:
    if not Status(report.status).counted or report.revision != revision:
        raise ReviewRefused("Báo cáo này vừa thay đổi (đơn vị rút lại hoặc gửi lại). Xem lại bản mới rồi quyết định.")


def begin(report: Report, revision: int, actor: Actor) -> None:
    """Begin the review of *revision*: from here on the unit can no longer withdraw it. Raises `ReviewRefused`."""
    with transaction():
        report = locked(report)
        _require_revision(report, revision)
        if report.review_started_at is None:
            Report.update(review_started_at=actor.at).where(Report.id == report.id).execute()
            subject = f"Lần gửi {report.revision}"
            events.record("review_begun", actor, unit=report.unit, round=report.round, subject=subject)


def _decide(report: Report, verdict: Verdict, reasons: Mapping[str, str], actor: Actor) -> None:
    Decision.create(
        report=report,
        revision=report.revision,
        verdict=verdict,
        reasons=dict(reasons),
        decided_at=actor.at,
        decided_by=actor.account,
    )


def accept(report: Report, revision: int, actor: Actor) -> bool:
    """Accept *revision*; whether it was not yet (once is enough).

    Raises `ReviewRefused` when the report is no longer that one, or its unit wants it back: a request is answered,
    never passed over.
    """
    with transaction():
        report = locked(report)
        _require_revision(report, revision)
        if report.status == Status.ACCEPTED:
            return False
        if recalls.unanswered(report) is not None:
            raise ReviewRefused(WANTED_BACK)
        _decide(report, Verdict.ACCEPTED, {}, actor)
        Report.update(
            status=Status.ACCEPTED,
            review_started_at=report.review_started_at or actor.at,
            accepted_at=actor.at,
            accepted_by=actor.account,
            version=Report.version + 1,
        ).where(Report.id == report.id).execute()
        subject = f"Lần gửi {report.revision}"
        events.record("report_accepted", actor, unit=report.unit, round=report.round, subject=subject)
    return True


def give_back(report: Report, revision: int, reasons: Mapping[str, str], actor: Actor) -> None:
    """Return *revision* to its unit with a reason for each item (by key) that must be mended.

    Only this report reopens, an acceptance is cleared, and a unit that wanted it back has it. Raises `ReviewRefused`
    when the report is no longer that one; ValueError without any reason.
    """
    if not reasons:
        raise ValueError("a report is returned for a reason")
    with transaction():
        report = locked(report)
        _require_revision(report, revision)
        _decide(report, Verdict.RETURNED, reasons, actor)
        Report.update(
            status=Status.RETURNED,
            review_started_at=None,
            accepted_at=None,
            accepted_by=None,
            version=Report.version + 1,
        ).where(Report.id == report.id).execute()
        recalls.grant(report, actor)
        subject = f"Lần gửi {report.revision}"
        events.record(
            "report_returned", actor, unit=report.unit, round=report.round, subject=subject, reasons=dict(reasons)
        )


def decisions_of(report: Report) -> list[Decision]:
    """The decisions about *report*, newest first, with who made them."""
    query = Decision.select(Decision, Account).join(Account).where(Decision.report == report)
    return list(query.order_by(Decision.id.desc()))


def reasons_for(report: Report) -> dict[str, str]:
    """Why *report* lies with its unit again, by item; empty unless it was returned and is not sent now."""
    if report.status != Status.RETURNED:
        return {}
    return next((dict(each.reasons) for each in decisions_of(report) if each.verdict == Verdict.RETURNED), {})


def returned_since(round: Round) -> dict[int, datetime]:
    """Since when each report of *round* that was returned lies with its unit again, by report id. One query."""
    query = (
        Decision.select(Decision.report, Decision.decided_at)
        .join(Report)
        .where((Report.round == round) & (Report.status == Status.RETURNED) & (Decision.verdict == Verdict.RETURNED))
        .order_by(Decision.id)
    )
    return dict(rows_of(query))
