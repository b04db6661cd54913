"""Making a new database: whole or not at all, and never over one that is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peewee import DatabaseError

from nhanquyen.config import settle, sqlite_url
from nhanquyen.store.database import (
    DatabaseRefused,
    bind,
    connection,
    database,
    dispose,
    journal_of,
    promise,
    sqlite_path,
    transaction,
)
from nhanquyen.store.opening import create
from nhanquyen.store.upgrading import SETTING_UP

UNFINISHED = ".dang-tao"


@contextmanager
def creating(url: str) -> Iterator[None]:
    """A new database at *url* with today's tables; what the block writes appears there at its end, all at once.

    A program that is killed in the block leaves nothing that a later call or start would take for a database. At the
    end the models are bound to *url*. Raises `DatabaseRefused` when something is there already.
    """
    file = sqlite_path(url)
    try:
        with _new_postgresql(url) if file is None else _new_sqlite(file, url):
            yield
    except DatabaseError as error:
        place = "PostgreSQL" if file is None else file
        raise DatabaseRefused(
            f"Không tạo được cơ sở dữ liệu {place}: {error}. "
            "Kiểm tra quyền ghi và chỗ trống trên ổ đĩa rồi chạy lại; chương trình sẽ tạo lại từ đầu."
        ) from error


@contextmanager
def _new_sqlite(file: Path, url: str) -> Iterator[None]:
    """The file is made beside its place under another name, and moved there when it is whole."""
    _refuse_remains(file)
    unfinished = file.with_name(file.name + UNFINISHED)
    for remains in (unfinished, journal_of(unfinished)):
        remains.unlink(missing_ok=True)
    bind(sqlite_url(unfinished))
    try:
        create(sqlite_url(unfinished))
        with connection(), transaction():
            yield
    finally:
        dispose()
    _refuse_remains(file)
    unfinished.rename(file)
    settle(file.parent)
    bind(url)


def _refuse_remains(file: Path) -> None:
    """A journal without its database would be played back into the new one."""
    for path in (file, journal_of(file)):
        if path.exists():
            raise DatabaseRefused(
                f"Tệp {path} đã có; chương trình không ghi đè lên dữ liệu. "
                "Chép tệp dữ liệu về chỗ cũ, hoặc chuyển tệp này sang thư mục khác rồi chạy lại."
            )


@contextmanager
def _new_postgresql(url: str) -> Iterator[None]:
    """One transaction, tables included; a second program that wants the same waits for its end."""
    bind(url)
    with connection(), transaction():
        database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (SETTING_UP,))
        promise()
        create(url)
        yield
