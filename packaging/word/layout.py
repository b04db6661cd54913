"""Nghị định 30/2020/NĐ-CP, Phụ lục I, as building blocks of Word templates: page, letterhead, text, signature, annex.

Sizes in points and lengths in millimetres are those of the decree. The templates are made by the scripts beside this
file and kept in the program; a test makes them anew and compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

FACE = "Times New Roman"
TOP, BOTTOM, LEFT, RIGHT = 20, 20, 30, 15
PAGE_NUMBER_AT = 10  # from the edge of the paper, in the middle of the top margin
INDENT, BETWEEN = 12.7, 6
BODY, SMALL_HEAD, HEAD, COPIES, TABLE = 14, 12, 13, 11, 11
CENTRE, JUSTIFY, START = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY, WD_ALIGN_PARAGRAPH.LEFT
MADE_AT = datetime(2023, 11, 8)  # noqa: DTZ001  # core properties know no zone


def new_document() -> Any:
    """An empty A4 document with the decree's margins and face."""
    document = Document()
    style = document.styles["Normal"]
    _set_face(style.element.get_or_add_rPr())
    style.font.size, style.font.color.rgb = Pt(BODY), RGBColor(0, 0, 0)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    for name in ("created", "modified", "last_printed"):
        setattr(document.core_properties, name, MADE_AT)
    document.core_properties.author = document.core_properties.comments = document.core_properties.title = ""
    _set_page(document.sections[0])
    number_pages(document.sections[0])
    return document


def _set_face(properties: Any) -> None:
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for key in list(fonts.attrib):
        del fonts.attrib[key]
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FACE)


def _set_page(section: Any, landscape: bool = False) -> None:
    width, height = (297, 210) if landscape else (210, 297)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.top_margin, section.bottom_margin = Mm(TOP), Mm(BOTTOM)
    section.left_margin, section.right_margin = Mm(LEFT), Mm(RIGHT)
    section.header_distance = section.footer_distance = Mm(PAGE_NUMBER_AT)


def number_pages(section: Any) -> None:
    """Page numbers from 1 in the middle of the top margin, none on the first page."""
    section.different_first_page_header_footer = True
    section.header.is_linked_to_previous = section.first_page_header.is_linked_to_previous = False
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = CENTRE
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        run = paragraph.add_run()
        run.font.size = Pt(BODY)
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.set(qn("xml:space"), "preserve")
            mark.text = text
        run._r.append(mark)
    numbering = OxmlElement("w:pgNumType")
    numbering.set(qn("w:start"), "1")
    section._sectPr.append(numbering)


def new_section(document: Any, landscape: bool = False) -> Any:
    """A section on a new page, whose pages are counted from 1."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    for old in section._sectPr.findall(qn("w:pgNumType")):
        section._sectPr.remove(old)
    _set_page(section, landscape)
    number_pages(section)
    return section


def write(
    place: Any,
    text: str,
    size: float = BODY,
    *,
    bold: bool = False,
    italic: bool = False,
    align: Any = JUSTIFY,
    indent: float = 0,
    before: float = 0,
    after: float = 0,
    keep: bool = False,
) -> Any:
    """A paragraph in *place* (document or cell); *keep* holds it together with the next one."""
    empty = hasattr(place, "_tc") and len(place.paragraphs) == 1 and not place.paragraphs[0].runs
    paragraph = place.paragraphs[0] if empty else place.add_paragraph()
    paragraph.alignment = align
    form = paragraph.paragraph_format
    form.space_before, form.space_after = Pt(before), Pt(after)
    form.keep_with_next = keep or None
    if indent:
        form.first_line_indent = Mm(indent)
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold or None, italic or None, Pt(size)
    return paragraph


def body(place: Any, text: str) -> Any:
    """A paragraph of the text: justified, its first line indented, 6 points after it."""
    return write(place, text, indent=INDENT, after=BETWEEN)


def tag(place: Any, text: str, size: float = BODY) -> Any:
    """A paragraph that only holds a ``{%p … %}`` and is gone once the template is filled."""
    return write(place, text, size, align=START)


def part(place: Any, text: str) -> Any:
    """The heading of a part: Roman number and title in capitals, bold."""
    return write(place, text, bold=True, indent=INDENT, before=BETWEEN, after=BETWEEN, keep=True)


def clause(place: Any, text: str) -> Any:
    """The heading of a clause (khoản): bold."""
    return write(place, text, bold=True, indent=INDENT, after=BETWEEN, keep=True)


def rule(place: Any, length: float, width: float) -> None:
    """A solid line *length* mm long in the middle of *width* mm: the border of a paragraph drawn in at both sides."""
    paragraph = write(place, "", 2, align=CENTRE)
    form = paragraph.paragraph_format
    form.left_indent = form.right_indent = Mm((width - length) / 2)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(4)
    borders = OxmlElement("w:pBdr")
    line = OxmlElement("w:top")
    for key, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        line.set(qn(f"w:{key}"), value)
    borders.append(line)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr",
    )  # fmt: skip


def columns(document: Any, widths: Sequence[float], rows: int = 1) -> Any:
    """Rows of borderless cells, *widths* mm wide; the table's rows."""
    table = document.add_table(rows=rows, cols=len(widths))
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    _put(table, _margins(0))
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
    return table.rows


