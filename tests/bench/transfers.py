"""`python -m tests.bench statement`: a statement as long as a busy season, matched at once.

Open invoices of many companies, and entries with the noise that people make: references spaced,
typed wrongly or forgotten, numbers only, several invoices at once, names cut and without accents,
banks' fees, money that came back, and everything else that passes through an account. The truth is
known for each entry, so that right, wrong and open ones can be counted.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from server import clock
from server.billing import bank, bank_settings, rules
from server.billing.rules import InvoiceKind
from server.database import action, execute, rows
from server.money import to_decimal
from server.organisations.queries import own_agency
from server.web.forms import Upload
from tests.bench.ground import empty
from tests.cast import Cast, build_cast
from tests.server.billing.bank_files import Line, camt

STEMS = ("Müller", "Société Générale des Vins", "Quinta", "Oficina", "Łódź Foods", "Åkerström",
         "Fromagerie", "Weingut", "Bodegas", "Smørrebrød", "Kellerei", "Molino", "Ünal", "Çelik",
         "Ostrów", "Fjord", "Delikatessen", "Charcuterie", "Olivar", "Brauerei")  # fmt: skip
FORMS = ("GmbH", "S.A.", "Lda", "S.r.l.", "AB", "Sp. z o.o.", "A/S", "B.V.", "SAS", "ApS")
AMOUNTS = (119_000, 238_000, 357_000, 450_050, 595_000, 200_000, 80_075)


@dataclass
class Truth:
    """An entry and what it is for: invoices with their share, or nothing."""

    line: Line
    pays: dict[int, int]
    kind: str


@dataclass
class Outcome:
    """What became of a statement. Rates are of the entries that pay invoices."""

    entries: int
    paying: int
    right: int
    wrong: int
    open: int
    of_open_guessed: int
    parsed: float
    seconds: float
    by_kind: dict[str, Counter[str]]

    def told(self) -> str:
        """One paragraph."""
        kinds = "".join(
            f"\n  {kind:18}" + ", ".join(f"{n} {what}" for what, n in sorted(found.items()))
            for kind, found in sorted(self.by_kind.items())
        )
        return (
            f"{self.entries} entries, {self.paying} of them for invoices: {self.right} right"
            f" ({100 * self.right / self.paying:.1f} %), {self.wrong} wrong, {self.open} left open"
            f" ({self.of_open_guessed} of those with the right guess first);"
            f" read in {self.parsed:.2f} s, matched and booked in {self.seconds:.2f} s{kinds}"
        )


@action
async def open_invoices(cast: Cast, companies: int, invoices: int, rng: random.Random) -> None:
    """Companies with invoices to pay, posted to the ledger, by a few statements."""
    names = [f"{rng.choice(STEMS)} {n} {rng.choice(FORMS)}" for n in range(companies)]
    await execute(
        "INSERT INTO company (undertaking, name, legal_name, country, street, postcode, city,"
        " invoice_email, created_at) SELECT (SELECT undertaking FROM company WHERE id = $1), n, n,"
        " 'DE', 'Rua 1', '1', 'Porto', 'x@example.org', $3 FROM unnest($2::text[]) AS n",
        cast.quinta, names, clock.now(),
    )  # fmt: skip
    ids = [each["id"] for each in await rows("SELECT id FROM company WHERE city = 'Porto'"
                                             " ORDER BY id DESC LIMIT $1", companies)]  # fmt: skip
    of = [rng.choice(ids) for _ in range(invoices)]
    amounts = [rng.choice(AMOUNTS) for _ in range(invoices)]
    await execute(
        "INSERT INTO invoice (agency, company, kind, number, issued_on, due_on, currency, content,"
        " net_minor, vat_minor, total_minor, state, reference, created_at) SELECT $1, c, 'invoice',"
        " num, '2026-01-02', '2099-01-01', 'EUR', '{\"prepaid\": []}', a, 0, a, 'open', ref, $6"
        " FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[]) AS i (c, a, num, ref)",
        cast.nordhafen, of, amounts,
        [rules.number("NH", InvoiceKind.INVOICE, 2026, n) for n in range(1, invoices + 1)],
        [rules.reference(cast.nordhafen, InvoiceKind.INVOICE, 2026, n)
         for n in range(1, invoices + 1)],
        clock.now(),
    )  # fmt: skip
    await execute("INSERT INTO number_series (agency, series, year, last)"
                  " VALUES ($1, 'invoice', 2026, 1)", cast.nordhafen)  # fmt: skip
    await execute("ALTER TABLE number_series DISABLE TRIGGER number_series_steps")
    await execute("UPDATE number_series SET last = $1", invoices)
    await execute("ALTER TABLE number_series ENABLE TRIGGER number_series_steps")
    await execute(
        "INSERT INTO ledger_entry (agency, at, kind, about, key) SELECT agency, $1, 'invoice',"
        " 'invoice:' || id, 'invoice:' || id FROM invoice", clock.now(),
    )  # fmt: skip
    await execute(
        "INSERT INTO ledger_posting (entry, account, company, amount_minor, currency)"
        " SELECT e.id, x.account, i.company, x.sign * i.total_minor, 'EUR' FROM invoice i"
        " JOIN ledger_entry e ON e.key = 'invoice:' || i.id"
        " CROSS JOIN (VALUES ('receivable', 1), ('revenue', -1)) AS x (account, sign)"
    )


def _mistyped(reference: str, rng: random.Random) -> str:
    """One character wrong, missing, twice, or two turned round."""
    at = rng.randrange(4, len(reference) - 1)
    way = rng.randrange(4)
    other = rng.choice([c for c in "0123456789O" if c != reference[at]])
    return (
        reference[:at] + other + reference[at + 1 :] if way == 0
        else reference[:at] + reference[at + 1 :] if way == 1
        else reference[:at] + reference[at] + reference[at:] if way == 2
        else reference[:at] + reference[at + 1] + reference[at] + reference[at + 2 :]
    )  # fmt: skip


async def statement(entries: int, rng: random.Random) -> list[Truth]:
    """Entries of three weeks; each invoice is paid once at most."""
    found = await rows(
        "SELECT i.id, i.company, i.number, i.reference, i.total_minor, c.name FROM invoice i"
        " JOIN company c ON c.id = i.company ORDER BY i.id"
    )
    left = {each["id"]: each for each in found}
    mates: dict[int, list[int]] = {}
    for each in found:
        mates.setdefault(each["company"], []).append(each["id"])
    order = [each["id"] for each in found]
    rng.shuffle(order)
    account = {company: f"DE{company % 90 + 10}3704004405{company:08d}" for company in mates}
    made: list[Truth] = []

    def on() -> str:
        return (date(2026, 1, 5) + timedelta(days=len(made) * 21 // entries)).isoformat()

    def add(amount: int, text: str, name: str, iban: str, pays: dict[int, int], kind: str) -> None:
        line = Line(str(to_decimal(amount, "EUR")), text, name, iban, f"B{len(made)}", on=on())
        line.returned = kind == "returned"
        made.append(Truth(line, pays, kind))

    for invoice_id in order:
        if len(made) >= entries * 6 // 10:
            break
        if invoice_id not in left:
            continue
        one = left.pop(invoice_id)
        ref, total, name = one["reference"], one["total_minor"], one["name"]
        iban, whole = account[one["company"]], {invoice_id: one["total_minor"]}
        shape = rng.random()
        if shape < 0.50:
            spaced = rules.spoken_reference(ref) if rng.random() < 0.5 else ref.lower()
            add(total, f"Rechnung {spaced} danke", name[:27], iban, whole, "reference")
        elif shape < 0.60:
            add(total, f"invoice {one['number']}", name.upper(), iban, whole, "number, payer")
        elif shape < 0.65:
            add(total, f"inv {one['number']}", "Holding International", "", whole, "number only")
        elif shape < 0.71:
            add(total, f"Ref {_mistyped(ref, rng)}", name, "", whole, "mistyped")
        elif shape < 0.77:
            add(total, "stand fee", name, iban, whole, "no reference")
        elif shape < 0.80:
            wrong = rng.choice(found)
            add(total, f"invoice {wrong['number']}", name, "", whole, "another's number")
        elif shape < 0.86:
            part = total // 2
            add(part, ref, name, iban, {invoice_id: part}, "in parts")
            add(total - part, ref, name, iban, {invoice_id: total - part}, "in parts")
        elif shape < 0.93:
            also = [each for each in mates[one["company"]] if each in left][:2]
            pays = whole | {each: left.pop(each)["total_minor"] for each in also}
            every = " ".join([ref, *(_of(found, each) for each in also)])
            add(sum(pays.values()), every, name, iban, pays, "several")
        elif shape < 0.97:
            add(total + 1_000, ref, name, iban, {invoice_id: total + 1_000}, "too much")
        else:
            add(total - 250, ref, name, iban, {invoice_id: total - 250}, "bank fee")
    noise = ("Miete Januar", "Gehalt", "Kontoführung", "Lastschrift", "Card 4711", "VAT refund")
    while len(made) < entries:
        way = rng.random()
        amount = rng.choice(AMOUNTS) if way < 0.3 else rng.randrange(100, 900_000)
        if way < 0.05:
            stranger = rules.reference(9999, InvoiceKind.INVOICE, 2026, len(made))
            add(amount, stranger, "Another Creditor", "", {}, "not for us")
        elif way < 0.10:
            add(amount, "RETURN of a payment", "The Bank", "", {}, "returned")
        elif way < 0.45:
            add(amount, rng.choice(noise), f"Person {len(made)}", "", {}, "not for us")
        else:
            add(-amount, rng.choice(noise), f"Supplier {len(made)}", "", {}, "debit")
    rng.shuffle(made)
    made.sort(key=lambda each: each.line.on)
    return made


def _of(found: list[dict[str, object]], invoice_id: int) -> str:
    return next(str(each["reference"]) for each in found if each["id"] == invoice_id)


async def season(cast: Cast, *, invoices: int, entries: int, seed: int = 4) -> Outcome:
    """Make the invoices and the statement, book it, and compare with the truth."""
    rng = random.Random(seed)
    await open_invoices(cast, max(2, invoices * 3 // 5), invoices, rng)
    actor = await cast.finn.actor()
    agency = await own_agency(actor)
    await bank_settings.choose(actor, fee_tolerance_minor=500)
    truth = await statement(entries, rng)
    data = camt([each.line for each in truth], account=agency.iban)
    began = time.perf_counter()
    file = await bank.upload(actor, Upload("season.xml", "text/xml", data))
    read = time.perf_counter()
    await bank.book(actor, file)
    done = time.perf_counter()
    return await compare(truth, read - began, done - read)


async def compare(truth: list[Truth], parsed: float, seconds: float) -> Outcome:
    """Entry by entry: booked on what it pays, on something else, or left open."""
    kept = {
        each["bank_ref"]: each
        for each in await rows(
            "SELECT e.bank_ref, e.state, e.guesses, coalesce(jsonb_object_agg(p.invoice,"
            " p.amount_minor) FILTER (WHERE p.id IS NOT NULL), '{}') AS pays FROM bank_entry e"
            " LEFT JOIN payment p ON p.bank_entry = e.id GROUP BY e.id"
        )
    }
    count: Counter[str] = Counter()
    by_kind: dict[str, Counter[str]] = {}
    guessed = 0
    for each in truth:
        found = kept[each.line.ref]
        pays = {int(invoice): amount for invoice, amount in found["pays"].items()}
        what = "wrong" if found["state"] == "booked" and pays != each.pays else (
            "right" if found["state"] == "booked" else "open")  # fmt: skip
        if not each.pays and what == "open":
            what = "left alone"
        if what == "open" and found["guesses"]:
            guessed += set(found["guesses"][0]["invoices"]) == set(each.pays)
        count[what] += 1
        by_kind.setdefault(each.kind, Counter())[what] += 1
    return Outcome(
        entries=len(truth), paying=sum(bool(each.pays) for each in truth), right=count["right"],
        wrong=count["wrong"], open=count["open"], of_open_guessed=guessed, parsed=parsed,
        seconds=seconds, by_kind=by_kind,
    )  # fmt: skip


async def bench(url: str) -> str:
    """3,000 open invoices and 5,000 entries on a database of their own."""
    async with empty(url, "bench_statement"):
        cast = await build_cast()
        try:
            found = await season(cast, invoices=3_000, entries=5_000)
        finally:
            await cast.leave()
    return f"Statement of the bank, {found.told()}"
