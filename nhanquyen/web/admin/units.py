"""The unit list: add, edit, reorder, deactivate, export."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, abort, g, request

from nhanquyen.export.unit_list import unit_workbook
from nhanquyen.store import account_list, events, units
from nhanquyen.store.accounts import Role
from nhanquyen.store.database import transaction
from nhanquyen.store.models import Unit
from nhanquyen.store.rounds import current_round, directive_of
from nhanquyen.store.units import UnitRefused, is_active
from nhanquyen.text import search_key
from nhanquyen.web.access import actor, allow
from nhanquyen.web.admin.forms import NewUnitForm, UnitForm
from nhanquyen.web.files import send_workbook
from nhanquyen.web.fragments import go, is_htmx, render, say
from nhanquyen.web.paging import asked_page

bp = Blueprint("admin_units", __name__, url_prefix="/quan-tri/don-vi")

PAGE_SIZE = 100


def groups() -> dict[str, str]:
    """The groups of the current round, by code."""
    return directive_of(current_round()).groups


def _unit_or_404(code: str) -> Unit:
    unit = units.find(code)
    if unit is None:
        abort(404)
    return unit


def _filters() -> dict[str, str]:
    return {name: request.values.get(name, "") for name in ("q", "nhom", "trang_thai")}


def _wanted(unit: Unit, filters: dict[str, str]) -> bool:
    words = search_key(filters["q"]).split()
    state = "dung" if is_active(unit, g.now.date()) else "ngung"
    return (
        all(word in unit.search_key for word in words)
        and filters["nhom"] in ("", unit.group)
        and filters["trang_thai"] in ("", state)
    )


def _index() -> Response:
    everything = list(enumerate(units.in_order(), start=1))
    filters = _filters()
    found = [(rank, unit) for rank, unit in everything if _wanted(unit, filters)]
    page = asked_page(len(found), PAGE_SIZE)
    today = g.now.date()
    return render(
        "admin/units.html",
        "admin/_units.html",
        lines=[(rank, unit, is_active(unit, today)) for rank, unit in page.cut(found)],
        paging=page,
        filters=filters,
        filtered=any(filters.values()),
        groups=groups(),
        total=len(everything),
        active=sum(is_active(unit, today) for _, unit in everything),
        without_account=len(account_list.units_without_account(today)),
    )


@bp.get("")
@allow(Role.ADMIN)
def index() -> Response:
    """The list in its order, with search (``?q=``), group and state."""
    return _index()


def _form_page(form: UnitForm, unit: Unit | None, status: int = 200, rank: int | None = None) -> Response:
    form.offer(groups())
    return render("admin/unit.html", status=status, form=form, unit=unit, rank=rank)


def _name_is_free(form: UnitForm, code: str) -> bool:
    other = units.find_by_name(form.name.data or "")
    if other is None or other.code == code:
        return True
    form.name.errors = [f"Tên này đã có ở đơn vị mã {other.code}. Ghi tên khác, hoặc sửa đơn vị đó."]
    return False


@bp.route("/them", methods=["GET", "POST"])
@allow(Role.ADMIN)
def add() -> Response:
    """A new unit, after the last one of its group."""
    form = NewUnitForm()
    form.offer(groups())
    if request.method != "POST":
        return _form_page(form, None)
    code = form.code.data or ""
    if not form.validate() or not _name_is_free(form, code):
        return _form_page(form, None, 422)
    try:
        unit = units.add_unit(form.row(code), actor())
    except UnitRefused as refusal:
        form.code.errors = [str(refusal)]
        return _form_page(form, None, 422)
    say(f"Đã thêm {unit.name} (mã {unit.code}). Tiếp theo: tạo tài khoản cho đơn vị ở trang Tài khoản.")
    return go("admin_units.index", q=unit.code)


def _present_form(unit: Unit) -> UnitForm:
    row = units.as_row(unit, 1, g.now.date())
    return UnitForm(formdata=None, obj=row, state=units.state_of(row))


@bp.route("/<code>/sua", methods=["GET", "POST"])
@allow(Role.ADMIN)
def edit(code: str) -> Response:
    """Everything about a unit but its code; its place has a form of its own on the page."""
    unit = _unit_or_404(code)
    rank = next(place for place, each in enumerate(units.in_order(), start=1) if each.id == unit.id)
    if request.method != "POST":
        return _form_page(_present_form(unit), unit, rank=rank)
    form = UnitForm()
    form.offer(groups() | {unit.group: groups().get(unit.group, unit.group)})
    if not form.validate() or not _name_is_free(form, code):
        return _form_page(form, unit, 422, rank)
    try:
        changed = units.edit_unit(form.row(code), form.state.data or "", actor())
    except UnitRefused as refusal:
        form.name.errors = [str(refusal)]
        return _form_page(form, unit, 422, rank)
    say(f"Đã lưu {form.name.data}." if changed else "Không có gì thay đổi.")
    return go("admin_units.index", _anchor=f"unit-{code}", **_back(rank))


def _back(rank: int) -> dict[str, Any]:
    """The page of the whole list on which a rank stands."""
    number = (rank - 1) // PAGE_SIZE + 1
    return {"trang": number} if number > 1 else {}


@bp.post("/<code>/thu-tu")
@allow(Role.ADMIN)
def move(code: str) -> Response:
    """One place up or down (``huong``), or to a place (``den``)."""
    _unit_or_404(code)
    order = [unit.code for unit in units.in_order()]
    step = {"len": -1, "xuong": 1}.get(request.form.get("huong", ""), 0)
    asked = request.form.get("den", default=order.index(code) + 1, type=int)
    rank = max(1, min(asked + step, len(order)))
    moved = units.move_unit(code, rank, actor())
    if is_htmx():
        return _index()
    say(f"Đã chuyển đơn vị mã {code} đến vị trí {rank}." if moved else f"Đơn vị mã {code} giữ nguyên vị trí {rank}.")
    return go("admin_units.index", _anchor=f"unit-{code}", **_back(rank))


@bp.route("/<code>/ngung", methods=["GET", "POST"])
@allow(Role.ADMIN)
def deactivate(code: str) -> Response:
    """Take a unit out of the list of those who must report, after asking."""
    unit = _unit_or_404(code)
    if request.method != "POST":
        return render("admin/unit_deactivate.html", unit=unit)
    units.set_active(code, False, actor())
    say(f"{unit.name} đã ngừng từ hôm nay. Báo cáo cũ vẫn còn. Khóa tài khoản của đơn vị ở trang Tài khoản nếu cần.")
    return go("admin_units.index", q=code)


@bp.post("/<code>/dung-lai")
@allow(Role.ADMIN)
def activate(code: str) -> Response:
    """Bring a unit back into the list of those who must report."""
    unit = _unit_or_404(code)
    units.set_active(code, True, actor())
    say(f"{unit.name} đang hoạt động và phải báo cáo từ hôm nay. Tiếp theo: tạo tài khoản nếu đơn vị chưa có.")
    return go("admin_units.index", q=code)


@bp.get("/xuat")
@allow(Role.ADMIN)
def export() -> Response:
    """The whole list as a workbook that the import reads back."""
    content = unit_workbook(units.as_rows(g.now.date()), groups())
    with transaction():
        events.record("units_exported", actor(), subject="Danh sách đơn vị (Excel)")
    name = f"danh-sach-don-vi-{g.now:%Y%m%d-%H%M}.xlsx"
    return send_workbook(BytesIO(content), name)
