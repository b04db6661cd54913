"""When something goes wrong: a page in Vietnamese that says what to do, and never what the program is made of."""

from __future__ import annotations

import contextlib
import errno
import logging
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import html5lib
import people
import psycopg2
import pytest
from bs4 import BeautifulSoup
from flask import Flask
from peewee import OperationalError
from werkzeug.test import TestResponse

from nhanquyen.store import database
from nhanquyen.store.models import MODELS, Entry, Event, Session

INSIDES = re.compile(
    r"Traceback|File \"|\.py\b|SELECT |INSERT |sqlite|psycopg|postgres|peewee|werkzeug|flask|jinja|/work|/tmp|Error\b",
    re.IGNORECASE,
)
SESSIONS = "n1-so_lieu-0-so_cuoc"
FORM = "application/x-www-form-urlencoded"


def assert_plain(answer: TestResponse, status: int) -> BeautifulSoup:
    """A page or fragment of ours with *status*, in Vietnamese, hardened, that tells nothing of the inside."""
    text = answer.get_data(as_text=True)
    assert answer.status_code == status
    page = BeautifulSoup(text, "html.parser")
    said = page.get_text(" ", strip=True)
    assert not INSIDES.search(said), said
    assert re.search("[ạảấầậắằặẹẻẽếềệỉịọỏốồộớờợụủứừựỳỵ]", said)
    assert "vendor" not in said
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if "<html" in text:
        html5lib.HTMLParser(strict=True).parse(text)
        assert len(page.find_all("h1")) == 1
    return page


@pytest.fixture
def broken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Exception], None]:
    """Make a function of a module fail."""

    def break_it(name: str, fault: Exception) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise fault

        monkeypatch.setattr(name, fail)

    return break_it


# --- Pages that are not there ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/khong-co", "/bao-cao/x", "/bao-cao/1.5/xem", "/bao-cao/-1/xem", "/bao-cao/999999/xem", "/quan-tri",
     "/static/khong", "/static/../wsgi.py", "/static/%2e%2e/wsgi.py", "/.git/config", "/instance/nhanquyen.sqlite3",
     "/bao-cao/" + "9" * 30 + "/xem", f"/bao-cao/{2**31}/xem",
     f"/bao-cao/{2**63}/kiem-tra", "/bao-cao/1/minh-chung/" + "9" * 40, "/a" * 2000],
)  # fmt: skip
@pytest.mark.parametrize("htmx", [True, False])
def test_a_page_that_is_not_there(as_unit: people.Browser, path: str, htmx: bool) -> None:
    page = assert_plain(as_unit.get(path, htmx=htmx), 404)
    assert "Không có trang này" in page.get_text()
    assert (page.find("html") is None) == htmx


def test_a_stranger_is_told_no_more(app: Flask, seed: people.Seed) -> None:
    answer = people.Browser(app).get("/khong-co")
    assert not assert_plain(answer, 404).select("nav .menu")


@pytest.mark.parametrize("path", ["/bao-cao/%00", "/%00", "/quan-tri/don-vi/%00/sua", "/static/%00", "/bao-cao?x=%00"])
@pytest.mark.parametrize("who", ["p1", "quantri", ""])
def test_a_nul_in_the_address(app: Flask, seed: people.Seed, path: str, who: str) -> None:
    browser = people.Browser(app).sign_in(who) if who else people.Browser(app)
    answer = browser.get(path)
    assert answer.status_code in ((200, 303, 403) if "?" in path else (400, 404))
    with database.connection():
        assert not [event for event in Event.select() if "\0" in event.subject]


