"""What a template may say, told by the class of its context: one source for the list on the screen and for the check.

A context is a frozen dataclass whose fields are `Annotated` with `Says`: the name that templates use and what it
means. Nested classes and tuples of them make groups and lists. `as_context` turns an instance into plain dicts, lists
and values, so that a template reaches nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from nhanquyen.export.word.engine import render
from nhanquyen.export.word.language import LARGEST_OUTPUT, LEAF, Shape, shown

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Says:
    """How templates call a field of a context, and what it is, in Vietnamese."""

    name: str
    meaning: str


@dataclass(frozen=True)
class FieldLine:
    """One line of the list of fields. *written* is how a template says it, a paragraph each.

    Lists are looped over with ``mot_`` before their name; what is inside is said by that. *depth* counts the lists and
    groups around.
    """

    written: tuple[str, ...]
    meaning: str
    depth: int
    example: str


@dataclass(frozen=True)
class WordKind:
    """One kind of document. *key* names its template file; *samples* are contexts with everything and with nothing.

    *name* is what the screen calls the document.
    """

    key: str
    name: str
    context: Any
    samples: Callable[[], tuple[Any, Any]]

    @property
    def built_in(self) -> bytes:
        """The template that comes with the program."""
        return TEMPLATES.joinpath(f"{self.key}.docx").read_bytes()

    @property
    def shape(self) -> Shape:
        return shape_of(self.context)

    def render(
        self, template: bytes, content: Any, at: datetime, title: str = "", largest: int = LARGEST_OUTPUT
    ) -> bytes:
        """*template* filled with *content*, an instance of the kind's context. Raises `TemplateFaulty`."""
        return render(template, as_context(content), at, title=title, shape=self.shape, largest=largest)

    def lines(self) -> list[FieldLine]:
        """The fields that a template of this kind may use, in order, with an example from the full sample."""
        return list(_lines(self.context, [self.samples()[0]], "", 0))


@cache
def _said(context: Any) -> dict[str, tuple[Says, Any, bool]]:
    """By attribute of *context*: how it is called, the class of its parts (None: a text), whether it is a list."""
    hints = get_type_hints(context, include_extras=True)
    found = {}
    for each in fields(context):
        hint, says = get_args(hints[each.name])
        repeated = get_origin(hint) is tuple
        inner = [arg for arg in get_args(hint) if arg not in (Ellipsis, NoneType)] or [hint]
        found[each.name] = (says, inner[0] if is_dataclass(inner[0]) else None, repeated)
    return found


@cache
def shape_of(context: Any) -> Shape:
    """Which paths the templates of *context* may name."""
    named = {}
    for says, part, repeated in _said(context).values():
        inner = shape_of(part) if part else LEAF
        named[says.name] = Shape(each=inner) if repeated else inner
    return Shape(fields=named)


def as_context(content: Any) -> dict[str, Any]:
    """*content* in the words of templates: dicts, lists, texts, numbers and nothing else."""

    def plain(value: Any, part: Any, repeated: bool) -> Any:
        if repeated:
            return [plain(each, part, False) for each in value]
        return as_context(value) if part and value is not None else value

    context: Any = type(content)
    return {
        says.name: plain(getattr(content, name), part, repeated)
        for name, (says, part, repeated) in _said(context).items()
    }


def _lines(context: Any, samples: list[Any], around: str, depth: int) -> Iterator[FieldLine]:
    """The fields of *context*, which templates reach by *around*; examples are the first that the *samples* have."""
    for name, (says, part, repeated) in _said(context).items():
        values = [value for sample in samples if (value := getattr(sample, name)) is not None]
        if repeated:
            values = [each for value in values for each in value]
        path, one = f"{around}{says.name}", f"mot_{says.name}"
        if repeated:
            written: tuple[str, ...] = (f"{{%p for {one} in {path} %}}", f"{{{{ {one} }}}}", "{%p endfor %}")
        else:
            written = (f"{{{{ {path} }}}}",)
        if part:
            written = (written[0], "{%p endfor %}") if repeated else ()
        texts = [] if part else [text for value in values if (text := shown(value).unescape())]
        yield FieldLine(written, says.meaning, depth, next(iter(texts), ""))
        if part:
            yield from _lines(part, values, f"{one if repeated else path}.", depth + 1)
