"""What every release left is upgraded row by row on both engines, also when it is killed; then work goes on."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import kept
import openpyxl
import people
import pytest
import word_files
from cluster import PostgreSQLCluster
from plain import Columns, Rows, looking_at
from schema import schema, triggers

from nhanquyen.clock import VIETNAM
from nhanquyen.store import database
from nhanquyen.store.database import DatabaseRefused, sqlite_path
from nhanquyen.store.models import MODELS
from nhanquyen.store.opening import create, verify
from nhanquyen.store.upgrading import pending

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
WHEN = datetime(2023, 12, 26, 8, 0, tzinfo=VIETNAM)
IN_MEMORY = "/dev/shm"  # noqa: S108  # where it is: what is killed here a hundred times need not wait for a disk
NewDatabase = Callable[[], str]

pytestmark = pytest.mark.parametrize("version", kept.RELEASES)
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has neither fork nor SIGKILL")


@pytest.fixture(params=ENGINES)
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Gives the URLs of databases with nothing in them, on a server that keeps what it confirms."""
    numbers = itertools.count(1)
    if request.param == "sqlite":
        with tempfile.TemporaryDirectory(dir=IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else tmp_path) as folder:
            yield lambda: f"sqlite:///{folder}/nhanquyen-{next(numbers)}.sqlite3"
        return
    cluster: PostgreSQLCluster = request.getfixturevalue("careful_cluster")
    with contextlib.ExitStack() as used:
        yield lambda: used.enter_context(cluster.database())


@pytest.fixture
def left_behind(new_database: NewDatabase, version: str) -> str:
    """The URL of a database as the release left it."""
    url = new_database()
    kept.unpack(version, url)
    return url


