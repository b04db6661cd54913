"""The board's pictures: where their parts stand, what they say without eyes, and that colours can be told apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import people
import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from test_overview import line

from nhanquyen import overview
from nhanquyen.clock import VIETNAM
from nhanquyen.overview import Part
from nhanquyen.overview.progress import progress
from nhanquyen.store import database
from nhanquyen.store.models import Report, Round
from nhanquyen.store.reports import ReportLine, Status
from nhanquyen.web.pictures import (
    NARROWEST,
    Piece,
    ProgressPicture,
    Word,
    progress_picture,
    share,
    shares_picture,
    states_picture,
)

OPENED = datetime(2023, 11, 10, 8, 0, tzinfo=VIETNAM)
DUE = datetime(2023, 12, 22, 11, 30, tzinfo=VIETNAM)
STYLES = (Path(__file__).resolve().parents[2] / "static" / "app.css").read_text(encoding="utf-8")


def assert_fills(pieces: Sequence[Piece]) -> None:
    """The pieces touch, begin and end with the bar, and each number has room on a phone."""
    assert pieces[0].left == 0
    assert pieces[-1].left + pieces[-1].width == pytest.approx(100, abs=0.01)
    for before, after in pairwise(pieces):
        assert before.left + before.width == pytest.approx(after.left, abs=0.01)
    for piece in pieces:
        assert piece.width > 0
        assert piece.width / 100 * NARROWEST >= len(piece.label) * 8


def states_of(**counts: int) -> overview.States:
    by_status = {status: counts.get(status.value, 0) for status in Status}
    return overview.States(sum(by_status.values()), by_status, 0, 0)


# --- States ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "labels"),
    [
        ({"sent": 1}, ["1"]),
        ({"not_started": 2, "accepted": 2}, ["2", "2"]),
        ({"not_started": 4, "drafting": 4, "sent": 11, "returned": 3, "resent": 3, "accepted": 9},
         ["9", "3", "3", "11", "4", "4"]),
        ({"not_started": 4000, "drafting": 1, "accepted": 999}, ["999", "", "4.000"]),
    ],
)  # fmt: skip
def test_the_pieces_fill_the_bar_and_say_what_has_room(counts: dict[str, int], labels: list[str]) -> None:
    picture = states_picture(states_of(**counts))
    assert_fills(picture.pieces)
    assert [piece.label for piece in picture.pieces] == labels
    assert [state.count for state in picture.states] == [counts.get(status.value, 0) for status in Status]


def test_no_units_no_pieces() -> None:
    picture = states_picture(states_of())
    assert (picture.pieces, {state.share for state in picture.states}) == ([], {""})


@pytest.mark.parametrize(
    ("count", "whole", "said"), [(1, 3, "33,3%"), (2, 2, "100,0%"), (0, 5, "0,0%"), (0, 0, ""), (1, 3000, "0,0%")]
)
def test_a_share_is_written_the_vietnamese_way(count: int, whole: int, said: str) -> None:
    assert share(count, whole) == said


# --- Progress ----------------------------------------------------------------------------------------------------


def sent(number: int, arrived: datetime) -> ReportLine:
    return line(f"U{number}", Status.SENT, arrived_at=arrived, sent_at=arrived, due_at=DUE)


def drawn(lines: Sequence[ReportLine], now: datetime, due: datetime = DUE) -> ProgressPicture:
    picture = progress_picture(progress(lines, OPENED, due, now))
    assert picture is not None
    words = [*picture.ticks, picture.units, picture.now, *([picture.due] if picture.due else [])]
    assert all(0 <= word.x <= 100 for word in words)
    assert_apart(picture.ticks)
    for step in picture.steps:
        assert picture.top <= step.top <= step.middle <= picture.bottom
        assert step.x + step.width == pytest.approx(100 * len(picture.progress.days) / picture.progress.span, abs=0.01)
    return picture


def assert_apart(ticks: Sequence[Word]) -> None:
    """Labels, which take 34 pixels, do not touch on a phone."""
    before = {"start": 0, "middle": 17, "end": 34}
    ends = -1.0
    for tick in ticks:
        left = tick.x * NARROWEST / 100 - before[tick.anchor]
        assert left > ends, tick
        ends = left + 34


def test_a_step_is_as_high_as_its_reports_and_as_wide_as_the_days_left() -> None:
    lines = [sent(1, OPENED), sent(2, OPENED + timedelta(days=2)), line("U3"), line("U4")]
    picture = drawn(lines, OPENED + timedelta(days=4), due=OPENED + timedelta(days=9))
    height = picture.bottom - picture.top
    assert [(step.x, step.width) for step in picture.steps] == [(0, 50), (20, 30)]
    assert [step.top for step in picture.steps] == [picture.bottom - height / 4, picture.bottom - height / 2]
    assert (picture.now, picture.due_x) == (Word(50, "start", "2"), 100)
    assert (picture.due, picture.units) == (Word(100, "end", "Hạn gửi 19/11"), Word(100, "end", "Cả 4 đơn vị"))
    assert [day.day.day for day in picture.days] == [10, 12, 14]


def test_the_late_ones_stand_on_those_in_time() -> None:
    picture = drawn([sent(1, DUE), sent(2, DUE + timedelta(hours=1)), sent(3, DUE + timedelta(days=1))],
                    DUE + timedelta(days=1))  # fmt: skip
    height = picture.bottom - picture.top
    *_, last = picture.steps
    assert (last.top, last.middle) == (picture.top, pytest.approx(picture.bottom - height / 3, abs=0.1))
    assert picture.due_x == pytest.approx(100 * 43 / 44, abs=0.001)


@pytest.mark.parametrize("days", [0, 1, 6, 13, 41, 42, 90, 199, 365, 366, 1200])
@pytest.mark.parametrize("units", [1, 2, 1000])
def test_it_holds_whatever_the_round_is_like(days: int, units: int) -> None:
    now = OPENED + timedelta(days=days)
    lines = [sent(n, OPENED + timedelta(days=n % (days + 1))) for n in range(units - 1)] + [line("LAST")]
    picture = drawn(lines, now)
    assert 1 <= len(picture.ticks) <= 7
    assert len(picture.steps) <= min(units, 366)
    assert picture.now.text == f"{units - 1:,}".replace(",", ".")
    assert (picture.due is None) is not picture.progress.holds_due


def test_nobody_sent_draws_no_step_and_no_unit_no_picture() -> None:
    assert drawn([line("U1")], OPENED).steps == []
    assert progress_picture(progress([], OPENED, DUE, OPENED)) is None


# --- Shares ------------------------------------------------------------------------------------------------------


def test_shares_are_those_of_the_totals() -> None:
    path, field = people.DIRECTIVE.headline_fields[0]
    other, _ = people.DIRECTIVE.headline_fields[1]
    parts = [Part("A", "Phòng", []), Part("B", "Xã", []), Part("*", "Khác", [])]
    picture = shares_picture(people.DIRECTIVE, parts, [{path: 30}, {path: 10, other: 0}, {}])
    assert picture is not None
    assert [name for name, _, _ in picture.looks] == ["A. Phòng", "B. Xã", "*. Khác"]
    assert len({(look, texture) for _, look, texture in picture.looks}) == 3
    first, second, third = picture.rows[:3]
    assert (first.heading, first.counts, first.total) == (field.heading, [30, 10, None], 40)
    assert first.shares == ["75,0%", "25,0%", "0,0%"]
    assert_fills(first.pieces)
    assert [(piece.look, piece.width) for piece in first.pieces] == [("part-a", 75), ("part-b", 25)]
    assert (second.total, second.pieces) == (0, [])
    assert (third.total, third.pieces) == (None, [])


def test_one_part_alone_has_no_shares() -> None:
    assert shares_picture(people.DIRECTIVE, [Part("A", "Phòng", [])], [{}]) is None
    assert shares_picture(people.DIRECTIVE, [], []) is None


# --- On the page -------------------------------------------------------------------------------------------------


def board(browser: people.Browser) -> BeautifulSoup:
    return BeautifulSoup(browser.get("/tong-hop").get_data(as_text=True), "html.parser")


def figure(page: BeautifulSoup, name: str) -> Tag:
    found = page.find("figure", attrs={"aria-labelledby": name})
    assert isinstance(found, Tag)
    return found


def table(found: Tag) -> list[list[str]]:
    return [[cell.get_text(" ", strip=True) for cell in row(["th", "td"])] for row in found.select("details tbody tr")]


def test_the_pictures_say_what_the_rows_say(
    app: Flask, seed: people.Seed, as_team: people.Browser, clock: people.SettableClock
) -> None:
    people.round_in_use(app, seed)
    page = board(as_team)
    assert table(figure(page, "states-name")) == [
        ["Chưa nhập", "0", "0,0%"],
        ["Đang soạn", "1", "33,3%"],
        ["Đã gửi", "1", "33,3%"],
        ["Trả lại bổ sung", "1", "33,3%"],
        ["Đã gửi lại", "0", "0,0%"],
        ["Đã tiếp nhận", "0", "0,0%"],
        ["Tổng cộng", "3", "100%"],
    ]
    days = figure(page, "progress-name")
    assert table(days) == [["20/12/2023", "1", "1", "0"]]
    picture = days.find("svg", attrs={"role": "img"})
    assert isinstance(picture, Tag)
    text = str(picture.find("desc"))
    assert "1 trong 3 đơn vị đã gửi, 0 đơn vị trong số đó trễ hạn" in text
    assert "Hạn gửi: ngày 22/12/2023" in text
    shares = figure(page, "shares-name")
    assert table(shares)[0] == ["Số cuộc tuyên truyền (cuộc)", "", "0,0%", "12", "100,0%"]
    clock.move(days=10)
    with database.connection():
        Report.update(arrived_at=clock()).where(Report.unit == seed.units["LT"]).execute()
    late = figure(board(people.Browser(app).sign_in("tonghop")), "progress-name")
    assert table(late) == [["30/12/2023", "1", "1", "1"]]
    assert late.select(".came-late")


def test_the_last_day_is_what_the_lead_says(app: Flask, seed: people.Seed, as_team: people.Browser) -> None:
    people.round_in_use(app, seed)
    page = board(as_team)
    lead = page.select_one(".lead strong")
    assert lead is not None
    assert lead.get_text() == f"{table(figure(page, 'progress-name'))[-1][2]}/3"


def test_a_due_day_outside_the_picture_is_told_in_words(app: Flask, seed: people.Seed, as_team: people.Browser) -> None:
    with database.connection():
        Round.update(due_at=datetime(2020, 12, 22, 17, 0, tzinfo=VIETNAM)).execute()
    found = figure(board(as_team), "progress-name")
    assert "Hạn gửi 22/12/2020 nằm ngoài hình" in found.get_text()
    assert not found.select(".due-line")


def test_a_round_that_asks_nobody_has_a_page(seed: people.Seed, as_team: people.Browser) -> None:
    with database.connection():
        Report.update(asked=False).execute()
    page = board(as_team)
    assert page.find("figure", attrs={"aria-labelledby": "progress-name"}) is None
    assert page.find("figure", attrs={"aria-labelledby": "shares-name"}) is None
    assert table(figure(page, "states-name"))[-1] == ["Tổng cộng", "0", ""]


def test_every_picture_has_a_name_and_its_textures(app: Flask, seed: people.Seed, as_team: people.Browser) -> None:
    people.round_in_use(app, seed)
    page = board(as_team)
    ids = {tag["id"] for tag in page.find_all(id=True)}
    pictures = page.find_all("svg", attrs={"role": "img"})
    assert len(pictures) > 2
    for picture in pictures:
        assert set(picture["aria-labelledby"].split()) <= ids
        assert picture.find("title").get_text(strip=True)
    used = set(re.findall(r"url\(#([\w-]+)\)", str(page)))
    assert used
    assert used <= ids


# --- Colours -----------------------------------------------------------------------------------------------------


def colour(name: str, what: str = "fill") -> str:
    """The colour that the style sheet gives a class, a variable looked up."""
    found = next(
        value
        for selectors, rules in re.findall(r"^([^{}\n]+) \{ ([^}]*)\}", STYLES, re.MULTILINE)
        if f".{name}" in [each.strip() for each in selectors.split(",")]
        for key, value in re.findall(r"([\w-]+): ([^;]+);", rules)
        if key == what
    )
    variable = re.fullmatch(r"var\((--[\w-]+)\)", found)
    if variable:
        found = re.findall(rf"{variable[1]}: (#\w+);", STYLES)[0]
    return "#" + "".join(2 * digit for digit in found[1:]) if len(found) == 4 else found


def luminance(shade: str) -> float:
    parts = [int(shade[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


WHITE = "#ffffff"


def pairs() -> list[tuple[str, str]]:
    return [
        (colour("seam", "stroke"), colour("gap", "stroke")),  # what parts any two neighbours of a bar
        (colour("part-a"), colour("part-b")),
        (colour("came"), WHITE),
        (colour("came"), colour("came-late")),
        (colour("texture-dark", "stroke"), colour("came-late")),
        (colour("texture-dark", "stroke"), colour("bar-returned")),
        (colour("texture-light", "stroke"), colour("bar-resent")),
        (colour("texture-dot"), colour("bar-drafting")),
        (colour("due-line", "stroke"), WHITE),
        (colour("limit", "stroke"), WHITE),
    ]


@pytest.mark.parametrize(("one", "other"), pairs())
def test_what_lies_side_by_side_can_be_told_apart(one: str, other: str) -> None:
    assert contrast(one, other) >= 3


@pytest.mark.parametrize("status", Status)
def test_a_number_can_be_read_on_its_piece(status: Status) -> None:
    (state,) = [each for each in states_picture(states_of()).states if each.status is status]
    if state.texture:  # an edge of white lies between
        assert contrast(colour("label"), colour("edge", "stroke")) >= 4.5
    else:
        words = colour("on-bar-accepted") if status is Status.ACCEPTED else colour("label")
        assert contrast(words, colour(state.look)) >= 4.5
