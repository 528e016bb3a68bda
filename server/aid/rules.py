"""The aid of a participation, as pure functions: of one scheme, and of several for one fee.

Amounts are integer minor units, percentages basis points; aid is rounded down. What schemes
promise is in `promises.py`, the law that bounds them in `bases.py`; both are offered here as well.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations

from server.aid.bases import CEILING_CURRENCY as CEILING_CURRENCY
from server.aid.bases import NO_AID as NO_AID
from server.aid.bases import Headroom as Headroom
from server.aid.bases import LegalBasis as LegalBasis
from server.aid.bases import Limit as Limit
from server.aid.bases import Note as Note
from server.aid.bases import Received as Received
from server.aid.bases import Window as Window
from server.aid.bases import add_working_days as add_working_days
from server.aid.bases import counts_after as counts_after
from server.aid.bases import course as course
from server.aid.bases import headroom as headroom
from server.aid.bases import in_force as in_force
from server.aid.bases import publish_by as publish_by
from server.aid.bases import register_due as register_due
from server.aid.bases import years_before as years_before
from server.aid.promises import COST_NAMES as COST_NAMES
from server.aid.promises import Award as Award
from server.aid.promises import Bounds as Bounds
from server.aid.promises import Cost as Cost
from server.aid.promises import CostKind as CostKind
from server.aid.promises import Mode as Mode
from server.aid.promises import Past as Past
from server.aid.promises import SchemeTerms as SchemeTerms
from server.aid.promises import Shown as Shown
from server.aid.promises import Source as Source
from server.aid.promises import Tier as Tier
from server.aid.promises import TierBy as TierBy
from server.aid.promises import caps as caps
from server.aid.promises import closed as closed
from server.aid.promises import nth as nth
from server.aid.promises import participation as participation
from server.aid.promises import promised as promised
from server.aid.promises import rate_of as rate_of
from server.aid.promises import runs as runs
from server.money import Amount, floor_bp, of_bp, split
from server.text import N_
from server.web.formats import percent


def with_more_room(source: Source, back_minor: int) -> Source:
    """The same source when aid of `back_minor` is taken back in the same act."""
    if source.headroom_minor is None or not back_minor:
        return source
    return replace(source, headroom_minor=source.headroom_minor + back_minor)


def intensity(aid_minor: int, eligible_minor: int) -> int:
    """Aid in basis points of the eligible cost, rounded up so that it never looks smaller."""
    return -(-aid_minor * 10_000 // eligible_minor) if eligible_minor > 0 else 0


def stack(
    sources: Sequence[tuple[Source, LegalBasis | None]],
    cost: Cost,
    on: date,
    *,
    smaller: bool = False,
) -> tuple[Award, ...]:
    """The aid of several sources for one fee, in their order: the first takes first.

    All aid on the same costs together stays within them and within the highest intensity of the
    bases it rests on (Article 8(3) and (5) of Regulation (EU) No 651/2014; Article 5(3) of
    Regulation (EU) 2023/2831). Sources under one ceiling share its headroom.
    """
    found: list[Award] = []
    given: list[tuple[SchemeTerms, LegalBasis, int]] = []
    for source, basis in sources:
        terms = source.terms
        own = cost_for(source, cost)
        made = award(
            terms,
            basis,
            own,
            headroom_minor=_headroom_after(source.headroom_minor, basis, given),
            on=on,
            smaller=smaller,
            history=source.history,
            share_minor=source.share_minor,
            barred=source.barred,
            beside=_room_beside(terms, basis, own, cost, given) if basis and given else None,
        )
        if basis is not None and made.aid_minor:
            given.append((terms, basis, made.aid_minor))
        found.append(made)
    return tuple(found)


def award(
    terms: SchemeTerms,
    basis: LegalBasis | None,
    cost: Cost,
    *,
    headroom_minor: int | None,
    on: date,
    smaller: bool = False,
    history: Sequence[Past] = (),
    share_minor: int | None = None,
    beside: int | None = None,
    barred: Note | None = None,
) -> Award:
    """The aid of `terms` for `cost`, rounded down to the minor unit.

    Never above the cost, the scheme's caps or the intensity of the basis, nor above `beside`, what
    other aid leaves of the same costs. If it would pass the headroom the whole aid is out (Article
    3(7) of Regulation (EU) 2023/2831) and `offer_minor` says what would fit; `smaller` takes that
    offer up. The budget is held when the grant is made.
    """
    nothing = Award(
        0, 0, 0, (), terms.scheme_id, terms.name, terms.legal_basis, terms.subsidy_shown,
        cost.eligible_minor,
    )  # fmt: skip
    if basis is None or not runs(terms, on):
        return replace(nothing, notes=(_not_in_force(terms, on),))
    reason = barred or closed(terms, cost.eligible_minor, history, on)
    if reason is not None:
        return replace(nothing, notes=(reason,))
    notes: list[Note] = []
    aid = max(0, min(promised(terms, cost, history, on), cost.eligible_minor))
    for most, text in caps(terms, history, on):
        if most is not None and aid > most:
            aid = max(0, most)
            notes.append(Note(text, {"cap": Amount(aid, terms.currency)}))
    claim = aid if terms.mode is Mode.POT else 0
    if terms.mode is Mode.POT:
        aid = _of_pot(aid, share_minor, terms, notes)
    if basis.max_intensity_bp is not None:
        most = floor_bp(cost.eligible_minor, basis.max_intensity_bp)
        claim = min(claim, most)
        if aid > most:
            aid = most
            notes.append(
                Note(
                    N_("The aid stops at {percent} of the eligible cost: {article}, {basis}."),
                    {
                        "percent": percent(basis.max_intensity_bp),
                        "article": basis.article,
                        "basis": basis.name,
                    },
                )
            )
    claim = claim if beside is None else max(0, min(claim, beside))
    if beside is not None and aid > beside:
        aid = max(0, beside)
        notes.append(
            Note(
                N_("Other aid for the same costs leaves room for {aid} here."),
                {"aid": Amount(aid, terms.currency)},
            )
        )
    offer = aid
    claim = claim if headroom_minor is None else max(0, min(claim, headroom_minor))
    if headroom_minor is not None and aid > headroom_minor:
        offer = max(0, headroom_minor)
        notes.append(_passes_ceiling(aid, offer, terms.currency, smaller))
        aid = offer if smaller else 0
    return Award(
        aid, intensity(aid, cost.eligible_minor), offer, tuple(notes), terms.scheme_id, terms.name,
        terms.legal_basis, terms.subsidy_shown, cost.eligible_minor,
        of_bp(aid, terms.bounds.charge_bp), claim,
    )  # fmt: skip


def cost_for(source: Source, cost: Cost) -> Cost:
    """The part of a cost that a source may cover: its kinds, with VAT where that is lost.

    Refundable VAT is never eligible (Article 7(1) of Regulation (EU) No 651/2014). Where the aid
    is a discount, the VAT falls with it, so that none is counted.
    """
    terms = source.terms
    if not terms.bounds.kinds and not terms.bounds.vat_eligible:
        return cost
    eligible = _covered([terms], cost)
    vat = terms.bounds.vat_eligible and source.vat_lost
    if vat and terms.subsidy_shown is not Shown.DISCOUNT:
        eligible += of_bp(eligible, cost.vat_bp)
    space = cost.space_minor if _covers(terms, CostKind.SPACE) else 0
    return replace(cost, eligible_minor=eligible, space_minor=space)


def split_pot(pot_minor: int, claims: Sequence[int]) -> tuple[int, ...]:
    """A pot shared by what each may claim: in full if it suffices, else pro rata, all of it."""
    if sum(claims) <= pot_minor:
        return tuple(claims)
    return split(pot_minor, claims)


def payout(
    terms: SchemeTerms,
    basis: LegalBasis,
    *,
    granted_minor: int,
    eligible_minor: int,
    proven_minor: int,
) -> int:
    """What is paid out for proven cost: the granted part of it, never more than was granted.

    A rate follows the proven cost down; an amount per participation is paid whole as long as the
    proven cost and the intensity of the basis carry it. Below the scheme's minimum cost: nothing.
    """
    if proven_minor <= 0 or proven_minor < terms.bounds.minimum_cost_minor:
        return 0
    most = min(granted_minor, proven_minor)
    if basis.max_intensity_bp is not None:
        most = min(most, floor_bp(proven_minor, basis.max_intensity_bp))
    if terms.mode is Mode.AMOUNT or eligible_minor <= 0:
        return most
    return min(most, granted_minor * proven_minor // eligible_minor)


def _of_pot(aid: int, share: int | None, terms: SchemeTerms, notes: list[Note]) -> int:
    if share is None:
        pot = Amount(terms.budget_minor, terms.currency)
        notes.append(
            Note(
                N_(
                    "The pot of {pot} is shared by all who take part: if they claim more than it"
                    " holds, each part falls in proportion."
                ),
                {"pot": pot},
            )
        )
        return min(aid, terms.budget_minor) if terms.budget_minor else aid
    if aid > share:
        notes.append(
            Note(
                N_("The pot was shared among all who take part: {aid} is this company’s part."),
                {"aid": Amount(share, terms.currency)},
            )
        )
    return min(aid, share)


def _covers(terms: SchemeTerms, kind: CostKind) -> bool:
    return not terms.bounds.kinds or kind in terms.bounds.kinds


def _covered(all_terms: Sequence[SchemeTerms], cost: Cost) -> int:
    """The eligible cost that at least one of the schemes covers."""
    if any(not terms.bounds.kinds for terms in all_terms):
        return cost.eligible_minor
    return sum(
        minor
        for kind, minor in cost.kinds.items()
        if any(_covers(terms, kind) for terms in all_terms)
    )


def _room_beside(
    terms: SchemeTerms,
    basis: LegalBasis,
    own: Cost,
    cost: Cost,
    given: Sequence[tuple[SchemeTerms, LegalBasis, int]],
) -> int:
    """What earlier aid leaves for one more source.

    Aid can be laid on the lines of cost without any line bearing too much exactly if every group of
    sources stays within the costs it covers together (Hall's theorem), at the highest intensity in
    the group.
    """
    room = own.eligible_minor
    for size in range(1, len(given) + 1):
        for group in combinations(given, size):
            everyone = [terms, *(one for one, _, _ in group)]
            covered = max(own.eligible_minor, _covered(everyone, cost))
            rates = [
                one.max_intensity_bp
                for one in (basis, *(other for _, other, _ in group))
                if one.max_intensity_bp is not None
            ]
            if rates:
                covered = floor_bp(covered, max(rates))
            room = min(room, covered - sum(aid for _, _, aid in group))
    return room


def _headroom_after(
    left: int | None,
    basis: LegalBasis | None,
    given: Sequence[tuple[SchemeTerms, LegalBasis, int]],
) -> int | None:
    """The headroom less what earlier sources under the same ceilings take of it."""
    if left is None or basis is None:
        return left
    together = {code for limit in basis.limits for code in limit.bases}
    return left - sum(aid for _, other, aid in given if other.code in together)


def _not_in_force(terms: SchemeTerms, on: date) -> Note:
    return Note(
        N_("The scheme “{scheme}” gives no aid on {on}: it, or its legal basis, is not in force."),
        {"scheme": terms.name, "on": on.isoformat()},
    )


def _passes_ceiling(aid: int, offer: int, currency: str, smaller: bool) -> Note:
    values = {"aid": Amount(aid, currency), "offer": Amount(offer, currency)}
    if smaller:
        return Note(
            N_("The aid of {aid} is lowered to {offer}, the headroom that is left."), values
        )
    return Note(
        N_(
            "The aid of {aid} would pass the ceiling of the undertaking, so all of it is out."
            " The largest amount that fits is {offer}: the agency may offer it."
        ),
        values,
    )
