"""The first start: everything or nothing, private, and never over what is there; later starts find the same again."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import people
import pytest
from cluster import PostgreSQLCluster

from nhanquyen.clock import VIETNAM
from nhanquyen.setup import FirstStart, claim, forget, nobody_has_come, prepare, renew_admin
from nhanquyen.store import accounts, rounds
from nhanquyen.store.accounts import Hasher, Role, SignInRefused
from nhanquyen.store.database import DatabaseRefused, connection
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Event, Report, Round, Unit
from nhanquyen.store.opening import has_tables

TESTS = Path(__file__).resolve().parent
NOW = datetime(2023, 11, 10, 8, 0, tzinfo=VIETNAM)
HASHER = Hasher(people.FAST_HASH)
MADE = {"nhanquyen.sqlite3", "expected_database"}
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has neither these signals nor file modes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder in a place as people name them."""
    made = tmp_path / "Báo cáo [2023] #1 50% ơ" / "instance"
    made.mkdir(parents=True)
    return made


def sqlite(folder: Path) -> str:
    return f"sqlite:///{folder}/nhanquyen.sqlite3"


def start(url: str, folder: Path, more: Callable[[], None] | None = None) -> FirstStart | None:
    with people.bound(url):
        return prepare(url, folder, NOW, HASHER, more)


def refusal(url: str, folder: Path) -> str:
    with pytest.raises(DatabaseRefused) as refused:
        start(url, folder)
    return str(refused.value)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def sign_in(made: FirstStart) -> Account:
    account, _ = accounts.sign_in(made.username, made.code, Actor(None, "192.0.2.1", NOW), HASHER)
    return account


def assert_whole(made: FirstStart) -> None:
    """Everything of a first start is there once, and *made* opens the door."""
    assert [round.key for round in Round.select()] == ["217-catx-2023"]
    assert (Unit.select().count(), Report.select().count()) == (41, 41)
    assert Event.select().where(Event.action == "setup").count() == 1
    account = sign_in(made)
    assert (account.role, account.must_change) == (Role.ADMIN, True)
    assert Account.select().count() == 1


# --- The first time ----------------------------------------------------------------------------------


def test_it_makes_round_units_and_one_admin(folder: Path) -> None:
    made = start(sqlite(folder), folder)
    assert made is not None
    assert made.username == "quantri"
    assert set(contents(folder)) == MADE
    with people.bound(sqlite(folder)), connection():
        assert nobody_has_come()
        assert_whole(made)
        assert not nobody_has_come()
        assert rounds.current_round().due_at == datetime(2023, 12, 22, 23, 59, 59, 999_000, tzinfo=VIETNAM)
        assert Unit.select().where(Unit.active_from.is_null(False)).count() == 20


def test_the_second_start_changes_nothing(folder: Path) -> None:
    start(sqlite(folder), folder)
    before = contents(folder)
    assert start(sqlite(folder), folder) is None
    assert contents(folder) == before


@posix
def test_every_file_is_its_owners_alone_whatever_the_umask(folder: Path) -> None:
    umask = os.umask(0)
    try:
        start(sqlite(folder), folder)
        os.close(claim(folder / "nhanquyen.sqlite3"))
    finally:
        os.umask(umask)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == dict.fromkeys((*MADE, "nhanquyen.sqlite3.lock"), 0o600)


def test_a_failure_half_way_leaves_no_database(folder: Path) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        start(sqlite(folder), folder, fail)
    assert not MADE & set(contents(folder))
    made = start(sqlite(folder), folder)
    assert made is not None
    assert set(contents(folder)) == MADE
    with people.bound(sqlite(folder)), connection():
        assert_whole(made)


# --- Killed in the middle ------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path

url, folder, last = sys.argv[1:]
left = int(last)

def watch(event, arguments):
    global left
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if event in ("os.rename", "os.remove", "os.mkdir", "sqlite3.connect", "sqlite3.connect/handle") or writes:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

from nhanquyen.clock import system_clock
from nhanquyen.setup import prepare
from nhanquyen.store.accounts import Hasher

