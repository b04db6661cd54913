"""What the program does with a database that is not as it should be: it refuses it, says why and leaves it alone."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import people
import psycopg2
import pytest
from cluster import PostgreSQLCluster

from nhanquyen.config import sqlite_url
from nhanquyen.store import database, opening
from nhanquyen.store.database import DatabaseRefused, bind, sqlite_path
from nhanquyen.store.models import Unit
from nhanquyen.store.opening import DatabaseUnusable, create, has_tables, verify

PAGE = 4096
CHANCE = random.Random(217)  # the same damage every time


FUTURE = "INSERT INTO schema_migration (name, applied) VALUES ('9999_from_the_future', '2030-01-01')"


@pytest.fixture
def filled(sqlite_template: Path, tmp_path: Path) -> Path:
    """A whole SQLite database of ours with 300 units in it."""
    file = tmp_path / "Báo cáo #1 50%" / "nhanquyen.sqlite3"
    file.parent.mkdir()
    file.write_bytes(sqlite_template.read_bytes())
    with people.bound(f"sqlite:///{file}"), database.connection(), database.transaction():
        for number in range(300):
            people.make_unit(f"X{number}", f"Xã số {number} " + "dài " * 30, "XP", number)
    return file


def left_alone(file: Path) -> tuple[bytes | None, list[str]]:
    """Everything that a careless look could change: the file and what lies beside it."""
    return file.read_bytes() if file.exists() else None, sorted(path.name for path in file.parent.iterdir())


def refused(file: Path) -> str:
    before = left_alone(file)
    with people.bound(f"sqlite:///{file}") as url, pytest.raises(DatabaseRefused) as refusal:
        verify(url)
    assert left_alone(file) == before
    return str(refusal.value)


def garbage_header(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(b"PK\x03\x04" + content[4:])


def garbage_behind_a_true_header(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:16] + CHANCE.randbytes(5 * PAGE))


def foreign(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE report (id INTEGER)")
        other.execute("INSERT INTO report VALUES (1)")
        other.commit()


def foreign_in_wal_mode(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA journal_mode = wal")
        other.execute("CREATE TABLE anything (id INTEGER)")
        other.commit()


def without_tables(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE gone (id INTEGER)")
        other.execute("DROP TABLE gone")
        other.commit()


def newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute(FUTURE)
        other.commit()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (Path.unlink, "Không thấy tệp dữ liệu"),
        (lambda file: file.write_bytes(b""), "rỗng (0 byte)"),
        (lambda file: file.write_bytes(file.read_bytes()[:50]), "Không dùng được cơ sở dữ liệu"),
        (lambda file: file.write_bytes(file.read_bytes()[: 10 * PAGE]), "Không dùng được cơ sở dữ liệu"),
        (lambda file: file.write_bytes(file.read_bytes()[: -PAGE // 2]), "bị hỏng"),
        (lambda file: file.write_bytes("Đây là một tệp văn bản.".encode()), "không phải là cơ sở dữ liệu SQLite"),
        (garbage_header, "không phải là cơ sở dữ liệu SQLite"),
        (garbage_behind_a_true_header, "Không dùng được cơ sở dữ liệu"),
        (foreign, "không phải của chương trình này"),
        (foreign_in_wal_mode, "không phải của chương trình này"),
        (without_tables, "rỗng (chưa có bảng nào)"),
        (newer, "do phiên bản mới hơn tạo ra (9999_from_the_future)"),
    ],
)
def test_it_refuses_what_is_not_our_database_and_leaves_it_alone(
    filled: Path, damage: Callable[[Path], None], message: str
) -> None:
    damage(filled)
    said = refused(filled)
    assert message in said
    assert str(filled) in said
    assert "Hãy " in said


def test_it_refuses_a_folder(tmp_path: Path) -> None:
    with people.bound(f"sqlite:///{tmp_path}") as url, pytest.raises(DatabaseRefused, match="Không đọc được tệp"):
        verify(url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("twelfth", range(12))
def test_a_damaged_page_is_found_wherever_it_is(filled: Path, twelfth: int) -> None:
    content = bytearray(filled.read_bytes())
    pages = len(content) // PAGE
    hit = 1 + twelfth * (pages - 1) // 12
    content[hit * PAGE : (hit + 1) * PAGE] = CHANCE.randbytes(PAGE)
    filled.write_bytes(content)
    said = refused(filled)
    assert "bị hỏng" in said or "Không dùng được cơ sở dữ liệu" in said


def test_a_whole_database_passes_and_stays_byte_for_byte(filled: Path) -> None:
    before = left_alone(filled)
    with people.bound(f"sqlite:///{filled}") as url:
        verify(url)
        verify(url)
        with database.connection():
            assert Unit.select().count() == 300
    assert left_alone(filled) == before


def test_what_a_crash_left_half_written_is_rolled_back(filled: Path, tmp_path: Path) -> None:
    """A hot journal is no damage: the file and its journal are what a power cut in an upgrade leaves."""
    copy = tmp_path / "sau mất điện.sqlite3"
    with closing(sqlite3.connect(filled)) as writer:
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN")
        writer.execute("DROP TABLE schema_migration")
        writer.execute("UPDATE unit SET note = 'nửa chừng ' || name")
        copy.write_bytes(filled.read_bytes())
        journal = filled.with_name(f"{filled.name}-journal")
        copy.with_name(f"{copy.name}-journal").write_bytes(journal.read_bytes())
        assert copy.read_bytes().count("nửa chừng".encode()) > 0
        assert "schema_migration" not in opening._tables_of_closed(copy)
    with people.bound(f"sqlite:///{copy}") as url:
        verify(url)
        with database.connection():
            assert Unit.select().where(Unit.note != "").count() == 0
            assert Unit.select().count() == 300


def test_a_database_that_some_tool_left_in_wal_mode_is_put_back(filled: Path, tmp_path: Path) -> None:
    """With what stands only in the WAL, as the tool's power cut left it."""
    copy = tmp_path / "sau công cụ.sqlite3"
    with closing(sqlite3.connect(filled)) as tool:
        tool.execute("PRAGMA journal_mode = wal")
        tool.execute("PRAGMA wal_autocheckpoint = 0")
        tool.execute("UPDATE unit SET note = 'chỉ ở trong WAL'")
        tool.commit()
        for ending in ("", "-wal"):
            Path(f"{copy}{ending}").write_bytes(Path(f"{filled}{ending}").read_bytes())
    assert copy.read_bytes()[18:20] == b"\x02\x02"
    with people.bound(f"sqlite:///{copy}") as url:
        verify(url)
        with database.connection():
            assert database.database.pragma("journal_mode") == "delete"
            assert Unit.select().where(Unit.note == "chỉ ở trong WAL").count() == 300
    assert copy.read_bytes()[18:20] == b"\x01\x01"
    assert [path.name for path in copy.parent.glob(f"{copy.name}*")] == [copy.name]


