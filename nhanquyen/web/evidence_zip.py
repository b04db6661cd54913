"""Evidence as a ZIP, streamed: nothing of it waits in memory, and nothing of the database is held while it is sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from time import monotonic

from flask import Response, g

from nhanquyen.directive import BlockKind, Directive
from nhanquyen.directive.values import group_digits
from nhanquyen.export.evidence_index import About
from nhanquyen.export.evidence_zip import Evidence, Owner, TableRows, evidence_of, evidence_zip
from nhanquyen.form.answers import Row
from nhanquyen.store import attachments, events, reports
from nhanquyen.store.attachments import Amount, Held
from nhanquyen.store.database import connection, transaction
from nhanquyen.store.models import Round
from nhanquyen.store.reports import ReportLine
from nhanquyen.web.access import actor
from nhanquyen.web.errors import BadInput

STALLED_SECONDS = 60


class TurnLost(Exception):
    """Somebody else streams now, because this download had stood still."""


class Turn:
    """The right to stream evidence, which one download has at a time. Raises `BadInput` while another one moves.

    A download takes as long as its line is slow, so nobody waits for it, and the combined Excel has a turn of its own.
    One that takes nothing for `STALLED_SECONDS`, as a paused one does, loses its turn to the next that asks.
    """

    _lock = threading.Lock()
    _holder: Turn | None = None
    _moved_at: float

    def __init__(self) -> None:
        with Turn._lock:
            holder = Turn._holder
            if holder is not None and monotonic() - holder._moved_at < STALLED_SECONDS:
                raise BadInput("Đang có người khác tải minh chứng. Chờ người đó tải xong rồi tải lại.", 503)
            self._moved_at = monotonic()
            Turn._holder = self

    def move(self) -> None:
        """Go on. Raises `TurnLost`."""
        if Turn._holder is not self:
            raise TurnLost
        self._moved_at = monotonic()

    def end(self) -> None:
        """Let the next one in; once is enough."""
        with Turn._lock:
            if Turn._holder is self:
                Turn._holder = None


def owners(lines: Sequence[ReportLine]) -> list[Owner]:
    """The units of the board, numbered in their order; the numbers are of one length, so that folders sort so."""
    width = max(2, len(str(len(lines))))
    return [Owner(line.report_id, f"{rank:0{width}}", line.code, line.name) for rank, line in enumerate(lines, 1)]


def amount_words(amount: Amount) -> str:
    """``"143 tệp, 210,4 MB"``"""
    if not amount.files:
        return "không có tệp"
    tenths = -(-amount.size * 10 // (1024 * 1024))
    return f"{group_digits(amount.files)} tệp, {group_digits(tenths // 10)},{tenths % 10} MB"


def _table_rows(directive: Directive, files: Sequence[Held]) -> TableRows:
    """The rows of every table with a file on one of its rows: a query a table, however many units."""
    found: dict[tuple[int, str, str], list[Row]] = {}
    for item in directive.items:
        for block in item.blocks:
            here = {file.report_id for file in files if (file.item, file.block) == (item.key, block.key)}
            if here and block.kind is BlockKind.TABLE:
                for report_id, row in reports.block_rows(here, item.key, block.key):
                    found.setdefault((report_id, item.key, block.key), []).append(row)
    return found


def _evidence(directive: Directive, of: Sequence[Owner]) -> list[Evidence]:
    """What the archive will hold, without the bytes."""
    files = attachments.of_reports(owner.report_id for owner in of)
    tables = _table_rows(directive, files)
    by_report: dict[int, list[Held]] = {}
    for file in files:
        by_report.setdefault(file.report_id, []).append(file)
    return [
        evidence
        for owner in of
        for evidence in evidence_of(directive, owner, by_report.get(owner.report_id, ()), tables)
    ]


def _read(attachment_id: int) -> bytes | None:
    """The bytes of one file, by a short query on a connection of its own: the request's is closed by now."""
    with connection():
        return attachments.stored_bytes(attachment_id)


def _moving(pieces: Iterator[bytes], turn: Turn) -> Iterator[bytes]:
    for piece in pieces:
        turn.move()
        yield piece


def send_evidence(round: Round, directive: Directive, of: Sequence[Owner], scope: str, name: str) -> Response:
    """The evidence of the units *of*, which *scope* tells in words, as a ZIP to keep under *name*.

    Raises `BadInput` while somebody else downloads evidence.
    """
    files = _evidence(directive, of)
    turn = Turn()
    try:
        with transaction():
            size = sum(evidence.held.size for evidence in files)
            subject = f"Minh chứng (ZIP): {scope}"
            events.record("exported", actor(), round=round, subject=subject, files=len(files), size=size)
        about = About(round.title, scope, g.now, g.account.display_name)
        answer = Response(_moving(evidence_zip(files, _read, about), turn), mimetype="application/zip")
    except BaseException:
        turn.end()
        raise
    answer.call_on_close(turn.end)  # called when all is sent, and when the client has gone away
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
