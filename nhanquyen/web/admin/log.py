"""The log: who did what, when, from where; filtered, paged and exported, never edited."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, g, request

from nhanquyen.directive.values import read_date
from nhanquyen.export.log import log_workbook
from nhanquyen.store import events
from nhanquyen.store.accounts import Role, normalise_username
from nhanquyen.store.database import transaction
from nhanquyen.store.events import ACTIONS, LogFilter
from nhanquyen.store.models import Event
from nhanquyen.text import clean_line
from nhanquyen.web.access import actor, allow
from nhanquyen.web.files import send_workbook
from nhanquyen.web.fragments import render
from nhanquyen.web.paging import asked_page

bp = Blueprint("admin_log", __name__, url_prefix="/quan-tri/nhat-ky")

PAGE_SIZE = 50
EXPORT_AT_MOST = 20_000
FILTERS = ("viec", "don_vi", "tai_khoan", "tu_ngay", "den_ngay")

_DETAILS = {
    "role": "quyền", "code": "mã", "active": "đang hoạt động", "added": "thêm", "removed": "bớt",
    "files": "số tệp", "size": "dung lượng (byte)", "sha256": "mã kiểm tra", "reasons": "lý do", "reason": "lý do",
    "answer": "trả lời",
    "item": "nội dung", "block": "phần", "row": "dòng", "receipt": "mã biên nhận", "name": "tên",
    "paper": "nhập thay, bản của đơn vị nhận lúc",
    "kind": "loại", "moment": "dữ liệu lúc", "before": "dữ liệu trước đó", "by": "người phục hồi",
}  # fmt: skip


def _show(value: Any) -> str:
    if value in list(Role):
        return Role(value).label
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {text}" for key, text in value.items())
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "không"
    return str(value)


def describe(detail: Mapping[str, Any]) -> list[str]:
    """What an event says beside its subject, line by line; changes as old → new."""
    lines = []
    for key, value in detail.items():
        if key == "changes":
            lines += [f"{name}: {old or '(trống)'} → {new or '(trống)'}" for name, (old, new) in value.items()]
        elif value not in ("", None, []):
            lines.append(f"{_DETAILS.get(key, key)}: {_show(value)}")
    return lines


def _filters() -> dict[str, str]:
    return {name: clean_line(request.args.get(name, "")) for name in FILTERS}


def _read(filters: Mapping[str, str]) -> tuple[LogFilter, list[tuple[str, str]]]:
    """The filter that was asked for, and the dates (with their field) that could not be read."""
    faults = [
        (name, f"Nhập {label} theo ngày/tháng/năm, ví dụ 22/12/2023.")
        for name, label in (("tu_ngay", "ngày bắt đầu"), ("den_ngay", "ngày kết thúc"))
        if filters[name] and read_date(filters[name]) is None
    ]
    wanted = LogFilter(
        action=filters["viec"] if filters["viec"] in ACTIONS else "",
        unit=filters["don_vi"].upper(),
        account=normalise_username(filters["tai_khoan"]),
        since=read_date(filters["tu_ngay"]),
        until=read_date(filters["den_ngay"]),
    )
    return wanted, faults


@bp.get("")
@allow(Role.ADMIN)
def index() -> Response:
    """Events, newest first; the filter stands in the address."""
    filters = _filters()
    wanted, faults = _read(filters)
    page = asked_page(events.count(wanted), PAGE_SIZE)
    found = events.find(wanted, PAGE_SIZE, page.offset)
    return render(
        "admin/log.html",
        "admin/_log.html",
        422 if faults else 200,
        lines=[(event, ACTIONS.get(event.action, event.action), describe(event.detail)) for event in found],
        paging=page,
        filters=filters,
        given={name: text for name, text in filters.items() if text},
        faults=faults,
        actions=ACTIONS,
        export_at_most=EXPORT_AT_MOST,
    )


def _row(event: Event) -> tuple[Any, ...]:
    return (
        event.at,
        event.actor,
        event.account.username if event.account else "",
        event.ip,
        ACTIONS.get(event.action, event.action),
        event.unit.code if event.unit else "",
        event.unit.name if event.unit else "",
        event.subject,
        "\n".join(describe(event.detail)),
    )


@bp.get("/xuat")
@allow(Role.ADMIN)
def export() -> Response:
    """The newest events of the filter as a workbook."""
    wanted, faults = _read(_filters())
    if faults:
        return index()
    content = log_workbook(_row(event) for event in events.find(wanted, EXPORT_AT_MOST))
    with transaction():
        events.record("exported", actor(), subject="Nhật ký (Excel)")
    name = f"nhat-ky-{g.now:%Y%m%d-%H%M}.xlsx"
    return send_workbook(BytesIO(content), name)
