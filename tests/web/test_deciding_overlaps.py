"""The screen of activities that several units report: shown side by side, decided, logged, and asked anew."""

from __future__ import annotations

from typing import Any

import html5lib
import pages
import people
import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from playhouse.test_utils import count_queries

from nhanquyen.store import database, overlaps, review, saving, sending
from nhanquyen.store.models import Event, Overlap, Unit
from nhanquyen.store.rounds import add_reports
from nhanquyen.web import overlaps as screen

ADDRESS = "/tong-hop/trung-lap"
SESSION = {"ngay": "05/12/2023", "hinh_thuc": "Hội nghị", "noi_dung": "Quyền <b>con người</b>",
           "dia_diem": "Hội trường", "luot_nguoi": "40"}  # fmt: skip


def send(seed: people.Seed, code: str, *rows: dict[str, str], **typed: str) -> None:
    """The unit fills its report, with these sessions, and sends it; anew where it was returned."""
    with database.connection():
        actor = seed.actor(code.lower(), people.SettableClock()())
        if seed.report(code).status == "not_started":
            seed.save(code, people.complete_answers(asked_of_item_4=code == "VHTT"), actor.at)
        seed.save(code, {name.replace("__", "-"): text for name, text in typed.items()}, actor.at)
        for row in rows:
            key = saving.add_row(seed.report(code), "n1", "chi_tiet", seed.directive, actor)
            seed.save(code, {f"n1-chi_tiet-{key}-{name}": text for name, text in (SESSION | row).items()}, actor.at)
        sending.send(seed.report(code), seed.directive, actor)


@pytest.fixture
def shared(app: Flask, seed: people.Seed) -> people.Seed:
    """Phường 1 and Long Toàn tell one session, with 40 people and with 35."""
    send(seed, "P1", {})
    send(seed, "LT", {"dia_diem": "HỘI TRƯỜNG.", "luot_nguoi": "35"})
    return seed


def page(browser: people.Browser) -> BeautifulSoup:
    answer = browser.get(ADDRESS)
    assert answer.status_code == 200
    return pages.soup(answer)


def form(found: BeautifulSoup) -> Tag:
    return pages.form_of(found, ".overlap form")


def choices(found: BeautifulSoup) -> dict[str, str]:
    """What can be chosen: the words, by the value."""
    return {str(tag["value"]): str(tag.parent and tag.parent.get_text(" ", strip=True))
            for tag in form(found).select("[name=chon]")}  # fmt: skip


def decide(browser: people.Browser, choose: int, note: str = "", **other: str) -> Any:
    found = page(browser)
    values = {**dict(pages.pairs_of(form(found))), "chon": list(choices(found))[choose], "ghi_chu": note, **other}
    return browser.post(ADDRESS, values)


def decisions() -> list[Overlap]:
    with database.connection():
        return list(Overlap.select().order_by(Overlap.id))


def total(browser: people.Browser, label: str) -> list[str]:
    found = pages.soup(browser.get("/tong-hop"))
    line = next(line for line in found.select(".totals-table tbody tr") if label in line.get_text())
    return [cell.get_text(strip=True) for cell in line.find_all("td")[1:]]


# --- What it shows -------------------------------------------------------------------------------------------


def test_the_rows_stand_side_by_side_with_what_they_add(shared: people.Seed, as_team: people.Browser) -> None:
    answer = as_team.get(ADDRESS)
    html5lib.HTMLParser(strict=True).parse(answer.get_data(as_text=True))
    found = pages.soup(answer)
    assert "1 hoạt động được hai đơn vị trở lên cùng báo; 1 chưa quyết định" in found.get_text(" ", strip=True)
    section = found.select_one(".overlap")
    assert section is not None
    assert section.h2 is not None
    assert section.h2.get_text() == "Quyền <b>con người</b>"
    rows = {row.th.get_text(" ", strip=True): [td.get_text(" ", strip=True) for td in row.find_all("td")]  # type: ignore[union-attr]
            for row in section.select("tbody tr")}  # fmt: skip
    assert rows["Địa điểm"] == ["Hội trường", "HỘI TRƯỜNG."]
    assert rows["Số lượt người (lượt người)"] == ["40", "35"]
    assert rows["Đã góp vào tổng số"] == [
        "1.1 Số cuộc tuyên truyền: 1 cuộc; 1.3 Số lượt người tham dự: 40 lượt người",
        "1.1 Số cuộc tuyên truyền: 1 cuộc; 1.3 Số lượt người tham dự: 35 lượt người",
    ]
    words = list(choices(found).values())
    assert words[0].endswith(
        "trừ khỏi tổng số 1.1 Số cuộc tuyên truyền: 1 cuộc; 1.3 Số lượt người tham dự: 35 lượt người"
    )
    assert words[0].startswith("Tính một lần, giữ cuộc 1 của Ủy ban nhân dân Phường 1")
    assert words[-1].startswith("Tính riêng từng đơn vị")


