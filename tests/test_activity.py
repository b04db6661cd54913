"""What two units' rows must share to tell one activity, and which totals count such a row."""

from __future__ import annotations

from typing import Any

import pytest
from people import DIRECTIVE

from nhanquyen.form.activity import Activity, activities, folded, web_address
from nhanquyen.form.answers import Answers, Respondent, Row

UNIT = Respondent("XP", frozenset({"n4"}))
SESSION = {"ngay": "2023-12-05", "dia_diem": "Hội trường UBND Phường 1", "noi_dung": "Quyền con người"}
ARTICLE = {"the_loai": "tin", "tieu_de": "75 năm Ngày Nhân quyền", "noi_dang": "Báo Trà Vinh", "ngay": "2023-12-01"}


def rows(item: str, block: str, *told: dict[str, Any]) -> list[Activity]:
    answers = Answers((item, block, Row(f"r{number}", values)) for number, values in enumerate(told))
    return list(activities(DIRECTIVE, answers, UNIT))


def sessions(*told: dict[str, Any]) -> list[str]:
    return [each.fingerprint for each in rows("n1", "chi_tiet", *(SESSION | each for each in told))]


def articles(*told: dict[str, Any]) -> list[str]:
    return [each.fingerprint for each in rows("n4", "danh_muc", *(ARTICLE | each for each in told))]


# --- Addresses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "https://trang.vn/tin/bai-1",
        "http://trang.vn/tin/bai-1",
        "HTTPS://WWW.Trang.VN/tin/bai-1/",
        "trang.vn/tin/bai-1",
        "www.trang.vn:443/tin/bai-1#binh-luan",
        "https://trang.vn/tin/bai-1?utm_source=zalo&fbclid=abc&zarsrc=30",
        "Trang thông tin điện tử (https://trang.vn/tin/bai-1).",
        "https://trang.vn/tin/bai-1?",
        "trang.vn/tin/bai-1 ; https://www.trang.vn/tin/bai-1",
    ],
)
def test_an_address_is_one_however_it_was_copied(text: str) -> None:
    assert web_address(text) == ("trang.vn", "/tin/bai-1")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a.vn/x?b=2&a=1", "a.vn/x/?a=1&b=2", True),
        ("a.vn/x?a=1", "a.vn/x?a=2", False),
        ("a.vn/x?id", "a.vn/x", False),
        ("a.vn/Bai-1", "a.vn/bai-1", False),  # of a path the case may matter
        ("https://a.vn/b%C3%A0i", "https://a.vn/bài", True),
        ("https://a.vn:8080/x", "https://a.vn/x", False),
        ("https://a.vn/x", "https://b.vn/x", False),
        ("http://192.168.1.5/x", "192.168.1.5/x", False),  # without a scheme it is no address
    ],
)
def test_what_leads_elsewhere_is_another_address(one: str, other: str, same: bool) -> None:
    assert (web_address(one) == web_address(other)) is same


@pytest.mark.parametrize(
    "text",
    ["", "Đài truyền thanh", "P.VHTT/UBND", "v.v", "05.12.2023", "a@b.vn", "http://", "https://localhost/x",
     "Trang số 1/2", "https://a.vn/x và https://b.vn/y"],
)  # fmt: skip
def test_words_and_two_addresses_are_none(text: str) -> None:
    assert web_address(text) is None


def test_a_whole_site_names_a_place_only() -> None:
    assert web_address("https://www.trang.vn/") == ("trang.vn", "")
    one, other, elsewhere = articles(
        {"noi_dang": "https://www.trang.vn"}, {"noi_dang": "trang.vn"}, {"noi_dang": "trang.vn", "tieu_de": "Khác"}
    )
    assert one == other
    assert one != elsewhere


def test_an_address_alone_tells_the_article() -> None:
    one, other, elsewhere = articles(
        {"noi_dang": "https://trang.vn/tin/1"},
        {"noi_dang": "trang.vn/tin/1/", "tieu_de": "Đặt lại tên", "ngay": "2023-12-09", "the_loai": "bai"},
        {"noi_dang": "trang.vn/tin/2"},
    )
    assert one == other
    assert one != elsewhere


