"""What blocks sending, what only warns, and how each is told: the real definition, from typed text to message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import DIRECTIVE, complete_answers

from nhanquyen.directive import Address, BlockKind
from nhanquyen.directive.values import Stored, read
from nhanquyen.form.answers import DONE, NONE, NOT_OURS, Answers, Respondent, Row, item_totals
from nhanquyen.form.check import Fault, Level, Progress, check_item, check_report, item_progress
from nhanquyen.form.patch import field_at, read_patch

TODAY = date(2023, 12, 20)
WARD = Respondent("XP")
OFFICE = Respondent("PCM")
CULTURE = Respondent("PCM", frozenset({"n4"}))
BANNED = re.compile(r"không hợp lệ|trường này bắt buộc|vui lòng|xin lỗi|None|True|False", re.IGNORECASE)


def stored(values: Mapping[Address, Stored]) -> Answers:
    answers = Answers()
    for address, value in values.items():
        row = answers.row(address.item, address.block, address.row)
        if row is None:
            row = Row(address.row)
            answers.put(address.item, address.block, row)
        if value is not None:
            row.values[address.field] = value
    return answers


def typed(texts: Mapping[str, str]) -> Answers:
    return stored(read_patch(DIRECTIVE, texts.items()).changes)


def complete(**changes: str) -> dict[str, str]:
    """A report that can be sent, with *changes* (dashes in names written as ``__``)."""
    return complete_answers() | {name.replace("__", "-"): text for name, text in changes.items()}


def check(texts: Mapping[str, str], who: Respondent = WARD) -> list[Fault]:
    return check_report(DIRECTIVE, typed(texts), who, TODAY)


def told(faults: list[Fault]) -> list[tuple[str, str, str]]:
    return [(fault.address.name, fault.level.value, fault.message) for fault in faults]


# --- Complete and missing ----------------------------------------------------------------------------------------


def test_a_complete_report_has_no_fault() -> None:
    assert told(check(complete())) == []
    assert told(check(complete_answers(asked_of_item_4=True), Respondent("XP", frozenset({"n4"})))) == []


REQUIRED = [
    f"{item.key}-{block.key}-0-{each.key}"
    for item in DIRECTIVE.items
    for block in item.blocks
    for each in block.fields
    if block.single and each.required.name == "always"
]


@pytest.mark.parametrize("name", REQUIRED)
def test_every_required_answer_is_missed_by_name(name: str) -> None:
    label = field_at(DIRECTIVE, Address.parse(name)).label
    found = check(complete() | {name: "  "})
    assert [(fault.address.name, fault.level) for fault in found] == [(name, Level.MISSING)]
    assert found[0].blocks
    assert f"Nhập “{label}”" in found[0].message


def test_an_empty_report_lists_everything_at_once() -> None:
    names = {fault.address.name for fault in check({})}
    assert names >= set(REQUIRED)
    assert "n1-so_lieu-0-so_luot_phat_thanh" in names
    assert {f"n3-khau_hieu-kh{number}-ghi_chu" for number in range(1, 9)} <= names
    assert not {name for name in names if name.startswith(("n4", "n3-khau_hieu-khac"))}


def test_broadcasts_are_required_of_communes_alone() -> None:
    texts = complete(n1__so_lieu__0__so_luot_phat_thanh="")
    assert [name for name, _, _ in told(check(texts, WARD))] == ["n1-so_lieu-0-so_luot_phat_thanh"]
    assert told(check(texts, OFFICE)) == []


def test_item_4_is_required_of_those_it_is_asked_of() -> None:
    asked = {
        f"n4-{b.key}-0-{f.key}" for b in DIRECTIVE.by_key["n4"].blocks for f in b.fields if f.required.name == "asked"
    }
    assert len(asked) == 11
    assert {fault.address.name for fault in check(complete(), CULTURE)} == asked
    assert told(check(complete(), OFFICE)) == []
    # Another unit may volunteer one figure without owing the others.
    assert told(check(complete(n4__so_lieu__0__so_tin="3"), OFFICE)) == []


def test_a_zero_is_an_answer() -> None:
    texts = complete(
        n1__so_lieu__0__so_cuoc="0", n1__so_lieu__0__so_luot_nguoi="0", n1__linh_vuc__0__lv_an_sinh="",
        n2__so_lieu__0__so_hoat_dong="0", n2__so_lieu__0__so_luot_tham_gia="0",
    )  # fmt: skip
    assert told(check(texts)) == []


# --- Faults over several fields ----------------------------------------------------------------------------------

E, W, M = Level.ERROR, Level.WARNING, Level.MISSING
CASES: list[tuple[dict[str, str], str, Level, str]] = [
    ({"n1-so_lieu-0-so_cuoc_long_ghep": "13"}, "n1-so_lieu-0-so_cuoc_long_ghep", E, "(1.2) lớn hơn số cuộc"),
    ({"n1-so_lieu-0-luot_can_bo": "641"}, "n1-so_lieu-0-luot_can_bo", E, "(1.4) lớn hơn tổng"),
    ({"n1-so_lieu-0-luot_nhan_dan": "641"}, "n1-so_lieu-0-luot_nhan_dan", E, "(1.5) lớn hơn tổng"),
    ({"n1-so_lieu-0-phat_tieng_khmer": "1241"}, "n1-so_lieu-0-phat_tieng_khmer", E, "(1.8) lớn hơn số lượt"),
    ({"n1-linh_vuc-0-lv_an_sinh": ""}, "n1-linh_vuc-0-lv_an_sinh", M, "ít nhất một lĩnh vực (1.10)"),
    ({"n1-linh_vuc-0-lv_an_sinh": "13"}, "n1-linh_vuc-0-lv_an_sinh", E, "một lĩnh vực (1.10) lớn hơn"),
    ({"n1-linh_vuc-0-lv_khac": "1"}, "n1-linh_vuc-0-lv_khac_ten", M, "Nhập “Tên lĩnh vực khác”."),
    ({"n2-hinh_thuc-0-ht_mit_tinh": "3"}, "n2-hinh_thuc-0-ht_mit_tinh", E, "(2.3) lớn hơn số hoạt động"),
    ({"n2-hinh_thuc-0-ht_khac": "1"}, "n2-hinh_thuc-0-ht_khac_ten", M, "Nhập “Tên hình thức khác”."),
    ({"n2-kenh-0-tin_kenh_khac": "1"}, "n2-kenh-0-kenh_khac_ten", M, "Nhập “Tên kênh khác”."),
    ({"n2-ket_qua-0-cach_lam": "Xem facebook.com/ai"}, "n2-ket_qua-0-cach_lam", E, "Bỏ đường dẫn"),
    ({"n2-tinh_trang-0-giai_trinh": "Hỏi @ai"}, "n2-tinh_trang-0-giai_trinh", E, "Bỏ đường dẫn"),
    ({"n3-khau_hieu-kh1-dia_diem": ""}, "n3-khau_hieu-kh1-dia_diem", M, "KH1: Nhập “Địa điểm treo”."),
    ({"n3-khau_hieu-kh2-tu_ngay": ""}, "n3-khau_hieu-kh2-tu_ngay", M, "KH2: Nhập “Treo từ ngày”."),
    ({"n3-khau_hieu-kh3-ghi_chu": ""}, "n3-khau_hieu-kh3-ghi_chu", M, "KH3: Nhập “Ghi chú"),
    ({"n3-khau_hieu-kh1-den_ngay": "29/11/2023"}, "n3-khau_hieu-kh1-den_ngay", E, "KH1: Ngày kết thúc treo"),
    ({"n5-ky_bao_cao-0-so_lieu_tu": "21/12/2023"}, "n5-ky_bao_cao-0-so_lieu_tu", E, "ở sau ngày hôm nay"),
    ({"n5-ky_bao_cao-0-so_lieu_den": "7/11/2023"}, "n5-ky_bao_cao-0-so_lieu_den", E, "ở trước ngày bắt đầu"),
    ({"n5-danh_gia-0-khong_van_ban": ""}, "n5-danh_gia-0-khong_van_ban", M, "Thêm ít nhất một văn bản"),
    ({"n5-danh_gia-0-kho_khan": "Thiếu kinh phí"}, "n5-danh_gia-0-nguyen_nhan", M, "Nhập “Nguyên nhân”."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "name", "level", "words"), CASES)
def test_a_fault_over_several_fields_is_found(change: dict[str, str], name: str, level: Level, words: str) -> None:
    found = [
        fault.level for fault in check(complete() | change) if fault.address.name == name and words in fault.message
    ]
    assert found == [level]


def test_attendance_needs_a_session() -> None:
    found = check(complete(n1__so_lieu__0__so_cuoc="0", n1__linh_vuc__0__lv_an_sinh=""))
    assert [(fault.address.field, fault.level) for fault in found] == [("so_luot_nguoi", E)]


def test_parts_must_make_the_total_when_both_are_there() -> None:
    one = {"n1-so_lieu-0-luot_can_bo": "40"}
    assert told(check(complete() | one)) == []
    assert told(check(complete() | one | {"n1-so_lieu-0-luot_nhan_dan": "600"})) == []
    found = check(complete() | one | {"n1-so_lieu-0-luot_nhan_dan": "599"})
    assert [fault.address.field for fault in found] == ["luot_can_bo"]
    assert "phải bằng tổng số lượt người (1.3)" in found[0].message


@pytest.mark.parametrize("words", ["Không", "không.", "Không có", "KHÔNG CÓ KHÓ KHĂN", "Không có khó khăn, vướng mắc."])
def test_no_difficulty_has_no_cause(words: str) -> None:
    assert told(check(complete(n5__danh_gia__0__kho_khan=words))) == []


def test_the_official_copy_has_number_date_and_signer() -> None:
    official = {"n5-ky_ten-0-ban_chinh_thuc": "1"}
    wanted = {"so_bao_cao", "ngay_ky", "nguoi_ky_chuc_vu", "nguoi_ky"}
    assert {fault.address.field for fault in check(complete() | official)} == wanted
    signed = {
        "n5-ky_ten-0-so_bao_cao": "05/BC-UBND", "n5-ky_ten-0-ngay_ky": "20/12/2023",
        "n5-ky_ten-0-nguoi_ky_chuc_vu": "Chủ tịch", "n5-ky_ten-0-nguoi_ky": "Trần Văn B",
    }  # fmt: skip
    assert told(check(complete() | official | signed)) == []
    found = check(complete() | official | signed | {"n5-ky_ten-0-ngay_ky": "21/12/2023"})
    assert [(fault.address.field, fault.level) for fault in found] == [("ngay_ky", E)]


def test_a_document_or_the_tick_but_not_both() -> None:
    document = {
        "n5-van_ban-r1-loai": "ke_hoach", "n5-van_ban-r1-so_ky_hieu": "12/KH-UBND",
        "n5-van_ban-r1-ngay": "15/11/2023", "n5-van_ban-r1-trich_yeu": "Kế hoạch tuyên truyền",
    }  # fmt: skip
    assert told(check(complete() | document | {"n5-danh_gia-0-khong_van_ban": ""})) == []
    found = check(complete() | document)
    assert [(fault.address.field, fault.level) for fault in found] == [("khong_van_ban", E)]
    assert "Bỏ đánh dấu hoặc xóa các văn bản" in found[0].message


def test_a_row_that_was_added_is_asked_for_by_its_number() -> None:
    rows = {"n1-chi_tiet-r1-ngay": "1/12/2023", "n1-chi_tiet-r1-hinh_thuc": "Họp", "n1-chi_tiet-r1-noi_dung": "Quyền"}
    rows |= {"n1-chi_tiet-r2-ngay": "", "n1-chi_tiet-r2-dia_diem": "Trụ sở"}
    assert told(check(complete() | rows)) == [
        ("n1-chi_tiet-r2-ngay", "missing", "Cuộc 2: Nhập “Ngày”."),
        ("n1-chi_tiet-r2-hinh_thuc", "missing", "Cuộc 2: Nhập “Hình thức”."),
        ("n1-chi_tiet-r2-noi_dung", "missing", "Cuộc 2: Nhập “Nội dung”."),
    ]
    future = {"n1-chi_tiet-r1-ngay": "21/12/2023"}
    assert ("n1-chi_tiet-r1-ngay", "error") in [part[:2] for part in told(check(complete() | rows | future))]


# --- Warnings ----------------------------------------------------------------------------------------------------

WARNINGS = [
    ({"n1-so_lieu-0-so_luot_nguoi": "3.601"}, "n1", "Bình quân trên 300 lượt người"),
    ({"n2-so_lieu-0-so_luot_tham_gia": "601"}, "n2", "Bình quân trên 300 lượt người"),
    ({"n3-khau_hieu-kh1-tu_ngay": "29/11/2023"}, "n3", "KH1: Thời gian treo ở ngoài khoảng"),
    ({"n3-khau_hieu-kh1-den_ngay": "31/12/2023"}, "n3", "KH1: Thời gian treo ở ngoài khoảng"),
    ({"n5-ky_bao_cao-0-so_lieu_den": "22/12/2023"}, "n5", "kết thúc ở sau ngày hôm nay"),
    ({"n5-ky_bao_cao-0-so_lieu_tu": "8/11/2013"}, "n5", "ở trước năm ban hành công văn"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "item", "words"), WARNINGS)
def test_a_warning_passes_with_an_explanation_and_only_so(change: dict[str, str], item: str, words: str) -> None:
    explanation = f"{item}-tinh_trang-0-giai_trinh"
    warning, wanted = check(complete() | change)
    assert (warning.level, warning.blocks, warning.item.key) == (W, False, item)
    assert words in warning.message
    assert (wanted.address.name, wanted.level, wanted.blocks) == (explanation, M, True)
    assert [fault.level for fault in check(complete() | change | {explanation: "Đã kiểm tra, số liệu đúng."})] == [W]
    assert len(check(complete() | change | {explanation: " \n "})) == 2


def test_three_hundred_a_session_and_a_hanging_banner_are_normal() -> None:
    assert told(check(complete(n1__so_lieu__0__so_luot_nguoi="3.600"))) == []
    assert told(check(complete(n3__khau_hieu__kh1__den_ngay="30/12/2023"))) == []


# --- Single values -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("n1-so_lieu-0-so_cuoc", "nhiều", "“Số cuộc tuyên truyền” đang là “nhiều”. "
         "Ghi bằng số nguyên từ 0 đến 100.000, ví dụ 1.234."),
        ("n1-so_lieu-0-tai_lieu", "-3", "“Tài liệu phát hành: tờ rơi, tờ gấp, đề cương” đang là “-3”. "
         "Ghi bằng số nguyên từ 0 đến 10.000.000, ví dụ 1.234."),
        ("n1-so_lieu-0-tai_lieu", "9" * 50, f"“Tài liệu phát hành: tờ rơi, tờ gấp, đề cương” đang là “{'9' * 40}…”. "
         "Ghi bằng số nguyên từ 0 đến 10.000.000, ví dụ 1.234."),
        ("n1-so_lieu-0-tai_lieu", "10.000.001", "“Tài liệu phát hành: tờ rơi, tờ gấp, đề cương” đang là 10.000.001. "
         "Ghi số từ 0 đến 10.000.000."),
        ("n5-ky_bao_cao-0-so_lieu_tu", "31/2/2023", "“Số liệu tính từ ngày” đang là “31/2/2023”. "
         "Ghi ngày có thật theo mẫu ngày/tháng/năm, ví dụ 30/11/2023."),
        ("n5-ky_ten-0-nguoi_lap", "x" * 112, "“Người lập báo cáo: họ và tên” dài 112 ký tự, thừa 12. "
         "Rút còn nhiều nhất 100 ký tự."),
        ("n5-danh_gia-0-danh_gia_chung", "ệ" * 11_234, "“Đánh giá chung; kết quả nổi bật” dài 11.234 ký tự, "
         "thừa 1.234. Rút còn nhiều nhất 10.000 ký tự."),
        ("n1-tinh_trang-0-trang_thai", "xong", "“Tình trạng thực hiện” đang là “xong”. Chọn lại trong danh sách."),
    ],
)  # fmt: skip
def test_an_unusable_value_is_told_with_what_to_do(name: str, text: str, message: str) -> None:
    assert (name, "error", message) in told(check(complete() | {name: text}))


def test_values_at_their_limits_pass() -> None:
    edge = {"n1-so_lieu-0-tai_lieu": "10.000.000", "n5-ky_ten-0-nguoi_lap": "ệ" * 100}
    assert told(check(complete() | edge)) == []


# --- "Không có hoạt động", "Không thuộc trách nhiệm" -------------------------------------------------------------

STATE = "-tinh_trang-0-trang_thai"
REASON = "-tinh_trang-0-ly_do"


def without(item: str) -> dict[str, str]:
    return {name: text for name, text in complete().items() if not name.startswith(f"{item}-")}


@pytest.mark.parametrize("item", ["n1", "n2", "n3"])
def test_nothing_done_is_said_with_a_reason(item: str) -> None:
    said = without(item) | {item + STATE: "khong"}
    assert told(check(said)) == [(item + REASON, "missing", "Nhập “Lý do không có hoạt động”.")]
    assert told(check(said | {item + REASON: "Đơn vị mới thành lập"})) == []


def test_a_reason_in_item_2_names_nobody() -> None:
    said = without("n2") | {"n2" + STATE: "khong", "n2" + REASON: "Trang bị @ai chiếm"}
    assert [part[:2] for part in told(check(said))] == [("n2" + REASON, "error")]


def test_nothing_done_beside_figures_is_a_fault() -> None:
    said = complete() | {"n1" + STATE: "khong", "n1" + REASON: "Không có kinh phí"}
    said |= {"n1-so_lieu-0-so_cuoc_long_ghep": "99"}  # what is wrong among them no longer matters
    message = "Đã chọn “Không có hoạt động” nhưng vẫn còn số liệu. Xóa số liệu hoặc chọn lại “Có hoạt động”."
    assert told(check(said)) == [("n1" + STATE, "error", message)]


def test_who_is_asked_cannot_say_that_it_is_not_theirs() -> None:
    said = without("n4") | {"n4" + STATE: "khong_thuoc"}
    assert [part[:2] for part in told(check(said, CULTURE))] == [("n4" + STATE, "error")]
    assert told(check(said, OFFICE)) == []


def test_something_done_must_be_shown() -> None:
    found = told(check(complete() | {"n4" + STATE: "co"}, OFFICE))
    assert found == [
        ("n4" + STATE, "missing", "Đã chọn “Có hoạt động” nhưng chưa có số liệu. Nhập số liệu hoặc chọn lại.")
    ]


def test_a_state_that_an_item_does_not_offer_is_a_fault_and_nothing_worse() -> None:
    found = check(complete() | {"n1" + STATE: "khong_thuoc"})
    assert [part[:2] for part in told(found)] == [("n1" + STATE, "error")]


@pytest.mark.parametrize(
    ("who", "texts", "standing"),
    [
        (OFFICE, {}, NOT_OURS),
        (CULTURE, {}, DONE),
        (OFFICE, {"n4-so_lieu-0-so_tin": "0"}, DONE),
        (OFFICE, {"n4-danh_muc-r1-ngay": ""}, DONE),
        (OFFICE, {"n4" + STATE: "co"}, DONE),
        (OFFICE, {"n4" + STATE: "khong"}, NONE),
        (CULTURE, {"n4" + STATE: "khong_thuoc"}, NOT_OURS),
        (OFFICE, {"n4" + STATE: "xong"}, NOT_OURS),
        (OFFICE, {"n4-tinh_trang-0-giai_trinh": "x"}, NOT_OURS),
    ],
)
def test_standing_is_what_is_said_or_what_follows(who: Respondent, texts: dict[str, str], standing: str) -> None:
    assert typed(texts).standing(DIRECTIVE.by_key["n4"], who) == standing


# --- Progress and totals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "who", "texts", "progress"),
    [
        ("n1", WARD, {}, Progress.NOT_STARTED),
        ("n1", WARD, {"n1-so_lieu-0-so_cuoc": "1"}, Progress.STARTED),
        ("n1", WARD, {"n1-so_lieu-0-so_cuoc": "nhiều"}, Progress.FAULTY),
        ("n1", WARD, {"n1" + STATE: "co"}, Progress.STARTED),
        ("n1", WARD, {"n1" + STATE: "khong"}, Progress.STARTED),
        ("n1", WARD, {"n1" + STATE: "khong", "n1" + REASON: "Mới lập"}, Progress.DONE),
        ("n1", WARD, complete_answers(), Progress.DONE),
        ("n3", WARD, complete_answers() | {"n3-khau_hieu-kh1-den_ngay": "31/12/2023"}, Progress.STARTED),
        ("n3", WARD, complete_answers() | {"n3-khau_hieu-kh1-den_ngay": "31/12/2023",
                                           "n3-tinh_trang-0-giai_trinh": "Treo thêm một ngày"}, Progress.DONE),
        ("n4", OFFICE, {}, Progress.DONE),
        ("n4", CULTURE, {}, Progress.NOT_STARTED),
        ("n5", WARD, {}, Progress.NOT_STARTED),
        ("n5", WARD, complete_answers(), Progress.DONE),
    ],
)  # fmt: skip
def test_progress_in_the_side_list(item: str, who: Respondent, texts: dict[str, str], progress: Progress) -> None:
    definition, answers = DIRECTIVE.by_key[item], typed(texts)
    faults = check_item(DIRECTIVE, definition, answers, who, TODAY)
    assert item_progress(definition, answers, who, faults) is progress


def test_totals_add_up_rows_and_leave_out_what_is_no_number() -> None:
    texts = {
        "n3-khau_hieu-kh1-bang_ron": "4", "n3-khau_hieu-kh2-bang_ron": "1.000", "n3-khau_hieu-khac-bang_ron": "2",
        "n3-khau_hieu-kh3-bang_ron": "nhiều", "n3-khau_hieu-kh4-pa_no": "0",
    }  # fmt: skip
    totals = item_totals(DIRECTIVE.by_key["n3"], typed(texts), WARD)
    # Three rows have banners, but "Nội dung khác" is none of the eight; nobody filled in posters.
    assert totals == {"n3.bang_ron": 1006, "n3.pa_no": 0, "n3.khau_hieu.rows": 2}
    said = texts | {"n3" + STATE: "khong"}
    assert item_totals(DIRECTIVE.by_key["n3"], typed(said), WARD) == {}


def test_detail_rows_are_told_but_not_added() -> None:
    texts = {"n1-so_lieu-0-so_cuoc": "0", "n1-chi_tiet-r1-luot_nguoi": "50", "n1-chi_tiet-r2-luot_nguoi": "60"}
    assert item_totals(DIRECTIVE.by_key["n1"], typed(texts), WARD) == {"n1.so_cuoc": 0, "n1.chi_tiet.rows": 2}


# --- Anything at all ---------------------------------------------------------------------------------------------

ADDRESSES = [
    Address(item.key, block.key, row, each.key)
    for item in DIRECTIVE.items
    for block in item.blocks
    for row in ([row.key for row in block.rows] or (["r1", "r2"] if block.kind is BlockKind.TABLE else ["0"]))
    for each in block.fields
]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 2**70), st.text(max_size=8),
    st.sampled_from([0, 1, 301, "2023-12-01", "2022-01-01", "2031-01-01", "co", "khong", "khong_thuoc", "khac"]),
    st.just("x" * 20_000),
)  # fmt: skip
DRAFTS = st.dictionaries(st.sampled_from(ADDRESSES), VALUES, max_size=60)
WHO = st.builds(Respondent, st.sampled_from([*DIRECTIVE.groups, ""]), st.sampled_from([frozenset(), frozenset({"n4"})]))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(DRAFTS, WHO, st.dates())
def test_no_draft_breaks_the_check_and_every_fault_helps(
    draft: dict[Address, Stored], who: Respondent, today: date
) -> None:
    answers = stored(draft)
    order = []
    for item in DIRECTIVE.items:
        faults = check_item(DIRECTIVE, item, answers, who, today)
        assert item_progress(item, answers, who, faults) in Progress
        assert all(type(total) is int for total in item_totals(item, answers, who).values())
        order += faults
    assert check_report(DIRECTIVE, answers, who, today) == order
    for fault in order:
        field_at(DIRECTIVE, fault.address)  # it can be gone to
        assert not BANNED.search(re.sub(r"“.*?”", "", fault.message)), fault.message
        assert len(fault.message) < 400
        assert fault.message.endswith(".")


@given(st.dictionaries(st.sampled_from(ADDRESSES), st.text(max_size=30), max_size=30))
def test_whatever_is_typed_can_be_checked(texts: dict[Address, str]) -> None:
    answers = stored({address: read(field_at(DIRECTIVE, address), text) for address, text in texts.items()})
    touched = {address.item for address in texts}
    faults = check_report(DIRECTIVE, answers, WARD, TODAY)
    # Nothing but a whole report passes, and a few stray texts are no report.
    assert {fault.item.key for fault in faults if fault.blocks} >= {"n1", "n2", "n3", "n5"} - touched
