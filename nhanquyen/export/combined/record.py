"""One unit, or one row of its answers, as the tables of the combined Excel see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from nhanquyen.clock import VIETNAM
from nhanquyen.directive import Directive, Field, Item, Kind, MatrixRow
from nhanquyen.directive.values import Stored, as_count, as_date, shown
from nhanquyen.export.cells import Value
from nhanquyen.form.answers import Answers, Row, item_totals
from nhanquyen.overview import Scope, Standing
from nhanquyen.store.reports import ReportLine

NOT_ACCEPTED = "Chưa tiếp nhận"
# The signs of the statistical yearbooks; short, so that the numbers beside them can be large.
MARKS = {
    Standing.NONE: "–",
    Standing.NOT_OURS: "x",
    Standing.NOT_REPORTED: "…",
}
NOT_ACCEPTED_MARK = "*"
_NO_ROW = Row()

ReadAnswers = Callable[[Iterable[int]], Iterable[tuple[int, Answers]]]
"""Gives report id and answers of the reports asked for, in that order: `store.reports.each_answers`."""


class Case:
    """One unit with what it reports: by item its standing, its single values (None unless it did something)."""

    __slots__ = ("answers", "line", "now", "standings", "totals", "values")

    def __init__(self, directive: Directive, line: ReportLine, answers: Answers | None, now: datetime) -> None:
        self.line, self.answers, self.now = line, answers, now
        self.standings = {item.key: self._standing(item) for item in directive.items}
        self.values: dict[str, dict[str, Stored] | None] = dict.fromkeys(self.standings)
        self.totals: dict[str, int] = {}
        for item in directive.items:
            if answers is not None and self.standings[item.key] is Standing.DONE:
                self.values[item.key] = answers.single_values(item)
                self.totals |= item_totals(item, answers, line.respondent)

    def _standing(self, item: Item) -> Standing:
        if self.answers is None:
            return Standing.NOT_REPORTED
        return Standing(self.answers.standing(item, self.line.respondent))

    @property
    def unaccepted(self) -> bool:
        """Whether the unit has sent its report and still is out of the scope."""
        return self.answers is None and self.line.counted

    @property
    def differs(self) -> bool:
        """Whether the answers amount to something else than the line of the board says of them."""
        return self.answers is not None and (self.totals, self.standings) != (self.line.totals, self.line.standings)

    def words(self, item: Item) -> str:
        """What the unit says of *item*, in full."""
        return NOT_ACCEPTED if self.unaccepted else self.standings[item.key].label

    def mark(self, item: Item) -> str:
        """What stands in place of a number when the unit reports none on *item*."""
        return NOT_ACCEPTED_MARK if self.unaccepted else MARKS[self.standings[item.key]]

    def said(self, item: Item, key: str) -> Stored:
        """What the unit says of *item* as a whole."""
        return self.answers.status_values(item).get(key) if self.answers is not None else None


def cases(
    directive: Directive,
    lines: Iterable[ReportLine],
    answers: Iterator[tuple[int, Answers]],
    scope: Scope,
    now: datetime,
) -> Iterator[Case]:
    """*lines* with what they report; *answers* gives those of the lines in *scope*, in the same order."""
    for line in lines:
        held = None
        if scope.counts(line):
            report_id, held = next(answers)
            if report_id != line.report_id:
                raise ValueError(f"answers of report {report_id} where those of {line.report_id} were asked for")
        yield Case(directive, line, held, now)


def changed_note(codes: Iterable[str]) -> str:
    """What a file says when the answers of these units no longer amount to what the board said of them."""
    return f"Báo cáo của {', '.join(codes)} thay đổi trong lúc xuất tệp. Hãy xuất lại để có số liệu khớp nhau."


class Record(NamedTuple):
    """What one row of a table is about: a unit, or one row of its answers."""

    case: Case
    row: Row = _NO_ROW
    number: int = 0
    prescribed: MatrixRow = MatrixRow("", "")


def answer_value(field: Field, stored: Stored) -> Value:
    """The value of an answer: a number, a date or words; text where a number or a date could not be read."""
    if field.kind is Kind.TICK:
        return shown(field, stored)
    if stored is None:
        return None
    if field.kind is Kind.COUNT and (count := as_count(stored)) is not None:
        return count
    if field.kind is Kind.DATE and (day := as_date(stored)):
        return day
    return shown(field, stored)


def local(instant: datetime | None) -> datetime | None:
    """*instant* as a clock on the wall shows it, to the minute and without a zone: workbooks know none.

    Whole minutes, because some programs round 23:59:59 up to the next day where they show no seconds.
    """
    return instant.astimezone(VIETNAM).replace(second=0, microsecond=0, tzinfo=None) if instant else None


def legend(scope: Scope) -> str:
    """What the marks in the cells mean."""
    meanings = {mark: standing.label.lower() for standing, mark in MARKS.items()}
    if scope is Scope.ACCEPTED:
        meanings[NOT_ACCEPTED_MARK] = NOT_ACCEPTED.lower()
    marks = "; ".join(f"“{mark}” {meaning}" for mark, meaning in meanings.items())
    return f"Ký hiệu: {marks}; “0” có báo cáo, kết quả bằng 0; ô trống: đơn vị không ghi số liệu."
