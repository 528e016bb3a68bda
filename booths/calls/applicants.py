"""The companies that have applied to an agency, for the rooms below."""

from server.aid.scopes import applicants
from server.database import rows


@applicants
async def of_agency(agency_id: int) -> set[int]:
    """Those with an application that was sent, whatever became of it."""
    found = await rows(
        "SELECT DISTINCT x.company FROM application x JOIN call c ON c.id = x.call"
        " WHERE c.agency = $1 AND x.submitted_at IS NOT NULL",
        agency_id,
    )
    return {one["company"] for one in found}
