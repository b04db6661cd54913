"""What the rows of a table amount to, column by column: what stands in its rows of sums."""

from __future__ import annotations

from collections.abc import Sequence

from nhanquyen.export.cells import Value
from nhanquyen.export.combined.columns import Column
from nhanquyen.export.combined.record import Record


class Tally:
    """The sums of *columns*, and what their records reach; see `Column`."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self.sums: list[int | None] = [None] * len(columns)
        self._reached: list[set[str]] = [set() for _ in columns]
        self._adding = [index for index, column in enumerate(columns) if column.adds_up]
        self._reaching = [(index, column.reached) for index, column in enumerate(columns) if column.reached]

    def add(self, record: Record, values: Sequence[Value]) -> None:
        """Count a record, whose cells hold *values*. Texts in a column of numbers count nothing."""
        self.add_numbers(values)
        for index, reached in self._reaching:
            self._reached[index].update(reached(record))

    def add_numbers(self, values: Sequence[Value]) -> None:
        """Count the numbers of a row that is no record."""
        for index in self._adding:
            value = values[index]
            if isinstance(value, int):
                self.sums[index] = (self.sums[index] or 0) + value

    def merge(self, other: Tally) -> None:
        """Count everything that *other* counts."""
        for index, number in enumerate(other.sums):
            if number is not None:
                self.sums[index] = (self.sums[index] or 0) + number
        for mine, theirs in zip(self._reached, other._reached, strict=True):
            mine |= theirs

    def values(self) -> list[Value]:
        """The row of sums: a number, "3/8", or nothing."""
        triples = zip(self._columns, self.sums, self._reached, strict=True)
        return [f"{len(reached)}/{column.wanted}" if column.reached else number for column, number, reached in triples]
