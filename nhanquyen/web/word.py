"""A report as a Word file: of the unit that wrote it, and of any unit for the Team and the admin."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, g

from nhanquyen.export.word import UNIT, Sender, TemplateFaulty, WordKind, unit_report
from nhanquyen.store import attachments, events, reports, sending, word_templates
from nhanquyen.store.accounts import Role
from nhanquyen.store.database import transaction
from nhanquyen.store.models import Report
from nhanquyen.store.reports import respondent_of
from nhanquyen.store.rounds import directive_of
from nhanquyen.web.access import actor, allow, readable_report_or_404, report_or_404
from nhanquyen.web.document import names_by_place
from nhanquyen.web.errors import BadInput
from nhanquyen.web.files import send_document
from nhanquyen.web.send import revision_or_404

bp = Blueprint("word", __name__)


def filled(kind: WordKind, content: Any, at: datetime, title: str) -> bytes:
    """The document of *kind* from the template in use. Raises `BadInput` when that cannot be filled.

    A template is tried before it is put in, so this happens only with data which the trial could not foresee.
    """
    try:
        return kind.render(word_templates.content(kind.key) or kind.built_in, content, at, title)
    except TemplateFaulty as fault:
        raise misfit(kind, fault) from fault


def misfit(kind: WordKind, fault: TemplateFaulty) -> BadInput:
    """What to answer when the template of *kind* in use cannot be filled."""
    who = "Đội Tổng hợp" if g.account.role == Role.UNIT else "người phụ trách mẫu"
    message = (
        f"Mẫu Word “{kind.name}” không dùng được với báo cáo này. {fault} Báo {who} sửa mẫu hoặc dùng lại mẫu gốc."
    )
    return BadInput(message, 409)


def _send(report: Report, number: int | None) -> Response:
    """The report as it stands, or its revision *number* as it was sent: that one is the same file every time."""
    directive = directive_of(report.round)
    if number is None:
        answers, files, at = reports.load_answers(report), list(attachments.of_report(report)), g.now
        which, name = "bản hiện nay", f"{g.now:%Y%m%d-%H%M}"
    else:
        revision = revision_or_404(report, number)
        (answers, files), at = sending.content_of(revision), revision.sent_at
        which, name = f"lần gửi {number}", f"lan-{number}"
    unit = report.unit
    content = unit_report(
        directive, answers, respondent_of(report), Sender(unit.name, unit.place), names_by_place(files)
    )
    data = filled(UNIT, content, at, f"Báo cáo của {unit.name}")
    with transaction():
        events.record("exported", actor(), unit=unit, round=report.round, subject=f"Word, {which}")
    return send_document(BytesIO(data), f"bao-cao-{unit.code.lower()}-{name}.docx")


@bp.get("/bao-cao/<int:report_id>/word")
@allow(Role.UNIT, Role.SYNTHESIS)
def own(report_id: int) -> Response:
    """The report of whoever fills it, as it stands."""
    return _send(report_or_404(report_id), None)


@bp.get("/bao-cao/<int:report_id>/lan-gui/<int:number>/word")
@allow(Role.UNIT, Role.SYNTHESIS)
def own_revision(report_id: int, number: int) -> Response:
    """What was sent, as it was."""
    return _send(report_or_404(report_id), number)


@bp.get("/tong-hop/bao-cao/<int:report_id>/word")
@allow(Role.SYNTHESIS, Role.ADMIN)
def of_unit(report_id: int) -> Response:
    """A unit's report as it stands."""
    return _send(readable_report_or_404(report_id), None)


@bp.get("/tong-hop/bao-cao/<int:report_id>/lan-gui/<int:number>/word")
@allow(Role.SYNTHESIS, Role.ADMIN)
def of_unit_revision(report_id: int, number: int) -> Response:
    """A revision as it was sent."""
    return _send(readable_report_or_404(report_id), number)
