"""A bank's file into the books: kept as it came, shown first, booked whole or not at all.

What a file says is known by the identity of each entry, so that the same file, or one that overlaps
another, changes nothing the second time. Everything is written by a handful of statements for the
whole file, under one lock per agency.
"""

import asyncio
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import msgspec

from server import audit, clock, jobs
from server.accounts.permissions import Actor, require
from server.billing import bank_matching as matching
from server.billing import bank_reading as reading
from server.billing import postings, rules
from server.billing.bank_matching import Ask, Book, ByHand, Decision, Payout, Waiting
from server.billing.bank_reading import Entry, Read
from server.billing.invoices import close_checkouts
from server.billing.refunds import done_at_bank
from server.billing.rules import InvoiceState
from server.billing.terms import Part, next_part
from server.database import action, execute, row, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.locking import lock
from server.organisations.queries import own_agency
from server.settings import load
from server.text import N_
from server.web.forms import Upload


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How an agency works with its bank. `numbers` are its account numbers for exports."""

    fee_tolerance_minor: int = 0
    refunds_by_file: bool = False
    layouts: dict[str, dict[str, str]] = {}
    numbers: dict[str, str] = {}
    adviser: int = 1001
    client: int = 1


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file: entries by state, and how many were known before."""

    file: int
    known: int = 0
    booked: int = 0
    open: int = 0
    not_ours: int = 0
    refund: int = 0


def account_hash(account: str, secret: str = "") -> str:
    """A keyed hash: whoever reads the database cannot try out accounts without the secret."""
    if not account:
        return ""
    key = (secret or load().secret_key).encode()
    return hmac.new(key, b"payer account|" + account.encode(), hashlib.sha256).hexdigest()


def hint(account: str) -> str:
    """As much of an account as people need to tell two apart: DE…2051."""
    return f"{account[:2]}…{account[-4:]}" if len(account) > 8 else "…" if account else ""


def identities(account: str, entries: Sequence[Entry]) -> list[str]:
    """The stable name of each entry: the bank's reference where there is one, else what it says,
    with an ordinal for entries that are alike. A statement that overlaps counts them alike."""
    seen: Counter[str] = Counter()
    made = []
    for entry in entries:
        own = entry.bank_ref or "|".join((entry.end_to_end, entry.text, entry.name, entry.iban))
        plain = "|".join((account, entry.booked_on.isoformat(), str(entry.amount_minor),
                          entry.currency, "ref" if entry.bank_ref else "text", own))  # fmt: skip
        digest = hashlib.sha256(plain.encode()).hexdigest()[:48]
        seen[digest] += 1
        made.append(f"{digest}:{seen[digest]}")
    return made


async def settings_of(agency_id: int) -> Settings:
    """The agency's own settings, or the defaults."""
    found = await row("SELECT * FROM bank_setting WHERE agency = $1::bigint", agency_id)
    return msgspec.convert(found, Settings) if found else Settings()


async def parsed(agency_id: int, raw: bytes) -> Read:
    """The file read beside the loop: 5,000 entries take a second."""
    own = await settings_of(agency_id)
    return await asyncio.to_thread(reading.read, raw, own.layouts)


async def upload(actor: Actor, file: Upload) -> int:
    """Keep a file that can be read, and return its id; the same file again is the same id.

    Raises Refused with a sentence for what is no statement: nothing of it is kept.
    """
    require(actor, "money.record")
    agency = await own_agency(actor)
    found = await parsed(agency.id, file.data)

    @action
    async def keep() -> int:
        digest = hashlib.sha256(file.data).hexdigest()
        kept = await value(
            "INSERT INTO bank_file (agency, name, format, sha256, raw, read_by, read_at)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (agency, sha256)"
            " DO UPDATE SET sha256 = bank_file.sha256 WHERE bank_file.booked_at IS NULL"
            " RETURNING id",
            agency.id, file.filename.strip()[-200:] or "statement", found.format, digest,
            file.data, actor.person_id, clock.now(),
        )  # fmt: skip
        if kept is None:
            kept = await value(
                "SELECT id FROM bank_file WHERE agency = $1::bigint AND sha256 = $2",
                agency.id, digest,
            )  # fmt: skip
        else:
            await audit.record(
                actor, "bank.read", "bank_file", kept,
                after={"name": file.filename[:200], "entries": found.entries},
            )  # fmt: skip
        return int(kept)

    return await keep()


