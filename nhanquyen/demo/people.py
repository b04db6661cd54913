"""Who acts in the demonstration: the clerks of the units and the Synthesis Team, each through the store alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from nhanquyen.demo.figures import Typed, rows, typed
from nhanquyen.demo.pictures import picture
from nhanquyen.demo.story import Story
from nhanquyen.directive import Directive
from nhanquyen.directive.values import read_date
from nhanquyen.form.evidence import prepare
from nhanquyen.form.patch import read_patch
from nhanquyen.store import accounts, attachments, entering, extension, recalls, reports, review, saving, sending
from nhanquyen.store.accounts import Hasher
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Report, Round, Unit

UPLOAD_MB = 12
Act = Callable[[datetime], None]


@dataclass
class Stage:
    """Everything that happens, with its instant; `play` lets it happen in that order, as the log tells it later."""

    round: Round
    directive: Directive
    hasher: Hasher
    password: str
    acts: list[tuple[datetime, Act]] = field(default_factory=list)

    def at(self, instant: datetime, act: Act) -> None:
        self.acts.append((instant, act))

    def play(self, until: datetime) -> None:
        for instant, act in sorted(self.acts, key=lambda each: each[0]):
            if instant <= until:
                act(instant)


class Person:
    """Somebody with an account."""

    def __init__(self, stage: Stage, account: Account, ip: str) -> None:
        self.stage, self.account, self.ip = stage, account, ip
        self._token = ""

    def actor(self, at: datetime) -> Actor:
        return Actor(self.account, self.ip, at)

    def sign_in(self, at: datetime) -> None:
        stage = self.stage
        _, self._token = accounts.sign_in(self.account.username, stage.password, Actor(None, self.ip, at), stage.hasher)

    def sign_out(self, at: datetime) -> None:
        accounts.sign_out(self._token, self.actor(at))

    def choose_password(self, at: datetime) -> None:
        accounts.change_password(self.account, self.stage.password, self._token, self.actor(at), self.stage.hasher)

    def visit(self, instant: datetime, *acts: Act) -> datetime:
        """Sign in shortly before *instant*, do *acts* a minute apart, sign out; when that is."""
        self.stage.at(instant - timedelta(minutes=2), self.sign_in)
        for act in acts:
            self.stage.at(instant, act)
            instant += timedelta(minutes=1)
        self.stage.at(instant + timedelta(minutes=1), self.sign_out)
        return instant

    def join(self, instant: datetime) -> None:
        """The first visit, with the one-time password from the slip."""
        self.visit(instant, self.choose_password)


class Clerk(Person):
    """Who writes the report of one unit and does what the story says: its clerk, or the Team where it sent paper."""

    def __init__(self, stage: Stage, account: Account, ip: str, story: Story, unit: Unit) -> None:
        super().__init__(stage, account, ip)
        self.story, self.unit = story, unit
        self._chance = Random(story.code)  # noqa: S311  # minutes, no secret
        self._rows: dict[tuple[str, str], list[str]] = {}

    def report(self) -> Report:
        found = reports.report_of(self.stage.round, self.unit)
        if found is None:
            raise LookupError(self.story.code)
        return found

    def plan(self) -> None:
        """Put everything that this clerk does on the stage."""
        story = self.story
        if story.paper:
            self.stage.at(story.sittings[0] + timedelta(seconds=30), self._begin_entering)
        for number in range(len(story.sittings)):
            self._plan_sitting(number)
        if story.sent:
            self.visit(story.sent, self._send)
        if story.sent and (scans := [file for file in story.files if not file[0]]):
            self.visit(story.sent + timedelta(minutes=35), *(self._adding(file) for file in scans))
        if story.withdrawn:
            self.visit(story.withdrawn, self._withdraw)
        if story.mended:
            added = [self._adding(file) for file in story.late_files]
            self.visit(story.mended, *([self._typing(story.mend)] if story.mend else []), *added)
        if story.resent:
            self.visit(story.resent, self._send)
        if story.asked_back:
            self.visit(story.asked_back[0], self._ask_back)

    def _plan_sitting(self, number: int) -> None:
        """Each item is filled in one sitting, at the writer's own pace."""
        start = self.story.sittings[number]
        pages = list(typed(self.story, self.unit.group, self.unit.phone).items())
        mine = [page for place, page in enumerate(pages) if self._sitting_of(place) == number]
        instant = start
        self.stage.at(instant, self.sign_in)
        for item, values in mine:
            instant += timedelta(minutes=self._chance.randint(5, 8), seconds=self._chance.randint(0, 59))
            self.stage.at(instant, self._typing(values))
            for file in self.story.files:
                if file[0].startswith(f"{item}-khau_hieu-"):
                    self.stage.at(instant + timedelta(seconds=40), self._adding(file))
        for item, block, values in rows(self.story):
            if self._sitting_on(values["ngay"]) == number and item in dict(pages):
                instant += timedelta(seconds=self._chance.randint(50, 100))
                self.stage.at(instant, self._adding_row(item, block, values))
        if number == len(self.story.sittings) - 1:
            for file in self.story.files:
                if file[0] and not file[0].startswith("n3-"):
                    instant += timedelta(seconds=70)
                    self.stage.at(instant, self._adding(file))
        self.stage.at(instant + timedelta(minutes=1), self.sign_out)

    def _sitting_of(self, place: int) -> int:
        """The sitting in which the item at *place* is filled: the last ones take their time for the last items."""
        count = len(self.story.sittings)
        return min(count - 1, place * count // 4)

    def _sitting_on(self, day: str) -> int:
        """The first sitting in which something of *day* can be told."""
        when = read_date(day) or date.max
        told = [number for number, start in enumerate(self.story.sittings) if start.date() >= when]
        return told[0] if told else len(self.story.sittings) - 1

    def _typing(self, values: Typed) -> Act:
        def act(at: datetime) -> None:
            report = self.report()
            patch = read_patch(self.stage.directive, values.items())
            saving.save(report, patch, report.version, self.stage.directive, self.actor(at))

        return act

    def _adding_row(self, item: str, block: str, values: Typed) -> Act:
        def act(at: datetime) -> None:
            key = saving.add_row(self.report(), item, block, self.stage.directive, self.actor(at))
            self._rows.setdefault((item, block), []).append(key)
            self._typing({f"{item}-{block}-{key}-{name}": text for name, text in values.items()})(at)

        return act

    def _adding(self, file: tuple[str, str, str]) -> Act:
        place, kind, name = file

        def act(at: datetime) -> None:
            made = prepare(name, picture(kind, name), UPLOAD_MB)
            attachments.add(
                self.report(), self._place(place), made.name, made.media_type, made.data, made.thumbnail, self.actor(at)
            )

        return act

    def _place(self, text: str) -> tuple[str, str, str]:
        if not text:
            return "", "", ""
        item, block, row = text.split("-")
        return item, block, self._rows[item, block][int(row) - 1] if row.isdigit() else row

    def _begin_entering(self, at: datetime) -> None:
        entering.begin(self.report(), self.story.paper or at, self.actor(at))

    def _ask_back(self, at: datetime) -> None:
        if self.story.asked_back:
            recalls.ask(self.report(), self.story.asked_back[1], self.actor(at))

    def _send(self, at: datetime) -> None:
        sending.send(self.report(), self.stage.directive, self.actor(at))

    def _withdraw(self, at: datetime) -> None:
        sending.withdraw(self.report(), self.actor(at))


class Reviewer(Person):
    """A member of the Synthesis Team."""

    def plan(self, clerk: Clerk) -> None:
        """Put what the Team decides about the clerk's report on the stage."""
        story = clerk.story

        def begin(at: datetime) -> None:
            review.begin(clerk.report(), clerk.report().revision, self.actor(at))

        def give_back(at: datetime) -> None:
            review.give_back(clerk.report(), clerk.report().revision, story.reasons, self.actor(at))

        def accept(at: datetime) -> None:
            review.accept(clerk.report(), clerk.report().revision, self.actor(at))

        def extend(at: datetime) -> None:
            if story.extended:
                extension.extend(clerk.report(), *story.extended[1:], self.actor(at))

        if story.extended:
            self.visit(story.extended[0], extend)
        for instant, act in ((story.begun, begin), (story.returned, give_back), (story.accepted, accept)):
            if instant is not None:
                self.visit(instant, act)
