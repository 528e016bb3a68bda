"""Programmes of real agencies as calls: set up with the forms of the desk, and proved in numbers.

`programmes.toml` holds all of it; nothing here knows a programme. Each is written as an official
writes it, published, and read back from the database; its rules then decide what they are asked.
"""

import html
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from booths.calls import queries as calls
from booths.calls import rules as call_rules
from booths.calls.rows import CallRow
from booths.checks import queries as checks
from booths.checks.facts import Facts, Outcome, Verdict, verdict
from booths.checks.kinds import KINDS
from booths.checks.words import sentence
from booths.fees import queries as fees
from booths.offers import gates, rules
from booths.questions import queries as questions
from booths.questions.rules import questions_of, shown
from booths.ranking import queries as ranking
from booths.ranking.ordering import rank
from booths.ranking.rules import Applicant, Inputs, Sheet
from booths.ranking.rules import Outcome as Place
from booths.withdrawals import queries as withdrawals
from booths.withdrawals.rules import Amounts, due
from server import clock
from server.aid import law
from server.aid.eligibility import size_of
from server.database import execute, value
from server.errors import Refused
from server.money import parse_amount, round_half_up, to_minor
from server.web.formats import moment
from tests.booths.calls.test_story import admit, done, id_in, send, stand_ids
from tests.cast import Cast, Someone, company

Told = dict[str, Any]
AGENCY_TZ = ZoneInfo("Europe/Berlin")
PROGRAMMES: list[Told] = tomllib.loads(
    Path(__file__).with_name("programmes.toml").read_text("utf-8")
)["programme"]
# What companies rely on once a call is published: these forms are then closed, and their tables.
STAND_STILL = ("rules", "conditions", "ranking", "withdrawal", "form")
TABLES = ("check_rule", "call_terms", "ranking_plan", "withdrawal_terms")


@dataclass(frozen=True)
class SetUp:
    """A programme that is published."""

    told: Told
    cast: Cast
    call: CallRow
    booth: int

    @property
    def opens_on(self) -> date:
        return self.call.starts_on


class Official:
    """Mara at her desk: she fills in forms and sends them."""

    def __init__(self, mara: Someone) -> None:
        self.mara = mara
        self.token = ""

    async def fill_in(self, path: str, form: Told) -> Any:
        """Send a form; the answer, whatever it is."""
        if not self.token:
            page = await self.mara.get("/desk/fairs/new")
            found = re.search(r'name="csrf_token" value="([^"]*)"', page.text)
            assert found
            self.token = found[1]
        return await self.mara.post(path, data={**form, "csrf_token": self.token})

    async def make(self, path: str, form: Told) -> int:
        """Send a form that makes something; the last number of where it leads to."""
        return id_in(done(await self.fill_in(path, form)))


async def set_up(told: Told, cast: Cast) -> SetUp:
    """From the fair to the published call, form by form."""
    desk = Official(cast.mara)
    fair = await desk.make(
        "/desk/fairs/new", {"venue": "Fairground", "sectors": [], **told["fair"]}
    )
    done(await desk.fill_in(f"/desk/fairs/{fair}/publish", {}))
    booth = await desk.make(
        "/desk/booths/new",
        {
            "fair": fair, "name": "Joint booth", "hall": "1", "block": "A", "width_m": "60",
            "depth_m": "13", "net_m2": "700", "open_edges": ["top", "bottom"],
        },
    )  # fmt: skip
    width, depth = told.get("booth", {}).get("stand", ("3", "3"))
    layout = {"width_m": width, "depth_m": depth, "aisle_m": "3", "version": 1}
    done(await desk.fill_in(f"/desk/booths/{booth}/layout", layout))
    zero = {"corner": "0", "head": "0", "island": "0"}
    given: Told = {"name": "Prices", "currency": "EUR", "valid_from": "2026-01-01"}
    prices = await desk.make(
        "/desk/price-lists/new", {"booth": booth, **given, **zero, **told["prices"]}
    )
    made: Told = {"booth": booth, "price_list": prices}
    if "scheme" in told:
        made["scheme"] = await desk.make("/desk/schemes/new", {**given, **told["scheme"]})
    call = await desk.make(
        "/desk/calls/new",
        {"title": told["title"], "payment_days": 14, "text": "", **made, **told["call"]},
    )
    for path, form in told.get("forms", []):
        done(await desk.fill_in(f"/desk/calls/{call}/{path}", form))
    done(await desk.fill_in(f"/desk/calls/{call}/publish", {}))
    await stands_still(desk, told, call)
    actor = await cast.mara.actor()
    return SetUp(told, cast, await calls.own_call(actor, call), booth)


