"""What is printed: the joint catalogue, signs for stands, badges."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from booths.calls.applying import link
from booths.hub.catalogue import Entry, address, entries, qr_svg
from booths.hub.forms import PressForm
from booths.plans import queries as plans
from booths.plans.queries import BoothRow
from events.fairs import queries as fairs
from server import clock, jobs
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, row, rows, typed, value
from server.documents import actions as documents
from server.documents import queries as papers
from server.documents.images import as_svg
from server.documents.typesetting import typeset
from server.errors import NotFound, Refused
from server.organisations.queries import letterhead
from server.text import N_, gettext
from server.web.formats import country, days


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
            "firms": gettext(N_("Also on this stand:")),
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
        "firms": ", ".join(firm.brand or firm.name for firm in each.firms),
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
    return {each["id"]: await asyncio.to_thread(as_svg, bytes(each["bytes"])) for each in found}


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
