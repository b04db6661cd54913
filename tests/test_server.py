"""The program as people start it: its own process, a real port, signals, and what it prints."""

from __future__ import annotations

import errno
import http.client
import lzma
import os
import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import people
import pytest
from cluster import PostgreSQLCluster
from program import ROOT, copy_program, environment, free_port

from nhanquyen import cli, demo, server, setup
from nhanquyen.server import AddressRefused, addresses, lan_address, listen, options
from nhanquyen.store import durability

CONFIG = {"THREADS": 8, "MAX_CONTENT_LENGTH": 13 * 1024 * 1024, "PROXY_HOPS": 0}
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has neither these signals nor file modes")


# --- How waitress is tuned -------------------------------------------------------------------------------


def test_idle_browsers_make_room_quickly() -> None:
    tuned = options(CONFIG)
    assert (tuned["threads"], tuned["backlog"], tuned["channel_timeout"], tuned["cleanup_interval"]) == (8, 2048, 15, 5)
    assert tuned["ident"] is None
    assert options({**CONFIG, "THREADS": 3})["threads"] == 3


def test_windows_keeps_below_what_select_can_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.sys, "platform", "win32")
    tuned = options(CONFIG)
    assert tuned["connection_limit"] == 450
    assert "asyncore_use_poll" not in tuned
    monkeypatch.setattr(server.sys, "platform", "linux")
    tuned = options(CONFIG)
    assert (tuned["connection_limit"], tuned["asyncore_use_poll"]) == (4000, True)


def test_the_program_itself_refuses_what_is_too_large() -> None:
    for megabytes in (2, 13, 101):
        limit = megabytes * 1024 * 1024
        assert options({**CONFIG, "MAX_CONTENT_LENGTH": limit})["max_request_body_size"] >= 2 * limit


# --- Where it can be reached ------------------------------------------------------------------------------


class _Probe(socket.socket):
    """A socket on a PC whose way out, if any, is *route*."""

    route: str | None = None

    def connect(self, address: Any) -> None:
        if self.route is None:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")

    def getsockname(self) -> Any:
        return self.route, 40_000


@pytest.mark.parametrize(
    ("route", "cards", "found"),
    [
        ("192.168.1.9", ["127.0.0.1", "10.0.0.4"], "192.168.1.9"),
        (None, ["127.0.0.1", "169.254.7.7", "192.168.1.9"], "192.168.1.9"),
        ("127.0.0.1", ["127.0.0.1"], None),
        (None, [], None),
    ],
)
def test_it_finds_the_address_on_the_lan(
    route: str | None, cards: list[str], found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Probe, "route", route)
    monkeypatch.setattr(server.socket, "socket", _Probe)
    monkeypatch.setattr(server, "_interface_addresses", lambda: iter(cards))
    assert lan_address() == found


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
def test_every_card_of_this_pc_is_seen() -> None:
    assert "127.0.0.1" in list(server._interface_addresses())


@pytest.mark.parametrize(
    ("host", "here", "elsewhere"),
    [
        ("0.0.0.0", "http://127.0.0.1:8080", "http://192.168.1.9:8080"),  # noqa: S104
        ("::", "http://127.0.0.1:8080", "http://192.168.1.9:8080"),
        ("*", "http://127.0.0.1:8080", "http://192.168.1.9:8080"),
        ("127.0.0.1", "http://127.0.0.1:8080", None),
        ("localhost", "http://localhost:8080", None),
        ("::1", "http://[::1]:8080", None),
        ("10.1.2.3", "http://10.1.2.3:8080", "http://10.1.2.3:8080"),
        ("fd00::9", "http://[fd00::9]:8080", "http://[fd00::9]:8080"),
    ],
)  # fmt: skip
def test_it_tells_what_to_type_here_and_elsewhere(
    host: str, here: str, elsewhere: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "lan_address", lambda: "192.168.1.9")
    assert addresses(host, 8080) == (here, elsewhere)


def test_a_port_that_is_taken_is_told() -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressRefused, match=f"Cổng {port} đang có chương trình khác dùng.*port = {port + 1} "):
            listen("127.0.0.1", port)
    listen("127.0.0.1", port).close()  # free again at once


def test_an_address_of_another_pc_is_told() -> None:
    with pytest.raises(AddressRefused, match=r"Máy này không có địa chỉ 192\.0\.2\.77"):
        listen("192.0.2.77", 8080)


def test_a_port_of_the_system_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(server.socket.socket, "bind", refuse)
    with pytest.raises(AddressRefused, match=r"không cho dùng cổng 80\. Chọn cổng từ 1024 trở lên"):
        listen("127.0.0.1", 80)


