"""The main job from end to end, through the front door, without a browser."""

import re
from datetime import timedelta
from typing import Any

import httpx

from server import clock, jobs
from server.database import row, rows, value
from tests.cast import Cast, Someone


def done(answer: httpx.Response) -> str:
    """Where a form that was accepted leads to."""
    faults = re.findall(r'govuk-error-message"[^>]*>(.*?)</p>|pv-error">(.*?)<', answer.text, re.S)
    assert answer.status_code == 303, (answer.status_code, faults, answer.text[:300])
    return answer.headers["location"]


def id_in(path: str) -> int:
    """The last number of an address."""
    return int(re.findall(r"\d+", path)[-1])


async def open_call(mara: Someone, **more: Any) -> dict[str, int]:
    """A fair with a booth of eight stands, prices, a scheme and an open call, by forms."""
    fair = id_in(
        done(
            await mara.send_form(
                "/desk/fairs/new",
                {
                    "name": "Anuga 2027", "venue": "Koelnmesse", "city": "Cologne", "country": "DE",
                    "tz": "Europe/Berlin", "starts_on": "2027-10-09", "ends_on": "2027-10-13",
                    "opens_at": "10:00", "closes_at": "18:00", "sectors": "food",
                    "website": "https://www.anuga.example", "setup_from": "2027-10-06T08:00",
                    "setup_until": "2027-10-08T18:00", "dismantling_from": "2027-10-13T18:00",
                    "dismantling_until": "2027-10-15T12:00",
                },
            )
        )
    )  # fmt: skip
    done(await mara.send_form(f"/desk/fairs/{fair}", {}, to=f"/desk/fairs/{fair}/publish"))
    booth = id_in(
        done(
            await mara.send_form(
                f"/desk/booths/new?fair={fair}",
                {
                    "fair": fair, "name": "Nordhafen pavilion", "hall": "7.1", "block": "B-030",
                    "width_m": "12", "depth_m": "9", "net_m2": "72",
                    "open_edges": ["top", "bottom"],
                },
            )
        )
    )  # fmt: skip
    layout = f"/desk/booths/{booth}/layout"
    done(
        await mara.send_form(layout, {"width_m": "3", "depth_m": "3", "aisle_m": "3", "version": 1})
    )
    prices = id_in(
        done(
            await mara.send_form(
                "/desk/price-lists/new",
                {
                    "booth": booth, "name": "With construction", "currency": "EUR",
                    "full_per_m2": "400", "minimum_m2": "9", "corner": "250", "head": "0",
                    "island": "0", "valid_from": "2026-01-01",
                },
            )
        )
    )  # fmt: skip
    done(
        await mara.send_form(
            f"/desk/price-lists/{prices}/fees/new",
            {
                "kind": "mandatory",
                "name": "Registration",
                "amount": "690",
                "unit": "participation",
                "eligible": "yes",
            },
        )
    )
    done(
        await mara.send_form(
            f"/desk/price-lists/{prices}/fees/new",
            {
                "kind": "service",
                "name": "Refrigerator",
                "amount": "120",
                "unit": "piece",
                "eligible": "no",
                "stock": "2",
            },
        )
    )
    scheme = id_in(
        done(
            await mara.send_form(
                "/desk/schemes/new",
                {
                    "name": "Export start", "legal_basis": "de_minimis", "mode": "rate",
                    "rate": "50",
                    "cap": "7500", "budget": "20000", "currency": "EUR", "valid_from": "2026-01-01",
                },
            )
        )
    )  # fmt: skip
    now = clock.local(clock.now(), "Europe/Berlin").replace(tzinfo=None)
    call = id_in(
        done(
            await mara.send_form(
                "/desk/calls/new",
                {
                    "title": "Joint booth at Anuga 2027", "booth": booth, "price_list": prices,
                    "scheme": scheme,
                    "opens_at": (now - timedelta(days=1)).isoformat("T", "minutes"),
                    "closes_at": (now + timedelta(days=20)).isoformat("T", "minutes"),
                    "payment_days": "14", "text": "Come with us.", **more,
                },
            )
        )
    )  # fmt: skip
    done(await mara.send_form(f"/desk/calls/{call}", {}, to=f"/desk/calls/{call}/publish"))
    return {"fair": fair, "booth": booth, "prices": prices, "scheme": scheme, "call": call}


async def fill(
    ana: Someone, call: int, *, area: str = "9", kind: str = "row", sections: bool = False
) -> int:
    """Begin an application and finish its tasks but for `sections` of the call's own; its id."""
    await say_facts(ana)
    made = id_in(done(await ana.send_form(f"/my/apply/{call}", {})))
    base = f"/my/applications/{made}"
    done(await ana.send_form(f"{base}/stand", {"area_m2": area, "stand_kind": kind}))
    service = await value(
        "SELECT f.id FROM fee f JOIN call c USING (price_list) WHERE c.id = $1"
        " AND f.kind = 'service' ORDER BY f.id LIMIT 1",
        call,
    )
    if service is not None:
        done(await ana.send_form(f"{base}/services", {f"service_{service}": "1"}))
    done(
        await ana.send_form(
            f"{base}/goals",
            {
                "exhibits": "Port wine",
                "export_status": "occasional",
                "markets": "Japan",
                "goals": "10 leads",
            },
        )
    )
    last = done(
        await ana.send_form(
            f"{base}/declarations",
            {
                "given": ["conditions", "no_insolvency", "no_double_funding", "de_minimis"],
                "publish": "on",
            },
        )
    )
    assert sections or last == f"{base}/check"
    return made


