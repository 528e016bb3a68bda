"""The editor of a plan: pointer, keys and number fields do the same to the same forms."""

import re

from playwright.sync_api import Browser, Page

from tests.browser import checks
from tests.browser.hand import Hand
from tests.browser.site import Site
from tests.browser.test_pages import PEOPLE, signed_in

FIELDS = ("x_m", "y_m", "width_m", "depth_m")


def lengths(page: Page) -> list[str]:
    return [page.locator(f"[name={name}]").input_value() for name in FIELDS]


def drawn(page: Page) -> list[float]:
    """The outline in the drawing: left, top, width and depth in metres."""
    box = page.locator(".pv-plan-handle").get_attribute("data-box") or ""
    return [float(each) / 100 for each in box.split()]


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a place of the block, in metres, is on the screen."""
    found = page.evaluate(
        "([x, y]) => { const svg = document.querySelector('svg.pv-plan-drawing');"
        " const there = new DOMPoint(x * 100, y * 100).matrixTransform(svg.getScreenCTM());"
        " return [there.x, there.y]; }",
        [x, y],
    )
    return found[0], found[1]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press at one place of the block, move, let go at another one; metres."""
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *end), steps=4)
    page.mouse.up()


def new_booth(hand: Hand) -> str:
    """A booth of 12 m by 9 m without stands, at some fair of the agency; its address."""
    hand.go("/desk/fairs")
    fair = re.findall(r'"/desk/fairs/(\d+)"', hand.page.content())[0]
    hand.go(f"/desk/booths/new?fair={fair}")
    hand.fill(name="A plan to draw", width_m="12", depth_m="9", net_m2="81")
    hand.press("Save and draw the stands")
    return re.sub(r"/layout.*", "", hand.page.url).removeprefix(hand.base)


def test_plan_is_drawn_by_pointer_keys_and_numbers_alike(site: Site, chrome: Browser) -> None:
    hand = signed_in(site, chrome, PEOPLE["manager"][0])
    page = hand.page
    booth = new_booth(hand)
    hand.go(f"{booth}/plan")
    for name, value in zip(FIELDS, ("2", "1,5", "3", "2.5"), strict=True):
        page.locator(f"[name={name}]").fill(value)
    assert drawn(page) == [2.0, 1.5, 3.0, 2.5]

    handle = page.locator(".pv-plan-handle")
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+ArrowLeft")
    page.keyboard.press("Shift+ArrowDown")
    assert lengths(page) == ["1.50", "1.50", "3.00", "3.00"]
    assert "From the left 1.50 m" in page.locator("[role=status][data-plan-status]").inner_text()
    page.locator("#plan-grid").select_option("25")
    handle.focus()
    page.keyboard.press("ArrowUp")
    assert lengths(page)[1] == "1.25"
    page.locator("#plan-grid").select_option("50")

    drag(page, (3, 2.5), (4.1, 2.5))
    assert lengths(page)[0] == "2.50"
    drag(page, (5.3, 4.1), (6.9, 4.9))
    assert drawn(page)[2:] == [4.5, 4.0] or drawn(page)[2:] == [4.5, 3.5]
    page.locator("[name=x_m]").fill("-1")
    assert "beyond the block" in page.locator("[data-plan-status]").inner_text()

    drag(page, (6, 6), (12, 9))
    assert lengths(page) == ["6.00", "6.00", "6.00", "3.00"]
    hand.fill(label="A1")
    hand.press("Add the stand")
    hand.sees("A1", "Undo: you drew A1")
    assert checks.check(page, hand.watch) == []

    hand.click(".pv-plan-table a")
    cut = page.locator(".pv-plan-cut")
    drag(page, (9, 7.5), (8, 7.5))
    assert page.locator("[name=at_m]").input_value() == "2.00"
    cut.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("[name=at_m]").input_value() == "2.50"
    assert cut.get_attribute("aria-valuenow") == "2.50"
    assert checks.check(page, hand.watch) == []
    hand.press("Split the stand")
    hand.sees("A1-2", "Undo: you split A1")
    page.locator("body").focus()
    with page.expect_navigation():
        page.keyboard.press("Control+z")
    hand.sees("Redo: you split A1")
    assert "A1-2" not in page.locator(".pv-plan-table").inner_text()

    hand.go(f"{booth}/shared/new")
    drag(page, (9, 0), (12, 2))
    hand.fill(label="Information")
    hand.press("Add the shared area")
    hand.sees("Information")
    page.locator(".pv-plan-ground").scroll_into_view_if_needed()
    page.locator("#f-corners").evaluate("e => e.closest('details').open = true")
    hand.fill(
        label="B1", width_m="", depth_m="", x_m="0", y_m="2", corners="0 0; 6 0; 6 2; 3 2; 3 4; 0 4"
    )
    assert drawn(page) == [0.0, 2.0, 6.0, 4.0]
    page.locator(".pv-plan-handle").focus()
    page.keyboard.press("Shift+ArrowRight")
    assert page.locator("#f-corners").input_value().startswith("0.00 0.00; 6.50 0.00")
    hand.press("Add the stand")
    hand.sees("6 corners within 6.5 × 4 m")
    hand.go(booth)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        found = checks.check(page, hand.watch)
        assert found == [], found
    page.emulate_media(media="print")
    assert page.locator(".pv-plan-figure").bounding_box() is not None
    hand.context.close()
