"""More time for one unit, for a reason; nobody else's due time changes."""

from __future__ import annotations

from datetime import datetime

from nhanquyen.clock import format_instant
from nhanquyen.store import events
from nhanquyen.store.database import transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Report
from nhanquyen.store.reports import due_at, locked

LONGEST_REASON = 500


class ExtensionRefused(Exception):
    """This is no more time than the round gives; the message says so in Vietnamese."""


def _set(report: Report, extension: datetime | None, reason: str, action: str, actor: Actor) -> None:
    before = format_instant(due_at(report)), report.due_reason
    Report.update(due_at=extension, due_reason=reason).where(Report.id == report.id).execute()
    report.due_at = extension
    changes = {"Hạn gửi": [before[0], format_instant(due_at(report))], "Lý do": [before[1], reason]}
    events.record(action, actor, unit=report.unit, round=report.round, changes=changes)


def extend(report: Report, until: datetime, reason: str, actor: Actor) -> bool:
    """Let *report* be due at *until*, for *reason*; whether anything changed. What has come in is judged anew.

    A unit that was given more time can also send after the round has closed, until then. Raises `ExtensionRefused`.
    """
    if until <= report.round.due_at:
        due = format_instant(report.round.due_at)
        raise ExtensionRefused(f"Nhập thời điểm sau hạn gửi chung của đợt ({due}).")
    with transaction():
        report = locked(report)
        if (report.due_at, report.due_reason) == (until, reason):
            return False
        _set(report, until, reason, "due_extended", actor)
    return True


def end(report: Report, actor: Actor) -> bool:
    """Let *report* be due with the round again; whether anything changed."""
    with transaction():
        report = locked(report)
        if report.due_at is None:
            return False
        _set(report, None, "", "extension_ended", actor)
    return True
