"""Schemes, the register and a company's own aid through the front door."""

import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image

from server import clock
from server.database import row, value
from server.errors import Refused
from tests.cast import Cast
from tests.server.aid.conftest import MakeScheme, grant, reverse

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HALF = {
    "name": "Fairs abroad",
    "legal_basis": "de_minimis",
    "mode": "rate",
    "rate": "45",
    "cap": "7.500,00",
    "currency": "EUR",
    "budget": "120,000",
    "valid_from": "2026-01-01",
    "reference": "SA.101",
    "intent": "save",
}
AID = {
    "amount": "20000",
    "granted_on": "2025-06-30",
    "authority": "Regional bank",
    "member_state": "DE",
    "legal_basis": "de_minimis",
}


@pytest.fixture
async def granted(cast: Cast, make_scheme: MakeScheme) -> int:
    """1,000 EUR granted to Quinta at noon; the id of the grant."""
    scheme_id = await make_scheme()
    with clock.travel(NOON):
        return await grant(
            await cast.mara.actor(),
            scheme_id=scheme_id,
            company_id=cast.quinta,
            amount_minor=100_000,
            eligible_minor=200_000,
            about="application:1",
        )


async def test_scheme_is_tried_saved_and_changed(cast: Cast) -> None:
    empty = await cast.mara.get("/desk/schemes")
    assert "Create a scheme" in empty.text
    tried = await cast.mara.send_form(
        "/desk/schemes/new",
        HALF | {"intent": "try", "example_m2": "12", "example_full_per_m2": "200"},
    )
    assert tried.status_code == 200, tried.text
    assert "€1,080.00" in tried.text
    assert "€1,320.00" in tried.text
    assert 'value="7.500,00"' in tried.text
    assert await value("SELECT count(*) FROM scheme") == 0
    made = await cast.mara.send_form("/desk/schemes/new", HALF)
    assert made.status_code == 303, made.text
    path = made.headers["location"]
    shown = await cast.vera.get(path)
    for said in ("45% of the eligible cost, at most €7,500.00", "€120,000.00", "2023/2831"):
        assert said in shown.text, said
    edit = await cast.mara.get(f"{path}/edit")
    assert 'value="45"' in edit.text
    changed = await cast.mara.send_form(f"{path}/edit", HALF | {"budget": "90000", "version": "1"})
    assert changed.status_code == 303, changed.text
    stale = await cast.olga.send_form(f"{path}/edit", HALF | {"version": "1"})
    assert stale.status_code == 409
    assert "€90,000.00" in (await cast.mara.get("/desk/schemes")).text


async def test_example_warns_when_the_ceiling_would_be_passed(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    path = f"/desk/schemes/{await make_scheme()}"
    shown = await cast.mara.get(f"{path}?example_m2=20&example_received=299000")
    assert shown.status_code == 200
    assert "all of it is out" in shown.text
    assert "€1,000.00 of €300,000.00" in shown.text
    assert (await cast.mara.get(f"{path}?example_m2=0")).status_code == 422


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rate": ""}, "Say which part of the eligible cost the aid covers."),
        ({"rate": "120"}, "must be 100 or less"),
        ({"rate": "33.3333"}, "A rate has at most two decimal places."),
        ({"legal_basis": "gber_19", "rate": "60"}, "Article 19 allows at most 50%"),
        ({"legal_basis": "gber_19", "valid_from": "2027-01-01"}, "is not in force on this day"),
        ({"legal_basis": "own"}, "Choose one of the legal bases offered."),
        ({"currency": "ABC"}, "There is no currency with this code."),
        ({"budget": "0"}, "Budget must be more than 0."),
        ({"budget": "1.5555"}, "EUR has 2 decimal places."),
        ({"valid_until": "2025-01-01"}, "The last day is before the first."),
    ],
)
async def test_scheme_that_cannot_be_says_why_and_keeps_what_was_typed(
    cast: Cast, change: dict[str, str], says: str
) -> None:
    for intent in ("save", "try"):
        typed = HALF | {"name": "Kept while typing", "intent": intent} | change
        answer = await cast.mara.send_form("/desk/schemes/new", typed)
        assert answer.status_code == 422
        assert says in answer.text
        assert "Kept while typing" in answer.text
    assert await value("SELECT count(*) FROM scheme") == 0


