"""Board: who has reported, who has not, and the totals so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, request, url_for

from nhanquyen import overview
from nhanquyen.directive import Directive
from nhanquyen.overview import MISSING, Standing, Wanted
from nhanquyen.store import reports
from nhanquyen.store.accounts import Role
from nhanquyen.store.reports import Status
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.text import clean_line
from nhanquyen.web.access import allow
from nhanquyen.web.fragments import render
from nhanquyen.web.overlaps import once_of
from nhanquyen.web.paging import asked_page

bp = Blueprint("board", __name__)

PAGE_SIZE = 100
BAR_WIDTH = 1000
STATUS_LABELS = {MISSING: "Chưa gửi (mọi trạng thái)", **{status.value: status.label for status in Status}}
SHORT_STANDINGS = {
    Standing.DONE: "Có",
    Standing.NONE: "Không có",
    Standing.NOT_OURS: "Không thuộc",
    Standing.NOT_REPORTED: "Chưa báo cáo",
}


def board_filters() -> dict[str, str]:
    """The filter of the board in the address, by the names that stand there; what is unknown wants all."""
    given = {name: clean_line(request.args.get(name, "")) for name in ("q", "nhom", "tinh_trang", "tre")}
    if given["tinh_trang"] not in (*Status, MISSING):
        given["tinh_trang"] = ""
    given["tre"] = "1" if given["tre"] else ""
    return given


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
    }
    return [(words[name], _address({other: given[other] for other in given if other != name})) for name in given]


def bars(states: overview.States) -> list[tuple[Status, int, int]]:
    """Status, left edge and width of each piece of the progress picture, out of `BAR_WIDTH`."""
    pieces, start = [], 0
    seen = 0
    for status in reversed(Status):
        seen += states.by_status[status]
        end = seen * BAR_WIDTH // states.units if states.units else 0
        if end > start:
            pieces.append((status, start, end - start))
        start = end
    return pieces


@bp.get("/tong-hop")
@allow(Role.SYNTHESIS, Role.ADMIN)
def index() -> Response:
    """The units that are asked, with search and filters kept in the address."""
    round = current_round()
    directive = directive_of(round)
    lines = reports.board_lines(round, g.now.date())
    filters = board_filters()
    wanted = Wanted(filters["q"], filters["nhom"], filters["tinh_trang"], bool(filters["tre"]))
    found = wanted.matching(lines, g.now)
    page = asked_page(len(found), PAGE_SIZE)
    given = {name: text for name, text in filters.items() if text}
    states = overview.states(lines, g.now)
    parts = overview.parts(directive, lines)
    once = once_of(round, lines)
    return render(
        "board/index.html",
        "board/_units.html",
        round=round,
        directive=directive,
        states=states,
        bars=bars(states),
        totals=[overview.total(part.lines, less=once.less) for part in parts],
        total=overview.total(lines, less=once.less),
        once=once,
        parts=parts,
        lines=page.cut(found),
        paging=page,
        filters=filters,
        given=given,
        chips=_chips(given, directive),
        status_labels=STATUS_LABELS,
        standing_of=overview.standing_of,
        short_standings=SHORT_STANDINGS,
    )
