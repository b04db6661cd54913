"""The cast of the tests: a clock to set, a round with three units, and browsers that sign in over HTTP."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.test import TestResponse

from nhanquyen.clock import VIETNAM
from nhanquyen.directive import BUILT_IN, Address, Directive, Kind, load_directive
from nhanquyen.directive.values import Stored
from nhanquyen.form.answers import item_totals
from nhanquyen.form.check import check_item, item_progress
from nhanquyen.form.patch import read_patch
from nhanquyen.store import database as store_database
from nhanquyen.store import opening, reports, rounds, saving
from nhanquyen.store.accounts import Hasher, Role
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Report, Round, Unit
from nhanquyen.store.saving import Saved
from nhanquyen.text import search_key, sort_key
from nhanquyen.web import create_app

PASSWORD = "mùa nước nổi Cửu Long"
FAST_HASH = "scrypt:128:1:1"
DIRECTIVE: Directive = load_directive(BUILT_IN)


class SettableClock:
    """A clock that shows what it is told."""

    def __init__(self) -> None:
        self.now = datetime(2023, 12, 20, 9, 0, tzinfo=VIETNAM)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **delta: float) -> None:
        self.now += timedelta(**delta)


class CompiledTemplates(BytecodeCache):
    """What Jinja made of the templates, kept for all programs of this process: each test makes one."""

    def __init__(self) -> None:
        self._made: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._made:
            bucket.bytecode_from_string(self._made[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._made[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = CompiledTemplates()


@contextmanager
def bound(url: str) -> Iterator[str]:
    """The models bound to *url*, its connections closed at the end."""
    store_database.bind(url)
    try:
        yield url
    finally:
        store_database.dispose()


@contextmanager
def made_database(url: str) -> Iterator[None]:
    """A new database with today's schema."""
    with bound(url):
        opening.create(url)
        yield


def make_app(url: str, clock: SettableClock, **settings: Any) -> Flask:
    """The program over the database of *url*."""
    app = create_app(
        {
            "DATABASE_URL": url,
            "CLOCK": clock,
            "PASSWORD_METHOD": FAST_HASH,
            "SECRET_KEY": "only for tests, never served",
            "TEAM_PHONE": "0294 3832 113",
            "BACKUP_DIR": str(backup_dir(url)),
            **settings,
        }
    )
    app.jinja_env.bytecode_cache = TEMPLATES
    return app


def backup_dir(url: str) -> Path:
    """Where the program of `make_app` keeps backups: beside the SQLite file; for PostgreSQL a test says where."""
    file = store_database.sqlite_path(url)
    return file.with_name("sao-luu") if file is not None else Path("/dev/null/sao-luu")


@dataclass
class Seed:
    """What `seed` made."""

    round: Round
    units: dict[str, Unit]
    accounts: dict[str, Account]
    directive: Directive = field(default=DIRECTIVE)

    def report(self, code: str) -> Report:
        """The report of a unit as it stands now."""
        found = reports.report_of(self.round, self.units[code])
        assert found is not None
        return found

    def value(self, name: str, code: str = "P1") -> Stored:
        """What is stored for the field *name* of the unit's report now."""
        where = Address.parse(name)
        with store_database.connection():
            row = reports.load_answers(self.report(code)).row(where.item, where.block, where.row)
        return row.values.get(where.field) if row else None

    def actor(self, username: str, at: datetime, ip: str = "192.0.2.10") -> Actor:
        """Somebody of the cast, who acts at *at*."""
        return Actor(self.accounts[username], ip, at)

    def save(self, code: str, typed: Mapping[str, str], at: datetime) -> Saved:
        """What *typed* becomes when the clerk of the unit *code* types it into the present form."""
        report = self.report(code)
        patch = read_patch(self.directive, typed.items())
        return saving.save(report, patch, report.version, self.directive, self.actor(code.lower(), at))


