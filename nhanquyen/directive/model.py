"""What a directive asks, as frozen dataclasses. Pure data: no Flask, no database, no file formats."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

SINGLE_ROW = "0"
STATUS_BLOCK = "tinh_trang"
MAX_COUNT = 1_000_000_000
EXPLANATION = "giai_trinh"


class Kind(StrEnum):
    """What kind of answer a field takes; `values` reads and shows each."""

    COUNT = "count"
    TEXT = "text"
    PARAGRAPH = "paragraph"
    DATE = "date"
    CHOICE = "choice"
    TICK = "tick"


class BlockKind(StrEnum):
    """How a block is laid out: fixed fields, fixed rows × fields, rows the clerk adds, or texts."""

    FIGURES = "figures"
    MATRIX = "matrix"
    TABLE = "table"
    NARRATIVE = "narrative"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition over the other values of the same row or item; *name* is a key of ``rules.RULES``."""

    name: str
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A named check over several fields; *name* is a key of ``rules.CHECKS``. A warning passes when explained."""

    name: str
    fields: tuple[str, ...]
    message: str
    warning: bool = False
    limit: int | None = None
    when: str | None = None
    block: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """A total of the item in which a row of a table is counted when *when* holds: as 1, or with its count *amount*."""

    total: str
    amount: str = ""
    when: Rule = Rule("always")


@dataclass(frozen=True, slots=True)
class SameActivity:
    """How rows of several units are recognised as one activity, and what would then be counted more than once.

    They say the same in all fields of *same*, or name the same web address in *address*, which is one of these.
    *title* is the field that tells people which activity it is.
    """

    same: tuple[str, ...]
    title: str
    counts: tuple[Counted, ...]
    address: str = ""


@dataclass(frozen=True)
class Field:
    """One question. *key* is storage key, HTML name and column id, and is never renamed or reused."""

    key: str
    label: str
    kind: Kind
    code: str = ""
    unit: str = ""
    required: Rule = Rule("never")
    min: int = 0
    max: int = 0
    max_length: int = 0
    choices: dict[str, str] = field(default_factory=dict)
    help: str = ""
    short: str = ""
    totalled: bool = True
    part_of: str = ""

    @property
    def heading(self) -> str:
        """The label for a narrow column."""
        return self.short or self.label


@dataclass(frozen=True)
class MatrixRow:
    """One prescribed row of a matrix; *label* is reproduced letter for letter."""

    key: str
    label: str
    code: str = ""

    @property
    def name(self) -> str:
        """What a reader calls the row: its number, if it has one, and its words."""
        return f"{self.code}. {self.label}" if self.code else self.label


@dataclass(frozen=True)
class Block:
    """A part of an item."""

    key: str
    title: str
    kind: BlockKind
    fields: tuple[Field, ...]
    rows: tuple[MatrixRow, ...] = ()
    checks: tuple[Check, ...] = ()
    help: str = ""
    row_name: str = "dòng"
    evidence: bool = False
    max_rows: int = 200
    kinds: bool = False
    """Whether its counts are kinds of one thing that may overlap; they are told together and never added up."""
    same_activity: SameActivity | None = None

    @property
    def single(self) -> bool:
        """Whether the block holds exactly one row of values."""
        return self.kind in (BlockKind.FIGURES, BlockKind.NARRATIVE, BlockKind.STATUS)

    @property
    def row_title(self) -> str:
        """The name of a row at the beginning of a line: "Cuộc"."""
        return self.row_name[:1].upper() + self.row_name[1:]

    @cached_property
    def prescribed(self) -> tuple[MatrixRow, ...]:
        """The rows of a matrix that the directive numbers and asks for; another one is the unit's own."""
        return tuple(row for row in self.rows if row.code)

    @cached_property
    def by_key(self) -> dict[str, Field]:
        return {each.key: each for each in self.fields}

    @cached_property
    def counts(self) -> tuple[Field, ...]:
        """The fields that add up over rows and units."""
        return tuple(each for each in self.fields if each.kind is Kind.COUNT and each.totalled)


