"""Vietnamese text: cleaned once at the edge, folded for searching, keyed for sorting."""

from __future__ import annotations

import re
import unicodedata

_BLANK_LIKE = "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_BREAK_LIKE = "\u000b\u000c\u0085\u2028\u2029"
_LOOKALIKES = str.maketrans({"Ð": "Đ", "ð": "đ"} | dict.fromkeys(_BLANK_LIKE, " ") | dict.fromkeys(_BREAK_LIKE, "\n"))
_LINE_ENDS = re.compile(r"\r\n?")
_BLANKS = re.compile(r" +")
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
MAX_MARKS = 10

_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER_RANK = {letter: chr(0x100 + rank) for rank, letter in enumerate(_LETTERS)}
_TONE_RANK = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_NUMBER = re.compile(r"[0-9]+")


def _drop(char: str) -> bool:
    return char != "\n" and unicodedata.category(char) in _DROPPED


def _without_piles(text: str) -> str:
    """At most `MAX_MARKS` marks on one letter: no script writes more, and NFC takes quadratic time over a pile."""
    if not any(map(unicodedata.combining, text)):
        return text
    kept: list[str] = []
    marks = 0
    for char in text:
        length = len(unicodedata.normalize("NFD", char))
        marks = marks + length if unicodedata.combining(char) else length - 1
        if marks <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)


def clean(text: str) -> str:
    """*text* as it is stored: NFC, ``\\n`` line ends, no control, format, surrogate or unassigned characters.

    Look-alikes of đ and special blanks and breaks (Word's included) become the ordinary ones; line breaks stay.
    """
    text = _LINE_ENDS.sub("\n", text).translate(_LOOKALIKES)
    if not text.isascii() or not text.replace("\n", "").isprintable():
        text = "".join(char for char in text if not _drop(char))
        text = unicodedata.normalize("NFC", _without_piles(text))
    return text.strip()


def clean_line(text: str) -> str:
    """`clean`, on one line with single blanks: for names, codes and every one-line field."""
    return _BLANKS.sub(" ", clean(text).replace("\n", " ")).strip()


def search_key(text: str) -> str:
    """*text* without case, accents and đ: two spellings that a searcher means alike get one key."""
    folded = unicodedata.normalize("NFD", clean_line(text).casefold()).replace("đ", "d")
    return clean_line("".join(char for char in folded if not unicodedata.combining(char)))


def _by_value(digits: re.Match[str]) -> str:
    """A number written so that a longer one sorts after a shorter one."""
    number = digits.group().lstrip("0")
    return f"{len(number):04d}{number}"


def sort_key(text: str) -> str:
    """A string that sorts in the order of the Vietnamese alphabet under plain code point comparison.

    Letters outrank tones over the whole text; digits sort by their value ("Phường 2" before "Phường 10").
    """
    letters: list[str] = []
    tones: list[str] = []
    for char in _NUMBER.sub(_by_value, clean_line(text).casefold()):
        parts = unicodedata.normalize("NFD", char)
        marks = [mark for mark in parts[1:] if mark in _TONE_RANK]
        base = (
            unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONE_RANK)) if marks else char
        )
        letters.append(_LETTER_RANK.get(base, base))
        tones.append(_TONE_RANK[marks[-1]] if marks else "0")
    return "".join(letters) + "\x01" + "".join(tones)
