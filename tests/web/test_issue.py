"""An issued report: the same bytes again however much changes, and what has changed since is told."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from typing import Any

import docx
import openpyxl
import people
import pytest
from flask import Flask
from pages import soup
from werkzeug.test import TestResponse

from nhanquyen.overview import Scope
from nhanquyen.store import database, rounds
from nhanquyen.store.models import Event, Issuance, IssuedFile, Report, Unit

PAGE = "/tong-hop/phat-hanh"
ACCEPTED = {"pham_vi": Scope.ACCEPTED.value, "sau_lan": "0"}


def send(app: Flask, seed: people.Seed, code: str, **typed: str) -> None:
    browser, report = people.Browser(app).sign_in(code.lower()), seed.report(code)
    answers = {**people.complete_answers(asked_of_item_4=code == "VHTT"), **typed, "ver": str(report.version)}
    assert browser.post(f"/bao-cao/{report.id}/luu", answers, htmx=True).status_code == 200
    assert browser.post(f"/bao-cao/{report.id}/gui", {"khong_mat": "1"}).status_code == 303


def decide(team: people.Browser, seed: people.Seed, code: str, what: str, **fields: str) -> None:
    report = seed.report(code)
    answer = team.post(f"/tong-hop/bao-cao/{report.id}/{what}", {"lan_gui": str(report.revision), **fields})
    assert answer.status_code == 303


@pytest.fixture
def accepted(app: Flask, seed: people.Seed, as_team: people.Browser) -> people.Browser:
    """The Team, after Phường 1's report was accepted and Long Toàn's was sent."""
    send(app, seed, "P1")
    send(app, seed, "LT")
    decide(as_team, seed, "P1", "tiep-nhan")
    return as_team


def files_of(team: people.Browser, number: int = 1) -> dict[str, bytes]:
    page = soup(team.get(f"{PAGE}/{number}"))
    links = {link.get_text(): str(link["href"]) for link in page.select(f'main a[href^="{PAGE}/{number}/tep/"]')}
    return {name: team.get(link).get_data() for name, link in links.items()}


def changes_told(team: people.Browser) -> str:
    main = soup(team.get(f"{PAGE}/1")).select_one("main")
    assert main is not None
    return " ".join(main.get_text(" ", strip=True).split("Thay đổi từ lúc phát hành")[1].split())


def test_it_is_the_same_again_however_much_changes(
    accepted: people.Browser, app: Flask, seed: people.Seed, clock: people.SettableClock
) -> None:
    made: TestResponse = accepted.post(PAGE, {**ACCEPTED, "ghi_chu": "Trình UBND, lần 1"})
    assert (made.status_code, made.headers["Location"]) == (303, f"{PAGE}/1")
    before = files_of(accepted)
    assert sorted(before) == [
        "bao-cao-tong-hop-da-tiep-nhan-20231220-0900.docx",
        "tong-hop-da-tiep-nhan-20231220-0900.xlsx",
    ]
    paragraphs = [
        each.text
        for each in docx.Document(io.BytesIO(before["bao-cao-tong-hop-da-tiep-nhan-20231220-0900.docx"])).paragraphs
    ]
    assert any("Số cuộc tuyên truyền: 12 cuộc" in text for text in paragraphs)
    book = openpyxl.load_workbook(io.BytesIO(before["tong-hop-da-tiep-nhan-20231220-0900.xlsx"]))
    assert "Tổng hợp" in book.sheetnames
    assert changes_told(accepted) == "Không có gì thay đổi."
    clock.move(days=1)
    team = people.Browser(app).sign_in("tonghop")
    decide(team, seed, "P1", "tra-lai", **{"chon-n1": "1", "ly-do-n1": "Kiểm tra lại."})
    send(app, seed, "P1", **{"n1-so_lieu-0-so_cuoc": "13"})
    decide(team, seed, "P1", "tiep-nhan")
    assert files_of(team) == before
    told = changes_told(team)
    assert "Ủy ban nhân dân Phường 1 : Đã gửi lại (lần gửi 2)." in told
    assert "1.1 Số cuộc tuyên truyền (cuộc): 12 → 13" in told
    assert team.post(PAGE, {**ACCEPTED, "sau_lan": "1"}).headers["Location"] == f"{PAGE}/2"
    listed = [row.get_text(" ", strip=True) for row in soup(team.get(PAGE)).select("main tbody th")]
    assert listed == ["Lần 2", "Lần 1"]
    with database.connection():
        kept = {each.name: each for each in IssuedFile.select().where(IssuedFile.issuance == 1)}
        assert {name: bytes(each.content) for name, each in kept.items()} == before
        assert all(each.sha256 == hashlib.sha256(before[name]).hexdigest() for name, each in kept.items())
        logged = list(Event.select().where(Event.action == "report_issued").order_by(Event.id))
        assert [each.subject for each in logged] == [
            "Báo cáo tổng hợp phát hành lần 1", "Báo cáo tổng hợp phát hành lần 2",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({}, 422, "Chọn số liệu để phát hành."),
        ({"pham_vi": "tat_ca"}, 422, "Chọn số liệu để phát hành."),
        ({"pham_vi": "da_gui"}, 400, "Trang đã cũ."),
        ({"pham_vi": "da_gui", "sau_lan": "²"}, 400, "Trang đã cũ."),
        ({"pham_vi": "da_gui", "sau_lan": "1"}, 400, "Trang đã cũ."),
        ({**ACCEPTED, "ghi_chu": "x" * 501}, 422, "Ghi chú dài 501 ký tự."),
    ],
)
def test_what_is_not_asked_rightly_is_told_and_kept(
    accepted: people.Browser, fields: dict[str, Any], status: int, said: str
) -> None:
    answer = accepted.post(PAGE, fields)
    assert answer.status_code == status
    text = answer.get_data(as_text=True)
    assert said in text
    assert fields.get("ghi_chu", "") in text
    with database.connection():
        assert Issuance.select().count() == 0


def test_nothing_is_issued_of_no_report(seed: people.Seed, as_team: people.Browser) -> None:
    answer = as_team.post(PAGE, ACCEPTED)
    assert answer.status_code == 422
    assert "Chưa có báo cáo nào trong phạm vi này" in answer.get_data(as_text=True)


def test_nothing_is_issued_of_figures_that_move_meanwhile(
    accepted: people.Browser, seed: people.Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long Toàn's report is accepted by somebody else while the files are being made."""
    from nhanquyen.web import consolidation

    real = consolidation.Material.document

    def document(material: consolidation.Material) -> bytes:
        Report.update(status="accepted").where(Report.unit == seed.units["LT"]).execute()
        return real(material)

    monkeypatch.setattr(consolidation.Material, "document", document)
    answer = accepted.post(PAGE, {**ACCEPTED, "ghi_chu": "lần 1"})
    assert answer.status_code == 409
    text = answer.get_data(as_text=True)
    assert "Số liệu vừa thay đổi trong lúc tạo tệp" in text
    assert 'value="lần 1"' in text
    with database.connection():
        assert Issuance.select().count() == 0


