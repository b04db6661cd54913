"""Deciding about a session that two units tell, and reading who hung which slogan, as the Team does."""

from __future__ import annotations

from collections.abc import Callable

import people
import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from nhanquyen.store import database, saving, sending

SESSION = {"ngay": "05/12/2023", "hinh_thuc": "Hội nghị", "noi_dung": "Quyền con người", "dia_diem": "Hội trường"}


@pytest.fixture
def shared(app: Flask, seed: people.Seed, clock: people.SettableClock) -> None:
    """Phường 1 and Long Toàn tell one session and hung slogans, one of them too early."""
    with database.connection():
        for code in ("P1", "LT"):
            actor = seed.actor(code.lower(), clock())
            early = {"n3-khau_hieu-kh1-tu_ngay": "25/11/2023", "n3-tinh_trang-0-giai_trinh": "Treo sớm."}
            seed.save(code, people.complete_answers() | (early if code == "P1" else {}), clock())
            row = saving.add_row(seed.report(code), "n1", "chi_tiet", seed.directive, actor)
            seed.save(code, {f"n1-chi_tiet-{row}-{name}": text for name, text in SESSION.items()}, clock())
            sending.send(seed.report(code), seed.directive, actor)


def test_the_team_decides_and_reads_the_slogans(
    shared: None,
    page: Page,
    sign_in: Callable[[Page, str], None],
    assert_accessible: Callable[[Page], None],
    assert_no_sideways_scroll: Callable[[Page], None],
) -> None:
    sign_in(page, "tonghop")
    page.goto("/tong-hop")
    page.get_by_role("link", name="1 hoạt động có thể bị tính trùng, 1 chưa quyết định").click()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_label("Tính một lần, giữ cuộc 1 của Ủy ban nhân dân xã Long Toàn").check()
    page.get_by_role("button", name="Ghi quyết định").click()
    expect(page.get_by_text("đã quyết định hết")).to_be_visible()
    assert_accessible(page)
    page.goto("/tong-hop")
    page.get_by_role("link", name="Khẩu hiệu theo đơn vị").click()
    expect(page.get_by_text("Ngoài thời gian: treo từ ngày 25/11/2023")).to_have_count(1)
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    region = page.get_by_role("region", name="Số lượng theo khẩu hiệu của từng đơn vị")
    unit = region.get_by_role("rowheader", name="Ủy ban nhân dân Phường 1")
    before = unit.bounding_box()
    region.evaluate("region => { region.scrollLeft = 400 }")
    assert unit.bounding_box() == before  # the first column stays in view
