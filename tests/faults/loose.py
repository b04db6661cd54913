"""Starts the program without what makes its saves durable: the control that shows that a power cut test can see.

``loose.py off`` or ``loose.py wal``: SQLite's ``synchronous=OFF``, or WAL with ``synchronous=NORMAL``; and a
PostgreSQL whose ``fsync`` is off is taken. Copied beside ``wsgi.py`` by the tests; nothing in the program knows it.
"""

import runpy
import sys

import playhouse.pool

PRAGMAS = {
    "off": {"synchronous": "off"},
    "wal": {"journal_mode": "wal", "synchronous": "normal"},
}
HOW = sys.argv.pop(1)


class Loose(playhouse.pool.PooledSqliteDatabase):
    """The program's database with other pragmas than it asks for."""

    def __init__(self, file, **options):
        super().__init__(file, **options | {"pragmas": options["pragmas"] | PRAGMAS[HOW]})


playhouse.pool.PooledSqliteDatabase = Loose

from nhanquyen.store import database  # noqa: E402 - after the pool was changed

database.sqlite_fault = database.postgresql_fault = lambda connection: None
runpy.run_path("wsgi.py", run_name="__main__")
