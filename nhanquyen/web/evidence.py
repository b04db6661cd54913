"""Evidence: photos and PDFs on the report and on its rows."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, abort, current_app, request

from nhanquyen.directive import BlockKind, Directive
from nhanquyen.form.evidence import FileRefused, prepare
from nhanquyen.store import attachments, reports
from nhanquyen.store.accounts import Role
from nhanquyen.store.attachments import TooManyFiles
from nhanquyen.store.models import Attachment, Report
from nhanquyen.store.rounds import directive_of
from nhanquyen.web.access import LARGEST_ID, actor, allow, readable_report_or_404, report_or_404
from nhanquyen.web.fill import address_of, page_context, posted_once
from nhanquyen.web.fragments import go, is_htmx, render, say

bp = Blueprint("evidence", __name__)

Place = tuple[str, str, str]


def _place_or_404(report: Report, directive: Directive, text: str) -> tuple[Place, str]:
    """The row that the evidence is for and its title; a place that takes none does not exist."""
    try:
        place = address_of(text)
        if not any(place):
            return place, "Minh chứng chung của báo cáo"
        block = directive.block(place[0], place[1])
    except (ValueError, KeyError):
        abort(404)
    if block.kind is BlockKind.MATRIX:
        label = next((row.label for row in block.rows if row.key == place[2]), None)
    else:
        rows = [row.key for row in reports.load_answers(report, place[0]).rows(directive.by_key[place[0]], block)]
        label = f"{block.row_name} {rows.index(place[2]) + 1}" if place[2] in rows else None
    if not block.evidence or label is None:
        abort(404)
    return place, f"Minh chứng: {label}"


def _page(report: Report, place: Place, title: str, status: int = 200, fault: str = "") -> Response:
    held = [each for each in attachments.of_report(report) if (each.item, each.block, each.row) == place]
    removed = min(request.args.get("da_xoa", 0, type=int), LARGEST_ID)
    return render(
        "evidence/index.html",
        "evidence/_files.html",
        status,
        held=held,
        place="-".join(place) if any(place) else "",
        title=title,
        fault=fault,
        undo=removed if attachments.is_removed(report, removed) else None,
        limit_mb=current_app.config["MAX_UPLOAD_MB"],
        **page_context(report, directive_of(report.round)),
    )


@bp.get("/bao-cao/<int:report_id>/minh-chung")
@allow(Role.UNIT, Role.SYNTHESIS)
def index(report_id: int) -> Response:
    """The files of one row (``?noi=n1-chi_tiet-rab12``) or of the report, and the way to add one."""
    report = report_or_404(report_id)
    place, title = _place_or_404(report, directive_of(report.round), request.args.get("noi", ""))
    return _page(report, place, title)


@bp.post("/bao-cao/<int:report_id>/minh-chung")
@allow(Role.UNIT, Role.SYNTHESIS)
def add(report_id: int) -> Response:
    """Add one file."""
    report = report_or_404(report_id)
    place, title = _place_or_404(report, directive_of(report.round), request.form.get("noi", ""))
    upload = request.files.get("tep")
    limit = int(current_app.config["MAX_UPLOAD_MB"])
    try:
        if upload is None or not upload.filename:
            raise FileRefused("Chọn một tệp rồi bấm “Tải lên”.")
        file = prepare(upload.filename, upload.stream.read(limit * 1024 * 1024 + 1), limit)
        attachments.add(report, place, file.name, file.media_type, file.data, file.thumbnail, actor(), posted_once())
    except KeyError:  # the row was removed while the file was on its way
        abort(404)
    except (FileRefused, TooManyFiles) as refusal:
        return _page(report, place, title, 422, str(refusal))
    if is_htmx():
        return _page(report, place, title)
    say(f"Đã lưu tệp “{file.name}”.")
    return go("evidence.index", report_id=report.id, noi=request.form.get("noi", ""))


def _attachment_or_404(report: Report, attachment_id: int) -> Attachment:
    found = attachments.find(report, attachment_id)
    if found is None:
        abort(404)
    return found


@bp.post("/bao-cao/<int:report_id>/minh-chung/<int:attachment_id>/xoa")
@allow(Role.UNIT, Role.SYNTHESIS)
def remove(report_id: int, attachment_id: int) -> Response:
    """Take a file off the report, or with ``lay=1`` bring it back."""
    report = report_or_404(report_id)
    found = _attachment_or_404(report, attachment_id)
    restore = request.form.get("lay") == "1"
    noi = f"{found.item}-{found.block}-{found.row}" if found.item else ""
    try:
        attachments.remove(report, found, actor(), restore=restore, request=posted_once())
    except TooManyFiles as refusal:
        return _page(report, *_place_or_404(report, directive_of(report.round), noi), 422, str(refusal))
    say(f"Đã {'lấy lại' if restore else 'xóa'} tệp “{found.name}”.")
    return go("evidence.index", report_id=report.id, noi=noi, da_xoa=None if restore else found.id)


@bp.get("/bao-cao/<int:report_id>/minh-chung/<int:attachment_id>")
@allow(*Role)
def file(report_id: int, attachment_id: int) -> Response:
    """The stored file, as a download that can run nothing; with ``?nho=1`` the small picture of a photo."""
    found = _attachment_or_404(readable_report_or_404(report_id), attachment_id)
    if "nho" in request.args:
        small = attachments.thumbnail(found)
        if small is None:
            abort(404)
        return Response(small, mimetype="image/jpeg")
    answer = Response(attachments.content(found), mimetype=found.media_type)
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"minh-chung\"; filename*=UTF-8''{quote(found.name, safe='')}"
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
