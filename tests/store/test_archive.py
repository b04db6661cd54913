"""A backup holds everything of one moment, and comes back as it was, on either engine."""

from __future__ import annotations

import os
import sqlite3
import stat
import zipfile
from contextlib import closing
from pathlib import Path

import combined_story
import people
import pytest
from archives import NOW, backed_up, every_row, put_back
from cluster import PostgreSQLCluster
from test_demo import make

from nhanquyen.store import attachments, database, events
from nhanquyen.store.archive import container, making, restoring, schema
from nhanquyen.store.archive.acts import counts, restore_backup
from nhanquyen.store.archive.container import open_archive
from nhanquyen.store.archive.folder import BackupFolder, Origin
from nhanquyen.store.events import Actor
from nhanquyen.store.models import MODELS, AttachmentContent, Event, Report, Session, Unit

HOSTILE = "Đ'ại \"học\" \\n \u2028 \u202e 😀 </td> %s {x} $1 ';DROP TABLE unit;-- e\u0301 \t\n" + "x" * 300
"""A text in which each character once broke some export."""


@pytest.fixture
def story(store_url: str, clock: people.SettableClock) -> combined_story.Story:
    """A round in every state, with hostile texts, evidence and a log line that says it all."""
    told = combined_story.full_story(people.seed(clock), clock)
    with database.connection(), database.transaction():
        events.record("exported", told.actor("tonghop"), subject=HOSTILE, deep={"ă": [1, None, True, {"z": HOSTILE}]})
        Unit.update(note=HOSTILE[:200]).execute()
        files = {"P1": bytes(range(256)) * 900, "LT": b"", "DTH": bytes(range(256)) * 900}
        for code, content in files.items():
            report, actor = told.seed.report(code), told.actor(code.lower())
            file = attachments.add(report, ("", "", ""), "bản ký.pdf", "application/pdf", content, None, actor)
            AttachmentContent.update(thumbnail=b"\x00\xff\n" if code == "P1" else None).where(
                AttachmentContent.attachment == file
            ).execute()
    return told


def tables_of(file: Path) -> dict[str, container.Contents]:
    with open_archive(file) as archive:
        archive.check()
        return archive.manifest.tables


def test_everything_comes_back_row_by_row(story: combined_story.Story, tmp_path: Path) -> None:
    before, file = every_row(), tmp_path / "a.zip"
    manifest = backed_up(file)
    with database.connection(), database.transaction():
        Unit.update(name="mất").execute()
        Report.update(status="accepted", version=99).execute()
        AttachmentContent.delete().execute()
        events.record("exported", story.actor("tonghop"), subject="sau khi sao lưu")
    put_back(file)
    assert every_row() == before
    assert sum(table.rows for table in manifest.tables.values()) == sum(map(len, before.values()))
    backed_up(tmp_path / "b.zip")
    assert tables_of(tmp_path / "b.zip") == tables_of(file)


def test_it_says_what_is_in_it(story: combined_story.Story, tmp_path: Path) -> None:
    backed_up(tmp_path / "a.zip")
    with open_archive(tmp_path / "a.zip") as archive:
        told = archive.manifest
    assert told.made_at == NOW
    assert told.kind == "thu-cong"
    assert {table: told.rows(table) for table in counts()} == counts()
    assert told.newest == schema.known_migrations()[-1]


def test_sessions_and_what_was_typed_wrong_stay_out(story: combined_story.Story, tmp_path: Path) -> None:
    """A restored session would bring back one that was signed out."""
    account = story.seed.accounts["p1"]
    with database.connection(), database.transaction():
        Session.create(token_hash="t" * 64, account=account, created_at=NOW, seen_at=NOW)
    backed_up(tmp_path / "a.zip")
    put_back(tmp_path / "a.zip")
    with database.connection():
        assert Session.select().count() == 0
    assert b"t" * 64 not in (tmp_path / "a.zip").read_bytes()


def test_it_is_a_zip_that_any_program_reads(story: combined_story.Story, tmp_path: Path) -> None:
    backed_up(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as opened:
        assert opened.testzip() is None
        names = set(opened.namelist())
    assert {"manifest.json", "tables/unit.jsonl", "tables/entry.jsonl"} <= names
    assert any(name.startswith("blobs/") for name in names)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o777])
def test_it_is_for_its_owner_alone_under_any_umask(store_url: str, tmp_path: Path, mask: int) -> None:
    old = os.umask(mask)
    try:
        backed_up(tmp_path / "a.zip")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a.zip").stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} <= {"a.zip", "nhanquyen.sqlite3"}


