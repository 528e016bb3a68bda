"""Joining, signing in and out, and links that are good once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from server import clock, jobs
from server.accounts import passwords, rules, tokens
from server.accounts.forms import JoinForm
from server.accounts.permissions import Actor
from server.audit import record
from server.database import action, execute, row, rows, step, value
from server.errors import NotFound, Refused, TooMany
from server.settings import load
from server.text import N_, locale
from server.web import door


class SignedIn(msgspec.Struct, frozen=True):
    """A session's token; `half` where the second factor is still to come."""

    token: str
    half: bool


_SPENT = N_("This link was used before or is too old. Ask for a new one; nothing else was changed.")


@step
async def issue_token(
    purpose: str, email: str, *, person_id: int | None = None, **details: object
) -> str:
    """A link's token for `email`, good once until rules.LINK_LASTS[purpose] has passed."""
    token, token_hash = tokens.new()
    now = clock.now()
    await execute(
        "INSERT INTO one_time_token (token_hash, purpose, email, person, details, created_at,"
        " expires_at) VALUES ($1,$2,$3,$4,$5,$6,$7)",
        token_hash,
        purpose,
        email.lower(),
        person_id,
        details,
        now,
        now + rules.LINK_LASTS[purpose],
    )
    return token


@step
async def redeem(purpose: str, token: str) -> dict[str, Any]:
    """Use up a token: {"email", "person", "details"}; a spent or unknown one is refused."""
    found = await row(
        "UPDATE one_time_token SET used_at = $3 WHERE token_hash = $1 AND purpose = $2"
        " AND used_at IS NULL AND expires_at > $3 RETURNING email, person, details",
        tokens.hash_of(token),
        purpose,
        clock.now(),
    )
    if found is None:
        raise Refused(_SPENT)
    return found


async def join(form: JoinForm) -> None:
    """A new person, who must follow the mailed link. The answer never says who is here already."""
    fault = rules.password_fault(form.password, form.email, form.name)
    if fault:
        raise Refused(fault, field="password")
    await _join(form, await passwords.hashed(form.password))


@action
async def _join(form: JoinForm, password_hash: str) -> None:
    email = form.email.lower()
    made = await value(
        "INSERT INTO person (email, name, password_hash, locale, created_at)"
        " VALUES ($1,$2,$3,$4,$5) ON CONFLICT (email) DO NOTHING RETURNING id",
        email,
        form.name,
        password_hash,
        locale(),
        clock.now(),
    )
    if made is None:
        known = await row("SELECT id, name, confirmed_at FROM person WHERE email = $1", email)
        assert known is not None
        if known["confirmed_at"] is not None:
            await _mail(email, known["name"], "already-here", link=_link("/login"))
            return
        made = known["id"]
    # Each link brings its own name and password: nobody changes those of a link on its way.
    token = await issue_token(
        "confirm", email, person_id=made, name=form.name, password_hash=password_hash,
        next=form.next,
    )  # fmt: skip
    await _mail(email, form.name, "confirm", link=_link(f"/confirm?token={token}"))
    await record(Actor(person_id=made, name=form.name), "account.join", "person", made)


@action
async def confirm(token: str) -> str:
    """The mailed link was followed: where the person wanted to go, or ""."""
    found = await redeem("confirm", token)
    given = found["details"]
    await execute(
        "UPDATE person SET confirmed_at = $2, name = $3, password_hash = $4"
        " WHERE id = $1 AND confirmed_at IS NULL",
        found["person"],
        clock.now(),
        given["name"],
        given["password_hash"],
    )
    return str(given["next"])


async def sign_in(email: str, password: str, address: str) -> SignedIn:
    """A new session of a browser, or half of one where a second factor comes next. Wrong, unknown,
    unconfirmed and disabled all read the same."""
    person = await known(email, password, address)
    return await _open_session(person, address)


