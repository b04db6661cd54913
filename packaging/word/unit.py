"""The template of a unit's own report."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import layout  # beside this file


def build() -> bytes:
    """The template as a file."""
    document = layout.new_document()
    layout.letterhead(
        document,
        "{%p if co_quan_chu_quan %}\n{{ co_quan_chu_quan }}\n{%p endif %}",
        ["{%p for dong in co_quan %}", "{{ dong }}", "{%p endfor %}"],
        "Số: {{ so }}",
        "{{ dia_danh }}, {{ ngay }}",
    )
    layout.title(document, "BÁO CÁO", "{{ trich_yeu }}")
    layout.write(document, "Kính gửi: {{ kinh_gui }}.", align=layout.CENTRE, after=layout.BETWEEN)
    layout.body(document, "{{ mo_dau }}")
    layout.tag(document, "{%p for noi_dung in cac_noi_dung %}")
    layout.part(document, "{{ noi_dung.muc }}. {{ noi_dung.ten }}")
    layout.tag(document, "{%p for doan in noi_dung.cac_doan %}")
    layout.tag(document, "{%p if doan.de_muc %}")
    layout.clause(document, "{{ doan.de_muc }}")
    layout.tag(document, "{%p endif %}")
    layout.tag(document, "{%p for cau in doan.cac_cau %}")
    layout.body(document, "{{ cau }}")
    layout.tag(document, "{%p endfor %}")
    layout.tag(document, "{%p if doan.bang %}")
    layout.grid(document, "doan.bang")
    layout.tag(document, "{%p endif %}")
    layout.tag(document, "{%p endfor %}")
    layout.tag(document, "{%p endfor %}")
    layout.body(document, "{{ ket_thuc }}./.")
    layout.signature(
        document,
        ["{%p for noi in noi_nhan %}", "- {{ noi }}", "{%p endfor %}"],
        ["{%p for dong in chuc_vu_ky %}", "{{ dong }}", "{%p endfor %}"],
        "{{ nguoi_ky }}",
    )
    return layout.to_bytes(document)


if __name__ == "__main__":
    sys.stdout.buffer.write(build())
