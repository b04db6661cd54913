"""The Team's consolidated report in Word: passage → figures, voices, letter, annex → report → template."""

from __future__ import annotations

from collections.abc import Sequence

from nhanquyen.directive import Directive
from nhanquyen.export.combined.about import About
from nhanquyen.export.combined.record import ReadAnswers
from nhanquyen.export.consolidated.report import Report, context
from nhanquyen.export.consolidated.samples import samples
from nhanquyen.export.word.catalogue import WordKind
from nhanquyen.overview.overlaps import CountedOnce
from nhanquyen.store.reports import ReportLine

CONSOLIDATED = WordKind("consolidated", "Báo cáo tổng hợp", Report, samples)

__all__ = ["CONSOLIDATED", "Report", "context", "write"]


def write(
    directive: Directive,
    lines: Sequence[ReportLine],
    read_answers: ReadAnswers,
    once: CountedOnce,
    about: About,
    template: bytes | None = None,
) -> bytes:
    """The report of *lines* as a Word document, in the Team's own *template* or the one of the program.

    The same arguments and data give the same bytes. *read_answers* is asked once, see `combined.write`. Raises
    `TemplateFaulty`.
    """
    content = context(directive, lines, read_answers, once, about)
    kind = CONSOLIDATED
    return kind.render(template or kind.built_in, content, about.made_at, title=f"Báo cáo. {content.summary}")
