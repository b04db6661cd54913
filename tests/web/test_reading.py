"""What the Team has before its eyes: remarks at their items, what changed since, and the report whose turn is next."""

from __future__ import annotations

import people
import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from pages import soup, words

from nhanquyen.store.models import Report

WARN = {"n1-so_lieu-0-so_luot_nguoi": "12.000", "n1-tinh_trang-0-giai_trinh": "Lễ hội toàn thị xã."}


def address(report: Report, verb: str = "") -> str:
    return f"/tong-hop/bao-cao/{report.id}{verb}"


def save(browser: people.Browser, seed: people.Seed, code: str, typed: dict[str, str]) -> None:
    report = seed.report(code)
    answer = browser.post(f"/bao-cao/{report.id}/luu", {**typed, "ver": str(report.version)}, htmx=True)
    assert answer.status_code == 200


def send(browser: people.Browser, seed: people.Seed, code: str) -> None:
    assert browser.post(f"/bao-cao/{seed.report(code).id}/gui", {"khong_mat": "1"}).status_code == 303


@pytest.fixture
def sent(seed: people.Seed, as_unit: people.Browser) -> Report:
    """Phường 1's report, sent with figures that a check warns of."""
    save(as_unit, seed, "P1", people.complete_answers() | WARN)
    send(as_unit, seed, "P1")
    return seed.report("P1")


def give_back(team: people.Browser, report: Report, number: int = 1) -> None:
    given = {"lan_gui": str(number), "chon-n1": "1", "ly-do-n1": "Xem lại số lượt."}
    assert team.post(address(report, "/tra-lai"), given).status_code == 303


# --- Remarks -----------------------------------------------------------------------------------------------------


def remarks(place: Tag | None) -> list[str]:
    assert place is not None
    return [line.get_text(" ", strip=True) for line in place.select(".remarks li")]


def test_what_the_checks_say_stands_at_the_item_and_at_its_reason(sent: Report, as_team: people.Browser) -> None:
    page = soup(as_team.get(address(sent)))
    (told,) = remarks(page.select_one(".paper #xem-n1"))
    assert told.startswith("Cần xem lại: Số lượt người tham dự – ")
    assert "Bình quân trên 300 lượt người" in told
    for item in ("n2", "n3", "n4", "n5"):
        assert remarks(page.select_one(f".paper #xem-{item}")) == []
    questions = {str(box["id"]): box.find_parent(class_="question") for box in page.select(".return input[id]")}
    assert {key: remarks(place) for key, place in questions.items()} == {  # type: ignore[arg-type]
        "chon-n1": [told], "chon-n2": [], "chon-n3": [], "chon-n4": [], "chon-n5": [],
    }  # fmt: skip
    assert page.select("p.warning a[href='#xem-n1']")
    assert not soup(as_team.get(address(sent, "/lan-gui/1"))).select(".remarks")


def test_a_draft_shows_mistakes_and_not_what_is_only_missing(
    seed: people.Seed, as_unit: people.Browser, as_team: people.Browser
) -> None:
    save(as_unit, seed, "P1", {"n1-so_lieu-0-so_cuoc": "nhiều <b>"})
    page = soup(as_team.get(address(seed.report("P1"))))
    (told,) = remarks(page.select_one(".paper"))
    assert told.startswith("Lỗi: ")
    assert "đang là “nhiều <b>”" in told


# --- What changed --------------------------------------------------------------------------------------------------


def changes(page: BeautifulSoup) -> list[tuple[str, ...]]:
    """Field, before and after of every line of the comparison."""
    return [
        tuple(cell.get_text(" ", strip=True) for cell in line.find_all(["th", "td"]))
        for line in page.select(".difference-table tbody tr:not(.difference-row)")
    ]


def test_a_report_that_was_sent_once_is_compared_with_nothing(
    sent: Report, as_team: people.Browser, as_unit: people.Browser
) -> None:
    for answer in (as_team.get(address(sent)), as_team.get(address(sent, "/lan-gui/1")),
                   as_unit.get(f"/bao-cao/{sent.id}/xem")):  # fmt: skip
        assert answer.status_code == 200
        assert "So với lần gửi" not in words(answer)
        assert "so với lần gửi" not in words(answer)


