"""What was previewed goes through the browser and back, sealed: any process can carry it out, and only exactly that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app, g
from itsdangerous import BadData, URLSafeSerializer

VALID_FOR = timedelta(hours=12)
STALE = "Bản xem trước đã quá 12 giờ hoặc của phiên khác. Chọn lại tệp để xem trước lần nữa."


def _serializer(kind: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=f"{kind}-{g.account.id}")


def seal(kind: str, content: Any) -> str:
    """*content*, as JSON can hold it, for a hidden field: who is signed in may send it back, as the same *kind*."""
    sealed = _serializer(kind).dumps({"at": int(g.now.timestamp()), "content": content})
    return sealed if isinstance(sealed, str) else sealed.decode("ascii")


def unseal(kind: str, text: str) -> Any:
    """What was sealed, or None for what is no seal of this account and kind, or too old a one.

    A clock that was set back meanwhile makes nothing too old.
    """
    try:
        held = _serializer(kind).loads(text)
    except BadData:
        return None
    return held["content"] if g.now.timestamp() - held["at"] <= VALID_FOR.total_seconds() else None
