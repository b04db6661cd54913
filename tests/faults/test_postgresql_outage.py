"""F15, F18 and PostgreSQL's part of F5: the database server ends, throws people out, is full, or its disk fails.

The program is never started again: when PostgreSQL is back, so is it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import office
import psycopg2
import pytest
from clerks import Load, Saver, finish
from cluster import CarefulCluster, find_postgresql
from forms import MakeTally, Rounds
from machine import Machine, wait_until
from office import open_desk, open_office
from oracle import judge, read_back
from test_disk_faults import require_told
from tracing import traced

THROW_OUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'nhanquyen%'"

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def server() -> Iterator[CarefulCluster]:
    """A PostgreSQL of its own, which may be hurt, with the office in the database ``template``."""
    programs = find_postgresql()
    if programs is None:
        pytest.skip("PostgreSQL is not on this machine (Debian: apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="nhanquyen-postgresql-") as folder:
        cluster = CarefulCluster(programs, Path(folder))
        cluster.start()
        try:
            cluster.execute("CREATE DATABASE template TEMPLATE template0")
            office.furnish(cluster.url("template"))
            yield cluster
        finally:
            cluster.kill()


@pytest.fixture
def machine(server: CarefulCluster, program: Path, tmp_path: Path, machines: list[Machine]) -> Iterator[Machine]:
    """The program over a copy of the office in the server."""
    with server.database(template="template") as url:
        # A copied sequence has not told this database's log yet how far it counts, and would count again after a crash.
        server.execute("CHECKPOINT")
        made = Machine(tmp_path / "machine", tmp_path / "data", url)
        made.install(program, None)
        machines.append(made)
        made.start()
        yield made
        made.end()


def stopped(server: CarefulCluster, load: Load) -> None:
    """The server ends at once, as when its machine does, and comes back."""
    server.stop()
    _until_noticed(load)
    server.serve()


def thrown_out(server: CarefulCluster, load: Load) -> None:
    """Every connection of the program is broken off, several times."""
    for _ in range(5):
        _throw_out(server)
        load.wait_for(5)


def _throw_out(server: CarefulCluster) -> None:
    server.execute(THROW_OUT)


def crowded(server: CarefulCluster, load: Load) -> None:
    """Others hold every connection that the server has, those that the program had too."""
    with contextlib.ExitStack() as others:
        admin = others.enter_context(contextlib.closing(psycopg2.connect(server.url("postgres"))))
        _take_all(server, others)
        with admin.cursor() as cursor:
            cursor.execute(THROW_OUT)
        _take_all(server, others)
        _until_noticed(load)


def _take_all(server: CarefulCluster, others: contextlib.ExitStack) -> None:
    with contextlib.suppress(psycopg2.OperationalError):  # there are no more
        while True:
            others.callback(psycopg2.connect(server.url("template1")).close)


def _until_noticed(load: Load) -> None:
    before = load.refused
    wait_until(lambda: load.refused > before + 5, "the outage is noticed")


def disk_fails(server: CarefulCluster, load: Load) -> None:
    """Now and then the disk does not confirm what was written; PostgreSQL then starts again from its own log."""
    process = server.server()
    assert process
    eio = ("-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=4+6")
    with traced("F5 EIO on PostgreSQL's fdatasync", server.folder, process.pid, *eio):
        _throw_out(server)  # strace follows who is started from now on
        _until_noticed(load)


OUTAGES = {
    "F15 stopped at once": stopped,
    "F15 connections broken off": thrown_out,
    "F15 no connection left": crowded,
    "F5 EIO on PostgreSQL's fdatasync": disk_fails,
}


@pytest.mark.parametrize("fault", OUTAGES)
def test_an_outage(fault: str, server: CarefulCluster, machine: Machine, tally: MakeTally, rounds: Rounds) -> None:
    """Errors while it lasts, told in Vietnamese; not one afterwards."""
    found = tally(fault, "postgresql")
    clerks = open_office(machine.port)
    found.watch(clerks, machine)
    for _ in rounds(1, 10):
        with Load(clerks) as load:
            load.wait_for(20)
            OUTAGES[fault](server, load)
        finish(clerks)
        found.rounds += 1
        before = sum(clerk.refused.total() for clerk in clerks)
        with Load(clerks) as load:
            load.wait_for(30)
        assert sum(clerk.refused.total() for clerk in clerks) == before, "an error after the outage"
    assert "Traceback" not in machine.told(), machine.told()[-6000:]
    require_told(clerks, 503)
    judge(clerks, machine.url, found)
    read_back(clerks, found)
    found.require_kept()


# --- F18 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["stands still", "killed"])
def test_one_of_two_programs(
    end: str, machine: Machine, program: Path, tmp_path: Path, machines: list[Machine], tally: MakeTally, rounds: Rounds
) -> None:
    """Two programs serve one database; when one stands still or is gone, the other serves on."""
    found = tally(f"F18 one of two {end}", "postgresql")
    other = Machine(tmp_path / "other", tmp_path / "other data", machine.url)
    other.install(program, None)
    machines.append(other)
    other.start()
    here = [open_desk(Saver, machine.port, f"d{number:02}") for number in (4, 5, 6)]
    there = [open_desk(Saver, other.port, f"d{number:02}") for number in (7, 8, 9)]
    found.watch([*here, *there], machine)
    for _ in rounds(1, 8):
        assert other.process
        with Load(here) as load, Load(there) as lame:
            lame.wait_for(10)
            if end == "killed":
                other.kill()
            else:
                os.killpg(other.process.pid, signal.SIGSTOP)
            load.wait_for(30)  # nobody here waits for those there
            if end == "killed":
                other.start()
            else:
                os.killpg(other.process.pid, signal.SIGCONT)
            lame.wait_for(10)
        finish([*here, *there])
        found.rounds += 1
    assert not sum(clerk.refused.total() for clerk in here)
    judge([*here, *there], machine.url, found)
    found.require_kept()


def test_a_server_that_is_set_to_forget_meanwhile(server: CarefulCluster, machine: Machine) -> None:
    """The serving program looks at every new connection: with fsync off nothing more is acknowledged."""
    clerk = open_desk(Saver, machine.port, "d04")
    assert clerk.step()
    try:
        server.execute("ALTER SYSTEM SET fsync = off")
        server.execute("SELECT pg_reload_conf()")
        server.execute(THROW_OUT)
        assert not clerk.step()
        assert "Cơ sở dữ liệu chưa dùng được" in clerk.told[503]
    finally:
        server.execute("ALTER SYSTEM RESET fsync")
        server.execute("SELECT pg_reload_conf()")
    finish([clerk])


def test_a_report_that_somebody_holds_locked(server: CarefulCluster, machine: Machine, tally: MakeTally) -> None:
    """Who waits for a lock that is not given up is told so after a while; all others work on."""
    found = tally("F18 stuck in a transaction", "postgresql")
    stuck, free = open_desk(Saver, machine.port, "d04"), open_desk(Saver, machine.port, "d05")
    found.watch([stuck, free], machine)
    with contextlib.closing(psycopg2.connect(machine.url)) as holder:
        with holder.cursor() as cursor:
            cursor.execute("SELECT id FROM report WHERE id = %s FOR UPDATE", (stuck.report,))
        with Load([stuck]):
            for _ in range(5):
                assert free.step()
            wait_until(lambda: stuck.refused, "who waits is told")
            holder.rollback()
    found.rounds += 1
    assert set(stuck.refused) == {503}
    assert "Máy chủ đang bận" in stuck.told[503]
    assert not free.refused
    finish([stuck, free])
    judge([stuck, free], machine.url, found)
    found.require_kept()
