"""Questions appear as their conditions are met, and what is typed is kept by itself."""

import re

from playwright.sync_api import Browser, expect

from tests.browser import checks
from tests.browser.site import Site
from tests.browser.test_pages import PEOPLE, signed_in

PATIENCE = 30_000


def test_a_section_shows_what_follows_and_keeps_what_is_typed(site: Site, chrome: Browser) -> None:
    email = PEOPLE["company confirmed"][0]
    hand, other = signed_in(site, chrome, email), signed_in(site, chrome, email)
    page = hand.page
    hand.go("/calls")
    hand.follow("European Machine Works in Bengaluru")
    hand.sees("Machines at the stand: 4 questions", "Have these files ready")
    hand.follow("Go to your application")
    hand.follow("Machines at the stand")
    address = re.sub(r"^https?://[^/]+", "", page.url)
    paper = page.locator("[data-pv-question=conformity]")
    expect(paper).to_be_hidden()
    page.locator("[name=q_running][value=yes]").check()
    expect(paper).to_be_visible()
    page.locator("[name=q_running][value=no]").check()
    expect(paper).to_be_hidden()
    page.locator("[name=q_running][value=yes]").check()
    page.locator("[name=q_power]").fill("about ten")
    status = page.locator("[data-pv-autosave-said]")
    expect(status).to_contain_text("Saved at", timeout=PATIENCE)
    assert checks.check(page, hand.watch) == []

    other.go(address)
    other.sees("Typed, but not saved as an answer")
    assert other.page.locator("[name=q_power]").input_value() == "about ten"
    expect(other.page.locator("[data-pv-question=conformity]")).to_be_visible()
    other.page.locator("[name=q_power]").fill("12")
    expect(other.page.locator("[data-pv-autosave-said]")).to_contain_text(
        "Saved at", timeout=PATIENCE
    )

    hand.watch.expected.add(409)
    page.locator("[name=q_power]").fill("10")
    expect(status).to_contain_text("kept something on this page", timeout=PATIENCE)
    assert page.locator("[name=q_power]").input_value() == "10"

    other.page.locator("[name=q_running][value=no]").check()
    other.page.locator("[name=q_heaviest]").fill("900")
    other.press("Save and go on")
    other.go(address)
    assert "Typed, but not saved" not in other.page.inner_text("main")
    assert other.page.locator("[name=q_power]").input_value() == "12"
    expect(other.page.locator("[data-pv-question=conformity]")).to_be_hidden()

    other.page.locator("[name=q_heaviest]").fill("950")
    other.context.clear_cookies()
    status = other.page.locator("[data-pv-autosave-said]")
    expect(status).to_contain_text("Your sign-in has ended", timeout=PATIENCE)
    assert other.page.locator("[name=q_heaviest]").input_value() == "950"
    for each in (hand, other):
        each.context.close()
