"""The named conditions and checks that a definition may use. Pure functions over one row or one item's values.

Adding one is a function and a line in its table; the loader refuses a name that is in neither, and keys of
fields whose kind the condition or check cannot look at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from nhanquyen.directive.model import Check, Kind, Rule
from nhanquyen.directive.values import Stored, as_count, as_date
from nhanquyen.text import search_key

MANY = 1000
COUNTS = (Kind.COUNT,)
DATES = (Kind.DATE,)
TEXTS = (Kind.TEXT, Kind.PARAGRAPH)

# A date is not a telephone number, though it may begin with 0 and have as many digits as one beside another.
_DAY = re.compile(r"(?<![0-9./-])(?:0?[1-9]|[12][0-9]|3[01])([./-])(?:0?[1-9]|1[0-2])\1[0-9]{2,4}(?![0-9])")
_CONTACT = re.compile(
    r"https?:|www\.|@\w"
    r"|\b[a-z0-9-]+\.(?:com|vn|net|org|info|me|tv|io|app|link)\b|\b(?:bit\.ly|youtu\.be|fb\.watch|goo\.gl)\b"
    r"|(?<![\d.,])(?:\+84|84(?=[0-9]{9})|0)(?:[ .-]?[0-9]){9,10}(?![0-9])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Scope:
    """What a condition may look at: the values of a row (or of an item's single rows) and what surrounds them.

    *since* is the first day that is no surprise: New Year of the year in which the directive was issued.
    """

    values: Mapping[str, Stored]
    group: str
    asked: bool
    window: tuple[date, date]
    since: date
    today: date
    rows: Mapping[str, int] = field(default_factory=dict)
    prescribed: bool = True

    def total(self, keys: tuple[str, ...]) -> int:
        """The sum of the readable counts among *keys*."""
        return sum(as_count(self.values.get(key)) or 0 for key in keys)

    def filled(self, key: str) -> bool:
        return self.values.get(key) is not None

    def dates(self, keys: tuple[str, ...]) -> dict[str, date]:
        """The readable dates among *keys*."""
        days = {key: as_date(self.values.get(key)) for key in keys}
        return {key: day for key, day in days.items() if day}


def says_only(text: str, others: Iterable[str]) -> bool:
    """Whether *text* is one of *others*, but for case, accents and what it ends with."""
    return search_key(text).rstrip(" .,;!") in {search_key(other) for other in others}


def _unlike(args: tuple[str, ...], scope: Scope) -> bool:
    """Whether the text says anything else than one of the texts that ``|`` separates."""
    value = scope.values.get(args[0])
    return isinstance(value, str) and not says_only(value, " ".join(args[1:]).split("|"))


@dataclass(frozen=True, slots=True)
class Condition:
    """How a rule is told: *keys* keys of fields of certain *kinds*, then other *words* or none."""

    holds: Callable[[tuple[str, ...], Scope], bool]
    keys: int = 0
    kinds: tuple[Kind, ...] = ()
    words: bool = False


RULES: dict[str, Condition] = {
    "never": Condition(lambda args, scope: False),
    "always": Condition(lambda args, scope: True),
    "asked": Condition(lambda args, scope: scope.asked),
    "group": Condition(lambda args, scope: scope.group in args, words=True),
    "positive": Condition(lambda args, scope: scope.total(args) > 0, MANY, COUNTS),
    "zero": Condition(lambda args, scope: scope.total(args) == 0, MANY, COUNTS),
    "prescribed_zero": Condition(lambda args, scope: scope.prescribed and scope.total(args) == 0, MANY, COUNTS),
    "filled": Condition(lambda args, scope: any(scope.filled(key) for key in args), MANY, tuple(Kind)),
    "yes": Condition(lambda args, scope: scope.values.get(args[0]) is True, 1, (Kind.TICK,)),
    "is": Condition(lambda args, scope: scope.values.get(args[0]) == args[1], 1, (Kind.CHOICE,), words=True),
    "unlike": Condition(_unlike, 1, TEXTS, words=True),
}


def applies(rule: Rule, scope: Scope) -> bool:
    """Whether the condition holds in *scope*."""
    return RULES[rule.name].holds(rule.args, scope)


def holds(rule: Rule, values: Mapping[str, Stored]) -> bool:
    """Whether a condition that looks at nothing but the *values* of a row holds."""
    return applies(rule, Scope(values, "", False, (date.min, date.max), date.min, date.min))


def _not_above(check: Check, scope: Scope) -> list[str]:
    *parts, whole = ((key, as_count(scope.values.get(key))) for key in check.fields)
    most = whole[1]
    return [key for key, part in parts if part is not None and most is not None and part > most]


def _parts_make_total(check: Check, scope: Scope) -> list[str]:
    total, *parts = (as_count(scope.values.get(key)) for key in check.fields)
    known = [part for part in parts if part is not None]
    if total is None or len(known) != len(parts) or sum(known) == total:
        return []
    return [check.fields[1]]


def _needs(check: Check, scope: Scope) -> list[str]:
    number, needed = (as_count(scope.values.get(key)) for key in check.fields)
    return [check.fields[0]] if number and needed == 0 else []


def _some_positive(check: Check, scope: Scope) -> list[str]:
    if check.when is not None and not as_count(scope.values.get(check.when)):
        return []
    return [] if scope.total(check.fields) else [check.fields[0]]


def _ratio_above(check: Check, scope: Scope) -> list[str]:
    above, below = (as_count(scope.values.get(key)) for key in check.fields)
    return [check.fields[0]] if above and below and check.limit and above > check.limit * below else []


def _in_order(check: Check, scope: Scope) -> list[str]:
    first, last = (as_date(scope.values.get(key)) for key in check.fields)
    return [check.fields[1]] if first and last and last < first else []


def _in_window(check: Check, scope: Scope) -> list[str]:
    start, end = scope.window
    return [key for key, day in scope.dates(check.fields).items() if not start <= day <= end]


def _not_future(check: Check, scope: Scope) -> list[str]:
    return [key for key, day in scope.dates(check.fields).items() if day > scope.today]


def _not_before_year(check: Check, scope: Scope) -> list[str]:
    return [key for key, day in scope.dates(check.fields).items() if day < scope.since]


def _no_links(check: Check, scope: Scope) -> list[str]:
    texts = {key: scope.values.get(key) for key in check.fields}
    return [key for key, text in texts.items() if isinstance(text, str) and _CONTACT.search(_DAY.sub(" ", text))]


def _rows_or_tick(check: Check, scope: Scope) -> list[str]:
    if scope.rows.get(check.block or "") or scope.values.get(check.fields[0]) is True:
        return []
    return [check.fields[0]]


def _no_rows_with_tick(check: Check, scope: Scope) -> list[str]:
    both = scope.rows.get(check.block or "") and scope.values.get(check.fields[0]) is True
    return [check.fields[0]] if both else []


@dataclass(frozen=True, slots=True)
class NamedCheck:
    """How a check is told: from *least* to *most* fields of certain *kinds*, and which other names it takes.

    What it finds is a mistake, unless it is only *missing*.
    """

    faults: Callable[[Check, Scope], list[str]]
    kinds: tuple[Kind, ...]
    least: int = 1
    most: int = MANY
    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    missing: bool = False


CHECKS: dict[str, NamedCheck] = {
    "not_above": NamedCheck(_not_above, COUNTS, least=2),
    "parts_make_total": NamedCheck(_parts_make_total, COUNTS, least=2),
    "needs": NamedCheck(_needs, COUNTS, 2, 2),
    "some_positive": NamedCheck(_some_positive, COUNTS, takes=frozenset({"when"}), missing=True),
    "ratio_above": NamedCheck(_ratio_above, COUNTS, 2, 2, needs=frozenset({"limit"})),
    "in_order": NamedCheck(_in_order, DATES, 2, 2),
    "in_window": NamedCheck(_in_window, DATES),
    "not_future": NamedCheck(_not_future, DATES),
    "not_before_year": NamedCheck(_not_before_year, DATES),
    "no_links": NamedCheck(_no_links, TEXTS),
    "rows_or_tick": NamedCheck(_rows_or_tick, (Kind.TICK,), 1, 1, needs=frozenset({"block"}), missing=True),
    "no_rows_with_tick": NamedCheck(_no_rows_with_tick, (Kind.TICK,), 1, 1, needs=frozenset({"block"})),
}


def fails(check: Check, scope: Scope) -> list[str]:
    """The keys that *check* finds at fault in *scope*; empty when it holds."""
    named = CHECKS[check.name]
    if not named.missing and scope.values.keys().isdisjoint(check.fields):
        return []  # what is blank is no mistake
    return named.faults(check, scope)
