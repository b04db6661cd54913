"""The definition of Công văn 217/CATX: every indicator, rule and check that it needs, pinned one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from people import DIRECTIVE

from nhanquyen.directive import (
    BUILT_IN,
    Block,
    Check,
    Counted,
    Field,
    Item,
    Kind,
    Rule,
    load_directive,
    parse_directive,
)
from nhanquyen.text import clean

# One line an indicator, in the order of the form: key · code · kind · unit of measure · required when · label.
# A block stands before its fields; a line that begins with blanks goes on with the one before.
INDICATORS = """
[n1.so_lieu] figures
so_cuoc · 1.1 · count · cuộc · always · Số cuộc tuyên truyền
so_cuoc_long_ghep · 1.2 · count · cuộc · never · Trong đó: số cuộc lồng ghép
so_luot_nguoi · 1.3 · count · lượt người · always · Số lượt người tham dự
luot_can_bo · 1.4 · count · lượt người · never · Trong đó: cán bộ, công chức, viên chức, người lao động
luot_nhan_dan · 1.5 · count · lượt người · never · Trong đó: Nhân dân
so_luot_phat_thanh · 1.6 · count · lượt · group XP · Số lượt phát thanh (đài, loa truyền thanh)
thoi_luong_phat · 1.7 · count · phút · never · Tổng thời lượng phát thanh
phat_tieng_khmer · 1.8 · count · lượt · never · Trong đó: số lượt phát bằng tiếng Khmer
tai_lieu · 1.9 · count · bản · never · Tài liệu phát hành: tờ rơi, tờ gấp, đề cương
[n1.linh_vuc] figures
lv_an_sinh · 1.10a · count · cuộc · never · An sinh xã hội, giảm nghèo
lv_ton_giao · 1.10b · count · cuộc · never · Tự do tín ngưỡng, tôn giáo
lv_de_ton_thuong · 1.10c · count · cuộc · never · Quyền của nhóm dễ bị tổn thương
lv_mua_ban_nguoi · 1.10d · count · cuộc · never · Phòng, chống mua bán người
lv_khac · 1.10đ · count · cuộc · never · Lĩnh vực khác
lv_khac_ten · - · text · - · positive lv_khac · Tên lĩnh vực khác
[n1.chi_tiet] table evidence
ngay · - · date · - · always · Ngày
hinh_thuc · - · text · - · always · Hình thức
noi_dung · - · text · - · always · Nội dung
dia_diem · - · text · - · never · Địa điểm
luot_nguoi · - · count · lượt người · never · Số lượt người
long_ghep · - · tick · - · never · Lồng ghép
[n1.ket_qua] narrative
cach_lam · 1.11 · paragraph · - · never · Hình thức, cách làm; kết quả nổi bật
[n2.so_lieu] figures
so_hoat_dong · 2.1 · count · hoạt động · always · Số hoạt động hưởng ứng đã tổ chức
so_luot_tham_gia · 2.2 · count · lượt người · always · Số lượt người tham gia
[n2.hinh_thuc] figures
ht_mit_tinh · 2.3a · count · hoạt động · never · Mít tinh
ht_hoi_nghi · 2.3b · count · hoạt động · never · Hội nghị, tọa đàm
ht_sinh_hoat · 2.3c · count · hoạt động · never · Sinh hoạt chuyên đề
ht_hoi_thi · 2.3d · count · hoạt động · never · Hội thi, cuộc thi tìm hiểu
ht_van_nghe · 2.3đ · count · hoạt động · never · Văn nghệ, thể thao
ht_xe_loa · 2.3e · count · hoạt động · never · Xe loa tuyên truyền lưu động
ht_khac · 2.3g · count · hoạt động · never · Hình thức khác
ht_khac_ten · - · text · - · positive ht_khac · Tên hình thức khác
[n2.kenh] figures
tin_cong_ttdt · 2.4 · count · tin, bài · always · Số tin, bài đăng trên Cổng/Trang thông tin điện tử
tin_fanpage · 2.5 · count · tin, bài · always · Số tin, bài đăng trên trang Fanpage
tin_zalo · 2.6 · count · tin, bài · always · Số tin, bài đăng trên Zalo (Zalo OA, nhóm Zalo của đơn vị)
tin_kenh_khac · 2.7 · count · tin, bài · never · Số tin, bài đăng trên kênh khác của đơn vị (YouTube, TikTok…)
kenh_khac_ten · - · text · - · positive tin_kenh_khac · Tên kênh khác
luot_chia_se · 2.8 · count · lượt · never · Số lượt chia sẻ tin, bài chính thống
luot_tiep_can · 2.9 · count · lượt · never · Tổng số lượt tiếp cận (lượt xem)
luot_tuong_tac · 2.10 · count · lượt · never · Tổng số lượt tương tác
dia_chi_trang · 2.11 · text · - · never · Địa chỉ trang chính thức của đơn vị
[n2.phan_bac] figures
tin_phan_bac · 2.12 · count · tin, bài · always · Số tin, bài phản bác thông tin xấu, sai lệch do đơn vị đăng trên
    trang của đơn vị
