"""A database full of life: a round in which everything that can be stored has been, told through the program itself.

`keep.py` makes the database of a release of it; the tests make it anew, so that it always tells all there is.
"""

from __future__ import annotations

import io
import unicodedata
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime

import people
import word_files
from combined_story import Story, full_story, tell_the_same
from flask import Flask
from PIL import Image, ImageDraw
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from nhanquyen.clock import VIETNAM
from nhanquyen.directive.model import MAX_COUNT
from nhanquyen.export.word_kinds import KINDS
from nhanquyen.form.evidence import prepare
from nhanquyen.form.unit_row import UnitRow
from nhanquyen.overview import Scope
from nhanquyen.store import (
    accounts,
    attachments,
    events,
    extension,
    recalls,
    reports,
    review,
    rounds,
    saving,
    sending,
    units,
)
from nhanquyen.store.accounts import Hasher, Role, SignInRefused
from nhanquyen.store.database import connection
from nhanquyen.store.events import Actor

# Whatever a clerk pastes and the program takes.
HOSTILE = (
    "Robert'); DROP TABLE report;-- \"nháy kép\" 'nháy đơn' `huyền` \\n \\' \\\\ %s %(x)s {0} ${x} $$ ?1 :a @b #c\n"
    '=HYPERLINK("http://x","y") +1+1 @SUM(A1) -2 <b>&amp;</b> ]]> <!--\n'
    "😀👨‍👩‍👧‍👦🇻🇳 𝔘𝔫𝔦 ﷽ שלום مرحبا កម្ពុជា 中文 ẤẦẨẪẬ\tđầu\u00a0cuối \u202eđảo\u202c\n"
    + unicodedata.normalize("NFD", "Đường Nguyễn Thị Minh Khai, ấp Rẫy, xã Trường Long Hòa")
)
LONGEST = (HOSTILE + "\n") * 40
ONE_LINE = HOSTILE.replace("\n", " ")


def fill(url: str) -> None:
    """Make the tables in the empty database of *url*, and everything in them."""
    clock = people.SettableClock()
    with people.made_database(url):
        app = people.make_app(url, clock)
        seed = people.seed(clock)
        story = full_story(seed, clock)
        _add_more_units(story)
        tell_the_same(story)
        with connection():
            _decide_overlaps(story)
            _type_the_worst(story)
            _attach(story)
            _review(story)
            _ask_back(story)
            _change_the_list(story)
            _change_accounts(story)
            events.record("setup", story.actor("quantri"), subject=seed.directive.number)
        _save_from_two_pages(app, story)
        _replace_templates(app)
        _issue(app)


def _add_more_units(story: Story) -> None:
    """A unit whose every text is as long and as bad as can be, and three for the ways that are still missing."""
    with connection():
        texts = {
            "contact": ONE_LINE[:100],
            "contact_position": ONE_LINE[100:200],
            "phone": "'" * 50,
            "place": "😀" * 100,
            "note": ONE_LINE[:500],
        }
        story.add_unit("X_-9", unicodedata.normalize("NFC", ONE_LINE[:200]), "XP", 7, **texts)
        story.add_unit("RUT", "Đơn vị đã rút lại", "PCM", 8)
        story.add_unit("KHOA", "Đơn vị đã thôi hoạt động", "PCM", 9, active_to=date(2023, 12, 1))
        story.add_unit("GIAY", "Đơn vị gửi bản giấy", "PCM", 10)
        for code in ("X_-9", "RUT", "GIAY"):
            if code == "GIAY":
                story.enter(code)
            story.save(code, people.complete_answers(), "tonghop" if code == "GIAY" else "")


def _decide_overlaps(story: Story) -> None:
    once, each, *_ = story.groups()
    story.decide(once, once.tellings[0].line.code, ONE_LINE[:1000])
    story.decide(each, "")


