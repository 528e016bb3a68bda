"""The desk's page about one source of subsidies: what it owes, what it paid, its receipts."""

from typing import Any

from litestar import Request, Response

from server.accounts.permissions import Actor
from server.billing import source_payments, statements
from server.billing.source_payments import BackForm, EntryForm, SourceForm
from server.text import N_
from server.web import get, needs, page, post, see_other, submit

Asked = Request[Any, Any, Any]
AT = "/desk/money/sources/{source:int}"


async def _show(request: Asked, actor: Actor, source: int) -> Response[Any]:
    return page(
        request, "billing/source.html", name=await statements.source_name(actor, source),
        source=source, payments=await source_payments.payments_of(actor, source),
        entries=await source_payments.entries(actor),
        accounts=[each for each in await statements.sources(actor) if each.source == source],
    )  # fmt: skip


@get(AT, needs("money.read"))
async def show(request: Asked, actor: Actor, source: int) -> Response[Any]:
    """A source with its account and its payments."""
    return await _show(request, actor, source)


@post(AT, needs("money.record"))
async def record(request: Asked, actor: Actor, source: int) -> Response[Any]:
    """Record a transfer by hand."""
    return await submit(
        request,
        SourceForm,
        act=lambda form: source_payments.record(actor, form, source=source),
        to=f"/desk/money/sources/{source}",
        said=N_("The payment is recorded, and its receipt is below."),
        again=lambda: _show(request, actor, source),
    )


@post(f"{AT}/entry", needs("money.record"))
async def take_entry(request: Asked, actor: Actor, source: int) -> Response[Any]:
    """Take an entry of the bank as the source's payment."""
    return await submit(
        request,
        EntryForm,
        act=lambda form: source_payments.take_entry(actor, form, source=source),
        to=f"/desk/money/sources/{source}",
        said=N_("The entry is this source's payment now, and its receipt is below."),
        again=lambda: _show(request, actor, source),
    )


@post(f"{AT}/payments/{{payment_id:int}}/back", needs("money.record"))
async def take_back(request: Asked, actor: Actor, source: int, payment_id: int) -> Response[Any]:
    """Take a recorded payment back."""
    return await submit(
        request,
        BackForm,
        act=lambda form: source_payments.take_back(
            actor, form, source=source, payment_id=payment_id
        ),
        to=f"/desk/money/sources/{source}",
        said=N_("The payment is taken back: the source owes it again."),
        again=lambda: _show(request, actor, source),
    )


@get(f"{AT}/entry", needs("money.read"))
async def entry_page(source: int) -> Response[Any]:
    """Reloaded without its form, it leads to the page."""
    return see_other(f"/desk/money/sources/{source}")


HANDLERS = [show, record, take_entry, take_back, entry_page]
