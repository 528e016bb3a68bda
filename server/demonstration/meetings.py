"""Meetings of 120 people in Hamburg, in the middle of their second day: requests, a published plan,
somebody who cancelled late, some who did not come, and what the others say of their meetings."""

from datetime import date, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid5

from events.agendas import gaps, telling
from events.agendas.rules import Outcome
from events.matchmaking import actions as sessions
from events.matchmaking import queries, setting_up
from events.matchmaking.forms import (
    GroupForm,
    MatrixForm,
    PlacesForm,
    SessionForm,
    TimetableForm,
)
from events.requests import suggesting
from events.schedules import actions as plans
from events.schedules import moving, planning
from events.schedules import queries as planned
from events.schedules.forms import CancelForm, DoForm, RunForm
from events.schedules.planning import Plan
from server import clock
from server.accounts.permissions import Actor
from server.database import action, execute, rows, value
from server.demonstration.calendar import Calendar
from server.demonstration.organisations import LEAD, SIGN_INS, Company
from server.text import N_
from server.web.forms import parse

TITLE = "Buyers meet makers, Hamburg"
BUYERS = 72
DAYS = 3
AT_ONCE = 6
NAMES = UUID("6f0f7d4e-7c1c-4b51-9f0e-2b9b7a5d3c11")
FIRST = ("Amélie", "Bjarne", "Chiara", "Dries", "Elif", "Farid", "Greta", "Hiroshi", "Inês",
         "Jakub", "Katja", "Liam", "Maren", "Nuno", "Orla", "Petra", "Quentin", "Rosa", "Sanne",
         "Tomáš")  # fmt: skip
LAST = ("Aalto", "Bergström", "Castelo", "Dvořák", "Eriksen", "Fontaine", "Grimaldi", "Haas",
        "Iversen", "Jansen", "Kowalska", "Lindqvist", "Moreau", "Nagy", "Okafor", "Papadakis",
        "Quiroga", "Rinaldi", "Sato", "Tran")  # fmt: skip
TRADES = (
    ("Handelshuis", "NL", "Wholesale of machine tools", "Precision parts", "hs:8466"),
    ("Importadora", "PT", "Distribution to food shops", "Organic cereals and oils", "hs:1104"),
    ("Négoce", "FR", "Supply of industrial kitchens", "Cooling and shelving", "hs:8418"),
    ("Handel", "SE", "Chain of garden centres", "Tools that last", "hs:8201"),
    ("Commerciale", "IT", "Buying for engineering firms", "Moulds and castings", "hs:8480"),
    ("Kereskedelem", "HU", "Import of textiles", "Technical yarns", "hs:5402"),
    ("Trading", "IE", "Buying for dairies", "Packaging for the cold chain", "hs:4819"),
    ("Obchod", "CZ", "Wholesale of optics", "Lenses and mounts", "hs:9002"),
)  # fmt: skip


async def meet(
    agencies: dict[str, dict[str, Actor]], companies: list[Company], calendar: Calendar
) -> None:
    """The whole session, from its set-up to today."""
    staff = agencies[LEAD]
    manager = staff.get("manager", staff["owner"])
    if await value("SELECT 1 FROM meeting_session WHERE title = $1", TITLE):
        return
    with clock.travel(calendar.moment(-40)):
        session_id = await _session(manager, calendar)
        buyers, makers = await _people(session_id, companies)
        await sessions.open_session(manager, session_id)
    with clock.travel(calendar.moment(-20)):
        await _requests(session_id, buyers, makers)
        await suggesting.for_all(session_id)
    with clock.travel(calendar.moment(-4)):
        await _plan(manager, session_id)
        await _tell(session_id)
    with clock.travel(calendar.moment(-2)):
        await _cancel_late(manager, session_id)
        await _tell(session_id)
    await _day(session_id, calendar)


