"""The evidence ZIP without the program around it: where files go, what the index says, and how little is in memory."""

from __future__ import annotations

import gc
import hashlib
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from shutil import which
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import people
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from nhanquyen.clock import VIETNAM
from nhanquyen.export.evidence_index import DAMAGED, IN_ZIP, NO_FILES, About
from nhanquyen.export.evidence_zip import INDEX, LONGEST_PATH, ROW_GONE, Evidence, Owner, evidence_of, evidence_zip
from nhanquyen.export.file_names import length
from nhanquyen.export.zip_stream import PIECE
from nhanquyen.form.answers import Row
from nhanquyen.store.attachments import Held

NOW = datetime(2023, 12, 20, 9, 0, tzinfo=VIETNAM)
ABOUT = About("Công văn số 217/CATX", "Báo cáo đã gửi. Mọi đơn vị", NOW, "Đội Tổng hợp")
P1 = Owner(7, "02", "P1", "Ủy ban nhân dân Phường 1")
LT = Owner(8, "03", "LT", "Ủy ban nhân dân xã Long Toàn")
INDEX_PATH = f"{INDEX}.xlsx"


def content(number: int) -> bytes:
    return b"%PDF-" + str(number).encode() * 50


def held(number: int, name: str = "", place: tuple[str, str, str] = ("", "", ""), data: bytes | None = None) -> Held:
    data = content(number) if data is None else data
    return Held(
        number, 7, *place, name or f"tệp {number}.pdf", "application/pdf", len(data), hashlib.sha256(data).hexdigest(),
        NOW, "Cán bộ Phường 1",
    )  # fmt: skip


def archive(files: list[Evidence], read: Callable[[int], bytes | None] = content) -> ZipFile:
    made = ZipFile(BytesIO(b"".join(evidence_zip(files, read, ABOUT))))
    assert made.testzip() is None
    return made


def index(made: ZipFile) -> list[list[Any]]:
    sheet = load_workbook(BytesIO(made.read(INDEX_PATH)))["Danh mục minh chứng"]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def about(made: ZipFile) -> dict[str, Any]:
    sheet = load_workbook(BytesIO(made.read(INDEX_PATH)))["Thông tin"]
    return {str(row[0].value): row[1].value for row in sheet.iter_rows()}


def common(owner: Owner, *files: Held) -> list[Evidence]:
    return evidence_of(people.DIRECTIVE, owner, files, {})


# --- Where files go ----------------------------------------------------------------------------------------


def test_folders_are_units_items_and_rows_in_the_order_of_the_form() -> None:
    tables = {
        (7, "n1", "chi_tiet"): [
            Row("ra", {"noi_dung": "Không ngày"}),
            Row("rb", {"ngay": "2023-12-05", "hinh_thuc": "Hội nghị", "noi_dung": "Quyền con người"}),
        ],
        (8, "n1", "chi_tiet"): [Row("rb")],
        (7, "n4", "danh_muc"): [Row("rc", {"the_loai": "tin", "tieu_de": "Tin 1/2: “quyền?”", "ngay": "hôm qua"})],
    }
    files = [
        held(1), held(2, place=("n3", "khau_hieu", "khac")), held(3, place=("n3", "khau_hieu", "kh8")),
        held(4, place=("n4", "danh_muc", "rc")), held(5, place=("n1", "chi_tiet", "rb")),
        held(6, place=("n1", "chi_tiet", "ra")), held(7, place=("n1", "chi_tiet", "rb")),
    ]  # fmt: skip
    made = archive(evidence_of(people.DIRECTIVE, P1, files, tables))
    unit = "02 - P1 - Ủy ban nhân dân Phường 1"
    assert made.namelist() == [
        f"{unit}/Nội dung 1/Cuộc 1, Không ngày/tệp 6.pdf",
        f"{unit}/Nội dung 1/Cuộc 2, 05-12-2023, Hội nghị/tệp 5.pdf",
        f"{unit}/Nội dung 1/Cuộc 2, 05-12-2023, Hội nghị/tệp 7.pdf",
        f"{unit}/Nội dung 3/KH8. Việt Nam nỗ lực thực hiện Công ước Chống/tệp 3.pdf",
        f"{unit}/Nội dung 3/Nội dung khác/tệp 2.pdf",
        f"{unit}/Nội dung 4/Tin, bài 1, Tin 1-2 “quyền ”/tệp 4.pdf",
        f"{unit}/Minh chứng chung/tệp 1.pdf",
        INDEX_PATH,
    ]
    assert [line[4] for line in index(made)[1:4]] == [
        "Cuộc 1, Không ngày", "Cuộc 2, 05/12/2023, Hội nghị", "Cuộc 2, 05/12/2023, Hội nghị",
    ]  # fmt: skip


def test_a_row_that_went_between_two_queries_does_not_take_the_file_along() -> None:
    (found,) = evidence_of(people.DIRECTIVE, P1, [held(1, place=("n1", "chi_tiet", "rz"))], {})
    assert (found.item, found.row) == ("Nội dung 1", ROW_GONE)


