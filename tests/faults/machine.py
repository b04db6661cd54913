"""The server of one installation: the program's own folder, its data and its process, started as a person starts it."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
from program import environment, free_port

LOOSE = Path(__file__).with_name("loose.py")
KEY = "only for tests, never served to anybody else"
PATIENCE = 30.0  # s that anything which must happen may take on a busy machine
RESTART = 5.0  # s within which the program is back by its promise, on a machine that is free to start it


class NotServed(Exception):
    """The program ended instead of serving; the message is what it said."""


def wait_until(true: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Look again and again until *true* is; fail when it is not in time."""
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, f"not within {patience:g} s: {what}"
        time.sleep(0.005)


class Machine:
    """The program in *folder*, a copy of its own, with its data in *data* (a folder on any disk).

    The address stays the same over all starts, and so does the key that signs the cookies: browsers notice nothing
    of a restart. *before* is a command that the program is started by, *script* what is started in place of
    ``wsgi.py``.
    """

    def __init__(self, folder: Path, data: Path, database_url: str | None = None, **settings: str) -> None:
        self.folder, self.data = folder, data
        self.port = free_port()
        self.settings = dict(settings) | ({"NHANQUYEN_DATABASE_URL": database_url} if database_url else {})
        self.file = None if database_url else data / "nhanquyen.sqlite3"
        self.url = database_url or f"sqlite:///{self.file}"
        self.before: Sequence[str] = ()
        self.script: Sequence[str] = ("wsgi.py",)
        self.process: subprocess.Popen[bytes] | None = None
        self.slowest_start = self.dearest_start = 0.0
        self._starts = 0

    def install(self, program: Path, database: Path | None) -> None:
        """Put the program into place with its key and, where it keeps its data in a file, with *database*."""
        shutil.copytree(program, self.folder, symlinks=True, ignore=shutil.ignore_patterns("instance"))
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / "instance").symlink_to(self.data)
        (self.data / "secret_key").write_text(KEY)
        if database is not None and self.file is not None:
            shutil.copy(database, self.file)

    def loosen(self, how: str) -> None:
        """Let the program start without what makes its saves durable; *how* is told in ``loose.py``."""
        shutil.copy(LOOSE, self.folder)
        self.script = (LOOSE.name, how)

    # --- Start and end ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the program and wait until it answers.

        How long that took goes into `slowest_start`, and into `dearest_start` how much processor time: a busy machine
        makes the one longer and not the other.
        """
        begun = time.monotonic()
        self.launch()
        wait_until(lambda: self.answers() or self._ended(), "the program answers")
        if self._ended():
            raise NotServed(self.told())
        self.slowest_start = max(self.slowest_start, time.monotonic() - begun)
        assert self.process
        used = psutil.Process(self.process.pid).cpu_times()
        self.dearest_start = max(self.dearest_start, used.user + used.system)

    def launch(self) -> None:
        """Start the program without waiting for it."""
        self._starts += 1
        command = [*self.before, sys.executable, *self.script]
        with self._log().open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=environment(self.port, **self.settings),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        """End the program and all that it started, as a crash or a power cut would: at once."""
        assert self.process
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        group = self.process.pid
        wait_until(lambda: not _is_alive_group(group), "nothing of the program is left")

    def terminate(self) -> int:
        """End the program as the system does when it shuts down; the exit code."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def refuse(self) -> tuple[int, str]:
        """Start where the program must not come up: its exit code and what it said."""
        self.launch()
        assert self.process
        return self.process.wait(PATIENCE), self.told()

    def run(self, *arguments: str) -> tuple[int, str]:
        """A command beside the running program: its exit code and what it said."""
        done = subprocess.run(
            [sys.executable, "wsgi.py", *arguments], cwd=self.folder, env=environment(self.port, **self.settings),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def end(self) -> None:
        """Whatever happened before, nothing runs on."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def _ended(self) -> bool:
        assert self.process
        return self.process.poll() is not None

    def _log(self) -> Path:
        return self.folder / f"start-{self._starts}.log"

    def told(self) -> str:
        """What the program printed since its last start."""
        return self._log().read_text(encoding="utf-8", errors="replace")

    def answers(self) -> bool:
        """Whether somebody who opens the address sees the sign-in page."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", "/dang-nhap")
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()


def _is_alive_group(group: int) -> bool:
    """Whether a process of *group* still runs; one that has ended but was not asked after yet does not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, found = stat.read_text().rpartition(")")[2].split()[:3]
            if int(found) == group and state not in "ZX":
                return True
    return False


@contextlib.contextmanager
def running(machine: Machine) -> Iterator[Machine]:
    """*machine* with the program started, which has ended when the block ends."""
    try:
        machine.start()
        yield machine
    finally:
        machine.end()
