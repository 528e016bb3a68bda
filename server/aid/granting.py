"""Granting aid: everything is looked at while the undertaking is held, then all is written.

A grant holds the undertaking first and the budget last: the budget of a scheme is what the most
people want at one moment. Behind both stand the database's own guards (migrations/aid).
"""

from dataclasses import replace
from datetime import date
from typing import Any

from server import clock
from server.accounts.permissions import Actor, require
from server.aid import euros, law, queries, rules, size_tests, standing
from server.aid.eligibility import refusals, size_of
from server.aid.rules import CEILING_CURRENCY, LegalBasis, Mode
from server.aid.sizes import SizeClass
from server.aid.sourcing import Occasion, sources
from server.aid.written import beneficiary, commit_budget, company_held, insert_grant, scheme_of
from server.audit import record
from server.database import execute, row, rows, step, value
from server.errors import Conflict, Refused
from server.money import format_money
from server.text import N_
from server.web.formats import percent


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
    series: str = "",
) -> int:
    """Grant aid today: hold the undertaking's headroom and the scheme's budget, or neither.

    Refused where the law or the scheme says no; Conflict where headroom or budget is used up,
    with what is left. `about` names what it is for, such as "application:12"; what was held for it
    before becomes the grant. `fair`, its `series` and first day tell participations apart; all
    sources for one thing together stay within `cost_minor`. `applied_on` is the day of the first
    application, `ordered_on` that of the first binding order, if any. Returns the grant.
    """
    require(actor, "aid.grant")
    scheme = await scheme_of(actor, scheme_id)
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
        scheme,
        company_id,
        amount_minor,
        eligible_minor,
        Occasion(about, fair, fair_on, series=series),
        on,
    )
    rate = await euros.needed(scheme["agency"], scheme["currency"], basis, on)
    euro_minor = rate.euro(amount_minor) if rate else None
    await release(about=about, scheme_id=scheme_id)
    room = await queries.headroom(company_id, basis.code, on, state)
    if room.left_minor is not None and (euro_minor or 0) > room.left_minor:
        raise Conflict(
            N_(
                "{amount} would pass the ceiling of “{undertaking}”: of {ceiling} since {since},"
                " {left} are left. Nothing was granted. You may offer up to {left}."
            ),
            amount=format_money(euro_minor or 0, CEILING_CURRENCY),
            undertaking=company["undertaking_name"],
            ceiling=format_money(room.ceiling_minor or 0, CEILING_CURRENCY),
            since=room.since,
            left=format_money(room.left_minor, CEILING_CURRENCY),
        )
    grant_id = await insert_grant(
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
        beneficiary=beneficiary(company, size, scheme, basis),
        granted_on=on,
        member_state=state,
        about=about,
        fair=fair,
        fair_on=fair_on,
        series=series,
        cost_minor=cost_minor,
        charge_minor=charge_minor,
        applied_on=applied_on,
        ordered_on=ordered_on,
        register_due_on=rules.register_due(basis, on, state),
        publish_due_on=rules.publish_by(
            basis, amount_minor if euro_minor is None else euro_minor, on, company["nace_code"]
        ),
        euro_minor=euro_minor,
        euro_rate=rate.units if rate else None,
        euro_rate_on=rate.on if rate else None,
        euro_rate_source=rate.source if rate else "",
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
    await commit_budget(scheme, amount_minor)
    return grant_id


@step
async def hold(
    actor: Actor, *, scheme_id: int, company_id: int, amount_minor: int, about: str
) -> int:
    """Hold budget and headroom for an offer; the grant for `about` takes them over.

    Conflict where either is used up. Holding again for the same thing replaces what was held.
    """
    require(actor, "aid.grant")
    scheme = await scheme_of(actor, scheme_id)
    company = await company_held(company_id)
    on = clock.today(scheme["tz"])
    state = scheme["member_state"] or scheme["country"]
    basis = _basis_for(scheme, on)
    rate = await euros.needed(scheme["agency"], scheme["currency"], basis, on)
    euro_minor = rate.euro(amount_minor) if rate else None
    await release(about=about, scheme_id=scheme_id)
    room = await queries.headroom(company_id, basis.code, on, state)
    if room.left_minor is not None and (euro_minor or 0) > room.left_minor:
        raise Conflict(
            N_("The headroom of “{undertaking}” has {left} left. Nothing was held."),
            undertaking=company["undertaking_name"],
            left=format_money(room.left_minor, CEILING_CURRENCY),
        )
    made = int(
        await value(
            "INSERT INTO aid_hold (scheme, company, amount_minor, legal_basis, member_state, about,"
            " held_on, held_at, euro_minor) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) RETURNING id",
            scheme_id,
            company_id,
            amount_minor,
            basis.code,
            state,
            about,
            on,
            clock.now(),
            euro_minor,
        )
    )
    await commit_budget(scheme, amount_minor)
    return made


@step
async def hold_if_possible(actor: Actor, **what: Any) -> bool:
    """Hold for an offer what is there to hold; where it is not, the offer stands without a hold
    and the contract says what is missing."""
    scheme = await scheme_of(actor, what["scheme_id"])
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
    rate, missing = await euros.rate_for(scheme["agency"], scheme["currency"], basis, on)
    if missing is not None:
        return False
    state = scheme["member_state"] or scheme["country"]
    room = await queries.headroom(company["id"], basis.code, on, state)
    euro_minor = rate.euro(what["amount_minor"]) if rate else 0
    if room.left_minor is not None and room.left_minor < euro_minor:
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