def test_pressed_twice_it_makes_the_files_and_issues_once(
    accepted: people.Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nhanquyen.web import consolidation

    real, made = consolidation.Material.document, []

    def document(material: consolidation.Material) -> bytes:
        made.append(material.scope)
        return real(material)

    monkeypatch.setattr(consolidation.Material, "document", document)
    assert [accepted.post(PAGE, ACCEPTED).headers["Location"] for _ in range(2)] == [f"{PAGE}/1"] * 2
    assert made == [Scope.ACCEPTED]
    assert "không phát hành thêm lần nữa" in accepted.get(f"{PAGE}/1").get_data(as_text=True)
    with database.connection():
        assert Issuance.select().count() == 1


def test_whatever_the_report_would_say_otherwise_now_is_told(
    accepted: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    assert accepted.post(PAGE, ACCEPTED).status_code == 303
    with database.connection():
        Unit.update(group="PCM").where(Unit.code == "P1").execute()
    assert "Ủy ban nhân dân Phường 1 : Chuyển sang nhóm đơn vị khác." in changes_told(accepted)
    with database.connection():
        rounds.edit_round(seed.round, clock() - timedelta(days=2), None, seed.actor("quantri", clock()))
    told = changes_told(accepted)
    assert "Hạn gửi từ 23:59 ngày 22/12/2023 sang 09:00 ngày 18/12/2023." in told
    assert "Ủy ban nhân dân Phường 1 : Nay là trễ hạn 2 ngày, trước là đúng hạn. Chuyển sang nhóm đơn vị khác." in told
    longer = {"day": "27/12/2023", "clock": "17:00", "reason": "Mất điện"}
    assert accepted.post(f"/tong-hop/bao-cao/{seed.report('P1').id}/gia-han", longer).status_code == 303
    told = changes_told(accepted)
    assert "Nay là trễ hạn" not in told
    assert "Ủy ban nhân dân Phường 1 : Gia hạn đến 17:00 ngày 27/12/2023. Chuyển sang nhóm đơn vị khác." in told


def test_there_is_no_other_and_no_file_of_another(accepted: people.Browser) -> None:
    for last in "01":
        assert accepted.post(PAGE, {**ACCEPTED, "sau_lan": last}).status_code == 303
    with database.connection():
        first = IssuedFile.select().where(IssuedFile.issuance == 1).get()
    assert accepted.get(f"{PAGE}/3").status_code == 404
    assert accepted.get(f"{PAGE}/2/tep/{first.id}").status_code == 404
    assert accepted.get(f"{PAGE}/1/tep/{first.id}").status_code == 200


def test_the_admin_reads_and_the_team_issues(accepted: people.Browser, app: Flask) -> None:
    admin = people.Browser(app).sign_in("quantri")
    assert admin.post(PAGE, ACCEPTED).status_code == 403
    assert accepted.post(PAGE, ACCEPTED).status_code == 303
    page = soup(admin.get(PAGE))
    assert not page.select("main form")
    assert admin.get(f"{PAGE}/1").status_code == 200