@pytest.fixture
def harder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program has one migration more, which does everything that is hard."""
    folder = tmp_path / "migrations"
    shutil.copytree(database.MIGRATIONS, folder)
    shutil.copy(HERE / "harder" / "9000_harder.py", folder)
    monkeypatch.setattr(database, "MIGRATIONS", folder)
    return folder


def upgrade(url: str) -> list[str]:
    """Start on the database at *url*; the migrations that it has had then."""
    with people.bound(url):
        with database.connection():
            waiting = pending()
        verify(url)
    return waiting


def columns_of(url: str) -> Columns:
    with looking_at(url) as found:
        return found.columns()


def rows_of(url: str, columns: Columns) -> dict[str, Rows]:
    with looking_at(url) as found:
        return found.rows(columns)


def history_of(url: str) -> list[str]:
    with looking_at(url) as found:
        return found.history()


def content_of(url: str) -> Any:
    """What must not change when nothing is to be done."""
    file = sqlite_path(url)
    return file.read_bytes() if file is not None else rows_of(url, columns_of(url))


# --- Row by row ----------------------------------------------------------------------------------


def assert_new_columns_hold_their_defaults(url: str, before: Columns) -> None:
    for model in MODELS:
        meta = model._meta  # type: ignore[attr-defined]
        for field in meta.sorted_fields:
            if field.column_name in before.get(meta.table_name, [field.column_name]):
                continue
            default = field.default() if callable(field.default) else field.default
            with people.bound(url), database.connection():
                held = {repr(getattr(row, field.name)) for row in model.select(field)}
            assert held <= {repr(default)}, f"{meta.table_name}.{field.column_name}"


def test_every_row_is_as_the_release_left_it(left_behind: str) -> None:
    before = columns_of(left_behind)
    rows = rows_of(left_behind, before)
    assert all(rows.values())
    upgrade(left_behind)
    assert rows_of(left_behind, before) == rows
    assert_new_columns_hold_their_defaults(left_behind, before)


def test_so_it_is_after_the_hardest_migration(left_behind: str, harder: Path) -> None:
    before = columns_of(left_behind)
    rows = rows_of(left_behind, before)
    assert "9000_harder" in upgrade(left_behind)
    assert rows_of(left_behind, before) == rows
    with looking_at(left_behind) as found:
        assert found.query("SELECT DISTINCT weight FROM report") == [(7,)]
        assert found.query("SELECT count(*) FROM unit WHERE label <> code || ' – ' || name") == [(0,)]
        noted = found.query("SELECT id, note FROM unit WHERE note <> '' ORDER BY id")
        assert found.query("SELECT unit_id, text FROM unit_note ORDER BY unit_id") == noted != []


@pytest.mark.parametrize("with_the_hardest", [False, True])
def test_an_upgraded_schema_is_a_new_one(
    left_behind: str, new_database: NewDatabase, with_the_hardest: bool, request: pytest.FixtureRequest
) -> None:
    if with_the_hardest:
        request.getfixturevalue("harder")
    upgrade(left_behind)
    with people.bound(left_behind):
        upgraded = schema(), triggers()
    url = new_database()
    with people.bound(url):
        create(url)
        assert (schema(), triggers()) == upgraded


def test_the_second_start_changes_nothing(left_behind: str, harder: Path) -> None:
    assert upgrade(left_behind)
    before = content_of(left_behind)
    assert upgrade(left_behind) == []
    assert content_of(left_behind) == before


def test_the_next_connection_watches_foreign_keys_again(left_behind: str, harder: Path) -> None:
    with people.bound(left_behind):
        verify(left_behind)
        if database.is_sqlite():
            with database.connection():
                assert database.database.pragma("foreign_keys") == 1
                assert database.database.pragma("busy_timeout") == 10_000


# --- Work goes on ----------------------------------------------------------------------------------


@pytest.fixture
def program(left_behind: str) -> Iterator[Callable[[str], people.Browser]]:
    """The program of today on the upgraded database: whoever is named signs in, with the password of then."""
    upgrade(left_behind)
    clock = people.SettableClock()
    clock.now = WHEN
    with people.bound(left_behind):
        app = people.make_app(left_behind, clock)
        yield lambda name: people.Browser(app).sign_in(name)


def test_the_program_works_on(program: Callable[[str], people.Browser]) -> None:
    clerk, team, admin = program("lt"), program("tonghop"), program("quantri")
    page = clerk.get("/bao-cao").get_data(as_text=True)
    assert "Robert&#39;); DROP TABLE report;--" in page
    place = re.search(r'action="(/bao-cao/\d+)', page)
    version = re.search(r'name="ver" id="ver" value="(\d+)"', page)
    assert place
    assert version
    typed = {"n1-so_lieu-0-so_cuoc": "17", "ver": version[1]}
    assert clerk.post(f"{place[1]}/luu", typed, htmx=True).status_code == 200
    assert 'value="17"' in clerk.get("/bao-cao").get_data(as_text=True)
    board = team.get("/tong-hop")
    assert board.status_code == 200
    assert "Ủy ban nhân dân xã Long Toàn" in board.get_data(as_text=True)
    assert admin.get("/quan-tri/nhat-ky").status_code == 200


def test_its_documents_are_made(program: Callable[[str], people.Browser]) -> None:
    team = program("tonghop")
    excel = team.get("/tai-ve/excel?pham_vi=da_gui")
    assert "Tổng hợp" in openpyxl.load_workbook(io.BytesIO(excel.data)).sheetnames
    word = team.get("/tai-ve/word?pham_vi=da_gui")
    assert any("BÁO CÁO" in line for line in word_files.lines_of(word.data))


def test_what_was_issued_is_given_out_byte_for_byte(program: Callable[[str], people.Browser], left_behind: str) -> None:
    team = program("tonghop")
    with people.bound(left_behind), database.connection():
        files = database.database.execute_sql(
            "SELECT number, issued_file.id, content FROM issued_file JOIN issuance ON issuance.id = issuance_id"
        ).fetchall()
        assert len(files) == 4
        for number, file_id, content in files:
            assert team.get(f"/tong-hop/phat-hanh/{number}/tep/{file_id}").data == bytes(content)


# --- Killed, refused, at once ------------------------------------------------------------------------


class Starter:
    """Starts the program on a database, to be killed at one of its statements; see ``starting.py``."""

    def __init__(self) -> None:
        path = os.pathsep.join(map(str, (ROOT, HERE.parent, HERE)))
        self._process = subprocess.Popen(
            [sys.executable, "-B", str(HERE / "starting.py")], cwd=ROOT, encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, url: str, migrations: Path, number: int = 0) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{url}\t{migrations}\t{number}\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def start(self, url: str, migrations: Path, number: int = 0) -> str:
        self.ask(url, migrations, number)
        return self.answer()

    def close(self) -> None:
        self._process.communicate(timeout=60)


@pytest.fixture
def starter() -> Iterator[Starter]:
    made = Starter()
    yield made
    made.close()


def copied(url: str, name: str) -> str:
    """What lies on the disk, its journal included, at another place; a server's database cannot be, and is itself."""
    file = sqlite_path(url)
    if file is None:
        return url
    copy = file.with_name(name)
    for ending in ("", "-journal"):
        part, target = Path(f"{file}{ending}"), Path(f"{copy}{ending}")
        target.unlink(missing_ok=True)
        if part.exists():
            shutil.copy(part, target)
    return f"sqlite:///{copy}"


