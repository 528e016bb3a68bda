"""Schemes, the register and companies' own aid in the JSON API."""

from server.aid import actions, funds_api, queries, size_tests, standing
from server.aid.forms import (
    DeclaredAidForm,
    RegisteredForm,
    RegisterQuery,
    StatementForm,
)
from server.aid.queries import GrantRow, SchemeRow
from server.aid.scheme_forms import SchemeForm
from server.aid.standing import Account
from server.text import N_
from server.web.api import Endpoint

TAG = "Co-financing"

ENDPOINTS = [
    *funds_api.ENDPOINTS,
    Endpoint(
        method="GET",
        path="/schemes",
        verb="scheme.list",
        summary=N_("List your schemes with what is left of their budgets"),
        tag=TAG,
        fetch=queries.schemes_page,
        row=SchemeRow,
        many=True,
    ),
    Endpoint(
        method="POST",
        path="/schemes",
        verb="scheme.write",
        summary=N_("Create a scheme"),
        tag=TAG,
        form=SchemeForm,
        act=actions.create_scheme,
        status=201,
    ),
    Endpoint(
        method="GET",
        path="/schemes/{scheme_id:int}",
        verb="scheme.list",
        summary=N_("Show a scheme"),
        tag=TAG,
        fetch=queries.scheme,
        row=SchemeRow,
    ),
    Endpoint(
        method="PUT",
        path="/schemes/{scheme_id:int}",
        verb="scheme.write",
        summary=N_("Change a scheme; its terms only while no aid rests on them"),
        tag=TAG,
        form=SchemeForm,
        act=actions.change_scheme,
    ),
    Endpoint(
        method="GET",
        path="/aid/grants",
        verb="aid.read",
        summary=N_("List the register of aid granted and taken back"),
        tag=TAG,
        fetch=queries.register,
        query=RegisterQuery,
        row=GrantRow,
        many=True,
    ),
    Endpoint(
        method="GET",
        path="/aid/grants/{grant_id:int}",
        verb="aid.read",
        summary=N_("Show a row of the register"),
        tag=TAG,
        fetch=queries.grant_row,
        row=GrantRow,
    ),
    Endpoint(
        method="POST",
        path="/aid/grants/{grant_id:int}/registered",
        verb="aid.register",
        summary=N_("Note that a row was entered in the public register"),
        tag=TAG,
        form=RegisteredForm,
        act=actions.mark_registered,
    ),
    Endpoint(
        method="GET",
        path="/aid/companies/{company_id:int}",
        verb="aid.read",
        summary=N_("Show the headroom and the aid of a company’s undertaking"),
        tag=TAG,
        fetch=standing.account,
        row=Account,
    ),
    Endpoint(
        method="GET",
        path="/my/aid",
        verb="aid.own",
        summary=N_("Show your company’s headroom, grants and declarations"),
        tag=TAG,
        fetch=standing.account,
        row=Account,
    ),
    Endpoint(
        method="POST",
        path="/my/aid/declared",
        verb="aid.declare",
        summary=N_("Declare aid from elsewhere"),
        tag=TAG,
        form=DeclaredAidForm,
        act=actions.declare_aid,
        status=201,
    ),
    Endpoint(
        method="POST",
        path="/my/aid/declared/{declared_id:int}/take-back",
        verb="aid.declare",
        summary=N_("Take back a declaration that was a slip"),
        tag=TAG,
        act=actions.take_back_declared,
    ),
    Endpoint(
        method="POST",
        path="/my/aid/size",
        verb="aid.declare",
        summary=N_("State the size of the enterprise over two closed years, with all linked ones"),
        tag=TAG,
        form=size_tests.SizeForm,
        act=size_tests.say,
        status=201,
    ),
    Endpoint(
        method="POST",
        path="/my/aid/statement",
        verb="aid.declare",
        summary=N_("State whether the company is in difficulty or has aid to repay"),
        tag=TAG,
        form=StatementForm,
        act=actions.state,
        status=201,
    ),
]
