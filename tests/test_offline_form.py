"""The offline form by itself: made from answers, changed in a spreadsheet, read back; no web and no database."""

from __future__ import annotations

import time
from datetime import date, datetime
from datetime import time as clock_time
from functools import cache
from pathlib import Path
from typing import Any

import people
import pytest
from offline_books import Book, answers_of, changed, form_of, plan_of, read, resaved, values_of
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from unit_books import saved

from nhanquyen.directive import Address, BlockKind, Directive, Kind, parse_directive
from nhanquyen.directive.values import read as stored_value
from nhanquyen.form.offline import origin
from nhanquyen.form.offline.layout import LONGEST_TITLE, FieldSheet, sheets
from nhanquyen.form.offline.merging import Change
from nhanquyen.form.patch import field_at, read_patch
from nhanquyen.form.workbook import WorkbookRefused

HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "=1+1",
    "+1",
    "-1",
    "@a",
    "'nháy",
    "#REF!",
    "TRUE",
    "0012",
    "1e5",
    "12/2023",
    "_x000D_",
    "_x005F_x000D_",
    "_x005F_",
    "a_x0041_b",
    "_xe_loa",
    "Từ\x00\x0b đến",
    "ba\r\nbốn",
    "a\tb",
    "😀 Khmer ភាសា",
    "]]>&amp;<b>&#0;",
    "x" * 32_767,
    "x" * 32_768,
    "😀" * 20_000,
    "\ufffe\uffff",
    "\ud83d",
    "  đầu và cuối  ",
    "None",
    "nan",
]
ROW = "n1-chi_tiet-r00000000a1"
COMPLETE = read_patch(people.DIRECTIVE, people.complete_answers().items()).changes
HALF_FILLED = {
    **{address.name: value for address, value in COMPLETE.items()},
    "n1-so_lieu-0-tai_lieu": "nhiều lắm",
    "n5-ky_bao_cao-0-so_lieu_den": "31/02/2023",
    "n1-tinh_trang-0-trang_thai": "co",
    f"{ROW}-ngay": "2023-12-05",
    f"{ROW}-hinh_thuc": "Họp dân",
    f"{ROW}-noi_dung": "Quyền con người",
    f"{ROW}-long_ghep": True,
    "n4-danh_muc-r00000000b1-the_loai": "bai",
    "n4-danh_muc-r00000000b1-tieu_de": "Bài 1",
    "n4-danh_muc-r00000000b2-the_loai": "chuyen_muc",
}  # fmt: skip


def at_midnight(year: int, month: int, day: int) -> datetime:
    """A day as a spreadsheet keeps it."""
    return datetime.combine(date(year, month, day), clock_time.min)


def half_filled() -> Any:
    return answers_of(HALF_FILLED)


@cache
def half_filled_form() -> bytes:
    return form_of(half_filled())


def titles(sheet: Worksheet) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


# --- What is in it --------------------------------------------------------------------------------


def test_every_field_of_the_definition_has_its_cell_with_a_rule() -> None:
    book = Book(half_filled_form())
    for layout in sheets(people.DIRECTIVE):
        sheet = book.sheet(layout.part)
        assert len(sheet.title) <= LONGEST_TITLE
        ruled = {str(area) for rule in sheet.data_validations.dataValidation for area in rule.sqref.ranges}
        if isinstance(layout, FieldSheet):
            for address, field in layout.addresses().items():
                cell = book.cell(address.name)
                assert {field.label, field.unit or field.label} <= set(titles(sheet))
                assert not cell.protection.locked
                assert cell.coordinate in ruled
        else:
            assert len(ruled) == len(layout.block.fields)
            for field in layout.block.fields:
                assert any(field.heading in text and field.unit in text for text in titles(sheet))


