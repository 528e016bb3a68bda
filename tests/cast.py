"""The cast: who plays in the tests, and how they knock at the door.

Nordhafen Trade (Germany) employs Olga the owner, Mara the manager, Finn of finance and Vera who
only looks. Lagerwey Export (Netherlands) employs Nils, who should see nothing of Nordhafen.
Ana runs Quinta do Vale (Portugal) and Ben works there; Carla runs Officina Rossi (Italy). Paul
has joined and belongs to nobody.
"""

import re
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Self

import httpx

from server import clock
from server.accounts import actions as accounts
from server.accounts import passwords
from server.accounts.permissions import Actor
from server.app import create
from server.database import action, value
from server.organisations.actors import actor_of

PASSWORD = "orchard lantern velvet"
BASE = "http://pavilion.test"


@cache
def door() -> Any:
    """The application, made once."""
    return create()


class Visitor(httpx.AsyncClient):
    """A browser without JavaScript: keeps cookies, reads hidden tokens, sends forms."""

    def __init__(self) -> None:
        super().__init__(
            transport=httpx.ASGITransport(app=door(), raise_app_exceptions=False),
            base_url=BASE,
            headers={"origin": BASE, "sec-fetch-site": "same-origin"},
        )
        self.token = ""

    async def send_form(
        self, path: str, data: dict[str, Any] | None = None, **more: Any
    ) -> httpx.Response:
        """Open `path`, fill its form with `data`, send it; the answer, redirects not followed."""
        shown = await self.get(path)
        found = re.search(r'name="csrf_token" value="([^"]*)"', shown.text)
        csrf = found[1] if found else self.token
        return await self.post(
            more.pop("to", path), data={**(data or {}), "csrf_token": csrf}, **more
        )

    async def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        """Through the front door."""
        return await self.send_form("/login", {"email": email, "password": password})


class Someone(Visitor):
    """A person of the cast, signed in."""

    def __init__(self, email: str, person_id: int) -> None:
        super().__init__()
        self.email = email
        self.person_id = person_id
        self.session = ""

    async def arrive(self) -> Self:
        """Take a session without the cost of a password."""

        @action
        async def open_session() -> str:
            return await accounts.start_session(self.person_id)

        self.session = await open_session()
        self.cookies.set("pavilion", self.session)
        return self

    async def actor(self) -> Actor:
        """Who this is to an action."""
        found = await actor_of(self.session, False)
        assert found is not None
        return found

    async def program(self) -> httpx.AsyncClient:
        """A client of the API with a token of this person."""

        @action
        async def open_session() -> str:
            return await accounts.start_session(self.person_id, kind="program")

        token = await open_session()
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=door(), raise_app_exceptions=False),
            base_url=BASE,
            headers={"authorization": f"Bearer {token}"},
        )


class Cast:
    """Everybody by name; `nordhafen`, `lagerwey`, `quinta` and `rossi` are ids."""

    nordhafen: int
    lagerwey: int
    quinta: int
    rossi: int
    olga: Someone
    mara: Someone
    finn: Someone
    vera: Someone
    nils: Someone
    ana: Someone
    ben: Someone
    carla: Someone
    paul: Someone

    def people(self) -> dict[str, Someone]:
        """Everybody by name."""
        return {k: v for k, v in vars(self).items() if isinstance(v, Someone)}

    async def leave(self) -> None:
        """Close every client."""
        for someone in self.people().values():
            await someone.aclose()


@cache
def _password_hash() -> str:
    return passwords._hasher.hash(PASSWORD)


async def _insert(table: str, **columns: object) -> int:
    names = ", ".join(columns)
    places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    return int(
        await value(
            f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id", *columns.values()
        )
    )


async def person(email: str, name: str) -> int:
    """A confirmed person with PASSWORD."""
    return await _insert(
        "person", email=email, name=name, password_hash=_password_hash(), locale="en",
        confirmed_at=clock.now(), created_at=clock.now(),
    )  # fmt: skip


async def agency(
    slug: str, name: str, country: str, vat_id: str, city: str, tz: str, prefix: str
) -> int:
    """An agency that can invoice."""
    return await _insert(
        "agency", slug=slug, name=name, legal_name=f"{name} GmbH", country=country,
        street="Kaistr. 1", postcode="20457", city=city, email=f"hello@{slug}.example",
        phone="+49 40 1234", tz=tz,
        website=f"https://{slug}.example", vat_id=vat_id, register_no="HRB 12345",
        iban="DE89370400440532013000", bic="COBADEFFXXX", brand_colour="#123a5e", currency="EUR",
        member_state=country, invoice_prefix=prefix, created_at=clock.now(),
    )  # fmt: skip


async def company(name: str, country: str, vat_id: str, city: str, **more: object) -> int:
    """A small company with an undertaking of its own and a complete profile."""
    undertaking = await _insert("undertaking", name=name, member_state=country)
    columns: dict[str, object] = {
        "undertaking": undertaking, "name": name, "legal_name": name, "country": country,
        "region": "", "street": "Rua Nova 5", "postcode": "4000-001", "city": city,
        "vat_id": vat_id, "vat_state": "unchecked", "register_no": "",
        "founded_on": date(2012, 5, 1),
        "nace_code": "11.02", "nace_revision": "2", "employees_awu": Decimal("12.00"),
        "turnover_minor": 180_000_000, "balance_minor": 120_000_000, "size_year": 2025,
        "size_class": "small", "website": "https://example.org", "iban": "",
        "invoice_email": f"invoice@{name.split()[0].lower()}.example",
        "description": "Wine", "products": "Wine", "created_at": clock.now(),
    }  # fmt: skip
    return await _insert("company", **{**columns, **more})


async def member(kind: str, organisation: int, person_id: int, role: str) -> None:
    """Somebody's role."""
    await _insert(
        f"{kind}_member",
        **{kind: organisation, "person": person_id, "role": role, "since": clock.now()},
    )


@action
async def _build(cast: Cast) -> None:
    cast.nordhafen = await agency(
        "nordhafen", "Nordhafen Trade", "DE", "DE136695976", "Hamburg", "Europe/Berlin", "NH"
    )
    cast.lagerwey = await agency(
        "lagerwey",
        "Lagerwey Export",
        "NL",
        "NL004495445B01",
        "Leeuwarden",
        "Europe/Amsterdam",
        "LE",
    )
    cast.quinta = await company("Quinta do Vale", "PT", "PT501964843", "Porto")
    cast.rossi = await company("Officina Rossi", "IT", "IT00743110157", "Modena")
    for known in (cast.quinta, cast.rossi):
        await _insert("dealing", agency=cast.nordhafen, company=known)
    for name, role, kind, organisation in (
        ("Olga", "owner", "agency", cast.nordhafen),
        ("Mara", "manager", "agency", cast.nordhafen),
        ("Finn", "finance", "agency", cast.nordhafen),
        ("Vera", "viewer", "agency", cast.nordhafen),
        ("Nils", "manager", "agency", cast.lagerwey),
        ("Ana", "admin", "company", cast.quinta),
        ("Ben", "member", "company", cast.quinta),
        ("Carla", "admin", "company", cast.rossi),
        ("Paul", "", "", 0),
    ):
        email = f"{name.lower()}@cast.example"
        person_id = await person(email, f"{name} Example")
        if role:
            await member(kind, organisation, person_id, role)
        setattr(cast, name.lower(), Someone(email, person_id))


async def build_cast() -> Cast:
    """Everybody, with a session each."""
    made = Cast()
    await _build(made)
    for someone in made.people().values():
        await someone.arrive()
    return made
