"""Joining, signing in and out, through the front door."""

import re

from server.database import execute, row, rows, value
from tests.cast import PASSWORD, Cast, Visitor


async def test_join_confirm_sign_in(visitor: Visitor) -> None:
    """A new person gets a link by mail and signs in with it, once."""
    sent = await visitor.send_form(
        "/join",
        {"name": "Zoe New", "email": "Zoe@New.example", "password": PASSWORD, "terms": "on"},
    )
    assert (sent.status_code, sent.headers["location"]) == (303, "/join/sent")
    too_early = await visitor.sign_in("zoe@new.example")
    assert too_early.status_code == 422
    payload = await value("SELECT payload FROM pgqueuer WHERE entrypoint = 'mail.compose'")
    token = re.search(rb"confirm\?token=([\w-]+)", payload)[1].decode()
    done = await visitor.send_form(f"/confirm?token={token}", {"token": token}, to="/confirm")
    assert done.status_code == 303
    signed = await visitor.sign_in("zoe@new.example")
    assert (signed.status_code, signed.headers["location"]) == (303, "/home")
    again = await visitor.send_form(f"/confirm?token={token}", {"token": token}, to="/confirm")
    assert again.status_code == 422
    assert "used before" in again.text


async def test_join_with_a_known_address_looks_the_same(cast: Cast, visitor: Visitor) -> None:
    """Nobody learns who is here."""
    form = {"name": "Not Ana", "password": PASSWORD, "terms": "on"}
    known = await visitor.send_form("/join", {**form, "email": cast.ana.email})
    new = await visitor.send_form("/join", {**form, "email": "nobody@new.example"})
    assert (known.status_code, known.headers["location"]) == (303, new.headers["location"])
    assert (await row("SELECT name FROM person WHERE email = $1", cast.ana.email)) == {
        "name": "Ana Example"
    }


async def test_wrong_password_is_refused_kept_and_slowed(cast: Cast, visitor: Visitor) -> None:
    """The address stays typed, the password does not, and guessing slows down."""
    for _ in range(5):
        wrong = await visitor.sign_in(cast.ana.email, "wrong wrong wrong")
        assert wrong.status_code == 422
        assert cast.ana.email in wrong.text
        assert "wrong wrong wrong" not in wrong.text
    slowed = await visitor.sign_in(cast.ana.email)
    assert slowed.status_code == 429
    assert "Wait" in slowed.text


async def test_a_preset_cookie_never_becomes_a_session(cast: Cast, visitor: Visitor) -> None:
    """The id of a session is made here, at sign-in."""
    visitor.cookies.set("pavilion", "attackers-chosen-id-attackers-chosen")
    signed = await visitor.sign_in(cast.ana.email)
    assert signed.status_code == 303
    assert "attackers-chosen" not in signed.headers["set-cookie"]


async def test_sign_out_ends_the_session_everywhere(cast: Cast) -> None:
    """The old cookie opens nothing."""
    cookie = cast.ana.cookies["pavilion"]
    assert (await cast.ana.get("/home")).status_code == 303
    out = await cast.ana.send_form("/password/forgot", {}, to="/logout")
    assert out.status_code == 303
    async with Visitor() as thief:
        thief.cookies.set("pavilion", cookie)
        back = await thief.get("/home")
        assert back.headers["location"].startswith("/login")


async def test_reset_changes_the_password_and_ends_sessions(cast: Cast, visitor: Visitor) -> None:
    """The link works once; every session of the person is over."""
    await visitor.send_form("/password/forgot", {"email": cast.ben.email})
    payload = await value("SELECT payload FROM pgqueuer WHERE entrypoint = 'mail.compose'")
    token = re.search(rb"reset\?token=([\w-]+)", payload)[1].decode()
    path = f"/password/reset?token={token}"
    short = await visitor.send_form(
        path, {"token": token, "password": "short"}, to="/password/reset"
    )
    assert short.status_code == 422
    done = await visitor.send_form(
        path, {"token": token, "password": "quiet harbour morning"}, to="/password/reset"
    )
    assert done.status_code == 303
    assert (await cast.ben.get("/home")).headers["location"].startswith("/login")
    assert (await visitor.sign_in(cast.ben.email, "quiet harbour morning")).status_code == 303


async def test_a_form_without_its_token_is_refused(cast: Cast) -> None:
    """Neither without a token, nor with another session's, nor from another site."""
    assert (await cast.ana.post("/account", data={})).status_code == 403
    shown = await cast.ben.get("/password/forgot")
    other = re.search(r'name="csrf_token" value="([^"]*)"', shown.text)[1]
    crossed = await cast.ana.post("/account", data={"csrf_token": other})
    assert crossed.status_code == 403
    foreign = await cast.ana.post("/logout", headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert not await rows("SELECT 1 FROM session WHERE revoked_at IS NOT NULL")


async def test_next_never_leaves_the_site(cast: Cast, visitor: Visitor) -> None:
    """Open redirects stay local."""
    for wanted in ("//evil.example", "https:evil.example", "/\\evil.example", "javascript:1"):
        signed = await visitor.send_form(
            "/login", {"email": cast.ana.email, "password": PASSWORD, "next": wanted}
        )
        assert signed.headers["location"] == "/home"
        visitor.cookies.clear()


async def test_api_token_is_no_browser_session(cast: Cast, visitor: Visitor) -> None:
    """A token opens the API only; a cookie changes nothing there."""
    made = await visitor.post(
        "/api/v1/tokens", json={"email": cast.ana.email, "password": PASSWORD}
    )
    assert made.status_code == 201
    token = made.json()["token"]
    me = await visitor.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})
    assert me.json()["company"] == "Quinta do Vale"
    visitor.cookies.set("pavilion", token)
    assert (await visitor.get("/home")).headers["location"].startswith("/login")
    none = await visitor.get("/api/v1/me", headers={"authorization": "Bearer nonsense"})
    assert (none.status_code, none.headers["content-type"]) == (401, "application/problem+json")


async def test_somebody_in_two_organisations_switches_between_them(cast: Cast) -> None:
    """The account page lists both; an organisation of others is not to be had."""
    await execute(
        "INSERT INTO company_member (company, person, role, since) VALUES ($1,$2,'member',now())",
        cast.rossi,
        cast.ben.person_id,
    )
    shown = await cast.ben.get("/account")
    assert "Quinta do Vale" in shown.text
    assert f'value="company:{cast.rossi}"' in shown.text
    done = await cast.ben.send_form("/account", {"organisation": f"company:{cast.rossi}"})
    assert done.status_code == 303
    assert (await cast.ben.actor()).company_id == cast.rossi
    foreign = await cast.ben.send_form("/account", {"organisation": f"agency:{cast.nordhafen}"})
    assert foreign.status_code == 404
