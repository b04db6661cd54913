"""What changed between two states of a report: every way in which a value, a row or a file can differ."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st
from people import DIRECTIVE, complete_answers

from nhanquyen.directive import Address, BlockKind
from nhanquyen.directive.values import Stored
from nhanquyen.form.answers import Answers, Row
from nhanquyen.form.difference import Difference, Evidence, How, compare
from nhanquyen.form.patch import read_patch

GENERAL = ("", "", "")
ROW = ("n1", "chi_tiet", "rA")


def stored(values: Mapping[Address, Stored]) -> Answers:
    answers = Answers()
    for address, value in values.items():
        row = answers.row(address.item, address.block, address.row) or Row(address.row)
        if value is not None:
            row.values[address.field] = value
        answers.put(address.item, address.block, row)
    return answers


def typed(texts: Mapping[str, str]) -> Answers:
    return stored(read_patch(DIRECTIVE, texts.items()).changes)


def session(row: str, day: str, what: str, **more: str) -> dict[str, str]:
    """A row of the table of sessions."""
    values = {"ngay": day, "noi_dung": what, **more}
    return {f"n1-chi_tiet-{row}-{key}": text for key, text in values.items()}


def differ(
    before: Mapping[str, str],
    after: Mapping[str, str],
    had: tuple[Evidence, ...] = (),
    has: tuple[Evidence, ...] = (),
) -> Difference:
    return compare(DIRECTIVE, (typed(before), had), (typed(after), has))


def told(found: Difference) -> list[tuple[str, str, How, str, str, str]]:
    """Item, row, what happened, field, before and after of every value."""
    return [
        (part.item.key, row.name, row.how, value.field.key, value.before, value.after)
        for part in found.items
        for row in part.rows
        for value in row.values
    ]


def test_a_report_does_not_differ_from_itself() -> None:
    found = differ(complete_answers(), complete_answers())
    assert found == Difference((), ())
    assert found.count == 0


def test_a_value_is_given_changed_and_taken_back_as_a_reader_sees_it() -> None:
    before = {"n1-so_lieu-0-so_cuoc": "1200", "n1-so_lieu-0-tai_lieu": "0", "n5-ky_bao_cao-0-so_lieu_den": "20/12/2023"}
    after = {"n1-so_lieu-0-so_cuoc": "1.300", "n1-so_lieu-0-so_luot_nguoi": "0",
             "n5-ky_bao_cao-0-so_lieu_den": "22-12-23"}  # fmt: skip
    found = differ(before, after)
    assert told(found) == [
        ("n1", "", How.CHANGED, "so_cuoc", "1.200", "1.300"),
        ("n1", "", How.CHANGED, "so_luot_nguoi", "", "0"),
        ("n1", "", How.CHANGED, "tai_lieu", "0", ""),
        ("n5", "", How.CHANGED, "so_lieu_den", "20/12/2023", "22/12/2023"),
    ]
    assert [part.count for part in found.items] == [3, 1]
    assert found.count == 4


def test_choices_and_ticks_are_told_in_words() -> None:
    found = differ(
        {"n1-tinh_trang-0-trang_thai": "co", "n5-danh_gia-0-khong_van_ban": "1"},
        {"n1-tinh_trang-0-trang_thai": "khong", "n1-tinh_trang-0-ly_do": "Chưa có kinh phí"},
    )
    assert told(found) == [
        ("n1", "", How.CHANGED, "trang_thai", "Có hoạt động", "Không có hoạt động"),
        ("n1", "", How.CHANGED, "ly_do", "", "Chưa có kinh phí"),
        ("n5", "", How.CHANGED, "khong_van_ban", "Có", ""),
    ]


def test_rows_are_matched_by_their_key_and_not_by_their_place() -> None:
    before = session("rA", "1/12/2023", "Họp dân") | session("rB", "2/12/2023", "Tập huấn")
    after = session("rB", "2/12/2023", "Tập huấn báo cáo viên") | session("rC", "3/12/2023", "Hội thi", luot_nguoi="50")
    found = differ(before, after)
    assert told(found) == [
        ("n1", "Cuộc 1", How.CHANGED, "noi_dung", "Tập huấn", "Tập huấn báo cáo viên"),
        ("n1", "Cuộc 2", How.ADDED, "ngay", "", "03/12/2023"),
        ("n1", "Cuộc 2", How.ADDED, "noi_dung", "", "Hội thi"),
        ("n1", "Cuộc 2", How.ADDED, "luot_nguoi", "", "50"),
        ("n1", "Cuộc 1", How.REMOVED, "ngay", "01/12/2023", ""),
        ("n1", "Cuộc 1", How.REMOVED, "noi_dung", "Họp dân", ""),
    ]
    assert found.count == 3, "a row that comes or goes is one change"
    moved = dict(reversed(before.items()))
    assert list(moved) != list(before)
    assert differ(before, moved).count == 0


def test_a_row_without_any_value_is_as_good_as_none() -> None:
    blank = stored({Address("n1", "chi_tiet", "rZ", "ngay"): None})
    assert [row.key for row in blank.rows(DIRECTIVE.by_key["n1"], DIRECTIVE.block("n1", "chi_tiet"))] == ["rZ"]
    assert compare(DIRECTIVE, (Answers(), ()), (blank, ())).count == 0
    filled = typed(session("rZ", "1/12/2023", "Họp dân"))
    (part,) = compare(DIRECTIVE, (blank, ()), (filled, ())).items
    assert [row.how for row in part.rows] == [How.ADDED]
    (part,) = compare(DIRECTIVE, (filled, ()), (blank, ())).items
    assert [row.how for row in part.rows] == [How.REMOVED]


def test_a_prescribed_row_is_named_by_its_words_and_never_comes_or_goes() -> None:
    slogan = DIRECTIVE.block("n3", "khau_hieu").rows[0]
    found = differ({}, {f"n3-khau_hieu-{slogan.key}-bang_ron": "4"})
    assert told(found) == [("n3", f"{slogan.code}. {slogan.label}", How.CHANGED, "bang_ron", "", "4")]


def test_evidence_is_known_by_its_bytes_and_its_place() -> None:
    rows = session("rA", "1/12/2023", "Họp dân")
    kept, gone = Evidence(GENERAL, "1" * 64, "ky.pdf"), Evidence(GENERAL, "2" * 64, "cu.pdf")
    photo = Evidence(ROW, "3" * 64, "anh.jpg")
    found = differ(rows, rows, had=(kept, gone), has=(Evidence(GENERAL, "1" * 64, "ten khac.pdf"), photo))
    assert [(file.name, file.how, file.at) for file in found.files] == [("cu.pdf", How.REMOVED, "")]
    assert [(file.name, file.how, file.at) for file in found.items[0].files] == [("anh.jpg", How.ADDED, "Cuộc 1")]
    assert found.count == 2
    moved = differ(rows, rows, had=(photo,), has=(Evidence(GENERAL, photo.sha256, photo.name),))
    assert ([file.how for file in moved.files], [file.how for file in moved.items[0].files]) == (
        [How.ADDED], [How.REMOVED],
    )  # fmt: skip


def test_evidence_of_a_row_that_is_gone_is_told_with_the_name_the_row_had() -> None:
    photo = Evidence(ROW, "3" * 64, "anh.jpg")
    (part,) = differ(session("rA", "1/12/2023", "Họp dân"), {}, had=(photo,)).items
    assert [(file.name, file.how, file.at) for file in part.files] == [("anh.jpg", How.REMOVED, "Cuộc 1")]


ADDRESSES = [
    Address(item.key, block.key, key, field.key)
    for item in DIRECTIVE.items
    for block in item.blocks
    for key in (("rA", "rB") if block.kind is BlockKind.TABLE else [row.key for row in block.rows] or ["0"])
    for field in block.fields
]
STATES = st.dictionaries(
    st.sampled_from(ADDRESSES), st.one_of(st.integers(0, 9), st.just("2023-12-01"), st.text("aá<", min_size=1))
)


@given(STATES, STATES)
def test_it_tells_every_value_that_differs_and_nothing_else(
    before: dict[Address, Stored], after: dict[Address, Stored]
) -> None:
    found = compare(DIRECTIVE, (stored(before), ()), (stored(after), ()))
    there = sorted((part.item.key, row.block.key, value.field.key)
                   for part in found.items for row in part.rows for value in row.values)  # fmt: skip
    wanted = [where for where in {*before, *after} if before.get(where) != after.get(where)]
    assert there == sorted((where.item, where.block, where.field) for where in wanted)
    back = compare(DIRECTIVE, (stored(after), ()), (stored(before), ()))
    assert back.count == found.count
