"""Giving a declaration, and taking it back."""

from decimal import Decimal
from typing import Any

from server import clock
from server.accounts.permissions import Actor, require
from server.aid import law, standing
from server.aid.eligibility import size_of
from server.aid.sizes import SIZE_NAMES
from server.audit import record
from server.database import action, execute, row, step, value
from server.declarations.forms import GiveForm
from server.declarations.kinds import kind_on
from server.declarations.rules import Kind, last_day
from server.documents import actions as documents
from server.errors import Conflict, Invalid, NotFound, Refused
from server.money import format_money, to_minor
from server.organisations import queries as organisations
from server.text import N_, gettext
from server.web.formats import day, number, percent
from server.web.forms import fields

EURO = "EUR"
_OPTIONAL = ("branch_until",)


@action
async def give(actor: Actor, form: GiveForm, *, kind: str) -> int:
    """Declare something from today on; it replaces what was declared of that kind before."""
    return await give_one(actor, form, kind)


@step
async def give_one(actor: Actor, form: GiveForm, code: str) -> int:
    """The same inside a larger act, such as finishing an application. The declaration's id."""
    require(actor, "declaration.give")
    now = clock.now()
    kind = kind_on(code, now.date())
    if kind is None or actor.company_id is None:
        raise NotFound
    details = _details(kind, form)
    await _agrees(kind, actor.company_id)
    evidence = None
    if form.evidence is not None:
        evidence = await documents.keep_paper(
            actor,
            kind="evidence",
            upload=form.evidence,
            company=actor.company_id,
            about=f"declaration:{code}",
            field="evidence",
        )
    said = [gettext(kind.text), *await _added(kind, actor.company_id), *_said(details)]
    made = int(
        await value(
            "INSERT INTO declaration (company, kind, version, text, details, given_by, given_on,"
            " given_at, valid_until, evidence) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)"
            " RETURNING id",
            actor.company_id,
            code,
            kind.version,
            "\n".join(said),
            details,
            actor.person_id,
            now.date(),
            now,
            last_day(now.date(), kind.months),
            evidence,
        )
    )
    await record(
        actor, "declaration.give", "declaration", made,
        after={"kind": code, "version": kind.version, "details": details, "evidence": evidence},
    )  # fmt: skip
    return made


@action
async def withdraw(actor: Actor, _: Any = None, *, declaration_id: int) -> int:
    """Take a declaration back: it holds no more, and stays readable."""
    require(actor, "declaration.give")
    found = await row(
        "SELECT kind, withdrawn_at FROM declaration WHERE id = $1::bigint AND company = $2"
        " FOR UPDATE",
        declaration_id,
        actor.company_id,
    )
    if found is None:
        raise NotFound
    if found["withdrawn_at"] is not None:
        raise Conflict(N_("This declaration was taken back before."))
    await execute(
        "UPDATE declaration SET withdrawn_at = $2 WHERE id = $1", declaration_id, clock.now()
    )
    await record(
        actor, "declaration.withdraw", "declaration", declaration_id, after={"kind": found["kind"]}
    )
    return declaration_id


def _details(kind: Kind, form: GiveForm) -> dict[str, Any]:
    """The facts that the kind asks for: euro cents, basis points, days, words."""
    labels = {each.name: each.label for each in fields(GiveForm)}
    missing = {
        name: gettext(N_("{label} is missing."), label=gettext(labels[name]))
        for name in kind.asks
        if name not in _OPTIONAL and getattr(form, name) in (None, "")
    }
    if kind.evidence and form.evidence is None:
        missing["evidence"] = gettext(N_("Add the evidence: this declaration does not hold alone."))
    if missing:
        raise Invalid(missing, form.typed())
    found: dict[str, Any] = {}
    for name in kind.asks:
        given = getattr(form, name)
        if name == "arrears":
            found["arrears_minor"] = to_minor(given, EURO)
        elif isinstance(given, Decimal):
            found[f"{name}_bp"] = int(given * 100)
        elif given not in (None, ""):
            found[name] = given if isinstance(given, str) else given.isoformat()
    return found


def _said(details: dict[str, Any]) -> list[str]:
    """The facts as they stand under the text that is signed."""
    said = []
    if "arrears_minor" in details:
        amount = format_money(details["arrears_minor"], EURO)
        said.append(gettext(N_("Overdue: {amount}."), amount=amount))
    if "public_share_bp" in details:
        share = percent(details["public_share_bp"])
        said.append(gettext(N_("Held by public bodies: {share}."), share=share))
    if "export_share_bp" in details:
        share = percent(details["export_share_bp"])
        said.append(gettext(N_("Share of exports: {share}."), share=share))
    if "branch_region" in details:
        words = N_("Branch in {region} since {since}.")
        if "branch_until" in details:
            words = N_("Branch in {region} since {since}, until {until}.")
        said.append(
            gettext(
                words,
                region=details["branch_region"],
                since=details["branch_since"],
                until=details.get("branch_until", ""),
            )
        )
    return said


async def _added(kind: Kind, company_id: int) -> list[str]:
    """What the house knows already and the company signs with the text."""
    if kind.adds == "size":
        return await _size(company_id)
    if kind.adds == "aid":
        return await _aid(company_id)
    return []


async def _size(company_id: int) -> list[str]:
    company = await organisations.company(company_id)
    size = size_of(
        company.employees_awu, company.turnover_minor, company.balance_minor, law.size_bounds()
    )
    if size is None or company.size_year is None:
        raise Refused(
            N_(
                "Your profile does not say enough about staff, turnover or balance sheet. Fill"
                " that in first: the declaration rests on it."
            )
        )
    said = await standing.statement(company_id)
    linked = [each for each in (said.linked_companies if said else "").splitlines() if each]
    return [
        gettext(
            N_("{size}: {awu} work units, turnover {turnover}, balance sheet {balance} in {year}."),
            size=gettext(SIZE_NAMES[size]),
            awu=number(company.employees_awu),
            turnover=_amount(company.turnover_minor),
            balance=_amount(company.balance_minor),
            year=company.size_year,
        ),
        gettext(N_("Partner and linked companies: {names}."), names="; ".join(linked))
        if linked
        else gettext(N_("Partner and linked companies: none.")),
    ]


async def _aid(company_id: int) -> list[str]:
    found = await row(
        "SELECT count(*) AS n,"
        " coalesce(sum(d.amount_minor), 0)::bigint AS total FROM declared_aid d"
        " JOIN company c ON c.undertaking = d.undertaking WHERE c.id = $1"
        " AND d.reverses IS NULL"
        " AND NOT EXISTS (SELECT FROM declared_aid r WHERE r.reverses = d.id)"
        " AND d.granted_on > ($2::date - interval '3 years')",
        company_id,
        clock.now().date(),
    )
    assert found is not None
    return [
        gettext(
            N_("From elsewhere on our list on {on}: {n} grants, {total} in all."),
            on=day(clock.now().date()),
            n=found["n"],
            total=format_money(found["total"], EURO),
        )
    ]


def _amount(minor: int | None) -> str:
    return gettext(N_("not stated")) if minor is None else format_money(minor, EURO)


async def _agrees(kind: Kind, company_id: int) -> None:
    """Nobody signs the opposite of what they stated about aid."""
    said = await standing.statement(company_id)
    stated = {
        "no_difficulty": said is not None and said.in_difficulty == "yes",
        "no_recovery_order": said is not None and said.recovery_order == "yes",
    }
    if stated.get(kind.code):
        raise Refused(
            N_(
                "In your statement about aid you said the opposite. Renew that statement first"
                " if it is no longer true."
            )
        )
