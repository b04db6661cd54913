"""What keeps the database from working, told from the errors of SQLite, of PostgreSQL and of the system."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from enum import Enum, auto

import psycopg2
from playhouse.pool import MaxConnectionsExceeded

from nhanquyen.store.database import DatabaseRefused


class Trouble(Enum):
    """Something that no change of the request would help; when it is over, the same request works."""

    FULL = auto()  # the disk has no room
    DISK = auto()  # the disk does not take or give what it should
    AWAY = auto()  # PostgreSQL cannot be reached, or broke off
    BUSY = auto()  # somebody else has held the lock for too long
    DAMAGED = auto()  # the file is no whole database any more
    REFUSED = auto()  # what was set meanwhile would let it lose what it confirms


_SYSTEM = {errno.ENOSPC: Trouble.FULL, errno.EDQUOT: Trouble.FULL, errno.EROFS: Trouble.DISK, errno.EIO: Trouble.DISK}
_SQLITE = {
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_IOERR: Trouble.DISK,
    sqlite3.SQLITE_PERM: Trouble.DISK,
    sqlite3.SQLITE_READONLY: Trouble.DISK,
    sqlite3.SQLITE_CANTOPEN: Trouble.DISK,
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_LOCKED: Trouble.BUSY,
    sqlite3.SQLITE_CORRUPT: Trouble.DAMAGED,
    sqlite3.SQLITE_NOTADB: Trouble.DAMAGED,
}
_POSTGRESQL = {
    "25006": Trouble.DISK,  # a server that only reads
    "40001": Trouble.BUSY,
    "40P01": Trouble.BUSY,
    "42501": Trouble.DISK,  # also what a disk that only reads is told as
    "53100": Trouble.FULL,
    "55P03": Trouble.BUSY,
    "58030": Trouble.DISK,
    "XX001": Trouble.DAMAGED,
    "XX002": Trouble.DAMAGED,
}
_POSTGRESQL_CLASSES = {"08": Trouble.AWAY, "53": Trouble.AWAY, "57": Trouble.AWAY, "58": Trouble.DISK}


def trouble_of(error: BaseException) -> Trouble | None:
    """The trouble behind *error*, or None when it is a fault of the program or of what was asked.

    The cause counts: a rollback that fails for want of a transaction hides the error that ended the transaction.
    """
    found = None
    for each in _behind(error):
        found = _own_trouble(each) or found
    return found


def first_cause(error: BaseException) -> BaseException:
    """What *error* came from in the end."""
    *_, first = _behind(error)
    return first


def _behind(error: BaseException) -> Iterator[BaseException]:
    """*error* and what it came from, the first cause last."""
    seen: set[int] = set()
    here: BaseException | None = error
    while here is not None and id(here) not in seen:
        seen.add(id(here))
        yield here
        here = here.__cause__ or here.__context__


def _own_trouble(error: BaseException) -> Trouble | None:
    if isinstance(error, sqlite3.Error):
        return _SQLITE.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF)
    if isinstance(error, psycopg2.Error):
        return _of_postgresql(error)
    if isinstance(error, MaxConnectionsExceeded | DatabaseRefused):
        return Trouble.REFUSED if isinstance(error, DatabaseRefused) else Trouble.BUSY
    return _SYSTEM.get(error.errno or 0) if isinstance(error, OSError) else None


def _of_postgresql(error: psycopg2.Error) -> Trouble | None:
    """A connection that cannot be made or that broke has no code of the server."""
    if error.pgcode is None:
        return Trouble.AWAY if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError) else None
    return _POSTGRESQL.get(error.pgcode) or _POSTGRESQL_CLASSES.get(error.pgcode[:2])
