"""Signing in without a password: a code by mail, for people of companies who come once a year.

The staff of agencies cannot: their mailbox alone must not open other people's papers.
"""

import secrets
from typing import Any

from server import clock, jobs
from server.accounts import actions, rules, tokens
from server.database import action, execute, row, value
from server.errors import Refused
from server.text import N_

DIGITS = 8
MAILS = 3
_WRONG = N_(
    "This code is not right, was used before, or is older than 15 minutes. Look at the last mail,"
    " or ask for a new code. What you typed is kept."
)


def _hash(email: str, code: str) -> bytes:
    return tokens.hash_of(f"{email.lower()}:{rules.plain_code(code)}")


@action
async def send_code(email: str) -> None:
    """Mail a code, if there is such a person; the answer is the same. Staff read that they need
    their password. Three mails in a quarter of an hour are enough."""
    email = email.lower()
    person = await row(
        "SELECT p.id, p.name, EXISTS (SELECT FROM agency_member m WHERE m.person = p.id) AS staff"
        " FROM person p WHERE p.email = $1 AND p.confirmed_at IS NOT NULL"
        " AND p.disabled_at IS NULL FOR UPDATE",
        email,
    )
    now = clock.now()
    sent = await value(
        "SELECT count(*) FROM one_time_token WHERE email = $1 AND purpose = 'code'"
        " AND created_at > $2",
        email,
        now - rules.LINK_LASTS["code"],
    )
    if person is None or sent >= MAILS:
        return
    code = "" if person["staff"] else f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    await execute(
        "INSERT INTO one_time_token (token_hash, purpose, email, person, details, created_at,"
        " expires_at) VALUES ($1,'code',$2,$3,'{}',$4,$5)",
        _hash(email, code) if code else tokens.new()[1],
        email,
        person["id"],
        now,
        now + rules.LINK_LASTS["code"],
    )
    await jobs.enqueue(
        "mail.compose", to_email=email, to_name=person["name"], template="sign-in-code",
        context={"code": f"{code[:4]} {code[4:]}".strip()},
    )  # fmt: skip


async def sign_in(email: str, code: str, address: str) -> actions.SignedIn:
    """A new session by the code that was mailed; a second factor comes after it as after a
    password."""
    await actions.may_try(email.lower(), address)
    signed = await _sign_in(email.lower(), code, address)
    if signed is None:
        await actions.tried(email.lower(), address, succeeded=False)
        raise Refused(_WRONG, field="code")
    return signed


@action
async def _sign_in(email: str, code: str, address: str) -> actions.SignedIn | None:
    person: dict[str, Any] | None = await row(
        "UPDATE one_time_token t SET used_at = $3 FROM person p WHERE t.token_hash = $1"
        " AND t.purpose = 'code' AND t.email = $2 AND t.used_at IS NULL AND t.expires_at > $3"
        " AND p.id = t.person AND p.disabled_at IS NULL RETURNING p.id, p.name, p.email,"
        " EXISTS (SELECT FROM authenticator a WHERE a.person = p.id AND a.confirmed_at IS NOT NULL"
        " AND a.removed_at IS NULL) AS second",
        _hash(email, code),
        email,
        clock.now(),
    )
    if person is None:
        return None
    await execute(
        "UPDATE one_time_token SET used_at = $2 WHERE email = $1 AND purpose = 'code'"
        " AND used_at IS NULL",
        email,
        clock.now(),
    )
    return await actions.open_session(person, address)