async def test_register_shows_due_overdue_and_entered(cast: Cast, granted: int) -> None:
    with clock.travel_everywhere(NOON):
        shown = await cast.vera.get("/desk/aid")
        assert "Quinta do Vale" in shown.text
        assert "Due 21 Dec 2026" in shown.text
        early = await cast.finn.send_form(f"/desk/aid/{granted}", {"registered_on": "2026-11-22"})
        assert early.status_code == 422
        assert "lies between the grant (2026-11-23) and today" in early.text
    with clock.travel_everywhere(datetime(2026, 12, 22, 12, tzinfo=UTC)):
        await cast.vera.arrive()
        await cast.finn.arrive()
        late = await cast.vera.get("/desk/aid?show=overdue")
        assert "Was due 21 Dec 2026" in late.text
        entered = {"registered_on": "2026-12-22", "register_reference": "R-77"}
        assert (await cast.vera.send_form(f"/desk/aid/{granted}", entered)).status_code == 403
        assert (await cast.finn.send_form(f"/desk/aid/{granted}", entered)).status_code == 303
        again = await cast.finn.send_form(f"/desk/aid/{granted}", entered)
        assert again.status_code == 409
        assert "Nothing in this part" in (await cast.finn.get("/desk/aid?show=overdue")).text
        assert "Entered 22 Dec 2026" in (await cast.finn.get("/desk/aid?show=done")).text


async def test_register_is_one_agency_s_own(cast: Cast, granted: int) -> None:
    assert "No aid was granted yet" in (await cast.nils.get("/desk/aid")).text
    assert (await cast.nils.get(f"/desk/aid/{granted}")).status_code == 404
    assert (await cast.ana.get("/desk/aid")).status_code == 403


async def test_register_as_csv_has_the_six_fields_and_no_formula(cast: Cast, granted: int) -> None:
    await reverse(await cast.mara.actor(), about="application:1", why="=cmd()")
    answer = await cast.vera.get("/desk/aid/register.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    text = answer.content.decode("utf-8-sig")
    head, *rows = text.splitlines()
    for title in ("Beneficiary", "Amount", "Date of grant", "Granting authority",
                  "Aid instrument", "Sector (NACE)"):  # fmt: skip
        assert title in head
    assert len(rows) == 2
    assert "-1000.00" in rows[0]
    assert "'=cmd()" in rows[0]
    assert "PT501964843" in rows[1]


async def test_company_sees_its_headroom_and_declares_aid_from_elsewhere(
    cast: Cast, granted: int
) -> None:
    shown = await cast.ana.get("/my/company/aid")
    assert shown.status_code == 200
    assert "De minimis aid in Portugal" in shown.text
    assert "De minimis aid in Germany" in shown.text
    assert "€299,000.00" in shown.text
    assert "Nordhafen Trade" in shown.text
    added = await cast.ana.send_form("/my/company/aid/declare", AID)
    assert added.status_code == 303, added.text
    shown = await cast.ana.get("/my/company/aid")
    assert "€279,000.00" in shown.text
    assert "Regional bank" in shown.text
    one = await value("SELECT id FROM declared_aid")
    back = f"/my/company/aid/declared/{one}/take-back"
    assert (await cast.carla.send_form("/my/company/aid", {}, to=back)).status_code == 404
    assert (await cast.ben.send_form("/my/company/aid", {}, to=back)).status_code == 303
    assert (await cast.ana.send_form("/my/company/aid", {}, to=back)).status_code == 409
    shown = await cast.ana.get("/my/company/aid")
    assert "€299,000.00" in shown.text
    assert "Taken back" in shown.text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"amount": "-5"}, "must be more than 0"),
        ({"amount": "1.2345"}, "EUR has 2 decimal places."),
        ({"granted_on": "2099-01-01"}, "Aid is declared once it is granted."),
        ({"member_state": "US"}, "Choose a State of the European Economic Area."),
        ({"legal_basis": "gber_19"}, "Choose one of the kinds offered."),
        ({"authority": ""}, "Who granted it is missing."),
    ],
)
async def test_declaration_that_cannot_be_says_why(
    cast: Cast, change: dict[str, str], says: str
) -> None:
    answer = await cast.ana.send_form("/my/company/aid/declare", AID | change)
    assert answer.status_code == 422
    assert says in answer.text
    assert await value("SELECT count(*) FROM declared_aid") == 0


