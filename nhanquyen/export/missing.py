"""Who has not sent at one moment, and the words for it.

Screen, message, Excel and letter are made of the same `MissingList`, so that all name the same units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from nhanquyen import overview
from nhanquyen.clock import format_instant
from nhanquyen.directive import Directive
from nhanquyen.directive.values import group_digits
from nhanquyen.overview import MISSING, Part, States, Wanted
from nhanquyen.store.reports import ReportLine, Status

ENTERING = "đang nhập thay"


@dataclass(frozen=True)
class MissingList:
    """The units that have not sent at *at*, in their *parts*; *states* are those of all units, filtered out or not.

    *filter* says in words which of the missing are listed; blank: all of them. *returned_at* is by report id.
    """

    directive: Directive
    at: datetime
    due_at: datetime
    states: States
    parts: Sequence[Part]
    returned_at: Mapping[int, datetime]
    filter: str

    @property
    def lines(self) -> list[ReportLine]:
        return [line for part in self.parts for line in part.lines]

    def numbered(self) -> list[tuple[Part, list[tuple[int, ReportLine]]]]:
        """The lines of each part with their numbers, which run through all parts."""
        numbers = count(1)
        return [(part, [(next(numbers), line) for line in part.lines]) for part in self.parts]

    def since(self, line: ReportLine) -> datetime | None:
        """When a returned report was returned, or a draft was last saved; None where nothing was entered."""
        return self.returned_at.get(line.report_id) if line.status is Status.RETURNED else line.saved_at


def missing_list(
    directive: Directive,
    due_at: datetime,
    lines: Sequence[ReportLine],
    returned_at: Mapping[int, datetime],
    wanted: Wanted,
    now: datetime,
) -> MissingList:
    """Those of the board's *lines* that have not sent at *now*, of the group and lateness *wanted*."""
    listed = Wanted(group=wanted.group, status=MISSING, late=wanted.late).matching(lines, now)
    group = directive.groups.get(wanted.group, wanted.group)
    words = [f"nhóm {group}" if group else "", "chỉ đơn vị trễ hạn" if wanted.late else ""]
    return MissingList(
        directive=directive,
        at=now,
        due_at=due_at,
        states=overview.states(lines, now),
        parts=overview.parts(directive, listed),
        returned_at=returned_at,
        filter=", ".join(filter(None, words)),
    )


def state(line: ReportLine) -> str:
    """How far the report of a missing unit is, in words."""
    return f"{line.status.label}, {ENTERING}" if line.entered_by else line.status.label


def summary(found: MissingList) -> str:
    """How many have not sent, of how many, and how they stand; the listed ones apart where the list is filtered."""
    states = found.states
    if not states.units:
        return "Chưa có đơn vị nào phải báo cáo."
    if not states.missing:
        return (
            f"Không còn đơn vị nào chưa gửi: {group_digits(states.units)}/{group_digits(states.units)} đơn vị đã gửi."
        )
    by_status = [
        f"{group_digits(units)} {status.label.lower()}"
        for status, units in states.by_status.items()
        if units and not status.counted
    ]
    text = f"{group_digits(states.missing)}/{group_digits(states.units)} đơn vị chưa gửi ({', '.join(by_status)})"
    if states.overdue:
        text += f", {group_digits(states.overdue)} đơn vị đã trễ hạn"
    if found.filter:
        text += f". Danh sách này: {found.filter}, {group_digits(len(found.lines))} đơn vị"
    return text + "."


def remarks(line: ReportLine, now: datetime) -> list[str]:
    """What a unit that is reminded must be told beside its name: returned, how late, until when it has time."""
    found = ["đã trả lại để bổ sung"] if line.status is Status.RETURNED else []
    if late := line.late_label(now):
        found.append(late[0].lower() + late[1:])
    if line.extended:
        found.append(f"đã gia hạn đến {format_instant(line.due_at)}")
    return found


def awaited(lines: Sequence[ReportLine]) -> str:
    """What the missing units owe: a report, and where one of them was returned, what must be added to it."""
    returned = [line for line in lines if line.status is Status.RETURNED]
    if not returned:
        return "báo cáo"
    return "bản bổ sung" if len(returned) == len(lines) else "báo cáo hoặc bản bổ sung"


def message(found: MissingList, address: str, phone: str) -> str:
    """A text to paste into a chat: what is due when, exactly who is listed, where to send it and whom to call."""
    directive = found.directive
    text = [
        "Kính gửi các đơn vị,",
        f"Báo cáo kết quả thực hiện Công văn số {directive.number} ngày {directive.issued_on:%d/%m/%Y} của "
        f"{directive.issuer} có hạn gửi {format_instant(found.due_at)}. Đến {format_instant(found.at)}, "
        f"{directive.receiver} chưa nhận được {awaited(found.lines)} của {group_digits(len(found.lines))} đơn vị sau:",
    ]
    for part, lines in found.numbered():
        if len(found.parts) > 1:
            text.append(part.heading)
        for number, line in lines:
            said = ", ".join(remarks(line, found.at))
            text.append(f"{number}. {line.name}" + (f" ({said})" if said else ""))
    text.append(f"Đề nghị các đơn vị hoàn thành và gửi báo cáo tại {address}")
    if phone:
        text.append(f"Cần hỗ trợ, gọi {directive.receiver}: {phone}.")
    return "\n".join([*text, "Trân trọng cảm ơn."])
