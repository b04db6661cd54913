"""Nothing that may lose what it confirmed is used: not an engine, not a setting, not a place."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import people
import psycopg2
import pytest
from cluster import PostgreSQLCluster

from nhanquyen.store import database, durability
from nhanquyen.store.database import DatabaseRefused
from nhanquyen.store.durability import (
    is_remote,
    mount_of,
    place_fault,
    place_warning,
    postgresql_fault,
    sqlite_fault,
)
from nhanquyen.store.models import Unit
from nhanquyen.store.opening import create, verify

# --- SQLite ----------------------------------------------------------------------------------------


@contextmanager
def plain(file: Path, **settings: object) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file)) as connection:
        for name, value in settings.items():
            connection.execute(f"PRAGMA {name} = {value}")
        yield connection


PROMISED = {"journal_mode": "delete", "synchronous": "extra", "foreign_keys": 1}


def test_a_connection_as_promised_passes(tmp_path: Path) -> None:
    with plain(tmp_path / "a.sqlite3", **PROMISED) as connection:
        assert sqlite_fault(connection) is None


@pytest.mark.parametrize(
    ("name", "value"), [("journal_mode", "wal"), ("journal_mode", "off"), ("synchronous", "full"), ("foreign_keys", 0)]
)
def test_a_connection_that_does_otherwise_is_told(tmp_path: Path, name: str, value: object) -> None:
    with plain(tmp_path / "a.sqlite3", **{**PROMISED, name: value}) as connection:
        fault = sqlite_fault(connection)
    assert fault is not None
    assert f"cài đặt {name} = " in fault


def test_an_sqlite_that_does_not_know_the_setting_is_told(tmp_path: Path) -> None:
    with plain(tmp_path / "a.sqlite3", **PROMISED) as connection:
        assert "SQLite 3.11.9 của Python này quá cũ" in (sqlite_fault(connection, (3, 11, 9)) or "")
        assert sqlite_fault(connection, (3, 12, 0)) is None


def test_it_is_asked_on_every_new_connection(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "nhanquyen.sqlite3"
    file.write_bytes(sqlite_template.read_bytes())
    with people.bound(f"sqlite:///{file}") as url:
        verify(url)
        database.dispose()
        monkeypatch.setattr(database.database.obj, "_pragmas", [("synchronous", "normal"), ("foreign_keys", 1)])
        with pytest.raises(DatabaseRefused, match="synchronous = 3"), database.connection():
            pass
        monkeypatch.undo()
        with database.connection():
            assert Unit.select().count() == 0


# --- PostgreSQL --------------------------------------------------------------------------------------


class _Server:
    """A connection to a server that is set as told."""

    def __init__(self, *answer: str | None) -> None:
        self.answer = answer

    def cursor(self) -> _Server:
        return self

    def __enter__(self) -> _Server:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, statement: str, parameters: tuple[str, ...] = ()) -> None:
        self.asked_where = bool(parameters)

    def fetchone(self) -> tuple[str | None, ...]:
        return ("database", "nq", "nhanquyen") if self.asked_where else self.answer


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (("off", "on", "off", "on", "off"), "fsync = off: dữ liệu đã lưu có thể mất khi mất điện. Hãy bật lại"),
        (("on", "off", "off", "on", "off"), "full_page_writes = off"),
        (("on", "on", "on", "on", "off"), "data_sync_retry = on: dữ liệu đã lưu có thể mất khi mất điện. Hãy tắt lại"),
        (("on", "on", "off", "off", "off"), "synchronous_commit = off"),
        (("on", "on", "off", "off", "off"), 'ALTER DATABASE "nhanquyen" RESET synchronous_commit'),
        (("on", "on", "off", "on", "on"), "chỉ cho đọc"),
    ],
)
def test_each_setting_that_breaks_the_promise_is_told(answer: tuple[str, ...], told: str) -> None:
    assert told in (postgresql_fault(_Server(*answer)) or "")


@pytest.mark.parametrize("commit", ["on", "local", "remote_write", "remote_apply"])
def test_a_server_as_it_should_be_passes_also_an_old_one(commit: str) -> None:
    assert postgresql_fault(_Server("on", "on", "off", commit, "off")) is None
    assert postgresql_fault(_Server("on", "on", None, commit, "off")) is None  # knows no data_sync_retry


@pytest.fixture
def careful(careful_cluster: PostgreSQLCluster) -> Iterator[str]:
    """The URL of a database of ours on a server that keeps what it confirms."""
    with careful_cluster.database() as url:
        with people.made_database(url):
            pass
        yield url


def name_in(url: str) -> str:
    return url.rsplit("/", 1)[1]


@contextmanager
def changed(cluster: PostgreSQLCluster, name: str, value: str) -> Iterator[None]:
    """Meanwhile the server's configuration sets *name* so, as every new session of others shows."""
    with closing(psycopg2.connect(cluster.url("postgres"))) as other:
        other.autocommit = True
        cursor = other.cursor()

        def apply(statement: str, wanted: str) -> None:
            cursor.execute(statement)
            cursor.execute("SELECT pg_reload_conf()")
            for _ in range(100):
                cursor.execute(f"SHOW {name}")
                if cursor.fetchone() == (wanted,):
                    time.sleep(0.2)  # the sessions read it one by one
                    return
                time.sleep(0.05)
            raise TimeoutError(name)

        cursor.execute(f"SHOW {name}")
        ((before,),) = cursor.fetchall()
        apply(f"ALTER SYSTEM SET {name} = {value}", value)
        try:
            yield
        finally:
            apply(f"ALTER SYSTEM RESET {name}", before)


