"""The command line: serve, try out, make a new admin password."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from nhanquyen import demo as demonstration
from nhanquyen.clock import VIETNAM, format_instant, shifted_clock, system_clock
from nhanquyen.config import COMMAND, INSTANCE, SettingsError, prepare_instance, read_settings, secret_key, sqlite_url
from nhanquyen.daily import daily_backups
from nhanquyen.directive import DirectiveError
from nhanquyen.directive.values import megabytes
from nhanquyen.recovery import recover, why_unreadable
from nhanquyen.server import EVERYWHERE, AddressRefused, addresses, listen, serve, stop_on_sigterm
from nhanquyen.setup import (
    FirstStart,
    claim,
    forget,
    nobody_has_come,
    prepare,
    refuse_unexpected,
    renew_admin,
    require_database,
)
from nhanquyen.store.accounts import Hasher
from nhanquyen.store.archive.acts import COUNTED, NotLogged, back_up, back_up_daily, back_up_into
from nhanquyen.store.archive.container import ArchiveRefused, Manifest, open_archive
from nhanquyen.store.archive.folder import BackupFolder, Origin
from nhanquyen.store.archive.making import BackupFailed
from nhanquyen.store.database import DatabaseRefused, bind, connection, dispose, sqlite_path, why_unsafe
from nhanquyen.store.durability import place_warning
from nhanquyen.store.events import Actor
from nhanquyen.store.opening import inspect
from nhanquyen.text import search_key
from nhanquyen.web import create_app

DEMO_NOW = datetime(2023, 12, 22, 15, 30, tzinfo=VIETNAM)
HELP = f"""\
Cách dùng: {COMMAND} [LỆNH]

  (không có lệnh)      Chạy đợt báo cáo thật trên mạng nội bộ.
  demo                 Chạy với dữ liệu dùng thử riêng (34 đơn vị); không đụng đến dữ liệu thật.
  demo --lam-lai       Như trên, sau khi xóa dữ liệu dùng thử cũ và tạo lại từ đầu.
  mat-khau-quan-tri    Cấp lại mật khẩu một lần cho quản trị đầu tiên (khi đã quên).
  sao-luu [TỆP]        Sao lưu ngay vào thư mục sao lưu, hoặc vào TỆP hay thư mục ghi sau lệnh;
                       chạy được khi chương trình đang phục vụ.
  sao-luu --hang-ngay  Bản sao lưu của hôm nay nếu chưa có (để hẹn giờ khi chạy bằng máy chủ WSGI khác).
  phuc-hoi TỆP         Thay dữ liệu bằng bản sao lưu TỆP; dừng chương trình trước. --dong-y: không hỏi lại.
  kiem-tra TỆP         Kiểm tra bản sao lưu TỆP còn nguyên vẹn không, có những gì.
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
        except click.MissingParameter as missing:
            name = missing.ctx.info_name if missing.ctx else ""
            click.echo(f"Thiếu TỆP sao lưu. Ví dụ: {COMMAND} {name} nhanquyen-….zip", err=True)
            sys.exit(2)
        except click.UsageError:
            click.echo(f"Không có lệnh hoặc tùy chọn này.\n\n{HELP}", err=True)
            sys.exit(2)
        except click.Abort:
            click.echo(STOPPED, err=True)
            sys.exit(130)


