"""What the network does to a save: answers lost, sent twice, late or replaced by an error. One request, one effect."""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import parse_qs

import people
import pytest
from faults import Faults
from flask import Flask, request, request_finished
from playwright.sync_api import Page, Request, Route, expect

from nhanquyen.store import database, reports

SESSIONS, PEOPLE, TEXT = "n1-so_lieu-0-so_cuoc", "n1-so_lieu-0-so_luot_nguoi", "n1-ket_qua-0-cach_lam"
STATE = "#save-state"
SAVED = "Đã lưu lúc 09:00:00"
WAITING = "Chưa lưu – mất kết nối, sẽ tự lưu lại"
SignIn = Callable[[Page, str], None]

pytestmark = [
    pytest.mark.parametrize("browser_kind", ["chromium"], indirect=True),
    pytest.mark.parametrize("viewport", ["desktop"], indirect=True),
]


def sent_by(post: Request) -> dict[str, str]:
    """What a request says."""
    return {name: values[-1] for name, values in parse_qs(post.post_data or "", keep_blank_values=True).items()}


def rows(seed: people.Seed) -> int:
    """How many rows the table of the first item has."""
    with database.connection():
        answers = reports.load_answers(seed.report("P1"))
        return len(answers.rows(seed.directive.by_key["n1"], seed.directive.block("n1", "chi_tiet")))


class Network:
    """Stands between the page and the program; *does* says what becomes of the next posts, in their order."""

    def __init__(self, page: Page, *does: Callable[[Route], None]) -> None:
        self.posts: list[dict[str, str]] = []
        self._does = list(does)
        page.route("**/bao-cao/**", self._pass)

    def _pass(self, route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        self.posts.append(sent_by(route.request))
        (self._does.pop(0) if self._does else Route.continue_)(route)


def lose_the_answer(route: Route) -> None:
    assert route.fetch().ok
    route.abort()


def send_twice(route: Route) -> None:
    assert route.fetch().ok
    route.fulfill(response=route.fetch())


def answer_with(status: int) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, content_type="text/html", body="<h1>Bad Gateway</h1>")


@pytest.fixture(autouse=True)
def _network_complaints(faults: Faults) -> None:
    for text in ("ERR_FAILED", "htmx:", "status of 50", "Status Error Code 50"):
        faults.allow(text)


def test_every_request_of_a_page_has_a_higher_number(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    network = Network(page)
    page.locator(f"#{SESSIONS}").fill("7")
    expect(page.locator(STATE)).to_have_text(SAVED)
    page.get_by_role("button", name="Thêm cuộc").click()
    expect(page.get_by_label("Hình thức, cuộc 1")).to_be_visible()
    page.locator(f"#{PEOPLE}").fill("70")
    page.locator(".actions").get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("status").filter(has_text="Đã lưu.")).to_be_visible()
    numbers = [int(post["seq"]) for post in network.posts]
    assert len({post["tab"] for post in network.posts}) == 1
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 4
    before = network.posts[0]["tab"]
    with page.expect_response("**/luu"):  # the page that the button opened may still be waiting for its scripts
        page.locator(f"#{PEOPLE}").fill("71")
    assert network.posts[-1]["tab"] != before


