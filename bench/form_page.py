"""The whole form against an empty page of the same program, in processor time."""

from __future__ import annotations

from bench.result import Result
from bench.serving import Program, compare


def run() -> list[Result]:
    """The form of a unit that has answered every item, and the page to change the password."""
    with Program() as program:
        program.sign_in("VHTT")

        def get(page: str) -> None:
            answer = program.client.get(page)
            if answer.status_code != 200:
                raise RuntimeError(f"{page} answered {answer.status_code}")

        form, empty = compare(lambda: get("/bao-cao"), lambda: get("/mat-khau"), times=20)
        return [Result("The whole form, processor time", form, empty, "ms", 4)]
