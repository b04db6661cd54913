"""Compares an uploaded list of units with the one in the program. Nothing here changes anything: the result is a plan.

Units are matched by their code; a line without one is matched by name or gets a code proposed. What the list does
not mention stays as it is, and nothing is ever deleted.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from nhanquyen.form.unit_header import ColumnUse, find_header
from nhanquyen.form.unit_name import Resemblance, name_key
from nhanquyen.form.unit_row import COLUMNS, UnitRow, code_fault, propose_code, propose_group, shown
from nhanquyen.form.unit_sheet import CellFault, Line, Reader
from nhanquyen.form.workbook import WorkbookRefused, open_sheets


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
    """What an import would do. *basis* is the `fingerprint` of the list that it was made against.

    *remarks* say by code what the program supposed of a new unit, *uses* what it took each column for.
    """

    basis: str
    new: tuple[UnitRow, ...] = ()
    changed: tuple[Change, ...] = ()
    unchanged: int = 0
    missing: tuple[UnitRow, ...] = ()
    duplicates: tuple[CellFault, ...] = ()
    faults: tuple[CellFault, ...] = ()
    notices: tuple[CellFault, ...] = ()
    skipped: tuple[CellFault, ...] = ()
    remarks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uses: tuple[ColumnUse, ...] = ()
    sheet: str = ""
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


def _propose_codes(reader: Reader, lines: Sequence[Line], existing: Sequence[UnitRow]) -> None:
    """Give every line without a code the one of the unit of its name, or a new one."""
    by_name: dict[str, str] = {}
    for unit in existing:
        by_name.setdefault(name_key(unit.name), unit.code)
    taken = {unit.code for unit in existing} | {line.code for line in lines}
    for line in lines:
        name = line.texts.get("name", "")
        if line.code:
            continue
        if name:
            key = name_key(name)
            line.code = by_name[key] = by_name.get(key) or propose_code(name, taken)
            line.code_proposed = True
            taken.add(line.code)
        elif not line.bad:
            column, reason = (
                ("code", "Nhập mã của đơn vị này.") if "code" in line.texts else ("name", "Nhập tên đơn vị.")
            )
            reader.fault(column, line.number, reason)
            line.bad = True


def _give_codes(reader: Reader, lines: Sequence[Line], existing: Sequence[UnitRow]) -> None:
    """Give every good line its code: its own, or one found or proposed by its name."""
    for line in lines:
        line.code = line.texts.get("code", "").upper()
        if line.code and (reason := code_fault(line.code)):
            reader.fault("code", line.number, reason)
            line.bad = True
    _propose_codes(reader, lines, existing)


def _mark_duplicates(reader: Reader, lines: Sequence[Line]) -> list[CellFault]:
    """Every line whose code is met more than once: none of them is taken."""
    times = Counter(line.code for line in lines if line.code)
    key = "code" if "code" in reader.header.places else "name"
    found = []
    for line in lines:
        if times[line.code] > 1:
            line.bad = True
            text = f"Mã {line.code} có {times[line.code]} dòng trong tệp. Giữ lại một dòng."
            found.append(reader.at(key, line.number, text))
    return found


def _start(line: Line, groups: Mapping[str, str]) -> UnitRow:
    """A new unit before its line is read: in the group of its section, or in the one that its name suggests."""
    group = line.section.group if line.section else None
    return UnitRow(line.code, "", group or propose_group(line.texts.get("name", ""), groups))


def _read(reader: Reader, lines: Sequence[Line], existing: Sequence[UnitRow]) -> dict[int, UnitRow]:
    """By line number the units as the good lines state them."""
    by_code = {unit.code: unit for unit in existing}
    by_name: dict[str, str] = {}
    for unit in existing:
        by_name.setdefault(name_key(unit.name), unit.code)
    key = "name" if "name" in reader.header.places else "code"
    found = {}
    for line in lines:
        if line.bad:
            continue
        old = by_code.get(line.code)
        row = reader.update(line, old or _start(line, reader.groups), old)
        if row is None:
            continue
        found[line.number] = row
        other = by_name.setdefault(name_key(row.name), row.code)
        if other != row.code:
            text = f"Tên này trùng với đơn vị mã {other}. Xem lại có phải cùng một đơn vị không."
            reader.notice(key, line.number, text)
        elif old and line.code_proposed and "code" in line.texts:
            reader.notice(key, line.number, f"Dòng không ghi mã; nhận ra theo tên là đơn vị {old.code}.")
    return found


def _remarks(line: Line, row: UnitRow, groups: Mapping[str, str]) -> list[str]:
    """What was supposed of the new unit *row* because its line does not say it."""
    found = []
    if line.code_proposed and "code" in line.texts:
        found.append("Mã do chương trình đề nghị.")
    if line.texts.get("group"):
        return found
    if line.section and line.section.group:
        found.append(f"Nhóm theo mục “{line.section.title}”.")
    else:
        found.append(f"Nhóm “{groups[row.group]}” là phỏng đoán theo tên.")
    return found


def _all_remarks(
    lines: Sequence[Line], rows: Mapping[int, UnitRow], existing: Sequence[UnitRow], groups: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """By code the remarks on every new unit. A unit that the file itself names is not what a new one may mean."""
    known, met = {unit.code for unit in existing}, {line.code for line in lines}
    resemblance = Resemblance(unit for unit in existing if unit.code not in met)
    found = {}
    for line in lines:
        row = rows.get(line.number)
        if row is None or row.code in known:
            continue
        likely = resemblance.find(row.name)
        also = [f"Có thể là đơn vị đã có: {likely.code} – {likely.name}."] if likely else []
        found[row.code] = (*also, *_remarks(line, row, groups))
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
    new = tuple(row for row in rows.values() if row.code not in by_code)
    changed = tuple(Change(by_code[row.code], row) for row in rows.values() if by_code.get(row.code, row) != row)
    return Plan(
        basis=fingerprint(existing),
        new=new,
        changed=changed,
        unchanged=len(rows) - len(new) - len(changed),
        missing=tuple(unit for unit in existing if unit.code not in met),
        duplicates=tuple(sorted(duplicates)),
        faults=tuple(sorted(reader.faults)),
        notices=tuple(sorted(reader.notices)),
        skipped=tuple(reader.skipped),
        remarks=_all_remarks(lines, rows, existing, groups),
        uses=reader.uses(),
        sheet=reader.header.sheet.title,
        proposed_codes="code" not in reader.header.places,
    )
