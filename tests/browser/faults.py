"""What the pages of a browser test complain of."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, WebError


class Faults:
    """What the pages of one test complained of."""

    def __init__(self) -> None:
        self._seen: list[str] = []
        self._allowed: list[str] = []

    def allow(self, text: str) -> None:
        """Expect complaints that contain *text*, for instance ``status of 422`` for a refused form."""
        self._allowed.append(text)

    def unexpected(self) -> list[str]:
        return [fault for fault in self._seen if not any(text in fault for text in self._allowed)]

    def hear_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._seen.append(f"console: {message.text} ({message.location['url']})")

    def hear_error(self, error: WebError) -> None:
        self._seen.append(f"uncaught: {error.error}")
