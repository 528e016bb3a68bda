"""Writing price lists, taking services from their stock, keeping quotes."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from booths.fees import queries
from booths.fees.copying import COLUMNS, FEE_COLUMNS, copied
from booths.fees.forms import CopyForm, FeeForm, PriceListForm, places
from booths.fees.pricing import NOT_LISTED, Choice, FeeKind, cannot_order
from booths.fees.rules import Quote
from booths.fees.space import Space
from booths.partners import queries as partners
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, step, value
from server.errors import Conflict, NotFound, Refused
from server.money import to_minor
from server.text import N_

_FROZEN = N_(
    "A call was published with these prices, so they stand. Copy the list and change the copy."
)
CHANGED = N_(
    "Somebody else changed this a moment ago. What you typed is kept: look and save again."
)


@action
async def create_price_list(actor: Actor, form: PriceListForm) -> int:
    """A new price list for one of the agency's booths."""
    require(actor, "price_list.write")
    columns = await _columns(actor, form)
    made = int(
        await value(
            f"INSERT INTO price_list (agency, created_at, {', '.join(COLUMNS)})"  # noqa: S608
            f" VALUES ($1,$2,{_places(COLUMNS)}) RETURNING id",
            actor.agency_id,
            clock.now(),
            *(columns[name] for name in COLUMNS),
        )
    )
    await record(actor, "price_list.create", "price_list", made, after=columns)
    return made


@action
async def change_price_list(actor: Actor, form: PriceListForm, *, price_list_id: int) -> int:
    """New prices, as long as no call was published with the old ones."""
    require(actor, "price_list.write")
    before = await held_list(actor, price_list_id)
    if form.version is not None and form.version != before["version"]:
        raise Conflict(CHANGED)
    columns = await _columns(actor, form)
    if columns["currency"] != before["currency"] and (
        before["spaces"]
        or before["succeeds"]
        or await value("SELECT 1 FROM fee WHERE price_list = $1 LIMIT 1", price_list_id)
    ):
        raise Refused(
            N_("The fees and services count in {currency}: the currency can change without them."),
            field="currency",
            currency=before["currency"],
        )
    if before["succeeds"] and columns["booth"] != before["booth"]:
        raise Refused(
            N_("A new edition is for the same joint booth as the one before it."), field="booth"
        )
    await must_follow(before, form.valid_from)
    await execute(
        f"UPDATE price_list SET ({', '.join(COLUMNS)}) = ROW ({_places(COLUMNS)}),"  # noqa: S608
        " version = version + $2 WHERE id = $1",
        price_list_id,
        1,
        *(columns[name] for name in COLUMNS),
    )
    changed = {name: columns[name] for name in COLUMNS if columns[name] != before[name]}
    await record(
        actor,
        "price_list.change",
        "price_list",
        price_list_id,
        before={name: before[name] for name in changed},
        after=changed,
    )
    return price_list_id


@action
async def copy_price_list(actor: Actor, form: CopyForm, *, price_list_id: int) -> int:
    """A copy with all fees and services, nothing taken yet, free to change."""
    require(actor, "price_list.write")
    await _own_booth(actor, form.booth)
    made = await copied(actor, price_list_id, form.booth, form.name)
    await record(actor, "price_list.copy", "price_list", made, before={"of": price_list_id})
    return made


@action
async def add_fee(actor: Actor, form: FeeForm, *, price_list_id: int) -> int:
    """One more fee or service on the list."""
    require(actor, "price_list.write")
    held = await held_list(actor, price_list_id)
    columns = await _fee_columns(form, held)
    made = int(
        await value(
            f"INSERT INTO fee (price_list, taken, {', '.join(FEE_COLUMNS)}, position)"  # noqa: S608
            f" VALUES ($1, $2, {_places(FEE_COLUMNS)},"
            " (SELECT coalesce(max(position), 0) + 1 FROM fee WHERE price_list = $1)) RETURNING id",
            price_list_id,
            0,
            *(columns[name] for name in FEE_COLUMNS),
        )
    )
    await record(actor, "fee.add", "price_list", price_list_id, after={"fee": made, **columns})
    return made


