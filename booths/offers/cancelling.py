"""A whole call is cancelled: letters, releases and refunds in one act, with a preview of it."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import additions, contracts, rules
from booths.calls import queries as calls
from booths.calls.applying import link, write_to_company
from booths.calls.rows import CallRow
from booths.calls.rules import CANCELS, HOLDING, CallState, State
from booths.offers.forms import CancelForm
from booths.offers.rules import CAUSE_NAMES
from events.calendars import actions as calendars
from server import clock
from server.accounts.permissions import Actor, require
from server.aid import granting
from server.audit import record
from server.billing import approvals, ladders, refunds
from server.database import execute, row, rows, step, typed, value
from server.errors import Conflict, NotFound
from server.money import format_money
from server.text import N_, gettext


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice that is cancelled with the call, and what goes back of what was paid on it."""

    invoice: int
    number: str
    application: int
    company_name: str
    total_minor: int
    card_minor: int
    transfer_minor: int
    under_way: bool
    currency: str


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts in one currency."""

    currency: str
    credited_minor: int
    aid_minor: int
    card_minor: int
    transfer_minor: int


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What cancelling a call does, in numbers. `seen` names exactly this state of affairs."""

    applications: dict[str, int]
    letters: int
    stands: int
    area_m2: Decimal
    kept: int
    sums: list[Sum]
    invoices: list[Paid]
    seen: str


# The contract's invoice, and those for what came later: firms on the stand, orders from the shop.
# What an earlier withdrawal cost is owed whatever becomes of the call.
_PAID = """
SELECT i.id AS invoice, i.number, x.id AS application, co.name AS company_name, i.total_minor,
       i.currency, coalesce(p.card, 0)::bigint AS card_minor,
       coalesce(p.transfer, 0)::bigint AS transfer_minor,
       EXISTS (SELECT FROM checkout k WHERE k.invoice = i.id AND k.state = 'processing')
           AS under_way
FROM application x
JOIN company co ON co.id = x.company
JOIN admission ad ON ad.application = x.id AND ad.ended_at IS NULL
JOIN invoice i ON i.about = 'application:' || x.id AND i.credits IS NULL
LEFT JOIN LATERAL (
    SELECT sum(p.amount_minor - p.asked_back_minor) FILTER (WHERE p.method = 'card') AS card,
           sum(p.amount_minor - p.asked_back_minor) FILTER (WHERE p.method <> 'card') AS transfer
    FROM payment p WHERE p.invoice = i.id) p ON true
WHERE x.call = $1 AND x.state IN ('admitted', 'confirmed') AND i.state <> 'credited'
  AND NOT EXISTS (SELECT FROM withdrawal w WHERE i.id IN (w.invoice_id, w.relet_invoice_id))
ORDER BY co.name, x.id, i.id
"""


async def preview(actor: Actor, *, call_id: int) -> Preview:
    """What would happen now."""
    require(actor, "call.decide")
    call = await calls.own_call(actor, call_id)
    states = await rows(
        "SELECT state, count(*) AS n FROM application WHERE call = $1 AND state = ANY($2)"
        " GROUP BY state ORDER BY state",
        call_id,
        [state.value for state in CANCELS],
    )
    counts = {each["state"]: each["n"] for each in states}
    held = await row(
        "SELECT count(DISTINCT al.stand) FILTER (WHERE al.state IN ('held', 'confirmed'))"
        " AS stands,"
        " coalesce(sum(al.area_m2) FILTER (WHERE al.state IN ('held', 'confirmed')), 0) AS area_m2,"
        " count(*) FILTER (WHERE al.state IN ('kept', 'reserved')) AS kept"
        " FROM allocation al JOIN application x ON x.id = al.application"
        " WHERE x.call = $1 AND al.state <> 'released'",
        call_id,
    )
    assert held is not None
    invoices = typed(Paid, await rows(_PAID, call_id))
    aid = await value(
        "SELECT coalesce(sum(q.aid_minor), 0) FROM admission ad JOIN quote q ON q.id = ad.quote"
        " JOIN application x ON x.id = ad.application WHERE x.call = $1 AND ad.ended_at IS NULL",
        call_id,
    )
    sums = Sum(
        currency=call.currency,
        credited_minor=sum(each.total_minor for each in invoices),
        aid_minor=int(aid),
        card_minor=sum(each.card_minor for each in invoices),
        transfer_minor=sum(each.transfer_minor for each in invoices),
    )
    marks = [
        *(f"{state}={n}" for state, n in counts.items()),
        len(invoices),
        sums.card_minor,
        sums.transfer_minor,
    ]
    return Preview(
        applications=counts,
        letters=sum(counts.values()),
        sums=[sums],
        invoices=invoices,
        seen=" ".join(str(each) for each in marks),
        **held,
    )


