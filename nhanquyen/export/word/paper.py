"""What every document of Nghị định 30/2020 has around its text: the base of the contexts of all templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from nhanquyen.clock import format_long_day
from nhanquyen.export.word.catalogue import Says

BLANK_DAY = "ngày …… tháng …… năm {year}"


def paragraphs(text: str) -> tuple[str, ...]:
    """The lines of *text* that say something: a template makes a paragraph of each."""
    return tuple(line for each in text.splitlines() if (line := each.strip()))


def day_or_blank(day: date | None, year: int) -> str:
    """The day in the decree's words, or with blanks to be filled in by hand."""
    return format_long_day(day) if day else BLANK_DAY.format(year=year)


@dataclass(frozen=True)
class Paper:
    """The parts around the text; the context of a kind of document adds its own."""

    superior: Annotated[str, Says("co_quan_chu_quan", "Cơ quan chủ quản trực tiếp; trống nếu không có")]
    issuer: Annotated[tuple[str, ...], Says("co_quan_ban_hanh", "Tên cơ quan ban hành, từng dòng")]
    number: Annotated[str, Says("so_ky_hieu", "Số, ký hiệu; chưa ghi thì để chấm")]
    place: Annotated[str, Says("dia_danh", "Địa danh")]
    day: Annotated[str, Says("ngay_thang", "Ngày, tháng, năm; chưa ghi thì để chấm")]
    summary: Annotated[str, Says("trich_yeu", "Trích yếu nội dung")]
    addressees: Annotated[tuple[str, ...], Says("kinh_gui", "Các nơi ghi ở “Kính gửi”")]
    authority: Annotated[tuple[str, ...], Says("quyen_han_chuc_vu", "Quyền hạn, chức vụ người ký, từng dòng")]
    signer: Annotated[str, Says("nguoi_ky", "Họ và tên người ký")]
    recipients: Annotated[tuple[str, ...], Says("noi_nhan", "Các nơi ghi ở “Nơi nhận”")]
