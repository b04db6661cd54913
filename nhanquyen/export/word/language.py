"""The language of the templates: what they may say, which fields they may use, how much they may make.

People of the Team write templates, so little is allowed: fields, choices, loops over lists and a few filters. What
can be said in it cannot call anything, cannot reach the program, and cannot go on for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from nhanquyen.directive.values import group_digits
from nhanquyen.export.cells import holdable
from nhanquyen.export.word.faults import TemplateFaulty, excerpt_of

LARGEST_OUTPUT = 100_000_000  # characters of XML that loops may make of one part
FILTERS = ("upper", "lower", "length", "join", "first", "last")
TESTS = ("none", "odd", "even")
OF_LOOP = ("index", "index0", "first", "last", "length")
_COUNTED = "_counted"
_SAID = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const, nodes.If, nodes.For,
    nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Filter, nodes.Test,
    nodes.Concat, nodes.Add, nodes.Sub,
)  # fmt: skip
_LINE_ENDS = re.compile(r"\r\n?")
_UNKNOWN_TAG = re.compile(r"Encountered unknown tag '([^']*)'")
_LOOKING_FOR = re.compile(r"looking for (?:the following tags: )?((?:'end\w+'|[ ,]|or|'el\w+')+)")


@dataclass(frozen=True)
class Shape:
    """What stands at a place of the context: *fields* of a group, *each* of a list, neither of a text or number."""

    fields: Mapping[str, Shape] | None = None
    each: Shape | None = None


LEAF = Shape()
_LOOP = Shape(dict.fromkeys(OF_LOOP, LEAF))


def shown(value: object) -> Markup:
    """*value* as it stands in the document: as typed, whatever it looks like; numbers in groups of three digits.

    docxtpl takes ``{_{`` for a way to write ``{{``, so no brace or per cent sign of a value may meet it.
    """
    if value is None:
        return Markup("")
    if isinstance(value, bool):
        return Markup("Có") if value else Markup("Không")
    text = group_digits(value) if isinstance(value, int) else holdable(_LINE_ENDS.sub("\n", str(value)))
    return escape(text).replace("{", Markup("&#123;")).replace("}", Markup("&#125;")).replace("%", Markup("&#37;"))


def _joined(values: Iterable[object], between: str = "") -> str:
    """Jinja's own would mark the whole as finished markup, and `shown` would have to trust it."""
    return between.join(map(str, values))


class Language(SandboxedEnvironment):
    """A Jinja environment for one rendering. With *shape* every field that a template names must be in it."""

    def __init__(self, shape: Shape | None, largest: int = LARGEST_OUTPUT) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined, finalize=shown)
        self.globals = {}
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.filters |= {"join": _joined, _COUNTED: self._counted}
        self.tests = {name: self.tests[name] for name in (*TESTS, "filter", "test")}
        self._shape = shape
        self._left = largest

    def _counted(self, values: Iterable[object], weight: int) -> Iterator[object]:
        """*values*, as long as what the loops have made stays within bounds; each round makes *weight* characters."""
        for value in values:
            self._left -= weight
            if self._left < 0:
                raise TemplateFaulty("các vòng lặp tạo ra văn bản quá dài. Bớt vòng lặp lồng nhau.")
            yield value

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        try:
            tree = super()._parse(source, name, filename)
        except TemplateSyntaxError as error:
            raise TemplateFaulty(_translated(error), excerpt_of(source, error.lineno)) from error
        Reader(source, self._shape).read(tree)
        for loop in tree.find_all(nodes.For):
            weight = 1 + sum(len(data.data) for data in loop.find_all(nodes.TemplateData))
            loop.iter = nodes.Filter(loop.iter, _COUNTED, [nodes.Const(weight)], [], None, None, lineno=loop.lineno)
        return tree


def _translated(error: TemplateSyntaxError) -> str:
    message = error.message or ""
    wanted = _LOOKING_FOR.search(message)
    closing = " hoặc ".join(dict.fromkeys(re.findall(r"end\w+", wanted[1]))) if wanted else ""
    if message.startswith("Unexpected end of template"):
        return f"thiếu lệnh đóng {closing}." if closing else "có lệnh chưa đóng."
    if unknown := _UNKNOWN_TAG.match(message):
        if closing:
            return f"lệnh “{unknown[1]}” đặt sai chỗ; trước nó cần có {closing}."
        return f"không có lệnh “{unknown[1]}”; chỉ dùng for, if, elif, else, endfor, endif."
    return "viết sai cú pháp. Kiểm tra dấu {{ }}, {% %} và tên trường."


@dataclass
class Reader:
    """Reads the tree of one part. Raises `TemplateFaulty` for what a template may not say and for unknown fields."""

    source: str
    shape: Shape | None
    scope: dict[str, Shape] = field(default_factory=dict)

    def read(self, tree: nodes.Template) -> None:
        for node in tree.find_all(nodes.Node):
            if not isinstance(node, _SAID):
                self._refuse(node, "mẫu chỉ dùng được trường, for, if và các phép so sánh.")
            if isinstance(node, nodes.For) and (node.recursive or not isinstance(node.target, nodes.Name)):
                self._refuse(node, "viết vòng lặp dạng “for x in danh_sach”.")
            if isinstance(node, nodes.Filter) and node.name not in FILTERS:
                self._refuse(node, f"không có bộ lọc “{node.name}”; chỉ dùng {', '.join(FILTERS)}.")
            if isinstance(node, nodes.Test) and node.name not in TESTS:
                self._refuse(node, f"không có phép kiểm tra “{node.name}”; chỉ dùng {', '.join(TESTS)}.")
        if self.shape is not None:
            self.scope = dict(self.shape.fields or {})
            self._all(tree.body)

    def _refuse(self, node: nodes.Node, reason: str) -> Any:
        raise TemplateFaulty(reason, excerpt_of(self.source, node.lineno))

    def _all(self, parts: Iterable[nodes.Node]) -> None:
        for part in parts:
            self._one(part)

    def _one(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.Output):
            for each in node.nodes:
                shape = self._shape_of(each)
                if shape.fields is not None or shape.each is not None:
                    self._refuse(each, f"“{_path(each)}” là danh sách hoặc nhóm trường; ghi một trường trong đó.")
        elif isinstance(node, nodes.For):
            self._loop(node)
        elif isinstance(node, nodes.If):
            self._shape_of(node.test)
            self._all((*node.body, *node.elif_, *node.else_))

    def _loop(self, loop: nodes.For) -> None:
        each = self._shape_of(loop.iter).each
        if each is None:
            self._refuse(loop, f"“{_path(loop.iter)}” không phải danh sách nên không lặp được.")
            return
        outside = self.scope
        self.scope = {**outside, loop.target.name: each, "loop": _LOOP}  # type: ignore[attr-defined]
        if loop.test is not None:
            self._shape_of(loop.test)
        self._all(loop.body)
        self.scope = outside
        self._all(loop.else_)

    def _shape_of(self, node: nodes.Node) -> Shape:
        if isinstance(node, nodes.Name):
            if node.name not in self.scope:
                self._refuse(node, f"không có trường “{node.name}”. Xem danh sách trường của mẫu này.")
            return self.scope[node.name]
        if isinstance(node, nodes.Getattr):
            fields = self._shape_of(node.node).fields or {}
            if node.attr not in fields:
                self._refuse(node, f"không có trường “{_path(node)}”. Xem danh sách trường của mẫu này.")
            return fields[node.attr]
        if isinstance(node, nodes.Filter) and node.name in ("first", "last") and node.node is not None:
            return self._shape_of(node.node).each or LEAF
        for child in node.iter_child_nodes():
            self._shape_of(child)
        return LEAF


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_path(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else "…"
