"""What pages, the API and the rooms above are given of requests and of people to meet."""

from datetime import datetime
from uuid import UUID

import msgspec

from events.requests.rules import RequestState


class RequestRow(msgspec.Struct, frozen=True, kw_only=True):
    """A request between two participants. An open one whose day has passed is told as expired."""

    id: int
    session: int
    state: RequestState
    message: str
    priority: int
    answer_priority: int | None
    why: str
    by_hand: bool
    made_at: datetime
    expires_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    asker: int
    asker_key: UUID
    asker_name: str
    asker_company: str
    asker_country: str
    asker_group: str
    asked: int
    asked_key: UUID
    asked_name: str
    asked_company: str
    asked_country: str
    asked_group: str
    guests: list[str]

    def other_name(self, me: int) -> str:
        """The name of the other of the two."""
        return self.asked_name if self.asker == me else self.asker_name

    def other_company(self, me: int) -> str:
        """The company of the other."""
        return self.asked_company if self.asker == me else self.asker_company

    def other_country(self, me: int) -> str:
        """The country of the other's company."""
        return self.asked_country if self.asker == me else self.asker_country

    def other_key(self, me: int) -> UUID:
        """What stands for the other in addresses."""
        return self.asked_key if self.asker == me else self.asker_key


class GuestRow(msgspec.Struct, frozen=True, kw_only=True):
    """A further participant of a meeting."""

    participant: int
    name: str
    company_id: int
    company_name: str


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """Another meeting that must be before or after this one."""

    other: int
    before: bool
    said: str


class PersonCard(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a list of people. No e-mail and no telephone; `reasons` and `rank` of who is
    recommended; `request` and `mine` tell of a request between the two."""

    id: int
    key: UUID
    name: str
    position: str
    company_name: str
    country: str
    group_name: str
    intro: str
    languages: list[str]
    offers: list[str]
    needs: list[str]
    said: str
    request: str
    mine: bool
    reasons: list[str] = []
    rank: int = 0


class BlockedRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the actor has blocked."""

    key: UUID
    name: str
    company_name: str
    since: datetime


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """The requests of a session by state; `silent` people have not answered, `without` have no
    request that is open or accepted."""

    open: int
    accepted: int
    declined: int
    cancelled: int
    expired: int
    silent: int
    without: int


class SilentRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with nothing to meet for yet, or who does not answer."""

    id: int
    name: str
    company_name: str
    country: str
    group_name: str
    lists: int
    shown: int


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """How suggestions share attention out: `gini` of the number of lists people stand in, from 0
    (all alike) to 1; `unseen` stand in none."""

    made_at: datetime | None
    people: int
    lists: int
    gini: float
    unseen: int
    most: int
