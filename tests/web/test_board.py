"""The board: every unit, its state, and totals that only count what was sent."""

from __future__ import annotations

from datetime import date
from typing import Any

import people
import pytest
from bs4 import BeautifulSoup
from flask import Flask
from playhouse.test_utils import count_queries

from nhanquyen.store import database
from nhanquyen.store.models import Report, Unit
from nhanquyen.store.rounds import add_reports

LEGEND = ["Chưa nhập", "Đang soạn", "Đã gửi", "Trả lại bổ sung", "Đã gửi lại", "Đã tiếp nhận"]


def board(browser: people.Browser, query: str = "") -> BeautifulSoup:
    answer = browser.get(f"/tong-hop{query}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def legend(page: BeautifulSoup) -> dict[str, int]:
    found = {}
    for line in page.select(".legend li"):
        words, _, number = line.get_text(" ", strip=True).rpartition(" ")
        found[words] = int(number)
    return found


def units(page: BeautifulSoup) -> list[str]:
    return [cell.get_text(strip=True) for cell in page.select(".board-table tbody th")]


def row(page: BeautifulSoup, name: str) -> list[str]:
    cells = next(line for line in page.select(".board-table tbody tr") if name in line.get_text()).find_all("td")
    return [cell.get_text(" ", strip=True) for cell in cells]


def totals(page: BeautifulSoup) -> dict[str, list[str]]:
    return {
        line.find("th").get_text(strip=True): [cell.get_text(strip=True) for cell in line.find_all("td")[1:]]  # type: ignore[union-attr]
        for line in page.select(".totals-table tbody tr")
    }


def test_states_always_add_up_to_the_active_units(app: Flask, seed: people.Seed, as_team: people.Browser) -> None:
    assert legend(board(as_team)) == {**dict.fromkeys(LEGEND, 0), "Chưa nhập": 3, "Tổng cộng": 3}
    people.round_in_use(app, seed)
    found = legend(board(as_team))
    assert found == {**dict.fromkeys(LEGEND, 0), "Đang soạn": 1, "Đã gửi": 1, "Trả lại bổ sung": 1, "Tổng cộng": 3}
    with database.connection():
        Unit.update(active_to=date(2023, 12, 20)).where(Unit.code == "P1").execute()
    found = legend(board(as_team))
    assert found["Đang soạn"] == 0
    assert found["Tổng cộng"] == 2


def test_a_unit_that_is_not_asked_is_out_of_the_count(seed: people.Seed, as_team: people.Browser) -> None:
    with database.connection():
        Report.update(asked=False).where(Report.unit == seed.units["LT"]).execute()
    page = board(as_team)
    assert legend(page)["Tổng cộng"] == 2
    assert units(page) == ["Phòng Văn hóa và Thông tin", "Ủy ban nhân dân Phường 1"]


def test_totals_count_what_was_sent_and_nothing_else(app: Flask, seed: people.Seed, as_team: people.Browser) -> None:
    people.round_in_use(app, seed)
    found = totals(board(as_team))
    assert found["Số cuộc tuyên truyền"] == ["0", "12", "12"]
    assert found["Số lượt người tham dự"] == ["0", "640", "640"]
    assert found["Băng rôn"] == ["0", "8", "8"]


def test_it_tells_who_and_how_to_reach_them(app: Flask, seed: people.Seed, as_team: people.Browser) -> None:
    people.round_in_use(app, seed)
    page = board(as_team)
    assert row(page, "Long Toàn") == ["Đã gửi", "09:00 ngày 20/12/2023", "", "Có", "Có", "Có", "Không thuộc", "Có"]
    assert row(page, "Phường 1")[0] == "Đang soạn"
    assert row(page, "Phường 1")[2:] == ["Trần Thị Hoa", "Chưa báo cáo"]
    assert row(page, "Văn hóa")[0] == (
        "Trả lại bổ sung gia hạn đến 17:00 ngày 27/12/2023 đang nhập thay: Đội Tổng hợp, từ 09:00 ngày 20/12/2023"
    )
    assert page.find("a", href="tel:02943832001") is not None


def test_late_units_are_flagged_after_the_due_second(
    app: Flask, seed: people.Seed, clock: people.SettableClock
) -> None:
    clock.now = seed.round.due_at
    as_team = people.Browser(app).sign_in("tonghop")
    assert "Trễ hạn" not in str(board(as_team).find(class_="board-table"))
    clock.move(seconds=1)
    assert row(board(as_team), "Phường 1")[0] == "Chưa nhập Trễ hạn 1 ngày"
    assert units(board(as_team, "?tre=1")) == units(board(as_team))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?q=phuong+1", ["Ủy ban nhân dân Phường 1"]),
        ("?q=PH%C6%AF%E1%BB%9CNG", ["Ủy ban nhân dân Phường 1"]),
        ("?nhom=PCM", ["Phòng Văn hóa và Thông tin"]),
        ("?tinh_trang=sent", ["Ủy ban nhân dân xã Long Toàn"]),
        ("?tinh_trang=chua_gui&nhom=XP", ["Ủy ban nhân dân Phường 1"]),
        ("?tinh_trang=x&nhom=ZZ&tre=&q=%27%22%3C%00", []),
        ("?q=khong+co", []),
    ],
)
def test_search_and_filters_stand_in_the_address(
    app: Flask, seed: people.Seed, as_team: people.Browser, query: str, names: list[str]
) -> None:
    people.round_in_use(app, seed)
    page = board(as_team, query)
    assert units(page) == names
    assert f"Tìm thấy {len(names)} đơn vị" in page.get_text()
    chips = {chip["href"] for chip in page.select(".chips a")}
    assert len(chips) == len([part for part in query.split("&") if not part.endswith(("=", "=x"))])
    assert legend(page)["Tổng cộng"] == 3


@pytest.mark.parametrize("status", LEGEND)
def test_the_picture_says_what_it_shows(seed: people.Seed, as_team: people.Browser, status: str) -> None:
    picture = board(as_team).select_one(".progress-picture svg")
    assert picture is not None
    assert status in picture.get_text()


def queries(browser: people.Browser, address: str) -> int:
    with count_queries() as counter:
        assert browser.get(address).status_code == 200
    return int(counter.count)


def test_the_number_of_queries_does_not_grow_with_the_units(seed: people.Seed, as_team: people.Browser) -> None:
    before = queries(as_team, "/tong-hop")
    with database.connection():
        more: list[Any] = [
            people.make_unit(f"X{number}", f"Ủy ban nhân dân xã số {number}", "XP", number + 10)
            for number in range(120)
        ]
        add_reports(seed.round, more)
    page = board(as_team)
    assert legend(page)["Tổng cộng"] == 123
    assert len(units(page)) == 100
    assert queries(as_team, "/tong-hop") == before
    assert len(units(board(as_team, "?trang=2"))) == 23
