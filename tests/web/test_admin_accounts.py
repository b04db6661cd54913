"""Accounts over HTTP: bulk creation with slips that are shown once, reset, disable, and who can never be locked out."""

from __future__ import annotations

import re

import people
import pytest
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from nhanquyen.store import accounts
from nhanquyen.store.accounts import CODE_VALID_FOR, Role
from nhanquyen.store.database import connection
from nhanquyen.store.events import Actor
from nhanquyen.store.models import Account, Event, Session, Unit

LIST = "/quan-tri/tai-khoan"
CODE = re.compile(r"[2-9a-hjkmnp-z]{4}(?:-[2-9a-hjkmnp-z]{4}){3}")
NEW = {"role": "synthesis", "display_name": "Đội Tổng hợp 2", "username": "Tong Hop.2"}


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: TestResponse) -> str:
    return soup(answer).get_text(" ", strip=True)


def account(username: str) -> Account:
    with connection():
        found: Account = Account.get(Account.username == username)
        return found


def slips(answer: TestResponse) -> dict[str, str]:
    """User name and one-time password of every slip on the page."""
    assert answer.status_code == 200
    keys = [[each.get_text() for each in slip.select(".slip-key")] for slip in soup(answer).select(".slip")]
    return {name: code for name, code in keys}  # noqa: C416  # two keys a slip, or this fails


@pytest.fixture
def waiting(seed: people.Seed) -> list[Unit]:
    """Nine units without an account, one more that is closed, and one whose code is somebody's user name."""
    with connection():
        made = [people.make_unit(f"DV{number}", f"Đơn vị {number}", "BN", 10 + number) for number in range(9)]
        made.append(people.make_unit("TONGHOP", "Trạm Tổng hợp", "BN", 30))
        people.make_unit("CU", "Đơn vị cũ", "BN", 31, active_from=None)
        return made


@pytest.mark.parametrize("path", ["", "/them", "/cap-lai?tk=1", "/1/khoa"])
def test_only_the_admin_sees_accounts(path: str, as_unit: people.Browser, as_team: people.Browser) -> None:
    assert as_unit.get(LIST + path).status_code == 403
    assert as_team.get(LIST + path).status_code == 403


@pytest.mark.parametrize("path", ["/tao-cho-don-vi", "/them", "/cap-lai", "/1/khoa", "/1/mo"])
def test_a_post_needs_the_admin_and_the_token(path: str, as_team: people.Browser, as_admin: people.Browser) -> None:
    assert as_team.post(LIST + path, NEW).status_code == 403
    assert as_admin.client.post(LIST + path, data=NEW).status_code == 400
    with connection():
        assert Account.select().where(Account.disabled_at.is_null()).count() == 5


def test_accounts_are_made_for_every_active_unit_and_sign_in_with_their_slips(
    as_admin: people.Browser, waiting: list[Unit]
) -> None:
    assert "10 đơn vị đang hoạt động chưa có tài khoản" in words(as_admin.get(LIST))
    answer = as_admin.post(f"{LIST}/tao-cho-don-vi")
    made = slips(answer)
    assert sorted(made) == sorted([*(f"dv{number}" for number in range(9)), "tonghop-2"])
    assert all(CODE.fullmatch(code) for code in made.values())
    assert answer.headers["Cache-Control"] == "no-store"
    assert [len(sheet.select(".slip")) for sheet in soup(answer).select(".slip-sheet")] == [8, 2]
    new = people.Browser(as_admin.app).sign_in("dv3", made["dv3"])
    assert new.get("/bao-cao").headers["Location"] == "/mat-khau"
    stored = account("dv3")
    assert (stored.role, stored.unit.code, stored.must_change) == ("unit", "DV3", True)
    with connection():
        assert Event.select().where(Event.action == "account_added").count() == 10


def test_a_slip_says_all_that_its_reader_needs(as_admin: people.Browser, waiting: list[Unit]) -> None:
    as_admin.app.config["PUBLIC_URL"] = "http://192.168.1.9:8080/"
    slip = soup(as_admin.post(f"{LIST}/tao-cho-don-vi")).select(".slip")[0]
    text = slip.get_text(" ", strip=True)
    assert "Đơn vị 0" in text
    assert "http://192.168.1.9:8080 " in text
    assert "đặt ngay mật khẩu riêng" in text
    assert "18/02/2024" in text
    picture = slip.select_one("img")
    assert picture is not None
    assert str(picture["src"]).startswith("data:image/svg+xml")
    assert picture["alt"] == "Mã QR của địa chỉ http://192.168.1.9:8080"


