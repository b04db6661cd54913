"""One request has one effect: what comes twice, or after something newer of the same page, changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import people
import pytest
from people import DIRECTIVE

from nhanquyen.form.patch import BASE_PREFIX, read_patch
from nhanquyen.store import attachments, recalls, review, saving, sending
from nhanquyen.store.models import Attachment, Entry, Event, Recall, Revision
from nhanquyen.store.once import NUMBERS_KEPT, TABS_KEPT, Once
from nhanquyen.store.reports import Status
from nhanquyen.store.saving import Saved

FIELD = "n1-so_lieu-0-so_cuoc"
TABLE = ("n1", "chi_tiet")
Send = Callable[[], tuple[Revision, bool]]


def save(stored: people.Seed, value: str, base: str, once: Once, at: people.SettableClock) -> Saved:
    patch = read_patch(DIRECTIVE, {FIELD: value, BASE_PREFIX + FIELD: base}.items())
    return saving.save(stored.report("P1"), patch, None, DIRECTIVE, stored.actor("p1", at()), once)


def test_a_repeated_save_does_not_undo_what_came_after_it(stored: people.Seed, clock: people.SettableClock) -> None:
    """From blank to 5 and back to blank: to the first save, sent once more, everything looks as it did."""
    save(stored, "5", "", Once("a", 1), clock)
    save(stored, "", "5", Once("a", 2), clock)
    again = save(stored, "5", "", Once("a", 1), clock)
    assert (again.conflicts, again.items, again.version) == ([], [], 2)
    assert stored.value(FIELD) is None


def test_a_repeated_save_tells_its_conflict_again(stored: people.Seed, clock: people.SettableClock) -> None:
    """A proxy sent it twice and passed on the second answer: it must not read as if everything were saved."""
    save(stored, "9", "", Once("b", 1), clock)
    for _ in range(2):
        (conflict,) = save(stored, "5", "", Once("a", 1), clock).conflicts
        assert (conflict.mine, conflict.theirs) == (5, 9)
    assert stored.value(FIELD) == 9


def test_a_save_that_changed_nothing_is_remembered_too(stored: people.Seed, clock: people.SettableClock) -> None:
    """The answer to the first was lost, the second stored nothing new; then somebody else took the value back."""
    save(stored, "5", "", Once("a", 1), clock)
    save(stored, "5", "", Once("a", 2), clock)
    save(stored, "", "5", Once("b", 1), clock)
    save(stored, "5", "", Once("a", 2), clock)
    assert stored.value(FIELD) is None


def test_a_save_that_was_overtaken_is_passed_over(stored: people.Seed, clock: people.SettableClock) -> None:
    save(stored, "6", "", Once("a", 2), clock)
    late = save(stored, "5", "", Once("a", 1), clock)
    assert (late.conflicts, stored.value(FIELD)) == ([], 6)
    assert Event.select().where(Event.action == "report_saved").count() == 1


def test_a_save_that_failed_may_come_again(stored: people.Seed, clock: people.SettableClock) -> None:
    broken = pytest.MonkeyPatch()
    broken.setattr(saving, "touch", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save(stored, "5", "", Once("a", 1), clock)
    broken.undo()
    save(stored, "5", "", Once("a", 1), clock)
    assert stored.value(FIELD) == 5


def test_pages_do_not_stand_in_each_others_way(stored: people.Seed, clock: people.SettableClock) -> None:
    save(stored, "5", "", Once("a", 7), clock)
    save(stored, "6", "5", Once("b", 1), clock)
    save(stored, "7", "6", Once("a", 8), clock)
    assert stored.value(FIELD) == 7
    assert stored.report("P1").handled == [["b", [1]], ["a", [7, 8]]]


def test_what_is_remembered_stays_small(stored: people.Seed, clock: people.SettableClock) -> None:
    for tab in range(2 * TABS_KEPT):
        save(stored, f"{tab}", f"{tab - 1}" if tab else "", Once(f"t{tab}", 1), clock)
    for number in range(2, 2 * NUMBERS_KEPT):
        save(stored, f"{100 + number}", "", Once("t31", number), clock)
    handled = stored.report("P1").handled
    assert len(handled) == TABS_KEPT
    assert handled[-1] == ["t31", list(range(NUMBERS_KEPT, 2 * NUMBERS_KEPT))]


def test_a_row_is_added_copied_removed_and_brought_back_once(stored: people.Seed, clock: people.SettableClock) -> None:
    clerk = stored.actor("p1", clock())

    def add(number: int, copy_of: str | None = None) -> str:
        report = stored.report("P1")
        return saving.add_row(report, *TABLE, DIRECTIVE, clerk, copy_of=copy_of, request=Once("a", number))

    def remove(number: int, row: str, restore: bool = False) -> None:
        report = stored.report("P1")
        saving.remove_row(report, *TABLE, row, DIRECTIVE, clerk, restore=restore, request=Once("a", number))

    first = add(1)
    assert add(1) == first
    copy = add(2, first)
    assert add(2, first) == copy != first
    remove(3, first)
    remove(4, first, restore=True)
    remove(3, first)
    assert Entry.select().where(Entry.removed_at.is_null()).count() == 2
    remove(5, first)
    remove(4, first, restore=True)
    assert [row.row for row in Entry.select().where(Entry.removed_at.is_null())] == [copy]


def test_a_report_is_sent_and_taken_back_once(stored: people.Seed, clock: people.SettableClock) -> None:
    """The same request arrives again after the Team returned the report, or after it was sent anew."""
    clerk, team = stored.actor("p1", clock()), stored.actor("tonghop", clock())
    stored.save("P1", people.complete_answers(), clock())
    _, new = sending.send(stored.report("P1"), DIRECTIVE, clerk, Once("send", 1))
    assert new
    sending.withdraw(stored.report("P1"), clerk, Once("back", 1))
    revision, new = sending.send(stored.report("P1"), DIRECTIVE, clerk, Once("send", 1))
    assert (revision.number, new, stored.report("P1").status) == (1, False, Status.DRAFTING)
    sending.send(stored.report("P1"), DIRECTIVE, clerk, Once("again", 1))
    sending.withdraw(stored.report("P1"), clerk, Once("back", 1))
    assert (stored.report("P1").status, Revision.select().count()) == (Status.SENT, 2)
    review.give_back(stored.report("P1"), 2, {"n1": "Bổ sung số liệu."}, team)
    sending.send(stored.report("P1"), DIRECTIVE, clerk, Once("again", 1))
    assert (stored.report("P1").status, Revision.select().count()) == (Status.RETURNED, 2)
    assert Event.select().where(Event.action == "report_sent").count() == 2


def test_evidence_that_was_removed_does_not_come_back(stored: people.Seed, clock: people.SettableClock) -> None:
    clerk = stored.actor("p1", clock())

    def add() -> Attachment:
        place, data = ("", "", ""), b"%PDF-1.4 %%EOF"
        report = stored.report("P1")
        return attachments.add(report, place, "a.pdf", "application/pdf", data, None, clerk, Once("up", 1))

    def remove(restore: bool, once: Once) -> None:
        attachments.remove(stored.report("P1"), file, clerk, restore=restore, request=once)

    file = add()
    remove(False, Once("off", 1))
    assert add() == file
    assert not list(attachments.of_report(stored.report("P1")))
    remove(True, Once("on", 1))
    remove(False, Once("off", 1))
    assert list(attachments.of_report(stored.report("P1"))) == [file]
    assert Attachment.select().count() == 1


def test_a_report_is_asked_back_once(stored: people.Seed, clock: people.SettableClock, send: Send) -> None:
    send()
    clerk, team = stored.actor("p1", clock()), stored.actor("tonghop", clock())
    review.begin(stored.report("P1"), 1, team)
    assert recalls.ask(stored.report("P1"), "Sai số.", clerk, Once("ask", 1))
    recall = recalls.unanswered(stored.report("P1"))
    assert recall is not None
    recalls.decline(stored.report("P1"), recall.id, "Đã tổng hợp.", team)
    assert not recalls.ask(stored.report("P1"), "Sai số.", clerk, Once("ask", 1))
    assert Recall.select().count() == 1
