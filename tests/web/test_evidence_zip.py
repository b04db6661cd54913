"""The evidence ZIP over HTTP: whose files are in it, that it flows, and that nobody is locked out by it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile, is_zipfile

import people
import pytest
from openpyxl import load_workbook
from pages import soup, words
from playhouse.test_utils import count_queries
from werkzeug.test import TestResponse

from nhanquyen.store import attachments, database, review, saving, sending
from nhanquyen.store.models import Attachment, AttachmentContent, Event, Report
from nhanquyen.store.rounds import add_reports
from nhanquyen.web import evidence_zip
from nhanquyen.web.evidence_zip import STALLED_SECONDS, Turn, TurnLost, amount_words

INDEX = "00 - Danh mục minh chứng.xlsx"
P1_FOLDER = "02 - P1 - Ủy ban nhân dân Phường 1"
LT_FOLDER = "03 - LT - Ủy ban nhân dân xã Long Toàn"
VHTT_FOLDER = "01 - VHTT - Phòng Văn hóa và Thông tin"


def pdf(text: str) -> bytes:
    return b"%PDF-1.4\n" + text.encode() * 400 + b"\n%%EOF\n"


def add(seed: people.Seed, code: str, name: str, place: tuple[str, str, str] = ("", "", "")) -> bytes:
    """A file on the unit's report, added without the web."""
    data = pdf(f"{code} {name} {place}")
    with database.connection():
        actor = seed.actor(code.lower(), seed.round.opened_at)
        attachments.add(seed.report(code), place, name, "application/pdf", data, None, actor)
    return data


def send(seed: people.Seed, code: str, clock: people.SettableClock) -> None:
    with database.connection():
        sending.send(seed.report(code), people.DIRECTIVE, seed.actor(code.lower(), clock()))


@pytest.fixture
def files(seed: people.Seed, clock: people.SettableClock) -> dict[str, bytes]:
    """Evidence of all three units: Long Toàn has sent, Phường 1 is accepted, VHTT drafts. By path in the ZIP."""
    actor = seed.actor("p1", clock())
    with database.connection():
        kept, gone = (saving.add_row(seed.report("P1"), "n1", "chi_tiet", people.DIRECTIVE, actor) for _ in range(2))
        row = {"ngay": "5/12/2023", "hinh_thuc": "Họp tổ", "noi_dung": "Quyền trẻ em"}
        typed = {f"n1-chi_tiet-{kept}-{field}": text for field, text in row.items()}
        seed.save("P1", people.complete_answers() | typed, clock())
        seed.save("LT", people.complete_answers(), clock())
        seed.save("VHTT", {"n1-so_lieu-0-so_cuoc": "3"}, clock())
    row_folder = f"{P1_FOLDER}/Nội dung 1/Cuộc 1, 05-12-2023, Họp tổ"
    slogan_folder = f"{LT_FOLDER}/Nội dung 3/KH1. Chào mừng Kỷ niệm 75 năm Ngày Nhân quyền"
    made = {
        f"{row_folder}/ảnh.pdf": add(seed, "P1", "ảnh.pdf", ("n1", "chi_tiet", kept)),
        f"{P1_FOLDER}/Minh chứng chung/bản ký.pdf": add(seed, "P1", "bản ký.pdf"),
        f"{slogan_folder}/a.pdf": add(seed, "LT", "a.pdf", ("n3", "khau_hieu", "kh1")),
        f"{VHTT_FOLDER}/Minh chứng chung/nháp.pdf": add(seed, "VHTT", "nháp.pdf"),
    }
    add(seed, "P1", "của dòng đã xóa.pdf", ("n1", "chi_tiet", gone))
    add(seed, "LT", "đã bỏ.pdf")
    with database.connection():
        saving.remove_row(seed.report("P1"), "n1", "chi_tiet", gone, people.DIRECTIVE, actor)
        taken_off = Attachment.get(Attachment.name == "đã bỏ.pdf")
        attachments.remove(seed.report("LT"), taken_off, seed.actor("lt", clock()))
    for code in ("P1", "LT"):
        send(seed, code, clock)
    with database.connection():
        review.accept(seed.report("P1"), 1, seed.actor("tonghop", clock()))
    return made


@pytest.fixture(autouse=True)
def turn_is_free_at_the_end() -> Iterator[None]:
    yield
    kept, Turn._holder = Turn._holder, None
    assert kept is None