def make_unit(code: str, name: str, group: str, position: int, **more: Any) -> Unit:
    """A unit that is active since 01/11/2023 unless told otherwise."""
    values = {"active_from": date(2023, 11, 1), **more}
    return Unit.create(
        code=code, name=name, group=group, position=position,
        search_key=search_key(f"{code} {name}"), sort_key=sort_key(name), **values,
    )  # fmt: skip


def make_account(username: str, name: str, role: Role, unit: Unit | None, now: datetime) -> Account:
    """An account that has already set its password to `PASSWORD`."""
    return Account.create(
        username=username, display_name=name, role=role, unit=unit,
        password_hash=Hasher(FAST_HASH).hash(PASSWORD), must_change=False, created_at=now,
    )  # fmt: skip


def seed(clock: SettableClock) -> Seed:
    """The real round; P1 and LT in group XP, VHTT in PCM; p1, lt, vhtt, tonghop and quantri sign in."""
    with store_database.connection():
        units = {
            "VHTT": make_unit("VHTT", "Phòng Văn hóa và Thông tin", "PCM", 1, phone="0294 3832 001"),
            "P1": make_unit("P1", "Ủy ban nhân dân Phường 1", "XP", 2, contact="Trần Thị Hoa"),
            "LT": make_unit("LT", "Ủy ban nhân dân xã Long Toàn", "XP", 3),
        }
        opened = rounds.open_round(DIRECTIVE, Actor(None, "", clock()))
        accounts = {
            code.lower(): make_account(code.lower(), unit.name, Role.UNIT, unit, clock())
            for code, unit in units.items()
        }
        accounts["tonghop"] = make_account("tonghop", "Đội Tổng hợp", Role.SYNTHESIS, None, clock())
        accounts["quantri"] = make_account("quantri", "Quản trị", Role.ADMIN, None, clock())
    return Seed(opened, units, accounts)


class Browser:
    """A browser: keeps cookies, signs in with a password and sends the CSRF token of its pages."""

    def __init__(self, app: Flask, ip: str = "192.0.2.10") -> None:
        self.app, self.ip = app, ip
        self.client = app.test_client()
        self._token = ""

    def get(self, url: str, htmx: bool = False, **options: Any) -> TestResponse:
        headers = {"HX-Request": "true"} if htmx else {}
        return self.client.get(url, headers=headers, environ_base={"REMOTE_ADDR": self.ip}, buffered=True, **options)

    def post(
        self,
        url: str,
        data: Mapping[str, Any] | list[tuple[str, Any]] | None = None,
        htmx: bool = False,
        **options: Any,
    ) -> TestResponse:
        """POST with the CSRF token of this browser's session."""
        headers = {"X-CSRFToken": self.token(), **({"HX-Request": "true"} if htmx else {})}
        if isinstance(data, list):
            options.setdefault("content_type", "application/x-www-form-urlencoded")
            from urllib.parse import urlencode

            data = urlencode(data)  # type: ignore[assignment]
        return self.client.post(url, data=data, headers=headers, environ_base={"REMOTE_ADDR": self.ip}, **options)

    def token(self) -> str:
        """The CSRF token that the pages of this session carry."""
        if not self._token:
            page = self.get("/mat-khau", follow_redirects=True).get_data(as_text=True)
            found = re.search(r'name="csrf_token" value="([^"]+)"', page)
            assert found, page
            self._token = found.group(1)
        return self._token

    def sign_in(self, username: str, password: str = PASSWORD) -> Browser:
        answer = self.post("/dang-nhap", {"username": username, "password": password})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        self._token = ""
        return self


@dataclass(frozen=True)
class Derived:
    """What a report says of itself, which must always be what its rows say."""

    progress: dict[str, str]
    standings: dict[str, str]
    totals: dict[str, int]


def kept_in(report: Report) -> Derived:
    """What stands on the report."""
    return Derived(report.progress, report.standings, report.totals)


