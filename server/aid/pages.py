"""Pages of schemes and of the register for agencies, and of their own aid for companies."""

from typing import Any

from litestar import Request, Response

from server.accounts.permissions import Actor
from server.aid import (
    actions,
    budget_pages,
    exports,
    law,
    proof_pages,
    queries,
    scheme_pages,
    size_tests,
    standing,
    undertaking_pages,
)
from server.aid.forms import (
    DeclaredAidForm,
    NothingForm,
    PublishedForm,
    RegisteredForm,
    StatementForm,
    declarable,
)
from server.aid.scheme_pages import labels, names
from server.aid.sizes import SIZE_NAMES
from server.documents.rules import disposition
from server.text import N_
from server.web import get, needs, page, post, submit
from server.web.formats import country
from server.web.workbooks import MEDIA_TYPE

Asked = Request[Any, Any, Any]
Answer = Response[Any]
EXPORTED = 100_000


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
        names=names(),
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


@get("/desk/aid/register.xlsx", needs("aid.export"))
async def export_workbook(actor: Actor) -> Response[bytes]:
    """The whole register as a workbook."""
    found, _ = await queries.register(actor, limit=EXPORTED)
    return _file(exports.register_xlsx(found), "aid-register.xlsx")


@get("/desk/aid/publication", needs("aid.read"))
async def show_publication(request: Asked, actor: Actor) -> Answer:
    """Large awards, which the law wants published, with their day."""
    return page(
        request,
        "aid/publication.html",
        grants=await queries.publication(actor),
        today=await queries.today(actor),
    )


@get("/desk/aid/publication.xlsx", needs("aid.export"))
async def export_publication(actor: Actor) -> Response[bytes]:
    """The awards to publish with the fields of Annex III."""
    return _file(exports.publication_xlsx(await queries.publication(actor)), "aid-publication.xlsx")


@post("/desk/aid/{grant_id:int}/published", needs("aid.register"))
async def publish_grant(request: Asked, actor: Actor, grant_id: int) -> Answer:
    """Note the publication."""
    return await submit(
        request,
        PublishedForm,
        act=lambda form: actions.mark_published(actor, form, grant_id=grant_id),
        to="/desk/aid/publication",
        again=lambda: show_grant.fn(request, actor, grant_id),
        said=N_("The publication is noted."),
    )


def _file(content: bytes, name: str) -> Response[bytes]:
    return Response(
        content,
        media_type=MEDIA_TYPE,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


@get("/desk/aid/{grant_id:int}", needs("aid.read"))
async def show_grant(request: Asked, actor: Actor, grant_id: int) -> Answer:
    """One row of the register with everything it rests on, and the form to note its entry."""
    grant = await queries.grant_row(actor, grant_id)
    return page(
        request,
        "aid/grant.html",
        grant=grant,
        publish_by=grant.publish_due_on,
        names=names(),
        form=labels(RegisteredForm, PublishedForm),
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


@get("/desk/aid/evidence/{declared_id:int}", needs("aid.read"))
async def show_evidence(actor: Actor, declared_id: int) -> Response[bytes]:
    """The letter that a company has kept with its declaration, to be saved."""
    name, media_type, content = await standing.evidence(actor, declared_id)
    return Response(
        content,
        media_type=media_type,
        headers={"content-disposition": disposition(name), "content-security-policy": "sandbox"},
    )


@get("/desk/aid/companies/{company_id:int}", needs("aid.read"))
async def show_company(request: Asked, actor: Actor, company_id: int) -> Answer:
    """A company's headroom and aid, as its undertaking has it, for staff."""
    return page(
        request,
        "aid/account.html",
        account=await standing.account(actor, company_id),
        names=names(),
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
        names=names(),
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
        form=labels(DeclaredAidForm),
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


@get("/my/company/aid/size", needs("aid.declare"))
async def new_size(request: Asked, actor: Actor) -> Answer:
    """The test of the company's size, with what was said last."""
    last = await size_tests.latest(actor.company_id)
    return page(
        request,
        "aid/size.html",
        form=labels(size_tests.SizeForm),
        last=last,
        sizes=SIZE_NAMES,
        said=last.inputs if last else {},
        related=[*(last.related if last else []), {}, {}, {}],
        relations=size_tests.RELATIONS,
    )


@post("/my/company/aid/size", needs("aid.declare"))
async def say_size(request: Asked, actor: Actor) -> Answer:
    """Keep the figures and what follows from them."""
    return await submit(
        request,
        size_tests.SizeForm,
        act=lambda form: size_tests.say(actor, form),
        to="/my/company/aid/size",
        again=lambda: new_size.fn(request, actor),
        said=N_("Your figures are kept with today’s date. The size below follows from them."),
    )


@get("/my/company/aid/statement", needs("aid.declare"))
async def new_statement(request: Asked, actor: Actor) -> Answer:
    """What the company says about itself."""
    account = await standing.account(actor)
    return page(request, "aid/statement.html", form=labels(StatementForm), before=account.statement)


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
    *scheme_pages.HANDLERS,
    *budget_pages.HANDLERS,
    *proof_pages.HANDLERS,
    *undertaking_pages.HANDLERS,
    show_register,
    export_register,
    export_workbook,
    show_publication,
    export_publication,
    publish_grant,
    show_grant,
    register_grant,
    show_evidence,
    show_company,
    show_account,
    new_declaration,
    declare,
    take_back,
    new_size,
    say_size,
    new_statement,
    state,
]
