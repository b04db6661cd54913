"""Reports: their states, and loading them with their answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from peewee import JOIN, ModelSelect

from nhanquyen.clock import days_late, is_past, late_label
from nhanquyen.form.answers import Answers, Respondent, Row
from nhanquyen.store.accounts import Role
from nhanquyen.store.database import is_sqlite, rows_of
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Attachment, Entry, Recall, Report, Round, Unit
from nhanquyen.store.prepared import Prepared, every
from nhanquyen.store.units import active_on

AT_ONCE = 200
NOT_ENTERED = (
    "Đội Tổng hợp không nhập thay báo cáo này (nữa): đơn vị vừa tự gửi hoặc rút lại, hoặc việc nhập thay đã dừng. "
    "Mở báo cáo từ bảng tổng hợp; cần nhập thì bấm “Nhập thay”."
)


class Status(StrEnum):
    """Where a report stands. Late is a flag beside it, never a status."""

    NOT_STARTED = "not_started"
    DRAFTING = "drafting"
    SENT = "sent"
    RETURNED = "returned"
    RESENT = "resent"
    ACCEPTED = "accepted"

    @property
    def label(self) -> str:
        return STATUS_LABELS[self]

    @property
    def open(self) -> bool:
        """Whether the unit may change the report."""
        return self in (Status.NOT_STARTED, Status.DRAFTING, Status.RETURNED)

    @property
    def counted(self) -> bool:
        """Whether the report's figures are in the totals: it has been sent and stands."""
        return not self.open

    @property
    def waiting(self) -> bool:
        """Whether the Team has yet to decide about the report."""
        return self in (Status.SENT, Status.RESENT)


STATUS_LABELS = {
    Status.NOT_STARTED: "Chưa nhập",
    Status.DRAFTING: "Đang soạn",
    Status.SENT: "Đã gửi",
    Status.RETURNED: "Trả lại bổ sung",
    Status.RESENT: "Đã gửi lại",
    Status.ACCEPTED: "Đã tiếp nhận",
}


class ReportClosed(Exception):
    """The report cannot be changed now; the message says in Vietnamese why."""


class ReportLine(NamedTuple):
    """One unit of a round as the board and the exports see it.

    *totals* and *standings* are those of `form.answers.item_totals` and `form.answers.standing`, by path and by item.
    *arrived_at* is when the report, or the paper that the Team enters, came in.
    *recall* is the unit's unanswered reason to want its report back. *entered_by* is who of the Team entered the
    report for the unit, since or (once it is sent) at *entered_at*; blank when the unit did itself.
    *extended* is whether the unit was given more time than the round gives.
    """

    report_id: int
    unit_id: int
    code: str
    name: str
    group: str
    position: int
    contact: str
    contact_position: str
    phone: str
    search_key: str
    revision: int
    duties: dict[str, bool]
    progress: dict[str, str]
    standings: dict[str, str]
    totals: dict[str, int]
    sent_at: datetime | None
    arrived_at: datetime | None
    saved_at: datetime | None
    review_started_at: datetime | None
    accepted_at: datetime | None
    entered_at: datetime | None
    entered_by: str
    recall: str
    extended: bool
    due_at: datetime
    status: Status

    @property
    def counted(self) -> bool:
        return self.status.counted

    @property
    def respondent(self) -> Respondent:
        return Respondent(self.group, frozenset(self.duties))

    @property
    def in_review(self) -> bool:
        """Whether the Team has begun to read it and not decided yet."""
        return self.review_started_at is not None and self.counted and self.status is not Status.ACCEPTED

    def late_days(self, now: datetime) -> int:
        """Days late: of the report's arrival once it has come in, else of the present moment."""
        return days_late(self.arrived_at or now, self.due_at)

    def late_label(self, now: datetime) -> str:
        """`late_days` in words, blank when it is in time."""
        return late_label(self.arrived_at or now, self.due_at)


def respondent_of(report: Report) -> Respondent:
    """*report* with its unit loaded, as the checks see it."""
    return Respondent(report.unit.group, frozenset(report.duties))


def _in_force(extension: datetime | None, round: Round) -> datetime | None:
    """*extension*, unless the round itself is due as late by now: more time never becomes less."""
    return extension if extension is not None and extension > round.due_at else None


def extended_to(report: Report) -> datetime | None:
    """Until when *report* was given more time than the round gives, or None."""
    return _in_force(report.due_at, report.round)


def due_at(report: Report) -> datetime:
    """When *report* is due: the round's due time, or the later one that its unit was given."""
    due: datetime = extended_to(report) or report.round.due_at
    return due


def late(report: Report, now: datetime) -> str:
    """How late *report* came in, on paper or here, or is by *now*; in words, blank when it is in time."""
    return late_label(report.arrived_at or report.paper_at or now, due_at(report))


