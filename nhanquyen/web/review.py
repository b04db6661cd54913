"""Review: the Team reads one unit's report and accepts or returns it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request

from nhanquyen import overview
from nhanquyen.directive import Directive
from nhanquyen.export.evidence_zip import Owner
from nhanquyen.form.answers import Answers
from nhanquyen.form.check import Fault, Level, check_report
from nhanquyen.store import attachments, recalls, reports, review, sending
from nhanquyen.store.accounts import Role
from nhanquyen.store.attachments import Amount
from nhanquyen.store.models import Report
from nhanquyen.store.recalls import RecallRefused
from nhanquyen.store.reports import Status
from nhanquyen.store.review import ReviewRefused
from nhanquyen.store.rounds import directive_of
from nhanquyen.text import clean
from nhanquyen.web.access import actor, allow, readable_report_or_404
from nhanquyen.web.board import given_filters, wanted_lines
from nhanquyen.web.document import document_context, latest_changes
from nhanquyen.web.errors import BadInput
from nhanquyen.web.evidence_zip import amount_words, owners, send_evidence
from nhanquyen.web.fill import page_context
from nhanquyen.web.fragments import go, render, say
from nhanquyen.web.send import revision_page

bp = Blueprint("review", __name__, url_prefix="/tong-hop/bao-cao/<int:report_id>")

LONGEST_REASON = 2000


def _reviewed_revision() -> int:
    """The revision that the posting page showed. Raises `BadInput`."""
    number = request.form.get("lan_gui", type=int)
    if number is None:
        raise BadInput("Trang đã cũ. Mở lại báo cáo của đơn vị rồi thử lại.")
    return number


def _typed_reasons(directive: Directive) -> dict[str, str]:
    return {item.key: clean(request.form.get(f"ly-do-{item.key}", "")) for item in directive.items}


def _to_be_told(report: Report, directive: Directive, answers: Answers) -> list[Fault]:
    """What the checks say; in a draft, answers that are only missing yet are no news."""
    faults = check_report(directive, answers, reports.respondent_of(report), g.now.date())
    draft = Status(report.status).open
    return [fault for fault in faults if not (draft and fault.level is Level.MISSING)]


def _queue(report: Report) -> dict[str, Any]:
    """The report whose turn is next among those that wait under the filter in the address, and how many do."""
    undecided = [status for status in Status if status.waiting]
    lines = reports.board_lines(report.round, g.now.date(), only=undecided)
    wanted = wanted_lines().matching(lines, g.now)
    return {
        "next_line": overview.next_waiting(wanted, report.id, report.arrived_at),
        "waiting": sum(line.report_id != report.id for line in wanted),
        "waiting_elsewhere": sum(line.report_id != report.id for line in lines),
    }


def _page(report: Report, status: int = 200, fault: str = "") -> Response:
    directive = directive_of(report.round)
    answers, files = reports.load_answers(report), list(attachments.of_report(report))
    faults = _to_be_told(report, directive, answers)
    asked = recalls.of_report(report)
    return render(
        "review/page.html",
        status=status,
        fault=fault,
        typed_reasons=_typed_reasons(directive),
        board=given_filters(),
        revisions=sending.revisions_of(report),
        decisions=review.decisions_of(report),
        recalls=asked,
        recall=next((each for each in asked if each.answered_at is None), None),
        evidence_amount=amount_words(Amount(len(files), sum(file.size for file in files))) if files else "",
        **_queue(report),
        **latest_changes(report, directive, answers, files),
        **document_context(report, directive, answers, files, faults),
        **page_context(report, directive),
    )


def _back(report: Report) -> Response:
    return go("review.page", report_id=report.id, **given_filters())


@bp.get("")
@allow(Role.SYNTHESIS, Role.ADMIN)
def page(report_id: int) -> Response:
    """One unit's report as it stands, what the checks say, its revisions and what was decided."""
    return _page(readable_report_or_404(report_id))


@bp.post("/xem-xet")
@allow(Role.SYNTHESIS)
def begin(report_id: int) -> Response:
    """Begin the review: from here on the unit cannot withdraw the report."""
    report = readable_report_or_404(report_id)
    review.begin(report, _reviewed_revision(), actor())
    say("Đã bắt đầu xem xét. Đơn vị không tự rút lại được nữa.")
    return _back(report)


