"""Pages of the books: trial balance, accounts, open items, closing, exports; a company's own."""

import asyncio
from datetime import date, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from msgspec import Meta

from server import audit, clock
from server.accounts.permissions import Actor, require
from server.billing import bank_settings, books, exchange, statements
from server.billing.queries import PAGE
from server.billing.statements import ACCOUNTS, Period, Statement
from server.database import action
from server.documents.typesetting import typeset
from server.errors import Invalid, NotFound
from server.money import format_money, is_currency
from server.organisations import queries as organisations
from server.organisations.queries import own_agency
from server.organisations.rules import country_name
from server.text import N_, gettext, locale
from server.web import get, needs, page, post, submit
from server.web.forms import Form, parse
from server.web.respond import show_again
from server.web.workbooks import MEDIA_TYPE

Asked = Request[Any, Any, Any]
Answer = Response[Any]
AT = "/desk/money/ledger"
LONGEST_STATEMENT = 2_000
_NUMBER = Meta(max_length=9, pattern=r"^(\d{3,9})?$", description=N_("Digits only, 3 to 9"))


class PeriodForm(Form, frozen=True):
    """Days, both ends in."""

    since: Annotated[date | None, Meta(title=N_("From"))] = None
    until: Annotated[date | None, Meta(title=N_("Until"))] = None
    company: Annotated[int | None, Meta(title=N_("Company"))] = None
    source: Annotated[int | None, Meta(title=N_("Source"))] = None
    form: Annotated[str, Meta(max_length=10, title=N_("Format"))] = "csv"

    def check(self) -> dict[str, str]:
        """In order."""
        if self.since and self.until and self.since > self.until:
            return {"until": gettext(N_("The period ends before it begins."))}
        return {}


class CloseForm(Form, frozen=True):
    """The last day of the period to close."""

    until: Annotated[date, Meta(title=N_("Close everything until"))]


class NumbersForm(Form, frozen=True):
    """Account numbers of exports; "" for the default."""

    adviser: Annotated[int, Meta(ge=1001, le=9_999_999, title=N_("Number of the adviser"))] = 1001
    client: Annotated[int, Meta(ge=1, le=99_999, title=N_("Number of the client"))] = 1
    receivable: Annotated[str, _NUMBER, Meta(title=N_("Owed by companies"))] = ""
    aid_receivable: Annotated[str, _NUMBER, Meta(title=N_("Owed by sources"))] = ""
    bank: Annotated[str, _NUMBER, Meta(title=N_("Bank account"))] = ""
    card: Annotated[str, _NUMBER, Meta(title=N_("Card payments"))] = ""
    dispute: Annotated[str, _NUMBER, Meta(title=N_("Disputed payments"))] = ""
    exchange: Annotated[str, _NUMBER, Meta(title=N_("Converted"))] = ""
    unallocated: Annotated[str, _NUMBER, Meta(title=N_("Not matched yet"))] = ""
    suspense: Annotated[str, _NUMBER, Meta(title=N_("Not decided yet"))] = ""
    other: Annotated[str, _NUMBER, Meta(title=N_("Not of fees"))] = ""
    advance: Annotated[str, _NUMBER, Meta(title=N_("Prepayments"))] = ""
    vat: Annotated[str, _NUMBER, Meta(title=N_("VAT"))] = ""
    revenue: Annotated[str, _NUMBER, Meta(title=N_("Participation fees"))] = ""
    aid: Annotated[str, _NUMBER, Meta(title=N_("Co-financing"))] = ""
    fees: Annotated[str, _NUMBER, Meta(title=N_("Fees"))] = ""
    differences: Annotated[str, _NUMBER, Meta(title=N_("Small differences"))] = ""


def _wanted(request: Asked) -> tuple[PeriodForm, Period]:
    """The period of the address; one that cannot be is shown again with its sentence."""
    asked = {
        name: request.query_params.get(name, "")
        for name in ("since", "until", "company", "source", "form")
    }
    asked["form"] = asked["form"] or "csv"
    try:
        found = parse(PeriodForm, asked)
    except Invalid as refused:
        show_again(request, asked, refused)
        found = PeriodForm()
    return found, Period(since=found.since, until=found.until)


