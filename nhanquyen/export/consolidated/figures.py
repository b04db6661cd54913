"""The figures of the items in sentences, derived from the definition: a count added there is told here by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from nhanquyen.directive import Block, BlockKind, Directive, Field, Item, Kind
from nhanquyen.directive.values import as_count, group_digits
from nhanquyen.export.combined.record import Case
from nhanquyen.export.consolidated.passage import NO_FIGURES, Passage, dash, lower, number_of, plus, point, without_code
from nhanquyen.overview import Less, Part, Scope, Standing, total
from nhanquyen.text import search_key

WITHIN = "Trong đó: "


class Figures:
    """The totals of the board, as a number with its unit and where it comes from.

    *less* is of the whole round: what it takes off units that are not in *grouped* takes nothing off here.
    """

    def __init__(self, grouped: Sequence[Part], scope: Scope, less: Less) -> None:
        self.totals = total([line for part in grouped for line in part.lines], scope, less)
        self._parts = [(lower(part.title), total(part.lines, scope, less)) for part in grouped]
        self._less = less
        self._taken = sum((self.taken_off(part) for part in grouped), Counter[str]())

    def taken_off(self, part: Part) -> Counter[str]:
        """What the units of *part* would count a second time, by path."""
        taken: Counter[str] = Counter()
        for line in part.lines:
            taken.update(self._less.get(line.report_id, {}))
        return taken

    def is_gross(self, part: str, whole: str) -> bool:
        """Whether something was taken off *whole* and nothing off *part* of it: rows do not tell every part."""
        return bool(self._taken[whole]) and not self._taken[part] and part in self.totals

    def told(self, path: str, unit: str, by_part: bool = True) -> str:
        """``120 cuộc (phòng, ban, ngành: 40; xã, phường: 80; đã trừ 5 do chỉ tính một lần)``

        A number that nobody gave is not 0; of the parts, only those are told in which somebody gave one.
        """
        number = self.totals.get(path)
        if number is None:
            return NO_FIGURES
        notes = []
        if by_part and len(self._parts) > 1:
            notes = [f"{title}: {group_digits(sums[path])}" for title, sums in self._parts if path in sums]
        if taken := self._taken[path]:
            notes.append(f"đã trừ {group_digits(taken)} do chỉ tính một lần")
        return f"{group_digits(number)} {unit}" + (f" ({'; '.join(notes)})" if notes else "")


class ItemWords:
    """What the units in scope say of one item besides its totals, gathered unit by unit."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self._named: dict[str, dict[str, str]] = {}
        self._reached: Counter[tuple[str, str]] = Counter()

    def add(self, case: Case) -> None:
        """Hear a unit that did something."""
        if case.answers is None or case.standings[self.item.key] is not Standing.DONE:
            return
        values = case.values[self.item.key] or {}
        for block in self.item.answered_blocks:
            for each in block.fields:
                words = values.get(each.key)
                if block.single and named_count(block, each) and isinstance(words, str):
                    self._named.setdefault(named_count(block, each), {}).setdefault(search_key(words), words)
            if block.kind is BlockKind.MATRIX:
                held = zip(block.rows, case.answers.rows(self.item, block), strict=True)
                keys = [each.key for each in block.counts]
                self._reached.update(
                    (block.key, row.key) for row, said in held if any(as_count(said.values.get(key)) for key in keys)
                )

    def behind(self, count: Field) -> str:
        """The different names that units gave to what they counted in *count*, in brackets; or nothing."""
        names = self._named.get(count.key)
        return f" (gồm: {'; '.join(names.values())})" if names else ""

    def reached(self, block: Block, row: str) -> int:
        """How many units have any of a row of a matrix."""
        return self._reached[block.key, row]


def named_count(block: Block, field: Field) -> str:
    """The key of the count that the text *field* names ("Tên lĩnh vực khác"), or blank."""
    rule = field.required
    one = field.kind is Kind.TEXT and rule.name == "positive" and len(rule.args) == 1
    return rule.args[0] if one and rule.args[0] in block.by_key else ""


def told_blocks(directive: Directive, item: Item) -> list[Block]:
    """The blocks of *item* that hold figures which the item's own part tells."""
    documents = directive.consolidated.documents
    return [
        block
        for block in item.answered_blocks
        if (block.counts or block.kind is BlockKind.TABLE) and f"{item.key}.{block.key}" != documents
    ]


def passages(directive: Directive, words: ItemWords, figures: Figures) -> Iterator[Passage]:
    """Every figure of an item of which at least one unit did something."""
    blocks = told_blocks(directive, words.item)
    parts: dict[str, list[Field]] = {}
    for block in blocks:
        for each in block.counts:
            if each.part_of:
                parts.setdefault(each.part_of, []).append(each)
    for letter, block in zip(_letters(), blocks, strict=False):
        yield point(f"{letter}) {without_code(block.title)}")
        if block.kinds:
            yield dash(f"{'; '.join(_count(each, words, figures, by_part=False) for each in block.counts)}.")
            continue
        for each in block.counts:
            if not each.part_of:
                yield dash(f"{_with_parts(each, parts.get(each.key, ()), words, figures)}.")
        if not block.single:
            yield from _rows(block, words, figures)


def _letters() -> Iterator[str]:
    """How points are lettered: the Vietnamese alphabet as far as documents use it."""
    letters = "abcdđeghiklmnopqrstuvxy"
    yield from letters
    yield from (first + second for first in letters for second in letters)


def _count(field: Field, words: ItemWords, figures: Figures, by_part: bool = True) -> str:
    label = field.label.removeprefix(WITHIN)
    return f"{label}: {figures.told(f'{words.item.key}.{field.key}', field.unit, by_part)}{words.behind(field)}"


def _with_parts(field: Field, parts: Iterable[Field], words: ItemWords, figures: Figures) -> str:
    path = f"{words.item.key}.{field.key}"
    said = [_count(field, words, figures)]
    for each in parts:
        gross = figures.is_gross(f"{words.item.key}.{each.key}", path)
        said.append(_count(each, words, figures, by_part=False) + (" (chưa trừ)" if gross else ""))
    return "; trong đó: ".join([said[0], "; ".join(said[1:])]) if len(said) > 1 else said[0]


def _rows(block: Block, words: ItemWords, figures: Figures) -> Iterator[Passage]:
    """How many rows there are, and of prescribed ones how many units have each."""
    path = words.item.rows_path(block)
    if block.kind is BlockKind.TABLE:
        yield dash(f"Số {block.row_name} ghi trong bảng: {figures.told(path, block.row_name)}.")
        return
    done = sum(words.reached(block, row.key) > 0 for row in block.prescribed)
    yield dash(f"Đã thực hiện {done}/{len(block.prescribed)} {block.row_name}, cụ thể:")
    for row in block.rows:
        name = f"{row.code}. “{row.label}”" if row.code else row.label
        count = words.reached(block, row.key)
        yield plus(f"{name}: {number_of(count) if count else 'chưa có đơn vị thực hiện'}.")
