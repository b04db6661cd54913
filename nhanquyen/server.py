"""Serving on the LAN with waitress, tuned so that idle browsers never lock the next clerk out."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import struct
import sys
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any

import waitress
from flask import Flask

from nhanquyen.web.intake import largest_body

IDLE_SECONDS = 15
WAITING = 2048
EVERYWHERE = ("0.0.0.0", "::", "*")  # noqa: S104  # a LAN server
_INTERFACE_ADDRESS = 0x8915  # Linux: SIOCGIFADDR


class AddressRefused(Exception):
    """Nothing can be served at the address; the message says in Vietnamese why and what to do."""


def _routed_address() -> str | None:
    """The address that this PC would send from; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 1))
            return str(probe.getsockname()[0])
        except OSError:
            return None


def _interface_addresses() -> Iterator[str]:
    """The addresses of the network cards, for a LAN without a gateway: there no route leads anywhere else."""
    if sys.platform == "linux":
        import fcntl

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as card:
            for _, name in socket.if_nameindex():
                try:
                    answer = fcntl.ioctl(card, _INTERFACE_ADDRESS, struct.pack("256s", name.encode()[:15]))
                except OSError:
                    continue  # this one has no address
                yield socket.inet_ntoa(answer[20:24])
    else:
        try:
            yield from socket.gethostbyname_ex(socket.gethostname())[2]
        except OSError:
            return


def lan_address() -> str | None:
    """This PC's address on the LAN, as far as it can be told; None while it is on no network."""
    found = (_routed_address(), *_interface_addresses())
    return next((each for each in found if each and not each.startswith(("127.", "169.254."))), None)


def addresses(host: str, port: int) -> tuple[str, str | None]:
    """What to type on this PC, and on the others (None: nobody else can come in) to reach *host*."""
    if host in EVERYWHERE:
        other = lan_address()
        return f"http://127.0.0.1:{port}", f"http://{other}:{port}" if other else None
    here = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    return here, None if host in ("localhost", "::1") or host.startswith("127.") else here


def _refusal(error: OSError, host: str, port: int) -> str:
    change = "trong tệp instance/settings.toml (mẫu: packaging/settings.toml) rồi chạy lại."
    if error.errno in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", None)):
        return (
            f"Cổng {port} đang có chương trình khác dùng. Dừng chương trình đó, "
            f"hoặc chọn cổng khác: ghi dòng  port = {port + 1 if port < 65_535 else 8080}  {change}"
        )
    if error.errno == errno.EACCES:
        return f"Máy này không cho dùng cổng {port}. Chọn cổng từ 1024 trở lên: ghi dòng  port = 8080  {change}"
    return f"Máy này không có địa chỉ {host}. Sửa dòng host {change}"


def listen(host: str, port: int) -> socket.socket:
    """The socket to serve on, taken for this program alone. Raises `AddressRefused`."""
    opened = None
    try:
        place = "0.0.0.0" if host == "*" else host  # noqa: S104  # a LAN server
        found = socket.getaddrinfo(place, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        opened = socket.socket(family, kind, protocol)
        # On Windows SO_REUSEADDR would let two programs answer on one port; elsewhere it only spares a wait.
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        opened.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        opened.bind(address)
        opened.listen(WAITING)  # only now is the port taken for certain
    except OSError as error:
        if opened is not None:
            opened.close()
        raise AddressRefused(_refusal(error, host, port)) from error
    return opened


def _raise_file_limit(wanted: int) -> None:
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


def options(config: Mapping[str, Any]) -> dict[str, Any]:
    """How waitress is tuned.

    Windows can only wait with select(), which ends at 512 sockets; elsewhere poll() takes thousands.
    """
    many: dict[str, Any] = {"connection_limit": 4000, "asyncore_use_poll": True}
    return {
        "threads": config["THREADS"],
        "backlog": WAITING,
        "channel_timeout": IDLE_SECONDS,
        "cleanup_interval": 5,
        "max_request_body_size": largest_body(config["MAX_CONTENT_LENGTH"]),
        "clear_untrusted_proxy_headers": config["PROXY_HOPS"] == 0,  # else the program reads them itself
        "ident": None,
        **({"connection_limit": 450} if sys.platform == "win32" else many),
    }


def stop_on_sigterm() -> None:
    """Let SIGTERM end the program as Ctrl+C does: what has been begun is finished."""

    def stop(number: int, frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)


def serve(app: Flask, listening: socket.socket) -> None:
    """Serve *app* on the socket of `listen` until the program is stopped."""
    if sys.platform != "win32":
        _raise_file_limit(8192)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a request that waits its turn is no fault
    waitress.serve(app, sockets=[listening], **options(app.config))
