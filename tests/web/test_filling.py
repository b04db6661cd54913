"""Fill over HTTP: every question is there once, every answer is stored, and nothing that was typed is ever lost."""

from __future__ import annotations

import time
from collections import Counter

import html5lib
import people
import pytest
from bs4 import BeautifulSoup
from flask import Flask
from pages import form_of, pairs_of, shown, soup
from people import DIRECTIVE
from werkzeug.test import TestResponse

from nhanquyen.directive import Address, BlockKind, Kind
from nhanquyen.form.patch import BASE_PREFIX, field_at
from nhanquyen.store.models import Entry

SESSIONS, PEOPLE = "n1-so_lieu-0-so_cuoc", "n1-so_lieu-0-so_luot_nguoi"
HARD = "n5-danh_gia-0-kho_khan"
HOSTILE = [
    "=1+1", "+84", "@SUM(A1)", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{ 7*7 }}", "{% raw %}",
    "'; DROP TABLE entry; --", "\x00\x08NUL", "\ud7ff\ufffe", "Ðặng Văn Đô\u200b", "\u202eđảo", "a\u0301" * 50,
    "👍🏽" * 20, "   ", "\r\n\r\n", "NULL", "None", "1e309", "-5", "٣", "１２", "1_000", "0x10", "Infinity", "9" * 25,
]  # fmt: skip


def address(seed: people.Seed, code: str = "P1", verb: str = "") -> str:
    return f"/bao-cao/{seed.report(code).id}{verb}"


def autosave(browser: people.Browser, seed: people.Seed, typed: dict[str, str], code: str = "P1") -> TestResponse:
    return browser.post(address(seed, code, "/luu"), {"ver": str(seed.report(code).version), **typed}, htmx=True)


def every_name(page: BeautifulSoup) -> list[str]:
    """The names of all questions that the page should show, with the rows that it has."""
    names = []
    for item in DIRECTIVE.items:
        for block in item.blocks:
            if block.kind is BlockKind.STATUS and not item.may_be_empty:
                names.append(f"{item.key}-{block.key}-0-{item.explanation.key}")
                continue
            prefix = f"row-{item.key}-{block.key}-"
            rows = [str(each["id"]).removeprefix(prefix) for each in page.select(f"section[id^='{prefix}']")] or ["0"]
            if block.kind is BlockKind.TABLE and rows == ["0"]:
                continue
            names += [f"{item.key}-{block.key}-{row}-{field.key}" for row in rows for field in block.fields]
    return names


# --- The page ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["p1", "vhtt"])
def test_every_question_is_on_the_page_once_with_what_was_typed(app: Flask, seed: people.Seed, who: str) -> None:
    browser = people.Browser(app).sign_in(who)
    typed = people.complete_answers(asked_of_item_4=who == "vhtt")
    for table in ("n1.chi_tiet", "n1.chi_tiet", "n4.danh_muc", "n5.van_ban"):
        browser.post(address(seed, who.upper()), {"action": f"them.{table}"})
    autosave(browser, seed, typed, who.upper())
    answer = browser.get("/bao-cao")
    page = soup(answer)
    html5lib.HTMLParser(strict=True).parse(answer.get_data(as_text=True))
    names = every_name(page)
    assert len(names) > 130
    form = form_of(page, "#report-form")
    kinds = {name: field_at(DIRECTIVE, Address.parse(name)).kind for name in names}
    found = Counter(str(tag["name"]) for tag in form.find_all(["input", "textarea", "select"]) if tag.has_attr("name"))
    for name in names:
        extra = {Kind.CHOICE: len(form.select(f"input[name='{name}']")) or 1, Kind.TICK: 2}.get(kinds[name], 1)
        assert found.pop(name) == extra, name
        assert len(form.select(f"[id='{name}']")) == 1, name
    assert set(found) == {"csrf_token", "tab", "seq", "ver"} | {BASE_PREFIX + name for name in names}
    ids = Counter(str(tag["id"]) for tag in page.find_all(id=True))
    assert max(ids.values()) == 1
    for name, text in typed.items():
        assert shown(page, name).replace(".", "") == {"8/11/23": "08/11/2023", "20-12-2023": "20/12/2023"}.get(
            text, text
        ).replace(".", ""), name
    for label in page.select("label[for]"):
        assert page.find(id=label["for"]) is not None


