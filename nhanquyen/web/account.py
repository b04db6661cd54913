"""Signing in and out, and the password."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, g, jsonify, make_response, request, session
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from werkzeug.utils import redirect
from wtforms import PasswordField, StringField

from nhanquyen.store import accounts
from nhanquyen.store.accounts import AccountRefused, Role, SignInRefused
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account
from nhanquyen.web.access import actor as current_actor
from nhanquyen.web.access import allow, home_of, is_fillable, public
from nhanquyen.web.fragments import go, is_htmx, render, say, typed_pairs

bp = Blueprint("account", __name__)

WRONG = "Tên đăng nhập hoặc mật khẩu không đúng. Kiểm tra lại phiếu tài khoản và phím Caps Lock."


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Name and password."""

    username = StringField("Tên đăng nhập", description="Ghi trên phiếu tài khoản, ví dụ: p1.")
    password = PasswordField("Mật khẩu")


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The present password and the new one."""

    present = PasswordField("Mật khẩu đang dùng", description="Lần đầu: mật khẩu một lần ghi trên phiếu.")
    new = PasswordField(
        "Mật khẩu mới",
        description=f"Ít nhất {accounts.PASSWORD_MIN} ký tự; có thể là một câu có dấu cách, có dấu tiếng Việt.",
    )
    again = PasswordField("Nhập lại mật khẩu mới")


def local_path(target: str | None) -> str | None:
    """*target* when it is a path on this site, else None."""
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\") or not target.isprintable():
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc or "\\" in target else target


def draft_key(account: Account) -> str:
    """Under what a browser keeps what *account* has not saved: it names nobody, and is the same after a restore."""
    made = int(account.created_at.timestamp())
    return hashlib.sha256(f"{account.id} {made}".encode()).hexdigest()[:16]


@bp.get("/")
@public
def home() -> Response:
    """To the first screen of whoever is signed in."""
    if g.account is None:
        return go("account.sign_in")
    return redirect(home_of(g.account.role), code=303)  # type: ignore[return-value]


def _refuse(form: SignInForm, refusal: SignInRefused) -> Response:
    status, message = 422, WRONG
    if refusal.retry_after is not None:
        status = 429
        message = f"Đã nhập sai nhiều lần từ máy này. Thử lại sau {refusal.retry_after} giây."
    form.password.errors = [message]
    answer = render(
        "account/sign_in.html", "errors/_message.html", status, form=form, kept=typed_pairs(), message=message,
        next=request.form.get("next", ""), name=form.username.data or "",
    )  # fmt: skip
    if refusal.retry_after is not None:
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


@bp.route("/dang-nhap", methods=["GET", "POST"])
@public
def sign_in() -> Response:
    """The sign-in page; a page whose session lapsed also posts here and gets the new CSRF token back."""
    form = SignInForm()
    if request.method != "POST":
        return render("account/sign_in.html", form=form, kept=[], next=request.args.get("next", ""), name="")
    name, typed = form.username.data or "", form.password.data or ""
    if max(len(name), len(typed)) > accounts.MAX_TYPED:
        abort(413)
    visitor = Actor(None, request.remote_addr or "", g.now)
    try:
        account, token = accounts.sign_in(
            name, typed, visitor, current_app.config["HASHER"], replaces=session.get("token")
        )
    except SignInRefused as refusal:
        return _refuse(form, refusal)
    session.clear()
    session["token"] = token
    g.pop("csrf_token", None)
    g.account = account
    if is_htmx():
        return make_response(jsonify(csrf=generate_csrf(), username=account.username))
    target = local_path(request.form.get("next"))
    if target and (kept := typed_pairs()):
        if not is_fillable(target):
            return redirect(home_of(account.role), code=303)  # type: ignore[return-value]
        return render("errors/resume.html", kept=kept, path=target, title="Đã đăng nhập lại", account=account,
                      advice="Phần vừa nhập vẫn còn; bấm nút dưới đây để lưu tiếp.")  # fmt: skip
    return redirect(target or home_of(account.role), code=303)  # type: ignore[return-value]


@bp.post("/dang-xuat")
@allow(*Role)
def sign_out() -> Response:
    """End the session on the server."""
    accounts.sign_out(session["token"], current_actor())
    session.clear()
    g.pop("csrf_token", None)
    say("Đã đăng xuất.")
    answer = go("account.sign_in")
    answer.headers["Clear-Site-Data"] = '"cache"'  # never "storage": there is what other accounts have not saved
    return answer


def _password_faults(form: PasswordForm) -> bool:
    new = accounts.normalise_password(form.new.data or "")
    if not current_app.config["HASHER"].matches(g.account, accounts.normalise_password(form.present.data or "")):
        form.present.errors = ["Mật khẩu đang dùng không đúng. Nhập lại."]
    elif new == accounts.normalise_password(form.present.data or ""):
        form.new.errors = ["Nhập mật khẩu mới khác mật khẩu đang dùng."]
    elif fault := accounts.password_fault(new, g.account):
        form.new.errors = [fault]
    elif new != accounts.normalise_password(form.again.data or ""):
        form.again.errors = ["Hai lần nhập mật khẩu mới chưa giống nhau. Nhập lại."]
    return bool(form.errors)


@bp.route("/mat-khau", methods=["GET", "POST"])
@allow(*Role)
def password() -> Response:
    """Change the password; the first act after a one-time one."""
    form = PasswordForm()
    if request.method != "POST":
        return render("account/password.html", form=form)
    if max(len(field.data or "") for field in (form.present, form.new, form.again)) > accounts.MAX_TYPED:
        abort(413)
    if _password_faults(form):
        return render("account/password.html", status=422, form=form)
    new = accounts.normalise_password(form.new.data or "")
    try:
        accounts.change_password(g.account, new, session["token"], current_actor(), current_app.config["HASHER"])
    except AccountRefused as refusal:
        form.present.errors = [str(refusal)]
        return render("account/password.html", status=409, form=form)
    say("Đã đổi mật khẩu.")
    return redirect(home_of(g.account.role), code=303)  # type: ignore[return-value]
