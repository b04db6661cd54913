"""The Team hands in offline forms of units: several at once, each previewed, confirmed and told by itself."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import people
import pytest
from bs4 import BeautifulSoup
from flask import Flask
from offline_books import Book, changed
from openpyxl import Workbook
from unit_books import saved
from werkzeug.test import TestResponse

from nhanquyen.store import database
from nhanquyen.store.models import Entry, Event, Report
from nhanquyen.web import offline

PLACE = "/tong-hop/nhap-tep"
CUOC, NGUOI = "n1-so_lieu-0-so_cuoc", "n1-so_lieu-0-so_luot_nguoi"
Form = Callable[[str, int], bytes]


@pytest.fixture
def form(app: Flask, seed: people.Seed, as_team: people.Browser) -> Form:
    """The offline form of a unit, fetched by the Team, with that many sessions in it."""

    def made(code: str, number: int) -> bytes:
        answer = as_team.get(f"/tong-hop/bao-cao/{seed.report(code).id}/bieu-excel")
        assert answer.status_code == 200
        return changed(answer.data, lambda book: book.write(CUOC, number))

    return made


def upload(browser: people.Browser, *files: tuple[str, bytes]) -> TestResponse:
    return browser.post(PLACE, {"tep": [(BytesIO(data), name) for name, data in files]})


def page_of(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: TestResponse) -> str:
    return " ".join(page_of(answer).get_text(" ").split())


def posted(answer: TestResponse, **changes: str | None) -> dict[str, str]:
    """What the preview's form would send, with *changes*; None leaves a field out."""
    found: dict[str, str | None] = {}
    for tag in page_of(answer).select("main form input"):
        if tag.get("type") not in ("radio", "checkbox") or tag.has_attr("checked"):
            found[str(tag["name"])] = str(tag.get("value", ""))
    found |= {name.replace("__", "."): text for name, text in changes.items()}
    return {name: text for name, text in found.items() if text is not None}


def confirm(browser: people.Browser, answer: TestResponse, **changes: str | None) -> TestResponse:
    return browser.post(f"{PLACE}/ghi", posted(answer, **changes))


def stored() -> list[str]:
    with database.connection():
        rows = Entry.select(Entry.report, Entry.item, Entry.row, Entry.values).tuples()
        entered = Report.select(Report.id, Report.entered_by, Report.paper_at).tuples()
        return sorted(map(repr, (*rows, *entered)))


def test_several_files_are_matched_to_their_units_and_entered_at_once(
    seed: people.Seed, as_team: people.Browser, form: Form, clock: people.SettableClock
) -> None:
    assert PLACE in as_team.get("/tong-hop").get_data(as_text=True)
    before = stored()
    answer = upload(as_team, ("hoa.xlsx", form("P1", 3)), ("toan.xlsx", form("LT", 4)))
    assert answer.status_code == 200
    assert "Ủy ban nhân dân Phường 1 (P1)" in words(answer)
    assert "Tệp “toan.xlsx”" in words(answer)
    assert stored() == before
    clock.move(minutes=10)
    done = confirm(as_team, answer, day="19/12/2023", clock="15:30")
    assert done.status_code == 422  # before the round was opened
    assert "Ghi thời điểm từ lúc mở đợt báo cáo" in words(done)
    assert stored() == before
    done = confirm(as_team, done, day="20/12/2023", clock="09:05")
    assert done.status_code == 200
    assert words(done).count("Đã ghi 1 thay đổi từ biểu Excel.") == 2
    assert (seed.value(CUOC), seed.value(CUOC, "LT")) == (3, 4)
    with database.connection():
        for code in ("P1", "LT"):
            report = seed.report(code)
            assert (report.entered_by_id, report.status) == (seed.accounts["tonghop"].id, "drafting")
            assert report.paper_at.strftime("%H:%M") == "09:05"
        subjects = [event.subject for event in Event.select().where(Event.action == "entering_begun")]
    assert subjects == ["Biểu Excel nhận lúc 09:05 ngày 20/12/2023"] * 2


def test_what_is_ticked_is_saved_and_nothing_else(seed: people.Seed, as_team: people.Browser, form: Form) -> None:
    answer = upload(as_team, ("a.xlsx", form("P1", 3)), ("b.xlsx", form("LT", 4)))
    done = confirm(as_team, answer, lay__1=None)
    assert done.status_code == 200
    assert "Không đánh dấu nên không ghi." in words(done)
    assert (seed.value(CUOC), seed.value(CUOC, "LT")) == (3, None)
    assert seed.report("LT").entered_by_id is None


def test_no_file_ticked_is_told(seed: people.Seed, as_team: people.Browser, form: Form) -> None:
    answer = upload(as_team, ("a.xlsx", form("P1", 3)))
    done = confirm(as_team, answer, lay__0=None)
    assert done.status_code == 422
    assert "Đánh dấu ít nhất một tệp để ghi." in words(done)
    assert seed.value(CUOC) is None


