"""Overlaps: activities that several units report, and whether each is counted once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, request

from nhanquyen.directive import Directive
from nhanquyen.directive.values import shown
from nhanquyen.overview import Scope
from nhanquyen.overview.overlaps import (
    NO_AMOUNT,
    CountedOnce,
    Group,
    State,
    amount_words,
    counted_once,
    decision_words,
    find_groups,
    state_of,
)
from nhanquyen.store import overlaps as decisions
from nhanquyen.store import reports
from nhanquyen.store.accounts import Role
from nhanquyen.store.models import Overlap, Round
from nhanquyen.store.overlaps import EACH, ONCE
from nhanquyen.store.reports import ReportLine
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.text import clean
from nhanquyen.web.access import actor, allow
from nhanquyen.web.fragments import go, render, say
from nhanquyen.web.paging import Page, asked_page

bp = Blueprint("overlaps", __name__, url_prefix="/tong-hop/trung-lap")

PAGE_SIZE = 20
LONGEST_NOTE = 1000
CHANGED = "Hoạt động này vừa thay đổi (có đơn vị gửi lại, rút lại hoặc gửi thêm). Xem lại bên dưới rồi quyết định."


def once_of(round: Round, lines: Sequence[ReportLine], scope: Scope = Scope.SENT) -> CountedOnce:
    """What several units of *round* report alike; *lines* are all of its board. Two queries."""
    return counted_once(decisions.shared_of(round, g.now.date()), decisions.overlaps_of(round), lines, scope)


@dataclass(frozen=True)
class _Found:
    """The round's groups by what is stored of them alone: those to be decided come first."""

    directive: Directive
    lines: dict[int, ReportLine]
    shared: dict[str, list[int]]
    decisions: dict[str, Overlap]
    states: dict[str, State]

    @classmethod
    def of(cls, round: Round) -> _Found:
        lines = {line.report_id: line for line in reports.board_lines(round, g.now.date())}
        shared = {
            fingerprint: ids
            for fingerprint, found in decisions.shared_of(round, g.now.date()).items()
            if len(ids := [each for each in found if each in lines]) > 1
        }
        decided = {each.fingerprint: each for each in decisions.overlaps_of(round)}
        states = {each: state_of(decided.get(each), ids, lines) for each, ids in shared.items()}
        order = sorted(shared, key=lambda each: (states[each] is State.DECIDED, lines[shared[each][0]].position, each))
        return cls(directive_of(round), lines, {each: shared[each] for each in order}, decided, states)

    def groups(self, fingerprints: Iterable[str]) -> list[Group]:
        """These groups with their rows; reads the answers of their reports only."""
        wanted = list(fingerprints)
        ids = dict.fromkeys(each for fingerprint in wanted for each in self.shared[fingerprint])
        told = ((self.lines[report_id], answers) for report_id, answers in reports.each_answers(ids))
        found = {group.fingerprint: group for group in find_groups(self.directive, told)}
        return [found[each] for each in wanted if each in found]


def _seen(group: Group) -> str:
    """Which revisions of which reports a page showed."""
    return " ".join(sorted({f"{each.line.report_id}.{each.line.revision}" for each in group.tellings}))


def _choices(directive: Directive, group: Group) -> list[tuple[str, str]]:
    """What can be decided about *group*: the value in the form and its words."""
    found = []
    for each in group.tellings:
        gone = amount_words(directive, group.but(each))
        what = f"trừ khỏi tổng số {gone}" if gone else "không có số liệu phải trừ"
        row = f"{each.activity.block.row_name} {each.activity.number}"
        found.append((each.key, f"Tính một lần, giữ {row} của {each.line.name}: {what}"))
    return [*found, (EACH, "Tính riêng từng đơn vị: đây là các hoạt động khác nhau")]


def _deductible(directive: Directive, group: Group) -> list[tuple[str, str]]:
    """Path and name of the totals from which something may be taken: a unit may have left a row out of one itself."""
    return [
        (path, f"{total.code} {total.heading}".strip())
        for path, total in directive.totalled.items()
        if path in group.paths
    ]


