"""The company's own profile and people, invitations, and the companies as staff sees them."""

from typing import Any
from urllib.parse import urlencode
from zoneinfo import available_timezones

from litestar import Request, Response
from litestar.datastructures import Cookie

from server import clock
from server.accounts import rules as account_rules
from server.accounts.permissions import AGENCY_ROLES, Actor
from server.accounts.verb_words import ROLE_NAMES, allowed
from server.errors import Refused
from server.money import to_decimal
from server.organisations import actions, nace, personal_pages, queries, rules
from server.organisations.forms import (
    SIZE_CURRENCY,
    AcceptForm,
    AgencyForm,
    CompaniesQuery,
    CompanyForm,
    InviteColleagueForm,
    InviteStaffForm,
)
from server.organisations.queries import CompanyRow
from server.organisations.rules import AgencyRole, CompanyRole
from server.settings import load
from server.text import N_, gettext, locale
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.door import cookie_name
from server.web.forms import fields, parse
from server.web.gate import local_path
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
COMPANY_ROLES = {
    CompanyRole.MEMBER.value: N_("Works on applications and pays"),
    CompanyRole.ADMIN.value: N_("Also invites and withdraws"),
}

STAFF_ROLES = {
    AgencyRole.VIEWER.value: N_("Reads everything"),
    AgencyRole.FINANCE.value: N_("Also records payments and refunds"),
    AgencyRole.MANAGER.value: N_("Also runs fairs, calls and admissions"),
    AgencyRole.OWNER.value: N_("Also settings and people"),
}


def _amounts(company: CompanyRow | None) -> dict[str, object]:
    """The figures of a profile as people write them."""
    if company is None:
        return {"employees_awu": "", "turnover": "", "balance": ""}

    def euros(minor: int | None) -> object:
        return "" if minor is None else to_decimal(minor, SIZE_CURRENCY)

    awu = company.employees_awu
    return {
        "employees_awu": "" if awu is None else f"{awu.normalize():f}",
        "turnover": euros(company.turnover_minor),
        "balance": euros(company.balance_minor),
    }


def _missing(company: CompanyRow) -> list[str]:
    labels = {field.name: field.label for field in fields(CompanyForm)}
    return [gettext(labels[name]) for name in company.missing]


@get("/my/company", needs("account.own"))
async def company(request: Asked, actor: Actor) -> Response[Any]:
    """The profile, or the way to it for somebody who has no company yet."""
    if actor.company_id is None:
        return see_other("/my/company/new")
    found = await queries.own_company(actor)
    return page(
        request,
        "organisations/company.html",
        company=found,
        missing=_missing(found),
        nace_title=nace.title(found.nace_code, found.nace_revision),
        people=await queries.own_people(actor),
    )


async def _show_new(request: Asked) -> Response[Any]:
    return page(
        request,
        "organisations/company_new.html",
        countries=rules.countries(locale()),
        amounts=_amounts(None),
        next=local_path(request.query_params.get("next", ""), ""),
    )


@get("/my/company/new", needs("company.register"))
async def new_company_page(request: Asked) -> Response[Any]:
    """Ask for the profile."""
    return await _show_new(request)


@post("/my/company/new", needs("company.register"))
async def new_company(request: Asked, actor: Actor) -> Response[Any]:
    """Keep it, and go on to where the person was going."""
    wanted = local_path(request.query_params.get("next", ""), "/my/company")
    return await submit(
        request,
        CompanyForm,
        act=lambda form: actions.register_company(actor, form),
        to=wanted,
        said=N_("The company is saved. You will not be asked again."),
        again=lambda: _show_new(request),
    )


async def _show_edit(request: Asked, actor: Actor) -> Response[Any]:
    found = await queries.own_company(actor)
    return page(
        request,
        "organisations/company_edit.html",
        company=found,
        countries=rules.countries(locale()),
        amounts=_amounts(found),
    )


@get("/my/company/edit", needs("company.change"))
async def edit_page(request: Asked, actor: Actor) -> Response[Any]:
    """The profile as a form."""
    return await _show_edit(request, actor)


