"""The promise: at most 5 s of typing is missing after the browser was killed, the network or the server was away.

Typing has a known rhythm, so that missing characters are missing seconds, however slow the machine of the test is.
"""

from __future__ import annotations

from collections.abc import Callable

import people
import pytest
from draft_records import kept
from faults import Faults
from live import serving
from playwright.sync_api import Page, expect
from processes import KillableBrowser

TEXT, SESSIONS = "n1-ket_qua-0-cach_lam", "n1-so_lieu-0-so_cuoc"
STATE = "#save-state"
SAVED = "Đã lưu lúc 09:00:00"
WAITING = "Chưa lưu – mất kết nối, sẽ tự lưu lại"
RHYTHM = 100  # ms between two keys
PROMISED = 5000 // RHYTHM  # characters that may be missing
WORDS = "Tuyên truyền lồng ghép trong sinh hoạt chi bộ, khóm; phát thanh hai buổi mỗi ngày trên loa. " * 2
SignIn = Callable[[Page, str], None]

one_browser = pytest.mark.parametrize("browser_kind", ["chromium"], indirect=True)
one_width = pytest.mark.parametrize("viewport", ["desktop"], indirect=True)


def missing(typed: str, found: str) -> int:
    """How many characters at the end are gone; what is there must be what was typed."""
    assert typed.startswith(found), found
    return len(typed) - len(found)


@pytest.mark.parametrize("network", [True, False], ids=["online", "offline"])
@pytest.mark.parametrize("seconds", [2, 8])
def test_a_killed_browser_loses_no_more_than_promised(
    browser_on_disk: KillableBrowser,
    sign_in: SignIn,
    seed: people.Seed,
    faults: Faults,
    network: bool,
    seconds: int,
) -> None:
    faults.allow("ERR_INTERNET_DISCONNECTED")
    faults.allow("htmx:")
    page = browser_on_disk.start().new_page()
    sign_in(page, "p1")
    page.context.set_offline(not network)
    typed = WORDS[: seconds * 1000 // RHYTHM].strip()
    page.locator(f"#{TEXT}").press_sequentially(typed, delay=RHYTHM, timeout=0)
    browser_on_disk.kill()
    stored = str(seed.value(TEXT) or "")
    if not network:
        assert stored == ""
    page = browser_on_disk.start().new_page()
    sign_in(page, "p1")
    box = page.locator(".kept-draft")
    text = page.locator(f"#{TEXT}")
    if any(each["value"] != text.input_value() for record in kept(page) for each in record["fields"]):
        box.get_by_role("button", name="Khôi phục").click()
        expect(page.locator(STATE)).to_have_text(SAVED)
    found = text.input_value()
    print(f"missing: {missing(typed, found) * RHYTHM} ms; on the server at once: {len(stored)}/{len(typed)} characters")
    assert missing(typed, found) <= PROMISED
    assert seed.value(TEXT) == found.strip()
    expect(box).to_have_count(0)
    page.reload()
    expect(page.locator(f"#{TEXT}")).to_have_value(found.strip())


@one_browser
@one_width
def test_ten_minutes_without_network_lose_nothing(
    page: Page, sign_in: SignIn, seed: people.Seed, faults: Faults
) -> None:
    faults.allow("ERR_INTERNET_DISCONNECTED")
    faults.allow("htmx:")
    page.clock.install()
    sign_in(page, "p1")
    page.context.set_offline(True)
    for minute in range(10):
        page.locator(f"#{TEXT}").press_sequentially(f"Phút {minute}. ")
        page.clock.fast_forward(60_000)
        expect(page.locator(STATE)).to_have_text(WAITING)
    typed = page.locator(f"#{TEXT}").input_value()
    page.context.set_offline(False)
    expect(page.locator(STATE)).to_have_text(SAVED)
    assert seed.value(TEXT) == typed.strip()
    assert not page.locator("[data-conflict]").count()


@one_browser
@one_width
def test_a_restart_of_the_server_is_not_noticed(
    page: Page, sign_in: SignIn, seed: people.Seed, store_url: str, clock: people.SettableClock, faults: Faults
) -> None:
    for text in ("ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "htmx:"):
        faults.allow(text)
    with serving(people.make_app(store_url, clock)) as url:
        port = int(url.rpartition(":")[2])
        page.goto(f"{url}/dang-nhap")
        page.get_by_label("Tên đăng nhập").fill("p1")
        page.get_by_label("Mật khẩu").fill(people.PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()
        page.locator(f"#{SESSIONS}").fill("7")
        expect(page.locator(STATE)).to_have_text(SAVED)
    page.locator(f"#{TEXT}").fill("Họp dân")
    expect(page.locator(STATE)).to_have_text(WAITING)
    page.locator(f"#{TEXT}").press_sequentially(" ở khóm 3")
    with serving(people.make_app(store_url, clock), port):
        expect(page.locator(STATE)).to_have_text(SAVED, timeout=60_000)
        assert seed.value(TEXT) == "Họp dân ở khóm 3"
        page.close()


@one_browser
@one_width
def test_typing_goes_out_before_the_promise_runs_out(page: Page, sign_in: SignIn, seed: people.Seed) -> None:
    """What another PC would show after each second of uninterrupted typing."""
    sign_in(page, "p1")
    typed = ""
    for second in range(1, 9):
        more = WORDS[len(typed) : second * 1000 // RHYTHM]
        page.locator(f"#{TEXT}").press_sequentially(more, delay=RHYTHM, timeout=0)
        typed += more
        assert missing(typed, str(seed.value(TEXT) or "")) <= PROMISED
