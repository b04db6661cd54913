"""Builds the template of the Team's consolidated report; its fields are those of ``nhanquyen.export.consolidated``.

The report stands on upright A4, each annex on A4 across in a section of its own.
"""

from __future__ import annotations

from typing import Any

import layout
from docx.document import Document as Doc
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.table import Table
from layout import BODY, CLAUSE, PART, Look

KEY, TITLE = "consolidated", "Mẫu báo cáo tổng hợp"

NOTICE = "NQ Lưu ý"
GROUND = "NQ Căn cứ"
POINT = "NQ Điểm"
FORM = "NQ Tên biểu"
NOTE = "NQ Ghi chú biểu"
HEAD = "NQ Biểu đầu"
NUMBER = "NQ Biểu số"
WORDS = "NQ Biểu chữ"
SUM = "NQ Biểu số cộng"
SUM_NAME = "NQ Biểu chữ cộng"
GROUP = "NQ Biểu nhóm"

LOOKS = {
    NOTICE: Look(12, bold=True, italic=True, after=6),
    GROUND: Look(14, WD_ALIGN_PARAGRAPH.JUSTIFY, italic=True, after=6, first=12.7),
    POINT: Look(14, WD_ALIGN_PARAGRAPH.JUSTIFY, italic=True, after=6, first=12.7, with_next=True),
    FORM: Look(12, bold=True, before=6, after=3, with_next=True),
    NOTE: Look(11, italic=True, before=3),
    HEAD: Look(10, WD_ALIGN_PARAGRAPH.CENTER, bold=True),
    NUMBER: Look(11, WD_ALIGN_PARAGRAPH.CENTER),
    WORDS: Look(11),
    SUM: Look(11, WD_ALIGN_PARAGRAPH.CENTER, bold=True),
    SUM_NAME: Look(11, bold=True),
    GROUP: Look(11, bold=True, with_next=True),
}


def build() -> Doc:
    """The template, see `layout`."""
    document = layout.new_document(LOOKS)
    layout.each(document, "dong in luu_y", NOTICE, "Lưu ý (xóa trước khi trình ký): {{ dong }}")
    layout.letterhead(document)
    layout.title(document, "BÁO CÁO")
    layout.addressees(document)
    layout.each(document, "van_ban in can_cu", GROUND, "{{ van_ban }}{{ '.' if loop.last else ';' }}")
    layout.each(document, "doan in mo_dau", BODY, "{{ doan }}")
    layout.say(document, PART, "I. CÔNG TÁC CHỈ ĐẠO, TRIỂN KHAI")
    _passages(document, "chi_dao")
    layout.say(document, PART, "II. KẾT QUẢ THỰC HIỆN")
    _passages(document, "ket_qua")
    layout.say(document, PART, "III. ĐÁNH GIÁ CHUNG")
    for number, (title, name) in enumerate(
        (("Kết quả nổi bật", "ket_qua_noi_bat"), ("Khó khăn, vướng mắc", "kho_khan"), ("Nguyên nhân", "nguyen_nhan")), 1
    ):
        layout.say(document, CLAUSE, f"{number}. {title}")
        _passages(document, name)
    layout.say(document, PART, "IV. PHƯƠNG HƯỚNG, NHIỆM VỤ THỜI GIAN TỚI")
    _passages(document, "phuong_huong")
    layout.say(document, PART, "V. KIẾN NGHỊ, ĐỀ XUẤT")
    _passages(document, "kien_nghi")
    layout.closing(document, "{{ ket_thuc }}./.")
    layout.signature(document)
    layout.annex(document)
    _annexes(document)
    return document


def _passages(document: Doc, name: str) -> None:
    """The passages of a part, each as it wants to look."""
    layout.statement(document, f"for doan in {name}")
    for statement, style, text in (
        ('if doan.kieu == "khoan"', CLAUSE, "{{ doan.chu }}"),
        ('elif doan.kieu == "diem"', POINT, "{{ doan.chu }}"),
        ('elif doan.kieu == "cong"', BODY, "+ {{ doan.chu }}"),
        ('elif doan.kieu == "gach" and doan.dau_cau', BODY, ""),
        ('elif doan.kieu == "gach"', BODY, "- {{ doan.chu }}"),
        ("else", BODY, "{{ doan.chu }}"),
    ):
        layout.statement(document, statement)
        said = layout.say(document, style, text)
        if not text:  # who speaks is set apart
            said.add_run("- {{ doan.dau_cau }}: ").italic = True
            said.add_run("{{ doan.chu }}")
    layout.statement(document, "endif")
    layout.statement(document, "endfor")


