"""What pages, the API and prints are given of a day of meetings."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from events.agendas.rules import AskState, Outcome, When


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its agendas need it; wall times belong to `tz`."""

    id: int
    agency: int
    agency_name: str
    agency_email: str
    title: str
    slug: str
    kind: str
    venue: str
    tz: str
    state: str
    fair: int | None


class Mine(msgspec.Struct, frozen=True, kw_only=True):
    """A participant of the actor's company; `me` where it is the actor themself."""

    id: int
    key: UUID
    person_id: int
    name: str
    group_name: str
    checked_in_at: datetime | None
    me: bool


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on the other side of a meeting. `late` are minutes, None where nothing was said."""

    participant: int
    key: UUID
    name: str
    company: str
    country: str
    position: str
    late: int | None
    missed: bool


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """The open wish to have a meeting at another time, and who asks."""

    id: int
    participant: int
    name: str
    slot: int
    start_local: datetime
    end_local: datetime
    why: str


class AgendaRow(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting as one of its people sees it. Without `place` it is online."""

    id: int
    key: UUID
    state: str
    live: bool
    why: str
    pinned: bool
    slot: int
    starts_at: datetime
    ends_at: datetime
    start_local: datetime
    end_local: datetime
    place: str
    place_kind: str
    area: str
    stand: int | None
    interpreter: str
    others: list[Other]
    late: int | None
    outcome: Outcome | None
    stars: int | None
    noted: bool
    given: bool
    ask: Ask | None

    @property
    def day(self) -> date:
        """The day on the session's clock."""
        return self.start_local.date()

    @property
    def when(self) -> When:
        """For the rules."""
        return When(self.state, self.starts_at, self.ends_at)

    @property
    def names(self) -> str:
        """Whom one meets, in one line."""
        return ", ".join(f"{each.name} ({each.company})" for each in self.others)


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has given of themself to the others of a meeting."""

    participant: int
    name: str
    company: str
    position: str
    email: str
    phone: str
    website: str
    country: str


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The partner's profile; `shown` is False where they show only their name."""

    participant: int
    shown: bool
    intro: str
    languages: list[str]
    offers: list[str]
    needs: list[str]


class AskedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A wish for another time, as the history of a meeting shows it."""

    name: str
    start_local: datetime
    state: AskState
    why: str
    made_at: datetime


class FreeSlot(msgspec.Struct, frozen=True, kw_only=True):
    """A slot in which all people of a meeting are free."""

    id: int
    start_local: datetime
    end_local: datetime
    starts_at: datetime


class Substitute(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is free now. With `request`, both have agreed to meet; without, they were
    recommended and `reasons` say why."""

    request: int | None
    participant: int
    key: UUID
    name: str
    company: str
    country: str
    meetings: int
    reasons: list[str]


class Sitting(msgspec.Struct, frozen=True, kw_only=True):
    """A person of a meeting on the wall."""

    participant: int
    name: str
    company: str
    here: bool
    late: int | None
    missed: bool


class WallCell(msgspec.Struct, frozen=True, kw_only=True):
    """What is at a place in a slot."""

    meeting: int
    place: int | None
    slot: int
    state: str
    people: list[Sitting]


class WallSlot(msgspec.Struct, frozen=True, kw_only=True):
    """A slot of the wall."""

    id: int
    start_local: datetime
    end_local: datetime
    starts_at: datetime


class WallPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the wall: a place and its meetings by slot."""

    id: int | None
    label: str
    area: str
    cells: list[WallCell | None]


class Wall(msgspec.Struct, frozen=True, kw_only=True):
    """Who sits where now and next: up to two slots, and the places with anything in them."""

    slots: list[WallSlot]
    places: list[WallPlace]
    running: bool


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A participant who was looked for, with their meeting of now or next."""

    id: int
    key: UUID
    name: str
    company: str
    country: str
    group_name: str
    checked_in_at: datetime | None
    meetings: int
    meeting: int | None
    start_local: datetime | None
    end_local: datetime | None
    starts_at: datetime | None
    place: str
    others: str


class DayPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person of a meeting as the desk sees them."""

    participant: int
    name: str
    company: str
    checked_in_at: datetime | None
    late: int | None
    no_show: int | None
    said_by: str
    declined_at: datetime | None
    kept_by: str


class DeclinedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting to come that somebody has declined in their calendar."""

    meeting: int
    participant: int
    name: str
    company: str
    others: str
    start_local: datetime
    at: datetime


class DayMeeting(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting as the desk sees it on the day."""

    id: int
    request: int
    state: str
    live: bool
    why: str
    slot: int
    starts_at: datetime
    ends_at: datetime
    start_local: datetime
    end_local: datetime
    place_id: int | None
    place: str
    people: list[DayPerson]

    @property
    def when(self) -> When:
        """For the rules."""
        return When(self.state, self.starts_at, self.ends_at)


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted request that would fit into a gap, and where."""

    request: int
    slot: int
    place: int | None
    start_local: datetime
    end_local: datetime
    label: str
    names: str
    fewest: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one group, one country, or of all. `people` is n; of people who take part.

    Requests are counted for who asked, meetings for everybody who sits in them; in the line of
    all, each request and each meeting counts once.
    """

    by: str
    name: str
    people: int
    requested: int
    accepted: int
    placed: int
    held: int
    missed: int
    rated: int
    stars_sum: int
    stars_n: int

    @property
    def stars(self) -> float | None:
        """The mean of the stars given."""
        return round(self.stars_sum / self.stars_n, 1) if self.stars_n else None


class MeetingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting in the export: its people in the order in which they asked and were asked."""

    id: int
    start_local: datetime
    end_local: datetime
    place: str
    state: str
    people: list[str]
    companies: list[str]
    countries: list[str]
    groups: list[str]
    missed: list[str]
    outcomes: list[str]
    stars: list[int]