async def stands_still(desk: Official, told: Told, call: int) -> None:
    """After the publication neither the forms nor the database take another rule."""
    for path, form in told.get("forms", []):
        if path.partition("/")[0] in STAND_STILL:
            again = await desk.fill_in(f"/desk/calls/{call}/{path}", form)
            assert again.status_code == 409, path
    for table in TABLES:
        if await value(f"SELECT count(*) FROM {table} WHERE call = $1", call):
            with pytest.raises(asyncpg.RestrictViolationError):
                await execute(f"DELETE FROM {table} WHERE call = $1", call)


@pytest.mark.parametrize("told", PROGRAMMES, ids=[each["name"] for each in PROGRAMMES])
async def test_programme_is_set_up_as_data_and_decides_by_its_numbers(
    told: Told, cast: Cast
) -> None:
    assert told["source"]
    made = await set_up(told, cast)
    unknown = set(told) - {
        "name", "title", "source", "fair", "booth", "prices", "scheme", "call", "forms", *PROOFS
    }  # fmt: skip
    assert not unknown
    for name, prove in PROOFS.items():
        if name in told:
            await prove(made, told[name])


async def reads(made: SetUp, said: list[str]) -> None:
    """Sentences stand on the page of the call."""
    page = html.unescape((await made.cast.paul.get(f"/calls/{made.call.slug}")).text)
    for each in said:
        assert each in page, each


async def lacks(made: SetUp, words: list[str]) -> None:
    """Nothing of it is offered on the page of the call."""
    page = (await made.cast.paul.get(f"/calls/{made.call.slug}")).text.casefold()
    for each in words:
        assert each not in page, each


async def arrives(made: SetUp, told: list[Told]) -> None:
    """An application at a wall time of the agency."""
    call = made.call
    for each in told:
        at = datetime.fromisoformat(each["at"]).replace(tzinfo=AGENCY_TZ)
        phase = call_rules.phase(call.state, call.opens_at, call.closes_at, at)
        edges = [moment(one, call.tz, seconds=True) for one in (call.opens_at, call.closes_at, at)]
        with outcome(each, "taken"):
            call_rules.may_arrive(phase, *edges)


async def asks(made: SetUp, told: list[Told]) -> None:
    """An area that somebody wishes."""
    call = made.call
    for each in told:
        with outcome(each, "fits"):
            call_rules.area_fits(
                Decimal(each["m2"]), call.minimum_m2, call.maximum_m2, call.left_m2
            )


class outcome:
    """What is done inside is accepted where the case says so, or refused with its words."""

    def __init__(self, told: Told, yes: str) -> None:
        self.said = "" if told.get(yes) else told["says"]
        self.about = told

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, refused: BaseException | None, __: object) -> bool:
        if refused is not None and not isinstance(refused, Refused):
            return False
        found = str(refused) if refused else ""
        assert bool(found) == bool(self.said), (self.about, found)
        assert self.said in found, (self.said, found)
        return True


def facts(told: Told, opens_on: date) -> Facts:
    """What is known of a company: names of the facts, or its figures in euro."""
    known = {name: given for name, given in told.items() if name in Facts.__slots__}
    if "nace_code" in known:
        known.setdefault("nace_revision", "2")
    if "founded_on" in known:
        known["founded_on"] = date.fromisoformat(known["founded_on"])
    if "awu" in told:
        turnover, balance = (
            told[name] * 100 if name in told else None for name in ("turnover", "balance")
        )
        known["size"] = size_of(Decimal(told["awu"]), turnover, balance, law.size_bounds())
    return Facts(on=opens_on, starts_on=opens_on, **known)


