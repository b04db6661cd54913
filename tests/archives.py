"""What the tests of backups share: every row of a database as text, and archives with something wrong."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from people import SettableClock

from nhanquyen.store import database
from nhanquyen.store.archive.container import SEAL, Manifest, open_archive
from nhanquyen.store.archive.folder import BackupFolder, Origin
from nhanquyen.store.archive.making import make_archive
from nhanquyen.store.archive.restoring import restore
from nhanquyen.store.models import MODELS, Event, Session, SignInFailure

NOW = SettableClock()()


def plain(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True)  # PostgreSQL has an order of its own
    return repr(bytes(value) if isinstance(value, memoryview) else value)


def every_row(*but: type[Any]) -> dict[str, list[list[str]]]:
    """Every row of the bound database as the models read it, but for sessions and failures to sign in."""
    with database.connection():
        return {
            model.__name__: sorted([*map(plain, row)] for row in model.select().tuples())
            for model in MODELS
            if model not in (Session, SignInFailure, *but)
        }


def work() -> dict[str, list[list[str]]]:
    """The same without the log, in which a restore adds its line."""
    return every_row(Event)


def backed_up(file: Path) -> Manifest:
    return make_archive(file, "thu-cong", NOW)


def put_back(file: Path) -> None:
    with open_archive(file) as archive:
        restore(archive)


def sealed(content: bytes) -> bytes:
    """*content*, a ZIP whose comment has the length of a seal, with the right seal."""
    body = content[: -len(SEAL) - 64]
    return body + SEAL + hashlib.sha256(body).hexdigest().encode()


def remade(file: Path, change: Callable[[dict[str, bytes]], object], **options: Any) -> None:
    """Let somebody who knows the format change the members of the archive *file* and seal it again."""
    with zipfile.ZipFile(file) as old:
        members = {info.filename: old.read(info) for info in old.infolist()}
    change(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        new.comment = SEAL + b"0" * 64
        for name, content in members.items():
            stored = name.startswith("blobs/") and not options
            new.writestr(name, content, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    file.write_bytes(sealed(out.getvalue()))


def with_manifest(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, bytes]], None]:
    """A change of the manifest alone, for `remade`."""

    def apply(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        change(manifest)
        members["manifest.json"] = json.dumps(manifest).encode()

    return apply


def two_backups(app: Flask) -> dict[str, str]:
    """The names of a whole backup and of one that is not, in the folder of *app*."""
    folder = BackupFolder(Path(app.config["BACKUP_DIR"]))
    made = folder.make(Origin.MANUAL, NOW)
    (folder.path / "chep-vao.zip").write_bytes((folder.path / made.name).read_bytes()[:-1])
    return {"backup": made.name, "damaged": "chep-vao.zip"}
