"""Companies and agencies for programs."""

from server.accounts.permissions import Actor
from server.organisations import actions, queries
from server.organisations.forms import (
    AgencyForm,
    CompaniesQuery,
    CompanyForm,
    InviteColleagueForm,
    InviteStaffForm,
)
from server.organisations.queries import AgencyRow, CompanyLine, CompanyRow, PersonRow
from server.text import N_
from server.web.api import Endpoint, Made


async def _companies(
    actor: Actor, *, query: CompaniesQuery, cursor: str, limit: int
) -> tuple[list[CompanyLine], str | None]:
    found, following = await queries.companies_page(
        actor,
        search=query.search,
        country=query.country,
        division=query.division,
        cursor=cursor,
        limit=limit,
    )
    return found, following or None


async def _people(actor: Actor, *, cursor: str, limit: int) -> tuple[list[PersonRow], str | None]:
    return await queries.own_people(actor), None


async def _staff(actor: Actor, *, cursor: str, limit: int) -> tuple[list[PersonRow], str | None]:
    return await queries.own_staff(actor), None


TAG = "organisations"
ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/companies",
        verb="company.register",
        summary=N_("Register your company"),
        tag=TAG,
        form=CompanyForm,
        act=actions.register_company,
        row=Made,
        status=201,
    ),
    Endpoint(
        method="GET",
        path="/companies",
        verb="company.list",
        summary=N_("Companies by name"),
        tag=TAG,
        query=CompaniesQuery,
        fetch=_companies,
        row=CompanyLine,
        many=True,
    ),
    Endpoint(
        method="GET",
        path="/companies/{company_id:int}",
        verb="company.list",
        summary=N_("One company"),
        tag=TAG,
        fetch=queries.company_for_staff,
        row=CompanyRow,
    ),
    Endpoint(
        method="GET",
        path="/company",
        verb="company.read",
        summary=N_("Your company"),
        tag=TAG,
        fetch=queries.own_company,
        row=CompanyRow,
    ),
    Endpoint(
        method="POST",
        path="/company",
        verb="company.change",
        summary=N_("Replace your company's profile"),
        tag=TAG,
        form=CompanyForm,
        act=actions.change_profile,
        row=Made,
    ),
    Endpoint(
        method="GET",
        path="/company/people",
        verb="company.people",
        summary=N_("People of your company"),
        tag=TAG,
        fetch=_people,
        row=PersonRow,
        many=True,
    ),
    Endpoint(
        method="POST",
        path="/company/people",
        verb="company.invite",
        summary=N_("Invite a colleague"),
        tag=TAG,
        form=InviteColleagueForm,
        act=actions.invite_colleague,
    ),
    Endpoint(
        method="POST",
        path="/company/people/{person_id:int}/remove",
        verb="company.invite",
        summary=N_("End a colleague's membership"),
        tag=TAG,
        act=actions.remove_colleague,
    ),
    Endpoint(
        method="GET",
        path="/agency",
        verb="agency.read",
        summary=N_("Your agency"),
        tag=TAG,
        fetch=queries.own_agency,
        row=AgencyRow,
    ),
    Endpoint(
        method="POST",
        path="/agency",
        verb="agency.change",
        summary=N_("Replace your agency's profile"),
        tag=TAG,
        form=AgencyForm,
        act=actions.change_agency,
        row=Made,
    ),
    Endpoint(
        method="GET",
        path="/agency/people",
        verb="agency.read",
        summary=N_("People of your agency"),
        tag=TAG,
        fetch=_staff,
        row=PersonRow,
        many=True,
    ),
    Endpoint(
        method="POST",
        path="/agency/people",
        verb="agency.invite",
        summary=N_("Invite staff"),
        tag=TAG,
        form=InviteStaffForm,
        act=actions.invite_staff,
    ),
    Endpoint(
        method="POST",
        path="/agency/people/{person_id:int}/remove",
        verb="agency.invite",
        summary=N_("End a staff member's membership"),
        tag=TAG,
        act=actions.remove_staff,
    ),
]
