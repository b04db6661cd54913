"""The Team enters a report from paper: begun, filled on the unit's own screens, sent, marked; and who may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from urllib.parse import urlsplit

import openpyxl
import people
import pytest
from bs4 import BeautifulSoup
from flask import Flask
from pages import form_of, pairs_of, shown, soup, words
from werkzeug.test import TestResponse

from nhanquyen.clock import VIETNAM
from nhanquyen.form.patch import BASE_PREFIX
from nhanquyen.store import database
from nhanquyen.store.accounts import Role
from nhanquyen.store.models import Attachment, Entry, Event, Report, Revision, Round
from nhanquyen.web.access import roles_of

SESSIONS, BROADCASTS = "n1-so_lieu-0-so_cuoc", "n1-so_lieu-0-so_luot_phat_thanh"
HARD = "n5-danh_gia-0-kho_khan"
TICK = {"khong_mat": "1"}
PAPER = {"day": "20/12/2023", "clock": "09:00"}
AT = datetime(2023, 12, 20, 9, 0, tzinfo=VIETNAM)


def address(seed: people.Seed, verb: str = "", code: str = "P1") -> str:
    return f"/bao-cao/{seed.report(code).id}{verb}"


def review(seed: people.Seed, verb: str = "") -> str:
    return f"/tong-hop{address(seed, verb)}"


def begin(browser: people.Browser, seed: people.Seed, **typed: str) -> TestResponse:
    return browser.post(review(seed, "/nhap-thay"), PAPER | typed)


def autosave(browser: people.Browser, seed: people.Seed, typed: dict[str, str]) -> TestResponse:
    return browser.post(address(seed, "/luu"), {"ver": str(seed.report("P1").version), **typed}, htmx=True)


def mark(seed: people.Seed) -> tuple[datetime | None, str | None, datetime | None]:
    """What stands on the report of being entered."""
    report = seed.report("P1")
    return report.entered_at, report.entered_by.username if report.entered_by else None, report.paper_at


UNMARKED = (None, None, None)


def events(*wanted: str) -> list[tuple[str, str]]:
    with database.connection():
        found = Event.select().where(Event.action.in_(wanted)).order_by(Event.id)
        return [(event.action, event.subject) for event in found]


@pytest.fixture
def entering(as_team: people.Browser, seed: people.Seed) -> people.Browser:
    """The Team, which has begun to enter Phường 1's report."""
    assert begin(as_team, seed).location == address(seed, "/nhap-thay")
    return as_team


@pytest.fixture
def complete(entering: people.Browser, seed: people.Seed) -> people.Browser:
    """The Team, which has entered all of Phường 1's report."""
    assert autosave(entering, seed, people.complete_answers()).status_code == 200
    return entering


# --- Beginning and stopping ----------------------------------------------------------------------------------------


def test_it_begins_on_the_review_page_with_when_the_paper_came_in(
    as_team: people.Browser, as_unit: people.Browser, as_admin: people.Browser, seed: people.Seed,
    clock: people.SettableClock,
) -> None:  # fmt: skip
    link = soup(as_team.get(review(seed))).find("a", string="Nhập thay")
    assert link is not None
    assert soup(as_admin.get(review(seed))).find("a", string="Nhập thay") is None
    clock.move(minutes=30)
    page = soup(as_team.get(str(link["href"])))
    assert (shown(page, "day"), shown(page, "clock")) == ("20/12/2023", "09:30")
    assert mark(seed) == UNMARKED
    answer = begin(as_team, seed)
    assert (answer.status_code, answer.location) == (303, address(seed, "/nhap-thay"))
    assert mark(seed) == (clock(), "tonghop", AT)
    assert seed.report("P1").status == "not_started"
    assert events("entering_begun") == [("entering_begun", "Bản giấy nhận lúc 09:00 ngày 20/12/2023")]
    page = soup(as_team.get(answer.location))
    banner = page.select_one("main [role=note]")
    assert banner is not None
    entering = "Đang nhập thay Ủy ban nhân dân Phường 1 , bản của đơn vị nhận lúc 09:00 ngày 20/12/2023"
    assert entering in banner.get_text(" ")
    assert "Đội Tổng hợp đang nhập thay" in words(as_unit.get("/bao-cao"))
    assert as_team.get(review(seed, "/nhap-thay")).location == address(seed, "/nhap-thay")


