"""Offices and what they consist of, as typed rows."""

from datetime import date, datetime

import msgspec


class OfficeRow(msgspec.Struct, frozen=True, kw_only=True):
    """An office. Wall times belong to `tz`; `kinds` are those of its resources."""

    id: int
    agency: int
    agency_name: str
    slug: str
    name: str
    country: str
    region: str
    city: str
    street: str
    postcode: str
    tz: str
    email: str
    phone: str
    languages: list[str]
    markets: list[str]
    services: str
    about: str
    house_rules: str
    keeps_holidays: bool
    names_hours: int
    currency: str
    photos: list[int]
    open: bool
    version: int
    kinds: list[str]


class HoursRow(msgspec.Struct, frozen=True):
    """Hours of one weekday (0 is Monday), minutes after midnight."""

    resource: int | None
    weekday: int
    opens: int
    closes: int


class DayRow(msgspec.Struct, frozen=True):
    """A day that differs; closed where the hours are empty."""

    id: int
    on: date
    opens: int | None
    closes: int | None
    reason: str


class ResourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is booked; `units` are those that take bookings."""

    id: int
    office: int
    kind: str
    name: str
    about: str
    seats: int
    span: str
    step: int
    least: int
    most: int
    notice_minutes: int
    horizon_days: int
    before_minutes: int
    after_minutes: int
    approval: bool
    free: bool
    supply: str
    attributes: list[str]
    topics: list[str]
    languages: list[str]
    person: int | None
    person_name: str
    active: bool
    version: int
    units: int


class RateRow(msgspec.Struct, frozen=True):
    """A line of a rate card."""

    resource: int
    since: date
    per: str
    price_minor: int


class AllotmentRow(msgspec.Struct, frozen=True):
    """How many units an agency has at most."""

    resource: int
    agency: int
    agency_name: str
    units: int


class NamedRow(msgspec.Struct, frozen=True):
    """Somebody or something by its id and name."""

    id: int
    name: str


class FreeDaysRow(msgspec.Struct, frozen=True):
    """The free days of a year."""

    year: int
    per_company: int
    per_undertaking: int
    scheme: int | None
    scheme_name: str


class RungRow(msgspec.Struct, frozen=True):
    """A rung of the ladder."""

    since: date
    hours: int
    share_bp: int


class BlackoutRow(msgspec.Struct, frozen=True):
    """A time that cannot be booked."""

    id: int
    resource: int | None
    resource_name: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    said_by: str
    lifted_at: datetime | None


class PackageRow(msgspec.Struct, frozen=True):
    """A template of parts."""

    id: int
    name: str
    about: str
    active: bool


class PartRow(msgspec.Struct, frozen=True):
    """A part of a package."""

    id: int
    package: int
    resource: int
    resource_name: str
    span: str
    count: int
    day: int
    opens: int | None
    length: int
