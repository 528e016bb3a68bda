"""What a member pays under some terms: its own part, its own services, its own aid."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import deciding, listing, queries
from booths.calls.deciding import Joint
from booths.calls.quoting import choice_of, quoted
from booths.calls.rows import Dossier
from booths.consortia import rules
from booths.consortia.queries import TermsRow
from booths.fees.lines import price_lines
from booths.fees.pricing import Choice, Extra
from booths.fees.rules import Quote
from booths.plans.queries import StandRow
from server import clock
from server.accounts.permissions import Actor
from server.money import split
from server.text import N_, gettext
from server.web.formats import m2

_PLACE = ("space", "stand", "sides")
"""Lines that are owed for a place, whoever stands on it."""


def acting(actor: Actor, company_id: int | None) -> Actor:
    """The actor, writing on behalf of another member of its consortium."""
    return msgspec.structs.replace(
        actor, company_id=company_id, company_role=actor.company_role or "member"
    )


def asked(terms: TermsRow, place: int) -> dict[str, Any]:
    """The answers of a member's application that follow from the terms."""
    return {
        "stand": {
            "area_m2": str(terms.areas[place]), "stand_kind": terms.stand_kind.value,
            "neighbours": "", "apart_from": "",
        },
        "share": {"areas": [str(area) for area in terms.areas], "place": place},
    }  # fmt: skip


async def as_sent(found: Dossier) -> Dossier:
    """The dossier with the answers that were sent last, whatever was typed since."""
    sent = await queries.submissions(found.row.id)
    return msgspec.structs.replace(found, draft=sent[0].content["answers"]) if sent else found


async def choice(
    found: Dossier, terms: TermsRow, place: int, stand: StandRow | None = None
) -> Choice:
    """What a member would have under the terms: on the stand, or on the island that is wished."""
    if stand is None:
        made = choice_of({**found.draft, **asked(terms, place)})
        assert made is not None
        return made
    share = rules.share_on(stand.area_m2, terms.areas, place)
    made = (await deciding.choice_for(found, stand, share))[0]
    return replace(made, extras=(*made.extras, *await gap(found, terms, place, stand)))


async def gap(found: Dossier, terms: TermsRow, place: int, stand: StandRow) -> tuple[Extra, ...]:
    """A member's part of what the empty place of the stand costs, by the key; without aid, which
    is for those who exhibit."""
    if not terms.gap_m2:
        return ()
    empty = rules.share_on(stand.area_m2, terms.areas, len(terms.parts))
    area_m2 = empty.areas[empty.place]
    on = clock.today(found.call.tz)
    prices, _ = await listing.prices_for(found.call, found.row.company, on, None)
    lines = price_lines(prices, Choice(area_m2, stand.kind, {}, empty), on)
    cost = sum(line.amount_minor for line in lines if line.key in _PLACE)
    weights = rules.gap_weights(terms.key, [(part.area_m2, part.share_bp) for part in terms.parts])
    label = gettext(N_("Part of the empty place of {area}"), area=m2(area_m2))
    return (Extra(key="gap", label=label, pieces=1, unit_minor=split(cost, weights)[place]),)


async def joint(
    consortium_id: int,
    found: Dossier,
    terms: TermsRow,
    place: int,
    stand: StandRow,
    *,
    aided: bool,
) -> Joint:
    """A member's contract on a stand, as the terms say."""
    return Joint(
        consortium=consortium_id,
        share=rules.share_on(stand.area_m2, terms.areas, place),
        aided=aided,
        extras=await gap(found, terms, place, stand),
    )


async def price(
    found: Dossier,
    terms: TermsRow,
    place: int,
    stand: StandRow | None = None,
    *,
    aided: bool = True,
) -> Quote:
    """What it pays then. A contract that holds is taken back first, and its aid with it."""
    held = found.admission is not None and found.admission.ended_at is None
    return await quoted(
        found.call,
        found.row.company,
        await choice(found, terms, place, stand),
        aided=aided,
        back_minor=found.admission.aid_minor if held and found.admission else 0,
    )


def area(terms: TermsRow, place: int, stand: StandRow | None) -> Decimal:
    """A member's square metres: of the stand, if there is one."""
    if stand is None:
        return terms.areas[place]
    return rules.share_on(stand.area_m2, terms.areas, place).areas[place]
