"""Companies apply as one, are admitted onto one stand, and go on when a member leaves."""

import asyncio
import re
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest

from booths.calls import deciding
from booths.calls.forms import AdmitForm
from booths.consortia import actions, admitting, queries, steps
from booths.consortia.forms import AdmitTogetherForm, InviteForm, JoinForm
from booths.plans import queries as plans
from server import jobs
from server.database import action, counting, execute, row, rows, value
from server.errors import Conflict, Refused
from tests.booths.calls.test_story import (
    admit,
    done,
    fill,
    id_in,
    open_call,
    say_facts,
    send,
    stand_ids,
)
from tests.booths.checks.test_corrections import ask as ask_to_correct
from tests.cast import Cast, Someone, company, member

TASKS: dict[str, dict[str, Any]] = {
    "goals": {
        "exhibits": "Port wine", "export_status": "occasional", "markets": "Japan",
        "goals": "10 leads",
    },
    "declarations": {
        "given": ["conditions", "no_insolvency", "no_double_funding", "de_minimis"],
        "publish": "on",
    },
}  # fmt: skip


async def finish(someone: Someone, application: int) -> None:
    """The tasks of a member; its space comes from the terms."""
    await say_facts(someone)
    base = f"/my/applications/{application}"
    for task, answers in {"services": {}, **TASKS}.items():
        done(await someone.send_form(f"{base}/{task}", answers))


async def third(cast: Cast) -> Someone:
    """Paul gets a company of his own."""

    @action
    async def make() -> None:
        made = await company("Tinto Azul", "PT", "PT503504564", "Lisbon")
        await member("company", made, cast.paul.person_id, "admin")

    await make()
    return await cast.paul.arrive()


async def invitation(email: str) -> str:
    """The link that was mailed last to somebody."""
    await jobs.drain()
    body = await value(
        "SELECT body_text FROM message WHERE to_email = $1 AND body_text LIKE '%/my/consortia/%'"
        " ORDER BY id DESC LIMIT 1",
        email,
    )
    found = re.search(r"/my/consortia/invitation/\S+", body)
    assert found
    return found[0]


async def gather(
    cast: Cast, call: int, people: list[Someone], *, island: str = "9", **more: Any
) -> list[int]:
    """The first of `people` leads, the others are invited and join; everybody's application."""
    lead, *others = people
    await say_facts(lead)
    mine = id_in(done(await lead.send_form(f"/my/apply/{call}", {})))
    base = f"/my/applications/{mine}/consortium"
    begun = {
        "name": "Port and pasta", "island_m2": island, "stand_kind": "island", "key": "equal",
        **more,
    }  # fmt: skip
    done(await lead.send_form(base, begun))
    applications = [mine]
    for each in others:
        done(
            await lead.send_form(
                base, {"name": "Somebody", "email": each.email}, to=f"{base}/members"
            )
        )
        link = await invitation(each.email)
        shown = await each.get(link)
        assert "Port and pasta" in shown.text
        applications.append(id_in(done(await each.send_form(link, {"accept": "on"}))))
    for each, application in zip(people, applications, strict=True):
        await finish(each, application)
    return applications


async def agree(someone: Someone, application: int, agrees: str = "on") -> httpx.Response:
    """Look at the terms and one's own price, and answer."""
    base = f"/my/applications/{application}/consortium"
    shown = (await someone.get(base)).text
    total = re.search(r'name="seen_total" value="(\d+)"', shown)
    version = re.search(r'name="version" value="(\d+)"', shown)
    assert total, shown[-3000:]
    assert version
    return await someone.send_form(
        base,
        {"seen_total": total[1], "version": version[1], "agrees": agrees},
        to=f"{base}/answer",
    )


async def send_all(lead: Someone, application: int) -> httpx.Response:
    """The lead sends."""
    base = f"/my/applications/{application}/consortium"
    version = await value(
        "SELECT max(version) FROM consortium_terms t JOIN consortium_member m USING (consortium)"
        " WHERE m.application = $1",
        application,
    )
    return await lead.send_form(base, {"version": version}, to=f"{base}/send")


