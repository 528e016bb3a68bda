"""What enquiries add to closing an account: what a person asked is erased with it."""

from events.enquiries import asking
from server.database import rows, step
from server.organisations import personal


@personal.clearing
@step
async def _erased(person_id: int) -> None:
    for each in await rows(
        "SELECT id, agency FROM enquiry WHERE person = $1 AND erased_at IS NULL ORDER BY id"
        " FOR UPDATE",
        person_id,
    ):
        await asking.forget(each["id"], each["agency"])
