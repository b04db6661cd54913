"""A unit asks for its sent report on its pages, and the Team answers on its own."""

from __future__ import annotations

import html5lib
import people
import pytest
from flask import Flask
from pages import soup, words

from nhanquyen.store import database
from nhanquyen.store.models import Decision, Recall, Report

REASON = "Nội dung 1 thiếu <b>hai</b> cuộc."
ANSWER = "Số liệu đã chốt.\nBổ sung vào báo cáo năm."


def recalls() -> list[Recall]:
    with database.connection():
        return list(Recall.select().order_by(Recall.id))


@pytest.fixture
def report(app: Flask, seed: people.Seed, as_unit: people.Browser, as_team: people.Browser) -> Report:
    """Phường 1's report, sent and being read."""
    found = seed.report("P1")
    as_unit.post(f"/bao-cao/{found.id}/luu", {**people.complete_answers(), "ver": "0"}, htmx=True)
    assert as_unit.post(f"/bao-cao/{found.id}/gui", {"khong_mat": "1"}).status_code == 303
    assert as_team.post(f"/tong-hop/bao-cao/{found.id}/xem-xet", {"lan_gui": "1"}).status_code == 303
    return seed.report("P1")


def ask_page(report: Report) -> str:
    return f"/bao-cao/{report.id}/xin-lay-lai"


def review_page(report: Report, verb: str = "") -> str:
    return f"/tong-hop/bao-cao/{report.id}{verb}"


@pytest.fixture
def asked(report: Report, as_unit: people.Browser) -> Recall:
    """The request that Phường 1 made."""
    assert as_unit.post(ask_page(report), {"ly_do": REASON}).status_code == 303
    (found,) = recalls()
    return found


@pytest.mark.parametrize("verb", ["xem", "bien-nhan/1"])
def test_the_way_is_offered_where_the_report_cannot_be_taken_back(
    report: Report, as_unit: people.Browser, as_team: people.Browser, verb: str
) -> None:
    for _ in range(2):
        page = soup(as_unit.get(f"/bao-cao/{report.id}/{verb}"))
        assert not page.select("a[href$='/rut-lai']")
        (link,) = page.select("a[href$='/xin-lay-lai']")
        form = soup(as_unit.get(str(link["href"]))).select_one("main form")
        assert form is not None
        assert form["action"] == ask_page(report)
        as_team.post(review_page(report, "/tiep-nhan"), {"lan_gui": "1"})
    assert "tiếp nhận nên không sửa được nữa. Cần sửa thì xin lấy lại" in words(
        as_unit.get(f"/bao-cao/{report.id}/xem")
    )


def test_an_older_receipt_offers_nothing(
    report: Report, asked: Recall, as_unit: people.Browser, as_team: people.Browser
) -> None:
    as_team.post(review_page(report, "/tra-lai"), {"lan_gui": "1", "chon-n1": "1"})
    as_unit.post(f"/bao-cao/{report.id}/gui", {"khong_mat": "1"})
    as_team.post(review_page(report, "/xem-xet"), {"lan_gui": "2"})
    assert soup(as_unit.get(f"/bao-cao/{report.id}/bien-nhan/2")).select("a[href$='/xin-lay-lai']")
    old = as_unit.get(f"/bao-cao/{report.id}/bien-nhan/1")
    assert not soup(old).select("a[href$='/xin-lay-lai']")
    assert "xin lấy lại" not in words(old)


