"""Consolidated reports that were issued: kept byte for byte, numbered, never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from peewee import fn

from nhanquyen.store import events
from nhanquyen.store.database import is_sqlite, transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Issuance, IssuedFile, Round


class NewFile(NamedTuple):
    """A file to keep."""

    name: str
    media_type: str
    content: bytes


class ChangedMeanwhile(Exception):
    """The figures changed while the files were being made; nothing was issued."""


class IssuedMeanwhile(Exception):
    """Another report was issued since the page was opened, *number*; nothing was issued."""

    def __init__(self, number: int) -> None:
        super().__init__(str(number))
        self.number = number


def issue(
    round: Round,
    scope: str,
    files: Sequence[NewFile],
    snapshot: Mapping[str, Any],
    present: Callable[[], Mapping[str, Any]],
    note: str,
    actor: Actor,
    after: int,
) -> Issuance:
    """Keep *files*, made of what *snapshot* says, as the next issued report of *round* after the one numbered *after*.

    Pressed twice it issues once: raises `IssuedMeanwhile` when *after* (0: none) is no longer the last one.
    Raises `ChangedMeanwhile` when *present*, asked once nobody can write any more, gives another snapshot.
    """
    with transaction():
        if not is_sqlite():  # numbers are given one after another
            Round.select(Round.id).where(Round.id == round.id).for_update().execute()
        require_last(round, after)
        if present() != snapshot:
            raise ChangedMeanwhile
        issued: Issuance = Issuance.create(
            round=round, number=after + 1, scope=scope, note=note, snapshot=dict(snapshot), issued_at=actor.at,
            issued_by=actor.account,
        )  # fmt: skip
        for file in files:
            digest = hashlib.sha256(file.content).hexdigest()
            IssuedFile.create(
                issuance=issued, name=file.name, media_type=file.media_type, size=len(file.content), sha256=digest,
                content=file.content,
            )  # fmt: skip
        subject = f"Báo cáo tổng hợp phát hành lần {issued.number}"
        hashes = {file.name: hashlib.sha256(file.content).hexdigest() for file in files}
        events.record("report_issued", actor, round=round, subject=subject, note=note, files=hashes)
    return issued


_LISTED = [column for column in IssuedFile._meta.sorted_fields if column is not IssuedFile.content]


def last_number(round: Round) -> int:
    """The number of the newest issued report of *round*; 0 when there is none."""
    return Issuance.select(fn.MAX(Issuance.number)).where(Issuance.round == round).scalar() or 0


def require_last(round: Round, number: int) -> None:
    """Raise `IssuedMeanwhile` unless *number* (0: none) is the newest issued report of *round*."""
    last = last_number(round)
    if last != number:
        raise IssuedMeanwhile(last)


def issuances_of(round: Round) -> list[Issuance]:
    """All that was issued in *round*, newest first, with who issued it; without the files."""
    query = Issuance.select(Issuance, Account).join(Account).where(Issuance.round == round)
    return list(query.order_by(Issuance.number.desc()))


def get_issuance(round: Round, number: int) -> Issuance | None:
    """The issued report of that number, with who issued it, or None."""
    query = Issuance.select(Issuance, Account).join(Account)
    found: Issuance | None = query.where((Issuance.round == round) & (Issuance.number == number)).first()
    return found


def files_of(issuance: Issuance) -> list[IssuedFile]:
    """Its files in the order in which they were kept, without their bytes."""
    return list(IssuedFile.select(*_LISTED).where(IssuedFile.issuance == issuance).order_by(IssuedFile.id))


def file_of(issuance: Issuance, file_id: int) -> IssuedFile | None:
    """The file of that id with its bytes, if it is of *issuance*."""
    here = (IssuedFile.issuance == issuance) & (IssuedFile.id == file_id)
    found: IssuedFile | None = IssuedFile.get_or_none(here)
    return found