@post("/my/company/edit", needs("company.change"))
async def edit(request: Asked, actor: Actor) -> Response[Any]:
    """A changed profile."""
    return await submit(
        request,
        CompanyForm,
        act=lambda form: actions.change_profile(actor, form),
        to="/my/company",
        said=N_("The profile was changed."),
        again=lambda: _show_edit(request, actor),
    )


async def _show_people(request: Asked, actor: Actor) -> Response[Any]:
    return page(
        request,
        "organisations/people.html",
        people=await queries.own_people(actor),
        organisation=actor.company_name,
        roles={role: gettext(said) for role, said in COMPANY_ROLES.items()},
        choices=[(role, gettext(said)) for role, said in COMPANY_ROLES.items()],
        may_invite=actor.may("company.invite"),
        here="/my/company/people",
        back="/my/company",
        back_label=gettext(N_("Company")),
    )


@get("/my/company/people", needs("company.people"))
async def people_page(request: Asked, actor: Actor) -> Response[Any]:
    """Who acts for the company."""
    return await _show_people(request, actor)


@post("/my/company/people", needs("company.invite"))
async def invite(request: Asked, actor: Actor) -> Response[Any]:
    """Mail an invitation."""
    return await submit(
        request,
        InviteColleagueForm,
        act=lambda form: actions.invite_colleague(actor, form),
        to="/my/company/people",
        said=N_("The invitation is on its way."),
        again=lambda: _show_people(request, actor),
    )


@post("/my/company/people/{person_id:int}/remove", needs("company.invite"))
async def remove(request: Asked, actor: Actor, person_id: int) -> Response[Any]:
    """Somebody leaves."""
    try:
        await actions.remove_colleague(actor, person_id=person_id)
    except Refused as refused:
        if refused.status == 404:
            raise
        show_again(request, {}, refused)
        return await _show_people(request, actor)
    return see_other("/my/company/people", said=N_("They no longer act for the company."))


async def _show_invitation(request: Asked, token: str) -> Response[Any]:
    offer = await queries.invitation(token)
    return page(request, "organisations/invite.html", offer=offer, token=token)


@get("/invite", needs("account.join"))
async def invitation_page(request: Asked) -> Response[Any]:
    """What is offered; nothing is used up by looking."""
    return await _show_invitation(request, request.query_params.get("token", ""))


@post("/invite", needs("account.join"))
async def accept(request: Asked, actor: Actor) -> Response[Any]:
    """Join, and be signed in."""
    typed = await typed_values(request)
    try:
        session = await actions.accept_invitation(actor, parse(AcceptForm, typed))
    except Refused as refused:
        typed.pop("password", None)
        show_again(request, typed, refused)
        return await _show_invitation(request, str(typed.get("token", "")))
    answer = see_other("/home", said=N_("Welcome. You can act for the organisation now."))
    if session is not None:
        answer.cookies.append(
            Cookie(
                key=cookie_name(),
                value=session,
                path="/",
                httponly=True,
                secure=load().secure,
                samesite="lax",
                max_age=int(account_rules.BROWSER_LASTS.total_seconds()),
            )
        )
    return answer


@get("/desk/companies", needs("company.list"))
async def companies(request: Asked, actor: Actor) -> Response[Any]:
    """All companies, by name."""
    asked = request.query_params
    q, country, division = (asked.get(name, "") for name in ("q", "country", "division"))
    wanted = parse(CompaniesQuery, {"search": q, "country": country, "division": division})
    found, following = await queries.companies_page(
        actor, **wanted.typed(), cursor=asked.get("after", "")
    )
    names = rules.countries(locale())
    onward = urlencode({"q": q, "country": country, "division": division, "after": following})
    return page(
        request,
        "organisations/companies.html",
        companies=found,
        following=f"/desk/companies?{onward}" if following else "",
        q=q,
        country=country,
        division=division,
        countries=[(c, names.get(c, c)) for c in await queries.countries_in_use(actor)],
        divisions=[(c, f"{c} {said}") for c, said in nace.divisions("2.1").items()],
    )


