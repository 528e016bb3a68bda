"""VAT in the national currency, where an invoice is in another (Directive 2006/112/EC, Art. 230).

The rate is data of the agency: the day it was published and by whom, never changed afterwards.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from server import audit, clock
from server.accounts.permissions import Actor, require
from server.aid import euros
from server.aid.bases import CEILING_CURRENCY
from server.billing.sums import Totals
from server.database import action, row, rows, typed, value
from server.errors import Conflict, NotFound, Refused
from server.money import exponent, is_currency, round_half_up
from server.text import N_, gettext
from server.web.forms import Form

OTHER = {
    "CZ": "CZK", "DK": "DKK", "HU": "HUF", "PL": "PLN", "RO": "RON", "SE": "SEK",
}  # fmt: skip
EURO_SINCE = {"BG": date(2026, 1, 1)}
FRESH = timedelta(days=31)


def national_currency(country: str, on: date) -> str:
    """The currency of a Member State on a day (Council Decisions under Art. 140(2) TFEU)."""
    if country in EURO_SINCE and on < EURO_SINCE[country]:
        return {"BG": "BGN"}[country]
    return OTHER.get(country, "EUR")


class RateForm(Form):
    """A rate as it was published."""

    currency: Annotated[str, Meta(title=N_("One unit of"), pattern="^[A-Z]{3}$")]
    national: Annotated[str, Meta(title=N_("in"), pattern="^[A-Z]{3}$")]
    rate: Annotated[Decimal, Meta(title=N_("Rate"), gt=0, le=100_000_000)]
    on_day: Annotated[date, Meta(title=N_("Published for"))]
    source: Annotated[
        str,
        Meta(
            title=N_("Published by"),
            description=N_("Such as: European Central Bank, reference rates."),
            min_length=2,
            max_length=200,
        ),
    ]

    def check(self) -> dict[str, str]:
        """Two known currencies, eight places at most, no day to come."""
        errors = {
            name: gettext(N_("{code} is no currency that is known here."), code=code)
            for name, code in (("currency", self.currency), ("national", self.national))
            if not is_currency(code)
        }
        if self.currency == self.national:
            errors["national"] = gettext(N_("Choose two different currencies."))
        if self.rate != round(self.rate, 8):
            errors["rate"] = gettext(N_("Give at most eight decimal places."))
        if self.on_day > clock.latest_day():
            errors["on_day"] = gettext(N_("This day is still to come."))
        return errors


class RateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A kept rate."""

    id: int
    currency: str
    national: str
    rate: Decimal
    on_day: date
    source: str


@action
async def keep_rate(actor: Actor, form: RateForm) -> int:
    """Write down a rate; one for each pair and day, and it stays."""
    require(actor, "money.record")
    if actor.agency_id is None:
        raise NotFound
    made = await value(
        "INSERT INTO exchange_rate (agency, currency, national, rate, on_day, source, kept_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT DO NOTHING RETURNING id",
        actor.agency_id, form.currency, form.national, form.rate, form.on_day, form.source,
        clock.now(),
    )  # fmt: skip
    if made is None:
        raise Conflict(N_("A rate of this pair and day is kept already. Nothing was changed."))
    await audit.record(
        actor, "money.rate", "exchange_rate", made,
        after={"pair": f"{form.currency}/{form.national}", "rate": str(form.rate),
               "on": form.on_day.isoformat(), "source": form.source},
    )  # fmt: skip
    return int(made)


async def rates(actor: Actor) -> list[RateRow]:
    """The agency's newest rates."""
    require(actor, "money.read")
    found = await rows(
        "SELECT id, currency, national, rate, on_day, source FROM exchange_rate"
        " WHERE agency = $1 ORDER BY on_day DESC, id DESC LIMIT 100",
        actor.agency_id,
    )
    return typed(RateRow, found)


@euros.rates
async def euro_rate(agency_id: int, currency: str, on: date) -> euros.Rate | None:
    """What aid in another currency is counted at: the agency's newest rate of a euro in it."""
    found = await row(
        "SELECT rate, on_day, source FROM exchange_rate WHERE agency = $1 AND currency = $2"
        " AND national = $3 AND on_day BETWEEN $4 AND $5 ORDER BY on_day DESC LIMIT 1",
        agency_id,
        CEILING_CURRENCY,
        currency,
        on - FRESH,
        on,
    )
    if found is None:
        return None
    return euros.Rate(currency, found["rate"], found["on_day"], found["source"])


class Rates(msgspec.Struct, frozen=True):
    """An agency's kept rates into one currency, each the worth of one unit, by currency and day."""

    into: str
    kept: dict[str, list[tuple[date, Decimal]]]

    def on(self, currency: str, day: date) -> Decimal | None:
        """The newest rate of at most 31 days before, to eight places; None where none is kept."""
        fresh = [rate for on, rate in self.kept.get(currency, ()) if day - FRESH <= on <= day]
        return fresh[-1] if fresh else None

    def worth(self, minor: int, currency: str, rate: Decimal) -> int:
        """Minor units of `into` that `minor` of `currency` are worth, rounded half up."""
        places = Decimal(10) ** (exponent(self.into) - exponent(currency))
        return round_half_up(Decimal(minor) * rate * places)


async def rates_into(agency_id: int, into: str) -> Rates:
    """What the agency keeps, also where it keeps the pair the other way round (EUR in SEK)."""
    kept: dict[str, list[tuple[date, Decimal]]] = {}
    for each in await rows(
        "SELECT currency, national, rate, on_day FROM exchange_rate WHERE agency = $1::bigint"
        " AND $2 IN (currency, national) ORDER BY on_day, currency = $2 DESC, id",
        agency_id,
        into,
    ):
        direct = each["national"] == into
        other = each["currency"] if direct else each["national"]
        rate = each["rate"] if direct else round(1 / each["rate"], 8)
        kept.setdefault(other, []).append((each["on_day"], rate))
    return Rates(into, kept)


async def national_vat(
    agency_id: int, total: Totals, currency: str, on: date
) -> dict[str, Any] | None:
    """The VAT of an invoice in the currency of the State that takes it, with the rate and its day;
    None where the invoice is in that currency or no VAT is due. Refused without a fresh rate."""
    countries = [tax.vat.country for tax in total.taxes if tax.vat_minor and tax.vat.country]
    if not countries:
        return None
    national = national_currency(countries[0], on)
    if national == currency:
        return None
    found = await row(
        "SELECT rate, on_day, source FROM exchange_rate WHERE agency = $1 AND currency = $2"
        " AND national = $3 AND on_day BETWEEN $4 AND $5 ORDER BY on_day DESC LIMIT 1",
        agency_id,
        currency,
        national,
        on - FRESH,
        on,
    )
    if found is None:
        raise Refused(
            N_(
                "The VAT of this invoice has to be said in {national}, and no rate of the last 31"
                " days is known for {currency}. Enter one under “Money”, “Rates of exchange”."
            ),
            national=national,
            currency=currency,
        )
    places = Decimal(10) ** (exponent(national) - exponent(currency))
    vat = sum(tax.vat_minor for tax in total.taxes)
    return {
        "currency": national,
        "rate": f"{found['rate'].normalize():f}",
        "on": found["on_day"].isoformat(),
        "source": found["source"],
        "vat_minor": round_half_up(Decimal(vat) * found["rate"] * places),
    }
