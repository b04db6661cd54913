"""Clerks at their PCs, who work until they are told to stop and remember what the program has acknowledged.

Whatever a clerk sends carries the page's ``tab`` and a counted ``seq``, as the form's script does it. An answer counts
as an acknowledgement once it was read to its end. What was not acknowledged stays *pending* and is sent again: the same
request with the same number, as a proxy or a button does it, or the same values with the next number, as the form does
it by itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar
from urllib.parse import urlencode

import people
from machine import PATIENCE, wait_until

from nhanquyen.store.attachments import MAX_FILES

FORM = "application/x-www-form-urlencoded"
VERSION = re.compile(r'name="ver" id="ver" value="(\d+)"')
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
MOST_ROWS = people.DIRECTIVE.block("n1", "chi_tiet").max_rows - 5
SEND_AGAIN = 0.1  # s between two attempts while nobody answers


class Unacknowledged(Exception):
    """The program has not confirmed what was sent; *told* is what it said instead, if anything."""

    def __init__(self, status: int | str, told: str = "") -> None:
        super().__init__(f"{status}: {told[:300]}")
        self.status, self.told = status, told


@dataclass(frozen=True)
class Answer:
    """An answer that was read to its end."""

    status: int
    text: str
    location: str = ""
    content: bytes = b""


class Browser:
    """A browser on its own PC: cookies, one kept connection, the CSRF token of its pages."""

    opened: ClassVar[list[Browser]] = []  # all there are, to be closed at the end of a test

    def __init__(self, port: int, username: str) -> None:
        self.opened.append(self)
        self.port, self.username = port, username
        self.cookie = self.token = ""
        self._line: http.client.HTTPConnection | None = None

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Ask once; whatever the line does to it raises `Unacknowledged`."""
        sent = {"Cookie": self.cookie, **{name.replace("_", "-"): text for name, text in headers.items()}}
        if self._line is None:
            self._line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            self._line.request(method, path, body, sent)
            came = self._line.getresponse()
            content = came.read()
        except (OSError, http.client.HTTPException) as error:
            self.hang_up()
            raise Unacknowledged(type(error).__name__) from error
        if cookie := came.headers.get("Set-Cookie"):
            self.cookie = cookie.split(";")[0]
        if came.will_close:
            self.hang_up()
        return Answer(came.status, content.decode(errors="replace"), came.headers.get("Location", ""), content)

    def hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def get(self, path: str) -> Answer:
        """Ask for a page; again, as every browser does, when the line had been closed since the last request."""
        if self._line is not None:
            with contextlib.suppress(Unacknowledged):
                return self.request("GET", path)
        return self.request("GET", path)

    def post(self, path: str, fields: Mapping[str, str], htmx: bool = False) -> Answer:
        more = {"HX_Request": "true"} if htmx else {}
        body = urlencode({"csrf_token": self.token, **fields}).encode()
        return self.request("POST", path, body, Content_Type=FORM, X_CSRFToken=self.token, **more)

    def upload(self, path: str, name: str, content: bytes, **fields: str) -> Answer:
        kind, body = multipart({"csrf_token": self.token, **fields}, name, content)
        return self.request("POST", path, body, Content_Type=kind)

    def sign_in(self, password: str = people.PASSWORD) -> None:
        self.token = self._token_of("/dang-nhap")
        answer = self.post("/dang-nhap", {"username": self.username, "password": password})
        if answer.status != 303:
            raise Unacknowledged(answer.status, answer.text)
        self.token = self._token_of("/mat-khau")

    def _token_of(self, path: str) -> str:
        answer = self.get(path)
        found = TOKEN.search(answer.text)
        if answer.status != 200 or not found:
            raise Unacknowledged(answer.status, answer.text)
        return found[1]


def multipart(fields: Mapping[str, str], name: str, content: bytes) -> tuple[str, bytes]:
    """The media type and the body of a form with one file."""
    edge = secrets.token_hex(16)
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{text}\r\n' for key, text in fields.items()
    ]
    parts.append(f'--{edge}\r\nContent-Disposition: form-data; name="tep"; filename="{name}"\r\n')
    parts.append("Content-Type: application/pdf\r\n\r\n")
    return f"multipart/form-data; boundary={edge}", "".join(parts).encode() + content + f"\r\n--{edge}--\r\n".encode()


@dataclass
class Clerk:
    """Somebody who does one kind of work on the report of one unit."""

    browser: Browser
    unit: str
    report: str
    chance: Random = field(default_factory=Random)
    acknowledged: int = 0  # how often the program said that it has it
    refused: Counter[int | str] = field(default_factory=Counter)  # how it answered otherwise, and how often
    told: dict[int | str, str] = field(default_factory=dict)  # in which words, the last time
    broken: list[str] = field(default_factory=list)  # answers that must never come
    tolerated: str = "(?!)"  # what a refusal may say that belongs to the story
    renumbers: bool = False  # whether what is sent again has the next number

    def __post_init__(self) -> None:
        self.tab = secrets.token_hex(8)
        self.seq = 0
        self.version = "0"
        self.is_pending = False
        self.seconds: list[float] = []  # how long each acknowledgement took

    def stamp(self) -> dict[str, str]:
        """What tells this request from every other one of the page."""
        return {"ver": self.version, "tab": self.tab, "seq": str(self.seq)}

    def is_done(self) -> bool:
        """Whether a report takes no more of what this clerk does."""
        return False

    def prepare(self) -> None:
        """Think of the next thing to send."""

    def attempt(self) -> None:
        """Send it; what is not acknowledged raises `Unacknowledged`."""
        raise NotImplementedError

    def step(self) -> bool:
        """One request; whether it was acknowledged. What was not is sent again next time."""
        if not self.is_pending or self.renumbers:
            self.seq += 1
        if not self.is_pending:
            self.prepare()
            self.is_pending = True
        begun = time.monotonic()
        try:
            self.attempt()
        except Unacknowledged as error:
            self.refused[error.status] += 1
            self.told[error.status] = error.told
            refused = isinstance(error.status, int) and error.status < 500
            if refused and not re.search(self.tolerated, error.told):
                self.broken.append(f"{self.unit} got {error}")
            return False
        self.is_pending = False
        self.acknowledged += 1
        self.seconds.append(time.monotonic() - begun)
        return True


