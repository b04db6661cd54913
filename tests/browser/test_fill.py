"""The form as a clerk uses it: it saves by itself, says so, and loses nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import people
import pytest
from faults import Faults
from flask import Flask, request, request_finished
from playwright.sync_api import Page, Route, expect

from nhanquyen.form.patch import read_patch
from nhanquyen.store import database, reports, saving
from nhanquyen.store.events import Actor

SESSIONS = "#n1-so_lieu-0-so_cuoc"
PEOPLE = "#n1-so_lieu-0-so_luot_nguoi"
TEXT = "#n1-ket_qua-0-cach_lam"
STATE = "#save-state"

one_browser = pytest.mark.parametrize("browser_kind", ["chromium"], indirect=True)
one_width = pytest.mark.parametrize("viewport", ["desktop"], indirect=True)
SignIn = Callable[[Page, str], None]


def stored(seed: people.Seed, code: str, block: str, field: str, item: str = "n1") -> object:
    with database.connection():
        row = reports.load_answers(seed.report(code)).row(item, block)
        return row.values.get(field) if row else None


def expect_saved(page: Page) -> None:
    expect(page.locator(STATE)).to_have_text("Đã lưu lúc 09:00:00")


def fill_in_all(page: Page) -> None:
    """Type everything that Phường 1 must answer."""
    for name, text in people.complete_answers().items():
        control = page.locator(f'[name="{name}"]:not([type=hidden])')
        if control.get_attribute("type") == "checkbox":
            control.check()
        else:
            control.fill(text)


def save_elsewhere(seed: people.Seed, typed: dict[str, str], who: str = "p1") -> None:
    """Somebody else of the unit saves *typed* meanwhile."""
    with database.connection():
        report = seed.report("P1")
        patch = read_patch(seed.directive, typed.items())
        actor = Actor(seed.accounts[who], "192.0.2.77", people.SettableClock().now)
        saving.save(report, patch, report.version, seed.directive, actor)


def test_what_is_typed_before_the_scripts_have_come_is_saved(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    held: list[Route] = []
    page.route("**/fill.js*", lambda route: held.append(route))
    with page.expect_request("**/fill.js*"):
        page.goto("/bao-cao", wait_until="commit")
    page.locator(SESSIONS).fill("1240")
    page.locator(TEXT).fill("Họp dân")
    page.locator("#n1-tinh_trang-0-trang_thai").check()
    page.locator("#n5-danh_gia-0-khong_van_ban").check()
    (script,) = held
    script.continue_()
    expect_saved(page)
    expect(page.locator(SESSIONS + "-echo")).to_have_text("Đọc là 1.240")
    assert stored(seed, "P1", "so_lieu", "so_cuoc") == 1240
    assert stored(seed, "P1", "ket_qua", "cach_lam") == "Họp dân"
    assert stored(seed, "P1", "tinh_trang", "trang_thai") == "co"
    assert stored(seed, "P1", "danh_gia", "khong_van_ban", "n5") is True


def test_it_saves_what_is_typed_and_says_when(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    expect(page.locator(STATE)).to_have_text("Chưa nhập gì")
    page.locator(SESSIONS).press_sequentially("1.240", delay=20)
    expect_saved(page)
    expect(page.locator(SESSIONS + "-echo")).to_have_text("Đọc là 1.240")
    expect(page.locator(SESSIONS)).to_be_focused()
    assert stored(seed, "P1", "so_lieu", "so_cuoc") == 1240
    expect(page.locator("#fill-progress li").first).to_contain_text("Đang làm")
    page.reload()
    expect(page.locator(SESSIONS)).to_have_value("1.240")


@one_browser
@one_width
def test_it_saves_during_uninterrupted_typing(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    with page.expect_response(lambda answer: answer.url.endswith("/luu"), timeout=30_000):
        text = "Tuyên truyền lồng ghép trong sinh hoạt chi bộ, khóm. " * 2
        page.locator(TEXT).press_sequentially(text, delay=60, timeout=0)
    expect_saved(page)
    assert str(stored(seed, "P1", "ket_qua", "cach_lam")).startswith("Tuyên truyền")


@one_browser
def test_a_draft_keeps_what_is_no_number(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    page.locator(PEOPLE).fill("trên 100")
    expect(page.locator(PEOPLE + "-echo")).to_have_text("Chưa đọc được số; ghi ví dụ 1.234")
    expect_saved(page)
    assert stored(seed, "P1", "so_lieu", "so_luot_nguoi") == "trên 100"
    page.reload()
    expect(page.locator(PEOPLE)).to_have_value("trên 100")


def test_rows_are_added_copied_removed_and_brought_back(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    block = page.locator("#block-n1-chi_tiet")
    page.locator(SESSIONS).fill("3")
    page.get_by_role("button", name="Thêm cuộc").click()
    first = block.locator(".row-card").nth(0)
    expect(first.get_by_label("Ngày, cuộc 1")).to_be_focused()
    first.get_by_label("Ngày, cuộc 1").fill("05/12/2023")
    first.get_by_label("Hình thức, cuộc 1").fill("Họp dân")
    expect_saved(page)
    block.get_by_role("button", name="Chép cuộc 1").click()
    expect(block.locator(".row-card")).to_have_count(2)
    expect(block.get_by_label("Hình thức, cuộc 2")).to_have_value("Họp dân")
    block.get_by_role("button", name="Xóa cuộc 1").click()
    expect(block.locator(".row-card")).to_have_count(1)
    block.get_by_role("button", name="Hoàn tác").click()
    expect(block.locator(".row-card")).to_have_count(2)
    assert stored(seed, "P1", "so_lieu", "so_cuoc") == 3
    expect(block.locator(":focus")).to_have_count(1)


@one_browser
@one_width
def test_text_typed_while_a_row_is_added_stays(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    page.get_by_role("button", name="Thêm cuộc").click()
    form = page.get_by_label("Hình thức, cuộc 1")
    form.fill("Mít tinh")
    page.get_by_role("button", name="Thêm cuộc").click()
    expect(page.locator("#block-n1-chi_tiet .row-card")).to_have_count(2)
    expect(form).to_have_value("Mít tinh")
    with database.connection():
        rows = reports.load_answers(seed.report("P1")).rows(
            seed.directive.by_key["n1"], seed.directive.block("n1", "chi_tiet")
        )
    assert [row.values for row in rows] == [{"hinh_thuc": "Mít tinh"}, {}]


@one_browser
def test_it_saves_by_itself_once_the_network_is_back(
    page: Page, sign_in: SignIn, seed: people.Seed, faults: Faults
) -> None:
    faults.allow("ERR_INTERNET_DISCONNECTED")
    faults.allow("htmx:")
    sign_in(page, "p1")
    page.context.set_offline(True)
    page.locator(SESSIONS).fill("7")
    expect(page.locator(STATE)).to_have_text("Chưa lưu – mất kết nối, sẽ tự lưu lại")
    page.locator(PEOPLE).fill("70")
    page.context.set_offline(False)
    expect_saved(page)
    assert stored(seed, "P1", "so_lieu", "so_cuoc") == 7
    assert stored(seed, "P1", "so_lieu", "so_luot_nguoi") == 70


@one_browser
@one_width
def test_a_button_pressed_without_network_keeps_the_page_and_the_text(
    page: Page, sign_in: SignIn, seed: people.Seed, faults: Faults
) -> None:
    faults.allow("ERR_INTERNET_DISCONNECTED")
    faults.allow("htmx:")
    sign_in(page, "p1")
    page.context.set_offline(True)
    page.locator(SESSIONS).fill("7")
    page.locator(".actions").get_by_role("button", name="Lưu").click()
    expect(page.locator(STATE)).to_have_text("Chưa lưu – mất kết nối, sẽ tự lưu lại; có mạng thì bấm lại “Lưu”")
    page.get_by_role("button", name="Kiểm tra và gửi").click()
    expect(page.locator(SESSIONS)).to_have_value("7")
    page.context.set_offline(False)
    expect_saved(page)
    assert stored(seed, "P1", "so_lieu", "so_cuoc") == 7
    assert page.url.endswith("/bao-cao")


@one_browser
@one_width
def test_what_was_typed_last_goes_out_when_the_page_is_left(
    page: Page, sign_in: SignIn, seed: people.Seed, app: Flask
) -> None:
    saved = threading.Event()

    def hear(sender: Flask, **_: object) -> None:
        if request.path.endswith("/luu"):
            saved.set()

    sign_in(page, "p1")
    page.on("dialog", lambda dialog: dialog.accept())
    with request_finished.connected_to(hear, app):
        page.locator(SESSIONS).fill("7")
        page.goto("/tro-giup")
        assert saved.wait(timeout=10)
    page.goto("/bao-cao")
    expect(page.locator(SESSIONS)).to_have_value("7")
    assert stored(seed, "P1", "so_lieu", "so_cuoc") == 7


def test_a_fault_leads_to_its_field_in_full_view(page: Page, sign_in: SignIn) -> None:
    sign_in(page, "p1")
    page.get_by_role("button", name="Kiểm tra và gửi").click()
    page.locator('.error-summary a[href$="#n2-kenh-0-tin_zalo"]').click()
    field = page.locator("#n2-kenh-0-tin_zalo")
    expect(field).to_be_focused()
    covered = page.evaluate(
        """() => { const field = document.activeElement.getBoundingClientRect();
        const side = document.querySelector(".side").getBoundingClientRect();
        const label = document.querySelector('label[for="n2-kenh-0-tin_zalo"]').getBoundingClientRect();
        const over = side.width > innerWidth / 2 ? side.bottom : 0;
        return label.top < over || field.bottom > innerHeight; }"""
    )
    assert not covered


@one_browser
def test_the_way_to_undo_is_where_the_eyes_are(page: Page, sign_in: SignIn) -> None:
    sign_in(page, "p1")
    for count in (1, 2):
        page.get_by_role("button", name="Thêm cuộc").click()
        expect(page.locator("#block-n1-chi_tiet .row-card")).to_have_count(count)
    page.get_by_role("button", name="Xóa cuộc 1").click()
    undo = page.get_by_role("button", name="Hoàn tác")
    expect(undo).to_be_focused()
    expect(undo).to_be_in_viewport()


@one_browser
def test_a_text_that_is_too_long_is_told_at_its_field(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    page.locator(TEXT).fill("ệ" * 11_234)
    expect(page.locator(TEXT + "-echo")).to_have_text("Dài 11.234 ký tự, thừa 1.234; nhiều nhất 10.000")
    expect_saved(page)
    assert stored(seed, "P1", "ket_qua", "cach_lam") == "ệ" * 11_234


@one_browser
def test_evidence_starts_by_itself_and_says_what_is_wrong(
    page: Page, sign_in: SignIn, seed: people.Seed, tmp_path: Path, faults: Faults
) -> None:
    faults.allow("status of 422")
    sign_in(page, "p1")
    page.goto(f"/bao-cao/{seed.report('P1').id}/minh-chung")
    expect(page.get_by_role("button", name="Tải lên")).to_be_hidden()
    large, paper, fake = tmp_path / "lon.pdf", tmp_path / "ban ky.pdf", tmp_path / "gia.jpg"
    large.write_bytes(b"%PDF-1.4\n" + b"0" * 13 * 1024 * 1024)
    paper.write_bytes(b"%PDF-1.4\n1 0 obj\n%%EOF\n")
    fake.write_text("không phải ảnh", encoding="utf-8")
    page.locator("#tep").set_input_files(large)
    expect(page.locator("#upload-fault")).to_have_text("Tệp 14 MB, nhiều nhất 12 MB. Giảm dung lượng rồi chọn lại.")
    page.locator("#tep").set_input_files(fake)
    expect(page.locator(".error-summary")).to_contain_text("không phải là ảnh")
    page.locator("#tep").set_input_files(paper)
    expect(page.get_by_role("link", name="ban ky.pdf")).to_be_visible()


@one_browser
@one_width
def test_a_lost_reply_is_no_conflict(page: Page, sign_in: SignIn, seed: people.Seed, faults: Faults) -> None:
    """The server stored it, the answer never came: the retry must neither complain nor store anything else."""
    faults.allow("ERR_FAILED")
    faults.allow("htmx:")
    sign_in(page, "p1")
    lost = []

    def lose_the_first(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/luu", lose_the_first)
    page.locator(SESSIONS).fill("7")
    expect(page.locator(STATE)).to_have_text("Chưa lưu – mất kết nối, sẽ tự lưu lại")
    expect_saved(page)
    assert lost == [200]
    assert stored(seed, "P1", "so_lieu", "so_cuoc") == 7
    assert not page.locator("[data-conflict]").count()
    assert seed.report("P1").version == 1


def test_after_a_lapsed_session_the_text_is_saved(
    page: Page, sign_in: SignIn, seed: people.Seed, clock: people.SettableClock, faults: Faults
) -> None:
    faults.allow("status of 401")
    sign_in(page, "p1")
    page.locator(SESSIONS).fill("7")
    expect_saved(page)
    clock.move(minutes=31)
    page.locator(PEOPLE).fill("500")
    box = page.locator("#signin-box")
    expect(box).to_be_visible()
    expect(page.locator(STATE)).to_contain_text("phiên đã hết")
    expect(page.locator("#signin-password")).to_be_focused()
    box.get_by_label("Mật khẩu của p1").fill(people.PASSWORD)
    box.get_by_role("button", name="Đăng nhập").click()
    expect(page.locator(STATE)).to_have_text("Đã lưu lúc 09:31:00")
    expect(box).to_be_hidden()
    assert stored(seed, "P1", "so_lieu", "so_luot_nguoi") == 500


@one_browser
@one_width
def test_a_wrong_password_in_place_keeps_the_text(
    page: Page, sign_in: SignIn, clock: people.SettableClock, faults: Faults
) -> None:
    faults.allow("status of 4")
    sign_in(page, "p1")
    clock.move(minutes=31)
    page.locator(PEOPLE).fill("500")
    page.locator("#signin-password").fill("sai mật khẩu rồi")
    page.locator("#signin-form").get_by_role("button").click()
    expect(page.locator("#signin-fault")).to_contain_text("mật khẩu không đúng")
    expect(page.locator(PEOPLE)).to_have_value("500")


@pytest.mark.parametrize(("button", "left"), [("Giữ của tôi", 7), ("Lấy bản kia", 9)])
@one_width
def test_two_people_on_one_field_are_asked(
    page: Page, sign_in: SignIn, seed: people.Seed, faults: Faults, button: str, left: int
) -> None:
    faults.allow("status of 409")
    sign_in(page, "p1")
    save_elsewhere(seed, {"n1-so_lieu-0-so_cuoc": "9"})
    page.locator(SESSIONS).fill("7")
    page.locator(PEOPLE).fill("70")
    box = page.locator("#conflict-box")
    expect(box).to_contain_text("của bạn “7”, đang lưu “9”")
    expect(box.get_by_role("button", name=button)).to_be_in_viewport()
    assert stored(seed, "P1", "so_lieu", "so_cuoc") == 9
    box.get_by_role("button", name=button).click()
    expect(box).to_be_empty()
    expect(page.locator(STATE)).to_contain_text("Đã lưu")
    expect(page.locator(SESSIONS)).to_have_value(str(left))
    assert stored(seed, "P1", "so_lieu", "so_cuoc") == left
    assert stored(seed, "P1", "so_lieu", "so_luot_nguoi") == 70


@one_width
def test_the_box_of_conflicts_does_not_cover_where_one_types(
    page: Page, sign_in: SignIn, seed: people.Seed, faults: Faults
) -> None:
    faults.allow("status of 409")
    sign_in(page, "p1")
    save_elsewhere(seed, {"n1-so_lieu-0-so_cuoc": "9"})
    here = page.locator(SESSIONS)
    here.evaluate("field => field.scrollIntoView({ block: 'end' })")
    here.fill("7")
    box = page.locator("#conflict-box")
    expect(box).to_contain_text("của bạn “7”, đang lưu “9”")
    expect(here).to_be_focused()
    page.wait_for_function(
        "([field, box]) => field.getBoundingClientRect().bottom <= box.getBoundingClientRect().top",
        arg=[here.element_handle(), box.element_handle()],
    )


@one_browser
@one_width
def test_a_conflict_stays_until_it_is_decided(page: Page, sign_in: SignIn, seed: people.Seed, faults: Faults) -> None:
    faults.allow("status of 409")
    sign_in(page, "p1")
    save_elsewhere(seed, {"n1-so_lieu-0-so_cuoc": "9", "n1-so_lieu-0-so_luot_nguoi": "90"})
    box, state = page.locator("#conflict-box"), page.locator(STATE)
    page.locator(SESSIONS).fill("7")
    expect(box.get_by_role("heading")).to_have_text("1 ô mà bạn sửa cũng vừa được sửa ở nơi khác")
    with page.expect_response("**/luu"):
        page.locator("#n2-so_lieu-0-so_hoat_dong").fill("4")
    expect(state).to_have_text("Chưa lưu 1 ô")
    expect(box).to_contain_text("của bạn “7”, đang lưu “9”")
    page.locator(PEOPLE).fill("70")
    expect(box.get_by_role("heading")).to_have_text("2 ô mà bạn sửa cũng vừa được sửa ở nơi khác")
    box.get_by_role("button", name="Giữ của tôi").last.click()
    expect(box.get_by_role("heading")).to_have_text("1 ô mà bạn sửa cũng vừa được sửa ở nơi khác")
    expect(state).to_have_text("Chưa lưu 1 ô")
    box.get_by_role("button", name="Lấy bản kia").click()
    expect_saved(page)
    assert stored(seed, "P1", "so_lieu", "so_cuoc") == 7
    assert stored(seed, "P1", "so_lieu", "so_luot_nguoi") == 90


def page_of_a_conflict(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    """What is left of a page without JavaScript is posted after signing in again, and meets somebody else's values."""
    sign_in(page, "p1")
    save_elsewhere(seed, {"n1-so_lieu-0-so_cuoc": "9", "n1-so_lieu-0-so_luot_nguoi": "90"})
    page.evaluate(
        """() => { const form = document.createElement("form"); const of = document.getElementById("report-form");
        [form.method, form.action] = ["post", of.getAttribute("action")];
        const said = { csrf_token: of.elements.csrf_token.value, ver: "0",
          "n1-so_lieu-0-so_cuoc": "7", "n1-so_lieu-0-so_luot_nguoi": "70" };
        Object.entries(said).forEach(([name, value]) => form.append(Object.assign(
          document.createElement("input"), { type: "hidden", name, value })));
        document.body.append(form); form.submit(); }"""
    )
    expect(page.get_by_role("heading", name="Có 2 chỗ vừa được sửa ở nơi khác")).to_be_visible()