async def sent_by_three(cast: Cast) -> tuple[dict[str, int], list[Someone], list[int], int]:
    """An open call and a consortium of three that has applied to it."""
    made = await open_call(cast.mara)
    people = [cast.ana, cast.carla, await third(cast)]
    applications = await gather(cast, made["call"], people)
    for each, application in zip(people, applications, strict=True):
        done(await agree(each, application))
    done(await send_all(cast.ana, applications[0]))
    return made, people, applications, await value("SELECT max(id) FROM consortium")


async def admit_all(mara: Someone, consortium: int, stand: int, *without: int) -> httpx.Response:
    """Choose a stand, look at everybody's price, admit."""
    path = f"/desk/consortia/{consortium}"
    asked = "".join(f"&without_aid={each}" for each in without)
    shown = (await mara.get(f"{path}?stand={stand}{asked}")).text
    total = re.search(r'name="seen_total" value="(\d+)"', shown)
    return await mara.send_form(
        path,
        {"stand": stand, "seen_total": total[1] if total else "0", "without_aid": list(without)},
        to=f"{path}/admit",
    )


async def test_a_consortium_of_three_is_admitted_onto_one_stand(cast: Cast) -> None:
    made = await open_call(cast.mara)
    people = [cast.ana, cast.carla, await third(cast)]
    mine, *_ = applications = await gather(cast, made["call"], people)

    early = await send_all(cast.ana, mine)
    assert early.status_code == 422
    for name in ("Quinta do Vale", "Officina Rossi", "Tinto Azul"):
        assert f"{name}: Has not answered" in early.text
    alone = await cast.carla.get(f"/my/applications/{applications[1]}/check")
    assert "lead sends" in alone.text
    refused = await cast.carla.send_form(
        f"/my/applications/{applications[1]}/check", {"seen_total": "1"}
    )
    assert refused.status_code == 409
    space = await cast.carla.send_form(
        f"/my/applications/{applications[1]}/stand", {"area_m2": "9", "stand_kind": "row"}
    )
    assert space.status_code == 409

    for each, application in zip(people, applications, strict=True):
        done(await agree(each, application))
    seen = (await cast.carla.get(f"/my/applications/{applications[1]}/consortium")).text
    assert "Quinta do Vale" in seen
    assert "3 m²" in seen
    assert cast.ana.email not in seen
    done(await send_all(cast.ana, mine))
    arrivals = await rows(
        "SELECT submitted_at, area_m2, reference, q.total_minor FROM application x"
        " JOIN quote q ON q.id = x.quote ORDER BY x.id"
    )
    assert len({each["submitted_at"] for each in arrivals}) == 1
    assert sum(each["area_m2"] for each in arrivals) == 9
    await jobs.drain()
    assert await value("SELECT count(*) FROM document WHERE kind = 'receipt'") == 3

    consortium = await value("SELECT id FROM consortium")
    assert "Port and pasta" in (await cast.mara.get("/desk/consortia")).text
    stands = await stand_ids(made["booth"])
    single = await admit(cast.mara, applications[1], stands[0])
    assert single.status_code == 409
    assert "admit the consortium as a whole" in single.text
    assert await value("SELECT count(*) FROM admission") == 0

    done(await admit_all(cast.mara, consortium, stands[0]))
    await jobs.drain()
    contracts = await rows(
        "SELECT ad.area_m2, i.total_minor, i.aid_minor, i.net_minor, ad.aid_letter, i.reference,"
        " x.company FROM admission ad JOIN invoice i ON i.id = ad.invoice"
        " JOIN application x ON x.id = ad.application ORDER BY x.id"
    )
    assert [each["area_m2"] for each in contracts] == [Decimal(3)] * 3
    assert len({each["reference"] for each in contracts}) == 3
    assert all(each["aid_letter"] for each in contracts)
    assert await value("SELECT allocated_m2 FROM booth") == 9
    assert await value("SELECT count(DISTINCT stand) FROM allocation WHERE state = 'held'") == 1
    assert await value("SELECT sum(amount_minor) FROM aid_grant") == sum(
        each["aid_minor"] for each in contracts
    )
    # the stand costs as much as it would cost one company: 9 m² at 400.00
    space = await value(
        "SELECT sum((l->>'amount_minor')::bigint) FROM admission ad"
        " JOIN quote q ON q.id = ad.quote, jsonb_array_elements(q.lines) l"
        " WHERE l->>'key' = 'space'"
    )
    assert space == 360_000
    plan = (await cast.mara.get(f"/desk/booths/{made['booth']}/plan")).text
    assert "Quinta do Vale, Officina Rossi" in plan
    shown = await cast.carla.get(f"/my/applications/{applications[1]}")
    assert "3 m²" in shown.text
    late = await cast.carla.send_form(
        f"/my/applications/{applications[1]}/consortium",
        {"version": "3", "seen_total": "0", "agrees": ""},
        to=f"/my/applications/{applications[1]}/consortium/answer",
    )
    assert late.status_code == 409
    assert "nothing to answer" in late.text
    twice = await admit_all(cast.mara, consortium, stands[1])
    assert twice.status_code == 409


