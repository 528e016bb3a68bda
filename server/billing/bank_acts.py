"""What a person decides about entries of a statement that were not certain, and takes back."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

import msgspec

from server import audit, clock
from server.accounts.permissions import Actor, require
from server.billing import postings, rules
from server.billing.bank_book import Why
from server.billing.bank_writing import posted_at, statement_ref
from server.billing.ledger import post
from server.billing.payments import put_on_invoice, split_off, take_off_invoice
from server.billing.postings import Account, Posting
from server.billing.refunds import done_at_bank
from server.billing.rules import PaymentState
from server.database import action, execute, row, step, value
from server.errors import Conflict, NotFound, Refused
from server.locking import lock
from server.money import format_money
from server.text import N_


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """So many minor units for one invoice; None is as much as it asks for."""

    invoice: int
    amount_minor: int | None = None


@step
async def open_entry(actor: Actor, entry_id: int) -> dict[str, Any]:
    """The entry's row, held, if nobody has decided about it yet."""
    require(actor, "money.record")
    if actor.agency_id is None:
        raise NotFound()
    await lock("bank", actor.agency_id)
    found = await row("SELECT * FROM bank_entry WHERE id = $1::bigint FOR UPDATE", entry_id)
    if found is None or found["agency"] != actor.agency_id:
        raise NotFound()
    if found["state"] != "open":
        raise Conflict(N_("Somebody has decided about this entry already. Nothing was changed."))
    return found


@step
async def decided(actor: Actor, entry: dict[str, Any], state: str, why: str = "") -> None:
    await execute(
        "UPDATE bank_entry SET state = $2, why = $3, decided_by = $4, decided_at = $5"
        " WHERE id = $1::bigint",
        entry["id"],
        state,
        Why.PERSON.value,
        actor.person_id,
        clock.now(),
    )
    await audit.record(
        actor, f"bank.{state}", "bank_entry", entry["id"],
        before={"state": entry["state"]}, after={"state": state}, why=why,
    )  # fmt: skip


@step
async def moved_by(entry: dict[str, Any], moved: list[Posting]) -> None:
    """Post what a decision means for the books, on the day that it is taken."""
    about = f"bank_entry:{entry['id']}"
    n = await value("SELECT count(*) FROM ledger_entry WHERE about = $1", about)
    await post(entry["agency"], "decided", about, f"{about}:{n}", moved)


@step
async def stood_for(entry: dict[str, Any]) -> None:
    """A payment or refund on the books stands for the entry, so it leaves the suspense account."""
    await moved_by(
        entry,
        postings.reversed_(
            postings.of_statement(entry["amount_minor"], entry["currency"], Account.SUSPENSE)
        ),
    )


@step
async def _keep(entry: dict[str, Any]) -> int:
    """The entry as money that waits, on no invoice yet; the payment's id."""
    if entry["amount_minor"] < 0:
        raise Refused(N_("Money that went out cannot be put on an invoice."))
    payment = await value(
        "INSERT INTO payment (agency, method, amount_minor, currency, received_at, external_ref,"
        " reference, payer, state, note, created_at, bank_entry)"
        " VALUES ($1,'transfer',$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) RETURNING id",
        entry["agency"],
        entry["amount_minor"],
        entry["currency"],
        datetime.combine(entry["booked_on"], time(12), UTC),
        f"{entry['agency']}:bank:{entry['identity']}",
        entry["text"][:140],
        entry["name"],
        PaymentState.UNMATCHED.value,
        rules.WHY[rules.Match.UNKNOWN],
        clock.now(),
        entry["id"],
    )
    await post(
        entry["agency"],
        "payment",
        f"payment:{payment}",
        f"payment:{payment}",
        postings.of_decision(
            entry["amount_minor"], entry["currency"], Account.SUSPENSE, Account.UNALLOCATED
        ),
        at=await posted_at(entry["agency"], entry["booked_on"]),
    )
    return int(payment)


@step
async def _spread(actor: Actor, payment: int, shares: Sequence[Share], why: str) -> None:
    """Put waiting money on several invoices; what is left goes on waiting."""
    if not shares:
        return
    if len({share.invoice for share in shares}) != len(shares):
        raise Refused(N_("An invoice is named twice. Give its whole amount in one line."))
    for n, share in enumerate(shares):
        found = await row(
            "SELECT i.number, i.currency, greatest(i.total_minor - i.paid_minor, 0) AS asks,"
            " p.amount_minor AS waits, p.currency AS paid FROM invoice i, payment p"
            " WHERE i.id = $1::bigint AND p.id = $2::bigint AND i.agency = $3::bigint",
            share.invoice, payment, actor.agency_id,
        )  # fmt: skip
        if found is None:
            raise NotFound()
        wants = found["asks"] if share.amount_minor is None else share.amount_minor
        if wants > found["asks"]:
            raise Refused(
                N_("Invoice {number} asks for {open} only. Put the rest on another one, or leave it"
                   " waiting."),
                number=found["number"], open=format_money(found["asks"], found["currency"]),
            )  # fmt: skip
        if wants > found["waits"]:
            if share.amount_minor is not None:
                raise Refused(N_("The parts are more than what was received."))
            wants = found["waits"]
        if wants <= 0:
            raise Refused(N_("Invoice {number} has nothing to pay. Choose an open one."),
                          number=found["number"])  # fmt: skip
        part = payment
        last = n == len(shares) - 1
        if wants < found["waits"]:
            part = await split_off(actor, payment_id=payment, amount_minor=wants)
        await put_on_invoice(actor, payment_id=part, invoice_id=share.invoice, why=why)
        if part == payment and not last:
            raise Refused(N_("The parts are more than what was received."))


