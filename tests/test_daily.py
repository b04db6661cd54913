"""The daily backup: one a day, tried again after a failure, stopped with the program."""

from __future__ import annotations

import threading
from pathlib import Path

import people
import psycopg2
import pytest
from peewee import PeeweeException

from nhanquyen import daily
from nhanquyen.daily import Daily, daily_backups
from nhanquyen.store import database
from nhanquyen.store.archive.acts import failure_since
from nhanquyen.store.archive.folder import BackupFolder, Origin
from nhanquyen.store.models import Event

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def folder(store_url: str, tmp_path: Path) -> BackupFolder:
    people.seed(people.SettableClock())
    return BackupFolder(tmp_path / "sao-luu", keep=3)


def test_there_is_one_a_day(folder: BackupFolder, clock: people.SettableClock) -> None:
    thread = Daily(folder, clock)
    made = []
    for _ in range(5 * 24):
        if backup := thread.look():
            made.append(backup.name)
        clock.move(hours=1)
    assert [name[10:27] for name in made] == [
        "2023-12-20-090000", "2023-12-21-000000", "2023-12-22-000000", "2023-12-23-000000", "2023-12-24-000000",
        "2023-12-25-000000",
    ]  # fmt: skip
    assert [backup.name for backup in folder.backups()] == made[:-4:-1]
    with database.connection():
        logged = [event.subject for event in Event.select().where(Event.action == "backup_made").order_by(Event.id)]
    assert logged == made


def test_a_new_start_on_the_same_day_makes_none(folder: BackupFolder, clock: people.SettableClock) -> None:
    assert Daily(folder, clock).look() is not None
    clock.move(hours=3)
    assert Daily(folder, clock).look() is None


def test_one_by_hand_does_not_count(folder: BackupFolder, clock: people.SettableClock) -> None:
    folder.make(Origin.MANUAL, clock())
    assert Daily(folder, clock).look() is not None


def test_a_failure_is_logged_and_tried_again_after_an_hour(folder: BackupFolder, clock: people.SettableClock) -> None:
    folder.path.write_text("không phải thư mục")
    thread = Daily(folder, clock)
    for _ in range(4):
        assert thread.look() is None
        clock.move(minutes=15)
    with database.connection():
        assert Event.select().where(Event.action == "backup_failed").count() == 1
        assert failure_since(None) is not None
    folder.path.unlink()
    made = thread.look()
    assert made is not None
    with database.connection():
        assert failure_since(made.made_at) is None


def test_whatever_happens_the_next_look_comes(
    folder: BackupFolder, clock: people.SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault of the program")

    thread = Daily(folder, clock)
    with monkeypatch.context() as patched:
        patched.setattr(daily, "back_up_daily", broken)
        assert thread.look() is None
    clock.move(hours=1)
    assert thread.look() is not None


def test_a_database_that_is_away_takes_one_line_of_the_log(
    folder: BackupFolder, clock: people.SettableClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> None:
        raise PeeweeException("could not connect") from psycopg2.OperationalError("connection refused")

    monkeypatch.setattr(daily, "back_up_daily", away)
    assert Daily(folder, clock).look() is None
    (record,) = caplog.records
    assert record.exc_info is None
    assert "connection refused" in record.getMessage()


def test_a_clock_that_is_set_back_does_not_stop_it(folder: BackupFolder, clock: people.SettableClock) -> None:
    thread = Daily(folder, clock)
    folder.path.write_text("không phải thư mục")
    thread.look()
    folder.path.unlink()
    clock.move(days=-2)
    assert thread.look() is not None


def test_the_thread_makes_one_and_ends_with_the_program(
    folder: BackupFolder, clock: people.SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily, "SOON", 0)
    monkeypatch.setattr(daily, "LOOK_EVERY", 0.01)
    with daily_backups(folder, clock):
        assert any(thread.name == "daily backup" for thread in threading.enumerate())
        while not folder.backups():
            pass
    assert not any(thread.name == "daily backup" for thread in threading.enumerate())
    assert [backup.origin for backup in folder.backups()] == [Origin.DAILY]
