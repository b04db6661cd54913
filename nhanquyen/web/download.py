"""Download: the combined Excel, and the evidence."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from tempfile import TemporaryFile

from flask import Blueprint, Response, g, request

from nhanquyen import overview
from nhanquyen.directive import Directive
from nhanquyen.export import combined
from nhanquyen.overview import Scope, Wanted
from nhanquyen.store import attachments, events, reports
from nhanquyen.store.accounts import Role
from nhanquyen.store.attachments import Amount
from nhanquyen.store.database import transaction
from nhanquyen.store.reports import ReportLine
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.web.access import actor, allow
from nhanquyen.web.errors import BadInput
from nhanquyen.web.evidence_zip import amount_words, owners, send_evidence
from nhanquyen.web.files import send_workbook
from nhanquyen.web.fragments import render

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


def _evidence_amounts(
    lines: Sequence[ReportLine], groups: Mapping[str, str]
) -> list[tuple[str, str, dict[Scope, Amount]]]:
    """Code and name of each group, all of them first, with how much evidence there is in each scope."""
    held = attachments.amounts(line.report_id for line in lines)
    table = []
    for code, label in {"": "Tất cả", **groups}.items():
        sums = {}
        for scope in Scope:
            found = [
                held.get(line.report_id, Amount(0, 0))
                for line in lines
                if scope.counts(line) and code in ("", line.group)
            ]
            sums[scope] = Amount(sum(each.files for each in found), sum(each.size for each in found))
        table.append((code, label, sums))
    return table


@bp.get("")
@allow(Role.SYNTHESIS, Role.ADMIN)
def index() -> Response:
    """What can be downloaded, and of whom."""
    round = current_round()
    lines = reports.board_lines(round, g.now.date())
    present = {line.group for line in lines}
    groups = {code: label for code, label in directive_of(round).groups.items() if code in present}
    return render(
        "download/index.html",
        groups=groups,
        scopes=list(Scope),
        evidence=_evidence_amounts(lines, groups),
        amount_words=amount_words,
        counts={scope: sum(scope.counts(line) for line in lines) for scope in Scope},
        states=overview.states(lines, g.now),
    )


def _name(what: str, scope: Scope, group: str, ending: str) -> str:
    """A file's name: what it is, whose it is unless it is everybody's, and when it was made."""
    which = [group.lower()] if group else []
    if scope is not Scope.SENT:
        which.append(scope.value.replace("_", "-"))
    return "-".join([what, *which, f"{g.now:%Y%m%d-%H%M}.{ending}"])


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
        opened_at=round.opened_at,
        due_at=round.due_at,
        closes_at=round.closes_at,
        filter=f"Nhóm: {directive.groups[group]}" if group else combined.ALL_UNITS,
    )
    with turn():
        lines = Wanted(group=group).matching(reports.board_lines(round, g.now.date()), g.now)
        content = TemporaryFile()  # noqa: SIM115  # closed when it has been sent
        combined.write(content, directive, lines, reports.each_answers, about)
    with transaction():
        subject = f"Excel tổng hợp: {scope.label}. {about.filter}"
        events.record("exported", actor(), round=round, subject=subject)
    return send_workbook(content, _name("tong-hop", scope, group, "xlsx"))


@bp.get("/minh-chung")
@allow(Role.SYNTHESIS, Role.ADMIN)
def evidence() -> Response:
    """The evidence as it is now, of the units whose reports are in the scope."""
    round = current_round()
    directive = directive_of(round)
    scope, group = _asked(directive)
    lines = reports.board_lines(round, g.now.date())
    wanted = [
        owner
        for owner, line in zip(owners(lines), lines, strict=True)
        if scope.counts(line) and group in ("", line.group)
    ]
    told = f"{scope.label}. Nhóm: {directive.groups[group]}" if group else f"{scope.label}. {combined.ALL_UNITS}"
    return send_evidence(round, directive, wanted, told, _name("minh-chung", scope, group, "zip"))
