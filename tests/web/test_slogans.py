"""The screen of units × slogans over HTTP: states, numbers, days against the window, filters."""

from __future__ import annotations

import pages
import people
import pytest
from bs4 import BeautifulSoup
from flask import Flask
from playhouse.test_utils import count_queries

from nhanquyen.store import database, sending
from nhanquyen.store.models import Entry
from nhanquyen.store.rounds import add_reports

ADDRESS = "/tong-hop/khau-hieu"


@pytest.fixture
def told(app: Flask, seed: people.Seed, clock: people.SettableClock) -> people.Seed:
    """Phường 1 has hung two slogans, one too early; Long Toàn none; VHTT is drafting."""
    early = {"n3-khau_hieu-kh1-tu_ngay": "25/11/2023", "n3-tinh_trang-0-giai_trinh": "Treo sớm để phát động."}
    none = {"n3-tinh_trang-0-trang_thai": "khong", "n3-tinh_trang-0-ly_do": "Chưa có kinh phí"}
    with database.connection():
        for code, more in (("P1", early), ("LT", none)):
            answers = {
                name: text for name, text in people.complete_answers().items() if code == "P1" or "n3-" not in name
            }
            seed.save(code, answers | more, clock())
            sending.send(seed.report(code), seed.directive, seed.actor(code.lower(), clock()))
        seed.save("VHTT", people.complete_answers(), clock())
    return seed


def page(browser: people.Browser, query: str = "") -> BeautifulSoup:
    answer = browser.get(f"{ADDRESS}{query}")
    assert answer.status_code == 200
    return pages.soup(answer)


def rows(found: BeautifulSoup) -> dict[str, list[str]]:
    return {
        row.th.get_text(strip=True): [cell.get_text(" ", strip=True) for cell in row.find_all("td")]  # type: ignore[union-attr]
        for row in found.select(".coverage-table tbody tr")
    }


def test_each_unit_has_its_numbers_days_and_state(told: people.Seed, as_team: people.Browser) -> None:
    found = rows(page(as_team))
    p1 = found["Ủy ban nhân dân Phường 1"]
    assert p1[0] == "2/8"
    assert p1[1] == "Băng rôn: 4 tấm 25/11/2023 – 30/12/2023 Ngoài thời gian: treo từ ngày 25/11/2023"
    assert p1[2] == "Băng rôn: 4 tấm 30/11/2023 – 30/12/2023"
    assert p1[3:] == ["Chưa có"] * 7
    assert found["Ủy ban nhân dân xã Long Toàn"] == ["0/8", "Không có hoạt động"]
    assert found["Phòng Văn hóa và Thông tin"] == ["–", "Chưa báo cáo"]


def test_it_says_how_many_units_have_each_slogan(told: people.Seed, as_admin: people.Browser) -> None:
    found = page(as_admin)
    foot = [cell.get_text(strip=True) for cell in found.select(".coverage-table tfoot td")]
    assert foot == ["", "1/2 đơn vị", "1/2 đơn vị", *["0/2 đơn vị"] * 7]
    heads = [cell.get_text(" ", strip=True) for cell in found.select(".coverage-table thead th")]
    assert heads[2] == "KH1 Chào mừng Kỷ niệm 75 năm Ngày Nhân quyền Thế giới (10/12/1948 – 10/12/2023)"
    assert (len(heads), heads[-1]) == (11, "Nội dung khác")
    text = found.get_text(" ", strip=True)
    assert "Thời gian treo: từ 30/11/2023 đến hết 30/12/2023." in text
    assert "Chưa đủ 8 khẩu hiệu: 2 đơn vị" in text
    assert "Ngoài thời gian: 1 đơn vị" in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?loc=chua_du", ["Ủy ban nhân dân Phường 1", "Ủy ban nhân dân xã Long Toàn"]),
        ("?loc=ngoai", ["Ủy ban nhân dân Phường 1"]),
        ("?loc=%27%3Cx", ["Phòng Văn hóa và Thông tin", "Ủy ban nhân dân Phường 1", "Ủy ban nhân dân xã Long Toàn"]),
    ],
)
def test_it_filters(told: people.Seed, as_team: people.Browser, query: str, names: list[str]) -> None:
    found = page(as_team, query)
    assert list(rows(found)) == names
    assert len(found.select(".coverage-table tfoot td")) == 10


def test_a_missing_day_is_said(told: people.Seed, as_team: people.Browser) -> None:
    """No form lets it in; what came from elsewhere is shown for what it is."""
    with database.connection():
        where = (Entry.report == told.report("P1")) & (Entry.row == "kh2")
        Entry.update(values={"bang_ron": 1, "den_ngay": "2023-12-30"}).where(where).execute()
    assert rows(page(as_team))["Ủy ban nhân dân Phường 1"][2] == (
        "Băng rôn: 1 tấm thiếu ngày – 30/12/2023 Thiếu treo từ ngày"
    )


def test_with_nobody_there_it_says_so(seed: people.Seed, as_team: people.Browser) -> None:
    assert "Không có đơn vị nào như vậy." in page(as_team, "?loc=ngoai").get_text()
    assert [cells[1] for cells in rows(page(as_team)).values()] == ["Chưa báo cáo"] * 3


def test_the_number_of_queries_does_not_grow_with_the_units(told: people.Seed, as_team: people.Browser) -> None:
    def queries() -> int:
        with count_queries() as counter:
            assert as_team.get(ADDRESS).status_code == 200
        return int(counter.count)

    before = queries()
    with database.connection():
        units = [people.make_unit(f"X{number}", f"Xã số {number}", "XP", number + 10) for number in range(60)]
        add_reports(told.round, units)
    assert queries() == before
    assert len(rows(page(as_team))) == 63


def test_the_board_leads_to_it(seed: people.Seed, as_team: people.Browser) -> None:
    assert pages.soup(as_team.get("/tong-hop")).select(f'a[href="{ADDRESS}"]')
