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
from server.billing.rules import InvoiceState
from server.billing.terms import Part, next_part
from server.database import execute, rows, step, value


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


async def posted_at(agency_id: int, on: date) -> datetime:
    """When an entry of the bank's day `on` stands in the ledger: on that day, unless its period is
    closed or it has not come yet."""
    closed = await value(
        "SELECT max(until_on) FROM ledger_close WHERE agency = $1::bigint", agency_id
    )
    noon = datetime.combine(on, time(12), UTC)
    return min(noon, clock.now()) if closed is None or on > closed else clock.now()


@step
async def write_payments(
    actor: Actor, agency_id: int, fresh: Sequence[tuple[int, Entry, str, str]],
    decisions: Sequence[Decision], ids: Sequence[int], book: Book,
    invoices: dict[int, dict[str, Any]],
) -> None:  # fmt: skip
    """Every payment, its entry in the ledger and what it settles, set by set."""
    closed = await value(
        "SELECT max(until_on) FROM ledger_close WHERE agency = $1::bigint", agency_id
    )
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
                "at": min(noon, now) if closed is None or entry.booked_on > closed else now,
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
    keys = [f"payment:{payments[each['ref']]}" for each in made]
    found = await rows(
        "INSERT INTO ledger_entry (agency, at, kind, about, key) SELECT $1::bigint, at, 'payment',"
        " key, key FROM unnest($2::timestamptz[], $3::text[]) AS e (at, key) RETURNING id, key",
        agency_id,
        [each["at"] for each in made],
        keys,
    )
    entries = {each["key"]: each["id"] for each in found}
    lines = []
    for each, key in zip(made, keys, strict=True):
        part, currency = each["part"], each["entry"].currency
        own = postings.of_payment(
            "transfer", part.amount_minor, currency, each["company"], part.matched_minor
        ) + postings.of_fee(part.fee_minor, currency, each["company"])
        assert not postings.imbalance(own), own
        lines += [(entries[key], posting) for posting in own]
    await execute(
        "INSERT INTO ledger_posting (entry, account, company, amount_minor, currency)"
        " SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[])",
        [entry for entry, _ in lines],
        [posting.account.value for _, posting in lines],
        [posting.company for _, posting in lines],
        [posting.amount_minor for _, posting in lines],
        [posting.currency for _, posting in lines],
    )


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
