"""How the sheets of the combined Excel lie on paper: A4 landscape, pages across, what stands on each page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.export.cells import safe_text
from nhanquyen.export.combined.look import FACE

PAGE_WIDTH = 139  # characters across the page at full size; LibreOffice makes them a little wider than Excel
_SMALLEST = 0.7  # of full size: text of 11 points becomes 7.7
_MARGIN = 10 / 25.4  # inches
_SHORTEST_TITLE = 60  # the sheet is named at the foot as well
_LONGEST_HEAD = 195  # characters; Excel takes 255 for a head or foot with all their codes


def page_ends(widths: Sequence[float], standing: int) -> list[int]:
    """Before which columns the pages across end, so that each is readable and about as full as the others.

    The first *standing* columns are on every page.
    """
    room = PAGE_WIDTH / _SMALLEST
    ends = _filled(widths, standing, room)
    while len(ends) > 1 and len(closer := _filled(widths, standing, room - 1)) == len(ends):
        room, ends = room - 1, closer
    return ends


def _filled(widths: Sequence[float], standing: int, room: float) -> list[int]:
    if sum(widths) <= room:
        return [len(widths)]
    kept = used = sum(widths[:standing])
    ends: list[int] = []
    for index, width in enumerate(widths[standing:], start=standing):
        if used + width > room and used > kept:
            ends.append(index)
            used = kept
        used += width
    return [*ends, len(widths)]


def set_up_page(sheet: Worksheet, widths: Sequence[float], ends: Sequence[int] = (), standing: int = 0) -> None:
    """A4 landscape, with the pages across that `page_ends` found (none: one page), as large as there is room."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    top, bottom = 0.65, 0.55
    sheet.page_margins = PageMargins(
        left=_MARGIN, right=_MARGIN, top=top, bottom=bottom, header=_MARGIN * 0.6, footer=_MARGIN * 0.6
    )
    sheet.print_options.horizontalCentered = True
    if len(ends) < 2:
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
        return
    kept = sum(widths[:standing])  # Excel passes over breaks set by hand where it has to fit a page
    widest = max(sum(widths[: ends[0]]), *(kept + sum(widths[left:right]) for left, right in pairwise(ends)))
    sheet.page_setup.scale = min(100, int(100 * PAGE_WIDTH / widest))
    for end in ends[:-1]:
        sheet.col_breaks.append(Break(id=end))


def set_foot(sheet: Worksheet, text: str) -> None:
    """The name of the sheet, the number of the page and *text* at the foot of every page."""
    for foot in (sheet.oddFooter, sheet.firstFooter):
        _set(foot, left="&A", center="Trang &P/&N", right=_plain(text, _LONGEST_HEAD - len(sheet.title)))


def set_head(sheet: Worksheet, title: str, note: str, *, first_page: bool) -> None:
    """*title* and, below it, *note* at the head of every page, or of every one but the first."""
    said = _plain(title, max(_SHORTEST_TITLE, _LONGEST_HEAD - len(note)))
    said += f'\n&"{FACE},Italic"&9 {_plain(note, _LONGEST_HEAD - len(said))}'
    _set(sheet.oddHeader, center=said)
    sheet.oddHeader.center.font = f"{FACE},Bold"  # type: ignore[union-attr]
    sheet.HeaderFooter.differentFirst = not first_page


def _set(item: HeaderFooterItem | None, **parts: str) -> None:
    for name, said in parts.items():
        part = getattr(item, name)
        part.text, part.font, part.size = said, f"{FACE},Regular", 10


def _plain(text: str, room: int) -> str:
    """*text* for the head or foot of a page, where an ampersand begins a code."""
    text = safe_text(text).replace("&", "&&").replace("\n", " ")
    return text if len(text) <= room else f"{text[: room - 1].rstrip('&')}…"
