"""Reminders and dunning letters: each once, none for who is paused, disputed or in time."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from server import audit, clock
from server.accounts.permissions import SYSTEM, Actor, require
from server.billing import invoices
from server.billing.claims import Claim, claim, levels
from server.billing.dunning_rules import Level, due_level, fault, interest
from server.billing.owed_forms import LevelsForm, PauseForm
from server.billing.readers import readers
from server.billing.rules import InvoiceLine, spoken_reference
from server.billing.vat import VatDecision
from server.database import action, execute, row, rows, step, value
from server.documents import actions as documents
from server.errors import Conflict, NotFound, Refused
from server.mail import actions as mail
from server.money import format_money, to_minor
from server.organisations import queries as organisations
from server.organisations.rules import country_name
from server.text import N_, gettext
from server.web.formats import day

COMPENSATION = VatDecision(
    0,
    "no_supply",
    N_("No VAT: compensation for late payment, not the price of a supply."),
    "O",
    "Directive 2006/112/EC, Article 2(1)",
)


@action
async def set_levels(actor: Actor, form: LevelsForm) -> int:
    """Write how the actor's agency reminds and duns."""
    require(actor, "dunning.set")
    assert actor.agency_id is not None
    agency = await organisations.agency(actor.agency_id)
    wanted = [
        Level(
            each.name.strip(), each.days, to_minor(each.fee, agency.currency),
            int(each.interest * 100), each.pay_within, each.ends,
        )
        for each in form.levels
    ]  # fmt: skip
    if wrong := fault(wanted):
        raise Refused(wrong, field="levels")
    await execute(
        "INSERT INTO dunning_policy (agency, levels) VALUES ($1, $2)"
        " ON CONFLICT (agency) DO UPDATE SET levels = excluded.levels",
        agency.id,
        msgspec.to_builtins(wanted),
    )
    await audit.record(
        actor, "dunning.set", "agency", agency.id, after={"levels": msgspec.to_builtins(wanted)}
    )
    return agency.id


@action
async def remind(invoice_id: int) -> int | None:
    """The job's letter about one invoice, if one is due today; its id."""
    await invoices.lock_invoice(invoice_id)
    found = await claim(invoice_id)
    if found is None or found.resting or not found.coming:
        return None
    agency = await organisations.agency(found.agency)
    known = await levels(found.agency)
    sent = await _sent(found, agency.tz)
    n = due_level(known, sent, found.due_on, clock.today(agency.tz))
    return None if n is None else await _send(SYSTEM, found, known, n)


@action
async def send_now(actor: Actor, *, invoice_id: int) -> int:
    """A person sends the next letter about an invoice without waiting for its day; its id."""
    require(actor, "dunning.send")
    locked = await invoices.lock_invoice(invoice_id)
    if locked["agency"] != actor.agency_id:
        raise NotFound
    found = await claim(invoice_id)
    if found is None:
        raise Conflict(N_("Nothing is open on this invoice any more. No letter was sent."))
    if found.resting:
        raise Conflict(N_("No letter goes out: {why}"), why=found.resting)
    if not found.coming:
        raise Conflict(N_("The last letter was sent already. End the admission, or agree on more."))
    return await _send(actor, found, await levels(found.agency), found.coming)


async def _sent(of: Claim, tz: str) -> dict[int, date]:
    return {
        each["level"]: clock.local(each["sent_at"], tz).date()
        for each in await rows(
            "SELECT level, sent_at FROM dunning_notice WHERE invoice = $1 AND instalment = $2",
            of.invoice,
            of.instalment,
        )
    }


@step
async def _send(actor: Actor, of: Claim, known: Iterable[Level], n: int) -> int:
    """Write the letter, charge what it charges, mail it. The invoice's row is held."""
    level = tuple(known)[n - 1]
    agency = await organisations.agency(of.agency)
    if of.currency != agency.currency:  # a fee is set in the agency's currency, and only there
        level = replace(level, fee_minor=0)
    company = await organisations.company(of.company)
    invoice = await row("SELECT content, reference, document FROM invoice WHERE id = $1",
                        of.invoice)  # fmt: skip
    assert invoice is not None
    today = clock.today(agency.tz)
    charged = await value(
        "SELECT max(sent_at) FROM dunning_notice WHERE invoice = $1 AND instalment = $2"
        " AND interest_minor > 0",
        of.invoice,
        of.instalment,
    )
    since = clock.local(charged, agency.tz).date() if charged else of.due_on
    owed = interest(of.open_minor, level.interest_bp, since, today)
    fee_invoice = None
    if level.fee_minor or owed:
        fee_invoice = await _charge(actor, of, level, owed, today)
    pay_by = max(of.due_on, today + timedelta(days=level.pay_within))
    subject = invoice["content"]["subject"]
    facts = [
        [gettext(N_("Invoice")), of.number],
        [gettext(N_("Due on")), day(of.due_on)],
        [gettext(N_("Open")), format_money(of.open_minor, of.currency)],
    ]
    if level.fee_minor:
        facts.append([gettext(N_("Fee")), format_money(level.fee_minor, of.currency)])
    if owed:
        facts.append([gettext(N_("Interest since {day}"), day=day(since)),
                      format_money(owed, of.currency)])  # fmt: skip
    facts += [
        [gettext(N_("Pay by")), day(pay_by)],
        [gettext(N_("Payment reference")), spoken_reference(invoice["reference"])],
        ["IBAN", agency.iban],
    ]
    document = await documents.issue(
        kind="dunning",
        title=f"{level.name}: {of.number}",
        filename=f"{of.number}-{n}",
        template="letter",
        content={
            "to": {
                **invoice["content"]["buyer"],
                "country": country_name(invoice["content"]["buyer"]["country"]),
            },
            "date": day(today),
            "body": _body(subject, level, before=today <= of.due_on),
            "facts": facts,
            "note": gettext(N_("Have you paid in the meantime? Then please forget this letter.")),
        },
        agency=agency.id,
        company=company.id,
        about=f"invoice:{of.invoice}",
    )  # fmt: skip
    made = await value(
        "INSERT INTO dunning_notice (agency, company, invoice, instalment, level, name, open_minor,"
        " fee_minor, interest_minor, currency, document, fee_invoice, sent_by, sent_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14) RETURNING id",
        of.agency, of.company, of.invoice, of.instalment, n, level.name, of.open_minor,
        level.fee_minor, owed, of.currency, document, fee_invoice, actor.person_id, clock.now(),
    )  # fmt: skip
    await audit.record(
        actor, "dunning.send", "invoice", of.invoice,
        after={"level": n, "name": level.name, "instalment": of.instalment,
               "open_minor": of.open_minor, "fee_minor": level.fee_minor, "interest_minor": owed},
        agency_id=of.agency, company_id=of.company,
    )  # fmt: skip
    for reader in await readers(of.invoice, invoice["content"], company):
        await mail.send(
            key=f"dunning:{made}:{reader.email}"[:200],
            to_email=reader.email,
            to_name=reader.name,
            locale=reader.locale,
            template="dunning",
            agency=agency.id,
            company=company.id,
            person=reader.person,
            attachments=[each for each in (document, invoice["document"]) if each],
            heading=level.name,
            number=of.number,
            subject=subject,
            agency_name=agency.name,
            company_name=company.name,
            open=format_money(of.open_minor, of.currency, reader.locale),
            more=format_money(level.fee_minor + owed, of.currency, reader.locale)
            if level.fee_minor + owed else "",
            due_on=day(of.due_on),
            before=today <= of.due_on,
            ends=level.ends,
            pay_by=day(pay_by),
            reference=spoken_reference(invoice["reference"]),
            url=reader.url,
        )  # fmt: skip
    return int(made)


