"""A round told for the combined Excel: seven units that stand in every possible way, and the file exported of it."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import openpyxl
import people
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.clock import VIETNAM
from nhanquyen.export import combined
from nhanquyen.form.patch import read_patch
from nhanquyen.overview import Scope
from nhanquyen.overview.overlaps import CountedOnce, Group, counted_once, find_groups
from nhanquyen.store import entering, extension, overlaps, review, rounds, saving, sending
from nhanquyen.store.accounts import Role
from nhanquyen.store.database import connection, transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.reports import ReportLine, board_lines, each_answers

_ESCAPE = re.compile("_x005F_")
Grid = list[list[Any]]

# What stands in a text of P1: whatever of it Excel can hold must come back letter for letter.
HOSTILE = {
    "n1-ket_qua-0-cach_lam": '=HYPERLINK("http://x","y")',
    "n2-ket_qua-0-cach_lam": "- Phối hợp với Đoàn <b>thanh niên</b> & Hội; ]]> \"nháy\" 'đơn'",
    "n5-danh_gia-0-hinh_thuc_khac": "_x000D_ và _x0041_ và _x005F_",
    "n5-danh_gia-0-danh_gia_chung": "#REF!",
    "n5-danh_gia-0-kho_khan": "+1+1",
    "n5-danh_gia-0-nguyen_nhan": "@SUM(A1)\n\nDòng hai 😀\n  thụt đầu dòng",
    "n5-danh_gia-0-kien_nghi": "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'a'>]>&a;",
    "n5-danh_gia-0-phuong_huong": "TRUE",
    "n5-ky_ten-0-nguoi_lap_dien_thoai": "0294 3832 113",
}


class Story:
    """Tells the round step by step as the web layer would, each step a minute after the one before."""

    def __init__(self, seed: people.Seed, clock: people.SettableClock) -> None:
        self.seed, self.clock = seed, clock

    def actor(self, name: str) -> Actor:
        self.clock.move(minutes=1)
        return Actor(self.seed.accounts[name], "192.0.2.10", self.clock())

    def add_unit(self, code: str, name: str, group: str, position: int, **more: Any) -> None:
        unit = people.make_unit(code, name, group, position, **more)
        self.seed.units[code] = unit
        self.seed.accounts[code.lower()] = people.make_account(code.lower(), name, Role.UNIT, unit, self.clock())
        with transaction():
            rounds.add_reports(self.seed.round, [unit])

    def save(self, code: str, typed: dict[str, str], by: str = "") -> None:
        report = self.seed.report(code)
        patch = read_patch(self.seed.directive, typed.items())
        assert not saving.save(
            report, patch, report.version, self.seed.directive, self.actor(by or code.lower())
        ).conflicts

    def add_row(self, code: str, item: str, block: str, typed: dict[str, str], times: int = 1) -> None:
        """A table row, and *times* - 1 exact copies of it."""
        key = self._add_row(code, item, block)
        self.save(code, {f"{item}-{block}-{key}-{name}": text for name, text in typed.items()})
        for _ in range(times - 1):
            self._add_row(code, item, block, copy_of=key)

    def _add_row(self, code: str, item: str, block: str, copy_of: str | None = None) -> str:
        report, actor = self.seed.report(code), self.actor(code.lower())
        return saving.add_row(report, item, block, self.seed.directive, actor, copy_of)

    def send(self, code: str, by: str = "") -> None:
        sending.send(self.seed.report(code), self.seed.directive, self.actor(by or code.lower()))

    def enter(self, code: str) -> None:
        """The Team begins to enter the unit's report from paper."""
        entering.begin(self.seed.report(code), self.clock(), self.actor("tonghop"))

    def accept(self, code: str) -> None:
        review.accept(self.seed.report(code), 1, self.actor("tonghop"))

    def lines(self) -> list[ReportLine]:
        with connection():
            return board_lines(self.seed.round, self.clock().date())

    def groups(self) -> list[Group]:
        """What several units tell, in the order of the unit list."""
        lines = {line.report_id: line for line in self.lines() if line.counted}
        with connection():
            return find_groups(self.seed.directive, [(lines[each], told) for each, told in each_answers(lines)])

    def decide(self, group: Group, kept: str, note: str = "") -> None:
        """Count *group* once with the row of the unit *kept*, or where that is blank for each unit."""
        members = [each.as_member(each.line.code == kept, group.paths) for each in group.tellings]
        verdict = overlaps.ONCE if kept else overlaps.EACH
        actor = self.actor("tonghop")
        with connection():
            overlaps.decide(self.seed.round, group.fingerprint, group.title, verdict, members, note, actor)

    def once(self, scope: Scope = Scope.SENT) -> CountedOnce:
        """What several units report alike, over all of the round."""
        with connection():
            everyone = board_lines(self.seed.round, self.clock().date())
            shared = overlaps.shared_of(self.seed.round, self.clock().date())
            return counted_once(shared, overlaps.overlaps_of(self.seed.round), everyone, scope)

    def export(self, scope: Scope = Scope.SENT, lines: Sequence[ReportLine] | None = None, **about: Any) -> bytes:
        out = io.BytesIO()
        opened = self.seed.round
        told = combined.About(
            opened.title, scope, self.clock(), "Đội Tổng hợp", opened.opened_at, opened.due_at, **about
        )
        with connection():
            shown = board_lines(self.seed.round, self.clock().date()) if lines is None else lines
            combined.write(out, rounds.directive_of(self.seed.round), shown, each_answers, told, self.once(scope))
        return out.getvalue()


