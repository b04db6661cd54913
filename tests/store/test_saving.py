"""Saving: what was typed is stored, two people never overwrite each other, and the summary follows the rows."""

from __future__ import annotations

from datetime import datetime

import people
import pytest
from people import DIRECTIVE

from nhanquyen.directive import Address
from nhanquyen.form.patch import BASE_PREFIX, read_patch
from nhanquyen.store import reports, saving
from nhanquyen.store.models import Entry, Event, Report, Round
from nhanquyen.store.reports import ReportClosed, Status
from nhanquyen.store.saving import Saved

SESSIONS, PEOPLE = "n1-so_lieu-0-so_cuoc", "n1-so_lieu-0-so_luot_nguoi"
TABLE = ("n1", "chi_tiet")


def save(stored: people.Seed, typed: dict[str, str], at: datetime, version: int | None = None) -> Saved:
    """Phường 1 saves *typed* from a page of *version*."""
    return saving.save(
        stored.report("P1"), read_patch(DIRECTIVE, typed.items()), version, DIRECTIVE, stored.actor("p1", at)
    )


def value(stored: people.Seed, name: str) -> object:
    address = Address.parse(name)
    row = reports.load_answers(stored.report("P1")).row(address.item, address.block, address.row)
    return row.values.get(address.field) if row else None


def add_row(stored: people.Seed, at: datetime, copy_of: str | None = None) -> str:
    return saving.add_row(stored.report("P1"), *TABLE, DIRECTIVE, stored.actor("p1", at), copy_of=copy_of)


def remove_row(stored: people.Seed, row: str, at: datetime, restore: bool = False) -> None:
    saving.remove_row(stored.report("P1"), *TABLE, row, DIRECTIVE, stored.actor("p1", at), restore=restore)


def table(stored: people.Seed) -> list[str]:
    block = DIRECTIVE.block(*TABLE)
    return [row.key for row in reports.load_answers(stored.report("P1")).rows(DIRECTIVE.by_key["n1"], block)]


def assert_summary_follows_rows(report: Report, at: datetime) -> None:
    assert people.kept_in(report) == people.derived_from_rows(report, report.progress, at.date())


# --- One person --------------------------------------------------------------------------------------


def test_what_was_typed_is_stored_with_who_and_when(stored: people.Seed, clock: people.SettableClock) -> None:
    clock.move(minutes=1)
    saved = save(stored, {SESSIONS: "1.234", PEOPLE: " nhiều "}, clock(), 0)
    assert (saved.version, saved.saved_at, saved.conflicts, saved.items) == (1, clock(), [], ["n1"])
    assert (value(stored, SESSIONS), value(stored, PEOPLE)) == (1234, "nhiều")
    report = stored.report("P1")
    assert (report.status, report.started_at, report.saved_at) == (Status.DRAFTING, clock(), clock())
    assert report.saved_by == stored.accounts["p1"]
    assert (report.totals, report.progress) == ({"n1.so_cuoc": 1234, "n1.chi_tiet.rows": 0}, {"n1": "co_loi"})
    assert_summary_follows_rows(report, clock())
    entry = Entry.get()
    assert (entry.saved_at, entry.saved_by) == (clock(), stored.accounts["p1"])


def test_an_emptied_field_leaves_nothing_behind(stored: people.Seed, clock: people.SettableClock) -> None:
    save(stored, {SESSIONS: "5"}, clock(), 0)
    save(stored, {SESSIONS: "  "}, clock(), 1)
    assert Entry.get().values == {}
    assert stored.report("P1").totals == {"n1.chi_tiet.rows": 0}


def test_a_whole_report_and_its_summary(stored: people.Seed, clock: people.SettableClock) -> None:
    saved = save(stored, people.complete_answers(), clock(), 0)
    assert saved.items == ["n1", "n2", "n3", "n5"]
    report = stored.report("P1")
    assert set(report.progress.values()) == {"xong"}
    assert report.standings == dict.fromkeys(saved.items, "co")
    assert report.totals["n3.bang_ron"] == 8
    assert report.totals["n3.khau_hieu.rows"] == 2
    assert_summary_follows_rows(report, clock())


