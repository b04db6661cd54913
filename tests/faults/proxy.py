"""A bad network between the clerks and the program: a proxy that loses, cuts, delays and doubles what is posted."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections import Counter
from random import Random
from typing import Protocol

HEAD_END = b"\r\n\r\n"
BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 11\r\n\r\nBad Gateway"
GONE = struct.pack("ii", 1, 0)  # SO_LINGER: an end without a farewell


class Mishap(Protocol):
    """What happens to a posted request."""

    async def __call__(self, proxy: Proxy, request: bytes, client: asyncio.StreamWriter) -> bool:
        """Do it; whether the client's line goes on."""


async def lost_reply(proxy: Proxy, request: bytes, client: asyncio.StreamWriter) -> bool:
    """The program carries the request out, and nobody hears of it."""
    await proxy.ask(request)
    return False


async def cut_request(proxy: Proxy, request: bytes, client: asyncio.StreamWriter) -> bool:
    """The line breaks in the middle of the request."""
    await proxy.ask(request[: len(request) // 2], cut=True)
    return False


async def late_request(proxy: Proxy, request: bytes, client: asyncio.StreamWriter) -> bool:
    """The client is told that it failed, and the request arrives all the same: after the next one of anybody."""
    proxy.late.append(request)
    client.write(BAD_GATEWAY)
    return True


async def sent_twice(proxy: Proxy, request: bytes, client: asyncio.StreamWriter) -> bool:
    """The request arrives twice at the same instant."""
    first, second = await asyncio.gather(proxy.ask(request), proxy.ask(request))
    client.write(proxy.chance.choice([first, second]))
    return True


async def bad_gateway(proxy: Proxy, request: bytes, client: asyncio.StreamWriter) -> bool:
    """The request never arrives; a machine between says so in its own words."""
    client.write(BAD_GATEWAY)
    return True


MISHAPS: dict[str, Mishap] = {
    "lost reply": lost_reply,
    "request cut": cut_request,
    "late request": late_request,
    "sent twice": sent_twice,
    "502": bad_gateway,
}


class Proxy:
    """Passes on to *upstream*; every third posted request or so meets with *mishap*, if there is one."""

    def __init__(self, upstream: int) -> None:
        self.upstream, self.port = upstream, 0
        self.mishap: Mishap | None = None
        self.happened: Counter[Mishap] = Counter()
        self.late: list[bytes] = []
        self.chance = Random()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Proxy:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        self._lines: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._line, "127.0.0.1", 0, limit=2**20)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)
        await server.wait_closed()

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._lines.add(task)
        try:
            while await self._pass_one(reader, writer):
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # either side hung up
        finally:
            self._lines.discard(task)
            writer.close()

    async def _pass_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await _message(reader)
        if request.startswith(b"POST") and self.mishap is not None and self.chance.random() < 0.35:
            self.happened[self.mishap] += 1
            goes_on = await self.mishap(self, request, writer)
            if not goes_on:
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, GONE)
            return goes_on
        writer.write(await self.ask(request))
        while self.late:
            await self.ask(self.late.pop(0))
        return True

    async def ask(self, request: bytes, cut: bool = False) -> bytes:
        """What the program answers to *request*; nothing when the line is *cut* behind it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream, limit=2**20)
        try:
            writer.write(request)
            await writer.drain()
            return b"" if cut else await _message(reader)
        finally:
            writer.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """A request or an answer, whole."""
    head = await reader.readuntil(HEAD_END)
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return head + await reader.readexactly(length)