@pytest.mark.parametrize(
    "path", ["/bao-cao/%ff%fe", "/%c3%28", "/quan-tri/don-vi/%ed%a0%80/sua", "/tong-hop?q=%ff&tre=%c0"]
)
def test_bytes_that_are_no_text_in_the_address(as_admin: people.Browser, path: str) -> None:
    assert as_admin.get(path).status_code in ((200, 404) if "?" in path else (404,))


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("POST", "/bao-cao", "GET"), ("GET", "/dang-xuat", "POST"), ("DELETE", "/bao-cao", "GET"), ("PUT", "/", "GET"),
     ("TRACE", "/bao-cao", "GET"), ("GET", "/bao-cao/1/luu", "POST")],
)  # fmt: skip
def test_a_method_that_a_page_does_not_take(as_unit: people.Browser, method: str, path: str, allowed: str) -> None:
    answer = as_unit.client.open(path, method=method, headers={"X-CSRFToken": as_unit.token()})
    assert_plain(answer, 405)
    assert allowed in answer.headers["Allow"].split(", ")


# --- Requests that cannot be read ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, b"\xff\xfe=\xff&" + SESSIONS.encode() + b"=%FF%C3%28&ver=0"),
        (FORM, SESSIONS.encode() + b"=" + "ế".encode()[:2]),
        (FORM, b"&&&==%%%;;"),
        (FORM, b"%00=%00&" + SESSIONS.encode() + b"=%00"),
        (FORM, b""),
        ("application/json", b'{"n1-so_lieu-0-so_cuoc": "5"}'),
        ("text/plain", b"xin chao"),
        ("multipart/form-data", b"khong co ranh gioi"),
        ("multipart/form-data; boundary=x", b"--x\r\nkhong dung"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=ver\r\n\r\n0\r\n--x--\r\n"),
        ("x" * 500, b"a=b"),
        ("", b"a=b"),
    ],
)
def test_a_body_of_any_kind_breaks_nothing(
    as_unit: people.Browser, seed: people.Seed, content_type: str, body: bytes
) -> None:
    report = seed.report("P1")
    for path in (
        f"/bao-cao/{report.id}",
        f"/bao-cao/{report.id}/luu",
        "/dang-nhap",
        f"/bao-cao/{report.id}/minh-chung",
    ):
        for token in (as_unit.token(), "sai"):
            answer = as_unit.client.post(path, data=body, content_type=content_type, headers={"X-CSRFToken": token})
            assert answer.status_code in (200, 303, 400, 413, 415, 422), (path, answer.status_code)
    with database.connection():
        assert all("\0" not in str(entry.values) for entry in Entry.select())


@pytest.mark.parametrize("path", ["/bao-cao/{}", "/bao-cao/{}/luu", "/bao-cao/{}/gui", "/dang-nhap", "/mat-khau"])
@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize("htmx", [True, False])
def test_a_body_that_is_too_large(
    app: Flask, as_unit: people.Browser, seed: people.Seed, path: str, signed_in: bool, htmx: bool
) -> None:
    browser = as_unit if signed_in else people.Browser(app)
    body = b"a=" + b"x" * 14_000_000
    headers = {"X-CSRFToken": browser.token(), **({"HX-Request": "true"} if htmx else {})}
    answer = browser.client.post(path.format(seed.report("P1").id), data=body, content_type=FORM, headers=headers)
    if signed_in or path == "/dang-nhap":
        assert "quá lớn" in assert_plain(answer, 413).get_text()
    else:
        assert answer.status_code == (401 if htmx else 303)


@pytest.mark.parametrize(
    "query", ["trang=x", "trang=-1", "trang=0", "trang=" + "9" * 30, "trang=1e9", "trang=%D9%A3", "trang="]
)
@pytest.mark.parametrize("path", ["/quan-tri/nhat-ky", "/quan-tri/don-vi", "/quan-tri/tai-khoan", "/tong-hop"])
def test_a_page_number_that_is_none(as_admin: people.Browser, path: str, query: str) -> None:
    assert as_admin.get(f"{path}?{query}").status_code == 200


