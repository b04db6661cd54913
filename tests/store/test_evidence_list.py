"""The evidence of many reports: the same files as report by report, in one query."""

from __future__ import annotations

import people
import pytest
from playhouse.test_utils import count_queries

from nhanquyen.store import attachments, reports, saving
from nhanquyen.store.models import Attachment, AttachmentContent

PDF = b"%PDF-1.4\n%%EOF\n"
COMMON = ("", "", "")
SLOGAN = ("n3", "khau_hieu", "kh1")


def add(stored: people.Seed, clock: people.SettableClock, code: str, name: str, place: attachments.Place) -> Attachment:
    actor = stored.actor(code.lower(), clock())
    return attachments.add(stored.report(code), place, name, "application/pdf", PDF + name.encode(), None, actor)


@pytest.fixture
def row(stored: people.Seed, clock: people.SettableClock) -> str:
    """A row of Phường 1's first table."""
    return saving.add_row(stored.report("P1"), "n1", "chi_tiet", people.DIRECTIVE, stored.actor("p1", clock()))


@pytest.fixture
def filled(stored: people.Seed, clock: people.SettableClock, row: str) -> list[int]:
    """Files at every kind of place, one of them taken off; the ids of all reports."""
    add(stored, clock, "P1", "chung.pdf", COMMON)
    add(stored, clock, "P1", "cuộc.pdf", ("n1", "chi_tiet", row))
    clock.move(minutes=5)
    add(stored, clock, "LT", "khẩu hiệu.pdf", SLOGAN)
    gone = add(stored, clock, "LT", "bỏ.pdf", COMMON)
    attachments.remove(stored.report("LT"), gone, stored.actor("lt", clock()))
    return [stored.report(code).id for code in stored.units]


def names(ids: list[int]) -> set[str]:
    return {held.name for held in attachments.of_reports(ids)}


def test_it_lists_what_each_report_lists(stored: people.Seed, filled: list[int]) -> None:
    found = attachments.of_reports(filled)
    one_by_one = [file for code in stored.units for file in attachments.of_report(stored.report(code))]
    assert {held.id for held in found} == {file.id for file in one_by_one}
    assert {held.name for held in found} == {"chung.pdf", "cuộc.pdf", "khẩu hiệu.pdf"}
    by_name = {file.name: file for file in one_by_one}
    for held in found:
        file = by_name[held.name]
        assert held == (
            file.id, file.report_id, file.item, file.block, file.row, file.name, file.media_type, file.size,
            file.sha256, file.added_at, file.added_by.display_name,
        )  # fmt: skip
        assert held.added_at.utcoffset() is not None


def test_only_the_reports_asked_for_are_listed(stored: people.Seed, filled: list[int]) -> None:
    assert names([stored.report("LT").id]) == {"khẩu hiệu.pdf"}
    assert names([]) == set()
    assert attachments.amounts([]) == {}


def test_the_files_of_a_removed_row_go_and_come_back_with_it(
    stored: people.Seed, clock: people.SettableClock, filled: list[int], row: str
) -> None:
    actor = stored.actor("p1", clock())
    saving.remove_row(stored.report("P1"), "n1", "chi_tiet", row, people.DIRECTIVE, actor)
    assert names(filled) == {"chung.pdf", "khẩu hiệu.pdf"}
    assert attachments.amounts(filled)[stored.report("P1").id].files == 1
    saving.remove_row(stored.report("P1"), "n1", "chi_tiet", row, people.DIRECTIVE, actor, restore=True)
    assert names(filled) == {"chung.pdf", "cuộc.pdf", "khẩu hiệu.pdf"}


def test_amounts_are_those_of_the_list(stored: people.Seed, filled: list[int]) -> None:
    found = attachments.amounts(filled)
    for code in ("P1", "LT"):
        files = list(attachments.of_report(stored.report(code)))
        assert found[stored.report(code).id] == (len(files), sum(file.size for file in files))
    assert stored.report("VHTT").id not in found


def test_it_is_one_query_whatever_the_number_of_reports(filled: list[int]) -> None:
    for call in (attachments.of_reports, attachments.amounts):
        with count_queries() as counter:
            call(filled * 200)
        assert counter.count == 1


def test_bytes_are_read_by_id(stored: people.Seed, clock: people.SettableClock) -> None:
    file = add(stored, clock, "P1", "a.pdf", COMMON)
    assert attachments.stored_bytes(file.id) == PDF + b"a.pdf"
    AttachmentContent.delete().where(AttachmentContent.attachment == file).execute()
    assert attachments.stored_bytes(file.id) is None


# --- The rows of a table over many reports -----------------------------------------------------------------


def add_rows(stored: people.Seed, clock: people.SettableClock, code: str, count: int) -> list[str]:
    actor = stored.actor(code.lower(), clock())
    return [saving.add_row(stored.report(code), "n1", "chi_tiet", people.DIRECTIVE, actor) for _ in range(count)]


def test_rows_come_by_unit_and_then_as_the_form_shows_them(stored: people.Seed, clock: people.SettableClock) -> None:
    lt = add_rows(stored, clock, "LT", 2)
    p1 = add_rows(stored, clock, "P1", 3)
    actor = stored.actor("p1", clock())
    copy = saving.add_row(stored.report("P1"), "n1", "chi_tiet", people.DIRECTIVE, actor, copy_of=p1[0])
    saving.remove_row(stored.report("P1"), "n1", "chi_tiet", p1[2], people.DIRECTIVE, actor)
    saving.add_row(stored.report("P1"), "n5", "van_ban", people.DIRECTIVE, actor)
    ids = {code: stored.report(code).id for code in ("P1", "LT")}
    wanted = [(ids["P1"], key) for key in (p1[0], copy, p1[1])] + [(ids["LT"], key) for key in lt]
    item, block = people.DIRECTIVE.by_key["n1"], people.DIRECTIVE.block("n1", "chi_tiet")
    assert [row.key for row in reports.load_answers(ids["P1"]).rows(item, block)] == [p1[0], copy, p1[1]]

    with count_queries() as counter:
        found = reports.block_rows(ids.values(), "n1", "chi_tiet")
    assert counter.count == 1
    assert [(report, row.key) for report, row in found] == wanted
    page = reports.block_rows(ids.values(), "n1", "chi_tiet", limit=2, offset=2)
    assert [(report, row.key) for report, row in page] == wanted[2:4]
    assert [row.key for _, row in reports.block_rows([ids["LT"]], "n1", "chi_tiet")] == lt
    assert reports.block_rows([], "n1", "chi_tiet") == []


def test_rows_come_with_their_values(stored: people.Seed, clock: people.SettableClock) -> None:
    (key,) = add_rows(stored, clock, "P1", 1)
    stored.save("P1", {f"n1-chi_tiet-{key}-ngay": "5/12/23", f"n1-chi_tiet-{key}-luot_nguoi": "40"}, clock())
    ((report, row),) = reports.block_rows([stored.report("P1").id], "n1", "chi_tiet")
    assert (report, row.values) == (stored.report("P1").id, {"ngay": "2023-12-05", "luot_nguoi": 40})
