"""Review: read, begin, accept, return; and the report that changed under the reader."""

from __future__ import annotations

import html
from datetime import timedelta

import people
import pytest
from flask import Flask

from nhanquyen.store import database
from nhanquyen.store.models import Decision, Event, Report

REASON = "Số lượt người chưa khớp với bảng chi tiết.\nĐề nghị bổ sung."


@pytest.fixture
def sent(app: Flask, seed: people.Seed, as_unit: people.Browser) -> Report:
    """Phường 1's report, sent once."""
    report = seed.report("P1")
    as_unit.post(f"/bao-cao/{report.id}/luu", {**people.complete_answers(), "ver": "0"}, htmx=True)
    assert as_unit.post(f"/bao-cao/{report.id}/gui", {"khong_mat": "1"}).status_code == 303
    return seed.report("P1")


def address(report: Report, verb: str = "") -> str:
    return f"/tong-hop/bao-cao/{report.id}{verb}"


def actions() -> list[str]:
    with database.connection():
        return [event.action for event in Event.select().order_by(Event.id)]


def test_reading_does_not_begin_the_review(
    seed: people.Seed, sent: Report, as_team: people.Browser, as_unit: people.Browser
) -> None:
    text = as_team.get(address(sent)).get_data(as_text=True)
    assert "1.240 lượt" in text
    assert "đơn vị còn tự rút lại" in text
    assert seed.report("P1").review_started_at is None
    assert as_unit.post(f"/bao-cao/{sent.id}/rut-lai").status_code == 303
    assert seed.report("P1").status == "drafting"


def test_after_the_review_began_the_unit_cannot_withdraw(
    seed: people.Seed, sent: Report, as_team: people.Browser, as_unit: people.Browser, clock: people.SettableClock
) -> None:
    assert as_team.post(address(sent, "/xem-xet"), {"lan_gui": "1"}).status_code == 303
    assert seed.report("P1").review_started_at == clock.now
    answer = as_unit.post(f"/bao-cao/{sent.id}/rut-lai")
    assert answer.status_code == 409
    assert "xin lấy lại báo cáo" in answer.get_data(as_text=True)
    assert seed.report("P1").status == "sent"
    assert actions()[-1] == "review_begun"


def test_accepting_is_done_once_and_stated(
    seed: people.Seed, sent: Report, as_team: people.Browser, clock: people.SettableClock
) -> None:
    for _ in range(2):
        assert as_team.post(address(sent, "/tiep-nhan"), {"lan_gui": "1"}).status_code == 303
    report = seed.report("P1")
    assert (report.status, report.accepted_at, report.accepted_by.username) == ("accepted", clock.now, "tonghop")
    assert Decision.select().count() == 1
    assert actions().count("report_accepted") == 1
    assert "Đã tiếp nhận báo cáo của Ủy ban nhân dân Phường 1" in as_team.get(address(sent)).get_data(as_text=True)


def test_returning_reopens_that_report_alone_and_tells_why(
    seed: people.Seed, sent: Report, as_team: people.Browser, as_unit: people.Browser
) -> None:
    as_team.post(address(sent, "/tiep-nhan"), {"lan_gui": "1"})
    given = {"lan_gui": "1", "chon-n1": "1", "ly-do-n1": REASON}
    assert as_team.post(address(sent, "/tra-lai"), given).status_code == 303
    report = seed.report("P1")
    assert (report.status, report.accepted_at, report.review_started_at) == ("returned", None, None)
    assert seed.report("LT").status == "not_started"
    assert dict(Decision.select().order_by(Decision.id.desc()).get().reasons) == {"n1": REASON}
    page = as_unit.get("/bao-cao").get_data(as_text=True)
    assert "Số lượt người chưa khớp với bảng chi tiết." in page
    assert page.count("Lý do trả lại:") == 1
    assert "Cần bổ sung" in page
    assert as_unit.post(f"/bao-cao/{sent.id}/gui", {"khong_mat": "1"}).status_code == 303
    assert (seed.report("P1").status, seed.report("P1").revision) == ("resent", 2)
    assert "Số lượt người chưa khớp" not in as_unit.get(f"/bao-cao/{sent.id}/xem").get_data(as_text=True)
    first = as_team.get(address(sent, "/lan-gui/1"))
    assert first.status_code == 200
    assert "1.240 lượt" in first.get_data(as_text=True)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "Đánh dấu ít nhất một nội dung"),
        ({"ly-do-n1": REASON}, "Nội dung 1 có lý do nhưng chưa đánh dấu"),
        ({"chon-n2": "1", "ly-do-n2": "x", "ly-do-n1": REASON}, "Nội dung 1 có lý do nhưng chưa đánh dấu"),
        ({"chon-n2": "1", "chon-n1": "1", "ly-do-n1": REASON}, "Ghi lý do trả lại nội dung 2"),
        ({"chon-n1": "1", "ly-do-n1": "   "}, "Ghi lý do trả lại nội dung 1"),
        ({"chon-n1": "1", "ly-do-n1": "x" * 2001}, "nhiều nhất 2000 ký tự"),
    ],
)
def test_a_return_without_reasons_is_refused_and_keeps_what_was_typed(
    seed: people.Seed, sent: Report, as_team: people.Browser, given: dict[str, str], told: str
) -> None:
    answer = as_team.post(address(sent, "/tra-lai"), {"lan_gui": "1", **given})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert told in text
    assert given.get("ly-do-n1", "").strip().split("\n")[0] in text
    assert seed.report("P1").status == "sent"
    assert Decision.select().count() == 0


