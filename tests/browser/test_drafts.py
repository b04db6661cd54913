"""What the server has not got is kept on the PC, for its account alone, and offered back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import people
import pytest
from draft_records import kept
from faults import Faults
from playwright.sync_api import BrowserContext, Dialog, Error, Locator, Page, expect

from nhanquyen.form.patch import read_patch
from nhanquyen.store import database, entering, saving, sending

SESSIONS, PEOPLE, TEXT = "n1-so_lieu-0-so_cuoc", "n1-so_lieu-0-so_luot_nguoi", "n1-ket_qua-0-cach_lam"
STATE = "#save-state"
SAVED = "Đã lưu lúc 09:00:00"
WAITING = "Chưa lưu – mất kết nối, sẽ tự lưu lại"
SignIn = Callable[[Page, str], None]

one_browser = pytest.mark.parametrize("browser_kind", ["chromium"], indirect=True)
one_width = pytest.mark.parametrize("viewport", ["desktop"], indirect=True)


@pytest.fixture(autouse=True)
def _network_complaints(faults: Faults) -> None:
    for text in ("ERR_FAILED", "ERR_INTERNET_DISCONNECTED", "htmx:"):
        faults.allow(text)


def box(page: Page) -> Locator:
    return page.locator(".kept-draft")


def field(page: Page, name: str) -> Locator:
    return page.locator(f"#{name}")


def cut_off(page: Page) -> None:
    """No post of this page arrives any more."""
    page.route("**/bao-cao/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())


def keep(page: Page, typed: dict[str, str]) -> None:
    """Type without network, until it is on the disk."""
    cut_off(page)
    for name, text in typed.items():
        field(page, name).fill(text)
    expect(page.locator(STATE)).to_have_text(WAITING)
    expect(page.locator("#kept-state")).to_have_text(f"Máy này đang giữ {len(typed)} ô chưa lưu.")


def reopened(context: BrowserContext, address: str = "/bao-cao") -> Page:
    page = context.new_page()
    page.goto(address)
    return page


def crash(page: Page) -> BrowserContext:
    """End the tab so that not even its last words arrive: what a closed page sends passes Playwright's routes."""
    with contextlib.suppress(Error):
        page.goto("chrome://crash")
    page.close()
    return page.context


def leave_behind(page: Page, typed: dict[str, str]) -> BrowserContext:
    """Type without network, and lose the tab."""
    keep(page, typed)
    return crash(page)


def save_elsewhere(seed: people.Seed, typed: dict[str, str]) -> None:
    with database.connection():
        report = seed.report("P1")
        patch = read_patch(seed.directive, typed.items())
        actor = seed.actor("p1", people.SettableClock().now)
        saving.save(report, patch, report.version, seed.directive, actor)


def test_a_tab_that_crashed_loses_nothing(
    page: Page,
    sign_in: SignIn,
    seed: people.Seed,
    assert_accessible: Callable[[Page], None],
    assert_no_sideways_scroll: Callable[[Page], None],
) -> None:
    sign_in(page, "p1")
    context = leave_behind(page, {SESSIONS: "7", TEXT: "Họp dân ở khóm 3"})
    again = reopened(context)
    expect(box(again)).to_contain_text("Máy này còn giữ 2 ô chưa lưu, nhập lúc ")
    expect(box(again)).to_contain_text("Nội dung 1: ")
    expect(box(again)).to_contain_text("Họp dân ở khóm 3")
    assert_accessible(again)
    assert_no_sideways_scroll(again)
    box(again).get_by_role("button", name="Khôi phục").click()
    expect(again.locator(STATE)).to_have_text(SAVED)
    expect(box(again)).to_have_count(0)
    expect(field(again, SESSIONS)).to_have_value("7")
    assert (seed.value(SESSIONS), seed.value(TEXT)) == (7, "Họp dân ở khóm 3")
    again.reload()
    expect(field(again, TEXT)).to_have_value("Họp dân ở khóm 3")
    assert kept(again, 0) == []


