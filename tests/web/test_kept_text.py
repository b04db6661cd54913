"""What was typed is never lost: two people on one report, a lapsed session, a stale page, a report that closed."""

from __future__ import annotations

import people
import pytest
from bs4 import Tag
from flask import Flask
from pages import form_of, pairs_of, shown, soup
from werkzeug.test import TestResponse

from nhanquyen.form.patch import BASE_PREFIX
from nhanquyen.store import database
from nhanquyen.store.models import Entry, Event, Report, Round

SESSIONS, PEOPLE = "n1-so_lieu-0-so_cuoc", "n1-so_lieu-0-so_luot_nguoi"
HARD = "n5-danh_gia-0-kho_khan"


def address(seed: people.Seed, code: str = "P1", verb: str = "") -> str:
    return f"/bao-cao/{seed.report(code).id}{verb}"


def autosave(browser: people.Browser, seed: people.Seed, typed: dict[str, str], code: str = "P1") -> TestResponse:
    return browser.post(address(seed, code, "/luu"), {"ver": str(seed.report(code).version), **typed}, htmx=True)


# --- Two people -----------------------------------------------------------------------------------------------


def test_a_stale_autosave_gets_both_values_and_overwrites_nothing(
    as_unit: people.Browser, app: Flask, seed: people.Seed
) -> None:
    colleague = people.Browser(app).sign_in("p1")
    autosave(colleague, seed, {SESSIONS: "7"})
    late = {SESSIONS: "8", BASE_PREFIX + SESSIONS: "", PEOPLE: "40", BASE_PREFIX + PEOPLE: "", "ver": "0"}
    answer = autosave(as_unit, seed, late)
    page = soup(answer)
    assert answer.status_code == 409
    line = page.select_one(f"#conflict-box [data-conflict='{SESSIONS}']")
    assert line is not None
    assert line["data-theirs"] == "7"
    assert "của bạn “8”, đang lưu “7”" in line.get_text(" ", strip=True)
    assert len(line.select("[data-keep]")) == 2
    assert "do máy khác của đơn vị lúc 09:00 ngày 20/12/2023" in line.get_text(" ", strip=True)
    assert "1 ô mà bạn sửa cũng vừa được sửa ở nơi khác" in page.get_text()
    assert "Chưa lưu 1 ô" in page.get_text()
    assert (seed.value(SESSIONS), seed.value(PEOPLE)) == (7, 40)
    keep = {SESSIONS: "8", BASE_PREFIX + SESSIONS: "7"}
    assert autosave(as_unit, seed, keep).status_code == 200
    assert seed.value(SESSIONS) == 8


def test_a_stale_page_without_javascript_comes_back_with_both_values(
    as_unit: people.Browser, app: Flask, seed: people.Seed
) -> None:
    autosave(people.Browser(app).sign_in("p1"), seed, {SESSIONS: "7", PEOPLE: "40"})
    typed = {SESSIONS: "8", PEOPLE: "40", HARD: "của tôi", "ver": "0", "action": "kiem-tra"}
    answer = as_unit.post(address(seed), typed)
    page = soup(answer)
    assert answer.status_code == 409
    assert shown(page, SESSIONS) == "8"
    told = page.find(id=f"{SESSIONS}-theirs")
    assert told is not None
    assert told.get_text() == ("Giá trị đang lưu: “7”, do máy khác của đơn vị lưu lúc 09:00 ngày 20/12/2023.")
    assert "Có 2 chỗ vừa được sửa ở nơi khác" in page.get_text()
    assert (seed.value(SESSIONS), seed.value(HARD)) == (7, None)
    again = as_unit.post(address(seed), {**typed, "ver": shown(page, "ver")})
    assert again.location == address(seed, verb="/kiem-tra")
    assert (seed.value(SESSIONS), seed.value(HARD)) == (8, "của tôi")


