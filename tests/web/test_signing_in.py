"""Signing in and out over HTTP, the password, and where the browser goes next."""

from __future__ import annotations

import re
import unicodedata

import people
import pytest
from flask import Flask
from pages import soup
from people import PASSWORD
from werkzeug.test import TestResponse

from nhanquyen.store import accounts, database
from nhanquyen.store.accounts import Hasher
from nhanquyen.store.models import Account, Event, Session

NEW = "đồng lúa chín vàng tháng mười"


def cookie(browser: people.Browser) -> str:
    found = browser.client.get_cookie("nhanquyen")
    return found.value if found else ""


def replay(app: Flask, value: str) -> TestResponse:
    """A page of the unit, asked for with a cookie that somebody kept."""
    client = app.test_client()
    client.set_cookie("nhanquyen", value)
    return client.get("/bao-cao")


def one_time(seed: people.Seed, name: str, clock: people.SettableClock) -> str:
    with database.connection():
        account = Account.get(Account.username == name)
        return accounts.reset_password(account, seed.actor("quantri", clock()), Hasher(people.FAST_HASH))


# --- Getting in ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "home"), [("p1", "/bao-cao"), ("tonghop", "/tong-hop"), ("quantri", "/quan-tri/don-vi")]
)
def test_everybody_comes_to_the_first_screen_of_the_role(app: Flask, seed: people.Seed, name: str, home: str) -> None:
    browser = people.Browser(app)
    assert browser.get("/").location == "/dang-nhap"
    assert browser.post("/dang-nhap", {"username": name, "password": PASSWORD}).location == home
    assert browser.get("/").location == home
    assert browser.get(home).status_code == 200


def test_a_password_from_another_keyboard_gets_in(app: Flask, seed: people.Seed) -> None:
    people.Browser(app).sign_in("P1 ", unicodedata.normalize("NFD", PASSWORD))


def test_the_same_answer_for_every_reason(app: Flask, seed: people.Seed, clock: people.SettableClock) -> None:
    code = one_time(seed, "vhtt", clock)
    with database.connection():
        accounts.set_disabled(seed.accounts["lt"], True, seed.actor("quantri", clock()))
    clock.move(days=61)
    answers = []
    for name, password in (("khong-co", PASSWORD), ("p1", "sai mật khẩu"), ("lt", PASSWORD), ("vhtt", code), ("", "")):
        browser = people.Browser(app)
        answer = browser.post("/dang-nhap", {"username": name, "password": password})
        text = answer.get_data(as_text=True).replace(f'value="{name}"', 'value=""')
        text = re.sub(r'name="csrf_token" value="[^"]+"|"X-CSRFToken": "[^"]+"', "", text)
        answers.append((answer.status_code, dict(answer.headers).keys(), text))
    for answer in answers[1:]:
        assert answer == answers[0]
    assert answers[0][0] == 422
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in answers[0][2]


def test_a_refused_sign_in_shows_the_name_but_not_the_password(app: Flask, seed: people.Seed) -> None:
    answer = people.Browser(app).post("/dang-nhap", {"username": "<p1>", "password": 'sai "mật" khẩu'})
    page = soup(answer)
    assert page.select_one("#username")["value"] == "<p1>"  # type: ignore[index]
    assert "sai" not in answer.get_data(as_text=True)
    assert page.title is not None
    assert page.title.get_text().startswith("Lỗi: ")
    link = page.select_one(".error-summary a")
    assert link is not None
    assert page.select_one(link["href"]) is not None  # type: ignore[arg-type]


def test_guessing_is_slowed_down_and_says_for_how_long(
    app: Flask, seed: people.Seed, clock: people.SettableClock
) -> None:
    attacker, neighbour = people.Browser(app, "192.0.2.66"), people.Browser(app, "192.0.2.10")
    for _ in range(5):
        assert attacker.post("/dang-nhap", {"username": "p1", "password": "đoán mò"}).status_code == 422
    held = attacker.post("/dang-nhap", {"username": "p1", "password": PASSWORD})
    assert (held.status_code, held.headers["Retry-After"]) == (429, "15")
    assert "Thử lại sau 15 giây" in soup(held).get_text()
    neighbour.sign_in("p1")
    people.Browser(app, "192.0.2.66").sign_in("lt")
    clock.move(seconds=15)
    people.Browser(app, "192.0.2.66").sign_in("p1")


def test_a_forwarded_address_is_believed_from_a_known_proxy_only(
    store_url: str, seed: people.Seed, clock: people.SettableClock
) -> None:
    for hops, status in ((0, 429), (1, 422)):
        app = people.make_app(store_url, clock, PROXY_HOPS=hops)
        browser = people.Browser(app, f"192.0.2.{hops + 1}")
        token = browser.token()
        for number in range(6):
            headers = {"X-CSRFToken": token, "X-Forwarded-For": f"198.51.100.{number}"}
            answer = browser.client.post(
                "/dang-nhap", data={"username": "p1", "password": "đoán"}, headers=headers,
                environ_base={"REMOTE_ADDR": browser.ip},
            )  # fmt: skip
        assert answer.status_code == status


