"""A pot that is shared by all who take part: the parts are fixed once all claims are in."""

from collections.abc import Sequence
from dataclasses import dataclass

from server import clock
from server.accounts.permissions import Actor, require
from server.aid.rules import Mode, split_pot
from server.audit import record
from server.database import execute, row, rows, step, value
from server.errors import Conflict, NotFound
from server.text import N_


@dataclass(frozen=True, slots=True)
class Claim:
    """What one participation may claim of a pot, in minor units."""

    about: str
    company: int
    name: str
    claim_minor: int


@dataclass(frozen=True, slots=True)
class Pot:
    """A pot of a scheme, and what is left of it to share."""

    scheme: int
    name: str
    currency: str
    left_minor: int
    shared: dict[str, int]


async def pots(scheme_ids: Sequence[int]) -> list[Pot]:
    """Those of the schemes that are pots, with the shares that are fixed."""
    found = await rows(
        "SELECT s.id, s.name, s.currency, s.budget_minor - s.committed_minor AS left_minor,"
        " coalesce(jsonb_object_agg(p.about, p.share_minor) FILTER (WHERE p.id IS NOT NULL), '{}')"
        " AS shared FROM scheme s LEFT JOIN pot_share p ON p.scheme = s.id"
        " WHERE s.id = ANY($1::bigint[]) AND s.mode = $2 GROUP BY s.id ORDER BY s.id",
        list(scheme_ids),
        Mode.POT.value,
    )
    return [Pot(one["id"], one["name"], one["currency"], one["left_minor"], one["shared"])
            for one in found]  # fmt: skip


@step
async def fix(actor: Actor, *, scheme_id: int, claims: Sequence[Claim]) -> None:
    """Share what the pot holds among the claims; anew, as long as nothing is granted from it."""
    require(actor, "aid.grant")
    held = await row(
        "SELECT budget_minor, committed_minor FROM scheme WHERE id = $1 AND agency = $2"
        " AND mode = $3 FOR NO KEY UPDATE",
        scheme_id,
        actor.agency_id,
        Mode.POT.value,
    )
    if held is None:
        raise NotFound()
    if held["committed_minor"]:
        raise Conflict(
            N_("Aid was granted from this pot already: its parts stay as they were shared.")
        )
    shares = split_pot(held["budget_minor"], [one.claim_minor for one in claims])
    before = await value("SELECT count(*) FROM pot_share WHERE scheme = $1", scheme_id)
    await execute("DELETE FROM pot_share WHERE scheme = $1", scheme_id)
    for one, share in zip(claims, shares, strict=True):
        await execute(
            "INSERT INTO pot_share (scheme, about, company, claim_minor, share_minor, fixed_at)"
            " VALUES ($1,$2,$3,$4,$5,$6)",
            scheme_id,
            one.about,
            one.company,
            one.claim_minor,
            share,
            clock.now(),
        )
    await record(
        actor, "aid.share_pot", "scheme", scheme_id, before={"shares": before},
        after={"claims": len(claims), "shared_minor": sum(shares)},
    )  # fmt: skip
