"""Rounds and who is asked in them: a definition stays as it was opened, the lines are those of the active units."""

from __future__ import annotations

from datetime import date, timedelta

import people
import pytest
from people import DIRECTIVE

from nhanquyen.clock import end_of_day
from nhanquyen.directive import parse_directive
from nhanquyen.form.patch import BASE_PREFIX
from nhanquyen.store import recipients, reports, rounds, sending, units
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Event, Report, Round
from nhanquyen.store.reports import Status


def lines(stored: people.Seed, day: date) -> list[str]:
    return [line.code for line in reports.board_lines(stored.round, day)]


def test_a_round_keeps_the_definition_that_it_was_opened_with(stored: people.Seed, clock: people.SettableClock) -> None:
    assert rounds.directive_of(rounds.current_round()) == DIRECTIVE
    source = DIRECTIVE.source.replace("217-catx-2023", "300-catx-2024").replace("217/CATX", "300/CATX")
    changed = parse_directive(source, "300-catx-2024")
    clock.move(days=300)
    opened = rounds.open_round(changed, Actor(None, "", clock()))
    assert rounds.current_round() == opened
    assert opened.title == "Công văn số 300/CATX"
    assert (opened.due_at, opened.closes_at) == (end_of_day(date(2023, 12, 22)), None)
    assert rounds.directive_of(rounds.current_round()) == changed
    assert rounds.directive_of(Round.get_by_id(stored.round.id)) == DIRECTIVE
    assert Report.select().where(Report.round == opened).count() == 3
    assert Report.select().count() == 6


def test_every_unit_has_one_report_however_often_it_is_given(stored: people.Seed) -> None:
    more = [people.make_unit(f"X{number}", f"Xã {number}", "XP", 10 + number) for number in range(1200)]
    for _ in range(2):
        rounds.add_reports(stored.round, [*stored.units.values(), *more])
    assert Report.select().where(Report.round == stored.round).count() == 1203
    assert stored.report("VHTT").duties == {"n4": True}
    assert stored.report("P1").duties == {}


def test_the_board_has_the_active_units_that_are_asked_in_their_order(
    stored: people.Seed, clock: people.SettableClock
) -> None:
    today = clock().date()
    boss = stored.actor("quantri", clock())
    assert lines(stored, today) == ["VHTT", "P1", "LT"]
    assert lines(stored, date(2023, 10, 31)) == []
    units.move_unit("LT", 1, boss)
    assert lines(stored, today) == ["LT", "VHTT", "P1"]
    units.set_active("VHTT", False, boss)
    assert lines(stored, today) == ["LT", "P1"]
    assert lines(stored, today - timedelta(days=1)) == ["LT", "VHTT", "P1"]
    recipients.set_recipients(stored.round, {stored.units["P1"].id}, boss)
    assert lines(stored, today) == ["P1"]


def test_recipients_are_set_for_thousands_at_once_and_only_for_active_units(
    stored: people.Seed, clock: people.SettableClock
) -> None:
    more = [people.make_unit(f"X{number}", f"Xã {number}", "XP", 10 + number) for number in range(1100)]
    gone = people.make_unit("CU", "Xã đã giải thể", "XP", 5000, active_to=date(2023, 12, 1))
    rounds.add_reports(stored.round, [*more, gone])
    boss = stored.actor("quantri", clock())
    assert recipients.set_recipients(stored.round, set(), boss)
    assert Report.select().where(Report.asked).count() == 1
    assert recipients.set_recipients(stored.round, {unit.id for unit in more}, boss)
    assert not recipients.set_recipients(stored.round, {unit.id for unit in more}, boss)
    assert len(lines(stored, clock().date())) == 1100
    assert Event.select().where(Event.action == "round_edited").count() == 2


def test_a_duty_changes_what_the_report_says_of_the_item(stored: people.Seed, clock: people.SettableClock) -> None:
    item = DIRECTIVE.by_key["n4"]
    boss = stored.actor("quantri", clock())
    stored.save("P1", people.complete_answers(), clock())
    stored.save("VHTT", people.complete_answers(), clock())
    sending.send(stored.report("P1"), DIRECTIVE, stored.actor("p1", clock()))
    assert stored.report("P1").standings["n4"] == "khong_thuoc"
    assert recipients.set_duties(stored.round, item, {stored.units["LT"].id}, DIRECTIVE, boss)
    assert stored.report("LT").duties == {"n4": True}
    assert (stored.report("LT").status, stored.report("LT").progress) == (Status.NOT_STARTED, {})
    vhtt = stored.report("VHTT")
    assert (vhtt.duties, vhtt.standings["n4"], vhtt.progress["n4"]) == ({}, "khong_thuoc", "xong")
    for code in ("P1", "VHTT"):
        report = stored.report(code)
        assert people.kept_in(report) == people.derived_from_rows(report, report.progress, clock().date())
    assert not recipients.set_duties(stored.round, item, {stored.units["LT"].id}, DIRECTIVE, boss)


