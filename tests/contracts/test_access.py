"""Every route × every role: who may call it, and that a refusal changes nothing."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import people
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from nhanquyen.store import database
from nhanquyen.store.accounts import Role
from nhanquyen.store.archive.folder import BackupFolder, Origin
from nhanquyen.store.models import MODELS, Attachment, Event, Session, SignInFailure
from nhanquyen.web.access import roles_of

EVERYBODY = "everybody"
UNIT, TEAM, ADMIN = Role.UNIT, Role.SYNTHESIS, Role.ADMIN
OFFICE = {TEAM, ADMIN}
FILLERS = {UNIT, TEAM}

# The route table, written down: a route that appears, vanishes or changes its roles fails here first.
ROUTES: dict[str, Any] = {
    "GET /": EVERYBODY,
    "GET /static/<path:filename>": EVERYBODY,
    "GET /dang-nhap": EVERYBODY,
    "POST /dang-nhap": EVERYBODY,
    "POST /dang-xuat": {UNIT, TEAM, ADMIN},
    "GET /mat-khau": {UNIT, TEAM, ADMIN},
    "POST /mat-khau": {UNIT, TEAM, ADMIN},
    "GET /tro-giup": EVERYBODY,
    "GET /bao-cao": {UNIT},
    "POST /bao-cao/<int:report_id>": FILLERS,
    "POST /bao-cao/<int:report_id>/luu": FILLERS,
    "GET /bao-cao/<int:report_id>/kiem-tra": FILLERS,
    "POST /bao-cao/<int:report_id>/gui": FILLERS,
    "GET /bao-cao/<int:report_id>/bien-nhan/<int:number>": FILLERS,
    "GET /bao-cao/<int:report_id>/lan-gui/<int:number>": FILLERS,
    "GET /bao-cao/<int:report_id>/xem": FILLERS,
    "GET /bao-cao/<int:report_id>/rut-lai": FILLERS,
    "POST /bao-cao/<int:report_id>/rut-lai": FILLERS,
    "GET /bao-cao/<int:report_id>/minh-chung": FILLERS,
    "POST /bao-cao/<int:report_id>/minh-chung": FILLERS,
    "POST /bao-cao/<int:report_id>/minh-chung/<int:attachment_id>/xoa": FILLERS,
    "GET /bao-cao/<int:report_id>/xin-lay-lai": {UNIT},
    "POST /bao-cao/<int:report_id>/xin-lay-lai": {UNIT},
    "GET /bao-cao/<int:report_id>/minh-chung/<int:attachment_id>": {UNIT, TEAM, ADMIN},
    "GET /bao-cao/<int:report_id>/nhap-thay": {TEAM},
    "GET /bao-cao/<int:report_id>/bieu-excel": FILLERS,
    "GET /bao-cao/<int:report_id>/bieu-excel/tep": FILLERS,
    "POST /bao-cao/<int:report_id>/bieu-excel": FILLERS,
    "POST /bao-cao/<int:report_id>/bieu-excel/ghi": FILLERS,
    "GET /tong-hop/bao-cao/<int:report_id>/bieu-excel": OFFICE,
    "GET /tong-hop/nhap-tep": {TEAM},
    "POST /tong-hop/nhap-tep": {TEAM},
    "POST /tong-hop/nhap-tep/ghi": {TEAM},
    "GET /tong-hop": OFFICE,
    "GET /tong-hop/bao-cao/<int:report_id>": OFFICE,
    "GET /tong-hop/bao-cao/<int:report_id>/lan-gui/<int:number>": OFFICE,
    "GET /tong-hop/bao-cao/<int:report_id>/minh-chung.zip": OFFICE,
    "GET /tong-hop/so-lieu": OFFICE,
    "GET /tong-hop/so-lieu/<path>": OFFICE,
    "GET /tong-hop/bao-cao/<int:report_id>/gia-han": OFFICE,
    "POST /tong-hop/bao-cao/<int:report_id>/gia-han": OFFICE,
    "POST /tong-hop/bao-cao/<int:report_id>/gia-han/bo": OFFICE,
    "GET /tong-hop/bao-cao/<int:report_id>/nhap-thay": {TEAM},
    "POST /tong-hop/bao-cao/<int:report_id>/nhap-thay": {TEAM},
    "POST /tong-hop/bao-cao/<int:report_id>/thoi-nhap-thay": {TEAM},
    "POST /tong-hop/bao-cao/<int:report_id>/xem-xet": {TEAM},
    "POST /tong-hop/bao-cao/<int:report_id>/tiep-nhan": {TEAM},
    "POST /tong-hop/bao-cao/<int:report_id>/tra-lai": {TEAM},
    "GET /tong-hop/chua-gui": OFFICE,
    "GET /tong-hop/chua-gui/excel": OFFICE,
    "POST /tong-hop/bao-cao/<int:report_id>/khong-tra-lai": {TEAM},
    "GET /tong-hop/tiep-nhan": {TEAM},
    "POST /tong-hop/tiep-nhan": {TEAM},
    "GET /tong-hop/chua-gui/cong-van": OFFICE,
    "GET /tong-hop/trung-lap": OFFICE,
    "POST /tong-hop/trung-lap": {TEAM},
    "GET /tong-hop/khau-hieu": OFFICE,
    "GET /tai-ve": OFFICE,
    "GET /tai-ve/excel": OFFICE,
    "GET /tai-ve/minh-chung": OFFICE,
    "GET /tong-hop/phat-hanh": OFFICE,
    "POST /tong-hop/phat-hanh": {TEAM},
    "GET /tong-hop/phat-hanh/<int:number>": OFFICE,
    "GET /tong-hop/phat-hanh/<int:number>/tep/<int:file_id>": OFFICE,
    "GET /bao-cao/<int:report_id>/word": FILLERS,
    "GET /bao-cao/<int:report_id>/lan-gui/<int:number>/word": FILLERS,
    "GET /tong-hop/bao-cao/<int:report_id>/word": OFFICE,
    "GET /tong-hop/bao-cao/<int:report_id>/lan-gui/<int:number>/word": OFFICE,
    "GET /tai-ve/word": OFFICE,
    "GET /tai-ve/mau-word": OFFICE,
    "GET /tai-ve/mau-word/<kind>": OFFICE,
    "POST /tai-ve/mau-word/<kind>": {TEAM},
    "POST /tai-ve/mau-word/<kind>/mau-goc": {TEAM},
    "GET /quan-tri/don-vi": {ADMIN},
    "GET /quan-tri/don-vi/them": {ADMIN},
    "POST /quan-tri/don-vi/them": {ADMIN},
    "GET /quan-tri/don-vi/<code>/sua": {ADMIN},
    "POST /quan-tri/don-vi/<code>/sua": {ADMIN},
    "POST /quan-tri/don-vi/<code>/thu-tu": {ADMIN},
    "GET /quan-tri/don-vi/<code>/ngung": {ADMIN},
    "POST /quan-tri/don-vi/<code>/ngung": {ADMIN},
    "POST /quan-tri/don-vi/<code>/dung-lai": {ADMIN},
    "GET /quan-tri/don-vi/xuat": {ADMIN},
    "GET /quan-tri/don-vi/nhap": {ADMIN},
    "POST /quan-tri/don-vi/nhap": {ADMIN},
    "POST /quan-tri/don-vi/nhap/ghi": {ADMIN},
    "GET /quan-tri/tai-khoan": {ADMIN},
    "GET /quan-tri/tai-khoan/them": {ADMIN},
    "POST /quan-tri/tai-khoan/them": {ADMIN},
    "POST /quan-tri/tai-khoan/tao-cho-don-vi": {ADMIN},
    "GET /quan-tri/tai-khoan/cap-lai": {ADMIN},
    "POST /quan-tri/tai-khoan/cap-lai": {ADMIN},
    "GET /quan-tri/tai-khoan/<int:account_id>/khoa": {ADMIN},
    "POST /quan-tri/tai-khoan/<int:account_id>/khoa": {ADMIN},
    "POST /quan-tri/tai-khoan/<int:account_id>/mo": {ADMIN},
    "GET /quan-tri/dot-bao-cao": {ADMIN},
    "POST /quan-tri/dot-bao-cao": {ADMIN},
    "GET /quan-tri/dot-bao-cao/don-vi": {ADMIN},
    "POST /quan-tri/dot-bao-cao/don-vi": {ADMIN},
    "GET /quan-tri/dot-bao-cao/noi-dung/<key>": {ADMIN},
    "POST /quan-tri/dot-bao-cao/noi-dung/<key>": {ADMIN},
    "GET /quan-tri/nhat-ky": {ADMIN},
    "GET /quan-tri/nhat-ky/xuat": {ADMIN},
    "GET /quan-tri/sao-luu": {ADMIN},
    "POST /quan-tri/sao-luu": {ADMIN},
    "POST /quan-tri/sao-luu/tai-len": {ADMIN},
    "GET /quan-tri/sao-luu/<name>": {ADMIN},
    "POST /quan-tri/sao-luu/<name>": {ADMIN},
    "GET /quan-tri/sao-luu/<name>/tai-ve": {ADMIN},
    "GET /quan-tri/sao-luu/<name>/xoa": {ADMIN},
    "POST /quan-tri/sao-luu/<name>/xoa": {ADMIN},
}


def routes_of(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for rule in app.url_map.iter_rules():
        roles = roles_of(app, rule.endpoint)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found[f"{method} {rule.rule}"] = EVERYBODY if roles == frozenset() else set(roles or ())
    return found


def address_of(rule: str, values: dict[str, str]) -> str:
    """A concrete address of *rule*, by the names of its parts."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], rule)


