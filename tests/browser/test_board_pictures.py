"""The board's pictures in a browser: words keep their size and stay in the window, and the tables open."""

from __future__ import annotations

from collections.abc import Callable

import people
from flask import Flask
from playwright.sync_api import Page, expect

WORDS = """
() => [...document.querySelectorAll("svg text:not(.edge)")].map((word) => {
  const box = word.getBoundingClientRect();
  return {text: word.textContent, size: parseFloat(getComputedStyle(word).fontSize), scale: word.getScreenCTM().a,
    left: box.left, right: document.documentElement.clientWidth - box.right};
})
"""


def test_words_are_readable_and_tables_open(
    app: Flask,
    seed: people.Seed,
    page: Page,
    sign_in: Callable[[Page, str], None],
    assert_accessible: Callable[[Page], None],
    assert_no_sideways_scroll: Callable[[Page], None],
) -> None:
    people.round_in_use(app, seed)
    sign_in(page, "tonghop")
    words = page.evaluate(WORDS)
    assert {"Hạn gửi 22/12", "Cả 3 đơn vị", "20/12", "640"} <= {word["text"] for word in words}
    for word in words:
        assert word["size"] * word["scale"] >= 12.5, word
        assert min(word["left"], word["right"]) >= 0, word
    tables = page.locator(".picture details")
    expect(tables).to_have_count(3)
    for table in tables.all():
        table.locator("summary").click()
        expect(table.locator("table")).to_be_visible()
    assert_no_sideways_scroll(page)
    assert_accessible(page)
