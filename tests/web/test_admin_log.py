"""The log over HTTP: read, filtered, paged and exported."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import people
import pytest
from bs4 import BeautifulSoup
from peewee import DatabaseError
from werkzeug.test import TestResponse

from nhanquyen.store import events
from nhanquyen.store.database import connection
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Event

PAGE = "/quan-tri/nhat-ky"


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def lines(answer: TestResponse) -> list[str]:
    return [row.get_text(" ", strip=True) for row in soup(answer).select("tbody tr")]


def record(seed: people.Seed, action: str, by: str = "p1", days: float = 0, **detail: Any) -> None:
    with connection():
        at = seed.round.opened_at + timedelta(days=days)
        events.record(action, Actor(seed.accounts[by], "192.0.2.77", at), **detail)


@pytest.mark.parametrize("path", ["", "/xuat"])
def test_only_the_admin_reads_the_log(path: str, as_unit: people.Browser, as_team: people.Browser) -> None:
    assert as_unit.get(PAGE + path).status_code == 403
    assert as_team.get(PAGE + path).status_code == 403


def test_the_newest_event_comes_first_in_plain_words(as_admin: people.Browser, seed: people.Seed) -> None:
    changes = {"Số điện thoại": ["", "0294 <1>"]}
    record(seed, "unit_edited", "quantri", unit=seed.units["LT"], subject="Long Toàn", changes=changes)
    first = lines(as_admin.get(PAGE))[0]
    assert "09:00 ngày 20/12/2023 Quản trị (quantri) Sửa đơn vị LT – Ủy ban nhân dân xã Long Toàn" in first
    assert "Số điện thoại: (trống) → 0294 <1>" in first
    assert first.endswith("192.0.2.77")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("viec=row_removed", 2),
        ("viec=row_removed&don_vi=lt", 1),
        ("tai_khoan=P1", 2),
        ("tu_ngay=21/12/2023", 2),
        ("den_ngay=20-12-2023&viec=row_removed", 0),
        ("tu_ngay=21/12/2023&den_ngay=21/12/2023", 1),
        ("don_vi=KHONGCO", 0),
        ("viec=bogus&tai_khoan=p1", 2),
    ],
)
def test_the_log_is_filtered(as_admin: people.Browser, seed: people.Seed, query: str, count: int) -> None:
    record(seed, "row_removed", "p1", 1, unit=seed.units["P1"])
    record(seed, "row_removed", "lt", 2, unit=seed.units["LT"])
    record(seed, "report_saved", "p1", unit=seed.units["P1"])
    answer = as_admin.get(f"{PAGE}?{query}")
    assert answer.status_code == 200
    assert len(lines(answer)) == count
    assert f"{count} việc." in soup(answer).get_text()


def test_a_failed_sign_in_is_found_by_the_name_that_was_tried(as_admin: people.Browser) -> None:
    people.Browser(as_admin.app).post("/dang-nhap", {"username": "LT", "password": "x"})
    assert "Đăng nhập không thành công" in lines(as_admin.get(f"{PAGE}?tai_khoan=lt"))[0]


def test_a_name_that_is_nobody_s_is_not_shown_for_it_may_be_a_password(as_admin: people.Browser) -> None:
    people.Browser(as_admin.app).post("/dang-nhap", {"username": "mat khau cua toi", "password": "x"})
    newest = lines(as_admin.get(f"{PAGE}?viec=sign_in_failed"))[0]
    assert "(không có tên này)" in newest
    assert "toi" not in newest


def test_a_day_that_cannot_be_read_is_told_with_what_was_typed(as_admin: people.Browser) -> None:
    answer = as_admin.get(f"{PAGE}?tu_ngay=32/12/2023")
    page = soup(answer)
    assert answer.status_code == 422
    assert "Nhập ngày bắt đầu" in page.select_one(".error-summary a[href='#tu_ngay']").get_text()  # type: ignore[union-attr]
    assert page.select_one("#tu_ngay")["value"] == "32/12/2023"  # type: ignore[index]


def test_pages_keep_the_filter(as_admin: people.Browser, seed: people.Seed) -> None:
    for _ in range(60):
        record(seed, "row_removed", "p1")
    page = as_admin.get(f"{PAGE}?viec=row_removed&tai_khoan=p1")
    link = soup(page).select_one(".pages a")
    assert (len(lines(page)), link is None) == (50, False)
    assert len(lines(as_admin.get(str(link["href"])))) == 10  # type: ignore[index]


def test_the_export_holds_the_filtered_events_as_text_and_is_logged_itself(
    as_admin: people.Browser, seed: people.Seed
) -> None:
    hostile = '=HYPERLINK("http://x")\x0b'
    record(seed, "unit_edited", "quantri", unit=seed.units["LT"], subject=hostile, changes={"=A": ["-1", "+2"]})
    record(seed, "row_removed", "p1")
    answer = as_admin.get(f"{PAGE}/xuat?viec=unit_edited")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][:5] == ["Thời điểm", "Người làm", "Tên đăng nhập", "Địa chỉ máy", "Việc"]
    assert rows[1] == [
        seed.round.opened_at.replace(tzinfo=None), "Quản trị", "quantri", "192.0.2.77", "Sửa đơn vị", "LT",
        "Ủy ban nhân dân xã Long Toàn", '=HYPERLINK("http://x")', "=A: -1 → +2",
    ]  # fmt: skip
    assert len(rows) == 2
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
    with connection():
        assert Event.select().where(Event.action == "exported").count() == 1


def test_every_action_has_words_and_nobody_changes_the_log(as_admin: people.Browser, seed: people.Seed) -> None:
    options = [option["value"] for option in soup(as_admin.get(PAGE)).select("#viec option")]
    assert options == ["", *events.ACTIONS]
    with connection(), pytest.raises(DatabaseError):
        Event.delete().execute()
