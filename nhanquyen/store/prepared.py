"""Queries of the hot path: their SQL text is built once per engine and then run with parameters.

Peewee takes ten times as long to write the SQL of a query as SQLite takes to answer it. What every request asks is
therefore written once; the conversion of columns to Python stays Peewee's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from peewee import Field, ForeignKeyField, Model, ModelSelect, Node, Value

from nhanquyen.store.database import database

Slot = Callable[[str], Node]


class _Parameter(str):
    """The name of a value that is given when the query runs, standing in its place until then."""


def _slot(name: str) -> Node:
    return Value(_Parameter(name), converter=False)


def every(*models: type[Model]) -> list[Field]:
    """All columns of *models*, one model after another, to select."""
    return [column for model in models for column in model._meta.sorted_fields]


@cache
def _names(model: type[Model]) -> list[str]:
    return [f.object_id_name if isinstance(f, ForeignKeyField) else f.name for f in model._meta.sorted_fields]


class Prepared:
    """A select of *columns* from the model of the first one.

    *build* gets the bare select and adds joins and conditions, with ``slot("name")`` for what changes from run to run.
    """

    def __init__(self, columns: Sequence[Field], build: Callable[[ModelSelect[Any], Slot], ModelSelect[Any]]) -> None:
        self._columns, self._build = columns, build
        self._converters: list[Callable[[Any], Any]] = [column.python_value for column in columns]
        self._written: dict[type, tuple[str, list[Any]]] = {}

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """The rows as tuples, in the order of the selected columns; *values* go in as the engine knows them."""
        engine = type(database.obj)
        if engine not in self._written:
            bare = self._columns[0].model.select(*self._columns)
            self._written[engine] = self._build(bare, _slot).sql()
        sql, parameters = self._written[engine]
        given = tuple(values[each] if type(each) is _Parameter else each for each in parameters)
        found = database.execute_sql(sql, given).fetchall()
        return [tuple([convert(value) for convert, value in zip(self._converters, row, strict=True)]) for row in found]

    def models(self, *kinds: type[Model], **values: Any) -> list[tuple[Any, ...]]:
        """The rows as one object per model of *kinds*, whose fields (see `every`) were selected one after another."""
        found = []
        for row in self.rows(**values):
            rest = iter(row)
            found.append(tuple(kind(**dict(zip(_names(kind), rest, strict=False))) for kind in kinds))
        return found
