"""What several acts of a consortium have in common: new terms, a member's departure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from booths.calls import queries as calls
from booths.calls.applying import link, write_to_company
from booths.calls.rows import Dossier
from booths.calls.rules import CallState
from booths.consortia import queries, rules
from booths.consortia.pricing import asked
from booths.consortia.queries import MemberRow, TermsRow, Together
from booths.consortia.rules import Key, MemberState, Stage
from booths.plans.rules import StandKind
from server import clock
from server.accounts.permissions import Actor
from server.audit import record
from server.database import execute, row, step, value
from server.errors import Conflict, NotFound
from server.text import N_
from server.web.formats import m2, moment


@step
async def propose(
    actor: Actor,
    consortium_id: int,
    *,
    key: Key,
    stand_kind: StandKind,
    island_m2: Decimal,
    members: Sequence[int],
    stated: Sequence[Decimal],
    answer_by: datetime | None = None,
    why: str = "",
) -> int:
    """Write the next version of the terms, to be agreed to by every member; its id.

    `stated` are square metres or per cent as the key asks. What is in force stays in force.
    """
    parts = list(
        zip(members, rules.areas(key, island_m2, stated), rules.shares_bp(key, stated), strict=True)
    )
    return await write_terms(
        actor, consortium_id, key=key, stand_kind=stand_kind, island_m2=island_m2, parts=parts,
        answer_by=answer_by, why=why,
    )  # fmt: skip


@step
async def write_terms(
    actor: Actor,
    consortium_id: int,
    *,
    key: Key,
    stand_kind: StandKind,
    island_m2: Decimal,
    parts: Sequence[tuple[int, Decimal, int | None]],
    answer_by: datetime | None,
    why: str,
    gap_m2: Decimal = Decimal(0),
) -> int:
    """The next version with its `parts` (member, area, share in basis points); with `gap_m2` they
    make up the island."""
    version = 1 + int(
        await value(
            "SELECT coalesce(max(version), 0) FROM consortium_terms WHERE consortium = $1",
            consortium_id,
        )
    )
    terms = int(
        await value(
            "INSERT INTO consortium_terms (consortium, version, key, stand_kind, island_m2,"
            " answer_by, why, made_at, gap_m2) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) RETURNING id",
            consortium_id,
            version,
            key.value,
            stand_kind.value,
            island_m2,
            answer_by,
            why,
            clock.now(),
            gap_m2,
        )
    )
    for member, area, share in parts:
        await execute(
            "INSERT INTO consortium_part (terms, member, share_bp, area_m2) VALUES ($1,$2,$3,$4)",
            terms,
            member,
            share,
            area,
        )
    await record(
        actor, "consortium.terms", "consortium", consortium_id, why=why,
        after={"version": version, "key": key.value, "island_m2": island_m2, "gap_m2": gap_m2,
               "areas": [str(area) for _, area, _ in parts]},
    )  # fmt: skip
    await _ask(actor, await queries.together(consortium_id))
    return terms


@step
async def _ask(actor: Actor, found: Together) -> None:
    """Ask every other member; before anything was sent, the parts are their answers at once."""
    call = await calls.published_call(found.row.call)
    terms = found.terms
    if found.row.state is Stage.FORMING:
        await write_parts(terms)
    for part in terms.parts:
        if part.state is MemberState.JOINED and part.company not in (None, actor.company_id):
            assert part.company is not None
            await write_to_company(
                part.company,
                call,
                f"consortium:{found.row.id}:terms:{terms.version}",
                "consortium-terms",
                consortium=found.row.name,
                call=call.title,
                island=m2(terms.island_m2),
                part=m2(part.area_m2),
                why=terms.why,
                answer_by=moment(terms.answer_by, call.tz) if terms.answer_by else "",
                link=link(f"/my/applications/{part.application}/consortium"),
            )


@step
async def write_parts(terms: TermsRow) -> None:
    """Let the parts be what the members' applications ask for when they are sent next."""
    for place, part in enumerate(terms.parts):
        if part.state is MemberState.JOINED:
            await execute(
                "UPDATE application SET draft = draft || $2::jsonb WHERE id = $1",
                part.application,
                asked(terms, place),
            )


