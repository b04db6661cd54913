"""Filling templates: what people typed comes out as typed, the same every time, and a template can do no harm."""

from __future__ import annotations

import re
import time
import zipfile
from datetime import datetime, timedelta
from io import BytesIO

import pytest
import word_files
from docx import Document
from docx.oxml.ns import qn
from hypothesis import example, given
from hypothesis import strategies as st

from nhanquyen.clock import VIETNAM
from nhanquyen.export.word import TemplateFaulty, paragraphs, render
from nhanquyen.export.word.language import LEAF, Shape

AT = datetime(2023, 12, 20, 9, 0, tzinfo=VIETNAM)
ONE_FIELD = word_files.made("Trước {{ chu }} sau")
SHAPE = Shape(
    fields={"chu": LEAF, "so": LEAF, "hang": Shape(each=Shape(fields={"ten": LEAF})), "dong": Shape(each=LEAF)}
)


def fill(*lines: str, **context: object) -> list[str]:
    """The paragraphs of a template of *lines*, filled."""
    return word_files.lines_of(render(word_files.made(*lines), context, AT))


@pytest.mark.parametrize(
    "text",
    [
        "{{ 7*7 }}", "{% raw %}", "{% endfor %}", "{# x #}", "{_{ x }_}", "{_% x %_}", "100 %} {", "<w:p/>", "</w:t>",
        "&amp; & &#65; <b>đậm</b>", "]]>", "'\"", "a  b ", " đầu", "Ắ Ỵ 🙂", "ước (ư+ơ)", "{{ chu.__class__ }}",
    ],
)  # fmt: skip
def test_what_looks_like_something_else_comes_out_as_typed(text: str) -> None:
    assert fill("Trước {{ chu }} sau", chu=text) == [f"Trước {text} sau"]


def test_a_joined_list_is_no_less_safe() -> None:
    assert fill("{{ dong|join('; ') }}", dong=["{_{ a }_}", "<b>", "\x00c"]) == ["{_{ a }_}; <b>; c"]


def test_breaks_stay_in_a_paragraph_and_what_xml_cannot_hold_is_dropped() -> None:
    assert fill("{{ chu }}", chu="một\r\nhai\rba\tbốn") == ["một\nhai\nba\tbốn"]
    assert fill("{{ chu }}", chu="a\x00b\x07\x0c\x0b\ud800\ufffec") == ["abc"]


def test_ten_thousand_characters_come_out_whole() -> None:
    long = "Đội Tổng hợp & <nhân quyền> {{ " * 340
    assert len(long) > 10_000
    assert fill("{{ chu }}", chu=long) == [long]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
@example("}}{{")
@example("\x1b[0m")
def test_any_text_comes_out_as_typed(text: str) -> None:
    holdable = [c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c in "\n\t" or c >= " "]
    expected = "".join(c for c in holdable if c not in "\ufffe\uffff")
    assert word_files.lines_of(render(ONE_FIELD, {"chu": text}, AT)) == [f"Trước {expected} sau"]


def test_numbers_are_grouped_and_nothing_is_blank() -> None:
    assert fill("{{ so }}|{{ khong }}|{{ co }}", so=1234567, khong=None, co=True) == ["1.234.567||Có"]


def test_a_paragraph_for_each_line_that_says_something() -> None:
    said = fill("{%p for doan in y %}", "{{ doan }}", "{%p endfor %}", y=paragraphs("một\n\n  \nhai\n"))
    assert said == ["một", "hai"]


def test_the_same_gives_the_same_bytes_and_another_instant_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    first = render(ONE_FIELD, {"chu": "x"}, AT, title="Báo cáo & <1>")
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert render(ONE_FIELD, {"chu": "x"}, AT, title="Báo cáo & <1>") == first
    assert render(ONE_FIELD, {"chu": "x"}, AT + timedelta(minutes=1), title="Báo cáo & <1>") != first
    with zipfile.ZipFile(BytesIO(first)) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(2023, 12, 20, 9, 0, 0)}
    about = word_files.opened(first).core_properties
    assert (about.title, about.author) == ("Báo cáo & <1>", "")
    assert about.created == about.modified
    assert str(about.created)[:19] == "2023-12-20 02:00:00"


def test_headers_are_filled_once_so_that_no_text_becomes_a_template() -> None:
    document = Document()
    document.add_paragraph("{{ chu }}")
    document.sections[0].header.paragraphs[0].text = "Đầu trang {{ chu }}"
    document.add_section()
    filled = render(word_files.saved(document), {"chu": "{{ so }}", "so": "KHÔNG"}, AT)
    header = word_files.opened(filled).sections[0].header
    assert header.paragraphs[0].text == "Đầu trang {{ so }}"


