"""A call of Nordhafen's with as many applicants as asked for: what races and benches run on.

The fair, the booth, its stands, prices, scheme and call come through the real actions, and so does
the first application. Further applicants are copies of it, row by row, each a company of its own
with a person and a session.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from booths.calls import actions as calls
from booths.calls import applying, queries, quoting
from booths.calls.forms import CallForm, Declarations, Goals, StandWish, StartForm, SubmitForm
from booths.calls.rules import DECLARED
from booths.fees import actions as fees
from booths.fees.forms import FeeForm, PriceListForm
from booths.plans import actions as plans
from booths.plans import drafting
from booths.plans.forms import AppliedLayout, NewBooth
from booths.plans.rules import Edge, StandKind
from server import clock
from server.accounts.permissions import Actor
from server.aid import actions as aid
from server.aid.forms import StatementForm
from server.aid.rules import Mode
from server.aid.scheme_forms import SchemeForm
from server.database import execute, rows, value
from tests.booths.plans.conftest import make_fair
from tests.cast import Cast, build_cast

EUR = Decimal
STAND_M2 = Decimal("9.00")
TOKEN = "applicant-{n}-0123456789abcdef0123456789abcdef"


@dataclass
class World:
    """Ids of what was built: `applications[n]` is of `people[n]`, whose session is `tokens[n]`."""

    cast: Cast
    mara: Actor
    fair: int
    booth: int
    price_list: int
    scheme: int
    call: int
    stands: list[int]
    applications: list[int] = field(default_factory=list)
    companies: list[int] = field(default_factory=list)
    people: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    total_minor: int = 0
    aid_minor: int = 0


async def build(
    applicants: int,
    *,
    rows_of_stands: int = 8,
    per_row: int = 10,
    sent: bool = True,
    schemes: Callable[[Actor], Awaitable[list[int]]] | None = None,
    prepare: Callable[[Actor, int], Awaitable[object]] | None = None,
) -> World:
    """Nordhafen’s open call with `applicants` applications, sent or only finished.

    `schemes` makes the sources of aid of the call, in order, if one large scheme is not wanted;
    `prepare` does more to the call before it is published.
    """
    cast = await build_cast()
    mara = await cast.mara.actor()
    fair = await make_fair(cast.nordhafen)
    width, depth = Decimal(3 * per_row), Decimal(rows_of_stands // 2 * 9)
    booth = await plans.create_booth(
        mara,
        NewBooth(
            fair=fair, name="Nordhafen at Anuga", hall="7.1", block="B", width_m=width,
            depth_m=depth, net_m2=width * depth, open_edges=list(Edge), description="",
        ),
    )  # fmt: skip
    await drafting.lay_out(
        mara,
        booth,
        AppliedLayout(width_m=Decimal(3), depth_m=Decimal(3), aisle_m=Decimal(3), version=1),
    )
    price_list = await fees.create_price_list(
        mara,
        PriceListForm(
            booth=booth, name="With construction", full_per_m2=EUR(400), minimum_m2=EUR(9),
            valid_from=date(2026, 1, 1),
        ),
    )  # fmt: skip
    await fees.add_fee(
        mara, FeeForm(name="Registration", amount=EUR(690)), price_list_id=price_list
    )
    scheme, *further = await (schemes or _large_scheme)(mara)
    today = clock.now().replace(tzinfo=None, microsecond=0)
    call = await calls.create_call(
        mara,
        CallForm(
            title="Anuga 2027 with Nordhafen", booth=booth, price_list=price_list, scheme=scheme,
            opens_at=today - timedelta(days=10), closes_at=today + timedelta(days=10),
            **{f"scheme_{n}": each for n, each in enumerate(further, 2)},
        ),
    )  # fmt: skip
    if prepare is not None:
        await prepare(mara, call)
    await calls.publish_call(mara, StartForm(), call_id=call)
    stands = [
        each["id"]
        for each in await rows("SELECT id FROM stand WHERE booth = $1 ORDER BY id", booth)
    ]
    world = World(cast, mara, fair, booth, price_list, scheme, call, stands)
    await _first(world, sent=sent)
    await more(world, applicants - 1)
    for table in ("application", "company", "person", "session", "quote", "submission"):
        await execute(f"ANALYZE {table}")
    return world


async def _large_scheme(mara: Actor) -> list[int]:
    """Half of the cost, from a budget that no race uses up."""
    form = SchemeForm(
        name="First steps abroad", legal_basis="de_minimis", mode=Mode.RATE, rate=EUR(50),
        budget=EUR(100_000_000), valid_from=date(2026, 1, 1),
    )  # fmt: skip
    return [await aid.create_scheme(mara, form)]


async def _first(world: World, *, sent: bool) -> None:
    """Quinta do Vale applies, task by task."""
    cast = world.cast
    ana = await cast.ana.actor()
    await aid.state(ana, StatementForm(in_difficulty="no", recovery_order="no"))
    application = await applying.start(ana, StartForm(), call_id=world.call)
    for task, form in {
        "stand": StandWish(area_m2=STAND_M2, stand_kind=StandKind.ROW),
        "goals": Goals(
            exhibits="Wine", export_status="occasional", markets="DE, NL", goals="Ten contacts"
        ),
        "declarations": Declarations(given=list(DECLARED), publish=True),
    }.items():
        await applying.answer(ana, form, application_id=application, task=task)
    dossier = await queries.own_dossier(ana, application)
    choice = quoting.choice_of(dossier.draft)
    assert choice is not None
    price = await quoting.quoted(dossier.call, cast.quinta, choice)
    world.total_minor, world.aid_minor = price.total_minor, price.aid_minor
    if sent:
        await applying.submit(
            ana, SubmitForm(seen_total=price.total_minor), application_id=application
        )
    world.applications.append(application)
    world.companies.append(cast.quinta)
    world.people.append(cast.ana.person_id)
    world.tokens.append(cast.ana.session)


async def more(world: World, number: int) -> None:
    """Further copies of the first applicant."""
    if number <= 0:
        return
    first, since = world.applications[0], len(world.applications)
    people = await copies(
        "person", world.people[0], number, since, email="'a' || n || '@many.example'"
    )
    undertakings = await copies(
        "undertaking",
        await value("SELECT undertaking FROM company WHERE id = $1", world.companies[0]),
        number,
        since,
    )
    companies = await copies(
        "company",
        world.companies[0],
        number,
        since,
        undertaking="$3::int[]",
        name="'Company ' || n",
        vat_id="'PT' || (600000000 + n)",
        arrays=[undertakings],
    )
    member = await value("SELECT id FROM company_member WHERE person = $1", world.people[0])
    await copies(
        "company_member", member, number, since, company="$3::int[]", person="$4::int[]",
        arrays=[companies, people],
    )  # fmt: skip
    statement = await value("SELECT id FROM aid_statement WHERE company = $1", world.companies[0])
    await copies(
        "aid_statement", statement, number, since, company="$3::int[]", undertaking="$4::int[]",
        arrays=[companies, undertakings],
    )  # fmt: skip
    for declared in await rows("SELECT id FROM declaration WHERE company = $1", world.companies[0]):
        await copies(
            "declaration", declared["id"], number, since, company="$3::int[]", arrays=[companies]
        )
    tokens = [TOKEN.format(n=n) for n in range(since + 1, since + number + 1)]
    session = await value("SELECT max(id) FROM session WHERE person = $1", world.people[0])
    await copies(
        "session", session, number, since, person="$3::int[]", company_id="$4::int[]",
        token_hash="$5::bytea[]",
        arrays=[people, companies, [hashlib.sha256(one.encode()).digest() for one in tokens]],
    )  # fmt: skip
    applications = await copies(
        "application", first, number, since, company="$3::int[]",
        reference="CASE WHEN reference IS NULL THEN NULL ELSE 'NOR-X-' || n END",
        arrays=[companies],
    )  # fmt: skip
    kept = await value("SELECT max(id) FROM quote WHERE application_id = $1", first)
    if kept is not None:
        quotes = await copies(
            "quote", kept, number, since, application_id="$3::bigint[]", arrays=[applications]
        )
        await execute(
            "UPDATE application a SET quote = q.id FROM quote q WHERE q.application_id = a.id"
            " AND a.id = ANY($1::int[])",
            applications,
        )
        sent = await value("SELECT max(id) FROM submission WHERE application = $1", first)
        await copies(
            "submission", sent, number, since, application="$3::int[]", quote="$4::bigint[]",
            arrays=[applications, quotes],
        )  # fmt: skip
    world.applications += applications
    world.companies += companies
    world.people += people
    world.tokens += tokens


async def copies(
    table: str,
    origin: int,
    number: int,
    since: int = 0,
    *,
    arrays: list[list[object]] | None = None,
    **changed: str,
) -> list[int]:
    """Copy the row `origin` `number` times; the new ids in order.

    `changed` gives SQL for a column, where `n` counts on from `since`; "$3::int[]" takes the next
    element of the first of `arrays`, and so on.
    """
    columns = [
        each["column_name"]
        for each in await rows(
            "SELECT column_name FROM information_schema.columns WHERE table_name = $1"
            " AND column_name <> 'id' AND table_schema = 'public' ORDER BY ordinal_position",
            table,
        )
    ]
    picked = [
        f"({changed[each]})[n - {since}]"
        if changed.get(each, "").startswith("$")
        else changed.get(each, f't."{each}"')
        for each in columns
    ]
    into = ", ".join(f'"{each}"' for each in columns)
    found = await rows(
        f'INSERT INTO "{table}" ({into}) SELECT {", ".join(picked)} FROM "{table}" t,'
        f" generate_series({since + 1}, {since} + $2::int) n"
        " WHERE t.id = $1 ORDER BY n RETURNING id",
        origin,
        number,
        *(arrays or []),
    )
    return sorted(each["id"] for each in found)