kill = None if left else lambda: os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
prepare(url, Path(folder), system_clock(), Hasher("scrypt:128:1:1"), kill)
print("done")
"""


def killed(url: str, folder: Path, step: int) -> bool:
    """Start for the first time and be killed at a *step* towards the disk (0: in the midst of filling the database).

    Whether there was such a step.
    """
    command = [sys.executable, "-B", "-c", KILLED, url, str(folder), str(step)]
    code = subprocess.call(command, cwd=TESTS.parent, stdout=subprocess.DEVNULL)
    assert code in (0, -signal.SIGKILL)
    return code != 0


def come_back(url: str, folder: Path) -> FirstStart:
    """The next start, with the way that it tells if the password was never shown."""
    with people.bound(url):
        made = prepare(url, folder, NOW, HASHER)
        if made is None:
            assert nobody_has_come()
            made = renew_admin(NOW, HASHER)
        return made


@posix
def test_killed_at_any_step_the_next_start_finishes(folder: Path) -> None:
    url = sqlite(folder)
    steps = 0
    for step in itertools.count():
        if not killed(url, folder, step):
            break
        steps += 1
        made = come_back(url, folder)
        with people.bound(url), connection():
            assert_whole(made)
        assert set(contents(folder)) == MADE
        shutil.rmtree(folder)
        folder.mkdir()
    assert steps >= 6
    assert set(contents(folder)) == MADE


@posix
@pytest.mark.postgresql
def test_killed_on_postgresql_the_next_start_finishes(careful_cluster: PostgreSQLCluster, folder: Path) -> None:
    with careful_cluster.database() as url:
        assert killed(url, folder, 0)
        with people.bound(url):
            assert not has_tables(url)
        made = come_back(url, folder)
        with people.bound(url), connection():
            assert_whole(made)


# --- PostgreSQL ----------------------------------------------------------------------------------------


@pytest.fixture
def postgresql_url(careful_cluster: PostgreSQLCluster) -> Iterator[str]:
    with careful_cluster.database() as url:
        yield url


@pytest.mark.postgresql
def test_it_sets_up_an_empty_postgresql_database(postgresql_url: str, folder: Path) -> None:
    made = start(postgresql_url, folder)
    assert made is not None
    with people.bound(postgresql_url), connection():
        assert_whole(made)
    assert start(postgresql_url, folder) is None


@pytest.mark.postgresql
def test_a_failure_half_way_leaves_postgresql_empty(postgresql_url: str, folder: Path) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        start(postgresql_url, folder, fail)
    with people.bound(postgresql_url):
        assert not has_tables(postgresql_url)


@pytest.mark.postgresql
def test_two_first_starts_at_once_make_one_database(postgresql_url: str, folder: Path) -> None:
    """Two hosts, each with its own data folder."""
    running = []
    for number in (1, 2):
        own = folder / str(number)
        own.mkdir()
        command = [sys.executable, "-B", "-c", KILLED, postgresql_url, str(own), "999"]
        options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        running.append(subprocess.Popen(command, cwd=TESTS.parent, encoding="utf-8", **options))
    told = [process.communicate(timeout=60) for process in running]
    done = [out.strip() == "done" for out, _ in told]
    assert any(done)
    assert all(out or "Cơ sở dữ liệu đã có bảng" in error for (out, error) in told)
    with people.bound(postgresql_url), connection():
        assert Account.select().count() == Round.select().count() == 1
        assert Unit.select().count() == 41


@pytest.mark.postgresql
def test_a_postgresql_that_may_lose_data_is_refused_before_anything_is_made(
    postgresql_cluster: PostgreSQLCluster, folder: Path
) -> None:
    with postgresql_cluster.database() as url:
        assert "fsync = off" in refusal(url, folder)
        with people.bound(url):
            assert not has_tables(url)
    assert contents(folder) == {}


@pytest.mark.postgresql
def test_the_data_folder_never_holds_the_password(postgresql_url: str, folder: Path) -> None:
    url = postgresql_url.replace("nhanquyen@", "nhanquyen:b%C3%AD-m%E1%BA%ADt@")
    start(url, folder)
    held = b"".join(contents(folder).values())
    assert b"127.0.0.1" in held
    assert b"m%E1" not in held
    assert b"nhanquyen:" not in held


def test_a_server_that_does_not_answer_is_told(folder: Path) -> None:
    assert "Không nối được tới PostgreSQL" in refusal("postgresql://nobody@127.0.0.1:1/nothing", folder)
    assert contents(folder) == {}


@pytest.mark.parametrize("url", ["postgresql://a:mật@b:cổng/c", "postgresql://", "postgresql://a:m%40t@b"])
def test_a_malformed_address_is_told_without_its_password(url: str, folder: Path) -> None:
    with pytest.raises(DatabaseRefused) as refused:
        prepare(url, folder, NOW, HASHER)
    assert "postgresql://user:password@host:5432/name" in str(refused.value)
    assert "mật@" not in str(refused.value)


# --- What is there is never touched --------------------------------------------------------------------


def test_a_database_that_is_gone_is_missed(folder: Path) -> None:
    start(sqlite(folder), folder)
    (folder / "nhanquyen.sqlite3").unlink()
    before = contents(folder)
    told = refusal(sqlite(folder), folder)
    assert "Không thấy tệp dữ liệu" in told
    assert "sao lưu" in told
    assert contents(folder) == before


def test_it_is_missed_also_after_the_program_was_moved(folder: Path) -> None:
    start(sqlite(folder), folder)
    moved = folder.parent.rename(folder.parent.with_name("Chỗ mới")) / "instance"
    assert start(sqlite(moved), moved) is None
    (moved / "nhanquyen.sqlite3").unlink()
    assert "Không thấy tệp dữ liệu" in refusal(sqlite(moved), moved)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "rỗng (0 byte)"), (b"Kh\xc3\xb4ng ph\xe1\xba\xa3i SQLite", "không phải là cơ sở dữ liệu SQLite")],
)
def test_an_empty_or_foreign_file_is_refused_and_left(folder: Path, content: bytes, told: str) -> None:
    (folder / "nhanquyen.sqlite3").write_bytes(content)
    assert told in refusal(sqlite(folder), folder)
    assert contents(folder) == {"nhanquyen.sqlite3": content}


def test_the_database_of_another_program_is_refused_and_left(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "nhanquyen.sqlite3")) as other:
        other.execute("CREATE TABLE hoa_don (so INTEGER)")
        other.commit()
    before = contents(folder)
    assert "không phải của chương trình này" in refusal(sqlite(folder), folder)
    assert contents(folder) == before


def test_a_journal_without_its_database_is_no_place_for_a_new_one(folder: Path) -> None:
    (folder / "nhanquyen.sqlite3-journal").write_bytes(b"\xd9\xd5\x05\xf9 left behind")
    told = refusal(sqlite(folder), folder)
    assert "nhanquyen.sqlite3-journal đã có" in told
    assert set(contents(folder)) == {"nhanquyen.sqlite3-journal"}


def test_another_empty_database_is_not_begun_unasked(folder: Path) -> None:
    """A service that lost its NHANQUYEN_DATABASE_URL would otherwise greet everybody with an empty round."""
    start(sqlite(folder), folder)
    other = f"sqlite:///{folder}/other.sqlite3"
    told = refusal(other, folder)
    assert "Lần trước chương trình dùng cơ sở dữ liệu nhanquyen.sqlite3; nay cài đặt trỏ tới other.sqlite3" in told
    assert set(contents(folder)) == MADE
    (folder / "expected_database").unlink()  # what the message says
    assert start(other, folder) is not None


def test_another_whole_database_is_not_served_unasked(folder: Path) -> None:
    """After a move to another database somebody loses the setting: the old data are still there."""
    start(sqlite(folder), folder)
    (folder / "expected_database").write_text("postgresql://db:5432/nhanquyen")
    told = refusal(sqlite(folder), folder)
    assert "postgresql://db:5432/nhanquyen; nay cài đặt trỏ tới nhanquyen.sqlite3, ở đó cũng có dữ liệu" in told
    (folder / "expected_database").unlink()  # what the message says
    assert start(sqlite(folder), folder) is None
    assert (folder / "expected_database").read_text() == "nhanquyen.sqlite3"


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root writes everywhere")
def test_a_file_that_cannot_be_written_is_told_at_the_start(folder: Path) -> None:
    start(sqlite(folder), folder)
    (folder / "nhanquyen.sqlite3").chmod(0o400)
    assert "Không ghi được vào tệp dữ liệu" in refusal(sqlite(folder), folder)


def test_a_demonstration_can_be_forgotten(folder: Path) -> None:
    start(sqlite(folder), folder)
    (folder / "nhanquyen.sqlite3-journal").touch()
    (folder / "settings.toml").touch()
    forget(folder / "nhanquyen.sqlite3", folder)
    assert set(contents(folder)) == {"settings.toml"}
    assert start(sqlite(folder), folder) is not None


# --- One start at a time; a lost password ------------------------------------------------------------------

HOLDER = """
import sys
from pathlib import Path

from nhanquyen.setup import claim

claim(Path(sys.argv[1]) / "nhanquyen.sqlite3")
print("held", flush=True)
sys.stdin.read()
"""


def test_only_one_process_has_the_data(folder: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, cwd=TESTS.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(DatabaseRefused, match="đang chạy trên dữ liệu này rồi"):
            claim(folder / "nhanquyen.sqlite3")
        os.close(claim(folder / "other.sqlite3"))
        other.kill()
        other.wait()
        os.close(claim(folder / "nhanquyen.sqlite3"))  # a killed process holds nothing


def test_the_first_admin_gets_a_new_password(folder: Path) -> None:
    made = start(sqlite(folder), folder)
    assert made is not None
    with people.bound(sqlite(folder)):
        new = renew_admin(NOW, HASHER)
        with connection():
            assert new.username == made.username
            with pytest.raises(SignInRefused):
                sign_in(made)
            assert sign_in(new).must_change
            assert Event.select().where(Event.action == "account_reset").count() == 1