def _plainly(command: Callable[[], None], failed: str = "Không khởi động được") -> None:
    """Run *command*; a refusal is told in plain words after *failed* and ends with exit code 1."""
    try:
        command()
    except (DatabaseRefused, SettingsError, DirectiveError, AddressRefused, ArchiveRefused, BackupFailed) as refusal:
        click.echo(f"{failed}: {refusal}", err=True)
        sys.exit(1)
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        click.echo(
            f"{failed}: không đọc, ghi được{place} ({error.strerror or error}). "
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
    backups = BackupFolder.of(settings)
    daily = daily_backups(backups, system_clock)
    _run(settings, INSTANCE, partial(prepare, url, INSTANCE, system_clock(), Hasher(), backups=backups), daily)


def _run(
    settings: dict[str, Any],
    folder: Path,
    make_ready: Callable[[], FirstStart | None],
    meanwhile: AbstractContextManager[None],
) -> None:
    """Take the port, then *make_ready* the data, then serve. A port that is taken costs nothing that way."""
    listening = listen(settings["HOST"], settings["PORT"])
    settings["SECRET_KEY"] = secret_key(folder)
    first = make_ready()
    _warn(settings["DATABASE_URL"])
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
    app = create_app(settings)
    with meanwhile:
        serve(app, listening)
    dispose()
    click.echo(STOPPED)


def _warn(url: str) -> None:
    """Say when the data may be lost where they are, though the program serves them there."""
    file = sqlite_path(url)
    if file is not None and (warning := place_warning(file)):
        click.echo(f"Cảnh báo: {warning}", err=True)


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
    settings["BACKUP_DIR"] = str(folder / "sao-luu")  # nobody must restore made-up data over the real ones
    _run(settings, folder, partial(_make_demo_ready, settings, file, again), nullcontext())


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
    require_database(beside=True)
    _tell_password("Mật khẩu mới của quản trị (chỉ hiện một lần):", renew_admin(system_clock(), Hasher()))


@main.command("sao-luu")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--hang-ngay", "daily", is_flag=True)
def backup(file: Path | None, daily: bool) -> None:
    """A backup now; also while the program runs."""
    _plainly(lambda: _backup(file, daily), "Chưa sao lưu được")


def _backup(file: Path | None, daily: bool) -> None:
    settings = read_settings(INSTANCE)
    url, folder, now = str(settings["DATABASE_URL"]), BackupFolder.of(settings), system_clock()
    bind(url)
    inspect(url, rescuing=True)  # and no upgrade: an older program may be serving these data
    _warn_of_rescue(url)
    try:
        _make(file, daily, folder, now)
    except NotLogged as unlogged:
        click.echo(f"{unlogged}")


def _warn_of_rescue(url: str) -> None:
    """These are the data that the settings name; whether they are those that one wants to keep, people must know."""
    with connection():
        unsafe = why_unsafe()
    if unsafe:
        click.echo(f"Cảnh báo: {unsafe} Vẫn sao lưu.", err=True)
    try:
        refuse_unexpected(url, INSTANCE)
    except DatabaseRefused as other:
        click.echo(f"Cảnh báo: {other} Vẫn sao lưu dữ liệu mà cài đặt trỏ tới.", err=True)


def _make(file: Path | None, daily: bool, folder: BackupFolder, now: datetime) -> None:
    if daily:
        made = back_up_daily(folder, now)
        click.echo(f"Đã sao lưu vào {folder.path / made.name}" if made else "Hôm nay đã có bản sao lưu hằng ngày.")
    elif file is None:
        click.echo(f"Đã sao lưu vào {folder.path / back_up(folder, Origin.MANUAL, Actor(None, '', now)).name}")
    else:
        if file.is_dir():
            file = BackupFolder(file).new_file(Origin.MANUAL, now)
        back_up_into(file, Actor(None, "", now))
        click.echo(f"Đã sao lưu vào {file}")


@main.command("kiem-tra")
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Whether a backup is whole, and what is in it."""
    _plainly(lambda: _check(file), "Không dùng được bản sao lưu này")


def _check(file: Path) -> None:
    with open_archive(file) as archive:
        archive.check()
        click.echo(f"Bản sao lưu {file} còn nguyên vẹn.")
        _tell_contents(archive.manifest, archive.size)


def _tell_contents(manifest: Manifest, size: int) -> None:
    known = Origin(manifest.kind).label if manifest.kind in list(Origin) else manifest.kind
    if manifest.demonstration:
        click.echo("  Dữ liệu:             dùng thử")
    click.echo(f"  Lúc:                 {format_instant(manifest.made_at)}")
    click.echo(f"  Loại:                {known}")
    click.echo(f"  Phiên bản:           {manifest.version} ({manifest.newest}), {manifest.engine}")
    click.echo(f"  Dung lượng:          {megabytes(size)}")
    for table, label in COUNTED.items():
        click.echo(f"  {label + ':':<20} {manifest.rows(table)}")


@main.command("phuc-hoi")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dong-y", "agreed", is_flag=True)
def restore(file: Path, agreed: bool) -> None:
    """Put a backup in the place of the data."""
    _plainly(lambda: _restore(file, agreed), "Chưa phục hồi được")


def _restore(file: Path, agreed: bool) -> None:
    prepare_instance(INSTANCE)
    settings = read_settings(INSTANCE)
    url, folder = str(settings["DATABASE_URL"]), BackupFolder.of(settings)
    _check(file)
    if (place := sqlite_path(url)) is not None:
        claim(place)
    why = why_unreadable(url)
    if why is None:
        click.echo("Dữ liệu đang có sẽ được sao lưu trước, rồi thay bằng bản này. Mọi người phải đăng nhập lại.")
    else:
        click.echo(why)
    if not agreed and search_key(click.prompt("Gõ  co  rồi Enter để phục hồi", default="", show_default=False)) != "co":
        raise BackupFailed("Chưa có gì thay đổi, vì chưa đồng ý.")
    done = recover(file, url, INSTANCE, folder, system_clock())
    click.echo("Đã phục hồi dữ liệu.")
    if done.before is not None:
        click.echo(f"Dữ liệu trước đó:      {folder.path / done.before.name}")
    if done.aside is not None:
        click.echo(f"Tệp cũ chuyển sang:    {done.aside}")
    click.echo(f"Chạy chương trình:     {COMMAND}")
    dispose()
