"""Static files: addressed by their content, so that browsers may keep them for good."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Response, current_app, request, url_for


@lru_cache(maxsize=64)
def _fingerprint(path: str, changed: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:8]


def asset_url(name: str) -> str:
    """The address of the static file *name* with a fingerprint of its content."""
    path = Path(str(current_app.static_folder)) / name
    return url_for("static", filename=name, v=_fingerprint(str(path), path.stat().st_mtime_ns))


def cache_static(response: Response) -> Response:
    """Let fingerprinted files be kept without asking again."""
    if request.endpoint == "static" and response.status_code == 200 and "v" in request.args:
        response.cache_control.immutable = True
        response.cache_control.public = True
    return response
