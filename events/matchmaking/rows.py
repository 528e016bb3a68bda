"""What pages, actions and the rooms above are given of sessions and their people."""

from datetime import datetime
from uuid import UUID

import msgspec

from events.matchmaking.recommending.taxonomy import named
from events.matchmaking.rules import CameBy, Kind, ParticipantState, PlaceKind, SessionState
from server.organisations import nace


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A session. Wall-clock times of its slots belong to `tz`."""

    id: int
    agency: int
    agency_name: str
    fair: int | None
    fair_name: str
    slug: str
    kind: Kind
    title: str
    description: str
    venue: str
    country: str
    tz: str
    state: SessionState
    slot_minutes: int
    requests_until: datetime | None
    answers_until: datetime | None
    by_invitation: bool
    by_application: bool
    of_exhibitors: bool
    most_in_a_row: int | None
    fairness: int | None
    walking: bool
    fee_minor: int | None
    currency: str
    version: int
    first_at: datetime | None
    last_at: datetime | None
    slots: int
    taking: int


class SlotRow(msgspec.Struct, frozen=True, kw_only=True):
    """A slot; `start_local` and `end_local` are naive readings of the session's clock."""

    id: int
    number: int
    half: int
    start_local: datetime
    end_local: datetime
    starts_at: datetime
    ends_at: datetime


class PlaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where one meeting at a time can be; `people` are those who are met there alone."""

    id: int
    kind: PlaceKind
    label: str
    area: str
    seats: int
    company: int | None
    company_name: str
    stand: int | None
    position: int
    closed: bool
    people: int = 0


class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """A group; `may_ask` are ids of the groups whose people its people may ask."""

    id: int
    name: str
    position: int
    most_requests: int | None
    most_meetings: int | None
    may_ask: list[int]
    people: int = 0


class InterpreterRow(msgspec.Struct, frozen=True, kw_only=True):
    """An interpreter; `away` are ids of slots."""

    id: int
    name: str
    languages: list[str]
    away: list[int]


class ParticipantRow(msgspec.Struct, frozen=True, kw_only=True):
    """A person in a session. `email` and `phone` are for the agency and themselves only."""

    id: int
    session: int
    key: UUID
    state: ParticipantState
    came_by: CameBy
    group_id: int
    group_name: str
    person_id: int
    name: str
    email: str
    locale: str
    company_id: int
    company_name: str
    company_country: str
    profile: int
    position: str
    place: int | None
    place_label: str
    most_meetings: int | None
    online: bool
    tz: str
    day_from: int
    day_until: int
    invoice: int | None
    why: str
    checked_in_at: datetime | None
    created_at: datetime


class GoodRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing offered or needed; codes are as `recommending.taxonomy.code` gives them."""

    side: str
    text: str
    codes: list[str]

    @property
    def named(self) -> str:
        """The words, and the codes with their names."""
        return " · ".join([*filter(None, [self.text]), *map(named, self.codes)])


class ProfileRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a person of a company brings and looks for; without e-mail and telephone."""

    id: int
    person_id: int
    company_id: int
    name: str
    company_name: str
    company_country: str
    size_class: str
    website: str
    position: str
    intro: str
    visible: str
    sectors: list[str]
    languages: list[str]
    markets: list[str]
    aims: list[str]
    gives: list[str]
    seeks: list[str]
    certificates: list[str]
    asks: list[str]
    sizes: list[str]
    version: int
    goods: list[GoodRow]

    @property
    def offers(self) -> list[GoodRow]:
        """What is offered."""
        return [each for each in self.goods if each.side == "offer"]

    @property
    def sector_titles(self) -> list[str]:
        """The sectors in words."""
        return [nace.title(each, "2.1") or each for each in self.sectors]

    @property
    def needs(self) -> list[GoodRow]:
        """What is looked for."""
        return [each for each in self.goods if each.side == "need"]