def opened(answer: TestResponse) -> ZipFile:
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    made = ZipFile(BytesIO(answer.data))
    assert made.testzip() is None
    return made


def index(made: ZipFile) -> list[dict[str, Any]]:
    sheet = load_workbook(BytesIO(made.read(INDEX)))["Danh mục minh chứng"]
    heads, *lines = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, heads), line, strict=True)) for line in lines]


def in_folders(files: dict[str, bytes], *folders: str) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if path.startswith(folders)}


# --- What is in it -----------------------------------------------------------------------------------------


def test_every_file_comes_byte_for_byte_with_its_line(files: dict[str, bytes], as_team: people.Browser) -> None:
    made = opened(as_team.get("/tai-ve/minh-chung"))
    wanted = in_folders(files, P1_FOLDER, LT_FOLDER)
    assert {name: made.read(name) for name in made.namelist()} == {**wanted, INDEX: made.read(INDEX)}
    lines = index(made)
    assert [line["Đường dẫn trong tệp ZIP"] for line in lines] == list(made.namelist()[:-1])
    assert [line["Số TT"] for line in lines] == [1, 2, 3]
    for line in lines:
        data = wanted[line["Đường dẫn trong tệp ZIP"]]
        assert line["SHA-256"] == hashlib.sha256(data).hexdigest()
        assert line["Dung lượng (byte)"] == len(data)
    assert [line["Người thêm"] for line in lines] == ["Ủy ban nhân dân Phường 1"] * 2 + ["Ủy ban nhân dân xã Long Toàn"]
    assert lines[0]["Dòng"] == "Cuộc 1, 05/12/2023, Họp tổ"


@pytest.mark.parametrize(
    ("query", "folders"),
    [
        ("", [P1_FOLDER, LT_FOLDER]),
        ("?pham_vi=da_gui&nhom=XP", [P1_FOLDER, LT_FOLDER]),
        ("?pham_vi=da_tiep_nhan", [P1_FOLDER]),
        ("?nhom=PCM", []),
    ],
)
def test_scope_and_group_decide_whose_files_are_in(
    files: dict[str, bytes], as_team: people.Browser, query: str, folders: list[str]
) -> None:
    made = opened(as_team.get(f"/tai-ve/minh-chung{query}"))
    assert {path.split("/")[0] for path in made.namelist()} == {*folders, INDEX}


def test_without_files_it_holds_an_index_that_says_so(seed: people.Seed, as_team: people.Browser) -> None:
    made = opened(as_team.get("/tai-ve/minh-chung"))
    assert made.namelist() == [INDEX]
    assert index(made)[0]["Đơn vị"] == "Không có tệp minh chứng nào trong phạm vi này."


@pytest.mark.parametrize("query", ["?pham_vi=x", "?nhom=ZZ", "?nhom=%00"])
def test_what_is_not_offered_is_bad_input(seed: people.Seed, as_team: people.Browser, query: str) -> None:
    answer = as_team.get(f"/tai-ve/minh-chung{query}")
    assert answer.status_code == 400
    assert "Mở lại trang Tải về" in answer.get_data(as_text=True)


def test_one_unit_comes_from_its_review_page(
    files: dict[str, bytes], seed: people.Seed, as_team: people.Browser
) -> None:
    address = f"/tong-hop/bao-cao/{seed.report('VHTT').id}"
    page = as_team.get(address)
    link = soup(page).find("a", string="Tải minh chứng của đơn vị (ZIP)")
    assert link is not None
    assert "1 tệp, 0,1 MB" in words(page)
    answer = as_team.get(str(link["href"]))
    assert answer.headers["Content-Disposition"] == "attachment; filename=minh-chung-vhtt-20231220-0900.zip"
    made = opened(answer)
    assert {name: made.read(name) for name in made.namelist()[:-1]} == in_folders(files, VHTT_FOLDER)
    assert as_team.get("/tong-hop/bao-cao/999/minh-chung.zip").status_code == 404


def test_a_unit_that_left_keeps_its_files(files: dict[str, bytes], seed: people.Seed, as_team: people.Browser) -> None:
    with database.connection():
        Report.update(asked=False).where(Report.unit == seed.units["LT"]).execute()
    made = opened(as_team.get(f"/tong-hop/bao-cao/{seed.report('LT').id}/minh-chung.zip"))
    assert made.namelist()[0].startswith("LT - Ủy ban nhân dân xã Long Toàn/")


