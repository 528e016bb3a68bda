"""A payer without an account: its signed link, what it shows, what it cannot, and its end."""

import re

from server import jobs
from server.database import rows, value
from tests.cast import BASE, Cast, Visitor
from tests.server.billing.conftest import Issue, Shop, invoice_state
from tests.server.billing.test_dunning import after, owing
from tests.server.billing.test_payers import say


async def links() -> list[str]:
    """The addresses that were mailed to the payer, in order, as paths."""
    await jobs.drain()
    mails = await rows("SELECT * FROM message WHERE to_email = 'pay@holding.example' ORDER BY id")
    found = [re.search(rf"{re.escape(BASE)}(/pay/[\w.-]+)", str(each)) for each in mails]
    return [each[1] for each in found if each]


async def test_payer_sees_and_pays_its_part_by_card(
    shop: Shop, cast: Cast, issue: Issue, visitor: Visitor
) -> None:
    await say(cast, share="percent", percent="40")
    mine = await issue()
    theirs = await value("SELECT beside FROM invoice WHERE id = $1", mine)
    (path,) = await links()
    shown = await visitor.get(path)
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["referrer-policy"] == "same-origin", "no other site learns the address"
    assert "Holding SGPS, S.A." in shown.text
    assert "Reference" in shown.text
    pdf = await visitor.get(f"{path}/invoice.pdf")
    assert pdf.content.startswith(b"%PDF")
    sent = await visitor.send_form(path, to=f"{path}/card")
    assert sent.status_code == 303
    session = shop.sessions[-1]
    assert path not in str(session), "Stripe never learns the address"
    assert session["success_url"] == f"{BASE}/paid"
    assert "open it again" in (await visitor.get("/paid")).text
    shop.pay(session)
    await shop.delivered()
    assert await invoice_state(theirs) == "paid"
    assert await invoice_state(mine) == "open"
    assert "Paid in full" in (await visitor.get(path)).text
    assert (await links())[-1] == path, "the receipt carries it, too"


async def test_link_opens_one_invoice_until_it_is_revoked(
    cast: Cast, issue: Issue, visitor: Visitor
) -> None:
    await say(cast)
    invoice = await issue()
    (first,) = await links()
    desk = f"/desk/money/invoices/{invoice}"
    assert "Not opened yet" in (await cast.finn.get(desk)).text
    await visitor.get(first)
    assert "Last opened" in (await cast.finn.get(desk)).text
    number, _, signature = first.removeprefix("/pay/").partition(".")
    swapped = signature[::-1]
    for wrong in (f"{number}.{swapped}", f"{int(number) + 1}.{signature}", number, f"{number}.",
                  "9" * 30 + f".{signature}", "²." + signature):  # fmt: skip
        assert (await visitor.get(f"/pay/{wrong}")).status_code == 404, wrong
        assert (await visitor.get(f"/pay/{wrong}/invoice.pdf")).status_code == 404, wrong
    assert (await visitor.post(f"{first}/card", data={})).status_code == 403, "no form of ours"
    sent = await cast.finn.send_form(desk, to=f"{desk}/payer-link")
    assert sent.status_code == 303
    second = (await links())[-1]
    assert second != first
    assert (await visitor.get(first)).status_code == 404, "the one before has ended"
    assert (await visitor.get(second)).status_code == 200
    await cast.finn.send_form(desk, to=f"{desk}/payer-link/revoke")
    assert (await visitor.get(second)).status_code == 404
    again = await cast.finn.send_form(desk, to=f"{desk}/payer-link/revoke")
    assert again.status_code == 409
    assert "No link holds" in (await cast.finn.get(desk)).text
    refused = await cast.ana.post(f"{desk}/payer-link", data={})
    assert refused.status_code == 403


async def test_exhibitors_own_invoice_has_no_link(cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    desk = f"/desk/money/invoices/{invoice}"
    sent = await cast.finn.send_form(desk, to=f"{desk}/payer-link")
    assert sent.status_code == 409
    assert await value("SELECT count(*) FROM payer_link") == 0


async def test_letters_about_a_payers_invoice_reach_it_by_its_link(
    cast: Cast, issue: Issue, visitor: Visitor
) -> None:
    """A revoked link is not written into any mail: what is left is the bank transfer."""
    await say(cast)
    invoice = await owing(cast, issue)
    await after(10)
    first, second = await links()
    assert first == second, "the letter carries the address that holds"
    assert (await visitor.get(second)).status_code == 200
    theirs = await rows(
        "SELECT body_text FROM message WHERE key LIKE 'dunning:%' AND body_text LIKE '%/my/inv%'"
    )
    assert len(theirs) == 3, "two people and the address for invoices see it after signing in"
    desk = f"/desk/money/invoices/{invoice}"
    await cast.finn.send_form(desk, to=f"{desk}/payer-link/revoke")
    await after(30)
    assert await links() == [first, first]
    told = await rows("SELECT * FROM message WHERE to_email = 'pay@holding.example' ORDER BY id")
    assert len(told) == 3
    assert "by card" in told[1]["body_text"]
    assert "by card" not in told[2]["body_text"]


async def test_payer_is_told_when_its_debit_does_not_arrive(
    shop: Shop, cast: Cast, issue: Issue, visitor: Visitor
) -> None:
    await say(cast)
    await issue()
    (path,) = await links()
    await visitor.send_form(path, to=f"{path}/card")
    session = shop.sessions[-1]
    shop.pay(session, later=True)
    await shop.delivered()
    shop.books.settle(session["id"], False)
    shop.postman.take(shop.books.held)
    await shop.delivered()
    told = "SELECT body_text FROM message WHERE key LIKE 'checkout:%:pay@holding.example'"
    assert path in await value(told)
