"""Each item of the definition in each consumer; and an indicator more is one entry in the file and nothing else."""

from __future__ import annotations

from io import BytesIO

import people
import pytest
from bs4 import BeautifulSoup
from consolidated_file import read_word
from flask import Flask
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.directive import BlockKind, Directive, Item, Kind, parse_directive
from nhanquyen.directive.values import shown
from nhanquyen.store import database, reports, rounds
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Entry

SOURCE = people.DIRECTIVE.source
MORE = (
    (  # a count among the figures, counted on the board as well
        '  { key = "tai_lieu", code = "1.9"',
        '  { key = "xe_hoa", code = "1.13", label = "Số lượt xe hoa", unit = "lượt", kind = "count", max = 90 },\n',
    ),
    (  # a column of a table
        '  { key = "dia_diem", label = "Địa điểm", kind = "text", max_length = 200 },',
        '  { key = "ngon_ngu", label = "Ngôn ngữ tuyên truyền", kind = "text", max_length = 50 },\n',
    ),
    ('"n4.so_bai"]', None),
)


def extended() -> Directive:
    """The real definition with two indicators more, under a key of its own."""
    text = SOURCE.replace('key = "217-catx-2023"', 'key = "217-catx-them"', 1)
    for place, line in MORE:
        assert text.count(place) == 1, place
        text = text.replace(place, line + place) if line else text.replace(place, '"n4.so_bai", "n1.xe_hoa"]')
    return parse_directive(text, "copy.toml")


def offline_words(browser: people.Browser, report_id: int) -> set[object]:
    """Everything that the unit's offline form says."""
    answer = browser.get(f"/bao-cao/{report_id}/bieu-excel/tep")
    assert answer.status_code == 200
    return {text for sheet in load_workbook(BytesIO(answer.data)).worksheets for text in texts(sheet)}


def workbook(browser: people.Browser) -> dict[str, Worksheet]:
    answer = browser.get("/tai-ve/excel")
    assert answer.status_code == 200
    return {sheet.title: sheet for sheet in load_workbook(BytesIO(answer.data)).worksheets}


def texts(sheet: Worksheet) -> list[object]:
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_an_indicator_more_is_one_entry_in_the_file(
    app: Flask, seed: people.Seed, clock: people.SettableClock, as_unit: people.Browser, as_team: people.Browser
) -> None:
    clock.move(minutes=1)
    directive = extended()
    with database.connection():
        opened = rounds.open_round(directive, Actor(None, "", clock()))
        report = reports.report_of(opened, seed.units["P1"])
    assert report is not None
    assert {"Số lượt xe hoa", "Ngôn ngữ tuyên truyền"} <= offline_words(as_unit, report.id)
    assert 'name="n1-so_lieu-0-xe_hoa"' in as_unit.get("/bao-cao").get_data(as_text=True)

    as_unit.post(f"/bao-cao/{report.id}", {"action": "them.n1.chi_tiet"})
    with database.connection():
        row = Entry.get(Entry.block == "chi_tiet").row
    detail = {"ngay": "05/12/2023", "hinh_thuc": "Họp dân", "noi_dung": "Quyền con người", "ngon_ngu": "Việt, Khmer"}
    typed = people.complete_answers() | {f"n1-chi_tiet-{row}-{key}": text for key, text in detail.items()}
    version = {"ver": "1", "n1-so_lieu-0-xe_hoa": "1.0x", **typed}
    assert as_unit.post(f"/bao-cao/{report.id}/luu", version, htmx=True).status_code == 200
    assert "n1-so_lieu-0-xe_hoa" in as_unit.get(f"/bao-cao/{report.id}/kiem-tra").get_data(as_text=True)
    assert as_unit.post(f"/bao-cao/{report.id}/gui", {"khong_mat": "1"}).status_code == 422
    change = {"was.n1-so_lieu-0-xe_hoa": "1.0x", "n1-so_lieu-0-xe_hoa": "47"}
    assert as_unit.post(f"/bao-cao/{report.id}/luu", change, htmx=True).status_code == 200
    assert as_unit.post(f"/bao-cao/{report.id}/gui", {"khong_mat": "1"}).status_code == 303

    with database.connection():
        answers = reports.load_answers(report)
    single, detailed = answers.row("n1", "so_lieu"), answers.row("n1", "chi_tiet", row)
    assert single is not None
    assert detailed is not None
    assert (single.values["xe_hoa"], detailed.values["ngon_ngu"]) == (47, "Việt, Khmer")

    board = BeautifulSoup(as_team.get("/tong-hop").get_data(as_text=True), "html.parser")
    line = next(row for row in board.select(".totals-table tr") if "Số lượt xe hoa" in row.get_text())
    assert [cell.get_text(strip=True) for cell in line.find_all("td")] == ["lượt", "0", "47", "47"]
    sheets = workbook(as_team)
    for title in ("Tổng hợp", "Nội dung 1"):
        assert 47 in texts(sheets[title])
        assert any("Số lượt xe hoa" in str(text) for text in texts(sheets[title]))
    assert any({"Ngôn ngữ tuyên truyền", "Việt, Khmer"} <= set(texts(sheet)) for sheet in sheets.values())

    word = read_word(as_team.get("/tai-ve/word?pham_vi=da_gui").data)
    assert "- Số lượt xe hoa: 47 lượt (xã, phường: 47)." in word.paragraphs
    sums = [form.of("Tổng cộng") for form in word.forms if form.rows and form.rows[-1][1] == "Tổng cộng"]
    cells = [each.get("1.13 Số lượt xe hoa (lượt)") for each in sums]
    assert cells.count("47") == 2  # among the main totals, and of its item


