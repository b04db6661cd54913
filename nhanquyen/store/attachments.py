"""Evidence: photos and PDFs, kept in the database so that one backup holds row and file together."""

from __future__ import annotations

import hashlib

from peewee import ModelSelect, fn

from nhanquyen.store import events
from nhanquyen.store.database import transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Attachment, AttachmentContent, Entry, Report
from nhanquyen.store.reports import ReportClosed, locked, require_open

MAX_FILES = 60
MAX_BYTES = 200 * 1024 * 1024

Place = tuple[str, str, str]


class TooManyFiles(Exception):
    """The report is full; the message says in Vietnamese what to do."""


def of_report(report: Report) -> ModelSelect[Attachment]:
    """The report's present attachments, oldest first, without their bytes. Those of a removed row went with it."""
    row = (Entry.item == Attachment.item) & (Entry.block == Attachment.block) & (Entry.row == Attachment.row)
    gone = Entry.select().where((Entry.report == Attachment.report) & row & Entry.removed_at.is_null(False))
    present = (Attachment.report == report) & Attachment.removed_at.is_null() & ~fn.EXISTS(gone)
    return Attachment.select().where(present).order_by(Attachment.id)


def find(report: Report, attachment_id: int) -> Attachment | None:
    """The attachment of that id if it is *report*'s, also after its removal (a revision may hold it)."""
    found: Attachment | None = Attachment.get_or_none((Attachment.id == attachment_id) & (Attachment.report == report))
    return found


def is_removed(report: Report, attachment_id: int) -> bool:
    """Whether the attachment of that id was taken off *report*."""
    found = find(report, attachment_id)
    return found is not None and found.removed_at is not None


def content(attachment: Attachment) -> bytes:
    """The stored bytes."""
    return bytes(AttachmentContent.get_by_id(attachment.id).content)


def thumbnail(attachment: Attachment) -> bytes | None:
    """The small JPEG of a photo; None for a PDF."""
    small = AttachmentContent.get_by_id(attachment.id).thumbnail
    return bytes(small) if small is not None else None


def _at(report: Report, place: Place) -> ModelSelect[Attachment]:
    item, block, row = place
    return of_report(report).where((Attachment.item == item) & (Attachment.block == block) & (Attachment.row == row))


def _require_row(report: Report, place: Place) -> None:
    """Raise KeyError when the row of *place* was removed. A row that is not stored yet may be one of a matrix."""
    item, block, row = place
    here = (Entry.report == report) & (Entry.item == item) & (Entry.block == block) & (Entry.row == row)
    if Entry.select().where(here & Entry.removed_at.is_null(False)).exists():
        raise KeyError(row)


def add(
    report: Report, place: Place, name: str, media_type: str, data: bytes, small: bytes | None, actor: Actor
) -> Attachment:
    """Store a file that was checked; the same file at the same place is stored once.

    The signed scan may also come after sending, until acceptance. Raises `ReportClosed`, `TooManyFiles`, and KeyError
    when the row is gone.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    with transaction():
        report = locked(report)
        if any(place):
            require_open(report, actor)
        if report.accepted_at is not None:
            raise ReportClosed("Báo cáo đã được tiếp nhận nên không thêm minh chứng được nữa.")
        known: Attachment | None = _at(report, place).where(Attachment.sha256 == sha256).first()
        if known is not None:
            return known
        _require_room(report, len(data))
        _require_row(report, place)
        item, block, row = place
        attachment: Attachment = Attachment.create(
            report=report, item=item, block=block, row=row, name=name, media_type=media_type,
            size=len(data), sha256=sha256, added_at=actor.at, added_by=actor.account,
        )  # fmt: skip
        AttachmentContent.insert(attachment=attachment, content=data, thumbnail=small).execute()
        events.record("evidence_added", actor, unit=report.unit, round=report.round, subject=name, sha256=sha256)
    return attachment


def _require_room(report: Report, size: int) -> None:
    count = of_report(report).count()
    used = Attachment.select(fn.COALESCE(fn.SUM(Attachment.size), 0)).where(Attachment.report == report).scalar()
    if count >= MAX_FILES:
        raise TooManyFiles(f"Báo cáo đã có {MAX_FILES} tệp minh chứng. Xóa bớt tệp rồi thêm lại.")
    if int(used) + size > MAX_BYTES:
        raise TooManyFiles(
            "Minh chứng của báo cáo, kể cả tệp đã xóa, vượt quá 200 MB. Giảm dung lượng tệp rồi tải lại."
        )


def remove(report: Report, attachment: Attachment, actor: Actor, restore: bool = False) -> None:
    """Take an attachment off the report, or bring it back; its bytes stay. Once is enough.

    Raises `ReportClosed`, and for one that comes back also `TooManyFiles`.
    """
    with transaction():
        report = locked(report)
        require_open(report, actor)
        present = Attachment.get_by_id(attachment.id).removed_at is None
        if present is restore:
            return
        if restore:
            _require_room(report, attachment.size)
        Attachment.update(removed_at=None if restore else actor.at).where(Attachment.id == attachment.id).execute()
        action = "evidence_added" if restore else "evidence_removed"
        events.record(action, actor, unit=report.unit, round=report.round, subject=attachment.name)
