"""Who takes part and what is known of whom: profiles, rules between groups, signals. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from server.aid.sizes import SizeClass


class Cooperation(StrEnum):
    """What two companies can be for each other; one looks for it, the other gives it."""

    DISTRIBUTION = "distribution"
    SUPPLY = "supply"
    TECHNOLOGY = "technology"
    INVESTMENT = "investment"


class Visibility(StrEnum):
    """Whether a participant is suggested to others; both kinds have suggestions of their own."""

    SHOWN = "shown"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Good:
    """One thing that is offered or needed: words in any language, codes as `taxonomy.code` gives
    them, or both."""

    text: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A participant. Countries are ISO 3166 alpha-2, languages ISO 639, certificates as written.

    `markets` are the countries where the company sells or is at home, `aims` those it wants to
    reach; `seeks` and `gives` are forms of cooperation; `asks` are certificates and `sizes` the
    size classes it wishes its partners to have (none: any). Bit t of `slots` says that slot t is
    free.
    """

    id: str
    company: str
    group: str
    offers: tuple[Good, ...] = ()
    needs: tuple[Good, ...] = ()
    markets: frozenset[str] = frozenset()
    aims: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    gives: frozenset[Cooperation] = frozenset()
    seeks: frozenset[Cooperation] = frozenset()
    certificates: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()
    size: SizeClass | None = None
    sizes: frozenset[SizeClass] = frozenset()
    slots: int = 0
    visibility: Visibility = Visibility.SHOWN


# group of the one who asks -> the groups whose people may be asked
MayAsk = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Signals:
    """What people said of each other, as (who, of whom) pairs of ids.

    `wishes` and `refused` are for the eyes of the one who said it; `blocked` separates two people
    for good; `asked` are requests that were sent, answered or not. Ids that take no part any more
    are passed over.
    """

    wishes: frozenset[tuple[str, str]] = field(default=frozenset())
    refused: frozenset[tuple[str, str]] = field(default=frozenset())
    blocked: frozenset[tuple[str, str]] = field(default=frozenset())
    asked: frozenset[tuple[str, str]] = field(default=frozenset())
