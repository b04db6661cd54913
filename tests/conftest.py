"""What every test stands on: no network, a database of its own, and skips that count when they must.

``NHANQUYEN_TEST_REQUIRE_ALL=1`` (``tests/run.py --require-all``) turns the skip of a test marked
``browser`` or ``postgresql`` into a failure, so that a machine without either cannot pass by leaving
them out.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import people
import pytest
from cluster import CarefulCluster, PostgreSQLCluster, find_postgresql
from fault_figures import NOT_INJECTED, pytest_terminal_summary  # noqa: F401 - a hook
from flask import Flask
from hypothesis import configuration, settings

from nhanquyen.store import database as store_database
from nhanquyen.store import sending
from nhanquyen.store.models import Revision

CACHE = Path(__file__).resolve().parent.parent / ".cache"
MUST_RUN = ("browser", "postgresql")

configuration.set_hypothesis_home_dir(CACHE / "hypothesis")
# Two shared cores: how long one example takes says nothing about the program.
settings.register_profile("nhanquyen", deadline=None)
settings.load_profile("nhanquyen")


# --- The network ---------------------------------------------------------------------------------


class NetworkRefusedError(RuntimeError):
    """A test reached for another machine. Not an OSError: the program must not take it for bad luck."""


def refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: sockets reach this machine only, and only its own names are looked up."""
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        connection, address = arguments
        if connection.family in {socket.AF_INET, socket.AF_INET6} and address and not _is_here(address[0]):
            raise NetworkRefusedError(f"{event} to {address[0]}: tests stay on this machine")
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
        if host and not _is_address(host) and host not in {"localhost", socket.gethostname()}:
            raise NetworkRefusedError(f"looking up {host}: tests stay on this machine")


def _is_here(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host: str | bytes) -> bool:
    try:
        ipaddress.ip_address(host if isinstance(host, str) else host.decode("ascii"))
    except ValueError:
        return False
    return True


# --- Pytest's own hooks --------------------------------------------------------------------------


def pytest_configure() -> None:
    sys.addaudithook(refuse_network)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a skip that ``NHANQUYEN_TEST_REQUIRE_ALL`` does not allow.

    A fault that the machine cannot do is told by name at the end of the run instead.
    """
    report = yield
    strict = os.environ.get("NHANQUYEN_TEST_REQUIRE_ALL") == "1"
    required = strict and any(map(item.get_closest_marker, MUST_RUN))
    if required and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if NOT_INJECTED in reason:
            return report
        report.outcome = "failed"
        report.longrepr = f"skipped, but NHANQUYEN_TEST_REQUIRE_ALL=1 asks for every test. {reason}"
    return report


# --- Databases -----------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database that nobody else uses, once on each of the two engines."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/nhanquyen.sqlite3"
        return
    cluster: PostgreSQLCluster = request.getfixturevalue("postgresql_cluster")
    with cluster.database() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[PostgreSQLCluster]:
    """A PostgreSQL server for this test process alone: Debian's, else the one from PyPI, else a skip."""
    programs = find_postgresql()
    if programs is None:
        pytest.skip("PostgreSQL is not on this machine (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="nhanquyen-postgresql-"))
    cluster = PostgreSQLCluster(programs, folder)
    try:
        try:
            cluster.start()
        except RuntimeError as error:
            pytest.skip(f"PostgreSQL does not start on this machine: {error}")
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def careful_cluster() -> Iterator[PostgreSQLCluster]:
    """A PostgreSQL server that keeps what it confirms, as the program asks of the one it is set up on."""
    programs = find_postgresql()
    if programs is None:
        pytest.skip("PostgreSQL is not on this machine (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="nhanquyen-postgresql-"))
    cluster = CarefulCluster(programs, folder)
    try:
        try:
            cluster.start()
        except RuntimeError as error:
            pytest.skip(f"PostgreSQL does not start on this machine: {error}")
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)


# --- The program and its people ------------------------------------------------------------------


@pytest.fixture
def clock() -> people.SettableClock:
    """The program's clock, which stands at 09:00 on 20/12/2023 until a test moves it."""
    return people.SettableClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the schema of today, to copy."""
    file = tmp_path_factory.mktemp("template") / "nhanquyen.sqlite3"
    with people.made_database(f"sqlite:///{file}"):
        return file


@pytest.fixture(scope="session")
def postgresql_template(postgresql_cluster: PostgreSQLCluster) -> Iterator[str]:
    """The name of a PostgreSQL database with the schema of today, to copy."""
    with postgresql_cluster.database() as url:
        with people.made_database(url):
            pass
        yield url.rsplit("/", 1)[1]


@contextlib.contextmanager
def empty_store(engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of a database of *engine* with today's tables and nothing in them, bound to the models."""
    if engine == "sqlite":
        file = folder / "nhanquyen.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        with people.bound(f"sqlite:///{file}") as url:
            yield url
        return
    cluster: PostgreSQLCluster = request.getfixturevalue("postgresql_cluster")
    template: str = request.getfixturevalue("postgresql_template")
    with cluster.emptied(template) as url, people.bound(url):
        yield url


ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(params=ENGINES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with today's tables and nothing in them, bound to the models; on each engine."""
    with empty_store(request.param, request, tmp_path) as url:
        yield url


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[people.World]:
    """The program with a round in use, made once for a module whose tests change nothing.

    One engine is enough here: what differs between the two reaches neither a page nor who may see it.
    """
    file = tmp_path_factory.mktemp("world") / "nhanquyen.sqlite3"
    shutil.copy(sqlite_template, file)
    with people.bound(f"sqlite:///{file}") as url:
        yield people.make_world(url)


@pytest.fixture
def stored(store_url: str, clock: people.SettableClock) -> Iterator[people.Seed]:
    """What `seed` makes, without the web: for tests of the store, with a connection open."""
    made = people.seed(clock)
    with store_database.connection():
        yield made


@pytest.fixture
def send(stored: people.Seed, clock: people.SettableClock) -> Callable[[], tuple[Revision, bool]]:
    """Phường 1, whose report is complete, sends it; without the web."""
    stored.save("P1", people.complete_answers(), clock())
    return lambda: sending.send(stored.report("P1"), people.DIRECTIVE, stored.actor("p1", clock()))


@pytest.fixture
def app(store_url: str, clock: people.SettableClock) -> Flask:
    """The program over an empty database."""
    return people.make_app(store_url, clock)


@pytest.fixture
def seed(app: Flask, clock: people.SettableClock) -> people.Seed:
    """The real round with three units (P1, LT, VHTT) and an account for everybody."""
    return people.seed(clock)


@pytest.fixture
def as_unit(app: Flask, seed: people.Seed) -> people.Browser:
    """The clerk of Phường 1, signed in."""
    return people.Browser(app).sign_in("p1")


@pytest.fixture
def as_other(app: Flask, seed: people.Seed) -> people.Browser:
    """The clerk of xã Long Toàn, a stranger to Phường 1's report, signed in."""
    return people.Browser(app).sign_in("lt")


@pytest.fixture
def as_team(app: Flask, seed: people.Seed) -> people.Browser:
    """A member of the Synthesis Team, signed in."""
    return people.Browser(app).sign_in("tonghop")


@pytest.fixture
def as_admin(app: Flask, seed: people.Seed) -> people.Browser:
    """The admin, signed in."""
    return people.Browser(app).sign_in("quantri")
