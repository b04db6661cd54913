"""Reading the pages that come back, as a browser does."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag
from werkzeug.test import TestResponse


def soup(answer: TestResponse) -> BeautifulSoup:
    """The page or fragment in *answer*."""
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: TestResponse) -> str:
    """What a reader sees of it, on one line."""
    return soup(answer).get_text(" ", strip=True)


def value_of(tag: Tag) -> str:
    """What stands in a control; nothing for a choice that is not made."""
    if tag.name == "textarea":
        return tag.get_text().replace("\r\n", "\n").removeprefix("\n")
    if tag.name == "select":
        chosen = tag.select_one("option[selected]")
        return str(chosen["value"]) if chosen else ""
    if tag.get("type") in ("radio", "checkbox"):
        return str(tag["value"]) if tag.has_attr("checked") else ""
    return str(tag.get("value", ""))


def shown(page: BeautifulSoup, name: str) -> str:
    """The value of the field *name* on the page."""
    tags = page.find_all(attrs={"name": name})
    assert tags, name
    return "".join(map(value_of, tags))


def form_of(page: BeautifulSoup, selector: str = "main form") -> Tag:
    """The first form that the page has there."""
    form = page.select_one(selector)
    assert form is not None, page.get_text()
    return form


def pairs_of(form: Tag) -> list[tuple[str, str]]:
    """What a browser would send of *form* by its first button without a name."""
    return [
        (str(tag["name"]), value_of(tag).replace("\n", "\r\n"))
        for tag in form.find_all(["input", "textarea", "select"])
        if tag.get("type") not in ("radio", "checkbox") or tag.has_attr("checked")
    ]
