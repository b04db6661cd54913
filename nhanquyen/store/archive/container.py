"""The file: a ZIP of tables as lines and of evidence as it is, sealed, so that no changed byte is ever believed.

``manifest.json`` says what is in it, ``tables/NAME.jsonl`` holds the rows of a table, ``blobs/SHA256`` the bytes that
rows name. The ZIP's comment is the SHA-256 of all bytes before it: it is compared before anything is parsed. A seal is
no signature, though: whoever makes an archive by hand can seal it, so sizes and names are not believed either.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from nhanquyen import __version__
from nhanquyen.store.archive.rows import Row, RowRefused, give_away_blobs, hashed_line, line_of, row_of
from nhanquyen.store.archive.schema import Kind, Table, archived, known_migrations, schema_after

FORMAT = 1
PROGRAM = "nhanquyen"
SEAL = b"sha256:"
SEAL_LENGTH = len(SEAL) + 64
MEGABYTE = 1024 * 1024
CHUNK = MEGABYTE
LARGEST_MANIFEST = 4 * MEGABYTE
LARGEST_LINE = 64 * MEGABYTE  # the largest rows hold what an issue or a report said: some MB
LARGEST_DIRECTORY = 128 * MEGABYTE
MOST_SHRUNK = 300  # times; tables of ours shrink to a fifth
YEARS = range(2000, 9999)  # of four digits, as the name of the file tells them, in any zone
_END = struct.Struct("<4s4H2LH")
_BLOB = re.compile(r"blobs/[0-9a-f]{64}\Z")
_MANIFEST = "manifest.json"

DAMAGED = "Tệp {name} không còn nguyên vẹn ({why}). Dùng bản sao lưu khác; dữ liệu đang có không thay đổi."
FOREIGN = "Tệp {name} không phải là bản sao lưu của chương trình này ({why}). Chọn tệp khác; dữ liệu không thay đổi."
NEWER = (
    "Bản sao lưu {name} do phiên bản mới hơn của chương trình tạo ra ({why}). "
    "Phục hồi bằng phiên bản đó; dữ liệu đang có không thay đổi."
)


OF_DEMONSTRATION = (
    "Bản sao lưu {name} là của dữ liệu dùng thử, không phục hồi vào dữ liệu thật được. "
    "Chọn bản khác; dữ liệu đang có không thay đổi."
)
OF_REAL_DATA = (
    "Bản sao lưu {name} là của dữ liệu thật, không phục hồi vào dữ liệu dùng thử được. "
    "Chọn bản khác; dữ liệu đang có không thay đổi."
)


class ArchiveRefused(Exception):
    """The file cannot be restored; the message says in Vietnamese why and what to do."""


@dataclass(frozen=True)
class Contents:
    """What a table of an archive holds."""

    columns: dict[str, str]
    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself. *migrations* are the applied ones by name, with when.

    *demonstration* tells made-up data; an archive that says nothing of it holds real ones.
    """

    made_at: datetime
    kind: str
    version: str
    engine: str
    migrations: dict[str, str]
    tables: dict[str, Contents]
    blobs: int
    demonstration: bool = False

    @property
    def newest(self) -> str:
        """The migration at which the database stood."""
        return max(self.migrations)

    def rows(self, table: str) -> int:
        """How many rows of *table* there are; 0 for a table that there was not."""
        return self.tables[table].rows if table in self.tables else 0

    def dump(self) -> bytes:
        """As it stands in the archive."""
        data = {"format": FORMAT, "program": PROGRAM, **asdict(self), "made_at": self.made_at.isoformat()}
        return json.dumps(data, ensure_ascii=False, indent=1).encode()

    @classmethod
    def load(cls, data: dict[str, Any]) -> Manifest:
        """Raises KeyError, TypeError and ValueError for what `dump` did not write."""
        tables = {str(name): Contents(**values) for name, values in data["tables"].items()}
        made_at = datetime.fromisoformat(data["made_at"])
        if made_at.tzinfo is None or made_at.year not in YEARS:
            raise ValueError(made_at)
        return cls(
            made_at=made_at,
            kind=str(data["kind"]),
            version=str(data["version"]),
            engine=str(data["engine"]),
            migrations={str(name): str(when) for name, when in data["migrations"].items()},
            tables=tables,
            blobs=int(data["blobs"]),
            demonstration=data.get("demonstration", False) is True,
        )


def hash_rows(rows: Iterable[Row], table: Table) -> tuple[int, str]:
    """How many *rows* there are, without bytes, and the SHA-256 of them all."""
    count, digest = 0, hashlib.sha256()
    for row in rows:
        count += 1
        digest.update(hashed_line(row, table))
    return count, digest.hexdigest()


# --- Writing -------------------------------------------------------------------------------------


