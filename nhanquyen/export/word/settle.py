"""What Word would not do by itself once a template is filled: the lengths of rules, the widths of columns, mending.

A rule is an empty paragraph with a border, in one of the two styles below; it is as long as the line of text above it
asks for. A table of the style below, or one whose loops made more or fewer cells than it had columns, gets columns as
wide as their contents ask for.
"""

from __future__ import annotations

from typing import Any

from docx.oxml.ns import qn

from nhanquyen.export.word.times import width_of

FITTED_TABLE = "NQ Bảng tự chia cột"
RULE_FULL = "NQ Kẻ ngang bằng dòng chữ"
RULE_HALF = "NQ Kẻ ngang nửa dòng chữ"
_SHARES = {RULE_FULL: 1.0, RULE_HALF: 0.42}  # Nghị định 30/2020: as long as the text; from a third to a half of it
_TWIPS = 20  # of a point
_DEFAULT_SIZE = 14.0
_CELL_MARGIN = 108  # twips, Word's own
_LONGEST_WORD = 120  # points; a longer one is broken
_STEPS = 50  # in which the room that is left is given to columns
_SLACK = 1.1  # fonts that stand in for Times New Roman are a little wider
_LOOKED_AT = 150  # rows of a long table


def settle(body: Any, styles: Any) -> None:
    """Set lengths and widths in *body*, the filled XML of a document with *styles*."""
    _mend(body)
    faces = _Faces(styles)
    for table in body.iter(qn("w:tbl")):
        _fit_columns(table, faces)
    for paragraph in body.iter(qn("w:p")):
        share = _SHARES.get(faces.name_of(paragraph))
        if share is not None:
            _set_rule(paragraph, share, faces)


def _mend(body: Any) -> None:
    """Make whole what statements have emptied: Word opens no table without rows and no cell without a paragraph."""
    for row in [each for each in body.iter(qn("w:tr")) if next(each.iter(qn("w:tc")), None) is None]:
        row.getparent().remove(row)
    for table in [each for each in body.iter(qn("w:tbl")) if next(each.iter(qn("w:tr")), None) is None]:
        table.getparent().remove(table)
    for cell in body.iter(qn("w:tc")):
        if not len(cell) or cell[-1].tag != qn("w:p"):
            cell.append(cell.makeelement(qn("w:p"), {}))


class _Faces:
    """The styles of paragraphs and tables."""

    def __init__(self, styles: Any) -> None:
        self._styles = {style.get(qn("w:styleId")): style for style in styles.iter(qn("w:style"))}

    def _style(self, element: Any) -> Any:
        kind = "tbl" if element.tag == qn("w:tbl") else "p"
        named = element.find(f"{qn(f'w:{kind}Pr')}/{qn(f'w:{kind}Style')}")
        return self._styles.get(named.get(qn("w:val"))) if named is not None else None

    def name_of(self, element: Any) -> str:
        """The name of the style of a paragraph or table; blank where it states none."""
        style = self._style(element)
        name = style.find(qn("w:name")) if style is not None else None
        return str(name.get(qn("w:val"))) if name is not None else ""

    def of(self, paragraph: Any) -> tuple[float, bool]:
        """Size in points and whether bold."""
        style = self._style(paragraph)
        face = style.find(qn("w:rPr")) if style is not None else None
        if face is None:
            return _DEFAULT_SIZE, False
        size, bold = face.find(qn("w:sz")), face.find(qn("w:b"))
        return (
            float(size.get(qn("w:val"))) / 2 if size is not None else _DEFAULT_SIZE,
            bold is not None and bold.get(qn("w:val")) not in ("0", "false", "off"),
        )


def text_of(element: Any) -> str:
    """The text in *element*."""
    return "".join(text.text or "" for text in element.iter(qn("w:t")))


def _set_rule(rule: Any, share: float, faces: _Faces) -> None:
    above = rule.getprevious()
    if above is None or above.tag != qn("w:p"):
        return
    room = _room(rule)
    length = min(room, width_of(text_of(above), *faces.of(above)) * _TWIPS) * share
    aside = str(round((room - length) / 2))
    properties = rule.find(qn("w:pPr"))
    indent = properties.find(qn("w:ind"))
    if indent is None:
        indent = rule.makeelement(qn("w:ind"), {})
        # ind stands before these in a pPr
        after = [qn(f"w:{name}") for name in ("contextualSpacing", "mirrorIndents", "suppressOverlap", "jc", "rPr")]
        later = next((index for index, each in enumerate(properties) if each.tag in after), len(properties))
        properties.insert(later, indent)
    for side in ("left", "right"):
        indent.set(qn(f"w:{side}"), aside)
    indent.set(qn("w:firstLine"), "0")


