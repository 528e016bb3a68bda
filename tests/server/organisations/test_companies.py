"""Companies sign up once, change their profile and invite colleagues."""

import asyncio
import re

import pytest

from server import jobs
from server.accounts.permissions import Actor
from server.app import register_jobs
from server.database import counting, execute, row, rows, value
from server.errors import Refused
from server.organisations import actions, queries
from server.organisations.forms import CompanyForm
from server.web.forms import parse
from tests.cast import Cast, Visitor, person

register_jobs()

PROFILE = {
    "name": "Møbelverk",
    "legal_name": "Møbelverk AS",
    "country": "DE",
    "street": "Hafenweg 1",
    "postcode": "20457",
    "city": "Hamburg",
    "region": "",
    "vat_id": "DE 271 364 813",
    "register_no": "Hamburg HRB 47136",
    "founded_on": "2004-02-29",
    "nace_code": "31.01",
    "nace_revision": "2",
    "employees_awu": "12,5",
    "turnover": "1.250.000,50",
    "balance": "800000",
    "size_year": "2025",
    "website": "moebelverk.example",
    "iban": "DE75 5121 0800 1245 1261 99",
    "invoice_email": "Rechnung@moebelverk.example",
    "description": "Chairs & <b>tables</b>",
    "products": "Chairs",
}


async def test_company_registered_once_is_kept_in_printed_form(cast: Cast) -> None:
    sent = await cast.paul.send_form("/my/company/new", PROFILE)
    assert (sent.status_code, sent.headers["location"]) == (303, "/my/company")
    kept = await row("SELECT * FROM company WHERE vat_id = 'DE271364813'")
    assert kept is not None
    assert kept["turnover_minor"] == 125_000_050
    assert kept["iban"] == "DE75512108001245126199"
    assert kept["website"] == "https://moebelverk.example"
    assert kept["vat_state"] == "unchecked"
    shown = await cast.paul.get("/my/company")
    assert "Chairs &amp; &lt;b&gt;tables" in shown.text
    assert "Manufacture of office and shop furniture" in shown.text
    assert await value("SELECT verb FROM audit_line WHERE thing = 'company'") == "company.register"
    assert "512108" not in str(await rows("SELECT after FROM audit_line"))


async def test_company_form_refusal_keeps_everything_typed(cast: Cast) -> None:
    wrong = {**PROFILE, "vat_id": "DE271364814", "turnover": "much", "nace_code": "62.10"}
    sent = await cast.paul.send_form("/my/company/new", wrong)
    assert sent.status_code == 422
    assert "Turnover must" in sent.text or "not an amount" in sent.text
    assert 'value="much"' in sent.text
    assert "Chairs &amp; &lt;b&gt;tables" in sent.text
    sent = await cast.paul.send_form("/my/company/new", {**wrong, "turnover": ""})
    assert "check digits of" in sent.text
    assert "rev. 2.1 has" in sent.text
    assert await value("SELECT count(*) FROM company WHERE name = 'Møbelverk'") == 0


async def test_company_of_the_union_needs_a_vat_id_and_others_do_not(cast: Cast) -> None:
    sent = await cast.paul.send_form("/my/company/new", {**PROFILE, "vat_id": ""})
    assert "needed for companies in Germany" in sent.text
    abroad = {**PROFILE, "vat_id": "", "country": "US", "register_no": "C1234567"}
    assert (await cast.paul.send_form("/my/company/new", abroad)).status_code == 303


async def test_second_sign_up_with_the_same_vat_id_names_nobody(cast: Cast) -> None:
    taken = {**PROFILE, "country": "PT", "vat_id": "PT501964843", "register_no": ""}
    sent = await cast.paul.send_form("/my/company/new", taken)
    assert sent.status_code == 422
    assert "Ask a colleague" in sent.text
    assert "Ana" not in sent.text
    assert "Quinta" not in sent.text


async def test_profile_change_is_logged_and_others_stay(cast: Cast) -> None:
    form = {**PROFILE, "country": "PT", "vat_id": "PT501964843", "register_no": "", "name": "Nova"}
    assert (await cast.ana.send_form("/my/company/edit", form)).status_code == 303
    assert await value("SELECT name FROM company WHERE id = $1", cast.quinta) == "Nova"
    assert await value("SELECT name FROM company WHERE id = $1", cast.rossi) == "Officina Rossi"
    line = await row("SELECT before, after FROM audit_line WHERE verb = 'company.change'")
    assert line is not None
    assert line["before"]["name"] == "Quinta do Vale"


async def _invited(cast: Cast, name: str, email: str) -> str:
    sent = await cast.ana.send_form(
        "/my/company/people", {"name": name, "email": email, "role": "member"}
    )
    assert sent.status_code == 303
    await jobs.drain()
    body = await value("SELECT body_text FROM message WHERE to_email = $1", email)
    return str(re.search(r"/invite\?token=([\w-]+)", body)[1])  # type: ignore[index]


async def test_invitation_makes_a_newcomer_a_colleague_once(cast: Cast, visitor: Visitor) -> None:
    token = await _invited(cast, "Rui Novo", "rui@new.example")
    path = f"/invite?token={token}"
    shown = await visitor.get(path)
    assert "Quinta do Vale" in shown.text
    typed = {"token": token, "name": "Rui Novo", "password": "short"}
    assert (await visitor.send_form(path, typed, to="/invite")).status_code == 422
    typed["password"] = "harbour candle velvet"
    sent = await visitor.send_form(path, typed, to="/invite")
    assert sent.status_code == 303
    assert (await visitor.get("/my/company")).status_code == 200
    async with Visitor() as again:
        assert "no longer good" in (await again.get(path)).text
    people = await queries.people_of_company(cast.quinta)
    assert [p.role for p in people if p.email == "rui@new.example"] == ["member"]


