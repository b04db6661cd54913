"""What people and the program do with backups, each with its line in the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from peewee import PeeweeException

from nhanquyen.clock import format_instant
from nhanquyen.store import events
from nhanquyen.store.archive.container import Manifest, open_archive
from nhanquyen.store.archive.folder import Backup, BackupFolder, Origin
from nhanquyen.store.archive.making import BackupFailed, make_archive
from nhanquyen.store.archive.restoring import restore
from nhanquyen.store.database import DatabaseRefused, connection, database, transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Event

# The tables whose rows people know of, and what they call them.
COUNTED = {
    "unit": "Đơn vị", "account": "Tài khoản", "report": "Báo cáo", "revision": "Lần gửi báo cáo",
    "entry": "Dòng số liệu", "attachment": "Minh chứng", "event": "Dòng nhật ký",
}  # fmt: skip


class NotLogged(Exception):
    """The backup *file* is made and whole, but the log took no line of it; the message says so in Vietnamese."""

    def __init__(self, file: Path | str, why: str) -> None:
        super().__init__(
            f"Đã sao lưu: {file}. Chỉ chưa ghi được việc này vào nhật ký ({why}). "
            "Kiểm tra chỗ trống và quyền ghi ở ổ đĩa chứa dữ liệu."
        )


def record_made(backup: Backup, actor: Actor) -> None:
    """Let the log say that *backup* was made. Raises `NotLogged`."""
    with _telling_made(backup.name), transaction():
        events.record("backup_made", actor, subject=backup.name, kind=backup.origin.label, size=backup.size)


@contextmanager
def _telling_made(file: Path | str) -> Iterator[None]:
    """A disk too full for a line of the log is when a backup on another disk is wanted most."""
    try:
        yield
    except (PeeweeException, DatabaseRefused) as error:
        raise NotLogged(file, str(error).strip()) from error


@contextmanager
def _telling_failure(actor: Actor) -> Iterator[None]:
    """A failure goes into the log, if the log takes anything at all: a full disk may be why there is no backup."""
    try:
        yield
    except BackupFailed as failure:
        try:
            with transaction():
                events.record("backup_failed", actor, subject=str(failure)[:300])
        except (PeeweeException, DatabaseRefused):
            pass
        raise


def back_up(folder: BackupFolder, origin: Origin, actor: Actor) -> Backup:
    """Make a backup now. Raises `BackupFailed`, and `NotLogged` once it is made."""
    with connection():
        with _telling_failure(actor):
            made = folder.make(origin, actor.at)
        record_made(made, actor)
    return made


def take_in(folder: BackupFolder, content: IO[bytes], name: str, actor: Actor) -> Backup:
    """Keep *content*, which somebody sent under *name*, as a backup if it is a whole one.

    Raises `ArchiveRefused` and `BackupFailed`, and keeps nothing then.
    """
    taken = folder.take_in(content, name)
    record("backup_uploaded", taken, actor)
    return taken


def back_up_into(file: Path, actor: Actor) -> None:
    """Make a backup now in *file*, which must be new. Raises `BackupFailed`, and `NotLogged` once it is made."""
    with connection():
        with _telling_failure(actor):
            make_archive(file.absolute(), Origin.MANUAL, actor.at)
        with _telling_made(file), transaction():
            events.record("backup_made", actor, subject=str(file), kind=Origin.MANUAL.label)


def back_up_daily(folder: BackupFolder, now: datetime) -> Backup | None:
    """Make today's backup unless it is there. Raises `BackupFailed`, and `NotLogged` once it is made."""
    program = Actor(None, "", now)
    with connection():
        with _telling_failure(program):
            made = folder.make_daily(now)
        if made is not None:
            record_made(made, program)
    return made


def failure_since(moment: datetime | None) -> Event | None:
    """The newest failed backup after *moment*."""
    failed = Event.action == "backup_failed"
    if moment is not None:
        failed &= Event.at > moment
    newest: Event | None = Event.select().where(failed).order_by(Event.id.desc()).first()
    return newest


def remove(folder: BackupFolder, backup: Backup, actor: Actor) -> None:
    """Remove *backup* for good. Raises OSError."""
    folder.remove(backup.name)
    record("backup_removed", backup, actor)


def record(action: str, backup: Backup, actor: Actor) -> None:
    """Let the log say what was done with *backup*."""
    with transaction():
        events.record(action, actor, subject=backup.name, size=backup.size)


def restore_backup(folder: BackupFolder, file: Path, actor: Actor) -> tuple[Manifest, Backup]:
    """Put what the archive *file* holds in the place of the present data, of which a backup is made first.

    All sessions end. The log of the archive then says who did it. Raises `ArchiveRefused` and `BackupFailed`; the
    present data are then as they were.
    """
    made: list[Backup] = []
    with open_archive(file) as archive:
        archive.require(folder.demonstration)
        archive.check()
        restore(
            archive,
            before=lambda: made.append(folder.make(Origin.BEFORE_RESTORE, actor.at, sparing=file.name)),
            after=lambda: record_restored(archive.manifest, file.name, actor, made[0].name),
        )
        return archive.manifest, made[0]


def record_restored(manifest: Manifest, name: str, actor: Actor, before: str = "") -> None:
    """Let the restored log say who restored it; that account may not be in it. Call it inside a transaction."""
    username = actor.account.username if actor.account else ""
    known: Account | None = Account.get_or_none(Account.username == username)
    events.record(
        "restored",
        Actor(known, actor.ip, actor.at),
        subject=name,
        moment=format_instant(manifest.made_at),
        by=f"{username} ({actor.name})" if username and known is None else "",
        before=before,
    )


def counts() -> dict[str, int]:
    """How many rows the tables hold that people know of, as `Manifest.rows` says it of an archive."""
    found = {}
    with connection():
        for table in COUNTED:
            found[table] = int(database.execute_sql(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
    return found