def test_beginning_again_changes_nothing(entering: people.Browser, seed: people.Seed) -> None:
    before = mark(seed)
    answer = begin(entering, seed, clock="08:59")
    assert answer.status_code == 422  # before the round was opened
    entering.post(review(seed, "/nhap-thay"), {"day": "20/12/2023", "clock": "9 giờ"})
    assert mark(seed) == before
    assert len(events("entering_begun")) == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"clock": "09:01"}, "Thời điểm này chưa đến"),
        ({"day": "31/12/2099"}, "Thời điểm này chưa đến"),
        ({"clock": "23:59"}, "Thời điểm này chưa đến"),
        ({"clock": "08:59"}, "từ lúc mở đợt báo cáo (09:00 ngày 20/12/2023)"),
        ({"day": "01/01/2000"}, "từ lúc mở đợt báo cáo"),
        ({"day": ""}, "Nhập ngày theo ngày/tháng/năm"),
        ({"day": "x" * 100_000}, "Nhập ngày theo ngày/tháng/năm"),
        ({"clock": "chín giờ"}, "Nhập giờ theo giờ:phút"),
    ],
)
def test_a_time_that_cannot_be_comes_back(
    as_team: people.Browser, seed: people.Seed, typed: dict[str, str], told: str
) -> None:
    answer = begin(as_team, seed, **typed)
    page = soup(answer)
    assert answer.status_code == 422
    assert told in page.get_text(" ", strip=True)
    assert {name: shown(page, name) for name in typed} == typed
    assert mark(seed) == UNMARKED
    assert events("entering_begun") == []


def test_what_is_sent_or_not_asked_cannot_be_begun(
    as_team: people.Browser, as_unit: people.Browser, seed: people.Seed
) -> None:
    autosave(as_unit, seed, people.complete_answers())
    as_unit.post(address(seed, "/gui"), TICK)
    assert as_team.get(review(seed, "/nhap-thay")).location == review(seed)
    assert "đã gửi nên không nhập thay được" in words(as_team.get(review(seed)))
    assert soup(as_team.get(review(seed))).find("a", string="Nhập thay") is None
    answer = begin(as_team, seed)
    assert (answer.status_code, mark(seed)) == (409, UNMARKED)
    with database.connection():
        Report.update(asked=False, status="drafting").execute()
    assert begin(as_team, seed).status_code == 409
    assert mark(seed) == UNMARKED


def test_it_stops_while_nothing_was_sent_and_leaves_what_was_typed(
    entering: people.Browser, as_unit: people.Browser, seed: people.Seed
) -> None:
    autosave(entering, seed, {SESSIONS: "7"})
    stop = form_of(soup(entering.get(review(seed))), "form[action$='/thoi-nhap-thay']")
    for _ in range(2):
        assert entering.post(str(stop["action"])).location == review(seed)
    assert (mark(seed), seed.value(SESSIONS)) == (UNMARKED, 7)
    assert events("entering_ended") == [("entering_ended", "")]
    assert "Đội Tổng hợp đang nhập thay" not in words(as_unit.get("/bao-cao"))
    assert entering.get(address(seed, "/nhap-thay")).location == review(seed, "/nhap-thay")


def test_what_was_sent_is_not_stopped_any_more(complete: people.Browser, seed: people.Seed) -> None:
    complete.post(address(seed, "/gui"), TICK)
    answer = complete.post(review(seed, "/thoi-nhap-thay"))
    assert answer.status_code == 409
    assert "đã gửi nên không thôi được nữa" in words(answer)
    assert mark(seed)[1] == "tonghop"


# --- The unit's own screens ----------------------------------------------------------------------------------------


def leads(page: BeautifulSoup) -> set[tuple[str, str]]:
    """Where the links, forms and htmx of a page lead, with the method."""
    found = {("GET", str(tag["href"])) for tag in page.select("main a[href^='/']")}
    found |= {("POST", str(tag["action"])) for tag in page.select("main form[method=post]")}
    return found | {("POST", str(tag["hx-post"])) for tag in page.select("main [hx-post]")}


