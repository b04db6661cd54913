"""The demonstration tells one true story: every state is there, and everything derived from the answers is right."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from io import BytesIO
from pathlib import Path

import people
import pytest
from cluster import PostgreSQLCluster
from consolidated_file import read_word
from peewee import DateField
from PIL import Image
from pypdf import PdfReader

from nhanquyen import demo, overview
from nhanquyen.cli import DEMO_NOW
from nhanquyen.demo.story import stories
from nhanquyen.directive import BlockKind, Kind
from nhanquyen.directive.values import as_count, as_date, group_digits, read_date
from nhanquyen.export import combined, consolidated
from nhanquyen.form.answers import DONE, NONE, NOT_OURS, Answers, item_totals
from nhanquyen.form.check import Level, check_item, check_report, item_progress
from nhanquyen.overview import Scope
from nhanquyen.overview.overlaps import CountedOnce
from nhanquyen.setup import prepare
from nhanquyen.store import attachments, events, reports, review, rounds, sending, units
from nhanquyen.store.accounts import Hasher, Role, password_fault
from nhanquyen.store.database import connection
from nhanquyen.store.events import LogFilter
from nhanquyen.store.models import (
    MODELS,
    Account,
    Attachment,
    Event,
    InstantField,
    Report,
    Revision,
    Session,
    SignInFailure,
    Unit,
)
from nhanquyen.store.reports import ReportLine, Status, respondent_of
from nhanquyen.text import clean

STATES = {
    Status.NOT_STARTED: "TCKH KBNN TK NHCSXH",
    Status.DRAFTING: "PYT BQLDA THADS CCT",
    Status.SENT: "VHTT GDDT PKT PDT BCHQS TTYT TAND VKS DBP LH TLH",
    Status.RETURNED: "TTR QLDT DTH",
    Status.RESENT: "TNMT GDTX P2",
    Status.ACCEPTED: "VP PNV PTP LDTBXH TTVHTT BHXH P1 LT HT",
}
ORDER = [
    "VP", "PNV", "PTP", "TCKH", "TNMT", "LDTBXH", "VHTT", "GDDT", "TTR", "PKT", "QLDT", "PYT", "PDT", "TTVHTT",
    "BCHQS", "BQLDA", "TTYT", "GDTX", "BHXH", "THADS", "CCT", "KBNN", "TK", "TAND", "VKS", "DBP", "NHCSXH",
    "P1", "P2", "LT", "LH", "TLH", "HT", "DTH",
]  # fmt: skip


def make(url: str, folder: Path) -> None:
    """The demonstration at *url*, as the command makes it, but for how slowly passwords are hashed."""
    folder.mkdir(exist_ok=True)
    prepare(url, folder, demo.OPENED, Hasher(people.FAST_HASH), partial(demo.fill, DEMO_NOW))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a demonstration on SQLite, for all tests of this module to read."""
    folder = tmp_path_factory.mktemp("demo")
    url = f"sqlite:///{folder}/nhanquyen.sqlite3"
    with people.bound(url):
        make(url, folder)
    return url


@pytest.fixture
def played(made: str) -> Iterator[str]:
    with people.bound(made), connection():
        yield made


def lines() -> list[ReportLine]:
    return reports.board_lines(rounds.current_round(), DEMO_NOW.date())


def report(code: str) -> Report:
    unit = units.find(code)
    assert unit is not None
    found = reports.report_of(rounds.current_round(), unit)
    assert found is not None
    return found


def all_reports() -> list[Report]:
    return [report(code) for code in ORDER]


def started() -> list[Report]:
    return [each for each in all_reports() if each.status != Status.NOT_STARTED]


def values_of(code: str, item: str) -> dict[str, object]:
    return dict(reports.load_answers(report(code)).single_values(people.DIRECTIVE.by_key[item]))


# --- Who stands where ------------------------------------------------------------------------------


def test_every_state_is_there(played: str) -> None:
    found = {status: {line.code for line in lines() if line.status is status} for status in Status}
    assert found == {status: set(codes.split()) for status, codes in STATES.items()}