async def _session(manager: Actor, calendar: Calendar) -> int:
    made = await sessions.create_session(
        manager,
        parse(
            SessionForm,
            {
                "title": TITLE, "kind": "office", "tz": "Europe/Berlin", "country": "DE",
                "venue": "Handelskammer Hamburg, Börsensaal", "most_in_a_row": 6,
                "description": "Three days of meetings of twenty minutes: buyers of ten countries"
                " and the makers of our joint booths.",
                "requests_until": f"{calendar.day(-5)}T18:00", "by_application": "yes",
            },
        ),
    )  # fmt: skip
    await sessions.set_timetable(
        manager,
        made,
        TimetableForm(
            first_on=calendar.day(-1), last_on=calendar.day(1), morning_from=time(9, 0),
            morning_until=time(12, 30), afternoon_from=time(13, 30), afternoon_until=time(17, 0),
            minutes=20,
        ),
    )  # fmt: skip
    await setting_up.add_places(
        manager, made, parse(PlacesForm, {"word": "Table", "count": 24, "area": "Börsensaal"})
    )
    (first,) = await queries.groups(made)
    await setting_up.change_group(manager, made, first.id, parse(GroupForm, {"name": "Buyers"}))
    makers = await setting_up.add_group(manager, made, parse(GroupForm, {"name": "Makers"}))
    await setting_up.set_matrix(
        manager, made, MatrixForm(may=[f"{first.id}-{makers}", f"{makers}-{first.id}"])
    )
    return made


@action
async def _people(session_id: int, companies: list[Company]) -> tuple[list[int], list[int]]:
    """Participants: buyers of firms of their own, and the makers of the list."""
    groups = {each.name: each.id for each in await queries.groups(session_id)}
    firms = [await _buyer(n) for n in range(BUYERS)]
    buyers = await _take_part(session_id, groups["Buyers"], firms)
    own: list[dict[str, Any]] = [
        {
            "person": each.actor.person_id, "company": each.id, "position": "Export",
            "intro": each.description, "offer": ", ".join(each.products), "code": [],
            "need": "Importers and distributors", "country": each.country,
        }
        for each in companies
    ]  # fmt: skip
    return buyers, await _take_part(session_id, groups["Makers"], own)


async def _buyer(n: int) -> dict[str, Any]:
    """A buyer with a firm, who has not signed in yet."""
    form, country, does, wants, code = TRADES[n % len(TRADES)]
    name = f"{FIRST[n % 20]} {LAST[(n * 7 + n // 20) % 20]}"
    firm = f"{form} {LAST[(n * 3 + n // 20) % 20]} {n // 8 + 1}"
    now = clock.now()
    undertaking = await value(
        "INSERT INTO undertaking (name, member_state) VALUES ($1, $2) RETURNING id", firm, country
    )
    company = await value(
        "INSERT INTO company (undertaking, name, legal_name, country, region, street, postcode,"
        " city, vat_id, vat_state, register_no, founded_on, nace_code, nace_revision,"
        " employees_awu, turnover_minor, balance_minor, size_year, size_class, website, iban,"
        " invoice_email, description, products, created_at) VALUES ($1, $2, $2, $3, '',"
        " 'Market Street 1', '1000', 'Port', '', 'unchecked', '', $4, '46.90', '2', $5,"
        " 400000000, 300000000, $6, 'small', '', '', $7, $8, $9, $10) RETURNING id",
        undertaking, firm, country, date(2004, 5, 1), Decimal(20), now.year - 1,
        f"invoices@buyer{n + 1}.example", does, wants, now,
    )  # fmt: skip
    person = await value(
        "INSERT INTO person (email, name, password_hash, locale, confirmed_at, created_at)"
        " VALUES ($1, $2, '', 'en', $3, $3) RETURNING id",
        f"buying@buyer{n + 1}.example", name, now,
    )  # fmt: skip
    await execute(
        "INSERT INTO company_member (company, person, role, since) VALUES ($1, $2, 'admin', $3)",
        company, person, now,
    )  # fmt: skip
    return {
        "person": person, "company": company, "position": "Head of buying", "intro": does,
        "offer": does, "need": wants, "code": [code], "country": country,
    }  # fmt: skip