async def firms(made: SetUp, told: list[Told]) -> None:
    """The rules of the call, as the database holds them, look at companies."""
    kept = await checks.rules_of(made.call.id)
    for each in told:
        known = facts(each, made.opens_on)
        found = [(rule, KINDS[rule.kind].finds(known, rule.parameters)) for rule in kept]
        whole = verdict([(finding.outcome, rule.hard, False) for rule, finding in found])
        bad = [sentence(finding) for _, finding in found if finding.outcome is not Outcome.OK]
        if each.get("passes"):
            assert (whole, bad) == (Verdict.PASSED, []), each
            continue
        wanted = Verdict.FAILED if "refused" in each else Verdict.UNKNOWN
        assert whole is wanted, (each, bad)
        words = each.get("refused") or each["unknown"]
        assert any(words in said for said in bad), (words, bad)


async def applies(made: SetUp, told: list[Told]) -> None:
    """Ana applies through her pages, and declares what the case says."""
    ana = made.cast.ana
    with clock.travel_everywhere(made.call.opens_at + timedelta(hours=1)):
        await ana.arrive()
        application = await begin(made, ana, str(made.call.minimum_m2))
        for each in told:
            path = f"/my/applications/{application}/declarations"
            answer = await ana.send_form(path, {"given": each["declares"], "publish": "on"})
            if each.get("sent"):
                done(answer)
                done(await send(ana, application))
            else:
                assert answer.status_code == 422
                assert each["says"] in html.unescape(answer.text)


async def begin(made: SetUp, who: Someone, m2: str) -> int:
    """An application with everything but its declarations."""
    statement = {"in_difficulty": "no", "recovery_order": "no", "linked_companies": ""}
    done(await who.send_form("/my/company/aid/statement", statement))
    application = id_in(done(await who.send_form(f"/my/apply/{made.call.id}", {})))
    base = f"/my/applications/{application}"
    done(await who.send_form(f"{base}/stand", {"area_m2": m2, "stand_kind": "row"}))
    goals = {
        "exhibits": "Machines", "export_status": "occasional", "markets": "Japan",
        "goals": "10 contacts",
    }  # fmt: skip
    done(await who.send_form(f"{base}/goals", goals))
    return application


async def admits(made: SetUp, told: Told) -> None:
    """The agency gives another stand than the one that was wished."""
    ana, mara = made.cast.ana, made.cast.mara
    with clock.travel_everywhere(made.call.opens_at + timedelta(hours=1)):
        for each in (ana, mara):
            await each.arrive()
        application = await begin(made, ana, told["wishes"])
        declared = list(call_rules.DECLARED)
        form = {"given": declared, "publish": "on"}
        done(await ana.send_form(f"/my/applications/{application}/declarations", form))
        done(await send(ana, application))
        done(await admit(mara, application, (await stand_ids(made.booth))[0]))
    wished = await value("SELECT content #>> '{answers,stand,area_m2}' FROM submission")
    assert Decimal(wished) == Decimal(told["wishes"])
    assert await value("SELECT area_m2 FROM admission") == Decimal(told["gets"])


def applicants(told: list[Told], began: datetime) -> Iterator[Applicant]:
    """Applicants a second apart; `copies` of one are called Name 1, Name 2 and so on."""
    at = began
    for each in told:
        for n in range(each.get("copies", 1)):
            at += timedelta(seconds=1)
            name = f"{each['name']} {n + 1}" if "copies" in each else each["name"]
            sheets = (Sheet("Vera", each["points"]),) if "points" in each else ()
            yield Applicant(name, name, at, Decimal(each["m2"]), each.get("facts", {}), sheets)


