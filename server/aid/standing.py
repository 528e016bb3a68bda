"""Where a company stands: its headroom, its grants and declarations, what it may have."""

from datetime import date, datetime

import msgspec

from server.accounts.permissions import Actor, require
from server.aid import law, queries, rules, size_tests
from server.aid.eligibility import Facts, refusals, size_of
from server.aid.queries import GRANT, OF_UNDERTAKING, GrantRow
from server.aid.rules import Headroom, Received
from server.aid.scopes import companies_of
from server.aid.size_tests import SizeRow
from server.aid.sizes import SizeClass
from server.database import row, rows, typed
from server.documents import queries as documents
from server.errors import NotFound

LEAST_SEEN = 3  # of 100: a little aid is a thin stripe and not nothing


class DeclaredRow(msgspec.Struct, frozen=True, kw_only=True):
    """Aid from elsewhere as a company declared it, in euro cents."""

    id: int
    amount_minor: int
    granted_on: date
    authority: str
    legal_basis: str
    member_state: str
    reverses: int | None
    reversed_by: int | None
    evidence: int | None
    declared_at: datetime


class StatementRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the company last said about itself."""

    in_difficulty: str
    recovery_order: str
    linked_companies: str
    vat_recoverable: str
    said_at: datetime


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """A day on which aid falls out of the window, and what counts from then on."""

    on: date
    freed_minor: int
    used_minor: int
    left_minor: int


class HeadroomRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where an undertaking stands under one basis in one State, in euro cents."""

    legal_basis: str
    member_state: str
    ceiling_minor: int
    used_minor: int
    left_minor: int
    today: date
    since: date
    until: date
    course: list[StepRow]

    @property
    def shape(self) -> str:
        """The used part over time as the points of a polygon, 600 wide and 100 high."""
        whole = max(self.ceiling_minor, self.used_minor, 1)
        span = max(1, (self.until - self.today).days)

        def at(day: date) -> int:
            return min(600, 600 * (day - self.today).days // span)

        def high(used: int) -> int:
            return 100 - max(100 * used // whole, LEAST_SEEN) if used > 0 else 100

        points, used = [(0, 100), (0, high(self.used_minor))], self.used_minor
        for step in self.course:
            points += [(at(step.on), high(used)), (at(step.on), high(step.used_minor))]
            used = step.used_minor
        points += [(600, high(used)), (600, 100)]
        return " ".join(f"{x},{y}" for x, y in points)

    @property
    def used_bp(self) -> int:
        """The used part of the ceiling in basis points, rounded up."""
        return rules.intensity(self.used_minor, self.ceiling_minor)

    @property
    def line_y(self) -> int:
        """How high the ceiling lies in the picture of `shape`."""
        return 100 - 100 * self.ceiling_minor // max(self.ceiling_minor, self.used_minor, 1)


class EligibilityRow(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a company may have aid under one basis: the reasons against it, as sentences."""

    legal_basis: str
    reasons: list[str]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that counts towards a company's ceilings."""

    company_name: str
    undertaking_name: str
    companies: list[str]
    member_state: str
    headrooms: list[HeadroomRow]
    grants: list[GrantRow]
    declared: list[DeclaredRow]
    statement: StatementRow | None
    size: SizeClass | None
    size_year: int | None
    size_tests: list[SizeRow]
    eligibility: list[EligibilityRow]


async def account(actor: Actor, company_id: int | None = None) -> Account:
    """A company's aid: its own, or for staff that of a company that has to do with their agency.

    NotFound for every other company. The statements are as many however much aid there is.
    """
    if company_id is None:
        require(actor, "aid.own")
        company_id = actor.company_id
    else:
        require(actor, "aid.read")
        if company_id not in await companies_of(actor):
            raise NotFound()
    about = await row(
        "SELECT c.*, u.name AS undertaking_name,"
        " (SELECT array_agg(o.name ORDER BY o.name) FROM company o"
        "   WHERE o.undertaking = c.undertaking) AS companies"
        " FROM company c JOIN undertaking u ON u.id = c.undertaking WHERE c.id = $1",
        company_id,
    )
    if about is None:
        raise NotFound()
    on = await queries.today(actor)
    grants = typed(
        GrantRow,
        await rows(
            f"{GRANT} WHERE {OF_UNDERTAKING} ORDER BY g.granted_on DESC, g.id DESC",
            about["undertaking"],
        ),
    )
    declared = typed(
        DeclaredRow,
        await rows(
            "SELECT g.*, r.id AS reversed_by FROM declared_aid g"  # noqa: S608
            " LEFT JOIN declared_aid r ON r.reverses = g.id"
            f" WHERE {OF_UNDERTAKING} ORDER BY g.granted_on DESC, g.id DESC",
            about["undertaking"],
        ),
    )
    said = await statement(about["id"])
    tests = await size_tests.history(about["id"])
    tested = tests[0] if tests else None
    size = (
        tested.result
        if tested
        else size_of(
            about["employees_awu"],
            about["turnover_minor"],
            about["balance_minor"],
            law.size_bounds(),
        )
    )
    return Account(
        company_name=about["name"],
        undertaking_name=about["undertaking_name"],
        companies=about["companies"],
        member_state=about["country"],
        headrooms=_headrooms(await _received(about["undertaking"]), about["country"], on),
        grants=grants,
        declared=declared,
        statement=said,
        size=size,
        size_year=tested.data_year if tested else about["size_year"],
        size_tests=tests,
        eligibility=_eligibility(facts_of(size, about["nace_code"], said), on),
    )


async def evidence(actor: Actor, declared_id: int) -> tuple[str, str, bytes]:
    """The letter kept with a declaration, for agencies that see the declaration: name, media type,
    bytes."""
    require(actor, "aid.read")
    found = await row(
        "SELECT evidence FROM declared_aid WHERE id = $1::bigint AND evidence IS NOT NULL"
        " AND company = ANY($2::bigint[])",
        declared_id,
        await companies_of(actor),
    )
    if found is None:
        raise NotFound()
    return await documents.pdf(found["evidence"])


async def statement(company_id: int) -> StatementRow | None:
    """What the company last said about itself, or None."""
    found = await row(
        "SELECT * FROM aid_statement WHERE company = $1 ORDER BY id DESC LIMIT 1", company_id
    )
    return None if found is None else typed(StatementRow, found)


def facts_of(size: SizeClass | None, nace_code: str, said: StatementRow | None) -> Facts:
    """What decides eligibility, from the profile and the last statement."""
    return Facts(
        size=size,
        nace_code=nace_code,
        in_difficulty=said.in_difficulty == "yes" if said else None,
        recovery_order=said.recovery_order == "yes" if said else None,
    )


def _eligibility(facts: Facts, on: date) -> list[EligibilityRow]:
    found = []
    for code in law.codes():
        basis = law.basis_on(code, on)
        if basis is not None and code != rules.NO_AID:
            reasons = [str(reason) for reason in refusals(basis, facts)]
            found.append(EligibilityRow(legal_basis=code, reasons=reasons))
    return found


async def _received(undertaking: int) -> dict[str, list[Received]]:
    """Everything that counts for an undertaking, by State: also what offers hold."""
    known: dict[str, list[Received]] = {}
    for one in await rows(
        "SELECT member_state, granted_on, amount_minor, legal_basis FROM aid_received g"  # noqa: S608
        f" WHERE {OF_UNDERTAKING}",
        undertaking,
    ):
        known.setdefault(one["member_state"], []).append(
            Received(one["granted_on"], one["amount_minor"], one["legal_basis"])
        )
    return known


def _headrooms(known: dict[str, list[Received]], home: str, on: date) -> list[HeadroomRow]:
    states = [home, *sorted(state for state in known if state != home)]
    found = []
    for state in states:
        for code in law.codes():
            basis = law.basis_on(code, on)
            if basis is None or not basis.limits or not basis.de_minimis:
                continue
            room, steps = rules.course(basis, known.get(state, ()), on, state)
            touched = any(one.legal_basis == code for one in known.get(state, ()))
            if room.ceiling_minor is None or room.left_minor is None or room.since is None:
                continue
            if touched or (code == "de_minimis" and state == home):
                found.append(
                    HeadroomRow(
                        legal_basis=code,
                        member_state=state,
                        ceiling_minor=room.ceiling_minor,
                        used_minor=room.used_minor,
                        left_minor=room.left_minor,
                        today=on,
                        since=room.since,
                        until=max([date(on.year + 3, on.month, 1), *(day for day, _ in steps)]),
                        course=_steps(room, steps),
                    )
                )
    return found


def _steps(room: Headroom, steps: list[tuple[date, int]]) -> list[StepRow]:
    used, found = room.used_minor, []
    for day, after in steps:
        found.append(
            StepRow(
                on=day,
                freed_minor=used - after,
                used_minor=after,
                left_minor=max(0, (room.ceiling_minor or 0) - after),
            )
        )
        used = after
    return found
