"""States, standings and totals, over made-up lines of the board."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import people
import pytest

from nhanquyen import overview
from nhanquyen.clock import VIETNAM, end_of_day
from nhanquyen.overview import MISSING, Scope, Standing, Wanted, deductions, total
from nhanquyen.store.models import Overlap
from nhanquyen.store.overlaps import EACH as EACH_FOR_ITSELF
from nhanquyen.store.overlaps import ONCE, Member
from nhanquyen.store.reports import ReportLine, Status
from nhanquyen.text import search_key

NOW = datetime(2023, 12, 24, 8, 0, tzinfo=VIETNAM)
DUE = end_of_day(people.DIRECTIVE.deadline)
ITEMS = people.DIRECTIVE.by_key


def line(code: str, status: Status = Status.NOT_STARTED, **more: Any) -> ReportLine:
    """A unit's line; what is not said is as after `status` on time."""
    number = int.from_bytes(code.encode()) % 1000
    values: dict[str, Any] = {
        "report_id": number, "unit_id": number, "code": code, "name": f"Đơn vị {code}", "group": "XP",
        "position": number, "contact": "", "contact_position": "", "phone": "",
        "search_key": search_key(f"{code} Đơn vị {code}"),
        "revision": 1 if status.counted else 0, "duties": {}, "progress": {}, "standings": {}, "totals": {},
        "sent_at": DUE - timedelta(days=1) if status.counted else None,
        "arrived_at": DUE - timedelta(days=1) if status.counted else None, "saved_at": None, "review_started_at": None,
        "accepted_at": None, "entered_at": None, "entered_by": "", "recall": "", "extended": False,
        "due_at": DUE, "status": status,
    }  # fmt: skip
    return ReportLine(**values | more)


EACH = [line(f"U{number}", status) for number, status in enumerate(Status)]


def test_states_add_up_to_the_units() -> None:
    found = overview.states(EACH, NOW)
    assert found.units == 6
    assert sum(found.by_status.values()) == 6
    assert (found.counted, found.missing) == (3, 3)
    assert found.counted + found.missing == found.units


def test_the_queue_begins_with_what_came_in_first_and_holds_what_is_undecided() -> None:
    def came(code: str, status: Status, hours: int) -> ReportLine:
        return line(code, status, arrived_at=DUE + timedelta(hours=hours))

    first, second, third = came("C", Status.RESENT, -9), came("A", Status.SENT, -5), came("B", Status.SENT, -1)
    others = [came("D", Status.ACCEPTED, -99), came("E", Status.RETURNED, -99), line("F")]
    lines = [third, *others, second, first]
    assert overview.waiting(lines) == [first, second, third]
    turns = [overview.next_waiting(lines, each.report_id, each.arrived_at) for each in (first, second, third)]
    assert turns == [second, third, first]
    for other in others:
        assert overview.next_waiting(lines, other.report_id, other.arrived_at) == first
    decided = came("G", Status.ACCEPTED, -3)
    assert overview.next_waiting(lines, decided.report_id, decided.arrived_at) == third
    assert overview.next_waiting([first], first.report_id, first.arrived_at) is None
    assert overview.next_waiting([], 1, None) is None
    at_once = [came(code, Status.SENT, 0) for code in ("I", "H")]
    assert [each.code for each in overview.waiting(at_once)] == ["H", "I"]


def test_units_that_want_their_report_back_can_be_looked_for() -> None:
    lines = [line("A", Status.SENT, recall="Thiếu."), line("B", Status.SENT), line("C", Status.ACCEPTED, recall="Sai.")]
    assert [each.code for each in Wanted(recall=True).matching(lines, NOW)] == ["A", "C"]
    assert [each.code for each in Wanted(status="sent", recall=True).matching(lines, NOW)] == ["A"]


def test_late_is_of_the_sending_once_sent_and_of_today_before() -> None:
    late = line("A", Status.SENT, arrived_at=DUE + timedelta(hours=10))
    on_time = line("B", Status.SENT)
    silent = line("C")
    assert [each.late_days(NOW) for each in (late, on_time, silent)] == [1, 0, 2]
    assert [each.late_days(DUE) for each in (on_time, silent)] == [0, 0]
    assert silent.late_days(DUE + timedelta(seconds=1)) == 1
    found = overview.states([late, on_time, silent], NOW)
    assert (found.overdue, found.sent_late) == (1, 1)


