"""Quotes, applications, admissions, changes, money, proofs and ends in any order, over four
companies of two undertakings and two schemes under one budget: after each act the books hold, no
aid passes cap, intensity, budget or headroom, no number is missing, and nothing is lost.
"""

import asyncio
import contextlib
import os
from collections.abc import Coroutine
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from booths.calls import applying, contracts, deciding, queries, quoting
from booths.calls.forms import AdmitForm, Because, DecideForm, ReviveForm, StandWish, SubmitForm
from booths.fees.rules import Quote
from booths.offers import moving, standing
from booths.offers.forms import ShiftForm
from booths.plans.rules import StandKind
from booths.withdrawals import actions as withdrawals
from booths.withdrawals import queries as leaving
from booths.withdrawals.forms import LeaveForm, StepLine, TermsForm
from booths.withdrawals.rules import Starts
from server import clock, jobs
from server.accounts.permissions import Actor
from server.aid import actions as aid
from server.aid import budgets, proofs, undertakings
from server.aid.forms import DeclaredAidForm
from server.aid.programme_forms import BudgetLineForm, ProgrammeForm
from server.aid.proof_forms import PayoutForm, ProofDecision, ProofForm
from server.aid.rules import Mode, Shown
from server.aid.scheme_forms import SchemeForm
from server.aid.undertakings import LinkDecision, LinkForm
from server.billing import actions, approvals, checks
from server.billing.forms import RefundForm, TransferForm
from server.database import execute, row, rows, value
from server.errors import Refused
from server.organisations.actors import actor_of
from server.web.forms import Upload, parse
from tests.concurrency.world import World, build

NIGHTLY = "PAVILION_NIGHTLY" in os.environ or "PAVILION_KILLS" in os.environ
CEILING = 300_000_00
COMPANIES, STANDS, ANY = st.integers(0, 3), st.integers(0, 5), st.integers(0, 30)
WHY = "Because the test says so."
PAPER = Upload("invoices.pdf", "application/pdf", b"%PDF-1.7\n%%EOF\n")


