"""Check and send; the receipt; taking a report back or asking for it; reading and printing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, g, request
from peewee import DoesNotExist

from nhanquyen.clock import late_label
from nhanquyen.form.check import check_report
from nhanquyen.store import attachments, recalls, reports, sending
from nhanquyen.store.accounts import Role
from nhanquyen.store.models import Report, Revision
from nhanquyen.store.recalls import RecallRefused
from nhanquyen.store.reports import Status, by_team
from nhanquyen.store.rounds import directive_of
from nhanquyen.store.sending import ReportFaulty
from nhanquyen.text import clean
from nhanquyen.web.access import actor, allow, report_or_404
from nhanquyen.web.document import changes_since, document_context, latest_changes
from nhanquyen.web.fill import go_to_form, page_context, posted_once
from nhanquyen.web.fragments import go, render, say

bp = Blueprint("send", __name__)


def _check_page(report: Report, status: int = 200, fault: str = "") -> Response:
    directive = directive_of(report.round)
    answers = reports.load_answers(report)
    files = list(attachments.of_report(report))
    context = page_context(report, directive)
    found = check_report(directive, answers, context["respondent"], g.now.date())
    return render(
        "fill/check.html",
        status=status,
        faults=[each for each in found if each.blocks],
        warnings=[each for each in found if not each.blocks],
        confirm_fault=fault,
        **latest_changes(report, directive, answers, files),
        **document_context(report, directive, answers, files),
        **context,
    )


@bp.get("/bao-cao/<int:report_id>/kiem-tra")
@allow(Role.UNIT, Role.SYNTHESIS)
def check(report_id: int) -> Response:
    """All faults at once, each a link to its field; without any, the report to read once more and to send."""
    report = report_or_404(report_id)
    if reports.closed_reason(report, actor()):
        return go("send.overview", report_id=report.id)
    return _check_page(report)


@bp.post("/bao-cao/<int:report_id>/gui")
@allow(Role.UNIT, Role.SYNTHESIS)
def send(report_id: int) -> Response:
    """Send. Pressed twice it sends once and shows the same receipt."""
    report = report_or_404(report_id)
    if not request.form.get("khong_mat") and Status(report.status).open:
        return _check_page(report, 422, "Đánh dấu xác nhận báo cáo không có bí mật nhà nước rồi gửi.")
    try:
        revision, new = sending.send(report, directive_of(report.round), actor(), posted_once())
    except ReportFaulty:
        return _check_page(report, 422)
    if not new:
        say("Báo cáo đã được gửi trước đó; không gửi thêm lần nữa.", "warning")
    if by_team(g.account) and not by_team(revision.sent_by):  # the unit was faster, and the receipt is its own
        return go("review.page", report_id=report.id)
    return go("send.receipt", report_id=report.id, number=revision.number)


def revision_or_404(report: Report, number: int) -> Revision:
    """The revision of *report*, or 404 for one that is not there."""
    try:
        return sending.get_revision(report, number)
    except DoesNotExist:
        abort(404)


def _ways_back(report: Report) -> dict[str, Any]:
    """How the unit gets its sent report back now, and its newest request for it as long as that still matters."""
    refused = reports.withdrawal_refused(report, g.now)
    sent = Status(report.status).counted
    about_this = (each for each in recalls.of_report(report) if each.revision == report.revision)
    recall = next(about_this, None) if sent else None
    return {
        "may_withdraw": refused is None,
        "recall": recall,
        "may_ask": not by_team(g.account)
        and sent
        and refused is not None
        and not (recall and recall.answered_at is None),
    }


@bp.get("/bao-cao/<int:report_id>/bien-nhan/<int:number>")
@allow(Role.UNIT, Role.SYNTHESIS)
def receipt(report_id: int, number: int) -> Response:
    """The receipt of one sending; the address keeps working."""
    report = report_or_404(report_id)
    revision = revision_or_404(report, number)
    return render(
        "fill/receipt.html",
        newest=number == report.revision,
        **_ways_back(report),
        **_revision_context(report, revision),
        **page_context(report, directive_of(report.round)),
    )


def _revision_context(report: Report, revision: Revision) -> dict[str, Any]:
    """What tells of one sending. How late it was is judged by today's due time, as everywhere.

    Being returned and sent again makes no report late: it came in when it first did.
    """
    paper_at = sending.paper_of(revision)
    came_in = paper_at or revision.sent_at
    return {
        "revision": revision,
        "paper_at": paper_at,
        "late_sending": late_label(min(came_in, report.arrived_at or came_in), reports.due_at(report)),
    }


def revision_page(report: Report, number: int, board: Mapping[str, str] | None = None) -> Response:
    """One revision as it was sent; 404 for one that is not there. *board* is the filter that the Team comes from."""
    revision = revision_or_404(report, number)
    directive = directive_of(report.round)
    answers, files = sending.content_of(revision)
    return render(
        "report/revision.html",
        board=board or {},
        **changes_since(number - 1, report, directive, answers, files),
        **_revision_context(report, revision),
        **document_context(report, directive, answers, files),
        **page_context(report, directive),
    )


@bp.get("/bao-cao/<int:report_id>/lan-gui/<int:number>")
@allow(Role.UNIT, Role.SYNTHESIS)
def revision(report_id: int, number: int) -> Response:
    """What the unit sent, as it was."""
    return revision_page(report_or_404(report_id), number)


@bp.get("/bao-cao/<int:report_id>/xem")
@allow(Role.UNIT, Role.SYNTHESIS)
def overview(report_id: int) -> Response:
    """The unit's own report to read and print, in any state."""
    report = report_or_404(report_id)
    directive = directive_of(report.round)
    answers, files = reports.load_answers(report), list(attachments.of_report(report))
    return render(
        "fill/overview.html",
        **_ways_back(report),
        **latest_changes(report, directive, answers, files),
        **document_context(report, directive, answers, files),
        **page_context(report, directive),
    )


