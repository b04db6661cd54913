"""A database of many units whose reports look like real ones and are the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from nhanquyen.clock import VIETNAM
from nhanquyen.directive import BUILT_IN, Block, BlockKind, Directive, Field, Item, Kind, load_directive
from nhanquyen.directive.values import Stored
from nhanquyen.form.answers import Answers, Row
from nhanquyen.store import database, opening, rounds
from nhanquyen.store.accounts import Role
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Entry, Report, Round, Unit
from nhanquyen.store.overlaps import keep_fingerprints
from nhanquyen.store.reports import Status
from nhanquyen.store.saving import summarise
from nhanquyen.text import search_key, sort_key

NOW = datetime(2023, 12, 22, 16, 30, tzinfo=VIETNAM)
SENTENCES = (
    "Đơn vị đã phối hợp với Mặt trận Tổ quốc và các đoàn thể tổ chức tuyên truyền lồng ghép trong sinh hoạt ấp, khóm.",
    "Nội dung tập trung vào chính sách an sinh xã hội, giảm nghèo bền vững và quyền của nhóm dễ bị tổn thương.",
    "Qua tuyên truyền, nhận thức của cán bộ, công chức và Nhân dân được nâng lên rõ rệt.",
    "Kinh phí còn hạn chế, một số ấp ở xa trung tâm nên việc treo băng rôn chưa kịp thời.",
    "Đề nghị cấp trên hỗ trợ thêm tài liệu song ngữ Việt - Khmer và tập huấn cho cán bộ làm công tác tuyên truyền.",
)
_STATUSES = ((Status.ACCEPTED, 45), (Status.SENT, 35), (Status.RESENT, 5), (Status.RETURNED, 3),
             (Status.DRAFTING, 7), (Status.NOT_STARTED, 5))  # fmt: skip


def make(url: str, units: int) -> Round:
    """Fill a new database at *url* with one round and *units* units, their reports in every state."""
    database.bind(url)
    opening.create(url)
    directive = load_directive(BUILT_IN)
    with database.connection():
        account = Account.create(
            username="bench", display_name="Đội Tổng hợp", role=Role.SYNTHESIS, password_hash="", created_at=NOW
        )
        with database.transaction():
            Unit.insert_many(_unit_rows(units)).execute()
        opened = rounds.open_round(directive, Actor(None, "", NOW))
        reports = Report.select(Report, Round, Unit).join(Round).switch(Report).join(Unit).order_by(Report.id)
        with database.transaction():
            for report in reports:
                _fill(report, directive, account)
    return opened


def _unit_rows(count: int) -> Iterator[dict[str, Any]]:
    special = [("VHTT", "Phòng Văn hóa và Thông tin", "PCM"), ("TTVHTT", "Trung tâm Văn hóa - Thông tin", "BN")]
    for number in range(1, count + 1):
        group = ("PCM", "BN", "XP", "XP")[number % 4]
        code, name = f"DV{number}", f"{'Ủy ban nhân dân xã' if group == 'XP' else 'Phòng chuyên môn'} số {number}"
        if number <= len(special):
            code, name, group = special[number - 1]
        yield {
            "code": code, "name": name, "group": group, "position": number, "contact": "Nguyễn Thị Hồng Hoa",
            "contact_position": "Công chức Văn phòng", "phone": f"0294 3832 {number:03d}",
            "active_from": date(2023, 11, 1), "search_key": search_key(f"{code} {name}"), "sort_key": sort_key(name),
        }  # fmt: skip


def _fill(report: Report, directive: Directive, account: Account) -> None:
    chance = Random(report.unit.code)  # noqa: S311 - made-up figures
    status = chance.choices([status for status, _ in _STATUSES], [weight for _, weight in _STATUSES])[0]
    if status is not Status.NOT_STARTED:
        rows = [row for item in directive.items for row in _item_rows(item, report, chance)]
        answers = Answers((item, block, Row(row.key, row.values)) for item, block, row in rows)
        for item in directive.items:
            summarise(report, item, answers, directive, NOW.date())
        stamp = {"report": report, "saved_at": NOW, "saved_by": account}
        Entry.insert_many(
            {"item": item, "block": block, "row": row.key, "position": position, "values": row.values, **stamp}
            for position, (item, block, row) in enumerate(rows)
        ).execute()
        keep_fingerprints(report, answers, directive)
    report.status = status
    if status not in (Status.NOT_STARTED, Status.DRAFTING):
        report.revision = 2 if status in (Status.RESENT, Status.RETURNED) else 1
        report.sent_at = NOW - timedelta(minutes=chance.randrange(60 * 24 * 10))
    report.save()


def _item_rows(item: Item, report: Report, chance: Random) -> Iterator[tuple[str, str, Row]]:
    if item.asked_of and item.key not in report.duties:
        return
    if item.may_be_empty and chance.random() < 0.05:
        yield item.key, item.blocks[0].key, Row(values={"trang_thai": "khong", "ly_do": SENTENCES[3]})
        return
    for block in item.answered_blocks:
        for key in _row_keys(block, chance):
            values = {each.key: _value(each, chance) for each in block.fields}
            filled: dict[str, Stored] = {name: value for name, value in values.items() if value is not None}
            yield item.key, block.key, Row(key, filled)


def _row_keys(block: Block, chance: Random) -> list[str]:
    if block.kind is BlockKind.TABLE:
        return [f"r{number:x}" for number in range(chance.randrange(1, 10))]
    return [row.key for row in block.rows] or ["0"]


def _value(field: Field, chance: Random) -> Stored:
    if field.required.name == "never" and chance.random() < 0.3:
        return None
    if field.kind is Kind.COUNT:
        return chance.choice((0, chance.randrange(10), chance.randrange(min(field.max, 2000))))
    if field.kind is Kind.DATE:
        return (date(2023, 12, 1) + timedelta(days=chance.randrange(20))).isoformat()
    if field.kind is Kind.CHOICE:
        return chance.choice(list(field.choices))
    if field.kind is Kind.TICK:
        return True
    sentences = 1 if field.kind is Kind.TEXT else chance.randrange(2, 8)
    return " ".join(chance.choice(SENTENCES) for _ in range(sentences))[: field.max_length]
