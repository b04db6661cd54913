"""The offline form of one report: download it, upload it, see all that it would change, confirm exactly that."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, g, request

from nhanquyen.directive import Directive
from nhanquyen.export.offline import Blank, offline_form
from nhanquyen.form.offline.filled import Filled
from nhanquyen.form.offline.merging import Plan, Seen
from nhanquyen.form.offline.opening import Opened, open_form
from nhanquyen.form.offline.reading import read_form
from nhanquyen.form.offline.telling import ItemLines, tell
from nhanquyen.form.workbook import WorkbookRefused
from nhanquyen.store import events, reports, taking_in
from nhanquyen.store.accounts import Role
from nhanquyen.store.database import transaction
from nhanquyen.store.models import Report, Round
from nhanquyen.store.reports import ReportClosed
from nhanquyen.store.rounds import directive_of
from nhanquyen.store.taking_in import PlanChanged, Signed, Taken
from nhanquyen.web import sealing
from nhanquyen.web.access import actor, allow, readable_report_or_404, report_or_404
from nhanquyen.web.errors import BadInput
from nhanquyen.web.files import send_workbook
from nhanquyen.web.fill import form_url, go_to_form, posted_once
from nhanquyen.web.fragments import render, say
from nhanquyen.web.uploads import chosen_workbook, limit_mb

bp = Blueprint("offline", __name__)

KIND = "offline-form"
LARGEST_SEAL = 6 * 1024 * 1024  # of what a confirming form may hold
MOST_AT_ONCE = 2  # workbooks that are read or wait for it, of all server threads
CHOICE_PREFIX = "chon."  # no name of an address begins so
FROM_FILE = "tep"
_places = threading.BoundedSemaphore(MOST_AT_ONCE)
_one_at_a_time = threading.Lock()
_reading: set[int] = set()


@contextmanager
def reading_turn() -> Iterator[None]:
    """One workbook is read at a time, and one waits: a hostile one works a processor hard, and who saves goes first.

    Raises `BadInput` at once for everybody else, and for an account that hands in another one meanwhile.
    """
    account = g.account.id
    if account in _reading or not _places.acquire(blocking=False):
        raise BadInput("Đang có biểu Excel khác được đọc. Chờ vài giây rồi chọn lại tệp; chưa ghi gì.", 503)
    _reading.add(account)
    try:
        with _one_at_a_time:
            yield
    finally:
        _reading.discard(account)
        _places.release()


@dataclass(frozen=True)
class Preview:
    """A file, read, and what taking it in would do now; *sealed* is what confirms exactly that."""

    report: Report
    filled: Filled
    plan: Plan
    lines: tuple[ItemLines, ...]
    signed: dict[str, Signed]
    sealed: str

    @property
    def faults(self) -> tuple[Any, ...]:
        return (*self.filled.faults, *self.plan.faults)


def opened_of(data: bytes, round: Round) -> Opened:
    """The offline form in *data*, which must be of *round*. Raises `WorkbookRefused`."""
    opened = open_form(data, directive_of(round))
    if opened.origin.round != round.key:
        raise WorkbookRefused(
            "Biểu này của đợt báo cáo khác nên không ghi vào đợt này. Tải biểu mới của đợt này, chép số liệu sang."
        )
    return opened


def preview_of(report: Report, filled: Filled, directive: Directive) -> Preview:
    """What taking in *filled* would do now. Raises `WorkbookRefused` when it is more than one form can confirm."""
    plan, signed = taking_in.preview(report, filled, directive)
    lines = tell(directive, plan, reports.load_answers(report))
    text = sealing.seal(KIND, {"report": report.id, "filled": filled.dump(), "seen": plan.seen})
    if len(text) > LARGEST_SEAL:
        raise WorkbookRefused("Tệp có quá nhiều nội dung mới cho một lần ghi. Ghi từng phần, hoặc nhập trên web.")
    return Preview(report, filled, plan, lines, signed, text)


def unsealed(text: str) -> tuple[int, Filled, Seen] | None:
    """The report, what was filled and what was seen of the plan, or None for what is no seal of this session."""
    held = sealing.unseal(KIND, text)
    if held is None:
        return None
    return int(held["report"]), Filled.load(held["filled"]), Seen(*held["seen"])


def chosen_names(prefix: str = CHOICE_PREFIX) -> set[str]:
    """The conflicts for which this request takes the file's side."""
    return {
        name.removeprefix(prefix)
        for name, choice in request.form.items()
        if name.startswith(prefix) and choice == FROM_FILE
    }


