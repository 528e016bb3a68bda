"""A statement into the tables: entries, payments, ledger, invoices, each set by one statement."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import msgspec

from server import clock, jobs
from server.accounts.permissions import Actor
from server.billing import postings, rules
from server.billing.bank_book import Book, Decision
from server.billing.bank_shapes import Entry
from server.billing.invoices import close_checkouts
from server.billing.ledger import post_many
from server.billing.postings import Account
from server.billing.rules import InvoiceState
from server.billing.terms import Part, next_part
from server.database import execute, rows, step, value

SIDES = {"open": Account.SUSPENSE, "not_ours": Account.OTHER}


def hint(account: str) -> str:
    """As much of an account as people need to tell two apart: DE…2051."""
    return f"{account[:2]}…{account[-4:]}" if len(account) > 8 else "…" if account else ""


@step
async def write_entries(
    agency_id: int, fresh: Sequence[tuple[int, Entry, str, str]], decisions: Sequence[Decision]
) -> list[int]:
    """All entries at once; their ids in order."""
    found = await rows(
        "INSERT INTO bank_entry (agency, statement, identity, line, booked_on, amount_minor,"
        " currency, bank_ref, end_to_end, text, name, account_hash, account_hint, returned, state,"
        " why, guesses) SELECT $1::bigint, * FROM unnest($2::bigint[], $3::text[], $4::int[],"
        " $5::date[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],"
        " $12::text[], $13::text[], $14::bool[], $15::text[], $16::text[], $17::jsonb[])"
        " RETURNING id, identity",
        agency_id,
        [each[0] for each in fresh],
        [each[2] for each in fresh],
        [each[1].line for each in fresh],
        [each[1].booked_on for each in fresh],
        [each[1].amount_minor for each in fresh],
        [each[1].currency for each in fresh],
        [each[1].bank_ref for each in fresh],
        [each[1].end_to_end for each in fresh],
        [each[1].text for each in fresh],
        [each[1].name for each in fresh],
        [each[3] for each in fresh],
        [hint(each[1].iban) for each in fresh],
        [each[1].returned for each in fresh],
        [decision.state for decision in decisions],
        [decision.why.value for decision in decisions],
        [json.dumps(msgspec.to_builtins(decision.guesses)) for decision in decisions],
    )
    ids = {each["identity"]: int(each["id"]) for each in found}
    return [ids[each[2]] for each in fresh]


def statement_ref(on: date, bank_ref: str) -> str:
    """What a payout of Stripe is called on the statement that shows it."""
    return f"{on.isoformat()} {bank_ref}".strip()[:200]


async def posted_at(agency_id: int, on: date) -> datetime:
    """When an entry of the bank's day `on` stands in the ledger: on that day, unless its period is
    closed or it has not come yet."""
    return _stands(on, await _closed(agency_id), clock.now())


async def _closed(agency_id: int) -> date | None:
    found: date | None = await value(
        "SELECT max(until_on) FROM ledger_close WHERE agency = $1::bigint", agency_id
    )
    return found


def _stands(on: date, closed: date | None, now: datetime) -> datetime:
    return min(datetime.combine(on, time(12), UTC), now) if closed is None or on > closed else now


@step
async def write_payments(
    actor: Actor, agency_id: int, fresh: Sequence[tuple[int, Entry, str, str]],
    decisions: Sequence[Decision], ids: Sequence[int], book: Book,
    invoices: dict[int, dict[str, Any]],
) -> None:  # fmt: skip
    """Every payment, its entry in the ledger and what it settles, set by set."""
    closed = await _closed(agency_id)
    now = clock.now()
    made: list[dict[str, Any]] = []
    learnt: set[tuple[int, str]] = set()
    for (_, entry, identity, hashed), decision, entry_id in zip(fresh, decisions, ids, strict=True):
        noon = datetime.combine(entry.booked_on, time(12), UTC)
        for n, part in enumerate(decision.parts):
            several = len(decision.parts) > 1
            made.append({
                "ref": f"{agency_id}:bank:{identity}" + (f"/{n + 1}" if n else ""),
                "root": f"{agency_id}:bank:{identity}" if n else None,
                "received": entry.amount_minor if several and not n else None,
                "part": part, "entry": entry, "entry_id": entry_id, "received_at": noon,
                "company": book.by_id[part.invoice].company,
                "at": _stands(entry.booked_on, closed, now),
            })  # fmt: skip
        if decision.learn and hashed and decision.company is not None:
            learnt.add((decision.company, hashed))
    payments: dict[str, int] = {}
    for of_root in (True, False):
        some = [each for each in made if (each["root"] is None) is of_root]
        payments |= await _insert_payments(agency_id, some, payments)
    await _post_all(agency_id, made, payments)
    await _settle(agency_id, made, invoices)
    await _audit_all(actor, agency_id, made, payments)
    await jobs.enqueue_many(
        "billing.needs_a_person",
        [
            {"payment_id": payments[each["ref"]]}
            for each in made
            if each["part"].matched_minor < each["part"].amount_minor
        ],
    )
    await execute(
        "INSERT INTO payer_account (agency, company, account_hash, since) SELECT $1::bigint, c, h,"
        " $4 FROM unnest($2::bigint[], $3::text[]) AS found (c, h) ON CONFLICT DO NOTHING",
        agency_id, [company for company, _ in learnt], [hashed for _, hashed in learnt], now,
    )  # fmt: skip


@step
async def _insert_payments(
    agency_id: int, made: Sequence[dict[str, Any]], roots: dict[str, int]
) -> dict[str, int]:
    found = await rows(
        "INSERT INTO payment (agency, invoice, company, method, amount_minor, matched_minor,"
        " fee_minor, currency, received_at, external_ref, reference, payer, state, note,"
        " created_at, bank_entry, part_of, received_minor) SELECT $1::bigint, i, c, 'transfer', a,"
        " m, f, cur, at, ref, txt, payer, st, note, $14, e, root, rec FROM unnest($2::bigint[],"
        " $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::timestamptz[],"
        " $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $15::bigint[],"
        " $16::bigint[], $17::bigint[]) AS p (i, c, a, m, f, cur, at, ref, txt, payer, st, note, e,"
        " root, rec) RETURNING id, external_ref",
        agency_id,
        [each["part"].invoice for each in made],
        [each["company"] for each in made],
        [each["part"].amount_minor for each in made],
        [each["part"].matched_minor for each in made],
        [each["part"].fee_minor for each in made],
        [each["entry"].currency for each in made],
        [each["received_at"] for each in made],
        [each["ref"] for each in made],
        [each["entry"].text[:140] for each in made],
        [each["entry"].name for each in made],
        [each["part"].state.value for each in made],
        ["" if each["part"].matched_minor else rules.WHY[each["part"].how] for each in made],
        clock.now(),
        [each["entry_id"] for each in made],
        [roots.get(each["root"] or "") for each in made],
        [each["received"] for each in made],
    )
    return {each["external_ref"]: int(each["id"]) for each in found}


@step
async def _post_all(
    agency_id: int, made: Sequence[dict[str, Any]], payments: dict[str, int]
) -> None:
    entries = []
    for each in made:
        part, currency = each["part"], each["entry"].currency
        key = f"payment:{payments[each['ref']]}"
        own = postings.of_payment(
            "transfer", part.amount_minor, currency, each["company"], part.matched_minor
        ) + postings.of_fee(part.fee_minor, currency, each["company"])
        entries.append((each["at"], key, key, own))
    await post_many(agency_id, "payment", entries)


@step
async def post_undecided(
    agency_id: int, fresh: Sequence[tuple[int, Entry, str, str]], decisions: Sequence[Decision],
    ids: Sequence[int],
) -> None:  # fmt: skip
    """Entries that no payment, refund or payout stands for, so that the bank account of the ledger
    moves as the bank's own does."""
    closed = await _closed(agency_id)
    now = clock.now()
    entries = []
    for (_, entry, _, _), decision, entry_id in zip(fresh, decisions, ids, strict=True):
        side = SIDES.get(decision.state)
        if side is None or decision.payout is not None:
            continue
        about = f"bank_entry:{entry_id}"
        own = postings.of_statement(entry.amount_minor, entry.currency, side)
        entries.append((_stands(entry.booked_on, closed, now), about, f"{about}:0", own))
    await post_many(agency_id, "statement", entries)


