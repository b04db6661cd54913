"""The Word templates: take the one in use, see what it may say, put another in its place, go back."""

from __future__ import annotations

from contextlib import closing
from io import BytesIO
from pathlib import PurePath

from flask import Blueprint, Response, abort, g, request

from nhanquyen.export.word import TemplateFaulty, WordKind
from nhanquyen.export.word.check import LARGEST_FILE, check
from nhanquyen.export.word_kinds import KINDS
from nhanquyen.store import events, word_templates
from nhanquyen.store.accounts import Role
from nhanquyen.store.database import transaction
from nhanquyen.text import clean_line
from nhanquyen.web.access import actor, allow
from nhanquyen.web.files import send_document
from nhanquyen.web.fragments import go, render, say

bp = Blueprint("word_templates", __name__, url_prefix="/tai-ve/mau-word")

LONGEST_NAME = 200


def _kind_or_404(key: str) -> WordKind:
    if key not in KINDS:
        abort(404)
    return KINDS[key]


def _page(status: int = 200, faulty: str = "", fault: str = "") -> Response:
    return render(
        "download/templates.html",
        status=status,
        kinds=KINDS.values(),
        own=word_templates.present(),
        limit_mb=LARGEST_FILE // 1024 // 1024,
        faulty=faulty,
        fault=fault,
    )


@bp.get("")
@allow(Role.SYNTHESIS, Role.ADMIN)
def index() -> Response:
    """Each kind of template: whose is in use, and the fields that it may use."""
    return _page()


@bp.get("/<kind>")
@allow(Role.SYNTHESIS, Role.ADMIN)
def file(kind: str) -> Response:
    """The template in use, or with ``?goc=1`` the one that came with the program."""
    found = _kind_or_404(kind)
    own = None if request.args.get("goc") == "1" else word_templates.content(kind)
    with transaction():
        which = "mẫu gốc" if own is None else "mẫu đang dùng"
        events.record("exported", actor(), subject=f"Mẫu Word, {found.name}: {which}")
    return send_document(BytesIO(own or found.built_in), f"mau-{kind}.docx")


@bp.post("/<kind>")
@allow(Role.SYNTHESIS)
def replace(kind: str) -> Response:
    """Put the uploaded file in place of the template, if it can be filled."""
    found = _kind_or_404(kind)
    upload = request.files.get("tep")
    if upload is None or not upload.filename:
        return _page(422, kind, "Chọn một tệp Word (.docx) rồi bấm “Thay mẫu”.")
    with closing(upload):
        data = upload.stream.read(LARGEST_FILE + 1)
    try:
        check(found, data, g.now)
    except TemplateFaulty as fault:
        return _page(422, kind, str(fault))
    name = clean_line(PurePath(upload.filename.replace("\\", "/")).name)[:LONGEST_NAME] or f"mau-{kind}.docx"
    if word_templates.replace(kind, found.name, name, data, actor()):
        say(f"Từ nay “{found.name}” dùng mẫu trong tệp “{name}”.")
    else:
        say(f"Mẫu trong tệp “{name}” đang được dùng; không thay thêm lần nữa.", "warning")
    return go("word_templates.index", _anchor=kind)


@bp.post("/<kind>/mau-goc")
@allow(Role.SYNTHESIS)
def restore(kind: str) -> Response:
    """Go back to the template that came with the program."""
    found = _kind_or_404(kind)
    if word_templates.restore(kind, found.name, actor()):
        say(f"“{found.name}” dùng lại mẫu gốc của chương trình.")
    else:
        say(f"“{found.name}” đang dùng mẫu gốc.", "warning")
    return go("word_templates.index", _anchor=kind)
