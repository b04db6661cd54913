"""Decisions about rows of several units that tell the same activity: count it once, or each for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from nhanquyen.store import events
from nhanquyen.store.database import transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Overlap, Round

ONCE, EACH = "once", "each"
VERDICT_LABELS = {ONCE: "Tính một lần", EACH: "Tính riêng từng đơn vị"}


class Member(TypedDict):
    """One of the rows; *amounts* is what it has put into its unit's totals, by path."""

    report: int
    revision: int
    row: str
    code: str
    kept: bool
    amounts: dict[str, int]


def overlaps_of(round: Round) -> list[Overlap]:
    """All decisions of *round*, newest first, with who made them."""
    query = Overlap.select(Overlap, Account).join(Account).where(Overlap.round == round)
    return list(query.order_by(Overlap.decided_at.desc(), Overlap.id.desc()))


def decide(
    round: Round, fingerprint: str, title: str, verdict: str, members: Sequence[Member], note: str, actor: Actor
) -> None:
    """Decide about the rows that share *fingerprint*, in place of an earlier decision.

    ValueError unless, counted once, exactly one of them is kept.
    """
    if verdict not in VERDICT_LABELS:
        raise ValueError(verdict)
    if verdict == ONCE and sum(member["kept"] for member in members) != 1:
        raise ValueError("counted once, one row is kept")
    values = {
        "title": title[:600], "verdict": verdict, "members": list(members), "note": note, "decided_at": actor.at,
        "decided_by": actor.account,
    }  # fmt: skip
    with transaction():
        here = (Overlap.round == round) & (Overlap.fingerprint == fingerprint)
        if not Overlap.update(values).where(here).execute():
            Overlap.insert(round=round, fingerprint=fingerprint, **values).execute()
        events.record(
            "overlap_decided", actor, round=round, subject=f"{VERDICT_LABELS[verdict]}: {title}", note=note,
            units=[f"{member['code']}{' (giữ)' if member['kept'] else ''}" for member in members],
        )  # fmt: skip