async def test_one_member_whose_aid_is_used_up_stops_all_or_goes_without_aid(cast: Cast) -> None:
    made, _, applications, consortium = await sent_by_three(cast)
    await execute(
        "INSERT INTO declared_aid (company, undertaking, amount_minor, granted_on, authority,"
        " legal_basis, member_state, declared_at) SELECT c.id, c.undertaking, 29999999, now(),"
        " 'X', 'de_minimis', 'DE', now() FROM company c WHERE c.id = $1",
        cast.rossi,
    )
    stand = (await stand_ids(made["booth"]))[0]
    stopped = await admit_all(cast.mara, consortium, stand)
    assert stopped.status_code == 422
    assert "Officina Rossi: its aid does not fit any more" in stopped.text
    assert await value("SELECT count(*) FROM admission") == 0
    assert await value("SELECT count(*) FROM allocation") == 0
    rossi = await value("SELECT id FROM consortium_member WHERE application = $1", applications[1])
    done(await admit_all(cast.mara, consortium, stand, rossi))
    aids = await rows(
        "SELECT i.aid_minor FROM admission ad JOIN invoice i ON i.id = ad.invoice"
        " ORDER BY ad.application"
    )
    assert [bool(each["aid_minor"]) for each in aids] == [True, False, True]


async def test_one_member_that_is_not_eligible_stops_all(cast: Cast) -> None:
    made, _, applications, consortium = await sent_by_three(cast)
    done(
        await cast.mara.send_form(
            f"/desk/applications/{applications[2]}", {"to": "rejected", "why": "No products."}
        )
    )
    stopped = await admit_all(cast.mara, consortium, (await stand_ids(made["booth"]))[0])
    assert stopped.status_code == 422
    assert "Tinto Azul is “rejected”" in stopped.text
    tinto = await value("SELECT id FROM consortium_member WHERE application = $1", applications[2])
    done(
        await cast.mara.send_form(
            f"/desk/consortia/{consortium}", {"why": "It is not eligible."},
            to=f"/desk/consortia/{consortium}/members/{tinto}/leave-out",
        )
    )  # fmt: skip
    waiting = await admit_all(cast.mara, consortium, (await stand_ids(made["booth"]))[0])
    assert "Tinto Azul has left" in waiting.text
    for someone, application in ((cast.ana, applications[0]), (cast.carla, applications[1])):
        done(await agree(someone, application))
    done(await admit_all(cast.mara, consortium, (await stand_ids(made["booth"]))[0]))
    areas = [each["area_m2"] for each in await rows("SELECT area_m2 FROM admission")]
    assert areas == [Decimal("4.50")] * 2