@action
async def name_columns(actor: Actor, file_id: int, columns: dict[str, str]) -> None:
    """Keep which heading of a CSV means what, for this file and every later one like it."""
    require(actor, "money.record")
    file = await _file(actor, file_id)
    found = await parsed(file["agency"], bytes(file["raw"]))
    if found.format != "CSV" or not found.columns:
        raise Conflict(N_("The columns of this file are known. Nothing was changed."))
    chosen = {ours: theirs for ours, theirs in columns.items() if theirs}
    unknown = [theirs for theirs in chosen.values() if theirs not in found.columns]
    if unknown or not chosen.get("date"):
        raise Refused(N_("Choose the column that holds the date."), field="date")
    if not (chosen.get("amount") or chosen.get("credit")):
        raise Refused(N_("Choose the column of the amount, or the one of credits."), field="amount")
    own = await settings_of(file["agency"])
    await keep_settings(
        file["agency"],
        msgspec.structs.replace(
            own, layouts={**own.layouts, reading.signature(found.columns): chosen}
        ),
    )
    await audit.record(actor, "bank.columns", "bank_file", file_id, after=chosen)


@step
async def keep_settings(agency_id: int, new: Settings) -> None:
    """Write the agency's settings."""
    await execute(
        "INSERT INTO bank_setting (agency, fee_tolerance_minor, refunds_by_file, layouts, numbers,"
        " adviser, client) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (agency) DO UPDATE SET"
        " fee_tolerance_minor = excluded.fee_tolerance_minor,"
        " refunds_by_file = excluded.refunds_by_file, layouts = excluded.layouts,"
        " numbers = excluded.numbers, adviser = excluded.adviser, client = excluded.client",
        agency_id, new.fee_tolerance_minor, new.refunds_by_file, new.layouts, new.numbers,
        new.adviser, new.client,
    )  # fmt: skip


@action
async def choose(actor: Actor, *, fee_tolerance_minor: int, refunds_by_file: bool = False) -> None:
    """Say how much of a transfer the bank may keep, in minor units of the agency's currency, and
    whether refunds of transfers are paid by a file."""
    require(actor, "money.record")
    agency = await own_agency(actor)
    own = await settings_of(agency.id)
    new = msgspec.structs.replace(
        own, fee_tolerance_minor=fee_tolerance_minor, refunds_by_file=refunds_by_file
    )
    await keep_settings(agency.id, new)
    await audit.record(
        actor, "bank.settings", "agency", agency.id,
        before={"fee_tolerance_minor": own.fee_tolerance_minor, "by_file": own.refunds_by_file},
        after={"fee_tolerance_minor": fee_tolerance_minor, "by_file": refunds_by_file},
    )  # fmt: skip


@action
async def forget(actor: Actor, file_id: int) -> None:
    """Take a file away that was read and never booked."""
    require(actor, "money.record")
    file = await _file(actor, file_id)
    if file["booked_at"] is not None:
        raise Conflict(N_("This file was booked, so it is kept as evidence."))
    await execute("DELETE FROM bank_file WHERE id = $1::bigint", file_id)
    await audit.record(actor, "bank.forget", "bank_file", file_id, before={"name": file["name"]})


async def _file(actor: Actor, file_id: int) -> dict[str, Any]:
    found = await row("SELECT * FROM bank_file WHERE id = $1::bigint", file_id)
    if found is None or actor.agency_id is None or found["agency"] != actor.agency_id:
        raise NotFound()
    return found


async def own_accounts(agency_id: int, iban: str) -> set[str]:
    """The agency's accounts: the one on its invoices, and those a person has said are its own."""
    kept = await rows("SELECT account FROM bank_account WHERE agency = $1::bigint", agency_id)
    return {each["account"] for each in kept} | ({iban.replace(" ", "")} if iban else set())


