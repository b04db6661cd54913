"""Check, send, receipt, take back: over HTTP, with the row that each leaves."""

from __future__ import annotations

import html5lib
import people
import pytest
from flask import Flask
from pages import soup, words
from people import DIRECTIVE

from nhanquyen.form.check import check_report
from nhanquyen.store import database, reports
from nhanquyen.store.models import Event, Report, Revision, Round

TICK = {"khong_mat": "1"}


def address(seed: people.Seed, verb: str, code: str = "P1") -> str:
    return f"/bao-cao/{seed.report(code).id}/{verb}"


def fill(browser: people.Browser, seed: people.Seed, code: str = "P1", **typed: str) -> None:
    names = {name.replace("__", "-"): text for name, text in typed.items()}
    answers = {**people.complete_answers(), **names, "ver": str(seed.report(code).version)}
    assert browser.post(address(seed, "luu", code), answers, htmx=True).status_code == 200


@pytest.fixture
def complete(as_unit: people.Browser, seed: people.Seed) -> people.Browser:
    """The clerk of Phường 1, whose report can be sent."""
    fill(as_unit, seed)
    return as_unit


def revisions() -> list[Revision]:
    with database.connection():
        return list(Revision.select().order_by(Revision.id))


# --- Checking --------------------------------------------------------------------------------------------


def test_the_check_lists_every_fault_at_once_each_linked_to_its_field(
    as_unit: people.Browser, seed: people.Seed
) -> None:
    as_unit.post(f"/bao-cao/{seed.report('P1').id}", {"action": "them.n1.chi_tiet"})
    as_unit.post(f"/bao-cao/{seed.report('P1').id}", {"action": "them.n4.danh_muc"})
    typed = {"n1-so_lieu-0-so_cuoc": "nhiều", "n5-ky_bao_cao-0-so_lieu_tu": "32/13/2023",
             "n3-khau_hieu-kh1-bang_ron": "5", "ver": "2"}  # fmt: skip
    as_unit.post(address(seed, "luu"), typed, htmx=True)
    with database.connection():
        report = seed.report("P1")
        found = check_report(
            DIRECTIVE, reports.load_answers(report), reports.respondent_of(report), seed.round.opened_at.date()
        )
    answer = as_unit.get(address(seed, "kiem-tra"))
    html5lib.HTMLParser(strict=True).parse(answer.get_data(as_text=True))
    links = soup(answer).select(".error-summary a")
    blocking = [fault for fault in found if fault.blocks]
    assert len(links) == len(blocking) > 30
    assert [str(link["href"]).split("#")[1] for link in links] == [fault.address.name for fault in blocking]
    assert [link.get_text() for link in links] == [f"Nội dung {f.item.number}: {f.message}" for f in blocking]
    form = soup(as_unit.get("/bao-cao?kiem-tra=1"))
    for link in links:
        path, _, anchor = str(link["href"]).partition("#")
        assert path == "/bao-cao?kiem-tra=1"
        assert form.find(id=anchor) is not None, anchor
    assert f"Có {len(links)} chỗ cần sửa trước khi gửi" in words(answer)
    assert "Báo cáo chưa gửi" in words(answer)
    assert not soup(answer).select("form[action$='/gui']")


def test_a_complete_report_is_read_once_more_and_confirmed(complete: people.Browser, seed: people.Seed) -> None:
    page = soup(complete.get(address(seed, "kiem-tra")))
    assert not page.select(".error-summary")
    assert "1.240 lượt" in page.get_text(" ", strip=True)
    assert "Báo cáo chưa gửi" in page.get_text()
    refused = complete.post(address(seed, "gui"), {})
    assert refused.status_code == 422
    link = soup(refused).select_one(".error-summary a")
    assert link is not None
    assert soup(refused).select_one(str(link["href"])) is not None
    assert "bí mật nhà nước" in link.get_text()
    assert revisions() == []