# --- The real thing -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in a folder named as people name them, with this Python's packages as its environment."""
    folder = tmp_path_factory.mktemp("chạy") / "Báo cáo [2023] #1 100% ơ"
    return copy_program(folder)


@pytest.fixture
def program(copy: Path) -> Path:
    """The program without any data."""
    shutil.rmtree(copy / "instance", ignore_errors=True)
    return copy


class Running:
    """The program while it runs; *told* is what it printed until it was ready."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port
        self.told = ""
        assert process.stdout
        for line in process.stdout:
            self.told += line
            if "Ctrl+C" in line:
                return
        raise AssertionError(self.told + self.stop(signal.SIGTERM))

    def stop(self, number: signal.Signals) -> str:
        """What it printed from now on until it ended."""
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=30)
        return out

    def request(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str]:
        """Status and text of an answer; cookies are kept."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        body = urllib.parse.urlencode(form) if form is not None else None
        sent = {"Cookie": self.cookie, **({"Content-Type": "application/x-www-form-urlencoded"} if body else {})}
        with closing(connection):
            connection.request(method, path, body, {**sent, **headers})
            answer = connection.getresponse()
            if cookie := answer.headers.get("Set-Cookie"):
                self.cookie = cookie.split(";")[0]
            return answer.status, answer.read().decode()

    cookie = ""

    def sign_in(self, username: str, password: str, **headers: str) -> int:
        _, page = self.request("GET", "/dang-nhap")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        form = {"csrf_token": token[1], "username": username, "password": password}
        return self.request("POST", "/dang-nhap", form, **headers)[0]


@contextmanager
def running(program: Path, *arguments: str, **settings: str) -> Iterator[Running]:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "wsgi.py", *arguments], cwd=program, env=environment(port, **settings),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", umask=0o022,
    ) as process:  # fmt: skip
        try:
            yield Running(process, port)
        finally:
            process.kill()


