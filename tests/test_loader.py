"""Loading a definition: a faulty file is refused with file, place and reason; a good one needs no Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from people import DIRECTIVE

from nhanquyen.directive import BUILT_IN, Directive, DirectiveError, load_directive, parse_directive

SMALL = """
key = "thu-2024"
number = "1/TH"
issued_on = 2024-11-01
place = "Thị xã"
issuer = "Công an thị xã"
receiver = "Đội Tổng hợp"
signer = "Trưởng Công an"
title = "V/v thử"
campaign = "Thử"
addressees = ["Các đơn vị"]
deadline = 2024-12-20
window_from = 2024-11-30
window_to = 2024-12-30
headline = ["n1.so_cuoc"]

[groups]
PCM = "Phòng"
XP = "Xã, phường"

[superiors]
PCM = "UBND thị xã"

[signing]
number = "n1.so"
signed_on = "n1.ngay_ky"
position = "n1.so"
signer = "n1.so"

[consolidated]
superior = "Công an tỉnh"
symbol = "BC-CATX"
addressees = ["Ủy ban nhân dân thị xã"]
copies = ["Như trên"]
documents = "n1.bang"
other_ways = []
results = []
difficulties = ["n1.vi_sao"]
causes = ["n1.so"]
plans = []
proposals = []
nothing = ["Không"]

[reminder]
symbol = "CATX-TH"
copies = ["Lưu: VT"]

[[group_parts]]
letter = "A"
title = "Tất cả"
groups = ["PCM", "XP"]

[[chain]]
kind = "Công văn"
number = "1/TH"
issued_on = 2024-11-01
issuer = "Công an thị xã"
title = "Công văn về việc thử"

[[items]]
key = "n1"
number = 1
title = "Nội dung"
text = "Nội dung"
guidance = "Hướng dẫn"
asked_of = ["VHTT"]
lead = "VHTT"
checks = [
  { name = "not_above", fields = ["so_phu", "so_cuoc"], message = "Sửa lại." },
  { name = "some_positive", fields = ["so_phu"], when = "so_cuoc", message = "Ghi thêm." },
  { name = "ratio_above", fields = ["so_phu", "so_cuoc"], limit = 3, warning = true, message = "Xem lại." },
  { name = "rows_or_tick", fields = ["khong"], block = "bang", message = "Thêm dòng." },
]

[[items.blocks]]
key = "so"
title = "Số"
kind = "figures"
fields = [
  { key = "so_cuoc", label = "Số cuộc", unit = "cuộc", kind = "count", required = "always", max = 100 },
  { key = "so_phu", label = "Phụ", unit = "cuộc", kind = "count", required = "group XP", max = 9, part_of = "so_cuoc" },
  { key = "so", label = "Số văn bản", kind = "text", required = "positive so_cuoc", max_length = 100 },
  { key = "ngay_ky", label = "Ngày ký", kind = "date", required = "yes khong" },
  { key = "khong", label = "Không có", kind = "tick" },
  { key = "vi_sao", label = "Vì sao", kind = "paragraph", required = "unlike so Không", max_length = 100 },
]

[[items.blocks]]
key = "bang"
title = "Bảng"
kind = "table"
fields = [
  { key = "ngay", label = "Ngày", kind = "date", required = "always" },
  { key = "loai", label = "Loại", kind = "choice", choices = { a = "A", khac = "Khác" } },
  { key = "khac", label = "Loại khác", kind = "text", required = "is loai khac", max_length = 100 },
  { key = "luot", label = "Lượt", unit = "lượt", kind = "count", max = 50, totalled = false },
  { key = "long_ghep", label = "Lồng ghép", kind = "tick" },
]
checks = [{ name = "not_future", fields = ["ngay"], message = "Ghi lại ngày." }]
[items.blocks.same_activity]
same = ["ngay", "khac"]
address = "khac"
title = "khac"
counts = [{ total = "so_cuoc" }, { total = "so_phu", amount = "luot", when = "is loai a" }]

