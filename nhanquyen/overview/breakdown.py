"""What stands behind a total: every unit with its number or why it has none, and what is counted once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nhanquyen.directive import Block, BlockKind, Directive, Field, Item
from nhanquyen.directive.values import as_count
from nhanquyen.form.answers import Row
from nhanquyen.overview import Less, Part, Scope, Standing, parts, standing_of, total
from nhanquyen.store.reports import ReportLine

BLANK = "Để trống"
PART_PREFIX = "phan-"


@dataclass(frozen=True)
class Indicator:
    """A number that adds up over units: a count, or (without *field*) how many rows a table has."""

    path: str
    item: Item
    block: Block
    field: Field | None = None

    @property
    def label(self) -> str:
        if self.field is None:
            return f"Số {self.block.row_name} ghi trong bảng"
        return f"{self.field.code} {self.field.label}".strip()

    @property
    def unit(self) -> str:
        return self.field.unit if self.field else self.block.row_name

    @property
    def by_row(self) -> bool:
        """Whether it is also told for each prescribed row."""
        return self.field is not None and self.block.kind is BlockKind.MATRIX

    @property
    def tables(self) -> list[Block]:
        """The tables whose rows show what was counted: its own, else all of the item."""
        if self.block.kind is BlockKind.TABLE:
            return [self.block]
        return [block for block in self.item.blocks if block.kind is BlockKind.TABLE]


def _indicators(item: Item) -> Iterator[Indicator]:
    for block in item.answered_blocks:
        for each in block.counts:
            yield Indicator(f"{item.key}.{each.key}", item, block, each)
        if block.kind is BlockKind.TABLE:
            yield Indicator(item.rows_path(block), item, block)


def indicators(directive: Directive) -> dict[str, Indicator]:
    """Every number of the directive that adds up over units, by its path, in the order of the form.

    How many prescribed rows a unit has covered is none: two of eight and three of eight are not five of eight.
    """
    return {each.path: each for item in directive.items for each in _indicators(item)}


@dataclass(frozen=True)
class Share:
    """What one unit has put into a total: its *number*, or *mark* that says why there is none.

    *by_row* tells it for each prescribed row of a matrix, by the row's key.
    """

    line: ReportLine
    number: int | None
    mark: str
    by_row: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Sums:
    """What some units add up to; *less* is what of it is not counted a second time."""

    shares: list[Share]
    total: int
    less: int
    by_row: Mapping[str, int]

    @property
    def added(self) -> int:
        """The sum of the units' own numbers."""
        return self.total + self.less

    @property
    def marks(self) -> Counter[str]:
        """How many units give no number, by the reason."""
        return Counter(share.mark for share in self.shares if share.mark)

    @property
    def given(self) -> int:
        """How many units give a number."""
        return sum(share.number is not None for share in self.shares)


@dataclass(frozen=True)
class Breakdown:
    """A total in the parts of the unit list, and as a whole."""

    parts: list[tuple[Part, Sums]]
    whole: Sums


ByRow = Mapping[int, Mapping[str, int]]


def rows_by_report(block: Block, counted: Field, rows: Iterable[tuple[int, Row]]) -> ByRow:
    """The numbers of *counted* in a matrix, by report and by prescribed row; what is blank is not there."""
    known = {row.key for row in block.rows}
    found: dict[int, dict[str, int]] = {}
    for report_id, row in rows:
        number = as_count(row.values.get(counted.key))
        if number is not None and row.key in known:
            found.setdefault(report_id, {})[row.key] = number
    return found


def _share(indicator: Indicator, line: ReportLine, by_row: ByRow, scope: Scope) -> Share:
    standing = standing_of(line, indicator.item, scope)
    if standing is not Standing.DONE:
        return Share(line, None, standing.label)
    number = line.totals.get(indicator.path)
    return Share(line, number, BLANK if number is None else "", by_row.get(line.report_id, {}))


def _sums(indicator: Indicator, lines: Sequence[ReportLine], less: Less, by_row: ByRow, scope: Scope) -> Sums:
    shares = [_share(indicator, line, by_row, scope) for line in lines]
    rows: Counter[str] = Counter()
    for share in shares:
        rows.update(share.by_row)
    whole = total(lines, scope).get(indicator.path, 0)
    counted = total(lines, scope, less).get(indicator.path, 0)
    return Sums(shares, counted, whole - counted, rows)


def breakdown(
    indicator: Indicator,
    directive: Directive,
    lines: Sequence[ReportLine],
    less: Less,
    by_row: ByRow,
    scope: Scope = Scope.SENT,
) -> Breakdown:
    """What the units of *lines* put into the total of *indicator*; its totals are those of `overview.total`."""
    return Breakdown(
        [(part, _sums(indicator, part.lines, less, by_row, scope)) for part in parts(directive, lines)],
        _sums(indicator, lines, less, by_row, scope),
    )


def contributors(indicator: Indicator, lines: Iterable[ReportLine], scope: Scope = Scope.SENT) -> list[ReportLine]:
    """The units whose rows count: in *scope*, and with activity in the item."""
    return [line for line in lines if standing_of(line, indicator.item, scope) is Standing.DONE]


def choices(directive: Directive, lines: Sequence[ReportLine]) -> dict[str, tuple[str, list[ReportLine]]]:
    """What a breakdown can be narrowed to: each part (``"phan-A"``) and its groups, with their names and lines."""
    found = {}
    for part in parts(directive, lines):
        found[PART_PREFIX + part.letter] = (part.heading, part.lines)
        for group, label in directive.groups.items():
            if members := [line for line in part.lines if line.group == group]:
                found[group] = (label, members)
    return found