def test_a_warning_is_shown_and_passes_with_an_explanation(complete: people.Browser, seed: people.Seed) -> None:
    fill(complete, seed, n1__so_lieu__0__so_luot_nguoi="12.000")
    page = soup(complete.get(address(seed, "kiem-tra")))
    assert "Bình quân trên 300 lượt người" in page.get_text()
    assert [str(link["href"]).split("#")[1] for link in page.select(".error-summary a")] == [
        "n1-tinh_trang-0-giai_trinh"
    ]
    assert complete.post(address(seed, "gui"), TICK).status_code == 422
    assert revisions() == []
    fill(complete, seed, n1__so_lieu__0__so_luot_nguoi="12.000", n1__tinh_trang__0__giai_trinh="Lễ hội toàn thị xã.")
    page = soup(complete.get(address(seed, "kiem-tra")))
    assert not page.select(".error-summary")
    assert "Có 1 chỗ cần xem lại" in page.get_text()
    assert complete.post(address(seed, "gui"), TICK).status_code == 303
    assert "Lễ hội toàn thị xã." in revisions()[0].content


def test_a_report_with_faults_is_not_sent(as_unit: people.Browser, seed: people.Seed) -> None:
    answer = as_unit.post(address(seed, "gui"), TICK)
    assert answer.status_code == 422
    title = soup(answer).title
    assert title is not None
    assert title.get_text().startswith("Lỗi: ")
    assert revisions() == []
    assert seed.report("P1").status == "not_started"


# --- Sending and the receipt -------------------------------------------------------------------------------


