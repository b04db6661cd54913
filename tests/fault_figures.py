"""The figures of the fault tests, told at the end of a run: what was hurt, how often, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

HEADINGS = ("rounds", "acknowledged", "refused", "lost", "repeated", "torn")
NOT_INJECTED = "not injected: "  # how the reason of a skip begins when this machine cannot do a fault


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    figures = sorted(_figures(terminalreporter), key=lambda each: (_order(each["fault"]), each["database"]))
    missing = sorted(set(_not_injected(terminalreporter)), key=_order)
    if not figures and not missing:
        return
    terminalreporter.section("faults")
    if figures:
        headings = "".join(f"{heading:>13}" for heading in HEADINGS)
        terminalreporter.line(f"{'fault':42}{'database':12}{headings}{'start, s':>10}")
    for each in figures:
        counts = "".join(f"{each[heading]:>13}" for heading in HEADINGS)
        start = f"{each['slowest_start']:10.1f}" if each["slowest_start"] else ""
        terminalreporter.line(f"{each['fault']:42}{each['database']:12}{counts}{start}")
        for note in each["remarks"]:
            terminalreporter.line(f"    {note}")
    for each in missing:
        terminalreporter.line(f"NOT INJECTED on this machine: {each}")


def _reports(terminalreporter: pytest.TerminalReporter) -> Iterator[pytest.TestReport]:
    for reports in terminalreporter.stats.values():
        yield from (each for each in reports if isinstance(each, pytest.TestReport))


def _figures(terminalreporter: pytest.TerminalReporter) -> Iterator[dict[str, Any]]:
    for report in _reports(terminalreporter):
        if report.when == "teardown":  # only then are they complete
            yield from (value for name, value in report.user_properties if name == "fault" and isinstance(value, dict))


def _not_injected(terminalreporter: pytest.TerminalReporter) -> Iterator[str]:
    for report in _reports(terminalreporter):
        if report.skipped and isinstance(report.longrepr, tuple):
            _, _, reason = report.longrepr[2].partition(NOT_INJECTED)
            if reason:
                yield reason


def _order(fault: str) -> tuple[int, str]:
    """F2 comes before F10."""
    number = fault[1:].partition(" ")[0]
    return (int(number) if number.isdigit() else 0, fault)