def test_a_unit_that_left_the_list_has_no_number() -> None:
    made = archive(common(Owner(9, "", "CU", "Đơn vị cũ"), held(1)))
    assert made.namelist()[0] == "CU - Đơn vị cũ/Minh chứng chung/tệp 1.pdf"


def test_names_that_windows_takes_for_one_are_told_apart() -> None:
    files = common(P1, *(held(number, name) for number, name in enumerate(["Ảnh.JPG", "ảnh.jpg", "ẢNH.jpg"], start=1)))
    twin = Owner(9, "02", "p1", "ỦY BAN NHÂN DÂN PHƯỜNG 1")
    made = archive([*files, *common(twin, held(4))])
    assert made.namelist()[:4] == [
        "02 - P1 - Ủy ban nhân dân Phường 1/Minh chứng chung/Ảnh.JPG",
        "02 - P1 - Ủy ban nhân dân Phường 1/Minh chứng chung/ảnh (2).jpg",
        "02 - P1 - Ủy ban nhân dân Phường 1/Minh chứng chung/ẢNH (3).jpg",
        "02 - p1 - ỦY BAN NHÂN DÂN PHƯỜNG 1 (2)/Minh chứng chung/tệp 4.pdf",
    ]
    assert [made.read(name) for name in made.namelist()[:4]] == [content(number) for number in range(1, 5)]


def test_a_unit_cannot_take_the_place_of_the_index() -> None:
    made = archive(common(Owner(9, "", "00", "Danh mục minh chứng"), held(1)))
    assert made.namelist() == ["00 - Danh mục minh chứng (2)/Minh chứng chung/tệp 1.pdf", INDEX_PATH]


HOSTILE = st.one_of(
    st.text(max_size=200),
    st.sampled_from(["../../x.pdf", "/etc/passwd", "C:\\x.jpg", "nul.jpg", "con", "a" * 300 + ".pdf", "ệ" * 200, "."]),
)


@given(HOSTILE, HOSTILE, st.lists(HOSTILE, min_size=1, max_size=8))
def test_no_name_leaves_its_folder_or_is_too_long(unit: str, row: str, names: list[str]) -> None:
    owner = Owner(7, "02", "P1", unit)
    tables = {(7, "n1", "chi_tiet"): [Row("ra", {"hinh_thuc": row})]}
    files = [held(number, name, ("n1", "chi_tiet", "ra")) for number, name in enumerate(names, start=1)]
    made = archive(evidence_of(people.DIRECTIVE, owner, files, tables))
    paths = made.namelist()[:-1]
    assert len({path.upper().casefold() for path in paths}) == len(names)
    for number, path in enumerate(paths, start=1):
        parts = path.split("/")
        assert len(parts) == 4
        assert parts[1] == "Nội dung 1"
        assert all(part.strip(" .") == part.rstrip(".") != "" for part in parts)
        assert not set(path) & set('\\:*?"<>|')
        assert length(path) <= LONGEST_PATH < 200
        assert made.read(path) == content(number)


# --- The index ---------------------------------------------------------------------------------------------


def test_the_index_lists_each_file_once_cell_by_cell() -> None:
    same = content(1)
    files = [*common(P1, held(1, "a.pdf"), held(2, "=1+1.pdf")), *common(LT, held(3, "b.pdf", data=same))]
    made = archive(files, lambda number: same if number == 3 else content(number))
    first, second = "02 - P1 - Ủy ban nhân dân Phường 1", "03 - LT - Ủy ban nhân dân xã Long Toàn"
    at = NOW.replace(tzinfo=None)
    rest = ["application/pdf", len(same)]
    assert index(made) == [
        ["Số TT", "Mã đơn vị", "Đơn vị", "Nội dung", "Dòng", "Tên tệp", "Đường dẫn trong tệp ZIP", "Loại tệp",
         "Dung lượng (byte)", "SHA-256", "Thêm lúc", "Người thêm", "Trùng nội dung với", "Tình trạng"],
        [1, "P1", P1.name, "Minh chứng chung", None, "a.pdf", f"{first}/Minh chứng chung/a.pdf", *rest,
         hashlib.sha256(same).hexdigest(), at, "Cán bộ Phường 1", None, IN_ZIP],
        [2, "P1", P1.name, "Minh chứng chung", None, "=1+1.pdf", f"{first}/Minh chứng chung/=1+1.pdf", *rest,
         hashlib.sha256(content(2)).hexdigest(), at, "Cán bộ Phường 1", None, IN_ZIP],
        [3, "LT", LT.name, "Minh chứng chung", None, "b.pdf", f"{second}/Minh chứng chung/b.pdf", *rest,
         hashlib.sha256(same).hexdigest(), at, "Cán bộ Phường 1", "số 1", IN_ZIP],
    ]  # fmt: skip
    told = about(made)
    assert told["Phạm vi"] == "Báo cáo đã gửi. Mọi đơn vị"
    assert told["Lập lúc"] == "09:00 ngày 20/12/2023"
    assert (told["Số đơn vị có minh chứng"], told["Số tệp"], told["Tổng dung lượng (byte)"]) == (2, 3, 3 * len(same))
    assert told["Số tệp trùng nội dung với tệp ở trên"] == 1
    assert told["Số tệp bị hỏng, không có trong tệp ZIP"] == 0


