"""F9 and F10, the network's part: replies that are lost, requests that are cut, late, doubled, or never arrive. F12.

What the browser does about it is tested in ``tests/browser``.
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
from random import Random

import people
import pytest
from clerks import Load, Uploader, finish, multipart
from forms import MakeMachine, MakeTally, Rounds, on_one_engine
from machine import Machine, wait_until
from office import open_desk, open_office
from oracle import judge, read_back
from proxy import MISHAPS, Proxy

from nhanquyen.store import database as store_database
from nhanquyen.store.models import Attachment


def test_a_bad_network(new_machine: MakeMachine, tally: MakeTally, rounds: Rounds) -> None:
    machine = new_machine()
    machine.start()
    with Proxy(machine.port) as proxy:
        clerks = open_office(proxy.port)
        for name, mishap in MISHAPS.items():
            found = tally(f"F10 {name}")
            found.watch(clerks, machine)
            for _ in rounds(1, 4):
                proxy.mishap = mishap
                with Load(clerks) as load:
                    load.wait_for(35)
                proxy.mishap = None
                finish(clerks)
                judge(clerks, machine.url, found)
            found.rounds = proxy.happened[mishap]
            found.require_kept()
            assert found.rounds, "nothing happened to a request, so nothing was tested"
        read_back(clerks, found)
        for clerk in clerks:
            clerk.browser.hang_up()


@on_one_engine
@pytest.mark.parametrize("end", ["killed", "told to stop", "the line is cut"])
def test_half_an_upload(end: str, new_machine: MakeMachine, tally: MakeTally, rounds: Rounds) -> None:
    """F12: of a file that did not arrive whole nothing is there, and sent again it is stored once."""
    found = tally(f"F12 half an upload, {end}")
    machine, chance = new_machine(), Random()
    machine.start()
    clerk = open_desk(Uploader, machine.port, "d12")
    assert isinstance(clerk, Uploader)
    found.watch([clerk], machine)
    for _ in rounds(1, 10):
        clerk.seq += 1
        clerk.content = b"%PDF-1.4\n%" + chance.randbytes(1_000_000).hex().encode() + b"\n%%EOF\n"
        with contextlib.closing(_half_sent(clerk)):
            if end == "killed":
                machine.kill()
            elif end == "told to stop":
                assert machine.terminate() == 0
        if end != "the line is cut":
            machine.start()
        found.rounds += 1
        if _stored(machine, clerk):
            found.tear("half a file has a row")
        clerk.browser.hang_up()
        clerk.is_pending = True
        finish([clerk])
        judge([clerk], machine.url, found)
    found.require_kept()


def _half_sent(clerk: Uploader) -> socket.socket:
    """A line on which half of the upload was sent, and the program has taken it."""
    fields = {"csrf_token": clerk.browser.token, "noi": "", **clerk.stamp()}
    kind, body = multipart(fields, f"bản ký {clerk.seq}.pdf", clerk.content)
    head = (
        f"POST /bao-cao/{clerk.report}/minh-chung HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {clerk.browser.cookie}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    line = socket.create_connection(("127.0.0.1", clerk.browser.port))
    line.sendall(head.encode() + body[: len(body) // 2])
    wait_until(lambda: _unread(line) == 0, "the program has taken what was sent")
    return line


def _unread(line: socket.socket) -> int:
    """How many bytes the other end's kernel has not confirmed yet."""
    import fcntl
    import struct
    import termios

    answer = fcntl.ioctl(line, termios.TIOCOUTQ, bytes(4))
    found: int = struct.unpack("i", answer)[0]
    return found


def _stored(machine: Machine, clerk: Uploader) -> bool:
    with people.bound(machine.url), store_database.connection():
        sha256 = hashlib.sha256(clerk.content).hexdigest()
        return bool(Attachment.select().where(Attachment.sha256 == sha256).exists())
