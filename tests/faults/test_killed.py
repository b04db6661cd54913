"""F1: the program is killed in the middle of its work, at any step of a commit, or told to stop."""

from __future__ import annotations

from random import Random

import pytest
from clerks import Clerk, Load, Saver, finish
from forms import MakeMachine, MakeTally, Rounds, on_one_engine
from machine import RESTART, wait_until
from office import open_desk, open_office
from oracle import judge, read_back
from tracing import strace_or_skip

IN_A_CHAIN = 5  # rounds over one database, before the reports are full


def test_killed_at_any_moment(new_machine: MakeMachine, tally: MakeTally, rounds: Rounds) -> None:
    found, chance = tally("F1 kill -9"), Random()
    for number in rounds(4, 30):
        if number % IN_A_CHAIN == 0:
            machine = new_machine()
            machine.start()
            clerks = open_office(machine.port)
            found.watch(clerks, machine)
        with Load(clerks) as load:
            load.wait_for(chance.randrange(5, 100))
            machine.kill()
        found.rounds += 1
        machine.start()
        judge(clerks, machine.url, found)
        read_back(clerks, found)
        finish(clerks)
        judge(clerks, machine.url, found)
    found.require_kept()
    assert machine.dearest_start < RESTART


@on_one_engine
def test_told_to_stop(new_machine: MakeMachine, tally: MakeTally, rounds: Rounds) -> None:
    """What was acknowledged is there, and the program ends as somebody who was asked to."""
    found, chance = tally("F1 SIGTERM"), Random()
    machine = new_machine()
    machine.start()
    clerks = open_office(machine.port)
    found.watch(clerks, machine)
    for _ in rounds(1, 5):
        with Load(clerks) as load:
            load.wait_for(chance.randrange(5, 60))
            assert machine.terminate() == 0, machine.told()
        assert machine.told().endswith("Đã dừng chương trình.\n"), machine.told()
        found.rounds += 1
        machine.start()
        judge(clerks, machine.url, found)
        finish(clerks)
    judge(clerks, machine.url, found)
    found.require_kept()


# Some of what SQLite asks of the system in one commit; the last unlinks the journal, which is the commit itself.
STEPS = ("pwrite64", "unlink", "fdatasync")


@pytest.mark.parametrize("engine", ["sqlite"])
def test_killed_at_a_step_of_a_commit(new_machine: MakeMachine, tally: MakeTally, rounds: Rounds) -> None:
    """However far a commit has got, the next start either has it whole or takes it back whole."""
    fault = "F1 killed in a commit"
    found, strace, clerks = tally(fault, "sqlite"), strace_or_skip(fault), list[Clerk]()
    machine = new_machine()
    machine.start()
    clerks.append(open_desk(Saver, machine.port, "d04"))
    found.watch(clerks, machine)
    for number in rounds(3, 36):
        machine.kill()
        call, times = STEPS[number % len(STEPS)], 1 + number // len(STEPS)
        machine.before = (
            strace, "-f", "-qq", "-o", str(machine.folder / "strace.log"), "-P", str(machine.file),
            "-P", f"{machine.file}-journal", "-e", f"trace={call}",
            "-e", f"inject={call}:signal=SIGKILL:when={times}",
        )  # fmt: skip
        machine.start()
        clerks[0].browser.hang_up()
        wait_until(lambda: not clerks[0].step(), "a step of a commit has killed the program")
        machine.kill()
        clerks[0].browser.hang_up()
        machine.before = ()
        machine.start()
        found.rounds += 1
        judge(clerks, machine.url, found)
        finish(clerks)
        judge(clerks, machine.url, found)
    read_back(clerks, found)
    found.require_kept()