@step
async def depart(
    actor: Actor,
    consortium_id: int,
    member_id: int,
    why: str,
    *,
    to: MemberState = MemberState.LEFT,
) -> None:
    """Somebody has gone: its part is offered to the others, who agree or not.

    The consortium is locked by the caller. Nothing that is in force changes here.
    """
    before = await queries.together(consortium_id)
    gone = next(each for each in before.members if each.id == member_id)
    await execute(
        "UPDATE consortium_member SET state = $2, left_why = $3 WHERE id = $1",
        member_id,
        to.value,
        why,
    )
    if gone.application is not None:
        await execute(
            "UPDATE application SET draft = draft - 'share' - 'stand' WHERE id = $1",
            gone.application,
        )
        await execute(
            "UPDATE allocation SET state = 'released', until = NULL, released_at = $3"
            " WHERE application = $1 AND consortium = $2 AND state IN ('kept', 'reserved')",
            gone.application,
            consortium_id,
            clock.now(),
        )
    await record(
        actor, "consortium.leave", "consortium", consortium_id,
        before={"member": gone.company_name}, after={"state": to.value}, why=why,
        agency_id=before.row.agency,
    )  # fmt: skip
    if (await calls.published_call(before.row.call)).state is CallState.CANCELLED:
        return  # there is nothing to take over: the call ends every consortium
    joined = [
        each for each in before.members if each.state is MemberState.JOINED and each.id != member_id
    ]
    if not joined:
        await dissolve(actor, before, why)
        return
    if before.row.lead == gone.company:
        await execute(
            "UPDATE consortium SET lead = $2 WHERE id = $1", consortium_id, joined[0].company
        )
    terms = before.terms
    live = {each.id for each in before.live} - {member_id}
    kept = [part for part in terms.parts if part.member in live]
    if not kept or len(kept) == len(terms.parts):
        return
    stated = rules.without(
        terms.key, terms.island_m2, [(part.area_m2, part.share_bp) for part in kept]
    )
    running = before.row.state in (Stage.SENT, Stage.ADMITTED)
    await propose(
        actor,
        consortium_id,
        key=terms.key,
        stand_kind=terms.stand_kind,
        island_m2=terms.island_m2,
        members=[part.member for part in kept],
        stated=stated,
        answer_by=clock.now() + timedelta(days=rules.REPLY_DAYS) if running else None,
        why=f"{gone.company_name}: {why}",
    )


@step
async def dissolve(actor: Actor, found: Together, why: str, *, tell: bool = True) -> None:
    """Let every member go its own way; what they have sent and their contracts are not touched."""
    rules.move(found.row.state, Stage.DISSOLVED)
    await execute(
        "UPDATE consortium SET state = 'dissolved', ended_why = $2 WHERE id = $1",
        found.row.id,
        why,
    )
    await execute(
        "UPDATE application SET draft = draft - 'share' - 'stand' WHERE id IN"
        " (SELECT application FROM consortium_member WHERE consortium = $1 AND state = 'joined')",
        found.row.id,
    )
    await execute(
        "UPDATE allocation SET state = 'released', until = NULL, released_at = $2"
        " WHERE consortium = $1 AND state IN ('kept', 'reserved')",
        found.row.id,
        clock.now(),
    )
    await execute(
        "UPDATE consortium_member SET state = 'left', left_why = $2 WHERE consortium = $1"
        " AND state IN ('invited', 'joined')",
        found.row.id,
        why,
    )
    await record(
        actor, "consortium.dissolve", "consortium", found.row.id, why=why,
        before={"state": found.row.state.value}, after={"state": "dissolved"},
        agency_id=found.row.agency,
    )  # fmt: skip
    if not tell:
        return
    call = await calls.published_call(found.row.call)
    for each in found.members:
        if each.state is MemberState.JOINED and each.company is not None:
            await write_to_company(
                each.company,
                call,
                f"consortium:{found.row.id}:dissolved",
                "consortium-dissolved",
                consortium=found.row.name,
                call=call.title,
                why=why,
                link=link(f"/my/applications/{each.application}"),
            )


@step
async def dossier(actor: Actor, application_id: int) -> Dossier:
    mine = await row(
        "SELECT 1 FROM application WHERE id = $1::bigint AND company = $2 FOR UPDATE",
        application_id,
        actor.company_id,
    )
    if mine is None:
        raise NotFound
    return await calls.own_dossier(actor, application_id)


@step
async def lock(consortium_id: int) -> None:
    await execute("SELECT 1 FROM consortium WHERE id = $1 FOR UPDATE", consortium_id)


@step
async def held(
    actor: Actor, application_id: int, *, lead: bool = False
) -> tuple[Dossier, Together, MemberRow]:
    """The actor's application and its consortium, which is locked until the commit."""
    found = await calls.own_dossier(actor, application_id)
    consortium = await value(
        "SELECT consortium FROM consortium_member WHERE application = $1 AND state = 'joined'",
        application_id,
    )
    if consortium is None:
        raise NotFound
    await lock(consortium)
    together = await queries.together(consortium)
    me = together.member_of(actor.company_id)
    if lead and together.row.lead != actor.company_id:
        raise Conflict(
            N_("{lead} leads this consortium and does this for all."), lead=together.row.lead_name
        )
    return found, together, me
