"""The Team's own Word templates, in place of those that come with the program."""

from __future__ import annotations

import hashlib

from nhanquyen.store import events
from nhanquyen.store.database import transaction
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, WordTemplate


def present() -> dict[str, WordTemplate]:
    """The Team's templates by kind, with who added them, without their bytes."""
    columns = [column for column in WordTemplate._meta.sorted_fields if column is not WordTemplate.content]
    found = WordTemplate.select(*columns, Account).join(Account)
    return {each.kind: each for each in found}


def content(kind: str) -> bytes | None:
    """The bytes of the Team's template of *kind*, or None while the program's own is in use."""
    found = WordTemplate.select(WordTemplate.content).where(WordTemplate.kind == kind).scalar()
    return bytes(found) if found is not None else None


def replace(kind: str, title: str, name: str, data: bytes, actor: Actor) -> bool:
    """Use *data*, which was checked, as the template of *kind* from now on; False when it already is.

    *title* is what the log calls the kind and *name* is the file's.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    values = {
        WordTemplate.name: name,
        WordTemplate.size: len(data),
        WordTemplate.sha256: sha256,
        WordTemplate.content: data,
        WordTemplate.added_at: actor.at,
        WordTemplate.added_by: actor.account,
    }
    with transaction():
        if WordTemplate.select().where((WordTemplate.kind == kind) & (WordTemplate.sha256 == sha256)).exists():
            return False
        WordTemplate.insert({WordTemplate.kind: kind, **values}).on_conflict(
            conflict_target=[WordTemplate.kind], update=values
        ).execute()
        events.record("template_replaced", actor, subject=f"{title}: {name}", sha256=sha256)
    return True


def restore(kind: str, title: str, actor: Actor) -> bool:
    """Go back to the program's own template of *kind*; False when it is in use already."""
    with transaction():
        found = WordTemplate.delete().where(WordTemplate.kind == kind).execute()
        if found:
            events.record("template_restored", actor, subject=title)
    return bool(found)
