"""Accounts: made in bulk with one-time slips, given new passwords, disabled and enabled."""

from __future__ import annotations

from collections.abc import Sequence

import segno
from flask import Blueprint, Response, abort, current_app, g, request

from nhanquyen.store import account_list, accounts
from nhanquyen.store.account_list import state_of
from nhanquyen.store.accounts import AccountRefused, Role
from nhanquyen.store.models import Account
from nhanquyen.web.access import actor, allow
from nhanquyen.web.admin.forms import OfficeAccountForm
from nhanquyen.web.errors import BadInput
from nhanquyen.web.fragments import go, program_address, render, say
from nhanquyen.web.paging import asked_page

bp = Blueprint("admin_accounts", __name__, url_prefix="/quan-tri/tai-khoan")

PAGE_SIZE = 100
AT_ONCE = 200  # each password costs a tenth of a second to hash

STATES = {
    "chua_dung": "Chưa đăng nhập lần nào",
    "mot_lan": "Đang chờ đổi mật khẩu một lần",
    "het_han": "Mật khẩu một lần đã hết hạn",
    "dang_dung": "Đang dùng",
    "khoa": "Đã khóa",
}


def _state(account: Account) -> str:
    if account.disabled_at:
        return "khoa"
    if account.must_change and account.code_expires_at and account.code_expires_at < g.now:
        return "het_han"
    if account.signed_in_at is None:
        return "chua_dung"
    return "mot_lan" if account.must_change else "dang_dung"


def _account_or_404(account_id: int) -> Account:
    account = account_list.find_account(account_id)
    if account is None:
        abort(404)
    return account


@bp.get("")
@allow(Role.ADMIN)
def index() -> Response:
    """All accounts, with search (``?q=``), role and state, and how many units still have none."""
    filters = {name: request.args.get(name, "") for name in ("q", "quyen", "trang_thai")}
    role = Role(filters["quyen"]) if filters["quyen"] in list(Role) else None
    every = account_list.list_accounts(filters["q"], role)
    found = [each for each in every if filters["trang_thai"] in ("", _state(each))]
    page = asked_page(len(found), PAGE_SIZE)
    return render(
        "admin/accounts.html",
        "admin/_accounts.html",
        lines=[(each, Role(each.role).label, STATES[_state(each)]) for each in page.cut(found)],
        paging=page,
        filters=filters,
        filtered=any(filters.values()),
        roles=list(Role),
        states=STATES,
        without=account_list.units_without_account(g.now.date()),
        unused=sum(_state(each) == "chua_dung" and each.role == Role.UNIT for each in account_list.list_accounts()),
        at_once=AT_ONCE,
    )


def _slips(made: Sequence[tuple[Account, str]], left: int = 0) -> Response:
    """The page to print, the only time that these passwords are shown."""
    address = program_address()
    picture = segno.make(address, error="m").svg_data_uri(scale=4, border=2)
    until = (g.now + accounts.CODE_VALID_FOR).date()
    return render("admin/slips.html", made=made, address=address, picture=picture, left=left, until=until)


@bp.post("/tao-cho-don-vi")
@allow(Role.ADMIN)
def add_for_units() -> Response:
    """An account for every active unit that has none, `AT_ONCE` at a time, and their slips."""
    waiting = account_list.units_without_account(g.now.date())
    made = account_list.add_unit_accounts(waiting[:AT_ONCE], actor(), current_app.config["HASHER"])
    if not made:
        say("Mọi đơn vị đang hoạt động đã có tài khoản. Phiếu chỉ hiện một lần; mất phiếu thì cấp lại.", "warning")
        return go("admin_accounts.index")
    return _slips(made, left=max(0, len(waiting) - AT_ONCE))


@bp.route("/them", methods=["GET", "POST"])
@allow(Role.ADMIN)
def add() -> Response:
    """One account of the Team or of an admin, and its slip."""
    form = OfficeAccountForm()
    if request.method != "POST":
        return render("admin/account.html", form=form)
    if form.validate():
        username, name, role = form.username.data or "", form.display_name.data or "", Role(form.role.data)
        try:
            return _slips([accounts.add_account(username, name, role, None, actor(), current_app.config["HASHER"])])
        except AccountRefused as refusal:
            form.username.errors = [str(refusal)]
    return render("admin/account.html", status=422, form=form)


def _chosen(pairs: Sequence[str]) -> list[Account]:
    """The accounts of ``id`` or ``id-state`` texts; with a state, only those that still have it."""
    found = []
    for pair in pairs:
        number, _, state = pair.partition("-")
        account = (
            account_list.find_account(int(number))
            if number.isascii() and number.isdigit() and len(number) < 10
            else None
        )
        if account is not None and account.id != g.account.id and state in ("", state_of(account)):
            found.append(account)
    return found


@bp.get("/cap-lai")
@allow(Role.ADMIN)
def ask_reset() -> Response:
    """Ask before new passwords are given to the ticked accounts, or (``?chua_dung=1``) to all unused ones of units."""
    if request.args.get("chua_dung"):
        every = account_list.list_accounts(role=Role.UNIT)
        chosen = [each for each in every if _state(each) == "chua_dung"][:AT_ONCE]
    else:
        chosen = _chosen(request.args.getlist("tk")[:AT_ONCE])
    if not chosen:
        raise BadInput(
            "Chọn ít nhất một tài khoản khác tài khoản đang dùng. Mật khẩu của chính mình thì đổi ở mục Mật khẩu.", 422
        )
    return render("admin/account_reset.html", chosen=[(each, f"{each.id}-{state_of(each)}") for each in chosen])


@bp.post("/cap-lai")
@allow(Role.ADMIN)
def reset() -> Response:
    """New one-time passwords and their slips; a reloaded page gives none."""
    chosen = _chosen(request.form.getlist("tk")[:AT_ONCE])
    made = account_list.reset_passwords(chosen, actor(), current_app.config["HASHER"])
    if not made:
        say("Mật khẩu đã được cấp lại trước đó; phiếu chỉ hiện một lần. Mất phiếu thì cấp lại lần nữa.", "warning")
        return go("admin_accounts.index")
    return _slips(made)


@bp.route("/<int:account_id>/khoa", methods=["GET", "POST"])
@allow(Role.ADMIN)
def disable(account_id: int) -> Response:
    """Disable an account, after asking; whoever uses it is signed out at once."""
    account = _account_or_404(account_id)
    if request.method != "POST":
        return render("admin/account_disable.html", account=account)
    try:
        accounts.set_disabled(account, True, actor())
    except AccountRefused as refusal:
        raise BadInput(str(refusal), 409) from refusal
    say(f"Đã khóa tài khoản {account.username}. Mở lại bất cứ lúc nào bằng nút “Mở khóa”.")
    return go("admin_accounts.index", q=account.username)


@bp.post("/<int:account_id>/mo")
@allow(Role.ADMIN)
def enable(account_id: int) -> Response:
    """Let a disabled account sign in again, with the password that it had."""
    account = _account_or_404(account_id)
    accounts.set_disabled(account, False, actor())
    say(f"Đã mở khóa tài khoản {account.username}; mật khẩu như trước khi khóa.")
    return go("admin_accounts.index", q=account.username)
