"""Requests to the program and to a bare one, in this process, with their cost in processor time and in wall time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import waitress
from flask import Flask
from flask.testing import FlaskClient

from bench import data
from nhanquyen.store import database
from nhanquyen.store.accounts import Hasher, Role
from nhanquyen.store.models import Account, Round, Unit
from nhanquyen.web import create_app

Post = Callable[[str, Mapping[str, str], Mapping[str, str]], str]

PASSWORD = "mùa nước nổi Cửu Long"  # noqa: S105 - of nobody
ROUNDS = 16  # the first only warms up
METHOD = "scrypt:128:1:1"


class Program:
    """The program over a made-up round, with the clerk of one unit signed in."""

    def __init__(self, units: int = 34) -> None:
        self._folder = TemporaryDirectory()
        self.url = f"sqlite:///{self._folder.name}/bench.sqlite3"
        self._units = units

    def __enter__(self) -> Program:
        self.round: Round = data.make(self.url, self._units)
        settings = {"DATABASE_URL": self.url, "SECRET_KEY": "for the bench", "CLOCK": lambda: data.NOW}
        self.app: Flask = create_app({**settings, "PASSWORD_METHOD": METHOD})
        self.client: FlaskClient = self.app.test_client()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        database.dispose()
        self._folder.cleanup()

    def sign_in(self, code: str) -> str:
        """Sign the clerk of the unit of *code* in; the CSRF token of the session."""
        with database.connection():
            Account.create(
                username=code.lower(), display_name=code, role=Role.UNIT, unit=Unit.get(Unit.code == code),
                password_hash=Hasher(METHOD).hash(PASSWORD), must_change=False, created_at=data.NOW,
            )  # fmt: skip
        fields = {"username": code, "password": PASSWORD, "csrf_token": self.token("/dang-nhap")}
        answer = self.client.post("/dang-nhap", data=fields)
        if answer.status_code != 303:
            raise RuntimeError(f"signing in answered {answer.status_code}")
        return self.token("/mat-khau")

    def cookie(self) -> str:
        """The session's cookie, as a browser sends it."""
        found = self.client.get_cookie("nhanquyen")
        if found is None:
            raise RuntimeError("nobody is signed in")
        return f"nhanquyen={found.value}"

    def token(self, page: str) -> str:
        text = self.client.get(page).get_data(as_text=True)
        return text.split('name="csrf_token" value="')[1].split('"')[0]


@contextmanager
def served(app: Flask) -> Iterator[Post]:
    """*app* behind waitress on a loopback port, as it runs for real; how to post to it on one kept connection."""
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=8, ident=None)
    threading.Thread(target=server.run, daemon=True).start()
    line = HTTPConnection("127.0.0.1", server.effective_port)

    def post(path: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> str:
        form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        line.request("POST", path, urlencode(fields), form)
        answer = line.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {text}")
        return text

    try:
        yield post
    finally:
        line.close()
        server.task_dispatcher.shutdown()
        server.close()


def compare(
    act: Callable[[], Any], floor: Callable[[], Any], clock: Callable[[], float] = time.process_time, times: int = 40
) -> tuple[float, float]:
    """Milliseconds that *act* and *floor* take once, in the median of rounds taken turn by turn.

    A busy moment of the machine falls on both.
    """
    rounds = [(_cost(act, clock, times), _cost(floor, clock, times)) for _ in range(ROUNDS)][1:]
    return median(each[0] for each in rounds), median(each[1] for each in rounds)


def _cost(act: Callable[[], Any], clock: Callable[[], float], times: int) -> float:
    started = clock()
    for _ in range(times):
        act()
    return (clock() - started) / times * 1000
