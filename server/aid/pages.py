"""Pages of schemes and of the register for agencies, and of their own aid for companies."""

from typing import Any

from litestar import Request, Response

from server import clock
from server.accounts.permissions import Actor
from server.aid import actions, exports, law, queries, standing
from server.aid.examples import Example, ExampleForm, SchemePage, work_out
from server.aid.forms import (
    DeclaredAidForm,
    NothingForm,
    RegisteredForm,
    StatementForm,
    declarable,
)
from server.aid.queries import SchemeRow
from server.aid.rules import (
    CEILING_CURRENCY,
    NO_AID,
    LegalBasis,
    Mode,
    publish_by,
)
from server.aid.sizes import SIZE_NAMES
from server.errors import Invalid, Refused
from server.money import format_money, to_decimal
from server.text import N_, gettext
from server.web import get, needs, page, post, submit, typed_values
from server.web.formats import country, day, percent
from server.web.forms import Form, fields, parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]
EXPORTED = 100_000


def _labels(*forms: type[Form]) -> dict[str, dict[str, str]]:
    """Labels and hints of the forms' fields, for the macros."""
    return {
        one.name: {
            "label": gettext(one.label),
            "hint": gettext(one.hint) if one.hint else "",
        }
        for form in forms
        for one in fields(form)
    }


def _names() -> dict[str, str]:
    return {code: gettext(name) for code, name in law.NAMES.items()}


def _basis_options() -> list[tuple[str, str, str]]:
    """(code, name, what it means) of every basis in force today."""
    on = clock.now().date()
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

    def amount(minor: int | None) -> Any:
        return None if minor is None else to_decimal(minor, scheme.currency)

    return {
        "name": scheme.name,
        "reference": scheme.reference,
        "legal_basis": scheme.legal_basis,
        "mode": scheme.mode.value,
        "rate": None if scheme.rate_bp is None else f"{scheme.rate_bp / 100:g}",
        "fixed_per_m2": amount(scheme.fixed_per_m2_minor),
        "cap": amount(scheme.cap_minor),
        "currency": scheme.currency,
        "budget": amount(scheme.budget_minor),
        "valid_from": scheme.valid_from,
        "valid_until": scheme.valid_until,
        "version": scheme.version,
    }


@get("/desk/schemes", needs("scheme.list"))
async def list_schemes(request: Asked, actor: Actor) -> Answer:
    """Every scheme with what is committed and left of its budget."""
    found = await queries.schemes(actor)
    return page(request, "aid/schemes.html", schemes=found, names=_names())


async def _editor(
    request: Asked, scheme: SchemeRow | None, example: Example | None = None
) -> Answer:
    return page(
        request,
        "aid/scheme_form.html",
        scheme=scheme,
        given=_typed_terms(scheme),
        form=_labels(SchemePage),
        bases=_basis_options(),
        example=example,
    )


def _tried(form: SchemePage) -> Example:
    nothing = {"id": 0, "committed_minor": 0}
    terms = queries.terms_of(form.columns() | nothing)
    return work_out(terms, form.example, clock.now().date())


async def _try(request: Asked, scheme: SchemeRow | None) -> Answer | None:
    """The editor with the example worked out, if that is what the button asked for."""
    typed = await typed_values(request)
    if typed.get("intent") != "try":
        return None
    typed.pop("csrf_token", None)
    try:
        example = _tried(parse(SchemePage, typed))
    except Refused as refused:
        show_again(request, typed, refused)
        return await _editor(request, scheme)
    request.scope["state"]["typed"] = typed
    return await _editor(request, scheme, example)


@get("/desk/schemes/new", needs("scheme.write"))
async def new_scheme(request: Asked) -> Answer:
    """The form for a new scheme."""
    return await _editor(request, None)


@post("/desk/schemes/new", needs("scheme.write"))
async def create_scheme(request: Asked, actor: Actor) -> Answer:
    """Try the terms, or make the scheme."""
    return await _try(request, None) or await submit(
        request,
        SchemePage,
        act=lambda form: actions.create_scheme(actor, form),
        to=lambda made: f"/desk/schemes/{made}",
        again=lambda: _editor(request, None),
        said=N_("The scheme is saved."),
    )


@get("/desk/schemes/{scheme_id:int}", needs("scheme.list"))
async def show_scheme(request: Asked, actor: Actor, scheme_id: int) -> Answer:
    """A scheme: its terms in words, its budget, and a worked example from the query."""
    scheme = await queries.scheme(actor, scheme_id)
    asked = {name: raw for name, raw in request.query_params.items() if name.startswith("example_")}
    example = None
    try:
        wanted = parse(ExampleForm, asked)
        example = work_out(scheme.terms, wanted, clock.now().date())
    except Invalid as invalid:
        show_again(request, asked, invalid)
    basis = law.basis_on(scheme.legal_basis, clock.now().date(), scheme.valid_from)
    return page(
        request,
        "aid/scheme.html",
        scheme=scheme,
        basis=basis,
        names=_names(),
        fixed=Mode.FIXED_PRICE,
        form=_labels(ExampleForm),
        asked=asked,
        example=example,
    )


@get("/desk/schemes/{scheme_id:int}/edit", needs("scheme.write"))
async def edit_scheme(request: Asked, actor: Actor, scheme_id: int) -> Answer:
    """The form for a scheme that is there."""
    return await _editor(request, await queries.scheme(actor, scheme_id))


