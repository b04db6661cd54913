"""Help: what each role does and how, in the words of the screens."""

from __future__ import annotations

from flask import Blueprint, Response, g

from nhanquyen.store import attachments
from nhanquyen.store.accounts import PASSWORD_MIN, Role
from nhanquyen.web.access import public
from nhanquyen.web.fragments import render

bp = Blueprint("help", __name__)


@bp.get("/tro-giup")
@public
def index() -> Response:
    """The help page of whoever is signed in; of a unit before that."""
    role = g.account.role if g.account else Role.UNIT
    return render("help/index.html", role=role, password_min=PASSWORD_MIN, max_files=attachments.MAX_FILES)
