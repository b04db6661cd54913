"""One unit's report in Word: what its print view says, ready to be signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated

from nhanquyen.directive import (
    BUILT_IN,
    SINGLE_ROW,
    STATUS_BLOCK,
    BlockKind,
    Directive,
    Field,
    Kind,
    load_directive,
)
from nhanquyen.directive.values import Stored
from nhanquyen.export.document import Fact, Letterhead, Line, Passage, Place, Section, document, letterhead
from nhanquyen.export.word.catalogue import Says, WordKind
from nhanquyen.export.word.paper import Paper, day_or_blank, paragraphs
from nhanquyen.form.answers import NONE, Answers, Respondent, Row
from nhanquyen.overview import Standing

WHOLE_REPORT: Place = ("", "", "")
BLANK_NUMBER = "……/BC-……"


@dataclass(frozen=True)
class Sender:
    """The unit that reports; *place* is what stands before the date, blank for the round's own."""

    name: str
    place: str


@dataclass(frozen=True)
class Figure:
    """One counted or short answer."""

    label: Annotated[str, Says("ten", "Tên chỉ tiêu")]
    code: Annotated[str, Says("ma", "Mã chỉ tiêu trong biểu")]
    value: Annotated[str, Says("gia_tri", "Câu trả lời")]
    unit: Annotated[str, Says("don_vi_tinh", "Đơn vị tính; trống nếu không có")]
    part: Annotated[bool, Says("trong_do", "Có, nếu là phần “trong đó” của chỉ tiêu trên")]


@dataclass(frozen=True)
class Opinion:
    """One answer in whole paragraphs."""

    label: Annotated[str, Says("ten", "Tên chỉ tiêu")]
    paragraphs: Annotated[tuple[str, ...], Says("doan", "Từng đoạn của câu trả lời")]


@dataclass(frozen=True)
class TableCell:
    """One cell of a table."""

    value: Annotated[str, Says("gia_tri", "Nội dung ô; trống nếu chưa trả lời")]
    number: Annotated[bool, Says("la_so", "Có, nếu ô là số")]


@dataclass(frozen=True)
class TableLine:
    """One row of a table."""

    name: Annotated[str, Says("ten", "Số thứ tự hoặc tên dòng")]
    cells: Annotated[tuple[TableCell, ...], Says("o", "Các ô của dòng, theo thứ tự cột")]
    files: Annotated[str, Says("minh_chung", "Tên các tệp minh chứng của dòng")]


@dataclass(frozen=True)
class Part:
    """One part of an item: figures, texts or a table."""

    number: Annotated[int, Says("so", "Số thứ tự của phần")]
    title: Annotated[str, Says("ten", "Tên phần")]
    figures: Annotated[tuple[Figure, ...], Says("so_lieu", "Các chỉ tiêu ngắn đã trả lời")]
    opinions: Annotated[tuple[Opinion, ...], Says("y_kien", "Các chỉ tiêu trả lời bằng đoạn văn")]
    corner: Annotated[str, Says("cot_dau", "Tiêu đề cột đầu của bảng")]
    headings: Annotated[tuple[str, ...], Says("cot", "Tiêu đề các cột sau của bảng")]
    lines: Annotated[tuple[TableLine, ...], Says("bang", "Các dòng của bảng; không có bảng thì trống")]
    sums: Annotated[tuple[str, ...], Says("cong", "Cộng từng cột; trống nếu bảng không cộng")]
    proved: Annotated[bool, Says("co_minh_chung", "Có, nếu ít nhất một dòng của bảng có minh chứng")]


