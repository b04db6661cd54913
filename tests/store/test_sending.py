"""Sending, taking back, accepting and returning: what was sent stays as it was, and the status says where it lies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta

import people
import pytest
from peewee import DoesNotExist
from people import DIRECTIVE

from nhanquyen.clock import VIETNAM, days_late, end_of_day
from nhanquyen.form.patch import read_patch
from nhanquyen.store import attachments, reports, review, saving, sending
from nhanquyen.store.models import Event, Report, Revision, Round
from nhanquyen.store.reports import ReportClosed, Status
from nhanquyen.store.sending import ReportFaulty

Sent = Callable[[], tuple[Revision, bool]]
DUE = end_of_day(date(2023, 12, 22))


def actions() -> list[str]:
    wanted = ("report_sent", "report_withdrawn", "review_begun", "report_accepted", "report_returned")
    return [event.action for event in Event.select().where(Event.action.in_(wanted)).order_by(Event.id)]


def state(report: Report) -> tuple[object, ...]:
    return report.status, report.revision, report.sent_at, report.review_started_at, report.accepted_at


# --- Sending ---------------------------------------------------------------------------------------------


def test_a_revision_holds_every_value_and_its_checksum(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    report = stored.report("P1")
    row = saving.add_row(report, "n1", "chi_tiet", DIRECTIVE, stored.actor("p1", clock()))
    typed = {"ngay": "1/12/23", "hinh_thuc": "Họp dân", "noi_dung": "“Quyền con người”\nvà <b>", "long_ghep": "1"}
    stored.save("P1", {f"n1-chi_tiet-{row}-{field}": text for field, text in typed.items()}, clock())
    file = attachments.add(
        report, ("", "", ""), "a.pdf", "application/pdf", b"%PDF-", None, stored.actor("p1", clock())
    )
    revision, new = send()
    assert new
    assert (revision.number, revision.sent_at, revision.due_at) == (1, clock(), DUE)
    assert revision.sent_by == stored.accounts["p1"]
    assert revision.sha256 == hashlib.sha256(revision.content.encode()).hexdigest()
    content = json.loads(revision.content)
    stated = {
        f"{item}-{block}-{each['row']}-{key}": value
        for item, blocks in content["items"].items()
        for block, rows in blocks.items()
        for each in rows
        for key, value in each["values"].items()
    }
    answers = reports.load_answers(stored.report("P1"))
    present = {
        f"{item.key}-{block.key}-{each.key}-{key}": value
        for item in DIRECTIVE.items
        for block in item.blocks
        for each in answers.rows(item, block)
        for key, value in each.values.items()
    }
    assert stated == present
    assert stated["n1-so_lieu-0-so_luot_phat_thanh"] == 1240
    assert stated[f"n1-chi_tiet-{row}-noi_dung"] == "“Quyền con người” và <b>"
    assert content["unit"] == {"code": "P1", "name": "Ủy ban nhân dân Phường 1", "group": "XP"}
    assert [each["sha256"] for each in content["files"]] == [file.sha256]
    assert revision.content == json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert sending.content_of(sending.get_revision(report, 1))[1] == [file]


def test_sending_states_everything_on_the_report(stored: people.Seed, send: Sent, clock: people.SettableClock) -> None:
    clock.move(hours=1)
    send()
    report = stored.report("P1")
    assert state(report) == (Status.SENT, 1, clock(), None, None)
    items = [item.key for item in DIRECTIVE.items]
    assert people.kept_in(report) == people.derived_from_rows(report, items, clock().date())
    assert report.standings == {"n1": "co", "n2": "co", "n3": "co", "n4": "khong_thuoc", "n5": "co"}
    assert actions() == ["report_sent"]
    event = Event.get(Event.action == "report_sent")
    assert event.detail == {"receipt": sending.latest_revision(report).receipt}


def test_sending_twice_is_once(send: Sent) -> None:
    first, new = send()
    again, new_again = send()
    assert (new, new_again) == (True, False)
    assert (again.id, again.receipt) == (first.id, first.receipt)
    assert Revision.select().count() == 1
    assert actions() == ["report_sent"]


def test_sending_at_once_is_once(send: Sent) -> None:
    results = people.in_parallel(8, lambda _: send())
    assert all(isinstance(result, tuple) for result in results), results
    assert sorted(new for _, new in results) == [False] * 7 + [True]  # type: ignore[misc]
    assert len({revision.receipt for revision, _ in results}) == 1  # type: ignore[misc]
    assert Revision.select().count() == 1
    assert actions() == ["report_sent"]


def test_a_save_and_a_sending_at_once_come_one_after_the_other(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    """Whatever the order: what was acknowledged as saved before the sending is in the revision."""

    def work(number: int) -> object:
        return send() if number == 0 else stored.save("P1", {"n1-so_lieu-0-tai_lieu": "77"}, clock())

    _, saved = people.in_parallel(2, work)
    content = json.loads(sending.latest_revision(stored.report("P1")).content)
    sent = content["items"]["n1"]["so_lieu"][0]["values"].get("tai_lieu")
    assert isinstance(saved, ReportClosed) if sent is None else sent == 77


def test_a_report_with_faults_is_not_sent(stored: people.Seed, clock: people.SettableClock) -> None:
    stored.save("P1", people.complete_answers() | {"n1-so_lieu-0-so_cuoc": "nhiều"}, clock())
    before = list(Report.select().tuples())
    with pytest.raises(ReportFaulty) as refusal:
        sending.send(stored.report("P1"), DIRECTIVE, stored.actor("p1", clock()))
    assert [fault.address.name for fault in refusal.value.faults if fault.blocks] == ["n1-so_lieu-0-so_cuoc"]
    assert list(Report.select().tuples()) == before
    assert Revision.select().count() == 0
    assert actions() == []


def test_a_report_without_anything_is_not_sent(stored: people.Seed, clock: people.SettableClock) -> None:
    with pytest.raises(ReportFaulty):
        sending.send(stored.report("LT"), DIRECTIVE, stored.actor("lt", clock()))
    assert stored.report("LT").status == Status.NOT_STARTED


def test_a_warning_needs_an_explanation_and_then_passes(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    stored.save("P1", {"n1-so_lieu-0-so_luot_nguoi": "12.000"}, clock())
    with pytest.raises(ReportFaulty):
        send()
    stored.save("P1", {"n1-tinh_trang-0-giai_trinh": "Lễ hội của cả thị xã."}, clock())
    assert send()[1]


def test_receipts_differ_and_can_be_read_aloud(stored: people.Seed, send: Sent, clock: people.SettableClock) -> None:
    receipts = set()
    for _ in range(20):
        receipts.add(send()[0].receipt)
        sending.withdraw(stored.report("P1"), stored.actor("p1", clock()))
    assert len(receipts) == 20
    assert not set("".join(receipts)) & set("01IOilo")


# --- Late or not, closed or not -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "days"),
    [
        (DUE - timedelta(seconds=1), 0),
        (DUE, 0),
        (DUE + timedelta(milliseconds=1), 1),
        (DUE + timedelta(days=1), 1),
        (DUE + timedelta(days=1, milliseconds=1), 2),
        (DUE + timedelta(days=10), 10),
    ],
)
def test_late_is_decided_at_midnight(
    stored: people.Seed, send: Sent, clock: people.SettableClock, at: datetime, days: int
) -> None:
    clock.now = at
    revision, _ = send()
    assert days_late(revision.sent_at, revision.due_at) == days
    (line,) = [line for line in reports.board_lines(stored.round, at.date()) if line.code == "P1"]
    assert (line.late_days(at), line.status) == (days, Status.SENT)
    assert line.late_days(at + timedelta(days=30)) == days


@pytest.mark.parametrize(("seconds", "days"), [(-1, 0), (0, 0), (0.999, 0), (1, 1), (3600, 1), (8 * 3600, 1)])
def test_a_due_time_within_the_day_holds_for_its_whole_second(
    stored: people.Seed, send: Sent, clock: people.SettableClock, seconds: float, days: int
) -> None:
    due = datetime(2023, 12, 22, 17, 0, tzinfo=VIETNAM)
    Round.update(due_at=due).execute()
    clock.now = due + timedelta(seconds=seconds)
    revision, _ = send()
    assert days_late(revision.sent_at, revision.due_at) == days


def test_one_unit_has_more_time_without_the_others(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    later = DUE + timedelta(days=3)
    Report.update(due_at=later).where(Report.id == stored.report("P1").id).execute()
    Round.update(closes_at=DUE + timedelta(hours=1)).execute()
    clock.now = later
    late = {line.code: line.late_days(later) for line in reports.board_lines(stored.round, later.date())}
    assert late == {"P1": 0, "LT": 3, "VHTT": 3}
    with pytest.raises(ReportClosed, match="khóa sổ"):
        stored.save("LT", {"n1-so_lieu-0-so_cuoc": "1"}, clock())
    assert send()[0].due_at == later
    sending.withdraw(stored.report("P1"), stored.actor("p1", clock()))
    send()
    clock.move(seconds=1)
    with pytest.raises(ReportClosed, match="khóa sổ"):
        sending.withdraw(stored.report("P1"), stored.actor("p1", clock()))


@pytest.mark.parametrize(("seconds", "closed"), [(-1, False), (0, False), (0.999, False), (1, True)])
def test_the_round_closes_after_the_second_that_was_set(
    stored: people.Seed, send: Sent, clock: people.SettableClock, seconds: float, closed: bool
) -> None:
    closes = datetime(2023, 12, 24, 11, 30, tzinfo=VIETNAM)
    Round.update(closes_at=closes).execute()
    clock.now = closes + timedelta(seconds=seconds)
    if closed:
        with pytest.raises(ReportClosed, match="Liên hệ Đội Tổng hợp"):
            send()
        assert stored.report("P1").status == Status.DRAFTING
    else:
        assert send()[1]
        sending.withdraw(stored.report("P1"), stored.actor("p1", clock()))


def test_nothing_closes_without_a_closing_time(send: Sent, clock: people.SettableClock) -> None:
    clock.move(days=400)
    assert send()[1]


def test_a_returned_report_may_be_sent_after_closing(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    send()
    Round.update(closes_at=DUE).execute()
    clock.now = DUE + timedelta(days=5)
    review.give_back(stored.report("P1"), 1, {"n1": "Thiếu."}, stored.actor("tonghop", clock()))
    stored.save("P1", {"n1-so_lieu-0-tai_lieu": "5"}, clock())
    assert send()[0].number == 2
    with pytest.raises(ReportClosed, match="khóa sổ"):
        sending.withdraw(stored.report("P1"), stored.actor("p1", clock()))


# --- What was sent stays ------------------------------------------------------------------------------------


def test_a_revision_that_is_not_there(stored: people.Seed, send: Sent) -> None:
    with pytest.raises(DoesNotExist):
        sending.latest_revision(stored.report("P1"))
    send()
    for number in (0, 2, -1):
        with pytest.raises(DoesNotExist):
            sending.get_revision(stored.report("P1"), number)
    with pytest.raises(DoesNotExist):
        sending.get_revision(stored.report("LT"), 1)


def test_an_evidence_that_is_removed_later_stays_in_what_was_sent(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    clerk, report = stored.actor("p1", clock()), stored.report("P1")
    file = attachments.add(report, ("", "", ""), "a.pdf", "application/pdf", b"%PDF-1", None, clerk)
    send()
    sending.withdraw(report, clerk)
    attachments.remove(report, file, clerk)
    send()
    files = [[each.name for each in sending.content_of(sending.get_revision(report, n))[1]] for n in (1, 2)]
    assert files == [["a.pdf"], []]
    assert attachments.content(file) == b"%PDF-1"


def test_values_of_an_old_page_are_read_by_the_frozen_definition(
    stored: people.Seed, send: Sent, clock: people.SettableClock
) -> None:
    """The revision says what was sent even when the draft goes on changing."""
    send()
    sending.withdraw(stored.report("P1"), stored.actor("p1", clock()))
    patch = read_patch(DIRECTIVE, [("n1-so_lieu-0-so_cuoc", "999")])
    report = stored.report("P1")
    saving.save(report, patch, report.version, DIRECTIVE, stored.actor("p1", clock()))
    answers, _ = sending.content_of(sending.get_revision(report, 1))
    assert answers.at(DIRECTIVE.by_key["n1"], "n1.so_cuoc") == 12
