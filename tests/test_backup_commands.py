"""The commands sao-luu, kiem-tra and phuc-hoi, on whatever is or is not there."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import archives
import people
import pytest
from archives import work
from click.testing import CliRunner, Result
from cluster import PostgreSQLCluster
from peewee import OperationalError

from nhanquyen import cli, setup
from nhanquyen.setup import MARK, claim, prepare, require_database
from nhanquyen.store import database
from nhanquyen.store.accounts import Hasher
from nhanquyen.store.archive import acts
from nhanquyen.store.archive.container import open_archive
from nhanquyen.store.archive.folder import BackupFolder, Origin
from nhanquyen.store.database import DatabaseRefused, dispose
from nhanquyen.store.models import Event, Unit


class Program:
    """An installation whose data folder is *instance*."""

    def __init__(self, instance: Path, url: str) -> None:
        self.instance, self.url = instance, url
        self.file = instance / "nhanquyen.sqlite3"
        self.folder = BackupFolder(instance / "sao-luu")

    def run(self, *arguments: str | Path, typed: str = "") -> Result:
        old = os.umask(0o077)
        try:
            return CliRunner().invoke(cli.main, [str(each) for each in arguments], input=typed)
        finally:
            os.umask(old)
            dispose()

    def done(self, *arguments: str | Path) -> str:
        answer = self.run(*arguments)
        assert answer.exit_code == 0, answer.output
        return answer.output

    def refused(self, *arguments: str | Path, typed: str = "") -> str:
        answer = self.run(*arguments, typed=typed)
        assert answer.exit_code == 1, answer.output
        return answer.output

    def start(self) -> None:
        """The first start, or a later one, as far as the data go."""
        prepare(self.url, self.instance, archives.NOW, Hasher(people.FAST_HASH), backups=self.folder)

    def rows(self) -> dict[str, list[list[str]]]:
        database.bind(self.url)
        return work()


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "instance"
    for module in (cli, setup):
        monkeypatch.setattr(module, "INSTANCE", folder)
    monkeypatch.setattr(cli, "claim", lambda file: None)  # a process keeps it until it ends
    monkeypatch.setattr(cli, "stop_on_sigterm", lambda: None)
    folder.mkdir()
    yield folder
    dispose()


@pytest.fixture
def program(instance: Path, database_url: str, monkeypatch: pytest.MonkeyPatch,
            request: pytest.FixtureRequest) -> Iterator[Program]:  # fmt: skip
    """A program after its first start, on either engine."""
    url = f"sqlite:///{instance}/nhanquyen.sqlite3" if database_url.startswith("sqlite") else database_url
    monkeypatch.setenv("NHANQUYEN_DATABASE_URL", url)
    made = Program(instance, url)
    if url.startswith("postgresql"):
        durable = request.getfixturevalue("postgresql_cluster").durable()
        with durable:
            made.start()
            yield made
            dispose()
        return
    made.start()
    yield made


def change(url: str) -> None:
    database.bind(url)
    with database.connection(), database.transaction():
        Unit.update(note="sau khi sao lưu").execute()


def test_one_is_made_checked_and_restored(program: Program) -> None:
    assert "Đã sao lưu vào" in program.done("sao-luu")
    (backup,) = program.folder.backups()
    file = program.folder.path / backup.name
    assert "còn nguyên vẹn" in program.done("kiem-tra", file)
    before = program.rows()
    change(program.url)
    assert "Chưa có gì thay đổi" in program.refused("phuc-hoi", file, typed="khong\n")
    assert program.rows() != before
    later = program.rows()
    said = program.run("phuc-hoi", file, typed="Có\n")
    assert said.exit_code == 0, said.output
    assert program.rows() == before
    saved = next(each for each in program.folder.backups() if each.origin is Origin.BEFORE_RESTORE)
    program.done("phuc-hoi", program.folder.path / saved.name, "--dong-y")
    assert program.rows() == later
    program.start()  # and it starts as ever
    with database.connection():
        newest = Event.select().order_by(Event.id.desc()).get()
    assert (newest.action, newest.actor, newest.subject) == ("restored", "Chương trình", saved.name)


def test_the_daily_one_is_made_once(program: Program) -> None:
    assert "Đã sao lưu vào" in program.done("sao-luu", "--hang-ngay")
    assert "Hôm nay đã có" in program.done("sao-luu", "--hang-ngay")
    assert len(program.folder.backups()) == 1


def test_it_goes_into_a_file_of_ones_own(program: Program, tmp_path: Path) -> None:
    program.done("sao-luu", tmp_path / "của tôi.zip")
    assert "đã có" in program.refused("sao-luu", tmp_path / "của tôi.zip")
    assert "Không tạo được" in program.refused("sao-luu", tmp_path / "không có" / "a.zip")
    assert program.folder.backups() == []


def test_bad_files_are_refused_with_an_exit_code(program: Program, tmp_path: Path) -> None:
    before = program.rows()
    program.done("sao-luu", tmp_path / "a.zip")
    (tmp_path / "a.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:-5])
    for file in (tmp_path / "a.zip", tmp_path / "không có.zip", tmp_path):
        assert "Không dùng được" in program.refused("kiem-tra", file)
        assert "Chưa phục hồi được" in program.refused("phuc-hoi", file, "--dong-y")
    assert program.rows() | {} == before


def test_a_clean_machine_gets_everything(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also another engine: the archive of PostgreSQL goes into a new SQLite file here."""
    program.done("sao-luu", tmp_path / "a.zip")
    before = program.rows()
    elsewhere = tmp_path / "máy mới"
    for module in (cli, setup):
        monkeypatch.setattr(module, "INSTANCE", elsewhere)
    monkeypatch.delenv("NHANQUYEN_DATABASE_URL")
    new = Program(elsewhere, f"sqlite:///{elsewhere}/nhanquyen.sqlite3")
    new.done("phuc-hoi", tmp_path / "a.zip", "--dong-y")
    assert new.rows() == before
    assert new.file.stat().st_mode & 0o077 == 0
    assert (elsewhere / MARK).read_text() == "nhanquyen.sqlite3"
    new.start()
    new.done("sao-luu", tmp_path / "b.zip")
    with open_archive(tmp_path / "a.zip") as one, open_archive(tmp_path / "b.zip") as other:
        same = set(one.manifest.tables) - {"event"}
        assert all(one.manifest.tables[name] == other.manifest.tables[name] for name in same)


