"""A joint booth of Nordhafen at a fair in Kuala Lumpur, and a price list for it."""

from dataclasses import dataclass
from typing import Any

import pytest

from server import clock
from server.database import value
from tests.cast import Cast

LABASIA = {
    "name": "With stand construction",
    "currency": "EUR",
    "full_per_m2": "907",
    "per_m2": "325",
    "minimum_m2": "9",
    "corner": "250",
    "head": "400",
    "island": "600",
    "valid_from": "2026-01-01",
}


@dataclass
class Stall:
    """The cast, a booth and its price list."""

    cast: Cast
    booth: int
    price_list: int
    path: str

    async def add_fee(self, **data: Any) -> int:
        """Mara adds a fee on its page; its id."""
        answer = await self.cast.mara.send_form(f"{self.path}/fees/new", data)
        assert answer.status_code == 303, answer.text
        return int(await value("SELECT max(id) FROM fee"))


async def make_booth(agency: int) -> int:
    """A booth at a published fair."""
    fair = await value(
        "INSERT INTO fair (slug, agency, name, venue, city, country, tz, starts_on, ends_on,"
        " website, sectors, description, version, published_at, created_at)"
        " VALUES ('labasia', $1, 'LabASIA', 'Convention Centre', 'Kuala Lumpur', 'MY',"
        " 'Asia/Kuala_Lumpur', '2027-07-19', '2027-07-21', '', '{laboratory}', '', 1, $2, $2)"
        " RETURNING id",
        agency,
        clock.now(),
    )
    return int(
        await value(
            "INSERT INTO booth (fair, agency, name, hall, block, width_m, depth_m, gross_m2,"
            " net_m2, allocated_m2, open_edges, description, version, created_at) VALUES"
            " ($1, $2, 'German pavilion', '1', 'A', 12, 9, 108, 81, 0, '{top}', '', 1, $3)"
            " RETURNING id",
            fair,
            agency,
            clock.now(),
        )
    )


@pytest.fixture
async def stall(cast: Cast) -> Stall:
    """A price list made on its page."""
    booth = await make_booth(cast.nordhafen)
    made = await cast.mara.send_form("/desk/price-lists/new", {**LABASIA, "booth": str(booth)})
    assert made.status_code == 303, made.text
    path = made.headers["location"]
    return Stall(cast, booth, int(path.rsplit("/", 1)[1]), path)
