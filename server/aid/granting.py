"""Granting aid and taking it back.

A grant holds the undertaking first and the budget last: the budget of a scheme is what the most
people want at one moment. Behind both stand the database's own guards (migrations/aid).
"""

from dataclasses import replace
from datetime import date
from typing import Any

import asyncpg

from server import clock
from server.accounts.permissions import Actor, require
from server.aid import law, queries, rules, size_tests, standing
from server.aid.eligibility import refusals, size_of
from server.aid.rules import CEILING_CURRENCY, LegalBasis, Mode
from server.aid.sizes import SizeClass
from server.aid.sourcing import Occasion, sources
from server.audit import record
from server.database import execute, row, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.money import format_money, of_bp
from server.text import N_, gettext
from server.web.formats import percent

_KEPT = (
    "scheme", "undertaking", "company", "eligible_minor", "intensity_bp", "legal_basis",
    "ceiling_minor", "limits", "beneficiary", "granted_on", "member_state", "about", "fair",
    "fair_on", "applied_on", "ordered_on",
)  # fmt: skip


@step
async def grant(
    actor: Actor,
    *,
    scheme_id: int,
    company_id: int,
    amount_minor: int,
    eligible_minor: int,
    about: str,
    fair: str = "",
    fair_on: date | None = None,
    cost_minor: int | None = None,
    charge_minor: int = 0,
    applied_on: date | None = None,
    ordered_on: date | None = None,
) -> int:
    """Grant aid today: hold the undertaking's headroom and the scheme's budget, or neither.

    Refused where the law or the scheme says no; Conflict where headroom or budget is used up,
    with what is left. `about` names what it is for, such as "application:12"; what was held for it
    before becomes the grant. `fair` and its first day tell participations apart; all sources for
    one thing together stay within `cost_minor`. `applied_on` is the day of the first application,
    `ordered_on` that of the first binding order, if there was one. Returns the grant.
    """
    require(actor, "aid.grant")
    scheme = await _scheme(actor, scheme_id)
    company = await company_held(company_id)
    on = clock.today(scheme["tz"])
    state = scheme["member_state"] or scheme["country"]
    basis = _basis_for(scheme, on)
    tested = await size_tests.latest(company_id)
    company |= {"size_year": tested.data_year} if tested else {}
    size = (
        tested.result
        if tested
        else size_of(
            company["employees_awu"],
            company["turnover_minor"],
            company["balance_minor"],
            law.size_bounds(),
        )
    )
    await _may_have(basis, company, size, applied_on, ordered_on)
    _within_terms(scheme, basis, amount_minor, eligible_minor)
    await _within_history(
        scheme, company_id, amount_minor, eligible_minor, Occasion(about, fair, fair_on), on
    )
    await release(about=about, scheme_id=scheme_id)
    room = await queries.headroom(company_id, basis.code, on, state)
    if room.left_minor is not None and amount_minor > room.left_minor:
        raise Conflict(
            N_(
                "{amount} would pass the ceiling of “{undertaking}”: of {ceiling} since {since},"
                " {left} are left. Nothing was granted. You may offer up to {left}."
            ),
            amount=format_money(amount_minor, CEILING_CURRENCY),
            undertaking=company["undertaking_name"],
            ceiling=format_money(room.ceiling_minor or 0, CEILING_CURRENCY),
            since=room.since,
            left=format_money(room.left_minor, CEILING_CURRENCY),
        )
    grant_id = await _insert_grant(
        scheme=scheme_id,
        undertaking=company["undertaking"],
        company=company_id,
        amount_minor=amount_minor,
        eligible_minor=eligible_minor,
        intensity_bp=rules.intensity(amount_minor, eligible_minor),
        legal_basis=basis.code,
        ceiling_minor=room.ceiling_minor,
        limits=[
            {
                "ceiling_minor": limit.ceiling_in(state),
                "bases": list(limit.bases),
                "after": rules.counts_after(limit, on).isoformat(),
            }
            for limit in basis.limits
        ],
        beneficiary=_beneficiary(company, size, scheme, basis),
        granted_on=on,
        member_state=state,
        about=about,
        fair=fair,
        fair_on=fair_on,
        cost_minor=cost_minor,
        charge_minor=charge_minor,
        applied_on=applied_on,
        ordered_on=ordered_on,
        register_due_on=rules.register_due(basis, on, state),
        publish_due_on=rules.publish_by(basis, amount_minor, on, company["nace_code"]),
    )
    await record(
        actor,
        "aid.grant",
        "aid_grant",
        grant_id,
        after={"amount_minor": amount_minor, "scheme": scheme_id, "about": about},
        agency_id=scheme["agency"],
        company_id=company_id,
    )
    await _commit_budget(scheme, amount_minor)
    return grant_id