@pytest.mark.postgresql
def test_an_empty_postgresql_database_gets_everything(
    instance: Path, postgresql_cluster: PostgreSQLCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Program(instance, f"sqlite:///{instance}/nhanquyen.sqlite3")
    program.start()
    program.done("sao-luu", tmp_path / "a.zip")
    before = program.rows()
    with postgresql_cluster.durable(), postgresql_cluster.database() as url:
        monkeypatch.setenv("NHANQUYEN_DATABASE_URL", url)
        program.done("phuc-hoi", tmp_path / "a.zip", "--dong-y")
        moved = Program(instance, url)
        assert moved.rows() == before
        moved.start()
        dispose()
    with postgresql_cluster.durable(), postgresql_cluster.database() as url:
        postgresql_cluster.execute("CREATE TABLE others (id integer)", url.rsplit("/", 1)[1])
        monkeypatch.setenv("NHANQUYEN_DATABASE_URL", url)
        assert "cơ sở dữ liệu trống" in program.refused("phuc-hoi", tmp_path / "a.zip", "--dong-y")


@pytest.fixture
def broken(instance: Path) -> Program:
    """An SQLite installation with a backup, before something happens to its file."""
    program = Program(instance, f"sqlite:///{instance}/nhanquyen.sqlite3")
    program.start()
    program.done("sao-luu")
    return program


def missing(file: Path) -> None:
    file.unlink()


def empty(file: Path) -> None:
    file.write_bytes(b"")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:50_000])


