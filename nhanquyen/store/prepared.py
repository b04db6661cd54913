"""Queries of the hot path: their SQL text is built once per engine and then run with parameters.

Peewee takes ten times as long to write the SQL of a query as SQLite takes to answer it. What every request asks is
therefore written once; the conversion of columns to Python stays Peewee's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from peewee import (
    AutoField,
    CharField,
    Field,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    ModelSelect,
    Node,
    TextField,
    Value,
)

from nhanquyen.store.database import database

Slot = Callable[[str], Node]

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # dumps would make an encoder every time
AS_STORED = (AutoField, CharField, ForeignKeyField, IntegerField, TextField)  # both engines give back str and int


class _Parameter(str):
    """The name of a value that is given when the query runs, standing in its place until then."""


def _slot(name: str) -> Node:
    return Value(_Parameter(name), converter=False)


def every(*models: type[Model]) -> list[Field]:
    """All columns of *models*, one model after another, to select."""
    return [column for model in models for column in model._meta.sorted_fields]


class Prepared:
    """A select of *columns* from the model of the first one.

    *build* gets the bare select and adds joins and conditions, with ``slot("name")`` for what changes from run to run.
    """

    def __init__(self, columns: Sequence[Field], build: Callable[[ModelSelect[Any], Slot], ModelSelect[Any]]) -> None:
        self._columns, self._build = columns, build
        self._converters: list[tuple[int, Callable[[Any], Any]]] = [
            (place, column.python_value) for place, column in enumerate(columns) if type(column) not in AS_STORED
        ]
        self._shape = [
            (model, [column.name for column in own]) for model, own in groupby(columns, lambda each: each.model)
        ]
        self._written: dict[type, tuple[str, list[Any]]] = {}

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """The rows as tuples, in the order of the selected columns; *values* go in as the engine knows them."""
        engine = type(database.obj)
        if engine not in self._written:
            bare = self._columns[0].model.select(*self._columns)
            self._written[engine] = self._build(bare, _slot).sql()
        sql, parameters = self._written[engine]
        given = tuple(values[each] if type(each) is _Parameter else each for each in parameters)
        return [self._read(row) for row in database.execute_sql(sql, given).fetchall()]

    def _read(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for place, convert in self._converters:
            values[place] = convert(values[place])
        return tuple(values)

    def models(self, **values: Any) -> list[tuple[Any, ...]]:
        """The rows as one object for each model whose columns were selected, in their order."""
        found = []
        for row in self.rows(**values):
            rest = iter(row)
            found.append(tuple(_filled(model, names, rest) for model, names in self._shape))
        return found


def _filled(model: type[Model], names: Iterable[str], values: Iterator[Any]) -> Any:
    """An object as Peewee reads one, but without a call for each column."""
    instance = model(__no_default__=True)
    instance.__data__.update(zip(names, values, strict=False))  # it takes what is its own of all that follows
    return instance


class PreparedUpdate:
    """An update of *columns* in one row, found by its ``id``."""

    def __init__(self, *columns: Field) -> None:
        self._columns = columns
        self._written: dict[type, str] = {}

    def run(self, row_id: int, *values: Any) -> None:
        """Set the columns to *values*, in their order."""
        engine = type(database.obj)
        if engine not in self._written:
            model = self._columns[0].model
            change = {column: _slot(column.name) for column in self._columns}
            self._written[engine] = _in_order(model.update(change).where(model.id == _slot("id")), self._columns)
        known = [_stored(column, value) for column, value in zip(self._columns, values, strict=True)]
        database.execute_sql(self._written[engine], (*known, row_id))


def _in_order(query: Any, columns: Sequence[Field]) -> str:
    """The SQL of an update; its parameters must come in the order of *columns*, then the id."""
    sql, parameters = query.sql()
    if parameters != [*(column.name for column in columns), "id"]:
        raise ValueError(f"name the columns in the order of the model: {parameters}")
    text: str = sql
    return text


def _stored(column: Field, value: Any) -> Any:
    """*value* as both engines take it for *column*."""
    if isinstance(column, JSONField):
        return _json(value)
    return column.db_value(value)  # type: ignore[no-untyped-call]
