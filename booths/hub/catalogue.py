"""The joint catalogue: who is in it, its PDF, and the codes that lead to each exhibitor."""

import asyncio
import base64
import io
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec
import segno
from PIL import Image

from booths.calls.applying import link
from booths.hub.forms import CatalogueFilter, PressForm
from booths.hub.queries import Hub
from booths.hub.rules import application_of, code_of
from booths.plans import queries as plans
from booths.plans.queries import BoothRow
from events.fairs import queries as fairs
from server import clock, jobs
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, row, rows, typed, value
from server.documents import actions as documents
from server.documents import queries as papers
from server.documents.typesetting import typeset
from server.errors import NotFound, Refused
from server.organisations import nace
from server.organisations import queries as organisations
from server.organisations.queries import letterhead
from server.text import N_, gettext
from server.web.formats import country, days

LOGO_SIDE = 360


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An exhibitor in the catalogue. `code` leads to its page; `sector` is a division of NACE.

    Without an entry of its own, the company's profile stands in its place.
    """

    code: str
    booth: int
    company: int
    name: str
    country: str
    city: str
    stand: str
    headline: str
    text: str
    products: str
    contact_name: str
    contact_email: str
    contact_phone: str
    website: str
    languages: list[str]
    sector: str
    sector_name: str
    logo: bool


# Whoever has a paid stand and agreed to be published with the answers that were sent last.
_ENTRIES = """
SELECT x.id, s.booth, co.id AS company, co.name, co.country, co.city, s.label AS stand,
       coalesce(e.headline, '') AS headline,
       coalesce(e.text, nullif(sent.answers -> 'goals' ->> 'catalogue', ''), co.description)
           AS text,
       coalesce(e.products, co.products) AS products,
       coalesce(e.contact_name, '') AS contact_name,
       coalesce(e.contact_email, '') AS contact_email,
       coalesce(e.contact_phone, '') AS contact_phone,
       coalesce(nullif(e.website, ''), co.website) AS website,
       coalesce(e.languages, '{}') AS languages, co.nace_code, co.nace_revision,
       co.logo_document IS NOT NULL AS logo
FROM allocation al
JOIN stand s ON s.id = al.stand
JOIN application x ON x.id = al.application
JOIN company co ON co.id = x.company
LEFT JOIN catalogue_entry e ON e.application = x.id
JOIN LATERAL (
    SELECT u.content -> 'answers' AS answers FROM submission u WHERE u.application = x.id
    ORDER BY u.number DESC LIMIT 1) sent
  ON (sent.answers -> 'declarations' ->> 'publish')::boolean
WHERE al.state = 'confirmed'
"""

More = Callable[[int], Awaitable[list[Entry]]]
_more: list[More] = []


def more(adds: More) -> More:
    """Register exhibitors of a booth that have no stand of their own, such as co-exhibitors."""
    _more.append(adds)
    return adds


def _entry(found: dict[str, Any]) -> Entry:
    nace_code, revision = found.pop("nace_code"), found.pop("nace_revision")
    division = nace_code[:2]
    return typed(
        Entry,
        {
            **found,
            "code": code_of(found.pop("id")),
            "sector": division,
            "sector_name": nace.divisions(revision).get(division, "") if division else "",
        },
    )


async def entries(booth_id: int) -> list[Entry]:
    """Everybody in the catalogue of a booth, by name."""
    found = await rows(f"{_ENTRIES} AND s.booth = $1 ORDER BY lower(co.name), x.id", booth_id)
    listed = [_entry(each) for each in found]
    for adds in _more:
        listed += await adds(booth_id)
    return sorted(listed, key=lambda each: each.name.casefold())


def matching(listed: list[Entry], wanted: CatalogueFilter) -> list[Entry]:
    """The entries in which every word is found, of a country and a line of business."""
    words = wanted.q.casefold().split()
    found = []
    for each in listed:
        said = " ".join((each.name, each.headline, each.text, each.products, each.stand)).casefold()
        if (
            all(word in said for word in words)
            and wanted.country in ("", each.country)
            and wanted.sector in ("", each.sector)
        ):
            found.append(each)
    return found


async def public_page(
    _: Actor, *, booth_id: int, cursor: str = "", limit: int = 50
) -> tuple[list[Entry], str | None]:
    """The catalogue of a booth at a published fair, for programs."""
    await plans.public_booth(booth_id)
    listed = await entries(booth_id)
    start = int(cursor) if cursor.isdecimal() and len(cursor) < 7 else 0
    following = str(start + limit) if start + limit < len(listed) else None
    return listed[start : start + limit], following


async def entry(slug: str, code: str) -> tuple[Entry, BoothRow]:
    """One published exhibitor of a published fair, with its booth."""
    application_id = application_of(code)
    if application_id is None:
        raise NotFound
    found = await row(f"{_ENTRIES} AND x.id = $1", application_id)
    if found is None:
        raise NotFound
    booth = await plans.public_booth(found["booth"])
    if booth.fair_slug != slug:
        raise NotFound
    return _entry(found), booth


async def own_entry(application_id: int) -> dict[str, Any] | None:
    """The words of an exhibitor's entry, if it has written one."""
    return await row(
        "SELECT headline, text, products, contact_name, contact_email, contact_phone, website,"
        " languages FROM catalogue_entry WHERE application = $1",
        application_id,
    )