@get("/desk/companies/{company_id:int}", needs("company.list"))
async def company_at_desk(request: Asked, actor: Actor, company_id: int) -> Response[Any]:
    """One company for staff; its bank data is for refunds only and not shown."""
    found = await queries.company_for_staff(actor, company_id=company_id)
    return page(
        request,
        "organisations/company_desk.html",
        company=found,
        nace_title=nace.title(found.nace_code, found.nace_revision),
        people=await queries.people_of_company(company_id),
    )


async def _show_settings(request: Asked, actor: Actor) -> Response[Any]:
    names = rules.countries(locale())
    return page(
        request,
        "organisations/settings.html",
        agency=await queries.own_agency(actor),
        countries=names,
        member_states=[(c, names[c]) for c in names if rules.is_eu(c, clock.today("UTC"))],
        zones=[
            (zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if "/" in zone
        ],
        may_change=actor.may("agency.change"),
    )


@get("/desk/settings", needs("agency.read"))
async def settings_page(request: Asked, actor: Actor) -> Response[Any]:
    """The agency's profile, bank data and colour."""
    return await _show_settings(request, actor)


@post("/desk/settings", needs("agency.change"))
async def change_settings(request: Asked, actor: Actor) -> Response[Any]:
    """Changed settings."""
    return await submit(
        request,
        AgencyForm,
        act=lambda form: actions.change_agency(actor, form),
        to="/desk/settings",
        said=N_("The settings were changed."),
        again=lambda: _show_settings(request, actor),
    )


async def _show_staff(request: Asked, actor: Actor) -> Response[Any]:
    return page(
        request,
        "organisations/people.html",
        people=await queries.own_staff(actor),
        organisation=actor.agency_name,
        roles={role: gettext(said) for role, said in STAFF_ROLES.items()},
        choices=[(role, gettext(said)) for role, said in STAFF_ROLES.items()],
        may_invite=actor.may("agency.invite"),
        here="/desk/settings/people",
        back="/desk/settings",
        back_label=gettext(N_("Settings of the agency")),
    )


@get("/desk/settings/people", needs("agency.read"))
async def staff_page(request: Asked, actor: Actor) -> Response[Any]:
    """Who acts for the agency."""
    return await _show_staff(request, actor)


@get("/desk/settings/permissions", needs("agency.read"))
async def permissions_page(request: Asked, actor: Actor) -> Response[Any]:
    """Who may do what: the table that every page and the API obey."""
    return page(
        request,
        "organisations/permissions.html",
        roles=[gettext(ROLE_NAMES[role]) for role in AGENCY_ROLES],
        mine=[role in actor.roles for role in AGENCY_ROLES],
        allowed=[(verb, gettext(words), may) for verb, words, may in allowed()],
    )


@post("/desk/settings/people", needs("agency.invite"))
async def invite_staff(request: Asked, actor: Actor) -> Response[Any]:
    """Mail an invitation."""
    return await submit(
        request,
        InviteStaffForm,
        act=lambda form: actions.invite_staff(actor, form),
        to="/desk/settings/people",
        said=N_("The invitation is on its way."),
        again=lambda: _show_staff(request, actor),
    )


@post("/desk/settings/people/{person_id:int}/remove", needs("agency.invite"))
async def remove_staff(request: Asked, actor: Actor, person_id: int) -> Response[Any]:
    """Somebody leaves."""
    try:
        await actions.remove_staff(actor, person_id=person_id)
    except Refused as refused:
        if refused.status == 404:
            raise
        show_again(request, {}, refused)
        return await _show_staff(request, actor)
    return see_other("/desk/settings/people", said=N_("They no longer act for the agency."))


HANDLERS = [
    company,
    new_company_page,
    new_company,
    edit_page,
    edit,
    people_page,
    invite,
    remove,
    invitation_page,
    accept,
    companies,
    company_at_desk,
    settings_page,
    change_settings,
    staff_page,
    permissions_page,
    invite_staff,
    remove_staff,
    *personal_pages.HANDLERS,
]
