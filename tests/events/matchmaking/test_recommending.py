"""Recommendations: named people with exact reasons, promises on random people, their worth."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.matchmaking.recommending import taxonomy
from events.matchmaking.recommending.index import Index
from events.matchmaking.recommending.lists import due, everybody, matrix, suggest
from events.matchmaking.recommending.profiles import (
    Cooperation,
    Good,
    Profile,
    Signals,
    Visibility,
)
from events.matchmaking.recommending.reasons import reasons
from events.matchmaking.recommending.words import Texts
from server.aid.sizes import SizeClass
from tests.bench.recommendations import MAY_ASK, lists, population, worth

HS = taxonomy.code
COLD = Good("cold-chain packaging", (HS("hs", "3923.10"),))
CHEESE = Good("hard cheese from mountain milk", (HS("hs", "0406.90"),))

ANA = Profile(
    "ana", "Lácteos Andes", "buyer",
    needs=(COLD,), offers=(CHEESE,), markets=frozenset({"PE"}), aims=frozenset({"CL"}),
    languages=frozenset({"es", "fr"}), slots=0b1111,
)  # fmt: skip
LUC = Profile(
    "luc", "Froid Emballages", "exhibitor",
    offers=(Good("Packaging for the cold chain", (HS("hs", "3923.10"),)),),
    markets=frozenset({"FR", "CL"}), languages=frozenset({"fr", "en"}), slots=0b0110,
)  # fmt: skip
MIA = Profile(
    "mia", "Käsehaus", "exhibitor",
    needs=(Good("mountain cheese", (HS("hs", "0406"),)),), offers=(Good("cheese shops"),),
    aims=frozenset({"PE"}), languages=frozenset({"es"}), slots=0b0011,
    gives=frozenset({Cooperation.DISTRIBUTION}),
)  # fmt: skip
TOM = Profile(
    "tom", "Drills Ltd", "exhibitor", offers=(Good("rock drills", (HS("hs", "8430.41"),)),),
    needs=(Good("drill bits", (HS("hs", "8207.13"),)),), languages=frozenset({"es", "en"}),
    slots=0b1111,
)  # fmt: skip
NAMED = (ANA, LUC, MIA, TOM)


def named(*changed: Profile, signals: Signals | None = None) -> Index:
    by = {one.id: one for one in (*NAMED, *changed)}
    return Index(by.values(), MAY_ASK, signals)


def ids(index: Index, who: str) -> list[str]:
    return [one.id for one in suggest(index, who)]


# People with names


def test_a_list_has_those_who_complete_each_other_first() -> None:
    assert ids(named(), "ana") == ["luc", "mia"]


def test_reasons_tell_the_weightiest_terms_in_words() -> None:
    index = named()
    assert reasons(index, "ana", "luc") == [
        "You need cold-chain packaging; they offer it.",
        "They sell to Chile, which you aim at.",
        "Both speak French.",
    ]
    assert reasons(index, "ana", "mia") == [
        "They need mountain cheese; you offer hard cheese from mountain milk.",
        "You sell to Peru, which they aim at.",
        "Both speak Spanish.",
    ]
    assert reasons(index, "mia", "ana") == [
        "You need mountain cheese; they offer hard cheese from mountain milk.",
        "They sell to Peru, which you aim at.",
        "Both speak Spanish.",
    ]


def test_reasons_of_cooperation_certificates_and_size_and_at_least_two() -> None:
    ana = replace(
        ANA, needs=(), aims=frozenset(), seeks=frozenset({Cooperation.SUPPLY}),
        asks=frozenset({"iso 22000"}), sizes=frozenset({SizeClass.SMALL}),
    )  # fmt: skip
    luc = replace(
        LUC, gives=frozenset({Cooperation.SUPPLY}), certificates=frozenset({"ISO 22000"}),
        size=SizeClass.SMALL,
    )  # fmt: skip
    assert reasons(named(ana, luc), "ana", "luc") == [
        "You look for a supplier; they supply others.",
        "They hold ISO 22000, which you ask for.",
        "They are a small enterprise, a size you look for.",
        "Both speak French.",
    ]
    bare = replace(LUC, offers=(), markets=frozenset())
    assert reasons(named(bare), "ana", "luc") == [
        "Both speak French.", "You have 2 free slots in common.",
    ]  # fmt: skip


def test_a_need_without_words_is_called_by_its_code() -> None:
    ana = replace(ANA, needs=(Good("", (HS("nace2.1", "22.22"),)),), aims=frozenset())
    luc = replace(LUC, offers=(Good("", (HS("nace2.1", "22.22"),)),))
    said = reasons(named(ana, luc), "ana", "luc")[0]
    assert said == f"You need {taxonomy.named('nace2.1:2222')}; they offer it."
    assert "22" not in said
    assert taxonomy.named("hs:392310") == "HS 3923.10 (plastics)"


def test_codes_are_met_by_themselves_best_then_wider_then_neighbours() -> None:
    need = (HS("hs", "3923.10"),)
    offers = [("hs:392310",), ("hs:3923",), ("hs:392321",), ("hs:39",), ("hs:840310",), ()]
    near = taxonomy.Nearness([need], offers)
    met = near.by_offers(0).tolist()
    assert met[0] == 1.0
    assert met[0] > met[1] > met[2] > 0
    assert met[1] > met[3] > 0
    assert met[4:] == [0, 0]
    assert [float(near.of_needs(n)[0]) for n in range(6)] == pytest.approx(met)


def test_plurals_compounds_and_accents_find_each_other() -> None:
    offers = ["Kühltransporte nach Polen", "Möbel aus Holz", "transport frigorifique", "cement"]
    texts = Texts(["Kuhltransport", "frigorífico"], offers)
    assert texts.by_offers(0).argmax() == 0
    assert texts.by_offers(0)[0] > 0.3
    assert texts.by_offers(1).argmax() == 2
    assert texts.by_offers(0)[[1, 3]].tolist() == [0, 0]


# Gates and signals


@pytest.mark.parametrize(
    "changed",
    [
        replace(LUC, languages=frozenset({"de"})),
        replace(LUC, company=ANA.company),
        replace(LUC, group="speaker"),
        replace(LUC, slots=0b10000),
        replace(LUC, visibility=Visibility.HIDDEN),
    ],
)
def test_whom_one_cannot_meet_is_not_suggested(changed: Profile) -> None:
    assert "luc" in ids(named(), "ana")
    assert "luc" not in ids(named(changed), "ana")


def test_a_hidden_person_has_suggestions_and_is_none() -> None:
    index = named(replace(MIA, visibility=Visibility.HIDDEN))
    assert "ana" in ids(index, "mia")
    assert "mia" not in ids(index, "ana")


def test_refused_blocked_and_asked_people_do_not_come_back() -> None:
    index = named()
    for signals in (
        Signals(refused=frozenset({("ana", "luc")})),
        Signals(blocked=frozenset({("luc", "ana")})),
        Signals(asked=frozenset({("ana", "luc")})),
    ):
        heard = index.hearing(signals)
        assert "luc" not in ids(heard, "ana")
        assert "luc" not in [one.id for one in everybody(heard)["ana"]]
        assert "ana" not in ids(heard, "luc")
    assert "luc" in ids(index, "ana")
    assert ids(index.hearing(Signals(refused=frozenset({("gone", "luc")}))), "ana") == ids(
        index, "ana"
    )


def test_profiles_like_a_refused_one_sink_and_like_a_wished_one_rise() -> None:
    twin = replace(LUC, id="eva", company="Frio SA", markets=frozenset())
    index = named(twin)
    refused = index.hearing(Signals(refused=frozenset({("ana", "luc")})))
    wished = index.hearing(Signals(wishes=frozenset({("ana", "luc")})))
    assert refused.score("ana", "eva") < 0.7 * index.score("ana", "eva")
    assert wished.score("ana", "eva") > index.score("ana", "eva")
    assert wished.score("ana", "luc") > index.score("ana", "luc")
    assert refused.score("ana", "mia") == index.score("ana", "mia")
    for heard in (refused, wished):
        a, b = heard.at["ana"], heard.at["eva"]
        assert heard.scores(a)[b] == pytest.approx(heard.scores(b)[a], abs=2e-6)
    both = index.hearing(Signals(wishes=frozenset({("ana", "tom"), ("tom", "ana")})))
    assert both.score("ana", "tom") == 1.0


def test_who_has_been_shown_enough_is_left_out() -> None:
    index = named()
    most = due(index)
    assert most["tom"] > most["luc"] > 0
    assert "luc" in [one.id for one in suggest(index, "ana", {"luc": most["luc"] - 1})]
    assert "luc" not in [one.id for one in suggest(index, "ana", {"luc": most["luc"]})]


def test_a_part_of_a_list_is_kept_for_good_people_whom_few_have_asked() -> None:
    sought = [replace(LUC, id=f"sought{n}", company=f"s{n}") for n in range(12)]
    new = [replace(one, id=f"new{n}", company=f"n{n}", markets=frozenset())
           for n, one in enumerate(sought[:3])]  # fmt: skip
    others = [replace(ANA, id=f"buyer{n}", company=f"b{n}", slots=1 << 9) for n in range(3)]
    asked = frozenset((other.id, one.id) for other in others for one in sought)
    before = Index([ANA, *sought, *new, *others], MAY_ASK)
    after = before.hearing(Signals(asked=asked))
    assert not any(who.startswith("new") for who in ids(before, "ana"))
    for found in (ids(after, "ana"), [one.id for one in everybody(after)["ana"]]):
        assert len(found) == 10
        assert sum(who.startswith("new") for who in found) == 2
    unlike = [replace(one, offers=TOM.offers) for one in new]
    apart = Index([ANA, *sought, *unlike, *others], MAY_ASK, Signals(asked=asked))
    assert not any(who.startswith("new") for who in ids(apart, "ana"))


def test_two_profiles_with_one_id_are_no_index() -> None:
    with pytest.raises(ValueError, match="same id"):
        Index([ANA, ANA], MAY_ASK)


# Promises on random people

PEOPLE = population(120, 5)
CODES = st.sampled_from(["hs:392310", "hs:3923", "hs:39", "hs:040690", "hs:0406", "hs:843041"])
TEXTS = st.sampled_from(["", "cold packaging", "Kühlbox", "mountain cheese", "rock drills"])
GOODS = st.lists(
    st.builds(Good, TEXTS, st.lists(CODES, max_size=2).map(tuple)), max_size=3
).map(tuple)  # fmt: skip
BODIES = st.builds(
    Profile,
    id=st.just(""),
    company=st.sampled_from("uvwxyz"),
    group=st.sampled_from(["buyer", "exhibitor", "speaker"]),
    offers=GOODS,
    needs=GOODS,
    markets=st.frozensets(st.sampled_from(["CL", "PE"])),
    aims=st.frozensets(st.sampled_from(["CL", "PE"])),
    languages=st.frozensets(st.sampled_from(["en", "fr"])),
    gives=st.frozensets(st.sampled_from(Cooperation)),
    seeks=st.frozensets(st.sampled_from(Cooperation)),
    slots=st.integers(0, 7).map(lambda mask: mask << 62),
    visibility=st.sampled_from(Visibility),
)
CROWDS = st.lists(BODIES, min_size=2, max_size=7).map(
    lambda found: [replace(one, id=f"p{n}") for n, one in enumerate(found)]
)
PAIRS = st.frozensets(
    st.tuples(*[st.integers(0, 6).map(lambda n: f"p{n}")] * 2).filter(lambda two: two[0] != two[1]),
    max_size=4,
)
SIGNALS = st.builds(Signals, wishes=PAIRS, refused=PAIRS, blocked=PAIRS, asked=PAIRS)


@settings(max_examples=40)
@given(CROWDS, SIGNALS)
def test_scores_are_symmetric_within_bounds_and_keep_the_gates(
    crowd: list[Profile], signals: Signals
) -> None:
    index = Index(crowd, MAY_ASK, signals)
    scores = matrix(index)
    assert np.allclose(scores, scores.T, atol=1e-5)
    assert ((scores >= 0) & (scores <= 1)).all()
    by = {one.id: one for one in crowd}
    found = everybody(index)
    most, shown = due(index), dict.fromkeys(by, 0)
    for who in by:
        assert index.scores(index.at[who]) == pytest.approx(scores[index.at[who]], abs=1e-5)
        assert [one.score for one in found[who]] == sorted(
            (one.score for one in found[who]), reverse=True
        )
        for one in found[who]:
            shown[one.id] += 1
        for one in (*suggest(index, who), *found[who]):
            me, other = by[who], by[one.id]
            pairs = {(who, other.id), (other.id, who)}
            assert one.score > 0
            assert me.company != other.company
            assert other.group in MAY_ASK.get(me.group, frozenset())
            assert other.visibility is Visibility.SHOWN
            assert me.languages & other.languages
            assert me.slots & other.slots
            assert not pairs & (signals.refused | signals.blocked | signals.asked)
    assert all(shown[who] <= most[who] for who in by)


@settings(max_examples=40)
@given(CROWDS, SIGNALS, st.data())
def test_another_need_that_is_met_lowers_no_score(
    crowd: list[Profile], signals: Signals, data: st.DataObject
) -> None:
    who, other = data.draw(st.permutations(crowd))[:2]
    if not other.offers:
        return
    more = replace(who, needs=(*who.needs, data.draw(st.sampled_from(other.offers))))
    before = Index(crowd, MAY_ASK, signals)
    after = Index([more if one is who else one for one in crowd], MAY_ASK, signals)
    assert after.score(who.id, other.id) >= before.score(who.id, other.id) - 2e-6


def test_the_order_of_profiles_decides_nothing() -> None:
    shuffled = random.Random(3).sample(PEOPLE.profiles, len(PEOPLE.profiles))
    one = Index(PEOPLE.profiles, MAY_ASK, PEOPLE.signals)
    other = Index(shuffled, MAY_ASK, PEOPLE.signals)
    assert everybody(one) == everybody(other) == everybody(one)
    for who in ("p1", "p2"):
        assert suggest(one, who) == suggest(other, who)


def test_exposure_keeps_its_cap_and_those_with_few_requests_are_seen() -> None:
    index = Index(PEOPLE.profiles, MAY_ASK, PEOPLE.signals)
    found, most = everybody(index), due(index)
    shown = dict.fromkeys(most, 0)
    for listed in found.values():
        for one in listed:
            shown[one.id] += 1
    assert all(shown[who] <= most[who] for who in most)
    assert max(shown.values()) >= 10
    few = {one.id for one, n in zip(index.profiles, index.requests, strict=True)
           if n < index.requests.mean() / 2}  # fmt: skip
    full = [listed for listed in found.values() if len(listed) == 10]
    assert len(full) > 60
    assert sum(len({one.id for one in listed} & few) >= 2 for listed in full) > 0.9 * len(full)


@pytest.mark.parametrize("seed", [1, 2])
def test_reciprocal_lists_are_worth_more_than_one_sided_and_these_than_chance(seed: int) -> None:
    people = population(200, seed)
    index = Index(people.profiles, MAY_ASK, people.signals)
    got = {
        way: worth(people, index, lists(index, way))
        for way in ("random", "popularity", "one-sided", "reciprocal, fair")
    }
    best, one_sided = got["reciprocal, fair"], got["one-sided"]
    assert best.ndcg > one_sided.ndcg > 2 * got["random"].ndcg
    assert best.mutual > one_sided.mutual > 2 * got["random"].mutual
    assert best.ndcg > 2 * got["popularity"].ndcg
    assert best.mutual > 2 * got["popularity"].mutual
    assert best.gini < one_sided.gini < got["popularity"].gini
