"""A disk of its own for one test: an ext4 file system in a file, which can be filled, frozen, and lose its power."""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SHUT_DOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
WITHOUT_FLUSHING = 2  # the journal in memory is lost too, as when the power goes


class DiskRefused(Exception):
    """This machine gives the test no disk of its own; the message says why."""


class Disk:
    """The disk in the file *image*, mounted at *path*."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.image, self.path = folder / "disk.img", folder / "disk"
        self.megabytes = megabytes

    def make(self) -> None:
        """Format and mount it. Raises `DiskRefused`."""
        if sys.platform != "linux" or os.geteuid() != 0:
            raise DiskRefused("only root of a Linux machine may mount")
        if shutil.which("mkfs.ext4") is None:
            raise DiskRefused("mkfs.ext4 is missing (Debian: apt-get install e2fsprogs)")
        self.path.mkdir(parents=True)
        with self.image.open("wb") as image:
            image.truncate(self.megabytes * 1024 * 1024)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(self.image))
        self.mount()

    def mount(self) -> None:
        """Mount it, after what a loss of power left was played back. Raises `DiskRefused`."""
        _run("mount", "-o", "loop,errors=remount-ro", str(self.image), str(self.path))

    def unmount(self) -> None:
        _run("umount", str(self.path))

    def settle(self) -> None:
        """Let everything that is written so far be on the disk."""
        _run("sync", "--file-system", str(self.path))

    def cut_power(self) -> None:
        """Lose what was not made durable, then come back. Nothing may have a file open on it.

        Without fsyncs in flight: an ioctl under them loses what a loss of power does not.
        """
        import fcntl

        handle = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, SHUT_DOWN, struct.pack("I", WITHOUT_FLUSHING))
        except OSError as error:
            raise DiskRefused(f"this kernel does not shut ext4 down: {error.strerror}") from error
        finally:
            os.close(handle)
        self.unmount()
        self.mount()

    def fill(self) -> None:
        """Let no byte be free."""
        with (self.path / "ballast").open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
            for size in (1024 * 1024, 4096, 1024, 1):
                block = bytes(size)
                with contextlib.suppress(OSError):
                    while ballast.write(block):
                        pass

    def free(self) -> None:
        (self.path / "ballast").unlink()

    def fail(self) -> None:
        """Let the file system find a fault in itself: the kernel takes no more writes from then on."""
        device = subprocess.run(
            ["findmnt", "--noheadings", "--output", "SOURCE", str(self.path)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout.strip()
        trigger = Path("/sys/fs/ext4") / Path(device).name / "trigger_fs_error"
        try:
            trigger.write_text("a test")
        except OSError as error:
            raise DiskRefused(f"this kernel raises no fault in ext4 on demand: {error.strerror}") from error

    def repair(self) -> None:
        """Unmount, check and mount again, as an admin does. Nothing may have a file open on it."""
        self.unmount()
        _run("fsck.ext4", "-p", "-f", str(self.image), allowed=(0, 1))  # 1: it has repaired something
        self.mount()


def _run(*command: str, allowed: tuple[int, ...] = (0,)) -> str:
    """What *command* says. Raises `DiskRefused` when it fails."""
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode not in allowed:
        raise DiskRefused(f"{' '.join(command[:2])} says: {done.stdout.strip()}")
    return done.stdout.strip()


@contextlib.contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Disk]:
    """A new disk, gone again when the block ends. Raises `DiskRefused`."""
    disk = Disk(folder, megabytes)
    try:
        disk.make()
        yield disk
    finally:
        with contextlib.suppress(DiskRefused):  # it may not have got as far as being mounted
            _run("umount", "--lazy", str(disk.path))
        disk.image.unlink(missing_ok=True)
