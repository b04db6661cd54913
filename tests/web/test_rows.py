"""The rows that a clerk adds: by htmx in place, without JavaScript by the page, and never lost."""

from __future__ import annotations

import people
import pytest
from pages import soup
from people import DIRECTIVE
from werkzeug.test import TestResponse

from nhanquyen.store import database, reports
from nhanquyen.store.models import Entry, Event, Report

TABLES = [("n1", "chi_tiet"), ("n4", "danh_muc"), ("n5", "van_ban")]
SESSIONS = "n1-so_lieu-0-so_cuoc"


def press(browser: people.Browser, seed: people.Seed, action: str, htmx: bool = False, **typed: str) -> TestResponse:
    """Press a row button of Phường 1's form."""
    report = seed.report("P1")
    return browser.post(f"/bao-cao/{report.id}", {"ver": str(report.version), "action": action, **typed}, htmx=htmx)


def rows(seed: people.Seed, item: str = "n1", block: str = "chi_tiet") -> dict[str, dict[str, object]]:
    """The stored rows of a table in their order."""
    with database.connection():
        answers = reports.load_answers(seed.report("P1"))
    return {row.key: dict(row.values) for row in answers.rows(DIRECTIVE.by_key[item], DIRECTIVE.block(item, block))}


@pytest.mark.parametrize(("item", "block"), TABLES)
def test_a_row_is_added_in_place_and_typed_into_next(
    as_unit: people.Browser, seed: people.Seed, item: str, block: str
) -> None:
    answer = press(as_unit, seed, f"them.{item}.{block}", htmx=True)
    page = soup(answer)
    assert answer.status_code == 200
    assert "<html" not in answer.get_data(as_text=True)
    fieldset = page.find(id=f"block-{item}-{block}")
    assert fieldset is not None
    (key,) = rows(seed, item, block)
    section = page.find(id=f"row-{item}-{block}-{key}")
    assert section is not None
    first = DIRECTIVE.block(item, block).fields[0]
    assert [tag["id"] for tag in page.select("[autofocus]")] == [f"{item}-{block}-{key}-{first.key}"]
    version = page.find(id="ver")
    assert version is not None
    assert version["value"] == "1"
    assert version.has_attr("hx-swap-oob")
    for button in page.select(f"#block-{item}-{block} button[hx-post]"):
        assert button["hx-target"] == f"#block-{item}-{block}"


def test_a_button_first_saves_what_is_in_the_form(as_unit: people.Browser, seed: people.Seed) -> None:
    for htmx in (True, False):
        typed = {SESSIONS: str(10 + htmx)}
        assert press(as_unit, seed, "them.n1.chi_tiet", htmx, **typed).status_code == (200 if htmx else 303)
        assert seed.report("P1").totals["n1.so_cuoc"] == 10 + htmx
    assert len(rows(seed)) == 2


def test_without_javascript_the_page_comes_back_at_the_row(as_unit: people.Browser, seed: people.Seed) -> None:
    answer = press(as_unit, seed, "them.n1.chi_tiet")
    (key,) = rows(seed)
    assert answer.location == f"/bao-cao#row-n1-chi_tiet-{key}"
    page = soup(as_unit.get("/bao-cao"))
    assert page.find(id=f"row-n1-chi_tiet-{key}") is not None
    removed = press(as_unit, seed, f"xoa.n1.chi_tiet.{key}")
    assert removed.location == "/bao-cao#block-n1-chi_tiet"
    assert page.find(id="block-n1-chi_tiet") is not None


@pytest.mark.parametrize("htmx", [True, False])
def test_a_copy_holds_the_same_and_a_removed_row_comes_back(
    as_unit: people.Browser, seed: people.Seed, htmx: bool
) -> None:
    press(as_unit, seed, "them.n1.chi_tiet", htmx)
    (first,) = rows(seed)
    typed = {f"n1-chi_tiet-{first}-noi_dung": "Nói chuyện", f"n1-chi_tiet-{first}-ngay": "5/12/2023"}
    press(as_unit, seed, f"chep.n1.chi_tiet.{first}", htmx, **typed)
    held = rows(seed)
    copy = next(key for key in held if key != first)
    assert list(held) == [first, copy]
    assert held[first] == held[copy] == {"noi_dung": "Nói chuyện", "ngay": "2023-12-05"}
    answer = press(as_unit, seed, f"xoa.n1.chi_tiet.{first}", htmx)
    assert list(rows(seed)) == [copy]
    page = soup(answer if htmx else as_unit.get("/bao-cao"))
    undo = page.select_one(".undo button")
    assert undo is not None
    assert undo["value"] == f"lay.n1.chi_tiet.{first}"
    press(as_unit, seed, str(undo["value"]), htmx)
    assert rows(seed) == held
    page = soup(as_unit.get("/bao-cao"))
    assert not page.select(".undo")
    with database.connection():
        acts = [event.action for event in Event.select().order_by(Event.id)]
    assert [act for act in acts if act.startswith("row_")] == ["row_removed", "row_restored"]