def test_the_passwords_are_nowhere_in_clear_and_a_reload_shows_none(
    as_admin: people.Browser, waiting: list[Unit]
) -> None:
    made = slips(as_admin.post(f"{LIST}/tao-cho-don-vi"))
    again = as_admin.post(f"{LIST}/tao-cho-don-vi")
    assert (again.status_code, again.headers["Location"]) == (303, LIST)
    assert "Phiếu chỉ hiện một lần" in words(as_admin.get(LIST))
    with connection():
        kept = [str(row) for row in Account.select().tuples()] + [str(row) for row in Event.select().tuples()]
    assert not any(code in row for code in made.values() for row in kept)


def test_a_one_time_password_dies_after_its_days(
    as_admin: people.Browser, waiting: list[Unit], clock: people.SettableClock
) -> None:
    made = slips(as_admin.post(f"{LIST}/tao-cho-don-vi"))
    clock.now += CODE_VALID_FOR
    clock.move(seconds=1)
    answer = people.Browser(as_admin.app).post("/dang-nhap", {"username": "dv1", "password": made["dv1"]})
    assert answer.status_code == 422
    late = people.Browser(as_admin.app).sign_in("quantri")
    assert "Mật khẩu một lần đã hết hạn" in words(late.get(f"{LIST}?q=dv1"))


def test_at_most_so_many_accounts_are_made_at_once(
    as_admin: people.Browser, waiting: list[Unit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nhanquyen.web.admin.accounts.AT_ONCE", 4)
    answer = as_admin.post(f"{LIST}/tao-cho-don-vi")
    assert len(slips(answer)) == 4
    assert "Còn 6 đơn vị chưa có tài khoản" in words(answer)
    assert len(slips(as_admin.post(f"{LIST}/tao-cho-don-vi"))) == 4
    assert len(slips(as_admin.post(f"{LIST}/tao-cho-don-vi"))) == 2


def test_an_account_of_the_team_is_made_with_its_slip(as_admin: people.Browser) -> None:
    made = slips(as_admin.post(f"{LIST}/them", NEW))
    assert list(made) == ["tonghop.2"]
    stored = account("tonghop.2")
    assert (stored.role, stored.display_name, stored.unit_id) == ("synthesis", "Đội Tổng hợp 2", None)
    people.Browser(as_admin.app).sign_in("tonghop.2", made["tonghop.2"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"role": "unit"}, "Chọn quyền"),
        ({"display_name": ""}, "Nhập tên hiển thị"),
        ({"username": ""}, "Nhập tên đăng nhập"),
        ({"username": "a/b"}, "Nhập tên đăng nhập"),
        ({"username": "QUANTRI"}, "đã có"),
    ],
)
def test_an_account_that_cannot_be_made_is_told_in_place(
    as_admin: people.Browser, change: dict[str, str], message: str
) -> None:
    answer = as_admin.post(f"{LIST}/them", NEW | change)
    assert answer.status_code == 422
    assert message in soup(answer).select_one(".error-summary").get_text()  # type: ignore[union-attr]
    with connection():
        assert Account.select().count() == 5


