"""Issue: a consolidated report is frozen, given out again byte for byte, and later changes are listed."""

from __future__ import annotations

import hashlib
from io import BytesIO

from flask import Blueprint, Response, abort, g, request, send_file

from nhanquyen.overview import Scope, breakdown, snapshot
from nhanquyen.overview.snapshot import Snapshot
from nhanquyen.store import issuing, reports
from nhanquyen.store.accounts import Role
from nhanquyen.store.issuing import ChangedMeanwhile, IssuedMeanwhile, NewFile
from nhanquyen.store.models import Issuance, Round
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.text import clean_line
from nhanquyen.web.access import actor, allow
from nhanquyen.web.consolidation import Material, gather, turn
from nhanquyen.web.errors import BadInput
from nhanquyen.web.files import DOCX, XLSX
from nhanquyen.web.fragments import go, render, say

bp = Blueprint("issuing", __name__, url_prefix="/tong-hop/phat-hanh")

LONGEST_NOTE = 500


def _snapshot(material: Material) -> Snapshot:
    return snapshot.take(material.lines, material.once, material.scope, material.about.due_at)


def _page(status: int = 200, fault: str = "") -> Response:
    round = current_round()
    issued = issuing.issuances_of(round)
    lines = reports.board_lines(round, g.now.date())
    return render(
        "issuing/index.html",
        status=status,
        fault=fault,
        issued=issued,
        scopes={scope: sum(scope.counts(line) for line in lines) for scope in Scope},
        chosen=request.form.get("pham_vi", Scope.ACCEPTED.value),
        units=len(lines),
        note=request.form.get("ghi_chu", ""),
        scope_of=Scope,
        last=issued[0].number if issued else 0,
    )


@bp.get("")
@allow(Role.SYNTHESIS, Role.ADMIN)
def index() -> Response:
    """What was issued, and the form to issue."""
    return _page()


def _files(material: Material) -> list[NewFile]:
    """The Word report and the Excel of the same figures."""
    stamp = f"{material.scope.value.replace('_', '-')}-{material.about.made_at:%Y%m%d-%H%M}"
    workbook = BytesIO()
    material.write_workbook(workbook)
    return [
        NewFile(f"bao-cao-tong-hop-{stamp}.docx", DOCX, material.document()),
        NewFile(f"tong-hop-{stamp}.xlsx", XLSX, workbook.getvalue()),
    ]


def _last_seen(round: Round, typed: str) -> int:
    """The number of the last issued report that the page showed."""
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
    if number is None or number > issuing.last_number(round):
        raise BadInput("Trang đã cũ. Mở lại trang Phát hành rồi thử lại.")
    return number


@bp.post("")
@allow(Role.SYNTHESIS)
def issue() -> Response:
    """Freeze the figures of this moment as the next issued report."""
    scope, note = request.form.get("pham_vi", ""), clean_line(request.form.get("ghi_chu", ""))
    if scope not in list(Scope):
        return _page(422, "Chọn số liệu để phát hành.")
    if len(note) > LONGEST_NOTE:
        return _page(422, f"Ghi chú dài {len(note)} ký tự. Rút còn nhiều nhất {LONGEST_NOTE} ký tự.")
    round = current_round()
    after = _last_seen(round, request.form.get("sau_lan", ""))
    try:
        with turn():
            issuing.require_last(round, after)  # before the long work, for a button that is pressed twice
            material = gather(round, Scope(scope))
            if not any(material.scope.counts(line) for line in material.lines):
                return _page(422, "Chưa có báo cáo nào trong phạm vi này nên chưa phát hành được. Chọn phạm vi khác.")
            taken, files = _snapshot(material), _files(material)
            issued = issuing.issue(
                round, scope, files, taken, lambda: _snapshot(gather(round, material.scope)), note, actor(), after
            )
    except IssuedMeanwhile as earlier:
        say(f"Lần {earlier.number} vừa được phát hành trước đó; không phát hành thêm lần nữa.", "warning")
        return go("issuing.page", number=earlier.number)
    except ChangedMeanwhile:
        return _page(409, "Số liệu vừa thay đổi trong lúc tạo tệp nên chưa phát hành. Bấm phát hành lần nữa.")
    say(f"Đã phát hành báo cáo tổng hợp lần {issued.number}. Tệp được giữ nguyên như lúc này.")
    return go("issuing.page", number=issued.number)


def _issued_or_404(number: int) -> Issuance:
    found = issuing.get_issuance(current_round(), number)
    if found is None:
        abort(404)
    return found


@bp.get("/<int:number>")
@allow(Role.SYNTHESIS, Role.ADMIN)
def page(number: int) -> Response:
    """One issued report: its files, and what has changed since."""
    issued = _issued_or_404(number)
    scope = Scope(issued.scope)
    return render(
        "issuing/page.html",
        issued=issued,
        scope=scope,
        files=issuing.files_of(issued),
        counted=sum(unit["counted"] for unit in issued.snapshot["units"]),
        changes=snapshot.changes(issued.snapshot, _snapshot(gather(issued.round, scope))),
        indicators=breakdown.indicators(directive_of(issued.round)),
    )


@bp.get("/<int:number>/tep/<int:file_id>")
@allow(Role.SYNTHESIS, Role.ADMIN)
def file(number: int, file_id: int) -> Response:
    """A file of an issued report, as it was that day."""
    found = issuing.file_of(_issued_or_404(number), file_id)
    if found is None:
        abort(404)
    content = bytes(found.content)
    if hashlib.sha256(content).hexdigest() != found.sha256:
        raise BadInput("Tệp đã phát hành không còn nguyên vẹn trong cơ sở dữ liệu. Phục hồi từ bản sao lưu.", 500)
    return send_file(BytesIO(content), found.media_type, as_attachment=True, download_name=found.name)
