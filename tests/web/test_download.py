"""Download: the combined Excel over HTTP, its scope and filter, and one at a time."""

from __future__ import annotations

from io import BytesIO

import people
import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook

from nhanquyen.store import database, saving, sending
from nhanquyen.store.models import Event
from nhanquyen.web import download


def book(browser: people.Browser, query: str = "") -> Workbook:
    answer = browser.get(f"/tai-ve/excel{query}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return load_workbook(BytesIO(answer.data))


def words(book: Workbook, sheet: str) -> str:
    return "\n".join(str(cell.value) for row in book[sheet].iter_rows() for cell in row if cell.value is not None)


def test_it_holds_what_the_board_shows(app: Flask, seed: people.Seed, as_team: people.Browser) -> None:
    people.round_in_use(app, seed)
    found = words(book(as_team), "Tổng hợp")
    for expected in ("Ủy ban nhân dân Phường 1", "Ủy ban nhân dân xã Long Toàn", "Phòng Văn hóa và Thông tin", "1/3"):
        assert expected in found


def test_its_name_says_when(seed: people.Seed, as_team: people.Browser) -> None:
    answer = as_team.get("/tai-ve/excel")
    assert answer.headers["Content-Disposition"] == "attachment; filename=tong-hop-20231220-0900.xlsx"


def test_scope_and_group_are_kept_and_stated(app: Flask, seed: people.Seed, as_team: people.Browser) -> None:
    people.round_in_use(app, seed)
    found = book(as_team, "?pham_vi=da_tiep_nhan&nhom=XP")
    assert "Phòng Văn hóa và Thông tin" not in words(found, "Tổng hợp")
    about = words(found, "Thông tin")
    assert "Nhóm: Xã, phường" in about
    assert "Chỉ báo cáo đã tiếp nhận" in about
    with database.connection():
        said = Event.select().order_by(Event.id.desc()).get()
    assert (said.action, said.actor) == ("exported", "Đội Tổng hợp")
    assert "Nhóm: Xã, phường" in said.subject


@pytest.mark.parametrize("query", ["?pham_vi=x", "?nhom=ZZ", "?pham_vi=da_gui&nhom=%27"])
def test_what_is_not_offered_is_bad_input(seed: people.Seed, as_team: people.Browser, query: str) -> None:
    answer = as_team.get(f"/tai-ve/excel{query}")
    assert answer.status_code == 400
    assert "Mở lại trang Tải về" in answer.get_data(as_text=True)


def test_the_page_says_how_many_units_are_in(app: Flask, seed: people.Seed, as_team: people.Browser) -> None:
    people.round_in_use(app, seed)
    text = as_team.get("/tai-ve").get_data(as_text=True)
    assert "Đã gửi 1/3 đơn vị" in text
    assert "Báo cáo đã gửi và đã tiếp nhận (1 đơn vị)" in text
    assert "Chỉ báo cáo đã tiếp nhận (0 đơn vị)" in text


def test_what_is_undecided_is_said_before_and_in_the_file(
    seed: people.Seed, as_team: people.Browser, clock: people.SettableClock
) -> None:
    session = {"ngay": "05/12/2023", "hinh_thuc": "Hội nghị", "noi_dung": "Quyền con người", "dia_diem": "Hội trường"}
    with database.connection():
        for code in ("P1", "LT"):
            actor = seed.actor(code.lower(), clock())
            seed.save(code, people.complete_answers(), clock())
            row = saving.add_row(seed.report(code), "n1", "chi_tiet", seed.directive, actor)
            seed.save(code, {f"n1-chi_tiet-{row}-{name}": text for name, text in session.items()}, clock())
            sending.send(seed.report(code), seed.directive, actor)
    said = "Còn 1 hoạt động có thể bị tính trùng chưa quyết định"
    assert said in as_team.get("/tai-ve").get_data(as_text=True)
    assert said in words(book(as_team), "Tổng hợp")
    assert said in words(book(as_team, "?nhom=XP"), "Tổng hợp")
    assert said not in words(book(as_team, "?pham_vi=da_tiep_nhan"), "Tổng hợp")


def test_a_second_export_waits_its_turn_and_is_told(
    seed: people.Seed, as_team: people.Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "WAIT_SECONDS", 0)
    with download.turn():
        answer = as_team.get("/tai-ve/excel")
    assert answer.status_code == 503
    assert "Đang có người khác tải tệp" in answer.get_data(as_text=True)
    assert as_team.get("/tai-ve/excel").status_code == 200
