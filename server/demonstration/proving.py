"""Aid that is paid after proof: one company has handed in what it spent, and the desk checks it."""

from server import clock
from server.aid import proofs
from server.aid.proof_forms import ProofForm
from server.database import row
from server.demonstration.calendar import Calendar
from server.demonstration.organisations import Company
from server.demonstration.questions import PAPER
from server.money import to_decimal
from server.web.forms import Upload

REPORT = (
    "Fourteen conversations at our stand, three of them with buyers of chains. Two asked for"
    " samples, which we sent last week; one of them wants a price for a pallet a month."
)


async def hand_in_a_proof(companies: list[Company], calendar: Calendar) -> None:
    """The report and the invoices of the first exhibitor, a fortnight ago."""
    grant = await row(
        "SELECT g.id, g.company, g.eligible_minor, s.currency FROM aid_grant g"
        " JOIN scheme s ON s.id = g.scheme WHERE s.subsidy_shown = 'after_proof'"
        " AND g.reverses IS NULL AND NOT EXISTS (SELECT FROM aid_grant r WHERE r.reverses = g.id)"
        " ORDER BY g.id LIMIT 1"
    )
    assert grant is not None
    actor = next(each.actor for each in companies if each.id == grant["company"])
    with clock.travel(calendar.moment(-14)):
        form = ProofForm(
            report=REPORT, proven=to_decimal(grant["eligible_minor"], grant["currency"]),
            invoices=Upload("invoices-lisbon.pdf", "application/pdf", PAPER),
        )  # fmt: skip
        await proofs.hand_in(actor, form, grant_id=grant["id"])
