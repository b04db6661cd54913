"""Coverage: units × prescribed slogans, with numbers by kind and the days against the directive's window."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from nhanquyen.overview import coverage
from nhanquyen.overview.coverage import UnitCoverage
from nhanquyen.store import reports
from nhanquyen.store.accounts import Role
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.web.access import allow
from nhanquyen.web.fragments import render

bp = Blueprint("coverage", __name__, url_prefix="/tong-hop/khau-hieu")

INCOMPLETE, OUTSIDE = "chua_du", "ngoai"


def _wanted(found: list[UnitCoverage], filter: str) -> list[UnitCoverage]:
    if filter == INCOMPLETE:
        return [each for each in found if each.incomplete]
    if filter == OUTSIDE:
        return [each for each in found if each.outside]
    return found


@bp.get("")
@allow(Role.SYNTHESIS, Role.ADMIN)
def index() -> Response:
    """Every matrix of the directive, all units; printed as one table across the page."""
    round = current_round()
    directive = directive_of(round)
    lines = reports.board_lines(round, g.now.date())
    filter = request.args.get("loc", "")
    filter = filter if filter in (INCOMPLETE, OUTSIDE) else ""
    tables = []
    for item, block in coverage.matrices(directive):
        counted = [line.report_id for line in lines if line.counted]
        answers = dict(reports.each_answers(counted, (item.key, block.key)))
        found = coverage.coverage_of(directive, item, block, lines, answers)
        tables.append(
            {
                "item": item,
                "block": block,
                "wanted": len(block.prescribed),
                "by_row": coverage.units_by_row(found, block),
                "units": _wanted(found, filter),
                "incomplete": sum(each.incomplete for each in found),
                "outside": sum(each.outside for each in found),
            }
        )
    return render(
        "board/coverage.html",
        directive=directive,
        tables=tables,
        filter=filter,
        all_units=len(lines),
        counted=sum(line.counted for line in lines),
    )
