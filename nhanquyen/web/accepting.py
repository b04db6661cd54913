"""Accepting several reports at once: picked on the board, read over, confirmed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import Blueprint, Response, g, request

from nhanquyen.directive import Directive
from nhanquyen.form.check import check_report
from nhanquyen.store import reports, review
from nhanquyen.store.accounts import Role
from nhanquyen.store.models import Report
from nhanquyen.store.reports import ReportLine, Status
from nhanquyen.store.review import ReviewRefused
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.web.access import actor, allow
from nhanquyen.web.board import given_filters
from nhanquyen.web.errors import BadInput
from nhanquyen.web.fragments import go, render, say

bp = Blueprint("accepting", __name__, url_prefix="/tong-hop/tiep-nhan")

_CHOICE = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


def _hindrance(line: ReportLine) -> str:
    """Why the report of *line* is not accepted together with others; blank when it may be."""
    if line.recall:
        return "Đơn vị đang xin lấy lại báo cáo. Mở báo cáo để trả lời trước."
    if line.status is Status.ACCEPTED:
        return "Đã tiếp nhận trước đó."
    return "" if line.status.waiting else "Báo cáo đang ở đơn vị, chưa gửi."


def _warnings(directive: Directive, lines: Sequence[ReportLine]) -> dict[int, int]:
    """How many places of each report the checks want looked at."""
    respondents = {line.report_id: line.respondent for line in lines}
    return {
        report_id: len(check_report(directive, answers, respondents[report_id], g.now.date()))
        for report_id, answers in reports.each_answers(respondents)
    }


def _nothing_chosen() -> Response:
    return render("review/accept.html", status=422, lines=[], hindered=[], board=given_filters())


@bp.get("")
@allow(Role.SYNTHESIS)
def ask() -> Response:
    """What is about to be accepted, unit by unit."""
    chosen = set(request.args.getlist("chon", type=int))
    round = current_round()
    found = [line for line in reports.board_lines(round, g.now.date()) if line.report_id in chosen]
    if not found:
        return _nothing_chosen()
    lines = [line for line in found if not _hindrance(line)]
    return render(
        "review/accept.html",
        lines=lines,
        warnings=_warnings(directive_of(round), lines),
        hindered=[(line, why) for line in found if (why := _hindrance(line))],
        board=given_filters(),
    )


def _confirmed() -> list[tuple[Report, int]]:
    """The reports that are ticked, each with the revision that the page showed. Raises `BadInput`."""
    found = {}
    for text in request.form.getlist("chon"):
        parts = _CHOICE.fullmatch(text)
        report = reports.get_report(int(parts[1])) if parts else None
        if parts is None or report is None:
            raise BadInput("Trang đã cũ. Mở lại bảng tổng hợp, chọn báo cáo rồi thử lại.")
        found[report.id] = (report, int(parts[2]))
    return list(found.values())


@bp.post("")
@allow(Role.SYNTHESIS)
def accept() -> Response:
    """Accept each report that still is the revision that was shown, and say which were not and why."""
    confirmed = _confirmed()
    if not confirmed:
        return _nothing_chosen()
    accepted, before = 0, 0
    refused: list[tuple[Report, str]] = []
    for report, revision in confirmed:
        try:
            new = review.accept(report, revision, actor())
        except ReviewRefused as refusal:
            refused.append((report, str(refusal)))
        else:
            accepted, before = accepted + new, before + (not new)
    told = f"Đã tiếp nhận {accepted} báo cáo."
    if before:
        told += f" {before} báo cáo đã được tiếp nhận từ trước."
    if refused:
        return render("review/accepted.html", status=409, told=told, refused=refused, board=given_filters())
    say(told)
    return go("board.index", **given_filters())
