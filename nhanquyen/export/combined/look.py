"""How the cells of the combined Excel look, as styles of the workbook that are made once and used by number."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from nhanquyen.export.cells import Value
from nhanquyen.export.combined.columns import WORDS, Format

FACE = "Times New Roman"
# What Excel would take for a formula if somebody edited the text: marked as text, as if typed after an apostrophe.
_FORMULA_LIKE = ("=", "+", "-", "@")


class Tone(StrEnum):
    """What a cell is for."""

    TITLE = "title"
    OFFICE = "office"
    SIGN = "sign"
    NOTE = "note"
    HEAD = "head"
    HEAD_TURNED = "head_turned"
    HEAD_NOTE = "head_note"
    FACT = "fact"
    BODY = "body"
    MIDDLE = "middle"
    MARK = "mark"
    PART = "part"
    SUM = "sum"
    TOTAL = "total"


def _font(size: float = 11, bold: bool = False, italic: bool = False, color: str = "FF000000") -> Font:
    return Font(name=FACE, size=size, bold=bold, italic=italic, color=color)


_FONTS = {
    Tone.TITLE: _font(14, bold=True),
    Tone.OFFICE: _font(12),
    Tone.SIGN: _font(12, bold=True),
    Tone.NOTE: _font(italic=True),
    Tone.HEAD: _font(10, bold=True),
    Tone.HEAD_TURNED: _font(10, bold=True),
    Tone.HEAD_NOTE: _font(9, italic=True),
    Tone.FACT: _font(),
    Tone.BODY: _font(),
    Tone.MIDDLE: _font(),
    Tone.MARK: _font(color="FF404040"),
    Tone.PART: _font(bold=True),
    Tone.SUM: _font(bold=True),
    Tone.TOTAL: _font(bold=True),
}
_FILLS = {
    Tone.HEAD: "FFD9E2F3",
    Tone.HEAD_TURNED: "FFD9E2F3",
    Tone.HEAD_NOTE: "FFD9E2F3",
    Tone.PART: "FFF2F2F2",
    Tone.TOTAL: "FFFFF2CC",
}
_LINE = Side(style="thin", color="FF808080")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_UNBOXED = (Tone.TITLE, Tone.OFFICE, Tone.SIGN, Tone.NOTE)
_NUMBER_FORMATS = {
    Format.COUNT: "#,##0",
    Format.ORDINAL: "0",
    Format.DATE: "dd/mm/yyyy",
    Format.INSTANT: "dd/mm/yyyy hh:mm",
}
_SIDES = {Format.COUNT: "right", Format.TEXT: "left"}


def _alignment(tone: Tone, form: Format) -> Alignment:
    if tone in _UNBOXED:
        return Alignment(horizontal="center", vertical="center", wrap_text=True)
    if tone is Tone.HEAD_TURNED:
        return Alignment(horizontal="center", vertical="center", wrap_text=True, text_rotation=90)
    if tone is Tone.MARK:
        return Alignment(horizontal="center", vertical="top", shrink_to_fit=True)
    if tone is Tone.FACT:
        return Alignment(horizontal="left", vertical="top", wrap_text=True)
    middle = tone in (Tone.HEAD, Tone.HEAD_NOTE)
    side = "center" if middle else _SIDES.get(form, "center")
    above = "top" if tone is Tone.BODY else "center"
    return Alignment(horizontal=side, vertical=above, wrap_text=side != "right")


class Styles:
    """The numbers of the styles in *book*, which are added to it as they are asked for."""

    def __init__(self, book: Workbook) -> None:
        # Widths of columns are counted in digits of the standard face, which must not differ by machine.
        book._named_styles["Normal"].font = _font()  # type: ignore[attr-defined]
        self._sheet = book.worksheets[0]
        self.number = lru_cache(maxsize=None)(self._number)

    def _number(self, tone: Tone, form: Format = Format.TEXT, as_text: bool = False) -> int:
        cell = WriteOnlyCell(self._sheet)
        cell.font = _FONTS[tone]
        cell.alignment = _alignment(tone, form)
        if tone not in _UNBOXED:
            cell.border = _BOX
        if tone in _FILLS:
            cell.fill = PatternFill("solid", fgColor=_FILLS[tone])
        cell.number_format = _NUMBER_FORMATS.get(form, "General")
        cell.quotePrefix = as_text
        return cell.style_id

    def of(self, value: Value, tone: Tone, form: Format = Format.TEXT) -> int:
        """The style of *value*: a word among numbers or dates is a mark, and what looks like a formula is text."""
        if not isinstance(value, str):
            return self.number(tone, form)
        if tone is Tone.BODY and form not in WORDS:
            tone, form = (Tone.BODY if value[:1].isdigit() else Tone.MARK), Format.CENTRED
        return self.number(tone, form, value.startswith(_FORMULA_LIKE))
