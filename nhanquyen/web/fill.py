"""Fill: the unit's one form, saved as it is typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for

from nhanquyen.clock import format_instant
from nhanquyen.directive import Address, Block, Directive, Item
from nhanquyen.directive.values import group_digits, shown, typed
from nhanquyen.form.answers import Answers, Row
from nhanquyen.form.check import Fault, check_report
from nhanquyen.form.patch import Patch, PatchError, field_at, read_patch
from nhanquyen.store import reports, review, saving
from nhanquyen.store.accounts import Role
from nhanquyen.store.models import Report
from nhanquyen.store.once import Once
from nhanquyen.store.reports import ReportClosed, Status
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.store.saving import Conflict, Saved
from nhanquyen.web.access import actor, allow, report_or_404
from nhanquyen.web.controls import ECHOED, Controls, Theirs, echo_of
from nhanquyen.web.errors import BadInput
from nhanquyen.web.fragments import go, is_htmx, render, say

bp = Blueprint("fill", __name__)

LONGEST_DRAFT = 100_000  # characters in one field, whatever it takes; every limit of a definition is below
TAKE_PREFIX = "take."  # before a field's name: leave it as it is stored
OLDER_DATA = (
    "Dữ liệu trên máy chủ vừa được phục hồi từ một bản sao lưu cũ hơn trang này. Tải lại trang để thấy số liệu đang "
    "lưu; phần chưa lưu được máy này giữ và đưa ra để khôi phục."
)
STALE_PAGE = "Trang này thuộc đợt báo cáo khác hoặc đã cũ. Tải lại trang rồi nhập tiếp; phần đã lưu vẫn còn."
PROGRESS_LABELS = {"chua_lam": "Chưa làm", "dang_lam": "Đang làm", "xong": "Xong", "co_loi": "Có lỗi"}


def _is_left(patch: Patch, address: Address) -> bool:
    """Whether the stored value was chosen instead, or was not touched: a plain form sends every field that it has."""
    untouched = not is_htmx() and address in patch.bases and patch.bases[address] == patch.changes[address]
    return untouched or TAKE_PREFIX + address.name in request.form


def read_posted(directive: Directive) -> Patch:
    """The patch in this request's form, without the fields that its sender leaves as they are stored.

    Raises `BadInput` for a page that is not of this directive.
    """
    try:
        patch = read_patch(directive, request.form.items(multi=True))
    except PatchError:
        raise BadInput(STALE_PAGE) from None
    for address in [each for each in patch.changes if _is_left(patch, each)]:
        del patch.changes[address]
    for address, value in patch.changes.items():
        if isinstance(value, str) and len(value) > LONGEST_DRAFT:
            label, length = field_at(directive, address).label, group_digits(len(value))
            raise BadInput(f"“{label}” dài {length} ký tự nên không lưu được. Rút ngắn rồi lưu lại.", 422)
    return patch


def posted_version() -> int | None:
    """The version of the report that the posting page showed."""
    text = request.form.get("ver", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _require_same_data(report: Report) -> None:
    """Raise `ReportClosed` for a page that saw a later state than there is: a backup was restored under it."""
    if is_htmx() and (posted_version() or 0) > report.version:
        raise ReportClosed(OLDER_DATA)


def posted_once() -> Once | None:
    """Which request of which page this is; None for one that does not say, which is carried out whatever was before."""
    tab, number = request.form.get("tab", ""), request.form.get("seq", "")
    if not (tab.isascii() and tab.isalnum() and len(tab) <= 40 and number.isascii() and number.isdigit()):
        return None
    return Once(tab, int(number)) if len(number) < 10 else None


def form_url(report: Report, **values: Any) -> str:
    """The address of the form of *report*: a unit has but one, the Team one for each report that it enters."""
    if g.account.role == Role.UNIT:
        return url_for("fill.page", **values)
    return url_for("entering.page", report_id=report.id, **values)


def go_to_form(report: Report, anchor: str | None = None) -> Response:
    """To the form of *report* by GET."""
    return redirect(form_url(report, _anchor=anchor), code=303)  # type: ignore[return-value]


def page_context(report: Report, directive: Directive) -> dict[str, Any]:
    """What every view of the form needs."""
    return {
        "report": report,
        "directive": directive,
        "respondent": reports.respondent_of(report),
        "report_state": Status(report.status),
        "typed": typed,
        "due": reports.due_at(report),
        "extended": reports.extended_to(report),
        "late": reports.late(report, g.now),
        "closed": reports.closed_reason(report, actor()),
        "form_url": form_url,
        "progress_labels": PROGRESS_LABELS,
        "reasons": review.reasons_for(report),
    }


def _removed(report: Report, directive: Directive) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for item, block, row in reports.removed_rows(report):
        if item in directive.by_key and block in directive.by_key[item].by_key:
            found.setdefault((item, block), []).append(row)
    return found


def _form_context(
    report: Report,
    directive: Directive,
    answers: Answers,
    faults: Mapping[str, Fault] | None = None,
    theirs: Mapping[str, Theirs] | None = None,
) -> dict[str, Any]:
    """What the form needs; *faults* and *theirs* (what others saved) are told at the fields of those names."""
    return page_context(report, directive) | {
        "answers": answers,
        "controls": Controls(directive, reports.respondent_of(report), faults or {}, theirs or {}),
        "submit_url": url_for("fill.submit", report_id=report.id),
        "files": reports.file_counts(report),
        "removed": _removed(report, directive),
        "faults": faults or {},
        "theirs": theirs or {},
    }


def _by_name(faults: Iterable[Fault]) -> dict[str, Fault]:
    """The first fault of each field, blocking ones before warnings."""
    found: dict[str, Fault] = {}
    for fault in sorted(faults, key=lambda fault: not fault.blocks):
        found.setdefault(fault.address.name, fault)
    return found


def form_page(report: Report) -> Response:
    """The form; with ``?kiem-tra=1`` every fault stands at its field."""
    directive = directive_of(report.round)
    if reports.closed_reason(report, actor()):
        return go("send.overview", report_id=report.id)
    answers = reports.load_answers(report)
    found = []
    if "kiem-tra" in request.args:
        found = check_report(directive, answers, reports.respondent_of(report), g.now.date())
    context = _form_context(report, directive, answers, _by_name(found))
    return render("fill/page.html", summary=found, **context)


@bp.get("/bao-cao")
@allow(Role.UNIT)
def page() -> Response:
    """The unit's form in the current round."""
    report = reports.report_of(current_round(), g.account.unit_id)
    if report is None or not report.asked:
        raise BadInput("Đơn vị không có báo cáo trong đợt này. Liên hệ Đội Tổng hợp nếu cần báo cáo.", 404)
    return form_page(report)


