"""Evidence over HTTP: a file goes in and comes back, on the report or on the row that it proves, for nobody else."""

from __future__ import annotations

import hashlib
from io import BytesIO
from urllib.parse import unquote

import html5lib
import people
import pytest
from pages import soup
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from nhanquyen.store import attachments, database
from nhanquyen.store.models import Attachment, AttachmentContent, Entry, Event, Report

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SLOGAN = "n3-khau_hieu-kh1"


def photo(color: str = "red", kind: str = "JPEG", size: tuple[int, int] = (320, 200)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, color).save(out, kind)
    return out.getvalue()


def address(seed: people.Seed, rest: str = "", code: str = "P1") -> str:
    return f"/bao-cao/{seed.report(code).id}/minh-chung{rest}"


def upload(
    browser: people.Browser, seed: people.Seed, data: bytes | None, name: str = "ban ky.pdf", place: str = "",
    htmx: bool = False,
) -> TestResponse:  # fmt: skip
    fields: dict[str, object] = {"noi": place}
    if data is not None:
        fields["tep"] = FileStorage(BytesIO(data), name)
    boundary, body = encode_multipart(fields)
    content_type = f"multipart/form-data; boundary={boundary}"
    return browser.post(address(seed), body, htmx=htmx, content_type=content_type)  # type: ignore[arg-type]


def held() -> list[Attachment]:
    with database.connection():
        files = list(Attachment.select().order_by(Attachment.id))
        contents = {row[0] for row in AttachmentContent.select(AttachmentContent.attachment).tuples()}
    assert contents == {file.id for file in files}, "a row without its file, or a file without its row"
    return files


def add_row(browser: people.Browser, seed: people.Seed) -> str:
    browser.post(f"/bao-cao/{seed.report('P1').id}", {"action": "them.n1.chi_tiet"})
    with database.connection():
        key: str = Entry.select().where(Entry.block == "chi_tiet").order_by(Entry.id.desc()).get().row
    return key


# --- Up and down again ------------------------------------------------------------------------------------


def test_a_pdf_comes_back_byte_for_byte(as_unit: people.Browser, seed: people.Seed) -> None:
    answer = upload(as_unit, seed, PDF, "Báo cáo (đã ký) số 1.pdf")
    assert answer.status_code == 303
    page = soup(as_unit.get(answer.location))
    assert "Đã lưu tệp “Báo cáo (đã ký) số 1.pdf”." in page.get_text()
    link = page.select_one("ul.files a")
    assert link is not None
    (file,) = held()
    assert (file.sha256, file.size, file.media_type) == (hashlib.sha256(PDF).hexdigest(), len(PDF), "application/pdf")
    assert (file.added_by, file.item, file.block, file.row) == (seed.accounts["p1"], "", "", "")
    back = as_unit.get(str(link["href"]))
    assert back.data == PDF


def test_a_download_can_run_nothing_and_keeps_its_name(as_unit: people.Browser, seed: people.Seed) -> None:
    upload(as_unit, seed, PDF, "Ảnh “treo”; khẩu 'hiệu' 100%,a=b.pdf")
    (file,) = held()
    answer = as_unit.get(address(seed, f"/{file.id}"))
    headers = answer.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "no-store"
    disposition = headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=")
    assert disposition.isascii()
    assert unquote(disposition.split("filename*=UTF-8''")[1]) == file.name
    assert file.name == "Ảnh “treo”; khẩu 'hiệu' 100 ,a=b.pdf"


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "a.JPG"), ("PNG", "a.png"), ("WEBP", "a.webp")])
def test_a_photo_is_kept_as_jpeg_with_a_small_picture(
    as_unit: people.Browser, seed: people.Seed, kind: str, name: str
) -> None:
    upload(as_unit, seed, photo(kind=kind, size=(2000, 1000)), name, SLOGAN)
    (file,) = held()
    assert (file.name, file.media_type, file.item, file.block, file.row) == (
        "a.jpg", "image/jpeg", "n3", "khau_hieu", "kh1",
    )  # fmt: skip
    back = as_unit.get(address(seed, f"/{file.id}"))
    assert hashlib.sha256(back.data).hexdigest() == file.sha256
    assert max(Image.open(BytesIO(back.data)).size) <= 1600
    small = as_unit.get(address(seed, f"/{file.id}?nho=1"))
    assert small.headers["Content-Type"] == "image/jpeg"
    assert max(Image.open(BytesIO(small.data)).size) <= 160
    assert "Content-Disposition" not in small.headers
    page = soup(as_unit.get(address(seed, f"?noi={SLOGAN}")))
    picture = page.select_one("img.thumb")
    assert picture is not None
    assert as_unit.get(str(picture["src"])).data == small.data


