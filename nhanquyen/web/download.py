"""Download: the combined Excel."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile

from flask import Blueprint, Response, g, request

from nhanquyen import overview
from nhanquyen.directive import Directive
from nhanquyen.export import combined
from nhanquyen.overview import Scope, Wanted
from nhanquyen.store import events, reports
from nhanquyen.store.accounts import Role
from nhanquyen.store.database import transaction
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.web.access import actor, allow
from nhanquyen.web.errors import BadInput
from nhanquyen.web.files import send_workbook
from nhanquyen.web.fragments import render
from nhanquyen.web.overlaps import once_of

bp = Blueprint("download", __name__, url_prefix="/tai-ve")

WAIT_SECONDS = 20
_one_at_a_time = threading.Lock()


@contextmanager
def turn() -> Iterator[None]:
    """One large export at a time: it works a processor hard, and saving must go on beside it. Raises `BadInput`."""
    if not _one_at_a_time.acquire(timeout=WAIT_SECONDS):
        raise BadInput("Đang có người khác tải tệp. Chờ khoảng một phút rồi tải lại.", 503)
    try:
        yield
    finally:
        _one_at_a_time.release()


def _asked(directive: Directive) -> tuple[Scope, str]:
    """The scope and the group (blank: all) in the address. Raises `BadInput` for what is not on the page."""
    scope, group = request.args.get("pham_vi", Scope.SENT.value), request.args.get("nhom", "")
    if scope not in list(Scope) or group not in ("", *directive.groups):
        raise BadInput("Không có phạm vi hoặc nhóm đơn vị này. Mở lại trang Tải về rồi chọn.")
    return Scope(scope), group


@bp.get("")
@allow(Role.SYNTHESIS, Role.ADMIN)
def index() -> Response:
    """What can be downloaded, and of whom."""
    round = current_round()
    lines = reports.board_lines(round, g.now.date())
    present = {line.group for line in lines}
    return render(
        "download/index.html",
        groups={code: label for code, label in directive_of(round).groups.items() if code in present},
        counts={scope: sum(scope.counts(line) for line in lines) for scope in Scope},
        states=overview.states(lines, g.now),
        once=once_of(round, lines),
    )


@bp.get("/excel")
@allow(Role.SYNTHESIS, Role.ADMIN)
def excel() -> Response:
    """The combined workbook as of now."""
    round = current_round()
    directive = directive_of(round)
    scope, group = _asked(directive)
    about = combined.About(
        round_title=round.title,
        scope=scope,
        made_at=g.now,
        made_by=g.account.display_name,
        due_at=round.due_at,
        closes_at=round.closes_at,
        filter=f"Nhóm: {directive.groups[group]}" if group else combined.ALL_UNITS,
    )
    with turn():
        everyone = reports.board_lines(round, g.now.date())
        lines = Wanted(group=group).matching(everyone, g.now)
        content = TemporaryFile()  # noqa: SIM115  # closed when it has been sent
        combined.write(content, directive, lines, reports.each_answers, about, once_of(round, everyone, scope))
    with transaction():
        subject = f"Excel tổng hợp: {scope.label}. {about.filter}"
        events.record("exported", actor(), round=round, subject=subject)
    which = [group.lower()] if group else []
    if scope is not Scope.SENT:
        which.append(scope.value.replace("_", "-"))
    return send_workbook(content, "-".join(["tong-hop", *which, f"{g.now:%Y%m%d-%H%M}.xlsx"]))
