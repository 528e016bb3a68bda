"""A consortium whose call is paid in steps: each member has its own ladder, and its own door."""

from datetime import timedelta

from server import clock, jobs
from server.billing import checks
from server.database import rows, value
from tests.booths.calls.test_ends import state_of, transfer
from tests.booths.calls.test_paying import with_terms
from tests.booths.calls.test_story import done, stand_ids
from tests.booths.consortia.test_story import admit_all, agree, gather, send_all, third
from tests.cast import Cast


async def _invoices(application: int, kind: str) -> list[dict[str, object]]:
    return await rows(
        "SELECT reference, total_minor FROM invoice WHERE about = $1 AND kind = $2",
        f"application:{application}",
        kind,
    )


async def _pay(cast: Cast, applications: list[int], kind: str) -> None:
    for application in applications:
        for each in await _invoices(application, kind):
            total = each["total_minor"]
            assert isinstance(total, int)
            await transfer(cast.finn, str(each["reference"]), total, f"{kind}-{application}")


async def test_each_member_of_a_consortium_pays_its_own_steps(cast: Cast) -> None:
    ground = await with_terms(cast)
    people = [cast.ana, cast.carla, await third(cast)]
    applications = await gather(cast, ground["call"], people)
    for each, application in zip(people, applications, strict=True):
        done(await agree(each, application))
    done(await send_all(cast.ana, applications[0]))
    consortium = await value("SELECT id FROM consortium")
    stands = await stand_ids(ground["booth"])
    done(await admit_all(cast.mara, consortium, stands[-1]))
    plans = await rows(
        "SELECT p.about, count(d.id) AS steps, sum(d.total_minor)::bigint AS total,"
        " q.total_minor AS quoted FROM payment_plan p JOIN due_item d ON d.plan = p.id"
        " JOIN admission ad ON ad.plan = p.id JOIN quote q ON q.id = ad.quote"
        " GROUP BY p.id, q.total_minor ORDER BY p.id"
    )
    assert [each["steps"] for each in plans] == [2, 2, 2]
    assert all(each["total"] == each["quoted"] for each in plans), "no cent between the steps"

    await _pay(cast, applications[:2], "prepayment")
    assert [await state_of(each) for each in applications] == ["confirmed", "confirmed", "admitted"]
    own = (await cast.carla.get(f"/my/applications/{applications[1]}/hub")).text
    assert "May not move in yet" in own
    assert len(await rows("SELECT 1 FROM calendar_item WHERE key LIKE '%:payment%'")) == 6

    with clock.travel_everywhere(clock.now() + timedelta(days=20)):
        await jobs.sweep("calls.lapse")
        await jobs.drain()
    assert [await state_of(each) for each in applications] == ["confirmed", "confirmed", "lapsed"]
    assert await value("SELECT count(*) FROM invoice WHERE state = 'credited'") == 1
    assert await checks.faults() == []

    opens = await value("SELECT starts_on FROM fair")
    wait = (opens - clock.today("Europe/Berlin")).days
    with clock.travel_everywhere(clock.now() + timedelta(days=wait - 90)):
        await cast.finn.arrive()
        await jobs.sweep("billing.ladders")
        await jobs.drain()
        await _pay(cast, applications[:1], "invoice")
    listed = await cast.mara.get(f"/desk/calls/{ground['call']}/on-site.csv")
    by_company = {line.split(",")[2]: line.split(",")[4] for line in listed.text.splitlines()[1:]}
    assert by_company == {"Quinta do Vale": "yes", "Officina Rossi": "no"}
    assert await checks.faults() == []
