"""Whether an uploaded file can be a template: a whole Word file that reaches nowhere, and that can be filled."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from datetime import datetime
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from lxml import etree

from nhanquyen.export.word.catalogue import WordKind
from nhanquyen.export.word.engine import BODY, NO_NETWORK
from nhanquyen.export.word.faults import TemplateFaulty, excerpt_of

LARGEST_FILE = 2 * 1024 * 1024
_LARGEST_UNPACKED = 20 * 1024 * 1024
_LARGEST_PART = 4 * 1024 * 1024  # of XML in which fields may stand
_MOST_PARTS = 400
_LARGEST_TRIAL = 5_000_000  # characters that the loops may make of the sample
_LONGEST_TAG = 500
_MOST_TAGS = 3000
_MOST_ELEMENTS = 20_000  # of XML in a part in which fields may stand

_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_OF_TEMPLATE = "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
_FILLED = {qn("w:document"): BODY, qn("w:hdr"): "đầu trang", qn("w:ftr"): "chân trang", qn("w:footnotes"): "chú thích"}
_PART = re.compile(
    r"(?:[\w-]+/)*(?:\[Content_Types\]|[\w.-]*)\.(?:xml|rels|png|jpe?g|gif|bmp|tiff?|emf|wmf|odttf|ttf)",
    re.IGNORECASE,
)
_OTHER_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["'](?!utf-?8["'])""", re.IGNORECASE)
_LIVE = re.compile(r"vba|macro|activex|embeddings/|oleobject|\.bin\Z", re.IGNORECASE)
_LIVE_KIND = re.compile(r"/(?:vbaProject|control|oleObject|package|aFChunk|frame|subDocument)\Z", re.IGNORECASE)
_REACHING_FIELD = re.compile(r"\b(DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|DATABASE|MACROBUTTON)\b", re.I)
_MARK = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}

SAVE_AGAIN = "Mở tệp bằng Word, chọn Lưu thành (Save As), kiểu Word Document (*.docx), rồi tải lại."


def check(kind: WordKind, data: bytes, at: datetime) -> None:
    """Raise `TemplateFaulty`, with what to do, unless *data* can be the template of *kind*.

    It is filled with the kind's samples, with everything and with nothing in them.
    """
    parts = _unpacked(data)
    _require_document(parts)
    for name, content in parts.items():
        _refuse_reaching(name, content)
    _require_fields(parts)
    for sample in kind.samples():
        filled = kind.render(data, sample, at, largest=_LARGEST_TRIAL)
        Document(io.BytesIO(filled))
        with zipfile.ZipFile(io.BytesIO(filled)) as packed:
            for name in packed.namelist():
                _refuse_reaching(name, packed.read(name))  # what fields have put together counts too


