"""What a company hands in after a fair, and what the agency decides on it."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from server.text import N_, gettext
from server.web.forms import Form, Upload


class ProofForm(Form, kw_only=True, frozen=True):
    """The report on a participation, the cost that was paid, and the papers that show it."""

    report: Annotated[
        str,
        Meta(
            min_length=10,
            max_length=8000,
            title=N_("Report on your participation"),
            description=N_("Whom you met, what came of it, in a few sentences."),
        ),
    ]
    proven: Annotated[
        Decimal,
        Meta(
            ge=0,
            title=N_("Eligible cost you have paid, before VAT"),
            description=N_("The sum of the invoices you hand in."),
        ),
    ]
    invoices: Annotated[
        Upload | None,
        Meta(title=N_("Invoices"), description=N_("A PDF or a picture, at most 8 MB.")),
    ] = None
    receipts: Annotated[
        Upload | None, Meta(title=N_("Proof of payment"), description=N_("Such as a statement."))
    ] = None
    pictures: Annotated[
        Upload | None, Meta(title=N_("A picture of your stand"), description=N_("Or a PDF."))
    ] = None


class ProofDecision(Form, kw_only=True, frozen=True):
    """Accepted at a cost, or back to the company with what is missing."""

    decision: Annotated[Literal["accepted", "returned"], Meta(title=N_("Decision"))]
    accepted: Annotated[
        Decimal | None,
        Meta(
            ge=0,
            title=N_("Cost that you accept"),
            description=N_("At most what was handed in. Empty: all of it."),
        ),
    ] = None
    why: Annotated[str, Meta(max_length=2000, title=N_("What the company should know"))] = ""

    def check(self) -> dict[str, str]:
        """Who sends a proof back says what is missing."""
        if self.decision == "returned" and not self.why.strip():
            return {"why": gettext(N_("Say what is missing, so that the company can mend it."))}
        return {}


class PayoutForm(Form, kw_only=True, frozen=True):
    """The payment of proven aid, as your bank made it."""

    paid_on: Annotated[date, Meta(title=N_("Paid on"))]
    reference: Annotated[str, Meta(max_length=140, title=N_("Reference of the payment"))] = ""
    funder_paid_on: Annotated[
        date | None,
        Meta(
            title=N_("The funder paid you on"),
            description=N_("Needed where the scheme pays only after its funder."),
        ),
    ] = None
