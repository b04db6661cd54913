"""The demonstration: 34 units of a town in the last hours before the deadline, everything made through the store.

Nobody in it exists. It is made in the order in which it happened, so that log, revisions and decisions tell one story.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from nhanquyen.clock import VIETNAM
from nhanquyen.demo.people import Clerk, Person, Reviewer, Stage
from nhanquyen.demo.story import Story, stories
from nhanquyen.form.unit_list import Change, Plan, fingerprint
from nhanquyen.store import account_list, accounts, events, rounds, units
from nhanquyen.store.accounts import Hasher, Role
from nhanquyen.store.database import connection, transaction
from nhanquyen.store.events import Actor, LogFilter
from nhanquyen.store.models import Account, Unit

# A plain Vietnamese sentence whose words happen to need no marks: every keyboard can type it, every console show it.
PASSWORD = "hai con chim xanh bay cao qua hoa xoan"  # noqa: S105  # of people who do not exist
TEAM_PHONE = "0294 3000 100"
OPENED = datetime(2023, 11, 10, 8, 0, tzinfo=VIETNAM)
DUE = datetime(2023, 12, 22, 11, 30, tzinfo=VIETNAM)
ADMIN_IP, TEAM_IP = "192.168.10.5", "192.168.10.17"


class _OnePassword(Hasher):
    """Hashes the one password once, however many accounts share it, and believes everybody who signs in."""

    def __init__(self) -> None:
        self._hashed = ""
        super().__init__()
        self._hashed = super().hash(PASSWORD)

    def hash(self, password: str) -> str:
        return self._hashed or super().hash(password)

    def matches(self, account: Account | None, password: str) -> bool:
        return account is not None and password == PASSWORD


def _phone(number: int) -> str:
    return f"0294 3000 {number:03d}"


def _fill_in_units(told: dict[str, Story], admin: Actor) -> None:
    """What the admin typed into the exported unit list and imported again."""
    today = admin.at.date()
    before = units.as_rows(today)
    changes = []
    for row in before:
        if story := told.get(row.code):
            name, position = story.contact
            phone = _phone(100 + (row.rank or 0))
            after = replace(row, contact=name, contact_position=position, phone=phone, active=True, note="")
            changes.append(Change(row, after))
    units.apply_import(Plan(fingerprint(before), changed=tuple(changes)), admin)


def _open(stage: Stage, told: dict[str, Story], admin: Person) -> list[Unit]:
    """The first morning: the admin comes in, sets the due time, fills in the unit list; the units that are asked."""
    admin.sign_in(OPENED + timedelta(minutes=10))
    admin.choose_password(OPENED + timedelta(minutes=11))
    rounds.edit_round(stage.round, DUE, None, admin.actor(OPENED + timedelta(minutes=16)))
    _fill_in_units(told, admin.actor(OPENED + timedelta(minutes=48)))
    return [unit for unit in units.in_order() if unit.code in told]


def _plan(stage: Stage, told: dict[str, Story], members: list[Unit], admin: Person) -> None:
    """Accounts for all, and everything that everybody does with theirs."""
    instant = OPENED + timedelta(minutes=55)
    team, _ = accounts.add_account("tonghop", "Đội Tổng hợp", Role.SYNTHESIS, None, admin.actor(instant), stage.hasher)
    made = account_list.add_unit_accounts(members, admin.actor(instant + timedelta(minutes=2)), stage.hasher)
    admin.sign_out(instant + timedelta(minutes=20))
    reviewer = Reviewer(stage, team, TEAM_IP)
    reviewer.join(OPENED + timedelta(hours=2))
    joining = OPENED + timedelta(days=3)  # the next Monday
    for number, (unit, (account, _)) in enumerate(zip(members, made, strict=True)):
        clerk = Clerk(stage, account, f"192.168.{20 + number}.11", told[unit.code], unit)
        clerk.join(joining + timedelta(minutes=17 * number))
        writer = Clerk(stage, team, TEAM_IP, clerk.story, unit) if clerk.story.paper else clerk
        writer.plan()
        reviewer.plan(clerk)


def fill(now: datetime) -> None:
    """Everything that happened until *now*, in a database that was set up at `OPENED`."""
    told = {story.code: story for story in stories()}
    with connection(), transaction():
        round = rounds.current_round()
        stage = Stage(round, rounds.directive_of(round), _OnePassword(), PASSWORD)
        (first,) = account_list.list_accounts(role=Role.ADMIN)
        admin = Person(stage, first, ADMIN_IP)
        members = _open(stage, told, admin)
        stage.round = rounds.current_round()
        _plan(stage, told, members, admin)
        stage.play(now)


def latest(now: datetime) -> datetime:
    """*now*, or when something was last done in the demonstration, if that is later: its clock never goes back."""
    with connection():
        last = events.find(LogFilter(), 1)
    return max(now, last[0].at) if last else now