def test_the_34_units_stand_in_their_order_in_two_parts(played: str) -> None:
    board = lines()
    assert [line.code for line in board] == ORDER
    assert [(part.letter, len(part.lines)) for part in overview.parts(people.DIRECTIVE, board)] == [("A", 27), ("B", 7)]
    assert Unit.select().count() == 41
    assert all(line.contact and line.contact_position and line.phone for line in board)


def test_the_numbers_of_the_board_add_up(played: str) -> None:
    states = overview.states(lines(), DEMO_NOW)
    assert (states.units, states.counted, states.missing) == (34, 23, 11)
    assert (states.overdue, states.sent_late) == (7, 2)  # the three that were returned had come in time
    assert {line.code for line in lines() if line.counted and line.late_days(DEMO_NOW)} == {"PKT", "TLH"}


def test_it_shows_more_time_a_report_from_paper_and_a_request_to_have_one_back() -> None:
    (entered,) = [line for line in lines() if line.entered_by]
    assert (entered.code, entered.entered_by, entered.late_days(DEMO_NOW)) == ("DBP", "Đội Tổng hợp", 0)
    (extended,) = [line for line in lines() if line.extended]
    assert (extended.code, extended.late_days(DEMO_NOW)) == ("BQLDA", 0)
    (asking,) = [line for line in lines() if line.recall]
    assert (asking.code, asking.status, asking.recall[:11]) == ("BHXH", Status.ACCEPTED, "Xin bổ sung")


def test_one_report_is_in_review(played: str) -> None:
    open_reviews = [line.code for line in lines() if line.status is not Status.ACCEPTED and line.review_started_at]
    assert open_reviews == ["VHTT"]


def test_a_returned_report_says_why_by_item(played: str) -> None:
    reasons = {code: review.reasons_for(report(code)) for code in STATES[Status.RETURNED].split()}
    assert {code: set(found) for code, found in reasons.items()} == {
        "TTR": {"n1", "n5"}, "QLDT": {"n2", "n3"}, "DTH": {"n1", "n2", "n5"},
    }  # fmt: skip
    assert all(len(text) > 20 for found in reasons.values() for text in found.values())


def test_what_was_sent_again_differs_from_what_was_sent_first(played: str) -> None:
    again = [each for each in started() if each.revision == 2]
    assert {each.unit.code for each in again} == {"PTP", "TNMT", "GDTX", "P2", "LT"}
    for each in again:
        first, second = (json.loads(sending.get_revision(each, number).content) for number in (1, 2))
        assert first["items"] != second["items"], each.unit.code


def test_one_unit_took_its_report_back(played: str) -> None:
    taken = report("CCT")
    assert (taken.status, taken.revision) == (Status.DRAFTING, 1)


# --- Everything derived is right -----------------------------------------------------------------


def moment_of(each: Report) -> date:
    """The day on which the checks were last made."""
    return (each.sent_at if Status(each.status).counted else each.saved_at).date()


def test_progress_standings_and_totals_follow_from_the_answers(played: str) -> None:
    for each in started():
        answers, who = reports.load_answers(each), respondent_of(each)
        for item in people.DIRECTIVE.items:
            if item.key not in each.progress:
                assert not answers.has_answers(item)
                assert not answers.status_values(item)
                continue
            faults = check_item(people.DIRECTIVE, item, answers, who, moment_of(each))
            assert each.progress[item.key] == item_progress(item, answers, who, faults), (each.unit.code, item.key)
            assert each.standings[item.key] == answers.standing(item, who)
            own = {path: n for path, n in each.totals.items() if path.startswith(f"{item.key}.")}
            assert own == item_totals(item, answers, who)


def total_by_hand(path: str) -> int:
    """The sum of one count over what was last sent, read from the sent text itself."""
    item, key = path.split(".")
    total = 0
    for each in started():
        if Status(each.status).counted:
            content = json.loads(sending.latest_revision(each).content)
            blocks = content["items"][item]
            said = blocks["tinh_trang"][0]["values"].get("trang_thai", DONE) if blocks["tinh_trang"] else DONE
            if said == DONE:
                total += sum(row["values"].get(key, 0) for rows in blocks.values() for row in rows)
    return total