class Writer:
    """Writes the members of one archive, in the order in which it is called."""

    def __init__(self, out: IO[bytes], moment: datetime) -> None:
        self._moment = moment.timetuple()[:6]
        self._zip = zipfile.ZipFile(out, "w")
        self._zip.comment = SEAL + b"0" * 64
        self._blobs: set[str] = set()
        self.tables: dict[str, Contents] = {}

    def give_up(self) -> None:
        """Write nothing more: the file is incomplete, and whoever opened it closes it."""
        self._zip.fp = None

    def table(self, table: Table, rows: Iterable[Row]) -> None:
        """Write all *rows* of *table*. The lines wait in a file while the bytes that they name are written."""
        columns = {column.name: column.kind.value for column in table.columns}
        with tempfile.SpooledTemporaryFile(8 * MEGABYTE) as waiting:
            count, digest = hash_rows(self._kept(waiting, rows, table), table)
            waiting.seek(0)
            with self._zip.open(
                self._member(f"tables/{table.name}.jsonl", zipfile.ZIP_DEFLATED), "w", force_zip64=True
            ) as member:
                shutil.copyfileobj(waiting, member, CHUNK)
        self.tables[table.name] = Contents(columns, count, digest)

    def _kept(self, waiting: IO[bytes], rows: Iterable[Row], table: Table) -> Iterator[Row]:
        for row in rows:
            give_away_blobs(row, table, self._blob)
            waiting.write(line_of(row))
            yield row

    def _member(self, name: str, compression: int) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._moment)
        info.compress_type = compression
        info.external_attr = 0o600 << 16
        return info

    def _blob(self, name: str, content: bytes) -> None:
        """Evidence hardly shrinks, so it is stored as it is, and once, however many rows name it."""
        if name not in self._blobs:
            self._blobs.add(name)
            self._zip.writestr(self._member(f"blobs/{name}", zipfile.ZIP_STORED), content)

    def finish(
        self, kind: str, made_at: datetime, engine: str, migrations: dict[str, str], demonstration: bool
    ) -> Manifest:
        """Write the manifest and end the file; it still lacks its seal."""
        manifest = Manifest(
            made_at, kind, __version__, engine, migrations, self.tables, len(self._blobs), demonstration
        )
        self._zip.writestr(self._member(_MANIFEST, zipfile.ZIP_DEFLATED), manifest.dump())
        self._zip.close()
        return manifest


def seal(file: IO[bytes]) -> None:
    """Write the hash of everything into the comment of the ZIP *file*."""
    file.seek(0, os.SEEK_END)
    length = file.tell() - SEAL_LENGTH
    digest = _digest(file, length)
    file.seek(length)
    file.write(SEAL + digest.encode())


def _digest(file: IO[bytes], length: int) -> str:
    file.seek(0)
    digest, rest = hashlib.sha256(), length
    while rest and (chunk := file.read(min(CHUNK, rest))):
        digest.update(chunk)
        rest -= len(chunk)
    return digest.hexdigest()


# --- Reading -------------------------------------------------------------------------------------


class Archive:
    """An archive whose seal is whole and whose members are those that its manifest names."""

    def __init__(self, name: str, opened: zipfile.ZipFile, manifest: Manifest, size: int) -> None:
        self.name, self.manifest, self.size = name, manifest, size
        self._zip = opened
        self.tables = archived(schema_after(manifest.newest))

    def rows(self, table: Table) -> Iterator[Row]:
        """The rows of *table*; at the end, raises `ArchiveRefused` unless they are those of the manifest."""
        with self._plainly():
            found = yield from self._hashed_rows(table)
        told = self.manifest.tables[table.name]
        if found != (told.rows, told.sha256):
            raise ArchiveRefused(DAMAGED.format(name=self.name, why=f"bảng {table.name} khác với mã kiểm tra"))

    def _hashed_rows(self, table: Table) -> Generator[Row, None, tuple[int, str]]:
        count, digest = 0, hashlib.sha256()
        with self._zip.open(f"tables/{table.name}.jsonl") as member:
            while line := member.readline(LARGEST_LINE):
                row = row_of(line, table)
                count += 1
                digest.update(hashed_line(row, table))
                for place in table.of_kind(Kind.BLOB):
                    row[place] = None if row[place] is None else self._blob(row[place])
                yield row
        return count, digest.hexdigest()

    def _blob(self, name: str) -> bytes:
        content = self._zip.read(f"blobs/{name}")
        if hashlib.sha256(content).hexdigest() != name:
            raise RowRefused(f"minh chứng {name[:12]} khác với mã kiểm tra")
        return content

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        try:
            yield
        except _UNREADABLE as error:
            raise ArchiveRefused(DAMAGED.format(name=self.name, why=_reason(error))) from error

    def require(self, demonstration: bool) -> None:
        """Raises `ArchiveRefused` for made-up data where real ones belong, and the other way round."""
        if self.manifest.demonstration != demonstration:
            told = OF_REAL_DATA if demonstration else OF_DEMONSTRATION
            raise ArchiveRefused(told.format(name=self.name))

    def check(self) -> None:
        """Read everything, down to each file's hash. Raises `ArchiveRefused`."""
        for table in self.tables:
            for _ in self.rows(table):
                pass


_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, struct.error, RowRefused, EOFError, KeyError, AttributeError, TypeError, ValueError,
    OverflowError, NotImplementedError, RuntimeError, MemoryError,
)  # fmt: skip


