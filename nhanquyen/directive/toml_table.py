"""A table of a definition file under its place in the file: typed look-ups, and nothing may be left unread."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypeVar

from nhanquyen.text import clean

T = TypeVar("T")

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


class DirectiveError(Exception):
    """A definition file that cannot be used; the message names the file, the place in it and the reason."""


class TomlTable:
    """One TOML table. What was taken is gone from it, so that `done` finds the names that nobody asked for."""

    def __init__(self, data: object, place: str) -> None:
        if not isinstance(data, dict):
            raise DirectiveError(f"{place}: a table is expected here")
        self.data: dict[str, Any] = dict(data)
        self.place = place

    @classmethod
    def parse(cls, source: str, name: str) -> TomlTable:
        """The whole file. Raises `DirectiveError`."""
        try:
            return cls(tomllib.loads(source), name)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise DirectiveError(f"{name}: {error}") from error

    def fault(self, reason: str) -> DirectiveError:
        return DirectiveError(f"{self.place}: {reason}")

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """The value of *key*, which must be of *kind*; without a *default* it must be there and not be blank."""
        value = self.data.pop(key, default)
        if value is None or (value == "" and default is None):
            raise self.fault(f"{key!r} is missing")
        wrong_date = kind is date and isinstance(value, datetime)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool) or wrong_date:
            raise self.fault(f"{key!r} must be of type {kind.__name__}, not {type(value).__name__}")
        if isinstance(value, str):
            self._require_clean(key, value)
        return value

    def _require_clean(self, key: str, text: str) -> None:
        if text != clean(text):
            raise self.fault(f"{key!r} holds text that is not clean NFC (stray blanks or invisible characters)")

    def table(self, key: str, default: dict[str, Any] | None = None) -> TomlTable:
        return TomlTable(self.take(key, dict, default), f"{self.place}, {key}")

    def tables(self, key: str, default: list[object] | None = None) -> list[TomlTable]:
        found: list[TomlTable] = []
        for number, data in enumerate(self.take(key, list, default), 1):
            name = data.get("key", number) if isinstance(data, dict) else number
            found.append(TomlTable(data, f"{self.place}, {key} {name!r}"))
        return found

    def texts(self, key: str, default: list[str] | None = None) -> tuple[str, ...]:
        values = self.take(key, list, default)
        for value in values:
            if not isinstance(value, str) or not value:
                raise self.fault(f"{key!r} must be a list of texts")
            self._require_clean(key, value)
        return tuple(values)

    def named(self) -> dict[str, str]:
        """Everything in the table, as texts by name."""
        return {key: self.take(key, str) for key in list(self.data)}

    def key(self) -> str:
        key = self.take("key", str)
        if not KEY.match(key):
            raise self.fault(f"key {key!r} must be lower-case ASCII letters, digits and _")
        return key

    def one_of(self, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        value = self.take(key, str, default)
        if value not in allowed:
            raise self.fault(f"{key} {value!r} is unknown; known: {', '.join(allowed)}")
        return value

    def require_once(self, keys: Iterable[str], what: str) -> None:
        """Refuse *keys* of which one stands twice."""
        twice = [key for key, count in Counter(keys).items() if count > 1]
        if twice:
            raise self.fault(f"{what} {', '.join(map(repr, twice))} stands twice")

    def done(self) -> None:
        """Refuse names that are left over."""
        if self.data:
            raise self.fault(f"unknown name {', '.join(map(repr, self.data))}")