def run(program: Path, *arguments: str, port: int = 0, **settings: str) -> tuple[int, str]:
    """A start that ends by itself: its exit code and all that it said."""
    done = subprocess.run(
        [sys.executable, "wsgi.py", *arguments], cwd=program, env=environment(port or free_port(), **settings),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout


def code_in(told: str) -> str:
    found = re.search(r"Mật khẩu một lần: +([a-z0-9-]{19})\n", told)
    assert found, told
    return found[1]


def log_of(database: Path) -> tuple[int, str]:
    """How many events there are, and when the last one was."""
    with closing(sqlite3.connect(database)) as opened:
        found: tuple[int, str] = opened.execute("SELECT COUNT(*), MAX(at) FROM event").fetchone()
    return found


@posix
def test_the_demonstration_runs(program: Path) -> None:
    file = program / "instance" / "demo" / "nhanquyen.sqlite3"
    with running(program, "demo") as live:
        assert f"Mật khẩu chung:        {demo.PASSWORD}\n" in live.told
        assert f"Mở trên máy này:       http://127.0.0.1:{live.port}\n" in live.told
        assert "Mở từ máy khác:        không, vì cài đặt host = 127.0.0.1 chỉ cho máy này\n" in live.told
        assert live.request("GET", "/tong-hop")[0] == 303
        assert live.sign_in("tonghop", "sai mật khẩu") == 422
        assert live.sign_in("tonghop", demo.PASSWORD) == 303
        status, board = live.request("GET", "/tong-hop")
        assert status == 200
        assert "(23/34 đơn vị)" in board
        assert "Ủy ban nhân dân xã Dân Thành" in board
        status, told = run(program, "demo", "--lam-lai")  # it would pull the data from under whoever is in there
        assert (status, "đang chạy trên dữ liệu này rồi" in told) == (1, True)
        assert live.stop(signal.SIGTERM) == "Đã dừng chương trình.\n"
        assert live.process.returncode == 0
    assert not (program / "instance" / "nhanquyen.sqlite3").exists()
    before, last = log_of(file)
    with running(program, "demo") as live:
        live.sign_in("p2", demo.PASSWORD)
        live.stop(signal.SIGINT)
    after, latest = log_of(file)
    assert after == before + 1  # the same data
    assert latest >= last  # its clock did not go back


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_real_round_runs_and_stops_cleanly(program: Path, number: signal.Signals) -> None:
    with running(program) as live:
        assert "Lần chạy đầu tiên" in live.told
        assert live.sign_in("quantri", code_in(live.told)) == 303
        assert live.request("GET", "/quan-tri/don-vi")[0] == 303  # first a password of one's own
        assert live.stop(number) == "Đã dừng chương trình.\n"
        assert live.process.returncode == 0
    with running(program) as live:
        assert "một lần" not in live.told


@posix
def test_everything_it_writes_is_its_owners_alone(program: Path) -> None:
    for arguments in ((), ("demo",)):
        with running(program, *arguments) as live:
            live.sign_in("quantri", "sai")
    modes = {
        str(path.relative_to(program)): stat.S_IMODE(path.stat().st_mode)
        for path in (program / "instance", *(program / "instance").rglob("*"))
    }
    files = {"nhanquyen.sqlite3", "secret_key", "expected_database", "nhanquyen.sqlite3.lock"}
    assert modes == {
        "instance": 0o700, "instance/demo": 0o700,
        **{f"instance/{name}": 0o600 for name in files}, **{f"instance/demo/{name}": 0o600 for name in files},
    }  # fmt: skip


@posix
def test_a_lost_password_is_renewed_while_the_program_runs(program: Path) -> None:
    with running(program) as live:
        first = code_in(live.told)
        status, told = run(program, "mat-khau-quan-tri")
        assert status == 0
        assert "Tên đăng nhập:       quantri" in told
        assert code_in(told) != first
        assert live.sign_in("quantri", first) == 422
        assert live.sign_in("quantri", code_in(told)) == 303


@posix
def test_a_password_that_nobody_saw_is_asked_after(program: Path) -> None:
    with running(program):
        pass
    with running(program) as live:
        assert "Chưa ai đăng nhập bằng tài khoản quản trị" in live.told
        assert "python3 wsgi.py mat-khau-quan-tri" in live.told


@posix
def test_on_every_address_it_tells_the_one_of_the_lan(program: Path) -> None:
    with running(program, NHANQUYEN_HOST="0.0.0.0") as live:  # noqa: S104
        found = re.search(r"Mở từ máy khác: +(.+)\n", live.told)
        assert found
        address = re.fullmatch(rf"http://(\d+\.\d+\.\d+\.\d+):{live.port}", found[1])
        assert (address and not address[1].startswith("127.")) or found[1].startswith("chưa được, vì máy này")
        assert live.request("GET", "/dang-nhap")[0] == 200
    with running(program, NHANQUYEN_PUBLIC_URL="https://bao-cao.thi-xa.vn") as live:
        assert "Mở từ máy khác:        https://bao-cao.thi-xa.vn\n" in live.told


@posix
def test_a_second_start_on_the_same_data_is_refused(program: Path) -> None:
    with running(program) as live:
        status, told = run(program)
        assert status == 1
        assert told.startswith("Không khởi động được: Chương trình đang chạy trên dữ liệu này rồi")
        assert live.request("GET", "/dang-nhap")[0] == 200


@posix
def test_a_port_that_is_taken_costs_nothing(program: Path) -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, told = run(program, port=port)
    assert status == 1
    assert told.startswith(f"Không khởi động được: Cổng {port} đang có chương trình khác dùng.")
    assert "Traceback" not in told
    assert {path.name for path in (program / "instance").iterdir()} == {"nhanquyen.sqlite3.lock"}
    with running(program) as live:
        assert code_in(live.told)  # the password is not lost with the start that failed


def test_it_says_what_stands_in_the_way(program: Path) -> None:
    instance = program / "instance"
    instance.write_text("a file where the data folder should be")
    status, told = run(program)
    assert (status, told.count("\n")) == (1, 1)
    assert f"Không tạo được thư mục dữ liệu {instance}" in told
    instance.unlink()
    instance.mkdir()
    (instance / "nhanquyen.sqlite3").touch()
    status, told = run(program)
    assert status == 1
    assert "rỗng (0 byte)" in told
    assert (instance / "nhanquyen.sqlite3").stat().st_size == 0
    (instance / "settings.toml").write_text("cong = 1")
    assert run(program)[0] == 1
    assert "không có cài đặt tên “cong”" in run(program)[1]


def test_there_is_no_password_to_renew_before_the_first_start(program: Path) -> None:
    status, told = run(program, "mat-khau-quan-tri")
    assert status == 1
    assert "Không thấy tệp dữ liệu" in told
    assert not (program / "instance").exists()


def test_a_damaged_demonstration_can_be_made_anew(program: Path) -> None:
    folder = program / "instance" / "demo"
    folder.mkdir(parents=True)
    (folder / "nhanquyen.sqlite3").write_bytes("hỏng".encode())
    status, told = run(program, "demo")
    assert status == 1
    assert "python3 wsgi.py demo --lam-lai" in told
    with running(program, "demo", "--lam-lai") as live:
        assert live.sign_in("p1", demo.PASSWORD) == 303


@posix
def test_a_demonstration_killed_while_it_is_made_is_never_served(program: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "wsgi.py", "demo"], cwd=program, env=environment(free_port()), stdout=subprocess.PIPE
    ) as process:
        unfinished = program / "instance" / "demo" / "nhanquyen.sqlite3.dang-tao"
        while not (unfinished.exists() and unfinished.stat().st_size):
            assert process.poll() is None
        process.kill()
    assert not unfinished.with_name("nhanquyen.sqlite3").exists()
    with running(program, "demo") as live:
        live.sign_in("tonghop", demo.PASSWORD)
        assert "(23/34 đơn vị)" in live.request("GET", "/tong-hop")[1]
    assert not unfinished.exists()


