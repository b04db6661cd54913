"""What the page of one report as a document needs, for the unit that wrote it and for the Team that reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nhanquyen.directive import Directive
from nhanquyen.export.document import Place, document, letterhead
from nhanquyen.form.answers import Answers
from nhanquyen.store.models import Attachment, Report
from nhanquyen.store.reports import respondent_of


def document_context(
    report: Report, directive: Directive, answers: Answers, files: Sequence[Attachment]
) -> dict[str, Any]:
    """The context of ``report/_document.html``: *answers* and *files* may be those of an earlier revision."""
    unit = report.unit
    return {
        "head": letterhead(directive, answers, unit.name, unit.group, unit.place),
        "sections": document(directive, answers, respondent_of(report)),
        "files_by_place": _by_place(files),
    }


def _by_place(files: Sequence[Attachment]) -> dict[Place, list[Attachment]]:
    by_place: dict[Place, list[Attachment]] = {}
    for file in files:
        by_place.setdefault((file.item, file.block, file.row), []).append(file)
    return by_place


def names_by_place(files: Sequence[Attachment]) -> dict[Place, list[str]]:
    """The names of *files* by the row that they prove."""
    return {place: [file.name for file in held] for place, held in _by_place(files).items()}