def test_a_bad_moment_shows_the_files_again(seed: people.Seed, as_team: people.Browser, form: Form) -> None:
    answer = upload(as_team, ("a.xlsx", form("P1", 3)))
    for day, clock, told in (("hôm qua", "9:00", "Nhập ngày theo"), ("21/12/2023", "09:00", "chưa đến")):
        done = confirm(as_team, answer, day=day, clock=clock)
        assert done.status_code == 422
        assert told in words(done)
        assert page_of(done).find("input", attrs={"name": "day"})["value"] == day  # type: ignore[index]
    assert seed.value(CUOC) is None
    assert confirm(as_team, done, day="20/12/2023", clock="09:00").status_code == 200
    assert seed.value(CUOC) == 3


def test_conflicts_are_chosen_file_by_file(
    seed: people.Seed, as_unit: people.Browser, as_team: people.Browser, form: Form
) -> None:
    files = ("a.xlsx", form("P1", 3)), ("b.xlsx", form("LT", 4))
    seed_value = {CUOC: "7", "ver": "0"}
    assert as_unit.post(f"/bao-cao/{seed.report('P1').id}/luu", seed_value, htmx=True).status_code == 200
    answer = upload(as_team, *files)
    assert "Phải chọn: 1 chỗ" in words(answer)
    assert "Đơn vị đang tự soạn trên web" in words(answer)
    done = confirm(as_team, answer, **{f"chon__0__{CUOC}": "tep", "lay__0": "1"})
    assert done.status_code == 200
    assert (seed.value(CUOC), seed.value(CUOC, "LT")) == (3, 4)


def test_of_two_files_of_one_unit_only_the_first_can_be_saved(
    seed: people.Seed, as_team: people.Browser, form: Form
) -> None:
    answer = upload(as_team, ("a.xlsx", form("P1", 3)), ("b.xlsx", form("P1", 5)))
    assert "Lần này chỉ ghi được tệp “a.xlsx” của đơn vị này." in words(answer)
    assert page_of(answer).find("input", attrs={"name": "lay.1"}) is None
    done = confirm(as_team, answer, lay__1="1")
    assert done.status_code == 200
    assert "Chưa ghi, vì cùng đơn vị với tệp “a.xlsx”." in words(done)
    assert seed.value(CUOC) == 3


def test_a_unit_at_work_is_not_ticked(seed: people.Seed, as_unit: people.Browser, as_team: people.Browser) -> None:
    place = f"/tong-hop/bao-cao/{seed.report('P1').id}/bieu-excel"
    as_unit.post(f"/bao-cao/{seed.report('P1').id}/luu", {NGUOI: "7", "ver": "0"}, htmx=True)
    data = as_team.get(place).data
    answer = upload(as_team, ("a.xlsx", changed(data, lambda book: book.write(CUOC, 3))))
    assert "lay.0" not in posted(answer)
    assert "Đơn vị đang tự soạn trên web, nên chưa đánh dấu." in words(answer)
    assert "Đơn vị đang tự soạn" not in words(upload(as_team, ("a.xlsx", data)))
    assert confirm(as_team, answer, lay__0="1").status_code == 200
    assert seed.value(CUOC) == 3


def test_cells_that_were_not_saved_are_told_with_each_file(
    seed: people.Seed, as_team: people.Browser, form: Form
) -> None:
    files = [
        ("a.xlsx", changed(form("P1", 3), lambda book: book.write(NGUOI, "nhiều"))),
        ("b.xlsx", changed(form("LT", 4), lambda book: book.write(CUOC, "=1+3"))),
    ]
    answer = upload(as_team, *files)
    assert "P1, 1 ô" in words(answer)
    assert "Một lúc đến cho mọi tệp" in words(answer)
    done = confirm(as_team, answer)
    assert "Đã ghi 1 thay đổi từ biểu Excel." in words(done)
    assert words(done).count("Chưa ghi: 1 ô không đọc được") == 2
    assert "nhiều Ghi số nguyên" in words(done)
    assert "=1+3 Ô là công thức" in words(done)


def test_refused_files_stay_on_the_page_after_a_bad_moment(
    seed: people.Seed, as_team: people.Browser, form: Form
) -> None:
    answer = upload(as_team, ("a.xlsx", form("P1", 3)), ("<b>la.xlsx", saved(Workbook())))
    done = confirm(as_team, answer, clock="25:00")
    assert done.status_code == 422
    assert "Tệp không nhập được (1)" in words(done)
    done = confirm(as_team, done, clock="09:00", tu_choi__1="<script>x</script>")
    assert done.status_code == 200
    assert "&lt;b&gt;la.xlsx" in done.get_data(as_text=True)
    assert "<script>x" not in done.get_data(as_text=True)
    assert seed.value(CUOC) == 3


