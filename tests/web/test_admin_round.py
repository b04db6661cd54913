"""The round over HTTP: due and closing time, who is asked, and who has the duty of a restricted item."""

from __future__ import annotations

from datetime import datetime

import people
import pytest
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from nhanquyen.clock import VIETNAM, end_of_day
from nhanquyen.form.patch import read_patch
from nhanquyen.store import saving
from nhanquyen.store.database import connection
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Event, Report, Round

PAGE = "/quan-tri/dot-bao-cao"
TIMES = {"due_day": "25/12/2023", "due_clock": "17:00", "close_day": "", "close_clock": ""}


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: TestResponse) -> str:
    return soup(answer).get_text(" ", strip=True)


def stored() -> Round:
    with connection():
        found: Round = Round.get()
        return found


def edits() -> list[Event]:
    with connection():
        return list(Event.select().where(Event.action == "round_edited").order_by(Event.id))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2023, 12, day, hour, minute, tzinfo=VIETNAM)


@pytest.mark.parametrize("path", ["", "/don-vi", "/noi-dung/n4"])
def test_only_the_admin_reads_and_changes_the_round(
    path: str, as_unit: people.Browser, as_team: people.Browser, as_admin: people.Browser
) -> None:
    before = stored().due_at
    for stranger in (as_unit, as_team):
        assert stranger.get(PAGE + path).status_code == 403
        assert stranger.post(PAGE + path, TIMES).status_code == 403
    assert as_admin.get(PAGE + path).status_code == 200
    assert as_admin.client.post(PAGE + path, data=TIMES).status_code == 400
    assert stored().due_at == before


def test_the_page_shows_what_holds_and_saving_it_changes_nothing(as_admin: people.Browser) -> None:
    page = soup(as_admin.get(PAGE))
    typed = {str(each["name"]): str(each.get("value", "")) for each in page.select("main form input")}
    assert (typed["due_day"], typed["due_clock"], typed["close_day"]) == ("22/12/2023", "23:59", "")
    assert "Không đặt giờ khóa sổ" in page.get_text()
    assert "3 trên 3 đơn vị" in page.get_text()
    assert as_admin.post(PAGE, typed).status_code == 303
    assert stored().due_at == end_of_day(at(22, 0).date())
    assert edits() == []


@pytest.mark.parametrize(
    ("typed", "due_at", "closes_at"),
    [
        ({}, at(25, 17), None),
        ({"due_day": "5-12-23", "due_clock": "7h"}, at(5, 7), None),
        ({"due_clock": "16h30"}, at(25, 16, 30), None),
        ({"close_day": "31.12.2023", "close_clock": "23:59"}, at(25, 17), end_of_day(at(31, 0).date())),
        ({"close_day": "25/12/2023", "close_clock": "17 giờ 01 phút"}, at(25, 17), at(25, 17, 1)),
    ],
)
def test_times_are_stored_and_logged_old_and_new(
    as_admin: people.Browser, typed: dict[str, str], due_at: datetime, closes_at: datetime | None
) -> None:
    answer = as_admin.post(PAGE, TIMES | typed)
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert (stored().due_at, stored().closes_at) == (due_at, closes_at)
    (event,) = edits()
    assert event.detail["changes"]["Hạn gửi"] == ["23:59 ngày 22/12/2023", due_at.strftime("%H:%M ngày %d/%m/%Y")]


def test_a_closing_time_is_taken_back(as_admin: people.Browser) -> None:
    as_admin.post(PAGE, TIMES | {"close_day": "26/12/2023", "close_clock": "08:00"})
    as_admin.post(PAGE, TIMES)
    assert stored().closes_at is None
    assert edits()[1].detail["changes"] == {"Khóa sổ": ["08:00 ngày 26/12/2023", ""]}


@pytest.mark.parametrize(
    ("typed", "message", "field"),
    [
        ({"due_day": ""}, "Nhập ngày đến hạn", "due_day"),
        ({"due_day": "31/02/2024"}, "Nhập ngày đến hạn", "due_day"),
        ({"due_clock": "25:00"}, "Nhập giờ đến hạn", "due_clock"),
        ({"close_day": "26/12/2023"}, "Nhập giờ khóa sổ", "close_clock"),
        ({"close_clock": "08:00"}, "Nhập ngày khóa sổ", "close_day"),
        ({"close_day": "25/12/2023", "close_clock": "17:00"}, "sau hạn gửi", "close_day"),
        ({"close_day": "1/12/2023", "close_clock": "17:00"}, "sau hạn gửi", "close_day"),
    ],
)
def test_a_time_that_cannot_be_read_comes_back(
    as_admin: people.Browser, typed: dict[str, str], message: str, field: str
) -> None:
    answer = as_admin.post(PAGE, TIMES | typed)
    page = soup(answer)
    assert answer.status_code == 422
    link = page.select_one(f".error-summary a[href='#{field}']")
    assert link is not None
    assert message in link.get_text()
    assert page.select_one("#due_clock")["value"] == (TIMES | typed)["due_clock"]  # type: ignore[index]
    assert edits() == []


