"""Extension: more time for one unit, given and taken back."""

from __future__ import annotations

from flask import Blueprint, Response
from wtforms import Field, StringField, ValidationError

from nhanquyen.clock import format_instant
from nhanquyen.store import extension, reports
from nhanquyen.store.accounts import Role
from nhanquyen.store.extension import LONGEST_REASON, ExtensionRefused
from nhanquyen.store.models import Report
from nhanquyen.web.access import actor, allow, readable_report_or_404
from nhanquyen.web.fragments import go, render, say
from nhanquyen.web.moments import MomentForm, day_and_clock, moment_field, one_line

bp = Blueprint("extension", __name__, url_prefix="/tong-hop/bao-cao/<int:report_id>/gia-han")


class ExtensionForm(MomentForm):
    """Until when, and why."""

    day = moment_field("Gia hạn đến ngày", "Ví dụ: 27/12/2023.")
    clock = moment_field("Giờ", "Ví dụ: 17:00. Ghi 23:59 là đến hết ngày.")
    reason = StringField("Lý do", filters=[one_line], description="Đơn vị thấy lý do này trên biểu.")

    def validate_reason(self, field: Field) -> None:
        if not 1 <= len(field.data) <= LONGEST_REASON:
            raise ValidationError(f"Ghi lý do gia hạn, nhiều nhất {LONGEST_REASON} ký tự.")


def _page(report: Report, form: ExtensionForm, status: int = 200) -> Response:
    return render(
        "review/extension.html", status=status, report=report, form=form, extended=reports.extended_to(report)
    )


@bp.get("")
@allow(Role.SYNTHESIS, Role.ADMIN)
def page(report_id: int) -> Response:
    """The unit's due time, and the form to move it."""
    report = readable_report_or_404(report_id)
    day, clock = day_and_clock(report.due_at)
    return _page(report, ExtensionForm(formdata=None, day=day, clock=clock, reason=report.due_reason))


@bp.post("")
@allow(Role.SYNTHESIS, Role.ADMIN)
def extend(report_id: int) -> Response:
    """Give the unit time until the moment that was typed."""
    report = readable_report_or_404(report_id)
    form = ExtensionForm()
    if not form.validate():
        return _page(report, form, 422)
    until = form.instant
    assert until is not None  # noqa: S101  # the form's own checks passed
    try:
        changed = extension.extend(report, until, form.reason.data or "", actor())
    except ExtensionRefused as refusal:
        form.day.errors = [str(refusal)]
        return _page(report, form, 422)
    done = f"Đã gia hạn cho {report.unit.name} đến {format_instant(until)}."
    say(done if changed else "Không có gì thay đổi.")
    return go("review.page", report_id=report.id)


@bp.post("/bo")
@allow(Role.SYNTHESIS, Role.ADMIN)
def end(report_id: int) -> Response:
    """Take the extension back."""
    report = readable_report_or_404(report_id)
    if extension.end(report, actor()):
        say(f"Đã bỏ gia hạn. Hạn gửi của {report.unit.name} lại là hạn chung: {format_instant(report.round.due_at)}.")
    else:
        say("Không có gì thay đổi.")
    return go("review.page", report_id=report.id)