def test_a_field_cut_into_runs_by_word_is_still_one() -> None:
    document = Document()
    paragraph = document.add_paragraph()
    for piece in ("{", "{ c", "hu }", "}"):
        paragraph.add_run(piece).bold = piece == "{ c"
    assert word_files.lines_of(render(word_files.saved(document), {"chu": "đủ"}, AT)) == ["đủ"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{{ chuu }}", "không có trường “chuu”"),
        ("{{ chu.upper }}", "không có trường “chu.upper”"),
        ("{{ hang.ten }}", "không có trường “hang.ten”"),
        ("{% for h in hang %}{{ h.teen }}{% endfor %}", "không có trường “h.teen”"),
        ("{% for h in hang %}{% endfor %}{{ h.ten }}", "không có trường “h”"),
        ("{% for h in chu %}{% endfor %}", "“chu” không phải danh sách"),
        ("{{ hang }}", "“hang” là danh sách hoặc nhóm trường"),
        ("{{ chu.__class__.__mro__ }}", "không có trường “chu.__class__”"),
        ("{% for h in range(10**12) %}{% endfor %}", "mẫu chỉ dùng được trường"),
        ("{{ 'a' * 10**12 }}", "mẫu chỉ dùng được trường"),
        ("{{ chu[0] }}", "mẫu chỉ dùng được trường"),
        ("{% set x = chu %}", "mẫu chỉ dùng được trường"),
        ("{% macro f() %}{{ f() }}{% endmacro %}", "mẫu chỉ dùng được trường"),
        ("{% include '/etc/passwd' %}", "mẫu chỉ dùng được trường"),
        ("{{ chu|replace('a', 'b') }}", "không có bộ lọc “replace”"),
        ("{{ hang|_counted(1) }}", "không có bộ lọc “_counted”"),
        ("{{ chu is mapping }}", "không có phép kiểm tra “mapping”"),
        ("{% for h in hang %}", "thiếu lệnh đóng endfor"),
        ("{% if chu %}{% endfor %}", "lệnh “endfor” đặt sai chỗ; trước nó cần có endif"),
        ("{% fo h in hang %}", "không có lệnh “fo”"),
        ("{{ chu + }}", "viết sai cú pháp"),
        ("{{ so > chu }}", "biểu thức không tính được"),
    ],
)
def test_a_fault_is_told_with_its_place(line: str, reason: str) -> None:
    template = word_files.made("Đoạn đầu.", line, "Đoạn cuối.")
    context = {"chu": "x", "so": 3, "hang": [{"ten": "a"}], "dong": ["b"]}
    with pytest.raises(TemplateFaulty) as caught:
        render(template, context, AT, shape=SHAPE)
    assert reason in str(caught.value)
    assert str(caught.value).startswith("Phần thân văn bản, gần chỗ “")


def test_the_place_is_the_paragraph_at_fault() -> None:
    with pytest.raises(TemplateFaulty) as caught:
        render(word_files.made("Một", "Hai {{ saai }} & ba", "Bốn"), {}, AT, shape=SHAPE)
    assert str(caught.value) == (
        "Phần thân văn bản, gần chỗ “Hai {{ saai }} & ba”: không có trường “saai”. Xem danh sách trường của mẫu này."
    )


def test_without_a_list_of_fields_an_unknown_one_is_still_a_fault() -> None:
    with pytest.raises(TemplateFaulty, match=re.escape("gần chỗ “Hai {{ saai }}”")):
        render(word_files.made("Một", "Hai {{ saai }}"), {}, AT)


def test_loops_within_loops_end() -> None:
    context = {"dong": ["x"] * 400}
    nested = "{% for a in dong %}" * 4 + "y" * 100 + "{% endfor %}" * 4
    began = time.monotonic()
    with pytest.raises(TemplateFaulty, match="quá dài"):
        render(word_files.made(nested), context, AT, largest=1_000_000)
    assert time.monotonic() - began < 20


def test_a_loop_without_text_ends_too() -> None:
    with pytest.raises(TemplateFaulty, match="quá dài"):
        fill("{% for a in dong %}" * 6 + "{% endfor %}" * 6, dong=["x"] * 400)


def test_a_statement_torn_over_a_table_is_a_fault() -> None:
    document = Document()
    document.add_table(1, 1).rows[0].cells[0].text = "{% if chu %}trong"
    document.add_paragraph("ngoài {% endif %}")
    with pytest.raises(TemplateFaulty, match=re.escape("viết {%p …%}")):
        render(word_files.saved(document), {"chu": ""}, AT)


def test_what_is_no_word_file_is_a_fault() -> None:
    for data in (b"", b"PK", b"x" * 1000, word_files.packed({"a.txt": b"a"})):
        with pytest.raises(TemplateFaulty, match="hỏng"):
            render(data, {}, AT)


def test_tables_and_cells_that_statements_emptied_are_made_whole() -> None:
    document = Document()
    table = document.add_table(3, 1)
    for row, text in zip(table.rows, ("{%tr for h in dong %}", "{{ h }}", "{%tr endfor %}"), strict=True):
        row.cells[0].text = text
    cell = document.add_table(1, 1).rows[0].cells[0]
    cell.text = "{%p if chu %}"
    cell.add_paragraph("có")
    cell.add_paragraph("{%p endif %}")
    filled = word_files.opened(render(word_files.saved(document), {"dong": [], "chu": ""}, AT))
    (left,) = filled.tables
    assert [child.tag for child in left.rows[0].cells[0]._tc][-1] == qn("w:p")
    assert left.rows[0].cells[0].text == ""
