"""What must stand in the combined Excel, worked out from the raw tables and the raw TOML alone.

Nothing here calls the stages of the program: the file is compared with the database, not with the code that
made it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from nhanquyen.store.models import Entry, Overlap, Report, Round, Unit

Row = list[Any]
STATUSES = {
    "not_started": "Chưa nhập",
    "drafting": "Đang soạn",
    "sent": "Đã gửi",
    "returned": "Trả lại bổ sung",
    "resent": "Đã gửi lại",
    "accepted": "Đã tiếp nhận",
}
SAID = {"co": "Có hoạt động", "khong": "Không có hoạt động", "khong_thuoc": "Không thuộc trách nhiệm"}
MARKS = {"khong": "–", "khong_thuoc": "x", "chua": "…", "chua_nhan": "*"}
WORDS = {**SAID, "chua": "Chưa báo cáo", "chua_nhan": "Chưa tiếp nhận"}


def wall(instant: datetime | None) -> datetime | None:
    """The minute that a clock in Viet Nam shows."""
    if instant is None:
        return None
    return (instant.astimezone(UTC) + timedelta(hours=7)).replace(second=0, microsecond=0, tzinfo=None)


def midnight(instant: datetime) -> datetime:
    """The beginning of the day that a calendar in Viet Nam shows, as a cell holds a date."""
    shown = wall(instant)
    assert shown is not None
    return shown.replace(hour=0, minute=0)


def told(field: dict[str, Any], stored: Any) -> Any:
    """A stored answer as a cell must hold it."""
    if field["kind"] == "tick":
        return "Có" if stored else "Không"
    if stored is None or type(stored) is int:
        return stored
    if field["kind"] == "date":
        return datetime.fromisoformat(stored)
    return field["choices"][stored] if field["kind"] == "choice" else stored


def added(values: Iterable[Any]) -> int | None:
    numbers = [value for value in values if type(value) is int]
    return sum(numbers) if numbers else None


class Told:
    """The round as the database tells it at *now*; with *accepted*, only accepted reports speak."""

    def __init__(self, opened: Round, now: datetime, accepted: bool = False) -> None:
        self.now, self.due, self.opened_at = now, opened.due_at, opened.opened_at
        self.definition = tomllib.loads(opened.definition)
        self.items = self.definition["items"]
        query = Report.select(Report, Unit).join(Unit).where(Report.round == opened)
        found = [(report.unit, report) for report in query.order_by(Unit.position, Unit.id)]
        speaking = ("accepted",) if accepted else ("sent", "resent", "accepted")
        self.speaks = {unit.id: report.status in speaking for unit, report in found}
        self.parts: list[tuple[str, str, list[tuple[Unit, Report]]]] = []
        left = list(found)
        for part in self.definition["group_parts"]:
            members = [pair for pair in found if pair[0].group in part["groups"]]
            left = [pair for pair in left if pair not in members]
            self.parts.append((part["letter"], part["title"], members))
        self.parts.append(("*", "Đơn vị khác", left))
        self.parts = [part for part in self.parts if part[2]]
        self.entries: dict[tuple[int, str, str], list[tuple[str, dict[str, Any]]]] = {}
        for entry in Entry.select().where(Entry.removed_at.is_null()).order_by(Entry.position, Entry.id):
            place = (entry.report_id, entry.item, entry.block)
            self.entries.setdefault(place, []).append((entry.row, entry.values))
        self.less = self._counted_once(opened, {report.id: (unit, report) for unit, report in found})

    def _counted_once(self, opened: Round, known: dict[int, tuple[Unit, Report]]) -> dict[tuple[int, str], int]:
        """What the decisions that still are about what was last sent take off, by report and path."""
        less: dict[tuple[int, str], int] = {}
        for decision in Overlap.select().where((Overlap.round == opened) & (Overlap.verdict == "once")):
            told = [(member, *known[member["report"]]) for member in decision.members]
            sent = ("sent", "resent", "accepted")
            if all(r.status in sent and r.revision == member["revision"] for member, _, r in told):
                speaking = sorted((not member["kept"], i) for i, (member, u, _) in enumerate(told) if self.speaks[u.id])
                for _, i in speaking[1:]:
                    member = told[i][0]
                    for path, amount in member["amounts"].items():
                        key = (member["report"], path)
                        less[key] = less.get(key, 0) + amount
        return less

    def taken_off(self, members: list[tuple[Unit, Report]], paths: list[str]) -> Row:
        """What is not counted a second time in these units, column by column."""
        return [-sum(self.less.get((report.id, path), 0) for _, report in members) or None for path in paths]

    # --- Answers -------------------------------------------------------------------------------------------------

    def values(self, report: Report, item: str, block: str, row: str = "0") -> dict[str, Any]:
        return dict(self.entries.get((report.id, item, block), [])).get(row, {})

    def standing(self, unit: Unit, report: Report, item: dict[str, Any]) -> str:
        if not self.speaks[unit.id]:
            return "chua_nhan" if report.status in ("sent", "resent", "accepted") else "chua"
        stated: str | None = self.values(report, item["key"], "tinh_trang").get("trang_thai")
        asked = unit.code in item.get("asked_of", [unit.code])
        answered = any(self.entries.get((report.id, item["key"], block["key"])) for block in item["blocks"])
        return stated or ("co" if asked or answered else "khong_thuoc")

    def count(self, report: Report, item: dict[str, Any], key: str) -> int | None:
        """The sum of a field over the rows of the unit."""
        rows = [
            values
            for block in item["blocks"]
            if key in [field["key"] for field in block["fields"]]
            for _, values in self.entries.get((report.id, item["key"], block["key"]), [])
        ]
        return added(values.get(key) for values in rows)

    def coded(self, block: dict[str, Any]) -> list[str]:
        return [row["key"] for row in block["rows"] if row.get("code")]

    def slogan(self, report: Report, item: dict[str, Any], block: dict[str, Any], row: str) -> int | None:
        values = self.values(report, item["key"], block["key"], row)
        return added(values.get(field["key"]) for field in block["fields"] if field["kind"] == "count")

    def done(self, report: Report, item: dict[str, Any], block: dict[str, Any]) -> int:
        return sum(bool(self.slogan(report, item, block, row)) for row in self.coded(block))

    def reached(self, item: dict[str, Any], block: dict[str, Any], codes: list[str]) -> str:
        """Of how many prescribed rows any of these units has something."""
        reports = [report for unit, report in self.speaking(item) if unit.code in codes]
        rows = self.coded(block)
        found = sum(any(self.slogan(report, item, block, row) for report in reports) for row in rows)
        return f"{found}/{len(rows)}"

    def due_of(self, report: Report) -> datetime:
        return max(report.due_at or self.due, self.due)

    def late(self, report: Report) -> str:
        moment, due = report.arrived_at or report.paper_at or self.now, self.due_of(report)
        days = (wall(moment).date() - wall(due).date()).days  # type: ignore[union-attr]
        return (f"Trễ hạn {days} ngày" if days else "Trễ hạn trong ngày") if moment > due else ""

    # --- Sheets --------------------------------------------------------------------------------------------------

    def by_part(
        self, cells: Callable[[Unit, Report], Row], total: Callable[[list[Row]], Row] | None, paths: list[str]
    ) -> list[Row]:
        """Rows a unit under the heading of each part, with its sums, and the sums of all.

        *paths* are the totals that the cells add up to, "" for a cell that adds up to none.
        """
        number, rows, everything = 0, [], []
        for letter, title, members in self.parts:
            mine = [[unit.code, unit.name, *cells(unit, report)] for unit, report in members]
            rows.append([letter, title, *[None] * (len(mine[0]) - 1)])
            for row in mine:
                number += 1
                rows.append([number, *row])
            less = self.taken_off(members, paths)
            if any(less):
                rows.append([None, None, "Trừ: tính một lần", *less])
                mine.append([None, None, *less])
            everything += mine
            if total:
                rows.append([None, None, f"Cộng {title[0].lower()}{title[1:]}", *total(mine)[2:]])
        if total:
            rows.append([None, None, "Tổng cộng", *total(everything)[2:]])
        return rows

    def summary(self) -> list[Row]:
        paths = [path.split(".") for path in self.definition["headline"]]
        items = {item["key"]: item for item in self.items}

        def cells(unit: Unit, report: Report) -> Row:
            row: Row = [STATUSES[report.status]]
            for item, key in paths:
                standing = self.standing(unit, report, items[item])
                row.append(self.count(report, items[item], key) if standing == "co" else MARKS[standing])
            return [*row, self.late(report) or None]

        def total(rows: list[Row]) -> Row:
            return [None, None, None, *(added(column) for column in list(zip(*rows, strict=True))[3:-1]), None]

        return self.by_part(cells, total, ["", *self.definition["headline"], ""])

    def item_sheet(self, item: dict[str, Any]) -> list[Row]:
        restricted = item.get("may_be_empty", True)

        def cells(unit: Unit, report: Report) -> Row:
            standing = self.standing(unit, report, item)
            said = self.values(report, item["key"], "tinh_trang") if self.speaks[unit.id] else {}
            row: Row = [WORDS[standing]]
            if restricted:
                row.append(said.get("ly_do") if standing == "khong" else None)
            for block in item["blocks"]:
                row += self.block_cells(report, item, block, standing == "co")
            return [*row, said.get("giai_trinh")]

        summed: list[bool | dict[str, Any]] = [False] * (4 if restricted else 3)
        paths = [""] * (2 if restricted else 1)
        for block in item["blocks"]:
            counts = [field["kind"] == "count" and field.get("totalled", True) for field in block["fields"]]
            named = zip(block["fields"], counts, strict=True)
            if block["kind"] in ("matrix", "table"):
                paths += [f"{item['key']}.{field['key']}" for field, adds in named if adds]
                paths.append("")  # how many rows there are: those stay as they were sent
            else:
                paths += [f"{item['key']}.{field['key']}" if adds else "" for field, adds in named]
            if block["kind"] in ("matrix", "table"):
                counts = [True for count in counts if count]
                counts.append(True if block["kind"] == "table" else block)
            summed += counts

        def total(rows: list[Row]) -> Row:
            columns, codes = list(zip(*rows, strict=True)), [row[0] for row in rows]
            return [
                self.reached(item, sums, codes) if isinstance(sums, dict) else added(column) if sums else None
                for column, sums in zip(columns, [*summed, False], strict=True)
            ]

        return self.by_part(cells, total, [*paths, ""])

    def block_cells(self, report: Report, item: dict[str, Any], block: dict[str, Any], speaks: bool) -> Row:
        fields = block["fields"]
        if block["kind"] in ("figures", "narrative"):
            values = self.values(report, item["key"], block["key"])
            return [told(field, values.get(field["key"])) if speaks else None for field in fields]
        counts = [field for field in fields if field["kind"] == "count" and field.get("totalled", True)]
        rows = self.entries.get((report.id, item["key"], block["key"]), [])
        number = self.done(report, item, block) if block["kind"] == "matrix" else len(rows)
        sums = [added(values.get(field["key"]) for _, values in rows) for field in counts]
        return [*sums, number] if speaks else [None] * (len(counts) + 1)

    def speaking(self, item: dict[str, Any]) -> Iterable[tuple[Unit, Report]]:
        for _, _, members in self.parts:
            for unit, report in members:
                if self.standing(unit, report, item) == "co":
                    yield unit, report

    def table_rows(self, item: dict[str, Any], block: dict[str, Any]) -> list[Row]:
        rows: list[Row] = []
        for unit, report in self.speaking(item):
            held = self.entries.get((report.id, item["key"], block["key"]), [])
            for number, (_, values) in enumerate(held, start=1):
                cells = [told(field, values.get(field["key"])) for field in block["fields"]]
                rows.append([len(rows) + 1, unit.code, unit.name, number, *cells])
        return [*rows, *self.total_row(block, rows, before=4)]

    def total_row(self, block: dict[str, Any], rows: list[Row], before: int) -> list[Row]:
        """The sums of the columns that add up, when there are any; *before* columns say where a row stands."""
        summed = [field["kind"] == "count" and field.get("totalled", True) for field in block["fields"]]
        sums = [added(row[before + i] for row in rows) if each else None for i, each in enumerate(summed)]
        blank = [None] * (before - 3)
        return [[None, None, "Tổng cộng", *blank, *sums]] if any(summed) else []

    def slogan_rows(self, item: dict[str, Any], block: dict[str, Any]) -> list[Row]:
        rows: list[Row] = []
        for unit, report in self.speaking(item):
            for row in block["rows"]:
                values = self.values(report, item["key"], block["key"], row["key"])
                if values or row.get("code"):
                    cells = [told(field, values.get(field["key"])) for field in block["fields"]]
                    rows.append([len(rows) + 1, unit.code, unit.name, row.get("code"), row["label"], *cells])
        return [*rows, *self.total_row(block, rows, before=5)]

    def coverage(self, item: dict[str, Any], block: dict[str, Any]) -> list[Row]:
        wanted = len(self.coded(block))

        def cells(unit: Unit, report: Report) -> Row:
            standing = self.standing(unit, report, item)
            if standing != "co":
                return [MARKS[standing]] * (len(block["rows"]) + 2)
            counts = [self.slogan(report, item, block, row["key"]) for row in block["rows"]]
            return [*counts, added(counts), f"{self.done(report, item, block)}/{wanted}"]

        def total(rows: list[Row]) -> Row:
            columns = [added(column) for column in list(zip(*rows, strict=True))[2:-1]]
            reached = sum(
                bool(number) and bool(row.get("code")) for number, row in zip(columns, block["rows"], strict=False)
            )
            return [None, None, *columns, f"{reached}/{wanted}"]

        return self.by_part(cells, total, [""] * (len(block["rows"]) + 2))

    def entered(self, report: Report, counted: bool) -> str | None:
        """Who typed the paper of the unit for it, and when."""
        if report.entered_by_id is None:
            return None
        who, at = report.entered_by.display_name, report.entered_at.astimezone(UTC) + timedelta(hours=7)
        said = f"{at.hour:02}:{at.minute:02} ngày {at.day:02}/{at.month:02}/{at.year}"
        return f"{who}, {said}" if counted else f"Đang nhập thay: {who}, từ {said}"

    def sending(self) -> list[Row]:
        def cells(unit: Unit, report: Report) -> Row:
            late, counted = self.late(report), report.status in ("sent", "resent", "accepted")
            said = "Đúng hạn" if counted else "Chưa gửi lại" if report.revision else "Chưa gửi"
            if late:
                said = late if counted else f"{said}, {late.replace('Trễ', 'trễ')}"
            return [
                STATUSES[report.status], report.revision or None, wall(report.sent_at), said,
                wall(self.due_of(report)),
                "Có" if self.due_of(report) > self.due else None, self.entered(report, counted),
                unit.contact or None, unit.contact_position or None, unit.phone or None,
            ]  # fmt: skip

        rows = self.by_part(cells, None, [""] * 10)
        blank = [None] * 9
        return [*rows, *([None, None, label, count, *blank] for label, count in self.status_rows())]

    @property
    def reports(self) -> list[Report]:
        return [report for _, _, members in self.parts for _, report in members]

    def status_rows(self) -> list[Row]:
        """How many units stand where, and all of them."""
        counts = [[label, sum(each.status == key for each in self.reports)] for key, label in STATUSES.items()]
        return [*counts, ["Tổng số đơn vị", len(self.reports)]]

    def day_rows(self) -> list[Row]:
        """What had come in by the end of each day; nothing of the days to come; the units beside the due day."""
        arrived = {
            report.id: (midnight(report.arrived_at), report.arrived_at > (report.due_at or self.due))
            for report in self.reports
            if report.status in ("sent", "resent", "accepted")
        }
        today, due, day = midnight(self.now), midnight(self.due), midnight(self.opened_at)
        rows: list[Row] = []
        while day <= max(today, due):
            came = [late for when, late in arrived.values() if when == day]
            until = [late for when, late in arrived.values() if when <= day]
            counts = [len(came), until.count(False), until.count(True), len(until)] if day <= today else [None] * 4
            rows.append([day, *counts, len(self.reports) if day == due else None])
            day += timedelta(days=1)
        return rows

    def sheets(self) -> dict[str, list[Row]]:
        """The rows below the head of every table, by the name of its sheet, in order."""
        found = {"Tổng hợp": self.summary()}
        for item in self.items:
            found[f"Nội dung {item['number']}"] = self.item_sheet(item)
            for block in item["blocks"]:
                name = f"ND{item['number']} - Từng {block.get('row_name', 'dòng')}"
                if block["kind"] == "matrix":
                    found[f"ND{item['number']} - Đơn vị × {block['row_name']}"] = self.coverage(item, block)
                    found[name] = self.slogan_rows(item, block)
                elif block["kind"] == "table":
                    found[name] = self.table_rows(item, block)
        return {**found, "Tình hình gửi": self.sending()}
