"""How an agency works with its bank: what it has chosen, and a file read by it."""

import asyncio

import msgspec

from server import audit
from server.accounts.permissions import Actor, require
from server.billing import bank_reading as reading
from server.billing.bank_reading import Read
from server.database import action, execute, row, step
from server.organisations.queries import own_agency


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How an agency works with its bank. `numbers` are its account numbers for exports."""

    fee_tolerance_minor: int = 0
    refunds_by_file: bool = False
    layouts: dict[str, dict[str, str]] = {}
    numbers: dict[str, str] = {}
    adviser: int = 1001
    client: int = 1


async def settings_of(agency_id: int) -> Settings:
    """The agency's own settings, or the defaults."""
    found = await row("SELECT * FROM bank_setting WHERE agency = $1::bigint", agency_id)
    return msgspec.convert(found, Settings) if found else Settings()


async def parsed(agency_id: int, raw: bytes) -> Read:
    """The file read beside the loop: 5,000 entries take a second."""
    own = await settings_of(agency_id)
    return await asyncio.to_thread(reading.read, raw, own.layouts)


@step
async def keep_settings(agency_id: int, new: Settings) -> None:
    """Write the agency's settings."""
    await execute(
        "INSERT INTO bank_setting (agency, fee_tolerance_minor, refunds_by_file, layouts, numbers,"
        " adviser, client) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (agency) DO UPDATE SET"
        " fee_tolerance_minor = excluded.fee_tolerance_minor,"
        " refunds_by_file = excluded.refunds_by_file, layouts = excluded.layouts,"
        " numbers = excluded.numbers, adviser = excluded.adviser, client = excluded.client",
        agency_id, new.fee_tolerance_minor, new.refunds_by_file, new.layouts, new.numbers,
        new.adviser, new.client,
    )  # fmt: skip


@action
async def choose(actor: Actor, *, fee_tolerance_minor: int, refunds_by_file: bool = False) -> None:
    """Say how much of a transfer the bank may keep, in minor units of the agency's currency, and
    whether refunds of transfers are paid by a file."""
    require(actor, "money.record")
    agency = await own_agency(actor)
    own = await settings_of(agency.id)
    new = msgspec.structs.replace(
        own, fee_tolerance_minor=fee_tolerance_minor, refunds_by_file=refunds_by_file
    )
    await keep_settings(agency.id, new)
    await audit.record(
        actor, "bank.settings", "agency", agency.id,
        before={"fee_tolerance_minor": own.fee_tolerance_minor, "by_file": own.refunds_by_file},
        after={"fee_tolerance_minor": fee_tolerance_minor, "by_file": refunds_by_file},
    )  # fmt: skip