def setting(name: str) -> Any:
    return database.database.execute_sql(f"SHOW {name}").fetchone()[0]


@pytest.mark.postgresql
@pytest.mark.parametrize("whose", ["DATABASE {database}", "ROLE nhanquyen IN DATABASE {database}"])
def test_what_a_database_or_role_sets_counts(careful_cluster: PostgreSQLCluster, careful: str, whose: str) -> None:
    whom = whose.format(database=name_in(careful))
    careful_cluster.execute(f"ALTER {whom} SET synchronous_commit = off")
    with people.bound(careful), pytest.raises(DatabaseRefused, match="synchronous_commit = off"):
        verify(careful)
    careful_cluster.execute(f"ALTER {whom} RESET synchronous_commit")
    careful_cluster.execute(f"ALTER {whom} SET default_transaction_read_only = on")
    with people.bound(careful), pytest.raises(DatabaseRefused, match="chỉ cho đọc"):
        verify(careful)
    careful_cluster.execute(f"ALTER {whom} RESET default_transaction_read_only")


@pytest.mark.postgresql
def test_what_the_address_sets_counts(careful: str) -> None:
    address = f"{careful}?options=-c%20synchronous_commit%3Doff"
    with people.bound(address), pytest.raises(DatabaseRefused, match="synchronous_commit = off"):
        verify(address)


@pytest.mark.postgresql
def test_a_later_change_lowers_no_commit_of_ours(careful_cluster: PostgreSQLCluster, careful: str) -> None:
    with people.bound(careful):
        verify(careful)
        with database.connection():
            assert setting("synchronous_commit") == "on"
            with changed(careful_cluster, "synchronous_commit", "off"):
                assert setting("synchronous_commit") == "on"
                database.database.obj.manual_close()
                database.open_connection()
                assert setting("synchronous_commit") == "on"


@pytest.mark.postgresql
def test_a_stricter_commit_stays(careful: str) -> None:
    address = f"{careful}?options=-c%20synchronous_commit%3Dremote_apply"
    with people.bound(address):
        verify(address)
        with database.connection():
            assert setting("synchronous_commit") == "remote_apply"


@pytest.mark.postgresql
def test_a_server_that_becomes_unsafe_gets_no_new_connection(careful_cluster: PostgreSQLCluster, careful: str) -> None:
    with people.bound(careful):
        verify(careful)
        database.dispose()
        with changed(careful_cluster, "fsync", "off"):
            for _ in range(3):  # none is left behind in the pool either
                with pytest.raises(DatabaseRefused, match="fsync = off"), database.connection():
                    pass
        with database.connection():
            assert Unit.select().count() == 0


# --- The place ---------------------------------------------------------------------------------------