def full_story(seed: people.Seed, clock: people.SettableClock) -> Story:
    """VHTT accepted, P1 late and hostile, LT drafting nonsense, four more in the other ways to stand.

    LA was entered by the Team, DTH is being entered since it was returned, LT was given more time.
    """
    story = Story(seed, clock)
    with connection():
        story.add_unit("PNV", "Phòng Nội vụ", "PCM", 4, contact="Lê Văn Tám", contact_position="Trưởng phòng")
        story.add_unit("LA", "Đơn vị của nhóm lạ", "ZZ", 5)
        story.add_unit("DTH", "Ủy ban nhân dân xã Dân Thành", "XP", 6)
        story.add_unit("HT", "Ủy ban nhân dân xã Hiệp Thạnh", "XP", 0)
        _tell_vhtt(story)
        _tell_pnv(story)
        changed_mind = {"n1-tinh_trang-0-trang_thai": "co", "n1-tinh_trang-0-ly_do": "Lý do đã bỏ"}
        story.enter("LA")
        for code, by in (("LA", "tonghop"), ("DTH", "")):
            story.save(code, people.complete_answers() | changed_mind, by)
            story.send(code, by)
        review.give_back(story.seed.report("DTH"), 1, {"n1": "Bổ sung số lượt người."}, story.actor("tonghop"))
        story.enter("DTH")
        story.save("LT", {"n1-so_lieu-0-so_cuoc": "nhiều", "n2-so_lieu-0-so_hoat_dong": "999"})
        extended = datetime(2023, 12, 23, 17, 0, tzinfo=VIETNAM)
        extension.extend(seed.report("LT"), extended, "Mất điện", story.actor("tonghop"))
        _tell_p1(story)
    return story


