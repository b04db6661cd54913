"""The combined Excel: time against openpyxl writing the same cells bare, memory against the idle program.

Every measurement runs in a process of its own (``python3 -m bench.combined_excel TASK …``).
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from openpyxl import Workbook, load_workbook

from bench import data
from bench.result import Result
from nhanquyen.store import database

RUNS = 3
ROOT = Path(__file__).resolve().parent.parent


def run(units: int = 1000) -> list[Result]:
    """Time and peak memory of exporting *units* reports, the database reads included."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/bench.sqlite3"
        data.make(url, units)
        database.dispose()
        _ask("export", url, folder)
        _ask("cells", folder)
        exports, floors = [], []
        for _ in range(RUNS):  # turn by turn, so that a busy moment of the machine falls on both
            exports.append(_ask("export", url, folder))
            floors.append(_ask("floor", folder))
    seconds = median(each["seconds"] for each in exports)
    floor = median(each["seconds"] for each in floors)
    peak = max(each["peak"] for each in exports)
    idle = median(each["idle"] for each in exports)
    return [
        Result(f"Combined Excel of {units} units, time", seconds, floor, "s", 1.3),
        Result(f"Combined Excel of {units} units, peak memory", peak, idle, "MB", 60, excess=True),
    ]


def _ask(task: str, *arguments: object) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.combined_excel", task, *map(str, arguments)]
    answer = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)  # noqa: S603 - this very module
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def _memory(name: str) -> float:
    """A line of the kernel's account of this process, in MB: VmRSS now, VmHWM at most so far."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def export(url: str, folder: str) -> dict[str, float]:
    """Export the round as the program does, into *folder*."""
    from nhanquyen.export import combined
    from nhanquyen.overview import Scope
    from nhanquyen.overview.overlaps import counted_once
    from nhanquyen.store import overlaps, reports, rounds
    from nhanquyen.web import create_app

    app = create_app({"DATABASE_URL": url, "SECRET_KEY": "for the bench", "CLOCK": lambda: data.NOW})
    with app.app_context(), database.connection(), (Path(folder) / "combined.xlsx").open("wb") as out:
        opened = rounds.current_round()
        directive = rounds.directive_of(opened)
        idle, started = _memory("VmRSS"), time.perf_counter()
        lines = reports.board_lines(opened, data.NOW.date())
        about = combined.About(opened.title, Scope.SENT, data.NOW, "Đội Tổng hợp", opened.opened_at, opened.due_at)
        once = counted_once(overlaps.shared_of(opened, data.NOW.date()), overlaps.overlaps_of(opened), lines)
        combined.write(out, directive, lines, reports.each_answers, about, once)
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "idle": idle, "peak": _memory("VmHWM")}


def cells(folder: str) -> dict[str, float]:
    """Keep the values of the exported workbook for `floor`."""
    book = load_workbook(Path(folder) / "combined.xlsx", read_only=True)
    sheets = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}
    (Path(folder) / "cells.pickle").write_bytes(pickle.dumps(sheets))
    return {"cells": sum(len(row) for rows in sheets.values() for row in rows)}


def floor(folder: str) -> dict[str, float]:
    """openpyxl in write-only mode, with the same values and nothing else."""
    kept = (Path(folder) / "cells.pickle").read_bytes()
    sheets = pickle.loads(kept)  # noqa: S301 - written a moment ago by `cells`
    started = time.perf_counter()
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(Path(folder) / "floor.xlsx")
    return {"seconds": time.perf_counter() - started}


if __name__ == "__main__":
    tasks = {each.__name__: each for each in (export, cells, floor)}
    print(json.dumps(tasks[sys.argv[1]](*sys.argv[2:])))