@post("/desk/schemes/{scheme_id:int}/edit", needs("scheme.write"))
async def change_scheme(request: Asked, actor: Actor, scheme_id: int) -> Answer:
    """Try the terms, or save them."""
    scheme = await queries.scheme(actor, scheme_id)
    return await _try(request, scheme) or await submit(
        request,
        SchemePage,
        act=lambda form: actions.change_scheme(actor, form, scheme_id=scheme_id),
        to=f"/desk/schemes/{scheme_id}",
        again=lambda: _editor(request, scheme),
        said=N_("The scheme is changed."),
    )


@get("/desk/aid", needs("aid.read"))
async def show_register(request: Asked, actor: Actor) -> Answer:
    """The register: what was granted and taken back, and what is still to be entered."""
    show = request.query_params.get("show", "all")
    show = show if show in queries.SHOWN else "all"
    cursor = request.query_params.get("cursor", "")
    found, following = await queries.register(actor, show=show, cursor=cursor)
    return page(
        request,
        "aid/register.html",
        grants=found,
        following=following,
        show=show,
        counts=await queries.register_counts(actor),
        names=_names(),
        today=await queries.today(actor),
    )


@get("/desk/aid/register.csv", needs("aid.export"))
async def export_register(actor: Actor) -> Response[bytes]:
    """The whole register as a file."""
    found, _ = await queries.register(actor, limit=EXPORTED)
    return Response(
        exports.register_csv(found),
        media_type="text/csv",
        headers={"content-disposition": 'attachment; filename="aid-register.csv"'},
    )


@get("/desk/aid/{grant_id:int}", needs("aid.read"))
async def show_grant(request: Asked, actor: Actor, grant_id: int) -> Answer:
    """One row of the register with everything it rests on, and the form to note its entry."""
    grant = await queries.grant_row(actor, grant_id)
    basis = law.basis_on(grant.legal_basis, grant.granted_on, grant.granted_on)
    return page(
        request,
        "aid/grant.html",
        grant=grant,
        publish_by=publish_by(basis, grant.amount_minor, grant.granted_on) if basis else None,
        names=_names(),
        form=_labels(RegisteredForm),
        today=await queries.today(actor),
    )


@post("/desk/aid/{grant_id:int}", needs("aid.register"))
async def register_grant(request: Asked, actor: Actor, grant_id: int) -> Answer:
    """Note the entry in the public register."""
    return await submit(
        request,
        RegisteredForm,
        act=lambda form: actions.mark_registered(actor, form, grant_id=grant_id),
        to="/desk/aid?show=open",
        again=lambda: show_grant.fn(request, actor, grant_id),
        said=N_("The entry in the register is noted."),
    )


@get("/desk/aid/companies/{company_id:int}", needs("aid.read"))
async def show_company(request: Asked, actor: Actor, company_id: int) -> Answer:
    """A company's headroom and aid, as its undertaking has it, for staff."""
    return page(
        request,
        "aid/account.html",
        account=await standing.account(actor, company_id),
        names=_names(),
        sizes=SIZE_NAMES,
        own=False,
    )


@get("/my/company/aid", needs("aid.own"))
async def show_account(request: Asked, actor: Actor) -> Answer:
    """The company's own aid."""
    return page(
        request,
        "aid/account.html",
        account=await standing.account(actor),
        names=_names(),
        sizes=SIZE_NAMES,
        own=True,
    )


@get("/my/company/aid/declare", needs("aid.declare"))
async def new_declaration(request: Asked, actor: Actor) -> Answer:
    """The form for aid from elsewhere."""
    account = await standing.account(actor)
    return page(
        request,
        "aid/declare.html",
        form=_labels(DeclaredAidForm),
        kinds=declarable(),
        states=sorted(((code, country(code)) for code in law.states()), key=lambda one: one[1]),
        home=account.member_state if account.member_state in law.states() else "",
    )


@post("/my/company/aid/declare", needs("aid.declare"))
async def declare(request: Asked, actor: Actor) -> Answer:
    """Keep the declaration."""
    return await submit(
        request,
        DeclaredAidForm,
        act=lambda form: actions.declare_aid(actor, form),
        to="/my/company/aid",
        again=lambda: new_declaration.fn(request, actor),
        said=N_("The aid is on your list and counts from now on."),
    )


@post("/my/company/aid/declared/{declared_id:int}/take-back", needs("aid.declare"))
async def take_back(request: Asked, actor: Actor, declared_id: int) -> Answer:
    """Take back a declaration that was a slip."""
    return await submit(
        request,
        NothingForm,
        act=lambda _: actions.take_back_declared(actor, declared_id=declared_id),
        to="/my/company/aid",
        again=lambda: show_account.fn(request, actor),
        said=N_("The declaration is taken back. It stays on the list, crossed out."),
    )


@get("/my/company/aid/statement", needs("aid.declare"))
async def new_statement(request: Asked, actor: Actor) -> Answer:
    """What the company says about itself."""
    account = await standing.account(actor)
    return page(
        request, "aid/statement.html", form=_labels(StatementForm), before=account.statement
    )


@post("/my/company/aid/statement", needs("aid.declare"))
async def state(request: Asked, actor: Actor) -> Answer:
    """Keep the statement."""
    return await submit(
        request,
        StatementForm,
        act=lambda form: actions.state(actor, form),
        to="/my/company/aid",
        again=lambda: new_statement.fn(request, actor),
        said=N_("Your statement is kept with today’s date."),
    )


HANDLERS = [
    list_schemes,
    new_scheme,
    create_scheme,
    show_scheme,
    edit_scheme,
    change_scheme,
    show_register,
    export_register,
    show_grant,
    register_grant,
    show_company,
    show_account,
    new_declaration,
    declare,
    take_back,
    new_statement,
    state,
]
