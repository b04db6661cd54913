"""Whole stories of one report against a plain model: whatever happens in whatever order, both say the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import people
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from people import DIRECTIVE

from nhanquyen.directive import SINGLE_ROW, Address
from nhanquyen.directive.values import Stored
from nhanquyen.form.answers import Answers, Respondent, Row
from nhanquyen.form.check import check_report
from nhanquyen.form.patch import BASE_PREFIX, field_at, read_patch
from nhanquyen.store import reports, review, rounds, saving, sending
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Decision, Event, Report
from nhanquyen.store.reports import ReportClosed, Status
from nhanquyen.store.review import ReviewRefused
from nhanquyen.store.sending import ReportFaulty

TABLE = ("n1", "chi_tiet")
TYPED = {
    "n1-so_lieu-0-so_cuoc": ["12", "0", "nhiều", ""],
    "n1-so_lieu-0-so_luot_nguoi": ["640", "12.000", ""],
    "n1-tinh_trang-0-trang_thai": ["co", "khong", ""],
    "n1-tinh_trang-0-giai_trinh": ["Lễ hội của cả thị xã.", ""],
    "n3-khau_hieu-kh1-bang_ron": ["4", "7", ""],
    "n4-so_lieu-0-so_tin": ["3", ""],
}
CELLS = {"ngay": ["5/12/2023", "31/12/2023", ""], "noi_dung": ["Nói chuyện", ""], "luot_nguoi": ["30", "x"],
         "hinh_thuc": ["Họp dân"]}  # fmt: skip
OPEN = (Status.NOT_STARTED, Status.DRAFTING, Status.RETURNED)
numbers = itertools.count(1)


class Story(RuleBasedStateMachine):
    """One unit's report from nothing to wherever chance leads."""

    stored: people.Seed
    clock: people.SettableClock

    @initialize(complete=st.booleans())
    def begin_story(self, complete: bool) -> None:
        code = f"X{next(numbers)}"
        unit = people.make_unit(code, f"Ủy ban nhân dân xã {code}", "XP", 100)
        rounds.add_reports(self.stored.round, [unit])
        clerk = people.make_account(code, unit.name, people.Role.UNIT, unit, self.clock())
        self.unit, self.clerk = unit, Actor(clerk, "192.0.2.10", self.clock())
        self.team = self.stored.actor("tonghop", self.clock())
        self.values: dict[str, Stored] = {}
        self.rows: list[str] = []
        self.removed: list[str] = []
        self.status, self.version, self.revision, self.begun = Status.NOT_STARTED, 0, 0, False
        self.arrived = False
        self.revisions: list[str] = []
        self.reasons: dict[str, str] = {}
        self.decided = 0
        if complete:
            self.save(people.complete_answers())

    # What the model knows.

    def report(self) -> Report:
        found = reports.report_of(self.stored.round, self.unit)
        assert found is not None
        return found

    def answers(self) -> Answers:
        """The model's values as the checks see them: only rows that are there."""
        held: dict[tuple[str, str, str], Row] = {(*TABLE, row): Row(row) for row in self.rows}
        for name, value in self.values.items():
            address = Address.parse(name)
            place = (address.item, address.block, address.row)
            if address.row in self.removed:
                continue
            held.setdefault(place, Row(address.row)).values[address.field] = value
        return Answers((item, block, row) for (item, block, _), row in held.items())

    @property
    def open(self) -> bool:
        return self.status in OPEN

    def changed(self) -> None:
        self.version += 1
        if self.status is Status.NOT_STARTED:
            self.status = Status.DRAFTING

    def when_open(self, act: Callable[[], Any]) -> bool:
        """Do *act*, which must be refused once the report is sent; whether it was done."""
        if self.open:
            act()
            return True
        with pytest.raises(ReportClosed):
            act()
        return False

    def save(self, typed: dict[str, str], stale: bool = False) -> None:
        wanted = {
            name: read_patch(DIRECTIVE, [(name, text)]).changes[Address.parse(name)] for name, text in typed.items()
        }
        report = self.report()
        version = report.version - 1 if stale else report.version

        def act() -> None:
            patch = read_patch(DIRECTIVE, typed.items())
            saved = saving.save(report, patch, version, DIRECTIVE, self.clerk)
            different = {name for name, value in wanted.items() if self.values.get(name) != value}
            gone = {name for name in different if Address.parse(name).row in self.removed}
            refused = different if stale else gone
            assert {conflict.address.name for conflict in saved.conflicts} == refused
            taken = {name: wanted[name] for name in different - refused}
            if taken:
                self.changed()
            self.values = {name: value for name, value in (self.values | taken).items() if value is not None}

        self.when_open(act)

    # What may happen.

    @rule(name=st.sampled_from(sorted(TYPED)), data=st.data(), stale=st.booleans())
    def type_into_a_field(self, name: str, data: st.DataObject, stale: bool) -> None:
        self.save({name: data.draw(st.sampled_from(TYPED[name]))}, stale)

    @rule()
    def mend_everything(self) -> None:
        self.save({**dict.fromkeys(TYPED, ""), **people.complete_answers()})

    @rule(name=st.sampled_from(sorted(TYPED)), data=st.data())
    def type_over_what_was_not_seen(self, name: str, data: st.DataObject) -> None:
        """The sender's base is not what is stored: never overwritten."""
        text = data.draw(st.sampled_from(TYPED[name]))
        patch = read_patch(DIRECTIVE, [(name, text), (BASE_PREFIX + name, "chưa từng có")])
        report = self.report()
        self.when_open(lambda: saving.save(report, patch, report.version, DIRECTIVE, self.clerk))

    @precondition(lambda self: self.rows or self.removed)
    @rule(data=st.data(), cell=st.sampled_from(sorted(CELLS)))
    def type_into_a_row(self, data: st.DataObject, cell: str) -> None:
        row = data.draw(st.sampled_from([*self.rows, *self.removed]))
        self.save({f"n1-chi_tiet-{row}-{cell}": data.draw(st.sampled_from(CELLS[cell]))})

    @rule(data=st.data(), copied=st.booleans())
    def add_a_row(self, data: st.DataObject, copied: bool) -> None:
        source = data.draw(st.sampled_from(self.rows)) if copied and self.rows else None

        def act() -> None:
            row = saving.add_row(self.report(), *TABLE, DIRECTIVE, self.clerk, copy_of=source)
            self.rows.insert(self.rows.index(source) + 1 if source else len(self.rows), row)
            for cell in CELLS if source else ():
                if (value := self.values.get(f"n1-chi_tiet-{source}-{cell}")) is not None:
                    self.values[f"n1-chi_tiet-{row}-{cell}"] = value
            self.changed()

        self.when_open(act)

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def remove_a_row(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.rows))
        if self.when_open(lambda: saving.remove_row(self.report(), *TABLE, row, DIRECTIVE, self.clerk)):
            self.rows.remove(row)
            self.removed.append(row)
            self.changed()

    @precondition(lambda self: self.removed)
    @rule(data=st.data())
    def bring_a_row_back(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.removed))
        if self.when_open(lambda: saving.remove_row(self.report(), *TABLE, row, DIRECTIVE, self.clerk, restore=True)):
            self.removed.remove(row)
            answers = reports.load_answers(self.report())
            order = [each.key for each in answers.rows(DIRECTIVE.by_key["n1"], DIRECTIVE.block(*TABLE))]
            assert [each for each in order if each != row] == self.rows
            self.rows = order
            self.changed()

    @rule()
    def send(self) -> None:
        faults = check_report(DIRECTIVE, self.answers(), Respondent("XP"), self.clock().date())
        if not self.open:
            revision, new = sending.send(self.report(), DIRECTIVE, self.clerk)
            assert (revision.number, new) == (self.revision, False)
        elif any(fault.blocks for fault in faults):
            with pytest.raises(ReportFaulty) as refusal:
                sending.send(self.report(), DIRECTIVE, self.clerk)
            assert refusal.value.faults == faults
        else:
            revision, new = sending.send(self.report(), DIRECTIVE, self.clerk)
            assert new
            self.status = Status.RESENT if self.status is Status.RETURNED else Status.SENT
            self.revision += 1
            self.version += 1
            self.begun, self.arrived = False, True
            self.revisions.append(revision.content)

    @rule()
    def take_it_back(self) -> None:
        if self.status in (Status.SENT, Status.RESENT) and not self.begun:
            sending.withdraw(self.report(), self.clerk)
            self.arrived = self.status is Status.RESENT
            self.status = Status.RETURNED if self.arrived else Status.DRAFTING
            self.version += 1
        else:
            with pytest.raises(ReportClosed):
                sending.withdraw(self.report(), self.clerk)

    def decide(self, act: Callable[[int], None], offset: int) -> bool:
        """Let the Team act on a revision; it must be the one that lies there. Whether it was done."""
        if self.open or offset:
            with pytest.raises(ReviewRefused):
                act(self.revision + offset)
            return False
        act(self.revision)
        return True

    @rule(offset=st.sampled_from([0, 0, 0, -1, 1]))
    def begin_the_review(self, offset: int) -> None:
        if self.decide(lambda number: review.begin(self.report(), number, self.team), offset):
            self.begun = True

    @rule(offset=st.sampled_from([0, 0, 0, -1, 1]))
    def accept(self, offset: int) -> None:
        if self.decide(lambda number: review.accept(self.report(), number, self.team), offset):
            if self.status is not Status.ACCEPTED:
                self.version += 1
                self.decided += 1
            self.status, self.begun = Status.ACCEPTED, True

    @rule(offset=st.sampled_from([0, 0, 0, -1, 1]), item=st.sampled_from(["n1", "n5"]))
    def give_back(self, offset: int, item: str) -> None:
        reasons = {item: "Bổ sung."}
        if self.decide(lambda number: review.give_back(self.report(), number, reasons, self.team), offset):
            self.status, self.begun, self.reasons = Status.RETURNED, False, reasons
            self.version += 1
            self.decided += 1

    # What must always hold.

    @invariant()
    def both_say_the_same(self) -> None:
        report = self.report()
        assert (report.status, report.version, report.revision) == (self.status, self.version, self.revision)
        assert (report.review_started_at is not None) == self.begun
        assert (report.arrived_at is not None) == self.arrived
        assert (report.accepted_at is not None) == (self.status is Status.ACCEPTED)
        assert (report.accepted_by is not None) == (self.status is Status.ACCEPTED)
        stored, modelled = reports.load_answers(report), self.answers()
        for item in DIRECTIVE.items:
            for block in item.blocks:
                rows = [(row.key, row.values) for row in stored.rows(item, block)]
                wanted = {row.key: row.values for row in modelled.rows(item, block)}
                order = self.rows if (item.key, block.key) == TABLE else list(wanted)
                assert rows == [(key, wanted.get(key, {})) for key in order]
        for name, value in self.values.items():
            assert field_at(DIRECTIVE, Address.parse(name))
            assert value is not None

    @invariant()
    def the_summary_follows_the_rows(self) -> None:
        report = self.report()
        day = self.clock().date()
        assert people.kept_in(report) == people.derived_from_rows(report, report.progress, day)
        untouched = [item for item in DIRECTIVE.items if item.key not in report.progress]
        assert not any(
            self.answers().row(item.key, block.key, SINGLE_ROW) for item in untouched for block in item.blocks
        )
        if self.status.counted:
            assert not untouched

    @invariant()
    def what_was_sent_or_decided_stays(self) -> None:
        report = self.report()
        numbers_ = [revision.number for revision in sending.revisions_of(report)]
        assert numbers_ == list(range(self.revision, 0, -1))
        assert [sending.get_revision(report, n + 1).content for n in range(self.revision)] == self.revisions
        assert review.reasons_for(report) == (self.reasons if self.status is Status.RETURNED else {})
        assert Decision.select().where(Decision.report == report).count() == self.decided
        sent = Event.select().where((Event.unit == self.unit) & (Event.action == "report_sent")).count()
        assert sent == self.revision


def test_every_story_of_a_report_is_as_the_model_tells_it(
    stored: people.Seed, clock: people.SettableClock, request: pytest.FixtureRequest
) -> None:
    Story.stored, Story.clock = stored, clock
    few = 40 if "sqlite" in request.node.name else 12
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=few, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
