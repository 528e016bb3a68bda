"""What somebody with ill intent would try, through the front door. docs/assurance.md names each."""

import re
from datetime import timedelta

import pytest
from asyncpg import PostgresError

from server import clock, settings
from server.accounts import rules
from server.database import execute, rows, value
from server.documents.typesetting import typeset
from tests.cast import PASSWORD, Cast, Visitor


async def test_cookie_over_https_is_locked_to_the_host_and_out_of_reach_of_scripts(
    cast: Cast, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAVILION_BASE_URL", "https://pavilion.test")
    settings.load.cache_clear()
    try:
        signed = await visitor.sign_in(cast.ana.email)
    finally:
        monkeypatch.undo()
        settings.load.cache_clear()
    cookie = signed.headers["set-cookie"]
    assert cookie.startswith("__Host-pavilion=")
    words = cookie.lower()
    assert all(word in words for word in ("secure", "httponly", "samesite=lax", "path=/"))
    assert "domain" not in words


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE session SET seen_at = seen_at - interval '2 hours 1 minute'",
        "UPDATE session SET created_at = created_at - interval '13 hours',"
        " expires_at = expires_at - interval '13 hours'",
        "UPDATE person SET disabled_at = now()",
        "UPDATE session SET revoked_at = now()",
    ],
)
async def test_session_that_is_idle_old_ended_or_of_a_disabled_person_opens_nothing(
    cast: Cast, change: str
) -> None:
    assert (await cast.ana.get("/my")).status_code == 200
    await execute(change)
    away = await cast.ana.get("/my")
    assert (away.status_code, away.headers["location"].split("?")[0]) == (303, "/login")


async def test_role_that_was_taken_away_is_gone_with_the_next_request(cast: Cast) -> None:
    assert (await cast.mara.get("/desk/fairs")).status_code == 200
    await execute("DELETE FROM agency_member WHERE person = $1", cast.mara.person_id)
    gone = await cast.mara.get("/desk/fairs")
    assert gone.status_code in (303, 403)


async def test_answers_do_not_tell_who_is_here(cast: Cast, visitor: Visitor) -> None:
    """Signing in, a new password, a code by mail: one answer for all addresses."""
    for path in ("/password/forgot", "/login/mail"):
        known = await visitor.send_form(path, {"email": cast.ana.email})
        unknown = await visitor.send_form(path, {"email": "ana@exampla.example"})
        assert known.status_code == unknown.status_code == 303
        places = [each.headers["location"].split("?")[0] for each in (known, unknown)]
        assert places[0] == places[1]
    texts = []
    for email in (cast.ben.email, "ben@exampla.example"):
        wrong = await visitor.sign_in(email, "none of your business")
        text = re.sub(r'name="csrf_token" value="[^"]*"', "", wrong.text)
        texts.append((wrong.status_code, text.replace(email, "EMAIL")))
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    "password",
    ["short", "passwordpassword", "123456789012", "qwertyuiopasdf", "aaaaaaaaaaaab",
     "Password2024!", "zoe.new@new.example", "Zoe New Zoe New"],
)  # fmt: skip
async def test_password_that_is_easy_to_guess_is_refused(visitor: Visitor, password: str) -> None:
    sent = await visitor.send_form(
        "/join",
        {"name": "Zoe New", "email": "zoe.new@new.example", "password": password, "terms": "on"},
    )
    assert sent.status_code == 422
    assert "in a row" in sent.text
    assert not await rows("SELECT 1 FROM person WHERE email = 'zoe.new@new.example'")


@pytest.mark.parametrize("password", ["violet anchor 😀 maple", "x7#Kp!q2Lm9z", "Ab1-" * 32])
def test_password_may_hold_anything_and_be_long(password: str) -> None:
    fault = rules.password_fault(password, "zoe@new.example", "Zoe New")
    assert ("Ab1-" in password) == bool(fault)


async def test_password_is_kept_as_argon2id(cast: Cast, visitor: Visitor) -> None:
    await visitor.send_form(
        "/join",
        {"name": "Zoe New", "email": "zoe@new.example", "password": PASSWORD, "terms": "on"},
    )
    kept = await value("SELECT password_hash FROM person WHERE email = 'zoe@new.example'")
    assert kept.startswith("$argon2id$")