async def known(email: str, password: str, address: str) -> dict[str, Any]:
    """The person whose password this is: {id, name, email, second}; any other try is refused."""
    email = email.lower()
    await may_try(email, address)
    person = await row(
        "SELECT p.id, p.name, p.email, p.password_hash, p.confirmed_at, p.disabled_at,"
        " EXISTS (SELECT FROM authenticator a WHERE a.person = p.id AND a.confirmed_at IS NOT NULL"
        " AND a.removed_at IS NULL) AS second FROM person p WHERE p.email = $1",
        email,
    )
    right = await passwords.fits(person["password_hash"] if person else None, password)
    opened = person is not None and person["confirmed_at"] and not person["disabled_at"]
    if person is None or not right or not opened:
        await tried(email, address, succeeded=False)
        raise Refused(
            N_(
                "This address and password do not open an account here. Check both, and whether"
                " you have followed the link in our first mail. Your next step can also be a"
                " new password."
            ),
            field="password",
        )
    return person


@action
async def _open_session(person: dict[str, Any], address: str) -> SignedIn:
    return await open_session(person, address)


@step
async def open_session(person: dict[str, Any], address: str) -> SignedIn:
    """A session for whoever proved who they are once; half of one where they must do so twice."""
    await opened(person, address, "half" if person["second"] else "browser")
    token = await start_session(person["id"], kind="half" if person["second"] else "browser")
    return SignedIn(token, half=person["second"])


@step
async def opened(person: dict[str, Any], address: str, kind: str) -> None:
    """Note that the person signed in."""
    await execute(
        "INSERT INTO sign_in_try (email, address, succeeded, at) VALUES ($1,$2,true,$3)",
        person["email"],
        address,
        clock.now(),
    )
    await record(
        Actor(person_id=person["id"], name=person["name"]), "account.sign_in", "person",
        person["id"], after={"from": address, "kind": kind},
    )  # fmt: skip


@step
async def start_session(
    person_id: int,
    *,
    kind: str = "browser",
    proven: bool = False,
    lasts: timedelta | None = None,
    scopes: Sequence[str] = (),
) -> str:
    """A session row for `person_id`; its token is never seen again. `proven`: a second factor was
    given. `lasts` and `scopes` are those of a program's token."""
    token, token_hash = tokens.new()
    now = clock.now()
    await execute(
        "INSERT INTO session (token_hash, person, kind, created_at, seen_at, expires_at,"
        " proven_at, address, program, scopes) VALUES ($1,$2,$3,$4,$4,$5,$6,$7,$8,$9)",
        token_hash,
        person_id,
        kind,
        now,
        now + (lasts or rules.SESSION_LASTS[kind]),
        now if proven else None,
        door.address(),
        door.program(),
        list(scopes),
    )
    return token


async def may_try(email: str, address: str) -> None:
    """Refuse a guess that comes too soon after wrong ones, of this person or of this address."""
    now = clock.now()
    since = now - rules.COUNTED_FOR
    counted = await row(
        "SELECT count(*) FILTER (WHERE email = $1) AS mine, max(at) FILTER (WHERE email = $1)"
        " AS last, count(*) FILTER (WHERE address = $2) AS here FROM sign_in_try"
        " WHERE NOT succeeded AND at > $3 AND (email = $1 OR address = $2)",
        email,
        address,
        since,
    )
    assert counted is not None
    wait = rules.pause(counted["mine"], counted["last"], now)
    if wait or counted["here"] >= rules.TRIES_PER_ADDRESS:
        raise TooMany(
            N_(
                "There were too many wrong tries. Wait {seconds} seconds and try again,"
                " or ask for a new password."
            ),
            field="password",
            seconds=max(int(wait.total_seconds()) + 1, 1) if wait else 60,
        )


@action
async def tried(email: str, address: str, *, succeeded: bool) -> None:
    """Count a try to sign in."""
    await execute(
        "INSERT INTO sign_in_try (email, address, succeeded, at) VALUES ($1,$2,$3,$4)",
        email,
        address,
        succeeded,
        clock.now(),
    )


