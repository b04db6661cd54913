"""Several reports accepted at once: chosen on the board, confirmed on a page, each only as it was shown."""

from __future__ import annotations

import html5lib
import people
import pytest
from flask import Flask
from pages import soup, words

from nhanquyen.store import database
from nhanquyen.store.models import Decision, Event

PAGE = "/tong-hop/tiep-nhan"
NAMES = {"P1": "Ủy ban nhân dân Phường 1", "LT": "Ủy ban nhân dân xã Long Toàn", "VHTT": "Phòng Văn hóa và Thông tin"}


@pytest.fixture
def sent(app: Flask, seed: people.Seed, clock: people.SettableClock) -> dict[str, int]:
    """The report ids by unit; all three have sent, VHTT late and with a warning that it explains."""
    ids = {}
    for code in ("P1", "LT", "VHTT"):
        if code == "VHTT":
            clock.move(days=4)
        report = ids[code] = seed.report(code).id
        browser = people.Browser(app).sign_in(code.lower())
        answers = people.complete_answers(asked_of_item_4=code == "VHTT")
        if code == "VHTT":
            answers |= {"n1-so_lieu-0-so_luot_nguoi": "12.000", "n1-tinh_trang-0-giai_trinh": "Lễ hội."}
        assert browser.post(f"/bao-cao/{report}/luu", {**answers, "ver": "0"}, htmx=True).status_code == 200
        assert browser.post(f"/bao-cao/{report}/gui", {"khong_mat": "1"}).status_code == 303
    return ids


@pytest.fixture
def team(app: Flask, sent: dict[str, int]) -> people.Browser:
    """The Team, signed in once everybody has sent."""
    return people.Browser(app).sign_in("tonghop")


def statuses(seed: people.Seed) -> dict[str, str]:
    return {code: seed.report(code).status for code in NAMES}


def test_the_board_offers_what_may_be_accepted_to_the_team(
    app: Flask, seed: people.Seed, sent: dict[str, int], team: people.Browser
) -> None:
    team.post(f"/tong-hop/bao-cao/{sent['LT']}/tiep-nhan", {"lan_gui": "1"})
    for htmx in (False, True):
        page = soup(team.get("/tong-hop?q=uy+ban", htmx=htmx))
        (box,) = page.select("input[name=chon]")
        assert (box["value"], box["aria-label"]) == (str(sent["P1"]), f"Chọn {NAMES['P1']}")
        form = page.select_one(f"form#{box['form']}")
        assert form is not None
        assert (form["action"], form["method"]) == (PAGE, "get")
        assert [(tag["name"], tag["value"]) for tag in form.select("input")] == [("q", "uy ban")]
    admin = people.Browser(app).sign_in("quantri")
    assert not soup(admin.get("/tong-hop")).select("input[name=chon], #accept-form")


def test_the_page_names_each_with_what_there_is_to_know(sent: dict[str, int], team: people.Browser) -> None:
    answer = team.get(f"{PAGE}?chon={sent['VHTT']}&chon={sent['P1']}&chon={sent['P1']}&nhom=XP")
    html5lib.HTMLParser(strict=True).parse(answer.get_data(as_text=True))
    rows = [line.get_text(" ", strip=True) for line in soup(answer).select("tbody tr")]
    assert len(rows) == 2
    vhtt, p1 = rows
    assert vhtt.startswith(NAMES["VHTT"])
    assert "Trễ hạn 2 ngày" in vhtt
    assert "1 chỗ cần xem lại" in vhtt
    assert p1.startswith(f"{NAMES['P1']} 1 09:00 ngày 20/12/2023 Đúng hạn Không có gì phải xem lại")
    form = soup(answer).select_one("main form")
    assert form is not None
    assert form["action"] == f"{PAGE}?nhom=XP"