# The order in which Word wants the properties of a table.
_IN_ORDER = ("tblStyle", "tblW", "jc", "tblInd", "tblBorders", "tblLayout", "tblCellMar", "tblLook")


def _put(table: Any, element: Any) -> None:
    """Add a property of the table, or put it in the place of the one that is there."""
    properties = table._tbl.tblPr
    for old in properties.findall(element.tag):
        properties.remove(old)
    name = element.tag.split("}")[1]
    properties.insert_element_before(element, *(f"w:{later}" for later in _IN_ORDER[_IN_ORDER.index(name) + 1 :]))


def _margins(side: int) -> Any:
    """Left and right margin of every cell, in twentieths of a point."""
    margins = OxmlElement("w:tblCellMar")
    for name in ("left", "right"):
        margin = OxmlElement(f"w:{name}")
        margin.set(qn("w:w"), str(side))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    return margins


def _borders() -> Any:
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "000000")):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    return borders


ISSUER_WIDTH, NATION_WIDTH = 68, 97  # of the 165 mm between the margins


def letterhead(document: Any, superior: str, issuer: Sequence[str], number: str, day: str, about: str = "") -> None:
    """Issuer and number on the left; country, motto, place and day on the right. *issuer* holds its bold lines.

    A line that holds a tag ``{%p … %}`` is written as it is. *about* stands below the number of a letter ("V/v …").
    """
    head, foot = columns(document, (ISSUER_WIDTH, NATION_WIDTH), rows=2)
    left, right = head.cells
    for text in superior.split("\n") if superior else []:
        write(left, text, SMALL_HEAD, align=CENTRE)
    for text in issuer:
        write(left, text, SMALL_HEAD, bold=True, align=CENTRE)
    rule(left, ISSUER_WIDTH * 0.4, ISSUER_WIDTH)
    write(right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", SMALL_HEAD, bold=True, align=CENTRE)
    write(right, "Độc lập - Tự do - Hạnh phúc", HEAD, bold=True, align=CENTRE)
    rule(right, MOTTO_LENGTH, NATION_WIDTH)
    left, right = foot.cells
    write(left, number, HEAD, align=CENTRE, before=BETWEEN)
    write(right, day, HEAD, italic=True, align=CENTRE, before=BETWEEN)
    if about:
        write(left, about, SMALL_HEAD, align=CENTRE)


MOTTO_LENGTH = 57  # mm: "Độc lập - Tự do - Hạnh phúc" in 13 points bold


def title(document: Any, kind: str, about: str) -> None:
    """The kind of the document and below it what it is about, with a rule."""
    write(document, kind, bold=True, align=CENTRE, before=2 * BETWEEN)
    write(document, about, bold=True, align=CENTRE)
    rule(document, 60, 165)
    write(document, "", 6, align=CENTRE)


def signature(document: Any, copies: Sequence[str], authority: Sequence[str], signer: str) -> None:
    """Who gets copies on the left; on whose behalf, the position, room to sign and the name on the right.

    A line that holds a tag ``{%p … %}`` is written as it is.
    """
    write(document, "", 6)
    left, right = columns(document, (80, 85))[0].cells
    write(left, "Nơi nhận:", SMALL_HEAD, bold=True, italic=True, align=START)
    for text in copies:
        write(left, text, COPIES, align=START)
    for text in authority:
        write(right, text, bold=True, align=CENTRE)
    for _ in range(4):
        write(right, "", align=CENTRE)
    write(right, signer, bold=True, align=CENTRE)


def grid(document: Any, name: str, size: float = TABLE) -> None:
    """A table of what *name* holds: *cot* (headings) and *dong* (rows, each with *o*, its cells).

    The columns share the width by what stands in them; the heading row is repeated on every page.
    """
    table = document.add_table(rows=4, cols=3)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    spread(table)
    headings = (f"{{%tc for cot in {name}.cot %}}", "{{ cot }}", "{%tc endfor %}")
    for cell, text in zip(table.rows[0].cells, headings, strict=True):
        write(cell, text, size, bold=True, align=CENTRE)
    repeat_heading(table.rows[0])
    write(table.rows[1].cells[0], f"{{%tr for dong in {name}.dong %}}", size)
    for cell, text in zip(table.rows[2].cells, ("{%tc for o in dong.o %}", "{{ o }}", "{%tc endfor %}"), strict=True):
        write(cell, text, size, align=START)
    keep_whole(table.rows[2])
    write(table.rows[3].cells[0], "{%tr endfor %}", size)
    write(document, "", BETWEEN)


def spread(table: Any) -> None:
    """Let the table fill the width between the margins and its columns share it by what stands in them."""
    width = OxmlElement("w:tblW")
    width.set(qn("w:type"), "pct")
    width.set(qn("w:w"), "5000")
    for element in (width, _borders(), _margins(57)):
        _put(table, element)
    for row in table.rows:
        for cell in row.cells:
            size = cell._tc.get_or_add_tcPr().get_or_add_tcW()
            size.set(qn("w:type"), "auto")
            size.set(qn("w:w"), "0")


def repeat_heading(row: Any) -> None:
    """Show the row again at the top of every page that the table reaches."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def keep_whole(row: Any) -> None:
    """Never break the row over two pages."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def to_bytes(document: Any) -> bytes:
    """*document* as a file."""
    out = BytesIO()
    document.save(out)
    return out.getvalue()
