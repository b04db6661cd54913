"""A copy of the program in a folder of its own, and what starting it there takes."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def copy_program(folder: Path) -> Path:
    """Put the program into *folder*, without any data, with this Python's packages as its environment."""
    folder.mkdir(parents=True)
    for name in ("nhanquyen", "templates", "static"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("wsgi.py", "requirements.txt"):
        shutil.copy(ROOT / name, folder)
    environment = folder / ".venv"
    environment.mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.suffix != ".stamp":
            (environment / part.name).symlink_to(part)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    stamp = hashlib.sha256((folder / "requirements.txt").read_bytes() + version.encode()).hexdigest()
    (environment / "requirements.stamp").write_text(stamp)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def environment(port: int, **settings: str) -> dict[str, str]:
    """The environment of a program that is served on *port* of this machine alone, with *settings*."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("NHANQUYEN_", "PYTHON"))}
    return {**clean, "NHANQUYEN_PORT": str(port), "NHANQUYEN_HOST": "127.0.0.1", **settings}
