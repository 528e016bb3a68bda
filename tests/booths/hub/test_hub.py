"""The hub from the set-up of tasks to the printed catalogue, through the front door."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from booths.hub.rules import code_of
from server import clock, jobs
from server.database import execute, row, rows, value
from tests.booths.calls.test_story import done
from tests.booths.hub.conftest import Prepared, days_ahead, picture
from tests.cast import Cast, Someone, Visitor


async def task_of(kind: str) -> int:
    """The task of a kind."""
    return int(await value("SELECT id FROM hub_task WHERE kind = $1", kind))


async def state_of(kind: str) -> str | None:
    """What is written down about a task of a kind."""
    found: str | None = await value(
        "SELECT a.state FROM task_answer a JOIN hub_task t ON t.id = a.task WHERE t.kind = $1", kind
    )
    return found


async def change(mara: Someone, call: int, kind: str, **values: Any) -> Any:
    """Change a task as its page shows it, apart from `values`."""
    found = await row("SELECT * FROM hub_task WHERE kind = $1 AND call = $2", kind, call)
    assert found is not None
    typed = {
        "kind": kind, "title": found["title"], "explanation": found["explanation"],
        "days_before": found["days_before"], "version": found["version"],
        "required": "yes" if found["required"] else "no",
    }  # fmt: skip
    return await mara.send_form(f"/desk/calls/{call}/tasks/{found['id']}", {**typed, **values})


ENTRY = {
    "headline": "Port from the steepest slopes",
    "text": "We make wine.\n\nSince 1890.",
    "products": "Tawny, Vintage",
    "contact_name": "Ana Costa",
    "contact_email": "ana@quinta.example",
    "contact_phone": "+351 22 123",
    "website": "https://quinta.example",
    "languages": "Portuguese, English",
}


async def test_tasks_are_set_in_one_click_and_deadlines_stand_in_the_calendar(
    prepared: Prepared,
) -> None:
    """Deadlines count back from the opening in the fair's zone, and move with the fair."""
    cast = prepared.cast
    listed = await cast.mara.get(f"/desk/calls/{prepared.call}/tasks")
    assert "42 days before the fair opens" in listed.text
    assert await value("SELECT count(*) FROM hub_task") == 7
    hub = await cast.ana.get(prepared.hub)
    assert "Furniture, power and other services" in hub.text
    assert "0 of 7 tasks are done" in hub.text
    orders = await task_of("orders")
    key = f"hub:{prepared.application}:{orders}"
    entry = await row("SELECT * FROM calendar_item WHERE key = $1", key)
    assert entry is not None
    assert entry["start_on"] == date(2027, 8, 28)
    assert entry["company"] == cast.quinta
    fair = await row("SELECT * FROM fair")
    assert fair is not None
    done(
        await cast.mara.send_form(
            f"/desk/fairs/{fair['id']}/edit",
            {
                "name": fair["name"], "venue": fair["venue"], "city": fair["city"],
                "country": "DE", "tz": "Europe/Berlin", "starts_on": "2027-10-16",
                "ends_on": "2027-10-20", "opens_at": "10:00", "closes_at": "18:00",
                "sectors": "food", "website": fair["website"], "version": fair["version"],
            },
        )
    )  # fmt: skip
    await jobs.drain()
    moved = await value("SELECT start_on FROM calendar_item WHERE key = $1", key)
    assert moved == date(2027, 9, 4)
    done(await cast.ana.send_form(f"{prepared.hub}/{orders}", {"confirmed": "on"}))
    assert await value("SELECT status FROM calendar_item WHERE key = $1", key) == "cancelled"


