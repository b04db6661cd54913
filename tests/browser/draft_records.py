"""What a browser keeps of forms that the server has not got, read past the program."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

READ = """async (count) => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("nhanquyen", 1);
    request.onsuccess = () => resolve(request.result);
  });
  for (let tries = 0; ; tries += 1) {
    const request = database.transaction("drafts").objectStore("drafts").getAll();
    await new Promise((resolve) => { request.onsuccess = resolve; });
    if (count === null || request.result.length === count || tries > 100) {
      database.close();
      return request.result;
    }
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}"""


def kept(page: Page, awaited: int | None = None) -> list[dict[str, Any]]:
    """The records of every account; with *awaited* once there are so many, or after five seconds."""
    found: list[dict[str, Any]] = page.evaluate(READ, awaited)
    return found
