"""The editor of a plan: pointer, keys and number fields do the same to the same form."""

import re

from playwright.sync_api import Browser, Page

from tests.browser import checks
from tests.browser.site import Site
from tests.browser.test_pages import PEOPLE, signed_in

FIELDS = ("x_m", "y_m", "width_m", "depth_m")


def lengths(page: Page) -> list[str]:
    return [page.locator(f"[name={name}]").input_value() for name in FIELDS]


def drawn(page: Page) -> list[float]:
    """The rectangle in the drawing, in metres."""
    handle = page.locator(".pv-plan-handle")
    return [float(handle.get_attribute(side) or 0) / 100 for side in ("x", "y", "width", "height")]


def test_plan_is_edited_by_pointer_keys_and_numbers_alike(site: Site, chrome: Browser) -> None:
    hand = signed_in(site, chrome, PEOPLE["manager"][0])
    page = hand.page
    hand.go("/desk/fairs")
    for fair in sorted(set(re.findall(r'"(/desk/fairs/\d+)"', page.content()))):
        hand.go(fair)
        booths = re.findall(r'"(/desk/booths/\d+)"', page.content())
        if booths:
            break
    hand.go(f"{booths[0]}/plan")
    for name, value in zip(FIELDS, ("2", "1,5", "3", "2.5"), strict=True):
        page.locator(f"[name={name}]").fill(value)
    assert drawn(page) == [2.0, 1.5, 3.0, 2.5]

    handle = page.locator(".pv-plan-handle")
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+ArrowLeft")
    page.keyboard.press("Shift+ArrowDown")
    assert lengths(page) == ["1.10", "1.50", "3.00", "2.60"]
    assert "From the left 1.10 m" in page.locator("[role=status][data-plan-status]").inner_text()

    box = handle.bounding_box()
    assert box is not None
    metre = box["width"] / 3
    page.mouse.move(box["x"] + metre, box["y"] + metre)
    page.mouse.down()
    page.mouse.move(box["x"] + 2 * metre, box["y"] + metre, steps=4)
    page.mouse.up()
    assert lengths(page)[0] in ("2.00", "2.10", "2.20")
    assert drawn(page)[0] == float(lengths(page)[0])

    page.locator("[name=x_m]").fill("-1")
    assert "beyond the block" in page.locator("[data-plan-status]").inner_text()
    assert checks.check(page, hand.watch) == []
    hand.context.close()
