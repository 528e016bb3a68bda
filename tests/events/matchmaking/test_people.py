"""People come into a session by link, application or hand, paid or free; what is refused."""

import re
from datetime import timedelta

from events.matchmaking import actions, jobs, queries
from events.matchmaking.additions import Event, _follows, follows
from events.matchmaking.invitations import read
from events.matchmaking.rows import ParticipantRow
from server import clock
from server.database import row, rows, value
from tests.cast import Cast, Visitor
from tests.events.matchmaking.scene import Scene, session_with

LINK = re.compile(r"http://pavilion\.test(/meetings/invitation/\S+)")


async def invited(cast: Cast, scene: Scene, lines: str) -> list[str]:
    """Invite, and the links as they stand in the mails."""
    answer = await cast.mara.send_form(
        f"/desk/meetings/{scene.id}/invitations",
        {"group": str(scene.groups["Buyers"].id), "lines": lines},
    )
    assert answer.status_code == 303, answer.text[-2000:]
    found = await rows("SELECT body_text FROM message WHERE body_text ~ 'invitation/' ORDER BY id")
    return [hit[1] for each in found if (hit := LINK.search(each["body_text"]))]


JOIN = {
    "name": "Zoé Marchand", "company_name": "Froid Express", "country": "FR", "position": "Buyer",
    "offer": "Refrigerated lorries", "need": "Insulated boxes", "languages": ["fr", "en"],
}  # fmt: skip


async def test_stranger_takes_part_by_a_link_without_a_password(
    cast: Cast, visitor: Visitor
) -> None:
    scene = await session_with(cast, 2, sign_in=False)
    link, other = await invited(
        cast, scene, "zoe@froid.example; Zoé; Froid Express\nlea@froid.example"
    )
    shown = await visitor.get(link)
    assert "Cold chain meetings" in shown.text
    assert 'value="Froid Express"' in shown.text
    short = await visitor.send_form(link, {"name": "Zoé Marchand"})
    assert short.status_code == 422
    assert "This is missing." in short.text
    done = await visitor.send_form(link, JOIN)
    assert (done.status_code, done.headers["location"]) == (303, f"/my/meetings/{scene.id}")
    home = await visitor.get(f"/my/meetings/{scene.id}")
    assert "Takes part" in home.text
    profile = await visitor.get(f"/my/meetings/{scene.id}/profile")
    assert "Refrigerated lorries" in profile.text
    people = await queries.people(scene.id)
    zoe = next(each for each in people if each.name == "Zoé Marchand")
    assert (zoe.company_name, zoe.came_by, zoe.group_name) == (
        "Froid Express", "invitation", "Buyers",
    )  # fmt: skip
    async with Visitor() as later:  # next week, on another phone
        back = await later.send_form(link, {}, to=f"{link}/back")
        assert back.headers["location"] == f"/my/meetings/{scene.id}"
        assert (await later.get(f"/my/meetings/{scene.id}")).status_code == 200
        # the link of somebody else says whose it is
        wrong = await later.send_form(other, JOIN)
        assert wrong.status_code == 422
        assert "This invitation is for lea@froid.example" in wrong.text
    again = await visitor.send_form(link, JOIN, to=link)
    assert again.status_code == 409