@pytest.mark.parametrize("query", ["", "?chon=", "?chon=x", "?chon=999999", "?chon=" + "9" * 30, "?chon=-1&q=%00"])
def test_without_a_choice_one_is_asked_for(team: people.Browser, query: str) -> None:
    answer = team.get(PAGE + query)
    html5lib.HTMLParser(strict=True).parse(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert "Chọn ít nhất một báo cáo" in words(answer)
    assert not soup(answer).select("main form")
    assert team.post(PAGE, {}).status_code == 422


def confirmed(browser: people.Browser, ids: list[int]) -> list[tuple[str, str]]:
    """What the page sends when nothing is unticked."""
    page = soup(browser.get(PAGE + "?" + "&".join(f"chon={each}" for each in ids)))
    return [("chon", str(tag["value"])) for tag in page.select("input[name=chon][checked]")]


def test_all_that_are_confirmed_are_accepted(
    seed: people.Seed, sent: dict[str, int], team: people.Browser, clock: people.SettableClock
) -> None:
    ticked = confirmed(team, [sent["P1"], sent["LT"]])
    assert statuses(seed) == {"P1": "sent", "LT": "sent", "VHTT": "sent"}
    answer = team.post(f"{PAGE}?nhom=XP", ticked)
    assert (answer.status_code, answer.location) == (303, "/tong-hop?nhom=XP")
    assert "Đã tiếp nhận 2 báo cáo." in words(team.get(answer.location))
    assert statuses(seed) == {"P1": "accepted", "LT": "accepted", "VHTT": "sent"}
    report = seed.report("P1")
    assert (report.accepted_at, report.accepted_by_id) == (clock(), seed.accounts["tonghop"].id)  # type: ignore[attr-defined]
    again = team.post(PAGE, ticked, follow_redirects=True)
    assert "Đã tiếp nhận 0 báo cáo. 2 báo cáo đã được tiếp nhận từ trước." in words(again)
    with database.connection():
        assert Decision.select().count() == 2
        assert Event.select().where(Event.action == "report_accepted").count() == 2


def test_what_changed_meanwhile_is_not_accepted_and_told(
    app: Flask, seed: people.Seed, sent: dict[str, int], team: people.Browser
) -> None:
    ticked = confirmed(team, list(sent.values()))
    assert len(ticked) == 3
    p1, lt = people.Browser(app).sign_in("p1"), people.Browser(app).sign_in("lt")
    p1.post(f"/bao-cao/{sent['P1']}/rut-lai")
    p1.post(f"/bao-cao/{sent['P1']}/gui", {"khong_mat": "1"})
    team.post(f"/tong-hop/bao-cao/{sent['LT']}/xem-xet", {"lan_gui": "1"})
    lt.post(f"/bao-cao/{sent['LT']}/xin-lay-lai", {"ly_do": "Thiếu."})
    answer = team.post(PAGE, ticked)
    html5lib.HTMLParser(strict=True).parse(answer.get_data(as_text=True))
    assert answer.status_code == 409
    lines = [line.get_text(" ", strip=True) for line in soup(answer).select("main .alert li")]
    assert len(lines) == 2
    assert lines[0].startswith(NAMES["P1"])
    assert "vừa thay đổi" in lines[0]
    assert lines[1].startswith(NAMES["LT"])
    assert "đang xin lấy lại" in lines[1]
    assert "Đã tiếp nhận 1 báo cáo." in words(answer)
    assert statuses(seed) == {"P1": "sent", "LT": "sent", "VHTT": "accepted"}


def test_what_may_not_be_accepted_is_named_apart(
    app: Flask, seed: people.Seed, sent: dict[str, int], team: people.Browser
) -> None:
    team.post(f"/tong-hop/bao-cao/{sent['VHTT']}/tiep-nhan", {"lan_gui": "1"})
    team.post(f"/tong-hop/bao-cao/{sent['LT']}/xem-xet", {"lan_gui": "1"})
    people.Browser(app).sign_in("lt").post(f"/bao-cao/{sent['LT']}/xin-lay-lai", {"ly_do": "Thiếu <i>số</i>."})
    people.Browser(app).sign_in("p1").post(f"/bao-cao/{sent['P1']}/rut-lai")
    answer = team.get(PAGE + "?" + "&".join(f"chon={each}" for each in sent.values()))
    assert answer.status_code == 200
    assert not soup(answer).select("main form")
    text = words(answer)
    assert f"{NAMES['VHTT']} : Đã tiếp nhận trước đó." in text
    assert f"{NAMES['LT']} : Đơn vị đang xin lấy lại báo cáo." in text
    assert "Lý do đơn vị nêu: Thiếu <i>số</i>." in text
    assert f"{NAMES['P1']} : Báo cáo đang ở đơn vị, chưa gửi." in text


@pytest.mark.parametrize("bad", ["", "x", "1", "1-", "-1", "1-1-1", "1-x", "٣-1", "999999-1", "9" * 30 + "-1", "1 -1"])
def test_a_page_that_is_no_page_of_ours_accepts_nothing(
    seed: people.Seed, sent: dict[str, int], team: people.Browser, bad: str
) -> None:
    answer = team.post(PAGE, [("chon", f"{sent['P1']}-1"), ("chon", bad)])
    assert answer.status_code == 400
    assert "Trang đã cũ" in words(answer)
    assert statuses(seed) == {"P1": "sent", "LT": "sent", "VHTT": "sent"}