def test_every_way_on_every_page_is_open_to_the_team(app: Flask, complete: people.Browser, seed: people.Seed) -> None:
    complete.post(address(seed), {"action": "them.n1.chi_tiet"})
    pages = [
        "/nhap-thay",
        "/nhap-thay?kiem-tra=1",
        "/kiem-tra",
        "/xem",
        "/minh-chung",
        "/minh-chung?noi=n3-khau_hieu-kh1",
    ]
    row = Entry.select().where(Entry.block == "chi_tiet").get().row
    complete.post(address(seed), {"action": f"xoa.n1.chi_tiet.{row}"})
    assert walk(app, complete, [address(seed, page) for page in pages]) >= 10
    complete.post(address(seed, "/gui"), TICK)
    assert seed.report("P1").status == "sent"
    assert walk(app, complete, [address(seed, page) for page in ("/bien-nhan/1", "/lan-gui/1", "/rut-lai")]) >= 5


def walk(app: Flask, browser: people.Browser, pages: list[str]) -> int:
    """Every lead of *pages* must be open to the role; how many there were."""
    routes, ways = app.url_map.bind("localhost"), set()
    for page in pages:
        answer = browser.get(page)
        assert answer.status_code == 200, page
        ways |= leads(soup(answer))
    for method, way in ways:
        endpoint, _ = routes.match(urlsplit(way).path, method=method)
        roles = roles_of(app, endpoint)
        assert roles == frozenset() or Role.SYNTHESIS in (roles or ()), way
        assert method == "POST" or browser.get(way).status_code in (200, 303), way
    return len(ways)


def test_the_form_saves_rows_evidence_and_figures(entering: people.Browser, seed: people.Seed) -> None:
    answer = autosave(entering, seed, {SESSIONS: "nhiều"})
    assert (answer.status_code, seed.value(SESSIONS)) == (200, "nhiều")
    answer = entering.post(address(seed), {"action": "luu", HARD: "Không", "ver": "1"})
    assert (answer.location, seed.value(HARD)) == (address(seed, "/nhap-thay"), "Không")
    answer = entering.post(address(seed), {"action": "them.n1.chi_tiet"})
    row = Entry.select().where(Entry.block == "chi_tiet").get().row
    assert answer.location == address(seed, f"/nhap-thay#row-n1-chi_tiet-{row}")
    fragment = entering.post(address(seed), {"action": f"chep.n1.chi_tiet.{row}"}, htmx=True)
    assert len(soup(fragment).select(".row-card")) == 2
    assert entering.post(address(seed), {"action": f"minh-chung.n1.chi_tiet.{row}"}).status_code == 303
    upload = {"noi": f"n1-chi_tiet-{row}", "tep": (BytesIO(b"%PDF-1.4\n1 0 obj\n%%EOF\n"), "ban ky.pdf")}
    assert entering.post(address(seed, "/minh-chung"), upload).status_code == 303
    back = soup(entering.get(address(seed, f"/minh-chung?noi=n1-chi_tiet-{row}"))).select_one("main a")
    assert back is not None
    assert back["href"] == address(seed, f"/nhap-thay#row-n1-chi_tiet-{row}")
    assert Attachment.get().added_by.username == "tonghop"
    check = soup(entering.get(address(seed, "/kiem-tra")))
    faults = [str(link["href"]) for link in check.select(".error-summary a")]
    assert faults
    assert all(link.startswith(address(seed, "/nhap-thay?kiem-tra=1#")) for link in faults)
    assert entering.post(address(seed, "/gui"), TICK).status_code == 422
    assert ("report_saved", "Nhập thay") in events("report_saved")


def test_the_confirmation_of_no_secrets_stays(complete: people.Browser, seed: people.Seed) -> None:
    answer = complete.post(address(seed, "/gui"), {})
    assert answer.status_code == 422
    assert "không có bí mật nhà nước" in words(answer)
    assert Revision.select().count() == 0


# --- What was sent --------------------------------------------------------------------------------------------------


