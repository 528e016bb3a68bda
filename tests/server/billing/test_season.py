"""A season's transfers: what is booked by itself is right, however people write."""

from server.billing import checks
from tests.bench.transfers import season
from tests.cast import Cast


async def test_no_transfer_of_a_season_is_booked_wrongly(cast: Cast) -> None:
    found = await season(cast, invoices=180, entries=300)
    assert found.wrong == 0, found.told()
    assert found.right / found.paying > 0.70, found.told()
    assert found.of_open_guessed / found.open > 0.5, found.told()
    assert await checks.faults() == []
