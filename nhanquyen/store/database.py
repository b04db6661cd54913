"""The database handle: SQLite by default, PostgreSQL by URL, with the same promises on both."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from glob import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from peewee import Database, DatabaseError, DatabaseProxy, ModelSelect, PostgresqlDatabase, SqliteDatabase
from playhouse.db_url import connect
from playhouse.migrations import Runner
from playhouse.pool import PooledPostgresqlDatabase, PooledSqliteDatabase

MIGRATIONS = Path(__file__).with_name("migrations")
HISTORY_TABLE = "schema_migration"
POOL_SIZE = 16
SQLITE = "sqlite:///"
ADVICE = "Hãy khôi phục từ bản sao lưu, hoặc sửa NHANQUYEN_DATABASE_URL cho đúng. Chương trình chưa thay đổi gì."

database = DatabaseProxy()
_write_lock = threading.RLock()


class DatabaseRefused(Exception):
    """The database cannot be used as it is; the message says in Vietnamese why and what to do."""


def is_sqlite() -> bool:
    return isinstance(database.obj, SqliteDatabase)


def sqlite_path(url: str) -> Path | None:
    """The file of a ``sqlite:///…`` URL, or None for another database. The path is taken as it is, with its % and #."""
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None


def bind(url: str) -> Database:
    """Point the models at the database of *url*; nothing is opened or created yet.

    SQLite keeps a rollback journal with ``synchronous=EXTRA``: a committed save survives a power cut there on
    every SQLite in use, while Debian 12's has a corruption fault in WAL mode. One process writes at a time.
    """
    file = sqlite_path(url)
    if file is not None:
        handle: Database = PooledSqliteDatabase(
            str(file),
            max_connections=POOL_SIZE * 4,
            timeout=30,
            check_same_thread=False,
            lock_type="IMMEDIATE",
            pragmas={
                "journal_mode": "delete",
                "synchronous": "extra",
                "foreign_keys": 1,
                "busy_timeout": 10_000,
                "trusted_schema": 0,
                "cache_size": -8_000,
            },
        )
    elif urlsplit(url).scheme in ("postgresql", "postgres"):
        handle = _postgresql(url.split("://", 1)[1])
    else:
        raise DatabaseRefused("NHANQUYEN_DATABASE_URL phải bắt đầu bằng sqlite:/// hoặc postgresql://")
    database.initialize(handle)
    return handle


def _postgresql(rest: str) -> Database:
    try:
        handle: Database = connect(
            f"postgresql+pool://{rest}",
            unquote_password=True,
            max_connections=POOL_SIZE,
            timeout=30,
            stale_timeout=300,
        )
    except ValueError:
        raise DatabaseRefused(
            "NHANQUYEN_DATABASE_URL phải có dạng postgresql://user:password@host:5432/name; "
            "ký tự đặc biệt trong mật khẩu viết dạng %XX, ví dụ @ là %40."
        ) from None  # the error's own text may hold the password
    return handle


@contextmanager
def transaction() -> Iterator[None]:
    """A short write transaction: immediate on SQLite, one at a time within the process on SQLite.

    SQLite's own waiting for the lock is unfair, so threads queue here first; PostgreSQL needs no such queue.
    Do all checking before, and nothing slow inside.
    """
    if is_sqlite():
        with _write_lock, database.atomic():
            yield
    else:
        with database.atomic():
            yield


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
    return opened


def close_connection() -> None:
    """Give the thread's connection back to the pool, if it holds one."""
    if database.obj is not None and not database.is_closed():
        database.close()


def dispose() -> None:
    """Close the pooled connections, at the end of the program or of a test.

    Not those that other threads are using: SQLite crashes the process when a connection is closed under a query.
    """
    if isinstance(database.obj, PooledSqliteDatabase | PooledPostgresqlDatabase):
        close_connection()
        database.obj.close_idle()


def _runner() -> Runner:
    # Runner looks for its files with glob: a "[" in the name of the program's folder would hide them.
    return Runner(database.obj, escape(str(MIGRATIONS)), table_name=HISTORY_TABLE)


