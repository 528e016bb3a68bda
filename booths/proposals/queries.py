"""Reads for placing: who applies with what needs and wishes, which stands there are, proposals."""

import re
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import queries as calls
from booths.calls.rows import CallRow
from booths.plans import queries as plans
from booths.plans.queries import BoothRow, StandRow
from booths.plans.rules import StandKind
from booths.proposals.rules import Utility
from booths.ranking import queries as ranking
from server.accounts.permissions import Actor, require
from server.database import row, rows, typed
from server.errors import NotFound

FIXED = ("kept", "held", "confirmed")


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An application to be placed, or a consortium by the application of its best member: its
    common island is one stand. `stand` is the one that it has, has on hold or reserved.

    `looked` says that a manager has written down its needs; else limits are None, and wishes are
    what its own words seem to mean.
    """

    application: int
    reference: str
    company: str
    rank: int
    state: str
    wanted_m2: Decimal
    kind: StandKind | None
    neighbours_text: str
    apart_text: str
    stand: int | None
    stand_label: str | None
    stand_state: str | None
    minimum_m2: Decimal | None
    maximum_m2: Decimal | None
    open_sides: int
    power_kw: Decimal
    needs: list[Utility]
    neighbours: list[int]
    apart_from: list[int]
    consortium: int | None = None
    members: list[int] = []

    @property
    def looked(self) -> bool:
        """Whether somebody has checked what is needed and wished."""
        return self.minimum_m2 is not None

    @property
    def fixed(self) -> bool:
        """Whether its stand is given, or kept for it until an instant: it stays there."""
        return self.stand_state in FIXED


class UtilityRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a stand has; `stated` is False where nobody has written it down."""

    stand: int
    power_kw: Decimal | None = None
    water: bool = True
    drain: bool = True
    internet: bool = True
    stated: bool = True

    @property
    def has(self) -> list[Utility]:
        """The connections."""
        return [each for each in Utility if getattr(self, each.value)]


