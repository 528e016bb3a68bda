"""What is kept about a person: a copy for them, and an account that is closed.

The law on aid, invoices and the log of decisions keeps who did what (Regulation (EU) 2016/679
Art. 17(3)(b)); closing an account takes away what only served the account: name, address,
password, second factor, sessions, roles, and what rooms register here.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from server import clock
from server.accounts.actions import ask_again
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, rows, step
from server.errors import Refused
from server.organisations.rules import AgencyRole, CompanyRole
from server.text import N_, gettext

SECRETS = ["password_hash", "token_hash", "secret", "code_hash"]
MOST = 10_000
GONE = N_("Former user")

Obstacle = Callable[[int], Awaitable[list[str]]]
Clearing = Callable[[int], Awaitable[None]]
_obstacles: list[Obstacle] = []
_clearings: list[Clearing] = []


def obstacle(found: Obstacle) -> Obstacle:
    """Register what must be settled before a person's account can be closed, as sentences."""
    _obstacles.append(found)
    return found


def clearing(act: Clearing) -> Clearing:
    """Register what a room takes away with a person's account; a @step of that transaction."""
    _clearings.append(act)
    return act


async def copy_of(actor: Actor) -> dict[str, Any]:
    """Everything that is kept about the person who asks, by table (Art. 15 and 20): every row that
    is theirs, whatever room it belongs to, without secrets and without the bytes of files."""
    require(actor, "account.own")
    tables = await rows(
        "SELECT k.conrelid::regclass::text AS name FROM pg_constraint k JOIN pg_attribute a"
        " ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] WHERE k.contype = 'f'"
        " AND k.confrelid = 'person'::regclass AND a.attname = 'person' ORDER BY 1"
    )
    found: dict[str, Any] = {
        "person": await _rows("person", "t.id = $1", actor.person_id),
        "audit_line": await _rows("audit_line", "t.person_id = $1", actor.person_id),
        "sign_in_try": await _rows("sign_in_try", "t.email = $1", actor.email),
    }
    for each in tables:
        found[each["name"]] = await _rows(each["name"], "t.person = $1", actor.person_id)
    return {name: kept for name, kept in sorted(found.items()) if kept}


async def _rows(table: str, where: str, whose: object) -> list[dict[str, Any]]:
    found = await rows(
        "SELECT to_jsonb(t) - $2::text[] - coalesce((SELECT array_agg(a.attname::text)"  # noqa: S608
        " FROM pg_attribute a WHERE a.attrelid = to_regclass($3) AND a.atttypid = 'bytea'::regtype"
        f"), '{{}}') AS kept FROM {table} t WHERE {where} ORDER BY t.id LIMIT $4",
        whose,
        SECRETS,
        table,
        MOST,
    )
    return [each["kept"] for each in found]


async def obstacles(actor: Actor) -> list[str]:
    """What keeps the account from being closed today, as sentences; none if it can be."""
    found = []
    for kind, keeper in (("agency", AgencyRole.OWNER), ("company", CompanyRole.ADMIN)):
        last = await rows(
            f"SELECT o.name FROM {kind}_member m JOIN {kind} o ON o.id = m.{kind}"  # noqa: S608
            " WHERE m.person = $1 AND m.role = $2 AND NOT EXISTS (SELECT FROM"
            f" {kind}_member n WHERE n.{kind} = m.{kind} AND n.role = $2 AND n.person <> $1)"
            + (
                " AND EXISTS (SELECT FROM dealing d WHERE d.company = o.id)"
                if kind == "company"
                else ""
            )
            + " ORDER BY 1",
            actor.person_id,
            keeper.value,
        )
        found += [
            gettext(
                N_("{name} would have nobody left who may invite others. Give somebody else that"
                   " role first."),
                name=each["name"],
            )
            for each in last
        ]  # fmt: skip
    for ask in _obstacles:
        found += await ask(actor.person_id or 0)
    return found


async def close(actor: Actor, password: str, address: str) -> None:
    """Close the account of the person who asks, for good."""
    require(actor, "account.own")
    await ask_again(actor, password, address)
    await _close(actor)


@action
async def _close(actor: Actor) -> None:
    await execute("SELECT 1 FROM person WHERE id = $1 FOR UPDATE", actor.person_id)
    for kind in ("agency", "company"):
        await execute(
            f"SELECT 1 FROM {kind}_member WHERE {kind} IN (SELECT {kind} FROM"  # noqa: S608
            f" {kind}_member WHERE person = $1) ORDER BY id FOR UPDATE",
            actor.person_id,
        )
    in_the_way = await obstacles(actor)
    if in_the_way:
        raise Refused(
            N_("Your account was not closed. {first}"), field="password", first=in_the_way[0]
        )
    await _clear(actor)
    for act in _clearings:
        await act(actor.person_id or 0)
    await record(actor, "account.close", "person", actor.person_id or 0)


@step
async def _clear(actor: Actor) -> None:
    now = clock.now()
    for table in ("agency_member", "company_member", "authenticator", "recovery_code",
                  "one_time_token"):  # fmt: skip
        await execute(f"DELETE FROM {table} WHERE person = $1", actor.person_id)  # noqa: S608
    await execute("DELETE FROM sign_in_try WHERE email = $1", actor.email)
    await execute(
        "UPDATE session SET revoked_at = coalesce(revoked_at, $2), address = '', program = ''"
        " WHERE person = $1",
        actor.person_id,
        now,
    )
    await execute(
        "UPDATE person SET name = $2, email = $3, password_hash = NULL, disabled_at = $4"
        " WHERE id = $1",
        actor.person_id,
        GONE,
        f"former-{actor.person_id}@invalid",
        now,
    )