def test_without_files_the_index_says_so() -> None:
    made = archive([])
    assert made.namelist() == [INDEX_PATH]
    assert index(made)[1][2] == NO_FILES
    assert about(made)["Số tệp"] == 0


@pytest.mark.parametrize("stored", [None, b"", content(2)[:-1], content(2) + b"x"])
def test_wrong_bytes_are_left_out_and_named(stored: bytes | None) -> None:
    made = archive(common(P1, held(1), held(2), held(3)), lambda number: stored if number == 2 else content(number))
    folder = "02 - P1 - Ủy ban nhân dân Phường 1/Minh chứng chung"
    warning = "00 - CÓ TỆP BỊ HỎNG.txt"
    assert made.namelist() == [f"{folder}/tệp 1.pdf", f"{folder}/tệp 3.pdf", warning, INDEX_PATH]
    told = made.read(warning).decode("utf-8-sig")
    assert "2 | P1 | Ủy ban nhân dân Phường 1 | Minh chứng chung | tệp 2.pdf" in told.split("\r\n")
    assert [(line[6], line[-1]) for line in index(made)[1:]] == [
        (f"{folder}/tệp 1.pdf", IN_ZIP), (None, DAMAGED), (f"{folder}/tệp 3.pdf", IN_ZIP),
    ]  # fmt: skip
    assert about(made)["Số tệp bị hỏng, không có trong tệp ZIP"] == 1


# --- The file ----------------------------------------------------------------------------------------------


def test_every_entry_says_in_its_head_what_it_is() -> None:
    """Then programs that read from the front, and old ones, find every file whole."""
    made = archive(common(P1, held(1), held(2, "ảnh.jpg")))
    for info in made.infolist():
        assert info.compress_type == ZIP_STORED
        assert info.flag_bits == 0x800, "names are UTF-8, and no sizes stand behind an entry"
        assert info.date_time == (2023, 12, 20, 9, 0, 0)
        assert info.external_attr >> 16 == 0o100644


@pytest.mark.skipif(which("unzip") is None, reason="unzip is not on this machine")
def test_unzip_finds_no_fault_and_the_same_files(tmp_path: Path) -> None:
    file, out = tmp_path / "minh-chung.zip", tmp_path / "out"
    file.write_bytes(b"".join(evidence_zip(common(P1, held(1), held(2, "ảnh.jpg")), content, ABOUT)))
    environment = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    run = subprocess.run(["unzip", "-d", str(out), str(file)], capture_output=True, check=False, env=environment)
    assert run.returncode == 0, run.stderr
    found = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    folder = "02 - P1 - Ủy ban nhân dân Phường 1/Minh chứng chung"
    assert found.keys() == {f"{folder}/tệp 1.pdf", f"{folder}/ảnh.jpg", INDEX_PATH}
    assert found[f"{folder}/tệp 1.pdf"] == content(1)
    assert found[f"{folder}/ảnh.jpg"] == content(2)


def test_files_are_given_away_before_the_next_is_read() -> None:
    asked: list[int] = []

    def read(number: int) -> bytes:
        asked.append(number)
        return content(number)

    pieces = evidence_zip(common(P1, *map(held, range(1, 6))), read, ABOUT)
    first = next(pieces)
    assert asked == [1]
    assert content(1) in first
    for number in range(2, 6):
        assert content(number) in next(pieces)
        assert asked == list(range(1, number + 1))


def peak_of(count: int, size: int) -> int:
    """What is in memory at most while *count* files of *size* bytes go by."""
    data = b"\x7f" * size
    files = common(P1, *(held(number, data=data) for number in range(1, count + 1)))
    del data
    gc.collect()
    tracemalloc.start()
    try:
        longest = sum(1 for piece in evidence_zip(files, lambda _: b"\x7f" * size, ABOUT) if len(piece) <= PIECE)
        assert longest >= count * size // PIECE
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_files() -> None:
    size = 4_000_000
    few, many = peak_of(3, size), peak_of(30, size)
    assert many < few + size // 2
    assert many < 3 * size


def test_a_fault_while_reading_breaks_the_file_off() -> None:
    def read(number: int) -> bytes:
        if number == 2:
            raise OSError("the database is gone")
        return content(number)

    pieces: Iterator[bytes] = evidence_zip(common(P1, held(1), held(2)), read, ABOUT)
    got = [next(pieces)]
    with pytest.raises(OSError, match="the database is gone"):
        got += list(pieces)
    assert b"PK\x05\x06" not in b"".join(got), "it would look whole"
