"""The second step at sign-in, codes by mail, and where one is signed in."""

import asyncio
import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from server import clock, settings
from server.accounts import rules, second
from server.accounts.permissions import SYSTEM
from server.database import execute, rows, value
from server.errors import Refused
from tests.cast import PASSWORD, Cast, Someone, Visitor


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation as it is by default: staff need a second factor."""
    monkeypatch.setenv("PAVILION_SECOND_FACTOR", "staff")
    settings.load.cache_clear()
    yield
    monkeypatch.undo()
    settings.load.cache_clear()


def key(page: str) -> str:
    """The key that a set-up page shows."""
    found = re.search(r'<strong class="pv-code">([A-Z2-7 ]+)</strong>', page)
    assert found
    return found[1].replace(" ", "")


def now(secret: str, steps: int = 0) -> str:
    """What a telephone with this key shows, `steps` half-minutes from now."""
    return pyotp.TOTP(secret).generate_otp(rules.step_of(clock.now()) + steps)


async def set_up(person: Someone) -> tuple[str, list[str]]:
    """Set it up as a person would: the key, and the codes on paper."""
    begun = await person.send_form("/account/second", {"password": PASSWORD})
    assert begun.status_code == 303
    secret = key((await person.get("/account/second")).text)
    done = await person.send_form(
        "/account/second", {"code": now(secret, -1)}, to="/account/second/confirm"
    )
    assert done.status_code == 200
    codes = re.findall(r'<li><span class="pv-code">([^<]+)</span>', done.text)
    assert len(codes) == rules.RECOVERY_CODES
    return secret, codes


async def test_staff_reach_only_the_set_up_until_it_is_done(strict: None, cast: Cast) -> None:
    away = await cast.mara.get("/desk")
    assert (away.status_code, away.headers["location"]) == (303, "/account/second")
    assert (await cast.mara.get("/fairs")).status_code == 200
    sent = await cast.mara.send_form("/account", {}, to="/desk/fairs/new")
    assert sent.status_code == 403
    assert "second step" in html.unescape(sent.text)
    secret, _ = await set_up(cast.mara)
    assert (await cast.mara.get("/desk")).status_code == 200
    assert (await cast.ana.get("/my")).status_code == 200, "people of companies need none"
    refused = await cast.mara.send_form(
        "/account/second", {"code": now(secret)}, to="/account/second/remove"
    )
    assert refused.status_code == 422
    assert "with a second factor" in refused.text


async def test_password_alone_opens_nothing_then(cast: Cast, visitor: Visitor) -> None:
    secret, _ = await set_up(cast.ana)
    signed = await visitor.sign_in(cast.ana.email)
    assert signed.headers["location"].startswith("/login/second")
    assert (await visitor.get("/my")).headers["location"].startswith("/login"), "half is nothing"
    wrong = await visitor.send_form("/login/second?next=%2Ffairs", {"code": "000000"})
    assert wrong.status_code == 422
    assert "not right" in wrong.text
    whole = await visitor.send_form(
        "/login/second", {"code": f" {now(secret)[:3]} {now(secret)[3:]} ", "next": "/fairs"}
    )
    assert (whole.status_code, whole.headers["location"]) == (303, "/fairs")
    assert (await visitor.get("/my")).status_code == 200


async def test_a_code_is_good_once_even_for_two_at_once(cast: Cast) -> None:
    secret, papers = await set_up(cast.ana)
    for code in (now(secret), papers[0]):
        async with Visitor() as one, Visitor() as other:
            await one.sign_in(cast.ana.email)
            await other.sign_in(cast.ana.email)
            answers = await asyncio.gather(
                *(each.send_form("/login/second", {"code": code}) for each in (one, other))
            )
            assert sorted(each.status_code for each in answers) == [303, 422]
    assert await second.codes_left(cast.ana.person_id) == rules.RECOVERY_CODES - 1


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (1, True), (2, False)])
async def test_a_code_is_good_for_a_clock_that_is_a_little_off(
    cast: Cast, visitor: Visitor, steps: int, good: bool
) -> None:
    secret, _ = await set_up(cast.ana)
    await execute("UPDATE authenticator SET last_step = 0")
    await visitor.sign_in(cast.ana.email)
    sent = await visitor.send_form("/login/second", {"code": now(secret, steps)})
    assert sent.status_code == (303 if good else 422)


async def test_codes_cannot_be_guessed(cast: Cast, visitor: Visitor) -> None:
    secret, _ = await set_up(cast.ana)
    await visitor.sign_in(cast.ana.email)
    for _ in range(rules.FREE_TRIES):
        await visitor.send_form("/login/second", {"code": "123456"})
    slowed = await visitor.send_form("/login/second", {"code": now(secret)})
    assert slowed.status_code == 429
    await execute("UPDATE sign_in_try SET at = at - interval '2 minutes'")
    assert (await visitor.send_form("/login/second", {"code": now(secret)})).status_code == 303


async def test_half_a_sign_in_ends_after_ten_minutes(cast: Cast, visitor: Visitor) -> None:
    secret, _ = await set_up(cast.ana)
    await visitor.sign_in(cast.ana.email)
    await execute(
        "UPDATE session SET expires_at = $1, created_at = $2 WHERE kind = 'half'",
        clock.now(),
        clock.now() - timedelta(minutes=10),
    )
    late = await visitor.send_form("/login/second", {"code": now(secret)})
    assert (late.status_code, late.headers["location"]) == (303, "/login")


async def test_setting_it_up_ends_other_sessions_and_wants_the_password(cast: Cast) -> None:
    async with Visitor() as elsewhere:
        await elsewhere.sign_in(cast.ana.email)
        wrong = await cast.ana.send_form("/account/second", {"password": "not it at all"})
        assert wrong.status_code == 422
        await set_up(cast.ana)
        assert (await elsewhere.get("/my")).headers["location"].startswith("/login")
    assert (await cast.ana.get("/my")).status_code == 200
    assert "otpauth" not in (await cast.ana.get("/account/second")).text
    kept = await value("SELECT secret FROM authenticator WHERE confirmed_at IS NOT NULL")
    assert not re.fullmatch("[A-Z2-7]+", kept), "the key is sealed"


async def test_a_new_telephone_and_new_papers_void_the_old_ones(
    cast: Cast, visitor: Visitor
) -> None:
    old, papers = await set_up(cast.ana)
    renewed = await cast.ana.send_form(
        "/account/second", {"code": now(old)}, to="/account/second/codes"
    )
    assert renewed.status_code == 200
    assert papers[0] not in renewed.text
    new, _ = await set_up(cast.ana)
    await visitor.sign_in(cast.ana.email)
    for code in (now(old), papers[1]):
        assert (await visitor.send_form("/login/second", {"code": code})).status_code == 422
    assert (await visitor.send_form("/login/second", {"code": now(new)})).status_code == 303
    gone = await cast.ana.send_form(
        "/account/second", {"code": now(new, 1)}, to="/account/second/remove"
    )
    assert gone.status_code == 303
    assert not await second.has(cast.ana.person_id)


async def test_a_program_sends_the_code_along(strict: None, cast: Cast, visitor: Visitor) -> None:
    asked = {"email": cast.mara.email, "password": PASSWORD}
    bare = (await visitor.post("/api/v1/tokens", json=asked)).json()["token"]
    closed = await visitor.get("/api/v1/desk/fairs", headers={"authorization": f"Bearer {bare}"})
    assert closed.status_code == 403
    secret, _ = await set_up(cast.mara)
    without = await visitor.post("/api/v1/tokens", json=asked)
    assert without.status_code == 422
    made = await visitor.post("/api/v1/tokens", json={**asked, "code": now(secret)})
    token = made.json()["token"]
    opened = await visitor.get("/api/v1/desk/fairs", headers={"authorization": f"Bearer {token}"})
    assert opened.status_code == 200


async def mailed_code() -> str:
    """The code of the last mail."""
    payload = await value(
        "SELECT payload FROM pgqueuer WHERE entrypoint = 'mail.compose' ORDER BY id DESC LIMIT 1"
    )
    return re.search(rb'"code": ?"([\d ]*)"', payload)[1].decode()


async def test_people_of_companies_sign_in_by_a_code_from_their_mail(
    cast: Cast, visitor: Visitor
) -> None:
    sent = await visitor.send_form("/login/mail", {"email": cast.ben.email, "next": "/my"})
    asks = sent.headers["location"]
    assert asks.startswith("/login/mail/code?")
    code = await mailed_code()
    assert len(code.replace(" ", "")) == 8
    form = {"email": cast.ben.email, "next": "/my"}
    wrong = await visitor.send_form(asks, {**form, "code": "1"}, to="/login/mail/code")
    assert wrong.status_code == 422
    signed = await visitor.send_form(asks, {**form, "code": code}, to="/login/mail/code")
    assert (signed.status_code, signed.headers["location"]) == (303, "/my")
    assert (await visitor.get("/my")).status_code == 200
    async with Visitor() as thief:
        again = await thief.send_form(asks, {**form, "code": code}, to="/login/mail/code")
        assert again.status_code == 422


async def test_a_mailed_code_never_says_who_is_here_and_opens_no_agency(
    cast: Cast, visitor: Visitor
) -> None:
    known = await visitor.send_form("/login/mail", {"email": cast.mara.email})
    unknown = await visitor.send_form("/login/mail", {"email": "nobody@new.example"})
    assert (known.status_code, unknown.status_code) == (303, 303)
    mails = await rows("SELECT payload FROM pgqueuer WHERE entrypoint = 'mail.compose'")
    assert len(mails) == 1
    assert await mailed_code() == ""
    for _ in range(4):
        await visitor.send_form("/login/mail", {"email": cast.ana.email})
    mails = await rows("SELECT payload FROM pgqueuer WHERE entrypoint = 'mail.compose'")
    assert len(mails) == 4, "three mails to Ana in a quarter of an hour, not more"


async def test_a_code_of_another_address_opens_nothing(cast: Cast, visitor: Visitor) -> None:
    await visitor.send_form("/login/mail", {"email": cast.ben.email})
    sent = await visitor.send_form(
        "/login/mail/code", {"email": cast.carla.email, "code": await mailed_code()}
    )
    assert sent.status_code == 422


async def test_sessions_are_listed_and_ended_one_by_one_or_all(cast: Cast) -> None:
    async with Visitor() as phone, Visitor() as library:
        phone.headers["user-agent"] = "Mozilla/5.0 (Linux; Android 16) Chrome/150.0 Safari/537"
        library.headers["user-agent"] = "Mozilla/5.0 (Windows NT 10.0) Firefox/150.0"
        await phone.sign_in(cast.ana.email)
        await library.sign_in(cast.ana.email)
        shown = await cast.ana.get("/account/sessions")
        assert "Chrome, Android" in shown.text
        assert "Firefox, Windows" in shown.text
        of = await value("SELECT id FROM session WHERE program LIKE '%Firefox%'")
        crossed = await cast.ben.send_form("/account/sessions", {"session": of})
        assert crossed.status_code == 303
        assert (await library.get("/my")).status_code == 200, "others end nothing of hers"
        await cast.ana.send_form("/account/sessions", {"session": of})
        assert (await library.get("/my")).status_code == 303
        assert (await phone.get("/my")).status_code == 200
        await cast.ana.send_form("/account/sessions", {})
        assert (await phone.get("/my")).status_code == 303
        assert (await cast.ana.get("/my")).status_code == 200


async def test_operator_takes_a_lost_second_factor_away(cast: Cast, visitor: Visitor) -> None:
    await set_up(cast.ana)
    await second.forget(SYSTEM, cast.ana.email)
    assert (await cast.ana.get("/my")).headers["location"].startswith("/login")
    assert (await visitor.sign_in(cast.ana.email)).headers["location"] == "/home"
    with pytest.raises(Refused, match="Nobody here"):
        await second.forget(SYSTEM, "nobody@new.example")
    with pytest.raises(Refused):
        await second.forget(await cast.olga.actor(), cast.ana.email)


def test_the_mail_says_what_the_code_is_for() -> None:
    text = (Path(__file__).parents[3] / "templates/mail/sign-in-code.txt").read_text("utf-8")
    assert "{{ code }}" in text
