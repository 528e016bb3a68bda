"""Invitations to a session: to many addresses at once, answered by a link without an account."""

import csv
import io
import re
from datetime import datetime, timedelta

import msgspec

from events.matchmaking import queries
from events.matchmaking.actions import held_open
from events.matchmaking.people_forms import InviteForm, JoinForm
from events.matchmaking.profiles import write_goods
from events.matchmaking.rows import SessionRow
from events.matchmaking.rules import CameBy, SessionState
from events.matchmaking.taking_part import take_in
from server import clock, text
from server.accounts import tokens
from server.accounts.actions import person_for, start_session
from server.accounts.forms import EMAIL
from server.accounts.permissions import Actor
from server.audit import record
from server.database import action, execute, page_id, row, rows, step, typed, value
from server.errors import Conflict, NotFound, Refused
from server.mail.actions import send
from server.mail.writing import link
from server.organisations import guests
from server.text import N_, gettext
from server.web.formats import moment
from server.web.signing import sign

MOST = 500
PURPOSE = "session-invitation"
_HEADS = {
    "email": ("email", "e-mail", "mail", "e-mail address", "address"),
    "name": ("name", "person", "contact", "full name"),
    "company": ("company", "organisation", "organization", "company name"),
}
_GONE = N_("This invitation was taken back, or its address is not complete. Ask the organiser.")


