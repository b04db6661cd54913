"""The round: when it is due and closes, who is asked, and who has the duty of a restricted item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, Response, abort, g, request

from nhanquyen.directive import Directive
from nhanquyen.store import recipients, rounds
from nhanquyen.store.accounts import Role
from nhanquyen.store.models import Report, Round
from nhanquyen.store.reports import Status, late
from nhanquyen.web.access import actor, allow
from nhanquyen.web.admin.forms import RoundForm
from nhanquyen.web.fragments import go, render, say
from nhanquyen.web.moments import day_and_clock

bp = Blueprint("admin_round", __name__, url_prefix="/quan-tri/dot-bao-cao")


def _present_form(round: Round) -> RoundForm:
    due_day, due_clock = day_and_clock(round.due_at)
    close_day, close_clock = day_and_clock(round.closes_at)
    return RoundForm(formdata=None, due_day=due_day, due_clock=due_clock, close_day=close_day, close_clock=close_clock)


def _page(round: Round, form: RoundForm, status: int = 200) -> Response:
    directive = rounds.directive_of(round)
    reports = recipients.active_reports(round, g.now.date())
    restricted = [item for item in directive.items if item.asked_of]
    return render(
        "admin/round.html",
        status=status,
        form=form,
        round=round,
        directive=directive,
        asked=sum(report.asked for report in reports),
        active=len(reports),
        duties=[(item, [report.unit for report in reports if item.key in report.duties]) for item in restricted],
    )


@bp.get("")
@allow(Role.ADMIN)
def index() -> Response:
    """The settings of the current round."""
    round = rounds.current_round()
    return _page(round, _present_form(round))


@bp.post("")
@allow(Role.ADMIN)
def edit() -> Response:
    """Set due and closing time."""
    round = rounds.current_round()
    form = RoundForm()
    if not form.validate():
        return _page(round, form, 422)
    if form.closes_at is not None and form.closes_at != round.closes_at and form.closes_at <= g.now:
        form.close_day.errors = ["Thời điểm khóa sổ đã qua. Ghi thời điểm sau lúc này, hoặc bỏ trống để không khóa."]
        return _page(round, form, 422)
    due_at = form.due_at
    assert due_at is not None  # noqa: S101  # the form's own checks passed
    changed = rounds.edit_round(round, due_at, form.closes_at, actor())
    say("Đã lưu thời hạn của đợt báo cáo." if changed else "Không có gì thay đổi.")
    return go("admin_round.index")


def _by_group(reports: Sequence[Report], directive: Directive) -> list[tuple[str, list[Report]]]:
    members: dict[str, list[Report]] = {code: [] for code in directive.groups}
    for report in reports:
        members.setdefault(report.unit.group, []).append(report)
    return [(directive.groups.get(code, code), held) for code, held in members.items() if held]


def _ticked() -> set[int]:
    return {int(text) for text in request.form.getlist("dv") if text.isascii() and text.isdigit() and len(text) < 10}


class _Choice(NamedTuple):
    """A list of units to tick."""

    directive: Directive
    title: str
    lead: str

    def page(self, reports: Sequence[Report], ticked: set[int], fault: str = "") -> Response:
        return render(
            "admin/round_units.html",
            status=422 if fault else 200,
            title=self.title,
            lead=self.lead,
            fault=fault,
            groups=_by_group(reports, self.directive),
            ticked=ticked,
            state_of=_state,
        )


def _state(report: Report) -> str:
    """The status, and how late the report is."""
    return ", ".join(filter(None, (Status(report.status).label, late(report, g.now)))).lower()


def _recipients(round: Round) -> _Choice:
    lead = "Đánh dấu các đơn vị phải báo cáo trong đợt này. Chỉ hiện các đơn vị đang hoạt động."
    return _Choice(rounds.directive_of(round), "Đơn vị phải báo cáo", lead)


def _duty_or_404(round: Round, key: str) -> _Choice:
    directive = rounds.directive_of(round)
    item = directive.by_key.get(key)
    if item is None or not item.asked_of:
        abort(404)
    lead = f"{item.title}. Đơn vị không được đánh dấu thấy “không thuộc trách nhiệm” và vẫn ghi thêm được số liệu."
    return _Choice(directive, f"Đơn vị được giao nội dung {item.number}", lead)


@bp.get("/don-vi")
@allow(Role.ADMIN)
def units() -> Response:
    """Who is asked, as a list to tick."""
    round = rounds.current_round()
    reports = recipients.active_reports(round, g.now.date())
    ticked = {report.unit_id for report in reports if report.asked}
    return _recipients(round).page(reports, ticked)


@bp.post("/don-vi")
@allow(Role.ADMIN)
def set_units() -> Response:
    """Ask exactly those ticked; leaving out a unit that has begun is asked about first."""
    round = rounds.current_round()
    reports = recipients.active_reports(round, g.now.date())
    ticked = _ticked() & {report.unit_id for report in reports}
    if not ticked:
        return _recipients(round).page(reports, ticked, "Chọn ít nhất một đơn vị phải báo cáo.")
    dropped = [report for report in reports if report.asked and report.unit_id not in ticked]
    begun = [report for report in dropped if Status(report.status) is not Status.NOT_STARTED]
    if begun and not request.form.get("dong_y"):
        return render("admin/round_confirm.html", begun=begun, ticked=sorted(ticked), state_of=_state)
    changed = recipients.set_recipients(round, ticked, actor())
    say(f"{len(ticked)} đơn vị phải báo cáo trong đợt này." if changed else "Không có gì thay đổi.")
    return go("admin_round.index")


@bp.get("/noi-dung/<key>")
@allow(Role.ADMIN)
def duties(key: str) -> Response:
    """Who has the duty of a restricted item, as a list to tick."""
    round = rounds.current_round()
    reports = recipients.active_reports(round, g.now.date())
    return _duty_or_404(round, key).page(reports, {report.unit_id for report in reports if key in report.duties})


@bp.post("/noi-dung/<key>")
@allow(Role.ADMIN)
def set_duties(key: str) -> Response:
    """Ask the item of exactly those ticked."""
    round = rounds.current_round()
    choice = _duty_or_404(round, key)
    reports = recipients.active_reports(round, g.now.date())
    ticked = _ticked() & {report.unit_id for report in reports}
    if not ticked:
        return choice.page(reports, ticked, "Chọn ít nhất một đơn vị được giao.")
    changed = recipients.set_duties(round, choice.directive.by_key[key], ticked, choice.directive, actor())
    say(f"{choice.title}: {len(ticked)} đơn vị." if changed else "Không có gì thay đổi.")
    return go("admin_round.index")
