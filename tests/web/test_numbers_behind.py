"""From a total on the board to the units and rows behind it, over HTTP."""

from __future__ import annotations

import people
import pytest
from bs4 import BeautifulSoup
from pages import soup, words
from playhouse.test_utils import count_queries

from nhanquyen.overview.breakdown import indicators
from nhanquyen.store import database, overlaps, saving, sending
from nhanquyen.store.models import Report
from nhanquyen.store.overlaps import ONCE, Member
from nhanquyen.store.rounds import add_reports
from nhanquyen.web.breakdown import PAGE_SIZE, SAMPLE

KNOWN = indicators(people.DIRECTIVE)
LT, P1, VHTT = "Ủy ban nhân dân xã Long Toàn", "Ủy ban nhân dân Phường 1", "Phòng Văn hóa và Thông tin"


def without(typed: dict[str, str], *names: str) -> dict[str, str]:
    return {name: text for name, text in typed.items() if name not in names}


def add_rows(seed: people.Seed, clock: people.SettableClock, count: int) -> None:
    """Rows of Phường 1's table of sessions, one more of which is removed again."""
    actor = seed.actor("p1", clock())
    keys = [saving.add_row(seed.report("P1"), "n1", "chi_tiet", people.DIRECTIVE, actor) for _ in range(count + 1)]
    for number, key in enumerate(keys, start=1):
        row = {"ngay": "05/12/2023", "hinh_thuc": "Họp tổ", "noi_dung": f"Buổi <b>{number}</b>", "dia_diem": "Trụ sở"}
        seed.save("P1", {f"n1-chi_tiet-{key}-{field}": text for field, text in row.items()}, clock())
    saving.remove_row(seed.report("P1"), "n1", "chi_tiet", keys[-1], people.DIRECTIVE, actor)


@pytest.fixture
def reported(seed: people.Seed, clock: people.SettableClock) -> people.Seed:
    """Phường 1 and VHTT have sent (VHTT without broadcasts), Long Toàn has sent that it did nothing of item 1."""
    nothing = {"n1-tinh_trang-0-trang_thai": "khong", "n1-tinh_trang-0-ly_do": "Chưa có kinh phí"}
    typed = {
        "P1": people.complete_answers(),
        "VHTT": without(people.complete_answers(asked_of_item_4=True), "n1-so_lieu-0-so_luot_phat_thanh"),
        "LT": {name: text for name, text in people.complete_answers().items() if not name.startswith("n1-")} | nothing,
    }
    with database.connection():
        add_rows(seed, clock, 2)
        for code, answers in typed.items():
            seed.save(code, answers, clock())
            sending.send(seed.report(code), people.DIRECTIVE, seed.actor(code.lower(), clock()))
    return seed


def page(browser: people.Browser, rest: str) -> BeautifulSoup:
    answer = browser.get(f"/tong-hop/so-lieu{rest}")
    assert answer.status_code == 200
    return soup(answer)


def table(found: BeautifulSoup, name: str = "breakdown-table") -> list[list[str]]:
    rows = found.select(f".{name} tbody tr")
    return [[cell.get_text(" ", strip=True) for cell in row.select("th, td")] for row in rows]


def number(text: str) -> int:
    return int(text.replace(".", ""))


def test_each_unit_stands_with_its_number_in_its_part(reported: people.Seed, as_team: people.Browser) -> None:
    found = page(as_team, "/n1.so_luot_nguoi")
    assert table(found) == [
        ["A. Phòng, ban, ngành"], [VHTT, "640"], ["Cộng A", "640"],
        ["B. Xã, phường"], [P1, "640"], [LT, "Không có hoạt động"], ["Cộng B", "640"],
        ["Tổng cộng", "1.280"],
    ]  # fmt: skip
    assert "Tất cả đơn vị: 1.280 lượt người." in found.get_text(" ", strip=True)
    assert "2 đơn vị có số; 1 không có hoạt động." in found.get_text(" ", strip=True)


def test_what_is_no_number_is_never_zero(reported: people.Seed, as_team: people.Browser) -> None:
    with database.connection():
        Report.update(status="returned").where(Report.unit == reported.units["P1"]).execute()
    assert table(page(as_team, "/n1.so_luot_phat_thanh")) == [
        ["A. Phòng, ban, ngành"], [VHTT, "Để trống"], ["Cộng A", "0"],
        ["B. Xã, phường"], [P1, "Chưa báo cáo"], [LT, "Không có hoạt động"], ["Cộng B", "0"],
        ["Tổng cộng", "0"],
    ]  # fmt: skip
    rows = dict(row for row in table(page(as_team, "/n4.so_tin")) if len(row) == 2)
    assert (rows[VHTT], rows[LT], rows[P1]) == ("3", "Không thuộc trách nhiệm", "Chưa báo cáo")
    assert dict(row for row in table(page(as_team, "/n2.tin_phan_bac")) if len(row) == 2)[LT] == "0"