def test_a_field_more_in_the_definition_needs_no_code() -> None:
    text = people.DIRECTIVE.source.replace(
        '  { key = "tai_lieu", code = "1.9"',
        '  { key = "xe_hoa", code = "1.13", label = "Số lượt xe hoa", unit = "lượt", kind = "count", max = 90 },\n'
        '  { key = "tai_lieu", code = "1.9"',
    ).replace(
        '  { key = "dia_diem", label = "Địa điểm", kind = "text", max_length = 200 },',
        '  { key = "ngon_ngu", label = "Ngôn ngữ", kind = "choice", choices = { viet = "Việt", khmer = "Khmer" } },\n'
        '  { key = "dia_diem", label = "Địa điểm", kind = "text", max_length = 200 },',
    )
    more: Directive = parse_directive(text, "more.toml")
    data = form_of(half_filled(), more)
    book = Book(data)
    assert "Số lượt xe hoa" in titles(book.sheet("n1"))
    sheet = book.sheet("n1")
    sheet.cell(book.line("n1", "n1-so_lieu-0-xe_hoa"), 5).value = 12
    grid = book.sheet("n1-chi_tiet")
    grid.cell(book.line("n1-chi_tiet", ROW.split("-")[2]), book.columns(grid)["ngon_ngu"]).value = "Khmer"
    plan = plan_of(book.bytes(), half_filled(), directive=more)
    assert {(each.address.name, each.after) for each in plan.changes} == {
        ("n1-so_lieu-0-xe_hoa", 12), (f"{ROW}-ngon_ngu", "khmer"),
    }  # fmt: skip


def test_numbers_dates_and_choices_are_what_they_are() -> None:
    book = Book(half_filled_form())
    count, day = book.cell("n1-so_lieu-0-so_luot_phat_thanh"), book.cell("n5-ky_bao_cao-0-so_lieu_tu")
    assert (count.value, count.number_format) == (1240, "#,##0")
    assert (day.value, day.number_format) == (at_midnight(2023, 11, 8), "dd/mm/yyyy")
    assert book.cell("n1-tinh_trang-0-trang_thai").value == "Có hoạt động"
    assert book.cell(f"{ROW}-long_ghep").value == "Có"
    assert book.cell("n4-danh_muc-r00000000b2-the_loai").value == "Chuyên mục, chuyên trang"
    assert book.cell("n1-so_lieu-0-tai_lieu").value == "nhiều lắm"
    assert book.cell("n5-ky_bao_cao-0-so_lieu_den").value == "31/02/2023"


def test_prescribed_rows_are_reproduced_letter_for_letter() -> None:
    words = titles(Book(half_filled_form()).sheet("n3-khau_hieu"))
    assert {row.label for row in people.DIRECTIVE.block("n3", "khau_hieu").rows} <= set(words)


def test_sheets_print_on_a4_are_locked_and_hide_their_keys() -> None:
    book = Book(half_filled_form())
    for sheet in book.book.worksheets[:-1]:
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.column_dimensions["A"].hidden
        assert sheet.row_dimensions[1].hidden
    assert book.book.worksheets[-1].sheet_state == "hidden"


# --- Unchanged is unchanged -----------------------------------------------------------------------


def test_an_unchanged_file_changes_nothing() -> None:
    said = read(half_filled_form())
    assert (said.values, said.written, said.dropped, said.faults, said.notices) == ((), (), (), (), ())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_go_there_and_back(text: str) -> None:
    names = ("n1-ket_qua-0-cach_lam", f"{ROW}-noi_dung", "n1-so_lieu-0-so_cuoc", "n5-ky_bao_cao-0-so_lieu_tu")
    stored = {name: stored_value(field_at(people.DIRECTIVE, Address.parse(name)), text) for name in names}
    answers = answers_of(HALF_FILLED | stored)
    data = form_of(answers)
    for cell in (Book(data).cell(name) for name in names):
        assert cell.data_type != "f"
    said = read(data)
    assert (said.values, said.written, said.dropped, said.faults) == ((), (), (), ())


def test_every_unusual_text_survives_libreoffice(tmp_path: Path) -> None:
    odd = ("=HYPERLINK(1)", "_x000D_", "_x005F_ a", "a\nb", "-1+2", "'x", "@a", "#REF!", "0012")
    rows = people.DIRECTIVE.block("n3", "khau_hieu").rows
    texts = {f"n3-khau_hieu-{row.key}-ghi_chu": text for row, text in zip(rows, odd, strict=True)}
    answers = answers_of(HALF_FILLED | texts | {"n1-ket_qua-0-cach_lam": "Đoạn 1.\nĐoạn 2. " * 600})
    plan = plan_of(resaved(form_of(answers), tmp_path), answers)
    assert (plan.count, plan.conflicts) == (0, ())
    assert read(resaved(form_of(answers), tmp_path)).faults == ()