def test_the_totals_of_the_board_are_those_of_what_was_sent(played: str) -> None:
    totals = overview.total(lines())
    for path in people.DIRECTIVE.headline:
        assert totals[path] == total_by_hand(path), path
        assert totals[path] > 0
    parts = overview.parts(people.DIRECTIVE, lines())
    for path in people.DIRECTIVE.headline:
        assert sum(overview.total(part.lines).get(path, 0) for part in parts) == totals[path]


@pytest.mark.parametrize("scope", list(Scope))
def test_the_consolidated_report_tells_the_totals_of_the_board(played: str, scope: Scope) -> None:
    opened, board = rounds.current_round(), lines()
    about = combined.About(opened.title, scope, DEMO_NOW, "Đội Tổng hợp", opened.opened_at, opened.due_at)
    word = read_word(consolidated.write(people.DIRECTIVE, board, reports.each_answers, CountedOnce(), about))
    totals, said = overview.total(board, scope), " ".join(word.paragraphs)
    for item in people.DIRECTIVE.items:
        for field in (each for block in item.answered_blocks for each in block.counts):
            number = totals.get(f"{item.key}.{field.key}")
            told = "không có số liệu" if number is None else f"{group_digits(number)} {field.unit}"
            assert f"{field.label.removeprefix('Trong đó: ')}: {told}" in said
    paths = [path for path, _ in people.DIRECTIVE.headline_fields]
    cells = [cell for form in word.forms if form.title.startswith("Biểu 01") for cell in form.rows[-1][2:]]
    assert cells == [group_digits(totals[path]) if path in totals else "" for path in paths]
    assert [len(form.rows) for form in word.forms if form.title.startswith("Biểu 08")] == [34 + 2]


def test_what_is_sent_is_what_is_stored(played: str) -> None:
    for each in started():
        if not Status(each.status).counted:
            continue
        sent, files = sending.content_of(sending.latest_revision(each))
        for item in people.DIRECTIVE.items:
            for block in item.blocks:
                stored = [row for row in reports.load_answers(each).rows(item, block) if row.values]
                assert [row for row in sent.rows(item, block) if row.values] == stored
        later = {file.id for file in attachments.of_report(each)} - {file.id for file in files}
        assert all(Attachment.get_by_id(file).item == "" for file in later)  # signed scans come after sending


def test_every_revision_is_whole_numbered_and_without_a_blocking_fault(played: str) -> None:
    for each in started():
        revisions = sorted(sending.revisions_of(each), key=lambda found: found.number)
        assert [found.number for found in revisions] == list(range(1, each.revision + 1))
        for number in range(1, each.revision + 1):
            found = sending.get_revision(each, number)
            assert hashlib.sha256(found.content.encode()).hexdigest() == found.sha256
            answers, _ = sending.content_of(found)
            faults = check_report(people.DIRECTIVE, answers, respondent_of(each), found.sent_at.date())
            assert not [fault for fault in faults if fault.blocks], (each.unit.code, number)
    assert len({found.receipt for found in Revision.select()}) == Revision.select().count() == 32


def test_every_warning_is_explained(played: str) -> None:
    warned = set()
    for each in started():
        answers = reports.load_answers(each)
        for fault in check_report(people.DIRECTIVE, answers, respondent_of(each), DEMO_NOW.date()):
            if fault.level is Level.WARNING:
                warned.add((each.unit.code, fault.item.key))
                assert len(str(answers.status_values(fault.item)["giai_trinh"])) > 40
    assert warned == {("GDDT", "n1"), ("GDDT", "n2"), ("HT", "n2"), ("P1", "n3")}


# --- What there is to see --------------------------------------------------------------------------


def test_a_wrong_value_is_kept_in_a_draft(played: str) -> None:
    assert values_of("THADS", "n1")["so_luot_nguoi"] == "trên 30 lượt"
    assert report("THADS").progress["n1"] == "co_loi"


def test_a_half_filled_draft_is_there(played: str) -> None:
    assert report("PYT").progress == {"n1": "xong", "n2": "dang_lam"}