@action
async def change_fee(actor: Actor, form: FeeForm, *, price_list_id: int, fee_id: int) -> int:
    """Another price, name, stock or deadline."""
    require(actor, "price_list.write")
    held = await held_list(actor, price_list_id)
    columns = await _fee_columns(form, held)
    before = await row(
        "SELECT * FROM fee WHERE id = $1::bigint AND price_list = $2 FOR UPDATE",
        fee_id,
        price_list_id,
    )
    if before is None:
        raise NotFound()
    if columns["stock"] is not None and columns["stock"] < before["taken"]:
        raise Refused(
            N_("{taken} are ordered already: there cannot be fewer."),
            field="stock",
            taken=before["taken"],
        )
    await execute(
        f"UPDATE fee SET ({', '.join(FEE_COLUMNS)}) = ROW ({_places(FEE_COLUMNS)})"  # noqa: S608
        " WHERE id = $1 AND price_list = $2",
        fee_id,
        price_list_id,
        *(columns[name] for name in FEE_COLUMNS),
    )
    await record(
        actor,
        "fee.change",
        "price_list",
        price_list_id,
        before={name: before[name] for name in FEE_COLUMNS},
        after={"fee": fee_id, **columns},
    )
    return fee_id


@action
async def remove_fee(actor: Actor, *, price_list_id: int, fee_id: int) -> int:
    """Take a fee off a list that no call was published with."""
    require(actor, "price_list.write")
    await held_list(actor, price_list_id)
    gone = await row(
        "DELETE FROM fee WHERE id = $1::bigint AND price_list = $2 AND taken = 0"
        " RETURNING name, amount_minor",
        fee_id,
        price_list_id,
    )
    if gone is None:
        raise NotFound()
    await record(actor, "fee.remove", "price_list", price_list_id, before={"fee": fee_id, **gone})
    return fee_id


@step
async def must_follow(held: dict[str, Any], valid_from: date) -> None:
    """Refuse a day for a new edition that is not after that of the one before it."""
    if held["succeeds"] is None:
        return
    before = await value("SELECT valid_from FROM price_list WHERE id = $1", held["succeeds"])
    if valid_from <= before:
        raise Refused(
            N_("The edition before holds from {day}: a new one begins later."),
            field="valid_from",
            day=before.isoformat(),
        )


def spaces_of(held: dict[str, Any]) -> list[Space]:
    """The ways to take space of a list that is held."""
    return msgspec.convert(held["spaces"], list[Space])


def _places(columns: Sequence[str]) -> str:
    """Placeholders for columns that come after two others."""
    return ",".join(f"${n}" for n in range(3, 3 + len(columns)))


@step
async def freeze(price_list_id: int) -> None:
    """Fix a price list for ever: a call was published with it. Repeating it changes nothing."""
    await execute(
        "UPDATE price_list SET frozen_at = $2 WHERE id = $1::bigint AND frozen_at IS NULL",
        price_list_id,
        clock.now(),
    )


@step
async def take_services(price_list_id: int, services: Mapping[int, int]) -> None:
    """Take pieces from the stock of services, all or none; Conflict with what is left."""
    for fee_id, pieces in sorted(services.items()):
        if pieces < 1:
            continue
        done = await value(
            "UPDATE fee SET taken = taken + $3 WHERE id = $1::bigint AND price_list = $2"
            " AND kind = 'service' AND (stock IS NULL OR taken + $3 <= stock)"
            " AND (ends_at IS NULL OR ends_at > $4) AND (unit = 'piece' OR $3 = 1) RETURNING id",
            fee_id,
            price_list_id,
            pieces,
            clock.now(),
        )
        if done is None:
            await _refuse_service(price_list_id, fee_id, pieces)


@step
async def give_back_services(price_list_id: int, services: Mapping[int, int]) -> None:
    """Put pieces back that `take_services` took."""
    for fee_id, pieces in sorted(services.items()):
        if pieces > 0:
            await execute(
                "UPDATE fee SET taken = taken - $3 WHERE id = $1::bigint AND price_list = $2",
                fee_id,
                price_list_id,
                pieces,
            )