async def previewed(hub: Hub) -> Entry:
    """An exhibitor's entry as it will be published, whether it may be or not."""
    company = await organisations.company(hub.found.row.company)
    written = await own_entry(hub.found.row.id)
    if written is None:
        raise NotFound
    return _entry(
        {
            **written,
            "id": hub.found.row.id,
            "booth": hub.found.call.booth,
            "company": company.id,
            "name": company.name,
            "country": company.country,
            "city": company.city,
            "stand": hub.found.row.stand_label or "",
            "website": written["website"] or company.website,
            "nace_code": company.nace_code,
            "nace_revision": company.nace_revision,
            "logo": company.logo_document is not None,
        }
    )


def address(slug: str, code: str) -> str:
    """The address that the code of an exhibitor's QR picture holds."""
    return link(f"/fairs/{slug}/exhibitors/{code}")


def qr_svg(said: str) -> str:
    """A QR picture as SVG."""
    written = io.BytesIO()
    segno.make(said, error="m").save(
        written, kind="svg", scale=4, border=4, xmldecl=False, light="#fff"
    )
    return written.getvalue().decode()


def qr_png(said: str) -> bytes:
    """A QR picture as PNG, large enough for print."""
    written = io.BytesIO()
    segno.make(said, error="m").save(written, kind="png", scale=16, border=4)
    return written.getvalue()


# -- the PDF -------------------------------------------------------------------------------------


def _about(booth_id: int) -> str:
    return f"catalogue:{booth_id}"


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """The last PDF of a catalogue. `ready` once it is typeset."""

    id: int
    created_at: datetime
    ready: bool


async def printed(booth_id: int) -> Printed | None:
    """The last PDF that was made of a booth's catalogue."""
    found = await row(
        "SELECT id, created_at, bytes IS NOT NULL AS ready FROM document"
        " WHERE about = $1 AND kind = 'catalogue' ORDER BY id DESC LIMIT 1",
        _about(booth_id),
    )
    return None if found is None else typed(Printed, found)


async def printed_pdf(booth_id: int) -> tuple[str, bytes]:
    """File name and bytes of that PDF, for everybody."""
    await plans.public_booth(booth_id)
    last = await printed(booth_id)
    if last is None:
        raise NotFound
    filename, _, data = await papers.pdf(last.id)
    return filename, data


@action
async def ask_for_print(actor: Actor, _: PressForm, *, booth_id: int) -> int:
    """Have the PDF made from what stands in the catalogue now."""
    require(actor, "hub.manage")
    booth = await plans.own_booth(actor, booth_id)
    if not await entries(booth_id):
        raise Refused(
            N_(
                "Nobody is in the catalogue yet: an exhibitor must have paid and agreed to be"
                " published. Nothing was made."
            )
        )
    await jobs.enqueue("hub.catalogue", booth_id=booth_id)
    await record(actor, "hub.catalogue", "booth", booth.id)
    return booth_id