def test_damaged_bytes_are_named_and_left_out(
    files: dict[str, bytes], as_team: people.Browser, seed: people.Seed
) -> None:
    with database.connection():
        hurt = Attachment.get(Attachment.name == "bản ký.pdf")
        AttachmentContent.update(content=b"%PDF-1.4\nx\n%%EOF\n").where(AttachmentContent.attachment == hurt).execute()
        lost = Attachment.get(Attachment.name == "a.pdf")
        AttachmentContent.delete().where(AttachmentContent.attachment == lost).execute()
    made = opened(as_team.get("/tai-ve/minh-chung"))
    assert [name.rsplit("/")[-1] for name in made.namelist()] == ["ảnh.pdf", "00 - CÓ TỆP BỊ HỎNG.txt", INDEX]
    assert [line["Tình trạng"].startswith("HỎNG") for line in index(made)] == [False, True, True]


# --- What the page and the log say -------------------------------------------------------------------------


def test_the_page_states_number_and_size_of_what_each_link_gives(
    files: dict[str, bytes], as_team: people.Browser
) -> None:
    page = soup(as_team.get("/tai-ve"))
    rows = {
        row.select("th")[0].get_text(): [cell.get_text(strip=True) for cell in row.select("td")]
        for row in page.select(".evidence-table tbody tr")
    }
    assert rows == {
        "Tất cả": ["3 tệp, 0,1 MB", "2 tệp, 0,1 MB"],
        "Phòng chuyên môn": ["không có tệp", "không có tệp"],
        "Xã, phường": ["3 tệp, 0,1 MB", "2 tệp, 0,1 MB"],
    }
    links = [str(link["href"]) for link in page.select(".evidence-table a")]
    assert len(links) == 4
    counts = [len(opened(as_team.get(link)).namelist()) - 1 for link in links]
    assert counts == [3, 2, 3, 2]


@pytest.mark.parametrize(
    ("files", "size", "said"),
    [(0, 0, "không có tệp"), (1, 1, "1 tệp, 0,1 MB"), (1234, 5 * 2**30 + 1, "1.234 tệp, 5.120,1 MB")],
)
def test_amounts_read_as_people_write_them(files: int, size: int, said: str) -> None:
    assert amount_words(attachments.Amount(files, size)) == said


def test_it_is_logged_with_its_counts(
    files: dict[str, bytes], as_team: people.Browser, as_admin: people.Browser
) -> None:
    as_team.get("/tai-ve/minh-chung?nhom=XP")
    with database.connection():
        event = Event.select().order_by(Event.id.desc()).get()
    assert (event.action, event.actor) == ("exported", "Đội Tổng hợp")
    assert event.subject == "Minh chứng (ZIP): Báo cáo đã gửi và đã tiếp nhận. Nhóm: Xã, phường"
    size = sum(map(len, in_folders(files, P1_FOLDER, LT_FOLDER).values()))
    assert event.detail == {"files": 3, "size": size}
    assert f"số tệp: 3 dung lượng (byte): {size}" in words(as_admin.get("/quan-tri/nhat-ky?viec=exported"))


