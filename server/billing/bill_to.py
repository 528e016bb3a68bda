"""Who an invoice is written to, where another pays for the exhibitor: the whole, or a part of it.

The exhibitor stays the company of the invoice: its account in the ledger, its participation. The
payer is the buyer that the invoice names (EN 16931, BG-7), whose country and VAT ID decide the VAT
of what it pays. A part is an invoice of its own; the exhibitor's takes exactly that part off again,
so that the two add up to the cent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from server import audit, clock, jobs
from server.accounts.forms import EMAIL
from server.accounts.permissions import Actor, require
from server.billing import queries, rules
from server.billing.sums import InvoiceLine, Prepaid
from server.billing.vat import Supply, VatDecision
from server.database import action, execute, row, rows, step, typed, value
from server.errors import NotFound, Refused
from server.money import is_currency, of_bp, parse_amount, to_decimal, to_minor
from server.organisations import rules as organisations
from server.organisations.queries import AgencyRow, CompanyRow
from server.organisations.rules import VatState
from server.text import N_, gettext
from server.web.forms import Form

SHARES = {
    "all": N_("All of it"),
    "percent": N_("A percentage"),
    "amount": N_("A fixed amount before VAT"),
    "none": N_("Nothing: we pay ourselves"),
}


class PayerForm(Form):
    """Who pays, and which part."""

    share: Annotated[str, Meta(title=N_("What they pay"), pattern="^(all|percent|amount|none)$")]
    name: Annotated[str, Meta(title=N_("Legal name"), max_length=200)] = ""
    street: Annotated[str, Meta(title=N_("Street and number"), max_length=200)] = ""
    postcode: Annotated[str, Meta(title=N_("Postcode"), max_length=20)] = ""
    city: Annotated[str, Meta(title=N_("Town or city"), max_length=120)] = ""
    country: Annotated[str, Meta(title=N_("Country"), max_length=2)] = ""
    vat_id: Annotated[str, Meta(title=N_("VAT ID"), max_length=40)] = ""
    email: Annotated[str, Meta(title=N_("E-mail address for invoices"), max_length=254)] = ""
    order_reference: Annotated[str, Meta(title=N_("Their order number"), max_length=80)] = ""
    buyer_reference: Annotated[
        str, Meta(title=N_("Their reference, such as a routing ID"), max_length=80)
    ] = ""
    percent: Annotated[str, Meta(title=N_("Percentage"), max_length=6)] = ""
    amount: Annotated[str, Meta(title=N_("Amount"), max_length=20)] = ""
    currency: Annotated[str, Meta(title=N_("Currency of the amount"), max_length=3)] = "EUR"

    def check(self) -> dict[str, str]:
        """What the chosen share needs, and numbers that can be."""
        if self.share == "none":
            return {}
        errors = {
            name: gettext(N_("Fill this in: the invoice is written to this address."))
            for name in ("name", "street", "postcode", "city", "country", "email")
            if not getattr(self, name).strip()
        }
        if self.country and not organisations.is_country(self.country):
            errors["country"] = gettext(N_("Choose a country of the list."))
        elif self.vat_id and self.country:
            try:
                organisations.vat_number(self.vat_id, self.country)
            except Refused as wrong:
                errors["vat_id"] = str(wrong)
        if self.email and not msgspec_fits(self.email):
            errors["email"] = gettext(N_("Write it like name@example.org."))
        try:
            if self.share == "percent" and not 0 < self.bp < 10_000:
                errors["percent"] = gettext(N_("Give more than 0 and less than 100 percent."))
            if self.share == "amount" and not is_currency(self.currency):
                errors["currency"] = gettext(N_("Give the three letters of a currency: EUR."))
            elif self.share == "amount" and self.minor <= 0:
                errors["amount"] = gettext(N_("Give an amount of more than 0."))
        except Refused as wrong:
            errors[self.share] = str(wrong)
        return errors

    @property
    def bp(self) -> int:
        """The percentage in basis points."""
        return int(parse_amount(self.percent or "0") * 100)

    @property
    def minor(self) -> int:
        """The fixed amount in minor units."""
        return to_minor(parse_amount(self.amount or "0"), self.currency)


def msgspec_fits(address: str) -> bool:
    """Whether an e-mail address has the form that all forms ask for."""
    try:
        msgspec.convert(address, Annotated[str, Meta(pattern=EMAIL)])
    except msgspec.ValidationError:
        return False
    return True


class Payer(msgspec.Struct, frozen=True, kw_only=True):
    """A payer as it stands. `share_bp`, or `share_minor` of each contract, where it pays a part."""

    id: int
    company: int
    about: str
    name: str
    street: str
    postcode: str
    city: str
    country: str
    vat_id: str
    email: str
    order_reference: str
    buyer_reference: str
    share: str
    share_bp: int | None
    share_minor: int | None
    share_currency: str
    vat_state: str

    @property
    def amount(self) -> str:
        """The fixed amount as its form shows it; "" without one."""
        return f"{to_decimal(self.share_minor, self.share_currency)}" if self.share_minor else ""

    def buyer(self) -> dict[str, Any]:
        """The buyer as the content of an invoice names it."""
        return {
            "name": self.name, "legal_name": self.name, "street": self.street,
            "postcode": self.postcode, "city": self.city, "country": self.country,
            "vat_id": self.vat_id, "register_no": "", "email": self.email,
        }  # fmt: skip

    def more(self) -> dict[str, str]:
        """What else the invoice says for this payer: BT-13 and BT-10."""
        return {"order_reference": self.order_reference, "buyer_reference": self.buyer_reference}

    def part_of(
        self, net_minor: int, currency: str, *, first_minor: int, third_minor: int = 0,
        before_minor: int = 0,
    ) -> int:  # fmt: skip
        """What the payer pays before VAT of an invoice over `net_minor`, after `before_minor` of
        the same contract. Never more than the first way of taxing holds (`first_minor`), nor than
        leaves the exhibitor's invoice, after `third_minor` of a third party, at 0. A fixed amount
        is of its own currency only."""
        room = min(net_minor - third_minor, first_minor)
        if self.share_bp:
            wanted = of_bp(net_minor, self.share_bp)
        elif self.share_currency == currency:
            wanted = (self.share_minor or 0) - before_minor
        else:
            wanted = 0
        return max(0, min(wanted, room))


_PAYER = (
    "SELECT id, company, about, name, street, postcode, city, country, vat_id, email,"
    " order_reference, buyer_reference, share, share_bp, share_minor, share_currency, vat_state"
    " FROM payer"
)


async def payer(company_id: int, about: str) -> Payer | None:
    """Who pays for a company in this matter: the one named for it, else the one named for all."""
    found = await row(
        f"{_PAYER} WHERE company = $1::bigint AND about IN ($2, '') AND ended_at IS NULL"
        " ORDER BY about DESC LIMIT 1",
        company_id,
        about,
    )
    return typed(Payer, found) if found else None


@step
async def paid_before(to: Payer, about: str) -> int:
    """What a payer was invoiced before VAT of one contract, as parts that stand."""
    return int(
        await value(
            "SELECT coalesce(sum(b.net_minor), 0) FROM invoice i JOIN invoice b ON b.id = i.beside"
            " WHERE i.company = $1::bigint AND i.about = $2 AND b.state <> 'credited'"
            " AND b.content -> 'buyer' ->> 'name' = $3",
            to.company,
            about,
            to.name,
        )
    )


async def own_payer(actor: Actor, about: str = "") -> Payer | None:
    """The payer that the actor's company has named for exactly this, for its form."""
    require(actor, "payer.name")
    found = await row(
        f"{_PAYER} WHERE company = $1::bigint AND about = $2 AND ended_at IS NULL",
        actor.company_id,
        about,
    )
    return typed(Payer, found) if found else None


