"""What an attacker on the LAN sends is looked at before anything is done with it."""

from __future__ import annotations

from typing import Any

import people
import pytest
from flask import Flask

from nhanquyen.store import accounts, database, saving
from nhanquyen.store.accounts import AccountRefused, Hasher
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Event
from nhanquyen.web import intake

FOREIGN = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://192.0.2.66"},
           {"Origin": "null"}]  # fmt: skip
TYPED = {"n1-so_lieu-0-so_cuoc": "999", "was.n1-so_lieu-0-so_cuoc": ""}


@pytest.mark.parametrize("host", [".a", "a..b", "a" * 64, "-a", "a b", "a/b", "\x00", "[::1", "a:b", ""])
@pytest.mark.parametrize("path", ["/dang-nhap", "/static/app.css", "/khong-co"])
def test_an_odd_host_is_bad_input_in_vietnamese(app: Flask, host: str, path: str) -> None:
    answer = app.test_client().get(path, environ_overrides={"HTTP_HOST": host})
    assert answer.status_code == 400
    assert "Mở lại đúng địa chỉ" in answer.get_data(as_text=True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("host", ["localhost", "192.168.1.20:8080", "baocao", "pc-01.catx.local.", "[::1]:8080"])
def test_the_hosts_of_a_lan_are_taken(app: Flask, host: str) -> None:
    answer = app.test_client().get("/dang-nhap", environ_overrides={"HTTP_HOST": host})
    assert answer.status_code == 200


@pytest.mark.parametrize("headers", FOREIGN)
def test_what_another_sites_page_posts_is_not_handed_back(
    app: Flask, seed: people.Seed, headers: dict[str, str]
) -> None:
    address = f"/bao-cao/{seed.report('P1').id}"
    for browser in (people.Browser(app), people.Browser(app).sign_in("p1")):
        answer = browser.client.post(address, data=TYPED, headers=headers)
        assert answer.status_code in (303, 400)
        assert "999" not in answer.get_data(as_text=True)


def test_what_our_own_page_posts_is_handed_back_and_shown(app: Flask, seed: people.Seed) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    answer = people.Browser(app).client.post(f"/bao-cao/{seed.report('P1').id}", data=TYPED, headers=headers)
    assert answer.status_code == 401
    assert "999" in answer.get_data(as_text=True)


def test_a_strangers_large_form_is_not_read(app: Flask, seed: people.Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "STRANGERS_FORM", 1000)
    body = {"n1-so_lieu-0-so_cuoc": "7" * 2000}
    browser = people.Browser(app)
    assert browser.client.post(f"/bao-cao/{seed.report('P1').id}", data=body).status_code == 303
    assert browser.client.post("/dang-nhap", data={"username": "x" * 2000}).status_code == 413


def test_too_many_fields_are_refused(as_unit: people.Browser, seed: people.Seed) -> None:
    answer = as_unit.post(f"/bao-cao/{seed.report('P1').id}/luu", [("a", "")] * (intake.MOST_PAIRS + 2), htmx=True)
    assert answer.status_code == 413


@pytest.mark.parametrize("body", ["5", "[1,2]", '{"username": 5}', '{"username": "\\ud800"}', "[" * 5000])
@pytest.mark.parametrize("path", ["/dang-nhap", "/mat-khau"])
def test_json_is_no_form_of_ours(as_unit: people.Browser, body: str, path: str) -> None:
    headers = {"X-CSRFToken": as_unit.token()}
    assert as_unit.client.post(path, data=body, content_type="application/json", headers=headers).status_code == 415


PARTS = [
    b'Content-Disposition: form-data; name="username"; filename="a.txt"\r\n\r\nx',
    b"Content-Disposition: form-data\r\n\r\nx",
    b"Content-Disposition: ;;;\r\n\r\nx",
    b"\r\nx",
]


@pytest.mark.parametrize("part", PARTS)
def test_a_malformed_multipart_body_is_bad_input(as_unit: people.Browser, seed: people.Seed, part: bytes) -> None:
    body = b"--b\r\n" + part + b"\r\n--b--\r\n"
    kind, headers = "multipart/form-data; boundary=b", {"X-CSRFToken": as_unit.token()}
    report = seed.report("P1").id
    for path in ("/dang-nhap", "/mat-khau", f"/bao-cao/{report}", f"/bao-cao/{report}/luu"):
        answer: Any = as_unit.client.post(path, data=body, content_type=kind, headers=headers)
        assert 400 <= answer.status_code < 500 or answer.status_code in (200, 303), path


def test_a_draft_beyond_any_sense_is_refused_and_said(as_unit: people.Browser, seed: people.Seed) -> None:
    text = "x" * 100_001
    report = seed.report("P1")
    answer = as_unit.post(f"/bao-cao/{report.id}/luu", {"n1-ket_qua-0-cach_lam": text, "ver": "0"}, htmx=True)
    assert answer.status_code == 422
    assert "dài 100.001 ký tự nên không lưu được" in answer.get_data(as_text=True)
    assert seed.report("P1").version == 0


def test_a_reset_stands_against_a_change_in_flight(app: Flask, seed: people.Seed, clock: people.SettableClock) -> None:
    hasher = Hasher(people.FAST_HASH)
    with database.connection():
        loaded = Account.get(Account.username == "p1")
        admin = Actor(seed.accounts["quantri"], "192.0.2.1", clock())
        code = accounts.reset_password(Account.get(Account.username == "p1"), admin, hasher)
        with pytest.raises(AccountRefused):
            accounts.change_password(loaded, "một câu hoàn toàn mới", "token", Actor(loaded, "", clock()), hasher)
        assert hasher.matches(Account.get(Account.username == "p1"), code)


@pytest.mark.parametrize(
    "written", [str.upper, lambda code: code.replace("-", ""), lambda code: code.replace("-", " ")]
)
def test_a_one_time_password_is_read_as_people_copy_it(
    app: Flask, seed: people.Seed, clock: people.SettableClock, written: Any
) -> None:
    with database.connection():
        admin = Actor(seed.accounts["quantri"], "192.0.2.1", clock())
        code = accounts.reset_password(seed.accounts["p1"], admin, Hasher(people.FAST_HASH))
    assert people.Browser(app).sign_in("p1", written(code)).get("/bao-cao").location == "/mat-khau"


def test_a_log_line_cannot_be_forged(as_unit: people.Browser) -> None:
    as_unit.get("/quan-tri/don-vi/X%0A15:00 22.12 quantri%E2%80%AE%1B/sua")
    with database.connection():
        subject = Event.select().order_by(Event.id.desc()).get().subject
    assert subject.isprintable()
    assert "\u202e" not in subject


def test_removed_rows_do_not_pile_up_for_ever(
    app: Flask, seed: people.Seed, clock: people.SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "ROWS_KEPT", 0)
    with database.connection():
        report, actor = seed.report("P1"), Actor(seed.accounts["p1"], "", clock())
        with pytest.raises(saving.ReportClosed):
            saving.add_row(report, "n1", "chi_tiet", seed.directive, actor)