@step
async def hold(
    actor: Actor, *, scheme_id: int, company_id: int, amount_minor: int, about: str
) -> int:
    """Hold budget and headroom for an offer; the grant for `about` takes them over.

    Conflict where either is used up. Holding again for the same thing replaces what was held.
    """
    require(actor, "aid.grant")
    scheme = await _scheme(actor, scheme_id)
    company = await company_held(company_id)
    on = clock.today(scheme["tz"])
    state = scheme["member_state"] or scheme["country"]
    basis = _basis_for(scheme, on)
    await release(about=about, scheme_id=scheme_id)
    room = await queries.headroom(company_id, basis.code, on, state)
    if room.left_minor is not None and amount_minor > room.left_minor:
        raise Conflict(
            N_("The headroom of “{undertaking}” has {left} left. Nothing was held."),
            undertaking=company["undertaking_name"],
            left=format_money(room.left_minor, CEILING_CURRENCY),
        )
    made = int(
        await value(
            "INSERT INTO aid_hold (scheme, company, amount_minor, legal_basis, member_state, about,"
            " held_on, held_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8) RETURNING id",
            scheme_id,
            company_id,
            amount_minor,
            basis.code,
            state,
            about,
            on,
            clock.now(),
        )
    )
    await _commit_budget(scheme, amount_minor)
    return made


@step
async def hold_if_possible(actor: Actor, **what: Any) -> bool:
    """Hold for an offer what is there to hold; where it is not, the offer stands without a hold
    and the contract says what is missing."""
    scheme = await _scheme(actor, what["scheme_id"])
    company = await company_held(what["company_id"])
    left = await row(
        "SELECT least(s.budget_minor - s.committed_minor, l.ceiling_minor - l.committed_minor,"
        " p.ceiling_minor - p.committed_minor) AS minor FROM scheme s"
        " JOIN budget_line l ON l.id = s.budget_line JOIN programme p ON p.id = l.programme"
        " WHERE s.id = $1 FOR NO KEY UPDATE",
        scheme["id"],
    )
    on = clock.today(scheme["tz"])
    basis = law.basis_on(scheme["legal_basis"], on, scheme["valid_from"])
    if basis is None or left is None or left["minor"] < what["amount_minor"]:
        return False
    state = scheme["member_state"] or scheme["country"]
    room = await queries.headroom(company["id"], basis.code, on, state)
    if room.left_minor is not None and room.left_minor < what["amount_minor"]:
        return False
    await hold(actor, **what)
    return True


@step
async def release(*, about: str, scheme_id: int | None = None) -> None:
    """Let go what is held for `about`, if anything is."""
    for one in await rows(
        "UPDATE aid_hold SET released_at = $2 WHERE about = $1 AND released_at IS NULL"
        " AND ($3::bigint IS NULL OR scheme = $3) RETURNING scheme, amount_minor",
        about,
        clock.now(),
        scheme_id,
    ):
        await execute(
            "UPDATE scheme SET committed_minor = committed_minor - $2 WHERE id = $1",
            one["scheme"],
            one["amount_minor"],
        )


@step
async def reverse(actor: Actor, *, about: str, why: str) -> list[int]:
    """Take back everything granted for `about` that is not taken back yet: the new rows.

    The negative row bears the date of the grant it takes back, so that both leave the rolling
    window together; it is due in the register again. Repeating it changes nothing.
    """
    require(actor, "aid.grant")
    await release(about=about)
    found = await rows(
        "SELECT g.* FROM aid_grant g JOIN scheme s ON s.id = g.scheme"
        " WHERE g.about = $1 AND g.reverses IS NULL AND (s.agency = $2 OR $3)"
        " AND NOT EXISTS (SELECT FROM aid_grant r WHERE r.reverses = g.id)"
        " ORDER BY g.undertaking, g.id",
        about,
        actor.agency_id,
        actor.system,
    )
    made = []
    for one in found:
        taken = await _take_back(actor, one, why)
        if taken is not None:
            made.append(taken)
    return made


