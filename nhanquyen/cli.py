"""The command line: serve, try out, make a new admin password."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from nhanquyen import demo as demonstration
from nhanquyen.clock import VIETNAM, shifted_clock, system_clock
from nhanquyen.config import INSTANCE, SettingsError, prepare_instance, read_settings, secret_key, sqlite_url
from nhanquyen.directive import DirectiveError
from nhanquyen.server import EVERYWHERE, AddressRefused, addresses, listen, serve, stop_on_sigterm
from nhanquyen.setup import FirstStart, claim, forget, nobody_has_come, prepare, renew_admin, require_database
from nhanquyen.store.accounts import Hasher
from nhanquyen.store.database import DatabaseRefused, dispose, sqlite_path
from nhanquyen.web import create_app

DEMO_NOW = datetime(2023, 12, 22, 15, 30, tzinfo=VIETNAM)
COMMAND = "run.bat" if os.name == "nt" else "python3 wsgi.py"
HELP = f"""\
Cách dùng: {COMMAND} [LỆNH]

  (không có lệnh)      Chạy đợt báo cáo thật trên mạng nội bộ.
  demo                 Chạy với dữ liệu dùng thử riêng (34 đơn vị); không đụng đến dữ liệu thật.
  demo --lam-lai       Như trên, sau khi xóa dữ liệu dùng thử cũ và tạo lại từ đầu.
  mat-khau-quan-tri    Cấp lại mật khẩu một lần cho quản trị đầu tiên (khi đã quên).
  --help               Hiện bản hướng dẫn này.
"""
STOPPED = "Đã dừng chương trình."


class _Command(click.Command):
    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(HELP)


class _Commands(click.Group):
    """Says in Vietnamese what click says in English."""

    command_class = _Command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(HELP)

    def main(self, *args: Any, **more: Any) -> Any:
        try:
            return super().main(*args, **{**more, "standalone_mode": False})
        except click.UsageError:
            click.echo(f"Không có lệnh hoặc tùy chọn này.\n\n{HELP}", err=True)
            sys.exit(2)
        except click.Abort:
            click.echo(STOPPED, err=True)
            sys.exit(130)


def _plainly(command: Callable[[], None]) -> None:
    """Run *command*; a refusal is told in plain words and ends with exit code 1."""
    try:
        command()
    except (DatabaseRefused, SettingsError, DirectiveError, AddressRefused) as refusal:
        click.echo(f"Không khởi động được: {refusal}", err=True)
        sys.exit(1)
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        click.echo(
            f"Không khởi động được: không đọc, ghi được{place} ({error.strerror or error}). "
            "Kiểm tra quyền ghi vào thư mục của chương trình và chỗ trống trên ổ đĩa rồi chạy lại.",
            err=True,
        )
        sys.exit(1)


@click.group(cls=_Commands, invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Without a command: serve the real round."""
    os.umask(0o077)
    stop_on_sigterm()
    if context.invoked_subcommand is None:
        _plainly(_serve)


def _serve() -> None:
    prepare_instance(INSTANCE)
    settings: dict[str, Any] = dict(read_settings(INSTANCE))
    url = str(settings["DATABASE_URL"])
    if (file := sqlite_path(url)) is not None:
        claim(file)  # several programs may share one PostgreSQL
    _run(settings, INSTANCE, partial(prepare, url, INSTANCE, system_clock(), Hasher()))


def _run(settings: dict[str, Any], folder: Path, make_ready: Callable[[], FirstStart | None]) -> None:
    """Take the port, then *make_ready* the data, then serve. A port that is taken costs nothing that way."""
    listening = listen(settings["HOST"], settings["PORT"])
    settings["SECRET_KEY"] = secret_key(folder)
    first = make_ready()
    here, elsewhere = addresses(settings["HOST"], settings["PORT"])
    settings["PUBLIC_URL"] = settings["PUBLIC_URL"] or elsewhere or ""
    if first is not None:
        _tell_password("Lần chạy đầu tiên. Tài khoản quản trị (chỉ hiện một lần):", first)
    elif nobody_has_come():
        click.echo("Chưa ai đăng nhập bằng tài khoản quản trị. Mất mật khẩu một lần thì mở cửa sổ khác, chạy:")
        click.echo(f"  {COMMAND} mat-khau-quan-tri")
    click.echo(f"Mở trên máy này:       {here}")
    click.echo(f"Mở từ máy khác:        {settings['PUBLIC_URL'] or _why_not(settings['HOST'])}")
    click.echo("Dừng chương trình:     Ctrl+C")
    serve(create_app(settings), listening)
    dispose()
    click.echo(STOPPED)


def _why_not(host: str) -> str:
    if host in EVERYWHERE:
        return "chưa được, vì máy này chưa nối mạng nội bộ; nối mạng rồi chạy lại"
    return f"không, vì cài đặt host = {host} chỉ cho máy này"


def _tell_password(heading: str, made: FirstStart) -> None:
    click.echo(heading)
    click.echo(f"  Tên đăng nhập:       {made.username}")
    click.echo(f"  Mật khẩu một lần:    {made.code}")


@main.command()
@click.option("--lam-lai", "again", is_flag=True)
def demo(again: bool) -> None:
    """Serve the demonstration data set; with --lam-lai after making it anew."""
    _plainly(lambda: _demo(INSTANCE / "demo", again))


def _demo(folder: Path, again: bool) -> None:
    prepare_instance(INSTANCE)
    prepare_instance(folder)
    file = folder / "nhanquyen.sqlite3"
    claim(file)
    settings: dict[str, Any] = dict(read_settings(INSTANCE)) | {"DATABASE_URL": sqlite_url(file), "DEMO": True}
    settings["TEAM_PHONE"] = settings["TEAM_PHONE"] or demonstration.TEAM_PHONE
    _run(settings, folder, partial(_make_demo_ready, settings, file, again))


def _make_demo_ready(settings: dict[str, Any], file: Path, again: bool) -> None:
    folder = file.parent
    if again or not file.exists():
        forget(file, folder)
        click.echo("Đang chuẩn bị dữ liệu dùng thử…")
    try:
        prepare(settings["DATABASE_URL"], folder, demonstration.OPENED, Hasher(), partial(demonstration.fill, DEMO_NOW))
    except DatabaseRefused as refusal:
        raise DatabaseRefused(f"{refusal}\nTạo lại dữ liệu dùng thử: {COMMAND} demo --lam-lai") from refusal
    settings["CLOCK"] = shifted_clock(demonstration.latest(DEMO_NOW))
    click.echo("Tài khoản:             quantri, tonghop và mỗi đơn vị một tài khoản: p1, lt, vhtt, pnv…")
    click.echo(f"Mật khẩu chung:        {demonstration.PASSWORD}")


@main.command("mat-khau-quan-tri")
def admin_password() -> None:
    """A new one-time password for the first admin; also while the program runs."""
    _plainly(_admin_password)


def _admin_password() -> None:
    require_database()
    _tell_password("Mật khẩu mới của quản trị (chỉ hiện một lần):", renew_admin(system_clock(), Hasher()))