def _page(report: Report, fault: str = "", status: int = 200) -> Response:
    closed = reports.closed_reason(report, actor())
    return render(
        "offline/page.html", status=status, report=report, closed=closed, fault=fault, limit_mb=limit_mb(),
        form_url=form_url,
    )  # fmt: skip


@bp.get("/bao-cao/<int:report_id>/bieu-excel")
@allow(Role.UNIT, Role.SYNTHESIS)
def page(report_id: int) -> Response:
    """What the offline form is for, the way to get it and to hand it in."""
    return _page(report_or_404(report_id))


def _send(report: Report) -> Response:
    unit = report.unit
    content = offline_form(
        Blank(
            directive_of(report.round), reports.load_answers(report), reports.respondent_of(report), report.round.key,
            unit.code, unit.name, reports.due_at(report), report.version, g.now, secrets.token_hex(8),
        )
    )  # fmt: skip
    with transaction():
        events.record("exported", actor(), unit=unit, round=report.round, subject="Biểu Excel để điền")
    return send_workbook(BytesIO(content), f"bieu-{unit.code.lower()}-{g.now:%Y%m%d-%H%M}.xlsx")


@bp.get("/bao-cao/<int:report_id>/bieu-excel/tep")
@allow(Role.UNIT, Role.SYNTHESIS)
def download(report_id: int) -> Response:
    """The offline form of whoever fills the report, with what it says now."""
    return _send(report_or_404(report_id))


@bp.get("/tong-hop/bao-cao/<int:report_id>/bieu-excel")
@allow(Role.SYNTHESIS, Role.ADMIN)
def of_unit(report_id: int) -> Response:
    """The offline form of a unit that cannot reach the program, to be handed to it."""
    return _send(readable_report_or_404(report_id))


def _require_open(report: Report) -> None:
    if reason := reports.closed_reason(report, actor()):
        raise ReportClosed(reason)


def _read(report: Report) -> Filled:
    """What the chosen file says. Raises `WorkbookRefused`."""
    data = chosen_workbook()
    with reading_turn():
        opened = opened_of(data, report.round)
        if opened.origin.unit != report.unit.code:
            raise WorkbookRefused(
                f"Biểu này của đơn vị mã {opened.origin.unit}, không phải của {report.unit.name} ({report.unit.code}). "
                "Chọn đúng tệp của đơn vị."
            )
        return read_form(opened, directive_of(report.round))


def _shown(found: Preview, status: int = 200, news: bool = False) -> Response:
    names = chosen_names()
    return render("offline/preview.html", status=status, found=found, news=news, chosen=names, form_url=form_url)


@bp.post("/bao-cao/<int:report_id>/bieu-excel")
@allow(Role.UNIT, Role.SYNTHESIS)
def preview(report_id: int) -> Response:
    """What taking in the file would change; nothing is saved."""
    report = report_or_404(report_id)
    _require_open(report)
    try:
        return _shown(preview_of(report, _read(report), directive_of(report.round)))
    except WorkbookRefused as refusal:
        return _page(report, str(refusal), 422)


def told(taken: Taken) -> tuple[str, str]:
    """What became of a file, in words, and how it is shown. What of it was not read is told beside."""
    if taken.saved:
        return f"Đã ghi {taken.saved} thay đổi từ biểu Excel.", "success"
    if taken.before:
        return "Các thay đổi này đã được ghi trước đó; không ghi thêm lần nữa.", "warning"
    return "Không có gì để ghi: bản trên web được giữ nguyên.", "warning"


@bp.post("/bao-cao/<int:report_id>/bieu-excel/ghi")
@allow(Role.UNIT, Role.SYNTHESIS)
def confirm(report_id: int) -> Response:
    """Save exactly what was shown, or show it again with the news when the report has changed in between."""
    report = report_or_404(report_id)
    held = unsealed(request.form.get("ke_hoach", ""))
    if held is None or held[0] != report.id:
        return _page(report, sealing.STALE, 422)
    _, filled, seen = held
    directive = directive_of(report.round)
    try:
        taken = taking_in.take_in(report, filled, seen, chosen_names(), directive, actor(), posted_once())
    except PlanChanged:
        return _shown(preview_of(report, filled, directive), 409, news=True)
    words, kind = told(taken)
    if taken.unread:  # too much for a line on the next page, and to be worked off
        return render(
            "offline/result.html", report=report, words=words, kind=kind, unread=taken.unread, form_url=form_url
        )
    say(words, kind)
    return go_to_form(report)
