"""Reads of agencies, companies and their people."""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from server import clock
from server.accounts import tokens
from server.accounts.permissions import Actor, require
from server.database import once, page_id, row, rows, typed, value
from server.errors import NotFound
from server.organisations.rules import country_name, is_eu

PAGE = 50


class AgencyRow(msgspec.Struct, frozen=True, kw_only=True):
    """An agency as every page, mail and document of it needs it."""

    id: int
    slug: str
    name: str
    legal_name: str
    country: str
    street: str
    postcode: str
    city: str
    email: str
    phone: str
    website: str
    vat_id: str
    register_no: str
    iban: str
    bic: str
    brand_colour: str
    currency: str
    member_state: str
    tz: str
    invoice_prefix: str
    logo_document: int | None = None
    created_at: datetime


class CompanyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A company's whole profile. Turnover and balance are in euro cents."""

    id: int
    undertaking: int
    undertaking_name: str
    name: str
    legal_name: str
    country: str
    region: str
    street: str
    postcode: str
    city: str
    vat_id: str
    vat_state: str
    taxable: bool
    register_no: str
    founded_on: date | None
    nace_code: str
    nace_revision: str
    employees_awu: Decimal | None
    turnover_minor: int | None
    balance_minor: int | None
    size_year: int | None
    size_class: str
    website: str
    iban: str
    invoice_email: str
    description: str
    products: str
    logo_document: int | None
    created_at: datetime

    @property
    def missing(self) -> tuple[str, ...]:
        """What an application will ask for and this profile does not say yet."""
        wanted = ["nace_code", "employees_awu", "size_year", "description", "products"]
        if self.taxable and is_eu(self.country, clock.today("UTC")):
            wanted.append("vat_id")
        return tuple(name for name in wanted if getattr(self, name) in ("", None))


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who acts for an agency or a company."""

    person_id: int
    name: str
    email: str
    locale: str
    role: str


KNOWN = (
    "(EXISTS (SELECT FROM dealing d WHERE d.agency = $1::bigint AND d.company = c.id)"
    " OR NOT EXISTS (SELECT FROM agency a WHERE a.id <> $1::bigint))"
)
"""Whether agency $1 may see company c: they have to do with each other, or it is the only agency
of the installation, so that nobody's companies are meant."""


class CompanyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A company in a list."""

    id: int
    name: str
    legal_name: str
    country: str
    city: str
    vat_id: str
    nace_code: str
    nace_revision: str
    employees_awu: Decimal | None
    created_at: datetime


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """What a mailed invitation offers; `known` is whether its address has an account already."""

    email: str
    kind: str
    organisation: str
    role: str
    known: bool


async def agency(agency_id: int) -> AgencyRow:
    """The agency, or NotFound."""
    return await once(("agency", agency_id), lambda: _agency(agency_id))


async def _agency(agency_id: int) -> AgencyRow:
    found = await row("SELECT * FROM agency WHERE id = $1::bigint", agency_id)
    if found is None:
        raise NotFound
    return typed(AgencyRow, found)


async def agencies() -> list[AgencyRow]:
    """Every agency of this installation, by name."""
    return typed(AgencyRow, await rows("SELECT * FROM agency ORDER BY lower(name)"))


async def letterhead(agency_id: int) -> dict[str, object]:
    """What a document freezes about the agency that issues it."""
    found = await agency(agency_id)
    kept = (
        "name", "legal_name", "street", "postcode", "city", "email", "phone", "website", "vat_id",
        "register_no", "iban", "bic", "brand_colour", "logo_document",
    )  # fmt: skip
    return {name: getattr(found, name) for name in kept} | {"country": country_name(found.country)}


async def company(company_id: int) -> CompanyRow:
    """The company, or NotFound."""
    return await once(("company", company_id), lambda: _company(company_id))


async def _company(company_id: int) -> CompanyRow:
    found = await row(
        "SELECT c.*, u.name AS undertaking_name FROM company c"
        " JOIN undertaking u ON u.id = c.undertaking WHERE c.id = $1::bigint",
        company_id,
    )
    if found is None:
        raise NotFound
    return typed(CompanyRow, found)


async def own_company(actor: Actor) -> CompanyRow:
    """The company that `actor` acts for, or NotFound."""
    require(actor, "company.read")
    if actor.company_id is None:
        raise NotFound
    return await company(actor.company_id)


async def company_for_staff(actor: Actor, *, company_id: int) -> CompanyRow:
    """A company that has to do with the actor's agency; NotFound for every other one."""
    require(actor, "company.list")
    if not await value(
        f"SELECT {KNOWN} FROM company c WHERE c.id = $2::bigint",  # noqa: S608 - above
        actor.agency_id,
        company_id,
    ):
        raise NotFound
    return await company(company_id)


