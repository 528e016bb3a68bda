"""A call copied as a whole: every room's part, dates moved with the fair, shown before."""

from datetime import timedelta
from typing import Any

from booths.calls.copies import copied, left_out
from server import clock
from server.database import execute, row, rows, value
from tests.booths.calls.test_story import done, id_in, open_call
from tests.booths.questions.test_form import question, section
from tests.cast import Cast, door

LATER = timedelta(days=728)


async def anew(table: str, id_: int, **changes: Any) -> int:
    """A row copied with changes."""
    found = await row(f"SELECT * FROM {table} WHERE id = $1", id_)
    assert found is not None
    new = {**found, **changes}
    del new["id"]
    places = ", ".join(f"${n}" for n in range(1, len(new) + 1))
    return int(
        await value(
            f"INSERT INTO {table} ({', '.join(new)}) VALUES ({places}) RETURNING id", *new.values()
        )
    )


async def next_booth(booth: int) -> int:
    """The same booth at the fair two years later."""
    old = await row("SELECT f.* FROM fair f JOIN booth b ON b.fair = f.id WHERE b.id = $1", booth)
    assert old is not None
    fair = await anew(
        "fair", old["id"], slug="anuga-2029", name="Anuga 2029", import_key=None,
        starts_on=old["starts_on"] + LATER, ends_on=old["ends_on"] + LATER,
    )  # fmt: skip
    return await anew("booth", booth, fair=fair, name="Pavilion 2029", allocated_m2=0)


async def set_up(cast: Cast) -> dict[str, int]:
    """A published call with something in every room that adds to its set-up."""
    made = await open_call(cast.mara)
    call = made["call"]
    await execute("ALTER TABLE call DISABLE TRIGGER USER")
    await execute("UPDATE call SET state = 'draft' WHERE id = $1", call)
    until = clock.local(clock.now(), "Europe/Berlin").replace(tzinfo=None) + timedelta(days=3)
    part = await section(cast.mara, call, "Product and hygiene")
    await question(
        cast.mara, call, part, "Do you serve food?", kind="yes_no",
        answer_until=until.isoformat("T", "minutes"),
    )  # fmt: skip
    tasks = f"/desk/calls/{call}/tasks"
    done(await cast.mara.send_form(tasks, {}, to=f"{tasks}/usual"))
    plan = {"main": "lottery", "top": 100, "evaluators": 1, "apart": "30"}
    async with await cast.mara.program() as program:
        answer = await program.post(f"/api/v1/desk/calls/{call}/ranking", json=plan)
        assert answer.status_code == 200, answer.text
    for sql in (
        "INSERT INTO evaluator (call, person, since) VALUES ($1, $2, now())",
        "INSERT INTO gate (call, minimum, decide_on, told_on)"
        " VALUES ($1, 10, '2027-06-01', '2027-06-01')",
        "INSERT INTO choosing (call, until, minutes) VALUES ($1, '2027-07-01T10:00Z', 30)",
        "INSERT INTO waiting_rule (call, rule, hours, under_m2, over_m2, kind_must_fit, automatic)"
        " VALUES ($1, 'fill_gap', 48, 1, 2, true, true)",
        "INSERT INTO co_exhibitor_rule (call, co_exhibitors, most, until_on)"
        " VALUES ($1, true, 3, '2027-08-01')",
        "INSERT INTO check_rule (call, kind, parameters, hard, position)"
        " VALUES ($1, 'region', '{\"regions\": [\"Norte\"]}', true, 1)",
        "INSERT INTO withdrawal_terms (call, steps) VALUES ($1, '[]')",
        "INSERT INTO call_payment (call, move_in) VALUES ($1, true)",
        "INSERT INTO call_terms (call, declarations, appeal, at_once)"
        " VALUES ($1, '[\"conditions\"]', 'Write to us.', true)"
        " ON CONFLICT (call) DO UPDATE SET appeal = excluded.appeal",
    ):
        more = [cast.vera.person_id] if "$2" in sql else []
        await execute(sql, call, *more)
    await execute("ALTER TABLE fee DISABLE TRIGGER USER")
    await execute(
        "UPDATE fee SET ends_at = '2027-08-01T16:00Z' WHERE price_list = $1 AND kind = 'service'",
        made["prices"],
    )
    await execute("ALTER TABLE fee ENABLE TRIGGER USER")
    await execute("UPDATE call SET state = 'published' WHERE id = $1", call)
    await execute("ALTER TABLE call ENABLE TRIGGER USER")
    return made


async def test_every_table_of_a_call_is_copied_or_says_why_not(db: str) -> None:
    """A room that adds a table keyed by call is asked for one of the two here."""
    door()
    keyed = await rows(
        "SELECT DISTINCT c.conrelid::regclass::text AS name FROM pg_constraint c"
        " WHERE c.contype = 'f' AND c.confrelid = 'call'::regclass"
        " UNION SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name = 'call'"
    )
    names = {each["name"] for each in keyed}
    assert names - set(copied) - set(left_out) == set()
    assert set(copied) | set(left_out) <= names, "a rule for a table that is gone"
    assert not set(copied) & set(left_out)


