"""One request, one effect: a page numbers what it sends, and what was carried out is not carried out again.

A network, a proxy or a finger may send a request twice, and an old one may arrive after a newer one. What was carried
out stands in the report itself, written in the transaction of the effect: either both are stored or neither.
"""

from __future__ import annotations

from typing import NamedTuple

from nhanquyen.store.models import Report
from nhanquyen.store.prepared import PreparedUpdate

TABS_KEPT, NUMBERS_KEPT = 16, 8

_HANDLED = PreparedUpdate(Report.handled)


class Once(NamedTuple):
    """A request: *tab* names the page as it was opened in one window, *number* counts what that page has sent."""

    tab: str
    number: int


def _numbers(report: Report, tab: str) -> list[int]:
    return next((numbers for known, numbers in report.handled or [] if known == tab), [])


def repeated(report: Report, once: Once | None) -> bool:
    """Whether this very request was carried out already. A request without a number never was."""
    return once is not None and once.number in _numbers(report, once.tab)


def overtaken(report: Report, once: Once | None) -> bool:
    """Whether this request, or one that its page sent later, was carried out: it holds nothing new."""
    return once is not None and once.number <= max(_numbers(report, once.tab), default=-1)


def keep(report: Report, once: Once | None) -> None:
    """Note on *report* in memory that the request was carried out; the caller stores ``report.handled``."""
    if once is not None:
        others = [each for each in report.handled or [] if each[0] != once.tab]
        numbers = [*_numbers(report, once.tab), once.number]
        report.handled = [*others[1 - TABS_KEPT :], [once.tab, numbers[-NUMBERS_KEPT:]]]


def note(report: Report, once: Once | None) -> None:
    """`keep`, and store it: for an act that changes nothing else in the report."""
    if once is not None:
        keep(report, once)
        _HANDLED.run(report.id, report.handled)
