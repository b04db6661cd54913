"""The tables. Instants are stored in UTC and read back aware, in the time of Viet Nam.

What every save rewrites has no index: an index is one more page to journal, and nobody searches by these columns.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
)

from nhanquyen.clock import VIETNAM
from nhanquyen.store.database import database


class InstantField(DateTimeField):
    """An aware instant: naive UTC in the database, Viet Nam time in the program."""

    def db_value(self, value: Any) -> Any:
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError("an instant needs its time zone")
            value = value.astimezone(UTC).replace(tzinfo=None)
        return super().db_value(value)  # type: ignore[no-untyped-call]

    def python_value(self, value: Any) -> Any:
        if isinstance(value, str):  # SQLite; Peewee would try one format after another
            value = datetime.fromisoformat(value)
        return value.replace(tzinfo=UTC).astimezone(VIETNAM) if isinstance(value, datetime) else value


def _json() -> JSONField:
    return JSONField(dumps=partial(json.dumps, ensure_ascii=False), default=dict)


def _optional_json() -> JSONField:
    """A column that came with a later release: what was stored before has nothing in it."""
    return JSONField(dumps=partial(json.dumps, ensure_ascii=False), null=True)


class Table(Model):
    class Meta:
        database = database
        legacy_table_names = False


class Round(Table):
    """One directive opened for reporting. *definition* is its TOML, frozen."""

    id = AutoField()
    key = CharField(unique=True, max_length=60)
    title = CharField(max_length=500)
    definition = TextField()
    due_at = InstantField()
    closes_at = InstantField(null=True)
    opened_at = InstantField()


class Unit(Table):
    """A recipient. Active from *active_from* until the day before *active_to*; never active without the first."""

    id = AutoField()
    code = CharField(unique=True, max_length=20)
    name = CharField(max_length=200)
    group = CharField(max_length=6)
    position = IntegerField(index=True)
    contact = CharField(max_length=100, default="")
    contact_position = CharField(max_length=100, default="")
    phone = CharField(max_length=50, default="")
    place = CharField(max_length=100, default="")
    note = CharField(max_length=500, default="")
    active_from = DateField(null=True)
    active_to = DateField(null=True)
    search_key = CharField(max_length=1000, default="")
    sort_key = CharField(max_length=1000, default="")


class Account(Table):
    """Somebody who signs in. A one-time password is a password with *must_change* and *code_expires_at*."""

    id = AutoField()
    username = CharField(unique=True, max_length=60)
    display_name = CharField(max_length=200)
    role = CharField(max_length=10)
    unit = ForeignKeyField(Unit, null=True, backref="accounts", on_delete="RESTRICT")
    unit_id: int | None
    password_hash = CharField(max_length=255)
    must_change = BooleanField(default=True)
    code_expires_at = InstantField(null=True)
    disabled_at = InstantField(null=True)
    created_at = InstantField()
    signed_in_at = InstantField(null=True)


class Session(Table):
    """A signed-in browser. Only the hash of its token is here."""

    token_hash = CharField(primary_key=True, max_length=64)
    account = ForeignKeyField(Account, backref="sessions", on_delete="CASCADE")
    created_at = InstantField()
    seen_at = InstantField()
    ip = CharField(max_length=45, default="")


class SignInFailure(Table):
    """Failed sign-ins of one name from one address; *blocked_until* holds that pair alone back."""

    id = AutoField()
    name_key = CharField(max_length=64)
    ip = CharField(max_length=45)
    failures = IntegerField(default=0)
    blocked_until = InstantField(null=True)
    failed_at = InstantField()

    class Meta:
        indexes = ((("name_key", "ip"), True),)


class Report(Table):
    """Unit × round. Progress and totals stand here, changed with the entries in one transaction.

    *due_at* is blank unless this unit was given more time than the round gave, for *due_reason*; it counts while it is
    later than the round's. While the Team enters the report for the unit, from a paper that came in at *paper_at*,
    *entered_at* and *entered_by* say since when and who; once it has sent it so, when and who. All three are blank
    again when the unit has the report in hand: when it sends or takes back itself, or the Team returns the report.

    *sent_at* is of the newest revision. Whether the report is late is told by *arrived_at*: when it first came in,
    blank again once the unit itself takes it back. A report that the Team returns has not become late.

    *handled* holds the numbers of the newest requests that were carried out, by page; see `store.once`.
    """

    id = AutoField()
    round = ForeignKeyField(Round, backref="reports", on_delete="RESTRICT")
    round_id: int
    unit = ForeignKeyField(Unit, backref="reports", on_delete="RESTRICT")
    unit_id: int
    asked = BooleanField(default=True)
    duties = _json()
    status = CharField(max_length=16, default="not_started")
    version = IntegerField(default=0)
    progress = _json()
    totals = _json()
    standings = _json()
    revision = IntegerField(default=0)
    due_at = InstantField(null=True)
    due_reason = CharField(max_length=500, default="")
    started_at = InstantField(null=True)
    saved_at = InstantField(null=True)
    saved_by = ForeignKeyField(Account, null=True, index=False, on_delete="RESTRICT", backref="+")
    saved_by_id: int | None
    sent_at = InstantField(null=True)
    arrived_at = InstantField(null=True)
    review_started_at = InstantField(null=True)
    accepted_at = InstantField(null=True)
    accepted_by = ForeignKeyField(Account, null=True, on_delete="RESTRICT", backref="+")
    entered_at = InstantField(null=True)
    entered_by = ForeignKeyField(Account, null=True, index=False, on_delete="RESTRICT", backref="+")
    entered_by_id: int | None
    paper_at = InstantField(null=True)
    handled = _optional_json()

    class Meta:
        indexes = ((("round", "unit"), True),)


class Entry(Table):
    """The values of one block row of one report. A removed row keeps its values until it is restored.

    *stamps* tells of each value that was typed who saved it and when, as ``[account id, seconds since 1970]``.
    """

    id = AutoField()
    report = ForeignKeyField(Report, backref="entries", on_delete="CASCADE")
    item = CharField(max_length=40)
    block = CharField(max_length=40)
    row = CharField(max_length=40)
    position = IntegerField(default=0)
    values = _json()
    removed_at = InstantField(null=True)
    saved_at = InstantField()
    saved_by = ForeignKeyField(Account, index=False, on_delete="RESTRICT", backref="+")
    saved_by_id: int
    stamps = _optional_json()

    class Meta:
        indexes = ((("report", "item", "block", "row"), True),)


class Revision(Table):
    """What was sent: immutable. *content* is canonical JSON and *sha256* is of its UTF-8 bytes."""

    id = AutoField()
    report = ForeignKeyField(Report, backref="revisions", on_delete="RESTRICT")
    number = IntegerField()
    content = TextField()
    sha256 = CharField(max_length=64)
    receipt = CharField(unique=True, max_length=20)
    sent_at = InstantField()
    sent_by = ForeignKeyField(Account, on_delete="RESTRICT", backref="+")
    due_at = InstantField()

    class Meta:
        indexes = ((("report", "number"), True),)


class Decision(Table):
    """What the Team decided about one revision: immutable. *reasons* holds a text by item of what was returned."""

    id = AutoField()
    report = ForeignKeyField(Report, backref="decisions", on_delete="RESTRICT")
    revision = IntegerField()
    verdict = CharField(max_length=16)
    reasons = _json()
    decided_at = InstantField()
    decided_by = ForeignKeyField(Account, on_delete="RESTRICT", backref="+")


class Recall(Table):
    """A unit's request to have its sent revision back after the review began. *granted* is blank until it is answered.

    The newest one of a report counts; there is at most one that is not answered.
    """

    id = AutoField()
    report = ForeignKeyField(Report, backref="recalls", on_delete="RESTRICT")
    revision = IntegerField()
    reason = CharField(max_length=2000)
    asked_at = InstantField()
    asked_by = ForeignKeyField(Account, on_delete="RESTRICT", backref="+")
    granted = BooleanField(null=True)
    answer = CharField(max_length=2000, default="")
    answered_at = InstantField(null=True)
    answered_by = ForeignKeyField(Account, null=True, on_delete="RESTRICT", backref="+")


class Attachment(Table):
    """Evidence on a report or on one of its rows (*item*, *block* and *row* are blank for the report)."""

    id = AutoField()
    report = ForeignKeyField(Report, backref="attachments", on_delete="CASCADE")
    item = CharField(max_length=40, default="")
    block = CharField(max_length=40, default="")
    row = CharField(max_length=40, default="")
    name = CharField(max_length=200)
    media_type = CharField(max_length=40)
    size = BigIntegerField()
    sha256 = CharField(max_length=64)
    added_at = InstantField()
    added_by = ForeignKeyField(Account, on_delete="RESTRICT", backref="+")
    removed_at = InstantField(null=True)


class AttachmentContent(Table):
    """The bytes, apart from the row that lists them so that no list ever loads them."""

    attachment = ForeignKeyField(Attachment, primary_key=True, on_delete="CASCADE", backref="+")
    content = BlobField()
    thumbnail = BlobField(null=True)


class Overlap(Table):
    """What the Team decided about rows of several units that tell the same activity; *fingerprint* is what they share.

    *verdict* is "once" or "each". *members* holds for every row its report, revision, row key, its unit's code and
    name, whether it is the one that is *kept*, and the *amounts* (by path) that it has put into its unit's totals.
    """

    id = AutoField()
    round = ForeignKeyField(Round, backref="overlaps", on_delete="RESTRICT")
    fingerprint = CharField(max_length=64)
    title = CharField(max_length=600)
    verdict = CharField(max_length=8)
    members = JSONField(dumps=partial(json.dumps, ensure_ascii=False), default=list)
    note = CharField(max_length=1000, default="")
    decided_at = InstantField()
    decided_by = ForeignKeyField(Account, on_delete="RESTRICT", backref="+")

    class Meta:
        indexes = ((("round", "fingerprint"), True),)


class Fingerprint(Table):
    """What a row of a report's newest revision shares with rows that tell the same activity; see `form.activity`.

    Rewritten with each sending, so that no list of what several units report has to read their answers.
    """

    id = AutoField()
    report = ForeignKeyField(Report, backref="fingerprints", on_delete="CASCADE")
    value = CharField(max_length=64)

    class Meta:
        indexes = ((("value", "report"), True),)


class Issuance(Table):
    """A consolidated report that was issued: immutable. *snapshot* is what the units and totals were at that moment."""

    id = AutoField()
    round = ForeignKeyField(Round, backref="issuances", on_delete="RESTRICT")
    number = IntegerField()
    scope = CharField(max_length=16)
    note = CharField(max_length=500, default="")
    snapshot = _json()
    issued_at = InstantField()
    issued_by = ForeignKeyField(Account, on_delete="RESTRICT", backref="+")

    class Meta:
        indexes = ((("round", "number"), True),)


class IssuedFile(Table):
    """A file of an issued report, byte for byte: immutable."""

    id = AutoField()
    issuance = ForeignKeyField(Issuance, backref="files", on_delete="RESTRICT")
    name = CharField(max_length=200)
    media_type = CharField(max_length=100)
    size = BigIntegerField()
    sha256 = CharField(max_length=64)
    content = BlobField()

    class Meta:
        indexes = ((("issuance", "name"), True),)


class WordTemplate(Table):
    """The Team's own template of a Word document, in place of the one that comes with the program."""

    kind = CharField(primary_key=True, max_length=20)
    name = CharField(max_length=200)
    size = BigIntegerField()
    sha256 = CharField(max_length=64)
    content = BlobField()
    added_at = InstantField()
    added_by = ForeignKeyField(Account, on_delete="RESTRICT", backref="+")


class Event(Table):
    """Who did what to what, when, from where. Append-only, by trigger."""

    id = AutoField()
    at = InstantField(index=True)
    account = ForeignKeyField(Account, null=True, on_delete="RESTRICT", backref="+")
    actor = CharField(max_length=200)
    ip = CharField(max_length=45, default="")
    action = CharField(max_length=40, index=True)
    unit = ForeignKeyField(Unit, null=True, on_delete="RESTRICT", backref="+")
    round = ForeignKeyField(Round, null=True, on_delete="RESTRICT", backref="+")
    subject = CharField(max_length=300, default="")
    detail = _json()


MODELS = (
    Round, Unit, Account, Session, SignInFailure, Report, Entry, Revision, Decision, Recall, Attachment,
    AttachmentContent, Overlap, Fingerprint, Issuance, IssuedFile, WordTemplate, Event,
)  # fmt: skip
