"""Why somebody is suggested, in two to four sentences, the weightiest first. Pure."""

from collections.abc import Iterable, Mapping

from babel import Locale
from babel.lists import format_list

from events.matchmaking.recommending import index as weights
from events.matchmaking.recommending.index import Index
from events.matchmaking.recommending.profiles import Cooperation, Good
from events.matchmaking.recommending.taxonomy import named
from events.matchmaking.recommending.words import words
from server.aid.sizes import SizeClass
from server.text import N_, gettext, locale, ngettext

MOST = 4
LONGEST = 60  # letters of what is quoted of a need or an offer
TELLING = 0.1  # a need that is met by less than this is no reason
GOODS = 2  # reasons of needs in each direction

_SEEKS = {
    Cooperation.DISTRIBUTION: N_("You look for a distributor; they distribute for others."),
    Cooperation.SUPPLY: N_("You look for a supplier; they supply others."),
    Cooperation.TECHNOLOGY: N_("You look for technology; they share theirs."),
    Cooperation.INVESTMENT: N_("You look for an investor; they invest."),
}
_GIVES = {
    Cooperation.DISTRIBUTION: N_("They look for a distributor; you distribute for others."),
    Cooperation.SUPPLY: N_("They look for a supplier; you supply others."),
    Cooperation.TECHNOLOGY: N_("They look for technology; you share yours."),
    Cooperation.INVESTMENT: N_("They look for an investor; you invest."),
}
_SIZES = {
    SizeClass.MICRO: N_("They are a micro enterprise, a size you look for."),
    SizeClass.SMALL: N_("They are a small enterprise, a size you look for."),
    SizeClass.MEDIUM: N_("They are a medium-sized enterprise, a size you look for."),
    SizeClass.LARGE: N_("They are a large enterprise, a size you look for."),
}


def reasons(index: Index, who: str, other: str) -> list[str]:
    """Two to four sentences to `who` about `other`, in the current locale.

    The first ones come from the largest terms of the score in both directions; the languages in
    common are always told, the free slots in common where little else is.
    """
    a, b = index.at[who], index.at[other]
    found = [*_goods(index, a, b), *_circumstances(index, a, b)]
    found.sort(key=lambda one: -one[0])
    said = list(dict.fromkeys(sentence for _, sentence in found))[: MOST - 1]
    me, them = index.profiles[a], index.profiles[b]
    spoken = me.languages & them.languages
    if spoken:
        names = Locale.parse(locale()).languages
        said.append(gettext(N_("Both speak {languages}."), languages=_listed(names, spoken)))
    free = (me.slots & them.slots).bit_count()
    if len(said) < 2 and free:
        said.append(
            ngettext(
                N_("You have {n} free slot in common."), N_("You have {n} free slots in common."),
                free,
            )
        )  # fmt: skip
    return said


def _goods(index: Index, a: int, b: int) -> Iterable[tuple[float, str]]:
    for met, need, offer in index.goods.pairs(a, b)[:GOODS]:
        if met >= TELLING:
            said = (
                gettext(N_("You need {need}; they offer it."), need=_name(need))
                if _same(need, offer)
                else gettext(
                    N_("You need {need}; they offer {offer}."), need=_name(need), offer=_name(offer)
                )
            )
            yield weights.NEED * met, said
    for met, need, offer in index.goods.pairs(b, a)[:GOODS]:
        if met >= TELLING:
            said = (
                gettext(N_("They need {need}; you offer it."), need=_name(need))
                if _same(need, offer)
                else gettext(
                    N_("They need {need}; you offer {offer}."), need=_name(need), offer=_name(offer)
                )
            )
            yield weights.NEED * weights.SELL * met, said


def _circumstances(index: Index, a: int, b: int) -> Iterable[tuple[float, str]]:
    me, them = index.profiles[a], index.profiles[b]
    countries = Locale.parse(locale()).territories
    part = weights.CIRCUMSTANCES
    if here := them.markets & me.aims:
        yield (
            part * weights.MARKET * len(here),
            gettext(
                N_("They sell to {countries}, which you aim at."),
                countries=_listed(countries, here),
            ),
        )
    if here := me.markets & them.aims:
        yield (
            part * weights.MARKET * weights.SELL * len(here),
            gettext(
                N_("You sell to {countries}, which they aim at."),
                countries=_listed(countries, here),
            ),
        )
    for kind in sorted(me.seeks & them.gives):
        yield part * weights.COOPERATION, gettext(_SEEKS[kind])
    for kind in sorted(me.gives & them.seeks):
        yield part * weights.COOPERATION * weights.SELL, gettext(_GIVES[kind])
    asked = {each.casefold() for each in me.asks}
    if held := sorted(each for each in them.certificates if each.casefold() in asked):
        yield (
            part * weights.CERTIFICATE * len(held),
            gettext(
                N_("They hold {certificates}, which you ask for."),
                certificates=format_list(held, locale=locale()),
            ),
        )
    if them.size and them.size in me.sizes:
        yield part * weights.SIZE, gettext(_SIZES[them.size])


def _listed(names: Mapping[str, str], codes: Iterable[str]) -> str:
    """Names of countries or languages, as the locale writes a list; a code it lacks stays."""
    return format_list(sorted(names.get(each, each) for each in codes), locale=locale())


def _name(good: Good) -> str:
    """What a good is called in a sentence: its words, cut at a word, or the title of its code."""
    text = " ".join(good.text.split()).rstrip(" .;,")
    if not text:
        return next(map(named, good.codes), "")
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rsplit(" ", 1)[0].rstrip(" .;,") + "…"


def _same(need: Good, offer: Good) -> bool:
    """Whether the offer says no more than the need, so that naming both would be twice the same."""
    if not need.text or not offer.text:
        return not need.text and not offer.text and need.codes[:1] == offer.codes[:1]
    return set(words(offer.text)) <= set(words(need.text))