async def test_invitations_are_refused_whole_reminded_and_taken_back(
    cast: Cast, visitor: Visitor
) -> None:
    scene = await session_with(cast, 2, sign_in=False)
    at = f"/desk/meetings/{scene.id}/invitations"
    wrong = await cast.mara.send_form(
        at, {"group": str(scene.groups["Buyers"].id), "lines": "a@b.example\nnobody\n"}
    )
    assert wrong.status_code == 422
    assert "line 2: “nobody”" in wrong.text
    assert await value("SELECT count(*) FROM session_invitation") == 0
    assert await value("SELECT count(*) FROM message") == 0
    (link,) = await invited(cast, scene, "a@b.example\nana@cast.example")
    listed = await cast.vera.get(at)
    assert "a@b.example" in listed.text
    assert "ana@cast.example" not in listed.text  # takes part already
    with clock.travel_everywhere(clock.now() + timedelta(days=2)):
        await cast.mara.arrive()
        assert (await cast.mara.send_form(at, {}, to=f"{at}/remind")).status_code == 303
        mails = await rows("SELECT subject, body_text FROM message ORDER BY id")
        assert [each["subject"][:9] for each in mails] == ["Invitatio", "Reminder:"]
        assert LINK.search(mails[1]["body_text"])[1] == link  # type: ignore[index]
        number = await value("SELECT id FROM session_invitation")
        gone = await cast.mara.send_form(at, {}, to=f"{at}/{number}/take-back")
        assert gone.status_code == 303
    assert (await visitor.get(link)).status_code == 404
    assert (await cast.nils.get(at)).status_code == 404


async def test_known_person_signs_in_first(cast: Cast, visitor: Visitor) -> None:
    scene = await session_with(cast, 0, sign_in=False)
    (link,) = await invited(cast, scene, "BEN@cast.example")
    shown = await visitor.get(link)
    assert "has an account here already" in shown.text
    refused = await visitor.send_form("/login", JOIN, to=link)
    assert refused.status_code == 422
    done = await cast.ben.send_form(link, {"name": "Ben Example", "languages": ["pt"]})
    assert done.status_code == 303
    (ben,) = await queries.people(scene.id)
    assert ben.company_id == cast.quinta
    # begun from what the company says of itself
    profile = (await queries.profiles([ben.profile]))[ben.profile]
    assert [(each.text, each.codes) for each in profile.offers] == [("Wine", ["nace2:1102"])]
    assert profile.markets == ["PT"]


async def test_application_is_answered_and_refused_after_the_deadline(cast: Cast) -> None:
    scene = await session_with(cast, 0, sign_in=False)
    slug = await value("SELECT slug FROM meeting_session WHERE id = $1", scene.id)
    page = f"/meetings/{slug}"
    group = {"group": str(scene.groups["Sellers"].id)}
    assert "by invitation" in (await cast.ana.get(page)).text
    await value(
        "UPDATE meeting_session SET by_application = true, requests_until = $2 WHERE id = $1"
        " RETURNING id",
        scene.id,
        clock.now() + timedelta(days=3),
    )
    assert (await cast.ana.send_form(page, group)).status_code == 303
    twice = await cast.ana.send_form(page, group)
    assert twice.status_code == 409
    assert "in this session already" in twice.text
    assert (await cast.carla.send_form(page, group)).status_code == 303
    ana, carla = await queries.people(scene.id, ["applied"])
    at = f"/desk/meetings/{scene.id}/people"
    if ana.name != "Ana Example":
        ana, carla = carla, ana
    foreign = await cast.nils.send_form("/desk/fairs/new", {}, to=f"{at}/{ana.id}/accept")
    assert foreign.status_code == 404
    yes = await cast.mara.send_form(f"{at}/{ana.id}", {}, to=f"{at}/{ana.id}/accept")
    assert yes.status_code == 303
    no = await cast.mara.send_form(
        f"{at}/{carla.id}", {"why": "We have enough sellers."}, to=f"{at}/{carla.id}/refuse"
    )
    assert no.status_code == 303
    mails = {each["to_email"]: each["body_text"] for each in await rows("SELECT * FROM message")}
    assert "You take part in" in mails["ana@cast.example"]
    assert "We have enough sellers." in mails["carla@cast.example"]
    with clock.travel_everywhere(clock.now() + timedelta(days=4)):
        await cast.ben.arrive()
        late = await cast.ben.send_form("/my/meetings", group, to=page)
        assert late.status_code == 409
        assert "Applications for this session are over." in late.text
        await jobs.go_on()
    assert (await queries.session(scene.id)).state == "closed"