@dataclass(frozen=True)
class Item:
    """One directive item. *asked_of* holds unit codes; empty means that every unit must answer."""

    key: str
    number: int
    title: str
    text: str
    guidance: str
    blocks: tuple[Block, ...]
    asked_of: tuple[str, ...] = ()
    lead: str = ""
    checks: tuple[Check, ...] = ()
    may_be_empty: bool = True

    @cached_property
    def by_key(self) -> dict[str, Block]:
        return {each.key: each for each in self.blocks}

    def rows_path(self, block: Block) -> str:
        """The path of the total that tells how many rows of *block* hold something (``"n1.chi_tiet.rows"``)."""
        return f"{self.key}.{block.key}.rows"

    @property
    def explanation(self) -> Field:
        """The built-in field in which a unit explains figures that a check warns of."""
        return self.by_key[STATUS_BLOCK].by_key[EXPLANATION]

    @property
    def answered_blocks(self) -> tuple[Block, ...]:
        """The blocks that hold answers, without the built-in one about the item's own state."""
        return tuple(each for each in self.blocks if each.kind is not BlockKind.STATUS)


@dataclass(frozen=True)
class Document:
    """One link of the chain of documents that led to the directive. *title* begins with its *kind*."""

    kind: str
    number: str
    issued_on: date
    issuer: str
    title: str


@dataclass(frozen=True)
class Signing:
    """Where a report states its own number, date and signer, as paths (``"n5.ngay_ky"``)."""

    number: str
    signed_on: str
    position: str
    signer: str


@dataclass(frozen=True)
class Consolidated:
    """The report that the issuer makes of all reports: its head and foot, and which answers its parts hold.

    *documents* is the path of a table (``"n5.van_ban"``); the tuples after it hold paths of texts, and may be
    empty. A text that is like one of *nothing* says that there is nothing to say.
    """

    superior: str
    symbol: str
    addressees: tuple[str, ...]
    copies: tuple[str, ...]
    documents: str
    other_ways: tuple[str, ...]
    results: tuple[str, ...]
    difficulties: tuple[str, ...]
    causes: tuple[str, ...]
    plans: tuple[str, ...]
    proposals: tuple[str, ...]
    nothing: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The paths of all texts that have a part of their own."""
        return (*self.other_ways, *self.results, *self.difficulties, *self.causes, *self.plans, *self.proposals)


@dataclass(frozen=True)
class Reminder:
    """The letter by which the issuer reminds units: what follows its number (``"CATX-TH"``), and who gets copies."""

    symbol: str
    copies: tuple[str, ...]


class GroupPart(NamedTuple):
    """A part of the unit list in tables and files: "A. Phòng, ban, ngành"."""

    letter: str
    title: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Directive:
    """The whole definition. *source* is the TOML text it was read from, which a round stores frozen."""

    key: str
    number: str
    issued_on: date
    place: str
    issuer: str
    receiver: str
    title: str
    campaign: str
    signer: str
    addressees: tuple[str, ...]
    chain: tuple[Document, ...]
    window_from: date
    window_to: date
    deadline: date
    groups: dict[str, str]
    superiors: dict[str, str]
    signing: Signing
    consolidated: Consolidated
    reminder: Reminder
    group_parts: tuple[GroupPart, ...]
    headline: tuple[str, ...]
    items: tuple[Item, ...]
    source: str = field(repr=False, default="")

    @cached_property
    def by_key(self) -> dict[str, Item]:
        return {each.key: each for each in self.items}

    def block(self, item: str, block: str) -> Block:
        """The block, or KeyError for a name that the definition does not hold."""
        return self.by_key[item].by_key[block]

    @cached_property
    def totalled(self) -> dict[str, Field]:
        """Every field that adds up over units, by the path of its total (``"n1.so_cuoc"``)."""
        return {f"{item.key}.{each.key}": each for item in self.items for block in item.blocks for each in block.counts}

    @cached_property
    def headline_fields(self) -> tuple[tuple[str, Field], ...]:
        """The main totals (``"n1.so_cuoc"``, its field) that the board and the first sheet show."""
        return tuple((path, self.totalled[path]) for path in self.headline)


@dataclass(frozen=True, slots=True)
class Address:
    """Where one value stands; `name` is its HTML name and id, ASCII by construction."""

    item: str
    block: str
    row: str
    field: str

    @property
    def name(self) -> str:
        return f"{self.item}-{self.block}-{self.row}-{self.field}"

    @classmethod
    def parse(cls, name: str) -> Address:
        """The address of a name; ValueError when it is not one."""
        parts = name.split("-")
        if len(parts) != 4 or not all(part.isascii() and part.replace("_", "").isalnum() for part in parts):
            raise ValueError(name)
        return cls(*parts)