def _annexes(document: Doc) -> None:
    layout.statement(document, "for phu in phu_luc")
    layout.say(document, layout.ANNEX, "{{ phu.so_hieu }}")
    layout.say(document, layout.ANNEX_TITLE, "{{ phu.ten }}")
    layout.say(document, layout.ANNEX_WITH, "{{ kem_theo }}")
    layout.statement(document, "for bieu in phu.bieu")
    title = layout.say(document, FORM, "{{ bieu.ten }}\t")
    title.add_run("{{ bieu.don_vi_tinh }}").font.bold = False
    title.paragraph_format.tab_stops.add_tab_stop(Mm(layout.ANNEX_WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    layout.statement(document, "if bieu.la_chu")
    _form(document, WORDS)
    layout.statement(document, "else")
    _form(document, NUMBER)
    layout.statement(document, "endif")
    layout.statement(document, "endfor")
    layout.each(document, "dong in phu.ghi_chu", NOTE, "{{ dong }}")
    layout.statement(document, "if phu.ky_hieu")
    layout.say(document, NOTE, "{{ phu.ky_hieu }}")
    layout.statement(document, "endif")
    layout.say(document, NOTE, "{{ thoi_diem }}.")
    layout.statement(document, "if not loop.last")
    layout.annex(document)
    layout.statement(document, "endif")
    layout.statement(document, "endfor")


def _form(document: Doc, style: str) -> None:
    """A table of as many columns as it has, *style* for the values of a unit."""
    name = [(HEAD, "STT"), (HEAD, "Tên đơn vị")]
    values = "for o in dong.o"
    rows = [
        _row("if bieu.dau_tren"),
        [*name, *_cells("for dau in bieu.dau_tren", "if dau.cao", (HEAD, "{{ dau.ten }}"), "else",
                        (HEAD, "{% colspan dau.so_cot %}{{ dau.ten }}"), "endif", "endfor")],
        [(HEAD, ""), (HEAD, ""), *_cells("for dau in bieu.dau", "if dau.cao", (HEAD, ""), "else",
                                         (HEAD, "{{ dau.ten }}"), "endif", "endfor")],
        _row("else"),
        [*name, *_cells("for dau in bieu.dau", (HEAD, "{{ dau.ten }}"), "endfor")],
        _row("endif"),
        _cells("for so in bieu.so_cot", (NUMBER, "{{ so }}"), "endfor"),
        _row("for dong in bieu.dong"),
        _row('if dong.loai == "nhom"'),
        [(GROUP, "{{ dong.stt }}"), (GROUP, "{% colspan bieu.sau_stt %}{{ dong.ten }}")],
        _row('elif dong.loai == "don_vi"'),
        [(NUMBER, "{{ dong.stt }}"), (WORDS, "{{ dong.ten }}"), *_cells(values, (style, "{{ o }}"), "endfor")],
        _row("else"),
        [(SUM, ""), (SUM_NAME, "{{ dong.ten }}"), *_cells(values, (SUM, "{{ o }}"), "endfor")],
        _row("endif"),
        _row("endfor"),
    ]  # fmt: skip
    widths = [12, 60, *[(layout.ANNEX_WIDTH - 72) / 7] * 7]
    table = layout.grid(document, widths, rows, heads=0, fitted=True)
    for index in (1, 2, 4, 6):
        table.rows[index]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for index, merge in ((1, "restart"), (2, "continue")):
        cells = table.rows[index]._tr.tc_lst
        for cell in (cells[0], cells[1], cells[4]):
            _merge_down(cell, merge)
    _centre(table)


def _row(statement: str) -> list[tuple[str, str]]:
    """A row that only steers and vanishes."""
    return [(HEAD, "{%tr " + statement + " %}")]


def _cells(*parts: str | tuple[str, str]) -> list[tuple[str, str]]:
    """Cells among statements, which stand in cells that vanish."""
    return [(HEAD, "{%tc " + part + " %}") if isinstance(part, str) else part for part in parts]


def _merge_down(cell: Any, kind: str) -> None:
    merge = OxmlElement("w:vMerge")
    merge.set(qn("w:val"), kind)
    cell.get_or_add_tcPr().append(merge)


def _centre(table: Table) -> None:
    for row in table.rows:
        for cell in row._tr.tc_lst:
            align = OxmlElement("w:vAlign")
            align.set(qn("w:val"), "center")
            cell.get_or_add_tcPr().append(align)


if __name__ == "__main__":
    layout.write(build(), KEY, TITLE)