def test_changes_at_once_are_all_kept(stored: people.Seed, clock: people.SettableClock) -> None:
    """A duty is given while the clerk saves: neither takes the other back."""
    item, boss = DIRECTIVE.by_key["n4"], stored.actor("quantri", clock())
    both = {stored.units["P1"].id, stored.units["VHTT"].id}

    def work(number: int) -> object:
        if number == 0:
            return recipients.set_duties(stored.round, item, both, DIRECTIVE, boss)
        name = f"n1-so_lieu-0-{DIRECTIVE.block('n1', 'so_lieu').fields[number].key}"
        return stored.save("P1", {name: "1", BASE_PREFIX + name: ""}, clock()).version

    results = people.in_parallel(6, work)
    assert results[0] is True
    assert all(isinstance(result, int) for result in results), results
    report = stored.report("P1")
    assert report.duties == {"n4": True}
    assert sum(path.startswith("n1.") for path in report.totals) == 6
    assert people.kept_in(report) == people.derived_from_rows(report, report.progress, clock().date())


@pytest.mark.parametrize("hours", [0, 5])
def test_editing_a_round_is_logged_only_when_something_changes(
    stored: people.Seed, clock: people.SettableClock, hours: int
) -> None:
    due = stored.round.due_at + timedelta(hours=hours)
    assert rounds.edit_round(stored.round, due, None, stored.actor("quantri", clock())) == bool(hours)
    assert Event.select().where(Event.action == "round_edited").count() == bool(hours)
    assert Round.get_by_id(stored.round.id).due_at == due


def test_answers_of_many_reports_come_in_the_order_asked_for(
    stored: people.Seed, clock: people.SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, code in enumerate(("LT", "P1"), start=1):
        stored.save(code, {"n1-so_lieu-0-so_cuoc": str(number)}, clock())
    ids = [stored.report(code).id for code in ("P1", "VHTT", "LT")]
    monkeypatch.setattr(reports, "AT_ONCE", 2)
    found = list(reports.each_answers(iter(ids)))
    assert [report_id for report_id, _ in found] == ids
    values = [answers.single_values(DIRECTIVE.by_key["n1"]).get("so_cuoc") for _, answers in found]
    assert values == [2, None, 1]


def test_a_line_says_what_its_report_says(stored: people.Seed, clock: people.SettableClock) -> None:
    stored.save("P1", people.complete_answers(), clock())
    clock.move(days=4)
    sending.send(stored.report("P1"), DIRECTIVE, stored.actor("p1", clock()))
    report = stored.report("P1")
    (line,) = [line for line in reports.board_lines(stored.round, clock().date()) if line.code == "P1"]
    assert (line.report_id, line.unit_id, line.name, line.contact) == (
        report.id, report.unit_id, "Ủy ban nhân dân Phường 1", "Trần Thị Hoa",
    )  # fmt: skip
    assert (line.totals, line.standings, line.progress) == (report.totals, report.standings, report.progress)
    assert (line.sent_at, line.due_at, line.revision, line.counted) == (clock(), stored.round.due_at, 1, True)
    assert line.late_days(clock() + timedelta(days=9)) == 2
    waiting = next(line for line in reports.board_lines(stored.round, clock().date()) if line.code == "LT")
    assert (waiting.status, waiting.revision, waiting.totals, waiting.sent_at) == (Status.NOT_STARTED, 0, {}, None)
    assert waiting.late_days(clock()) == 2


def test_a_round_that_was_restored_under_the_same_number_is_another_one(
    stored: people.Seed, clock: people.SettableClock
) -> None:
    """A restore replaces the rows under the running program, which has read the round before."""
    before = rounds.directive_of(rounds.current_round())
    other = before.source.replace(before.number, "9/CATX")
    Round.update(definition=other, opened_at=clock() - timedelta(days=365)).execute()
    assert rounds.directive_of(rounds.current_round()).number == "9/CATX"