# --- Day, place and title ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        {"noi_dung": "quyen con nguoi"},
        {"noi_dung": "QUYỀN  CON NGƯỜI."},
        {"dia_diem": "Hội trường, UBND phường 1"},
        {"dia_diem": "“Hội trường” UBND  Phường 1", "hinh_thuc": "Mít tinh", "luot_nguoi": 900, "long_ghep": True},
    ],
)
def test_what_clerks_write_differently_is_the_same(other: dict[str, Any]) -> None:
    assert len(set(sessions({}, other))) == 1


@pytest.mark.parametrize(
    "other", [{"ngay": "2023-12-06"}, {"dia_diem": "Hội trường UBND Phường 2"}, {"noi_dung": "Quyền trẻ em"}]
)
def test_another_day_place_or_content_is_another_activity(other: dict[str, Any]) -> None:
    assert len(set(sessions({}, other))) == 2


@pytest.mark.parametrize("key", ["ngay", "dia_diem", "noi_dung"])
def test_nothing_is_guessed_where_one_of_them_is_blank_or_says_nothing(key: str) -> None:
    blank = {name: value for name, value in SESSION.items() if name != key}
    assert rows("n1", "chi_tiet", blank, {**SESSION, key: "…!?"}, {}) == []


def test_the_same_words_in_another_table_are_another_activity() -> None:
    assert not set(sessions({})) & set(articles({"tieu_de": "Quyền con người", "noi_dang": SESSION["dia_diem"]}))


def test_an_item_without_activity_has_none() -> None:
    said = ("n1", "tinh_trang", Row(values={"trang_thai": "khong"}))
    answers = Answers([said, ("n1", "chi_tiet", Row("r1", dict(SESSION)))])
    assert list(activities(DIRECTIVE, answers, UNIT)) == []


def test_a_fingerprint_never_changes() -> None:
    """Decisions are kept by it: a release that computes another one would forget them all."""
    assert sessions({}) == ["298d2b243e4af057f7379a98b01e5dcf868d5e423f627cac2a550ced4999d9f9"]


def test_folding_leaves_letters_and_digits() -> None:
    assert folded("  Đường số 3/2 – “Ấp Bà Trì”\u0301!") == "duongso32apbatri"


# --- What a row counts for -----------------------------------------------------------------------------------


def test_a_session_counts_as_one_with_its_people() -> None:
    (plain,), (full,) = (
        rows("n1", "chi_tiet", SESSION),
        rows("n1", "chi_tiet", {**SESSION, "luot_nguoi": 40, "long_ghep": True}),
    )
    assert plain.claims() == {"n1.so_cuoc": 1}
    assert full.claims() == {"n1.so_cuoc": 1, "n1.so_luot_nguoi": 40, "n1.so_cuoc_long_ghep": 1}
    assert (full.title, full.number) == ("Quyền con người", 1)


def test_an_article_counts_by_its_kind_and_field() -> None:
    (found,) = rows("n4", "danh_muc", {**ARTICLE, "the_loai": "phong_su", "linh_vuc": "xa_hoi", "thoi_luong": 12})
    assert found.claims() == {"n4.so_phong_su": 1, "n4.tong_thoi_luong": 12, "n4.lv_xa_hoi": 1}


def test_no_more_is_counted_than_the_unit_has_reported() -> None:
    (found,) = rows("n1", "chi_tiet", {**SESSION, "luot_nguoi": 40, "long_ghep": True})
    assert found.amounts({"n1.so_cuoc": 9, "n1.so_luot_nguoi": 30}) == {"n1.so_cuoc": 1, "n1.so_luot_nguoi": 30}
    assert found.amounts({"n1.so_cuoc": 0}) == {}


def test_a_number_that_cannot_be_read_counts_nothing() -> None:
    (found,) = rows("n1", "chi_tiet", {**SESSION, "luot_nguoi": "nhiều"})
    assert found.claims() == {"n1.so_cuoc": 1}
