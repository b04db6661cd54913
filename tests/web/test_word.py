"""A report as a Word file over HTTP: whose it is, what is in it, when it is the same, and the log."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

import people
import pytest
import word_files
from flask import Flask
from pages import soup

from nhanquyen.clock import VIETNAM
from nhanquyen.export.word import UNIT
from nhanquyen.store import database, word_templates
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Event
from nhanquyen.web.files import DOCX


def word(browser: people.Browser, address: str) -> bytes:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.mimetype == DOCX
    return answer.data


def newest_event() -> tuple[str, str, str]:
    with database.connection():
        said = Event.select().order_by(Event.id.desc()).get()
        return said.action, said.subject, said.unit.code if said.unit else ""


def test_the_unit_gets_its_report_as_it_stands(as_unit: people.Browser, seed: people.Seed) -> None:
    report = seed.report("P1").id
    typed = {
        "n1-so_lieu-0-so_cuoc": "1.240", "n1-ket_qua-0-cach_lam": "{{ 7*7 }} <b> & %}\r\nDòng hai",
        "n5-ky_ten-0-nguoi_ky": "Nguyễn Thị B", "ver": "0",
    }  # fmt: skip
    assert as_unit.post(f"/bao-cao/{report}/luu", typed, htmx=True).status_code == 200
    answer = as_unit.get(f"/bao-cao/{report}/word")
    assert answer.headers["Content-Disposition"] == "attachment; filename=bao-cao-p1-20231220-0900.docx"
    lines = word_files.lines_of(answer.data)
    for expected in (
        "PHƯỜNG 1",
        "- Số cuộc tuyên truyền: 1.240 cuộc.",
        "{{ 7*7 }} <b> & %}",
        "Dòng hai",
        "Nguyễn Thị B",
    ):
        assert expected in lines
    assert newest_event() == ("exported", "Word, bản hiện nay", "P1")


def test_it_says_what_the_print_view_says_and_nothing_unanswered(app: Flask, seed: people.Seed) -> None:
    places = people.round_in_use(app, seed)
    browser = people.Browser(app).sign_in("lt")
    said = "\n".join(word_files.lines_of(word(browser, f"/bao-cao/{places['lt']}/word")))
    page = soup(browser.get(f"/bao-cao/{places['lt']}/xem"))
    facts = [each for each in page.select(".paper-facts > div") if "unanswered" not in each.get("class", "")]
    assert len(facts) > 10
    for fact in facts:
        label = fact.select_one("dt")
        value = fact.select_one("dd")
        assert label is not None
        assert value is not None
        code = label.select_one(".code")
        name = label.get_text().removeprefix(code.get_text() if code else "").strip()
        assert f"{name}: {value.get_text(' ', strip=True)}." in said
    for text in page.select(".paper-table td, .paper-table tbody th, .paper h3"):
        assert text.get_text().split(". ")[-1].casefold() in said.casefold()
    assert "chưa trả lời" not in said


def test_files_are_named_where_they_belong(as_unit: people.Browser, seed: people.Seed) -> None:
    report = seed.report("P1").id
    as_unit.post(f"/bao-cao/{report}/luu", {**people.complete_answers(), "ver": "0"}, htmx=True)
    for place, name in (("", "ban ky.pdf"), ("n3-khau_hieu-kh1", "bang ron.pdf")):
        upload = {"noi": place, "tep": (BytesIO(b"%PDF-1.4\n1 0 obj\n%%EOF\n" + name.encode()), name)}
        assert as_unit.post(f"/bao-cao/{report}/minh-chung", upload).status_code == 303
    data = word(as_unit, f"/bao-cao/{report}/word")
    assert "Minh chứng chung: ban ky.pdf." in word_files.lines_of(data)
    rows = word_files.rows_of(data, 1)
    assert [rows[0][-1], rows[1][-1], rows[2][-1]] == ["Minh chứng", "bang ron.pdf", ""]
    assert {len(row) for row in rows} == {len(rows[0])}


def test_a_revision_is_the_same_file_whatever_happened_since(
    app: Flask, seed: people.Seed, clock: people.SettableClock
) -> None:
    places = people.round_in_use(app, seed)
    unit, team = people.Browser(app).sign_in("lt"), people.Browser(app).sign_in("tonghop")
    sent = word(unit, f"/bao-cao/{places['lt']}/lan-gui/1/word")
    assert word(team, f"/tong-hop/bao-cao/{places['lt']}/lan-gui/1/word") == sent
    assert newest_event() == ("exported", "Word, lần gửi 1", "LT")
    clock.move(minutes=5)
    assert unit.post(f"/bao-cao/{places['lt']}/rut-lai").status_code == 303
    report = seed.report("LT")
    typed = {"n1-so_lieu-0-so_cuoc": "77", "ver": str(report.version)}
    assert unit.post(f"/bao-cao/{report.id}/luu", typed, htmx=True).status_code == 200
    assert word(unit, f"/bao-cao/{places['lt']}/lan-gui/1/word") == sent
    assert "- Số cuộc tuyên truyền: 77 cuộc." in word_files.lines_of(word(unit, f"/bao-cao/{places['lt']}/word"))
    assert "- Số cuộc tuyên truyền: 12 cuộc." in word_files.lines_of(sent)


def test_what_is_not_there_or_not_ours_is_not_found(app: Flask, seed: people.Seed) -> None:
    places = people.round_in_use(app, seed)
    stranger = people.Browser(app).sign_in("p1")
    for address in ("/bao-cao/{lt}/word", "/bao-cao/{lt}/lan-gui/1/word", "/bao-cao/{p1}/lan-gui/1/word"):
        assert stranger.get(address.format(**places)).status_code == 404
    team = people.Browser(app).sign_in("tonghop")
    for address in ("/tong-hop/bao-cao/999999/word", "/tong-hop/bao-cao/{lt}/lan-gui/9/word"):
        assert team.get(address.format(**places)).status_code == 404


@pytest.mark.parametrize(
    ("who", "page", "address"),
    [
        ("lt", "/bao-cao/{lt}/xem", "/bao-cao/{lt}/word"),
        ("lt", "/bao-cao/{lt}/bien-nhan/1", "/bao-cao/{lt}/lan-gui/1/word"),
        ("lt", "/bao-cao/{lt}/lan-gui/1", "/bao-cao/{lt}/lan-gui/1/word"),
        ("tonghop", "/tong-hop/bao-cao/{lt}", "/tong-hop/bao-cao/{lt}/word"),
        ("quantri", "/tong-hop/bao-cao/{lt}/lan-gui/1", "/tong-hop/bao-cao/{lt}/lan-gui/1/word"),
    ],
)
def test_the_pages_lead_to_it(app: Flask, seed: people.Seed, who: str, page: str, address: str) -> None:
    places = people.round_in_use(app, seed)
    browser = people.Browser(app).sign_in(who)
    link = soup(browser.get(page.format(**places))).find("a", string="Tải bản Word")
    assert link is not None
    assert link["href"] == address.format(**places)
    assert word(browser, address.format(**places))[:2] == b"PK"


def test_the_teams_template_is_used_and_one_that_cannot_be_filled_is_said_so(
    as_unit: people.Browser, seed: people.Seed
) -> None:
    report = seed.report("P1").id
    team = Actor(seed.accounts["tonghop"], "", datetime(2023, 12, 20, 9, 0, tzinfo=VIETNAM))
    with database.connection():
        assert word_templates.replace("unit", UNIT.name, "a.docx", word_files.made("Mẫu: {{ don_vi }}"), team)
    assert word_files.lines_of(word(as_unit, f"/bao-cao/{report}/word")) == ["Mẫu: Ủy ban nhân dân Phường 1"]
    with database.connection():
        assert word_templates.replace("unit", UNIT.name, "b.docx", word_files.made("{{ khong_con }}"), team)
    answer = as_unit.get(f"/bao-cao/{report}/word")
    assert answer.status_code == 409
    assert "không có trường “khong_con”" in answer.get_data(as_text=True)
    assert "Báo Đội Tổng hợp sửa mẫu" in answer.get_data(as_text=True)
