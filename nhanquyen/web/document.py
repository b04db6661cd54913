"""What the page of one report as a document needs, for the unit that wrote it and for the Team that reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nhanquyen.directive import Directive
from nhanquyen.export.document import document, letterhead
from nhanquyen.form.answers import Answers
from nhanquyen.store.models import Attachment, Report
from nhanquyen.store.reports import respondent_of


def document_context(
    report: Report, directive: Directive, answers: Answers, files: Sequence[Attachment]
) -> dict[str, Any]:
    """The context of ``report/_document.html``: *answers* and *files* may be those of an earlier revision."""
    by_place: dict[tuple[str, str, str], list[Attachment]] = {}
    for file in files:
        by_place.setdefault((file.item, file.block, file.row), []).append(file)
    unit = report.unit
    return {
        "head": letterhead(directive, answers, unit.name, unit.group, unit.place),
        "sections": document(directive, answers, respondent_of(report)),
        "files_by_place": by_place,
    }
