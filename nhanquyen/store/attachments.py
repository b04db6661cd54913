"""Evidence: photos and PDFs, kept in the database so that one backup holds row and file together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from peewee import Expression, ModelSelect, fn

from nhanquyen.store import events, once
from nhanquyen.store.database import rows_of, transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Attachment, AttachmentContent, Entry, Report
from nhanquyen.store.once import Once
from nhanquyen.store.reports import ReportClosed, locked, require_open

MAX_FILES = 60
MAX_BYTES = 200 * 1024 * 1024

Place = tuple[str, str, str]


class TooManyFiles(Exception):
    """The report is full; the message says in Vietnamese what to do."""


class Held(NamedTuple):
    """A present attachment of some report without its bytes, and who added it."""

    id: int
    report_id: int
    item: str
    block: str
    row: str
    name: str
    media_type: str
    size: int
    sha256: str
    added_at: datetime
    added_by: str


class Amount(NamedTuple):
    """How many files, and how many bytes they are together."""

    files: int
    size: int


def _present() -> Expression:
    """The attachments that count: not taken off, and not on a row that was removed and took them with it."""
    row = (Entry.item == Attachment.item) & (Entry.block == Attachment.block) & (Entry.row == Attachment.row)
    gone = Entry.select().where((Entry.report == Attachment.report) & row & Entry.removed_at.is_null(False))
    present: Expression = Attachment.removed_at.is_null() & ~fn.EXISTS(gone)
    return present


def of_report(report: Report) -> ModelSelect[Attachment]:
    """The report's present attachments, oldest first, without their bytes. Those of a removed row went with it."""
    return Attachment.select().where((Attachment.report == report) & _present()).order_by(Attachment.id)


def of_reports(report_ids: Iterable[int]) -> list[Held]:
    """The present attachments of many reports, as `of_report` gives those of one. One query."""
    query = (
        Attachment.select(
            Attachment.id, Attachment.report, Attachment.item, Attachment.block, Attachment.row, Attachment.name,
            Attachment.media_type, Attachment.size, Attachment.sha256, Attachment.added_at, Account.display_name,
        )
        .join(Account)
        .where(Attachment.report.in_(list(report_ids)) & _present())
        .order_by(Attachment.report, Attachment.id)
    )  # fmt: skip
    return [Held._make(row) for row in rows_of(query)]


def amounts(report_ids: Iterable[int]) -> dict[int, Amount]:
    """How much `of_reports` would list of each report that has any. One query."""
    query = (
        Attachment.select(Attachment.report, fn.COUNT(Attachment.id), fn.SUM(Attachment.size))
        .where(Attachment.report.in_(list(report_ids)) & _present())
        .group_by(Attachment.report)
    )
    return {report_id: Amount(count, int(size)) for report_id, count, size in rows_of(query)}


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


def stored_bytes(attachment_id: int) -> bytes | None:
    """The stored bytes of the attachment of that id; None when there are none."""
    rows = rows_of(
        AttachmentContent.select(AttachmentContent.content).where(AttachmentContent.attachment == attachment_id)
    )
    return bytes(rows[0][0]) if rows else None


def thumbnail(attachment: Attachment) -> bytes | None:
    """The small JPEG of a photo; None for a PDF."""
    small = AttachmentContent.get_by_id(attachment.id).thumbnail
    return bytes(small) if small is not None else None


def _here(report: Report, place: Place) -> Expression:
    item, block, row = place
    at = (Attachment.item == item) & (Attachment.block == block) & (Attachment.row == row)
    here: Expression = (Attachment.report == report) & at
    return here


def _require_row(report: Report, place: Place) -> None:
    """Raise KeyError when the row of *place* was removed. A row that is not stored yet may be one of a matrix."""
    item, block, row = place
    here = (Entry.report == report) & (Entry.item == item) & (Entry.block == block) & (Entry.row == row)
    if Entry.select().where(here & Entry.removed_at.is_null(False)).exists():
        raise KeyError(row)


def add(
    report: Report,
    place: Place,
    name: str,
    media_type: str,
    data: bytes,
    small: bytes | None,
    actor: Actor,
    request: Once | None = None,
) -> Attachment:
    """Store a file that was checked; the same file at the same place is stored once.

    A *request* that was carried out already brings nothing back that was removed since. The signed scan may also come
    after sending, until acceptance. Raises `ReportClosed`, `TooManyFiles`, and KeyError when the row is gone.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    with transaction():
        report = locked(report)
        this: Expression = _here(report, place) & (Attachment.sha256 == sha256)
        if once.repeated(report, request) and (stored := Attachment.get_or_none(this)):
            return stored
        if any(place):
            require_open(report, actor)
        if report.accepted_at is not None:
            raise ReportClosed("Báo cáo đã được tiếp nhận nên không thêm minh chứng được nữa.")
        once.note(report, request)
        known: Attachment | None = of_report(report).where(this).first()
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


def remove(
    report: Report, attachment: Attachment, actor: Actor, restore: bool = False, request: Once | None = None
) -> None:
    """Take an attachment off the report, or bring it back; its bytes stay. Once is enough.

    Raises `ReportClosed`, and for one that comes back also `TooManyFiles`.
    """
    with transaction():
        report = locked(report)
        if once.repeated(report, request):
            return
        require_open(report, actor)
        once.note(report, request)
        present = Attachment.get_by_id(attachment.id).removed_at is None
        if present is restore:
            return
        if restore:
            _require_room(report, attachment.size)
        Attachment.update(removed_at=None if restore else actor.at).where(Attachment.id == attachment.id).execute()
        action = "evidence_added" if restore else "evidence_removed"
        events.record(action, actor, unit=report.unit, round=report.round, subject=attachment.name)
