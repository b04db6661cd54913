"""Vietnamese text: what is cleaned away, what searching ignores, and the order of the alphabet."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhanquyen.text import MAX_MARKS, clean, clean_line, search_key, sort_key

# Whatever a form or a file can carry, with what is awkward in Vietnamese text more often than chance would have it.
AWKWARD = (
    "\x00\x07\x0b\x0c\r\n\t\x85\xa0\xad\u0300\u0301\u0323\u031b\u0340\u0344\u1ed3\u200b\u202e\u2028\u3000"
    "\ud800\ufdd0\ufeff\uffffÐðĐơ"
)
HOSTILE = st.text(st.one_of(st.characters(), st.sampled_from(AWKWARD)), max_size=60)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", ""),
        ("  Long Toàn \n", "Long Toàn"),
        (unicodedata.normalize("NFD", "Trường Long Hòa ế"), "Trường Long Hòa ế"),
        ("Trươ\u0300ng", "Trường"),
        ("biê\u0301n, bie\u0323\u0302n", "biến, biện"),
        ("a\u0341 a\u0340", "á à"),
        ("Ðảng ủy, ðơn vị", "Đảng ủy, đơn vị"),
        ("1\u00a0234\u202f567\u2009890\u3000x", "1 234 567 890 x"),
        ("một\thai", "một hai"),
        ("đoạn một\x0bđoạn hai\x0cba\u2028bốn\u2029năm\x85sáu", "đoạn một\nđoạn hai\nba\nbốn\nnăm\nsáu"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\u200bb\ufeffc\u00add\u2060e", "abcde"),
        ("e\u200d\u0301", "é"),
        ("\u202eteg.exe\u202c", "teg.exe"),
        ("a\x00b\x1bc\x7fd", "abcd"),
        ("a\ud800b\udfffc", "abc"),
        ("a\ufdd0b\uffffc\U0001fffed", "abcd"),
        ("a\ue000b", "ab"),
        ("=1+1", "=1+1"),
        ("“Không” – 100 %…", "“Không” – 100 %…"),
        ("ភាសាខ្មែរ", "ភាសាខ្មែរ"),
    ],
)
def test_it_cleans_what_people_paste(typed: str, stored: str) -> None:
    assert clean(typed) == stored


@given(HOSTILE)
def test_cleaned_text_is_plain_nfc_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not {unicodedata.category(char) for char in cleaned.replace("\n", "")} & {"Cc", "Cf", "Cs", "Co", "Cn"}
    assert not set(cleaned) & set("\x00\t\xa0Ðð")
    assert cleaned == cleaned.strip()
    cleaned.encode()


@given(HOSTILE)
def test_a_line_has_no_breaks_and_single_blanks(text: str) -> None:
    line = clean_line(text)
    assert clean_line(line) == line
    assert "\n" not in line
    assert "  " not in line


def test_ordinary_vietnamese_stays_untouched() -> None:
    letters = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    words = {
        unicodedata.normalize("NFC", letter + tone) for letter in letters for tone in "\u0300\u0301\u0303\u0309\u0323"
    }
    text = "\n".join(sorted(words | set("đĐ")))
    assert len(words) == 120
    assert clean(text) == text


def test_a_pile_of_marks_takes_no_time_and_leaves_a_few() -> None:
    started = time.perf_counter()
    cleaned = clean("Toàn" + "\u0301\u0323" * 100_000)
    assert time.perf_counter() - started < 5  # hours without the limit
    assert len(unicodedata.normalize("NFD", cleaned)) <= len("Toàn") + 1 + MAX_MARKS


def test_a_megabyte_is_cleaned_at_once() -> None:
    started = time.perf_counter()
    assert len(clean("Ủy ban nhân dân\x0b" * 65_000)) == 65_000 * 16 - 1
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    "same",
    [
        ("Trường Long Hòa", "trường long hoà", "TRUONG LONG HOA", unicodedata.normalize("NFD", "Trường Long Hòa")),
        ("Đảng ủy", "ĐẢNG UỶ", "dang uy", "Ðảng ủy"),
        ("Thị xã  Duyên\u00a0Hải", "thi xa duyen hai"),
        ("Ban Quản lý", "ban quan ly"),
    ],
)
def test_spellings_that_a_searcher_means_alike_have_one_key(same: tuple[str, ...]) -> None:
    assert len({search_key(text) for text in same}) == 1


def test_different_words_keep_different_keys() -> None:
    assert len({search_key(text) for text in ("Long Toàn", "Long Hữu", "Phường 1", "Phường 10", "Phương 1")}) == 4


@given(HOSTILE)
def test_a_search_key_is_its_own_key(text: str) -> None:
    key = search_key(text)
    assert search_key(key) == key
    assert key == clean_line(key)


@pytest.mark.parametrize(
    "ordered",
    [
        ["ma", "mà", "mả", "mã", "má", "mạ"],
        ["a", "ă", "â", "b", "c", "d", "đ", "e", "ê", "g", "h", "i", "k", "l", "m", "n", "o", "ô", "ơ", "p", "q", "r"],
        ["s", "t", "u", "ư", "v", "x", "y"],
        ["Phường 1", "Phường 2", "Phường 10", "Phường 100"],
        ["An", "An Giang", "Ăn", "Ân"],
        # Letters outrank tones over the whole text.
        ["hòa bình", "hoa lan", "hòa lan", "hóa lan"],
        ["đông", "đồng", "đổng", "đỗng", "đống", "động"],
        ["dũng", "đông"],
        ["Tà Mà", "Tả Ma", "Tá Ma"],
        ["Phòng Nội vụ", "Phòng Tư pháp", "Phòng Văn hóa và Thông tin", "Phòng Y tế"],
        ["xã 9", "xã 999999999999", "xã 1000000000000"],
    ],
)
def test_it_sorts_by_the_vietnamese_alphabet(ordered: list[str]) -> None:
    keys = [sort_key(text) for text in ordered]
    assert keys == sorted(set(keys))


def test_case_leading_zeros_and_spelling_of_code_points_do_not_change_the_order() -> None:
    assert sort_key("PHƯỜNG 01") == sort_key("phường 1")
    assert sort_key(unicodedata.normalize("NFD", "Ấp Chợ")) == sort_key("Ấp Chợ")


@given(HOSTILE, HOSTILE)
def test_every_text_has_a_sort_key_that_can_be_stored(one: str, other: str) -> None:
    assert (sort_key(one) == sort_key(other)) or clean_line(one) != clean_line(other)
    assert "\x00" not in sort_key(one)
    sort_key(one).encode()
