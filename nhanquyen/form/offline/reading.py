"""Reads an opened offline form: what its clerk changed, and every cell that cannot be taken, with the reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from nhanquyen.directive import Address, Directive, Field, Kind
from nhanquyen.directive.values import Stored, as_count, group_digits
from nhanquyen.form.offline.cell import CellRefused, digest, read_cell, require_answer, unescaped
from nhanquyen.form.offline.filled import DroppedRow, Fault, Filled, Said, WrittenRow
from nhanquyen.form.offline.layout import (
    NEW_ROW,
    VALUE,
    FieldSheet,
    GridSheet,
    new_row_key,
    printed,
    sheets,
)
from nhanquyen.form.offline.opening import Line, MarkedSheet, Opened
from nhanquyen.form.offline.origin import BLANK_BASE, Base
from nhanquyen.form.workbook import BLANK, cell_name
from nhanquyen.text import clean_line

MOST_FAULTS = 200
SHOWN_CONTENT = 80
_AGAIN = "Những gì sửa ở trang này không được ghi. Tải biểu mới, chép số liệu sang rồi chọn tệp đó."
_KEYLESS = f"Trang tính mất cột khóa ẩn (cột A) hoặc dòng khóa ẩn (dòng 1) nên không đọc được ô nào. {_AGAIN}"
_GONE = "Không thấy trang tính này trong tệp nên không đọc được ô nào; giữ nguyên số liệu trên web."
_FOREIGN = "Trang tính này không có khóa của biểu nên không được đọc. Chép số liệu sang trang tính của biểu."
_ROW_GONE = "Không thấy dòng này, hoặc khóa ẩn của dòng đã mất; giữ nguyên số liệu trên web."
_ROW = "dòng thiếu"
_NO_FIELD = "Ô này không phải ô để điền nên không được đọc. Ghi vào ô nền vàng."
_MERGED = "Ô bị gộp với ô khác nên không biết số liệu của ô nào. Bỏ gộp ô rồi ghi lại."
_LOSSY = "Nội dung trên web dài hơn ô Excel chứa được, nên chỉ sửa được trên web."


class _Notes:
    """Faults or notices, so many and no more; the rest is counted."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self.more = 0

    def add(self, sheet: str, cell: str, reason: str, content: str = "") -> None:
        if len(self.found) >= MOST_FAULTS:
            self.more += 1
            return
        short = content if len(content) <= SHOWN_CONTENT else content[:SHOWN_CONTENT] + "…"
        self.found.append(Fault(sheet, cell, reason, short))

    def all(self) -> tuple[Fault, ...]:
        more = Fault("", "", f"Còn {group_digits(self.more)} chỗ nữa không kê ra đây.")
        return (*self.found, *([more] if self.more else []))


