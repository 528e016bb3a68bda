"""The services shop: stock, late surcharge, last day, invoice, taking back."""

import asyncio
import re
from typing import Any

from server import jobs
from server.billing import papers
from server.database import execute, row, rows, value
from tests.booths.calls.test_story import admit, done, fill, send
from tests.booths.hub.conftest import Prepared
from tests.cast import Someone


async def service() -> int:
    """The refrigerator: two there are, one is taken with Ana's admission."""
    return int(await value("SELECT id FROM fee WHERE kind = 'service'"))


async def order(someone: Someone, application: int, pieces: int = 1) -> Any:
    """Fill the basket, look, order."""
    shop, fee = f"/my/applications/{application}/shop", await service()
    shown = await someone.get(f"{shop}/check?service_{fee}={pieces}")
    total = re.search(r'name="seen_total" value="(\d+)"', shown.text)
    if total is None:
        return shown
    return await someone.send_form(
        shop, {f"service_{fee}": pieces, "seen_total": total[1]}, to=shop
    )


async def terms(mara: Someone, call: int, **values: Any) -> Any:
    """Set when the refrigerator can be ordered."""
    return await mara.send_form(
        f"/desk/calls/{call}/shop/{await service()}", {"offered": "yes", **values}
    )


async def test_an_order_takes_stock_and_is_billed_with_vat(prepared: Prepared) -> None:
    """A second company gets the last piece by mail and invoice; a third reads that none is left."""
    cast = prepared.cast
    done(await order(cast.ana, prepared.application))
    assert await value("SELECT taken FROM fee WHERE kind = 'service'") == 2
    bill = await row("SELECT i.* FROM shop_order o JOIN invoice i ON i.id = o.invoice")
    assert bill is not None
    assert bill["net_minor"] == 12_000
    assert bill["aid_minor"] == 0
    assert bill["about"] == f"application:{prepared.application}"
    await jobs.drain()
    mails = await value("SELECT count(*) FROM message WHERE key LIKE 'shop:%:placed:%'")
    assert mails == 2
    gone = await order(cast.ana, prepared.application)
    assert "None are left" in gone.text
    assert await value("SELECT state FROM application") == "confirmed"
    listed = await cast.mara.get(f"/desk/calls/{prepared.call}/orders")
    assert "Refrigerator" in listed.text
    sums = await cast.mara.get(f"/desk/calls/{prepared.call}/shop")
    assert "What is needed so far" in sums.text
    lines = (await cast.mara.get(f"/desk/calls/{prepared.call}/orders.csv")).text.splitlines()
    assert lines[1].endswith("Quinta do Vale,Refrigerator,piece,2")


async def test_a_late_order_costs_more_and_then_nothing_can_be_ordered(
    prepared: Prepared,
) -> None:
    """Days before the fair are data: 400 days before is over, 0 days is not."""
    cast = prepared.cast
    wrong = await terms(cast.mara, prepared.call, late_days="10", surcharge="25", last_days="20")
    assert "must become dearer before" in wrong.text
    done(await terms(cast.mara, prepared.call, late_days="400", surcharge="25", last_days="7"))
    shop = f"/my/applications/{prepared.application}/shop"
    assert "25% late surcharge now" in (await cast.ana.get(shop)).text
    done(await order(cast.ana, prepared.application))
    line = await row("SELECT net_minor, surcharge_bp, surcharge_minor FROM shop_line")
    assert line == {"net_minor": 12_000, "surcharge_bp": 2500, "surcharge_minor": 3_000}
    content = await value("SELECT i.content FROM shop_order o JOIN invoice i ON i.id = o.invoice")
    assert "Late order, 25% more" in str(content)
    assert "Cancel this order" not in (await cast.ana.get(shop)).text
    late = await cast.ana.send_form(shop, {}, to=f"{shop}/{await _order_id()}/cancel")
    assert late.status_code == 422
    assert "could be cancelled until" in late.text
    done(await terms(cast.mara, prepared.call, last_days="400"))
    assert "It could be ordered until" in (await cast.ana.get(shop)).text
    refused = await order(cast.ana, prepared.application)
    assert refused.status_code == 422
    done(await terms(cast.mara, prepared.call, offered="no"))
    assert "Nothing to order" in (await cast.ana.get(shop)).text


async def _order_id() -> int:
    return int(await value("SELECT max(id) FROM shop_order"))


async def test_an_order_is_cancelled_in_time_by_a_credit_note(prepared: Prepared) -> None:
    """The stock is there again; a second press changes nothing."""
    cast = prepared.cast
    done(await order(cast.ana, prepared.application))
    shop = f"/my/applications/{prepared.application}/shop"
    path = f"{shop}/{await _order_id()}/cancel"
    assert (await cast.carla.send_form("/my", {}, to=path)).status_code == 404
    done(await cast.ana.send_form(shop, {}, to=path))
    assert await value("SELECT taken FROM fee WHERE kind = 'service'") == 1
    states = await rows(
        "SELECT i.kind, i.state FROM invoice i WHERE i.id >= (SELECT invoice FROM shop_order)"
        " ORDER BY i.id"
    )
    assert [each["state"] for each in states] == ["credited", "credit"]
    assert await value("SELECT coalesce(sum(amount_minor), 0) FROM ledger_posting") == 0
    again = await cast.ana.send_form(shop, {}, to=path)
    assert again.status_code == 409
    assert await value("SELECT taken FROM fee WHERE kind = 'service'") == 1


