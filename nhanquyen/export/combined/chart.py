"""The main totals by part of the unit list, as a small table and a chart of it."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.chart import BarChart, Reference, Series
from openpyxl.chart.label import DataLabelList
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.directive import Directive
from nhanquyen.export.cells import Value
from nhanquyen.export.combined.columns import Format, heading_of
from nhanquyen.export.combined.look import Styles, Tone
from nhanquyen.export.combined.sheet import set_up_page
from nhanquyen.export.stream import SheetRows
from nhanquyen.overview import Part, Scope, total

TITLE = "Biểu đồ"
_HEAD_ROW = 4
_WIDTHS = (5.0, 62.0, 14.0)
_SUM_WIDTH = 16.0
_COLORS = ("4472C4", "ED7D31", "A5A5A5", "70AD47")


def write_chart(
    sheet: Worksheet,
    rows: SheetRows,
    styles: Styles,
    directive: Directive,
    parts: Sequence[Part],
    scope: Scope,
    note: str,
) -> None:
    """Fill the sheet: a row for each main total, a column for each part, and below it each part's share as bars.

    The totals differ by a factor of a thousand and in their unit of measure; shares can stand side by side.
    """
    forms = (Format.ORDINAL, Format.TEXT, Format.CENTRED, *([Format.COUNT] * (len(parts) + 1)))

    def append(values: Sequence[Value], tone: Tone, height: float = 16) -> None:
        pairs = zip(values, forms, strict=False)
        rows.append([(value, styles.of(value, tone, form)) for value, form in pairs], height)

    append([f"CÁC CHỈ TIÊU CHÍNH CỦA CÔNG VĂN SỐ {directive.number}"], Tone.TITLE, 22)
    append([note], Tone.NOTE)
    append([], Tone.NOTE)
    append(["STT", "Chỉ tiêu", "Đơn vị tính", *(part.title for part in parts), "Tổng cộng"], Tone.HEAD, 32)
    sums = [total(part.lines, scope) for part in parts]
    for number, (path, field) in enumerate(directive.headline_fields, start=1):
        counts = [each.get(path) for each in sums]
        known = [count for count in counts if count is not None]
        append([number, heading_of(field), field.unit, *counts, sum(known) if known else None], Tone.BODY)
    if parts:
        sheet.add_chart(_chart(sheet, parts, len(directive.headline)), f"A{rows.count + 2}")
    widths = (*_WIDTHS, *([_SUM_WIDTH] * (len(parts) + 1)))
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = f"A{_HEAD_ROW + 1}"
    set_up_page(sheet, sum(widths))
    sheet.page_setup.fitToHeight = 1


def _chart(sheet: Worksheet, parts: Sequence[Part], count: int) -> BarChart:
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "percentStacked", 100, 40
    chart.title = "Tỷ trọng của từng khối trong các chỉ tiêu chính (nhãn là số liệu)"
    chart.width, chart.height = 26, max(7, count * 0.75 + 3)
    first, last = _HEAD_ROW + 1, _HEAD_ROW + count
    for index in range(len(parts)):
        column = len(_WIDTHS) + 1 + index
        values = Reference(sheet, min_col=column, min_row=_HEAD_ROW, max_row=last)
        series = Series(values, title_from_data=True)
        series.graphicalProperties.solidFill = _COLORS[index % len(_COLORS)]
        series.dLbls = DataLabelList(
            showVal=True, showSerName=False, showCatName=False, showLegendKey=False, showPercent=False
        )
        chart.series.append(series)
    chart.set_categories(Reference(sheet, min_col=2, min_row=first, max_row=last))
    chart.x_axis.scaling.orientation = "maxMin"  # the first total on top
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.number_format = "0%"
    chart.legend.position = "b"
    return chart
