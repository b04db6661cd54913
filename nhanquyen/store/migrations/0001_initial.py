"""The first schema. A frozen copy of the tables, deliberately independent of the models in use today."""

from typing import Any

from peewee import (
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
    SqliteDatabase,
    TextField,
)

APPEND_ONLY = ("event", "revision", "decision", "issuance", "issued_file")


def _forbid_change(db: Any, table: str) -> None:
    """What was logged or sent is never altered, whoever asks."""
    sqlite = isinstance(db, SqliteDatabase)
    if sqlite:
        for verb in ("UPDATE", "DELETE"):
            db.execute_sql(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    db.execute_sql(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    db.execute_sql(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )


def up(migrator: Any, db: Any) -> None:
    class Unit(Model):
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

        class Meta:
            database = db
            table_name = "unit"

    db.create_tables([Unit])

    class Account(Model):
        username = CharField(unique=True, max_length=60)
        display_name = CharField(max_length=200)
        role = CharField(max_length=10)
        unit = ForeignKeyField(Unit, null=True, on_delete="RESTRICT")
        password_hash = CharField()
        must_change = BooleanField(default=True)
        code_expires_at = DateTimeField(null=True)
        disabled_at = DateTimeField(null=True)
        created_at = DateTimeField()
        signed_in_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "account"

    db.create_tables([Account])

    class Round(Model):
        key = CharField(unique=True, max_length=60)
        title = CharField(max_length=500)
        definition = TextField()
        due_at = DateTimeField()
        closes_at = DateTimeField(null=True)
        opened_at = DateTimeField()

        class Meta:
            database = db
            table_name = "round"

    db.create_tables([Round])

    class Report(Model):
        round = ForeignKeyField(Round, on_delete="RESTRICT")
        unit = ForeignKeyField(Unit, on_delete="RESTRICT")
        asked = BooleanField(default=True)
        duties = JSONField(default=dict)
        status = CharField(max_length=16, default="not_started")
        version = IntegerField(default=0)
        progress = JSONField(default=dict)
        totals = JSONField(default=dict)
        standings = JSONField(default=dict)
        revision = IntegerField(default=0)
        due_at = DateTimeField(null=True)
        due_reason = CharField(max_length=500, default="")
        started_at = DateTimeField(null=True)
        saved_at = DateTimeField(null=True)
        saved_by = ForeignKeyField(Account, null=True, index=False, on_delete="RESTRICT")
        sent_at = DateTimeField(null=True)
        arrived_at = DateTimeField(null=True)
        review_started_at = DateTimeField(null=True)
        accepted_at = DateTimeField(null=True)
        accepted_by = ForeignKeyField(Account, null=True, on_delete="RESTRICT")
        entered_at = DateTimeField(null=True)
        entered_by = ForeignKeyField(Account, null=True, index=False, on_delete="RESTRICT")
        paper_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "report"
            indexes = ((("round", "unit"), True),)

    db.create_tables([Report])

    class Attachment(Model):
        report = ForeignKeyField(Report, on_delete="CASCADE")
        item = CharField(max_length=40, default="")
        block = CharField(max_length=40, default="")
        row = CharField(max_length=40, default="")
        name = CharField(max_length=200)
        media_type = CharField(max_length=40)
        size = BigIntegerField()
        sha256 = CharField(max_length=64)
        added_at = DateTimeField()
        added_by = ForeignKeyField(Account, on_delete="RESTRICT")
        removed_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "attachment"

    db.create_tables([Attachment])

    class AttachmentContent(Model):
        attachment = ForeignKeyField(Attachment, primary_key=True, on_delete="CASCADE")
        content = BlobField()
        thumbnail = BlobField(null=True)

        class Meta:
            database = db
            table_name = "attachment_content"

    db.create_tables([AttachmentContent])

    class Entry(Model):
        report = ForeignKeyField(Report, on_delete="CASCADE")
        item = CharField(max_length=40)
        block = CharField(max_length=40)
        row = CharField(max_length=40)
        position = IntegerField(default=0)
        values = JSONField(default=dict)
        removed_at = DateTimeField(null=True)
        saved_at = DateTimeField()
        saved_by = ForeignKeyField(Account, index=False, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "entry"
            indexes = ((("report", "item", "block", "row"), True),)

    db.create_tables([Entry])

    class Event(Model):
        at = DateTimeField(index=True)
        account = ForeignKeyField(Account, null=True, on_delete="RESTRICT")
        actor = CharField(max_length=200)
        ip = CharField(max_length=45, default="")
        action = CharField(index=True, max_length=40)
        unit = ForeignKeyField(Unit, null=True, on_delete="RESTRICT")
        round = ForeignKeyField(Round, null=True, on_delete="RESTRICT")
        subject = CharField(max_length=300, default="")
        detail = JSONField(default=dict)

        class Meta:
            database = db
            table_name = "event"

    db.create_tables([Event])

    class Revision(Model):
        report = ForeignKeyField(Report, on_delete="RESTRICT")
        number = IntegerField()
        content = TextField()
        sha256 = CharField(max_length=64)
        receipt = CharField(unique=True, max_length=20)
        sent_at = DateTimeField()
        sent_by = ForeignKeyField(Account, on_delete="RESTRICT")
        due_at = DateTimeField()

        class Meta:
            database = db
            table_name = "revision"
            indexes = ((("report", "number"), True),)

    db.create_tables([Revision])

    class Decision(Model):
        report = ForeignKeyField(Report, on_delete="RESTRICT")
        revision = IntegerField()
        verdict = CharField(max_length=16)
        reasons = JSONField(default=dict)
        decided_at = DateTimeField()
        decided_by = ForeignKeyField(Account, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "decision"

    db.create_tables([Decision])

    class Recall(Model):
        report = ForeignKeyField(Report, on_delete="RESTRICT")
        revision = IntegerField()
        reason = CharField(max_length=2000)
        asked_at = DateTimeField()
        asked_by = ForeignKeyField(Account, on_delete="RESTRICT")
        granted = BooleanField(null=True)
        answer = CharField(max_length=2000, default="")
        answered_at = DateTimeField(null=True)
        answered_by = ForeignKeyField(Account, null=True, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "recall"

    db.create_tables([Recall])

    class Overlap(Model):
        round = ForeignKeyField(Round, on_delete="RESTRICT")
        fingerprint = CharField(max_length=64)
        title = CharField(max_length=600)
        verdict = CharField(max_length=8)
        members = JSONField(default=list)
        note = CharField(max_length=1000, default="")
        decided_at = DateTimeField()
        decided_by = ForeignKeyField(Account, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "overlap"
            indexes = ((("round", "fingerprint"), True),)

    db.create_tables([Overlap])

    class Fingerprint(Model):
        report = ForeignKeyField(Report, on_delete="CASCADE")
        value = CharField(max_length=64)

        class Meta:
            database = db
            table_name = "fingerprint"
            indexes = ((("value", "report"), True),)

    db.create_tables([Fingerprint])

    class Issuance(Model):
        round = ForeignKeyField(Round, on_delete="RESTRICT")
        number = IntegerField()
        scope = CharField(max_length=16)
        note = CharField(max_length=500, default="")
        snapshot = JSONField(default=dict)
        issued_at = DateTimeField()
        issued_by = ForeignKeyField(Account, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "issuance"
            indexes = ((("round", "number"), True),)

    db.create_tables([Issuance])

    class IssuedFile(Model):
        issuance = ForeignKeyField(Issuance, on_delete="RESTRICT")
        name = CharField(max_length=200)
        media_type = CharField(max_length=100)
        size = BigIntegerField()
        sha256 = CharField(max_length=64)
        content = BlobField()

        class Meta:
            database = db
            table_name = "issued_file"
            legacy_table_names = False
            indexes = ((("issuance", "name"), True),)

    db.create_tables([IssuedFile])

    class WordTemplate(Model):
        kind = CharField(primary_key=True, max_length=20)
        name = CharField(max_length=200)
        size = BigIntegerField()
        sha256 = CharField(max_length=64)
        content = BlobField()
        added_at = DateTimeField()
        added_by = ForeignKeyField(Account, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "word_template"
            legacy_table_names = False

    db.create_tables([WordTemplate])

    class Session(Model):
        token_hash = CharField(primary_key=True, max_length=64)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        created_at = DateTimeField()
        seen_at = DateTimeField()
        ip = CharField(max_length=45, default="")

        class Meta:
            database = db
            table_name = "session"

    db.create_tables([Session])

    class SignInFailure(Model):
        name_key = CharField(max_length=64)
        ip = CharField(max_length=45)
        failures = IntegerField(default=0)
        blocked_until = DateTimeField(null=True)
        failed_at = DateTimeField()

        class Meta:
            database = db
            table_name = "sign_in_failure"
            legacy_table_names = False  # so that the index is named after the table
            indexes = ((("name_key", "ip"), True),)

    db.create_tables([SignInFailure])
    for table in APPEND_ONLY:
        _forbid_change(db, table)
