"""The flow directive → form → store → overview → export → web stays one way."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "nhanquyen"

# Who may import whom, from the left of the flow to its right.
GROUND = {"text", "clock", "config"}
MAY_IMPORT = {
    "text": set(),
    "clock": set(),
    "config": set(),
    "install": set(),
    "directive": {"text"},
    "form": {"directive", "text"},
    "store": GROUND | {"directive", "form"},
    "overview": GROUND | {"directive", "form", "store"},
    "export": GROUND | {"directive", "form", "store", "overview"},
    "setup": GROUND | {"directive", "form", "store"},
    "recovery": GROUND | {"store", "setup"},
    "daily": GROUND | {"store"},
    "demo": GROUND | {"directive", "form", "store"},
    "web": GROUND | {"directive", "form", "store", "overview", "export", "__init__"},
    "server": {"web", *GROUND},
    "cli": GROUND | {"directive", "store", "setup", "recovery", "daily", "demo", "web", "server", "install"},
    "__init__": set(),
}
ONLY_IN = {  # a library and the stages that know it
    "flask": {"web", "server"},
    "flask_wtf": {"web"},
    "flask_htmx": {"web"},
    "wtforms": {"web"},
    "werkzeug": {"web", "store"},  # the store hashes passwords with it
    "peewee": {"store"},
    "playhouse": {"store"},
    "openpyxl": {"form", "export"},
    "docxtpl": {"export"},
    "docx": {"export"},
    "waitress": {"server"},
    "PIL": {"form", "demo"},
    "segno": {"web"},
}
ALLOWED_ANYWAY = {("web", "peewee")}  # DoesNotExist, to answer 404; no query
QUERY_WORDS = {"insert_many", "execute_sql", "get_or_none", "get_by_id", "for_update"}


def stage_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return sorted(file for file in PACKAGE.rglob("*.py") if "migrations" not in file.parts)


def imports_of(file: Path) -> set[str]:
    """Every module that *file* imports, wherever in it, by its full name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are written in full"
            found.add(node.module or "")
            if node.module == "nhanquyen":
                found |= {f"nhanquyen.{name.name}" for name in node.names}
    return found


def test_it_finds_the_stages() -> None:
    assert {stage_of(file) for file in modules()} <= set(MAY_IMPORT)


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_it_imports_to_the_left_only(file: Path) -> None:
    stage = stage_of(file)
    own = {name.split(".")[1] for name in imports_of(file) if name.startswith("nhanquyen.")}
    assert own - {stage} - {"__version__"} <= MAY_IMPORT[stage]


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_it_keeps_libraries_in_their_stages(file: Path) -> None:
    stage = stage_of(file)
    for name in imports_of(file):
        library = name.split(".")[0]
        if library in ONLY_IN and (stage, library) not in ALLOWED_ANYWAY:
            assert stage in ONLY_IN[library], f"{stage} imports {library}"


@pytest.mark.parametrize(
    "file",
    [file for file in modules() if stage_of(file) in ("web", "overview", "export", "form", "directive")],
    ids=lambda file: str(file.relative_to(PACKAGE)),
)
def test_it_leaves_queries_to_the_store(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = [
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    assert not QUERY_WORDS & set(calls)


def test_the_directive_needs_the_standard_library_only() -> None:
    standard = sys.stdlib_module_names
    for file in (PACKAGE / "directive").glob("*.py"):
        assert {name.split(".")[0] for name in imports_of(file)} <= standard | {"nhanquyen"}


def test_modules_and_functions_stay_short() -> None:
    for file in modules():
        text = file.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 420, file
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno <= 60, f"{file.name}: {node.name}"


def test_nothing_is_a_grab_bag() -> None:
    for file in ROOT.rglob("*.py"):
        if not {".venv", ".cache"} & set(file.parts):
            assert file.stem not in {"utils", "helpers", "common", "misc", "manager"}


def test_the_top_level_is_as_agreed() -> None:
    visible = {path.name for path in ROOT.iterdir() if not path.name.startswith(".") and path.name != "__pycache__"}
    agreed = {"wsgi.py", "nhanquyen", "templates", "static", "instance", "requirements.txt", "tests", "README.md"}
    assert agreed <= visible
    assert visible - agreed <= {"bench", "packaging", "pyproject.toml", "run.bat", "test.bat", "wheels", "dist", "docs"}