TREE = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:5 / /dev/shm rw,nosuid - tmpfs tmpfs rw
30 22 0:40 / /srv/chung rw,relatime shared:9 master:2 - nfs4 may-chu:/chung rw,vers=4.2
31 22 0:41 / /srv/o\040mạng rw - cifs //may-chu/o rw
32 22 0:42 / /home/xa rw - fuse.sshfs xa@may-chu: rw
33 22 0:43 / /mnt/c rw - 9p drvfs rw
34 30 8:2 / /srv/chung/riêng rw - ext4 /dev/sdb1 rw
35 22 8:3 / /du-lieu rw - ext4 /dev/sdc1 rw,nobarrier
36 22 8:4 / /cu rw - ext3 /dev/sdd1 rw,barrier=0,errors=continue
37 22 0:50 / /tam rw - autofs systemd-1 rw
38 37 0:51 / /tam rw - nfs may-chu:/tam rw
garbage
"""


def tree() -> str:
    return TREE


@pytest.mark.skipif(os.name == "nt", reason="these are places on Linux")
@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("/srv/chung/a/nhanquyen.sqlite3", "/srv/chung, nfs4"),
        ("/srv/o mạng/nhanquyen.sqlite3", "/srv/o mạng, cifs"),
        ("/home/xa/nhanquyen.sqlite3", "/home/xa, fuse.sshfs"),
        ("/mnt/c/nhanquyen.sqlite3", "/mnt/c, 9p"),
        ("/tam/nhanquyen.sqlite3", "/tam, nfs"),
        ("/srv/chung/riêng/nhanquyen.sqlite3", None),
        ("/srv/chung2/nhanquyen.sqlite3", None),
        ("/opt/nhanquyen.sqlite3", None),
        ("/dev/shm/nhanquyen.sqlite3", None),  # noqa: S108
    ],
)
def test_a_network_drive_is_told(place: str, told: str | None) -> None:
    fault = place_fault(Path(place), tree)
    assert fault is None if told is None else f"nằm trên ổ mạng ({told})" in (fault or "")


@pytest.mark.skipif(os.name == "nt", reason="these are places on Linux")
@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("/dev/shm/a.sqlite3", "nằm trong bộ nhớ (/dev/shm, tmpfs)"),  # noqa: S108
        ("/du-lieu/a.sqlite3", "gắn với nobarrier"),
        ("/cu/a.sqlite3", "gắn với barrier=0"),
        ("/opt/a.sqlite3", None),
    ],
)
def test_a_place_that_may_forget_is_warned_of(place: str, told: str | None) -> None:
    warning = place_warning(Path(place), tree)
    assert warning is None if told is None else told in (warning or "")


def test_a_system_that_tells_no_mounts_is_no_fault(tmp_path: Path) -> None:
    assert mount_of(tmp_path, lambda: "") is None
    assert place_fault(tmp_path, lambda: "") is None
    assert place_warning(tmp_path, lambda: "") is None


def test_a_sandbox_whose_root_is_served_to_it_is_no_network_drive(tmp_path: Path) -> None:
    assert place_fault(tmp_path, lambda: "1 0 0:1 / / rw - 9p none rw") is None


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
def test_the_kernel_is_asked() -> None:
    mount = mount_of(Path("/proc/self/status"))
    assert mount is not None
    assert (mount.point, mount.kind) == (Path("/proc"), "proc")


@pytest.mark.parametrize(
    ("drive", "remote"),
    [
        ("\\\\may-chu\\chung", True),
        ("\\\\?\\UNC\\may-chu\\chung", True),
        ("Z:", True),
        ("\\\\?\\Z:", True),
        ("C:", False),
        ("", False),
    ],
)
def test_windows_network_drives_are_known(drive: str, remote: bool) -> None:
    assert is_remote(drive, lambda root: durability.DRIVE_REMOTE if root == "Z:\\" else 3) is remote


@pytest.mark.skipif(os.name == "nt", reason="the place is one on Linux")
def test_on_a_network_drive_nothing_is_opened_or_made(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 0:9 / {tmp_path}/chung rw - nfs4 may-chu:/ rw\n")
    monkeypatch.setattr(durability, "MOUNTS", mounts)
    there = tmp_path / "chung" / "nhanquyen.sqlite3"
    there.parent.mkdir()
    with people.bound(f"sqlite:///{there}") as url, pytest.raises(DatabaseRefused, match="ổ mạng"):
        create(url)
    assert not there.exists()
    there.write_bytes(sqlite_template.read_bytes())
    with people.bound(f"sqlite:///{there}") as url, pytest.raises(DatabaseRefused, match="ổ mạng"):
        verify(url)
    assert there.read_bytes() == sqlite_template.read_bytes()
    shortcut = tmp_path / "lối tắt.sqlite3"
    shortcut.symlink_to(there)
    with people.bound(f"sqlite:///{shortcut}") as url, pytest.raises(DatabaseRefused, match="ổ mạng"):
        verify(url)
