"""The help desk: topics, questions in every state, answers that became articles."""

from events.enquiries import actions, articles, asking, publishing, queries, setting
from events.enquiries.forms import (
    AnswerForm,
    ArticleForm,
    AskForm,
    DeskForm,
    HelpedForm,
    NoteForm,
    OwnAskForm,
    PassForm,
    PressForm,
    RateForm,
    RouteForm,
    TopicForm,
)
from server import clock
from server.accounts.permissions import ANONYMOUS, Actor
from server.database import value
from server.demonstration.calendar import Calendar
from server.demonstration.organisations import LEAD, Company
from server.web.forms import parse

CARNET = "Do we need customs papers for samples that come back?"
CARNET_ANSWER = (
    "For goods that come back, an ATA carnet replaces the customs papers of each country on the"
    " way. Your chamber of commerce issues it within a day or two.\n\nSamples that are given away"
    " or tasted do not come back: they need an export declaration, and the organiser's forwarder"
    " clears them at the fair."
)
ARTICLES = (
    ("en", CARNET, CARNET_ANSWER),
    (
        "de",
        "Brauchen wir Zollpapiere für Muster, die zurückkommen?",
        "Für Waren, die zurückkommen, ersetzt ein Carnet ATA die Zollpapiere der Länder auf dem"
        " Weg. Ihre Handelskammer stellt es in ein bis zwei Tagen aus.\n\nMuster, die verschenkt"
        " oder verkostet werden, kommen nicht zurück: Sie brauchen eine Ausfuhranmeldung.",
    ),
    (
        "fr",
        "Faut-il des papiers de douane pour des échantillons qui reviennent ?",
        "Pour des marchandises qui reviennent, un carnet ATA remplace les papiers de douane des"
        " pays traversés. Votre chambre de commerce le délivre en un ou deux jours.",
    ),
)


async def help_out(
    agencies: dict[str, dict[str, Actor]], companies: list[Company], calendar: Calendar
) -> None:
    """Three topics, six questions, an article in three languages."""
    staff = agencies[LEAD]
    manager, viewer = staff.get("manager", staff["owner"]), staff["viewer"]
    donau = agencies["exportburo-donau"]["owner"]
    by_name = {each.name: each.actor for each in companies}
    with clock.travel(calendar.moment(-30)):
        await setting.set_desk(
            manager,
            parse(
                DeskForm,
                {"days": [1, 2, 3, 4, 5], "opens": "09:00", "closes": "16:30", "keep_months": 24},
            ),
        )
        customs = await setting.make_topic(
            manager,
            TopicForm(
                name="Customs and samples", target_hours=16, open=True,
                people=[viewer.person_id or 0], about="Carnets, forwarders, what comes back",
            ),
        )  # fmt: skip
        office = await value(
            "SELECT id FROM office WHERE agency = $1 AND open ORDER BY id LIMIT 1",
            manager.agency_id,
        )
        market = await setting.make_topic(
            manager,
            TopicForm(
                name="Starting in a market", target_hours=24, open=True, office=office,
                people=[manager.person_id or 0], about="First steps, partners, law",
            ),
        )  # fmt: skip
        austria = await setting.make_topic(
            donau, TopicForm(name="Fairs in Vienna", target_hours=16, people=[], open=True)
        )
        await setting.make_route(
            manager,
            RouteForm(
                person=manager.person_id or 0, from_on=calendar.day(-30), topic=customs,
                market="CH",
            ),
        )  # fmt: skip
    await _answered(by_name["Lenkwerk"], viewer, manager, customs, calendar)
    await _of_a_visitor(viewer, customs, calendar)
    with clock.travel(calendar.moment(-6)):
        late = await _ask(
            by_name["Traunwerk"], market, "Who checks a distribution contract in Brazil?",
            "A distributor in São Paulo has sent us a contract for five years. Who reads it?", "BR",
        )  # fmt: skip
    with clock.travel(calendar.moment(-5)):
        await actions.note(
            manager,
            NoteForm(body="The chamber in São Paulo keeps a list of lawyers: ask for it."),
            enquiry_id=late,
        )
    with clock.travel(calendar.moment(-2)):
        asks = await _ask(
            by_name["Vercors Optique"], market, "A stand at the optics fair in Vienna?",
            "Does anybody rent a joint booth at the optics fair in Vienna next year?", "AT",
        )  # fmt: skip
    with clock.travel(calendar.moment(-1)):
        await actions.pass_on(
            manager,
            PassForm(
                turn=await _turn(asks), topic=austria,
                reason="They rent the joint booths in Vienna and know the hall.",
            ),
            enquiry_id=asks,
        )  # fmt: skip
    with clock.travel(calendar.moment(0, minutes=-40)):
        await _ask(
            by_name["Torcitura Adda"], customs, "Can yarn samples go by post to Switzerland?",
            "We would send ten cones of yarn ahead of the fair in Basel. Is a parcel enough?", "CH",
        )  # fmt: skip


async def _turn(enquiry: int) -> int:
    return int(await value("SELECT turn FROM enquiry WHERE id = $1", enquiry))


async def _ask(who: Actor, topic: int, subject: str, question: str, market: str) -> int:
    made = await asking.ask_own(
        who, OwnAskForm(topic=topic, subject=subject, question=question, market=market)
    )
    return made.enquiry.id


async def _answered(
    company: Actor, viewer: Actor, manager: Actor, topic: int, calendar: Calendar
) -> None:
    """A question, its answer, and the article made of it in three languages."""
    with clock.travel(calendar.moment(-20)):
        question = "We take forty samples to a fair and bring most of them home."
        made = await _ask(company, topic, CARNET, question, "CH")
    with clock.travel(calendar.moment(-19)):
        await actions.answer(
            viewer, AnswerForm(turn=await _turn(made), body=CARNET_ANSWER), enquiry_id=made
        )
        key = await value("SELECT key FROM enquiry WHERE id = $1", made)
        await asking.rate(company, RateForm(rating=3), key=key)
        await asking.close(company, PressForm(), key=key)
    with clock.travel(calendar.moment(-18)):
        first = None
        for language, title, body in ARTICLES:
            form = ArticleForm(
                title=title, body=body, language=language, topic=topic, same_as=first,
                enquiry=made if first is None else None,
            )  # fmt: skip
            number = await publishing.make(viewer, form)
            await publishing.publish(manager, PressForm(), article_id=number)
            first = first or number
        found = await articles.own(manager, first or 0)
        for n, helped in enumerate(("yes", "yes", "no", "yes")):
            await publishing.helped(HelpedForm(helped=helped), article=found, voter=f"shown {n}")


async def _of_a_visitor(viewer: Actor, topic: int, calendar: Calendar) -> None:
    """Somebody without account asks, follows the link, is answered."""
    with clock.travel(calendar.moment(-9)):
        opened = asking.opened_now()
    with clock.travel(calendar.moment(-9, minutes=3)):
        form = AskForm(
            topic=topic, subject="Which plug fits in the halls of Chicago?", opened=opened,
            question="Our machine needs 400 volts. What do we find at the stand?", market="US",
            name="Ilse Brandauer", email="ilse@brandauer.example", seen=True,
        )  # fmt: skip
        asked = await asking.ask(ANONYMOUS, form, "")
        await asking.confirm(PressForm(), key=asked.key)
    with clock.travel(calendar.moment(-8)):
        found = await queries.by_key(asked.key)
        body = "There are 208 and 480 volts, 60 hertz: order a transformer with the power."
        await actions.answer(viewer, AnswerForm(turn=found.turn, body=body), enquiry_id=found.id)