def _body(subject: str, level: Level, *, before: bool) -> str:
    """What a letter says above its figures."""
    if before:
        said = [gettext(N_("this is to remind you, as a courtesy, of a payment that is due soon."))]
    else:
        said = [gettext(N_("we have not received this payment yet. Please pay by the day below."))]
    if level.fee_minor or level.interest_bp:
        said.append(gettext(N_("Fee and interest come as an invoice of their own, without VAT.")))
    if level.ends:
        said.append(
            gettext(
                N_("If the money is not here by that day, we end your admission: the stand goes to"
                   " another exhibitor, and the terms of withdrawal of the call hold.")
            )
        )  # fmt: skip
    return "\n\n".join([subject, *said])


@step
async def _charge(actor: Actor, of: Claim, level: Level, owed: int, today: date) -> int:
    """The fee and the interest as an invoice of their own, outside the scope of VAT."""
    lines = []
    for label, minor in ((N_("{name}: fee"), level.fee_minor), (N_("{name}: interest"), owed)):
        if minor:
            words = gettext(label, name=level.name)
            lines.append(InvoiceLine(words, Decimal(1), "participation", minor, minor))
    agency = await organisations.agency(of.agency)
    house = actor if actor.system else Actor(name=actor.name, system=True, agency_id=of.agency)
    return await invoices.issue_invoice(
        house,
        agency_id=of.agency,
        company_id=of.company,
        lines=lines,
        currency=of.currency,
        due_on=today + timedelta(days=level.pay_within),
        about=f"dunning:{of.invoice}",
        fair_country=agency.country,
        vat=COMPENSATION,
        subject=gettext(N_("Late payment of invoice {number}"), number=of.number),
    )


@action
async def pause(
    actor: Actor, form: PauseForm, *, company_id: int, invoice_id: int | None = None
) -> int:
    """Send no letters to a company, or about one invoice, for now; a second pause replaces it."""
    require(actor, "dunning.send")
    assert actor.agency_id is not None
    if not await value("SELECT 1 FROM invoice WHERE agency = $1 AND company = $2"
                       " AND ($3::int IS NULL OR id = $3) LIMIT 1",
                       actor.agency_id, company_id, invoice_id):  # fmt: skip
        raise NotFound
    await _end_pause(actor.agency_id, company_id, invoice_id)
    made = await value(
        "INSERT INTO dunning_pause (agency, company, invoice, why, until, paused_by, since)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7) RETURNING id",
        actor.agency_id,
        company_id,
        invoice_id,
        form.why.strip(),
        form.until,
        actor.person_id,
        clock.now(),
    )
    await audit.record(
        actor, "dunning.pause", "company", company_id,
        after={"invoice": invoice_id, "until": form.until}, why=form.why, company_id=company_id,
    )  # fmt: skip
    return int(made)


@action
async def go_on(actor: Actor, *, company_id: int, invoice_id: int | None = None) -> int:
    """End a pause."""
    require(actor, "dunning.send")
    assert actor.agency_id is not None
    if not await _end_pause(actor.agency_id, company_id, invoice_id):
        raise NotFound
    await audit.record(
        actor, "dunning.go_on", "company", company_id, after={"invoice": invoice_id},
        company_id=company_id,
    )  # fmt: skip
    return company_id


@step
async def _end_pause(agency_id: int, company_id: int, invoice_id: int | None) -> bool:
    return bool(
        await value(
            "UPDATE dunning_pause SET ended_at = $4 WHERE agency = $1 AND company = $2"
            " AND invoice IS NOT DISTINCT FROM $3 AND ended_at IS NULL RETURNING id",
            agency_id,
            company_id,
            invoice_id,
            clock.now(),
        )
    )
