"""A browser as a clerk's PC has it: a profile on the disk, and processes that can be killed."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Error, Playwright


def _parents() -> dict[int, int]:
    """The parent of every process of this machine."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def _is_of(process: int, profile: Path) -> bool:
    try:
        return f"--user-data-dir={profile}".encode() in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def processes_of(profile: Path) -> set[int]:
    """The browser on *profile* and everything that it has started."""
    parents = _parents()
    found = {process for process in parents if _is_of(process, profile)}
    while more := {process for process, parent in parents.items() if parent in found} - found:
        found |= more
    return found


class KillableBrowser:
    """Starts a browser on its own profile again and again; `kill` ends it as a power cut or a crash does."""

    def __init__(self, driver: Playwright, profile: Path, watch: Callable[[BrowserContext], None], **options: Any):
        self._driver, self._profile, self._watch, self._options = driver, profile, watch, options
        self._context: BrowserContext | None = None

    def start(self) -> BrowserContext:
        self._context = self._driver.chromium.launch_persistent_context(self._profile, **self._options)
        self._watch(self._context)
        return self._context

    def kill(self) -> None:
        """SIGKILL to every process at once: nothing of the page runs any more, nothing is written out."""
        killed = processes_of(self._profile)
        assert killed
        for process in killed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.close()

    def close(self) -> None:
        if self._context is not None:
            with contextlib.suppress(Error):
                self._context.close()
            self._context = None
