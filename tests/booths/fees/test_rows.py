"""Each programme that Pavilion was measured against, row by row: where its figures are computed, or
why it has none to compute."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CASES = {each.stem.removeprefix("quote-") for each in ROOT.glob("docs/examples/quote-*.json")}
STORIES = {
    each["name"]
    for each in tomllib.loads(
        (ROOT / "tests/booths/programmes/programmes.toml").read_text("utf-8")
    )["programme"]
}  # fmt: skip
# A row: worked cases of a quote, stories (rules of the call, from the form to the decision), and
# what of it no quote can compute.
ROWS: dict[str, tuple[list[str], list[str], str]] = {
    "DE foreign fairs programme, LabASIA 2017": (
        ["labasia", "labasia-raw", "labasia-large", "labasia-undeclared", "labasia-raw-undeclared"],
        ["amp", "amp-undeclared", "amp-raw"],
        "",
    ),
    "DE foreign fairs programme, its size": (
        [],
        [],
        "numbers of participations and a yearly budget of the whole programme, no price",
    ),
    "DE BAFA Young Innovators": (
        ["bafa-first", "bafa-third", "bafa-fourth", "bafa-below-500"],
        ["young-innovators"],
        "",
    ),
    "DE Bavaria, guideline of 12 December 2025": (["bavaria"], ["bavaria"], ""),
    "DE Bavaria food, Consumenta 2019": (
        ["consumenta"],
        ["alp"],
        "power above 3 kW and water have no price in the source",
    ),
    "IT ICE Fine Food Australia": (["ice-modules"], ["ice-modules"], ""),
    "IT ICE Natexpo 2021": (
        [],
        ["ice-withdrawal"],
        "its figures are the cost of a withdrawal, not of a participation",
    ),
    "IT ICE Gourmet 2022, Anuga 2021": (["gourmet", "ice-gourmet"], ["ice-no-rank"], ""),
    "IT ICE ITMA 2021": (
        [],
        ["itma"],
        "the source reimburses what the fair charges for sides and height, and names no amount",
    ),
    "ES ICEX through FEDECON, Berlin 2017": (
        ["fedecon", "fedecon-sixth-year"],
        ["fedecon"],
        "",
    ),
    "ES ORGATEC 2022": (["orgatec"], [], ""),
    "ES AFEMMA Woodex 2013": (["afemma"], ["afemma"], ""),
    "CZ MPO official participations": (["mpo-b", "mpo-c"], ["mpo-b", "mpo-c"], ""),
    "LV LIAA": (["liaa", "liaa-individual", "liaa-individual-sixth"], ["liaa"], ""),
    "BE Flanders FIT": (
        [],
        ["flanders"],
        "the price is reduced already and the source names none: its numbers are of firms",
    ),
    "IE LEO TAME and Smart Regions": (
        ["leo", "leo-second", "leo-smart-regions", "leo-smart-regions-fourth"],
        ["leo"],
        "the rate card is published elsewhere, without figures in the source",
    ),
    "UK TAP": (["tap", "tap-seventh"], ["tap"], ""),
    "PL Małopolska": ([], ["malopolska"], "15 places and de minimis aid, no price"),
}


@pytest.mark.parametrize("programme", ROWS)
def test_figures_of_a_programme_are_computed_or_it_is_said_why_not(programme: str) -> None:
    """What the cases give is held by test_examples, what the stories do by test_programmes."""
    cases, stories, why_not = ROWS[programme]
    assert set(cases) <= CASES
    assert set(stories) <= STORIES
    assert cases or why_not


def test_no_programme_is_forgotten() -> None:
    named = {one for cases, _, _ in ROWS.values() for one in cases}
    of_none = {"times-and-rates", "two-sources", "tickets"}
    assert named | of_none == CASES, "a case stands in its row, or is of no programme"
    assert {one for _, stories, _ in ROWS.values() for one in stories} == STORIES
