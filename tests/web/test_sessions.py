"""Sessions over HTTP: how long they last, what ends them, and that the clock may be wrong."""

from __future__ import annotations

import people
import pytest
from flask import Flask
from people import PASSWORD

from nhanquyen.store import accounts, database
from nhanquyen.store.accounts import Hasher
from nhanquyen.store.models import Session


def alive(browser: people.Browser) -> bool:
    answer = browser.get("/bao-cao")
    assert answer.status_code in (200, 303)
    assert answer.status_code == 200 or answer.location == "/dang-nhap?next=/bao-cao"
    return answer.status_code == 200


def test_it_ends_when_nothing_is_done(as_unit: people.Browser, clock: people.SettableClock) -> None:
    clock.move(minutes=29)
    assert alive(as_unit)
    clock.move(minutes=30)
    assert alive(as_unit)
    clock.move(minutes=30, seconds=1)
    assert not alive(as_unit)
    assert as_unit.get("/bao-cao", htmx=True).status_code == 401


def test_it_ends_after_a_day_of_work_in_any_case(as_unit: people.Browser, clock: people.SettableClock) -> None:
    for _ in range(36):
        clock.move(minutes=20)
        assert alive(as_unit)
    clock.move(minutes=1)
    assert not alive(as_unit)


def test_both_limits_are_settings(store_url: str, seed: people.Seed, clock: people.SettableClock) -> None:
    app = people.make_app(store_url, clock, IDLE_MINUTES=5, SESSION_HOURS=1)
    browser = people.Browser(app).sign_in("p1")
    clock.move(minutes=5)
    assert alive(browser)
    clock.move(minutes=5, seconds=1)
    assert not alive(browser)


@pytest.mark.parametrize("seconds", [30, 2 * 3600])
def test_a_clock_set_back_signs_nobody_out_and_loses_no_save(
    as_unit: people.Browser, seed: people.Seed, clock: people.SettableClock, seconds: int
) -> None:
    address = f"/bao-cao/{seed.report('P1').id}/luu"
    as_unit.token()
    clock.move(seconds=-seconds)
    assert alive(as_unit)
    saved = as_unit.post(address, {"n1-so_lieu-0-so_cuoc": "5", "ver": "0"}, htmx=True)
    assert saved.status_code == 200
    assert seed.report("P1").version == 1


def test_the_system_clock_decides_about_no_cookie(
    as_unit: people.Browser, clock: people.SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the session cookie nor the CSRF token carries a time that a wrong clock would make worthless."""
    token = as_unit.token()
    for wrong in (0.0, 1.0, 4e9):
        monkeypatch.setattr("itsdangerous.timed.time.time", lambda wrong=wrong: wrong)
        assert alive(as_unit)
        answer = as_unit.client.post("/dang-nhap", data={"csrf_token": token, "username": "p1", "password": "x"})
        assert answer.status_code == 422


def test_an_hour_on_one_page_loses_no_save(
    as_unit: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    """The CSRF token of the page lives as long as the session."""
    as_unit.token()
    for minutes in range(0, 300, 25):
        clock.move(minutes=25)
        typed = {"n1-so_lieu-0-so_cuoc": str(minutes), "ver": str(seed.report("P1").version)}
        assert as_unit.post(f"/bao-cao/{seed.report('P1').id}/luu", typed, htmx=True).status_code == 200


@pytest.mark.parametrize("act", ["reset", "disable", "delete"])
def test_what_the_admin_does_acts_on_the_next_request(
    app: Flask, as_unit: people.Browser, seed: people.Seed, clock: people.SettableClock, act: str
) -> None:
    boss = seed.actor("quantri", clock())
    assert alive(as_unit)
    with database.connection():
        if act == "reset":
            accounts.reset_password(seed.accounts["p1"], boss, Hasher(people.FAST_HASH))
        elif act == "disable":
            accounts.set_disabled(seed.accounts["p1"], True, boss)
        else:
            Session.delete().execute()
    assert not alive(as_unit)
    assert people.Browser(app).post("/dang-nhap", {"username": "p1", "password": PASSWORD}).status_code == (
        303 if act == "delete" else 422
    )


@pytest.mark.parametrize("value", ["", "x", "eyJ0b2tlbiI6ICJ4In0.c2ln", "a" * 4000, "\u1ebf", "eyJ0b2tlbiI6W119"])
def test_a_cookie_that_is_not_ours_is_nobody(app: Flask, seed: people.Seed, value: str) -> None:
    client = app.test_client()
    client.set_cookie("nhanquyen", value)
    assert client.get("/bao-cao").status_code == 303
    assert client.get("/dang-nhap").status_code == 200
