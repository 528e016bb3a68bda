"""Every route, asked for as every kind of person, and compared with the one table.

Nobody meets a page their role does not allow, nobody is refused what it does; a route without a
verb does not even start. Ids point to nothing, so what is allowed answers 404, 422 or a page, and
what is not answers 403 or the way to sign in.
"""

import re
from typing import Any

import pytest

from server.accounts.permissions import TABLE
from tests.cast import Cast, Someone, Visitor, door

ROLES = ("visitor", "paul", "ben", "ana", "vera", "finn", "mara", "olga")


def routes() -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, opt) of everything the application answers, static files aside."""
    app = door()
    while not hasattr(app, "routes"):
        app = app.app
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            methods = sorted(handler.http_methods - {"OPTIONS", "HEAD"})
            found += [(str(method), route.path, handler.opt) for method in methods]
    return found


def address(path: str) -> str:
    """`path` with ids that point to nothing."""
    path = re.sub(r"\{[^}]*:int\}", "987654", path)
    path = re.sub(r"\{[^}]*:uuid\}", "00000000-0000-4000-8000-000000000000", path)
    return re.sub(r"\{[^}]*\}", "nothing-here", path)


def test_every_verb_of_the_table_is_used_by_a_route_or_an_action() -> None:
    """The table has no dead rows."""
    import subprocess

    for verb in TABLE:
        used = subprocess.run(
            ["git", "grep", "-lF", f'"{verb}"', "--", "server", "events", "booths"],
            capture_output=True, text=True, check=False,
        ).stdout.split()  # fmt: skip
        assert [name for name in used if not name.endswith(("permissions.py", "menu.py"))], verb


def test_every_route_has_a_verb_of_the_table() -> None:
    """A new route without a row fails."""
    assert len(routes()) > 150
    assert {opt.get("verb") for _, _, opt in routes()} <= set(TABLE)


@pytest.mark.parametrize("role", ROLES)
async def test_every_route_as(role: str, cast: Cast, visitor: Visitor) -> None:
    """The answer follows the table."""
    someone: Visitor = visitor if role == "visitor" else getattr(cast, role)
    program = await someone.program() if isinstance(someone, Someone) else visitor
    actor = await someone.actor() if isinstance(someone, Someone) else None
    shown = await someone.get("/password/forgot")
    csrf = re.search(r'name="csrf_token" value="([^"]*)"', shown.text)
    assert csrf is not None
    wrong = []
    for method, path, opt in routes():
        if path in ("/logout", "/account/sessions"):
            continue
        api = bool(opt.get("api"))
        caller = program if api else someone
        if method == "GET":
            answer = await caller.get(address(path))
        elif api:
            answer = await caller.request(method, address(path), json={})
        else:
            answer = await caller.post(address(path), data={"csrf_token": csrf[1]})
        allowed = bool(TABLE[opt["verb"]] & (actor.roles if actor else frozenset({"everyone"})))
        to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith(
            ("/login?", "/my/company/new?")
        )
        refused = answer.status_code in (401, 403) or to_sign_in
        if api and actor is None and method != "GET" and not opt.get("no_token"):
            allowed = False
        if opt.get("open") or answer.status_code == 429:
            refused = not allowed
        if answer.status_code >= 500 and path != "/readyz":
            wrong.append((method, path, answer.status_code))
        elif refused == allowed:
            wrong.append((method, path, opt["verb"], answer.status_code, allowed))
    if program is not visitor:
        await program.aclose()
    assert not wrong, "\n".join(map(str, wrong))
