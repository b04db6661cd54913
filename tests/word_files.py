"""Making and reading Word files, for tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from docx import Document
from docx.document import Document as Doc
from docx.oxml.ns import qn


def made(*lines: str) -> bytes:
    """A Word file with a paragraph for each of *lines*."""
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    return saved(document)


def saved(document: Doc) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def opened(data: bytes) -> Doc:
    return Document(io.BytesIO(data))


def parts_of(data: bytes) -> dict[str, bytes]:
    """The parts of the file by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(parts: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> bytes:
    """A file of *parts*."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items() if isinstance(parts, Mapping) else parts:
            new.writestr(name, content)
    return target.getvalue()


def changed(data: bytes, part: str, old: str, new: str) -> bytes:
    """*data* with *old* in *part* replaced, which must be there."""
    parts = parts_of(data)
    text = parts[part].decode("utf-8")
    assert old in text, old
    return packed({**parts, part: text.replace(old, new).encode("utf-8")})


def text_in(element: Any) -> str:
    """The text of a paragraph or cell, its line breaks and tabs included."""
    signs = {qn("w:br"): "\n", qn("w:tab"): "\t"}
    return "".join(each.text or "" if each.tag == qn("w:t") else signs.get(each.tag, "") for each in element.iter())


def lines_of(data: bytes) -> list[str]:
    """The text of every paragraph of the body, those in tables too."""
    return [text_in(each) for each in opened(data).element.body.iter(qn("w:p"))]


def rows_of(data: bytes, number: int) -> list[list[str]]:
    """The texts of the cells of table *number*, row by row."""
    table = opened(data).tables[number]._tbl
    return [[text_in(cell) for cell in row.tc_lst] for row in table.tr_lst]