async def cancel(actor: Actor, form: CancelForm, *, call_id: int) -> approvals.Outcome:
    """Cancel a call as a whole, or not at all. Above the agency's limit it waits for a second
    person, with the numbers that the first one saw."""
    why = gettext(CAUSE_NAMES[form.cause]) + (f". {form.why}" if form.why else ".")
    payload = {"call": call_id, "seen": form.seen}
    return await approvals.run(actor, act="call", payload=payload, why=why)


async def _as_seen(actor: Actor, call: CallRow, seen: str) -> Preview:
    """What it would do, if the call can be cancelled and the numbers are still those."""
    rules.move_call(call.state, CallState.CANCELLED)
    if await value(
        "SELECT 1 FROM application WHERE call = $1 AND state IN ('exhibited', 'no_show') LIMIT 1",
        call.id,
    ):
        raise Conflict(N_("Exhibitors of this call have been at the fair: it took place."))
    found = await preview(actor, call_id=call.id)
    if found.seen != seen:
        raise Conflict(
            N_(
                "Something has changed since you opened this page: an application, a payment or an"
                " admission. Nothing was cancelled. Look at the numbers again."
            )
        )
    return found


async def _weigh(actor: Actor, of: approvals.Payload) -> approvals.Weight:
    call = await calls.own_call(actor, of["call"])
    found = await _as_seen(actor, call, of["seen"])
    sums = found.sums[0]
    back = sums.card_minor + sums.transfer_minor
    return approvals.Weight(
        agency=call.agency,
        about=f"call:{call.id}",
        amount_minor=max(sums.credited_minor, back),
        currency=call.currency,
        seen=found.seen,
        says=gettext(
            N_("{call} is cancelled as a whole: {n} applications, {stands} stands, invoices over"
               " {total}; {back} goes back."),
            call=call.title, n=found.letters, stands=found.stands,
            total=format_money(sums.credited_minor, call.currency),
            back=format_money(back, call.currency),
        ),
        link=f"/desk/calls/{call.id}",
    )  # fmt: skip


@step
async def _held(call_id: int) -> list[dict[str, Any]]:
    """The applications that a cancelled call ends, locked."""
    return await rows(
        "SELECT id, state, company FROM application WHERE call = $1 AND state = ANY($2)"
        " ORDER BY id FOR UPDATE",
        call_id,
        [state.value for state in CANCELS],
    )


@step
async def _hold_all(actor: Actor, of: approvals.Payload) -> None:
    await _hold(actor, int(of["call"]))
    await ladders.hold_papers([each["id"] for each in await _held(int(of["call"]))])


async def _cancel(actor: Actor, of: approvals.Payload, why: str) -> int:
    call_id = int(of["call"])
    call = await _hold(actor, call_id)
    held = await _held(call_id)
    before = await _as_seen(actor, call, of["seen"])
    await execute(
        "UPDATE call SET state = 'cancelled', version = version + 1 WHERE id = $1", call_id
    )
    await record(
        actor, "call.cancel", "call", call_id,
        before={"state": call.state.value, **Counter(each["state"] for each in held)},
        after={"state": "cancelled", "refunds_by_card": before.sums[0].card_minor}, why=why,
    )  # fmt: skip
    call = await calls.own_call(actor, call_id)
    placed = [each for each in held if State(each["state"]) in HOLDING]
    for each in placed:
        await _end(actor, each["id"], why)
    others = [each for each in held if State(each["state"]) not in HOLDING]
    await _let_go(actor, call, others, why)
    for key in ("opens", "closes"):
        await calendars.cancel(f"call:{call_id}:{key}")
    await additions.call_moved(additions.CallEvent.CANCELLED, actor, call)
    return call_id


approvals.register(
    approvals.Act(
        name="call", verb="call.decide", title=N_("Cancel a whole call"), hold=_hold_all,
        weigh=_weigh, do=_cancel,
    )
)  # fmt: skip


async def _hold(actor: Actor, call_id: int) -> CallRow:
    held = await row(
        "SELECT 1 FROM call WHERE id = $1 AND agency = $2 FOR UPDATE", call_id, actor.agency_id
    )
    if held is None:
        raise NotFound
    return await calls.own_call(actor, call_id)


