"""The offline form over HTTP: downloaded, filled, previewed, confirmed; status, page and stored rows."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from threading import BoundedSemaphore
from typing import Any

import people
import pytest
from bs4 import BeautifulSoup
from flask import Flask
from offline_books import Book, changed
from openpyxl import Workbook
from unit_books import saved
from werkzeug.test import TestResponse

from nhanquyen.form.offline import origin
from nhanquyen.store import database, reports, rounds, saving
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Entry, Event, Report
from nhanquyen.web import offline

CUOC, NGUOI = "n1-so_lieu-0-so_cuoc", "n1-so_lieu-0-so_luot_nguoi"


@pytest.fixture
def place(seed: people.Seed) -> str:
    return f"/bao-cao/{seed.report('P1').id}/bieu-excel"


def download(browser: people.Browser, place: str) -> bytes:
    answer = browser.get(f"{place}/tep")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=bieu-p1-")
    return answer.data


def upload(browser: people.Browser, place: str, data: bytes, name: str = "bieu.xlsx") -> TestResponse:
    return browser.post(place, {"tep": (BytesIO(data), name)})


def page_of(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: TestResponse) -> str:
    return " ".join(page_of(answer).get_text(" ").split())


def seal_of(answer: TestResponse) -> str:
    found = page_of(answer).find("input", attrs={"name": "ke_hoach"})
    assert found is not None, words(answer)
    return str(found["value"])


def confirm(browser: people.Browser, place: str, seal: str, **choices: str) -> TestResponse:
    return browser.post(f"{place}/ghi", {"ke_hoach": seal, **{f"chon.{name}": side for name, side in choices.items()}})


def stored() -> list[tuple[Any, ...]]:
    """Every row of every report, as it stands."""
    with database.connection():
        rows = Entry.select(Entry.report, Entry.item, Entry.block, Entry.row, Entry.values, Entry.removed_at)
        return sorted(map(repr, rows.tuples()))  # type: ignore[arg-type]


def type_in(browser: people.Browser, report: Report, **values: str) -> None:
    typed = {name.replace("__", "-"): text for name, text in values.items()}
    with database.connection():
        version = reports.get_report(report.id).version  # type: ignore[union-attr]
    answer = browser.post(f"/bao-cao/{report.id}/luu", {**typed, "ver": str(version)}, htmx=True)
    assert answer.status_code == 200


def with_a_row(data: bytes) -> bytes:
    """The form with a number and a row more."""
    key = Book(data).blank_rows("n1-chi_tiet")[0]
    return changed(data, lambda book: book.write(CUOC, 3).write(f"n1-chi_tiet-{key}-noi_dung", "Buổi 1"))


def events_of(action: str) -> list[Event]:
    with database.connection():
        return list(Event.select().where(Event.action == action))


def test_a_form_is_downloaded_filled_previewed_and_confirmed(
    seed: people.Seed, as_unit: people.Browser, place: str, clock: people.SettableClock
) -> None:
    assert "Điền bằng Excel khi không có mạng" in words(as_unit.get("/bao-cao"))
    assert as_unit.get(place).status_code == 200
    data = download(as_unit, place)
    blank = Book(data).blank_rows("n1-chi_tiet")

    def work(book: Book) -> None:
        book.write(CUOC, 12).write("n1-tinh_trang-0-trang_thai", "Có hoạt động")
        for key, number in zip(blank, (1, 2), strict=False):
            book.write(f"n1-chi_tiet-{key}-noi_dung", f"Buổi {number}")

    before = stored()
    answer = upload(as_unit, place, changed(data, work))
    assert answer.status_code == 200
    assert "Chưa ghi gì." in words(answer)
    assert "2 ô sửa, 2 dòng thêm, 0 dòng xóa, 0 chỗ phải chọn, 0 ô không đọc được" in words(answer)
    assert "Ghi 4 thay đổi" in words(answer)
    assert f"1.1 Số cuộc tuyên truyền (cuộc) Nội dung 1, {Book(data).cell(CUOC).coordinate} để trống 12" in words(
        answer
    )
    assert stored() == before
    clock.move(minutes=5)
    done = confirm(as_unit, place, seal_of(answer))
    assert (done.status_code, done.location) == (303, "/bao-cao")
    assert "Đã ghi 4 thay đổi từ biểu Excel." in words(as_unit.get("/bao-cao"))
    assert seed.value(CUOC) == 12
    with database.connection():
        report = seed.report("P1")
        answers = reports.load_answers(report)
        rows = answers.rows(people.DIRECTIVE.by_key["n1"], people.DIRECTIVE.block("n1", "chi_tiet"))
        assert [(row.key, row.values) for row in rows] == [
            (blank[0], {"noi_dung": "Buổi 1"}), (blank[1], {"noi_dung": "Buổi 2"}),
        ]  # fmt: skip
        assert (report.status, report.version, report.saved_at) == ("drafting", 1, clock())
        assert people.kept_in(report).totals == people.derived_from_rows(report, ["n1"], clock().date()).totals
    (event,) = events_of("form_taken_in")
    assert "2 ô sửa, 2 dòng thêm, 0 dòng xóa" in event.subject
    assert events_of("report_saved") == []


def test_an_unchanged_file_gives_nothing_to_save(seed: people.Seed, as_unit: people.Browser, place: str) -> None:
    type_in(as_unit, seed.report("P1"), **people.complete_answers())
    before = stored()
    answer = upload(as_unit, place, download(as_unit, place))
    assert answer.status_code == 200
    assert "Không có gì để ghi." in words(answer)
    assert page_of(answer).find("input", attrs={"name": "ke_hoach"}) is None
    assert stored() == before


def test_what_is_newer_on_the_web_stays_and_conflicts_are_chosen(
    seed: people.Seed, as_unit: people.Browser, place: str, clock: people.SettableClock
) -> None:
    report = seed.report("P1")
    type_in(as_unit, report, **{CUOC: "1", NGUOI: "10", "n2-so_lieu-0-so_hoat_dong": "5", "n5-ky_ten-0-nguoi_lap": "A"})
    data = download(as_unit, place)
    clock.move(minutes=7)
    type_in(as_unit, report, **{CUOC: "2", "n2-so_lieu-0-so_hoat_dong": "6", "n5-ky_ten-0-nguoi_lap": "B"})

    def work(book: Book) -> None:
        book.write(CUOC, 3).write(NGUOI, 30).write("n5-ky_ten-0-nguoi_lap", "C")

    answer = upload(as_unit, place, changed(data, work))
    text = words(answer)
    assert "1 ô sửa, 0 dòng thêm, 0 dòng xóa, 2 chỗ phải chọn" in text
    assert "Giữ bản trên web (Ủy ban nhân dân Phường 1 lưu lúc 09:07 ngày 20/12/2023)" in text
    assert "Lấy từ tệp: 3" in text
    kept = page_of(answer).find_all("input", attrs={"type": "radio", "checked": True})
    assert [each["value"] for each in kept] == ["web", "web"]
    done = confirm(as_unit, place, seal_of(answer), **{CUOC: "tep", "n5-ky_ten-0-nguoi_lap": "web"})
    assert done.status_code == 303
    assert (seed.value(CUOC), seed.value(NGUOI)) == (3, 30)
    assert (seed.value("n2-so_lieu-0-so_hoat_dong"), seed.value("n5-ky_ten-0-nguoi_lap")) == (6, "B")


def test_confirming_twice_saves_once(seed: people.Seed, as_unit: people.Browser, place: str) -> None:
    filled = with_a_row(download(as_unit, place))
    seal = seal_of(upload(as_unit, place, filled))
    assert confirm(as_unit, place, seal).status_code == 303
    before, version = stored(), seed.report("P1").version
    assert confirm(as_unit, place, seal).status_code == 303
    assert "đã được ghi trước đó" in words(as_unit.get("/bao-cao"))
    assert (stored(), seed.report("P1").version) == (before, version)
    assert "Không có gì để ghi." in words(upload(as_unit, place, filled))
    assert len(events_of("form_taken_in")) == 1


def test_a_confirmation_that_a_proxy_repeats_does_not_undo_what_came_after_it(
    seed: people.Seed, as_unit: people.Browser, place: str
) -> None:
    answer = upload(as_unit, place, changed(download(as_unit, place), lambda book: book.write(CUOC, 3)))
    sent = {str(tag["name"]): str(tag["value"]) for tag in page_of(answer).select("main form input[type=hidden]")}
    assert {"tab", "seq", "ke_hoach"} <= sent.keys()
    assert as_unit.post(f"{place}/ghi", sent).status_code == 303
    type_in(as_unit, seed.report("P1"), **{CUOC: ""})
    assert as_unit.post(f"{place}/ghi", sent).status_code == 303
    assert seed.value(CUOC) is None


def test_a_change_between_preview_and_confirm_saves_nothing_and_shows_the_news(
    seed: people.Seed, as_unit: people.Browser, place: str
) -> None:
    data = changed(download(as_unit, place), lambda book: book.write(CUOC, 3).write(NGUOI, 90))
    first = upload(as_unit, place, data)
    type_in(as_unit, seed.report("P1"), **{CUOC: "8"})
    before = stored()
    again = confirm(as_unit, place, seal_of(first))
    assert again.status_code == 409
    assert "Chưa ghi gì: báo cáo trên web vừa được sửa" in words(again)
    assert page_of(again).title.get_text().startswith("Lỗi: ")  # type: ignore[union-attr]
    assert "Lấy từ tệp: 3" in words(again)
    assert stored() == before
    assert confirm(as_unit, place, seal_of(again)).status_code == 303
    assert (seed.value(CUOC), seed.value(NGUOI)) == (8, 90)


def test_a_change_of_the_only_value_is_news_too(seed: people.Seed, as_unit: people.Browser, place: str) -> None:
    first = upload(as_unit, place, changed(download(as_unit, place), lambda book: book.write(CUOC, 3)))
    type_in(as_unit, seed.report("P1"), **{CUOC: "8"})
    again = confirm(as_unit, place, seal_of(first))
    assert again.status_code == 409
    assert "Lấy từ tệp: 3" in words(again)
    assert confirm(as_unit, place, seal_of(again), **{CUOC: "web"}).status_code == 303
    assert "Không có gì để ghi: bản trên web được giữ nguyên." in words(as_unit.get("/bao-cao"))
    assert seed.value(CUOC) == 8


def test_a_change_of_something_else_does_not_disturb(seed: people.Seed, as_unit: people.Browser, place: str) -> None:
    first = upload(as_unit, place, changed(download(as_unit, place), lambda book: book.write(CUOC, 3)))
    type_in(as_unit, seed.report("P1"), **{NGUOI: "8"})
    assert confirm(as_unit, place, seal_of(first)).status_code == 303
    assert (seed.value(CUOC), seed.value(NGUOI)) == (3, 8)


def test_faults_are_told_and_the_rest_is_saved(seed: people.Seed, as_unit: people.Browser, place: str) -> None:
    data = download(as_unit, place)

    def work(book: Book) -> None:
        book.write(CUOC, "=1+1").write(NGUOI, "đông").write("n2-so_lieu-0-so_hoat_dong", 4)

    cell = Book(data).cell(CUOC).coordinate
    answer = upload(as_unit, place, changed(data, work))
    table = page_of(answer).find("table", string=None, attrs={"class": "table-sm"})
    assert table is not None
    assert "Chỗ không đọc được (2 ô)" in words(answer)
    page = answer.get_data(as_text=True)
    assert page.index('href="#faults"') < page.index('id="faults"') < page.index("Ghi 1 thay đổi")
    assert f"Nội dung 1, {cell} =1+1 Ô là công thức, chương trình không tính." in words(answer)
    done = confirm(as_unit, place, seal_of(answer))
    assert done.status_code == 200
    assert "Đã ghi 1 thay đổi từ biểu Excel. Chưa ghi: 2 ô không đọc được" in words(done)
    assert f"Nội dung 1, {cell} =1+1 Ô là công thức" in words(done)
    assert "đông Ghi số nguyên" in words(done)
    assert (seed.value(CUOC), seed.value(NGUOI), seed.value("n2-so_lieu-0-so_hoat_dong")) == (None, None, 4)
    (event,) = events_of("form_taken_in")
    assert "2 chỗ không đọc được, chưa ghi" in event.subject


def test_sheets_without_their_keys_are_told_first_and_nothing_is_said_to_be_saved(
    seed: people.Seed, as_unit: people.Browser, place: str
) -> None:
    def work(book: Book) -> None:
        for name in (CUOC, "n2-so_lieu-0-so_hoat_dong"):
            book.write(name, 7)
        for part in ("n1", "n2"):
            sheet = book.sheet(part)
            for area in list(sheet.merged_cells.ranges):
                sheet.unmerge_cells(str(area))
            sheet.delete_cols(1)
        book.book.remove(book.sheet("n5-van_ban"))

    answer = upload(as_unit, place, changed(download(as_unit, place), work))
    assert answer.status_code == 200
    assert "3 trang tính không đọc được" in words(answer)
    assert "Trong phần đọc được không có gì để ghi." in words(answer)
    assert "đều đã có trên web" not in words(answer)
    alert = page_of(answer).select_one(".alert-danger")
    assert alert is not None
    told = [line.get_text(" ", strip=True) for line in alert.find_all("li")]
    assert [line[:12] for line in told[:2]] == ["Nội dung 1 :", "Nội dung 2 :"]
    assert ["mất cột khóa ẩn" in line for line in told] == [True, True, False]
    assert "Không thấy trang tính này" in told[2]


def test_a_form_of_a_round_before_is_told_as_such(
    seed: people.Seed, as_unit: people.Browser, place: str, clock: people.SettableClock
) -> None:
    data = changed(download(as_unit, place), lambda book: book.write(CUOC, 3))
    clock.move(minutes=5)
    with database.connection():
        later = rounds.open_round(replace(people.DIRECTIVE, key="600-catx-2024"), Actor(None, "", clock()))
        rounds.add_reports(later, list(seed.units.values()))
        report = reports.report_of(later, seed.units["P1"])
        assert report is not None
    before = stored()
    answer = upload(as_unit, f"/bao-cao/{report.id}/bieu-excel", data)
    assert answer.status_code == 422
    assert "Biểu này của đợt báo cáo khác nên không ghi vào đợt này." in words(answer)
    assert stored() == before


def test_rows_removed_in_the_file_can_still_be_brought_back(
    seed: people.Seed, as_unit: people.Browser, place: str
) -> None:
    report = seed.report("P1")
    for _ in range(3):
        as_unit.post(f"/bao-cao/{report.id}", {"action": "them.n1.chi_tiet"})
    with database.connection():
        keys = [row.row for row in Entry.select().where(Entry.block == "chi_tiet").order_by(Entry.position)]
    type_in(as_unit, report, **{f"n1-chi_tiet-{key}-noi_dung": f"Buổi {number}" for number, key in enumerate(keys, 1)})
    data = download(as_unit, place)

    def work(book: Book) -> None:
        book.write(f"n1-chi_tiet-{keys[0]}-noi_dung", None)
        book.sheet("n1-chi_tiet").delete_rows(book.line("n1-chi_tiet", keys[1]))

    answer = upload(as_unit, place, changed(data, work))
    assert "Xóa: Cuộc 1 (Bảng chi tiết các cuộc tuyên truyền (1.12))" in words(answer)
    assert confirm(as_unit, place, seal_of(answer)).status_code == 303
    with database.connection():
        present = reports.load_answers(report)
        assert present.row("n1", "chi_tiet", keys[0]) is None
        assert present.row("n1", "chi_tiet", keys[2]) is not None
    as_unit.post(f"/bao-cao/{report.id}", {"action": f"lay.n1.chi_tiet.{keys[1]}"})
    assert seed.value(f"n1-chi_tiet-{keys[1]}-noi_dung") == "Buổi 2"


def test_a_row_that_one_side_removed_and_the_other_changed_is_chosen(
    seed: people.Seed, as_unit: people.Browser, place: str
) -> None:
    report = seed.report("P1")
    for _ in range(2):
        as_unit.post(f"/bao-cao/{report.id}", {"action": "them.n1.chi_tiet"})
    with database.connection():
        one, two = (row.row for row in Entry.select().where(Entry.block == "chi_tiet").order_by(Entry.position))
    type_in(as_unit, report, **{f"n1-chi_tiet-{key}-noi_dung": key for key in (one, two)})
    data = download(as_unit, place)
    as_unit.post(f"/bao-cao/{report.id}", {"action": f"xoa.n1.chi_tiet.{one}"})
    type_in(as_unit, report, **{f"n1-chi_tiet-{two}-dia_diem": "Nhà văn hóa"})

    def work(book: Book) -> None:
        book.write(f"n1-chi_tiet-{one}-hinh_thuc", "Họp dân").write(f"n1-chi_tiet-{two}-noi_dung", None)

    answer = upload(as_unit, place, changed(data, work))
    assert "2 chỗ phải chọn" in words(answer)
    assert "xóa dòng này" in words(answer)
    seal = seal_of(answer)
    done = confirm(as_unit, place, seal, **{f"n1-chi_tiet-{one}": "tep", f"n1-chi_tiet-{two}": "tep"})
    assert done.status_code == 303
    with database.connection():
        present = reports.load_answers(report)
    back, gone = present.row("n1", "chi_tiet", one), present.row("n1", "chi_tiet", two)
    assert back is not None
    assert back.values == {"noi_dung": one, "hinh_thuc": "Họp dân"}
    assert gone is None


def test_the_same_file_uploaded_twice_adds_nothing_twice(
    seed: people.Seed, as_unit: people.Browser, place: str
) -> None:
    def work(book: Book) -> None:
        sheet = book.sheet("n5-van_ban")
        column = book.columns(sheet)["so_ky_hieu"]
        for row in (8, sheet.max_row + 2):
            sheet.cell(row, column).value = f"{row}/KH"

    data = changed(download(as_unit, place), work)
    assert confirm(as_unit, place, seal_of(upload(as_unit, place, data))).status_code == 303
    before = stored()
    assert "Không có gì để ghi." in words(upload(as_unit, place, data))
    assert stored() == before


def test_foreign_files_each_get_their_own_answer(
    app: Flask, seed: people.Seed, as_unit: people.Browser, as_other: people.Browser, place: str
) -> None:
    others = as_other.get(f"/bao-cao/{seed.report('LT').id}/bieu-excel/tep").data

    def of_another_round(book: Book) -> None:
        sheet = book.sheet("goc")
        sheet["B3"].value = "500-catx-2024"
        lines = [
            [str(cell.value) for cell in row if cell.value is not None] for row in sheet["A2" : f"D{sheet.max_row}"]
        ]
        lines = [line for line in lines if line]
        sheet.cell(len(lines) + 1, 2).value = origin.checksum(lines[:-1])

    cases = [
        (others, "Biểu này của đơn vị mã LT, không phải của Ủy ban nhân dân Phường 1 (P1)."),
        (changed(download(as_unit, place), of_another_round), "Biểu này của đợt báo cáo khác"),
        (saved(Workbook()), "không phải biểu tải từ chương trình"),
        (b"", "Tệp rỗng"),
        (bytes.fromhex("d0cf11e0a1b11ae1") * 80, "kiểu Excel cũ"),
    ]
    before = stored()
    for data, expected in cases:
        answer = upload(as_unit, place, data)
        assert answer.status_code == 422
        assert expected in words(answer)
    assert as_unit.post(place, {"tep": (BytesIO(b""), "")}).status_code == 422
    assert as_unit.post(place, {"tep": "x"}).status_code == 422
    assert stored() == before


def test_a_file_over_the_limit_is_told_with_the_limit(
    seed: people.Seed, as_unit: people.Browser, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_unit.app.config["MAX_UPLOAD_MB"] = 1
    monkeypatch.setattr("nhanquyen.web.uploads.MEGABYTE", 1000)
    answer = upload(as_unit, place, b"PK" + bytes(1000))
    assert answer.status_code == 422
    assert "Tệp lớn hơn 1 MB" in words(answer)


def test_a_seal_is_of_one_account_one_report_and_half_a_day(
    seed: people.Seed, as_unit: people.Browser, as_other: people.Browser, place: str, clock: people.SettableClock
) -> None:
    data = changed(download(as_unit, place), lambda book: book.write(CUOC, 3))
    seal = seal_of(upload(as_unit, place, data))
    before = stored()
    theirs = f"/bao-cao/{seed.report('LT').id}/bieu-excel"
    assert confirm(as_other, theirs, seal).status_code == 422
    assert confirm(as_other, place, seal).status_code == 404
    for wrong in ("", "x", seal[:-3] + "abc"):
        answer = confirm(as_unit, place, wrong)
        assert answer.status_code == 422
        assert "Chọn lại tệp để xem trước lần nữa" in words(answer)
    assert stored() == before
    clock.move(minutes=-10)  # a clock that is set back makes nothing too old
    assert confirm(as_unit, place, seal).status_code == 303
    assert seed.value(CUOC) == 3


def test_half_a_day_later_a_preview_is_too_old(
    app: Flask, seed: people.Seed, as_unit: people.Browser, place: str, clock: people.SettableClock
) -> None:
    seal = seal_of(upload(as_unit, place, changed(download(as_unit, place), lambda book: book.write(CUOC, 3))))
    for _ in range(26):
        clock.move(minutes=28)
        as_unit.get(place)
    browser = people.Browser(app).sign_in("p1")
    assert confirm(browser, place, seal).status_code == 422
    assert seed.value(CUOC) is None


def test_a_closed_report_takes_nothing_in(seed: people.Seed, as_unit: people.Browser, place: str) -> None:
    report = seed.report("P1")
    type_in(as_unit, report, **people.complete_answers())
    data = changed(download(as_unit, place), lambda book: book.write(CUOC, 99))
    seal = seal_of(upload(as_unit, place, data))
    assert as_unit.post(f"/bao-cao/{report.id}/gui", {"khong_mat": "1"}).status_code == 303
    before = stored()
    assert "Báo cáo đã gửi nên không sửa được nữa" in words(as_unit.get(place))
    for answer in (upload(as_unit, place, data), confirm(as_unit, place, seal)):
        assert answer.status_code == 409
        assert "Báo cáo đã gửi nên không sửa được nữa" in words(answer)
    assert stored() == before


def test_a_form_without_its_token_is_refused(seed: people.Seed, as_unit: people.Browser, place: str) -> None:
    data = changed(download(as_unit, place), lambda book: book.write(CUOC, 3))
    seal = seal_of(upload(as_unit, place, data))
    before = stored()
    assert as_unit.client.post(place, data={"tep": (BytesIO(data), "a.xlsx")}).status_code == 400
    assert as_unit.client.post(f"{place}/ghi", data={"ke_hoach": seal}).status_code == 400
    assert stored() == before


def test_a_failure_while_it_is_saved_leaves_nothing_behind(
    seed: people.Seed, as_unit: people.Browser, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = download(as_unit, place)
    key = Book(data).blank_rows("n1-chi_tiet")[0]
    seal = seal_of(
        upload(
            as_unit, place, changed(data, lambda book: book.write(CUOC, 3).write(f"n1-chi_tiet-{key}-noi_dung", "x"))
        )
    )
    before = stored()
    with monkeypatch.context() as broken:
        broken.setattr(saving, "touch", lambda *_, **__: 1 / 0)
        assert confirm(as_unit, place, seal).status_code == 500
    assert stored() == before
    assert confirm(as_unit, place, seal).status_code == 303
    assert seed.value(CUOC) == 3


def test_everybody_who_confirms_at_once_saves_it_once(
    app: Flask, seed: people.Seed, as_unit: people.Browser, place: str
) -> None:
    data = download(as_unit, place)
    key = Book(data).blank_rows("n1-chi_tiet")[0]
    seal = seal_of(
        upload(
            as_unit, place, changed(data, lambda book: book.write(CUOC, 3).write(f"n1-chi_tiet-{key}-noi_dung", "x"))
        )
    )
    browsers = [people.Browser(app).sign_in("p1") for _ in range(4)]
    for browser in browsers:
        browser.token()
    answers = people.in_parallel(4, lambda number: confirm(browsers[number], place, seal).status_code)
    assert set(answers) == {303}
    assert seed.report("P1").version == 1
    assert len(events_of("form_taken_in")) == 1


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "_x000D_", "Từ\x00 đến", "x" * 32_767, "<b>&amp;</b>"])
def test_hostile_texts_typed_on_the_web_come_back_unchanged(
    seed: people.Seed, as_unit: people.Browser, place: str, text: str
) -> None:
    type_in(as_unit, seed.report("P1"), **{"n1-ket_qua-0-cach_lam": text, CUOC: text[:200]})
    before = stored()
    assert "Không có gì để ghi." in words(upload(as_unit, place, download(as_unit, place)))
    assert stored() == before


def test_a_text_from_a_file_is_escaped_on_the_page(seed: people.Seed, as_unit: people.Browser, place: str) -> None:
    data = changed(
        download(as_unit, place), lambda book: book.write("n1-ket_qua-0-cach_lam", "<script>alert(1)</script>")
    )
    text = upload(as_unit, place, data).get_data(as_text=True)
    assert "<script>alert" not in text
    assert re.search(r"&lt;script&gt;alert", text)


def test_every_file_has_rows_of_its_own(seed: people.Seed, as_unit: people.Browser, place: str) -> None:
    first, second = (set(Book(download(as_unit, place)).blank_rows("n1-chi_tiet")) for _ in range(2))
    assert first.isdisjoint(second)


def test_one_who_hands_in_many_at_once_keeps_nobody_waiting(
    as_unit: people.Browser, as_other: people.Browser, seed: people.Seed, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading a workbook takes a processor: a second one of the same account is refused at once, and so is a third."""
    data = download(as_unit, place)
    with monkeypatch.context() as patch:
        patch.setattr(offline, "_reading", {seed.accounts["p1"].id})
        answer = upload(as_unit, place, data)
        assert answer.status_code == 503
        assert "Đang có biểu Excel khác được đọc" in words(answer)
    with monkeypatch.context() as patch:
        patch.setattr(offline, "_places", BoundedSemaphore(1))
        offline._places.acquire()
        assert upload(as_unit, place, data).status_code == 503
    assert upload(as_unit, place, data).status_code == 200