def test_without_javascript_only_what_was_typed_is_sent_against_the_other(
    as_unit: people.Browser, app: Flask, seed: people.Seed
) -> None:
    """Two windows of the whole form: what the second one left as it was is neither a conflict nor put back."""
    autosave(as_unit, seed, {HARD: "trước", SESSIONS: "1"})
    first, second = as_unit, people.Browser(app).sign_in("p1")
    opened = [soup(browser.get("/bao-cao")).find(id="report-form") for browser in (first, second)]

    def typed(form: Tag, **changes: str) -> list[tuple[str, str]]:
        names = {"SESSIONS": SESSIONS, "PEOPLE": PEOPLE, "HARD": HARD}
        values = {names[name]: value for name, value in changes.items()}
        return [(name, values.get(name, value)) for name, value in pairs_of(form)]

    assert first.post(address(seed), typed(opened[0], SESSIONS="21", HARD="mới")).status_code == 303
    answer = second.post(address(seed), typed(opened[1], SESSIONS="22", PEOPLE="33"))
    page = soup(answer)
    assert answer.status_code == 409
    assert [str(each["id"]) for each in page.select("[id$='-theirs']")] == [f"{SESSIONS}-theirs"]
    assert "Số cuộc tuyên truyền: Giá trị đang lưu: “21”" in " ".join(page.get_text().split())
    assert (seed.value(SESSIONS), seed.value(PEOPLE), seed.value(HARD)) == (21, 33, "mới")
    kept = second.post(address(seed), pairs_of(page.find(id="report-form")))
    assert kept.status_code == 303
    assert (seed.value(SESSIONS), seed.value(PEOPLE), seed.value(HARD)) == (22, 33, "mới")


def test_a_page_from_before_a_restore_is_told_and_saves_nothing(as_unit: people.Browser, seed: people.Seed) -> None:
    """It shows what is stored no more, under a time at which it was saved."""
    autosave(as_unit, seed, {SESSIONS: "9"})
    answer = autosave(as_unit, seed, {PEOPLE: "40", BASE_PREFIX + PEOPLE: "", "ver": "12"})
    assert answer.status_code == 409
    assert "phục hồi từ một bản sao lưu cũ hơn trang này" in answer.get_data(as_text=True)
    assert (seed.value(SESSIONS), seed.value(PEOPLE)) == (9, None)


def test_without_javascript_the_other_value_can_be_taken_field_by_field(
    as_unit: people.Browser, app: Flask, seed: people.Seed
) -> None:
    autosave(people.Browser(app).sign_in("p1"), seed, {SESSIONS: "7", PEOPLE: "40"})
    page = soup(as_unit.post(address(seed), {SESSIONS: "8", PEOPLE: "50", "ver": "0"}))
    ticks = page.select("input[type=checkbox][name^='take.']")
    assert [tick["name"] for tick in ticks] == [f"take.{SESSIONS}", f"take.{PEOPLE}"]
    assert ticks[0].find_parent("label").get_text() == " Lấy bản kia cho “Số cuộc tuyên truyền”"
    chosen = {SESSIONS: "8", PEOPLE: "50", f"take.{SESSIONS}": "1", "ver": shown(page, "ver")}
    assert as_unit.post(address(seed), chosen).status_code == 303
    assert (seed.value(SESSIONS), seed.value(PEOPLE)) == (7, 50)


def test_a_conflict_is_told_in_the_words_of_the_choice(as_unit: people.Browser, app: Flask, seed: people.Seed) -> None:
    status = "n1-tinh_trang-0-trang_thai"
    autosave(people.Browser(app).sign_in("p1"), seed, {status: "khong"})
    line = soup(autosave(as_unit, seed, {status: "co", BASE_PREFIX + status: ""})).select_one("[data-conflict]")
    assert line is not None
    assert line["data-theirs"] == "khong"
    assert "của bạn “Có hoạt động”, đang lưu “Không có hoạt động”" in line.get_text(" ", strip=True)


def test_what_was_typed_into_a_removed_row_is_handed_back(
    as_unit: people.Browser, app: Flask, seed: people.Seed
) -> None:
    as_unit.post(address(seed), {"action": "them.n1.chi_tiet"})
    row = Entry.get().row
    name = f"n1-chi_tiet-{row}-noi_dung"
    colleague = people.Browser(app).sign_in("p1")
    colleague.post(address(seed), {"action": f"xoa.n1.chi_tiet.{row}"})
    fragment = soup(autosave(as_unit, seed, {name: "mất công gõ", BASE_PREFIX + name: ""}))
    line = fragment.select_one(f"[data-conflict='{name}']")
    assert line is not None
    assert "mất công gõ" in line.get_text()
    assert "dòng này đã bị xóa" in line.get_text()
    assert [each["data-keep"] for each in line.select("[data-keep]")] == ["theirs"]
    answer = as_unit.post(address(seed), {name: "mất công gõ", "ver": "1"})
    page = soup(answer)
    assert answer.status_code == 409
    assert "mất công gõ" in page.get_text()
    assert not page.find_all(attrs={"name": name})
    undo = page.select_one(".undo button")
    assert undo is not None
    restored = as_unit.post(address(seed), {"action": undo["value"], "ver": shown(page, "ver")})
    assert restored.status_code == 303
    assert as_unit.post(address(seed), {name: "mất công gõ", "ver": "3"}).status_code == 303
    assert seed.value(name) == "mất công gõ"


