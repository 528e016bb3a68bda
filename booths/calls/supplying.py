"""What the fee of a call buys, as VAT law sees it (Implementing Regulation 282/2011, Art. 31a).

A stand with its services is taxed where the customer is; bare space alone where the land lies.
"""

from typing import Annotated

from msgspec import Meta

from booths.calls import queries
from booths.calls.additions import Part, part
from booths.calls.copies import Shift, copies, take_over
from booths.calls.rows import CallRow
from booths.calls.rules import CallState
from server.accounts.permissions import Actor, require
from server.audit import record
from server.billing.vat import Supply
from server.database import action, execute, value
from server.errors import Conflict
from server.text import N_, gettext
from server.web.forms import Form

WORDS = {
    Supply.PACKAGE: N_("A stand with services"),
    Supply.BARE_SPACE: N_("Bare space only"),
}


class SupplyForm(Form):
    """One of the two."""

    supply: Annotated[str, Meta(title=N_("What the fee buys"), pattern="^(package|bare_space)$")]


async def of(call_id: int) -> Supply:
    """What the fee of a call buys."""
    found = await value("SELECT supply FROM call_supply WHERE call = $1::bigint", call_id)
    return Supply(found) if found else Supply.PACKAGE


@action
async def set_supply(actor: Actor, form: SupplyForm, *, call_id: int) -> int:
    """Say it while the call is a draft: companies rely on the price of a published one."""
    require(actor, "call.write")
    await execute("SELECT 1 FROM call WHERE id = $1::bigint FOR UPDATE", call_id)
    call = await queries.own_call(actor, call_id)
    if call.state is not CallState.DRAFT:
        raise Conflict(
            N_("This call is published, and companies rely on its terms: they stay as they are.")
        )
    before = await of(call_id)
    await execute(
        "INSERT INTO call_supply (call, supply) VALUES ($1, $2)"
        " ON CONFLICT (call) DO UPDATE SET supply = $2",
        call_id,
        form.supply,
    )
    await record(
        actor, "call.supply", "call", call_id,
        before={"supply": before.value}, after={"supply": form.supply},
    )  # fmt: skip
    return call_id


@part
async def what_it_buys(_: Actor, call: CallRow) -> Part | None:
    """The line of the set-up."""
    return Part(
        name=N_("VAT of the fee"),
        url=f"/desk/calls/{call.id}/vat",
        said=gettext(WORDS[await of(call.id)]),
    )


@copies("call_supply")
async def bought_anew(_: Actor, old: CallRow, new: CallRow, __: Shift) -> list[str]:
    """The same for the copy of a call."""
    made = await take_over("call_supply", old.id, new.id)
    return [gettext(N_("What VAT makes of the fee")) for _ in made]