def test_only_reports_in_scope_are_added_up() -> None:
    lines = [
        line("A", Status.SENT, totals={"n1.so_cuoc": 5, "n3.bang_ron": 0}),
        line("B", Status.ACCEPTED, totals={"n1.so_cuoc": 7}),
        line("C", Status.DRAFTING, totals={"n1.so_cuoc": 100}),
        line("D", Status.RETURNED, totals={"n1.so_cuoc": 1000}),
    ]
    assert overview.total(lines) == {"n1.so_cuoc": 12, "n3.bang_ron": 0}
    assert overview.total(lines, Scope.ACCEPTED) == {"n1.so_cuoc": 7}
    assert overview.total([]) == {}


def test_the_four_standings_are_told_apart() -> None:
    said = {"n1": "co", "n2": "khong", "n3": "co", "n4": "khong_thuoc", "n5": "co"}
    sent = line("A", Status.SENT, standings=said)
    draft = line("B", Status.DRAFTING, standings=said)
    found = [overview.standing_of(sent, ITEMS[key]) for key in said]
    assert found == [Standing.DONE, Standing.NONE, Standing.DONE, Standing.NOT_OURS, Standing.DONE]
    assert overview.standing_of(draft, ITEMS["n1"]) is Standing.NOT_REPORTED
    assert overview.standing_of(sent, ITEMS["n1"], Scope.ACCEPTED) is Standing.NOT_REPORTED
    assert len({standing.label for standing in Standing}) == 4


def test_parts_hold_every_unit_once() -> None:
    lines = [line("A", group="XP"), line("B", group="PCM"), line("C", group="CU"), line("D", group="BN")]
    found = overview.parts(people.DIRECTIVE, lines)
    assert [(part.heading, [each.code for each in part.lines]) for part in found] == [
        ("A. Phòng, ban, ngành", ["B", "D"]),
        ("B. Xã, phường", ["A"]),
        ("*. Đơn vị khác", ["C"]),
    ]
    assert overview.parts(people.DIRECTIVE, []) == []


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        (Wanted(), ["LT", "P1", "VHTT"]),
        (Wanted(text="đơn vị p1"), ["P1"]),
        (Wanted(text="DON VI"), ["LT", "P1", "VHTT"]),
        (Wanted(text="zzz"), []),
        (Wanted(group="PCM"), ["VHTT"]),
        (Wanted(status="sent"), ["LT"]),
        (Wanted(status=MISSING), ["P1", "VHTT"]),
        (Wanted(late=True), ["P1", "VHTT"]),
        (Wanted(text="p1", status=MISSING, late=True), ["P1"]),
    ],
)
def test_it_finds_the_wanted_units(wanted: Wanted, codes: list[str]) -> None:
    lines = [line("LT", Status.SENT), line("P1", Status.DRAFTING), line("VHTT", Status.RETURNED, group="PCM")]
    found = wanted.matching(lines, NOW)
    assert [each.code for each in found] == codes


# --- Counted once ------------------------------------------------------------------------------------------


def overlap(verdict: str = ONCE, revision: int = 1, dropped: int = 2) -> Overlap:
    """P1's row is kept; that of the unit with the report *dropped*, a session with 40 people, is not."""
    members = [
        Member(report=1, revision=1, row="ra", code="P1", name="Phường 1", kept=True, amounts={"n1.so_cuoc": 1}),
        Member(report=dropped, revision=revision, row="rb", code="LT", name="xã Long Toàn", kept=False,
               amounts={"n1.so_cuoc": 1, "n1.so_luot_nguoi": 40}),
    ]  # fmt: skip
    return Overlap(verdict=verdict, members=members)


def two_units(**more: Any) -> list[ReportLine]:
    return [
        line("P1", Status.ACCEPTED, report_id=1, totals={"n1.so_cuoc": 3, "n1.so_luot_nguoi": 100}),
        line("LT", Status.SENT, report_id=2, totals={"n1.so_cuoc": 2, "n1.so_luot_nguoi": 60}, **more),
    ]


def test_what_is_counted_once_leaves_the_total_but_not_the_unit() -> None:
    lines = two_units()
    less = deductions([overlap(), overlap(EACH_FOR_ITSELF)], lines)
    assert {report: dict(amounts) for report, amounts in less.items()} == {2: {"n1.so_cuoc": 1, "n1.so_luot_nguoi": 40}}
    assert total(lines) == {"n1.so_cuoc": 5, "n1.so_luot_nguoi": 160}
    assert total(lines, less=less) == {"n1.so_cuoc": 4, "n1.so_luot_nguoi": 120}
    assert lines[1].totals == {"n1.so_cuoc": 2, "n1.so_luot_nguoi": 60}


def test_a_decision_lapses_with_what_it_was_about() -> None:
    assert deductions([overlap(revision=1)], two_units(revision=2)) == {}  # sent again since
    assert deductions([overlap()], two_units(), Scope.ACCEPTED) == {}  # the other report is not in the scope
    assert deductions([overlap()], two_units()[:1]) == {}  # the unit is not asked any more
