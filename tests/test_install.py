"""Installing: the program's own environment, with and without a network, and what is said when it cannot be made."""

from __future__ import annotations

import ast
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nhanquyen import install
from nhanquyen.config import SETTINGS, read_settings
from nhanquyen.install import ensure_environment

ROOT = Path(__file__).resolve().parents[1]
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
BATCHES = ("run.bat", "test.bat")


class Restarted(Exception):
    """The program was run again in its environment: where and with which arguments."""

    def __init__(self, python: Path, command: list[str]) -> None:
        super().__init__(str(python))
        self.python, self.command = python, command


class Machine:
    """A PC whose Python makes environments and whose pip installs, as far as one can tell from outside."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.requirements = root / "requirements.txt"
        self.requirements.write_text("flask==3.1.3\n")
        self.calls: list[list[str]] = []
        self.pip: Callable[[], int] = lambda: 0
        self.venv: Callable[[], int] = lambda: 0
        monkeypatch.setattr(install.subprocess, "call", self._call)
        monkeypatch.setattr(install.os, "execve", self._exec)
        monkeypatch.setattr(install.sys, "orig_argv", ["python3", "wsgi.py", "demo", "--lam-lai"])

    def _call(self, command: list[str]) -> int:
        self.calls.append(command[1:])
        if "venv" not in command:
            return self.pip()
        if "--clear" in command:
            shutil.rmtree(self.root / ".venv", ignore_errors=True)
        code = self.venv()
        if code == 0:
            python = self.root / ".venv" / "bin" / "python"
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()
        return code

    def _exec(self, python: Path, command: list[str], environment: dict[str, str]) -> None:
        raise Restarted(python, command)

    def start(self, *further: Path) -> list[list[str]]:
        """Run the command; what was called until it ran again in the environment."""
        self.calls.clear()
        with pytest.raises(Restarted) as again:
            ensure_environment(self.requirements, *further)
        python = self.root / ".venv" / "bin" / "python"
        assert again.value.python == python
        assert again.value.command == [str(python), "wsgi.py", "demo", "--lam-lai"]
        return list(self.calls)

    def fail(self) -> str:
        self.calls.clear()
        with pytest.raises(SystemExit) as refused:
            ensure_environment(self.requirements)
        return str(refused.value.code)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def names(calls: list[list[str]]) -> list[str]:
    return [call[1] for call in calls]


# --- The environment -----------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="the paths are those of Linux")
class TestEnvironment:
    def test_the_first_start_makes_it_and_installs(self, machine: Machine) -> None:
        venv, pip = machine.start()
        assert venv == ["-m", "venv", "--clear", str(machine.root / ".venv")]
        assert pip[:2] == ["-m", "pip"]
        assert pip[-2:] == ["--requirement", str(machine.requirements)]
        assert "--no-index" not in pip

    def test_the_next_start_installs_nothing(self, machine: Machine) -> None:
        machine.start()
        assert machine.start() == []

    def test_other_requirements_are_installed_into_the_same(self, machine: Machine) -> None:
        machine.start()
        machine.requirements.write_text("flask==3.1.4\n")
        calls = machine.start()
        assert names(calls) == ["venv", "pip"]
        assert "--clear" not in calls[0]
        assert machine.start() == []

    def test_the_tests_need_theirs_too(self, machine: Machine) -> None:
        machine.start()
        further = machine.root / "tests" / "requirements.txt"
        further.parent.mkdir()
        further.write_text("pytest==9.2.0\n")
        calls = machine.start(further)
        assert calls[-1][-2:] == ["--requirement", str(further)]
        assert str(machine.requirements) not in calls[-1]
        assert machine.start(further) == machine.start() == []

    def test_one_made_by_another_python_is_made_anew(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        machine.start()
        monkeypatch.setattr(install.sys, "version_info", (3, 99, 0))
        calls = machine.start()
        assert "--clear" in calls[0]
        assert names(calls) == ["venv", "pip"]

    def test_one_whose_python_is_gone_is_mended(self, machine: Machine) -> None:
        machine.start()
        (machine.root / ".venv" / "bin" / "python").unlink()
        assert names(machine.start()) == ["venv", "pip"]

    def test_inside_it_nothing_happens(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        machine.start()
        monkeypatch.setattr(install.sys, "prefix", str(machine.root / ".venv"))
        machine.calls.clear()
        ensure_environment(machine.requirements)
        assert machine.calls == []

    def test_inside_it_new_requirements_are_installed_without_making_it(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        machine.start()
        monkeypatch.setattr(install.sys, "prefix", str(machine.root / ".venv"))
        machine.requirements.write_text("flask==3.1.4\n")
        assert names(machine.start()) == ["pip"]

    def test_wheels_beside_the_program_are_used_instead_of_the_network(self, machine: Machine) -> None:
        (machine.root / "wheels").mkdir()
        pip = machine.start()[-1]
        assert pip[pip.index("--no-index") :][:3] == ["--no-index", "--find-links", str(machine.root / "wheels")]

    def test_without_a_network_it_says_what_to_do_and_tries_again(self, machine: Machine) -> None:
        machine.pip = lambda: 1
        told = machine.fail()
        assert 'chép thư mục "wheels"' in told
        assert str(machine.root) in told
        machine.pip = lambda: 0
        assert names(machine.start()) == ["venv", "pip"]

    def test_wheels_for_another_system_are_told(self, machine: Machine) -> None:
        (machine.root / "wheels").mkdir()
        machine.pip = lambda: 1
        told = machine.fail()
        assert f"đúng hệ điều hành này và Python {VERSION}" in told
        assert str(machine.root / "wheels") in told

    def test_interrupted_it_begins_again(self, machine: Machine) -> None:
        def interrupted() -> int:
            raise KeyboardInterrupt

        machine.pip = interrupted
        with pytest.raises(KeyboardInterrupt):
            ensure_environment(machine.requirements)
        machine.pip = lambda: 0
        assert names(machine.start()) == ["venv", "pip"]
        assert machine.start() == []

    def test_a_folder_that_cannot_be_written_is_told(self, machine: Machine) -> None:
        machine.venv = lambda: 1
        told = machine.fail()
        assert told.startswith(f"Không tạo được môi trường Python tại {machine.root / '.venv'}")
        assert "quyền ghi" in told
        assert names(machine.calls) == ["venv"]

    def test_a_python_without_venv_is_told(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None)
        assert f"sudo apt install python{VERSION}-venv" in machine.fail()
        assert machine.calls == []

    def test_an_old_python_is_told_which_one_it_needs(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(install.sys, "version_info", (3, 9, 18))
        told = machine.fail()
        assert "cần Python 3.11 trở lên; máy này đang chạy Python 3.9.18" in told
        assert "python.org/downloads" in told
        assert machine.calls == []


def test_an_old_python_gets_far_enough_to_be_told() -> None:
    """What runs before the version is looked at is in the language of Python 3.6."""
    for name in ("wsgi.py", "nhanquyen/__init__.py", "nhanquyen/install.py"):
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"), feature_version=(3, 6))
        for node in ast.walk(tree):
            assert not (isinstance(node, ast.ImportFrom) and node.module == "__future__"), name
            if isinstance(node, ast.FunctionDef):
                hints = [argument.annotation for argument in (*node.args.args, node.args.vararg) if argument]
                told = [ast.dump(hint) for hint in (*hints, node.returns) if hint]
                assert not [hint for hint in told if "Subscript" in hint or "BinOp" in hint], node.name


# --- For real, without a network -----------------------------------------------------------------------

PROGRAM = """
import sys
from pathlib import Path