async def book(actor: Actor, file_id: int, *, ours: bool = False) -> Booked:
    """Book a file that was read: all of it, or nothing.

    `ours` says that accounts which are not known yet belong to the agency.
    """
    require(actor, "money.record")
    file = await _file(actor, file_id)
    found = await parsed(file["agency"], bytes(file["raw"]))
    if not found.statements:
        raise Refused(N_("Say first which column holds what."))
    if found.problems:
        raise Refused(N_("Some lines of the file were not understood, so nothing of it was booked."
                         " Fetch it from the bank again."))  # fmt: skip
    return await _book(actor, file_id, found, ours)


@action
async def _book(actor: Actor, file_id: int, found: Read, ours: bool) -> Booked:
    agency = await own_agency(actor)
    await lock("bank", agency.id)
    file = await _file(actor, file_id)
    if file["booked_at"] is not None:
        return Booked(file=file_id, known=found.entries)
    own = await settings_of(agency.id)
    mine = await own_accounts(agency.id, agency.iban)
    default = agency.iban.replace(" ", "") or "?"
    strange = sorted({each.account for each in found.statements if each.account} - mine)
    if strange and not ours:
        raise Refused(
            N_("Account {account} is not known as yours. If it is, tick the box and book again."),
            field="ours", account=strange[0],
        )  # fmt: skip
    for account in strange:
        await execute(
            "INSERT INTO bank_account (agency, account, added_by, added_at) VALUES ($1,$2,$3,$4)"
            " ON CONFLICT DO NOTHING",
            agency.id, account, actor.person_id, clock.now(),
        )  # fmt: skip
    news: list[tuple[int, Entry, str, str]] = []
    for each in found.statements:
        account = each.account or default
        statement = await value(
            "INSERT INTO bank_statement (agency, file, account, currency, number, from_on,"
            " until_on, opening_minor, closing_minor, moved_minor)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) RETURNING id",
            agency.id, file_id, account, each.currency, each.number,
            each.from_on or clock.today(agency.tz), each.until_on or clock.today(agency.tz),
            each.opening_minor, each.closing_minor, each.moved_minor,
        )  # fmt: skip
        news += [
            (statement, entry, identity, account_hash(entry.iban))
            for entry, identity in zip(each.entries, identities(account, each.entries), strict=True)
        ]
    known = {
        each["identity"]
        for each in await rows(
            "SELECT identity FROM bank_entry WHERE agency = $1::bigint AND identity = ANY($2)",
            agency.id,
            [identity for _, _, identity, _ in news],
        )
    }
    fresh = []
    for each_new in news:
        if each_new[2] not in known:
            known.add(each_new[2])
            fresh.append(each_new)
    ledger_book, invoices = await open_book(agency.id, own.fee_tolerance_minor)
    entries = [(entry, hashed) for _, entry, _, hashed in fresh]
    decisions = matching.plan(entries, ledger_book)
    ids = await _write_entries(agency.id, fresh, decisions)
    await _write_payments(actor, agency.id, fresh, decisions, ids, ledger_book, invoices)
    for (_, entry, _, _), decision, entry_id in zip(fresh, decisions, ids, strict=True):
        if decision.payment is not None:
            await execute("UPDATE payment SET bank_entry = $2 WHERE id = $1::bigint",
                          decision.payment, entry_id)  # fmt: skip
        if decision.refund is not None:
            await done_at_bank(decision.refund, entry_id)
        if decision.payout is not None:
            await execute(
                "UPDATE payout SET statement_ref = $2 WHERE id = $1::bigint",
                decision.payout,
                f"{entry.booked_on.isoformat()} {entry.bank_ref}".strip()[:200],
            )
    await execute(
        "UPDATE bank_file SET booked_by = $2, booked_at = $3 WHERE id = $1::bigint",
        file_id, actor.person_id, clock.now(),
    )  # fmt: skip
    counted = Counter(decision.state for decision in decisions)
    booked = Booked(
        file=file_id, known=found.entries - len(fresh), booked=counted["booked"],
        open=counted["open"], not_ours=counted["not_ours"], refund=counted["refund"],
    )  # fmt: skip
    await audit.record(actor, "bank.book", "bank_file", file_id,
                       after=msgspec.to_builtins(booked))  # fmt: skip
    return booked


