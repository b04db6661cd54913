"""First start: the tables, the round, the starter list of units and one admin. Nothing is ever overwritten.

Later starts make sure that the same database is still there, and that no other start is already at work on it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from nhanquyen.clock import format_instant, system_clock
from nhanquyen.config import COMMAND, INSTANCE, read_settings
from nhanquyen.directive import BUILT_IN, load_directive
from nhanquyen.form.unit_list import read_workbook
from nhanquyen.store import accounts, events, units
from nhanquyen.store.account_list import list_accounts
from nhanquyen.store.accounts import Hasher, Role
from nhanquyen.store.archive.acts import NotLogged, record_made
from nhanquyen.store.archive.container import Manifest
from nhanquyen.store.archive.folder import Backup, BackupFolder, Origin
from nhanquyen.store.archive.making import BackupFailed
from nhanquyen.store.creation import creating
from nhanquyen.store.database import DatabaseRefused, bind, connection, journal_of, sqlite_path
from nhanquyen.store.events import Actor
from nhanquyen.store.locking import take
from nhanquyen.store.models import Account
from nhanquyen.store.opening import DatabaseUnusable, has_tables, verify
from nhanquyen.store.rounds import open_round

STARTER_UNITS = BUILT_IN.with_name("units-duyen-hai-2023.xlsx")
ADMIN_NAME = "quantri"
MARK = "expected_database"
LOCK = ".lock"


@dataclass(frozen=True)
class FirstStart:
    """What a first start made: the admin and the one-time password, to be printed once."""

    username: str
    code: str


def claim(file: Path) -> int:
    """Keep other starts off the SQLite database *file* until this process ends, however it ends; the open lock file.

    Raises `DatabaseRefused` while another process holds it.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = take(file.with_name(file.name + LOCK))
    if handle is None:
        raise DatabaseRefused(
            f"Chương trình đang chạy trên dữ liệu này rồi ({file}). "
            "Dùng địa chỉ mà lần chạy đó đã hiện, hoặc dừng lần chạy đó (Ctrl+C) rồi chạy lại."
        )
    return handle


def _set_up(url: str, now: datetime, hasher: Hasher, more: Callable[[], None] | None) -> FirstStart:
    directive = load_directive(BUILT_IN)
    plan = read_workbook(STARTER_UNITS.read_bytes(), [], directive.groups)
    program = Actor(None, "", now)
    with creating(url):
        open_round(directive, program)
        units.apply_import(plan, program)
        account, code = accounts.add_account(ADMIN_NAME, "Quản trị", Role.ADMIN, None, program, hasher)
        events.record("setup", program, subject=directive.number)
        if more is not None:
            more()
    return FirstStart(account.username, code)


def _name(url: str, instance: Path) -> str:
    """What the data folder remembers of a database: no password, and the same wherever the folder is moved."""
    file = sqlite_path(url)
    if file is None:
        parts = urlsplit(url)
        return f"postgresql://{parts.hostname}:{parts.port or 5432}{parts.path}"
    return file.relative_to(instance).as_posix() if file.is_relative_to(instance) else str(file)


