"""Error pages in plain Vietnamese: what happened and what to do; what was typed is handed back."""

from __future__ import annotations

import secrets

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from nhanquyen.store.database import DatabaseReplaced
from nhanquyen.store.reports import ReportClosed
from nhanquyen.store.trouble import Trouble, first_cause, trouble_of
from nhanquyen.web.fragments import ask_to_sign_in, is_htmx, typed_pairs

MESSAGES = {
    400: ("Yêu cầu không đọc được", "Quay lại trang trước, tải lại trang rồi thử lại."),
    403: ("Tài khoản này không mở được trang", "Quay về trang chính, hoặc đăng nhập bằng tài khoản khác."),
    404: ("Không có trang này", "Kiểm tra lại địa chỉ, hoặc quay về trang chính."),
    405: ("Trang này không nhận thao tác vừa rồi", "Quay về trang chính rồi thử lại."),
    413: ("Nội dung gửi lên quá lớn", "Giảm dung lượng tệp rồi gửi lại. Phần đã lưu vẫn còn."),
    415: ("Yêu cầu không đọc được", "Quay lại trang trước, tải lại trang rồi thử lại."),
    500: ("Chương trình gặp sự cố", "Phần đã lưu vẫn còn. Chờ một phút rồi thử lại."),
}
_KEPT = "Phần vừa gửi có thể chưa lưu được; phần đã lưu trước đó vẫn còn."
TROUBLES = {
    Trouble.FULL: (507, "Ổ đĩa của máy chủ đã đầy", f"{_KEPT} Báo quản trị dọn bớt ổ đĩa rồi gửi lại."),
    Trouble.DISK: (503, "Ổ đĩa của máy chủ không đọc, ghi được", f"{_KEPT} Báo quản trị kiểm tra ổ đĩa rồi gửi lại."),
    Trouble.AWAY: (503, "Cơ sở dữ liệu không trả lời", f"{_KEPT} Chờ một phút rồi gửi lại; vẫn vậy thì báo quản trị."),
    Trouble.BUSY: (503, "Máy chủ đang bận", f"{_KEPT} Chờ một phút rồi gửi lại."),
    Trouble.REFUSED: (
        503,
        "Cơ sở dữ liệu chưa dùng được",
        f"{_KEPT} Báo quản trị xem chương trình báo gì.",
    ),
    Trouble.DAMAGED: (503, "Tệp dữ liệu trên máy chủ bị hỏng", f"{_KEPT} Báo quản trị phục hồi từ bản sao lưu."),
}
OTHER = ("Không thực hiện được", "Quay lại trang trước rồi thử lại. Phần đã lưu vẫn còn.")


class BadInput(Exception):
    """Input that cannot be used; *message* says in Vietnamese what happened and what to do."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.status = message, status


def _answer(status: int, title: str, advice: str, reference: str = "", hand_back: bool = False) -> Response:
    """The page or fragment; what was typed is handed back to who is signed in, with *hand_back* to everybody."""
    context = {"title": title, "advice": advice, "reference": reference, "account": getattr(g, "account", None)}
    if is_htmx():
        code = f" Nếu còn gặp lại, báo cho quản trị mã {reference}." if reference else ""
        body = render_template("errors/_message.html", message=f"{title}. {advice}{code}")
    elif request.method == "POST" and (context["account"] or hand_back) and (pairs := typed_pairs()):
        body = render_template("errors/resume.html", kept=pairs, path=request.path, **context)
    else:
        body = render_template("errors/page.html", **context)
    return make_response(body, status)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    g.too_large = status == 413
    if status < 400:
        return error.get_response(request.environ)  # type: ignore[return-value]
    answer = _answer(status, *MESSAGES.get(status, OTHER))
    if status == 405 and (allowed := getattr(error, "valid_methods", None)):
        answer.headers["Allow"] = ", ".join(allowed)
    return answer


def _csrf(error: CSRFError) -> Response:
    """The page is of another session: htmx gets what lets it sign in in place and save then."""
    if is_htmx():
        return ask_to_sign_in()
    return _answer(400, "Trang đã mở quá lâu hoặc từ phiên khác", "Bấm gửi lại một lần nữa; phần vừa nhập vẫn còn.")


def _bad_input(error: BadInput) -> Response:
    return _answer(error.status, "Chưa thực hiện được", error.message)


def _closed(error: ReportClosed) -> Response:
    return _answer(409, "Báo cáo không sửa được lúc này", str(error))


def _trouble(trouble: Trouble, error: Exception) -> Response:
    """The database or its disk does not work: one line in the log, as every request will fail like this one."""
    current_app.logger.error("%s %s: %s (%s)", request.method, ascii(request.path), trouble.name, first_cause(error))
    g.setdefault("account", None)  # nobody can be asked who it is
    status, title, advice = TROUBLES[trouble]
    return _answer(status, title, advice, hand_back=True)


def _replaced(error: DatabaseReplaced) -> Response:
    """What was to be saved belonged to data that are no more: the page signs in anew, and sends it once more then."""
    return _answer(
        503,
        "Dữ liệu vừa được phục hồi từ bản sao lưu",
        "Phần vừa nhập chưa được lưu. Đăng nhập lại rồi gửi lại.",
        hand_back=True,
    )


def _crash(error: Exception) -> Response:
    if trouble := trouble_of(error):
        return _trouble(trouble, error)
    reference = secrets.token_hex(4)
    current_app.logger.error("%s %s [%s]", request.method, ascii(request.path), reference, exc_info=error)
    return _answer(500, *MESSAGES[500], reference=reference)


def init_app(app: Flask) -> None:
    """Answer every fault with a page of ours."""
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(BadInput, _bad_input)
    app.register_error_handler(ReportClosed, _closed)
    app.register_error_handler(DatabaseReplaced, _replaced)
    app.register_error_handler(Exception, _crash)