async def send(ana: Someone, application: int) -> httpx.Response:
    """Press "Send" with the total that the page shows."""
    path = f"/my/applications/{application}/check"
    shown = await ana.get(path)
    total = re.search(r'name="seen_total" value="(\d+)"', shown.text)
    assert total, shown.text[-2000:]
    return await ana.send_form(path, {"seen_total": total[1]})


async def say_facts(ana: Someone) -> None:
    """What the law asks before de minimis aid: no difficulty, no recovery order."""
    if await value(
        "SELECT 1 FROM aid_statement a JOIN company_member m USING (company) WHERE m.person = $1",
        ana.person_id,
    ):
        return
    done(
        await ana.send_form(
            "/my/company/aid/statement",
            {"in_difficulty": "no", "recovery_order": "no", "linked_companies": ""},
        )
    )


async def admit(mara: Someone, application: int, stand: int) -> httpx.Response:
    """Choose a stand, look, admit."""
    path = f"/desk/applications/{application}/admit"
    shown = await mara.get(f"{path}?stand={stand}")
    total = re.search(r'name="seen_total" value="(\d+)"', shown.text)
    return await mara.send_form(path, {"stand": stand, "seen_total": total[1] if total else ""})


async def stand_ids(booth: int) -> list[int]:
    """The stands of a booth by label."""
    return [
        r["id"] for r in await rows("SELECT id FROM stand WHERE booth=$1 ORDER BY label", booth)
    ]


async def test_the_main_job(cast: Cast) -> None:
    """From an empty agency to a confirmed stand, paid by bank transfer, seen on board and feed."""
    made = await open_call(cast.mara)
    front = await cast.paul.get("/")
    assert "Joint booth at Anuga 2027" in front.text
    shown = await cast.ana.get("/calls/joint-booth-at-anuga-2027")
    assert "Apply now" in shown.text
    application = await fill(cast.ana, made["call"])
    check = await cast.ana.get(f"/my/applications/{application}/check")
    for amount in ("€3,600.00", "€690.00", "€120.00", "2,145.00"):
        assert amount in check.text, amount
    sent = done(await send(cast.ana, application))
    assert sent == f"/my/applications/{application}/sent"
    reference = await value("SELECT reference FROM application WHERE id = $1", application)
    assert reference in (await cast.ana.get(sent)).text
    await jobs.drain()
    receipt = await row(
        "SELECT subject, attachments FROM message WHERE key LIKE '%submitted:1%' AND to_email = $1",
        cast.ana.email,
    )
    assert receipt is not None
    assert reference in receipt["subject"]
    assert len(receipt["attachments"]) == 1

    listed = await cast.mara.get("/desk/applications")
    assert "Quinta do Vale" in listed.text
    decided = await cast.mara.send_form(
        "/desk/applications", {"to": "eligible", "applications": [application]}
    )
    done(decided)
    stand = (await stand_ids(made["booth"]))[0]
    assert done(await admit(cast.mara, application, stand)) == f"/desk/applications/{application}"
    await jobs.drain()
    contract = await row(
        "SELECT i.*, ad.aid_letter FROM admission ad JOIN invoice i ON i.id = ad.invoice"
        " WHERE ad.application = $1", application,
    )  # fmt: skip
    assert contract is not None
    assert contract["state"] == "open"
    assert contract["aid_letter"] is not None
    assert await value("SELECT committed_minor FROM scheme") == contract["aid_minor"]
    assert await value("SELECT allocated_m2 FROM booth") == 9
    pdf = await cast.ana.get(f"/documents/{contract['aid_letter']}")
    assert pdf.content.startswith(b"%PDF")

    paid = await cast.finn.send_form(
        "/desk/money/transfer",
        {
            "received_on": clock.today("Europe/Berlin").isoformat(), "currency": "EUR",
            "amount": f"{contract['total_minor'] / 100:.2f}", "reference": contract["reference"],
            "payer": "Quinta do Vale", "bank_ref": "B-1",
        },
    )  # fmt: skip
    done(paid)
    await jobs.drain()
    assert await value("SELECT state FROM application WHERE id = $1", application) == "confirmed"
    assert (
        await value("SELECT state FROM allocation WHERE application = $1", application)
        == "confirmed"
    )
    mine = await cast.ana.get("/my")
    assert "Confirmed" in mine.text
    board = await cast.mara.get("/desk")
    assert board.status_code == 200
    public = await cast.paul.get(f"/fairs/anuga-2027/booths/{made['booth']}")
    assert "Quinta do Vale" in public.text
    feed = await cast.paul.get("/cal/f/anuga-2027.ics")
    assert "Set-up" in feed.text
    assert "TZID=Europe/Berlin" in feed.text
