"""Workbooks that come in by HTTP: their bytes, within the limit that was told."""

from __future__ import annotations

from contextlib import closing

from flask import current_app, request
from werkzeug.datastructures import FileStorage

from nhanquyen.form.workbook import WorkbookRefused

MEGABYTE = 1024 * 1024


def limit_mb() -> int:
    """How large a file may be, in MB."""
    return int(current_app.config["MAX_UPLOAD_MB"])


def content_of(upload: FileStorage) -> bytes:
    """The bytes of one chosen file. Raises `WorkbookRefused` for too many."""
    with closing(upload):
        data = upload.stream.read(limit_mb() * MEGABYTE + 1)
    if len(data) > limit_mb() * MEGABYTE:
        raise WorkbookRefused(f"Tệp lớn hơn {limit_mb()} MB. Chép riêng bảng cần nhập sang tệp mới rồi chọn tệp đó.")
    return data


def chosen_workbook() -> bytes:
    """The bytes of the file chosen as "tep". Raises `WorkbookRefused` for none and for too many."""
    upload = request.files.get("tep")
    if upload is None or not upload.filename:
        raise WorkbookRefused("Chọn một tệp Excel rồi bấm “Xem trước”.")
    return content_of(upload)
