"""The clock: one time zone, whole days, and how instants and days are written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhanquyen.clock import (
    VIETNAM,
    days_late,
    end_of_day,
    format_instant,
    format_long_day,
    is_past,
    shifted_clock,
    system_clock,
)

DUE = end_of_day(date(2023, 12, 22))


def test_the_system_clock_shows_vietnamese_time_to_the_millisecond() -> None:
    before, now, after = datetime.now(UTC), system_clock(), datetime.now(UTC)
    assert now.utcoffset() == timedelta(hours=7)
    assert before - timedelta(milliseconds=1) <= now <= after
    assert now.microsecond % 1000 == 0


def test_a_shifted_clock_starts_where_it_is_told_and_runs_on() -> None:
    start = datetime(2023, 12, 22, 15, 30, tzinfo=VIETNAM)
    clock = shifted_clock(start)
    first, second = clock(), clock()
    assert timedelta(0) <= first - start < timedelta(minutes=1)
    assert second >= first
    assert first.utcoffset() == timedelta(hours=7)


def test_a_day_lasts_until_its_last_millisecond() -> None:
    assert DUE.date() == date(2023, 12, 22)
    assert DUE + timedelta(milliseconds=1) == datetime(2023, 12, 23, tzinfo=VIETNAM)
    assert format_instant(DUE) == "23:59 ngày 22/12/2023"


@pytest.mark.parametrize(
    ("instant", "days"),
    [
        (datetime(2023, 11, 8, 0, 0, tzinfo=VIETNAM), 0),
        (datetime(2023, 12, 22, 23, 59, 59, tzinfo=VIETNAM), 0),
        # The last second still belongs to the day, all of it.
        (datetime(2023, 12, 22, 23, 59, 59, 999_000, tzinfo=VIETNAM), 0),
        (datetime(2023, 12, 23, tzinfo=VIETNAM), 1),
        (datetime(2023, 12, 23, 23, 59, tzinfo=VIETNAM), 1),
        (datetime(2023, 12, 24, 0, 0, tzinfo=VIETNAM), 2),
        (datetime(2024, 1, 1, 12, 0, tzinfo=VIETNAM), 10),
        # 16:59 in UTC is still the 22nd in Viet Nam, 17:00 no longer is.
        (datetime(2023, 12, 22, 16, 59, tzinfo=UTC), 0),
        (datetime(2023, 12, 22, 17, 0, tzinfo=UTC), 1),
    ],
)
def test_late_days_are_calendar_days_in_vietnam(instant: datetime, days: int) -> None:
    assert days_late(instant, DUE) == days


def test_an_hour_late_on_the_due_day_is_one_day_late() -> None:
    due = datetime(2023, 12, 22, 17, 0, tzinfo=VIETNAM)
    assert days_late(due, due) == 0
    assert days_late(due + timedelta(milliseconds=999), due) == 0
    assert days_late(due + timedelta(seconds=1), due) == 1
    assert days_late(due + timedelta(hours=6), due) == 1


@given(st.timedeltas(timedelta(days=-900), timedelta(days=900)))
def test_late_is_never_negative_and_zero_only_in_time(after: timedelta) -> None:
    instant = DUE + after
    late = days_late(instant, DUE)
    assert (late == 0) == (instant.replace(microsecond=0) <= DUE)
    assert (late == 0) != is_past(DUE, instant)
    assert late == days_late(instant.astimezone(UTC), DUE.astimezone(timezone(timedelta(hours=-5))))


def test_an_instant_is_written_in_vietnamese_time() -> None:
    assert format_instant(datetime(2023, 12, 22, 7, 5, tzinfo=UTC)) == "14:05 ngày 22/12/2023"
    assert format_instant(datetime(2023, 12, 31, 20, 0, tzinfo=UTC)) == "03:00 ngày 01/01/2024"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2024, 1, 5), "ngày 05 tháng 01 năm 2024"),
        (date(2024, 2, 29), "ngày 29 tháng 02 năm 2024"),
        (date(2023, 3, 9), "ngày 09 tháng 3 năm 2023"),
        (date(2023, 6, 29), "ngày 29 tháng 6 năm 2023"),
        (date(2023, 11, 8), "ngày 08 tháng 11 năm 2023"),
        (date(2023, 12, 22), "ngày 22 tháng 12 năm 2023"),
    ],
)
def test_a_long_day_has_zeros_where_the_decree_puts_them(day: date, words: str) -> None:
    assert format_long_day(day) == words
