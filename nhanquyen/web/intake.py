"""What comes in is looked at before anything is done with it: the Host, the size of a form, where it was sent from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import abort, current_app, g, request
from werkzeug.exceptions import HTTPException

from nhanquyen.store.accounts import Role

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STRANGERS_FORM = 512 * 1024
LARGEST_FORM = 8 * 1024 * 1024
MOST_PAIRS = 20_000
MEGABYTE = 1024 * 1024
URLENCODED = "application/x-www-form-urlencoded"
TAKES_FILES = {
    "evidence.add",
    "offline.preview",
    "taking_in.preview",
    "admin_unit_import.preview",
    "word_templates.replace",
    "admin_backups.upload",
}
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL}){{0,9}}\.?|\[[0-9A-Fa-f:.]{{2,45}}\])(?::[0-9]{{1,5}})?\Z")

WsgiApp = Callable[..., Iterable[bytes]]


def refuse_odd_hosts(app: WsgiApp) -> WsgiApp:
    """Answer a Host that no address can be made of before any page needs one."""

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if _HOST.match(environ.get("HTTP_HOST", "localhost")):
            return app(environ, start_response)
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff"),
                   ("Content-Security-Policy", "default-src 'none'"), ("Cache-Control", "no-store")]  # fmt: skip
        start_response("400 Bad Request", headers)
        return ["Địa chỉ máy chủ trong yêu cầu không đọc được. Mở lại đúng địa chỉ ghi trên phiếu.".encode()]

    return guarded


def largest_body(limit: int) -> int:
    """How many bytes of a request the server lets through when most views take up to *limit*.

    Waitress refuses a body in English, so it takes twice what the program takes, which then refuses in Vietnamese.
    """
    return max(32 * MEGABYTE, 2 * limit)


def check_form() -> None:
    """Refuse a form that is no form of ours, is too large for who sends it, or cannot be parsed.

    A stranger's large form is not even read: whoever must sign in first is asked to, without it.
    """
    if request.method != "POST" or request.endpoint is None:
        return
    if request.mimetype not in ("", URLENCODED, "multipart/form-data"):
        abort(415)
    g.too_large = g.account is None and (request.content_length or 0) > STRANGERS_FORM
    if g.too_large and request.endpoint != "account.sign_in":
        return
    if request.endpoint == "admin_backups.upload" and g.account is not None and g.account.role == Role.ADMIN:
        request.max_content_length = largest_body(current_app.config["MAX_CONTENT_LENGTH"])
    if g.too_large or (request.mimetype == URLENCODED and _is_large()):
        abort(413)
    if _has_files() and request.endpoint not in TAKES_FILES:
        abort(400)


def _is_large() -> bool:
    return (request.content_length or 0) > LARGEST_FORM or request.get_data().count(b"&") > MOST_PAIRS


def _has_files() -> Any:
    """Whether files came along; what cannot be parsed at all is bad input, not a fault of the program."""
    try:
        if None in request.form or None in request.files:  # a part without a name
            abort(400)
        return request.files
    except (HTTPException, OSError):  # OSError: the server's own disk takes no more
        raise
    except Exception:  # the parser fails in many ways on a malformed multipart body
        abort(400)


def is_from_here() -> bool:
    """Whether one of our own pages sends this request, as far as the browser says.

    What a page of somebody else posts is never handed back to be sent once more.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site not in ("same-origin", "none"):
        return False
    return origin is None or urlsplit(origin).netloc == request.host