def test_what_was_changed_in_libreoffice_is_read(tmp_path: Path) -> None:
    data = resaved(half_filled_form(), tmp_path)
    new = Book(data).blank_rows("n5-van_ban")[0]

    def work(book: Book) -> None:
        book.write("n1-so_lieu-0-so_cuoc", 15).write(f"{ROW}-ngay", at_midnight(2023, 12, 6))
        book.write("n1-ket_qua-0-cach_lam", "- Phát thanh\n- Họp dân").write(
            f"n5-van_ban-{new}-so_ky_hieu", "12/KH-UBND"
        )

    again = resaved(changed(data, work), tmp_path)
    plan = plan_of(again, half_filled())
    assert {each.address.name: each.after for each in plan.changes} == {
        "n1-so_lieu-0-so_cuoc": 15, f"{ROW}-ngay": "2023-12-06", "n1-ket_qua-0-cach_lam": "- Phát thanh\n- Họp dân",
    }  # fmt: skip
    assert [(row.place, row.values) for row in plan.added] == [(("n5", "van_ban", new), {"so_ky_hieu": "12/KH-UBND"})]
    assert not plan.conflicts
    assert not plan.removed


def test_what_no_cell_can_hold_is_told_and_never_comes_back_cut() -> None:
    long = "Nội dung rất dài. " * 3000
    name = "n1-ket_qua-0-cach_lam"
    answers = answers_of({name: long.strip()})
    data = form_of(answers)
    assert read(data).values == ()
    assert "chỉ sửa trên web: “Nội dung 1” ô E" in " ".join(titles(Book(data).book.worksheets[0]))
    assert Book(data).cell(name).protection.locked
    said = read(changed(data, lambda book: book.write(name, "ngắn")))
    assert said.values == ()
    assert [fault.reason for fault in said.faults] == [
        "Nội dung trên web dài hơn ô Excel chứa được, nên chỉ sửa được trên web."
    ]


# --- What a clerk writes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "written", "stored"),
    [
        ("n1-so_lieu-0-so_cuoc", 15, 15),
        ("n1-so_lieu-0-so_cuoc", 15.0, 15),
        ("n1-so_lieu-0-so_cuoc", "1.234", 1234),
        ("n1-so_lieu-0-so_cuoc", "15 cuộc", 15),
        ("n1-so_lieu-0-so_cuoc", 0, 0),
        ("n1-so_lieu-0-so_cuoc", None, None),
        ("n5-ky_bao_cao-0-so_lieu_tu", date(2023, 12, 1), "2023-12-01"),
        ("n5-ky_bao_cao-0-so_lieu_tu", "1/12/23", "2023-12-01"),
        ("n1-tinh_trang-0-trang_thai", "Không có hoạt động", "khong"),
        ("n1-tinh_trang-0-trang_thai", "khong co hoat dong", "khong"),
        ("n5-danh_gia-0-khong_van_ban", "Không", None),
        (f"{ROW}-long_ghep", None, None),
        ("n5-ky_ten-0-ban_chinh_thuc", "x", True),
        ("n5-ky_ten-0-ban_chinh_thuc", True, True),
        ("n5-ky_ten-0-so_bao_cao", 12, "12"),
        ("n1-ket_qua-0-cach_lam", "a\nb ", "a\nb"),
        ("n5-ky_ten-0-nguoi_lap", "  Lê   Thị B ", "Lê Thị B"),
    ],
)
def test_a_clerks_ways_of_writing_are_read(name: str, written: Any, stored: Any) -> None:
    plan = plan_of(changed(half_filled_form(), lambda book: book.write(name, written)), half_filled())
    before = HALF_FILLED.get(name)
    assert [(each.address.name, each.before, each.after) for each in plan.changes] == [(name, before, stored)]
    assert not plan.conflicts