def remember(url: str, instance: Path) -> None:
    """Let the data folder *instance* expect the database of *url* from now on.

    Written aside and moved into place, so that a kill leaves either the old name or the new one.
    """
    mark = instance / MARK
    part = mark.with_name(mark.name + ".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(_name(url, instance))
    part.replace(mark)


def _refuse_read_only(url: str) -> None:
    """SQLite would open such a file without a word, and fail at the first save."""
    file = sqlite_path(url)
    if file is not None and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        raise DatabaseRefused(
            f"Không ghi được vào tệp dữ liệu {file}. "
            "Cho người chạy chương trình quyền ghi tệp này và thư mục chứa nó rồi chạy lại."
        )


def prepare(
    url: str,
    instance: Path,
    now: datetime,
    hasher: Hasher,
    more: Callable[[], None] | None = None,
    backups: BackupFolder | None = None,
) -> FirstStart | None:
    """Set up at the very first start; later make sure that the same database is still there and whole.

    *more* is called at the end of setting up, as a part of it. Before an upgrade there is a backup into *backups*.
    The data folder remembers which database was made: if that one is gone, the program refuses to start rather than
    begin an empty one in its place. Raises `DatabaseRefused`.
    """
    bind(url)
    name, remembered = _name(url, instance), _remembered(instance)
    made = None
    refuse_unexpected(url, instance)
    if remembered or has_tables(url):
        bring_up(url, backups, now)
        _refuse_read_only(url)
    else:
        if backups is not None:
            _refuse_to_forget(backups, name)
        made = _set_up(url, now, hasher, more)
    if remembered != name:
        remember(url, instance)
    return made


def _refuse_to_forget(backups: BackupFolder, name: str) -> None:
    """Where backups are, there were data: a folder that was copied without them must not begin an empty round."""
    if any(each.origin is not Origin.OTHER for each in backups.backups()):
        raise DatabaseRefused(
            f"Chưa có dữ liệu ở {name}, nhưng thư mục {backups.path} có bản sao lưu, "
            "nên chương trình không tự bắt đầu một đợt trống.\n"
            f"{way_back(backups)}\n"
            f"Nếu đúng là muốn bắt đầu mới thì chuyển các tệp trong thư mục {backups.path} đi nơi khác rồi chạy lại."
        )


def _remembered(instance: Path) -> str:
    """The name of the database that the data folder expects; blank before the first start."""
    mark = instance / MARK
    return mark.read_text(encoding="utf-8", errors="replace") if mark.exists() else ""


def refuse_unexpected(url: str, instance: Path) -> None:
    """Raises `DatabaseRefused` if the data folder remembers another database than that of *url*.

    Who moved to another database and lost the setting has an old one that still looks whole, or an empty place.
    """
    name, remembered = _name(url, instance), _remembered(instance)
    if not remembered or remembered == name:
        return
    said = f"Lần trước chương trình dùng cơ sở dữ liệu {remembered}; nay cài đặt trỏ tới {name}, "
    fix, mark = "Sửa NHANQUYEN_DATABASE_URL cho đúng; còn nếu", instance / MARK
    if has_tables(url):
        raise DatabaseRefused(
            f"{said}ở đó cũng có dữ liệu. Chương trình không tự chọn, vì chạy nhầm thì mọi người nhập vào dữ liệu cũ. "
            f"{fix} đúng là muốn dùng {name} thì xóa tệp {mark} rồi chạy lại."
        )
    raise DatabaseRefused(f"{said}ở đó chưa có gì. {fix} muốn bắt đầu mới ở đó thì xóa tệp {mark} rồi chạy lại.")


def bring_up(url: str, backups: BackupFolder | None, now: datetime, claiming: bool = False) -> None:
    """`verify`, with a backup in *backups* before an upgrade, without which there is none. Raises `DatabaseRefused`.

    With *claiming* nothing is upgraded while another process has claimed the data.
    """
    made: list[Backup] = []

    def back_up() -> None:
        if claiming and (file := sqlite_path(url)) is not None:
            claim(file)
        if backups is not None:
            made.append(backups.make(Origin.BEFORE_UPGRADE, now))

    try:
        verify(url, back_up)
    except BackupFailed as failure:
        raise DatabaseRefused(f"Chưa nâng cấp dữ liệu, vì phải sao lưu trước mà không được. {failure}") from failure
    except DatabaseUnusable as refusal:
        raise DatabaseUnusable(f"{refusal}\n{way_back(backups)}" if backups else str(refusal)) from refusal
    with connection(), suppress(NotLogged):  # the upgrade is done, and the folder shows the backup
        for backup in made:
            record_made(backup, Actor(None, "", now))


def way_back(backups: BackupFolder) -> str:
    """How to get the data back: the command, with the newest backups that are whole."""
    found = backups.newest_whole()
    if not found:
        return f"Phục hồi: {COMMAND} phuc-hoi TỆP. Trong thư mục {backups.path} không có bản sao lưu nào dùng được."
    headings = ("Phục hồi từ bản sao lưu mới nhất còn nguyên vẹn", "Nếu không được, bản kế tiếp")
    return "\n".join(
        f"{heading} ({_told(*each)}):\n  {COMMAND} phuc-hoi {shlex.quote(str(backups.path / each[0].name))}"
        for heading, each in zip(headings, found, strict=False)
    )


def _told(backup: Backup, manifest: Manifest) -> str:
    moment = format_instant(manifest.made_at)
    if Origin.BEFORE_RESTORE in (backup.origin, manifest.kind):
        return f"dữ liệu lúc {moment}, là dữ liệu đã bị thay khi phục hồi"
    return f"dữ liệu lúc {moment}, {backup.origin.label.lower()}"


def require_database(beside: bool = False) -> None:
    """Bind the models to the database that a first start made. Raises `DatabaseRefused`, and `SettingsError`.

    *beside* a program that serves the data they are not upgraded: it may be an older one, which cannot go on then.
    """
    settings = read_settings(INSTANCE)
    url = str(settings["DATABASE_URL"])
    bind(url)
    refuse_unexpected(url, INSTANCE)
    bring_up(url, BackupFolder.of(settings), system_clock(), claiming=beside)


def _first_admin() -> Account:
    return min(list_accounts(role=Role.ADMIN), key=lambda account: account.id)


def nobody_has_come() -> bool:
    """Whether the first admin never signed in: then the password of the first start may be lost."""
    with connection():
        return _first_admin().signed_in_at is None


def renew_admin(now: datetime, hasher: Hasher) -> FirstStart:
    """A new one-time password for the first admin, for whoever has this PC but lost the password."""
    with connection():
        admin = _first_admin()
        return FirstStart(admin.username, accounts.reset_password(admin, Actor(None, "", now), hasher))


def forget(file: Path, folder: Path) -> None:
    """Let the next `prepare` begin anew in *folder*: for a demonstration, whose data may be lost."""
    for path in (file, journal_of(file), folder / MARK):
        path.unlink(missing_ok=True)
