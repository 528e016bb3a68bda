"""Mails about debits and disputes: to whoever pays what is to be done, to the agency by when."""

from server import clock
from server.accounts.permissions import AGENCY_ROLES, TABLE
from server.billing.disputes import TO_ANSWER
from server.billing.evidence import REASONS
from server.billing.readers import readers
from server.database import action, row
from server.mail import actions as mail
from server.money import format_money
from server.organisations import queries as organisations
from server.organisations.queries import PersonRow
from server.settings import load
from server.web.formats import day

TOLD = TO_ANSWER | {"won", "lost"}


async def money_people(agency_id: int) -> list[PersonRow]:
    """Those of an agency who may send money back."""
    may = {role.value for role in TABLE["money.refund"] if role in AGENCY_ROLES}
    people = await organisations.people_of_agency(agency_id)
    return [person for person in people if person.role in may]


@action
async def debit_failed(checkout_id: int) -> None:
    """Tell the company that its debit did not arrive and the invoice is open."""
    found = await row(
        "SELECT k.amount_minor, k.currency, i.id, i.number, i.company, i.agency, i.content"
        " FROM checkout k JOIN invoice i ON i.id = k.invoice WHERE k.id = $1::bigint"
        " AND k.state = 'failed'",
        checkout_id,
    )
    if found is None:
        return
    company = await organisations.company(found["company"])
    for reader in await readers(found["id"], found["content"], company):
        await mail.send(
            key=f"checkout:{checkout_id}:failed:{reader.email}"[:200],
            to_email=reader.email,
            to_name=reader.name,
            locale=reader.locale,
            template="debit-failed",
            agency=found["agency"],
            company=found["company"],
            person=reader.person,
            number=found["number"],
            amount=format_money(found["amount_minor"], found["currency"], reader.locale),
            url=reader.url,
        )


@action
async def dispute_told(dispute_id: int, state: str) -> None:
    """Tell the agency of a dispute that begins, is won or lost; the company of one it lost us."""
    if state not in TOLD:
        return
    found = await row(
        "SELECT d.*, p.agency, p.company, p.invoice, i.number, c.name AS company_name, a.tz,"
        " i.state AS invoice_state, i.content FROM dispute d JOIN payment p ON p.id = d.payment"
        " JOIN agency a ON a.id = p.agency LEFT JOIN invoice i ON i.id = p.invoice"
        " LEFT JOIN company c ON c.id = p.company WHERE d.id = $1::bigint",
        dispute_id,
    )
    assert found is not None
    base = load().base_url.rstrip("/")
    for person in await money_people(found["agency"]):
        await mail.send(
            key=f"dispute:{dispute_id}:{state}:{person.person_id}",
            to_email=person.email,
            to_name=person.name,
            locale=person.locale,
            template=f"dispute-{'opened' if state in TO_ANSWER else state}",
            agency=found["agency"],
            person=person.person_id,
            amount=format_money(found["amount_minor"], found["currency"], person.locale),
            company_name=found["company_name"] or "?",
            number=found["number"] or "",
            why=REASONS.get(found["reason"], ""),
            until=day(clock.local(found["due_at"], found["tz"]).date()) if found["due_at"] else "",
            warning=state.startswith("warning"),
            url=f"{base}/desk/money/disputes/{dispute_id}",
        )
    if state == "lost" and found["company"] and found["invoice"]:
        company = await organisations.company(found["company"])
        for reader in await readers(found["invoice"], found["content"], company):
            await mail.send(
                key=f"dispute:{dispute_id}:open-again:{reader.email}"[:200],
                to_email=reader.email,
                to_name=reader.name,
                locale=reader.locale,
                template="payment-taken-back",
                agency=found["agency"],
                company=found["company"],
                person=reader.person,
                amount=format_money(found["amount_minor"], found["currency"], reader.locale),
                number=found["number"],
                url=reader.url,
            )
