"""Rules one by one, and what always holds of codes and of counting."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booths.checks import nace
from booths.checks.facts import Branch, Facts, Outcome, Verdict, verdict
from booths.checks.forms import RuleForm
from booths.checks.kinds import KINDS
from booths.checks.words import condition, sentence
from server.aid.sizes import SizeClass
from server.organisations.nace import _titles
from server.web.forms import parse

CODES = sorted({(revision, code) for revision, code in _titles() if len(code) in (2, 5)})
FACTS: dict[str, Any] = {"on": date(2027, 3, 1), "starts_on": date(2027, 10, 9)}
OK, FAILED, UNKNOWN = Outcome.OK, Outcome.FAILED, Outcome.UNKNOWN


def found(kind: str, typed: dict[str, object], **facts: Any) -> Outcome:
    """What a rule, as a manager types it, finds."""
    asked = parse(RuleForm, typed).parameters(kind)
    assert condition(kind, asked)
    finding = KINDS[kind].finds(Facts(**{**FACTS, **facts}), asked)
    assert "{" not in sentence(finding)
    return finding.outcome


BREMEN = {"places": "Bremen, Lower Saxony"}
LIAA = {"codes_2": "G, K, L, 77, 92", "unless_2": "45.2"}
CASES: list[tuple[str, dict[str, object], dict[str, Any], Outcome]] = [
    ("region_in", BREMEN, {"region": "  lower  saxony "}, OK),
    ("region_in", BREMEN, {"region": "Hamburg"}, FAILED),
    ("region_in", BREMEN, {}, UNKNOWN),
    ("region_not_in", BREMEN, {"region": "Hamburg"}, OK),
    ("region_not_in", BREMEN, {"region": "BREMEN"}, FAILED),
    ("country_in", {"countries": "DE, NL"}, {"country": "NL"}, OK),
    ("country_in", {"countries": "de"}, {"country": "NL"}, FAILED),
    ("country_not_in", {"countries": "DE"}, {"country": "DE"}, FAILED),
    ("country_not_in", {"countries": "DE"}, {"country": "NL"}, OK),
    ("size_in", {"sizes": ["micro", "small"]}, {"size": SizeClass.SMALL}, OK),
    ("size_in", {"sizes": ["micro", "small"]}, {"size": SizeClass.MEDIUM}, FAILED),
    ("size_in", {"sizes": ["micro"]}, {}, UNKNOWN),
    # Latvia: trade is excluded, but repair of motor vehicles is not; banks, real estate, betting
    ("nace_excluded", LIAA, {"nace_code": "46.34", "nace_revision": "2"}, FAILED),
    ("nace_excluded", LIAA, {"nace_code": "45.20", "nace_revision": "2"}, OK),
    ("nace_excluded", LIAA, {"nace_code": "45.11", "nace_revision": "2"}, FAILED),
    ("nace_excluded", LIAA, {"nace_code": "45", "nace_revision": "2"}, UNKNOWN),
    ("nace_excluded", LIAA, {"nace_code": "77.11", "nace_revision": "2"}, FAILED),
    ("nace_excluded", LIAA, {"nace_code": "62.01", "nace_revision": "2"}, OK),
    ("nace_excluded", LIAA, {"nace_code": "62.10", "nace_revision": "2.1"}, UNKNOWN),
    ("nace_excluded", {**LIAA, "codes_2_1": "G"}, {"nace_code": "46.34", "nace_revision": "2.1"},
     FAILED),
    ("nace_included", {"codes_2": "J"}, {"nace_code": "62.01", "nace_revision": "2"}, OK),
    ("nace_included", {"codes_2_1": "J"}, {"nace_code": "62.10", "nace_revision": "2.1"}, FAILED),
    ("nace_included", {"codes_2_1": "K"}, {"nace_code": "62.10", "nace_revision": "2.1"}, OK),
    ("nace_included", {"codes_2": "J"}, {}, UNKNOWN),
    ("founded_after", {"on": "2020-01-01"}, {"founded_on": date(2020, 1, 1)}, OK),
    ("founded_after", {"on": "2020-01-01"}, {"founded_on": date(2019, 12, 31)}, FAILED),
    ("founded_before", {"on": "2020-01-01"}, {"founded_on": date(2020, 1, 2)}, FAILED),
    ("founded_before", {"on": "2020-01-01"}, {"founded_on": date(2020, 1, 1)}, OK),
    ("founded_before", {"on": "2020-01-01"}, {}, UNKNOWN),
    # Germany, young innovators: less than ten years old, small
    ("younger_than", {"years": "10"}, {"founded_on": date(2017, 10, 10)}, OK),
    ("younger_than", {"years": "10"}, {"founded_on": date(2017, 10, 9)}, FAILED),
    ("younger_than", {"years": "3", "on": "2028-02-29"}, {"founded_on": date(2025, 3, 1)}, OK),
    ("younger_than", {"years": "3", "on": "2028-02-29"}, {"founded_on": date(2025, 2, 28)}, FAILED),
    ("export_status_in", {"statuses": ["none", "occasional"]}, {"export_status": "none"}, OK),
    ("export_status_in", {"statuses": ["none"]}, {"export_status": "regular"}, FAILED),
    ("export_status_in", {"statuses": ["none"]}, {}, UNKNOWN),
    # United Kingdom: a new exporter sells at most a quarter abroad
    ("export_share_most", {"share": "25"}, {"export_share_bp": 2500}, OK),
    ("export_share_most", {"share": "25"}, {"export_share_bp": 2501}, FAILED),
    ("export_share_most", {"share": "25"}, {}, UNKNOWN),
    ("new_exporter", {"share": "25", "years": "10"}, {"export_share_bp": 2500}, OK),
    ("new_exporter", {"share": "25", "years": "10"}, {"export_share_bp": 2501}, FAILED),
    ("new_exporter", {"share": "25", "years": "10"}, {"founded_on": date(2030, 1, 1)}, OK),
    ("new_exporter", {"share": "25", "years": "10"}, {}, UNKNOWN),
    # Germany: three times at the same fair, so the fourth is refused
    ("supported_here_most", {"most": "2"}, {"at_this_fair": 1, "declared_at_this_fair": 1}, OK),
    ("supported_here_most", {"most": "2"}, {"at_this_fair": 2, "declared_at_this_fair": 1}, FAILED),
    # Ireland: once a calendar year; the United Kingdom: six grants in a lifetime
    ("supported_in_year_most", {"most": "0"}, {"this_year": 1}, FAILED),
    ("supported_in_year_most", {"most": "0"}, {}, OK),
    ("supported_ever_most", {"most": "5"}, {"ever": 5}, OK),
    ("supported_ever_most", {"most": "5"}, {"ever": 6}, FAILED),
    ("last_edition", {"took_part": "no"}, {"last_edition": True}, FAILED),
    ("last_edition", {"took_part": "no"}, {"last_edition": None}, OK),
    ("last_edition", {"took_part": "yes"}, {"last_edition": False}, FAILED),
    ("last_edition", {"took_part": "yes"}, {"last_edition": None}, UNKNOWN),
    # Italy: whoever owes the agency something is excluded
    ("no_overdue", {"above": "0"}, {"overdue_minor": 1}, FAILED),
    ("no_overdue", {"above": "0"}, {}, OK),
    # Latvia: more than 150 euro of taxes overdue
    ("tax_arrears_most", {"above": "150"}, {"arrears_minor": 15_000}, OK),
    ("tax_arrears_most", {"above": "150"}, {"arrears_minor": 15_001}, FAILED),
    ("tax_arrears_most", {"above": "150"}, {}, UNKNOWN),
    ("branch_at_payment", BREMEN, {"region": "Bremen"}, OK),
    ("branch_at_payment", BREMEN, {}, FAILED),
    ("branch_at_payment", BREMEN, {"branch": Branch("Bremen", date(2027, 5, 1))}, OK),
    ("branch_at_payment", BREMEN, {"branch": Branch("Bremen", date(2027, 5, 1)), "paying": True},
     FAILED),
    ("branch_at_payment", BREMEN,
     {"branch": Branch("Bremen", date(2020, 1, 1), date(2027, 2, 28)), "paying": True}, FAILED),
    ("branch_at_payment", BREMEN, {"branch": Branch("Porto", date(2020, 1, 1))}, FAILED),
    ("public_share_most", {"share": "24.99"}, {"public_share_bp": 2500}, FAILED),
    ("public_share_most", {"share": "25"}, {"public_share_bp": 2500}, OK),
    ("words_any", {"words": "wine, port"}, {"words": "Port and sherry"}, OK),
    ("words_any", {"words": "machine tools"}, {"words": "Port and sherry"}, FAILED),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "typed", "facts", "outcome"), CASES)
def test_a_rule_finds(
    kind: str, typed: dict[str, object], facts: dict[str, Any], outcome: Outcome
) -> None:
    assert found(kind, typed, **facts) is outcome


def test_every_kind_has_a_case_that_passes_and_one_that_fails() -> None:
    for kind in KINDS:
        outcomes = {outcome for name, _, _, outcome in CASES if name == kind}
        assert {OK, FAILED} <= outcomes, kind


@given(st.sampled_from(CODES))
def test_every_code_is_in_exactly_one_section_of_its_revision(known: tuple[str, str]) -> None:
    revision, code = known
    sections = [
        each for each in nace.SECTIONS[revision] if nace.within(code, each, revision) is True
    ]
    assert len(sections) == 1


@given(st.sampled_from(CODES), st.integers(1, 5))
def test_a_code_falls_under_each_of_its_own_beginnings(known: tuple[str, str], cut: int) -> None:
    revision, code = known
    beginning = {1: code[:2], 2: code[:2], 3: code[:4], 4: code[:4], 5: code}[cut]
    assert nace.listed(code, revision, [beginning]) is True
    assert nace.listed(code, revision, [beginning], [beginning]) is False


@given(
    st.sampled_from(CODES),
    st.lists(st.sampled_from(CODES), max_size=4),
    st.lists(st.sampled_from(CODES), max_size=4),
    st.sampled_from(CODES),
)
def test_more_exceptions_never_let_more_in(
    known: tuple[str, str], codes: list[Any], unless: list[Any], one_more: tuple[str, str]
) -> None:
    """And more codes never let less in."""
    revision, code = known
    listed = [each for _, each in codes]
    without = [each for _, each in unless]
    rank = {False: 0, None: 1, True: 2}
    before = rank[nace.listed(code, revision, listed, without)]
    assert rank[nace.listed(code, revision, listed, [*without, one_more[1]])] <= before
    assert rank[nace.listed(code, revision, [*listed, one_more[1]], without)] >= before


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_participations_count_together(ours: int, declared: int, most: int) -> None:
    said = found(
        "supported_here_most",
        {"most": str(most)},
        at_this_fair=ours,
        declared_at_this_fair=declared,
    )
    assert (said is OK) == (ours + declared <= most)
    more = found(
        "supported_here_most",
        {"most": str(most)},
        at_this_fair=ours + 1,
        declared_at_this_fair=declared,
    )
    assert not (said is FAILED and more is OK)


@given(st.lists(st.tuples(st.sampled_from(Outcome), st.booleans(), st.booleans())))
def test_only_hard_rules_that_nobody_waived_count(
    findings: list[tuple[Outcome, bool, bool]],
) -> None:
    said = verdict(findings)
    binding = {outcome for outcome, hard, waived in findings if hard and not waived}
    assert (said is Verdict.FAILED) == (FAILED in binding)
    assert (said is Verdict.PASSED) == (not binding & {FAILED, UNKNOWN})
