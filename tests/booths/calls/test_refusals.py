"""Refusals that must be clear and lose nothing."""

import re
from datetime import timedelta

from booths.calls import contracts
from server import clock, jobs
from server.database import execute, row, rows, value
from tests.booths.calls.test_story import (
    admit,
    done,
    fill,
    id_in,
    open_call,
    send,
    stand_ids,
)
from tests.cast import Cast, Someone, Visitor

LATER = clock.now() + timedelta(days=60)


async def sent_application(ana: Someone, call: int, **wish: str) -> int:
    """A company has sent its application."""
    made = await fill(ana, call, **wish)
    done(await send(ana, made))
    return made


async def test_before_opening_and_after_closing_to_the_second(cast: Cast) -> None:
    """Server time decides; the sentence names both instants; the answers stay."""
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    call = await row("SELECT opens_at, closes_at FROM call WHERE id = $1", made["call"])
    assert call is not None
    for instant, word in (
        (call["opens_at"] - timedelta(seconds=1), "opens on"),
        (call["closes_at"], "closed on"),
    ):
        with clock.travel_everywhere(instant):
            await execute("UPDATE session SET seen_at = $1, expires_at = $2", instant, LATER)
            refused = await send(cast.ana, application)
        assert refused.status_code == 422
        assert word in refused.text
    with clock.travel_everywhere(call["closes_at"] - timedelta(seconds=5)):
        accepted = await send(cast.ana, application)
    assert accepted.status_code == 303
    assert await value("SELECT count(*) FROM submission") == 1


async def test_area_below_the_minimum_or_above_what_is_left(cast: Cast) -> None:
    """The sentence says what is possible, and what was typed stays."""
    made = await open_call(cast.mara)
    application = id_in(done(await cast.ana.send_form(f"/my/apply/{made['call']}", {})))
    path = f"/my/applications/{application}/stand"
    small = await cast.ana.send_form(path, {"area_m2": "6,5", "stand_kind": "corner"})
    assert small.status_code == 422
    assert "smallest stand in this call has 9 m²" in small.text
    assert 'value="6,5"' in small.text
    large = await cast.ana.send_form(path, {"area_m2": "73", "stand_kind": "row"})
    assert "Only 72 m² of the joint booth are left" in large.text


async def test_stand_taken_a_moment_ago(cast: Cast) -> None:
    """The second admission to a stand changes nothing and offers the others."""
    made = await open_call(cast.mara)
    first = await sent_application(cast.ana, made["call"])
    second = await sent_application(cast.carla, made["call"])
    stand = (await stand_ids(made["booth"]))[0]
    path = f"/desk/applications/{second}/admit"
    total = re.search(
        r'seen_total" value="(\d+)"', (await cast.mara.get(f"{path}?stand={stand}")).text
    )
    done(await admit(cast.mara, first, stand))
    late = await cast.mara.send_form(path, {"stand": stand, "seen_total": total[1]})
    assert late.status_code == 409
    assert "was taken a moment ago" in late.text
    assert await value("SELECT count(*) FROM admission") == 1
    assert await value("SELECT state FROM application WHERE id = $1", second) == "submitted"


async def test_budget_used_up_a_moment_ago_leaves_nothing_behind(cast: Cast) -> None:
    """All or nothing: no stand, no invoice, no aid, no mail."""
    made = await open_call(cast.mara)
    application = await sent_application(cast.ana, made["call"])
    await execute("UPDATE scheme SET budget_minor = 1000")
    mails = await value("SELECT count(*) FROM message")
    refused = await admit(cast.mara, application, (await stand_ids(made["booth"]))[0])
    assert refused.status_code == 409
    assert "used up a moment ago" in refused.text
    for table in ("admission", "invoice", "aid_grant", "ledger_entry"):
        assert await value(f"SELECT count(*) FROM {table}") == 0
    assert await value("SELECT count(*) FROM allocation WHERE state <> 'released'") == 0
    assert await value("SELECT allocated_m2 FROM booth") == 0
    assert await value("SELECT count(*) FROM message") == mails


