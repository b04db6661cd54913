"""Run the benchmarks, all or those named: ``python3 -m bench [NAME …]``. Exit code 1 when a limit is broken."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from nhanquyen.install import ensure_environment

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("form_page", "autosave", "combined_excel")  # modules of this package, each with `run() -> list[Result]`


def main() -> int:
    """Run, print a table, judge."""
    ensure_environment(ROOT / "requirements.txt")
    parser = argparse.ArgumentParser(prog="python3 -m bench", description="Measure against floors of the same run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)}; none runs all")
    wanted = parser.parse_args().names or NAMES
    if unknown := set(wanted) - set(NAMES):
        parser.error(f"no bench is called {unknown.pop()}")
    line = "{:<50} {:>12} {:>12} {:>10} {:>10}  {}"
    print(line.format("bench", "measured", "floor", "figure", "limit", ""))
    kept = True
    for name in wanted:
        for found in import_module(f"bench.{name}").run():
            sign = "+{:.0f} MB" if found.excess else "{:.2f} ×"
            measured, floor = (f"{value:.2f} {found.unit}" for value in (found.measured, found.floor))
            verdict = "" if found.kept else "BROKEN"
            print(
                line.format(found.name, measured, floor, sign.format(found.figure), sign.format(found.limit), verdict)
            )
            kept = kept and found.kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
