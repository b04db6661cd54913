"""A machine whose data, and whose PostgreSQL if it has one, are on a disk of their own that can be hurt."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import office
import pytest
from cluster import CarefulCluster, find_postgresql
from disk import Disk, DiskRefused, mounted
from fault_figures import NOT_INJECTED
from machine import Machine

MEGABYTES = {"sqlite": 48, "postgresql": 320}


@dataclass
class Rig:
    """The parts; *cluster* only where the program keeps its data in PostgreSQL."""

    disk: Disk
    machine: Machine
    cluster: CarefulCluster | None

    def cut_power(self) -> None:
        """Lose the power, and have it back: the disk is there again, nothing runs."""
        self.stop()
        self.disk.cut_power()

    def stop(self) -> None:
        """Let nothing run, and nothing have a file open on the disk."""
        self.machine.end()
        if self.cluster is not None:
            self.cluster.kill()

    def start(self) -> None:
        """Start what is down, as an admin does."""
        if self.cluster is not None:
            self.cluster.serve()
        self.machine.start()


def not_injected(fault: str, why: str) -> None:
    """Skip, and let the summary of the run name *fault*."""
    pytest.skip(f"{NOT_INJECTED}{fault}: {why}")


@contextlib.contextmanager
def rigged(fault: str, engine: str, program: Path, database: Path, megabytes: int = 0) -> Iterator[Rig]:
    """A rig of *engine* with the office, ready to be started; a skip where the machine has no disk for it."""
    folder = Path(tempfile.mkdtemp(prefix="nhanquyen-disk-"))
    folder.chmod(0o711)  # PostgreSQL runs as somebody else
    try:
        with contextlib.ExitStack() as things:
            disk = things.enter_context(mounted(folder, megabytes or MEGABYTES[engine]))
            cluster = things.enter_context(_server(disk)) if engine == "postgresql" else None
            machine = Machine(folder / "machine", disk.path / "data", cluster and cluster.url("office"))
            machine.install(program, database)
            things.callback(machine.end)
            disk.settle()
            yield Rig(disk, machine, cluster)
    except DiskRefused as refusal:
        not_injected(fault, str(refusal))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _server(disk: Disk) -> Iterator[CarefulCluster]:
    programs = find_postgresql()
    if programs is None:
        pytest.skip("PostgreSQL is not on this machine (Debian: apt-get install postgresql)")
    folder = disk.path / "postgresql"
    folder.mkdir()
    cluster = CarefulCluster(programs, folder)
    cluster.start()
    try:
        cluster.execute("CREATE DATABASE office TEMPLATE template0")
        office.furnish(cluster.url("office"))
        yield cluster
    finally:
        cluster.kill()
