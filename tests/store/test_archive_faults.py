"""Backups and restores among other people, and cut short: nothing acknowledged is missing, nothing present is lost."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import people
import psycopg2
import pytest
from archives import NOW, backed_up, every_row, put_back, work
from flask import Flask

from nhanquyen.store import database, events
from nhanquyen.store.archive import container, making, restoring
from nhanquyen.store.archive.acts import back_up_daily, restore_backup
from nhanquyen.store.archive.container import ArchiveRefused, open_archive
from nhanquyen.store.archive.folder import BackupFolder, Origin
from nhanquyen.store.archive.making import BackupFailed
from nhanquyen.store.database import DatabaseReplaced
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Attachment, AttachmentContent, Event, Unit

ROOT = Path(__file__).resolve().parents[2]


# --- Among other people ----------------------------------------------------------------------------


@contextmanager
def writers(count: int) -> Iterator[list[int]]:
    """So many people who save without a pause; how many saves of each were acknowledged.

    A save writes a row and a line of the log together, both with its number.
    """
    for number in range(count):
        people.make_unit(f"W{number}", f"Đơn vị {number}", "XP", 100 + number)
    acknowledged, stop = [0] * count, threading.Event()
    faults: list[BaseException] = []

    def write(number: int) -> None:
        try:
            while not stop.is_set():
                saved = acknowledged[number] + 1
                with database.connection(), database.transaction():
                    Unit.update(note=str(saved)).where(Unit.code == f"W{number}").execute()
                    events.record("report_saved", Actor(None, "", NOW), subject=f"W{number}", saved=saved)
                acknowledged[number] = saved
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        while min(acknowledged) < 3 and not faults:
            pass
        yield acknowledged
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not faults


def test_what_was_acknowledged_before_is_in_it_and_every_save_is_whole(store_url: str, tmp_path: Path) -> None:
    people.seed(people.SettableClock())
    before = []
    with writers(4) as acknowledged:
        for turn in range(3):
            before.append(list(acknowledged))
            backed_up(tmp_path / f"{turn}.zip")
    for turn, least in enumerate(before):
        put_back(tmp_path / f"{turn}.zip")
        with database.connection():
            for number, saves in enumerate(least):
                note = int(Unit.get(Unit.code == f"W{number}").note)
                logged = [event.detail["saved"] for event in Event.select().where(Event.subject == f"W{number}")]
                assert note >= saves
                assert sorted(logged) == list(range(1, note + 1))


def test_two_backups_at_once_are_two_whole_ones(store_url: str, tmp_path: Path) -> None:
    people.seed(people.SettableClock())
    place = BackupFolder(tmp_path / "sao-luu")
    made = people.in_parallel(3, lambda number: place.make(Origin.MANUAL, NOW))
    assert len({backup.name for backup in place.backups()}) == 3, made
    for backup in place.backups():
        with open_archive(place.path / backup.name) as archive:
            archive.check()


def test_two_programs_on_one_folder_make_one_daily_backup(store_url: str, tmp_path: Path) -> None:
    people.seed(people.SettableClock())
    places = [BackupFolder(tmp_path / "sao-luu") for _ in range(4)]
    made = people.in_parallel(4, lambda number: back_up_daily(places[number], NOW))
    assert sum(backup is not None for backup in made) == 1
    assert len(places[0].backups()) == 1


def test_a_restore_among_requests_leaves_exactly_what_the_backup_holds(
    store_url: str, clock: people.SettableClock, tmp_path: Path
) -> None:
    """Whatever was under way is saved before, or refused; nothing of it gets into the restored data."""
    app: Flask = people.make_app(store_url, clock, BACKUP_DIR=str(tmp_path / "sao-luu"))
    people.seed(clock)
    backed_up(tmp_path / "a.zip")
    before = work()
    browsers = [people.Browser(app).sign_in(name) for name in ("p1", "lt", "vhtt", "tonghop")]
    pages = [browser.get("/bao-cao", follow_redirects=True).status_code for browser in browsers[:3]]
    assert pages == [200, 200, 200]
    stop, statuses = threading.Event(), set[int]()

    def use(number: int) -> None:
        browser, turn = browsers[number], 0
        while not stop.is_set():
            turn += 1
            if number == 3:
                statuses.add(browser.get("/tong-hop").status_code)
                continue
            typed = {"n1-so_lieu-0-so_cuoc": str(turn), "ver": "0"}
            statuses.add(browser.post(f"/bao-cao/{number + 1}/luu", typed, htmx=True).status_code)
            statuses.add(browser.get("/bao-cao").status_code)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        while work() == before:
            pass
        put_back(tmp_path / "a.zip")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert work() == before
    assert statuses <= {200, 303, 401, 404, 409, 503}, statuses
    assert 303 in statuses or 401 in statuses


def test_a_save_that_waited_for_a_restore_is_refused(store_url: str, tmp_path: Path) -> None:
    people.seed(people.SettableClock())
    backed_up(tmp_path / "a.zip")
    opened, restored = threading.Event(), threading.Event()
    found: list[BaseException] = []

    def save() -> None:
        try:
            with database.connection():
                opened.set()
                assert restored.wait(60)
                with database.transaction():
                    Unit.update(note="của dữ liệu cũ").execute()
        except BaseException as fault:
            found.append(fault)

    thread = threading.Thread(target=save)
    thread.start()
    assert opened.wait(60)
    put_back(tmp_path / "a.zip")
    restored.set()
    thread.join()
    assert [type(fault) for fault in found] == [DatabaseReplaced]
    with database.connection():
        assert Unit.select().where(Unit.note == "của dữ liệu cũ").count() == 0


class Waiting:
    """The time of a restore that waits for locks: *meanwhile* happens in each of its pauses, which take *pause* s."""

    def __init__(self, meanwhile: Callable[[], object], pause: float = 0) -> None:
        self.meanwhile, self.pause, self.now = meanwhile, pause, 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += self.pause
        self.meanwhile()


on_postgresql = pytest.mark.parametrize(
    "store_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
OTHERS = {"reads": "SELECT name FROM unit", "writes": "UPDATE unit SET note = 'vừa xong'"}


@on_postgresql
@pytest.mark.parametrize("does", OTHERS)
def test_a_restore_waits_for_what_somebody_has_open(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    people.seed(people.SettableClock())
    backed_up(tmp_path / "a.zip")
    before = work()
    with closing(psycopg2.connect(store_url)) as other:
        other.cursor().execute(OTHERS[does])
        waiting = Waiting(other.commit, pause=1)
        monkeypatch.setattr(restoring, "time", waiting)
        put_back(tmp_path / "a.zip")
    assert waiting.now == 1
    assert work() == before


@on_postgresql
@pytest.mark.parametrize("does", OTHERS)
def test_a_restore_that_waits_in_vain_says_so_and_changes_nothing(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    people.seed(people.SettableClock())
    backed_up(tmp_path / "a.zip")
    with database.connection():
        Unit.update(note="từ đó đến nay").execute()
    before = work()
    with closing(psycopg2.connect(store_url)) as other:
        other.cursor().execute(OTHERS[does])
        monkeypatch.setattr(restoring, "time", Waiting(lambda: None, pause=restoring.PATIENCE))
        with pytest.raises(ArchiveRefused, match="Đang có nhiều người dùng"):
            put_back(tmp_path / "a.zip")
    assert work() == before


# --- Cut short -------------------------------------------------------------------------------------

DIE_AT = """
import os, sys
from datetime import datetime, timezone
from pathlib import Path
from nhanquyen.store import database
from nhanquyen.store.archive import container, making, restoring
from nhanquyen.store.archive.folder import BackupFolder, Origin

