"""The running program for the browser tests: a real server in this process, its clock and database at hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler


class _Server(ThreadedWSGIServer):
    """Knows the requests that are being answered: the next test must find none of this one still at work."""

    def __init__(self, app: Flask, port: int) -> None:
        super().__init__("127.0.0.1", port, app, handler=_Handler)
        self._changed = threading.Condition()
        self._answering, self._ended = 0, False

    @contextmanager
    def answering(self) -> Iterator[bool]:
        """One more request, for as long as the block runs; gives False when it comes too late."""
        with self._changed:
            self._answering += 1
            ended = self._ended
        try:
            yield not ended
        finally:
            with self._changed:
                self._answering -= 1
                self._changed.notify_all()

    def end(self) -> None:
        """Take no more requests and wait for the last."""
        with self._changed:
            self._ended = True
            if not self._changed.wait_for(lambda: self._answering == 0, timeout=60):
                raise TimeoutError(f"{self._answering} requests are still being answered")


class _Handler(WSGIRequestHandler):
    def run_wsgi(self) -> None:
        with self.server.answering() as in_time:
            if in_time:
                super().run_wsgi()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing of a request that went well."""


@contextmanager
def serving(app: Flask, port: int = 0) -> Iterator[str]:
    """The base URL of *app* on a free loopback port, or on *port*, answering several requests at once."""
    server = _Server(app, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        server.end()
