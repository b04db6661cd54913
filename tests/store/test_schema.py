"""The migrations make exactly the tables of the models, on both engines, and keep what may never change."""

from __future__ import annotations

import people
import pytest
from peewee import DatabaseError
from schema import query, schema

from nhanquyen.store import database, events
from nhanquyen.store.database import HISTORY_TABLE, MIGRATIONS
from nhanquyen.store.events import Actor
from nhanquyen.store.models import MODELS, Decision, Event, Report, Revision


def test_the_migrations_make_the_tables_of_the_models(database_url: str) -> None:
    with people.made_database(database_url):
        migrated = schema()
        with database.connection():
            everything = database.database.get_tables()
            database.database.drop_tables(MODELS, cascade=not database.is_sqlite())
            database.database.create_tables(MODELS)
        modelled = schema()
    assert set(everything) == {model._meta.table_name for model in MODELS} | {HISTORY_TABLE}  # type: ignore[attr-defined]
    assert migrated == modelled


def test_every_migration_is_remembered_and_none_runs_twice(store_url: str) -> None:
    before = schema()
    with database.connection():
        history = query("SELECT name FROM schema_migration ORDER BY name")
        assert [name for (name,) in history] == sorted(file.stem for file in MIGRATIONS.glob("[0-9]*.py"))
        assert database.runner().up() == []
        assert query("SELECT name FROM schema_migration ORDER BY name") == history
    assert schema() == before


def test_what_was_logged_sent_or_decided_is_never_altered(stored: people.Seed, clock: people.SettableClock) -> None:
    report = stored.report("P1")
    team = stored.accounts["tonghop"]
    events.record("setup", Actor(None, "", clock()))
    Revision.create(
        report=report, number=1, content="{}", sha256="0" * 64, receipt="AAAA", sent_at=clock(), sent_by=team,
        due_at=clock(),
    )  # fmt: skip
    Decision.create(report=report, revision=1, verdict="accepted", decided_at=clock(), decided_by=team)
    for model, change in ((Event, {"actor": "ai đó"}), (Revision, {"content": "[]"}), (Decision, {"verdict": "x"})):
        before = list(model.select().tuples())
        for statement in (model.update(change), model.delete()):
            with pytest.raises(DatabaseError, match="append-only"), database.database.atomic():
                statement.execute()
        assert before
        assert list(model.select().tuples()) == before


def test_a_sent_report_cannot_be_deleted_with_its_history(stored: people.Seed, clock: people.SettableClock) -> None:
    report = stored.report("P1")
    Revision.create(
        report=report, number=1, content="{}", sha256="0" * 64, receipt="AAAA", sent_at=clock(),
        sent_by=stored.accounts["p1"], due_at=clock(),
    )  # fmt: skip
    with pytest.raises(DatabaseError), database.database.atomic():
        Report.delete().where(Report.id == report.id).execute()
    assert Report.select().where(Report.id == report.id).exists()
