"""Names of files and folders: whatever was typed, Windows takes them, and no two are one on any file system."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhanquyen.export.file_names import LONGEST_BYTES, Folder, length, safe_name, split_ending

DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    device + digit for device in ("com", "lpt") for digit in "0123456789¹²³"
}
# What people (and attackers) type, mixed of what matters here.
PIECES = st.sampled_from(
    ["con", "NUL", "com1", "LPT²", ".", "..", " ", "/", "\\", ":", "*", "?", '"', "<", ">", "|", "\0", "\n", "\u202e",
     "ảnh", "a\u0309nh", "Đ", "ß", "SS", "ı", "I", "😀", "%", "$", "~", "C:", "a" * 90, "ệ" * 90, ".jpg", "\ufeff"]
)  # fmt: skip
TYPED = st.one_of(st.text(max_size=250), st.lists(PIECES, max_size=12).map("".join))


def assert_windows_takes(name: str) -> None:
    assert name
    assert not set(name) & set('<>:"/\\|?*')
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs") for char in name)
    assert name == name.strip(" ").rstrip(".")
    assert not name.startswith(".")
    assert name.split(".")[0].rstrip(" ").casefold() not in DEVICES
    assert unicodedata.is_normalized("NFC", name)
    assert len(name.encode()) <= LONGEST_BYTES + 20


@given(TYPED, st.integers(20, 199), st.sampled_from(["", ".jpg", ".pdf", " (2).jpg"]))
def test_whatever_was_typed_becomes_a_name_that_windows_takes(typed: str, room: int, ending: str) -> None:
    name = safe_name(typed, room, ending)
    assert_windows_takes(name)
    assert name.endswith(ending)
    assert length(name) == len(name.encode("utf-16-le")) // 2 <= room


@given(TYPED)
def test_a_safe_name_stays_as_it_is(typed: str) -> None:
    name = safe_name(typed, 100)
    assert safe_name(name, 100) == name


@given(st.lists(TYPED, max_size=20), st.sampled_from(["", ".jpg"]))
def test_no_two_names_of_a_folder_differ_in_case_alone(typed: list[str], ending: str) -> None:
    folder = Folder()
    names = [folder.take(text, 60, ending) for text in typed]
    for name in names:
        assert_windows_takes(name)
        assert length(name) <= 60
    for fold in (str.upper, str.lower, str.casefold, lambda name: unicodedata.normalize("NFD", name).casefold()):
        assert len({fold(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Ủy ban nhân dân Phường 1", "Ủy ban nhân dân Phường 1"),
        ("../../etc/passwd", "-..-etc-passwd"),
        ("C:\\Windows\\system32", "C -Windows-system32"),
        ("nul", "_nul"),
        ("NUL .txt", "_NUL .txt"),
        ("con.", "_con"),
        ("COM¹.ảnh", "_COM¹.ảnh"),
        ("control", "control"),
        ("  ... ", "không tên"),
        ("", "không tên"),
        ("05/12/2023", "05-12-2023"),
        ("báo\u202ecáo", "báocáo"),
        ("a\u0309nh", "ảnh"),
    ],
)
def test_names_stay_readable(typed: str, name: str) -> None:
    assert safe_name(typed, 60) == name


def test_what_is_cut_off_leaves_no_device_behind() -> None:
    assert safe_name("con (bản hai).pdf", 3) == "_co"
    assert safe_name("aux . . . . . . x", 5) == "_aux"


def test_it_is_cut_between_words_where_it_can_be() -> None:
    assert safe_name("Chào mừng Kỷ niệm 75 năm", 18) == "Chào mừng Kỷ niệm"
    assert safe_name("Chào mừng Kỷ niệm 75 năm", 17) == "Chào mừng Kỷ niệm"
    assert safe_name("Chào mừng Kỷ niệm 75 năm", 16) == "Chào mừng Kỷ"
    assert safe_name("Số Tuyêntruyềnvềquyềncon", 10) == "Số Tuyêntr"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("ảnh.jpg", ("ảnh", ".jpg")),
        ("a.b.pdf", ("a.b", ".pdf")),
        ("không đuôi", ("không đuôi", "")),
        (".jpg", (".jpg", "")),
        ("số 1. Kế hoạch triển khai", ("số 1. Kế hoạch triển khai", "")),
        ("x.", ("x.", "")),
    ],
)
def test_the_ending_is_what_programs_take_for_one(name: str, parts: tuple[str, str]) -> None:
    assert split_ending(name) == parts


def test_equal_names_are_numbered_before_their_ending() -> None:
    folder = Folder()
    taken = [folder.take(name, 30, ".jpg") for name in ("ảnh", "Ảnh", "ẢNH", "a" * 40, "A" * 40)]
    assert taken == ["ảnh.jpg", "Ảnh (2).jpg", "ẢNH (3).jpg", "a" * 26 + ".jpg", "A" * 22 + " (2).jpg"]
