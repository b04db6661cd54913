"""Guessing is slowed down for the pair of name and address, and nobody else feels it."""

from __future__ import annotations

from datetime import datetime

import people
import pytest
from people import FAST_HASH, PASSWORD

from nhanquyen.store import accounts
from nhanquyen.store.accounts import Hasher, SignInRefused
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, SignInFailure
from nhanquyen.store.throttle import FREE_FAILURES

HASHER = Hasher(FAST_HASH)


def sign_in(name: str, password: str, at: datetime, ip: str = "192.0.2.10") -> tuple[Account, str]:
    return accounts.sign_in(name, password, Actor(None, ip, at), HASHER)


def refused(name: str, password: str, at: datetime, ip: str = "192.0.2.10") -> int | None:
    """For how long it is held back, if it is; a password that gets in is an error."""
    with pytest.raises(SignInRefused) as refusal:
        sign_in(name, password, at, ip)
    return refusal.value.retry_after


def test_a_name_is_held_back_for_longer_each_time(stored: people.Seed, clock: people.SettableClock) -> None:
    waits = []
    for attempt in range(FREE_FAILURES + 8):
        assert refused("p1", "sai mật khẩu", clock()) is None, attempt
        held = refused("p1", PASSWORD, clock()) if attempt >= FREE_FAILURES - 1 else None
        if held is not None:
            waits.append(held)
            clock.move(seconds=held - 1)
            assert refused("p1", PASSWORD, clock()) == 1
            clock.move(seconds=1)
    assert waits == [15, 30, 60, 120, 240, 480, 900, 900, 900]
    assert sign_in("p1", PASSWORD, clock())[0] == stored.accounts["p1"]
    assert SignInFailure.select().count() == 0


def test_only_the_pair_of_name_and_address_is_held_back(stored: people.Seed, clock: people.SettableClock) -> None:
    for _ in range(20):
        refused("p1", "sai mật khẩu", clock())
        clock.move(minutes=20)
    refused("p1", "sai mật khẩu", clock())
    assert refused("p1", PASSWORD, clock()) is not None
    assert sign_in("lt", PASSWORD, clock())[0] == stored.accounts["lt"]
    assert sign_in("p1", PASSWORD, clock(), ip="192.0.2.77")[0] == stored.accounts["p1"]
    assert refused("P1 ", PASSWORD, clock()) is not None


def test_attempts_while_held_back_cost_no_hashing(stored: people.Seed, clock: people.SettableClock) -> None:
    for _ in range(FREE_FAILURES):
        refused("p1", "sai mật khẩu", clock())

    class Counting(Hasher):
        tried = 0

        def matches(self, account: Account | None, password: str) -> bool:
            self.tried += 1
            return super().matches(account, password)

    counting = Counting(FAST_HASH)
    for _ in range(50):
        with pytest.raises(SignInRefused):
            accounts.sign_in("p1", PASSWORD, Actor(None, "192.0.2.10", clock()), counting)
    assert counting.tried == 0
    assert SignInFailure.get().failures == FREE_FAILURES


def test_failures_of_yesterday_are_forgotten(stored: people.Seed, clock: people.SettableClock) -> None:
    for _ in range(FREE_FAILURES - 1):
        refused("p1", "sai mật khẩu", clock())
    clock.move(hours=25)
    assert refused("p1", "sai mật khẩu", clock()) is None
    assert SignInFailure.get().failures == 1
    assert sign_in("p1", PASSWORD, clock())


def test_a_clock_set_back_holds_nobody_back_for_hours(stored: people.Seed, clock: people.SettableClock) -> None:
    for _ in range(FREE_FAILURES):
        refused("p1", "sai mật khẩu", clock())
    clock.move(hours=-2)
    assert sign_in("p1", PASSWORD, clock())


def test_failures_at_once_are_all_counted(stored: people.Seed, clock: people.SettableClock) -> None:
    assert set(people.in_parallel(10, lambda _: refused("p1", "sai mật khẩu", clock()))) <= {None, 15, 30, 60, 120, 240}
    failure = SignInFailure.get()
    assert FREE_FAILURES <= failure.failures <= 10
    assert refused("p1", PASSWORD, clock()) is not None
