"""VAT IDs asked of VIES: three states, evidence, and never in anybody's way."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from server import jobs
from server.billing import vat_checks, vies
from server.billing.queries import vat_of
from server.billing.vat import REVERSE_CHARGE
from server.clock import today
from server.database import execute, row, rows, value
from server.organisations.queries import agency, company
from server.settings import load
from tests.cast import Cast
from tests.server.billing.conftest import Issue, serving
from tests.server.billing.test_payers import PAYER
from tests.vies_stand_in import Vies

QUINTA = "PT501964843"


@pytest.fixture
async def office(db: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Vies]:
    """A tax office that our settings point to."""
    office = Vies()
    async with serving(office.app) as address:
        monkeypatch.setenv("VIES_API_BASE", address)
        load.cache_clear()
        vies.rest.note(heard=True)
        yield office
    monkeypatch.undo()
    load.cache_clear()


async def state(cast: Cast) -> str:
    return str(await value("SELECT vat_state FROM company WHERE id = $1", cast.quinta))


async def test_answer_is_kept_with_its_evidence_on_the_day_of_the_invoice(
    cast: Cast, issue: Issue, office: Vies
) -> None:
    office.says[QUINTA] = True
    invoice = await issue()
    await jobs.drain()
    kept = await row("SELECT * FROM vat_check")
    assert kept is not None
    assert (kept["answer"], kept["why"], kept["invoice"]) == ("valid", "invoice", invoice)
    assert kept["consultation"].startswith("WAPI")
    assert kept["raw"]["requestDate"].startswith("2026")
    assert office.asked[-1]["requesterNumber"] == "136695976", "the agency asked"
    assert await state(cast) == "valid"
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute("UPDATE vat_check SET answer = 'invalid'")
    shown = (await cast.vera.get(f"/desk/companies/{cast.quinta}/vat")).text
    assert kept["consultation"] in shown
    assert "QUINTA DO VALE LDA" in shown
    assert "confirmed by VIES" in (await cast.ana.get("/my/company")).text


async def test_silence_of_vies_is_a_state_and_stops_nothing(
    cast: Cast, issue: Issue, office: Vies
) -> None:
    invoice = await issue()
    await jobs.drain()
    assert await value("SELECT answer FROM vat_check WHERE invoice = $1", invoice) == "unavailable"
    assert await state(cast) == "unchecked"
    said = await cast.finn.send_form(f"/desk/companies/{cast.quinta}/vat", {})
    assert said.status_code == 409
    assert "VIES did not answer" in said.text


async def test_nobody_waits_for_an_office_that_is_silent_again_and_again(
    cast: Cast, office: Vies
) -> None:
    for _ in range(5):
        await vat_checks.check(cast.quinta, why="later")
    assert len(office.asked) == vies.SILENCES
    assert await value("SELECT count(*) FROM vat_check") == 5
    assert vies.rest.resting


async def test_invalid_vat_id_means_vat_and_a_word_to_the_agency(
    cast: Cast, issue: Issue, office: Vies
) -> None:
    invoice = await issue()
    office.says[QUINTA] = False
    await jobs.drain()
    assert await state(cast) == "invalid"
    shown = (await cast.finn.get("/desk/money/vat")).text
    number = await value("SELECT number FROM invoice WHERE id = $1", invoice)
    assert "cancel the invoice and issue it again" in shown
    assert number in shown
    of = {"supply": "package", "fair_country": "FR", "on": today("UTC")}
    now = vat_of(await agency(cast.nordhafen), await company(cast.quinta), **of)
    assert (now.code, now.rate_bp) == ("fair_state", 2000)
    assert "without a valid VAT ID" in now.reason
    assert "invalid" in (await cast.ana.get("/my/company")).text
    office.says[QUINTA] = True
    assert (await cast.finn.send_form(f"/desk/companies/{cast.quinta}/vat", {})).status_code == 303
    again = vat_of(await agency(cast.nordhafen), await company(cast.quinta), **of)
    assert again.code == REVERSE_CHARGE


async def test_new_vat_id_is_asked_about_and_other_changes_keep_the_answer(
    cast: Cast, office: Vies
) -> None:
    office.says[QUINTA] = True
    await vat_checks.check(cast.quinta, why="profile")
    form = {
        "name": "Quinta do Vale", "legal_name": "Quinta do Vale, Lda.", "street": "Rua 2",
        "postcode": "4000-001", "city": "Porto", "country": "PT", "vat_id": "PT 501 964 843",
        "nace_code": "11.02", "nace_revision": "2.1", "invoice_email": "invoices@quinta.example",
    }  # fmt: skip
    assert (await cast.ana.send_form("/my/company/edit", form)).status_code == 303
    await jobs.drain()
    assert await state(cast) == "valid"
    assert len(office.asked) == 1
    form["vat_id"] = "PT502011378"
    assert (await cast.ana.send_form("/my/company/edit", form)).status_code == 303
    assert await state(cast) == "unchecked"
    await jobs.drain()
    assert office.asked[-1]["vatNumber"] == "502011378"
    refused = await cast.ana.send_form("/my/company/edit", {**form, "not_taxable": "yes"})
    assert refused.status_code == 422
    found = await rows("SELECT vat_id, answer FROM vat_check ORDER BY id")
    assert [each["answer"] for each in found] == ["valid", "unavailable"]


async def test_who_is_no_taxable_person_pays_the_vat_of_the_fair(cast: Cast) -> None:
    await execute(
        "UPDATE company SET vat_id = '', vat_state = '', taxable = false WHERE id = $1", cast.quinta
    )
    of = {"supply": "package", "fair_country": "FR", "on": today("UTC")}
    now = vat_of(await agency(cast.nordhafen), await company(cast.quinta), **of)
    assert (now.code, now.country, now.check) == ("fair_state", "FR", True)
    assert "without a valid VAT ID" not in now.reason


async def test_payer_is_asked_about_and_a_wrong_vat_id_gives_no_reverse_charge(
    cast: Cast, issue: Issue, office: Vies
) -> None:
    office.says[QUINTA] = True
    named = await cast.ana.send_form("/my/company/payer", PAYER)
    assert named.status_code == 303
    await jobs.drain()
    assert await value("SELECT vat_state FROM payer") == "unchecked", "silence is an answer, too"
    first = await issue()
    office.says["PT502011378"] = False
    await jobs.drain()
    kept = await row("SELECT * FROM vat_check WHERE invoice = $1", first)
    assert kept is not None
    assert (kept["vat_id"], kept["answer"]) == ("PT502011378", "invalid")
    assert await state(cast) != "invalid", "the payer's, not the exhibitor's"
    number = await value("SELECT number FROM invoice WHERE id = $1", first)
    assert number in (await cast.finn.get("/desk/money/vat")).text
    second = await issue(fair_country="FR")
    vat = await value("SELECT content -> 'vat' FROM invoice WHERE id = $1", second)
    assert (vat["code"], vat["rate_bp"]) == ("fair_state", 2000)
