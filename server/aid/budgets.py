"""Programmes, their budget lines, and the schemes that draw on them."""

from typing import Any

import asyncpg

from server import clock
from server.accounts.permissions import Actor, require
from server.aid.programme_forms import BudgetLineForm, ProgrammeForm
from server.aid.scheme_forms import SchemeForm
from server.audit import record
from server.database import action, execute, row, step, value
from server.errors import Conflict, NotFound, Refused
from server.money import format_money, to_minor
from server.text import N_, gettext

_TERMS = (
    "name", "reference", "legal_basis", "mode", "rate_bp", "fixed_per_m2_minor", "cap_minor",
    "currency", "budget_minor", "valid_from", "valid_until", "amount_minor", "tiers", "tier_by",
    "bounds", "subsidy_shown", "after_funder", "proof", "budget_line",
)  # fmt: skip
_CHANGED = N_(
    "Somebody else changed this a moment ago. What you typed is kept: look and save again."
)
USUAL = N_("Schemes of their own")


@action
async def create_programme(actor: Actor, form: ProgrammeForm) -> int:
    """A programme with the ceiling that holds for all its lines together."""
    require(actor, "scheme.write")
    made = int(
        await value(
            "INSERT INTO programme (agency, name, currency, ceiling_minor, created_at)"
            " VALUES ($1,$2,$3,$4,$5) RETURNING id",
            actor.agency_id,
            form.name,
            form.currency,
            None if form.ceiling is None else to_minor(form.ceiling, form.currency),
            clock.now(),
        )
    )
    await record(actor, "programme.create", "programme", made, after=form.typed())
    return made


@action
async def change_programme(actor: Actor, form: ProgrammeForm, *, programme_id: int) -> int:
    """Another name or ceiling; never below what is committed."""
    require(actor, "scheme.write")
    before = await _programme(actor, programme_id)
    if form.version is not None and form.version != before["version"]:
        raise Conflict(_CHANGED)
    if form.currency != before["currency"]:
        raise Refused(N_("A programme keeps its currency. Create another one."), field="currency")
    ceiling = None if form.ceiling is None else to_minor(form.ceiling, form.currency)
    _not_below(ceiling, before["committed_minor"], before["currency"])
    await execute(
        "UPDATE programme SET name = $2, ceiling_minor = $3, version = version + 1 WHERE id = $1",
        programme_id,
        form.name,
        ceiling,
    )
    await record(
        actor, "programme.change", "programme", programme_id,
        before={"name": before["name"], "ceiling_minor": before["ceiling_minor"]},
        after={"name": form.name, "ceiling_minor": ceiling},
    )  # fmt: skip
    return programme_id


@action
async def add_line(actor: Actor, form: BudgetLineForm, *, programme_id: int) -> int:
    """One more budget line of a programme."""
    require(actor, "scheme.write")
    held = await _programme(actor, programme_id)
    made = int(
        await value(
            "INSERT INTO budget_line (programme, name, funds, year, ceiling_minor, created_at)"
            " VALUES ($1,$2,$3,$4,$5,$6) RETURNING id",
            programme_id,
            form.name,
            form.funds,
            form.year,
            _ceiling(form, held["currency"]),
            clock.now(),
        )
    )
    await record(
        actor, "budget_line.add", "programme", programme_id, after={"line": made, **form.typed()}
    )
    return made


@action
async def change_line(actor: Actor, form: BudgetLineForm, *, line_id: int) -> int:
    """Another name, source of funds, year or ceiling; never below what is committed."""
    require(actor, "scheme.write")
    before = await row(
        "SELECT l.*, p.currency FROM budget_line l JOIN programme p ON p.id = l.programme"
        " WHERE l.id = $1::bigint AND p.agency = $2 FOR UPDATE OF l",
        line_id,
        actor.agency_id,
    )
    if before is None:
        raise NotFound()
    if form.version is not None and form.version != before["version"]:
        raise Conflict(_CHANGED)
    ceiling = _ceiling(form, before["currency"])
    _not_below(ceiling, before["committed_minor"], before["currency"])
    await execute(
        "UPDATE budget_line SET name=$2, funds=$3, year=$4, ceiling_minor=$5, version = version + 1"
        " WHERE id = $1",
        line_id,
        form.name,
        form.funds,
        form.year,
        ceiling,
    )
    await record(
        actor, "budget_line.change", "programme", before["programme"],
        before={"line": line_id, "name": before["name"], "ceiling_minor": before["ceiling_minor"]},
        after={"line": line_id, "name": form.name, "ceiling_minor": ceiling},
    )  # fmt: skip
    return int(before["programme"])


