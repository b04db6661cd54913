"""Reads a definition file into the dataclasses and refuses a faulty one, naming file, place and reason."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from pathlib import Path

from nhanquyen.directive.item_loader import load_item
from nhanquyen.directive.model import BlockKind, Consolidated, Directive, Document, GroupPart, Item, Reminder, Signing
from nhanquyen.directive.rules import TEXTS
from nhanquyen.directive.toml_table import DirectiveError, TomlTable

_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_GROUP = re.compile(r"[A-Z]{2,6}\Z")
MAX_KEY = 60


def _groups(table: TomlTable) -> dict[str, str]:
    groups = table.table("groups")
    titles = groups.named()
    if bad := [key for key in titles if not _GROUP.match(key)]:
        raise groups.fault(f"group code {bad[0]!r} must be 2 to 6 capital ASCII letters")
    return titles


def _chain(table: TomlTable) -> tuple[Document, ...]:
    chain = []
    for each in table.tables("chain"):
        found = Document(
            kind=each.take("kind", str),
            number=each.take("number", str),
            issued_on=each.take("issued_on", date),
            issuer=each.take("issuer", str),
            title=each.take("title", str),
        )
        each.done()
        if not found.title.startswith(f"{found.kind} "):
            raise each.fault(f"the title must begin with {found.kind!r} and go on")
        chain.append(found)
    return tuple(chain)


def _group_parts(table: TomlTable, groups: dict[str, str]) -> tuple[GroupPart, ...]:
    parts = []
    for each in table.tables("group_parts"):
        parts.append(GroupPart(each.take("letter", str), each.take("title", str), each.texts("groups")))
        each.done()
    if sorted(group for part in parts for group in part.groups) != sorted(groups):
        raise table.fault("group_parts must hold every group once")
    return tuple(parts)


def _superiors(table: TomlTable, groups: dict[str, str]) -> dict[str, str]:
    superiors = table.table("superiors", {})
    found = superiors.named()
    if wrong := [group for group in found if group not in groups]:
        raise superiors.fault(f"no group {wrong[0]!r}")
    return found


def _signing(table: TomlTable, items: tuple[Item, ...]) -> Signing:
    singles = [(item, block) for item in items for block in item.blocks if block.single]
    paths = {f"{item.key}.{each.key}" for item, block in singles for each in block.fields}
    signing = table.table("signing")
    named = [signing.take(key, str) for key in ("number", "signed_on", "position", "signer")]
    signing.done()
    if wrong := [path for path in named if path not in paths]:
        raise signing.fault(f"no field {wrong[0]!r}")
    return Signing(*named)


PARTS = ("other_ways", "results", "difficulties", "causes", "plans", "proposals")


def _consolidated(table: TomlTable, items: tuple[Item, ...]) -> Consolidated:
    each = table.table("consolidated")
    found = Consolidated(
        superior=each.take("superior", str),
        symbol=each.take("symbol", str),
        addressees=each.texts("addressees"),
        copies=each.texts("copies"),
        documents=each.take("documents", str),
        **{part: each.texts(part) for part in PARTS},
        nothing=each.texts("nothing"),
    )
    each.done()
    tables = [f"{item.key}.{block.key}" for item in items for block in item.blocks if block.kind is BlockKind.TABLE]
    if found.documents not in tables:
        raise each.fault(f"documents {found.documents!r} is not a block of kind 'table'")
    singles = [(item, block) for item in items for block in item.answered_blocks if block.single]
    texts = {f"{item.key}.{field.key}" for item, block in singles for field in block.fields if field.kind in TEXTS}
    for part in PARTS:
        if wrong := [path for path in getattr(found, part) if path not in texts]:
            raise each.fault(f"{part} {wrong[0]!r} is not a text of an item")
    each.require_once(found.texts, "text")
    if not found.addressees:
        raise each.fault("addressees must name who gets the report")
    return found


def _reminder(table: TomlTable) -> Reminder:
    each = table.table("reminder")
    found = Reminder(each.take("symbol", str), each.texts("copies"))
    each.done()
    return found


def _headline(table: TomlTable, items: tuple[Item, ...]) -> tuple[str, ...]:
    counts = {f"{item.key}.{each.key}" for item in items for block in item.blocks for each in block.counts}
    paths = table.texts("headline")
    for path in paths:
        if path not in counts:
            raise table.fault(f"headline {path!r} is not a totalled count")
    return paths


def _items(table: TomlTable, groups: dict[str, str]) -> tuple[Item, ...]:
    items = tuple(load_item(each, groups) for each in table.tables("items"))
    table.require_once([item.key for item in items], "item")
    if not items or [item.number for item in items] != list(range(1, len(items) + 1)):
        raise table.fault("items must be numbered 1, 2, 3 … in order")
    return items


def _require_order(table: TomlTable, directive: Directive) -> None:
    window = (directive.window_from, directive.window_to)
    if not directive.issued_on <= window[0] <= window[1] or directive.deadline < directive.issued_on:
        raise table.fault("the dates are out of order: issued_on ≤ window_from ≤ window_to, issued_on ≤ deadline")


@lru_cache(maxsize=16)
def parse_directive(source: str, name: str) -> Directive:
    """The directive stated in the TOML text *source*; *name* is the file's name for messages.

    Raises `DirectiveError`.
    """
    table = TomlTable.parse(source, name)
    groups = _groups(table)
    items = _items(table, groups)
    found = Directive(
        key=table.take("key", str),
        number=table.take("number", str),
        issued_on=table.take("issued_on", date),
        place=table.take("place", str),
        issuer=table.take("issuer", str),
        receiver=table.take("receiver", str),
        title=table.take("title", str),
        campaign=table.take("campaign", str),
        signer=table.take("signer", str),
        addressees=table.texts("addressees"),
        chain=_chain(table),
        window_from=table.take("window_from", date),
        window_to=table.take("window_to", date),
        deadline=table.take("deadline", date),
        groups=groups,
        superiors=_superiors(table, groups),
        signing=_signing(table, items),
        consolidated=_consolidated(table, items),
        reminder=_reminder(table),
        group_parts=_group_parts(table, groups),
        headline=_headline(table, items),
        items=items,
        source=source,
    )
    table.done()
    if not _KEY.match(found.key) or len(found.key) > MAX_KEY:
        raise table.fault(
            f"key {found.key!r} must be lower-case ASCII letters and digits with - between, at most {MAX_KEY}"
        )
    _require_order(table, found)
    return found


def load_directive(path: Path) -> Directive:
    """The directive in the file at *path*. Raises `DirectiveError`, also when the file cannot be read.

    Windows' Notepad puts a byte order mark before the text.
    """
    try:
        source = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DirectiveError(f"{path}: {error}") from error
    return parse_directive(source, path.name)