async def test_a_second_submission_replaces_the_first_and_keeps_it(cast: Cast) -> None:
    """Both stay readable; the reference stays; the later arrival counts."""
    made = await open_call(cast.mara)
    application = await sent_application(cast.ana, made["call"])
    first = await row("SELECT reference, submitted_at FROM application WHERE id=$1", application)
    done(
        await cast.ana.send_form(
            f"/my/applications/{application}/stand", {"area_m2": "18", "stand_kind": "row"}
        )
    )
    done(await send(cast.ana, application))
    after = await row("SELECT reference, submitted_at FROM application WHERE id=$1", application)
    assert first is not None
    assert after is not None
    assert after["reference"] == first["reference"]
    assert after["submitted_at"] > first["submitted_at"]
    sent = await rows("SELECT content FROM submission ORDER BY number")
    assert [each["content"]["answers"]["stand"]["area_m2"] for each in sent] == ["9", "18"]
    shown = await cast.ana.get(f"/my/applications/{application}")
    for number, area in ((1, "9 m²"), (2, "18 m²")):
        path = f"/my/applications/{application}/sent/{number}"
        assert path in shown.text
        assert area in (await cast.ana.get(path)).text.replace("\xa0", " ")


async def test_a_price_that_changed_is_shown_before_it_binds(cast: Cast) -> None:
    """What the applicant did not see is not sent."""
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    path = f"/my/applications/{application}/check"
    refused = await cast.ana.send_form(path, {"seen_total": "1"})
    assert refused.status_code == 409
    assert "Nothing was sent" in refused.text
    assert await value("SELECT count(*) FROM submission") == 0


async def test_typed_text_survives_a_sign_in_that_ended(cast: Cast) -> None:
    """The form comes back filled after signing in again."""
    made = await open_call(cast.mara)
    application = id_in(done(await cast.ana.send_form(f"/my/apply/{made['call']}", {})))
    path = f"/my/applications/{application}/goals"
    shown = await cast.ana.get(path)
    csrf = re.search(r'name="csrf_token" value="([^"]*)"', shown.text)[1]
    await execute("UPDATE session SET revoked_at = now() WHERE person = $1", cast.ana.person_id)
    typed = {"exhibits": "Twenty years of port", "markets": "Japan", "csrf_token": csrf}
    asked = await cast.ana.post(path, data=typed)
    assert asked.status_code == 303
    login = asked.headers["location"]
    assert login.startswith("/login?next=")
    cast.ana.cookies.clear()
    page = await cast.ana.get(login)
    assert "What you typed is kept" in page.text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    back = await cast.ana.post(
        "/login", data={**fields, "email": cast.ana.email, "password": "orchard lantern velvet"}
    )
    again = await cast.ana.get(back.headers["location"])
    assert "Twenty years of port" in again.text
    assert await value("SELECT count(*) FROM application WHERE draft ? 'goals'") == 0


async def test_an_unpaid_admission_lapses_and_its_late_money_is_kept(cast: Cast) -> None:
    """Stand, area, budget and aid go back; the payment waits for a person; reviving works."""
    made = await open_call(cast.mara)
    application = await sent_application(cast.ana, made["call"])
    stand = (await stand_ids(made["booth"]))[0]
    done(await admit(cast.mara, application, stand))
    invoice = await row("SELECT * FROM invoice WHERE kind = 'invoice'")
    assert invoice is not None
    assert await contracts.due_to_lapse() == []
    with clock.travel_everywhere(clock.now() + timedelta(days=16)):
        await jobs.sweep("calls.lapse")
    assert await value("SELECT state FROM application WHERE id=$1", application) == "lapsed"
    assert await value("SELECT allocated_m2 FROM booth") == 0
    assert await value("SELECT committed_minor FROM scheme") == 0
    assert await value("SELECT taken FROM fee WHERE kind = 'service'") == 0
    assert await value("SELECT sum(amount_minor) FROM aid_grant") == 0
    assert await value("SELECT state FROM invoice WHERE id=$1", invoice["id"]) == "credited"
    done(
        await cast.finn.send_form(
            "/desk/money/transfer",
            {
                "received_on": clock.today("Europe/Berlin").isoformat(), "currency": "EUR",
                "amount": f"{invoice['total_minor'] / 100:.2f}",
                "reference": invoice["reference"], "payer": "Quinta do Vale", "bank_ref": "L-1",
            },
        )
    )  # fmt: skip
    await jobs.drain()
    assert await value("SELECT state FROM payment") == "late"
    assert await value("SELECT state FROM application WHERE id=$1", application) == "lapsed"
    path = f"/desk/applications/{application}"
    assert "the money came late" in (await cast.mara.get(path)).text
    done(
        await cast.mara.send_form(
            f"{path}/revive?stand={stand}", {"stand": stand}, to=f"{path}/revive"
        )
    )
    await jobs.drain()
    assert await value("SELECT state FROM application WHERE id=$1", application) == "confirmed"
    assert await value("SELECT allocated_m2 FROM booth") == 9


