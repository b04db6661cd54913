"""Taking back, accepting and returning: the status says where a report lies, and only one side has it."""

from __future__ import annotations

from collections.abc import Callable

import people
import pytest

from nhanquyen.store import reports, review, sending
from nhanquyen.store.models import Decision, Event, Report, Revision
from nhanquyen.store.reports import ReportClosed, Status
from nhanquyen.store.review import ReviewRefused

Sent = Callable[[], tuple[Revision, bool]]


def actions() -> list[str]:
    wanted = ("report_sent", "report_withdrawn", "review_begun", "report_accepted", "report_returned")
    return [event.action for event in Event.select().where(Event.action.in_(wanted)).order_by(Event.id)]


def state(report: Report) -> tuple[object, ...]:
    return report.status, report.revision, report.sent_at, report.review_started_at, report.accepted_at


def test_a_sent_report_is_taken_back_corrected_and_sent_again(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    first, _ = send()
    sending.withdraw(stored.report("P1"), stored.actor("p1", clock()))
    assert stored.report("P1").status == Status.DRAFTING
    stored.save("P1", {"n1-so_lieu-0-tai_lieu": "9"}, clock())
    clock.move(days=1)
    second, _ = send()
    assert (second.number, second.sent_at, second.sha256 != first.sha256) == (2, clock(), True)
    assert stored.report("P1").status == Status.SENT
    assert [revision.number for revision in sending.revisions_of(stored.report("P1"))] == [2, 1]
    kept = sending.get_revision(stored.report("P1"), 1)
    assert (kept.content, kept.sha256) == (first.content, first.sha256)
    assert actions() == ["report_sent", "report_withdrawn", "report_sent"]


def test_only_what_lies_unread_can_be_taken_back(stored: people.Seed, send: Sent, clock: people.SettableClock) -> None:
    clerk, team = stored.actor("p1", clock()), stored.actor("tonghop", clock())

    def taken_back() -> bool:
        if reports.withdrawal_refused(stored.report("P1"), clock()) is None:
            sending.withdraw(stored.report("P1"), clerk)
            return True
        before = list(Report.select().tuples())
        with pytest.raises(ReportClosed, match=r"xin lấy lại báo cáo|đang ở đơn vị"):
            sending.withdraw(stored.report("P1"), clerk)
        assert list(Report.select().tuples()) == before
        return False

    assert not taken_back()
    send()
    assert taken_back()
    assert not taken_back()
    send()
    review.begin(stored.report("P1"), 2, team)
    assert not taken_back()
    review.accept(stored.report("P1"), 2, team)
    assert not taken_back()
    review.give_back(stored.report("P1"), 2, {"n1": "Thiếu."}, team)
    assert not taken_back()
    send()
    assert taken_back()
    assert stored.report("P1").status == Status.RETURNED


def test_returning_reopens_that_report_alone_and_clears_its_acceptance(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    send()
    team = stored.actor("tonghop", clock())
    review.accept(stored.report("P1"), 1, team)
    accepted = stored.report("P1")
    assert state(accepted) == (Status.ACCEPTED, 1, clock(), clock(), clock())
    assert accepted.accepted_by == stored.accounts["tonghop"]
    others = list(Report.select().where(Report.id != accepted.id).tuples())
    sent_at = clock()
    clock.move(hours=1)
    review.give_back(accepted, 1, {"n1": "Thiếu số lượt.", "n3": "Ghi rõ địa điểm."}, stored.actor("tonghop", clock()))
    returned = stored.report("P1")
    assert state(returned) == (Status.RETURNED, 1, sent_at, None, None)
    assert returned.accepted_by is None
    assert returned.version > accepted.version
    assert list(Report.select().where(Report.id != accepted.id).tuples()) == others
    assert review.reasons_for(returned) == {"n1": "Thiếu số lượt.", "n3": "Ghi rõ địa điểm."}
    second, _ = send()
    resent = stored.report("P1")
    assert (resent.status, resent.revision, second.number) == (Status.RESENT, 2, 2)
    assert review.reasons_for(resent) == {}
    assert [decision.verdict for decision in review.decisions_of(resent)] == ["returned", "accepted"]
    assert actions() == ["report_sent", "report_accepted", "report_returned", "report_sent"]


def test_a_report_is_returned_for_a_reason(stored: people.Seed, send: Sent, clock: people.SettableClock) -> None:
    send()
    with pytest.raises(ValueError, match="reason"):
        review.give_back(stored.report("P1"), 1, {}, stored.actor("tonghop", clock()))
    assert stored.report("P1").status == Status.SENT


@pytest.mark.parametrize("act", ["begin", "accept", "give_back"])
def test_the_team_decides_about_the_revision_that_it_read(
    stored: people.Seed, send: Sent, clock: people.SettableClock, act: str
) -> None:
    team = stored.actor("tonghop", clock())
    more = ({"n1": "Thiếu."},) if act == "give_back" else ()

    def decide(revision: int) -> None:
        getattr(review, act)(stored.report("P1"), revision, *more, team)

    with pytest.raises(ReviewRefused):
        decide(0)
    send()
    sending.withdraw(stored.report("P1"), stored.actor("p1", clock()))
    with pytest.raises(ReviewRefused):
        decide(1)
    send()
    for revision in (1, 3):
        with pytest.raises(ReviewRefused, match="Xem lại bản mới"):
            decide(revision)
    assert stored.report("P1").status == Status.SENT
    assert Decision.select().count() == 0
    decide(2)
    if act != "give_back":
        decide(2)
    assert len(actions()) == 4


def test_withdrawing_and_reviewing_at_once_never_both_happen(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    send()
    clerk, team = stored.actor("p1", clock()), stored.actor("tonghop", clock())

    def work(number: int) -> None:
        if number % 2:
            sending.withdraw(stored.report("P1"), clerk)
        else:
            review.begin(stored.report("P1"), 1, team)

    results = people.in_parallel(6, work)
    report = stored.report("P1")
    begun = report.review_started_at is not None
    assert report.status == (Status.SENT if begun else Status.DRAFTING)
    wanted = [type(None), ReportClosed] if begun else [ReviewRefused, ReportClosed]
    assert {type(result) for result in results} <= {*wanted, type(None)}
    assert actions() == ["report_sent", "review_begun" if begun else "report_withdrawn"]


def test_a_report_that_came_in_time_is_not_late_for_having_been_returned(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    first_at = clock()
    send()
    clock.move(days=5)
    review.give_back(stored.report("P1"), 1, {"n1": "Thiếu."}, stored.actor("tonghop", clock()))

    def late() -> int:
        lines = reports.board_lines(stored.round, clock().date())
        return next(line.late_days(clock()) for line in lines if line.code == "P1")

    assert late() == 0
    send()
    assert (stored.report("P1").sent_at, stored.report("P1").arrived_at) == (clock(), first_at)
    assert late() == 0
    sending.withdraw(stored.report("P1"), stored.actor("p1", clock()))
    assert late() == 0


def test_a_report_that_was_taken_back_has_not_arrived(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    send()
    sending.withdraw(stored.report("P1"), stored.actor("p1", clock()))
    clock.move(days=5)
    send()
    line = next(line for line in reports.board_lines(stored.round, clock().date()) if line.code == "P1")
    assert line.late_days(clock()) == 3
