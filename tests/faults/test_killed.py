"""F1: the program is killed in the middle of its work, or told to stop."""

from __future__ import annotations

from random import Random

from clerks import Load, finish
from conftest import MakeMachine, MakeTally, Rounds
from machine import RESTART
from office import open_office
from oracle import judge, read_back

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
            load.wait_for(chance.randrange(5, 150))
            machine.kill()
        found.rounds += 1
        machine.start()
        judge(clerks, machine.url, found)
        read_back(clerks, found)
        finish(clerks)
        judge(clerks, machine.url, found)
    found.require_kept()
    assert machine.dearest_start < RESTART
