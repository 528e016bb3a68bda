"""What a partner agency may keep of the booth that it shares."""

from decimal import Decimal

from booths.calls.rows import Dossier
from server import clock
from server.database import row, step
from server.errors import Refused
from server.text import N_
from server.web.formats import m2


@step
async def within_allotment(found: Dossier, area_m2: Decimal) -> None:
    """A partner keeps no more than is left of its allotment, contracts and holds together."""
    left = await row(
        "SELECT p.allotted_m2 - p.taken_m2 - coalesce((SELECT sum(al.area_m2) FROM allocation al"
        " JOIN application x ON x.id = al.application JOIN call c ON c.id = x.call"
        " WHERE c.booth = p.booth AND c.agency = p.agency AND al.state IN ('kept', 'reserved')"
        " AND (al.until IS NULL OR al.until > $3) AND x.id <> $4), 0) AS m2 FROM booth_partner p"
        " WHERE p.booth = $1 AND p.agency = $2 AND p.state = 'accepted' FOR NO KEY UPDATE OF p",
        found.call.booth,
        found.call.agency,
        clock.now(),
        found.row.id,
    )
    if left is not None and area_m2 > left["m2"]:
        raise Refused(
            N_(
                "Of your allotment in this joint booth {left} are left beside what you keep for"
                " others: too little for this stand of {area}. Give a kept stand back, or ask the"
                " agency that leads the booth for more. Nothing was changed."
            ),
            field="stand",
            left=m2(max(left["m2"], Decimal(0))),
            area=m2(area_m2),
        )
