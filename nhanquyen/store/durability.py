"""Whether a database keeps what it confirms: a save that was acknowledged survives the power cut a moment later.

Told in Vietnamese as a fault, which is refused, or as a warning. Nothing here knows how the program opens a database.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

OLDEST_SQLITE = (3, 12, 0)  # the first that knows synchronous=EXTRA
# The rollback journal with EXTRA keeps every commit; Debian 12's SQLite has a corruption fault in WAL mode.
SQLITE_SETTINGS = {"journal_mode": "delete", "synchronous": 3, "foreign_keys": 1}

NETWORK = frozenset({
    "nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "ncpfs", "afs", "9p", "ceph", "davfs", "vboxsf", "vmhgfs", "prl_fs",
    "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.davfs2", "fuse.curlftpfs", "fuse.glusterfs", "fuse.smbnetfs",
    "fuse.gvfsd-fuse", "fuse.vmhgfs-fuse",
})  # fmt: skip
MEMORY = frozenset({"tmpfs", "ramfs"})
WITHOUT_BARRIERS = frozenset({"nobarrier", "barrier=0"})
MOUNTS = Path("/proc/self/mountinfo")
DRIVE_REMOTE = 4  # what Windows calls a drive letter of the network

_OCTAL = re.compile(r"\\([0-7]{3})")


# --- The engines -----------------------------------------------------------------------------------


def sqlite_fault(connection: sqlite3.Connection, version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str | None:
    """Why saves through *connection* may be lost or torn, or None. It is asked what it does, not what it was told."""
    if version < OLDEST_SQLITE:
        return (
            f"SQLite {'.'.join(map(str, version))} của Python này quá cũ (cần từ {'.'.join(map(str, OLDEST_SQLITE))}): "
            "dữ liệu đã lưu có thể mất khi mất điện. Cài Python mới hơn rồi chạy lại."
        )
    for name, wanted in SQLITE_SETTINGS.items():
        found = connection.execute(f"PRAGMA {name}").fetchone()
        if found is None or found[0] != wanted:
            value = found[0] if found else "không rõ"
            return (
                f"SQLite không nhận cài đặt {name} = {wanted} (đang là {value}): dữ liệu đã lưu có thể mất khi "
                "mất điện. Chuyển tệp dữ liệu sang ổ đĩa khác của máy này rồi chạy lại."
            )
    return None


_ASK_POSTGRESQL = """
SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('data_sync_retry', true),
       current_setting('synchronous_commit'), current_setting('transaction_read_only')
"""
_UNSAFE = (("fsync", "off"), ("full_page_writes", "off"), ("data_sync_retry", "on"), ("synchronous_commit", "off"))
# The server's configuration, its roles and databases may set it otherwise at any time: a session's own setting wins.
_KEEP_COMMITS = """
SELECT set_config('synchronous_commit', CASE setting WHEN 'off' THEN 'on' ELSE setting END, false)
FROM (SELECT current_setting('synchronous_commit') AS setting) AS present
"""


def postgresql_fault(connection: Any) -> str | None:
    """Why what is confirmed on *connection* may be lost, or nothing can be saved on it, or None.

    Server, database, role and address all have their say in the settings of a session.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ASK_POSTGRESQL)
        *found, read_only = cursor.fetchone()
    for (name, unsafe), value in zip(_UNSAFE, found, strict=True):
        if value == unsafe:
            return (
                f"PostgreSQL đang đặt {name} = {value}: dữ liệu đã lưu có thể mất khi mất điện. "
                f"Hãy {'bật' if unsafe == 'off' else 'tắt'} lại rồi chạy.{_where_set(connection, name, unsafe)}"
            )
    if read_only == "on":
        return (
            "PostgreSQL chỉ cho đọc (máy chủ dự phòng, hoặc default_transaction_read_only = on). Trỏ tới máy chủ chính."
        )
    return None


_ASK_SOURCE = """
SELECT source, current_user, current_database() FROM pg_settings WHERE name = %s
"""
_SET_BACK = {
    "configuration file": "tệp cấu hình của máy chủ. Sửa trong postgresql.conf và postgresql.auto.conf "
    "(ALTER SYSTEM SET {name} = {safe}), rồi SELECT pg_reload_conf()",
    "command line": "dòng lệnh khởi động máy chủ PostgreSQL. Bỏ ở đó rồi khởi động lại máy chủ",
    "database": 'cơ sở dữ liệu. Chạy: ALTER DATABASE "{database}" RESET {name}',
    "user": 'tài khoản PostgreSQL. Chạy: ALTER ROLE "{user}" RESET {name}',
    "database user": 'tài khoản ở cơ sở dữ liệu. Chạy: ALTER ROLE "{user}" IN DATABASE "{database}" RESET {name}',
    "client": "NHANQUYEN_DATABASE_URL hoặc biến môi trường PGOPTIONS. Bỏ ở đó",
}


