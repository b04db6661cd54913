"""The combined Excel as a file: hostile texts, looks, print set-up, and that LibreOffice opens it."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import people
import pytest
from combined_expected import Told, wall
from combined_story import HOSTILE, Story, full_story, grid, opened, shown, split
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.clock import VIETNAM
from nhanquyen.export.cells import CUT_MARK, LONGEST_TEXT
from nhanquyen.export.combined.book import sheet_name
from nhanquyen.export.combined.paper import PAGE_WIDTH
from nhanquyen.store.database import connection
from nhanquyen.store.models import Entry, Round


@pytest.fixture
def story(seed: people.Seed, clock: people.SettableClock) -> Story:
    return full_story(seed, clock)


def test_the_last_sheet_says_what_the_file_is(story: Story) -> None:
    due, rows = datetime.fromisoformat("2023-12-22 23:59"), grid(opened(story.export())["Thông tin"])
    facts = {row[0]: row[1] for row in rows if row[0]}
    assert facts["Công văn"] == "Số 217/CATX ngày 08/11/2023 của Công an thị xã Duyên Hải"
    assert (facts["Hạn gửi"], facts["Khóa sổ"], facts["Người xuất"]) == (due, "Không đặt", "Đội Tổng hợp")
    assert facts["Thời điểm xuất"] == wall(story.clock())
    counts = {label: facts[f"Số đơn vị: {label}"] for label in ("Chưa nhập", "Đang soạn", "Đã gửi", "Trả lại bổ sung")}
    assert counts == {"Chưa nhập": 1, "Đang soạn": 1, "Đã gửi": 3, "Trả lại bổ sung": 1}
    assert (facts["Số đơn vị: Đã tiếp nhận"], facts["Tổng số đơn vị"]) == (1, 7)
    assert (facts["Đã gửi nhưng trễ hạn"], facts["Chưa gửi và đã trễ hạn"]) == (1, 2)
    assert facts["Phạm vi số liệu"] == "Báo cáo đã gửi và đã tiếp nhận"
    assert rows[-1][0] == "Không có: mọi nội dung được ghi nguyên văn."
    closing = {row[0]: row[1] for row in grid(opened(story.export(closes_at=story.clock()))["Thông tin"])}
    assert closing["Khóa sổ"] == wall(story.clock())


def test_values_are_values_and_nothing_is_a_formula_or_an_error(story: Story) -> None:
    data = story.export()
    for sheet in opened(data).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n", "d"), cell.coordinate
                assert not isinstance(cell.value, bool)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert parts.testzip() is None
        sheets = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any(re.search(rb"<f[ >/]", sheet) or b't="e"' in sheet for sheet in sheets)


def test_numbers_and_dates_are_shown_the_vietnamese_way(story: Story) -> None:
    book = opened(story.export())
    formats = {
        (type(cell.value), cell.number_format)
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, (int, date))
    }
    assert formats == {
        (int, "#,##0"),
        (int, "0"),
        (int, "General"),
        (datetime, "dd/mm/yyyy"),
        (datetime, "dd/mm/yyyy hh:mm"),
    }
    rows = {row[1]: row for row in split(book["Tình hình gửi"])[1]}
    assert rows["P1"][4:8] == [1, wall(story.clock()), "Trễ hạn 3 ngày", datetime.fromisoformat("2023-12-22 23:59")]
    assert rows["LT"][6:8] == ["Chưa gửi, trễ hạn 2 ngày", datetime.fromisoformat("2023-12-23 17:00")]
    assert rows["DTH"][4:7] == [1, rows["DTH"][5], "Chưa gửi lại"]  # it first came in on time
    sent = next(row for row in book["Tình hình gửi"].iter_rows() if row[1].value == "P1")
    assert (sent[5].is_date, sent[5].number_format) == (True, "dd/mm/yyyy hh:mm")


def test_every_sheet_is_set_up_to_be_read_and_printed(story: Story) -> None:
    book = opened(story.export())
    for sheet in book.worksheets:
        assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
        across = sheet.col_breaks.brk
        assert bool(sheet.sheet_properties.pageSetUpPr.fitToPage) is not bool(across)
        assert not across or 70 <= sheet.page_setup.scale <= 100
        for foot in (sheet.oddFooter, sheet.firstFooter):
            assert foot.center.text == "Trang &P/&N"
            assert foot.right.text.endswith(". Báo cáo đã gửi và đã tiếp nhận: 4/7 đơn vị")
        fonts = {cell.font.name for row in sheet.iter_rows() for cell in row if cell.value is not None}
        assert fonts == {"Times New Roman"}
    for name in told(story).sheets():
        sheet = book[name]
        head, body = split(sheet)
        assert sheet.freeze_panes == f"D{len(head) + 1}"
        top = {"Tổng hợp": 6, "Nội dung 3": 5, "Tình hình gửi": 3}.get(name, 4)
        assert sheet.print_title_rows == f"${top}:${len(head)}"
        totals = [number for number, row in enumerate(body, len(head) + 1) if row[2] in ("Tổng cộng", "Chưa nhập")]
        last = (totals[0] - 1) if totals else len(head) + len(body)
        assert sheet.auto_filter.ref == f"A{len(head)}:{get_column_letter(sheet.max_column)}{last}"
        assert all(0 < (sheet.row_dimensions[row].height or 0) <= 409 for row in range(1, sheet.max_row + 1))


def test_a_table_wider_than_a_page_prints_whole_on_each(story: Story) -> None:
    """Unit and standing stand on every page across, and no heading runs over the edge of one."""
    book = opened(story.export())
    for name in ("Nội dung 1", "Nội dung 2", "Nội dung 4", "Nội dung 5"):
        sheet, (head, _) = book[name], split(book[name])
        ends = [each.id for each in sheet.col_breaks.brk]
        assert ends
        assert sheet.print_title_cols == "$A:$D"
        assert head[-4][3] == "Tình trạng"
        assert "NỘI DUNG" in sheet.oddHeader.center.text
        assert "Cộng: 7 đơn vị" in sheet.oddHeader.center.text
        for merged in sheet.merged_cells.ranges:
            assert not any(merged.min_col <= end < merged.max_col for end in ends), (name, merged)
        widths = [sheet.column_dimensions[get_column_letter(at)].width for at in range(1, len(head[-1]) + 1)]
        for left, right in pairwise([4, *ends, len(widths)]):
            assert (sum(widths[:4]) + sum(widths[left:right])) * sheet.page_setup.scale / 100 <= PAGE_WIDTH
    assert "Ký hiệu" in book["Tổng hợp"].oddHeader.center.text
    assert book["Tổng hợp"].HeaderFooter.differentFirst


def test_the_summary_is_signed_below_the_filter(story: Story) -> None:
    sheet = opened(story.export())["Tổng hợp"]
    rows = grid(sheet)
    foot = [{cell for cell in row if cell is not None} for row in rows]
    titles = foot.index({"NGƯỜI LẬP BIỂU", "THỦ TRƯỞNG ĐƠN VỊ"})
    day = wall(story.clock())
    assert foot[titles - 1] == {f"Thị xã Duyên Hải, ngày {day:%d} tháng {day:%m} năm {day:%Y}"}
    assert rows[titles].index("NGƯỜI LẬP BIỂU") < rows[titles].index("THỦ TRƯỞNG ĐƠN VỊ")
    assert (sheet.row_dimensions[titles + 3].height or 0) >= 60
    assert int(sheet.auto_filter.ref.split(":")[1].strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) < titles - 1
    marks = [cell for row in sheet.iter_rows() for cell in row if cell.value in ("–", "x", "…")]
    assert marks
    assert {cell.font.size for cell in marks} == {11}


def test_a_long_text_gets_a_tall_row_and_a_wide_sum_a_wide_column(
    seed: people.Seed, clock: people.SettableClock
) -> None:
    story = Story(seed, clock)
    with connection():
        for code, words in (("P1", 300), ("LT", 3000)):
            huge = {"n2-kenh-0-luot_tiep_can": "1.000.000.000", "n1-ket_qua-0-cach_lam": "từ " * words}
            story.save(code, {**people.complete_answers(), **huge})
            story.send(code)
    book = opened(story.export())
    sheet = book["Nội dung 2"]
    column = split(sheet)[0][-3].index("2.9 Tổng số lượt tiếp cận (lượt xem)") + 1
    assert sheet.cell(sheet.max_row, column).value == 2_000_000_000
    assert sheet.column_dimensions[sheet.cell(1, column).column_letter].width >= len("2.000.000.000")
    sheet = book["Nội dung 1"]
    heights = {values[1]: sheet.row_dimensions[row].height for row, values in enumerate(grid(sheet), start=1)}
    assert 15 * 900 / 80 < heights["P1"] < 15 * 900 / 50
    assert heights["LT"] == 409


def test_the_chart_draws_the_rows_above_it(story: Story) -> None:
    sheet = opened(story.export())["Biểu đồ"]
    assert [row[0] for row in grid(sheet)[3:5]] == ["STT", 1]
    assert grid(sheet)[3][:7] == [
        "STT",
        "Chỉ tiêu",
        "Đơn vị tính",
        "Phòng, ban, ngành",
        "Xã, phường",
        "Đơn vị khác",
        "Tổng cộng",
    ]
    (chart,) = sheet._charts
    assert [series.val.numRef.f for series in chart.series] == [
        f"'Biểu đồ'!${letter}$5:${letter}$20" for letter in "DEF"
    ]
    assert [series.tx.strRef.f for series in chart.series] == [f"'Biểu đồ'!{letter}4" for letter in "DEF"]
    assert {series.cat.numRef.f for series in chart.series} == {"'Biểu đồ'!$B$5:$B$20"}


def drawn_from(series: Any) -> tuple[str, str, str]:
    """The cells of a series: its name, its categories, its numbers."""
    return series.tx.strRef.f, series.cat.numRef.f, series.val.numRef.f


def test_the_charts_of_states_and_days_draw_their_tables(story: Story) -> None:
    """Rows 4 to 10 are the states; the days begin below their headings in row 13: 20/12 (the opening) to 25/12."""
    sheet = opened(story.export())["Tiến độ gửi"]
    rows, here = grid(sheet), "'Tiến độ gửi'!"
    assert [rows[at][0] for at in (3, 4, 9, 10, 12)] == [
        "Tình trạng",
        "Chưa nhập",
        "Đã tiếp nhận",
        "Tổng số đơn vị",
        "Ngày",
    ]
    assert [row[0].day for row in rows[13:]] == [20, 21, 22, 23, 24, 25]
    states, days = sheet._charts
    assert [drawn_from(series) for series in states.series] == [(f"{here}B4", f"{here}$A$5:$A$10", f"{here}$B$5:$B$10")]
    columns, line = days._charts
    assert (columns.grouping, columns.overlap) == ("stacked", 100)
    assert [series.graphicalProperties.solidFill is None for series in columns.series] == [False, True]
    assert columns.series[1].graphicalProperties.pattFill.prst == "wdUpDiag"  # told without colour
    assert [drawn_from(series) for series in columns.series] == [
        (f"{here}{letter}13", f"{here}$A$14:$A$19", f"{here}${letter}$14:${letter}$19") for letter in "CD"
    ]
    (due,) = line.series
    assert drawn_from(due) == (f"{here}F13", f"{here}$A$14:$A$19", f"{here}$F$14:$F$19")
    assert [(row[0].day, row[5]) for row in rows[13:] if row[5] is not None] == [(22, 7)]
    assert [rows[-1][at] for at in range(1, 5)] == [1, 3, 1, 4]  # P1 came on the last day, too late
    assert [chart.anchor._from.col for chart in (states, days)] == [7, 7]  # beside their tables
    assert [chart.anchor._from.row for chart in (states, days)] == [3, 12]
    assert (sheet.print_title_rows, sheet.page_setup.fitToHeight) == ("$13:$13", 0)


def test_a_due_day_outside_the_days_is_told_and_not_drawn(seed: people.Seed, clock: people.SettableClock) -> None:
    with connection():
        seed.round.due_at = datetime(2020, 12, 22, 17, 0, tzinfo=VIETNAM)
        seed.round.save()
    sheet = opened(Story(seed, clock).export())["Tiến độ gửi"]
    (only,) = grid(sheet)[13:]
    assert only == [datetime.fromisoformat("2023-12-20"), 0, 0, 0, 0, None, *[None] * 7]
    assert "Hạn gửi: 17:00 ngày 22/12/2020." in grid(sheet)[2][0]
    _, days = sheet._charts
    assert len(days._charts) == 1


def test_a_round_open_for_years_lists_one_year(seed: people.Seed, clock: people.SettableClock) -> None:
    clock.move(days=1200)
    rows = grid(opened(Story(seed, clock).export())["Tiến độ gửi"])[13:]
    assert len(rows) == 366
    assert rows[-1][0] == wall(clock()).replace(hour=0, minute=0)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "taken", "given"),
    [
        ("ND1 - Từng [cuộc]: a/b*?\\", set(), "ND1 - Từng -cuộc-- a-b---"),
        ("Rất dài " * 9, set(), "Rất dài Rất dài Rất dài Rất dài"),
        ("Tổng Hợp", {"tổng hợp"}, "Tổng Hợp (2)"),
        ("Rất dài " * 9, {"rất dài rất dài rất dài rất dài"}, "Rất dài Rất dài Rất dài Rấ (2)"),
    ],
)
def test_a_sheet_gets_a_name_that_excel_takes(name: str, taken: set[str], given: str) -> None:
    assert sheet_name(name, taken) == given
    assert len(given) <= 31


# --- Hostile texts -----------------------------------------------------------------------------------------------


def told(story: Story) -> Told:
    with connection():
        return Told(Round.get_by_id(story.seed.round.id), story.clock())


def texts_of(data: bytes, code: str) -> set[str]:
    """Every text in the rows of a unit."""
    rows = [row for sheet in opened(data).worksheets for row in grid(sheet) if len(row) > 1 and row[1] == code]
    return {cell for row in rows for cell in row if isinstance(cell, str)}


def store(story: Story, code: str, item: str, block: str, **values: str | int) -> None:
    """Put values into the database that no form would let in."""
    report = story.seed.report(code)
    with connection():
        here = (Entry.report == report) & (Entry.item == item) & (Entry.block == block)
        entry = Entry.get(here)
        Entry.update(values={**entry.values, **values}).where(Entry.id == entry.id).execute()


def test_hostile_texts_come_back_letter_for_letter(story: Story) -> None:
    data = story.export()
    assert set(HOSTILE.values()) <= texts_of(data, "P1")
    dangerous = [
        cell
        for sheet in opened(data).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@"))
    ]
    assert len(dangerous) >= 6
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in dangerous)


def test_what_a_cell_cannot_hold_is_cut_or_cleaned_and_said(story: Story) -> None:
    long, emoji, dirty = "dài " * 10_000, "😀" * 20_000, "Từ\x0b\x01 đến\x1f\ufffe hết"
    store(story, "P1", "n1", "ket_qua", cach_lam=long)
    store(story, "P1", "n5", "danh_gia", danh_gia_chung=emoji, kho_khan=dirty)
    data = story.export()
    texts = texts_of(data, "P1")
    assert long[: LONGEST_TEXT - len(CUT_MARK)] + CUT_MARK in texts
    cut = next(text for text in texts if text.startswith("😀"))
    assert cut == "😀" * ((LONGEST_TEXT - len(CUT_MARK)) // 2) + CUT_MARK
    assert len(cut.encode("utf-16-le")) // 2 <= LONGEST_TEXT
    assert "Từ đến hết" in texts
    book = opened(data)
    said = [row for row in grid(book["Thông tin"]) if row[0] in ("Nội dung 1", "Nội dung 5")]
    assert [(row[0], row[1], *row[3:]) for row in said] == [
        ("Nội dung 1", "Ủy ban nhân dân Phường 1", "1.11 Hình thức, cách làm; kết quả nổi bật", 40_000,
         "Cắt bớt: một ô Excel chứa nhiều nhất 32.767 ký tự"),
        ("Nội dung 5", "Ủy ban nhân dân Phường 1", "5.3 Đánh giá chung; kết quả nổi bật", 20_000,
         "Cắt bớt: một ô Excel chứa nhiều nhất 32.767 ký tự"),
        ("Nội dung 5", "Ủy ban nhân dân Phường 1", "5.4 Khó khăn, vướng mắc; tồn tại, hạn chế", len(dirty),
         "Bỏ ký tự điều khiển, Excel không ghi được"),
    ]  # fmt: skip
    for sheet, _, cell, heading, *_ in said:
        place = book[sheet][cell]
        assert split(book[sheet])[0][-3][place.column - 1] == heading
        assert place.value in texts


def test_a_stored_value_of_the_wrong_kind_is_written_as_the_text_it_is(story: Story) -> None:
    store(story, "P1", "n1", "so_lieu", so_cuoc="khoảng 12", so_luot_nguoi="9.000 lượt")
    store(story, "P1", "n5", "ky_bao_cao", so_lieu_tu="đầu tháng")
    store(story, "P1", "n1", "chi_tiet", ngay="hôm qua", luot_nguoi="đông")
    data = story.export()
    assert {"khoảng 12", "9.000 lượt", "đầu tháng", "hôm qua", "đông"} <= texts_of(data, "P1")
    sums = split(opened(data)["Nội dung 1"])[1][-1]
    assert sums[5] == 24
    assert str(next(row[1] for row in grid(opened(data)["Thông tin"]) if row[0] == "Lưu ý")).startswith(
        "Báo cáo của P1"
    )


def test_the_words_of_an_export_can_be_hostile_too(story: Story) -> None:
    data = story.export(filter="=1+1 & <nhóm>\x00\ud800")
    facts = dict(row[:2] for row in grid(opened(data)["Thông tin"]))
    assert facts["Đơn vị trong tệp"] == "=1+1 & <nhóm>"


# --- Another program ---------------------------------------------------------------------------------------------


def filled(sheet: Worksheet) -> dict[str, object]:
    """The cells that hold something; of an escape openpyxl undoes one half or none, by where the text stands."""
    cells = {cell.coordinate: shown(cell.value) for row in sheet.iter_rows() for cell in row}
    return {
        place: value.replace("x005F_", "") if isinstance(value, str) else value
        for place, value in cells.items()
        if value is not None
    }


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not on this machine")
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_libreoffice_reads_every_cell_the_same(story: Story, tmp_path: Path) -> None:
    data = story.export()
    (tmp_path / "combined.xlsx").write_bytes(data)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", "--headless", profile, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", "out"]
    subprocess.run([*command, "combined.xlsx"], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    ours, theirs = opened(data), opened((tmp_path / "out" / "combined.xlsx").read_bytes())
    assert theirs.sheetnames == ours.sheetnames
    for sheet in ours.worksheets:
        assert filled(theirs[sheet.title]) == filled(sheet)
    assert [len(theirs[name]._charts) for name in ("Biểu đồ", "Tiến độ gửi")] == [1, 2]
