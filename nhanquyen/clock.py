"""The one clock. Every instant in the program comes from here, in the time of Viet Nam.

The zone is a fixed offset: Viet Nam has no daylight saving time and Windows has no zone data.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The server's present instant, aware, to the millisecond (what both databases keep)."""
    now = datetime.now(UTC).astimezone(VIETNAM)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def shifted_clock(start: datetime) -> Clock:
    """A clock that shows *start* now and runs on from there, for the demonstration data set."""
    offset = start - system_clock()
    return lambda: system_clock() + offset


def end_of_day(day: date) -> datetime:
    """The last instant that still counts as *day* (a deadline "đến ngày" includes the whole day)."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, 999_000, tzinfo=VIETNAM)


def format_instant(instant: datetime) -> str:
    """``14:05 ngày 22/12/2023``, the way the screens and files say it."""
    return instant.astimezone(VIETNAM).strftime("%H:%M ngày %d/%m/%Y")


def format_long_day(day: date) -> str:
    """``ngày 05 tháng 01 năm 2024``: Nghị định 30/2020 puts a 0 before days under 10 and before months 1 and 2 only."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def is_past(limit: datetime, now: datetime) -> bool:
    """Whether *limit* is over at *now*: its whole second still counts, as on any clock that people read."""
    return now.replace(microsecond=0) > limit


def days_late(instant: datetime, due: datetime) -> int:
    """Whole calendar days after the due day, at least 1 once *due* is past, else 0."""
    if not is_past(due, instant):
        return 0
    return max(1, (instant.astimezone(VIETNAM).date() - due.astimezone(VIETNAM).date()).days)


def late_label(instant: datetime, due: datetime) -> str:
    """How late *instant* is, in the words of every screen and file; blank when it is in time."""
    days = days_late(instant, due)
    if not days:
        return ""
    same_day = instant.astimezone(VIETNAM).date() == due.astimezone(VIETNAM).date()
    return "Trễ hạn trong ngày" if same_day else f"Trễ hạn {days} ngày"