def ids(seed: people.Seed, *codes: str) -> list[str]:
    return [str(seed.units[code].id) for code in codes]


def test_recipients_are_ticked_by_group(as_admin: people.Browser, seed: people.Seed) -> None:
    page = soup(as_admin.get(f"{PAGE}/don-vi"))
    assert [legend.get_text() for legend in page.select("legend")] == ["Phòng chuyên môn", "Xã, phường"]
    assert len(page.select("input[name=dv][checked]")) == 3
    answer = as_admin.post(f"{PAGE}/don-vi", {"dv": ids(seed, "P1", "VHTT")})
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    with connection():
        assert {report.unit.code: report.asked for report in Report.select()} == {"P1": True, "VHTT": True, "LT": False}
    assert "2 trên 3 đơn vị" in words(as_admin.get(PAGE))
    assert (edits()[0].subject, edits()[0].detail) == ("Đơn vị phải báo cáo", {"added": [], "removed": ["LT"]})


def test_a_round_without_recipients_is_refused(as_admin: people.Browser) -> None:
    answer = as_admin.post(f"{PAGE}/don-vi", {"dv": ["999", "x", "-1"]})
    assert answer.status_code == 422
    assert "Chọn ít nhất một đơn vị" in words(answer)
    assert edits() == []


def test_leaving_out_a_unit_that_has_begun_is_asked_about_first(as_admin: people.Browser, seed: people.Seed) -> None:
    with connection():
        Report.update(status="sent", revision=1).where(Report.unit == seed.units["LT"]).execute()
    question = as_admin.post(f"{PAGE}/don-vi", {"dv": ids(seed, "P1")})
    assert question.status_code == 200
    assert "Bỏ Ủy ban nhân dân xã Long Toàn khỏi đợt?" in words(question)
    assert "đã gửi" in words(question)
    with connection():
        assert seed.report("LT").asked
    form = soup(question).select("main form")[0]
    typed = [(str(each["name"]), str(each["value"])) for each in form.select("input[name=dv], input[name=dong_y]")]
    assert as_admin.post(f"{PAGE}/don-vi", typed).status_code == 303
    with connection():
        assert [report.unit.code for report in Report.select().where(Report.asked)] == ["P1"]


def test_a_restricted_item_is_given_to_other_units(as_admin: people.Browser, seed: people.Seed) -> None:
    page = as_admin.get(f"{PAGE}/noi-dung/n4")
    assert [each["value"] for each in soup(page).select("input[checked]")] == ids(seed, "VHTT")
    assert as_admin.post(f"{PAGE}/noi-dung/n4", {"dv": ids(seed, "LT")}).status_code == 303
    with connection():
        assert {report.unit.code: report.duties for report in Report.select()} == {
            "LT": {"n4": True},
            "VHTT": {},
            "P1": {},
        }
    assert edits()[0].detail == {"added": ["LT"], "removed": ["VHTT"]}


def test_progress_follows_a_duty_that_is_given_or_taken(
    as_admin: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    with connection():
        patch = read_patch(seed.directive, [("n4-so_lieu-0-so_tin", "3")])
        saving.save(seed.report("P1"), patch, 0, seed.directive, Actor(seed.accounts["p1"], "", clock()))
        assert seed.report("P1").totals["n4.so_tin"] == 3
    as_admin.post(f"{PAGE}/noi-dung/n4", {"dv": ids(seed, "P1", "VHTT")})
    with connection():
        report = seed.report("P1")
    assert (report.duties, report.totals["n4.so_tin"], report.progress["n4"]) == ({"n4": True}, 3, "dang_lam")


@pytest.mark.parametrize("key", ["n1", "n9", "x"])
def test_an_item_that_everybody_answers_has_no_such_page(as_admin: people.Browser, key: str) -> None:
    assert as_admin.get(f"{PAGE}/noi-dung/{key}").status_code == 404
    assert as_admin.post(f"{PAGE}/noi-dung/{key}").status_code == 404