def _where_set(connection: Any, name: str, unsafe: str) -> str:
    """Where the server has the unsafe value of *name* from, and how to undo it; nothing if it does not tell."""
    with connection.cursor() as cursor:
        cursor.execute(_ASK_SOURCE, (name,))
        source, user, base = cursor.fetchone() or ("", "", "")
    told = _SET_BACK.get(source, "")
    safe = "on" if unsafe == "off" else "off"
    return f" Cài đặt này ở {told.format(name=name, safe=safe, user=user, database=base)}." if told else ""


def keep_commits(connection: Any) -> None:
    """Let no later change of the server's settings make the commits of *connection* less safe; safer ones stay."""
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_COMMITS)


# --- The place of an SQLite file ---------------------------------------------------------------------


class Mount(NamedTuple):
    """A file system in the tree of folders."""

    point: Path
    kind: str
    options: frozenset[str]


def _read_mounts() -> str:
    try:
        return MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # not Linux
        return ""


def _drive_type(root: str) -> int:
    if sys.platform != "win32":
        return 0
    import ctypes

    return int(ctypes.windll.kernel32.GetDriveTypeW(root))


def mounts_in(text: str) -> list[Mount]:
    """The file systems that *text*, the kernel's own list, tells; of two at one place the upper is the later."""
    found = []
    for line in text.splitlines():
        before, separator, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ")
        if separator and len(fields) > 5 and len(kind) > 2:
            point = _OCTAL.sub(lambda code: chr(int(code[1], 8)), fields[4])
            options = frozenset([*fields[5].split(","), *kind[2].split(",")])
            found.append(Mount(Path(point), kind[0], options))
    return found


def mount_of(file: Path, read: Callable[[], str] = _read_mounts) -> Mount | None:
    """The file system on which *file* is or would be; None where that cannot be told."""
    resolved = file.resolve()
    under = [mount for mount in mounts_in(read()) if resolved.is_relative_to(mount.point)]
    return max(under, key=lambda mount: (len(mount.point.parts), under.index(mount)), default=None)


def is_remote(drive: str, drive_type: Callable[[str], int] = _drive_type) -> bool:
    """Whether *drive*, as Windows writes it (``Z:``, ``\\\\server\\share``), is another machine's."""
    named = drive.removeprefix("\\\\?\\")
    if named.upper().startswith("UNC\\") or named.startswith("\\\\"):
        return True
    return bool(named) and drive_type(f"{named}\\") == DRIVE_REMOTE


def _network(file: Path, read: Callable[[], str]) -> str | None:
    """What kind of network drive *file* is on, or None.

    The root of a whole system is not taken for one: some sandboxes serve theirs that way, and there is no other place.
    """
    for drive in (file.absolute().drive, file.resolve().drive):
        if is_remote(drive):
            return drive
    mount = mount_of(file, read)
    if mount is not None and mount.kind in NETWORK and mount.point != Path(mount.point.anchor):
        return f"{mount.point}, {mount.kind}"
    return None


def place_fault(file: Path, read: Callable[[], str] = _read_mounts) -> str | None:
    """Why the database *file* cannot be kept where it is, or None."""
    if network := _network(file, read):
        return (
            f"Tệp dữ liệu {file} nằm trên ổ mạng ({network}). Ở đó SQLite không khóa và không ghi chắc được, "
            "dữ liệu có thể mất hoặc hỏng. Chuyển thư mục dữ liệu sang ổ đĩa của máy này rồi chạy lại, "
            "hoặc dùng PostgreSQL."
        )
    return None


def place_warning(file: Path, read: Callable[[], str] = _read_mounts) -> str | None:
    """What may become of the database *file* where it is, or None."""
    mount = mount_of(file, read)
    if mount is None:
        return None
    if mount.kind in MEMORY:
        return f"{file} nằm trong bộ nhớ ({mount.point}, {mount.kind}): tắt máy là mất hết. Chỉ dùng để thử."
    if unsafe := sorted(mount.options & WITHOUT_BARRIERS):
        return (
            f"Ổ đĩa chứa {file} ({mount.point}) gắn với {unsafe[0]}: mất điện có thể mất dữ liệu đã lưu. "
            "Gắn lại ổ đĩa không có tùy chọn này."
        )
    return None
