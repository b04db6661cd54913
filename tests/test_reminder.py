"""The letter that reminds: whom it names, what it says, and its layout by Nghị định 30/2020, measured in the file."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import people
import pytest
from docx import Document
from docx.document import Document as DocxDocument
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from nhanquyen.clock import VIETNAM, end_of_day
from nhanquyen.export.missing import MissingList, missing_list
from nhanquyen.export.word import REMINDER, reminder_letter
from nhanquyen.export.word.reminder import ADDRESSED, ReminderLetter
from nhanquyen.overview import Wanted
from nhanquyen.store.reports import ReportLine, Status

ROOT = Path(__file__).resolve().parents[1]
DUE = end_of_day(people.DIRECTIVE.deadline)
BEFORE, AFTER = datetime(2023, 12, 20, 9, 0, tzinfo=VIETNAM), datetime(2023, 12, 25, 8, 0, tzinfo=VIETNAM)
ADDRESS, PHONE = "http://192.168.1.20:8080", "0294 3832 113"
HOSTILE = (
    "{{ 7 * 7 }}",
    "{% for x in y %}",
    "{_{ a }_}",
    "</w:t><w:t>&amp; <b>",
    "Phòng “A & B”",
    "Phòng\x0bX\x00",
    "ก็" * 60,
    "Ủy ban " * 28,
)


def line(number: int, name: str = "", **more: Any) -> ReportLine:
    """A unit that has not begun, unless told otherwise; every third is a commune."""
    values: dict[str, Any] = {
        "report_id": number, "unit_id": number, "code": f"U{number}", "name": name or f"Đơn vị số {number}",
        "group": "PCM" if number % 3 else "XP", "position": number, "contact": "", "contact_position": "", "phone": "",
        "search_key": "", "revision": 0, "duties": {}, "progress": {}, "standings": {}, "totals": {}, "sent_at": None,
        "arrived_at": None, "saved_at": None, "review_started_at": None, "accepted_at": None, "entered_at": None,
        "entered_by": "", "recall": "", "extended": False, "due_at": DUE, "status": Status.NOT_STARTED,
    }  # fmt: skip
    return ReportLine(**values | more)


def sent(number: int) -> ReportLine:
    return line(number, status=Status.SENT, revision=1, sent_at=BEFORE, arrived_at=BEFORE)


def returned(number: int) -> ReportLine:
    return sent(number)._replace(status=Status.RETURNED)


def found(lines: list[ReportLine], now: datetime = AFTER) -> MissingList:
    return missing_list(people.DIRECTIVE, DUE, lines, {}, Wanted(), now)


def letter(lines: list[ReportLine], now: datetime = AFTER, phone: str = PHONE) -> ReminderLetter:
    return reminder_letter(found(lines, now), ADDRESS, phone)


def written(content: ReminderLetter) -> DocxDocument:
    return Document(BytesIO(REMINDER.render(REMINDER.built_in, content, AFTER, title=content.summary)))


def style(paragraph: Paragraph) -> str:
    assert paragraph.style is not None
    return str(paragraph.style.name)


def texts(document: DocxDocument, wanted: str) -> list[str]:
    """The texts of the style *wanted*, in cells too, that say something."""
    paragraphs = [Paragraph(each, document._body) for each in document.element.body.iter(qn("w:p"))]
    return [each.text for each in paragraphs if style(each) == wanted and each.text]


def reminded(document: DocxDocument) -> list[str]:
    """Whom the letter names: in its list, else under “Kính gửi”."""
    lists = [table for table in document.tables if table.cell(0, 0).text == "STT"]
    if lists:
        return [row.cells[1].text for row in lists[0].rows[1:] if row.cells[0].text != row.cells[1].text]
    (first,) = texts(document, "NQ Kính gửi")
    several = [each.removeprefix("- ")[:-1] for each in texts(document, "NQ Kính gửi nhiều nơi")]
    return several or [first.removeprefix("Kính gửi: ")[:-1]]


@pytest.mark.parametrize("count", [1, 2, ADDRESSED, ADDRESSED + 1, 34, 1000])
def test_it_names_exactly_the_missing(count: int) -> None:
    missing = [line(number) for number in range(1, count + 1)]
    document = written(letter([*missing, sent(5001), sent(5002)]))
    in_order = [each.name for group in ("PCM", "XP") for each in missing if each.group == group]
    assert reminded(document) == in_order
    assert "5001" not in document.element.xml
    assert len(document.sections) == (2 if count > ADDRESSED else 1)
    addressed = texts(document, "NQ Kính gửi")[0]
    assert (addressed == "Kính gửi: Các đơn vị có tên trong danh sách kèm theo.") == (count > ADDRESSED)


@pytest.mark.parametrize("lines", [[], [sent(1)], [sent(1), sent(2)]])
def test_nobody_gets_no_letter(lines: list[ReportLine]) -> None:
    with pytest.raises(ValueError, match="reminds somebody"):
        letter(lines)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("others", [0, 3, 12])
def test_a_hostile_name_stands_as_it_is(hostile: str, others: int) -> None:
    lines = [line(1, hostile), *(line(number) for number in range(2, others + 2))]
    named = reminded(written(letter(lines)))
    assert len(named) == others + 1
    assert named[0] == hostile.replace("\x0b", "").replace("\x00", "")


def body(*lines: ReportLine, now: datetime = AFTER, phone: str = PHONE) -> list[str]:
    return texts(written(letter(list(lines), now, phone)), "NQ Nội dung")


def test_it_says_what_is_due_who_has_sent_and_what_to_do() -> None:
    opening, situation, request, advice, closing = body(line(1), line(2), returned(4), sent(5))
    assert opening == (
        "Ngày 08/11/2023, Công an thị xã Duyên Hải có Công văn số 217/CATX về việc tổ chức các hoạt động tuyên truyền "
        "thành tựu đảm bảo quyền con người nhân Kỷ niệm 75 năm Ngày Nhân quyền Thế giới trên địa bàn thị xã Duyên Hải, "
        "đề nghị các đơn vị báo cáo kết quả thực hiện về Công an thị xã Duyên Hải (qua Đội Tổng hợp - Công an thị xã). "
        "Hạn gửi báo cáo: 23:59 ngày 22/12/2023."
    )
    assert situation == (
        "Đến 08:00 ngày 25/12/2023, 1/4 đơn vị đã gửi báo cáo; Công an thị xã Duyên Hải chưa nhận được báo cáo hoặc "
        "bản bổ sung của 3 đơn vị có tên nêu trên, trong đó 2 đơn vị đã trễ hạn."
    )
    assert request == (
        "Để kịp tổng hợp, báo cáo cấp trên, Công an thị xã Duyên Hải đề nghị các đơn vị khẩn trương hoàn thành báo cáo "
        "và gửi ngay khi nhận được Công văn này, tại địa chỉ http://192.168.1.20:8080."
    )
    assert advice == "Có khó khăn, vướng mắc, liên hệ Đội Tổng hợp - Công an thị xã, điện thoại 0294 3832 113."
    assert closing == "Công an thị xã Duyên Hải mong các đơn vị quan tâm, phối hợp thực hiện./."


def test_one_unit_is_named_with_how_late_it_is() -> None:
    assert "chưa nhận được báo cáo của Đơn vị số 7, trễ hạn 3 ngày." in body(line(7), sent(8))[1]
    assert "chưa nhận được bản bổ sung của Đơn vị số 7, đã trả lại để bổ sung." in body(returned(7))[1]


def test_those_who_still_have_time_are_not_pressed() -> None:
    more = {"extended": True, "due_at": DUE + timedelta(days=5)}
    assert "gửi đúng hạn, tại địa chỉ" in body(line(1), line(2), now=BEFORE)[2]
    assert "trễ hạn" not in "".join(body(line(1), line(2), now=BEFORE))
    assert "gửi đúng hạn, tại địa chỉ" in body(line(1, **more))[2]
    mixed = body(line(1, **more), line(2))[2]
    assert "ngay khi nhận được Công văn này (đơn vị chưa đến hạn thì gửi đúng hạn), tại địa chỉ" in mixed


def test_without_a_telephone_none_is_said() -> None:
    assert body(line(1), phone="")[3] == "Có khó khăn, vướng mắc, liên hệ Đội Tổng hợp - Công an thị xã."


def test_the_list_tells_each_one_s_due_time_and_lateness() -> None:
    lines = [line(number) for number in (1, 2, 4, 5, 7, 8, 10)]
    lines += [returned(3), line(6, extended=True, due_at=DUE + timedelta(days=5)), line(9, due_at=AFTER)]
    document = written(letter(lines))
    (table,) = (table for table in document.tables if table.cell(0, 0).text == "STT")
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    due = "23:59 ngày 22/12/2023"
    assert rows[0] == ["STT", "Đơn vị", "Hạn gửi", "Tình hình"]
    assert rows[1] == ["A. Phòng, ban, ngành"] * 4
    assert rows[2] == ["1", "Đơn vị số 1", due, "Trễ hạn 3 ngày"]
    assert rows[9:] == [
        ["B. Xã, phường"] * 4,
        ["8", "Đơn vị số 3", due, "Đã trả lại để bổ sung"],
        ["9", "Đơn vị số 6", "23:59 ngày 27/12/2023", "Đã gia hạn đến 23:59 ngày 27/12/2023"],
        ["10", "Đơn vị số 9", "08:00 ngày 25/12/2023", "Chưa đến hạn"],
    ]
    head = table.rows[0]._tr.trPr
    assert head is not None
    assert head.find(qn("w:tblHeader")) is not None
    assert texts(document, "NQ Tên phụ lục") == [
        "DANH SÁCH ĐƠN VỊ CHƯA GỬI BÁO CÁO KẾT QUẢ THỰC HIỆN CÔNG VĂN SỐ 217/CATX"
    ]
    assert texts(document, "NQ Kèm theo") == [
        "(Kèm theo Công văn số ……/CATX-TH ngày …… tháng …… năm 2023 của Công an thị xã Duyên Hải)"
    ]


def test_head_and_foot_are_those_of_a_letter_that_nobody_has_signed() -> None:
    document = written(letter([line(1), line(2)]))
    assert texts(document, "NQ Cơ quan chủ quản") == ["CÔNG AN TỈNH TRÀ VINH"]
    assert texts(document, "NQ Cơ quan ban hành") == ["CÔNG AN THỊ XÃ DUYÊN HẢI"]
    assert texts(document, "NQ Quốc hiệu") == ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]
    assert texts(document, "NQ Tiêu ngữ") == ["Độc lập - Tự do - Hạnh phúc"]
    assert texts(document, "NQ Số, ký hiệu") == ["Số: ……/CATX-TH"]
    assert texts(document, "NQ Địa danh, thời gian") == ["Thị xã Duyên Hải, ngày …… tháng …… năm 2023"]
    assert texts(document, "NQ Trích yếu công văn") == ["V/v đôn đốc báo cáo kết quả thực hiện Công văn số 217/CATX"]
    assert not texts(document, "NQ Tên loại")  # a letter has no name of its kind
    assert texts(document, "NQ Kính gửi") == ["Kính gửi:"]
    assert texts(document, "NQ Kính gửi nhiều nơi") == ["- Đơn vị số 1;", "- Đơn vị số 2."]
    assert texts(document, "NQ Nơi nhận danh sách") == ["- Như trên;", "- Lưu: VT, CATX (TH)."]
    assert texts(document, "NQ Quyền hạn, chức vụ") == ["TRƯỞNG CÔNG AN"]
    assert not texts(document, "NQ Họ tên người ký")


@pytest.mark.parametrize("count", [3, 20])
def test_every_page_is_laid_out_by_the_decree(count: int) -> None:
    document = written(letter([line(number) for number in range(1, count + 1)]))
    for section in document.sections:
        size = (section.page_width, section.page_height, section.orientation)
        assert [round(each / Mm(1)) for each in size[:2] if each] == [210, 297]
        assert size[2] is WD_ORIENT.PORTRAIT
        sides = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
        assert [round(each / Mm(1)) for each in sides if each] == [20, 20, 30, 15]
        assert section.different_first_page_header_footer
        assert section._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"
        assert not section.first_page_header.paragraphs[0].text
        assert "PAGE" in section.header._element.xml
    assert all(section._sectPr.findall(qn("w:headerReference")) for section in document.sections)
    fonts = {element.get(qn("w:ascii")) for element in document.styles.element.iter(qn("w:rFonts"))}
    assert fonts - {None} == {"Times New Roman"}
    about, text = document.styles["NQ Trích yếu công văn"], document.styles["NQ Nội dung"]
    assert (about.font.size, about.font.bold, about.paragraph_format.space_before) == (Pt(12), False, Pt(6))
    assert (text.font.size, text.paragraph_format.space_after) == (Pt(14), Pt(6))
    assert round(text.paragraph_format.first_line_indent / Mm(0.1)) == 127


def test_nothing_of_the_template_s_language_is_left() -> None:
    for content in REMINDER.samples():
        document = written(content)
        assert not texts(document, "NQ Lệnh")
        assert "{%" not in document.element.xml
        assert "{{" not in document.element.xml


def test_the_same_moment_gives_the_same_file() -> None:
    content = letter([line(1), line(2)])
    first, second = (REMINDER.render(REMINDER.built_in, content, AFTER) for _ in range(2))
    assert first == second


def test_the_template_is_what_its_script_builds(tmp_path: Path) -> None:
    built = tmp_path / "reminder.docx"
    script = (
        "import sys; sys.path[:0] = ['packaging/word', '.']; import layout, reminder; "
        "sys.stdout.buffer.write(layout.file_of(reminder.build(), reminder.TITLE))"
    )
    built.write_bytes(subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True).stdout)
    assert built.read_bytes() == REMINDER.built_in