@pytest.mark.parametrize(
    ("name", "written", "reason"),
    [
        ("n1-so_lieu-0-so_cuoc", "=1+2", "Ô là công thức"),
        ("n1-so_lieu-0-so_cuoc", "#REF!", "Ô đang báo lỗi của Excel"),
        ("n1-so_lieu-0-so_cuoc", 12.5, "Số có phần lẻ"),
        ("n1-so_lieu-0-so_cuoc", 1.234, "gõ liền các chữ số"),
        ("n1-so_lieu-0-so_cuoc", -3, "Ghi số nguyên từ 0 đến 100.000"),
        ("n1-so_lieu-0-so_cuoc", 1e12, "Ghi số nguyên từ 0 đến 100.000"),
        ("n1-so_lieu-0-so_cuoc", "1,200", "Dấu phẩy được đọc là dấu thập phân"),
        ("n1-so_lieu-0-so_cuoc", "12,0", "ghi 1.200 hoặc 1200"),
        ("n1-so_lieu-0-so_cuoc", "trên 100", "Ghi số nguyên từ 0 đến 100.000"),
        ("n1-so_lieu-0-so_cuoc", True, "Ghi số nguyên từ 0 đến 100.000"),
        ("n1-so_lieu-0-so_cuoc", at_midnight(2023, 5, 12), "Excel đã đổi số thành ngày"),
        ("n5-ky_bao_cao-0-so_lieu_tu", 45270, "Ô cần ngày nhưng đang là số"),
        ("n5-ky_bao_cao-0-so_lieu_tu", "31/11/2023", "Ghi ngày có thật"),
        ("n5-ky_bao_cao-0-so_lieu_tu", at_midnight(1923, 5, 12), "Ghi ngày có thật"),
        ("n1-tinh_trang-0-trang_thai", "Có thể", "Chọn một trong: Có hoạt động; Không có hoạt động."),
        ("n5-ky_ten-0-ban_chinh_thuc", "chắc vậy", "Chọn “Có” hoặc “Không”"),
        ("n5-ky_ten-0-so_bao_cao", at_midnight(2023, 12, 5), "Excel đã đổi nội dung thành ngày"),
        ("n5-ky_ten-0-so_bao_cao", True, "TRUE hoặc FALSE"),
        ("n5-ky_ten-0-nguoi_lap", "a" * 101, "Dài 101 ký tự. Rút còn nhiều nhất 100 ký tự."),
        (f"{ROW}-luot_nguoi", "đông", "Ghi số nguyên"),
    ],
)
def test_each_fault_is_told_with_its_sheet_its_cell_and_a_reason(name: str, written: Any, reason: str) -> None:
    def work(book: Book) -> None:
        if isinstance(written, int | float):
            book.cell(name).number_format = "General"
        book.write(name, written).write("n2-so_lieu-0-so_hoat_dong", 77)
        if written == "#REF!":
            book.cell(name).data_type = "e"

    data = changed(half_filled_form(), work)
    said = read(data)
    assert [(each.address.name, each.value) for each in said.values] == [("n2-so_lieu-0-so_hoat_dong", 77)]
    (fault,) = said.faults
    cell = Book(data).cell(name)
    assert (fault.sheet, fault.cell) == (cell.parent.title, cell.coordinate)
    assert reason in fault.reason
    assert fault.content


def test_a_number_beyond_its_limit_is_taken_with_a_notice() -> None:
    said = read(changed(half_filled_form(), lambda book: book.write("n1-so_lieu-0-so_cuoc", 100_001)))
    assert said.values[0].value == 100_001
    assert "0 đến 100.000" in said.notices[0].reason


def test_merged_cells_over_an_input_are_a_fault() -> None:
    def work(book: Book) -> None:
        cell = book.cell("n1-so_lieu-0-so_cuoc")
        cell.parent.merge_cells(start_row=cell.row, end_row=cell.row + 2, start_column=5, end_column=5)

    said = read(changed(half_filled_form(), work))
    assert said.values == ()
    assert [fault.reason for fault in said.faults] == [
        "Ô bị gộp với ô khác nên không biết số liệu của ô nào. Bỏ gộp ô rồi ghi lại."
    ] * 3


def test_what_stands_where_nothing_is_read_is_told() -> None:
    def work(book: Book) -> None:
        row = book.line("n1", "n1-so_lieu-0-so_cuoc")
        book.sheet("n1").cell(row, 4).value = "12 cuộc"
        book.sheet("n1").cell(60, 3).value = "xem thêm ở Word"
        book.sheet("n3-khau_hieu").cell(book.line("n3-khau_hieu", "kh1"), 20).value = 4

    faults = read(changed(half_filled_form(), work)).faults
    assert [(fault.cell[0], fault.content) for fault in faults] == [
        ("D", "12 cuộc"), ("C", "xem thêm ở Word"), ("T", "4"),
    ]  # fmt: skip


