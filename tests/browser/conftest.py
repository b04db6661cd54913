"""Real browsers for the tests in this folder: today's Chromium and Chrome 109, as a PC and as a phone.

``page`` opens one page in a fresh profile and runs its test four times: two browsers × two viewports.
The program runs in this process over an SQLite database of its own (``live_server``), so that
``page.goto("/bao-cao")`` is enough and a test can read the rows and move the ``clock``. ``open_page()``
opens further pages, each as another person on another machine; ``sign_in(page, "p1")`` signs in by the
form. A test of something that no browser or width could change picks one:
``@pytest.mark.parametrize("browser_kind", ["chromium"], indirect=True)``, and the same for ``viewport``.

A test fails when any of its pages logged an error, threw one or broke the Content-Security-Policy, unless
it said beforehand that this would happen: ``faults.allow("status of 409")``. The policy itself is part of
what is tested and never bypassed, therefore ``page.wait_for_function("…")`` does not work here (it needs
``eval``); wait with locators and ``expect``.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import people
import pytest
from axe_playwright_python.sync_playwright import Axe
from faults import Faults
from flask import Flask
from live import serving
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from processes import KillableBrowser

HERE = Path(__file__).resolve().parent
CHROME_109 = HERE.parent.parent / ".cache" / "chrome-109" / "chromium"

VIEWPORTS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1366, "height": 768}},
    "phone": {"viewport": {"width": 390, "height": 800}, "has_touch": True},
}

FLAGS = (
    "--no-sandbox",  # CI runs as root, where Chromium's sandbox refuses to start
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

REPORT_POLICY_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => console.error(
  `Content-Security-Policy: ${event.effectiveDirective} blocked ${event.blockedURI} ${event.sample}`));
"""

WIDER_THAN_THE_PAGE = """
() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const wide = [...document.body.querySelectorAll("*")].filter(
    (element) => element.getBoundingClientRect().right > root.clientWidth);
  return [`the page is ${root.scrollWidth}px wide in a window of ${root.clientWidth}px`,
    ...wide.slice(0, 10).map((element) => element.cloneNode(false).outerHTML)];
}
"""

AXE_OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}


class OpenPage(Protocol):
    """Opens a page in a fresh profile; keywords are those of Playwright's ``Browser.new_context``."""

    def __call__(self, **context_options: Any) -> Page: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def store_url(sqlite_template: Path, tmp_path: Path) -> Iterator[str]:
    """One engine is enough here: what differs between the two never reaches a browser."""
    file = tmp_path / "nhanquyen.sqlite3"
    shutil.copy(sqlite_template, file)
    with people.bound(f"sqlite:///{file}") as url:
        yield url


@pytest.fixture
def live_server(app: Flask, seed: people.Seed) -> Iterator[str]:
    """The base URL of the running program, with the round and the people of `people.seed`."""
    with serving(app) as url:
        yield url


@pytest.fixture
def sign_in() -> Callable[[Page, str], None]:
    """``sign_in(page, "p1")`` signs in by the form and waits for the first screen."""

    def fill_in(page: Page, username: str) -> None:
        page.goto("/dang-nhap")
        page.get_by_label("Tên đăng nhập").fill(username)
        page.get_by_label("Mật khẩu").fill(people.PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()
        page.wait_for_url(lambda url: "dang-nhap" not in url)

    return fill_in


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def launch(playwright: Playwright) -> Iterator[Callable[[str], Browser]]:
    """Gives the browser of a kind, started on first use and shared by all tests of this process."""
    launched: list[Browser] = []

    @functools.cache
    def launch_once(kind: str) -> Browser:
        executable = EXECUTABLES[kind]()
        if executable is None:
            pytest.skip(f"{kind} is not on this machine; tests/run.py installs it on Debian and Ubuntu")
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        launched.append(browser)
        return browser

    yield launch_once
    for browser in launched:
        browser.close()


def find_chromium() -> str | None:
    """Today's Chromium or Chrome; ``NHANQUYEN_TEST_CHROMIUM`` names one that is not on the PATH."""
    named = os.environ.get("NHANQUYEN_TEST_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("google-chrome")


def find_chrome_109() -> str | None:
    return str(CHROME_109) if CHROME_109.exists() else None


EXECUTABLES = {"chromium": find_chromium, "chrome-109": find_chrome_109}


@pytest.fixture(params=EXECUTABLES)
def browser_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture(params=VIEWPORTS)
def viewport(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def browser(launch: Callable[[str], Browser], browser_kind: str) -> Browser:
    return launch(browser_kind)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def open_page(browser: Browser, viewport: str, live_server: str, faults: Faults) -> Iterator[OpenPage]:
    contexts = []

    def open_one(**context_options: Any) -> Page:
        defaults = {"base_url": live_server, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}
        context = browser.new_context(**{**defaults, **VIEWPORTS[viewport], **context_options})
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.add_init_script(REPORT_POLICY_VIOLATIONS)
        context.on("console", faults.hear_console)
        context.on("weberror", faults.hear_error)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    assert not faults.unexpected(), "\n".join(faults.unexpected())


@pytest.fixture
def browser_on_disk(
    playwright: Playwright, browser_kind: str, live_server: str, tmp_path: Path, faults: Faults
) -> Iterator[KillableBrowser]:
    """A browser whose profile is on the disk, to be killed and started again."""
    executable = EXECUTABLES[browser_kind]()
    if executable is None:
        pytest.skip(f"{browser_kind} is not on this machine; tests/run.py installs it on Debian and Ubuntu")
    if not sys.platform.startswith("linux"):
        pytest.skip("the processes of a browser are found in Linux's /proc")

    def watch(context: BrowserContext) -> None:
        context.set_default_timeout(20_000)
        context.add_init_script(REPORT_POLICY_VIOLATIONS)
        context.on("console", faults.hear_console)
        context.on("weberror", faults.hear_error)

    options = {"executable_path": executable, "args": FLAGS, "base_url": live_server, **VIEWPORTS["desktop"]}
    with contextlib.closing(KillableBrowser(playwright, tmp_path / "profile", watch, **options)) as browser:
        yield browser
    assert not faults.unexpected(), "\n".join(faults.unexpected())


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


@pytest.fixture
def assert_no_sideways_scroll() -> Callable[[Page], None]:
    """``assert_no_sideways_scroll(page)``: nothing is wider than the window."""

    def check(page: Page) -> None:
        wide: list[str] = page.evaluate(WIDER_THAN_THE_PAGE)
        assert not wide, "\n".join(wide)

    return check


@pytest.fixture(scope="session")
def assert_accessible() -> Callable[[Page], None]:
    """``assert_accessible(page)``: axe finds no violation of WCAG 2.0, 2.1 or 2.2, level A or AA."""
    axe = Axe()

    def check(page: Page) -> None:
        results = axe.run(page, options=AXE_OPTIONS)
        assert results.violations_count == 0, results.generate_report()

    return check
