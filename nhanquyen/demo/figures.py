"""What a clerk types for a story: figures made up within what the story says, the same in every run."""

from __future__ import annotations

from random import Random

from nhanquyen.demo.story import Story
from nhanquyen.directive.values import group_digits

Typed = dict[str, str]
Rows = list[tuple[str, str, Typed]]

TOPICS = ("lv_an_sinh", "lv_ton_giao", "lv_de_ton_thuong", "lv_mua_ban_nguoi")
MEDIA = (
    "so_phong_su", "so_tin", "so_bai", "so_chuyen_muc", "luot_phat_song", "tong_thoi_luong", "thoi_luong_tang",
    "cong_tac",
)  # fmt: skip
FIELDS_OF_LIFE = ("lv_dan_su", "lv_chinh_tri", "lv_kinh_te", "lv_van_hoa", "lv_xa_hoi")
FOCUS = ("tt_ngon_luan", "tt_bao_chi", "tt_an_ninh_mang", "tt_ton_giao", "tt_dan_toc")
EVENT = ("ngay", "hinh_thuc", "noi_dung", "dia_diem", "luot_nguoi", "long_ghep")
ARTICLE = ("the_loai", "tieu_de", "linh_vuc", "noi_dang", "ngay", "thoi_luong")
DOCUMENT = ("loai", "so_ky_hieu", "ngay", "trich_yeu")
FIRST_DAYS = ("30/11/2023", "30/11/2023", "01/12/2023", "04/12/2023")


def _at(prefix: str, values: dict[str, int | str | None]) -> Typed:
    """The values as they are typed into the fields under *prefix*; None is not answered."""
    return {
        f"{prefix}-{key}": group_digits(value) if isinstance(value, int) else value
        for key, value in values.items()
        if value is not None
    }


