"""Download: the combined Excel and the consolidated report in Word."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from tempfile import TemporaryFile

from flask import Blueprint, Response, g, request

from nhanquyen import overview
from nhanquyen.directive import Directive
from nhanquyen.export import combined, consolidated
from nhanquyen.export.consolidated import CONSOLIDATED
from nhanquyen.export.word import TemplateFaulty
from nhanquyen.overview import Scope, Wanted
from nhanquyen.store import events, overlaps, reports, word_templates
from nhanquyen.store.accounts import Role
from nhanquyen.store.database import transaction
from nhanquyen.store.models import Round
from nhanquyen.store.reports import ReportLine
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.web.access import actor, allow
from nhanquyen.web.errors import BadInput
from nhanquyen.web.files import send_document, send_workbook
from nhanquyen.web.fragments import render
from nhanquyen.web.word import misfit

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


def _asked(directive: Directive, default: Scope) -> tuple[Scope, str]:
    """The scope and the group (blank: all) in the address. Raises `BadInput` for what is not on the page."""
    scope, group = request.args.get("pham_vi", default.value), request.args.get("nhom", "")
    if scope not in list(Scope) or group not in ("", *directive.groups):
        raise BadInput("Không có phạm vi hoặc nhóm đơn vị này. Mở lại trang Tải về rồi chọn.")
    return Scope(scope), group


def _about(round: Round, directive: Directive, scope: Scope, group: str) -> combined.About:
    return combined.About(
        round_title=round.title,
        scope=scope,
        made_at=g.now,
        made_by=g.account.display_name,
        due_at=round.due_at,
        closes_at=round.closes_at,
        filter=f"Nhóm: {directive.groups[group]}" if group else combined.ALL_UNITS,
    )


def _lines(round: Round, group: str) -> list[ReportLine]:
    return Wanted(group=group).matching(reports.board_lines(round, g.now.date()), g.now)


def _name(what: str, scope: Scope, group: str, default: Scope) -> str:
    """The name of a file, without its ending: what it is of whom, if not as usual, and when."""
    which = [group.lower()] if group else []
    if scope is not default:
        which.append(scope.value.replace("_", "-"))
    return "-".join([what, *which, f"{g.now:%Y%m%d-%H%M}"])


def _record(round: Round, what: str, about: combined.About) -> None:
    with transaction():
        events.record("exported", actor(), round=round, subject=f"{what}: {about.scope.label}. {about.filter}")


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
    )


@bp.get("/excel")
@allow(Role.SYNTHESIS, Role.ADMIN)
def excel() -> Response:
    """The combined workbook as of now."""
    round = current_round()
    directive = directive_of(round)
    scope, group = _asked(directive, Scope.SENT)
    about = _about(round, directive, scope, group)
    with turn():
        content = TemporaryFile()  # noqa: SIM115  # closed when it has been sent
        combined.write(content, directive, _lines(round, group), reports.each_answers, about)
    _record(round, "Excel tổng hợp", about)
    return send_workbook(content, f"{_name('tong-hop', scope, group, Scope.SENT)}.xlsx")


@bp.get("/word")
@allow(Role.SYNTHESIS, Role.ADMIN)
def word() -> Response:
    """The consolidated report as of now; unless asked otherwise only accepted reports speak in it."""
    round = current_round()
    directive = directive_of(round)
    scope, group = _asked(directive, Scope.ACCEPTED)
    about = _about(round, directive, scope, group)
    with turn():
        lines, decisions = _lines(round, group), overlaps.overlaps_of(round)
        template = word_templates.content(CONSOLIDATED.key)
        try:
            content = consolidated.write(directive, lines, reports.each_answers, decisions, about, template)
        except TemplateFaulty as fault:
            raise misfit(CONSOLIDATED, fault) from fault
    _record(round, "Báo cáo tổng hợp (Word)", about)
    return send_document(BytesIO(content), f"{_name('bao-cao-tong-hop', scope, group, Scope.ACCEPTED)}.docx")
