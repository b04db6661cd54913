"""Chasing: list, Excel, message and letter name exactly the units that have not sent at that moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import people
import pytest
from bs4 import BeautifulSoup
from docx import Document
from docx.document import Document as DocxDocument
from flask import Flask
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from pages import soup
from playhouse.test_utils import count_queries

from nhanquyen.store import database
from nhanquyen.store.models import Event, Report, Unit
from nhanquyen.store.rounds import add_reports

PAGE = "/tong-hop/chua-gui"
P1, LT, VHTT = "Ủy ban nhân dân Phường 1", "Ủy ban nhân dân xã Long Toàn", "Phòng Văn hóa và Thông tin"
HOSTILE = '=HYPERLINK("http://x","y")</textarea><script>alert(1)</script> & {{ 7*7 }}'


def page_of(browser: people.Browser, query: str = "") -> BeautifulSoup:
    answer = browser.get(f"{PAGE}{query}")
    assert answer.status_code == 200
    return soup(answer)


def listed(page: BeautifulSoup) -> list[str]:
    return [cell.get_text(strip=True) for cell in page.select(".missing-table .unit-name")]


def row(page: BeautifulSoup, name: str) -> list[str]:
    (line,) = (line for line in page.select(".missing-table tr") if line.find("a", string=name))
    return [cell.get_text(" ", strip=True) for cell in line.find_all(["td", "th"])]


def message(page: BeautifulSoup) -> str:
    box = page.select_one("textarea#message")
    assert box is not None
    assert box.has_attr("readonly")
    return box.get_text().removeprefix("\n")


def named_in(text: str, names: list[str]) -> list[str]:
    """Which of *names* have a line of *text* of their own, in its order."""
    lines = [line.partition(". ")[2].split(" (")[0] for line in text.splitlines()]
    return [line for line in lines if line in names]


def sheet_of(browser: people.Browser, query: str = "") -> Worksheet:
    answer = browser.get(f"{PAGE}/excel{query}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    (sheet,) = load_workbook(BytesIO(answer.data)).worksheets
    return sheet


def cells(sheet: Worksheet) -> list[list[Any]]:
    return [[cell.value for cell in line] for line in sheet.iter_rows(min_row=5)]


def letter_of(browser: people.Browser, query: str = "") -> DocxDocument:
    answer = browser.get(f"{PAGE}/cong-van{query}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return Document(BytesIO(answer.data))


def reminded_in(letter: DocxDocument) -> list[str]:
    """Whom the letter is addressed to, by its list where it has one."""
    lists = [table for table in letter.tables if table.cell(0, 0).text == "STT"]
    if lists:
        return [line.cells[1].text for line in lists[0].rows[1:] if line.cells[0].text.replace(".", "").isdigit()]
    (one, *more) = [each.text for each in letter.paragraphs if each.style and "Kính gửi" in str(each.style.name)]
    if named := one.removeprefix("Kính gửi:").strip():
        return [named.removesuffix(".")]
    return [line.removeprefix("- ").rstrip(".;") for line in more if line]


@dataclass
class Everywhere:
    """Who is named at one moment on each of the ways out."""

    screen: list[str]
    message: list[str]
    excel: list[str]
    letter: list[str]

    @classmethod
    def seen_by(cls, browser: people.Browser, query: str = "") -> Everywhere:
        with database.connection():
            names = [unit.name for unit in Unit.select()]
        page = page_of(browser, query)
        said = named_in(message(page), names) if page.select_one("#message") else []
        reminded = reminded_in(letter_of(browser, query)) if said else []
        return cls(listed(page), said, [line[3] for line in cells(sheet_of(browser, query))], reminded)


def everywhere(names: list[str]) -> Everywhere:
    return Everywhere(names, names, names, names)


def send(app: Flask, seed: people.Seed, code: str) -> None:
    """The clerk of *code* fills in everything and sends, over HTTP."""
    browser, report = people.Browser(app).sign_in(code.lower()), seed.report(code).id
    answers = people.complete_answers(asked_of_item_4=code == "VHTT") | {"ver": str(seed.report(code).version)}
    assert browser.post(f"/bao-cao/{report}/luu", answers, htmx=True).status_code == 200
    assert browser.post(f"/bao-cao/{report}/gui", {"khong_mat": "1"}).status_code == 303


def change(model: Any, condition: Any, **values: Any) -> None:
    with database.connection():
        assert model.update(**values).where(condition).execute() == 1


def test_it_follows_every_sending_and_returning(app: Flask, seed: people.Seed, as_team: people.Browser) -> None:
    assert Everywhere.seen_by(as_team) == everywhere([VHTT, P1, LT])
    send(app, seed, "P1")
    assert Everywhere.seen_by(as_team) == everywhere([VHTT, LT])
    report = seed.report("P1").id
    given_back = {"lan_gui": "1", "chon-n2": "1", "ly-do-n2": "Thiếu số tin, bài."}
    assert as_team.post(f"/tong-hop/bao-cao/{report}/tra-lai", given_back).status_code == 303
    assert Everywhere.seen_by(as_team) == everywhere([VHTT, P1, LT])
    send(app, seed, "P1")
    assert as_team.post(f"/tong-hop/bao-cao/{report}/tiep-nhan", {"lan_gui": "2"}).status_code == 303
    assert Everywhere.seen_by(as_team) == everywhere([VHTT, LT])
    for code in ("LT", "VHTT"):
        send(app, seed, code)
    assert Everywhere.seen_by(as_team) == everywhere([])


def test_it_says_how_far_each_is_and_how_to_reach_it(
    app: Flask, seed: people.Seed, as_team: people.Browser, clock: people.SettableClock
) -> None:
    change(Unit, Unit.code == "VHTT", contact="Lê Văn Ba", contact_position="Chuyên viên")
    people.round_in_use(app, seed)
    clock.move(minutes=10)
    page = page_of(as_team)
    due = "23:59 ngày 22/12/2023"
    assert row(page, VHTT) == [
        "1", VHTT, "0294 3832 001", "Lê Văn Ba Chuyên viên",
        "Trả lại bổ sung từ 09:00 ngày 20/12/2023 đang nhập thay", "17:00 ngày 27/12/2023 (gia hạn)", "",
    ]  # fmt: skip
    assert row(page, P1) == ["2", P1, "", "Trần Thị Hoa", "Đang soạn lưu lần cuối 09:00 ngày 20/12/2023", due, ""]
    assert listed(page) == [VHTT, P1]
    assert page.select_one('.missing-table a[href="tel:02943832001"]') is not None
    parts = [part.get_text(strip=True) for part in page.select(".part-row th")]
    assert parts == ["A. Phòng, ban, ngành (1 đơn vị)", "B. Xã, phường (1 đơn vị)"]
    lead = page.select_one(".lead")
    assert lead is not None
    assert lead.get_text() == ("Lúc 09:10 ngày 20/12/2023: 2/3 đơn vị chưa gửi (1 đang soạn, 1 trả lại bổ sung).")


def test_a_report_that_the_team_enters_is_marked(seed: people.Seed, as_team: people.Browser) -> None:
    assert row(page_of(as_team), LT)[4] == "Chưa nhập"
    values = {"status": "drafting", "entered_by": seed.accounts["tonghop"], "entered_at": seed.round.opened_at}
    change(Report, Report.unit == seed.units["LT"], **values)
    assert row(page_of(as_team), LT)[4] == "Đang soạn đang nhập thay"
    assert "Đang soạn, đang nhập thay" in cells(sheet_of(as_team))[2]


def test_lateness_and_more_time_are_told_with_each_name(
    seed: people.Seed, clock: people.SettableClock, app: Flask
) -> None:
    change(Report, Report.unit == seed.units["P1"], due_at=seed.round.due_at + timedelta(days=5))
    change(Report, Report.unit == seed.units["LT"], due_at=datetime(2023, 12, 25, 7, 0, tzinfo=clock().tzinfo))
    clock.now = datetime(2023, 12, 25, 8, 0, tzinfo=clock().tzinfo)
    browser = people.Browser(app).sign_in("quantri")
    page = page_of(browser)
    assert [row(page, name)[5] for name in (VHTT, P1, LT)] == [
        "23:59 ngày 22/12/2023 Trễ hạn 3 ngày",
        "23:59 ngày 27/12/2023 (gia hạn)",
        "07:00 ngày 25/12/2023 (gia hạn) Trễ hạn trong ngày",
    ]
    assert message(page).splitlines() == [
        "Kính gửi các đơn vị,",
        "Báo cáo kết quả thực hiện Công văn số 217/CATX ngày 08/11/2023 của Công an thị xã Duyên Hải có hạn gửi 23:59 "
        "ngày 22/12/2023. Đến 08:00 ngày 25/12/2023, Đội Tổng hợp - Công an thị xã chưa nhận được báo cáo của 3 đơn vị "
        "sau:",
        "A. Phòng, ban, ngành",
        f"1. {VHTT} (trễ hạn 3 ngày)",
        "B. Xã, phường",
        f"2. {P1} (đã gia hạn đến 23:59 ngày 27/12/2023)",
        f"3. {LT} (trễ hạn trong ngày, đã gia hạn đến 07:00 ngày 25/12/2023)",
        "Đề nghị các đơn vị hoàn thành và gửi báo cáo tại http://localhost",
        "Cần hỗ trợ, gọi Đội Tổng hợp - Công an thị xã: 0294 3832 113.",
        "Trân trọng cảm ơn.",
    ]
    assert Everywhere.seen_by(browser, "?tre=1") == everywhere([VHTT, LT])


def test_the_message_says_that_something_was_returned(app: Flask, seed: people.Seed, as_team: people.Browser) -> None:
    people.round_in_use(app, seed)
    assert "chưa nhận được báo cáo hoặc bản bổ sung của 2 đơn vị sau:" in message(page_of(as_team))
    text = message(page_of(as_team, "?nhom=PCM"))
    assert "chưa nhận được bản bổ sung của 1 đơn vị sau:" in text
    assert f"1. {VHTT} (đã trả lại để bổ sung, đã gia hạn đến 17:00 ngày 27/12/2023)" in text
    assert "A. Phòng" not in text


def test_the_message_carries_the_address_that_was_set_and_no_telephone_where_there_is_none(
    store_url: str, clock: people.SettableClock
) -> None:
    app = people.make_app(store_url, clock, PUBLIC_URL="http://192.168.1.20:8080/", TEAM_PHONE="")
    people.seed(clock)
    text = message(page_of(people.Browser(app).sign_in("tonghop")))
    assert "gửi báo cáo tại http://192.168.1.20:8080\nTrân trọng" in text


def test_units_that_need_not_report_are_never_named(seed: people.Seed, as_team: people.Browser) -> None:
    change(Report, Report.unit == seed.units["LT"], asked=False)
    assert Everywhere.seen_by(as_team) == everywhere([VHTT, P1])
    change(Unit, Unit.code == "P1", active_to=date(2023, 12, 20))
    assert Everywhere.seen_by(as_team) == everywhere([VHTT])
    change(Unit, Unit.code == "VHTT", active_from=date(2023, 12, 21))
    assert Everywhere.seen_by(as_team) == everywhere([])
    assert "Chưa có đơn vị nào phải báo cáo." in page_of(as_team).get_text()


@pytest.mark.parametrize(
    ("query", "names", "words"),
    [
        ("?nhom=XP", [P1], "nhóm Xã, phường, 1 đơn vị."),
        ("?nhom=PCM", [VHTT], "nhóm Phòng chuyên môn, 1 đơn vị."),
        ("?nhom=BN", [], "nhóm Ban, ngành, đơn vị sự nghiệp, 0 đơn vị."),
        ("?tre=1", [P1], "chỉ đơn vị trễ hạn, 1 đơn vị."),
        ("?nhom=PCM&tre=1", [], "nhóm Phòng chuyên môn, chỉ đơn vị trễ hạn, 0 đơn vị."),
    ],
)
def test_the_filter_holds_for_every_way_out(
    app: Flask, seed: people.Seed, clock: people.SettableClock, query: str, names: list[str], words: str
) -> None:
    """VHTT was returned in time, so that it has not become late."""
    people.round_in_use(app, seed)
    clock.now = seed.round.due_at + timedelta(hours=9)
    browser = people.Browser(app).sign_in("tonghop")
    assert Everywhere.seen_by(browser, query) == everywhere(names)
    page = page_of(browser, query)
    assert f"2/3 đơn vị chưa gửi (1 đang soạn, 1 trả lại bổ sung), 1 đơn vị đã trễ hạn. Danh sách này: {words}" in str(
        page
    )
    assert words in str(sheet_of(browser, query)["A3"].value)
    link = page.select_one(f'a[href="{PAGE}/excel{query}"]')
    assert (link is None) == (not names)
    assert bool(page.select(".next-step a")) == (not names)


@pytest.mark.parametrize("path", ["", "/excel", "/cong-van"])
@pytest.mark.parametrize("group", ["ZZ", "%27", "%00", "xp"])
def test_a_group_that_there_is_not_is_told(seed: people.Seed, as_team: people.Browser, path: str, group: str) -> None:
    answer = as_team.get(f"{PAGE}{path}?nhom={group}")
    assert answer.status_code == 400
    assert "Không có nhóm đơn vị này" in answer.get_data(as_text=True)


def test_it_says_plainly_that_nobody_is_missing(app: Flask, seed: people.Seed, as_team: people.Browser) -> None:
    for code in ("P1", "LT", "VHTT"):
        send(app, seed, code)
    page = page_of(as_team)
    said = "Không còn đơn vị nào chưa gửi: 3/3 đơn vị đã gửi."
    assert said in page.get_text()
    assert not page.select("table, textarea, main .actions, .next-step")
    sheet = sheet_of(as_team)
    assert sheet["A3"].value == said
    assert cells(sheet) == []
    answer = as_team.get(f"{PAGE}/cong-van")
    assert answer.status_code == 409
    assert "nên không có công văn đôn đốc" in answer.get_data(as_text=True)
    with database.connection():
        assert not Event.select().where(Event.subject.contains("đôn đốc")).exists()
    assert "Đôn đốc" not in as_team.get("/tong-hop").get_data(as_text=True)


def test_the_board_and_the_download_page_lead_to_it(seed: people.Seed, as_team: people.Browser) -> None:
    for address in ("/tong-hop", "/tai-ve"):
        assert soup(as_team.get(address)).select_one(f'main a[href="{PAGE}"]') is not None


def test_the_sheet_holds_real_numbers_and_instants(app: Flask, seed: people.Seed, clock: people.SettableClock) -> None:
    people.round_in_use(app, seed)
    clock.now = datetime(2023, 12, 23, 10, 30, tzinfo=clock().tzinfo)
    sheet = sheet_of(people.Browser(app).sign_in("tonghop"))
    above = [sheet.cell(number, 1).value for number in (1, 2, 3)]
    assert above == [
        "DANH SÁCH ĐƠN VỊ CHƯA GỬI BÁO CÁO THỰC HIỆN CÔNG VĂN SỐ 217/CATX",
        "Lúc 10:30 ngày 23/12/2023. Hạn gửi: 23:59 ngày 22/12/2023.",
        "2/3 đơn vị chưa gửi (1 đang soạn, 1 trả lại bổ sung), 1 đơn vị đã trễ hạn.",
    ]
    assert [cell.value for cell in sheet[4]] == [
        "STT", "Phần", "Mã", "Đơn vị", "Tình trạng", "Lưu lần cuối, hoặc trả lại lúc", "Hạn gửi", "Gia hạn riêng",
        "Trễ hạn", "Số ngày trễ hạn", "Người phụ trách", "Chức vụ", "Điện thoại", "Đã gọi",
    ]  # fmt: skip
    nine = datetime(2023, 12, 20, 9, 0)  # noqa: DTZ001  # workbooks know no zones
    assert cells(sheet) == [
        [1, "A. Phòng, ban, ngành", "VHTT", VHTT, "Trả lại bổ sung, đang nhập thay", nine,
         datetime(2023, 12, 27, 17, 0), "Có", None, None, None, None, "0294 3832 001", None],  # noqa: DTZ001
        [2, "B. Xã, phường", "P1", P1, "Đang soạn", nine, datetime(2023, 12, 22, 23, 59), None,  # noqa: DTZ001
         "Trễ hạn 1 ngày", 1, "Trần Thị Hoa", None, None, None],
    ]  # fmt: skip
    assert {sheet.cell(6, column).data_type for column in (6, 7)} == {"d"}
    assert {sheet.cell(6, column).number_format for column in (6, 7)} == {"dd/mm/yyyy hh:mm"}
    assert (sheet.freeze_panes, sheet.print_title_rows, sheet.auto_filter.ref) == ("A5", "$4:$4", "A4:N6")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight) == (
        "landscape",
        9,
        0,
    )


def test_the_file_is_named_by_its_moment_and_written_to_the_log(seed: people.Seed, as_team: people.Browser) -> None:
    answer = as_team.get(f"{PAGE}/excel?nhom=XP")
    assert answer.headers["Content-Disposition"] == "attachment; filename=chua-gui-20231220-0900.xlsx"
    with database.connection():
        said = Event.select().order_by(Event.id.desc()).get()
    assert (said.action, said.actor, said.round_id) == ("exported", "Đội Tổng hợp", seed.round.id)
    assert said.subject == "Danh sách đơn vị chưa gửi (Excel): 2 đơn vị, nhóm Xã, phường"


def test_the_letter_is_named_by_its_moment_and_written_to_the_log(seed: people.Seed, as_team: people.Browser) -> None:
    answer = as_team.get(f"{PAGE}/cong-van")
    assert answer.headers["Content-Disposition"] == "attachment; filename=cong-van-don-doc-20231220-0900.docx"
    with database.connection():
        said = Event.select().order_by(Event.id.desc()).get()
    assert (said.action, said.subject) == ("exported", "Công văn đôn đốc (Word): 3 đơn vị")
    text = "\n".join(each.text for each in letter_of(as_team).paragraphs)
    assert "gửi đúng hạn, tại địa chỉ http://localhost." in text
    assert "điện thoại 0294 3832 113." in text


def test_hostile_text_stays_text(seed: people.Seed, as_team: people.Browser) -> None:
    values = {"name": HOSTILE, "contact": "@cmd", "contact_position": "+1\x0b2", "phone": '"><b>0</b>'}
    change(Unit, Unit.code == "P1", **values)
    page = page_of(as_team)
    assert listed(page) == [VHTT, HOSTILE, LT]
    assert f"2. {HOSTILE}\n3. {LT}" in message(page)
    assert not page.select("main script, main b")
    sheet = sheet_of(as_team)
    assert cells(sheet)[1][3] == HOSTILE
    assert cells(sheet)[1][10:13] == ["@cmd", "+12", '"><b>0</b>']
    assert "f" not in {cell.data_type for line in sheet.iter_rows() for cell in line}
    assert reminded_in(letter_of(as_team)) == [VHTT, HOSTILE, LT]


def more_units(seed: people.Seed, count: int) -> list[str]:
    with database.connection():
        more: list[Any] = [
            people.make_unit(f"X{number}", f"Ủy ban nhân dân xã số {number}", "XP", number + 10)
            for number in range(count)
        ]
        add_reports(seed.round, more)
    return [unit.name for unit in more]


@pytest.fixture
def queries() -> Callable[[people.Browser, str], int]:
    def count(browser: people.Browser, address: str) -> int:
        with count_queries() as counter:
            assert browser.get(address).status_code == 200
        return int(counter.count)

    return count


@pytest.mark.parametrize("path", ["", "/excel", "/cong-van"])
def test_a_thousand_units_take_no_more_queries_than_three(
    seed: people.Seed, as_team: people.Browser, path: str, queries: Callable[[people.Browser, str], int]
) -> None:
    before = queries(as_team, PAGE + path)
    names = more_units(seed, 1000)
    assert Everywhere.seen_by(as_team) == everywhere([VHTT, P1, LT, *names])
    assert "1.003/1.003 đơn vị chưa gửi (1.003 chưa nhập)" in page_of(as_team).get_text()
    assert queries(as_team, PAGE + path) == before
