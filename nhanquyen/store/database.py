"""The database handle: SQLite by default, PostgreSQL by URL, with the same promises on both."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from peewee import Database, DatabaseProxy, ModelSelect, PostgresqlDatabase, SqliteDatabase
from playhouse.db_url import parse
from playhouse.migrations import Runner
from playhouse.pool import PooledDatabase, PooledSqliteDatabase, _PooledPostgresqlDatabase

from nhanquyen.store.durability import keep_commits, postgresql_fault, sqlite_fault

MIGRATIONS = Path(__file__).with_name("migrations")
HISTORY_TABLE = "schema_migration"
POOL_SIZE = 16
BUSY_TIMEOUT = 10_000  # milliseconds
SQLITE = "sqlite:///"

STUCK_TIMEOUT = 60_000  # milliseconds that a transaction may stand still before PostgreSQL ends it

database = DatabaseProxy()
_bound = ""
_write_lock = threading.RLock()


class DatabaseRefused(Exception):
    """The database cannot be used as it is; the message says in Vietnamese why and what to do."""


def is_sqlite() -> bool:
    return isinstance(database.obj, SqliteDatabase)


def sqlite_path(url: str) -> Path | None:
    """The file of a ``sqlite:///…`` URL, or None for another database. The path is taken as it is, with its % and #."""
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None


def journal_of(file: Path) -> Path:
    """Where SQLite keeps what a commit of *file* would take back."""
    return file.with_name(f"{file.name}-journal")


class _Sqlite(PooledSqliteDatabase):  # type: ignore[misc]
    """Every connection is looked at: an SQLite that does not do what it is told says nothing."""

    def _add_conn_hooks(self, conn: sqlite3.Connection) -> None:
        super()._add_conn_hooks(conn)
        if fault := sqlite_fault(conn):
            raise DatabaseRefused(fault)


class _CarefulPostgresql(PostgresqlDatabase):
    """Looks at every new connection once *promised*: the server's settings may change while the program runs."""

    promised = False

    def _connect(self) -> Any:
        conn = super()._connect()  # type: ignore[misc]
        try:
            if self.promised:
                keep_commits(conn)
                _refuse_unsafe(conn)
                _wait_for_nobody_long(conn)
        except BaseException:
            conn.close()
            raise
        return conn


class _Postgresql(_PooledPostgresqlDatabase, _CarefulPostgresql):  # type: ignore[misc]
    pass


def _refuse_unsafe(conn: Any) -> None:
    if fault := postgresql_fault(conn):
        raise DatabaseRefused(fault)


def _wait_for_nobody_long(conn: Any) -> None:
    """As with SQLite, who waits too long for a lock is told so; and no process that stands still holds one for long."""
    with conn.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {BUSY_TIMEOUT}; SET idle_in_transaction_session_timeout = {STUCK_TIMEOUT}")


def promise() -> None:
    """From now on no connection is used that may lose what it confirms. Raises `DatabaseRefused` for the present one.

    Call it with a connection open, before the first save. SQLite's are looked at in any case. Who sets a server so that
    it forgets learns it at the start; what is changed there while the program runs and each session may choose for
    itself, the program then chooses.
    """
    if isinstance(database.obj, _Postgresql):
        _refuse_unsafe(database.connection())
        keep_commits(database.connection())
        database.obj.promised = True


def why_unsafe() -> str | None:
    """Why a server that is open may lose what it confirms, as `promise` would say it, or None."""
    return postgresql_fault(database.connection()) if isinstance(database.obj, _Postgresql) else None


