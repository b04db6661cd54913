"""F8, F11: several requests at the same instant, over HTTP, to the real program."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from html import unescape

import people
from clerks import PARTS, VERSION, Answer, Browser, Clerk, Load, Saver, Sender, finish, passage
from forms import MakeMachine, MakeTally, Rounds
from machine import Machine
from office import open_desk
from oracle import Tally, judge

from nhanquyen.store import database as store_database
from nhanquyen.store.models import Attachment, Decision, Entry, Event, Report, Revision
from nhanquyen.store.reports import Status

TIMES = 20  # so many identical requests at once
NUMBER = "n1-so_lieu-0-so_cuoc"


def at_once(*requests: Callable[[], Answer]) -> list[Answer]:
    """The answers to requests that all start at the same instant, each on a line of its own."""
    ready = threading.Barrier(len(requests))
    answers: list[Answer | None] = [None] * len(requests)

    def ask(place: int) -> None:
        ready.wait()
        answers[place] = requests[place]()

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert None not in answers, answers
    return [answer for answer in answers if answer is not None]


def copies(browser: Browser, count: int) -> list[Browser]:
    """The same signed-in browser on several lines."""
    found = []
    for _ in range(count):
        each = Browser(browser.port, browser.username)
        each.cookie, each.token = browser.cookie, browser.token
        found.append(each)
    return found


# --- F8 ---------------------------------------------------------------------------------------------------------


def test_two_clerks_at_one_field(new_machine: MakeMachine, tally: MakeTally, rounds: Rounds) -> None:
    """One of them is refused and told both values; nothing is overwritten silently."""
    found = tally("F8 two clerks, one field")
    machine = new_machine()
    machine.start()
    desks = [open_desk(Clerk, machine.port, name) for name in ("d01", "d01b")]
    path = f"/bao-cao/{desks[0].report}/luu"
    stored = ""
    for number in rounds(10, 100):
        typed = [str(1000 + 2 * number), str(1001 + 2 * number)]
        posts = [_post(desk.browser, path, typed[place], stored) for place, desk in enumerate(desks)]
        answers = at_once(*posts)
        found.rounds += 1
        assert sorted(answer.status for answer in answers) == [200, 409], [answer.text for answer in answers]
        winner = 0 if answers[0].status == 200 else 1
        told = unescape(answers[1 - winner].text)
        found.acknowledged += 1
        found.refused += 1
        stored = typed[winner]
        for value in typed:
            assert re.search(rf"[“\"]({value}|{value[0]}\.{value[1:]})[”\"]", told), told
        with people.bound(machine.url), store_database.connection():
            entry = Entry.get((Entry.report == int(desks[0].report)) & (Entry.block == "so_lieu"))
            if entry.values["so_cuoc"] != int(stored):
                found.lose(f"{entry.values} after {stored} was acknowledged")
    found.require_kept()


def _post(browser: Browser, path: str, value: str, base: str) -> Callable[[], Answer]:
    return lambda: browser.post(path, {"ver": "0", NUMBER: value, f"was.{NUMBER}": base}, htmx=True)


def test_saving_against_sending(new_machine: MakeMachine, tally: MakeTally, rounds: Rounds) -> None:
    """What was sent is of one moment: a revision holds a save whole or not at all."""
    found = tally("F8 saving against sending")
    machine = new_machine()
    machine.start()
    clerks: list[Clerk] = [open_desk(Saver, machine.port, "d03"), open_desk(Sender, machine.port, "d03")]
    clerks[0].item = "n2"  # type: ignore[attr-defined]
    clerks[0].tolerated = "Báo cáo đã gửi nên không sửa được nữa"
    found.watch(clerks, machine)
    for _ in rounds(1, 5):
        with Load(clerks) as load:
            load.wait_for(60)
        found.rounds += 1
    while not clerks[1].at_unit or clerks[1].is_pending:  # type: ignore[attr-defined]
        clerks[1].step()
    finish(clerks)
    judge(clerks, machine.url, found)
    assert clerks[0].acknowledged
    assert clerks[1].acknowledged
    found.require_kept()


def test_the_unit_against_the_team(new_machine: MakeMachine, tally: MakeTally, rounds: Rounds) -> None:
    """Of taking back and returning one revision, one happens; what is saved meanwhile is stored whole or refused."""
    found = tally("F8 return against save")
    machine = new_machine()
    machine.start()
    unit, other = open_desk(Clerk, machine.port, "d03"), open_desk(Clerk, machine.port, "d03")
    team, second = (Browser(machine.port, "tonghop") for _ in range(2))
    for browser in (team, second):
        browser.sign_in()
    report, review = f"/bao-cao/{unit.report}", f"/tong-hop/bao-cao/{unit.report}"
    saver = open_desk(Saver, machine.port, "d03")
    saver.item, saver.tolerated = "n2", "không sửa được nữa"  # type: ignore[attr-defined]
    found.watch([saver], machine)
    for number in rounds(5, 50):
        assert unit.browser.post(f"{report}/gui", {"khong_mat": "1"}).status == 303
        returned = {"lan_gui": str(number + 1), "chon-n2": "1", "ly-do-n2": "Thiếu số tin, bài."}
        at_once(
            lambda: other.browser.post(f"{report}/rut-lai", {}),
            lambda: team.post(f"{review}/tra-lai", returned),  # noqa: B023 - done within the round
            lambda: second.post(f"{review}/tra-lai", returned),  # noqa: B023 - done within the round
            lambda: Answer(200 if saver.step() else 409, ""),
        )
        found.rounds += 1
        _require_one_outcome(machine, unit.report, number + 1, found)
        finish([saver])
    judge([saver], machine.url, found)
    found.require_kept()


def _require_one_outcome(machine: Machine, report_id: str, number: int, found: Tally) -> None:
    with people.bound(machine.url), store_database.connection():
        report = Report.get_by_id(int(report_id))
        actions = Counter(event.action for event in Event.select().where(Event.unit == report.unit))
        decisions = Decision.select().where(Decision.report == report).count()
    outcomes = actions["report_withdrawn"] + actions["report_returned"]
    if outcomes != number or decisions != actions["report_returned"] or not Status(report.status).open:
        found.repeat(f"{dict(actions)}, {decisions} decisions, {report.status} after {number} rounds")


# --- F11 --------------------------------------------------------------------------------------------------------


def test_twenty_times_the_same_request(new_machine: MakeMachine, tally: MakeTally, rounds: Rounds) -> None:
    """A request that comes twenty times at once has one effect, one event in the log, and one answer."""
    found = tally("F11 twenty times the same request")
    machine = new_machine()
    machine.start()
    typist, adder = open_desk(Clerk, machine.port, "d04"), open_desk(Clerk, machine.port, "d10")
    sender = open_desk(Clerk, machine.port, "d02")
    for number in rounds(1, 10):
        typed = _typed(number + 1) | {f"was.{name}": text for name, text in _typed(number).items()}
        _alike(typist, "/luu", typed, 200, {}, machine, found)
        _alike(typist, "/minh-chung", {}, 303, {"files": 1, "evidence_added": 1}, machine, found)
        _alike(adder, "", {"action": "them.n1.chi_tiet"}, 303, {"rows": 1}, machine, found)
        _alike(sender, "/gui", {"khong_mat": "1"}, 303, {"revisions": 1, "report_sent": 1}, machine, found)
        _alike(sender, "/rut-lai", {}, 303, {"report_withdrawn": 1}, machine, found)
    found.require_kept()


def _typed(number: int) -> dict[str, str]:
    return dict(zip(PARTS["n2"], (str(number or ""), str(number or ""), passage(number)), strict=True))


def _alike(
    desk: Clerk, path: str, fields: dict[str, str], status: int, effect: dict[str, int], machine: Machine, found: Tally
) -> None:
    """Send the same request on every line at once, and compare what came of it with *effect*."""
    desk.seq += 1
    desk.version = VERSION.findall(desk.browser.get("/bao-cao").text)[0] if path not in ("/rut-lai",) else "0"
    sent = desk.stamp() | fields
    before = _counts(machine, desk)
    content = b"%PDF-1.4\n%" + desk.tab.encode() + str(desk.seq).encode() + b"\n%%EOF\n"

    def post(line: Browser) -> Answer:
        where = f"/bao-cao/{desk.report}{path}"
        if path == "/minh-chung":
            return line.upload(where, "ảnh ký.pdf", content, noi="", **sent)
        return line.post(where, sent, htmx=path == "/luu")

    answers = at_once(*(partial(post, line) for line in copies(desk.browser, TIMES)))
    found.rounds += 1
    found.acknowledged += 1
    assert {answer.status for answer in answers} == {status}, [answer.text[:300] for answer in answers]
    assert len({answer.location for answer in answers}) == 1, [answer.location for answer in answers]
    after = _counts(machine, desk)
    for name in after.keys() | before.keys():
        more = after[name] - before[name]
        wanted = effect.get(name, 0)
        if more > wanted:
            found.repeat(f"{path}: {name} grew by {more}")
        elif more < wanted:
            found.lose(f"{path}: {name} grew by {more}")


def _counts(machine: Machine, desk: Clerk) -> Counter[str]:
    """What there is of the report, and what the log tells of its unit; of saves it does not tell every one."""
    with people.bound(machine.url), store_database.connection():
        report = Report.get_by_id(int(desk.report))
        counts = Counter(event.action for event in Event.select().where(Event.unit == report.unit_id))
        counts["rows"] = Entry.select().where((Entry.report == report) & (Entry.block == "chi_tiet")).count()
        counts["files"] = Attachment.select().where(Attachment.report == report).count()
        counts["revisions"] = Revision.select().where(Revision.report == report).count()
    counts.pop("report_saved", None)
    return counts