@step
async def open_book(
    agency_id: int, tolerance_minor: int = 0
) -> tuple[Book, dict[int, dict[str, Any]]]:
    """The agency's books as matching needs them, its invoices to pay locked; and their rows."""
    await rows(
        "SELECT id FROM invoice WHERE agency = $1::bigint AND state = ANY($2) ORDER BY id"
        " FOR UPDATE",
        agency_id,
        [state.value for state in rules.TO_PAY],
    )
    found = await rows(
        "SELECT i.id, i.agency, i.company, i.number, i.reference, i.currency, i.total_minor,"
        " i.paid_minor, i.state, i.due_on, c.name, c.legal_name, c.iban,"
        " i.content -> 'buyer' ->> 'name' AS buyer, i.content -> 'buyer' ->> 'legal_name'"
        " AS buyer_legal FROM invoice i JOIN company c ON c.id = i.company"
        " WHERE i.agency = $1::bigint AND i.kind <> 'credit_note' ORDER BY i.id",
        agency_id,
    )
    spelt: dict[str, frozenset[str]] = {}
    asks: list[Ask] = []
    accounts: dict[str, set[int]] = {}
    for each in found:
        names: frozenset[str] = frozenset()
        for name in ("name", "legal_name", "buyer", "buyer_legal"):
            text = each[name] or ""
            if text not in spelt:
                spelt[text] = matching.spellings(text)
            names |= spelt[text]
        asks.append(
            Ask(each["id"], each["company"], each["number"], each["reference"], each["currency"],
                each["total_minor"], each["paid_minor"], InvoiceState(each["state"]), names)
        )  # fmt: skip
        if each["iban"]:
            accounts.setdefault(each["iban"].replace(" ", ""), set()).add(each["company"])
    hashed = {account_hash(account): companies for account, companies in accounts.items()}
    for each in await rows(
        "SELECT account_hash, company FROM payer_account WHERE agency = $1::bigint", agency_id
    ):
        hashed.setdefault(each["account_hash"], set()).add(each["company"])
    by_hand = [
        ByHand(
            each["id"], each["invoice"], each["amount_minor"], each["currency"],
            each["received_at"].date(), each["external_ref"].partition(":")[2], each["payer"],
        )
        for each in await rows(
            "SELECT id, invoice, coalesce(received_minor, amount_minor) AS amount_minor, currency,"
            " received_at, external_ref, payer FROM payment WHERE agency = $1::bigint"
            " AND method = 'transfer' AND bank_entry IS NULL AND part_of IS NULL ORDER BY id",
            agency_id,
        )
    ]  # fmt: skip
    waiting = [
        Waiting(
            each["id"], each["amount_minor"], each["currency"], refund_token(each["id"]),
            account_hash((each["iban"] or "").replace(" ", "")),
            matching.spellings(each["name"] or ""),
        )
        for each in await rows(
            "SELECT r.id, r.amount_minor, p.currency, c.iban, c.name FROM refund r JOIN payment p"
            " ON p.id = r.payment LEFT JOIN company c ON c.id = p.company"
            " WHERE p.agency = $1::bigint AND p.method = 'transfer'"
            " AND r.state IN ('asked', 'sent')",
            agency_id,
        )
    ]  # fmt: skip
    payouts = [
        Payout(each["id"], each["amount_minor"], each["currency"], each["arrives_on"])
        for each in await rows(
            "SELECT id, amount_minor, currency, arrives_on FROM payout WHERE agency = $1::bigint"
            " AND posted AND statement_ref = '' ORDER BY id",
            agency_id,
        )
    ]
    made = Book(asks, hashed, by_hand, waiting, payouts, tolerance_minor)
    return made, {each["id"]: each for each in found}


def refund_token(refund_id: int) -> str:
    """What a refund is called at the bank: the end-to-end id of its transfer."""
    return f"PAVILION-REFUND-{refund_id}"


@step
async def _write_entries(
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
async def _write_payments(
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
