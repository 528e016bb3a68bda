"""The guides and the code say the same: states, columns, roles, addresses, links, pictures."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from booths.calls.rules import CallState, Phase, State
from server.accounts.permissions import AGENCY_ROLES, COMPANY_ROLES, TABLE, Role
from server.accounts.verb_words import VERBS
from server.app import endpoints, litestar
from server.billing.rules import InvoiceState, PaymentState
from server.web.tags import TAGS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
GUIDES = ("guide-agencies.md", "guide-companies.md")
OTHER_WORDS = {"Open": "To pay", "Credited": "Cancelled", "Published": "Opens soon"}
ADDRESS = re.compile(
    r"(?<![\w.:/])/(?:desk|my|join|fairs|calls|calendars|password|login)\b[\w/.-]*"
)


def text(name: str) -> str:
    """One of the documents."""
    return (DOCS / name).read_text("utf-8")


def tables(name: str) -> list[list[str]]:
    """The rows of all tables of a document, cell by cell."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text(name).splitlines()
        if line.startswith("|")
    ]


def described(name: str, words: str, code: str) -> bool:
    """Whether a table has a row that begins with `words`, then `code`, and says what they mean."""
    return any(
        row[0] == words and row[1] == f"`{code}`" and len(" ".join(row[2:]).split()) > 0
        for row in tables(name)
        if len(row) > 2
    )


@pytest.mark.parametrize("name", GUIDES)
@pytest.mark.parametrize("state", State)
def test_state_of_an_application_in_both_guides(name: str, state: State) -> None:
    assert described(name, TAGS[state][1], state)


@pytest.mark.parametrize("state", sorted({*map(str, CallState), *map(str, Phase)}))
def test_state_of_a_call(state: str) -> None:
    words = TAGS[state][1]
    words = OTHER_WORDS[words] if state == "published" else words
    assert described(GUIDES[0], words, state)


@pytest.mark.parametrize("name", GUIDES)
@pytest.mark.parametrize("state", InvoiceState)
def test_state_of_an_invoice_in_both_guides(name: str, state: InvoiceState) -> None:
    words = "Credit note" if state is InvoiceState.CREDIT else TAGS[state][1]
    assert described(name, OTHER_WORDS.get(words, words), state)


@pytest.mark.parametrize("state", PaymentState)
def test_state_of_a_payment(state: PaymentState) -> None:
    assert described(GUIDES[0], TAGS[state][1], state)
    assert f"*{state}*" in text(GUIDES[1])


def test_columns_of_an_import() -> None:
    known = tomllib.loads((ROOT / "events/fairs/headings.toml").read_text("utf-8"))
    told = {row[0].strip("`") for row in tables("formats.md")}
    assert sorted(set(known) - told) == []


def test_roles_of_an_agency_and_of_a_company() -> None:
    for role in AGENCY_ROLES:
        assert f"`{role}`" in text(GUIDES[0]), role
    for role in COMPANY_ROLES:
        assert any(row[1] == f"`{role}`" for row in tables(GUIDES[1]) if len(row) > 1), role


def test_permission_table_is_the_one_that_holds() -> None:
    """Add or mend the row in guide-agencies.md, "Who may do what"."""
    told = {
        row[1].strip("`"): tuple(cell == "yes" for cell in row[2:])
        for row in tables(GUIDES[0])
        if len(row) == 2 + len(AGENCY_ROLES) and re.fullmatch(r"`[a-z_]+\.[a-z_]+`", row[1])
    }
    holds = {
        verb: tuple(role in roles for role in AGENCY_ROLES)
        for verb, roles in TABLE.items()
        if roles & set(AGENCY_ROLES) and Role.PERSON not in roles
    }
    assert told == holds
    words = {row[1].strip("`"): row[0] for row in tables(GUIDES[0]) if row[1].strip("`") in holds}
    assert words == VERBS


@cache
def routes() -> tuple[re.Pattern[str], ...]:
    """Every address of the application, a number or a name where the path has a parameter."""
    return tuple(
        re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(route.path)))
        for route in litestar().routes
    )


def _unknown(found: Iterable[str]) -> list[str]:
    return sorted({each for each in found if not any(route.fullmatch(each) for route in routes())})


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "api.md"], ids=lambda page: page.name
)
def test_addresses_that_are_named_exist(page: Path) -> None:
    found = [each.rstrip("/.") for each in ADDRESS.findall(page.read_text("utf-8"))]
    assert _unknown(found) == []


def test_endpoints_that_are_named_exist() -> None:
    known = {(each.method, "/api/v1" + re.sub(r":\w+\}", "}", each.path)) for each in endpoints()}
    found = re.findall(r"(GET|POST|PUT) (/api/v1/[\w/{}.-]+)", text("api.md"))
    assert found
    wrong = [(way, path) for way, path in found if (way, path.rstrip(".")) not in known]
    assert wrong == []


def test_steps_of_the_worked_example_exist() -> None:
    steps = re.findall(r"""(?:read_|tell) \$\w+ "?([/$][^\s"'?]+)""", text("api.md"))
    assert len(steps) > 12
    paths = [step.replace("$MINE", "/my/applications/1") for step in steps]
    assert _unknown("/api/v1" + re.sub(r"\$\w+", "1", path.rstrip(")")) for path in paths) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    missing = []
    for target in targets:
        parts = urlsplit(target)
        if parts.scheme or not parts.path:
            continue
        if not (page.parent / parts.path).exists():
            missing.append(target)
    assert missing == []
