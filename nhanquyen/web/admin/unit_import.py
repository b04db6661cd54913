"""Import of the unit list: choose a file, see all that it would change, confirm exactly that."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from nhanquyen.form.unit_list import Plan, read_workbook
from nhanquyen.form.unit_row import COLUMNS, shown
from nhanquyen.form.workbook import WorkbookRefused
from nhanquyen.store import units
from nhanquyen.store.accounts import Role
from nhanquyen.store.units import UnitRefused
from nhanquyen.web import sealing
from nhanquyen.web.access import actor, allow
from nhanquyen.web.admin.units import groups
from nhanquyen.web.fragments import go, render, say
from nhanquyen.web.uploads import chosen_workbook, limit_mb

bp = Blueprint("admin_unit_import", __name__, url_prefix="/quan-tri/don-vi/nhap")

KIND = "unit-import"


def _choose(fault: str = "", status: int = 200) -> Response:
    names = [column.heading for column in COLUMNS]
    return render(
        "admin/unit_import.html", status=status, fault=fault, names=names, limit_mb=limit_mb(), groups=groups()
    )


@bp.get("")
@allow(Role.ADMIN)
def choose() -> Response:
    """What the file may look like, and the way to choose one."""
    return _choose()


@bp.post("")
@allow(Role.ADMIN)
def preview() -> Response:
    """What importing the file would change; nothing is saved."""
    try:
        plan = read_workbook(chosen_workbook(), units.as_rows(g.now.date()), groups())
    except WorkbookRefused as refusal:
        return _choose(str(refusal), 422)
    sealed = "" if plan.empty else sealing.seal(KIND, plan.dump())
    columns = [column for column in COLUMNS if column.key != "rank"]
    remarked = any(plan.remarks.values())
    return render(
        "admin/unit_preview.html",
        plan=plan, sealed=sealed, groups=groups(), columns=columns, shown=shown, remarked=remarked,
    )  # fmt: skip


def _already_done(plan: Plan) -> bool:
    """Whether the list says all that *plan* wants: the button was pressed twice."""
    present = {row.code: row for row in units.as_rows(g.now.date())}
    wanted = [*plan.new, *(change.after for change in plan.changed)]
    return all(row.code in present and units.state_of(present[row.code]) == units.state_of(row) for row in wanted)


@bp.post("/ghi")
@allow(Role.ADMIN)
def confirm() -> Response:
    """Carry out the plan that was shown, if the list is still the one that it was made against."""
    held = sealing.unseal(KIND, request.form.get("ke_hoach", ""))
    if held is None:
        return _choose(sealing.STALE, 422)
    plan = Plan.load(held)
    try:
        units.apply_import(plan, actor())
    except UnitRefused as refusal:
        if not _already_done(plan):
            return _choose(str(refusal), 409)
        say("Danh sách này đã được ghi trước đó; không ghi thêm lần nữa.", "warning")
        return go("admin_units.index")
    say(f"Đã ghi {len(plan.new)} đơn vị mới và {len(plan.changed)} thay đổi. Tiếp theo: tạo tài khoản cho đơn vị mới.")
    return go("admin_units.index")
