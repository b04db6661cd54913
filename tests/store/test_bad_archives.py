"""What is not a whole backup of ours is refused, and the present data stay as they are."""

from __future__ import annotations

import io
import json
import os
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import people
import pytest
from archives import backed_up, every_row, put_back, remade, sealed, with_manifest

from nhanquyen.store import attachments, database, events
from nhanquyen.store.archive import container
from nhanquyen.store.archive.container import SEAL, ArchiveRefused, open_archive
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Unit

CHANCE = random.Random(217)  # the same damage every time


@pytest.fixture
def archive(store_url: str, tmp_path: Path) -> Path:
    """A backup of a round with one file, after which the data went on."""
    clock = people.SettableClock()
    seed = people.seed(clock)
    clerk = Actor(seed.accounts["p1"], "192.0.2.10", clock())
    with database.connection():
        attachments.add(seed.report("P1"), ("", "", ""), "a.pdf", "application/pdf", b"%PDF-" * 99, None, clerk)
    backed_up(tmp_path / "a.zip")
    with database.connection(), database.transaction():
        Unit.update(note="sau khi sao lưu").execute()
    return tmp_path / "a.zip"


def refused(file: Path) -> str:
    before = every_row()
    with pytest.raises(ArchiveRefused) as refusal:
        put_back(file)
    assert every_row() == before
    assert "không thay đổi" in str(refusal.value) or "Kiểm tra lại" in str(refusal.value)
    return str(refusal.value)


def refused_when_opened(file: Path) -> str:
    """The same before the database is even looked at."""
    with pytest.raises(ArchiveRefused) as refusal, open_archive(file) as opened:
        opened.check()
    return str(refusal.value)


ON_ONE_ENGINE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # no database is asked


@ON_ONE_ENGINE
def test_a_single_changed_byte_is_found_wherever_it_is(archive: Path) -> None:
    content = archive.read_bytes()
    places = {*CHANCE.sample(range(len(content)), 400), *range(64), *range(len(content) - 200, len(content))}
    for place in sorted(places):
        changed = bytearray(content)
        changed[place] ^= CHANCE.choice((1, 2, 4, 8, 16, 32, 64, 128))
        archive.write_bytes(changed)
        assert "a.zip" in refused_when_opened(archive), place
    assert "SHA-256" in refused(archive) or "mã kiểm tra" in refused(archive)


