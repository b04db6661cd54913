"""What a proxy repeats, a finger presses twice or a lost answer makes a page send again is carried out once."""

from __future__ import annotations

from io import BytesIO

import people
import pytest

from nhanquyen.form.patch import BASE_PREFIX
from nhanquyen.store.models import Attachment, Entry, Event, Revision

FIELD = "n1-so_lieu-0-so_cuoc"


@pytest.fixture
def base(seed: people.Seed) -> str:
    return f"/bao-cao/{seed.report('P1').id}"


def test_every_form_that_changes_a_report_names_its_page(as_unit: people.Browser, seed: people.Seed, base: str) -> None:
    seen = set()
    for path in ("/bao-cao", f"{base}/minh-chung", f"{base}/rut-lai", f"{base}/xin-lay-lai"):
        page = as_unit.get(path).get_data(as_text=True)
        if 'name="tab"' in page:
            tab = page.split('name="tab" value="')[1].split('"')[0]
            assert len(tab) == 16
            assert 'name="seq" value="1"' in page
            seen.add(tab)
    assert len(seen) >= 3


def test_a_save_that_comes_late_changes_nothing(as_unit: people.Browser, seed: people.Seed, base: str) -> None:
    as_unit.post(f"{base}/luu", {FIELD: "6", BASE_PREFIX + FIELD: "", "tab": "a1", "seq": "2"}, htmx=True)
    late = {FIELD: "5", BASE_PREFIX + FIELD: "", "tab": "a1", "seq": "1"}
    answer = as_unit.post(f"{base}/luu", late, htmx=True)
    assert answer.status_code == 200
    assert "Đã lưu lúc" in answer.get_data(as_text=True)
    assert seed.value(FIELD) == 6


def test_a_button_that_adds_a_row_adds_one(as_unit: people.Browser, seed: people.Seed, base: str) -> None:
    form = {FIELD: "3", BASE_PREFIX + FIELD: "", "action": "them.n1.chi_tiet", "tab": "a1", "seq": "1"}
    first, again = as_unit.post(base, form, htmx=True), as_unit.post(base, form, htmx=True)
    assert (first.status_code, again.status_code) == (200, 200)
    assert Entry.select().where(Entry.block == "chi_tiet").count() == 1
    row = Entry.get(Entry.block == "chi_tiet").row
    assert f"row-n1-chi_tiet-{row}" in again.get_data(as_text=True)
    assert seed.value(FIELD) == 3
    as_unit.post(base, {"action": "them.n1.chi_tiet", "tab": "a1", "seq": "2"})
    assert Entry.select().where(Entry.block == "chi_tiet").count() == 2


def test_a_row_that_could_not_be_added_is_added_by_the_repeat(
    as_unit: people.Browser, seed: people.Seed, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The values were saved, then the program broke: the request as a whole was not carried out."""
    form = {FIELD: "3", BASE_PREFIX + FIELD: "", "action": "them.n1.chi_tiet", "tab": "a1", "seq": "1"}
    with monkeypatch.context() as broken:
        broken.setattr("nhanquyen.store.saving.add_row", lambda *_, **__: 1 / 0)
        assert as_unit.post(base, form, htmx=True).status_code == 500
    assert seed.value(FIELD) == 3
    assert as_unit.post(base, form, htmx=True).status_code == 200
    assert Entry.select().where(Entry.block == "chi_tiet").count() == 1


def test_a_sending_that_comes_again_sends_nothing_after_the_return(
    as_unit: people.Browser, as_team: people.Browser, seed: people.Seed, clock: people.SettableClock, base: str
) -> None:
    seed.save("P1", people.complete_answers(), clock())
    form = {"khong_mat": "1", "tab": "a1", "seq": "1"}
    assert as_unit.post(f"{base}/gui", form).status_code == 303
    back = {"lan_gui": "1", "chon-n1": "1", "ly-do-n1": "Bổ sung số liệu."}
    assert as_team.post(f"/tong-hop{base}/tra-lai", back).status_code == 303
    assert seed.report("P1").status == "returned"
    answer = as_unit.post(f"{base}/gui", form)
    assert answer.location.endswith("/bien-nhan/1")
    assert (seed.report("P1").status, Revision.select().count()) == ("returned", 1)


def test_a_file_is_stored_once_and_stays_removed(as_unit: people.Browser, seed: people.Seed, base: str) -> None:
    def add() -> int:
        form = {"tep": (BytesIO(b"%PDF-1.4\n1 0 obj\n%%EOF\n"), "a.pdf"), "tab": "a1", "seq": "1"}
        return as_unit.post(f"{base}/minh-chung", form, content_type="multipart/form-data").status_code

    assert add() == 303
    file = Attachment.get()
    as_unit.post(f"{base}/minh-chung/{file.id}/xoa", {"tab": "a2", "seq": "1"})
    assert add() == 303
    assert Attachment.select().count() == 1
    assert Attachment.get().removed_at is not None
    assert Event.select().where(Event.action == "evidence_added").count() == 1


def test_another_file_under_a_number_that_was_used_is_a_file_of_its_own(
    as_unit: people.Browser, seed: people.Seed, base: str
) -> None:
    """No page of ours sends that; whoever does gets no error page for it."""
    for content in (b"%PDF-1.4\n1 0 obj\n%%EOF\n", b"%PDF-1.4\n2 0 obj\n%%EOF\n"):
        form = {"tep": (BytesIO(content), "a.pdf"), "tab": "a1", "seq": "1"}
        assert as_unit.post(f"{base}/minh-chung", form, content_type="multipart/form-data").status_code == 303
    assert Attachment.select().count() == 2


@pytest.mark.parametrize(
    ("tab", "seq"), [("", "1"), ("a" * 41, "1"), ("a1", "x"), ("a1", "1" * 12), ("ă", "1"), ("-", "1")]
)
def test_a_page_that_does_not_name_itself_is_served_as_ever(
    as_unit: people.Browser, seed: people.Seed, base: str, tab: str, seq: str
) -> None:
    for value, before in (("5", ""), ("", "5"), ("5", "")):
        form = {FIELD: value, BASE_PREFIX + FIELD: before, "tab": tab, "seq": seq}
        assert as_unit.post(f"{base}/luu", form, htmx=True).status_code == 200
    assert seed.value(FIELD) == 5