# --- Rows -----------------------------------------------------------------------------------------


def test_rows_are_added_cleared_and_deleted() -> None:
    data = half_filled_form()
    blank = Book(data).blank_rows("n1-chi_tiet")
    assert len(blank) == 20

    def work(book: Book) -> None:
        for key in ("ngay", "hinh_thuc", "noi_dung", "long_ghep"):
            book.write(f"{ROW}-{key}", None)
        book.write(f"n1-chi_tiet-{blank[2]}-noi_dung", "Buổi 2").write(
            f"n1-chi_tiet-{blank[2]}-ngay", date(2023, 12, 9)
        )
        book.sheet("n4-danh_muc").delete_rows(book.line("n4-danh_muc", "r00000000b1"))

    plan = plan_of(changed(data, work), half_filled())
    assert [row.place for row in plan.removed] == [tuple(ROW.split("-")), ("n4", "danh_muc", "r00000000b1")]
    assert [(row.place[2], row.values) for row in plan.added] == [
        (blank[2], {"ngay": "2023-12-09", "noi_dung": "Buổi 2"})
    ]
    assert not plan.changes


def test_a_row_below_the_prepared_ones_gets_the_same_key_each_time() -> None:
    data = half_filled_form()

    def work(book: Book) -> None:
        sheet = book.sheet("n1-chi_tiet")
        sheet.cell(sheet.max_row + 3, book.columns(sheet)["noi_dung"]).value = "Ghi thêm"

    first, second = (read(changed(data, work)).written for _ in range(2))
    assert first == second
    assert first[0].values == {"noi_dung": "Ghi thêm"}
    assert read(changed(form_of(half_filled(), file_id="f" * 16), work)).written[0].place != first[0].place


def test_of_a_copied_row_the_first_keeps_the_key() -> None:
    def work(book: Book) -> None:
        sheet = book.sheet("n4-danh_muc")
        source, target = book.line("n4-danh_muc", "r00000000b1"), sheet.max_row + 1
        for cell in list(sheet[source]):
            sheet.cell(target, cell.column).value = cell.value

    data = changed(half_filled_form(), work)
    plan = plan_of(data, half_filled())
    assert not plan.changes
    assert [row.values["tieu_de"] for row in plan.added] == ["Bài 1"]
    assert "đọc như một dòng mới" in read(data).notices[0].reason


def test_sorted_rows_renamed_and_moved_sheets_change_nothing() -> None:
    def work(book: Book) -> None:
        sheet = book.sheet("n4-danh_muc")
        first, second = (book.line("n4-danh_muc", f"r00000000b{number}") for number in (1, 2))
        for column in range(1, 12):
            one, other = sheet.cell(first, column), sheet.cell(second, column)
            one.value, other.value = other.value, one.value
        sheet.title = "Tin bài"
        book.sheet("n1").title = "Tờ 1"
        book.book.move_sheet("Tờ 1", 6)
        book.sheet("n3-khau_hieu").insert_cols(3)
        book.sheet("n2").sheet_state = "hidden"

    said = read(changed(half_filled_form(), work))
    assert (said.values, said.written, said.dropped) == ((), (), ())


def test_more_rows_than_a_table_takes_are_told() -> None:
    def work(book: Book) -> None:
        sheet = book.sheet("n1-chi_tiet")
        column = book.columns(sheet)["noi_dung"]
        for row in range(sheet.max_row - 19, sheet.max_row + 260):
            sheet.cell(row, column).value = f"Buổi {row}"

    plan = plan_of(changed(half_filled_form(), work), half_filled())
    assert len(plan.added) == 199
    assert "Bảng chỉ chứa 200 dòng" in plan.faults[0].reason
    assert "từ dòng này trở xuống không đọc" in read(changed(half_filled_form(), work)).faults[0].reason


# --- What was lost --------------------------------------------------------------------------------