async def test_a_lapse_waits_for_a_payment_in_the_same_moment(cast: Cast) -> None:
    """Money that was matched first keeps the stand."""
    made = await open_call(cast.mara)
    application = await sent_application(cast.ana, made["call"])
    done(await admit(cast.mara, application, (await stand_ids(made["booth"]))[0]))
    await execute("UPDATE invoice SET paid_minor = 1, state = 'part_paid'")
    with clock.travel_everywhere(clock.now() + timedelta(days=16)):
        assert await contracts.lapse(application) is False
    assert await value("SELECT state FROM application WHERE id=$1", application) == "admitted"


async def test_a_service_that_sold_out_does_not_stand_in_the_way(cast: Cast) -> None:
    """The page says what is gone; the admission and its invoice go without it."""
    made = await open_call(cast.mara)
    application = await sent_application(cast.ana, made["call"])
    await execute("UPDATE fee SET taken = stock WHERE kind = 'service'")
    stand = (await stand_ids(made["booth"]))[0]
    shown = await cast.mara.get(f"/desk/applications/{application}/admit?stand={stand}")
    assert "Sold out meanwhile" in shown.text
    done(await admit(cast.mara, application, stand))
    assert await value("SELECT net_minor + aid_minor FROM invoice") == 429_000


async def test_what_a_published_call_promises_stays(cast: Cast) -> None:
    """Its scheme keeps its terms, and once it is closed out nobody is admitted."""
    made = await open_call(cast.mara)
    application = await sent_application(cast.ana, made["call"])
    terms = {
        "name": "Export start", "legal_basis": "de_minimis", "mode": "rate", "rate": "20",
        "cap": "7500", "budget": "20000", "currency": "EUR", "valid_from": "2026-01-01",
    }  # fmt: skip
    refused = await cast.mara.send_form(f"/desk/schemes/{made['scheme']}/edit", terms)
    assert refused.status_code == 422
    assert "A published call promises these terms" in refused.text
    await execute("UPDATE call SET state = 'closed_out'")
    late = await admit(cast.mara, application, (await stand_ids(made["booth"]))[0])
    assert late.status_code == 409
    assert "closed out" in late.text


async def test_releasing_gives_everything_back(cast: Cast) -> None:
    """The manager ends an admission with a reason the company reads."""
    made = await open_call(cast.mara)
    application = await sent_application(cast.ana, made["call"])
    done(await admit(cast.mara, application, (await stand_ids(made["booth"]))[0]))
    path = f"/desk/applications/{application}/release"
    no_reason = await cast.mara.send_form(path, {"why": ""})
    assert no_reason.status_code == 422
    done(await cast.mara.send_form(path, {"why": "The fair has moved to spring."}))
    assert await value("SELECT committed_minor FROM scheme") == 0
    assert await value("SELECT count(*) FROM allocation WHERE state <> 'released'") == 0
    assert (
        "The fair has moved to spring."
        in (await cast.ana.get(f"/my/applications/{application}")).text
    )


async def test_bulk_decisions_are_all_or_nothing(cast: Cast) -> None:
    """A waiting list in order of arrival; one impossible move stops all of them."""
    made = await open_call(cast.mara)
    first = await sent_application(cast.ana, made["call"])
    second = await sent_application(cast.carla, made["call"])
    both = {"to": "wait_listed", "applications": [second, first]}
    done(await cast.mara.send_form("/desk/applications", both))
    places = await rows("SELECT id, wait_position FROM application ORDER BY wait_position")
    assert [(p["id"], p["wait_position"]) for p in places] == [(first, 1), (second, 2)]
    wrong = await cast.mara.send_form(
        "/desk/applications", {"to": "exhibited", "applications": [first]}
    )
    assert wrong.status_code == 409
    unsaid = await cast.mara.send_form(
        "/desk/applications", {"to": "rejected", "applications": [first]}
    )
    assert unsaid.status_code == 422
    assert "Give the reason" in unsaid.text


