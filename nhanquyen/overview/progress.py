"""How the reports of a round come in, day by day. Pure functions over the lines of the board."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from nhanquyen.clock import VIETNAM
from nhanquyen.store.reports import ReportLine

LONGEST = 366
"""So many days are told at most; what came in before them stands in the first."""


@dataclass(frozen=True)
class Day:
    """*arrived* reports were in at the end of *day*, *late* of them after their due time; *came* are the day's own."""

    day: date
    came: int
    arrived: int
    late: int

    @property
    def on_time(self) -> int:
        return self.arrived - self.late


@dataclass(frozen=True)
class Progress:
    """The days from *first* to *last*; of those, *days* are over or today, the others are still to come.

    What is in at the end of the newest of *days* is what counts now. A report that was taken back or returned is
    not in on any day; once it is sent again, it is in from the day that decides whether it is late.
    """

    units: int
    first: date
    last: date
    due: date
    days: Sequence[Day]

    @property
    def today(self) -> Day:
        return self.days[-1]

    @property
    def span(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def coming(self) -> list[date]:
        """The days after today."""
        return [self.first + timedelta(days=number) for number in range(len(self.days), self.span)]

    @property
    def holds_due(self) -> bool:
        """Whether the due day is one of the days: it may lie before the round was opened, or years ahead."""
        return self.first <= self.due <= self.last


def progress(lines: Sequence[ReportLine], opened_at: datetime, due_at: datetime, now: datetime) -> Progress:
    """How the counted reports of *lines* came in, from the day of opening to the due day or today, the later one.

    What came before the first day counts on the first; what came after *now* (the clock was set back since) counts
    today. Late is by each unit's own due time, *due_at* is the round's.
    """
    opened, due, today = (_day_of(instant) for instant in (opened_at, due_at, now))
    first = max(min(opened, today), today - timedelta(days=LONGEST - 1))
    last = min(max(due, today), first + timedelta(days=LONGEST - 1))
    came: Counter[date] = Counter()
    late: Counter[date] = Counter()
    for line in lines:
        if line.counted:
            day = min(max(_day_of(line.arrived_at or now), first), today)
            came[day] += 1
            late[day] += line.late_days(now) > 0
    days: list[Day] = []
    arrived = arrived_late = 0
    for number in range((today - first).days + 1):
        day = first + timedelta(days=number)
        arrived += came[day]
        arrived_late += late[day]
        days.append(Day(day, came[day], arrived, arrived_late))
    return Progress(len(lines), first, last, due, days)


def _day_of(instant: datetime) -> date:
    return instant.astimezone(VIETNAM).date()