def test_a_database_that_another_program_holds_in_wal_mode_is_refused(filled: Path) -> None:
    with closing(sqlite3.connect(filled)) as tool:
        tool.execute("PRAGMA journal_mode = wal")
        assert tool.execute("SELECT count(*) FROM unit").fetchone() == (300,)
        with people.bound(f"sqlite:///{filled}") as url, pytest.raises(DatabaseRefused) as refused:
            verify(url)
        assert "đang bị chương trình khác giữ" in str(refused.value)
        assert not isinstance(refused.value, DatabaseUnusable)  # it is whole: nobody shall restore a backup over it
        assert tool.execute("SELECT count(*) FROM unit").fetchone() == (300,)


def test_a_disk_that_cannot_be_read_is_no_damaged_database(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(place: str) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
        raise error

    monkeypatch.setattr(opening, "_refuse_damaged", fail)
    with people.bound(f"sqlite:///{filled}") as url, pytest.raises(DatabaseRefused, match="Không đọc, ghi") as refused:
        verify(url)
    assert not isinstance(refused.value, DatabaseUnusable)


def test_nothing_is_created_over_a_file_that_is_there(tmp_path: Path) -> None:
    file = tmp_path / "nhanquyen.sqlite3"
    for content in (b"", b"x"):
        file.write_bytes(content)
        with people.bound(f"sqlite:///{file}") as url:
            assert has_tables(url)
            with pytest.raises(DatabaseRefused, match="đã có"):
                create(url)
        assert file.read_bytes() == content


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "dữ liệu" / "nhanquyen.sqlite3"
    with people.made_database(f"sqlite:///{file}"):
        assert file.stat().st_mode & 0o077 == 0
        assert file.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["a.sqlite3", "Báo cáo/a b.sqlite3", "50% #1?.sqlite3", "%41.sqlite3"])
def test_a_path_may_hold_any_character(tmp_path: Path, name: str) -> None:
    assert sqlite_path(f"sqlite:///{tmp_path / name}") == tmp_path / name
    assert sqlite_path(sqlite_url(tmp_path / name)) == tmp_path / name


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite:a.db", "", "postgres", "http://host/"])
def test_other_addresses_are_refused(url: str) -> None:
    assert sqlite_path(url) is None
    with pytest.raises(DatabaseRefused, match="NHANQUYEN_DATABASE_URL"):
        bind(url)


