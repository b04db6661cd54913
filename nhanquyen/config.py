"""Settings: one table with name, default and help. The environment and ``instance/settings.toml`` override it."""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTANCE = ROOT / "instance"
PREFIX = "NHANQUYEN_"
COMMAND = "run.bat" if os.name == "nt" else "python3 wsgi.py"
KEY_LENGTH = 32

Value = str | int | bool


class SettingsError(Exception):
    """A setting that cannot be used; the message says in Vietnamese which and why."""


@dataclass(frozen=True)
class Setting:
    """One setting; its type is its default's. *limits* are the smallest and the largest number."""

    name: str
    default: Value
    help: str
    limits: tuple[int, int] = (0, 0)


SETTINGS = (
    Setting("DATABASE_URL", "", "Where the data is; empty: the SQLite file in the data folder. PostgreSQL: `postgresql://user:password@host/name`."),
    Setting("HOST", "0.0.0.0", "Address to listen on; `127.0.0.1` for this PC alone."),  # noqa: S104  # a LAN server
    Setting("PORT", 8080, "Port to listen on.", limits=(1, 65_535)),
    Setting("PUBLIC_URL", "", "Address that people type, for slips and QR codes; empty: found out by itself."),
    Setting("TEAM_PHONE", "", "Telephone of the Synthesis Team, shown on receipts and error pages."),
    Setting("IDLE_MINUTES", 30, "Minutes without any request after which a session asks for the password again.",
            limits=(1, 1_440)),
    Setting("SESSION_HOURS", 12, "Hours after which a session ends in any case.", limits=(1, 720)),
    Setting("HTTPS", False, "`true` behind a TLS proxy: cookies become Secure and HSTS is sent."),
    Setting("PROXY_HOPS", 0, "How many reverse proxies stand before the program; 0 ignores X-Forwarded headers.",
            limits=(0, 10)),
    Setting("MAX_UPLOAD_MB", 12, "Largest evidence file, unit list and offline form, in MB.", limits=(1, 100)),
    Setting("BACKUP_DIR", "", "Folder of the backups, best on another disk; empty: `sao-luu` in the data folder."),
    Setting("BACKUP_KEEP", 14, "How many daily backups are kept.", limits=(1, 365)),
    Setting("THREADS", 8, "Server threads.", limits=(1, 64)),
)  # fmt: skip

_ADDRESS = re.compile(r"https?://[^\s/?#]+/?\Z")
_SPELLINGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _convert(setting: Setting, text: str) -> Value:
    name = PREFIX + setting.name
    if isinstance(setting.default, bool):
        if text.lower() not in _SPELLINGS:
            raise SettingsError(f"{name} phải là true hoặc false, không phải “{text}”.")
        return _SPELLINGS[text.lower()]
    if isinstance(setting.default, int):
        least, most = setting.limits
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if not least <= number <= most:
            raise SettingsError(f"{name} phải là số nguyên từ {least} đến {most}, không phải “{text[:40]}”.")
        return number
    if setting.name == "PUBLIC_URL" and not _ADDRESS.match(text):
        raise SettingsError(f"{name} phải có dạng http://192.168.1.9:8080, không phải “{text[:80]}”.")
    return text


def _from_file(path: Path) -> dict[str, str]:
    """The settings written in the file, as texts. Windows' Notepad puts a byte order mark before them."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"Không đọc được {path}. Sửa lại tệp này ({error}).") from error
    known = {setting.name.lower() for setting in SETTINGS}
    if unknown := set(data) - known:
        raise SettingsError(f"{path}: không có cài đặt tên “{min(unknown)}”.")
    for name, value in data.items():
        if not isinstance(value, str | int):
            raise SettingsError(f"{path}: “{name}” phải là chữ, số nguyên hoặc true, false.")
    return {name.upper(): str(value) for name, value in data.items()}


def sqlite_url(file: Path) -> str:
    """The database URL of *file*. Nothing is escaped in it, so that people can write such a URL themselves."""
    return f"sqlite:///{file}"


def read_settings(instance: Path, environ: Mapping[str, str] = os.environ) -> dict[str, Value]:
    """Every setting by name: the environment over ``settings.toml`` in *instance* over the default.

    A blank one counts as not given. Raises `SettingsError`.
    """
    written = _from_file(instance / "settings.toml")
    found: dict[str, Value] = {}
    for setting in SETTINGS:
        text = environ.get(PREFIX + setting.name, "").strip() or written.get(setting.name, "").strip()
        found[setting.name] = _convert(setting, text) if text else setting.default
    found["DATABASE_URL"] = found["DATABASE_URL"] or sqlite_url(instance / "nhanquyen.sqlite3")
    found["BACKUP_DIR"] = found["BACKUP_DIR"] or str(instance / "sao-luu")
    return found


def prepare_instance(instance: Path) -> None:
    """Make the data folder, readable by its owner alone. Raises `SettingsError`."""
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        instance.chmod(0o700)
    except OSError as error:
        raise SettingsError(
            f"Không tạo được thư mục dữ liệu {instance} ({error.strerror}). "
            "Cho người chạy chương trình quyền ghi vào thư mục này rồi chạy lại."
        ) from error


def settle(folder: Path) -> None:
    """Make the names in *folder* outlive a power cut. Windows has nothing like it, and needs nothing."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(file: Path, text: str) -> None:
    """Make *file* with *text* (mode 0600): after a kill or a power cut it is there whole or not at all.

    Raises FileExistsError where another process was faster.
    """
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        _give_name(part, file)
    finally:
        part.unlink(missing_ok=True)
    settle(file.parent)


def _give_name(part: Path, file: Path) -> None:
    """A second name is given to nothing that has one; where the disk knows no second names, the only one is changed."""
    try:
        os.link(part, file)
    except FileExistsError:
        raise
    except OSError:
        part.replace(file)


def secret_key(instance: Path) -> str:
    """The installation's own random key, made at the first call (mode 0600). Raises `SettingsError`."""
    file = instance / "secret_key"
    try:
        if not file.exists():
            write_whole(file, secrets.token_hex(KEY_LENGTH))
    except FileExistsError:
        pass  # another process was faster; its key counts
    except OSError as error:
        raise SettingsError(f"Không ghi được {file} ({error.strerror}). Kiểm tra quyền ghi rồi chạy lại.") from error
    return _known_key(file)


def _known_key(file: Path) -> str:
    try:
        key = file.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"Không đọc được {file} ({error.strerror}). Kiểm tra quyền đọc rồi chạy lại.") from error
    if len(key) < KEY_LENGTH or not key.isascii():
        raise SettingsError(f"{file} hỏng. Xóa tệp này rồi chạy lại; mọi người sẽ phải đăng nhập lại.")
    return key.decode("ascii")
