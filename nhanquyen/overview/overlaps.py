"""Activities that several units report: found before they are counted twice, and what the Team decided about them.

Pure functions over lines of the board, answers and decisions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from nhanquyen.clock import format_instant
from nhanquyen.directive import Directive
from nhanquyen.directive.values import group_digits
from nhanquyen.form.activity import Activity, activities
from nhanquyen.form.answers import Answers
from nhanquyen.overview import Less, Scope, applies, deductions, dropped_of
from nhanquyen.store.models import Overlap
from nhanquyen.store.overlaps import EACH, ONCE, VERDICT_LABELS, Member
from nhanquyen.store.reports import ReportLine

NO_AMOUNT = "không có số liệu trong tổng số"

Shared = Mapping[str, Sequence[int]]
"""Report ids by the fingerprint of what they all tell: `store.overlaps.shared_of`."""


@dataclass(frozen=True)
class Telling:
    """How one unit tells an activity. *amounts* is what the row has put into the unit's totals, by path."""

    line: ReportLine
    activity: Activity
    amounts: dict[str, int]

    @property
    def key(self) -> str:
        """This row among those of its group, in a form."""
        return f"{self.line.report_id}-{self.activity.row.key}"

    @property
    def short_of(self) -> dict[str, int]:
        """What the row would be counted for, where the unit itself has reported less in that total."""
        return {path: n for path, n in self.activity.claims().items() if n > self.amounts.get(path, 0)}

    def as_member(self, kept: bool, paths: Collection[str]) -> Member:
        """This row in a decision about the totals at *paths*."""
        return Member(
            report=self.line.report_id, revision=self.line.revision, row=self.activity.row.key,
            code=self.line.code, name=self.line.name, kept=kept,
            amounts={path: amount for path, amount in self.amounts.items() if path in paths},
        )  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Rows of two or more units that tell one activity."""

    fingerprint: str
    tellings: tuple[Telling, ...]

    @property
    def title(self) -> str:
        return self.tellings[0].activity.title

    @property
    def paths(self) -> list[str]:
        """The totals that any of the rows has been put into."""
        return list(dict.fromkeys(path for each in self.tellings for path in each.amounts))

    def but(self, kept: Telling) -> dict[str, int]:
        """What leaves the totals when only *kept* is counted."""
        gone: dict[str, int] = {}
        for each in self.tellings:
            if each is not kept:
                for path, amount in each.amounts.items():
                    gone[path] = gone.get(path, 0) + amount
        return gone


def find_groups(directive: Directive, reports: Iterable[tuple[ReportLine, Answers]]) -> list[Group]:
    """The activities that reports of different units have in common, in the order in which they are first told."""
    told: dict[str, list[Telling]] = {}
    for line, answers in reports:
        for activity in activities(directive, answers, line.respondent):
            telling = Telling(line, activity, activity.amounts(line.totals))
            told.setdefault(activity.fingerprint, []).append(telling)
    return [
        Group(fingerprint, tuple(tellings))
        for fingerprint, tellings in told.items()
        if len({telling.line.unit_id for telling in tellings}) > 1
    ]


class State(StrEnum):
    """Where the decision about a group stands."""

    OPEN = "open"
    LAPSED = "lapsed"
    DECIDED = "decided"


def state_of(decision: Overlap | None, report_ids: Iterable[int], lines: Mapping[int, ReportLine]) -> State:
    """Whether *decision* is about exactly those reports as they were last sent; *lines* are by report id."""
    if decision is None:
        return State.OPEN
    same = {member["report"] for member in decision.members} == set(report_ids)
    return State.DECIDED if same and applies(decision, lines) else State.LAPSED


@dataclass(frozen=True)
class CountedOnce:
    """What several units report alike, as far as the figures of a scope go.

    *found* are all such activities, *undecided* those about which the Team has still to decide. *less* is what the
    *decisions*, all that are in force, take off the totals; those of them that do so in the scope are *effective*,
    each with the rows that are not counted.
    """

    found: int = 0
    undecided: int = 0
    decisions: tuple[Overlap, ...] = ()
    less: Less = field(default_factory=dict)
    effective: tuple[tuple[Overlap, list[Member]], ...] = ()


def counted_once(
    shared: Shared, decisions: Sequence[Overlap], lines: Sequence[ReportLine], scope: Scope = Scope.SENT
) -> CountedOnce:
    """`CountedOnce` of a round; *lines* are all of its units', also where a file will show some of them only."""
    by_report = {line.report_id: line for line in lines}
    by_fingerprint = {each.fingerprint: each for each in decisions}
    states = [
        state_of(by_fingerprint.get(fingerprint), ids, by_report)
        for fingerprint, ids in shared.items()
        if sum(each in by_report and scope.counts(by_report[each]) for each in ids) > 1
    ]
    return CountedOnce(
        found=len(states),
        undecided=sum(state is not State.DECIDED for state in states),
        decisions=tuple(each for each in decisions if applies(each, by_report)),
        less=deductions(decisions, lines, scope),
        effective=tuple(
            (each, dropped)
            for each in decisions
            if each.verdict == ONCE and applies(each, by_report) and (dropped := dropped_of(each, by_report, scope))
        ),
    )


def amount_words(directive: Directive, amounts: Mapping[str, int]) -> str:
    """ "1.1 Số cuộc tuyên truyền: 1 cuộc; …", in the order of the definition."""
    return "; ".join(
        f"{total.code} {total.heading}: {group_digits(amounts[path])} {total.unit}".strip()
        for path, total in directive.totalled.items()
        if amounts.get(path)
    )


def decision_words(directive: Directive, decision: Overlap) -> str:
    """A decision in full: which activity, whose row is kept, what is not counted of which unit, by whom and when."""
    said = []
    for member in decision.members:
        what = "tính" if decision.verdict == EACH else "giữ" if member["kept"] else "không tính"
        amounts = amount_words(directive, member["amounts"]) or NO_AMOUNT
        said.append(f"{what} ở {member['name']} ({amounts})")
    by = f"{decision.decided_by.display_name}, {format_instant(decision.decided_at)}"
    note = f" Ghi chú: {decision.note}" if decision.note else ""
    return f"{VERDICT_LABELS[decision.verdict]} “{decision.title}”: {'; '.join(said)}. Người quyết định: {by}.{note}"
