"""The offline form in a browser: fetched by a click, handed in by a file chooser, read and confirmed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import people
from faults import Faults
from offline_books import Book, changed
from playwright.sync_api import Page, expect

Check = Callable[[Page], None]
CUOC, NGUOI = "n1-so_lieu-0-so_cuoc", "n1-so_lieu-0-so_luot_nguoi"


def fetched(page: Page, link: str, folder: Path) -> bytes:
    """What a click on *link* downloads."""
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file.read_bytes()


def hand_in(page: Page, label: str, files: Sequence[tuple[str, bytes]]) -> None:
    chosen: Any = [{"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in files]
    page.get_by_label(label).set_input_files(chosen)
    page.get_by_role("button", name="Xem trước").click()


def filled(data: bytes) -> bytes:
    """The form with everything that a preview can tell of."""
    key = Book(data).blank_rows("n1-chi_tiet")[0]

    def work(book: Book) -> None:
        book.write(CUOC, 15).write(NGUOI, "đông lắm").write("n2-so_lieu-0-so_hoat_dong", 4)
        book.write("n1-so_lieu-0-thoi_luong_phat", "=SUM(A1:A3)").write("n5-ky_ten-0-nguoi_lap", "Lê Thị Bưởi")
        book.write("n1-ket_qua-0-cach_lam", "- Họp dân, phát thanh.\n" * 40)
        for field, text in (("noi_dung", "Quyền con người"), ("dia_diem", "Nhà văn hóa khóm 1"), ("luot_nguoi", 120)):
            book.write(f"n1-chi_tiet-{key}-{field}", text)
        book.write("n3-khau_hieu-kh1-bang_ron", 4)

    return changed(data, work)


def test_a_unit_fetches_fills_and_hands_in_its_form(
    seed: people.Seed,
    page: Page,
    sign_in: Callable[[Page, str], None],
    assert_accessible: Check,
    assert_no_sideways_scroll: Check,
    tmp_path: Path,
    clock: people.SettableClock,
) -> None:
    seed.save("P1", {CUOC: "3", "n2-so_lieu-0-so_hoat_dong": "1"}, clock())
    sign_in(page, "p1")
    page.get_by_role("link", name="Điền bằng Excel khi không có mạng").click()
    data = fetched(page, "Tải biểu Excel", tmp_path)
    clock.move(minutes=4)
    seed.save("P1", {CUOC: "9"}, clock())
    hand_in(page, "Biểu Excel đã điền", [("bieu.xlsx", filled(data))])
    expect(page.get_by_role("heading", level=1)).to_contain_text("Xem trước biểu Excel")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_label("Lấy từ tệp: 15").check()
    page.get_by_role("button", name="Ghi 5 thay đổi và các chỗ đã chọn").click()
    expect(page.get_by_text("Đã ghi 6 thay đổi từ biểu Excel.")).to_be_visible()
    expect(page.get_by_role("row", name="đông lắm")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    assert seed.value(CUOC) == 15
    assert seed.value("n3-khau_hieu-kh1-bang_ron") == 4


def test_the_team_hands_in_several_forms(
    seed: people.Seed,
    page: Page,
    sign_in: Callable[[Page, str], None],
    assert_accessible: Check,
    assert_no_sideways_scroll: Check,
    tmp_path: Path,
    clock: people.SettableClock,
    faults: Faults,
) -> None:
    sign_in(page, "tonghop")
    files = []
    for code in ("P1", "LT"):
        page.goto(f"/tong-hop/bao-cao/{seed.report(code).id}")
        files.append((f"{code}.xlsx", filled(fetched(page, "Tải biểu Excel cho đơn vị", tmp_path))))
    seed.save("P1", {CUOC: "9"}, clock())
    page.goto("/tong-hop")
    page.get_by_role("link", name="Nhập từ tệp Excel của đơn vị").click()
    hand_in(page, "Các biểu Excel đã điền", [*files, ("la.xlsx", b"PK"), ("p1 (2).xlsx", files[0][1])])
    expect(page.get_by_role("heading", level=1)).to_contain_text("Xem trước các tệp")
    expect(page.get_by_text("Lần này chỉ ghi được tệp “P1.xlsx”")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_label("Lấy từ tệp: 15").first.check()
    page.get_by_label("Ghi 5 thay đổi và các chỗ đã chọn").check()
    page.get_by_role("button", name="Ghi các tệp đã đánh dấu").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kết quả")
    expect(page.get_by_text("Mở báo cáo để kiểm tra và gửi")).to_have_count(2)
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    assert (seed.value(CUOC), seed.value(CUOC, "LT")) == (15, 15)
