"""Backups: make one, look at one, take it away, remove it, and put one in the place of the present data."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

from flask import Blueprint, Response, abort, current_app, g, request, send_file, session

from nhanquyen.clock import format_instant
from nhanquyen.directive.values import megabytes
from nhanquyen.store import accounts
from nhanquyen.store.accounts import Role, SignInRefused
from nhanquyen.store.archive import acts
from nhanquyen.store.archive.container import ArchiveRefused, Manifest, open_archive
from nhanquyen.store.archive.folder import KEPT_REPLACED, Backup, BackupFolder, Origin
from nhanquyen.store.archive.making import BackupFailed
from nhanquyen.web.access import actor, allow
from nhanquyen.web.fragments import go, render, say
from nhanquyen.web.intake import MEGABYTE, largest_body

bp = Blueprint("admin_backups", __name__, url_prefix="/quan-tri/sao-luu")

BROUGHT = (Origin.UPLOADED, Origin.OTHER)  # made elsewhere: they tell nothing of whether backups are made here
STALE = timedelta(days=2)


def _folder() -> BackupFolder:
    return BackupFolder.of(current_app.config)


def _find_or_404(name: str) -> tuple[BackupFolder, Backup]:
    folder = _folder()
    found = folder.find(name)
    if found is None:
        abort(404)
    return folder, found


def _upload_limit() -> int:
    """In MB. What the server lets through, less what a browser sends around the file."""
    return int(largest_body(current_app.config["MAX_CONTENT_LENGTH"]) // MEGABYTE - 1)


def _list(fault: str = "", status: int = 200) -> Response:
    folder = _folder()
    backups = folder.backups()
    newest = next((each.made_at for each in backups if each.origin not in BROUGHT), None)
    return render(
        "admin/backups.html",
        status=status,
        fault=fault,
        backups=backups,
        size_words=megabytes,
        folder=folder,
        failure=acts.failure_since(newest),
        held={backup.name for backup in backups if backup.is_held(g.now)},
        demonstration=folder.demonstration,
        stale=bool(backups) and not folder.demonstration and (newest is None or g.now - newest > STALE),
        limit_mb=_upload_limit(),
    )


@bp.get("")
@allow(Role.ADMIN)
def index() -> Response:
    """All backups there are, newest first, and whether something is wrong with them."""
    return _list()


@bp.post("")
@allow(Role.ADMIN)
def make() -> Response:
    """A backup now; everybody works on meanwhile."""
    try:
        made = acts.back_up(_folder(), Origin.MANUAL, actor())
    except BackupFailed as failure:
        return _list(str(failure), 503)
    except acts.NotLogged as unlogged:
        say(str(unlogged))
        return go("admin_backups.index")
    say(f"Đã sao lưu: {made.name}, {megabytes(made.size)}. Tải về và giữ thêm một bản ở máy khác hoặc ổ đĩa rời.")
    return go("admin_backups.index")


@bp.post("/tai-len")
@allow(Role.ADMIN)
def upload() -> Response:
    """Take a backup into the folder, once it is found whole."""
    sent = request.files.get("tep")
    if sent is None or not sent.filename:
        return _list("Chọn một tệp sao lưu (.zip) rồi bấm “Tải lên và kiểm tra”.", 422)
    with closing(sent):
        try:
            taken = acts.take_in(_folder(), sent.stream, _chosen(sent.filename), actor())
        except (ArchiveRefused, BackupFailed) as refusal:
            return _list(str(refusal), 422)
    say(f"Đã nhận bản sao lưu {taken.name}; tệp còn nguyên vẹn. Chưa phục hồi gì.")
    return go("admin_backups.show", name=taken.name)


def _chosen(name: str) -> str:
    """The name of a sent file without its folders, which old browsers send too."""
    return name.replace("\\", "/").rsplit("/", 1)[-1][:100]


def _page(folder: BackupFolder, backup: Backup, fault: str = "", status: int = 200) -> Response:
    manifest: Manifest | None = None
    refusal = ""
    try:
        with open_archive(folder.path / backup.name) as archive:
            archive.require(folder.demonstration)
            archive.check()
            manifest = archive.manifest
    except ArchiveRefused as refused:
        refusal = str(refused)
    present = acts.counts()
    return render(
        "admin/backup.html",
        status=status,
        backup=backup,
        manifest=manifest,
        refusal=refusal,
        size=megabytes(backup.size),
        lines=[(label, manifest.rows(table), present[table]) for table, label in acts.COUNTED.items()]
        if manifest
        else [],
        fault=fault,
    )


@bp.get("/<name>")
@allow(Role.ADMIN)
def show(name: str) -> Response:
    """Whether a backup is whole, what is in it beside what there is now, and the way to restore it."""
    return _page(*_find_or_404(name))


@bp.get("/<name>/tai-ve")
@allow(Role.ADMIN)
def download(name: str) -> Response:
    """The file, to keep elsewhere."""
    folder, backup = _find_or_404(name)
    try:
        answer = send_file(folder.path / backup.name, "application/zip", as_attachment=True, download_name=name)
    except OSError:
        abort(404)
    acts.record("backup_downloaded", backup, actor())
    return answer


@bp.route("/<name>/xoa", methods=["GET", "POST"])
@allow(Role.ADMIN)
def remove(name: str) -> Response:
    """Remove a backup after asking; the last one stays, and for a while what a restore replaced."""
    folder, backup = _find_or_404(name)
    last = len(folder.backups()) == 1
    held_until = backup.made_at + KEPT_REPLACED if backup.is_held(g.now) else None
    if request.method != "POST" or last or held_until:
        return render(
            "admin/backup_remove.html",
            status=409 if request.method == "POST" else 200,
            backup=backup,
            size=megabytes(backup.size),
            last=last,
            held_until=held_until,
        )
    try:
        acts.remove(folder, backup, actor())
    except OSError as error:
        return _list(f"Không xóa được {name} ({error.strerror}). Kiểm tra quyền ghi vào {folder.path}.", 503)
    say(f"Đã xóa bản sao lưu {name}.")
    return go("admin_backups.index")


@bp.post("/<name>")
@allow(Role.ADMIN)
def restore(name: str) -> Response:
    """Put the backup in the place of the present data, of which one is made first. Everybody signs in anew."""
    folder, backup = _find_or_404(name)
    try:
        accounts.confirm(g.account, request.form.get("password", ""), actor(), current_app.config["HASHER"])
    except SignInRefused as refused:
        wait = refused.retry_after
        wrong = f"Đã nhập sai nhiều lần. Thử lại sau {wait} giây." if wait else "Mật khẩu không đúng. Nhập lại."
        return _page(folder, backup, wrong, 429 if wait else 422)
    try:
        manifest, before = acts.restore_backup(folder, folder.path / backup.name, actor())
    except (ArchiveRefused, BackupFailed) as refusal:
        return _page(folder, backup, str(refusal), 422)
    session.clear()
    g.pop("csrf_token", None)
    moment = format_instant(manifest.made_at)
    say(f"Đã phục hồi dữ liệu lúc {moment}. Dữ liệu trước đó ở bản sao lưu {before.name}. Đăng nhập lại.")
    return go("account.sign_in")