@action
async def create_scheme(actor: Actor, form: SchemeForm) -> int:
    """A new scheme of the actor's agency."""
    require(actor, "scheme.write")
    terms = form.columns() | {"budget_line": await _line(actor, form)}
    names = ", ".join(_TERMS)
    places = ", ".join(f"${n}" for n in range(3, len(_TERMS) + 3))
    scheme_id = int(
        await value(
            f"INSERT INTO scheme (agency, created_at, {names}) VALUES ($1, $2, {places})"  # noqa: S608
            " RETURNING id",
            actor.agency_id,
            clock.now(),
            *(terms[name] for name in _TERMS),
        )
    )
    await record(actor, "scheme.create", "scheme", scheme_id, after=terms)
    return scheme_id


@action
async def change_scheme(actor: Actor, form: SchemeForm, *, scheme_id: int) -> int:
    """New name, dates or budget; new terms only while no aid was granted under the old ones."""
    require(actor, "scheme.write")
    before = await row(
        "SELECT * FROM scheme WHERE id = $1::bigint AND agency = $2 FOR UPDATE",
        scheme_id,
        actor.agency_id,
    )
    if before is None:
        raise NotFound()
    if form.version is not None and form.version != before["version"]:
        raise Conflict(_CHANGED)
    line = before["budget_line"]
    if form.budget_line is not None or form.currency != before["currency"]:
        line = await _line(actor, form)
    terms = form.columns() | {"budget_line": line}
    if terms["budget_minor"] < before["committed_minor"]:
        raise Refused(
            N_("{committed} of this budget are granted already: it cannot be less than that."),
            field="budget",
            committed=format_money(before["committed_minor"], before["currency"]),
        )
    changes = ", ".join(f"{name} = ${n}" for n, name in enumerate(_TERMS, 2))
    try:
        await execute(
            f"UPDATE scheme SET {changes}, version = version + 1 WHERE id = $1",  # noqa: S608
            scheme_id,
            *(terms[name] for name in _TERMS),
        )
    except asyncpg.RestrictViolationError:
        raise Refused(
            N_(
                "A published call promises these terms, or aid was granted under them. The name,"
                " the dates and the budget can change; for other terms create a new scheme."
            )
        ) from None
    except asyncpg.CheckViolationError as fault:
        if fault.constraint_name not in ("budget_line_ceiling", "programme_ceiling"):
            raise
        raise Conflict(
            N_("The budget line does not hold what this scheme has committed. Nothing changed."),
            field="budget_line",
        ) from None
    changed = {name: terms[name] for name in _TERMS if terms[name] != before[name]}
    await record(
        actor,
        "scheme.change",
        "scheme",
        scheme_id,
        before={name: before[name] for name in changed},
        after=changed,
    )
    return scheme_id


@step
async def _line(actor: Actor, form: SchemeForm) -> int:
    """The budget line that was chosen, or the agency's usual one, which has no ceiling."""
    if form.budget_line is not None:
        found = await row(
            "SELECT p.currency FROM budget_line l JOIN programme p ON p.id = l.programme"
            " WHERE l.id = $1::bigint AND p.agency = $2",
            form.budget_line,
            actor.agency_id,
        )
        if found is None:
            raise Refused(N_("Choose one of your budget lines."), field="budget_line")
        if found["currency"] != form.currency:
            raise Refused(
                N_("The programme counts in {currency}: keep the scheme in it."),
                field="budget_line",
                currency=found["currency"],
            )
        return form.budget_line
    made = await value(
        "INSERT INTO programme (agency, name, currency, usual, created_at)"
        " VALUES ($1,$2,$3,true,$4) ON CONFLICT (agency, currency) WHERE usual DO NOTHING"
        " RETURNING id",
        actor.agency_id,
        gettext(USUAL),
        form.currency,
        clock.now(),
    )
    if made is not None:
        await execute(
            "INSERT INTO budget_line (programme, name, created_at) VALUES ($1,$2,$3)",
            made,
            gettext(USUAL),
            clock.now(),
        )
    return int(
        await value(
            "SELECT min(l.id) FROM budget_line l JOIN programme p ON p.id = l.programme"
            " WHERE p.agency = $1 AND p.currency = $2 AND p.usual",
            actor.agency_id,
            form.currency,
        )
    )


async def _programme(actor: Actor, programme_id: int) -> dict[str, Any]:
    found = await row(
        "SELECT * FROM programme WHERE id = $1::bigint AND agency = $2 FOR UPDATE",
        programme_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound()
    return found


def _ceiling(form: BudgetLineForm, currency: str) -> int | None:
    try:
        return None if form.ceiling is None else to_minor(form.ceiling, currency)
    except Refused as refused:
        refused.field = "ceiling"
        raise


def _not_below(ceiling: int | None, committed: int, currency: str) -> None:
    if ceiling is not None and ceiling < committed:
        raise Refused(
            N_("{committed} are committed already: the ceiling cannot be less than that."),
            field="ceiling",
            committed=format_money(committed, currency),
        )