def test_what_is_being_mended_and_what_was_sent_again_is_told_to_both_sides(
    seed: people.Seed, sent: Report, as_team: people.Browser, as_unit: people.Browser
) -> None:
    give_back(as_team, sent)
    pages = [(as_team, address(sent)), (as_unit, f"/bao-cao/{sent.id}/xem")]
    for browser, place in pages:
        assert "không có thay đổi so với lần gửi 1" in words(browser.get(place))
    save(as_unit, seed, "P1", {"n1-so_lieu-0-so_cuoc": "40", "n1-so_lieu-0-tai_lieu": "1.500"})
    wanted = [("Số cuộc tuyên truyền (cuộc)", "12", "40"), ("Số tài liệu phát ra (bản)", "để trống", "1.500")]
    for browser, place in [*pages, (as_unit, f"/bao-cao/{sent.id}/kiem-tra")]:
        page = soup(browser.get(place))
        assert "So với lần gửi 1: 2 thay đổi" in page.get_text()
        assert [line[1:] for line in changes(page)] == [line[1:] for line in wanted]
        assert [cell.get_text(strip=True) for cell in page.select(".difference-table thead th")][1:] == [
            "Lần gửi 1", "Bây giờ",
        ]  # fmt: skip
    send(as_unit, seed, "P1")
    for browser, place in [*pages, (as_team, address(sent, "/lan-gui/2")), (as_unit, f"/bao-cao/{sent.id}/lan-gui/2")]:
        page = soup(browser.get(place))
        assert [line[1:] for line in changes(page)] == [line[1:] for line in wanted], place
        assert page.select_one(".difference details summary") is not None
        assert [cell.get_text(strip=True) for cell in page.select(".difference-table thead th")][1:] == [
            "Lần gửi 1", "Lần gửi 2",
        ]  # fmt: skip
    assert "So với" not in words(as_team.get(address(sent, "/lan-gui/1")))


def test_a_report_that_comes_back_as_it_was_says_so(
    seed: people.Seed, sent: Report, as_team: people.Browser, as_unit: people.Browser
) -> None:
    give_back(as_team, sent)
    send(as_unit, seed, "P1")
    for place in (address(sent), address(sent, "/lan-gui/2")):
        assert "Lần gửi 2 không có thay đổi so với lần gửi 1" in words(as_team.get(place))
    give_back(as_team, sent, 2)
    save(as_unit, seed, "P1", {"n5-danh_gia-0-kien_nghi": "Cấp <thêm> tờ rơi\nkịp thời."})
    send(as_unit, seed, "P1")
    page = soup(as_team.get(address(sent)))
    assert "So với lần gửi 2: 1 thay đổi" in page.get_text()
    assert [line[1:] for line in changes(page)] == [("Không", "Cấp <thêm> tờ rơi\nkịp thời.")]
    assert "không có thay đổi" in words(as_team.get(address(sent, "/lan-gui/2")))


def test_rows_that_come_and_go_are_told_as_such(
    seed: people.Seed, sent: Report, as_team: people.Browser, as_unit: people.Browser
) -> None:
    give_back(as_team, sent)
    answer = as_unit.post(f"/bao-cao/{sent.id}", {"action": "them.n1.chi_tiet"})
    row = answer.location.rsplit("-", 1)[1]
    save(as_unit, seed, "P1", {f"n1-chi_tiet-{row}-ngay": "1/12/2023", f"n1-chi_tiet-{row}-hinh_thuc": "Họp dân",
                               f"n1-chi_tiet-{row}-noi_dung": "Ngày Nhân quyền"})  # fmt: skip
    page = soup(as_team.get(address(sent)))
    head = page.select_one(".difference-row")
    assert head is not None
    assert head.get_text(" ", strip=True).startswith("Thêm: Cuộc 1 (Bảng chi tiết")
    assert changes(page)[0] == ("Ngày", "để trống", "01/12/2023")
    assert "So với lần gửi 1: 1 thay đổi" in page.get_text()
    send(as_unit, seed, "P1")
    give_back(as_team, sent, 2)
    as_unit.post(f"/bao-cao/{sent.id}", {"action": f"xoa.n1.chi_tiet.{row}"})
    head = soup(as_team.get(address(sent))).select_one(".difference-row")
    assert head is not None
    assert head.get_text(" ", strip=True).startswith("Xóa: Cuộc 1")


