"""Names of files and folders that Windows, macOS and Linux all take, made of what people typed."""

from __future__ import annotations

import re
import unicodedata

from nhanquyen.text import clean_line

LONGEST_BYTES = 240  # a file system of Linux takes 255 in one name
LONGEST_ENDING = 10
NAMELESS = "không tên"
_SEPARATORS = str.maketrans(dict.fromkeys("/\\", "-"))
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', " "))
# Windows takes these for devices, whatever ending and blanks follow.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|\Z)", re.IGNORECASE)


def length(text: str) -> int:
    """How long *text* is for Windows, which counts UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _cut(text: str, room: int) -> str:
    """As much of *text* as fits: whole words, unless the last one is half of it."""
    short = text[:room]
    while length(short) > room or len(short.encode()) > LONGEST_BYTES:
        short = short[:-1]
    words = short.rpartition(" ")[0]
    if len(short) < len(text) and text[len(short)] != " " and len(words) > len(short) // 2:
        short = words
    return short.rstrip(" .")


def safe_name(text: str, room: int, ending: str = "") -> str:
    """A name like *text*, at most *room* long with *ending*; never empty, never one of Windows' own."""
    name = clean_line(text.translate(_SEPARATORS).translate(_FORBIDDEN)).strip(" .") or NAMELESS
    if _RESERVED.match(name):
        name = f"_{name}"
    short = _cut(name, room - length(ending))
    if _RESERVED.match(short):  # what was cut off had made it another name
        short = _cut(f"_{short}", room - length(ending))
    return short + ending


def split_ending(name: str) -> tuple[str, str]:
    """The name without its ending, and the ending (``".jpg"``): blank where there is none that may be called so."""
    stem, dot, ending = name.rpartition(".")
    if dot and stem.strip(" .") and 0 < len(ending) <= LONGEST_ENDING and ending.isascii() and ending.isalnum():
        return stem, f".{ending}"
    return name, ""


def _folded(name: str) -> str:
    """Equal for names that some file system takes for one; a few that none does are equal, too."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).upper().casefold())


class Folder:
    """The names that one folder holds so far; no two of them differ in case alone."""

    def __init__(self) -> None:
        self._held: set[str] = set()

    def take(self, text: str, room: int, ending: str = "") -> str:
        """A safe name like *text* that is new here, numbered where it would not be: ``"ảnh (2).jpg"``."""
        name, number = safe_name(text, room, ending), 1
        while _folded(name) in self._held:
            number += 1
            mark = f" ({number})"
            name = safe_name(text, room, mark + ending)
        self._held.add(_folded(name))
        return name