async def test_invitation_of_somebody_known_needs_their_sign_in(
    cast: Cast, visitor: Visitor
) -> None:
    token = await _invited(cast, "Paul", "paul@cast.example")
    assert "Sign in" in (await visitor.get(f"/invite?token={token}")).text
    typed = {"token": token, "name": "Mallory", "password": "harbour candle velvet"}
    sent = await visitor.send_form("/login", typed, to="/invite")
    assert sent.status_code == 422
    sent = await cast.paul.send_form(f"/invite?token={token}", {"token": token}, to="/invite")
    assert sent.status_code == 303
    assert "Quinta" in (await cast.paul.get("/my/company")).text


async def test_member_cannot_invite_and_last_admin_stays(cast: Cast) -> None:
    sent = await cast.ben.send_form("/my/company/people", {"name": "X Y", "email": "x@y.example"})
    assert sent.status_code == 403
    ana = cast.ana.person_id
    sent = await cast.ana.send_form("/my/company/people", to=f"/my/company/people/{ana}/remove")
    assert "last person" in sent.text
    ben = cast.ben.person_id
    sent = await cast.ana.send_form("/my/company/people", to=f"/my/company/people/{ben}/remove")
    assert sent.status_code == 303
    carla = cast.carla.person_id
    sent = await cast.ana.send_form("/my/company/people", to=f"/my/company/people/{carla}/remove")
    assert sent.status_code == 404


async def test_companies_are_listed_searched_and_paged_in_constant_statements(cast: Cast) -> None:
    actor = await cast.vera.actor()
    found, _ = await queries.companies_page(actor, search="porto")
    assert [c.name for c in found] == ["Quinta do Vale"]
    assert (await queries.companies_page(actor, search="100%"))[0] == []
    first, cursor = await queries.companies_page(actor, limit=1)
    second, end = await queries.companies_page(actor, limit=1, cursor=cursor)
    assert [c.name for c in [*first, *second]] == ["Officina Rossi", "Quinta do Vale"]
    assert end == ""
    async with counting() as said:
        assert (await cast.vera.get("/desk/companies")).status_code == 200
    assert len(said) <= 3
    assert "Modena" in (await cast.vera.get(f"/desk/companies/{cast.rossi}")).text
    assert (await cast.vera.get("/desk/companies?q=%00")).status_code == 422


async def test_companies_of_others_are_not_to_be_seen_until_there_is_a_dealing(
    cast: Cast,
) -> None:
    """Neither in the list nor by address, page or API; a dealing opens one company, not all."""
    program = await cast.nils.program()
    path = f"/desk/companies/{cast.rossi}"
    assert (await cast.nils.get(path)).status_code == 404
    assert (await program.get(f"/api/v1/companies/{cast.rossi}")).status_code == 404
    for text in ((await cast.nils.get("/desk/companies")).text,
                 (await program.get("/api/v1/companies")).text):  # fmt: skip
        assert "Rossi" not in text
        assert "Italy" not in text
    await value("SELECT note_dealing($1, $2)", cast.lagerwey, cast.rossi)
    assert (await cast.nils.get(path)).status_code == 200
    assert (await cast.nils.get(f"/desk/companies/{cast.quinta}")).status_code == 404
    await execute("DELETE FROM dealing")
    assert (await cast.mara.get(path)).status_code == 404


async def test_companies_are_for_staff_only(cast: Cast, visitor: Visitor) -> None:
    assert (await cast.ana.get("/desk/companies")).status_code == 403
    assert (await visitor.get("/desk/companies")).status_code == 303


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("brand_colour", "#ffdd00", "contrast of"),
        ("iban", "DE00", "not an IBAN"),
        ("tz", "Mars/Olympus", "not a time zone"),
        ("currency", "XXQ", "not a currency"),
    ],
)
async def test_agency_settings_refuse_what_cannot_be(
    cast: Cast, field: str, typed: str, said: str
) -> None:
    agency = await queries.agency(cast.nordhafen)
    form = {
        name: getattr(agency, name)
        for name in agency.__struct_fields__
        if name not in ("id", "slug", "created_at", "register_no", "logo_document")
    }
    sent = await cast.olga.send_form("/desk/settings", {**form, field: typed})
    assert sent.status_code == 422
    assert said in sent.text
    sent = await cast.olga.send_form("/desk/settings", {**form, "phone": "+49 1"})
    assert sent.status_code == 303
    assert (await queries.agency(cast.nordhafen)).phone == "+49 1"
    assert (await cast.mara.send_form("/desk/settings", form)).status_code == 403


async def _all_at_once(cast: Cast) -> list[str]:
    """Eight people register one company at the same moment; what became of each."""
    form = parse(CompanyForm, PROFILE)

    async def one(n: int) -> str:
        somebody = await person(f"rival{n}@cast.example", f"Rival {n}")
        try:
            await actions.register_company(Actor(person_id=somebody, name="Rival"), form)
        except Refused as refused:
            return refused.field or ""
        return "registered"

    return list(await asyncio.gather(*(one(n) for n in range(8))))


async def test_one_of_many_at_once_registers_a_vat_id(cast: Cast) -> None:
    became = await _all_at_once(cast)
    assert sorted(became) == ["registered"] + ["vat_id"] * 7
    assert await value("SELECT count(*) FROM undertaking WHERE name = 'Møbelverk AS'") == 1


async def test_without_the_index_all_of_them_would(cast: Cast) -> None:
    await execute("DROP INDEX company_vat_id")
    assert await _all_at_once(cast) == ["registered"] * 8
