"""Groups of rows of several units, what was decided about them, and what then is counted once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from people import DIRECTIVE
from test_overview import line

from nhanquyen.clock import VIETNAM
from nhanquyen.form.answers import Answers, Row
from nhanquyen.overview import Scope
from nhanquyen.overview.overlaps import Group, State, amount_words, counted_once, decision_words, find_groups, state_of
from nhanquyen.store.models import Account, Overlap
from nhanquyen.store.overlaps import EACH, ONCE
from nhanquyen.store.reports import ReportLine, Status

SESSION = {"ngay": "2023-12-05", "dia_diem": "Hội trường", "noi_dung": "Quyền con người", "luot_nguoi": 40}


def unit(number: int, status: Status = Status.SENT, **more: Any) -> ReportLine:
    totals = {"n1.so_cuoc": 5, "n1.so_luot_nguoi": 100}
    return line(f"U{number}", status, report_id=number, unit_id=number, **{"totals": totals, **more})


def report(told: ReportLine, *rows: dict[str, Any]) -> tuple[ReportLine, Answers]:
    return told, Answers(("n1", "chi_tiet", Row(f"r{number}", SESSION | row)) for number, row in enumerate(rows))


def only(*reports: tuple[ReportLine, Answers]) -> Group:
    (group,) = find_groups(DIRECTIVE, reports)
    return group


def decision(group: Group, kept: int | None) -> Overlap:
    """Counted once with the unit *kept*, or for each unit."""
    return Overlap(
        fingerprint=group.fingerprint, title=group.title, verdict=EACH if kept is None else ONCE, note="Đã gọi",
        members=[each.as_member(each.line.report_id == kept, group.paths) for each in group.tellings],
        decided_at=datetime(2023, 12, 23, 9, 5, tzinfo=VIETNAM), decided_by=Account(display_name="Đội Tổng hợp"),
    )  # fmt: skip


def once(decisions: Sequence[Overlap], lines: Sequence[ReportLine], scope: Scope = Scope.SENT) -> dict[int, Any]:
    less = counted_once({}, decisions, lines, scope).less
    return {report_id: dict(amounts) for report_id, amounts in less.items()}


ONE = {"n1.so_cuoc": 1, "n1.so_luot_nguoi": 40}


# --- Finding -------------------------------------------------------------------------------------------------


def test_rows_of_two_units_that_tell_the_same_are_one_group() -> None:
    group = only(report(unit(1), {}, {"ngay": "2023-12-06"}), report(unit(2), {"noi_dung": "quyen con nguoi."}))
    assert [(each.line.code, each.activity.number) for each in group.tellings] == [("U1", 1), ("U2", 1)]
    assert group.title == "Quyền con người"
    assert [each.amounts for each in group.tellings] == [ONE, ONE]
    assert [group.but(each) for each in group.tellings] == [ONE, ONE]


def test_rows_of_one_unit_are_no_group_but_all_stand_in_one_with_another_unit() -> None:
    assert find_groups(DIRECTIVE, [report(unit(1), {}, {}, {}), report(unit(2), {"ngay": "2023-12-06"})]) == []
    group = only(report(unit(1), {}, {}), report(unit(2), {}))
    assert [each.key for each in group.tellings] == ["1-r0", "1-r1", "2-r0"]
    assert group.but(group.tellings[2]) == {"n1.so_cuoc": 2, "n1.so_luot_nguoi": 80}


def test_a_row_that_claims_more_than_its_unit_has_reported_says_so() -> None:
    poor = unit(2, totals={"n1.so_cuoc": 1, "n1.so_luot_nguoi": 15})
    first, second = only(report(unit(1), {}), report(poor, {})).tellings
    assert (first.short_of, second.amounts) == ({}, {"n1.so_cuoc": 1, "n1.so_luot_nguoi": 15})
    assert second.short_of == {"n1.so_luot_nguoi": 40}


# --- Decisions -----------------------------------------------------------------------------------------------


def test_a_decision_holds_while_its_reports_are_those_that_tell_it_as_they_were_sent() -> None:
    lines = {number: unit(number) for number in (1, 2, 3)}
    decided = decision(only(report(lines[1], {}), report(lines[2], {})), kept=1)
    assert state_of(None, [1, 2], lines) is State.OPEN
    assert state_of(decided, [2, 1], lines) is State.DECIDED
    assert state_of(decided, [1, 2, 3], lines) is State.LAPSED  # another unit tells it too
    assert state_of(decided, [1, 2], {**lines, 2: unit(2, revision=2)}) is State.LAPSED
    assert state_of(decided, [1, 2], {**lines, 2: unit(2, Status.RETURNED, revision=1)}) is State.LAPSED


@pytest.mark.parametrize(("kept", "less"), [(1, {2: ONE}), (2, {1: ONE}), (None, {})])
def test_what_is_not_kept_is_taken_off(kept: int | None, less: dict[int, Any]) -> None:
    lines = [unit(1), unit(2)]
    assert once([decision(only(report(lines[0], {}), report(lines[1], {})), kept)], lines) == less


def test_of_accepted_reports_one_row_stays_though_the_kept_one_is_not_accepted() -> None:
    lines = [unit(1, Status.SENT), unit(2, Status.ACCEPTED), unit(3, Status.ACCEPTED)]
    decided = decision(only(*(report(each, {}) for each in lines)), kept=1)
    assert once([decided], lines) == {2: ONE, 3: ONE}
    assert once([decided], lines, Scope.ACCEPTED) == {3: ONE}


def test_no_total_of_a_unit_goes_below_zero_by_several_decisions() -> None:
    lines = [unit(1), unit(2, totals={"n1.so_cuoc": 2, "n1.so_luot_nguoi": 50})]
    days = [{"ngay": f"2023-12-{day:02}"} for day in (1, 2, 3)]
    groups = find_groups(DIRECTIVE, [report(each, *days) for each in lines])
    assert once([decision(each, kept=1) for each in groups], lines) == {2: {"n1.so_cuoc": 2, "n1.so_luot_nguoi": 50}}


def test_a_round_says_how_many_there_are_and_how_many_are_undecided() -> None:
    lines = [unit(1, Status.ACCEPTED), unit(2, Status.ACCEPTED), unit(3)]
    decided = decision(only(report(lines[0], {}), report(lines[1], {})), kept=1)
    shared = {decided.fingerprint: [1, 2], "x": [2, 3], "gone": [9, 1]}
    found = counted_once(shared, [decided], lines)
    assert (found.found, found.undecided, found.decisions) == (2, 1, (decided,))
    accepted = counted_once(shared, [decided], lines, Scope.ACCEPTED)
    assert (accepted.found, accepted.undecided) == (1, 0)
    assert counted_once({}, [], lines).less == {}


# --- In words ------------------------------------------------------------------------------------------------


def test_a_decision_is_told_in_full() -> None:
    group = only(report(unit(1), {}), report(unit(2, totals={}), {}))
    assert decision_words(DIRECTIVE, decision(group, kept=2)) == (
        "Tính một lần “Quyền con người”: không tính ở Đơn vị U1 (1.1 Số cuộc tuyên truyền: 1 cuộc; 1.3 Số lượt người "
        "tham dự: 40 lượt người); giữ ở Đơn vị U2 (không có số liệu trong tổng số). Người quyết định: Đội Tổng hợp, "
        "09:05 ngày 23/12/2023. Ghi chú: Đã gọi"
    )
    assert "tính ở Đơn vị U1 (" in decision_words(DIRECTIVE, decision(group, kept=None))
    assert amount_words(DIRECTIVE, {"n1.so_cuoc": 0}) == ""
