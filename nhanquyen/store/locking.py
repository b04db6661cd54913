"""Files that keep other processes off something, for as long as this process holds them and lives."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def take(file: Path) -> int | None:
    """Lock *file*, making it first; its open handle, whose closing gives it back. None while somebody else holds it."""
    handle = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        _lock(handle)
    except (BlockingIOError, PermissionError):  # what Linux and what Windows says of a lock that is taken
        os.close(handle)
        return None
    return handle


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
