"""The combined Excel: every cell against the database, sums against the board, the four things told apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import people
import pytest
from combined_expected import Told, wall
from combined_story import Story, full_story, grid, opened, split, tell_the_same
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen import overview
from nhanquyen.directive import BlockKind, parse_directive
from nhanquyen.overview import Scope
from nhanquyen.store import review
from nhanquyen.store.database import bind, connection, dispose
from nhanquyen.store.models import Entry, Round


@pytest.fixture
def story(seed: people.Seed, clock: people.SettableClock) -> Story:
    return full_story(seed, clock)


def expected(story: Story, accepted: bool = False) -> Told:
    with connection():
        return Told(Round.get_by_id(story.seed.round.id), story.clock(), accepted)


def typed_rows(rows: Sequence[Sequence[Any]]) -> list[list[tuple[type, Any]]]:
    """Values with their types, so that 0, blank, "0" and False are four things here too."""
    return [[(type(value), value) for value in row] for row in rows]


def assert_cells(book: Workbook, told: Told) -> None:
    sheets = told.sheets()
    assert book.sheetnames == ["Tổng hợp", "Biểu đồ", "Tiến độ gửi", *list(sheets)[1:], "Thông tin"]
    assert_progress(book["Tiến độ gửi"], told)
    for name, rows in sheets.items():
        _, body = split(book[name])
        assert typed_rows(body) == typed_rows(rows), name


def assert_progress(sheet: Worksheet, told: Told) -> None:
    """Every cell below the title: the states, a blank row, the days."""
    states = [["Tình trạng", "Số đơn vị"], *told.status_rows()]
    headings = ["Ngày", "Gửi trong ngày", "Đã gửi đúng hạn", "Đã gửi trễ hạn", "Cộng đã gửi", "Hạn gửi"]
    wanted = [*states, [], headings, *told.day_rows()]
    filled = [row + [None] * (sheet.max_column - len(row)) for row in wanted]
    assert typed_rows(grid(sheet)[3:]) == typed_rows(filled)
    assert all(cell is None for row in grid(sheet)[:3] for cell in row[1:])


# --- Values ------------------------------------------------------------------------------------------------------


def test_every_cell_of_every_table_is_what_the_database_holds(story: Story) -> None:
    assert_cells(opened(story.export()), expected(story))


def test_only_accepted_reports_speak_when_that_is_the_scope(story: Story) -> None:
    book = opened(story.export(Scope.ACCEPTED))
    assert_cells(book, expected(story, accepted=True))
    values = {row[1]: row[5] for row in split(book["Tổng hợp"])[1] if row[0]}
    assert (values["VHTT"], values["P1"], values["LT"]) == (640, "*", "…")
    assert "“*” chưa tiếp nhận" in grid(book["Tổng hợp"])[4][0]


def test_the_headings_are_those_of_the_definition(story: Story) -> None:
    told, book = expected(story), opened(story.export())
    for item in told.items:
        fields = [
            (f"{field.get('code', '')} {field.get('short') or field['label']}".strip(), field.get("unit"))
            for block in item["blocks"]
            if block["kind"] in ("figures", "narrative")
            for field in block["fields"]
        ]
        head, _ = split(book[f"Nội dung {item['number']}"])
        headings, units, numbers = head[-3:]
        assert numbers == [f"({number})" for number in range(1, len(numbers) + 1)]
        columns = list(zip(headings, (unit and unit[1:-1] for unit in units), strict=True))
        assert [column for column in columns if column in fields] == fields
        titles = [over for over in head[-4] if over in {block["title"] for block in item["blocks"]}]
        assert titles == [block["title"] for block in item["blocks"]]  # on a further page with "(tiếp)"
    head, _ = split(book["Tổng hợp"])
    assert head[-4][4:8] == ["Nội dung 1", None, None, "Nội dung 2"]
    assert head[-3][4:6] == ["1.1 Số cuộc tuyên truyền", "1.3 Số lượt người tham dự"]
    assert head[-2][4:6] == ["(cuộc)", "(lượt người)"]
    slogans = split(book["ND3 - Đơn vị × khẩu hiệu"])[0]
    prescribed = [row["label"] for row in told.items[2]["blocks"][0]["rows"]]
    assert (slogans[-3][3], slogans[-2][3]) == ("KH1", prescribed[0])
    assert [slogans[-2][4], slogans[-2][10], slogans[-3][11]] == [prescribed[1], prescribed[7], "Nội dung khác"]


def test_the_title_says_round_moment_scope_and_how_many_units(story: Story) -> None:
    book = opened(story.export(filter="Nhóm Xã, phường"))
    moment = f"{wall(story.clock()):%H:%M ngày %d/%m/%Y}"
    note = f"Công văn số 217/CATX. Số liệu lúc {moment}. Báo cáo đã gửi và đã tiếp nhận: 4/7 đơn vị. Nhóm Xã, phường."
    for name in book.sheetnames[1:-1]:
        assert grid(book[name])[1][0] == note
    above = [row[0] for row in grid(book["Tổng hợp"])[:4]]
    assert above[:2] == ["CÔNG AN THỊ XÃ DUYÊN HẢI", "ĐỘI TỔNG HỢP"]
    assert above[3] == note
    assert above[2] == "TỔNG HỢP KẾT QUẢ THỰC HIỆN CÔNG VĂN SỐ 217/CATX"
    assert grid(book["Nội dung 1"])[2][0] == (
        "Có hoạt động: 3; Không có hoạt động: 1; Không thuộc trách nhiệm: 0; Chưa báo cáo: 3. Cộng: 7 đơn vị."
    )


def test_every_sum_equals_the_board(story: Story) -> None:
    book, lines, directive = opened(story.export()), story.lines(), story.seed.directive
    totals = overview.total(lines)
    by_part = {part.title: overview.total(part.lines) for part in overview.parts(directive, lines)}
    body = {row[2]: row[4:-1] for row in split(book["Tổng hợp"])[1] if row[0] is None}
    paths = [path for path, _ in directive.headline_fields]
    assert body["Tổng cộng"] == [totals.get(path) for path in paths]
    for title, sums in by_part.items():
        assert body[f"Cộng {title[0].lower()}{title[1:]}"] == [sums.get(path) for path in paths]
    for item in directive.items:
        last = split(book[f"Nội dung {item.number}"])[1][-1]
        sums = [value for value in last if isinstance(value, int)]
        wanted = [
            totals[path]
            for block in item.answered_blocks
            for path in (
                *(f"{item.key}.{each.key}" for each in block.counts),
                *([f"{item.key}.{block.key}.rows"] if block.kind is BlockKind.TABLE else []),
            )
            if path in totals
        ]
        assert sums == wanted
    chart = [row[:7] for row in grid(book["Biểu đồ"])[4:]]
    assert [row[-1] for row in chart] == [totals.get(path) for path in paths]
    assert [tuple(row[3:-1]) for row in chart] == [tuple(sums.get(path) for sums in by_part.values()) for path in paths]


def test_fields_and_slogans_that_do_not_add_up_across_add_up_in_their_column_only(story: Story) -> None:
    head, body = split(opened(story.export())["Nội dung 4"])
    column = head[-3].index("4.9a Dân sự")
    assert body[-1][column : column + 5] == [3, 3, 3, 3, 3]
    assert not any(heading and "lĩnh vực" in heading.lower() and "cộng" in heading.lower() for heading in head[-3])


def test_zero_nothing_done_not_ours_and_not_reported_are_told_apart_everywhere(story: Story) -> None:
    book = opened(story.export())
    cells = {row[1]: row for row in split(book["Tổng hợp"])[1] if row[0]}
    first = {code: row[4] for code, row in cells.items() if isinstance(row[0], int)}
    assert first == {
        "VHTT": 12,
        "PNV": "–",
        "HT": "…",
        "P1": 12,
        "LT": "…",
        "DTH": "…",
        "LA": 12,
    }
    assert (cells["PNV"][7], cells["PNV"][17], cells["HT"][7]) == (0, "x", "…")
    words = {row[1]: row[3:5] for row in split(book["Nội dung 1"])[1] if isinstance(row[0], int)}
    assert words["PNV"] == ["Không có hoạt động", "Chưa bố trí được kinh phí"]
    assert words["LT"] == ["Chưa báo cáo", None]
    fourth = {row[1]: (row[3], row[5]) for row in split(book["Nội dung 4"])[1] if isinstance(row[0], int)}
    assert (fourth["VHTT"], fourth["P1"]) == (("Có hoạt động", 3), ("Không thuộc trách nhiệm", None))
    slogans = {row[1]: row[3:] for row in split(book["ND3 - Đơn vị × khẩu hiệu"])[1] if isinstance(row[0], int)}
    assert slogans["P1"] == [4, 4, *[None] * 7, 8, "2/8"]
    assert set(slogans["LT"]) == {"…"}


def test_identical_rows_all_stay(story: Story) -> None:
    rows = split(opened(story.export())["ND4 - Từng tin, bài"])[1]
    assert [row[3] for row in rows] == [1, 2, 3, 4]
    first_of_december = datetime.fromisoformat("2023-12-01")
    assert [row[4:] for row in rows[:3]] == [["Tin", "75 năm Ngày Nhân quyền", None, None, first_of_december, 3]] * 3


def test_what_no_form_lets_in_is_written_by_the_same_rules(story: Story) -> None:
    """A prescribed row without values, and rows below an item that has nothing: neither moves another cell."""
    with connection():
        gone = (Entry.report == story.seed.report("LA")) & (Entry.row == "kh8")
        assert Entry.delete().where(gone).execute() == 1
        entry = Entry.get((Entry.report == story.seed.report("P1")) & (Entry.block == "chi_tiet"))
        left = {"item": "n1", "block": "chi_tiet", "row": "r1", "values": entry.values}
        stamp = {"saved_at": story.clock(), "saved_by": story.seed.accounts["p1"]}
        Entry.insert(report=story.seed.report("PNV"), **left, **stamp).execute()
    book = opened(story.export())
    assert_cells(book, expected(story))
    assert {row[1] for row in split(book["ND1 - Từng cuộc"])[1]} == {"P1"}
    assert sum(row[1] == "LA" for row in split(book["ND3 - Từng khẩu hiệu"])[1]) == 8


# --- Counted once -----------------------------------------------------------------------------------------------


def shared_story(story: Story) -> None:
    """Two activities that are counted once, one that is counted for each unit."""
    tell_the_same(story)
    groups = {len(group.tellings): group for group in story.groups() if group.tellings[0].activity.item.key == "n1"}
    (article,) = (group for group in story.groups() if group.tellings[0].activity.item.key == "n4")
    story.decide(groups[3], "P1", "=Đã gọi Phường 1")
    story.decide(article, "DTH")
    story.decide(groups[2], "", "Hai buổi khác nhau")


def facts(book: Workbook) -> list[list[Any]]:
    return [row[:2] for row in grid(book["Thông tin"])]


def test_what_is_counted_once_leaves_the_sums_and_every_cell_is_right(story: Story) -> None:
    shared_story(story)
    book = opened(story.export())
    assert_cells(book, expected(story))
    body = split(book["Tổng hợp"])[1]
    less = [row[4:6] for row in body if row[2] == "Trừ: tính một lần"]
    assert less == [[-1, -45], [-1, -40]]  # PNV in part A, LA in the part of unknown groups
    fourth = [row for row in split(book["Nội dung 4"])[1] if row[2] == "Trừ: tính một lần"]
    assert [[number for number in row[3:] if number] for row in fourth] == [[-1, -3, -1]]
    units = {row[1]: row[5] for row in body if row[0]}
    assert (units["LA"], units["PNV"]) == (640, 640)  # their own rows stay as they were sent


def test_the_sums_without_what_is_counted_once_equal_the_board(story: Story) -> None:
    shared_story(story)
    book, lines, less = opened(story.export()), story.lines(), story.once().less
    paths = [path for path, _ in story.seed.directive.headline_fields]
    body = {row[2]: row[4:-1] for row in split(book["Tổng hợp"])[1] if row[0] is None}
    total = overview.total(lines, less=less)
    assert total["n1.so_luot_nguoi"] == overview.total(lines)["n1.so_luot_nguoi"] - 85
    assert body["Tổng cộng"] == [total.get(path) for path in paths]
    chart = [row[:7] for row in grid(book["Biểu đồ"])[4:]]
    assert [row[-1] for row in chart] == body["Tổng cộng"]
    for number, part in enumerate(overview.parts(story.seed.directive, lines), start=3):
        sums = overview.total(part.lines, less=less)
        assert body[f"Cộng {part.title[0].lower()}{part.title[1:]}"] == [sums.get(path) for path in paths]
        assert [row[number] for row in chart] == [sums.get(path) for path in paths]


def test_a_file_of_a_part_has_the_sums_that_the_part_has_on_the_board(story: Story) -> None:
    shared_story(story)
    lines = [line for line in story.lines() if line.group == "PCM"]
    body = split(opened(story.export(lines=lines))["Tổng hợp"])[1]
    sums = overview.total(lines, less=story.once().less)
    assert sums["n1.so_luot_nguoi"] == 1235
    assert body[-1][4:-1] == [sums.get(path) for path, _ in story.seed.directive.headline_fields]


def test_each_decision_is_told_and_the_undecided_are_counted(story: Story) -> None:
    tell_the_same(story)
    book = opened(story.export())
    told = dict(facts(book))
    assert (told["Hoạt động có thể bị tính trùng (cả đợt)"], told["Trong đó chưa quyết định"]) == (3, 3)
    assert "Còn 3 hoạt động có thể bị tính trùng chưa quyết định" in str(grid(book["Tổng hợp"])[:8])
    first = next(group for group in story.groups() if len(group.tellings) == 3)
    story.decide(first, "P1", "=Đã gọi Phường 1")
    book = opened(story.export())
    told = dict(facts(book))
    assert (told["Hoạt động có thể bị tính trùng (cả đợt)"], told["Trong đó chưa quyết định"]) == (3, 2)
    said = told["Quyết định về hoạt động trùng"]
    assert said.startswith(
        "Tính một lần “=Quyền con người”: giữ ở Ủy ban nhân dân Phường 1 (1.1 Số cuộc tuyên truyền: 1 cuộc; "
        "1.3 Số lượt người tham dự: 50 lượt người); không tính ở Phòng Nội vụ (1.1 Số cuộc tuyên truyền: 1 cuộc;"
    )
    assert "Người quyết định: Đội Tổng hợp, " in said
    assert said.endswith("Ghi chú: =Đã gọi Phường 1")
    assert "“Trừ: tính một lần”: hoạt động do nhiều đơn vị cùng báo" in str(grid(book["Tổng hợp"])[:8])


def test_a_decision_lapses_in_the_file_too_when_a_unit_sends_again(story: Story) -> None:
    shared_story(story)
    with connection():
        report = story.seed.report("LA")
        review.give_back(report, report.revision, {"n1": "Xem lại."}, story.actor("tonghop"))
        story.send("LA")
    book = opened(story.export())
    assert_cells(book, expected(story))
    assert dict(facts(book))["Trong đó chưa quyết định"] == 2  # LA tells two of the three
    (left,) = (row for row in split(book["Tổng hợp"])[1] if row[2] == "Trừ: tính một lần")
    assert [number for number in left[3:] if number] == [-1]  # VHTT's article, which is another activity


def test_of_accepted_reports_only_those_rows_are_counted_once(story: Story) -> None:
    shared_story(story)
    with connection():
        for code in ("PNV", "LA"):  # P1, whose row is kept, is not accepted: one of the two takes its place
            review.accept(story.seed.report(code), 2, story.actor("tonghop"))
    book = opened(story.export(Scope.ACCEPTED))
    assert_cells(book, expected(story, accepted=True))
    assert [row[4:6] for row in split(book["Tổng hợp"])[1] if row[2] == "Trừ: tính một lần"] == [[-1, -40]]


# --- Rounds of other shapes --------------------------------------------------------------------------------------


def test_a_round_in_which_nobody_has_sent_keeps_its_heads_and_counts(
    seed: people.Seed, clock: people.SettableClock
) -> None:
    story = Story(seed, clock)
    book = opened(story.export())
    assert_cells(book, expected(story))
    assert split(book["ND1 - Từng cuộc"])[1] == []
    assert split(book["Tổng hợp"])[1][-1][4:-1] == [None] * 16


def test_a_round_without_units_is_a_workbook_too(seed: people.Seed, clock: people.SettableClock) -> None:
    book = opened(Story(seed, clock).export(lines=[]))
    assert book.sheetnames == ["Tổng hợp", "Tình hình gửi", "Thông tin"]
    assert split(book["Tổng hợp"])[1] == [[None, None, "Tổng cộng", *[None] * 18]]
    assert "0/0 đơn vị" in grid(book["Tổng hợp"])[3][0]
    assert split(book["Tình hình gửi"])[1][-1][2:4] == ["Tổng số đơn vị", 0]


def test_a_file_of_one_unit_holds_that_unit_alone(story: Story) -> None:
    lines = [line for line in story.lines() if line.code == "P1"]
    book = opened(story.export(lines=lines))
    body = split(book["Tổng hợp"])[1]
    assert [row[:3] for row in body] == [
        ["B", "Xã, phường", None],
        [1, "P1", "Ủy ban nhân dân Phường 1"],
        [None, None, "Cộng xã, phường"],
        [None, None, "Tổng cộng"],
    ]
    assert body[1][4:17] == body[2][4:17] == body[3][4:17]
    assert body[1][17] == "x"
    plain = book["Chỉ tiêu chính"]
    assert (plain._charts, "Biểu đồ" in book.sheetnames) == ([], False)
    assert [row[0] for row in grid(plain)[3:5]] == ["STT", 1]
    assert grid(plain)[3] == ["STT", "Chỉ tiêu", "Đơn vị tính", "Tổng cộng"]
    assert [row[3] for row in grid(plain)[4:]] == body[3][4:20]
    assert {row[1] for row in split(book["ND1 - Từng cuộc"])[1]} == {"P1"}


def test_a_field_and_a_block_added_to_the_definition_appear_with_their_values(
    store_url: str, seed: people.Seed, clock: people.SettableClock
) -> None:
    source = seed.round.definition
    anchor = '  { key = "tai_lieu",'
    field = '  { key = "so_xe", code = "1.9b", label = "Số xe loa", unit = "xe", kind = "count", max = 99 },\n'
    block = """