async def test_a_task_has_one_deadline_and_a_catalogue_is_asked_for_once(
    prepared: Prepared,
) -> None:
    """Refusals are sentences beside the field."""
    mara, base = prepared.cast.mara, f"/desk/calls/{prepared.call}/tasks"
    both = {"kind": "custom", "title": "Send your lorry’s plate", "days_before": "3"}
    answer = await mara.send_form(f"{base}/new", {**both, "due_on": days_ahead(9)})
    assert answer.status_code == 422
    assert "Give one of the two" in answer.text
    done(await mara.send_form(f"{base}/new", {**both, "wants": "text"}))
    again = await mara.send_form(
        f"{base}/new?kind=badges", {"kind": "badges", "title": "More badges", "days_before": "3"}
    )
    assert again.status_code == 409
    assert "has the task" in again.text
    own = await task_of("custom")
    stale = await change(mara, prepared.call, "custom", version=9)
    assert stale.status_code == 409
    done(await mara.send_form(f"{base}/{own}", {}, to=f"{base}/{own}/remove"))
    assert await value("SELECT count(*) FROM hub_task WHERE kind = 'custom'") == 0


async def test_a_catalogue_entry_is_counted_in_characters_and_shown_to_everybody(
    prepared: Prepared, visitor: Visitor
) -> None:
    """Prefilled from the profile, limited, previewed, published with a code and a QR picture."""
    cast = prepared.cast
    done(await change(cast.mara, prepared.call, "catalogue", characters=50))
    path = f"{prepared.hub}/{await task_of('catalogue')}"
    assert 'value="https://example.org"' in (await cast.ana.get(path)).text
    long = await cast.ana.send_form(path, {**ENTRY, "text": "é" * 49 + "👩‍👩‍👧" + "x"})
    assert long.status_code == 422
    assert "This has 51 characters; 50 fit" in long.text
    shown = done(await cast.ana.send_form(path, {**ENTRY, "text": "é" * 49 + "👩‍👩‍👧"}))
    assert shown == f"{prepared.hub}/preview"
    assert "Everybody sees this" in (await cast.ana.get(shown)).text
    done(await cast.ana.send_form(path, ENTRY))
    base = f"/fairs/anuga-2027/booths/{prepared.made['booth']}/catalogue"
    listed = await visitor.get(base)
    assert ENTRY["headline"] in listed.text
    assert "Nobody fits" in (await visitor.get(f"{base}?q=cheese")).text
    assert ENTRY["headline"] in (await visitor.get(f"{base}?q=tawny&country=PT&sector=11")).text
    code = re.search(r"/fairs/anuga-2027/exhibitors/(\w{7})", listed.text)
    assert code is not None
    own = f"/fairs/anuga-2027/exhibitors/{code[1]}"
    assert "Since 1890." in (await visitor.get(own)).text
    assert (
        await visitor.get(
            own.upper().replace("/FAIRS/ANUGA-2027/EXHIBITORS", "/fairs/anuga-2027/exhibitors")
        )
    ).status_code == 200
    assert (await visitor.get(f"{own}/qr.svg")).text.startswith("<svg")
    assert (await visitor.get(f"{own}/qr.png")).content.startswith(b"\x89PNG")
    assert (await cast.ana.get(f"{prepared.hub}/sign.pdf")).content.startswith(b"%PDF")
    assert (await visitor.get("/fairs/anuga-2027/exhibitors/zzzzzzz")).status_code == 404
    program = await cast.ana.program()
    items = (await program.get(f"/api/v1/booths/{prepared.made['booth']}/catalogue")).json()
    await program.aclose()
    assert [each["code"] for each in items["items"]] == [code[1]]


async def test_the_catalogue_is_printed_once_for_the_same_entries(
    prepared: Prepared, visitor: Visitor
) -> None:
    """A job makes the PDF; it is kept, and made anew when something has changed."""
    cast, desk = prepared.cast, f"/desk/calls/{prepared.call}/hub"
    base = f"/fairs/anuga-2027/booths/{prepared.made['booth']}/catalogue"
    assert (await visitor.get(f"{base}.pdf")).status_code == 404
    for _ in range(2):
        done(await cast.mara.send_form(desk, {}, to=f"{desk}/print"))
        await jobs.drain()
    assert await value("SELECT count(*) FROM document WHERE kind = 'catalogue'") == 1
    printed = await visitor.get(f"{base}.pdf")
    assert printed.content.startswith(b"%PDF")
    done(await cast.ana.send_form(f"{prepared.hub}/{await task_of('catalogue')}", ENTRY))
    done(await cast.mara.send_form(desk, {}, to=f"{desk}/print"))
    await jobs.drain()
    assert await value("SELECT count(*) FROM document WHERE kind = 'catalogue'") == 2


