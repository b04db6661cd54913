"""A unit that wants its sent report back after the review began: it asks with a reason, the Team answers.

Returning the report grants the request; declining it needs an answer. Nothing else ends a request, but that a unit
takes its report back by itself once it can again: a report with an unanswered request is not accepted.
"""

from __future__ import annotations

from nhanquyen.store import events, once
from nhanquyen.store.database import transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Recall, Report
from nhanquyen.store.once import Once
from nhanquyen.store.reports import Status, locked, withdrawal_refused

LONGEST = 2000  # characters of a reason and of an answer


class RecallRefused(Exception):
    """There is nothing to ask for, or nothing to answer (any more); the message says in Vietnamese what to do."""


def unanswered(report: Report) -> Recall | None:
    """The request about *report* that the Team has yet to answer."""
    found: Recall | None = Recall.get_or_none((Recall.report == report) & Recall.answered_at.is_null())
    return found


def of_report(report: Report) -> list[Recall]:
    """Every request about *report*, newest first, with who asked."""
    query = Recall.select(Recall, Account).join(Account, on=(Recall.asked_by == Account.id))
    return list(query.where(Recall.report == report).order_by(Recall.id.desc()))


def _require_text(text: str) -> None:
    if not 0 < len(text) <= LONGEST:
        raise ValueError("a request and its answer are put in words")


def ask(report: Report, reason: str, actor: Actor, request: Once | None = None) -> bool:
    """Ask for the sent report; whether that is new (False when it was asked already and is unanswered, or *request*
    was carried out already).

    Raises `RecallRefused` when the unit has the report or can take it back by itself; ValueError without a reason.
    """
    _require_text(reason)
    with transaction():
        report = locked(report)
        if once.repeated(report, request):
            return False
        if Status(report.status).open:
            raise RecallRefused("Báo cáo đang ở đơn vị, sửa được ngay. Mở biểu để sửa.")
        if withdrawal_refused(report, actor.at) is None:
            raise RecallRefused("Đội Tổng hợp chưa xem báo cáo nên không cần xin. Bấm “Rút lại để sửa”.")
        if unanswered(report) is not None:
            return False
        once.note(report, request)
        Recall.create(report=report, revision=report.revision, reason=reason, asked_at=actor.at, asked_by=actor.account)
        subject = f"Lần gửi {report.revision}"
        events.record("recall_asked", actor, unit=report.unit, round=report.round, subject=subject, reason=reason)
    return True


def _answer(recall: Recall, granted: bool, answer: str, actor: Actor) -> None:
    Recall.update(granted=granted, answer=answer, answered_at=actor.at, answered_by=actor.account).where(
        Recall.id == recall.id
    ).execute()


def decline(report: Report, recall_id: int, answer: str, actor: Actor) -> None:
    """Keep the report, for the reason in *answer*, which the unit sees.

    Raises `RecallRefused` when the request is not there or was answered meanwhile; ValueError without an answer.
    """
    _require_text(answer)
    with transaction():
        report = locked(report)
        recall = unanswered(report)
        if recall is None or recall.id != recall_id:
            raise RecallRefused("Yêu cầu này đã được trả lời hoặc đơn vị đã gửi yêu cầu khác. Xem lại rồi quyết định.")
        _answer(recall, False, answer, actor)
        subject = f"Lần gửi {recall.revision}"
        events.record("recall_declined", actor, unit=report.unit, round=report.round, subject=subject, answer=answer)


def grant(report: Report, actor: Actor, answer: str = "") -> None:
    """Answer a request that is still open: its unit has the report back. Call it in the transaction of that act."""
    recall = unanswered(report)
    if recall is not None:
        _answer(recall, True, answer, actor)
