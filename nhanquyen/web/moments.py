"""A moment as people type it, a day and a clock: the fields of a form and what is read from them."""

from __future__ import annotations

import re
from datetime import datetime, time

from flask_wtf import FlaskForm
from wtforms import Field, StringField, ValidationError

from nhanquyen.clock import VIETNAM, end_of_day
from nhanquyen.directive.values import read_date
from nhanquyen.text import clean_line

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])\s*(?:[:.hg]|giờ)\s*([0-5][0-9])?\s*(?:phút)?\Z", re.IGNORECASE)


def one_line(text: str | None) -> str:
    """What was typed into a one-line field, cleaned; blank for none."""
    return clean_line(text or "")


def read_clock(text: str) -> time | None:
    """The time of day in *text* in any of the ways people write one, or None."""
    found = _CLOCK.match(text)
    return time(int(found.group(1)), int(found.group(2) or 0)) if found else None


def instant_of(day: Field, clock: Field) -> datetime | None:
    """The instant of two fields, as a limit: 23:59 means the whole day. None while one of them cannot be read."""
    found, at = read_date(day.data), read_clock(clock.data)
    if found is None or at is None:
        return None
    return end_of_day(found) if at == time(23, 59) else datetime.combine(found, at, VIETNAM)


def day_and_clock(instant: datetime | None) -> tuple[str, str]:
    """*instant* as the two fields show it; blanks for None."""
    if instant is None:
        return "", ""
    local = instant.astimezone(VIETNAM)
    return f"{local:%d/%m/%Y}", f"{local:%H:%M}"


def moment_field(label: str, hint: str) -> StringField:
    """A field for a day or a clock."""
    return StringField(
        label, filters=[one_line], description=hint, render_kw={"inputmode": "numeric", "autocomplete": "off"}
    )


class MomentForm(FlaskForm):  # type: ignore[misc]
    """One moment, which must be given. Who uses it names the fields."""

    day: StringField
    clock: StringField

    @property
    def instant(self) -> datetime | None:
        return instant_of(self.day, self.clock)

    def validate_day(self, field: Field) -> None:
        if read_date(field.data) is None:
            raise ValidationError("Nhập ngày theo ngày/tháng/năm, ví dụ 22/12/2023.")

    def validate_clock(self, field: Field) -> None:
        if read_clock(field.data) is None:
            raise ValidationError("Nhập giờ theo giờ:phút, ví dụ 17:00.")