@step
async def _end(actor: Actor, application_id: int, why: str) -> None:
    """End one contract, and send the money that came by card back."""
    found = await calls.desk_dossier(actor, application_id)
    assert found.admission is not None
    before = await rows(
        "SELECT id FROM invoice WHERE about = $1 AND credits IS NULL AND state <> 'credited'",
        f"application:{application_id}",
    )
    await contracts.end(actor, found, State.CANCELLED, why)
    card = transfer = 0
    for paid in await rows(
        "SELECT p.id, p.method, p.amount_minor - p.asked_back_minor AS left_minor,"
        " EXISTS (SELECT FROM refund r WHERE r.payment = p.id AND r.state IN ('asked', 'sent'))"
        " OR EXISTS (SELECT FROM dispute d WHERE d.payment = p.id AND d.closed_at IS NULL)"
        " AS under_way"
        " FROM payment p JOIN invoice i ON i.id = p.invoice AND i.state = 'credited'"
        " WHERE i.id = ANY($1::int[]) AND p.amount_minor > p.asked_back_minor ORDER BY p.id",
        [each["id"] for each in before],
    ):
        if paid["method"] != "card":
            transfer += paid["left_minor"]
        elif not paid["under_way"]:
            await refunds.ask_back(
                actor, payment_id=paid["id"], amount_minor=paid["left_minor"], why=why
            )
            card += paid["left_minor"]
    currency = found.call.currency
    await write_to_company(
        found.row.company,
        found.call,
        f"application:{application_id}:cancelled",
        "application-cancelled",
        reference=found.row.reference,
        call=found.call.title,
        why=why,
        invoice=found.admission.invoice_number,
        card=format_money(card, currency) if card else "",
        transfer=format_money(transfer, currency) if transfer else "",
        link=link(f"/my/applications/{application_id}"),
    )


@step
async def _let_go(actor: Actor, call: CallRow, held: Sequence[dict[str, object]], why: str) -> None:
    """Everybody who has no contract: what was kept for them, their state, their letter."""
    now = clock.now()
    ids = [each["id"] for each in held]
    for application_id in ids:
        await granting.release(about=f"application:{application_id}")
    await execute(
        "UPDATE offer SET state = 'taken_back', answered_at = $2, why = $3 WHERE state = 'open'"
        " AND application = ANY($1::int[])",
        ids,
        now,
        why,
    )
    await execute(
        "UPDATE gap SET closed_at = $2, why = $3 WHERE call = $1 AND closed_at IS NULL",
        call.id,
        now,
        why,
    )
    await execute(
        "UPDATE allocation SET state = 'released', released_at = $2 WHERE state <> 'released'"
        " AND application = ANY($1::int[])",
        ids,
        now,
    )
    await execute(
        "UPDATE application SET state = 'cancelled', why = $2, wait_position = NULL,"
        " decided_at = $3 WHERE id = ANY($1::int[])",
        ids,
        why,
        now,
    )
    for each in held:
        assert isinstance(each["id"], int)
        assert isinstance(each["company"], int)
        await record(
            actor, "application.cancelled", "application", each["id"],
            before={"state": each["state"]}, after={"state": "cancelled"}, why=why,
            company_id=each["company"],
        )  # fmt: skip
        await write_to_company(
            each["company"],
            call,
            f"application:{each['id']}:cancelled",
            "application-cancelled",
            call=call.title,
            why=why,
            invoice="",
            card="",
            transfer="",
            link=link(f"/my/applications/{each['id']}"),
        )


class BackByTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """Money of a cancelled call that a person pays back at the bank."""

    payment: int
    company_name: str
    amount_minor: int
    currency: str


async def to_pay_back(call_id: int) -> list[BackByTransfer]:
    """Transfers on the contracts of a cancelled call that still wait to be paid back."""
    found = await rows(
        "SELECT p.id AS payment, co.name AS company_name, p.currency,"
        " p.amount_minor - p.asked_back_minor AS amount_minor FROM payment p"
        " JOIN invoice i ON i.id = p.invoice AND i.state = 'credited'"
        " JOIN application x ON i.about = 'application:' || x.id"
        " JOIN company co ON co.id = x.company WHERE x.call = $1 AND x.state = 'cancelled'"
        " AND p.method <> 'card' AND p.amount_minor > p.asked_back_minor ORDER BY co.name, p.id"
        " LIMIT 500",
        call_id,
    )
    return typed(BackByTransfer, found)
