"""Entering: the Team fills the form of a unit that sent paper, on the unit's own screens."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, g

from nhanquyen.clock import format_instant
from nhanquyen.store import entering
from nhanquyen.store.accounts import Role
from nhanquyen.store.models import Report
from nhanquyen.web.access import actor, allow, readable_report_or_404
from nhanquyen.web.fill import form_page, go_to_form
from nhanquyen.web.fragments import go, render, say
from nhanquyen.web.moments import MomentForm, day_and_clock, moment_field

bp = Blueprint("entering", __name__)


class PaperForm(MomentForm):
    """When the paper came in."""

    day = moment_field("Ngày nhận bản giấy", "Ví dụ: 20/12/2023.")
    clock = moment_field("Giờ nhận", "Ví dụ: 09:30. Đúng hạn hay trễ hạn tính theo lúc này.")

    @property
    def minute(self) -> datetime | None:
        """The minute that was typed; here 23:59 is no whole day."""
        return self.instant and self.instant.replace(second=0, microsecond=0)


def _page(report: Report, form: PaperForm, status: int = 200) -> Response:
    return render("review/entering.html", status=status, report=report, form=form)


@bp.get("/tong-hop/bao-cao/<int:report_id>/nhap-thay")
@allow(Role.SYNTHESIS)
def paper(report_id: int) -> Response:
    """Ask when the paper came in, before the form; the form itself once it is being entered."""
    report = readable_report_or_404(report_id)
    if report.entered_by_id is not None:
        return go_to_form(report)
    if reason := entering.refused(report):
        say(reason, "warning")
        return go("review.page", report_id=report.id)
    day, clock = day_and_clock(g.now)
    return _page(report, PaperForm(formdata=None, day=day, clock=clock))


@bp.post("/tong-hop/bao-cao/<int:report_id>/nhap-thay")
@allow(Role.SYNTHESIS)
def begin(report_id: int) -> Response:
    """Begin to enter the report from the paper that came in then."""
    report = readable_report_or_404(report_id)
    form = PaperForm()
    if not form.validate():
        return _page(report, form, 422)
    paper_at, earliest = form.minute, entering.earliest_paper(report)
    assert paper_at is not None  # noqa: S101  # the form's own checks passed
    if paper_at > g.now:
        form.day.errors = ["Thời điểm này chưa đến. Ghi lúc bản giấy đã đến."]
    elif paper_at < earliest:
        form.day.errors = [f"Ghi thời điểm từ lúc mở đợt báo cáo ({format_instant(earliest)}) trở về sau."]
    if form.errors:
        return _page(report, form, 422)
    begun = entering.begin(report, paper_at, actor())
    if not begun:
        say("Báo cáo này đang được nhập thay; nhập tiếp ở đây.", "warning")
    return go_to_form(report)


@bp.get("/bao-cao/<int:report_id>/nhap-thay")
@allow(Role.SYNTHESIS)
def page(report_id: int) -> Response:
    """The form of a report that the Team enters; before that, the way to begin."""
    report = readable_report_or_404(report_id)
    return form_page(report) if report.entered_by_id is not None else go("entering.paper", report_id=report.id)


@bp.post("/tong-hop/bao-cao/<int:report_id>/thoi-nhap-thay")
@allow(Role.SYNTHESIS)
def end(report_id: int) -> Response:
    """Stop entering; what is typed stays in the unit's draft."""
    report = readable_report_or_404(report_id)
    if entering.end(report, actor()):
        say("Đã thôi nhập thay. Phần đã nhập vẫn còn trong bản của đơn vị.")
    else:
        say("Không có gì thay đổi.")
    return go("review.page", report_id=report.id)
