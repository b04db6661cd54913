"""The file of the consolidated report: its layout on paper, and texts and rounds of every size in it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

import people
import pytest
from consolidated_file import WordFile, read_word
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt

from nhanquyen.export import combined, consolidated
from nhanquyen.export.consolidated import CONSOLIDATED
from nhanquyen.form.answers import Answers, Respondent, Row, item_totals
from nhanquyen.overview import Scope
from nhanquyen.overview.overlaps import CountedOnce
from nhanquyen.store.reports import ReportLine, Status

TWIPS = 1440 / 25.4  # of a millimetre
AT = people.SettableClock()()
NO_FIGURES = "không có số liệu"
Reader = Callable[[Iterable[int]], Iterable[tuple[int, Answers]]]


def sent(answers: Answers) -> ReportLine:
    """The line of a unit that has sent *answers* in time."""
    who, totals = Respondent("XP"), {}
    for item in people.DIRECTIVE.items:
        totals |= item_totals(item, answers, who)
    blank = {name: None if name.endswith("_at") else "" for name in ReportLine._fields}
    values: dict[str, Any] = blank | {
        "group": "XP", "revision": 1, "duties": {}, "progress": {}, "totals": totals, "sent_at": AT,
        "arrived_at": AT, "due_at": AT, "extended": False, "status": Status.SENT,
        "standings": {item.key: answers.standing(item, who) for item in people.DIRECTIVE.items},
    }  # fmt: skip
    return ReportLine(**values)


def made_up(count: int, answers: Answers) -> tuple[list[ReportLine], Reader]:
    """Lines of *count* units that all have sent *answers*, and what reads them."""
    line = sent(answers)
    numbered = [line._replace(report_id=n, code=f"U{n}", name=f"Đơn vị {n}") for n in range(1, count + 1)]
    return numbered, lambda ids: ((each, answers) for each in ids)


def written(lines: list[ReportLine], read: Reader) -> bytes:
    about = combined.About("Đợt thử", Scope.SENT, AT, "Đội Tổng hợp", AT, AT)
    return consolidated.write(people.DIRECTIVE, lines, read, CountedOnce(), about)


# --- Layout (Nghị định 30/2020/NĐ-CP) -----------------------------------------------------------------------------

ANSWERS = Answers([
    ("n1", "so_lieu", Row(values={"so_cuoc": 3, "so_luot_nguoi": 90})),
    ("n5", "danh_gia", Row(values={"danh_gia_chung": "Tốt.", "kho_khan": "Thiếu loa.", "kien_nghi": "Không"})),
])  # fmt: skip


@pytest.fixture(scope="module")
def data() -> bytes:
    return written(*made_up(3, ANSWERS))


@pytest.fixture(scope="module")
def file(data: bytes) -> WordFile:
    return read_word(data)


def in_mm(*lengths: int | None) -> list[int]:
    return [round((length or 0) / Mm(1)) for length in lengths]


def edges(section: Section) -> list[int]:
    return in_mm(section.top_margin, section.right_margin, section.bottom_margin, section.left_margin)


def test_the_report_stands_upright_and_every_annex_across(file: WordFile) -> None:
    first, *annexes = file.document.sections
    assert in_mm(first.page_width, first.page_height) == [210, 297]
    assert edges(first) == [20, 15, 20, 30]
    assert len(annexes) == len(file.annexes) == 8
    for section in annexes:
        assert in_mm(section.page_width, section.page_height) == [297, 210]
        assert section._sectPr.pgSz.get(qn("w:orient")) == "landscape"
        assert min(edges(section)) >= 15


def test_pages_are_numbered_anew_in_each_annex_and_never_on_the_first(file: WordFile) -> None:
    for section in file.document.sections:
        assert section._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"
        assert section.different_first_page_header_footer
        assert "PAGE" in "".join(code.text for code in section.header._element.iter(qn("w:instrText")))
        assert not list(section.first_page_header._element.iter(qn("w:instrText")))
        assert section.header.paragraphs[0].style.font.size == Pt(14)


def test_faces_and_sizes_are_those_of_the_decree(file: WordFile) -> None:
    styles = {style.name: style for style in file.document.styles}
    sizes = {
        "NQ Quốc hiệu": (12, True, False), "NQ Tiêu ngữ": (13, True, False), "NQ Cơ quan chủ quản": (12, False, False),
        "NQ Cơ quan ban hành": (12, True, False), "NQ Số, ký hiệu": (13, False, False),
        "NQ Địa danh, thời gian": (13, False, True), "NQ Tên loại": (14, True, False),
        "NQ Trích yếu": (14, True, False), "NQ Kính gửi": (14, False, False), "NQ Căn cứ": (14, False, True),
        "NQ Nội dung": (14, False, False), "NQ Mục": (14, True, False), "NQ Khoản": (14, True, False),
        "NQ Điểm": (14, False, True), "NQ Quyền hạn, chức vụ": (14, True, False), "NQ Nơi nhận": (12, True, True),
        "NQ Nơi nhận danh sách": (11, False, False), "NQ Phụ lục": (14, True, False),
        "NQ Tên phụ lục": (14, True, False), "NQ Kèm theo": (14, False, True), "NQ Biểu số": (11, False, False),
    }  # fmt: skip
    for name, look in sizes.items():
        font = styles[name].font
        assert (font.size.pt, bool(font.bold), bool(font.italic)) == look, name
        fonts = styles[name].element.rPr.rFonts
        assert {fonts.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "cs", "eastAsia")} == {"Times New Roman"}
    body = styles["NQ Nội dung"].paragraph_format
    assert (round(body.first_line_indent.mm, 1), body.space_after) == (12.7, Pt(6))


def test_head_and_foot_are_those_of_the_issuer(file: WordFile) -> None:
    lines = [line for line in file.paragraphs if line]
    assert lines[:6] == [
        "CÔNG AN TỈNH TRÀ VINH", "CÔNG AN THỊ XÃ DUYÊN HẢI", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc", "Số: ……/BC-CATX", "Thị xã Duyên Hải, ngày …… tháng …… năm 2023",
    ]  # fmt: skip
    assert lines[6] == "BÁO CÁO"
    assert lines[7].startswith("Kết quả tổ chức các hoạt động tuyên truyền thành tựu đảm bảo quyền con người nhân Kỷ")
    assert lines[8] == "Kính gửi: Ủy ban nhân dân thị xã Duyên Hải."
    grounds = [line for line in lines if line.startswith("Thực hiện ")]
    assert [line[-1] for line in grounds] == [";", ";", "."]
    assert grounds[0].startswith("Thực hiện Kế hoạch số 68/KH-BCĐ ngày 30 tháng 10 năm 2023 của Ban Chỉ đạo về Nhân")
    assert lines[-5].endswith("kính trình Ủy ban nhân dân thị xã Duyên Hải./.")
    assert lines[-4:] == ["Nơi nhận:", "- Như trên;", "- Lưu: VT, CATX (TH).", "TRƯỞNG CÔNG AN"]


def test_the_chapters_are_the_usual_ones(file: WordFile) -> None:
    chapters = [text for text, style in zip(file.paragraphs, file.styles, strict=True) if style == "NQ Mục"]
    assert chapters == [
        "I. CÔNG TÁC CHỈ ĐẠO, TRIỂN KHAI", "II. KẾT QUẢ THỰC HIỆN", "III. ĐÁNH GIÁ CHUNG",
        "IV. PHƯƠNG HƯỚNG, NHIỆM VỤ THỜI GIAN TỚI", "V. KIẾN NGHỊ, ĐỀ XUẤT",
    ]  # fmt: skip


def test_annexes_say_what_they_belong_to_and_are_named_where_they_are_meant(file: WordFile) -> None:
    labels = [f"Phụ lục {number}" for number in ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")]
    assert list(file.annexes) == labels
    with_report = "(Kèm theo Báo cáo số ……/BC-CATX ngày …… tháng …… năm 2023 của Công an thị xã Duyên Hải)"
    for title, attached, *_ in file.annexes.values():
        assert title == title.upper()
        assert attached == with_report
    body = " ".join(file.paragraphs)
    assert [label for label in labels if not re.search(rf"{label}\b", body)] == []


def test_tables_fill_the_page_and_have_room_for_the_names(file: WordFile) -> None:
    tables = [table for table in file.document.element.body.iter(qn("w:tbl")) if list(table.iter(qn("w:tblHeader")))]
    assert len(tables) == len(file.forms)
    for table in tables:
        columns = [int(column.get(qn("w:w"))) for column in table.find(qn("w:tblGrid"))]
        assert 250 < sum(columns) / TWIPS < 263
        assert columns[0] / TWIPS < 35
        assert columns[1] / TWIPS > 15
        assert min(columns) / TWIPS > 6
        for row in table.iter(qn("w:tr")):
            cells = [cell.tcPr for cell in row.iter(qn("w:tc"))]
            assert sum(each.grid_span for each in cells) == len(columns)
            assert sum(int(each.find(qn("w:tcW")).get(qn("w:w"))) for each in cells) == sum(columns)


def test_nothing_of_the_template_is_left(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        text = packed.read("word/document.xml").decode()
    assert not any(sign in text for sign in ("{{", "{%", "}}", "%}", "colspan"))


# --- Rounds of every size ----------------------------------------------------------------------------------------


def test_units_that_sent_nothing_of_any_item_make_no_zeros() -> None:
    file = read_word(written(*made_up(2, Answers())))
    broadcasts = f"- Số lượt phát thanh (đài, loa truyền thanh): {NO_FIGURES}; trong đó: số lượt phát bằng tiếng Khmer"
    assert f"{broadcasts}: {NO_FIGURES}." in file.paragraphs
    form = next(form for form in file.forms if form.title.startswith("Biểu 02."))
    assert [row[2:] for row in form.rows[1:]] == [[""] * 9] * 4


def test_a_thousand_units_are_all_there() -> None:
    file = read_word(written(*made_up(1000, ANSWERS)))
    assert "- Số cuộc tuyên truyền: 3.000 cuộc; trong đó: số cuộc lồng ghép: không có số liệu." in file.paragraphs
    assert file.forms[0].of("Tổng cộng")["1.3 Số lượt người tham dự (lượt người)"] == "90.000"
    assert len(file.forms[0].rows) == 1 + 1000 + 2
    assert file.forms[0].rows[1000][:3] == ["1000", "Đơn vị 1000", "3"]
    assert "- Đơn vị 1000: Thiếu loa." in file.paragraphs


TEXTS = {
    "template syntax": "{{ 7*7 }} {% for x in y %} {%p if a %} {%tr endfor %} {# lời #} {_{ ",
    "xml": "</w:t></w:r></w:p><w:p/> & &amp; &#65; <![CDATA[x]]> ]]> <!-- -->",
    "a word of ten thousand letters": "ờ" * 10_000,
    "ten thousand characters": "Đã tổ chức. " * 833,
    "emoji and marks": "😀 👨‍👩‍👧 e\u0323\u0302 “nháy” 'đơn' \u202e",
}


@pytest.mark.parametrize("text", list(TEXTS.values()), ids=list(TEXTS))
def test_what_somebody_typed_stands_there_letter_for_letter(text: str) -> None:
    answers = Answers([
        ("n1", "ket_qua", Row(values={"cach_lam": text})),
        ("n1", "linh_vuc", Row(values={"lv_khac": 2, "lv_khac_ten": text})),
        ("n1", "tinh_trang", Row(values={"trang_thai": "co", "ly_do": text})),
        ("n2", "tinh_trang", Row(values={"trang_thai": "khong", "ly_do": text})),
        ("n5", "danh_gia", Row(values={"kho_khan": text, "kien_nghi": text, "hinh_thuc_khac": text})),
        ("n5", "van_ban", Row("r1", {"loai": "khac", "trich_yeu": text})),
    ])  # fmt: skip
    lines, read = made_up(1, answers)
    name = f"Đơn vị {text}"[:300]
    file = read_word(written([lines[0]._replace(name=name)], read))
    spoken = f"- {name}: {text.strip()}"
    assert spoken in file.after("1. Thông tin")
    assert spoken in file.after("2. Khó khăn")
    assert spoken in file.after("V. KIẾN NGHỊ")
    assert spoken in file.after("2. Hình thức triển khai khác")
    assert f"Lĩnh vực khác: 2 cuộc (gồm: {text})" in "\n".join(file.after("1. Thông tin"))
    assert f"{name} (lý do: {text.rstrip('. ')})" in "\n".join(file.after("2. Hoạt động hưởng ứng"))
    assert file.forms[0].rows[1][1] == name
    documents = next(form for form in file.forms if form.title.startswith("Biểu 06"))
    assert documents.rows[1][-1] == text


def test_both_samples_fill_the_template_and_show_every_field() -> None:
    lines = CONSOLIDATED.lines()
    assert all(line.meaning and line.written for line in lines)
    examples = {line.meaning: line.example for line in lines}
    assert examples["Tên biểu"] == "Biểu 01. Kết quả chính"
    for sample in CONSOLIDATED.samples():
        said = read_word(CONSOLIDATED.render(CONSOLIDATED.built_in, sample, AT))
        assert said.after("V. KIẾN NGHỊ")
        assert sample.annexes[0].label in said.annexes
