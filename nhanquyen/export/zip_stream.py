"""A ZIP file made piece by piece while it is sent: no more of it is in memory than one entry.

zipfile completes the head of an entry once its body is written. What it writes to therefore keeps the entry until then,
and no entry needs its sizes stated behind it, which not every program that unpacks can read of one that is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BytesIO
from typing import NamedTuple
from zipfile import ZIP_STORED, ZipFile, ZipInfo

PIECE = 256 * 1024
_UNIX = 3
_PLAIN_FILE = 0o100644 << 16


class ZipEntry(NamedTuple):
    """A file of the archive; *path* has "/" between its folders."""

    path: str
    changed_at: datetime
    content: bytes


class _Window(BytesIO):
    """The end of a file whose beginning was given away; positions count from its beginning."""

    def __init__(self) -> None:
        super().__init__()
        self._before = 0

    def tell(self) -> int:
        return self._before + super().tell()

    def seek(self, position: int, whence: int = 0) -> int:
        if whence:
            raise ValueError("positions count from the beginning")
        return self._before + super().seek(position - self._before)

    def give_away(self) -> Iterator[bytes]:
        """Everything written so far, in pieces."""
        size = self.getbuffer().nbytes
        super().seek(0)
        while piece := self.read(PIECE):
            yield piece
        super().seek(0)
        self.truncate(0)
        self._before += size


def _info(entry: ZipEntry) -> ZipInfo:
    info = ZipInfo(entry.path, entry.changed_at.timetuple()[:6])
    info.compress_type = ZIP_STORED  # photos, PDFs and workbooks are compressed already
    info.create_system, info.external_attr = _UNIX, _PLAIN_FILE
    return info


def zip_pieces(entries: Iterable[ZipEntry]) -> Iterator[bytes]:
    """The archive of *entries*, each of which is asked for once the one before has been given away."""
    window = _Window()
    with ZipFile(window, "w") as archive:
        for entry in entries:
            archive.writestr(_info(entry), entry.content)
            del entry  # else its content would stay while the next one is read
            yield from window.give_away()
    yield from window.give_away()