def tell_the_same(story: Story) -> None:
    """P1, LA and PNV tell one session, VHTT and DTH one article, LA and DTH another session: nothing is decided."""
    with connection():
        session = {
            "ngay": "05/12/2023",
            "hinh_thuc": "Hội nghị",
            "noi_dung": "=Quyền con người",
            "dia_diem": "Hội trường",
        }
        article = {"the_loai": "tin", "ngay": "01/12/2023", "linh_vuc": "xa_hoi", "thoi_luong": "3"}
        for code, people_there, place in (
            ("P1", "50", "HỘI TRƯỜNG."),
            ("LA", "40", "Hội trường"),
            ("PNV", "45", "hội trường"),
        ):
            _reopen(story, code)
            told = {
                "n1-tinh_trang-0-trang_thai": "co",
                "n1-so_lieu-0-so_cuoc": "12",
                "n1-so_lieu-0-so_luot_nguoi": "640",
            }
            if code == "PNV":
                story.save(code, {**people.complete_answers(), **told})
            story.add_row(code, "n1", "chi_tiet", {**session, "dia_diem": place, "luot_nguoi": people_there})
        for code, title, address in (
            ("VHTT", "Một bài", "https://trang.vn/tin/1?b=2&a=1"), ("DTH", "Bài ấy", "www.trang.vn/tin/1/?a=1&b=2")
        ):  # fmt: skip
            _reopen(story, code)
            story.add_row(code, "n4", "danh_muc", {**article, "tieu_de": title, "noi_dang": address})
        for code in ("LA", "DTH"):
            story.add_row(code, "n1", "chi_tiet", {**session, "ngay": "08/12/2023", "luot_nguoi": "0"})
        for code in ("P1", "LA", "PNV", "VHTT", "DTH"):
            story.send(code)


def _reopen(story: Story, code: str) -> None:
    report = story.seed.report(code)
    if report.status != "returned":
        review.give_back(report, report.revision, {"n1": "Bổ sung."}, story.actor("tonghop"))


def _tell_vhtt(story: Story) -> None:
    story.save("VHTT", people.complete_answers(asked_of_item_4=True))
    article = {"the_loai": "tin", "tieu_de": "75 năm Ngày Nhân quyền", "ngay": "1/12/23", "thoi_luong": "3"}
    story.add_row("VHTT", "n4", "danh_muc", article, times=3)
    story.add_row("VHTT", "n4", "danh_muc", {**article, "tieu_de": "Tin khác", "linh_vuc": "xa_hoi"})
    story.send("VHTT")
    story.accept("VHTT")


def _tell_pnv(story: Story) -> None:
    typed = {name: text for name, text in people.complete_answers().items() if not name.startswith("n1-")}
    said = {"n1-tinh_trang-0-trang_thai": "khong", "n1-tinh_trang-0-ly_do": "Chưa bố trí được kinh phí"}
    zeros = {"n2-so_lieu-0-so_hoat_dong": "0", "n2-so_lieu-0-so_luot_tham_gia": "0"}
    story.save("PNV", {**typed, **said, **zeros})
    story.send("PNV")


def _tell_p1(story: Story) -> None:
    typed = {**people.complete_answers(), **HOSTILE}
    typed |= {"n1-so_lieu-0-so_luot_nguoi": "9.000", "n1-tinh_trang-0-giai_trinh": "Mít tinh toàn phường."}
    story.save("P1", typed)
    session = {"ngay": "5-12-2023", "hinh_thuc": "Họp ấp", "noi_dung": "=1+1", "luot_nguoi": "40", "long_ghep": "1"}
    story.add_row("P1", "n1", "chi_tiet", session, times=2)
    story.add_row("P1", "n1", "chi_tiet", {**session, "ngay": "6/12/2023", "luot_nguoi": "0"})
    story.clock.move(days=5)
    story.send("P1")


# --- Reading the file back ---------------------------------------------------------------------------------------


def opened(data: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def shown(value: Any) -> Any:
    """A cell's value as Excel shows it: openpyxl leaves the escapes of inline texts alone."""
    return _ESCAPE.sub("_", value) if isinstance(value, str) else value


def grid(sheet: Worksheet) -> Grid:
    return [[shown(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


def split(sheet: Worksheet) -> tuple[Grid, Grid]:
    """The rows up to the numbers of the columns, and those below it; the signatures after a blank row are no part."""
    rows = grid(sheet)
    head = next(number for number, row in enumerate(rows, start=1) if row[0] == "(1)")
    end = next((number for number, row in enumerate(rows) if number >= head and not any_filled(row)), len(rows))
    return rows[:head], rows[head:end]


def any_filled(row: Sequence[Any]) -> bool:
    return any(cell is not None for cell in row)
