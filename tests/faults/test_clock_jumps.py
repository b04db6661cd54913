"""F7: the server's clock passes the closing time, and is set back. libfaketime answers in the system's place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import people
import pytest
from clerks import Clerk, Saver, Sender
from forms import MakeMachine, MakeTally, on_one_engine
from machine import Machine
from office import open_desk
from oracle import judge
from rig import not_injected

from nhanquyen.clock import VIETNAM
from nhanquyen.store import database as store_database
from nhanquyen.store.models import Round

CLOSES = datetime(2023, 12, 22, 17, 0, tzinfo=VIETNAM)
TOLD_LATE = "Đợt báo cáo đã khóa sổ"


class FakeClock:
    """The clock of the program's processes. It stands still where it is set to."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.now = CLOSES
        self.set(CLOSES)

    def set(self, now: datetime) -> None:
        self.now = now
        part = self.file.with_suffix(".part")
        part.write_text(now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"))
        part.replace(self.file)

    def move(self, **delta: float) -> None:
        self.set(self.now + timedelta(**delta))


def libfaketime() -> Path:
    found = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
    if found is None:
        not_injected("F7 clock", "libfaketime is missing (Debian: apt-get install faketime)")
    assert found
    return found


@pytest.fixture
def clock(tmp_path: Path) -> FakeClock:
    return FakeClock(tmp_path / "clock")


@pytest.fixture
def machine(new_machine: MakeMachine, clock: FakeClock) -> Iterator[Machine]:
    """The program in a time of its own, in a round that closes."""
    library = libfaketime()
    made = new_machine()
    with people.bound(made.url), store_database.connection():
        Round.update(closes_at=CLOSES, due_at=CLOSES).execute()
    made.settings |= {
        "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(clock.file), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC",
    }  # fmt: skip
    clock.set(CLOSES - timedelta(minutes=10))
    made.start()
    yield made
    made.end()


def test_the_closing_time(machine: Machine, clock: FakeClock, tally: MakeTally) -> None:
    """Until its second is over everything is taken, and nothing afterwards; what was typed is handed back."""
    found = tally("F7 closing time -1, 0, +1 s")
    saver, sender = open_desk(Saver, machine.port, "d04"), open_desk(Sender, machine.port, "d02")
    found.watch([saver, sender], machine)
    for seconds in (-1, 0):
        clock.set(CLOSES + timedelta(seconds=seconds))
        for clerk in (saver, sender):
            clerk.browser.hang_up()  # the server has done so: for it the line was idle for minutes
        assert saver.step(), saver.told
        assert sender.step(), sender.told
        found.rounds += 1
    clock.set(CLOSES + timedelta(seconds=1))
    for clerk in (saver, sender):
        clerk.tolerated = TOLD_LATE
        assert not clerk.step()
        assert TOLD_LATE in clerk.told[409]
        clerk.is_pending = False
    kept = saver.browser.post(f"/bao-cao/{saver.report}", {"ver": "0", "n1-ket_qua-0-cach_lam": "Viết dở một đoạn."})
    assert kept.status == 409
    assert "Viết dở một đoạn." in kept.text
    found.rounds += 1
    saver.highest = saver.number  # what was refused is not there
    judge([saver, sender], machine.url, found)
    found.require_kept()


@on_one_engine
@pytest.mark.parametrize("back", [{"seconds": 30}, {"hours": 2}], ids=["30 s", "2 h"])
def test_the_clock_is_set_back(back: dict[str, float], machine: Machine, clock: FakeClock, tally: MakeTally) -> None:
    """Nobody is signed out and no page is refused, not the ones that were open either; who comes anew gets in."""
    found = tally(f"F7 clock set back {next(iter(back.values())):g} {next(iter(back))}")
    clock.move(minutes=-30)
    saver, sender = open_desk(Saver, machine.port, "d04"), open_desk(Sender, machine.port, "d02")
    found.watch([saver, sender], machine)
    assert saver.step()
    clock.move(**{unit: -amount for unit, amount in back.items()})
    for clerk in (saver, sender, open_desk(Clerk, machine.port, "d05")):
        assert clerk.browser.get("/bao-cao").status == 200
    assert saver.step(), saver.told
    assert sender.step(), sender.told
    clock.move(**back)
    assert saver.step(), saver.told
    assert sender.step(), sender.told
    found.rounds += 1
    judge([saver, sender], machine.url, found)
    shown = saver.browser.get("/bao-cao").text
    assert re.search(r"Đã lưu lúc \d\d:\d\d:\d\d", shown)
    found.require_kept()
