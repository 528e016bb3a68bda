"""What managers set and decide: terms of a call, its rules, and what follows from findings."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from booths.checks import nace
from booths.checks.facts import Verdict
from booths.checks.kinds import KINDS
from server.aid.sizes import SizeClass
from server.declarations.kinds import NAMES
from server.errors import Invalid
from server.money import to_minor
from server.organisations.rules import is_country
from server.text import N_, gettext
from server.web.forms import Form, fields

NEEDED = N_("Fill this in: the rule does not hold without it.")


class TermsForm(Form):
    """Which declarations a call asks for, how to appeal, and what a failed rule does."""

    declarations: Annotated[list[str], Meta(title=N_("Declarations that are asked for"))] = (
        msgspec.field(default_factory=list)
    )
    appeal: Annotated[
        str,
        Meta(
            title=N_("How to appeal"),
            description=N_(
                "It stands in the letters that say no. For example to whom to write, and within"
                " which time."
            ),
            max_length=1000,
        ),
    ] = ""
    at_once: Annotated[bool, Meta(title=N_("An application that fails a rule cannot be sent"))] = (
        False
    )

    def check(self) -> dict[str, str]:
        """Declarations that exist."""
        if not set(self.declarations) <= set(NAMES):
            return {"declarations": gettext(N_("Choose from the declarations offered."))}
        return {}


class RuleForm(Form):
    """One rule of a call; which of these are asked for says its kind."""

    weight: Annotated[
        Literal["hard", "warning"], Meta(title=N_("What if it is not fulfilled?"))
    ] = "hard"
    places: Annotated[
        str,
        Meta(
            title=N_("Regions"),
            description=N_("Separated by commas, spelled as companies give them."),
            max_length=1000,
        ),
    ] = ""
    countries: Annotated[
        str,
        Meta(
            title=N_("Countries"),
            description=N_("Codes of two letters, separated by commas, such as DE, NL."),
            max_length=1000,
        ),
    ] = ""
    sizes: Annotated[list[SizeClass], Meta(title=N_("Sizes that may take part"))] = msgspec.field(
        default_factory=list
    )
    codes_2: Annotated[
        str,
        Meta(
            title=N_("NACE rev. 2"),
            description=N_("Sections, divisions, groups or classes, such as G, K, 77, 45.2."),
            max_length=1000,
        ),
    ] = ""
    unless_2: Annotated[str, Meta(title=N_("Except, in rev. 2"), max_length=1000)] = ""
    codes_2_1: Annotated[
        str,
        Meta(
            title=N_("NACE rev. 2.1"),
            description=N_("The same activities in the new revision."),
            max_length=1000,
        ),
    ] = ""
    unless_2_1: Annotated[str, Meta(title=N_("Except, in rev. 2.1"), max_length=1000)] = ""
    on: Annotated[date | None, Meta(title=N_("Day"))] = None
    years: Annotated[int, Meta(title=N_("Years"), ge=1, le=200)] | None = None
    statuses: Annotated[
        list[Literal["none", "occasional", "regular"]], Meta(title=N_("Who may take part"))
    ] = msgspec.field(default_factory=list)
    share: Annotated[Decimal | None, Meta(title=N_("At most, in percent"), ge=0, le=100)] = None
    most: Annotated[int, Meta(title=N_("At most, how often"), ge=0, le=1000)] | None = None
    took_part: Annotated[
        Literal["yes", "no"] | None, Meta(title=N_("Must a company have been there?"))
    ] = None
    above: Annotated[
        Decimal | None,
        Meta(
            title=N_("At most, in euro"), description=N_("0 allows nothing."), ge=0, le=10_000_000
        ),
    ] = None
    words: Annotated[
        str,
        Meta(
            title=N_("Words"),
            description=N_("Separated by commas; one is enough."),
            max_length=1000,
        ),
    ] = ""

    def parameters(self, kind: str) -> dict[str, Any]:
        """The parameters of the rule as its table keeps them; Invalid where they are no rule."""
        asks = KINDS[kind].asks
        wrong: dict[str, str] = {}
        made: dict[str, Any] = {}
        optional = ("on",) if kind == "younger_than" else ()
        for name in asks:
            given = getattr(self, name)
            if name.startswith(("codes_", "unless_")):
                continue
            if given in (None, "", []):
                if name not in optional:
                    wrong[name] = gettext(NEEDED)
            elif name in ("places", "words"):
                made[name] = [each.strip() for each in given.split(",") if each.strip()]
            elif name == "countries":
                made[name] = nace.patterns(given)
                if not all(is_country(each) for each in made[name]):
                    wrong[name] = gettext(N_("Give codes of two letters, such as DE, NL."))
            elif name in ("sizes", "statuses"):
                made[name] = [str(each) for each in given]
            elif name == "on":
                made[name] = given.isoformat()
            elif name == "share":
                made["share_bp"] = int(given * 100)
            elif name == "above":
                made["above_minor"] = to_minor(given, "EUR")
            elif name == "took_part":
                made[name] = given == "yes"
            else:
                made[name] = given
        if "codes_2" in asks:
            made["lists"] = self._lists(wrong)
        if wrong:
            raise Invalid(wrong, self.typed())
        return made

    def _lists(self, wrong: dict[str, str]) -> dict[str, dict[str, list[str]]]:
        found: dict[str, dict[str, list[str]]] = {}
        for revision, end in (("2", "2"), ("2.1", "2_1")):
            codes = nace.patterns(getattr(self, f"codes_{end}"))
            unless = nace.patterns(getattr(self, f"unless_{end}"))
            for name, given in ((f"codes_{end}", codes), (f"unless_{end}", unless)):
                odd = [each for each in given if not nace.is_pattern(each, revision)]
                if odd:
                    wrong[name] = gettext(
                        N_("NACE rev. {revision} has no {codes}."),
                        revision=revision,
                        codes=", ".join(odd),
                    )
            if unless and not codes:
                wrong[f"codes_{end}"] = gettext(NEEDED)
            if codes:
                found[revision] = {"codes": codes, **({"unless": unless} if unless else {})}
        if not found and not wrong:
            wrong["codes_2"] = gettext(N_("Give the codes in at least one of the two revisions."))
        return found


class FindingsFilter(Form):
    """Which applications of a call to list."""

    show: Annotated[Verdict | None, Meta(title=N_("Findings"))] = None


class VerdictForm(Form):
    """Eligible, or not eligible, for many at once; whoever is refused reads their own reason."""

    to: Annotated[Literal["eligible", "ineligible", "all_passed"], Meta(title=N_("Decision"))]
    applications: Annotated[list[int], Meta(title=N_("Applications"))] = msgspec.field(
        default_factory=list
    )
    reasons: Annotated[dict[str, str], Meta(title=N_("Reasons"))] = msgspec.field(
        default_factory=dict
    )

    def check(self) -> dict[str, str]:
        """At least one application, and a reason for each that is refused."""
        if self.to == "all_passed":
            return {}
        if not self.applications:
            return {"applications": gettext(N_("Tick at least one application."))}
        if len(self.applications) > 500:
            return {"applications": gettext(N_("Decide on at most 500 at once."))}
        if self.to == "eligible":
            return {}
        said = gettext(N_("Give the reason: the company reads it in the letter."))
        long = gettext(N_("A reason can have at most {n} characters."), n=4000)
        wrong = {}
        for each in self.applications:
            why = self.reasons.get(str(each), "").strip()
            if len(why) < 5 or len(why) > 4000:
                wrong[f"why_{each}"] = said if len(why) < 5 else long
        return wrong


class NothingForm(Form):
    """A button and nothing else."""


def labels(form: type[Form]) -> dict[str, dict[str, str]]:
    """Labels and hints of a form's fields, for the macros."""
    return {
        each.name: {
            "label": gettext(each.label),
            "hint": gettext(each.hint) if each.hint else "",
        }
        for each in fields(form)
    }
