"""The profile of a person of a company: begun from what is known, written by its owner."""

from events.matchmaking import queries
from events.matchmaking.profile_forms import ProfileForm, goods
from events.matchmaking.recommending.taxonomy import code
from events.matchmaking.rows import ProfileRow
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, step, value
from server.errors import Conflict
from server.locking import lock
from server.text import N_

FROM_COLLEAGUE = (
    "sectors", "markets", "aims", "gives", "seeks", "certificates", "asks", "sizes",
)  # fmt: skip


@step
async def profile_of(person_id: int, company_id: int) -> int:
    """The profile of a person for a company, begun now if there is none. Its id.

    It begins with a colleague's, otherwise with the company's own profile.
    """
    known = await value(
        "SELECT id FROM meeting_profile WHERE person = $1 AND company = $2", person_id, company_id
    )
    if known is not None:
        return int(known)
    colleague = await value(
        "SELECT id FROM meeting_profile WHERE company = $1 AND person <> $2"
        " ORDER BY changed_at DESC, id DESC LIMIT 1",
        company_id,
        person_id,
    )
    if colleague is not None:
        same = ", ".join(FROM_COLLEAGUE)
        made: int = await value(
            f"INSERT INTO meeting_profile (person, company, languages, intro, {same}, changed_at)"  # noqa: S608
            f" SELECT $1, $2, ARRAY[left(p.locale, 2)], r.intro, {same}, $4"
            " FROM meeting_profile r, person p WHERE r.id = $3 AND p.id = $1 RETURNING id",
            person_id,
            company_id,
            colleague,
            clock.now(),
        )
        await execute(
            "INSERT INTO profile_good (profile, side, text, codes, position)"
            " SELECT $1, side, text, codes, position FROM profile_good WHERE profile = $2",
            made,
            colleague,
        )
        return made
    company = await row(
        "SELECT c.country, c.description, c.products, c.nace_code, c.nace_revision,"
        " left(p.locale, 2) AS language FROM company c, person p WHERE c.id = $1 AND p.id = $2",
        company_id,
        person_id,
    )
    assert company is not None
    made = await value(
        "INSERT INTO meeting_profile (person, company, intro, languages, markets, sectors,"
        " changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        person_id,
        company_id,
        company["description"][:2000],
        [company["language"]],
        [company["country"]],
        [company["nace_code"][:2]] if company["nace_code"] else [],
        clock.now(),
    )
    codes = (
        [code(f"nace{company['nace_revision']}", company["nace_code"])]
        if company["nace_code"]
        else []
    )
    if company["products"] or codes:
        await execute(
            "INSERT INTO profile_good (profile, side, text, codes, position)"
            " VALUES ($1, 'offer', $2, $3, 0)",
            made,
            " ".join(company["products"].split())[:300],
            codes,
        )
    return made


async def own_profile(actor: Actor, session_id: int) -> ProfileRow:
    """The profile with which the actor is in a session."""
    one = await queries.me(actor, session_id)
    return (await queries.profiles([one.profile]))[one.profile]


async def own_phone(actor: Actor, profile_id: int) -> str:
    """The telephone number in one's own profile."""
    found = await value(
        "SELECT phone FROM meeting_profile WHERE id = $1 AND person = $2",
        profile_id,
        actor.person_id,
    )
    return str(found or "")


@action
async def write_profile(actor: Actor, session_id: int, form: ProfileForm) -> int:
    """Replace the actor's profile, for this and every other session of the same company.

    Raises Conflict when it was changed elsewhere since the page was opened. Its id.
    """
    require(actor, "participant.own")
    one = await queries.me(actor, session_id)
    await lock("meeting_profile", one.profile)
    version = await value("SELECT version FROM meeting_profile WHERE id = $1", one.profile)
    if form.version and form.version != version:
        raise Conflict(
            N_(
                "You have changed your profile in another window since you opened this page. What"
                " you typed is below and is not saved: compare both and save again."
            )
        )
    await execute(
        "UPDATE meeting_profile SET position = $2, phone = $3, intro = $4, visible = $5,"
        " languages = $6, sectors = $7, markets = $8, aims = $9, gives = $10, seeks = $11,"
        " certificates = $12, asks = $13, sizes = $14, version = version + 1, changed_at = $15"
        " WHERE id = $1",
        one.profile,
        form.position,
        form.phone,
        form.intro,
        form.visible.value,
        list(dict.fromkeys(form.languages)),
        list(dict.fromkeys(form.sectors)),
        list(dict.fromkeys(form.markets)),
        list(dict.fromkeys(form.aims)),
        [each.value for each in form.gives],
        [each.value for each in form.seeks],
        form.listed("certificates"),
        form.listed("asks"),
        [each.value for each in form.sizes],
        clock.now(),
    )
    await write_goods(
        one.profile, {"offer": goods(form.offers, "offers"), "need": goods(form.needs, "needs")}
    )
    await record(actor, "participant.profile", "meeting_profile", one.profile)
    return one.profile


@step
async def write_goods(profile: int, sides: dict[str, list[tuple[str, list[str]]]]) -> None:
    """Replace what is offered (`offer`) or needed (`need`): (words, codes) in order."""
    for side, lines in sides.items():
        await execute("DELETE FROM profile_good WHERE profile = $1 AND side = $2", profile, side)
        for position, (words, codes) in enumerate(lines):
            await execute(
                "INSERT INTO profile_good (profile, side, text, codes, position)"
                " VALUES ($1, $2, $3, $4, $5)",
                profile,
                side,
                words,
                codes,
                position,
            )