def test_asking_twice_makes_one_request_that_the_unit_sees(
    report: Report, asked: Recall, as_unit: people.Browser, clock: people.SettableClock
) -> None:
    assert (asked.reason, asked.revision, asked.asked_at) == (REASON, 1, clock())
    assert "Đã gửi yêu cầu lấy lại báo cáo" in words(as_unit.get(f"/bao-cao/{report.id}/xem"))
    again = as_unit.post(ask_page(report), {"ly_do": "Lý do khác."}, follow_redirects=True)
    assert "đang chờ trả lời; không gửi thêm" in words(again)
    assert [each.id for each in recalls()] == [asked.id]
    for page in (again, as_unit.get(f"/bao-cao/{report.id}/bien-nhan/1"), as_unit.get(ask_page(report))):
        assert "đang chờ Đội Tổng hợp trả lời" in words(page)
        assert f"lý do: {REASON}" in words(page)
        assert not soup(page).select("textarea, main a[href$='/xin-lay-lai']")


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 2001])
def test_a_reason_is_asked_for_and_what_was_typed_is_kept(report: Report, as_unit: people.Browser, reason: str) -> None:
    answer = as_unit.post(ask_page(report), {"ly_do": reason})
    html5lib.HTMLParser(strict=True).parse(answer.get_data(as_text=True))
    page = soup(answer)
    assert answer.status_code == 422
    assert "Ghi lý do xin lấy lại báo cáo, nhiều nhất 2000 ký tự" in page.get_text()
    assert page.select_one(".error-summary a[href='#ly_do']")
    area = page.select_one("#ly_do")
    assert area is not None
    assert area.get_text().strip() == reason.strip()
    assert as_unit.post(ask_page(report)).status_code == 422
    assert recalls() == []


def test_there_is_a_shorter_way_while_the_team_has_not_begun(
    seed: people.Seed, as_unit: people.Browser, as_team: people.Browser
) -> None:
    report = seed.report("P1")
    page = as_unit.get(ask_page(report))
    assert "Báo cáo đang ở đơn vị, sửa được ngay." in words(page)
    as_unit.post(f"/bao-cao/{report.id}/luu", {**people.complete_answers(), "ver": "0"}, htmx=True)
    assert as_unit.post(ask_page(report), {"ly_do": REASON}).status_code == 409
    as_unit.post(f"/bao-cao/{report.id}/gui", {"khong_mat": "1"})
    page = as_unit.get(ask_page(report))
    assert soup(page).select("main a[href$='/rut-lai']")
    assert not soup(page).select("textarea")
    answer = as_unit.post(ask_page(report), {"ly_do": REASON})
    assert answer.status_code == 409
    assert "Bấm “Rút lại để sửa”" in words(answer)
    assert REASON in words(answer)
    assert recalls() == []


def test_a_stranger_asks_for_nothing(report: Report, as_other: people.Browser) -> None:
    assert as_other.get(ask_page(report)).status_code == 404
    assert as_other.post(ask_page(report), {"ly_do": REASON}).status_code == 404
    assert recalls() == []


# --- The Team ------------------------------------------------------------------------------------------------------


def test_the_request_stands_on_the_board_and_leads_there(
    app: Flask, seed: people.Seed, report: Report, as_team: people.Browser, as_unit: people.Browser
) -> None:
    assert "xin lấy lại báo cáo" not in words(as_team.get("/tong-hop"))
    as_unit.post(ask_page(report), {"ly_do": REASON})
    page = soup(as_team.get("/tong-hop"))
    row = next(line for line in page.select(".board-table tbody tr") if "Phường 1" in line.get_text())
    assert "xin lấy lại" in row.get_text()
    (link,) = [a for a in page.select("#board-units a") if "1 đơn vị xin lấy lại báo cáo" in a.get_text()]
    found = soup(as_team.get(str(link["href"])))
    names = [cell.get_text(strip=True) for cell in found.select(".board-table tbody th")]
    assert names == ["Ủy ban nhân dân Phường 1"]
    box = found.select_one("form.filters input[name=xin_lai]")
    assert box is not None
    assert box.has_attr("checked")
    assert any("Xin lấy lại báo cáo" in chip.get_text() for chip in found.select(".chips a"))


