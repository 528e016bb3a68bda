"""An application in words: on the page before sending, in the receipt, and for ten years after.

What is sent keeps its words, so that it reads the same when prices, services and forms of today are
long gone; two sendings are compared by them.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls.forms import EXPORT_WORDS, ExportStatus
from booths.calls.rows import Dossier, SubmissionRow
from booths.plans.rules import KIND_NAMES, StandKind
from booths.questions.rules import Kind, questions_of, shown
from booths.questions.wording import words
from server.organisations.queries import CompanyRow
from server.text import N_, gettext
from server.web.formats import country, day, m2, number

TASK_NAMES = {
    "stand": N_("Space and stand"),
    "services": N_("Services"),
    "goals": N_("Exhibits, markets and goals"),
    "declarations": N_("Declarations"),
}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, and the answer in words; `document` is the file that was given."""

    label: str
    said: str
    document: int | None = None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The answers of one task; the company's profile has the task "company"."""

    task: str
    title: str
    lines: list[Line]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What reads otherwise than in the sending before."""

    title: str
    label: str
    before: str
    now: str


def task_names(found: Dossier) -> dict[str, str]:
    """Every task of an application by its name in words."""
    names = {task: gettext(name) for task, name in TASK_NAMES.items()}
    return names | {each.task: each.title for each in found.form}


def written(
    found: Dossier,
    services: Mapping[str, str],
    declared: Sequence[Mapping[str, Any]] = (),
) -> list[Group]:
    """The answers of an application task by task. `services` are names by number."""
    names = task_names(found)
    lines = {
        "stand": _stand(found.draft.get("stand", {})),
        "services": _services(found.draft.get("services", {}), services),
        "goals": _goals(found.draft.get("goals", {})),
        "declarations": _declarations(found.draft.get("declarations", {}), declared),
        **{each.task: _section(found, each.id) for each in found.sections},
    }
    return [
        Group(task=task, title=names[task], lines=lines[task])
        for task in found.tasks
        if lines[task]
    ]


def profile(company: CompanyRow) -> Group:
    """The company as its profile says today."""
    size = ""
    if company.employees_awu is not None:
        size = gettext(
            N_("{awu} work units in {year}"),
            awu=number(company.employees_awu),
            year=company.size_year,
        )
    nace = f"{company.nace_code} (NACE {company.nace_revision})" if company.nace_code else ""
    place = [company.street, f"{company.postcode} {company.city}", country(company.country)]
    return Group(
        task="company",
        title=gettext(N_("Company")),
        lines=_lines(
            (N_("Legal name"), company.legal_name),
            (N_("Address"), ", ".join(part for part in place if part.strip())),
            (N_("VAT ID"), company.vat_id),
            (N_("Register number"), company.register_no),
            (N_("Line of business"), nace),
            (N_("Size"), size),
            (N_("Website"), company.website),
            (N_("What the company does"), company.description),
            (N_("Products"), company.products),
        ),
    )


def of_submission(found: Dossier, sent: SubmissionRow, services: Mapping[str, str]) -> list[Group]:
    """What was sent, in the words of its day.

    Sendings of before words were kept are put into words now.
    """
    kept = sent.content.get("written")
    if kept is not None:
        return msgspec.convert(kept, list[Group])
    answers = msgspec.structs.replace(found, draft=sent.content["answers"])
    company = msgspec.convert(sent.content["company"], CompanyRow)
    return [profile(company), *written(answers, services)]


def changes(before: Sequence[Group], now: Sequence[Group]) -> list[Change]:
    """What differs between two sendings, in the order of the later one."""
    old = {(each.title, line.label): line for each in before for line in each.lines}
    new = {(each.title, line.label): line for each in now for line in each.lines}
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        was, is_now = old.get(key), new.get(key)
        if was != is_now:
            found.append(
                Change(
                    title=key[0],
                    label=key[1],
                    before=was.said if was else "",
                    now=is_now.said if is_now else "",
                )
            )
    return found


def _lines(*pairs: tuple[str, object]) -> list[Line]:
    return [Line(label=gettext(label), said=str(said)) for label, said in pairs]


def _stand(said: Mapping[str, Any]) -> list[Line]:
    if not said:
        return []
    return _lines(
        (N_("Area"), m2(Decimal(said["area_m2"]))),
        (N_("Kind of stand"), gettext(KIND_NAMES[StandKind(said["stand_kind"])])),
        (N_("Neighbours you wish for"), said.get("neighbours", "")),
        (N_("Competitors to keep apart"), said.get("apart_from", "")),
    )


def _services(said: Mapping[str, Any], names: Mapping[str, str]) -> list[Line]:
    ordered = said.get("services", {})
    return [
        Line(label=names.get(str(one), gettext(N_("Service {n}"), n=one)), said=str(pieces))
        for one, pieces in ordered.items()
        if pieces
    ]


def _goals(said: Mapping[str, Any]) -> list[Line]:
    if not said:
        return []
    return _lines(
        (N_("Exhibits"), said["exhibits"]),
        (N_("Exports so far"), gettext(EXPORT_WORDS[ExportStatus(said["export_status"])])),
        (N_("Target markets"), said["markets"]),
        (N_("Success would be"), said["goals"]),
        (N_("Catalogue"), said.get("catalogue", "")),
    )


def _declarations(said: Mapping[str, Any], declared: Sequence[Mapping[str, Any]]) -> list[Line]:
    if not said:
        return []
    lines = [
        Line(
            label=each["name"],
            said=gettext(
                N_("Declared, holds until {day}"),
                day=day(date.fromisoformat(str(each["valid_until"])), weekday=False),
            ),
        )
        for each in declared
    ]
    if "solvent" in said:  # sent before declarations were records of their own
        lines += _lines(
            (N_("Conditions, solvency, no double funding, list of aid"), gettext(N_("Confirmed")))
        )
    before = said.get("supported_before")
    publish = gettext(N_("Yes")) if said.get("publish") else gettext(N_("No"))
    return lines + _lines(
        (
            N_("Earlier supported participations at this fair"),
            gettext(N_("None stated")) if before is None else before,
        ),
        (N_("Ordered or booked before"), _ordered(said)),
        (N_("May be published as an exhibitor"), publish),
    )


def _ordered(said: Mapping[str, Any]) -> str:
    if said.get("ordered_on"):
        first = day(date.fromisoformat(str(said["ordered_on"])), weekday=False)
        return gettext(N_("Yes, first on {day}"), day=first)
    return gettext(N_("No")) if said.get("ordered") == "no" else ""


def _section(found: Dossier, section: int) -> list[Line]:
    answers = found.answers
    lines = []
    for each in shown(questions_of(found.form), answers):
        if each.section != section:
            continue
        answer = answers.get(each.key)
        document = answer["document"] if each.kind is Kind.FILE and answer else None
        lines.append(Line(label=each.label, said=words(each, answer), document=document))
    return lines
