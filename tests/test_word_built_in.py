"""The template files are what their scripts in ``packaging/word`` build, part by part, so that they can be reviewed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import word_files
from lxml import etree

from nhanquyen.export.word.catalogue import TEMPLATES
from nhanquyen.export.word_kinds import KINDS

SCRIPTS = Path(__file__).resolve().parent.parent / "packaging" / "word"


@pytest.fixture
def script(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """The script that builds the template of a kind; it and `layout` are found as when it is run."""
    sys.path.insert(0, str(SCRIPTS))
    known = set(sys.modules)
    try:
        yield importlib.import_module(request.param)
    finally:
        sys.path.remove(str(SCRIPTS))
        for name in set(sys.modules) - known:
            if getattr(sys.modules[name], "__file__", None) and str(SCRIPTS) in str(sys.modules[name].__file__):
                del sys.modules[name]


def canonical(name: str, content: bytes) -> bytes:
    if not name.endswith((".xml", ".rels")):
        return content
    return bytes(etree.tostring(etree.fromstring(content), method="c14n"))


@pytest.mark.parametrize("script", KINDS, indirect=True)
def test_the_file_is_what_its_script_builds(script: ModuleType) -> None:
    layout = sys.modules["layout"]
    built = word_files.parts_of(layout.file_of(script.build(), script.TITLE))
    kept = word_files.parts_of(TEMPLATES.joinpath(f"{script.KEY}.docx").read_bytes())
    assert list(built) == list(kept)
    for name, content in built.items():
        assert canonical(name, content) == canonical(name, kept[name]), name


def test_every_template_has_a_kind_and_a_script() -> None:
    assert {file.stem for file in TEMPLATES.glob("*.docx")} == set(KINDS)
    assert set(KINDS) <= {file.stem for file in SCRIPTS.glob("*.py")}
