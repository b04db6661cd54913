"""Units × slogans: what was hung of each, when, and which of the four states a unit is in."""

from __future__ import annotations

from datetime import date
from typing import Any

from people import DIRECTIVE
from test_overview import line

from nhanquyen.form.answers import Answers, Row
from nhanquyen.overview import Standing
from nhanquyen.overview.coverage import UnitCoverage, coverage_of, matrices, units_by_row
from nhanquyen.store.reports import Status

((ITEM, BLOCK),) = matrices(DIRECTIVE)
DATED = {"tu_ngay": "2023-11-30", "den_ngay": "2023-12-30"}


def of(said: str = "co", status: Status = Status.SENT, **rows: dict[str, Any]) -> UnitCoverage:
    """A unit that says *said* of the item and has these rows."""
    unit = line("U", status, report_id=1, standings={"n3": said})
    answers = Answers((ITEM.key, BLOCK.key, Row(key, values)) for key, values in rows.items())
    (found,) = coverage_of(DIRECTIVE, ITEM, BLOCK, [unit], {1: answers})
    return found


def test_the_matrix_and_its_eight_rows_come_from_the_definition() -> None:
    assert (ITEM.key, BLOCK.key) == ("n3", "khau_hieu")
    assert [row.code for row in BLOCK.prescribed] == [f"KH{number}" for number in range(1, 9)]


def test_a_cell_tells_kinds_and_days() -> None:
    found = of(kh1={"bang_ron": 4, "pa_no": 0, "ap_phich": 2, **DATED}, khac={"bang_ron": 1})
    first, *middle, free = found.cells
    assert [(field.key, count) for field, count in first.counts] == [("bang_ron", 4), ("ap_phich", 2)]
    assert [(field.key, day) for field, day in first.days] == [
        ("tu_ngay", date(2023, 11, 30)), ("den_ngay", date(2023, 12, 30))
    ]  # fmt: skip
    assert (first.outside, first.undated) == ((), [])
    assert not any(cell.done for cell in middle)
    assert free.done
    assert (found.done, found.wanted, found.incomplete, found.outside) == (1, 8, True, False)


def test_a_day_out_of_the_window_and_a_missing_day_are_told() -> None:
    early = of(kh1={"bang_ron": 1, "tu_ngay": "2023-11-29", "den_ngay": "2023-12-31"})
    assert [(field.key, day.day) for field, day in early.cells[0].outside] == [("tu_ngay", 29), ("den_ngay", 31)]
    assert early.outside
    undated = of(kh1={"bang_ron": 1, "tu_ngay": "đầu tháng 12"})
    assert [field.key for field in undated.cells[0].undated] == ["tu_ngay", "den_ngay"]
    assert not undated.outside


def test_days_and_places_without_a_number_are_nothing_done() -> None:
    found = of(kh1={"bang_ron": 0, "tu_ngay": "2023-01-01", "dia_diem": "Trụ sở"}, kh2={"bang_ron": "nhiều"})
    assert not any(cell.done or cell.outside for cell in found.cells)
    assert found.done == 0


def test_the_four_states_are_told_apart() -> None:
    everything = {row.key: {"bang_ron": 1, **DATED} for row in BLOCK.prescribed}
    found = [of(), of("khong"), of("khong_thuoc"), of("co", Status.DRAFTING, **everything), of(**everything)]
    assert [each.standing for each in found] == [
        Standing.DONE, Standing.NONE, Standing.NOT_OURS, Standing.NOT_REPORTED, Standing.DONE
    ]  # fmt: skip
    assert [(each.done, each.incomplete) for each in found] == [
        (0, True), (0, True), (0, False), (0, False), (8, False)
    ]  # fmt: skip
    assert [len(each.cells) for each in found] == [9, 0, 0, 0, 9]


def test_the_units_of_each_slogan_are_counted() -> None:
    one, two = of(kh1={"bang_ron": 1}, kh3={"pa_no": 2}), of(kh1={"ap_phich": 3}, khac={"bang_ron": 1})
    assert units_by_row([one, two, of("khong")], BLOCK) == [2, 0, 1, 0, 0, 0, 0, 0, 1]
    assert units_by_row([], BLOCK) == [0] * 9