def _type_the_worst(story: Story) -> None:
    """A draft with everything that is kept though it cannot be sent; rows removed, brought back and copied."""
    worst = {
        "n1-ket_qua-0-cach_lam": LONGEST[:10_000],
        "n2-ket_qua-0-cach_lam": "😀" * 10_000,
        "n5-danh_gia-0-danh_gia_chung": LONGEST,
        "n5-danh_gia-0-kho_khan": "=" * 10_000,
        "n1-so_lieu-0-so_luot_nguoi": str(MAX_COUNT),
        "n2-kenh-0-luot_tiep_can": f"{MAX_COUNT}",
        "n2-kenh-0-luot_tuong_tac": f"{MAX_COUNT + 1}",
        "n1-so_lieu-0-so_cuoc": "-1",
        "n1-linh_vuc-0-lv_khac_ten": ONE_LINE,
        "n5-ky_bao_cao-0-so_lieu_tu": "30/02/2023",
        "n3-khau_hieu-khac-dia_diem": HOSTILE,
    }
    story.save("LT", worst)
    for number in range(3):
        row = {"ngay": "05/12/2023", "hinh_thuc": ONE_LINE, "noi_dung": f"dòng {number}", "luot_nguoi": str(MAX_COUNT)}
        story.add_row("LT", "n1", "chi_tiet", row, times=2)
    report = story.seed.report("LT")
    first, second, *_ = _sessions(story)
    for key, back in ((first, False), (second, False), (second, True)):
        report = story.seed.report("LT")
        saving.remove_row(report, "n1", "chi_tiet", key, story.seed.directive, story.actor("lt"), restore=back)
    sent = {"n5-danh_gia-0-nguyen_nhan": HOSTILE, "n5-danh_gia-0-danh_gia_chung": LONGEST[:10_000]}
    story.save("X_-9", sent)


def _sessions(story: Story) -> list[str]:
    """The keys of Long Toàn's rows of sessions."""
    item = story.seed.directive.by_key["n1"]
    held = reports.load_answers(story.seed.report("LT")).rows(item, story.seed.directive.block("n1", "chi_tiet"))
    return [row.key for row in held]


def _photo(color: str, kind: str = "JPEG") -> bytes:
    image = Image.new("RGB", (360, 240), color)
    ImageDraw.Draw(image).ellipse((80, 40, 280, 200), fill="white")
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def _attach(story: Story) -> None:
    """A photo on the report, one on a row, one that was taken off, one whose row went; a scan."""

    def add(code: str, place: tuple[str, str, str], name: str, data: bytes) -> attachments.Attachment:
        made = prepare(name, data, 12)
        report, who = story.seed.report(code), story.actor(code.lower())
        return attachments.add(report, place, made.name, made.media_type, made.data, made.thumbnail, who)

    first, *_, last = _sessions(story)
    add("LT", ("n1", "chi_tiet", first), unicodedata.normalize("NFD", "Ảnh hội nghị 'ấp' 1 😀.jpg"), _photo("red"))
    gone = add("LT", ("n3", "khau_hieu", "kh1"), "băng rôn.png", _photo("yellow", "PNG"))
    attachments.remove(story.seed.report("LT"), gone, story.actor("lt"))
    back = add("LT", ("n3", "khau_hieu", "kh2"), "=1+1.webp", _photo("blue", "WEBP"))
    attachments.remove(story.seed.report("LT"), back, story.actor("lt"))
    attachments.remove(story.seed.report("LT"), back, story.actor("lt"), restore=True)
    page = io.BytesIO()
    Image.new("1", (80, 110), 1).save(page, "PDF")
    add("P1", ("", "", ""), "Báo cáo có chữ ký.pdf", page.getvalue())
    add("LT", ("n1", "chi_tiet", last), "ảnh của dòng đã xóa.jpg", _photo("green"))
    saving.remove_row(story.seed.report("LT"), "n1", "chi_tiet", last, story.seed.directive, story.actor("lt"))


def _review(story: Story) -> None:
    """Accepted, returned and returned again, begun, withdrawn, entered from paper, given more time and no more."""
    for code in ("X_-9", "RUT"):
        story.send(code)
    story.send("GIAY", "tonghop")
    sending.withdraw(story.seed.report("RUT"), story.actor("rut"))
    number = story.seed.report("VHTT").revision
    review.begin(story.seed.report("VHTT"), number, story.actor("tonghop"))
    review.accept(story.seed.report("VHTT"), number, story.actor("tonghop"))
    reasons = {"n1": HOSTILE, "n5": "Thiếu chữ ký. " * 100}
    review.give_back(story.seed.report("LA"), story.seed.report("LA").revision, reasons, story.actor("tonghop"))
    late = datetime(2023, 12, 30, 17, 0, tzinfo=VIETNAM)
    extension.extend(story.seed.report("X_-9"), late, ONE_LINE[:500], story.actor("tonghop"))
    extension.extend(story.seed.report("HT"), late, "Mất điện", story.actor("tonghop"))
    extension.end(story.seed.report("HT"), story.actor("tonghop"))
    rounds.edit_round(
        story.seed.round,
        datetime(2023, 12, 22, 11, 30, tzinfo=VIETNAM),
        datetime(2024, 1, 15, 17, 0, tzinfo=VIETNAM),
        story.actor("quantri"),
    )