def test_rows_are_named_by_their_number(as_unit: people.Browser, seed: people.Seed) -> None:
    press(as_unit, seed, "them.n1.chi_tiet")
    press(as_unit, seed, "them.n1.chi_tiet")
    page = soup(as_unit.get("/bao-cao"))
    sections = page.select("section[id^='row-n1-chi_tiet-']")
    assert [section["aria-label"] for section in sections] == ["cuộc 1", "cuộc 2"]
    assert "Xóa cuộc 2" in sections[1].get_text()
    label = sections[1].select_one("label")
    assert label is not None
    assert label.get_text(" ", strip=True).endswith(", cuộc 2")


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    "action",
    ["them.n1.so_lieu", "them.n3.khau_hieu", "them.n9.chi_tiet", "them.n1.khong_co", "xoa.n1.chi_tiet.rkhongco",
     "chep.n1.chi_tiet.rkhongco", "lay.n1.chi_tiet.rkhongco", "xoa.n1.chi_tiet", "xoa.n3.khau_hieu.kh1",
     "pha.n1.chi_tiet.r1", "..", "them..", "xoa.n1.chi_tiet.\x00", "xoa.n1.chi_tiet." + "r" * 5000],
)  # fmt: skip
def test_a_button_that_leads_nowhere_is_told_so(
    as_unit: people.Browser, seed: people.Seed, action: str, htmx: bool
) -> None:
    answer = press(as_unit, seed, action, htmx, **{SESSIONS: "5"})
    assert answer.status_code == 400
    assert "Dòng này không còn" in soup(answer).get_text()
    assert seed.report("P1").totals == {"n1.so_cuoc": 5, "n1.chi_tiet.rows": 0}


@pytest.mark.parametrize("action", ["", "x", "luu", "a.b", "them.n1"])
def test_any_other_button_saves(as_unit: people.Browser, seed: people.Seed, action: str) -> None:
    answer = press(as_unit, seed, action, **{SESSIONS: "5"})
    assert (answer.status_code, answer.location) == (303, "/bao-cao")
    assert seed.report("P1").totals["n1.so_cuoc"] == 5


def test_another_unit_s_row_is_not_there(as_unit: people.Browser, as_other: people.Browser, seed: people.Seed) -> None:
    press(as_unit, seed, "them.n1.chi_tiet")
    (key,) = rows(seed)
    other = seed.report("LT")
    for verb in ("xoa", "chep", "lay"):
        assert as_other.post(f"/bao-cao/{other.id}", {"action": f"{verb}.n1.chi_tiet.{key}"}).status_code == 400
    assert list(rows(seed)) == [key]
    assert Entry.select().count() == 1


def test_a_conflict_comes_before_the_button(as_unit: people.Browser, seed: people.Seed) -> None:
    """Nothing is added or removed while what was typed is not saved."""
    press(as_unit, seed, "luu", **{SESSIONS: "5"})
    report = seed.report("P1")
    for htmx in (True, False):
        typed = {SESSIONS: "6", "ver": "0", "action": "them.n1.chi_tiet"}
        assert as_unit.post(f"/bao-cao/{report.id}", typed, htmx=htmx).status_code == 409
    assert rows(seed) == {}


def test_a_full_table_says_so_and_keeps_the_text(as_unit: people.Browser, seed: people.Seed) -> None:
    with database.connection():
        block = DIRECTIVE.block("n1", "chi_tiet")
        stamp = {"report": seed.report("P1"), "item": "n1", "block": "chi_tiet", "saved_at": seed.round.opened_at,
                 "saved_by": seed.accounts["p1"]}  # fmt: skip
        Entry.insert_many([{**stamp, "row": f"r{n}", "position": n} for n in range(block.max_rows)]).execute()
    assert as_unit.get("/bao-cao").status_code == 200
    for htmx in (True, False):
        answer = press(as_unit, seed, "them.n1.chi_tiet", htmx, **{SESSIONS: "5"})
        assert answer.status_code == 409
        assert f"Bảng đã có {block.max_rows} dòng" in soup(answer).get_text()
    assert len(rows(seed)) == block.max_rows
    assert Report.get_by_id(seed.report("P1").id).totals["n1.so_cuoc"] == 5