async def test_orders_end_with_their_admission(prepared: Prepared) -> None:
    """A release gives back what was ordered, and cancels the deadlines in the calendar."""
    cast = prepared.cast
    done(await order(cast.ana, prepared.application))
    path = f"/desk/applications/{prepared.application}/release"
    done(await cast.mara.send_form(path, {"why": "The hall is closed."}))
    await jobs.drain()
    assert await value("SELECT state FROM shop_order") == "cancelled"
    assert await value("SELECT taken FROM fee WHERE kind = 'service'") == 0
    left = await value(
        "SELECT count(*) FROM calendar_item WHERE key LIKE 'hub:%' AND status <> 'cancelled'"
    )
    assert left == 0
    assert (await cast.ana.get(prepared.hub)).status_code == 404


async def test_the_last_piece_is_sold_once(prepared: Prepared) -> None:
    """Two exhibitors press at the same moment: one has it, the other reads why not."""
    cast = prepared.cast
    other = await fill(cast.carla, prepared.call)
    nothing = {f"service_{await service()}": "0"}
    done(await cast.carla.send_form(f"/my/applications/{other}/services", nothing))
    done(await send(cast.carla, other))
    done(await admit(cast.mara, other, prepared.stands[1]))
    await jobs.drain()
    answers = await asyncio.gather(
        *(
            order(someone, application)
            for someone, application in (
                (cast.ana, prepared.application), (cast.carla, other),
                (cast.ben, prepared.application),
            )
        )
    )  # fmt: skip
    assert sorted(each.status_code == 303 for each in answers) == [False, False, True]
    assert await value("SELECT taken FROM fee WHERE kind = 'service'") == 2
    assert await value("SELECT count(*) FROM shop_order") == 1
    assert await value("SELECT count(*) FROM invoice WHERE net_minor = 12000") == 1
    refused = [each for each in answers if each.status_code != 303]
    assert all("left" in each.text for each in refused)


async def test_a_price_that_has_changed_is_seen_before_it_is_owed(prepared: Prepared) -> None:
    """Between looking and ordering it became dearer."""
    cast, fee = prepared.cast, await service()
    shop = f"/my/applications/{prepared.application}/shop"
    done(await terms(cast.mara, prepared.call, late_days="400", surcharge="10"))
    answer = await cast.ana.send_form(shop, {f"service_{fee}": "1", "seen_total": "12000"}, to=shop)
    assert answer.status_code == 409
    assert "not what the page showed" in answer.text
    assert await value("SELECT taken FROM fee WHERE kind = 'service'") == 1
    program = await cast.ana.program()
    offers = (await program.get(f"/api/v1/my/applications/{prepared.application}/offers")).json()
    made = await program.post(
        f"/api/v1/my/applications/{prepared.application}/orders",
        json={"services": {str(fee): 1}, "seen_total": 13200},
    )
    await program.aclose()
    assert offers["items"][0]["surcharge_bp"] == 1000
    assert made.status_code == 201, made.text


async def test_tickets_and_meals_carry_the_vat_of_the_fair(prepared: Prepared) -> None:
    """A Portuguese firm at a German fair: the stand under reverse charge, tickets and catering with
    German VAT, each reason printed, in the PDF and in both structured invoices."""
    cast = prepared.cast
    listed = await value("SELECT price_list FROM fee LIMIT 1")
    await execute("ALTER TABLE fee DISABLE TRIGGER USER")  # the call is open: its prices stand
    for name, supply in (("Day ticket", "admission"), ("Lunch", "catering")):
        await execute(
            "INSERT INTO fee (price_list, kind, name, unit, amount_minor, supply, position)"
            " VALUES ($1,'service',$2,'piece',10000,$3,50)",
            listed,
            name,
            supply,
        )
    await execute("ALTER TABLE fee ENABLE TRIGGER USER")
    fees = [
        each["id"] for each in await rows("SELECT id FROM fee WHERE unit = 'piece' ORDER BY id")
    ]
    shop = f"/my/applications/{prepared.application}/shop"
    asked = {f"service_{fee}": 1 for fee in fees}
    shown = (await cast.ana.get(f"{shop}/check?" + "&".join(f"{k}=1" for k in asked))).text
    assert "VAT, 19% on €100.00" in shown
    assert "Art. 53" in shown
    assert "Art. 55" in shown
    total = re.search(r'name="seen_total" value="(\d+)"', shown)
    assert total is not None
    done(await cast.ana.send_form(shop, {**asked, "seen_total": total[1]}, to=shop))
    bill = await row("SELECT i.* FROM shop_order o JOIN invoice i ON i.id = o.invoice")
    assert bill is not None
    taxes = bill["content"]["taxes"]
    assert [each["code"] for each in taxes] == ["reverse_charge", "fair_state", "catering_state"]
    assert bill["vat_minor"] == 2 * 1_900
    assert bill["total_minor"] == int(total[1])
    written = await cast.finn.get(f"/desk/money/invoices/{bill['id']}/ubl")
    assert ">AE<" in written.text
    assert ">S<" in written.text
    assert papers.structured(bill["content"]), "valid, and in the PDF"
