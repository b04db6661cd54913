"""One unit's report as a document: its letterhead, then every item with its facts and tables, in words to be read.

The print view draws it. Blank answers are kept and shown as such: a reader must see what was not answered.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, field, replace
from datetime import date

from nhanquyen.directive import Block, Directive, Field, Item, Kind
from nhanquyen.directive.values import as_count, as_date, group_digits, shown
from nhanquyen.form.answers import DONE, Answers, Respondent, Row
from nhanquyen.overview import Standing

COUNCIL = "Ủy ban nhân dân"
Place = tuple[str, str, str]


@dataclass(frozen=True)
class Letterhead:
    """The head and foot of the document. *issuer* has one bold line for an office, two for a people's committee."""

    superior: str
    issuer: tuple[str, ...]
    number: str
    place: str
    signed_on: date | None
    authority: tuple[str, ...]
    signer: str


@dataclass(frozen=True)
class Fact:
    """One answered question; *text* is blank when it was not answered.

    What stands *aside* is for the screen only: on paper the letterhead and the signature say it.
    """

    code: str
    label: str
    text: str
    unit: str = ""
    part: bool = False
    aside: bool = False


@dataclass(frozen=True)
class Cell:
    """One value of a table row."""

    text: str
    kind: Kind


@dataclass(frozen=True)
class Line:
    """One row of a table, with where its evidence lies."""

    name: str
    cells: tuple[Cell, ...]
    place: Place


@dataclass(frozen=True)
class Grid:
    """A table: *corner* heads the column of the row names. Columns that no row answers are only named, in *blank*.

    *sums* stands below prescribed rows: the total of each counted column, a blank below the others.
    """

    corner: str
    headings: tuple[str, ...]
    lines: tuple[Line, ...]
    blank: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()


@dataclass(frozen=True)
class Passage:
    """A block: figures as *facts*, texts as *facts* below their labels (*narrative*), or a *grid*."""

    title: str
    facts: tuple[Fact, ...] = ()
    narrative: bool = False
    grid: Grid | None = None


@dataclass(frozen=True)
class Section:
    """One item: what the unit says of it as a whole, then its passages (none unless it did something)."""

    item: Item
    standing: Standing
    reason: str = ""
    explanation: str = ""
    passages: list[Passage] = field(default_factory=list)


def _signing_item(directive: Directive, path: str) -> Item:
    return directive.by_key[path.split(".")[0]]


def letterhead(directive: Directive, answers: Answers, unit_name: str, group: str, place: str) -> Letterhead:
    """How *unit_name*'s report begins and is signed (Nghị định 30/2020); what is not stated yet is blank."""
    number, signed_on, position, signer = (
        answers.at(_signing_item(directive, path), path)
        for path in (
            directive.signing.number,
            directive.signing.signed_on,
            directive.signing.position,
            directive.signing.signer,
        )
    )
    committee = unit_name.startswith(COUNCIL + " ")
    issuer = (COUNCIL, unit_name.removeprefix(COUNCIL).strip()) if committee else (unit_name,)
    return Letterhead(
        superior=directive.superiors.get(group, ""),
        issuer=issuer,
        number=str(number or ""),
        place=place or directive.place,
        signed_on=as_date(signed_on),
        authority=_authority(str(position or "Thủ trưởng đơn vị"), committee),
        signer=str(signer or ""),
    )


def _authority(position: str, committee: bool) -> tuple[str, ...]:
    """On whose behalf *position* signs, line by line, then the position: a deputy signs for the head."""
    on_behalf = (f"TM. {COUNCIL}",) if committee else ()
    head = position.split(" ", 1)[1] if position.casefold().startswith("phó ") else ""
    return (*on_behalf, *((f"KT. {head}",) if head else ()), position)


def _fact(question: Field, row: Row) -> Fact:
    stored = row.values.get(question.key)
    text = shown(question, stored) if stored is not None or question.kind is Kind.TICK else ""
    unit = question.unit if as_count(stored) is not None else ""
    code = question.code if question.code[:1].isdigit() else ""  # "C4" is a mark of the paper form
    return Fact(code, question.label, text, unit, bool(question.part_of))


def _sum(question: Field, rows: list[Row]) -> str:
    return group_digits(sum(as_count(row.values.get(question.key)) or 0 for row in rows))


def _grid(item: Item, block: Block, rows: list[Row]) -> Grid:
    names = [row.name for row in block.rows] or [str(number) for number in range(1, len(rows) + 1)]
    answered = [each for each in block.fields if any(row.values.get(each.key) is not None for row in rows)]
    return Grid(
        corner=block.row_title if block.rows else "Số TT",
        headings=tuple(each.heading + (f" ({each.unit})" if each.unit else "") for each in answered),
        lines=tuple(
            Line(
                name,
                tuple(Cell(_fact(each, row).text, each.kind) for each in answered),
                (item.key, block.key, row.key),
            )
            for name, row in zip(names, rows, strict=True)
        ),
        sums=tuple(_sum(each, rows) if each in block.counts else "" for each in answered) if block.rows else (),
        blank=tuple(each.heading for each in block.fields if each not in answered) if rows else (),
    )


def _passage(item: Item, block: Block, answers: Answers, aside: tuple[str, ...]) -> Passage:
    rows = answers.rows(item, block)
    if not block.single:
        return Passage(block.title, grid=_grid(item, block, rows))
    narrative = all(each.kind in (Kind.PARAGRAPH, Kind.TICK) for each in block.fields)
    told = [each for each in block.fields if each.kind is not Kind.TICK or rows[0].values.get(each.key)]
    facts = []
    for each in told:
        on_paper_elsewhere = each.kind is Kind.TICK or f"{item.key}.{each.key}" in aside
        facts.append(replace(_fact(each, rows[0]), aside=on_paper_elsewhere))
    return Passage(block.title, tuple(facts), narrative)


def document(directive: Directive, answers: Answers, respondent: Respondent) -> list[Section]:
    """The sections of one report, an item each, in the order of the directive."""
    aside = astuple(directive.signing)
    sections = []
    for item in directive.items:
        said = answers.status_values(item)
        standing = Standing(answers.standing(item, respondent))
        passages = [_passage(item, block, answers, aside) for block in item.answered_blocks] if standing == DONE else []
        reason = str(said.get("ly_do") or "") if standing is Standing.NONE else ""
        sections.append(Section(item, standing, reason, str(said.get(item.explanation.key) or ""), passages))
    return sections
