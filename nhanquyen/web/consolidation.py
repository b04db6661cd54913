"""What the Team's files of one moment are made of: gathered once, for the Excel, the Word report and what is issued."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from flask import g

from nhanquyen.directive import Directive
from nhanquyen.export import combined, consolidated
from nhanquyen.export.consolidated import CONSOLIDATED
from nhanquyen.export.word import TemplateFaulty
from nhanquyen.overview import Scope, Wanted
from nhanquyen.overview.overlaps import CountedOnce
from nhanquyen.store import reports, word_templates
from nhanquyen.store.models import Round
from nhanquyen.store.reports import ReportLine
from nhanquyen.store.rounds import directive_of
from nhanquyen.web.errors import BadInput
from nhanquyen.web.overlaps import once_of
from nhanquyen.web.word import misfit

WAIT_SECONDS = 20
_one_at_a_time = threading.Lock()


@contextmanager
def turn() -> Iterator[None]:
    """One large export at a time: it works a processor hard, and saving must go on beside it. Raises `BadInput`."""
    if not _one_at_a_time.acquire(timeout=WAIT_SECONDS):
        raise BadInput("Đang có người khác tải tệp. Chờ khoảng một phút rồi tải lại.", 503)
    try:
        yield
    finally:
        _one_at_a_time.release()


@dataclass(frozen=True)
class Material:
    """The units of one moment and what several of them report alike; answers are read while a file is written."""

    directive: Directive
    lines: list[ReportLine]
    once: CountedOnce
    about: combined.About

    @property
    def scope(self) -> Scope:
        return self.about.scope

    def write_workbook(self, out: IO[bytes]) -> None:
        """The combined Excel."""
        combined.write(out, self.directive, self.lines, reports.each_answers, self.about, self.once)

    def document(self) -> bytes:
        """The consolidated report in Word. Raises `BadInput` when the Team's template does not fit."""
        template = word_templates.content(CONSOLIDATED.key)
        try:
            return consolidated.write(self.directive, self.lines, reports.each_answers, self.once, self.about, template)
        except TemplateFaulty as fault:
            raise misfit(CONSOLIDATED, fault) from fault


def gather(round: Round, scope: Scope, group: str = "") -> Material:
    """What *round* amounts to at this moment in *scope*, for all units or for those of *group*."""
    directive = directive_of(round)
    about = combined.About(
        round_title=round.title,
        scope=scope,
        made_at=g.now,
        made_by=g.account.display_name,
        opened_at=round.opened_at,
        due_at=round.due_at,
        closes_at=round.closes_at,
        filter=f"Nhóm: {directive.groups[group]}" if group else combined.ALL_UNITS,
    )
    everyone = reports.board_lines(round, g.now.date())
    lines = Wanted(group=group).matching(everyone, g.now)
    return Material(directive, lines, once_of(round, everyone, scope), about)
