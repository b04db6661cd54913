"""Bringing an older database up to today's schema: all of it or nothing, whenever the program or the power fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from peewee import DatabaseError

from nhanquyen.store.database import BUSY_TIMEOUT, DatabaseRefused, database, is_sqlite, runner, transaction

SETTING_UP = 217_2023  # PostgreSQL's number for "somebody is making or upgrading this database"
PATIENCE = 600_000  # milliseconds for which another program may hold an SQLite file


def pending() -> list[str]:
    """The migrations that the bound database has not had, oldest first."""
    return [migration.name for migration in runner().status() if migration.applied is None]


def upgrade(place: str, before: Callable[[], None] | None = None) -> None:
    """Bring the bound database, called *place* in messages, up to date, if it is not; *before* is called first then.

    All in one transaction: a program that is killed in it, or fails, leaves the database as it was, and of several
    programs that start at once one does it while the others wait. Raises `DatabaseRefused` when a migration fails,
    and what *before* raises. Call it with a connection open.
    """
    if not pending():
        return
    with alone():
        if not pending():
            return
        if before is not None:
            before()
        _migrate(place)


def _migrate(place: str) -> None:
    try:
        with references_unwatched(), transaction():
            runner().up()
            refuse_orphans()
    except DatabaseError as error:
        raise DatabaseRefused(
            f"Chưa nâng cấp được cơ sở dữ liệu {place} lên phiên bản này ({str(error).strip()}). "
            "Dữ liệu vẫn như trước. Kiểm tra chỗ trống trên ổ đĩa và quyền ghi rồi chạy lại; "
            "nếu vẫn không được, chạy lại phiên bản cũ."
        ) from error


@contextmanager
def alone() -> Iterator[None]:
    """Who wants to make or upgrade the same PostgreSQL database waits; with SQLite the transaction makes them wait."""
    if is_sqlite():
        yield
        return
    database.execute_sql("SELECT pg_advisory_lock(%s)", (SETTING_UP,))
    try:
        yield
    finally:
        database.execute_sql("SELECT pg_advisory_unlock(%s)", (SETTING_UP,))


@contextmanager
def references_unwatched() -> Iterator[None]:
    """SQLite without foreign keys, which can be switched off only before a transaction.

    It changes many things in a table only by making it anew, and dropping the old one would delete or forbid all rows
    that refer to it. The references are looked over as a whole before the end instead.
    """
    if not is_sqlite():
        yield
        return
    database.pragma("busy_timeout", PATIENCE)
    database.pragma("foreign_keys", 0)
    try:
        yield
    finally:
        database.pragma("foreign_keys", 1)
        database.pragma("busy_timeout", BUSY_TIMEOUT)


def refuse_orphans() -> None:
    """Raise peewee's DatabaseError when a row refers to one that is not there."""
    if is_sqlite() and (orphan := database.execute_sql("PRAGMA foreign_key_check").fetchone()):
        raise DatabaseError(f"foreign key of {orphan[0]} to {orphan[2]} broken")
