"""What stands behind a total, over made-up lines of the board."""

from __future__ import annotations

from typing import Any

import people
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhanquyen import overview
from nhanquyen.clock import end_of_day
from nhanquyen.directive import BlockKind
from nhanquyen.form.answers import Row
from nhanquyen.overview import Scope, breakdown
from nhanquyen.overview.breakdown import BLANK, Breakdown, choices, contributors, indicators, rows_by_report
from nhanquyen.store.reports import ReportLine, Status

DIRECTIVE = people.DIRECTIVE
KNOWN = indicators(DIRECTIVE)


def line(number: int, status: Status = Status.SENT, group: str = "XP", said: str = "co", **totals: int) -> ReportLine:
    """A unit that says the same of every item; totals of item 1 by the keys of their fields."""
    values: dict[str, Any] = dict.fromkeys(ReportLine._fields)
    values |= {
        "report_id": number, "unit_id": number, "code": f"U{number}", "name": f"Đơn vị {number}", "group": group,
        "revision": 1, "standings": dict.fromkeys(DIRECTIVE.by_key, said), "due_at": end_of_day(DIRECTIVE.deadline),
        "totals": {f"n1.{key}": count for key, count in totals.items()}, "status": status,
    }  # fmt: skip
    return ReportLine(**values)


def opened(lines: list[ReportLine], path: str = "n1.so_cuoc", **more: Any) -> Breakdown:
    return breakdown.breakdown(KNOWN[path], DIRECTIVE, lines, more.pop("less", {}), more.pop("by_row", {}), **more)


def test_every_count_that_adds_up_is_an_indicator_and_nothing_else() -> None:
    counts = {f"{item.key}.{each.key}" for item in DIRECTIVE.items for block in item.blocks for each in block.counts}
    tables = {
        f"{item.key}.{block.key}.rows"
        for item in DIRECTIVE.items for block in item.blocks if block.kind is BlockKind.TABLE
    }  # fmt: skip
    assert set(KNOWN) == counts | tables
    assert set(DIRECTIVE.headline) < set(KNOWN)
    assert "n1.luot_nguoi" not in KNOWN, "it is not totalled"
    assert "n3.khau_hieu.rows" not in KNOWN, "it does not add up"
    assert KNOWN["n1.so_cuoc"].label == "1.1 Số cuộc tuyên truyền"
    assert (KNOWN["n1.chi_tiet.rows"].label, KNOWN["n1.chi_tiet.rows"].unit) == ("Số cuộc ghi trong bảng", "cuộc")


def test_a_unit_gives_its_number_or_says_why_it_has_none() -> None:
    lines = [
        line(1, so_cuoc=12), line(2, so_cuoc=0), line(3, said="khong"), line(4, said="khong_thuoc"),
        line(5), line(6, Status.DRAFTING, so_cuoc=7), line(7, Status.RETURNED, so_cuoc=9), line(8, Status.NOT_STARTED),
    ]  # fmt: skip
    ((_, sums),) = opened(lines).parts
    assert [(share.number, share.mark) for share in sums.shares] == [
        (12, ""), (0, ""), (None, "Không có hoạt động"), (None, "Không thuộc trách nhiệm"), (None, BLANK),
        (None, "Chưa báo cáo"), (None, "Chưa báo cáo"), (None, "Chưa báo cáo"),
    ]  # fmt: skip
    assert (sums.total, sums.added, sums.given) == (12, 12, 2)
    assert sums.marks == {"Không có hoạt động": 1, "Không thuộc trách nhiệm": 1, BLANK: 1, "Chưa báo cáo": 3}


def test_what_is_counted_once_is_told_apart() -> None:
    lines = [line(1, so_cuoc=12), line(2, so_cuoc=5), line(3, group="PCM", so_cuoc=2), line(4, Status.DRAFTING)]
    found = opened(lines, less={2: {"n1.so_cuoc": 1, "n1.so_luot_nguoi": 40}, 4: {"n1.so_cuoc": 3}})
    assert [(part.letter, sums.added, sums.less, sums.total) for part, sums in found.parts] == [
        ("A", 2, 0, 2), ("B", 17, 1, 16),
    ]  # fmt: skip
    assert (found.whole.added, found.whole.less, found.whole.total) == (19, 1, 18)


