"""Review: the Team reads one unit's report and accepts or returns it."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from nhanquyen.directive import Directive
from nhanquyen.export.evidence_zip import Owner
from nhanquyen.form.check import check_report
from nhanquyen.store import attachments, reports, review, sending
from nhanquyen.store.accounts import Role
from nhanquyen.store.attachments import Amount
from nhanquyen.store.models import Report
from nhanquyen.store.review import ReviewRefused
from nhanquyen.store.rounds import directive_of
from nhanquyen.text import clean
from nhanquyen.web.access import actor, allow, readable_report_or_404
from nhanquyen.web.board import board_filters
from nhanquyen.web.document import document_context
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


def _page(report: Report, status: int = 200, fault: str = "") -> Response:
    directive = directive_of(report.round)
    answers, files = reports.load_answers(report), list(attachments.of_report(report))
    context = page_context(report, directive)
    faults = check_report(directive, answers, context["respondent"], g.now.date())
    return render(
        "review/page.html",
        status=status,
        fault=fault,
        typed_reasons=_typed_reasons(directive),
        board={name: text for name, text in board_filters().items() if text},
        warnings=[each for each in faults if not each.blocks],
        revisions=sending.revisions_of(report),
        decisions=review.decisions_of(report),
        evidence_amount=amount_words(Amount(len(files), sum(file.size for file in files))) if files else "",
        **document_context(report, directive, answers, files),
        **context,
    )


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
    return go("review.page", report_id=report.id)


@bp.post("/tiep-nhan")
@allow(Role.SYNTHESIS)
def accept(report_id: int) -> Response:
    """Accept the revision that the page showed."""
    report = readable_report_or_404(report_id)
    review.accept(report, _reviewed_revision(), actor())
    say(f"Đã tiếp nhận báo cáo của {report.unit.name}.")
    return go("review.page", report_id=report.id)


@bp.post("/tra-lai")
@allow(Role.SYNTHESIS)
def give_back(report_id: int) -> Response:
    """Return the revision that the page showed, with a reason for each item that is marked."""
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
    for item in marked:
        if not 0 < len(typed[item.key]) <= LONGEST_REASON:
            message = f"Ghi lý do trả lại nội dung {item.number}, nhiều nhất {LONGEST_REASON} ký tự."
            return _page(report, 422, message)
    reasons = {item.key: typed[item.key] for item in marked}
    review.give_back(report, _reviewed_revision(), reasons, actor())
    say(f"Đã trả lại báo cáo cho {report.unit.name} bổ sung.", "warning")
    return go("review.page", report_id=report.id)


@bp.get("/lan-gui/<int:number>")
@allow(Role.SYNTHESIS, Role.ADMIN)
def revision(report_id: int, number: int) -> Response:
    """One revision as it was sent."""
    report = readable_report_or_404(report_id)
    return revision_page(report, number)


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
def refused(error: ReviewRefused) -> Response:
    """The report changed under the reader: say so and show it as it stands."""
    report = readable_report_or_404((request.view_args or {})["report_id"])
    return _page(report, 409, str(error))