async def ask_again(actor: Actor, password: str, address: str, *, field: str = "password") -> None:
    """Refuse unless `password` is the actor's own: before what must not happen at an unlocked
    screen. Wrong ones count like a wrong sign-in."""
    await may_try(actor.email, address)
    stored = await value("SELECT password_hash FROM person WHERE id = $1", actor.person_id)
    if not await passwords.fits(stored, password):
        await tried(actor.email, address, succeeded=False)
        raise Refused(
            N_("This is not your password. Nothing was changed: type it once more."),
            field=field,
        )


@action
async def sign_out(token: str) -> None:
    """End the session of `token`; a slow request that still holds it is refused from now on."""
    await execute(
        "UPDATE session SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL",
        tokens.hash_of(token),
        clock.now(),
    )


@action
async def end_session(actor: Actor, session_id: int | None) -> None:
    """End one other session of the actor's own, or all others without an id."""
    ended = await rows(
        "UPDATE session SET revoked_at = $3 WHERE person = $1 AND id <> $2 AND revoked_at IS NULL"
        " AND ($4::int IS NULL OR id = $4) RETURNING id",
        actor.person_id,
        actor.session_id,
        clock.now(),
        session_id,
    )
    await record(
        actor, "account.sign_out", "person", actor.person_id or 0, after={"sessions": len(ended)}
    )


@action
async def forgot(email: str) -> None:
    """Mail a link for a new password, if there is such a person; the answer is the same."""
    person = await row(
        "SELECT id, name FROM person WHERE email = $1 AND disabled_at IS NULL", email.lower()
    )
    if person is None:
        return
    token = await issue_token("reset", email, person_id=person["id"])
    link = _link(f"/password/reset?token={token}")
    await _mail(email.lower(), person["name"], "reset", link=link)


async def reset(token: str, password: str) -> None:
    """A new password by the mailed link; every session of the person ends."""
    fault = rules.password_fault(password, "", "")
    if fault:
        raise Refused(fault, field="password")
    await _reset(token, await passwords.hashed(password))


@action
async def _reset(token: str, password_hash: str) -> None:
    found = await redeem("reset", token)
    now = clock.now()
    await execute(
        "UPDATE person SET password_hash = $2, confirmed_at = coalesce(confirmed_at, $3)"
        " WHERE id = $1",
        found["person"],
        password_hash,
        now,
    )
    await execute(
        "UPDATE session SET revoked_at = $2 WHERE person = $1 AND revoked_at IS NULL",
        found["person"],
        now,
    )
    await execute(
        "UPDATE one_time_token SET used_at = $2 WHERE person = $1 AND purpose = 'reset'"
        " AND used_at IS NULL",
        found["person"],
        now,
    )
    await record(Actor(person_id=found["person"]), "account.reset", "person", found["person"])


@step
async def person_for(email: str, name: str, password_hash: str | None) -> int:
    """The confirmed person behind `email`, made now if need be: for invitations."""
    now = clock.now()
    made = await value(
        "INSERT INTO person (email, name, password_hash, locale, confirmed_at, created_at)"
        " VALUES ($1,$2,$3,$4,$5,$5) ON CONFLICT (email) DO UPDATE SET confirmed_at ="
        " coalesce(person.confirmed_at, excluded.confirmed_at) RETURNING id",
        email.lower(),
        name,
        password_hash,
        locale(),
        now,
    )
    return int(made)


@action
async def act_for(actor: Actor, kind: str, organisation_id: int) -> None:
    """Switch this session to another organisation of the same person."""
    table = {"agency": "agency_member", "company": "company_member"}[kind]
    column = {"agency": "agency_id", "company": "company_id"}[kind]
    member = await rows(
        f"SELECT 1 FROM {table} WHERE person = $1 AND {kind} = $2",  # noqa: S608 - names above
        actor.person_id,
        organisation_id,
    )
    if not member:
        raise NotFound
    await execute(
        f"UPDATE session SET {column} = $2 WHERE id = $1",  # noqa: S608 - names above
        actor.session_id,
        organisation_id,
    )


def _link(path: str) -> str:
    return load().base_url.rstrip("/") + path


async def _mail(email: str, name: str, template: str, **context: object) -> None:
    await jobs.enqueue(
        "mail.compose", to_email=email, to_name=name, template=template, context=context
    )
