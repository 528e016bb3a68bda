"""Every kind of rule: what it asks a manager, what it says to companies, what finds it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from booths.checks import rules
from booths.checks.facts import Facts, Finding
from booths.checks.rules import Asked
from server.text import N_


@dataclass(frozen=True, slots=True)
class RuleKind:
    """A kind of rule: its name, what it says before one applies, and what a manager fills in."""

    code: str
    name: str
    condition: str
    asks: tuple[str, ...]
    finds: Callable[[Facts, Asked], Finding]


KINDS: dict[str, RuleKind] = {
    each.code: each
    for each in (
        RuleKind(
            "region_in",
            N_("Region"),
            N_("Your company is in {places}."),
            ("places",),
            rules.region_in,
        ),
        RuleKind(
            "region_not_in",
            N_("Not in a region"),
            N_("Your company is not in {places}."),
            ("places",),
            rules.region_not_in,
        ),
        RuleKind(
            "country_in",
            N_("Country"),
            N_("Your company is in {countries}."),
            ("countries",),
            rules.country_in,
        ),
        RuleKind(
            "country_not_in",
            N_("Not in a country"),
            N_("Your company is not in {countries}."),
            ("countries",),
            rules.country_not_in,
        ),
        RuleKind(
            "size_in", N_("Size"), N_("Your company counts as: {sizes}."), ("sizes",), rules.size_in
        ),
        RuleKind(
            "nace_included",
            N_("Activities that are included"),
            N_("Your main activity is among NACE {lists}."),
            ("codes_2", "unless_2", "codes_2_1", "unless_2_1"),
            rules.nace_included,
        ),
        RuleKind(
            "nace_excluded",
            N_("Activities that are excluded"),
            N_("Your main activity is not among NACE {lists}."),
            ("codes_2", "unless_2", "codes_2_1", "unless_2_1"),
            rules.nace_excluded,
        ),
        RuleKind(
            "founded_after",
            N_("Founded on a day or later"),
            N_("Your company was founded on {on} or later."),
            ("on",),
            rules.founded_after,
        ),
        RuleKind(
            "founded_before",
            N_("Founded on a day or earlier"),
            N_("Your company was founded on {on} or earlier."),
            ("on",),
            rules.founded_before,
        ),
        RuleKind(
            "younger_than",
            N_("Young company"),
            N_("Your company is younger than {years} years on {on}."),
            ("years", "on"),
            rules.younger_than,
        ),
        RuleKind(
            "export_status_in",
            N_("Export status"),
            N_("A company that {statuses}."),
            ("statuses",),
            rules.export_status_in,
        ),
        RuleKind(
            "export_share_most",
            N_("Share of exports"),
            N_("Exports are at most {share} % of your turnover."),
            ("share",),
            rules.export_share_most,
        ),
        RuleKind(
            "new_exporter",
            N_("New exporter"),
            N_(
                "Exports are at most {share} % of your turnover, or your company is at most {years}"
                " years old."
            ),
            ("share", "years"),
            rules.new_exporter,
        ),
        RuleKind(
            "supported_here_most",
            N_("Supported participations at this fair"),
            N_("You have taken part in this fair with support at most {most} times before."),
            ("most",),
            rules.supported_here_most,
        ),
        RuleKind(
            "supported_in_year_most",
            N_("Participations in a year"),
            N_("You have at most {most} other participations with us in that year."),
            ("most",),
            rules.supported_in_year_most,
        ),
        RuleKind(
            "supported_ever_most",
            N_("Participations in all"),
            N_("You have taken part with us at most {most} times before."),
            ("most",),
            rules.supported_ever_most,
        ),
        RuleKind(
            "last_edition",
            N_("Part in the last edition"),
            N_("You took part in the last edition of this fair: {took_part}."),
            ("took_part",),
            rules.last_edition,
        ),
        RuleKind(
            "no_overdue",
            N_("Invoices overdue to the agency"),
            N_("At most {above} of our invoices are overdue."),
            ("above",),
            rules.no_overdue,
        ),
        RuleKind(
            "tax_arrears_most",
            N_("Taxes and social security overdue"),
            N_("At most {above} of taxes and contributions are overdue."),
            ("above",),
            rules.tax_arrears_most,
        ),
        RuleKind(
            "branch_at_payment",
            N_("Branch in the region at payment"),
            N_("You have your seat or a branch in {places} when you pay the invoice."),
            ("places",),
            rules.branch_at_payment,
        ),
        RuleKind(
            "public_share_most",
            N_("Public ownership"),
            N_("Public bodies hold at most {share} % of your company."),
            ("share",),
            rules.public_share_most,
        ),
        RuleKind(
            "words_any",
            N_("Words of the sector"),
            N_("Your products have to do with: {words}."),
            ("words",),
            rules.words_any,
        ),
    )
}
PAYMENT_KINDS = ("branch_at_payment",)
# What a rule can only see if the company has declared it.
DECLARED_BY = {
    "export_share_most": "export_share",
    "new_exporter": "export_share",
    "tax_arrears_most": "no_arrears",
    "branch_at_payment": "branch",
    "public_share_most": "sme_status",
}
