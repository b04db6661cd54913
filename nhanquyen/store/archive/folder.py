"""The folder of backups: their names, how many of each kind are kept, and who may write there at a time."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from nhanquyen.clock import VIETNAM
from nhanquyen.config import settle
from nhanquyen.store.archive.container import CHUNK, ArchiveRefused, Manifest, open_archive
from nhanquyen.store.archive.making import COPY, PART, BackupFailed, make_archive, new_file
from nhanquyen.store.locking import take

LOCK = ".lock"
PATIENCE = 600  # seconds for which another backup in the same folder is waited for
KEPT_BEFORE = 5
KEPT_REPLACED = timedelta(days=30)  # what a restore replaced, with its log: nobody removes it sooner
_NAME = re.compile(r"nhanquyen-(\d{4}-\d\d-\d\d-\d{6})-([a-z]+(?:-[a-z]+)*)(?:-\d+)?\.zip\Z")
_MOMENT = "%Y-%m-%d-%H%M%S"


class Origin(StrEnum):
    """Why a backup was made, as its name says."""

    DAILY = "hang-ngay"
    MANUAL = "thu-cong"
    BEFORE_UPGRADE = "truoc-nang-cap"
    BEFORE_RESTORE = "truoc-phuc-hoi"
    UPLOADED = "tai-len"
    OTHER = "khac"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Origin.DAILY: "Hằng ngày",
    Origin.MANUAL: "Làm bằng tay",
    Origin.BEFORE_UPGRADE: "Trước khi nâng cấp",
    Origin.BEFORE_RESTORE: "Trước khi phục hồi",
    Origin.UPLOADED: "Tải lên",
    Origin.OTHER: "Chép vào thư mục",
}


@dataclass(frozen=True)
class Backup:
    """A file of the folder, told by its name; whether it is whole is another question."""

    name: str
    made_at: datetime
    origin: Origin
    size: int

    def is_held(self, now: datetime) -> bool:
        """Whether it is what a restore replaced not long ago, which the page does not remove."""
        return self.origin is Origin.BEFORE_RESTORE and now - self.made_at <= KEPT_REPLACED


def _backup(file: Path) -> Backup | None:
    """None for a file that is gone meanwhile."""
    try:
        state = file.stat()
    except OSError:
        return None
    found = _NAME.match(file.name)
    try:
        moment, origin = (found[1], found[2]) if found else ("", "")
        made_at, known = datetime.strptime(moment, _MOMENT).replace(tzinfo=VIETNAM), Origin(origin)
    except ValueError:
        made_at, known = datetime.fromtimestamp(int(state.st_mtime), VIETNAM), Origin.OTHER
    return Backup(file.name, made_at, known, state.st_size)


def _worth(found: tuple[Backup, Manifest]) -> tuple[bool, datetime]:
    backup, manifest = found
    return Origin.BEFORE_RESTORE not in (backup.origin, manifest.kind), manifest.made_at


@dataclass(frozen=True)
class BackupFolder:
    """The folder at *path*, in which the newest *keep* daily backups stay; *demonstration* is that of made-up data."""

    path: Path
    keep: int = 14
    demonstration: bool = False

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> BackupFolder:
        """Where *settings* want backups."""
        return cls(Path(str(settings["BACKUP_DIR"])), int(settings["BACKUP_KEEP"]), bool(settings.get("DEMO")))

    def backups(self) -> list[Backup]:
        """Every ZIP file of the folder, newest first; none while there is no folder."""
        try:
            files = [file for file in self.path.iterdir() if file.suffix == ".zip"]
        except OSError:
            return []
        found = filter(None, map(_backup, files))
        return sorted(found, key=lambda backup: (backup.made_at, backup.name), reverse=True)

    def find(self, name: str) -> Backup | None:
        """The backup called *name*, which may come from anywhere."""
        return next((backup for backup in self.backups() if backup.name == name), None)

    def newest_whole(self, most: int = 2) -> list[tuple[Backup, Manifest]]:
        """The newest archives by the moment of their data whose seal and manifest are right, *most* of them.

        What a restore replaced comes after all others, however new: somebody did not want those data.
        """
        whole: list[tuple[Backup, Manifest]] = []
        for backup in self.backups():
            with suppress(ArchiveRefused, OSError), open_archive(self.path / backup.name) as archive:
                archive.require(self.demonstration)
                whole.append((backup, archive.manifest))
        return sorted(whole, key=_worth, reverse=True)[:most]

    def make(self, origin: Origin, now: datetime, sparing: str = "") -> Backup:
        """Archive the bound database, and remove what is one too many of its kind, but for the file *sparing*.

        Raises `BackupFailed`.
        """
        with self._alone():
            return self._make(origin, now, sparing)

    def make_daily(self, now: datetime) -> Backup | None:
        """Today's backup, unless there is one already. Raises `BackupFailed`."""
        if self.has_daily(now.date()):
            return None
        with self._alone():
            return None if self.has_daily(now.date()) else self._make(Origin.DAILY, now)

    def take_in(self, content: IO[bytes], name: str) -> Backup:
        """Keep *content*, an archive that somebody calls *name*, once it is found whole.

        Its new name tells the moment of its data, as with every other. Raises `ArchiveRefused` and `BackupFailed`.
        """
        with self._alone():
            part = self.path / f"{Origin.UPLOADED}{PART}"
            try:
                with os.fdopen(new_file(part), "wb") as out:
                    shutil.copyfileobj(content, out, CHUNK)
                    out.flush()
                    os.fsync(out.fileno())
                with open_archive(part, name) as archive:
                    archive.require(self.demonstration)
                    archive.check()
                    made_at = archive.manifest.made_at
                file = self.new_file(Origin.UPLOADED, made_at)
                part.rename(file)
                settle(self.path)
            except OSError as error:
                raise BackupFailed(
                    f"Không lưu được tệp vào {self.path} ({error.strerror}). "
                    "Kiểm tra quyền ghi và chỗ trống trên ổ đĩa rồi làm lại."
                ) from error
            finally:
                part.unlink(missing_ok=True)
            return self._told(file)

    def has_daily(self, day: date) -> bool:
        """Whether the backup of *day* is there."""
        return any(each.origin is Origin.DAILY and each.made_at.date() == day for each in self.backups())

    def new_file(self, origin: Origin, now: datetime) -> Path:
        """A free name in the folder."""
        stem = f"nhanquyen-{now.astimezone(VIETNAM).strftime(_MOMENT)}-{origin}"
        names = (f"{stem}{'' if number == 1 else f'-{number}'}.zip" for number in range(1, 1000))
        return next(self.path / name for name in names if not (self.path / name).exists())

    def remove(self, name: str) -> None:
        """Remove a backup for good. Raises OSError."""
        (self.path / name).unlink()
        settle(self.path)

    def _make(self, origin: Origin, now: datetime, sparing: str = "") -> Backup:
        file = self.new_file(origin, now)
        make_archive(file, origin, now, self.demonstration)
        self._rotate({file.name, sparing}, now)
        return self._told(file)

    @staticmethod
    def _told(file: Path) -> Backup:
        if (made := _backup(file)) is None:
            raise BackupFailed(f"Bản sao lưu {file} vừa tạo đã mất. Kiểm tra thư mục sao lưu rồi làm lại.")
        return made

    def _rotate(self, spared: set[str], now: datetime) -> None:
        """Other kinds than these stay until somebody removes them. The newest is *spared*: clocks are set back."""
        kept = {Origin.DAILY: self.keep, Origin.BEFORE_UPGRADE: KEPT_BEFORE, Origin.BEFORE_RESTORE: KEPT_BEFORE}
        for origin, number in kept.items():
            for backup in [each for each in self.backups() if each.origin is origin][number:]:
                if backup.name not in spared and not backup.is_held(now):
                    with suppress(OSError):  # Windows keeps what somebody is downloading; next time, then
                        (self.path / backup.name).unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else writes into the folder; what a killed program left half done is swept. Raises `BackupFailed`."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = self._wait()
        except OSError as error:
            raise BackupFailed(
                f"Không ghi được vào thư mục sao lưu {self.path} ({error.strerror}). "
                "Kiểm tra thư mục này còn đó và quyền ghi, hoặc đổi cài đặt backup_dir, rồi làm lại."
            ) from error
        try:
            for file in self.path.iterdir():
                if file.name.endswith((PART, COPY)):
                    file.unlink(missing_ok=True)
            yield
        finally:
            os.close(handle)

    def _wait(self) -> int:
        end = time.monotonic() + PATIENCE
        while (handle := take(self.path / LOCK)) is None:
            if time.monotonic() > end:
                raise BackupFailed("Một bản sao lưu khác đang được tạo mãi chưa xong. Chờ rồi làm lại.")
            time.sleep(0.1)
        return handle
