"""Download: the combined Excel, the consolidated report in Word, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from tempfile import TemporaryFile

from flask import Blueprint, Response, g, request

from nhanquyen import overview
from nhanquyen.directive import Directive
from nhanquyen.export import combined
from nhanquyen.overview import Scope
from nhanquyen.store import attachments, events, reports
from nhanquyen.store.accounts import Role
from nhanquyen.store.attachments import Amount
from nhanquyen.store.database import transaction
from nhanquyen.store.models import Round
from nhanquyen.store.reports import ReportLine
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.web.access import actor, allow
from nhanquyen.web.consolidation import gather, turn
from nhanquyen.web.errors import BadInput
from nhanquyen.web.evidence_zip import amount_words, owners, send_evidence
from nhanquyen.web.files import send_document, send_workbook
from nhanquyen.web.fragments import render
from nhanquyen.web.overlaps import once_of

bp = Blueprint("download", __name__, url_prefix="/tai-ve")


def _asked(directive: Directive, default: Scope) -> tuple[Scope, str]:
    """The scope and the group (blank: all) in the address. Raises `BadInput` for what is not on the page."""
    scope, group = request.args.get("pham_vi", default.value), request.args.get("nhom", "")
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
        once=once_of(round, lines),
    )


def _name(what: str, scope: Scope, group: str, default: Scope) -> str:
    """The name of a file, without its ending: what it is of whom, if not as usual, and when."""
    which = [group.lower()] if group else []
    if scope is not default:
        which.append(scope.value.replace("_", "-"))
    return "-".join([what, *which, f"{g.now:%Y%m%d-%H%M}"])


def _record(round: Round, what: str, about: combined.About) -> None:
    with transaction():
        events.record("exported", actor(), round=round, subject=f"{what}: {about.scope.label}. {about.filter}")


@bp.get("/excel")
@allow(Role.SYNTHESIS, Role.ADMIN)
def excel() -> Response:
    """The combined workbook as of now."""
    round = current_round()
    scope, group = _asked(directive_of(round), Scope.SENT)
    with turn():
        material = gather(round, scope, group)
        content = TemporaryFile()  # noqa: SIM115  # closed when it has been sent
        material.write_workbook(content)
    _record(round, "Excel tổng hợp", material.about)
    return send_workbook(content, f"{_name('tong-hop', scope, group, Scope.SENT)}.xlsx")


@bp.get("/word")
@allow(Role.SYNTHESIS, Role.ADMIN)
def word() -> Response:
    """The consolidated report as of now; unless asked otherwise only accepted reports speak in it."""
    round = current_round()
    scope, group = _asked(directive_of(round), Scope.ACCEPTED)
    with turn():
        material = gather(round, scope, group)
        content = material.document()
    _record(round, "Báo cáo tổng hợp (Word)", material.about)
    return send_document(BytesIO(content), f"{_name('bao-cao-tong-hop', scope, group, Scope.ACCEPTED)}.docx")


@bp.get("/minh-chung")
@allow(Role.SYNTHESIS, Role.ADMIN)
def evidence() -> Response:
    """The evidence as it is now, of the units whose reports are in the scope."""
    round = current_round()
    directive = directive_of(round)
    scope, group = _asked(directive, Scope.SENT)
    lines = reports.board_lines(round, g.now.date())
    wanted = [
        owner
        for owner, line in zip(owners(lines), lines, strict=True)
        if scope.counts(line) and group in ("", line.group)
    ]
    told = f"{scope.label}. Nhóm: {directive.groups[group]}" if group else f"{scope.label}. {combined.ALL_UNITS}"
    return send_evidence(round, directive, wanted, told, f"{_name('minh-chung', scope, group, Scope.SENT)}.zip")
