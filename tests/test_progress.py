"""How reports come in day by day, over made-up lines of the board."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from test_overview import line

from nhanquyen.clock import VIETNAM, end_of_day
from nhanquyen.overview.progress import LONGEST, Progress, progress
from nhanquyen.store.reports import ReportLine, Status

OPENED = datetime(2023, 11, 10, 8, 0, tzinfo=VIETNAM)
DUE = datetime(2023, 12, 22, 11, 30, tzinfo=VIETNAM)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def sent(number: int, arrived: datetime, status: Status = Status.SENT, **more: Any) -> ReportLine:
    return line(f"U{number}", status, arrived_at=arrived, sent_at=arrived, **{"due_at": DUE, **more})


def told(lines: Sequence[ReportLine], now: datetime, opened: datetime = OPENED, due: datetime = DUE) -> Progress:
    found = progress(lines, opened, due, now)
    assert found.today.arrived == sum(each.counted for each in lines)
    assert found.today.late == sum(each.counted and each.late_days(now) > 0 for each in lines)
    assert sum(day.came for day in found.days) == found.today.arrived
    for before, after in pairwise(found.days):
        assert after.day - before.day == timedelta(days=1)
        assert after.arrived == before.arrived + after.came
        assert 0 <= before.late <= after.late <= after.arrived
    assert (found.days[0].day, found.units) == (found.first, len(lines))
    assert found.coming == [found.today.day + timedelta(days=n + 1) for n in range(len(found.coming))]
    assert [found.first, *[day.day for day in found.days[1:]], *found.coming][-1] == found.last
    assert found.span == len(found.days) + len(found.coming) <= LONGEST
    return found


def test_each_day_holds_what_had_come_in_by_its_end() -> None:
    lines = [
        sent(1, at("2023-11-10T09:00")),
        sent(2, at("2023-11-12T23:59:59")),
        sent(3, at("2023-11-13T00:00")),
        sent(4, at("2023-11-13T07:00"), Status.ACCEPTED),
        line("U5"),
    ]
    found = told(lines, at("2023-11-14T10:00"))
    assert [(day.came, day.arrived) for day in found.days] == [(1, 1), (0, 1), (1, 2), (2, 4), (0, 4)]
    assert (found.first, found.last, found.due) == (date(2023, 11, 10), date(2023, 12, 22), date(2023, 12, 22))
    assert found.coming[0] == date(2023, 11, 15)
    assert len(found.coming) == 38


def test_the_day_is_that_of_viet_nam() -> None:
    found = told([sent(1, datetime.fromisoformat("2023-12-01T17:30:00+00:00"))], at("2023-12-03T08:00"))
    assert [day.day for day in found.days if day.came] == [date(2023, 12, 2)]


def test_what_comes_after_the_due_second_is_late_from_that_day_on() -> None:
    lines = [sent(1, DUE), sent(2, DUE + timedelta(seconds=1)), sent(3, at("2024-03-01T08:00"))]
    found = told(lines, at("2024-03-02T08:00"))
    counts = {day.day: (day.on_time, day.late) for day in found.days}
    assert counts[date(2023, 12, 21)] == (0, 0)
    assert counts[date(2023, 12, 22)] == (1, 1)
    assert counts[date(2024, 2, 29)] == (1, 1)
    assert counts[date(2024, 3, 1)] == (1, 2)
    assert (found.last, found.coming) == (date(2024, 3, 2), [])
    assert found.holds_due


def test_more_time_for_one_unit_keeps_it_from_being_late() -> None:
    later = at("2023-12-24T10:00")
    found = told([sent(1, later), sent(2, later, due_at=DUE + timedelta(days=5))], at("2023-12-25T08:00"))
    assert (found.today.on_time, found.today.late) == (1, 1)


def test_a_moved_due_time_is_judged_anew() -> None:
    lines = [sent(1, at("2023-12-20T08:00"))]
    now = at("2023-12-21T08:00")
    assert told(lines, now).today.late == 0
    earlier = at("2023-12-15T17:00")
    found = told([each._replace(due_at=earlier) for each in lines], now, due=earlier)
    assert (found.today.late, found.due, found.last) == (1, date(2023, 12, 15), date(2023, 12, 21))


def test_a_report_taken_back_or_returned_is_in_on_no_day() -> None:
    arrived = at("2023-12-01T08:00")
    lines = [sent(1, arrived), sent(2, arrived, Status.RETURNED), sent(3, arrived, Status.RESENT)]
    found = told([*lines, line("U4", Status.DRAFTING)], at("2023-12-05T08:00"))
    assert {day.arrived for day in found.days} == {0, 2}


def test_a_round_opened_today_has_one_day_that_is_over() -> None:
    found = told([line("U1"), sent(2, OPENED + timedelta(hours=1))], OPENED + timedelta(hours=2))
    assert [(day.day, day.arrived) for day in found.days] == [(date(2023, 11, 10), 1)]
    same = told([line("U1")], OPENED, due=end_of_day(OPENED.date()))
    assert (same.span, same.holds_due) == (1, True)


@pytest.mark.parametrize("lines", [[], [line("U1")], [line("U1"), line("U2", Status.DRAFTING)]])
def test_nobody_sent(lines: list[ReportLine]) -> None:
    found = told(lines, at("2023-12-01T08:00"))
    assert {(day.came, day.arrived, day.late) for day in found.days} == {(0, 0, 0)}


def test_all_sent_on_one_day() -> None:
    found = told([sent(n, at("2023-12-01T08:00")) for n in range(40)], at("2023-12-03T08:00"))
    assert [(day.day, day.came) for day in found.days if day.came] == [(date(2023, 12, 1), 40)]


def test_what_came_before_the_opening_counts_on_the_first_day() -> None:
    found = told([sent(1, at("2001-01-01T00:00")), sent(2, at("2023-11-09T23:00"))], at("2023-11-12T08:00"))
    assert (found.first, found.days[0].came) == (date(2023, 11, 10), 2)


def test_a_clock_that_was_set_back_loses_no_report() -> None:
    found = told([sent(1, at("2023-12-30T08:00"))], at("2023-12-01T08:00"))
    assert (found.today.day, found.today.came) == (date(2023, 12, 1), 1)
    found = told([sent(1, at("2023-12-30T08:00"))], at("2023-11-01T08:00"))
    assert (found.first, found.today.day) == (date(2023, 11, 1), date(2023, 11, 1))


@pytest.mark.parametrize(
    ("due", "now", "first", "last", "held"),
    [
        ("2020-12-22", "2023-11-12", "2023-11-10", "2023-11-12", False),
        ("2099-12-31", "2023-11-12", "2023-11-10", "2024-11-09", False),
        ("2023-12-22", "2024-05-27", "2023-11-10", "2024-05-27", True),
        ("2023-12-22", "2026-11-12", "2025-11-12", "2026-11-12", False),
    ],
    ids=["due before the opening", "due in another age", "open 200 days", "open three years"],
)
def test_however_far_apart_the_days_are_there_is_a_year_of_them_at_most(
    due: str, now: str, first: str, last: str, held: bool
) -> None:
    lines = [sent(1, at("2023-11-11T08:00")), line("U2")]
    found = told(lines, at(f"{now}T08:00"), due=end_of_day(date.fromisoformat(due)))
    assert (str(found.first), str(found.last), found.holds_due) == (first, last, held)


def test_a_thousand_units_in_any_order() -> None:
    dice = random.Random(217)
    lines = [
        sent(n, OPENED + timedelta(minutes=dice.randrange(60 * 24 * 60)), dice.choice(list(Status)))
        for n in range(1000)
    ]
    now = OPENED + timedelta(days=50)
    assert told(lines, now) == told(dice.sample(lines, len(lines)), now)
