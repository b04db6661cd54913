"""Templates keep to the Content-Security-Policy, to htmx's safe parts and to the words of the screen."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, nodes

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = ROOT / "static"

FORBIDDEN = {
    r"\son\w+=": "an inline handler is blocked by the policy",
    r"<style|\sstyle=": "an inline style is blocked by the policy",
    r"hx-on|hx-vars|js:|javascript:": "it needs eval, which is off",
    r"hx-trigger=\"[^\"]*\[": "a filter of an event fails open without eval",
    r"hx-boost|hx-push-url": "cached history shows what is no longer true",
    r"\|\s*safe\b|autoescape false|Markup\(": "what people type is always escaped",
    r"https?://|//cdn|@import": "nothing is loaded from outside",
    r"<input[^>]*type=\"?number": "a number field hides what was typed when it is no number",
    r"\smaxlength=|\srequired(?!=false)[ >=]": "a draft keeps whatever was typed; checks come when asked for",
    r"\splaceholder=": "a placeholder is no label",
}
BANNED_WORDS = ("không hợp lệ", "trường này bắt buộc", "vui lòng", "xin lỗi")


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT / "templates"))


@pytest.mark.parametrize("file", TEMPLATES, ids=name_of)
def test_it_keeps_to_the_rules(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for pattern, reason in FORBIDDEN.items():
        found = re.search(pattern, text)
        assert not found, f"{found and found.group()}: {reason}"


@pytest.mark.parametrize("file", TEMPLATES, ids=name_of)
def test_every_id_and_name_is_ascii(file: Path) -> None:
    for value in re.findall(r"\s(?:id|name|for|href=\"#)=\"([^\"{]*)", file.read_text(encoding="utf-8")):
        assert value.isascii()


@pytest.mark.parametrize("file", [file for file in TEMPLATES if file.name.startswith("_")], ids=name_of)
def test_a_fragment_is_no_page_and_says_what_it_needs(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "<html" not in text
    assert "{% extends" not in text
    assert text.startswith("{# needs:") or "{% macro" in text or file.parent.name == "help"


def test_every_template_is_used() -> None:
    environment = Environment(loader=FileSystemLoader(ROOT / "templates"), autoescape=True)
    sources = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "nhanquyen").rglob("*.py"))
    used: set[str] = set(re.findall(r"\"([\w/]+\.html)\"", sources))
    for file in TEMPLATES:
        for node in environment.parse(file.read_text(encoding="utf-8")).find_all(
            (nodes.Include, nodes.Extends, nodes.FromImport)
        ):
            if isinstance(node.template, nodes.Const):
                used.add(node.template.value)
    dynamic = {f"help/_{role}.html" for role in ("unit", "synthesis", "admin")}
    assert {name_of(file) for file in TEMPLATES} == used | dynamic


@pytest.mark.parametrize("file", TEMPLATES, ids=name_of)
def test_it_imports_no_macro_in_vain(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for names in re.findall(r"{% from \"[^\"]+\" import ([\w, ]+) %}", text):
        for name in names.split(", "):
            assert len(re.findall(rf"\b{name}\(", text)) > 0, name


def test_every_word_on_screen_is_polite_and_plain() -> None:
    for file in (*TEMPLATES, *(ROOT / "nhanquyen").rglob("*.py"), *(ROOT / "nhanquyen").rglob("*.toml")):
        text = file.read_text(encoding="utf-8").casefold()
        for words in BANNED_WORDS:
            assert words not in text, file


def test_own_scripts_stay_small_and_ask_no_other_host() -> None:
    scripts = sorted(STATIC.glob("*.js"))
    assert scripts
    lines = [line for script in scripts for line in script.read_text(encoding="utf-8").splitlines()]
    assert len(lines) < 660  # two thirds of it lose nothing that was typed: sending, keeping, bringing back
    assert max(map(len, lines)) <= 120
    text = "\n".join(lines)
    assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", text)
    assert not re.search(r"https?://", text)


def test_the_style_sheet_uses_what_chrome_109_knows() -> None:
    text = (STATIC / "app.css").read_text(encoding="utf-8")
    assert not re.search(r"color-mix|subgrid|text-wrap|field-sizing|view-transition|&\s|@layer|url\(", text)
    assert "text-transform" not in text


def test_vendored_files_are_the_published_ones() -> None:
    folder = STATIC / "vendor"
    lines = (folder / "SHA384SUMS").read_text(encoding="ascii").splitlines()
    known = dict(reversed(line.split()) for line in lines if line and not line.startswith("#"))
    found = {file.name: hashlib.sha384(file.read_bytes()).hexdigest() for file in folder.iterdir()}
    found.pop("SHA384SUMS")
    assert found == known