def _item_1(story: Story, chance: Random, commune: bool) -> Typed:
    count, people = story.sessions
    total = round(count * people * chance.uniform(0.94, 1.06))
    staff = round(total * (chance.uniform(0.14, 0.3) if commune else chance.uniform(0.4, 0.9)))
    topics = {key: chance.randint(1, count) if count else None for key in chance.sample(TOPICS, chance.randint(2, 4))}
    return (
        _at("n1-so_lieu-0", {
            "so_cuoc": count,
            "so_cuoc_long_ghep": chance.randint(count // 3, count * 2 // 3),
            "so_luot_nguoi": total,
            "luot_can_bo": staff if count else None,
            "luot_nhan_dan": total - staff if count else None,
            "so_luot_phat_thanh": story.radio if story.radio or commune else None,
            "thoi_luong_phat": story.radio * chance.randint(4, 7) or None,
            "phat_tieng_khmer": story.khmer or None,
            "tai_lieu": story.leaflets or None,
        })
        | _at("n1-linh_vuc-0", {
            **topics,
            "lv_khac": 1 if story.other_topic else None,
            "lv_khac_ten": story.other_topic or None,
        })
        | _at("n1-ket_qua-0", {"cach_lam": story.n1})
    )  # fmt: skip


def _item_2(story: Story, chance: Random, commune: bool) -> Typed:
    count = sum(story.activities.values())
    posted = sum(story.posts)
    other, channel = story.other_channel or (None, None)
    seen = posted * chance.randint(180, 420) if posted > 15 else None
    return (
        _at("n2-so_lieu-0", {"so_hoat_dong": count, "so_luot_tham_gia": count * chance.randint(34, 76)})
        | _at("n2-hinh_thuc-0", {
            **{f"ht_{form}": number for form, number in story.activities.items()},
            "ht_khac_ten": story.other_form or None,
        })
        | _at("n2-kenh-0", {
            **dict(zip(("tin_cong_ttdt", "tin_fanpage", "tin_zalo"), story.posts, strict=True)),
            "tin_kenh_khac": other,
            "kenh_khac_ten": channel,
            "luot_chia_se": posted * chance.randint(3, 9) or None,
            "luot_tiep_can": seen,
            "luot_tuong_tac": seen // chance.randint(9, 16) if seen else None,
        })
        | _at("n2-phan_bac-0", {
            "tin_phan_bac": story.rebuttals,
            "chia_se_phan_bac": story.rebuttals * chance.randint(4, 12) or None,
            "binh_luan_phan_bac": story.rebuttals * chance.randint(2, 8) or None,
        })
        | _at("n2-ket_qua-0", {"cach_lam": story.n2})
    )  # fmt: skip


def _slogan(story: Story, chance: Random, row: str) -> Typed:
    places = chance.sample(story.places, min(len(story.places), chance.randint(1, 3)))
    return _at(f"n3-khau_hieu-{row}", {
        "bang_ron": chance.randint(1, story.banners),
        "pa_no": chance.choice((None, None, 1, 2)),
        "ap_phich": chance.choice((None, 0, 5, 10)),
        "hinh_thuc_khac": chance.randint(1, 2) if story.led else None,
        "dia_diem": "; ".join(sorted(places, key=story.places.index)),
        "tu_ngay": chance.choice(FIRST_DAYS),
        "den_ngay": "30/12/2023",
    })  # fmt: skip


def _item_3(story: Story, chance: Random, commune: bool) -> Typed:
    typed: Typed = {}
    for number in range(1, 9):
        row = f"kh{number}"
        if number in story.slogans:
            typed |= _slogan(story, chance, row)
        else:
            typed |= _at(f"n3-khau_hieu-{row}", {"bang_ron": 0, "ghi_chu": story.undone})
    if story.other_slogan:
        typed |= _slogan(story, chance, "khac") | {"n3-khau_hieu-khac-ghi_chu": story.other_slogan}
    return typed


def _item_4(story: Story, chance: Random, commune: bool) -> Typed:
    if not story.media:
        return chance.choice(({}, {"n4-tinh_trang-0-trang_thai": "khong_thuoc"}))
    made = sum(story.media[:3])
    return (
        _at("n4-so_lieu-0", dict(zip(MEDIA, story.media, strict=True)))
        | _at("n4-linh_vuc-0", {key: chance.randint(0, made // 2) for key in FIELDS_OF_LIFE})
        | _at("n4-trong_tam-0", {key: chance.randint(0, made // 3) for key in FOCUS})
    )


def _item_5(story: Story, chance: Random, commune: bool) -> Typed:
    finished = story.sittings[-1]
    typed = (
        _at("n5-ky_bao_cao-0", {"so_lieu_tu": "08/11/2023", "so_lieu_den": f"{finished:%d/%m/%Y}"})
        | _at("n5-danh_gia-0", {
            "khong_van_ban": None if story.documents else "1",
            "hinh_thuc_khac": story.meetings,
            "danh_gia_chung": story.assessment,
            "kho_khan": story.trouble,
            "nguyen_nhan": story.cause,
            "kien_nghi": story.proposal,
            "phuong_huong": story.plan,
        })
        | _at("n5-ky_ten-0", {"nguoi_lap": story.contact[0], "nguoi_lap_chuc_vu": story.contact[1]})
    )  # fmt: skip
    if story.signer and story.sent:
        name, position, number = story.signer
        typed |= _at("n5-ky_ten-0", {
            "ban_chinh_thuc": "1", "so_bao_cao": number, "ngay_ky": f"{story.sent:%d/%m/%Y}",
            "nguoi_ky_chuc_vu": position, "nguoi_ky": name,
        })  # fmt: skip
    return typed


_ITEMS = {"n1": _item_1, "n2": _item_2, "n3": _item_3, "n4": _item_4, "n5": _item_5}


def _with_standing(item: str, typed: Typed) -> Typed:
    """An item that has figures also says so; the last one asks no such question."""
    return {f"{item}-tinh_trang-0-trang_thai": "co"} | typed if typed and item != "n5" else typed


def typed(story: Story, group: str, phone: str) -> dict[str, Typed]:
    """What is typed into each item that the story fills, by item, but for the rows of its tables."""
    found: dict[str, Typed] = {}
    for item, made in _ITEMS.items():
        chance = Random(f"{story.code} {item}")  # noqa: S311  # figures, no secret
        if story.draft and item not in story.draft:
            continue
        if item in story.none:
            status = f"{item}-tinh_trang-0"
            found[item] = {f"{status}-trang_thai": "khong", f"{status}-ly_do": story.none[item]}
            continue
        found[item] = _with_standing(item, made(story, chance, group == "XP"))
        if item in story.explain:
            found[item][f"{item}-tinh_trang-0-giai_trinh"] = story.explain[item]
        found[item] |= {name: text for name, text in story.odd.items() if name.startswith(f"{item}-")}
    if "n5" in found:
        found["n5"]["n5-ky_ten-0-nguoi_lap_dien_thoai"] = phone
    return {item: {name: text for name, text in each.items() if text} for item, each in found.items()}


def rows(story: Story) -> Rows:
    """The rows of the tables in their order: item, block and what is typed into each field."""
    events = [(*event[:4], group_digits(event[4]), "1" if event[5] else "") for event in story.events]
    return [
        *(("n1", "chi_tiet", dict(zip(EVENT, event, strict=True))) for event in events),
        *(("n4", "danh_muc", dict(zip(ARTICLE, article, strict=True))) for article in story.articles),
        *(("n5", "van_ban", dict(zip(DOCUMENT, document, strict=True))) for document in story.documents),
    ]
