"""Every page of the demonstration as each kind of person, in a real browser."""

import os
import re

import pytest
from playwright.sync_api import Browser

from server.demonstration.organisations import PASSWORD
from tests.browser import checks
from tests.browser.hand import Hand
from tests.browser.site import Site

PEOPLE = {
    "nobody": ("", ["/"]),
    "manager": ("manager@nordwind-export.example", ["/desk"]),
    "company confirmed": ("friederike.lohse@lenkwerk.example", ["/my"]),
    "company to pay": ("davide.montorsi@emilmec.example", ["/my"]),
}
if os.environ.get("PAVILION_NIGHTLY"):  # the manager's pages once more, with fewer buttons
    PEOPLE["viewer"] = ("viewer@nordwind-export.example", ["/desk"])
EXPECTED = {
    "nobody": {"/", "/fairs", "/fairs/<slug>", "/calls", "/login", "/join", "/accessibility"},
    "manager": {"/desk", "/desk/fairs", "/desk/fairs/<n>", "/desk/calls/<n>", "/desk/money",
                "/desk/applications/<n>", "/desk/booths/<n>", "/desk/companies/<n>",
                "/desk/meetings/<n>", "/desk/meetings/<n>/plan", "/desk/meetings/<n>/day",
                "/desk/offices/<n>", "/desk/enquiries", "/desk/log"},
    "company confirmed": {"/my", "/my/company", "/my/applications/<n>", "/my/invoices/<n>",
                          "/my/meetings/<n>/agenda", "/my/bookings", "/account/sessions"},
}  # fmt: skip


def signed_in(site: Site, chrome: Browser, email: str) -> Hand:
    """Somebody of the demonstration, signed in."""
    hand = Hand(chrome, site.base)
    hand.go("/login")
    hand.fill(email=email, password=PASSWORD)
    hand.press("Sign in")
    return hand


@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_holds_what_we_promise(site: Site, chrome: Browser, who: str) -> None:
    email, starts = PEOPLE[who]
    hand = signed_in(site, chrome, email) if email else Hand(chrome, site.base)
    within = ("/desk", "/my", "/account") if email else ("/",)  # the public pages are seen once
    problems, shapes = checks.walk(hand.context, site.base, starts, within)
    hand.context.close()
    said = [f"{path}: {fault}" for path, faults in problems.items() for fault in faults]
    assert not said, "\n".join(said)
    assert EXPECTED.get(who, set()) <= shapes


def test_page_that_is_not_there_says_so_and_leads_back(site: Site, chrome: Browser) -> None:
    hand = Hand(chrome, site.base)
    hand.watch.expected.add(404)
    answer = hand.page.goto(f"{site.base}/fairs/no-such-fair")
    assert answer is not None
    assert answer.status == 404
    assert checks.check(hand.page, hand.watch) == []
    hand.follow("Go to the first page")
    assert hand.page.url == f"{site.base}/"


def test_first_stop_of_the_keyboard_skips_the_menu(site: Site, chrome: Browser) -> None:
    hand = Hand(chrome, site.base)
    hand.go("/fairs")
    hand.page.keyboard.press("Tab")
    skip = hand.page.locator(":focus")
    assert skip.inner_text() == "Skip to main content"
    assert skip.bounding_box() is not None
    hand.page.keyboard.press("Enter")
    hand.page.keyboard.press("Tab")
    assert hand.page.locator(":focus").evaluate("e => document.querySelector('main').contains(e)")


def test_focus_is_seen_on_every_kind_of_control(site: Site, chrome: Browser) -> None:
    hand = signed_in(site, chrome, PEOPLE["manager"][0])
    hand.go("/desk/fairs/new")
    plain = 0
    for _ in range(25):
        hand.page.keyboard.press("Tab")
        style = hand.page.locator(":focus").evaluate(
            "e => { const s = getComputedStyle(e), b = getComputedStyle(e, '::before'),"
            " l = e.nextElementSibling ? getComputedStyle(e.nextElementSibling, '::before') : b;"
            " return [s.outlineStyle, s.boxShadow, l.boxShadow, l.outlineStyle] }"
        )
        plain += style[0] == "none" and style[1] == "none" and style[2] == "none"
    assert plain == 0


def test_refused_form_moves_focus_to_its_summary_and_on_to_the_field(
    site: Site, chrome: Browser
) -> None:
    hand = signed_in(site, chrome, PEOPLE["manager"][0])
    hand.go("/desk/fairs/new")
    hand.fill(name="X", city="Porto", country="PT", starts_on="2031-05-05", ends_on="2031-05-01")
    hand.press("Save as a draft", refused=True)
    summary = hand.page.locator(".govuk-error-summary")
    assert summary.evaluate("e => e === document.activeElement")
    assert checks.check(hand.page, hand.watch) == []
    summary.get_by_role("link").first.click()
    assert hand.page.locator(":focus").get_attribute("name") in ("name", "ends_on")
    assert hand.page.locator("[name=city]").input_value() == "Porto"


def test_what_was_typed_survives_a_sign_out(site: Site, chrome: Browser) -> None:
    hand = signed_in(site, chrome, PEOPLE["manager"][0])
    hand.go("/desk/fairs/new")
    hand.fill(name="Typed for half an hour 2031", city="Porto", country="PT")
    session = [c for c in hand.context.cookies() if c["name"].endswith("pavilion")]
    assert session
    hand.context.clear_cookies()
    with hand.page.expect_navigation():
        hand.page.get_by_role("button", name="Save as a draft").click()
    assert "/login" in hand.page.url
    hand.fill(email=PEOPLE["manager"][0], password=PASSWORD)
    with hand.page.expect_navigation():
        hand.page.get_by_role("button", name="Sign in").first.click()
    assert hand.page.locator("[name=name]").input_value() == "Typed for half an hour 2031"
    assert hand.page.locator("[name=country]").input_value() == "PT"


def test_everything_works_without_javascript(site: Site, chrome: Browser) -> None:
    context = chrome.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{site.base}/login")
    page.fill("[name=email]", PEOPLE["manager"][0])
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").first.click()
    page.goto(f"{site.base}/desk/fairs/new")
    page.fill("[name=name]", "Plain Paper Fair 2031")
    page.fill("[name=city]", "Lyon")
    page.select_option("[name=country]", "FR")
    page.fill("[name=starts_on]", "2031-02-04")
    page.fill("[name=ends_on]", "2031-02-02")
    page.get_by_role("button", name="Save as a draft").click()
    assert page.title().startswith("Error:")
    assert page.input_value("[name=name]") == "Plain Paper Fair 2031"
    page.fill("[name=ends_on]", "2031-02-06")
    page.get_by_role("button", name="Save as a draft").click()
    assert re.search(r"/desk/fairs/\d+$", page.url), page.url
    assert "saved as a draft" in page.inner_text("main")
    context.close()