def foreign(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE others (id INTEGER)")


def text(file: Path) -> None:
    file.write_text("không phải cơ sở dữ liệu " * 99)


@pytest.mark.parametrize("harm", [missing, empty, cut, foreign, text])
def test_what_cannot_be_read_is_moved_aside_and_never_deleted(broken: Program, harm: object) -> None:
    before = broken.rows()
    dispose()
    harm(broken.file)  # type: ignore[operator]
    left = broken.file.read_bytes() if broken.file.exists() else None
    name = broken.folder.backups()[0].name
    with pytest.raises(DatabaseRefused, match="phuc-hoi") as refusal:
        broken.start()
    assert name in str(refusal.value)
    dispose()
    said = broken.done("phuc-hoi", broken.folder.path / name, "--dong-y")
    assert broken.rows() == before
    aside = list(broken.instance.glob("nhanquyen.sqlite3.hong-*"))
    assert [file.read_bytes() for file in aside] == ([] if left is None else [left])
    assert all(str(file) in said for file in aside)
    broken.start()
    assert not list(broken.instance.glob("*dang-phuc-hoi*"))


def advised(program: Program) -> str:
    """What the start says where the data are gone."""
    dispose()
    program.file.unlink(missing_ok=True)
    with pytest.raises(DatabaseRefused) as refusal:
        program.start()
    return str(refusal.value)


def test_the_newest_whole_data_are_advised_first(broken: Program) -> None:
    """Not what was brought last, nor what only looks like a backup, nor what a restore has replaced."""
    folder, manual = broken.folder, broken.folder.backups()[0].name
    database.bind(broken.url)
    old = folder.path / folder.make(Origin.DAILY, archives.NOW).name
    with old.open("rb") as content:
        uploaded = folder.take_in(content, "cũ.zip")
    assert uploaded.made_at == archives.NOW
    folder.make(Origin.BEFORE_RESTORE, archives.NOW + timedelta(days=9999))
    (folder.path / "nhanquyen-2099-01-01-000000-hang-ngay.zip").write_bytes(b"PK\5\6" + b"x" * 500)
    (folder.path / "nhanquyen-2099-01-02-000000-thu-cong.zip").write_bytes(old.read_bytes()[:-1])
    shutil.copy(old, folder.path / "nhanquyen-2099-01-03-000000-khac.zip")
    said = advised(broken)
    assert said.count("phuc-hoi /") == 2
    assert said.index(manual) < said.index("bản kế tiếp")
    assert "09:00 ngày 20/12/2023" in said.partition("bản kế tiếp")[2]
    assert "truoc-phuc-hoi" not in said


def test_what_a_restore_replaced_is_advised_if_there_is_nothing_else(broken: Program) -> None:
    database.bind(broken.url)
    kept = broken.folder.make(Origin.BEFORE_RESTORE, archives.NOW)
    broken.folder.remove(next(each.name for each in broken.folder.backups() if each.origin is Origin.MANUAL))
    said = advised(broken)
    assert kept.name in said
    assert "là dữ liệu đã bị thay khi phục hồi" in said
    broken.folder.remove(kept.name)
    assert "không có bản sao lưu nào dùng được" in advised(broken)


def test_a_log_that_takes_nothing_loses_no_backup(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **more: object) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(acts.events, "record", full)
    for arguments in (("sao-luu", tmp_path / "a.zip"), ("sao-luu",), ("sao-luu", "--hang-ngay")):
        said = program.done(*arguments)
        assert "Đã sao lưu" in said
        assert "chưa ghi được việc này vào nhật ký" in said
    assert "còn nguyên vẹn" in program.done("kiem-tra", tmp_path / "a.zip")
    assert len(program.folder.backups()) == 2


def test_made_up_data_never_replace_real_ones(program: Program, tmp_path: Path) -> None:
    before = program.rows()
    archives.make_archive(tmp_path / "a.zip", "thu-cong", archives.NOW, demonstration=True)
    assert "dùng thử" in program.done("kiem-tra", tmp_path / "a.zip")
    assert "không phục hồi vào dữ liệu thật" in program.refused("phuc-hoi", tmp_path / "a.zip", "--dong-y")
    assert program.rows() == before
    assert program.folder.backups() == []


def test_an_empty_round_is_not_begun_beside_backups(broken: Program) -> None:
    """A data folder that came to a new PC without its database and mark, but with its backups."""
    name = broken.folder.backups()[0].name
    (broken.instance / MARK).unlink()
    said = advised(broken)
    assert "không tự bắt đầu một đợt trống" in said
    assert name in said
    assert not broken.file.exists()
    (broken.folder.path / name).rename(broken.instance / name)  # what it says
    broken.start()
    assert broken.file.exists()


def test_a_new_machine_is_told_plainly(broken: Program) -> None:
    file = broken.folder.path / broken.folder.backups()[0].name
    dispose()
    broken.file.unlink()
    (broken.instance / MARK).unlink()
    said = broken.done("phuc-hoi", file, "--dong-y")
    assert "Chưa có dữ liệu nào ở" in said
    assert "không đọc được" not in said
    assert said.rstrip().endswith(f"Chạy chương trình:     {cli.COMMAND}")
    dispose()
    broken.file.write_bytes(b"")
    said = broken.done("phuc-hoi", file, "--dong-y")
    assert "chuyển sang bên cạnh chứ không xóa" in said
    assert "Hãy phục hồi" not in said


def test_a_file_is_asked_for_and_a_folder_gets_one(broken: Program, tmp_path: Path) -> None:
    for command in ("phuc-hoi", "kiem-tra"):
        answer = broken.run(command)
        assert answer.exit_code == 2
        assert "Thiếu TỆP" in answer.output
        assert command in answer.output
    broken.done("sao-luu", tmp_path)
    (made,) = BackupFolder(tmp_path).backups()
    assert made.origin is Origin.MANUAL
    assert "0,0 MB" not in broken.done("kiem-tra", tmp_path / made.name)


def test_data_of_another_database_are_backed_up_with_a_word(broken: Program, tmp_path: Path) -> None:
    (broken.instance / MARK).write_text("postgresql://db:5432/nhanquyen")
    assert "postgresql://db:5432/nhanquyen" in broken.done("sao-luu")
    with pytest.raises(DatabaseRefused, match="ở đó cũng có dữ liệu"):
        require_database()


@pytest.mark.postgresql
@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit"])
def test_data_are_rescued_from_a_server_that_may_lose_them(
    instance: Path,
    postgresql_cluster: PostgreSQLCluster,
    postgresql_template: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
) -> None:
    with postgresql_cluster.durable(off=setting), postgresql_cluster.database(template=postgresql_template) as url:
        monkeypatch.setenv("NHANQUYEN_DATABASE_URL", url)
        program = Program(instance, url)
        with pytest.raises(DatabaseRefused, match=f"{setting} = off.*tệp cấu hình của máy chủ"):
            program.start()
        said = program.done("sao-luu", tmp_path / "a.zip")
        assert f"{setting} = off" in said
        assert "Vẫn sao lưu" in said
        assert "còn nguyên vẹn" in program.done("kiem-tra", tmp_path / "a.zip")


def test_a_newer_database_is_left_alone(broken: Program) -> None:
    database.bind(broken.url)
    with database.connection():
        database.database.execute_sql("INSERT INTO schema_migration (name, applied) VALUES ('9999_x', '2030-01-01')")
    dispose()
    content = broken.file.read_bytes()
    file = broken.folder.path / broken.folder.backups()[0].name
    assert "phiên bản mới hơn" in broken.refused("phuc-hoi", file, "--dong-y")
    assert broken.file.read_bytes() == content


def test_a_running_program_keeps_a_restore_away(broken: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "claim", claim)
    handle = claim(broken.file)
    try:
        file = broken.folder.path / broken.folder.backups()[0].name
        assert "đang chạy" in broken.refused("phuc-hoi", file, "--dong-y")
    finally:
        os.close(handle)


# --- Before an upgrade -----------------------------------------------------------------------------


def older(program: Program) -> None:
    """As if a migration had not been there yet: the newest one is to be applied again."""
    database.bind(program.url)
    with database.connection(), database.transaction():
        history = database.runner().History
        newest = max(database.runner().applied())
        history.delete().where(history.name == newest).execute()
        for table, column in (("report", "handled"), ("entry", "stamps")):
            database.database.execute_sql(f"ALTER TABLE {table} DROP COLUMN {column}")


def test_an_upgrade_is_backed_up_first(program: Program) -> None:
    before = program.rows()
    older(program)
    program.start()
    (backup,) = program.folder.backups()
    assert backup.origin is Origin.BEFORE_UPGRADE
    with open_archive(program.folder.path / backup.name) as archive:
        assert archive.manifest.newest == "0001_initial"
    assert program.rows() == before
    program.start()
    assert len(program.folder.backups()) == 1
    with database.connection():
        assert Event.select().where(Event.action == "backup_made").count() == 1
    program.done("phuc-hoi", program.folder.path / backup.name, "--dong-y")
    assert program.rows() == before


def test_without_that_backup_there_is_no_upgrade(program: Program) -> None:
    older(program)
    program.folder.path.write_text("không phải thư mục")
    with pytest.raises(DatabaseRefused, match="Chưa nâng cấp dữ liệu, vì phải sao lưu trước mà không được"):
        program.start()
    with database.connection():
        assert "0002_once_and_stamps" not in database.runner().applied()


def test_other_servers_back_up_before_an_upgrade_too(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    older(program)
    require_database()
    assert [backup.origin for backup in program.folder.backups()] == [Origin.BEFORE_UPGRADE]


def test_a_backup_is_no_upgrade(program: Program) -> None:
    """An older program may be serving these data."""
    older(program)
    program.done("sao-luu")
    database.bind(program.url)
    with database.connection():
        assert "0002_once_and_stamps" not in database.runner().applied()
