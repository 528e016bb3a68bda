"""Participations are counted from what is in the database, editions by the name of the fair."""

from datetime import date
from typing import Any

from booths.calls.queries import published_call
from booths.checks.facts import Facts
from booths.checks.gathering import _FACTS, gather
from server.database import action, execute, rows, value
from server.organisations.rules import slug
from tests.booths.calls.test_story import done, fill, open_call, send
from tests.cast import Cast

TODAY = date(2026, 11, 24)


async def earlier(company: int, name: str, starts_on: date, state: str) -> None:
    """A participation at another fair of the same agency, written straight into the tables."""
    await execute(
        "INSERT INTO fair (slug, agency, name, venue, city, country, tz, starts_on, ends_on,"
        " sectors, created_at) SELECT $3, agency, $1, venue, city, country, tz, $2, $2, sectors,"
        " created_at FROM fair ORDER BY id LIMIT 1",
        name,
        starts_on,
        slug(f"{name} {starts_on}"),
    )
    copied: dict[str, Any] = {}
    for table, changes in (
        ("booth", {"fair": "(SELECT max(id) FROM fair)"}),
        ("call", {"booth": "(SELECT max(id) FROM booth)", "slug": f"'{slug(name)}-{starts_on}'"}),
    ):
        columns = [
            each["column_name"]
            for each in await rows(
                "SELECT column_name FROM information_schema.columns WHERE table_name = $1"
                " AND column_name <> 'id' AND is_generated = 'NEVER'",
                table,
            )
        ]
        said = ", ".join(changes.get(each, f'"{each}"') for each in columns)
        names = ", ".join(f'"{each}"' for each in columns)
        copied[table] = await value(
            f"INSERT INTO {table} ({names}) SELECT {said} FROM {table} ORDER BY id LIMIT 1"
            " RETURNING id"
        )
    await execute(
        "INSERT INTO application (call, company, reference, state, draft, submitted_at,"
        " created_at) VALUES ($1, $2, $3, $4, '{}', now(), now())",
        copied["call"],
        company,
        f"OLD-{copied['call']}",
        state,
    )


async def facts(cast: Cast, answers: dict[str, Any] | None = None) -> Facts:
    """What is known of Quinta for the first call."""
    call = await published_call(await value("SELECT min(id) FROM call"))
    return (await gather(call, {cast.quinta: answers or {}}, date(2027, 1, 1)))[cast.quinta]


async def test_editions_of_a_fair_are_counted_by_its_name(cast: Cast) -> None:
    """Anuga 2027 has three earlier editions; other fairs and later editions do not count."""
    await open_call(cast.mara)
    assert (await facts(cast)).last_edition is None
    await earlier(cast.quinta, "Anuga 2021", date(2021, 10, 9), "exhibited")
    await earlier(cast.quinta, "ANUGA, 2023", date(2023, 10, 7), "confirmed")
    found = await facts(cast)
    assert (found.at_this_fair, found.ever, found.last_edition) == (2, 2, True)
    await earlier(cast.rossi, "Anuga 2025", date(2025, 10, 4), "exhibited")
    await earlier(cast.quinta, "Anuga 2029", date(2029, 10, 4), "admitted")
    await earlier(cast.quinta, "Anuga Select Brazil", date(2026, 4, 1), "exhibited")
    await earlier(cast.quinta, "Gulfood 2027", date(2027, 2, 1), "admitted")
    found = await facts(cast)
    assert (found.at_this_fair, found.ever, found.last_edition) == (2, 3, False)
    assert found.this_year == 1
    said = await facts(cast, {"declarations": {"supported_before": 2, "last_edition": True}})
    assert (said.at_this_fair, said.declared_at_this_fair, said.last_edition) == (2, 2, True)


async def test_what_did_not_take_place_does_not_count(cast: Cast) -> None:
    """Neither what was given up or refused, nor what is not paid yet."""
    await open_call(cast.mara)
    states = ("released", "no_show", "rejected", "withdrawn", "admitted")
    for year, state in enumerate(states, start=2020):
        await earlier(cast.quinta, f"Anuga {year}", date(year, 10, 4), state)
    found = await facts(cast)
    assert (found.at_this_fair, found.ever, found.last_edition) == (0, 0, False)


async def test_what_is_overdue_to_this_agency_is_seen(cast: Cast) -> None:
    """Open and past its day; not what is not due yet, and not what another agency is owed."""
    made = await open_call(cast.mara)
    done(await send(cast.ana, await fill(cast.ana, made["call"])))
    for due, state, agency in (
        ("2026-12-01", "overdue", cast.nordhafen),
        ("2027-06-01", "open", cast.nordhafen),
        ("2026-12-01", "paid", cast.nordhafen),
        ("2026-12-01", "overdue", cast.lagerwey),
    ):
        await execute(
            "INSERT INTO invoice (agency, company, kind, number, issued_on, due_on, currency,"
            " content, net_minor, vat_minor, total_minor, paid_minor, state, reference, created_at)"
            " VALUES ($1, $2, 'invoice', $3, '2026-11-01', $4, 'EUR', '{}', 10000, 0, 10000,"
            " $5, $6, $3, now())",
            agency,
            cast.quinta,
            f"{due}{state}{agency}",
            date.fromisoformat(due),
            10_000 if state == "paid" else 2_500,
            state,
        )
    found = await facts(cast)
    assert (found.overdue_minor, found.overdue_currency) == (7_500, "EUR")


async def test_editions_are_found_by_their_index(cast: Cast) -> None:
    """The expression of the query is that of the index; a scan is out of the question here."""
    made = await open_call(cast.mara)

    @action
    async def plan() -> str:
        await execute("SET LOCAL enable_seqscan = off")
        return str(await rows(f"EXPLAIN {_FACTS}", made["call"], [cast.quinta], TODAY))

    assert "fair_by_series" in await plan()