def test_only_the_totals_that_are_ticked_are_deducted(shared: people.Seed, as_team: people.Browser) -> None:
    before = total(as_team, "Số cuộc tuyên truyền"), total(as_team, "Số lượt người tham dự")
    assert decide(as_team, 0, **{"tru-n1.so_luot_nguoi": ""}).status_code == 303  # the unit left the people out itself
    after = total(as_team, "Số cuộc tuyên truyền"), total(as_team, "Số lượt người tham dự")
    assert int(after[0][-1]) == int(before[0][-1]) - 1
    assert after[1] == before[1]
    (kept,) = decisions()
    assert [member["amounts"] for member in kept.members] == [{"n1.so_cuoc": 1}, {"n1.so_cuoc": 1}]


def test_something_must_be_deducted_where_an_activity_is_counted_once(
    shared: people.Seed, as_team: people.Browser
) -> None:
    answer = decide(as_team, 0, **{"tru-n1.so_luot_nguoi": "", "tru-n1.so_cuoc": ""})
    assert answer.status_code == 422
    found = pages.soup(answer)
    assert "Chọn ít nhất một chỉ tiêu để trừ" in found.get_text()
    assert not form(found).select("[name^=tru-][checked]")
    assert decisions() == []


def test_without_any_it_says_so(seed: people.Seed, as_team: people.Browser, as_admin: people.Browser) -> None:
    for browser in (as_team, as_admin):
        assert "Không có hoạt động nào được hai đơn vị trở lên cùng báo." in page(browser).get_text()
    assert "bị tính trùng" not in pages.words(as_team.get("/tong-hop"))


def test_a_row_that_claims_more_than_its_unit_reported_says_so(
    app: Flask, seed: people.Seed, as_team: people.Browser
) -> None:
    send(seed, "P1", {})
    few = {"n1__so_lieu__0__so_luot_nguoi": "30", "n1__so_lieu__0__so_cuoc": "2", "n1__so_lieu__0__luot_can_bo": "",
           "n1__so_lieu__0__luot_nhan_dan": ""}  # fmt: skip
    lacking = {f"n1__linh_vuc__0__{key}": "" for key in ("lv_an_sinh", "lv_ton_giao", "lv_mua_ban_nguoi", "lv_khac")}
    send(seed, "LT", {}, **few, **lacking, n1__linh_vuc__0__lv_de_ton_thuong="1")
    text = page(as_team).get_text(" ", strip=True)
    assert "Đơn vị báo ít hơn dòng này ở 1.3 Số lượt người tham dự: 40 lượt người; chỉ trừ phần đơn vị đã báo." in text
    assert decide(as_team, 0).status_code == 303
    (decided,) = decisions()
    assert decided.members[1]["amounts"] == {"n1.so_cuoc": 1, "n1.so_luot_nguoi": 30}


def test_the_admin_reads_and_does_not_decide(shared: people.Seed, as_admin: people.Browser) -> None:
    assert not page(as_admin).select(".overlap form")


# --- Deciding ------------------------------------------------------------------------------------------------


