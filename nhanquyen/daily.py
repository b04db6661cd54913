"""The daily backup of the serving program: a thread of its own, which nothing that happens to it ever stops."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from nhanquyen.clock import Clock
from nhanquyen.store.archive.acts import NotLogged, back_up_daily
from nhanquyen.store.archive.folder import Backup, BackupFolder
from nhanquyen.store.archive.making import BackupFailed
from nhanquyen.store.trouble import first_cause, trouble_of

LOOK_EVERY = 30  # seconds
TRY_AGAIN_AFTER = timedelta(hours=1)
SOON = 10  # seconds after the start: people sign in first

log = logging.getLogger(__name__)


class Daily:
    """Makes the backup of each day once, when the day has begun or the program has started."""

    def __init__(self, folder: BackupFolder, clock: Clock) -> None:
        self._folder, self._clock = folder, clock
        self._failed_at: datetime | None = None

    def look(self) -> Backup | None:
        """Make today's backup if it is due; after a failure it is due again in an hour."""
        now = self._clock()
        if self._failed_at is not None and self._failed_at <= now < self._failed_at + TRY_AGAIN_AFTER:
            return None
        try:
            made = back_up_daily(self._folder, now)
        except NotLogged as unlogged:
            log.error("%s", unlogged)
            return None
        except BackupFailed as failure:
            self._failed_at = now
            log.error("%s", failure)
            return None
        except Exception as error:  # whatever it is, tomorrow there must be a backup again
            self._failed_at = now
            if trouble := trouble_of(error):
                log.error("the daily backup failed: %s (%s)", trouble.name, first_cause(error))
            else:
                log.exception("the daily backup failed")
            return None
        self._failed_at = None
        return made


@contextmanager
def daily_backups(folder: BackupFolder, clock: Clock) -> Iterator[None]:
    """Meanwhile every day has its backup; at the end one that is being made is finished."""
    stop = threading.Event()
    daily = Daily(folder, clock)

    def run() -> None:
        wait: float = SOON
        while not stop.wait(wait):
            daily.look()
            wait = LOOK_EVERY

    thread = threading.Thread(target=run, name="daily backup")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