@ON_ONE_ENGINE
def test_a_cut_or_lengthened_file_is_refused(archive: Path) -> None:
    content = archive.read_bytes()
    lengths = {
        0,
        1,
        21,
        22,
        92,
        93,
        94,
        *range(len(content) - 100, len(content)),
        *CHANCE.sample(range(len(content)), 50),
    }
    for length in sorted(lengths):
        archive.write_bytes(content[:length])
        refused_when_opened(archive)
    for more in (b"\0", b"x" * 71, content[-93:], content):
        archive.write_bytes(content + more)
        refused_when_opened(archive)
    archive.write_bytes(content[: len(content) // 2])
    assert "chép chưa hết" in refused(archive)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "rỗng"),
        (b"PK\5\6" + b"\0" * 18, "không phải là bản sao lưu"),
        ("Đây là một tệp văn bản. ".encode() * 99, "không phải là bản sao lưu"),
        (sealed(b"x" * 500), "không đúng cấu trúc"),
        (sealed(b"PK\5\6" + b"\xff" * 16 + (71).to_bytes(2, "little") + SEAL + b"0" * 64), "không"),
    ],
)
def test_what_is_no_backup_is_refused(store_url: str, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    assert said in refused(tmp_path / "a.zip")


def test_a_file_that_is_not_there_or_a_folder_is_refused(store_url: str, tmp_path: Path) -> None:
    assert "Không đọc được tệp" in refused(tmp_path / "khác.zip")
    assert "Không đọc được tệp" in refused(tmp_path)


def test_another_programs_zip_is_refused(store_url: str, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as other:
        other.comment = SEAL + b"0" * 64
        other.writestr("word/document.xml", "<x/>")
    (tmp_path / "a.zip").write_bytes(sealed(out.getvalue()))
    assert "không phải là bản sao lưu" in refused(tmp_path / "a.zip")


def set_to(**values: object) -> Callable[[dict[str, bytes]], None]:
    return with_manifest(lambda manifest: manifest.update(values))


def drop(name: str) -> Callable[[dict[str, bytes]], object]:
    return lambda members: members.pop(name)


def add(name: str, content: bytes = b"x") -> Callable[[dict[str, bytes]], object]:
    return lambda members: members.update({name: content})


def in_unit(old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def apply(members: dict[str, bytes]) -> None:
        changed = members["tables/unit.jsonl"].replace(old, new)
        assert changed != members["tables/unit.jsonl"]
        members["tables/unit.jsonl"] = changed

    return apply


def newer_migration(manifest: dict[str, dict[str, str]]) -> None:
    manifest["migrations"]["9999_from_the_future"] = "2030-01-01"


def deep(members: dict[str, bytes]) -> None:
    members["manifest.json"] = b"[" * 100_000


def blob_of_another(members: dict[str, bytes]) -> None:
    name = next(name for name in members if name.startswith("blobs/"))
    members[name] = members[name][:-1] + b"!"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_to(format=2), "phiên bản mới hơn"),
        (with_manifest(newer_migration), "phiên bản mới hơn của chương trình tạo ra (9999_from_the_future)"),
        (set_to(program="khac"), "chương trình khác"),
        (set_to(format="1"), "chương trình khác"),
        (set_to(migrations={}), "nâng cấp"),
        (set_to(tables={}), "bảng và cột"),
        (set_to(tables=[1]), "nguyên vẹn"),
        (set_to(made_at="hôm qua"), "nguyên vẹn"),
        (set_to(blobs=7), "thừa hoặc thiếu"),
        (with_manifest(lambda manifest: manifest["tables"]["unit"].update(rows=2)), "bảng unit khác với mã kiểm tra"),
        (with_manifest(lambda manifest: manifest["tables"]["unit"]["columns"].update(x="int")), "bảng và cột"),
        (drop("manifest.json"), "thiếu bảng kê"),
        (deep, "nội dung tệp không đọc được"),
        (drop("tables/unit.jsonl"), "thừa hoặc thiếu"),
        (add("tables/session.jsonl"), "thừa hoặc thiếu"),
        (add("../../etc/passwd"), "thừa hoặc thiếu"),
        (add("/etc/passwd"), "thừa hoặc thiếu"),
        (add("blobs/../x"), "thừa hoặc thiếu"),
        (blob_of_another, "khác với mã kiểm tra"),
        (in_unit(b'"LT"', b'"LX"'), "bảng unit khác với mã kiểm tra"),
        (in_unit(b'"LT"', b"17"), "sai kiểu ở code"),
        (in_unit(b'"LT"', b"null"), "thiếu code"),
        (in_unit(b"[", b"[1,"), "có dòng"),
        (in_unit(b"]\n", b"\n"), "nguyên vẹn"),
        (in_unit(b"]\n", b"]\n\n"), "nguyên vẹn"),
        (in_unit(b'"', b"\xff"), "nguyên vẹn"),
        (in_unit(b'"LT"', b"[]"), "bảng unit có dòng không đọc được"),
        (in_unit(b'"LT"', b"[" * 100_000), "bảng unit có dòng không đọc được"),
        (set_to(made_at="0001-01-01T00:00:00+00:00"), "nội dung tệp không đọc được"),
        (set_to(made_at="2023-12-20T09:00:00"), "nội dung tệp không đọc được"),
    ],
)
def test_a_backup_that_somebody_changed_and_sealed_again_is_refused(
    archive: Path, change: Callable[[dict[str, bytes]], object], said: str
) -> None:
    remade(archive, change)
    assert said in refused(archive)


def test_remaking_without_a_change_is_no_change(archive: Path) -> None:
    remade(archive, lambda members: None)
    put_back(archive)