@one_browser
@one_width
def test_what_was_saved_is_kept_no_longer(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    field(page, SESSIONS).fill("7")
    expect(page.locator(STATE)).to_have_text(SAVED)
    field(page, PEOPLE).fill("70")
    expect(page.locator(STATE)).to_have_text("Đang nhập…")
    expect(page.locator(STATE)).to_have_text(SAVED)
    again = reopened(page.context)
    expect(field(again, PEOPLE)).to_have_value("70")
    assert kept(again, 0) == []


@one_browser
@one_width
def test_fields_that_the_server_has_after_all_are_dropped_in_silence(
    page: Page, sign_in: SignIn, seed: people.Seed
) -> None:
    sign_in(page, "p1")
    context = leave_behind(page, {TEXT: "Họp dân", SESSIONS: "7"})
    save_elsewhere(seed, {TEXT: "Họp dân"})
    again = reopened(context)
    expect(box(again)).to_contain_text("Máy này còn giữ 1 ô chưa lưu")
    save_elsewhere(seed, {SESSIONS: "7"})
    again.reload()
    expect(field(again, SESSIONS)).to_have_value("7")
    assert kept(again, 0) == []
    expect(box(again)).to_have_count(0)


@one_browser
@one_width
def test_somebody_elses_newer_value_becomes_a_conflict(
    page: Page, sign_in: SignIn, seed: people.Seed, faults: Faults
) -> None:
    faults.allow("status of 409")
    sign_in(page, "p1")
    context = leave_behind(page, {SESSIONS: "7", PEOPLE: "70"})
    save_elsewhere(seed, {SESSIONS: "9"})
    again = reopened(context)
    expect(box(again)).to_contain_text("Đang lưu: “9”.")
    box(again).get_by_role("button", name="Khôi phục").click()
    expect(again.locator("#conflict-box")).to_contain_text("của bạn “7”, đang lưu “9”")
    assert (seed.value(SESSIONS), seed.value(PEOPLE)) == (9, 70)
    crash(again)
    once_more = reopened(context)
    expect(box(once_more)).to_contain_text("Máy này còn giữ 1 ô chưa lưu")
    box(once_more).get_by_role("button", name="Khôi phục").click()
    once_more.locator("#conflict-box").get_by_role("button", name="Giữ của tôi").click()
    expect(once_more.locator(STATE)).to_have_text(SAVED)
    assert seed.value(SESSIONS) == 7


@one_browser
@one_width
def test_what_is_typed_meanwhile_is_not_written_over(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    context = leave_behind(page, {TEXT: "cũ", SESSIONS: "7"})
    again = reopened(context)
    cut_off(again)
    field(again, TEXT).fill("mới")
    box(again).get_by_role("button", name="Khôi phục").click()
    expect(box(again)).to_contain_text("Máy này còn giữ 1 ô chưa lưu")
    expect(box(again)).to_contain_text("cũ")
    expect(field(again, TEXT)).to_have_value("mới")
    expect(field(again, SESSIONS)).to_have_value("7")


@one_browser
@one_width
def test_text_of_a_removed_row_can_be_copied(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    page.get_by_role("button", name="Thêm cuộc").click()
    name = page.get_by_label("Hình thức, cuộc 1").get_attribute("name")
    assert name
    context = leave_behind(page, {name: "Mít tinh"})
    other = reopened(context)
    other.get_by_role("button", name="Xóa cuộc 1").click()
    expect(other.get_by_role("button", name="Hoàn tác")).to_be_visible()
    other.reload()
    expect(box(other)).to_contain_text("Nội dung 1: Hình thức")
    expect(box(other)).to_contain_text("Mít tinh")
    expect(box(other)).to_contain_text("Dòng này không còn trên biểu")
    expect(box(other).get_by_role("button", name="Khôi phục")).to_be_hidden()
    questions: list[str] = []
    other.on("dialog", lambda dialog: (questions.append(dialog.message), dialog.accept()))
    box(other).get_by_role("button", name="Bỏ").click()
    expect(box(other)).to_have_count(0)
    assert questions == ["Bỏ hẳn 1 ô này? Bỏ rồi không lấy lại được."]
    assert kept(other, 0) == []


@one_browser
def test_a_report_that_closed_shows_the_text_to_copy(
    page: Page,
    sign_in: SignIn,
    seed: people.Seed,
    clock: people.SettableClock,
    faults: Faults,
    assert_accessible: Callable[[Page], None],
) -> None:
    faults.allow("status of 409")
    seed_complete(seed, clock)
    sign_in(page, "p1")
    with database.connection():
        sending.send(seed.report("P1"), seed.directive, seed.actor("p1", clock()))
    field(page, TEXT).fill("Họp dân ở khóm 3")
    expect(page.locator(STATE)).to_contain_text("Chưa lưu – Báo cáo đã gửi nên không sửa được")
    expect(page.locator(STATE)).to_be_in_viewport(ratio=1)
    expect(field(page, TEXT)).to_have_value("Họp dân ở khóm 3")
    expect(page.locator("#kept-state")).to_have_text("Máy này đang giữ 1 ô chưa lưu.")
    again = reopened(crash(page))
    expect(box(again)).to_contain_text("Họp dân ở khóm 3")
    expect(again.get_by_text("Họp dân ở khóm 3")).to_be_visible()
    expect(box(again).get_by_role("button", name="Khôi phục")).to_be_hidden()
    expect(box(again).get_by_role("link")).to_be_hidden()
    assert_accessible(again)


def seed_complete(seed: people.Seed, clock: people.SettableClock) -> None:
    with database.connection():
        seed.save("P1", people.complete_answers(), clock())


@one_browser
@one_width
def test_a_lapsed_session_and_a_closed_browser_lose_nothing(
    page: Page, sign_in: SignIn, seed: people.Seed, clock: people.SettableClock, faults: Faults
) -> None:
    faults.allow("status of 401")
    sign_in(page, "p1")
    clock.move(minutes=31)
    field(page, PEOPLE).fill("500")
    expect(page.locator(STATE)).to_contain_text("phiên đã hết")
    expect(page.locator("#kept-state")).to_have_text("Máy này đang giữ 1 ô chưa lưu.")
    again = crash(page).new_page()
    sign_in(again, "p1")
    box(again).get_by_role("button", name="Khôi phục").click()
    expect(again.locator(STATE)).to_have_text("Đã lưu lúc 09:31:00")
    assert seed.value(PEOPLE) == 500


@one_browser
@one_width
def test_another_account_cannot_sign_in_in_place(
    page: Page, sign_in: SignIn, seed: people.Seed, clock: people.SettableClock, faults: Faults
) -> None:
    faults.allow("status of 401")
    sign_in(page, "p1")
    clock.move(minutes=31)
    field(page, PEOPLE).fill("500")
    inside = page.locator("#signin-form")
    expect(inside).to_be_visible()
    inside.locator("[name=username]").evaluate("field => { field.value = 'lt'; }")
    inside.get_by_label("Mật khẩu của p1").fill(people.PASSWORD)
    inside.get_by_role("button", name="Đăng nhập").click()
    expect(page.locator("#signin-fault")).to_have_text("Phần vừa nhập là của p1; hãy đăng nhập bằng tài khoản đó.")
    assert (seed.value(PEOPLE), seed.value(PEOPLE, "LT")) == (None, None)
    inside.locator("[name=username]").evaluate("field => { field.value = 'p1'; }")
    inside.get_by_role("button", name="Đăng nhập").click()
    expect(page.locator(STATE)).to_have_text("Đã lưu lúc 09:31:00")
    assert (seed.value(PEOPLE), seed.value(PEOPLE, "LT")) == (500, None)


@one_browser
@one_width
def test_another_account_on_this_pc_sees_and_loses_nothing(
    page: Page, sign_in: SignIn, seed: people.Seed, clock: people.SettableClock
) -> None:
    sign_in(page, "p1")
    context = leave_behind(page, {TEXT: "của Phường 1"})
    clock.move(minutes=31)
    other = context.new_page()
    sign_in(other, "lt")
    field(other, SESSIONS).fill("3")
    expect(other.locator(STATE)).to_have_text("Đã lưu lúc 09:31:00")
    other.goto("/bao-cao")
    expect(field(other, SESSIONS)).to_have_value("3")
    assert len(kept(other)) == 1
    expect(box(other)).to_have_count(0)
    other.get_by_role("button", name="Đăng xuất").click()
    expect(other.get_by_text("Đã đăng xuất.")).to_be_visible()
    expect(box(other)).to_have_count(0)
    sign_in(other, "p1")
    expect(box(other)).to_contain_text("của Phường 1")
    assert (seed.value(TEXT), seed.value(TEXT, "LT")) == (None, None)


@one_browser
@one_width
def test_signing_out_asks_and_then_leaves_nothing(page: Page, sign_in: SignIn) -> None:
    sign_in(page, "p1")
    questions: list[str] = []
    answers = [False, True]

    def answer(dialog: Dialog) -> None:
        questions.append(dialog.message)
        (dialog.accept if answers.pop(0) else dialog.dismiss)()

    page.on("dialog", answer)
    keep(page, {TEXT: "Họp dân", SESSIONS: "7"})
    page.get_by_role("button", name="Đăng xuất").click()
    expect(field(page, TEXT)).to_have_value("Họp dân")
    assert len(kept(page)) == 1
    page.unroute_all(behavior="wait")
    page.route("**/luu", lambda route: route.abort())
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_text("Đã đăng xuất.")).to_be_visible()
    assert questions == 2 * ["Còn 2 ô chưa lưu lên máy chủ. Đăng xuất bây giờ sẽ xóa phần này khỏi máy. Vẫn đăng xuất?"]
    assert kept(page) == []
    sign_in(page, "p1")
    expect(field(page, TEXT)).to_have_value("")
    expect(box(page)).to_have_count(0)


@one_browser
@one_width
def test_signing_out_right_after_typing_saves_and_asks_nothing(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    field(page, SESSIONS).fill("7")
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_text("Đã đăng xuất.")).to_be_visible()
    assert seed.value(SESSIONS) == 7
    assert kept(page) == []


@one_browser
@one_width
def test_a_window_that_lives_keeps_its_own(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    keep(page, {TEXT: "cửa sổ một"})
    second = reopened(page.context)
    field(second, SESSIONS).fill("7")
    expect(second.locator(STATE)).to_have_text(SAVED)
    second.goto("/tro-giup")
    assert len(kept(second)) == 1
    second.goto("/bao-cao")
    field(second, SESSIONS).fill("8")
    expect(second.locator(STATE)).to_have_text("Đang nhập…")
    expect(second.locator(STATE)).to_have_text(SAVED)
    expect(box(second)).to_have_count(0)
    crash(page)
    second.reload()
    expect(box(second)).to_contain_text("cửa sổ một")


@one_browser
@one_width
def test_signing_out_in_one_window_leaves_nothing_of_the_other(page: Page, sign_in: SignIn, faults: Faults) -> None:
    faults.allow("status of 401")
    sign_in(page, "p1")
    keep(page, {TEXT: "cửa sổ một"})
    second = reopened(page.context)
    second.on("dialog", lambda dialog: dialog.accept())
    second.get_by_role("button", name="Đăng xuất").click()
    expect(second.get_by_text("Đã đăng xuất.")).to_be_visible()
    field(page, TEXT).press_sequentially(" gõ tiếp")
    page.unroute_all(behavior="wait")
    expect(page.locator("#signin-box")).to_be_visible(timeout=20_000)
    assert kept(second) == []
    page.get_by_label("Mật khẩu của p1").fill(people.PASSWORD)
    page.locator("#signin-form").get_by_role("button").click()
    expect(page.locator(STATE)).to_have_text(SAVED)


@one_browser
@one_width
@pytest.mark.parametrize(("days", "count"), [(29, 1), (31, 0)])
def test_after_thirty_days_nothing_is_kept(
    page: Page, sign_in: SignIn, clock: people.SettableClock, days: int, count: int
) -> None:
    page.context.clock.install(time="2023-12-20T09:00:00+07:00")
    sign_in(page, "p1")
    context = leave_behind(page, {TEXT: "Họp dân"})
    later = context.new_page()
    later.clock.set_system_time(f"2024-01-{days - 11:02}T09:00:00+07:00")
    later.goto("/dang-nhap")
    later.goto("/bao-cao")
    field(later, SESSIONS).fill("7")
    expect(later.locator(STATE)).to_have_text(SAVED)
    assert len(kept(later, count)) == count


@one_browser
def test_the_team_finds_its_way_back_to_the_unit_it_entered(
    page: Page,
    sign_in: SignIn,
    seed: people.Seed,
    clock: people.SettableClock,
    assert_accessible: Callable[[Page], None],
    assert_no_sideways_scroll: Callable[[Page], None],
) -> None:
    with database.connection():
        entering.begin(seed.report("P1"), clock(), seed.actor("tonghop", clock()))
    sign_in(page, "tonghop")
    page.goto(f"/bao-cao/{seed.report('P1').id}/nhap-thay")
    context = leave_behind(page, {TEXT: "Họp dân"})
    board = reopened(context, "/tong-hop")
    expect(box(board)).to_contain_text("Máy này còn giữ 1 ô chưa lưu của Ủy ban nhân dân Phường 1, nhập lúc")
    expect(box(board).get_by_role("button", name="Khôi phục")).to_be_hidden()
    box(board).get_by_text("Xem các ô đang giữ").click()
    expect(box(board).get_by_text("Họp dân")).to_be_visible()
    assert_accessible(board)
    assert_no_sideways_scroll(board)
    box(board).get_by_role("link", name="Mở biểu").click()
    box(board).get_by_role("button", name="Khôi phục").click()
    expect(board.locator(STATE)).to_have_text(SAVED)
    assert seed.value(TEXT) == "Họp dân"


@one_browser
@one_width
def test_a_browser_that_stores_nothing_is_promised_nothing(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); };")
    sign_in(page, "p1")
    cut_off(page)
    field(page, TEXT).fill("Họp dân")
    expect(page.locator(STATE)).to_have_text(WAITING)
    expect(page.locator("#kept-state")).to_have_text("")
    page.unroute_all(behavior="wait")
    expect(page.locator(STATE)).to_have_text(SAVED)
    assert seed.value(TEXT) == "Họp dân"
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_text("Đã đăng xuất.")).to_be_visible()


@one_browser
def test_the_state_of_saving_stays_in_view(page: Page, sign_in: SignIn) -> None:
    sign_in(page, "p1")
    keep(page, {"n5-danh_gia-0-kho_khan": "Thiếu kinh phí", "n5-ky_ten-0-nguoi_lap": "Nguyễn Văn A"})
    field(page, "n5-ky_ten-0-nguoi_lap").scroll_into_view_if_needed()
    expect(page.locator(STATE)).to_be_in_viewport(ratio=1)
    expect(page.locator("#kept-state")).to_be_in_viewport(ratio=1)
