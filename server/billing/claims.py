"""Who is late: what each company owes on each invoice now, and which letter would be next."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import msgspec

from server import clock
from server.accounts.permissions import Actor, require
from server.billing.dunning_rules import Level, next_level
from server.billing.queries import InvoiceRow
from server.billing.rules import TO_PAY
from server.billing.terms import Part, next_part
from server.database import page_id, rows, value
from server.text import N_, gettext

PAGE = 50


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What one company owes on one invoice now: the whole, or its next instalment.

    `level` is the last letter that was sent, `coming` the next one, from 1; 0: none. `resting` says
    why no letter goes out.
    """

    invoice: int
    number: str
    agency: int
    company: int
    company_name: str
    currency: str
    instalment: int
    open_minor: int
    due_on: date
    late_days: int
    level: int
    level_name: str
    sent_on: date | None
    coming: int
    coming_name: str
    coming_on: date | None
    resting: str


async def levels(agency_id: int) -> tuple[Level, ...]:
    """How an agency duns; empty: not at all."""
    found = await value("SELECT levels FROM dunning_policy WHERE agency = $1", agency_id)
    return tuple(msgspec.convert(found or [], list[Level]))


_OWED = """
SELECT i.id, i.number, i.agency, i.company, c.name AS company_name, i.currency, i.issued_on,
       i.due_on, i.total_minor - i.paid_minor AS open_minor, a.tz, u.term_days,
       (SELECT p.why FROM dunning_pause p WHERE p.agency = i.agency AND p.company = i.company
        AND (p.invoice IS NULL OR p.invoice = i.id) AND p.ended_at IS NULL
        AND (p.until IS NULL OR p.until >= ($1::timestamptz AT TIME ZONE a.tz)::date)
        ORDER BY p.id LIMIT 1) AS paused,
       EXISTS (SELECT FROM dispute d JOIN payment p ON p.id = d.payment WHERE p.invoice = i.id
               AND d.closed_at IS NULL) AS disputed,
       EXISTS (SELECT FROM checkout k WHERE k.invoice = i.id AND k.state = 'processing')
           OR EXISTS (SELECT FROM payment p WHERE p.invoice = i.id AND p.state = 'flagged')
           AS under_way
FROM invoice i
JOIN agency a ON a.id = i.agency
JOIN company c ON c.id = i.company
LEFT JOIN public_payer u ON u.agency = i.agency AND u.company = i.company AND u.ended_at IS NULL
WHERE i.state = ANY($2) AND i.about NOT LIKE 'dunning:%'
"""
_STATES = sorted(state.value for state in TO_PAY)


async def _claims(found: list[dict[str, Any]]) -> list[Claim]:
    """Rows of `_OWED` as claims; three more questions, however many there are."""
    ids = [each["id"] for each in found]
    parts: defaultdict[int, list[Part]] = defaultdict(list)
    for each in await rows(
        "SELECT invoice, n, due_on, amount_minor FROM instalment WHERE invoice = ANY($1::int[])"
        " AND ended_at IS NULL ORDER BY n",
        ids,
    ):
        parts[each["invoice"]].append(Part(each["n"], each["due_on"], each["amount_minor"]))
    sent: defaultdict[tuple[int, int], dict[int, Any]] = defaultdict(dict)
    for each in await rows(
        "SELECT invoice, instalment, level, sent_at, name FROM dunning_notice"
        " WHERE invoice = ANY($1::int[])",
        ids,
    ):
        sent[each["invoice"], each["instalment"]][each["level"]] = each
    policies = {
        each["agency"]: tuple(msgspec.convert(each["levels"], list[Level]))
        for each in await rows(
            "SELECT agency, levels FROM dunning_policy WHERE agency = ANY($1::int[])",
            sorted({each["agency"] for each in found}),
        )
    }
    return [_claim(each, parts[each["id"]], sent, policies) for each in found]


