"""What stands between a draft and sending: faults that block, warnings that pass with an explanation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from nhanquyen.directive import (
    SINGLE_ROW,
    STATUS_BLOCK,
    Address,
    Block,
    BlockKind,
    Check,
    Directive,
    Field,
    Item,
    Kind,
)
from nhanquyen.directive.rules import CHECKS, Scope, applies, fails
from nhanquyen.directive.values import Stored, as_count, group_digits, readable
from nhanquyen.form.answers import DONE, NONE, NOT_OURS, Answers, Respondent, Row


class Level(StrEnum):
    """How a finding is treated. A missing answer is no mistake while drafting but blocks sending."""

    MISSING = "missing"
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Fault:
    """One finding; *address* is the field to go to."""

    item: Item
    address: Address
    message: str
    level: Level

    @property
    def blocks(self) -> bool:
        return self.level is not Level.WARNING


class Progress(StrEnum):
    """The state of an item in the side list."""

    NOT_STARTED = "chua_lam"
    STARTED = "dang_lam"
    DONE = "xong"
    FAULTY = "co_loi"


def _missing(field: Field) -> str:
    if field.kind is Kind.CHOICE:
        return f"Chọn “{field.label}”."
    if field.kind is Kind.COUNT:
        return f"Nhập “{field.label}”; không có thì ghi 0."
    return f"Nhập “{field.label}”."


def _unreadable(field: Field, stored: Stored, wanted: str) -> str:
    text = str(stored)
    return f"“{field.label}” đang là “{text if len(text) <= 40 else text[:40] + '…'}”. {wanted}"


def _limits(field: Field) -> str:
    return f"từ {group_digits(field.min)} đến {group_digits(field.max)}"


def _count_fault(field: Field, stored: Stored) -> str | None:
    number = as_count(stored)
    if number is None:
        return _unreadable(field, stored, f"Ghi bằng số nguyên {_limits(field)}, ví dụ 1.234.")
    if not field.min <= number <= field.max:
        return f"“{field.label}” đang là {group_digits(number)}. Ghi số {_limits(field)}."
    return None


def _text_fault(field: Field, text: str) -> str | None:
    if not field.max_length or len(text) <= field.max_length:
        return None
    long, over, most = (group_digits(n) for n in (len(text), len(text) - field.max_length, field.max_length))
    return f"“{field.label}” dài {long} ký tự, thừa {over}. Rút còn nhiều nhất {most} ký tự."


def _field_fault(field: Field, stored: Stored, scope: Scope) -> tuple[str, Level] | None:
    message = None
    if stored is None:
        return (_missing(field), Level.MISSING) if applies(field.required, scope) else None
    if field.kind is Kind.COUNT:
        message = _count_fault(field, stored)
    elif not readable(field, stored):
        example = f"Ghi ngày có thật theo mẫu ngày/tháng/năm, ví dụ {scope.window[0]:%d/%m/%Y}."
        message = _unreadable(field, stored, example if field.kind is Kind.DATE else "Chọn lại trong danh sách.")
    elif isinstance(stored, str):
        message = _text_fault(field, stored)
    return (message, Level.ERROR) if message else None


def _block_of(item: Item, key: str) -> Block:
    return next(block for block in item.blocks if block.single and key in block.by_key)


def _row_names(block: Block, rows: list[Row]) -> list[str]:
    """What a message calls each row, so that a list of messages tells them apart."""
    if block.kind is BlockKind.MATRIX:
        return [row.code or row.label for row in block.rows]
    return [f"{block.row_title} {number}" for number in range(1, len(rows) + 1)]


class _ItemCheck:
    """The faults of one item, in the order of its fields."""

    def __init__(self, directive: Directive, item: Item, answers: Answers, respondent: Respondent, today: date) -> None:
        self.item, self.answers, self.respondent = item, answers, respondent
        self.status_block = item.by_key[STATUS_BLOCK]
        self.faults: list[Fault] = []
        tables = [block for block in item.blocks if block.kind is BlockKind.TABLE]
        self.single = Scope(
            values=answers.single_values(item),
            group=respondent.group,
            asked=respondent.asked(item),
            window=(directive.window_from, directive.window_to),
            since=date(directive.issued_on.year, 1, 1),
            today=today,
            rows={block.key: len(answers.rows(item, block)) for block in tables},
        )

    def add(self, block: Block, row: str, key: str, message: str, level: Level) -> None:
        self.faults.append(Fault(self.item, Address(self.item.key, block.key, row, key), message, level))

    def check_fields(self, block: Block, row: Row, scope: Scope, name: str = "") -> None:
        for field in block.fields:
            if found := _field_fault(field, row.values.get(field.key), scope):
                self.add(block, row.key, field.key, name + found[0], found[1])

    def check_rows(self, block: Block) -> None:
        rows = self.answers.rows(self.item, block)
        prescribed = {row.key for row in block.prescribed}
        for row, name in zip(rows, _row_names(block, rows), strict=True):
            scope = replace(self.single, values=row.values, prescribed=row.key in prescribed)
            self.check_fields(block, row, scope, f"{name}: ")
            for check in block.checks:
                for key in fails(check, scope):
                    self.add(block, row.key, key, f"{name}: {check.message}", _level(check))

    def check_item_rules(self, single: Scope, everything: bool) -> None:
        """The checks over the item's single fields; without *everything* only those that look at its state alone."""
        for check in self.item.checks:
            if everything or all(key in self.status_block.by_key for key in check.fields):
                for key in fails(check, single):
                    self.add(_block_of(self.item, key), SINGLE_ROW, key, check.message, _level(check))

    def check_state(self, status: str) -> None:
        """Whether what the unit says of the item fits what stands in it and what is asked of the unit."""
        asked, answered = self.respondent.asked(self.item), self.answers.has_answers(self.item)
        if status == NOT_OURS and asked:
            self.say("Nội dung này được giao cho đơn vị. Chọn “Có hoạt động” hoặc “Không có hoạt động”.")
        elif status != DONE and answered:
            said = self.status_block.by_key["trang_thai"].choices[status]
            self.say(f"Đã chọn “{said}” nhưng vẫn còn số liệu. Xóa số liệu hoặc chọn lại “Có hoạt động”.")
        elif status == DONE and not answered and not asked:
            self.say("Đã chọn “Có hoạt động” nhưng chưa có số liệu. Nhập số liệu hoặc chọn lại.", Level.MISSING)

    def say(self, message: str, level: Level = Level.ERROR) -> None:
        self.add(self.status_block, SINGLE_ROW, "trang_thai", message, level)

    def run(self) -> list[Fault]:
        single = self.single
        status = self.answers.standing(self.item, self.respondent)
        blocks = self.item.blocks if status == DONE else (self.status_block,)
        for block in blocks:
            if block.single:
                self.check_fields(block, self.answers.rows(self.item, block)[0], single)
            else:
                self.check_rows(block)
        self.check_item_rules(single, everything=status == DONE)
        self.check_state(status)
        if any(not fault.blocks for fault in self.faults) and not single.filled(self.item.explanation.key):
            message = "Có số liệu cần xem lại. Sửa số liệu, hoặc nhập giải trình."
            self.add(self.status_block, SINGLE_ROW, self.item.explanation.key, message, Level.MISSING)
        return self.faults


def _level(check: Check) -> Level:
    if check.warning:
        return Level.WARNING
    return Level.MISSING if CHECKS[check.name].missing else Level.ERROR


def check_item(directive: Directive, item: Item, answers: Answers, respondent: Respondent, today: date) -> list[Fault]:
    """Every fault and warning of one item."""
    return _ItemCheck(directive, item, answers, respondent, today).run()


def check_report(directive: Directive, answers: Answers, respondent: Respondent, today: date) -> list[Fault]:
    """Every fault and warning of the report, in the order of the form."""
    return [fault for item in directive.items for fault in check_item(directive, item, answers, respondent, today)]


def item_progress(item: Item, answers: Answers, respondent: Respondent, faults: list[Fault]) -> Progress:
    """The state to show for *item*, given its own *faults*."""
    if any(fault.level is Level.ERROR for fault in faults):
        return Progress.FAULTY
    untouched = not answers.has_answers(item) and not answers.status_values(item).get("trang_thai")
    if untouched and answers.standing(item, respondent) not in (NONE, NOT_OURS):
        return Progress.NOT_STARTED
    return Progress.STARTED if any(fault.blocks for fault in faults) else Progress.DONE
