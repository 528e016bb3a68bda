"""Declarations: given once, kept word for word, renewed, expired, taken back, seen by few."""

from datetime import date, timedelta

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.database import execute, row, value
from server.declarations.kinds import NAMES, kinds
from server.declarations.rules import SOON, Kind, Standing, in_force, last_day, standing
from tests.booths.calls.test_story import done
from tests.cast import Cast, Someone

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


async def declare(someone: Someone, kind: str, **facts: str) -> None:
    """Give a declaration by its form."""
    done(await someone.send_form(f"/my/company/declarations/{kind}", {"agreed": "on", **facts}))


async def test_a_declaration_is_given_renewed_and_taken_back(cast: Cast) -> None:
    """The list says where the company stands; what was signed stays readable for staff."""
    page = "/my/company/declarations"
    assert (await cast.ana.get(page)).text.count("Missing") == len(NAMES)
    refused = await cast.ana.send_form(f"{page}/no_insolvency", {})
    assert refused.status_code == 422
    await declare(cast.ana, "no_insolvency")
    await declare(cast.ana, "no_insolvency")
    assert await value("SELECT count(*) FROM declaration") == 2
    shown = (await cast.ana.get(page)).text
    assert shown.count("Missing") == len(NAMES) - 1
    assert "Valid" in shown
    latest = await value("SELECT max(id) FROM declaration")
    assert (
        await cast.carla.send_form(f"{page}/conditions", {}, to=f"{page}/{latest}/withdraw")
    ).status_code == 404
    done(await cast.ana.send_form(f"{page}/no_insolvency", {}, to=f"{page}/{latest}/withdraw"))
    again = await cast.ana.send_form(f"{page}/conditions", {}, to=f"{page}/{latest}/withdraw")
    assert again.status_code == 409
    desk = await cast.vera.get(f"/desk/companies/{cast.quinta}/declarations")
    assert desk.text.count("Our company is not insolvent.") == 2
    assert "Taken back on" in desk.text


async def test_sme_status_signs_figures_and_linked_companies(cast: Cast) -> None:
    """What the profile and the statement know is signed with the text, as it was that day."""
    done(
        await cast.ana.send_form(
            "/my/company/aid/statement",
            {"in_difficulty": "no", "recovery_order": "no", "linked_companies": "Vale Sul 12345"},
        )
    )
    missing = await cast.ana.send_form("/my/company/declarations/sme_status", {"agreed": "on"})
    assert missing.status_code == 422
    await declare(cast.ana, "sme_status", public_share="12.5")
    found = await row("SELECT text, details FROM declaration")
    assert found is not None
    assert "Small enterprise: 12 work units, turnover €1,800,000.00" in found["text"]
    assert "Partner and linked companies: Vale Sul 12345." in found["text"]
    assert found["details"] == {"public_share_bp": 1250}
    await execute("UPDATE company SET employees_awu = 300 WHERE id = $1", cast.quinta)
    assert "12 work units" in await value("SELECT text FROM declaration")


async def test_nobody_signs_the_opposite_of_what_they_stated(cast: Cast) -> None:
    done(
        await cast.ana.send_form(
            "/my/company/aid/statement", {"in_difficulty": "yes", "recovery_order": "no"}
        )
    )
    refused = await cast.ana.send_form("/my/company/declarations/no_difficulty", {"agreed": "on"})
    assert refused.status_code == 422
    assert "you said the opposite" in refused.text


async def test_evidence_is_a_pdf_or_a_picture_and_belongs_to_the_company(cast: Cast) -> None:
    """Needed where the kind says so; another company and another agency never see it."""
    path = "/my/company/declarations/no_arrears"
    without = await cast.ana.send_form(path, {"agreed": "on", "arrears": "0"})
    assert without.status_code == 422
    assert "Add the evidence" in without.text
    odd = await cast.ana.send_form(
        path, {"agreed": "on", "arrears": "0"}, files={"evidence": ("a.pdf", b"no pdf at all")}
    )
    assert odd.status_code == 422
    done(
        await cast.ana.send_form(
            path,
            {"agreed": "on", "arrears": "150.00"},
            files={"evidence": ("certificate.pdf", PDF, "application/pdf")},
        )
    )
    kept = await row("SELECT evidence, details FROM declaration")
    assert kept is not None
    assert kept["details"] == {"arrears_minor": 15_000}
    assert (await cast.ana.get(f"/documents/{kept['evidence']}")).content == PDF
    for stranger in (cast.carla, cast.mara):
        assert (await stranger.get(f"/documents/{kept['evidence']}")).status_code == 404


async def test_nothing_that_was_signed_changes(cast: Cast) -> None:
    """The database refuses; only a withdrawal is written, once."""
    await declare(cast.ana, "conditions")
    for sql in (
        "UPDATE declaration SET text = 'something else'",
        "UPDATE declaration SET valid_until = valid_until + 365",
        "DELETE FROM declaration",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await execute(sql)


async def test_the_api_gives_and_lists(cast: Cast) -> None:
    """The same refusals in the same words; what needs a file is given on its page."""
    async with await cast.ana.program() as program:
        made = await program.post("/api/v1/my/declarations/conditions", json={"agreed": True})
        assert made.status_code == 201
        file = await program.post(
            "/api/v1/my/declarations/no_arrears", json={"agreed": True, "arrears": "0"}
        )
        assert file.status_code == 422
        listed = (await program.get("/api/v1/my/declarations")).json()["items"]
        nothing = await program.post("/api/v1/my/declarations/nothing", json={"agreed": True})
        assert nothing.status_code == 404
    assert {each["kind"]: each["standing"] for each in listed}["conditions"] == "valid"


def test_kinds_have_names_and_versions_in_order() -> None:
    """Every kind has a name; no two wordings of a kind begin on one day."""
    assert {each.code for each in kinds()} == set(NAMES)
    keys = [(each.code, each.valid_from) for each in kinds()]
    assert len(keys) == len(set(keys))


@given(st.dates(date(2026, 1, 1), date(2090, 1, 1)), st.integers(1, 60))
def test_a_declaration_holds_for_whole_months(on: date, months: int) -> None:
    until = last_day(on, months)
    assert (until.year - on.year) * 12 + until.month - on.month == months
    assert until.day == on.day or (until + timedelta(days=1)).day == 1
    assert standing(until, until) in (Standing.VALID, Standing.ENDS_SOON)
    assert standing(until, until + timedelta(days=1)) is Standing.EXPIRED
    assert standing(until, until - SOON - timedelta(days=1)) is Standing.VALID


@given(st.lists(st.tuples(st.dates(), st.integers(1, 9)), max_size=6), st.dates())
def test_the_wording_of_a_day_is_the_latest_that_has_begun(
    rows: list[tuple[date, int]], on: date
) -> None:
    known = [Kind("a", "A", version, day, 12, "Text", False, (), "") for day, version in rows]
    found = in_force(known, "a", on)
    begun = [each for each in known if each.valid_from <= on]
    assert (found is None) == (not begun)
    if found is not None:
        assert all(
            (each.valid_from, each.version) <= (found.valid_from, found.version) for each in begun
        )