async def test_who_did_not_agree_or_has_not_paid_is_in_no_catalogue(
    prepared: Prepared, visitor: Visitor
) -> None:
    """Consent counts as it was sent, and the stand must be confirmed."""
    own = f"/fairs/anuga-2027/exhibitors/{code_of(prepared.application)}"
    assert (await visitor.get(own)).status_code == 200
    await execute("UPDATE allocation SET state = 'held'")
    assert (await visitor.get(own)).status_code == 404
    assert "Its code is on your sign" in (await prepared.cast.ana.get(prepared.hub)).text


async def test_firms_on_a_stand_stand_in_its_entry(prepared: Prepared, visitor: Visitor) -> None:
    """A co-exhibitor is found by its own name, on its exhibitor's page; who said no is not."""
    for name, publish in (("Adega Sombra", True), ("Moinho Calado", False)):
        await execute(
            "INSERT INTO co_exhibitor (application, kind, name, country, register_no, contact_name,"
            " contact_email, publish, fee_minor, eligible, named_at)"
            " VALUES ($1, 'co_exhibitor', $2, 'PT', 'R-1', 'Eva', 'eva@adega.example', $3, 0,"
            " false, $4)",
            prepared.application,
            name,
            publish,
            clock.now(),
        )
    base = f"/fairs/anuga-2027/booths/{prepared.made['booth']}/catalogue"
    found = await visitor.get(f"{base}?q=sombra")
    assert "with Adega Sombra" in found.text
    own = await visitor.get(f"/fairs/anuga-2027/exhibitors/{code_of(prepared.application)}")
    assert "Also on this stand" in own.text
    assert "Moinho" not in own.text + (await visitor.get(base)).text


async def test_a_picture_that_cannot_be_printed_is_refused_with_the_way_out(
    prepared: Prepared,
) -> None:
    """Resolution at the printed size; the file that was sent before stays."""
    cast = prepared.cast
    done(
        await change(
            cast.mara, prepared.call, "graphics",
            width_mm=1000, height_mm=600, bleed_mm=0, dpi=150, transparency="no",
            formats=["jpeg", "png", "pdf"],
        )
    )  # fmt: skip
    path = f"{prepared.hub}/{await task_of('graphics')}"

    async def sent(name: str, data: bytes) -> Any:
        return await cast.ana.send_form(path, {}, files={"file": (name, data, "image/jpeg")})

    small = await sent("wall.jpg", picture(2835, 1701))
    assert small.status_code == 422
    assert (
        "At 1,000 × 600 mm this picture has 72 dpi; 150 are needed."
        " Send one of at least 5,906 × 3,543 pixels."
    ) in small.text
    clear = await sent("wall.png", picture(5906, 3543, "PNG", "RGBA"))
    assert "Parts of it are transparent" in clear.text
    assert "This is a TIFF file" in (await sent("w.tif", picture(9, 9, "TIFF"))).text
    assert "cannot be printed" in (await sent("w.jpg", b"GIF89a not a jpeg")).text
    assert await state_of("graphics") is None
    done(await sent("../../wall.jpg", picture(5906, 3543)))
    kept = await row("SELECT d.* FROM document d WHERE d.kind = 'hub-graphics'")
    assert kept is not None
    assert (kept["media_type"], kept["filename"]) == ("image/jpeg", "wall.jpg")
    for someone in (cast.ana, cast.mara):
        answer = await someone.get(f"/documents/{kept['id']}")
        assert answer.headers["content-disposition"].startswith("attachment")
    assert (await cast.nils.get(f"/documents/{kept['id']}")).status_code == 404
    assert (await cast.carla.get(f"/documents/{kept['id']}")).status_code == 404


