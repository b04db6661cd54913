"""Restoring by command: also where the database is missing, empty, damaged or of something else.

What stood in the place of the database is never deleted: what can be read is backed up, what cannot is moved aside.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nhanquyen.clock import VIETNAM
from nhanquyen.config import settle, sqlite_url
from nhanquyen.setup import remember
from nhanquyen.store.archive.acts import record_restored, restore_backup
from nhanquyen.store.archive.container import Manifest, open_archive
from nhanquyen.store.archive.folder import Backup, BackupFolder
from nhanquyen.store.archive.restoring import restore
from nhanquyen.store.database import (
    DatabaseRefused,
    bind,
    connection,
    dispose,
    journal_of,
    promise,
    sqlite_path,
)
from nhanquyen.store.events import Actor
from nhanquyen.store.opening import ADVICE, DatabaseUnusable, has_tables, inspect

UNFINISHED = ".dang-phuc-hoi"


@dataclass(frozen=True)
class Recovered:
    """What a restore did: with what, and where the data before it are now."""

    manifest: Manifest
    before: Backup | None
    aside: Path | None


def why_unreadable(url: str) -> str | None:
    """Why what stands at *url* cannot be backed up before a restore, or None; also that there is nothing.

    Raises `DatabaseRefused` for what a restore must not touch: a newer schema, a PostgreSQL database of something
    else, one that is not reached or in use.
    """
    bind(url)
    try:
        if sqlite_path(url) is None and not has_tables(url):
            with connection():
                promise()
            return "Cơ sở dữ liệu PostgreSQL còn trống; bản này sẽ là dữ liệu đầu tiên ở đó."
        if (file := sqlite_path(url)) is not None and not file.exists():
            return f"Chưa có dữ liệu nào ở {file}; bản này sẽ là dữ liệu ở đó."
        inspect(url)
    except DatabaseUnusable as refusal:
        if sqlite_path(url) is None:
            raise DatabaseRefused(
                f"{refusal} Muốn phục hồi vào PostgreSQL thì tạo một cơ sở dữ liệu trống và trỏ cài đặt tới đó."
            ) from refusal
        reason = str(refusal).replace(ADVICE, "").strip()
        return f"Dữ liệu đang có không sao lưu trước được, nên sẽ chuyển sang bên cạnh chứ không xóa. {reason}"
    return None


def recover(file: Path, url: str, instance: Path, folder: BackupFolder, now: datetime) -> Recovered:
    """Let the database of *url* hold what the archive *file* holds. No other program may be at work on it.

    Raises `ArchiveRefused`, `BackupFailed` and `DatabaseRefused`; what was there is then as it was.
    """
    program = Actor(None, "", now)
    before = aside = None
    if why_unreadable(url) is None:
        manifest, before = restore_backup(folder, file, program)
    else:
        place = sqlite_path(url)
        manifest, aside = _into_new(file, folder, program) if place is None else _beside(file, folder, place, program)
    bind(url)
    remember(url, instance)
    return Recovered(manifest, before, aside)


def _into_new(file: Path, folder: BackupFolder, actor: Actor) -> tuple[Manifest, Path | None]:
    """Restore into the bound database, in which nothing of ours is."""
    with open_archive(file) as archive:
        archive.require(folder.demonstration)
        archive.check()
        restore(archive, after=lambda: record_restored(archive.manifest, file.name, actor))
        return archive.manifest, None


def _beside(file: Path, folder: BackupFolder, place: Path, actor: Actor) -> tuple[Manifest, Path | None]:
    """Restore into a new file, which takes its *place* when it is whole."""
    unfinished = place.with_name(place.name + UNFINISHED)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for remains in (unfinished, journal_of(unfinished)):
        remains.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    bind(sqlite_url(unfinished))
    try:
        manifest, _ = _into_new(file, folder, actor)
    except BaseException:
        dispose()
        unfinished.unlink(missing_ok=True)
        raise
    dispose()
    aside = _move_aside(place, actor.at)
    unfinished.rename(place)
    settle(place.parent)
    return manifest, aside


def _move_aside(place: Path, now: datetime) -> Path | None:
    """Where what stood at *place* is now. The file goes first: without its journal it would pass for a whole one."""
    aside = place.with_name(f"{place.name}.hong-{now.astimezone(VIETNAM):%Y-%m-%d-%H%M%S}")
    moved = None
    for old, new in ((place, aside), (journal_of(place), journal_of(aside))):
        if old.exists():
            old.rename(new)
            moved = moved or new
    return moved
