"""Eligibility rules: what a call asks of a company, and what was found. Pure, one rule a function.

Each function is given the facts of one company and the parameters of one rule; it answers with
whether the rule is fulfilled, and with what it saw as a sentence for the letter. Where a fact is
not known it says so, and nobody is refused for it without a person looking.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from booths.checks import nace
from booths.checks.facts import Facts, Finding, Money, Outcome, Said
from server.aid.sizes import SIZE_NAMES, SizeClass
from server.text import N_

Asked = Mapping[str, Any]


def _found(fulfilled: bool, text: str, saw: object, **values: object) -> Finding:
    return Finding(Outcome.OK if fulfilled else Outcome.FAILED, Said(text, values), str(saw))


def _unknown(text: str, **values: object) -> Finding:
    return Finding(Outcome.UNKNOWN, Said(text, values), "")


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def _among(text: str, names: list[str]) -> bool:
    return _fold(text) in {_fold(each) for each in names}


def _list(names: list[str]) -> str:
    return ", ".join(names)


def region_in(facts: Facts, asked: Asked) -> Finding:
    """The company is in one of the regions."""
    if not facts.region:
        return _unknown(N_("The profile of the company names no region."))
    return _found(
        _among(facts.region, asked["places"]),
        N_("The company is in {region}; this call is open to {places}."),
        facts.region,
        region=facts.region,
        places=_list(asked["places"]),
    )


def region_not_in(facts: Facts, asked: Asked) -> Finding:
    """The company is in none of the regions."""
    if not facts.region:
        return _unknown(N_("The profile of the company names no region."))
    return _found(
        not _among(facts.region, asked["places"]),
        N_("The company is in {region}; this call is not open to {places}."),
        facts.region,
        region=facts.region,
        places=_list(asked["places"]),
    )


def country_in(facts: Facts, asked: Asked) -> Finding:
    """The company is in one of the countries."""
    return _found(
        facts.country in asked["countries"],
        N_("The company is in {country}; this call is open to {countries}."),
        facts.country,
        country=facts.country,
        countries=asked["countries"],
    )


def country_not_in(facts: Facts, asked: Asked) -> Finding:
    """The company is in none of the countries."""
    return _found(
        facts.country not in asked["countries"],
        N_("The company is in {country}; this call is not open to {countries}."),
        facts.country,
        country=facts.country,
        countries=asked["countries"],
    )


def size_in(facts: Facts, asked: Asked) -> Finding:
    """The company belongs to one of the size classes of Annex I, Regulation (EU) 651/2014."""
    if facts.size is None:
        return _unknown(N_("The figures on staff, turnover and balance sheet do not say the size."))
    return _found(
        facts.size.value in asked["sizes"],
        N_("The company counts as “{size}” by its figures; this call is open to: {sizes}."),
        facts.size.value,
        size=Said(SIZE_NAMES[facts.size]),
        sizes=[Said(SIZE_NAMES[SizeClass(each)]) for each in asked["sizes"]],
    )


def _nace(facts: Facts, asked: Asked) -> tuple[bool | None, str]:
    lists = asked["lists"].get(facts.nace_revision)
    if not facts.nace_code or lists is None:
        return None, ""
    unless = lists.get("unless", [])
    return (
        nace.listed(facts.nace_code, facts.nace_revision, lists["codes"], unless),
        code_list(lists),
    )


def code_list(lists: Mapping[str, list[str]]) -> str:
    """A list of codes as people write it: G, K, 77 (without 45.2)."""
    unless = lists.get("unless", [])
    return _list(lists["codes"]) + (f" (− {_list(unless)})" if unless else "")


def nace_included(facts: Facts, asked: Asked) -> Finding:
    """The main activity is among the codes."""
    inside, codes = _nace(facts, asked)
    if inside is None:
        return _nace_unknown(facts)
    return _found(
        inside,
        N_("The main activity is NACE {code} (rev. {revision}); this call is open to {codes}."),
        f"{facts.nace_code} {facts.nace_revision}",
        code=facts.nace_code,
        revision=facts.nace_revision,
        codes=codes,
    )


def nace_excluded(facts: Facts, asked: Asked) -> Finding:
    """The main activity is not among the codes."""
    inside, codes = _nace(facts, asked)
    if inside is None:
        return _nace_unknown(facts)
    return _found(
        not inside,
        N_("The main activity is NACE {code} (rev. {revision}); this call is closed to {codes}."),
        f"{facts.nace_code} {facts.nace_revision}",
        code=facts.nace_code,
        revision=facts.nace_revision,
        codes=codes,
    )


def _nace_unknown(facts: Facts) -> Finding:
    return _unknown(
        N_("NACE {code} (rev. {revision}) does not tell whether the activity is among the codes."),
        code=facts.nace_code or "–",
        revision=facts.nace_revision or "–",
    )


def _founded(facts: Facts) -> Finding | None:
    if facts.founded_on is None:
        return _unknown(N_("The profile of the company has no founding date."))
    return None


def founded_after(facts: Facts, asked: Asked) -> Finding:
    """Founded on the day or later."""
    on = date.fromisoformat(asked["on"])
    return _founded(facts) or _found(
        facts.founded_on is not None and facts.founded_on >= on,
        N_("The company was founded on {founded}; this call asks for {on} or later."),
        facts.founded_on,
        founded=facts.founded_on,
        on=on,
    )


def founded_before(facts: Facts, asked: Asked) -> Finding:
    """Founded on the day or earlier."""
    on = date.fromisoformat(asked["on"])
    return _founded(facts) or _found(
        facts.founded_on is not None and facts.founded_on <= on,
        N_("The company was founded on {founded}; this call asks for {on} or earlier."),
        facts.founded_on,
        founded=facts.founded_on,
        on=on,
    )


def years_before(on: date, years: int) -> date:
    """The same day `years` earlier; 29 February becomes 28 February."""
    try:
        return on.replace(year=on.year - years)
    except ValueError:
        return on.replace(year=on.year - years, day=28)


def younger_than(facts: Facts, asked: Asked) -> Finding:
    """Less than so many years old on a day; on the first day of the fair if none is named."""
    on = date.fromisoformat(asked["on"]) if asked.get("on") else facts.starts_on
    return _founded(facts) or _found(
        facts.founded_on is not None and facts.founded_on > years_before(on, asked["years"]),
        N_(
            "The company was founded on {founded}; this call asks for companies younger than"
            " {years} years on {on}."
        ),
        facts.founded_on,
        founded=facts.founded_on,
        years=asked["years"],
        on=on,
    )


EXPORTERS = {
    "none": N_("does not export yet"),
    "occasional": N_("exports now and then"),
    "regular": N_("exports regularly"),
}


def export_status_in(facts: Facts, asked: Asked) -> Finding:
    """What the application says about exports is among the answers."""
    if not facts.export_status:
        return _unknown(N_("Nothing is said about exports yet."))
    return _found(
        facts.export_status in asked["statuses"],
        N_("The company {status}; this call is open to a company that {statuses}."),
        facts.export_status,
        status=Said(EXPORTERS[facts.export_status]),
        statuses=[Said(EXPORTERS[each]) for each in asked["statuses"]],
    )


def export_share_most(facts: Facts, asked: Asked) -> Finding:
    """Exports are at most so much of the turnover, as declared."""
    if facts.export_share_bp is None:
        return _unknown(N_("The share of exports is not declared."))
    return _found(
        facts.export_share_bp <= asked["share_bp"],
        N_("Exports are {share} % of the turnover; this call asks for at most {most} %."),
        facts.export_share_bp,
        share=_percent(facts.export_share_bp),
        most=_percent(asked["share_bp"]),
    )


def new_exporter(facts: Facts, asked: Asked) -> Finding:
    """Few exports, or few years on the first day of the fair: one of the two is enough."""
    founded = facts.founded_on
    if founded is not None and founded >= years_before(facts.starts_on, asked["years"]):
        return _found(True, N_("The company was founded on {founded}."), founded, founded=founded)
    if facts.export_share_bp is None:
        return _unknown(N_("The share of exports is not declared."))
    return _found(
        facts.export_share_bp <= asked["share_bp"],
        N_(
            "Exports are {share} % of the turnover, and the company was founded on {founded}; this"
            " call asks for at most {most} %, or for a company of at most {years} years."
        ),
        f"{facts.export_share_bp} {founded or '–'}",
        share=_percent(facts.export_share_bp),
        founded=founded or "–",
        most=_percent(asked["share_bp"]),
        years=asked["years"],
    )


def _percent(bp: int) -> str:
    return f"{bp / 100:g}"


def supported_here_most(facts: Facts, asked: Asked) -> Finding:
    """At most so many supported participations at earlier editions of this fair, counted from our
    records together with what the company stated of others."""
    times = facts.at_this_fair + facts.declared_at_this_fair
    return _found(
        times <= asked["most"],
        N_(
            "The company has taken part in this fair with support {times} times, of them {ours} in"
            " our records; this call allows {most}."
        ),
        times,
        times=times,
        ours=facts.at_this_fair,
        most=asked["most"],
    )


def supported_in_year_most(facts: Facts, asked: Asked) -> Finding:
    """At most so many participations with this agency in the calendar year of the fair."""
    return _found(
        facts.this_year <= asked["most"],
        N_("The company has {times} other participations in the year; this call allows {most}."),
        facts.this_year,
        times=facts.this_year,
        most=asked["most"],
    )


def supported_ever_most(facts: Facts, asked: Asked) -> Finding:
    """At most so many earlier participations with this agency at all."""
    return _found(
        facts.ever <= asked["most"],
        N_("The company has taken part {times} times before; this call allows {most}."),
        facts.ever,
        times=facts.ever,
        most=asked["most"],
    )


LAST = {
    (True, True): N_("The company took part in the last edition."),
    (True, False): N_("The company took part in the last edition; this call is for newcomers."),
    (False, True): N_(
        "The company did not take part in the last edition; this call is for those who did."
    ),
    (False, False): N_("The company did not take part in the last edition."),
}


def last_edition(facts: Facts, asked: Asked) -> Finding:
    """Took part in the last edition, or did not."""
    wanted = bool(asked["took_part"])
    if facts.last_edition is None and wanted:
        return _unknown(N_("No earlier edition of this fair is in our records."))
    took = bool(facts.last_edition)
    return _found(took is wanted, LAST[took, wanted], took)


def no_overdue(facts: Facts, asked: Asked) -> Finding:
    """No more than so much is overdue to the agency."""
    return _found(
        facts.overdue_minor <= asked["above_minor"],
        N_("{amount} are overdue to the agency; this call allows {most}."),
        facts.overdue_minor,
        amount=Money(facts.overdue_minor, facts.overdue_currency),
        most=Money(asked["above_minor"], facts.overdue_currency),
    )


def tax_arrears_most(facts: Facts, asked: Asked) -> Finding:
    """No more than so much of taxes and contributions is overdue, as declared."""
    if facts.arrears_minor is None:
        return _unknown(N_("Nothing is declared about taxes and social security contributions."))
    return _found(
        facts.arrears_minor <= asked["above_minor"],
        N_("{amount} of taxes and contributions are overdue; this call allows {most}."),
        facts.arrears_minor,
        amount=Money(facts.arrears_minor, "EUR"),
        most=Money(asked["above_minor"], "EUR"),
    )


def branch_at_payment(facts: Facts, asked: Asked) -> Finding:
    """A branch in the region when the invoice is paid; before that, one that is declared.

    Companies of the region need none: Article 1(5)(a) of Regulation (EU) 651/2014 asks for an
    establishment at payment, not for a seat.
    """
    if _among(facts.region, asked["places"]):
        return _found(True, _HERE, facts.region, places=_list(asked["places"]))
    branch = facts.branch
    if branch is None:
        return _found(False, _NO_BRANCH, "–", places=_list(asked["places"]))
    there = _among(branch.region, asked["places"])
    after, before = branch.since > facts.on, branch.until is not None and branch.until < facts.on
    if not there or before or (after and facts.paying):
        return _found(False, _NO_BRANCH, branch.region, places=_list(asked["places"]))
    return _found(True, _BRANCH, branch.region, region=branch.region, since=branch.since)


_HERE = N_("The company has its seat in {places}.")
_NO_BRANCH = N_("No branch in {places} is declared for this day; it must be there at payment.")
_BRANCH = N_("A branch in {region} is declared since {since}; it must be there at payment.")


def public_share_most(facts: Facts, asked: Asked) -> Finding:
    """Public bodies hold at most so much of the company, as declared."""
    if facts.public_share_bp is None:
        return _unknown(N_("The share that public bodies hold is not declared."))
    return _found(
        facts.public_share_bp <= asked["share_bp"],
        N_("Public bodies hold {share} % of the company; this call allows {most} %."),
        facts.public_share_bp,
        share=_percent(facts.public_share_bp),
        most=_percent(asked["share_bp"]),
    )


def words_any(facts: Facts, asked: Asked) -> Finding:
    """The profile or the exhibits name at least one of the words."""
    text = _fold(facts.words)
    found = [each for each in asked["words"] if _fold(each) in text]
    return _found(
        bool(found),
        N_("The products name: {found}.")
        if found
        else N_("The products name none of the words of this call's sector: {words}."),
        _list(found),
        found=_list(found),
        words=_list(asked["words"]),
    )
