"""Three machine builders on one stand in Bengaluru, and a firm that one of them brings along."""

from datetime import timedelta
from decimal import Decimal

from booths.calls import applying, queries
from booths.calls import rules as call_rules
from booths.calls.forms import TASK_FORMS, StartForm
from booths.calls.showing import free_stands
from booths.consortia import actions, admitting, agreeing, naming
from booths.consortia import queries as consortia
from booths.consortia.co_forms import FirmForm, RuleForm
from booths.consortia.forms import AdmitTogetherForm, AnswerForm, BeginForm, InviteForm, SendForm
from booths.consortia.rules import Kind
from server import clock
from server.accounts.permissions import Actor
from server.database import action, value
from server.demonstration import questions
from server.demonstration.calendar import Calendar
from server.demonstration.organisations import LEAD, Company
from server.demonstration.plots import GOALS, MARKETS
from server.web.forms import parse

MEMBERS = ("Emilmec", "Traunwerk", "Mecanizados Urola")


async def apply_as_one(
    agencies: dict[str, dict[str, Actor]],
    companies: list[Company],
    call_id: int,
    calendar: Calendar,
) -> None:
    """The lead invites, all agree and are admitted onto one stand."""
    staff = agencies[LEAD]
    manager = staff.get("manager", staff["owner"])
    by_name = {each.name: each for each in companies}
    people = [by_name[name] for name in MEMBERS]
    lead = people[0]
    with clock.travel(calendar.moment(-8)):
        call = await queries.own_call(manager, call_id)
        rule = RuleForm(
            until_on=call.starts_on - timedelta(days=30), co_exhibitors=True, represented=True,
            co_exhibitor_fee=Decimal(450), represented_fee=Decimal(150), eligible=True,
        )  # fmt: skip
        await naming.allow(manager, rule, call_id=call_id)
        mine = await applying.start(lead.actor, StartForm(), call_id=call_id)
        begun = BeginForm(name="Power on one island", island_m2=Decimal(12))
        consortium = await actions.begin(lead.actor, begun, application_id=mine)
        applications = [mine]
        for each in people[1:]:
            asked = InviteForm(name=each.actor.name, email=each.actor.email)
            member = await actions.invite(lead.actor, asked, application_id=mine)
            applications.append(await _join(each.actor, consortium, call_id, member))
    with clock.travel(calendar.moment(-6)):
        for n, (each, application) in enumerate(zip(people, applications, strict=True)):
            await _finish(n, each, application)
        firm = FirmForm(
            kind=Kind.CO_EXHIBITOR, name="Bobina Lecco", country="IT", register_no="LC-304417",
            contact_name="Ilaria Bonaiti", contact_email="bonaiti@bobina-lecco.example",
            website="https://bobina-lecco.example", brand="Bobina", publish=True,
        )  # fmt: skip
        await naming.name(lead.actor, firm, application_id=mine)
        for each, application in zip(people, applications, strict=True):
            await _agree(each, application)
        found = await consortia.together(consortium)
        await agreeing.send(lead.actor, SendForm(version=found.terms.version), application_id=mine)
    with clock.travel(calendar.moment(0)):
        await _admit(manager, consortium)


@action
async def _join(actor: Actor, consortium: int, call_id: int, member: int) -> int:
    return await actions.join(actor, consortium, call_id, member)


async def _finish(n: int, company: Company, application: int) -> None:
    answers: dict[str, dict[str, object]] = {
        "services": {"services": {}},
        "goals": {
            "exhibits": ", ".join(company.products), "export_status": "regular",
            "markets": MARKETS[company.sector], "goals": GOALS[n], "catalogue": company.description,
        },
        "declarations": {
            "given": [*call_rules.DECLARED, "no_difficulty"], "publish": True, "ordered": "no",
        },
    }  # fmt: skip
    for task, said in answers.items():
        await applying.answer(
            company.actor, parse(TASK_FORMS[task], said), application_id=application, task=task
        )
    await questions.answer(company.actor, application, n)


async def _agree(company: Company, application: int) -> None:
    found = await queries.own_dossier(company.actor, application)
    together = await consortia.own_consortium(company.actor, application)
    assert together is not None
    me = together.member_of(company.id)
    price = await agreeing.own_price(found, together, me)
    await agreeing.answer(
        company.actor,
        AnswerForm(version=together.terms.version, seen_total=price.total_minor, agrees=True),
        application_id=application,
    )


async def _admit(manager: Actor, consortium: int) -> None:
    together = await consortia.desk_consortium(manager, consortium)
    assert together.in_force is not None
    booth = await value("SELECT booth FROM call WHERE id = $1", together.row.call)
    free = await free_stands(booth)
    stand = next((each for each in free if each.kind is together.in_force.stand_kind), free[-1])
    seats = await admitting.seats(manager, together, together.in_force, stand, ())
    total = admitting.shown(seats)["total"]
    await admitting.admit(
        manager, AdmitTogetherForm(stand=stand.id, seen_total=total), consortium_id=consortium
    )