def derived_from_rows(report: Report, items: Iterable[str], day: date) -> Derived:
    """The same, computed anew for *items* from the rows that are stored now."""
    answers, who = reports.load_answers(report), reports.respondent_of(report)
    found = Derived({}, {}, {})
    for item in map(DIRECTIVE.by_key.__getitem__, items):
        faults = check_item(DIRECTIVE, item, answers, who, day)
        found.progress[item.key] = item_progress(item, answers, who, faults).value
        found.standings[item.key] = answers.standing(item, who)
        found.totals.update(item_totals(item, answers, who))
    return found


def in_parallel(count: int, work: Callable[[int], object]) -> list[object]:
    """Call *work* in so many threads at once, each with its own connection; what came back or was raised, in order."""
    results: list[object] = [None] * count
    ready = threading.Barrier(count, timeout=60)

    def run(number: int) -> None:
        try:
            with store_database.connection():
                ready.wait()
                results[number] = work(number)
        except BaseException as fault:
            results[number] = fault

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def example(kind: Kind, number: int = 3) -> str:
    """Something that may be typed into a field of *kind*."""
    return {
        Kind.COUNT: str(number),
        Kind.DATE: "05/12/2023",
        Kind.TICK: "1",
        Kind.TEXT: f"nội dung {number}",
        Kind.PARAGRAPH: f"Đoạn văn {number}.\nDòng hai.",
    }.get(kind, "")


def complete_answers(asked_of_item_4: bool = False) -> dict[str, str]:
    """What a unit of group XP types so that its report can be sent, derived from the definition where it can be."""
    typed = {
        "n1-so_lieu-0-so_cuoc": "12",
        "n1-so_lieu-0-so_luot_nguoi": "640",
        "n1-so_lieu-0-so_luot_phat_thanh": "1.240",
        "n1-linh_vuc-0-lv_an_sinh": "5",
        "n2-so_lieu-0-so_hoat_dong": "2",
        "n2-so_lieu-0-so_luot_tham_gia": "120",
        "n2-kenh-0-tin_cong_ttdt": "4",
        "n2-kenh-0-tin_fanpage": "6",
        "n2-kenh-0-tin_zalo": "9",
        "n2-phan_bac-0-tin_phan_bac": "0",
        "n5-ky_bao_cao-0-so_lieu_tu": "8/11/23",
        "n5-ky_bao_cao-0-so_lieu_den": "20-12-2023",
        "n5-danh_gia-0-khong_van_ban": "1",
        "n5-danh_gia-0-danh_gia_chung": "Hoàn thành tốt.",
        "n5-danh_gia-0-kho_khan": "Không",
        "n5-danh_gia-0-kien_nghi": "Không",
        "n5-ky_ten-0-nguoi_lap": "Nguyễn Văn A",
        "n5-ky_ten-0-nguoi_lap_chuc_vu": "Công chức Văn phòng",
    }
    for row in DIRECTIVE.block("n3", "khau_hieu").rows:
        prefix = f"n3-khau_hieu-{row.key}-"
        if row.key in ("kh1", "kh2"):
            typed |= {
                prefix + "bang_ron": "4", prefix + "dia_diem": "Trụ sở", prefix + "tu_ngay": "30/11/2023",
                prefix + "den_ngay": "30/12/2023",
            }  # fmt: skip
        elif row.code:
            typed[prefix + "ghi_chu"] = "Chưa có kinh phí"
    if asked_of_item_4:
        item = DIRECTIVE.by_key["n4"]
        for block in item.blocks:
            for each in block.fields:
                if each.required.name == "asked":
                    typed[f"n4-{block.key}-0-{each.key}"] = "3"
    return typed


@dataclass
class World:
    """A program with a round in use; *places* holds what addresses are made of, by the names of the routes' parts."""

    app: Flask
    seed: Seed
    places: dict[str, str]


def make_world(url: str) -> World:
    """The program over the empty database at *url*, with `seed` and `round_in_use` in it."""
    clock = SettableClock()
    app = make_app(url, clock)
    made = seed(clock)
    return World(app, made, round_in_use(app, made))


