"""Building blocks of the Word templates: the layout of Nghị định 30/2020/NĐ-CP, Phụ lục I.

Each script beside this one builds one template; run it in the program's folder to write the file anew::

    PYTHONPATH=. .venv/bin/python packaging/word/unit.py

Texts in the documents are of the styles below, so that whoever edits a template in Word finds them by name. A line
like ``{%p for … %}`` is a paragraph of its own and vanishes when the template is filled.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from docx import Document
from docx.document import Document as Doc
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from nhanquyen.clock import VIETNAM
from nhanquyen.export.word.engine import packed
from nhanquyen.export.word.settle import FITTED_TABLE, RULE_FULL, RULE_HALF

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "nhanquyen" / "export" / "word" / "templates"
FONT = "Times New Roman"
MADE_AT = datetime(
    2023, 11, 8, tzinfo=VIETNAM
)  # of the file's parts: the day of the dispatch, so that they never change

PAGE, MARGINS = (210, 297), {"top": 20, "bottom": 20, "left": 30, "right": 15}
HEADER_DISTANCE = 10  # the page number stands in the top margin
TEXT_WIDTH = PAGE[0] - MARGINS["left"] - MARGINS["right"]
ANNEX_MARGINS = {"top": 20, "bottom": 20, "left": 30, "right": 15}  # the decree's, also across
ANNEX_WIDTH = PAGE[1] - ANNEX_MARGINS["left"] - ANNEX_MARGINS["right"]
LETTERHEAD_WIDTHS = (67, 98)
SIGNATURE_WIDTHS = (80, 85)

_LEFT, _CENTRE, _RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
_BOTH = WD_ALIGN_PARAGRAPH.JUSTIFY
Container = Doc | _Cell


@dataclass(frozen=True)
class Look:
    """How a style looks: size and spaces in points, the indent of the first line in millimetres."""

    size: float
    align: WD_ALIGN_PARAGRAPH = _LEFT
    bold: bool = False
    italic: bool = False
    after: float = 0
    before: float = 0
    first: float = 0
    level: int | None = None  # in Word's outline
    with_next: bool = False


NATION = "NQ Quốc hiệu"
MOTTO = "NQ Tiêu ngữ"
SUPERIOR = "NQ Cơ quan chủ quản"
ISSUER = "NQ Cơ quan ban hành"
NUMBER = "NQ Số, ký hiệu"
PLACE = "NQ Địa danh, thời gian"
KIND = "NQ Tên loại"
SUMMARY = "NQ Trích yếu"
ABOUT = "NQ Trích yếu công văn"
ADDRESSEE = "NQ Kính gửi"
ADDRESSEES = "NQ Kính gửi nhiều nơi"
BODY = "NQ Nội dung"
PART = "NQ Mục"
CLAUSE = "NQ Khoản"
TITLE_OF_TABLE = "NQ Tên bảng"
CELL = "NQ Ô bảng"
CELL_HEAD = "NQ Ô bảng đầu"
CELL_NUMBER = "NQ Ô bảng số"
CELL_TOTAL = "NQ Ô bảng cộng"
AUTHORITY = "NQ Quyền hạn, chức vụ"
SIGNER = "NQ Họ tên người ký"
SENT_TO = "NQ Nơi nhận"
RECIPIENT = "NQ Nơi nhận danh sách"
ANNEX = "NQ Phụ lục"
ANNEX_TITLE = "NQ Tên phụ lục"
ANNEX_WITH = "NQ Kèm theo"
PAGE_NUMBER = "NQ Số trang"
STATEMENT = "NQ Lệnh"

LOOKS = {
    NATION: Look(12, _CENTRE, bold=True),
    MOTTO: Look(13, _CENTRE, bold=True),
    SUPERIOR: Look(12, _CENTRE),
    ISSUER: Look(12, _CENTRE, bold=True),
    NUMBER: Look(13, _CENTRE, before=4),
    PLACE: Look(13, _CENTRE, italic=True, before=4),
    KIND: Look(14, _CENTRE, bold=True, before=18),
    SUMMARY: Look(14, _CENTRE, bold=True),
    ABOUT: Look(12, _CENTRE, before=6),
    ADDRESSEE: Look(14, _CENTRE, before=12, after=12),
    ADDRESSEES: Look(14, _LEFT),
    BODY: Look(14, _BOTH, after=6, first=12.7),
    PART: Look(14, _LEFT, bold=True, before=6, after=6, first=12.7, level=0, with_next=True),
    CLAUSE: Look(14, _LEFT, bold=True, after=6, first=12.7, level=1, with_next=True),
    TITLE_OF_TABLE: Look(13, _CENTRE, bold=True, before=6, after=4, with_next=True),
    CELL: Look(11),
    CELL_HEAD: Look(11, _CENTRE, bold=True),
    CELL_NUMBER: Look(11, _RIGHT),
    CELL_TOTAL: Look(11, _RIGHT, bold=True),
    AUTHORITY: Look(14, _CENTRE, bold=True, with_next=True),
    SIGNER: Look(14, _CENTRE, bold=True),
    SENT_TO: Look(12, bold=True, italic=True),
    RECIPIENT: Look(11),
    ANNEX: Look(14, _CENTRE, bold=True, level=0, with_next=True),
    ANNEX_TITLE: Look(14, _CENTRE, bold=True, with_next=True),
    ANNEX_WITH: Look(14, _CENTRE, italic=True, after=6, with_next=True),
    PAGE_NUMBER: Look(14, _CENTRE),
    STATEMENT: Look(10),
}


def new_document(more: Mapping[str, Look] = MappingProxyType({})) -> Doc:
    """An empty A4 document with the margins, the styles (and those in *more*) and the page number of the decree."""
    document = Document()
    body = document.element.body
    for old in list(body)[:-1]:
        body.remove(old)
    _drop_leftovers(document)
    _set_defaults(document)
    for name, look in (*LOOKS.items(), *more.items()):
        _add_style(document, name, look)
    for name in (RULE_FULL, RULE_HALF):
        _add_rule_style(document, name)
    _add_table_style(document)
    section = document.sections[0]
    _set_page(section, PAGE, MARGINS)
    section.different_first_page_header_footer = True
    _number_pages(section)
    return document


def _drop_leftovers(document: Doc) -> None:
    """python-docx begins with a thumbnail, data and styles of its own; only what a document needs stays."""
    for part in (document.part.package, document.part):
        for key, relation in list(part.rels.items()):
            if relation.reltype.rsplit("/", 1)[1] in ("thumbnail", "customXml", "stylesWithEffects", "numbering"):
                part.rels.pop(key)
    wanted = {"Normal", "Header", "Footer", "Table Grid", "Normal Table", "Default Paragraph Font", "No List"}
    styles = document.styles.element
    for style in list(styles.style_lst):
        if style.name_val not in wanted and style.name_val.title() not in wanted:
            styles.remove(style)


def _set_font(holder: Any) -> None:
    fonts = holder.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)


def _set_defaults(document: Doc) -> None:
    styles = document.styles
    face = styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    face.find(qn("w:rFonts")).attrib.clear()
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        face.find(qn("w:rFonts")).set(qn(f"w:{script}"), FONT)
    for name in ("val", "eastAsia"):
        face.find(qn("w:lang")).set(qn(f"w:{name}"), "vi-VN")
    normal = styles["Normal"]
    normal.font.size = Pt(14)
    _set_font(normal.element)
    form = normal.paragraph_format
    form.space_after = form.space_before = Pt(0)
    form.line_spacing_rule = WD_LINE_SPACING.SINGLE
    form.widow_control = True


def _add_style(document: Doc, name: str, look: Look) -> None:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.quick_style = True
    style.font.size, style.font.bold, style.font.italic = Pt(look.size), look.bold, look.italic
    size = OxmlElement("w:szCs")
    size.set(qn("w:val"), str(round(look.size * 2)))
    style.element.rPr.find(qn("w:sz")).addnext(size)
    _set_font(style.element)
    form = style.paragraph_format
    form.alignment = look.align
    form.space_before, form.space_after = Pt(look.before), Pt(look.after)
    form.first_line_indent = Mm(look.first)
    form.keep_with_next = look.with_next or None
    if look.level is not None:
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), str(look.level))
        style.element.pPr.append(level)


def _add_rule_style(document: Doc, name: str) -> None:
    """An empty paragraph of 3 points with a line above it; how long it is, is set when the template is filled."""
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.font.size = Pt(2)
    form = style.paragraph_format
    form.alignment, form.line_spacing = _CENTRE, Pt(3)
    form.space_before = Pt(2)
    border = OxmlElement("w:pBdr")
    line = OxmlElement("w:top")
    for key, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        line.set(qn(f"w:{key}"), value)
    border.append(line)
    style.element.pPr.insert(0, border)


def _add_table_style(document: Doc) -> None:
    """A table with borders whose columns are shared out anew when the template is filled."""
    style = document.styles.add_style(FITTED_TABLE, WD_STYLE_TYPE.TABLE)
    style.base_style = document.styles["Table Grid"]


def _set_page(section: Section, size: tuple[float, float], margins: dict[str, float]) -> None:
    section.page_width, section.page_height = Mm(size[0]), Mm(size[1])
    section.orientation = WD_ORIENT.LANDSCAPE if size[0] > size[1] else WD_ORIENT.PORTRAIT
    for side, width in margins.items():
        setattr(section, f"{side}_margin", Mm(width))
    section.gutter = Mm(0)
    section.header_distance = section.footer_distance = Mm(HEADER_DISTANCE)


def _number_pages(section: Section) -> None:
    """The page number in the top margin, from page 2 on; the first page has a header of its own, which is empty."""
    section.first_page_header.is_linked_to_previous = False
    header = section.header
    header.is_linked_to_previous = False
    number = header.paragraphs[0]
    number.style = PAGE_NUMBER
    for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), ("shown", "2"), ("end", "")):
        run = number.add_run(text if kind == "shown" else "")
        if kind in ("begin", "separate", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif not kind:
            code = OxmlElement("w:instrText")
            code.text = f" {text} "
            run._r.append(code)
    _set_first_number(section)


def _set_first_number(section: Section) -> None:
    start = OxmlElement("w:pgNumType")
    start.set(qn("w:start"), "1")
    section._sectPr.find(qn("w:pgMar")).addnext(start)


# --- Paragraphs ----------------------------------------------------------------------------------


def say(where: Container, style: str, text: str = "") -> Paragraph:
    """A paragraph of *style*. In a cell the first one takes the place of the empty one that every cell has."""
    if isinstance(where, _Cell) and len(where.paragraphs) == 1 and not where.paragraphs[0].text:
        first = where.paragraphs[0]
        if not first._p.xpath("./w:pPr/w:pStyle"):
            first.style = style
            first.add_run(text)
            return first
    return where.add_paragraph(text, style)


def statement(where: Container, text: str) -> Paragraph:
    """A line of the template's language around whole paragraphs: ``statement(doc, "for muc in noi_dung")``."""
    return say(where, STATEMENT, "{%p " + text + " %}")