@pytest.mark.parametrize("arguments", [("--help",), ("demo", "--help"), ("mat-khau-quan-tri", "--help")])
def test_the_help_is_in_vietnamese(program: Path, arguments: tuple[str, ...]) -> None:
    status, told = run(program, *arguments)
    assert status == 0
    assert told.startswith("Cách dùng: python3 wsgi.py [LỆNH]\n")
    assert "Usage" not in told
    assert not (program / "instance").exists()


@pytest.mark.parametrize("arguments", [("chay",), ("demo", "--xoa"), ("--port", "80")])
def test_an_unknown_command_is_told_in_vietnamese(program: Path, arguments: tuple[str, ...]) -> None:
    status, told = run(program, *arguments)
    assert status == 2
    assert told.startswith("Không có lệnh hoặc tùy chọn này.\n\nCách dùng: ")


@posix
def test_behind_a_proxy_the_log_names_the_clerks_own_address(program: Path) -> None:
    for hops, address in (("1", "10.9.8.7"), ("0", "127.0.0.1")):
        with running(program, NHANQUYEN_PROXY_HOPS=hops) as live:
            live.sign_in("ai-do", "sai mật khẩu", **{"X-Forwarded-For": "10.9.8.7"})
        with closing(sqlite3.connect(program / "instance" / "nhanquyen.sqlite3")) as database:
            (found,) = database.execute("SELECT ip FROM event ORDER BY id DESC LIMIT 1").fetchone()
        assert found == address


@posix
def test_a_body_that_is_too_large_is_refused_in_vietnamese(program: Path) -> None:
    with running(program, NHANQUYEN_MAX_UPLOAD_MB="1") as live:
        status, page = live.request("POST", "/dang-nhap", {"username": "x" * 3_000_000})
        assert status == 413
        assert "Nội dung gửi lên quá lớn" in page


@posix
def test_a_wsgi_server_gets_an_application_only_over_a_database_that_is_there(program: Path) -> None:
    command = [sys.executable, "-c", "import wsgi; print(wsgi.app.name)"]
    options: dict[str, Any] = {"cwd": program, "env": environment(8080), "encoding": "utf-8", "capture_output": True}
    missing = subprocess.run(command, check=False, **options)
    assert missing.returncode == 1
    assert "Không thấy tệp dữ liệu" in missing.stderr
    assert not (program / "instance").exists()
    with running(program):
        pass
    assert subprocess.run(command, check=False, **options).stdout == "nhanquyen\n"


# --- A database that is not as it should be -----------------------------------------------------------------


@pytest.fixture
def left_behind(program: Path) -> Path:
    """The data of an installation of version 1.0.0, in the data folder of the program."""
    file = program / "instance" / "nhanquyen.sqlite3"
    file.parent.mkdir()
    file.write_bytes(lzma.decompress((ROOT / "tests" / "releases" / "1.0.0" / "nhanquyen.sqlite3.xz").read_bytes()))
    (file.parent / "expected_database").write_text("nhanquyen.sqlite3")
    return file