async def _applies_for_a_fee(cast: Cast, scene: Scene) -> ParticipantRow:
    """Carla applies, is accepted, and has an invoice to pay first."""
    await value(
        "UPDATE meeting_session SET by_application = true WHERE id = $1 RETURNING id", scene.id
    )
    slug = await value("SELECT slug FROM meeting_session WHERE id = $1", scene.id)
    page = await cast.carla.get(f"/meetings/{slug}")
    assert "250.00" in page.text
    asked = await cast.carla.send_form(
        f"/meetings/{slug}", {"group": str(scene.groups["Sellers"].id)}
    )
    assert asked.status_code == 303
    (applied,) = await queries.people(scene.id, ["applied"])
    at = f"/desk/meetings/{scene.id}/people/{applied.id}"
    assert (await cast.mara.send_form(at, {}, to=f"{at}/accept")).status_code == 303
    return await queries.participant(scene.id, applied.id)


async def test_paid_session_takes_people_when_their_invoice_is_paid(cast: Cast) -> None:
    scene = await session_with(cast, 0, sign_in=False)
    await value(
        "UPDATE meeting_session SET fee_minor = 25000, country = 'DE' WHERE id = $1 RETURNING id",
        scene.id,
    )
    at = f"/desk/meetings/{scene.id}/people"
    bare = await cast.mara.send_form(
        f"{at}/new",
        {"email": "new@far.example", "name": "New Person", "company_name": "Far Away",
         "country": "FR", "group": str(scene.groups["Buyers"].id)},
    )  # fmt: skip
    assert bare.status_code == 422
    assert "The address of Far Away is missing" in bare.text
    assert await value("SELECT count(*) FROM participant") == 0
    done = await cast.mara.send_form(
        f"{at}/new",
        {"email": "ana@cast.example", "name": "Ana", "group": str(scene.groups["Buyers"].id)},
    )
    assert done.status_code == 303, done.text[-1500:]
    (ana,) = await queries.people(scene.id, ["unpaid"])
    invoice = await row("SELECT * FROM invoice WHERE id = $1", ana.invoice)
    assert invoice is not None
    assert (invoice["net_minor"], invoice["company"]) == (25000, cast.quinta)
    carla = await _applies_for_a_fee(cast, scene)
    assert carla.invoice is not None
    assert (
        "as soon as your invoice is paid" in (await cast.ana.get(f"/my/meetings/{scene.id}")).text
    )
    await jobs.take_paid()
    assert (await queries.participant(scene.id, ana.id)).state == "unpaid"
    heard: list[str] = []

    @follows(Event.PARTICIPANT_TAKING)
    async def hear(actor: object, session: object, one: object) -> None:
        heard.append(one.name)  # type: ignore[attr-defined]

    paid = await cast.finn.send_form(
        "/desk/money/transfer",
        {"received_on": clock.today("Europe/Berlin").isoformat(), "currency": "EUR",
         "amount": f"{invoice['total_minor'] / 100:.2f}", "reference": invoice["reference"],
         "payer": "Quinta do Vale", "bank_ref": "B-1"},
    )  # fmt: skip
    assert paid.status_code == 303
    await jobs.take_paid()
    await jobs.take_paid()
    _follows[Event.PARTICIPANT_TAKING].remove(hear)
    assert heard == ["Ana Example"]
    assert (await queries.participant(scene.id, ana.id)).state == "taking"