@pytest.mark.parametrize("verb", ["/tiep-nhan", "/tra-lai", "/xem-xet"])
def test_a_report_that_changed_under_the_reader_is_not_decided(
    seed: people.Seed, sent: Report, as_team: people.Browser, as_unit: people.Browser, verb: str
) -> None:
    as_unit.post(f"/bao-cao/{sent.id}/rut-lai")
    as_unit.post(f"/bao-cao/{sent.id}/gui", {"khong_mat": "1"})
    answer = as_team.post(address(sent, verb), {"lan_gui": "1", "chon-n1": "1", "ly-do-n1": REASON})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "vừa thay đổi" in text
    assert verb != "/tra-lai" or REASON.split("\n")[0] in text
    assert seed.report("P1").status == "sent"
    assert Decision.select().count() == 0


@pytest.mark.parametrize("number", ["", "x", "99999999999999999999", "-1"])
def test_a_revision_that_is_no_number_is_bad_input(
    seed: people.Seed, sent: Report, as_team: people.Browser, number: str
) -> None:
    answer = as_team.post(address(sent, "/tiep-nhan"), {"lan_gui": number})
    assert answer.status_code in (400, 409)
    assert seed.report("P1").status == "sent"


def test_a_report_that_arrived_in_time_does_not_become_late_by_being_returned(
    app: Flask, seed: people.Seed, sent: Report, clock: people.SettableClock
) -> None:
    clock.now = seed.round.due_at + timedelta(days=2)
    team, unit = people.Browser(app).sign_in("tonghop"), people.Browser(app).sign_in("p1")
    assert "Trễ hạn" not in team.get(address(sent)).get_data(as_text=True)
    team.post(address(sent, "/tra-lai"), {"lan_gui": "1", "chon-n1": "1", "ly-do-n1": REASON})
    answer = unit.post(f"/bao-cao/{sent.id}/gui", {"khong_mat": "1"}, follow_redirects=True)
    for page in (answer, unit.get("/bao-cao", follow_redirects=True), team.get(address(sent))):
        assert "Trễ hạn" not in page.get_data(as_text=True)
    unit.post(f"/bao-cao/{sent.id}/rut-lai")
    assert (seed.report("P1").status, seed.report("P1").arrived_at) == ("returned", sent.arrived_at)


def test_a_unit_that_takes_its_report_back_after_the_due_time_is_late(
    app: Flask, seed: people.Seed, sent: Report, clock: people.SettableClock
) -> None:
    clock.now = seed.round.due_at + timedelta(days=2)
    unit = people.Browser(app).sign_in("p1")
    unit.post(f"/bao-cao/{sent.id}/rut-lai")
    assert "Trễ hạn 2 ngày" in unit.get("/bao-cao").get_data(as_text=True)
    answer = unit.post(f"/bao-cao/{sent.id}/gui", {"khong_mat": "1"}, follow_redirects=True)
    assert "Trễ hạn 2 ngày" in answer.get_data(as_text=True)


def test_the_way_back_leads_to_the_board_as_it_was_filtered(sent: Report, as_team: people.Browser) -> None:
    board = as_team.get("/tong-hop?q=phuong&tinh_trang=sent").get_data(as_text=True)
    link = f"{address(sent)}?q=phuong&amp;tinh_trang=sent"
    assert link in board
    assert '/tong-hop?q=phuong&amp;tinh_trang=sent"' in as_team.get(html.unescape(link)).get_data(as_text=True)


def test_the_board_says_what_is_being_read(sent: Report, as_team: people.Browser) -> None:
    assert "đang xem xét" not in as_team.get("/tong-hop").get_data(as_text=True)
    as_team.post(address(sent, "/xem-xet"), {"lan_gui": "1"})
    assert "đang xem xét" in as_team.get("/tong-hop").get_data(as_text=True)
    as_team.post(address(sent, "/tiep-nhan"), {"lan_gui": "1"})
    assert "đang xem xét" not in as_team.get("/tong-hop").get_data(as_text=True)


def test_a_draft_is_shown_as_such(seed: people.Seed, as_unit: people.Browser, as_team: people.Browser) -> None:
    report = seed.report("P1")
    as_unit.post(f"/bao-cao/{report.id}/luu", {"n1-so_lieu-0-so_cuoc": "7", "ver": "0"}, htmx=True)
    text = as_team.get(address(report)).get_data(as_text=True)
    assert "Đơn vị đang soạn, chưa gửi" in text
    assert "7 cuộc" in text
    assert "Tiếp nhận</button>" not in text


def test_the_admin_reads_and_decides_nothing(sent: Report, as_admin: people.Browser) -> None:
    text = as_admin.get(address(sent)).get_data(as_text=True)
    assert "Tiếp nhận</button>" not in text
    assert as_admin.post(address(sent, "/tiep-nhan"), {"lan_gui": "1"}).status_code == 403


def test_a_missing_report_or_revision_is_404(sent: Report, as_team: people.Browser) -> None:
    for place in ("/tong-hop/bao-cao/999999", address(sent, "/lan-gui/9"), address(sent, "/lan-gui/0")):
        assert as_team.get(place).status_code == 404