from nhanquyen.install import ensure_environment

ensure_environment(Path(__file__).with_name("requirements.txt"))
import tiny

print(tiny.GREETING, sys.argv[1:])
"""


def make_wheel(folder: Path) -> None:
    """A package "tiny" of one line."""
    files = {
        "tiny.py": "GREETING = 'Chào thị xã'\n",
        "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ["tiny-1.0.dist-info/RECORD,,"]
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(text.encode())}")
            wheel.writestr(name, text)
        wheel.writestr("tiny-1.0.dist-info/RECORD", "\n".join(record) + "\n")


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    base = getattr(sys, "_base_executable", sys.executable)
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    return subprocess.run(
        [base, "wsgi.py", *arguments], cwd=folder, env={**clean, **environment}, encoding="utf-8", errors="replace",
        capture_output=True, check=False, timeout=110,
    )  # fmt: skip


def test_it_installs_for_real_from_wheels(tmp_path: Path) -> None:
    folder = tmp_path / "Thị xã #1 100% ơ"
    (folder / "nhanquyen").mkdir(parents=True)
    for name in ("__init__.py", "install.py"):
        shutil.copy(ROOT / "nhanquyen" / name, folder / "nhanquyen")
    (folder / "wsgi.py").write_text(PROGRAM, encoding="utf-8")
    (folder / "requirements.txt").write_text("tiny==1.0\n")
    make_wheel(folder / "wheels")
    first = run(folder, "demo", "có dấu")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == [
        "Đang chuẩn bị các thư viện cần thiết; lần đầu có thể mất vài phút…",
        "Chào thị xã ['demo', 'có dấu']",
    ]
    shutil.rmtree(folder / "wheels")
    again = run(folder, PYTHONIOENCODING="ascii")
    assert (again.stdout, again.stderr, again.returncode) == ("Chao thi xa []\n", "", 0)


# --- Consoles --------------------------------------------------------------------------------------------

SAYING = "from nhanquyen.install import speak_to_any_console; speak_to_any_console(); print('“Đội” – mười… ☂\\udcff')"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "“Đội” – mười… ☂?"),
        ("utf-16-le", "“Đội” – mười… ☂?"),
        ("ascii", '"Doi" - muoi. ??'),
        ("latin-1", '"Dôi" - muoi. ??'),
        ("cp1252", "“Dôi” – muoi… ??"),
        ("cp437", '"Dôi" - muoi. ??'),
        ("cp1258", "“Đô\u0323i” – mươ\u0300i… ??"),
    ],
)
def test_a_console_without_vietnamese_shows_it_without_its_marks(encoding: str, shown: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    out = subprocess.check_output([sys.executable, "-c", SAYING], cwd=ROOT, env=environment)
    assert out.decode(encoding).strip() == shown


# --- Windows: read, never run ------------------------------------------------------------------------------


def batch(name: str) -> str:
    return (ROOT / name).read_bytes().decode("ascii")


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_file_is_ascii_with_windows_line_ends(name: str) -> None:
    text = batch(name)
    assert "UNTESTED" in text
    assert text.count("\r\n") == text.count("\n") == len(text.splitlines())
    assert max(map(len, text.splitlines())) < 200


def test_git_keeps_those_line_ends() -> None:
    rules = (ROOT / ".gitattributes").read_text(encoding="ascii").splitlines()
    assert "*.bat text eol=crlf" in rules
    assert "/packaging/windows/*.txt text eol=crlf" in rules


@pytest.mark.parametrize("name", BATCHES)
def test_every_path_in_a_batch_file_is_quoted(name: str) -> None:
    for line in batch(name).splitlines():
        if not line.startswith("rem "):
            outside = "".join(re.split(r'"[^"]*"', line))
            assert "%HERE" not in outside, line
            assert "%~dp0" not in outside, line
            assert ".py" not in outside, line
            assert line.count('"') % 2 == 0, line


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_file_jumps_and_reads_only_where_something_is(name: str) -> None:
    text = batch(name)
    labels = set(re.findall(r"^:(\w+)", text, re.MULTILINE))
    assert set(re.findall(r"goto (\w+)", text)) == labels
    for place in re.findall(r'"%HERE%([^"]+)"', text):
        assert (ROOT / place.replace("\\", "/")).is_file(), place
    (script,) = re.findall(r'py -3 "([^"]+)" %\*', text)
    assert (ROOT / script.replace("\\", "/")).is_file()
    assert text.rstrip().endswith("exit /b %CODE%")


def test_the_two_batch_files_differ_in_what_they_run_only() -> None:
    def common(name: str) -> list[str]:
        return [
            line for line in batch(name).splitlines() if "Double-click" not in line and not line.startswith("py -3 ")
        ]

    assert common("run.bat") == common("test.bat")


@pytest.mark.parametrize("path", sorted((ROOT / "packaging" / "windows").glob("*.txt")), ids=lambda path: path.name)
def test_what_they_show_is_utf_8_with_windows_line_ends(path: Path) -> None:
    content = path.read_bytes()
    assert content.decode("utf-8")
    assert content.count(b"\r\n") == content.count(b"\n") > 2
    assert not content.startswith(b"\xef\xbb\xbf")


# --- The example of the settings ---------------------------------------------------------------------------


def in_the_folder(instance: Path) -> dict[str, str]:
    """The settings whose default lies in the data folder."""
    return {"DATABASE_URL": f"sqlite:///{instance}/nhanquyen.sqlite3", "BACKUP_DIR": f"{instance}/sao-luu"}


def test_the_example_changes_nothing_until_it_is_changed(tmp_path: Path) -> None:
    shutil.copy(ROOT / "packaging" / "settings.toml", tmp_path)
    assert read_settings(tmp_path, {}) == read_settings(tmp_path / "nowhere", {}) | in_the_folder(tmp_path)


def test_the_example_has_every_setting_with_its_default(tmp_path: Path) -> None:
    text = (ROOT / "packaging" / "settings.toml").read_text(encoding="utf-8")
    lines = re.findall(r"^# ([a-z_]+ = .*)$", text, re.MULTILINE)
    assert [line.split(" = ")[0] for line in lines] == [setting.name.lower() for setting in SETTINGS]
    (tmp_path / "settings.toml").write_text("\n".join(lines), encoding="utf-8")
    found: dict[str, Any] = dict(read_settings(tmp_path, {}))
    assert found == {setting.name: setting.default for setting in SETTINGS} | in_the_folder(tmp_path)
    for setting in SETTINGS:
        written = next(line for line in lines if line.startswith(setting.name.lower() + " "))
        default = str(setting.default)
        assert written.split(" = ")[1].strip('"') == (default.lower() if isinstance(setting.default, bool) else default)