[[items.blocks]]
key = "doi_xe"
title = "Đội xe loa"
kind = "table"
row_name = "xe"
fields = [
  { key = "bien_so", label = "Tuyến", kind = "text", max_length = 50 },
  { key = "so_buoi", label = "Số buổi", unit = "buổi", kind = "count", max = 99 },
]

# ── Nội dung 2"""
    assert anchor in source
    changed = source.replace(anchor, field + anchor).replace("\n# ── Nội dung 2", block, 1)
    with connection():
        Round.update(definition=changed).where(Round.id == seed.round.id).execute()
    dispose()
    bind(store_url)  # the program reads a round's definition once for each database that it binds
    seed.round.definition, seed.directive = changed, parse_directive(changed, "changed")
    story = Story(seed, clock)
    with connection():
        story.save("P1", {**people.complete_answers(), "n1-so_lieu-0-so_xe": "7"})
        story.add_row("P1", "n1", "doi_xe", {"bien_so": "Khóm 1", "so_buoi": "4"}, times=2)
        story.send("P1")
    book = opened(story.export())
    assert_cells(book, expected(story))
    head, body = split(book["Nội dung 1"])
    assert body[-1][head[-3].index("1.9b Số xe loa")] == 7
    assert split(book["ND1 - Từng xe"])[1][-1] == [None, None, "Tổng cộng", None, None, 8]


def test_a_unit_that_changed_its_report_meanwhile_is_named(story: Story) -> None:
    lines = story.lines()
    with connection():
        Story(story.seed, story.clock)
        stale = [
            line._replace(totals={**line.totals, "n1.so_cuoc": 99}) if line.code == "LA" else line for line in lines
        ]
    facts = dict(row[:2] for row in grid(opened(story.export(lines=stale))["Thông tin"]))
    assert facts["Lưu ý"].startswith("Báo cáo của LA thay đổi trong lúc xuất tệp.")
    assert "Lưu ý" not in dict(row[:2] for row in grid(opened(story.export())["Thông tin"]))