def test_a_repeated_save_changes_nothing_and_is_no_conflict(stored: people.Seed, clock: people.SettableClock) -> None:
    """The answer to the first was lost on its way, so the page still shows the old version."""
    typed = {SESSIONS: "5", PEOPLE: "40"}
    save(stored, typed, clock(), 0)
    clock.move(minutes=1)
    again = save(stored, typed, clock(), 0)
    assert (again.version, again.conflicts, again.items) == (1, [], [])
    assert stored.report("P1").saved_at < clock()
    assert Event.select().where(Event.action == "report_saved").count() == 1


def test_the_version_grows_with_every_change(stored: people.Seed, clock: people.SettableClock) -> None:
    versions = [save(stored, {SESSIONS: str(number)}, clock(), number).version for number in range(5)]
    assert versions == [1, 2, 3, 4, 5]
    row = add_row(stored, clock())
    remove_row(stored, row, clock())
    assert stored.report("P1").version == 7


def test_one_sitting_is_one_line_of_the_log(stored: people.Seed, clock: people.SettableClock) -> None:
    def lines() -> int:
        return Event.select().where(Event.action == "report_saved").count()

    for number in range(20):
        save(stored, {SESSIONS: str(number + 1)}, clock(), number)
        clock.move(minutes=14)
    assert lines() == 1
    clock.move(minutes=1)
    save(stored, {SESSIONS: "99"}, clock(), 20)
    assert lines() == 2
    people.make_account("p1b", "Phường 1, người thứ hai", people.Role.UNIT, stored.units["P1"], clock())
    stored.accounts["p1"] = people.Account.get(people.Account.username == "p1b")
    save(stored, {SESSIONS: "100"}, clock(), 21)
    assert lines() == 3


# --- Two people ----------------------------------------------------------------------------------------


def test_what_the_sender_saw_decides(stored: people.Seed, clock: people.SettableClock) -> None:
    save(stored, {SESSIONS: "5"}, clock(), 0)
    save(stored, {SESSIONS: "6"}, clock(), 1)
    stale = save(stored, {SESSIONS: "7", BASE_PREFIX + SESSIONS: "5", PEOPLE: "40", BASE_PREFIX + PEOPLE: ""}, clock())
    ((conflict),) = stale.conflicts
    assert (conflict.address.name, conflict.mine, conflict.theirs) == (SESSIONS, 7, 6)
    assert (conflict.by, conflict.at) == ("Ủy ban nhân dân Phường 1", clock())
    assert (value(stored, SESSIONS), value(stored, PEOPLE)) == (6, 40)
    assert save(stored, {SESSIONS: "7", BASE_PREFIX + SESSIONS: "6"}, clock()).conflicts == []
    assert value(stored, SESSIONS) == 7


def test_a_conflict_tells_who_saved_that_very_value_and_when(stored: people.Seed, clock: people.SettableClock) -> None:
    """Not who saved another value of the same row last, which may have been oneself."""
    save(stored, {SESSIONS: "5"}, clock(), 0)
    since = clock()
    clock.move(minutes=7)
    patch = read_patch(DIRECTIVE, {PEOPLE: "40"}.items())
    team = stored.actor("tonghop", clock())
    Report.update(entered_at=clock(), entered_by=team.account).where(Report.id == stored.report("P1").id).execute()
    saving.save(stored.report("P1"), patch, 1, DIRECTIVE, team)
    stale = save(stored, {SESSIONS: "7", BASE_PREFIX + SESSIONS: "", PEOPLE: "41", BASE_PREFIX + PEOPLE: ""}, clock())
    told = {conflict.address.name: (conflict.by, conflict.at) for conflict in stale.conflicts}
    assert told == {SESSIONS: ("Ủy ban nhân dân Phường 1", since), PEOPLE: ("Đội Tổng hợp", clock())}


