"""Where the stands of published fairs are shown, for agendas of meetings."""

from events.agendas import maps
from server.database import rows


@maps.stands
async def pages_of_stands(stands: list[int]) -> dict[int, str]:
    """The page with the plan of each stand."""
    found = await rows(
        "SELECT s.id, '/fairs/' || f.slug || '/booths/' || b.id AS path FROM stand s"
        " JOIN booth b ON b.id = s.booth JOIN fair f ON f.id = b.fair"
        " WHERE s.id = ANY($1::bigint[]) AND f.published_at IS NOT NULL",
        stands,
    )
    return {each["id"]: each["path"] for each in found}
