"""The databases that releases left, ready to be opened."""

from __future__ import annotations

import lzma
from contextlib import closing
from pathlib import Path

import psycopg2

from nhanquyen.store.database import sqlite_path

HERE = Path(__file__).resolve().parent
RELEASES = sorted(folder.name for folder in HERE.glob("*.*.*"))


def unpack(version: str, url: str) -> None:
    """Put the database of the release *version* where *url* says: a file that is not there yet, an empty database."""
    file = sqlite_path(url)
    if file is not None:
        file.write_bytes(lzma.decompress((HERE / version / "nhanquyen.sqlite3.xz").read_bytes()))
        return
    dump = lzma.decompress((HERE / version / "nhanquyen.sql.xz").read_bytes()).decode()
    with closing(psycopg2.connect(url)) as loading, loading, loading.cursor() as cursor:
        cursor.execute(dump)
