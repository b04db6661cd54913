"""The consolidated report in Word: every figure against the database and the Excel; who speaks, and in what words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import people
import pytest
from combined_expected import Told, added
from combined_story import HOSTILE, Story, full_story, opened, split
from consolidated_file import Form, WordFile, read_word

from nhanquyen import overview
from nhanquyen.export import combined, consolidated
from nhanquyen.overview import Scope
from nhanquyen.store import overlaps, rounds
from nhanquyen.store.database import connection
from nhanquyen.store.models import Entry, Round
from nhanquyen.store.overlaps import ONCE, Member
from nhanquyen.store.reports import ReportLine, Status, board_lines, each_answers

Item = dict[str, Any]
NO_FIGURES = "không có số liệu"


@pytest.fixture
def story(seed: people.Seed, clock: people.SettableClock) -> Story:
    return full_story(seed, clock)


def write(story: Story, scope: Scope = Scope.SENT, lines: Sequence[ReportLine] | None = None, **about: Any) -> bytes:
    opened = story.seed.round
    told = combined.About(opened.title, scope, story.clock(), "Đội Tổng hợp", opened.opened_at, opened.due_at, **about)
    once = story.once(scope)
    with connection():
        shown = board_lines(opened, story.clock().date()) if lines is None else lines
        return consolidated.write(rounds.directive_of(opened), shown, each_answers, once, told)


def report(story: Story, scope: Scope = Scope.SENT, **more: Any) -> WordFile:
    return read_word(write(story, scope, **more))


def raw(story: Story, accepted: bool = False) -> Told:
    with connection():
        return Told(Round.get_by_id(story.seed.round.id), story.clock(), accepted)


def dots(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def cell(value: Any) -> str:
    return dots(value) if type(value) is int else value or ""


# --- Figures in sentences ----------------------------------------------------------------------------------------


def figure(told: Told, item: Item, field: dict[str, Any], by_part: bool) -> str:
    """A count as the sentences tell it: its sum over who speaks, and of each part in which somebody gave a number."""
    parts = []
    for _, title, members in told.parts:
        reports = [report for unit, report in members if told.standing(unit, report, item) == "co"]
        parts.append((title[:1].lower() + title[1:], added(told.count(each, item, field["key"]) for each in reports)))
    return amount([number for _, number in parts], field["unit"], parts if by_part else [])


def amount(numbers: Sequence[int | None], unit: str, parts: Sequence[tuple[str, int | None]]) -> str:
    whole = added(numbers)
    if whole is None:
        return NO_FIGURES
    said = "; ".join(f"{title}: {dots(number)}" for title, number in parts if number is not None)
    return f"{dots(whole)} {unit}" + (f" ({said})" if said else "")


def names(told: Told, item: Item, block: Item, field: dict[str, Any]) -> str:
    """What units say that they counted in *field*, where a text asks for it."""
    keys = [each["key"] for each in block["fields"] if each.get("required") == f"positive {field['key']}"]
    said = [
        told.values(report, item["key"], block["key"]).get(key) for _, report in told.speaking(item) for key in keys
    ]
    return f" (gồm: {'; '.join(dict.fromkeys(filter(None, said)))})" if any(said) else ""


def counts(block: Item) -> list[dict[str, Any]]:
    return [field for field in block["fields"] if field["kind"] == "count" and field.get("totalled", True)]


def sentences(told: Told, item: Item) -> Iterator[str]:
    """Every figure of *item* in words, in order."""
    parts = [field for block in item["blocks"] for field in counts(block) if "part_of" in field]

    def said(block: Item, field: dict[str, Any], by_part: bool) -> str:
        label = field["label"].removeprefix("Trong đó: ")
        return f"{label}: {figure(told, item, field, by_part)}{names(told, item, block, field)}"

    for block in item["blocks"]:
        if block.get("kinds"):
            yield "; ".join(said(block, field, by_part=False) for field in counts(block))
            continue
        for field in counts(block):
            if "part_of" not in field:
                within = [said(block, part, by_part=False) for part in parts if part["part_of"] == field["key"]]
                yield "; trong đó: ".join([said(block, field, by_part=True), *filter(None, ["; ".join(within)])])
        if block["kind"] == "table":
            rows = [
                (title[:1].lower() + title[1:], added(
                    len(told.entries.get((report.id, item["key"], block["key"]), []))
                    for unit, report in members
                    if told.standing(unit, report, item) == "co"
                ))
                for _, title, members in told.parts
            ]  # fmt: skip
            unit = block["row_name"]
            yield f"Số {unit} ghi trong bảng: {amount([number for _, number in rows], unit, rows)}"
        if block["kind"] == "matrix":
            yield from slogans(told, item, block)


def slogans(told: Told, item: Item, block: Item) -> Iterator[str]:
    reports = [report for _, report in told.speaking(item)]
    units = {
        row["key"]: sum(bool(told.slogan(each, item, block, row["key"])) for each in reports) for row in block["rows"]
    }
    coded = told.coded(block)
    yield f"Đã thực hiện {sum(units[row] > 0 for row in coded)}/{len(coded)} {block['row_name']}, cụ thể:"
    for row in block["rows"]:
        name = f"{row['code']}. “{row['label']}”" if row.get("code") else row["label"]
        count = units[row["key"]]
        yield f"{name}: {f'{count} đơn vị' if count else 'chưa có đơn vị thực hiện'}"


def told_in(file: WordFile, item: Item) -> list[str]:
    """The figures that the chapter of *item* tells: what stands below its points, up to the texts of the units."""
    said = file.after(f"{item['number']}. {item['title']}")
    start = next(at for at, text in enumerate(said) if text.startswith("a) "))
    labels = {f"{field['label']}:" for block in item["blocks"] for field in block["fields"]}
    end = next((at for at, text in enumerate(said) if text in labels), len(said))
    return [text[2:].removesuffix(".") for text in said[start:end] if text[:2] in ("- ", "+ ")]


@pytest.mark.parametrize("scope", list(Scope))
def test_every_figure_of_every_item_is_told_as_the_database_has_it(story: Story, scope: Scope) -> None:
    file, told = report(story, scope), raw(story, scope is Scope.ACCEPTED)
    for item in told.items[:4]:
        assert told_in(file, item) == [each.removesuffix(".") for each in sentences(told, item)], item["key"]


def test_the_sentences_are_those_of_the_board(story: Story) -> None:
    """Once more without the expectations above: each total of the board stands behind its label."""
    words, totals = report(story).words, overview.total(story.lines())
    for item in story.seed.directive.items[:4]:
        for block in item.answered_blocks:
            for field in block.counts:
                label = field.label.removeprefix("Trong đó: ")
                number = totals.get(f"{item.key}.{field.key}")
                assert f"{label}: {NO_FIGURES if number is None else f'{dots(number)} {field.unit}'}" in words


# --- Annexes -----------------------------------------------------------------------------------------------------


def columns_of(forms: Sequence[Form]) -> dict[str, dict[str, str]]:
    """The cells of tables that go on in one another, by heading and then by the name of the row."""
    found: dict[str, dict[str, str]] = {}
    for form in forms:
        for name in {row[1] for row in form.rows if row[0] not in ("A", "B", "*")}:
            for heading, value in list(form.of(name).items())[2:]:
                found.setdefault(heading, {})[name] = value
    return found


def excel_columns(head: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]]) -> dict[str, dict[str, Any]]:
    """The same of a sheet, each heading with and without its unit of measure."""
    found: dict[str, dict[str, Any]] = {}
    for at, (upper, lower) in enumerate(zip(head[-3], head[-2], strict=True)):
        for heading in {str(upper or lower), f"{upper} {lower}"}:
            found[heading] = {row[2]: row[at] for row in rows if row[0] is None or isinstance(row[0], int)}
    return found


@pytest.mark.parametrize("scope", list(Scope))
def test_every_cell_of_the_annexes_is_that_of_the_database_and_of_the_excel(story: Story, scope: Scope) -> None:
    file, told, book = report(story, scope), raw(story, scope is Scope.ACCEPTED), opened(story.export(scope))
    sheets = told.sheets()
    standings = {
        (unit.name, item["key"]): told.standing(unit, report, item)
        for item in told.items
        for _, _, members in told.parts
        for unit, report in members
    }
    marks = {"khong": "–", "khong_thuoc": "x", "chua": "…", "chua_nhan": "*"}
    seen = 0
    for name, title, item in (
        ("Tổng hợp", "Biểu 01", None),
        ("Nội dung 1", "Biểu 02", "n1"),
        ("Nội dung 2", "Biểu 03", "n2"),
        ("Nội dung 3", "Biểu 04a", "n3"),
        ("ND3 - Đơn vị × khẩu hiệu", "Biểu 04b", None),
        ("Nội dung 4", "Biểu 05", "n4"),
    ):
        head, body = split(book[name])
        excel, database = excel_columns(head, body), excel_columns(head, sheets[name])
        for heading, cells in columns_of([form for form in file.forms if form.title.startswith(title)]).items():
            for row, value in cells.items():
                standing = standings.get((row, item or ""), "co")
                expected = cell(database[heading][row]) if standing == "co" else marks[standing]
                assert value == expected, (title, heading, row)
                assert standing != "co" or value == cell(excel[heading][row])
                seen += 1
    assert seen > 500


def test_every_count_of_the_definition_has_a_column(story: Story) -> None:
    forms = report(story).forms
    for item in raw(story).items[:4]:
        headings = [heading for form in forms[2:] for heading in form.headings]
        for block in item["blocks"]:
            for field in counts(block):
                head = f"{field['code']} {field.get('short') or field['label']}"
                assert sum(heading in (head, f"{head} ({field['unit']})") for heading in headings) == 1, head
    assert max(len(form.headings) for form in forms) <= 2 + 12


def test_the_tables_go_by_part_with_sums_and_number_their_columns(story: Story) -> None:
    form = next(form for form in report(story).forms if form.title.startswith("Biểu 02."))
    assert [row[1] for row in form.rows if not row[0].isdigit()] == [
        "Phòng, ban, ngành", "Cộng phòng, ban, ngành", "Xã, phường", "Cộng xã, phường", "Đơn vị khác",
        "Cộng đơn vị khác", "Tổng cộng",
    ]  # fmt: skip
    assert [row[0] for row in form.rows if row[0].isdigit()] == [str(number) for number in range(1, 8)]
    assert form.measure == "Đơn vị tính: ghi ở từng cột"
    assert (
        next(form for form in report(story).forms if form.title == "Biểu 02 (tiếp theo)").measure == "Đơn vị tính: cuộc"
    )


def test_the_last_annexes_hold_documents_texts_and_who_has_sent(story: Story) -> None:
    story.add_row("HT", "n5", "van_ban", {
        "loai": "ke_hoach", "so_ky_hieu": "7/KH", "ngay": "9/11/23", "trich_yeu": "Kế hoạch tuyên truyền",
    })  # fmt: skip
    story.save("HT", {name: text for name, text in people.complete_answers().items() if "khong_van_ban" not in name})
    story.send("HT")
    file = report(story)
    name = "Ủy ban nhân dân xã Hiệp Thạnh"
    documents = next(form for form in file.forms if form.title.startswith("Biểu 06"))
    assert documents.rows == [
        ["B", "Xã, phường", "", "", "", ""], ["1", name, "Kế hoạch", "7/KH", "09/11/2023", "Kế hoạch tuyên truyền"],
    ]  # fmt: skip
    texts = next(form for form in file.forms if form.title.startswith("Biểu 07"))
    assert texts.of(name)["5.4 Khó khăn, vướng mắc; tồn tại, hạn chế"] == "Không"
    assert texts.of("Ủy ban nhân dân Phường 1")["5.6 Kiến nghị, đề xuất"] == HOSTILE["n5-danh_gia-0-kien_nghi"]
    sending = next(form for form in file.forms if form.title.startswith("Biểu 08"))
    told = [
        [cell(each) if not hasattr(each, "hour") else f"{each:%H:%M %d/%m/%Y}" for each in row]
        for row in raw(story).sending()
    ]
    assert [row[2:] for row in sending.rows if row[0].isdigit()] == [row[3:9] for row in told if row[0].isdigit()]
    assert (
        "Số đơn vị ban hành văn bản: 1; tổng số: 1 văn bản (phòng, ban, ngành: 0; xã, phường: 1; đơn vị khác: 0)"
        in file.words
    )
    assert "theo loại: kế hoạch 1 (chi tiết tại Phụ lục VI)." in file.words
    assert "0294" not in file.words  # the telephones of colleagues stay with the Team


# --- Who speaks --------------------------------------------------------------------------------------------------


def test_it_says_who_was_asked_who_has_reported_and_whose_figures_it_holds(story: Story) -> None:
    said = "\n".join(report(story, Scope.ACCEPTED).paragraphs)
    states = overview.states(story.lines(), story.clock())
    assert "đã đề nghị 7 đơn vị (phòng, ban, ngành: 2; xã, phường: 4; đơn vị khác: 1)" in said
    assert f"có {states.counted}/7 đơn vị gửi báo cáo" in said
    assert f"(đúng hạn: {states.counted - states.sent_late}; trễ hạn: {states.sent_late})" in said
    assert f"chưa gửi: {states.missing} đơn vị, trong đó đã quá hạn: {states.overdue} đơn vị" in said
    assert "Phạm vi số liệu: chỉ báo cáo đã tiếp nhận (1/7 đơn vị)." in said
    left_out = "Phòng Nội vụ; Ủy ban nhân dân Phường 1; Đơn vị của nhóm lạ."
    assert f"Đã gửi nhưng chưa tiếp nhận nên chưa đưa vào số liệu (3 đơn vị): {left_out}" in said
    for status in Status:
        names = [line.name for line in sorted(story.lines(), key=_by_part) if line.status is status]
        assert not names or f"- {status.label} ({len(names)} đơn vị): {'; '.join(names)}." in said


def _by_part(line: ReportLine) -> int:
    return {"PCM": 0, "XP": 1}.get(line.group, 2)


def test_a_unit_without_activity_is_named_with_its_reason(story: Story) -> None:
    said = report(story).after("1. Thông tin, tuyên truyền")
    assert "Theo báo cáo của các đơn vị, có hoạt động: 3 đơn vị; không có hoạt động: 1 đơn vị." in said
    assert "- Không có hoạt động (1 đơn vị): Phòng Nội vụ (lý do: Chưa bố trí được kinh phí)." in said
    said = report(story).after("4. Phóng sự, tin, bài")
    assert "Theo báo cáo của các đơn vị, có hoạt động: 1 đơn vị; không thuộc trách nhiệm: 3 đơn vị." in said


def test_reports_that_the_team_entered_are_named(story: Story) -> None:
    said = report(story).paragraphs
    assert any("Đội Tổng hợp - Công an thị xã nhập thay từ báo cáo giấy: 1 đơn vị." in text for text in said)
    assert "- Nhập thay từ báo cáo giấy (1 đơn vị): Đơn vị của nhóm lạ." in said


def test_a_part_of_the_units_is_said_to_be_one(story: Story) -> None:
    lines = [line for line in story.lines() if line.group == "XP"]
    file = report(story, lines=lines, filter="Nhóm: Xã, phường")
    assert "Báo cáo này chỉ gồm một phần danh sách đơn vị. Nhóm: Xã, phường." in file.paragraphs
    assert "Phòng Nội vụ" not in file.words
    assert "- Số cuộc tuyên truyền: 12 cuộc; trong đó: số cuộc lồng ghép: không có số liệu." in file.paragraphs


def test_what_units_write_is_told_by_unit_and_nothing_is_only_counted(story: Story) -> None:
    file = report(story)
    difficulties = file.after("2. Khó khăn, vướng mắc")
    assert difficulties[0] == "- Ủy ban nhân dân Phường 1: +1+1"
    assert difficulties[1].startswith("Không có khó khăn, vướng mắc (3 đơn vị): Phòng Văn hóa và Thông tin; ")
    assert difficulties[2:] == ["Khó khăn, nguyên nhân và kiến nghị của từng đơn vị tại Phụ lục VII."]
    assert file.after("3. Nguyên nhân")[:3] == ["- Ủy ban nhân dân Phường 1: @SUM(A1)", "Dòng hai 😀", "thụt đầu dòng"]
    assert "- Ủy ban nhân dân Phường 1: TRUE" in file.after("IV. PHƯƠNG HƯỚNG")
    assert "- Ủy ban nhân dân Phường 1: #REF!" in file.after("1. Kết quả nổi bật")


# --- Counted once ------------------------------------------------------------------------------------------------


def decide(story: Story, amounts: dict[str, int]) -> None:
    """P1's row tells what VHTT's tells too, and is not counted."""
    members = [
        Member(
            report=story.seed.report(code).id, revision=1, row="x", code=code, name=story.seed.units[code].name,
            kept=code == "VHTT", amounts=amounts,
        )
        for code in ("VHTT", "P1")
    ]  # fmt: skip
    with connection():
        overlaps.decide(story.seed.round, "f", "Hội nghị <chung> {{ 1 }}", ONCE, members, "", story.actor("tonghop"))


def test_what_is_counted_once_is_subtracted_and_told(story: Story) -> None:
    before = report(story)
    decide(story, {"n1.so_cuoc": 2, "n1.so_luot_nguoi": 1000})
    file, lines, less = report(story), story.lines(), story.once().less
    (told,) = file.after("5. Hoạt động nhiều đơn vị cùng báo cáo, được tính một lần")
    assert told == (
        "- Hội nghị <chung> {{ 1 }}: giữ số liệu của Phòng Văn hóa và Thông tin; của Ủy ban nhân dân Phường 1 đã trừ: "
        "số cuộc tuyên truyền: 2 cuộc; số lượt người tham dự: 1.000 lượt người."
    )
    net, gross = overview.total(lines, less=less), overview.total(lines)
    assert (net["n1.so_cuoc"], net["n1.so_luot_nguoi"]) == (gross["n1.so_cuoc"] - 2, gross["n1.so_luot_nguoi"] - 1000)
    parts = {part.title: overview.total(part.lines, less=less) for part in overview.parts(story.seed.directive, lines)}
    said = "; ".join(f"{title[:1].lower()}{title[1:]}: {sums['n1.so_cuoc']}" for title, sums in parts.items() if sums)
    words = " ".join(file.paragraphs)
    assert f"Số cuộc tuyên truyền: {net['n1.so_cuoc']} cuộc ({said}; đã trừ 2 do chỉ tính một lần)" in words
    form = next(form for form in file.forms if form.title.startswith("Biểu 02."))
    names = [row[1] for row in form.rows]
    at = names.index("Trừ: tính một lần")
    assert form.rows[at][2:7] == ["-2", "", "-1.000", "", ""]
    assert form.rows[at + 1][1:3] == ["Cộng xã, phường", str(parts["Xã, phường"]["n1.so_cuoc"])]
    assert (form.rows[-1][2], form.rows[-1][4]) == (str(net["n1.so_cuoc"]), dots(net["n1.so_luot_nguoi"]))
    old = next(form for form in before.forms if form.title.startswith("Biểu 02."))
    assert [row for row in form.rows if row[0].isdigit()] == [row for row in old.rows if row[0].isdigit()]
    assert "Trừ: tính một lần" in [row[1] for row in file.forms[0].rows]
    assert "Trừ: tính một lần" not in [row[1] for row in file.forms[1].rows]  # of items 3 and 4 nothing is


def test_the_excel_takes_off_the_same(story: Story) -> None:
    decide(story, {"n1.so_cuoc": 2, "n1.so_luot_nguoi": 1000})
    word = columns_of([form for form in report(story).forms if form.title.startswith("Biểu 02")])
    head, body = split(opened(story.export())["Nội dung 1"])
    excel = excel_columns(head, body)
    for name in ("Trừ: tính một lần", "Cộng phòng, ban, ngành", "Cộng xã, phường", "Tổng cộng"):
        for heading, cells in word.items():
            assert cells.get(name, "") == cell(excel[heading].get(name)), (heading, name)


def test_a_file_of_other_units_takes_nothing_off(story: Story) -> None:
    decide(story, {"n1.so_cuoc": 2})
    file = report(story, lines=[line for line in story.lines() if line.group == "PCM"])
    assert "Số cuộc tuyên truyền: 12 cuộc; trong đó" in " ".join(file.paragraphs)
    assert "tính một lần" not in file.words


def test_a_decision_about_reports_out_of_scope_changes_nothing(story: Story) -> None:
    before = report(story, Scope.ACCEPTED)
    decide(story, {"n1.so_cuoc": 2})
    story.clock.move(minutes=-1)
    assert report(story, Scope.ACCEPTED).words == before.words


# --- Odd rounds ---------------------------------------------------------------------------------------------------


def test_a_round_without_units_gives_a_report_that_says_so(story: Story) -> None:
    file = report(story, lines=[])
    assert "đã đề nghị 0 đơn vị báo cáo kết quả thực hiện" in file.words
    assert file.after("1. Thông tin")[-1].startswith("- Chưa có đơn vị nào trong phạm vi số liệu báo cáo hoạt động")
    assert file.after("V. KIẾN NGHỊ")[0] == "Chưa có báo cáo nào trong phạm vi số liệu nêu kiến nghị, đề xuất."
    assert [row[1] for row in file.forms[0].rows] == ["Tổng cộng"]


def test_one_unit_speaks_for_itself(story: Story) -> None:
    (line,) = [line for line in story.lines() if line.code == "VHTT"]
    file = report(story, Scope.ACCEPTED, lines=[line])
    assert "- Số cuộc tuyên truyền: 12 cuộc; trong đó: số cuộc lồng ghép: không có số liệu." in file.paragraphs
    assert "- Số cuộc ghi trong bảng: 0 cuộc." in file.paragraphs


def test_the_same_moment_and_data_give_the_same_bytes(story: Story) -> None:
    assert write(story) == write(story)


def test_answers_that_change_meanwhile_are_told(story: Story) -> None:
    lines = story.lines()
    with connection():
        report_id = story.seed.report("P1").id
        here = (Entry.report == report_id) & (Entry.block == "so_lieu") & (Entry.item == "n1")
        Entry.update(values=Entry.get(here).values | {"so_cuoc": 99}).where(here).execute()
    said = report(story, lines=lines).paragraphs[0]
    assert said.startswith("Lưu ý (xóa trước khi trình ký): Báo cáo của P1 thay đổi trong lúc xuất tệp.")
