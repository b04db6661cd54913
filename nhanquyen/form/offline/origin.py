"""What the hidden sheet of an offline form remembers: whose it is, and what stood in it when it was downloaded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from nhanquyen.directive import Address
from nhanquyen.form.offline.layout import FORMAT

Place = tuple[str, str]
COLUMNS = 4


LONGEST_MOMENT = 60  # characters; whoever writes a file of their own shall not fill our pages with it
_UNIT = re.compile(r"\S{1,20}")
_FILE_ID = re.compile(r"[0-9a-f]{16}")
_ROW = re.compile(r"[a-z0-9_]{1,40}")


class OriginLost(Exception):
    """The hidden sheet is not what the program wrote."""


@dataclass(frozen=True)
class Base:
    """Two checksums of one value at the download: as read from its cell, and as stored. They differ where a workbook
    cannot hold what is stored."""

    seen: str = ""
    stored: str = ""

    @property
    def lossy(self) -> bool:
        """Whether the cell could not hold the value, so that nothing written into it may replace it."""
        return self.seen != self.stored


BLANK_BASE = Base()


@dataclass(frozen=True)
class Origin:
    """Where the file comes from. *values* holds no blanks; *rows* the keys of the rows that each table had."""

    round: str
    unit: str
    version: int
    moment: str
    file_id: str
    format: str = FORMAT
    values: dict[Address, Base] = field(default_factory=dict)
    rows: dict[Place, tuple[str, ...]] = field(default_factory=dict)

    def base(self, address: Address) -> Base:
        return self.values.get(address, BLANK_BASE)


def checksum(lines: Iterable[Sequence[str]]) -> str:
    """What the last line says of the others: whether they are whole, not who wrote them."""
    return hashlib.sha256("\n".join("\t".join(line) for line in lines).encode()).hexdigest()


def written(origin: Origin) -> list[tuple[str, ...]]:
    """The lines of the hidden sheet, the last one a checksum over the others."""

    def lines() -> Iterator[tuple[str, ...]]:
        yield "format", origin.format
        yield "round", origin.round
        yield "unit", origin.unit
        yield "version", str(origin.version)
        yield "moment", origin.moment
        yield "file", origin.file_id
        for (item, block), keys in origin.rows.items():
            for key in keys:
                yield "row", item, block, key
        for address, base in origin.values.items():
            yield "value", address.name, base.seen, base.stored

    found = list(lines())
    return [*found, ("sum", checksum(found))]


def _like(pattern: re.Pattern[str], text: str) -> str:
    """*text*, or ValueError when it is not like *pattern*."""
    if not pattern.fullmatch(text):
        raise ValueError(text)
    return text


def format_of(lines: Sequence[Sequence[str]]) -> str:
    """The format that the lines say they have, which is told before anything else is asked of them."""
    return next((line[1] for line in lines if line[0] == "format" and len(line) > 1), "")


def read(lines: Sequence[Sequence[str]]) -> Origin:
    """What *lines* say (without the blanks at their ends). Raises `OriginLost` unless they are whole."""
    if not lines or list(lines[-1]) != ["sum", checksum(lines[:-1])]:
        raise OriginLost
    facts: dict[str, str] = {}
    values: dict[Address, Base] = {}
    rows: dict[Place, list[str]] = {}
    try:
        for line in lines[:-1]:
            if line[0] == "value":
                name, seen, stored = (*line[1:], "", "")[:3]
                values[Address.parse(name)] = Base(seen, stored)
            elif line[0] == "row":
                _, item, block, key = line
                rows.setdefault((item, block), []).append(_like(_ROW, key))
            else:
                facts[line[0]] = line[1]
        return Origin(
            round=facts["round"], unit=_like(_UNIT, facts["unit"]), version=int(facts["version"]),
            moment=facts["moment"][:LONGEST_MOMENT], file_id=_like(_FILE_ID, facts["file"]),
            format=facts["format"], values=values, rows={place: tuple(keys) for place, keys in rows.items()},
        )  # fmt: skip
    except (KeyError, ValueError, IndexError) as error:
        raise OriginLost from error