async def _ledger(request: Asked, actor: Actor) -> Answer:
    wanted, period = _wanted(request)
    agency = await own_agency(actor)
    today = clock.today(agency.tz)
    return page(
        request, "billing/ledger.html", accounts=await statements.accounts(actor, period),
        sources=await statements.sources(actor, period),
        names=ACCOUNTS, period=period, closed=await books.closed_until(actor), tz=agency.tz,
        last_month=today.replace(day=1) - timedelta(days=1), wanted=wanted,
    )  # fmt: skip


@get(AT, needs("money.read"))
async def ledger(request: Asked, actor: Actor) -> Answer:
    """The trial balance of a period."""
    return await _ledger(request, actor)


@get(AT + "/{account:str}/{currency:str}", needs("money.read"))
async def statement(request: Asked, actor: Actor, account: str, currency: str) -> Answer:
    """One account as a statement; of one company, if the address names it."""
    if account not in ACCOUNTS or not is_currency(currency.upper()):
        raise NotFound()
    wanted, period = _wanted(request)
    name = await statements.company_name(actor, wanted.company) if wanted.company else ""
    if wanted.source:
        name = await statements.source_name(actor, wanted.source)
    found = await statements.statement(
        actor, account=account, currency=currency.upper(), period=period, company=wanted.company,
        source=wanted.source, cursor=request.query_params.get("after", ""),
    )  # fmt: skip
    agency = await own_agency(actor)
    return page(
        request, "billing/statement.html", statement=found, tz=agency.tz, account=account,
        name=ACCOUNTS[account], currency=currency.upper(), company=name, wanted=wanted,
        kinds=books.KINDS,
    )  # fmt: skip


@get(AT + "/open-items", needs("money.read"))
async def open_items(request: Asked, actor: Actor) -> Answer:
    """What every company owed on a day, by age."""
    agency = await own_agency(actor)
    wanted, _ = _wanted(request)
    on = wanted.until or clock.today(agency.tz)
    found, following = await statements.open_items(
        actor, on, cursor=request.query_params.get("after", "")
    )
    return page(
        request, "billing/open_items.html", items=found, following=following,
        ageing=await statements.ageing(actor, on), on=on,
    )  # fmt: skip


@get(AT + "/export", needs("money.read"))
async def export(request: Asked, actor: Actor) -> Answer:
    """The journal of a period as CSV, XLSX or booking batch."""
    wanted, period = _wanted(request)
    agency = await own_agency(actor)
    own = await bank_settings.settings_of(agency.id)
    lines = await books.journal(actor, period)
    rates = await exchange.rates_into(agency.id, agency.currency)
    if wanted.form == "xlsx":
        data, kind, name = books.as_xlsx(lines, own.numbers, rates), MEDIA_TYPE, "journal.xlsx"
    elif wanted.form == "datev":
        now = clock.local(clock.now(), agency.tz)
        data = books.as_batch(lines, own, period, now, rates)
        kind, name = "text/csv; charset=windows-1252", "EXTF_Buchungsstapel.csv"
    else:
        data, kind, name = books.as_csv(lines, own.numbers, rates), "text/csv", "journal.csv"
    return Response(
        data, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'}
    )


@post(AT + "/close", needs("ledger.close"))
async def close(request: Asked, actor: Actor) -> Answer:
    """Close a period."""
    return await submit(
        request, CloseForm, act=lambda form: books.close(actor, form.until), to=AT,
        said=N_("The books are closed. What is corrected from now on stands in the next period."),
        again=lambda: _ledger(request, actor),
    )  # fmt: skip


@get(AT + "/close", needs("ledger.close"))
async def close_page(request: Asked, actor: Actor) -> Answer:
    """The form stands on the ledger's page."""
    return await _ledger(request, actor)


async def _numbers(request: Asked, actor: Actor) -> Answer:
    agency = await own_agency(actor)
    own = await bank_settings.settings_of(agency.id)
    return page(
        request, "billing/ledger_numbers.html", own=own, chart=books.chart(), names=ACCOUNTS
    )


@get(AT + "/numbers", needs("money.read"))
async def numbers_page(request: Asked, actor: Actor) -> Answer:
    """The numbers that accounts have in exports."""
    return await _numbers(request, actor)


