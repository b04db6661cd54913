"""A unit's report in Word, measured in the file: Nghị định 30/2020/NĐ-CP, Phụ lục I, to the millimetre."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import people
import pytest
import word_files
from docx.document import Document as Doc
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Length, Mm
from docx.text.paragraph import Paragraph

from nhanquyen.clock import VIETNAM
from nhanquyen.directive import Directive
from nhanquyen.export.word import UNIT, Sender, unit_report
from nhanquyen.export.word.times import width_of
from nhanquyen.form.answers import Answers, Respondent, Row

AT = datetime(2023, 12, 20, 9, 0, tzinfo=VIETNAM)
DIRECTIVE: Directive = people.DIRECTIVE
CENTRE, BOTH = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY


def signed(**values: str) -> Answers:
    """Answers that state a number, a date and a signer, and *values* of the first item's text and figures."""
    answers = Answers()
    stated = {
        DIRECTIVE.signing.number: "05/BC-UBND", DIRECTIVE.signing.signed_on: "2024-01-05",
        DIRECTIVE.signing.position: "Phó Chủ tịch", DIRECTIVE.signing.signer: "Nguyễn Thị B",
    }  # fmt: skip
    answers.put("n5", "ky_ten", Row(values={path.split(".")[1]: text for path, text in stated.items()}))
    answers.put("n1", "so_lieu", Row(values={"so_cuoc": 1240, "so_cuoc_long_ghep": 12}))
    answers.put("n1", "ket_qua", Row(values={"cach_lam": values.get("cach_lam", "Đoạn một.\nĐoạn hai.")}))
    return answers


def report(answers: Answers, name: str = "Ủy ban nhân dân Phường 1", group: str = "XP") -> bytes:
    content = unit_report(DIRECTIVE, answers, Respondent(group), Sender(name, "Phường 1"))
    return UNIT.render(UNIT.built_in, content, AT)


@pytest.fixture(scope="module")
def data() -> bytes:
    return report(signed())


@pytest.fixture(scope="module")
def document(data: bytes) -> Doc:
    return word_files.opened(data)


def every(document: Doc) -> Iterator[Paragraph]:
    """The paragraphs in the order of reading, those in tables too."""
    for each in document.element.body.iter(qn("w:p")):
        yield Paragraph(each, document)


def the(document: Doc, start: str) -> Paragraph:
    return next(each for each in every(document) if each.text.startswith(start))


def look(paragraph: Paragraph) -> tuple[float, bool, bool, Any]:
    """Size, bold, italic and alignment, as its style says; nothing in the text says otherwise."""
    for run in paragraph.runs:
        assert (run.font.size, run.font.bold, run.font.italic, run.font.name) == (None,) * 4
    font = paragraph.style.font  # type: ignore[union-attr]
    size = font.size
    assert size is not None
    return size.pt, bool(font.bold), bool(font.italic), paragraph.style.paragraph_format.alignment  # type: ignore[union-attr]


def mm(length: Length | None) -> float:
    assert length is not None
    return round(length.mm, 1)


def test_the_page_is_a4_with_the_margins_of_the_decree(document: Doc) -> None:
    (section,) = document.sections
    assert (mm(section.page_width), mm(section.page_height)) == (210, 297)
    assert (mm(section.top_margin), mm(section.bottom_margin)) == (20, 20)
    assert (mm(section.left_margin), mm(section.right_margin)) == (30, 15)
    assert mm(section.gutter) == 0


def test_every_style_is_in_times_new_roman_in_all_scripts(document: Doc) -> None:
    found = document.styles.element.findall(f".//{qn('w:rFonts')}")
    assert len(found) > 20
    for fonts in (*found, *document.element.body.iter(qn("w:rFonts"))):
        assert {fonts.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "cs", "eastAsia")} == {"Times New Roman"}
        assert not [name for name in fonts.attrib if name.endswith("Theme")]


