"""The log: who did what to what, when, from where. Append-only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from peewee import JOIN, Expression

from nhanquyen.clock import VIETNAM
from nhanquyen.store.models import Account, Event, Round, Unit
from nhanquyen.text import clean_line

ACTIONS = {
    "setup": "Khởi tạo chương trình",
    "sign_in": "Đăng nhập",
    "sign_in_failed": "Đăng nhập không thành công",
    "sign_out": "Đăng xuất",
    "password_changed": "Đổi mật khẩu",
    "denied": "Bị từ chối truy cập",
    "account_added": "Tạo tài khoản",
    "account_reset": "Cấp lại mật khẩu",
    "account_disabled": "Khóa tài khoản",
    "account_enabled": "Mở lại tài khoản",
    "unit_added": "Thêm đơn vị",
    "unit_edited": "Sửa đơn vị",
    "unit_moved": "Đổi thứ tự đơn vị",
    "unit_deactivated": "Ngừng đơn vị",
    "unit_activated": "Dùng lại đơn vị",
    "units_imported": "Nhập danh sách đơn vị",
    "units_exported": "Xuất danh sách đơn vị",
    "round_opened": "Mở đợt báo cáo",
    "round_edited": "Sửa đợt báo cáo",
    "report_saved": "Nhập số liệu",
    "form_taken_in": "Ghi từ biểu Excel",
    "row_removed": "Xóa dòng",
    "row_restored": "Khôi phục dòng",
    "report_sent": "Gửi báo cáo",
    "report_withdrawn": "Rút lại báo cáo",
    "review_begun": "Bắt đầu xem xét báo cáo",
    "report_accepted": "Tiếp nhận báo cáo",
    "report_returned": "Trả lại bổ sung",
    "recall_asked": "Xin lấy lại báo cáo",
    "recall_declined": "Không trả lại theo yêu cầu",
    "due_extended": "Gia hạn cho đơn vị",
    "extension_ended": "Bỏ gia hạn",
    "entering_begun": "Bắt đầu nhập thay",
    "entering_ended": "Thôi nhập thay",
    "overlap_decided": "Quyết định về hoạt động trùng",
    "report_issued": "Phát hành báo cáo tổng hợp",
    "template_replaced": "Thay mẫu Word",
    "template_restored": "Dùng lại mẫu Word gốc",
    "evidence_added": "Thêm minh chứng",
    "evidence_removed": "Xóa minh chứng",
    "exported": "Xuất tệp",
    "backup_made": "Sao lưu dữ liệu",
    "backup_failed": "Sao lưu không thành công",
    "backup_uploaded": "Tải bản sao lưu lên",
    "backup_downloaded": "Tải bản sao lưu về",
    "backup_removed": "Xóa bản sao lưu",
    "restored": "Phục hồi dữ liệu từ bản sao lưu",
}


@dataclass(frozen=True)
class Actor:
    """Who acts, from where, and the one instant at which the request is decided."""

    account: Account | None
    ip: str
    at: datetime

    @property
    def name(self) -> str:
        if self.account is not None:
            return self.account.display_name
        return "Chưa đăng nhập" if self.ip else "Chương trình"


def record(
    action: str,
    actor: Actor,
    *,
    unit: Unit | int | None = None,
    round: Round | int | None = None,
    subject: str = "",
    **detail: Any,
) -> None:
    """Write one event; *action* is a key of `ACTIONS`. Call it inside the transaction of the act itself."""
    if action not in ACTIONS:
        raise KeyError(action)
    Event.insert(
        at=actor.at,
        account=actor.account,
        actor=actor.name[:200],
        ip=actor.ip,
        action=action,
        unit=unit,
        round=round,
        subject=clean_line(subject)[:300],
        detail=detail,
    ).execute()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, VIETNAM)


@dataclass(frozen=True)
class LogFilter:
    """Which events are wanted; a blank part wants all. *account* is a user name, *since* and *until* are whole days."""

    action: str = ""
    unit: str = ""
    account: str = ""
    since: date | None = None
    until: date | None = None

    def condition(self) -> Expression:
        found = Event.id > 0
        if self.action:
            found &= Event.action == self.action
        if self.unit:
            found &= Event.unit.in_(Unit.select(Unit.id).where(Unit.code == self.unit))
        if self.account:
            known = Account.select(Account.id).where(Account.username == self.account)
            found &= Event.account.in_(known) | (Event.subject == self.account)
        if self.since:
            found &= Event.at >= _midnight(self.since)
        if self.until:
            found &= Event.at < _midnight(self.until + timedelta(days=1))
        return found


def count(wanted: LogFilter) -> int:
    """How many events there are."""
    found: int = Event.select().where(wanted.condition()).count()
    return found


def find(wanted: LogFilter, limit: int, offset: int = 0) -> list[Event]:
    """Events, newest first, with their unit and account."""
    query = (
        Event.select(Event, Unit.code, Unit.name, Account.username)
        .join(Unit, JOIN.LEFT_OUTER)
        .switch(Event)
        .join(Account, JOIN.LEFT_OUTER)
        .where(wanted.condition())
        .order_by(Event.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return list(query)
