"""Three agencies, their people, and the companies of companies.toml."""

import tomllib
import unicodedata
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from server import clock
from server.accounts import passwords
from server.accounts.actions import person_for
from server.accounts.permissions import SYSTEM, Actor
from server.database import action, execute, row, value
from server.demonstration.calendar import Calendar, together
from server.demonstration.logos import drawn
from server.documents.actions import change_agency_logo, change_logo
from server.organisations import actions, rules
from server.organisations.forms import AgencyForm, CompanyForm
from server.web.forms import Upload, parse

PASSWORD = "harbour lantern velvet"  # noqa: S105 - shown to everybody who starts a demonstration
LEAD = "nordwind-export"

AGENCIES: list[dict[str, Any]] = [
    {
        "facts": {
            "name": "Nordwind Export", "legal_name": "Nordwind Exportförderung GmbH",
            "country": "DE", "street": "Am Sandtorkai 41", "postcode": "20457", "city": "Hamburg",
            "email": "fairs@nordwind-export.example", "phone": "+49 40 555 0140",
            "website": "https://nordwind-export.example", "vat_id": "DE271364813",
            "register_no": "Hamburg HRB 47136", "iban": "DE75 5121 0800 1245 1261 99",
            "bic": "SOGEDEFF", "brand_colour": "#0b4f4a", "member_state": "DE",
            "tz": "Europe/Berlin", "invoice_prefix": "NWX",
        },
        "people": [
            ("owner@nordwind-export.example", "Henrike Claasen", "owner"),
            ("manager@nordwind-export.example", "Malte Brinkmann", "manager"),
            ("finance@nordwind-export.example", "Swantje Reimers", "finance"),
            ("viewer@nordwind-export.example", "Okko Janssen", "viewer"),
        ],
    },
    {
        "facts": {
            "name": "Exportbüro Donau", "legal_name": "Exportbüro Donau GmbH",
            "country": "AT", "street": "Untere Donaustr. 17", "postcode": "1020", "city": "Wien",
            "email": "messen@exportburo-donau.example", "phone": "+43 1 555 0117",
            "website": "https://exportburo-donau.example", "vat_id": "ATU47123606",
            "iban": "AT61 1904 3002 3457 3201", "bic": "OPSKATWW", "brand_colour": "#7a1f3d",
            "member_state": "AT", "tz": "Europe/Vienna", "invoice_prefix": "EBD",
        },
        "people": [("manager@exportburo-donau.example", "Theresa Nemeth", "owner")],
    },
    {
        "facts": {
            "name": "Atlantic Trade House", "legal_name": "Atlantic Trade House CLG",
            "country": "IE", "street": "12 Burgh Quay", "postcode": "D02 F243", "city": "Dublin",
            "email": "fairs@atlantic-trade-house.example", "phone": "+353 1 555 0112",
            "website": "https://atlantic-trade-house.example", "vat_id": "IE3471362R",
            "iban": "IE29 AIBK 9311 5212 3456 78", "bic": "AIBKIE2D", "brand_colour": "#1b4e8a",
            "member_state": "IE", "tz": "Europe/Dublin", "invoice_prefix": "ATH",
        },
        "people": [("manager@atlantic-trade-house.example", "Fionn Gallagher", "owner")],
    },
]  # fmt: skip

SIGN_INS = [
    ("manager@nordwind-export.example", "manager of the lead agency: fairs, calls, admissions"),
    ("finance@nordwind-export.example", "its finance: payments, refunds, aid register"),
    ("viewer@nordwind-export.example", "a colleague who only reads"),
    ("owner@nordwind-export.example", "its owner: settings, people"),
    ("manager@exportburo-donau.example", "a partner agency in Vienna"),
    ("manager@atlantic-trade-house.example", "a partner agency in Dublin"),
    ("friederike.lohse@lenkwerk.example", "a company: paid and confirmed, and a new draft"),
    ("davide.montorsi@emilmec.example", "a company: admitted, has to pay"),
    ("paulo.ferraz@moldes-lis.example", "a company: on the waiting list"),
    ("aoife.brennan@glenbrae-oats.example", "a company: has exhibited"),
]


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """A company of the list, in the database."""

    id: int
    name: str
    country: str
    sector: str
    description: str
    products: list[str]
    actor: Actor


