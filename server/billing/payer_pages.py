"""Where a company says who pays for it; and the agency's rates of exchange."""

from typing import Any

from litestar import Request, Response

from server.accounts.permissions import Actor
from server.billing import bill_to, exchange
from server.organisations.rules import countries
from server.text import N_, locale
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]


async def payer_page(
    request: Asked, actor: Actor, *, about: str, action: str, back: str, currency: str = ""
) -> Response[Any]:
    """The form about a payer: for everything, or for one thing of the company."""
    return page(
        request, "billing/payer.html", payer=await bill_to.own_payer(actor, about), about=about,
        action=action, back=back, currency=currency or "EUR", shares=bill_to.SHARES,
        countries=countries(locale()),
    )  # fmt: skip


async def kept(
    request: Asked, actor: Actor, *, about: str, action: str, back: str, currency: str = ""
) -> Response[Any]:
    """Keep what the form says."""
    return await submit(
        request,
        bill_to.PayerForm,
        act=lambda form: bill_to.name_payer(actor, form, about=about, currency=currency),
        to=back,
        said=N_("From now on invoices are written as you said. Those issued before stay."),
        again=lambda: payer_page(
            request, actor, about=about, action=action, back=back, currency=currency
        ),
    )


@get("/my/company/payer", needs("payer.name"))
async def company_payer(request: Asked, actor: Actor) -> Response[Any]:
    """Who pays for the company, whatever it is."""
    return await payer_page(
        request, actor, about="", action="/my/company/payer", back="/my/company"
    )


@post("/my/company/payer", needs("payer.name"))
async def name_company_payer(request: Asked, actor: Actor) -> Response[Any]:
    """Say who pays for the company."""
    return await kept(request, actor, about="", action="/my/company/payer", back="/my/company")


async def _rates(request: Asked, actor: Actor) -> Response[Any]:
    return page(request, "billing/rates.html", rates=await exchange.rates(actor))


@get("/desk/money/rates", needs("money.read"))
async def rates(request: Asked, actor: Actor) -> Response[Any]:
    """The rates by which VAT is said in a national currency."""
    return await _rates(request, actor)


@post("/desk/money/rates", needs("money.record"))
async def keep_rate(request: Asked, actor: Actor) -> Response[Any]:
    """Write a rate down."""
    return await submit(
        request,
        exchange.RateForm,
        act=lambda form: exchange.keep_rate(actor, form),
        to="/desk/money/rates",
        said=N_("The rate is kept."),
        again=lambda: _rates(request, actor),
    )


HANDLERS = [company_payer, name_company_payer, rates, keep_rate]
