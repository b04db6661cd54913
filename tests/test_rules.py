"""Every named condition and check, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhanquyen.directive import Check, Rule
from nhanquyen.directive.rules import CHECKS, RULES, Scope, applies, fails
from nhanquyen.directive.values import Stored

WINDOW = (date(2023, 11, 30), date(2023, 12, 30))
TODAY = date(2023, 12, 20)
SCOPE = Scope({}, group="XP", asked=True, window=WINDOW, since=date(2023, 1, 1), today=TODAY)


def scope(values: Mapping[str, Stored], **others: object) -> Scope:
    return replace(SCOPE, values=values, **others)  # type: ignore[arg-type]


# --- Conditions --------------------------------------------------------------------------------------------------


CONDITIONS: list[tuple[str, dict[str, Stored], bool]] = [
    ("never", {"a": 1}, False),
    ("always", {}, True),
    ("asked", {}, True),
    ("group XP", {}, True),
    ("group PCM XP", {}, True),
    ("group PCM", {}, False),
    ("positive a b", {"a": 0, "b": 1}, True),
    ("positive a b", {"a": 0, "b": 0}, False),
    ("positive a b", {}, False),
    ("positive a b", {"a": "nhiều", "b": True}, False),
    ("zero a b", {}, True),
    ("zero a b", {"a": 0}, True),
    ("zero a b", {"a": "nhiều"}, True),
    ("zero a b", {"b": 2}, False),
    ("prescribed_zero a", {"a": 0}, True),
    ("prescribed_zero a", {}, True),
    ("prescribed_zero a", {"a": 3}, False),
    ("filled a b", {"b": 0}, True),
    ("filled a b", {"b": "x"}, True),
    ("filled a b", {"c": "x"}, False),
    ("filled a b", {"a": None}, False),
    ("yes a", {"a": True}, True),
    ("yes a", {"a": 1}, False),
    ("yes a", {"a": "1"}, False),
    ("yes a", {}, False),
    ("is a khac", {"a": "khac"}, True),
    ("is a khac", {"a": "tin"}, False),
    ("is a khac", {}, False),
    ("unlike a Không", {"a": "Thiếu kinh phí"}, True),
    ("unlike a Không", {"a": "Không"}, False),
    ("unlike a Không", {"a": " KHÔNG. "}, False),
    ("unlike a Không", {"a": "không!"}, False),
    ("unlike a Không", {"a": "Không có kinh phí"}, True),
    ("unlike a Không", {}, False),
    ("unlike a Không | Không có | Không có khó khăn", {"a": "Không có."}, False),
    ("unlike a Không | Không có | Không có khó khăn", {"a": "không có khó khăn"}, False),
    ("unlike a Không | Không có | Không có khó khăn", {"a": "Không có khó khăn gì lớn, chỉ thiếu tờ rơi"}, True),
]


@pytest.mark.parametrize(("rule", "values", "holds"), CONDITIONS)
def test_a_condition_holds_or_does_not(rule: str, values: dict[str, Stored], holds: bool) -> None:
    name, *args = rule.split()
    assert applies(Rule(name, tuple(args)), scope(values)) is holds


def test_conditions_see_what_surrounds_the_row() -> None:
    assert applies(Rule("asked"), scope({}, asked=False)) is False
    assert applies(Rule("prescribed_zero", ("a",)), scope({}, prescribed=False)) is False


# --- Checks ------------------------------------------------------------------------------------------------------


def check(told: str) -> Check:
    """``"name field field; limit 3"``"""
    head, _, rest = told.partition("; ")
    name, *fields = head.split()
    found = Check(name, tuple(fields), "Sửa lại.")
    other, _, value = rest.partition(" ")
    if other == "limit":
        return replace(found, limit=int(value))
    return replace(found, **{other: value}) if other else found  # type: ignore[arg-type]


CASES: list[tuple[str, dict[str, Stored], list[str]]] = [
    ("not_above part whole", {"part": 3, "whole": 3}, []),
    ("not_above part whole", {"part": 4, "whole": 3}, ["part"]),
    ("not_above part whole", {"part": 4}, []),
    ("not_above part whole", {"whole": 3}, []),
    ("not_above part whole", {"part": "nhiều", "whole": 3}, []),
    ("not_above part whole", {"part": 1, "whole": 0}, ["part"]),
    ("not_above a b c whole", {"a": 1, "b": 5, "c": 9, "whole": 4}, ["b", "c"]),
    ("parts_make_total t a b", {"t": 5, "a": 2, "b": 3}, []),
    ("parts_make_total t a b", {"t": 5, "a": 2, "b": 2}, ["a"]),
    ("parts_make_total t a b", {"t": 5, "a": 9}, []),
    ("parts_make_total t a b", {"a": 2, "b": 2}, []),
    ("parts_make_total t a b", {"t": 0, "a": 0, "b": 0}, []),
    ("parts_make_total t a b", {"t": 5, "a": 2, "b": "vài"}, []),
    ("needs people sessions", {"people": 10, "sessions": 0}, ["people"]),
    ("needs people sessions", {"people": 10, "sessions": 1}, []),
    ("needs people sessions", {"people": 0, "sessions": 0}, []),
    ("needs people sessions", {"people": 10}, []),  # the missing number is asked for by itself
    ("some_positive a b; when total", {"total": 2, "a": 0}, ["a"]),
    ("some_positive a b; when total", {"total": 2, "b": 1}, []),
    ("some_positive a b; when total", {"total": 0}, []),
    ("some_positive a b; when total", {}, []),
    ("some_positive a b", {}, ["a"]),
    ("ratio_above people sessions; limit 300", {"people": 300, "sessions": 1}, []),
    ("ratio_above people sessions; limit 300", {"people": 301, "sessions": 1}, ["people"]),
    ("ratio_above people sessions; limit 300", {"people": 600, "sessions": 2}, []),
    ("ratio_above people sessions; limit 300", {"people": 500, "sessions": 0}, []),
    ("ratio_above people sessions; limit 300", {"people": "nhiều", "sessions": 1}, []),
    ("in_order a b", {"a": "2023-12-01", "b": "2023-12-01"}, []),
    ("in_order a b", {"a": "2023-12-02", "b": "2023-12-01"}, ["b"]),
    ("in_order a b", {"a": "2023-12-02", "b": "mai"}, []),
    ("in_order a b", {"b": "2023-12-01"}, []),
    ("in_window a b", {"a": "2023-11-30", "b": "2023-12-30"}, []),
    ("in_window a b", {"a": "2023-11-29", "b": "2023-12-31"}, ["a", "b"]),
    ("in_window a b", {"a": "cuối năm"}, []),
    ("not_future a", {"a": "2023-12-20"}, []),
    ("not_future a", {"a": "2023-12-21"}, ["a"]),
    ("not_future a", {}, []),
    ("not_before_year a b", {"a": "2023-01-01", "b": "2024-02-01"}, []),
    ("not_before_year a b", {"a": "2022-12-31", "b": "2013-11-10"}, ["a", "b"]),
    ("not_before_year a", {"a": "năm ngoái"}, []),
    ("no_links a", {"a": "Đăng 5 tin trên Fanpage"}, []),
    ("no_links a b", {"a": "xem https://fb.com/ai-do", "b": "không"}, ["a"]),
    ("rows_or_tick tick; block bang", {}, ["tick"]),
    ("rows_or_tick tick; block bang", {"tick": True}, []),
    ("rows_or_tick tick; block rows", {}, []),
    ("no_rows_with_tick tick; block rows", {"tick": True}, ["tick"]),
    ("no_rows_with_tick tick; block rows", {}, []),
    ("no_rows_with_tick tick; block bang", {"tick": True}, []),
]


def test_every_condition_and_check_is_tried_here() -> None:
    assert {told.split()[0] for told, _, _ in (*CONDITIONS, *CASES)} == set(RULES) | set(CHECKS)


@pytest.mark.parametrize(("told", "values", "at_fault"), CASES)
def test_a_check_fails_where_it_should(told: str, values: dict[str, Stored], at_fault: list[str]) -> None:
    assert fails(check(told), scope(values, rows={"rows": 1, "bang": 0})) == at_fault


@pytest.mark.parametrize(
    "text",
    [
        "https://www.facebook.com/nguyenvana", "HTTP://abc", "xem tại www.baoxau.net", "facebook.com/ai", "bit.ly/3xYz",
        "zalo.me/0912345678", "youtu.be/abc", "t.me/nhom", "nhóm trên baoxau.org", "thư a.b@gmail.com", "@nguyenvana",
        "(@abc)", "tài khoản @nguyenvana", "liên hệ 0912345678", "ĐT: 0912.345.678", "0912 345 678", "0294 3832 113",
        "02943832113", "+84 912 345 678", "84912345678", "gọi 0912-34-56-78 nhé",
    ],
)  # fmt: skip
def test_a_contact_is_found(text: str) -> None:
    assert fails(check("no_links a"), scope({"a": text})) == ["a"]


@pytest.mark.parametrize(
    "text",
    [
        "Từ ngày 01.12.2023 đến 30.12.2023 tổ chức 12 cuộc", "05-12-2023 - 06-12-2023", "01.12.2023-08.12.2023",
        "01/12/23, 05/12/23 và 10/12/23", "Đạt 1.240.000 lượt, 84.000 lượt xem", "284.000.000.000", "số 05/KH-UBND",
        "Công văn số 217/CATX ngày 08/11/2023", "Kỷ niệm 75 năm (10/12/1948 – 10/12/2023)", "Fanpage, Zalo, TikTok",
        "Tuyên truyền tốt.Kết quả cao.Nhân dân đồng tình", "8h00, 14:30", "tăng 100 %", "điểm a.b.c", "5.000đ", "",
        "Công an xã – Đoàn TN – Hội LHPN", "năm 2023 2024", "kết quả: 0 vụ, 12 tin, 30 bài",
    ],
)  # fmt: skip
def test_ordinary_words_dates_and_numbers_are_no_contact(text: str) -> None:
    assert fails(check("no_links a"), scope({"a": text})) == []


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2**70),
    st.text(max_size=12),
    st.sampled_from(["2023-12-01", "2022-01-01"]),
)


@given(st.dictionaries(st.sampled_from("abcdw"), VALUES))
def test_no_condition_and_no_check_ever_raises(values: dict[str, Stored]) -> None:
    here = scope(values, rows={"a": 2})
    for name, condition in RULES.items():
        words = ("khac",) if condition.words else ()
        applies(Rule(name, ("a", "b")[: condition.keys] + words), here)
    for name, rule in CHECKS.items():
        fields = tuple("abcd"[: max(rule.least, min(rule.most, 3))])
        found = fails(Check(name, fields, "", limit=3, when="w", block="a"), here)
        assert set(found) <= set(fields)
