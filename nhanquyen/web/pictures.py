"""Where the lines, areas and words of the board's pictures stand. Templates draw them.

Across, everything is in percent of the width of the picture, which grows and shrinks with the window; down, in
pixels. So the words in a picture keep their size on every screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from nhanquyen.directive import Directive
from nhanquyen.directive.values import group_digits
from nhanquyen.overview import Part, States
from nhanquyen.overview.progress import Day, Progress
from nhanquyen.store.reports import Status

NARROWEST = 320  # pixels; a picture on a phone
_DIGIT, _PADDING = 9, 8  # pixels that a digit takes, and the space around a label
_TOP, _BOTTOM = 46, 156  # of the plot; the round's due day and the sums stand above it, the days below it
_TICK_ROOM = 54  # pixels from the edge to the middle of the second label, when the first stands at the edge
_TICK_STEPS = (1, 2, 7, 14, 28, 84)  # days from one label to the next; enough for `progress.LONGEST`
_EDGE = 8.0  # percent; a label so near the edge would be cut if it stood in the middle of its day
_PART_LOOKS = (("part-a", ""), ("part-b", ""), ("part-c", "hatch"), ("part-d", "dots"))
_STATUS_TEXTURES = {Status.RESENT: "stripes", Status.RETURNED: "hatch", Status.DRAFTING: "dots"}


def share(count: int, whole: int) -> str:
    """*count* of *whole* in percent, as it is written: ``38,2%``; blank when there is nothing to have a share of."""
    return f"{100 * count / whole:.1f}%".replace(".", ",") if whole else ""


@dataclass(frozen=True)
class Piece:
    """A piece of a bar. *look* and *texture* name how it is drawn; *label* is blank where there is no room for it."""

    look: str
    texture: str
    left: float
    width: float
    label: str

    @property
    def middle(self) -> float:
        return round(self.left + self.width / 2, 3)


def _pieces(counts: Iterable[tuple[str, str, int]]) -> list[Piece]:
    """A piece for each look, texture and count that is more than nothing; together they fill the bar."""
    shown = [each for each in counts if each[2] > 0]
    whole = sum(count for _, _, count in shown)
    pieces, seen, left = [], 0, 0.0
    for look, texture, count in shown:
        seen += count
        end = round(100 * seen / whole, 3)
        label = group_digits(count)
        fits = (end - left) * NARROWEST / 100 >= len(label) * _DIGIT + _PADDING
        pieces.append(Piece(look, texture, left, round(end - left, 3), label if fits else ""))
        left = end
    return pieces


# --- States ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """A status with its number of units, for the legend."""

    status: Status
    count: int
    share: str
    look: str
    texture: str


@dataclass(frozen=True)
class StatesPicture:
    """The units by status as one bar, those that are done first."""

    pieces: list[Piece]
    states: list[State]


def states_picture(states: States) -> StatesPicture:
    """The picture of *states*; without units a bar without pieces."""
    legend = [
        State(status, count, share(count, states.units), f"bar-{status.value}", _STATUS_TEXTURES.get(status, ""))
        for status, count in states.by_status.items()
    ]
    return StatesPicture(_pieces((each.look, each.texture, each.count) for each in reversed(legend)), legend)


# --- Progress ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Word:
    """Something written at *x* percent; *anchor* is SVG's: what of the text stands there."""

    x: float
    anchor: str
    text: str


@dataclass(frozen=True)
class Step:
    """The areas of what had come in, from a day on until today; a later step is drawn over the earlier ones.

    The upper area, from *top*, is what came late, the lower one, from *middle*, what came in time.
    """

    x: float
    width: float
    top: float
    middle: float


@dataclass(frozen=True)
class ProgressPicture:
    """The days of a round as areas, with the due day as a line at the end of that day (None: outside the picture)."""

    progress: Progress
    steps: list[Step]
    ticks: list[Word]
    due_x: float | None
    due: Word | None
    units: Word
    now: Word
    now_y: float
    days: list[Day]
    """The days on which a report came in, and the last one, for the table."""
    top: int = _TOP
    bottom: int = _BOTTOM