def test_a_backup_is_never_written_over(store_url: str, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("đã có")
    with pytest.raises(making.BackupFailed, match="đã có"):
        backed_up(tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_text() == "đã có"


def test_the_log_says_after_a_restore_who_did_it(story: combined_story.Story, tmp_path: Path) -> None:
    backed_up(tmp_path / "a.zip")
    before = every_row()
    folder = BackupFolder(tmp_path / "sao-luu")
    manifest, made = restore_backup(folder, tmp_path / "a.zip", story.actor("quantri"))
    with database.connection():
        newest = Event.select().order_by(Event.id.desc()).get()
    assert (newest.action, newest.subject) == ("restored", "a.zip")
    assert newest.account_id == story.seed.accounts["quantri"].id
    assert newest.detail["before"] == made.name
    after = every_row()
    assert len(after["Event"]) == len(before["Event"]) + 1
    assert after | {"Event": 0} == before | {"Event": 0}
    assert made.origin is Origin.BEFORE_RESTORE
    assert tables_of(folder.path / made.name) == manifest.tables


def test_an_admin_who_is_not_in_the_backup_is_named_in_the_log(store_url: str, tmp_path: Path) -> None:
    clock = people.SettableClock()
    seed = people.seed(clock)
    backed_up(tmp_path / "a.zip")
    with database.connection(), database.transaction():
        later = people.make_account("quantri2", "Quản trị hai", people.Role.ADMIN, None, clock())
    restore_backup(BackupFolder(tmp_path / "sao-luu"), tmp_path / "a.zip", Actor(later, "192.0.2.1", NOW))
    with database.connection():
        newest = Event.select().order_by(Event.id.desc()).get()
    assert newest.account_id is None
    assert newest.detail["by"] == "quantri2 (Quản trị hai)"
    assert seed


@pytest.mark.postgresql
def test_sqlite_to_postgresql_and_back_gives_the_same_hashes(
    postgresql_cluster: PostgreSQLCluster, tmp_path: Path
) -> None:
    with people.bound(f"sqlite:///{tmp_path}/first.sqlite3") as url:
        make(url, tmp_path / "demo")
        first = backed_up(tmp_path / "first.zip")
        rows = every_row()
    with postgresql_cluster.database() as url, people.bound(url):
        put_back(tmp_path / "first.zip")
        assert every_row() == rows
        second = backed_up(tmp_path / "second.zip")
        put_back(tmp_path / "first.zip")  # over what is there, functions and all
        assert every_row() == rows
    with people.made_database(f"sqlite:///{tmp_path}/third.sqlite3"):
        put_back(tmp_path / "second.zip")
        assert every_row() == rows
        third = backed_up(tmp_path / "third.zip")
    assert first.tables == second.tables == third.tables
    assert (first.engine, second.engine, third.engine) == ("sqlite", "postgresql", "sqlite")
    assert {"not_started", "drafting", "sent", "returned", "resent", "accepted"} <= {
        text.strip("'") for row in rows["Report"] for text in row
    }


def test_the_program_works_on_after_a_restore(story: combined_story.Story, clock: people.SettableClock, store_url: str,
                                              tmp_path: Path) -> None:  # fmt: skip
    """Also numbers rows on after those restored, and keeps the log from being changed."""
    backed_up(tmp_path / "a.zip")
    put_back(tmp_path / "a.zip")
    units, entries = counts()["unit"], counts()["event"]
    app = people.make_app(store_url, clock)
    report = story.seed.report("LT")
    typed = {**people.complete_answers(), "ver": str(report.version)}
    browser = people.Browser(app).sign_in("lt")
    assert browser.post(f"/bao-cao/{report.id}/luu", typed, htmx=True).status_code == 200
    assert browser.post(f"/bao-cao/{report.id}/gui", {"khong_mat": "1"}).status_code == 303
    assert story.seed.report("LT").status == "sent"
    assert people.make_unit("MOI", "Đơn vị mới", "XP", 99).id == units + 1
    with database.connection():
        assert Event.select().order_by(Event.id.desc()).get().id == Event.select().count() > entries
        for verb in ("UPDATE event SET subject = ''", "DELETE FROM revision"):
            with pytest.raises(Exception, match="append-only"):
                database.database.execute_sql(verb)


# --- Schemas ---------------------------------------------------------------------------------------


def test_every_type_of_every_migration_has_a_kind() -> None:
    for migration in schema.known_migrations():
        tables = schema.schema_after(migration)
        assert {table.name for table in tables} >= {"report", "event"}
        assert all(table.key for table in tables)


def test_the_newest_schema_is_that_of_the_models() -> None:
    tables = {table.name: table for table in schema.schema_after(schema.known_migrations()[-1])}
    assert set(tables) == {model._meta.table_name for model in MODELS}
    for model in MODELS:
        columns = {column.name for column in tables[model._meta.table_name].columns}
        assert columns == set(model._meta.columns)


def test_parents_come_before_their_children() -> None:
    seen: set[str] = set()
    for table in schema.schema_after(schema.known_migrations()[-1]):
        assert table.refers_to <= seen | {table.name}
        seen.add(table.name)


def test_a_backup_of_every_older_schema_is_brought_up(store_url: str, tmp_path: Path) -> None:
    """The tables are made as they were, filled, compared, and only then brought up."""
    for name in schema.known_migrations():
        with database.connection(), database.transaction():
            restoring._drop_everything()
            database.runner().up(name)
            database.database.execute_sql(
                "INSERT INTO round (key, title, definition, due_at, opened_at) "
                "VALUES ('k', 't', 'd', '2023-12-22 17:00:00', '2023-11-10 08:00:00')"
            )
        manifest = backed_up(tmp_path / f"{name}.zip")
        assert manifest.newest == name
        put_back(tmp_path / f"{name}.zip")
        with database.connection():
            assert set(database.runner().applied()) == set(schema.known_migrations())
        assert counts()["event"] == 0
        assert every_row()["Round"][0][1:3] == ["'k'", "'t'"]


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_sqlite_gets_back_every_byte(story: combined_story.Story, tmp_path: Path, store_url: str) -> None:
    """Also the order and the blanks of JSON, which say nothing. PostgreSQL keeps JSON in its own way."""
    file = database.sqlite_path(store_url)
    assert file is not None
    before = dump(file)
    backed_up(tmp_path / "a.zip")
    put_back(tmp_path / "a.zip")
    assert dump(file) == before


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return sorted(line for line in connection.iterdump() if "sqlite_sequence" not in line)
