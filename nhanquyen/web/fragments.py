"""Answers: a page, or the fragment of it that htmx asked for, and the way to the next page."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask_htmx import HTMX
from werkzeug.exceptions import HTTPException

from nhanquyen.directive import Address
from nhanquyen.form.patch import BASE_PREFIX
from nhanquyen.web.intake import is_from_here

htmx = HTMX()


def is_htmx() -> bool:
    """Whether htmx asks for a fragment (a restored history entry wants the page)."""
    return bool(htmx) and not htmx.history_restore_request


def render(page: str, fragment: str | None = None, status: int = 200, **context: Any) -> Response:
    """*page*, or *fragment* when htmx asks and there is one."""
    chosen = fragment if fragment is not None and is_htmx() else page
    response = make_response(render_template(chosen, **context), status)
    response.vary.add("HX-Request")
    return response


def go(endpoint: str, _anchor: str | None = None, **values: Any) -> Response:
    """To another page by GET, also for htmx and after any method."""
    return redirect(url_for(endpoint, _anchor=_anchor, **values), code=303)  # type: ignore[return-value]


def program_address() -> str:
    """The address of the program to be written on paper or in a message: the one that was set, else the one in use."""
    return str(current_app.config["PUBLIC_URL"] or request.host_url).rstrip("/")


def say(text: str, kind: str = "success") -> None:
    """Show *text* on the next page."""
    flash(text, kind)


def typed_pairs() -> list[tuple[str, str]]:
    """What was typed into a report in this request, to hand back when it could not be saved.

    Nothing when the request itself cannot be read, as it is too large, or when another site's page sends it.
    """
    if not is_from_here() or g.get("too_large"):
        return []
    try:
        posted = list(request.form.items(multi=True))
    except HTTPException:
        return []
    pairs = []
    for name, text in posted:
        try:
            Address.parse((name or "").removeprefix(BASE_PREFIX))  # a malformed body may hold parts without a name
        except ValueError:
            continue
        pairs.append((name, text))
    if pairs and (version := request.form.get("ver")):
        pairs.append(("ver", version))
    return pairs


def ask_to_sign_in() -> Response:
    """401 for htmx (the page then asks in place); the sign-in page, with what was typed, for the browser."""
    if is_htmx():
        return make_response(render_template("errors/_message.html", message="Phiên đã hết. Hãy đăng nhập lại."), 401)
    if request.method == "POST" and (pairs := typed_pairs()):
        page = render_template("account/sign_in.html", form=None, kept=pairs, next=request.path, name="")
        return make_response(page, 401)
    asked_for = request.full_path.rstrip("?") if request.method != "POST" else None
    return go("account.sign_in", next=asked_for)


def ask_for_own_password() -> Response:
    """The way to the password page, before which nothing else is done; what was typed is handed back for later."""
    if is_htmx():
        message = "Đặt mật khẩu riêng trước đã. Mở lại trang chính trong thẻ mới để đặt, xong quay lại đây."
        return make_response(render_template("errors/_message.html", message=message), 403)
    if request.method == "POST" and (pairs := typed_pairs()):
        advice = "Đặt mật khẩu riêng trong thẻ mới, xong quay lại đây bấm nút dưới để lưu; phần vừa nhập vẫn còn."
        context = {"title": "Đặt mật khẩu riêng trước đã", "advice": advice, "path": request.path, "kept": pairs}
        return make_response(render_template("errors/resume.html", **context), 403)
    return go("account.password")
