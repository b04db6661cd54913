"""One report's answers in memory, in the order of the definition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nhanquyen.directive import SINGLE_ROW, STATUS_BLOCK, Block, BlockKind, Item
from nhanquyen.directive.values import Stored, as_count

DONE, NONE, NOT_OURS = "co", "khong", "khong_thuoc"


@dataclass(frozen=True)
class Respondent:
    """Who answers, as far as the conditions care: the unit's group and the restricted items asked of it."""

    group: str
    duties: frozenset[str] = frozenset()

    def asked(self, item: Item) -> bool:
        return not item.asked_of or item.key in self.duties


@dataclass
class Row:
    """The values of one row of a block; *values* holds no key for a blank."""

    key: str = SINGLE_ROW
    values: dict[str, Stored] = field(default_factory=dict)


class Answers:
    """The rows of one report, by item and block."""

    def __init__(self, rows: Iterable[tuple[str, str, Row]] = ()) -> None:
        self._rows: dict[tuple[str, str], dict[str, Row]] = {}
        for item, block, row in rows:
            self._rows.setdefault((item, block), {})[row.key] = row

    def rows(self, item: Item, block: Block) -> list[Row]:
        """The rows to show: one for single blocks, the prescribed ones for a matrix, those added for a table."""
        held = self._rows.get((item.key, block.key), {})
        if block.kind is BlockKind.TABLE:
            return list(held.values())
        if block.kind is BlockKind.MATRIX:
            return [held.get(row.key) or Row(row.key) for row in block.rows]
        return [held.get(SINGLE_ROW) or Row()]

    def row(self, item: str, block: str, key: str = SINGLE_ROW) -> Row | None:
        return self._rows.get((item, block), {}).get(key)

    def put(self, item: str, block: str, row: Row) -> None:
        self._rows.setdefault((item, block), {})[row.key] = row

    def single_values(self, item: Item) -> dict[str, Stored]:
        """The values of all single-row blocks of *item* together (their keys are unique within the item)."""
        merged: dict[str, Stored] = {}
        for block in item.blocks:
            if block.single and (row := self.row(item.key, block.key)):
                merged.update(row.values)
        return merged

    def at(self, item: Item, path: str) -> Stored:
        """The value at a path of *item* (``"n5.ngay_ky"``) in its single-row blocks."""
        return self.single_values(item).get(path.split(".")[1])

    def status_values(self, item: Item) -> Mapping[str, Stored]:
        row = self.row(item.key, STATUS_BLOCK)
        return row.values if row else {}

    def has_answers(self, item: Item) -> bool:
        """Whether anything stands in the item besides its own state; a row that was added counts."""
        for block in item.answered_blocks:
            rows = self._rows.get((item.key, block.key), {})
            if rows and (block.kind is BlockKind.TABLE or any(row.values for row in rows.values())):
                return True
        return False

    def standing(self, item: Item, respondent: Respondent) -> str:
        """`DONE`, `NONE` or `NOT_OURS`: what the unit says of the item, or what follows when it says nothing."""
        stated = self.status_values(item).get("trang_thai")
        question = item.by_key[STATUS_BLOCK].by_key.get("trang_thai")
        if question and stated in question.choices:
            return str(stated)
        return DONE if respondent.asked(item) or self.has_answers(item) else NOT_OURS


def item_totals(item: Item, answers: Answers, respondent: Respondent) -> dict[str, int]:
    """The item's counts added up over its rows, by path (``"n1.so_cuoc"``); blank everywhere gives no key.

    A matrix or table also gives how many of its rows hold something, as ``"n3.khau_hieu.rows"``
    (of a matrix only the prescribed ones, those with a code, that have a count above 0).
    """
    if answers.standing(item, respondent) != DONE:
        return {}
    totals: dict[str, int] = {}
    for block in item.answered_blocks:
        rows = answers.rows(item, block)
        for each in block.counts:
            known = [n for row in rows if (n := as_count(row.values.get(each.key))) is not None]
            if known:
                totals[f"{item.key}.{each.key}"] = sum(known)
        if block.kind is BlockKind.TABLE:
            totals[item.rows_path(block)] = len(rows)
        elif block.kind is BlockKind.MATRIX:
            coded = {row.key for row in block.prescribed}
            counts = [each.key for each in block.counts]
            totals[item.rows_path(block)] = sum(
                row.key in coded and any(as_count(row.values.get(key)) for key in counts) for row in rows
            )
    return totals