def test_no_activity_comes_with_a_reason_and_is_no_zero(played: str) -> None:
    none = {(line.code, item) for line in lines() for item, said in line.standings.items() if said == NONE}
    assert none == {("BQLDA", "n2"), ("BQLDA", "n4"), ("TAND", "n3"), ("VKS", "n2"), ("DTH", "n2")}
    for code, item in none:
        assert len(str(values_of(code, item)["ly_do"])) > 20
    assert values_of("PKT", "n1")["so_cuoc"] == 0
    assert report("PKT").standings["n1"] == DONE


def test_item_4_is_answered_by_those_asked_and_one_volunteer(played: str) -> None:
    sent = [line for line in lines() if line.counted]
    assert {line.code for line in sent if line.standings["n4"] == DONE} == {"VHTT", "TTVHTT", "GDDT"}
    assert {line.standings["n4"] for line in sent if line.code not in ("VHTT", "TTVHTT", "GDDT")} == {NOT_OURS}
    assert {line.code for line in lines() if line.duties} == {"VHTT", "TTVHTT"}
    assert report("VHTT").totals["n4.danh_muc.rows"] == 6
    assert report("TTVHTT").totals["n4.danh_muc.rows"] == 8


def test_units_hang_from_none_to_all_of_the_eight_slogans(played: str) -> None:
    done = {line.code: line.totals["n3.khau_hieu.rows"] for line in lines() if "n3.khau_hieu.rows" in line.totals}
    assert {0, 1, 2, 3, 4, 5, 6, 7, 8} == set(done.values())
    assert done["BHXH"] == 0
    assert done["P1"] == 8


def test_an_event_and_an_article_are_told_by_two_units(played: str) -> None:
    told: Counter[tuple[object, object]] = Counter()
    for code, block, keys in (
        ("P1", "chi_tiet", ("ngay", "noi_dung")), ("PTP", "chi_tiet", ("ngay", "noi_dung")),
        ("VHTT", "danh_muc", ("ngay", "tieu_de")), ("TTVHTT", "danh_muc", ("ngay", "tieu_de")),
    ):  # fmt: skip
        item = people.DIRECTIVE.by_key["n1" if block == "chi_tiet" else "n4"]
        for row in reports.load_answers(report(code)).rows(item, item.by_key[block]):
            told[row.values[keys[0]], row.values[keys[1]]] += 1
    assert {place for place, times in told.items() if times == 2} == {
        ("2023-12-05", "Tuyên truyền pháp luật về quyền con người"),
        ("2023-12-08", "Duyên Hải: Nhiều kết quả trong giảm nghèo bền vững"),
    }


def test_the_rows_of_an_item_agree_with_its_figures(played: str) -> None:
    """No event has more people than all events together, and no date lies after the day it was told."""
    for each in started():
        answers = reports.load_answers(each)
        item = people.DIRECTIVE.by_key["n1"]
        rows = answers.rows(item, item.by_key["chi_tiet"])
        total = as_count(answers.single_values(item).get("so_luot_nguoi"))
        if rows and total is not None:
            assert sum(as_count(row.values["luot_nguoi"]) or 0 for row in rows) <= total, each.unit.code
            assert len(rows) <= (as_count(answers.single_values(item)["so_cuoc"]) or 0)


def test_the_evidence_is_whole_and_lies_on_rows_that_are_there(played: str) -> None:
    files = list(Attachment.select())
    kinds = Counter(file.media_type for file in files)
    assert kinds == {"image/jpeg": 8, "application/pdf": 4}
    for file in files:
        content = attachments.content(file)
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.size, file.sha256)
        if file.media_type == "application/pdf":
            assert len(PdfReader(BytesIO(content)).pages) == 1
            assert (file.item, file.block, file.row) == ("", "", "")
        else:
            assert Image.open(BytesIO(content)).size == (960, 640)
            assert attachments.thumbnail(file)
            item = people.DIRECTIVE.by_key[file.item]
            block = item.by_key[file.block]
            assert block.evidence
            row = reports.load_answers(file.report_id).row(file.item, file.block, file.row)
            assert row is not None
            assert row.values


