"""Board: who has reported, who has not, and the totals so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, request, url_for

from nhanquyen import overview
from nhanquyen.directive import Directive
from nhanquyen.overview import MISSING, Standing, Wanted
from nhanquyen.overview.progress import progress
from nhanquyen.store import reports
from nhanquyen.store.accounts import Role
from nhanquyen.store.reports import Status
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.text import clean_line
from nhanquyen.web import pictures
from nhanquyen.web.access import allow
from nhanquyen.web.fragments import render
from nhanquyen.web.overlaps import once_of
from nhanquyen.web.paging import asked_page

bp = Blueprint("board", __name__)

PAGE_SIZE = 100
FILTERS = ("q", "nhom", "tinh_trang", "tre", "xin_lai")
STATUS_LABELS = {MISSING: "Chưa gửi (mọi trạng thái)", **{status.value: status.label for status in Status}}
SHORT_STANDINGS = {
    Standing.DONE: "Có",
    Standing.NONE: "Không có",
    Standing.NOT_OURS: "Không thuộc",
    Standing.NOT_REPORTED: "Chưa báo cáo",
}


def board_filters() -> dict[str, str]:
    """The filter of the board in the address, by the names that stand there; what is unknown wants all."""
    given = {name: clean_line(request.args.get(name, "")) for name in FILTERS}
    if given["tinh_trang"] not in (*Status, MISSING):
        given["tinh_trang"] = ""
    for name in ("tre", "xin_lai"):
        given[name] = "1" if given[name] else ""
    return given


def given_filters() -> dict[str, str]:
    """`board_filters` without what wants all, as an address carries them."""
    return {name: text for name, text in board_filters().items() if text}


def wanted_lines() -> Wanted:
    """What the filter in the address wants."""
    filters = board_filters()
    return Wanted(filters["q"], filters["nhom"], filters["tinh_trang"], bool(filters["tre"]), bool(filters["xin_lai"]))


def _address(filters: Mapping[str, Any]) -> str:
    return url_for("board.index", **filters)


def _chips(given: dict[str, str], directive: Directive) -> list[tuple[str, str]]:
    """Each condition in words, with the address of the board without it."""
    text = {"q": "", "nhom": "", "tinh_trang": "", **given}
    words = {
        "q": f"Tìm: {text['q']}",
        "nhom": f"Nhóm: {directive.groups.get(text['nhom'], text['nhom'])}",
        "tinh_trang": STATUS_LABELS.get(text["tinh_trang"], ""),
        "tre": "Trễ hạn",
        "xin_lai": "Xin lấy lại báo cáo",
    }
    return [(words[name], _address({other: given[other] for other in given if other != name})) for name in given]


@bp.get("/tong-hop")
@allow(Role.SYNTHESIS, Role.ADMIN)
def index() -> Response:
    """The units that are asked, with search and filters kept in the address."""
    round = current_round()
    directive = directive_of(round)
    lines = reports.board_lines(round, g.now.date())
    filters = board_filters()
    found = wanted_lines().matching(lines, g.now)
    page = asked_page(len(found), PAGE_SIZE)
    given = given_filters()
    states = overview.states(lines, g.now)
    parts = overview.parts(directive, lines)
    once = once_of(round, lines)
    totals = [overview.total(part.lines, less=once.less) for part in parts]
    return render(
        "board/index.html",
        "board/_units.html",
        round=round,
        directive=directive,
        states=states,
        states_picture=pictures.states_picture(states),
        progress_picture=pictures.progress_picture(progress(lines, round.opened_at, round.due_at, g.now)),
        shares_picture=pictures.shares_picture(directive, parts, totals),
        totals=totals,
        total=overview.total(lines, less=once.less),
        once=once,
        parts=parts,
        lines=page.cut(found),
        waiting=overview.waiting(found),
        recalls=sum(bool(line.recall) for line in lines),
        paging=page,
        filters=filters,
        given=given,
        chips=_chips(given, directive),
        status_labels=STATUS_LABELS,
        standing_of=overview.standing_of,
        short_standings=SHORT_STANDINGS,
    )
