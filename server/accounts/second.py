"""The second factor: six digits from a telephone (TOTP, RFC 6238), and codes on paper for when it
is lost. A code is good once."""

import hmac
import secrets
from datetime import timedelta
from typing import Any

import pyotp

from server import clock
from server.accounts import actions, rules, tokens
from server.accounts.permissions import Actor, Role, require
from server.audit import record
from server.database import action, execute, row, step, value
from server.errors import Conflict, Refused
from server.sealing import seal, unseal
from server.settings import load
from server.text import N_

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_WRONG = N_(
    "This code is not right, or it was used before. Take the one that your telephone shows now."
    " Nothing was changed."
)


def uri(email: str, secret: str) -> str:
    """What an authenticator reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Pavilion")


async def has(person_id: int) -> bool:
    """Whether the person signs in with a second factor."""
    return bool(
        await value(
            "SELECT 1 FROM authenticator WHERE person = $1 AND confirmed_at IS NOT NULL"
            " AND removed_at IS NULL",
            person_id,
        )
    )


async def waiting(person_id: int) -> str:
    """The secret of the authenticator that the person is setting up, or ""."""
    sealed = await value(
        "SELECT secret FROM authenticator WHERE person = $1 AND confirmed_at IS NULL"
        " AND removed_at IS NULL AND created_at > $2 ORDER BY id DESC LIMIT 1",
        person_id,
        clock.now() - rules.LINK_LASTS["code"],
    )
    return unseal(sealed) if sealed else ""


async def codes_left(person_id: int) -> int:
    """How many codes on paper are still good."""
    return int(
        await value(
            "SELECT count(*) FROM recovery_code WHERE person = $1 AND used_at IS NULL", person_id
        )
    )


async def begin(actor: Actor, password: str, address: str) -> None:
    """Make a secret for the telephone to read; it counts once a code of it was typed."""
    require(actor, "account.own")
    await actions.ask_again(actor, password, address)
    await _begin(actor)


@action
async def _begin(actor: Actor) -> None:
    now = clock.now()
    await execute(
        "UPDATE authenticator SET removed_at = $2 WHERE person = $1 AND confirmed_at IS NULL"
        " AND removed_at IS NULL",
        actor.person_id,
        now,
    )
    await execute(
        "INSERT INTO authenticator (person, secret, created_at) VALUES ($1,$2,$3)",
        actor.person_id,
        seal(pyotp.random_base32()),
        now,
    )


async def confirm(actor: Actor, code: str, address: str) -> list[str]:
    """The telephone shows the right code: it counts from now on. Every other session of the person
    ends. Returns the codes on paper, which are never shown again."""
    await actions.may_try(actor.email, address)
    try:
        return await _confirm(actor, code)
    except Refused:
        await actions.tried(actor.email, address, succeeded=False)
        raise


@action
async def _confirm(actor: Actor, code: str) -> list[str]:
    require(actor, "account.own")
    found = await row(
        "SELECT id, secret, last_step FROM authenticator WHERE person = $1 AND confirmed_at IS NULL"
        " AND removed_at IS NULL ORDER BY id DESC LIMIT 1 FOR UPDATE",
        actor.person_id,
    )
    if found is None:
        raise Conflict(N_("Begin again: this set-up is too old. Nothing was changed."))
    if not await _fits(found, code):
        raise Refused(_WRONG, field="code")
    now = clock.now()
    await execute(
        "UPDATE authenticator SET removed_at = $2 WHERE person = $1 AND id <> $3"
        " AND removed_at IS NULL",
        actor.person_id,
        now,
        found["id"],
    )
    await execute("UPDATE authenticator SET confirmed_at = $2 WHERE id = $1", found["id"], now)
    await execute(
        "UPDATE session SET revoked_at = $2 WHERE person = $1 AND id <> $3 AND revoked_at IS NULL",
        actor.person_id,
        now,
        actor.session_id,
    )
    await execute("UPDATE session SET proven_at = $2 WHERE id = $1", actor.session_id, now)
    await record(actor, "account.second", "person", actor.person_id or 0, after={"set": True})
    return await _new_codes(actor.person_id or 0)


@step
async def _fits(kept: dict[str, Any], code: str) -> bool:
    """Whether `code` is one of now; its half-minute is used up by asking (RFC 6238 section 5.2)."""
    totp = pyotp.TOTP(unseal(kept["secret"]))
    now = rules.step_of(clock.now())
    for around in range(now - rules.STEPS_AROUND, now + rules.STEPS_AROUND + 1):
        if hmac.compare_digest(totp.generate_otp(around), rules.plain_code(code)):
            return bool(
                await value(
                    "UPDATE authenticator SET last_step = $2 WHERE id = $1 AND last_step < $2"
                    " RETURNING id",
                    kept["id"],
                    around,
                )
            )
    return False


@step
async def take(person_id: int, code: str) -> bool:
    """Use up a code of the person, from the telephone or from paper; False if it is not good."""
    kept = await row(
        "SELECT id, secret FROM authenticator WHERE person = $1 AND confirmed_at IS NOT NULL"
        " AND removed_at IS NULL",
        person_id,
    )
    if kept is not None and await _fits(kept, code):
        return True
    return bool(
        await value(
            "UPDATE recovery_code SET used_at = $3 WHERE person = $1 AND code_hash = $2"
            " AND used_at IS NULL RETURNING id",
            person_id,
            tokens.hash_of(f"{person_id}:{rules.plain_code(code)}"),
            clock.now(),
        )
    )


@step
async def _new_codes(person_id: int) -> list[str]:
    await execute("DELETE FROM recovery_code WHERE person = $1 AND used_at IS NULL", person_id)
    made = [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(2))
        for _ in range(rules.RECOVERY_CODES)
    ]
    for code in made:
        await execute(
            "INSERT INTO recovery_code (person, code_hash, created_at) VALUES ($1,$2,$3)",
            person_id,
            tokens.hash_of(f"{person_id}:{rules.plain_code(code)}"),
            clock.now(),
        )
    return made


async def renew_codes(actor: Actor, code: str, address: str) -> list[str]:
    """Ten new codes on paper; the old ones are void."""
    await actions.may_try(actor.email, address)
    try:
        return await _renew_codes(actor, code)
    except Refused:
        await actions.tried(actor.email, address, succeeded=False)
        raise


@action
async def _renew_codes(actor: Actor, code: str) -> list[str]:
    require(actor, "account.own")
    if not await take(actor.person_id or 0, code):
        raise Refused(_WRONG, field="code")
    await record(actor, "account.codes", "person", actor.person_id or 0)
    return await _new_codes(actor.person_id or 0)


async def remove(actor: Actor, code: str, address: str) -> None:
    """Sign in by password alone again, which the staff of an agency may not."""
    await actions.may_try(actor.email, address)
    try:
        await _remove(actor, code)
    except Refused:
        await actions.tried(actor.email, address, succeeded=False)
        raise


@action
async def _remove(actor: Actor, code: str) -> None:
    require(actor, "account.own")
    if actor.agency_role and load().staff_need_second:
        raise Refused(
            N_("The staff of an agency sign in with a second factor. Set up a new telephone"
               " instead; the old one is void then."),
            field="code",
        )  # fmt: skip
    if not await take(actor.person_id or 0, code):
        raise Refused(_WRONG, field="code")
    await _forget(actor, actor.person_id or 0)


@step
async def _forget(actor: Actor, person_id: int) -> None:
    now = clock.now()
    await execute(
        "UPDATE authenticator SET removed_at = $2 WHERE person = $1 AND removed_at IS NULL",
        person_id,
        now,
    )
    await execute("DELETE FROM recovery_code WHERE person = $1 AND used_at IS NULL", person_id)
    await record(actor, "account.second", "person", person_id, after={"set": False})


@action
async def forget(actor: Actor, email: str) -> None:
    """Somebody lost telephone and paper: take the second factor away and end their sessions. The
    operator does this, who has made sure whom it is for."""
    person_id = await value("SELECT id FROM person WHERE email = $1", email.lower())
    if person_id is None or Role.SYSTEM not in actor.roles:
        raise Refused(N_("Nobody here has the address {email}."), email=email)
    await _forget(actor, person_id)
    await execute(
        "UPDATE session SET revoked_at = $2 WHERE person = $1 AND revoked_at IS NULL",
        person_id,
        clock.now(),
    )


async def finish(half: str, code: str, address: str) -> str:
    """The second step of a sign-in: the whole session's token for that of the half one."""
    person = await row(
        "SELECT p.id, p.name, p.email FROM session s JOIN person p ON p.id = s.person"
        " WHERE s.token_hash = $1 AND s.kind = 'half' AND s.revoked_at IS NULL"
        " AND s.expires_at > $2 AND p.disabled_at IS NULL",
        tokens.hash_of(half),
        clock.now(),
    )
    if person is None:
        raise Conflict(N_("This took longer than ten minutes. Begin with your password again."))
    await actions.may_try(person["email"], address)
    token = await _finish(person, half, code, address)
    if not token:
        await actions.tried(person["email"], address, succeeded=False)
        raise Refused(_WRONG, field="code")
    return token


@action
async def _finish(person: dict[str, Any], half: str, code: str, address: str) -> str:
    if not await take(person["id"], code):
        return ""
    await execute(
        "UPDATE session SET revoked_at = $2 WHERE token_hash = $1",
        tokens.hash_of(half),
        clock.now(),
    )
    await actions.opened(person, address, "browser")
    return await actions.start_session(person["id"], proven=True)


async def token_for_program(
    email: str, password: str, code: str, address: str, days: int, scopes: list[str]
) -> str:
    """A token for a program; whoever has a second factor sends its code along."""
    person = await actions.known(email, password, address)
    token = await _token(person, code, address, days, scopes)
    if not token:
        await actions.tried(person["email"], address, succeeded=False)
        raise Refused(
            N_("This account has a second factor: send as `code` what its telephone shows now."),
            field="code",
        )
    return token


@action
async def _token(
    person: dict[str, Any], code: str, address: str, days: int, scopes: list[str]
) -> str:
    if person["second"] and not await take(person["id"], code):
        return ""
    await actions.opened(person, address, "program")
    return await actions.start_session(
        person["id"], kind="program", proven=person["second"], lasts=timedelta(days=days),
        scopes=scopes,
    )  # fmt: skip
