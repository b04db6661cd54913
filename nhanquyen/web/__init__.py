"""HTTP: the screens, by the user's verb. Only here is Flask's request known."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from flask import Flask
from flask_htmx import HTMX
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from nhanquyen.clock import format_instant, format_long_day, system_clock
from nhanquyen.config import INSTANCE, read_settings, secret_key
from nhanquyen.directive.values import group_digits
from nhanquyen.store.accounts import Hasher
from nhanquyen.store.database import bind_to_serve, close_connection, open_connection
from nhanquyen.web import (
    accepting,
    access,
    account,
    admin,
    board,
    breakdown,
    chase,
    coverage,
    download,
    entering,
    errors,
    evidence,
    extension,
    fill,
    help,
    issuing,
    offline,
    overlaps,
    review,
    send,
    taking_in,
    word,
    word_templates,
)
from nhanquyen.web.assets import asset_url, cache_static
from nhanquyen.web.intake import refuse_odd_hosts
from nhanquyen.web.sessions import SignedSession

MEGABYTE = 1024 * 1024
SCREENS = (
    account, fill, evidence, send, entering, offline,  # the unit's, and the Team's in its place
    board, breakdown, coverage, overlaps, chase, review, accepting, extension, taking_in,  # the Team's evening
    download, word_templates, issuing,  # and what comes of it
    word, help,  # everybody's
)  # fmt: skip


def _configure(app: Flask, settings: Mapping[str, Any] | None) -> None:
    values: dict[str, Any] = dict(read_settings(INSTANCE))
    values.update(settings or {})
    values.setdefault("SECRET_KEY", None)
    app.config.from_mapping(
        CLOCK=values.pop("CLOCK", system_clock),
        HASHER=Hasher(values.pop("PASSWORD_METHOD", "scrypt")),
        SESSION_COOKIE_NAME="__Host-nhanquyen" if values["HTTPS"] else "nhanquyen",
        SESSION_COOKIE_SECURE=bool(values["HTTPS"]),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        IDLE=timedelta(minutes=int(values["IDLE_MINUTES"])),
        ABSOLUTE=timedelta(hours=int(values["SESSION_HOURS"])),
        MAX_CONTENT_LENGTH=int(values["MAX_UPLOAD_MB"]) * MEGABYTE + MEGABYTE,
        MAX_FORM_MEMORY_SIZE=8 * MEGABYTE,
        MAX_FORM_PARTS=20_000,
        WTF_CSRF_TIME_LIMIT=None,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
    )
    app.config.update(values)
    app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or secret_key(INSTANCE)


def _day(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""


def _instant(instant: datetime | None) -> str:
    return format_instant(instant) if instant else ""


def _register_templates(app: Flask) -> None:
    app.jinja_env.filters.update(number=group_digits, day=_day, long_day=format_long_day, instant=_instant)
    app.jinja_env.filters.update(draft_key=account.draft_key)
    app.jinja_env.globals.update(asset=asset_url, new_tab=partial(secrets.token_hex, 8))
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _open_connection() -> None:
    open_connection()


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    """The WSGI application over an existing database; *settings* go over those of the environment.

    Beside the names of `config.SETTINGS` they may hold SECRET_KEY, CLOCK (a `clock.Clock`) and PASSWORD_METHOD.
    """
    app = Flask("nhanquyen", template_folder="../templates", static_folder="../static", instance_path=str(INSTANCE))
    app.session_interface = SignedSession()
    _configure(app, settings)
    bind_to_serve(app.config["DATABASE_URL"])
    app.wsgi_app = refuse_odd_hosts(app.wsgi_app)  # type: ignore[method-assign]
    if app.config["PROXY_HOPS"]:
        hops = app.config["PROXY_HOPS"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    _register_templates(app)
    HTMX(app)
    app.before_request(_open_connection)
    app.teardown_request(lambda error: close_connection())
    access.init_app(app)
    CSRFProtect(app)
    errors.init_app(app)
    app.after_request(cache_static)
    for screen in SCREENS:
        app.register_blueprint(screen.bp)
    admin.init_app(app)
    return app
