"""Word documents from templates: the engine, the fields that each kind of template may use, a unit's own report.

The kinds are listed in `nhanquyen.export.word_kinds`.
"""

from nhanquyen.export.word.catalogue import Says, WordKind
from nhanquyen.export.word.engine import render
from nhanquyen.export.word.faults import TemplateFaulty
from nhanquyen.export.word.paper import Paper, paragraphs
from nhanquyen.export.word.reminder import REMINDER, reminder_letter
from nhanquyen.export.word.unit import UNIT, Sender, unit_report

__all__ = [
    "REMINDER", "UNIT", "Paper", "Says", "Sender", "TemplateFaulty", "WordKind", "paragraphs", "reminder_letter",
    "render", "unit_report",
]  # fmt: skip