def _overlay(answers: Answers, patch: Patch, gone: Iterable[Address]) -> None:
    """Put what was typed over what is stored, to show a page again with nothing lost; *gone* has no place any more."""
    for address, value in patch.changes.items():
        if address in gone:
            continue
        row = answers.row(address.item, address.block, address.row)
        if row is None:
            row = Row(address.row)
            answers.put(address.item, address.block, row)
        row.values[address.field] = value


def _other(conflict: Conflict) -> str:
    """What to call who saved the other value."""
    if conflict.by == g.account.display_name:
        return "máy khác của đơn vị" if g.account.role == Role.UNIT else "máy khác của bạn"
    return conflict.by or "người khác"


def _conflict_page(report: Report, directive: Directive, patch: Patch, saved: Saved) -> Response:
    answers = reports.load_answers(report)
    gone = {conflict.address for conflict in saved.conflicts if conflict.gone}
    _overlay(answers, patch, gone)
    fresh = reports.get_report(report.id) or report
    theirs, lost = {}, []
    for conflict in saved.conflicts:
        field = field_at(directive, conflict.address)
        if conflict.gone:
            lost.append((field.label, shown(field, conflict.mine)))
        else:
            words = f"Giá trị đang lưu: “{shown(field, conflict.theirs) or 'để trống'}”"
            when = f" lúc {format_instant(conflict.at)}" if conflict.at else ""
            theirs[conflict.address.name] = Theirs(
                typed(field, conflict.theirs), field.label, f"{words}, do {_other(conflict)} lưu{when}."
            )
    context = _form_context(fresh, directive, answers, theirs=theirs)
    return render("fill/page.html", status=409, lost=lost, **context)


def _saved_fragment(report: Report, directive: Directive, saved: Saved, patch: Patch) -> Response:
    fresh = saved.report or report
    fields = {address: field_at(directive, address) for address in patch.changes}
    body = render_template(
        "fill/_saved.html",
        **page_context(fresh, directive),
        saved=saved,
        echoes={
            address.name: echo_of(fields[address], value)
            for address, value in patch.changes.items()
            if fields[address].kind in ECHOED
        },
        conflicts=[
            {
                "name": conflict.address.name,
                "label": fields[conflict.address].label,
                "mine": shown(fields[conflict.address], conflict.mine),
                "theirs": shown(fields[conflict.address], conflict.theirs),
                "stored": typed(fields[conflict.address], conflict.theirs),
                "gone": conflict.gone,
                "by": _other(conflict),
                "at": conflict.at,
            }
            for conflict in saved.conflicts
        ],
    )
    return Response(body, 409 if saved.conflicts else 200)


