"""The message to paste is copied by one press, on plain http, where browsers give pages no clipboard of their own."""

from __future__ import annotations

from collections.abc import Callable

import people
from playwright.sync_api import Page, expect


def test_the_message_is_copied_whole_and_can_be_pasted(
    page: Page, seed: people.Seed, sign_in: Callable[[Page, str], None]
) -> None:
    sign_in(page, "tonghop")
    page.goto("/tong-hop/chua-gui")
    text = page.locator("#message").input_value()
    button = page.get_by_role("button", name="Chép nội dung")
    button.click()
    expect(page.locator("[data-copy]")).to_have_text("Đã chép, dán vào nhóm được")
    page.goto("/tong-hop")
    page.locator("#q").focus()
    page.keyboard.press("ControlOrMeta+V")
    expect(page.locator("#q")).to_have_value(text.replace("\n", " "))
    assert "Ủy ban nhân dân Phường 1" in text


def test_nothing_is_offered_that_needs_javascript_where_there_is_none(
    seed: people.Seed, open_page: Callable[..., Page], sign_in: Callable[[Page, str], None]
) -> None:
    page = open_page(java_script_enabled=False)
    sign_in(page, "tonghop")
    page.goto("/tong-hop/chua-gui")
    expect(page.locator("#message")).to_be_visible()
    expect(page.locator("[data-copy]")).to_be_hidden()
    expect(page.locator("[data-print]")).to_be_hidden()
