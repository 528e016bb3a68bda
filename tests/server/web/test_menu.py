"""The desk's menu: every page of it is there, and says where one is."""

import re

from server.web.menu import SECTIONS
from tests.cast import Cast


def current(html: str) -> list[str]:
    """What the two rows of the menu mark as the place where one is."""
    menus = "".join(re.findall(r'<nav class="pv-(?:sub)?menu[ "].*?</nav>', html, re.S))
    return re.findall(r'aria-current="\w+">([^<]+)<', menus)


async def test_menu_leads_to_every_page_it_names_and_marks_it(cast: Cast) -> None:
    for section in SECTIONS:
        for place in section.places:
            answer = await cast.olga.get(place.href)
            assert answer.status_code == 200, place.href
            asked = [section.label, place.label] if len(section.places) > 1 else [section.label]
            assert current(answer.text) == asked, place.href


async def test_menu_shows_nobody_what_they_may_not_open(cast: Cast) -> None:
    html = (await cast.vera.get("/desk/settings")).text
    assert 'href="/desk/mail"' in html
    assert 'href="/desk/log"' not in html
    assert 'href="/desk/settings/payments"' not in html
    assert "/desk/" not in (await cast.ana.get("/my")).text


async def test_page_behind_another_marks_the_nearest_one(cast: Cast) -> None:
    assert current((await cast.mara.get("/desk/money/disputes")).text) == ["Money", "Stripe"]
    assert current((await cast.mara.get("/desk/price-lists/new")).text) == ["Calls", "Price lists"]
    assert current((await cast.mara.get("/desk/aid/links")).text) == ["Aid", "Linked companies"]