def bind(url: str) -> Database:
    """Point the models at the database of *url*; nothing is opened or created yet.

    SQLite keeps a rollback journal with ``synchronous=EXTRA``: a committed save survives a power cut there on
    every SQLite in use, while Debian 12's has a corruption fault in WAL mode. One process writes at a time.
    """
    file = sqlite_path(url)
    if file is not None:
        handle: Database = _Sqlite(
            str(file),
            max_connections=POOL_SIZE * 4,
            timeout=30,
            check_same_thread=False,
            lock_type="IMMEDIATE",
            pragmas={
                "journal_mode": "delete",
                "synchronous": "extra",
                "foreign_keys": 1,
                "busy_timeout": BUSY_TIMEOUT,
                "trusted_schema": 0,
                "cache_size": -8_000,
            },
        )
    elif urlsplit(url).scheme in ("postgresql", "postgres"):
        handle = _postgresql(url)
    else:
        raise DatabaseRefused("NHANQUYEN_DATABASE_URL phải bắt đầu bằng sqlite:/// hoặc postgresql://")
    global _bound
    database.initialize(handle)
    _bound = url
    return handle


def bind_to_serve(url: str) -> None:
    """`bind`, unless that was done and what was promised of the database holds; connections are made anew for serving.

    Those of the start waited for an upgrade as long as it took.
    """
    if database.obj is None or _bound != url:
        bind(url)
    else:
        dispose()


def _postgresql(url: str) -> Database:
    try:
        parameters = parse(url, unquote_password=True)
        if not parameters["database"]:
            raise ValueError(url)
        return _Postgresql(max_connections=POOL_SIZE, timeout=30, stale_timeout=300, **parameters)
    except ValueError:
        raise DatabaseRefused(
            "NHANQUYEN_DATABASE_URL phải có dạng postgresql://user:password@host:5432/name; "
            "ký tự đặc biệt trong mật khẩu viết dạng %XX, ví dụ @ là %40."
        ) from None  # the error's own text may hold the password


class DatabaseReplaced(Exception):
    """The data were restored from a backup since this thread began its work, which would go into other data now."""


class _Epoch:
    """How often the data were replaced in this process, and in which of these times each thread opened a connection."""

    def __init__(self) -> None:
        self._now = 0
        self._threads = threading.local()

    def enter(self) -> None:
        self._threads.opened = self._now

    def end(self) -> None:
        """Everybody else's work is of the time before."""
        self._now += 1
        self.enter()

    def require_present(self) -> None:
        if getattr(self._threads, "opened", self._now) != self._now:
            raise DatabaseReplaced


epoch = _Epoch()


@contextmanager
def transaction() -> Iterator[None]:
    """A short write transaction: immediate on SQLite, one at a time within the process on SQLite.

    SQLite's own waiting for the lock is unfair, so threads queue here first; PostgreSQL needs no such queue.
    Do all checking before, and nothing slow inside. Raises `DatabaseReplaced` when a restore came in between.
    """
    if is_sqlite():
        with _write_lock, database.atomic():
            epoch.require_present()
            yield
    else:
        with database.atomic():
            yield
            epoch.require_present()  # a restore may have come before the first statement


def rows_of(query: ModelSelect[Any]) -> list[tuple[Any, ...]]:
    """The rows of *query* as plain tuples: a tenth of the cost of models, for what is only read."""
    return list(query.tuples())


@contextmanager
def connection() -> Iterator[None]:
    """A connection for work outside a request; inside another such block it is that block's."""
    opened = open_connection()
    try:
        yield
    finally:
        if opened:
            close_connection()


def open_connection() -> bool:
    """A connection for this thread, from the pool, unless it holds one; whether it is new."""
    opened: bool = database.connect(reuse_if_open=True)
    if opened:
        epoch.enter()
    return opened


def close_connection() -> None:
    """Give the thread's connection back to the pool, if it holds one."""
    if database.obj is not None and not database.is_closed():
        database.close()


def dispose() -> None:
    """Close the pooled connections, at the end of the program or of a test.

    Not those that other threads are using: SQLite crashes the process when a connection is closed under a query.
    """
    if isinstance(database.obj, PooledDatabase):
        close_connection()
        database.obj.close_idle()


def runner(handle: Database | None = None) -> Runner:
    """What knows the migrations of this program and which of them *handle* (the bound database) has had."""
    # Runner looks for its files with glob: a "[" in the name of the program's folder would hide them.
    return Runner(handle or database.obj, escape(str(MIGRATIONS)), table_name=HISTORY_TABLE)
