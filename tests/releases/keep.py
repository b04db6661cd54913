"""Keep the database of the release that is checked out: ``.venv/bin/python tests/releases/keep.py``.

Run it once, with the code of a release, when that is made; README.md here says when and why.
"""

from __future__ import annotations

import lzma
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]

import life  # noqa: E402  # found through the line above
from cluster import PostgreSQLCluster, find_postgresql  # noqa: E402

from nhanquyen import __version__  # noqa: E402

# What only psql understands; a server takes all the rest.
PSQL_ONLY = re.compile(r"^\\(?:un)?restrict [A-Za-z0-9]+\n", re.MULTILINE)


def packed(data: bytes) -> bytes:
    return lzma.compress(data, preset=9 | lzma.PRESET_EXTREME)


def sqlite_file(folder: Path) -> bytes:
    file = folder / "nhanquyen.sqlite3"
    life.fill(f"sqlite:///{file}")
    return file.read_bytes()


def postgresql_dump(folder: Path) -> bytes:
    """Plain SQL of INSERTs, which needs no psql to load and no version of PostgreSQL in particular."""
    programs = find_postgresql()
    if programs is None:
        sys.exit("PostgreSQL is not on this machine (Debian: apt-get install postgresql)")
    cluster = PostgreSQLCluster(programs, folder)
    try:
        cluster.start()
        with cluster.database() as url:
            life.fill(url)
            command = [programs / "pg_dump", "--no-owner", "--no-privileges", "--rows-per-insert=50", url]
            dumped = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()
    finally:
        cluster.stop()
    return PSQL_ONLY.sub("", dumped).encode()


def main() -> None:
    place = HERE / __version__
    place.mkdir()  # what a release left is never made anew: then it would say nothing about that release
    folder = Path(tempfile.mkdtemp(prefix="nhanquyen-release-"))
    try:
        (place / "nhanquyen.sqlite3.xz").write_bytes(packed(sqlite_file(folder)))
        (place / "nhanquyen.sql.xz").write_bytes(packed(postgresql_dump(folder)))
    finally:
        shutil.rmtree(folder)
    for file in sorted(place.iterdir()):
        print(f"{file.relative_to(HERE.parent.parent)}: {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