def test_what_is_typed_after_a_lost_answer_is_no_conflict(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    network = Network(page, lose_the_answer)
    page.locator(f"#{TEXT}").fill("Họp dân")
    expect(page.locator(STATE)).to_have_text(WAITING)
    assert seed.value(TEXT) == "Họp dân"
    page.locator(f"#{TEXT}").press_sequentially(" ở khóm 3")
    expect(page.locator(STATE)).to_have_text(SAVED)
    assert seed.value(TEXT) == "Họp dân ở khóm 3"
    assert network.posts[1][TEXT] == "Họp dân"
    assert not page.locator("[data-conflict]").count()


@pytest.mark.parametrize("fault", [lose_the_answer, send_twice])
def test_a_row_is_added_once(page: Page, sign_in: SignIn, seed: people.Seed, fault: Callable[[Route], None]) -> None:
    sign_in(page, "p1")
    network = Network(page, fault)
    page.get_by_role("button", name="Thêm cuộc").click()
    expect(page.get_by_label("Ngày, cuộc 1")).to_be_focused()
    expect(page.locator(STATE)).to_have_text(SAVED)
    assert rows(seed) == 1
    assert len({post["seq"] for post in network.posts}) == 1


def test_a_row_button_pressed_again_after_a_lost_answer_adds_one_row(
    page: Page, sign_in: SignIn, seed: people.Seed
) -> None:
    sign_in(page, "p1")
    Network(page, lose_the_answer)
    button = page.get_by_role("button", name="Thêm cuộc")
    button.click()
    expect(page.locator(STATE)).to_have_text(WAITING + "; “Thêm cuộc” sẽ tự làm lại")
    page.locator(f"#{SESSIONS}").fill("7")
    button.click()
    expect(page.get_by_label("Ngày, cuộc 1")).to_be_visible()
    expect(page.locator(STATE)).to_have_text(SAVED)
    assert rows(seed) == 1
    assert seed.value(SESSIONS) == 7


def test_why_the_server_cannot_save_is_told_in_its_own_words(
    page: Page, sign_in: SignIn, seed: people.Seed, faults: Faults
) -> None:
    """A full disk is no lost connection: somebody must be told of it."""
    faults.allow("status of 507")
    faults.allow("htmx:")
    words = "Ổ đĩa của máy chủ đã đầy. Phần vừa gửi có thể chưa lưu được."
    full = f'<div class="alert alert-danger" role="alert" id="errors-message">{words}</div>'
    sign_in(page, "p1")
    Network(page, lambda route: route.fulfill(status=507, content_type="text/html; charset=utf-8", body=full))
    page.locator(f"#{SESSIONS}").fill("7")
    expect(page.locator(STATE)).to_have_text("Chưa lưu – Ổ đĩa của máy chủ đã đầy, sẽ tự lưu lại")
    expect(page.locator(STATE)).to_have_text(SAVED)
    assert seed.value(SESSIONS) == 7


def test_who_writes_on_in_a_row_keeps_it(page: Page, sign_in: SignIn, seed: people.Seed, faults: Faults) -> None:
    """Its removal was clicked while the line was cut: carried out later, it would take what was typed since along."""
    faults.allow("ERR_INTERNET_DISCONNECTED")
    sign_in(page, "p1")
    page.get_by_role("button", name="Thêm cuộc").click()
    form = page.get_by_label("Hình thức, cuộc 1")
    form.fill("Họp dân")
    expect(page.locator(STATE)).to_have_text(SAVED)
    page.context.set_offline(True)
    page.get_by_role("button", name="Xóa cuộc 1").click()
    expect(page.locator(STATE)).to_have_text(WAITING + "; “Xóa cuộc 1” sẽ tự làm lại")
    form.press("End")
    form.press_sequentially(" ở khóm 3")
    page.context.set_offline(False)
    expect(page.locator(STATE)).to_have_text(SAVED)
    assert rows(seed) == 1
    expect(form).to_have_value("Họp dân ở khóm 3")
    page.reload()
    expect(form).to_have_value("Họp dân ở khóm 3")


def test_of_several_buttons_pressed_without_network_none_is_dropped_in_silence(
    page: Page, sign_in: SignIn, seed: people.Seed, faults: Faults
) -> None:
    faults.allow("ERR_INTERNET_DISCONNECTED")
    sign_in(page, "p1")
    page.context.set_offline(True)
    page.get_by_role("button", name="Thêm cuộc").click()
    expect(page.locator(STATE)).to_have_text(WAITING + "; “Thêm cuộc” sẽ tự làm lại")
    page.get_by_role("button", name="Thêm văn bản").click()
    told = "Chưa làm “Thêm văn bản” – mất kết nối; đang chờ làm lại “Thêm cuộc”"
    expect(page.locator(STATE)).to_have_text(told)
    page.context.set_offline(False)
    expect(page.get_by_label("Ngày, cuộc 1")).to_be_visible()
    expect(page.locator(STATE)).to_have_text(SAVED)
    assert rows(seed) == 1


def test_a_button_that_leaves_the_page_stays_on_it_without_network(page: Page, sign_in: SignIn, faults: Faults) -> None:
    faults.allow("ERR_INTERNET_DISCONNECTED")
    sign_in(page, "p1")
    page.context.set_offline(True)
    page.get_by_role("button", name="Kiểm tra và gửi").click()
    expect(page.locator(STATE)).to_have_text("Mất kết nối – có mạng thì bấm lại “Kiểm tra và gửi”")
    page.locator(f"#{SESSIONS}").fill("7")
    page.get_by_role("button", name="Kiểm tra và gửi").click()
    expect(page.locator(STATE)).to_have_text(WAITING + "; có mạng thì bấm lại “Kiểm tra và gửi”")
    page.context.set_offline(False)
    expect(page.locator(STATE)).to_have_text(SAVED)
    assert page.url.endswith("/bao-cao")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_it_saves_by_itself_once_the_server_answers_again(
    page: Page, sign_in: SignIn, seed: people.Seed, status: int
) -> None:
    sign_in(page, "p1")
    network = Network(page, answer_with(status))
    page.locator(f"#{SESSIONS}").fill("7")
    expect(page.locator(STATE)).to_have_text(WAITING)
    expect(page).to_have_title("Chưa lưu – Báo cáo – Ủy ban nhân dân Phường 1 – Nhân quyền")
    expect(page.locator(STATE)).to_have_text(SAVED)
    expect(page).to_have_title("Báo cáo – Ủy ban nhân dân Phường 1 – Nhân quyền")
    assert seed.value(SESSIONS) == 7
    assert len(network.posts) == 2


def test_a_figure_taken_back_while_it_is_saved_does_not_stay(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    field = page.locator(f"#{SESSIONS}")

    def answer_after_it_is_blank(route: Route) -> None:
        answer = route.fetch()
        field.evaluate("field => { field.value = ''; field.dispatchEvent(new Event('input', {bubbles: true})); }")
        route.fulfill(response=answer)

    network = Network(page, answer_after_it_is_blank)
    with page.expect_response(lambda answer: len(network.posts) == 2 and answer.request.method == "POST"):
        field.fill("7")
    expect(page.locator(STATE)).to_have_text(SAVED)
    assert seed.value(SESSIONS) is None


def test_an_old_save_that_arrives_late_changes_nothing(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    sign_in(page, "p1")
    held: list[Request] = []

    def hold(route: Route) -> None:
        held.append(route.request)
        route.abort()

    Network(page, hold)
    page.locator(f"#{TEXT}").fill("cũ")
    expect(page.locator(STATE)).to_have_text(WAITING)
    page.locator(f"#{TEXT}").fill("mới")
    expect(page.locator(STATE)).to_have_text(SAVED)
    page.locator(f"#{TEXT}").fill("")
    expect(page.locator(STATE)).to_have_text("Đang nhập…")
    expect(page.locator(STATE)).to_have_text(SAVED)
    assert page.context.request.fetch(held[0]).ok
    assert seed.value(TEXT) is None


def test_a_page_left_while_a_save_is_on_its_way_loses_nothing(
    page: Page, sign_in: SignIn, seed: people.Seed, app: Flask
) -> None:
    """The last words go out with the page and follow the save before them, whose answer nobody reads."""
    heard: list[str] = []
    last = threading.Event()

    def hear(sender: Flask, **_: object) -> None:
        if request.path.endswith("/luu"):
            heard.append(request.form.get(f"was.{TEXT}", ""))
            if len(heard) == 2:
                last.set()

    def leave(route: Route) -> None:
        route.fetch()
        page.locator(f"#{TEXT}").evaluate(
            "field => { field.value += ' ở khóm 3'; field.dispatchEvent(new Event('input', {bubbles: true})); }"
        )
        page.evaluate("location.href = '/tro-giup'")

    sign_in(page, "p1")
    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/luu", leave, times=1)
    with request_finished.connected_to(hear, app):
        page.locator(f"#{TEXT}").fill("Họp dân")
        page.wait_for_url("**/tro-giup")
        assert last.wait(timeout=10)
    assert heard == ["", "Họp dân"]
    assert seed.value(TEXT) == "Họp dân ở khóm 3"
