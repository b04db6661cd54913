"""The consolidated report as plain data for its template, gathered in one pass over the units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from nhanquyen.directive import Directive, Item
from nhanquyen.export.combined.about import About
from nhanquyen.export.combined.record import Case, ReadAnswers, cases
from nhanquyen.export.consolidated import figures as figures_in_words
from nhanquyen.export.consolidated import letter
from nhanquyen.export.consolidated.annex import DOCUMENTS, SENDING, TEXTS, Annex, Annexes
from nhanquyen.export.consolidated.figures import Figures, ItemWords, told_blocks
from nhanquyen.export.consolidated.letter import DocumentWords
from nhanquyen.export.consolidated.passage import Passage, clause, dash, lower, text
from nhanquyen.export.consolidated.voices import Voices
from nhanquyen.export.word.catalogue import Says
from nhanquyen.export.word.paper import Paper
from nhanquyen.overview import Part, Standing, parts
from nhanquyen.overview.overlaps import CountedOnce
from nhanquyen.store.reports import ReportLine

Passages = tuple[Passage, ...]


@dataclass(frozen=True)
class Report(Paper):
    """The context of the template."""

    notices: Annotated[tuple[str, ...], Says("luu_y", "Điều cần xem lại trước khi trình ký; thường trống")]
    grounds: Annotated[tuple[str, ...], Says("can_cu", "Các văn bản làm căn cứ, mỗi văn bản một dòng")]
    opening: Annotated[tuple[str, ...], Says("mo_dau", "Số đơn vị được yêu cầu, đã gửi, phạm vi số liệu; từng đoạn")]
    carrying_out: Annotated[Passages, Says("chi_dao", "I. Công tác chỉ đạo, triển khai; tình hình gửi báo cáo")]
    results: Annotated[Passages, Says("ket_qua", "II. Kết quả thực hiện từng nội dung")]
    outstanding: Annotated[Passages, Says("ket_qua_noi_bat", "III.1. Kết quả nổi bật, theo đơn vị")]
    difficulties: Annotated[Passages, Says("kho_khan", "III.2. Khó khăn, vướng mắc, theo đơn vị")]
    causes: Annotated[Passages, Says("nguyen_nhan", "III.3. Nguyên nhân, theo đơn vị")]
    plans: Annotated[Passages, Says("phuong_huong", "IV. Phương hướng, nhiệm vụ, theo đơn vị")]
    proposals: Annotated[Passages, Says("kien_nghi", "V. Kiến nghị, đề xuất, theo đơn vị")]
    closing: Annotated[str, Says("ket_thuc", "Câu kết thúc, chưa có “./.”")]
    attached: Annotated[str, Says("kem_theo", "Dòng “(Kèm theo Báo cáo số …)” ở mỗi phụ lục")]
    moment: Annotated[str, Says("thoi_diem", "Thời điểm và phạm vi của số liệu")]
    annexes: Annotated[tuple[Annex, ...], Says("phu_luc", "Các phụ lục")]


class _Gathering:
    """What the units say, heard one after another."""

    def __init__(self, directive: Directive, grouped: Sequence[Part], about: About) -> None:
        lines = [line for part in grouped for line in part.lines]
        self.voices = Voices(directive)
        self.documents = DocumentWords(directive)
        self.items = {item.key: ItemWords(item) for item in directive.items}
        self.annexes = Annexes(directive, lines, about)
        self.reasons: dict[str, dict[int, str]] = {item.key: {} for item in directive.items}
        self.changed: list[str] = []

    def add(self, case: Case) -> None:
        if case.differs:
            self.changed.append(case.line.code)
        self.voices.add(case)
        self.documents.add(case)
        self.annexes.add(case)
        for words in self.items.values():
            words.add(case)
            if case.standings[words.item.key] is Standing.NONE and (why := case.said(words.item, "ly_do")):
                self.reasons[words.item.key][case.line.report_id] = str(why)


def _gathered(
    directive: Directive, grouped: Sequence[Part], read_answers: ReadAnswers, about: About, figures: Figures
) -> _Gathering:
    found = _Gathering(directive, grouped, about)
    in_scope = [line for part in grouped for line in part.lines if about.scope.counts(line)]
    answers = iter(read_answers([line.report_id for line in in_scope]))
    for part in grouped:
        found.annexes.begin(part)
        for case in cases(directive, part.lines, answers, about.scope, about.made_at):
            found.add(case)
        found.annexes.end(part, figures.taken_off(part))
    return found


def context(
    directive: Directive,
    lines: Sequence[ReportLine],
    read_answers: ReadAnswers,
    once: CountedOnce,
    about: About,
) -> Report:
    """The report of *lines*. *read_answers* is asked once, for the reports in scope, and may give them one by one."""
    grouped = parts(directive, lines)
    figures = Figures(grouped, about.scope, once.less)
    found = _gathered(directive, grouped, read_answers, about, figures)
    told, voices = directive.consolidated, found.voices
    return Report(
        superior=told.superior,
        issuer=(directive.issuer,),
        number=letter.number(directive),
        place=directive.place,
        day=letter.blank_day(about),
        summary=letter.title(directive),
        addressees=told.addressees,
        authority=(directive.signer,),
        signer="",
        recipients=told.copies,
        notices=letter.notices(found.changed, once),
        grounds=letter.grounds(directive),
        opening=tuple(letter.opening(directive, grouped, about)),
        carrying_out=_carrying_out(directive, grouped, found, figures, about),
        results=_results(directive, lines, found, figures, once, about),
        outstanding=voices.part(told.results, "kết quả nổi bật"),
        difficulties=_difficulties(directive, found),
        causes=voices.part(told.causes, "nguyên nhân"),
        plans=voices.part(told.plans, "phương hướng, nhiệm vụ"),
        proposals=voices.part(told.proposals, "kiến nghị, đề xuất"),
        closing=_closing(directive),
        attached=letter.attached(directive, about),
        moment=about.state(lines),
        annexes=found.annexes.finished(),
    )


def _closing(directive: Directive) -> str:
    to = "; ".join(directive.consolidated.addressees)
    return f"Trên đây là báo cáo {lower(letter.title(directive))}, kính trình {to}"


def _difficulties(directive: Directive, found: _Gathering) -> Passages:
    """III.2, with the annex that has all that a unit writes side by side."""
    said = found.voices.part(directive.consolidated.difficulties, "khó khăn, vướng mắc")
    if not found.annexes.has(TEXTS):
        return said
    where = f"Khó khăn, nguyên nhân và kiến nghị của từng đơn vị tại {found.annexes.label(TEXTS)}."
    return (*said, text(where))


def _carrying_out(
    directive: Directive, grouped: Sequence[Part], found: _Gathering, figures: Figures, about: About
) -> Passages:
    """I. What the issuer and the units did to carry the directive out, and who has reported."""
    said = [letter.asking(directive, about), clause("1. Văn bản triển khai của các đơn vị")]
    said += found.documents.told(figures, found.annexes.label(DOCUMENTS))
    said.append(clause("2. Hình thức triển khai khác"))
    said += found.voices.part(directive.consolidated.other_ways, "hình thức triển khai khác")
    said.append(clause(f"3. Tình hình gửi báo cáo (chi tiết tại {found.annexes.label(SENDING)})"))
    said += letter.by_status(grouped)
    return tuple(said)


def _results(
    directive: Directive,
    lines: Sequence[ReportLine],
    found: _Gathering,
    figures: Figures,
    once: CountedOnce,
    about: About,
) -> Passages:
    """II. Every item with figures or texts of its own, then what is counted once."""
    said = [text(f"Số liệu của từng đơn vị tại {found.annexes.label('')} và các phụ lục nêu ở từng nội dung.")]
    number = 0
    elsewhere = directive.consolidated.texts
    for item in directive.items:
        own = [path for path in found.voices.fields if path.startswith(f"{item.key}.") and path not in elsewhere]
        if told_blocks(directive, item) or own:
            number += 1
            said.append(clause(f"{number}. {item.title}"))
            said += _of_item(directive, item, lines, found, figures, about)
    if told_once := list(letter.counted_once(directive, once, lines)):
        said.append(clause(f"{number + 1}. Hoạt động nhiều đơn vị cùng báo cáo, được tính một lần"))
        said += told_once
    return tuple(said)


def _of_item(
    directive: Directive,
    item: Item,
    lines: Sequence[ReportLine],
    found: _Gathering,
    figures: Figures,
    about: About,
) -> Passages:
    said = list(letter.standings(item, lines, about, found.reasons[item.key]))
    told = bool(told_blocks(directive, item))
    if not any(about.scope.counts(line) and line.standings[item.key] == Standing.DONE for line in lines):
        where = f" ({found.annexes.label(item.key)})" if told else ""
        return (*said, dash(f"Chưa có đơn vị nào trong phạm vi số liệu báo cáo hoạt động của nội dung này{where}."))
    if told:
        said.append(text(f"Kết quả cụ thể (số liệu từng đơn vị tại {found.annexes.label(item.key)}):"))
    said += figures_in_words.passages(directive, found.items[item.key], figures)
    said += found.voices.of_item(item.key, directive.consolidated.texts)
    return tuple(said)