def test_a_conflict_over_a_removed_row_tells_when_it_went(stored: people.Seed, clock: people.SettableClock) -> None:
    row = add_row(stored, clock())
    clock.move(minutes=3)
    remove_row(stored, row, clock())
    name = f"n1-chi_tiet-{row}-hinh_thuc"
    ((conflict),) = save(stored, {name: "Họp dân", BASE_PREFIX + name: ""}, clock()).conflicts
    assert (conflict.gone, conflict.by, conflict.at) == (True, "Ủy ban nhân dân Phường 1", clock())


def test_values_from_before_the_stamps_are_those_of_their_row(stored: people.Seed, clock: people.SettableClock) -> None:
    save(stored, {SESSIONS: "5"}, clock(), 0)
    Entry.update(stamps=None).execute()
    ((conflict),) = save(stored, {SESSIONS: "7", BASE_PREFIX + SESSIONS: ""}, clock()).conflicts
    assert (conflict.by, conflict.at) == ("Ủy ban nhân dân Phường 1", clock())


def test_without_bases_a_stale_page_changes_nothing_that_is_stored(
    stored: people.Seed, clock: people.SettableClock
) -> None:
    save(stored, {SESSIONS: "5", PEOPLE: "40"}, clock(), 0)
    stale = save(stored, {SESSIONS: "7", PEOPLE: "40"}, clock(), 0)
    assert [(each.mine, each.theirs) for each in stale.conflicts] == [(7, 5)]
    assert save(stored, {SESSIONS: "7"}, clock(), None).conflicts
    assert value(stored, SESSIONS) == 5


@pytest.mark.parametrize(("first", "then"), [("0", None), ("", 0), ("1x", 1)])
def test_zero_blank_and_text_are_three_things(
    stored: people.Seed, clock: people.SettableClock, first: str, then: int | None
) -> None:
    save(stored, {SESSIONS: first, PEOPLE: "1"}, clock(), 0)
    assert save(stored, {SESSIONS: "" if then is None else str(then)}, clock(), 1).items == ["n1"]
    assert value(stored, SESSIONS) == then
    assert stored.report("P1").totals.get("n1.so_cuoc") == then


def test_disjoint_fields_saved_at_once_are_all_kept(stored: people.Seed, clock: people.SettableClock) -> None:
    block = DIRECTIVE.block("n1", "so_lieu")
    names = [f"n1-so_lieu-0-{field.key}" for field in block.fields]
    assert len(names) == 9
    results = people.in_parallel(
        9, lambda number: save(stored, {names[number]: str(number), BASE_PREFIX + names[number]: ""}, clock())
    )
    assert all(isinstance(result, Saved) and not result.conflicts for result in results), results
    assert sorted(result.version for result in results) == list(range(1, 10))  # type: ignore[attr-defined]
    assert [value(stored, name) for name in names] == list(range(9))
    report = stored.report("P1")
    assert report.version == 9
    assert_summary_follows_rows(report, clock())


def test_of_the_same_field_saved_at_once_one_wins_and_the_others_are_told(
    stored: people.Seed, clock: people.SettableClock
) -> None:
    results = people.in_parallel(
        8, lambda number: save(stored, {SESSIONS: str(number), BASE_PREFIX + SESSIONS: ""}, clock())
    )
    winners = [number for number, result in enumerate(results) if not result.conflicts]  # type: ignore[attr-defined]
    assert winners == [value(stored, SESSIONS)]
    assert stored.report("P1").version == 1
    for number, result in enumerate(results):
        if number not in winners:
            ((conflict),) = result.conflicts  # type: ignore[attr-defined]
            assert (conflict.mine, conflict.theirs) == (number, winners[0])


