"""The Team enters the report of a unit that sent paper: it begins, and stops when nothing was sent."""

from __future__ import annotations

from datetime import datetime

from nhanquyen.clock import format_instant
from nhanquyen.store import events
from nhanquyen.store.database import transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Report
from nhanquyen.store.reports import ReportClosed, Status, locked

BLANK = {"entered_at": None, "entered_by": None, "paper_at": None}


def refused(report: Report) -> str | None:
    """Why the Team cannot enter *report* from paper, or None while it can. No closing time binds the Team."""
    if not report.asked:
        return "Đơn vị không phải báo cáo trong đợt này nên không nhập thay được."
    if not Status(report.status).open:
        return "Báo cáo đã gửi nên không nhập thay được. Cần nhập bản mới thì trả lại bổ sung trước."
    return None


def earliest_paper(report: Report) -> datetime:
    """Since when a paper for *report* may have come in: the minute in which the round was opened."""
    opened_at: datetime = report.round.opened_at
    return opened_at.replace(second=0, microsecond=0)


def begin(report: Report, paper_at: datetime, actor: Actor, what: str = "Bản giấy") -> bool:
    """Begin to enter *report* from *what* came in at *paper_at*; whether it is begun only now.

    Raises `ReportClosed`, and ValueError for a paper from the future or from before the round.
    """
    if not earliest_paper(report) <= paper_at <= actor.at:
        raise ValueError("a paper comes in after the round was opened and before it is entered")
    with transaction():
        report = locked(report)
        if reason := refused(report):
            raise ReportClosed(reason)
        if report.entered_by_id is not None:
            return False
        begun = {"entered_at": actor.at, "entered_by": actor.account, "paper_at": paper_at}
        Report.update(begun).where(Report.id == report.id).execute()
        subject = f"{what} nhận lúc {format_instant(paper_at)}"
        events.record("entering_begun", actor, unit=report.unit, round=report.round, subject=subject)
    return True


def end(report: Report, actor: Actor) -> bool:
    """Stop entering *report*; whether it was entered. What is typed stays. Raises `ReportClosed` once it is sent."""
    with transaction():
        report = locked(report)
        if report.entered_by_id is None:
            return False
        if not Status(report.status).open:
            raise ReportClosed("Báo cáo nhập thay đã gửi nên không thôi được nữa. Cần sửa thì rút lại hoặc trả lại.")
        Report.update(BLANK).where(Report.id == report.id).execute()
        events.record("entering_ended", actor, unit=report.unit, round=report.round)
    return True