# --- Strangers, lapsed sessions, closed reports ------------------------------------------------------------------


def test_only_the_unit_itself_writes_its_report(
    as_unit: people.Browser, as_other: people.Browser, as_team: people.Browser, as_admin: people.Browser,
    seed: people.Seed,
) -> None:  # fmt: skip
    for verb in ("", "/luu"):
        for htmx in (True, False):
            where = address(seed, verb=verb)
            assert as_other.post(where, {SESSIONS: "6", "ver": "0"}, htmx=htmx).status_code == 404
            assert as_team.post(where, {SESSIONS: "6", "ver": "0"}, htmx=htmx).status_code == 409
            assert as_admin.post(where, {SESSIONS: "6", "ver": "0"}, htmx=htmx).status_code == 403
    assert Entry.select().count() == 0
    with database.connection():
        denied = [(event.actor, event.subject) for event in Event.select().where(Event.action == "denied")]
    assert ("Quản trị", f"POST {address(seed, verb='/luu')}") in denied


def test_after_a_lapsed_session_the_text_is_kept_and_can_be_sent_again(
    as_unit: people.Browser, seed: people.Seed, clock: people.SettableClock
) -> None:
    text = '  dòng một\r\n<b>dòng hai</b> "&amp;"\r\n'
    typed = [(HARD, text), (SESSIONS, "nhiều"), ("n5-danh_gia-0-khong_van_ban", ""),
             ("n5-danh_gia-0-khong_van_ban", "1"), ("ver", "0"), ("action", "luu"), ("x", "y")]  # fmt: skip
    as_unit.token()
    clock.move(hours=1)
    fragment = as_unit.post(address(seed, verb="/luu"), typed, htmx=True)
    assert fragment.status_code == 401
    assert "<html" not in fragment.get_data(as_text=True)
    lapsed = as_unit.post(address(seed), typed)
    page = soup(lapsed)
    assert lapsed.status_code == 401
    assert "phần vừa nhập vẫn còn" in page.get_text()
    pairs = pairs_of(form_of(page))
    sent = [(name, {"username": "p1", "password": people.PASSWORD}.get(name, value)) for name, value in pairs]
    as_unit._token = dict(pairs)["csrf_token"]
    resumed = as_unit.post("/dang-nhap", sent)
    assert resumed.status_code == 200
    form = form_of(soup(resumed))
    assert form["action"] == address(seed)
    back = pairs_of(form)
    as_unit._token = dict(back)["csrf_token"]
    assert [pair for pair in back if pair[0] not in ("csrf_token", "tab", "seq")] == typed[:5]
    assert as_unit.post(str(form["action"]), back).status_code == 303
    assert seed.value(HARD) == 'dòng một\n<b>dòng hai</b> "&amp;"'
    assert (seed.value(SESSIONS), seed.value("n5-danh_gia-0-khong_van_ban")) == ("nhiều", True)


@pytest.mark.parametrize("name", ["lt", "tonghop", "quantri"])
def test_somebody_else_who_signs_in_then_does_not_inherit_the_text(
    as_unit: people.Browser, seed: people.Seed, clock: people.SettableClock, name: str
) -> None:
    as_unit.token()
    clock.move(hours=1)
    kept = {HARD: "chỉ của Phường 1", "ver": "0", "next": address(seed)}
    answer = as_unit.post("/dang-nhap", {"username": name, "password": people.PASSWORD, **kept})
    assert answer.status_code == 303
    assert "chỉ của Phường 1" not in as_unit.get(answer.location).get_data(as_text=True)


@pytest.mark.parametrize("target", ["/bao-cao/9999", "/bao-cao/" + "9" * 30, "/dang-xuat", "/mat-khau", "/x", "//evil"])
def test_kept_text_goes_back_to_the_own_report_only(app: Flask, seed: people.Seed, target: str) -> None:
    typed = {"username": "p1", "password": people.PASSWORD, HARD: "văn bản", "ver": "0", "next": target}
    answer = people.Browser(app).post("/dang-nhap", typed)
    assert answer.status_code == 303
    assert answer.location == "/bao-cao"


