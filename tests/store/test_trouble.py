"""What keeps the database from working is told from the errors of both engines and of the system."""

from __future__ import annotations

import errno
import sqlite3

import psycopg2
import pytest
from peewee import OperationalError
from playhouse.pool import MaxConnectionsExceeded
from psycopg2 import errors

from nhanquyen.store.database import DatabaseRefused
from nhanquyen.store.trouble import Trouble, first_cause, trouble_of


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("something")
    error.sqlite_errorcode = code
    return error


class WithCode(psycopg2.OperationalError):
    def __init__(self, code: str) -> None:
        super().__init__("something")
        self.code = code

    @property
    def pgcode(self) -> str:
        return self.code


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (sqlite_error(sqlite3.SQLITE_FULL), Trouble.FULL),
        (sqlite_error(sqlite3.SQLITE_IOERR_FSYNC), Trouble.DISK),
        (sqlite_error(sqlite3.SQLITE_READONLY_DBMOVED), Trouble.DISK),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), Trouble.DISK),
        (sqlite_error(sqlite3.SQLITE_BUSY), Trouble.BUSY),
        (sqlite_error(sqlite3.SQLITE_CORRUPT), Trouble.DAMAGED),
        (sqlite_error(sqlite3.SQLITE_ERROR), None),
        (psycopg2.OperationalError("server closed the connection unexpectedly"), Trouble.AWAY),
        (psycopg2.InterfaceError("connection already closed"), Trouble.AWAY),
        (psycopg2.ProgrammingError("no results to fetch"), None),
        (WithCode("53100"), Trouble.FULL),
        (WithCode("53300"), Trouble.AWAY),
        (WithCode("57P01"), Trouble.AWAY),
        (WithCode("25006"), Trouble.DISK),
        (WithCode("40P01"), Trouble.BUSY),
        (WithCode("42501"), Trouble.DISK),
        (WithCode("42601"), None),
        (errors.lookup("23505")("duplicate key"), None),
        (OSError(errno.ENOSPC, "No space left on device"), Trouble.FULL),
        (FileNotFoundError(errno.ENOENT, "No such file"), None),
        (DatabaseRefused("fsync = off"), Trouble.REFUSED),
        (MaxConnectionsExceeded(), Trouble.BUSY),
        (ValueError("something"), None),
    ],
)
def test_an_error_is_told_by_what_is_behind_it(error: Exception, trouble: Trouble | None) -> None:
    assert trouble_of(error) is trouble
    wrapped = OperationalError(error)
    wrapped.__cause__ = error
    assert trouble_of(wrapped) is trouble


def test_a_rollback_that_fails_does_not_hide_why() -> None:
    error = sqlite_error(sqlite3.SQLITE_ERROR)
    error.__context__ = sqlite_error(sqlite3.SQLITE_FULL)
    assert trouble_of(error) is Trouble.FULL
    assert first_cause(error) is error.__context__


def test_errors_that_name_each_other_are_no_endless_chain() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert trouble_of(first) is None