class Before:
    """A database before its upgrade, to compare with what a kill leaves; *after* is the history that it shall have."""

    def __init__(self, url: str, after: list[str]) -> None:
        with looking_at(url) as found:
            self.columns, self.history = found.columns(), found.history()
            self.rows = found.rows(self.columns)
        file = sqlite_path(url)
        self.content = file.read_bytes() if file else None
        self.after = after

    def is_upgraded(self, url: str) -> bool:
        """Whether the database of *url* is wholly the new one; it must be wholly the old one otherwise."""
        with looking_at(url) as found:
            history, columns, rows = found.history(), found.columns(), found.rows(self.columns)
        assert rows == self.rows
        assert (columns == self.columns) is (history == self.history)
        assert history in (self.history, self.after)
        if (file := sqlite_path(url)) and history == self.history:
            assert file.read_bytes() == self.content
        return history == self.after

    def half_written(self, url: str) -> bool:
        """Whether the next one to open the SQLite file has to put back what a kill left in it."""
        file = sqlite_path(url)
        return file is not None and Path(f"{file}-journal").exists() and file.read_bytes() != self.content


@posix
def test_killed_at_any_statement_it_is_old_or_new_and_the_next_start_finishes(
    left_behind: str, harder: Path, starter: Starter
) -> None:
    before = Before(left_behind, sorted(each.stem for each in harder.glob("[0-9]*.py")))
    upgraded, half_written = [], 0
    while (said := starter.start(left_behind, harder, len(upgraded) + 1)) == "killed":
        half_written += before.half_written(left_behind)
        upgraded.append(before.is_upgraded(copied(left_behind, "seen.sqlite3")))
        if sqlite_path(left_behind):
            restarted = copied(left_behind, "restarted.sqlite3")
            assert starter.start(restarted, harder) == "done"
            assert before.is_upgraded(restarted)
    assert said == "done"
    assert before.is_upgraded(left_behind)
    assert len(upgraded) > 20
    assert upgraded == sorted(upgraded)
    assert not upgraded[0]
    if sqlite_path(left_behind):
        assert half_written > 5, "no kill came while the file was half written: the test is blind"


def test_a_migration_that_fails_changes_nothing(left_behind: str, harder: Path) -> None:
    (harder / "9001_fails.py").write_text("def up(migrator, db):\n    db.execute_sql('DROP TABLE not_there')\n")
    before = content_of(left_behind)
    with people.bound(left_behind), pytest.raises(DatabaseRefused, match="Chưa nâng cấp được cơ sở dữ liệu") as refused:
        verify(left_behind)
    assert "not_there" in str(refused.value)
    assert content_of(left_behind) == before


def test_a_migration_that_leaves_orphans_changes_nothing(left_behind: str, harder: Path) -> None:
    migration = """def up(migrator, db):\n    db.execute_sql("DELETE FROM account WHERE username = 'p1'")\n"""
    (harder / "9001_orphans.py").write_text(migration)
    before = content_of(left_behind)
    with people.bound(left_behind), pytest.raises(DatabaseRefused, match="foreign key"):
        verify(left_behind)
    assert content_of(left_behind) == before


@posix
def test_of_two_programs_that_start_at_once_one_upgrades_and_both_serve(left_behind: str, harder: Path) -> None:
    (harder / "9001_slow.py").write_text("import time\n\ndef up(migrator, db):\n    time.sleep(1)\n")
    before = columns_of(left_behind)
    rows = rows_of(left_behind, before)
    both = [Starter(), Starter()]
    for each in both:
        each.ask(left_behind, harder)
    assert [each.answer() for each in both] == ["done", "done"]
    for each in both:
        each.close()
    assert history_of(left_behind) == sorted(file.stem for file in harder.glob("[0-9]*.py"))
    assert rows_of(left_behind, before) == rows


def test_the_program_of_then_refuses_the_database_of_today(
    left_behind: str, harder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_then = tmp_path / "of then"
    of_then.mkdir()
    for name in history_of(left_behind):
        shutil.copy(harder / f"{name}.py", of_then)
    upgrade(left_behind)
    before = content_of(left_behind)
    monkeypatch.setattr(database, "MIGRATIONS", of_then)
    with people.bound(left_behind), pytest.raises(DatabaseRefused, match="do phiên bản mới hơn tạo ra"):
        verify(left_behind)
    assert content_of(left_behind) == before