def _room(paragraph: Any) -> float:
    """Between the margins of the cell or page that *paragraph* stands in, in twips."""
    for parent in paragraph.iterancestors(qn("w:tc")):
        width = parent.find(f"{qn('w:tcPr')}/{qn('w:tcW')}")
        table = next(parent.iterancestors(qn("w:tbl")))
        return float(width.get(qn("w:w"))) - _margins_of(table) if width is not None else 0.0
    section = next(_sections_from(paragraph), None)
    if section is None:
        return 0.0
    size, margin = section.find(qn("w:pgSz")), section.find(qn("w:pgMar"))
    return float(size.get(qn("w:w"))) - float(margin.get(qn("w:left"))) - float(margin.get(qn("w:right")))


def _margins_of(table: Any) -> float:
    """What the left and right margins of a cell of *table* take, in twips."""
    sides = table.find(f"{qn('w:tblPr')}/{qn('w:tblCellMar')}")
    margins = [None if sides is None else sides.find(qn(f"w:{side}")) for side in ("left", "right")]
    return sum(_CELL_MARGIN if each is None else float(each.get(qn("w:w"))) for each in margins)


def _sections_from(paragraph: Any) -> Any:
    """The settings of the section that *paragraph* is in: those that come next after it."""
    yield from paragraph.iter(qn("w:sectPr"))
    for later in paragraph.itersiblings():
        yield from later.iter(qn("w:sectPr"))


def _cells(row: Any) -> list[Any]:
    return list(row.iterchildren(qn("w:tc")))


def _span(cell: Any) -> int:
    span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
    return int(span.get(qn("w:val"))) if span is not None else 1


def _fit_columns(table: Any, faces: _Faces) -> None:
    """Give *table* as many columns as its rows have now; its width stays."""
    grid = table.find(qn("w:tblGrid"))
    rows = list(table.iterchildren(qn("w:tr")))
    count = max((sum(map(_span, _cells(row))) for row in rows), default=0)
    columns = list(grid) if grid is not None else []
    if grid is None or not count or (count == len(columns) and faces.name_of(table) != FITTED_TABLE):
        return
    total = sum(float(column.get(qn("w:w")) or 0) for column in columns)
    widths = _widths([_cells(row) for row in rows], count, total, _margins_of(table), faces)
    for column in columns:
        grid.remove(column)
    for width in widths:
        grid.append(grid.makeelement(qn("w:gridCol"), {qn("w:w"): str(width)}))
    for row in rows:
        at = 0
        for cell in _cells(row):
            stated = cell.find(f"{qn('w:tcPr')}/{qn('w:tcW')}")
            if stated is not None:
                stated.set(qn("w:w"), str(sum(widths[at : at + _span(cell)])))
            at += _span(cell)


def _widths(rows: list[list[Any]], count: int, total: float, padding: float, faces: _Faces) -> list[int]:
    """Widths of *count* columns, *total* together: each has room for its longest word, the rest makes rows lower.

    Of many rows some are looked at, evenly spread; a cell over several columns asks for no room.
    """
    words = [0.0] * count
    texts: list[list[float]] = []
    for cells in rows[:: len(rows) // _LOOKED_AT + 1]:
        lengths, at = [0.0] * count, 0
        for cell in cells:
            if (span := _span(cell)) == 1:
                face = faces.of(next(cell.iter(qn("w:p"))))
                text = text_of(cell)
                longest = max((width_of(each, *face) for each in text.split()), default=0.0)
                words[at] = max(words[at], min(longest, _LONGEST_WORD) * _SLACK * _TWIPS)
                lengths[at] = width_of(text, *face) * _SLACK * _TWIPS
            at += span
        texts.append(lengths)
    widths = [word + padding for word in words]
    left = total - sum(widths)
    if left < 0:
        return [round(total * width / sum(widths)) for width in widths]
    for _ in range(_STEPS):
        widths[_tallest(texts, [max(1.0, width - padding) for width in widths])] += left / _STEPS
    return [round(width) for width in widths]


def _tallest(texts: list[list[float]], rooms: list[float]) -> int:
    """The column that makes rows tall: every row whose text does not fit counts for its tallest cell."""
    blame = [0.0] * len(rooms)
    fullest = [0.0] * len(rooms)
    for lengths in texts:
        lines = [length / room for length, room in zip(lengths, rooms, strict=True)]
        most = max(lines)
        if most > 1:
            blame[lines.index(most)] += most
        fullest = [max(pair) for pair in zip(fullest, lines, strict=True)]
    found = blame if any(blame) else fullest
    return found.index(max(found))