def test_the_scope_decides_whose_numbers_count() -> None:
    lines = [line(1, Status.ACCEPTED, so_cuoc=12), line(2, so_cuoc=5)]
    found = opened(lines, scope=Scope.ACCEPTED)
    assert found.whole.total == 12
    assert [share.mark for share in found.whole.shares] == ["", "Chưa báo cáo"]
    assert [each.code for each in contributors(KNOWN["n1.so_cuoc"], lines, Scope.ACCEPTED)] == ["U1"]


SHARES = st.tuples(
    st.sampled_from(list(Status)), st.sampled_from(["PCM", "BN", "XP", "CU"]),
    st.sampled_from(["co", "khong", "khong_thuoc"]), st.one_of(st.none(), st.integers(0, 10**9)),
)  # fmt: skip


@given(st.lists(SHARES, max_size=12))
def test_units_parts_and_total_always_add_up_to_the_board(drawn: list[tuple[Status, str, str, int | None]]) -> None:
    lines = [
        line(number, status, group, said, **({"so_cuoc": count} if said == "co" and count is not None else {}))
        for number, (status, group, said, count) in enumerate(drawn)
    ]
    found = opened(lines)
    assert found.whole.total == overview.total(lines).get("n1.so_cuoc", 0)
    assert found.whole.total == sum(sums.total for _, sums in found.parts)
    for part, sums in found.parts:
        assert sums.total == sum(share.number or 0 for share in sums.shares)
        assert sums.total == overview.total(part.lines).get("n1.so_cuoc", 0)
        assert sums.given + sum(sums.marks.values()) == len(part.lines)


def test_matrix_numbers_come_by_prescribed_row() -> None:
    indicator = KNOWN["n3.bang_ron"]
    assert indicator.by_row
    assert not KNOWN["n1.so_cuoc"].by_row
    assert indicator.field is not None
    rows = [
        (1, Row("kh1", {"bang_ron": 4, "pa_no": 9})), (1, Row("kh2", {"bang_ron": 0})), (1, Row("kh3", {"pa_no": 1})),
        (2, Row("kh1", {"bang_ron": "bốn"})), (2, Row("khac", {"bang_ron": 3})), (2, Row("cu", {"bang_ron": 50})),
    ]  # fmt: skip
    by_row = rows_by_report(indicator.block, indicator.field, rows)
    assert by_row == {1: {"kh1": 4, "kh2": 0}, 2: {"khac": 3}}
    lines = [line(1)._replace(totals={"n3.bang_ron": 4}), line(2)._replace(totals={"n3.bang_ron": 3})]
    found = opened(lines, "n3.bang_ron", by_row=by_row)
    assert found.whole.by_row == {"kh1": 4, "kh2": 0, "khac": 3}
    assert sum(found.whole.by_row.values()) == found.whole.total


@pytest.mark.parametrize(
    ("path", "tables"),
    [("n1.so_cuoc", ["chi_tiet"]), ("n4.so_tin", ["danh_muc"]), ("n5.van_ban.rows", ["van_ban"]), ("n3.pa_no", [])],
)
def test_the_rows_behind_are_those_of_the_item(path: str, tables: list[str]) -> None:
    assert [block.key for block in KNOWN[path].tables] == tables


def test_it_narrows_to_parts_and_groups_that_have_units() -> None:
    lines = [line(1), line(2, group="BN"), line(3, group="PCM"), line(4, group="CU")]
    found = choices(DIRECTIVE, lines)
    assert {code: (label, [each.code for each in members]) for code, (label, members) in found.items()} == {
        "phan-A": ("A. Phòng, ban, ngành", ["U2", "U3"]),
        "PCM": ("Phòng chuyên môn", ["U3"]),
        "BN": ("Ban, ngành, đơn vị sự nghiệp", ["U2"]),
        "phan-B": ("B. Xã, phường", ["U1"]),
        "XP": ("Xã, phường", ["U1"]),
        "phan-*": ("*. Đơn vị khác", ["U4"]),
    }
