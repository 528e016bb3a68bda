"""Between the agency's midnight and that of UTC it is the agency's day that counts."""

from datetime import UTC, date, datetime

from server import clock
from server.accounts.permissions import Actor
from server.aid import queries
from server.aid.taking_back import account
from server.database import action, value
from tests.cast import Cast
from tests.server.aid.conftest import MakeScheme, grant

PAST_MIDNIGHT = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # 00:30 of the 24th in Berlin


@action
async def settled(actor: Actor, about: str) -> None:
    await account(actor, about=about)


async def test_accounted_and_taken_back_aid_bears_the_day_of_the_agency(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme_id = await make_scheme()
    mara = await cast.mara.actor()
    with clock.travel(PAST_MIDNIGHT):
        await grant(
            mara, scheme_id=scheme_id, company_id=cast.quinta, amount_minor=100_000,
            eligible_minor=200_000, about="application:1",
        )  # fmt: skip
        await settled(mara, "application:1")
    assert await value("SELECT paid_on FROM aid_payment") == date(2026, 11, 24)
    assert await value("SELECT granted_on FROM aid_grant") == date(2026, 11, 24)


async def test_desk_takes_the_day_that_has_begun_where_it_works(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    scheme_id = await make_scheme()
    with clock.travel_everywhere(PAST_MIDNIGHT):
        shown = await cast.mara.get(f"/desk/schemes/{scheme_id}")
        assert shown.status_code == 200
        assert await queries.today(await cast.mara.actor()) == date(2026, 11, 24)