what, url, place, module, name, turn = sys.argv[1:]
target = {"making": making, "restoring": restoring, "container": container, "Path": Path, "os": os}[module]
real, left = getattr(target, name), [int(turn)]

def dies(*arguments, **more):
    answer = real(*arguments, **more)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), 9)
    return answer

setattr(target, name, dies)
database.bind(url)
if database.is_sqlite():
    with database.connection():
        database.database.execute_sql("PRAGMA cache_size = 5")  # so that the file changes long before the commit
        database.database.execute_sql("PRAGMA synchronous = off")
        if what == "restore":
            with container.open_archive(Path(place)) as archive:
                restoring.restore(archive)
if what == "restore":
    with container.open_archive(Path(place)) as archive:
        restoring.restore(archive)
else:
    BackupFolder(Path(place)).make(Origin.MANUAL, datetime(2023, 12, 21, tzinfo=timezone.utc))
print("whole")
"""


def killed(what: str, url: str, place: Path, module: str, name: str, turn: int) -> None:
    """Another process does *what*, and is killed when the function *name* has been called *turn* times."""
    command = [sys.executable, "-c", DIE_AT, what, url, str(place), module, name, str(turn)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == -9, done.stderr + done.stdout


@pytest.fixture
def large(store_url: str) -> str:
    """A database that does not fit into a small cache."""
    clock = people.SettableClock()
    seed = people.seed(clock)
    with database.connection(), database.transaction():
        for number in range(40):
            file = Attachment.create(
                report=seed.report("P1"), name=f"{number}.pdf", media_type="application/pdf", size=40_000,
                sha256=f"{number}", added_at=NOW, added_by=seed.accounts["p1"],
            )  # fmt: skip
            AttachmentContent.create(attachment=file, content=os.urandom(40_000))
    return store_url


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such kill")
@pytest.mark.parametrize(
    ("module", "name", "turn"),
    [
        ("restoring", "_drop_everything", 1),
        ("restoring", "insert", 3),
        ("restoring", "insert", 16),
        ("restoring", "_compare", 1),
        ("restoring", "refuse_orphans", 2),
    ],
)
def test_a_restore_that_is_killed_changes_nothing(
    large: str, tmp_path: Path, module: str, name: str, turn: int
) -> None:
    backed_up(tmp_path / "a.zip")
    with database.connection(), database.transaction():
        Unit.update(note="sau khi sao lưu").execute()
    before = every_row()
    database.dispose()
    killed("restore", large, tmp_path / "a.zip", module, name, turn)
    assert every_row() == before
    put_back(tmp_path / "a.zip")
    assert every_row() != before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such kill")
@pytest.mark.parametrize(
    ("module", "name", "turn"),
    [("making", "new_file", 1), ("making", "_applied", 1), ("making", "rows_in", 9), ("making", "seal", 1),
     ("os", "fsync", 1)],
)  # fmt: skip
def test_a_backup_that_is_killed_leaves_no_backup_and_is_swept(
    large: str, tmp_path: Path, module: str, name: str, turn: int
) -> None:
    before, place = every_row(), BackupFolder(tmp_path / "sao-luu")
    killed("backup", large, place.path, module, name, turn)
    assert place.backups() == []
    assert every_row() == before
    made = place.make(Origin.MANUAL, NOW)
    assert {file.name for file in place.path.iterdir()} == {made.name, ".lock"}
    put_back(place.path / made.name)
    assert every_row() == before


def full_disk(*_: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("name", ["fsync", "open", "fdopen"])
def test_a_full_disk_is_told_and_leaves_nothing(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    place = BackupFolder(tmp_path / "sao-luu")
    place.make(Origin.MANUAL, NOW)
    before = {file.name for file in place.path.iterdir()}
    with monkeypatch.context() as patched:
        patched.setattr(making.os, name, full_disk)
        with pytest.raises(BackupFailed, match=r"No space left|Không ghi được|Kiểm tra"):
            place.make(Origin.MANUAL, NOW)
    assert {file.name for file in place.path.iterdir()} == before
    place.make(Origin.MANUAL, NOW)


def test_a_folder_that_is_no_folder_is_told(store_url: str, tmp_path: Path) -> None:
    (tmp_path / "sao-luu").write_text("tệp")
    with pytest.raises(BackupFailed, match="đổi cài đặt backup_dir"):
        BackupFolder(tmp_path / "sao-luu").make(Origin.MANUAL, NOW)


def test_a_damaged_database_makes_no_backup(sqlite_template: Path, tmp_path: Path) -> None:
    """Better none, and a failure that is told, than one that would be trusted."""
    file = tmp_path / "nhanquyen.sqlite3"
    shutil.copy(sqlite_template, file)
    content = bytearray(file.read_bytes())
    for page in range(3, len(content) // 4096, 3):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    file.write_bytes(content)
    with people.bound(f"sqlite:///{file}"), pytest.raises(BackupFailed, match=r"hỏng|malformed"):
        BackupFolder(tmp_path / "sao-luu").make(Origin.MANUAL, NOW)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_copy_for_which_there_is_no_room_is_removed(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(file: str, copy: Path) -> None:
        copy.write_bytes(b"half")
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(making, "_copy_sqlite", too_much)
    with pytest.raises(BackupFailed, match="chỗ trống"):
        backed_up(tmp_path / "a.zip")
    assert not list(tmp_path.glob("a.zip*"))


def test_what_is_being_restored_outlives_many_tries(store_url: str, tmp_path: Path) -> None:
    people.seed(people.SettableClock())
    place = BackupFolder(tmp_path / "sao-luu")
    original = place.path / place.make(Origin.BEFORE_RESTORE, NOW).name
    for day in range(40, 48):  # also months later
        restore_backup(place, original, Actor(None, "", NOW + timedelta(days=day)))
    assert original.exists()
    tries = [restore_backup(place, original, Actor(None, "", NOW + timedelta(days=48)))[1] for _ in range(7)]
    assert {each.name for each in tries} <= {each.name for each in place.backups()}


def test_a_restore_without_room_for_the_backup_before_it_changes_nothing(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.seed(people.SettableClock())
    backed_up(tmp_path / "a.zip")
    before, place = every_row(), BackupFolder(tmp_path / "sao-luu")

    def no_room() -> None:
        monkeypatch.setattr(making.os, "fsync", full_disk)
        place.make(Origin.BEFORE_RESTORE, NOW)

    with open_archive(tmp_path / "a.zip") as archive, pytest.raises(BackupFailed):
        restoring.restore(archive, before=no_room)
    monkeypatch.undo()
    assert every_row() == before


# --- What is kept ----------------------------------------------------------------------------------


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_the_newest_of_each_kind_are_kept(store_url: str, tmp_path: Path) -> None:
    place = BackupFolder(tmp_path / "sao-luu", keep=3)
    for day in range(8):
        for origin in Origin.DAILY, Origin.MANUAL, Origin.BEFORE_UPGRADE, Origin.BEFORE_RESTORE:
            place.make(origin, NOW + timedelta(days=day))
    (place.path / "của tôi.zip").write_bytes(b"x")
    kept: dict[Origin, list[int]] = {}
    for backup in place.backups():
        kept.setdefault(backup.origin, []).append((backup.made_at - NOW).days)
    assert kept.pop(Origin.OTHER)
    assert kept == {
        Origin.DAILY: [7, 6, 5],
        Origin.MANUAL: [7, 6, 5, 4, 3, 2, 1, 0],
        Origin.BEFORE_UPGRADE: [7, 6, 5, 4, 3],
        Origin.BEFORE_RESTORE: [7, 6, 5, 4, 3, 2, 1, 0],
    }
    for day in range(100, 104):
        place.make(Origin.BEFORE_RESTORE, NOW + timedelta(days=day))
    replaced = [(each.made_at - NOW).days for each in place.backups() if each.origin is Origin.BEFORE_RESTORE]
    assert replaced == [103, 102, 101, 100, 7]
    late = place.make(Origin.DAILY, NOW - timedelta(days=30))  # the clock was set back
    assert late.name in {backup.name for backup in place.backups()}


@pytest.mark.parametrize(
    "name",
    ["nhanquyen-2023-13-45-990000-thu-cong.zip", "nhanquyen.zip", "a b.zip", "nhanquyen-2023-12-20-090000-x.zip"],
)
def test_a_file_with_another_name_is_listed_too(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    (backup,) = BackupFolder(tmp_path).backups()
    assert (backup.name, backup.origin, backup.size) == (name, Origin.OTHER, 1)


def test_a_backup_of_a_format_to_come_says_so(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people.seed(people.SettableClock())
    with monkeypatch.context() as patched:
        patched.setattr(container, "FORMAT", 2)
        backed_up(tmp_path / "a.zip")
    before = every_row()
    with pytest.raises(container.ArchiveRefused, match="phiên bản mới hơn"):
        put_back(tmp_path / "a.zip")
    assert every_row() == before
