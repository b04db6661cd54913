"""A program that starts on a database as often as it is told to, and is killed at the statement that it is told.

It reads lines ``URL MIGRATIONS NUMBER`` and answers each with "done", "killed" or what refused it. Number 0 kills it
nowhere. Every start is a process of its own, forked from this one, which has loaded the program once.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import psycopg2.extensions

from nhanquyen.store import database
from nhanquyen.store.opening import verify

left = 0


def step(*_: Any) -> None:
    """One statement is about to be carried out."""
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


class Counted(psycopg2.extensions.cursor):
    def execute(self, *arguments: Any) -> None:
        step()
        super().execute(*arguments)


def counted(self: Any, connection: Any) -> None:
    set_up(self, connection)
    connection.execute("PRAGMA cache_size = 5")  # so that the file itself changes long before the commit
    connection.execute("PRAGMA synchronous = off")  # nobody cuts the power here, and waiting for the disk takes minutes
    connection.set_trace_callback(step)


set_up = database._Sqlite._add_conn_hooks
database._Sqlite._add_conn_hooks = counted  # type: ignore[method-assign]


def start(url: str, migrations: str, number: int) -> None:
    global left
    left = number
    database.MIGRATIONS = Path(migrations)
    handle = database.bind(url)
    if not database.is_sqlite():
        handle.connect_params["cursor_factory"] = Counted
    verify(url)


def main() -> None:
    for line in sys.stdin:
        url, migrations, number = line.rstrip("\n").split("\t")
        if child := os.fork():
            _, status = os.waitpid(child, 0)
            if os.WIFSIGNALED(status):
                print("killed", flush=True)
            continue
        try:
            start(url, migrations, int(number))
            print("done", flush=True)
        except database.DatabaseRefused as refusal:
            print(str(refusal).replace("\n", " "), flush=True)
        os._exit(0)


if __name__ == "__main__":
    main()