def test_the_team_reads_the_reason_and_cannot_accept_over_it(
    seed: people.Seed, report: Report, asked: Recall, as_team: people.Browser, as_admin: people.Browser
) -> None:
    page = as_team.get(review_page(report))
    html5lib.HTMLParser(strict=True).parse(page.get_data(as_text=True))
    assert "Đơn vị xin lấy lại báo cáo" in words(page)
    assert REASON in words(page)
    assert not soup(page).select("form[action$='/tiep-nhan']")
    answer = as_team.post(review_page(report, "/tiep-nhan"), {"lan_gui": "1"})
    assert answer.status_code == 409
    assert "Đơn vị đang xin lấy lại báo cáo này" in words(answer)
    assert (seed.report("P1").status, recalls()[0].answered_at) == ("sent", None)
    admin = as_admin.get(review_page(report))
    assert REASON in words(admin)
    assert not soup(admin).select("textarea")


def test_returning_grants_with_the_units_own_reason(
    seed: people.Seed, report: Report, asked: Recall, as_team: people.Browser, as_unit: people.Browser
) -> None:
    as_team.post(review_page(report, "/tra-lai"), {"lan_gui": "1", "chon-n1": "1", "chon-n2": "1", "ly-do-n2": "Sửa."})
    assert seed.report("P1").status == "returned"
    with database.connection():
        reasons = dict(Decision.get().reasons)
    assert reasons == {"n1": f"Trả lại theo yêu cầu của đơn vị: {REASON}", "n2": "Sửa."}
    (answered,) = recalls()
    assert (answered.granted, answered.answered_by_id) == (True, seed.accounts["tonghop"].id)  # type: ignore[attr-defined]
    assert REASON in words(as_unit.get("/bao-cao"))
    text = words(as_team.get(review_page(report)))
    assert "Đơn vị xin lấy lại lúc" in text
    assert "Đã trả lại lúc" in text
    assert "đơn vị xin lấy lại báo cáo" not in words(as_team.get("/tong-hop"))


def test_declining_is_answered_to_the_unit(
    seed: people.Seed, report: Report, asked: Recall, as_team: people.Browser, as_unit: people.Browser
) -> None:
    answer = as_team.post(review_page(report, "/khong-tra-lai"), {"yeu_cau": str(asked.id), "tra_loi": ANSWER})
    assert (answer.status_code, answer.location) == (303, review_page(report))
    (declined,) = recalls()
    assert (declined.granted, declined.answer) == (False, ANSWER)
    assert seed.report("P1").status == "sent"
    for verb in ("xem", "bien-nhan/1"):
        page = as_unit.get(f"/bao-cao/{report.id}/{verb}")
        assert "Đội Tổng hợp không trả lại báo cáo" in words(page)
        assert "Bổ sung vào báo cáo năm." in words(page)
        assert soup(page).select("a[href$='/xin-lay-lai']"), "and the unit may ask again"
    assert as_team.post(review_page(report, "/tiep-nhan"), {"lan_gui": "1"}).status_code == 303
    assert "Không trả lại lúc" in words(as_team.get(review_page(report)))
    twice = as_team.post(review_page(report, "/khong-tra-lai"), {"yeu_cau": str(asked.id), "tra_loi": "Nữa."})
    assert twice.status_code == 409
    assert "đã được trả lời" in words(twice)
    assert recalls()[0].answer == ANSWER


@pytest.mark.parametrize(
    ("given", "status"),
    [({}, 422), ({"tra_loi": " \n"}, 422), ({"tra_loi": "x" * 2001}, 422), ({"tra_loi": "Không.", "yeu_cau": "x"}, 400),
     ({"tra_loi": "Không.", "yeu_cau": "9" * 25}, 409), ({"tra_loi": "Không.", "yeu_cau": "-1"}, 409)],
)  # fmt: skip
def test_an_answer_that_says_nothing_is_refused_and_kept(
    report: Report, asked: Recall, as_team: people.Browser, given: dict[str, str], status: int
) -> None:
    answer = as_team.post(review_page(report, "/khong-tra-lai"), {"yeu_cau": str(asked.id), **given})
    assert answer.status_code == status
    if status == 422:
        area = soup(answer).select_one("#tra_loi")
        assert area is not None
        assert area.get_text().strip() == given.get("tra_loi", "").strip()
    assert recalls()[0].answered_at is None
