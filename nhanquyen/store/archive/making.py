"""Making an archive while people work: all of it from one moment, and whole under its name or not there."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2
from peewee import PeeweeException, SqliteDatabase

from nhanquyen.config import settle
from nhanquyen.store.archive.container import Manifest, Writer, seal
from nhanquyen.store.archive.rows import rows_in
from nhanquyen.store.archive.schema import archived, known_migrations, schema_after
from nhanquyen.store.database import HISTORY_TABLE, database

PART = ".part"
COPY = ".part.sqlite3"


class BackupFailed(Exception):
    """No backup was made; the message says in Vietnamese why and what to do."""


@contextmanager
def snapshot(copy: Path) -> Iterator[Any]:
    """A connection to the bound database, as it is at one moment; what was acknowledged before the call is in it.

    SQLite is copied into *copy* first: nobody can save while somebody reads, and copying takes a fraction of the time.
    PostgreSQL keeps the moment by itself.
    """
    handle = database.obj
    if isinstance(handle, SqliteDatabase):
        try:
            _copy_sqlite(handle.database, copy)
            with closing(sqlite3.connect(copy)) as connection:
                _refuse_damaged(connection)
                yield connection
        finally:
            copy.unlink(missing_ok=True)
        return
    with closing(psycopg2.connect(dbname=handle.database, **handle.connect_params)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        yield connection


def _copy_sqlite(file: str, copy: Path) -> None:
    os.close(new_file(copy))
    with closing(sqlite3.connect(file, timeout=30)) as source, closing(sqlite3.connect(copy)) as target:
        target.execute("PRAGMA synchronous = off")  # the copy need not outlive a power cut
        target.execute("PRAGMA journal_mode = off")
        source.backup(target)


def _refuse_damaged(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise BackupFailed(
            f"Tệp dữ liệu bị hỏng ({found}), nên không sao lưu được. "
            "Dừng chương trình rồi phục hồi từ bản sao lưu gần nhất."
        )


def new_file(file: Path) -> int:
    """A new file for its owner alone, whatever the umask; its handle."""
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o600)
    if hasattr(os, "fchmod"):
        os.fchmod(handle, 0o600)
    return handle


def _applied(connection: Any) -> dict[str, str]:
    found: list[tuple[str, Any]]
    query = f"SELECT name, applied FROM {HISTORY_TABLE}"  # noqa: S608
    if isinstance(connection, sqlite3.Connection):
        found = connection.execute(query).fetchall()
    else:
        with connection.cursor() as cursor:
            cursor.execute(query)
            found = cursor.fetchall()
    return {name: str(when) for name, when in sorted(found)}


def make_archive(file: Path, kind: str, now: datetime, demonstration: bool = False) -> Manifest:
    """Archive the bound database into the new *file*, mode 0600. Raises `BackupFailed`, and leaves nothing then.

    *demonstration* marks made-up data, so that they never take the place of real ones.
    """
    part = file.with_name(file.name + PART)
    copy = file.with_name(f"{file.name}.{threading.get_ident()}{COPY}")
    if file.exists():
        raise BackupFailed(f"Tệp {file} đã có. Chọn tên khác; chương trình không ghi đè lên bản sao lưu.")
    try:
        with snapshot(copy) as connection:
            manifest = _write(part, connection, kind, now, demonstration)
        part.rename(file)
        settle(file.parent)
    except OSError as error:
        raise BackupFailed(_cause(file, error.strerror or str(error))) from error
    except (sqlite3.Error, psycopg2.Error, PeeweeException, ValueError) as error:
        raise BackupFailed(_cause(file, str(error).strip())) from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _cause(file: Path, why: str) -> str:
    return (
        f"Không tạo được bản sao lưu {file} ({why}). "
        "Kiểm tra thư mục sao lưu còn đó, quyền ghi và chỗ trống trên ổ đĩa, rồi làm lại."
    )


def _write(part: Path, connection: Any, kind: str, now: datetime, demonstration: bool) -> Manifest:
    migrations = _applied(connection)
    if not set(migrations) <= set(known_migrations()):
        raise BackupFailed("Dữ liệu do phiên bản mới hơn của chương trình tạo ra. Sao lưu bằng phiên bản đó.")
    engine = "sqlite" if isinstance(connection, sqlite3.Connection) else "postgresql"
    with os.fdopen(new_file(part), "r+b") as out:
        writer = Writer(out, now)
        try:
            for table in archived(schema_after(max(migrations))):
                writer.table(table, rows_in(connection, table))
            manifest = writer.finish(kind, now, engine, migrations, demonstration)
        except BaseException:
            writer.give_up()
            raise
        seal(out)
        out.flush()
        os.fsync(out.fileno())
    return manifest
