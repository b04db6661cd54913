"""Reads the items of a definition file: their blocks, fields, rules and checks."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from nhanquyen.directive.model import (
    EXPLANATION,
    MAX_COUNT,
    STATUS_BLOCK,
    Block,
    BlockKind,
    Check,
    Counted,
    Field,
    Item,
    Kind,
    MatrixRow,
    Rule,
    SameActivity,
)
from nhanquyen.directive.rules import CHECKS, RULES, TEXTS
from nhanquyen.directive.toml_table import KEY, TomlTable

MAX_TEXT = 30_000
MAX_ROWS = 1_000
SAYING = tuple(kind for kind in Kind if kind is not Kind.TICK)  # what can be blank, so that it says something

Fields = Mapping[str, Field]


def _rule(table: TomlTable, key: str = "required", default: str = "never") -> Rule:
    name, *args = table.take(key, str, default).split() or [""]
    if name not in RULES:
        raise table.fault(f"{key} {name!r} is unknown; known: {', '.join(RULES)}")
    keys, rest = args[: RULES[name].keys], args[RULES[name].keys :]
    if RULES[name].keys and not keys:
        raise table.fault(f"{key} {name!r} needs the keys that it looks at")
    if bool(rest) != RULES[name].words:
        reason = "needs more words" if RULES[name].words else f"does not take {' '.join(rest)!r}"
        raise table.fault(f"{key} {name!r} {reason}")
    return Rule(name, tuple(args))


def _require_fitting_kind(table: TomlTable, field: Field) -> None:
    """Refuse what the field's kind needs and does not have, or has and does not use."""
    count, text = field.kind is Kind.COUNT, field.kind in TEXTS
    if count and not (field.unit and MAX_COUNT >= field.max > field.min >= 0):
        raise table.fault(f"a count needs a unit of measure and a max above its min, at most {MAX_COUNT}")
    if not count and (field.unit or field.min or field.max or field.part_of or field.totalled):
        raise table.fault("unit, min, max, part_of and totalled belong to a field of kind 'count'")
    if text and not 0 < field.max_length <= MAX_TEXT:
        raise table.fault(f"a text needs a max_length of 1 to {MAX_TEXT}")
    if not text and field.max_length:
        raise table.fault("max_length belongs to a field of kind 'text' or 'paragraph'")
    if (field.kind is Kind.CHOICE) != bool(field.choices):
        raise table.fault("choices belong to a field of kind 'choice', and to no other")
    if wrong := [code for code in field.choices if not KEY.match(code)]:
        raise table.fault(f"choice {wrong[0]!r} must be lower-case ASCII letters, digits and _")


def _field(table: TomlTable) -> Field:
    kind = Kind(table.one_of("kind", tuple(Kind)))
    found = Field(
        key=table.key(),
        label=table.take("label", str),
        kind=kind,
        code=table.take("code", str, ""),
        unit=table.take("unit", str, ""),
        required=_rule(table),
        min=table.take("min", int, 0),
        max=table.take("max", int, 0),
        max_length=table.take("max_length", int, 0),
        choices=table.table("choices", {}).named(),
        help=table.take("help", str, ""),
        short=table.take("short", str, ""),
        totalled=table.take("totalled", bool, kind is Kind.COUNT),
        part_of=table.take("part_of", str, ""),
    )
    table.done()
    _require_fitting_kind(table, found)
    return found


def _check(table: TomlTable, fields: Fields, tables: Collection[str]) -> Check:
    found = Check(
        name=table.one_of("name", CHECKS),
        fields=table.texts("fields"),
        message=table.take("message", str),
        warning=table.take("warning", bool, False),
        limit=table.take("limit", int, 0) or None,
        when=table.take("when", str, "") or None,
        block=table.take("block", str, "") or None,
    )
    table.done()
    rule, name = CHECKS[found.name], f"check {found.name!r}"
    if not rule.least <= len(found.fields) <= rule.most:
        raise table.fault(f"{name} has the wrong number of fields")
    for key in (*found.fields, *((found.when,) if found.when else ())):
        if key not in fields:
            raise table.fault(f"{name} names the field {key!r}, which is not there")
        if fields[key].kind not in rule.kinds:
            raise table.fault(f"{name} cannot look at the field {key!r}, which is a {fields[key].kind}")
    for other in ("limit", "when", "block"):
        given = getattr(found, other) is not None
        if given != (other in rule.needs) and not (given and other in rule.takes):
            raise table.fault(f"{name} {'does not take' if given else 'needs'} a {other}")
    if found.block is not None and found.block not in tables:
        raise table.fault(f"{name} names the block {found.block!r}, which is no table that is there")
    return found


