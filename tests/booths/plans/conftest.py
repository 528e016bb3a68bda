"""A fair of Nordhafen with a joint booth, made through the front door."""

from datetime import date
from typing import Any

import pytest

from server import clock
from server.database import value
from tests.cast import Cast

BOOTH = {
    "name": "Nordhafen at Anuga",
    "hall": "7.1",
    "block": "B30",
    "width_m": "12",
    "depth_m": "9",
    "net_m2": "81",
    "open_edges": ["top", "right", "bottom", "left"],
    "description": "",
}


class Ground:
    """The cast on a fair with one booth."""

    def __init__(self, cast: Cast, fair: int, booth: int) -> None:
        self.cast = cast
        self.fair = fair
        self.booth = booth
        self.path = f"/desk/booths/{booth}"

    async def add(
        self, label: str, x: str, y: str, width: str = "3", depth: str = "3", **more: Any
    ) -> Any:
        """Mara adds a stand on the plan page."""
        return await self.cast.mara.send_form(
            f"{self.path}/plan",
            {"label": label, "x_m": x, "y_m": y, "width_m": width, "depth_m": depth, **more},
        )

    async def stand(self, label: str) -> int:
        """The id of a stand."""
        found = await value(
            "SELECT id FROM stand WHERE booth = $1 AND label = $2", self.booth, label
        )
        assert found is not None, label
        return int(found)


async def make_fair(agency: int, slug: str = "anuga-2027", *, published: bool = True) -> int:
    """A fair, published or not."""
    return int(
        await value(
            "INSERT INTO fair (slug, agency, name, venue, city, country, tz, starts_on, ends_on,"
            " website, sectors, description, version, published_at, created_at)"
            " VALUES ($1, $2, 'Anuga 2027', 'Messe', 'Cologne', 'DE', 'Europe/Berlin', $3, $4, '',"
            " '{food}', '', 1, $5, $6) RETURNING id",
            slug,
            agency,
            date(2027, 10, 9),
            date(2027, 10, 13),
            clock.now() if published else None,
            clock.now(),
        )
    )


@pytest.fixture
async def ground(cast: Cast) -> Ground:
    """Nordhafen's booth of 12 m by 9 m at a published fair, without stands."""
    fair = await make_fair(cast.nordhafen)
    answer = await cast.mara.send_form(
        f"/desk/booths/new?fair={fair}", {**BOOTH, "fair": fair}, to="/desk/booths/new"
    )
    assert answer.status_code == 303, answer.text
    booth = await value("SELECT max(id) FROM booth")
    return Ground(cast, fair, booth)
