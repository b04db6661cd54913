"""Where the reports stand and how they came in day by day: two small tables, each with a chart of it beside it."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from openpyxl.chart import BarChart, LineChart, Reference, Series
from openpyxl.chart.error_bar import ErrorBars
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.marker import Marker
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.colors import ColorChoice
from openpyxl.drawing.fill import PatternFillProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from nhanquyen.clock import format_instant
from nhanquyen.export.cells import Value, lines_needed
from nhanquyen.export.combined.about import About
from nhanquyen.export.combined.columns import Format
from nhanquyen.export.combined.look import Styles, Tone
from nhanquyen.export.combined.paper import set_up_page
from nhanquyen.export.combined.sheet import row_height
from nhanquyen.export.stream import SheetRows
from nhanquyen.overview.progress import Progress
from nhanquyen.store.reports import ReportLine

TITLE = "Tiến độ gửi"
_HEADINGS = ("Ngày", "Gửi trong ngày", "Đã gửi đúng hạn", "Đã gửi trễ hạn", "Cộng đã gửi", "Hạn gửi")
_FORMS = (Format.DATE, *[Format.COUNT] * 5)
_WIDTHS = (16.0, *[10.0] * 5)
_GAP, _BESIDE = 2.0, (12.0,) * 6  # the columns below the charts
_CHART_COLUMN = get_column_letter(len(_WIDTHS) + 2)
_CHART_WIDTH = 13  # centimetres
_STATES_ROW = 4
_STATE_HEIGHT = 20.0  # points
_DAYS_HEIGHT = 8.0  # centimetres
_MOST_LABELS = 12
_ON_TIME, _LATE, _DUE, _PAPER = "1E3A5F", "9A3412", "B42318", "FFFFFF"
_REMARK = (
    "Hạn gửi: {}. Báo cáo gửi lại tính ngày gửi lần đầu; báo cáo rút lại hoặc đang trả lại bổ sung không tính."
    " Cột “Hạn gửi” đánh dấu ngày đến hạn trên biểu đồ."
)


def write_progress(
    sheet: Worksheet, rows: SheetRows, styles: Styles, progress: Progress, lines: Sequence[ReportLine], about: About
) -> None:
    """Fill the sheet: the units by status, then a row for each day of *progress*; days to come have no numbers."""
    widths = (*_WIDTHS, _GAP, *_BESIDE)

    def append(values: Sequence[Value], tone: Tone, height: float, forms: Sequence[Format] = _FORMS) -> None:
        rows.append([(value, styles.of(value, tone, form)) for value, form in zip(values, forms, strict=False)], height)

    def append_across(text: str, tone: Tone, height: float) -> None:
        sheet.merge_cells(start_row=rows.count + 1, start_column=1, end_row=rows.count + 1, end_column=len(widths))
        append([text], tone, height)

    append_across("TÌNH TRẠNG VÀ TIẾN ĐỘ GỬI BÁO CÁO", Tone.TITLE, 26)
    for note in (about.note(lines), _REMARK.format(format_instant(about.due_at))):
        append_across(note, Tone.NOTE, row_height(lines_needed(note, sum(widths))))
    append(["Tình trạng", "Số đơn vị"], Tone.HEAD, _STATE_HEIGHT)
    *states, everything = about.status_counts(lines)
    for state in states:
        append(state, Tone.MIDDLE, _STATE_HEIGHT, (Format.TEXT, Format.COUNT))
    append(everything, Tone.TOTAL, _STATE_HEIGHT, (Format.TEXT, Format.COUNT))
    sheet.add_chart(_states_chart(sheet, len(states)), f"{_CHART_COLUMN}{_STATES_ROW}")
    append([], Tone.NOTE, 10)
    append(_HEADINGS, Tone.HEAD, 32)
    head = rows.count
    for day in progress.days:
        due = progress.units if day.day == progress.due else None
        append([day.day, day.came, day.on_time, day.late, day.arrived, due], Tone.MIDDLE, row_height(1))
    for coming in progress.coming:
        due = progress.units if coming == progress.due else None
        append([coming, None, None, None, None, due], Tone.MIDDLE, row_height(1))
    sheet.add_chart(_days_chart(sheet, progress, head), f"{_CHART_COLUMN}{head}")
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.print_title_rows = f"{head}:{head}"
    set_up_page(sheet, widths)


def _numbers() -> DataLabelList:
    return DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False, showPercent=False)


def _states_chart(sheet: Worksheet, count: int) -> BarChart:
    chart = BarChart()
    chart.type, chart.gapWidth, chart.legend = "bar", 40, None
    chart.title = "Tình trạng báo cáo (số đơn vị)"
    chart.width, chart.height = _CHART_WIDTH, (count + 2) * _STATE_HEIGHT / 72 * 2.54
    last = _STATES_ROW + count
    series = Series(Reference(sheet, min_col=2, min_row=_STATES_ROW, max_row=last), title_from_data=True)
    series.graphicalProperties.solidFill = _ON_TIME
    series.dLbls = _numbers()
    chart.series.append(series)
    chart.set_categories(Reference(sheet, min_col=1, min_row=_STATES_ROW + 1, max_row=last))
    chart.x_axis.scaling.orientation = "maxMin"  # the first status on top
    chart.x_axis.delete, chart.y_axis.delete = False, True
    chart.y_axis.scaling.min, chart.y_axis.majorGridlines = 0, None
    return chart


def _days_chart(sheet: Worksheet, progress: Progress, head: int) -> BarChart:
    """Columns of what had come in by the end of each day, the late ones on top and hatched; the due day as a line."""
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "col", "stacked", 100, 15
    chart.title = f"Tiến độ gửi theo ngày ({progress.units} đơn vị)"
    chart.width, chart.height = _CHART_WIDTH, _DAYS_HEIGHT
    last = head + progress.span
    # LibreOffice knows no colours by name, and openpyxl's types no colours by number.
    red, white = (ColorChoice(srgbClr=shade) for shade in (_LATE, _PAPER))  # type: ignore[arg-type]
    hatched = PatternFillProperties(prst="wdUpDiag", fgClr=red, bgClr=white)
    looks = (
        GraphicalProperties(solidFill=_ON_TIME),
        GraphicalProperties(pattFill=hatched, ln=LineProperties(solidFill=_LATE)),
    )
    for column, look in enumerate(looks, start=3):
        series = Series(Reference(sheet, min_col=column, min_row=head, max_row=last), title_from_data=True)
        series.graphicalProperties = look
        chart.series.append(series)
    days = Reference(sheet, min_col=1, min_row=head + 1, max_row=last)
    chart.set_categories(days)
    chart.x_axis.number_format = "dd/mm"
    chart.x_axis.tickLblSkip = chart.x_axis.tickMarkSkip = ceil(progress.span / _MOST_LABELS)
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, progress.units
    chart.y_axis.number_format = "0"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.legend.position = "b"
    if progress.holds_due:
        chart += _due_line(sheet, days, head)
    return chart


def _due_line(sheet: Worksheet, days: Reference, head: int) -> LineChart:
    """A mark above the due day and a line from it down to the axis."""
    line = LineChart()
    column = len(_HEADINGS)
    series = Series(Reference(sheet, min_col=column, min_row=head, max_row=days.max_row), title_from_data=True)
    series.graphicalProperties.line.noFill = True
    series.marker = Marker(symbol="triangle", size=8)
    series.marker.graphicalProperties = GraphicalProperties(solidFill=_DUE)
    down = GraphicalProperties(ln=LineProperties(solidFill=_DUE, w=19050, prstDash="dash"))
    series.errBars = ErrorBars(
        errDir="y", errBarType="minus", errValType="percentage", val=100, noEndCap=True, spPr=down
    )
    line.series.append(series)
    line.set_categories(days)
    return line
