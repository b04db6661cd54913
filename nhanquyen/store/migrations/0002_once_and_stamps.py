"""Which requests a report has carried out, and who saved each value when."""

from typing import Any

from peewee import JSONField


def up(migrator: Any, db: Any) -> None:
    migrator.migrate(
        migrator.add_column("report", "handled", JSONField(null=True)),
        migrator.add_column("entry", "stamps", JSONField(null=True)),
    )
