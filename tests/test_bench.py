"""The benchmarks: that they can be started, what they call broken, and that their data never changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench import combined_excel, data
from bench.__main__ import NAMES
from bench.result import Result
from nhanquyen.store import database
from nhanquyen.store.models import Entry, Report

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("result", "figure", "kept"),
    [
        (Result("x", 2.6, 2.0, "s", 1.3), 1.3, True),
        (Result("x", 2.7, 2.0, "s", 1.3), 1.35, False),
        (Result("x", 110, 50, "MB", 60, excess=True), 60, True),
        (Result("x", 111, 50, "MB", 60, excess=True), 61, False),
    ],
)
def test_a_limit_is_broken_only_beyond_it(result: Result, figure: float, kept: bool) -> None:
    assert (result.figure, result.kept) == (pytest.approx(figure), kept)


def test_the_data_is_the_same_every_time(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        data.make(f"sqlite:///{tmp_path}/{name}.sqlite3", 12)
        with database.connection():
            entries = Entry.select(Entry.report, Entry.item, Entry.block, Entry.row, Entry.values)
            reports = Report.select(Report.status, Report.totals, Report.sent_at).order_by(Report.id)
            found.append((list(entries.order_by(Entry.id).tuples()), list(reports.tuples())))
        database.dispose()
    assert found[0] == found[1]
    assert {status for status, *_ in found[0][1]} >= {"accepted", "sent", "drafting"}
    assert len(found[0][0]) > 200


def test_a_bench_runs_and_an_unknown_one_is_refused() -> None:
    command = [sys.executable, "-m", "bench"]
    refused = subprocess.run([*command, "khong_co"], cwd=ROOT, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "no bench is called khong_co" in refused.stderr
    assert "combined_excel" in NAMES
    results = combined_excel.run(units=5)
    assert [result.name.split(", ")[1] for result in results] == ["time", "peak memory"]
    assert all(result.measured > 0 and result.floor > 0 for result in results)