@one_browser
def test_the_page_of_a_conflict_waits_for_a_choice(
    page: Page,
    sign_in: SignIn,
    seed: people.Seed,
    faults: Faults,
    assert_accessible: Callable[[Page], None],
) -> None:
    faults.allow("status of 409")
    page_of_a_conflict(page, sign_in, seed)
    assert_accessible(page)
    expect(page.locator(STATE)).to_have_text("Chưa lưu 2 ô")
    with page.expect_response("**/luu"):
        page.locator("#n2-so_lieu-0-so_hoat_dong").fill("4")
    expect(page.locator(STATE)).to_have_text("Chưa lưu 2 ô")
    assert stored(seed, "P1", "so_lieu", "so_cuoc") == 9
    take = page.get_by_label("Lấy bản kia cho “Số cuộc tuyên truyền”")
    take.check()
    expect(page.locator(SESSIONS)).to_have_value("9")
    take.uncheck()
    expect(page.locator(SESSIONS)).to_have_value("7")
    take.check()
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator(".actions").get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("status").filter(has_text="Đã lưu.")).to_be_visible()
    assert stored(seed, "P1", "so_lieu", "so_cuoc") == 9
    assert stored(seed, "P1", "so_lieu", "so_luot_nguoi") == 70


@one_browser
@one_width
def test_what_two_people_change_apart_is_merged(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    save_elsewhere(seed, {"n1-so_lieu-0-so_luot_nguoi": "90"})
    page.locator(SESSIONS).fill("7")
    expect_saved(page)
    assert stored(seed, "P1", "so_lieu", "so_cuoc") == 7
    assert stored(seed, "P1", "so_lieu", "so_luot_nguoi") == 90


@one_browser
@one_width
def test_leaving_with_unsaved_text_is_asked_about(page: Page, sign_in: SignIn, faults: Faults) -> None:
    faults.allow("ERR_")
    faults.allow("htmx:")
    sign_in(page, "p1")
    questions: list[str] = []
    page.on("dialog", lambda dialog: (questions.append(dialog.type), dialog.accept()))
    page.locator("#fill-progress").click()
    page.reload()
    assert questions == []
    page.route("**/luu", lambda route: route.abort())
    page.locator(SESSIONS).press_sequentially("7")
    expect(page.locator(STATE)).to_contain_text("Chưa lưu")
    page.reload()
    assert questions == ["beforeunload"]


@one_browser
def test_a_button_sends_only_what_changed(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    """A press on “Lưu” at once after typing: nothing is lost, and nobody else's save is written over."""
    sign_in(page, "p1")
    save_elsewhere(seed, {"n2-so_lieu-0-so_hoat_dong": "4"})
    page.locator(SESSIONS).fill("7")
    page.locator(".actions").get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("status").filter(has_text="Đã lưu.")).to_be_visible()
    assert stored(seed, "P1", "so_lieu", "so_cuoc") == 7
    assert stored(seed, "P1", "so_lieu", "so_hoat_dong", "n2") == 4


@one_browser
def test_without_javascript_the_whole_way_works(
    open_page: Callable[..., Page], sign_in: SignIn, seed: people.Seed
) -> None:
    page = open_page(java_script_enabled=False)
    sign_in(page, "p1")
    page.get_by_role("button", name="Thêm cuộc").click()
    assert page.locator("#block-n1-chi_tiet .row-card").count() == 1
    page.get_by_role("button", name="Xóa cuộc 1").click()
    fill_in_all(page)
    page.get_by_role("button", name="Kiểm tra và gửi").click()
    page.get_by_label("Báo cáo không có nội dung thuộc bí mật").check()
    page.get_by_role("button", name="Gửi báo cáo").click()
    expect(page.get_by_role("heading", name="Đã gửi báo cáo")).to_be_visible()
    assert seed.report("P1").status == "sent"


def test_from_the_first_figure_to_the_receipt(page: Page, sign_in: SignIn, seed: people.Seed, faults: Faults) -> None:
    faults.allow("status of 422")
    sign_in(page, "p1")
    page.get_by_role("button", name="Kiểm tra và gửi").click()
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    assert page.title().startswith("Lỗi: ")
    summary.get_by_role("link").first.click()
    expect(page.locator(SESSIONS)).to_be_visible()
    fill_in_all(page)
    expect_saved(page)
    page.get_by_role("button", name="Kiểm tra và gửi").click()
    page.get_by_role("button", name="Gửi báo cáo").click()
    expect(page.locator(".error-summary")).to_contain_text("Đánh dấu xác nhận")
    page.get_by_label("Báo cáo không có nội dung thuộc bí mật").check()
    page.get_by_role("button", name="Gửi báo cáo").click()
    expect(page.locator(".receipt-code")).to_have_text(seed.report("P1").revisions.get().receipt)
    page.goto("/bao-cao")
    expect(page.locator("main")).to_contain_text("Báo cáo đã gửi nên không sửa được nữa")
