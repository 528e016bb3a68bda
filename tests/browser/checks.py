"""What every page must hold, and the walk that finds every page a person can reach."""

import re
from collections import deque
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import BrowserContext, Page

WIDTHS = (1280, 390, 320)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VARIED = {
    "/desk/applications/<n>", "/desk/calls/<n>", "/desk/booths/<n>", "/my/applications/<n>",
    "/calls/<slug>", "/fairs/<slug>/booths/<n>",
}  # fmt: skip
"""Pages that look different from one thing to the next: three of each are seen, else one."""
MOST_PAGES = 250
NOT_PAGES = re.compile(
    r"^/(static|cal|api/v1|stripe)/|\.(ics|csv|xlsx|pdf|png|jpg|svg|json|xml|txt)$"
    r"|/(pdf|csv|ubl|raw|file|download|export|logo)$|^/documents/\d+|/files/\d+$"
)


@cache
def axe() -> str:
    """The rules of axe-core, as the test library ships them."""
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


class Watch:
    """Listens to a page: requests that leave the machine, errors in its console."""

    def __init__(self, page: Page, base: str, also: tuple[str, ...] = ()) -> None:
        self.bad: list[str] = []
        self.expected: set[int] = set()
        allowed = (base, "data:", "blob:", *also)
        page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith(allowed) else self.bad.append(f"leaves: {asked.url}")
            ),
        )
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.bad.append(f"script: {error}"))

    def _console(self, message: Any) -> None:
        if message.type != "error":
            return
        status = re.search(r"status of (\d{3})", message.text)
        if status and int(status[1]) in self.expected:
            return
        self.bad.append(f"console: {message.text}")

    def take(self) -> list[str]:
        """What was heard since the last time."""
        heard, self.bad = self.bad, []
        return heard


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it is."""
    page.evaluate(axe() + ";0")
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules},"
        " resultTypes: ['violations']})",
        RULES,
    )
    return [
        f"axe {each['id']}: {each['help']}: {node['html'][:200]}"
        for each in found["violations"]
        for node in each["nodes"][:3]
    ]


def too_wide(page: Page) -> list[str]:
    """The widths at which the page scrolls sideways."""
    found = []
    before = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        needed = page.evaluate("document.documentElement.scrollWidth")
        if needed > width:
            culprit = page.evaluate(
                """width => [...document.querySelectorAll('body *')]
                .filter(e => e.getBoundingClientRect().right > width + 1
                    || e.getBoundingClientRect().left + e.scrollWidth > width + 1)
                .filter(e => !e.closest('.pv-table, .pv-plan-figure'))
                .slice(-2).map(e => e.outerHTML.slice(0, 120)).join(' | ')""",
                width,
            )
            found.append(f"{needed} px wide at {width}: {culprit}")
    if before:
        page.set_viewport_size(before)
    return found


def shape(path: str) -> str:
    """Addresses that differ in a number or a name only have one shape."""
    path = re.sub(r"/\d+(?=/|$)", "/<n>", path.split("?")[0])
    path = re.sub(r"/[0-9a-f]{8}-[0-9a-f-]{27}(?=/|$)", "/<key>", path)
    path = re.sub(r"/(exhibitors|declarations)/[^/]+.*", r"/\1/<name>", path)
    path = re.sub(r"/ledger/[a-z_]+/[A-Z]{3}$", "/ledger/<account>", path)
    path = re.sub(r"^/fairs/[^/]+", "/fairs/<slug>", path)
    return re.sub(r"^/calls/[^/]+", "/calls/<slug>", path)


def check(page: Page, watch: Watch) -> list[str]:
    """Everything that is wrong with the page now shown."""
    title = page.title()
    found = [] if title.endswith("Pavilion") and len(title) > 12 else [f"title: {title!r}"]
    headings = page.locator("h1").count()
    if headings != 1:
        found.append(f"{headings} first headings")
    if page.locator("[style]:not(svg *)").count():
        found.append("inline style")
    return found + violations(page) + too_wide(page) + watch.take()


def walk(
    context: BrowserContext, base: str, starts: list[str], within: tuple[str, ...] = ("/",)
) -> tuple[dict[str, list[str]], set[str]]:
    """Follow every link from `starts` to addresses that begin with one of `within`.

    (Problems by address, shapes of the pages seen.)
    """
    page = context.new_page()
    watch = Watch(page, base)
    waiting, seen = deque(starts), set(starts)
    shapes: dict[str, int] = {}
    problems: dict[str, list[str]] = {}
    while waiting and sum(shapes.values()) < MOST_PAGES:
        path = waiting.popleft()
        if shapes.get(shape(path), 0) >= (3 if shape(path) in VARIED else 1):
            continue
        shapes[shape(path)] = shapes.get(shape(path), 0) + 1
        answer = page.goto(base + path)
        if answer is None or answer.status != 200:
            problems[path] = [f"status {answer.status if answer else None}", *watch.take()]
            continue
        found = check(page, watch)
        if found:
            problems[path] = found
        for link in page.eval_on_selector_all(
            "a[href]:not([download])",
            "all => all.map(a => new URL(a.getAttribute('href'), location.href).href)",
        ):
            parts = urlsplit(link)
            if not link.startswith(base + "/") or NOT_PAGES.search(parts.path):
                continue
            if not parts.path.startswith(within):
                continue
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    page.close()
    return problems, set(shapes)
