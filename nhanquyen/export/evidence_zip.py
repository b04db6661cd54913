"""The evidence of many units as one ZIP: folders by unit, item and row, and an index of every file.

A file whose stored bytes are not those that were added is not passed on: a text in the archive and its line in the
index say so, and all others still come. The index is written last, when that is known, and sorts first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nhanquyen.directive import Block, BlockKind, Directive, Kind
from nhanquyen.directive.values import as_date, shown
from nhanquyen.export.cells import Value
from nhanquyen.export.evidence_index import DAMAGED, IN_ZIP, About, index_workbook
from nhanquyen.export.file_names import Folder, length, split_ending
from nhanquyen.export.zip_stream import ZipEntry, zip_pieces
from nhanquyen.form.answers import Row
from nhanquyen.store.attachments import Held

INDEX = "00 - Danh mục minh chứng"
WARNING = "00 - CÓ TỆP BỊ HỎNG"
COMMON = "Minh chứng chung"
ROW_GONE = "Dòng không còn trong bảng"
LONGEST_PATH = 199
LONGEST_UNIT, LONGEST_ROW = 60, 48

Read = Callable[[int], bytes | None]
TableRows = Mapping[tuple[int, str, str], Sequence[Row]]


class Owner(NamedTuple):
    """Whose evidence it is; *number* is the unit's place in the administrative order, blank when it left the list."""

    report_id: int
    number: str
    code: str
    name: str


@dataclass(frozen=True)
class Evidence:
    """One file: of which unit, item and row, in words (*row* is blank for the report as a whole)."""

    owner: Owner
    item: str
    row: str
    held: Held


def row_title(block: Block, number: int, row: Row) -> str:
    """A row of a table as people call it: its number, its date and the first thing that it says."""
    dates = [each for each in block.fields if each.kind is Kind.DATE and as_date(row.values.get(each.key))]
    texts = [each for each in block.fields if each.kind is Kind.TEXT and row.values.get(each.key)]
    told = (shown(each, row.values[each.key]) for each in (*dates[:1], *texts[:1]))
    return ", ".join((f"{block.row_title} {number}", *told))


def _row_titles(block: Block, rows: Sequence[Row]) -> dict[str, str]:
    if block.kind is BlockKind.TABLE:
        return {row.key: row_title(block, number, row) for number, row in enumerate(rows, start=1)}
    return {row.key: row.name for row in block.rows}


def evidence_of(directive: Directive, owner: Owner, files: Iterable[Held], tables: TableRows) -> list[Evidence]:
    """The unit's *files* in the order of the form, those of the report as a whole last.

    *tables* holds the present rows of the unit's tables, by report, item and block.
    """
    titles: dict[tuple[str, str], dict[str, str]] = {}
    found: list[tuple[tuple[int, int, int, int], Evidence]] = []
    for held in files:
        if not held.item:
            found.append(((len(directive.items), 0, 0, held.id), Evidence(owner, COMMON, "", held)))
            continue
        item, block = directive.by_key[held.item], directive.block(held.item, held.block)
        if (item.key, block.key) not in titles:
            titles[item.key, block.key] = _row_titles(block, tables.get((owner.report_id, item.key, block.key), ()))
        rows = titles[item.key, block.key]
        place = list(rows).index(held.row) if held.row in rows else len(rows)
        title = rows.get(held.row, ROW_GONE)  # a row that goes between two queries
        order = (directive.items.index(item), item.blocks.index(block), place, held.id)
        found.append((order, Evidence(owner, f"Nội dung {item.number}", title, held)))
    return [evidence for _, evidence in sorted(found, key=lambda pair: pair[0])]


class _Tree:
    """The folders of the archive: every place gets one of its own, every file a name that is new in it."""

    def __init__(self) -> None:
        self._inside: dict[str, Folder] = {}
        self._paths: dict[tuple[str, object], str] = {}
        for name in (INDEX, WARNING):
            self._folder("").take(name, LONGEST_PATH)

    def _folder(self, path: str) -> Folder:
        return self._inside.setdefault(path, Folder())

    def _child(self, parent: str, key: object, title: str, room: int) -> str:
        """The path of the folder inside *parent* that belongs to *key*, ending with "/"."""
        if (parent, key) not in self._paths:
            self._paths[parent, key] = f"{parent}{self._folder(parent).take(title, room)}/"
        return self._paths[parent, key]

    def path(self, evidence: Evidence) -> str:
        """Where the file goes."""
        owner, held = evidence.owner, evidence.held
        title = " - ".join(each for each in (owner.number, owner.code, owner.name) if each)
        folder = self._child("", owner.report_id, title, LONGEST_UNIT)
        folder = self._child(folder, evidence.item, evidence.item, LONGEST_ROW)
        if evidence.row:
            folder = self._child(folder, (held.block, held.row), evidence.row, LONGEST_ROW)
        stem, ending = split_ending(held.name)
        return folder + self._folder(folder).take(stem, LONGEST_PATH - length(folder), ending)


def _line(number: int, evidence: Evidence, path: str, twin: int | None) -> list[Value]:
    owner, held = evidence.owner, evidence.held
    return [
        number, owner.code, owner.name, evidence.item, evidence.row or None, held.name, path, held.media_type,
        held.size, held.sha256, held.added_at, held.added_by, f"số {twin}" if twin else None, IN_ZIP,
    ]  # fmt: skip


def _damaged(line: list[Value]) -> list[Value]:
    return [*line[:6], None, *line[7:-1], DAMAGED]


def _warning(lines: Iterable[list[Value]]) -> bytes:
    """A text that Notepad shows rightly on every Windows."""
    told = [
        "Các tệp minh chứng dưới đây bị hỏng trong cơ sở dữ liệu nên KHÔNG có trong tệp ZIP này.",
        "Báo quản trị phục hồi từ bản sao lưu, hoặc đề nghị đơn vị thêm lại.",
        "",
        *(" | ".join(str(value) for value in line[:6] if value is not None) for line in lines),
    ]
    return "\r\n".join(told).encode("utf-8-sig")


def _entries(files: Iterable[Evidence], read: Read, about: About) -> Iterator[ZipEntry]:
    tree, lines, first_with = _Tree(), list[list[Value]](), dict[str, int]()
    damaged = []
    for number, evidence in enumerate(files, start=1):
        held, path = evidence.held, tree.path(evidence)
        line = _line(number, evidence, path, first_with.get(held.sha256))
        first_with.setdefault(held.sha256, number)
        content = read(held.id)
        if content is not None and hashlib.sha256(content).hexdigest() == held.sha256:
            yield ZipEntry(path, held.added_at, content)
        else:
            line = _damaged(line)
            damaged.append(line)
        del content  # before the next one is read
        lines.append(line)
    if damaged:
        yield ZipEntry(f"{WARNING}.txt", about.made_at, _warning(damaged))
    yield ZipEntry(f"{INDEX}.xlsx", about.made_at, index_workbook(about, lines))


def evidence_zip(files: Iterable[Evidence], read: Read, about: About) -> Iterator[bytes]:
    """The archive of *files* piece by piece; *read* gives the bytes of the attachment of that id, None if it has none.

    No more than one attachment is in memory at a time. The same bytes at two places are two files and two lines of the
    index, the later of which names the earlier.
    """
    return zip_pieces(_entries(files, read, about))