def fill_whole_item(browser: people.Browser, report_id: int, item: Item) -> None:
    """Type an example into every field of *item*, with one row in each of its tables."""
    for block in item.answered_blocks:
        if block.kind is BlockKind.TABLE:
            action = {"action": f"them.{item.key}.{block.key}"}
            assert browser.post(f"/bao-cao/{report_id}", action).status_code == 303
    with database.connection():
        added = {(entry.block): entry.row for entry in Entry.select().where(Entry.item == item.key)}
    typed = {}
    for block in item.answered_blocks:
        keys = [row.key for row in block.rows] or [added.get(block.key, "0")]
        for key in keys:
            for number, each in enumerate(block.fields, start=2):
                text = next(iter(each.choices), "") if each.kind is Kind.CHOICE else people.example(each.kind, number)
                typed[f"{item.key}-{block.key}-{key}-{each.key}"] = text
    with database.connection():
        report = reports.get_report(report_id)
    assert report is not None
    answer = browser.post(f"/bao-cao/{report_id}/luu", {**typed, "ver": str(report.version)}, htmx=True)
    assert answer.status_code == 200


@pytest.mark.parametrize("item", people.DIRECTIVE.items, ids=lambda item: item.key)
def test_every_field_of_an_item_is_typed_stored_and_read_again(
    seed: people.Seed, as_unit: people.Browser, as_team: people.Browser, item: Item
) -> None:
    report = seed.report("P1")
    fill_whole_item(as_unit, report.id, item)
    with database.connection():
        answers = reports.load_answers(report)
    form = BeautifulSoup(as_unit.get("/bao-cao").get_data(as_text=True), "html.parser")
    document = as_team.get(f"/tong-hop/bao-cao/{report.id}").get_data(as_text=True)
    words = BeautifulSoup(document, "html.parser").get_text()
    for block in item.answered_blocks:
        for row in answers.rows(item, block):
            assert set(row.values) == {each.key for each in block.fields}
            for each in block.fields:
                assert form.find(attrs={"name": f"{item.key}-{block.key}-{row.key}-{each.key}"}) is not None
                assert shown(each, row.values[each.key]).split("\n")[0] in words
