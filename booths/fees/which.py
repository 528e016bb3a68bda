"""Which of several price lists of one call prices a company, decided by stated reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from server.aid.rules import Note
from server.text import N_


class When(StrEnum):
    """What sends a company to another list than the first."""

    UNDECLARED = "undeclared"
    NOT_ELIGIBLE = "not_eligible"


@dataclass(frozen=True, slots=True)
class Other:
    """Another list of a call. `declarations` are the kinds whose lack leads to it; `aided`: the
    schemes of the call pay with this list, too."""

    price_list: int
    when: When
    declarations: tuple[str, ...] = ()
    aided: bool = False


@dataclass(frozen=True, slots=True)
class Used:
    """The list that prices a company, whether aid goes with it, and why it is not the first."""

    price_list: int
    aided: bool = True
    why: tuple[Note, ...] = ()


def which(
    first: int, others: Sequence[Other], missing: Mapping[str, str], failed: Sequence[str]
) -> Used:
    """The first of `others` that applies, in their order, or `first`.

    `missing` names the declarations that the company has not given, by kind; `failed` says in
    sentences which rules of eligibility it does not fulfil.
    """
    for other in others:
        if other.when is When.NOT_ELIGIBLE and failed:
            return Used(
                other.price_list,
                other.aided,
                tuple(Note(N_("{said}"), {"said": each}) for each in failed),
            )
        lacking = [missing[kind] for kind in other.declarations if kind in missing]
        if other.when is When.UNDECLARED and lacking:
            why = tuple(Note(N_("Not declared: {name}."), {"name": each}) for each in lacking)
            return Used(other.price_list, other.aided, why)
    return Used(first)
