"""Settings: environment over file over default, and every bad value told by name in Vietnamese."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from people import bound

from nhanquyen.config import (
    SETTINGS,
    Setting,
    SettingsError,
    prepare_instance,
    read_settings,
    secret_key,
    sqlite_url,
    write_whole,
)
from nhanquyen.store.database import sqlite_path
from nhanquyen.store.opening import create

BY_NAME = {setting.name: setting for setting in SETTINGS}
NUMBERS = [
    setting for setting in SETTINGS if isinstance(setting.default, int) and not isinstance(setting.default, bool)
]
EXAMPLES: dict[str, tuple[str, str | int | bool]] = {
    "DATABASE_URL": ("postgresql://a:b@máy-chủ/nq", "postgresql://a:b@máy-chủ/nq"),
    "HOST": ("127.0.0.1", "127.0.0.1"),
    "PORT": ("8443", 8443),
    "PUBLIC_URL": ("http://192.168.1.9:8080", "http://192.168.1.9:8080"),
    "TEAM_PHONE": ("0294 3832 113", "0294 3832 113"),
    "IDLE_MINUTES": ("15", 15),
    "SESSION_HOURS": ("8", 8),
    "HTTPS": ("true", True),
    "PROXY_HOPS": ("1", 1),
    "MAX_UPLOAD_MB": ("20", 20),
    "BACKUP_DIR": ("/mnt/đĩa hai/sao lưu", "/mnt/đĩa hai/sao lưu"),
    "BACKUP_KEEP": ("30", 30),
    "THREADS": ("16", 16),
}


def write(folder: Path, text: str | bytes) -> Path:
    (folder / "settings.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def refusal(folder: Path, **environment: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(folder, environment)
    return str(caught.value)


def test_without_anything_every_setting_has_its_default(tmp_path: Path) -> None:
    found = read_settings(tmp_path, {})
    assert sqlite_path(str(found.pop("DATABASE_URL"))) == tmp_path / "nhanquyen.sqlite3"
    assert found.pop("BACKUP_DIR") == str(tmp_path / "sao-luu")
    assert found == {name: setting.default for name, setting in BY_NAME.items() if name in found}
    assert {type(value) for value in found.values()} == {str, int, bool}


def test_the_examples_cover_every_setting() -> None:
    assert list(EXAMPLES) == [setting.name for setting in SETTINGS]
    assert len(BY_NAME) == len(SETTINGS)
    assert all(setting.help for setting in SETTINGS)


@pytest.mark.parametrize("name", BY_NAME)
def test_the_environment_wins_over_the_file_and_the_file_over_the_default(name: str, tmp_path: Path) -> None:
    text, value = EXAMPLES[name]
    written = f'"{text}"' if isinstance(value, str) else text
    write(tmp_path, f"{name.lower()} = {written}\n")
    assert read_settings(tmp_path, {})[name] == value
    default = BY_NAME[name].default
    other = {str: "http://10.0.0.1", int: "2", bool: "no"}[type(default)]
    found = read_settings(tmp_path, {f"NHANQUYEN_{name}": f" {other} "})[name]
    assert (found, type(found)) == ({str: other, int: 2, bool: False}[type(default)], type(default))
    # A name without the prefix, or with another case, is somebody else's.
    assert read_settings(tmp_path, {name: other, f"nhanquyen_{name}": other})[name] == value


@pytest.mark.parametrize("name", BY_NAME)
def test_a_blank_one_counts_as_not_given(name: str, tmp_path: Path) -> None:
    nothing = read_settings(tmp_path, {})
    assert read_settings(tmp_path, {f"NHANQUYEN_{name}": "  "}) == nothing
    write(tmp_path, f'{name.lower()} = ""\n')
    assert read_settings(tmp_path, {}) == nothing


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.name)
def test_a_number_has_its_limits(setting: Setting, tmp_path: Path) -> None:
    least, most = setting.limits
    name = f"NHANQUYEN_{setting.name}"
    assert isinstance(setting.default, int)
    assert least <= setting.default <= most
    for good in (least, most):
        assert read_settings(tmp_path, {name: str(good)})[setting.name] == good
    for bad in (str(least - 1), str(most + 1), "12.5", "1_0", "１２", "٣", "nhiều", "9" * 5000, "0x10", "²"):
        told = refusal(tmp_path, **{name: bad})
        assert told.startswith(f"{name} phải là số nguyên từ {least} đến {most}, không phải “{bad[:40]}”")


def test_a_yes_or_no_is_one_of_six_words(tmp_path: Path) -> None:
    for text, value in {
        "true": True,
        "TRUE": True,
        "1": True,
        "yes": True,
        "False": False,
        "0": False,
        "no": False,
    }.items():
        assert read_settings(tmp_path, {"NHANQUYEN_HTTPS": text})["HTTPS"] is value
    assert refusal(tmp_path, NHANQUYEN_HTTPS="có") == "NHANQUYEN_HTTPS phải là true hoặc false, không phải “có”."


@pytest.mark.parametrize(
    "bad", ["192.168.1.9:8080", "ftp://a", "http://", "http://a/b", "http://a b", "javascript:alert(1)"]
)
def test_the_public_address_is_one_that_people_can_type(bad: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, NHANQUYEN_PUBLIC_URL=bad).startswith("NHANQUYEN_PUBLIC_URL phải có dạng http://")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("port = ", "Không đọc được"),
        ("port = 1\nport = 2", "Không đọc được"),
        (b"team_phone = '\xff'", "Không đọc được"),
        ("cổng = 1", "Không đọc được"),
        ("prot = 8080", "không có cài đặt tên “prot”"),
        ("PORT = 8080", "không có cài đặt tên “PORT”"),
        ("[server]\nport = 8080", "không có cài đặt tên “server”"),
        ("port = 80.5", "“port” phải là chữ, số nguyên hoặc true, false"),
        ("team_phone = ['0294', '3832']", "“team_phone” phải là chữ, số nguyên hoặc true, false"),
        ("team_phone = 2023-12-22", "“team_phone” phải là chữ, số nguyên hoặc true, false"),
        ("threads = true", "NHANQUYEN_THREADS phải là số nguyên"),
        ("https = 2", "NHANQUYEN_HTTPS phải là true hoặc false"),
    ],
)
def test_a_faulty_file_is_told(content: str | bytes, told: str, tmp_path: Path) -> None:
    assert told in refusal(write(tmp_path, content))


def test_a_faulty_file_is_named(tmp_path: Path) -> None:
    assert str(tmp_path / "settings.toml") in refusal(write(tmp_path, "prot = 1"))
    (tmp_path / "settings.toml").unlink()
    (tmp_path / "settings.toml").mkdir()
    assert str(tmp_path / "settings.toml") in refusal(tmp_path)


def test_a_file_written_by_windows_notepad_is_read(tmp_path: Path) -> None:
    write(tmp_path, "port = 8081\r\nteam_phone = 'Đội Tổng hợp'\r\n".encode("utf-8-sig"))
    found = read_settings(tmp_path, {})
    assert (found["PORT"], found["TEAM_PHONE"]) == (8081, "Đội Tổng hợp")


@pytest.mark.parametrize("name", ["thường", "có dấu cách", "50%20 #1?", "a+b&c=d"])
def test_the_data_folder_may_have_any_name(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    prepare_instance(folder)
    url = str(read_settings(folder, {})["DATABASE_URL"])
    assert url == sqlite_url(folder / "nhanquyen.sqlite3")
    with bound(url):
        create(url)
    assert (folder / "nhanquyen.sqlite3").stat().st_size > 0


# --- The data folder and its key ---------------------------------------------------------------------------------


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")


@posix
def test_the_data_folder_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "instance"
    prepare_instance(folder)
    assert mode(folder) == 0o700
    folder.chmod(0o755)
    prepare_instance(folder)
    assert mode(folder) == 0o700


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("a file")
    with pytest.raises(SettingsError, match="Không tạo được thư mục dữ liệu"):
        prepare_instance(tmp_path / "instance")


@posix
def test_the_key_is_random_private_and_kept(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        key = secret_key(tmp_path)
    finally:
        os.umask(umask)
    assert len(key) == 64
    assert mode(tmp_path / "secret_key") == 0o600
    assert secret_key(tmp_path) == key
    (tmp_path / "other").mkdir()
    assert secret_key(tmp_path / "other") != key


def test_the_key_of_the_faster_process_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def overtaken(file: Path, text: str) -> None:
        file.write_text("k" * 32)
        write_whole(file, text)

    monkeypatch.setattr("nhanquyen.config.write_whole", overtaken)
    assert secret_key(tmp_path) == "k" * 32
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]


def test_a_disk_without_second_names_takes_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.link", refused)
    assert secret_key(tmp_path) == secret_key(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize(
    "held", [b"", b"short", b"x" * 31, b" " * 64, "khóa dài nhưng không phải ASCII nên không dùng".encode()]
)
def test_a_key_that_protects_nothing_is_refused(held: bytes, tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_bytes(held)
    with pytest.raises(SettingsError, match="hỏng"):
        secret_key(tmp_path)
    assert (tmp_path / "secret_key").read_bytes() == held


def test_a_key_of_ones_own_is_used(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_bytes(b"a-key_that/everyhost:shares+0123\r\n")
    assert secret_key(tmp_path) == "a-key_that/everyhost:shares+0123"


def test_a_key_that_cannot_be_read_or_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Không ghi được"):
        secret_key(tmp_path / "missing")
    (tmp_path / "secret_key").mkdir()
    with pytest.raises(SettingsError, match="Không đọc được"):
        secret_key(tmp_path)
