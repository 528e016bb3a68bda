"""What is known about an application without anybody's judgement: the facts that rules compare."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from booths.calls.forms import EXPORT_WORDS
from booths.checks.facts import Facts as Known
from booths.plans.rules import KIND_NAMES
from server.aid.sizes import SIZE_NAMES
from server.organisations.rules import countries
from server.text import N_, gettext


@dataclass(frozen=True, slots=True)
class FactKind:
    """A fact in words. `choices`: its values, code -> words; `number`: it can be counted."""

    label: str
    hint: str = ""
    number: bool = False
    choices: Mapping[str, str] | None = None
    country: bool = False


YES_NO = {"yes": N_("Yes"), "no": N_("No")}
KINDS: dict[str, FactKind] = {
    "participations": FactKind(
        N_("Supported participations at this fair before"), N_("A number, such as 0"), number=True
    ),
    "participations_ever": FactKind(
        N_("Supported participations with the agency at any fair before"),
        N_("A number, such as 0"),
        number=True,
    ),
    "last_edition": FactKind(N_("Took part in the last edition"), choices=YES_NO),
    "size_class": FactKind(
        N_("Size class"), choices={each.value: words for each, words in SIZE_NAMES.items()}
    ),
    "export_status": FactKind(
        N_("Export status"), choices={each.value: words for each, words in EXPORT_WORDS.items()}
    ),
    "markets": FactKind(N_("Target markets"), N_("Countries, separated by commas"), country=True),
    "country": FactKind(N_("Country"), N_("Countries, separated by commas"), country=True),
    "region": FactKind(N_("Region"), N_("As companies write it in their profile")),
    "nace": FactKind(N_("Line of business (NACE)"), N_("Such as 10 or 10.5")),
    "age_years": FactKind(
        N_("Age of the company in years"), N_("On the day the call closes"), number=True
    ),
    "area_m2": FactKind(N_("Area wished in m²"), number=True),
    "stand_kind": FactKind(
        N_("Kind of stand wished"),
        choices={each.value: words for each, words in KIND_NAMES.items()},
    ),
    "consortium": FactKind(N_("Applies with an export consortium"), choices=YES_NO),
    "noted": FactKind(N_("Noted by the agency"), N_("Such as “Export training”")),
}
ANSWER = "answer."
_OWN = ("stand", "services", "goals", "declarations", "share")


def label(fact: str) -> str:
    """A fact in words; an answer of the application's own form by its name."""
    if fact in KINDS:
        return gettext(KINDS[fact].label)
    return gettext(N_("Answer “{name}”"), name=fact.removeprefix(ANSWER))


def value_words(fact: str, value: str) -> str:
    """A value as people read it."""
    kind = KINDS.get(fact)
    if kind is not None and kind.choices and value in kind.choices:
        return gettext(kind.choices[value])
    if kind is not None and kind.country:
        return countries().get(value, value)
    return value


def understood(fact: str, text: str) -> str:
    """A typed value as facts hold it: codes for choices and countries."""
    kind = KINDS.get(fact)
    plain = text.strip()
    if kind is not None and kind.choices:
        for code, words in kind.choices.items():
            if plain.casefold() in (code, words.casefold(), gettext(words).casefold()):
                return code
    if kind is not None and kind.country:
        return next(iter(_countries_in(plain)), plain)
    return plain


@cache
def _country_names() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(rf"\b{re.escape(name.casefold())}\b"), code)
        for code, name in countries("en").items()
    )


def _countries_in(text: str) -> list[str]:
    """The countries that a text names, by name in English or by their two capital letters."""
    plain = text.casefold()
    found = {code for name, code in _country_names() if name.search(plain)}
    found |= {code for code in re.findall(r"\b[A-Z]{2}\b", text) if code in countries("en")}
    return sorted(found)


def facts_of(
    answers: Mapping[str, Any],
    company: Mapping[str, Any],
    closes_on: date,
    known: Known,
    noted: Sequence[str],
) -> dict[str, Any]:
    """The facts of one application: what was sent, and what the checks of the call know of it.

    Participations and size are those that the conditions of the call are checked with.
    """
    goals, stand = answers.get("goals", {}), answers.get("stand", {})
    nace = company.get("nace_code") or ""
    found: dict[str, Any] = {
        "participations": known.at_this_fair + known.declared_at_this_fair,
        "participations_ever": known.ever + known.declared_at_this_fair,
        "last_edition": "" if known.last_edition is None else ("no", "yes")[known.last_edition],
        "size_class": known.size.value if known.size else "",
        "export_status": goals.get("export_status", ""),
        "markets": _countries_in(goals.get("markets", "")),
        "country": company.get("country", ""),
        "region": company.get("region", ""),
        "nace": [nace[:n] for n in range(2, len(nace) + 1) if nace[n - 1] != "."],
        "area_m2": str(stand.get("area_m2", "")),
        "stand_kind": stand.get("stand_kind", ""),
        "consortium": "yes" if answers.get("share") else "no",
        "noted": list(noted),
    }
    if company.get("founded_on"):
        founded = date.fromisoformat(str(company["founded_on"]))
        before = (closes_on.month, closes_on.day) < (founded.month, founded.day)
        found["founded_on"] = founded.isoformat()
        found["age_years"] = closes_on.year - founded.year - before
    for task, given in answers.items():
        if task not in _OWN and isinstance(given, dict):
            found |= _plain_answers(given)
    return {name: value for name, value in found.items() if value not in ("", [], None)}


def _plain_answers(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        ANSWER + name: ("no", "yes")[value] if isinstance(value, bool) else value
        for name, value in given.items()
        if isinstance(value, str | int)
        or (isinstance(value, list) and all(isinstance(each, str) for each in value))
    }
