"""The README says what is so: its settings are the program's, its commands and its places exist."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from nhanquyen import __version__
from nhanquyen.cli import main
from nhanquyen.config import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def settings_table() -> str:
    """The settings as the README must show them."""
    lines = ["| setting | default | what it is |", "|---|---|---|"]
    for setting in SETTINGS:
        default = str(setting.default).lower() if isinstance(setting.default, bool) else str(setting.default)
        lines.append(f"| `{setting.name}` | {f'`{default}`' if default else ''} | {setting.help} |")
    return "\n".join(lines)


def test_the_settings_are_those_of_the_program() -> None:
    found = re.search(r"<!-- settings -->\n(.*?)\n<!-- /settings -->", README, re.DOTALL)
    assert found
    assert found[1] == settings_table()


def test_every_command_of_the_program_is_there_and_no_other() -> None:
    told = set(re.findall(r"python3 wsgi\.py ([\w-]+)", README))
    assert told == set(main.commands)
    for name in told:
        assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0


def test_every_place_named_exists() -> None:
    for place in re.findall(r"`((?:nhanquyen|templates|static|tests|bench|packaging)/[\w./-]*)`", README):
        assert (ROOT / place).exists(), place
    for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README):
        assert (ROOT / picture).stat().st_size > 10_000


def test_the_test_command_is_the_one_that_ci_calls() -> None:
    assert "\npython3 tests/run.py\n" in README
    assert "python3 tests/run.py --require-all" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_version_stands_once() -> None:
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_it_is_in_english_and_self_contained() -> None:
    for file in ROOT.rglob("*"):
        text_like = file.suffix in {".py", ".md", ".toml", ".html", ".js", ".css", ".txt", ".bat"}
        if text_like and not {".venv", ".cache", "vendor", "instance"} & set(file.parts):
            text = file.read_text(encoding="utf-8")
            assert "../" + "shared" not in text, file
            assert "/wo" + "rk/" not in text, file