def _ask_back(story: Story) -> None:
    """A request that was declined, one that was granted (its supplement comes on paper), one that waits."""
    for code in ("P1", "DTH", "PNV"):
        report = story.seed.report(code)
        review.begin(report, report.revision, story.actor("tonghop"))
        recalls.ask(story.seed.report(code), (HOSTILE + " ")[:2000], story.actor(code.lower()))
    asked = recalls.unanswered(story.seed.report("P1"))
    assert asked is not None
    recalls.decline(story.seed.report("P1"), asked.id, HOSTILE, story.actor("tonghop"))
    report = story.seed.report("DTH")
    review.give_back(report, report.revision, {"n2": "Đơn vị xin lấy lại."}, story.actor("tonghop"))
    story.enter("DTH")


def _change_the_list(story: Story) -> None:
    """The admin's work on the unit list: edited, added as not active yet, moved, deactivated, brought back."""
    admin = story.actor("quantri")
    row = units.as_row(story.seed.units["HT"], 1, admin.at.date())
    units.edit_unit(replace(row, contact="Lê Thị 'Bé' Ba", note=ONE_LINE[:500]), units.state_of(row), admin)
    units.add_unit(UnitRow(code="MOI", name="Đơn vị mới, chưa hoạt động", group="PCM", active=False), admin)
    units.move_unit("HT", 5, story.actor("quantri"))
    for code, active in (("GIAY", False), ("PNV", False), ("PNV", True)):
        units.set_active(code, active, story.actor("quantri"))


def _change_accounts(story: Story) -> None:
    """One as a real installation hashes it, one disabled, one reset, one that never came; failures and sessions."""
    accounts.add_account("thanhtra", "Thanh tra 😀 'x'", Role.SYNTHESIS, None, story.actor("quantri"), Hasher())
    quick = Hasher(people.FAST_HASH)
    accounts.set_disabled(story.seed.accounts["khoa"], True, story.actor("quantri"))
    accounts.reset_password(story.seed.accounts["rut"], story.actor("quantri"), quick)
    for name, times in (("tonghop", 6), ("không có tên này", 6), ("p1", 1)):
        for _ in range(times):
            with suppress(SignInRefused):
                accounts.sign_in(name, "sai", Actor(None, "2001:db8::1", story.actor("quantri").at), quick)
    admin = story.actor("quantri")
    account, token = accounts.sign_in("quantri", people.PASSWORD, admin, quick)
    accounts.change_password(account, people.PASSWORD, token, admin, Hasher())


def _save_from_two_pages(app: Flask, story: Story) -> None:
    """Numbered requests, as the form sends them."""
    clerk = people.Browser(app).sign_in("lt")
    for tab, number in (("a1", "1"), ("a1", "2"), ("b2", "1")):
        report = story.seed.report("LT")
        typed = {"n2-so_lieu-0-so_hoat_dong": f"1{number}", "ver": str(report.version), "tab": tab, "seq": number}
        assert clerk.post(f"/bao-cao/{report.id}/luu", typed, htmx=True).status_code == 200


def _replace_templates(app: Flask) -> None:
    team = people.Browser(app).sign_in("tonghop")
    for kind, name in (("unit", "mẫu 'mới' 😀.docx"), ("reminder", "nhắc.docx")):
        document = word_files.opened(KINDS[kind].built_in)
        document.add_paragraph("Mẫu của Đội Tổng hợp")
        boundary, body = encode_multipart({"tep": FileStorage(io.BytesIO(word_files.saved(document)), name)})
        sent = team.post(f"/tai-ve/mau-word/{kind}", body, content_type=f"multipart/form-data; boundary={boundary}")  # type: ignore[arg-type]
        assert sent.status_code == 303, sent.get_data(as_text=True)
    assert team.post("/tai-ve/mau-word/reminder/mau-goc").status_code == 303


def _issue(app: Flask) -> None:
    """One issued report of what was accepted, one of all that was sent. The browsers stay signed in."""
    team = people.Browser(app).sign_in("tonghop")
    for number, scope in enumerate((Scope.ACCEPTED, Scope.SENT)):
        form = {"pham_vi": scope.value, "sau_lan": str(number), "ghi_chu": ONE_LINE[:400]}
        issued = team.post("/tong-hop/phat-hanh", form)
        assert issued.status_code == 303, issued.get_data(as_text=True)
    people.Browser(app).sign_in("p1")
