"""What a third party pays of the subsidies that invoices show as its part: recorded by hand or from
an entry of the bank, each with a receipt, and taken back where it was a mistake."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from server import audit, clock
from server.accounts.permissions import Actor, require
from server.billing import accounts, papers, postings, queries, statements
from server.billing.bank_acts import decided, moved_by, open_entry, stood_for
from server.billing.bank_writing import posted_at
from server.billing.ledger import post
from server.billing.postings import Account
from server.database import action, execute, row, rows, step, typed, value
from server.documents import actions as documents
from server.errors import Conflict, NotFound, Refused
from server.locking import lock
from server.money import format_money, to_minor
from server.organisations import queries as organisations
from server.text import N_, gettext
from server.web.forms import Form

Payer = Annotated[
    str,
    Meta(min_length=2, max_length=200, title=N_("Who paid"),
         description=N_("The name as it stands on the receipt.")),
]  # fmt: skip


class SourceForm(Form, frozen=True):
    """A transfer of a third party, read off the account."""

    received_on: Annotated[date, Meta(title=N_("Date of the credit"))]
    amount: Annotated[Decimal, Meta(title=N_("Amount"), gt=0)]
    currency: Annotated[str, Meta(min_length=3, max_length=3, title=N_("Currency"))]
    payer: Payer


class EntryForm(Form, frozen=True):
    """An entry of the bank that is such a transfer."""

    entry: Annotated[int, Meta(title=N_("Entry of the bank"))]
    payer: Payer


class BackForm(Form, frozen=True):
    """Why a recorded payment was none."""

    why: Annotated[str, Meta(min_length=3, max_length=500, title=N_("Reason"))]


class SourcePayment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment of a source with its receipt; `bank_entry` once it stands on a statement."""

    id: int
    received_on: date
    amount_minor: int
    currency: str
    payer: str
    bank_entry: int | None
    document: int | None
    taken_back_on: date | None
    why: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Money on the bank's statement that nobody has decided about."""

    id: int
    booked_on: date
    amount_minor: int
    currency: str
    name: str
    text: str


async def payments_of(actor: Actor, source: int) -> list[SourcePayment]:
    """What a source has paid to the actor's agency, the newest first: a hundred at most."""
    require(actor, "money.read")
    found = await rows(
        "SELECT id, received_on, amount_minor, currency, payer, bank_entry, document,"
        " taken_back_at::date AS taken_back_on, why FROM source_payment"
        " WHERE agency = $1::bigint AND source = $2::bigint ORDER BY id DESC LIMIT 100",
        actor.agency_id,
        source,
    )
    return typed(SourcePayment, found)


async def entries(actor: Actor) -> list[Entry]:
    """Money that came in and is open on the suspense account, the oldest first: fifty at most."""
    require(actor, "money.read")
    found = await rows(
        "SELECT id, booked_on, amount_minor, currency, name, text FROM bank_entry"
        " WHERE agency = $1::bigint AND state = 'open' AND amount_minor > 0 ORDER BY id LIMIT 50",
        actor.agency_id,
    )
    return typed(Entry, found)


@action
async def record(actor: Actor, form: SourceForm, *, source: int) -> int:
    """Record a transfer of a source by hand, with its receipt; its id."""
    require(actor, "money.record")
    currency = form.currency.upper()
    amount = to_minor(form.amount, currency)
    made = await _kept(actor, source, amount, currency, form.received_on, form.payer.strip())
    about = f"source_payment:{made}"
    await post(
        actor.agency_id or 0, "source_payment", about, about,
        postings.of_source(amount, currency, source, Account.BANK),
        at=await posted_at(actor.agency_id or 0, form.received_on),
    )  # fmt: skip
    return made


@action
async def take_entry(actor: Actor, form: EntryForm, *, source: int) -> int:
    """Say that an entry of the bank is a source's transfer. One that was recorded by hand before
    is found again, so that the money counts once."""
    entry = await open_entry(actor, form.entry)
    amount, currency = entry["amount_minor"], entry["currency"]
    if amount < 0:
        raise Refused(N_("Money that went out is no payment of a source."), field="entry")
    made = await value(
        "SELECT min(id) FROM source_payment WHERE agency = $1 AND source = $2 AND amount_minor = $3"
        " AND currency = $4 AND bank_entry IS NULL AND taken_back_at IS NULL",
        actor.agency_id,
        source,
        amount,
        currency,
    )
    if made is not None:
        await stood_for(entry)
    else:
        on = entry["booked_on"]
        made = await _kept(actor, source, amount, currency, on, form.payer.strip())
        await moved_by(entry, postings.of_source(amount, currency, source, Account.SUSPENSE))
    await execute("UPDATE source_payment SET bank_entry = $2 WHERE id = $1", made, entry["id"])
    await decided(actor, entry, "source")
    return int(made)


