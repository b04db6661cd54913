"""What the combined Excel says about itself: round, scope, filter, moment, counts, and whatever it could not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.clock import VIETNAM, format_instant, format_long_day
from nhanquyen.directive import Directive, Item
from nhanquyen.export.cells import LONGEST_TEXT, Value, lines_needed, too_long
from nhanquyen.export.combined.columns import Format
from nhanquyen.export.combined.look import Styles, Tone
from nhanquyen.export.combined.paper import set_up_page
from nhanquyen.export.combined.record import NOT_ACCEPTED, legend, local
from nhanquyen.export.combined.sheet import LESS_LABEL, Loss, row_height
from nhanquyen.export.stream import SheetRows
from nhanquyen.overview import Scope, Standing, standing_of, states
from nhanquyen.overview.overlaps import CountedOnce, decision_words
from nhanquyen.store.reports import ReportLine

TITLE = "Thông tin"
ALL_UNITS = "Tất cả đơn vị"
_WIDTHS = (30, 70, 10, 40, 12, 40)
_LOSS_HEADINGS = ("Trang", "Đơn vị", "Ô", "Nội dung", "Số ký tự gốc", "Đã xử lý")


@dataclass(frozen=True)
class About:
    """The circumstances of one export. *filter* says in words which units were asked for."""

    round_title: str
    scope: Scope
    made_at: datetime
    made_by: str
    opened_at: datetime
    due_at: datetime
    closes_at: datetime | None = None
    filter: str = ALL_UNITS

    def state(self, lines: Sequence[ReportLine]) -> str:
        """Moment and scope of the figures, as they stand at the foot of every page."""
        counted = sum(self.scope.counts(line) for line in lines)
        moment = f"Số liệu lúc {format_instant(self.made_at)}"
        return f"{moment}. {self.scope.label}: {counted}/{len(lines)} đơn vị"

    def note(self, lines: Sequence[ReportLine]) -> str:
        """The line below the title of every sheet."""
        return f"{self.round_title}. {self.state(lines)}. {self.filter}."

    def signed_at(self, directive: Directive) -> str:
        """Place and day above the signatures."""
        return f"{directive.place}, {format_long_day(self.made_at.astimezone(VIETNAM).date())}"

    def item_note(self, item: Item, lines: Sequence[ReportLine]) -> str:
        """How many units stand where in *item*; the numbers add up to the units."""
        words = [*(standing.label for standing in Standing), NOT_ACCEPTED]
        counts = dict.fromkeys(words, 0)
        for line in lines:
            unaccepted = line.counted and not self.scope.counts(line)
            counts[NOT_ACCEPTED if unaccepted else standing_of(line, item, self.scope).label] += 1
        if self.scope is Scope.SENT:
            del counts[NOT_ACCEPTED]
        said = "; ".join(f"{word}: {count}" for word, count in counts.items())
        return f"{said}. Cộng: {len(lines)} đơn vị."

    def status_counts(self, lines: Sequence[ReportLine]) -> list[tuple[str, int]]:
        """The units by status, and all of them last."""
        found = states(lines, self.made_at)
        return [*((status.label, count) for status, count in found.by_status.items()), ("Tổng số đơn vị", found.units)]


def once_notes(once: CountedOnce) -> list[str]:
    """What a reader of sums must know of activities that several units report."""
    notes = []
    if once.undecided:
        notes.append(
            f"Còn {once.undecided} hoạt động có thể bị tính trùng chưa quyết định; "
            "các tổng số vẫn tính đủ của từng đơn vị."
        )
    if once.less:
        notes.append(
            f"“{LESS_LABEL}”: hoạt động do nhiều đơn vị cùng báo, chỉ tính ở một đơn vị; xem trang {TITLE}. "
            "Chỉ tiêu “trong đó” mà bảng chi tiết không ghi thì chưa trừ."
        )
    return notes


def facts_of(
    about: About, directive: Directive, lines: Sequence[ReportLine], once: CountedOnce
) -> list[tuple[str, Value]]:
    """What the sheet `TITLE` states, label and value."""
    found = states(lines, about.made_at)
    return [
        ("Đợt báo cáo", about.round_title),
        ("Công văn", f"Số {directive.number} ngày {directive.issued_on:%d/%m/%Y} của {directive.issuer}"),
        ("Trích yếu", directive.title),
        ("Hạn gửi", local(about.due_at)),
        ("Khóa sổ", local(about.closes_at) or "Không đặt"),
        ("Phạm vi số liệu", about.scope.label),
        ("Đơn vị trong tệp", about.filter),
        ("Thời điểm xuất", local(about.made_at)),
        ("Người xuất", about.made_by),
        *((f"Số đơn vị: {label}", count) for label, count in about.status_counts(lines)[:-1]),
        ("Tổng số đơn vị", found.units),
        ("Đã gửi nhưng trễ hạn", found.sent_late),
        ("Chưa gửi và đã trễ hạn", found.overdue),
        ("Hoạt động có thể bị tính trùng (cả đợt)", once.found),
        ("Trong đó chưa quyết định", once.undecided),
        *(("Quyết định về hoạt động trùng", decision_words(directive, each)) for each in once.decisions),
        ("Cách đọc", legend(about.scope)),
    ]


def _done(loss: Loss) -> str:
    if too_long(loss.text):
        return f"Cắt bớt: một ô Excel chứa nhiều nhất {LONGEST_TEXT:,} ký tự".replace(",", ".")
    return "Bỏ ký tự điều khiển, Excel không ghi được"


def _append(rows: SheetRows, styles: Styles, values: Sequence[Value], tone: Tone) -> None:
    lines, cells = 1, []
    for value, width in zip(values, _WIDTHS, strict=False):
        form = (
            Format.INSTANT if isinstance(value, datetime) else Format.COUNT if isinstance(value, int) else Format.TEXT
        )
        cells.append((value, styles.of(value, tone, form)))
        if isinstance(value, str) and tone is not Tone.TITLE:
            lines = max(lines, lines_needed(value, width))
    rows.append(cells, row_height(lines) + 4)


def write_about(
    sheet: Worksheet, rows: SheetRows, styles: Styles, facts: Sequence[tuple[str, Value]], losses: Sequence[Loss]
) -> None:
    """Fill the sheet: the facts, then every text that had to be cut or cleaned."""
    widths = _WIDTHS if losses else _WIDTHS[:2]
    for row in (1, len(facts) + 3, *(() if losses else (len(facts) + 4,))):
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(widths))
    _append(rows, styles, ["THÔNG TIN VỀ TỆP NÀY"], Tone.TITLE)
    for fact in facts:
        _append(rows, styles, fact, Tone.FACT)
    _append(rows, styles, [], Tone.BODY)
    _append(rows, styles, ["NỘI DUNG BỊ CẮT HOẶC LÀM SẠCH"], Tone.TITLE)
    if not losses:
        _append(rows, styles, ["Không có: mọi nội dung được ghi nguyên văn."], Tone.NOTE)
    else:
        _append(rows, styles, _LOSS_HEADINGS, Tone.HEAD)
    for loss in losses:
        said = (loss.sheet, loss.unit, loss.cell, loss.heading, len(loss.text), _done(loss))
        _append(rows, styles, said, Tone.BODY)
    for letter, width in zip("ABCDEF", widths, strict=False):
        sheet.column_dimensions[letter].width = width
    set_up_page(sheet, widths)
