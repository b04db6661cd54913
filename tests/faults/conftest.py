"""What the fault tests stand on: machines with a furnished office, on SQLite and on PostgreSQL, and the figures.

Every test here is marked ``faults``. ``NHANQUYEN_TEST_LONG=1`` (``tests/run.py --long``) asks for the long form.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import office
import pytest
from clerks import Browser
from cluster import PostgreSQLCluster
from forms import ENGINES, LONG, MakeMachine, MakeTally, Rounds
from machine import Machine
from oracle import Tally
from program import copy_program

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(autouse=True)
def browsers_are_closed() -> Iterator[None]:
    yield
    while Browser.opened:
        Browser.opened.pop().hang_up()


@pytest.fixture
def rounds() -> Rounds:
    """So many rounds in the short form of a test, and so many in the long one."""
    return lambda short, long: range(long if LONG else short)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program without data, to be copied."""
    return copy_program(tmp_path_factory.mktemp("program") / "nhanquyen")


@pytest.fixture(scope="session")
def furnished_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the office, to be copied."""
    file = tmp_path_factory.mktemp("office") / "nhanquyen.sqlite3"
    office.furnish(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def furnished_name(careful_cluster: PostgreSQLCluster) -> Iterator[str]:
    """The name of a PostgreSQL database with the office, to be copied."""
    with careful_cluster.database() as url:
        office.furnish(url)
        yield url.rsplit("/", 1)[1]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[list[Machine]]:
    """The machines of a test, all of them off at its end."""
    made: list[Machine] = []
    yield made
    for each in made:
        each.end()


@pytest.fixture
def new_machine(
    engine: str, request: pytest.FixtureRequest, program: Path, tmp_path: Path, machines: list[Machine]
) -> Iterator[MakeMachine]:
    """Installs the program with the office on *engine*, each time on another machine."""
    databases = []

    def make() -> Machine:
        folder = tmp_path / f"machine {len(machines)}"
        if engine == "sqlite":
            machine = Machine(folder, folder / "data")
            machine.install(program, request.getfixturevalue("furnished_file"))
        else:
            cluster: PostgreSQLCluster = request.getfixturevalue("careful_cluster")
            opened = cluster.database(template=request.getfixturevalue("furnished_name"))
            url = opened.__enter__()
            databases.append(opened)
            machine = Machine(folder, folder / "data", url)
            machine.install(program, None)
        machines.append(machine)
        return machine

    yield make
    for each in machines:
        each.end()
    for opened in databases:
        opened.__exit__(None, None, None)


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[MakeTally]:
    """Starts the figures of a fault; they are told at the end of the run, also when the test fails."""
    made: list[Tally] = []

    def make(fault: str, database: str = "") -> Tally:
        made.append(Tally(fault, database or request.getfixturevalue("engine")))
        return made[-1]

    yield make
    for each in made:
        request.node.user_properties.append(("fault", each.properties()))
