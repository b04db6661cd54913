"""Files that leave by HTTP."""

from __future__ import annotations

from typing import IO

from flask import Response, send_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def send_workbook(content: IO[bytes], name: str) -> Response:
    """*content*, from its beginning, as a workbook to keep under *name*."""
    content.seek(0)
    return send_file(content, XLSX, as_attachment=True, download_name=name)


def send_document(content: IO[bytes], name: str) -> Response:
    """*content*, from its beginning, as a Word document to keep under *name*."""
    content.seek(0)
    return send_file(content, DOCX, as_attachment=True, download_name=name)
