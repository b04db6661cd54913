"""What stands around the figures: whom the report goes to, what it rests on, who was asked, who has reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nhanquyen.clock import VIETNAM, format_instant, format_long_day
from nhanquyen.directive import BlockKind, Directive, Document, Item, Kind
from nhanquyen.directive.values import group_digits
from nhanquyen.export.combined.about import ALL_UNITS, About
from nhanquyen.export.combined.record import Case, changed_note
from nhanquyen.export.consolidated.figures import Figures
from nhanquyen.export.consolidated.passage import Passage, dash, listed, lower, number_of, text
from nhanquyen.export.word.paper import day_or_blank
from nhanquyen.overview import Part, Standing, standing_of, states
from nhanquyen.overview.overlaps import CountedOnce
from nhanquyen.store.reports import ReportLine, Status


def title(directive: Directive) -> str:
    """The report is about the result of what the directive is about."""
    return f"Kết quả {lower(directive.title.removeprefix('V/v '))}"


def number(directive: Directive) -> str:
    """The report's number, to be written in by hand."""
    return f"……/{directive.consolidated.symbol}"


def blank_day(about: About) -> str:
    """Room for the day on which the report is signed."""
    return day_or_blank(None, about.made_at.astimezone(VIETNAM).year)


def attached(directive: Directive, about: About) -> str:
    """What stands under the title of every annex."""
    return f"(Kèm theo Báo cáo số {number(directive)} {blank_day(about)} của {directive.issuer})"


def _document(document: Document, of: str = "") -> str:
    about = document.title.removeprefix(document.kind).strip()
    about = about if about.startswith("về ") else f"về {about}"
    return f"{document.kind} số {document.number} {format_long_day(document.issued_on)} {of}{about}"


def grounds(directive: Directive) -> tuple[str, ...]:
    """The chain of documents that the report rests on, a line each."""
    return tuple(f"Thực hiện {_document(document, f'của {document.issuer} ')}" for document in directive.chain)


def _by_part(grouped: Iterable[Part], wanted: Iterable[int]) -> str:
    """``phòng, ban, ngành: 20; xã, phường: 7``"""
    chosen = set(wanted)
    counts = [(part, sum(line.report_id in chosen for line in part.lines)) for part in grouped]
    return "; ".join(f"{lower(part.title)}: {group_digits(count)}" for part, count in counts)


def opening(directive: Directive, grouped: Sequence[Part], about: About) -> list[str]:
    """Who was asked, who has reported and when, and whose figures the report holds."""
    lines = [line for part in grouped for line in part.lines]
    found = states(lines, about.made_at)
    asked = f"{directive.issuer} đã đề nghị {number_of(len(lines))}"
    if len(grouped) > 1:
        asked += f" ({_by_part(grouped, (line.report_id for line in lines))})"
    entered = sum(bool(line.counted and line.entered_by) for line in lines)
    reported = (
        f"Đến {format_instant(about.made_at)}, có {group_digits(found.counted)}/{number_of(len(lines))} gửi báo cáo "
        f"(đúng hạn: {group_digits(found.counted - found.sent_late)}; trễ hạn: {group_digits(found.sent_late)}); "
        f"chưa gửi: {number_of(found.missing)}"
    )
    if found.overdue:
        reported += f", trong đó đã quá hạn: {number_of(found.overdue)}"
    if entered:
        reported += f". {directive.receiver} nhập thay từ báo cáo giấy: {number_of(entered)}"
    paragraphs = [f"{asked} báo cáo kết quả thực hiện. {reported}."]
    if about.filter != ALL_UNITS:
        paragraphs.append(f"Báo cáo này chỉ gồm một phần danh sách đơn vị. {about.filter}.")
    paragraphs.append(_scope(lines, about))
    return paragraphs


def _scope(lines: Sequence[ReportLine], about: About) -> str:
    counted = sum(about.scope.counts(line) for line in lines)
    said = f"Phạm vi số liệu: {lower(about.scope.label)} ({group_digits(counted)}/{number_of(len(lines))})"
    left_out = [line.name for line in lines if line.counted and not about.scope.counts(line)]
    if left_out:
        return f"{said}. {listed('Đã gửi nhưng chưa tiếp nhận nên chưa đưa vào số liệu', left_out)}"
    return f"{said}. Số liệu của đơn vị chưa gửi báo cáo chưa có trong báo cáo này."


def asking(directive: Directive, about: About) -> Passage:
    """What the issuer did itself: it sent the directive."""
    own = directive.chain[-1] if directive.chain else None
    document = _document(own) if own else f"văn bản số {directive.number}"
    return text(
        f"{directive.issuer} đã ban hành {document}, gửi {'; '.join(map(lower, directive.addressees))} "
        f"để tổ chức thực hiện và báo cáo kết quả chậm nhất đến {format_instant(about.due_at)}."
    )