def plain(row: tuple[Any, ...]) -> str:
    return repr([bytes(value) if isinstance(value, memoryview) else value for value in row])


def contents() -> dict[str, list[str]]:
    """Every row of every table that says something about the round, not about who came by."""
    with database.connection():
        kept = [model for model in MODELS if model not in (Event, Session, SignInFailure)]
        return {model.__name__: sorted(map(plain, model.select().tuples())) for model in kept}


@pytest.fixture(scope="module")
def places(world: people.World) -> dict[str, str]:
    """The parts of addresses that lead to what belongs to Long Toàn: a report that was sent and has one file."""
    browser = people.Browser(world.app).sign_in("lt")
    upload = {"noi": "", "tep": (BytesIO(b"%PDF-1.4\n1 0 obj\n%%EOF\n"), "ban ky.pdf")}
    report = world.places["lt"]
    assert browser.post(f"/bao-cao/{report}/minh-chung", upload).status_code == 303
    with database.connection():
        attachment = str(Attachment.get().id)
    folder = BackupFolder(Path(world.app.config["BACKUP_DIR"]))
    name = folder.make(Origin.MANUAL, people.SettableClock()()).name
    return {
        "report_id": report, "attachment_id": attachment, "number": "1", "code": "P1", "key": "n4", "kind": "unit",
        "file_id": "1", "account_id": world.places["account"], "filename": "app.css", "path": "n1.so_cuoc",
        "name": name,
    }  # fmt: skip


