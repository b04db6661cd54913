"""Opening a database: making a new one; looking at one that is there, and refusing it unless it is whole and ours."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from peewee import DatabaseError, PostgresqlDatabase

from nhanquyen.store.database import (
    HISTORY_TABLE,
    DatabaseRefused,
    connection,
    database,
    is_sqlite,
    runner,
    sqlite_path,
    transaction,
)
from nhanquyen.store.upgrading import upgrade

ADVICE = "Hãy khôi phục từ bản sao lưu, hoặc sửa NHANQUYEN_DATABASE_URL cho đúng. Chương trình chưa thay đổi gì."


def create(url: str) -> None:
    """Make the tables in a database that holds none. Raises `DatabaseRefused` for one that holds something."""
    file = sqlite_path(url)
    if file is not None:
        if file.exists():
            raise DatabaseRefused(f"Tệp {file} đã có; chương trình không ghi đè lên dữ liệu.")
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with connection(), transaction():
        if database.get_tables():
            raise DatabaseRefused("Cơ sở dữ liệu đã có bảng; chương trình không ghi đè lên dữ liệu.")
        runner().up()


def verify(url: str) -> None:
    """Make sure that the expected database is there, whole and ours, and bring its schema up to date.

    Raises `DatabaseRefused` for a missing, empty, damaged or foreign database, for a newer schema and for a
    PostgreSQL that may lose what it confirmed; the database is then left as it was.
    """
    file = sqlite_path(url)
    place = str(file) if file is not None else "PostgreSQL"
    try:
        if file is not None:
            _refuse_bad_file(file)
            if not file.with_name(f"{file.name}-journal").exists():  # what a crash left is rolled back first
                _refuse_foreign(_tables_of_closed(file), place)
        with connection():
            if is_sqlite():
                _refuse_damaged(place)
            _refuse_foreign(set(database.get_tables()), place)
            _refuse_newer(place)
            if isinstance(database.obj, PostgresqlDatabase):
                refuse_unsafe_postgresql()
            upgrade(place)
    except (DatabaseError, sqlite3.DatabaseError) as error:
        raise DatabaseRefused(f"Không dùng được cơ sở dữ liệu {place}: {str(error).strip()}. {ADVICE}") from error


def _refuse_bad_file(file: Path) -> None:
    if not file.exists():
        raise DatabaseRefused(f"Không thấy tệp dữ liệu {file}. {ADVICE}")
    try:
        with file.open("rb") as opened:
            head = opened.read(16)
    except OSError as error:
        raise DatabaseRefused(f"Không đọc được tệp dữ liệu {file} ({error.strerror}). {ADVICE}") from error
    if not head:
        raise DatabaseRefused(f"Tệp dữ liệu {file} rỗng (0 byte). {ADVICE}")
    if head != b"SQLite format 3\0":
        raise DatabaseRefused(f"Tệp {file} không phải là cơ sở dữ liệu SQLite. {ADVICE}")


def _tables_of_closed(file: Path) -> set[str]:
    """The tables of *file*, read without opening it in earnest, which can change a file that is not ours."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?immutable=1", uri=True)) as peek:
        return {row[0] for row in peek.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _refuse_foreign(tables: set[str], place: str) -> None:
    if not {HISTORY_TABLE, "report"} <= tables:
        kind = "không phải của chương trình này" if tables else "rỗng (chưa có bảng nào)"
        raise DatabaseRefused(f"Cơ sở dữ liệu {place} {kind}. {ADVICE}")


def _refuse_damaged(place: str) -> None:
    found = database.execute_sql("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise DatabaseRefused(f"Tệp dữ liệu {place} bị hỏng ({found}). {ADVICE}")


def _refuse_newer(place: str) -> None:
    known = runner()
    if newer := set(known.applied()) - {migration.name for migration in known.migrations()}:
        raise DatabaseRefused(
            f"Cơ sở dữ liệu {place} do phiên bản mới hơn tạo ra ({min(newer)}). Hãy chạy phiên bản mới hơn."
        )


def refuse_unsafe_postgresql() -> None:
    """Raise `DatabaseRefused` for a server that may lose what it has acknowledged."""
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        value = database.execute_sql(f"SHOW {setting}").fetchone()[0]
        if value == "off":
            raise DatabaseRefused(
                f"PostgreSQL đang đặt {setting} = off: dữ liệu đã lưu có thể mất khi mất điện. Hãy bật lại rồi chạy."
            )


def has_tables(url: str) -> bool:
    """Whether the database of *url* already holds anything (an SQLite file that exists counts)."""
    file = sqlite_path(url)
    if file is not None:
        return file.exists()
    try:
        with connection():
            return bool(database.get_tables())
    except DatabaseError as error:
        raise DatabaseRefused(
            f"Không nối được tới PostgreSQL ({str(error).strip()}). "
            "Kiểm tra máy chủ PostgreSQL đang chạy và NHANQUYEN_DATABASE_URL ghi đúng rồi chạy lại."
        ) from error
