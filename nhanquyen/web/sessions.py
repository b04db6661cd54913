"""The browser's cookie: signed, without a time stamp."""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeSerializer


class SignedSession(SecureCookieSessionInterface):
    """Flask's cookie session without the time stamp that a server clock set back would make unreadable.

    How long a sign-in lives is decided by its row in the database; the cookie holds only its token, the CSRF secret
    and the next page's message.
    """

    def get_signing_serializer(self, app: Flask) -> URLSafeSerializer:  # type: ignore[override]
        return URLSafeSerializer(app.config["SECRET_KEY"], salt="nhanquyen-session")

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        cookie = request.cookies.get(self.get_cookie_name(app))
        if cookie is None:
            return self.session_class()
        try:
            held = self.get_signing_serializer(app).loads(cookie)
        except BadSignature:
            return self.session_class()
        return self.session_class(held)