def right_hashes(members: dict[str, bytes]) -> None:
    """Let the manifest fit the rows of ``unit``, as somebody would who knows how."""
    table = next(table for table in container.archived(container.schema_after("0001_initial")) if table.name == "unit")
    rows = [container.row_of(line, table) for line in members["tables/unit.jsonl"].splitlines()]
    count, digest = container.hash_rows(rows, table)
    with_manifest(lambda manifest: manifest["tables"]["unit"].update(rows=count, sha256=digest))(members)


def test_rows_that_the_database_does_not_take_are_refused(archive: Path) -> None:
    """Two rows of one key, and a child without its parent; everything else about them is right."""
    content = archive.read_bytes()

    def twice(members: dict[str, bytes]) -> None:
        members["tables/unit.jsonl"] += members["tables/unit.jsonl"].splitlines(keepends=True)[0]
        right_hashes(members)

    def orphans(members: dict[str, bytes]) -> None:
        members["tables/unit.jsonl"] = b"".join(members["tables/unit.jsonl"].splitlines(keepends=True)[1:])
        right_hashes(members)

    for change in (twice, orphans):
        archive.write_bytes(content)
        remade(archive, change)
        refused(archive)


@pytest.fixture
def little_memory() -> Iterator[None]:
    resource = pytest.importorskip("resource")
    old = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * os.sysconf("SC_PAGE_SIZE") + 150 * 2**20, old[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, old)


@ON_ONE_ENGINE
@pytest.mark.parametrize(
    "bomb",
    [
        lambda members: members.update({"manifest.json": b" " * 2**29}),
        lambda members: members.update({"tables/unit.jsonl": b"[" * 2**29}),
        lambda members: members.update({"tables/unit.jsonl": b"\n" * 2**29}),
    ],
)
def test_a_bomb_is_not_unfolded(
    archive: Path, bomb: Callable[[dict[str, bytes]], object], request: pytest.FixtureRequest
) -> None:
    remade(archive, bomb)
    assert archive.stat().st_size < 2**20
    request.getfixturevalue("little_memory")
    refused_when_opened(archive)


PARTS = "[" + "[]," * 9_000_000 + "[]]"


def parts_for_a_line(members: dict[str, bytes]) -> None:
    members["tables/unit.jsonl"] = PARTS.encode() + b"\n"


def parts_in_a_value(members: dict[str, bytes]) -> None:
    first = json.loads(members["tables/event.jsonl"].splitlines()[0])
    place = next(place for place, value in enumerate(first) if str(value).startswith("{"))
    first[place] = PARTS
    members["tables/event.jsonl"] = json.dumps(first).encode() + b"\n"


@ON_ONE_ENGINE
@pytest.mark.parametrize("change", [parts_for_a_line, parts_in_a_value])
def test_a_line_of_countless_parts_is_not_built(
    archive: Path, change: Callable[[dict[str, bytes]], object], request: pytest.FixtureRequest
) -> None:
    with database.connection(), database.transaction():
        events.record("report_saved", Actor(None, "", people.SettableClock()()), subject="X", saved=1)
    archive.unlink()
    backed_up(archive)
    remade(archive, change)
    request.getfixturevalue("little_memory")
    refused_when_opened(archive)


def test_a_blob_that_unfolds_is_refused(archive: Path) -> None:
    remade(archive, lambda members: members.update({f"blobs/{'0' * 64}": b"0" * 2**24}), compressed=True)
    assert "minh chứng bị nén lại" in refused(archive) or "thừa hoặc thiếu" in refused(archive)


def test_members_of_one_name_are_refused(archive: Path) -> None:
    content = archive.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        members = [(info.filename, old.read(info)) for info in old.infolist()]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        new.comment = SEAL + b"0" * 64
        for name, data in members:
            new.writestr(name, data)
        with pytest.warns(UserWarning, match="Duplicate"):
            new.writestr(*members[0])
    archive.write_bytes(sealed(out.getvalue()))
    assert "thừa hoặc thiếu" in refused(archive)


def test_the_manifest_is_readable_by_people(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        manifest = json.loads(opened.read("manifest.json"))
    assert manifest["tables"]["unit"]["columns"]["active_from"] == "date"