async def test_person_writes_profile_and_times_and_leaves(cast: Cast) -> None:
    scene = await session_with(cast, 2, sign_in=False)
    at = f"/my/meetings/{scene.id}"
    assert "Cold chain meetings" in (await cast.ana.get("/my/meetings")).text
    assert (await cast.ben.get(at)).status_code == 404
    wrong = await cast.ana.send_form(
        f"{at}/profile", {"offers": "Wine [NACE 99.98]", "visible": "shown", "phone": "+351 1"}
    )
    assert wrong.status_code == 422
    assert "is no code that is known" in wrong.text
    assert "Wine [NACE 99.98]" in wrong.text
    done = await cast.ana.send_form(
        f"{at}/profile",
        {"offers": "Wine [NACE 11.02]\nCork [HS 4503]", "needs": "Importers", "phone": "+351 1",
         "languages": ["pt", "en"], "markets": ["PT"], "aims": ["DE", "FR"], "gives": ["supply"],
         "seeks": ["distribution"], "certificates": "ISO 9001, organic", "visible": "hidden",
         "sizes": ["small"], "sectors": ["11"]},
    )  # fmt: skip
    assert done.status_code == 303, done.text[-2000:]
    one = scene.people[0]
    profile = (await queries.profiles([one.profile]))[one.profile]
    assert [each.codes for each in profile.offers] == [["nace2:1102"], ["hs:4503"]]
    assert profile.offers[0].named == "Wine · Manufacture of wine from grape"
    assert (profile.certificates, profile.visible) == (["ISO 9001", "organic"], "hidden")
    assert "Cork [HS 4503]" in (await cast.ana.get(f"{at}/profile")).text
    blocked = await cast.ana.send_form(
        f"{at}/times", {"blocked": [str(scene.slots[0].id), str(scene.slots[1].id)]}
    )
    assert blocked.status_code == 303
    assert (await queries.away(scene.id))[one.id] == {
        scene.slots[0].id: "own", scene.slots[1].id: "own",
    }  # fmt: skip
    left = await cast.ana.send_form(at, {}, to=f"{at}/leave")
    assert left.status_code == 303
    assert (await queries.participant(scene.id, one.id)).state == "left"
    twice = await cast.ana.send_form("/my/meetings", {}, to=f"{at}/leave")
    assert twice.status_code == 409


async def test_session_that_is_cancelled_tells_its_people_and_takes_invoices_back(
    cast: Cast,
) -> None:
    scene = await session_with(cast, 1, sign_in=False)
    await value(
        "UPDATE meeting_session SET fee_minor = 25000, country = 'DE' WHERE id = $1 RETURNING id",
        scene.id,
    )
    at = f"/desk/meetings/{scene.id}"
    who = {"email": "carla@cast.example", "name": "C", "group": str(scene.groups["Buyers"].id)}
    assert (await cast.mara.send_form(f"{at}/people/new", who)).status_code == 303
    assert (await cast.mara.send_form(at, {}, to=f"{at}/cancel")).status_code == 303
    assert await value("SELECT count(*) FROM message WHERE subject ~ 'does not take place'") == 2
    assert await value("SELECT state FROM invoice WHERE kind = 'invoice'") == "credited"
    late = await cast.mara.send_form(f"{at}/people/new", who, to=f"{at}/people/new")
    assert late.status_code == 409


async def test_session_that_is_over_is_closed_to_all(cast: Cast) -> None:
    scene = await session_with(cast, 2, sign_in=False)
    with clock.travel_everywhere(clock.now() + timedelta(days=60)):
        await jobs.go_on()
        assert (await queries.session(scene.id)).state == "over"
        await cast.mara.arrive()
        answer = await cast.mara.send_form(
            f"/desk/meetings/{scene.id}", {}, to=f"/desk/meetings/{scene.id}/open"
        )
        assert answer.status_code == 409
    assert actions.SessionState.OVER == "over"


def test_list_of_addresses_is_read_as_people_write_it() -> None:
    assert read("E-Mail;Name;Company\nA@b.example;Ann;B Ltd\na@B.example;Twice;\n") == [
        ("a@b.example", "Ann", "B Ltd")
    ]
    assert read("", "name,email\nÖzge,o@b.example\n".encode("cp1252")) == [
        ("o@b.example", "Özge", "")
    ]
    assert read("a@b.example\tAnn\n\nc@d.example") == [
        ("a@b.example", "Ann", ""), ("c@d.example", "", ""),
    ]  # fmt: skip