@step
async def keep_quote(application_id: int, quote: Quote, choice: Choice | None = None) -> int:
    """Keep a quote with its application, for ever as it is; the id of the row."""
    inputs: dict[str, Any] = {"on": quote.on.isoformat()}
    if choice is not None:
        inputs |= {
            "area_m2": str(choice.area_m2),
            "stand_kind": choice.stand_kind.value,
            "services": {str(one): pieces for one, pieces in choice.services.items()},
            "extras": msgspec.to_builtins(choice.extras),
            "space": choice.space,
            "participation": choice.participation,
            "sent_on": choice.sent_on and choice.sent_on.isoformat(),
        }
        if choice.share is not None:
            inputs["share"] = {
                "areas": [str(area) for area in choice.share.areas],
                "place": choice.share.place,
            }
    return int(
        await value(
            "INSERT INTO quote (application_id, price_list, scheme, computed_at, computed_on,"
            " inputs, lines, notes, billed_m2, full_minor, eligible_minor, aid_minor, offer_minor,"
            " aid_later, net_minor, vat_minor, total_minor, vat_rate_bp, vat_code, vat_reason,"
            " currency, intensity_bp, legal_basis, scheme_name, awards,"
            " later_minor, cost_minor, taxes, parts)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,"
            "$22,$23,$24,$25,$26,$27,$28,$29) RETURNING id",
            application_id,
            quote.price_list_id,
            quote.scheme_id,
            clock.now(),
            quote.on,
            inputs,
            msgspec.to_builtins(quote.lines),
            msgspec.to_builtins(quote.notes),
            quote.billed_m2,
            quote.full_minor,
            quote.eligible_minor,
            quote.aid_minor,
            quote.offer_minor,
            quote.aid_later,
            quote.net_minor,
            quote.vat_minor,
            quote.total_minor,
            quote.vat_rate_bp,
            quote.vat_code,
            quote.vat_reason,
            quote.currency,
            quote.intensity_bp,
            quote.legal_basis,
            quote.scheme_name,
            msgspec.to_builtins(quote.awards),
            quote.later_minor,
            quote.cost_minor,
            msgspec.to_builtins(quote.taxes),
            msgspec.to_builtins(quote.parts),
        )
    )


async def held_list(actor: Actor, price_list_id: int) -> dict[str, Any]:
    """The list, locked, if it is the agency's and may still change."""
    found = await locked(actor, price_list_id)
    if found["frozen_at"] is not None:
        raise Conflict(_FROZEN)
    return found


async def locked(actor: Actor, price_list_id: int) -> dict[str, Any]:
    """The list, locked, if it is the agency's."""
    found = await row(
        "SELECT p.*, f.tz FROM price_list p JOIN booth b ON b.id = p.booth"
        " JOIN fair f ON f.id = b.fair WHERE p.id = $1::bigint AND p.agency = $2 FOR UPDATE OF p",
        price_list_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound()
    return found


async def _own_booth(actor: Actor, booth_id: int) -> None:
    if not await partners.may_use(actor.agency_id, booth_id):
        raise Refused(N_("Choose a joint booth that your agency leads or shares."), field="booth")


async def _columns(actor: Actor, form: PriceListForm) -> dict[str, Any]:
    await _own_booth(actor, form.booth)

    def minor(amount: Decimal) -> int:
        return to_minor(amount, form.currency)

    return {
        "booth": form.booth,
        "name": form.name,
        "currency": form.currency,
        "per_m2_minor": minor(form.full_per_m2 if form.per_m2 is None else form.per_m2),
        "full_per_m2_minor": minor(form.full_per_m2),
        "minimum_m2": form.minimum_m2,
        "corner_minor": minor(form.corner),
        "head_minor": minor(form.head),
        "island_minor": minor(form.island),
        "side_minor": minor(form.side),
        "sides_most": form.sides_most,
        "early_until": form.early_until,
        "early_bp": int(form.early_percent * 100),
        "early_minor": minor(form.early_off),
        "late_from": form.late_from,
        "late_bp": int(form.late_percent * 100),
        "late_minor": minor(form.late_more),
        "valid_from": form.valid_from,
    }


async def _fee_columns(form: FeeForm, held: dict[str, Any]) -> dict[str, Any]:
    for name in ("amount", "reduced"):
        fault = places(getattr(form, name), held["currency"])
        if fault:
            raise Refused("{fault}", field=name, fault=fault)
    if not set(form.included_in) <= {one.key for one in spaces_of(held)}:
        raise Refused(N_("Choose from the ways to take space of this list."), field="included_in")
    amount, reduced = to_minor(form.amount, held["currency"]), None
    if form.reduced is not None:
        reduced = to_minor(form.reduced, held["currency"])
    return {
        "kind": form.kind.value,
        "name": form.name,
        "unit": form.unit.value,
        "amount_minor": amount,
        "eligible": form.eligible == "yes",
        "stock": form.stock if form.kind is FeeKind.SERVICE else None,
        "cost_kind": "" if form.cost is None else form.cost.value,
        "reduced_minor": reduced,
        "included_in": form.included_in,
        "supply": form.supply,
        "ends_at": None if form.ends_at is None else clock.to_utc(form.ends_at, held["tz"]),
    }


async def _refuse_service(price_list_id: int, fee_id: int, pieces: int) -> None:
    found = {one.id: one for one in (await queries.prices(price_list_id)).fees}
    fee = found.get(fee_id)
    reason = cannot_order(fee, pieces, clock.now()) if fee else None
    if reason is None:
        raise Conflict(NOT_LISTED)
    places: dict[str, Any] = dict(reason.values)
    raise Conflict(reason.text, field="services", **places)
