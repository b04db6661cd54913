"""One durable autosave against a bare Peewee upsert that is just as durable, both over HTTP behind waitress."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

from flask import Flask, request
from peewee import CharField, Model, SqliteDatabase, TextField

from bench.result import Result
from bench.serving import Program, compare, served
from nhanquyen.store import database
from nhanquyen.store.models import Report, Unit

FIELD = "n1-so_lieu-0-so_cuoc"


def run() -> list[Result]:
    """Wall time, in which the disk must have the row before the answer; and processor time beside it."""
    with Program() as program:
        token = program.sign_in("VHTT")
        with database.connection():
            report = Report.get(Report.unit == Unit.get(Unit.code == "VHTT"))
            Report.update(status="drafting").where(Report.id == report.id).execute()
        clear_first(program, report)
        bare = bare_app(Path(program.url.removeprefix("sqlite:///")).with_name("bare.sqlite3"))
        with served(program.app) as post, served(bare) as post_bare:
            saved, numbers = itertools.count(), itertools.count()
            headers = {"X-CSRFToken": token, "HX-Request": "true", "Cookie": program.cookie()}

            version = [""]

            def save() -> None:
                number = next(saved)
                fields = {FIELD: str(number + 1), f"was.{FIELD}": str(number) if number else "", "ver": version[0]}
                fields |= {"tab": "3f1c9e2d7a805b46", "seq": str(number + 1)}
                answer = post(f"/bao-cao/{report.id}/luu", fields, headers)
                version[0] = answer.split('id="ver" value="')[1].split('"')[0]

            def upsert() -> None:
                post_bare("/", {"key": "unit 1", "value": str(next(numbers)) * 300}, {})

            wall = compare(save, upsert, time.perf_counter)
            processor = compare(save, upsert)
    return [
        Result("One durable autosave, wall time", *wall, "ms", 2),
        Result("One durable autosave, processor time", *processor, "ms", 4),
    ]


def clear_first(program: Program, report: Report) -> None:
    """Blank the field that is saved, so that the first save replaces what it says it replaces."""
    from nhanquyen.store.models import Entry

    with database.connection():
        here = (Entry.report == report) & (Entry.item == "n1") & (Entry.block == "so_lieu")
        for entry in Entry.select().where(here):
            Entry.update(values={**entry.values, "so_cuoc": None}).where(Entry.id == entry.id).execute()


def bare_app(file: Path) -> Flask:
    """Flask, one Peewee upsert in an immediate transaction, and nothing else; the same journal and sync level."""
    store = SqliteDatabase(str(file), pragmas={"journal_mode": "delete", "synchronous": "extra"}, lock_type="IMMEDIATE")

    class Answer(Model):
        key = CharField(primary_key=True)
        value = TextField()

        class Meta:
            database = store

    store.create_tables([Answer])
    app = Flask("bare")

    @app.post("/")
    def upsert() -> str:
        with store.atomic():
            Answer.insert(key=request.form["key"], value=request.form["value"]).on_conflict_replace().execute()
        return "saved"

    return app