@dataclass(frozen=True)
class ItemPart:
    """One item of the dispatch."""

    numeral: Annotated[str, Says("so_la_ma", "Số La Mã của nội dung")]
    number: Annotated[int, Says("so", "Số của nội dung")]
    title: Annotated[str, Says("ten", "Tên nội dung")]
    standing: Annotated[str, Says("tinh_trang", "“Không có hoạt động” hoặc “Không thuộc trách nhiệm”; có thì trống")]
    reason: Annotated[tuple[str, ...], Says("ly_do", "Lý do không có hoạt động, từng đoạn")]
    parts: Annotated[tuple[Part, ...], Says("phan", "Các phần của nội dung có câu trả lời")]
    explanation: Annotated[tuple[str, ...], Says("giai_trinh", "Giải trình số liệu, từng đoạn")]


@dataclass(frozen=True)
class UnitReport(Paper):
    """The context of the template."""

    unit_name: Annotated[str, Says("don_vi", "Tên đơn vị báo cáo")]
    opening: Annotated[str, Says("mo_dau", "Câu mở đầu")]
    items: Annotated[tuple[ItemPart, ...], Says("noi_dung", "Các nội dung của công văn")]
    files: Annotated[str, Says("minh_chung", "Tên các tệp minh chứng chung")]
    closing: Annotated[str, Says("ket_thuc", "Câu kết thúc, chưa có “./.”")]


Files = Mapping[Place, Sequence[str]]
"""The names of the files at each place of a report; those of the report itself under `WHOLE_REPORT`."""


def unit_report(
    directive: Directive,
    answers: Answers,
    respondent: Respondent,
    unit: Sender,
    files: Files = MappingProxyType({}),
) -> UnitReport:
    """The report of *unit* as *answers* tell it. As on the print view's paper, nothing unanswered is in it."""
    unit_name = unit.name
    head = letterhead(directive, answers, unit.name, respondent.group, unit.place)
    asked = f"Công văn số {directive.number} ngày {directive.issued_on:%d/%m/%Y} của {directive.issuer}"
    about = directive.title.removeprefix("V/v ")
    return UnitReport(
        superior=head.superior,
        issuer=head.issuer,
        number=head.number or BLANK_NUMBER,
        place=head.place,
        day=day_or_blank(head.signed_on, directive.deadline.year),
        summary=f"Kết quả thực hiện {asked}",
        addressees=(f"{directive.issuer} (qua {directive.receiver})",),
        authority=head.authority,
        signer=head.signer,
        recipients=_recipients(directive, head),
        unit_name=unit_name,
        opening=f"Thực hiện {asked} về việc {about}, {unit_name} báo cáo kết quả như sau:",
        items=tuple(_item(section, files) for section in document(directive, answers, respondent)),
        files=", ".join(files.get(WHOLE_REPORT, ())),
        closing=f"Trên đây là báo cáo kết quả thực hiện Công văn số {directive.number} của {unit_name}",
    )


def _recipients(directive: Directive, head: Letterhead) -> tuple[str, ...]:
    above = (head.superior,) if head.superior else ()
    return (directive.receiver, *above, "Lưu: VT")


ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


