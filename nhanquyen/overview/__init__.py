"""What a round amounts to so far: states, standings and totals. Pure functions over the lines of the board."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from nhanquyen.directive import Directive, GroupPart, Item
from nhanquyen.form.answers import DONE, NONE, NOT_OURS
from nhanquyen.store.models import Overlap
from nhanquyen.store.overlaps import ONCE, Member
from nhanquyen.store.reports import ReportLine, Status
from nhanquyen.text import search_key

MISSING = "chua_gui"


class Standing(StrEnum):
    """What a unit says of an item. These four are never mixed up, and none of them is the number 0."""

    DONE = DONE
    NONE = NONE
    NOT_OURS = NOT_OURS
    NOT_REPORTED = "chua"

    @property
    def label(self) -> str:
        return STANDING_LABELS[self]


STANDING_LABELS = {
    Standing.DONE: "Có hoạt động",
    Standing.NONE: "Không có hoạt động",
    Standing.NOT_OURS: "Không thuộc trách nhiệm",
    Standing.NOT_REPORTED: "Chưa báo cáo",
}


class Scope(StrEnum):
    """Whose figures count."""

    SENT = "da_gui"
    ACCEPTED = "da_tiep_nhan"

    @property
    def label(self) -> str:
        return SCOPE_LABELS[self]

    def counts(self, line: ReportLine) -> bool:
        """Whether the figures of *line* are in."""
        return line.status is Status.ACCEPTED if self is Scope.ACCEPTED else line.counted


SCOPE_LABELS = {
    Scope.SENT: "Báo cáo đã gửi và đã tiếp nhận",
    Scope.ACCEPTED: "Chỉ báo cáo đã tiếp nhận",
}


def standing_of(line: ReportLine, item: Item, scope: Scope = Scope.SENT) -> Standing:
    """What the unit of *line* reports about *item*; NOT_REPORTED while its report is out of *scope*."""
    if not scope.counts(line):
        return Standing.NOT_REPORTED
    return Standing(line.standings[item.key])


Less = Mapping[int, Mapping[str, int]]
"""What is not counted a second time: by report id, amounts by path. See `deductions`."""


def total(lines: Iterable[ReportLine], scope: Scope = Scope.SENT, less: Less = MappingProxyType({})) -> dict[str, int]:
    """The sum of every count over the reports in *scope* without *less*, by path; what nobody filled is not there."""
    sums: Counter[str] = Counter()
    for line in lines:
        if scope.counts(line):
            sums.update(line.totals)
            sums.subtract(less.get(line.report_id, {}))
    return dict(sums)


def applies(overlap: Overlap, lines: Mapping[int, ReportLine]) -> bool:
    """Whether the decision still is about what its units last sent. *lines* are by report id.

    A unit that has sent again since is to be looked at anew.
    """
    found = ((lines.get(member["report"]), member["revision"]) for member in overlap.members)
    return all(line is not None and line.counted and line.revision == revision for line, revision in found)


def dropped_of(overlap: Overlap, lines: Mapping[int, ReportLine], scope: Scope) -> list[Member]:
    """The rows in *scope* that are not counted: all but the kept one, or but the first where the kept one is out."""
    present: list[Member] = [member for member in overlap.members if scope.counts(lines[member["report"]])]
    stays = next((member for member in present if member["kept"]), present[0] if present else None)
    return [member for member in present if member is not stays]


def deductions(overlaps: Iterable[Overlap], lines: Iterable[ReportLine], scope: Scope = Scope.SENT) -> Less:
    """What the Team decided to count once: what the rows that are not kept have put into their units' totals.

    *lines* are all of the round's. Where the kept row is out of *scope*, the first one in it is counted in its place.
    Nothing is taken off a unit that it has not put into that total.
    """
    by_report = {line.report_id: line for line in lines}
    less: dict[int, Counter[str]] = {}
    for overlap in overlaps:
        if overlap.verdict == ONCE and applies(overlap, by_report):
            for member in dropped_of(overlap, by_report, scope):
                less.setdefault(member["report"], Counter()).update(member["amounts"])
    return {
        report: {path: min(amount, by_report[report].totals.get(path, 0)) for path, amount in amounts.items()}
        for report, amounts in less.items()
    }


@dataclass(frozen=True)
class Part:
    """A part of the unit list (A, B) with its lines."""

    letter: str
    title: str
    lines: list[ReportLine]

    @property
    def heading(self) -> str:
        return f"{self.letter}. {self.title}"


def parts(directive: Directive, lines: Iterable[ReportLine]) -> list[Part]:
    """The lines by part, in order; parts without units are left out, units of an unknown group come last."""
    groups = {group: part for part in directive.group_parts for group in part.groups}
    others = GroupPart("*", "Đơn vị khác", ())
    found: dict[GroupPart, list[ReportLine]] = {part: [] for part in (*directive.group_parts, others)}
    for line in lines:
        found[groups.get(line.group, others)].append(line)
    return [Part(part.letter, part.title, members) for part, members in found.items() if members]


@dataclass(frozen=True)
class States:
    """How many units stand where; *by_status* adds up to *units*."""

    units: int
    by_status: dict[Status, int]
    overdue: int
    sent_late: int

    @property
    def counted(self) -> int:
        return sum(count for status, count in self.by_status.items() if status.counted)

    @property
    def missing(self) -> int:
        return self.units - self.counted


def states(lines: Sequence[ReportLine], now: datetime) -> States:
    """The states of all *lines* at *now*."""
    counts = Counter(line.status for line in lines)
    late = [line for line in lines if line.late_days(now)]
    return States(
        units=len(lines),
        by_status={status: counts[status] for status in Status},
        overdue=sum(not line.counted for line in late),
        sent_late=sum(line.counted for line in late),
    )


def _turn(arrived_at: datetime | None, report_id: int) -> tuple[float, int]:
    return (arrived_at.timestamp() if arrived_at else 0.0, report_id)


def waiting(lines: Iterable[ReportLine]) -> list[ReportLine]:
    """The reports that the Team has yet to decide about, the one that came in first at the head."""
    found = (line for line in lines if line.status.waiting)
    return sorted(found, key=lambda line: _turn(line.arrived_at, line.report_id))


def next_waiting(lines: Iterable[ReportLine], report_id: int, arrived_at: datetime | None) -> ReportLine | None:
    """The waiting report whose turn comes after that of *report_id*; after the last one the first again."""
    others = [line for line in waiting(lines) if line.report_id != report_id]
    here = _turn(arrived_at, report_id)
    later = (line for line in others if _turn(line.arrived_at, line.report_id) > here)
    return next(later, others[0] if others else None)


@dataclass(frozen=True)
class Wanted:
    """Which units of the board are wanted; a blank part wants all. *status* may also be `MISSING`.

    The text is looked for in the unit's names, its contact and its telephone.
    """

    text: str = ""
    group: str = ""
    status: str = ""
    late: bool = False
    recall: bool = False

    def matching(self, lines: Iterable[ReportLine], now: datetime) -> list[ReportLine]:
        """The lines that match; the text is looked for without case and accents."""
        words = search_key(self.text).split()
        return [line for line in lines if self._matches(line, words, now)]

    def _matches(self, line: ReportLine, words: list[str], now: datetime) -> bool:
        if self.status == MISSING and line.counted:
            return False
        return (
            (not self.group or line.group == self.group)
            and (self.status in ("", MISSING) or line.status == self.status)
            and (not self.late or line.late_days(now) > 0)
            and (not self.recall or bool(line.recall))
            and all(word in _found_by(line) for word in words)
        )


def _found_by(line: ReportLine) -> str:
    digits = "".join(char for char in line.phone if char.isdigit())
    return f"{line.search_key} {search_key(line.contact)} {line.phone} {digits}"