def test_a_stale_token_loses_nothing(as_unit: people.Browser, seed: people.Seed) -> None:
    typed = {HARD: "dòng một\r\ndòng hai", "ver": "0", BASE_PREFIX + HARD: ""}
    answer = as_unit.client.post(address(seed), data={**typed, "csrf_token": "IjEi.x.y"})
    page = soup(answer)
    assert answer.status_code == 400
    form = form_of(page)
    assert form["action"] == address(seed)
    back = dict(pairs_of(form))
    assert {name: back[name] for name in typed} == typed
    assert as_unit.client.post(str(form["action"]), data=back).status_code == 303
    assert seed.value(HARD) == "dòng một\ndòng hai"
    fragment = as_unit.client.post(
        address(seed, verb="/luu"), data=typed, headers={"HX-Request": "true", "X-CSRFToken": "IjEi.x.y"}
    )
    assert fragment.status_code == 401


def close(seed: people.Seed, how: str, clock: people.SettableClock) -> None:
    with database.connection():
        if how == "khóa sổ":
            Round.update(closes_at=clock()).execute()
            clock.move(seconds=1)
        else:
            Report.update(status="sent", revision=1).where(Report.id == seed.report("P1").id).execute()


@pytest.mark.parametrize("how", ["khóa sổ", "đã gửi"])
def test_a_report_that_closed_under_the_clerk_says_so_and_hands_the_text_back(
    as_unit: people.Browser, seed: people.Seed, clock: people.SettableClock, how: str
) -> None:
    as_unit.token()
    close(seed, how, clock)
    fragment = autosave(as_unit, seed, {SESSIONS: "12"})
    assert fragment.status_code == 409
    assert how in soup(fragment).get_text()
    assert not soup(fragment).select("[data-conflict]")
    answer = as_unit.post(address(seed), {SESSIONS: "1.234", HARD: "dòng một\r\ndòng hai", "ver": "0"})
    page = soup(answer)
    assert answer.status_code == 409
    assert how in page.get_text()
    assert "1.234" in page.get_text()
    assert "dòng một\ndòng hai" in page.get_text()
    assert Entry.select().count() == 0
    assert as_unit.get("/bao-cao").location == address(seed, verb="/xem")


def test_a_returned_report_shows_each_reason_beside_its_item(
    as_unit: people.Browser, as_team: people.Browser, seed: people.Seed
) -> None:
    autosave(as_unit, seed, people.complete_answers())
    as_unit.post(address(seed, verb="/gui"), {"khong_mat": "1"})
    given = {
        "lan_gui": "1",
        "chon-n2": "1",
        "ly-do-n2": "Thiếu số tin.\r\n<b>Bổ sung</b>",
        "chon-n5": "1",
        "ly-do-n5": "Ghi rõ.",
    }
    as_team.post(f"/tong-hop{address(seed, verb='/tra-lai')}", given)
    page = soup(as_unit.get("/bao-cao"))
    for key, reason in (("n2", "Thiếu số tin.\n<b>Bổ sung</b>"), ("n5", "Ghi rõ.")):
        told = page.select_one(f"section#{key} .returned .lines")
        assert told is not None
        assert told.get_text() == reason
    assert len(page.select(".returned")) == 2
    links = [each["href"] for each in page.select("main > .alert a")]
    assert links == ["#n2", "#n5"]
    autosave(as_unit, seed, {SESSIONS: "13"})
    assert as_unit.post(address(seed, verb="/gui"), {"khong_mat": "1"}).location == address(seed, verb="/bien-nhan/2")
    assert seed.report("P1").status == "resent"


def test_a_unit_that_is_not_asked_is_told_whom_to_call(as_unit: people.Browser, seed: people.Seed) -> None:
    with database.connection():
        Report.update(asked=False).where(Report.id == seed.report("P1").id).execute()
    answer = as_unit.get("/bao-cao")
    assert answer.status_code == 404
    assert "Liên hệ Đội Tổng hợp" in soup(answer).get_text()


def test_the_check_on_the_form_tells_every_fault_at_its_field(as_unit: people.Browser, seed: people.Seed) -> None:
    autosave(as_unit, seed, people.complete_answers() | {SESSIONS: "nhiều", "n3-khau_hieu-kh1-dia_diem": ""})
    page = soup(as_unit.get("/bao-cao?kiem-tra=1"))
    links = page.select(".error-summary a")
    assert [link["href"] for link in links] == [f"#{SESSIONS}", "#n3-khau_hieu-kh1-dia_diem"]
    for link in links:
        field = page.find(id=str(link["href"])[1:])
        assert field is not None
        assert field["aria-invalid"] == "true"
        told = page.find(id=f"{field['id']}-error")
        assert told is not None
        assert told.get_text().removeprefix("Lỗi: ") in link.get_text()
        assert told["id"] in str(field["aria-describedby"]).split()
    assert page.title is not None
    assert page.title.get_text().startswith("Lỗi: ")
