"""The settlement of a shared booth: what each agency was given, what it used, what it owes."""

import csv
import io
from decimal import Decimal

import msgspec

from booths.partners.rules import owed
from server.accounts.permissions import Actor, require
from server.billing.ladders import PAPERS
from server.database import row, rows, typed
from server.errors import NotFound
from server.money import to_decimal
from server.web.workbooks import literal


class SettlementRow(msgspec.Struct, frozen=True, kw_only=True):
    """One agency at a booth, in one currency. Areas in m², amounts in minor units.

    `aid_minor`, `net_minor` and `paid_minor` are of its admissions that have not ended;
    `price_minor` per m² and `owed_minor` are what a partner pays the lead agency.
    """

    agency: int
    agency_name: str
    lead: bool
    currency: str
    allotted_m2: Decimal
    taken_m2: Decimal
    returned_m2: Decimal
    exhibitors: int
    aid_minor: int
    net_minor: int
    paid_minor: int
    price_minor: int
    owed_currency: str
    owed_minor: int


_ROWS = f"""
WITH side AS (
    SELECT b.agency, true AS lead, b.net_m2 - coalesce((SELECT sum(p.allotted_m2)
           FROM booth_partner p WHERE p.booth = b.id), 0) AS allotted_m2, 0.00 AS returned_m2,
           0 AS price, '' AS owed_currency
    FROM booth b WHERE b.id = $1
    UNION ALL
    SELECT p.agency, false, p.allotted_m2, p.first_allotted_m2 - p.allotted_m2,
           p.price_per_m2_minor, p.currency
    FROM booth_partner p WHERE p.booth = $1 AND p.state = 'accepted')
SELECT s.agency, a.name AS agency_name, s.lead, coalesce(q.currency, a.currency) AS currency,
       s.allotted_m2, coalesce(sum(ad.area_m2), 0) AS taken_m2, s.returned_m2,
       count(ad.id) AS exhibitors, coalesce(sum(q.aid_minor), 0)::bigint AS aid_minor,
       coalesce(sum(q.net_minor), 0)::bigint AS net_minor,
       coalesce(sum(i.paid_minor), 0)::bigint AS paid_minor, s.price AS price_minor,
       s.owed_currency, 0 AS owed_minor
FROM side s
JOIN agency a ON a.id = s.agency
LEFT JOIN call c ON c.agency = s.agency AND c.booth = $1
LEFT JOIN application x ON x.call = c.id
LEFT JOIN admission ad ON ad.application = x.id AND ad.ended_at IS NULL
LEFT JOIN quote q ON q.id = ad.quote
LEFT JOIN LATERAL (SELECT sum(n.paid_minor) AS paid_minor FROM {PAPERS} d
    JOIN invoice n ON n.id = d.invoice WHERE d.plan = ad.plan) i ON true
WHERE $2::bigint IS NULL OR s.agency = $2
GROUP BY s.agency, a.name, s.lead, q.currency, a.currency, s.allotted_m2, s.returned_m2, s.price,
         s.owed_currency
HAVING count(ad.id) > 0 OR q.currency IS NULL
ORDER BY s.lead DESC, a.name, currency
"""  # noqa: S608 - own text


async def settlement(actor: Actor, booth_id: int) -> list[SettlementRow]:
    """All agencies of a booth for the one that leads it; a partner reads its own line."""
    require(actor, "partner.read")
    found = await row(
        "SELECT b.agency, EXISTS (SELECT FROM booth_partner p WHERE p.booth = b.id"
        " AND p.agency = $2 AND p.state = 'accepted') AS partner FROM booth b WHERE b.id = $1",
        booth_id,
        actor.agency_id,
    )
    if found is None or not (found["agency"] == actor.agency_id or found["partner"]):
        raise NotFound
    only = None if found["agency"] == actor.agency_id else actor.agency_id
    lines = typed(SettlementRow, await rows(_ROWS, booth_id, only))
    with_exhibitors = {each.agency for each in lines if each.exhibitors}
    seen: set[int] = set()
    kept = []
    for each in lines:
        if not each.exhibitors and each.agency in with_exhibitors:
            continue
        first = each.agency not in seen
        seen.add(each.agency)
        kept.append(
            msgspec.structs.replace(
                each, owed_minor=owed(each.allotted_m2, each.price_minor) if first else 0
            )
        )
    return kept


def as_csv(lines: list[SettlementRow]) -> bytes:
    """The report as a table for a spreadsheet: amounts as decimals, one line per agency."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([
        "agency", "role", "allotted_m2", "taken_m2", "returned_m2", "exhibitors", "currency",
        "aid", "net", "paid", "price_per_m2", "owed", "owed_currency",
    ])  # fmt: skip
    for each in lines:
        owed_in = each.owed_currency or each.currency
        writer.writerow([
            literal(each.agency_name), "lead" if each.lead else "partner", each.allotted_m2,
            each.taken_m2, each.returned_m2, each.exhibitors, each.currency,
            to_decimal(each.aid_minor, each.currency), to_decimal(each.net_minor, each.currency),
            to_decimal(each.paid_minor, each.currency), to_decimal(each.price_minor, owed_in),
            to_decimal(each.owed_minor, owed_in), owed_in,
        ])  # fmt: skip
    return file.getvalue().encode()