def _rows(table: TomlTable) -> tuple[MatrixRow, ...]:
    rows = []
    for each in table.tables("rows", []):
        rows.append(MatrixRow(each.key(), each.take("label", str), each.take("code", str, "")))
        each.done()
    table.require_once([row.key for row in rows], "row")
    return tuple(rows)


def _require_kind(table: TomlTable, what: str, key: str, fields: Fields, kinds: Collection[Kind]) -> None:
    """Refuse a *key* that is no field or one of another kind."""
    if key not in fields:
        raise table.fault(f"{what} names the field {key!r}, which is not there")
    if fields[key].kind not in kinds:
        raise table.fault(f"{what} cannot be the field {key!r}, which is a {fields[key].kind}")


def _counted(table: TomlTable, fields: Fields) -> Counted:
    found = Counted(table.take("total", str), table.take("amount", str, ""), _rule(table, "when", "always"))
    table.done()
    if found.amount:
        _require_kind(table, "amount", found.amount, fields, (Kind.COUNT,))
    condition = RULES[found.when.name]
    if not condition.keys and found.when.name != "always":
        raise table.fault(f"when {found.when.name!r} does not look at the row")
    _require_known_keys(table, "when", found.when, fields)
    return found


def _same_activity(table: TomlTable, fields: Fields) -> SameActivity:
    found = SameActivity(
        same=table.texts("same"),
        title=table.take("title", str),
        counts=tuple(_counted(each, fields) for each in table.tables("counts")),
        address=table.take("address", str, ""),
    )
    table.done()
    table.require_once(found.same, "field")
    for key in found.same:
        _require_kind(table, "same", key, fields, SAYING)
    _require_kind(table, "title", found.title, fields, TEXTS)
    if found.address:
        _require_kind(table, "address", found.address, fields, TEXTS)
        if found.address not in found.same:
            raise table.fault(f"address {found.address!r} is not among same")
    if not found.same or not found.counts:
        raise table.fault("same_activity needs fields in same and totals in counts")
    return found


def _block(table: TomlTable) -> Block:
    kind = BlockKind(table.one_of("kind", [kind for kind in BlockKind if kind is not BlockKind.STATUS]))
    fields = tuple(_field(each) for each in table.tables("fields"))
    table.require_once([each.key for each in fields], "field")
    by_key = {each.key: each for each in fields}
    found = Block(
        key=table.key(),
        title=table.take("title", str),
        kind=kind,
        fields=fields,
        rows=_rows(table),
        checks=tuple(_check(each, by_key, ()) for each in table.tables("checks", [])),
        help=table.take("help", str, ""),
        row_name=table.take("row_name", str, "dòng"),
        evidence=table.take("evidence", bool, False),
        max_rows=table.take("max_rows", int, 200),
        kinds=table.take("kinds", bool, False),
        same_activity=_same_activity(table.table("same_activity"), by_key) if "same_activity" in table.data else None,
    )
    table.done()
    if not fields or found.key == STATUS_BLOCK:
        raise table.fault("a block needs fields and a key of its own")
    if (kind is BlockKind.MATRIX) != bool(found.rows):
        raise table.fault("rows belong to a block of kind 'matrix', and to no other")
    if found.kinds and (kind is not BlockKind.FIGURES or not found.counts):
        raise table.fault("kinds belongs to a block of kind 'figures' with counts")
    if found.single and found.checks:
        raise table.fault("checks over single fields stand with the item, not with the block")
    if found.same_activity and kind is not BlockKind.TABLE:
        raise table.fault("same_activity belongs to a block of kind 'table'")
    if not 0 < found.max_rows <= MAX_ROWS:
        raise table.fault(f"max_rows must be 1 to {MAX_ROWS}")
    return found