@step
async def _kept(
    actor: Actor, source: int, amount: int, currency: str, on: date, payer: str
) -> int:  # fmt: skip
    """The payment's row and its receipt; never more than the source owes."""
    name = await statements.source_name(actor, source)
    assert actor.agency_id is not None
    await lock("source", source)
    agency = await organisations.agency(actor.agency_id)
    if on > clock.today(agency.tz):
        raise Refused(N_("This day has not come yet."), field="received_on")
    owes = await value(
        "SELECT coalesce(sum(p.amount_minor), 0) FROM ledger_posting p JOIN ledger_entry e"
        " ON e.id = p.entry WHERE e.agency = $1 AND p.account = 'aid_receivable'"
        " AND p.source = $2::bigint AND p.currency = $3",
        agency.id,
        source,
        currency,
    )
    if amount > owes:
        raise Refused(
            N_("{source} owes {owes}, not {amount}. Nothing was recorded: what is beyond it belongs"
               " to something else."),
            field="amount", source=name, owes=format_money(int(owes), currency),
            amount=format_money(amount, currency),
        )  # fmt: skip
    made = int(
        await value(
            "INSERT INTO source_payment (agency, source, amount_minor, currency, received_on,"
            " payer, made_by, made_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8) RETURNING id",
            agency.id, source, amount, currency, on, payer, actor.person_id, clock.now(),
        )
    )  # fmt: skip
    said = format_money(amount, currency)
    document = await documents.issue(
        kind="receipt",
        title=gettext(N_("Receipt for {payer}"), payer=payer),
        filename=f"receipt-{made}.pdf",
        template="receipt",
        content={
            "title": gettext(N_("Receipt {n} for {payer}"), n=made, payer=payer),
            "to": {"name": payer},
            "date": papers.day(clock.today(agency.tz).isoformat()),
            "subject": gettext(N_("Subsidy paid by a third party: {scheme}"), scheme=name),
            "head": [gettext(N_("Received by")), gettext(N_("Date")), gettext(N_("Amount"))],
            "rows": [[gettext(queries.METHODS["transfer"]), papers.day(on.isoformat()), said]],
            "total": [gettext(N_("Received")), "", said],
            "test_payments": await accounts.in_tests(agency.id),
        },
        agency=agency.id,
        about=f"source_payment:{made}",
    )
    await execute("UPDATE source_payment SET document = $2 WHERE id = $1", made, document)
    await audit.record(
        actor, "source.paid", "source_payment", made,
        after={"source": name, "amount_minor": amount, "currency": currency, "payer": payer},
    )  # fmt: skip
    return made


@action
async def take_back(actor: Actor, form: BackForm, *, source: int, payment_id: int) -> int:
    """A recorded payment was none: the source owes it again, and an entry of the bank is open."""
    require(actor, "money.record")
    await statements.source_name(actor, source)
    assert actor.agency_id is not None
    await lock("bank", actor.agency_id)
    await lock("source", source)
    found = await row(
        "SELECT * FROM source_payment WHERE id = $1::bigint AND agency = $2 AND source = $3::bigint"
        " FOR UPDATE",
        payment_id,
        actor.agency_id,
        source,
    )
    if found is None:
        raise NotFound()
    if found["taken_back_at"] is not None:
        raise Conflict(N_("This payment was taken back already. Nothing was changed."))
    entry = await row("SELECT * FROM bank_entry WHERE id = $1 FOR UPDATE", found["bank_entry"])
    side = Account.SUSPENSE if entry else Account.BANK
    back = postings.reversed_(
        postings.of_source(found["amount_minor"], found["currency"], source, side)
    )
    if entry:
        await moved_by(entry, back)
        await decided(actor, entry, "open")
    else:
        about = f"source_payment:{payment_id}"
        await post(actor.agency_id, "source_payment_back", about, f"{about}:back", back)
    await execute(
        "UPDATE source_payment SET taken_back_at = $2, why = $3 WHERE id = $1",
        payment_id,
        clock.now(),
        form.why,
    )
    await audit.record(
        actor, "source.taken_back", "source_payment", payment_id, why=form.why,
        before={"amount_minor": found["amount_minor"], "currency": found["currency"]},
    )  # fmt: skip
    return payment_id
