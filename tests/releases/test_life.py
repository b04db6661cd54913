"""The story that the kept databases tell leaves nothing out that can be stored."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import life
import pytest

from nhanquyen.overview.overlaps import VERDICT_LABELS
from nhanquyen.store.models import MODELS
from nhanquyen.store.reports import Status
from nhanquyen.store.review import Verdict


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("life") / "nhanquyen.sqlite3"
    life.fill(f"sqlite:///{file}")
    return file


def found(file: Path, statement: str) -> set[object]:
    with closing(sqlite3.connect(file)) as opened:
        return {row[0] for row in opened.execute(statement)}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.table_name)
def test_every_column_holds_something_and_whatever_may_be_null_is_so_somewhere(told: Path, model: type) -> None:
    table, fields = model._meta.table_name, model._meta.sorted_fields  # type: ignore[attr-defined]
    for field in fields:
        values = found(told, f'SELECT DISTINCT "{field.column_name}" FROM "{table}"')  # noqa: S608
        assert values - {None, "null", "{}", "[]"}, field.column_name
        assert not field.null or None in values or table == "round", field.column_name


def test_every_state_and_decision_is_there(told: Path) -> None:
    assert found(told, "SELECT status FROM report") == set(Status)
    assert found(told, "SELECT verdict FROM decision") == set(Verdict)
    assert found(told, "SELECT verdict FROM overlap") == set(VERDICT_LABELS)
    assert found(told, "SELECT granted FROM recall") == {None, 0, 1}
