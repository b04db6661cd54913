"""Worksheets written row by row into a file of their own, and joined to a workbook that openpyxl makes.

openpyxl makes everything but the rows: styles, widths, panes, filters, print set-up, charts. The rows are
written as the text of the file format, at a quarter of openpyxl's time and with none of them kept in memory.
This module knows the format (ECMA-376, part 1, §18.3.1) and nothing of what the rows say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from shutil import copyfileobj
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.export.cells import Value, safe_text

# "_x000D_" in a file stands for the character of that number, so a text that says it literally is escaped.
# Excel reads four digits so, LibreOffice any number of them.
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]+_)")
# What openpyxl makes of a line break in the head of a page; LibreOffice would print it as it stands.
_BREAK_IN_HEAD = b"_x000a_"
_ROWS = re.compile(rb"<sheetData\s*/>|<sheetData>.*?</sheetData>", re.DOTALL)


@lru_cache(maxsize=64)
def _letters(width: int) -> list[str]:
    return [get_column_letter(number) for number in range(1, width + 1)]


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if "\r" in text:
        text = text.replace("\r", "&#13;")
    return _LOOKS_ESCAPED.sub("_x005F_", text) if "_x" in text else text


def _number(value: int | date | datetime) -> str:
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    return str(to_excel(value) if isinstance(value, date) else int(value))  # type: ignore[no-untyped-call]


class SheetRows:
    """The rows of one worksheet, kept in a temporary file. Use it as a context manager: it is gone at the end."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self.count = 0
        self.width = 0

    def __enter__(self) -> SheetRows:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, cells: Sequence[tuple[Value, int]], height: float = 0) -> list[int]:
        """Write a row of values, each with its style (openpyxl's ``cell.style_id``).

        *height* is in points; 0 leaves it to the program that opens the file. Texts stay texts whatever they
        begin with, instants become the local time they show. Returns the indexes of the cells whose text a
        workbook cannot hold as it is (see `safe_text`).
        """
        self.count += 1
        row = self.count
        lossy: list[int] = []
        self.width = max(self.width, len(cells))
        tall = f' ht="{height:g}" customHeight="1"' if height else ""
        written = [f'<row r="{row}"{tall}>']
        for index, (letter, (value, style)) in enumerate(zip(_letters(len(cells)), cells, strict=True)):
            if isinstance(value, str):
                text = safe_text(value)
                if text != value:
                    lossy.append(index)
                content = f' t="inlineStr"><is><t xml:space="preserve">{_escaped(text)}</t></is></c>' if text else "/>"
            else:
                content = "/>" if value is None else f"><v>{_number(value)}</v></c>"
            written.append(f'<c r="{letter}{row}" s="{style}"{content}')
        written.append("</row>")
        self._file.write("".join(written).encode())
        return lossy

    def copy_to(self, part: IO[bytes]) -> None:
        """Write all rows so far to *part*."""
        self._file.seek(0)
        copyfileobj(self._file, part, 1 << 18)


def save(out: IO[bytes], book: Workbook, rows: Mapping[Worksheet, SheetRows]) -> None:
    """Write *book* to *out* with the streamed *rows* in place of the cells of those worksheets."""
    for sheet, streamed in rows.items():
        if streamed.count:  # openpyxl states the extent of the sheet from the cells it knows
            sheet.cell(1, 1)
            sheet.cell(streamed.count, streamed.width)
    with TemporaryFile() as skeleton:
        book.save(skeleton)
        parts = {sheet.path.lstrip("/"): streamed for sheet, streamed in rows.items()}
        with ZipFile(skeleton) as made, ZipFile(out, "w", ZIP_DEFLATED) as joined:
            for name in made.namelist():
                if name not in parts:
                    joined.writestr(name, made.read(name))
                    continue
                head, tail = _ROWS.split(made.read(name), maxsplit=1)
                with joined.open(name, "w") as part:
                    part.write(head + b"<sheetData>")
                    parts[name].copy_to(part)
                    part.write(b"</sheetData>" + tail.replace(_BREAK_IN_HEAD, b"\n"))
