"""Tokens for programs, and how guessing them is slowed."""

from datetime import timedelta

import httpx

from server import clock
from server.accounts import rules
from server.database import rows, value
from tests.cast import BASE, PASSWORD, Cast, door

PATH = "/api/v1/tokens"


async def test_a_token_is_told_once_and_its_answer_is_kept_nowhere(cast: Cast) -> None:
    """An Idempotency-Key replays nothing here: neither a secret nor a sign-in that failed."""
    asked = {"email": cast.ana.email, "password": PASSWORD}
    same = {"idempotency-key": "once"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=door(), client=("203.0.113.9", 1)), base_url=BASE
    ) as program:
        wrong = await program.post(PATH, json={**asked, "password": "wrong one"}, headers=same)
        assert wrong.status_code == 422
        tokens = [(await program.post(PATH, json=asked, headers=same)).json() for _ in range(2)]
        again = await program.post(PATH, json={**asked, "password": "wrong one"}, headers=same)
        assert again.status_code == 422
    assert tokens[0]["token"] != tokens[1]["token"]
    assert await value("SELECT count(*) FROM idempotent_answer") == 0
    tries = await rows("SELECT DISTINCT address FROM sign_in_try")
    assert tries == [{"address": "203.0.113.9"}]


def test_a_burst_of_wrong_tries_is_a_pause_and_no_fault() -> None:
    """Tries that arrive together are all counted; the pause never grows past a minute."""
    now = clock.now()
    assert rules.pause(5_000, now, now) == rules.LONGEST_PAUSE
    assert rules.pause(rules.FREE_TRIES, now, now).total_seconds() == 2


async def test_a_token_is_good_for_its_scopes_and_days_only(cast: Cast) -> None:
    asked = {"email": cast.mara.email, "password": PASSWORD}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=door()), base_url=BASE) as mara:
        wrong = await mara.post(PATH, json={**asked, "scopes": ["fairs.all"]})
        assert (wrong.status_code, "“fairs.all” is no scope" in wrong.text) == (422, True)
        assert (await mara.post(PATH, json={**asked, "days": 91})).status_code == 422
        made = await mara.post(
            PATH, json={**asked, "scopes": ["fair.list", "account", "booth"], "days": 2}
        )
        mara.headers["authorization"] = f"Bearer {made.json()['token']}"
        assert (await mara.get("/api/v1/me")).json()["scopes"] == ["fair.list", "account", "booth"]
        assert (await mara.get("/api/v1/desk/fairs")).status_code == 200
        barred = await mara.get("/api/v1/desk/calls")
        assert (barred.status_code, "call.list" in barred.text) == (403, True)
        assert (await mara.post("/api/v1/desk/fairs", json={"name": "A"})).status_code == 403
        assert (await mara.get("/api/v1/fairs")).status_code == 200  # what everybody may
        await cast.mara.arrive()
        listed = (await cast.mara.get("/account/sessions")).text
        assert "good for fair.list, account, booth" in listed
        with clock.travel_everywhere(clock.now() + timedelta(days=2, minutes=1)):
            assert (await mara.get("/api/v1/me")).status_code == 401