@action
async def name_payer(
    actor: Actor, form: PayerForm, *, about: str = "", currency: str | None = None
) -> int:
    """Say who pays from now on; invoices that are issued stay as they are. The company's id.

    `currency` is that of the prices in this matter, where it is known.
    """
    require(actor, "payer.name")
    if actor.company_id is None:
        raise NotFound
    if form.share == "amount" and currency and form.currency != currency:
        raise Refused(
            N_("The prices here are in {currency}: give the amount in it."),
            field="currency",
            currency=currency,
        )
    await execute("SELECT 1 FROM company WHERE id = $1 FOR UPDATE", actor.company_id)
    before = await value(
        "UPDATE payer SET ended_at = $3 WHERE company = $1::bigint AND about = $2"
        " AND ended_at IS NULL RETURNING name",
        actor.company_id,
        about,
        clock.now(),
    )
    if form.share != "none":
        vat = organisations.vat_number(form.vat_id, form.country).text if form.vat_id else ""
        known = await value(  # what VIES said about this VAT ID, where it is the same as before
            "SELECT vat_state FROM payer WHERE company = $1::bigint AND vat_id = $2"
            " ORDER BY id DESC LIMIT 1",
            actor.company_id,
            vat,
        )
        state = (known or VatState.UNCHECKED) if vat else VatState.NONE
        made = await value(
            "INSERT INTO payer (company, about, name, street, postcode, city, country, vat_id,"
            " email, order_reference, buyer_reference, share, share_bp, share_minor, named_at,"
            " share_currency, vat_state)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17) RETURNING id",
            actor.company_id, about, form.name, form.street, form.postcode, form.city,
            form.country, vat, form.email, form.order_reference, form.buyer_reference, form.share,
            form.bp if form.share == "percent" else None,
            form.minor if form.share == "amount" else None, clock.now(),
            form.currency if form.share == "amount" else "", str(state),
        )  # fmt: skip
        if state == VatState.UNCHECKED:
            await jobs.enqueue(
                "billing.check_vat", company_id=actor.company_id, why="profile", payer_id=made
            )
    await audit.record(
        actor, "payer.name", "company", actor.company_id, before={"payer": before or ""},
        after={"payer": form.name, "share": form.share, "about": about},
    )  # fmt: skip
    return actor.company_id


