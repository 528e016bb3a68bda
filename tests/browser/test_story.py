"""The main job from end to end, by hand: an agency and a company share one joint booth."""

import re
import time
from datetime import timedelta
from urllib.parse import urlsplit

from playwright.sync_api import Browser
from stdnum.pt import nif

from server import clock
from server.demonstration.organisations import PASSWORD
from tests.browser.hand import Hand
from tests.browser.site import Site

MANAGER = "manager@nordwind-export.example"
NEW_PASSWORD = "kettle meadow violin harbour"
NEWCOMER = "rosa.lindqvist@vinhos.example"
STRIPE = "http://127.0.0.1:"
WALL = "%Y-%m-%dT%H:%M"


def unfolded(feed: str) -> str:
    """The lines of a calendar without their folds."""
    return feed.replace("\r\n ", "")


def test_story_of_one_joint_booth(site: Site, chrome: Browser) -> None:
    manager, company = tell(site, chrome)
    assert manager.problems == {}
    assert company.problems == {}


def tell(site: Site, chrome: Browser) -> tuple[Hand, Hand]:
    """Issue 2's story, step by step; both hands with what they saw go wrong."""
    manager = Hand(chrome, site.base)
    year = clock.today("UTC").year + 1
    mark = f"{time.time_ns() // 1000 % 10**7:07}"

    # 1. A manager signs in, creates a fair edition and a joint booth at it.
    manager.go("/login")
    manager.fill(email=MANAGER, password=PASSWORD)
    manager.picture("01-sign-in")
    manager.press("Sign in")
    manager.go("/desk/fairs/new")
    manager.fill(
        name=f"Aqua Nordica {mark}", sectors=["maritime", "environment"], city="Bergen",
        website="www.example.org/aqua", venue="Grieghallen", country="NO",
        starts_on=f"{year}-09-14", ends_on=f"{year}-09-16", opens_at="10:00", closes_at="18:00",
        other_hours=f"{year}-09-16 10:00-15:00", description="Water, fish and the sea.",
        setup_from=f"{year}-09-12T08:00", setup_until=f"{year}-09-13T20:00",
        dismantling_from=f"{year}-09-16T15:00", dismantling_until=f"{year}-09-17T12:00",
    )  # fmt: skip
    manager.press("Save as a draft")
    manager.sees("Draft", "Europe/Oslo", "10:00 – 15:00")
    manager.press("Publish the fair")
    manager.picture("02-fair")
    fair = manager.number()
    manager.follow("Add a joint booth")
    manager.fill(
        name=f"Harbour Pavilion {mark}", hall="Hall 2", block="B10", width_m="12", depth_m="9",
        net_m2="81",
    )  # fmt: skip
    manager.press("Save and draw the stands")
    manager.fill(width_m="3", depth_m="3", aisle_m="3")
    manager.press("Try these sizes")
    manager.picture("03-layout")
    manager.press("Draw these stands")
    manager.picture("04-plan")
    booth = int(re.findall(r"/booths/(\d+)", manager.page.url)[0])

    # 2. Prices, a scheme, a call with exact instants.
    manager.go(f"/desk/price-lists/new?booth={booth}")
    manager.fill(
        booth=booth, name="Standard", currency="EUR", full_per_m2="400", minimum_m2="9",
        corner="250", head="400", island="600", valid_from=clock.today("UTC").isoformat(),
    )  # fmt: skip
    manager.press("Save the prices")
    prices = manager.number()
    manager.go(f"/desk/price-lists/{prices}/fees/new")
    manager.fill(
        kind="mandatory", name="Registration", amount="200", unit="participation", eligible="yes"
    )
    manager.press("Save")
    manager.go(f"/desk/price-lists/{prices}/fees/new")
    manager.fill(
        kind="service", name="Show case", amount="90", unit="piece", eligible="no", stock="5"
    )
    manager.press("Save")
    manager.go(f"/desk/price-lists/{prices}")
    manager.picture("05-prices")
    manager.go("/desk/schemes/new")
    basis = manager.page.locator("[name=legal_basis]").first.get_attribute("value")
    manager.fill(
        name=f"Sea change {mark}", legal_basis=basis, mode="rate", rate="50", cap="5000",
        budget="40000", currency="EUR", valid_from=f"{year - 1}-01-01",
    )  # fmt: skip
    manager.press("Save the scheme")
    manager.picture("06-scheme")
    scheme = manager.number()
    manager.go(f"/desk/calls/new?booth={booth}")
    zone = re.search(r"Local time in ([\w/ ]+)", manager.page.inner_text("main"))
    assert zone
    here = clock.local(clock.now(), zone[1].strip().replace(" ", "_"))
    manager.fill(
        title=f"Joint booth at Aqua Nordica {mark}", booth=booth, price_list=prices, scheme=scheme,
        opens_at=f"{here:{WALL}}", closes_at=f"{here + timedelta(days=20):{WALL}}",
        payment_days="14", text="Stand, power and one evening together are included.",
    )  # fmt: skip
    manager.press("Save the call")
    manager.sees("Draft")
    call = manager.number()
    manager.press("Publish the call")
    manager.picture("07-call")

    # 3. A company's person finds the fair, signs up, fills in the profile, applies.
    company = Hand(chrome, site.base, also=(STRIPE,))
    company.go("/fairs")
    company.fill(q=f"aqua {mark}")
    company.press("Show fairs")
    company.picture("08-fairs")
    company.follow(f"Aqua Nordica {mark}")
    company.picture("09-public-fair")
    company.follow(f"Joint booth at Aqua Nordica {mark}")
    company.picture("10-public-call")
    call_slug = company.page.url.rsplit("/", 1)[1]
    company.go("/join")
    company.fill(
        name="Rosa Lindqvist", email=f"{mark}.{NEWCOMER}", password=NEW_PASSWORD, terms=True
    )
    company.press("Sign up")
    link = re.search(r"https?://\S+/confirm\S+", site.mail(f"{mark}.{NEWCOMER}", "confirm"))
    assert link
    parts = urlsplit(link[0])
    company.go(f"{parts.path}?{parts.query}")
    company.press("Confirm my address")
    if "/login" in company.page.url:
        company.fill(email=f"{mark}.{NEWCOMER}", password=NEW_PASSWORD)
        company.press("Sign in")
    company.go("/my/company/new")
    profile = {
        "name": "Vinhos do Mar", "legal_name": "Vinhos do Mar, Lda.", "country": "PT",
        "street": "Rua do Cais 12", "postcode": "4050-265", "city": "Porto",
        "nace_code": "11.02", "nace_revision": "2.1", "size_year": str(year - 2),
        "employees_awu": "14", "turnover": "1800000", "balance": "1200000",
        "invoice_email": f"{mark}.{NEWCOMER}", "founded_on": "2009-05-04",
        "description": "Wine from the coast north of Porto.", "products": "White wine\nRosé",
    }  # fmt: skip
    company.fill(**profile, vat_id="PT123456780")
    company.press("Save the company", refused=True)
    company.picture("11-void-vat-id")
    company.fill(vat_id=f"PT5{mark}{nif.calc_check_digit(f'5{mark}')}")
    company.press("Save the company")
    company.go("/my/company/aid/statement")
    company.picture("12-statement")
    for name in {
        each.get_attribute("name")
        for each in company.page.locator("main form input[type=radio]").all()
    }:
        company.fill(**{str(name): "no"})
    company.press("Make the statement")
    company.go(f"/my/apply/{call}")
    company.picture("13-start")
    company.press("Start")
    application = company.number()
    company.picture("14-tasks")
    company.go(f"/my/applications/{application}/stand")
    company.fill(area_m2="4", stand_kind="corner")
    company.press("Save and go on", refused=True)
    company.fill(area_m2="9")
    company.press("Save and go on")
    company.go(f"/my/applications/{application}/services")
    company.page.locator("main input[name^=service_]").first.fill("1")
    company.press("Save and go on")
    company.go(f"/my/applications/{application}/goals")
    company.fill(
        exhibits="White wine from the coast", export_status="occasional", markets="Iceland, Norway",
        goals="Two importers and ten contacts", catalogue="Wine grown within sight of the sea.",
    )  # fmt: skip
    company.press("Save and go on")
    company.go(f"/my/applications/{application}/declarations")
    for tick in company.page.locator("main input[name=given]").all():
        tick.check()
    company.fill(publish=True)
    company.press("Save and go on")
    company.go(f"/my/applications/{application}/check")
    company.sees("€")
    company.picture("15-check-your-answers")
    company.press("Send the application")
    company.picture("16-sent")
    assert site.mail(f"{mark}.{NEWCOMER}", "")

    # 4. The manager checks and admits: contract, budget, stand, letter and invoice at once.
    manager.go(f"/desk/applications?call={call}")
    manager.sees("Vinhos do Mar")
    manager.picture("17-applications")
    manager.go(f"/desk/applications/{application}")
    manager.click("button[name=to][value=eligible]")
    manager.sees("Vinhos do Mar")
    manager.go(f"/desk/applications/{application}/admit")
    manager.picture("18-choose-stand")
    manager.click("main a[href*='stand=']")
    manager.picture("19-admit")
    manager.press("Admit with stand")
    manager.picture("20-admitted")

    # 5. The company pays by card; the stand is confirmed.
    company.go("/my")
    company.picture("21-my-participations")
    company.go(f"/my/applications/{application}")
    company.follow("Pay €")
    company.picture("22-invoice")
    with company.page.expect_navigation():
        company.page.get_by_role("button", name="Pay by card").click()
    company.watch.take()
    company.sees("Test payments")
    with company.page.expect_navigation():
        company.page.locator("button[value=pay]").click()
    for _ in range(60):
        if "Paid" in company.page.inner_text("main h1"):
            break
        time.sleep(0.5)
        company.page.reload()
    company.picture("23-paid")
    for _ in range(60):
        company.go(f"/my/applications/{application}")
        if "Confirmed" in company.page.inner_text("main"):
            break
        time.sleep(0.5)
    company.sees("Confirmed")
    company.picture("24-confirmed")

    # 6. Both subscribe to calendars in the fair's time zone.
    company.go("/my/calendars")
    company.picture("25-calendar")
    for hand, kept in ((company, ("Pay by", "stand")), (manager, (f"Aqua Nordica {mark}: open",))):
        if hand is manager:
            hand.go("/desk/calendars")
        hand.fill(label="Phone")
        hand.press("Make the address")
        address = hand.page.locator("main input[readonly]").first.input_value()
        assert address.startswith(f"{site.base}/cal/"), address
        feed = unfolded(hand.page.request.get(address).text())
        for words in (
            "DTSTART;TZID=Europe/Oslo:" + f"{year}0914T100000",
            f"Aqua Nordica {mark}: set-up",
            f"Aqua Nordica {mark}: dismantling",
            *kept,
        ):
            assert words in feed, (words, re.findall("DTSTART.*|SUMMARY.*", feed))

    # 7. The board shows it at a glance.
    manager.go("/desk")
    manager.picture("26-board")
    manager.go(f"/desk/booths/{booth}")
    manager.sees("Vinhos do Mar")
    manager.picture("27-booth")
    manager.go(f"/desk/fairs/{fair}")
    company.go(f"/calls/{call_slug}")
    company.follow("See the plan")
    company.sees("Vinhos do Mar")
    company.picture("28-public-booth")
    return manager, company