def round_in_use(app: Flask, seed: Seed) -> dict[str, str]:
    """Work over HTTP: Phường 1 drafts with rows and a wrong number, Long Toàn has sent, VHTT was returned.

    VHTT's supplement came on paper, which the Team is entering; VHTT was given more time.

    What addresses are made of comes back: the report ids by unit code, and the id of an account.
    """
    ids = {code.lower(): str(seed.report(code).id) for code in ("P1", "LT", "VHTT")}
    p1, lt, vhtt = (Browser(app).sign_in(name) for name in ("p1", "lt", "vhtt"))
    typed = {"n1-so_lieu-0-so_cuoc": "nhiều", "n1-so_lieu-0-so_luot_nguoi": "12 000", "ver": "0"}
    p1.post(f"/bao-cao/{ids['p1']}/luu", typed, htmx=True)
    for block in ("n1.chi_tiet", "n5.van_ban", "n4.danh_muc"):
        assert p1.post(f"/bao-cao/{ids['p1']}", {"action": f"them.{block}"}).status_code == 303
    for name, browser in (("lt", lt), ("vhtt", vhtt)):
        answers = complete_answers(asked_of_item_4=name == "vhtt")
        assert browser.post(f"/bao-cao/{ids[name]}/luu", {**answers, "ver": "0"}, htmx=True).status_code == 200
        assert browser.post(f"/bao-cao/{ids[name]}/gui", {"khong_mat": "1"}).status_code == 303
    returned = {"lan_gui": "1", "chon-n2": "1", "ly-do-n2": "Thiếu số tin, bài."}
    team = Browser(app).sign_in("tonghop")
    assert team.post(f"/tong-hop/bao-cao/{ids['vhtt']}/tra-lai", returned).status_code == 303
    report = f"/tong-hop/bao-cao/{ids['vhtt']}"
    assert team.post(f"{report}/nhap-thay", {"day": "20/12/2023", "clock": "09:00"}).status_code == 303
    longer = {"day": "27/12/2023", "clock": "17:00", "reason": "Mất điện"}
    assert team.post(f"{report}/gia-han", longer).status_code == 303
    return ids | {"account": str(seed.accounts["lt"].id)}


def review_under_way(app: Flask, places: Mapping[str, str]) -> None:
    """After `round_in_use`: the Team reads Long Toàn's report; VHTT has mended and sent its own and wants it back.

    What was sent is issued as the consolidated report number 1; then VHTT's request changes nothing in it.
    """
    team, vhtt = Browser(app).sign_in("tonghop"), Browser(app).sign_in("vhtt")
    version = re.search(r'name="ver" id="ver" value="(\d+)"', vhtt.get("/bao-cao").get_data(as_text=True))
    assert version
    mended = {
        "n2-so_lieu-0-so_hoat_dong": "3", "n1-so_lieu-0-so_luot_nguoi": "12.000",
        "n1-tinh_trang-0-giai_trinh": "Lễ hội toàn thị xã.", "ver": version[1],
    }  # fmt: skip
    assert vhtt.post(f"/bao-cao/{places['vhtt']}/luu", mended, htmx=True).status_code == 200
    assert vhtt.post(f"/bao-cao/{places['vhtt']}/gui", {"khong_mat": "1"}).status_code == 303
    for code, number in (("lt", "1"), ("vhtt", "2")):
        answer = team.post(f"/tong-hop/bao-cao/{places[code]}/xem-xet", {"lan_gui": number})
        assert answer.status_code == 303
    assert team.post("/tong-hop/phat-hanh", {"pham_vi": "da_gui", "sau_lan": "0"}).status_code == 303
    answer = vhtt.post(f"/bao-cao/{places['vhtt']}/xin-lay-lai", {"ly_do": "Nội dung 2 còn thiếu tin trên Zalo."})
    assert answer.status_code == 303
