"""Pages of schemes: the list, the editor with its worked example, one scheme."""

from datetime import date
from typing import Any

from litestar import Request, Response

from server.accounts.permissions import Actor
from server.aid import actions, law, past, queries
from server.aid.budget_queries import lines_to_choose
from server.aid.examples import Example, ExampleForm, SchemePage, work_out
from server.aid.queries import SchemeRow
from server.aid.rules import CEILING_CURRENCY, COST_NAMES, NO_AID, LegalBasis, Mode
from server.errors import Invalid, Refused
from server.money import format_money, to_decimal
from server.text import N_, gettext
from server.web import get, needs, page, post, submit, typed_values
from server.web.formats import day, percent
from server.web.forms import Form, fields, parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]


def labels(*forms: type[Form]) -> dict[str, dict[str, str]]:
    """Labels and hints of the forms' fields, for the macros."""
    return {
        one.name: {
            "label": gettext(one.label),
            "hint": gettext(one.hint) if one.hint else "",
        }
        for form in forms
        for one in fields(form)
    }


def names() -> dict[str, str]:
    """Legal bases by code, as people call them."""
    return {code: gettext(name) for code, name in law.NAMES.items()}


def _basis_options(on: date) -> list[tuple[str, str, str]]:
    """(code, name, what it means) of every basis in force today."""
    found = []
    for code, name in law.NAMES.items():
        basis = law.basis_on(code, on)
        if basis is not None:
            found.append((code, gettext(name), " ".join(_means(basis))))
    return found


def _means(basis: LegalBasis) -> list[str]:
    """A basis in a few sentences, from its own data."""
    said = [f"{basis.short}."] if basis.short else []
    if basis.sectors_open:
        said.append(gettext(N_("For primary production only.")))
    if basis.sme_only:
        said.append(gettext(N_("For small and medium-sized enterprises.")))
    if basis.max_intensity_bp is not None:
        most = percent(basis.max_intensity_bp)
        said.append(gettext(N_("At most {percent} of the eligible cost."), percent=most))
    if basis.limits:
        limit = basis.limits[0]
        said.append(
            gettext(
                N_("At most {ceiling} for an undertaking in one year.")
                if limit.years == 1
                else N_("At most {ceiling} for an undertaking in {years} years."),
                ceiling=format_money(limit.ceiling_minor, CEILING_CURRENCY),
                years=limit.years,
            )
        )
    if basis.code == NO_AID:
        said.append(
            gettext(N_("By your own assessment. There is no ceiling, and no register asks for it."))
        )
    if basis.valid_until is not None:
        said.append(gettext(N_("In force until {day}."), day=day(basis.valid_until, weekday=False)))
    return said


def _typed_terms(scheme: SchemeRow | None) -> dict[str, Any]:
    """A scheme's terms as its form shows them."""
    if scheme is None:
        return {}
    of = scheme.bounds

    def amount(minor: int | None) -> Any:
        return None if minor is None else to_decimal(minor, scheme.currency)

    def share(bp: int | None) -> str | None:
        return None if bp is None else f"{bp / 100:g}"

    steps = [*scheme.tiers[1:], None, None]
    return {
        "name": scheme.name,
        "reference": scheme.reference,
        "legal_basis": scheme.legal_basis,
        "mode": scheme.mode.value,
        "rate": share(scheme.rate_bp),
        "fixed_per_m2": amount(scheme.fixed_per_m2_minor),
        "amount": amount(scheme.amount_minor),
        "tier_by": scheme.tier_by.value,
        "tier2_from": steps[0].nth if steps[0] else None,
        "tier2_rate": share(steps[0].rate_bp) if steps[0] else None,
        "tier3_from": steps[1].nth if steps[1] else None,
        "tier3_rate": share(steps[1].rate_bp) if steps[1] else None,
        "cap": amount(scheme.cap_minor),
        "cap_fair": amount(of.cap_fair_minor),
        "cap_year": amount(of.cap_year_minor),
        "cap_lifetime": amount(of.cap_lifetime_minor),
        "most_fair": of.most_fair,
        "most_year": of.most_year,
        "most_lifetime": of.most_lifetime,
        "across": "yes" if of.across else "no",
        "minimum_cost": amount(of.minimum_cost_minor or None),
        "kinds": [kind.value for kind in of.kinds],
        "charge": share(of.charge_bp or None),
        "vat_eligible": "yes" if of.vat_eligible else "no",
        "shown": scheme.subsidy_shown.value,
        "after_funder": "yes" if scheme.after_funder else "no",
        "proof": scheme.proof,
        "currency": scheme.currency,
        "budget": amount(scheme.budget_minor),
        "budget_line": scheme.budget_line,
        "valid_from": scheme.valid_from,
        "valid_until": scheme.valid_until,
        "version": scheme.version,
    }


@get("/desk/schemes", needs("scheme.list"))
async def list_schemes(request: Asked, actor: Actor) -> Answer:
    """Every scheme with what is committed and left of its budget."""
    found = await queries.schemes(actor)
    return page(request, "aid/schemes.html", schemes=found, names=names())


