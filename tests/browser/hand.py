"""A hand at the keyboard: fills forms by the names of their fields, presses, takes pictures."""

import io
import os
import re
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.checks import Watch, check

PICTURES = Path(__file__).parent / "pictures"
COLOURS = 128


class Hand:
    """One person at one browser window."""

    def __init__(self, browser: Browser, base: str, also: tuple[str, ...] = ()) -> None:
        self.base = base
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1280, "height": 900}, locale="en-GB"
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.page.set_default_navigation_timeout(60_000)
        self.watch = Watch(self.page, base, also)
        self.problems: dict[str, list[str]] = {}

    def go(self, path: str) -> None:
        """Open a page of the site; it must be there."""
        answer = self.page.goto(self.base + path)
        assert answer is not None
        assert answer.status == 200, (path, answer.status, self.page.inner_text("body")[:600])

    def fill(self, **values: Any) -> None:
        """Type, choose and tick by name. True and False tick, a list ticks several."""
        for name, value in values.items():
            field = self.page.locator(f"main [name='{name}']:not([type=hidden])")
            assert field.count(), (name, self.page.url, self.page.inner_text("main")[:600])
            tag = field.first.evaluate("e => e.tagName")
            kind = field.first.get_attribute("type") or ""
            if tag == "SELECT":
                if isinstance(value, re.Pattern):
                    options = field.locator("option").all_inner_texts()
                    value = next(text for text in options if value.search(text))
                    field.select_option(label=value)
                else:
                    field.select_option(str(value))
            elif kind == "radio":
                self.page.locator(f"main [name='{name}'][value='{value}']").check()
            elif kind == "checkbox" and isinstance(value, list):
                for box in field.all():
                    box.set_checked(box.get_attribute("value") in value)
            elif kind == "checkbox":
                field.first.set_checked(bool(value))
            else:
                field.first.fill(str(value))

    def press(self, words: str, refused: bool = False) -> None:
        """Press the button with these words, and arrive; `refused`: back with a fault."""
        if refused:
            self.watch.expected |= {409, 422}
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words).first.click()
        title = self.page.title()
        assert title.startswith("Error:") is refused, (
            words, title, self.page.locator(".govuk-error-summary").all_inner_texts(),
            self.page.inner_text("body")[:400],
        )  # fmt: skip

    def click(self, selector: str) -> None:
        """Click the first element that fits, and arrive."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def follow(self, words: str) -> None:
        """Follow the link with these words."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=words).first.click()

    def sees(self, *words: str) -> None:
        """These words are on the page."""
        text = self.page.inner_text("body")
        for each in words:
            assert each in text, (each, self.page.url, text[:1500])

    def picture(self, name: str) -> None:
        """Check the page as it is; keep a picture of it when PAVILION_PICTURES asks for them."""
        found = check(self.page, self.watch)
        if found:
            self.problems[name] = found
        if os.environ.get("PAVILION_PICTURES"):
            PICTURES.mkdir(exist_ok=True)
            shot = Image.open(io.BytesIO(self.page.screenshot(full_page=True))).convert("RGB")
            small = shot.quantize(COLOURS, dither=Image.Dither.NONE)
            small.save(PICTURES / f"{name}.png", optimize=True)

    def number(self) -> int:
        """The number at the end of the address."""
        found = re.findall(r"/(\d+)(?=[/?#]|$)", self.page.url)
        assert found, self.page.url
        return int(found[-1])
