"""Reading numbers, dates, ticks and choices as Vietnamese clerks write them, and showing them again."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import DIRECTIVE

from nhanquyen.directive import Field, Kind
from nhanquyen.directive.values import (
    Stored,
    as_count,
    as_date,
    group_digits,
    read,
    read_date,
    readable,
    shown,
    typed,
)

COUNT = Field("so", "Số cuộc", Kind.COUNT, unit="cuộc", max=1000)
TEXT = Field("chu", "Chữ", Kind.TEXT, max_length=100)
PARAGRAPH = Field("doan", "Đoạn", Kind.PARAGRAPH, max_length=1000)
DAY = Field("ngay", "Ngày", Kind.DATE)
TICK = Field("o", "Ô", Kind.TICK)
CHOICE = Field("loai", "Loại", Kind.CHOICE, choices={"ke_hoach": "Kế hoạch", "tin": "Tin", "khac": "Khác"})
BY_KIND = {Kind(field.kind): field for field in (COUNT, TEXT, PARAGRAPH, DAY, TICK, CHOICE)}
REAL = [each for item in DIRECTIVE.items for block in item.blocks for each in block.fields]

# What hands type: digits, separators, units, month words, and anything at all.
PIECES = ["1", "23", "456", "2023", ".", ",", "/", "-", " ", "\u00a0", "cuộc", "ngày ", "tháng ", "năm ", "nhiều", "1"]
PIECES += ["không", "Kế hoạch", "tin", "\x00", "\n", "²", "１", "٣"]
ANYTHING = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(PIECES), max_size=8).map("".join))


def test_every_kind_is_tried() -> None:
    assert set(BY_KIND) == set(Kind)


# --- Numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("12", 12),
        (" 12 ", 12),
        ("007", 7),
        ("1234", 1234),
        ("1.234", 1234),
        ("1 234", 1234),
        ("1\u00a0234", 1234),
        ("1\u202f234", 1234),
        ("12.345.678", 12_345_678),
        ("12 345 678", 12_345_678),
        ("999.999.999", 999_999_999),
        ("1.000.000.000", 1_000_000_000),
        ("12 cuộc", 12),
        ("12cuộc", 12),
        ("1.234 CUỘC", 1234),
        ("12\u200b", 12),
        ("12 cuô\u0323c", 12),
    ],
)
def test_it_reads_a_number_as_clerks_write_it(text: str, number: int) -> None:
    assert read(COUNT, text) == number
    assert type(read(COUNT, text)) is int


@pytest.mark.parametrize(
    "text",
    [
        "1,5", "1.5", "1.50", "1,234", "1.234,5", "12,0", "0.123", "0.500", "000.123",  # decimals, or perhaps decimals
        "1.2345", "1.23", "12.34.567", "1.234 567", "1 234.567", "1..234", ".5", "1234.567", "12  34",
        "-3", "+3", "−3", "1-2", "10-15", "1/2", "1e3", "0x10", "1_000", "12%", "#12", "=1+1",
        "１２", "٣", "१", "²", "½", "Ⅻ",
        "nhiều", "trên 100", "khoảng 20", "12 buổi", "hai", "12 cuộc họp", "cuộc", "nhiều cuộc",
        "1000000001", "9" * 15, "9" * 25, "9" * 5000, "NaN", "Infinity", "True", "None",
    ],
)  # fmt: skip
def test_it_keeps_what_is_no_whole_number_as_it_was_typed(text: str) -> None:
    stored = read(COUNT, text)
    assert stored == text.replace("  ", " ")
    assert not readable(COUNT, stored)
    assert as_count(stored) is None
    assert typed(COUNT, stored) == stored


@pytest.mark.parametrize("blank", ["", " ", "\n", "\t\u00a0", "\x00", "\u200b\ufeff"])
@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_but_blanks_is_blank_in_every_kind(kind: Kind, blank: str) -> None:
    assert read(BY_KIND[kind], blank) is None
    assert readable(BY_KIND[kind], None)
    assert typed(BY_KIND[kind], None) == ""


def test_zero_is_not_blank() -> None:
    assert read(COUNT, "0") == 0
    assert (typed(COUNT, 0), shown(COUNT, 0), typed(COUNT, None)) == ("0", "0", "")


@pytest.mark.parametrize("unit", sorted({each.unit for each in REAL if each.unit}))
def test_every_unit_of_measure_may_follow_the_number(unit: str) -> None:
    field = Field("so", "Số", Kind.COUNT, unit=unit, max=10)
    assert read(field, f"1.234 {unit}") == 1234
    assert read(field, unit) == unit


@given(st.integers(0, 1_000_000_000), st.sampled_from([".", " ", "\u00a0", ""]))
def test_a_grouped_number_is_read_back(number: int, separator: str) -> None:
    assert read(COUNT, f"{number:,}".replace(",", separator)) == number
    assert read(COUNT, typed(COUNT, number)) == number


def test_digits_are_grouped_by_dots() -> None:
    assert [group_digits(number) for number in (0, 999, 1000, 1234567, -1234)] == [
        "0", "999", "1.000", "1.234.567", "-1.234",
    ]  # fmt: skip


# --- Dates -------------------------------------------------------------------------------------------------------

FIFTH = date(2023, 12, 5)


@pytest.mark.parametrize(
    "text",
    [
        "05/12/2023", "5/12/2023", "5/12/23", "05-12-2023", "5-12-23", "05.12.2023", "5.12.23", " 5 / 12 / 2023 ",
        "5/12-2023", "2023-12-05", "ngày 5 tháng 12 năm 2023", "Ngày 05 tháng 12 năm 2023", "5 tháng 12 năm 2023",
        "ngày 5/12/2023", "05/12/2023\u00a0", "nga\u0300y 05 tháng 12 năm 2023",
    ],
)  # fmt: skip
def test_it_reads_a_date_as_clerks_write_it(text: str) -> None:
    assert read_date(text) == FIFTH
    assert read(DAY, text) == "2023-12-05"
    assert typed(DAY, read(DAY, text)) == "05/12/2023"


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2023", "29/02/2023", "31/11/2023", "00/12/2023", "5/0/2023", "12/31/2023", "32/1/2023",
        "5/12", "12/2023", "5/12/023", "5/12/0023", "5/12/12023", "05122023", "5 12 2023", "5//12/2023",
        "2023/12/05", "2023-12-5", "2023-02-31", "0001-01-01", "9999-12-31", "1/1/0001", "31/12/9999", "1/1/1999",
        "1/1/2100", "hôm qua", "cuối tháng 12", "05/12/2023 14:00", "2023-12-05T00:00", "٥/١٢/٢٠٢٣", "５/12/2023",
        "ngày mùng 5 tháng 12 năm 2023", "45265", "None",
    ],
)  # fmt: skip
def test_it_keeps_what_is_no_date_as_it_was_typed(text: str) -> None:
    assert read_date(text) is None
    stored = read(DAY, text)
    assert stored == text
    assert not readable(DAY, stored)
    assert as_date(stored) is None
    assert typed(DAY, stored) == text


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_date_of_the_century_is_read_in_every_way(day: date) -> None:
    ways = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%d/%m/%y", "ngày %d tháng %m năm %Y"]
    assert {read_date(day.strftime(way)) for way in ways} == {day}
    stored = read(DAY, day.strftime("%d/%m/%Y"))
    assert as_date(stored) == day
    assert shown(DAY, stored) == day.strftime("%d/%m/%Y")


# --- Ticks, choices, texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("1", True),
        ("on", True),
        ("Có", True),
        ("x", True),
        ("0", None),
        ("Không", None),
        ("KHÔNG", None),
        ("false", None),
    ],
)
def test_a_tick_is_read_from_forms_and_from_files(text: str, stored: Stored) -> None:
    assert read(TICK, text) is stored
    assert read(TICK, shown(TICK, stored)) is stored
    assert (typed(TICK, True), typed(TICK, None), shown(TICK, True), shown(TICK, None)) == ("1", "", "Có", "Không")


@pytest.mark.parametrize(
    ("text", "stored", "words"),
    [
        ("ke_hoach", "ke_hoach", "Kế hoạch"),
        ("Kế hoạch", "ke_hoach", "Kế hoạch"),
        ("KE HOACH", "ke_hoach", "Kế hoạch"),
        ("Tin", "tin", "Tin"),
        ("Sổ tay", "Sổ tay", "Sổ tay"),
    ],
)
def test_a_choice_is_read_by_its_code_or_its_words(text: str, stored: str, words: str) -> None:
    assert read(CHOICE, text) == stored
    assert readable(CHOICE, stored) is (stored in CHOICE.choices)
    assert shown(CHOICE, stored) == words


@pytest.mark.parametrize("field", [each for each in REAL if each.choices], ids=lambda field: field.key)
def test_every_choice_can_be_named_by_its_words(field: Field) -> None:
    assert [read(field, words) for words in field.choices.values()] == list(field.choices)


def test_texts_keep_their_breaks_only_where_they_may_have_some() -> None:
    assert read(PARAGRAPH, " một\r\n\r\nhai\x0bba ") == "một\n\nhai\nba"
    assert read(TEXT, " một\r\n hai ") == "một hai"
    assert read(TEXT, "2023-12-05") == "2023-12-05"
    assert (shown(TEXT, "=1+1"), typed(TEXT, "=1+1")) == ("=1+1", "=1+1")


@given(ANYTHING)
@pytest.mark.parametrize("kind", list(Kind))
def test_what_stands_in_the_input_reads_as_what_is_stored(kind: Kind, text: str) -> None:
    """Autosave sends the text of an input back as what it replaces: it must read the same, whatever was typed."""
    field = BY_KIND[kind]
    stored = read(field, text)
    assert read(field, typed(field, stored)) == stored
    assert type(read(field, typed(field, stored))) is type(stored)
    assert stored is None or "\x00" not in str(stored)
    assert isinstance(shown(field, stored), str)


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20)))
@pytest.mark.parametrize("kind", list(Kind))
def test_any_stored_value_can_be_shown(kind: Kind, stored: Stored) -> None:
    field = BY_KIND[kind]
    assert isinstance(readable(field, stored), bool)
    assert isinstance(typed(field, stored), str)
    assert isinstance(shown(field, stored), str)
    assert as_count(stored) is None or as_date(stored) is None