async def paid(cast: Cast, application: int) -> None:
    """The whole invoice of a contract arrives at the bank."""
    found = await row(
        "SELECT i.* FROM admission ad JOIN invoice i ON i.id = ad.invoice"
        " WHERE ad.application = $1 AND ad.ended_at IS NULL",
        application,
    )
    assert found is not None
    done(
        await cast.finn.send_form(
            "/desk/money/transfer",
            {
                "received_on": str(found["issued_on"]), "currency": "EUR",
                "amount": f"{found['total_minor'] / 100:.2f}", "reference": found["reference"],
                "payer": "Somebody", "bank_ref": f"B-{application}",
            },
        )
    )  # fmt: skip
    await jobs.drain()


async def invoices() -> list[tuple[int, str, int]]:
    """(application's contract total, state, aid) of every live contract."""
    return [
        (each["total_minor"], each["state"], each["aid_minor"])
        for each in await rows(
            "SELECT i.total_minor, i.state, i.aid_minor FROM admission ad"
            " JOIN invoice i ON i.id = ad.invoice WHERE ad.ended_at IS NULL ORDER BY ad.application"
        )
    ]


async def test_a_member_that_leaves_changes_the_others_only_after_they_agree(cast: Cast) -> None:
    made, _, applications, consortium = await sent_by_three(cast)
    stand = (await stand_ids(made["booth"]))[0]
    done(await admit_all(cast.mara, consortium, stand))
    await jobs.drain()
    await paid(cast, applications[0])
    before = await invoices()
    done(
        await cast.mara.send_form(
            f"/desk/applications/{applications[2]}/release", {"why": "It asked us to end it."}
        )
    )
    await jobs.drain()
    assert await invoices() == before[:2]
    held = "SELECT count(*) FROM allocation WHERE stand = $1 AND state <> 'released'"
    assert await value(held, stand) == 2
    assert await value("SELECT allocated_m2 FROM booth") == 6

    page = (await cast.carla.get(f"/my/applications/{applications[1]}/consortium")).text
    assert "4.5 m²" in page
    assert "Nothing changes for you before all have agreed" in page
    done(await agree(cast.carla, applications[1]))
    early = await cast.mara.send_form(
        f"/desk/consortia/{consortium}",
        {"version": "4"},
        to=f"/desk/consortia/{consortium}/correct",
    )
    assert early.status_code in (409, 422)
    assert await invoices() == before[:2]
    done(await agree(cast.ana, applications[0]))
    assert await invoices() == before[:2]

    version = await value("SELECT max(version) FROM consortium_terms")
    done(
        await cast.mara.send_form(
            f"/desk/consortia/{consortium}", {"version": version},
            to=f"/desk/consortia/{consortium}/correct",
        )
    )  # fmt: skip
    await jobs.drain()
    after = await invoices()
    assert [total > old for (total, *_), (old, *_) in zip(after, before, strict=False)] == [
        True
    ] * 2
    assert after[0][1] == "part_paid"  # what Ana had paid is on the new invoice
    assert await value("SELECT allocated_m2 FROM booth") == 9
    assert await value(held, stand) == 2
    assert await value("SELECT sum(amount_minor) FROM aid_grant") == sum(a for *_, a in after)
    assert await value("SELECT committed_minor FROM scheme") == sum(a for *_, a in after)
    credited = "SELECT count(*) FROM invoice WHERE kind = 'credit_note'"
    assert await value(credited) == 3


async def test_if_one_refuses_what_was_agreed_stays_and_the_agency_decides(cast: Cast) -> None:
    made, _, applications, consortium = await sent_by_three(cast)
    done(await admit_all(cast.mara, consortium, (await stand_ids(made["booth"]))[0]))
    before = await invoices()
    done(
        await cast.mara.send_form(
            f"/desk/applications/{applications[0]}/release", {"why": "It asked us to end it."}
        )
    )
    assert await value("SELECT lead FROM consortium") == cast.rossi
    done(await agree(cast.carla, applications[1]))
    done(await agree(cast.paul, applications[2], agrees=""))
    shown = (await cast.mara.get(f"/desk/consortia/{consortium}")).text
    assert "Your decision is needed" in shown
    assert "Correct the contracts" not in shown
    assert await invoices() == before[1:]
    done(
        await cast.mara.send_form(
            f"/desk/consortia/{consortium}", {"why": "The members could not agree."},
            to=f"/desk/consortia/{consortium}/dissolve",
        )
    )  # fmt: skip
    await jobs.drain()
    assert await invoices() == []
    assert await value("SELECT allocated_m2 FROM booth") == 0
    assert await value("SELECT sum(amount_minor) FROM aid_grant") == 0
    states = [each["state"] for each in await rows("SELECT state FROM application ORDER BY id")]
    assert states == ["released"] * 3