def _claim(
    owed: dict[str, Any],
    parts: list[Part],
    sent: dict[tuple[int, int], dict[int, Any]],
    policies: dict[int, tuple[Level, ...]],
) -> Claim:
    today = clock.today(owed["tz"])
    part = next_part(parts, owed["open_minor"])
    due = part.due_on if part else owed["due_on"]
    if owed["term_days"] and not part:
        due = max(due, owed["issued_on"] + timedelta(days=owed["term_days"]))
    n = part.n if part else 0
    known, said = policies.get(owed["agency"], ()), sent.get((owed["id"], n), {})
    days = {level: clock.local(each["sent_at"], owed["tz"]).date() for level, each in said.items()}
    last = max(days, default=0)
    coming = next_level(known, days, due, today) or 0
    coming_on = None
    if coming:
        coming_on = due + timedelta(days=known[coming - 1].days)
        if last and last <= len(known):
            gap = known[coming - 1].days - known[last - 1].days
            coming_on = max(coming_on, days[last] + timedelta(days=gap))
    resting = owed["paused"] or ""
    if owed["disputed"]:
        resting = gettext(N_("The payment is in dispute."))
    elif owed["under_way"]:
        resting = gettext(N_("Money is on its way, or waits for a look."))
    elif owed["term_days"] and due >= today:
        resting = gettext(N_("A public body, inside its term."))
    return Claim(
        invoice=owed["id"],
        number=owed["number"],
        agency=owed["agency"],
        company=owed["company"],
        company_name=owed["company_name"],
        currency=owed["currency"],
        instalment=n,
        open_minor=part.amount_minor if part else owed["open_minor"],
        due_on=due,
        late_days=max(0, (today - due).days),
        level=last,
        level_name=said[last]["name"] if last else "",
        sent_on=days.get(last),
        coming=coming,
        coming_name=known[coming - 1].name if coming else "",
        coming_on=coming_on,
        resting=resting,
    )


async def claims(actor: Actor, *, cursor: str = "", limit: int = PAGE) -> tuple[list[Claim], str]:
    """Everything the agency may still ask for, the oldest invoice first."""
    require(actor, "money.read")
    found = await rows(
        f"{_OWED} AND i.agency = $3 AND i.id > $4::bigint ORDER BY i.id LIMIT $5",
        clock.now(),
        _STATES,
        actor.agency_id,
        page_id(cursor) or 0,
        limit + 1,
    )
    shown = found[:limit]
    return await _claims(shown), str(shown[-1]["id"]) if len(found) > limit else ""


async def claim(invoice_id: int) -> Claim | None:
    """What is asked for on one invoice; None when nothing is."""
    found = await rows(f"{_OWED} AND i.id = $3", clock.now(), _STATES, invoice_id)
    return (await _claims(found))[0] if found else None


async def due() -> list[int]:
    """Invoices about which a letter goes out today."""
    found: list[int] = []
    after = 0
    while True:
        batch = await rows(
            f"{_OWED} AND EXISTS (SELECT FROM dunning_policy d WHERE d.agency = i.agency)"
            " AND i.id > $3::bigint ORDER BY i.id LIMIT 500",
            clock.now(),
            _STATES,
            after,
        )
        if not batch:
            return found
        found += [each.invoice for each in await _claims(batch) if _is_due(each)]
        after = batch[-1]["id"]


def _is_due(one: Claim) -> bool:
    if one.resting or not one.coming_on:
        return False
    return one.coming_on <= one.due_on + timedelta(days=one.late_days) or (
        not one.late_days and one.coming_on <= clock.latest_day()
    )


async def notices(invoice_id: int) -> list[dict[str, Any]]:
    """The letters about an invoice, oldest first. For callers that have checked who may read it."""
    return await rows(
        "SELECT n.id, n.level, n.name, n.instalment, n.open_minor, n.fee_minor, n.interest_minor,"
        " n.currency, n.document, n.sent_at, p.name AS sent_by FROM dunning_notice n"
        " LEFT JOIN person p ON p.id = n.sent_by WHERE n.invoice = $1 ORDER BY n.id",
        invoice_id,
    )


async def pauses(actor: Actor, of: InvoiceRow) -> list[dict[str, Any]]:
    """The pauses that hold for an invoice or its whole company."""
    require(actor, "money.read")
    return await rows(
        "SELECT invoice, why, until, since FROM dunning_pause WHERE agency = $1 AND company = $2"
        " AND (invoice IS NULL OR invoice = $3) AND ended_at IS NULL ORDER BY id",
        actor.agency_id,
        of.company,
        of.id,
    )
