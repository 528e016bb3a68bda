"""Which price list of a call prices a company: kept with the call, decided by stated reasons."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from booths.calls import additions, queries
from booths.calls.additions import CallEvent, Part
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import CallState
from booths.fees import actions as fee_actions
from booths.fees import queries as fees
from booths.fees.pricing import Prices
from booths.fees.space import hundredths, pieces
from booths.fees.which import Other, Used, When, which
from server import clock
from server.accounts.permissions import Actor, require
from server.aid.rules import Note
from server.audit import record
from server.database import action, execute, row, rows
from server.declarations import queries as declarations
from server.declarations.kinds import NAMES
from server.declarations.rules import HOLDS
from server.errors import Conflict, Refused
from server.text import N_, gettext
from server.web.forms import Form

WHO = {
    When.NOT_ELIGIBLE: N_("Companies that do not fulfil the conditions for the supported price"),
    When.UNDECLARED: N_("Companies that have not declared"),
}

Says = Callable[[CallRow, int], Awaitable[list[str]]]
_says: list[Says] = []


def ineligible(says: Says) -> Says:
    """Register what keeps a company from the first list of a call: a sentence for each reason."""
    _says.append(says)
    return says


class ListsForm(Form):
    """The further price lists of a call. Without any, the call's own prices everybody."""

    not_eligible: Annotated[
        int | None,
        Meta(
            title=N_("Price list for companies that are not eligible"),
            description=N_(
                "For those that do not fulfil a condition of this call that only warns. A"
                " condition that refuses still refuses."
            ),
        ),
    ] = None
    not_eligible_aided: Annotated[bool, Meta(title=N_("They get the call’s co-financing"))] = False
    undeclared: Annotated[
        int | None,
        Meta(
            title=N_("Price list for companies that have not declared"),
            description=N_("They may apply without the declarations ticked below."),
        ),
    ] = None
    undeclared_aided: Annotated[bool, Meta(title=N_("They get the call’s co-financing"))] = False
    declarations: Annotated[list[str], Meta(title=N_("Declarations that decide"))] = msgspec.field(
        default_factory=list
    )

    def check(self) -> dict[str, str]:
        """Declarations go with the list that their lack leads to."""
        if not set(self.declarations) <= set(NAMES):
            return {"declarations": gettext(N_("Choose from the declarations offered."))}
        if (self.undeclared is None) is bool(self.declarations):
            return {
                "declarations": gettext(
                    N_("Choose the list and the declarations together, or neither.")
                )
            }
        return {}


async def others_of(call_id: int) -> list[Other]:
    """The further price lists of a call: who is not eligible is asked first."""
    found = await rows(
        "SELECT price_list, applies, declarations, aided FROM call_price_list WHERE call = $1"
        " ORDER BY applies",
        call_id,
    )
    return [
        Other(each["price_list"], When(each["applies"]), tuple(each["declarations"]), each["aided"])
        for each in found
    ]


async def own_lists(
    actor: Actor, *, call_id: int, cursor: str, limit: int
) -> tuple[list[Other], str | None]:
    """The further lists of one of the agency's calls; there are few."""
    await queries.own_call(actor, call_id)
    return (await others_of(call_id))[:limit], None


async def optional_declarations(call_id: int) -> set[str]:
    """Kinds of declarations whose lack only leads to another price list."""
    return {kind for other in await others_of(call_id) for kind in other.declarations}


async def used(call: CallRow, company_id: int, on: date) -> Used:
    """The list that prices a company on a day, and why it is not the first one."""
    others = await others_of(call.id)
    missing: dict[str, str] = {}
    failed: list[str] = []
    if any(other.when is When.UNDECLARED for other in others):
        missing = {
            line.kind: gettext(line.name)
            for line in await declarations.lines(company_id, on)
            if line.standing not in HOLDS
        }
    if any(other.when is When.NOT_ELIGIBLE for other in others):
        failed = [said for says in _says for said in await says(call, company_id)]
    return which(call.price_list, others, missing, failed)


