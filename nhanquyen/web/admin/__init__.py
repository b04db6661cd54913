"""The admin's screens: units, accounts, the round, the log and the backups."""

from __future__ import annotations

from flask import Flask

from nhanquyen.web.admin import accounts, backups, log, round, unit_import, units


def init_app(app: Flask) -> None:
    """Register the admin's screens."""
    for screen in (units, unit_import, accounts, round, log, backups):
        app.register_blueprint(screen.bp)