def _status_block(may_be_empty: bool, restricted: bool) -> Block:
    """What a unit says of the item as a whole; it stands before the blocks of the definition."""
    explanation = Field(
        key=EXPLANATION,
        label="Giải trình số liệu",
        kind=Kind.PARAGRAPH,
        max_length=3000,
        totalled=False,
        help="Chỉ cần khi có cảnh báo về số liệu của nội dung này.",
    )
    if not may_be_empty:
        return Block(STATUS_BLOCK, "Tình trạng", BlockKind.STATUS, (explanation,))
    choices = {"co": "Có hoạt động", "khong": "Không có hoạt động"}
    if restricted:
        choices["khong_thuoc"] = "Không thuộc trách nhiệm"
    status = Field("trang_thai", "Tình trạng thực hiện", Kind.CHOICE, choices=choices, totalled=False)
    reason = Field(
        key="ly_do",
        label="Lý do không có hoạt động",
        kind=Kind.TEXT,
        required=Rule("is", ("trang_thai", "khong")),
        max_length=1000,
        totalled=False,
        help="Chỉ ghi khi chọn “Không có hoạt động”.",
    )
    return Block(STATUS_BLOCK, "Tình trạng", BlockKind.STATUS, (status, reason, explanation))


def _require_known_keys(table: TomlTable, place: str, rule: Rule, fields: Fields, part_of: str = "") -> None:
    """Refuse a rule or "part of" that names what is not there or a field of a kind that it cannot look at."""
    condition, args = RULES[rule.name], rule.args
    wanted = [(key, condition.kinds) for key in args[: condition.keys]]
    wanted += [(part_of, (Kind.COUNT,))] if part_of else []
    for key, kinds in wanted:
        if key not in fields:
            raise table.fault(f"{place} names {key!r}, which is not there")
        if fields[key].kind not in kinds:
            raise table.fault(f"{place} names {key!r}, which is a {fields[key].kind}")
    if rule.name == "is" and args[1] not in fields[args[0]].choices:
        raise table.fault(f"{place}: {args[0]!r} has no choice {args[1]!r}")


def _require_known_names(table: TomlTable, block: Block, fields: Fields, groups: Collection[str]) -> None:
    """Refuse what a field of *block* names and what is not there."""
    for each in block.fields:
        place = f"block {block.key!r}, field {each.key!r}"
        _require_known_keys(table, place, each.required, fields, each.part_of)
        unknown = [group for group in each.required.args if each.required.name == "group" and group not in groups]
        if unknown:
            raise table.fault(f"{place}: no group {unknown[0]!r}")


def _require_known_totals(table: TomlTable, block: Block, single: Fields) -> None:
    """Refuse a total of the same activity that is not a totalled count among the item's single fields."""
    for each in block.same_activity.counts if block.same_activity else ():
        if each.total not in single or single[each.total].kind is not Kind.COUNT or not single[each.total].totalled:
            place = f"block {block.key!r}, same_activity"
            raise table.fault(f"{place}: total {each.total!r} is not a totalled count of a single row of the item")


def load_item(table: TomlTable, groups: Collection[str]) -> Item:
    """The item in *table*, which may name *groups* of units. Raises `DirectiveError`."""
    asked_of = table.texts("asked_of", [])
    may_be_empty = table.take("may_be_empty", bool, True)
    blocks = (_status_block(may_be_empty, bool(asked_of)), *map(_block, table.tables("blocks")))
    table.require_once([block.key for block in blocks], "block")
    single = [each for block in blocks if block.single for each in block.fields]
    table.require_once([each.key for each in single], "field")
    table.require_once([each.key for block in blocks for each in block.counts], "totalled count")
    by_key = {each.key: each for each in single}
    for block in blocks:
        _require_known_names(table, block, by_key if block.single else block.by_key, groups)
        _require_known_totals(table, block, by_key)
    tables = [block.key for block in blocks if block.kind is BlockKind.TABLE]
    found = Item(
        key=table.key(),
        number=table.take("number", int),
        title=table.take("title", str),
        text=table.take("text", str),
        guidance=table.take("guidance", str),
        blocks=blocks,
        asked_of=asked_of,
        lead=table.take("lead", str, ""),
        checks=tuple(_check(each, by_key, tables) for each in table.tables("checks", [])),
        may_be_empty=may_be_empty,
    )
    table.done()
    if len(blocks) == 1:
        raise table.fault("an item needs blocks")
    if found.lead and found.lead not in asked_of:
        raise table.fault(f"lead {found.lead!r} is not among asked_of")
    return found
