"""F2: the power goes. Everything is killed first, then the file system loses what was not made durable.

The controls show that the test can see a loss: with durability off, acknowledged work must be missing.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from random import Random

import pytest
from clerks import Browser, Clerk, Load, finish
from forms import LONG, MakeTally, Rounds
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
                _cut_under_load(rig, clerks, chance.randrange(20, 90), found)
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


LOOSE = [("sqlite", "off"), pytest.param("postgresql", "off", marks=pytest.mark.postgresql)]
FOR_INFORMATION = [("sqlite", "wal")] * LONG  # WAL with synchronous=NORMAL loses by luck, so nothing is asked of it


@pytest.mark.parametrize(("engine", "how"), LOOSE + FOR_INFORMATION)
def test_a_power_cut_would_be_seen(
    engine: str, how: str, program: Path, furnished_file: Path, tally: MakeTally
) -> None:
    """With durability off the same test loses; if it did not, it would be blind."""
    found = tally(f"F2 control: durability {how}", engine)
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
    assert found.lost or how == "wal", "the test does not see what a power cut takes"


def test_a_backup_survives(engine: str, program: Path, furnished_file: Path, tally: MakeTally, rounds: Rounds) -> None:
    """F13: a backup that was made while people worked, and was told of, is there and whole after a power cut."""
    found, fault = tally("F13 backup, then power cut"), "F13 backup, then power cut"
    with rigged(fault, engine, program, furnished_file) as rig:
        rig.machine.start()
        clerks = open_office(rig.machine.port)
        found.watch(clerks, rig.machine)
        for _ in rounds(1, 5):
            with Load(clerks) as load:
                load.wait_for(20)
                code, told = rig.machine.run("sao-luu")
                rig.machine.kill()
            assert code == 0, told
            rig.cut_power()
            found.rounds += 1
            made = re.search(r"nhanquyen-[0-9a-z-]+\.zip", told)
            assert made, told
            with zipfile.ZipFile(rig.machine.data / "sao-luu" / made[0]) as archive:
                if archive.testzip() is not None:
                    found.tear(f"the backup {made[0]}")
            rig.start()
            judge(clerks, rig.machine.url, found)
            finish(clerks)
    found.require_kept()


def test_the_first_start_survives(program: Path, furnished_file: Path, tally: MakeTally, rounds: Rounds) -> None:
    """The power goes right after the first start has told the admin's password: the next start needs nobody."""
    found = tally("F2 power cut after the first start", "sqlite")
    for _ in rounds(1, 5):
        with rigged("F2 power cut after the first start", "sqlite", program, furnished_file) as rig:
            for file in rig.machine.data.iterdir():
                file.unlink()
            rig.disk.settle()
            rig.machine.start()
            password = re.search(r"Mật khẩu một lần: +([a-z0-9-]{19})", rig.machine.told())
            assert password
            rig.cut_power()
            rig.start()
            admin = Browser(rig.machine.port, "quantri")
            admin.sign_in(password[1])
            found.rounds += 1
            found.acknowledged += 1
    found.require_kept()