def test_every_connection_is_as_durable_as_promised(sqlite_template: Path, tmp_path: Path) -> None:
    file = tmp_path / "nhanquyen.sqlite3"
    file.write_bytes(sqlite_template.read_bytes())
    wanted = {
        "journal_mode": "delete",
        "synchronous": 3,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        "trusted_schema": 0,
    }
    found: list[dict[str, object]] = []
    both_open = threading.Barrier(3, timeout=30)

    def look() -> None:
        with database.connection():
            both_open.wait()
            values = {name: database.database.execute_sql(f"PRAGMA {name}").fetchone()[0] for name in wanted}
            found.append(values)

    with people.bound(f"sqlite:///{file}"):
        threads = [threading.Thread(target=look) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [wanted] * 3


def test_a_transaction_takes_the_lock_at_its_beginning(filled: Path) -> None:
    """A deferred one would fail at its first write with "database is locked" instead of waiting its turn."""
    with closing(sqlite3.connect(filled, timeout=0)) as other, people.bound(f"sqlite:///{filled}"):  # noqa: SIM117
        with database.connection(), database.transaction(), pytest.raises(sqlite3.OperationalError, match="lock"):
            other.execute("BEGIN IMMEDIATE")


# --- PostgreSQL ----------------------------------------------------------------------------------


@contextmanager
def postgresql(cluster: PostgreSQLCluster, template: str) -> Iterator[str]:
    with cluster.database(template=template) as url, people.bound(url):
        yield url


@pytest.mark.postgresql
@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_server_that_may_lose_what_it_confirmed_is_refused(
    postgresql_cluster: PostgreSQLCluster, postgresql_template: str, setting: str
) -> None:
    refused_for = pytest.raises(DatabaseRefused, match=f"{setting} = off: dữ liệu đã lưu có thể mất")
    durable = postgresql_cluster.durable(off=setting)
    with durable, postgresql(postgresql_cluster, postgresql_template) as url, refused_for:
        verify(url)


@pytest.mark.postgresql
def test_a_server_that_keeps_what_it_confirmed_passes(
    postgresql_cluster: PostgreSQLCluster, postgresql_template: str
) -> None:
    with postgresql_cluster.durable(), postgresql(postgresql_cluster, postgresql_template) as url:
        verify(url)
        assert has_tables(url)


@pytest.mark.postgresql
def test_foreign_empty_newer_and_missing_postgresql_databases_are_refused(
    postgresql_cluster: PostgreSQLCluster, postgresql_template: str
) -> None:
    with postgresql_cluster.durable():
        with postgresql(postgresql_cluster, "template0") as url:
            assert not has_tables(url)
            with pytest.raises(DatabaseRefused, match="rỗng"):
                verify(url)
            with database.connection():
                database.database.execute_sql("CREATE TABLE report (id integer)")
            with pytest.raises(DatabaseRefused, match="không phải của chương trình này"):
                verify(url)
            with pytest.raises(DatabaseRefused, match="đã có bảng"):
                create(url)
            with database.connection():
                assert database.database.get_tables() == ["report"]
        with postgresql(postgresql_cluster, postgresql_template) as url:
            with database.connection():
                database.database.execute_sql(FUTURE)
            with pytest.raises(DatabaseRefused, match="phiên bản mới hơn"):
                verify(url)
        with people.bound(postgresql_cluster.url("not_there")) as url:
            for look in (verify, has_tables):
                with pytest.raises(DatabaseRefused, match="Không nối được tới PostgreSQL") as refused:
                    look(url)
                assert not isinstance(refused.value, DatabaseUnusable)  # no backup brings the server back


@pytest.mark.postgresql
def test_connections_that_the_server_dropped_are_not_handed_out(
    postgresql_cluster: PostgreSQLCluster, postgresql_template: str
) -> None:
    """After a restart of the server the next request works, although the pool is full of dead connections."""
    with postgresql(postgresql_cluster, postgresql_template) as url:
        with database.connection():
            assert Unit.select().count() == 0
        with closing(psycopg2.connect(postgresql_cluster.url("postgres"))) as other, other.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s",
                (url.rsplit("/", 1)[1],),
            )
            assert cursor.fetchone() == (1,)
        with database.connection():
            assert Unit.select().count() == 0


def test_a_connection_is_not_closed_under_the_thread_that_uses_it(store_url: str) -> None:
    """Closed in the middle of a query it took the whole process down."""
    in_use, disposed = threading.Event(), threading.Event()
    found: list[int] = []

    def use() -> None:
        with database.connection():
            in_use.set()
            assert disposed.wait(60)
            found.append(Unit.select().count())

    thread = threading.Thread(target=use)
    thread.start()
    assert in_use.wait(60)
    database.dispose()
    disposed.set()
    thread.join()
    assert found == [0]
