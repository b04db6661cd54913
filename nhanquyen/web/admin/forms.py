"""The admin's forms: what is typed, cleaned, and told in Vietnamese when it cannot be used."""

from __future__ import annotations

import re
from datetime import datetime

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, SelectField, StringField, ValidationError

from nhanquyen.directive.values import read_date
from nhanquyen.form.unit_row import BY_KEY, TEXT_KEYS, UnitRow, code_fault, text_fault
from nhanquyen.store.accounts import Role, normalise_username
from nhanquyen.web.moments import instant_of, moment_field, one_line, read_clock

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}\Z")


def _upper(text: str | None) -> str:
    return one_line(text).upper()


def _optional(label: str) -> str:
    return f"{label} (không bắt buộc)"


def _text(form: FlaskForm, field: Field) -> None:
    if reason := text_fault(field.name, field.data):
        raise ValidationError(reason)


def _unit_text(key: str, hint: str = "", optional: bool = True) -> StringField:
    label = BY_KEY[key].heading
    return StringField(
        _optional(label) if optional else label, [_text], [one_line], hint, render_kw={"spellcheck": "false"}
    )


class UnitForm(FlaskForm):  # type: ignore[misc]
    """A unit's own data."""

    name = _unit_text("name", "Tên chính thức, đủ dấu, ví dụ: Ủy ban nhân dân xã Long Toàn.", optional=False)
    group = SelectField(BY_KEY["group"].heading, validate_choice=False)
    place = _unit_text("place", "Ghi trước ngày tháng trên báo cáo, ví dụ: Long Toàn.")
    contact = _unit_text("contact", "Cán bộ lập báo cáo, để Đội Tổng hợp liên hệ.")
    contact_position = _unit_text("contact_position")
    phone = _unit_text("phone", "Số của cơ quan; ghi được nhiều số.")
    note = _unit_text("note")
    state = HiddenField()

    def offer(self, groups: dict[str, str]) -> None:
        self.group.choices = groups

    def validate_group(self, field: SelectField) -> None:
        if field.data not in {choice[0] for choice in field.iter_choices()}:
            raise ValidationError("Chọn nhóm của đơn vị.")

    def row(self, code: str) -> UnitRow:
        """What was typed, as a line of the list."""
        texts = {key: getattr(self, key).data for key in TEXT_KEYS}
        return UnitRow(code=code, group=self.group.data, **texts)


class NewUnitForm(UnitForm):
    """A unit's own data and its code, which never changes afterwards."""

    code = StringField(
        BY_KEY["code"].heading,
        filters=[_upper],
        description="Chữ không dấu và số, ví dụ: LT. Mã không đổi được về sau vì tài khoản và số liệu gắn với mã.",
        render_kw={"spellcheck": "false", "autocapitalize": "characters"},
    )

    def validate_code(self, field: Field) -> None:
        reason = code_fault(field.data) if field.data else "Nhập mã đơn vị."
        if reason:
            raise ValidationError(reason)


class OfficeAccountForm(FlaskForm):  # type: ignore[misc]
    """An account of the Team or of an admin; those of units are made from the unit list."""

    role = SelectField(
        "Quyền",
        choices={Role.SYNTHESIS.value: "Đội Tổng hợp: xem, trả lại, tiếp nhận, tải về", Role.ADMIN.value: "Quản trị"},
        validate_choice=False,
    )
    display_name = StringField("Tên hiển thị", filters=[one_line], description="Ví dụ: Đội Tổng hợp – Nguyễn Văn A.")
    username = StringField(
        "Tên đăng nhập",
        filters=[lambda text: normalise_username(text or "")],
        description="Chữ thường không dấu, số, dấu chấm hoặc gạch nối, ví dụ: tonghop2.",
        render_kw={"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"},
    )

    def validate_role(self, field: SelectField) -> None:
        if field.data not in {choice[0] for choice in field.iter_choices()}:
            raise ValidationError("Chọn quyền của tài khoản.")

    def validate_display_name(self, field: Field) -> None:
        if not 1 <= len(field.data) <= 200:
            raise ValidationError("Nhập tên hiển thị, nhiều nhất 200 ký tự.")

    def validate_username(self, field: Field) -> None:
        if not USERNAME.match(field.data):
            raise ValidationError("Nhập tên đăng nhập từ 2 đến 60 ký tự: chữ không dấu, số, “.”, “-” hoặc “_”.")


class RoundForm(FlaskForm):  # type: ignore[misc]
    """When a round is due and, if ever, when it closes."""

    due_day = moment_field("Ngày đến hạn", "Ví dụ: 22/12/2023.")
    due_clock = moment_field("Giờ đến hạn", "Ví dụ: 17:00. Ghi 23:59 là đến hết ngày.")
    close_day = moment_field("Ngày khóa sổ (không bắt buộc)", "Bỏ trống cả hai ô: không bao giờ khóa.")
    close_clock = moment_field("Giờ khóa sổ (không bắt buộc)", "Ví dụ: 23:59.")

    @property
    def due_at(self) -> datetime | None:
        return instant_of(self.due_day, self.due_clock)

    @property
    def closes_at(self) -> datetime | None:
        return instant_of(self.close_day, self.close_clock)

    @property
    def _closing(self) -> bool:
        return bool(self.close_day.data or self.close_clock.data)

    def validate_due_day(self, field: Field) -> None:
        if read_date(field.data) is None:
            raise ValidationError("Nhập ngày đến hạn theo ngày/tháng/năm, ví dụ 22/12/2023.")

    def validate_due_clock(self, field: Field) -> None:
        if read_clock(field.data) is None:
            raise ValidationError("Nhập giờ đến hạn theo giờ:phút, ví dụ 17:00.")

    def validate_close_day(self, field: Field) -> None:
        if self._closing and read_date(field.data) is None:
            raise ValidationError("Nhập ngày khóa sổ theo ngày/tháng/năm, hoặc bỏ trống cả ngày và giờ khóa sổ.")
        if self.due_at and self.closes_at and self.closes_at <= self.due_at:
            raise ValidationError("Nhập thời điểm khóa sổ sau hạn gửi.")

    def validate_close_clock(self, field: Field) -> None:
        if self._closing and read_clock(field.data) is None:
            raise ValidationError("Nhập giờ khóa sổ theo giờ:phút, hoặc bỏ trống cả ngày và giờ khóa sổ.")