def vat_of(
    agency: AgencyRow, to: Payer, *, supply: str, fair_country: str, on: date
) -> VatDecision:
    """The VAT of what a payer pays. It is a business; its VAT ID counts until VIES calls it
    invalid."""
    counts = bool(to.vat_id) and to.vat_state != VatState.INVALID
    return rules.vat_decision(agency.country, to.country, counts, True, supply, fair_country, on)


def line_of(part_minor: int, to: Payer, subject: str, first: InvoiceLine) -> InvoiceLine:
    """The one line of a payer's invoice."""
    said = f"{Decimal(to.share_bp) / 100:f}".rstrip("0").rstrip(".") if to.share_bp else ""
    words = (
        gettext(N_("{percent} % of: {subject}"), percent=said, subject=subject)
        if said
        else gettext(N_("Part of: {subject}"), subject=subject)
    )
    return InvoiceLine(words, Decimal(1), "participation", part_minor, part_minor, first.supply)


@step
async def with_parts(agency_id: int, prepaid: Sequence[Prepaid]) -> list[Prepaid]:
    """The prepayments of a contract together with the parts of them that a payer was invoiced.

    A part comes off as it came off the prepayment: with the VAT that its net would have carried
    there, whatever VAT the payer was invoiced. Both together are what the step asked for.
    """
    if not prepaid:
        return []
    contents = await rows(
        "SELECT content FROM invoice WHERE agency = $1 AND number = ANY($2) ORDER BY id",
        agency_id,
        [each.number for each in prepaid],
    )
    return [
        *prepaid,
        *(
            replace(Prepaid(**part), to="")
            for each in contents
            for part in each["content"]["prepaid"]
            if part["to"]
        ),
    ]


@step
async def taken_off(beside: int, to: Payer, vat: VatDecision) -> Prepaid:
    """The payer's invoice as the exhibitor's takes it off: its net, and the VAT that this net
    would have carried there."""
    found = await row("SELECT number, issued_on, net_minor FROM invoice WHERE id = $1", beside)
    assert found is not None
    tax = of_bp(found["net_minor"], vat.rate_bp)
    return Prepaid(
        found["number"], found["issued_on"].isoformat(), found["net_minor"], tax,
        found["net_minor"] + tax, to.name,
    )  # fmt: skip


def vats_for(
    agency: AgencyRow,
    company: CompanyRow,
    to: Payer | None,
    *,
    supplies: Iterable[Supply],
    fair_country: str,
    on: date,
) -> dict[Supply, VatDecision]:
    """The VAT of what a company is quoted, by supply: that of the payer `to` who pays all of it,
    else the company's own."""
    if to is not None and to.share == "all":
        return {
            each: vat_of(agency, to, supply=each, fair_country=fair_country, on=on)
            for each in supplies
        }
    return {
        each: queries.vat_of(agency, company, supply=each, fair_country=fair_country, on=on)
        for each in supplies
    }