def roman(number: int) -> str:
    """*number*, from 1 to 39, in Roman numerals."""
    return "X" * ((number - 1) // 10) + ROMAN[(number - 1) % 10]


def _item(section: Section, files: Files) -> ItemPart:
    told = [passage for passage in section.passages if _says_something(passage)]
    return ItemPart(
        numeral=roman(section.item.number),
        number=section.item.number,
        title=section.item.title,
        standing="" if section.standing is Standing.DONE else section.standing.label,
        reason=paragraphs(section.reason),
        parts=tuple(_part(number, passage, files) for number, passage in enumerate(told, 1)),
        explanation=paragraphs(section.explanation),
    )


def _on_paper(passage: Passage) -> list[Fact]:
    return [fact for fact in passage.facts if fact.text and not fact.aside]


def _says_something(passage: Passage) -> bool:
    return bool(passage.grid.lines and passage.grid.headings if passage.grid else _on_paper(passage))


def _part(number: int, passage: Passage, files: Files) -> Part:
    facts, grid = _on_paper(passage), passage.grid
    return Part(
        number=number,
        title=passage.title,
        figures=() if passage.narrative else tuple(map(_figure, facts)),
        opinions=tuple(Opinion(f.label, paragraphs(f.text)) for f in facts) if passage.narrative else (),
        corner=grid.corner if grid else "",
        headings=grid.headings if grid else (),
        lines=tuple(_line(line, files) for line in grid.lines) if grid else (),
        sums=grid.sums if grid else (),
        proved=any(files.get(line.place) for line in grid.lines) if grid else False,
    )


def _figure(fact: Fact) -> Figure:
    return Figure(fact.label, fact.code, fact.text, fact.unit, fact.part)


def _line(line: Line, files: Files) -> TableLine:
    cells = tuple(TableCell(cell.text, cell.kind is Kind.COUNT) for cell in line.cells)
    return TableLine(line.name, cells, ", ".join(files.get(line.place, ())))


def _example(field: Field, number: int) -> Stored:
    """A likely answer to *field*, for the sample."""
    if field.kind is Kind.COUNT:
        return 7 * number + 1200 * (number % 3 == 0)
    if field.kind is Kind.DATE:
        return f"2023-12-{number % 20 + 1:02d}"
    if field.kind is Kind.CHOICE:
        return next(iter(field.choices))
    if field.kind is Kind.TICK:
        return True
    if field.kind is Kind.PARAGRAPH:
        return f"{field.label}: đã thực hiện theo kế hoạch & hướng dẫn.\nĐoạn thứ hai của câu trả lời."
    return f"{field.label} (ví dụ {number})"


def _signed(directive: Directive) -> dict[str, Stored]:
    """Likely answers to the questions of number, day and signer, by path."""
    signing = directive.signing
    return {
        signing.number: "15/BC-VHTT",
        signing.signed_on: "2023-12-05",
        signing.position: "Phó Trưởng phòng",
        signing.signer: "Nguyễn Thị Bình",
    }


def _sample_answers(directive: Directive) -> Answers:
    """Every question answered, but for the last item that may be left out, which has a reason instead."""
    answers, signed = Answers(), _signed(directive)
    left_out = [item for item in directive.items if item.may_be_empty][-1:]
    for item in directive.items:
        status = {"trang_thai": NONE, "ly_do": "Trong kỳ không phát sinh."} if item in left_out else {}
        said: dict[str, Stored] = {**status, item.explanation.key: "Số liệu tăng do lồng ghép với hội nghị của khóm."}
        answers.put(item.key, STATUS_BLOCK, Row(SINGLE_ROW, said))
        for block in item.answered_blocks:
            keys = [row.key for row in block.rows] if block.kind is BlockKind.MATRIX else ["r1", "r2"]
            for key in [SINGLE_ROW] if block.single else keys:
                values = {each.key: _example(each, number) for number, each in enumerate(block.fields, 1)}
                values |= {key: signed[path] for key in values if (path := f"{item.key}.{key}") in signed}
                answers.put(item.key, block.key, Row(key, values))
    return answers


def _samples() -> tuple[UnitReport, UnitReport]:
    directive = load_directive(BUILT_IN)
    group = next(iter(directive.superiors))
    duties = Respondent(group, frozenset(item.key for item in directive.items))
    answers = _sample_answers(directive)
    table = next(block for block in directive.items[0].blocks if block.kind is BlockKind.TABLE)
    files = {
        WHOLE_REPORT: ("ban ky.pdf",),
        (directive.items[0].key, table.key, "r1"): ("hoi nghi.jpg", "danh sach.pdf"),
    }
    full = unit_report(directive, answers, duties, Sender("Phòng Văn hóa và Thông tin", ""), files)
    nothing = unit_report(directive, Answers(), Respondent(""), Sender("Ủy ban nhân dân Phường 1", "Phường 1"))
    return full, nothing


UNIT = WordKind("unit", "Báo cáo của đơn vị", UnitReport, _samples)
