"""Unit lists as offices really keep them: titles, two rows of headings, totals, signatures, short names, lost zeros."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from unit_books import GROUPS, HEADING, LISTED, LT, P1, read, saved, sheet_of

from nhanquyen.export.unit_list import unit_workbook
from nhanquyen.form.unit_list import Plan, read_workbook
from nhanquyen.form.unit_name import name_key
from nhanquyen.form.unit_row import UnitRow

NAMES = ("STT", "Tên đơn vị")
PNV = (None, "Phòng Nội vụ", "PCM", None)


def names(plan: Plan) -> list[str]:
    return [row.name for row in plan.new]


def skipped(plan: Plan) -> list[tuple[str, str]]:
    return [(row.cell, row.content) for row in plan.skipped]


# --- Totals, titles and signatures --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "total",
    ["Cộng", "CỘNG:", "Cộng: 5 đơn vị", "Cộng 5 đơn vị", "Tổng cộng", "TỔNG CỘNG (A + B)", "Tổng số", "Tổng số: 5",
     "Tổng", "Cộng nhóm A", "Cộng xã, phường", "tong cong"],
)  # fmt: skip
@pytest.mark.parametrize("column", [0, 1, 2])
def test_a_total_is_no_unit_in_whatever_column_it_stands(total: str, column: int) -> None:
    row: list[Any] = [None, None, None, "=COUNTA(B2:B2)"]
    row[column] = total
    plan = read(HEADING, ("LH", "UBND xã Long Hữu", "XP", None), row, ("HT", "UBND xã Hiệp Thạnh", "XP", None))
    assert [each.code for each in plan.new] == ["LH", "HT"]
    assert skipped(plan)[0][1] == total
    assert plan.faults == ()


@pytest.mark.parametrize("name", ["Công an thị xã", "Tổng công ty Điện lực", "Tổng cục Thuế", "Cộng đồng Khmer"])
def test_a_unit_whose_name_only_begins_like_a_total_is_a_unit(name: str) -> None:
    plan = read(NAMES, (1, name), (2, "Thanh tra"))
    assert names(plan) == [name, "Thanh tra"]


def test_a_note_that_mentions_a_total_does_not_lose_the_unit() -> None:
    plan = read(("Tên đơn vị", "Ghi chú"), ("Thanh tra", "Tổng số 3 ấp"))
    assert [(row.name, row.note) for row in plan.new] == [("Thanh tra", "Tổng số 3 ấp")]


def test_the_signatures_below_a_list_are_listed_as_skipped() -> None:
    plan = read(
        HEADING,
        ("LH", "UBND xã Long Hữu", "XP", None),
        (None, "Cộng: 1 đơn vị", None, None),
        (),
        (None, None, None, "Duyên Hải, ngày 20 tháng 12 năm 2023"),
        (None, "NGƯỜI LẬP BIỂU", None, "TRƯỞNG PHÒNG"),
        (),
        (None, "Nguyễn Văn An", None, "Trần Thị Bình"),
    )
    assert [row.code for row in plan.new] == ["LH"]
    assert plan.faults == plan.notices == plan.duplicates == ()
    assert [cell for cell, _ in skipped(plan)] == ["B3", "D5", "B6", "B8"]


def test_a_remark_below_a_gap_is_listed_as_skipped() -> None:
    plan = read(
        HEADING, ("LH", "UBND xã Long Hữu", "XP", None), (), (None, "Danh sách này thay cho năm 2022", None, None)
    )
    assert ([row.code for row in plan.new], skipped(plan)) == (["LH"], [("B4", "Danh sách này thay cho năm 2022")])


def test_signatures_end_a_list_of_bare_names_too() -> None:
    plan = read(
        ("Tên đơn vị", "Điện thoại"),
        ("Thanh tra", None),
        ("Phòng Nội vụ", None),
        ("Người lập", "Duyên Hải, ngày 20/12/2023"),
        ("Lê Văn Chín", None),
    )
    assert names(plan) == ["Thanh tra", "Phòng Nội vụ"]
    assert [cell for cell, _ in skipped(plan)] == ["B4", "A5"]


def test_a_unit_below_a_blank_row_is_still_read() -> None:
    plan = read(
        HEADING, ("LH", "UBND xã Long Hữu", "XP", None), (), PNV, (), ("HT", "UBND xã Hiệp Thạnh", "XP", None), (), PNV
    )
    assert [row.code for row in plan.new] == ["LH", "HT"]
    assert [fault.cell for fault in plan.duplicates] == ["A4", "A8"]
    assert plan.skipped == ()


def test_a_title_in_capitals_among_coded_units_is_no_unit_with_a_blank_code() -> None:
    plan = read(HEADING, (None, "KHỐI NỘI CHÍNH", None, None), ("CA", "Công an thị xã", "BN", None))
    assert ([row.code for row in plan.new], skipped(plan)) == (["CA"], [("B2", "KHỐI NỘI CHÍNH")])
    shouted = read(HEADING, (None, "THANH TRA THỊ XÃ", None, None), ("CA", "CÔNG AN THỊ XÃ", "BN", None))
    assert len(shouted.new) == 2


def test_a_row_that_numbers_the_columns_is_skipped() -> None:
    plan = read(("STT", *HEADING), ("(1)", "(2)", "(3)", "(4)", "(5)"), (1, "LH", "UBND xã Long Hữu", "XP", None))
    assert [row.code for row in plan.new] == ["LH"]
    assert [cell for cell, _ in skipped(plan)] == ["A2"]


# --- Headings ------------------------------------------------------------------------------------------------------


def two_level(*merges: str) -> bytes:
    book = openpyxl.Workbook()
    sheet = sheet_of(book)
    for row in (
        ("DANH SÁCH ĐƠN VỊ",),
        ("Mã", "Tên cơ quan, đơn vị", "Người phụ trách", None, None, "Ghi chú nội bộ"),
        (None, None, "Họ và tên", "Chức vụ", "Điện thoại"),
        ("LH", "UBND xã Long Hữu", "Lê Thị Hoa", "Công chức", "0294 3832 001", "x"),
    ):
        sheet.append(row)
    for area in merges:
        sheet.merge_cells(area)
    return saved(book)


@pytest.mark.parametrize("merges", [(), ("A1:F1", "C2:E2", "A2:A3", "B2:B3", "F2:F3")])
def test_two_rows_of_headings_are_read_as_one(merges: tuple[str, ...]) -> None:
    plan = read_workbook(two_level(*merges), [], GROUPS)
    (row,) = plan.new
    assert (row.name, row.contact, row.contact_position, row.phone) == (
        "UBND xã Long Hữu", "Lê Thị Hoa", "Công chức", "0294 3832 001",
    )  # fmt: skip
    assert plan.faults == plan.notices == plan.skipped == ()
    assert [tuple(use) for use in plan.uses] == [
        ("A", "Mã", "Mã"),
        ("B", "Tên cơ quan, đơn vị", "Tên đơn vị"),
        ("C", "Người phụ trách – Họ và tên", "Người liên hệ"),
        ("D", "Người phụ trách – Chức vụ", "Chức vụ"),
        ("E", "Người phụ trách – Điện thoại", "Số điện thoại"),
        ("F", "Ghi chú nội bộ", ""),
    ]


@pytest.mark.parametrize(
    ("upper", "lower", "key"),
    [
        ("Cán bộ đầu mối", "Tên", "contact"),
        ("Thông tin liên hệ", "Tên", "contact"),
        ("Điện thoại", "Cơ quan", "phone"),
        ("Liên hệ", "Điện thoại", "phone"),
    ],
)
def test_the_lower_heading_is_understood_below_the_upper(upper: str, lower: str, key: str) -> None:
    book = openpyxl.Workbook()
    for row in (("Tên cơ quan", upper, None), (None, lower, "Khác"), ("Thanh tra", "ô này", "khác")):
        sheet_of(book).append(row)
    sheet_of(book).merge_cells("B1:C1")
    plan = read_workbook(saved(book), [], GROUPS)
    assert [(row.name, getattr(row, key)) for row in plan.new] == [("Thanh tra", "ô này")]
    assert plan.faults == ()


def test_merged_cells_join_two_rows_of_headings_that_say_no_more_than_one() -> None:
    book = openpyxl.Workbook()
    for row in (("Tên đơn vị", "Người phụ trách"), (None, "Họ và tên"), ("Thanh tra", "Hoa")):
        sheet_of(book).append(row)
    sheet_of(book).merge_cells("A1:A2")
    plan = read_workbook(saved(book), [], GROUPS)
    assert [(row.name, row.contact) for row in plan.new] == [("Thanh tra", "Hoa")]
    assert plan.faults == ()


def test_columns_that_are_not_used_are_named_even_without_a_heading() -> None:
    plan = read(("STT", "Tên đơn vị", "Năm lập"), (1, "Thanh tra", 1976, None, "x"))
    assert [tuple(use) for use in plan.uses] == [
        ("A", "STT", ""), ("B", "Tên đơn vị", "Tên đơn vị"), ("C", "Năm lập", ""), ("E", "", ""),
    ]  # fmt: skip
    assert plan.sheet == "Đơn vị"


# --- Names and groups ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["UBND Phường 1", "ubnd phường 1", "UỶ BAN NHÂN DÂN PHƯỜNG 1", "UBND P.1", "UBND phường 01", "UBND  Phường  1"],
)
def test_a_unit_without_a_code_is_known_by_its_name_in_short_forms(name: str) -> None:
    plan = read(("Tên đơn vị", "Điện thoại"), (name, "0294 1"), existing=LISTED)
    assert (plan.new, plan.missing) == ((), (LT,))
    assert [change.after for change in plan.changed] == [replace(P1, phone="0294 1")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HĐND và UBND xã Long Toàn", "Hội đồng nhân dân và Ủy ban nhân dân xã Long Toàn"),
        ("Ủy ban MTTQ Việt Nam", "Ủy ban Mặt trận Tổ quốc Việt Nam"),
        ("Phòng Văn hóa - Thông tin", "Phòng Văn hóa và Thông tin"),
    ],
)
def test_short_and_long_forms_of_a_name_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_different_units_have_different_keys() -> None:
    assert len({name_key(f"UBND {name}") for name in ("Phường 1", "Phường 10", "Phường 2", "xã 1", "xã Long Hữu")}) == 5


VHTT = UnitRow("VHTT", "Phòng Văn hóa và Thông tin", "PCM", rank=3)


@pytest.mark.parametrize(
    ("name", "likely"),
    [
        ("Phường 1", "P1 – Ủy ban nhân dân Phường 1"),
        ("Long Toàn", "LT – Ủy ban nhân dân xã Long Toàn"),
        ("UBND xã Long Toàn, thị xã Duyên Hải", "LT – Ủy ban nhân dân xã Long Toàn"),
        ("Phòng VHTT", "VHTT – Phòng Văn hóa và Thông tin"),
        ("Phòng Thông tin và Văn hóa", "VHTT – Phòng Văn hóa và Thông tin"),
    ],
)
@pytest.mark.parametrize("code", ["MOI", None])
def test_a_new_unit_that_looks_like_a_listed_one_is_pointed_out(name: str, likely: str, code: str | None) -> None:
    plan = read(HEADING, (code, name, "XP", "0294 1"), existing=(*LISTED, VHTT))
    (row,) = plan.new
    assert plan.remarks[row.code][0] == f"Có thể là đơn vị đã có: {likely}."


@pytest.mark.parametrize("name", ["UBND xã Lê Thành", "Công an phường 1", "Phòng Nội vụ", "Phường 11", "***"])
def test_a_new_unit_that_resembles_none_is_not_suspected(name: str) -> None:
    plan = read(HEADING, ("MOI", name, "XP", None), existing=(*LISTED, VHTT))
    assert plan.remarks == {"MOI": ()}


def test_a_unit_that_the_file_names_itself_is_not_what_another_line_means() -> None:
    plan = read(HEADING, ("P1", P1.name, "XP", None), ("MOI", "Phường 1", "XP", None), existing=LISTED)
    assert plan.remarks == {"MOI": ()}


@pytest.mark.parametrize(
    ("title", "group"),
    [
        ((None, "XÃ, PHƯỜNG"), "XP"), ((None, "B. Xã, phường"), "XP"), (("B", "Các xã, phường, thị trấn"), "XP"),
        (("II", "Khối Đảng, đoàn thể"), "DT"), (("B. Xã, phường", None), "XP"), ((None, "Các phòng chuyên môn"), "PCM"),
    ],
)  # fmt: skip
def test_a_new_unit_takes_the_group_of_its_section(title: tuple[str | None, ...], group: str) -> None:
    plan = read(NAMES, ("A", "Ban, ngành"), (1, "Trạm Thú y"), title, (2, "Trạm Khuyến nông"))
    assert [(row.name, row.group) for row in plan.new] == [("Trạm Thú y", "BN"), ("Trạm Khuyến nông", group)]
    assert all("Nhóm theo mục" in remarks[0] for remarks in plan.remarks.values())


def test_a_section_that_names_no_single_group_leaves_a_stated_guess() -> None:
    plan = read(NAMES, ("A", "PHÒNG, BAN, NGÀNH"), (1, "Phòng Nội vụ"), (2, "Trạm Thú y"))
    assert [row.group for row in plan.new] == ["PCM", "BN"]
    assert list(plan.remarks.values()) == [
        ("Nhóm “Phòng chuyên môn” là phỏng đoán theo tên.",),
        ("Nhóm “Ban, ngành, đơn vị sự nghiệp” là phỏng đoán theo tên.",),
    ]


def test_the_column_of_groups_outranks_the_section() -> None:
    plan = read(HEADING, (None, "Xã, phường", None, None), ("TTR", "Thanh tra", "PCM", None))
    assert [row.group for row in plan.new] == ["PCM"]
    assert plan.remarks == {"TTR": ()}


@pytest.mark.parametrize("name", ["ủy ban nhân dân phường 1", "ỦY BAN NHÂN DÂN PHƯỜNG 1", "Ủy  ban nhân dân Phường 1 "])
def test_a_name_in_other_letters_only_is_no_change(name: str) -> None:
    plan = read(("Mã", "Tên đơn vị"), ("P1", name), existing=LISTED)
    assert (plan.empty, plan.unchanged) == (True, 1)


def test_a_name_that_really_differs_is_a_change() -> None:
    plan = read(("Mã", "Tên đơn vị"), ("P1", "Ủy ban nhân dân Phường Một"), existing=LISTED)
    assert [change.after.name for change in plan.changed] == ["Ủy ban nhân dân Phường Một"]


# --- Cells ---------------------------------------------------------------------------------------------------------


def test_a_fault_shows_the_unit_and_the_content_in_the_order_of_the_rows() -> None:
    plan = read(
        HEADING,
        ("LH", "UBND xã Long Hữu", "Khối Z", "=1+1"),
        ("Đ B", "Đồn Biên phòng", "BN", "#N/A"),
        ("HT", "UBND xã Hiệp Thạnh", "Khối Q", None),
    )
    assert [(fault.cell, fault.unit, fault.content) for fault in plan.faults] == [
        ("D2", "UBND xã Long Hữu", "=1+1"),
        ("A3", "Đồn Biên phòng", "Đ B"),
        ("D3", "Đồn Biên phòng", "#N/A"),
        ("C4", "UBND xã Hiệp Thạnh", "Khối Q"),
    ]


def test_a_very_long_content_is_shown_shortened() -> None:
    plan = read(HEADING, ("LH", "T" * 5000, "XP", None))
    assert plan.faults[0].content == "T" * 80 + "…"


def test_one_blank_code_gets_a_suggestion() -> None:
    plan = read(
        HEADING, PNV, ("PNV", "Phòng Nông nghiệp", "PCM", None), (None, "UBND Phường 1", "XP", "1"), existing=LISTED
    )
    assert [(row.code, row.name) for row in plan.new] == [("PNV-2", "Phòng Nội vụ"), ("PNV", "Phòng Nông nghiệp")]
    assert plan.remarks == {"PNV-2": ("Mã do chương trình đề nghị.",), "PNV": ()}
    assert [change.after for change in plan.changed] == [replace(P1, phone="1")]
    assert [(notice.cell, "là đơn vị P1" in notice.reason) for notice in plan.notices] == [("B4", True)]
    assert plan.faults == ()


@pytest.mark.parametrize(
    ("phone", "stored", "note"),
    [
        (2943832133, "02943832133", "số 0"), ("2943832133", "02943832133", "số 0"),
        ("912 345 678", "0912 345 678", "số 0"), ("chưa có", "chưa có", "không có chữ số"),
        ("0294 3832 133", "0294 3832 133", None), ("113", "113", None),
        ("1900545481", "1900545481", None), (None, "", None),
    ],
)  # fmt: skip
def test_a_telephone_gets_back_its_zero_and_a_remark(phone: Any, stored: str, note: str | None) -> None:
    plan = read(HEADING, ("LH", "UBND xã Long Hữu", "XP", phone))
    assert [row.phone for row in plan.new] == [stored]
    assert [note is not None and note in notice.reason for notice in plan.notices] == [True] * (note is not None)


def test_the_export_of_odd_contents_still_reads_back_without_a_change() -> None:
    listed = [
        replace(P1, phone="2943832133", name="ủy ban nhân dân Phường 1"),
        replace(LT, name="Tổng công ty", phone="chưa có"),
        UnitRow("A", "Xã đội", "BN", rank=3),
    ]
    plan = read_workbook(unit_workbook(listed, GROUPS), listed, GROUPS)
    assert (plan.empty, plan.unchanged, plan.missing) == (True, 3, ())
    assert plan.faults == plan.notices == plan.skipped == ()


def test_the_guide_of_the_export_names_the_menu_as_it_is() -> None:
    book = openpyxl.load_workbook(io.BytesIO(unit_workbook(LISTED, GROUPS)))
    assert "ở mục “Đơn vị” → “Nhập từ Excel”." in book["Hướng dẫn"]["A1"].value
    assert "Quản trị" not in book["Hướng dẫn"]["A1"].value
