"""What an issued consolidated report was made of, and what has changed since. Pure functions over the board's lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from nhanquyen.clock import format_instant
from nhanquyen.overview import Scope, total
from nhanquyen.overview.overlaps import CountedOnce
from nhanquyen.store.reports import ReportLine, Status


class UnitThen(TypedDict):
    """One unit at the moment of issuing; *totals* only of a report whose figures are *in*."""

    report: int
    code: str
    name: str
    status: str
    revision: int
    group: str
    # Whether the figures of the unit stand in the issued report.
    counted: bool
    # How late it came in, in words, and who of the Team entered it; of those that are counted.
    late: str
    entered_by: str
    # Until when the unit was given more time than the round gives; blank when it was not.
    extended: str
    totals: dict[str, int]


class Snapshot(TypedDict):
    """Units in administrative order, the totals over all of them, and when what is counted once was decided, by id.

    *due_at* is the round's, and *undecided* how many activities were still to be decided about.
    """

    due_at: str
    undecided: int
    units: list[UnitThen]
    totals: dict[str, int]
    overlaps: dict[str, list[str]]


def take(lines: Sequence[ReportLine], once: CountedOnce, scope: Scope, due_at: datetime) -> Snapshot:
    """The snapshot of what a report over *lines* in *scope* is made of."""
    return {
        "due_at": format_instant(due_at),
        "undecided": once.undecided,
        "units": [_unit(line, scope.counts(line)) for line in lines],
        "totals": total(lines, scope, once.less),
        "overlaps": {str(overlap.id): [overlap.title, overlap.decided_at.isoformat()] for overlap, _ in once.effective},
    }


def _unit(line: ReportLine, counted: bool) -> UnitThen:
    return {
        "report": line.report_id,
        "code": line.code,
        "name": line.name,
        "status": line.status.value,
        "revision": line.revision,
        "group": line.group,
        "counted": counted,
        "late": line.late_label(line.arrived_at) if counted and line.arrived_at else "",
        "entered_by": line.entered_by if counted else "",
        "extended": format_instant(line.due_at) if line.extended else "",
        "totals": dict(line.totals) if counted else {},
    }


@dataclass(frozen=True)
class UnitChange:
    """What became of a unit since: *what* says it in words, *totals* has before and after by path (None: no number)."""

    report_id: int
    name: str
    what: str
    totals: Mapping[str, tuple[int | None, int | None]]


@dataclass(frozen=True)
class Changes:
    """What differs now from an issued report. Empty, when the same report could be issued again.

    *decisions* says in words what became of each activity that is, or was, counted once.
    """

    units: list[UnitChange]
    totals: Mapping[str, tuple[int | None, int | None]]
    decisions: list[str]
    round: list[str]

    def __bool__(self) -> bool:
        return bool(self.units or self.totals or self.decisions or self.round)


def changes(before: Mapping[str, Any], now: Snapshot) -> Changes:
    """What changed from the stored snapshot *before* to *now*, in the order of the units now, those gone last."""
    then = {unit["report"]: unit for unit in before["units"]}
    units = [_change(then.get(unit["report"]), unit) for unit in now["units"]]
    present = {unit["report"] for unit in now["units"]}
    gone = [_change(unit, None) for report, unit in then.items() if report not in present]
    earlier, later = before["overlaps"], now["overlaps"]
    return Changes(
        units=[change for change in (*units, *gone) if change is not None],
        totals=_differences(before["totals"], now["totals"]),
        round=_of_round(before, now),
        decisions=[
            f"{_decided(earlier.get(key), later.get(key))}: {(later.get(key) or earlier[key])[0]}"
            for key in (*earlier, *(each for each in later if each not in earlier))
            if earlier.get(key) != later.get(key)
        ],
    )


def _of_round(before: Mapping[str, Any], now: Snapshot) -> list[str]:
    said = []
    if before["due_at"] != now["due_at"]:
        said.append(f"Hạn gửi từ {before['due_at']} sang {now['due_at']}")
    if before["undecided"] != now["undecided"]:
        said.append(f"Hoạt động có thể bị tính trùng chưa quyết định: từ {before['undecided']} sang {now['undecided']}")
    return said


def _decided(before: list[str] | None, now: list[str] | None) -> str:
    if now is None:
        return "Không còn được tính một lần, cần quyết định lại"
    return "Mới được tính một lần" if before is None else "Quyết định lại, vẫn tính một lần"


def _differences(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, tuple[int | None, int | None]]:
    pairs = {
        path: (before.get(path), now.get(path)) for path in (*before, *(each for each in now if each not in before))
    }
    return {path: pair for path, pair in pairs.items() if pair[0] != pair[1]}


def _change(then: UnitThen | None, now: UnitThen | None) -> UnitChange | None:
    what = _what(then, now)
    shown = now or then
    if not what or shown is None:
        return None
    totals = _differences(then["totals"] if then else {}, now["totals"] if now else {})
    return UnitChange(shown["report"], shown["name"], what, totals)


def _what(then: UnitThen | None, now: UnitThen | None) -> str:
    """What happened to a unit, in words; blank when nothing that the report shows."""
    if now is None:
        return "Không còn trong danh sách đơn vị phải báo cáo"
    label = Status(now["status"]).label
    if then is None:
        return f"Mới có trong danh sách đơn vị phải báo cáo; {label.lower()}"
    return ". ".join(_differing(then, now, label))


def _differing(then: UnitThen, now: UnitThen, label: str) -> Iterator[str]:
    """Everything that differs: one change must not hide another."""
    if now["counted"] and not then["counted"]:
        yield f"Số liệu mới được tính: {label.lower()} (lần gửi {now['revision']})"
    elif then["counted"] and not now["counted"]:
        yield f"Số liệu không còn được tính: {label.lower()}"
    else:
        if now["revision"] != then["revision"] and now["revision"]:
            yield f"Đã gửi{' lại' if then['revision'] else ''} (lần gửi {now['revision']})"
        if now["status"] != then["status"]:
            yield f"Từ “{Status(then['status']).label}” sang “{label}”"
        if now["late"] != then["late"]:
            yield f"Nay là {(now['late'] or 'Đúng hạn').lower()}, trước là {(then['late'] or 'Đúng hạn').lower()}"
        if now["entered_by"] != then["entered_by"]:
            yield f"Nhập thay: {now['entered_by'] or 'không còn'}"
    if now["extended"] != then["extended"]:
        yield f"Gia hạn đến {now['extended']}" if now["extended"] else "Không còn gia hạn"
    if now["group"] != then["group"]:
        yield "Chuyển sang nhóm đơn vị khác"
    if now["name"] != then["name"]:
        yield f"Đổi tên, trước là {then['name']}"