[[items.blocks]]
key = "ma_tran"
title = "Ma trận"
kind = "matrix"
rows = [{ key = "kh1", code = "KH1", label = "Một" }, { key = "kh2", label = "Hai" }]
fields = [{ key = "tam", label = "Tấm", unit = "tấm", kind = "count", max = 10 }]
"""


def loaded(*edits: tuple[str, str], source: str = SMALL) -> Directive:
    """The directive of *source* after replacing the first of each pair, which must be there, by the second."""
    for old, new in edits:
        assert old in source, old
        source = source.replace(old, new, 1)
    return parse_directive(source, "thu.toml")


def refusal(*edits: tuple[str, str]) -> str:
    with pytest.raises(DirectiveError) as caught:
        loaded(*edits)
    return str(caught.value)


def test_the_small_one_loads() -> None:
    found = loaded()
    assert found.by_key["n1"].by_key["so"].by_key["so_phu"].required.args == ("XP",)
    assert [block.key for block in found.items[0].blocks] == ["tinh_trang", "so", "bang", "ma_tran"]
    assert found.headline_fields[0][1].label == "Số cuộc"


ITEM = "items 'n1'"
SO = f"{ITEM}, blocks 'so'"
BANG = f"{ITEM}, blocks 'bang'"
COUNT = f"{SO}, fields 'so_cuoc'"
SAME = f"{BANG}, same_activity"

FAULTS = [
    # The text itself
    ('key = "thu-2024"', "key = ", "", "line 2"),
    ('key = "thu-2024"', 'key = "thu-2024"\nkey = "x"', "", "line 3"),
    ('key = "thu-2024"', "key = " + "[" * 5000, "", ""),
    # Names, types and clean text at the top
    ('key = "thu-2024"\n', "", "", "'key' is missing"),
    ('key = "thu-2024"', 'key = ""', "", "'key' is missing"),
    ('key = "thu-2024"', 'key = "Thử 2024"', "", "key 'Thử 2024' must be lower-case"),
    ('key = "thu-2024"', f'key = "{"x" * 61}"', "", "at most 60"),
    ('key = "thu-2024"', "key = 5", "", "'key' must be of type str, not int"),
    ('number = "1/TH"', 'numbr = "1/TH"', "", "'number' is missing"),
    ('place = "Thị xã"', 'place = "Thị xã"\nprovince = "x"', "", "unknown name 'province'"),
    ('place = "Thị xã"', 'place = "Thị xã "', "", "'place' holds text that is not clean"),
    ('place = "Thị xã"', 'place = "Thi\u0323 xa\u0303"', "", "'place' holds text that is not clean"),
    ('place = "Thị xã"', 'place = "Thị\\u00a0xã"', "", "'place' holds text that is not clean"),
    ('place = "Thị xã"', 'place = "Thị\\u0000xã"', "", "'place' holds text that is not clean"),
    ('addressees = ["Các đơn vị"]', 'addressees = ["Các\u200b đơn vị"]', "", "'addressees' holds text that is not"),
    ('addressees = ["Các đơn vị"]', "addressees = [1]", "", "'addressees' must be a list of texts"),
    ('addressees = ["Các đơn vị"]', 'addressees = [""]', "", "'addressees' must be a list of texts"),
    ('addressees = ["Các đơn vị"]', 'addressees = "Các đơn vị"', "", "'addressees' must be of type list"),
    ("deadline = 2024-12-20", 'deadline = "2024-12-20"', "", "'deadline' must be of type date, not str"),
    ("deadline = 2024-12-20", "deadline = 2024-12-20T17:00:00", "", "'deadline' must be of type date"),
    ("deadline = 2024-12-20", "deadline = 2024-10-20", "", "the dates are out of order"),
    ("window_from = 2024-11-30", "window_from = 2024-10-30", "", "the dates are out of order"),
    ("window_to = 2024-12-30", "window_to = 2024-11-29", "", "the dates are out of order"),
    ('headline = ["n1.so_cuoc"]', 'headline = ["n1.so"]', "", "headline 'n1.so' is not a totalled count"),
    # Groups, signing, chain
    ('PCM = "Phòng"\n', 'pcm = "Phòng"\n', "groups", "group code 'pcm' must be 2 to 6 capital"),
    ('PCM = "Phòng"\n', 'PCM = ""\n', "groups", "'PCM' is missing"),
    ('PCM = "UBND thị xã"', 'BN = "UBND thị xã"', "superiors", "no group 'BN'"),
    ('groups = ["PCM", "XP"]', 'groups = ["PCM"]', "", "group_parts must hold every group once"),
    ('groups = ["PCM", "XP"]', 'groups = ["PCM", "XP", "XP"]', "", "group_parts must hold every group once"),
    ('letter = "A"\n', "", "group_parts 1", "'letter' is missing"),
    ('signer = "n1.so"', 'signer = "n1.ngay"', "signing", "no field 'n1.ngay'"),
    ('signer = "n1.so"\n', "", "signing", "'signer' is missing"),
    ("[signing]", "[[signing]]", "", "'signing' must be of type dict, not list"),
    ('issuer = "Công an thị xã"\ntitle = "Công văn về', 'title = "Công văn về', "chain 1", "'issuer' is missing"),
    ('kind = "Công văn"\n', "", "chain 1", "'kind' is missing"),
    ('kind = "Công văn"', 'kind = "Kế hoạch"', "chain 1", "the title must begin with 'Kế hoạch' and go on"),
    ('title = "Công văn về việc thử"', 'title = "Công văn"', "chain 1", "must begin with 'Công văn' and go on"),
    # The consolidated report
    ("[consolidated]", "[[consolidated]]", "", "'consolidated' must be of type dict, not list"),
    ('superior = "Công an tỉnh"\n', "", "consolidated", "'superior' is missing"),
    ('symbol = "BC-CATX"', 'symbol = ""', "consolidated", "'symbol' is missing"),
    ('symbol = "BC-CATX"', 'symbol = "BC-CATX"\nyear = 2024', "consolidated", "unknown name 'year'"),
    ('["Ủy ban nhân dân thị xã"]', "[]", "consolidated", "addressees must name who gets the report"),
    ('documents = "n1.bang"', 'documents = "n1.so"', "consolidated", "'n1.so' is not a block of kind 'table'"),
    ('documents = "n1.bang"', 'documents = "n2.bang"', "consolidated", "documents 'n2.bang' is not a block"),
    ("plans = []\n", "", "consolidated", "'plans' is missing"),
    ("plans = []", 'plans = ["n1.so_cuoc"]', "consolidated", "plans 'n1.so_cuoc' is not a text of an item"),
    ("plans = []", 'plans = ["n1.khac"]', "consolidated", "plans 'n1.khac' is not a text of an item"),  # in a table
    ("plans = []", 'plans = ["n1.giai_trinh"]', "consolidated", "plans 'n1.giai_trinh' is not a text of an item"),
    ("plans = []", 'plans = ["n1.vi_sao"]', "consolidated", "text 'n1.vi_sao' stands twice"),
    ('nothing = ["Không"]', 'nothing = ["Không "]', "consolidated", "'nothing' holds text that is not clean"),
    # The letter that reminds
    ('symbol = "CATX-TH"\n', "", "reminder", "'symbol' is missing"),
    ('["Lưu: VT"]', '["Lưu: VT"]\nto = ""', "reminder", "unknown name 'to'"),
    # Items
    ("number = 1\ntitle", "number = 2\ntitle", "", "items must be numbered 1, 2, 3"),
    ("number = 1\ntitle", "number = true\ntitle", ITEM, "'number' must be of type int, not bool"),
    ('key = "n1"', 'key = "N1"', "items 'N1'", "key 'N1' must be lower-case ASCII"),
    ('guidance = "Hướng dẫn"\n', "", ITEM, "'guidance' is missing"),
    ('lead = "VHTT"', 'lead = "P1"', ITEM, "lead 'P1' is not among asked_of"),
    ('lead = "VHTT"', 'leader = "VHTT"', ITEM, "unknown name 'leader'"),
    # Blocks
    ('kind = "table"', 'kind = "grid"', BANG, "kind 'grid' is unknown; known: figures, matrix, table, narrative"),
    ('kind = "table"', 'kind = "status"', BANG, "kind 'status' is unknown"),
    ('kind = "table"', 'kind = "figures"', BANG, "checks over single fields stand with the item"),
    ('kind = "table"', 'kind = "matrix"', BANG, "rows belong to a block of kind 'matrix'"),
    ('kind = "matrix"', 'kind = "table"', f"{ITEM}, blocks 'ma_tran'", "rows belong to a block of kind 'matrix'"),
    ('key = "bang"', 'key = "so"', ITEM, "block 'so' stands twice"),
    ('key = "bang"', 'key = "tinh_trang"', f"{ITEM}, blocks 'tinh_trang'", "a key of its own"),
    ('kind = "table"', 'kind = "table"\nkinds = true', BANG, "kinds belongs to a block of kind 'figures' with counts"),
    ('kind = "table"', 'kind = "table"\nmax_rows = 0', BANG, "max_rows must be 1 to 1000"),
    ('{ key = "kh2", label', '{ key = "kh1", label', f"{ITEM}, blocks 'ma_tran'", "row 'kh1' stands twice"),
    ('{ key = "kh2", label', '{ key = "kh-2", label', f"{ITEM}, blocks 'ma_tran', rows 'kh-2'", "lower-case ASCII"),
    # The same activity
    ('same = ["ngay", "khac"]', 'same = ["ngay", "khoa"]', SAME, "same names the field 'khoa', which is not there"),
    ('same = ["ngay", "khac"]', 'same = ["long_ghep", "khac"]', SAME, "the field 'long_ghep', which is a tick"),
    ('same = ["ngay", "khac"]', 'same = ["khac", "khac"]', SAME, "field 'khac' stands twice"),
    ('same = ["ngay", "khac"]', 'same = ["ngay"]', SAME, "address 'khac' is not among same"),
    ('same = ["ngay", "khac"]\naddress = "khac"', "same = []", SAME, "needs fields in same and totals in counts"),
    ('address = "khac"', 'address = "ngay"', SAME, "address cannot be the field 'ngay', which is a date"),
    ('address = "khac"', 'adress = "khac"', SAME, "unknown name 'adress'"),
    ('title = "khac"', 'title = "loai"', SAME, "title cannot be the field 'loai', which is a choice"),
    ('title = "khac"\n', "", SAME, "'title' is missing"),
    ("counts = [{ total", "counts = []\nx = [{ total", SAME, "unknown name 'x'"),
    ('total = "so_cuoc"', "", f"{SAME}, counts 1", "'total' is missing"),
    ('total = "so_cuoc"', 'total = "luot"', ITEM, "total 'luot' is not a totalled count of a single row"),
    ('total = "so_cuoc"', 'total = "tam"', ITEM, "block 'bang', same_activity: total 'tam' is not a totalled count"),
    ('total = "so_cuoc"', 'total = "khong"', ITEM, "total 'khong' is not a totalled count"),
    ('amount = "luot"', 'amount = "ngay"', f"{SAME}, counts 2", "amount cannot be the field 'ngay', which is a date"),
    ('amount = "luot"', 'amount = "so_phu"', f"{SAME}, counts 2", "amount names the field 'so_phu', which is not"),
    ('when = "is loai a"', 'when = "is loai b"', f"{SAME}, counts 2", "when: 'loai' has no choice 'b'"),
    ('when = "is loai a"', 'when = "loai a"', f"{SAME}, counts 2", "when 'loai' is unknown; known: never"),
    ('when = "is loai a"', 'when = "asked"', f"{SAME}, counts 2", "when 'asked' does not look at the row"),
    ('when = "is loai a"', 'when = "yes so"', f"{SAME}, counts 2", "when names 'so', which is not there"),
    ('[items.blocks.same_activity]', '[[items.blocks.same_activity]]', BANG, "'same_activity' must be of type dict"),
    # Fields
    ('kind = "count", required', 'kind = "number", required', COUNT, "kind 'number' is unknown"),
    ('label = "Số cuộc", ', "", COUNT, "'label' is missing"),
    ('label = "Số cuộc", ', 'label = "", ', COUNT, "'label' is missing"),
    ('unit = "cuộc", kind', "kind", COUNT, "a count needs a unit of measure and a max"),
    ("max = 100 }", "max = 0 }", COUNT, "a count needs a unit of measure and a max"),
    ("max = 100 }", "max = 9, min = 9 }", COUNT, "a count needs a unit of measure and a max"),
    ("max = 100 }", "max = 9, min = -1 }", COUNT, "a count needs a unit of measure and a max"),
    ("max = 100 }", "max = 1000000001 }", COUNT, "at most 1000000000"),
    ("max = 100 }", "max = 1.5 }", COUNT, "'max' must be of type int, not float"),
    ("max = 100 }", "max = 100, max_length = 5 }", COUNT, "max_length belongs to"),
    ("max = 100 }", 'max = 100, choices = { a = "A" } }', COUNT, "choices belong to"),
    ('"positive so_cuoc", max_length = 100', '"positive so_cuoc"', f"{SO}, fields 'so'", "max_length of 1 to 30000"),
    ("max_length = 100", "max_length = 30001", f"{SO}, fields 'so'", "max_length of 1 to 30000"),
    ("max_length = 100", "max_length = 100, max = 3", f"{SO}, fields 'so'", "belong to a field of kind 'count'"),
    ("max_length = 100", "max_length = 9, totalled = true", f"{SO}, fields 'so'", "belong to a field of kind 'count'"),
    (', choices = { a = "A", khac = "Khác" }', "", f"{BANG}, fields 'loai'", "choices belong to"),
    ('{ a = "A",', '{ "Có" = "A",', f"{BANG}, fields 'loai'", "choice 'Có' must be lower-case ASCII"),
    ('{ a = "A",', "{ a = 1,", f"{BANG}, fields 'loai', choices", "'a' must be of type str, not int"),
    ('key = "khong", label', 'key = "so", label', SO, "field 'so' stands twice"),
    ('key = "khong", label', 'key = "ly_do", label', ITEM, "field 'ly_do' stands twice"),
    ('key = "tam", label', 'key = "so_cuoc", label', ITEM, "totalled count 'so_cuoc' stands twice"),
    ('part_of = "so_cuoc"', 'part_of = "so_cuocs"', ITEM, "field 'so_phu' names 'so_cuocs', which is not there"),
    ('part_of = "so_cuoc"', 'part_of = "so"', ITEM, "field 'so_phu' names 'so', which is a text"),
    # Rules
    ('"positive so_cuoc"', '"sometimes"', f"{SO}, fields 'so'", "required 'sometimes' is unknown; known: never"),
    ('"positive so_cuoc"', '" "', f"{SO}, fields 'so'", "not clean"),
    ('"positive so_cuoc"', '"positive"', f"{SO}, fields 'so'", "required 'positive' needs the keys"),
    ('"positive so_cuoc"', '"positive so_cuocs"', ITEM, "block 'so', field 'so' names 'so_cuocs', which is not there"),
    ('"positive so_cuoc"', '"positive ngay"', ITEM, "names 'ngay', which is not there"),  # it is in another block
    ('"positive so_cuoc"', '"positive khong"', ITEM, "names 'khong', which is a tick"),
    ('"positive so_cuoc"', '"always so_cuoc"', f"{SO}, fields 'so'", "'always' does not take 'so_cuoc'"),
    ('"positive so_cuoc"', '"group"', f"{SO}, fields 'so'", "required 'group' needs more words"),
    ('"group XP"', '"group XP BN"', ITEM, "block 'so', field 'so_phu': no group 'BN'"),
    ('"yes khong"', '"yes khong so"', f"{SO}, fields 'ngay_ky'", "'yes' does not take 'so'"),
    ('"yes khong"', '"yes so"', ITEM, "names 'so', which is a text"),
    ('"is loai khac"', '"is loai"', f"{BANG}, fields 'khac'", "required 'is' needs more words"),
    ('"is loai khac"', '"is loai b"', ITEM, "block 'bang', field 'khac': 'loai' has no choice 'b'"),
    ('"unlike so Không"', '"unlike so"', f"{SO}, fields 'vi_sao'", "required 'unlike' needs more words"),
    # Checks
    ('name = "not_above"', 'name = "below"', f"{ITEM}, checks 1", "name 'below' is unknown; known: not_above"),
    ('["so_phu", "so_cuoc"], message', '["so_phu", "so_x"], message', f"{ITEM}, checks 1", "the field 'so_x', which"),
    ('["so_phu", "so_cuoc"], message', '["so_phu", "khong"], message', f"{ITEM}, checks 1", "'khong', which is a tick"),
    ('["so_phu", "so_cuoc"], message', '["so_phu"], message', f"{ITEM}, checks 1", "has the wrong number of fields"),
    ('["so_phu", "so_cuoc"], message', "[], message", f"{ITEM}, checks 1", "has the wrong number of fields"),
    ('message = "Sửa lại."', 'message = ""', f"{ITEM}, checks 1", "'message' is missing"),
    ('message = "Sửa lại."', 'message = "Sửa lại.", limit = 3', f"{ITEM}, checks 1", "does not take a limit"),
    ('message = "Sửa lại."', 'message = "Sửa lại.", block = "bang"', f"{ITEM}, checks 1", "does not take a block"),
    ('message = "Sửa lại."', 'message = "Sửa lại.", when = "so_cuoc"', f"{ITEM}, checks 1", "does not take a when"),
    ('when = "so_cuoc"', 'when = "so_x"', f"{ITEM}, checks 2", "names the field 'so_x', which is not there"),
    ("limit = 3, ", "", f"{ITEM}, checks 3", "check 'ratio_above' needs a limit"),
    ('block = "bang", ', "", f"{ITEM}, checks 4", "check 'rows_or_tick' needs a block"),
    ('block = "bang"', 'block = "so"', f"{ITEM}, checks 4", "the block 'so', which is no table"),
    ('"not_future", fields = ["ngay"]', '"in_order", fields = ["ngay"]', f"{BANG}, checks 1", "wrong number of fields"),
    ('"not_future", fields = ["ngay"]', '"not_future", fields = ["loai"]', f"{BANG}, checks 1", "which is a choice"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "reason"), FAULTS)
def test_a_fault_is_told_with_file_place_and_reason(old: str, new: str, place: str, reason: str) -> None:
    told = refusal((old, new))
    assert told.startswith(f"thu.toml, {place}: " if place else "thu.toml: ")
    assert reason in told


def test_only_rows_that_units_add_can_tell_the_same_activity() -> None:
    rule = SMALL[SMALL.index("[items.blocks.same_activity]") : SMALL.index('[[items.blocks]]\nkey = "ma_tran"')]
    single = rule.replace('["ngay", "khac"]', '["so", "vi_sao"]').replace('"khac"', '"so"').split("counts")[0]
    figures = single + 'counts = [{ total = "so_cuoc" }]\n'
    told = refusal((rule, ""), ('\n[[items.blocks]]\nkey = "bang"', f'{figures}\n[[items.blocks]]\nkey = "bang"'))
    assert told == f"thu.toml, {SO}: same_activity belongs to a block of kind 'table'"


def test_nothing_may_be_empty() -> None:
    matrix = SMALL[SMALL.rindex("fields = ") :].strip()
    assert "a block needs fields" in refusal((matrix, "fields = []"))
    head, first = SMALL.split("[[items]]", 1)
    bare = first.split("checks = [", 1)[0] + "blocks = []\n"
    for source, told in (
        (head, r"thu\.toml: 'items' is missing"),
        ("items = []\n" + head, r"thu\.toml: items must be numbered 1, 2, 3"),
        (f"{head}[[items]]{bare}", r"thu\.toml, items 'n1': an item needs blocks"),
    ):
        with pytest.raises(DirectiveError, match=told):
            parse_directive(source, "thu.toml")


def test_a_second_item_of_the_same_key_is_refused() -> None:
    item = SMALL[SMALL.index("[[items]]") :].replace("number = 1", "number = 2")
    with pytest.raises(DirectiveError, match=r"thu\.toml: item 'n1' stands twice"):
        parse_directive(SMALL + item, "thu.toml")


def test_one_more_indicator_is_one_line() -> None:
    line = '  { key = "hoi_thi", code = "1.13", label = "Số hội thi", unit = "hội thi", kind = "count", max = 1000 },\n'
    before = '  { key = "tai_lieu"'
    found = parse_directive(DIRECTIVE.source.replace(before, line + before, 1), BUILT_IN.name)
    old, new = DIRECTIVE.block("n1", "so_lieu"), found.block("n1", "so_lieu")
    assert [key for key in new.by_key if key not in old.by_key] == ["hoi_thi"]
    assert new.by_key["hoi_thi"] in new.counts
    assert found.items[1:] == DIRECTIVE.items[1:]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"key = '\xc3'"])
def test_a_file_that_cannot_be_read_is_told(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "hong.toml"
    with pytest.raises(DirectiveError, match=r"hong\.toml"):
        load_directive(file)
    file.write_bytes(content)
    with pytest.raises(DirectiveError, match=r"hong\.toml"):
        load_directive(file)


def test_a_file_written_by_windows_notepad_loads(tmp_path: Path) -> None:
    file = tmp_path / BUILT_IN.name
    file.write_bytes(DIRECTIVE.source.replace("\n", "\r\n").encode("utf-8-sig"))
    assert load_directive(file) == DIRECTIVE
