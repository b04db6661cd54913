"""What the tables look like after each migration: what an archive holds and in which order it goes back.

The migrations are run on an empty database in memory, which keeps the names of types that SQLite itself does not tell
apart (truth values from numbers, JSON from text). So a database of any released schema is read without the models of
today, and both engines are described alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from peewee import SqliteDatabase

from nhanquyen.store import database
from nhanquyen.store.database import HISTORY_TABLE, runner

LEFT_OUT = frozenset({"session", "sign_in_failure"})  # a restored session would undo a sign-out


class Kind(StrEnum):
    """What a column holds, whatever the engine calls it."""

    INT = "int"
    REAL = "real"
    TEXT = "text"
    BOOL = "bool"
    INSTANT = "instant"
    DATE = "date"
    JSON = "json"
    BLOB = "blob"


_KINDS = {
    "INTEGER": Kind.INT, "BIGINT": Kind.INT, "REAL": Kind.REAL, "VARCHAR": Kind.TEXT, "TEXT": Kind.TEXT,
    "BOOL": Kind.BOOL, "DATETIME": Kind.INSTANT, "DATE": Kind.DATE, "JSON": Kind.JSON, "BLOB": Kind.BLOB,
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column; *required* ones take no NULL."""

    name: str
    kind: Kind
    required: bool


@dataclass(frozen=True)
class Table:
    """A table; its columns stand in the order of their names, which is the same however the table came about."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    refers_to: frozenset[str]
    counted: bool  # the engine numbers its rows itself

    def of_kind(self, kind: Kind) -> tuple[int, ...]:
        """The places of the columns of *kind*."""
        return self._places.get(kind, ())

    @cached_property
    def _places(self) -> dict[Kind, tuple[int, ...]]:
        columns = list(enumerate(self.columns))
        return {kind: tuple(place for place, column in columns if column.kind is kind) for kind in Kind}


def known_migrations() -> list[str]:
    """The names of all migrations that this program has, in their order."""
    return [migration.name for migration in runner(_memory()).migrations()]


def _memory() -> Any:
    return SqliteDatabase(":memory:", field_types={"BOOL": "BOOL", "JSON": "JSON", "BIGINT": "BIGINT"})


def schema_after(migration: str) -> tuple[Table, ...]:
    """All tables but the history as *migration* leaves them, each after those it refers to."""
    return _schema_after(migration, database.MIGRATIONS)


@cache
def _schema_after(migration: str, folder: Path) -> tuple[Table, ...]:
    """The same of the migrations in *folder*, worked out once."""
    memory = _memory()
    memory.connect()
    with closing(memory):
        with memory.atomic():
            runner(memory).up(migration)
        found = [_table(memory, name) for name in memory.get_tables() if name != HISTORY_TABLE]
    return tuple(_in_order(found))


def own_tables() -> frozenset[str]:
    """The names of all tables that any version of this program has made."""
    return frozenset(table.name for name in known_migrations() for table in schema_after(name)) | {HISTORY_TABLE}


def archived(tables: Iterable[Table]) -> list[Table]:
    """Those of *tables* that go into an archive."""
    return [table for table in tables if table.name not in LEFT_OUT]


def _table(memory: Any, name: str) -> Table:
    infos = memory.execute_sql(f'PRAGMA table_info("{name}")').fetchall()
    columns = [Column(info[1], _KINDS[info[2].split("(")[0].upper()], bool(info[3])) for info in infos]
    key = [info[1] for info in sorted(infos, key=lambda info: int(info[5])) if info[5]]
    refers = memory.execute_sql(f'PRAGMA foreign_key_list("{name}")').fetchall()
    by_name = tuple(sorted(columns, key=lambda column: column.name))
    return Table(name, by_name, tuple(key), frozenset(each[2] for each in refers), key == ["id"])


def _in_order(tables: Sequence[Table]) -> list[Table]:
    rest, ordered = sorted(tables, key=lambda table: table.name), list[Table]()
    placed: set[str] = set()
    while rest:
        ready = [table for table in rest if table.refers_to - {table.name} <= placed]
        if not ready:
            raise ValueError(f"tables refer to each other in a circle: {[table.name for table in rest]}")
        ordered += ready
        placed |= {table.name for table in ready}
        rest = [table for table in rest if table not in ready]
    return ordered
