"""Puts the program's pinned requirements into its own ``.venv``, then runs the command again in there.

Imported before anything is installed, by whatever Python the user has: standard library only, and
written so that any Python since 3.6 gets far enough to say that it is too old.
"""

import codecs
import hashlib
import importlib.util
import io
import os
import subprocess
import sys
import unicodedata
from functools import partial
from pathlib import Path
from typing import NoReturn

OLDEST_PYTHON = (3, 11)
TONES = "\u0300\u0301\u0303\u0309\u0323"  # code page 1258 writes them after the letter
LIKENESSES = str.maketrans("đĐ“”‘’–…", "dD\"\"''-.")

TOO_OLD = """\
Chương trình cần Python {oldest} trở lên; máy này đang chạy Python {running}.
Cài bản mới từ https://www.python.org/downloads/ rồi chạy lại lệnh vừa rồi."""

VENV_MISSING = """\
Python trên máy này thiếu phần tạo môi trường riêng (venv).
Trên Debian, Ubuntu chạy: sudo apt install python{running}-venv
rồi chạy lại lệnh vừa rồi."""

VENV_FAILED = """\
Không tạo được môi trường Python tại {venv}
Kiểm tra quyền ghi vào thư mục của chương trình và chỗ trống trên ổ đĩa, rồi chạy lại lệnh vừa rồi."""

PIP_FAILED_ONLINE = """\
Không cài được các thư viện cần thiết (chi tiết ở các dòng trên).
- Máy có mạng internet: kiểm tra kết nối, rồi chạy lại lệnh vừa rồi.
- Máy không có mạng: chép thư mục "wheels" của bộ cài ngoại tuyến vào cạnh tệp wsgi.py
  ({root}), rồi chạy lại lệnh vừa rồi.
Dữ liệu đã nhập không bị ảnh hưởng."""

PIP_FAILED_OFFLINE = """\
Không cài được các thư viện cần thiết từ thư mục {wheels} (chi tiết ở các dòng trên).
- Bộ cài ngoại tuyến phải dành cho đúng hệ điều hành này và Python {running}.
- Máy có mạng internet: đổi tên thư mục "wheels", rồi chạy lại lệnh vừa rồi để tải từ mạng.
Dữ liệu đã nhập không bị ảnh hưởng."""


def ensure_environment(requirements: Path, *further: Path) -> None:
    """Return only inside the ``.venv`` beside *requirements*, with all the files named installed in it.

    Anywhere else, install what is missing and run the current command again inside that environment.
    """
    speak_to_any_console()
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(TOO_OLD.format(oldest=_dotted(OLDEST_PYTHON), running=_dotted(sys.version_info[:3])))
    environment = _Environment(requirements.resolve().parent)
    outdated = [path.resolve() for path in (requirements, *further) if not environment.holds(path.resolve())]
    if outdated:
        environment.install(outdated)
    elif environment.is_running:
        return
    _run_again(environment.python)


class _Environment:
    """The ``.venv`` in the program's folder, with a stamp for each requirements file it holds."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.directory = root / ".venv"
        self.python = self.directory / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def is_running(self) -> bool:
        return Path(sys.prefix).resolve() == self.directory.resolve()

    def holds(self, requirements: Path) -> bool:
        stamp = self._stamp(requirements)
        return self.python.exists() and stamp.is_file() and stamp.read_text("ascii") == _digest(requirements)

    def install(self, outdated: "list[Path]") -> None:
        print("Đang chuẩn bị các thư viện cần thiết; lần đầu có thể mất vài phút…", flush=True)
        if not self.is_running:
            self._create()
        wheels = self.root / "wheels"
        offline = ["--no-index", "--find-links", str(wheels)] if wheels.is_dir() else []
        files = [argument for path in outdated for argument in ("--requirement", str(path))]
        pip = [str(self.python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        if subprocess.call([*pip, *offline, *files]) != 0:
            message = PIP_FAILED_OFFLINE if offline else PIP_FAILED_ONLINE
            sys.exit(message.format(root=self.root, wheels=wheels, running=_dotted(sys.version_info[:2])))
        for path in outdated:
            self._stamp(path).write_text(_digest(path), "ascii")

    def _create(self) -> None:
        """Make the environment; start afresh when another Python made the one that is there."""
        if importlib.util.find_spec("ensurepip") is None:
            sys.exit(VENV_MISSING.format(running=_dotted(sys.version_info[:2])))
        made_by = self.directory / "python-version.stamp"
        running = _dotted(sys.version_info[:2])
        fresh = [] if made_by.is_file() and made_by.read_text("ascii") == running else ["--clear"]
        if subprocess.call([sys.executable, "-m", "venv", *fresh, str(self.directory)]) != 0:
            sys.exit(VENV_FAILED.format(venv=self.directory))
        made_by.write_text(running, "ascii")

    def _stamp(self, requirements: Path) -> Path:
        name = "-".join(requirements.relative_to(self.root).with_suffix(".stamp").parts)
        return self.directory / name


def _digest(requirements: Path) -> str:
    """What a stamp says: the file's content, and the Python it was installed for."""
    content = requirements.read_bytes() + _dotted(sys.version_info[:2]).encode("ascii")
    return hashlib.sha256(content).hexdigest()


def _run_again(python: Path) -> NoReturn:
    command = [str(python), *sys.orig_argv[1:]]
    environment = {**os.environ, "PYTHONUTF8": "1"}
    if os.name != "nt":
        os.execve(python, command, environment)  # noqa: S606 - there is no shell to want
    # Windows has no exec: there it would end this process, and the console would not wait for the new one.
    with subprocess.Popen(command, env=environment) as process:
        while True:
            try:
                sys.exit(process.wait())
            except KeyboardInterrupt:
                continue  # Ctrl+C reached the program too; let it finish in its own time


def speak_to_any_console() -> None:
    """Print Vietnamese also where the console lacks its letters: as near as it can, rather than not at all."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and hasattr(stream, "reconfigure"):
            name = "nearest-" + stream.encoding
            codecs.register_error(name, partial(_say_nearest, stream.encoding))
            stream.reconfigure(errors=name)


def _say_nearest(encoding: str, error: UnicodeError) -> "tuple[bytes, int]":
    """A codec's error handler. The error itself says "charmap" for most of the old encodings."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return b"".join(_nearest(letter, encoding) for letter in text), error.end


def _nearest(letter: str, encoding: str) -> bytes:
    """The letter "ở" as "ơ" or "o", whatever *encoding* has; what is like nothing becomes "?"."""
    apart = unicodedata.normalize("NFD", letter)
    tones = "".join(mark for mark in apart if mark in TONES)
    shape = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in TONES))
    for likeness in (shape + tones, shape, apart[:1].translate(LIKENESSES)):
        try:
            return likeness.encode(encoding)
        except UnicodeEncodeError:
            continue
    return "?".encode(encoding)


def _dotted(version: "tuple[int, ...]") -> str:
    return ".".join(str(number) for number in version)