class _Reader:
    def __init__(self, opened: Opened, directive: Directive) -> None:
        self.opened, self.directive, self.origin = opened, directive, opened.origin
        self.values: list[Said] = []
        self.written: list[WrittenRow] = []
        self.dropped: list[DroppedRow] = []
        self.faults, self.notices = _Notes(), _Notes()

    def fault(self, sheet: MarkedSheet, line: Line, column: int, reason: str) -> None:
        self.faults.add(sheet.title, cell_name(column + 1, line.number), reason, line.cells[column].line)

    def answer(self, sheet: MarkedSheet, line: Line, column: int, field: Field, base: Base) -> tuple[bool, Stored]:
        """Whether the cell was changed to something that can be taken, and to what."""
        cell = line.cells[column]
        try:
            if sheet.merged(line, column):
                raise CellRefused(_MERGED)
            value = read_cell(field, cell)
            if digest(value) == base.seen:
                return False, None
            if base.lossy:
                raise CellRefused(_LOSSY)
            require_answer(field, value)
        except CellRefused as refusal:
            self.fault(sheet, line, column, str(refusal))
            return False, None
        number = as_count(value)
        if field.kind is Kind.COUNT and number is not None and not field.min <= number <= field.max:
            limits = f"{group_digits(field.min)} đến {group_digits(field.max)}"
            where = cell_name(column + 1, line.number)
            self.notices.add(sheet.title, where, f"Ngoài khoảng {limits}; phải sửa trước khi gửi.", cell.line)
        return True, value

    def strays(self, sheet: MarkedSheet, line: Line, fill: Collection[int], texts: Collection[str] = ()) -> None:
        """Tell of what was written where nothing is read; *texts* are what we printed there."""
        for column, cell in enumerate(line.cells):
            if cell is BLANK or column == sheet.key_column or column in fill or unescaped(cell.line) in texts:
                continue
            self.fault(sheet, line, column, _NO_FIELD)

    def known_lines(self, sheet: MarkedSheet, names: Mapping[str, str]) -> Iterator[Line]:
        """The lines of a sheet that never grows, by the keys of *names*; what else is there, or lacks, is told."""
        met = set()
        for line in sheet.lines:
            if line.printed:
                continue
            if line.key not in names or line.key in met:
                self.strays(sheet, line, ())
                continue
            met.add(line.key)
            yield line
        for key, name in names.items():
            if key not in met:
                self.faults.add(sheet.title, _ROW, _ROW_GONE, name)

    def read_fields(self, layout: FieldSheet, sheet: MarkedSheet) -> None:
        column = sheet.columns.get(VALUE)
        wanted = {address.name: (address, field) for address, field in layout.addresses().items()}
        if column is None or not any(line.key in wanted for line in sheet.lines):
            self.faults.add(sheet.title, "", _KEYLESS)
            return
        names = {key: f"{field.code} {field.label}".strip() for key, (_, field) in wanted.items()}
        for line in self.known_lines(sheet, names):
            address, field = wanted[line.key]
            base = self.origin.base(address)
            changed, value = self.answer(sheet, line, column, field, base)
            if changed:
                self.values.append(Said(address, base.stored, value, _spot(sheet, line, column)))
            self.strays(sheet, line, (column,), {clean_line(text) for text in printed(field)})

    def bases(self, layout: GridSheet, key: str) -> dict[str, Base]:
        return {
            each.key: self.origin.base(Address(layout.item.key, layout.block.key, key, each.key))
            for each in layout.block.fields
        }

    def row_values(
        self, layout: GridSheet, sheet: MarkedSheet, line: Line, bases: dict[str, Base]
    ) -> Iterator[tuple[str, Stored]]:
        """The values of a row that were changed."""
        for each in layout.block.fields:
            if each.key in sheet.columns:
                column = sheet.columns[each.key]
                changed, value = self.answer(sheet, line, column, each, bases.get(each.key, BLANK_BASE))
                if changed:
                    yield each.key, value

    def known_row(self, layout: GridSheet, sheet: MarkedSheet, line: Line) -> None:
        bases = self.bases(layout, line.key)
        place = (layout.item.key, layout.block.key, line.key)
        fill = [sheet.columns[each.key] for each in layout.block.fields if each.key in sheet.columns]
        had = any(base.seen for base in bases.values())
        blank = len(fill) == len(layout.block.fields) and all(
            line.cells[column] is BLANK and not sheet.merged(line, column) for column in fill
        )
        if layout.grows and had and blank:
            self.dropped.append(DroppedRow(place, _stored(bases)))
            return
        for key, value in self.row_values(layout, sheet, line, bases):
            spot = _spot(sheet, line, sheet.columns[key])
            self.values.append(Said(Address(*place, key), bases[key].stored, value, spot))

    def read_matrix(self, layout: GridSheet, sheet: MarkedSheet) -> None:
        wanted = {row.key: row for row in layout.block.rows}
        if not any(line.key in wanted for line in sheet.lines):
            self.faults.add(sheet.title, "", _KEYLESS)
            return
        for line in self.known_lines(sheet, {key: row.label for key, row in wanted.items()}):
            self.known_row(layout, sheet, line)
            row = wanted[line.key]
            self.strays(sheet, line, sheet.columns.values(), {clean_line(row.code), clean_line(row.label)})

    def new_row(self, layout: GridSheet, sheet: MarkedSheet, line: Line, keys: set[str]) -> None:
        values = {key: value for key, value in self.row_values(layout, sheet, line, {}) if digest(value)}
        if not values:
            return
        key = line.key
        if not NEW_ROW.match(key) or key in keys:
            if key in keys:
                self.notices.add(sheet.title, f"{line.number}", "Dòng được chép từ dòng khác; đọc như một dòng mới.")
            key = new_row_key(self.origin.file_id, layout.part, f"line {line.number}")
        keys.add(key)
        self.written.append(WrittenRow((layout.item.key, layout.block.key, key), values, sheet.title, line.number))

    def read_table(self, layout: GridSheet, sheet: MarkedSheet) -> None:
        block = layout.block
        known = set(self.origin.rows.get((layout.item.key, block.key), ()))
        if not any(line.key in known or NEW_ROW.match(line.key) for line in sheet.lines):
            self.faults.add(sheet.title, "", _KEYLESS)
            return
        met: set[str] = set()
        first = len(self.written)
        for line in sheet.lines:
            if line.printed:
                continue
            if len(self.written) - first >= block.max_rows:
                reason = f"Bảng chỉ chứa {block.max_rows} dòng; từ dòng này trở xuống không đọc."
                self.faults.add(sheet.title, f"{line.number}", reason)
                break
            if line.key in known and line.key not in met:
                met.add(line.key)
                self.known_row(layout, sheet, line)
            else:
                self.new_row(layout, sheet, line, met)
            self.strays(sheet, line, sheet.columns.values())
        for key in self.origin.rows.get((layout.item.key, block.key), ()):
            if key not in met:
                self.dropped.append(DroppedRow((layout.item.key, block.key, key), _stored(self.bases(layout, key))))

    def read(self) -> None:
        for layout in sheets(self.directive):
            sheet = self.opened.sheets.get(layout.part)
            if sheet is None:
                title = self.opened.keyless.get(layout.part)
                self.faults.add(title or layout.title, "", _KEYLESS if title else _GONE)
            elif isinstance(layout, FieldSheet):
                self.read_fields(layout, sheet)
            elif {each.key for each in layout.block.fields}.isdisjoint(sheet.columns):
                self.faults.add(sheet.title, "", _KEYLESS)
            elif layout.grows:
                self.read_table(layout, sheet)
            else:
                self.read_matrix(layout, sheet)
        for title in self.opened.copies:
            self.faults.add(title, "", "Trang tính là bản chép của trang khác nên không đọc. Chỉ giữ một trang.")
        for title in self.opened.foreign:
            self.faults.add(title, "", _FOREIGN)


def _spot(sheet: MarkedSheet, line: Line, column: int) -> str:
    return f"{sheet.title}, {cell_name(column + 1, line.number)}"


def _stored(bases: dict[str, Base]) -> dict[str, str]:
    return {key: base.stored for key, base in bases.items() if base.stored}


def read_form(opened: Opened, directive: Directive) -> Filled:
    """What the form says otherwise than when it was downloaded from a round of *directive*."""
    reader = _Reader(opened, directive)
    reader.read()
    source = opened.origin
    return Filled(
        source.unit, source.moment, source.file_id, tuple(reader.values), tuple(reader.written),
        tuple(reader.dropped), reader.faults.all(), reader.notices.all(),
    )  # fmt: skip
