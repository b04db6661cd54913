"""Check and send; the receipt; taking a report back; reading and printing it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, request
from peewee import DoesNotExist

from nhanquyen.clock import late_label
from nhanquyen.form.check import check_report
from nhanquyen.store import attachments, reports, sending
from nhanquyen.store.accounts import Role
from nhanquyen.store.models import Report, Revision
from nhanquyen.store.reports import Status
from nhanquyen.store.rounds import directive_of
from nhanquyen.store.sending import ReportFaulty
from nhanquyen.web.access import actor, allow, report_or_404
from nhanquyen.web.document import document_context
from nhanquyen.web.fill import page_context
from nhanquyen.web.fragments import go, render, say

bp = Blueprint("send", __name__)


def _check_page(report: Report, status: int = 200, fault: str = "") -> Response:
    directive = directive_of(report.round)
    answers = reports.load_answers(report)
    context = page_context(report, directive)
    found = check_report(directive, answers, context["respondent"], g.now.date())
    return render(
        "fill/check.html",
        status=status,
        faults=[each for each in found if each.blocks],
        warnings=[each for each in found if not each.blocks],
        confirm_fault=fault,
        **document_context(report, directive, answers, list(attachments.of_report(report))),
        **context,
    )


@bp.get("/bao-cao/<int:report_id>/kiem-tra")
@allow(Role.UNIT)
def check(report_id: int) -> Response:
    """All faults at once, each a link to its field; without any, the report to read once more and to send."""
    report = report_or_404(report_id)
    if reports.closed_reason(report, g.now):
        return go("send.overview", report_id=report.id)
    return _check_page(report)


@bp.post("/bao-cao/<int:report_id>/gui")
@allow(Role.UNIT)
def send(report_id: int) -> Response:
    """Send. Pressed twice it sends once and shows the same receipt."""
    report = report_or_404(report_id)
    if not request.form.get("khong_mat") and Status(report.status).open:
        return _check_page(report, 422, "Đánh dấu xác nhận báo cáo không có bí mật nhà nước rồi gửi.")
    try:
        revision, new = sending.send(report, directive_of(report.round), actor())
    except ReportFaulty:
        return _check_page(report, 422)
    if not new:
        say("Báo cáo đã được gửi trước đó; không gửi thêm lần nữa.", "warning")
    return go("send.receipt", report_id=report.id, number=revision.number)


def revision_or_404(report: Report, number: int) -> Revision:
    """The revision of *report*, or 404 for one that is not there."""
    try:
        return sending.get_revision(report, number)
    except DoesNotExist:
        abort(404)


@bp.get("/bao-cao/<int:report_id>/bien-nhan/<int:number>")
@allow(Role.UNIT)
def receipt(report_id: int, number: int) -> Response:
    """The receipt of one sending; the address keeps working."""
    report = report_or_404(report_id)
    revision = revision_or_404(report, number)
    return render(
        "fill/receipt.html",
        revision=revision,
        may_withdraw=number == report.revision and not sending.withdrawal_refused(report, g.now),
        late_sending=_late_sending(report, revision),
        **page_context(report, directive_of(report.round)),
    )


def _late_sending(report: Report, revision: Revision) -> str:
    """How late the report came in with *revision*; being returned and sent again has made no report late."""
    arrived = report.arrived_at if revision.number == report.revision else None
    return late_label(arrived or revision.sent_at, revision.due_at)


def revision_page(report: Report, number: int) -> Response:
    """One revision as it was sent; 404 for one that is not there."""
    revision = revision_or_404(report, number)
    directive = directive_of(report.round)
    answers, files = sending.content_of(revision)
    return render(
        "report/revision.html",
        revision=revision,
        late_sending=_late_sending(report, revision),
        **document_context(report, directive, answers, files),
        **page_context(report, directive),
    )


@bp.get("/bao-cao/<int:report_id>/lan-gui/<int:number>")
@allow(Role.UNIT)
def revision(report_id: int, number: int) -> Response:
    """What the unit sent, as it was."""
    return revision_page(report_or_404(report_id), number)


@bp.get("/bao-cao/<int:report_id>/xem")
@allow(Role.UNIT)
def overview(report_id: int) -> Response:
    """The unit's own report to read and print, in any state."""
    report = report_or_404(report_id)
    directive = directive_of(report.round)
    answers, files = reports.load_answers(report), list(attachments.of_report(report))
    return render(
        "fill/overview.html",
        may_withdraw=not sending.withdrawal_refused(report, g.now),
        **document_context(report, directive, answers, files),
        **page_context(report, directive),
    )


@bp.route("/bao-cao/<int:report_id>/rut-lai", methods=["GET", "POST"])
@allow(Role.UNIT)
def withdraw(report_id: int) -> Response:
    """Ask, then take the sent report back to correct it."""
    report = report_or_404(report_id)
    if request.method != "POST":
        return render("fill/withdraw.html", **page_context(report, directive_of(report.round)))
    sending.withdraw(report, actor())
    say("Đã rút lại báo cáo. Sửa xong nhớ gửi lại.", "warning")
    return go("fill.page")
