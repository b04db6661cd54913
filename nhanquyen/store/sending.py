"""Sending a report and taking it back."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime
from typing import Any

from nhanquyen.clock import format_instant
from nhanquyen.directive import Directive
from nhanquyen.form.answers import Answers, Row
from nhanquyen.form.check import Fault, check_report
from nhanquyen.store import attachments, entering, events, once, overlaps, recalls
from nhanquyen.store.database import transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Attachment, Report, Revision
from nhanquyen.store.once import Once
from nhanquyen.store.reports import (
    ReportClosed,
    Status,
    by_team,
    due_at,
    load_answers,
    locked,
    require_entered,
    require_open,
    respondent_of,
    withdrawal_refused,
)
from nhanquyen.store.saving import summarise

RECEIPT_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class ReportFaulty(Exception):
    """The report has faults that block sending."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def _content(report: Report, answers: Answers, directive: Directive, paper_at: datetime | None) -> str:
    """Everything that was sent, as canonical JSON; *paper_at* when the Team entered it from a paper."""
    items = {
        item.key: {
            block.key: [{"row": row.key, "values": row.values} for row in answers.rows(item, block) if row.values]
            for block in item.blocks
        }
        for item in directive.items
    }
    files = [
        {"id": a.id, "item": a.item, "block": a.block, "row": a.row, "name": a.name, "size": a.size, "sha256": a.sha256}
        for a in attachments.of_report(report)
    ]
    content: dict[str, Any] = {
        "directive": directive.key,
        "unit": {"code": report.unit.code, "name": report.unit.name, "group": report.unit.group},
        "duties": sorted(report.duties),
        "items": items,
        "files": files,
    }
    if paper_at is not None:
        content["paper_at"] = paper_at.isoformat()
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _add_revision(
    report: Report, answers: Answers, directive: Directive, actor: Actor, paper_at: datetime | None
) -> Revision:
    content = _content(report, answers, directive, paper_at)
    revision: Revision = Revision.create(
        report=report,
        number=report.revision + 1,
        content=content,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        receipt="-".join("".join(secrets.choice(RECEIPT_ALPHABET) for _ in range(4)) for _ in range(3)),
        sent_at=actor.at,
        sent_by=actor.account,
        due_at=due_at(report),
    )
    return revision


def send(report: Report, directive: Directive, actor: Actor, request: Once | None = None) -> tuple[Revision, bool]:
    """Send the report: an immutable revision, and whether it is new (False when it had been sent already).

    A *request* that was carried out already sends nothing, also when the report has come back since. What the Team
    sends for a unit has arrived with its paper; what the unit sends is no longer the Team's entering.
    Raises `ReportFaulty`, and `ReportClosed` once the round is closed.
    """
    with transaction():
        report = locked(report)
        if Status(report.status).counted or once.repeated(report, request):
            return latest_revision(report), False
        require_open(report, actor)
        once.keep(report, request)
        answers = load_answers(report)
        faults = check_report(directive, answers, respondent_of(report), actor.at.date())
        if any(fault.blocks for fault in faults):
            raise ReportFaulty(faults)
        for item in directive.items:
            summarise(report, item, answers, directive, actor.at.date())
        team = by_team(actor.account)
        paper_at = report.paper_at if team else None
        revision = _add_revision(report, answers, directive, actor, paper_at)
        overlaps.keep_fingerprints(report, answers, directive)
        Report.update(
            **({"entered_at": actor.at, "entered_by": actor.account} if team else entering.BLANK),
            status=Status.RESENT if report.status == Status.RETURNED else Status.SENT,
            progress=report.progress,
            standings=report.standings,
            totals=report.totals,
            revision=revision.number,
            sent_at=actor.at,
            arrived_at=report.arrived_at or paper_at or actor.at,
            review_started_at=None,
            handled=report.handled,
            version=Report.version + 1,
        ).where(Report.id == report.id).execute()
        subject = f"Lần gửi {revision.number}"
        told = {"receipt": revision.receipt} | ({"paper": format_instant(paper_at)} if paper_at else {})
        events.record("report_sent", actor, unit=report.unit, round=report.round, subject=subject, **told)
    return revision, True


def latest_revision(report: Report) -> Revision:
    """The newest revision with its sender; DoesNotExist when nothing was sent."""
    return get_revision(report, report.revision)


def get_revision(report: Report, number: int) -> Revision:
    """The revision of that number with its sender; DoesNotExist when there is none."""
    found: Revision = (
        Revision.select(Revision, Account)
        .join(Account)
        .where((Revision.report == report) & (Revision.number == number))
        .get()
    )
    return found


def revisions_of(report: Report) -> list[Revision]:
    """All that was sent, newest first, with who sent it, without the content."""
    columns = [column for column in Revision._meta.sorted_fields if column is not Revision.content]
    query = Revision.select(*columns, Account).join(Account).where(Revision.report == report)
    return list(query.order_by(Revision.number.desc()))


def paper_of(revision: Revision) -> datetime | None:
    """When the paper came in from which the Team entered *revision*; None when the unit sent it itself."""
    paper_at = json.loads(revision.content).get("paper_at")
    return datetime.fromisoformat(paper_at) if paper_at else None


def content_of(revision: Revision) -> tuple[Answers, list[Attachment]]:
    """The answers and the evidence of *revision* as they were sent."""
    content = json.loads(revision.content)
    answers = Answers(
        (item, block, Row(row["row"], row["values"]))
        for item, blocks in content["items"].items()
        for block, rows in blocks.items()
        for row in rows
    )
    ids = [file["id"] for file in content["files"]]
    return answers, list(Attachment.select().where(Attachment.id.in_(ids)).order_by(Attachment.id))


def withdraw(report: Report, actor: Actor, request: Once | None = None) -> None:
    """Take a sent report back for correction; its revision stays as it was. Raises `ReportClosed`.

    A *request* that was carried out already does not take back what was sent since. A unit that takes back what the
    Team entered for it has the report in hand again.
    """
    with transaction():
        report = locked(report)
        if once.repeated(report, request):
            return
        if reason := withdrawal_refused(report, actor.at):
            raise ReportClosed(reason)
        once.keep(report, request)
        if by_team(actor.account):
            require_entered(report)
        resent = report.status == Status.RESENT
        Report.update(
            **({} if by_team(actor.account) else entering.BLANK),
            status=Status.RETURNED if resent else Status.DRAFTING,
            arrived_at=report.arrived_at if resent else None,
            handled=report.handled,
            version=Report.version + 1,
        ).where(Report.id == report.id).execute()
        recalls.grant(report, actor, "Đơn vị đã tự rút lại báo cáo.")
        number = f"Lần gửi {report.revision}"
        events.record("report_withdrawn", actor, unit=report.unit, round=report.round, subject=number)
