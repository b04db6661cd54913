"""An uploaded template is taken only if it is a whole Word file that reaches nowhere and can be filled."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
import word_files
from docx import Document

from nhanquyen.clock import VIETNAM
from nhanquyen.export.word import TemplateFaulty, WordKind
from nhanquyen.export.word.check import LARGEST_FILE, check
from nhanquyen.export.word_kinds import KINDS

AT = datetime(2023, 12, 20, 9, 0, tzinfo=VIETNAM)
UNIT = KINDS["unit"]
GOOD = UNIT.built_in
RELS = "word/_rels/document.xml.rels"
TYPES = "[Content_Types].xml"


def refusal(data: bytes) -> str:
    with pytest.raises(TemplateFaulty) as caught:
        check(UNIT, data, AT)
    return str(caught.value)


def with_part(name: str, content: bytes) -> bytes:
    return word_files.packed({**word_files.parts_of(GOOD), name: content})


def related(kind: str, target: str, mode: str = "") -> bytes:
    """The built-in template with one more relationship."""
    relation = f'<Relationship Id="rId99" Type="http://x/{kind}" Target="{target}"{mode}/></Relationships>'
    return word_files.changed(GOOD, RELS, "</Relationships>", relation)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_built_in_templates_pass(kind: WordKind) -> None:
    check(kind, kind.built_in, AT)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_all_that_the_list_of_fields_says_can_be_written(kind: WordKind) -> None:
    """The list, pasted line by line into a document, is a template that passes: it cannot drift from the context."""
    pasted: list[str] = []
    ends: list[int] = []  # how deep each loop is that is open
    for line in kind.lines():
        while ends and ends[-1] >= line.depth:
            ends.pop()
            pasted.append("{%p endfor %}")
        if line.written and line.written[0].startswith("{%p for") and len(line.written) == 2:
            pasted.append(line.written[0])
            ends.append(line.depth)
        else:
            pasted += line.written
        assert line.meaning
    pasted += ["{%p endfor %}"] * len(ends)
    check(kind, word_files.made(*pasted), AT)
    filled = word_files.lines_of(kind.render(word_files.made(*pasted), kind.samples()[0], AT))
    texts = [line.example.split("\n")[0] for line in kind.lines() if line.example]
    assert len(texts) > len(list(kind.lines())) / 2
    assert not [text for text in texts if not any(text in each for each in filled)]


def test_a_template_that_the_team_edited_passes() -> None:
    document = word_files.opened(GOOD)
    document.add_paragraph("Người lập: {{ nguoi_ky|upper }} ({{ noi_nhan|join(', ') }})")
    check(UNIT, word_files.saved(document), AT)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "Tệp rỗng"),
        (b"%PDF-1.4 x", "không phải tệp Word"),
        (b"PK\x03\x04 rest", "không phải tệp Word"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "kiểu .doc cũ hoặc có đặt mật khẩu"),
        (b"x" * (LARGEST_FILE + 1), "lớn hơn 2 MB"),
        (GOOD[: len(GOOD) // 2], "đã hỏng"),
        (word_files.packed({"xl/workbook.xml": b"<a/>"}), "không phải tệp Word"),
        (word_files.packed({TYPES: b"<a/>", "word/document.xml": b"\x00\x00" * 15_000_000}), "quá lớn khi mở ra"),
        (word_files.packed([(f"word/{n}.xml", b"<a/>") for n in range(500)]), "quá nhiều thành phần"),
        (word_files.made("Một văn bản thường."), "Tệp chưa có trường nào"),
        (word_files.made("{{ don_vi }}" * 4000), "nhiều nhất 3000"),
        (word_files.made("{{ don_vi }} {{ don_vi"), "dấu {{ không có dấu }} theo sau"),
        (word_files.made("{{ don_vi }} {% if don_vi"), "dấu {% không có dấu %} theo sau"),
        (word_files.made("{{ don_vi " + "x" * 600 + "}}"), "dấu {{ không có dấu }} theo sau"),
        (word_files.made("{{ ten_don_vi }}"), "không có trường “ten_don_vi”"),
        (word_files.made("{%p for a in noi_dung %}", "{{ a.tieu_de }}", "{%p endfor %}"), "“a.tieu_de”"),
        (word_files.made("{{ don_vi"  + "}}", "{% for a in range(99999999999) %}{% endfor %}"), "mẫu chỉ dùng được"),
        (word_files.made("{{ don_vi }}" + "{% for a in noi_dung %}" * 15 + "x" + "{% endfor %}" * 15), "quá dài"),
        (word_files.made("{{ don_vi > 3 }}"), "biểu thức không tính được"),
        (word_files.made("{{ don_vi }}" + "{% if don_vi %}" * 900 + "{% endif %}" * 900), "biểu thức không tính được"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_template_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    began = time.monotonic()
    assert reason in refusal(data)
    assert time.monotonic() - began < 20


def test_what_runs_or_reaches_elsewhere_is_refused() -> None:
    assert "macro" in refusal(with_part("word/vbaProject.bin", b"\x00"))
    assert "tệp nhúng" in refusal(with_part("word/embeddings/oleObject1.bin", b"\x00"))
    assert "điều khiển" in refusal(with_part("word/activeX/activeX1.xml", b"<a/>"))
    macros = word_files.changed(GOOD, TYPES, "wordprocessingml.document.main", "wordprocessingml.macroEnabledTemplate")
    assert "macro" in refusal(macros)
    assert ".dotx" in refusal(word_files.changed(GOOD, TYPES, "document.main+xml", "template.main+xml"))
    external = related("hyperlink", "http://ngoai.example/x", ' TargetMode="External"')
    assert "liên kết ra ngoài: “http://ngoai.example/x”" in refusal(external)
    assert "tệp nhúng" in refusal(related("aFChunk", "trang.html"))
    assert "tệp nhúng" in refusal(related("vbaProject", "styles.xml"))


@pytest.mark.parametrize("code", ["DDEAUTO c:\\\\x.exe", " INCLUDETEXT x ", "includepicture x", "LINK Excel.Sheet"])
def test_field_codes_that_fetch_are_refused(code: str) -> None:
    document = word_files.opened(GOOD)
    data = word_files.saved(document)
    data = word_files.changed(
        data, "word/document.xml", "<w:body>", f"<w:body><w:p><w:r><w:instrText>{code}</w:instrText></w:r></w:p>"
    )
    assert "lấy nội dung từ nơi khác" in refusal(data)


def test_a_part_that_is_no_xml_or_declares_entities_is_refused() -> None:
    parts = word_files.parts_of(GOOD)
    broken = {**parts, "word/document.xml": parts["word/document.xml"].replace(b"</w:body>", b"")}
    assert "đã hỏng" in refusal(word_files.packed(broken))
    laughs = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>' + parts["word/styles.xml"].split(b"?>", 1)[1]
    assert "DOCTYPE" in refusal(word_files.packed({**parts, "word/styles.xml": laughs}))


def test_a_fault_in_a_header_is_said_to_be_there() -> None:
    document = Document()
    document.add_paragraph("{{ don_vi }}")
    document.sections[0].header.paragraphs[0].text = "Trang {{ sai }}"
    assert refusal(word_files.saved(document)).startswith("Đầu trang, gần chỗ “Trang {{ sai }}”")


BODY = "<w:body>"


def in_body(xml: str) -> bytes:
    return word_files.changed(GOOD, "word/document.xml", BODY, BODY + xml)


@pytest.mark.parametrize(
    "xml",
    [
        "<w:p><w:r><w:instrText>" + "{{p " * 200_000 + "</w:instrText></w:r></w:p>",
        "<w:p><w:r><w:delText>" + "{{" * 100_000 + "</w:delText></w:r></w:p>",
        '<w:p><w:pPr><w:pStyle w:val="' + "{{p " * 200_000 + '"/></w:pPr></w:p>',
        "<w:p><w:r><w:instrText>{{p </w:instrText></w:r></w:p>" * 20_000,
        "<w:p><w:r><w:t>" + "{ " * 300_000 + "</w:t></w:r></w:p>",
        "<!-- " + "{{ " * 100_000 + " -->",
        "<w:p>" + "{{ " * 100_000 + "</w:p>",
        "<w:p><w:r><w:t>x</w:t></w:r></w:p>" * 60_000,
        "<w:tbl><w:tr>" + "<w:tc><w:p/></w:tc>" * 100_000 + "</w:tr></w:tbl>",
    ],
)
def test_what_would_keep_the_server_busy_is_refused_at_once(xml: str) -> None:
    began = time.monotonic()
    assert refusal(in_body(xml))
    assert time.monotonic() - began < 20


def test_a_code_that_fields_put_together_is_refused() -> None:
    split = "<w:p><w:r><w:instrText>D{# x #}DEAUTO cmd</w:instrText></w:r></w:p>"
    assert "không phải chữ của văn bản" in refusal(in_body(split))


def test_parts_that_could_hide_something_are_refused() -> None:
    parts = word_files.parts_of(GOOD)
    assert "thành phần lạ" in refusal(with_part("word/evil.dat", b"<a/>"))
    hidden = parts["word/styles.xml"].decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert "bảng mã lạ" in refusal(word_files.packed({**parts, "word/styles.xml": hidden}))