async def own_agency(actor: Actor) -> AgencyRow:
    """The agency that `actor` acts for, or NotFound."""
    require(actor, "agency.read")
    if actor.agency_id is None:
        raise NotFound
    return await agency(actor.agency_id)


async def people_of_company(company_id: int) -> list[PersonRow]:
    """Who acts for a company, admins first."""
    found = await rows(
        "SELECT p.id AS person_id, p.name, p.email, p.locale, m.role FROM company_member m"
        " JOIN person p ON p.id = m.person WHERE m.company = $1::bigint"
        " AND p.disabled_at IS NULL ORDER BY m.role, lower(p.name)",
        company_id,
    )
    return typed(PersonRow, found)


async def people_of_agency(agency_id: int) -> list[PersonRow]:
    """Who acts for an agency, by name."""
    found = await rows(
        "SELECT p.id AS person_id, p.name, p.email, p.locale, m.role FROM agency_member m"
        " JOIN person p ON p.id = m.person WHERE m.agency = $1::bigint"
        " AND p.disabled_at IS NULL ORDER BY lower(p.name)",
        agency_id,
    )
    return typed(PersonRow, found)


async def own_people(actor: Actor) -> list[PersonRow]:
    """The colleagues of `actor` in the company they act for."""
    require(actor, "company.people")
    return await people_of_company(actor.company_id) if actor.company_id else []


async def own_staff(actor: Actor) -> list[PersonRow]:
    """The colleagues of `actor` in the agency they act for."""
    require(actor, "agency.read")
    return await people_of_agency(actor.agency_id) if actor.agency_id else []


def _like(text: str) -> str:
    escaped = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


async def companies_page(
    actor: Actor,
    *,
    search: str = "",
    country: str = "",
    division: str = "",
    cursor: str = "",
    limit: int = PAGE,
) -> tuple[list[CompanyLine], str]:
    """Companies by name, and the cursor of the next page ("" after the last).

    `search` looks into names, city and VAT ID; `division` is two digits of NACE.
    """
    require(actor, "company.list")
    limit = max(1, min(limit, 200))
    after = page_id(cursor)
    found = await rows(
        "SELECT id, name, legal_name, country, city, vat_id, nace_code, nace_revision,"  # noqa: S608
        " employees_awu, created_at FROM company c"
        f" WHERE {KNOWN} AND ($2 = '%%' OR name ILIKE $2 OR legal_name ILIKE $2"
        " OR city ILIKE $2 OR vat_id ILIKE $2) AND ($3 = '' OR country = $3)"
        " AND ($4 = '' OR left(nace_code, 2) = $4)"
        " AND ($5::bigint IS NULL OR (lower(name), id) >"
        " (SELECT lower(name), id FROM company WHERE id = $5))"
        " ORDER BY lower(name), id LIMIT $6",
        actor.agency_id,
        _like(search),
        country,
        division,
        after,
        limit + 1,
    )
    more = len(found) > limit
    shown = typed(CompanyLine, found[:limit])
    return shown, str(shown[-1].id) if more else ""


async def countries_in_use(actor: Actor) -> list[str]:
    """The countries that the companies which the actor may see come from."""
    require(actor, "company.list")
    found = await rows(
        f"SELECT DISTINCT c.country FROM company c WHERE {KNOWN} ORDER BY 1",  # noqa: S608 - above
        actor.agency_id,
    )
    return [each["country"] for each in found]


async def invitation(token: str) -> Invitation | None:
    """What an invitation offers, without using it up; None if it is spent, old or unknown."""
    found = await row(
        "SELECT t.email, t.details->>'kind' AS kind, t.details->>'role' AS role,"
        " coalesce(a.name, c.name, '') AS organisation,"
        " EXISTS (SELECT 1 FROM person p WHERE p.email = t.email AND p.password_hash IS NOT NULL"
        " AND p.confirmed_at IS NOT NULL) AS known"
        " FROM one_time_token t"
        " LEFT JOIN agency a ON t.details->>'kind' = 'agency' AND a.id = (t.details->>'id')::bigint"
        " LEFT JOIN company c ON t.details->>'kind' = 'company'"
        " AND c.id = (t.details->>'id')::bigint"
        " WHERE t.token_hash = $1 AND t.purpose = 'invite' AND t.used_at IS NULL"
        " AND t.expires_at > $2",
        tokens.hash_of(token),
        clock.now(),
    )
    return None if found is None else typed(Invitation, found)
