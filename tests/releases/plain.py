"""A database as it stands, read without the program."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2

from nhanquyen.store.database import HISTORY_TABLE, sqlite_path

Rows = list[tuple[Any, ...]]
Columns = dict[str, list[str]]

SQLITE_COLUMNS = (
    "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c "
    "WHERE t.type = 'table' ORDER BY t.name, c.cid"
)
POSTGRESQL_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
    "ORDER BY table_name, ordinal_position"
)


class Plain:
    """One look at a database: everything in it is of one moment."""

    def __init__(self, cursor: Any, sqlite: bool) -> None:
        self._cursor, self._sqlite = cursor, sqlite

    def query(self, statement: str) -> Rows:
        self._cursor.execute(statement)
        return [tuple(row) for row in self._cursor.fetchall()]

    def columns(self) -> Columns:
        """The columns by table."""
        found: Columns = {}
        for table, column in self.query(SQLITE_COLUMNS if self._sqlite else POSTGRESQL_COLUMNS):
            found.setdefault(table, []).append(column)
        return found

    def history(self) -> list[str]:
        return [name for (name,) in self.query(f"SELECT name FROM {HISTORY_TABLE} ORDER BY name")]  # noqa: S608

    def rows(self, columns: Columns) -> dict[str, Rows]:
        """All rows in *columns*, with the type of every value, but for the history of migrations."""
        form = 'typeof("{0}"), "{0}"' if self._sqlite else '"{0}"::text'
        return {
            table: sorted(self.query(f'SELECT {", ".join(map(form.format, names))} FROM "{table}"'), key=repr)  # noqa: S608
            for table, names in columns.items()
            if table != HISTORY_TABLE
        }


@contextmanager
def looking_at(url: str) -> Iterator[Plain]:
    """A look at the database of *url*, which ends with the block."""
    file = sqlite_path(url)
    if file is not None:
        with closing(sqlite3.connect(file)) as opened:
            yield Plain(opened.cursor(), sqlite=True)
        return
    with closing(psycopg2.connect(url)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        yield Plain(connection.cursor(), sqlite=False)