async def prices_for(
    call: CallRow, company_id: int, on: date, sent_on: date | None = None
) -> tuple[Prices, Used]:
    """What a company pays by: its list, in the edition of the day its application was sent."""
    found = await used(call, company_id, on)
    prices = await fees.prices_on(found.price_list, sent_on or on, call.price_list)
    if not found.why:
        return prices, found
    named = Note(N_("The prices are those of the list “{list}”."), {"list": prices.name})
    return prices, Used(found.price_list, found.aided, (named, *found.why))


async def must_be_priced(found: Dossier, space: str, area_m2: Decimal) -> None:
    """Refuse a way to take space, or an area in it, that the company's price list does not have."""
    call = found.call
    prices, _ = await prices_for(call, found.row.company, clock.today(call.tz))
    pieces(prices.way(space), hundredths(area_m2))


@action
async def set_lists(actor: Actor, form: ListsForm, *, call_id: int) -> int:
    """Say which further lists the call has, and for whom; until it is published."""
    require(actor, "call.write")
    call = await queries.own_call(actor, call_id)
    await execute("SELECT 1 FROM call WHERE id = $1 FOR UPDATE", call_id)
    if call.state is not CallState.DRAFT:
        raise Conflict(N_("The call is published, so its price lists stand."))
    before = await others_of(call_id)
    await execute("DELETE FROM call_price_list WHERE call = $1", call_id)
    for when, chosen, aided, kinds in (
        (When.NOT_ELIGIBLE, form.not_eligible, form.not_eligible_aided, []),
        (When.UNDECLARED, form.undeclared, form.undeclared_aided, form.declarations),
    ):
        if chosen is None:
            continue
        await _must_fit(actor, call, chosen, when.value)
        await execute(
            "INSERT INTO call_price_list (call, price_list, applies, declarations, aided)"
            " VALUES ($1,$2,$3,$4,$5)",
            call_id,
            chosen,
            when.value,
            kinds,
            aided,
        )
    await record(
        actor, "call.price_lists", "call", call_id,
        before={"lists": msgspec.to_builtins(before)},
        after={"lists": msgspec.to_builtins(await others_of(call_id))},
    )  # fmt: skip
    return call_id


async def _must_fit(actor: Actor, call: CallRow, price_list_id: int, field: str) -> None:
    found = await row(
        "SELECT currency FROM price_list WHERE id = $1::bigint AND agency = $2 AND booth = $3",
        price_list_id,
        actor.agency_id,
        call.booth,
    )
    if found is None or price_list_id == call.price_list:
        raise Refused(
            N_("Choose another price list of the same joint booth than the call’s own."),
            field=field,
        )
    if found["currency"] != call.currency:
        raise Refused(
            N_("The call counts in {currency}: all its lists must."),
            field=field,
            currency=call.currency,
        )


@additions.part
async def price_lists(actor: Actor, call: CallRow) -> Part:
    """The line of the set-up."""
    others = await others_of(call.id)
    said = gettext(N_("One list for everybody."))
    if others:
        said = gettext(
            N_("{n} lists: the first, and one for {who}."),
            n=len(others) + 1,
            who=", ".join(gettext(WHO[each.when]).lower() for each in others),
        )
    return Part(name=N_("Price lists"), url=f"/desk/calls/{call.id}/price-lists", said=said)


@additions.follows_call(CallEvent.PUBLISHED)
async def freeze(actor: Actor, call: CallRow) -> None:
    """The further lists stand with the publication, as the first does."""
    for other in await others_of(call.id):
        await fee_actions.freeze(other.price_list)


async def shown(call: CallRow, on: date) -> list[dict[str, Any]]:
    """The further lists as everybody reads them: for whom, and the prices of the day."""
    return [
        {
            "who": gettext(WHO[each.when]),
            "names": [gettext(NAMES[kind]) for kind in each.declarations],
            "aided": each.aided,
            "prices": await fees.prices_on(each.price_list, on, call.price_list),
        }
        for each in await others_of(call.id)
    ]
