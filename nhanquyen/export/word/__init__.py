"""Word documents from templates: the engine, the fields that each kind of template may use, the documents."""

from nhanquyen.export.word.catalogue import Says, WordKind
from nhanquyen.export.word.engine import render
from nhanquyen.export.word.faults import TemplateFaulty
from nhanquyen.export.word.paper import Paper, paragraphs
from nhanquyen.export.word.unit import UNIT, unit_report

KINDS = {kind.key: kind for kind in (UNIT,)}
"""The kinds of documents, in the order of the screen."""

__all__ = ["KINDS", "UNIT", "Paper", "Says", "TemplateFaulty", "WordKind", "paragraphs", "render", "unit_report"]