async def print_catalogue(booth_id: int) -> None:
    """The PDF of a catalogue, kept as it is now. What has not changed is not made again."""
    booth = await plans.booth(booth_id)
    fair = await fairs.fair(booth.fair)
    listed = await entries(booth_id)
    logos = await _logos([each.company for each in listed if each.logo])
    content = {
        "subtitle": gettext(
            N_("{fair}, {venue}, {city}"), fair=fair.name, venue=fair.venue, city=fair.city
        ),
        "period": days(fair.starts_on, fair.ends_on),
        "booth": " · ".join(part for part in (booth.name, booth.hall, booth.block) if part),
        "website": link(f"/fairs/{fair.slug}/booths/{booth.id}/catalogue"),
        "entries": [_printed(each, fair.slug, logos.get(each.company, "")) for each in listed],
        "countries": _index(listed, lambda each: country(each.country)),
        "sectors": _index(listed, lambda each: each.sector_name),
        "labels": {
            "countries": gettext(N_("By country")),
            "sectors": gettext(N_("By line of business")),
            "stand": gettext(N_("Stand")),
        },
    }
    title = gettext(N_("Exhibitors of {booth}"), booth=booth.name)
    await _keep(booth, title, f"catalogue-{fair.slug}", content)


@action
async def _keep(booth: BoothRow, title: str, filename: str, content: dict[str, Any]) -> None:
    same = await value(
        "SELECT 1 FROM (SELECT content FROM document WHERE about = $1 AND kind = 'catalogue'"
        " ORDER BY id DESC LIMIT 1) last WHERE last.content @> $2::jsonb",
        _about(booth.id),
        content,
    )
    if same is None:
        await documents.issue(
            kind="catalogue",
            title=title,
            filename=filename,
            template="catalogue",
            content=content,
            agency=booth.agency,
            about=_about(booth.id),
        )


def _printed(each: Entry, slug: str, logo: str) -> dict[str, object]:
    contact = (each.contact_name, each.contact_phone, each.contact_email, each.website)
    return {
        "name": each.name,
        "stand": each.stand,
        "place": f"{each.city}, {country(each.country)}",
        "headline": each.headline,
        "text": each.text,
        "products": each.products,
        "contact": " · ".join(part for part in contact if part),
        "languages": ", ".join(each.languages),
        "logo": logo,
        "qr": qr_svg(address(slug, each.code)),
    }


def _index(listed: list[Entry], of: Callable[[Entry], str]) -> list[list[str]]:
    """(heading, names with stands) sorted by heading."""
    found: dict[str, list[str]] = {}
    for each in listed:
        if of(each):
            found.setdefault(of(each), []).append(f"{each.name} ({each.stand})")
    return [[heading, ", ".join(names)] for heading, names in sorted(found.items())]


async def _logos(companies: list[int]) -> dict[int, str]:
    """Logos as SVG with the picture inside, small enough to print."""
    found = await rows(
        "SELECT c.id, d.bytes FROM company c JOIN document d ON d.id = c.logo_document"
        " WHERE c.id = ANY($1::int[])",
        companies,
    )
    return {each["id"]: await asyncio.to_thread(_logo_svg, bytes(each["bytes"])) for each in found}


def _logo_svg(data: bytes) -> str:
    with Image.open(io.BytesIO(data), formats=("PNG",)) as opened:
        small = opened.convert("RGBA")
    small.thumbnail((LOGO_SIDE, LOGO_SIDE))
    written = io.BytesIO()
    small.save(written, "PNG", optimize=True)
    picture = base64.b64encode(written.getvalue()).decode()
    width, height = small.size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}"><image width="{width}" height="{height}"'
        f' href="data:image/png;base64,{picture}"/></svg>'
    )


# -- signs and badges ------------------------------------------------------------------------------


async def sign_pdf(agency: int, name: str, stand: str, fair: str, at: str) -> bytes:
    """A sheet for the stand with the exhibitor's name and the code that leads to its page."""
    content = {
        "title": name,
        "language": "en",
        "agency": await letterhead(agency),
        "name": name,
        "stand": gettext(N_("Stand {label}"), label=stand),
        "fair": fair,
        "address": re.sub(r"^https?://", "", at),
        "qr": qr_svg(at),
    }
    return await asyncio.to_thread(typeset, "sign", content, clock.now())


async def badges_pdf(agency: int, fair: str, badges: list[dict[str, str]]) -> bytes:
    """Sheets of badges of 90 × 55 mm, ten a page; each has name, function, company, stand."""
    content = {
        "title": gettext(N_("Badges: {fair}"), fair=fair),
        "language": "en",
        "agency": await letterhead(agency),
        "fair": fair,
        "badges": badges,
    }
    return await asyncio.to_thread(typeset, "badges", content, clock.now())
