"""What a file that comes back says otherwise than when it was downloaded: plain data, kept until it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from nhanquyen.directive import Address
from nhanquyen.directive.values import Stored

RowPlace = tuple[str, str, str]


class Fault(NamedTuple):
    """A cell that was left out and why, or (as a notice) something to know; *cell* is blank for a whole sheet."""

    sheet: str
    cell: str
    reason: str
    content: str = ""

    @property
    def of_sheet(self) -> bool:
        """Whether a whole sheet was left out."""
        return bool(self.sheet) and not self.cell


class Said(NamedTuple):
    """A value that the file changed; *base* is the checksum of what was stored at the download, *spot* tells people
    the sheet and the cell."""

    address: Address
    base: str
    value: Stored
    spot: str = ""


class WrittenRow(NamedTuple):
    """A row that the file adds; *sheet* and *line* tell people where it stands."""

    place: RowPlace
    values: dict[str, Stored]
    sheet: str
    line: int


class DroppedRow(NamedTuple):
    """A row that the file no longer has; *base* holds the checksums of what was stored, by field, without blanks."""

    place: RowPlace
    base: dict[str, str]


@dataclass(frozen=True)
class Filled:
    """All that a file changed and what in it cannot be taken. *unit* is whose form it is, *moment* when it was made."""

    unit: str
    moment: str
    file_id: str
    values: tuple[Said, ...] = ()
    written: tuple[WrittenRow, ...] = ()
    dropped: tuple[DroppedRow, ...] = ()
    faults: tuple[Fault, ...] = ()
    notices: tuple[Fault, ...] = ()

    def dump(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return {
            "from": [self.unit, self.moment, self.file_id],
            "values": [[each.address.name, each.base, each.value, each.spot] for each in self.values],
            "written": [[*each.place, each.values, each.sheet, each.line] for each in self.written],
            "dropped": [[*each.place, each.base] for each in self.dropped],
            "faults": [list(each) for each in self.faults],
            "notices": [list(each) for each in self.notices],
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Filled:
        """What a `dump` was made of."""
        unit, moment, file_id = data["from"]
        return cls(
            unit,
            moment,
            file_id,
            values=tuple(Said(Address.parse(name), *said) for name, *said in data["values"]),
            written=tuple(
                WrittenRow((item, block, row), values, sheet, line)
                for item, block, row, values, sheet, line in data["written"]
            ),
            dropped=tuple(DroppedRow((item, block, row), base) for item, block, row, base in data["dropped"]),
            faults=tuple(Fault(*each) for each in data["faults"]),
            notices=tuple(Fault(*each) for each in data["notices"]),
        )
