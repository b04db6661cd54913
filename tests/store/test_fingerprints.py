"""What reports share is kept as they are sent, and read without their answers; decisions replace one another."""

from __future__ import annotations

from datetime import date

import people
import pytest
from people import DIRECTIVE
from playhouse.test_utils import count_queries

from nhanquyen.store import overlaps, reports, review, saving, sending
from nhanquyen.store.models import Event, Fingerprint, Overlap, Report, Unit
from nhanquyen.store.overlaps import EACH, ONCE, Member

SESSION = {"ngay": "05/12/2023", "hinh_thuc": "Hội nghị", "noi_dung": "Quyền con người", "dia_diem": "Hội trường"}
DAY = date(2023, 12, 20)


def send(stored: people.Seed, code: str, clock: people.SettableClock, *rows: dict[str, str]) -> None:
    """The unit fills its report, adds these sessions and sends it."""
    actor = stored.actor(code.lower(), clock())
    stored.save(code, people.complete_answers(asked_of_item_4=code == "VHTT"), clock())
    for row in rows:
        key = saving.add_row(stored.report(code), "n1", "chi_tiet", DIRECTIVE, actor)
        stored.save(code, {f"n1-chi_tiet-{key}-{name}": text for name, text in (SESSION | row).items()}, clock())
    sending.send(stored.report(code), DIRECTIVE, actor)


def shared(stored: people.Seed) -> list[set[str]]:
    """The units of each activity that several report."""
    codes = {stored.report(code).id: code for code in stored.units}
    return [{codes[each] for each in ids} for ids in overlaps.shared_of(stored.round, DAY).values()]


def test_what_two_sent_reports_share_is_found_with_one_query(stored: people.Seed, clock: people.SettableClock) -> None:
    send(stored, "P1", clock, {}, {}, {"ngay": "06/12/2023"})
    assert shared(stored) == []
    send(stored, "LT", clock, {"noi_dung": "QUYỀN CON NGƯỜI."}, {"ngay": "07/12/2023"})
    assert shared(stored) == [{"P1", "LT"}]
    send(stored, "VHTT", clock, {"ngay": "7-12-2023"})
    with count_queries() as counter:
        found = overlaps.shared_of(stored.round, DAY)
    assert counter.count == 1
    assert sorted(map(len, found.values())) == [2, 2]
    ids = [stored.report(code).id for code in ("VHTT", "LT")]
    assert ids in found.values()  # in the order of the unit list


def test_only_what_is_sent_and_asked_of_an_active_unit_counts(stored: people.Seed, clock: people.SettableClock) -> None:
    for code in ("P1", "LT"):
        send(stored, code, clock, {})
    assert shared(stored) == [{"P1", "LT"}]
    review.give_back(stored.report("P1"), 1, {"n1": "Xem lại."}, stored.actor("tonghop", clock()))
    assert shared(stored) == []
    sending.send(stored.report("P1"), DIRECTIVE, stored.actor("p1", clock()))
    assert shared(stored) == [{"P1", "LT"}]
    Report.update(asked=False).where(Report.id == stored.report("LT").id).execute()
    assert shared(stored) == []
    Report.update(asked=True).where(Report.id == stored.report("LT").id).execute()
    Unit.update(active_to=DAY).where(Unit.code == "LT").execute()
    assert shared(stored) == []


def test_a_new_sending_replaces_what_the_old_one_said(stored: people.Seed, clock: people.SettableClock) -> None:
    for code in ("P1", "LT"):
        send(stored, code, clock, {})
    actor = stored.actor("p1", clock())
    sending.withdraw(stored.report("P1"), actor)
    (row,) = reports.load_answers(stored.report("P1")).rows(DIRECTIVE.by_key["n1"], DIRECTIVE.block("n1", "chi_tiet"))
    stored.save("P1", {f"n1-chi_tiet-{row.key}-ngay": "08/12/2023"}, clock())
    assert Fingerprint.select().count() == 2  # of what was sent, not of what is being typed
    sending.send(stored.report("P1"), DIRECTIVE, actor)
    assert shared(stored) == []
    assert Fingerprint.select().where(Fingerprint.report == stored.report("P1")).count() == 1


def member(stored: people.Seed, code: str, kept: bool) -> Member:
    name = stored.units[code].name
    return Member(
        report=stored.report(code).id, revision=1, row="r1", code=code, name=name, kept=kept,
        amounts={"n1.so_cuoc": 1},
    )  # fmt: skip


def test_a_later_decision_replaces_the_earlier_and_both_are_logged(
    stored: people.Seed, clock: people.SettableClock
) -> None:
    actor = stored.actor("tonghop", clock())
    both = [member(stored, "P1", True), member(stored, "LT", False)]
    overlaps.decide(stored.round, "f" * 64, "Mít tinh " * 90, ONCE, both, "", actor)
    overlaps.decide(stored.round, "f" * 64, "Mít tinh", EACH, [each | {"kept": False} for each in both], "Khác", actor)  # type: ignore[misc]
    (decided,) = overlaps.overlaps_of(stored.round)
    assert (decided.verdict, decided.note, decided.decided_by.username) == (EACH, "Khác", "tonghop")
    said = list(Event.select().where(Event.action == "overlap_decided").order_by(Event.id))
    assert [event.subject.split(":")[0] for event in said] == ["Tính một lần", "Tính riêng từng đơn vị"]
    assert said[0].detail["units"] == ["P1 (giữ)", "LT"]


@pytest.mark.parametrize(("verdict", "kept"), [(ONCE, (False, False)), (ONCE, (True, True)), ("twice", (True, False))])
def test_counted_once_exactly_one_row_is_kept(
    stored: people.Seed, clock: people.SettableClock, verdict: str, kept: tuple[bool, bool]
) -> None:
    members = [member(stored, code, each) for code, each in zip(("P1", "LT"), kept, strict=True)]
    with pytest.raises(ValueError, match=r"kept|twice"):
        overlaps.decide(stored.round, "f" * 64, "Mít tinh", verdict, members, "", stored.actor("tonghop", clock()))
    assert Overlap.select().count() == Event.select().where(Event.action == "overlap_decided").count() == 0