chia_se_phan_bac · 2.13 · count · lượt · never · Số lượt đơn vị chia sẻ tin, bài phản bác của cơ quan báo chí, cơ
    quan nhà nước
binh_luan_phan_bac · 2.14 · count · bình luận · never · Số bình luận phản bác do đơn vị đăng
[n2.ket_qua] narrative
cach_lam · 2.15 · paragraph · - · never · Kết quả nổi bật, cách làm
[n3.khau_hieu] matrix evidence
bang_ron · 3.1 · count · tấm · never · Băng rôn
pa_no · 3.2 · count · tấm · never · Pa nô
ap_phich · 3.3 · count · tờ · never · Áp phích
hinh_thuc_khac · 3.4 · count · điểm · never · Hình thức khác: bảng điện tử, màn hình LED
dia_diem · 3.5 · text · - · positive bang_ron pa_no ap_phich hinh_thuc_khac · Địa điểm treo
tu_ngay · 3.6 · date · - · positive bang_ron pa_no ap_phich hinh_thuc_khac · Treo từ ngày
den_ngay · 3.6 · date · - · positive bang_ron pa_no ap_phich hinh_thuc_khac · Đến ngày
ghi_chu · 3.9 · text · - · prescribed_zero bang_ron pa_no ap_phich hinh_thuc_khac · Ghi chú; lý do chưa thực hiện
[n4.so_lieu] figures
so_phong_su · 4.1 · count · phóng sự · asked · Số phóng sự
so_tin · 4.2 · count · tin · asked · Số tin
so_bai · 4.3 · count · bài · asked · Số bài viết
so_chuyen_muc · 4.4 · count · kỳ · asked · Số chuyên mục, chuyên trang
luot_phat_song · 4.5 · count · lượt · asked · Số lượt phát sóng, phát thanh
tong_thoi_luong · 4.6 · count · phút · asked · Tổng thời lượng
thoi_luong_tang · 4.7 · count · phút · never · Thời lượng tăng thêm so với trước đợt tuyên truyền
cong_tac · 4.8 · count · tin, bài · never · Số tin, bài, phóng sự cộng tác được báo, đài cấp trên đăng, phát
[n4.linh_vuc] figures
lv_dan_su · 4.9a · count · tin, bài · asked · Dân sự
lv_chinh_tri · 4.9b · count · tin, bài · asked · Chính trị
lv_kinh_te · 4.9c · count · tin, bài · asked · Kinh tế
lv_van_hoa · 4.9d · count · tin, bài · asked · Văn hóa
lv_xa_hoi · 4.9đ · count · tin, bài · asked · Xã hội
[n4.trong_tam] figures
tt_ngon_luan · 4.10a · count · tin, bài · never · Tự do ngôn luận
tt_bao_chi · 4.10b · count · tin, bài · never · Tự do báo chí
tt_an_ninh_mang · 4.10c · count · tin, bài · never · An ninh mạng
tt_ton_giao · 4.10d · count · tin, bài · never · Chính sách tôn giáo
tt_dan_toc · 4.10đ · count · tin, bài · never · Chính sách dân tộc
[n4.danh_muc] table evidence
the_loai · - · choice · - · always · Thể loại
tieu_de · - · text · - · always · Tiêu đề
linh_vuc · - · choice · - · never · Lĩnh vực
noi_dang · - · text · - · never · Nơi đăng, phát
ngay · - · date · - · always · Ngày
thoi_luong · - · count · phút · never · Thời lượng
[n5.ky_bao_cao] figures
so_lieu_tu · C3 · date · - · always · Số liệu tính từ ngày
so_lieu_den · C3 · date · - · always · Số liệu tính đến ngày
[n5.van_ban] table evidence
loai · - · choice · - · always · Loại
so_ky_hieu · - · text · - · always · Số, ký hiệu
ngay · - · date · - · always · Ngày ban hành
trich_yeu · - · text · - · always · Trích yếu
[n5.danh_gia] narrative
khong_van_ban · - · tick · - · never · Không ban hành văn bản riêng
hinh_thuc_khac · 5.2 · paragraph · - · never · Hình thức triển khai khác (họp, giao ban, quán triệt)
danh_gia_chung · 5.3 · paragraph · - · always · Đánh giá chung; kết quả nổi bật
kho_khan · 5.4 · paragraph · - · always · Khó khăn, vướng mắc; tồn tại, hạn chế
nguyen_nhan · 5.5 · paragraph · - · unlike kho_khan Không | Không có | Không có gì | Không có khó khăn | Không có
    khó khăn, vướng mắc · Nguyên nhân