def test_closed_reports_and_foreign_files_are_told_and_left_out(
    seed: people.Seed, as_unit: people.Browser, as_team: people.Browser, form: Form
) -> None:
    of_p1 = form("P1", 3)
    report = seed.report("P1")
    as_unit.post(f"/bao-cao/{report.id}/luu", {**people.complete_answers(), "ver": "0"}, htmx=True)
    assert as_unit.post(f"/bao-cao/{report.id}/gui", {"khong_mat": "1"}).status_code == 303
    before = stored()
    answer = upload(as_team, ("p1.xlsx", of_p1), ("la.xlsx", saved(Workbook())), ("lt.xlsx", form("LT", 4)))
    assert "Tệp không nhập được (2)" in words(answer)
    assert "Báo cáo đã gửi nên không nhập thay được" in words(answer)
    assert "không phải biểu tải từ chương trình" in words(answer)
    assert stored() == before
    assert confirm(as_team, answer).status_code == 200
    assert seed.value(CUOC, "LT") == 4


def test_a_report_sent_in_between_is_told_and_not_begun(
    seed: people.Seed, as_unit: people.Browser, as_team: people.Browser, form: Form
) -> None:
    answer = upload(as_team, ("p1.xlsx", form("P1", 3)), ("lt.xlsx", form("LT", 4)))
    report = seed.report("P1")
    as_unit.post(f"/bao-cao/{report.id}/luu", {**people.complete_answers(), "ver": "0"}, htmx=True)
    assert as_unit.post(f"/bao-cao/{report.id}/gui", {"khong_mat": "1"}).status_code == 303
    done = confirm(as_team, answer)
    assert "Báo cáo đã gửi nên không nhập thay được" in words(done)
    assert (seed.value(CUOC), seed.value(CUOC, "LT")) == (12, 4)
    assert seed.report("P1").entered_by_id is None


def test_pressing_twice_enters_once(seed: people.Seed, as_team: people.Browser, form: Form) -> None:
    answer = upload(as_team, ("a.xlsx", form("P1", 3)))
    assert confirm(as_team, answer).status_code == 200
    before, version = stored(), seed.report("P1").version
    again = confirm(as_team, answer)
    assert again.status_code == 200
    assert "đã được ghi trước đó" in words(again)
    assert (stored(), seed.report("P1").version) == (before, version)


def test_a_file_without_changes_begins_nothing(seed: people.Seed, as_team: people.Browser) -> None:
    data = as_team.get(f"/tong-hop/bao-cao/{seed.report('P1').id}/bieu-excel").data
    answer = upload(as_team, ("a.xlsx", data))
    assert answer.status_code == 200
    assert "Không có gì để ghi." in words(answer)
    assert seed.report("P1").entered_by_id is None


def test_no_file_and_too_many_are_told(seed: people.Seed, as_team: people.Browser) -> None:
    assert "Chọn ít nhất một tệp Excel" in words(as_team.post(PLACE, {}))
    many = upload(as_team, *[(f"{number}.xlsx", b"x") for number in range(61)])
    assert many.status_code == 422
    assert "mỗi lần nhiều nhất 60 tệp" in words(many)
    assert as_team.post(f"{PLACE}/ghi", {}).status_code == 422
    assert as_team.post(f"{PLACE}/ghi", {"ke_hoach.0": "x", "lay.0": "1"}).status_code == 422


def test_a_unit_cannot_hand_in_for_others(seed: people.Seed, as_unit: people.Browser, form: Form) -> None:
    before = stored()
    assert upload(as_unit, ("a.xlsx", form("LT", 3))).status_code == 403
    assert stored() == before


def test_the_team_uses_the_units_own_screen_while_it_enters(
    seed: people.Seed, as_team: people.Browser, form: Form
) -> None:
    report = seed.report("P1")
    data = form("P1", 3)
    place = f"/bao-cao/{report.id}/bieu-excel"
    assert as_team.get(place).status_code == 404
    begun = as_team.post(f"/tong-hop/bao-cao/{report.id}/nhap-thay", {"day": "20/12/2023", "clock": "09:00"})
    assert begun.status_code == 303
    answer = as_team.post(place, {"tep": (BytesIO(data), "a.xlsx")})
    assert answer.status_code == 200
    seal = page_of(answer).find("input", attrs={"name": "ke_hoach"})["value"]  # type: ignore[index]
    done = as_team.post(f"{place}/ghi", {"ke_hoach": str(seal)})
    assert (done.status_code, done.location) == (303, f"/bao-cao/{report.id}/nhap-thay")
    assert seed.value(CUOC) == 3
    assert Book(as_team.get(f"{place}/tep").data).cell(CUOC).value == 3


def test_a_file_whose_turn_does_not_come_is_told_beside_the_others(
    as_unit: people.Browser, as_team: people.Browser, seed: people.Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = as_unit.get(f"/bao-cao/{seed.report('P1').id}/bieu-excel/tep").data
    monkeypatch.setattr(offline, "_reading", {seed.accounts["tonghop"].id})
    answer = as_team.post("/tong-hop/nhap-tep", {"tep": [(BytesIO(data), "p1.xlsx")]})
    assert answer.status_code == 200
    assert "Đang có biểu Excel khác được đọc" in answer.get_data(as_text=True)
