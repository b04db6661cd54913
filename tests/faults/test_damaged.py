"""F6: what is left of the database is damaged, emptied or gone. The program does not start, and changes nothing."""

from __future__ import annotations

import hashlib
import os
from random import Random

import pytest
from clerks import Load, Saver, finish
from forms import MakeMachine, MakeTally
from machine import Machine
from office import open_desk, open_office
from oracle import judge

CHANCE = Random(217)
PAGE = 4096


def zeroed_header(machine: Machine) -> None:
    _write(machine, 0, bytes(100))


def random_page(machine: Machine) -> None:
    """Not one of the pages that only hold what is free."""
    _write(machine, PAGE, CHANCE.randbytes(PAGE))


def half(machine: Machine) -> None:
    assert machine.file
    os.truncate(machine.file, machine.file.stat().st_size // 2 // PAGE * PAGE)


def emptied(machine: Machine) -> None:
    assert machine.file
    os.truncate(machine.file, 0)


def gone(machine: Machine) -> None:
    assert machine.file
    machine.file.unlink()


def _write(machine: Machine, place: int, content: bytes) -> None:
    assert machine.file
    with machine.file.open("r+b") as opened:
        opened.seek(place)
        opened.write(content)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_the_program_refuses_and_changes_nothing(new_machine: MakeMachine, tally: MakeTally) -> None:
    """It says how to restore, ends with 1, and what was there before is there again once the file is put back."""
    found = tally("F6 damaged", "sqlite")
    machine = new_machine()
    machine.start()
    clerks = [open_desk(Saver, machine.port, "d04")]
    found.watch(clerks, machine)
    for _ in range(3):
        assert clerks[0].step()
    assert machine.terminate() == 0
    assert machine.file
    whole = machine.file.read_bytes()
    for damage in (zeroed_header, random_page, half, emptied, gone):
        damage(machine)
        before = _hash(machine)
        code, told = machine.refuse()
        found.rounds += 1
        assert code == 1, damage
        assert told.startswith("Không khởi động được: "), told
        assert "phục hồi" in told.lower(), told
        assert "Traceback" not in told, told
        assert _hash(machine) == before, damage
        machine.file.write_bytes(whole)
    machine.start()
    judge(clerks, machine.url, found)
    found.require_kept()


def _hash(machine: Machine) -> str:
    assert machine.file
    return hashlib.sha256(machine.file.read_bytes()).hexdigest() if machine.file.exists() else "none"


@pytest.mark.parametrize("engine", ["sqlite"])
def test_what_a_kill_left_is_taken_back_by_itself(new_machine: MakeMachine, tally: MakeTally) -> None:
    """A journal that is still there is no damage: the next start needs nobody."""
    found = tally("F6 journal left by a kill", "sqlite")
    machine = new_machine()
    machine.start()
    clerks = open_office(machine.port)
    found.watch(clerks, machine)
    assert machine.file
    journal = machine.file.with_name(f"{machine.file.name}-journal")
    while not journal.exists():
        with Load(clerks) as load:
            load.wait_for(3)
            machine.kill()
        found.rounds += 1
        if not journal.exists():
            machine.start()
    machine.start()
    judge(clerks, machine.url, found)
    finish(clerks)
    judge(clerks, machine.url, found)
    found.require_kept()