@action
async def _keep_numbers(actor: Actor, form: NumbersForm) -> None:
    require(actor, "money.record")
    agency = await own_agency(actor)
    own = await bank_settings.settings_of(agency.id)
    given = {name: getattr(form, name) for name in books.chart()}
    numbers = {name: number for name, number in given.items() if number}
    await bank_settings.keep_settings(
        agency.id,
        msgspec.structs.replace(own, numbers=numbers, adviser=form.adviser, client=form.client),
    )
    await audit.record(actor, "ledger.numbers", "agency", agency.id,
                       before=own.numbers, after=numbers)  # fmt: skip


@post(AT + "/numbers", needs("money.record"))
async def numbers(request: Asked, actor: Actor) -> Answer:
    """Keep them."""
    return await submit(
        request, NumbersForm, act=lambda form: _keep_numbers(actor, form), to=AT,
        said=N_("The numbers are kept."), again=lambda: _numbers(request, actor),
    )  # fmt: skip


# -- a company's own account -----------------------------------------------------------------------


@get("/my/invoices/accounts", needs("invoice.own"))
async def own_accounts(request: Asked, actor: Actor) -> Answer:
    """What the company owes each agency."""
    return page(request, "billing/own_accounts.html",
                accounts=await statements.own_accounts(actor))  # fmt: skip


async def _own(
    request: Asked, actor: Actor, agency_id: int, currency: str, limit: int
) -> tuple[Statement, PeriodForm, str]:
    wanted, period = _wanted(request)
    every = await statements.own_accounts(actor)
    if (agency_id, currency) not in [(each[0], each[2]) for each in every]:
        raise NotFound()
    found = await statements.own_account(
        actor, agency_id, currency, period, limit=limit,
        cursor=request.query_params.get("after", ""),
    )  # fmt: skip
    return found, wanted, next(each[1] for each in every if each[0] == agency_id)


@get("/my/invoices/accounts/{agency_id:int}/{currency:str}", needs("invoice.own"))
async def own_account(request: Asked, actor: Actor, agency_id: int, currency: str) -> Answer:
    """The company's account with an agency: invoices, payments, what is left."""
    found, wanted, name = await _own(request, actor, agency_id, currency.upper(), PAGE)
    agency = await organisations.agency(agency_id)
    return page(
        request, "billing/own_account.html", statement=found, wanted=wanted, name=name,
        agency=agency_id, currency=currency.upper(), kinds=books.KINDS, tz=agency.tz,
    )  # fmt: skip


@get("/my/invoices/accounts/{agency_id:int}/{currency:str}/pdf", needs("invoice.own"))
async def own_pdf(request: Asked, actor: Actor, agency_id: int, currency: str) -> Answer:
    """The same as a PDF in the agency's house style."""
    money = currency.upper()
    found, wanted, _ = await _own(request, actor, agency_id, money, LONGEST_STATEMENT)
    agency = await organisations.agency(agency_id)
    assert actor.company_id is not None
    company = await organisations.company(actor.company_id)

    def amount(minor: int) -> str:
        return format_money(minor, money)

    def day(on: date) -> str:
        return f"{on:%-d %b %Y}"

    rows = [[day(wanted.since) if wanted.since else "", gettext(N_("Opening balance")), "",
             amount(found.opening_minor)]]  # fmt: skip
    rows += [
        [day(clock.local(each.at, agency.tz).date()),
         gettext(books.KINDS.get(each.kind, each.kind)), amount(each.amount_minor),
         amount(each.balance_minor)]
        for each in found.postings
    ]  # fmt: skip
    content = {
        "title": gettext(N_("Statement of account")),
        "language": locale(),
        "agency": await organisations.letterhead(agency_id),
        "to": {"name": company.name, "legal_name": company.legal_name, "street": company.street,
               "postcode": company.postcode, "city": company.city,
               "country": country_name(company.country)},
        "date": day(clock.today(agency.tz)),
        "head": [gettext(each) for each in (N_("Date"), N_("What"), N_("Amount"), N_("Balance"))],
        "rows": rows,
        "total": [gettext(N_("Closing balance")), "", "", amount(found.closing_minor)],
    }  # fmt: skip
    made = await asyncio.to_thread(typeset, "account", content, clock.now())
    return Response(
        made,
        media_type="application/pdf",
        headers={"content-disposition": 'attachment; filename="statement-of-account.pdf"'},
    )


HANDLERS = [
    ledger, statement, open_items, export, close, close_page, numbers_page, numbers, own_accounts,
    own_account, own_pdf,
]  # fmt: skip