def test_a_sheet_or_a_row_that_is_gone_leaves_the_web_as_it_is() -> None:
    def work(book: Book) -> None:
        book.book.remove(book.sheet("n1-chi_tiet"))
        book.sheet("n1").delete_rows(book.line("n1", "n1-tinh_trang-0-giai_trinh"))
        book.sheet("n3-khau_hieu").delete_rows(book.line("n3-khau_hieu", "kh1"))

    said = read(changed(half_filled_form(), work))
    assert (said.values, said.written, said.dropped, said.notices) == ((), (), (), ())
    assert [fault.of_sheet for fault in said.faults] == [False, True, False]
    assert all("trên web" in fault.reason for fault in said.faults)


def test_a_sheet_without_its_keys_is_told_even_when_it_was_renamed() -> None:
    def work(book: Book) -> None:
        for part in ("n1", "n1-chi_tiet"):
            sheet = book.sheet(part)
            for area in list(sheet.merged_cells.ranges):
                sheet.unmerge_cells(str(area))
            sheet.delete_cols(1)
        book.book["Nội dung 1"].title = "Bản của Lan"
        book.book.create_sheet("Tính nháp")["B2"].value = 5
        book.book.create_sheet("Trang trắng")

    faults = read(changed(half_filled_form(), work)).faults
    assert all(fault.of_sheet for fault in faults)
    assert [fault.sheet for fault in faults][::2] == ["Bản của Lan", "Tính nháp"]
    assert faults[1].sheet.startswith("ND1")
    assert ["mất cột khóa ẩn" in fault.reason for fault in faults] == [True, True, False]


def test_lost_keys_lose_nothing() -> None:
    def work(book: Book) -> None:
        for part in ("n1", "n1-chi_tiet", "n3-khau_hieu"):
            sheet = book.sheet(part)
            for row in range(2, sheet.max_row + 1):
                sheet.cell(row, 1).value = None

    said = read(changed(half_filled_form(), work))
    assert (said.values, said.written, said.dropped) == ((), (), ())
    assert said.faults


def test_a_copied_sheet_is_not_read_twice() -> None:
    def work(book: Book) -> None:
        copy = book.book.copy_worksheet(book.sheet("n1"))
        copy.cell(book.line("n1", "n1-so_lieu-0-so_cuoc"), 5).value = 999

    said = read(changed(half_filled_form(), work))
    assert said.values == ()
    assert "bản chép của trang khác" in said.faults[0].reason


def without_hidden(book: Book) -> None:
    book.book.remove(book.sheet("goc"))


def with_foreign_format(book: Book) -> None:
    sheet = book.sheet("goc")
    sheet["B2"].value = "0"


def with_changed_hidden(book: Book) -> None:
    book.sheet("goc")["B4"].value = "LT"


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (without_hidden, "mất trang tính ẩn"),
        (with_foreign_format, "phiên bản khác"),
        (with_changed_hidden, "đã bị sửa"),
    ],
)
def test_a_form_that_cannot_be_known_is_refused(work: Any, words: str) -> None:
    with pytest.raises(WorkbookRefused, match=words):
        read(changed(half_filled_form(), work))


def forged(*lines: tuple[str, ...]) -> bytes:
    """A form whose hidden sheet says these lines instead, with the right checksum."""

    def work(book: Book) -> None:
        sheet = book.sheet("goc")
        sheet.delete_rows(2, sheet.max_row)
        for row, line in enumerate([*lines, ("sum", origin.checksum(lines))], start=2):
            for column, text in enumerate(line, start=1):
                sheet.cell(row, column).value = text

    return changed(half_filled_form(), work)


HEAD = (("format", "1"), ("round", "x"), ("unit", "P1"), ("version", "1"), ("moment", "x"), ("file", "0" * 16))


@pytest.mark.parametrize(
    "lines",
    [
        (),
        HEAD[:-1],
        (*HEAD[:-1], ("file", "x")),
        (*HEAD, ("row", "n1", "chi_tiet", "r" * 41)),
        (*HEAD, ("row", "n1", "chi_tiet", "<b>")),
        (*HEAD, ("row", "n1")),
        (*HEAD, ("value", "n1-so_lieu")),
        (*HEAD, ("format",)),
        (*HEAD, ("unit", "a b")),
        (*HEAD, ("unit", "P" * 21)),
        (*HEAD, ("version", "một")),
    ],
)
def test_a_forged_hidden_sheet_is_refused(lines: tuple[tuple[str, ...], ...]) -> None:
    with pytest.raises(WorkbookRefused, match="đã bị sửa"):
        read(forged(*lines))


