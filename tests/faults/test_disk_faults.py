"""F3, F4, F5: the disk is full, takes no more writes, or fails now and then.

Nothing that fails is acknowledged, everybody is told in Vietnamese what happened, what can be read is read, and when
the fault is over the program goes on by itself.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from clerks import Browser, Clerk, Load, Unacknowledged, finish
from forms import MakeMachine, MakeTally, Rounds
from machine import wait_until
from office import open_desk, open_office
from oracle import judge, read_back
from rig import rigged
from tracing import strace_or_skip, traced

TOLD = re.compile(r"Ổ đĩa của máy chủ (đã đầy|không đọc, ghi được)|Cơ sở dữ liệu không trả lời")


def require_told(clerks: list[Clerk], *statuses: int | str) -> None:
    """Whoever was refused got one of *statuses* and was told in Vietnamese what happened and what to do."""
    for clerk in clerks:
        assert set(clerk.refused) <= set(statuses), (clerk.unit, clerk.refused, clerk.told)
        for told in clerk.told.values():
            assert TOLD.search(told), told
            assert "gửi lại" in told


class Readers:
    """Two who only read: the Team, and a unit that has nothing to write. They sign in before the fault."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.team, self.unit = Browser(port, "tonghop"), open_desk(Clerk, port, "d15")
        self.team.sign_in()

    def require_reading(self) -> None:
        """What is there can be read and downloaded, and who wants to sign in gets in, or is told why not.

        SQLite reads nothing while it cannot take back what a failed commit has left.
        """
        pages = [self.unit.browser.get(path) for path in ("/bao-cao", f"/bao-cao/{self.unit.report}/xem")]
        for answer in (*pages, self.team.get("/tong-hop"), self.team.get("/tai-ve/excel")):
            assert answer.status == 200 or (answer.status in (503, 507) and TOLD.search(answer.text)), answer.text
        refusal = _refusal(Browser(self.port, "d16"))
        assert refusal is None or (refusal.status in (503, 507) and TOLD.search(refusal.told)), refusal


def _refusal(browser: Browser) -> Unacknowledged | None:
    """How signing in was refused, or None when it was not."""
    try:
        browser.sign_in()
    except Unacknowledged as refusal:
        return refusal
    return None


def test_the_disk_is_full(engine: str, program: Path, furnished_file: Path, tally: MakeTally, rounds: Rounds) -> None:
    found = tally("F3 disk full")
    with rigged("F3 disk full", engine, program, furnished_file) as rig:
        machine = rig.machine
        machine.start()
        clerks, readers = open_office(machine.port), Readers(machine.port)
        found.watch(clerks, machine)
        for _ in rounds(1, 8):
            with Load(clerks) as load:
                load.wait_for(20)
                rig.disk.fill()
                before = load.refused
                wait_until(lambda: load.refused > before + 10, "the full disk is noticed")  # noqa: B023 - done in it
            require_told(clerks, 503, 507)
            if rig.cluster is None:
                readers.require_reading()
            rig.disk.free()
            if rig.cluster is not None and rig.cluster.server() is None:
                rig.cluster.serve()  # PostgreSQL ends when it cannot write its log; the program is not started again
            finish(clerks)
            found.rounds += 1
        with Load(clerks) as load:
            load.wait_for(20)
        finish(clerks)
        judge(clerks, machine.url, found)
        read_back(clerks, found)
    found.require_kept()


def test_the_file_system_takes_no_more_writes(
    engine: str, program: Path, furnished_file: Path, tally: MakeTally, rounds: Rounds
) -> None:
    """As ext4 does once it has found a fault in itself: nothing can be written until an admin has repaired it."""
    found, fault = tally("F4 read-only file system"), "F4 read-only file system"
    with rigged(fault, engine, program, furnished_file) as rig:
        machine = rig.machine
        machine.start()
        clerks, readers = open_office(machine.port), Readers(machine.port)
        found.watch(clerks, machine)
        for _ in rounds(1, 5):
            with Load(clerks) as load:
                load.wait_for(20)
                rig.disk.fail()
                before = load.refused
                wait_until(lambda: load.refused > before + 10, "the fault is noticed")  # noqa: B023 - done in it
            require_told(clerks, 503)
            if rig.cluster is None:
                readers.require_reading()
                machine.kill()
                code, told = machine.refuse()
                assert code == 1
                assert "ổ đĩa" in told or "quyền ghi" in told, told
            rig.stop()
            rig.disk.repair()
            rig.start()
            for browser in Browser.opened:
                browser.hang_up()  # as the program did that was there before
            judge(clerks, machine.url, found)
            finish(clerks)
            found.rounds += 1
        judge(clerks, machine.url, found)
        read_back(clerks, found)
    found.require_kept()


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_disk_that_can_be_written_again_needs_no_restart(new_machine: MakeMachine, tally: MakeTally) -> None:
    """A mount cannot turn read-only under open files, so here the system calls say that it has."""
    found = tally("F4 read-only and back", "sqlite")
    machine = new_machine()
    machine.start()
    clerks, readers = open_office(machine.port), Readers(machine.port)
    found.watch(clerks, machine)
    assert machine.process
    number = machine.process.pid
    journal = ["-P", f"{machine.file}-journal", "-e", "trace=openat", "-e", "inject=openat:error=EROFS"]
    with Load(clerks) as load:
        load.wait_for(20)
        with traced("F4 read-only and back", machine.folder, number, *journal):
            before = load.refused
            wait_until(lambda: load.refused > before + 10, "the fault is noticed")
            readers.require_reading()
        load.wait_for(20)
    require_told(clerks, 503)
    finish(clerks)
    found.rounds += 1
    judge(clerks, machine.url, found)
    read_back(clerks, found)
    found.require_kept()


@pytest.mark.parametrize("engine", ["sqlite"])  # of PostgreSQL's disk in test_postgresql_outage.py
@pytest.mark.parametrize(("call", "when"), [("fdatasync,fsync", "4+12"), ("pwrite64", "9+60")])
def test_the_disk_fails_now_and_then(
    call: str, when: str, new_machine: MakeMachine, tally: MakeTally, rounds: Rounds
) -> None:
    """An error whose effect may be there all the same: what is sent again has one effect."""
    fault = f"F5 EIO on {call.replace(',', ', ')}"
    found = tally(fault, "sqlite")
    machine = new_machine()
    machine.start()
    clerks = open_office(machine.port)
    found.watch(clerks, machine)
    for clerk in clerks:
        clerk.browser.hang_up()
        clerk.LARGEST = 2000  # type: ignore[attr-defined]  # bytes: a larger file would hit every nth write for sure
    machine.kill()
    machine.before = (strace_or_skip(fault), "-f", "-qq", "-o", str(machine.folder / "strace.log"),
                      "-e", f"trace={call}", "-e", f"inject={call}:error=EIO:when={when}")  # fmt: skip
    machine.start()
    for _ in rounds(1, 10):
        with Load(clerks) as load:
            load.wait_for(60)
        finish(clerks)
        judge(clerks, machine.url, found)
        found.rounds += 1
    read_back(clerks, found)
    require_told(clerks, 503)
    found.require_kept()
    assert found.refused, "nothing failed, so nothing was tested"
