"""Fills a Word template. What was typed comes out as it was typed; what a template may do is bounded.

A template is made by people and may be sent in by anybody of the Team: it runs in Jinja's sandbox, without loops but
over what it is given, and every text that it prints is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, Undefined
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from nhanquyen.clock import VIETNAM
from nhanquyen.export.cells import holdable

_BREAK = Markup('</w:t><w:br/><w:t xml:space="preserve">')
# docxtpl has escapes of its own, which it undoes after filling; in typed text they are nothing special.
_KEPT = {
    "{_{": Markup("{&#95;{"), "}_}": Markup("}&#95;}"), "{_%": Markup("{&#95;%"), "%_}": Markup("%&#95;}"),
}  # fmt: skip
_QUOTED_IN_A_FAULT = 60


class TemplateFaulty(Exception):
    """The template cannot be filled; the message says in Vietnamese where and why."""


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(["*", "**"])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """No arithmetic that could fill the memory: no text or list is multiplied, nothing is raised to a power."""
        if operator == "**" or not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError(f"operator {operator}")
        return super().call_binop(context, operator, left, right)


def environment() -> _Environment:
    """The sandbox in which templates are parsed and filled."""
    made = _Environment(autoescape=True, undefined=StrictUndefined, finalize=_printed)
    made.globals.clear()  # no range: a template loops over what it is given
    for name in ("safe", "center", "indent", "format", "pprint", "tojson", "xmlattr", "urlize"):
        del made.filters[name]
    return made


def _printed(value: Any) -> Any:
    """What a placeholder prints: text as it was typed, with its line breaks, without what no XML may hold."""
    if isinstance(value, Undefined):
        return str(value)  # raises: no field of that name
    if value is None:
        return ""
    text = escape(holdable(str(value)).replace("\t", " "))
    for escape_of_docxtpl, as_typed in _KEPT.items():
        text = text.replace(escape_of_docxtpl, as_typed)
    return text.replace("\n", _BREAK)


class _Document(DocxTemplate):  # type: ignore[misc]  # published without types
    def resolve_listing(self, xml: str) -> str:
        """Line breaks are made where a text is printed; looking for them again takes minutes in a long table."""
        return xml


def render(template: bytes, context: Mapping[str, Any], made_at: datetime, title: str) -> bytes:
    """*template* filled from *context*. The same arguments give the same bytes. Raises `TemplateFaulty`."""
    try:
        document = _Document(BytesIO(template))
        document.render(dict(context), environment())
        properties = document.docx.core_properties  # get_docx would begin again from the template
    except Exception as error:  # a template is foreign input; each of several libraries fails on it in its own ways
        raise TemplateFaulty(reason(error)) from error
    properties.title, properties.author, properties.last_modified_by = holdable(title)[:255], "", ""
    properties.created = properties.modified = made_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties.revision = 1
    filled = BytesIO()
    document.save(filled)
    return _stamped(filled, made_at)


def _stamped(filled: BytesIO, made_at: datetime) -> bytes:
    """The same document with *made_at* in place of the time at which it was packed."""
    out = BytesIO()
    moment = made_at.astimezone(VIETNAM)
    with ZipFile(filled) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for entry in source.infolist():
            info = ZipInfo(entry.filename, moment.timetuple()[:6])
            info.compress_type, info.create_system = ZIP_DEFLATED, 0
            target.writestr(info, source.read(entry))
    return out.getvalue()


def reason(error: Exception) -> str:
    """Why a template cannot be read or filled, for the person who made it."""
    if isinstance(error, UndefinedError):
        return f"Mẫu dùng một trường không có: {error.message}. Xem danh sách trường của mẫu này."
    if isinstance(error, SecurityError):
        return "Mẫu dùng một phép tính không được phép. Chỉ in các trường và lặp theo danh sách."
    if isinstance(error, TemplateSyntaxError):
        near = " ".join(" ".join(getattr(error, "docx_context", ())).split())
        place = f" Gần chỗ: “{near[:_QUOTED_IN_A_FAULT]}”." if near else ""
        return f"Mẫu viết sai cú pháp: {error.message}.{place}"
    if isinstance(error, TemplateError | TypeError | ValueError | KeyError | AttributeError):
        return f"Không điền được mẫu: {str(error)[:200]}."
    return "Tệp không phải là tài liệu Word (.docx), hoặc đã hỏng. Mở bằng Word, lưu lại dạng .docx rồi tải lên."