def other_program() -> bytes:
    book = Workbook()
    book.worksheets[0]["A1"] = "Danh sách"
    return saved(book)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Tệp rỗng"),
        (b"xin chao", "không phải là tệp Excel"),
        (b"PK\x03\x04 hong", "bị hỏng"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 600, "kiểu Excel cũ"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), "đặt mật khẩu"),
        (b"PK" + bytes(28) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "kiểu OpenDocument"),
        (other_program(), "không phải biểu tải từ chương trình"),
    ],
)
def test_other_files_each_get_their_own_answer(data: bytes, words: str) -> None:
    with pytest.raises(WorkbookRefused, match=words):
        read(data)


def scribbled(rows: int) -> bytes:
    """A form with so many rows of scribble below each of three sheets."""

    def work(book: Book) -> None:
        for part in ("n1", "n1-chi_tiet", "n3-khau_hieu"):
            sheet = book.sheet(part)
            for row in range(sheet.max_row + 1, sheet.max_row + 1 + rows):
                for column in range(2, 40):
                    sheet.cell(row, column).value = "x"

    return changed(half_filled_form(), work)


def test_a_form_full_of_scribble_is_read_in_bounded_time() -> None:
    data = scribbled(400)
    began = time.perf_counter()
    said = read(data)
    assert time.perf_counter() - began < 20
    assert len(said.faults) == 201
    assert "chỗ nữa không kê ra đây" in said.faults[-1].reason
    assert len(said.written) <= 200


def test_a_form_whose_tables_are_full_is_read() -> None:
    text = people.DIRECTIVE.source.replace('row_name = "cuộc"\n', 'row_name = "cuộc"\nmax_rows = 1000\n', 1)
    larger: Directive = parse_directive(text, "larger.toml")
    keys = [f"n1-chi_tiet-r{number:010x}" for number in range(1000)]
    fields = {"ngay": "2023-12-05", "hinh_thuc": "Họp dân", "noi_dung": "Quyền con người", "luot_nguoi": 12}
    answers = answers_of({f"{key}-{field}": value for key in keys for field, value in fields.items()})
    said = read(form_of(answers, larger), larger)
    assert (said.values, said.written, said.dropped, said.faults) == ((), (), (), ())


def test_a_huge_form_is_refused_before_it_is_read() -> None:
    data = scribbled(700)
    began = time.perf_counter()
    with pytest.raises(WorkbookRefused, match="quá nhiều ô"):
        read(data)
    assert time.perf_counter() - began < 5


def test_a_plan_lists_values_in_the_order_of_the_form() -> None:
    def work(book: Book) -> None:
        book.write("n5-ky_ten-0-nguoi_lap", "B").write("n1-so_lieu-0-so_cuoc", 3).write("n2-so_lieu-0-so_hoat_dong", 4)

    plan = plan_of(changed(half_filled_form(), work), half_filled())
    assert [each.address.item for each in plan.changes] == ["n1", "n2", "n5"]
    assert isinstance(plan.changes[0], Change)


def test_what_is_filled_is_what_is_read() -> None:
    """A whole report typed into an empty form comes out as if typed on the web."""
    wanted = values_of(half_filled())

    def work(book: Book) -> None:
        for name, value in wanted.items():
            item, block, _, key = name.split("-")
            field = people.DIRECTIVE.block(item, block).by_key[key]
            if people.DIRECTIVE.block(item, block).kind is BlockKind.TABLE or value in ("nhiều lắm", "31/02/2023"):
                continue
            if field.kind is Kind.DATE:
                value = date.fromisoformat(str(value))
            book.write(name, field.choices.get(str(value), "Có" if value is True else value))

    plan = plan_of(changed(form_of(answers_of({})), work), answers_of({}))
    single = {name for name in wanted if people.DIRECTIVE.block(*name.split("-")[:2]).kind is not BlockKind.TABLE}
    single -= {"n1-so_lieu-0-tai_lieu", "n5-ky_bao_cao-0-so_lieu_den"}
    assert {each.address.name: each.after for each in plan.changes} == {name: wanted[name] for name in single}
