"""The agency's pages about statements of the bank."""

from typing import Any

from litestar import Request, Response

from server.accounts.permissions import Actor
from server.billing import bank, bank_acts, bank_lists, bank_settings, queries, sepa
from server.billing.bank_acts import Share
from server.billing.bank_forms import (
    LINES,
    BankSettingsForm,
    BookForm,
    ColumnsForm,
    FileForm,
    GuessForm,
    ReasonForm,
    SplitForm,
    UndoForm,
)
from server.billing.bank_reading import LARGEST_FILE
from server.errors import Refused
from server.money import to_decimal, to_minor
from server.organisations.queries import own_agency
from server.text import N_
from server.web import get, needs, page, post, see_other, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]
AT = "/desk/money/bank"


async def _upload_page(request: Asked, actor: Actor) -> Answer:
    found, following = await bank_lists.files(actor, cursor=request.query_params.get("after", ""))
    agency = await own_agency(actor)
    return page(
        request, "billing/bank.html", files=found, following=following, tz=agency.tz,
        accounts=await bank_lists.accounts(actor), counts=await bank_lists.counts(actor),
        largest=LARGEST_FILE // 1_000_000,
    )  # fmt: skip


@get(AT, needs("money.read"))
async def overview(request: Asked, actor: Actor) -> Answer:
    """The accounts, what is to be decided, the files, and the form for the next one."""
    return await _upload_page(request, actor)


@post(AT, needs("money.record"))
async def upload(request: Asked, actor: Actor) -> Answer:
    """Keep a file and show what is in it."""
    return await submit(
        request, FileForm,
        act=lambda form: bank.upload(actor, form.file),
        to=lambda file: f"{AT}/{file}",
        again=lambda: _upload_page(request, actor),
    )  # fmt: skip


async def _preview(request: Asked, actor: Actor, file_id: int) -> Answer:
    found = await bank_lists.preview(actor, file_id)
    template = "billing/bank_columns.html" if found.columns else "billing/bank_file.html"
    return page(request, template, file=found, names=bank_lists.COLUMN_NAMES)


@get(AT + "/{file_id:int}", needs("money.read"))
async def preview(request: Asked, actor: Actor, file_id: int) -> Answer:
    """What is in a file, before and after it is booked."""
    return await _preview(request, actor, file_id)


@get(AT + "/{file_id:int}/raw", needs("money.record"))
async def raw(actor: Actor, file_id: int) -> Response[bytes]:
    """The file as it came."""
    _, data = await bank_lists.raw(actor, file_id)
    return Response(
        data,
        media_type="application/octet-stream",
        headers={"content-disposition": f'attachment; filename="statement-{file_id}"'},
    )


@post(AT + "/{file_id:int}/book", needs("money.record"))
async def book(request: Asked, actor: Actor, file_id: int) -> Answer:
    """Book it, whole or not at all."""
    await bank_lists.raw(actor, file_id)
    return await submit(
        request, BookForm,
        act=lambda form: bank.book(actor, file_id, ours=form.ours),
        to=lambda done: f"{AT}/entries" if done.open else AT,
        said=N_("The statement is booked."),
        again=lambda: _preview(request, actor, file_id),
    )  # fmt: skip


@get(AT + "/{file_id:int}/book", needs("money.record"))
async def book_page(file_id: int) -> Answer:
    """The button stands on the preview."""
    return see_other(f"{AT}/{file_id}")


@post(AT + "/{file_id:int}/columns", needs("money.record"))
async def columns(request: Asked, actor: Actor, file_id: int) -> Answer:
    """Say which column of a CSV holds what."""
    await bank_lists.raw(actor, file_id)
    return await submit(
        request, ColumnsForm,
        act=lambda form: bank.name_columns(actor, file_id, form.typed()),
        to=f"{AT}/{file_id}",
        said=N_("The columns are known from now on."),
        again=lambda: _preview(request, actor, file_id),
    )  # fmt: skip


@get(AT + "/{file_id:int}/columns", needs("money.record"))
async def columns_page(file_id: int) -> Answer:
    """The form stands on the file's own page."""
    return see_other(f"{AT}/{file_id}")


@post(AT + "/{file_id:int}/forget", needs("money.record"))
async def forget(request: Asked, actor: Actor, file_id: int) -> Answer:
    """Take a file away that was never booked."""
    await bank_lists.raw(actor, file_id)
    return await submit(
        request, ReasonForm,
        act=lambda _: bank.forget(actor, file_id),
        to=AT,
        said=N_("The file is taken away. Nothing of it was booked."),
        again=lambda: _preview(request, actor, file_id),
    )  # fmt: skip


async def _entries(request: Asked, actor: Actor) -> Answer:
    state = request.query_params.get("state", "open")
    state = state if state in bank_lists.STATES else "open"
    found, following = await bank_lists.entries(
        actor, state=state, cursor=request.query_params.get("after", "")
    )
    return page(
        request, "billing/bank_entries.html", entries=found, following=following, state=state,
        states=bank_lists.STATES, counts=await bank_lists.counts(actor),
        guesses=await bank_lists.guesses(actor, found),
    )  # fmt: skip


