"""Rows as both engines give and take them, and the line of text that stands for a row in an archive.

JSON travels as the text that it is in the database, so that SQLite gets back every byte; PostgreSQL writes it in a way
of its own. What is hashed is the row with its JSON sorted, which is the same on both.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from json.decoder import scanstring  # type: ignore[attr-defined]  # its stub leaves it out
from typing import Any

from nhanquyen.store.archive.schema import Column, Kind, Table

Row = list[Any]
Sink = Callable[[str, bytes], None]

LARGEST = 2**63
AT_ONCE = 200
MOST_PARTS = 3_000_000  # of one JSON value, before it is built
_PLAIN = re.compile(r"[-+.0-9Ee]{1,40}|null|true|false")
_write = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


class RowRefused(Exception):
    """A line that is no row of its table."""


def quoted(name: str) -> str:
    return f'"{name}"'


def give_away_blobs(row: Row, table: Table, sink: Sink) -> None:
    """Let *sink* have the bytes in *row* under their SHA-256, which then stands in their place."""
    for place in table.of_kind(Kind.BLOB):
        if row[place] is not None:
            content = row[place]
            row[place] = hashlib.sha256(content).hexdigest()
            sink(row[place], content)


def line_of(row: Row) -> bytes:
    """The line of a *row* without bytes."""
    return _write(row).encode("utf-8", "surrogatepass") + b"\n"


def hashed_line(row: Row, table: Table) -> bytes:
    """What is hashed of a *row* without bytes: the same on both engines."""
    if places := table.of_kind(Kind.JSON):
        row = list(row)
        for place in places:
            row[place] = row[place] and json.loads(row[place])
    return line_of(row)


def row_of(line: bytes, table: Table) -> Row:
    """What `line_of` wrote, still without bytes. Raises `RowRefused`."""
    try:
        row = _values(line.decode("utf-8", "surrogatepass"), len(table.columns))
    except ValueError as error:
        raise RowRefused(f"bảng {table.name} có dòng không đọc được") from error
    for place, column in enumerate(table.columns):
        if row[place] is None:
            if column.required:
                raise RowRefused(f"bảng {table.name} có dòng thiếu {column.name}")
        elif not _FITS[column.kind](row[place]):
            raise RowRefused(f"bảng {table.name} có dòng sai kiểu ở {column.name}")
    return row


def _values(text: str, count: int) -> Row:
    """The *count* values of a line, none of which has parts: a general reader would build whatever somebody wrote.

    Raises ValueError.
    """
    row: Row = []
    place = 0
    for before in "[" + "," * (count - 1):
        if not text.startswith(before, place):
            raise ValueError(place)
        place += 1
        if text.startswith('"', place):
            value, place = scanstring(text, place + 1, True)
        elif found := _PLAIN.match(text, place):
            value, place = json.loads(found[0]), found.end()
        else:
            raise ValueError(place)
        row.append(value)
    if text[place:] not in ("]", "]\n"):
        raise ValueError(place)
    return row


def _is_read_by(read: Callable[[str], Any]) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        try:
            return isinstance(value, str) and read(value) is not None
        except ValueError:
            return False

    return fits


_FITS: dict[Kind, Callable[[Any], bool]] = {
    Kind.INT: lambda value: type(value) is int and -LARGEST <= value < LARGEST,
    Kind.REAL: lambda value: type(value) in (int, float) and math.isfinite(value),
    Kind.TEXT: lambda value: isinstance(value, str),
    Kind.BOOL: lambda value: isinstance(value, bool),
    Kind.INSTANT: _is_read_by(datetime.fromisoformat),
    Kind.DATE: _is_read_by(date.fromisoformat),
    Kind.JSON: lambda value: isinstance(value, str) and sum(map(value.count, "[{,")) <= MOST_PARTS,
    Kind.BLOB: lambda value: isinstance(value, str),
}


# --- Reading -------------------------------------------------------------------------------------


def _instant(value: Any) -> str:
    """``2023-12-22 08:30:00.125``, however the engine gives it."""
    return str(datetime.fromisoformat(value) if isinstance(value, str) else value)


_FROM_ENGINE: dict[Kind, Callable[[Any], Any]] = {
    Kind.BOOL: bool,
    Kind.INSTANT: _instant,
    Kind.DATE: str,
    Kind.BLOB: bytes,
}


def _neutral(found: Iterable[Sequence[Any]], table: Table) -> Iterator[Row]:
    convert = [
        (place, _FROM_ENGINE[column.kind]) for place, column in enumerate(table.columns) if column.kind in _FROM_ENGINE
    ]
    for values in found:
        row = list(values)
        for place, conversion in convert:
            if row[place] is not None:
                row[place] = conversion(row[place])
        yield row


def rows_in(connection: Any, table: Table) -> Iterator[Row]:
    """All rows of *table* in the order of its key, a few at a time, from a connection of sqlite3 or psycopg2."""
    if isinstance(connection, sqlite3.Connection):
        yield from _neutral(connection.execute(_select(table, _plain, _plain)), table)
        return
    with connection.cursor() as cursor:
        name = quoted(f"rows of {table.name}")
        cursor.execute(f"DECLARE {name} CURSOR FOR {_select(table, _postgresql_value, _postgresql_order)}")
        yield from _neutral(_fetched(cursor, name, 1 if table.of_kind(Kind.BLOB) else AT_ONCE), table)
        cursor.execute(f"CLOSE {name}")


def _fetched(cursor: Any, name: str, at_once: int) -> Iterator[Sequence[Any]]:
    while True:
        cursor.execute(f"FETCH {at_once} FROM {name}")
        if not cursor.rowcount:
            return
        yield from cursor.fetchall()


def _select(table: Table, value: Callable[[Column], str], order: Callable[[Column], str]) -> str:
    by_name = {column.name: column for column in table.columns}
    wanted = ", ".join(map(value, table.columns))
    return f"SELECT {wanted} FROM {quoted(table.name)} ORDER BY {', '.join(order(by_name[name]) for name in table.key)}"  # noqa: S608


def _plain(column: Column) -> str:
    return quoted(column.name)


def _postgresql_value(column: Column) -> str:
    return f"{quoted(column.name)}::text" if column.kind is Kind.JSON else quoted(column.name)


def _postgresql_order(column: Column) -> str:
    return f'{quoted(column.name)} COLLATE "C"' if column.kind is Kind.TEXT else quoted(column.name)


# --- Writing -------------------------------------------------------------------------------------


def insert(connection: Any, table: Table, rows: Iterable[Row]) -> None:
    """Add *rows* to *table*, and let the engine number on after them."""
    names = ", ".join(quoted(column.name) for column in table.columns)
    into = f"INSERT INTO {quoted(table.name)} ({names}) VALUES"
    if isinstance(connection, sqlite3.Connection):
        connection.executemany(f"{into} ({', '.join('?' * len(table.columns))})", rows)
        return
    from psycopg2.extras import execute_values

    waiting = iter(rows)
    with connection.cursor() as cursor:
        while some := list(islice(waiting, 1 if table.of_kind(Kind.BLOB) else AT_ONCE)):
            execute_values(cursor, f"{into} %s", some, page_size=AT_ONCE)
        if table.counted:
            name = quoted(table.name)
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), greatest(max(id), 1), max(id) IS NOT NULL) FROM {name}"  # noqa: E501, S608
            )