async def _take_part(session_id: int, group: int, people: list[dict[str, Any]]) -> list[int]:
    """Profiles and participants, two statements for all."""
    now = clock.now()
    profiles = await rows(
        "INSERT INTO meeting_profile (person, company, position, phone, intro, languages, markets,"
        " aims, gives, seeks, changed_at) SELECT x.person, x.company, x.position,"
        " '+49 40 555 0' || x.person, x.intro, '{en,de}', ARRAY[x.country], '{DE,FR}',"
        " '{supply}', '{distribution}', $6 FROM unnest($1::int[], $2::int[], $3::text[],"
        " $4::text[], $5::text[]) AS x (person, company, position, intro, country)"
        " RETURNING id, person",
        *([each[name] for each in people] for name in
          ("person", "company", "position", "intro", "country")), now,
    )  # fmt: skip
    of_person = {each["person"]: each["id"] for each in profiles}
    await execute(
        "INSERT INTO profile_good (profile, side, text, codes, position)"
        " SELECT x.profile, x.side, x.text, string_to_array(x.codes, ','), 0 FROM"
        " unnest($1::int[], $2::text[], $3::text[], $4::text[]) AS x (profile, side, text, codes)",
        [of_person[each["person"]] for each in people for _ in range(2)],
        ["offer", "need"] * len(people),
        [each[side][:300] for each in people for side in ("offer", "need")],
        [part for each in people for part in ("", ",".join(each["code"]))],
    )
    made = await rows(
        "INSERT INTO participant (session, in_group, person, company, profile, key, state, came_by,"
        " changed_at, created_at) SELECT $1, $2, x.person, x.company, x.profile, x.key, 'taking',"
        " 'invitation', $7, $7 FROM unnest($3::int[], $4::int[], $5::int[], $6::uuid[])"
        " AS x (person, company, profile, key) RETURNING id",
        session_id, group, [each["person"] for each in people],
        [each["company"] for each in people], [of_person[each["person"]] for each in people],
        [uuid5(NAMES, f"{session_id}:{each['person']}") for each in people], now,
    )  # fmt: skip
    return [each["id"] for each in made]


@action
async def _requests(session_id: int, buyers: list[int], makers: list[int]) -> None:
    """Who asked whom, and what they answered: some makers are asked by many."""
    chance = Random(120)  # noqa: S311 - the same demonstration every time
    pairs: dict[frozenset[int], tuple[int, int, int, str]] = {}
    weights = [1 / (n + 3) for n in range(len(makers))]
    while len(pairs) < 420:
        buyer, maker = chance.choice(buyers), chance.choices(makers, weights)[0]
        asker, asked = (buyer, maker) if chance.random() < 0.7 else (maker, buyer)
        state = chance.choices(("accepted", "open", "declined", "cancelled"), (75, 8, 13, 4))[0]
        pairs.setdefault(
            frozenset((buyer, maker)), (asker, asked, chance.choice((1, 2, 2, 3)), state)
        )
    found = list(pairs.values())
    now = clock.now()
    await execute(
        "INSERT INTO meeting_request (session, asker, asked, message, priority, answer_priority,"
        " state, why, made_at, answered_at, ended_at, expires_at) SELECT $1, x.asker, x.asked,"
        " 'We would like to meet you.', x.priority, CASE x.state WHEN 'accepted' THEN 2 END,"
        " x.state, CASE x.state WHEN 'declined' THEN 'We do not buy this at present.' ELSE '' END,"
        " $2::timestamptz, CASE WHEN x.state IN ('accepted', 'declined') THEN $2::timestamptz END,"
        " CASE x.state WHEN 'cancelled' THEN $2::timestamptz END,"
        " CASE x.state WHEN 'open' THEN $2::timestamptz + interval '60 days' END"
        " FROM unnest($3::int[], $4::int[],"
        " $5::int[], $6::text[]) AS x (asker, asked, priority, state)",
        session_id, now, [each[0] for each in found], [each[1] for each in found],
        [each[2] for each in found], [each[3] for each in found],
    )  # fmt: skip


async def _plan(manager: Actor, session_id: int) -> None:
    """A run that puts six meetings into each slot, on the days in turn; published."""
    number = await plans.ask(manager, RunForm(seconds=1), session_id=session_id)
    _, run = await planned.own_run(manager, session_id, number)
    begun = await plans.begin(run.id)
    assert begun is not None
    question, _ = begun
    board = moving.board_of(question)
    of_a_day = len(question.slots) // DAYS
    in_turn = sorted(question.slots, key=lambda each: (each.number % of_a_day, each.number))
    for slot in in_turn:
        gaps.fill(board, [slot.id], most=AT_ONCE)
    gaps.fill(board, [each.id for each in in_turn], most=len(question.asks))
    left = {
        ask.request: N_("Every slot that both have free is taken.")
        for ask in question.asks
        if ask.request not in board.at
    }
    placed = dict(board.at)
    await plans.keep(run.id, Plan(placed, left, planning.quality_of(question, placed)))
    await plans.publish(manager, DoForm(), session_id=session_id, number=number)


