"""Opening a database: making a new one; looking at one that is there, and refusing it unless it is whole and ours."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from peewee import DatabaseError

from nhanquyen.store.database import (
    HISTORY_TABLE,
    DatabaseRefused,
    connection,
    database,
    is_sqlite,
    journal_of,
    promise,
    runner,
    sqlite_path,
    transaction,
)
from nhanquyen.store.durability import place_fault
from nhanquyen.store.trouble import Trouble, trouble_of
from nhanquyen.store.upgrading import upgrade

ADVICE = (
    "Hãy phục hồi từ bản sao lưu bằng lệnh phuc-hoi, hoặc sửa NHANQUYEN_DATABASE_URL cho đúng. "
    "Chương trình chưa thay đổi gì."
)


class DatabaseUnusable(DatabaseRefused):
    """What is at the place of the database is not one of ours, or not any more: a backup may take its place."""


def create(url: str) -> None:
    """Make the tables in a database that holds none. Raises `DatabaseRefused` for one that holds something."""
    file = sqlite_path(url)
    if file is not None:
        _refuse_place(file)
        if file.exists():
            raise DatabaseRefused(f"Tệp {file} đã có; chương trình không ghi đè lên dữ liệu.")
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with connection(), transaction():
        if database.get_tables():
            raise DatabaseRefused("Cơ sở dữ liệu đã có bảng; chương trình không ghi đè lên dữ liệu.")
        runner().up()


def verify(url: str, before_upgrade: Callable[[], None] | None = None) -> None:
    """Make sure that the expected database is there, whole and ours, and bring its schema up to date.

    *before_upgrade* is called first if there is something to bring up. Raises what it raises, and `DatabaseRefused`
    as `inspect` does; the database is then left as it was.
    """
    inspect(url)
    place = _place(url)
    with _plainly(place), connection():
        upgrade(place, before_upgrade)


def inspect(url: str, rescuing: bool = False) -> None:
    """Make sure that the expected database is there, whole and ours, and keeps what it confirms; nothing is changed.

    Who is *rescuing* the data takes them also from a PostgreSQL server that may lose what it confirms: see `promise`.

    Raises `DatabaseUnusable` for a missing, empty, damaged or foreign database, and `DatabaseRefused` for a newer
    schema, for an SQLite file on a network drive, and for a server that may lose what it confirmed or does not answer.
    """
    file, place = sqlite_path(url), _place(url)
    with _plainly(place):
        if file is not None:
            _refuse_bad_file(file)
            _refuse_place(file)
            _refuse_foreign_file(file)
        with connection():
            if is_sqlite():
                _refuse_damaged(place)
            _refuse_foreign(set(database.get_tables()), place)
            _refuse_newer(place)
            if not rescuing:
                promise()


def has_tables(url: str) -> bool:
    """Whether the database of *url* already holds anything (an SQLite file that exists counts)."""
    file = sqlite_path(url)
    if file is not None:
        return file.exists()
    with _plainly(_place(url)), connection():
        return bool(database.get_tables())


def _place(url: str) -> str:
    return str(sqlite_path(url) or "PostgreSQL")


@contextmanager
def _plainly(place: str) -> Iterator[None]:
    """Say what an error of the engine means for who reads it: only what is damaged needs a backup."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        told = str(error).strip()
        if place == "PostgreSQL":
            raise DatabaseRefused(
                f"Không nối được tới PostgreSQL ({told}). "
                "Kiểm tra máy chủ PostgreSQL đang chạy và NHANQUYEN_DATABASE_URL ghi đúng rồi chạy lại."
            ) from error
        trouble = trouble_of(error)
        if trouble is Trouble.BUSY:
            raise DatabaseRefused(
                f"Tệp dữ liệu {place} đang bị chương trình khác giữ ({told}). "
                "Đóng chương trình đó (ví dụ công cụ xem SQLite) rồi chạy lại."
            ) from error
        if trouble in (Trouble.DISK, Trouble.FULL):
            raise DatabaseRefused(
                f"Không đọc, ghi được tệp dữ liệu {place} ({told}). "
                "Kiểm tra quyền ghi, ổ đĩa và chỗ trống rồi chạy lại. Chương trình chưa thay đổi gì."
            ) from error
        raise DatabaseUnusable(f"Không dùng được cơ sở dữ liệu {place}: {told}. {ADVICE}") from error


def _refuse_place(file: Path) -> None:
    if fault := place_fault(file):
        raise DatabaseRefused(fault)


def _refuse_bad_file(file: Path) -> None:
    if not file.exists():
        raise DatabaseUnusable(f"Không thấy tệp dữ liệu {file}. {ADVICE}")
    try:
        with file.open("rb") as opened:
            head = opened.read(16)
    except OSError as error:
        raise DatabaseUnusable(f"Không đọc được tệp dữ liệu {file} ({error.strerror}). {ADVICE}") from error
    if not head:
        raise DatabaseUnusable(f"Tệp dữ liệu {file} rỗng (0 byte). {ADVICE}")
    if head != b"SQLite format 3\0":
        raise DatabaseUnusable(f"Tệp {file} không phải là cơ sở dữ liệu SQLite. {ADVICE}")


def _refuse_foreign_file(file: Path) -> None:
    """Look at *file* before it is opened in earnest, which can change one that is not ours.

    Beside a journal it may be half written, until it is opened; beside a WAL it may lack what was written last.
    """
    if journal_of(file).exists():
        return
    tables = _tables_of_closed(file)
    if tables or not file.with_name(f"{file.name}-wal").exists():
        _refuse_foreign(tables, str(file))


def _tables_of_closed(file: Path) -> set[str]:
    """The tables of *file*, read without its journal and without any trace."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?immutable=1", uri=True)) as peek:
        return {row[0] for row in peek.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _refuse_foreign(tables: set[str], place: str) -> None:
    if not {HISTORY_TABLE, "report"} <= tables:
        kind = "không phải của chương trình này" if tables else "rỗng (chưa có bảng nào)"
        raise DatabaseUnusable(f"Cơ sở dữ liệu {place} {kind}. {ADVICE}")


def _refuse_damaged(place: str) -> None:
    found = database.execute_sql("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise DatabaseUnusable(f"Tệp dữ liệu {place} bị hỏng ({found}). {ADVICE}")


def _refuse_newer(place: str) -> None:
    known = runner()
    if newer := set(known.applied()) - {migration.name for migration in known.migrations()}:
        raise DatabaseRefused(
            f"Cơ sở dữ liệu {place} do phiên bản mới hơn tạo ra ({min(newer)}). Hãy chạy phiên bản mới hơn."
        )
