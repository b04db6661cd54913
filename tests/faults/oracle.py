"""What must hold after every fault, whatever it was: acknowledged ⊆ stored, at most once, never torn."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import people
from clerks import PARTS, Clerk, RowAdder, Saver, Sender, Uploader, broken, passage
from machine import Machine

from nhanquyen.store import database as store_database
from nhanquyen.store import reports
from nhanquyen.store.models import Attachment, AttachmentContent, Entry, Event, Report, Revision


@dataclass
class Tally:
    """The figures of one fault on one database.

    *notes* tell in words what was lost, repeated or torn; *remarks* are printed below the figures.
    """

    fault: str
    database: str
    rounds: int = 0
    acknowledged: int = 0
    refused: int = 0
    lost: int = 0
    repeated: int = 0
    torn: int = 0
    slowest_start: float = 0.0
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._watched: list[tuple[list[Clerk], Machine]] = []

    def watch(self, clerks: list[Clerk], machine: Machine) -> None:
        """Count what *machine* acknowledges to *clerks* from now on."""
        self.acknowledged -= sum(clerk.acknowledged for clerk in clerks)
        self.refused -= sum(clerk.refused.total() for clerk in clerks)
        self._watched.append((clerks, machine))

    def close(self) -> None:
        """Count no longer; another fault follows with the same clerks."""
        for clerks, machine in self._watched:
            self.acknowledged += sum(clerk.acknowledged for clerk in clerks)
            self.refused += sum(clerk.refused.total() for clerk in clerks)
            self.slowest_start = max(self.slowest_start, machine.slowest_start)
        self._watched.clear()

    def properties(self) -> dict[str, Any]:
        """The figures, as the summary at the end of the run takes them."""
        self.close()
        return asdict(self)

    def lose(self, what: str, count: int = 1) -> None:
        self.lost += count
        self.notes.append(f"lost: {what}")

    def repeat(self, what: str) -> None:
        self.repeated += 1
        self.notes.append(f"repeated: {what}")

    def tear(self, what: str) -> None:
        self.torn += 1
        self.notes.append(f"torn: {what}")

    def require_kept(self) -> None:
        """Fail unless everything that was acknowledged is there, once and whole."""
        self.close()
        assert self.lost + self.repeated + self.torn == 0, "\n".join(self.notes)
        assert self.acknowledged, "nothing was acknowledged, so nothing was tested"


def judge(clerks: list[Clerk], url: str, tally: Tally) -> None:
    """Compare what the program at *url* has stored with what it acknowledged to *clerks*.

    Of what is pending, which the program may have stored without being able to say so, one effect is allowed.
    """
    for note in broken(clerks):
        tally.tear(note)
    with people.bound(url), store_database.connection():
        if store_database.is_sqlite():
            found = store_database.database.execute_sql("PRAGMA integrity_check").fetchone()[0]
            if found != "ok":
                tally.tear(f"integrity_check says {found}")
        for clerk in clerks:
            report = reports.get_report(int(clerk.report))
            if report is None:
                tally.lose(f"the report of {clerk.unit}", clerk.acknowledged)
                continue
            JUDGES[type(clerk)](clerk, report, tally)
        for report_id in sorted({int(clerk.report) for clerk in clerks}):
            _judge_derived(report_id, tally)
        _judge_files(tally)
        _judge_revisions(tally)


def read_back(clerks: list[Clerk], tally: Tally) -> None:
    """What a clerk sees who opens the form again is what the program acknowledged, or what is pending."""
    for clerk in clerks:
        if isinstance(clerk, Saver):
            page = clerk.browser.get("/bao-cao").text
            numbers = [_shown(page, name) for name in PARTS[clerk.item]]
            if len(set(numbers)) > 1:
                tally.tear(f"the form of {clerk.unit} shows {numbers}")
            if numbers[0] < clerk.number:
                tally.lose(f"the form of {clerk.unit} shows {numbers[0]}, acknowledged {clerk.number}")


def _shown(page: str, name: str) -> int:
    """The number that the form shows in a field, or says in a text."""
    found = re.search(rf'name="{name}"[^>]*?(?:value="([\d.]*)"|>\s*(?:Lần )?(\d*))', page)
    assert found, f"{name} is not in the page"
    return int((found[1] or found[2] or "0").replace(".", ""))


def _judge_saver(clerk: Saver, report: Report, tally: Tally) -> None:
    first, second, text = PARTS[clerk.item]
    answers = reports.load_answers(report, clerk.item)
    values = []
    for name in (first, second, text):
        _, block, row, key = name.split("-")
        held = answers.row(clerk.item, block, row)
        values.append(held.values.get(key) if held else None)
    number = values[0] or 0
    if values != [number or None, number or None, passage(number).strip() or None]:
        tally.tear(f"{clerk.unit} {clerk.item}: {[str(value)[:20] for value in values]}")
    if number < clerk.number:
        tally.lose(f"{clerk.unit} has {number}, acknowledged {clerk.number}", clerk.number - number)
    if number > (clerk.highest if clerk.is_pending else clerk.number):
        tally.repeat(f"{clerk.unit} has {number}, sent {clerk.highest}")


def _judge_rows(clerk: RowAdder, report: Report, tally: Tally) -> None:
    here = (Entry.report == report) & (Entry.item == "n1") & (Entry.block == "chi_tiet")
    stored = [entry.row for entry in Entry.select().where(here)]
    added = len(clerk.rows)
    gone = sorted({row for row in clerk.rows if row} - set(stored))
    if gone or len(stored) < added:
        tally.lose(f"{clerk.unit} has {len(stored)} rows, added {added}: {gone}", max(len(gone), added - len(stored)))
    if len(stored) > added + clerk.is_pending:
        tally.repeat(f"{clerk.unit} has {len(stored)} rows, added {added}")


def _judge_uploads(clerk: Uploader, report: Report, tally: Tally) -> None:
    stored = Counter(row.sha256 for row in Attachment.select().where(Attachment.report == report))
    for sha256 in clerk.hashes:
        if sha256 not in stored:
            tally.lose(f"file {sha256[:12]} of {clerk.unit}")
    for sha256, count in stored.items():
        if count > 1:
            tally.repeat(f"file {sha256[:12]} of {clerk.unit} is there {count} times")
    if len(stored) > len(clerk.hashes) + clerk.is_pending:
        tally.repeat(f"{clerk.unit} has {len(stored)} files, uploaded {len(clerk.hashes)}")


def _judge_sendings(clerk: Sender, report: Report, tally: Tally) -> None:
    numbers = sorted(each.number for each in Revision.select().where(Revision.report == report))
    if numbers != list(range(1, len(numbers) + 1)) or report.revision != len(numbers):
        tally.tear(f"{clerk.unit} is at revision {report.revision} of {numbers}")
    if len(numbers) < clerk.sent:
        tally.lose(f"{clerk.unit} has {len(numbers)} revisions, acknowledged {clerk.sent}", clerk.sent - len(numbers))
    if len(numbers) > clerk.sent + (clerk.is_pending and clerk.at_unit):
        tally.repeat(f"{clerk.unit} has {len(numbers)} revisions, sent {clerk.sent}")
    if not clerk.is_pending and reports.Status(report.status).open is not clerk.at_unit:
        tally.lose(f"{clerk.unit} is {report.status}")
    _judge_log(clerk, report, len(numbers), tally)


def _judge_log(clerk: Sender, report: Report, sent: int, tally: Tally) -> None:
    """Every sending is one event, and so is every withdrawal."""
    actions = Counter(row.action for row in Event.select().where(Event.unit == report.unit))
    withdrawn = sent - reports.Status(report.status).counted
    if (actions["report_sent"], actions["report_withdrawn"]) != (sent, withdrawn):
        tally.repeat(f"the log of {clerk.unit}: {dict(actions)} after {sent} sendings and {withdrawn} withdrawals")


JUDGES: dict[type[Clerk], Any] = {
    Saver: _judge_saver, RowAdder: _judge_rows, Uploader: _judge_uploads, Sender: _judge_sendings,
}  # fmt: skip


def _judge_derived(report_id: int, tally: Tally) -> None:
    """What the report says of itself is what its rows say: totals, progress and standings of its items."""
    report = reports.get_report(report_id)
    if report is None or report.saved_at is None:
        return
    derived = people.derived_from_rows(report, report.progress, report.saved_at.date())
    if people.kept_in(report) != derived:
        tally.tear(f"{report.unit.code} says {people.kept_in(report)}, its rows {derived}")


def _judge_files(tally: Tally) -> None:
    """No row without its file, no file without its row, every file as it was sent, every one told in the log once."""
    contents = {row.attachment_id: bytes(row.content) for row in AttachmentContent.select()}
    rows = {row.id: row for row in Attachment.select()}
    for stray in contents.keys() ^ rows.keys():
        tally.tear(f"attachment {stray} has no {'row' if stray in contents else 'file'}")
    for key in contents.keys() & rows.keys():
        if hashlib.sha256(contents[key]).hexdigest() != rows[key].sha256:
            tally.tear(f"attachment {key} is not what was sent")
    logged = Counter(event.detail["sha256"] for event in Event.select().where(Event.action == "evidence_added"))
    if logged != Counter(row.sha256 for row in rows.values()):
        tally.repeat("the log does not tell of every file once")


def _judge_revisions(tally: Tally) -> None:
    """What was sent is whole: its hash is right, and its parts are of one moment."""
    for revision in Revision.select():
        if hashlib.sha256(revision.content.encode()).hexdigest() != revision.sha256:
            tally.tear(f"revision {revision.id} does not match its hash")
        for item, numbers in _numbers_of(json.loads(revision.content)):
            if len(numbers) > 1:
                tally.tear(f"revision {revision.id} holds {sorted(numbers)} in {item}")


def _numbers_of(content: dict[str, Any]) -> Iterable[tuple[str, set[int]]]:
    """The numbers that a `Saver` wrote into each item of a revision: one, unless the revision is torn."""
    for item, parts in PARTS.items():
        found: set[int] = set()
        for name in parts:
            found |= set(_number_in(content["items"][item], *name.split("-")[1:]))
        yield item, found


def _number_in(blocks: dict[str, Any], block: str, row: str, key: str) -> Iterator[int]:
    for each in blocks[block]:
        value = each["values"].get(key) if each["row"] == row else None
        if isinstance(value, int):
            yield value
        elif isinstance(value, str) and value.startswith("Lần "):
            yield int(value.split()[1])