def reset_pairs(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200
    return [str(each["value"]) for each in soup(answer).select("input[name=tk]")]


def test_a_reset_asks_first_then_gives_a_slip_and_ends_the_sessions(
    as_admin: people.Browser, as_unit: people.Browser
) -> None:
    question = as_admin.get(f"{LIST}/cap-lai?tk={account('p1').id}")
    assert "Cấp lại phiếu cho p1?" in words(question)
    assert as_unit.get("/mat-khau").status_code == 200
    made = slips(as_admin.post(f"{LIST}/cap-lai", {"tk": reset_pairs(question)}))
    assert list(made) == ["p1"]
    assert as_unit.get("/mat-khau").status_code == 303
    old = people.Browser(as_admin.app).post("/dang-nhap", {"username": "p1", "password": people.PASSWORD})
    assert old.status_code == 422
    people.Browser(as_admin.app).sign_in("p1", made["p1"])


def test_a_reloaded_reset_gives_no_second_password(as_admin: people.Browser) -> None:
    pairs = reset_pairs(as_admin.get(f"{LIST}/cap-lai?tk={account('p1').id}&tk={account('lt').id}"))
    made = slips(as_admin.post(f"{LIST}/cap-lai", {"tk": pairs}))
    assert sorted(made) == ["lt", "p1"]
    again = as_admin.post(f"{LIST}/cap-lai", {"tk": pairs})
    assert (again.status_code, again.headers["Location"]) == (303, LIST)
    assert "đã được cấp lại trước đó" in words(as_admin.get(LIST))
    people.Browser(as_admin.app).sign_in("p1", made["p1"])


def test_lost_slips_of_accounts_never_used_are_given_again_together(
    as_admin: people.Browser, waiting: list[Unit]
) -> None:
    lost = slips(as_admin.post(f"{LIST}/tao-cho-don-vi"))
    with connection():
        Account.update(signed_in_at=account("p1").created_at).where(
            Account.username.in_(["p1", "lt", "vhtt"])
        ).execute()
    made = slips(as_admin.post(f"{LIST}/cap-lai", {"tk": reset_pairs(as_admin.get(f"{LIST}/cap-lai?chua_dung=1"))}))
    assert sorted(made) == sorted(lost)
    assert not set(made.values()) & set(lost.values())


@pytest.mark.parametrize("query", ["", "?tk=abc", "?tk=999999", "?tk=-1"])
def test_resetting_nobody_is_told(as_admin: people.Browser, query: str) -> None:
    answer = as_admin.get(f"{LIST}/cap-lai{query}")
    assert answer.status_code == 422
    assert "Chọn ít nhất một tài khoản" in words(answer)


def test_the_admin_does_not_reset_or_disable_himself(as_admin: people.Browser) -> None:
    mine = account("quantri").id
    assert as_admin.get(f"{LIST}/cap-lai?tk={mine}").status_code == 422
    answer = as_admin.post(f"{LIST}/{mine}/khoa")
    assert answer.status_code == 409
    assert "Không tự khóa" in words(answer)
    assert account("quantri").disabled_at is None


def test_the_last_admin_who_can_sign_in_is_never_disabled(as_admin: people.Browser, seed: people.Seed) -> None:
    with connection():
        people.make_account("quantri2", "Quản trị 2", Role.ADMIN, None, seed.round.opened_at)
    second = people.Browser(as_admin.app).sign_in("quantri2")
    assert second.post(f"{LIST}/{account('quantri').id}/khoa").status_code == 303
    with connection():
        Session.delete().execute()
        with pytest.raises(accounts.AccountRefused, match="cuối cùng"):
            accounts.set_disabled(account("quantri2"), True, Actor(None, "", seed.round.opened_at))
    assert account("quantri2").disabled_at is None


def test_disabling_signs_out_at_once_and_enabling_keeps_the_password(
    as_admin: people.Browser, as_unit: people.Browser
) -> None:
    target = account("p1").id
    assert "Khóa tài khoản p1?" in words(as_admin.get(f"{LIST}/{target}/khoa"))
    assert account("p1").disabled_at is None
    assert as_admin.post(f"{LIST}/{target}/khoa").status_code == 303
    assert as_unit.get("/mat-khau").status_code == 303
    assert "Đã khóa" in words(as_admin.get(f"{LIST}?trang_thai=khoa"))
    assert as_admin.post(f"{LIST}/{target}/mo").status_code == 303
    people.Browser(as_admin.app).sign_in("p1")
    with connection():
        logged = [event.action for event in Event.select().where(Event.subject == "p1").order_by(Event.id)]
    assert logged == ["account_disabled", "account_enabled"]


@pytest.mark.parametrize("path", ["/999/khoa", "/999/mo"])
def test_an_account_that_does_not_exist_is_404(as_admin: people.Browser, path: str) -> None:
    assert as_admin.post(LIST + path).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=long toan", ["lt"]),
        ("quyen=synthesis", ["tonghop"]),
        ("quyen=nobody&q=quan tri", ["quantri"]),
        ("trang_thai=khoa", []),
    ],
)
def test_accounts_are_searched(as_admin: people.Browser, query: str, found: list[str]) -> None:
    fragment = as_admin.get(f"{LIST}?{query}", htmx=True)
    assert [row.get_text() for row in soup(fragment).select("tbody th")] == found
    assert "<html" not in fragment.get_data(as_text=True)
