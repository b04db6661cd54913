"""The page of Word templates: take one, replace it, be refused with the reason, go back."""

from __future__ import annotations

from io import BytesIO

import people
import pytest
import word_files
from flask import Flask
from pages import soup, words
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from nhanquyen.export.word.check import LARGEST_FILE
from nhanquyen.export.word_kinds import KINDS
from nhanquyen.store import database
from nhanquyen.store.models import Event, WordTemplate

PAGE = "/tai-ve/mau-word"


def upload(browser: people.Browser, data: bytes, name: str = "mau moi.docx", kind: str = "unit") -> TestResponse:
    boundary, body = encode_multipart({"tep": FileStorage(BytesIO(data), name)})
    content_type = f"multipart/form-data; boundary={boundary}"
    return browser.post(f"{PAGE}/{kind}", body, content_type=content_type)  # type: ignore[arg-type]


def stored() -> list[tuple[str, str, bytes]]:
    with database.connection():
        return [(each.kind, each.name, bytes(each.content)) for each in WordTemplate.select()]


def events(*actions: str) -> list[tuple[str, str, str]]:
    with database.connection():
        found = Event.select().where(Event.action.in_(actions)).order_by(Event.id)
        return [(each.action, each.actor, each.subject) for each in found]


def edited(text: str) -> bytes:
    """The built-in template of a unit's report with one more paragraph."""
    document = word_files.opened(KINDS["unit"].built_in)
    document.add_paragraph(text)
    return word_files.saved(document)


def test_the_page_lists_every_field_with_its_meaning(as_team: people.Browser) -> None:
    page = soup(as_team.get(PAGE))
    for key, kind in KINDS.items():
        rows = page.select(f"#{key} .template-fields tbody tr")
        lines = list(kind.lines())
        assert len(rows) == len(lines)
        for row, line in zip(rows, lines, strict=True):
            said = row.get_text(" ", strip=True)
            assert line.meaning in said
            assert [code.get_text() for code in row.find_all("code")] == list(line.written)


def test_the_program_s_own_is_given_until_another_is_put_in(as_team: people.Browser) -> None:
    assert as_team.get(f"{PAGE}/unit").data == KINDS["unit"].built_in
    data = edited("Thêm: {{ don_vi }}")
    answer = upload(as_team, data, "../Mẫu/đơn vị & tôi.docx")
    assert (answer.status_code, answer.location) == (303, f"{PAGE}#unit")
    said = words(as_team.get(PAGE))
    assert "Từ nay “Báo cáo của đơn vị” dùng mẫu trong tệp “đơn vị & tôi.docx”" in said
    assert (
        "Đang dùng mẫu trong tệp “đơn vị & tôi.docx”, thay lúc 09:00 ngày 20/12/2023, người thay Đội Tổng hợp" in said
    )
    assert stored() == [("unit", "đơn vị & tôi.docx", data)]
    assert as_team.get(f"{PAGE}/unit").data == data
    assert as_team.get(f"{PAGE}/unit?goc=1").data == KINDS["unit"].built_in
    assert events("template_replaced") == [
        ("template_replaced", "Đội Tổng hợp", "Báo cáo của đơn vị: đơn vị & tôi.docx")
    ]


def test_the_same_file_again_is_put_in_once_and_another_takes_its_place(as_team: people.Browser) -> None:
    first, second = edited("Một"), edited("Hai")
    for data in (first, first, second):
        assert upload(as_team, data).status_code == 303
    assert stored() == [("unit", "mau moi.docx", second)]
    assert len(events("template_replaced")) == 2


def test_going_back_to_the_program_s_own(as_team: people.Browser) -> None:
    upload(as_team, edited("Một"))
    for said in ("dùng lại mẫu gốc của chương trình", "“Báo cáo của đơn vị” đang dùng mẫu gốc"):
        assert as_team.post(f"{PAGE}/unit/mau-goc").status_code == 303
        assert said in words(as_team.get(PAGE))
    assert stored() == []
    assert events("template_restored") == [("template_restored", "Đội Tổng hợp", "Báo cáo của đơn vị")]


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "", "Chọn một tệp Word (.docx)"),
        (b"", "rong.docx", "Tệp rỗng"),
        (b"%PDF-1.4", "a.pdf", "không phải tệp Word"),
        (b"x" * (LARGEST_FILE + 10), "to.docx", "lớn hơn 2 MB"),
        (word_files.made("<script>{{ khong_co }}</script>"), "a.docx", "không có trường “khong_co”"),
        (word_files.made("{{ don_vi }}{% if don_vi %}"), "a.docx", "thiếu lệnh đóng endif"),
        (word_files.made("Không có gì"), "a.docx", "chưa có trường nào"),
    ],
)
def test_a_refused_file_changes_nothing_and_the_page_says_why(
    as_team: people.Browser, data: bytes, name: str, reason: str
) -> None:
    before = edited("Đang dùng")
    upload(as_team, before)
    answer = upload(as_team, data, name)
    assert answer.status_code == 422
    page = soup(answer)
    assert page.title is not None
    assert page.title.get_text().startswith("Lỗi: ")
    link = page.select_one(".error-summary a")
    assert link is not None
    assert reason in link.get_text()
    assert link["href"] == "#tep-unit"
    control = page.select_one("#tep-unit")
    assert control is not None
    assert control["aria-invalid"] == "true"
    assert not page.select("main script")
    assert [content for _, _, content in stored()] == [before]
    assert len(events("template_replaced")) == 1


def test_only_the_team_puts_templates_in(as_admin: people.Browser) -> None:
    page = soup(as_admin.get(PAGE))
    assert not page.select("main form")
    assert upload(as_admin, edited("x")).status_code == 403
    assert as_admin.post(f"{PAGE}/unit/mau-goc").status_code == 403
    assert stored() == []


def test_a_kind_that_is_not_there_is_not_found(as_team: people.Browser) -> None:
    assert as_team.get(f"{PAGE}/khac").status_code == 404
    assert as_team.post(f"{PAGE}/khac/mau-goc").status_code == 404
    assert upload(as_team, edited("x"), kind="khac").status_code == 404


def test_the_download_page_leads_to_it(app: Flask, as_team: people.Browser) -> None:
    assert soup(as_team.get("/tai-ve")).find("a", href=PAGE)