async def test_a_call_is_shown_as_a_whole_and_then_copied(cast: Cast) -> None:
    made = await set_up(cast)
    call, booth = made["call"], await next_booth(made["booth"])
    page = f"/desk/calls/{call}/copy"
    assert "Copy to another fair" in (await cast.mara.get(f"/desk/calls/{call}")).text
    assert "Pavilion 2029" in (await cast.mara.get(page)).text
    before = {name: await value(f"SELECT count(*) FROM {name}") for name in (*copied, "call")}
    query = f"?booth={booth}&title=Joint+booth+2029"
    shown = (await cast.mara.get(page + query)).text
    for words in (
        "728 days", "1 section of questions", "At least 10 participants, decided on",
        "Companies choose their stand until", "1 evaluator", "1 condition of eligibility",
        "Consortia agree anew",
    ):  # fmt: skip
        assert words in shown, words
    assert before == {name: await value(f"SELECT count(*) FROM {name}") for name in before}
    wrong = await cast.mara.get(f"{page}?booth=987654&title=Joint+booth+2029")
    assert wrong.status_code in (404, 422)
    short = await cast.mara.get(f"{page}?booth={booth}&title=x")
    assert short.status_code == 422
    first = await value("SELECT price_list FROM call WHERE id = $1", call)
    later = {"valid_from": (clock.today("Europe/Berlin") + timedelta(days=3)).isoformat()}
    path = f"/desk/price-lists/{first}/edition"
    newer = id_in(done(await cast.mara.send_form(path, later)))
    await execute("UPDATE price_list SET corner_minor = 77700 WHERE id = $1", newer)
    done(await cast.mara.send_form(f"/desk/price-lists/{newer}/in-force", {}))
    form = {"booth": booth, "title": "Joint booth 2029"}
    assert "begins with its latest edition" in (await cast.mara.get(page + query)).text
    new = int(done(await cast.mara.send_form(page + query, form, to=page)).rpartition("/")[2])
    for table in copied:
        old_n = await value(f"SELECT count(*) FROM {table} WHERE call = $1", call)
        new_n = await value(f"SELECT count(*) FROM {table} WHERE call = $1", new)
        assert new_n == old_n, table
    old, now = (
        await row("SELECT * FROM call WHERE id = $1", call),
        await row("SELECT * FROM call WHERE id = $1", new),
    )
    assert old is not None
    assert now is not None
    assert now["state"] == "draft"
    assert (now["text"], now["scheme"]) == (old["text"], old["scheme"])
    there = [clock.local(each["closes_at"], "Europe/Berlin") for each in (old, now)]
    assert (there[1].date() - there[0].date(), there[1].time()) == (LATER, there[0].time())
    moved = await row("SELECT decide_on::text AS day, told_on FROM gate WHERE call = $1", new)
    assert moved == {"day": "2029-05-29", "told_on": None}
    plan = await row("SELECT frozen_at, seed FROM ranking_plan WHERE call = $1", new)
    assert plan == {"frozen_at": None, "seed": None}
    asked = "SELECT answer_until FROM question WHERE call = $1"
    late = [clock.local(await value(asked, each), "Europe/Berlin") for each in (call, new)]
    assert (late[1].date() - late[0].date(), late[1].time()) == (LATER, late[0].time())
    ends = "SELECT min(ends_at) FROM fee WHERE price_list = $1"
    assert (await value(ends, now["price_list"])).isoformat() == "2029-07-29T16:00:00+00:00"
    assert await value("SELECT frozen_at FROM price_list WHERE id = $1", now["price_list"]) is None
    corner = "SELECT corner_minor FROM price_list WHERE id = $1"
    assert await value(corner, now["price_list"]) == 77_700, "the latest edition"


async def test_a_program_copies_a_call_and_nobody_elses(cast: Cast) -> None:
    made = await open_call(cast.mara)
    booth = await next_booth(made["booth"])
    path = f"/api/v1/desk/calls/{made['call']}/copy"
    form = {"booth": booth, "title": "Joint booth 2029"}
    async with await cast.mara.program() as program, await cast.nils.program() as other:
        seen = (await program.get(path, params=form)).json()
        assert seen["days"] == 728
        answer = await program.post(path, json=form)
        assert answer.status_code == 201, answer.text
        assert (await other.post(path, json=form)).status_code == 404
        assert (await other.get(path, params=form)).status_code == 404
    async with await cast.vera.program() as viewer:
        assert (await viewer.post(path, json=form)).status_code == 403
    assert await value("SELECT count(*) FROM call") == 2
