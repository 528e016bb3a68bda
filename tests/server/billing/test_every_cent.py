"""An auditor follows every cent of one stand: from the quote to the books, for ten years."""

import csv
import hashlib
import io
import re
from datetime import timedelta
from decimal import Decimal

from pypdf import PdfReader

from server import clock, jobs
from server.billing import checks
from server.database import row, rows, value
from server.money import format_money
from tests.booths.calls.test_ends import state_of, transfer
from tests.booths.calls.test_refusals import sent_application
from tests.booths.calls.test_story import admit, done, open_call, stand_ids
from tests.cast import Cast
from tests.server.billing.conftest import balances


def _minor(said: str) -> int:
    return int((Decimal(said) * 100).to_integral_exact())


def _pdf(data: bytes) -> str:
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return re.sub(r"\s+", " ", text)


async def test_every_cent_of_a_stand_is_followed_for_ten_years(cast: Cast) -> None:
    made = await open_call(cast.mara)
    application = await sent_application(cast.ana, made["call"])
    about = f"application:{application}"

    # The quote that was kept with the application is the one of the contract.
    sent = await row(
        "SELECT q.full_minor, q.aid_minor, q.net_minor, q.vat_minor, q.total_minor"
        " FROM application x JOIN quote q ON q.id = x.quote WHERE x.id = $1",
        application,
    )
    assert sent is not None
    assert sent["full_minor"] - sent["aid_minor"] == sent["net_minor"]
    assert sent["net_minor"] + sent["vat_minor"] == sent["total_minor"]
    shown = await cast.ana.get(f"/my/applications/{application}")
    assert format_money(sent["total_minor"], "EUR", "en") in shown.text
    done(await admit(cast.mara, application, (await stand_ids(made["booth"]))[0]))
    contract = await row(
        "SELECT q.full_minor, q.aid_minor, q.net_minor, q.vat_minor, q.total_minor"
        " FROM admission a JOIN quote q ON q.id = a.quote WHERE a.application = $1",
        application,
    )
    assert contract == sent

    # The invoice, its machine-readable form, and the books say the same.
    invoice = await row("SELECT * FROM invoice WHERE about = $1", about)
    assert invoice is not None
    total = sent["total_minor"]
    assert (invoice["total_minor"], invoice["vat_minor"], invoice["aid_minor"]) == (
        total, sent["vat_minor"], sent["aid_minor"],
    )  # fmt: skip
    ubl = (await cast.ana.get(f"/my/invoices/{invoice['id']}/ubl")).text
    payable = re.search(r"<cbc:PayableAmount[^>]*>([\d.]+)<", ubl)
    assert payable
    assert _minor(payable[1]) == total
    owed = {
        "receivable": total, "aid": sent["aid_minor"], "revenue": -sent["full_minor"],
        "vat": -sent["vat_minor"],
    }  # fmt: skip
    assert await balances() == {name: minor for name, minor in owed.items() if minor}

    # It is paid in two transfers, 50.00 too much; the 50.00 go back.
    first = total // 3
    await transfer(cast.finn, invoice["reference"], first, "A-1")
    await transfer(cast.finn, invoice["reference"], total - first + 5_000, "A-2")
    over = await value("SELECT id FROM payment WHERE state = 'flagged'")
    place = f"/desk/money/payments/{over}"
    done(await cast.finn.send_form(place, {"invoice": invoice["number"]}, to=f"{place}/match"))
    done(await cast.finn.send_form(place, {"amount": "50", "why": "Too much."},
                                   to=f"{place}/refund"))  # fmt: skip
    await jobs.drain()
    assert await state_of(application) == "confirmed"
    assert await balances() == {
        name: minor for name, minor in {**owed, "receivable": 0, "bank": total}.items() if minor
    }
    own = f"/my/invoices/accounts/{cast.nordhafen}/EUR"
    assert format_money(total, "EUR", "en") in (await cast.ana.get(own)).text

    # The aid: granted once, for this, to this company; letter and register say what the quote said.
    letter = await row("SELECT id, bytes FROM document WHERE kind = 'aid_letter'")
    assert letter is not None
    assert f"{sent['aid_minor'] / 100:,.2f}" in _pdf(letter["bytes"])

    async def register() -> list[int]:
        file = await cast.finn.get("/desk/aid/register.csv")
        lines = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
        return [_minor(each["Amount"].lstrip("'")) for each in lines]

    assert await register() == [sent["aid_minor"]]

    # The admission ends: all of it is taken back, and the money goes home.
    path = f"/desk/applications/{application}/release"
    done(await cast.mara.send_form(path, {"why": "No longer an SME."}))
    await jobs.drain()
    note = await row("SELECT * FROM invoice WHERE credits = $1", invoice["id"])
    assert note is not None
    assert note["total_minor"] == -total
    assert await register() == [-sent["aid_minor"], sent["aid_minor"]]
    for paid in await rows("SELECT id, amount_minor - back_minor AS held FROM payment ORDER BY id"):
        page = f"/desk/money/payments/{paid['id']}"
        back = {"amount": f"{paid['held'] / 100:.2f}", "why": "The admission ended."}
        done(await cast.finn.send_form(page, back, to=f"{page}/refund"))
    await jobs.drain()
    assert await balances() == {}, "nothing is left of it on any account"
    assert await checks.faults() == []

    # Ten years later the books, their export and every paper are as they were.
    papers = await rows("SELECT id, sha256 FROM document WHERE agency = $1", cast.nordhafen)
    assert len(papers) >= 3
    with clock.travel_everywhere(clock.now() + timedelta(days=3652)):
        await cast.finn.arrive()
        export = await cast.finn.get("/desk/money/ledger/export?form=csv")
        lines = list(csv.reader(io.StringIO(export.content.decode("utf-8-sig"))))
        turnover = await value(
            "SELECT sum(amount_minor)::bigint FROM ledger_posting WHERE amount_minor > 0"
        )
        assert _minor(lines[-1][7]) == _minor(lines[-1][8]) == turnover
        for each in papers:
            kept = await cast.finn.get(f"/documents/{each['id']}")
            assert hashlib.sha256(kept.content).hexdigest() == each["sha256"]
