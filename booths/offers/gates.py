"""The minimum number of participants of a call, and the day on which it is decided."""

from datetime import date

import msgspec

from booths.calls import queries as calls
from booths.calls.applying import link
from booths.offers import rules
from booths.offers.forms import GateForm
from booths.offers.rules import Gate
from server import clock
from server.accounts.permissions import MANAGERS, Actor, Role, require
from server.audit import record
from server.database import action, execute, row, rows, typed
from server.errors import Conflict, NotFound
from server.mail.actions import send
from server.organisations import queries as organisations
from server.text import N_
from server.web.formats import day


class GateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A gate with its numbers: `participants` are admitted, `running` may still be.

    Where `unrelated`, companies under one control count as one participant. `smes` are needed
    among the participants, `smes_there` are.
    """

    call: int
    title: str
    tz: str
    minimum: int
    unrelated: bool
    smes: int
    decide_on: date
    told_on: date | None
    version: int
    participants: int
    smes_there: int
    running: int

    @property
    def state(self) -> Gate:
        """How it stands today, in the agency's zone."""
        today = clock.today(self.tz)
        needed = rules.Needed(self.minimum, self.smes)
        there = rules.Needed(self.participants, self.smes_there)
        return rules.gate_now(needed, there, self.decide_on, today)


_GATE = """
SELECT g.call, c.title, a.tz, g.minimum, g.unrelated, g.smes, g.decide_on, g.told_on, g.version,
       CASE WHEN g.unrelated THEN n.undertakings ELSE n.participants END AS participants,
       n.smes_there, n.running
FROM gate g
JOIN call c ON c.id = g.call
JOIN agency a ON a.id = c.agency
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE t.takes_part) AS participants,
           count(DISTINCT co.undertaking) FILTER (WHERE t.takes_part) AS undertakings,
           count(*) FILTER (WHERE t.takes_part AND co.size_class IN ('micro', 'small', 'medium'))
               AS smes_there,
           count(*) FILTER (WHERE x.state IN ('submitted', 'to_correct', 'eligible',
               'wait_listed')) AS running
    FROM application x
    JOIN company co ON co.id = x.company
    CROSS JOIN LATERAL (SELECT x.state IN ('admitted', 'confirmed', 'exhibited', 'no_show')
        AS takes_part) t
    WHERE x.call = g.call) n
"""
_LIVING = "c.state IN ('published', 'decided')"


async def gate(call_id: int) -> GateRow | None:
    """The gate of a call, if it has one."""
    found = await row(f"{_GATE} WHERE g.call = $1", call_id)
    return typed(GateRow, found) if found else None


async def own_gate(actor: Actor, *, call_id: int) -> GateRow:
    """The gate of a call of the actor's agency."""
    require(actor, "offer.list")
    await calls.own_call(actor, call_id)
    found = await gate(call_id)
    if found is None:
        raise NotFound
    return found


async def pressing(actor: Actor) -> list[GateRow]:
    """Gates of the agency's living calls that are near or due and not met."""
    require(actor, "offer.list")
    found = typed(
        GateRow,
        await rows(
            f"{_GATE} WHERE c.agency = $1 AND {_LIVING} ORDER BY g.decide_on, g.call LIMIT 100",
            actor.agency_id,
        ),
    )
    return [each for each in found if each.state in (Gate.NEAR, Gate.DUE)]


@action
async def set_gate(actor: Actor, form: GateForm, *, call_id: int) -> int:
    """Say how many a call needs and when that is decided; without a number there is no gate."""
    require(actor, "offer.write")
    call = await calls.own_call(actor, call_id)
    await row("SELECT 1 FROM call WHERE id = $1 FOR NO KEY UPDATE", call.id)
    before = await gate(call_id)
    if form.version != (before.version if before else 0):
        raise Conflict(
            N_(
                "Somebody changed this meanwhile. Nothing of theirs was overwritten, and what you"
                " typed is kept: compare and save again."
            )
        )
    if form.minimum is None or form.decide_on is None:
        await execute("DELETE FROM gate WHERE call = $1", call_id)
    else:
        await execute(
            "INSERT INTO gate (call, minimum, decide_on, unrelated, smes) VALUES ($1,$2,$3,$4,$5)"
            " ON CONFLICT (call) DO UPDATE SET minimum = $2, decide_on = $3, unrelated = $4,"
            " smes = $5, told_on = NULL, version = gate.version + 1",
            call_id,
            form.minimum,
            form.decide_on,
            form.unrelated,
            form.smes,
        )
    await record(
        actor, "offer.gate", "call", call_id,
        before=_asked(before) if before else {},
        after=_asked(form),
    )  # fmt: skip
    return call_id


def _asked(of: GateRow | GateForm) -> dict[str, object]:
    return {name: getattr(of, name) for name in ("minimum", "unrelated", "smes", "decide_on")}


async def to_tell() -> list[int]:
    """Calls whose gate is due and whose managers have not been told."""
    found = typed(
        GateRow,
        await rows(
            f"{_GATE} WHERE {_LIVING} AND g.told_on IS NULL AND g.decide_on <= $1 LIMIT 100",
            clock.now().date() + rules.ONE_DAY,
        ),
    )
    return [each.call for each in found if each.state is Gate.DUE]


@action
async def tell(call_id: int) -> bool:
    """Write to the managers that a decision is due. Once for each date."""
    found = await row(
        "SELECT c.agency FROM gate g JOIN call c ON c.id = g.call WHERE g.call = $1"
        " FOR UPDATE OF g",
        call_id,
    )
    due = await gate(call_id)
    if found is None or due is None or due.told_on is not None or due.state is not Gate.DUE:
        return False
    await execute("UPDATE gate SET told_on = $2 WHERE call = $1", call_id, clock.today(due.tz))
    for person in await organisations.people_of_agency(found["agency"]):
        if Role(person.role) in MANAGERS:
            await send(
                key=f"call:{call_id}:gate:{due.decide_on}:{due.version}:{person.person_id}",
                to_email=person.email,
                to_name=person.name,
                locale=person.locale,
                template="gate-due",
                agency=found["agency"],
                person=person.person_id,
                call=due.title,
                minimum=due.minimum,
                participants=due.participants,
                smes=due.smes,
                smes_there=due.smes_there,
                running=due.running,
                day=day(due.decide_on),
                link=link(f"/desk/calls/{call_id}"),
            )
    return True
