"""The main totals by part of the unit list, as a small table and a chart of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from openpyxl.chart import BarChart, Reference, Series
from openpyxl.chart.label import DataLabelList
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.directive import Directive
from nhanquyen.export.cells import CHARACTER, Value, lines_needed
from nhanquyen.export.combined.columns import Format, heading_of
from nhanquyen.export.combined.look import Styles, Tone
from nhanquyen.export.combined.paper import set_up_page
from nhanquyen.export.combined.sheet import row_height
from nhanquyen.export.stream import SheetRows
from nhanquyen.overview import Less, Part, Scope, total

_HEAD_ROW = 4
_WIDTHS = (4.5, 40.0, 11.0)
_SUM_WIDTH = 11.0
_GAP, _SPARE = 2.0, 12.0  # of the columns below the chart
_ROW_HEIGHT = 30.0
_CHART_WIDTH = 17  # centimetres
_CENTIMETRE = 72 / 2.54  # points
_COLORS = ("4472C4", "ED7D31", "A5A5A5", "70AD47")


def title_of(parts: Sequence[Part]) -> str:
    """The name of the sheet: with one part only there are no shares to draw."""
    return "Biểu đồ" if len(parts) > 1 else "Chỉ tiêu chính"


def write_totals(
    sheet: Worksheet,
    rows: SheetRows,
    styles: Styles,
    directive: Directive,
    parts: Sequence[Part],
    scope: Scope,
    note: str,
    less: Less,
) -> None:
    """Fill the sheet: a row for each main total, a column for each part, and beside them each part's share as bars.

    What is counted once, *less*, is taken off as on the board.

    The totals differ by a factor of a thousand and in their unit of measure; shares can stand side by side.
    """
    shown = parts if len(parts) > 1 else ()
    widths = (*_WIDTHS, *([_SUM_WIDTH] * (len(shown) + 1)))
    forms = (Format.ORDINAL, Format.TEXT, Format.CENTRED, *([Format.COUNT] * (len(shown) + 1)))

    def append(values: Sequence[Value], tone: Tone, height: float = _ROW_HEIGHT) -> None:
        pairs = zip(values, forms, strict=False)
        rows.append([(value, styles.of(value, tone, form)) for value, form in pairs], height)

    drawn = ceil(_CHART_WIDTH * _CENTIMETRE / (_SPARE * CHARACTER)) if shown else 0
    widths = (*widths, *([_GAP, *[_SPARE] * drawn] if shown else ()))
    for row in (1, 2):
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(widths))
    append([f"CÁC CHỈ TIÊU CHÍNH CỦA CÔNG VĂN SỐ {directive.number}"], Tone.TITLE)
    append([note], Tone.NOTE, row_height(lines_needed(note, sum(widths))))
    append([], Tone.NOTE, 8)
    append(["STT", "Chỉ tiêu", "Đơn vị tính", *(part.title for part in shown), "Tổng cộng"], Tone.HEAD, 32)
    sums = [total(part.lines, scope, less) for part in parts]
    for number, (path, field) in enumerate(directive.headline_fields, start=1):
        counts = [each.get(path) for each in sums]
        known = [count for count in counts if count is not None]
        cells = counts if shown else []
        append([number, heading_of(field), field.unit, *cells, sum(known) if known else None], Tone.MIDDLE)
    if shown:
        place = f"{get_column_letter(len(widths) - drawn + 1)}{_HEAD_ROW}"
        sheet.add_chart(_chart(sheet, shown, len(directive.headline)), place)
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = f"A{_HEAD_ROW + 1}"
    set_up_page(sheet, widths)
    sheet.page_setup.fitToHeight = 1


def _chart(sheet: Worksheet, parts: Sequence[Part], count: int) -> BarChart:
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "percentStacked", 100, 40
    chart.title = "Tỷ trọng của từng khối trong các chỉ tiêu chính (nhãn là số liệu)"
    chart.width, chart.height = _CHART_WIDTH, (count * _ROW_HEIGHT + 32) / _CENTIMETRE
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