def create(url: str) -> None:
    """Make the tables in a database that holds none. Raises `DatabaseRefused` for one that holds something."""
    file = sqlite_path(url)
    if file is not None:
        if file.exists():
            raise DatabaseRefused(f"Tệp {file} đã có; chương trình không ghi đè lên dữ liệu.")
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with connection(), transaction():
        if database.get_tables():
            raise DatabaseRefused("Cơ sở dữ liệu đã có bảng; chương trình không ghi đè lên dữ liệu.")
        _runner().up()


def verify(url: str) -> None:
    """Make sure that the expected database is there, whole and ours, and bring its schema up to date.

    Raises `DatabaseRefused` for a missing, empty, damaged or foreign database, for a newer schema and for a
    PostgreSQL that may lose what it confirmed; the database is then left as it was.
    """
    file = sqlite_path(url)
    place = str(file) if file is not None else "PostgreSQL"
    try:
        if file is not None:
            _refuse_bad_file(file)
            if not file.with_name(f"{file.name}-journal").exists():  # what a crash left is rolled back first
                _refuse_foreign(_tables_of_closed(file), place)
        with connection():
            if is_sqlite():
                _refuse_damaged(place)
            _refuse_foreign(set(database.get_tables()), place)
            _refuse_newer(place)
            if isinstance(database.obj, PostgresqlDatabase):
                refuse_unsafe_postgresql()
            with transaction():
                _runner().up()
    except (DatabaseError, sqlite3.DatabaseError) as error:
        raise DatabaseRefused(f"Không dùng được cơ sở dữ liệu {place}: {str(error).strip()}. {ADVICE}") from error


def _refuse_bad_file(file: Path) -> None:
    if not file.exists():
        raise DatabaseRefused(f"Không thấy tệp dữ liệu {file}. {ADVICE}")
    try:
        with file.open("rb") as opened:
            head = opened.read(16)
    except OSError as error:
        raise DatabaseRefused(f"Không đọc được tệp dữ liệu {file} ({error.strerror}). {ADVICE}") from error
    if not head:
        raise DatabaseRefused(f"Tệp dữ liệu {file} rỗng (0 byte). {ADVICE}")
    if head != b"SQLite format 3\0":
        raise DatabaseRefused(f"Tệp {file} không phải là cơ sở dữ liệu SQLite. {ADVICE}")


def _tables_of_closed(file: Path) -> set[str]:
    """The tables of *file*, read without opening it in earnest, which can change a file that is not ours."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?immutable=1", uri=True)) as peek:
        return {row[0] for row in peek.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _refuse_foreign(tables: set[str], place: str) -> None:
    if not {HISTORY_TABLE, "report"} <= tables:
        kind = "không phải của chương trình này" if tables else "rỗng (chưa có bảng nào)"
        raise DatabaseRefused(f"Cơ sở dữ liệu {place} {kind}. {ADVICE}")


def _refuse_damaged(place: str) -> None:
    found = database.execute_sql("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise DatabaseRefused(f"Tệp dữ liệu {place} bị hỏng ({found}). {ADVICE}")


def _refuse_newer(place: str) -> None:
    runner = _runner()
    if newer := set(runner.applied()) - {migration.name for migration in runner.migrations()}:
        raise DatabaseRefused(
            f"Cơ sở dữ liệu {place} do phiên bản mới hơn tạo ra ({min(newer)}). Hãy chạy phiên bản mới hơn."
        )


def refuse_unsafe_postgresql() -> None:
    """Raise `DatabaseRefused` for a server that may lose what it has acknowledged."""
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        value = database.execute_sql(f"SHOW {setting}").fetchone()[0]
        if value == "off":
            raise DatabaseRefused(
                f"PostgreSQL đang đặt {setting} = off: dữ liệu đã lưu có thể mất khi mất điện. Hãy bật lại rồi chạy."
            )


def has_tables(url: str) -> bool:
    """Whether the database of *url* already holds anything (an SQLite file that exists counts)."""
    file = sqlite_path(url)
    if file is not None:
        return file.exists()
    try:
        with connection():
            return bool(database.get_tables())
    except DatabaseError as error:
        raise DatabaseRefused(
            f"Không nối được tới PostgreSQL ({str(error).strip()}). "
            "Kiểm tra máy chủ PostgreSQL đang chạy và NHANQUYEN_DATABASE_URL ghi đúng rồi chạy lại."
        ) from error