@step
async def lower(actor: Actor, *, grant_id: int, amount_minor: int, why: str) -> int | None:
    """Take a grant back and grant what is left of it, on its own date; None where nothing is."""
    require(actor, "aid.pay")
    one = await row(
        "SELECT g.* FROM aid_grant g JOIN scheme s ON s.id = g.scheme"
        " WHERE g.id = $1 AND s.agency = $2",
        grant_id,
        actor.agency_id,
    )
    if one is None:
        raise NotFound()
    if not 0 <= amount_minor < one["amount_minor"]:
        raise Refused(N_("A grant can only be lowered."))
    if await _take_back(actor, one, why) is None:
        raise Conflict(N_("This grant was taken back a moment ago."))
    if amount_minor == 0:
        return None
    scheme = await _scheme(actor, one["scheme"])
    basis = law.basis_on(one["legal_basis"], one["granted_on"], scheme["valid_from"])
    today = clock.today(scheme["tz"])
    charge_bp = queries.terms_of(scheme).bounds.charge_bp
    published = (
        rules.publish_by(basis, amount_minor, today, one["beneficiary"]["nace_code"])
        if basis
        else None
    )
    made = await _insert_grant(
        **{name: one[name] for name in _KEPT if name != "intensity_bp"},
        charge_minor=of_bp(amount_minor, charge_bp),
        publish_due_on=published,
        intensity_bp=rules.intensity(amount_minor, one["eligible_minor"]),
        amount_minor=amount_minor,
        why=why,
        register_due_on=rules.register_due(basis, today, one["member_state"]) if basis else None,
    )
    await record(
        actor, "aid.lower", "aid_grant", made,
        before={"grant": grant_id, "amount_minor": one["amount_minor"]},
        after={"amount_minor": amount_minor}, why=why,
        agency_id=scheme["agency"], company_id=one["company"],
    )  # fmt: skip
    await _commit_budget(scheme, amount_minor)
    return made


async def _take_back(actor: Actor, one: dict[str, Any], why: str) -> int | None:
    """The negative row of one grant, with its budget given back; None if it is there already."""
    await hold_undertaking(one["undertaking"])
    if await value("SELECT 1 FROM aid_grant WHERE reverses = $1", one["id"]):
        return None
    scheme = await _scheme(actor, one["scheme"])
    basis = law.basis_on(one["legal_basis"], one["granted_on"], scheme["valid_from"])
    today = clock.today(scheme["tz"])
    grant_id = await _insert_grant(
        **{name: one[name] for name in _KEPT},
        amount_minor=-one["amount_minor"],
        reverses=one["id"],
        why=why,
        register_due_on=(rules.register_due(basis, today, one["member_state"]) if basis else None),
    )
    await record(
        actor,
        "aid.reverse",
        "aid_grant",
        grant_id,
        before={"grant": one["id"], "amount_minor": one["amount_minor"]},
        why=why,
        agency_id=scheme["agency"],
        company_id=one["company"],
    )
    await _unaccount(actor, one["id"], why)
    await execute(
        "UPDATE scheme SET committed_minor = committed_minor - $2 WHERE id = $1",
        one["scheme"],
        one["amount_minor"],
    )
    return grant_id


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


async def _scheme(actor: Actor, scheme_id: int) -> dict[str, Any]:
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


def _basis_for(scheme: dict[str, Any], on: date) -> LegalBasis:
    basis = law.basis_on(scheme["legal_basis"], on, scheme["valid_from"])
    open_now = scheme["valid_from"] <= on and (
        scheme["valid_until"] is None or on <= scheme["valid_until"]
    )
    if basis is None or not open_now:
        raise Refused(
            N_("“{scheme}”, or its legal basis, is not in force on {on}. Nothing was granted."),
            scheme=scheme["name"],
            on=on,
        )
    return basis


