"""An office of units and their clerks, made once and copied for every round; and the clerks at their PCs."""

from __future__ import annotations

import re
from random import Random

import people
from clerks import Browser, Clerk, RowAdder, Saver, Sender, Unacknowledged, Uploader

from nhanquyen.store import database as store_database
from nhanquyen.store import rounds
from nhanquyen.store.accounts import Role
from nhanquyen.store.events import Actor

UNITS = 16
PAIR = "D01"  # the unit with two clerks
SENDING = ("D02", "D03")  # whose reports are complete
REPORT = re.compile(r'hx-post="/bao-cao/(\d+)/luu"')


def furnish(url: str) -> None:
    """Fill the new database at *url*: units D01 to D16, an account for each (d01…), a second for the pair (d01b)."""
    clock = people.SettableClock()
    with people.made_database(url), store_database.connection():
        units = {f"D{number:02}": f"Ủy ban nhân dân Phường {number}" for number in range(1, UNITS + 1)}
        made = {
            code: people.make_unit(code, name, "XP", position)
            for position, (code, name) in enumerate(units.items(), 1)
        }  # fmt: skip
        opened = rounds.open_round(people.DIRECTIVE, Actor(None, "", clock()))
        accounts = {
            code.lower(): people.make_account(code.lower(), unit.name, Role.UNIT, unit, clock())
            for code, unit in made.items()
        }
        second = f"{PAIR.lower()}b"
        accounts[second] = people.make_account(second, "Văn phòng", Role.UNIT, made[PAIR], clock())
        for name, role in (("tonghop", Role.SYNTHESIS), ("quantri", Role.ADMIN)):
            accounts[name] = people.make_account(name, name, role, None, clock())
        seed = people.Seed(opened, made, accounts)
        for code in SENDING:
            seed.save(code, people.complete_answers(), clock())


def open_desk(kind: type[Clerk], port: int, username: str, chance: Random | None = None) -> Clerk:
    """A clerk who has signed in and opened the form."""
    browser = Browser(port, username)
    browser.sign_in()
    page = browser.get("/bao-cao")
    found = REPORT.search(page.text)
    if not found:
        raise Unacknowledged(page.status, page.text)
    return kind(browser, username[:3].upper(), found[1], chance or Random(username))


def open_office(port: int) -> list[Clerk]:
    """Thirteen clerks: most of them type, two of those in one report; others add rows, upload, send and take back."""
    first, second = open_desk(Saver, port, "d01"), open_desk(Saver, port, "d01b")
    second.item = "n2"  # type: ignore[attr-defined]
    desks = [open_desk(Saver, port, f"d{number:02}") for number in range(4, 10)]
    for desk in (first, *desks[::2]):
        desk.renumbers = True
    others = [open_desk(RowAdder, port, name) for name in ("d10", "d11")]
    others += [open_desk(Uploader, port, name) for name in ("d12", "d13")]
    return [first, second, *desks, *others, open_desk(Sender, port, "d02")]