def test_counted_once_it_leaves_the_totals_of_the_board(shared: people.Seed, as_team: people.Browser) -> None:
    before = total(as_team, "Số lượt người tham dự")
    assert before == ["0", "1.280", "1.280"]
    assert "1 hoạt động có thể bị tính trùng, 1 chưa quyết định" in pages.words(as_team.get("/tong-hop"))
    answer = decide(as_team, 0, "Đã gọi hai đơn vị")
    assert (answer.status_code, answer.location) == (303, ADDRESS)
    text = page(as_team).get_text(" ", strip=True)
    assert "Đã quyết định: Tính một lần “Quyền <b>con người</b>”." in text
    assert "đã quyết định hết" in text
    assert "giữ ở Ủy ban nhân dân Phường 1 (" in text
    assert "Ghi chú: Đã gọi hai đơn vị" in text
    assert total(as_team, "Số lượt người tham dự") == ["0", "1.245", "1.245"]
    assert total(as_team, "Số cuộc tuyên truyền") == ["0", "23", "23"]
    board = pages.words(as_team.get("/tong-hop"))
    assert "1 hoạt động có thể bị tính trùng, đã quyết định hết" in board
    assert "Tổng số dưới đây đã trừ hoạt động tính một lần." in board
    (decided,) = decisions()
    ids = [shared.report(code).id for code in ("P1", "LT")]
    assert [(m["report"], m["kept"], m["revision"]) for m in decided.members] == [(ids[0], True, 1), (ids[1], False, 1)]
    with database.connection():
        event = Event.get(Event.action == "overlap_decided")
    assert (event.actor, event.subject) == ("Đội Tổng hợp", "Tính một lần: Quyền <b>con người</b>")
    assert event.detail == {"note": "Đã gọi hai đơn vị", "units": ["P1 (giữ)", "LT"]}


def test_for_each_unit_it_stays_in_the_totals_and_the_reason_is_kept(
    shared: people.Seed, as_team: people.Browser
) -> None:
    answer = decide(as_team, -1)
    assert answer.status_code == 422
    assert "Ghi lý do tính riêng từng đơn vị ở ô Ghi chú." in pages.words(answer)
    assert pages.shown(pages.soup(answer), "chon") == "each"
    assert decisions() == []
    assert decide(as_team, -1, "Hai buổi khác giờ").status_code == 303
    assert [each.verdict for each in decisions()] == ["each"]
    assert total(as_team, "Số lượt người tham dự") == ["0", "1.280", "1.280"]


def test_a_decision_can_be_changed(shared: people.Seed, as_team: people.Browser) -> None:
    decide(as_team, 0)
    decide(as_team, 1, "Đổi lại")
    (decided,) = decisions()
    assert [member["kept"] for member in decided.members] == [False, True]
    assert total(as_team, "Số lượt người tham dự") == ["0", "1.240", "1.240"]


def test_a_unit_that_sends_again_is_to_be_decided_anew(
    shared: people.Seed, as_team: people.Browser, clock: people.SettableClock
) -> None:
    decide(as_team, 0, "Lần trước")
    with database.connection():
        review.give_back(shared.report("LT"), 1, {"n1": "Xem lại."}, shared.actor("tonghop", clock()))
    assert not page(as_team).select(".overlap")
    send(shared, "LT")
    text = page(as_team).get_text(" ", strip=True)
    assert "1 chưa quyết định" in text
    assert "Cần quyết định lại" in text
    assert "Trước đây: Tính một lần “Quyền <b>con người</b>”: giữ ở Ủy ban nhân dân Phường 1" in text
    assert total(as_team, "Số lượt người tham dự") == ["0", "1.280", "1.280"]
    decide(as_team, 1)
    assert [member["revision"] for member in decisions()[0].members] == [1, 2]
    assert total(as_team, "Số lượt người tham dự") == ["0", "1.240", "1.240"]


def test_a_third_unit_asks_for_a_new_decision_and_the_old_one_stands_meanwhile(
    shared: people.Seed, as_team: people.Browser
) -> None:
    decide(as_team, 0)
    send(shared, "VHTT", {})
    assert "1 chưa quyết định" in page(as_team).get_text(" ", strip=True)
    assert total(as_team, "Số cuộc tuyên truyền") == ["12", "23", "35"]
    decide(as_team, 0)
    assert len(decisions()) == 1
    assert total(as_team, "Số cuộc tuyên truyền")[-1] == "34"


