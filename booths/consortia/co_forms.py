"""What agencies allow and exhibitors say about firms on a stand."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from booths.consortia.rules import Kind
from server.accounts.forms import Email
from server.errors import Refused
from server.organisations import rules as organisations
from server.text import N_, gettext
from server.web.forms import Form


class RuleForm(Form):
    """Whom exhibitors may bring along. Fees are net amounts in the call's currency."""

    until_on: Annotated[date, Meta(title=N_("May be named until"))]
    co_exhibitors: Annotated[bool, Meta(title=N_("Co-exhibitors are allowed"))] = False
    represented: Annotated[bool, Meta(title=N_("Represented firms are allowed"))] = False
    most: Annotated[int, Meta(title=N_("At most per exhibitor"), ge=1, le=50)] = 2
    co_exhibitor_fee: Annotated[
        Decimal, Meta(title=N_("Fee for a co-exhibitor"), ge=0, le=1_000_000)
    ] = Decimal(0)
    represented_fee: Annotated[
        Decimal, Meta(title=N_("Fee for a represented firm"), ge=0, le=1_000_000)
    ] = Decimal(0)
    eligible: Annotated[bool, Meta(title=N_("The fees count for aid"))] = False
    version: Annotated[int | None, Meta(title=N_("Version"))] = None


class FirmForm(Form):
    """A co-exhibitor or represented firm as the exhibitor names it."""

    kind: Annotated[Kind, Meta(title=N_("What is it?"))]
    name: Annotated[str, Meta(title=N_("Name of the company"), min_length=2, max_length=200)]
    country: Annotated[str, Meta(title=N_("Country"), pattern="^[A-Z]{2}$")]
    contact_name: Annotated[str, Meta(title=N_("Contact"), min_length=2, max_length=200)]
    contact_email: Email
    vat_id: Annotated[str, Meta(title=N_("VAT ID"), max_length=40)] = ""
    register_no: Annotated[str, Meta(title=N_("Company register number"), max_length=80)] = ""
    website: Annotated[str, Meta(title=N_("Website"), max_length=300)] = ""
    brand: Annotated[str, Meta(title=N_("Brand"), max_length=200)] = ""
    received: Annotated[
        Decimal,
        Meta(
            title=N_("De minimis aid it has had in the last three years, in euro"),
            description=N_("Of its whole group. If it has an account here, what we know counts."),
            ge=0,
            le=10_000_000,
        ),
    ] = Decimal(0)
    publish: Annotated[bool, Meta(title=N_("It agrees to be named on the booth's page"))] = False

    def check(self) -> dict[str, str]:
        """Numbers by the rules of the country; one of the two must be there."""
        errors = {}
        if not organisations.is_country(self.country):
            return {"country": gettext(N_("Choose a country of the list."))}
        if not self.vat_id and not self.register_no:
            errors["vat_id"] = gettext(
                N_("Give its VAT ID, or its register number if it has none.")
            )
        for name, test in (
            ("vat_id", lambda: organisations.vat_number(self.vat_id, self.country)),
            ("register_no", lambda: organisations.register_number(self.register_no, self.country)),
            ("website", lambda: organisations.website(self.website)),
        ):
            try:
                if getattr(self, name):
                    test()
            except Refused as refused:
                errors[name] = str(refused)
        return errors

    def facts(self) -> dict[str, object]:
        """The record: numbers in their printed form."""
        vat = organisations.vat_number(self.vat_id, self.country).text if self.vat_id else ""
        register = self.register_no
        return {
            "kind": self.kind.value,
            "name": self.name,
            "country": self.country,
            "vat_id": vat,
            "register_no": organisations.register_number(register, self.country)
            if register
            else "",
            "contact_name": self.contact_name,
            "contact_email": self.contact_email.lower(),
            "website": organisations.website(self.website) if self.website else "",
            "brand": self.brand,
            "publish": self.publish,
            "received_minor": int(self.received * 100),
        }