kien_nghi · 5.6 · paragraph · - · always · Kiến nghị, đề xuất
phuong_huong · 5.7 · paragraph · - · never · Phương hướng, nhiệm vụ thời gian tới
[n5.ky_ten] figures
nguoi_lap · C6 · text · - · always · Người lập báo cáo: họ và tên
nguoi_lap_chuc_vu · C6 · text · - · always · Người lập báo cáo: chức vụ
nguoi_lap_dien_thoai · C6 · text · - · never · Điện thoại cơ quan
ban_chinh_thuc · - · tick · - · never · Đây là bản chính thức, đã có số và người ký
so_bao_cao · C4 · text · - · yes ban_chinh_thuc · Số, ký hiệu báo cáo của đơn vị
ngay_ky · C4 · date · - · yes ban_chinh_thuc · Ngày ký
nguoi_ky_chuc_vu · C5 · text · - · yes ban_chinh_thuc · Người ký: chức vụ
nguoi_ky · C5 · text · - · yes ban_chinh_thuc · Người ký: họ và tên
"""

SLOGANS = {
    "kh1": "Chào mừng Kỷ niệm 75 năm Ngày Nhân quyền Thế giới (10/12/1948 – 10/12/2023)",
    "kh2": "Việt Nam tích cực, chủ động với vai trò thành viên Hội đồng Nhân quyền Liên Hợp quốc",
    "kh3": "Việt Nam cam kết đóng góp vào các nỗ lực chung của thế giới nhằm thúc đẩy và bảo vệ quyền con người",
    "kh4": "Việt Nam ưu tiên thực hiện các cam kết quốc tế về quyền con người",
    "kh5": "Việt Nam luôn bảo đảm quyền tự do tín ngưỡng, tôn giáo",
    "kh6": "Việt Nam bảo đảm quyền của người dân tộc thiểu số",
    "kh7": "Việt Nam nỗ lực phòng, chống mua bán người",
    "kh8": "Việt Nam nỗ lực thực hiện Công ước Chống tra tấn",
}

# Item or block · check · the fields it looks at (the total, the later date … in the order that the check wants) · rest.
CHECKS = """
n1 · not_above · so_cuoc_long_ghep so_cuoc
n1 · needs · so_luot_nguoi so_cuoc
n1 · parts_make_total · so_luot_nguoi luot_can_bo luot_nhan_dan
n1 · not_above · luot_can_bo so_luot_nguoi
n1 · not_above · luot_nhan_dan so_luot_nguoi
n1 · not_above · phat_tieng_khmer so_luot_phat_thanh
n1 · some_positive · lv_an_sinh lv_ton_giao lv_de_ton_thuong lv_mua_ban_nguoi lv_khac · when so_cuoc
n1 · not_above · lv_an_sinh lv_ton_giao lv_de_ton_thuong lv_mua_ban_nguoi lv_khac so_cuoc
n1 · ratio_above · so_luot_nguoi so_cuoc · limit 300 · warning
n1.chi_tiet · not_future · ngay
n1.chi_tiet · not_before_year · ngay · warning
n2 · needs · so_luot_tham_gia so_hoat_dong
n2 · ratio_above · so_luot_tham_gia so_hoat_dong · limit 300 · warning
n2 · not_above · ht_mit_tinh ht_hoi_nghi ht_sinh_hoat ht_hoi_thi ht_van_nghe ht_xe_loa ht_khac so_hoat_dong
n2 · no_links · cach_lam ht_khac_ten kenh_khac_ten
n2 · no_links · ly_do giai_trinh
n3.khau_hieu · in_order · tu_ngay den_ngay
n3.khau_hieu · in_window · tu_ngay den_ngay · warning
n4.danh_muc · not_future · ngay
n4.danh_muc · not_before_year · ngay · warning
n5 · rows_or_tick · khong_van_ban · block van_ban
n5 · no_rows_with_tick · khong_van_ban · block van_ban
n5 · in_order · so_lieu_tu so_lieu_den
n5 · not_future · so_lieu_tu
n5 · not_future · so_lieu_den · warning
n5 · not_before_year · so_lieu_tu so_lieu_den · warning
n5 · not_future · ngay_ky
n5 · not_before_year · ngay_ky · warning
n5.van_ban · not_future · ngay
n5.van_ban · not_before_year · ngay · warning
"""


def everything() -> Iterator[tuple[Item, Block, Field]]:
    for item in DIRECTIVE.items:
        for block in item.blocks:
            for each in block.fields:
                yield item, block, each


def checks() -> Iterator[tuple[str, Check]]:
    for item in DIRECTIVE.items:
        yield from ((item.key, check) for check in item.checks)
        for block in item.blocks:
            yield from ((f"{item.key}.{block.key}", check) for check in block.checks)


def told(field: Field) -> str:
    required = " ".join((field.required.name, *field.required.args))
    return " · ".join((field.key, field.code or "-", field.kind, field.unit or "-", required, field.label))


def test_every_indicator_is_there_as_the_dispatch_and_the_notes_to_it_want() -> None:
    found = []
    for item in DIRECTIVE.items:
        for block in item.answered_blocks:
            found.append(f"[{item.key}.{block.key}] {block.kind}{' evidence' if block.evidence else ''}")
            found += [told(each) for each in block.fields]
    assert found == re.sub(r"\n +", " ", INDICATORS).strip().splitlines()


def test_no_code_of_the_five_items_is_missing() -> None:
    codes = {re.sub(r"[a-zđ]+\Z", "", each.code) for _, _, each in everything()} - {""}
    titles = " ".join(block.title for _, block, _ in everything())
    codes |= set(re.findall(r"\((\d\.\d+)\)", titles))
    expected = {f"1.{n}" for n in range(1, 13)} | {f"2.{n}" for n in range(1, 16)} | {f"4.{n}" for n in range(1, 12)}
    expected |= {f"3.{n}" for n in (1, 2, 3, 4, 5, 6, 9)}  # 3.7 is computed, 3.8 is evidence
    expected |= {f"5.{n}" for n in range(1, 8)} | {
        "C3",
        "C4",
        "C5",
        "C6",
    }  # C1 and C2 from account and round, C7 a file
    assert codes == expected


def test_the_slogans_are_the_prescribed_ones_letter_for_letter() -> None:
    rows = DIRECTIVE.block("n3", "khau_hieu").rows
    assert {row.key: row.label for row in rows if row.code} == SLOGANS
    assert [row.code for row in rows] == [*(f"KH{n}" for n in range(1, 9)), ""]
    assert (rows[-1].key, rows[-1].label) == ("khac", "Nội dung khác")


def test_every_check_is_there() -> None:
    found = []
    for place, check in checks():
        words = [place, check.name, " ".join(check.fields)]
        words += [f"{name} {value}" for name in ("when", "block", "limit") if (value := getattr(check, name))]
        found.append(" · ".join(words + ["warning"] * check.warning))
    assert sorted(found) == sorted(CHECKS.strip().splitlines())


def test_numbers_dates_and_chain_are_those_of_the_dispatch() -> None:
    assert (DIRECTIVE.key, DIRECTIVE.number, DIRECTIVE.issued_on) == ("217-catx-2023", "217/CATX", date(2023, 11, 8))
    assert DIRECTIVE.deadline == date(2023, 12, 22)
    assert (DIRECTIVE.window_from, DIRECTIVE.window_to) == (date(2023, 11, 30), date(2023, 12, 30))
    assert [(each.kind, each.number, each.issued_on) for each in DIRECTIVE.chain] == [
        ("Kế hoạch", "68/KH-BCĐ", date(2023, 10, 30)),
        ("Công văn", "360/VP-NC", date(2023, 11, 1)),
        ("Công văn", "217/CATX", date(2023, 11, 8)),
    ]
    assert DIRECTIVE.addressees == (
        "Thủ trưởng các phòng, ban, ngành thị xã",
        "Chủ tịch Ủy ban nhân dân các xã, phường",
    )
    assert DIRECTIVE.issuer == "Công an thị xã Duyên Hải"
    assert DIRECTIVE.receiver == "Đội Tổng hợp - Công an thị xã"


def test_groups_parts_superiors_and_signing() -> None:
    assert list(DIRECTIVE.groups) == ["PCM", "BN", "XP", "DT"]
    assert [tuple(part) for part in DIRECTIVE.group_parts] == [
        ("A", "Phòng, ban, ngành", ("PCM", "BN", "DT")),
        ("B", "Xã, phường", ("XP",)),
    ]
    assert DIRECTIVE.superiors == {"PCM": "UBND thị xã Duyên Hải"}
    signing = DIRECTIVE.signing
    assert (signing.number, signing.signed_on) == ("n5.so_bao_cao", "n5.ngay_ky")
    assert (signing.position, signing.signer) == ("n5.nguoi_ky_chuc_vu", "n5.nguoi_ky")


def test_the_consolidated_report_knows_whom_it_goes_to_and_where_its_parts_come_from() -> None:
    told = DIRECTIVE.consolidated
    assert (told.superior, told.symbol) == ("Công an tỉnh Trà Vinh", "BC-CATX")
    assert told.addressees == ("Ủy ban nhân dân thị xã Duyên Hải",)
    assert told.copies == ("Như trên", "Lưu: VT, CATX (TH)")
    assert told.documents == "n5.van_ban"
    assert told.texts == (
        "n5.hinh_thuc_khac", "n5.danh_gia_chung", "n5.kho_khan", "n5.nguyen_nhan", "n5.phuong_huong", "n5.kien_nghi",
    )  # fmt: skip
    paragraphs = {
        f"{item.key}.{each.key}"
        for item in DIRECTIVE.items
        for block in item.answered_blocks
        for each in block.fields
        if each.kind is Kind.PARAGRAPH
    }
    assert paragraphs - set(told.texts) == {"n1.cach_lam", "n2.cach_lam"}  # told with their items


def test_the_letter_that_reminds_has_a_symbol_of_its_own() -> None:
    told = DIRECTIVE.reminder
    assert (told.symbol, told.copies) == ("CATX-TH", ("Như trên", "Lưu: VT, CATX (TH)"))


def test_what_the_rule_about_causes_takes_for_nothing_is_nothing_in_the_consolidated_report_too() -> None:
    rule = DIRECTIVE.block("n5", "danh_gia").by_key["nguyen_nhan"].required
    assert {each.strip() for each in " ".join(rule.args[1:]).split("|")} <= set(DIRECTIVE.consolidated.nothing)


def test_kinds_of_one_thing_are_never_added_up() -> None:
    found = [f"{item.key}.{block.key}" for item in DIRECTIVE.items for block in item.blocks if block.kinds]
    assert found == ["n1.linh_vuc", "n2.hinh_thuc", "n4.linh_vuc", "n4.trong_tam"]


def test_item_4_is_asked_of_two_units_and_only_item_5_cannot_be_empty() -> None:
    assert {item.key: item.asked_of for item in DIRECTIVE.items if item.asked_of} == {"n4": ("VHTT", "TTVHTT")}
    assert DIRECTIVE.by_key["n4"].lead == "VHTT"
    assert [item.key for item in DIRECTIVE.items if not item.may_be_empty] == ["n5"]
    states = {item.key: item.blocks[0].by_key.get("trang_thai") for item in DIRECTIVE.items}
    offered = {key: list(field.choices) if field else [] for key, field in states.items()}
    both = ["co", "khong"]
    assert offered == {"n1": both, "n2": both, "n3": both, "n4": [*both, "khong_thuoc"], "n5": []}


def test_the_main_totals_are_totalled_counts_with_a_heading_that_fits() -> None:
    assert DIRECTIVE.headline == (
        "n1.so_cuoc", "n1.so_luot_nguoi", "n1.so_luot_phat_thanh", "n2.so_hoat_dong", "n2.so_luot_tham_gia",
        "n2.tin_cong_ttdt", "n2.tin_fanpage", "n2.tin_zalo", "n2.tin_phan_bac", "n3.bang_ron", "n3.pa_no",
        "n3.ap_phich", "n3.hinh_thuc_khac", "n4.so_phong_su", "n4.so_tin", "n4.so_bai",
    )  # fmt: skip
    assert [path for path, _ in DIRECTIVE.headline_fields] == list(DIRECTIVE.headline)
    assert all(each.totalled and len(each.heading) <= 50 for _, each in DIRECTIVE.headline_fields)


def test_detail_rows_are_not_counted_twice() -> None:
    tables = [each for _, block, each in everything() if block.kind == "table" and each.kind is Kind.COUNT]
    assert [each.key for each in tables] == ["luot_nguoi", "thoi_luong"]
    assert not any(each.totalled for each in tables)
    singles = [each for _, block, each in everything() if block.kind != "table" and each.kind is Kind.COUNT]
    assert all(each.totalled for each in singles)


def test_item_2_says_what_must_not_be_written_and_asks_for_counts_alone() -> None:
    item = DIRECTIVE.by_key["n2"]
    note = (
        "Chỉ ghi số lượng hoạt động của đơn vị; không ghi họ tên, tài khoản, đường dẫn, hình ảnh của cá nhân, "
        "tổ chức khác."
    )
    assert item.guidance == note
    assert item.by_key["phan_bac"].help == note
    assert {each.kind for each in item.by_key["phan_bac"].fields} == {Kind.COUNT}
    assert not any(block.evidence or block.kind == "table" for block in item.blocks)
    watched = {key for check in item.checks if check.name == "no_links" for key in check.fields}
    texts = {each.key for block in item.blocks for each in block.fields if each.kind in (Kind.TEXT, Kind.PARAGRAPH)}
    assert texts - watched == {"dia_chi_trang"}  # the unit's own page, which is an address


@pytest.mark.parametrize("path", ["n2.luot_chia_se", "n2.luot_tiep_can", "n2.luot_tuong_tac"])
def test_what_nobody_counted_may_stay_blank(path: str) -> None:
    item, key = path.split(".")
    each = next(each for block in DIRECTIVE.by_key[item].blocks for each in block.fields if each.key == key)
    assert each.help == "Để trống nếu không có thống kê."
    assert each.required.name == "never"


def test_every_limit_leaves_room_and_stops_slips_of_the_finger() -> None:
    for item, block, each in everything():
        place = (item.key, block.key, each.key)
        if each.kind is Kind.COUNT:
            assert (each.min, 100_000 <= each.max <= 1_000_000_000) == (0, True), place
        elif each.kind in (Kind.TEXT, Kind.PARAGRAPH):
            assert (30 if each.kind is Kind.TEXT else 3_000) <= each.max_length <= 10_000, place


def test_every_message_says_what_to_do_and_never_scolds() -> None:
    verbs = re.compile(r"\b(Sửa|Ghi|Kiểm tra|Thêm|Bỏ|phải|ghi)\b")
    messages = [check.message for _, check in checks()]
    assert len(messages) == 30
    for message in messages:
        assert verbs.search(message), message
        assert message.endswith("."), message
        assert not re.search(r"không hợp lệ|bắt buộc|vui lòng|xin lỗi", message, re.IGNORECASE), message
    assert all("giải trình" in check.message for _, check in checks() if check.warning)


def test_reading_the_frozen_source_again_gives_the_same_directive() -> None:
    again = parse_directive(DIRECTIVE.source, "đợt báo cáo 1")
    assert again == DIRECTIVE
    assert again is not DIRECTIVE
    assert parse_directive(DIRECTIVE.source, "đợt báo cáo 1") is again
    assert DIRECTIVE.source == clean(DIRECTIVE.source) + "\n"
    assert load_directive(BUILT_IN) == DIRECTIVE


# --- The same activity ---------------------------------------------------------------------------------------


def test_a_session_is_known_by_day_place_and_content_and_counts_as_one_with_its_people() -> None:
    rule = DIRECTIVE.block("n1", "chi_tiet").same_activity
    assert rule is not None
    assert (rule.same, rule.address, rule.title) == (("ngay", "dia_diem", "noi_dung"), "", "noi_dung")
    assert rule.counts == (
        Counted("so_cuoc"),
        Counted("so_cuoc_long_ghep", when=Rule("yes", ("long_ghep",))),
        Counted("so_luot_nguoi", "luot_nguoi"),
    )


def test_an_article_is_known_by_its_address_too_and_counts_by_its_kind_and_field() -> None:
    block = DIRECTIVE.block("n4", "danh_muc")
    rule = block.same_activity
    assert rule is not None
    assert (rule.same, rule.address, rule.title) == (("ngay", "noi_dang", "tieu_de"), "noi_dang", "tieu_de")
    by_choice = {each.when.args: each.total for each in rule.counts if each.when.name == "is"}
    assert {value for key, value in by_choice if key == "the_loai"} == set(block.by_key["the_loai"].choices)
    assert {value for key, value in by_choice if key == "linh_vuc"} == set(block.by_key["linh_vuc"].choices)
    assert (by_choice["the_loai", "bai"], by_choice["linh_vuc", "xa_hoi"]) == ("so_bai", "lv_xa_hoi")
    assert Counted("tong_thoi_luong", "thoi_luong") in rule.counts


def test_nothing_else_is_looked_at_for_the_same_activity() -> None:
    found = [(item.key, block.key) for item in DIRECTIVE.items for block in item.blocks if block.same_activity]
    assert found == [("n1", "chi_tiet"), ("n4", "danh_muc")]
