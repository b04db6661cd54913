"""Builds the template of a unit's own report; its fields are those of ``nhanquyen.export.word.unit``."""

from __future__ import annotations

import layout
from docx.document import Document as Doc
from layout import BODY, CELL, CELL_HEAD, CELL_NUMBER, CELL_TOTAL, CLAUSE, PART

KEY, TITLE = "unit", "Mẫu báo cáo của đơn vị"


def build() -> Doc:
    """The template, see `layout`."""
    document = layout.new_document()
    layout.letterhead(document)
    layout.title(document, "BÁO CÁO")
    layout.addressees(document)
    layout.say(document, BODY, "{{ mo_dau }}")
    layout.statement(document, "for muc in noi_dung")
    layout.say(document, PART, "{{ muc.so_la_ma }}. {{ muc.ten|upper }}")
    _standing(document)
    layout.statement(document, "for phan in muc.phan")
    _passage(document)
    layout.statement(document, "endfor")
    layout.statement(document, "if muc.giai_trinh")
    layout.say(document, CLAUSE, "Giải trình số liệu")
    layout.each(document, "doan in muc.giai_trinh", BODY, "{{ doan }}")
    layout.statement(document, "endif")
    layout.statement(document, "endfor")
    layout.statement(document, "if minh_chung")
    layout.say(document, BODY, "Minh chứng chung: {{ minh_chung }}.")
    layout.statement(document, "endif")
    layout.closing(document, "{{ ket_thuc }}./.")
    layout.signature(document)
    return document


def _standing(document: Doc) -> None:
    layout.statement(document, "if muc.tinh_trang")
    layout.say(document, BODY, "{{ muc.tinh_trang }}.")
    layout.statement(document, "endif")
    layout.each(document, "doan in muc.ly_do", BODY, "{{ 'Lý do: ' if loop.first }}{{ doan }}")


def _passage(document: Doc) -> None:
    layout.say(document, CLAUSE, "{{ phan.so }}. {{ phan.ten }}")
    layout.statement(document, "for so_lieu in phan.so_lieu")
    line = "{{ '+' if so_lieu.trong_do else '-' }} {{ so_lieu.ten }}: {{ so_lieu.gia_tri }}"
    layout.say(document, BODY, line + "{{ ' ' ~ so_lieu.don_vi_tinh if so_lieu.don_vi_tinh }}.")
    layout.statement(document, "endfor")
    layout.statement(document, "for y in phan.y_kien")
    layout.say(document, BODY, "- {{ y.ten }}:").paragraph_format.keep_with_next = True
    layout.each(document, "doan in y.doan", BODY, "{{ doan }}")
    layout.statement(document, "endfor")
    layout.statement(document, "if phan.bang")
    _table(document)
    layout.say(document, BODY)
    layout.statement(document, "endif")


def _table(document: Doc) -> None:
    """As many columns as the block has; figures to the right, words to the left."""
    head = [
        (CELL_HEAD, "{{ phan.cot_dau }}"),
        (CELL_HEAD, "{%tc for cot in phan.cot %}"),
        (CELL_HEAD, "{{ cot }}"),
        (CELL_HEAD, "{%tc endfor %}"),
        *_if_proved(CELL_HEAD, "Minh chứng"),
    ]
    row = [
        (CELL, "{{ dong.ten }}"),
        (CELL, "{%tc for o in dong.o %}"),
        (CELL, "{%tc if o.la_so %}"),
        (CELL_NUMBER, "{{ o.gia_tri }}"),
        (CELL, "{%tc else %}"),
        (CELL, "{{ o.gia_tri }}"),
        (CELL, "{%tc endif %}"),
        (CELL, "{%tc endfor %}"),
        *_if_proved(CELL, "{{ dong.minh_chung }}"),
    ]
    total = [
        (CELL_TOTAL, "Cộng"),
        (CELL, "{%tc for tong in phan.cong %}"),
        (CELL_TOTAL, "{{ tong }}"),
        (CELL, "{%tc endfor %}"),
        *_if_proved(CELL, ""),
    ]
    lines = [
        head,
        [(CELL, "{%tr for dong in phan.bang %}")],
        row,
        [(CELL, "{%tr endfor %}")],
        [(CELL, "{%tr if phan.cong %}")],
        total,
        [(CELL, "{%tr endif %}")],
    ]
    layout.grid(document, [layout.TEXT_WIDTH / len(row)] * len(row), lines, fitted=True)


def _if_proved(style: str, text: str) -> list[tuple[str, str]]:
    return [(CELL, "{%tc if phan.co_minh_chung %}"), (style, text), (CELL, "{%tc endif %}")]


if __name__ == "__main__":
    layout.write(build(), KEY, TITLE)
