"""What a migration may have to do at its worst: parents made anew, a column filled from others, a table from a table.

No release has had it. The tests apply it after the real ones, to prove the way and not only the present migrations.
"""

from typing import Any

from peewee import CharField, ForeignKeyField, IntegerField, Model, SqliteDatabase, TextField

FORBIDDEN = (
    "CREATE TRIGGER revision_no_{0} BEFORE {0} ON revision BEGIN SELECT RAISE(ABORT, 'revision is append-only'); END"
)


def up(migrator: Any, db: Any) -> None:
    migrator.migrate(
        # On SQLite each of these makes a table anew that others refer to, with CASCADE and with RESTRICT.
        migrator.add_column("report", "weight", IntegerField(default=7)),
        migrator.drop_not_null("account", "password_hash"),
        migrator.drop_not_null("revision", "receipt"),
        migrator.add_column("unit", "label", CharField(max_length=230, default="")),
    )
    if isinstance(db, SqliteDatabase):  # a table that is made anew has lost its triggers
        for verb in ("update", "delete"):
            db.execute_sql(FORBIDDEN.format(verb))
    db.execute_sql("UPDATE unit SET label = code || ' – ' || name")

    class Unit(Model):
        class Meta:
            database = db
            table_name = "unit"

    class UnitNote(Model):
        unit = ForeignKeyField(Unit, on_delete="CASCADE")
        text = TextField()

        class Meta:
            database = db
            table_name = "unit_note"
            legacy_table_names = False

    db.create_tables([UnitNote])
    db.execute_sql("INSERT INTO unit_note (unit_id, text) SELECT id, note FROM unit WHERE note <> ''")
