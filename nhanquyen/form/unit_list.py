"""Compares an uploaded list of units with the one in the program. Nothing here changes anything: the result is a plan.

Units are matched by their code; a list without codes is matched by name and gets codes proposed. What the list
does not mention stays as it is, and nothing is ever deleted.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nhanquyen.form.unit_row import COLUMNS, UnitRow, code_fault, propose_code, propose_group, shown
from nhanquyen.form.unit_sheet import CellFault, Line, Reader, find_header
from nhanquyen.form.workbook import WorkbookRefused, open_sheets
from nhanquyen.text import search_key


@dataclass(frozen=True)
class Change:
    """A unit before and after."""

    before: UnitRow
    after: UnitRow

    def fields(self, groups: Mapping[str, str]) -> list[tuple[str, str, str]]:
        """What changes: heading, old and new."""
        return [
            (column.heading, shown(self.before, column.key, groups), shown(self.after, column.key, groups))
            for column in COLUMNS
            if getattr(self.before, column.key) != getattr(self.after, column.key)
        ]


@dataclass(frozen=True)
class Plan:
    """What an import would do. *basis* is the `fingerprint` of the list that it was made against."""

    basis: str
    new: tuple[UnitRow, ...] = ()
    changed: tuple[Change, ...] = ()
    unchanged: int = 0
    missing: tuple[UnitRow, ...] = ()
    duplicates: tuple[CellFault, ...] = ()
    faults: tuple[CellFault, ...] = ()
    notices: tuple[CellFault, ...] = ()
    proposed_codes: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.new and not self.changed

    def dump(self) -> dict[str, Any]:
        """What confirming needs, as plain JSON: exactly what is written, and against which list."""
        return {
            "basis": self.basis,
            "new": [asdict(row) for row in self.new],
            "changed": [[asdict(change.before), asdict(change.after)] for change in self.changed],
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Plan:
        """The plan of a `dump`."""
        return cls(
            basis=data["basis"],
            new=tuple(UnitRow(**row) for row in data["new"]),
            changed=tuple(Change(UnitRow(**before), UnitRow(**after)) for before, after in data["changed"]),
        )


def fingerprint(units: Iterable[UnitRow]) -> str:
    """A checksum over the whole list: two lists that differ anywhere have different ones."""
    plain = [asdict(row) for row in units]
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _give_codes(reader: Reader, lines: Sequence[Line], existing: Sequence[UnitRow]) -> None:
    """Give every line its code: its own, or one found or proposed by name where the list has no codes."""
    if "code" in reader.header.places:
        for line in lines:
            line.code = line.texts["code"].upper()
            if not line.bad and (reason := code_fault(line.code) if line.code else "Nhập mã của đơn vị này."):
                reader.fault("code", line.number, reason)
                line.bad = True
        return
    by_name = {search_key(unit.name): unit.code for unit in existing}
    taken = {unit.code for unit in existing}
    for line in lines:
        name = line.texts["name"]
        if name:
            key = search_key(name)
            line.code = by_name[key] = by_name.get(key) or propose_code(name, taken)
            taken.add(line.code)
        elif not line.bad:
            reader.fault("name", line.number, "Nhập tên đơn vị.")
            line.bad = True


def _mark_duplicates(reader: Reader, lines: Sequence[Line]) -> tuple[CellFault, ...]:
    """Every line whose code is met more than once: none of them is taken."""
    times = Counter(line.code for line in lines if line.code)
    key = "code" if "code" in reader.header.places else "name"
    found = []
    for line in lines:
        if times[line.code] > 1:
            line.bad = True
            text = f"Mã {line.code} có {times[line.code]} dòng trong tệp. Giữ lại một dòng."
            found.append(reader.at(key, line.number, text))
    return tuple(found)


def _read(reader: Reader, lines: Sequence[Line], existing: Sequence[UnitRow]) -> list[UnitRow]:
    """The units as the good lines state them."""
    by_code = {unit.code: unit for unit in existing}
    by_name = {search_key(unit.name): unit.code for unit in existing}
    key = "name" if "name" in reader.header.places else "code"
    found = []
    for line in lines:
        if line.bad:
            continue
        old = by_code.get(line.code)
        name = line.texts.get("name", "")
        row = reader.update(line, old or UnitRow(line.code, "", propose_group(name, reader.groups)), old)
        if row is None:
            continue
        found.append(row)
        other = by_name.setdefault(search_key(row.name), row.code)
        if other != row.code:
            text = f"Tên này trùng với đơn vị mã {other}. Xem lại có phải cùng một đơn vị không."
            reader.notice(key, line.number, text)
    return found


def read_workbook(data: bytes, existing: Sequence[UnitRow], groups: Mapping[str, str]) -> Plan:
    """What importing the workbook *data* into the list *existing* (in its order) would do.

    Raises `WorkbookRefused` for a file that cannot be read at all; a bad cell is a fault and leaves out its line only.
    """
    reader = Reader(find_header(open_sheets(data)), groups)
    lines = reader.lines()
    if not lines:
        raise WorkbookRefused("Bảng chỉ có dòng tiêu đề, không có đơn vị nào. Chọn tệp khác.")
    _give_codes(reader, lines, existing)
    duplicates = _mark_duplicates(reader, lines)
    rows = _read(reader, lines, existing)
    by_code = {unit.code: unit for unit in existing}
    met = {line.code for line in lines}
    new = tuple(row for row in rows if row.code not in by_code)
    changed = tuple(Change(by_code[row.code], row) for row in rows if by_code.get(row.code, row) != row)
    return Plan(
        basis=fingerprint(existing),
        new=new,
        changed=changed,
        unchanged=len(rows) - len(new) - len(changed),
        missing=tuple(unit for unit in existing if unit.code not in met),
        duplicates=duplicates,
        faults=tuple(reader.faults),
        notices=tuple(reader.notices),
        proposed_codes="code" not in reader.header.places,
    )
