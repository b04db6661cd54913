"""Accounts as the admin handles them: found, and made or given new passwords by the dozen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from peewee import JOIN, fn

from nhanquyen.store.accounts import Hasher, Role, new_code, normalise_username, store_account, store_code
from nhanquyen.store.database import rows_of, transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Unit
from nhanquyen.store.units import active_on
from nhanquyen.text import search_key

HASHING_THREADS = 4


def state_of(account: Account) -> str:
    """A checksum that changes with the account's password, to notice that a reset was already done."""
    return hashlib.sha256(account.password_hash.encode()).hexdigest()[:16]


def find_account(account_id: int) -> Account | None:
    """The account with its unit, or None."""
    found: Account | None = (
        Account.select(Account, Unit).join(Unit, JOIN.LEFT_OUTER).where(Account.id == account_id).get_or_none()
    )
    return found


def list_accounts(text: str = "", role: Role | None = None) -> list[Account]:
    """Accounts with their units, in the order of the unit list, the Team and the admins first.

    *text* is looked for, without case and accents, in user name, display name and all that a unit is found by.
    """
    query = (
        Account.select(Account, Unit)
        .join(Unit, JOIN.LEFT_OUTER)
        .order_by(fn.COALESCE(Unit.position, 0), Account.role, Account.username)
    )
    if role is not None:
        query = query.where(Account.role == role)
    words = search_key(text).split()
    return [account for account in query if _found_by(account, words)]


def _found_by(account: Account, words: list[str]) -> bool:
    text = f"{account.username} {search_key(account.display_name)} {account.unit.search_key if account.unit else ''}"
    return all(word in text for word in words)


def units_without_account(day: date) -> list[Unit]:
    """The units that are active on *day* and that nobody can sign in for, in order."""
    having = Account.select(Account.unit).where(Account.unit.is_null(False))
    return list(Unit.select().where(active_on(day) & Unit.id.not_in(having)).order_by(Unit.position, Unit.id))


def _free_username(code: str, taken: set[str]) -> str:
    stem = name = normalise_username(code)
    number = 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name


def _hash_all(codes: Sequence[str], hasher: Hasher) -> list[str]:
    """Hashing is slow on purpose and leaves the interpreter free, so it runs on all cores."""
    with ThreadPoolExecutor(HASHING_THREADS) as pool:
        return list(pool.map(hasher.hash, codes))


def add_unit_accounts(units: Sequence[Unit], actor: Actor, hasher: Hasher) -> list[tuple[Account, str]]:
    """An account, named after its code, for each of *units* that has none yet, with the one-time passwords."""
    codes = [new_code() for _ in units]
    hashes = _hash_all(codes, hasher)
    made = []
    with transaction():
        having = {row[0] for row in rows_of(Account.select(Account.unit).where(Account.unit.is_null(False)))}
        taken = {row[0] for row in rows_of(Account.select(Account.username))}
        for unit, code, hashed in zip(units, codes, hashes, strict=True):
            if unit.id not in having:
                username = _free_username(unit.code, taken)
                taken.add(username)
                made.append((store_account(username, unit.name, Role.UNIT, unit, hashed, actor), code))
    return made


def reset_passwords(accounts: Sequence[Account], actor: Actor, hasher: Hasher) -> list[tuple[Account, str]]:
    """New one-time passwords for *accounts* as they were loaded; one that was changed meanwhile is left out."""
    codes = [new_code() for _ in accounts]
    hashes = _hash_all(codes, hasher)
    with transaction():
        return [
            (account, code)
            for account, code, hashed in zip(accounts, codes, hashes, strict=True)
            if store_code(account, hashed, actor)
        ]