def each(where: Container, loop: str, style: str, text: str) -> None:
    """A paragraph for each of a list: ``each(doc, "doan in y_kien", BODY, "{{ doan }}")``."""
    statement(where, f"for {loop}")
    say(where, style, text)
    statement(where, "endfor")


def closing(document: Doc, text: str) -> None:
    """The last paragraph of the text, which stays on the page of the signature."""
    say(document, BODY, text).paragraph_format.keep_with_next = True


def rule(where: Container, full: bool = False) -> None:
    """The line under the paragraph before: as long as its text, or from a third to a half of it."""
    say(where, RULE_FULL if full else RULE_HALF)


# --- Parts of the document -----------------------------------------------------------------------


def columns(document: Doc, widths: Sequence[float], rows: int = 1) -> Table:
    """A table without borders and margins, its columns *widths* millimetres wide."""
    table = document.add_table(rows, len(widths))
    _fix_widths(table, widths)
    table._tbl.tblPr.append(_margins(0))
    return table


def _margins(width: float) -> Any:
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        one = OxmlElement(f"w:{side}")
        one.set(qn("w:w"), str(round(Mm(width).twips)))
        one.set(qn("w:type"), "dxa")
        margins.append(one)
    return margins


def _fix_widths(table: Table, widths: Sequence[float]) -> None:
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def letterhead(document: Doc) -> None:
    """Issuer and number to the left, nation, motto, place and day to the right; number and place on one line."""
    table = columns(document, LETTERHEAD_WIDTHS, rows=2)
    left, right = table.rows[0].cells
    statement(left, "if co_quan_chu_quan")
    say(left, SUPERIOR, "{{ co_quan_chu_quan|upper }}")
    statement(left, "endif")
    each(left, "dong in co_quan_ban_hanh", ISSUER, "{{ dong|upper }}")
    rule(left)
    say(right, NATION, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    say(right, MOTTO, "Độc lập - Tự do - Hạnh phúc")
    rule(right, full=True)
    left, right = table.rows[1].cells
    say(left, NUMBER, "Số: {{ so_ky_hieu }}")
    say(right, PLACE, "{{ dia_danh }}, {{ ngay_thang }}")


def title(document: Doc, kind: str) -> None:
    """What kind of document it is (in capitals), what it is about, and the line below."""
    say(document, KIND, kind)
    say(document, SUMMARY, "{{ trich_yeu }}")
    rule(document)


def about(document: Doc) -> None:
    """What a letter is about, below its number; it stands right after `letterhead`."""
    say(document.tables[-1].rows[-1].cells[0], ABOUT, "{{ trich_yeu }}")


def addressees(document: Doc) -> None:
    """“Kính gửi”: one on the same line, several one below the other."""
    statement(document, "if kinh_gui|length == 1")
    say(document, ADDRESSEE, "Kính gửi: {{ kinh_gui|first }}.")
    statement(document, "else")
    say(document, ADDRESSEE, "Kính gửi:").paragraph_format.space_after = Pt(0)
    statement(document, "for noi in kinh_gui")
    many = say(document, ADDRESSEES, "- {{ noi }}{{ '.' if loop.last else ';' }}")
    many.paragraph_format.left_indent = Mm(60)
    statement(document, "endfor")
    say(document, ADDRESSEE).paragraph_format.space_before = Pt(0)
    statement(document, "endif")


def signature(document: Doc) -> None:
    """Recipients to the left; to the right who signs, room for signature and seal, and the name."""
    table = columns(document, SIGNATURE_WIDTHS)
    left, right = table.rows[0].cells
    say(left, SENT_TO, "Nơi nhận:")
    each(left, "noi in noi_nhan", RECIPIENT, "- {{ noi }}{{ '.' if loop.last else ';' }}")
    each(right, "dong in quyen_han_chuc_vu", AUTHORITY, "{{ dong|upper }}")
    for _ in range(4):
        say(right, AUTHORITY)
    say(right, SIGNER, "{{ nguoi_ky }}")
    _keep_whole(table.rows[0]._tr)


def _keep_whole(row: Any) -> None:
    row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def grid(
    document: Doc,
    widths: Sequence[float],
    rows: Sequence[Sequence[tuple[str, str]]],
    heads: int = 1,
    fitted: bool = False,
) -> Table:
    """A table with borders: *rows* of (style, text), the first *heads* of them repeated on every page.

    Columns are *widths* millimetres wide; of a *fitted* table they are shared out by what stands in them.

    A row around which the template loops stands between rows whose first cell is ``{%tr for … %}`` and
    ``{%tr endfor %}``, cells likewise between ``{%tc for … %}`` and ``{%tc endfor %}``; these vanish.
    """
    table = document.add_table(0, max(map(len, rows)))
    table.style = FITTED_TABLE if fitted else "Table Grid"
    for cells in rows:
        row = table.add_row()
        for cell, (style, text) in zip(row.cells, cells, strict=False):
            say(cell, style, text)
        for spare in row.cells[len(cells) :]:
            row._tr.remove(spare._tc)
        _keep_whole(row._tr)
    for row in table.rows[:heads]:
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row._tr.tc_lst, widths, strict=False):
            cell.width = Mm(width)
    table._tbl.tblPr.append(_margins(1))
    return table


def annex(document: Doc, landscape: bool = True) -> Section:
    """A new section for an annex, A4 across unless told otherwise, its pages numbered from 1."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    if landscape:
        _set_page(section, (PAGE[1], PAGE[0]), ANNEX_MARGINS)
    for old in section._sectPr.findall(qn("w:pgNumType")):
        section._sectPr.remove(old)
    _set_first_number(section)
    section.different_first_page_header_footer = True
    return section


# --- Files ---------------------------------------------------------------------------------------


def file_of(document: Doc, title: str) -> bytes:
    """The bytes of the template, the same every time."""
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by, properties.comments = title, "", "", ""
    properties.created = properties.modified = MADE_AT.replace(tzinfo=None)
    properties.revision = 1
    saved = io.BytesIO()
    document.save(saved)
    return packed(saved.getvalue(), MADE_AT)


def write(document: Doc, key: str, title: str) -> None:
    """Write the template *key* where the program looks for it."""
    TEMPLATES.joinpath(f"{key}.docx").write_bytes(file_of(document, title))