def _card(found: _Found, group: Group) -> dict[str, Any]:
    """What the page says of one group."""
    directive, block = found.directive, group.tellings[0].activity.block
    decision = found.decisions.get(group.fingerprint)
    fields = [
        (each, [shown(each, telling.activity.row.values.get(each.key)) for telling in group.tellings])
        for each in block.fields
    ]
    return {
        "group": group,
        "state": found.states[group.fingerprint],
        "fields": fields,
        "amounts": [amount_words(directive, each.amounts) or NO_AMOUNT for each in group.tellings],
        "short": [amount_words(directive, each.short_of) for each in group.tellings],
        "choices": _choices(directive, group),
        "deductible": _deductible(directive, group),
        "seen": _seen(group),
        "decided": decision_words(directive, decision) if decision else "",
    }


def _page(found: _Found, page: Page, status: int = 200, fault: str = "", faulty: str = "") -> Response:
    """The page of groups; *faulty* is the fingerprint of the one whose form was not understood, shown first."""
    cut = list(page.cut(list(found.shared)))
    if faulty in found.shared:
        cut = [faulty, *(each for each in cut if each != faulty)]
    states = list(found.states.values())
    return render(
        "overlaps/index.html",
        status=status,
        cards=[_card(found, group) for group in found.groups(cut)],
        paging=page,
        undecided=sum(state is not State.DECIDED for state in states),
        fault=fault,
        faulty=faulty,
        typed={
            "chon": request.form.get("chon", ""),
            "ghi_chu": clean(request.form.get("ghi_chu", "")),
            "tru": [name.removeprefix("tru-") for name, on in request.form.items() if name.startswith("tru-") and on],
        },
    )


@bp.get("")
@allow(Role.SYNTHESIS, Role.ADMIN)
def index() -> Response:
    """Each activity that several units report, with their rows side by side; those to be decided come first."""
    found = _Found.of(current_round())
    return _page(found, asked_page(len(found.shared), PAGE_SIZE))


@bp.post("")
@allow(Role.SYNTHESIS)
def decide() -> Response:
    """Count the activity that the page showed once, or for each unit."""
    round = current_round()
    found = _Found.of(round)
    fingerprint, chosen = request.form.get("hoat_dong", ""), request.form.get("chon", "")
    note = clean(request.form.get("ghi_chu", ""))
    page = asked_page(len(found.shared), PAGE_SIZE)
    group = next(iter(found.groups([fingerprint] if fingerprint in found.shared else [])), None)
    if group is None:
        return _page(found, page, 409, "Hoạt động vừa quyết định không còn ở hai đơn vị trở lên. Xem lại danh sách.")
    if request.form.get("da_xem") != _seen(group):
        return _page(found, page, 409, CHANGED, fingerprint)
    if chosen not in dict(_choices(found.directive, group)):
        return _page(found, page, 422, "Chọn giữ số liệu của đơn vị nào, hoặc tính riêng từng đơn vị.", fingerprint)
    if chosen == EACH and not note:
        return _page(found, page, 422, "Ghi lý do tính riêng từng đơn vị ở ô Ghi chú.", fingerprint)
    if len(note) > LONGEST_NOTE:
        return _page(found, page, 422, f"Ghi chú nhiều nhất {LONGEST_NOTE} ký tự.", fingerprint)
    verdict = EACH if chosen == EACH else ONCE
    paths = [path for path in group.paths if verdict == EACH or request.form.get(f"tru-{path}")]
    if group.paths and not paths:
        return _page(found, page, 422, "Chọn ít nhất một chỉ tiêu để trừ, hoặc tính riêng từng đơn vị.", fingerprint)
    members = [each.as_member(each.key == chosen, paths) for each in group.tellings]
    decisions.decide(round, fingerprint, group.title, verdict, members, note, actor())
    say(f"Đã quyết định: {decisions.VERDICT_LABELS[verdict]} “{group.title}”.")
    return go("overlaps.index", trang=page.number if page.number > 1 else None)