@pytest.mark.parametrize("field", ["username", "password"])
def test_a_huge_name_or_password_is_refused_without_work(app: Flask, seed: people.Seed, field: str) -> None:
    typed = {"username": "p1", "password": PASSWORD, field: "ế" * 2_000_000}
    answer = people.Browser(app).post("/dang-nhap", typed)
    assert answer.status_code == 413
    assert len(answer.get_data()) < 20_000
    assert Event.select().where(Event.action == "sign_in_failed").count() == 0


def test_signing_in_in_place_answers_with_a_fresh_token(app: Flask, seed: people.Seed) -> None:
    browser = people.Browser(app)
    answer = browser.post("/dang-nhap", {"username": "p1", "password": PASSWORD}, htmx=True)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["username"] == "p1"
    report = seed.report("P1")
    saved = browser.client.post(
        f"/bao-cao/{report.id}/luu", data={"n1-so_lieu-0-so_cuoc": "5", "ver": "0"},
        headers={"X-CSRFToken": answer.json["csrf"], "HX-Request": "true"},
    )  # fmt: skip
    assert saved.status_code == 200
    refused = people.Browser(app).post("/dang-nhap", {"username": "p1", "password": "x"}, htmx=True)
    assert refused.status_code == 422
    assert "<html" not in refused.get_data(as_text=True)
    assert "không đúng" in refused.get_data(as_text=True)


# --- Where to next -----------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/bao-cao?kiem-tra=1", "/mat-khau"])
def test_after_signing_in_the_page_that_was_asked_for_comes(app: Flask, seed: people.Seed, target: str) -> None:
    browser = people.Browser(app)
    asked = browser.get(target)
    assert asked.status_code == 303
    shown = soup(browser.get(asked.location)).select_one("input[name=next]")
    assert shown is not None
    answer = browser.post("/dang-nhap", {"username": "p1", "password": PASSWORD, "next": shown["value"]})
    assert answer.location == target


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https://evil.example/bao-cao",
     "http:///evil.example", "/\tevil", "/\r\nSet-Cookie: a=b", "javascript:alert(1)", "evil.example", "@evil.example",
     " //evil.example", "/bao-cao\\..\\x", "///evil.example", "", "\x00/bao-cao"],
)  # fmt: skip
def test_the_next_page_is_always_here(app: Flask, seed: people.Seed, target: str) -> None:
    answer = people.Browser(app).post("/dang-nhap", {"username": "p1", "password": PASSWORD, "next": target})
    assert answer.location == "/bao-cao"


# --- Out, and the password -----------------------------------------------------------------------------


def test_signing_in_makes_a_new_session_and_ends_the_browser_s_old_one(app: Flask, seed: people.Seed) -> None:
    browser = people.Browser(app)
    browser.get("/dang-nhap")
    planted = cookie(browser)
    browser.sign_in("p1")
    first = cookie(browser)
    assert first != planted
    assert replay(app, planted).status_code == 303
    assert replay(app, first).status_code == 200
    browser.sign_in("lt")
    assert replay(app, first).status_code == 303
    assert Session.select().count() == 1


def test_after_signing_out_the_old_cookie_is_dead(as_unit: people.Browser, app: Flask) -> None:
    kept = cookie(as_unit)
    assert as_unit.get("/dang-xuat").status_code == 405
    assert replay(app, kept).status_code == 200
    answer = as_unit.post("/dang-xuat")
    assert (answer.status_code, answer.location) == (303, "/dang-nhap")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert replay(app, kept).location == "/dang-nhap?next=/bao-cao"
    assert "Đã đăng xuất." in soup(as_unit.get("/dang-nhap")).get_text()
    assert Session.select().count() == 0


def test_cookies_stay_with_the_server_and_the_site(app: Flask, seed: people.Seed, store_url: str) -> None:
    def flags(https: bool) -> tuple[str, set[str]]:
        made = people.make_app(store_url, people.SettableClock(), HTTPS=https)
        answer = made.test_client().get("/dang-nhap", base_url="https://nhanquyen.example" if https else None)
        name, *rest = answer.headers["Set-Cookie"].split("; ")
        return name.split("=")[0], set(rest)

    assert flags(False) == ("nhanquyen", {"HttpOnly", "SameSite=Lax", "Path=/"})
    assert flags(True) == ("__Host-nhanquyen", {"HttpOnly", "SameSite=Lax", "Path=/", "Secure"})


def change(browser: people.Browser, **typed: str) -> TestResponse:
    return browser.post("/mat-khau", {"present": PASSWORD, "new": NEW, "again": NEW} | typed)