def test_sending_gives_a_receipt_that_stays(
    complete: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    clock.move(minutes=5)
    answer = complete.post(address(seed, "gui"), TICK)
    assert (answer.status_code, answer.location) == (303, address(seed, "bien-nhan/1"))
    (revision,) = revisions()
    text = words(complete.get(answer.location))
    for part in (
        revision.receipt, "Ủy ban nhân dân Phường 1", "Công văn số 217/CATX", "09:05 ngày 20/12/2023",
        "Lần gửi 1", revision.sha256, "0294 3832 113", "Đội Tổng hợp sẽ xem và tiếp nhận",
    ):  # fmt: skip
        assert part in text, part
    assert "Trễ hạn" not in text
    assert (seed.report("P1").status, seed.report("P1").sent_at) == ("sent", clock())
    assert complete.get("/bao-cao").location == address(seed, "xem")
    overview = words(complete.get(address(seed, "xem")))
    assert "Tình trạng: Đã gửi , lần gửi 1, lúc 09:05 ngày 20/12/2023" in overview
    clock.move(days=40)
    complete.sign_in("p1")
    assert words(complete.get(answer.location)) == text


def test_pressing_twice_sends_once(complete: people.Browser, seed: people.Seed) -> None:
    first = complete.post(address(seed, "gui"), TICK)
    again = complete.post(address(seed, "gui"), TICK)
    assert again.location == first.location
    assert "đã được gửi trước đó" in words(complete.get(again.location))
    assert len(revisions()) == 1
    with database.connection():
        assert Event.select().where(Event.action == "report_sent").count() == 1


def test_two_browsers_that_send_at_once_send_once(app: Flask, complete: people.Browser, seed: people.Seed) -> None:
    browsers = [people.Browser(app).sign_in("p1") for _ in range(4)]
    for browser in browsers:
        browser.token()
    url = address(seed, "gui")
    answers = people.in_parallel(4, lambda number: browsers[number].post(url, TICK))
    assert {answer.location for answer in answers} == {address(seed, "bien-nhan/1")}  # type: ignore[attr-defined]
    assert len(revisions()) == 1


def test_a_late_report_is_taken_and_labelled(
    complete: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    clock.move(days=5)
    complete.sign_in("p1")
    assert "Trễ hạn 3 ngày" in words(complete.get(address(seed, "kiem-tra")))
    answer = complete.post(address(seed, "gui"), TICK)
    assert "Trễ hạn 3 ngày" in words(complete.get(answer.location))
    assert seed.report("P1").status == "sent"


def test_after_closing_nothing_is_sent_and_the_reason_is_told(
    complete: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    with database.connection():
        Round.update(closes_at=clock()).execute()
    clock.move(seconds=1)
    assert complete.get(address(seed, "kiem-tra")).location == address(seed, "xem")
    answer = complete.post(address(seed, "gui"), TICK)
    assert answer.status_code == 409
    assert "Đợt báo cáo đã khóa sổ. Liên hệ Đội Tổng hợp" in words(answer)
    assert "Đợt báo cáo đã khóa sổ" in words(complete.get(address(seed, "xem")))
    assert revisions() == []


def test_the_overview_is_the_report_in_any_state(as_unit: people.Browser, seed: people.Seed) -> None:
    text = words(as_unit.get(address(seed, "xem")))
    assert "Tình trạng: Chưa nhập" in text
    assert "(chưa trả lời)" in text
    fill(as_unit, seed)
    text = words(as_unit.get(address(seed, "xem")))
    assert "Tình trạng: Đang soạn" in text
    assert "1.240 lượt" in text
    assert "Hoàn thành tốt." in text


# --- Strangers and numbers that are not there --------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["kiem-tra", "xem", "bien-nhan/1", "lan-gui/1", "rut-lai"])
def test_another_unit_sees_nothing_of_it(
    complete: people.Browser, as_other: people.Browser, as_team: people.Browser, seed: people.Seed, verb: str
) -> None:
    complete.post(address(seed, "gui"), TICK)
    receipt = revisions()[0].receipt
    answer = as_other.get(address(seed, verb))
    assert answer.status_code == 404
    assert receipt not in answer.get_data(as_text=True)
    assert as_team.get(address(seed, verb)).status_code == 403


def test_a_stranger_sends_and_withdraws_nothing(
    complete: people.Browser, as_other: people.Browser, as_team: people.Browser, seed: people.Seed
) -> None:
    for stranger, status in ((as_other, 404), (as_team, 403)):
        assert stranger.post(address(seed, "gui"), TICK).status_code == status
    assert revisions() == []
    complete.post(address(seed, "gui"), TICK)
    for stranger, status in ((as_other, 404), (as_team, 403)):
        assert stranger.post(address(seed, "rut-lai")).status_code == status
    assert seed.report("P1").status == "sent"


@pytest.mark.parametrize("number", ["0", "2", "99999999999", "-1", "x", "1.0", "9" * 30])
def test_a_receipt_that_is_not_there(complete: people.Browser, seed: people.Seed, number: str) -> None:
    complete.post(address(seed, "gui"), TICK)
    for verb in ("bien-nhan", "lan-gui"):
        assert complete.get(address(seed, f"{verb}/{number}")).status_code == 404


# --- Taking back --------------------------------------------------------------------------------------------------


def test_a_sent_report_is_taken_back_after_a_question(complete: people.Browser, seed: people.Seed) -> None:
    complete.post(address(seed, "gui"), TICK)
    receipt = soup(complete.get(address(seed, "bien-nhan/1")))
    link = receipt.select_one("a[href$='/rut-lai']")
    assert link is not None
    assert "Rút lại báo cáo để sửa?" in words(complete.get(str(link["href"])))
    assert seed.report("P1").status == "sent"
    answer = complete.post(str(link["href"]))
    assert (answer.status_code, answer.location) == (303, "/bao-cao")
    assert "Đã rút lại báo cáo. Sửa xong nhớ gửi lại." in words(complete.get("/bao-cao"))
    assert seed.report("P1").status == "drafting"
    assert not soup(complete.get(address(seed, "bien-nhan/1"))).select("a[href$='/rut-lai']")
    fill(complete, seed, n1__so_lieu__0__so_cuoc="13")
    assert complete.post(address(seed, "gui"), TICK).location == address(seed, "bien-nhan/2")
    first, second = revisions()
    assert (first.number, second.number) == (1, 2)
    assert '"so_cuoc":12' in first.content
    assert "12 cuộc" in words(complete.get(address(seed, "lan-gui/1")))
    assert "13 cuộc" in words(complete.get(address(seed, "lan-gui/2")))


def test_what_the_team_has_begun_to_read_is_not_taken_back(
    complete: people.Browser, as_team: people.Browser, seed: people.Seed
) -> None:
    complete.post(address(seed, "gui"), TICK)
    as_team.post(f"/tong-hop{address(seed, 'xem-xet')}", {"lan_gui": "1"})
    assert not soup(complete.get(address(seed, "bien-nhan/1"))).select("a[href$='/rut-lai']")
    answer = complete.post(address(seed, "rut-lai"))
    assert answer.status_code == 409
    assert "xin lấy lại báo cáo" in words(answer)
    assert seed.report("P1").status == "sent"


def test_what_was_never_sent_is_not_taken_back(complete: people.Browser, seed: people.Seed) -> None:
    assert complete.post(address(seed, "rut-lai")).status_code == 409
    assert Report.get_by_id(seed.report("P1").id).status == "drafting"
