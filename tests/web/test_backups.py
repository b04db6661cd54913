"""The admin's page of backups: made, looked at, taken away, removed, and one put in the place of the data."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import archives
import people
import pytest
from archives import work
from flask import Flask
from pages import soup, words
from peewee import OperationalError

from nhanquyen.store import database
from nhanquyen.store.archive import acts
from nhanquyen.store.archive.container import open_archive
from nhanquyen.store.archive.folder import BackupFolder, Origin
from nhanquyen.store.models import Event, Unit

PAGE = "/quan-tri/sao-luu"


@pytest.fixture
def app(store_url: str, clock: people.SettableClock, tmp_path: Path) -> Flask:
    """The program over an empty database, its backups in a folder of this test's own."""
    return people.make_app(store_url, clock, BACKUP_DIR=str(tmp_path / "sao-luu"), BACKUP_KEEP=3)


@pytest.fixture
def folder(tmp_path: Path) -> BackupFolder:
    return BackupFolder(tmp_path / "sao-luu")


def only(folder: BackupFolder) -> str:
    (backup,) = folder.backups()
    return backup.name


def actions() -> list[str]:
    with database.connection():
        return [event.action for event in Event.select().order_by(Event.id)]


def change() -> None:
    with database.connection(), database.transaction():
        Unit.update(note="sau khi sao lưu").execute()


def test_one_is_made_listed_and_told(as_admin: people.Browser, folder: BackupFolder) -> None:
    assert "Chưa có bản sao lưu nào" in words(as_admin.get(PAGE))
    answer = as_admin.post(PAGE)
    assert (answer.status_code, answer.location) == (303, PAGE)
    page = as_admin.get(PAGE)
    assert "Đã sao lưu: nhanquyen-2023-12-20-090000-thu-cong.zip" in words(page)
    assert "09:00 ngày 20/12/2023 Làm bằng tay" in words(page)
    assert actions()[-1] == "backup_made"
    with open_archive(folder.path / only(folder)) as archive:
        archive.check()


def test_it_can_be_taken_away_byte_for_byte(as_admin: people.Browser, folder: BackupFolder) -> None:
    as_admin.post(PAGE)
    answer = as_admin.get(f"{PAGE}/{only(folder)}/tai-ve")
    assert answer.data == (folder.path / only(folder)).read_bytes()
    assert only(folder) in answer.headers["Content-Disposition"]
    assert actions()[-1] == "backup_downloaded"


def test_removing_asks_first_and_leaves_the_last_one(as_admin: people.Browser, folder: BackupFolder) -> None:
    as_admin.post(PAGE)
    first = only(folder)
    assert "duy nhất" in words(as_admin.get(f"{PAGE}/{first}/xoa"))
    assert as_admin.post(f"{PAGE}/{first}/xoa").status_code == 409
    as_admin.post(PAGE)
    assert len(folder.backups()) == 2
    assert "Xóa bản sao lưu?" in words(as_admin.get(f"{PAGE}/{first}/xoa"))
    assert len(folder.backups()) == 2
    assert as_admin.post(f"{PAGE}/{first}/xoa").status_code == 303
    assert only(folder) != first
    assert actions()[-1] == "backup_removed"


@pytest.mark.parametrize(
    "name", ["khong-co.zip", "..%2fnhanquyen.sqlite3", "..", "nhanquyen.sqlite3", ".lock", "a%00.zip"]
)
def test_only_what_is_in_the_list_is_touched(as_admin: people.Browser, folder: BackupFolder, name: str) -> None:
    as_admin.post(PAGE)
    for address in (f"{PAGE}/{name}", f"{PAGE}/{name}/tai-ve", f"{PAGE}/{name}/xoa"):
        assert as_admin.get(address).status_code in (400, 404, 308)
        assert as_admin.post(address).status_code in (400, 404, 405, 308)
    assert only(folder)


