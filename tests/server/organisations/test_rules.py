"""A company's numbers by country."""

from datetime import date

import pytest

from server.errors import Refused
from server.organisations import nace, rules
from server.organisations.nace import Revision

VAT = rules._data()["vat"]
REGISTER = rules._data()["register"]
EU = [code for code, term in rules._data()["eu"].items() if len(term) == 1]


@pytest.mark.parametrize("country", VAT)
def test_vat_number_example_of_each_country_passes(country: str) -> None:
    example = VAT[country]["example"]
    assert rules.vat_number(example, country).text == example


def test_vat_number_every_member_state_is_known() -> None:
    assert len(EU) == 27
    assert set(EU) <= set(VAT)


@pytest.mark.parametrize("country", [c for c in EU if c not in ("RO", "CZ")])
def test_vat_number_one_wrong_character_is_refused(country: str) -> None:
    example = VAT[country]["example"]
    digits = [place for place, each in enumerate(example) if each.isdigit()]
    wrong = []
    for place in digits:
        other = str((int(example[place]) + 1) % 10)
        try:
            rules.vat_number(example[:place] + other + example[place + 1 :], country)
        except Refused as refused:
            wrong.append(str(refused))
    assert all(example in said for said in wrong)
    assert len(wrong) >= len(digits) * 2 // 3


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("  de 271 364.813 ", "DE", "DE271364813"),
        ("271364813", "DE", "DE271364813"),
        ("GR094713626", "GR", "EL094713626"),
        ("el 094713626", "GR", "EL094713626"),
        ("CHE-104.713.625 MWST", "CH", "CHE104713625MWST"),
        ("XI 947 1362 13", "GB", "XI947136213"),
        ("914 713 625 MVA", "NO", "NO914713625MVA"),
        ("FR47 471362814", "MC", "FR47471362814"),
        ("12-3456789", "US", "12-3456789"),
    ],
)
def test_vat_number_is_kept_in_its_printed_form(typed: str, country: str, kept: str) -> None:
    assert rules.vat_number(typed, country).text == kept


@pytest.mark.parametrize(
    ("typed", "country", "said"),
    [
        ("DE271364814", "DE", "check digits"),
        ("DE27136481", "DE", "number of characters"),
        ("DE2713A4813", "DE", "not a VAT ID of Germany"),
        ("ATU47123606", "DE", "VAT ID of Austria"),
        ("EL094713627", "GR", "EL094713626"),
    ],
)
def test_vat_number_refusal_says_what_is_wrong(typed: str, country: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.vat_number(typed, country)
    assert said in str(refused.value)
    assert refused.value.field == "vat_id"


@pytest.mark.parametrize("country", REGISTER)
def test_register_number_example_of_each_country_passes(country: str) -> None:
    assert rules.register_number(REGISTER[country]["example"], country)
    with pytest.raises(Refused, match="register number"):
        rules.register_number("no such thing", country)


def test_register_number_of_other_countries_is_kept_as_typed() -> None:
    assert rules.register_number("  KRS  0000123456 ", "PL") == "KRS 0000123456"


def test_membership_of_the_union_depends_on_the_day() -> None:
    assert rules.is_eu("GB", date(2020, 1, 31))
    assert not rules.is_eu("GB", date(2020, 2, 1))
    assert not rules.is_eu("HR", date(2013, 6, 30))
    assert rules.is_eu("HR", date(2013, 7, 1))
    assert not rules.is_eu("CH", date(2027, 1, 1))


@pytest.mark.parametrize(
    ("typed", "revision", "kept"),
    [
        ("62.10", "2.1", "62.10"),
        ("J62.10", "2.1", "62.10"),
        ("6210", "2.1", "62.10"),
        ("62.01.0", "2", "62.01"),
        ("47.91Z", "2.1", "47.91"),
        ("62", "2", "62"),
    ],
)
def test_nace_code_is_kept_in_its_printed_form(typed: str, revision: str, kept: str) -> None:
    assert nace.code(typed, Revision(revision)) == kept


def test_nace_code_of_the_other_revision_is_named() -> None:
    with pytest.raises(Refused, match=r"rev\. 2\.1 has: “Computer programming activities”"):
        nace.code("62.10", Revision.REV_2)
    with pytest.raises(Refused, match="neither"):
        nace.code("99.98", Revision.REV_2)
    with pytest.raises(Refused, match="not a NACE code"):
        nace.code("software", Revision.REV_2)


def test_nace_holds_both_revisions_in_full() -> None:
    for revision, divisions, classes in (("2", 88, 615), ("2.1", 87, 651)):
        codes = [code for known, code in nace._titles() if known == revision]
        assert sum(len(code) == 2 for code in codes) == divisions
        assert sum(len(code) == 5 for code in codes) == classes


def test_brand_colour_must_let_white_text_be_read() -> None:
    assert rules.contrast("#000000") == pytest.approx(21)
    assert rules.brand_colour("003A70") == "#003a70"
    with pytest.raises(Refused, match=r"contrast of 1\.1:1"):
        rules.brand_colour("#ffff00")
    with pytest.raises(Refused, match="not a colour"):
        rules.brand_colour("red;}")


@pytest.mark.parametrize(
    "typed", ["javascript:alert(1)", "http://a", "https://u@x.example", "x y.z"]
)
def test_website_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        rules.website(typed)


def test_website_gets_its_scheme() -> None:
    assert rules.website("www.example.com/a?b") == "https://www.example.com/a?b"


def test_iban_and_bic() -> None:
    assert rules.iban("de75 5121 0800 1245 1261 99") == "DE75512108001245126199"
    assert rules.bic("soge deff") == "SOGEDEFF"
    with pytest.raises(Refused, match="not an IBAN"):
        rules.iban("DE75512108001245126198")
    with pytest.raises(Refused, match="not a BIC"):
        rules.bic("SOGE")