@bp.route("/bao-cao/<int:report_id>/rut-lai", methods=["GET", "POST"])
@allow(Role.UNIT, Role.SYNTHESIS)
def withdraw(report_id: int) -> Response:
    """Ask, then take the sent report back to correct it."""
    report = report_or_404(report_id)
    if request.method != "POST":
        return render("fill/withdraw.html", **page_context(report, directive_of(report.round)))
    sending.withdraw(report, actor(), posted_once())
    say("Đã rút lại báo cáo. Sửa xong nhớ gửi lại.", "warning")
    return go_to_form(report)


def _ask_page(report: Report, reason: str = "", status: int = 200, fault: str = "") -> Response:
    context = page_context(report, directive_of(report.round))
    return render("fill/recall.html", status=status, fault=fault, reason=reason, **_ways_back(report), **context)


@bp.route("/bao-cao/<int:report_id>/xin-lay-lai", methods=["GET", "POST"])
@allow(Role.UNIT)
def ask_back(report_id: int) -> Response:
    """Ask the Team for the sent report once it cannot be taken back any more. Pressed twice it asks once."""
    report = report_or_404(report_id)
    if request.method != "POST":
        return _ask_page(report)
    reason = clean(request.form.get("ly_do", ""))
    if not 0 < len(reason) <= recalls.LONGEST:
        return _ask_page(report, reason, 422, f"Ghi lý do xin lấy lại báo cáo, nhiều nhất {recalls.LONGEST} ký tự.")
    try:
        new = recalls.ask(report, reason, actor(), posted_once())
    except RecallRefused as refusal:
        return _ask_page(report, reason, 409, str(refusal))
    if new:
        say("Đã gửi yêu cầu lấy lại báo cáo. Câu trả lời của Đội Tổng hợp hiện ở trang này.")
    else:
        say("Đơn vị đã xin lấy lại trước đó và đang chờ trả lời; không gửi thêm yêu cầu nữa.", "warning")
    return go("send.overview", report_id=report.id)
