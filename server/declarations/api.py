"""Declarations in the JSON API, with their files."""

from server.accounts.permissions import Actor
from server.declarations import actions, queries
from server.declarations.forms import GiveForm, NothingForm
from server.declarations.queries import DeclarationRow, Line
from server.text import N_
from server.web.api import Endpoint

TAG = "Declarations"


async def _of_company(
    actor: Actor, *, company_id: int, cursor: str, limit: int
) -> tuple[list[DeclarationRow], str | None]:
    return (await queries.of_company(actor, company_id))[:limit], None


ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/my/declarations",
        verb="declaration.own",
        summary=N_("List the kinds of declaration and where your company stands with each"),
        tag=TAG,
        fetch=queries.own_page,
        row=Line,
        many=True,
    ),
    Endpoint(
        method="POST",
        path="/my/declarations/{kind:str}",
        verb="declaration.give",
        summary=N_("Give or renew a declaration"),
        tag=TAG,
        form=GiveForm,
        act=actions.give,
        status=201,
    ),
    Endpoint(
        method="POST",
        path="/my/declarations/{declaration_id:int}/withdrawal",
        verb="declaration.give",
        summary=N_("Take a declaration back"),
        tag=TAG,
        form=NothingForm,
        act=actions.withdraw,
    ),
    Endpoint(
        method="GET",
        path="/companies/{company_id:int}/declarations",
        verb="declaration.read",
        summary=N_("List what a company has declared"),
        tag=TAG,
        fetch=_of_company,
        row=DeclarationRow,
        many=True,
    ),
]