async def _editor(
    request: Asked, actor: Actor, scheme: SchemeRow | None, example: Example | None = None
) -> Answer:
    return page(
        request,
        "aid/scheme_form.html",
        scheme=scheme,
        given=_typed_terms(scheme),
        form=labels(SchemePage),
        bases=_basis_options(await queries.today(actor)),
        kinds=[(kind.value, gettext(name)) for kind, name in COST_NAMES.items()],
        lines=await lines_to_choose(actor),
        example=example,
    )


def _tried(form: SchemePage, on: date) -> Example:
    nothing = {"id": 0, "committed_minor": 0}
    terms = queries.terms_of(form.columns() | nothing)
    return work_out(terms, form.example, on)


async def _try(request: Asked, actor: Actor, scheme: SchemeRow | None) -> Answer | None:
    """The editor with the example worked out, if that is what the button asked for."""
    typed = await typed_values(request)
    if typed.get("intent") != "try":
        return None
    typed.pop("csrf_token", None)
    try:
        example = _tried(parse(SchemePage, typed), await queries.today(actor))
    except Refused as refused:
        show_again(request, typed, refused)
        return await _editor(request, actor, scheme)
    request.scope["state"]["typed"] = typed
    return await _editor(request, actor, scheme, example)


@get("/desk/schemes/new", needs("scheme.write"))
async def new_scheme(request: Asked, actor: Actor) -> Answer:
    """The form for a new scheme."""
    return await _editor(request, actor, None)


@post("/desk/schemes/new", needs("scheme.write"))
async def create_scheme(request: Asked, actor: Actor) -> Answer:
    """Try the terms, or make the scheme."""
    return await _try(request, actor, None) or await submit(
        request,
        SchemePage,
        act=lambda form: actions.create_scheme(actor, form),
        to=lambda made: f"/desk/schemes/{made}",
        again=lambda: _editor(request, actor, None),
        said=N_("The scheme is saved."),
    )


@get("/desk/schemes/{scheme_id:int}", needs("scheme.list"))
async def show_scheme(request: Asked, actor: Actor, scheme_id: int) -> Answer:
    """A scheme: its terms in words, its budget, and a worked example from the query."""
    scheme = await queries.scheme(actor, scheme_id)
    asked = {name: raw for name, raw in request.query_params.items() if name.startswith("example_")}
    example, today = None, await queries.today(actor)
    try:
        wanted = parse(ExampleForm, asked)
        example = work_out(scheme.terms, wanted, today)
    except Invalid as invalid:
        show_again(request, asked, invalid)
    basis = law.basis_on(scheme.legal_basis, today, scheme.valid_from)
    return page(
        request,
        "aid/scheme.html",
        scheme=scheme,
        basis=basis,
        names=names(),
        fixed=Mode.FIXED_PRICE,
        kinds=[gettext(COST_NAMES[kind]) for kind in scheme.bounds.kinds],
        form=labels(ExampleForm),
        asked=asked,
        example=example,
    )


@get("/desk/schemes/{scheme_id:int}/edit", needs("scheme.write"))
async def edit_scheme(request: Asked, actor: Actor, scheme_id: int) -> Answer:
    """The form for a scheme that is there."""
    return await _editor(request, actor, await queries.scheme(actor, scheme_id))


@post("/desk/schemes/{scheme_id:int}/edit", needs("scheme.write"))
async def change_scheme(request: Asked, actor: Actor, scheme_id: int) -> Answer:
    """Try the terms, or save them."""
    scheme = await queries.scheme(actor, scheme_id)
    return await _try(request, actor, scheme) or await submit(
        request,
        SchemePage,
        act=lambda form: actions.change_scheme(actor, form, scheme_id=scheme_id),
        to=f"/desk/schemes/{scheme_id}",
        again=lambda: _editor(request, actor, scheme),
        said=N_("The scheme is changed."),
    )


@get("/desk/schemes/{scheme_id:int}/past", needs("scheme.list"))
async def show_past(request: Asked, actor: Actor, scheme_id: int) -> Answer:
    """Earlier participations that were entered by hand, and the form for one more."""
    return page(
        request,
        "aid/past.html",
        scheme=await queries.scheme(actor, scheme_id),
        found=await past.listed(actor, scheme_id),
        form=labels(past.PastForm),
    )


@post("/desk/schemes/{scheme_id:int}/past", needs("scheme.write"))
async def enter_past(request: Asked, actor: Actor, scheme_id: int) -> Answer:
    """Enter one."""
    return await submit(
        request,
        past.PastForm,
        act=lambda form: past.enter(actor, form, scheme_id=scheme_id),
        to=f"/desk/schemes/{scheme_id}/past",
        again=lambda: show_past.fn(request, actor, scheme_id),
        said=N_("The participation is entered and counts from now on."),
    )


HANDLERS = [
    list_schemes,
    new_scheme,
    create_scheme,
    show_scheme,
    edit_scheme,
    change_scheme,
    show_past,
    enter_past,
]
