"""The only talk with VIES, the tax offices' service about VAT IDs (Reg. (EU) 904/2010, Art. 31).

REST interface of ec.europa.eu/taxation_customs/vies: an answer is valid or invalid; everything else
is "unavailable", because a tax office that sleeps says nothing about a company.
"""

import time
from enum import StrEnum
from typing import Any

import httpx
import msgspec

from server.database import in_transaction
from server.settings import load

TIMEOUT = 6.0
SILENCES, REST = 3, 120.0
COUNTRIES = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "EL",
        "ES",
        "FI",
        "FR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
        "XI",
    ]
)


class Answer(StrEnum):
    """What VIES said, if it said anything."""

    VALID = "valid"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"


class Said(msgspec.Struct, frozen=True):
    """An answer with its evidence: consultation number, registered name, and all of it as came."""

    answer: Answer
    consultation: str = ""
    name: str = ""
    address: str = ""
    raw: dict[str, Any] = {}


class _Rest:
    """After SILENCES in a row nobody asks for REST seconds; the first answer ends it."""

    def __init__(self) -> None:
        self.silences, self.until = 0, 0.0

    def note(self, *, heard: bool) -> None:
        self.silences = 0 if heard else self.silences + 1
        self.until = time.monotonic() + REST if self.silences >= SILENCES else 0.0

    @property
    def resting(self) -> bool:
        """Whether it is no use to ask now."""
        return time.monotonic() < self.until


rest = _Rest()


def can_ask(vat_id: str) -> bool:
    """Whether VIES knows VAT IDs of this kind at all, and this installation asks it."""
    return bool(load().vies_api_base) and vat_id[:2] in COUNTRIES


async def ask(vat_id: str, requester: str = "") -> Said:
    """What VIES says about `vat_id` now. `requester` is the VAT ID of who asks: with it, VIES
    gives a consultation number, which is proof. Never raises for its failure."""
    assert not in_transaction(), "no HTTP call inside a transaction"
    if rest.resting:
        return Said(Answer.UNAVAILABLE, raw={"error": "not asked: no answer a moment ago"})
    body = {"countryCode": vat_id[:2], "vatNumber": vat_id[2:]}
    if requester[:2] in COUNTRIES:
        body |= {"requesterMemberStateCode": requester[:2], "requesterNumber": requester[2:]}
    address = f"{load().vies_api_base.rstrip('/')}/check-vat-number"
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            answer = await client.post(address, json=body)
            raw = answer.json()
    except (httpx.HTTPError, ValueError) as fault:
        rest.note(heard=False)
        return Said(Answer.UNAVAILABLE, raw={"error": f"{type(fault).__name__}: {fault}"[:300]})
    if not isinstance(raw, dict) or not isinstance(raw.get("valid"), bool):
        rest.note(heard=answer.status_code < 500)
        return Said(Answer.UNAVAILABLE, raw=raw if isinstance(raw, dict) else {"answer": raw})
    rest.note(heard=True)
    return Said(
        Answer.VALID if raw["valid"] else Answer.INVALID,
        str(raw.get("requestIdentifier") or ""),
        str(raw.get("name") or "")[:300],
        str(raw.get("address") or "")[:500],
        raw,
    )
