"""A unit asks for its sent report: once at a time, with a reason, and every request gets an answer."""

from __future__ import annotations

from collections.abc import Callable

import people
import pytest

from nhanquyen.store import database, recalls, reports, review, sending
from nhanquyen.store.models import Decision, Event, Recall, Report, Revision, Round
from nhanquyen.store.recalls import RecallRefused
from nhanquyen.store.reports import ReportClosed, Status
from nhanquyen.store.review import ReviewRefused

Sent = Callable[[], tuple[Revision, bool]]
REASON = "Nội dung 1 thiếu hai cuộc tuyên truyền."
ANSWER = "Đã chốt số liệu, bổ sung vào báo cáo năm sau."


def events() -> list[tuple[str, dict[str, str]]]:
    wanted = ("recall_asked", "recall_declined", "report_accepted", "report_returned", "report_withdrawn")
    return [(event.action, event.detail) for event in Event.select().where(Event.action.in_(wanted)).order_by(Event.id)]


def ask(stored: people.Seed, clock: people.SettableClock, reason: str = REASON) -> bool:
    return recalls.ask(stored.report("P1"), reason, stored.actor("p1", clock()))


def wanted_back(stored: people.Seed, clock: people.SettableClock) -> str:
    """The reason that the board shows in the row of Phường 1."""
    lines = reports.board_lines(stored.round, clock().date())
    return next(line.recall for line in lines if line.code == "P1")


@pytest.fixture
def asked(stored: people.Seed, send: Sent, clock: people.SettableClock) -> Recall:
    """Phường 1 wants its report back, which the Team has begun to read."""
    send()
    review.begin(stored.report("P1"), 1, stored.actor("tonghop", clock()))
    clock.move(minutes=5)
    assert ask(stored, clock)
    return Recall.get()


def test_a_request_is_made_once_and_stands_on_the_board(
    stored: people.Seed, asked: Recall, clock: people.SettableClock
) -> None:
    assert (asked.revision, asked.reason, asked.asked_at, asked.asked_by) == (
        1, REASON, clock(), stored.accounts["p1"],
    )  # fmt: skip
    assert (asked.granted, asked.answer, asked.answered_at, asked.answered_by) == (None, "", None, None)
    assert not ask(stored, clock, "Lý do khác.")
    assert Recall.select().count() == 1
    assert wanted_back(stored, clock) == REASON
    assert len(reports.board_lines(stored.round, clock().date())) == 3
    assert events() == [("recall_asked", {"reason": REASON})]


