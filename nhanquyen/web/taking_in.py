"""Taking in: the Team hands in offline forms of units, several at once, each previewed and confirmed by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, Response, g, request
from werkzeug.datastructures import FileStorage

from nhanquyen.clock import format_instant
from nhanquyen.form.offline.filled import Fault
from nhanquyen.form.offline.merging import Seen
from nhanquyen.form.offline.reading import read_form
from nhanquyen.form.workbook import WorkbookRefused
from nhanquyen.store import entering, reports, taking_in, units
from nhanquyen.store.accounts import Role
from nhanquyen.store.models import Report, Round
from nhanquyen.store.once import Once
from nhanquyen.store.reports import ReportClosed, Status
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.store.taking_in import PlanChanged
from nhanquyen.text import clean_line
from nhanquyen.web import sealing
from nhanquyen.web.access import actor, allow
from nhanquyen.web.entering import PaperForm
from nhanquyen.web.errors import BadInput
from nhanquyen.web.fill import posted_once
from nhanquyen.web.fragments import render
from nhanquyen.web.moments import day_and_clock, moment_field
from nhanquyen.web.offline import (
    LARGEST_SEAL,
    Preview,
    chosen_names,
    opened_of,
    preview_of,
    reading_turn,
    told,
    unsealed,
)
from nhanquyen.web.uploads import content_of, limit_mb

bp = Blueprint("taking_in", __name__, url_prefix="/tong-hop/nhap-tep")

MOST_FILES = 60
SHOWN_NAME, SHOWN_REFUSAL = 100, 500


class ArrivalForm(PaperForm):
    """When the files came in."""

    day = moment_field("Ngày tệp đến", "Ví dụ: 20/12/2023.")
    clock = moment_field("Giờ đến", "Ví dụ: 09:30.")


@dataclass(frozen=True)
class FileAtHand:
    """One file of many: its preview, or why it cannot be taken in.

    *twin* names the file before it that is of the same unit: only that one can be taken in now.
    """

    number: int
    name: str
    found: Preview | None = None
    refusal: str = ""
    twin: str = ""
    ticked: bool = True
    chosen: frozenset[str] = frozenset()

    @property
    def self_filled(self) -> bool:
        """Whether the unit itself is at work on the report, which nobody enters from paper."""
        report = self.found.report if self.found else None
        return report is not None and report.entered_by_id is None and report.status == Status.DRAFTING


@dataclass(frozen=True)
class Outcome:
    """What became of a file that was confirmed."""

    name: str
    report: Report | None
    words: str
    kind: str
    unread: tuple[Fault, ...] = ()


def _choose(fault: str = "", status: int = 200) -> Response:
    return render(
        "offline/team.html", status=status, fault=fault, limit_mb=limit_mb(), most=MOST_FILES, round=current_round()
    )


@bp.get("")
@allow(Role.SYNTHESIS)
def choose() -> Response:
    """The way to choose the files."""
    return _choose()


def _open_report(round: Round, code: str) -> Report:
    """The report of the unit *code*, which the Team may enter. Raises `WorkbookRefused`."""
    unit = units.find(code)
    report = reports.report_of(round, unit) if unit else None
    if report is None:
        raise WorkbookRefused(f"Không có đơn vị mã {code} trong đợt báo cáo này.")
    if reason := entering.refused(report):
        raise WorkbookRefused(f"{report.unit.name}: {reason}")
    return report


def _look_at(upload: FileStorage, round: Round) -> Preview:
    """What taking in one file would do. Raises `WorkbookRefused`."""
    data = content_of(upload)
    with reading_turn():
        opened = opened_of(data, round)
        report = _open_report(round, opened.origin.unit)
        filled = read_form(opened, directive_of(round))
    return preview_of(report, filled, directive_of(round))


def _files(uploads: Sequence[FileStorage]) -> list[FileAtHand]:
    round = current_round()
    files: list[FileAtHand] = []
    met: dict[int, str] = {}
    for number, upload in enumerate(uploads):
        name = clean_line(upload.filename or "")[:SHOWN_NAME]
        try:
            found = _look_at(upload, round)
        except (WorkbookRefused, BadInput) as refusal:
            files.append(FileAtHand(number, name, refusal=str(refusal)))
            continue
        file = FileAtHand(number, name, found, twin=met.get(found.report.id, ""))
        if not found.plan.empty:
            met.setdefault(found.report.id, name)
        files.append(replace(file, ticked=bool(found.plan.count) and not file.twin and not file.self_filled))
    return files


def _shown(
    files: Sequence[FileAtHand], form: ArrivalForm, status: int = 200, outcomes: Sequence[Outcome] = ()
) -> Response:
    if sum(len(each.found.sealed) for each in files if each.found) > LARGEST_SEAL:
        return _choose("Các tệp có quá nhiều nội dung mới cho một lần. Chọn ít tệp hơn, ghi thành nhiều lần.", 422)
    return render("offline/team_preview.html", status=status, files=files, form=form, outcomes=outcomes)


@bp.post("")
@allow(Role.SYNTHESIS)
def preview() -> Response:
    """What taking in the files would change, file by file; nothing is saved."""
    uploads = [upload for upload in request.files.getlist("tep") if upload.filename]
    if not uploads:
        return _choose("Chọn ít nhất một tệp Excel rồi bấm “Xem trước”.", 422)
    if len(uploads) > MOST_FILES:
        return _choose(f"Chọn {len(uploads)} tệp; mỗi lần nhiều nhất {MOST_FILES} tệp.", 422)
    day, clock = day_and_clock(g.now)
    return _shown(_files(uploads), ArrivalForm(formdata=None, day=day, clock=clock))


def _posted() -> list[FileAtHand]:
    """The files of the confirming form, each as it stands now; of those that were refused only what was told."""
    files = []
    met: dict[int, str] = {}
    for number in range(MOST_FILES):
        seal = request.form.get(f"ke_hoach.{number}")
        refusal = clean_line(request.form.get(f"tu_choi.{number}", ""))[:SHOWN_REFUSAL]
        name = clean_line(request.form.get(f"ten.{number}", ""))[:SHOWN_NAME]
        if seal is None:
            if refusal:
                files.append(FileAtHand(number, name, refusal=refusal))
            continue
        held = unsealed(seal)
        report = reports.get_report(held[0]) if held else None
        if held is None or report is None:
            files.append(FileAtHand(number, name, refusal=sealing.STALE))
            continue
        found = preview_of(report, held[1], directive_of(report.round))
        twin = met.get(report.id, "")
        if not found.plan.empty:
            met.setdefault(report.id, name)
        ticked = f"lay.{number}" in request.form and not twin
        chosen = frozenset(chosen_names(f"chon.{number}."))
        files.append(FileAtHand(number, name, found, twin=twin, ticked=ticked, chosen=chosen))
    return files


def _take_in(file: FileAtHand, seen: Seen, paper_at: datetime) -> Outcome | None:
    """What became of the file, or None when its report has changed since the preview."""
    assert file.found is not None  # noqa: S101  # who calls has looked
    report, filled = file.found.report, file.found.filled
    page = posted_once()
    request_of_file = page and Once(page.tab, file.number + 1)  # two files of one unit are two requests
    directive = directive_of(report.round)
    try:
        taken = taking_in.take_in_from_paper(
            report, filled, seen, file.chosen, directive, paper_at, actor(), request_of_file
        )
    except PlanChanged:
        return None
    except ReportClosed as closed:
        return Outcome(file.name, report, str(closed), "warning")
    return Outcome(file.name, report, *told(taken), taken.unread)


def _left_out(file: FileAtHand) -> Outcome:
    """What is told of a file that is not to be taken in."""
    if file.found is None:
        return Outcome(file.name, None, file.refusal, "warning")
    if file.found.plan.empty:
        words = "Không có gì để ghi."
    elif file.twin:
        words = f"Chưa ghi, vì cùng đơn vị với tệp “{file.twin}”. Muốn ghi thì nhập riêng tệp này ở lần sau."
    else:
        words = "Không đánh dấu nên không ghi."
    return Outcome(file.name, file.found.report, words, "warning", file.found.faults)


def _check_moment(form: ArrivalForm) -> bool:
    """Whether the moment at which the files came in can be; the fields say what is wrong with it."""
    if not form.validate():
        return False
    opened_at = current_round().opened_at.replace(second=0, microsecond=0)
    if form.minute is not None and form.minute > g.now:
        form.day.errors = ["Thời điểm này chưa đến. Ghi lúc tệp đã đến."]
    elif form.minute is not None and form.minute < opened_at:
        form.day.errors = [f"Ghi thời điểm từ lúc mở đợt báo cáo ({format_instant(opened_at)}) trở về sau."]
    return not form.errors


@bp.post("/ghi")
@allow(Role.SYNTHESIS)
def confirm() -> Response:
    """Save the ticked files, each in a transaction of its own; what became of each is told."""
    files, form = _posted(), ArrivalForm()
    if not files:
        return _choose(sealing.STALE, 422)
    if not any(file.ticked for file in files if file.found):
        form.validate()
        form.form_errors = ["Đánh dấu ít nhất một tệp để ghi."]
        return _shown(files, form, 422)
    if not _check_moment(form) or form.minute is None:
        return _shown(files, form, 422)
    outcomes, again = [], []
    for file in files:
        held = unsealed(request.form.get(f"ke_hoach.{file.number}", ""))
        if file.found is None or held is None or not file.ticked:
            outcomes.append(_left_out(file))
        elif outcome := _take_in(file, held[2], form.minute):
            outcomes.append(outcome)
        else:
            again.append(file)
    return _shown(_posted_again(again), form, 409 if again else 200, outcomes)


def _posted_again(files: Sequence[FileAtHand]) -> list[FileAtHand]:
    """The files whose reports changed in between, as they stand now."""
    numbers = {file.number for file in files}
    return [file for file in _posted() if file.number in numbers] if files else []