async def test_statement_is_kept_and_shown_to_agencies_of_the_company(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    answer = await cast.ana.send_form(
        "/my/company/aid/statement",
        {"in_difficulty": "no", "recovery_order": "yes", "linked_companies": "Vale Norte Lda"},
    )
    assert answer.status_code == 303, answer.text
    at = f"/desk/aid/companies/{cast.quinta}"
    assert (await cast.vera.get(at)).status_code == 404
    async with await cast.mara.program() as program:
        api = f"/api/v1/aid/companies/{cast.quinta}"
        assert (await program.get(api)).status_code == 404
        await grant(
            await cast.mara.actor(), scheme_id=await make_scheme(legal_basis="none"),
            company_id=cast.quinta, amount_minor=100, eligible_minor=1000, about="application:1",
        )  # fmt: skip
        assert (await program.get(api)).status_code == 200
    seen = await cast.vera.get(at)
    assert (await cast.nils.get(at)).status_code == 404
    assert "Vale Norte Lda" in seen.text
    assert "Small enterprise, by the figures of 2025." in seen.text
    assert "A recovery order for earlier unlawful aid is still open." in seen.text
    assert "Nothing speaks against it" in seen.text
    assert (await cast.ana.get(f"/desk/aid/companies/{cast.rossi}")).status_code == 403


async def test_api_reads_and_writes_what_the_pages_do(cast: Cast, granted: int) -> None:
    def body(**change: Any) -> dict[str, Any]:
        return {k: v for k, v in HALF.items() if k != "intent"} | change

    async with await cast.mara.program() as mara, await cast.ana.program() as ana:
        made = await mara.post("/api/v1/schemes", json=body())
        assert made.status_code == 201, made.text
        one = f"/api/v1/schemes/{made.json()['id']}"
        assert (await mara.get(one)).json()["rate_bp"] == 4_500
        assert (await mara.put(one, json=body(rate=40))).status_code == 200
        assert (await mara.get(one)).json()["rate_bp"] == 4_000
        assert len((await mara.get("/api/v1/schemes")).json()["items"]) == 2
        rows = (await mara.get("/api/v1/aid/grants?show=open")).json()["items"]
        assert [row["amount_minor"] for row in rows] == [100_000]
        assert (await mara.get("/api/v1/aid/grants?show=some")).status_code == 422
        assert (await mara.get(f"/api/v1/aid/grants/{granted}")).json()["member_state"] == "DE"
        entered = {"registered_on": clock.today("Europe/Berlin").isoformat()}
        done = await mara.post(f"/api/v1/aid/grants/{granted}/registered", json=entered)
        assert done.status_code == 200, done.text
        assert (await ana.post("/api/v1/my/aid/declared", json=AID)).status_code == 201
        own = (await ana.get("/api/v1/my/aid")).json()
        assert [one["authority"] for one in own["declared"]] == ["Regional bank"]
        assert (await ana.get("/api/v1/schemes")).status_code == 403


async def test_declaration_keeps_its_letter_for_company_and_agency(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "blue").save(file, "PNG")
    done = await cast.ana.send_form(
        "/my/company/aid/declare",
        {"amount": "900", "granted_on": "2026-01-05", "authority": "Regional bank",
         "member_state": "DE", "legal_basis": "de_minimis"},
        files={"evidence": ("letter.png", file.getvalue(), "image/png")},
    )  # fmt: skip
    assert done.status_code == 303, done.text
    kept = await row("SELECT id, evidence FROM declared_aid")
    assert kept is not None
    assert (await cast.ana.get(f"/documents/{kept['evidence']}")).content.startswith(b"\x89PNG")
    unknown = await cast.vera.get(f"/desk/aid/evidence/{kept['id']}")
    assert unknown.status_code == 404
    await grant(
        await cast.mara.actor(), scheme_id=await make_scheme(), company_id=cast.quinta,
        amount_minor=100, eligible_minor=1000, about="application:1",
    )  # fmt: skip
    page = await cast.vera.get(f"/desk/aid/companies/{cast.quinta}")
    assert f"/desk/aid/evidence/{kept['id']}" in page.text
    letter = await cast.vera.get(f"/desk/aid/evidence/{kept['id']}")
    assert letter.content.startswith(b"\x89PNG")
    assert letter.headers["content-disposition"].startswith("attachment")
    assert (await cast.carla.get(f"/documents/{kept['evidence']}")).status_code == 404


async def test_headroom_is_drawn_over_time_with_the_same_numbers(cast: Cast) -> None:
    with clock.travel(datetime(2026, 11, 23, 12, tzinfo=UTC)):
        for amount, on in (("1000", "2024-02-29"), ("2000", "2025-06-01")):
            await cast.ana.send_form(
                "/my/company/aid/declare",
                {"amount": amount, "granted_on": on, "authority": "Regional bank",
                 "member_state": "PT", "legal_basis": "de_minimis"},
            )  # fmt: skip
        shown = (await cast.ana.get("/my/company/aid")).text
    assert "<svg" in shown
    assert "<polygon" in shown
    for said in ("1 Mar 2027", "€1,000.00", "€298,000.00", "1 Jun 2028", "€300,000.00"):
        assert said in shown


async def test_register_as_workbook_and_large_awards(cast: Cast, make_scheme: MakeScheme) -> None:
    scheme = await make_scheme(
        legal_basis="gber_19", budget=Decimal(400000), cap=None, reference="SA.1"
    )
    await grant(
        await cast.mara.actor(), scheme_id=scheme, company_id=cast.quinta,
        amount_minor=10_000_001, eligible_minor=30_000_000, about="application:1",
    )  # fmt: skip
    book = await cast.vera.get("/desk/aid/register.xlsx")
    assert book.content.startswith(b"PK")
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        words = parts.read("xl/sharedStrings.xml").decode()
    assert "Quinta do Vale" in words
    large = (await cast.vera.get("/desk/aid/publication")).text
    for said in ("Quinta do Vale", "€100,000.01", "SA.1", "Due "):
        assert said in large
    assert (await cast.vera.get("/desk/aid/publication.xlsx")).content.startswith(b"PK")
    made = int(await value("SELECT max(id) FROM aid_grant"))
    at = f"/desk/aid/{made}/published"
    today = clock.today("Europe/Berlin").isoformat()
    early = await cast.finn.send_form(f"/desk/aid/{made}", {"published_on": "2020-01-01"}, to=at)
    assert early.status_code == 422
    done = await cast.finn.send_form(f"/desk/aid/{made}", {"published_on": today}, to=at)
    assert done.status_code == 303
    twice = await cast.finn.send_form(f"/desk/aid/{made}", {"published_on": today}, to=at)
    assert twice.status_code == 409


async def test_size_follows_from_two_years_and_those_one_is_linked_to(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    at, year = "/my/company/aid/size", str(clock.now().year - 1)
    small = {"data_year": year, "awu": "20", "turnover": "3000000", "balance": "2500000"}
    before = {"awu_before": "20", "turnover_before": "3000000", "balance_before": "2500000"}
    done = await cast.ana.send_form(at, {**small, **before, "public": "no"})
    assert done.status_code == 303, done.text
    assert "Small enterprise" in (await cast.ana.get(at)).text
    linked = {
        "name_1": "Vale Holding", "relation_1": "linked", "awu_1": "300",
        "turnover_1": "90,000,000", "balance_1": "90000000", "awu_before_1": "300",
        "turnover_before_1": "90000000", "balance_before_1": "90000000",
    }  # fmt: skip
    done = await cast.ana.send_form(at, {**small, **before, **linked, "public": "no"})
    assert done.status_code == 303
    assert "Large enterprise" in (await cast.ana.get("/my/company/aid")).text
    assert "Vale Holding" in (await cast.ana.get(at)).text
    apart = {"name_1": "A friend", "relation_1": "partner", "share_1": "12", "awu_1": "300"}
    small_share = await cast.ana.send_form(at, {**small, **before, **apart, "public": "no"})
    assert small_share.status_code == 422
    assert "A friend: a partner holds or is held with 25 to 50" in small_share.text
    assert 'value="A friend"' in small_share.text
    half = await cast.ana.send_form(at, {**small, "awu_before": "5", "public": "no"})
    assert half.status_code == 422
    scheme = await make_scheme(legal_basis="gber_19")
    with pytest.raises(Refused, match="small and medium-sized"):
        await grant(
            await cast.mara.actor(), scheme_id=scheme, company_id=cast.quinta,
            amount_minor=100, eligible_minor=1000, about="application:1",
        )  # fmt: skip


async def test_one_large_year_leaves_an_enterprise_small_and_a_second_makes_it_large(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    """Partners count by their share, what is linked to a partner with it, and a year said in an
    earlier test is remembered; the agency sees all of it."""
    year = clock.now().year - 1
    figures = {"awu": 20, "turnover": 3_000_000, "balance": 2_500_000}
    own = {**figures, **{f"{name}_before": said for name, said in figures.items()}}
    partner = {
        "name": "Fund", "relation": "partner", "share": 40, "awu": 300, "turnover": 90_000_000,
        "balance": 90_000_000,
    }  # fmt: skip
    behind = {**partner, "name": "Behind the fund", "relation": "with_partner", "awu": 300}
    async with await cast.ana.program() as ana:
        said = await ana.post(
            "/api/v1/my/aid/size", json={**own, "data_year": year - 1, "public": "no"}
        )
        assert said.status_code == 201, said.text
        one = {**figures, "data_year": year, "related": [partner, behind], "public": "no"}
        assert (await ana.post("/api/v1/my/aid/size", json=one)).status_code == 201
        account = (await ana.get("/api/v1/my/aid")).json()
        kept = account["size_tests"][0]["years"]
        assert [(each["year"], each["awu"], each["size"]) for each in kept] == [
            (year, "260", "large")
        ]
        assert account["size"] == "small"
        before = {f"{name}_before": said for name, said in partner.items() if name in figures}
        both = [{**each, **before} for each in (partner, behind)]
        two = {**own, "data_year": year, "related": both, "public": "no"}
        assert (await ana.post("/api/v1/my/aid/size", json=two)).status_code == 201
        assert (await ana.get("/api/v1/my/aid")).json()["size"] == "large"
    await grant(
        await cast.mara.actor(), scheme_id=await make_scheme(), company_id=cast.quinta,
        amount_minor=100, eligible_minor=1000, about="application:1",
    )  # fmt: skip
    seen = (await cast.vera.get(f"/desk/aid/companies/{cast.quinta}")).text
    assert "Sizes by closed year" in seen
    assert "Large enterprise" in seen
