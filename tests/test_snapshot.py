"""What changed since a report was issued, over made-up lines of the board."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_overview import DUE, line, overlap, two_units

from nhanquyen.overview import Scope
from nhanquyen.overview.overlaps import counted_once
from nhanquyen.overview.snapshot import Changes, Snapshot, changes, take
from nhanquyen.store.models import Overlap
from nhanquyen.store.reports import ReportLine, Status


def taken(lines: list[ReportLine], overlaps: list[Overlap] | None = None, scope: Scope = Scope.ACCEPTED) -> Snapshot:
    """A snapshot as the database gives it back."""
    once = counted_once({}, overlaps or [], lines, scope)
    stored: Snapshot = json.loads(json.dumps(take(lines, once, scope, DUE)))
    return stored


def unit(status: Status, **more: Any) -> ReportLine:
    return line("P1", status, report_id=1, name="Phường 1", **more)


def test_nothing_changed_is_no_change() -> None:
    before = taken(two_units())
    assert not changes(before, taken(two_units()))
    assert [each["counted"] for each in before["units"]] == [True, False]
    assert before["totals"] == {"n1.so_cuoc": 3, "n1.so_luot_nguoi": 100}
    assert before["units"][1]["totals"] == {}


ACCEPTED, OTHER = {"totals": {"n1.so_cuoc": 3, "n1.so_tin": 2}}, {"totals": {"n1.so_cuoc": 5}}


@pytest.mark.parametrize(
    ("before", "now", "said", "totals"),
    [
        (
            unit(Status.SENT), unit(Status.ACCEPTED, **ACCEPTED),
            "Số liệu mới được tính: đã tiếp nhận (lần gửi 1)", {"n1.so_cuoc": (None, 3), "n1.so_tin": (None, 2)},
        ),
        (
            unit(Status.ACCEPTED, **ACCEPTED), unit(Status.RETURNED, revision=1),
            "Số liệu không còn được tính: trả lại bổ sung", {"n1.so_cuoc": (3, None), "n1.so_tin": (2, None)},
        ),
        (
            unit(Status.ACCEPTED, **ACCEPTED), unit(Status.ACCEPTED, revision=2, **OTHER),
            "Đã gửi lại (lần gửi 2)", {"n1.so_cuoc": (3, 5), "n1.so_tin": (2, None)},
        ),
        (unit(Status.NOT_STARTED), unit(Status.DRAFTING), "Từ “Chưa nhập” sang “Đang soạn”", {}),
        (
            unit(Status.NOT_STARTED, revision=0), unit(Status.SENT),
            "Đã gửi (lần gửi 1). Từ “Chưa nhập” sang “Đã gửi”", {},
        ),
        (
            unit(Status.ACCEPTED, **ACCEPTED), unit(Status.ACCEPTED, revision=2, **OTHER)._replace(
                group="PCM", name="UBND Phường 1", extended=True
            ),
            "Đã gửi lại (lần gửi 2). Gia hạn đến 23:59 ngày 22/12/2023. Chuyển sang nhóm đơn vị khác. "
            "Đổi tên, trước là Phường 1", {"n1.so_cuoc": (3, 5), "n1.so_tin": (2, None)},
        ),
        (unit(Status.SENT)._replace(extended=True), unit(Status.SENT), "Không còn gia hạn", {}),
        (unit(Status.SENT), unit(Status.SENT)._replace(name="UBND Phường 1"), "Đổi tên, trước là Phường 1", {}),
    ],
)  # fmt: skip
def test_it_says_what_became_of_a_unit(
    before: ReportLine, now: ReportLine, said: str, totals: dict[str, tuple[int | None, int | None]]
) -> None:
    found = changes(taken([before]), taken([now]))
    assert [(each.report_id, each.what, each.totals) for each in found.units] == [(1, said, totals)]
    assert found.totals == totals
    assert found.decisions == []


def test_units_that_came_and_went_are_named() -> None:
    came = line("LT", Status.NOT_STARTED, report_id=2, name="Long Toàn")
    found = changes(taken([unit(Status.ACCEPTED, **ACCEPTED)]), taken([came]))
    assert [(each.name, each.what) for each in found.units] == [
        ("Long Toàn", "Mới có trong danh sách đơn vị phải báo cáo; chưa nhập"),
        ("Phường 1", "Không còn trong danh sách đơn vị phải báo cáo"),
    ]
    assert found.totals == {"n1.so_cuoc": (3, None), "n1.so_tin": (2, None)}


def test_a_decision_about_double_counts_is_a_change() -> None:
    decided = overlap()
    decided.id, decided.title, decided.decided_at = 7, "Hội nghị", unit(Status.SENT).due_at
    before = taken(two_units(), scope=Scope.SENT)
    found = changes(before, taken(two_units(), [decided], Scope.SENT))
    totals = {"n1.so_cuoc": (5, 4), "n1.so_luot_nguoi": (160, 120)}
    assert found == Changes([], totals, ["Mới được tính một lần: Hội nghị"], [])
    assert changes(taken(two_units(), [decided], Scope.SENT), before).decisions == [
        "Không còn được tính một lần, cần quyết định lại: Hội nghị"
    ]
