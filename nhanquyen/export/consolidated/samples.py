"""Two made-up reports, to try a template on: one in which everything stands, one of a round without units."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from nhanquyen.clock import VIETNAM, end_of_day
from nhanquyen.directive import BUILT_IN, load_directive
from nhanquyen.export.combined.about import About
from nhanquyen.export.combined.sheet import LESS_LABEL
from nhanquyen.export.consolidated.annex import Annex, Grid, Head, Line, Tone
from nhanquyen.export.consolidated.passage import clause, dash, plus, point, text
from nhanquyen.export.consolidated.report import Report, context
from nhanquyen.overview import Scope
from nhanquyen.overview.overlaps import CountedOnce

_UNIT = "Phòng Nội vụ"


def samples() -> tuple[Report, Report]:
    """A full report and an empty one, of the built-in directive."""
    directive = load_directive(BUILT_IN)
    made_at = datetime(2023, 12, 25, 9, 0, tzinfo=VIETNAM)
    about = About(
        round_title="Đợt mẫu", scope=Scope.ACCEPTED, made_at=made_at, made_by="Đội Tổng hợp",
        opened_at=end_of_day(directive.issued_on), due_at=end_of_day(directive.deadline),
    )  # fmt: skip
    empty = context(directive, [], lambda ids: (), CountedOnce(), about)
    said = (dash("Đã tổ chức hội nghị quán triệt.", _UNIT), text("Không có gì thêm (1 đơn vị): Phòng Tư pháp."))
    full = replace(
        empty,
        signer="Nguyễn Văn A",
        addressees=(*empty.addressees, "Công an tỉnh Trà Vinh"),
        notices=("Báo cáo của PNV thay đổi trong lúc xuất tệp. Hãy xuất lại để có số liệu khớp nhau.",),
        carrying_out=(clause("1. Văn bản triển khai của các đơn vị"), *said),
        results=(
            clause("1. Thông tin, tuyên truyền về quyền con người"),
            point("a) Cuộc tuyên truyền và phát thanh"),
            dash("Số cuộc tuyên truyền: 1.234 cuộc (phòng, ban, ngành: 234; xã, phường: 1.000)."),
            plus("KH1. “Chào mừng Kỷ niệm”: 20 đơn vị."),
            *said,
        ),
        outstanding=said,
        difficulties=said,
        causes=said,
        plans=said,
        proposals=said,
        annexes=(_annex(),),
    )
    return full, empty


def _annex() -> Annex:
    lines = (
        Line(Tone.PART, "A", "Phòng, ban, ngành", ()),
        Line(Tone.UNIT, "1", _UNIT, ("1.234", "x", "20")),
        Line(Tone.LESS, "", LESS_LABEL, ("-4", "", "")),
        Line(Tone.SUM, "", "Cộng phòng, ban, ngành", ("1.230", "", "20")),
        Line(Tone.TOTAL, "", "Tổng cộng", ("1.230", "", "20")),
    )
    numbers = Grid(
        title="Biểu 01. Kết quả chính",
        measure="Đơn vị tính: ghi ở từng cột",
        over=(Head("Nội dung 1", 2), Head("Ghi chú", tall=True)),
        heads=(Head("1.1 Số cuộc tuyên truyền (cuộc)"), Head("1.3 Số lượt (lượt người)"), Head("Ghi chú", tall=True)),
        numbers=("(1)", "(2)", "(3)", "(4)", "(5)"),
        lines=lines,
        after_number=4,
        words=False,
    )
    words = Grid(
        title="Biểu 02. Danh mục văn bản",
        measure="",
        over=(),
        heads=(Head("Loại"), Head("Trích yếu")),
        numbers=("(1)", "(2)", "(3)", "(4)"),
        lines=(lines[0], Line(Tone.UNIT, "1", _UNIT, ("Kế hoạch", "Kế hoạch tuyên truyền"))),
        after_number=3,
        words=True,
    )
    return Annex("Phụ lục I", "TỔNG HỢP KẾT QUẢ THỰC HIỆN", (numbers, words), "Ký hiệu: “x” …", ("Đã tiếp nhận: 1",))