def by_status(grouped: Sequence[Part]) -> Iterator[Passage]:
    """The units by the status of their reports."""
    lines = [line for part in grouped for line in part.lines]
    for status in reversed(Status):
        if names := [line.name for line in lines if line.status is status]:
            yield dash(listed(status.label, names))
    if entered := [line.name for line in lines if line.counted and line.entered_by]:
        yield dash(listed("Nhập thay từ báo cáo giấy", entered))


class DocumentWords:
    """The documents that units issued: how many of which kind, and who issued none."""

    def __init__(self, directive: Directive) -> None:
        self.path = directive.consolidated.documents
        item, block = self.path.split(".")
        self.item = directive.by_key[item]
        self.block = self.item.by_key[block]
        self._kind = next((each for each in self.block.fields if each.kind is Kind.CHOICE), None)
        self._kinds: Counter[str] = Counter()
        self._issuing = 0
        self._without: list[str] = []

    def add(self, case: Case) -> None:
        """Hear a unit."""
        if case.answers is None or case.standings[self.item.key] is not Standing.DONE:
            return
        rows = case.answers.rows(self.item, self.block)
        if not rows:
            self._without.append(case.line.name)
            return
        self._issuing += 1
        if self._kind is not None:
            self._kinds.update(str(row.values.get(self._kind.key) or "") for row in rows)

    def told(self, figures: Figures, annex: str) -> Iterator[Passage]:
        """The numbers of documents; *annex* is where they are listed."""
        total = figures.told(f"{self.path}.rows", self.block.row_name)
        choices = self._kind.choices if self._kind else {}
        counts = [(lower(choices.get(key, key) or "chưa ghi loại"), count) for key, count in self._kinds.most_common()]
        kinds = f"; theo loại: {', '.join(f'{name} {group_digits(count)}' for name, count in counts)}" if counts else ""
        issuing = f"Số đơn vị ban hành {self.block.row_name}: {group_digits(self._issuing)}"
        yield dash(f"{issuing}; tổng số: {total}{kinds} (chi tiết tại {annex}).")
        if self._without:
            yield dash(listed(f"Không ban hành {self.block.row_name} riêng", self._without))


def standings(item: Item, lines: Iterable[ReportLine], about: About, reasons: Mapping[int, str]) -> Iterator[Passage]:
    """How many of the units in scope did something of *item*; who did nothing and why; whose task it is not.

    *reasons* are by report id.
    """
    found: dict[Standing, list[ReportLine]] = {standing: [] for standing in Standing}
    for line in lines:
        if about.scope.counts(line):
            found[standing_of(line, item, about.scope)].append(line)
    counts = [f"{lower(standing.label)}: {number_of(len(units))}" for standing, units in found.items() if units]
    if not counts:
        return
    yield text(f"Theo báo cáo của các đơn vị, {'; '.join(counts)}.")
    if none := found[Standing.NONE]:
        names = [line.name + _reason(reasons.get(line.report_id, "")) for line in none]
        yield dash(listed(Standing.NONE.label, names))
    others = found[Standing.NOT_OURS]
    if others and len(others) <= len(found[Standing.DONE]) + len(none):  # else the signs in the annex tell it better
        yield dash(listed(Standing.NOT_OURS.label, [line.name for line in others]))


def _reason(why: str) -> str:
    return f" (lý do: {why.rstrip('. ')})" if why else ""


def counted_once(directive: Directive, once: CountedOnce, lines: Iterable[ReportLine]) -> Iterator[Passage]:
    """What several units report of one activity, whose figures are kept, and what was subtracted from *lines*."""
    here = {line.report_id for line in lines}
    labels = dict(_labels(directive))
    for overlap, dropped in once.effective:
        if not any(member["report"] in here for member in dropped):
            continue
        kept = [member["name"] for member in overlap.members if member not in dropped]
        said = [f"giữ số liệu của {'; '.join(kept)}"]
        for member in dropped:
            amounts = "; ".join(
                f"{labels.get(path, (path, ''))[0]}: {group_digits(amount)} {labels.get(path, ('', ''))[1]}".strip()
                for path, amount in member["amounts"].items()
            )
            said.append(f"của {member['name']} đã trừ: {amounts or 'không có số liệu để trừ'}")
        yield dash(f"{'; '.join(said)}.", lead=overlap.title)


def notices(changed: Sequence[str], once: CountedOnce) -> tuple[str, ...]:
    """What must be looked at before the report is signed."""
    said = [changed_note(changed)] if changed else []
    if once.undecided:
        said.append(
            f"Còn {once.undecided} hoạt động có thể bị tính trùng chưa quyết định; tổng số vẫn tính đủ của từng đơn vị."
        )
    return tuple(said)


def _labels(directive: Directive) -> Iterator[tuple[str, tuple[str, str]]]:
    """What the paths of totals are called, and their units of measure."""
    for item in directive.items:
        for block in item.answered_blocks:
            for field in block.counts:
                yield f"{item.key}.{field.key}", (lower(field.label), field.unit)
            if block.kind in (BlockKind.TABLE, BlockKind.MATRIX):
                yield item.rows_path(block), (f"số {block.row_name} ghi trong bảng", block.row_name)