PARTS = {
    "n1": ("n1-so_lieu-0-tai_lieu", "n1-linh_vuc-0-lv_khac", "n1-ket_qua-0-cach_lam"),
    "n2": ("n2-phan_bac-0-chia_se_phan_bac", "n2-kenh-0-luot_tiep_can", "n2-ket_qua-0-cach_lam"),
}


def passage(number: int) -> str:
    """A text in which a torn write would show: it says the same number all over."""
    return f"Lần {number} " * 120 if number else ""


class Saver(Clerk):
    """Types: every save writes one number, counted up, into three rows of one item, two numbers and a text."""

    number = 0  # what the program has acknowledged
    highest = 0  # what was ever sent
    item = "n1"

    def prepare(self) -> None:
        self.highest = self.number + 1

    def attempt(self) -> None:
        first, second, text = PARTS[self.item]
        base, new = self.number, self.highest
        was = str(base) if base else ""
        fields = {
            first: str(new), f"was.{first}": was, second: str(new), f"was.{second}": was,
            text: passage(new), f"was.{text}": passage(base),
        }  # fmt: skip
        answer = self.browser.post(f"/bao-cao/{self.report}/luu", self.stamp() | fields, htmx=True)
        if answer.status != 200 or "Đã lưu lúc" not in answer.text:
            raise Unacknowledged(answer.status, answer.text)
        self.number = new
        if found := VERSION.search(answer.text):
            self.version = found[1]


class RowAdder(Clerk):
    """Adds rows to a table, one after another, by the plain form."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rows: list[str] = []

    def is_done(self) -> bool:
        return len(self.rows) >= MOST_ROWS

    def attempt(self) -> None:
        answer = self.browser.post(f"/bao-cao/{self.report}", self.stamp() | {"action": "them.n1.chi_tiet"})
        _, _, row = answer.location.partition("#row-n1-chi_tiet-")
        if answer.status != 303:
            raise Unacknowledged(answer.status, answer.text)
        self.rows.append(row)


class Uploader(Clerk):
    """Uploads signed scans, no two of them alike; each is read back by its hash."""

    LARGEST = 40_000  # bytes; the database takes them in pages of 4 kB

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hashes: list[str] = []
        self.content = b""

    def is_done(self) -> bool:
        return len(self.hashes) >= MAX_FILES - 5

    def prepare(self) -> None:
        filling = self.chance.randbytes(self.chance.randrange(1000, self.LARGEST))
        self.content = b"%PDF-1.4\n%" + filling.hex().encode() + b"\n%%EOF\n"

    def attempt(self) -> None:
        path = f"/bao-cao/{self.report}/minh-chung"
        answer = self.browser.upload(path, f"bản ký {self.seq}.pdf", self.content, noi="", **self.stamp())
        if answer.status != 303:
            raise Unacknowledged(answer.status, answer.text)
        self.hashes.append(hashlib.sha256(self.content).hexdigest())


class Sender(Clerk):
    """Sends the complete report and takes it back, again and again."""

    sent = 0  # the number of the newest acknowledged revision
    at_unit = True

    def attempt(self) -> None:
        if self.at_unit:
            answer = self.browser.post(f"/bao-cao/{self.report}/gui", self.stamp() | {"khong_mat": "1"})
            found = re.search(r"/bien-nhan/(\d+)$", answer.location)
            if answer.status != 303 or not found:
                raise Unacknowledged(answer.status, answer.text)
            self.sent = int(found[1])
        else:
            answer = self.browser.post(f"/bao-cao/{self.report}/rut-lai", self.stamp())
            if answer.status != 303:
                raise Unacknowledged(answer.status, answer.text)
        self.at_unit = not self.at_unit


class Load:
    """Clerks who all work at once, each in a thread of its own."""

    def __init__(self, clerks: list[Clerk]) -> None:
        self.clerks = clerks
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Load:
        self._stop.clear()
        self._threads = [threading.Thread(target=self._work, args=(clerk,)) for clerk in self.clerks]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self, clerk: Clerk) -> None:
        while not self._stop.is_set() and not clerk.is_done():
            if not clerk.step():
                self._stop.wait(SEND_AGAIN)

    @property
    def acknowledged(self) -> int:
        return sum(clerk.acknowledged for clerk in self.clerks)

    @property
    def refused(self) -> int:
        return sum(clerk.refused.total() for clerk in self.clerks)

    def wait_for(self, more: int) -> None:
        """Until the program has acknowledged so many more."""
        goal = self.acknowledged + more
        wait_until(lambda: self.acknowledged >= goal, f"{more} more acknowledgements")


def finish(clerks: list[Clerk]) -> None:
    """Everybody sends again what was not acknowledged before the fault, until it is."""
    for clerk in clerks:
        if clerk.is_pending:
            wait_until(clerk.step, f"{clerk.unit} sends again: {clerk.refused} {clerk.told}")


def broken(clerks: list[Clerk]) -> Iterator[str]:
    for clerk in clerks:
        yield from clerk.broken