def texts() -> Iterator[tuple[str, str]]:
    for each in started():
        answers: Answers = reports.load_answers(each)
        for item in people.DIRECTIVE.items:
            for block in item.blocks:
                for row in answers.rows(item, block):
                    for key, value in row.values.items():
                        if isinstance(value, str) and block.by_key[key].kind in (Kind.TEXT, Kind.PARAGRAPH):
                            yield f"{each.unit.code} {item.key} {key}", value


def test_the_texts_are_clean_and_of_their_own(played: str) -> None:
    found = list(texts())
    assert all(clean(text) == text for _, text in found)
    told = Counter(text for where, text in found if where.endswith(("cach_lam", "danh_gia_chung", "phuong_huong")))
    assert not {text: times for text, times in told.items() if times > 1}
    assert len(told) > 60


def test_the_dates_of_a_report_are_those_of_the_campaign(played: str) -> None:
    for each in started():
        answers = reports.load_answers(each)
        for item in people.DIRECTIVE.items:
            for block in item.blocks:
                dates = [field.key for field in block.fields if field.kind is Kind.DATE]
                for row in answers.rows(item, block):
                    for day in (as_date(row.values.get(key)) for key in dates):
                        assert day is None or date(2023, 11, 8) <= day <= date(2023, 12, 30)


# --- When, and by whom -----------------------------------------------------------------------------


def test_nothing_lies_after_now_or_before_the_round(played: str) -> None:
    for model in MODELS:
        for field in model._meta.sorted_fields:
            for (value,) in model.select(field).where(field.is_null(False)).tuples():
                if isinstance(field, InstantField) and field.name != "due_at":
                    assert demo.OPENED <= value <= DEMO_NOW, (model, field.name)
                elif isinstance(field, DateField) and not isinstance(field, InstantField):
                    assert isinstance(value, datetime) or demo.OPENED.date() <= value <= DEMO_NOW.date()
    assert rounds.current_round().due_at == demo.DUE


def test_the_log_tells_it_in_the_order_in_which_it_happened(played: str) -> None:
    log = list(Event.select().order_by(Event.id))
    assert [each.at for each in log] == sorted(each.at for each in log)
    acts = Counter(each.action for each in log)
    assert (acts["setup"], acts["report_sent"], acts["report_withdrawn"]) == (1, 32, 1)
    assert (acts["review_begun"], acts["report_returned"], acts["report_accepted"]) == (7, 8, 9)
    assert acts["evidence_added"] == 12
    assert acts["unit_activated"] == 14


def test_whoever_acts_is_signed_in(played: str) -> None:
    signed_in: set[int] = set()
    for each in Event.select().order_by(Event.id):
        if each.action == "sign_in":
            signed_in.add(each.account_id)
        elif each.account_id is not None:
            assert each.account_id in signed_in, (each.action, each.at)
        if each.action == "sign_out":
            signed_in.discard(each.account_id)
    assert signed_in == set()
    assert Session.select().count() == SignInFailure.select().count() == 0


def test_everybody_signs_in_with_the_one_password(played: str) -> None:
    found = {each.username: each for each in Account.select()}
    assert set(found) == {"quantri", "tonghop", *(code.lower() for code in ORDER)}
    for name, account in found.items():
        assert not account.must_change
        assert account.disabled_at is None
        assert password_fault(demo.PASSWORD, account) is None, name
        assert account.unit is None or account.unit.code.lower() == name
    hasher = Hasher(people.FAST_HASH)
    assert all(hasher.matches(found[name], demo.PASSWORD) for name in ("quantri", "tonghop", "p1", "vhtt"))
    assert not hasher.matches(found["p1"], demo.PASSWORD + "x")
    assert {found["quantri"].role, found["tonghop"].role} == {Role.ADMIN, Role.SYNTHESIS}


def test_the_password_can_be_typed_on_every_keyboard() -> None:
    assert demo.PASSWORD.isascii()
    assert len(demo.PASSWORD) > 30


# --- Making it ---------------------------------------------------------------------------------------