async def test_a_program_sends_files_within_the_same_limits(prepared: Prepared) -> None:
    """Logo, certificate and the answer to a task of the agency's own, as a page takes them."""
    cast = prepared.cast
    logo, proof = await task_of("logo"), await task_of("insurance")
    base = f"/api/v1/my/applications/{prepared.application}/tasks"
    async with await cast.ana.program() as program:
        small = await program.post(f"{base}/{logo}/file", files={"file": picture(20, 20)})
        assert small.status_code == 422
        assert "pixels" in small.text
        large = await program.post(f"{base}/{logo}/file", files={"file": picture(2400, 960)})
        assert large.status_code == 200, large.text
        policy = {"insurer": "Seguros do Norte", "policy": "P-77", "valid_until": "2027-10-13"}
        certificate = {"file": ("proof.pdf", picture(20, 20, "PDF"))}
        given = await program.post(f"{base}/{proof}/insurance", data=policy, files=certificate)
        assert given.status_code == 200, given.text
        mixed = await program.post(f"{base}/{proof}/file", files=certificate)
        assert mixed.status_code == 404
    assert (await state_of("logo"), await state_of("insurance")) == ("done", "done")


async def test_badges_beyond_the_free_ones_are_bought(prepared: Prepared) -> None:
    """9 m² have three; the fourth is priced, seen, ordered and billed."""
    cast = prepared.cast
    done(await change(cast.mara, prepared.call, "badges", badge_price="25"))
    path = f"{prepared.hub}/{await task_of('badges')}"
    names = "Ana Costa, sales\nBen Silva\n\n  Rui   Dias , cellar\nEva Reis"
    asked = await cast.ana.send_form(path, {"names": names})
    assert asked.status_code == 422
    assert "beyond your free badges" in asked.text
    total = re.search(r'name="seen_total" value="(\d+)"', asked.text)
    assert total is not None
    wrong = await cast.ana.send_form(path, {"names": names, "seen_total": "1"})
    assert wrong.status_code == 409
    done(await cast.ana.send_form(path, {"names": names, "seen_total": total[1]}))
    line = await row("SELECT label, pieces, net_minor FROM shop_line")
    assert line == {"label": "Further badges", "pieces": 1, "net_minor": 2500}
    done(await cast.ana.send_form(path, {"names": names}))
    assert await value("SELECT count(*) FROM shop_order") == 1
    sheet = await cast.mara.get(f"/desk/calls/{prepared.call}/hub/badges.pdf")
    assert sheet.content.startswith(b"%PDF")
    too_long = await cast.ana.send_form(path, {"names": "x" * 41})
    assert "does not fit on a badge" in too_long.text


async def test_freight_and_insurance_are_small_forms(prepared: Prepared) -> None:
    """What is missing is named; a certificate must last to the end of the fair."""
    ana = prepared.cast.ana
    freight = f"{prepared.hub}/{await task_of('freight')}"
    missing = await ana.send_form(freight, {"packages": "2"})
    assert "Weight is missing." in missing.text
    sizes = {"weight_kg": "120.5", "length_cm": "120", "width_cm": "80", "height_cm": "100"}
    done(await ana.send_form(freight, {"packages": "2", **sizes, "dangerous": "UN 1170, 4 l"}))
    insurance = f"{prepared.hub}/{await task_of('insurance')}"
    policy = {"insurer": "Seguros do Norte", "policy": "P-77"}
    early = await ana.send_form(insurance, {**policy, "valid_until": "2027-10-12"})
    assert "before the fair does" in early.text
    late = {**policy, "valid_until": "2027-10-13"}
    assert "Choose the certificate" in (await ana.send_form(insurance, late)).text
    proof = {"file": ("proof.pdf", b"%PDF-1.4 broken", "application/pdf")}
    assert "damaged" in (await ana.send_form(insurance, late, files=proof)).text
    good = {"file": ("proof.pdf", picture(20, 20, "PDF"), "application/pdf")}
    done(await ana.send_form(insurance, late, files=good))
    seen = await prepared.cast.mara.get(f"/desk/applications/{prepared.application}/hub")
    assert "UN 1170" in seen.text
    assert "proof.pdf" in seen.text


