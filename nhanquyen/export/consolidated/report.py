"""The consolidated report as plain data for its template, gathered in one pass over the units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nhanquyen.directive import Directive, Item
from nhanquyen.export.combined.about import About
from nhanquyen.export.combined.record import Case, ReadAnswers, cases, changed_note
from nhanquyen.export.consolidated import figures as figures_in_words
from nhanquyen.export.consolidated import letter
from nhanquyen.export.consolidated.annex import DOCUMENTS, SENDING, Annex, Annexes
from nhanquyen.export.consolidated.figures import Figures, ItemWords, told_blocks
from nhanquyen.export.consolidated.letter import DocumentWords
from nhanquyen.export.consolidated.passage import Passage, clause, dash, lower, text
from nhanquyen.export.consolidated.voices import Voices
from nhanquyen.overview import Part, Standing, deductions, parts
from nhanquyen.store.models import Overlap
from nhanquyen.store.reports import ReportLine


@dataclass(frozen=True)
class Report:
    """Everything that the template may say; the field names are those of its catalogue."""

    superior: str
    issuer: str
    symbol: str
    place_and_day: str
    title: str
    addressees: list[str]
    notices: list[str]
    grounds: list[str]
    opening: list[str]
    carrying_out: list[Passage]
    results: list[Passage]
    outstanding: list[Passage]
    difficulties: list[Passage]
    causes: list[Passage]
    plans: list[Passage]
    proposals: list[Passage]
    closing: str
    copies: list[str]
    position: str
    attached: str
    moment: str
    annexes: list[Annex]


class _Gathering:
    """What the units say, heard one after another."""

    def __init__(self, directive: Directive, grouped: Sequence[Part], about: About) -> None:
        lines = [line for part in grouped for line in part.lines]
        self.voices = Voices(directive)
        self.documents = DocumentWords(directive)
        self.items = {item.key: ItemWords(item) for item in directive.items}
        self.annexes = Annexes(directive, lines, about)
        self.reasons: dict[str, dict[str, str]] = {item.key: {} for item in directive.items}
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
                self.reasons[words.item.key][case.line.name] = f" (lý do: {str(why).rstrip('. ')})"


def _gathered(directive: Directive, grouped: Sequence[Part], read_answers: ReadAnswers, about: About) -> _Gathering:
    found = _Gathering(directive, grouped, about)
    in_scope = [line for part in grouped for line in part.lines if about.scope.counts(line)]
    answers = iter(read_answers([line.report_id for line in in_scope]))
    for part in grouped:
        found.annexes.begin(part)
        for case in cases(directive, part.lines, answers, about.scope, about.made_at):
            found.add(case)
        found.annexes.end(part)
    return found


def context(
    directive: Directive,
    lines: Sequence[ReportLine],
    read_answers: ReadAnswers,
    overlaps: Iterable[Overlap],
    about: About,
) -> Report:
    """The report of *lines*. *read_answers* is asked once, for the reports in scope, and may give them one by one."""
    overlaps = list(overlaps)
    less = deductions(overlaps, lines, about.scope)
    grouped = parts(directive, lines)
    figures = Figures(grouped, about.scope, less)
    found = _gathered(directive, grouped, read_answers, about)
    told, voices = directive.consolidated, found.voices
    return Report(
        superior=told.superior.upper(),
        issuer=directive.issuer.upper(),
        symbol=told.symbol,
        place_and_day=letter.place_and_day(directive, about),
        title=letter.title(directive),
        addressees=list(told.addressees),
        notices=[changed_note(found.changed)] if found.changed else [],
        grounds=letter.grounds(directive),
        opening=letter.opening(directive, grouped, about),
        carrying_out=_carrying_out(directive, grouped, found, figures, about),
        results=_results(directive, lines, found, figures, overlaps, about),
        outstanding=voices.part(told.results, "kết quả nổi bật"),
        difficulties=voices.part(told.difficulties, "khó khăn, vướng mắc"),
        causes=voices.part(told.causes, "nguyên nhân"),
        plans=voices.part(told.plans, "phương hướng, nhiệm vụ"),
        proposals=voices.part(told.proposals, "kiến nghị, đề xuất"),
        closing=_closing(directive),
        copies=list(told.copies),
        position=directive.signer.upper(),
        attached=letter.attached(directive, about),
        moment=about.state(lines),
        annexes=found.annexes.finished(figures),
    )


def _closing(directive: Directive) -> str:
    to = "; ".join(directive.consolidated.addressees)
    return f"Trên đây là báo cáo {lower(letter.title(directive))}, kính trình {to}./."


def _carrying_out(
    directive: Directive, grouped: Sequence[Part], found: _Gathering, figures: Figures, about: About
) -> list[Passage]:
    """I. What the issuer and the units did to carry the directive out, and who has reported."""
    said = [letter.asking(directive, about), clause("1. Văn bản triển khai của các đơn vị")]
    said += found.documents.told(figures, found.annexes.label(DOCUMENTS))
    said.append(clause("2. Hình thức triển khai khác"))
    said += found.voices.part(directive.consolidated.other_ways, "hình thức triển khai khác")
    said.append(clause(f"3. Tình hình gửi báo cáo (chi tiết tại {found.annexes.label(SENDING)})"))
    said += letter.by_status(grouped)
    return said


def _results(
    directive: Directive,
    lines: Sequence[ReportLine],
    found: _Gathering,
    figures: Figures,
    overlaps: Iterable[Overlap],
    about: About,
) -> list[Passage]:
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
    once = list(letter.counted_once(directive, overlaps, lines, about))
    if once:
        said.append(clause(f"{number + 1}. Hoạt động nhiều đơn vị cùng báo cáo, được tính một lần"))
        said += once
    return said


def _of_item(
    directive: Directive,
    item: Item,
    lines: Sequence[ReportLine],
    found: _Gathering,
    figures: Figures,
    about: About,
) -> list[Passage]:
    said = list(letter.standings(item, lines, about, found.reasons[item.key]))
    if not any(about.scope.counts(line) and line.standings[item.key] == Standing.DONE for line in lines):
        return [*said, dash("Chưa có đơn vị nào trong phạm vi số liệu báo cáo hoạt động của nội dung này.")]
    if told_blocks(directive, item):
        said.append(text(f"Kết quả cụ thể (số liệu từng đơn vị tại {found.annexes.label(item.key)}):"))
    said += figures_in_words.passages(directive, found.items[item.key], figures)
    said += found.voices.of_item(item.key, directive.consolidated.texts)
    return said