def test_many_units_save_at_once_without_an_error(stored: people.Seed, clock: people.SettableClock) -> None:
    def work(number: int) -> list[int]:
        code = ("P1", "LT", "VHTT")[number % 3]
        name = f"n2-hinh_thuc-0-{DIRECTIVE.block('n2', 'hinh_thuc').fields[number // 3].key}"
        return [stored.save(code, {name: str(turn)}, clock()).version for turn in range(1, 11)]

    results = people.in_parallel(9, work)
    assert all(isinstance(result, list) for result in results), results
    for code in stored.units:
        report = stored.report(code)
        assert report.version >= 10
        assert_summary_follows_rows(report, clock())


# --- Rows ------------------------------------------------------------------------------------------------


def test_rows_keep_their_order_and_a_copy_comes_right_after(stored: people.Seed, clock: people.SettableClock) -> None:
    one, two = add_row(stored, clock()), add_row(stored, clock())
    save(stored, {f"n1-chi_tiet-{one}-noi_dung": "Nói chuyện", f"n1-chi_tiet-{one}-luot_nguoi": "30"}, clock(), 2)
    copy = add_row(stored, clock(), copy_of=one)
    three = add_row(stored, clock())
    assert table(stored) == [one, copy, two, three]
    assert value(stored, f"n1-chi_tiet-{copy}-noi_dung") == "Nói chuyện"
    assert stored.report("P1").totals == {"n1.chi_tiet.rows": 4}
    remove_row(stored, copy, clock())
    assert table(stored) == [one, two, three]
    remove_row(stored, copy, clock(), restore=True)
    assert table(stored) == [one, copy, two, three]
    assert value(stored, f"n1-chi_tiet-{copy}-luot_nguoi") == 30
    assert_summary_follows_rows(stored.report("P1"), clock())


def test_a_row_removed_at_the_end_comes_back_to_its_place(stored: people.Seed, clock: people.SettableClock) -> None:
    one, two = add_row(stored, clock()), add_row(stored, clock())
    remove_row(stored, two, clock())
    three = add_row(stored, clock())
    remove_row(stored, two, clock(), restore=True)
    assert table(stored) == [one, two, three]


def test_removing_and_restoring_twice_is_once(stored: people.Seed, clock: people.SettableClock) -> None:
    row = add_row(stored, clock())
    remove_row(stored, row, clock(), restore=True)
    for restore in (False, False, True, True):
        remove_row(stored, row, clock(), restore=restore)
    rows = Event.select().where(Event.action.in_(("row_removed", "row_restored"))).order_by(Event.id)
    assert [event.action for event in rows] == ["row_removed", "row_restored"]
    assert stored.report("P1").version == 3
    assert table(stored) == [row]


def test_a_removed_row_takes_no_more_values(stored: people.Seed, clock: people.SettableClock) -> None:
    row = add_row(stored, clock())
    name = f"n1-chi_tiet-{row}-noi_dung"
    save(stored, {name: "cũ"}, clock(), 1)
    remove_row(stored, row, clock())
    late = save(stored, {name: "mới", BASE_PREFIX + name: "cũ"}, clock(), 3)
    assert [(each.mine, each.theirs) for each in late.conflicts] == [("mới", "cũ")]
    remove_row(stored, row, clock(), restore=True)
    assert value(stored, name) == "cũ"


def test_a_row_that_never_was_cannot_be_written(stored: people.Seed, clock: people.SettableClock) -> None:
    name = "n1-chi_tiet-rkhongco-noi_dung"
    late = save(stored, {name: "mới", BASE_PREFIX + name: ""}, clock(), 0)
    assert len(late.conflicts) == 1
    assert Entry.select().count() == 0