class ProposalRow(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal. `content` is the case as it was asked, `answer` what came out."""

    id: int
    call: int
    number: int
    made_by: str
    made_at: datetime
    based_on: int | None
    based_on_number: int | None
    content: dict[str, Any]
    answer: dict[str, Any] | None
    failed: str
    done_at: datetime | None

    @property
    def cuts(self) -> bool:
        """Whether it proposes the stands as well."""
        return "block" in self.content


class AdmissionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of the admissions that were asked for together."""

    application: int
    company: str
    stand_label: str | None
    state: str
    said: str


_CANDIDATES = """
SELECT x.id AS application, x.reference, co.name AS company, x.state, x.area_m2 AS wanted_m2,
       nullif(x.stand_kind, '') AS kind,
       coalesce(sent.answers -> 'stand' ->> 'neighbours', '') AS neighbours_text,
       coalesce(sent.answers -> 'stand' ->> 'apart_from', '') AS apart_text,
       al.stand, s.label AS stand_label, al.state AS stand_state, n.minimum_m2, n.maximum_m2,
       coalesce(n.open_sides, 0) AS open_sides, coalesce(n.power_kw, 0) AS power_kw,
       coalesce(n.needs, ARRAY[]::varchar[]) AS needs,
       coalesce(w.neighbours, ARRAY[]::integer[]) AS neighbours,
       coalesce(w.apart_from, ARRAY[]::integer[]) AS apart_from
FROM application x
JOIN company co ON co.id = x.company
LEFT JOIN LATERAL (SELECT content -> 'answers' AS answers FROM submission u
    WHERE u.application = x.id ORDER BY u.number DESC LIMIT 1) sent ON true
LEFT JOIN allocation al ON al.application = x.id AND al.state <> 'released'
LEFT JOIN stand s ON s.id = al.stand
LEFT JOIN placing_need n ON n.application = x.id
LEFT JOIN LATERAL (
    SELECT array_agg(other ORDER BY other) FILTER (WHERE p.kind = 'neighbour') AS neighbours,
           array_agg(other ORDER BY other) FILTER (WHERE p.kind = 'apart') AS apart_from
    FROM placing_wish p WHERE p.application = x.id) w ON true
WHERE x.call = $1 AND x.submitted_at IS NOT NULL AND x.area_m2 > 0
"""
_TAKES_PART = "('submitted', 'eligible', 'admitted', 'confirmed')"


async def candidates(call: CallRow) -> list[Candidate]:
    """Who is to be placed, best rank first: who was selected by the decision that was carried out;
    where there is none, everybody eligible or not yet checked, in order of arrival.
    """
    chosen = {each.application: each for each in await ranking.selected(call.id)}
    if chosen:
        found = await rows(f"{_CANDIDATES} AND x.id = ANY($2::int[])", call.id, list(chosen))
        found.sort(key=lambda each: (chosen[each["application"]].rank, each["application"]))
        for each in found:
            each["wanted_m2"] = chosen[each["application"]].m2 or each["wanted_m2"]
    else:
        found = await rows(
            f"{_CANDIDATES} AND x.state IN {_TAKES_PART} ORDER BY x.submitted_at, x.id", call.id
        )
    found = await _as_one(call.id, found)
    names = {each["application"]: each["company"] for each in found}
    for rank, each in enumerate(found, 1):
        each["rank"] = rank
        if each["minimum_m2"] is None:
            mine = each["application"]
            each["neighbours"] = meant(each["neighbours_text"], names, mine)
            each["apart_from"] = meant(each["apart_text"], names, mine)
        else:
            each["neighbours"] = [one for one in each["neighbours"] if one in names]
            each["apart_from"] = [one for one in each["apart_from"] if one in names]
    return typed(Candidate, found)


async def _as_one(call_id: int, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A consortium stands at the place of its best member and asks for its island, for all its
    members: whoever of them was not selected comes along, or nobody does."""
    known = await rows(
        "SELECT m.application, k.id, k.name, t.island_m2, t.stand_kind FROM consortium k"
        " JOIN consortium_member m ON m.consortium = k.id AND m.state = 'joined'"
        " JOIN consortium_terms t ON t.id = k.in_force"
        " WHERE k.call = $1 AND k.state IN ('sent', 'admitted') ORDER BY m.application",
        call_id,
    )
    groups = {each["application"]: each for each in known}
    members: dict[int, list[int]] = {}
    for each in known:
        members.setdefault(each["id"], []).append(each["application"])
    first: set[int] = set()
    kept = []
    for each in found:
        group = groups.get(each["application"])
        if group is None:
            kept.append(each)
        elif group["id"] not in first:
            first.add(group["id"])
            kept.append(each)
            each |= {
                "company": group["name"], "consortium": group["id"],
                "wanted_m2": group["island_m2"], "kind": group["stand_kind"],
                "members": members[group["id"]],
            }  # fmt: skip
    return kept


def meant(text: str, names: dict[int, str], mine: int) -> list[int]:
    """The applications whose company a text names, in whole or by a word of four letters."""
    words = [each.strip().casefold() for each in re.split(r"[,;/\n]| and | und ", text)]
    words = [each for each in words if len(each) > 3]
    lower = text.casefold()
    return [
        application
        for application, name in names.items()
        if application != mine
        and (name.casefold() in lower or any(word in name.casefold() for word in words))
    ]


async def own_call(actor: Actor, call_id: int) -> tuple[CallRow, BoothRow]:
    """A call of the actor's agency and its booth."""
    require(actor, "placing.read")
    call = await calls.own_call(actor, call_id)
    return call, await plans.booth(call.booth)


async def own_candidate(actor: Actor, call_id: int, application_id: int) -> Candidate:
    """One who is to be placed."""
    call, _ = await own_call(actor, call_id)
    for each in await candidates(call):
        if each.application == application_id:
            return each
    raise NotFound


async def open_stands(booth_id: int, mine: Collection[int]) -> list[StandRow]:
    """Stands that are free, or that one of the applications has; blocked ones are not."""
    taken = await rows(
        "SELECT al.stand FROM allocation al JOIN stand s ON s.id = al.stand WHERE s.booth = $1"
        " AND al.state <> 'released' AND NOT al.application = ANY($2::int[])",
        booth_id,
        list(mine),
    )
    others = {each["stand"] for each in taken}
    return [
        each for each in await plans.stands(booth_id) if not each.blocked and each.id not in others
    ]


async def utilities(booth_id: int) -> dict[int, UtilityRow]:
    """What the stands of a booth have, where it is written down."""
    found = await rows(
        "SELECT u.stand, u.power_kw, u.water, u.drain, u.internet FROM stand_utility u"
        " JOIN stand s ON s.id = u.stand WHERE s.booth = $1",
        booth_id,
    )
    return {each["stand"]: typed(UtilityRow, each) for each in found}


async def own_utility(
    actor: Actor, booth_id: int, stand_id: int
) -> tuple[BoothRow, StandRow, UtilityRow]:
    """What one stand of the agency has."""
    require(actor, "placing.read")
    booth = await plans.own_booth(actor, booth_id)
    stand = await plans.stand(stand_id)
    if stand.booth != booth_id:
        raise NotFound
    known = (await utilities(booth_id)).get(stand_id)
    return booth, stand, known or UtilityRow(stand=stand_id, stated=False)


_PROPOSAL = """
SELECT p.id, p.call, p.number, p.made_by, p.made_at, p.based_on, b.number AS based_on_number,
       p.content, p.answer, p.failed, p.done_at
FROM proposal p LEFT JOIN proposal b ON b.id = p.based_on
"""


async def proposals(call_id: int) -> list[ProposalRow]:
    """The proposals of a call, the latest first."""
    found = await rows(f"{_PROPOSAL} WHERE p.call = $1 ORDER BY p.number DESC LIMIT 50", call_id)
    return typed(ProposalRow, found)


async def own_proposal(actor: Actor, call_id: int, number: int) -> ProposalRow:
    """A proposal of a call of the actor's agency, by its number."""
    await own_call(actor, call_id)
    found = await row(f"{_PROPOSAL} WHERE p.call = $1 AND p.number = $2", call_id, number)
    if found is None:
        raise NotFound
    return typed(ProposalRow, found)


async def proposal(proposal_id: int) -> ProposalRow | None:
    """A proposal for the worker."""
    found = await row(f"{_PROPOSAL} WHERE p.id = $1", proposal_id)
    return typed(ProposalRow, found) if found else None


async def admissions(proposal_id: int) -> list[AdmissionLine]:
    """What became of the admissions that were asked for, in rank order."""
    found = await rows(
        "SELECT a.application, co.name AS company, s.label AS stand_label, a.state, a.said"
        " FROM proposed_admission a JOIN application x ON x.id = a.application"
        " JOIN company co ON co.id = x.company LEFT JOIN stand s ON s.id = a.stand"
        " WHERE a.proposal = $1 ORDER BY a.id",
        proposal_id,
    )
    return typed(AdmissionLine, found)