class InvitationRow(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as the agency sees it."""

    id: int
    email: str
    name: str
    company_name: str
    group_id: int
    group_name: str
    sent_at: datetime
    answered_at: datetime | None
    taken_back_at: datetime | None
    participant: int | None

    @property
    def state(self) -> str:
        """`taken_back`, `answered` or `sent`."""
        if self.taken_back_at:
            return "taken_back"
        return "answered" if self.answered_at else "sent"


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as whoever holds its link sees it.

    `known` says that the address has an account with a password: its owner signs in.
    """

    id: int
    session: int
    group_id: int
    email: str
    name: str
    company_name: str
    answered_at: datetime | None
    taken_back_at: datetime | None
    participant: int | None
    person: int | None
    known: bool
    company: int | None


def read(said: str, data: bytes = b"") -> list[tuple[str, str, str]]:
    """(address, name, company) of each line; addresses in lower case, each once.

    Raises Refused that names the lines at fault; then nothing is taken.
    """
    field = "lines" if said.strip() else "file"
    if not said.strip():
        said = _decoded(data)
    mark = max(("\t", ";", ","), key=lambda each: said.count(each))
    order = ["email", "name", "company"]
    found: dict[str, tuple[str, str, str]] = {}
    faults: list[str] = []
    for number, cells in enumerate(csv.reader(io.StringIO(said), delimiter=mark), 1):
        cleaned = [each.strip() for each in cells]
        if not any(cleaned):
            continue
        if number == 1 and "@" not in "".join(cleaned):
            heads = [
                next((key for key, known in _HEADS.items() if each.lower() in known), "")
                for each in cleaned
            ]
            if "email" not in heads:
                raise Refused(
                    N_("The first line names columns, but none of them is “email”."), field=field
                )
            order = heads
            continue
        one = dict(zip(order, cleaned, strict=False))
        email = one.get("email", "").lower()
        if not re.match(EMAIL, email) or len(email) > 254:
            faults.append(gettext(N_("line {n}: “{said}”"), n=number, said=email[:60]))
            continue
        found.setdefault(email, (email, one.get("name", "")[:200], one.get("company", "")[:200]))
    if faults:
        raise Refused(
            N_("These are no addresses: {lines}. Nobody was invited; mend them and send again."),
            field=field,
            lines="; ".join(faults[:10]) + (" …" if len(faults) > 10 else ""),
        )
    if not found:
        raise Refused(N_("There is no address in it."), field=field)
    if len(found) > MOST:
        raise Refused(
            N_("These are more than {n} addresses. Send them in parts."), field=field, n=MOST
        )
    return list(found.values())


def _decoded(data: bytes) -> str:
    for encoding in ("utf-16", "utf-8-sig", "cp1252"):
        if encoding == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(N_("The file is no text. Save it as CSV."), field="file")


def _token(invitation: int, email: str) -> str:
    """The same for the first mail and each reminder, so that every one of them works."""
    return f"{invitation}-{sign(PURPOSE, f'{invitation} {email}')}"


@step
async def _mail(
    actor: Actor, session: SessionRow, invitation: int, email: str, name: str, *, again: bool
) -> None:
    token = _token(invitation, email)
    now = clock.now()
    await execute(
        "UPDATE session_invitation SET token_hash = $2, sent_at = $3 WHERE id = $1",
        invitation,
        tokens.hash_of(token),
        now,
    )
    await send(
        key=f"invitation:{invitation}:{now:%Y%m%d%H%M%S%f}",
        to_email=email, to_name=name or email, locale=text.locale(), template="session-invited",
        agency=session.agency, again=again, session=session.title, agency_name=session.agency_name,
        inviter=actor.name,
        when=moment(session.first_at, session.tz) if session.first_at else "",
        where=session.venue, said=session.description,
        link_to=link(f"/meetings/invitation/{token}"),
    )  # fmt: skip


@action
async def invite(actor: Actor, session_id: int, form: InviteForm) -> tuple[int, int]:
    """Mail a link to each address. (invited now, invited or taking part before)."""
    session = await held_open(actor, session_id)
    if not any(each.id == form.group for each in await queries.groups(session_id)):
        raise Refused(N_("Choose a group of this session."), field="group")
    wanted = read(form.lines, form.file.data if form.file else b"")
    known = {
        each["email"]
        for each in await rows(
            "SELECT email FROM session_invitation WHERE session = $1 AND taken_back_at IS NULL"
            " UNION SELECT h.email FROM participant p JOIN person h ON h.id = p.person"
            " WHERE p.session = $1 AND p.state IN ('applied', 'unpaid', 'taking')",
            session_id,
        )
    }
    new = [each for each in wanted if each[0] not in known]
    for email, name, company in new:
        made = await value(
            "INSERT INTO session_invitation (session, in_group, email, name, company_name,"
            " token_hash, sent_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            session_id,
            form.group,
            email,
            name,
            company,
            tokens.new()[1],
            clock.now(),
        )
        await _mail(actor, session, made, email, name, again=False)
    await record(
        actor, "session.invite", "meeting_session", session_id, after={"invited": len(new)}
    )
    return len(new), len(wanted) - len(new)


async def of_session(
    actor: Actor, session_id: int, cursor: str = "", limit: int = queries.PAGE
) -> tuple[list[InvitationRow], str | None]:
    """The invitations of an agency's session, the first sent first."""
    await queries.own_session(actor, session_id)
    found = typed(
        InvitationRow,
        await rows(
            "SELECT i.id, i.email, i.name, i.company_name, i.in_group AS group_id,"
            " g.name AS group_name, i.sent_at, i.answered_at, i.taken_back_at, i.participant"
            " FROM session_invitation i JOIN participant_group g ON g.id = i.in_group"
            " WHERE i.session = $1 AND i.id > $2 ORDER BY i.id LIMIT $3",
            session_id,
            page_id(cursor) or 0,
            limit + 1,
        ),
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


@action
async def remind(actor: Actor, session_id: int) -> int:
    """Mail everybody once more who has not answered and got no mail today. How many."""
    session = await held_open(actor, session_id)
    waiting = await rows(
        "SELECT id, email, name FROM session_invitation WHERE session = $1"
        " AND answered_at IS NULL AND taken_back_at IS NULL"
        " AND sent_at < $2 ORDER BY id LIMIT $3",
        session_id,
        clock.now() - timedelta(days=1),
        MOST,
    )
    for each in waiting:
        await _mail(actor, session, each["id"], each["email"], each["name"], again=True)
    await record(
        actor, "session.remind", "meeting_session", session_id, after={"reminded": len(waiting)}
    )
    return len(waiting)


@action
async def take_back(actor: Actor, session_id: int, invitation_id: int) -> None:
    """The link of an invitation works no more. Raises Conflict once it is answered."""
    await held_open(actor, session_id)
    found = await row(
        "SELECT email, answered_at FROM session_invitation WHERE id = $1 AND session = $2"
        " AND taken_back_at IS NULL FOR UPDATE",
        invitation_id,
        session_id,
    )
    if found is None:
        raise NotFound(N_("There is no such invitation."))
    if found["answered_at"] is not None:
        raise Conflict(
            N_("{email} has taken it up already. Take the person out of the session instead."),
            email=found["email"],
        )
    await execute(
        "UPDATE session_invitation SET taken_back_at = $2 WHERE id = $1",
        invitation_id,
        clock.now(),
    )
    await record(
        actor, "session.uninvite", "meeting_session", session_id, after={"email": found["email"]}
    )


async def guest(token: str) -> Guest:
    """Whom a link invites. Raises NotFound for one that was taken back or never was."""
    found = await row(
        "SELECT i.id, i.session, i.in_group AS group_id, i.email, i.name, i.company_name,"
        " i.answered_at, i.taken_back_at, i.participant, h.id AS person,"
        " (h.password_hash IS NOT NULL AND h.confirmed_at IS NOT NULL) OR EXISTS"
        " (SELECT FROM agency_member a WHERE a.person = h.id) AS known,"
        " (SELECT m.company FROM company_member m WHERE m.person = h.id ORDER BY m.since, m.id"
        " LIMIT 1) AS company FROM session_invitation i LEFT JOIN person h ON h.email = i.email"
        " WHERE i.token_hash = $1 AND i.taken_back_at IS NULL",
        tokens.hash_of(token),
    )
    if found is None:
        raise NotFound(_GONE)
    return typed(Guest, {**found, "known": bool(found["known"])})


async def _is_owner(actor: Actor, found: Guest) -> None:
    """Refuse whoever is not, or cannot be shown to be, whom the link invites."""
    if actor.person_id is not None and actor.email != found.email:
        raise Refused(
            N_("This invitation is for {email}, and you are signed in as {me}. Sign out first."),
            email=found.email,
            me=actor.email,
        )
    if found.known and actor.person_id is None:
        raise Refused(
            N_("{email} has an account here already. Sign in with it, then follow the link again."),
            email=found.email,
        )


@action
async def join(actor: Actor, token: str, form: JoinForm) -> tuple[int, str | None]:
    """Answer an invitation: (session, the token of a new sign-in or None when signed in).

    A new person gets an account without a password, and a company of the name given.
    """
    found = await guest(token)
    await execute("SELECT 1 FROM session_invitation WHERE id = $1 FOR UPDATE", found.id)
    found = await guest(token)
    await _is_owner(actor, found)
    if found.answered_at is not None:
        raise Conflict(N_("You have taken up this invitation already. Nothing was changed."))
    session = await queries.session(found.session)
    if session.state in (SessionState.OVER, SessionState.CANCELLED):
        raise Conflict(N_("The session is over or cancelled, so nobody can take part any more."))
    person_id = found.person or await person_for(found.email, form.name, None)
    if not found.known:
        await execute(
            "UPDATE person SET name = $2, confirmed_at = coalesce(confirmed_at, $3) WHERE id = $1",
            person_id,
            form.name,
            clock.now(),
        )
    company_id = actor.company_id or found.company
    if company_id is None:
        company_id = await _company(person_id, session, found, form)
    doer = Actor(person_id=person_id, name=form.name, company_id=company_id)
    participant = await take_in(
        doer, session, person_id=person_id, company_id=company_id, group=found.group_id,
        came_by=CameBy.INVITATION, accepted=True,
    )  # fmt: skip
    await _said(participant, form)
    await execute(
        "UPDATE session_invitation SET answered_at = $2, participant = $3 WHERE id = $1",
        found.id,
        clock.now(),
        participant,
    )
    return session.id, None if actor.person_id else await start_session(person_id)


@step
async def _company(person_id: int, session: SessionRow, found: Guest, form: JoinForm) -> int:
    wanted = ["company_name", "country"]
    if session.fee_minor is not None:
        wanted += ["street", "postcode", "city"]
    missing = {name: gettext(N_("This is missing.")) for name in wanted if not getattr(form, name)}
    if missing:
        raise Refused(N_("Some answers need another look."), errors=missing)
    return await guests.guest_company(
        person_id, name=form.company_name, country=form.country, email=found.email,
        street=form.street, postcode=form.postcode, city=form.city,
    )  # fmt: skip


@step
async def _said(participant: int, form: JoinForm) -> None:
    """What was answered goes into the profile; what was left empty leaves it as it is."""
    profile = await value("SELECT profile FROM participant WHERE id = $1", participant)
    await execute(
        "UPDATE meeting_profile SET position = coalesce(nullif($2, ''), position),"
        " languages = CASE WHEN cardinality($3::text[]) > 0 THEN $3::text[] ELSE languages END,"
        " version = version + 1, changed_at = $4 WHERE id = $1",
        profile,
        form.position,
        list(dict.fromkeys(form.languages)),
        clock.now(),
    )
    sides: dict[str, list[tuple[str, list[str]]]] = {}
    if form.offer:
        sides["offer"] = [(form.offer, [])]
    if form.need:
        sides["need"] = [(form.need, [])]
    await write_goods(profile, sides)


@action
async def come_back(actor: Actor, token: str) -> tuple[int, str | None]:
    """Whoever took part by a link and has no password signs in with it, while the session is on.

    (session, the token of a new sign-in or None when signed in).
    """
    found = await guest(token)
    await _is_owner(actor, found)
    session = await queries.session(found.session)
    if found.answered_at is None or found.person is None:
        raise Conflict(N_("This invitation is not taken up yet. Fill in the form."))
    if session.state in (SessionState.OVER, SessionState.CANCELLED):
        raise Conflict(
            N_("The session is over, and so is its link. Ask for a password to look back.")
        )
    return session.id, None if actor.person_id else await start_session(found.person)
