"""Chase: who has not sent at this moment, as a list to call by, an Excel, a text to paste and a letter."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, current_app, g, request

from nhanquyen.export import missing
from nhanquyen.export.missing import MissingList
from nhanquyen.export.missing_sheet import missing_workbook
from nhanquyen.export.word import REMINDER, reminder_letter
from nhanquyen.overview import Wanted
from nhanquyen.store import events, reports, review
from nhanquyen.store.accounts import Role
from nhanquyen.store.database import transaction
from nhanquyen.store.models import Round
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.web.access import actor, allow
from nhanquyen.web.errors import BadInput
from nhanquyen.web.files import send_document, send_workbook
from nhanquyen.web.fragments import program_address, render
from nhanquyen.web.word import filled

bp = Blueprint("chase", __name__, url_prefix="/tong-hop/chua-gui")


def _missing_now(round: Round) -> MissingList:
    """Who has not sent, of those that the address asks for. Raises `BadInput` for a group that there is not."""
    directive = directive_of(round)
    wanted = Wanted(group=request.args.get("nhom", ""), late=bool(request.args.get("tre")))
    if wanted.group not in ("", *directive.groups):
        raise BadInput("Không có nhóm đơn vị này. Mở lại trang Đơn vị chưa gửi rồi chọn.")
    lines = reports.board_lines(round, g.now.date())
    return missing.missing_list(directive, round.due_at, lines, review.returned_since(round), wanted, g.now)


def _record(round: Round, found: MissingList, what: str) -> None:
    with transaction():
        subject = f"{what}: {len(found.lines)} đơn vị" + (f", {found.filter}" if found.filter else "")
        events.record("exported", actor(), round=round, subject=subject)


@bp.get("")
@allow(Role.SYNTHESIS, Role.ADMIN)
def index() -> Response:
    """The list, to read or to print; the filter stands in the address."""
    round = current_round()
    found = _missing_now(round)
    filters = {"nhom": request.args.get("nhom", ""), "tre": "1" if request.args.get("tre") else ""}
    return render(
        "chase/index.html",
        round=round,
        directive=found.directive,
        found=found,
        summary=missing.summary(found),
        message=missing.message(found, program_address(), current_app.config["TEAM_PHONE"]) if found.lines else "",
        filters=filters,
        given={name: text for name, text in filters.items() if text},
    )


@bp.get("/excel")
@allow(Role.SYNTHESIS, Role.ADMIN)
def excel() -> Response:
    """The list as a workbook, as of now."""
    round = current_round()
    found = _missing_now(round)
    content = missing_workbook(found)
    _record(round, found, "Danh sách đơn vị chưa gửi (Excel)")
    return send_workbook(BytesIO(content), f"chua-gui-{g.now:%Y%m%d-%H%M}.xlsx")


@bp.get("/cong-van")
@allow(Role.SYNTHESIS, Role.ADMIN)
def letter() -> Response:
    """A letter to exactly those on the list, as of now."""
    round = current_round()
    found = _missing_now(round)
    if not found.lines:
        raise BadInput("Không còn đơn vị nào trong danh sách chưa gửi, nên không có công văn đôn đốc.", 409)
    said = reminder_letter(found, program_address(), current_app.config["TEAM_PHONE"])
    content = filled(REMINDER, said, g.now, said.summary)
    _record(round, found, "Công văn đôn đốc (Word)")
    return send_document(BytesIO(content), f"cong-van-don-doc-{g.now:%Y%m%d-%H%M}.docx")