def test_it_is_sent_by_the_team_and_in_time_with_its_paper_and_marked_everywhere(
    app: Flask, complete: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    clock.now = seed.round.due_at + timedelta(days=3, hours=8)
    team, unit, admin = (people.Browser(app).sign_in(name) for name in ("tonghop", "p1", "quantri"))
    assert "Trễ hạn" not in words(team.get(address(seed, "/kiem-tra")))
    (row,) = [row for row in soup(team.get("/tong-hop")).select("tbody tr") if "Phường 1" in row.get_text()]
    assert "Đang soạn đang nhập thay: Đội Tổng hợp, từ 09:00 ngày 20/12/2023" in row.get_text(" ", strip=True)
    assert team.post(address(seed, "/gui"), TICK).location == address(seed, "/bien-nhan/1")
    report, revision = seed.report("P1"), Revision.get()
    assert (report.status, report.sent_at, report.arrived_at) == ("sent", clock(), AT)
    assert (revision.sent_by.username, revision.sent_at) == ("tonghop", clock())
    assert mark(seed) == (clock(), "tonghop", AT)
    paper, sent = "bản của đơn vị nhận lúc 09:00 ngày 20/12/2023", "07:59 ngày 26/12/2023"
    pages = {
        "unit's receipt": unit.get(address(seed, "/bien-nhan/1")),
        "unit's revision": unit.get(address(seed, "/lan-gui/1")),
        "unit's print view": unit.get(address(seed, "/xem")), "receipt": team.get(address(seed, "/bien-nhan/1")),
        "review": team.get(review(seed)), "revision": admin.get(review(seed, "/lan-gui/1")),
    }  # fmt: skip
    for name, answer in pages.items():
        text = words(answer)
        assert paper in text, name
        assert "hập thay" in text, name
        assert sent in text, name
        assert "Đội Tổng hợp" in text, name
        assert "Trễ hạn" not in text, name
    assert "(nhập thay)" in words(pages["review"])
    (row,) = [row for row in soup(team.get("/tong-hop")).select("tbody tr") if "Phường 1" in row.get_text()]
    assert f"Đã gửi nhập thay: Đội Tổng hợp, {sent}" in row.get_text(" ", strip=True)
    sheet = openpyxl.load_workbook(BytesIO(team.get("/tai-ve/excel").data))["Tình hình gửi"]
    cells = next(row for row in sheet.iter_rows(values_only=True) if row[1] == "P1")
    assert "Đúng hạn" in cells
    assert f"Đội Tổng hợp, {sent}" in cells
    log = words(admin.get("/quan-tri/nhat-ky?viec=report_sent"))
    assert "nhập thay, bản của đơn vị nhận lúc: 09:00 ngày 20/12/2023" in log


def test_a_late_paper_is_late(app: Flask, seed: people.Seed, clock: people.SettableClock) -> None:
    clock.now = seed.round.due_at + timedelta(days=5)
    team = people.Browser(app).sign_in("tonghop")
    begin(team, seed, day="24/12/2023", clock="16:00")
    autosave(team, seed, people.complete_answers())
    assert "Trễ hạn 2 ngày" in words(team.get(address(seed, "/nhap-thay")))
    assert "được ghi “Trễ hạn 2 ngày”" in words(team.get(address(seed, "/kiem-tra")))
    assert "Trễ hạn 2 ngày" in words(team.get("/tong-hop?q=phuong+1"))
    team.post(address(seed, "/gui"), TICK)
    for page in (address(seed, "/bien-nhan/1"), address(seed, "/xem"), review(seed), "/tong-hop?q=phuong+1"):
        assert "Trễ hạn 2 ngày" in words(team.get(page)), page


def test_the_closing_time_binds_the_unit_and_not_the_team(
    complete: people.Browser, as_unit: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    with database.connection():
        Round.update(closes_at=clock()).execute()
    clock.move(minutes=1)
    assert autosave(as_unit, seed, {SESSIONS: "4"}).status_code == 409
    assert as_unit.post(address(seed, "/gui"), TICK).status_code == 409
    assert autosave(complete, seed, {SESSIONS: "14"}).status_code == 200
    assert complete.get(address(seed, "/nhap-thay")).status_code == 200
    assert complete.post(address(seed, "/gui"), TICK).location == address(seed, "/bien-nhan/1")
    answer = autosave(complete, seed, {SESSIONS: "15"})
    assert (answer.status_code, seed.value(SESSIONS)) == (409, 14)
    assert complete.get(address(seed, "/nhap-thay")).location == address(seed, "/xem")
    complete.post(f"{review(seed)}/tiep-nhan", {"lan_gui": "1"})
    assert autosave(complete, seed, {SESSIONS: "15"}).status_code == 409
    assert seed.value(SESSIONS) == 14


def test_a_colleague_goes_on_where_another_began(
    app: Flask, complete: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    with database.connection():
        people.make_account("tonghop2", "Đội Tổng hợp – Lê Bình", Role.SYNTHESIS, None, clock())
    colleague = people.Browser(app).sign_in("tonghop2")
    assert autosave(colleague, seed, {SESSIONS: "13"}).status_code == 200
    assert colleague.post(address(seed, "/gui"), TICK).status_code == 303
    assert mark(seed)[1] == Revision.get().sent_by.username == "tonghop2"


# --- Whose report it is -----------------------------------------------------------------------------------------------


def unit_sends(unit: people.Browser, team: people.Browser, seed: people.Seed) -> None:
    assert unit.post(address(seed, "/gui"), TICK).status_code == 303


def team_stops(unit: people.Browser, team: people.Browser, seed: people.Seed) -> None:
    assert team.post(review(seed, "/thoi-nhap-thay")).status_code == 303


@pytest.mark.parametrize("step", [unit_sends, team_stops])
def test_what_the_team_still_types_comes_back_when_it_is_no_longer_its_to_enter(
    complete: people.Browser, as_unit: people.Browser, seed: people.Seed,
    step: Callable[[people.Browser, people.Browser, people.Seed], None],
) -> None:  # fmt: skip
    step(as_unit, complete, seed)
    assert mark(seed) == UNMARKED
    answer = autosave(complete, seed, {HARD: "chữ vừa gõ"})
    assert answer.status_code == 409
    assert "không nhập thay báo cáo này" in words(answer)
    page = complete.post(address(seed), {HARD: "chữ vừa gõ", "action": "luu", "ver": "1"})
    assert page.status_code == 409
    assert "chữ vừa gõ" in words(page)
    assert complete.post(address(seed, "/gui"), TICK).status_code == 409
    assert complete.post(address(seed, "/rut-lai")).status_code == 409
    assert complete.get(address(seed, "/xem")).status_code == 404
    assert complete.get(address(seed, "/nhap-thay")).location == review(seed, "/nhap-thay")
    assert seed.value(HARD) == "Không"


def test_what_the_unit_sends_itself_carries_no_mark(
    app: Flask, complete: people.Browser, as_unit: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    clock.move(minutes=10)
    unit_sends(as_unit, complete, seed)
    assert (mark(seed), seed.report("P1").arrived_at) == (UNMARKED, clock())
    for answer in (as_unit.get(address(seed, "/bien-nhan/1")), as_unit.get(address(seed, "/xem")),
                   complete.get(review(seed)), complete.get("/tong-hop?q=phuong+1")):  # fmt: skip
        assert "hập thay" not in words(answer)


def test_the_mark_goes_when_the_unit_takes_back_or_the_team_returns_it(
    complete: people.Browser, as_unit: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    complete.post(address(seed, "/gui"), TICK)
    assert as_unit.post(address(seed, "/rut-lai")).location == "/bao-cao"
    assert (mark(seed), seed.report("P1").arrived_at) == (UNMARKED, None)
    begin(complete, seed)
    complete.post(address(seed, "/gui"), TICK)
    assert complete.post(address(seed, "/rut-lai")).location == address(seed, "/nhap-thay")
    assert mark(seed)[1:] == ("tonghop", AT)
    complete.post(address(seed, "/gui"), TICK)
    given = {"lan_gui": "3", "chon-n1": "1", "ly-do-n1": "Thiếu trang 2."}
    complete.post(review(seed, "/tra-lai"), given)
    assert (mark(seed), seed.report("P1").arrived_at) == (UNMARKED, AT)
    clock.move(minutes=1)
    begin(complete, seed, clock="09:01")
    assert "Thiếu trang 2." in words(complete.get(address(seed, "/nhap-thay")))
    complete.post(address(seed, "/gui"), TICK)
    assert (seed.report("P1").status, seed.report("P1").arrived_at) == ("resent", AT)
    assert "bản của đơn vị nhận lúc 09:01" in words(as_unit.get(address(seed, "/lan-gui/4")))
    assert "bản của đơn vị nhận lúc 09:00" in words(as_unit.get(address(seed, "/lan-gui/1")))


def test_two_sides_on_one_field_see_both_values(
    entering: people.Browser, as_unit: people.Browser, app: Flask, seed: people.Seed
) -> None:
    autosave(as_unit, seed, {SESSIONS: "7"})
    answer = autosave(entering, seed, {SESSIONS: "8", BASE_PREFIX + SESSIONS: "", "ver": "0"})
    assert answer.status_code == 409
    assert "do Ủy ban nhân dân Phường 1 lúc 09:" in words(answer)
    assert "của bạn “8”, đang lưu “7”" in words(answer)
    assert seed.value(SESSIONS) == 7
    colleague = people.Browser(app).sign_in("tonghop")
    assert autosave(colleague, seed, {SESSIONS: "9", BASE_PREFIX + SESSIONS: "7"}).status_code == 200
    answer = autosave(entering, seed, {SESSIONS: "8", BASE_PREFIX + SESSIONS: "7", "ver": "0"})
    assert "do máy khác của bạn lúc 09:" in words(answer)
    answer = autosave(as_unit, seed, {SESSIONS: "8", BASE_PREFIX + SESSIONS: "7", "ver": "0"})
    assert "do Đội Tổng hợp lúc 09:" in words(answer)


def test_both_sides_saving_and_sending_at_once_lose_nothing_and_send_once(
    complete: people.Browser, as_unit: people.Browser, seed: people.Seed
) -> None:
    for browser in (complete, as_unit):
        browser.token()
    typed = [
        {SESSIONS: "21", BASE_PREFIX + SESSIONS: "12", "ver": "1"},
        {BROADCASTS: "33", BASE_PREFIX + BROADCASTS: "1.240", "ver": "1"},
    ]
    pairs = list(zip((complete, as_unit), typed, strict=True))
    url = address(seed, "/luu")
    answers = people.in_parallel(2, lambda number: pairs[number][0].post(url, pairs[number][1], htmx=True).status_code)
    assert answers == [200, 200]
    assert (seed.value(SESSIONS), seed.value(BROADCASTS)) == (21, 33)
    url = address(seed, "/gui")
    people.in_parallel(2, lambda number: pairs[number][0].post(url, TICK).status_code)
    (revision,) = Revision.select()
    assert mark(seed)[1] == ("tonghop" if revision.sent_by.username == "tonghop" else None)


def test_only_the_team_and_only_what_it_has_begun(
    as_team: people.Browser, as_other: people.Browser, as_admin: people.Browser, as_unit: people.Browser,
    seed: people.Seed,
) -> None:  # fmt: skip
    assert as_team.get(address(seed, "/nhap-thay")).location == review(seed, "/nhap-thay")
    for verb in ("/kiem-tra", "/xem", "/minh-chung", "/rut-lai", "/bien-nhan/1", "/lan-gui/1"):
        assert as_team.get(address(seed, verb)).status_code == 404, verb
    assert (
        begin(as_unit, seed).status_code
        == begin(as_other, seed).status_code
        == begin(as_admin, seed).status_code
        == 403
    )
    begin(as_team, seed)
    for verb in ("/kiem-tra", "/xem", "/minh-chung"):
        assert as_other.get(address(seed, verb)).status_code == 404, verb
        assert as_admin.get(address(seed, verb)).status_code == 403, verb
        assert as_team.get(address(seed, verb, "LT")).status_code == 404, verb
    assert autosave(as_other, seed, {SESSIONS: "1"}).status_code == 404
    assert autosave(as_admin, seed, {SESSIONS: "1"}).status_code == 403
    refused = as_team.client.post(address(seed, "/luu"), data={SESSIONS: "1", "ver": "0"})
    assert refused.status_code == 400
    assert as_team.post(address(seed, "/luu", "LT"), {SESSIONS: "1", "ver": "0"}).status_code == 409
    assert Entry.select().count() == 0


def test_after_a_lapsed_session_the_text_is_handed_back_to_the_team(
    entering: people.Browser, app: Flask, seed: people.Seed, clock: people.SettableClock
) -> None:
    clock.move(days=2)
    page = soup(entering.post(address(seed), {HARD: "chữ vừa gõ", "ver": "0", "action": "luu"}))
    form = dict(pairs_of(form_of(page))) | {"username": "tonghop", "password": people.PASSWORD}
    answer = entering.post("/dang-nhap", form)
    assert answer.status_code == 200
    again = form_of(soup(answer), "main form[action^='/bao-cao']")
    assert again["action"] == address(seed)
    entering._token = ""
    assert entering.post(str(again["action"]), pairs_of(again)).status_code == 303
    assert seed.value(HARD) == "chữ vừa gõ"
    other = people.Browser(app)
    form = {HARD: "chữ vừa gõ", "next": address(seed, code="LT"), "username": "tonghop", "password": people.PASSWORD}
    assert other.post("/dang-nhap", form).location == "/tong-hop"
