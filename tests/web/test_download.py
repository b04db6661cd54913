"""Download: the combined Excel and the consolidated report over HTTP, their scope and filter, and one at a time."""

from __future__ import annotations

from io import BytesIO

import people
import pytest
from consolidated_file import WordFile, read_word
from docx import Document
from flask import Flask
from openpyxl import Workbook, load_workbook

from nhanquyen.store import database
from nhanquyen.store.models import Event, WordTemplate
from nhanquyen.web import consolidation


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


@pytest.mark.parametrize("what", ["excel", "word"])
def test_a_second_export_waits_its_turn_and_is_told(
    seed: people.Seed, as_team: people.Browser, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(consolidation, "WAIT_SECONDS", 0)
    with consolidation.turn():
        answer = as_team.get(f"/tai-ve/{what}")
    assert answer.status_code == 503
    assert "Đang có người khác tải tệp" in answer.get_data(as_text=True)
    assert as_team.get(f"/tai-ve/{what}").status_code == 200


# --- The consolidated report in Word ------------------------------------------------------------------------------


def word(browser: people.Browser, query: str = "") -> WordFile:
    answer = browser.get(f"/tai-ve/word{query}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return read_word(answer.data)


def test_unless_asked_otherwise_only_accepted_reports_speak(
    app: Flask, seed: people.Seed, as_team: people.Browser
) -> None:
    ids = people.round_in_use(app, seed)
    text = as_team.get("/tai-ve").get_data(as_text=True)
    form = text[text.index('action="/tai-ve/word"') :]
    assert form.index('value="da_tiep_nhan" checked') < form.index('value="da_gui"')
    file = word(as_team)
    assert "Phạm vi số liệu: chỉ báo cáo đã tiếp nhận (0/3 đơn vị). Đã gửi nhưng chưa tiếp nhận nên" in file.words
    assert "Số cuộc tuyên truyền" not in " ".join(file.paragraphs)
    assert as_team.post(f"/tong-hop/bao-cao/{ids['lt']}/tiep-nhan", {"lan_gui": "1"}).status_code == 303
    file = word(as_team)
    assert "- Số cuộc tuyên truyền: 12 cuộc (xã, phường: 12); trong đó" in " ".join(file.paragraphs)
    assert "Phạm vi số liệu: chỉ báo cáo đã tiếp nhận (1/3 đơn vị)." in file.words


def test_its_scope_and_group_are_kept_stated_and_in_its_name(
    app: Flask, seed: people.Seed, as_admin: people.Browser
) -> None:
    people.round_in_use(app, seed)
    answer = as_admin.get("/tai-ve/word?pham_vi=da_gui&nhom=XP")
    name = "bao-cao-tong-hop-xp-da-gui-20231220-0900.docx"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    file = read_word(answer.data)
    assert "Phòng Văn hóa và Thông tin" not in file.words
    assert "Báo cáo này chỉ gồm một phần danh sách đơn vị. Nhóm: Xã, phường." in file.paragraphs
    assert "- Số cuộc tuyên truyền: 12 cuộc; trong đó: số cuộc lồng ghép: không có số liệu." in file.paragraphs
    with database.connection():
        said = Event.select().order_by(Event.id.desc()).get()
    assert (said.action, said.actor) == ("exported", "Quản trị")
    assert said.subject == "Báo cáo tổng hợp (Word): Báo cáo đã gửi và đã tiếp nhận. Nhóm: Xã, phường"


@pytest.mark.parametrize("query", ["?pham_vi=x", "?nhom=ZZ", "?pham_vi=", "?nhom=%00"])
def test_a_report_of_what_is_not_offered_is_bad_input(seed: people.Seed, as_team: people.Browser, query: str) -> None:
    answer = as_team.get(f"/tai-ve/word{query}")
    assert answer.status_code == 400
    assert "Mở lại trang Tải về" in answer.get_data(as_text=True)


def test_twice_at_the_same_moment_it_is_the_same_file(app: Flask, seed: people.Seed, as_team: people.Browser) -> None:
    people.round_in_use(app, seed)
    assert as_team.get("/tai-ve/word").data == as_team.get("/tai-ve/word").data


def test_the_template_of_the_team_is_used_and_one_that_does_not_fit_is_told(
    seed: people.Seed, as_team: people.Browser
) -> None:
    for words, status in (("Gửi {{ kinh_gui|first }}: {{ trich_yeu }}", 200), ("{{ khong_co }}", 409)):
        template, target = Document(), BytesIO()
        template.add_paragraph(words)
        template.save(target)
        content = target.getvalue()
        with database.connection():
            WordTemplate.delete().execute()
            WordTemplate.create(
                kind="consolidated", name="mau.docx", size=len(content), sha256="", content=content,
                added_at=people.SettableClock()(), added_by=seed.accounts["tonghop"],
            )  # fmt: skip
        answer = as_team.get("/tai-ve/word")
        assert answer.status_code == status
        if status == 200:
            text = Document(BytesIO(answer.data)).paragraphs[0].text
            assert text.startswith("Gửi Ủy ban nhân dân thị xã Duyên Hải: Kết quả tổ chức các hoạt động")
    assert "không có trường “khong_co”" in answer.get_data(as_text=True)
