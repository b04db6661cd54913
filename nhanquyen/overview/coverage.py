"""Who has done which prescribed row of a matrix, of what kind, and when. Pure functions over lines and answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nhanquyen.directive import Block, BlockKind, Directive, Field, Item
from nhanquyen.directive.values import as_count, as_date
from nhanquyen.form.answers import Answers, Row
from nhanquyen.overview import Standing, standing_of
from nhanquyen.store.reports import ReportLine


def matrices(directive: Directive) -> list[tuple[Item, Block]]:
    """Every matrix of the directive with its item."""
    return [(item, block) for item in directive.items for block in item.blocks if block.kind is BlockKind.MATRIX]


@dataclass(frozen=True)
class Cell:
    """What a unit has done of one row: *counts* above 0, and the days of it (None where none was given).

    *outside* are the days that lie out of the directive's window.
    """

    counts: tuple[tuple[Field, int], ...] = ()
    days: tuple[tuple[Field, date | None], ...] = ()
    outside: tuple[tuple[Field, date], ...] = ()

    @property
    def done(self) -> bool:
        return bool(self.counts)

    @property
    def undated(self) -> list[Field]:
        """The days that are missing."""
        return [field for field, day in self.days if day is None]


@dataclass(frozen=True)
class UnitCoverage:
    """A unit's cells, in the order of the rows; none unless it says that it did something."""

    line: ReportLine
    standing: Standing
    cells: tuple[Cell, ...] = ()
    done: int = 0
    wanted: int = 0

    @property
    def incomplete(self) -> bool:
        """Whether it has reported, was asked, and lacks a prescribed row."""
        return self.standing in (Standing.DONE, Standing.NONE) and self.done < self.wanted

    @property
    def outside(self) -> bool:
        return any(cell.outside for cell in self.cells)


def coverage_of(
    directive: Directive, item: Item, block: Block, lines: Iterable[ReportLine], answers: Mapping[int, Answers]
) -> list[UnitCoverage]:
    """What each unit has done of *block*; *answers* are by report id, of those that count at least."""
    wanted = block.prescribed
    dated = [key for check in block.checks if check.name == "in_window" for key in check.fields]
    fields = [block.by_key[key] for key in dict.fromkeys(dated)]
    found = []
    for line in lines:
        standing, cells = standing_of(line, item), []
        if standing is Standing.DONE:
            rows = answers.get(line.report_id, Answers()).rows(item, block)
            cells = [_cell(directive, block, fields, row) for row in rows]
        done = sum(cell.done and bool(row.code) for cell, row in zip(cells, block.rows, strict=False))
        found.append(UnitCoverage(line, standing, tuple(cells), done, len(wanted)))
    return found


def _cell(directive: Directive, block: Block, fields: Sequence[Field], row: Row) -> Cell:
    counts = tuple((each, n) for each in block.counts if (n := as_count(row.values.get(each.key))))
    if not counts:
        return Cell()
    days = tuple((each, as_date(row.values.get(each.key))) for each in fields)
    first, last = directive.window_from, directive.window_to
    return Cell(counts, days, tuple((each, day) for each, day in days if day and not first <= day <= last))


def units_by_row(found: Iterable[UnitCoverage], block: Block) -> list[int]:
    """How many units have done each row."""
    sums = [0] * len(block.rows)
    for each in found:
        for index, cell in enumerate(each.cells):
            sums[index] += cell.done
    return sums