def test_too_many_fields_are_refused(as_unit: people.Browser, seed: people.Seed) -> None:
    body = b"".join(b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n0\r\n" for _ in range(20_001)) + b"--x--\r\n"
    answer = as_unit.client.post(
        f"/bao-cao/{seed.report('P1').id}", data=body, content_type="multipart/form-data; boundary=x",
        headers={"X-CSRFToken": as_unit.token()},
    )  # fmt: skip
    assert_plain(answer, 413)


# --- What fails inside --------------------------------------------------------------------------------------------


FAULTS = [RuntimeError("SELECT bí mật FROM /srv/x.py"), KeyError("mat_khau"), ZeroDivisionError(), MemoryError()]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_fault_of_the_program_has_a_number_to_report_and_tells_nothing_else(
    as_unit: people.Browser,
    seed: people.Seed,
    broken: Callable[[str, Exception], None],
    caplog: pytest.LogCaptureFixture,
    fault: Exception,
) -> None:
    broken("nhanquyen.store.reports.load_answers", fault)
    with caplog.at_level(logging.ERROR):
        page = assert_plain(as_unit.get("/bao-cao"), 500)
    assert "Phần đã lưu vẫn còn" in page.get_text()
    assert "0294 3832 113" in page.get_text()
    strong = page.select_one("main strong")
    assert strong is not None
    reference = strong.get_text()
    assert re.fullmatch(r"[0-9a-f]{8}", reference)
    (record,) = caplog.records
    assert reference in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[1] is fault
    again = assert_plain(as_unit.get(f"/bao-cao/{seed.report('P1').id}/xem"), 500)
    assert reference not in again.get_text()


def test_htmx_gets_a_fragment_with_the_number(
    as_unit: people.Browser, seed: people.Seed, broken: Callable[[str, Exception], None]
) -> None:
    broken("nhanquyen.store.saving.save", RuntimeError("SELECT"))
    answer = as_unit.post(f"/bao-cao/{seed.report('P1').id}/luu", {SESSIONS: "5"}, htmx=True)
    page = assert_plain(answer, 500)
    assert page.find("html") is None
    assert re.search(r"mã [0-9a-f]{8}", page.get_text())


def test_what_was_typed_survives_a_fault(
    as_unit: people.Browser,
    seed: people.Seed,
    broken: Callable[[str, Exception], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = f"/bao-cao/{seed.report('P1').id}"
    broken("nhanquyen.store.saving.touch", OSError("No space left on device"))
    answer = as_unit.post(address, {SESSIONS: "1.234", "n5-danh_gia-0-kho_khan": "<b>dòng</b>", "ver": "0"})
    page = assert_plain(answer, 500)
    with database.connection():
        assert Entry.select().count() == 0, "half a save"
    assert seed.report("P1").version == 0
    form = page.select_one("main form")
    assert form is not None
    assert form["action"] == address
    back = {str(tag["name"]): tag.get("value") or tag.get_text()[1:] for tag in form.find_all(["input", "textarea"])}
    monkeypatch.undo()
    assert as_unit.post(address, back).status_code == 303
    assert seed.report("P1").totals["n1.so_cuoc"] == 1234


@pytest.mark.parametrize(
    ("name", "path", "typed"),
    [
        ("nhanquyen.store.sending._add_revision", "/gui", {"khong_mat": "1"}),
        ("nhanquyen.store.events.record", "/gui", {"khong_mat": "1"}),
        ("nhanquyen.store.events.record", "/luu", {SESSIONS: "99"}),
        ("nhanquyen.store.saving.touch", "", {"action": "them.n1.chi_tiet"}),
        ("nhanquyen.store.events.record", "/minh-chung", {}),
    ],
)
def test_a_fault_leaves_nothing_half_done(
    as_unit: people.Browser,
    seed: people.Seed,
    clock: people.SettableClock,
    broken: Callable[[str, Exception], None],
    name: str,
    path: str,
    typed: dict[str, Any],
) -> None:
    report = seed.report("P1")
    as_unit.post(f"/bao-cao/{report.id}/luu", {**people.complete_answers(), "ver": "0"}, htmx=True)
    clock.move(minutes=20)

    def everything() -> list[Any]:
        with database.connection():
            return [sorted(map(repr, model.select().tuples())) for model in MODELS if model is not Session]

    before = everything()
    broken(name, RuntimeError())
    if path == "/minh-chung":
        typed = {"noi": "", "tep": (BytesIO(b"%PDF-1.4\n%%EOF\n"), "a.pdf")}
    answer = as_unit.post(f"/bao-cao/{report.id}{path}", {**typed, "ver": "1"})
    assert_plain(answer, 500)
    assert everything() == before


def test_a_database_that_is_gone_is_a_page_too(
    as_unit: people.Browser, seed: people.Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise OperationalError("could not connect to server: 10.0.0.5")

    monkeypatch.setattr(database.database.obj, "connect", gone)
    page = assert_plain(as_unit.get("/bao-cao"), 500)
    assert "10.0.0.5" not in page.get_text()
    monkeypatch.undo()
    assert as_unit.get("/bao-cao").status_code == 200


@pytest.fixture
def full_disk(app: Flask, seed: people.Seed) -> Iterator[None]:
    """SQLite may not grow its file by another page, as on a full disk; what is read goes on."""
    handle, before = database.database.obj, database.database.obj._initialize_connection

    def limited(connection: Any) -> None:
        before(connection)
        connection.execute("PRAGMA max_page_count = 1")

    handle.close_idle()
    handle._initialize_connection = limited
    yield
    handle.close_idle()
    del handle._initialize_connection


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # tests/faults fills PostgreSQL's disk
def test_a_full_disk_is_told_and_what_was_typed_is_handed_back(
    as_unit: people.Browser, seed: people.Seed, full_disk: None, caplog: pytest.LogCaptureFixture
) -> None:
    long = "Nội dung dài. " * 2000
    typed = {"n1-ket_qua-0-cach_lam": long, "ver": "0"}
    report = f"/bao-cao/{seed.report('P1').id}"
    with caplog.at_level(logging.ERROR):
        page = assert_plain(as_unit.post(f"{report}/luu", typed, htmx=True), 507)
    assert "Ổ đĩa của máy chủ đã đầy" in page.get_text()
    (record,) = caplog.records
    assert record.exc_info is None  # one line: the log is on that disk too
    page = assert_plain(as_unit.post(report, typed), 507)
    assert page.find("textarea", {"name": "n1-ket_qua-0-cach_lam"}).get_text().strip() == long.strip()
    assert as_unit.get("/bao-cao").status_code == 200
    assert seed.value("n1-ket_qua-0-cach_lam") is None


def test_a_disk_that_takes_nothing_keeps_nobody_from_reading(
    as_unit: people.Browser, clock: people.SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextlib.contextmanager
    def refused() -> Iterator[None]:
        raise OperationalError("attempt to write a readonly database") from OSError(errno.EROFS, "read-only")
        yield

    clock.move(minutes=5)  # the session's time would be noted
    monkeypatch.setattr("nhanquyen.store.accounts.transaction", refused)
    assert as_unit.get("/bao-cao").status_code == 200


def test_what_was_typed_is_handed_back_when_nobody_can_be_asked_who_it_is(
    as_unit: people.Browser, seed: people.Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise OperationalError("could not connect") from psycopg2.OperationalError("connection refused")

    as_unit.token()
    monkeypatch.setattr(database.database.obj, "connect", gone)
    typed = {"n1-ket_qua-0-cach_lam": "Đã viết ba trang.", "ver": "0"}
    page = assert_plain(as_unit.post("/bao-cao/1", typed), 503)
    assert "Cơ sở dữ liệu không trả lời" in page.get_text()
    assert page.find("textarea", {"name": "n1-ket_qua-0-cach_lam"}).get_text().strip() == "Đã viết ba trang."


def test_an_address_forges_no_line_of_the_log(
    as_admin: people.Browser, broken: Callable[[str, Exception], None], caplog: pytest.LogCaptureFixture
) -> None:
    broken("nhanquyen.store.units.find", RuntimeError())
    with caplog.at_level(logging.ERROR):
        assert as_admin.get("/quan-tri/don-vi/a%0d%0a2026 quantri signed in%E2%80%A8/sua").status_code == 500
    (record,) = caplog.records
    assert record.getMessage().splitlines() == [record.getMessage()]
