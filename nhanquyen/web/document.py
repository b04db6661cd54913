"""What the page of one report as a document needs, for the unit that wrote it and for the Team that reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from nhanquyen.directive import Directive
from nhanquyen.export.document import Place, document, letterhead
from nhanquyen.form.answers import Answers
from nhanquyen.form.check import Fault
from nhanquyen.form.difference import Evidence, compare
from nhanquyen.store import sending
from nhanquyen.store.models import Attachment, Report
from nhanquyen.store.reports import Status, respondent_of


class Remark(NamedTuple):
    """What a check says of a field, for a reader who does not see the form."""

    label: str
    message: str
    blocks: bool


def _remarks(directive: Directive, faults: Iterable[Fault]) -> dict[str, list[Remark]]:
    found: dict[str, list[Remark]] = {}
    for fault in faults:
        field = directive.block(fault.item.key, fault.address.block).by_key[fault.address.field]
        found.setdefault(fault.item.key, []).append(Remark(field.heading, fault.message, fault.blocks))
    return found


def document_context(
    report: Report, directive: Directive, answers: Answers, files: Sequence[Attachment], faults: Iterable[Fault] = ()
) -> dict[str, Any]:
    """The context of ``report/_document.html``: *answers* and *files* may be those of an earlier revision.

    *faults* stand as remarks at their items.
    """
    unit = report.unit
    return {
        "head": letterhead(directive, answers, unit.name, unit.group, unit.place),
        "sections": document(directive, answers, respondent_of(report)),
        "files_by_place": _by_place(files),
        "remarks": _remarks(directive, faults),
    }


def _by_place(files: Sequence[Attachment]) -> dict[Place, list[Attachment]]:
    by_place: dict[Place, list[Attachment]] = {}
    for file in files:
        by_place.setdefault((file.item, file.block, file.row), []).append(file)
    return by_place


def names_by_place(files: Sequence[Attachment]) -> dict[Place, list[str]]:
    """The names of *files* by the row that they prove."""
    return {place: [file.name for file in held] for place, held in _by_place(files).items()}


def _state(answers: Answers, files: Iterable[Attachment]) -> tuple[Answers, list[Evidence]]:
    return answers, [Evidence((file.item, file.block, file.row), file.sha256, file.name) for file in files]


def changes_since(
    number: int, report: Report, directive: Directive, answers: Answers, files: Sequence[Attachment]
) -> dict[str, Any]:
    """The context of ``report/_difference.html``: how *answers* and *files* differ from revision *number*.

    Before the first revision, as 0, there is nothing to compare with.
    """
    if number < 1:
        return {"since": 0, "difference": None}
    before = sending.content_of(sending.get_revision(report, number))
    return {"since": number, "difference": compare(directive, _state(*before), _state(answers, files))}


def latest_changes(
    report: Report, directive: Directive, answers: Answers, files: Sequence[Attachment]
) -> dict[str, Any]:
    """`changes_since` for the report as it stands.

    A draft is compared with what was sent last; what was sent, with what was sent before it.
    """
    if Status(report.status).open:
        return changes_since(report.revision, report, directive, answers, files)
    if report.revision < 2:
        return {"since": 0, "difference": None}
    sent = sending.content_of(sending.latest_revision(report))
    return changes_since(report.revision - 1, report, directive, *sent)
