"""F2: the power goes. Everything is killed first, then the file system loses what was not made durable.

The controls show that the test can see a loss: with durability off, acknowledged work must be missing.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from clerks import Clerk, Load, finish
from conftest import MakeTally, Rounds
from machine import NotServed
from office import open_office
from oracle import Tally, judge, read_back
from peewee import DatabaseError
from rig import Rig, rigged

IN_A_CHAIN = 5  # rounds over one database, before the reports are full


def test_power_cut(engine: str, program: Path, furnished_file: Path, tally: MakeTally, rounds: Rounds) -> None:
    found, chance, left = tally("F2 power cut"), Random(), len(rounds(3, 20))
    while left:
        with rigged("F2 power cut", engine, program, furnished_file) as rig:
            rig.machine.start()
            clerks = open_office(rig.machine.port)
            found.watch(clerks, rig.machine)
            for _ in range(min(left, IN_A_CHAIN)):
                _cut_under_load(rig, clerks, chance.randrange(20, 150), found)
                rig.start()
                judge(clerks, rig.machine.url, found)
                read_back(clerks, found)
                finish(clerks)
                judge(clerks, rig.machine.url, found)
                left -= 1
    found.require_kept()


def _cut_under_load(rig: Rig, clerks: list[Clerk], acknowledgements: int, found: Tally) -> None:
    with Load(clerks) as load:
        load.wait_for(acknowledgements)
        rig.machine.kill()
    rig.cut_power()
    found.rounds += 1


@pytest.mark.parametrize(
    ("engine", "how"),
    [
        ("sqlite", "off"),
        pytest.param("postgresql", "off", marks=pytest.mark.postgresql),
    ],
)
def test_a_power_cut_would_be_seen(
    engine: str, how: str, program: Path, furnished_file: Path, tally: MakeTally
) -> None:
    """With durability off the same test loses; if it did not, it would be blind."""
    found = tally("F2 control: durability off", engine)
    with rigged("F2 power cut (control)", engine, program, furnished_file) as rig:
        if rig.cluster is not None:
            rig.cluster.execute("ALTER SYSTEM SET fsync = off")
            rig.cluster.stop()
            rig.cluster.serve()
        rig.machine.loosen(how)
        rig.machine.start()
        clerks = open_office(rig.machine.port)
        found.watch(clerks, rig.machine)
        _cut_under_load(rig, clerks, 100, found)
        try:
            rig.start()
            judge(clerks, rig.machine.url, found)
        except (NotServed, DatabaseError, RuntimeError) as ruin:  # not even a database is left
            found.close()
            found.lose(f"everything: {ruin}", found.acknowledged)
    assert found.lost, "the test does not see what a power cut takes"
