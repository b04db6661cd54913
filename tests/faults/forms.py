"""The short and the long form of the fault tests, and what their fixtures give."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from machine import Machine
from oracle import Tally

LONG = os.environ.get("NHANQUYEN_TEST_LONG") == "1"

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
# Where the engine makes no difference that anybody expects, the short form leaves PostgreSQL out.
on_one_engine = pytest.mark.parametrize("engine", ENGINES if LONG else ENGINES[:1])

MakeMachine = Callable[[], Machine]
Rounds = Callable[[int, int], range]
MakeTally = Callable[[str], Tally]
