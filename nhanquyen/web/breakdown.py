"""Numbers that explain themselves: from a total to the units, and to the rows, behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, g, request

from nhanquyen import overview
from nhanquyen.directive import Block, BlockKind, Directive, Field
from nhanquyen.directive.values import shown
from nhanquyen.form.answers import Row
from nhanquyen.overview import Less, breakdown
from nhanquyen.overview.breakdown import PART_PREFIX, Indicator, contributors, rows_by_report
from nhanquyen.store import reports
from nhanquyen.store.accounts import Role
from nhanquyen.store.overlaps import overlaps_of
from nhanquyen.store.reports import ReportLine
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.text import clean_line
from nhanquyen.web.access import allow
from nhanquyen.web.fragments import go, render
from nhanquyen.web.paging import Page, asked_page

bp = Blueprint("breakdown", __name__, url_prefix="/tong-hop/so-lieu")

PAGE_SIZE = 100
SAMPLE = 20


@dataclass(frozen=True)
class TableRows:
    """Rows of a table with the unit that wrote each: one page of all, or their beginning where *paging* is None."""

    block: Block
    path: str
    total: int
    rows: Sequence[tuple[ReportLine, Row]]
    paging: Page | None


def _table(indicator: Indicator, block: Block, lines: Sequence[ReportLine]) -> TableRows:
    """One query. All rows are to be had on the page of the number of rows; elsewhere they illustrate."""
    path = indicator.item.rows_path(block)
    by_report = {line.report_id: line for line in contributors(indicator, lines)}
    total = sum(line.totals.get(path, 0) for line in by_report.values())
    paging = asked_page(total, PAGE_SIZE) if indicator.block is block else None
    limit, offset = (paging.size, paging.offset) if paging else (SAMPLE, 0)
    rows = reports.block_rows(by_report, indicator.item.key, block.key, limit, offset)
    return TableRows(block, path, total, [(by_report[report_id], row) for report_id, row in rows], paging)


def _by_row(indicator: Indicator, lines: Sequence[ReportLine]) -> breakdown.ByRow:
    if indicator.block.kind is not BlockKind.MATRIX or indicator.field is None:
        return {}
    ids = [line.report_id for line in contributors(indicator, lines)]
    rows = reports.block_rows(ids, indicator.item.key, indicator.block.key)
    return rows_by_report(indicator.block, indicator.field, rows)


def _loaded() -> tuple[Directive, list[ReportLine], Less]:
    """The definition, all units, and what is counted once."""
    round = current_round()
    lines = reports.board_lines(round, g.now.date())
    return directive_of(round), lines, overview.deductions(overlaps_of(round), lines)


def _asked_group() -> str:
    return clean_line(request.args.get("nhom", ""))


def _shown(field: Field, row: Row) -> str:
    stored = row.values.get(field.key)
    return shown(field, stored) if stored is not None else ""


@bp.get("")
@allow(Role.SYNTHESIS, Role.ADMIN)
def index() -> Response:
    """Every number of the directive with its totals; with ``?chi_tieu=n1.so_cuoc`` on to what is behind that one."""
    directive, lines, less = _loaded()
    known = breakdown.indicators(directive)
    if asked := request.args.get("chi_tieu"):
        if asked not in known:
            abort(404)
        return go("breakdown.page", path=asked, nhom=_asked_group() or None)
    parts = overview.parts(directive, lines)
    return render(
        "breakdown/index.html",
        directive=directive,
        indicators=list(known.values()),
        parts=parts,
        totals=[overview.total(part.lines, less=less) for part in parts],
        total=overview.total(lines, less=less),
        states=overview.states(lines, g.now),
    )


@bp.get("/<path>")
@allow(Role.SYNTHESIS, Role.ADMIN)
def page(path: str) -> Response:
    """The units behind one total, with each unit's number, and the rows where there are any."""
    directive, lines, less = _loaded()
    known = breakdown.indicators(directive)
    if path not in known:
        abort(404)
    indicator = known[path]
    choices = breakdown.choices(directive, lines)
    wanted = asked if (asked := _asked_group()) in choices else ""  # what is unknown wants all
    told, found = choices[wanted] if wanted else ("Tất cả đơn vị", lines)
    return render(
        "breakdown/page.html",
        indicator=indicator,
        known=known,
        directive=directive,
        wanted=wanted,
        told=told,
        choices=[(code, label, code.startswith(PART_PREFIX)) for code, (label, _) in choices.items()],
        found=breakdown.breakdown(indicator, directive, found, less, _by_row(indicator, found)),
        tables=[_table(indicator, block, found) for block in indicator.tables],
        shown=_shown,
    )
