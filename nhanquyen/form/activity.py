"""Activities that several units may report: what two such rows share, and which totals count each of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode

from nhanquyen.directive import Block, Counted, Directive, Item, Kind
from nhanquyen.directive.rules import holds
from nhanquyen.directive.values import as_count, as_date, shown
from nhanquyen.form.answers import DONE, Answers, Respondent, Row
from nhanquyen.text import clean_line, search_key

# Without a scheme or "www." only these endings make a word an address: "P.VHTT/UBND" is an office.
_ADDRESS = re.compile(
    r"(?:(?P<scheme>https?)://|(?=www\.))?"
    r"(?P<host>(?:[\w-]+\.)+(?P<ending>\w+))(?::(?P<port>[0-9]{1,5}))?(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.IGNORECASE,
)
_ENDINGS = frozenset(("vn", "com", "net", "org", "info", "me", "tv", "be", "io", "app", "link"))
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|zarsrc|mibextid", re.IGNORECASE)
_AROUND = "\"'“”‘’()[]<>,;."


class Place(NamedTuple):
    """A web address: the site, and which page of it; blank for the site as a whole."""

    site: str
    page: str


def web_address(text: str) -> Place | None:
    """The one web address in *text*, written the same however it was copied; None when there is none, or several.

    Scheme, ``www.``, letter case of the host, closing slash, order of the query, what networks add to follow a
    reader, and the place within the page do not make another address.
    """
    found = {place for word in clean_line(text).split() if (place := _place(word.strip(_AROUND)))}
    return found.pop() if len(found) == 1 else None


def _place(word: str) -> Place | None:
    parts = _ADDRESS.fullmatch(word)
    if parts is None:
        return None
    host = parts["host"].casefold()
    if not parts["scheme"] and not host.startswith("www.") and parts["ending"].casefold() not in _ENDINGS:
        return None
    port = "" if parts["port"] in (None, "80", "443") else f":{int(parts['port'])}"
    pairs = parse_qsl(parts["query"] or "", keep_blank_values=True)
    query = urlencode(sorted(pair for pair in pairs if not _TRACKING.fullmatch(pair[0])))
    path = clean_line(unquote(parts["path"] or "")).rstrip("/")
    return Place(host.removeprefix("www.") + port, f"{path}?{query}" if query else path)


def folded(text: str) -> str:
    """*text* without what two clerks write differently: case, accents, blanks and punctuation."""
    return "".join(char for char in search_key(text) if char.isalnum())


class Activity(NamedTuple):
    """A row that another unit may report too. Rows of one *fingerprint* tell one activity."""

    item: Item
    block: Block
    row: Row
    number: int
    fingerprint: str

    @property
    def title(self) -> str:
        """What people call it."""
        key = self.block.same_activity.title if self.block.same_activity else ""
        return clean_line(str(self.row.values.get(key) or "")) or f"{self.block.row_name} {self.number}"

    def claims(self) -> dict[str, int]:
        """What the row would be counted for, by path of the total."""
        counts = self.block.same_activity.counts if self.block.same_activity else ()
        claimed: Counter[str] = Counter()
        for each in counts:
            if amount := _amount(each, self.row):
                claimed[f"{self.item.key}.{each.total}"] += amount
        return dict(claimed)

    def amounts(self, totals: Mapping[str, int]) -> dict[str, int]:
        """`claims`, but no more of any total than the unit itself has reported there: its *totals*."""
        most = {path: min(amount, totals.get(path, 0)) for path, amount in self.claims().items()}
        return {path: amount for path, amount in most.items() if amount > 0}


def _amount(counted: Counted, row: Row) -> int:
    if not holds(counted.when, row.values):
        return 0
    return (as_count(row.values.get(counted.amount)) or 0) if counted.amount else 1


def activities(directive: Directive, answers: Answers, respondent: Respondent) -> Iterator[Activity]:
    """The rows of a report that say enough to be recognised in another unit's report."""
    for item in directive.items:
        blocks = [block for block in item.answered_blocks if block.same_activity]
        if blocks and answers.standing(item, respondent) == DONE:
            for block in blocks:
                for number, row in enumerate(answers.rows(item, block), start=1):
                    if shared := _shared(block, row):
                        yield Activity(item, block, row, number, _fingerprint(item, block, shared))


def _shared(block: Block, row: Row) -> list[str]:
    """What the row says of itself, in one way of writing; empty when it does not say enough."""
    rule = block.same_activity
    if rule is None:
        return []
    place = web_address(str(row.values.get(rule.address) or "")) if rule.address else None
    if place and place.page:
        return ["address", *place]
    said = [_said(block, key, row) if key != rule.address or place is None else place.site for key in rule.same]
    return ["fields", *said] if all(said) else []


def _said(block: Block, key: str, row: Row) -> str:
    field, stored = block.by_key[key], row.values.get(key)
    if stored is None:
        return ""
    if field.kind is Kind.DATE and (day := as_date(stored)):
        return day.isoformat()
    return folded(shown(field, stored))


def _fingerprint(item: Item, block: Block, shared: list[str]) -> str:
    """A number for all that is shared; it must stay the same from release to release, as decisions are kept by it."""
    whole = json.dumps([item.key, block.key, *shared], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest()
