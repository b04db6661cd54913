"""Who may call what: every view names its roles, and a view that names none is denied to everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, request, session, url_for
from werkzeug.exceptions import HTTPException

from nhanquyen.store import events
from nhanquyen.store.accounts import Role, account_of_session
from nhanquyen.store.database import transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Report
from nhanquyen.store.reports import by_team, get_report, require_entered
from nhanquyen.web import fragments
from nhanquyen.web.intake import check_form

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC: frozenset[Role] = frozenset()
WHILE_PASSWORD_IS_ONE_TIME = {"account.password", "account.sign_out"}
LARGEST_ID = 2**31 - 1  # PostgreSQL's integers end here
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def allow(*roles: Role) -> Callable[[View], View]:
    """Let accounts of *roles* call the view."""

    def mark(view: View) -> View:
        view.allowed_roles = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Let everybody call the view, signed in or not."""
    view.allowed_roles = PUBLIC  # type: ignore[attr-defined]
    return view


def roles_of(app: Flask, endpoint: str) -> frozenset[Role] | None:
    """The roles that may call *endpoint*; empty for public ones, None when nobody may."""
    if endpoint == "static":
        return PUBLIC
    return getattr(app.view_functions[endpoint], "allowed_roles", None)


def actor() -> Actor:
    """Who makes this request, from where, at the request's one instant."""
    return Actor(g.account, request.remote_addr or "", g.now)


def home_of(role: str) -> str:
    """The address of a role's first screen."""
    return url_for({Role.UNIT: "fill.page", Role.SYNTHESIS: "board.index", Role.ADMIN: "admin_units.index"}[Role(role)])


def _may_write(report: Report) -> bool:
    """Whether the report is in the hands of who is signed in: the unit's own, or one that the Team enters from paper.

    The status and the closing time are asked later, by the store.
    """
    if g.account.role == Role.UNIT:
        return bool(report.unit_id == g.account.unit_id)
    return by_team(g.account) and report.entered_by_id is not None


def report_or_404(report_id: int) -> Report:
    """The report, if who is signed in fills it; for everybody else it does not exist.

    What the Team still posts into a report that it no longer enters raises `ReportClosed`, so that it is handed back.
    """
    report = get_report(report_id)
    if report is not None and by_team(g.account) and request.method == "POST":
        require_entered(report)
    if report is None or not _may_write(report):
        abort(404)
    return report


def is_fillable(path: str) -> bool:
    """Whether what is posted to *path* would go into a report that who is signed in fills."""
    try:
        _, values = current_app.url_map.bind("").match(path, method="POST")
    except HTTPException:
        return False
    report = get_report(values["report_id"]) if 0 < values.get("report_id", 0) <= LARGEST_ID else None
    return report is not None and _may_write(report)


def readable_report_or_404(report_id: int) -> Report:
    """The report for reading: the unit's own, or any for the Team and the admin."""
    if g.account.role == Role.UNIT:
        return report_or_404(report_id)
    report = get_report(report_id)
    if report is None:
        abort(404)
    return report


def _load_account() -> None:
    g.now = current_app.config["CLOCK"]()
    g.account = None
    if request.endpoint != "static" and (token := session.get("token")):
        config = current_app.config
        g.account = account_of_session(token, g.now, config["IDLE"], config["ABSOLUTE"])


def _refuse_impossible_address() -> None:
    """An address that no database can look up is answered like any other that leads nowhere."""
    if "\0" in request.path:
        abort(400)
    if any(isinstance(value, int) and value > LARGEST_ID for value in (request.view_args or {}).values()):
        abort(404)


def _guard() -> Response | tuple[str, int] | None:
    _load_account()
    _refuse_impossible_address()
    check_form()
    if request.endpoint is None:
        return None
    roles = roles_of(current_app, request.endpoint)
    if roles == PUBLIC:
        return None
    if g.account is None:
        return fragments.ask_to_sign_in()
    if g.account.must_change and request.endpoint not in WHILE_PASSWORD_IS_ONE_TIME:
        return fragments.ask_for_own_password()
    if roles is None or Role(g.account.role) not in roles:
        with transaction():
            events.record("denied", actor(), unit=g.account.unit_id, subject=f"{request.method} {request.path}")
        abort(403)
    return None


def _secure(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if current_app.config["HTTPS"]:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    """Guard every request and harden every response."""
    app.before_request(_guard)
    app.after_request(_secure)
