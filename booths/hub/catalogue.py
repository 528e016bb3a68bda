"""The joint catalogue: who is in it, and the codes that lead to each exhibitor."""

import io
from typing import Any

import msgspec
import segno

from booths.calls.applying import link
from booths.consortia import co_queries
from booths.consortia.co_queries import PublicFirm
from booths.hub.forms import CatalogueFilter
from booths.hub.queries import Hub
from booths.hub.rules import application_of, code_of
from booths.plans import queries as plans
from booths.plans.queries import BoothRow
from server.accounts.permissions import Actor
from server.database import row, rows, typed
from server.errors import NotFound
from server.organisations import nace
from server.organisations import queries as organisations

PAGE = 60


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An exhibitor in the catalogue. `code` leads to its page; `sector` is a division of NACE.

    Without an entry of its own, the company's profile stands in its place. `firms` are those on
    its stand who agreed to be named.
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
    firms: list[PublicFirm] = msgspec.field(default_factory=list)


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
    return await _with_firms(booth_id, [_entry(each) for each in found])


async def _with_firms(booth_id: int, listed: list[Entry]) -> list[Entry]:
    by_stand: dict[tuple[str, str], list[PublicFirm]] = {}
    for firm in await co_queries.public_firms(booth_id):
        by_stand.setdefault((firm.exhibitor, firm.stand), []).append(firm)
    return [
        msgspec.structs.replace(each, firms=by_stand.get((each.name, each.stand), []))
        for each in listed
    ]


def matching(listed: list[Entry], wanted: CatalogueFilter) -> list[Entry]:
    """The entries in which every word is found, of a country and a line of business."""
    words = wanted.q.casefold().split()
    found = []
    for each in listed:
        firms = " ".join(f"{firm.name} {firm.brand}" for firm in each.firms)
        texts = (each.name, each.headline, each.text, each.products, each.stand, firms)
        said = " ".join(texts).casefold()
        if (
            all(word in said for word in words)
            and wanted.country in ("", each.country)
            and wanted.sector in ("", each.sector)
        ):
            found.append(each)
    return found


def a_page(listed: list[Entry], cursor: str, limit: int = PAGE) -> tuple[list[Entry], str | None]:
    """`limit` entries from where the last page ended."""
    start = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 7 else 0
    following = str(start + limit) if start + limit < len(listed) else None
    return listed[start : start + limit], following


async def public_page(
    _: Actor, *, booth_id: int, cursor: str = "", limit: int = PAGE
) -> tuple[list[Entry], str | None]:
    """The catalogue of a booth at a published fair, for programs."""
    await plans.public_booth(booth_id)
    return a_page(await entries(booth_id), cursor, limit)


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
    return (await _with_firms(booth.id, [_entry(found)]))[0], booth


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