def _reason(error: BaseException) -> str:
    """What is wrong, for who reads it: what Python says of broken contents tells people nothing."""
    return str(error) if isinstance(error, RowRefused) else "nội dung tệp không đọc được"


@contextmanager
def open_archive(file: Path, called: str = "") -> Iterator[Archive]:
    """The archive *file*, once its seal, its format, its version and its list of members are found in order.

    A refusal names it as it is *called*, unless that is its own name.

    Raises `ArchiveRefused`. What is in the rows is not looked at yet: see `Archive.rows` and `Archive.check`.
    """
    name = called or file.name
    try:
        opened = file.open("rb")
    except OSError as error:
        raise ArchiveRefused(f"Không đọc được tệp {file} ({error.strerror}). Kiểm tra lại đường dẫn.") from error
    with opened:
        size = _check_seal(opened, name)
        try:
            unzipped = zipfile.ZipFile(opened)
            manifest = _read_manifest(unzipped, name)
            _check_members(unzipped, manifest, size, name)
        except _UNREADABLE as error:
            raise ArchiveRefused(DAMAGED.format(name=name, why=_reason(error))) from error
        with unzipped:
            yield Archive(name, unzipped, manifest, size)


def _check_seal(opened: IO[bytes], name: str) -> int:
    """The size of the file. Only the last bytes are parsed, and nothing before the hash is right."""
    size = opened.seek(0, os.SEEK_END)
    if size == 0:
        raise ArchiveRefused(FOREIGN.format(name=name, why="tệp rỗng"))
    tail_length = _END.size + SEAL_LENGTH
    opened.seek(max(0, size - tail_length))
    tail = opened.read()
    if len(tail) < tail_length or not tail[_END.size :].startswith(SEAL):
        raise ArchiveRefused(FOREIGN.format(name=name, why="thiếu mã kiểm tra ở cuối tệp, hoặc tệp chép chưa hết"))
    if tail[-64:] != _digest(opened, size - SEAL_LENGTH).encode():
        raise ArchiveRefused(DAMAGED.format(name=name, why="mã kiểm tra SHA-256 không khớp"))
    signature, *_, directory, _, comment = _END.unpack(tail[: _END.size])
    if signature != b"PK\5\6" or comment != SEAL_LENGTH or directory > LARGEST_DIRECTORY:
        raise ArchiveRefused(FOREIGN.format(name=name, why="không đúng cấu trúc"))
    opened.seek(0)
    return size


def _read_manifest(unzipped: zipfile.ZipFile, name: str) -> Manifest:
    info = unzipped.NameToInfo.get(_MANIFEST)
    if info is None or info.file_size > LARGEST_MANIFEST:
        raise ArchiveRefused(FOREIGN.format(name=name, why="thiếu bảng kê"))
    data = json.loads(unzipped.read(info))
    if not isinstance(data, dict) or data.get("program") != PROGRAM or type(data.get("format")) is not int:
        raise ArchiveRefused(FOREIGN.format(name=name, why="bảng kê của chương trình khác"))
    if data["format"] > FORMAT:
        raise ArchiveRefused(NEWER.format(name=name, why=f"dạng tệp {data['format']}"))
    manifest = Manifest.load(data)
    _check_schema(manifest, name)
    return manifest


def _check_schema(manifest: Manifest, name: str) -> None:
    known = known_migrations()
    if newer := set(manifest.migrations) - set(known):
        raise ArchiveRefused(NEWER.format(name=name, why=min(newer)))
    if not manifest.migrations or set(manifest.migrations) != set(known[: len(manifest.migrations)]):
        raise ArchiveRefused(DAMAGED.format(name=name, why="thiếu bước nâng cấp ở giữa"))
    expected = {
        table.name: {column.name: column.kind.value for column in table.columns}
        for table in archived(schema_after(manifest.newest))
    }
    if {table: contents.columns for table, contents in manifest.tables.items()} != expected:
        raise ArchiveRefused(DAMAGED.format(name=name, why="bảng và cột khác với phiên bản đã ghi"))


def _check_members(unzipped: zipfile.ZipFile, manifest: Manifest, size: int, name: str) -> None:
    """Every member is one that we write, as we write it, and none unfolds to much more than it takes in the file."""
    members = unzipped.infolist()
    names = [member.filename for member in members]
    expected = {_MANIFEST, *(f"tables/{table}.jsonl" for table in manifest.tables)}
    blobs = {each for each in names if _BLOB.match(each)}
    if len(names) != len(set(names)) or set(names) != expected | blobs or len(blobs) != manifest.blobs:
        raise ArchiveRefused(DAMAGED.format(name=name, why="thừa hoặc thiếu phần"))
    stored = [member for member in members if member.filename in blobs]
    if any(member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size for member in stored):
        raise ArchiveRefused(DAMAGED.format(name=name, why="minh chứng bị nén lại"))
    unfolded = sum(member.file_size for member in members if member.filename in expected)
    if sum(member.file_size for member in stored) > size or unfolded > MOST_SHRUNK * size:
        raise ArchiveRefused(DAMAGED.format(name=name, why="các phần lớn hơn cả tệp"))