def progress_picture(progress: Progress) -> ProgressPicture | None:
    """The picture of *progress*, or None when no unit is asked."""
    if not progress.units:
        return None
    end = _across(progress, len(progress.days))
    number = group_digits(progress.units)
    due_x = _across(progress, (progress.due - progress.first).days + 1) if progress.holds_due else None
    return ProgressPicture(
        progress=progress,
        steps=_steps(progress, end),
        ticks=_ticks(progress),
        due_x=due_x,
        due=None if due_x is None else Word(due_x, _anchor(due_x), f"Hạn gửi {progress.due:%d/%m}"),
        units=Word(100 if end <= 50 else 0, "end" if end <= 50 else "start", f"Cả {number} đơn vị"),
        now=Word(end, _anchor(end), group_digits(progress.today.arrived)),
        now_y=_height(progress, progress.today.arrived) - 5,
        days=[day for day in progress.days if day.came or day is progress.today],
    )


def _across(progress: Progress, days: int) -> float:
    return round(100 * days / progress.span, 3)


def _height(progress: Progress, count: int) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * count / progress.units, 1)


def _anchor(x: float) -> str:
    return "end" if x > 50 else "start"


def _steps(progress: Progress, end: float) -> list[Step]:
    """A step wherever something came in."""
    steps = []
    numbered = enumerate(progress.days)
    for _, days in groupby(numbered, key=lambda pair: (pair[1].arrived, pair[1].late)):
        number, day = next(days)
        if day.arrived:
            x = _across(progress, number)
            steps.append(Step(x, round(end - x, 3), _height(progress, day.arrived), _height(progress, day.on_time)))
    return steps


def _ticks(progress: Progress) -> list[Word]:
    """The days that are written below the picture, as many as a phone has room for."""
    room = _TICK_ROOM * progress.span / NARROWEST
    every = next(step for step in _TICK_STEPS if step + 0.5 >= room)
    found = []
    for number in range(0, progress.span, every):
        x = round(100 * (number + 0.5) / progress.span, 3)
        anchor = "start" if x < _EDGE else "end" if x > 100 - _EDGE else "middle"
        day = progress.first + timedelta(days=number)
        found.append(Word({"start": 0, "end": 100}.get(anchor, x), anchor, f"{day:%d/%m}"))
    return found


# --- Shares ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """What each part of the unit list has of a main total; *counts* holds None where nobody gave a number."""

    heading: str
    unit: str
    counts: list[int | None]
    total: int | None
    pieces: list[Piece]

    @property
    def shares(self) -> list[str]:
        return [share(count or 0, self.total or 0) for count in self.counts]


@dataclass(frozen=True)
class SharesPicture:
    """A bar for each main total. *looks* are those of the parts, in their order: name, look, texture."""

    looks: list[tuple[str, str, str]]
    rows: list[Share]


def shares_picture(
    directive: Directive, parts: Sequence[Part], sums: Sequence[Mapping[str, int]]
) -> SharesPicture | None:
    """Bars of *sums*, the totals of *parts*; None when there are not two parts to compare."""
    if len(parts) < 2:
        return None
    looks = [_PART_LOOKS[number % len(_PART_LOOKS)] for number in range(len(parts))]
    rows = []
    for path, field in directive.headline_fields:
        counts = [each.get(path) for each in sums]
        known = [count for count in counts if count is not None]
        drawn = [(look, texture, count or 0) for (look, texture), count in zip(looks, counts, strict=True)]
        rows.append(Share(field.heading, field.unit, counts, sum(known) if known else None, _pieces(drawn)))
    named = [(part.heading, look, texture) for part, (look, texture) in zip(parts, looks, strict=True)]
    return SharesPicture(named, rows)
