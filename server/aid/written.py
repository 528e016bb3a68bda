"""What a grant is written with: whom it holds, its row, and the budget that is committed last."""

from typing import Any

import asyncpg

from server import clock
from server.accounts.permissions import Actor
from server.aid.rules import LegalBasis, Mode
from server.aid.sizes import SizeClass
from server.database import execute, row, step, value
from server.errors import Conflict, NotFound, Refused
from server.money import format_money
from server.text import N_, gettext


@step
async def company_held(company_id: int | None) -> dict[str, Any]:
    """The company, which stays with its undertaking until the commit, and that one held."""
    found = await row(
        "SELECT c.*, u.name AS undertaking_name FROM company c"
        " JOIN undertaking u ON u.id = c.undertaking WHERE c.id = $1::bigint FOR SHARE OF c",
        company_id,
    )
    if found is None:
        raise NotFound()
    await hold_undertaking(found["undertaking"])
    return found


@step
async def hold_undertaking(undertaking_id: int) -> None:
    """Let no other grant or declaration of this undertaking pass before the commit."""
    await execute("SELECT 1 FROM undertaking WHERE id = $1 FOR NO KEY UPDATE", undertaking_id)


async def scheme_of(actor: Actor, scheme_id: int) -> dict[str, Any]:
    """A scheme of the actor's agency with what its agency says of time and State."""
    found = await row(
        "SELECT s.*, a.tz, a.member_state, a.country, a.name AS agency_name FROM scheme s"
        " JOIN agency a ON a.id = s.agency WHERE s.id = $1::bigint AND (s.agency = $2 OR $3)",
        scheme_id,
        actor.agency_id,
        actor.system,
    )
    if found is None:
        raise NotFound()
    return found


@step
async def commit_budget(scheme: dict[str, Any], amount_minor: int) -> None:
    """The last guard but one: what the budget does not hold cannot be promised.

    The scheme's row is first; triggers carry the sum to its budget line and to the programme,
    which refuse what passes their own ceilings.
    """
    try:
        done = await value(
            "UPDATE scheme SET committed_minor = committed_minor + $2"
            " WHERE id = $1 AND committed_minor + $2 <= budget_minor RETURNING id",
            scheme["id"],
            amount_minor,
        )
    except asyncpg.CheckViolationError as fault:
        if fault.constraint_name not in _ABOVE:
            raise
        raise Conflict(
            _ABOVE[fault.constraint_name],
            scheme=scheme["name"],
            left=format_money(int(fault.detail), scheme["currency"]),
            amount=format_money(amount_minor, scheme["currency"]),
        ) from None
    if done is None:
        left = await value(
            "SELECT budget_minor - committed_minor FROM scheme WHERE id = $1", scheme["id"]
        )
        raise Conflict(
            N_(
                "The budget of “{scheme}” was used up a moment ago: {left} are left and {amount}"
                " are needed. Nothing was granted."
            ),
            scheme=scheme["name"],
            left=format_money(left, scheme["currency"]),
            amount=format_money(amount_minor, scheme["currency"]),
        )


@step
async def insert_grant(**fields: Any) -> int:
    """Write a row of the register; the database's own guards answer in sentences."""
    names = [*fields, "created_at"]
    places = ", ".join(f"${n}" for n in range(1, len(names) + 1))
    try:
        return int(
            await value(
                f"INSERT INTO aid_grant ({', '.join(names)}) VALUES ({places}) RETURNING id",  # noqa: S608
                *fields.values(),
                clock.now(),
            )
        )
    except asyncpg.CheckViolationError as fault:
        if fault.constraint_name == "aid_grant_cost":
            raise Refused(
                N_("All aid for this participation together would pass its cost.")
            ) from None
        if fault.constraint_name != "aid_grant_ceiling":
            raise
        raise Conflict(
            N_("The headroom of the undertaking was used up a moment ago. Nothing was granted.")
        ) from None


def beneficiary(
    company: dict[str, Any], size: SizeClass | None, scheme: dict[str, Any], basis: LegalBasis
) -> dict[str, Any]:
    """What Article 6(1) asks the register to hold, and what the letter relies on."""
    return {
        "name": company["legal_name"],
        "identifier": company["vat_id"] or company["register_no"],
        "register_no": company["register_no"],
        "country": company["country"],
        "region": company["region"],
        "nace_code": company["nace_code"],
        "nace_revision": company["nace_revision"],
        "size": size.value if size else "",
        "size_year": company["size_year"],
        "undertaking": company["undertaking_name"],
        "authority": scheme["agency_name"],
        "instrument": gettext(_INSTRUMENTS[Mode(scheme["mode"])]),
        "scheme": scheme["name"],
        "scheme_reference": scheme["reference"],
        "basis": basis.name,
        "article": basis.article,
        "citation": basis.citation,
    }


_INSTRUMENTS = {
    Mode.RATE: N_("Grant, as a reduction of the participation price"),
    Mode.FIXED_PRICE: N_("Reduced participation price"),
    Mode.AMOUNT: N_("Grant of a fixed amount for each participation"),
    Mode.POT: N_("Grant, as a part of a shared pot"),
}
_ABOVE = {
    "budget_line_ceiling": N_(
        "The budget line above “{scheme}” was used up a moment ago: {left} are left and {amount}"
        " are needed. Nothing was granted."
    ),
    "programme_ceiling": N_(
        "The programme above “{scheme}” was used up a moment ago: {left} are left and {amount}"
        " are needed. Nothing was granted."
    ),
}