def test_every_total_on_the_board_leads_to_its_units(reported: people.Seed, as_team: people.Browser) -> None:
    board = soup(as_team.get("/tong-hop"))
    links = board.select(".totals-table td.num a")
    assert len(links) == 3 * len(people.DIRECTIVE.headline)
    for link in links:
        found = soup(as_team.get(str(link["href"])))
        assert table(found)[-1] == ["Tổng cộng", *table(found)[-1][1:-1], link.get_text(strip=True)]


def test_every_indicator_is_listed_with_the_totals_of_its_page(reported: people.Seed, as_team: people.Browser) -> None:
    listed = page(as_team, "")
    rows = listed.select(".totals-table tbody tr")
    assert [row.select_one("th").get_text() for row in rows] == [each.label for each in KNOWN.values()]  # type: ignore[union-attr]
    assert "Số cuộc tuyên truyền" in rows[0].get_text()
    for row, path in zip(rows, KNOWN, strict=True):
        links = row.select("td.num a")
        wanted = [number(link.get_text(strip=True)) for link in links]
        assert wanted[0] + wanted[1] == wanted[2]
        assert str(links[2]["href"]) == f"/tong-hop/so-lieu/{path}"
        assert number(table(soup(as_team.get(str(links[2]["href"]))))[-1][-1]) == wanted[2]


def test_slogans_are_told_apart(reported: people.Seed, as_team: people.Browser) -> None:
    found = page(as_team, "/n3.bang_ron?nhom=phan-B")
    heads = [cell.get_text(strip=True) for cell in found.select(".breakdown-table thead th")]
    assert heads == ["Đơn vị", *(f"KH{each}" for each in range(1, 9)), "Nội dung khác", "Tấm"]
    blank = [""] * 7
    assert table(found) == [
        ["B. Xã, phường"], [P1, "4", "4", *blank, "8"], [LT, "4", "4", *blank, "8"],
        ["Cộng B", "8", "8", *["0"] * 7, "16"], ["Tổng cộng", "8", "8", *["0"] * 7, "16"],
    ]  # fmt: skip
    title = found.select_one(".breakdown-table abbr")
    assert title is not None
    assert title["title"] == people.DIRECTIVE.block("n3", "khau_hieu").rows[0].label


# --- The rows behind ---------------------------------------------------------------------------------------


def test_rows_are_shown_below_with_date_title_and_place(reported: people.Seed, as_team: people.Browser) -> None:
    found = page(as_team, "/n1.so_cuoc")
    assert table(found, "rows-table") == [
        [P1, "05/12/2023", "Họp tổ", f"Buổi <b>{each}</b>", "Trụ sở", "", ""] for each in (1, 2)
    ]
    assert "2 cuộc do các đơn vị kê, chỉ để minh họa" in found.get_text(" ", strip=True)
    assert not page(as_team, "/n1.so_cuoc?nhom=PCM").select(".rows-table")
    assert "Các đơn vị chưa kê cuộc nào." in page(as_team, "/n1.so_cuoc?nhom=PCM").get_text()
    assert not page(as_team, "/n3.bang_ron").select("h2")


@pytest.mark.parametrize("status", ["drafting", "returned"])
def test_rows_of_reports_that_do_not_count_are_not_shown(
    reported: people.Seed, as_team: people.Browser, status: str
) -> None:
    with database.connection():
        Report.update(status=status).where(Report.unit == reported.units["P1"]).execute()
    assert not page(as_team, "/n1.so_cuoc").select(".rows-table")
    assert table(page(as_team, "/n1.chi_tiet.rows"))[-1] == ["Tổng cộng", "0"]


def test_many_rows_come_in_pages(seed: people.Seed, clock: people.SettableClock, as_team: people.Browser) -> None:
    count = PAGE_SIZE + 5
    with database.connection():
        add_rows(seed, clock, count)
        seed.save("P1", people.complete_answers(), clock())
        sending.send(seed.report("P1"), people.DIRECTIVE, seed.actor("p1", clock()))
    sample = page(as_team, "/n1.so_luot_nguoi?nhom=XP")
    assert len(sample.select(".rows-table tbody tr")) == SAMPLE
    more = sample.find("a", string=f"Xem tất cả {count} cuộc")
    assert more is not None
    assert str(more["href"]) == "/tong-hop/so-lieu/n1.chi_tiet.rows?nhom=XP#bang-chi_tiet"
    first = page(as_team, "/n1.chi_tiet.rows?nhom=XP")
    onward = first.find("a", string="Trang sau →")
    assert onward is not None
    second = soup(as_team.get(str(onward["href"])))
    told = [row[3] for each in (first, second) for row in table(each, "rows-table")]
    assert told == [f"Buổi <b>{each}</b>" for each in range(1, count + 1)]
    assert table(second)[-1] == ["Tổng cộng", str(count)]
    assert "nhom=XP" in str(onward["href"])


# --- Counted once ------------------------------------------------------------------------------------------