@pytest.mark.parametrize(("item", "block"), [("n1", "so_lieu"), ("n3", "khau_hieu"), ("n1", "x"), ("x", "chi_tiet")])
def test_only_tables_take_rows(stored: people.Seed, clock: people.SettableClock, item: str, block: str) -> None:
    report, actor = stored.report("P1"), stored.actor("p1", clock())
    with pytest.raises(KeyError):
        saving.add_row(report, item, block, DIRECTIVE, actor)
    with pytest.raises(KeyError):
        saving.remove_row(report, item, block, "kh1", DIRECTIVE, actor)
    assert Entry.select().count() == 0


def test_a_row_that_is_not_there_is_neither_copied_nor_removed(
    stored: people.Seed, clock: people.SettableClock
) -> None:
    removed = add_row(stored, clock())
    remove_row(stored, removed, clock())
    other = saving.add_row(stored.report("LT"), *TABLE, DIRECTIVE, stored.actor("lt", clock()))
    for row in ("rkhongco", other):
        with pytest.raises(KeyError):
            remove_row(stored, row, clock())
        with pytest.raises(KeyError):
            add_row(stored, clock(), copy_of=row)
    with pytest.raises(KeyError):
        add_row(stored, clock(), copy_of=removed)
    assert table(stored) == []


def test_a_table_has_its_limit_also_for_rows_that_come_back(stored: people.Seed, clock: people.SettableClock) -> None:
    limit = DIRECTIVE.block(*TABLE).max_rows
    first = add_row(stored, clock())
    now = {"saved_at": clock(), "saved_by": stored.accounts["p1"]}
    rows = [
        {"report": stored.report("P1"), "item": "n1", "block": "chi_tiet", "row": f"r{n}", "position": n + 1, **now}
        for n in range(1, limit)
    ]
    Entry.insert_many(rows).execute()
    with pytest.raises(ReportClosed, match=f"đã có {limit} dòng"):
        add_row(stored, clock())
    remove_row(stored, first, clock())
    add_row(stored, clock())
    with pytest.raises(ReportClosed, match=f"đã có {limit} dòng"):
        remove_row(stored, first, clock(), restore=True)
    assert len(table(stored)) == limit


def test_rows_added_at_once_are_all_kept(stored: people.Seed, clock: people.SettableClock) -> None:
    results = people.in_parallel(8, lambda _: add_row(stored, clock()))
    assert sorted(map(str, results)) == sorted(table(stored))
    report = stored.report("P1")
    assert (report.version, report.totals) == (8, {"n1.chi_tiet.rows": 8})


# --- When it is closed -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.SENT, Status.RESENT, Status.ACCEPTED])
def test_what_was_sent_cannot_be_changed(stored: people.Seed, clock: people.SettableClock, status: Status) -> None:
    row = add_row(stored, clock())
    save(stored, {SESSIONS: "5"}, clock(), 1)
    Report.update(status=status).where(Report.id == stored.report("P1").id).execute()
    before = list(Entry.select().tuples()), list(Report.select().tuples())
    for act in (
        lambda: save(stored, {SESSIONS: "6"}, clock(), 2),
        lambda: add_row(stored, clock()),
        lambda: add_row(stored, clock(), copy_of=row),
        lambda: remove_row(stored, row, clock()),
        lambda: remove_row(stored, row, clock(), restore=True),
    ):
        with pytest.raises(ReportClosed, match=r"đã gửi|đã được tiếp nhận"):
            act()
    assert (list(Entry.select().tuples()), list(Report.select().tuples())) == before


def test_nothing_is_saved_after_the_closing_time_but_what_was_returned(
    stored: people.Seed, clock: people.SettableClock
) -> None:
    Round.update(closes_at=clock()).execute()
    assert save(stored, {SESSIONS: "5"}, clock(), 0).version == 1
    clock.move(seconds=1)
    with pytest.raises(ReportClosed, match="khóa sổ"):
        save(stored, {SESSIONS: "6"}, clock(), 1)
    Report.update(status=Status.RETURNED).where(Report.id == stored.report("P1").id).execute()
    assert save(stored, {SESSIONS: "6"}, clock(), 1).version == 2