@get(AT + "/entries", needs("money.read"))
async def entries(request: Asked, actor: Actor) -> Answer:
    """What a person has to decide, each with the best guesses; and all that was decided."""
    return await _entries(request, actor)


async def _entry(request: Asked, actor: Actor, entry_id: int) -> Answer:
    found = await bank_lists.entry(actor, entry_id)
    return page(
        request, "billing/bank_entry.html", entry=found, lines=LINES,
        guesses=(await bank_lists.guesses(actor, [found]))[found.id],
    )  # fmt: skip


@get(AT + "/entries/{entry_id:int}", needs("money.read"))
async def entry(request: Asked, actor: Actor, entry_id: int) -> Answer:
    """One entry: its guesses, and the form that splits it over several invoices."""
    return await _entry(request, actor, entry_id)


@post(AT + "/entries/{entry_id:int}/take", needs("money.record"))
async def take(request: Asked, actor: Actor, entry_id: int) -> Answer:
    """One of the guesses is right."""
    await bank_lists.entry(actor, entry_id)
    return await submit(
        request, GuessForm,
        act=lambda form: bank_acts.take_guess(actor, entry_id, form.guess),
        to=f"{AT}/entries", said=N_("It is booked."),
        again=lambda: _entry(request, actor, entry_id),
    )  # fmt: skip


async def _shares(actor: Actor, form: SplitForm, currency: str) -> list[Share]:
    """The lines of the form with the ids of their invoices."""
    lines = form.lines()
    ids = await bank_lists.invoice_ids(actor, [invoice for _, invoice, _ in lines])
    made = []
    for n, invoice, amount in lines:
        if invoice not in ids:
            raise Refused(N_("There is no invoice {number}."), field=f"invoice_{n}", number=invoice)
        minor = None if amount is None else to_minor(amount, currency)
        made.append(Share(invoice=ids[invoice], amount_minor=minor))
    return made


@post(AT + "/entries/{entry_id:int}/put", needs("money.record"))
async def put(request: Asked, actor: Actor, entry_id: int) -> Answer:
    """Put it on the invoices that were typed; what is left waits."""
    found = await bank_lists.entry(actor, entry_id)

    async def act(form: SplitForm) -> int:
        return await bank_acts.put(
            actor, entry_id, await _shares(actor, form, found.currency), form.why
        )

    return await submit(
        request, SplitForm, act=act, to=lambda payment: f"/desk/money/payments/{payment}",
        said=N_("It is booked."), again=lambda: _entry(request, actor, entry_id),
    )  # fmt: skip


@post(AT + "/entries/{entry_id:int}/not-ours", needs("money.record"))
async def not_ours(request: Asked, actor: Actor, entry_id: int) -> Answer:
    """It has nothing to do with invoices."""
    await bank_lists.entry(actor, entry_id)
    return await submit(
        request, ReasonForm,
        act=lambda form: bank_acts.not_ours(actor, entry_id, form.why),
        to=f"{AT}/entries", said=N_("It is set aside as not ours."),
        again=lambda: _entry(request, actor, entry_id),
    )  # fmt: skip


@post(AT + "/entries/{entry_id:int}/ours", needs("money.record"))
async def ours(request: Asked, actor: Actor, entry_id: int) -> Answer:
    """It has, after all."""
    await bank_lists.entry(actor, entry_id)
    return await submit(
        request, ReasonForm,
        act=lambda _: bank_acts.ours_again(actor, entry_id),
        to=f"{AT}/entries/{entry_id}", said=N_("It is to be decided again."),
        again=lambda: _entry(request, actor, entry_id),
    )  # fmt: skip


def _again(act: str) -> Any:
    """Whoever opens the address of a form gets the entry's own page, where it stands."""

    @get(f"{AT}/entries/{{entry_id:int}}/{act}", needs("money.record"))
    async def again(entry_id: int) -> Answer:
        return see_other(f"{AT}/entries/{entry_id}")

    return again


async def _payment(request: Asked, actor: Actor, payment_id: int) -> Answer:
    return page(
        request, "billing/payment_split.html", lines=LINES,
        payment=await queries.payment(actor, payment_id),
    )  # fmt: skip


@get("/desk/money/payments/{payment_id:int}/split", needs("money.record"))
async def split_page(request: Asked, actor: Actor, payment_id: int) -> Answer:
    """The invoices that share a payment."""
    return await _payment(request, actor, payment_id)