def test_the_page_number_is_in_the_top_margin_from_page_2_on(document: Doc) -> None:
    (section,) = document.sections
    assert section.different_first_page_header_footer
    assert "".join(each.text for each in section.first_page_header.paragraphs) == ""
    assert not section.first_page_header._element.findall(f".//{qn('w:instrText')}")
    (number,) = section.header.paragraphs
    codes = [code.text for code in number._p.iter(qn("w:instrText"))]
    assert [code.strip() for code in codes if code] == ["PAGE"]
    assert look(number) == (14, False, False, CENTRE)
    assert section.header_distance is not None
    assert section.header_distance + 14 * 12700 < Mm(20)
    start = section._sectPr.find(qn("w:pgNumType"))
    assert start is not None
    assert start.get(qn("w:start")) == "1"
    assert not section._sectPr.findall(qn("w:footerReference"))


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("CỘNG HÒA XÃ HỘI", (12, True, False, CENTRE)),
        ("Độc lập - Tự do - Hạnh phúc", (13, True, False, CENTRE)),
        ("ỦY BAN NHÂN DÂN", (12, True, False, CENTRE)),
        ("PHƯỜNG 1", (12, True, False, CENTRE)),
        ("Số: 05/BC-UBND", (13, False, False, CENTRE)),
        ("Phường 1, ngày 05 tháng 01 năm 2024", (13, False, True, CENTRE)),
        ("BÁO CÁO", (14, True, False, CENTRE)),
        ("Kết quả thực hiện Công văn số 217/CATX", (14, True, False, CENTRE)),
        ("Kính gửi: Công an thị xã Duyên Hải", (14, False, False, CENTRE)),
        ("Thực hiện Công văn số 217/CATX", (14, False, False, BOTH)),
        ("I. THÔNG TIN, TUYÊN TRUYỀN", (14, True, False, WD_ALIGN_PARAGRAPH.LEFT)),
        ("1. Cuộc tuyên truyền", (14, True, False, WD_ALIGN_PARAGRAPH.LEFT)),
        ("- Số cuộc tuyên truyền: 1.240 cuộc.", (14, False, False, BOTH)),
        ("TM. ỦY BAN NHÂN DÂN", (14, True, False, CENTRE)),
        ("KT. CHỦ TỊCH", (14, True, False, CENTRE)),
        ("PHÓ CHỦ TỊCH", (14, True, False, CENTRE)),
        ("Nguyễn Thị B", (14, True, False, CENTRE)),
        ("Nơi nhận:", (12, True, True, WD_ALIGN_PARAGRAPH.LEFT)),
        ("- Đội Tổng hợp", (11, False, False, WD_ALIGN_PARAGRAPH.LEFT)),
        ("- Lưu: VT.", (11, False, False, WD_ALIGN_PARAGRAPH.LEFT)),
    ],
)
def test_each_part_is_set_as_the_decree_says(
    document: Doc, start: str, expected: tuple[float, bool, bool, Any]
) -> None:
    assert look(the(document, start)) == expected


def test_the_body_is_indented_and_spaced(document: Doc) -> None:
    form = the(document, "Thực hiện Công văn").style.paragraph_format  # type: ignore[union-attr]
    assert mm(form.first_line_indent) == 12.7
    assert form.space_after is not None
    assert form.space_after.pt == 6
    assert document.styles["Normal"].paragraph_format.line_spacing == 1.0  # type: ignore[attr-defined]


def rule_below(paragraph: Paragraph, room: float) -> float:
    """The length in millimetres of the line drawn below *paragraph*, which has *room* millimetres and is centred."""
    rule = Paragraph(paragraph._p.getnext(), paragraph._parent)
    border = rule.style.element.find(f".//{qn('w:pBdr')}/{qn('w:top')}")  # type: ignore[union-attr]
    assert border is not None
    assert border.get(qn("w:val")) == "single"
    assert rule.text == ""
    left, right = (mm(side) for side in (rule.paragraph_format.left_indent, rule.paragraph_format.right_indent))
    assert left == pytest.approx(right, abs=0.1)
    return room - left - right


def length_of(text: str, size: float) -> float:
    return width_of(text, size, bold=True) / 72 * 25.4


def test_the_rules_are_as_long_as_the_decree_says(document: Doc) -> None:
    left, right = (mm(cell.width) for cell in document.tables[0].rows[0].cells)
    assert left + right == 165
    motto = the(document, "Độc lập")
    assert rule_below(motto, right) == pytest.approx(length_of(motto.text, 13), abs=0.3)
    assert length_of(motto.text, 13) == pytest.approx(55.9, abs=0.2)  # as measured in a font of the same widths
    issuer = the(document, "PHƯỜNG 1")
    assert 1 / 3 <= rule_below(issuer, left) / length_of(issuer.text, 12) <= 1 / 2
    summary = the(document, "Kết quả thực hiện")
    assert 1 / 3 <= rule_below(summary, 165) / min(165, length_of(summary.text, 14)) <= 1 / 2


