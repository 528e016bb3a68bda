"""A copy of one's data, and an account that is closed for good."""

import json

import pytest

from server.database import execute, row, rows, value
from tests.cast import PASSWORD, Cast, Someone, Visitor


async def close(person: Someone, **more: object) -> int:
    """Close it as a person would; the status of the answer."""
    form = {"password": PASSWORD, "sure": "on", **more}
    return (await person.send_form("/account/data", form)).status_code


async def test_copy_holds_what_is_ones_own_and_no_secret(cast: Cast, visitor: Visitor) -> None:
    await visitor.sign_in(cast.ana.email)
    answer = await cast.ana.get("/account/data.json")
    assert "attachment" in answer.headers["content-disposition"]
    kept = json.loads(answer.content)
    assert kept["person"][0]["email"] == cast.ana.email
    assert kept["company_member"][0]["company"] == cast.quinta
    assert len(kept["session"]) == 2
    assert kept["audit_line"][0]["verb"] == "account.sign_in"
    assert kept["sign_in_try"][0]["succeeded"] is True
    for secret in ("password_hash", "token_hash", "argon2"):
        assert secret not in answer.text
    assert cast.ben.email not in answer.text


async def test_closed_account_is_gone_and_its_deeds_stay(cast: Cast, visitor: Visitor) -> None:
    await visitor.sign_in(cast.ben.email)
    assert await close(cast.ben) == 303
    kept = await row("SELECT * FROM person WHERE id = $1", cast.ben.person_id)
    assert kept is not None
    assert (kept["password_hash"], kept["name"]) == (None, "Former user")
    assert "ben" not in kept["email"]
    assert (await cast.ben.get("/my")).headers["location"].startswith("/login")
    assert (await visitor.get("/my")).headers["location"].startswith("/login")
    assert not await rows("SELECT 1 FROM company_member WHERE person = $1", cast.ben.person_id)
    assert not await rows("SELECT 1 FROM sign_in_try WHERE email = $1", cast.ben.email)
    done = await rows("SELECT person_name FROM audit_line WHERE verb = 'account.close'")
    assert done == [{"person_name": "Ben Example"}], "the log keeps who did what"
    async with Visitor() as again:
        joined = await again.send_form(
            "/join",
            {"name": "Ben Anew", "email": cast.ben.email, "password": PASSWORD, "terms": "on"},
        )
        assert joined.status_code == 303
    assert await value("SELECT count(*) FROM person WHERE email = $1", cast.ben.email) == 1


@pytest.mark.parametrize("wrong", [{"password": "not the right one"}, {"sure": ""}])
async def test_account_is_not_closed_by_a_slip(cast: Cast, wrong: dict[str, str]) -> None:
    assert await close(cast.ben, **wrong) == 422
    assert await value("SELECT disabled_at FROM person WHERE id = $1", cast.ben.person_id) is None


async def test_last_who_may_invite_hands_over_first(cast: Cast) -> None:
    for person, name in ((cast.ana, "Quinta do Vale"), (cast.olga, "Nordhafen Trade")):
        shown = await person.get("/account/data")
        assert f"{name} would have nobody left" in shown.text
        sent = await person.send_form(
            "/account", {"password": PASSWORD, "sure": "on"}, to="/account/data"
        )
        assert sent.status_code == 422
        assert "was not closed" in sent.text
    await execute("UPDATE company_member SET role = 'admin' WHERE person = $1", cast.ben.person_id)
    assert await close(cast.ana) == 303


async def test_company_that_nobody_deals_with_keeps_nobody(cast: Cast) -> None:
    await execute("DELETE FROM dealing")
    assert await close(cast.carla) == 303
