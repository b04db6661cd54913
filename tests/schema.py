"""What the present database says of its tables."""

from __future__ import annotations

from typing import Any

from nhanquyen.store import database
from nhanquyen.store.database import HISTORY_TABLE

Rows = list[tuple[Any, ...]]

POSTGRESQL = {
    "columns": "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default "
    "FROM information_schema.columns WHERE table_schema = 'public'",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace",
}
TRIGGERS = (
    "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(t.oid), prosrc FROM pg_trigger t "
    "JOIN pg_proc p ON p.oid = tgfoid WHERE NOT tgisinternal"
)
SQLITE_TRIGGERS = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'"


def query(statement: str) -> Rows:
    return [tuple(row) for row in database.database.execute_sql(statement).fetchall()]


def sqlite_table(table: str) -> dict[str, Rows]:
    indexes = [(name, unique) for _, name, unique, *_ in query(f'PRAGMA index_list("{table}")')]
    return {
        "columns": [row[1:] for row in query(f'PRAGMA table_info("{table}")')],
        "foreign keys": sorted(row[2:] for row in query(f'PRAGMA foreign_key_list("{table}")')),
        "indexes": sorted((name, unique, query(f'PRAGMA index_info("{name}")')) for name, unique in indexes),
    }


def schema() -> dict[str, Any]:
    """All that the present database says of its tables, but for the history of its migrations."""
    with database.connection():
        if database.is_sqlite():
            return {table: sqlite_table(table) for table in database.database.get_tables() if table != HISTORY_TABLE}
        return {
            part: sorted(row for row in query(statement) if row[0].strip('"') != HISTORY_TABLE)
            for part, statement in POSTGRESQL.items()
        }


def triggers() -> Rows:
    """What forbids to change what was sent, decided, issued and logged."""
    with database.connection():
        return sorted(query(SQLITE_TRIGGERS if database.is_sqlite() else TRIGGERS))