def answers_by_unit() -> dict[str, object]:
    """All that was typed, without the keys of rows and files, which are random."""
    return {
        each.unit.code: [
            [row.values for row in reports.load_answers(each).rows(item, block)]
            for item in people.DIRECTIVE.items
            for block in item.blocks
        ]
        for each in started()
    } | {"files": sorted(file.sha256 for file in Attachment.select())}


def test_it_is_the_same_in_every_run(played: str, tmp_path: Path) -> None:
    first, board = answers_by_unit(), [line._replace(report_id=0) for line in lines()]
    again = f"sqlite:///{tmp_path}/nhanquyen.sqlite3"
    with people.bound(again):
        make(again, tmp_path)
        with connection():
            assert answers_by_unit() == first
            assert [line._replace(report_id=0) for line in lines()] == board


@pytest.mark.postgresql
def test_it_is_the_same_on_postgresql(made: str, careful_cluster: PostgreSQLCluster, tmp_path: Path) -> None:
    with people.bound(made), connection():
        first, totals = answers_by_unit(), overview.total(lines())
    with careful_cluster.database() as url, people.bound(url):
        make(url, tmp_path)
        with connection():
            assert answers_by_unit() == first
            assert overview.total(lines()) == totals


def test_it_can_be_played_up_to_any_moment(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nhanquyen.sqlite3"
    noon = datetime(2023, 12, 12, 12, 0, tzinfo=demo.OPENED.tzinfo)
    with people.bound(url):
        prepare(url, tmp_path, demo.OPENED, Hasher(people.FAST_HASH), partial(demo.fill, noon))
        with connection():
            states = overview.states(reports.board_lines(rounds.current_round(), noon.date()), noon)
            assert events.find(LogFilter(), 1)[0].at <= noon
    assert states.by_status[Status.ACCEPTED] == 1  # Bảo hiểm xã hội, that very morning
    assert 0 < states.counted < 23


def test_its_clock_never_goes_back(played: str) -> None:
    last = events.find(LogFilter(), 1)[0].at
    assert demo.latest(DEMO_NOW) == DEMO_NOW
    assert demo.latest(datetime(2023, 11, 1, tzinfo=last.tzinfo)) == last


def test_the_stories_hold_together() -> None:
    for story in stories():
        told = [
            *story.sittings,
            story.sent,
            story.withdrawn,
            story.returned,
            story.mended,
            story.resent,
            story.accepted,
        ]
        assert [each for each in told if each] == sorted(each for each in told if each), story.code
        assert all(8 <= each.hour < 17 and each.weekday() < 5 for each in told if each), story.code
        for document in story.documents:
            assert read_date(document[2]) is not None


def test_the_screens_show_it(made: str, tmp_path: Path) -> None:
    file = tmp_path / "nhanquyen.sqlite3"
    file.write_bytes(Path(made.removeprefix("sqlite:///")).read_bytes())
    clock = people.SettableClock()
    clock.now = DEMO_NOW
    with people.bound(f"sqlite:///{file}") as url:
        app = people.make_app(url, clock, DEMO=True)
        board = people.Browser(app).sign_in("tonghop", demo.PASSWORD).get("/tong-hop").get_data(as_text=True)
        form = people.Browser(app).sign_in("thads", demo.PASSWORD).get("/bao-cao").get_data(as_text=True)
        returned = people.Browser(app).sign_in("dth", demo.PASSWORD).get("/bao-cao").get_data(as_text=True)
    assert "(23/34 đơn vị)" in board
    assert "Dữ liệu dùng thử" in board
    assert 'value="trên 30 lượt"' in form
    assert "Đội Tổng hợp trả lại báo cáo để bổ sung" in returned


def test_matrix_rows_say_where_and_when_they_hang(played: str) -> None:
    block = people.DIRECTIVE.block("n3", "khau_hieu")
    assert block.kind is BlockKind.MATRIX
    hung = [
        row
        for each in started()
        for row in reports.load_answers(each).rows(people.DIRECTIVE.by_key["n3"], block)
        if sum(as_count(row.values.get(field.key)) or 0 for field in block.counts)
    ]
    assert len(hung) > 100
    assert all(row.values["dia_diem"] and as_date(row.values["den_ngay"]) == date(2023, 12, 30) for row in hung)
