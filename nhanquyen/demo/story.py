"""The stories of the units, read from the TOML files beside this module."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nhanquyen.clock import VIETNAM

FILES = ("phong-chuyen-mon.toml", "ban-nganh.toml", "xa-phuong.toml")
INSTANTS = ("paper", "sent", "withdrawn", "begun", "returned", "mended", "resent", "accepted")


@dataclass(frozen=True)
class Story:
    """What one unit did and reports. Instants are ``"22/11 09:10"`` in the files; what is not there did not happen."""

    code: str
    contact: tuple[str, str]
    """Name and position of who writes the report."""
    signer: tuple[str, str, str] | None = None
    """Name, position and the number of the signed report."""

    sittings: tuple[datetime, ...] = ()
    """When the clerk sat down to fill the form."""
    paper: datetime | None = None
    """When the report came in on paper; it is the Team then that fills the form and sends."""
    extended: tuple[datetime, datetime, str] | None = None
    """When the Team gave the unit more time, until when, and why."""
    draft: tuple[str, ...] = ()
    """The items that were filled, where not all of them were."""
    sent: datetime | None = None
    withdrawn: datetime | None = None
    begun: datetime | None = None
    returned: datetime | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    mended: datetime | None = None
    mend: dict[str, str] = field(default_factory=dict)
    """What is typed into which field after the return."""
    resent: datetime | None = None
    accepted: datetime | None = None
    asked_back: tuple[datetime, str] | None = None
    """When the unit asked for its report back, and why."""

    none: dict[str, str] = field(default_factory=dict)
    """Why there is no activity, by item."""
    explain: dict[str, str] = field(default_factory=dict)
    """The explanation of figures that a check warns of, by item."""
    odd: dict[str, str] = field(default_factory=dict)
    """What is typed into a field instead of the figure that would be made up; blank leaves it out."""

    sessions: tuple[int, int] = (0, 0)
    """Sessions and people a session."""
    radio: int = 0
    khmer: int = 0
    leaflets: int = 0
    other_topic: str = ""
    events: tuple[tuple[Any, ...], ...] = ()
    n1: str = ""

    activities: dict[str, int] = field(default_factory=dict)
    other_form: str = ""
    posts: tuple[int, int, int] = (0, 0, 0)
    """On the portal, on Fanpage, on Zalo."""
    other_channel: tuple[int, str] | None = None
    rebuttals: int = 0
    n2: str = ""

    slogans: tuple[int, ...] = ()
    banners: int = 1
    """The most banners of one slogan."""
    led: bool = False
    other_slogan: str = ""
    undone: str = ""
    places: tuple[str, ...] = ()

    media: tuple[int, ...] = ()
    articles: tuple[tuple[str, ...], ...] = ()

    documents: tuple[tuple[str, ...], ...] = ()
    meetings: str = ""
    assessment: str = ""
    trouble: str = "Không"
    cause: str = ""
    proposal: str = "Không"
    plan: str = ""

    files: tuple[tuple[str, str, str], ...] = ()
    """Place (row numbers from 1), picture and file name of each evidence."""
    late_files: tuple[tuple[str, str, str], ...] = ()
    """Those that came after the return."""


def _instant(text: str) -> datetime:
    return datetime.strptime(f"{text} 2023", "%d/%m %H:%M %Y").replace(tzinfo=VIETNAM)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value


def _story(code: str, told: dict[str, Any]) -> Story:
    values = {key: _frozen(value) for key, value in told.items()}
    values |= {key: _instant(values[key]) for key in INSTANTS if key in values}
    if given := values.get("extended"):
        values["extended"] = (_instant(given[0]), _instant(given[1]), given[2])
    if asked := values.get("asked_back"):
        values["asked_back"] = (_instant(asked[0]), asked[1])
    values["sittings"] = tuple(_instant(text) for text in values.get("sittings", ()))
    return Story(code=code, **values)


def stories() -> list[Story]:
    """One story for each unit of the demonstration."""
    here = Path(__file__).parent
    told = [tomllib.loads((here / name).read_text(encoding="utf-8")) for name in FILES]
    return [_story(code, each) for group in told for code, each in group.items()]
