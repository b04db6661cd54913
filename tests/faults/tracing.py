"""System calls that fail: strace answers in the kernel's place."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from machine import wait_until
from rig import not_injected


def strace_or_skip(fault: str) -> str:
    found = shutil.which("strace")
    if found is None:
        not_injected(fault, "strace is missing (Debian: apt-get install strace)")
    return str(found)


@contextlib.contextmanager
def traced(fault: str, folder: Path, number: int, *options: str) -> Iterator[None]:
    """Meanwhile the system calls of process *number*, and of those that it starts, fail as strace's *options* say."""
    command = [strace_or_skip(fault), "-f", "-qq", "-o", str(folder / "strace.log"), "-p", str(number), *options]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as tracer:
        assert tracer.stderr
        wait_until(lambda: tracer.poll() is not None or _is_traced(number), "strace has attached")
        if tracer.poll() is not None:
            not_injected(fault, tracer.stderr.read().decode().strip())
        try:
            yield
        finally:
            tracer.send_signal(signal.SIGINT)  # it lets go
            with contextlib.suppress(subprocess.TimeoutExpired):
                tracer.wait(10)
            tracer.kill()


def _is_traced(number: int) -> bool:
    tasks = Path(f"/proc/{number}/task").glob("*/status")
    return all("TracerPid:\t0\n" not in task.read_text() for task in tasks)