async def _may_have(
    basis: LegalBasis,
    company: dict[str, Any],
    size: SizeClass | None,
    applied_on: date | None,
    ordered_on: date | None,
) -> None:
    said = await standing.statement(company["id"])
    facts = replace(
        standing.facts_of(size, company["nace_code"], said),
        applied_on=applied_on,
        ordered_on=ordered_on,
    )
    for reason in refusals(basis, facts):
        raise reason.refusal()


def _within_terms(
    scheme: dict[str, Any], basis: LegalBasis, amount_minor: int, eligible_minor: int
) -> None:
    if not 0 < amount_minor <= eligible_minor:
        raise Refused(N_("Aid is more than nothing and at most the eligible cost."))
    cap = scheme["cap_minor"]
    if cap is not None and amount_minor > cap:
        raise Refused(
            N_("“{scheme}” gives at most {cap} for one participation."),
            scheme=scheme["name"],
            cap=format_money(cap, scheme["currency"]),
        )
    most = basis.max_intensity_bp
    if most is not None and amount_minor * 10_000 > eligible_minor * most:
        raise Refused(
            N_("{article} allows at most {percent} of the eligible cost."),
            article=basis.article,
            percent=percent(most),
        )


async def _within_history(
    scheme: dict[str, Any],
    company_id: int,
    amount_minor: int,
    eligible_minor: int,
    occasion: Occasion,
    on: date,
) -> None:
    """What the company had before, read while the undertaking is held: nobody else adds to it."""
    source = (await sources([scheme["id"]], company_id, on, occasion))[0]
    reason = rules.closed(source.terms, eligible_minor, source.history, on)
    if reason is not None:
        raise reason.refusal()
    for most, text in rules.caps(source.terms, source.history, on):
        if most is not None and amount_minor > most:
            raise Refused(text, cap=format_money(max(0, most), scheme["currency"]))
    if source.terms.mode is Mode.POT:
        if source.share_minor is None:
            raise Refused(
                N_(
                    "The pot of “{scheme}” is not shared yet. Share it on the page of the call,"
                    " then admit."
                ),
                scheme=scheme["name"],
            )
        if amount_minor > source.share_minor:
            raise Refused(
                N_("The company’s part of the pot is {share}."),
                share=format_money(source.share_minor, scheme["currency"]),
            )


@step
async def account(actor: Actor, *, about: str) -> None:
    """Note aid that lowered a paid invoice as accounted for; what is paid after proof is not."""
    await execute(
        "INSERT INTO aid_payment (aid_grant, kind, amount_minor, charge_minor, paid_on,"
        " recorded_by, recorded_at) SELECT g.id, 'accounted', g.amount_minor, g.charge_minor,"
        " $2, $3, $4 FROM aid_grant g JOIN scheme s ON s.id = g.scheme WHERE g.about = $1"
        " AND g.reverses IS NULL AND s.subsidy_shown <> 'after_proof'"
        " AND NOT EXISTS (SELECT FROM aid_grant r WHERE r.reverses = g.id)"
        " AND NOT EXISTS (SELECT FROM aid_payment p WHERE p.aid_grant = g.id)",
        about,
        clock.now().date(),
        actor.person_id,
        clock.now(),
    )


@step
async def _unaccount(actor: Actor, grant_id: int, why: str) -> None:
    """Take accounted aid out again; money that was paid out stays until it has come back."""
    await execute(
        "INSERT INTO aid_payment (aid_grant, kind, amount_minor, charge_minor, paid_on, why,"
        " recorded_by, recorded_at) SELECT $1, 'accounted', -sum(amount_minor), -sum(charge_minor),"
        " $2, $3, $4, $5 FROM aid_payment WHERE aid_grant = $1 AND kind = 'accounted'"
        " HAVING sum(amount_minor) > 0",
        grant_id,
        clock.now().date(),
        why,
        actor.person_id,
        clock.now(),
    )


async def _commit_budget(scheme: dict[str, Any], amount_minor: int) -> None:
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


async def _insert_grant(**fields: Any) -> int:
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


def _beneficiary(
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
