"""Companies that come with a person who was invited: a name and a country, the rest later."""

from server import clock
from server.database import execute, step, value
from server.organisations.rules import CompanyRole, is_eu


@step
async def guest_company(
    person_id: int,
    *,
    name: str,
    country: str,
    email: str,
    street: str = "",
    postcode: str = "",
    city: str = "",
    vat_id: str = "",
) -> int:
    """A company with the little that is known, and `person_id` as its admin. Its id.

    A VAT ID that another company has is left out: the profile asks for it again.
    """
    if vat_id and await value("SELECT true FROM company WHERE vat_id = $1", vat_id):
        vat_id = ""
    undertaking = await value(
        "INSERT INTO undertaking (name, member_state) VALUES ($1, $2) RETURNING id",
        name,
        country if is_eu(country, clock.today("UTC")) else "",
    )
    company_id: int = await value(
        "INSERT INTO company (undertaking, name, legal_name, country, street, postcode, city,"
        " vat_id, vat_state, invoice_email, created_at)"
        " VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
        undertaking,
        name,
        country,
        street,
        postcode,
        city,
        vat_id,
        "unchecked" if vat_id else "",
        email,
        clock.now(),
    )
    await execute(
        "INSERT INTO company_member (company, person, role, since) VALUES ($1, $2, $3, $4)",
        company_id,
        person_id,
        CompanyRole.ADMIN.value,
        clock.now(),
    )
    return company_id


async def company_of(person_id: int) -> int | None:
    """The company that somebody has acted for the longest."""
    found = await value(
        "SELECT company FROM company_member WHERE person = $1 ORDER BY since, id LIMIT 1",
        person_id,
    )
    return None if found is None else int(found)
