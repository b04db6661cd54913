"""Who gets in and who does not: passwords, the throttle, sessions, and what the log keeps of it."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from datetime import datetime, timedelta

import people
import pytest
from people import FAST_HASH, PASSWORD

from nhanquyen.store import accounts
from nhanquyen.store.accounts import AccountRefused, Hasher, Role, SignInRefused
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Event, Session, SignInFailure

IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)
HASHER = Hasher(FAST_HASH)


def sign_in(name: str, password: str, at: datetime, ip: str = "192.0.2.10") -> tuple[Account, str]:
    return accounts.sign_in(name, password, Actor(None, ip, at), HASHER)


def refused(name: str, password: str, at: datetime, ip: str = "192.0.2.10") -> int | None:
    """For how long it is held back, if it is; a password that gets in is an error."""
    with pytest.raises(SignInRefused) as refusal:
        sign_in(name, password, at, ip)
    return refusal.value.retry_after


def living(token: str, at: datetime) -> Account | None:
    return accounts.account_of_session(token, at, IDLE, ABSOLUTE)


def actions() -> list[tuple[str, str]]:
    return [
        (event.action, event.subject) for event in Event.select().order_by(Event.id) if event.action != "round_opened"
    ]


# --- Names and passwords ---------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["p1", "P1", " p1 ", "p 1", "p1\u200b"])
def test_a_name_is_found_however_it_is_typed(stored: people.Seed, clock: people.SettableClock, typed: str) -> None:
    assert sign_in(typed, PASSWORD, clock())[0] == stored.accounts["p1"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_vietnamese_password_matches_from_every_keyboard(
    stored: people.Seed, clock: people.SettableClock, form: str
) -> None:
    typed = unicodedata.normalize(form, PASSWORD)  # type: ignore[arg-type]
    assert sign_in("p1", typed, clock())[0] == stored.accounts["p1"]
    assert refused("p1", PASSWORD.replace("ùa", "ua"), clock()) is None


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_password_may_be_set_in_either_form(stored: people.Seed, clock: people.SettableClock, form: str) -> None:
    new = accounts.normalise_password(unicodedata.normalize(form, "  Đồng lúa chín vàng  "))  # type: ignore[arg-type]
    account, token = sign_in("p1", PASSWORD, clock())
    accounts.change_password(account, new, token, stored.actor("p1", clock()), HASHER)
    assert sign_in("p1", "Đồng lúa chín vàng", clock())[0] == account
    assert refused("p1", PASSWORD, clock()) is None


def test_every_character_of_a_password_counts(stored: people.Seed, clock: people.SettableClock) -> None:
    """Some hashes look at the first 72 bytes only."""
    long = "đêm " * 24 + "cuối 123"
    account, token = sign_in("p1", PASSWORD, clock())
    accounts.change_password(account, long, token, stored.actor("p1", clock()), HASHER)
    assert refused("p1", long[:-1] + "4", clock()) is None
    assert sign_in("p1", long, clock())[0] == account


@pytest.mark.parametrize("huge", ["a" * 5_000_000, "ế" * 2_500_000, "a\u0301" * 2_000_000, "\x00" * 5_000_000])
def test_a_huge_password_or_name_is_refused_at_once(
    stored: people.Seed, clock: people.SettableClock, huge: str
) -> None:
    started = time.perf_counter()
    assert refused("p1", huge, clock()) is None
    assert refused(huge, PASSWORD, clock()) is None
    assert time.perf_counter() - started < 0.5
    assert all(len(event.subject) < 100 for event in Event.select())


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("Đồng lúa", "ít nhất 10 ký tự"),
        ("x" * 201, "nhiều nhất 200 ký tự"),
        ("y" * 5000, "nhiều nhất 200 ký tự"),
        ("aaaaaaaaaaaa", "dễ đoán"),
        ("matkhau123456", "dễ đoán"),
        ("Mật khẩu 123456", "dễ đoán"),
        ("Ủy ban nhân dân Phường 1", "dễ đoán"),
        ("uybannhandanphuong1 12", "dễ đoán"),
        ("mùa nước nổi", None),
        ("🌾🌾 lúa 🌾🌾 chín", None),
        ("d" * 5 + "bcdefghi " * 20, None),
    ],
)
def test_passwords_are_judged_by_length_and_by_what_everybody_guesses(
    stored: people.Seed, password: str, fault: str | None
) -> None:
    found = accounts.password_fault(accounts.normalise_password(password), stored.accounts["p1"])
    assert fault in (found or "") if fault else found is None


def test_one_time_passwords_are_random_and_easy_to_type() -> None:
    codes = {accounts.new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(re.fullmatch(r"([2-9a-hj-km-np-z]{4}-){3}[2-9a-hj-km-np-z]{4}", code) for code in codes)


def test_passwords_are_kept_as_salted_scrypt(stored: people.Seed) -> None:
    one, two = Hasher().hash(PASSWORD), Hasher().hash(PASSWORD)
    assert one != two
    assert one.startswith("scrypt:32768:8:1$")
    hashes = [account.password_hash for account in Account.select()]
    assert len(set(hashes)) == len(hashes)


# --- Sessions --------------------------------------------------------------------------------------


def test_a_session_ends_when_nothing_is_done_and_in_any_case(stored: people.Seed, clock: people.SettableClock) -> None:
    _, idle = sign_in("p1", PASSWORD, clock())
    clock.move(minutes=30)
    assert living(idle, clock()) == stored.accounts["p1"]
    clock.move(minutes=30, seconds=1)
    assert living(idle, clock()) is None
    _, busy = sign_in("p1", PASSWORD, clock())
    for _ in range(48):
        clock.move(minutes=15)
        assert living(busy, clock()) is not None
    clock.move(seconds=1)
    assert living(busy, clock()) is None


@pytest.mark.parametrize("seconds", [30, 2 * 3600])
def test_a_clock_set_back_ends_no_session(stored: people.Seed, clock: people.SettableClock, seconds: int) -> None:
    _, token = sign_in("p1", PASSWORD, clock())
    clock.move(seconds=-seconds)
    assert living(token, clock()) == stored.accounts["p1"]


def test_the_token_itself_is_nowhere_in_the_database(stored: people.Seed, clock: people.SettableClock) -> None:
    _, token = sign_in("p1", PASSWORD, clock())
    session = Session.get()
    assert len(token) >= 43
    assert token not in json.dumps([str(value) for value in session.__data__.values()])
    assert living(session.token_hash, clock()) is None


def test_signing_in_anew_ends_the_session_that_it_replaces(stored: people.Seed, clock: people.SettableClock) -> None:
    _, first = sign_in("p1", PASSWORD, clock())
    _, elsewhere = sign_in("p1", PASSWORD, clock())
    actor = Actor(None, "192.0.2.10", clock())
    _, second = accounts.sign_in("p1", PASSWORD, actor, HASHER, replaces=first)
    assert living(first, clock()) is None
    assert living(elsewhere, clock()) is not None
    assert living(second, clock()) is not None


def test_signing_out_ends_that_session_alone(stored: people.Seed, clock: people.SettableClock) -> None:
    _, here = sign_in("p1", PASSWORD, clock())
    _, elsewhere = sign_in("p1", PASSWORD, clock())
    accounts.sign_out(here, stored.actor("p1", clock()))
    assert living(here, clock()) is None
    assert living(elsewhere, clock()) is not None


def test_a_changed_password_ends_all_other_sessions(stored: people.Seed, clock: people.SettableClock) -> None:
    account, here = sign_in("p1", PASSWORD, clock())
    _, elsewhere = sign_in("p1", PASSWORD, clock())
    _, other = sign_in("lt", PASSWORD, clock())
    accounts.change_password(account, "một câu khác hẳn", here, stored.actor("p1", clock()), HASHER)
    assert [living(token, clock()) is not None for token in (here, elsewhere, other)] == [True, False, True]


def test_a_reset_ends_all_sessions_and_asks_for_a_new_password(
    stored: people.Seed, clock: people.SettableClock
) -> None:
    account, token = sign_in("p1", PASSWORD, clock())
    code = accounts.reset_password(account, stored.actor("quantri", clock()), HASHER)
    assert living(token, clock()) is None
    assert refused("p1", PASSWORD, clock()) is None
    again, _ = sign_in("p1", code, clock())
    assert again.must_change
    with pytest.raises(AccountRefused, match="vừa được đổi"):
        accounts.reset_password(account, stored.actor("quantri", clock()), HASHER)


def test_a_one_time_password_expires(stored: people.Seed, clock: people.SettableClock) -> None:
    code = accounts.reset_password(stored.accounts["p1"], stored.actor("quantri", clock()), HASHER)
    clock.move(days=60)
    assert sign_in("p1", code, clock())[0].must_change
    clock.move(seconds=1)
    assert refused("p1", code, clock()) is None


def test_a_disabled_account_is_out_on_the_next_request(stored: people.Seed, clock: people.SettableClock) -> None:
    account, token = sign_in("p1", PASSWORD, clock())
    accounts.set_disabled(account, True, stored.actor("quantri", clock()))
    assert living(token, clock()) is None
    assert refused("p1", PASSWORD, clock()) is None
    accounts.set_disabled(account, False, stored.actor("quantri", clock()))
    assert living(token, clock()) is None
    assert sign_in("p1", PASSWORD, clock())[0] == account


def test_a_session_cannot_begin_while_the_account_is_reset(stored: people.Seed, clock: people.SettableClock) -> None:
    """The password was right when it was looked at, and is no longer when the session begins."""

    class Interrupted(Hasher):
        def matches(self, account: Account | None, password: str) -> bool:
            right = super().matches(account, password)
            accounts.reset_password(stored.accounts["p1"], stored.actor("quantri", clock()), HASHER)
            return right

    with pytest.raises(SignInRefused):
        accounts.sign_in("p1", PASSWORD, Actor(None, "192.0.2.10", clock()), Interrupted(FAST_HASH))
    assert Session.select().count() == 0


# --- Admins ----------------------------------------------------------------------------------------


def test_nobody_locks_the_last_admin_or_himself_out(stored: people.Seed, clock: people.SettableClock) -> None:
    boss = stored.accounts["quantri"]
    with pytest.raises(AccountRefused, match="Không tự khóa"):
        accounts.set_disabled(boss, True, stored.actor("quantri", clock()))
    with pytest.raises(AccountRefused, match="quản trị cuối cùng"):
        accounts.set_disabled(boss, True, Actor(None, "", clock()))
    assert Account.get_by_id(boss.id).disabled_at is None


def test_two_admins_cannot_disable_each_other_at_once(stored: people.Seed, clock: people.SettableClock) -> None:
    one = stored.accounts["quantri"]
    two = people.make_account("quantri2", "Quản trị hai", Role.ADMIN, None, clock())
    pairs = [(one, two), (two, one)]

    def disable_the_other(number: int) -> None:
        who, whom = pairs[number]
        accounts.set_disabled(whom, True, Actor(who, "192.0.2.10", clock()))

    faults = people.in_parallel(2, disable_the_other)
    assert {type(fault) for fault in faults} == {AccountRefused, type(None)}
    assert accounts.count_active_admins() == 1


def test_a_name_is_given_once(stored: people.Seed, clock: people.SettableClock) -> None:
    unit, boss = stored.units["P1"], stored.actor("quantri", clock())
    for name in ("p1", "P1", " P 1"):
        with pytest.raises(AccountRefused, match="đã có"):
            accounts.add_account(name, "Phường 1", Role.UNIT, unit, boss, HASHER)
    account, code = accounts.add_account("Phường Một", "Phường 1", Role.UNIT, unit, boss, HASHER)
    assert account.username == "phuongmot"
    assert sign_in("phuong mot", code, clock())[0].must_change


# --- The log ---------------------------------------------------------------------------------------


def test_every_act_is_in_the_log_with_who_when_and_from_where(stored: people.Seed, clock: people.SettableClock) -> None:
    boss = stored.actor("quantri", clock(), "192.0.2.1")
    refused("p1", "sai mật khẩu", clock(), "192.0.2.66")
    account, token = sign_in("p1", PASSWORD, clock())
    accounts.change_password(account, "một câu khác hẳn", token, stored.actor("p1", clock()), HASHER)
    accounts.sign_out(token, stored.actor("p1", clock()))
    _, code = accounts.add_account("p1b", "Phường 1", Role.UNIT, stored.units["P1"], boss, HASHER)
    reset = accounts.reset_password(Account.get_by_id(account.id), boss, HASHER)
    accounts.set_disabled(account, True, boss)
    accounts.set_disabled(account, False, boss)
    assert actions() == [
        ("sign_in_failed", "p1"), ("sign_in", ""), ("password_changed", ""), ("sign_out", ""), ("account_added", "p1b"),
        ("account_reset", "p1"), ("account_disabled", "p1"), ("account_enabled", "p1"),
    ]  # fmt: skip
    events = list(Event.select().where(Event.action != "round_opened").order_by(Event.id))
    assert all(event.at == clock() for event in events)
    assert [event.ip[-2:] for event in events] == ["66", "10", "10", "10", ".1", ".1", ".1", ".1"]
    assert [event.actor for event in events[:2]] == ["Chưa đăng nhập", "Ủy ban nhân dân Phường 1"]
    assert {event.unit_id for event in events} == {stored.units["P1"].id}
    text = json.dumps([[str(value) for value in event.__data__.values()] for event in events], ensure_ascii=False)
    for secret in (PASSWORD, "một câu khác hẳn", "sai mật khẩu", token, code, reset):
        assert secret not in text


def test_a_password_typed_into_the_name_is_not_logged(stored: people.Seed, clock: people.SettableClock) -> None:
    refused(PASSWORD, "", clock())
    (event,) = Event.select().where(Event.action == "sign_in_failed")
    assert (event.subject, event.detail) == ("(không có tên này)", {})
    assert SignInFailure.get().name_key != PASSWORD