async def test_everybody_who_is_late_is_reminded_once_a_day(prepared: Prepared) -> None:
    """One press, one mail per company with its own late tasks; the board says who is late."""
    cast = prepared.cast
    for kind in ("logo", "freight"):
        done(await change(cast.mara, prepared.call, kind, days_before=400))
    desk = f"/desk/calls/{prepared.call}/hub"
    assert "Exhibitors who are late" in (await cast.mara.get("/desk")).text
    matrix = await cast.mara.get(f"{desk}?show=late")
    assert "1 exhibitor is late." in matrix.text
    assert "Quinta do Vale" in matrix.text
    hub = await cast.ana.get(prepared.hub)
    assert "2 tasks are late" in hub.text
    freight = await task_of("freight")
    marked = await cast.mara.send_form(
        f"/desk/applications/{prepared.application}/hub",
        {"state": "not_needed", f"why_{freight}": "They bring it in the car."},
        to=f"/desk/applications/{prepared.application}/hub/{freight}",
    )
    done(marked)
    assert "They bring it in the car." in (await cast.ana.get(f"{prepared.hub}/{freight}")).text
    for _ in range(2):
        done(await cast.mara.send_form(desk, {}, to=f"{desk}/remind"))
    mails = await rows("SELECT subject, body_text FROM message WHERE key LIKE 'hub:%:late:%'")
    assert len(mails) == 2  # Ana and Ben, once each
    assert mails[0]["subject"] == "Anuga 2027: 1 task is late"
    assert "Logo for print: until" in mails[0]["body_text"]
    assert "Freight" not in mails[0]["body_text"]
    assert await value("SELECT count(*) FROM hub_reminder") == 1
    logged = await rows("SELECT after FROM audit_line WHERE verb = 'hub.remind' ORDER BY id")
    assert [each["after"]["reminded"] for each in logged] == [1, 0]
    program = await cast.mara.program()
    found = (await program.get(f"/api/v1/desk/calls/{prepared.call}/exhibitors")).json()
    await program.aclose()
    assert sorted(found["items"][0]["states"].values()).count("late") == 1


async def test_deadlines_that_are_near_are_mailed_at_each_threshold_once(
    prepared: Prepared,
) -> None:
    """14 and 3 days before, by a sweep; a deadline that moves is told again."""
    cast = prepared.cast
    today = clock.today("Europe/Berlin")
    for kind, days in (("logo", 10), ("freight", 2)):
        left = (date(2027, 10, 9) - today).days - days
        done(await change(cast.mara, prepared.call, kind, days_before=left))

    async def told() -> int:
        await jobs.sweep("hub.remind")
        return int(await value("SELECT count(*) FROM hub_reminder WHERE kind = 'soon'"))

    assert await told() == 1
    mail = await value("SELECT body_text FROM message WHERE key LIKE 'hub:%:soon:%' LIMIT 1")
    assert "Logo for print" in mail
    assert "Freight" in mail
    assert await told() == 1
    tomorrow = datetime.combine(today + timedelta(days=1), time(12), clock.now().tzinfo)
    with clock.travel(tomorrow):
        assert await told() == 1
    with clock.travel(tomorrow + timedelta(days=7)):
        assert await told() == 2  # the logo again, three days before


async def test_nobody_reaches_another_exhibitors_hub(prepared: Prepared, cast: Cast) -> None:
    """Not another company, not another agency; a viewer looks and presses nothing."""
    task = await task_of("orders")
    assert (await cast.carla.get(prepared.hub)).status_code == 404
    wrong = await cast.carla.send_form("/my", {"confirmed": "on"}, to=f"{prepared.hub}/{task}")
    assert wrong.status_code == 404
    for path in ("hub", "tasks", "shop", "orders", "orders.csv", "hub/badges.pdf"):
        answer = await cast.nils.get(f"/desk/calls/{prepared.call}/{path}")
        assert answer.status_code == 404, path
    desk = f"/desk/calls/{prepared.call}/hub"
    assert "Remind everybody" not in (await cast.vera.get(desk)).text
    assert (await cast.vera.send_form(desk, {}, to=f"{desk}/remind")).status_code == 403
    nils = await cast.nils.send_form("/desk", {}, to=f"{desk}/remind")
    assert nils.status_code == 404
