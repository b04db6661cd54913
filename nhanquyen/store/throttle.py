"""Failed sign-ins: a name is held back from the address that guesses, and from there alone."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from math import ceil

from peewee import Expression

from nhanquyen.store.events import Actor
from nhanquyen.store.models import SignInFailure

FREE_FAILURES = 5
FIRST_BLOCK = timedelta(seconds=15)
LONGEST_BLOCK = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)


def _name_key(username: str) -> str:
    return hashlib.sha256(username.encode()).hexdigest()


def _pair(username: str, actor: Actor) -> Expression:
    name: Expression = SignInFailure.name_key == _name_key(username)
    return name & (SignInFailure.ip == actor.ip)


def seconds_held(username: str, actor: Actor) -> int:
    """For how long *username* is still held back from the address of *actor*; 0 when it is not."""
    held = SignInFailure.get_or_none(_pair(username, actor))
    if held is None or held.blocked_until is None or held.failed_at > actor.at:  # the clock was set back since
        return 0
    seconds: float = (held.blocked_until - actor.at).total_seconds()
    return max(0, ceil(seconds))


def count_failure(username: str, actor: Actor) -> None:
    """One failure more; from `FREE_FAILURES` on, each holds the pair back for twice as long. In a transaction."""
    SignInFailure.delete().where(SignInFailure.failed_at < actor.at - FORGOTTEN_AFTER).execute()
    new = {"name_key": _name_key(username), "ip": actor.ip, "failed_at": actor.at}
    SignInFailure.insert(new).on_conflict_ignore().execute()
    pair = _pair(username, actor)
    SignInFailure.update(failures=SignInFailure.failures + 1, failed_at=actor.at).where(pair).execute()
    over: int = SignInFailure.get(pair).failures - FREE_FAILURES
    if over >= 0:
        wait = min(FIRST_BLOCK * 2 ** min(over, 10), LONGEST_BLOCK)
        SignInFailure.update(blocked_until=actor.at + wait).where(pair).execute()


def forget(username: str, actor: Actor) -> None:
    """The password was right: the pair starts anew. In a transaction."""
    SignInFailure.delete().where(_pair(username, actor)).execute()