@post("/desk/money/payments/{payment_id:int}/split", needs("money.record"))
async def split(request: Asked, actor: Actor, payment_id: int) -> Answer:
    """Put a payment that waits on several invoices."""
    currency = await queries.currency_of_payment(actor, payment_id)

    async def act(form: SplitForm) -> None:
        shares = await _shares(actor, form, currency)
        if not shares:
            raise Refused(N_("Name at least one invoice."), field="invoice_1")
        await bank_acts.split(actor, payment_id, shares, form.why)

    return await submit(
        request, SplitForm, act=act, to=f"/desk/money/payments/{payment_id}",
        said=N_("The payment is shared out."),
        again=lambda: _payment(request, actor, payment_id),
    )  # fmt: skip


async def _undo(request: Asked, actor: Actor, payment_id: int) -> Answer:
    return page(request, "billing/payment_undo.html",
                payment=await queries.payment(actor, payment_id))  # fmt: skip


@get("/desk/money/payments/{payment_id:int}/undo", needs("money.record"))
async def undo_page(request: Asked, actor: Actor, payment_id: int) -> Answer:
    """Taking a payment off its invoice, and what that does."""
    return await _undo(request, actor, payment_id)


@post("/desk/money/payments/{payment_id:int}/undo", needs("money.record"))
async def undo(request: Asked, actor: Actor, payment_id: int) -> Answer:
    """Take it off again."""
    await queries.currency_of_payment(actor, payment_id)
    return await submit(
        request, UndoForm,
        act=lambda form: bank_acts.unmatch(actor, payment_id, form.why),
        to=f"/desk/money/payments/{payment_id}",
        said=N_("The payment waits again, and the invoice asks for it again."),
        again=lambda: _undo(request, actor, payment_id),
    )  # fmt: skip


async def _settings(request: Asked, actor: Actor) -> Answer:
    agency = await own_agency(actor)
    own = await bank_settings.settings_of(agency.id)
    return page(request, "billing/bank_settings.html", own=own, agency=agency,
                tolerance=to_decimal(own.fee_tolerance_minor, agency.currency))  # fmt: skip


@get(AT + "/settings", needs("money.read"))
async def settings_page(request: Asked, actor: Actor) -> Answer:
    """Bank fees and how refunds are paid."""
    return await _settings(request, actor)


@post(AT + "/settings", needs("money.record"))
async def settings(request: Asked, actor: Actor) -> Answer:
    """Keep them."""
    agency = await own_agency(actor)

    async def act(form: BankSettingsForm) -> None:
        await bank_settings.choose(
            actor,
            fee_tolerance_minor=to_minor(form.tolerance, agency.currency),
            refunds_by_file=form.refunds_by_file,
        )

    return await submit(
        request, BankSettingsForm, act=act, to=AT,
        said=N_("The settings are kept."), again=lambda: _settings(request, actor),
    )  # fmt: skip


async def _refunds(request: Asked, actor: Actor) -> Answer:
    found, files = await sepa.waiting(actor), await sepa.files(actor)
    agency = await own_agency(actor)
    return page(request, "billing/bank_refunds.html", refunds=found, files=files, tz=agency.tz)


@get(AT + "/refunds", needs("money.read"))
async def refunds(request: Asked, actor: Actor) -> Answer:
    """Refunds that the bank is to carry out, and the files that order them."""
    return await _refunds(request, actor)


@post(AT + "/refunds", needs("money.refund"))
async def order(request: Asked, actor: Actor) -> Answer:
    """Make a file for the bank."""
    return await submit(
        request, ReasonForm, act=lambda _: sepa.order(actor),
        to=lambda file: f"{AT}/refunds", said=N_("The file is made. Hand it to your bank."),
        again=lambda: _refunds(request, actor),
    )  # fmt: skip


@get(AT + "/refunds/{file_id:int}", needs("money.refund"))
async def order_file(actor: Actor, file_id: int) -> Response[bytes]:
    """The file for the bank."""
    name, xml = await sepa.file(actor, file_id)
    return Response(
        xml,
        media_type="application/xml",
        headers={"content-disposition": f'attachment; filename="{name}.xml"'},
    )


@post(AT + "/refunds/{refund_id:int}/paid", needs("money.refund"))
async def paid(request: Asked, actor: Actor, refund_id: int) -> Answer:
    """A person has seen it go out."""
    return await submit(
        request, ReasonForm, act=lambda _: sepa.paid(actor, refund_id), to=f"{AT}/refunds",
        said=N_("The refund is recorded."), again=lambda: _refunds(request, actor),
    )  # fmt: skip


@get(AT + "/refunds/{refund_id:int}/paid", needs("money.refund"))
async def paid_page(refund_id: int) -> Answer:
    """The button stands in the list."""
    return see_other(f"{AT}/refunds")


HANDLERS = [
    overview, upload, preview, raw, book, book_page, columns, columns_page, forget, entries, entry,
    take, put, not_ours, ours, split_page, split, undo_page, undo, settings_page,
    settings, refunds, order, order_file, paid, paid_page,
    *(_again(act) for act in ("take", "put", "not-ours", "ours")),
]  # fmt: skip
