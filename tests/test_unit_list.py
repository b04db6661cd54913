"""The unit list: importing honest and hostile workbooks, exporting, and what the store does."""

from __future__ import annotations

import io
import time
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import people
import pytest
from unit_books import GROUPS, HEADING, LISTED, LT, P1, read, saved, sheet_of, workbook

from nhanquyen.directive import BUILT_IN
from nhanquyen.export.unit_list import unit_workbook
from nhanquyen.form.unit_list import Plan, fingerprint, read_workbook
from nhanquyen.form.unit_row import UnitRow, code_fault, propose_code, propose_group, read_group
from nhanquyen.form.workbook import MAX_COLUMNS, MAX_ROWS, WorkbookRefused
from nhanquyen.store import units
from nhanquyen.store.database import connection
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Event, Report, Unit
from nhanquyen.store.units import UnitRefused
from nhanquyen.text import search_key

STARTER = BUILT_IN.with_name("units-duyen-hai-2023.xlsx")


def repacked(data: bytes, **parts: bytes) -> bytes:
    """The workbook with some of its parts (by the end of their names, dots as ``_``) replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            key = name.rsplit("/", 1)[-1].replace(".", "_")
            new.writestr(name, parts.get(key, old.read(name)))
    return out.getvalue()


def sheet_xml(rows: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    ).encode()


# --- Honest files ------------------------------------------------------------------------------------------------


def test_the_starter_list_reads_without_a_fault() -> None:
    plan = read_workbook(STARTER.read_bytes(), [], GROUPS)
    assert plan.faults == plan.duplicates == plan.notices == ()
    by_code = {row.code: row for row in plan.new}
    assert [row.code for row in plan.new if row.group == "XP"] == ["P1", "P2", "LT", "LH", "TLH", "HT", "DTH"]
    assert by_code["VHTT"].name == "Phòng Văn hóa và Thông tin"
    assert by_code["TLH"] == UnitRow("TLH", "Ủy ban nhân dân xã Trường Long Hòa", "XP", "Trường Long Hòa", rank=39)
    assert not any(row.active for row in plan.new if row.group == "DT")
    inactive = {row.code for row in plan.new if not row.active}
    assert {"PYT", "PDT", "BHXH", "TAND", "TD"} <= inactive
    assert {"VP", "PNV", "VHTT", "TTVHTT", "BCHQS", "P1", "DTH"}.isdisjoint(inactive)
    groups = list(dict.fromkeys(row.group for row in plan.new))
    assert groups == ["PCM", "BN", "DT", "XP"]


def test_an_export_read_back_changes_nothing() -> None:
    listed = [
        replace(P1, contact="=1+1", contact_position="@SUM(A1)", note="+84", place="Phường 1"),
        replace(LT, active=False, note="-3"),
    ]
    data = unit_workbook(listed, GROUPS)
    plan = read_workbook(data, listed, GROUPS)
    assert plan.empty
    assert plan.unchanged == 2
    assert plan.faults == plan.missing == plan.duplicates == plan.notices == ()
    sheet = sheet_of(openpyxl.load_workbook(io.BytesIO(data)))
    assert [cell.value for cell in sheet[1]][:4] == ["Thứ tự", "Mã", "Tên đơn vị", "Nhóm"]
    assert sheet["F2"].value == "=1+1"
    assert sheet["F2"].data_type == "s"
    assert {cell.font.name for row in sheet.iter_rows() for cell in row} == {"Times New Roman"}
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("A2", "$1:$1")
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)


def test_new_changed_unchanged_and_missing_units_are_told_apart_by_code() -> None:
    third = UnitRow("TTR", "Thanh tra thị xã", "PCM", rank=3)
    plan = read(
        HEADING,
        ("p1", "Ủy ban nhân dân Phường 1", "Xã, phường", "0294 3832 009"),
        ("LT", "Ủy ban nhân dân xã Long Toàn", "XP", None),
        ("PNV", "Phòng Nội vụ", "phòng chuyên môn", None),
        existing=(*LISTED, third),
    )
    assert [row.code for row in plan.new] == ["PNV"]
    assert [change.fields(GROUPS) for change in plan.changed] == [[("Số điện thoại", "0294 3832 001", "0294 3832 009")]]
    assert plan.unchanged == 1
    assert plan.missing == (third,)


def test_columns_that_the_file_lacks_keep_what_is_there() -> None:
    plan = read(("Ghi chú", "Mã"), ("mới", "P1"), existing=LISTED)
    assert plan.changed[0].after == replace(P1, note="mới")


@pytest.mark.parametrize(
    "heading",
    [
        ("Mã", "Tên đơn vị", "Nhóm", "Số điện thoại", "Người liên hệ", "Chức vụ", "Địa danh", "Ghi chú"),
        ("MÃ ĐƠN VỊ", "Tên chính thức", "Khối", "ĐT", "Cán bộ đầu mối", "Chức danh", "Địa danh", "Chú thích"),
        ("Mã số", "Đơn vị", "Loại", "Điện thoại (cơ quan)", "Đầu mối", "CHỨC VỤ", "địa danh:", "Ghi chú *"),
    ],
)
def test_headings_have_many_names_and_stand_anywhere_in_any_order(heading: tuple[str, ...]) -> None:
    row = ("LH", "UBND xã Long Hữu", "Xã", "0294 1", "Hoa", "Công chức", "Long Hữu", "x")
    order = [3, 0, 6, 1, 5, 2, 7, 4]
    plan = read(
        ("DANH SÁCH ĐƠN VỊ",),
        (),
        ("Kèm theo công văn",),
        ["STT", *(heading[i] for i in order)],
        [1, *(row[i] for i in order)],
    )
    assert plan.new == (UnitRow("LH", "UBND xã Long Hữu", "XP", "Long Hữu", "Hoa", "Công chức", "0294 1", note="x"),)
    assert plan.faults == ()


def test_the_sheet_is_chosen_by_its_headings() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(("Hướng dẫn",), ("Đơn vị",), ("đọc kỹ",), title="Bìa")))
    sheet = book.create_sheet("Danh sách")
    for row in (HEADING, ("LH", "Ủy ban nhân dân xã Long Hữu", "XP", None)):
        sheet.append(row)
    plan = read_workbook(saved(book), [], GROUPS)
    assert [row.code for row in plan.new] == ["LH"]


def test_a_list_without_codes_or_groups_is_matched_by_name_and_gets_proposals() -> None:
    plan = read(
        ("TT", "Tên đơn vị"),
        ("I", "CÁC XÃ, PHƯỜNG"),
        (1, "UỶ BAN NHÂN DÂN PHƯỜNG 1"),
        (2, "Ủy ban nhân dân xã Lê Thành"),
        (3, "UBND Phường 12"),
        ("II", "CƠ QUAN KHÁC"),
        (4, "Phòng Nội vụ"),
        (5, "Ban Quản lý chợ"),
        existing=LISTED,
    )
    assert plan.proposed_codes
    assert [(row.code, row.group) for row in plan.new] == [
        ("LT-2", "XP"),
        ("P12", "XP"),
        ("PNV", "PCM"),
        ("BQLC", "BN"),
    ]
    assert (plan.changed, plan.unchanged) == ((), 1)
    assert [row.cell for row in plan.skipped] == ["B2", "B6"]
    assert plan.missing == (LT,)


def test_numbers_dates_ticks_and_a_merged_group_are_read_as_a_clerk_means_them() -> None:
    book = openpyxl.Workbook()
    sheet = sheet_of(book)
    sheet.append(["Mã", "Tên đơn vị", "Nhóm", "ĐT", "Hoạt động", "Ghi chú"])
    sheet.append([12, "Trường số 12", "Ban ngành", 2943832001, True, date(2023, 12, 22)])
    sheet.append(["B", "Trường B", None, 113.0, "không", 7.5])
    sheet.merge_cells("C2:C3")
    plan = read_workbook(saved(book), [], GROUPS)
    assert plan.faults == ()
    assert plan.new == (
        UnitRow("12", "Trường số 12", "BN", phone="02943832001", note="22/12/2023"),
        UnitRow("B", "Trường B", "BN", phone="113", active=False, note="7.5"),
    )
    assert [(notice.cell, "số 0" in notice.reason) for notice in plan.notices] == [("D2", True)]


def test_ranks_move_units_and_a_running_number_does_not() -> None:
    moved = read(("Thứ tự", "Mã"), (2, "P1"), (1, "LT"), existing=LISTED)
    assert [(change.before.rank, change.after.rank) for change in moved.changed] == [(1, 2), (2, 1)]
    assert read(("STT", "Mã"), (2, "P1"), (1, "LT"), existing=LISTED).empty


# --- Bad cells -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "cell", "words"),
    [
        (("ĐBP", "Đồn Biên phòng", "BN", None), "A2", "Ví dụ: DBP"),
        (("P 1", "Phường", "XP", None), "A2", "Ví dụ: P1"),
        ((None, None, "PCM", None), "A2", "Nhập mã"),
        (("X" * 21, "Tên", "XP", None), "A2", "tối đa 20"),
        (("A", None, "XP", "1"), "B2", "Nhập tên"),
        (("A", "T" * 201, "XP", None), "B2", "201 ký tự"),
        (("A", "B¸o c¸o", "XP", None), "B2", "TCVN3"),
        (("A", "Tên", "Khối Z", None), "C2", "XP (Xã, phường)"),
        (("A", "Tên", "XP", "=1+1"), "D2", "công thức"),
        (("A", "Tên", "XP", "#N/A"), "D2", "báo lỗi của Excel"),
        (("A", date(2023, 3, 1), "XP", None), "B2", "ngày tháng"),
    ],
)
def test_a_bad_cell_is_named_and_its_line_left_out(row: tuple[Any, ...], cell: str, words: str) -> None:
    good = ("LH", "Ủy ban nhân dân xã Long Hữu", "XP", None)
    plan = read(HEADING, row, good)
    assert [(fault.sheet, fault.cell) for fault in plan.faults] == [("Đơn vị", cell)]
    assert words in plan.faults[0].reason
    assert [each.code for each in plan.new] == ["LH"]


def test_a_unit_with_a_bad_cell_is_not_called_missing() -> None:
    plan = read(HEADING, ("P1", P1.name, "XP", "=A1"), existing=LISTED)
    assert plan.missing == (LT,)
    assert plan.empty


def test_no_line_of_a_code_that_is_there_twice_is_taken() -> None:
    plan = read(
        HEADING, ("P1", "Một", "XP", None), ("p1", "Hai", "XP", None), ("LT", LT.name, "XP", None), existing=LISTED
    )
    assert [(each.cell, "Mã P1 có 2 dòng" in each.reason) for each in plan.duplicates] == [("A2", True), ("A3", True)]
    assert plan.empty
    assert plan.missing == ()


def test_cells_merged_over_lines_are_faults_where_each_line_needs_its_own() -> None:
    book = openpyxl.Workbook()
    for row in (HEADING, ("A", "Tên A", "XP", None), (None, "Tên B", "XP", None)):
        sheet_of(book).append(row)
    sheet_of(book).merge_cells("A2:A3")
    plan = read_workbook(saved(book), [], GROUPS)
    assert [fault.cell for fault in plan.faults] == ["A2", "A3"]
    assert plan.empty


def test_a_second_unit_of_the_same_name_is_pointed_out() -> None:
    plan = read(HEADING, ("PM", P1.name.upper(), "XP", None), existing=LISTED)
    assert [row.code for row in plan.new] == ["PM"]
    assert "mã P1" in plan.notices[0].reason


# --- Files that are refused ------------------------------------------------------------------------------------------

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
GOOD = workbook(HEADING, ("LH", "Ủy ban nhân dân xã Long Hữu", "XP", None))
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><worksheet>&b;</worksheet>'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "rỗng"),
        (OLE + bytes(600), "kiểu Excel cũ"),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "mật khẩu"),
        (b"%PDF-1.7", "không phải là tệp Excel"),
        (b"PK\x03\x04 broken", "bị hỏng"),
        (GOOD[: len(GOOD) // 2], "bị hỏng"),
        (workbook(("Ngày", "Việc"), (1, 2)), "Không thấy bảng"),
        (workbook(HEADING), "chỉ có dòng tiêu đề"),
        (workbook(*[()] * 20, HEADING, ("LH", "Xã", "XP", None)), "Không thấy bảng"),
        (repacked(GOOD, sheet1_xml=DOCTYPE), "nội dung lạ"),
        (repacked(GOOD, sheet1_xml="<worksheet/>".encode("utf-16")), "nội dung lạ"),
        (repacked(GOOD, sheet1_xml=sheet_xml("<row r='1'><c r='A1' t='s'><v>99</v></c></row>")), "Không đọc được"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_advice(data: bytes, words: str) -> None:
    with pytest.raises(WorkbookRefused, match=words):
        read_workbook(data, [], GROUPS)


def bomb_of_zeros() -> bytes:
    return repacked(GOOD, sheet1_xml=sheet_xml(" " * 60_000_000))


def bomb_of_one_dense_part() -> bytes:
    return repacked(GOOD, sheet1_xml=sheet_xml(" " * 10_000_000))


def bomb_of_members() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(5_000):
            archive.writestr(f"{number}.xml", "")
    return out.getvalue()


def bomb_with_spoofed_size() -> bytes:
    """The central directory says 1 byte."""
    data = bytearray(bomb_of_zeros())
    place = data.rindex(b"PK\x01\x02", 0, data.rindex(b"sheet1.xml"))
    data[place + 24 : place + 28] = (1).to_bytes(4, "little")
    return bytes(data)


def far_cell() -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(GOOD))
    sheet_of(book)["XFD1048576"] = "x"
    return saved(book)


def forged_row_number() -> bytes:
    header = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in HEADING)
    last = '<row r="99999999999"><c t="inlineStr"><is><t>x</t></is></c></row>'
    return repacked(GOOD, sheet1_xml=sheet_xml(f"<row>{header}</row>{last}"))


def too_many_rows() -> bytes:
    row = '<row><c t="inlineStr"><is><t>Mã</t></is></c></row>'
    return repacked(GOOD, sheet1_xml=sheet_xml(row * (MAX_ROWS + 1)))


def styles_bomb() -> bytes:
    return repacked(GOOD, styles_xml=b"<styleSheet>" + b"<xf/>" * 1_000_000 + b"</styleSheet>")


def tags_below_the_sheet() -> bytes:
    return repacked(GOOD, sheet1_xml=sheet_xml("") + b'<a b="xyz"/>' * 900_000)


@pytest.mark.parametrize(
    "bomb",
    [
        bomb_of_zeros, bomb_of_one_dense_part, bomb_of_members, bomb_with_spoofed_size, far_cell, forged_row_number,
        too_many_rows, styles_bomb, tags_below_the_sheet,
    ],
)  # fmt: skip
def test_a_bomb_is_refused_at_once(bomb: Any) -> None:
    data = bomb()
    began = time.monotonic()
    with pytest.raises(WorkbookRefused):
        read_workbook(data, [], GROUPS)
    assert time.monotonic() - began < 5


def test_an_empty_cell_far_away_does_no_harm() -> None:
    book = openpyxl.load_workbook(io.BytesIO(GOOD))
    sheet_of(book).cell(MAX_ROWS + 5, MAX_COLUMNS + 5).number_format = "0.00"
    assert len(read_workbook(saved(book), [], GROUPS).new) == 1


def test_five_thousand_units_are_read() -> None:
    listed = [UnitRow(f"X{n}", f"Ủy ban nhân dân xã Số {n}", "XP", rank=n) for n in range(1, 5001)]
    plan = read_workbook(unit_workbook(listed, GROUPS), listed[:4000], GROUPS)
    assert (len(plan.new), plan.unchanged, plan.faults) == (1000, 4000, ())


# --- Words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("xp", "XP"), ("Xã", "XP"), ("UBND xã, phường", "XP"), ("Ủy ban nhân dân phường", "XP"),
        ("PHÒNG CHUYÊN MÔN", "PCM"), ("Phòng ban", "PCM"),
        ("Ban ngành", "BN"), ("Đơn vị sự nghiệp", "BN"), ("Đoàn thể", "DT"), ("đảng", "DT"),
        ("Phòng, ban, ngành", None), ("khác", None), ("-", None),
    ],
)  # fmt: skip
def test_a_group_is_known_by_code_and_by_words(text: str, group: str | None) -> None:
    assert read_group(text, GROUPS) == group


@pytest.mark.parametrize(
    ("name", "code", "group"),
    [
        ("Ủy ban nhân dân Phường 1", "P1", "XP"),
        ("UBND xã Trường Long Hòa", "TLH", "XP"),
        ("Phường 10", "P10", "XP"),
        ("Phòng Tài chính - Kế hoạch", "PTCKH", "PCM"),
        ("Phòng giao dịch Ngân hàng Chính sách xã hội", "PGDNHCSXH", "BN"),
        ("Hội Nông dân", "HND", "DT"),
        ("***", "DV", "BN"),
    ],
)
def test_code_and_group_are_proposed_from_the_name(name: str, code: str, group: str) -> None:
    assert propose_code(name, {"KHAC"}) == code
    assert propose_code(name, {code}) == f"{code}-2"
    assert propose_group(name, GROUPS) == group
    assert code_fault(code) is None


# --- The store -------------------------------------------------------------------------------------------------------


@pytest.fixture
def actor(seed: people.Seed, clock: people.SettableClock) -> Actor:
    return Actor(seed.accounts["quantri"], "192.0.2.9", clock())


def test_an_import_does_what_its_plan_says(seed: people.Seed, actor: Actor) -> None:
    with connection():
        listed = units.as_rows(actor.at.date())
        rows = [
            ("Thứ tự", "Mã", "Tên đơn vị", "Nhóm", "Trạng thái"),
            (1, "P1", "Ủy ban nhân dân Phường Một", "XP", "Đang hoạt động"),
            (3, "LT", "Ủy ban nhân dân xã Long Toàn", "XP", "Ngừng"),
            (None, "PNV", "Phòng Nội vụ", "PCM", None),
        ]
        units.apply_import(Plan.load(read(*rows, existing=listed).dump()), actor)
        after = units.as_rows(actor.at.date())
        assert [(row.code, row.active) for row in after] == [("P1", True), ("VHTT", True), ("PNV", True), ("LT", False)]
        assert after[0].name == "Ủy ban nhân dân Phường Một"
        assert Report.select().where(Report.round == seed.round).count() == 4
        actions = [event.action for event in Event.select().where(Event.ip == actor.ip).order_by(Event.id)]
        assert actions == ["unit_edited", "unit_deactivated", "unit_added", "units_imported"]
        renamed = Event.get(Event.action == "unit_edited").detail["changes"]
        assert renamed["Tên đơn vị"] == ["Ủy ban nhân dân Phường 1", "Ủy ban nhân dân Phường Một"]
        assert Unit.get(Unit.code == "LT").active_to == actor.at.date()


def test_an_import_is_refused_whole_when_the_list_changed_after_the_preview(seed: people.Seed, actor: Actor) -> None:
    with connection():
        plan = read(HEADING, ("PNV", "Phòng Nội vụ", "PCM", None), existing=units.as_rows(actor.at.date()))
        units.move_unit("LT", 1, actor)
        before = fingerprint(units.as_rows(actor.at.date()))
        with pytest.raises(UnitRefused, match="đã thay đổi"):
            units.apply_import(plan, actor)
        assert fingerprint(units.as_rows(actor.at.date())) == before
        assert units.find("PNV") is None


@pytest.mark.parametrize("words", ["ubnd phuong 1", "p1", "phường 1", "ubnd p1", "Uỷ ban nhân dân Phường 1", "1"])
def test_a_unit_is_found_by_what_people_call_it(words: str) -> None:
    assert search_key(words) in units.search_text("P1", "Ủy ban nhân dân Phường 1")


def test_short_names_of_offices_and_communes_are_found() -> None:
    assert "vhtt" in units.search_text("X", "Phòng Văn hóa và Thông tin")
    assert "ubnd long toan" in units.search_text("X", "Ủy ban nhân dân xã Long Toàn")


def test_the_longest_name_fits_its_keys(seed: people.Seed, actor: Actor) -> None:
    with connection():
        units.add_unit(UnitRow("DAI", "1 a " * 50, "BN", note="x" * 500), actor)
        stored = Unit.get(Unit.code == "DAI")
        assert len(stored.search_key) <= 1000
        assert len(stored.sort_key) <= 1000


def test_a_closed_unit_keeps_its_report_and_comes_back_with_it(seed: people.Seed, actor: Actor) -> None:
    with connection():
        units.set_active("LT", False, actor)
        units.set_active("LT", False, actor)
        assert [unit.code for unit in Unit.select().where(units.active_on(actor.at.date()))] == ["VHTT", "P1"]
        units.set_active("LT", True, actor)
        assert units.is_active(Unit.get(Unit.code == "LT"), actor.at.date())
        assert Report.select().count() == 3
        assert Event.select().where(Event.action == "unit_deactivated").count() == 1


def test_a_unit_added_later_is_asked_in_the_round_after_the_last_of_its_group(seed: people.Seed, actor: Actor) -> None:
    with connection():
        units.add_unit(UnitRow("TTVHTT", "Trung tâm Văn hóa", "PCM"), actor)
        assert [unit.code for unit in units.in_order()] == ["VHTT", "TTVHTT", "P1", "LT"]
        report = Report.get(Report.unit == Unit.get(Unit.code == "TTVHTT"))
        assert (report.asked, report.duties) == (True, {"n4": True})
        with pytest.raises(UnitRefused, match="đã có"):
            units.add_unit(UnitRow("TTVHTT", "Khác", "PCM"), actor)
