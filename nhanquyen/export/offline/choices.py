"""What Excel offers and refuses while the form is filled: drop-downs, limits of numbers, days and lengths."""

from __future__ import annotations

from datetime import date

from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.directive import Field, Kind
from nhanquyen.directive.values import group_digits
from nhanquyen.export.cells import safe_text
from nhanquyen.export.offline.look import TEXT
from nhanquyen.form.offline.layout import NOT_TICKED, TICKED
from nhanquyen.form.offline.origin import COLUMNS

_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
_TITLE, _MESSAGE = 32, 255  # characters that Excel takes


class Offers:
    """The lists of a workbook, each once, on its hidden sheet beside what that sheet remembers."""

    def __init__(self, hidden: Worksheet) -> None:
        self.hidden = hidden
        self.ranges: dict[tuple[str, ...], str] = {}

    def _range(self, words: tuple[str, ...]) -> str:
        if words not in self.ranges:
            column = COLUMNS + 2 + len(self.ranges)
            for row, text in enumerate(words, start=1):
                cell = self.hidden.cell(row, column, safe_text(text))
                cell.data_type, cell.number_format = "s", TEXT
            letter = get_column_letter(column)
            place = f"${letter}$1:${letter}${len(words)}"
            self.ranges[words] = f"{quote_sheetname(self.hidden.title)}!{place}"
        return self.ranges[words]

    def add(self, sheet: Worksheet, field: Field, cells: str) -> None:
        """Let *cells* of *sheet* take answers to *field* only; what was in them stays."""
        rule = self._rule(field)
        rule.errorTitle = field.heading[:_TITLE]
        rule.error = (rule.error or "")[:_MESSAGE]
        rule.showErrorMessage = True
        rule.add(cells)
        sheet.add_data_validation(rule)

    def _rule(self, field: Field) -> DataValidation:
        if field.kind in (Kind.CHOICE, Kind.TICK):
            words = (TICKED, NOT_TICKED) if field.kind is Kind.TICK else tuple(field.choices.values())
            text = "Chọn trong danh sách, hoặc để trống: " + "; ".join(words) + "."
            return DataValidation(type="list", formula1=self._range(words), allow_blank=True, error=text)
        if field.kind is Kind.COUNT:
            least, most = group_digits(field.min), group_digits(field.max)
            text = (
                f"Ghi số nguyên từ {least} đến {most}, gõ liền các chữ số. Không có thì ghi 0; chưa biết thì để trống."
            )
            return DataValidation(
                type="whole", operator="between", formula1=str(field.min), formula2=str(field.max), allow_blank=True,
                error=text,
            )  # fmt: skip
        if field.kind is Kind.DATE:
            return DataValidation(
                type="date", operator="between", formula1=_serial(_FIRST_DAY), formula2=_serial(_LAST_DAY),
                allow_blank=True, error="Ghi ngày có thật theo ngày/tháng/năm, ví dụ 05/12/2023.",
            )  # fmt: skip
        most = group_digits(field.max_length)
        return DataValidation(
            type="textLength", operator="lessThanOrEqual", formula1=str(field.max_length), allow_blank=True,
            error=f"Nhiều nhất {most} ký tự. Rút ngắn nội dung.",
        )  # fmt: skip


def _serial(day: date) -> str:
    return str((day - date(1899, 12, 30)).days)