def _unpacked(data: bytes) -> dict[str, bytes]:
    """The parts of the file by name."""
    if not data:
        raise TemplateFaulty("Tệp rỗng. Chọn tệp Word (.docx) khác.")
    if len(data) > LARGEST_FILE:
        raise TemplateFaulty(f"Tệp lớn hơn {LARGEST_FILE // 1024 // 1024} MB. Bỏ bớt hình trong mẫu rồi tải lại.")
    if data.startswith(_OLD_OR_LOCKED):
        raise TemplateFaulty(f"Tệp là kiểu .doc cũ hoặc có đặt mật khẩu. {SAVE_AGAIN}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
            names = {entry.filename for entry in entries}
            whole = sum(entry.file_size for entry in entries)
            if len(entries) > _MOST_PARTS or len(names) < len(entries) or whole > _LARGEST_UNPACKED:
                raise TemplateFaulty(f"Tệp có quá nhiều thành phần hoặc quá lớn khi mở ra. {SAVE_AGAIN}")
            return {entry.filename: packed.read(entry) for entry in entries if not entry.is_dir()}
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise TemplateFaulty(f"Tệp không phải tệp Word (.docx), hoặc đã hỏng. {SAVE_AGAIN}") from error


def _is_utf8(content: bytes) -> bool:
    """Whether what is looked for in the bytes can be found: other encodings hide it."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in content


def _xml(name: str, content: bytes) -> Any:
    if _OTHER_ENCODING.match(content) or not _is_utf8(content):
        raise TemplateFaulty(f"Thành phần “{name}” của tệp ghi theo bảng mã lạ. {SAVE_AGAIN}")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise TemplateFaulty(f"Thành phần “{name}” của tệp có khai báo lạ (DOCTYPE). {SAVE_AGAIN}")
    try:
        return etree.fromstring(content, etree.XMLParser(**NO_NETWORK))
    except etree.XMLSyntaxError as error:
        raise TemplateFaulty(f"Thành phần “{name}” của tệp đã hỏng. {SAVE_AGAIN}") from error


def _require_document(parts: dict[str, bytes]) -> None:
    if "[Content_Types].xml" not in parts or "word/document.xml" not in parts:
        raise TemplateFaulty(f"Tệp không phải tệp Word (.docx). {SAVE_AGAIN}")
    for each in _xml("[Content_Types].xml", parts["[Content_Types].xml"]):
        kind = each.get("ContentType", "")
        if "macroEnabled" in kind or "vbaProject" in kind:
            raise TemplateFaulty(f"Tệp có macro. {SAVE_AGAIN}")
        if kind == _OF_TEMPLATE:
            raise TemplateFaulty(f"Tệp là kiểu Word Template (.dotx). {SAVE_AGAIN}")
        if each.get("PartName") == "/word/document.xml" and kind != _MAIN:
            raise TemplateFaulty(f"Tệp không phải tệp Word (.docx). {SAVE_AGAIN}")


def _refuse_reaching(name: str, content: bytes) -> None:
    """Nothing in a template may run, nor fetch anything from elsewhere when a report is opened."""
    if _LIVE.search(name):
        raise TemplateFaulty(f"Tệp có macro, điều khiển hoặc tệp nhúng (“{name}”). Xóa chúng, lưu lại rồi tải lên.")
    if not _PART.fullmatch(name):
        raise TemplateFaulty(f"Tệp có thành phần lạ (“{name[:100]}”). {SAVE_AGAIN}")
    if not name.casefold().endswith((".xml", ".rels")):
        return
    tree = _xml(name, content)
    if name.endswith(".rels"):
        for relation in tree:
            if relation.get("TargetMode") == "External":
                target = str(relation.get("Target", ""))[:100]
                raise TemplateFaulty(
                    f"Tệp có liên kết ra ngoài: “{target}”. Bỏ liên kết (Remove Hyperlink) rồi lưu lại."
                )
            if _LIVE_KIND.search(str(relation.get("Type", ""))):
                raise TemplateFaulty("Tệp có macro, điều khiển hoặc tệp nhúng. Xóa chúng, lưu lại rồi tải lên.")
        return
    codes = "".join(code.text or "" for code in tree.iter(qn("w:instrText")))
    codes += " ".join(field.get(qn("w:instr"), "") for field in tree.iter(qn("w:fldSimple")))
    if reaching := _REACHING_FIELD.search(codes):
        raise TemplateFaulty(
            f"Tệp có mã trường {reaching[1].upper()} lấy nội dung từ nơi khác. Xóa mã này rồi lưu lại."
        )


def _require_fields(parts: dict[str, bytes]) -> None:
    """There are fields, not too many, and every mark of one is closed: docxtpl's patterns take hours over others."""
    found = 0
    for name, content in parts.items():
        if not name.casefold().endswith(".xml"):
            continue
        tree = _xml(name, content)
        if tree.tag not in _FILLED:
            continue
        if len(content) > _LARGEST_PART or sum(1 for _ in tree.iter()) > _MOST_ELEMENTS:
            raise TemplateFaulty(
                "Văn bản trong mẫu quá dài. Chỉ để phần chữ của mẫu rồi tải lại.", part=_FILLED[tree.tag]
            )
        _refuse_hidden_marks(tree, _FILLED[tree.tag])
        texts = ["".join(text.text or "" for text in each.iter(qn("w:t"))) for each in tree.iter(qn("w:p"))]
        found += _count_marks("\n".join(texts), _FILLED[tree.tag])
        if sum(text.count("{") for text in texts) > 3 * _MOST_TAGS:
            raise TemplateFaulty("Mẫu có quá nhiều dấu ngoặc nhọn.", part=_FILLED[tree.tag])
    if not found:
        raise TemplateFaulty("Tệp chưa có trường nào. Tải mẫu đang dùng về, sửa trên tệp đó rồi tải lên.")
    if found > _MOST_TAGS:
        raise TemplateFaulty(f"Mẫu có {found} trường và lệnh; nhiều nhất {_MOST_TAGS}. Dùng vòng lặp để rút ngắn.")


def _refuse_hidden_marks(tree: Any, part: str) -> None:
    """Marks stand in the text that a reader sees, and nowhere else: docxtpl looks for them in all of the XML."""
    for each in tree.iter():
        beside = [] if each.tag == qn("w:t") else [each.text or ""]
        if any("{" in text or "}" in text for text in (*beside, each.tail or "")) or any(
            mark in value for value in each.attrib.values() for mark in _CLOSING
        ):
            reason = "có dấu ngoặc nhọn ở chỗ không phải chữ của văn bản. Xóa chỗ đó rồi lưu lại."
            raise TemplateFaulty(reason, part=part)


def _count_marks(text: str, part: str) -> int:
    opened: re.Match[str] | None = None
    count = 0
    for mark in _MARK.finditer(text):
        if opened is None:
            if mark[0] not in _CLOSING:
                continue
            opened = mark
        elif mark[0] == _CLOSING[opened[0]] and mark.end() - opened.start() <= _LONGEST_TAG:
            opened, count = None, count + 1
        else:
            break
    if opened is not None:
        line = text.count("\n", 0, opened.start()) + 1
        reason = f"dấu {opened[0]} không có dấu {_CLOSING[opened[0]]} theo sau."
        raise TemplateFaulty(reason, excerpt_of(text, line), part)
    return count