async def test_a_key_of_shares_and_a_guest_that_declines(cast: Cast) -> None:
    made = await open_call(cast.mara)
    applications = await gather(
        cast, made["call"], [cast.ana, cast.carla], island="18", key="shares"
    )
    base = f"/my/applications/{applications[0]}/consortium"
    unsettled = await send_all(cast.ana, applications[0])
    assert "Not every member has a part yet" in unsettled.text
    ids = [each["id"] for each in await rows("SELECT id FROM consortium_member ORDER BY id")]
    wrong = await cast.ana.send_form(
        f"{base}/terms",
        {"key": "shares", "island_m2": "18", "stand_kind": "island",
         f"part_{ids[0]}": "33.33", f"part_{ids[1]}": "66.66"},
    )  # fmt: skip
    assert wrong.status_code == 422
    assert "99.99 %" in wrong.text
    assert "66.66" in wrong.text
    absurd = await cast.ana.send_form(
        f"{base}/terms", {"key": "shares", "island_m2": "18", f"part_{ids[0]}": "9" * 60}
    )
    assert absurd.status_code == 422
    assert "from 0 to 10,000" in absurd.text
    done(
        await cast.ana.send_form(
            f"{base}/terms",
            {"key": "shares", "island_m2": "18", "stand_kind": "island",
             f"part_{ids[0]}": "33.33", f"part_{ids[1]}": "66.67"},
        )
    )  # fmt: skip
    parts = await rows("SELECT area_m2, share_bp FROM consortium_part ORDER BY id DESC LIMIT 2")
    assert sorted((each["area_m2"], each["share_bp"]) for each in parts) == [
        (Decimal("6.00"), 3333), (Decimal("12.00"), 6667),
    ]  # fmt: skip
    done(
        await cast.ana.send_form(base, {"name": "Pa", "email": "p@x.example"}, to=f"{base}/members")
    )
    guest = await third(cast)
    link = await invitation("p@x.example")
    done(await guest.send_form(link, {"accept": ""}))
    assert "no longer good" in (await guest.get(link)).text
    for someone, application in ((cast.ana, applications[0]), (cast.carla, applications[1])):
        done(await agree(someone, application))
    done(await send_all(cast.ana, applications[0]))


async def test_the_database_refuses_parts_that_do_not_add_up(cast: Cast) -> None:
    made = await open_call(cast.mara)
    await gather(cast, made["call"], [cast.ana])

    @action
    async def slip() -> None:
        terms = await value(
            "INSERT INTO consortium_terms (consortium, version, key, stand_kind, island_m2,"
            " made_at) SELECT id, 99, 'equal', 'island', 9, now() FROM consortium RETURNING id"
        )
        await execute(
            "INSERT INTO consortium_part (terms, member, area_m2)"
            " SELECT $1, id, 8.99 FROM consortium_member",
            terms,
        )

    with pytest.raises(asyncpg.CheckViolationError, match="add up"):
        await slip()
    with pytest.raises(asyncpg.PostgresError):
        await execute("UPDATE consortium_part SET area_m2 = 1")


