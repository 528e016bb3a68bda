"""A bank's file into the books: kept as it came, shown first, booked whole or not at all.

What a file says is known by the identity of each entry, so that the same file, or one that overlaps
another, changes nothing the second time. Everything is written by a handful of statements for the
whole file, under one lock per agency.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from server import audit, clock
from server.accounts.permissions import Actor, require
from server.billing import bank_matching as matching
from server.billing import bank_reading as reading
from server.billing import rules
from server.billing.bank_book import Ask, Book, ByHand, Payout, Waiting, spellings
from server.billing.bank_known import identities
from server.billing.bank_reading import Entry, Read
from server.billing.bank_settings import keep_settings, parsed, settings_of
from server.billing.bank_writing import post_undecided, statement_ref, write_entries, write_payments
from server.billing.refunds import done_at_bank
from server.billing.rules import InvoiceState
from server.database import action, execute, row, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.locking import lock
from server.organisations.queries import own_agency
from server.settings import load
from server.text import N_
from server.web.forms import Upload


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file: entries by state, and how many were known before."""

    file: int
    known: int = 0
    booked: int = 0
    open: int = 0
    not_ours: int = 0
    refund: int = 0


def former_hash(account: str) -> str:
    """What an account was kept as under the secret before this one; "" where there was none."""
    previous = load().previous_secret_key
    return account_hash(account, previous) if previous else ""


def account_hash(account: str, secret: str = "") -> str:
    """A keyed hash: whoever reads the database cannot try out accounts without the secret."""
    if not account:
        return ""
    key = (secret or load().secret_key).encode()
    return hmac.new(key, b"payer account|" + account.encode(), hashlib.sha256).hexdigest()


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
    named = await identities(agency.id, file_id, default, found)
    for each, told in zip(found.statements, named, strict=True):
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
            for entry, identity in zip(each.entries, told, strict=True)
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
    ledger_book, invoices = await open_book(agency.id, own.fee_tolerance_minor, agency.currency)
    entries = [(entry, hashed) for _, entry, _, hashed in fresh]
    await _known_anew(agency.id, [entry.iban for entry, _ in entries], ledger_book)
    decisions = matching.plan(entries, ledger_book)
    ids = await write_entries(agency.id, fresh, decisions)
    await write_payments(actor, agency.id, fresh, decisions, ids, ledger_book, invoices)
    await post_undecided(agency.id, fresh, decisions, ids)
    for (_, entry, _, _), decision, entry_id in zip(fresh, decisions, ids, strict=True):
        if decision.payment is not None:
            await execute("UPDATE payment SET bank_entry = $2 WHERE $1::bigint IN (id, part_of)",
                          decision.payment, entry_id)  # fmt: skip
        if decision.refund is not None:
            await done_at_bank(decision.refund, entry_id)
        if decision.payout is not None:
            await execute(
                "UPDATE payout SET statement_ref = $2 WHERE id = $1::bigint",
                decision.payout,
                statement_ref(entry.booked_on, entry.bank_ref),
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
async def _known_anew(agency_id: int, ibans: Sequence[str], known: Book) -> None:
    """Payers that are known under the secret before this one stay known under this one."""
    moved = {
        account_hash(iban): known.accounts[former]
        for iban in set(ibans)
        if (former := former_hash(iban)) in known.accounts
    }
    for hashed, companies in moved.items():
        known.accounts.setdefault(hashed, set()).update(companies)
    pairs = [(hashed, company) for hashed, some in moved.items() for company in some]
    await execute(
        "INSERT INTO payer_account (agency, account_hash, company, since) SELECT $1::bigint, h, c,"
        " $4 FROM unnest($2::text[], $3::bigint[]) AS found (h, c) ON CONFLICT DO NOTHING",
        agency_id,
        [hashed for hashed, _ in pairs],
        [company for _, company in pairs],
        clock.now(),
    )


@step
async def open_book(
    agency_id: int, tolerance_minor: int = 0, tolerance_in: str = ""
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
                spelt[text] = spellings(text)
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
            spellings(each["name"] or each["payer"]),
            each["done_at"].date() if each["done_at"] else None,
        )
        for each in await rows(
            "SELECT r.id, r.amount_minor, r.done_at, p.payer, p.currency, c.iban, c.name"
            " FROM refund r JOIN payment p"
            " ON p.id = r.payment LEFT JOIN company c ON c.id = p.company"
            " WHERE p.agency = $1::bigint AND p.method = 'transfer'"
            " AND (r.state IN ('asked', 'sent') OR (r.state = 'done' AND r.bank_entry IS NULL))"
            " ORDER BY r.id",
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
    made = Book(asks, hashed, by_hand, waiting, payouts, tolerance_minor, tolerance_in)
    return made, {each["id"]: each for each in found}


def refund_token(refund_id: int) -> str:
    """What a refund is called at the bank: the end-to-end id of its transfer."""
    return f"PAVILION-REFUND-{refund_id}"
