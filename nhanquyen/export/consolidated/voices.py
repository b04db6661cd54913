"""What the units write, grouped by unit and with its name; answers that say there is nothing are only counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nhanquyen.directive import Directive, Field, Kind
from nhanquyen.directive.rules import says_only
from nhanquyen.export.combined.record import Case
from nhanquyen.export.consolidated.passage import Passage, dash, listed, text
from nhanquyen.export.word.paper import paragraphs
from nhanquyen.overview import Standing


class Voice(NamedTuple):
    """The paragraphs that one unit writes."""

    unit: str
    paragraphs: tuple[str, ...]


class Voices:
    """All that is written in the paragraphs of the definition and in the parts of the report, by path."""

    def __init__(self, directive: Directive) -> None:
        self._nothing = directive.consolidated.nothing
        self._heard: dict[str, list[Voice]] = {}
        self._silent: dict[str, list[str]] = {}
        self.fields: dict[str, Field] = {
            path: field
            for item in directive.items
            for block in item.answered_blocks
            for field in block.fields
            if block.single
            and ((path := f"{item.key}.{field.key}") in directive.consolidated.texts or field.kind is Kind.PARAGRAPH)
        }

    def add(self, case: Case) -> None:
        """Hear a unit."""
        for path in self.fields:
            item, key = path.split(".")
            said = (case.values[item] or {}).get(key) if case.standings[item] is Standing.DONE else None
            if not isinstance(said, str):
                continue
            if says_only(said, self._nothing):
                self._silent.setdefault(path, []).append(case.line.name)
            else:
                self._heard.setdefault(path, []).append(Voice(case.line.name, paragraphs(said)))

    def told(self, paths: Iterable[str]) -> Iterator[Passage]:
        """What is written at *paths*, a unit after the other."""
        for path in paths:
            for voice in self._heard.get(path, ()):
                first, *others = voice.paragraphs
                yield dash(first, lead=voice.unit)
                yield from map(text, others)

    def part(self, paths: tuple[str, ...], what: str) -> tuple[Passage, ...]:
        """A part of the report about *what* ("kiến nghị, đề xuất"), which says so when there is nothing."""
        found = list(self.told(paths))
        silent = filter(None, map(self._silent.get, paths))
        found += (text(listed(f"Không có {what}", names)) for names in silent)
        return tuple(found) or (text(f"Chưa có báo cáo nào trong phạm vi số liệu nêu {what}."),)

    def of_item(self, item: str, elsewhere: tuple[str, ...]) -> Iterator[Passage]:
        """The paragraphs of an item that no part of the report holds, each under its label."""
        for path, field in self.fields.items():
            if path.startswith(f"{item}.") and path not in elsewhere and (said := list(self.told([path]))):
                yield text(f"{field.label}:")
                yield from said