def test_asking_at_once_from_two_places_makes_one_request(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    send()
    review.begin(stored.report("P1"), 1, stored.actor("tonghop", clock()))
    results = people.in_parallel(4, lambda number: ask(stored, clock))
    assert sorted(results, key=str) == [False, False, False, True]
    assert Recall.select().count() == 1


@pytest.mark.parametrize("reason", ["", "x" * 2001])
def test_a_request_and_its_answer_are_put_in_words(
    stored: people.Seed, asked: Recall, clock: people.SettableClock, reason: str
) -> None:
    with pytest.raises(ValueError, match="in words"):
        ask(stored, clock, reason)
    with pytest.raises(ValueError, match="in words"):
        recalls.decline(stored.report("P1"), asked.id, reason, stored.actor("tonghop", clock()))
    assert Recall.get().answered_at is None


def test_there_is_nothing_to_ask_for_while_the_unit_has_the_report_or_can_take_it(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    with pytest.raises(RecallRefused, match="sửa được ngay"):
        ask(stored, clock)
    send()
    with pytest.raises(RecallRefused, match="Rút lại để sửa"):
        ask(stored, clock)
    review.give_back(stored.report("P1"), 1, {"n1": "Thiếu."}, stored.actor("tonghop", clock()))
    with pytest.raises(RecallRefused, match="sửa được ngay"):
        ask(stored, clock)
    assert Recall.select().count() == 0


def test_an_accepted_report_and_one_of_a_closed_round_are_asked_for(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    send()
    Round.update(closes_at=clock()).execute()
    clock.move(hours=1)
    assert reports.withdrawal_refused(stored.report("P1"), clock()) is not None
    assert ask(stored, clock)
    Recall.delete().execute()
    review.accept(stored.report("P1"), 1, stored.actor("tonghop", clock()))
    assert ask(stored, clock)
    review.give_back(stored.report("P1"), 1, {"n1": "Sửa đi."}, stored.actor("tonghop", clock()))
    assert reports.closed_reason(stored.report("P1"), stored.actor("p1", clock())) is None, (
        "what is returned opens after closing too"
    )


def test_returning_grants_the_request(stored: people.Seed, asked: Recall, clock: people.SettableClock) -> None:
    clock.move(hours=1)
    review.give_back(stored.report("P1"), 1, {"n1": REASON}, stored.actor("tonghop", clock()))
    answered = Recall.get()
    assert (answered.granted, answered.answered_at, answered.answered_by) == (True, clock(), stored.accounts["tonghop"])
    assert stored.report("P1").status == Status.RETURNED
    assert wanted_back(stored, clock) == ""
    assert [action for action, _ in events()] == ["recall_asked", "report_returned"]


def test_declining_needs_an_answer_and_lets_the_unit_ask_again(
    stored: people.Seed, asked: Recall, clock: people.SettableClock
) -> None:
    clock.move(hours=1)
    team = stored.actor("tonghop", clock())
    before = list(Report.select().tuples())
    recalls.decline(stored.report("P1"), asked.id, ANSWER, team)
    assert list(Report.select().tuples()) == before
    (declined,) = recalls.of_report(stored.report("P1"))
    assert (declined.granted, declined.answer, declined.answered_at) == (False, ANSWER, clock())
    assert declined.answered_by == stored.accounts["tonghop"]
    assert wanted_back(stored, clock) == ""
    with pytest.raises(RecallRefused, match="đã được trả lời"):
        recalls.decline(stored.report("P1"), asked.id, "Lần nữa.", team)
    assert Recall.get().answer == ANSWER
    assert ask(stored, clock, "Vẫn cần sửa.")
    with pytest.raises(RecallRefused, match="yêu cầu khác"):
        recalls.decline(stored.report("P1"), asked.id, "Về yêu cầu cũ.", team)
    assert wanted_back(stored, clock) == "Vẫn cần sửa."
    assert [action for action, _ in events()] == ["recall_asked", "recall_declined", "recall_asked"]
    assert events()[1][1] == {"answer": ANSWER}


def test_a_request_is_never_passed_over_by_accepting(
    stored: people.Seed, asked: Recall, clock: people.SettableClock
) -> None:
    team = stored.actor("tonghop", clock())
    with pytest.raises(ReviewRefused, match="đang xin lấy lại"):
        review.accept(stored.report("P1"), 1, team)
    assert stored.report("P1").status == Status.SENT
    assert Decision.select().count() == 0
    assert Recall.get().answered_at is None
    recalls.decline(stored.report("P1"), asked.id, ANSWER, team)
    assert review.accept(stored.report("P1"), 1, team)
    assert not review.accept(stored.report("P1"), 1, team)
    assert stored.report("P1").status == Status.ACCEPTED


def test_asking_and_accepting_at_once_never_lose_the_request(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    send()
    team = stored.actor("tonghop", clock())
    review.begin(stored.report("P1"), 1, team)

    def work(number: int) -> bool:
        return ask(stored, clock) if number % 2 else review.accept(stored.report("P1"), 1, team)

    results = people.in_parallel(6, work)
    assert {type(result) for result in results} <= {bool, ReviewRefused}
    assert Recall.get().answered_at is None
    asked_first = any(isinstance(result, ReviewRefused) for result in results)
    assert stored.report("P1").status == (Status.SENT if asked_first else Status.ACCEPTED)


def test_a_unit_that_can_take_its_report_back_again_ends_its_own_request(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    send()
    Round.update(closes_at=clock()).execute()
    clock.move(hours=1)
    ask(stored, clock)
    with pytest.raises(ReportClosed):
        sending.withdraw(stored.report("P1"), stored.actor("p1", clock()))
    with database.transaction():
        Report.update(due_at=clock.now.replace(day=30)).where(Report.id == stored.report("P1").id).execute()
    sending.withdraw(stored.report("P1"), stored.actor("p1", clock()))
    answered = Recall.get()
    assert (answered.granted, answered.answered_by) == (True, stored.accounts["p1"])
    assert "tự rút lại" in answered.answer
    assert wanted_back(stored, clock) == ""
