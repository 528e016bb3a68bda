"""Who applies twice for one fair: the same company, or another one under the same control."""

import msgspec

from booths.calls.rules import State
from server.database import rows, typed

NO_MORE = ("withdrawn", "rejected", "ineligible", "excluded", "cancelled", "lapsed", "released")


class Clash(msgspec.Struct, frozen=True, kw_only=True):
    """Another application for the same fair."""

    id: int
    company: int
    company_name: str
    agency: int
    agency_name: str
    call_title: str
    state: State


async def of_company(
    company_id: int | None, fair_id: int, *, but: int | None = None
) -> list[Clash]:
    """Applications for a fair, through whatever agency, by a company or its undertaking.

    Ended ones and the application `but` are left out; drafts are in.
    """
    found = await rows(
        "SELECT x.id, x.company, co.name AS company_name, c.agency, a.name AS agency_name,"
        " c.title AS call_title, x.state FROM company mine"
        " JOIN company co ON co.undertaking = mine.undertaking"
        " JOIN application x ON x.company = co.id JOIN call c ON c.id = x.call"
        " JOIN agency a ON a.id = c.agency JOIN booth b ON b.id = c.booth"
        " WHERE mine.id = $1 AND b.fair = $2 AND x.state <> ALL($3::varchar[])"
        " AND ($4::bigint IS NULL OR x.id <> $4) ORDER BY x.id LIMIT 50",
        company_id,
        fair_id,
        list(NO_MORE),
        but,
    )
    return typed(Clash, found)