def test_a_pdf_has_no_small_picture(as_unit: people.Browser, seed: people.Seed) -> None:
    upload(as_unit, seed, PDF)
    assert as_unit.get(address(seed, f"/{held()[0].id}?nho=1")).status_code == 404
    assert not soup(as_unit.get(address(seed))).select("img")


def test_a_file_proves_the_row_it_was_added_to(as_unit: people.Browser, seed: people.Seed) -> None:
    first, second = add_row(as_unit, seed), add_row(as_unit, seed)
    upload(as_unit, seed, photo("red"), "mot.jpg", f"n1-chi_tiet-{first}")
    upload(as_unit, seed, photo("blue"), "hai.jpg", f"n1-chi_tiet-{second}")
    upload(as_unit, seed, PDF)
    for row, name, number in ((first, "mot.jpg", 1), (second, "hai.jpg", 2)):
        page = soup(as_unit.get(address(seed, f"?noi=n1-chi_tiet-{row}")))
        assert [link.get_text() for link in page.select("ul.files a")] == [name]
        heading = page.h1
        assert heading is not None
        assert heading.get_text() == f"Minh chứng: cuộc {number}"
    form = soup(as_unit.get("/bao-cao"))
    buttons = [button.get_text() for button in form.select("button[value^='minh-chung']")]
    assert [text for text in buttons if "(1)" in text or "(1 tệp)" in text] == [
        "Minh chứng (1) của cuộc 1", "Minh chứng (1) của cuộc 2", "Minh chứng chung (1 tệp)",
    ]  # fmt: skip


def test_the_button_on_the_form_saves_first_and_leads_to_the_row(as_unit: people.Browser, seed: people.Seed) -> None:
    typed = {"action": "minh-chung.n3.khau_hieu.kh1", "n3-khau_hieu-kh1-bang_ron": "4", "ver": "0"}
    answer = as_unit.post(f"/bao-cao/{seed.report('P1').id}", typed)
    assert answer.location == address(seed, f"?noi={SLOGAN}")
    assert seed.report("P1").totals["n3.bang_ron"] == 4
    page = soup(as_unit.get(answer.location))
    heading = page.h1
    assert heading is not None
    assert "Chào mừng Kỷ niệm 75 năm" in heading.get_text()
    back = page.select_one("main a")
    assert back is not None
    assert back["href"] == f"/bao-cao#row-{SLOGAN}"


def test_htmx_gets_the_list_alone(as_unit: people.Browser, seed: people.Seed) -> None:
    answer = upload(as_unit, seed, PDF, htmx=True)
    assert answer.status_code == 200
    assert "<html" not in answer.get_data(as_text=True)
    page = soup(answer)
    assert page.find(id="evidence-files") is not None
    assert [link.get_text() for link in page.select("ul.files a")] == ["ban ky.pdf"]
    refused = upload(as_unit, seed, b"MZ", "virus.exe", htmx=True)
    assert refused.status_code == 422
    assert soup(refused).find(id="evidence-files") is not None
    assert len(held()) == 1


def test_the_same_file_twice_is_one(as_unit: people.Browser, seed: people.Seed) -> None:
    for _ in range(3):
        assert upload(as_unit, seed, PDF).status_code == 303
    assert len(held()) == 1
    upload(as_unit, seed, PDF, place=SLOGAN)
    assert len(held()) == 2
    with database.connection():
        assert Event.select().where(Event.action == "evidence_added").count() == 2


