"""The admin's screens: units, accounts, the round and the log."""

from __future__ import annotations

from flask import Flask

from nhanquyen.web.admin import accounts, log, round, unit_import, units


def init_app(app: Flask) -> None:
    """Register the admin's screens."""
    for screen in (units, unit_import, accounts, round, log):
        app.register_blueprint(screen.bp)
