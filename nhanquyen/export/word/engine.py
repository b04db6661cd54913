"""Filling a Word template: the same template, context and instant always give the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from docx.opc.part import Part
from docxtpl import DocxTemplate
from lxml import etree

from nhanquyen.clock import VIETNAM
from nhanquyen.export.word import settle
from nhanquyen.export.word.faults import TemplateFaulty, excerpt_of
from nhanquyen.export.word.language import LARGEST_OUTPUT, Language, Shape

BODY = "phần thân văn bản"
_PARTS = {"header": "đầu trang", "footer": "chân trang", "footnotes": "chú thích"}
_TORN = (
    "lệnh mở ở một đoạn hoặc ô này mà đóng ở đoạn hoặc ô khác. "
    "Lệnh bao nhiều đoạn viết {%p …%}, nhiều dòng bảng viết {%tr …%}, mỗi lệnh ở một đoạn hoặc dòng riêng."
)
NO_NETWORK = {"resolve_entities": False, "no_network": True, "huge_tree": True}


class _Filling(DocxTemplate):  # type: ignore[misc]
    """A docxtpl template that tells where a fault is, takes no broken XML for good, and leaves properties alone."""

    def render_xml_part(self, src_xml: str, part: Part, context: Any, jinja_env: Any = None) -> str:
        name = next((words for key, words in _PARTS.items() if f"/{key}" in part.partname), BODY)
        try:
            filled: str = super().render_xml_part(src_xml, part, context, jinja_env)
        except TemplateFaulty as fault:
            raise fault.within(name) from fault
        except Exception as error:  # an expression can fail in as many ways as Python can
            line = _line_in_template(error)
            excerpt = excerpt_of(src_xml.replace("<w:p ", "\n<w:p ").replace("<w:p>", "\n<w:p>"), line)
            raise TemplateFaulty("biểu thức không tính được với số liệu này.", excerpt, name) from error
        return filled

    def fix_tables(self, xml: str) -> Any:
        try:
            tree = etree.fromstring(xml, etree.XMLParser(**NO_NETWORK))
        except etree.XMLSyntaxError as error:
            raise TemplateFaulty(_TORN, part=BODY) from error
        settle.settle(tree, self.docx.styles.element)
        return tree

    def render_properties(self, context: Any, jinja_env: Any = None) -> None:
        """Properties are texts of the program's own, see `_stamp`."""


def _line_in_template(error: BaseException) -> int | None:
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def render(
    template: bytes,
    context: Mapping[str, Any],
    at: datetime,
    *,
    title: str = "",
    shape: Shape | None = None,
    largest: int = LARGEST_OUTPUT,
) -> bytes:
    """*template* filled with *context* at *at*: the same of all three give the same bytes.

    Texts stand in the file as they are, whatever they look like; a line break stays one. Numbers are grouped
    (``1.234``): give a year as text. With *shape* a field that it does not hold is a fault before anything is filled.
    *largest* bounds the XML that the loops of one part may make. Raises `TemplateFaulty`.
    """
    try:
        filling = _Filling(io.BytesIO(template))
        filling.render(dict(context), Language(shape, largest), autoescape=True)
        _stamp(filling.docx.core_properties, at, title)
        unpacked = io.BytesIO()
        filling.save(unpacked)
    except TemplateFaulty:
        raise
    except Exception as error:  # docxtpl and python-docx fail in many ways on what Word itself would repair
        raise TemplateFaulty("tệp Word bị hỏng hoặc thiếu thành phần. Mở bằng Word, lưu lại rồi tải lên.") from error
    return packed(unpacked.getvalue(), at)


def _stamp(properties: Any, at: datetime, title: str) -> None:
    """What Word shows under "Properties": nothing of who made the template, and when the document was made."""
    moment = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties.title = title[:255]
    properties.author = properties.last_modified_by = properties.subject = ""
    properties.comments = properties.keywords = properties.category = ""
    properties.created = properties.modified = moment
    properties.revision = 1


def packed(document: bytes, at: datetime) -> bytes:
    """*document* with the same parts in the same order, each dated *at*, so that equal parts give equal bytes."""
    stamp = at.astimezone(VIETNAM).timetuple()[:6]
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 0
            new.writestr(entry, old.read(name))
    return target.getvalue()
