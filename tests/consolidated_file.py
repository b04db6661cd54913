"""A Word file read back for the tests: its paragraphs and tables in order, as somebody reads them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

from docx import Document
from docx.document import Document as Doc
from docx.oxml.ns import qn


@dataclass
class Form:
    """One table of an annex: its title, the headings of its columns, and its rows below the numbers of the columns."""

    title: str
    measure: str
    head: list[list[str]]
    rows: list[list[str]]
    repeated: int = 0
    """How many rows stand on every page."""

    @property
    def headings(self) -> list[str]:
        """The lowest heading of each column."""
        return [next(text for text in reversed(column) if text) for column in zip(*self.head, strict=True)]

    def of(self, name: str) -> dict[str, str]:
        """The cells of the row called *name*, by heading."""
        (row,) = [row for row in self.rows if row[1] == name]
        return dict(zip(self.headings, row, strict=True))


@dataclass
class WordFile:
    """The texts of a file: paragraphs up to the annexes, then the annexes by their label."""

    document: Doc
    paragraphs: list[str] = field(default_factory=list)
    annexes: dict[str, list[str]] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)

    def after(self, heading: str) -> list[str]:
        """The paragraphs below the heading that begins so, up to the next chapter or clause."""
        start = next(at for at, text in enumerate(self.paragraphs) if text.startswith(heading)) + 1
        for end in range(start, len(self.paragraphs)):
            if self.styles[end] in ("NQ Mục", "NQ Khoản"):
                return self.paragraphs[start:end]
        return self.paragraphs[start:]

    styles: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Everything that can be read."""
        rows = [row for form in self.forms for row in (*form.head, *form.rows)]
        notes = [text for texts in self.annexes.values() for text in texts]
        return "\n".join([*self.paragraphs, *notes, *("\t".join(row) for row in rows)])

    def form(self, title: str) -> Form:
        (found,) = [form for form in self.forms if form.title == title]
        return found


def text_of(element: Any) -> str:
    """The text of a paragraph or cell, a line break as one."""
    parts = []
    for each in element.iter(qn("w:t"), qn("w:br"), qn("w:tab"), qn("w:p")):
        if each.tag == qn("w:t"):
            parts.append(each.text or "")
        elif each.tag == qn("w:p"):
            parts.append("\n" if parts else "")
        elif each.getparent().tag == qn("w:r"):
            parts.append("\n" if each.tag == qn("w:br") else "\t")
    return "".join(parts)


def _cells(row: Any) -> list[str]:
    """The texts of a row, a cell that spans columns followed by blanks."""
    found: list[str] = []
    for cell in row.iterchildren(qn("w:tc")):
        span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
        found += [text_of(cell), *[""] * (int(span.get(qn("w:val"))) - 1 if span is not None else 0)]
    return found


def _form(table: Any, above: str) -> Form:
    rows = list(table.iterchildren(qn("w:tr")))
    texts = [_cells(row) for row in rows]
    numbers = next(at for at, row in enumerate(texts) if row[0] == "(1)")
    title, _, measure = above.partition("\t")
    repeated = [row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in rows]
    assert repeated == [True] * (numbers + 1) + [False] * (len(rows) - numbers - 1)
    return Form(title, measure, texts[:numbers], texts[numbers + 1 :], numbers + 1)


def read_word(data: bytes) -> WordFile:
    """The file, opened as python-docx opens it."""
    found = WordFile(Document(io.BytesIO(data)))
    label = ""
    for element in found.document.element.body:
        if element.tag == qn("w:tbl"):
            if label:
                found.forms.append(_form(element, found.annexes[label][-1]))
            else:
                cells = element.iter(qn("w:tc"))
                found.paragraphs += [text for cell in cells for text in text_of(cell).split("\n")]
                found.styles += [""] * (len(found.paragraphs) - len(found.styles))
        elif element.tag == qn("w:p"):
            name = element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
            style = _style_name(found.document, name.get(qn("w:val"))) if name is not None else ""
            text = text_of(element)
            if style == "NQ Phụ lục":
                label = text
                found.annexes[label] = []
            elif label:
                found.annexes[label].append(text)
            else:
                found.paragraphs.append(text)
                found.styles.append(style)
    return found


def _style_name(document: Doc, key: str) -> str:
    return next(style.name or "" for style in document.styles if style.style_id == key)