@bp.post("/tiep-nhan")
@allow(Role.SYNTHESIS)
def accept(report_id: int) -> Response:
    """Accept the revision that the page showed."""
    report = readable_report_or_404(report_id)
    review.accept(report, _reviewed_revision(), actor())
    say(f"Đã tiếp nhận báo cáo của {report.unit.name}.")
    return _back(report)


@bp.post("/tra-lai")
@allow(Role.SYNTHESIS)
def give_back(report_id: int) -> Response:
    """Return the revision that the page showed, with a reason for each item that is marked.

    Where the unit asked for its report, its own reason stands for one that is left blank.
    """
    report = readable_report_or_404(report_id)
    directive = directive_of(report.round)
    typed = _typed_reasons(directive)
    marked = [item for item in directive.items if request.form.get(f"chon-{item.key}")]
    unmarked = [item for item in directive.items if typed[item.key] and item not in marked]
    if unmarked:
        number = unmarked[0].number
        message = f"Nội dung {number} có lý do nhưng chưa đánh dấu. Đánh dấu nội dung này, hoặc xóa lý do."
        return _page(report, 422, message)
    if not marked:
        return _page(report, 422, "Đánh dấu ít nhất một nội dung cần bổ sung và ghi lý do.")
    if recall := recalls.unanswered(report):
        asked_for = f"Trả lại theo yêu cầu của đơn vị: {recall.reason}"[:LONGEST_REASON]
        typed |= {item.key: asked_for for item in marked if not typed[item.key]}
    for item in marked:
        if not 0 < len(typed[item.key]) <= LONGEST_REASON:
            message = f"Ghi lý do trả lại nội dung {item.number}, nhiều nhất {LONGEST_REASON} ký tự."
            return _page(report, 422, message)
    reasons = {item.key: typed[item.key] for item in marked}
    review.give_back(report, _reviewed_revision(), reasons, actor())
    say(f"Đã trả lại báo cáo cho {report.unit.name} bổ sung.", "warning")
    return _back(report)


@bp.post("/khong-tra-lai")
@allow(Role.SYNTHESIS)
def decline(report_id: int) -> Response:
    """Answer the unit that wants its report back that it stays."""
    report = readable_report_or_404(report_id)
    answer = clean(request.form.get("tra_loi", ""))
    recall_id = request.form.get("yeu_cau", type=int)
    if recall_id is None:
        raise BadInput("Trang đã cũ. Mở lại báo cáo của đơn vị rồi thử lại.")
    if not 0 < len(answer) <= recalls.LONGEST:
        return _page(report, 422, f"Ghi câu trả lời cho đơn vị, nhiều nhất {recalls.LONGEST} ký tự.")
    recalls.decline(report, recall_id, answer, actor())
    say(f"Đã trả lời {report.unit.name} là không trả lại báo cáo.")
    return _back(report)


@bp.get("/lan-gui/<int:number>")
@allow(Role.SYNTHESIS, Role.ADMIN)
def revision(report_id: int, number: int) -> Response:
    """One revision as it was sent."""
    report = readable_report_or_404(report_id)
    return revision_page(report, number, given_filters())


@bp.get("/minh-chung.zip")
@allow(Role.SYNTHESIS, Role.ADMIN)
def evidence(report_id: int) -> Response:
    """The unit's evidence as it is now."""
    report = readable_report_or_404(report_id)
    lines = reports.board_lines(report.round, g.now.date())
    unit = report.unit
    left = Owner(report.id, "", unit.code, unit.name)  # a unit that is not on the board any more has no number
    owner = next((each for each in owners(lines) if each.report_id == report.id), left)
    name = f"minh-chung-{unit.code.lower()}-{g.now:%Y%m%d-%H%M}.zip"
    return send_evidence(report.round, directive_of(report.round), [owner], f"{unit.code} - {unit.name}", name)


@bp.errorhandler(ReviewRefused)
@bp.errorhandler(RecallRefused)
def refused(error: ReviewRefused | RecallRefused) -> Response:
    """The report changed under the reader: say so and show it as it stands."""
    report = readable_report_or_404((request.view_args or {})["report_id"])
    return _page(report, 409, str(error))