def test_a_long_name_of_the_issuer_is_taken_by_its_room() -> None:
    document = word_files.opened(report(signed(), "Phòng Lao động - Thương binh và Xã hội thị xã Duyên Hải", "PCM"))
    issuer = the(document, "PHÒNG LAO ĐỘNG")
    assert 1 / 3 <= rule_below(issuer, 70) / 70 <= 1 / 2
    superior = the(document, "UBND THỊ XÃ DUYÊN HẢI")
    assert look(superior) == (12, False, False, CENTRE)


def test_number_and_day_stand_on_one_line(document: Doc) -> None:
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert rows[1] == ["Số: 05/BC-UBND", "Phường 1, ngày 05 tháng 01 năm 2024"]


def test_the_nation_fits_on_its_line(document: Doc) -> None:
    nation = the(document, "CỘNG HÒA")
    assert length_of(nation.text, 12) < mm(document.tables[0].rows[0].cells[1].width)


def test_a_text_of_several_lines_is_as_many_paragraphs(data: bytes) -> None:
    lines = word_files.lines_of(data)
    at = lines.index("Đoạn một.")
    assert lines[at + 1] == "Đoạn hai."


def test_it_ends_with_the_mark_of_the_end(data: bytes) -> None:
    ends = [line for line in word_files.lines_of(data) if line.endswith("./.")]
    assert ends == ["Trên đây là báo cáo kết quả thực hiện Công văn số 217/CATX của Ủy ban nhân dân Phường 1./."]


def test_the_signature_is_never_alone_on_a_page(document: Doc) -> None:
    assert the(document, "Trên đây là báo cáo").paragraph_format.keep_with_next
    row = document.tables[-1].rows[0]._tr
    assert row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None


def test_an_empty_report_is_a_form_to_be_signed_by_hand() -> None:
    lines = word_files.lines_of(report(Answers(), "Phòng Tư pháp", "PCM"))
    for expected in ("Số: ……/BC-……", "Phường 1, ngày …… tháng …… năm 2023", "PHÒNG TƯ PHÁP", "THỦ TRƯỞNG ĐƠN VỊ"):
        assert expected in lines
    assert "Không thuộc trách nhiệm." in lines
    assert not [line for line in lines if "None" in line or "{" in line or "chưa trả lời" in line]


def test_ten_thousand_characters_come_out_whole() -> None:
    long = ("Tuyên truyền tại khóm, ấp; kết quả & cách làm <tốt>. " * 200)[:10_000]
    lines = word_files.lines_of(report(signed(cach_lam=long)))
    assert long in lines
    one_word = "x" * 10_000
    assert one_word in word_files.lines_of(report(signed(cach_lam=one_word)))


def test_a_matrix_is_a_table_as_wide_as_the_page_with_its_totals() -> None:
    answers = signed()
    first, second = (row.key for row in DIRECTIVE.block("n3", "khau_hieu").rows[:2])
    answers.put("n3", "khau_hieu", Row(first, {"bang_ron": 1200, "pa_no": 3, "dia_diem": "Trụ sở {{ 1 }}"}))
    answers.put("n3", "khau_hieu", Row(second, {"bang_ron": 34}))
    data = report(answers)
    rows = word_files.rows_of(data, 1)
    assert rows[0] == ["Khẩu hiệu", "Băng rôn (tấm)", "Pa nô (tấm)", "Địa điểm treo"]
    assert rows[1][1:] == ["1.200", "3", "Trụ sở {{ 1 }}"]
    assert rows[-1] == ["Cộng", "1.234", "3", ""]
    table = word_files.opened(data).tables[1]
    widths = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid]
    assert sum(widths) / 1440 * 25.4 == pytest.approx(165, abs=0.5)
    assert len(widths) == 4
    assert widths[0] == max(widths)
    for column, width in enumerate(widths):
        longest = max((word for row in rows for word in row[column].split()), key=len)
        assert width_of(longest, 11) * 20 < width, longest
    for row in table.rows:
        assert [cell.width for cell in row.cells] == [Length(width * 635) for width in widths]
    heads = [row for row in table.rows if row._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None]
    assert [row.cells[0].text for row in heads] == ["Khẩu hiệu"]
    styles = [row.cells[1].paragraphs[0].style.name for row in table.rows]  # type: ignore[union-attr]
    assert styles == ["NQ Ô bảng đầu", *["NQ Ô bảng số"] * (len(rows) - 2), "NQ Ô bảng cộng"]