def foreign(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE hoa_don (so INTEGER)")
        other.commit()


def newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_from_the_future', '2030-01-01')")
        other.commit()


def damaged(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[40 * 4096 : 60 * 4096] = b"\xff" * 20 * 4096
    file.write_bytes(content)


@posix
@pytest.mark.parametrize("command", [(), ("mat-khau-quan-tri",)])
@pytest.mark.parametrize(
    ("harm", "told", "advice"),
    [
        (Path.unlink, "Không thấy tệp dữ liệu", "python3 wsgi.py phuc-hoi"),
        (lambda file: file.write_bytes(b""), "rỗng (0 byte)", "python3 wsgi.py phuc-hoi"),
        (
            lambda file: file.write_text("Không phải dữ liệu"),
            "không phải là cơ sở dữ liệu SQLite",
            "python3 wsgi.py phuc-hoi",
        ),
        (lambda file: os.truncate(file, 100 * 4096), "Không dùng được cơ sở dữ liệu", "python3 wsgi.py phuc-hoi"),
        (damaged, "Không dùng được cơ sở dữ liệu", "python3 wsgi.py phuc-hoi"),
        (foreign, "không phải của chương trình này", "python3 wsgi.py phuc-hoi"),
        (newer, "do phiên bản mới hơn tạo ra (9999_from_the_future)", "Hãy chạy phiên bản mới hơn."),
    ],
)
def test_a_database_that_is_not_as_it_should_be_is_refused_and_left(
    program: Path, left_behind: Path, command: tuple[str, ...], harm: Callable[[Path], Any], told: str, advice: str
) -> None:
    harm(left_behind)
    before = left_behind.read_bytes() if left_behind.exists() else None
    code, said = run(program, *command)
    assert code == 1
    assert said.startswith("Không khởi động được: ")
    assert told in said
    assert advice in said
    assert str(left_behind) in said
    assert "Traceback" not in said
    assert (left_behind.read_bytes() if left_behind.exists() else None) == before
    assert not list(left_behind.parent.glob("*-journal"))


@posix
def test_a_server_that_is_away_is_no_reason_to_restore_anything(program: Path) -> None:
    (program / "instance").mkdir()
    (program / "instance" / "expected_database").write_text("postgresql://127.0.0.1:1/nhanquyen")
    code, said = run(program, NHANQUYEN_DATABASE_URL="postgresql://nhanquyen@127.0.0.1:1/nhanquyen")
    assert code == 1
    assert "Không nối được tới PostgreSQL" in said
    assert "phuc-hoi" not in said


@posix
def test_the_data_of_the_version_before_are_upgraded_and_served(program: Path, left_behind: Path) -> None:
    with running(program) as started:
        assert started.sign_in("quantri", people.PASSWORD) == 303
    assert len(list((left_behind.parent / "sao-luu").glob("*.zip"))) == 1  # made before
    with closing(sqlite3.connect(left_behind)) as opened:
        assert opened.execute("SELECT COUNT(*) FROM schema_migration").fetchone() > (1,)
    with running(program) as started:
        assert started.sign_in("p1", people.PASSWORD) == 303


@posix
def test_nothing_is_upgraded_under_an_older_program_that_serves_it(program: Path, left_behind: Path) -> None:
    before = left_behind.read_bytes()
    older = setup.claim(left_behind)
    try:
        code, said = run(program, "mat-khau-quan-tri")
    finally:
        os.close(older)
    assert code == 1
    assert "Chương trình đang chạy trên dữ liệu này rồi" in said
    assert left_behind.read_bytes() == before
    code, said = run(program, "mat-khau-quan-tri")
    assert code == 0
    assert code_in(said)


def test_a_place_that_forgets_is_told_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mounts = tmp_path / "mountinfo"
    monkeypatch.setattr(durability, "MOUNTS", mounts)
    for kind, told in (("tmpfs", f"Cảnh báo: {tmp_path}/a.sqlite3 nằm trong bộ nhớ"), ("ext4", "")):
        mounts.write_text(f"1 0 8:1 / / rw - {kind} /dev/sda rw\n")
        cli._warn(f"sqlite:///{tmp_path}/a.sqlite3")
        assert capsys.readouterr().err.startswith(told)
    cli._warn("postgresql://nhanquyen@127.0.0.1/nhanquyen")
    assert capsys.readouterr().err == ""


@posix
@pytest.mark.postgresql
def test_it_runs_on_postgresql_twice_at_once(careful_cluster: PostgreSQLCluster, program: Path) -> None:
    with careful_cluster.database() as url, running(program, NHANQUYEN_DATABASE_URL=url) as live:
        with running(program, NHANQUYEN_DATABASE_URL=url) as other:
            assert other.sign_in("quantri", code_in(live.told)) == 303
            live.cookie = other.cookie
            assert live.request("GET", "/mat-khau")[0] == 200
        assert live.stop(signal.SIGTERM) == "Đã dừng chương trình.\n"
    assert not (program / "instance" / "nhanquyen.sqlite3").exists()


def test_the_password_of_the_tests_is_not_that_of_the_demonstration() -> None:
    assert people.PASSWORD != demo.PASSWORD