async def lists(made: SetUp, told: list[Told]) -> None:
    """The rule of the call, as the database holds it, puts applicants in order."""
    kept = await ranking.plan_of(made.call.id)
    assert kept is not None
    plan = kept.plan
    for each in told:
        who = tuple(applicants(each["applicants"], made.call.opens_at))
        m2 = Decimal(each["m2"]) if "m2" in each else None
        placed = rank(plan, Inputs(who, m2=m2, places=plan.places, seed="0"))
        became = {f"{one.reference}/{one.module}": one.outcome.value for one in placed}
        assert {name: became[name] for name in each["becomes"]} == each["becomes"]
        if "selected" in each:
            taken = [one for one in placed if one.outcome is Place.SELECTED]
            assert len(taken) == each["selected"]
        totals = {one.reference: one.total for one in placed}
        for name, points in each.get("totals", {}).items():
            assert totals[name] == Decimal(points)


async def gate(made: SetUp, told: list[Told]) -> None:
    """So many are admitted: what the gate says on its day, by its own count."""
    found = await gates.gate(made.call.id)
    assert found is not None
    for n, each in enumerate(told):
        await execute("UPDATE application SET state = 'withdrawn'")
        await take_part(made, n, each)
        found = await gates.gate(made.call.id)
        assert found is not None
        assert found.participants == each.get("counted", each["participants"])
        with clock.travel_everywhere(
            datetime.combine(found.decide_on, datetime.min.time(), AGENCY_TZ)
        ):
            assert found.state is rules.Gate(each["state"]), each


async def take_part(made: SetUp, n: int, told: Told) -> None:
    """Companies with an admission: `related` are of the first one's group, `large` are large."""
    large, related = told.get("large", 0), told.get("related", 0)
    first = None
    for number in range(told["participants"]):
        size = "large" if number >= told["participants"] - large else "small"
        vat = f"PT{n + 1:02}{number:07}"
        made_id = await company(f"Firm {n} {number}", "PT", vat, "Porto", size_class=size)
        if first is None:
            first = await value("SELECT undertaking FROM company WHERE id = $1", made_id)
        elif number <= related:
            await execute("UPDATE company SET undertaking = $2 WHERE id = $1", made_id, first)
        await execute(
            "INSERT INTO application (call, company, state, reference, submitted_at, created_at,"
            " area_m2, stand_kind) VALUES ($1, $2, 'admitted', $3, $4, $4, 9, 'row')",
            made.call.id, made_id, f"NOR-{n}-{number}", clock.now(),
        )  # fmt: skip


async def leaves(made: SetUp, told: list[Told]) -> None:
    """What it costs to give a contract up, by the ladder that the database holds."""
    kept = await withdrawals.terms(made.call.id)
    assert kept is not None
    prices = await fees.prices(made.call.price_list)
    module = round_half_up((kept.module_m2 or Decimal(0)) * prices.full_per_m2_minor)

    def minor(amount: str) -> int:
        return to_minor(parse_amount(amount), prices.currency)

    admitted_on = made.opens_on - timedelta(days=120)
    for each in told:
        found = due(
            kept.ladder, Amounts(minor(each["price"]), minor(each["full"]), module), admitted_on,
            made.opens_on, admitted_on + timedelta(days=each["days"]),
        )  # fmt: skip
        assert found.cost_minor == minor(each["costs"]), each
        assert found.relet_minor == (minor(each["relet"]) if "relet" in each else None), each


async def shows(made: SetUp, told: list[Told]) -> None:
    """Which of the call's own questions are asked after some answers."""
    asked = questions_of(await questions.form(made.call.id))
    for each in told:
        found = shown(asked, each["answers"])
        assert [one.key for one in found] == each["asked"]


PROOFS: dict[str, Any] = {
    "reads": reads, "lacks": lacks, "arrives": arrives, "asks": asks, "firms": firms,
    "lists": lists, "leaves": leaves, "shows": shows, "gates": gate, "applies": applies,
    "admits": admits,
}  # fmt: skip
