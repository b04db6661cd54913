"""What a browser posts: addresses, what they replace, and names that are somebody else's or nobody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import DIRECTIVE

from nhanquyen.directive import Address
from nhanquyen.directive.values import Stored
from nhanquyen.form.patch import Patch, PatchError, field_at, read_patch

SESSIONS = "n1-so_lieu-0-so_cuoc"
TICK = "n5-danh_gia-0-khong_van_ban"


def patch(*pairs: tuple[str, str]) -> Patch:
    return read_patch(DIRECTIVE, pairs)


def by_name(values: dict[Address, Stored]) -> dict[str, Stored]:
    return {address.name: value for address, value in values.items()}


def test_changes_are_read_by_the_kind_of_their_field() -> None:
    found = patch(
        (SESSIONS, "1.234 cuộc"),
        ("n1-so_lieu-0-so_luot_nguoi", "nhiều"),
        ("n1-tinh_trang-0-trang_thai", "co"),
        ("n1-chi_tiet-rab12cd34ef-ngay", "5/12/23"),
        ("n3-khau_hieu-kh1-dia_diem", " Trụ  sở\r\n"),
        ("n5-danh_gia-0-kho_khan", "một\r\nhai"),
        (TICK, "1"),
        ("n5-ky_ten-0-nguoi_lap", ""),
    )
    assert found.bases == {}
    assert by_name(found.changes) == {
        SESSIONS: 1234,
        "n1-so_lieu-0-so_luot_nguoi": "nhiều",
        "n1-tinh_trang-0-trang_thai": "co",
        "n1-chi_tiet-rab12cd34ef-ngay": "2023-12-05",
        "n3-khau_hieu-kh1-dia_diem": "Trụ sở",
        "n5-danh_gia-0-kho_khan": "một\nhai",
        TICK: True,
        "n5-ky_ten-0-nguoi_lap": None,
    }


def test_bases_are_read_like_what_was_stored_for_them() -> None:
    found = patch((SESSIONS, "13"), (f"was.{SESSIONS}", "1.200"), (f"was.{TICK}", ""))
    assert by_name(found.changes) == {SESSIONS: 13}
    assert by_name(found.bases) == {SESSIONS: 1200, TICK: None}


def test_of_a_name_that_comes_twice_the_last_counts() -> None:
    assert by_name(patch((TICK, ""), (TICK, "1")).changes) == {TICK: True}
    assert by_name(patch((TICK, "1"), (TICK, "")).changes) == {TICK: None}
    assert by_name(patch((SESSIONS, "1"), (SESSIONS, "2"), (SESSIONS, "2")).changes) == {SESSIONS: 2}


@pytest.mark.parametrize(
    "name",
    [
        "csrf_token", "ver", "action", "", "was.", "was.ver", f"was.was.{SESSIONS}", f" {SESSIONS}", f"{SESSIONS} ",
        f"{SESSIONS}\n", "n1-so_lieu-0", f"{SESSIONS}-x", "n1--0-so_cuoc", "n1-so_lieu-0-", "-so_lieu-0-so_cuoc",
        "n1-so_lieu-0-số_cuộc", "n1-so_lieu-０-so_cuoc", "n1.so_lieu.0.so_cuoc", "n1-so_lieu-0-so_cuoc[]",
        "n1-so_lieu-0-so_cuoc\x00", "n1-../../etc-0-passwd", "n1-so_lieu-0-so_cuoc';DROP", "<script>-a-b-c",
        "\ud800-a-b-c", "n1-so_lieu-_-so_cuoc",
    ],
)  # fmt: skip
def test_a_name_that_is_no_address_is_passed_over(name: str) -> None:
    assert patch((name, "5"), (SESSIONS, "1")) == patch((SESSIONS, "1"))


@pytest.mark.parametrize(
    "name",
    [
        "n9-so_lieu-0-so_cuoc",
        "n1-so_lieux-0-so_cuoc",
        "n1-so_lieu-0-so_cuocx",
        "n1-so_lieu-1-so_cuoc",
        "n1-so_lieu-rab12-so_cuoc",
        "n1-tinh_trang-1-trang_thai",
        "n5-tinh_trang-0-trang_thai",  # item 5 cannot be left out
        "n3-khau_hieu-0-bang_ron",
        "n3-khau_hieu-kh9-bang_ron",
        "n3-khau_hieu-KH1-bang_ron",
        "N1-so_lieu-0-so_cuoc",
        "n1-chi_tiet-r1-so_cuoc",
        "n1-by_key-0-so_cuoc",
        "n1-so_lieu-0-__class__",
        f"n1-so_lieu-{'0' * 5000}-so_cuoc",
    ],
)
def test_an_address_that_the_definition_does_not_hold_is_refused(name: str) -> None:
    for prefix in ("", "was."):
        with pytest.raises(PatchError):
            patch((SESSIONS, "1"), (prefix + name, "5"))


def test_every_field_has_an_address_that_names_it() -> None:
    names = set()
    for item in DIRECTIVE.items:
        for block in item.blocks:
            for each in block.fields:
                for row in [row.key for row in block.rows] or ["0"]:
                    address = Address(item.key, block.key, row, each.key)
                    assert field_at(DIRECTIVE, address) is each
                    assert Address.parse(address.name) == address
                    assert address.name.isascii()
                    names.add(address.name)
    assert len(names) == sum(len(b.fields) * max(1, len(b.rows)) for item in DIRECTIVE.items for b in item.blocks)


PARTS = st.sampled_from(
    ["n1", "so_lieu", "chi_tiet", "0", "so_cuoc", "ngay", "was.", "-", "--", "r1", "", "ố", "\x00", "."]
)
NAMES = st.one_of(
    st.text(max_size=40),
    st.lists(PARTS, max_size=9).map("".join),
    st.lists(PARTS, min_size=4, max_size=4).map("-".join),
)


@given(st.lists(st.tuples(NAMES, st.text(max_size=20)), max_size=6))
def test_a_hostile_form_is_read_or_refused_and_nothing_else(pairs: list[tuple[str, str]]) -> None:
    try:
        found = read_patch(DIRECTIVE, pairs)
    except PatchError:
        return
    for address in (*found.changes, *found.bases):
        assert field_at(DIRECTIVE, address).key == address.field