# --- Bad input -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "status", "said"),
    [
        ({"chon": ""}, 422, "Chọn giữ số liệu của đơn vị nào"),
        ({"chon": "1-r0'--"}, 422, "Chọn giữ số liệu của đơn vị nào"),
        ({"chon": "999999-r1"}, 422, "Chọn giữ số liệu của đơn vị nào"),
        ({"ghi_chu": "x" * 1001}, 422, "Ghi chú nhiều nhất 1000 ký tự."),
        ({"hoat_dong": "0" * 64}, 409, "không còn ở hai đơn vị trở lên"),
        ({"hoat_dong": "\x00'\"<"}, 409, "không còn ở hai đơn vị trở lên"),
        ({"da_xem": ""}, 409, "vừa thay đổi"),
        ({"da_xem": "1.1 2.99"}, 409, "vừa thay đổi"),
    ],
)
def test_what_cannot_be_used_is_told_and_decides_nothing(
    shared: people.Seed, as_team: people.Browser, other: dict[str, str], status: int, said: str
) -> None:
    answer = decide(as_team, 0, **{"note": "Giữ <lại> chữ này", **{k: v for k, v in other.items() if k != "ghi_chu"}},
                    **({"ghi_chu": other["ghi_chu"]} if "ghi_chu" in other else {}))  # fmt: skip
    assert answer.status_code == status
    assert said in pages.words(answer)
    if "hoat_dong" not in other:
        assert pages.shown(pages.soup(answer), "ghi_chu").startswith(other.get("ghi_chu", "Giữ <lại> chữ này")[:10])
    assert decisions() == []


def test_an_empty_form_decides_nothing(shared: people.Seed, as_team: people.Browser) -> None:
    assert as_team.post(ADDRESS, {}).status_code == 409
    assert decisions() == []


def test_what_changed_under_the_reader_is_shown_anew(
    shared: people.Seed, as_team: people.Browser, clock: people.SettableClock
) -> None:
    found = page(as_team)
    values = {**dict(pages.pairs_of(form(found))), "chon": next(iter(choices(found)))}
    send(shared, "VHTT", {})
    answer = as_team.post(ADDRESS, values)
    assert answer.status_code == 409
    assert "Phòng Văn hóa và Thông tin" in pages.words(answer)
    assert decisions() == []


# --- Many of them --------------------------------------------------------------------------------------------


def test_many_are_shown_page_by_page_and_the_undecided_first(
    seed: people.Seed, app: Flask, as_team: people.Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "PAGE_SIZE", 2)
    days = [{"ngay": f"{day:02}/12/2023"} for day in (1, 2, 3)]
    for code in ("P1", "LT"):
        send(seed, code, *days)
    assert len(page(as_team).select(".overlap")) == 2
    last = pages.soup(as_team.get(f"{ADDRESS}?trang=2")).select_one(".overlap h2")
    assert last is not None
    decide(as_team, 0)
    decided = pages.soup(as_team.get(f"{ADDRESS}?trang=2")).select_one(".overlap")
    assert decided is not None
    assert "Đã quyết định" in decided.get_text()
    assert len(pages.soup(as_team.get(f"{ADDRESS}?trang=99")).select(".overlap")) == 1


def test_the_board_stays_cheap(shared: people.Seed, as_team: people.Browser) -> None:
    def queries(address: str) -> int:
        with count_queries() as counter:
            assert as_team.get(address).status_code == 200
        return int(counter.count)

    before = queries("/tong-hop"), queries(ADDRESS)
    with database.connection():
        units = [people.make_unit(f"X{number}", f"Xã số {number}", "XP", number + 10) for number in range(12)]
        add_reports(shared.round, units)
        shared.units |= {unit.code: unit for unit in units}
        shared.accounts |= {unit.code.lower(): shared.accounts["lt"] for unit in units}
    for unit in units:
        send(shared, unit.code, {})
    with database.connection():
        assert Unit.select().count() == 15
        (ids,) = overlaps.shared_of(shared.round, people.SettableClock()().date()).values()
    assert len(ids) == 14
    assert (queries("/tong-hop"), queries(ADDRESS)) == before