async def test_forged_host_stands_in_no_link(cast: Cast, visitor: Visitor) -> None:
    shown = await visitor.get("/password/forgot")
    token = re.search(r'name="csrf_token" value="([^"]*)"', shown.text)
    assert token
    forged = {"host": "evil.example", "x-forwarded-host": "evil.example"}
    sent = await visitor.post(
        "/password/forgot",
        data={"email": cast.ana.email, "csrf_token": token[1]},
        headers={**forged, "origin": "http://evil.example"},
    )
    assert "evil.example" not in sent.text
    for mail in await rows("SELECT payload FROM pgqueuer WHERE entrypoint = 'mail.compose'"):
        assert b"evil.example" not in mail["payload"]
    page = await visitor.get("/fairs", headers=forged)
    assert "evil.example" not in page.text
    assert "evil.example" not in str(page.headers)


@pytest.mark.parametrize("text", ["{{ 7 * 7 }}", "${7*7}", "{% raw %}", "%(name)s {name}"])
async def test_text_of_people_is_never_a_template(cast: Cast, text: str) -> None:
    await execute("UPDATE company SET name = $1 WHERE id = $2", text, cast.quinta)
    await execute("UPDATE person SET name = $1 WHERE id = $2", text, cast.ana.person_id)
    for path in ("/my", "/my/company", "/account"):
        page = await cast.ana.get(path)
        assert page.status_code == 200
        assert text in page.text
    listed = await cast.mara.get("/desk/companies")
    assert text in listed.text


@pytest.mark.parametrize(
    "text", ['#read("/etc/passwd")', '#import "x.typ"', "$ sum $ @label <b> _a_ *b*"]
)
def test_text_of_people_is_no_program_of_a_document(text: str) -> None:
    """What is typed is content for the typesetter, never its code: the PDF shows it as it is."""
    from io import BytesIO

    from pypdf import PdfReader

    content = {"title": "A letter", "agency": {"name": text}, "body": text}
    pdf = typeset("letter", content, clock.now())
    words = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    assert re.sub(r"\s", "", text) in re.sub(r"\s", "", words)
    assert "root:" not in words


@pytest.mark.parametrize(
    "path",
    ["/schema", "/schema/openapi.json", "/.env", "/.git/config", "/static/", "/docs", "/var"],
)
async def test_nothing_is_served_by_accident(visitor: Visitor, path: str) -> None:
    assert (await visitor.get(path)).status_code == 404


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "DEBUG", "PROPFIND"])
async def test_methods_that_nothing_needs_are_refused(visitor: Visitor, method: str) -> None:
    assert (await visitor.request(method, "/fairs")).status_code in (405, 404, 501)


async def test_log_is_written_and_never_rewritten(cast: Cast, visitor: Visitor) -> None:
    before = await value("SELECT count(*) FROM audit_line")
    await visitor.sign_in(cast.ben.email)
    assert await value("SELECT count(*) FROM audit_line") > before
    line = await rows("SELECT * FROM audit_line WHERE verb = 'account.sign_in' ORDER BY id")
    assert line[-1]["person_id"] == cast.ben.person_id
    assert line[-1]["after"]["from"]
    for change in (
        "UPDATE audit_line SET why = 'other'",
        "DELETE FROM audit_line",
        "TRUNCATE audit_line",
    ):
        with pytest.raises(PostgresError):
            await execute(change)


async def test_secrets_stand_in_no_log(
    cast: Cast, visitor: Visitor, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither a password nor a session's token, whatever goes wrong."""
    await visitor.sign_in(cast.ana.email, "a-password-to-look-for")
    await cast.ana.get("/nothing-here")
    await execute("ALTER TABLE fair RENAME TO fair_gone")
    await cast.ana.get("/fairs")
    said = "".join(capfd.readouterr())
    assert "fair" in said
    assert "a-password-to-look-for" not in said
    assert cast.ana.session not in said


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("state", "paid"), ("role", "owner"), ("company_id", "1"), ("is_admin", "true"),
        ("agency_id", "1"), ("undertaking", "1"), ("score", "100"),
    ],
)  # fmt: skip
async def test_fields_that_a_form_does_not_have_change_nothing(
    cast: Cast, field: str, given: str
) -> None:
    """Pages leave them aside, the API refuses them; neither writes them."""
    before = await rows("SELECT * FROM company ORDER BY id")
    members = await rows("SELECT * FROM company_member ORDER BY id")
    program = await cast.ben.program()
    answer = await program.post("/api/v1/my/aid/size", json={field: given})
    assert answer.status_code in (403, 422)
    await cast.ben.send_form("/my/company", {field: given})
    assert await rows("SELECT * FROM company_member ORDER BY id") == members
    after = await rows("SELECT * FROM company ORDER BY id")
    assert [each["undertaking"] for each in after] == [each["undertaking"] for each in before]


def test_step_of_time_is_the_standards() -> None:
    """RFC 6238 appendix B: at 59 seconds the counter is 1."""
    from datetime import UTC, datetime

    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=59)
    assert rules.step_of(moment) == 1