@bp.post("/bao-cao/<int:report_id>/luu")
@allow(Role.UNIT, Role.SYNTHESIS)
def save(report_id: int) -> Response:
    """Autosave: the changed fields, each with the value it replaces."""
    report = report_or_404(report_id)
    _require_same_data(report)
    directive = directive_of(report.round)
    patch = read_posted(directive)
    saved = saving.save(report, patch, posted_version(), directive, actor(), posted_once())
    return _saved_fragment(report, directive, saved, patch)


def _row_action(report: Report, directive: Directive, words: list[str]) -> tuple[Item, Block, str]:
    """Carry out a row button; the block to show again and the row to go to."""
    verb, item, block = words[:3]
    row = words[3] if len(words) > 3 else ""
    once = posted_once()
    try:
        if verb == "them":
            row = saving.add_row(report, item, block, directive, actor(), request=once)
        elif verb == "chep":
            row = saving.add_row(report, item, block, directive, actor(), copy_of=row, request=once)
        elif verb in ("xoa", "lay"):
            saving.remove_row(report, item, block, row, directive, actor(), restore=verb == "lay", request=once)
        else:
            raise KeyError(verb)
        return directive.by_key[item], directive.block(item, block), row
    except KeyError:
        raise BadInput("Dòng này không còn. Tải lại trang rồi thử lại; phần đã lưu vẫn còn.") from None


def _block_fragment(report: Report, directive: Directive, item: Item, block: Block, row: str) -> Response:
    fresh = reports.get_report(report.id) or report
    context = _form_context(fresh, directive, reports.load_answers(fresh, item.key))
    saved = Saved(fresh.version, fresh.saved_at)
    body = render_template("fill/_block.html", item=item, block=block, focus=row, **context)
    body += render_template("fill/_saved.html", saved=saved, echoes={}, conflicts=[], **context)
    return Response(body)


def _next_page(report: Report, words: list[str]) -> Response:
    if words[0] == "kiem-tra":
        return go("send.check", report_id=report.id)
    if words[0] == "minh-chung":
        return go("evidence.index", report_id=report.id, noi="-".join(words[1:]))
    say("Đã lưu.")
    return go_to_form(report)


@bp.post("/bao-cao/<int:report_id>")
@allow(Role.UNIT, Role.SYNTHESIS)
def submit(report_id: int) -> Response:
    """The whole form by plain POST: save what is in it, then do what the pressed button says."""
    report = report_or_404(report_id)
    _require_same_data(report)
    directive = directive_of(report.round)
    patch = read_posted(directive)
    words = request.form.get("action", "luu").split(".")
    leaves = len(words) < 3 or words[0] == "minh-chung"
    saved = saving.save(report, patch, posted_version(), directive, actor(), posted_once(), more=not leaves)
    if saved.conflicts:
        if is_htmx():
            return _saved_fragment(report, directive, saved, patch)
        return _conflict_page(report, directive, patch, saved)
    if leaves:
        return _next_page(report, words)
    item, block, row = _row_action(report, directive, words)
    if is_htmx():
        return _block_fragment(report, directive, item, block, row)
    anchor = f"row-{item.key}-{block.key}-{row}" if words[0] != "xoa" else f"block-{item.key}-{block.key}"
    return go_to_form(report, anchor)


@bp.errorhandler(ReportClosed)
def closed(error: ReportClosed) -> Response:
    """A report sent, closed or withdrawn under the typing clerk: say so and hand the typed text back to copy."""
    pairs = []
    report = reports.get_report((request.view_args or {}).get("report_id", 0))
    if report is not None:
        directive = directive_of(report.round)
        for address, value in read_posted(directive).changes.items():
            field = field_at(directive, address)
            if text := typed(field, value):
                pairs.append((field.label, text))
    return render("fill/closed.html", "errors/_message.html", 409, message=str(error), pairs=pairs)


def address_of(place: str) -> tuple[str, str, str]:
    """Item, block and row of ``n1-chi_tiet-rab12``; three blanks for the report itself. Raises ValueError."""
    if not place:
        return "", "", ""
    found = Address.parse(f"{place}-x")
    return found.item, found.block, found.row