def test_a_unit_without_the_duty_sees_that_and_may_volunteer(as_unit: people.Browser, seed: people.Seed) -> None:
    page = soup(as_unit.get("/bao-cao"))
    section = page.select_one("section#n4")
    assert section is not None
    assert section.select_one("details.voluntary") is not None
    progress = page.select_one("#fill-progress")
    assert progress is not None
    assert "Không thuộc trách nhiệm" in progress.get_text()
    assert not page.select("section#n1 details.voluntary")
    autosave(as_unit, seed, {"n4-so_lieu-0-so_tin": "3"})
    assert soup(as_unit.get("/bao-cao")).select_one("section#n4 details.voluntary[open]") is not None


def test_the_due_time_and_the_last_save_are_in_view(
    as_unit: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    text = soup(as_unit.get("/bao-cao")).get_text(" ", strip=True)
    assert "Hạn gửi: 23:59 ngày 22/12/2023" in text
    assert "Chưa nhập gì" in text
    autosave(as_unit, seed, {SESSIONS: "5"})
    assert "Đã lưu lúc 09:00:00" in soup(as_unit.get("/bao-cao")).get_text(" ", strip=True)
    clock.move(days=5)
    as_unit.sign_in("p1")
    assert "Trễ hạn 3 ngày" in soup(as_unit.get("/bao-cao")).get_text(" ", strip=True)


# --- Saving ------------------------------------------------------------------------------------------------


def test_an_autosave_sends_the_side_list_only_to_a_page_that_shows_it_wrong(
    as_unit: people.Browser, seed: people.Seed
) -> None:
    assert soup(autosave(as_unit, seed, {SESSIONS: "1"})).select("#fill-progress")  # the item has been begun
    assert not soup(autosave(as_unit, seed, {SESSIONS: "2"})).select("#fill-progress")  # nothing new in the list
    assert soup(autosave(as_unit, seed, {SESSIONS: "nhiều"})).select("#fill-progress")  # a mistake has come in
    behind = autosave(as_unit, seed, {PEOPLE: "50", "ver": "1"})  # this page has missed what others saved
    assert soup(behind).select("#fill-progress")


def test_an_autosave_answers_with_what_changed_and_stores_it(
    as_unit: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    clock.move(minutes=3)
    answer = autosave(as_unit, seed, {SESSIONS: "1234", BASE_PREFIX + SESSIONS: "", "n3-khau_hieu-kh1-bang_ron": "4"})
    page = soup(answer)
    assert answer.status_code == 200
    assert "<html" not in answer.get_data(as_text=True)
    state, version = page.select_one("#save-state"), page.select_one("#ver")
    assert state is not None
    assert version is not None
    assert state.get_text() == "Đã lưu lúc 09:03:00"
    assert version["value"] == "1"
    echo, totals = page.select_one(f"[id='{SESSIONS}-echo']"), page.select_one("#totals-n3-khau_hieu")
    assert echo is not None
    assert echo.get_text() == "Đọc là 1.234"
    assert totals is not None
    assert "Đã thực hiện 1/8 khẩu hiệu. Băng rôn: 4 tấm" in totals.get_text()
    steps = page.select("#fill-progress .state")
    assert [step.get_text() for step in steps][:3] == ["Đang làm", "Chưa làm", "Đang làm"]
    assert all(tag.has_attr("hx-swap-oob") for tag in page.find_all(recursive=False) if tag.name != "p")
    assert not page.select("input:not([type=hidden]), textarea, select")
    assert (seed.value(SESSIONS), seed.value("n3-khau_hieu-kh1-bang_ron")) == (1234, 4)
    assert seed.report("P1").status == "drafting"


def test_a_save_without_javascript_stores_everything_and_redirects(as_unit: people.Browser, seed: people.Seed) -> None:
    answer = as_unit.post(address(seed), {**people.complete_answers(), "ver": "0"})
    assert (answer.status_code, answer.location) == (303, "/bao-cao")
    assert "Đã lưu." in soup(as_unit.get("/bao-cao")).get_text()
    assert seed.value("n1-so_lieu-0-so_luot_phat_thanh") == 1240
    assert seed.report("P1").totals["n3.bang_ron"] == 8
    check = as_unit.post(address(seed), {"ver": "1", "action": "kiem-tra"})
    assert check.location == address(seed, verb="/kiem-tra")


def test_the_whole_page_posted_back_changes_nothing(as_unit: people.Browser, seed: people.Seed) -> None:
    """What a browser without JavaScript sends when nothing was touched."""
    as_unit.post(address(seed), {"action": "them.n1.chi_tiet"})
    autosave(as_unit, seed, {**people.complete_answers(), PEOPLE: "12.000x", HARD: "  một\n\n  hai  "})
    page = soup(as_unit.get("/bao-cao"))
    pairs = pairs_of(form_of(page, "#report-form"))
    before = list(Entry.select().order_by(Entry.id).tuples())
    assert as_unit.post(address(seed), pairs).status_code == 303
    assert list(Entry.select().order_by(Entry.id).tuples()) == before
    assert seed.report("P1").version == int(dict(pairs)["ver"])


@pytest.mark.parametrize(
    ("name", "text", "again"),
    [
        (SESSIONS, "nhiều", "nhiều"), (SESSIONS, "12,5", "12,5"), (SESSIONS, "-3", "-3"), (SESSIONS, "007", "7"),
        (SESSIONS, " 1 234 ", "1.234"), ("n5-ky_bao_cao-0-so_lieu_tu", "32/13/2023", "32/13/2023"),
        ("n5-ky_bao_cao-0-so_lieu_tu", "8-11-23", "08/11/2023"),
        ("n1-linh_vuc-0-lv_khac_ten", "  Bình   đẳng ", "Bình đẳng"),
        (HARD, "một\r\n\r\n  hai", "một\n\n  hai"), ("n5-danh_gia-0-khong_van_ban", "1", "1"), (HARD, "\n\nba", "ba"),
        ("n1-tinh_trang-0-trang_thai", "khong", "khong"),
    ],
)  # fmt: skip
def test_a_draft_keeps_whatever_was_typed_and_shows_it_again(
    as_unit: people.Browser, seed: people.Seed, name: str, text: str, again: str
) -> None:
    assert autosave(as_unit, seed, {name: text}).status_code == 200
    assert shown(soup(as_unit.get("/bao-cao")), name) == again
    assert autosave(as_unit, seed, {name: again}).status_code == 200
    assert seed.report("P1").version == 1
    assert autosave(as_unit, seed, {name: ""}).status_code == 200
    assert shown(soup(as_unit.get("/bao-cao")), name) == ""


@pytest.mark.parametrize(
    ("name", "text", "mended", "mark"),
    [
        (SESSIONS, "khoảng 5", "5", "Chưa đọc được số; ghi ví dụ 1.234"),
        ("n5-ky_bao_cao-0-so_lieu_tu", "đầu tháng 11", "01/11/2023", "Chưa đọc được ngày; ghi ví dụ 15/12/2023"),
        ("n5-ky_ten-0-nguoi_lap", "a" * 1234, "a", "Dài 1.234 ký tự, thừa "),
    ],
)
def test_what_could_not_be_read_is_marked_until_it_is_mended(
    as_unit: people.Browser, seed: people.Seed, name: str, text: str, mended: str, mark: str
) -> None:
    def echo(answer: TestResponse) -> tuple[str, bool]:
        beside = soup(answer).select_one(f"[id='{name}-echo']")
        assert beside is not None
        return beside.get_text(), "unread" in beside["class"]

    saved = echo(autosave(as_unit, seed, {name: text}))
    assert saved[0].startswith(mark)
    assert saved[1]
    assert echo(as_unit.get("/bao-cao")) == saved
    checked = as_unit.get("/bao-cao?kiem-tra=1")
    assert soup(checked).select_one(f"[id='{name}-error']") is not None
    assert echo(checked) == ("", False)
    assert not echo(autosave(as_unit, seed, {name: mended}))[1]
    assert echo(as_unit.get("/bao-cao")) == ("", False)


def test_a_tick_is_taken_off_by_its_blank(as_unit: people.Browser, seed: people.Seed) -> None:
    name = "n5-danh_gia-0-khong_van_ban"
    as_unit.post(address(seed), [(name, ""), (name, "1"), ("ver", "0")])
    assert seed.value(name) is True
    as_unit.post(address(seed), [(name, ""), ("ver", "1")])
    assert seed.value(name) is None


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_is_kept_harmless(as_unit: people.Browser, seed: people.Seed, text: str) -> None:
    as_unit.post(address(seed), {"action": "them.n1.chi_tiet"})
    names = every_name(soup(as_unit.get("/bao-cao")))
    answer = as_unit.post(address(seed), [*((name, text) for name in names), ("ver", "1")])
    assert answer.status_code == 303
    html = as_unit.get("/bao-cao?kiem-tra=1").get_data(as_text=True)
    html5lib.HTMLParser(strict=True).parse(html)
    page = BeautifulSoup(html, "html.parser")
    assert len(page.find_all("script")) == 4
    assert not page.select("main img, main script, [onerror]")
    clean = shown(page, HARD)
    assert clean == (seed.value(HARD) or "")
    assert "49" not in clean
    for path in ("/kiem-tra", "/xem"):
        assert as_unit.get(address(seed, verb=path)).status_code == 200
    assert as_unit.post(address(seed), [(HARD, clean.replace("\n", "\r\n")), ("ver", "x")]).status_code == 303


def test_empty_everywhere_stores_nothing(as_unit: people.Browser, seed: people.Seed) -> None:
    names = every_name(soup(as_unit.get("/bao-cao")))
    assert as_unit.post(address(seed), [*((name, "") for name in names), ("ver", "0")]).status_code == 303
    assert Entry.select().count() == 0
    assert seed.report("P1").status == "not_started"


def test_thirty_thousand_characters_in_every_text(as_unit: people.Browser, seed: people.Seed) -> None:
    page = soup(as_unit.get("/bao-cao"))
    texts = [name for name in every_name(page) if field_at(DIRECTIVE, Address.parse(name)).kind is Kind.PARAGRAPH]
    text = ("Tuyên truyền quyền con người. " * 1000)[:30_000].strip()
    started = time.perf_counter()
    assert autosave(as_unit, seed, dict.fromkeys(texts, text)).status_code == 200
    assert as_unit.get("/bao-cao?kiem-tra=1").status_code == 200
    assert time.perf_counter() - started < 5
    assert len(texts) >= 8
    assert all(seed.value(name) == text for name in texts)


@pytest.mark.parametrize(
    "name",
    ["n9-so_lieu-0-so_cuoc", "n1-so_lieu-0-khong_co", "n1-so_lieu-1-so_cuoc", "n3-khau_hieu-kh99-bang_ron",
     "n1-khong_co-0-so_cuoc", "n3-khau_hieu-0-bang_ron"],
)  # fmt: skip
def test_a_page_of_another_round_is_told_so_and_saves_nothing(
    as_unit: people.Browser, seed: people.Seed, name: str
) -> None:
    answer = autosave(as_unit, seed, {SESSIONS: "5", name: "1"})
    assert answer.status_code == 400
    assert "Trang này thuộc đợt báo cáo khác hoặc đã cũ" in soup(answer).get_text()
    plain = as_unit.post(address(seed), {SESSIONS: "5", name: "1", "ver": "0"})
    assert plain.status_code == 400
    assert shown(soup(plain), SESSIONS) == "5"
    assert Entry.select().count() == 0


@pytest.mark.parametrize("name", ["status", "version", "unit_id", "round_id", "accepted_at", "due_at", "duties", "x"])
def test_names_that_are_no_questions_are_passed_over(as_unit: people.Browser, seed: people.Seed, name: str) -> None:
    before = seed.report("P1").__data__
    assert autosave(as_unit, seed, {name: "2"}).status_code == 200
    assert seed.report("P1").__data__ == before


def test_of_a_name_that_comes_twice_the_last_counts_everywhere(as_unit: people.Browser, seed: people.Seed) -> None:
    pairs = [(SESSIONS, "1"), (SESSIONS, "2"), ("ver", "0"), ("ver", "7")]
    assert as_unit.post(address(seed, verb=f"/luu?{SESSIONS}=9"), pairs, htmx=True).status_code == 200
    assert seed.value(SESSIONS) == 2


@pytest.mark.parametrize("version", ["", "x", "-1", "1e3", "٣", "9" * 30])
def test_a_version_that_is_none_makes_nothing_of_itself(
    as_unit: people.Browser, seed: people.Seed, version: str
) -> None:
    assert autosave(as_unit, seed, {SESSIONS: "5", BASE_PREFIX + SESSIONS: "", "ver": version}).status_code == 200
    assert autosave(as_unit, seed, {SESSIONS: "6", "ver": version}).status_code == 409


def test_no_activity_is_said_with_a_reason_and_is_not_zero(as_unit: people.Browser, seed: people.Seed) -> None:
    autosave(as_unit, seed, {"n2-tinh_trang-0-trang_thai": "khong"})
    page = soup(as_unit.get("/bao-cao?kiem-tra=1"))
    assert page.select_one(".error-summary a[href='#n2-tinh_trang-0-ly_do']") is not None
    assert not page.select(".error-summary a[href^='#n2-so_lieu']")
    autosave(as_unit, seed, {"n2-tinh_trang-0-ly_do": "Không có mạng ở xã."})
    page = soup(as_unit.get("/bao-cao?kiem-tra=1"))
    assert not page.select(".error-summary a[href^='#n2']")
    report = seed.report("P1")
    assert (report.standings["n2"], report.progress["n2"]) == ("khong", "xong")
    assert not any(path.startswith("n2.") for path in report.totals)
