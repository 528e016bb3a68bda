"""Pages of programmes and their budget lines."""

from typing import Any

from litestar import Request, Response

from server.accounts.permissions import Actor
from server.aid import budget_queries as queries
from server.aid import budgets
from server.aid.budget_queries import LineRow, ProgrammeRow
from server.aid.programme_forms import BudgetLineForm, ProgrammeForm
from server.money import to_decimal
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.forms import Form, fields

Asked = Request[Any, Any, Any]
Answer = Response[Any]


def _labels(form: type[Form]) -> dict[str, dict[str, str]]:
    return {
        one.name: {"label": gettext(one.label), "hint": gettext(one.hint) if one.hint else ""}
        for one in fields(form)
    }


@get("/desk/budgets", needs("scheme.list"))
async def list_programmes(request: Asked, actor: Actor) -> Answer:
    """Every programme with what is committed, granted and paid."""
    found, following = await queries.programmes(
        actor, cursor=request.query_params.get("cursor", "")
    )
    return page(request, "aid/budgets.html", programmes=found, following=following)


def _editor(request: Asked, found: ProgrammeRow | None) -> Answer:
    ceiling = found.ceiling_minor if found else None
    return page(
        request,
        "aid/programme_form.html",
        programme=found,
        ceiling="" if found is None or ceiling is None else to_decimal(ceiling, found.currency),
        form=_labels(ProgrammeForm),
    )


@get("/desk/budgets/new", needs("scheme.write"))
async def new_programme(request: Asked) -> Answer:
    """The form for a new programme."""
    return _editor(request, None)


@post("/desk/budgets/new", needs("scheme.write"))
async def create_programme(request: Asked, actor: Actor) -> Answer:
    """Make the programme and go on to its lines."""

    async def again() -> Answer:
        return _editor(request, None)

    return await submit(
        request,
        ProgrammeForm,
        act=lambda form: budgets.create_programme(actor, form),
        to=lambda made: f"/desk/budgets/{made}",
        again=again,
        said=N_("The programme is saved. Add its budget lines."),
    )


@get("/desk/budgets/{programme_id:int}", needs("scheme.list"))
async def show_programme(request: Asked, actor: Actor, programme_id: int) -> Answer:
    """A programme: its lines, and how its money went month by month."""
    return page(request, "aid/programme.html", book=await queries.book(actor, programme_id))


@get("/desk/budgets/{programme_id:int}/edit", needs("scheme.write"))
async def edit_programme(request: Asked, actor: Actor, programme_id: int) -> Answer:
    """The form for a programme that is there."""
    return _editor(request, await queries.programme(actor, programme_id))


@post("/desk/budgets/{programme_id:int}/edit", needs("scheme.write"))
async def change_programme(request: Asked, actor: Actor, programme_id: int) -> Answer:
    """Save its name and ceiling."""
    return await submit(
        request,
        ProgrammeForm,
        act=lambda form: budgets.change_programme(actor, form, programme_id=programme_id),
        to=f"/desk/budgets/{programme_id}",
        again=lambda: edit_programme.fn(request, actor, programme_id),
        said=N_("The programme is changed."),
    )


def _line_editor(request: Asked, programme: ProgrammeRow, found: LineRow | None) -> Answer:
    ceiling = found.ceiling_minor if found else None
    return page(
        request,
        "aid/line_form.html",
        programme=programme,
        line=found,
        ceiling="" if ceiling is None else to_decimal(ceiling, programme.currency),
        form=_labels(BudgetLineForm),
    )


@get("/desk/budgets/{programme_id:int}/lines/new", needs("scheme.write"))
async def new_line(request: Asked, actor: Actor, programme_id: int) -> Answer:
    """The form for one more line."""
    return _line_editor(request, await queries.programme(actor, programme_id), None)


@post("/desk/budgets/{programme_id:int}/lines/new", needs("scheme.write"))
async def add_line(request: Asked, actor: Actor, programme_id: int) -> Answer:
    """Add the line."""
    return await submit(
        request,
        BudgetLineForm,
        act=lambda form: budgets.add_line(actor, form, programme_id=programme_id),
        to=f"/desk/budgets/{programme_id}",
        again=lambda: new_line.fn(request, actor, programme_id),
        said=N_("The budget line is added."),
    )


@get("/desk/budgets/lines/{line_id:int}", needs("scheme.write"))
async def edit_line(request: Asked, actor: Actor, line_id: int) -> Answer:
    """The form for a line that is there."""
    found = await queries.line(actor, line_id)
    return _line_editor(request, await queries.programme(actor, found.programme), found)


@post("/desk/budgets/lines/{line_id:int}", needs("scheme.write"))
async def change_line(request: Asked, actor: Actor, line_id: int) -> Answer:
    """Save the line."""
    return await submit(
        request,
        BudgetLineForm,
        act=lambda form: budgets.change_line(actor, form, line_id=line_id),
        to=lambda programme: f"/desk/budgets/{programme}",
        again=lambda: edit_line.fn(request, actor, line_id),
        said=N_("The budget line is changed."),
    )


HANDLERS = [
    list_programmes,
    new_programme,
    create_programme,
    show_programme,
    edit_programme,
    change_programme,
    new_line,
    add_line,
    edit_line,
    change_line,
]