@step
async def _settle(
    agency_id: int, made: Sequence[dict[str, Any]], invoices: dict[int, dict[str, Any]]
) -> None:
    """What invoices are after all payments of the file, and what follows where nothing is open."""
    tz = await value("SELECT tz FROM agency WHERE id = $1::bigint", agency_id)
    today = clock.today(tz)
    sums: Counter[int] = Counter()
    for each in made:
        sums[each["part"].invoice] += each["part"].matched_minor + each["part"].fee_minor
    agreed: dict[int, list[Part]] = {}
    for each in await rows(
        "SELECT invoice, n, due_on, amount_minor FROM instalment WHERE invoice = ANY($1::bigint[])"
        " AND ended_at IS NULL",
        list(sums),
    ):
        part = Part(each["n"], each["due_on"], each["amount_minor"])
        agreed.setdefault(each["invoice"], []).append(part)
    changed = []
    for invoice_id, more in sums.items():
        invoice = invoices[invoice_id]
        if not more:
            continue
        before = InvoiceState(invoice["state"])
        paid = invoice["paid_minor"] + more
        owed = rules.Owed(before, invoice["currency"], invoice["total_minor"], paid)
        due = next_part(agreed.get(invoice_id, []), invoice["total_minor"] - paid)
        after = rules.move(
            rules.INVOICE_MOVES,
            before,
            rules.state_after(owed, due.due_on if due else invoice["due_on"], today),
        )
        changed.append((invoice_id, paid, after))
    await execute(
        "UPDATE invoice i SET paid_minor = n.paid, state = n.state FROM unnest($1::bigint[],"
        " $2::bigint[], $3::text[]) AS n (id, paid, state) WHERE i.id = n.id",
        [each[0] for each in changed],
        [each[1] for each in changed],
        [each[2].value for each in changed],
    )
    paid_now = [each[0] for each in changed if each[2] is InvoiceState.PAID]
    await jobs.enqueue_many("invoice.settled", [{"invoice_id": each} for each in paid_now])
    await jobs.enqueue_many("billing.receipt", [{"invoice_id": each} for each in paid_now])
    for each in await rows(
        "SELECT DISTINCT invoice FROM checkout WHERE invoice = ANY($1::bigint[])"
        " AND state = ANY($2)",
        paid_now,
        [state.value for state in rules.LIVE_CHECKOUTS],
    ):
        await close_checkouts(each["invoice"])


@step
async def _audit_all(
    actor: Actor, agency_id: int, made: Sequence[dict[str, Any]], payments: dict[str, int]
) -> None:
    await execute(
        "INSERT INTO audit_line (at, person_id, person_name, agency_id, company_id, verb, thing,"
        " thing_id, before, after, why) SELECT $1, $2, $3, $4::bigint, c, 'payment.receive',"
        " 'payment', p, '{}', a, w FROM unnest($5::bigint[], $6::bigint[], $7::jsonb[], $8::text[])"
        " AS l (c, p, a, w)",
        clock.now(), actor.person_id, actor.name, agency_id,
        [each["company"] for each in made],
        [payments[each["ref"]] for each in made],
        [json.dumps({"state": each["part"].state.value, "invoice": each["part"].invoice,
                     "amount_minor": each["part"].amount_minor, "method": "transfer",
                     "currency": each["entry"].currency}) for each in made],
        [rules.WHY[each["part"].how] for each in made],
    )  # fmt: skip
