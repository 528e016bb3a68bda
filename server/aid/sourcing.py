"""What a company brings to a scheme: headroom, earlier participations, its share of a pot."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from server.aid import euros, law, queries
from server.aid.eligibility import begun_before
from server.aid.rules import Past, SchemeTerms, Source
from server.database import row, rows
from server.errors import NotFound


@dataclass(frozen=True, slots=True)
class Occasion:
    """What aid is for: `about` names it, the fair and its first day tell participations apart,
    `applied_on` and `ordered_on` are the days of the first sending and the first binding order;
    `series` is what the fair belongs to where its name does not say it.
    """

    about: str = ""
    fair: str = ""
    fair_on: date | None = None
    applied_on: date | None = None
    ordered_on: date | None = None
    series: str = ""


def series(fair: str) -> str:
    """A name without its year and edition: "ORGATEC 2022" and "Orgatec 2024" are one."""
    return re.sub(r"[\W\d_]+", "", fair.lower())


async def application_first(scheme_ids: Sequence[int], on: date) -> bool:
    """Whether the law of one of the schemes wants the application before the first order."""
    if not scheme_ids:
        return False
    found = await rows(
        "SELECT legal_basis, valid_from FROM scheme WHERE id = ANY($1::bigint[])", list(scheme_ids)
    )
    texts = [law.basis_on(one["legal_basis"], on, one["valid_from"]) for one in found]
    return any(text is not None and text.application_first for text in texts)


async def sources(
    scheme_ids: Sequence[int], company_id: int, on: date, occasion: Occasion | None = None
) -> list[Source]:
    """The schemes as sources of aid for a company, in the order given.

    What the company was granted for this very `occasion` is left out of its history, so that a
    contract can be written anew.
    """
    if not scheme_ids:
        return []
    what = occasion or Occasion()
    found = {
        one["id"]: one
        for one in await rows(
            "SELECT s.*, l.programme, coalesce(nullif(a.member_state, ''), a.country) AS state"
            " FROM scheme s JOIN budget_line l ON l.id = s.budget_line"
            " JOIN agency a ON a.id = s.agency WHERE s.id = ANY($1::bigint[])",
            list(scheme_ids),
        )
    }
    if len(found) < len(set(scheme_ids)):
        raise NotFound()
    past = await _past(list(found), company_id, what.about)
    lost = await row(
        "SELECT vat_recoverable = 'no' AS lost FROM aid_statement WHERE company = $1"
        " ORDER BY id DESC LIMIT 1",
        company_id,
    )
    shares = {
        one["scheme"]: one["share_minor"]
        for one in await rows("SELECT scheme, share_minor FROM pot_share WHERE about = $1",
                              what.about)
    }  # fmt: skip
    own = await rows(
        "SELECT legal_basis, member_state, coalesce(euro_minor, 0) AS amount_minor FROM aid_hold"
        " WHERE about = $1"
        " AND released_at IS NULL",
        what.about,
    )
    left: dict[tuple[str, str], int | None] = {}
    made = []
    for each in (found[one] for one in scheme_ids):
        basis = (each["legal_basis"], each["state"])
        if basis not in left:
            room = (await queries.headroom(company_id, basis[0], on, basis[1])).left_minor
            left[basis] = room if room is None else room + _held_for_this(own, basis, on)
        terms = queries.terms_of(each)
        text = law.basis_on(each["legal_basis"], on, each["valid_from"])
        barred, room = None, left[basis]
        if text is not None:
            rate, barred = await euros.rate_for(each["agency"], terms.currency, text, on)
            room = rate.own(room) if rate and room is not None else room
            barred = barred or begun_before(text, what.applied_on or on, what.ordered_on)
        made.append(
            Source(
                terms,
                room,
                _history(each, terms, past, what),
                shares.get(each["id"]),
                bool(lost and lost["lost"]),
                barred,
            )
        )
    return made


def _held_for_this(own: list[dict[str, Any]], basis: tuple[str, str], on: date) -> int:
    """What an offer holds for this very occasion under the same ceilings: it is free for it."""
    text = law.basis_on(basis[0], on)
    together = {code for limit in text.limits for code in limit.bases} if text else set()
    return sum(
        one["amount_minor"]
        for one in own
        if one["legal_basis"] in together and one["member_state"] == basis[1]
    )


async def _past(scheme_ids: list[int], company_id: int, about: str) -> list[dict[str, Any]]:
    """Earlier participations of a company with aid of the schemes' programmes, by scheme."""
    return await rows(
        "SELECT x.*, l.programme FROM ("
        " SELECT scheme, about, min(granted_on) AS on, sum(amount_minor)::bigint AS aid,"
        " max(fair) AS fair, max(fair_on) AS fair_on, max(series) AS series FROM aid_grant"
        " WHERE company = $2 AND about <> $3 GROUP BY scheme, about HAVING sum(amount_minor) > 0"
        " UNION ALL SELECT scheme, 'past:' || id, fair_on, amount_minor, fair, fair_on,"
        " ''"
        " FROM aid_past WHERE company = $2) x"
        " JOIN scheme s ON s.id = x.scheme JOIN budget_line l ON l.id = s.budget_line"
        " WHERE l.programme IN (SELECT p.programme FROM budget_line p JOIN scheme q"
        " ON q.budget_line = p.id WHERE q.id = ANY($1::bigint[])) ORDER BY x.on, x.about",
        scheme_ids,
        company_id,
        about,
    )


def _history(
    scheme: dict[str, Any], terms: SchemeTerms, past: list[dict[str, Any]], what: Occasion
) -> tuple[Past, ...]:
    """One entry for each thing that had aid, however many schemes gave it."""
    across = terms.bounds.across
    counted: dict[str, Past] = {}
    for one in past:
        if one["scheme"] != scheme["id"] and not (
            across and one["programme"] == scheme["programme"]
        ):
            continue
        ours = what.series or what.fair
        same = bool(ours) and series(one["series"] or one["fair"]) == series(ours)
        before = counted.get(one["about"])
        counted[one["about"]] = Past(
            one["on"],
            one["aid"] + (before.aid_minor if before else 0),
            same,
            same and one["fair_on"] == what.fair_on,
            one["about"],
        )
    return tuple(counted.values())