def test_a_changed_password_ends_the_sessions_elsewhere(app: Flask, as_unit: people.Browser, seed: people.Seed) -> None:
    elsewhere = people.Browser(app).sign_in("p1")
    kept = cookie(elsewhere)
    assert change(as_unit).status_code == 303
    assert as_unit.get("/bao-cao").status_code == 200
    assert replay(app, kept).status_code == 303
    people.Browser(app).sign_in("p1", NEW)
    assert people.Browser(app).post("/dang-nhap", {"username": "p1", "password": PASSWORD}).status_code == 422


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"present": "sai"}, "present", "Mật khẩu đang dùng không đúng"),
        ({"present": ""}, "present", "Mật khẩu đang dùng không đúng"),
        ({"new": "ngắn", "again": "ngắn"}, "new", "ít nhất 10 ký tự"),
        ({"new": "", "again": ""}, "new", "ít nhất 10 ký tự"),
        ({"new": "x" * 201, "again": "x" * 201}, "new", "nhiều nhất 200 ký tự"),
        ({"new": "phuong1 123456", "again": "phuong1 123456"}, "new", "dễ đoán"),
        ({"again": NEW + "x"}, "again", "chưa giống nhau"),
        ({"new": PASSWORD, "again": PASSWORD}, "new", "khác mật khẩu đang dùng"),
        ({"new": unicodedata.normalize("NFD", PASSWORD)}, "new", "khác mật khẩu đang dùng"),
    ],
)
def test_a_password_that_will_not_do_is_told_at_its_field(
    as_unit: people.Browser, app: Flask, typed: dict[str, str], field: str, message: str
) -> None:
    answer = change(as_unit, **typed)
    page = soup(answer)
    assert answer.status_code == 422
    link = page.select_one(f".error-summary a[href='#{field}']")
    assert link is not None
    assert message in link.get_text()
    assert [each.get("value", "") for each in page.select("input[type=password]")] == ["", "", ""]
    people.Browser(app).sign_in("p1")


def test_a_huge_new_password_is_refused_without_work(as_unit: people.Browser, app: Flask) -> None:
    assert change(as_unit, new="a" * 5_000_000, again="a" * 5_000_000).status_code == 413
    people.Browser(app).sign_in("p1")


# --- The first sign-in ------------------------------------------------------------------------------------


def test_until_the_own_password_is_set_nothing_else_is_open(
    app: Flask, seed: people.Seed, clock: people.SettableClock
) -> None:
    code = one_time(seed, "p1", clock)
    browser = people.Browser(app).sign_in("p1", code)
    report = seed.report("P1")
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<int:report_id>", str(report.id)).replace("<int:number>", "1")
        if "<" in path or rule.endpoint in (
            "static",
            "account.password",
            "account.sign_out",
            "account.sign_in",
            "help.index",
        ):
            continue
        call = browser.get if "GET" in (rule.methods or ()) else browser.post
        found = call(path)
        assert (found.status_code, found.location) in ((303, "/mat-khau"), (303, "/bao-cao")), path
        assert found.location == "/mat-khau" or path == "/"
    assert not soup(browser.get("/mat-khau")).select("nav .menu")
    assert change(browser, present=code).status_code == 303
    assert browser.get("/bao-cao").status_code == 200


def test_what_was_typed_waits_until_the_own_password_is_set(
    app: Flask, as_unit: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    """The admin reset the password while the clerk was typing."""
    address = f"/bao-cao/{seed.report('P1').id}"
    code = one_time(seed, "p1", clock)
    typed = {"n1-so_lieu-0-so_cuoc": "12", "n5-danh_gia-0-kho_khan": "dòng một\r\ndòng hai", "ver": "0"}
    lapsed = as_unit.post(address, typed)
    assert lapsed.status_code == 401
    kept = {str(each["name"]): each.get_text()[1:] for each in soup(lapsed).select("textarea")}
    answer = as_unit.post("/dang-nhap", {"username": "p1", "password": code, "next": address, **kept})
    as_unit._token = ""
    assert as_unit.post(address + "/luu", typed, htmx=True).status_code == 403
    again = as_unit.post(address, kept)
    assert again.status_code == 403
    assert soup(again).select_one("a[href='/mat-khau']") is not None
    assert change(as_unit, present=code).status_code == 303
    form = soup(again).select_one("main form")
    assert form is not None
    assert form["action"] == address
    pairs = {str(each["name"]): each.get_text()[1:] for each in form.select("textarea")}
    assert as_unit.post(address, pairs).status_code == 303
    with database.connection():
        row = people.reports.load_answers(seed.report("P1")).single_values(people.DIRECTIVE.by_key["n5"])
    assert row["kho_khan"] == "dòng một\ndòng hai"
    assert answer.status_code == 200