async def test_a_consortium_and_a_single_company_race_for_one_stand(cast: Cast) -> None:
    """One of both has the stand, whole; the other has nothing."""
    made = await open_call(cast.mara)
    applications = await gather(cast, made["call"], [cast.ana, cast.carla])
    for someone, application in ((cast.ana, applications[0]), (cast.carla, applications[1])):
        done(await agree(someone, application))
    done(await send_all(cast.ana, applications[0]))
    guest = await third(cast)
    alone = await fill(guest, made["call"])
    done(await send(guest, alone))
    mara = await cast.mara.actor()
    consortium = await value("SELECT id FROM consortium")
    stand = (await stand_ids(made["booth"]))[0]
    together = await queries.desk_consortium(mara, consortium)
    assert together.in_force is not None
    seats = await admitting.seats(mara, together, together.in_force, await plans.stand(stand), ())
    total = admitting.shown(seats)["total"]
    results = await asyncio.gather(
        admitting.admit(
            mara, AdmitTogetherForm(stand=stand, seen_total=total), consortium_id=consortium
        ),
        deciding.admit(mara, AdmitForm(stand=stand), application_id=alone),
        return_exceptions=True,
    )
    lost = [each for each in results if isinstance(each, Refused)]
    assert len(lost) == 1, results
    assert isinstance(lost[0], Conflict)
    held = await rows("SELECT DISTINCT holder FROM allocation WHERE state <> 'released'")
    assert len(held) == 1
    assert await value("SELECT allocated_m2 FROM booth") == 9


async def test_the_list_asks_as_often_for_one_consortium_as_for_many(cast: Cast) -> None:
    _, _, _, consortium = await sent_by_three(cast)
    await cast.mara.get("/desk/consortia")
    async with counting() as few:
        await cast.mara.get("/desk/consortia")
    for _ in range(12):
        copy = await value(
            "INSERT INTO consortium (call, lead, name, state, in_force, created_at) SELECT call,"
            " lead, name, state, in_force, created_at FROM consortium WHERE id = $1 RETURNING id",
            consortium,
        )

        @action
        async def terms(copy: int = copy) -> None:
            member_id = await value(
                "INSERT INTO consortium_member (consortium, state, invited_name, invited_email,"
                " invited_at) VALUES ($1,'invited','A','a@x.example',now()) RETURNING id",
                copy,
            )
            made = await value(
                "INSERT INTO consortium_terms (consortium, version, key, stand_kind, island_m2,"
                " made_at) VALUES ($1,1,'equal','island',9,now()) RETURNING id",
                copy,
            )
            await execute(
                "INSERT INTO consortium_part (terms, member, area_m2) VALUES ($1,$2,9)",
                made,
                member_id,
            )

        await terms()
    async with counting() as many:
        shown = await cast.mara.get("/desk/consortia")
    assert shown.text.count("Port and pasta") == 13
    assert len(many) == len(few)


async def test_leaving_before_and_after_sending(cast: Cast) -> None:
    """Before sending the key splits anew; after it, what was sent is withdrawn, the rest asked."""
    made = await open_call(cast.mara)
    people = [cast.ana, cast.carla, await third(cast)]
    applications = await gather(cast, made["call"], people)
    leave = f"/my/applications/{applications[2]}/consortium/leave"
    unsaid = await cast.paul.send_form(leave, {"why": ""})
    assert unsaid.status_code == 422
    done(await cast.paul.send_form(leave, {"why": "We go to another fair."}))
    assert "stand" not in await value(
        "SELECT draft FROM application WHERE id = $1", applications[2]
    )
    for someone, application in zip(people[:2], applications[:2], strict=True):
        done(await agree(someone, application))
    done(await send_all(cast.ana, applications[0]))
    in_force = await value("SELECT in_force FROM consortium")
    done(
        await cast.carla.send_form(
            f"/my/applications/{applications[1]}/consortium/leave", {"why": "We changed our mind."}
        )
    )
    state = await value("SELECT state FROM application WHERE id = $1", applications[1])
    assert state == "withdrawn"
    assert await value("SELECT in_force FROM consortium") == in_force
    assert await value("SELECT area_m2 FROM application WHERE id = $1", applications[0]) == 4.5
    done(await agree(cast.ana, applications[0]))
    assert await value("SELECT in_force FROM consortium") > in_force
    assert await value("SELECT area_m2 FROM application WHERE id = $1", applications[0]) == 9