# --- What is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (None, "", "Chọn một tệp"),
        (b"", "", "Chọn một tệp"),
        (b"", "a.pdf", "Tệp rỗng (0 byte)"),
        (b"MZ\x90\x00", "a.exe", "không phải là ảnh JPG, PNG, WEBP hoặc PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "không phải là ảnh"),
        (b"<html><script>", "a.pdf", "không phải là ảnh"),
        (PDF, "a.jpg", "nội dung là PDF"),
        (photo(), "a.pdf", "nội dung là JPEG"),
        (PDF[:30], "a.pdf", "tải chưa hết hoặc bị hỏng"),
        (photo()[:300], "a.jpg", "bị hỏng hoặc tải chưa hết"),
        (PDF.replace(b"/Type", b"/Encrypt 1 0 R/Type"), "a.pdf", "có mật khẩu"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 50, "a.heic", "HEIC"),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_with_a_file_and_keeps_the_others(
    as_unit: people.Browser, seed: people.Seed, data: bytes | None, name: str, message: str
) -> None:
    upload(as_unit, seed, PDF, "truoc.pdf")
    answer = upload(as_unit, seed, data, name)
    html5lib.HTMLParser(strict=True).parse(answer.get_data(as_text=True))
    page = soup(answer)
    assert answer.status_code == 422
    link = page.select_one(".error-summary a[href='#tep']")
    assert link is not None
    assert message in link.get_text()
    assert page.select_one("#tep[aria-invalid]") is not None
    assert [each.get_text() for each in page.select("ul.files a")] == ["truoc.pdf"]
    assert len(held()) == 1


def test_the_size_limit_is_told_beforehand_and_holds(
    store_url: str, seed: people.Seed, clock: people.SettableClock
) -> None:
    browser = people.Browser(people.make_app(store_url, clock, MAX_UPLOAD_MB=1)).sign_in("p1")
    assert "mỗi tệp không quá 1 MB" in soup(browser.get(address(seed))).get_text()
    fits = PDF[:-6] + b"0" * (1024 * 1024 - len(PDF)) + PDF[-6:]
    assert upload(browser, seed, fits).status_code == 303
    larger = upload(browser, seed, b"%PDF-" + b"1" + fits[5:], "b.pdf")
    assert larger.status_code == 422
    assert "Tệp lớn hơn 1 MB" in soup(larger).get_text()
    huge = upload(browser, seed, b"%PDF-" + b"1" * (3 * 1024 * 1024), "c.pdf")
    assert huge.status_code == 413
    assert "Giảm dung lượng tệp" in soup(huge).get_text()
    fragment = upload(browser, seed, b"%PDF-" + b"1" * (3 * 1024 * 1024), "c.pdf", htmx=True)
    assert fragment.status_code == 413
    assert "<html" not in fragment.get_data(as_text=True)
    assert len(held()) == 1


def test_a_report_holds_so_many_files_and_no_more(
    as_unit: people.Browser, seed: people.Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "MAX_FILES", 2)
    for number in range(2):
        assert upload(as_unit, seed, PDF + b"%" * number).status_code == 303
    answer = upload(as_unit, seed, PDF + b"khac")
    assert answer.status_code == 422
    assert "Xóa bớt tệp rồi thêm lại" in soup(answer).get_text()
    first = held()[0]
    as_unit.post(address(seed, f"/{first.id}/xoa"))
    assert upload(as_unit, seed, PDF + b"khac").status_code == 303
    back = as_unit.post(address(seed, f"/{first.id}/xoa"), {"lay": "1"})
    assert back.status_code == 422
    assert "Xóa bớt tệp" in soup(back).get_text()
    assert [file.removed_at is None for file in held()] == [False, True, True]


def test_files_at_once_do_not_pass_the_limit(
    as_unit: people.Browser, seed: people.Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "MAX_FILES", 3)
    report, actor = seed.report("P1"), seed.actor("p1", seed.round.opened_at)

    def work(number: int) -> object:
        return attachments.add(report, ("", "", ""), "a.pdf", "application/pdf", b"%d" % number, None, actor)

    results = people.in_parallel(8, work)
    assert sum(isinstance(result, Attachment) for result in results) == 3
    assert sum(isinstance(result, attachments.TooManyFiles) for result in results) == 5
    assert len(held()) == 3


def test_a_report_holds_so_many_megabytes_and_no_more(
    as_unit: people.Browser, seed: people.Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "MAX_BYTES", len(PDF) + 10)
    assert upload(as_unit, seed, PDF).status_code == 303
    answer = upload(as_unit, seed, PDF + b"%")
    assert answer.status_code == 422
    assert len(held()) == 1


@pytest.mark.parametrize(
    "place",
    ["n1-so_lieu-0", "n1-chi_tiet-rkhongco", "n3-khau_hieu-kh99", "n9-x-1", "x", "n1-chi_tiet", "-", "\x00", "n1--"],
)
def test_a_place_that_takes_no_evidence_is_not_there(as_unit: people.Browser, seed: people.Seed, place: str) -> None:
    assert as_unit.get(address(seed), query_string={"noi": place}).status_code == 404
    assert upload(as_unit, seed, PDF, place=place).status_code == 404
    assert held() == []


# --- Taking off and bringing back -------------------------------------------------------------------------------------


def test_a_removed_file_can_be_brought_back(as_unit: people.Browser, seed: people.Seed) -> None:
    upload(as_unit, seed, PDF, place=SLOGAN)
    (file,) = held()
    answer = as_unit.post(address(seed, f"/{file.id}/xoa"))
    page = soup(as_unit.get(answer.location))
    assert not page.select("ul.files")
    assert "Đã xóa tệp “ban ky.pdf”." in page.get_text()
    undo = page.select_one("form.undo")
    assert undo is not None
    (file,) = held()
    assert file.removed_at is not None
    back = as_unit.post(str(undo["action"]), {"lay": "1"})
    page = soup(as_unit.get(back.location))
    assert [link.get_text() for link in page.select("ul.files a")] == ["ban ky.pdf"]
    as_unit.post(str(undo["action"]), {"lay": "1"})
    with database.connection():
        acts = [event.action for event in Event.select().order_by(Event.id) if event.action.startswith("evidence")]
    assert acts == ["evidence_added", "evidence_removed", "evidence_added"]


def test_the_evidence_of_a_removed_row_goes_and_comes_with_it(as_unit: people.Browser, seed: people.Seed) -> None:
    row = add_row(as_unit, seed)
    place = f"n1-chi_tiet-{row}"
    upload(as_unit, seed, PDF, place=place)
    form = f"/bao-cao/{seed.report('P1').id}"
    as_unit.post(form, {"action": f"xoa.n1.chi_tiet.{row}", "ver": "1"})
    assert as_unit.get(address(seed, f"?noi={place}")).status_code == 404
    assert upload(as_unit, seed, PDF + b"%", place=place).status_code == 404
    with database.connection():
        assert list(attachments.of_report(seed.report("P1"))) == []
    as_unit.post(form, {"action": f"lay.n1.chi_tiet.{row}", "ver": "2"})
    assert len(soup(as_unit.get(address(seed, f"?noi={place}"))).select("ul.files a")) == 1
    with database.connection():
        assert list(attachments.of_report(seed.report("P1"))) == held()


def test_a_row_that_is_removed_during_the_upload(as_unit: people.Browser, seed: people.Seed) -> None:
    """The page was asked for while the row was there; the file arrives after it has gone."""
    row = add_row(as_unit, seed)
    with database.connection():
        Entry.update(removed_at=seed.round.opened_at).where(Entry.row == row).execute()
        actor = seed.actor("p1", seed.round.opened_at)
        with pytest.raises(KeyError):
            attachments.add(seed.report("P1"), ("n1", "chi_tiet", row), "a.pdf", "application/pdf", PDF, None, actor)
    assert held() == []


# --- Who and when ---------------------------------------------------------------------------------------------------


def test_other_units_see_none_of_it_and_the_office_reads_it(
    as_unit: people.Browser, as_other: people.Browser, as_team: people.Browser, as_admin: people.Browser,
    seed: people.Seed,
) -> None:  # fmt: skip
    upload(as_unit, seed, PDF)
    (file,) = held()
    for path in ("", f"/{file.id}", f"/{file.id}?nho=1"):
        assert as_other.get(address(seed, path)).status_code == 404
    assert as_other.get(address(seed, f"/{file.id}", code="LT")).status_code == 404
    assert as_other.post(address(seed, f"/{file.id}/xoa")).status_code == 404
    assert as_other.post(address(seed, f"/{file.id}/xoa", code="LT")).status_code == 404
    assert upload(as_other, seed, PDF + b"%").status_code == 404
    for office, status in ((as_team, 409), (as_admin, 403)):
        assert office.get(address(seed, f"/{file.id}")).data == PDF
        assert office.post(address(seed, f"/{file.id}/xoa")).status_code == status
    assert [each.removed_at for each in held()] == [None]


@pytest.mark.parametrize("number", ["0", "999", "-1", "x", "9" * 30])
def test_a_file_that_is_not_there(as_unit: people.Browser, seed: people.Seed, number: str) -> None:
    assert as_unit.get(address(seed, f"/{number}")).status_code == 404
    assert as_unit.post(address(seed, f"/{number}/xoa")).status_code == 404
    assert as_unit.get(address(seed, f"?da_xoa={number}")).status_code == 200


def test_the_signed_scan_may_follow_until_the_report_is_accepted(
    as_unit: people.Browser, as_team: people.Browser, seed: people.Seed
) -> None:
    report = seed.report("P1")
    as_unit.post(f"/bao-cao/{report.id}/luu", {**people.complete_answers(), "ver": "0"}, htmx=True)
    upload(as_unit, seed, PDF, place=SLOGAN)
    assert as_unit.post(f"/bao-cao/{report.id}/gui", {"khong_mat": "1"}).status_code == 303
    row_file = upload(as_unit, seed, PDF + b"%", place=SLOGAN)
    assert row_file.status_code == 409
    assert "đã gửi" in soup(row_file).get_text()
    assert as_unit.post(address(seed, f"/{held()[0].id}/xoa")).status_code == 409
    assert upload(as_unit, seed, PDF, "ban ky.pdf").status_code == 303
    as_team.post(f"/tong-hop/bao-cao/{report.id}/tiep-nhan", {"lan_gui": "1"})
    refused = upload(as_unit, seed, PDF + b"%", "ban ky 2.pdf")
    assert refused.status_code == 409
    assert "đã được tiếp nhận" in soup(refused).get_text()
    assert [file.name for file in held()] == ["ban ky.pdf", "ban ky.pdf"]
    assert Report.get_by_id(report.id).version == 3
