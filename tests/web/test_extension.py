"""Due times, closing times and more time for one unit: to the second, over HTTP, wherever the server stands."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO

import openpyxl
import people
import pytest
from flask import Flask
from pages import soup, words
from werkzeug.test import TestResponse

from nhanquyen.clock import VIETNAM
from nhanquyen.store import database
from nhanquyen.store.models import Event, Report

DUE = datetime(2023, 12, 22, 17, 0, tzinfo=VIETNAM)
CLOSES = datetime(2023, 12, 22, 18, 0, tzinfo=VIETNAM)
LONGER = datetime(2023, 12, 25, 8, 30, tzinfo=VIETNAM)
SESSIONS = "n1-so_lieu-0-so_cuoc"
TICK = {"khong_mat": "1"}


@pytest.fixture(params=["Asia/Ho_Chi_Minh", "America/New_York"])
def somewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server whose own clock shows the time of another country."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def limited(app: Flask, seed: people.Seed, as_admin: people.Browser) -> Flask:
    """The program in a round that is due at 17:00 and closes at 18:00 on 22/12."""
    given = {"due_day": "22/12/2023", "due_clock": "17:00", "close_day": "22/12/2023", "close_clock": "18:00"}
    assert as_admin.post("/quan-tri/dot-bao-cao", given).status_code == 303
    return app


def place(seed: people.Seed, code: str = "P1") -> str:
    return f"/tong-hop/bao-cao/{seed.report(code).id}"


def extend(
    browser: people.Browser, seed: people.Seed, until: datetime = LONGER, reason: str = "Mất điện"
) -> TestResponse:
    typed = {"day": f"{until:%d/%m/%Y}", "clock": f"{until:%H:%M}", "reason": reason}
    return browser.post(f"{place(seed)}/gia-han", typed)


def unit_at(app: Flask, clock: people.SettableClock, moment: datetime, name: str = "p1") -> people.Browser:
    clock.now = moment
    return people.Browser(app).sign_in(name)


def save(browser: people.Browser, seed: people.Seed) -> TestResponse:
    report = seed.report("P1")
    typed = {**people.complete_answers(), "ver": str(report.version)}
    return browser.post(f"/bao-cao/{report.id}/luu", typed, htmx=True)


def send(browser: people.Browser, seed: people.Seed) -> TestResponse:
    return browser.post(f"/bao-cao/{seed.report('P1').id}/gui", TICK)


def withdraw(browser: people.Browser, seed: people.Seed) -> TestResponse:
    return browser.post(f"/bao-cao/{seed.report('P1').id}/rut-lai")


# --- To the second ---------------------------------------------------------------------------------------------

# What must have been done before, the act, its good answer, and what it leaves of the report.
ACTS = [
    ((), save, 200, "drafting", "not_started"),
    ((save,), send, 303, "sent", "drafting"),
    ((save, send), withdraw, 303, "drafting", "sent"),
]


@pytest.mark.usefixtures("somewhere")
@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("seconds", [-1, 0, 0.999, 1])
@pytest.mark.parametrize(("before", "act", "good", "done", "undone"), ACTS)
def test_the_closing_second_is_the_last_in_which_a_unit_acts(
    limited: Flask, seed: people.Seed, as_team: people.Browser, clock: people.SettableClock,
    before: tuple[Callable[[people.Browser, people.Seed], TestResponse], ...],
    act: Callable[[people.Browser, people.Seed], TestResponse],
    good: int, done: str, undone: str, seconds: float, extended: bool,
) -> None:  # fmt: skip
    if extended:
        assert extend(as_team, seed).location == place(seed)
    for each in before:
        assert each(unit_at(limited, clock, DUE - timedelta(hours=1)), seed).status_code in (200, 303)
    moment = (LONGER if extended else CLOSES) + timedelta(seconds=seconds)
    answer = act(unit_at(limited, clock, moment), seed)
    assert answer.status_code == (good if seconds < 1 else 409), answer.get_data(as_text=True)
    assert seed.report("P1").status == (done if seconds < 1 else undone)
    if seconds == 1:
        assert "khóa sổ" in words(answer)


@pytest.mark.usefixtures("somewhere")
@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (0, False), (0.999, False), (1, True)])
def test_the_due_second_is_the_last_in_time(
    app: Flask, seed: people.Seed, as_team: people.Browser, as_admin: people.Browser, clock: people.SettableClock,
    seconds: float, late: bool, extended: bool,
) -> None:  # fmt: skip
    as_admin.post("/quan-tri/dot-bao-cao", {"due_day": "22/12/2023", "due_clock": "17:00"})
    if extended:
        extend(as_team, seed)
    unit = unit_at(app, clock, (LONGER if extended else DUE) + timedelta(seconds=seconds))
    assert ("Trễ hạn trong ngày" in words(unit.get("/bao-cao"))) is late
    save(unit, seed)
    report = seed.report("P1").id
    assert ("được ghi “Trễ hạn trong ngày”" in words(unit.get(f"/bao-cao/{report}/kiem-tra"))) is late
    send(unit, seed)
    shown = told_everywhere(app, unit, seed)
    assert {where: "Trễ hạn" in text for where, text in shown.items()} == dict.fromkeys(shown, late)
    assert seed.report("P1").arrived_at == clock()


def told_everywhere(app: Flask, unit: people.Browser, seed: people.Seed) -> dict[str, str]:
    """What each screen and file says of Phường 1, by its name."""
    report = seed.report("P1").id
    team = people.Browser(app).sign_in("tonghop")
    admin = people.Browser(app).sign_in("quantri")
    found = {"overview": words(unit.get(f"/bao-cao/{report}/xem"))}
    if seed.report("P1").revision:
        found["receipt"] = words(unit.get(f"/bao-cao/{report}/bien-nhan/1"))
        found["revision"] = words(unit.get(f"/bao-cao/{report}/lan-gui/1"))
        found["revision to the Team"] = words(team.get(f"{place(seed)}/lan-gui/1"))
    found["review"] = words(team.get(place(seed)))
    (row,) = [row for row in soup(team.get("/tong-hop")).select("tbody tr") if "Phường 1" in row.get_text()]
    found["board"] = row.get_text(" ", strip=True)
    book = openpyxl.load_workbook(BytesIO(team.get("/tai-ve/excel").data))
    for sheet in ("Tổng hợp", "Tình hình gửi"):
        cells = next(row for row in book[sheet].iter_rows(values_only=True) if row[1] == "P1")
        found[sheet] = " ".join(str(cell) for cell in cells).replace("trễ hạn", "Trễ hạn")
    (label,) = [
        each for each in soup(admin.get("/quan-tri/dot-bao-cao/don-vi")).select("label") if "Phường 1" in each.text
    ]
    found["recipients"] = label.get_text().replace("trễ hạn", "Trễ hạn")
    return found


# --- More time for one unit --------------------------------------------------------------------------------------


def test_what_came_in_is_judged_by_the_new_due_time_everywhere_and_back(
    app: Flask, seed: people.Seed, as_team: people.Browser, clock: people.SettableClock
) -> None:
    late = seed.round.due_at + timedelta(days=2)
    unit = unit_at(app, clock, late)
    save(unit, seed)
    for sent in (False, True):
        if sent:
            send(unit, seed)
        team = people.Browser(app).sign_in("tonghop")
        shown = told_everywhere(app, unit, seed)
        assert all("Trễ hạn 2 ngày" in text for text in shown.values()), shown
        assert extend(team, seed, late + timedelta(hours=1)).location == place(seed)
        shown = told_everywhere(app, unit, seed)
        assert not any("Trễ hạn" in text for text in shown.values()), shown
        assert team.post(f"{place(seed)}/gia-han/bo").location == place(seed)
        shown = told_everywhere(app, unit, seed)
        assert all("Trễ hạn 2 ngày" in text for text in shown.values()), shown


def test_the_unit_and_the_team_see_until_when_and_why(
    app: Flask, seed: people.Seed, as_unit: people.Browser, as_team: people.Browser, as_admin: people.Browser
) -> None:
    answer = extend(as_team, seed, reason="  Mưa <b>bão</b>\n & mất điện ")
    assert answer.location == place(seed)
    assert "Đã gia hạn cho Ủy ban nhân dân Phường 1 đến 08:30 ngày 25/12/2023." in words(as_team.get(answer.location))
    told = "Được gia hạn đến 08:30 ngày 25/12/2023, lý do: Mưa <b>bão</b> & mất điện"
    report = seed.report("P1")
    assert (report.due_at, report.due_reason) == (LONGER, "Mưa <b>bão</b> & mất điện")
    for browser, address in ((as_unit, "/bao-cao"), (as_unit, f"/bao-cao/{report.id}/xem"), (as_team, place(seed))):
        assert told in words(browser.get(address)), address
    save(as_unit, seed)
    send(as_unit, seed)
    assert told in words(as_unit.get(f"/bao-cao/{report.id}/bien-nhan/1"))
    shown = told_everywhere(app, as_unit, seed)
    assert "gia hạn đến 08:30 ngày 25/12/2023" in shown["board"]
    assert "2023-12-25 08:30:00 Có" in shown["Tình hình gửi"]
    log = words(as_admin.get("/quan-tri/nhat-ky?viec=due_extended"))
    assert "P1 – Ủy ban nhân dân Phường 1" in log
    assert "Hạn gửi: 23:59 ngày 22/12/2023 → 08:30 ngày 25/12/2023" in log
    assert "Lý do: (trống) → Mưa <b>bão</b> & mất điện" in log


def test_nobody_else_gets_more_time(
    limited: Flask, seed: people.Seed, as_team: people.Browser, clock: people.SettableClock
) -> None:
    extend(as_team, seed)
    with database.connection():
        assert [report.due_at for report in Report.select().order_by(Report.id)].count(None) == 2
    other = unit_at(limited, clock, CLOSES + timedelta(seconds=1), "lt")
    answer = other.post(f"/bao-cao/{seed.report('LT').id}/luu", {SESSIONS: "4", "ver": "0"}, htmx=True)
    assert answer.status_code == 409
    assert "gia hạn" not in words(other.get(f"/bao-cao/{seed.report('LT').id}/xem"))


def test_it_is_taken_back_and_logged_once(seed: people.Seed, as_team: people.Browser, as_admin: people.Browser) -> None:
    for browser in (as_team, as_admin):
        assert extend(browser, seed).location == place(seed)
    assert "Mất điện" in words(as_admin.get(f"{place(seed)}/gia-han"))
    for browser in (as_admin, as_team):
        assert browser.post(f"{place(seed)}/gia-han/bo").location == place(seed)
    assert (seed.report("P1").due_at, seed.report("P1").due_reason) == (None, "")
    with database.connection():
        wanted = ("due_extended", "extension_ended")
        found = [event.action for event in Event.select().where(Event.action.in_(wanted)).order_by(Event.id)]
    assert found == list(wanted)


GOOD = {"day": "25/12/2023", "clock": "08:30", "reason": "Mất điện"}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "Ghi lý do gia hạn"),
        ({**GOOD, "reason": " \u200b "}, "Ghi lý do gia hạn, nhiều nhất 500 ký tự."),
        ({**GOOD, "reason": "x" * 501}, "Ghi lý do gia hạn, nhiều nhất 500 ký tự."),
        ({**GOOD, "day": "32/13/2023"}, "Nhập ngày theo ngày/tháng/năm"),
        ({**GOOD, "day": "0" * 100_000}, "Nhập ngày theo ngày/tháng/năm"),
        ({**GOOD, "clock": "25:00"}, "Nhập giờ theo giờ:phút"),
        ({**GOOD, "day": "22/12/2023", "clock": "23:59"}, "sau hạn gửi chung của đợt (23:59 ngày 22/12/2023)"),
        ({**GOOD, "day": "01/01/2000"}, "sau hạn gửi chung của đợt (23:59 ngày 22/12/2023)"),
    ],
)
def test_what_cannot_be_used_comes_back_with_its_fault(
    seed: people.Seed, as_team: people.Browser, typed: dict[str, str], told: str
) -> None:
    answer = as_team.post(f"{place(seed)}/gia-han", typed)
    assert answer.status_code == 422
    page = soup(answer)
    assert told in page.get_text(" ", strip=True)
    assert page.title is not None
    assert page.title.get_text().startswith("Lỗi: ")
    for name in ("day", "clock"):
        control = page.find(id=name)
        assert control is not None
        assert control["value"] == typed.get(name, "")
    assert (seed.report("P1").due_at, seed.report("P1").due_reason) == (None, "")


def test_an_extension_never_shortens(
    app: Flask, seed: people.Seed, as_unit: people.Browser, as_team: people.Browser, as_admin: people.Browser
) -> None:
    extend(as_team, seed)
    as_admin.post("/quan-tri/dot-bao-cao", {"due_day": "31/12/2023", "due_clock": "17:00"})
    shown = told_everywhere(app, as_unit, seed)
    assert not any("ia hạn đến" in text for text in shown.values())
    assert "2023-12-31 17:00:00 None" in shown["Tình hình gửi"]
    assert "Hạn gửi: 17:00 ngày 31/12/2023" in words(as_unit.get("/bao-cao"))
    assert "không còn tác dụng" in words(as_team.get(f"{place(seed)}/gia-han"))
    as_admin.post("/quan-tri/dot-bao-cao", {"due_day": "22/12/2023", "due_clock": "17:00"})
    assert "Được gia hạn đến 08:30 ngày 25/12/2023" in words(as_unit.get("/bao-cao"))


def test_a_report_that_is_not_there(as_team: people.Browser) -> None:
    assert as_team.get("/tong-hop/bao-cao/999999/gia-han").status_code == 404
    assert as_team.post("/tong-hop/bao-cao/999999/gia-han", GOOD).status_code == 404
    assert as_team.post("/tong-hop/bao-cao/999999/gia-han/bo").status_code == 404