# --- How it flows ------------------------------------------------------------------------------------------


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of the attachments whose bytes were read so far."""
    asked: list[int] = []
    read = attachments.stored_bytes

    def noted(attachment_id: int) -> bytes | None:
        asked.append(attachment_id)
        return read(attachment_id)

    monkeypatch.setattr(attachments, "stored_bytes", noted)
    return asked


def flowing(browser: people.Browser, address: str = "/tai-ve/minh-chung") -> tuple[TestResponse, Iterator[bytes]]:
    """The answer as its first pieces come, the way a server takes them."""
    answer = browser.client.get(address, environ_base={"REMOTE_ADDR": browser.ip})
    assert answer.status_code == 200
    return answer, answer.iter_encoded()


def test_it_begins_at_once_and_holds_no_connection_between_files(
    files: dict[str, bytes], seed: people.Seed, as_team: people.Browser, clock: people.SettableClock, reading: list[int]
) -> None:
    answer, pieces = flowing(as_team)
    first = next(pieces)
    assert len(reading) == 1
    assert next(iter(files.values())) in first
    assert database.database.is_closed()
    with database.connection():  # another saves while the download goes on
        saved = seed.save("VHTT", {"n1-so_lieu-0-so_cuoc": "5"}, clock())
    assert not saved.conflicts
    rest = b"".join(pieces)
    answer.close()
    assert len(reading) == 3
    assert ZipFile(BytesIO(first + rest)).testzip() is None
    assert database.database.is_closed()


def test_one_at_a_time(files: dict[str, bytes], as_team: people.Browser, as_admin: people.Browser) -> None:
    answer, pieces = flowing(as_team)
    next(pieces)
    second = as_admin.get("/tai-ve/minh-chung")
    assert second.status_code == 503
    assert "Đang có người khác tải minh chứng. Chờ người đó tải xong rồi tải lại." in words(second)
    assert as_admin.get("/tai-ve/excel").status_code == 200, "a slow line does not keep the Excel"
    list(pieces)
    answer.close()
    assert as_admin.get("/tai-ve/minh-chung").status_code == 200


def test_a_client_that_goes_away_lets_the_next_one_in(
    files: dict[str, bytes], as_team: people.Browser, reading: list[int]
) -> None:
    answer, pieces = flowing(as_team)
    next(pieces)
    answer.close()
    assert len(reading) == 1
    assert opened(as_team.get("/tai-ve/minh-chung"))


def test_a_fault_in_the_middle_breaks_off_and_lets_the_next_one_in(
    files: dict[str, bytes], as_team: people.Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(attachment_id: int) -> bytes:
        raise OSError("the disk is gone")

    answer, pieces = flowing(as_team)
    got = [next(pieces)]
    with monkeypatch.context() as patch:
        patch.setattr(attachments, "stored_bytes", fail)
        with pytest.raises(OSError, match="the disk is gone"):
            got += pieces
    answer.close()
    assert not is_zipfile(BytesIO(b"".join(got)))
    assert opened(as_team.get("/tai-ve/minh-chung"))


def test_a_refusal_before_the_first_byte_keeps_no_turn(
    files: dict[str, bytes], as_team: people.Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(evidence_zip, "About", fail)
        assert as_team.get("/tai-ve/minh-chung").status_code == 500
    assert opened(as_team.get("/tai-ve/minh-chung"))


def test_only_looking_at_the_address_keeps_no_turn(files: dict[str, bytes], as_team: people.Browser) -> None:
    assert as_team.client.head("/tai-ve/minh-chung", buffered=True).status_code == 200
    assert opened(as_team.get("/tai-ve/minh-chung"))


def test_a_download_that_stands_still_loses_its_turn(
    files: dict[str, bytes], as_team: people.Browser, as_admin: people.Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(evidence_zip, "monotonic", lambda: now[0])
    answer, pieces = flowing(as_team)
    next(pieces)
    now[0] += STALLED_SECONDS - 1
    next(pieces)  # it moves after all
    now[0] += STALLED_SECONDS - 1
    assert as_admin.get("/tai-ve/minh-chung").status_code == 503
    now[0] += 1
    other, others = flowing(as_admin)
    next(others)
    with pytest.raises(TurnLost):
        list(pieces)
    answer.close()  # takes nothing from the one that goes on
    with pytest.raises(evidence_zip.BadInput):
        Turn()
    list(others)
    other.close()
    Turn().end()


def queries(browser: people.Browser) -> tuple[int, int]:
    """How many queries there are before the first byte, and how many files come then."""
    with count_queries() as counter:
        answer, pieces = flowing(browser)
    names = ZipFile(BytesIO(b"".join(pieces))).namelist()
    answer.close()
    return int(counter.count), len(names) - 1


def test_the_queries_do_not_grow_with_the_units(
    files: dict[str, bytes], seed: people.Seed, as_team: people.Browser
) -> None:
    before, count = queries(as_team)
    assert count == 3
    codes = [f"X{number}" for number in range(60)]
    with database.connection():
        for number, code in enumerate(codes):
            seed.units[code] = people.make_unit(code, f"Xã {number}", "XP", number + 10)
            seed.accounts[code.lower()] = seed.accounts["lt"]
        add_reports(seed.round, [seed.units[code] for code in codes])
    for code in codes:
        add(seed, code, "bản ký.pdf")
    with database.connection():
        Report.update(status="sent").where(Report.unit.in_([seed.units[code] for code in codes])).execute()
    assert queries(as_team) == (before, 63)
