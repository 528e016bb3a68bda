"""What a member pays under some terms: its own part, its own services, its own aid."""

from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import deciding, queries
from booths.calls.applying import choice_of, quoted
from booths.calls.rows import Dossier
from booths.consortia import rules
from booths.consortia.queries import TermsRow
from booths.fees.pricing import Choice
from booths.fees.rules import Quote
from booths.plans.queries import StandRow
from server.accounts.permissions import Actor


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
    return (await deciding.choice_for(found, stand, share))[0]


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
