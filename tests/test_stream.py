"""Streamed worksheets: what is written row by row is what openpyxl and LibreOffice read back."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from lxml import etree
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from nhanquyen.export.cells import CUT_MARK, LONGEST_TEXT, Value, lines_needed, safe_text, too_long
from nhanquyen.export.stream import SheetRows, save

HOLDABLE = [
    "=1+1",
    "-1",
    "#REF!",
    "TRUE",
    "'nháy",
    "  đầu và cuối  ",
    "hai\n\ndòng",
    "ba\rbốn",
    "a\tb",
    "]]>&amp;<b>&#0;",
    "😀 Trường Long Hòa",
    "\u0085\u2028",
    "12/2023",
    "x" * LONGEST_TEXT,
]
ESCAPE_LIKE = ["_x000D_", "a_x0041_b_x0042_", "_x005F_x000D_", "_x_ _x12_ _xZZZZ_"]
# (what is given, what a cell can hold of it)
CLEANED = [
    ("Từ\x00\x0b\x1f đến", "Từ đến"),
    ("nửa \ud83d\ude00 đôi", "nửa  đôi"),
    ("\ufffe\uffff", ""),
    ("đ" * 40_000, "đ" * (LONGEST_TEXT - len(CUT_MARK)) + CUT_MARK),
    ("a" + "😀" * 20_000, "a" + "😀" * ((LONGEST_TEXT - len(CUT_MARK) - 1) // 2) + CUT_MARK),
]


def written(*rows: list[Value], style: int = 0) -> bytes:
    """A workbook with one sheet of these rows."""
    book, out = Workbook(), io.BytesIO()
    with SheetRows() as stream:
        for row in rows:
            stream.append([(value, style) for value in row])
        save(out, book, {book.worksheets[0]: stream})
    return out.getvalue()


def read(data: bytes) -> list[list[object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_numbers_texts_and_blanks_come_back_as_they_are() -> None:
    rows: list[list[Value]] = [[0, -5, 1_000_000_000, None, "", "0"], ["chữ", 12, None, None, None, "cuối"]]
    assert read(written(*rows)) == [[0, -5, 1_000_000_000, None, None, "0"], rows[1]]


def test_dates_and_instants_are_numbers_that_show_as_such() -> None:
    book, out = Workbook(), io.BytesIO()
    cell = WriteOnlyCell(book.worksheets[0])
    cell.number_format = "dd/mm/yyyy hh:mm"
    instant = datetime(2023, 12, 22, 23, 59, tzinfo=UTC)
    with SheetRows() as stream:
        stream.append([(date(2023, 12, 1), cell.style_id), (instant, cell.style_id), (date(2023, 12, 1), 0)])
        save(out, book, {book.worksheets[0]: stream})
    naive = [datetime.fromisoformat("2023-12-01"), instant.replace(tzinfo=None)]
    assert read(out.getvalue()) == [[*naive, 45261]]


@pytest.mark.parametrize("text", HOLDABLE, ids=lambda text: repr(text[:20]))
def test_a_text_that_a_cell_can_hold_comes_back_letter_for_letter(text: str) -> None:
    assert safe_text(text) == text
    assert read(written([text])) == [[text]]


@pytest.mark.parametrize("text", ESCAPE_LIKE)
def test_a_text_that_looks_like_an_escape_is_escaped(text: str) -> None:
    (((found,),),) = [read(written([text]))]
    assert re.sub("_x([0-9A-F]{4})_", lambda code: chr(int(code.group(1), 16)), str(found)) == text


@pytest.mark.parametrize(("text", "left"), CLEANED, ids=range(len(CLEANED)))
def test_what_a_cell_cannot_hold_is_left_out_and_told(text: str, left: str) -> None:
    with SheetRows() as stream:
        assert stream.append([("x", 0), (text, 0), (1, 0), ("\x00", 0)]) == [1, 3]
        assert stream.append([("x", 0)]) == []
    assert read(written(["x", text]))[0][1] == (left or None)
    assert not too_long(left)


def test_styles_heights_and_the_extent_are_in_the_sheet() -> None:
    book, out = Workbook(), io.BytesIO()
    first, second = book.worksheets[0], book.create_sheet("Hai")
    book.create_sheet("Ba")["B2"] = "viết bằng openpyxl"
    bold = WriteOnlyCell(first)
    bold.font = Font(name="Times New Roman", bold=True)
    first.freeze_panes, first.auto_filter.ref = "A2", "A1:B2"
    first.merge_cells("A1:B1")
    with SheetRows() as one, SheetRows() as two:
        one.append([("đậm", bold.style_id), (None, bold.style_id)], height=31.5)
        one.append([("thường", 0)])
        two.append([(number, 0) for number in range(600)])
        save(out, book, {first: one, second: two})
    read_only = openpyxl.load_workbook(out, read_only=True)
    assert [sheet.calculate_dimension() for sheet in read_only.worksheets] == ["A1:B2", "A1:WB1", "B2:B2"]
    read_only.close()
    found = openpyxl.load_workbook(out)
    sheet = found.worksheets[0]
    assert (sheet["A1"].font.bold, sheet["A1"].font.name, sheet["A2"].font.bold) == (True, "Times New Roman", False)
    assert (sheet.row_dimensions[1].height, sheet.row_dimensions[2].height) == (31.5, None)
    assert (sheet.freeze_panes, sheet.auto_filter.ref, str(sheet.merged_cells)) == ("A2", "A1:B2", "A1:B1")
    assert [cell.value for cell in found["Hai"][1]] == list(range(600))
    assert found["Ba"]["B2"].value == "viết bằng openpyxl"


def test_a_sheet_without_rows_stays_an_empty_sheet() -> None:
    assert read(written()) == []


def test_every_part_is_well_formed_xml() -> None:
    data = written(*([text] for text in HOLDABLE), *([text] for text, _ in CLEANED))
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert parts.testzip() is None
        assert len(set(parts.namelist())) == len(parts.namelist())
        for name in parts.namelist():
            etree.fromstring(parts.read(name))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not on this machine")
def test_libreoffice_reads_the_same_texts(tmp_path: Path) -> None:
    texts = [text for text in (*HOLDABLE, *ESCAPE_LIKE) if "\r" not in text]
    (tmp_path / "a.xlsx").write_bytes(written(*([text, "."] for text in texts)))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    kind = "csv:Text - txt - csv (StarCalc):44,34,76"
    command = ["soffice", "--headless", profile, "--convert-to", kind, "a.xlsx"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        assert [row[0] for row in csv.reader(file)] == texts


def test_the_lines_of_a_text_are_counted_with_its_breaks() -> None:
    assert lines_needed("ngắn", 10) == 1
    assert lines_needed("một\nhai\n\nbốn", 10) == 4
    assert 10 <= lines_needed("chữ " * 150, 55) <= 13
    assert lines_needed("x" * 50, 1) > 20


def test_the_lines_of_a_text_go_by_the_width_of_its_letters() -> None:
    wide, narrow = "PHÒNG THÔNG TIN MƯỜNG", "lắt nhắt li ti tí tẹo"
    assert len(wide) == len(narrow)
    assert [lines_needed(text, 21) for text in (wide, narrow)] == [2, 1]
    assert lines_needed("Kỳ ỹ ợ", 8) == lines_needed("Ky y o", 8) == 1
    assert lines_needed("bốn chữ một dòng", 17, 11) == 1
    assert lines_needed("bốn chữ một dòng", 17, 16) == 2
