"""F16, F17: everybody at once in the last minutes, and somebody who reads for long while others save."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from functools import partial
from statistics import quantiles

import pytest
from clerks import Answer, Browser, Clerk, Load, Saver, finish
from forms import MakeMachine, MakeTally, Rounds, on_one_engine
from machine import Machine, wait_until
from office import open_desk, open_office
from oracle import Tally, judge, read_back
from test_together import at_once

EXPORTS = ("/tai-ve/excel", "/tai-ve/word", "/tai-ve/minh-chung")


@contextlib.contextmanager
def again_and_again(act: Callable[[], object]) -> Iterator[list[object]]:
    """Meanwhile *act* is done in a thread of its own, over and over; what it gave or raised."""
    stop, results = threading.Event(), []

    def run() -> None:
        while not stop.is_set():
            try:
                results.append(act())
            except Exception as error:
                results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield results
    finally:
        stop.set()
        thread.join()


def team_of(machine: Machine) -> Browser:
    team = Browser(machine.port, "tonghop")
    team.sign_in()
    return team


def tell_times(found: Tally, clerks: list[Clerk]) -> None:
    times = [seconds for clerk in clerks for seconds in clerk.seconds]
    cuts = quantiles(times, n=100)
    found.remarks.append(f"{len(times)} acknowledgements took {cuts[49]:.2f} s (half), {cuts[94]:.2f} s (95 of 100)")


def _sign_in(machine: Machine, name: str) -> Answer:
    browser = Browser(machine.port, name)
    browser.sign_in()
    return browser.get("/bao-cao")


def test_the_last_minutes(new_machine: MakeMachine, tally: MakeTally, rounds: Rounds) -> None:
    """All sign in within a moment, type, upload, send, and the Team exports: nobody meets an error."""
    found = tally("F16 rush")
    machine = new_machine()
    machine.start()
    names = [f"d{number:02}" for number in range(1, 17)]
    at_once(*(partial(_sign_in, machine, name) for name in names))
    clerks, team = open_office(machine.port), team_of(machine)
    found.watch(clerks, machine)

    def export() -> set[int]:
        return {team.get(path).status for path in EXPORTS}

    for _ in rounds(1, 10):
        with Load(clerks) as load, again_and_again(export) as exports:
            load.wait_for(100)
        finish(clerks)
        found.rounds += 1
        assert all(result == {200} for result in exports), exports
    tell_times(found, clerks)
    found.close()
    assert not found.refused, [clerk.refused for clerk in clerks]
    judge(clerks, machine.url, found)
    read_back(clerks, found)
    found.require_kept()


@on_one_engine
def test_the_program_reads_while_others_save(new_machine: MakeMachine, tally: MakeTally, rounds: Rounds) -> None:
    """No export holds up a save for longer than one waits for another."""
    found = tally("F17 exports in a loop")
    machine = new_machine()
    machine.start()
    clerks, team = [open_desk(Saver, machine.port, f"d{number:02}") for number in (4, 5, 6)], team_of(machine)
    found.watch(clerks, machine)
    for path in EXPORTS:
        with Load(clerks) as load, again_and_again(lambda: team.get(path).status) as exports:  # noqa: B023
            for _ in rounds(1, 10):
                load.wait_for(10)
        assert set(exports) == {200}
        found.rounds += 1
    finish(clerks)
    tell_times(found, clerks)
    found.close()
    assert not found.refused
    judge(clerks, machine.url, found)
    found.require_kept()


@pytest.mark.parametrize("engine", ["sqlite"])  # on PostgreSQL nobody waits for a reader
def test_somebody_else_reads_the_file_for_long(new_machine: MakeMachine, tally: MakeTally) -> None:
    """With a rollback journal a save waits for a reader to end, for ten seconds; then whoever saves is told."""
    found = tally("F17 a foreign reader", "sqlite")
    machine = new_machine()
    machine.start()
    clerks: list[Clerk] = [open_desk(Saver, machine.port, f"d{number:02}") for number in (4, 5, 6)]
    found.watch(clerks, machine)
    assert machine.file
    with contextlib.closing(sqlite3.connect(machine.file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM report").fetchone()
        with Load(clerks) as load:
            wait_until(lambda: load.refused, "who saves is told")
            reader.execute("ROLLBACK")
            load.wait_for(20)
    finish(clerks)
    found.rounds += 1
    for clerk in clerks:
        assert set(clerk.refused) <= {503}
        assert all("Máy chủ đang bận" in told for told in clerk.told.values())
    tell_times(found, clerks)
    judge(clerks, machine.url, found)
    found.require_kept()