async def test_the_lead_gives_up_and_everybody_may_apply_alone(cast: Cast) -> None:
    made = await open_call(cast.mara)
    applications = await gather(cast, made["call"], [cast.ana, cast.carla])
    base = f"/my/applications/{applications[0]}/consortium"
    done(await cast.ana.send_form(f"{base}/dissolve", {"why": "We go alone this year."}))
    alone = f"/my/applications/{applications[1]}"
    done(await cast.carla.send_form(f"{alone}/stand", {"area_m2": "9", "stand_kind": "row"}))
    done(await send(cast.carla, applications[1]))
    again = {"name": "Once more", "island_m2": "18", "stand_kind": "island", "key": "by_m2"}
    done(await cast.ana.send_form(base, again))
    await jobs.drain()
    assert await value("SELECT count(*) FROM message WHERE subject LIKE '%is dissolved'") >= 2


async def test_a_cancelled_call_ends_its_consortia(cast: Cast) -> None:
    made, _, _, consortium = await sent_by_three(cast)
    done(await admit_all(cast.mara, consortium, (await stand_ids(made["booth"]))[0]))
    path = f"/desk/calls/{made['call']}/cancel"
    shown = (await cast.mara.get(path)).text
    seen = re.search(r'name="seen" value="([^"]*)"', shown)
    assert seen, shown[-2000:]
    done(
        await cast.mara.send_form(
            path, {"cause": "fair_cancelled", "why": "", "seen": seen[1], "sure": "on"}
        )
    )
    assert await value("SELECT state FROM consortium") == "dissolved"
    assert await value("SELECT allocated_m2 FROM booth") == 0
    assert await value("SELECT sum(amount_minor) FROM aid_grant") == 0
    assert await value("SELECT count(*) FROM consortium_terms") == 3


async def test_an_invitation_that_was_taken_back_meanwhile_lets_nobody_in(cast: Cast) -> None:
    """The lead takes it back in the moment in which the other company says yes."""
    made = await open_call(cast.mara)
    lead, mine = await cast.ana.actor(), (await gather(cast, made["call"], [cast.ana]))[0]
    member = await actions.invite(
        lead, InviteForm(name="Carla Example", email=cast.carla.email), application_id=mine
    )
    link = await invitation(cast.carla.email)

    @action
    async def take_back() -> None:
        consortium = await value("SELECT consortium FROM consortium_member WHERE id = $1", member)
        await steps.lock(consortium)
        await asyncio.sleep(0.5)
        await steps.depart(lead, consortium, member, "A mistake.")

    async def say_yes() -> None:
        await asyncio.sleep(0.1)
        with pytest.raises(Refused, match="no longer good"):
            await actions.answer_invitation(
                await cast.carla.actor(), JoinForm(accept=True), token=link.rsplit("/", 1)[1]
            )

    await asyncio.gather(take_back(), say_yes())
    assert await value("SELECT state FROM consortium_member WHERE id = $1", member) == "left"
    assert await value("SELECT count(*) FROM application") == 1


async def test_who_had_applied_alone_before_a_consortium_stays_an_applicant(cast: Cast) -> None:
    """What was sent alone is not withdrawn with a consortium that was never sent, and a correction
    does not send a part of its stand."""
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    done(await send(cast.ana, application))
    path = f"/my/applications/{application}/consortium"
    begun = {"name": "Port alone", "island_m2": "18", "stand_kind": "island", "key": "equal"}
    done(await cast.ana.send_form(path, begun))
    await ask_to_correct(cast.mara, application)
    check = f"/my/applications/{application}/check"
    shown = re.search(r'name="seen_total" value="(\d+)"', (await cast.ana.get(check)).text)
    refused = await cast.ana.send_form(check, {"seen_total": shown[1] if shown else "1"})
    assert refused.status_code == 409
    assert "with a consortium" in refused.text
    done(await cast.ana.send_form(f"{path}/leave", {"why": "Nobody joined."}))
    assert await value("SELECT state FROM application") == "to_correct"
    done(
        await cast.ana.send_form(
            f"/my/applications/{application}/stand", {"area_m2": "9", "stand_kind": "row"}
        )
    )
    done(await send(cast.ana, application))
