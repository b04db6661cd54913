"""Knows one unit under the several ways in which its name is written."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nhanquyen.form.unit_row import UnitRow, plain_key

SHORT_FORMS = (("uy ban nhan dan", "ubnd"), ("hoi dong nhan dan", "hdnd"), ("mat tran to quoc", "mttq"))
_NUMBERED = re.compile(r"\b(?:p|phuong) ?0*(?=[1-9])")
_COUNCIL = re.compile(r"(?:hdnd )?ubnd ")
_KIND = re.compile(r"(?:phong|phuong|xa|thi tran) (?!\d)")
_LOCALITY = re.compile(r"(?<=.) (?:thi xa|thanh pho|huyen|quan|tinh)\b.*")


def name_key(name: str) -> str:
    """*name* folded, with the usual short forms ("UBND P.1" and "Ủy ban nhân dân Phường 1" have one key)."""
    key = plain_key(name)
    for spoken, letters in SHORT_FORMS:
        key = key.replace(spoken, letters)
    return _NUMBERED.sub("phuong ", " ".join(word for word in key.split() if word != "va"))


def same_name(one: str, other: str) -> bool:
    """Whether two names differ by nothing but the case of their letters and blanks."""
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()


def _core(name: str) -> frozenset[str]:
    """The words that tell the unit from others, without its kind and its town."""
    key = _LOCALITY.sub("", name_key(name))
    return frozenset(_KIND.sub("", _COUNCIL.sub("", key + " ", count=1), count=1).split())


def _initials(name: str) -> frozenset[str]:
    """Its initials as one word ("vhtt"): what is written instead of the whole name."""
    key = _KIND.sub("", _COUNCIL.sub("", _LOCALITY.sub("", name_key(name)) + " ", count=1), count=1)
    letters = "".join(word if word.isdigit() else word[0] for word in key.split())
    return frozenset({letters} if len(letters) > 1 else ())


class Resemblance:
    """Finds among *units* the one that another name may mean."""

    def __init__(self, units: Iterable[UnitRow]) -> None:
        self._by_words: dict[frozenset[str], UnitRow] = {}
        self._by_core: dict[frozenset[str], UnitRow] = {}
        for unit in units:
            self._by_core.setdefault(_core(unit.name), unit)
            for words in (_core(unit.name), _initials(unit.name), frozenset({unit.code.casefold()})):
                self._by_words.setdefault(words, unit)

    def find(self, name: str) -> UnitRow | None:
        """The unit that *name* may mean, or None."""
        core = _core(name)
        if not core:
            return None
        return self._by_words.get(core) or self._by_core.get(_initials(name) or core)