def call(browser: people.Browser, method: str, address: str) -> TestResponse:
    return browser.get(address) if method == "GET" else browser.post(address, {})


def test_the_route_table_is_the_one_written_down(world: people.World) -> None:
    assert routes_of(world.app) == ROUTES


@pytest.mark.parametrize("route", [route for route, roles in ROUTES.items() if roles != EVERYBODY])
def test_strangers_are_asked_to_sign_in(world: people.World, places: dict[str, str], route: str) -> None:
    method, rule = route.split(" ")
    before = contents()
    answer = call(people.Browser(world.app), method, address_of(rule, places))
    assert answer.status_code == 303
    assert answer.location.startswith("/dang-nhap")
    fragment = people.Browser(world.app).get(address_of(rule, places), htmx=True) if method == "GET" else None
    assert fragment is None or fragment.status_code == 401
    assert contents() == before


@pytest.mark.parametrize("route", [route for route, roles in ROUTES.items() if roles != EVERYBODY])
def test_other_roles_are_refused_and_change_nothing(world: people.World, places: dict[str, str], route: str) -> None:
    method, rule = route.split(" ")
    for role, name in ((UNIT, "p1"), (TEAM, "tonghop"), (ADMIN, "quantri")):
        if role in ROUTES[route]:
            continue
        browser = people.Browser(world.app).sign_in(name)
        before = contents()
        answer = call(browser, method, address_of(rule, places))
        assert answer.status_code == 403, role
        assert "Tài khoản này không mở được trang" in answer.get_data(as_text=True)
        assert contents() == before


@pytest.mark.parametrize("route", [route for route, roles in ROUTES.items() if "report_id" in route and UNIT in roles])
def test_another_units_address_is_answered_as_if_it_were_not_there(
    world: people.World, places: dict[str, str], route: str
) -> None:
    as_other = people.Browser(world.app).sign_in("p1")
    method, rule = route.split(" ")
    before = contents()
    strange = call(as_other, method, address_of(rule, places))
    missing = call(as_other, method, address_of(rule, {**places, "report_id": "999999"}))
    assert strange.status_code == missing.status_code == 404
    pages = [re.sub(r"I[jm][\w.-]{40,}", "token", answer.get_data(as_text=True)) for answer in (strange, missing)]
    assert pages[0] == pages[1]
    assert "Long Toàn" not in strange.get_data(as_text=True)
    assert contents() == before


@pytest.mark.parametrize("route", [route for route in ROUTES if route.startswith("POST")])
def test_every_post_needs_a_token_of_its_own_session(world: people.World, places: dict[str, str], route: str) -> None:
    rule = route.split(" ")[1]
    roles = ROUTES[route]
    names = {UNIT: "lt", TEAM: "tonghop", ADMIN: "quantri"}
    browser = people.Browser(world.app)
    if roles != EVERYBODY:
        browser.sign_in(names[sorted(roles)[0]])
    strange = people.Browser(world.app).sign_in("p1").token()
    before = contents()
    for token in ("", "IjEi.abc.def", strange):
        headers = {"X-CSRFToken": token} if token else {}
        answer = browser.client.post(address_of(rule, places), data={}, headers=headers)
        assert answer.status_code == 400, token
    assert contents() == before


@pytest.mark.parametrize("route", [route for route in ROUTES if route.startswith("GET")])
def test_reading_changes_nothing(world: people.World, places: dict[str, str], route: str) -> None:
    for name in ("lt", "tonghop", "quantri"):
        browser = people.Browser(world.app).sign_in(name)
        before = contents()
        browser.client.head(address_of(route.split(" ")[1], places), buffered=True)
        assert contents() == before, "HEAD"
        assert browser.get(address_of(route.split(" ")[1], places)).status_code in (200, 303, 403, 404, 422)
        assert contents() == before


@pytest.mark.parametrize("route", [route for route in ROUTES if route.startswith("GET")])
def test_every_answer_is_hardened(world: people.World, places: dict[str, str], route: str) -> None:
    for name in ("lt", "quantri"):
        answer = people.Browser(world.app).sign_in(name).get(address_of(route.split(" ")[1], places))
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "static" in route or answer.headers["Cache-Control"] == "no-store"
