"""The admin's unit list over HTTP: pages, stored rows, and the way from a workbook through its preview."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import openpyxl
import people
import pytest
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from nhanquyen.store import units
from nhanquyen.store.accounts import Role
from nhanquyen.store.database import connection
from nhanquyen.store.models import Event, Report, Unit

LIST = "/quan-tri/don-vi"
GOOD = {"code": "PNV", "name": "Phòng Nội vụ", "group": "PCM", "phone": "0294 3832 009"}


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: TestResponse) -> str:
    return soup(answer).get_text(" ", strip=True)


def codes() -> list[str]:
    with connection():
        return [unit.code for unit in units.in_order()]


def stored(code: str) -> Unit:
    with connection():
        found = units.find(code)
        assert found is not None
        return found


def actions() -> list[str]:
    with connection():
        return [event.action for event in Event.select().where(~Event.action.startswith("sign_")).order_by(Event.id)][
            1:
        ]


def upload(browser: people.Browser, *rows: Sequence[Any], data: bytes | None = None) -> TestResponse:
    if data is None:
        book = openpyxl.Workbook()
        for row in rows:
            book.worksheets[0].append(list(row))
        out = io.BytesIO()
        book.save(out)
        data = out.getvalue()
    return browser.post(f"{LIST}/nhap", {"tep": (io.BytesIO(data), "đơn vị.xlsx")})


def plan_of(answer: TestResponse) -> str:
    field = soup(answer).find("input", {"name": "ke_hoach"})
    assert field is not None
    return str(field["value"])


@pytest.mark.parametrize("path", ["", "/them", "/P1/sua", "/P1/ngung", "/nhap", "/xuat"])
def test_only_the_admin_sees_the_unit_list(path: str, as_unit: people.Browser, as_team: people.Browser) -> None:
    assert as_unit.get(LIST + path).status_code == 403
    assert as_team.get(LIST + path).status_code == 403


@pytest.mark.parametrize("path", ["/them", "/P1/sua", "/P1/ngung", "/P1/dung-lai", "/P1/thu-tu", "/nhap", "/nhap/ghi"])
def test_a_post_needs_the_admin_and_the_token(path: str, as_team: people.Browser, as_admin: people.Browser) -> None:
    assert as_team.post(LIST + path, GOOD).status_code == 403
    assert as_admin.client.post(LIST + path, data=GOOD).status_code == 400
    assert codes() == ["VHTT", "P1", "LT"]
    assert stored("P1").active_to is None


def test_the_list_stands_in_its_order_and_says_what_to_do_next(as_admin: people.Browser) -> None:
    with connection():
        people.make_unit("PNV", "Phòng Nội vụ", "PCM", 4)
    page = as_admin.get(LIST)
    rows = [row["id"] for row in soup(page).select("tbody tr")]
    assert rows == ["unit-VHTT", "unit-P1", "unit-LT", "unit-PNV"]
    assert "4 đơn vị đang hoạt động" in words(page)
    assert "1 đơn vị đang hoạt động chưa có tài khoản" in words(page)


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=long toan", ["unit-LT"]), ("nhom=PCM", ["unit-VHTT"]), ("trang_thai=ngung", []), ("q=PHUONG 1", ["unit-P1"])],
)
def test_the_list_is_searched_without_accents(as_admin: people.Browser, query: str, found: list[str]) -> None:
    fragment = as_admin.get(f"{LIST}?{query}", htmx=True)
    assert [row["id"] for row in soup(fragment).select("tbody tr")] == found
    assert "<html" not in fragment.get_data(as_text=True)
    assert (not found) == ("Không có đơn vị nào khớp" in words(fragment))


def test_a_unit_is_added_with_its_report(as_admin: people.Browser) -> None:
    answer = as_admin.post(f"{LIST}/them", GOOD)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{LIST}?q=PNV")
    unit = stored("PNV")
    assert (unit.name, unit.group, unit.phone) == ("Phòng Nội vụ", "PCM", "0294 3832 009")
    assert codes() == ["VHTT", "PNV", "P1", "LT"]
    with connection():
        assert Report.get(Report.unit == unit).asked
    assert "Tiếp theo: tạo tài khoản" in words(as_admin.get(answer.headers["Location"]))
    assert actions() == ["unit_added"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code": ""}, "Nhập mã đơn vị."),
        ({"code": "Đ B"}, "Ghi mã bằng chữ không dấu"),
        ({"code": "p1"}, "Mã P1 đã có"),
        ({"name": " "}, "Nhập tên đơn vị."),
        ({"name": "T" * 201}, "201 ký tự"),
        ({"name": "uỷ ban nhân dân phường 1"}, "Tên này đã có ở đơn vị mã P1"),
        ({"group": "ZZ"}, "Chọn nhóm"),
        ({"phone": "1" * 51}, "51 ký tự"),
    ],
)
def test_what_cannot_be_stored_comes_back_with_what_was_typed(
    as_admin: people.Browser, change: dict[str, str], message: str
) -> None:
    answer = as_admin.post(f"{LIST}/them", GOOD | {"note": "giữ lại"} | change)
    page = soup(answer)
    assert answer.status_code == 422
    assert page.title is not None
    assert page.title.get_text().startswith("Lỗi: ")
    assert message in page.select_one(".error-summary").get_text()  # type: ignore[union-attr]
    assert page.select_one("#note")["value"] == "giữ lại"  # type: ignore[index]
    assert codes() == ["VHTT", "P1", "LT"]


def edit_data(as_admin: people.Browser, code: str, **change: str) -> dict[str, str]:
    page = soup(as_admin.get(f"{LIST}/{code}/sua"))
    form = page.select("main form")[0]
    typed = {str(each["name"]): str(each.get("value", "")) for each in form.select("input")}
    chosen = form.select_one("option[selected]")
    assert chosen is not None
    return typed | {"group": str(chosen["value"])} | change


def test_an_edit_is_stored_and_logged_old_and_new(as_admin: people.Browser) -> None:
    answer = as_admin.post(f"{LIST}/LT/sua", edit_data(as_admin, "LT", phone=" 0294  38 ", name="UBND xã Long Toàn"))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{LIST}#unit-LT")
    unit = stored("LT")
    assert (unit.name, unit.phone, unit.search_key.startswith("lt | ubnd xa long toan")) == (
        "UBND xã Long Toàn",
        "0294 38",
        True,
    )
    with connection():
        event = Event.get(Event.action == "unit_edited")
    assert event.detail["changes"]["Số điện thoại"] == ["", "0294 38"]
    assert event.actor == "Quản trị"


def test_saving_without_a_change_logs_nothing(as_admin: people.Browser) -> None:
    answer = as_admin.post(f"{LIST}/LT/sua", edit_data(as_admin, "LT"))
    assert answer.status_code == 303
    assert "Không có gì thay đổi" in words(as_admin.get(LIST))
    assert actions() == []


def test_an_edit_over_another_admins_edit_is_refused(as_admin: people.Browser) -> None:
    mine = edit_data(as_admin, "LT", phone="1")
    as_admin.post(f"{LIST}/LT/sua", edit_data(as_admin, "LT", phone="2"))
    answer = as_admin.post(f"{LIST}/LT/sua", mine)
    assert answer.status_code == 422
    assert "Người khác vừa sửa" in words(answer)
    assert stored("LT").phone == "2"


@pytest.mark.parametrize("path", ["/KHONG/sua", "/KHONG/ngung"])
def test_a_unit_that_does_not_exist_is_404(as_admin: people.Browser, path: str) -> None:
    assert as_admin.get(LIST + path).status_code == 404
    assert as_admin.post(LIST + path).status_code == 404


@pytest.mark.parametrize(
    ("code", "data", "order"),
    [
        ("P1", {"huong": "len"}, ["P1", "VHTT", "LT"]),
        ("P1", {"huong": "xuong"}, ["VHTT", "LT", "P1"]),
        ("VHTT", {"huong": "len"}, ["VHTT", "P1", "LT"]),
        ("VHTT", {"den": "99"}, ["P1", "LT", "VHTT"]),
        ("LT", {"den": "1"}, ["LT", "VHTT", "P1"]),
        ("LT", {"den": "abc"}, ["VHTT", "P1", "LT"]),
    ],
)
def test_a_unit_is_moved(as_admin: people.Browser, code: str, data: dict[str, str], order: list[str]) -> None:
    answer = as_admin.post(f"{LIST}/{code}/thu-tu", data)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{LIST}#unit-{code}")
    assert codes() == order


def test_moving_with_htmx_answers_with_the_list(as_admin: people.Browser) -> None:
    answer = as_admin.post(f"{LIST}/LT/thu-tu", {"huong": "len"}, htmx=True)
    assert [row["id"] for row in soup(answer).select("tbody tr")] == ["unit-VHTT", "unit-LT", "unit-P1"]
    assert next(soup(answer).children).get("id") == "admin-units"  # type: ignore[attr-defined]
    assert actions() == ["unit_moved"]


def test_a_unit_is_deactivated_after_a_question_and_comes_back(as_admin: people.Browser) -> None:
    question = as_admin.get(f"{LIST}/LT/ngung")
    assert "Ngừng Ủy ban nhân dân xã Long Toàn?" in words(question)
    assert stored("LT").active_to is None
    assert as_admin.post(f"{LIST}/LT/ngung").status_code == 303
    assert str(stored("LT").active_to) == "2023-12-20"
    assert "Ngừng" in words(as_admin.get(f"{LIST}?trang_thai=ngung"))
    assert as_admin.post(f"{LIST}/LT/dung-lai").status_code == 303
    assert stored("LT").active_to is None
    assert actions() == ["unit_deactivated", "unit_activated"]


def test_the_export_goes_back_in_without_a_change(as_admin: people.Browser) -> None:
    as_admin.post(f"{LIST}/LT/sua", edit_data(as_admin, "LT", note="=HYPERLINK(1)", contact="+Hoa"))
    file = as_admin.get(f"{LIST}/xuat")
    assert file.headers["Content-Disposition"].startswith("attachment; filename=danh-sach-don-vi-20231220")
    sheet = openpyxl.load_workbook(io.BytesIO(file.data)).worksheets[0]
    assert [[cell.value for cell in row][:6] for row in sheet.iter_rows(min_row=2)] == [
        [1, "VHTT", "Phòng Văn hóa và Thông tin", "Phòng chuyên môn", None, None],
        [2, "P1", "Ủy ban nhân dân Phường 1", "Xã, phường", None, "Trần Thị Hoa"],
        [3, "LT", "Ủy ban nhân dân xã Long Toàn", "Xã, phường", None, "+Hoa"],
    ]
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
    answer = upload(as_admin, data=file.data)
    assert answer.status_code == 200
    assert "0 đơn vị mới, 0 thay đổi, 3 không đổi" in words(answer)
    assert "Không có gì để ghi" in words(answer)


HEADING = ("Mã", "Tên đơn vị", "Nhóm", "Điện thoại")
ROWS = (
    HEADING,
    ("P1", "Ủy ban nhân dân Phường 1", "XP", "0294 1"),
    ("PNV", "Phòng Nội vụ <b>", "PCM", None),
    ("TTR", "Thanh tra", "PCM", "=1"),
    ("X", "Một", "BN", None),
    ("X", "Hai", "BN", None),
)


def test_a_preview_shows_everything_and_saves_nothing(as_admin: people.Browser) -> None:
    answer = upload(as_admin, *ROWS)
    page = words(answer)
    assert answer.status_code == 200
    assert (
        "1 đơn vị mới, 1 thay đổi, 0 không đổi, 2 không có trong tệp (giữ nguyên), 2 dòng trùng mã, 1 ô có lỗi" in page
    )
    assert "D4 Thanh tra =1 Ô là công thức" in page
    assert "A5 Một X Mã X có 2 dòng" in page
    assert "Cột B “Tên đơn vị” → Tên đơn vị Cột C “Nhóm” → Nhóm Cột D “Điện thoại” → Số điện thoại" in page
    assert "Số điện thoại (trống) 0294 1" in page
    assert "LT – Ủy ban nhân dân xã Long Toàn" in page
    assert "Phòng Nội vụ <b>" in page
    assert codes() == ["VHTT", "P1", "LT"]
    assert actions() == []


def test_a_preview_says_what_it_supposed_and_what_it_passed_over(as_admin: people.Browser) -> None:
    answer = upload(
        as_admin,
        ("STT", "Tên cơ quan, đơn vị", "Ghi chú nội bộ"),
        ("B", "Xã, phường"),
        (1, "Phường 1", "x"),
        (2, "UBND xã Long Toàn", None),
        (None, "Cộng: 2 đơn vị"),
        (),
        (None, "NGƯỜI LẬP BIỂU"),
    )
    page = words(answer)
    assert "1 đơn vị mới, 0 thay đổi, 1 không đổi" in page
    assert "Cột B “Tên cơ quan, đơn vị” → Tên đơn vị Cột C “Ghi chú nội bộ” → không dùng" in page
    assert "Có thể là đơn vị đã có: P1 – Ủy ban nhân dân Phường 1. Nhóm theo mục “Xã, phường”." in page
    assert "Dòng bỏ qua (3)" in page
    assert "B5 Cộng: 2 đơn vị Dòng tổng." in page
    as_admin.post(f"{LIST}/nhap/ghi", {"ke_hoach": plan_of(answer)})
    assert codes() == ["VHTT", "P1", "LT", "P1-2"]
    assert (stored("P1-2").name, stored("P1-2").group, stored("LT").name) == (
        "Phường 1", "XP", "Ủy ban nhân dân xã Long Toàn",
    )  # fmt: skip


def test_confirming_does_exactly_what_was_shown(as_admin: people.Browser) -> None:
    answer = as_admin.post(f"{LIST}/nhap/ghi", {"ke_hoach": plan_of(upload(as_admin, *ROWS))})
    assert (answer.status_code, answer.headers["Location"]) == (303, LIST)
    assert codes() == ["VHTT", "PNV", "P1", "LT"]
    assert stored("P1").phone == "0294 1"
    assert stored("P1").contact == "Trần Thị Hoa"
    assert "Đã ghi 1 đơn vị mới và 1 thay đổi" in words(as_admin.get(LIST))
    assert actions() == ["unit_edited", "unit_added", "units_imported"]


def test_confirming_twice_writes_once(as_admin: people.Browser) -> None:
    data = {"ke_hoach": plan_of(upload(as_admin, *ROWS))}
    as_admin.post(f"{LIST}/nhap/ghi", data)
    as_admin.get(LIST)
    assert as_admin.post(f"{LIST}/nhap/ghi", data).status_code == 303
    assert "đã được ghi trước đó" in words(as_admin.get(LIST))
    assert actions().count("units_imported") == 1


def test_confirming_is_refused_when_the_list_changed_meanwhile(as_admin: people.Browser) -> None:
    data = {"ke_hoach": plan_of(upload(as_admin, *ROWS))}
    as_admin.post(f"{LIST}/VHTT/sua", edit_data(as_admin, "VHTT", phone="9"))
    answer = as_admin.post(f"{LIST}/nhap/ghi", data)
    assert answer.status_code == 409
    assert "đã thay đổi sau khi xem trước" in words(answer)
    assert codes() == ["VHTT", "P1", "LT"]


def test_a_plan_that_was_tampered_with_or_grew_old_is_refused(
    as_admin: people.Browser, clock: people.SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = plan_of(upload(as_admin, *ROWS))
    for bad in ("", "x", sealed[:-2], re.sub("[A-Za-z]", "A", sealed)):
        answer = as_admin.post(f"{LIST}/nhap/ghi", {"ke_hoach": bad})
        assert answer.status_code == 422
        assert "Chọn lại tệp" in words(answer)
    monkeypatch.setattr("nhanquyen.web.sealing.VALID_FOR", timedelta(seconds=-1))
    assert as_admin.post(f"{LIST}/nhap/ghi", {"ke_hoach": sealed}).status_code == 422
    assert codes() == ["VHTT", "P1", "LT"]


def test_a_plan_outlives_a_clock_that_is_set_back(as_admin: people.Browser, clock: people.SettableClock) -> None:
    sealed = plan_of(upload(as_admin, *ROWS))
    clock.move(hours=-2)
    assert as_admin.post(f"{LIST}/nhap/ghi", {"ke_hoach": sealed}).status_code == 303
    assert len(codes()) > 3


def test_a_plan_is_for_the_admin_who_saw_it(as_admin: people.Browser, seed: people.Seed) -> None:
    sealed = plan_of(upload(as_admin, *ROWS))
    with connection():
        people.make_account("quantri2", "Quản trị 2", Role.ADMIN, None, seed.round.opened_at)
    other = people.Browser(as_admin.app).sign_in("quantri2")
    assert other.post(f"{LIST}/nhap/ghi", {"ke_hoach": sealed}).status_code == 422


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "rỗng"), (b"MZ not a workbook", "không phải là tệp Excel"), (b"PK\x03\x04", "bị hỏng")],
)
def test_a_file_that_cannot_be_read_is_refused_in_place(as_admin: people.Browser, data: bytes, message: str) -> None:
    answer = upload(as_admin, data=data)
    assert answer.status_code == 422
    assert message in soup(answer).select_one(".error-summary").get_text()  # type: ignore[union-attr]


def test_forgetting_to_choose_a_file_is_told(as_admin: people.Browser) -> None:
    answer = as_admin.post(f"{LIST}/nhap", {})
    assert answer.status_code == 422
    assert "Chọn một tệp Excel" in words(answer)


def test_a_file_over_the_limit_is_refused(as_admin: people.Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    as_admin.app.config["MAX_UPLOAD_MB"] = 1
    monkeypatch.setattr("nhanquyen.web.uploads.MEGABYTE", 1000)
    answer = upload(as_admin, data=b"PK" + bytes(1000))
    assert answer.status_code == 422
    assert "lớn hơn 1 MB" in words(answer)


def test_a_hundred_units_fill_a_page_and_the_filter_stays_in_the_links(as_admin: people.Browser) -> None:
    with connection():
        for number in range(150):
            people.make_unit(f"X{number}", f"Trường {number}", "BN", 10 + number)
    page = as_admin.get(f"{LIST}?nhom=BN")
    assert len(soup(page).select("tbody tr")) == 100
    link = soup(page).select_one(".pages a")
    assert link is not None
    assert "nhom=BN" in str(link["href"])
    assert len(soup(as_admin.get(str(link["href"]))).select("tbody tr")) == 50
    assert len(soup(as_admin.get(f"{LIST}?trang=99")).select("tbody tr")) == 53