class Season(RuleBasedStateMachine):
    """The world is the database; every rule is an act of somebody that may be refused in words."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    world: ClassVar[World]
    finn: ClassVar[Actor]
    actors: ClassVar[list[Actor]]
    days: ClassVar[int] = 0
    n: ClassVar[int] = 0
    had: ClassVar[dict[int, int]] = {}

    def act(self, what: Coroutine[Any, Any, object]) -> None:
        """On the day of the walk, then everything is looked at."""

        async def tried() -> None:
            with clock.travel_everywhere(clock.now() + timedelta(days=Season.days)):
                with contextlib.suppress(Refused):
                    await what
                assert await checks.faults() == []
                Season.had = await holds(Season.had)

        Season.n += 1
        asyncio.run_coroutine_threadsafe(tried(), self.loop).result(60)

    def application(self, company: int) -> int:
        return self.world.applications[company]

    async def price(self, company: int, *, smaller: bool = False) -> Quote:
        """What the company would be told now."""
        found = await queries.own_dossier(self.actors[company], self.application(company))
        choice = quoting.choice_of(found.draft)
        assert choice is not None
        return await quoting.quoted(found.call, found.row.company, choice, smaller_aid=smaller)

    @initialize(first=COMPANIES)
    def begin(self, first: int) -> None:
        """Each walk starts with exhibitors, so that there is something to change, pay and end."""
        for place in (first, (first + 2) % 4):
            self.admit(company=place, stand=place, smaller=True)
        self.prove(pick=0, part=5 + first)
        self.change(company=first, stand=5 - first)

    @rule(company=COMPANIES, smaller=st.booleans())
    def quote(self, company: int, smaller: bool) -> None:
        async def told() -> None:
            price = await self.price(company, smaller=smaller)
            left = CEILING - await received(self.world.companies[company])
            assert price.aid_minor <= max(0, left)
            for one in price.given:
                assert one.aid_minor * 10_000 <= one.eligible_minor * one.intensity_bp
            assert price.aid_minor <= price.full_minor

        self.act(told())

    @rule(company=COMPANIES, area=st.sampled_from(("9", "18")))
    def apply(self, company: int, area: str) -> None:
        async def sent() -> None:
            actor, application = self.actors[company], self.application(company)
            wish = StandWish(area_m2=Decimal(area), stand_kind=StandKind.ROW)
            await applying.answer(actor, wish, application_id=application, task="stand")
            total = (await self.price(company)).total_minor
            form = SubmitForm(seen_total=total)
            await applying.submit(actor, form, application_id=application)

        self.act(sent())

    @rule(company=COMPANIES, stand=STANDS, smaller=st.booleans())
    def admit(self, company: int, stand: int, smaller: bool) -> None:
        """A first admission, or the next one of somebody whose contract has ended."""

        async def admitted() -> None:
            mara, application = self.world.mara, self.application(company)
            with contextlib.suppress(Refused):
                await deciding.decide(
                    mara, DecideForm(to="wait_listed", applications=[application])
                )
            form = AdmitForm(stand=self.world.stands[stand], smaller_aid=smaller)
            await deciding.admit(mara, form, application_id=application)

        self.act(admitted())

    @rule(company=COMPANIES, stand=STANDS)
    def revive(self, company: int, stand: int) -> None:
        form = ReviveForm(stand=self.world.stands[stand])
        mara, application = self.world.mara, self.application(company)
        self.act(contracts.revive(mara, form, application_id=application))

    @rule(company=COMPANIES, stand=STANDS)
    def change(self, company: int, stand: int) -> None:
        async def moved() -> None:
            application = self.application(company)
            seen = await standing.version(application)
            form = ShiftForm(stand=self.world.stands[stand], why=WHY, seen=seen)
            found = await moving.try_move(self.world.mara, form, application_id=application)
            total = found.price.total_minor if found.price else None
            form = ShiftForm(stand=self.world.stands[stand], why=WHY, seen=seen, seen_total=total)
            await moving.move(self.world.mara, form, application_id=application)

        self.act(moved())

    @rule(pick=ANY, how=st.sampled_from(("all", "all", "half", "more")))
    def pay(self, pick: int, how: str) -> None:
        async def paid() -> None:
            found = await rows(
                "SELECT reference, total_minor - paid_minor AS open FROM invoice"
                " WHERE credits IS NULL ORDER BY state IN ('credited', 'paid'), id DESC"
            )
            if not found:
                return
            one = found[pick % min(4, len(found))]
            minor = {"all": one["open"], "half": one["open"] // 2, "more": one["open"] + 5_000}
            form = {
                "received_on": clock.today("Europe/Berlin").isoformat(), "currency": "EUR",
                "amount": f"{max(1, minor[how]) / 100:.2f}", "reference": one["reference"],
                "bank_ref": f"B{Season.n}",
            }  # fmt: skip
            await actions.record_transfer(self.finn, parse(TransferForm, form))
            await jobs.drain()

        self.act(paid())

    @rule(pick=ANY, cents=st.integers(1, 60_000))
    def refund(self, pick: int, cents: int) -> None:
        async def back() -> None:
            found = await rows("SELECT id FROM payment ORDER BY id DESC")
            if found:
                form = parse(RefundForm, {"amount": f"{cents / 100:.2f}", "why": WHY})
                paid = found[pick % len(found)]["id"]
                await actions.refund(self.finn, form, payment_id=paid)

        self.act(back())

    @rule(company=COMPANIES)
    def leave(self, company: int) -> None:
        async def left() -> None:
            actor, application = self.actors[company], self.application(company)
            found = await queries.own_dossier(actor, application)
            if found.admission is None:
                return
            cost = (await leaving.leaving(found)).due.cost_minor
            form = LeaveForm(seen_cost=cost, sure=True)
            await withdrawals.leave(actor, form, application_id=application)

        self.act(left())

    @rule(company=COMPANIES)
    def release(self, company: int) -> None:
        mara, application = self.world.mara, self.application(company)
        self.act(contracts.release(mara, Because(why=WHY), application_id=application))

    @rule(pick=ANY)
    def credit(self, pick: int) -> None:
        async def credited() -> None:
            found = await rows("SELECT id FROM invoice ORDER BY id DESC")
            if pick < len(found):
                payload = {"invoice": found[pick]["id"]}
                await approvals.run(self.finn, act="credit", payload=payload, why=WHY)

        self.act(credited())

    @rule(company=COMPANIES, euros=st.integers(1, 4_000))
    def declare(self, company: int, euros: int) -> None:
        async def declared() -> None:
            form = DeclaredAidForm(
                amount=Decimal(euros), granted_on=clock.now().date(), authority="A chamber",
                legal_basis="de_minimis", member_state="DE",
            )  # fmt: skip
            await aid.declare_aid(self.actors[company], form)

        self.act(declared())

    @rule(pick=ANY)
    def take_back(self, pick: int) -> None:
        async def taken() -> None:
            found = await rows(
                "SELECT id, company FROM declared_aid WHERE reverses IS NULL ORDER BY id DESC"
            )
            if found:
                one = found[pick % min(8, len(found))]
                place = self.world.companies.index(one["company"])
                if one["id"] > 2:  # the two large ones make the ceiling bite
                    await aid.take_back_declared(self.actors[place], declared_id=one["id"])

        self.act(taken())

    @rule(pick=ANY, part=st.integers(1, 100))
    def prove(self, pick: int, part: int) -> None:
        """Hand in and accept a part of the cost: the grant is lowered to it, and paid out."""

        async def proven() -> None:
            found = await rows(
                "SELECT g.id, g.company, g.eligible_minor FROM aid_grant g JOIN scheme s"
                " ON s.id = g.scheme AND s.subsidy_shown = 'after_proof'"
                " WHERE g.reverses IS NULL AND NOT EXISTS (SELECT FROM aid_grant r"
                " WHERE r.reverses = g.id) ORDER BY g.id DESC"
            )
            if not found:
                return
            one = found[pick % len(found)]
            actor = self.actors[self.world.companies.index(one["company"])]
            cost = Decimal(one["eligible_minor"] * part // 100) / 100
            handed = ProofForm(report="We met many people.", proven=cost, invoices=PAPER)
            await proofs.hand_in(actor, handed, grant_id=one["id"])
            form = ProofDecision(decision="accepted")
            await proofs.decide(self.finn, form, grant_id=one["id"])
            paid = PayoutForm(paid_on=clock.now().date())
            await proofs.record_payout(self.finn, paid, grant_id=one["id"])

        self.act(proven())

    @rule(days=st.sampled_from((1, 3, 16)))
    def wait(self, days: int) -> None:
        """Days go by; what was not paid in time lapses."""
        Season.days = min(Season.days + days, 200)

        async def lapsed() -> None:
            for application in await contracts.due_to_lapse():
                await contracts.lapse(application)
            await actions.mark_overdue()
            await jobs.drain()

        self.act(lapsed())


async def received(company: int) -> int:
    """What counts for the undertaking of a company, by the tables themselves."""
    return int(
        await value(
            "SELECT coalesce(sum(n), 0)::bigint FROM (SELECT company, amount_minor AS n FROM"
            " aid_grant UNION ALL SELECT company, amount_minor FROM declared_aid) x"
            " JOIN company c ON c.id = x.company WHERE c.undertaking ="
            " (SELECT undertaking FROM company WHERE id = $1)",
            company,
        )
    )


NEVER = {
    "entries of the ledger do not add up to nothing":
        "SELECT entry FROM ledger_posting GROUP BY entry, currency HAVING sum(amount_minor) <> 0",
    "a scheme commits what is not granted or held, or more than its budget":
        "SELECT id FROM scheme s WHERE committed_minor > budget_minor OR committed_minor <>"
        " (SELECT coalesce(sum(amount_minor), 0) FROM aid_grant WHERE scheme = s.id)"
        " + (SELECT coalesce(sum(amount_minor), 0) FROM aid_hold WHERE scheme = s.id"
        " AND released_at IS NULL)",
    "a budget line commits other than its schemes, or more than its ceiling":
        "SELECT id FROM budget_line l WHERE committed_minor > ceiling_minor OR committed_minor <>"
        " (SELECT coalesce(sum(committed_minor), 0) FROM scheme WHERE budget_line = l.id)",
    "a programme commits other than its lines, or more than its ceiling":
        "SELECT id FROM programme p WHERE committed_minor > ceiling_minor OR committed_minor <>"
        " (SELECT coalesce(sum(committed_minor), 0) FROM budget_line WHERE programme = p.id)",
    "a grant passes the scheme’s cap or rate":
        "SELECT g.id FROM aid_grant g JOIN scheme s ON s.id = g.scheme WHERE g.reverses IS NULL"
        " AND (g.amount_minor > s.cap_minor OR g.amount_minor > s.amount_minor"
        "  OR g.amount_minor * 10000 > g.eligible_minor * s.rate_bp)",
    "one thing has more than one valid grant of a scheme":
        "SELECT min(g.id) FROM aid_grant g WHERE g.reverses IS NULL AND NOT EXISTS"
        " (SELECT FROM aid_grant r WHERE r.reverses = g.id)"
        " GROUP BY g.scheme, g.about HAVING count(*) > 1",
    "aid stands without a contract":
        "SELECT about FROM aid_grant g GROUP BY about HAVING sum(amount_minor) > 0 AND NOT EXISTS"
        " (SELECT FROM admission a WHERE 'application:' || a.application = g.about"
        "  AND a.ended_at IS NULL)",
    "a contract has other aid than its quote promised, or than its proof has left of it":
        "SELECT a.id FROM admission a JOIN quote q ON q.id = a.quote WHERE a.ended_at IS NULL AND"
        " (SELECT coalesce(sum(amount_minor), 0) FROM aid_grant"
        "  WHERE about = 'application:' || a.application) <> q.aid_minor"
        " AND NOT EXISTS (SELECT FROM aid_proof p JOIN aid_grant g ON g.id = p.aid_grant"
        "  WHERE g.about = 'application:' || a.application AND p.state = 'accepted')",
    "the aid on the ledger is not the discount of the contracts that hold":
        "SELECT 1 WHERE (SELECT coalesce(sum(amount_minor), 0) FROM ledger_posting"
        " WHERE account = 'aid') <> (SELECT coalesce(sum(g.amount_minor), 0) FROM aid_grant g"
        " JOIN scheme s ON s.id = g.scheme AND s.subsidy_shown = 'discount' JOIN admission a"
        " ON 'application:' || a.application = g.about AND a.ended_at IS NULL JOIN invoice i"
        " ON i.id = a.invoice AND i.state <> 'credited')",
    "more aid is paid or accounted for than is granted":
        "SELECT g.id FROM aid_grant g JOIN aid_payment p ON p.aid_grant = g.id GROUP BY g.id"
        " HAVING sum(p.amount_minor) NOT BETWEEN 0 AND g.amount_minor",
    "aid of a discount is accounted for though it was taken back":
        "SELECT g.id FROM aid_grant g JOIN aid_payment p ON p.aid_grant = g.id"
        " AND p.kind = 'accounted' JOIN aid_grant r ON r.reverses = g.id GROUP BY g.id"
        " HAVING sum(p.amount_minor) <> 0",
    "numbers of papers have a gap or a twin":
        "SELECT series FROM (SELECT kind = 'credit_note' AS series,"
        " (regexp_match(number, '(\\d+)$'))[1]::int AS n, extract(year FROM issued_on) AS y"
        " FROM invoice) x GROUP BY series, y"
        " HAVING count(*) <> max(n) OR count(DISTINCT n) <> max(n)",
    "money was received that is neither on an invoice, nor back, nor waiting":
        "SELECT id FROM payment WHERE matched_minor < 0 OR back_minor < 0"
        " OR amount_minor < matched_minor + back_minor",
    "an exhibitor has no stand, or a stand has two":
        "SELECT a.id FROM admission a WHERE a.ended_at IS NULL AND 1 <> (SELECT count(*)"
        " FROM allocation l WHERE l.application = a.application AND l.state <> 'released')",
}  # fmt: skip


async def holds(had: dict[int, int]) -> dict[int, int]:
    """What must be true between any two acts; what each undertaking was granted, for the next."""
    for sentence, sql in NEVER.items():
        assert await rows(sql) == [], sentence
    now = {}
    for one in await rows(
        "SELECT c.undertaking AS id, sum(x.n)::bigint AS counts,"
        " coalesce(sum(x.n) FILTER (WHERE x.ours), 0)::bigint AS granted FROM ("
        " SELECT company, amount_minor AS n, true AS ours FROM aid_grant UNION ALL"
        " SELECT company, amount_minor, false FROM declared_aid) x"
        " JOIN company c ON c.id = x.company GROUP BY c.undertaking"
    ):
        now[one["id"]] = one["granted"]
        more = one["granted"] > had.get(one["id"], 0)
        assert one["counts"] <= CEILING or not more, "a grant passes the ceiling"
    return now


async def opened() -> tuple[World, list[Actor]]:
    """A call with two sources under one budget line; two undertakings of two companies each, whose
    headroom is nearly used up."""
    line: dict[str, int] = {}

    async def schemes(mara: Actor) -> list[int]:
        programme = await budgets.create_programme(
            mara, ProgrammeForm(name="Export 2027", ceiling=Decimal(12_500))
        )
        line["id"] = await budgets.add_line(
            mara, BudgetLineForm(name="State funds", ceiling=Decimal(10_500)),
            programme_id=programme,
        )  # fmt: skip
        shared: dict[str, Any] = {
            "legal_basis": "de_minimis", "valid_from": clock.now().date(),
            "budget": Decimal(9_500), "budget_line": line["id"],
        }  # fmt: skip
        first = SchemeForm(
            name="First steps", mode=Mode.RATE, rate=Decimal(50), cap=Decimal(2_400), **shared
        )
        second = SchemeForm(
            name="After the fair", mode=Mode.AMOUNT, amount=Decimal(900), shown=Shown.AFTER_PROOF,
            **shared,
        )  # fmt: skip
        return [await aid.create_scheme(mara, each) for each in (first, second)]

    async def prepare(mara: Actor, call: int) -> None:
        ladder = TermsForm(steps=[StepLine(starts=Starts.ALWAYS, share=Decimal(25))])
        await withdrawals.set_terms(mara, ladder, call_id=call)
        await execute(
            "UPDATE call SET closes_at = closes_at + interval '200 days' WHERE id = $1", call
        )

    world = await build(4, rows_of_stands=2, per_row=3, schemes=schemes, prepare=prepare)
    actors = [each for token in world.tokens if (each := await actor_of(token, False))]
    for place, euros in ((0, 295_000), (2, 293_500)):
        actor = actors[place]
        other = await row("SELECT vat_id FROM company WHERE id = $1", world.companies[place + 1])
        assert other is not None
        form = DeclaredAidForm(
            amount=Decimal(euros), granted_on=clock.now().date(), authority="A ministry",
            legal_basis="de_minimis", member_state="DE",
        )  # fmt: skip
        await aid.declare_aid(actor, form)
        link = await undertakings.declare_link(
            actor, LinkForm(number=other["vat_id"], kind="votes", since_on=clock.now().date())
        )
        await undertakings.decide_link(world.mara, LinkDecision(decision="confirmed"), link_id=link)
    return world, actors


async def test_aid_and_books_hold_through_any_season(db: str) -> None:
    """Any walk through everything a season brings."""
    world, Season.actors = await opened()
    Season.loop, Season.world = asyncio.get_running_loop(), world
    Season.finn = await world.cast.finn.actor()
    Season.days, Season.n, Season.had = 0, 0, {}
    await asyncio.to_thread(
        run_state_machine_as_test,
        Season,
        settings=settings(
            max_examples=80 if NIGHTLY else 2,
            stateful_step_count=40 if NIGHTLY else 12,
            deadline=None,
            database=None,
            derandomize=not NIGHTLY,
            suppress_health_check=list(HealthCheck),
        ),
    )
    done = {each["verb"] for each in await rows("SELECT DISTINCT verb FROM audit_line")}
    assert done >= {"application.admit", "aid.reverse", "aid.lower", "aid.pay", "stand.move"}
    await world.cast.leave()