async def test_nobody_sees_the_dossiers_of_others(cast: Cast, visitor: Visitor) -> None:
    """Another company and another agency find nothing; a draft is not the agency's business."""
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    assert (await cast.mara.get(f"/desk/applications/{application}")).status_code == 404
    done(await send(cast.ana, application))
    assert (await cast.mara.get(f"/desk/applications/{application}")).status_code == 200
    assert (await cast.nils.get(f"/desk/applications/{application}")).status_code == 404
    assert (await cast.carla.get(f"/my/applications/{application}")).status_code == 404
    stolen = await cast.carla.send_form(
        f"/my/apply/{made['call']}", {}, to=f"/my/applications/{application}/withdraw"
    )
    assert stolen.status_code in (404, 422)
    foreign = await cast.nils.send_form(
        "/desk/applications", {"to": "eligible", "applications": [application]}
    )
    assert foreign.status_code == 404
    assert (
        (await visitor.get(f"/my/applications/{application}"))
        .headers["location"]
        .startswith("/login")
    )


async def test_pages_of_a_list_follow_each_other_and_a_made_up_one_is_refused(cast: Cast) -> None:
    """The cursor is plain digits, so that no program has to encode it."""
    made = await open_call(cast.mara)
    first = await sent_application(cast.ana, made["call"])
    second = await sent_application(cast.carla, made["call"])
    program = await cast.mara.program()
    page = (await program.get("/api/v1/desk/applications?limit=1")).json()
    assert [each["id"] for each in page["items"]] == [first]
    following = (await program.get(f"/api/v1/desk/applications?cursor={page['next']}")).json()
    assert [each["id"] for each in following["items"]] == [second]
    assert following["next"] is None
    refused = await program.get("/api/v1/desk/applications?cursor=2026-05-27T08:17+00:00_2")
    assert refused.status_code == 422
    await program.aclose()


async def test_a_draft_that_was_withdrawn_is_not_the_agencys_business(cast: Cast) -> None:
    """Never sent, never seen."""
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    done(await cast.ana.send_form(f"/my/applications/{application}/withdraw", {"sure": "on"}))
    assert (await cast.mara.get(f"/desk/applications/{application}")).status_code == 404
    assert "Quinta do Vale" not in (await cast.mara.get("/desk/applications")).text


async def test_a_lapsed_company_can_be_admitted_anew(cast: Cast) -> None:
    """Without late money there is nothing to revive; the waiting list leads to a new contract."""
    made = await open_call(cast.mara)
    application = await sent_application(cast.ana, made["call"])
    first, second = (await stand_ids(made["booth"]))[:2]
    done(await admit(cast.mara, application, first))
    pay_until = await value("SELECT pay_until FROM admission")
    with clock.travel_everywhere(pay_until):
        assert await contracts.lapse(application)
    done(await cast.mara.send_form(f"/desk/applications/{application}", {"to": "wait_listed"}))
    done(await admit(cast.mara, application, second))
    assert await value("SELECT state FROM application WHERE id = $1", application) == "admitted"
    assert await value("SELECT count(*) FROM allocation WHERE state = 'held'") == 1


async def test_aid_that_passes_the_ceiling_is_none_unless_the_smaller_one_is_granted(
    cast: Cast,
) -> None:
    """The agency sees what still fits and grants it by one more press."""
    made = await open_call(cast.mara)
    application = await sent_application(cast.ana, made["call"])
    declared = {
        "amount": "299900.00", "granted_on": clock.today("UTC").isoformat(), "member_state": "DE",
        "authority": "Bank of reconstruction", "legal_basis": "de_minimis",
    }  # fmt: skip
    done(await cast.ana.send_form("/my/company/aid/declare", declared))
    stand = (await stand_ids(made["booth"]))[0]
    path = f"/desk/applications/{application}/admit"
    shown = await cast.mara.get(f"{path}?stand={stand}")
    offer = re.search(r'href="([^"]*smaller_aid=on)">Grant the €100.00 that still fit', shown.text)
    assert offer is not None
    smaller = await cast.mara.get(offer[1].replace("&amp;", "&"))
    total = re.search(r'name="seen_total" value="(\d+)"', smaller.text)
    assert total is not None
    assert 'name="smaller_aid" value="on"' in smaller.text
    form = {"stand": stand, "seen_total": total[1], "smaller_aid": "on"}
    done(await cast.mara.send_form(path, form))
    assert await value("SELECT amount_minor FROM aid_grant") == 10_000
