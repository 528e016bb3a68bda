"""Rules and findings as people read them, in the reader's language."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from booths.checks.facts import Finding, Money, Said
from booths.checks.kinds import KINDS
from booths.checks.rules import EXPORTERS, code_list
from server.aid.sizes import SIZE_NAMES, SizeClass
from server.money import format_money
from server.text import N_, gettext
from server.web.formats import country, day


def sentence(finding: Finding) -> str:
    """What a rule found, for the letter."""
    return _said(finding.said)


def _said(said: Said) -> str:
    return gettext(said.text, **{name: _word(name, each) for name, each in said.values.items()})


def _word(name: str, value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_word(name, each) for each in value)
    if isinstance(value, Said):
        return _said(value)
    if isinstance(value, Money):
        return format_money(value.minor, value.currency)
    if isinstance(value, date):
        return day(value, weekday=False)
    if name in ("country", "countries"):
        return country(str(value))
    return str(value)


def condition(kind: str, asked: Mapping[str, Any]) -> str:
    """What a rule asks, in the words that a company reads before it applies."""
    known = KINDS[kind]
    return gettext(known.condition, **_parameters(known.asks, asked))


def _parameters(asks: tuple[str, ...], asked: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in asks:
        if name == "on":
            first_day = gettext(N_("the first day of the fair"))
            found[name] = (
                day(date.fromisoformat(asked[name]), weekday=False)
                if asked.get(name)
                else first_day
            )
        elif name == "sizes":
            found[name] = ", ".join(gettext(SIZE_NAMES[SizeClass(each)]) for each in asked[name])
        elif name == "statuses":
            found[name] = gettext(N_(", or ")).join(
                gettext(EXPORTERS[each]) for each in asked[name]
            )
        elif name == "countries":
            found[name] = ", ".join(country(each) for each in asked[name])
        elif name == "share":
            found[name] = f"{asked['share_bp'] / 100:g}"
        elif name == "above":
            found[name] = format_money(asked["above_minor"], "EUR")
        elif name == "took_part":
            found[name] = gettext(N_("yes")) if asked[name] else gettext(N_("no"))
        elif name in ("places", "words"):
            found[name] = ", ".join(asked[name])
        elif name.startswith(("codes_", "unless_")):
            found["lists"] = "; ".join(
                gettext(N_("rev. {revision}: {codes}"), revision=revision, codes=code_list(lists))
                for revision, lists in asked["lists"].items()
            )
        else:
            found[name] = str(asked[name])
    return found
