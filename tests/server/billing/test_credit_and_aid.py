"""An invoice that is cancelled by hand says what becomes of the aid it shows."""

from server.aid import actions
from server.billing import checks
from server.database import row, value
from tests.cast import Cast
from tests.server.aid.conftest import grant, scheme_form
from tests.server.billing.conftest import Issue


async def aided(cast: Cast, issue: Issue) -> str:
    """An invoice about an application with 1,000 EUR granted; where it is cancelled."""
    invoice = await issue()
    mara = await cast.mara.actor()
    await grant(
        mara, scheme_id=await actions.create_scheme(mara, scheme_form()), company_id=cast.quinta,
        amount_minor=100_000, eligible_minor=200_000, about="application:1",
    )  # fmt: skip
    return f"/desk/money/invoices/{invoice}/cancel"


async def test_cancelling_an_aided_invoice_asks_about_the_aid(cast: Cast, issue: Issue) -> None:
    path = await aided(cast, issue)
    shown = (await cast.mara.get(path)).text
    assert "What becomes of the aid" in shown
    assert "€1,000.00" in shown
    refused = await cast.mara.send_form(path, {"why": "Wrong address"})
    assert refused.status_code == 422
    assert "say whether it is taken back" in refused.text
    assert "Wrong address" in refused.text, "what was typed is kept"
    assert await value("SELECT count(*) FROM invoice") == 1


async def test_aid_is_taken_back_with_the_invoice_in_one_act(cast: Cast, issue: Issue) -> None:
    path = await aided(cast, issue)
    finance = await cast.finn.send_form(path, {"why": "Not coming", "aid": "take_back"})
    assert finance.status_code == 403, "who may not grant may not take back"
    assert "It is taken back" not in (await cast.finn.get(path)).text
    done = await cast.mara.send_form(path, {"why": "Not coming", "aid": "take_back"})
    assert done.status_code == 303
    assert await value("SELECT sum(amount_minor) FROM aid_grant") == 0
    assert await value("SELECT committed_minor FROM scheme") == 0
    said = await row("SELECT why FROM aid_grant WHERE reverses IS NOT NULL")
    assert said == {"why": "Not coming"}
    assert await checks.faults() == []


async def test_aid_that_stays_is_kept(cast: Cast, issue: Issue) -> None:
    path = await aided(cast, issue)
    assert (await cast.finn.send_form(path, {"why": "A slip", "aid": "keep"})).status_code == 303
    assert await value("SELECT sum(amount_minor) FROM aid_grant") == 100_000
