"""Putting an archive in the place of what a database holds: in one transaction, so all of it or nothing."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
from peewee import DatabaseError, IntegrityError, PeeweeException

from nhanquyen.store.archive.container import DAMAGED, Archive, ArchiveRefused, hash_rows
from nhanquyen.store.archive.rows import Row, give_away_blobs, insert, quoted, rows_in
from nhanquyen.store.archive.schema import Table, own_tables
from nhanquyen.store.database import connection, database, epoch, is_sqlite, runner, transaction
from nhanquyen.store.trouble import Trouble, trouble_of
from nhanquyen.store.upgrading import alone, references_unwatched, refuse_orphans

PATIENCE = 60  # seconds for which others' statements on the tables are waited for
CONTRADICTORY = "các dòng trong tệp mâu thuẫn với nhau"
BUSY = "Đang có nhiều người dùng nên chưa phục hồi được. Chờ một phút rồi làm lại; dữ liệu đang có không thay đổi."


def restore(
    archive: Archive, before: Callable[[], None] | None = None, after: Callable[[], None] | None = None
) -> None:
    """Let the bound database hold what *archive* holds, and nothing else, at the schema of today.

    *before* is called once nobody else can save any more, *after* at the end of the same transaction. Raises
    `ArchiveRefused` and whatever those two raise; the database is then as it was.
    """
    with connection(), alone(), references_unwatched(), transaction():
        if not is_sqlite():
            _wait_for_writers()
        if before is not None:
            before()
        _replace(archive)
        if after is not None:
            after()
        epoch.end()


def _replace(archive: Archive) -> None:
    try:
        _drop_everything()
        runner().up(archive.manifest.newest)
        for table in archive.tables:
            insert(_raw(), table, archive.rows(table))
        _compare(archive)
        _keep_history(archive)
        runner().up()
        refuse_orphans()
    except (IntegrityError, sqlite3.IntegrityError, psycopg2.IntegrityError) as error:
        raise ArchiveRefused(DAMAGED.format(name=archive.name, why=CONTRADICTORY)) from error
    except (PeeweeException, sqlite3.Error, psycopg2.Error, OSError) as error:
        raise ArchiveRefused(
            f"Không phục hồi được bản sao lưu {archive.name} ({str(error).strip()[:200]}). "
            "Kiểm tra chỗ trống trên ổ đĩa và quyền ghi rồi làm lại; dữ liệu đang có không thay đổi."
        ) from error


def _raw() -> Any:
    """The engine's own connection, in the transaction that is open."""
    return database.obj.connection()


def _present_tables() -> list[str]:
    return [name for name in database.get_tables() if name in own_tables()]


# --- Other people ----------------------------------------------------------------------------------


def _wait_for_writers() -> None:
    """Keep everybody else from writing; they can go on reading.

    No lock is waited for while others are held: two that do so would wait for each other.
    """
    _lock("SHARE ROW EXCLUSIVE")


def _lock(mode: str) -> None:
    names = ", ".join(map(quoted, sorted(_present_tables())))
    if not names:
        return
    end = time.monotonic() + PATIENCE
    while True:
        database.execute_sql("SAVEPOINT locking")
        try:
            database.execute_sql(f"LOCK TABLE {names} IN {mode} MODE NOWAIT")
            return
        except PeeweeException as error:
            database.execute_sql("ROLLBACK TO SAVEPOINT locking")
            if trouble_of(error) is not Trouble.BUSY:
                raise
            if time.monotonic() > end:
                raise ArchiveRefused(BUSY) from error
        time.sleep(0.02)


# --- The present data ------------------------------------------------------------------------------


def _drop_everything() -> None:
    """Drop what any version of this program has made, and nothing else that may be in the database."""
    if not is_sqlite():
        _lock("ACCESS EXCLUSIVE")
    present = _present_tables()
    functions = _functions_of(present)
    for name in reversed(_children_last(present)):
        database.execute_sql(f"DROP TABLE {quoted(name)}")
    for function in functions:
        database.execute_sql(f"DROP FUNCTION {function}")


def _children_last(present: list[str]) -> list[str]:
    """*present* so that a table comes after those it refers to."""
    refers = {name: {key.dest_table for key in database.get_foreign_keys(name)} & set(present) for name in present}
    ordered: list[str] = []
    while len(ordered) < len(present):
        ready = [name for name in present if name not in ordered and refers[name] - {name} <= set(ordered)]
        ordered += ready or [name for name in present if name not in ordered]
    return ordered


def _functions_of(tables: list[str]) -> list[str]:
    """What the triggers of *tables* call, which a migration made with them."""
    if is_sqlite() or not tables:
        return []
    found = database.execute_sql(
        "SELECT DISTINCT tgfoid::regprocedure::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE NOT tgisinternal AND relname = ANY(%s) AND relnamespace = current_schema()::regnamespace",
        (tables,),
    )
    return [row[0] for row in found.fetchall()]


# --- The archive's data ----------------------------------------------------------------------------


def _compare(archive: Archive) -> None:
    """What stands in the database now is what the archive says, read back row by row, and no row lacks its parent."""
    try:
        refuse_orphans()
    except DatabaseError as error:
        raise ArchiveRefused(DAMAGED.format(name=archive.name, why=CONTRADICTORY)) from error
    for table in archive.tables:
        told = archive.manifest.tables[table.name]
        if hash_rows(_named(table), table) != (told.rows, told.sha256):
            raise ArchiveRefused(DAMAGED.format(name=archive.name, why=f"bảng {table.name} nạp lại không giống"))


def _named(table: Table) -> Iterator[Row]:
    for row in rows_in(_raw(), table):
        give_away_blobs(row, table, lambda name, content: None)
        yield row


def _keep_history(archive: Archive) -> None:
    """The migrations were applied when they were applied, not now."""
    history = runner().History
    for name, when in archive.manifest.migrations.items():
        history.update(applied=when).where(history.name == name).execute()
