"""The letter that reminds exactly the units that have not sent at one moment: a công văn, ready to be numbered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from nhanquyen.clock import end_of_day, format_instant, is_past
from nhanquyen.directive import BUILT_IN, load_directive
from nhanquyen.directive.values import group_digits
from nhanquyen.export.missing import MissingList, awaited, missing_list, remarks
from nhanquyen.export.word.catalogue import Says, WordKind
from nhanquyen.export.word.paper import Paper, day_or_blank
from nhanquyen.overview import Wanted
from nhanquyen.store.reports import ReportLine, Status

BLANK_NUMBER = "……/{symbol}"
ADDRESSED = 8  # units that are named under “Kính gửi”; more of them stand in a list of their own
IN_TIME = "chưa đến hạn"


@dataclass(frozen=True)
class Reminded:
    """One unit in the list."""

    number: Annotated[int, Says("so", "Số thứ tự trong cả danh sách")]
    name: Annotated[str, Says("ten", "Tên đơn vị")]
    due: Annotated[str, Says("han_gui", "Hạn gửi của đơn vị, kể cả khi được gia hạn")]
    remark: Annotated[str, Says("tinh_hinh", "Trễ hạn bao lâu, đã trả lại để bổ sung, đã gia hạn")]


@dataclass(frozen=True)
class RemindedPart:
    """The listed units of one part of the unit list."""

    heading: Annotated[str, Says("ten", "Tên phần, ví dụ “A. Phòng, ban, ngành”")]
    units: Annotated[tuple[Reminded, ...], Says("don_vi", "Các đơn vị của phần, theo thứ tự")]


@dataclass(frozen=True)
class ReminderLetter(Paper):
    """The context of the template."""

    opening: Annotated[str, Says("mo_dau", "Nhắc lại công văn và hạn gửi")]
    situation: Annotated[str, Says("tinh_hinh", "Đến lúc nào, bao nhiêu đơn vị đã gửi, còn thiếu của ai")]
    request: Annotated[str, Says("de_nghi", "Đề nghị gửi báo cáo ở đâu")]
    help: Annotated[str, Says("lien_he", "Vướng mắc thì gọi ai")]
    closing: Annotated[str, Says("ket_thuc", "Câu kết thúc, chưa có “./.”")]
    annex: Annotated[
        tuple[RemindedPart, ...],
        Says("danh_sach", f"Danh sách kèm theo, từng phần; trống khi không quá {ADDRESSED} đơn vị"),
    ]
    annex_title: Annotated[str, Says("ten_danh_sach", "Tên danh sách kèm theo")]
    annexed_to: Annotated[str, Says("kem_theo", "Danh sách kèm theo văn bản nào")]
    moment: Annotated[str, Says("thoi_diem", "Thời điểm của danh sách")]
    due: Annotated[str, Says("han_gui", "Hạn gửi của đợt báo cáo")]
    count: Annotated[int, Says("so_don_vi", "Số đơn vị được đôn đốc")]


def reminder_letter(found: MissingList, address: str, phone: str) -> ReminderLetter:
    """A letter to the units of *found*. Raises ValueError when there is none: nobody is to be reminded then."""
    lines, directive = found.lines, found.directive
    if not lines:
        raise ValueError("a letter reminds somebody")
    annexed = len(lines) > ADDRESSED
    number = BLANK_NUMBER.format(symbol=directive.reminder.symbol)
    day = day_or_blank(None, found.at.year)
    return ReminderLetter(
        superior=directive.consolidated.superior,
        issuer=(directive.issuer,),
        number=number,
        place=directive.place,
        day=day,
        summary=f"V/v đôn đốc báo cáo kết quả thực hiện Công văn số {directive.number}",
        addressees=(("Các đơn vị có tên trong danh sách kèm theo",) if annexed else tuple(line.name for line in lines)),
        authority=(directive.signer,),
        signer="",
        recipients=directive.reminder.copies,
        opening=_opening(found),
        situation=_situation(found, annexed),
        request=_request(found, address),
        help=_help(directive.receiver, phone),
        closing=f"{directive.issuer} mong các đơn vị quan tâm, phối hợp thực hiện",
        annex=_annex(found) if annexed else (),
        annex_title=f"Danh sách đơn vị chưa gửi báo cáo kết quả thực hiện Công văn số {directive.number}",
        annexed_to=f"(Kèm theo Công văn số {number} {day} của {directive.issuer})",
        moment=format_instant(found.at),
        due=format_instant(found.due_at),
        count=len(lines),
    )


def _opening(found: MissingList) -> str:
    directive = found.directive
    about = directive.title.removeprefix("V/v ")
    return (
        f"Ngày {directive.issued_on:%d/%m/%Y}, {directive.issuer} có Công văn số {directive.number} về việc {about}, "
        f"đề nghị các đơn vị báo cáo kết quả thực hiện về {directive.issuer} (qua {directive.receiver}). "
        f"Hạn gửi báo cáo: {format_instant(found.due_at)}."
    )


def _situation(found: MissingList, annexed: bool) -> str:
    lines, states = found.lines, found.states
    late = sum(line.late_days(found.at) > 0 for line in lines)
    if len(lines) == 1:
        whose = ", ".join([lines[0].name, *remarks(lines[0], found.at)])
    else:
        whose = f"{group_digits(len(lines))} đơn vị có tên " + ("trong danh sách kèm theo" if annexed else "nêu trên")
        whose += f", trong đó {group_digits(late)} đơn vị đã trễ hạn" if late else ""
    return (
        f"Đến {format_instant(found.at)}, {group_digits(states.counted)}/{group_digits(states.units)} đơn vị đã gửi "
        f"báo cáo; {found.directive.issuer} chưa nhận được {awaited(lines)} của {whose}."
    )


def _request(found: MissingList, address: str) -> str:
    pressing = [is_past(line.due_at, found.at) for line in found.lines]
    when = "ngay khi nhận được Công văn này" if any(pressing) else "đúng hạn"
    if any(pressing) and not all(pressing):
        when += " (đơn vị chưa đến hạn thì gửi đúng hạn)"
    return (
        f"Để kịp tổng hợp, báo cáo cấp trên, {found.directive.issuer} đề nghị các đơn vị khẩn trương hoàn thành "
        f"báo cáo và gửi {when}, tại địa chỉ {address}."
    )


def _help(receiver: str, phone: str) -> str:
    return f"Có khó khăn, vướng mắc, liên hệ {receiver}" + (f", điện thoại {phone}." if phone else ".")


def _annex(found: MissingList) -> tuple[RemindedPart, ...]:
    return tuple(
        RemindedPart(part.heading, tuple(_reminded(number, line, found.at) for number, line in lines))
        for part, lines in found.numbered()
    )


def _reminded(number: int, line: ReportLine, now: datetime) -> Reminded:
    said = ", ".join(remarks(line, now)) or IN_TIME
    return Reminded(number, line.name, format_instant(line.due_at), said[0].upper() + said[1:])


def _line(number: int, name: str, group: str, due_at: datetime, **more: Any) -> ReportLine:
    """A unit that has not begun, for the samples."""
    nothing: dict[str, Any] = {}
    line = ReportLine(
        report_id=number, unit_id=number, code=f"DV{number}", name=name, group=group, position=number, contact="",
        contact_position="", phone="", search_key="", revision=0, duties=nothing, progress=nothing, standings=nothing,
        totals=nothing, sent_at=None, arrived_at=None, saved_at=None, review_started_at=None, accepted_at=None,
        entered_at=None, entered_by="", recall="", extended=False, due_at=due_at, status=Status.NOT_STARTED,
    )  # fmt: skip
    return line._replace(**more)


def _samples() -> tuple[ReminderLetter, ReminderLetter]:
    """To ten units: late, returned or given more time; and to one that still has time, without a telephone."""
    directive = load_directive(BUILT_IN)
    due = end_of_day(directive.deadline)
    first, last = directive.group_parts[0].groups[0], directive.group_parts[-1].groups[0]
    lines = [_line(number, f"Phòng chuyên môn số {number}", first, due) for number in range(1, 8)]
    lines += [_line(number, f"Ủy ban nhân dân Phường {number - 7}", last, due) for number in range(8, 11)]
    lines[1] = lines[1]._replace(status=Status.RETURNED, arrived_at=due - timedelta(days=1))
    lines[-1] = lines[-1]._replace(extended=True, due_at=due + timedelta(days=3))
    later, before = due + timedelta(hours=33), due - timedelta(days=1)
    many = missing_list(directive, due, lines, {}, Wanted(), later)
    one = missing_list(directive, due, lines[:1], {}, Wanted(), before)
    address = "http://192.168.1.20:8080"
    return reminder_letter(many, address, "0294 3832 113"), reminder_letter(one, address, "")


REMINDER = WordKind("reminder", "Công văn đôn đốc", ReminderLetter, _samples)