# --- The queue -----------------------------------------------------------------------------------------------------


@pytest.fixture
def queue(app: Flask, seed: people.Seed, clock: people.SettableClock) -> dict[str, Report]:
    """Three reports that wait: Long Toàn's came first, then Phường 1's, then VHTT's."""
    for code in ("LT", "P1", "VHTT"):
        clock.move(minutes=10)
        browser = people.Browser(app).sign_in(code.lower())
        save(browser, seed, code, people.complete_answers(asked_of_item_4=code == "VHTT"))
        send(browser, seed, code)
    return {code: seed.report(code) for code in ("LT", "P1", "VHTT")}


def next_link(page: BeautifulSoup) -> str:
    (link,) = [a for a in page.select(".way a, .next-step a") if a.get("href", "").startswith("/tong-hop/bao-cao/")]
    return str(link["href"])


def test_the_board_counts_those_that_wait_and_opens_the_first(
    queue: dict[str, Report], as_team: people.Browser
) -> None:
    box = soup(as_team.get("/tong-hop")).select_one("#board-units")
    assert box is not None
    assert "Chờ xem: 3 báo cáo" in box.get_text()
    assert box.select(f"a[href='{address(queue['LT'])}']")
    filtered = soup(as_team.get("/tong-hop?nhom=PCM", htmx=True))
    assert "Chờ xem trong danh sách này: 1 báo cáo" in filtered.get_text()
    assert filtered.select(f"p a[href='{address(queue['VHTT'])}?nhom=PCM']")


def test_reading_goes_on_in_the_order_of_arrival_and_round(queue: dict[str, Report], as_team: people.Browser) -> None:
    seen = [address(queue["LT"])]
    for _ in range(3):
        seen.append(next_link(soup(as_team.get(seen[-1]))))
    assert seen == [address(queue[code]) for code in ("LT", "P1", "VHTT", "LT")]


def test_after_a_decision_the_next_one_is_offered_until_none_is_left(
    seed: people.Seed, queue: dict[str, Report], as_team: people.Browser
) -> None:
    answer = as_team.post(address(queue["P1"], "/tiep-nhan"), {"lan_gui": "1"}, follow_redirects=True)
    assert f"Báo cáo tiếp theo chờ xem: {seed.units['VHTT'].name} (còn 2 báo cáo chờ xem)" in words(answer)
    assert next_link(soup(answer)) == address(queue["VHTT"])
    give_back(as_team, queue["VHTT"])
    answer = as_team.get(address(queue["VHTT"]))
    assert next_link(soup(answer)) == address(queue["LT"]), "after the last one the first that is left"
    answer = as_team.post(address(queue["LT"], "/tiep-nhan"), {"lan_gui": "1"}, follow_redirects=True)
    assert "Không còn báo cáo nào chờ xem." in words(answer)
    assert "Chờ xem: 0 báo cáo" in words(as_team.get("/tong-hop"))


def test_the_queue_stays_within_the_filter_of_the_board(
    seed: people.Seed, queue: dict[str, Report], as_team: people.Browser
) -> None:
    page = soup(as_team.get(f"{address(queue['P1'])}?nhom=XP"))
    assert next_link(page) == f"{address(queue['LT'])}?nhom=XP"
    for form in page.select("form[action*='/tong-hop/bao-cao/']"):
        assert str(form["action"]).endswith("?nhom=XP")
    answer = as_team.post(f"{address(queue['P1'], '/tiep-nhan')}?nhom=XP", {"lan_gui": "1"})
    assert answer.location == f"{address(queue['P1'])}?nhom=XP"
    assert "(còn 1 báo cáo chờ xem trong điều kiện đang lọc)" in words(as_team.get(answer.location))
    answer = as_team.post(f"{address(queue['LT'], '/tiep-nhan')}?nhom=XP", {"lan_gui": "1"}, follow_redirects=True)
    assert "Không còn báo cáo chờ xem trong điều kiện đang lọc" in words(answer)
    assert "còn 1 báo cáo chờ xem ngoài điều kiện này" in words(answer)
    refused = as_team.post(f"{address(queue['VHTT'], '/tiep-nhan')}?nhom=XP", {"lan_gui": "7"})
    assert refused.status_code == 409
    assert soup(refused).select("a[href='/tong-hop?nhom=XP']")