@step
async def _learn(entry: dict[str, Any], invoices: Sequence[int]) -> None:
    """A person has said whose account this is: if it was one company's, it is remembered."""
    await execute(
        "INSERT INTO payer_account (agency, company, account_hash, since) SELECT $1::bigint,"
        " min(company), $2::text, $3 FROM invoice WHERE id = ANY($4::bigint[]) AND $2::text <> ''"
        " HAVING count(DISTINCT company) = 1 ON CONFLICT DO NOTHING",
        entry["agency"], entry["account_hash"], clock.now(), list(invoices),
    )  # fmt: skip


@action
async def put(actor: Actor, entry_id: int, shares: Sequence[Share], why: str = "") -> int:
    """Put an entry on invoices, in parts or whole; what is left, or all of it without any, is kept
    as money that waits. Returns its first payment."""
    entry = await open_entry(actor, entry_id)
    payment = await _keep(entry)
    await _spread(actor, payment, shares, why)
    await _learn(entry, [share.invoice for share in shares])
    await decided(actor, entry, "booked", why)
    return payment


@action
async def split(actor: Actor, payment_id: int, shares: Sequence[Share], why: str = "") -> None:
    """Put a payment that waits on several invoices."""
    require(actor, "money.record")
    await _spread(actor, payment_id, shares, why)


@action
async def take_guess(actor: Actor, entry_id: int, guess: int) -> str:
    """Do what a guess says. Returns where to look at it."""
    entry = await open_entry(actor, entry_id)
    if not 0 <= guess < len(entry["guesses"]):
        raise Conflict(N_("This guess is not there any more. Look at the entry again."))
    chosen = entry["guesses"][guess]
    if chosen.get("payment"):
        await execute(
            "UPDATE payment SET bank_entry = $2 WHERE $1::bigint IN (id, part_of)"
            " AND bank_entry IS NULL",
            chosen["payment"], entry_id,
        )  # fmt: skip
        if (
            await value("SELECT bank_entry FROM payment WHERE id = $1", chosen["payment"])
            != entry_id
        ):
            raise Conflict(N_("This payment belongs to another entry of the bank."))
        await stood_for(entry)
        await decided(actor, entry, "booked")
        return f"/desk/money/payments/{chosen['payment']}"
    if chosen.get("refund"):
        await done_at_bank(chosen["refund"], entry_id)
        if await value("SELECT bank_entry FROM refund WHERE id = $1", chosen["refund"]) != entry_id:
            raise Conflict(N_("This refund belongs to another entry of the bank."))
        await stood_for(entry)
        await decided(actor, entry, "refund")
        return "/desk/money/bank/refunds"
    payment = await _keep(entry)
    await _spread(actor, payment, [Share(invoice=each) for each in chosen["invoices"]], "")
    await _learn(entry, chosen["invoices"])
    await decided(actor, entry, "booked")
    return f"/desk/money/payments/{payment}"


@action
async def not_ours(actor: Actor, entry_id: int, why: str = "") -> None:
    """Say that an entry has nothing to do with invoices."""
    entry = await open_entry(actor, entry_id)
    await moved_by(
        entry,
        postings.of_decision(
            entry["amount_minor"], entry["currency"], Account.SUSPENSE, Account.OTHER
        ),
    )
    await decided(actor, entry, "not_ours", why)


@action
async def ours_again(actor: Actor, entry_id: int) -> None:
    """Take "not ours" back: the entry is open again, and a payout that it was waits for another."""
    require(actor, "money.record")
    if actor.agency_id is None:
        raise NotFound()
    await lock("bank", actor.agency_id)
    found = await row("SELECT * FROM bank_entry WHERE id = $1::bigint FOR UPDATE", entry_id)
    if found is None or found["agency"] != actor.agency_id:
        raise NotFound()
    if found["state"] != "not_ours":
        raise Conflict(N_("Somebody has decided about this entry already. Nothing was changed."))
    amount, currency = found["amount_minor"], found["currency"]
    if found["why"] == Why.PAYOUT.value:
        await execute(
            "UPDATE payout SET statement_ref = '' WHERE id = (SELECT min(id) FROM payout WHERE"
            " agency = $1::bigint AND amount_minor = $2 AND currency = $3 AND statement_ref = $4)",
            found["agency"],
            amount,
            currency,
            statement_ref(found["booked_on"], found["bank_ref"]),
        )
        await moved_by(found, postings.of_statement(amount, currency, Account.SUSPENSE))
    else:
        await moved_by(
            found, postings.of_decision(amount, currency, Account.OTHER, Account.SUSPENSE)
        )
    await decided(actor, found, "open")


@action
async def unmatch(actor: Actor, payment_id: int, why: str) -> None:
    """Take a payment off the invoice that it was put on by mistake."""
    await take_off_invoice(actor, payment_id=payment_id, why=why)
    hashed = await row(
        "SELECT e.account_hash, e.agency FROM payment p JOIN bank_entry e ON e.id = p.bank_entry"
        " WHERE p.id = $1::bigint",
        payment_id,
    )
    if hashed and hashed["account_hash"]:
        # What was learnt from a mistake is forgotten with it.
        await execute(
            "DELETE FROM payer_account WHERE agency = $1::bigint AND account_hash = $2",
            hashed["agency"], hashed["account_hash"],
        )  # fmt: skip
