"""Builds the template of the letter that reminds; its fields are those of ``nhanquyen.export.word.reminder``."""

from __future__ import annotations

from copy import deepcopy

import layout
from docx.document import Document as Doc
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.table import _Cell
from layout import ANNEX_TITLE, ANNEX_WITH, BODY, CELL, CELL_HEAD

KEY, TITLE = "reminder", "Mẫu công văn đôn đốc"
WIDTHS = (12, 64, 46, 43)


def build() -> Doc:
    """The template, see `layout`."""
    document = layout.new_document()
    layout.letterhead(document)
    layout.about(document)
    layout.addressees(document)
    for sentence in ("mo_dau", "tinh_hinh", "de_nghi", "lien_he"):
        layout.say(document, BODY, f"{{{{ {sentence} }}}}")
    layout.say(document, BODY, "{{ ket_thuc }}./.")
    layout.signature(document)
    layout.statement(document, "if danh_sach")
    layout.annex(document, landscape=False)
    _keep_page_number(document)
    _list(document)
    layout.statement(document, "endif")
    return document


def _keep_page_number(document: Doc) -> None:
    """Give the last section the headers of the first, which goes when there is no list, and its headers with it."""
    first, last = document.sections
    for reference in reversed(first._sectPr.findall(qn("w:headerReference"))):
        last._sectPr.insert(0, deepcopy(reference))


def _list(document: Doc) -> None:
    layout.say(document, ANNEX_TITLE, "{{ ten_danh_sach|upper }}")
    layout.say(document, ANNEX_WITH, "{{ kem_theo }}")
    layout.rule(document)
    table = layout.grid(
        document,
        WIDTHS,
        [
            [(CELL_HEAD, "STT"), (CELL_HEAD, "Đơn vị"), (CELL_HEAD, "Hạn gửi"), (CELL_HEAD, "Tình hình")],
            [(CELL, "{%tr for phan in danh_sach %}")],
            [(CELL, "{{ phan.ten }}")],
            [(CELL, "{%tr for don_vi in phan.don_vi %}")],
            [
                (CELL, "{{ don_vi.so }}"),
                (CELL, "{{ don_vi.ten }}"),
                (CELL, "{{ don_vi.han_gui }}"),
                (CELL, "{{ don_vi.tinh_hinh }}"),
            ],
            [(CELL, "{%tr endfor %}")],
            [(CELL, "{%tr endfor %}")],
        ],
    )
    heading = table._tbl.tr_lst[2].tc_lst[0]
    heading.grid_span, heading.width = len(WIDTHS), Mm(sum(WIDTHS))
    _Cell(heading, table).paragraphs[0].runs[0].bold = True


if __name__ == "__main__":
    layout.write(build(), KEY, TITLE)
