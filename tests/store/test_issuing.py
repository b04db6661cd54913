"""An issued report is kept as it was: numbered, byte for byte, and only of figures that did not move meanwhile."""

from __future__ import annotations

import hashlib
from typing import Any

import people
import pytest
from peewee import DatabaseError

from nhanquyen.store import events, issuing
from nhanquyen.store.database import transaction
from nhanquyen.store.events import LogFilter
from nhanquyen.store.issuing import ChangedMeanwhile, IssuedMeanwhile, NewFile
from nhanquyen.store.models import Issuance, IssuedFile

FILES = [
    NewFile("bao-cao.docx", "application/msword", b"PK\x03\x04" + bytes(range(256)) * 100),
    NewFile("so-lieu.xlsx", "application/vnd.ms-excel", b""),
]
SNAPSHOT: dict[str, Any] = {"units": [{"code": "P1", "name": "Phường 1"}], "totals": {"n1.so_cuoc": 3}}


def issue(stored: people.Seed, clock: people.SettableClock, note: str = "") -> Issuance:
    actor = stored.actor("tonghop", clock())
    return issuing.issue(
        stored.round,
        "da_tiep_nhan",
        FILES,
        SNAPSHOT,
        lambda: dict(SNAPSHOT),
        note,
        actor,
        issuing.last_number(stored.round),
    )


def test_the_same_bytes_come_back_and_each_issue_has_its_number(
    stored: people.Seed, clock: people.SettableClock
) -> None:
    first = issue(stored, clock, "Gửi UBND thị xã")
    clock.move(hours=1)
    second = issue(stored, clock)
    assert [(each.number, each.note) for each in issuing.issuances_of(stored.round)] == [
        (2, ""),
        (1, "Gửi UBND thị xã"),
    ]
    again = issuing.get_issuance(stored.round, 1)
    assert again == first
    assert again is not None
    assert (again.snapshot, again.issued_by.username) == (SNAPSHOT, "tonghop")
    for listed, given in zip(issuing.files_of(again), FILES, strict=True):
        kept = issuing.file_of(again, listed.id)
        assert kept is not None
        assert (listed.name, bytes(kept.content)) == (given.name, given.content)
        assert listed.sha256 == hashlib.sha256(given.content).hexdigest()
        assert issuing.file_of(second, listed.id) is None
    assert issuing.get_issuance(stored.round, 3) is None
    logged = events.find(LogFilter(action="report_issued"), 10)
    assert [event.subject for event in logged] == [
        "Báo cáo tổng hợp phát hành lần 2", "Báo cáo tổng hợp phát hành lần 1",
    ]  # fmt: skip


def test_nothing_is_issued_of_figures_that_moved_meanwhile(stored: people.Seed, clock: people.SettableClock) -> None:
    actor = stored.actor("tonghop", clock())
    with pytest.raises(ChangedMeanwhile):
        issuing.issue(stored.round, "da_gui", FILES, SNAPSHOT, lambda: {**SNAPSHOT, "totals": {}}, "", actor, 0)
    assert (Issuance.select().count(), IssuedFile.select().count()) == (0, 0)
    assert not events.find(LogFilter(action="report_issued"), 10)


def test_what_was_issued_is_never_altered(stored: people.Seed, clock: people.SettableClock) -> None:
    issued = issue(stored, clock)
    for change in (
        Issuance.update(note="khác").where(Issuance.id == issued.id),
        IssuedFile.update(content=b"").where(IssuedFile.issuance == issued),
        IssuedFile.delete().where(IssuedFile.issuance == issued),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction():
            change.execute()
    assert bytes(IssuedFile.get(IssuedFile.name == "bao-cao.docx").content) == FILES[0].content


def test_pressed_several_times_at_once_it_issues_once(stored: people.Seed, clock: people.SettableClock) -> None:
    actor = stored.actor("tonghop", clock())

    def press(number: int) -> Issuance:
        return issuing.issue(stored.round, "da_gui", FILES, SNAPSHOT, lambda: dict(SNAPSHOT), "", actor, 0)

    found = people.in_parallel(4, press)
    assert sum(isinstance(each, Issuance) for each in found) == 1, found
    refused = [each for each in found if isinstance(each, IssuedMeanwhile)]
    assert [each.number for each in refused] == [1, 1, 1]
    assert Issuance.select().count() == 1