def test_it_is_restored_after_the_password(as_admin: people.Browser, as_unit: people.Browser, folder: BackupFolder,
                                           app: Flask) -> None:  # fmt: skip
    as_admin.post(PAGE)
    name, before = only(folder), work()
    change()
    page = soup(as_admin.get(f"{PAGE}/{name}"))
    assert "Tệp còn nguyên vẹn" in page.get_text()
    assert page.select_one("#password") is not None
    for wrong in ("", "sai mật khẩu rồi"):
        answer = as_admin.post(f"{PAGE}/{name}", {"password": wrong})
        assert answer.status_code == 422
        assert "Mật khẩu không đúng" in words(answer)
    assert work() != before
    answer = as_admin.post(f"{PAGE}/{name}", {"password": people.PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/dang-nhap")
    assert work() == before
    assert "Đã phục hồi dữ liệu lúc 09:00 ngày 20/12/2023" in words(as_admin.get("/dang-nhap"))
    assert as_admin.get(PAGE).status_code == 303
    assert as_unit.get("/bao-cao").status_code == 303
    again = people.Browser(app).sign_in("quantri")
    log = words(again.get("/quan-tri/nhat-ky"))
    assert "Phục hồi dữ liệu từ bản sao lưu" in log
    assert "truoc-phuc-hoi" in log
    assert len(folder.backups()) == 2


def test_what_the_restore_replaced_can_be_restored_in_turn(as_admin: people.Browser, folder: BackupFolder,
                                                           app: Flask) -> None:  # fmt: skip
    as_admin.post(PAGE)
    change()
    later = work()
    as_admin.post(f"{PAGE}/{only(folder)}", {"password": people.PASSWORD})
    saved = next(each.name for each in folder.backups() if "truoc-phuc-hoi" in each.name)
    people.Browser(app).sign_in("quantri").post(f"{PAGE}/{saved}", {"password": people.PASSWORD})
    assert work() == later


def test_guessing_the_password_is_held_back(as_admin: people.Browser, folder: BackupFolder) -> None:
    as_admin.post(PAGE)
    answers = [as_admin.post(f"{PAGE}/{only(folder)}", {"password": "sai"}).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert as_admin.post(f"{PAGE}/{only(folder)}", {"password": people.PASSWORD}).status_code == 429


def test_a_damaged_one_is_told_and_not_restored(as_admin: people.Browser, folder: BackupFolder) -> None:
    as_admin.post(PAGE)
    file = folder.path / only(folder)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    change()
    before = work()
    page = as_admin.get(f"{PAGE}/{file.name}")
    assert "không còn nguyên vẹn" in words(page)
    assert soup(page).select_one("#password") is None
    assert as_admin.post(f"{PAGE}/{file.name}", {"password": people.PASSWORD}).status_code == 422
    assert work() == before
    assert as_admin.get(PAGE).status_code == 200  # and nobody was signed out


def test_an_uploaded_one_is_checked_and_kept(as_admin: people.Browser, folder: BackupFolder) -> None:
    as_admin.post(PAGE)
    name = only(folder)
    content = (folder.path / name).read_bytes()
    answer = as_admin.post(f"{PAGE}/tai-len", {"tep": (BytesIO(content), "c:\\bản sao.zip")})
    assert answer.status_code == 303
    taken = answer.location.rsplit("/", 1)[1]
    assert taken == "nhanquyen-2023-12-20-090000-tai-len.zip"
    assert (folder.path / taken).read_bytes() == content
    assert (folder.path / taken).stat().st_mode & 0o077 == 0
    assert actions()[-1] == "backup_uploaded"
    for bad in (content[:-1], b"", b"x" * 1000):
        answer = as_admin.post(f"{PAGE}/tai-len", {"tep": (BytesIO(bad), "a.zip")})
        assert answer.status_code == 422
        assert "sao lưu" in words(answer)
    assert as_admin.post(f"{PAGE}/tai-len", {"x": "1"}).status_code == 422
    assert len(list(folder.path.glob("*.zip*"))) == 2


def test_an_upload_may_be_larger_than_other_files(as_admin: people.Browser, folder: BackupFolder) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="tep"; filename="a.zip"\r\n\r\n'
    for megabytes, status in ((20, 422), (33, 413)):
        body = head + b"x" * megabytes * 2**20 + b"\r\n--x--\r\n"
        answer = as_admin.post(f"{PAGE}/tai-len", body, content_type="multipart/form-data; boundary=x")  # type: ignore[arg-type]
        assert answer.status_code == status
    assert not list(folder.path.glob("*.zip*"))


def test_a_failure_is_told_until_one_succeeds(
    as_admin: people.Browser, folder: BackupFolder, clock: people.SettableClock
) -> None:
    folder.path.write_text("không phải thư mục")
    answer = as_admin.post(PAGE)
    assert answer.status_code == 503
    assert "Không ghi được vào thư mục sao lưu" in words(answer)
    assert actions()[-1] == "backup_failed"
    assert "không thành công" in words(as_admin.get(PAGE))
    folder.path.unlink()
    clock.move(minutes=1)
    as_admin.post(PAGE)
    assert "không thành công" not in words(as_admin.get(PAGE))


def demonstration_backup(folder: BackupFolder) -> str:
    return BackupFolder(folder.path, demonstration=True).make(Origin.MANUAL, archives.NOW).name


def test_made_up_data_are_neither_taken_in_nor_restored(as_admin: people.Browser, folder: BackupFolder) -> None:
    name, before = demonstration_backup(folder), work()
    page = as_admin.get(f"{PAGE}/{name}")
    assert "là của dữ liệu dùng thử" in words(page)
    assert soup(page).select_one("#password") is None
    assert as_admin.post(f"{PAGE}/{name}", {"password": people.PASSWORD}).status_code == 422
    content = (folder.path / name).read_bytes()
    answer = as_admin.post(f"{PAGE}/tai-len", {"tep": (BytesIO(content), "thử.zip")})
    assert answer.status_code == 422
    assert "Bản sao lưu thử.zip là của dữ liệu dùng thử" in words(answer)
    assert work() == before
    assert only(folder) == name


def test_the_demonstration_restores_its_own_alone(
    store_url: str, clock: people.SettableClock, folder: BackupFolder
) -> None:
    app = people.make_app(store_url, clock, BACKUP_DIR=str(folder.path), DEMO=True)
    people.seed(clock)
    admin = people.Browser(app).sign_in("quantri")
    admin.post(PAGE)
    assert "Tệp còn nguyên vẹn" in words(admin.get(f"{PAGE}/{only(folder)}"))
    real = folder.make(Origin.DAILY, archives.NOW).name
    assert "là của dữ liệu thật" in words(admin.get(f"{PAGE}/{real}"))


def test_what_a_restore_replaced_stays_for_a_month(
    as_admin: people.Browser, folder: BackupFolder, clock: people.SettableClock, app: Flask
) -> None:
    as_admin.post(PAGE)
    kept = folder.make(Origin.BEFORE_RESTORE, clock()).name
    for answer in (as_admin.get(f"{PAGE}/{kept}/xoa"), as_admin.post(f"{PAGE}/{kept}/xoa")):
        assert "Chưa xóa được" in words(answer)
    assert f"{kept}/xoa" not in as_admin.get(PAGE).text
    clock.move(days=31)
    assert people.Browser(app).sign_in("quantri").post(f"{PAGE}/{kept}/xoa").status_code == 303


def test_uploads_are_told_by_their_data_and_no_sign_of_backups(
    as_admin: people.Browser, folder: BackupFolder, clock: people.SettableClock, app: Flask
) -> None:
    as_admin.post(PAGE)
    made = folder.path / only(folder)
    content = made.read_bytes()
    clock.move(days=3)
    admin = people.Browser(app).sign_in("quantri")
    admin.post(f"{PAGE}/tai-len", {"tep": (BytesIO(content), "a.zip")})
    page = words(admin.get(PAGE))
    assert "09:00 ngày 20/12/2023 Tải lên" in page
    assert "đã hơn 2 ngày" in page
    answer = admin.post(f"{PAGE}/tai-len", {"tep": (BytesIO(content[:-1]), "của tôi.zip")})
    assert "của tôi.zip" in words(answer)


def test_a_log_that_takes_nothing_is_told(
    as_admin: people.Browser, folder: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **more: object) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(acts.events, "record", full)
    assert as_admin.post(PAGE).status_code == 303
    assert "chưa ghi được việc này vào nhật ký" in words(as_admin.get(PAGE))
    assert only(folder)


def test_an_old_one_is_warned_of(as_admin: people.Browser, clock: people.SettableClock, app: Flask) -> None:
    as_admin.post(PAGE)
    assert "đã hơn 2 ngày" not in words(as_admin.get(PAGE))
    clock.move(days=3)
    assert "đã hơn 2 ngày" in words(people.Browser(app).sign_in("quantri").get(PAGE))