@cache
def _list() -> list[dict[str, Any]]:
    text = resources.files(__package__).joinpath("companies.toml").read_text("utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text)["company"]
    return found


@action
async def _person(email: str, name: str, password_hash: str) -> int:
    return await person_for(email, name, password_hash)


async def actor_for(email: str) -> Actor:
    """Who somebody is to an action."""
    found = await row(
        "SELECT p.id AS person_id, p.name, p.email, a.id AS agency_id, a.name AS agency_name,"
        " am.role AS agency_role, c.id AS company_id, c.name AS company_name,"
        " cm.role AS company_role FROM person p"
        " LEFT JOIN agency_member am ON am.person = p.id LEFT JOIN agency a ON a.id = am.agency"
        " LEFT JOIN company_member cm ON cm.person = p.id LEFT JOIN company c ON c.id = cm.company"
        " WHERE p.email = $1",
        email,
    )
    assert found is not None
    told: dict[str, Any] = {
        name: "" if said is None and not name.endswith("_id") else said
        for name, said in found.items()
    }
    return msgspec.convert(told, Actor)


async def agencies(calendar: Calendar) -> dict[str, dict[str, Actor]]:
    """Each agency's people as actors: slug -> role -> actor."""
    password_hash = await passwords.hashed(PASSWORD)
    found: dict[str, dict[str, Actor]] = {}
    for each in AGENCIES:
        form = parse(AgencyForm, each["facts"])
        slug = rules.slug(form.name)
        known = await value("SELECT id FROM agency WHERE slug = $1", slug)
        with clock.travel(calendar.moment(-300)):
            owner_email, owner_name, _ = each["people"][0]
            if known is None:
                known = await actions.create_agency(
                    SYSTEM, form, owner_name=owner_name, owner_email=owner_email,
                    owner_password_hash=password_hash,
                )  # fmt: skip
            for email, name, role in each["people"][1:]:
                person = await _person(email, name, password_hash)
                await execute(
                    "INSERT INTO agency_member (agency, person, role, since)"
                    " VALUES ($1, $2, $3, $4) ON CONFLICT (agency, person) DO NOTHING",
                    known, person, role, clock.now(),
                )  # fmt: skip
        found[slug] = {role: await actor_for(email) for email, _, role in each["people"]}
        marked = await value("SELECT logo_document FROM agency WHERE id = $1", known)
        if slug == LEAD and marked is None:
            logo = Upload(filename="nordwind.png", media_type="", data=drawn(len(slug)))
            await change_agency_logo(found[slug]["owner"], logo)
    return found


def mailbox(name: str, domain: str) -> str:
    """first.last@domain in plain letters."""
    plain = name.translate(str.maketrans("łø", "lo"))
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return f"{plain.lower().replace(' ', '.')}@{domain}"


async def companies(calendar: Calendar) -> list[Company]:
    """Every company, signed up by its first person in the weeks before the first call."""
    password_hash = await passwords.hashed(PASSWORD)
    return await together(
        _company(n, each, password_hash, calendar) for n, each in enumerate(_list())
    )


async def _company(n: int, each: dict[str, Any], password_hash: str, calendar: Calendar) -> Company:
    email = mailbox(each["person"], each["domain"])
    with clock.travel(calendar.moment(-260 + n, minutes=7 * n)):
        await _person(email, each["person"], password_hash)
        actor = await actor_for(email)
        if actor.company_id is None:
            await actions.register_company(actor, parse(CompanyForm, _profile(each, calendar)))
            actor = await actor_for(email)
            if n % 3 != 2:
                logo = Upload(filename=f"{each['domain']}.png", media_type="", data=drawn(n))
                await change_logo(actor, logo)
    assert actor.company_id is not None
    return Company(
        id=actor.company_id, name=each["name"], country=each["country"],
        sector=each["sector"], description=each["description"], products=each["products"],
        actor=actor,
    )  # fmt: skip


def _profile(each: dict[str, Any], calendar: Calendar) -> dict[str, Any]:
    kept = (
        "name", "legal_name", "country", "city", "postcode", "street", "region", "vat_id",
        "nace_code", "nace_revision", "description",
    )  # fmt: skip
    return {name: each[name] for name in kept} | {
        "founded_on": date(each["founded"], 4, 1),
        "employees_awu": each["awu"],
        "turnover": each["turnover"] * 1000,
        "balance": each["balance"] * 1000,
        "size_year": calendar.day(-330).year,
        "website": f"https://{each['domain']}",
        "invoice_email": f"invoices@{each['domain']}",
        "products": "\n".join(each["products"]),
    }
