"""Accounts and their sessions."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from peewee import DatabaseError, IntegrityError
from werkzeug.security import check_password_hash, generate_password_hash

from nhanquyen.store import events, throttle
from nhanquyen.store.database import is_sqlite, transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Session, Unit
from nhanquyen.store.prepared import Prepared, every
from nhanquyen.store.trouble import Trouble, trouble_of
from nhanquyen.text import clean_line, search_key

PASSWORD_MIN, PASSWORD_MAX = 10, 200
CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 16
CODE_VALID_FOR = timedelta(days=60)
MAX_TYPED = 1000  # characters of a typed name or password that are looked at
SEEN_EVERY = timedelta(seconds=60)
FORBIDDEN_WORDS = ("matkhau", "password", "nhanquyen", "duyenhai", "123456", "qwerty", "congan", "baocao")


class Role(StrEnum):
    """What an account may do."""

    UNIT = "unit"
    SYNTHESIS = "synthesis"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        return ROLE_LABELS[self]


ROLE_LABELS = {Role.UNIT: "Đơn vị", Role.SYNTHESIS: "Đội Tổng hợp", Role.ADMIN: "Quản trị"}


class SignInRefused(Exception):
    """Signing in failed; *retry_after* is set (seconds) while this name is held back from this address."""

    def __init__(self, retry_after: int | None = None) -> None:
        super().__init__("sign-in refused")
        self.retry_after = retry_after


class AccountRefused(Exception):
    """The account was not changed; the message says in Vietnamese why and what to do."""


def normalise_username(text: str) -> str:
    """How a user name is stored and compared: without case, accents and blanks."""
    return search_key(text[:MAX_TYPED]).replace(" ", "")[:60]


def normalise_password(text: str) -> str:
    """The NFC form, so that a Vietnamese password typed on another keyboard matches.

    No password is as long as what is cut off: a huge one costs nothing and is too long all the same.
    """
    return clean_line(text[:MAX_TYPED])[: PASSWORD_MAX + 1]


def new_code() -> str:
    """A one-time password to print: 16 letters and digits in groups of four, 79 bits."""
    return _as_code("".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH)))


def password_fault(password: str, account: Account) -> str | None:
    """Why *password* (normalised) cannot be taken for *account*, in Vietnamese, or None."""
    if len(password) < PASSWORD_MIN:
        return f"Nhập mật khẩu ít nhất {PASSWORD_MIN} ký tự. Một câu ngắn dễ nhớ là tốt nhất."
    if len(password) > PASSWORD_MAX:
        return f"Nhập mật khẩu nhiều nhất {PASSWORD_MAX} ký tự."
    plain = search_key(password).replace(" ", "")
    names = search_key(account.display_name).split()
    tails = {"".join(names[start:]) for start in range(len(names))}  # "phuong1" of "Ủy ban nhân dân Phường 1" too
    rest = plain
    for word in sorted({account.username, *tails, *FORBIDDEN_WORDS}, key=len, reverse=True):
        rest = rest.replace(word, "") if len(word) > 3 or word == account.username else rest
    if len(set(plain)) < 5 or len(rest) < 5:
        return "Mật khẩu này dễ đoán. Nhập một câu khác, không chứa tên đơn vị hoặc dãy số quen thuộc."
    return None


def _as_code(text: str) -> str:
    """*text* as `new_code` writes a one-time password, where it is one."""
    bare = text.lower().replace("-", "").replace(" ", "")
    fits = len(bare) == CODE_LENGTH and set(bare) <= set(CODE_ALPHABET)
    return "-".join(bare[start : start + 4] for start in range(0, CODE_LENGTH, 4)) if fits else text


class Hasher:
    """Hashes passwords with *method* (werkzeug's name of it)."""

    def __init__(self, method: str = "scrypt") -> None:
        self.method = method
        self._decoy = self.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        return generate_password_hash(password, method=self.method)

    def matches(self, account: Account | None, password: str) -> bool:
        """Takes as long for a name that does not exist as for a wrong password.

        A one-time password is read from paper: its letter case, blanks and hyphens do not matter.
        """
        known = account.password_hash if account else self._decoy
        if account is not None and account.must_change:
            password = _as_code(password)
        return check_password_hash(known, password) and account is not None


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(
    username: str, password: str, actor: Actor, hasher: Hasher, replaces: str | None = None
) -> tuple[Account, str]:
    """The account and the token of its new session; the session of the token *replaces* ends. Raises `SignInRefused`.

    Only the pair of name and address is held back after failures, so nobody can shut a unit out from elsewhere.
    """
    username = normalise_username(username)
    if held := throttle.seconds_held(username, actor):
        raise SignInRefused(held)
    account: Account | None = Account.get_or_none(Account.username == username)
    matches = hasher.matches(account, normalise_password(password))
    expired = account and account.must_change and account.code_expires_at and account.code_expires_at < actor.at
    if account is None or not matches or account.disabled_at is not None or expired:
        _record_failure(username, account, actor)
        raise SignInRefused
    return account, _begin_session(account, actor, replaces)


def confirm(account: Account, password: str, actor: Actor, hasher: Hasher) -> None:
    """Make sure that who is signed in as *account* knows its password. Raises `SignInRefused` as signing in does."""
    if held := throttle.seconds_held(account.username, actor):
        raise SignInRefused(held)
    if not hasher.matches(account, normalise_password(password)):
        _record_failure(account.username, account, actor)
        raise SignInRefused


def _record_failure(username: str, account: Account | None, actor: Actor) -> None:
    """The log names known accounts only: people type passwords into the wrong box."""
    with transaction():
        throttle.count_failure(username, actor)
        unit = account.unit_id if account else None
        events.record("sign_in_failed", actor, unit=unit, subject=username if account else "(không có tên này)")


def _begin_session(account: Account, actor: Actor, replaces: str | None) -> str:
    """The token of a new session, unless *account* was disabled or got another password since it was loaded."""
    token = secrets.token_urlsafe(32)
    unchanged = (Account.password_hash == account.password_hash) & Account.disabled_at.is_null()
    with transaction():
        if not Account.update(signed_in_at=actor.at).where((Account.id == account.id) & unchanged).execute():
            raise SignInRefused
        throttle.forget(account.username, actor)
        if replaces is not None:
            Session.delete().where(Session.token_hash == _hash_token(replaces)).execute()
        Session.create(
            token_hash=_hash_token(token), account=account, created_at=actor.at, seen_at=actor.at, ip=actor.ip
        )
        events.record("sign_in", Actor(account, actor.ip, actor.at), unit=account.unit_id)
    return token


def _note_seen(session: Session, now: datetime) -> None:
    """Remember that the session was used. A disk that takes nothing more must not keep people from reading."""
    try:
        with transaction():
            Session.update(seen_at=now).where(Session.token_hash == session.token_hash).execute()
    except DatabaseError as error:
        if trouble_of(error) not in (Trouble.FULL, Trouble.DISK):
            raise


_SESSION = Prepared(
    every(Session, Account),
    lambda query, slot: query.join(Account).where(
        (Session.token_hash == slot("token_hash")) & Account.disabled_at.is_null()
    ),
)


def account_of_session(token: str, now: datetime, idle: timedelta, absolute: timedelta) -> Account | None:
    """The account of a living session; None once it is signed out, disabled or past its limits."""
    found = _SESSION.models(token_hash=_hash_token(token))
    if not found:
        return None
    session, account = found[0]
    if now - session.seen_at > idle or now - session.created_at > absolute:
        return None
    if now - session.seen_at > SEEN_EVERY:
        _note_seen(session, now)
    living: Account = account
    return living


def sign_out(token: str, actor: Actor) -> None:
    """End the session of *token*."""
    with transaction():
        Session.delete().where(Session.token_hash == _hash_token(token)).execute()
        events.record("sign_out", actor, unit=actor.account.unit_id if actor.account else None)


def end_sessions(account: Account, keep_token: str | None = None) -> None:
    """End all sessions of *account*, but for the one of *keep_token*. Call it inside a transaction."""
    query = Session.delete().where(Session.account == account)
    if keep_token is not None:
        query = query.where(Session.token_hash != _hash_token(keep_token))
    query.execute()


def change_password(account: Account, password: str, token: str, actor: Actor, hasher: Hasher) -> None:
    """Set a password that `password_fault` passed; every other session of the account ends.

    Raises `AccountRefused` when the account has got another password since it was loaded: a reset stands.
    """
    hashed = hasher.hash(password)
    loaded = (Account.id == account.id) & (Account.password_hash == account.password_hash)
    with transaction():
        if not Account.update(password_hash=hashed, must_change=False, code_expires_at=None).where(loaded).execute():
            raise AccountRefused("Mật khẩu của tài khoản vừa được cấp lại. Đăng nhập bằng mật khẩu mới.")
        end_sessions(account, keep_token=token)
        events.record("password_changed", actor, unit=account.unit_id)


def add_account(
    username: str, display_name: str, role: Role, unit: Unit | None, actor: Actor, hasher: Hasher
) -> tuple[Account, str]:
    """A new account and its one-time password. Raises `AccountRefused` when the name is taken."""
    code = new_code()
    hashed = hasher.hash(code)
    try:
        with transaction():
            account = store_account(normalise_username(username), clean_line(display_name), role, unit, hashed, actor)
    except IntegrityError as error:
        raise AccountRefused("Tên đăng nhập này đã có. Ghi tên khác.") from error
    return account, code


def store_account(username: str, name: str, role: Role, unit: Unit | None, hashed: str, actor: Actor) -> Account:
    """Add an account whose one-time password has the hash *hashed*. Call it inside a transaction."""
    account: Account = Account.create(
        username=username,
        display_name=name,
        role=role,
        unit=unit,
        password_hash=hashed,
        must_change=True,
        code_expires_at=actor.at + CODE_VALID_FOR,
        created_at=actor.at,
    )
    events.record("account_added", actor, unit=unit, subject=username, role=role.value)
    return account


def reset_password(account: Account, actor: Actor, hasher: Hasher) -> str:
    """Give *account* a new one-time password and end its sessions; the password. Raises `AccountRefused`."""
    code = new_code()
    hashed = hasher.hash(code)
    with transaction():
        if not store_code(account, hashed, actor):
            raise AccountRefused("Mật khẩu của tài khoản này vừa được đổi. Xem lại rồi cấp lại nếu vẫn cần.")
    return code


def store_code(account: Account, hashed: str, actor: Actor) -> bool:
    """Set a one-time password, unless the account has got another password since it was loaded; whether it was set.

    Call it inside a transaction.
    """
    loaded = (Account.id == account.id) & (Account.password_hash == account.password_hash)
    values = {
        "password_hash": hashed,
        "must_change": True,
        "code_expires_at": actor.at + CODE_VALID_FOR,
        "disabled_at": None,
    }
    if not Account.update(values).where(loaded).execute():
        return False
    end_sessions(account)
    events.record("account_reset", actor, unit=account.unit_id, subject=account.username)
    return True


def set_disabled(account: Account, disabled: bool, actor: Actor) -> None:
    """Disable *account*, which ends its sessions at once, or enable it again.

    Raises `AccountRefused` rather than disable the one who asks or the last admin.
    """
    with transaction():
        if disabled:
            _refuse_to_lock_out(account, actor)
        Account.update(disabled_at=actor.at if disabled else None).where(Account.id == account.id).execute()
        if disabled:
            end_sessions(account)
        action = "account_disabled" if disabled else "account_enabled"
        events.record(action, actor, unit=account.unit_id, subject=account.username)


def _refuse_to_lock_out(account: Account, actor: Actor) -> None:
    if actor.account is not None and account.id == actor.account.id:
        raise AccountRefused("Không tự khóa tài khoản đang dùng. Nhờ một quản trị khác khóa giúp.")
    if account.role == Role.ADMIN and not account.disabled_at and count_active_admins() <= 1:
        raise AccountRefused("Đây là quản trị cuối cùng nên không khóa được. Tạo thêm một quản trị khác trước.")


def count_active_admins() -> int:
    """How many admins can sign in; held against other writers until the transaction ends."""
    query = Account.select().where((Account.role == Role.ADMIN) & Account.disabled_at.is_null())
    return len(list(query if is_sqlite() else query.for_update()))