async def _tell(session_id: int) -> None:
    """Whoever can sign in is told as the worker does it; the others read neither mail nor
    calendar."""
    emails = [email for email, _ in SIGN_INS]

    @action
    async def leave_out() -> None:
        await execute(
            "DELETE FROM meeting_to_tell t USING participant p, person h WHERE p.id = t.participant"
            " AND h.id = p.person AND h.email <> ALL($1::text[])",
            emails,
        )

    await leave_out()
    await telling.tell(session_id)


async def _cancel_late(manager: Actor, session_id: int) -> None:
    """Four meetings of today and tomorrow are called off."""
    found = await rows(
        "SELECT m.id FROM meeting m JOIN session_slot sl ON sl.id = m.slot WHERE m.session = $1"
        " AND m.live AND sl.half >= 2 ORDER BY m.id",
        session_id,
    )
    for each in found[3::25][:4]:
        await moving.cancel(
            manager, CancelForm(why="The buyer's flight was cancelled."),
            session_id=session_id, meeting_id=each["id"],
        )  # fmt: skip


@action
async def _day(session_id: int, calendar: Calendar) -> None:
    """Yesterday and this morning: who came, who did not, what came of it."""
    now = clock.now()
    await execute(
        "UPDATE participant SET checked_in_at = $2 WHERE session = $1 AND id % 12 <> 5",
        session_id,
        min(calendar.noon - timedelta(hours=29), now),
    )
    over = await rows(
        "SELECT m.id, m.place, (SELECT array_agg(participant ORDER BY participant)"
        " FROM meeting_seat t WHERE t.meeting = m.id) AS people, sl.ends_at"
        " FROM meeting m JOIN session_slot sl ON sl.id = m.slot WHERE m.session = $1 AND m.live"
        " AND sl.ends_at < $2 ORDER BY sl.starts_at, m.id",
        session_id,
        now,
    )
    missed = over[4::17]
    gone = {each["id"] for each in missed}
    held = [each for each in over if each["id"] not in gone]
    await execute(
        "UPDATE meeting SET state = 'missed', live = false WHERE id = ANY($1::int[])", list(gone)
    )
    await execute(
        "INSERT INTO meeting_no_show (meeting, participant, said_by, at)"
        " SELECT * FROM unnest($1::int[], $2::int[], $3::text[], $4::timestamptz[])",
        [each["id"] for each in missed], [each["people"][0] for each in missed],
        ["Malte Brinkmann"] * len(missed), [each["ends_at"] for each in missed],
    )  # fmt: skip
    chance = Random(5)  # noqa: S311 - the same demonstration every time
    outcomes = (Outcome.COOPERATION, Outcome.INFORMATIVE, Outcome.NO_INTEREST)
    rated = [
        (each["id"], who, chance.choices(outcomes, (35, 50, 15))[0].value, chance.choice((3, 4, 5)),
         each["ends_at"])
        for each in held
        for who in each["people"]
        if chance.random() < 0.6
    ]  # fmt: skip
    await execute(
        "INSERT INTO meeting_rating (meeting, participant, outcome, stars, at)"
        " SELECT * FROM unnest($1::int[], $2::int[], $3::text[], $4::int[], $5::timestamptz[])",
        *map(list, zip(*rated, strict=True)),
    )
    given = [(each["id"], who) for each in held for who in each["people"] if chance.random() < 0.7]
    await execute(
        "INSERT INTO contact_consent (meeting, participant, given, at)"
        " SELECT m, p, true, $3 FROM unnest($1::int[], $2::int[]) AS x (m, p)",
        *map(list, zip(*given, strict=True)),
        now,
    )
    coming = await rows(
        "SELECT m.id, (SELECT max(participant) FROM meeting_seat t WHERE t.meeting = m.id) AS who"
        " FROM meeting m JOIN session_slot sl ON sl.id = m.slot WHERE m.session = $1 AND m.live"
        " AND sl.ends_at > $2 ORDER BY sl.starts_at, m.id LIMIT 30",
        session_id,
        now,
    )
    await execute(
        "INSERT INTO meeting_lateness (meeting, participant, minutes, at)"
        " SELECT m, p, 10, $3 FROM unnest($1::int[], $2::int[]) AS x (m, p)",
        [each["id"] for each in coming[::9]],
        [each["who"] for each in coming[::9]],
        now,
    )