def _with_round_and_unit(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join(Round).switch(Report).join(Unit)


# A round's definition is long and never changes: `rounds.directive_of` reads it once.
_WHOLE = [column for column in every(Report, Round, Unit) if column is not Round.definition]
_REPORT = Prepared(_WHOLE, lambda query, slot: _with_round_and_unit(query).where(Report.id == slot("id")))
_REPORT_OF = Prepared(
    _WHOLE,
    lambda query, slot: _with_round_and_unit(query).where(
        (Report.round == slot("round")) & (Report.unit == slot("unit"))
    ),
)


def _one(rows: list[tuple[Any, ...]]) -> Report | None:
    if not rows:
        return None
    report: Report
    report, report.round, report.unit = rows[0]
    return report


def get_report(report_id: int) -> Report | None:
    """The report with its round and unit, or None."""
    return _one(_REPORT.models(id=report_id))


def report_of(round: Round, unit: Unit | int) -> Report | None:
    """The unit's report in *round*, with round and unit, or None where it has none."""
    unit_id = unit.id if isinstance(unit, Unit) else unit
    return _one(_REPORT_OF.models(round=round.id, unit=unit_id))


def board_lines(round: Round, day: date, only: Collection[Status] = tuple(Status)) -> list[ReportLine]:
    """A line for every unit that is active on *day* and asked in *round*, in administrative order. One query.

    With *only* those whose report has one of these states.
    """
    query = (
        Report.select(
            Report.id, Unit.id, Unit.code, Unit.name, Unit.group, Unit.position, Unit.contact, Unit.contact_position,
            Unit.phone, Unit.search_key, Report.revision, Report.duties, Report.progress, Report.standings,
            Report.totals, Report.sent_at, Report.arrived_at, Report.saved_at, Report.review_started_at,
            Report.accepted_at, Report.entered_at, Account.display_name, Recall.reason, Report.due_at, Report.status,
            Report.paper_at,
        )
        .join(Unit)
        .switch(Report)
        .join(Account, JOIN.LEFT_OUTER, on=(Report.entered_by == Account.id))
        .switch(Report)
        .join(Recall, JOIN.LEFT_OUTER, on=(Recall.report == Report.id) & Recall.answered_at.is_null())
        .where((Report.round == round) & Report.asked & active_on(day) & Report.status.in_(only))
        .order_by(Unit.position, Unit.id)
    )  # fmt: skip
    return [_line(row, round) for row in rows_of(query)]


def _line(row: tuple[Any, ...], round: Round) -> ReportLine:
    *first, entered_by, recall, extension, status, paper_at = row
    extension = _in_force(extension, round)
    line = ReportLine._make(
        (
            *first, entered_by or "", recall or "", extension is not None, extension or round.due_at, Status(status),
        )
    )  # fmt: skip
    return line._replace(arrived_at=paper_at) if line.arrived_at is None and paper_at is not None else line


def _present(query: ModelSelect[Any], where: Any) -> ModelSelect[Any]:
    return query.where(where & Entry.removed_at.is_null()).order_by(Entry.position, Entry.id)


_ANSWER = (Entry.item, Entry.block, Entry.row, Entry.values)
_ANSWERS = Prepared(_ANSWER, lambda query, slot: _present(query, Entry.report == slot("report")))
_ITEM_ANSWERS = Prepared(
    _ANSWER, lambda query, slot: _present(query, (Entry.report == slot("report")) & (Entry.item == slot("item")))
)


def load_answers(report: Report | int, item: str | None = None) -> Answers:
    """The report's answers, or those of one item. One query."""
    report_id = report.id if isinstance(report, Report) else report
    rows = _ANSWERS.rows(report=report_id) if item is None else _ITEM_ANSWERS.rows(report=report_id, item=item)
    return Answers((item, block, Row(key, values)) for item, block, key, values in rows)


def each_answers(report_ids: Iterable[int], within: tuple[str, str] | None = None) -> Iterator[tuple[int, Answers]]:
    """Report id and answers of many reports, in the order asked for; one query per `AT_ONCE` reports.

    *within* is the item and block that is wanted, if not everything. For exports: no more than `AT_ONCE` reports are
    in memory at a time.
    """
    ids = list(report_ids)
    for start in range(0, len(ids), AT_ONCE):
        batch = ids[start : start + AT_ONCE]
        found = {report_id: Answers() for report_id in batch}
        query = (
            Entry.select(Entry.report, Entry.item, Entry.block, Entry.row, Entry.values)
            .where(Entry.report.in_(batch) & Entry.removed_at.is_null())
            .order_by(Entry.report, Entry.position, Entry.id)
        )
        if within is not None:
            query = query.where((Entry.item == within[0]) & (Entry.block == within[1]))
        for report_id, item, block, row, values in rows_of(query):
            found[report_id].put(item, block, Row(row, values))
        yield from found.items()


def block_rows(
    report_ids: Iterable[int], item: str, block: str, limit: int | None = None, offset: int = 0
) -> list[tuple[int, Row]]:
    """Report id and row of one block of many reports: by report in administrative order, then as the form shows them.

    One query. The rows of a matrix come in the order in which they were first written.
    """
    query = (
        Entry.select(Entry.report, Entry.row, Entry.values)
        .join(Report)
        .join(Unit)
        .where(
            Entry.report.in_(list(report_ids)) & (Entry.item == item) & (Entry.block == block)
            & Entry.removed_at.is_null()
        )
        .order_by(Unit.position, Unit.id, Entry.position, Entry.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    return [(report_id, Row(key, values)) for report_id, key, values in rows_of(query)]


_REMOVED = Prepared(
    (Entry.item, Entry.block, Entry.row),
    lambda query, slot: query.where((Entry.report == slot("report")) & Entry.removed_at.is_null(False)).order_by(
        Entry.removed_at.desc(), Entry.id.desc()
    ),
)


def removed_rows(report: Report) -> list[tuple[str, str, str]]:
    """Item, block and key of the rows that can still be brought back, newest removal first."""
    return _REMOVED.rows(report=report.id)


def _held(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query if is_sqlite() else query.for_update()


_LOCKED = Prepared(every(Report), lambda query, slot: _held(query.where(Report.id == slot("id"))))


def locked(report: Report) -> Report:
    """The report as it stands now, held against other writers until the transaction ends.

    SQLite's immediate transaction already holds everything.
    """
    ((fresh,),) = _LOCKED.models(id=report.id)
    now: Report = fresh
    now.round, now.unit = report.round, report.unit
    return now


def is_closed(report: Report, now: datetime) -> bool:
    """Whether the round is closed for *report*, which may have been given more time. No closing time, no closing."""
    closes_at = report.round.closes_at
    return closes_at is not None and is_past(max(closes_at, extended_to(report) or closes_at), now)


def withdrawal_refused(report: Report, now: datetime) -> str | None:
    """Why the unit cannot take its sent report back at *now*, or None while it can: until the review begins."""
    if Status(report.status).open:
        return "Báo cáo đang ở đơn vị nên không cần rút lại. Mở biểu để sửa."
    if not Status(report.status).waiting or report.review_started_at is not None:
        return "Đội Tổng hợp đã xem báo cáo nên không rút lại được. Cần sửa thì xin lấy lại báo cáo, kèm lý do."
    if is_closed(report, now):
        return "Đợt báo cáo đã khóa sổ nên không rút lại được. Cần sửa thì xin lấy lại báo cáo, kèm lý do."
    return None


def by_team(account: Account | None) -> bool:
    """Whether *account* writes into the report of another: the Team does, from paper, and nobody else."""
    return account is not None and account.role == Role.SYNTHESIS


def closed_reason(report: Report, actor: Actor) -> str | None:
    """Why *actor* cannot change *report* now, or None: a unit until the round closes, the Team while it enters it."""
    if report.status == Status.ACCEPTED:
        return "Báo cáo đã được tiếp nhận nên không sửa được nữa. Cần sửa thì xin lấy lại báo cáo, kèm lý do."
    if not Status(report.status).open:
        if by_team(actor.account):
            return "Báo cáo đã gửi nên không sửa được nữa. Cần sửa thì rút lại, hoặc trả lại bổ sung ở trang xem xét."
        way = "xin lấy lại báo cáo, kèm lý do" if withdrawal_refused(report, actor.at) else "rút lại báo cáo trước"
        return f"Báo cáo đã gửi nên không sửa được nữa. Cần sửa thì {way}."
    if by_team(actor.account):
        return NOT_ENTERED if report.entered_by_id is None else None
    if Status(report.status) is not Status.RETURNED and is_closed(report, actor.at):
        return "Đợt báo cáo đã khóa sổ. Liên hệ Đội Tổng hợp nếu cần gửi bổ sung."
    return None


def require_entered(report: Report) -> None:
    """Raise `ReportClosed` unless the Team enters *report*, or has sent it so."""
    if report.entered_by_id is None:
        raise ReportClosed(NOT_ENTERED)


def require_open(report: Report, actor: Actor) -> None:
    """Raise `ReportClosed` unless *actor* may change *report* now."""
    if reason := closed_reason(report, actor):
        raise ReportClosed(reason)


_FILES = Prepared(
    (Attachment.item, Attachment.block, Attachment.row),
    lambda query, slot: query.where((Attachment.report == slot("report")) & Attachment.removed_at.is_null()),
)


def file_counts(report: Report) -> Counter[tuple[str, str, str]]:
    """How many attachments each row of the report has (the report itself under three blanks)."""
    return Counter(_FILES.rows(report=report.id))