def test_what_is_counted_once_stands_on_a_line_of_its_own(
    reported: people.Seed, as_team: people.Browser, clock: people.SettableClock
) -> None:
    kept = Member(report=reported.report("VHTT").id, revision=1, row="ra", code="VHTT", kept=True, amounts={})
    gone = Member(
        report=reported.report("P1").id, revision=1, row="rb", code="P1", kept=False, amounts={"n1.so_luot_nguoi": 40}
    )
    with database.connection():
        actor = reported.actor("tonghop", clock())
        overlaps.decide(reported.round, "f" * 64, "Mít tinh", ONCE, [kept, gone], "", actor)
    found = page(as_team, "/n1.so_luot_nguoi")
    assert table(found)[-6:] == [
        ["Cộng B", "640"], ["Trừ tính trùng", "−40"], ["Cộng B sau khi trừ", "600"],
        ["Tổng cộng", "1.280"], ["Trừ tính trùng", "−40"], ["Tổng cộng sau khi trừ", "1.240"],
    ]  # fmt: skip
    assert "Tất cả đơn vị: 1.240 lượt người." in found.get_text(" ", strip=True)
    assert "Trừ tính trùng" not in words(as_team.get("/tong-hop/so-lieu/n1.so_cuoc"))
    assert "1.240" in page(as_team, "").select(".totals-table tbody tr")[2].get_text()


# --- The address -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["n1.khong_co", "n9.so_cuoc", "n1", "n1.", ".", "n1.luot_nguoi", "n1.lv_khac_ten", "n3.dia_diem", "n3.tu_ngay",
     "n3.khau_hieu.rows", "n1.chi_tiet", "n1.so_lieu.so_cuoc", "%27", "n1.so_cuoc%20", "%E1%BB%87" * 300],
)  # fmt: skip
def test_what_is_no_total_is_not_there(seed: people.Seed, as_team: people.Browser, path: str) -> None:
    assert as_team.get(f"/tong-hop/so-lieu/{path}").status_code == 404
    assert as_team.get(f"/tong-hop/so-lieu?chi_tieu={path}").status_code == 404


def test_the_form_leads_on_and_keeps_the_group(reported: people.Seed, as_team: people.Browser) -> None:
    answer = as_team.get("/tong-hop/so-lieu?chi_tieu=n3.pa_no&nhom=phan-A")
    assert (answer.status_code, answer.location) == (303, "/tong-hop/so-lieu/n3.pa_no?nhom=phan-A")
    found = soup(as_team.get(answer.location))
    chosen = {str(tag["value"]) for tag in found.select("option[selected]")}
    assert chosen == {"n3.pa_no", "phan-A"}
    assert "A. Phòng, ban, ngành: 0 tấm." in found.get_text(" ", strip=True)
    assert [row[0] for row in table(found)] == ["A. Phòng, ban, ngành", VHTT, "Cộng A", "Tổng cộng"]
    assert len(found.select("#chi_tieu option")) == len(KNOWN)
    assert as_team.get("/tong-hop/so-lieu?chi_tieu=n3.pa_no&nhom=").location == "/tong-hop/so-lieu/n3.pa_no"


@pytest.mark.parametrize("wanted", ["ZZ", "phan-", "phan-Z", "%00", "%27%22%3C", "DT"])
def test_an_unknown_group_wants_all(reported: people.Seed, as_team: people.Browser, wanted: str) -> None:
    found = page(as_team, f"/n1.so_cuoc?nhom={wanted}")
    assert "Tất cả đơn vị: 24 cuộc." in found.get_text(" ", strip=True)
    assert [row[0] for row in table(found) if row[0] in (VHTT, P1, LT)] == [VHTT, P1, LT]


def test_a_unit_leads_to_its_report_at_the_item(reported: people.Seed, as_team: people.Browser) -> None:
    link = page(as_team, "/n4.so_tin").find("a", string=VHTT)
    assert link is not None
    address, anchor = str(link["href"]).split("#")
    assert address == f"/tong-hop/bao-cao/{reported.report('VHTT').id}"
    place = soup(as_team.get(address)).find(id=anchor)
    assert place is not None
    assert "4. Phóng sự" in place.get_text()


def test_without_units_it_says_so(seed: people.Seed, as_team: people.Browser) -> None:
    with database.connection():
        Report.update(asked=False).execute()
    assert "Đợt này chưa có đơn vị nào phải báo cáo." in page(as_team, "/n1.so_cuoc").get_text()
    assert page(as_team, "").select("h1")


@pytest.mark.parametrize("path", ["", "/n1.so_cuoc", "/n3.bang_ron", "/n1.chi_tiet.rows"])
def test_the_number_of_queries_does_not_grow_with_the_units(
    reported: people.Seed, as_team: people.Browser, path: str
) -> None:
    def queries() -> int:
        with count_queries() as counter:
            page(as_team, path)
        return int(counter.count)

    before = queries()
    with database.connection():
        more = [people.make_unit(f"X{each}", f"Xã {each}", "XP", each + 10) for each in range(150)]
        add_reports(reported.round, more)
        sent = reported.report("P1")
        Report.update(status="sent", standings=sent.standings, totals=sent.totals).where(
            Report.unit.in_(more)
        ).execute()
    assert queries() == before
    if path == "/n1.so_cuoc":
        assert table(page(as_team, path))[-1] == ["Tổng cộng", "1.824"]
