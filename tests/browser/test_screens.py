"""Every screen, in both browsers and both widths: no error, policy kept, accessible, no sideways scroll."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import people
import pytest
from archives import two_backups
from faults import Faults
from flask import Flask
from playwright.sync_api import Page, expect

SCREENS = {
    "": ["/dang-nhap", "/dang-nhap?next=/bao-cao"],
    "p1": ["/bao-cao", "/bao-cao?kiem-tra=1", "/bao-cao/{p1}/kiem-tra", "/bao-cao/{p1}/xem",
           "/bao-cao/{p1}/minh-chung?noi=n3-khau_hieu-kh1", "/bao-cao/{p1}/bieu-excel", "/mat-khau", "/tro-giup"],
    "lt": ["/bao-cao/{lt}/xem", "/bao-cao/{lt}/bien-nhan/1", "/bao-cao/{lt}/lan-gui/1", "/bao-cao/{lt}/rut-lai"],
    "vhtt": ["/bao-cao"],
    "tonghop": ["/tong-hop", "/tong-hop?q=phuong&tinh_trang=chua_gui", "/tong-hop/chua-gui",
                "/tong-hop/chua-gui?tre=1", "/tong-hop/bao-cao/{lt}", "/tong-hop/bao-cao/{vhtt}",
                "/tong-hop/so-lieu", "/tong-hop/so-lieu/n3.bang_ron", "/tong-hop/so-lieu/n1.so_cuoc", "/tai-ve",
                "/tai-ve/mau-word", "/tong-hop/phat-hanh", "/tro-giup",
                "/tong-hop/khau-hieu", "/tong-hop/trung-lap",
                "/tong-hop/bao-cao/{p1}/gia-han", "/tong-hop/bao-cao/{p1}/nhap-thay", "/bao-cao/{vhtt}/nhap-thay",
                "/bao-cao/{vhtt}/kiem-tra", "/bao-cao/{vhtt}/bieu-excel", "/tong-hop/nhap-tep"],
    "quantri": ["/tong-hop/trung-lap",
                "/quan-tri/don-vi", "/quan-tri/don-vi/them", "/quan-tri/don-vi/LT/sua", "/quan-tri/don-vi/LT/ngung",
                "/quan-tri/don-vi/nhap", "/quan-tri/tai-khoan", "/quan-tri/tai-khoan/them",
                "/quan-tri/tai-khoan/cap-lai?tk={account}", "/quan-tri/tai-khoan/{account}/khoa",
                "/quan-tri/dot-bao-cao", "/quan-tri/dot-bao-cao/don-vi", "/quan-tri/dot-bao-cao/noi-dung/n4",
                "/quan-tri/nhat-ky", "/quan-tri/sao-luu", "/quan-tri/sao-luu/{backup}", "/quan-tri/sao-luu/{damaged}",
                "/quan-tri/sao-luu/{backup}/xoa", "/tro-giup"],
}  # fmt: skip
UNDER_REVIEW = {
    "lt": ["/bao-cao/{lt}/xem", "/bao-cao/{lt}/bien-nhan/1", "/bao-cao/{lt}/xin-lay-lai"],
    "vhtt": ["/bao-cao/{vhtt}/xem", "/bao-cao/{vhtt}/xin-lay-lai", "/bao-cao/{vhtt}/lan-gui/2"],
    "tonghop": ["/tong-hop", "/tong-hop?xin_lai=1", "/tong-hop/bao-cao/{lt}", "/tong-hop/bao-cao/{vhtt}",
                "/tong-hop/bao-cao/{vhtt}/lan-gui/2", "/tong-hop/tiep-nhan?chon={lt}&chon={vhtt}",
                "/tong-hop/phat-hanh", "/tong-hop/phat-hanh/1"],
}  # fmt: skip


@pytest.fixture
def places(app: Flask, seed: people.Seed) -> dict[str, str]:
    """Phường 1 drafts with rows and a wrong number, Long Toàn has sent, VHTT was returned."""
    return people.round_in_use(app, seed) | two_backups(app)


@pytest.mark.parametrize("who", SCREENS)
def test_every_screen_of_a_role_holds(
    who: str,
    places: dict[str, str],
    page: Page,
    sign_in: Callable[[Page, str], None],
    assert_accessible: Callable[[Page], None],
    assert_no_sideways_scroll: Callable[[Page], None],
) -> None:
    if who:
        sign_in(page, who)
    for screen in SCREENS[who]:
        answer = page.goto(screen.format(**places))
        assert answer is not None
        assert answer.status == 200, screen
        assert_no_sideways_scroll(page)
        assert_accessible(page)


@pytest.mark.parametrize("who", UNDER_REVIEW)
def test_every_screen_of_a_review_holds(
    who: str,
    app: Flask,
    places: dict[str, str],
    page: Page,
    sign_in: Callable[[Page, str], None],
    assert_accessible: Callable[[Page], None],
    assert_no_sideways_scroll: Callable[[Page], None],
) -> None:
    people.review_under_way(app, places)
    sign_in(page, who)
    for screen in UNDER_REVIEW[who]:
        answer = page.goto(screen.format(**places))
        assert answer is not None
        assert answer.status == 200, screen
        assert_no_sideways_scroll(page)
        assert_accessible(page)


def test_every_act_on_a_backup_is_on_the_screen_and_a_large_file_is_told(
    places: dict[str, str], page: Page, sign_in: Callable[[Page, str], None], tmp_path: Path
) -> None:
    sign_in(page, "quantri")
    page.goto("/quan-tri/sao-luu")
    width = page.evaluate("document.documentElement.clientWidth")
    for act in ("Kiểm tra, phục hồi", "Tải về", "Xóa"):
        box = page.get_by_role("link", name=f"{act} {places['backup']}").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width, act
    large, small = tmp_path / "lớn.zip", tmp_path / "nhỏ.zip"
    large.write_bytes(b"0" * 33 * 1024 * 1024)
    small.write_bytes(b"0")
    page.locator("#tep").set_input_files(large)
    expect(page.locator("#upload-fault")).to_contain_text("Tệp 33 MB, nhiều nhất 31 MB. Chép tệp vào thư mục sao lưu")
    expect(page.locator("#tep")).to_have_value("")
    page.locator("#tep").set_input_files(small)
    expect(page.locator("#upload-fault")).to_have_text("")


def test_error_pages_hold(
    places: dict[str, str],
    page: Page,
    faults: Faults,
    sign_in: Callable[[Page, str], None],
    assert_accessible: Callable[[Page], None],
    assert_no_sideways_scroll: Callable[[Page], None],
) -> None:
    faults.allow("status of 40")
    sign_in(page, "p1")
    for screen in ("/khong-co", "/tong-hop", "/bao-cao/{lt}/xem"):
        page.goto(screen.format(**places))
        assert_no_sideways_scroll(page)
        assert_accessible(page)
