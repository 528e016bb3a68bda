"""Offices abroad and at home: hours, days, who shares and runs them, what can be booked there.

Constraints live in migrations/offices.
"""

from piccolo.columns import (
    Array,
    BigInt,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from server.accounts.tables import Person
from server.organisations.tables import Agency

KEEP = OnDelete.restrict
GONE = OnDelete.cascade


class Office(Table, tablename="office"):
    """A place of an agency where companies work, meet and are advised. Wall times belong to `tz`.

    `agency` runs it; who else shares it stands in OfficeAgency. `open` says whether new bookings
    are taken. The public holidays of `country` are closed days unless `keeps_holidays` is false; an
    OfficeDay corrects a single one. `names_hours`: visitors are named so many hours before.
    `photos` are documents. Prices of its resources are in `currency`.
    """

    agency = ForeignKey(Agency, on_delete=KEEP, null=False, index=True)
    slug = Varchar(length=80, unique=True)
    name = Varchar(length=200)
    country = Varchar(length=2)
    region = Varchar(length=120, default="")
    city = Varchar(length=120)
    street = Varchar(length=200, default="")
    postcode = Varchar(length=20, default="")
    tz = Varchar(length=60)
    email = Varchar(length=254, default="")
    phone = Varchar(length=40, default="")
    languages = Array(base_column=Varchar(length=3), default=list)
    markets = Array(base_column=Varchar(length=2), default=list)
    services = Text(default="")
    about = Text(default="")
    house_rules = Text(default="")
    keeps_holidays = Boolean(default=True)
    names_hours = SmallInt(default=24)
    currency = Varchar(length=3, default="EUR")
    photos = Array(base_column=BigInt(), default=list)
    open = Boolean(default=False)
    version = Integer(default=1)
    changed_at = Timestamptz()
    created_at = Timestamptz()


class OfficeAgency(Table, tablename="office_agency"):
    """An agency whose companies may book at the office beside those of the agency that runs it."""

    office = ForeignKey(Office, on_delete=GONE, null=False)
    agency = ForeignKey(Agency, on_delete=KEEP, null=False, index=True)
    since = Timestamptz()


class OfficeHost(Table, tablename="office_host"):
    """A person who runs the office on site: they see its day, check in and answer approvals."""

    office = ForeignKey(Office, on_delete=GONE, null=False)
    person = ForeignKey(Person, on_delete=KEEP, null=False, index=True)


class OfficeDay(Table, tablename="office_day"):
    """One day that differs from the week: closed (`opens` and `closes` empty) or other hours.

    It goes before a public holiday, so a holiday that is none here is a day with its hours.
    Minutes after midnight on the wall clock.
    """

    office = ForeignKey(Office, on_delete=GONE, null=False)
    on = Date()
    opens = SmallInt(null=True, default=None)
    closes = SmallInt(null=True, default=None)
    reason = Varchar(length=200, default="")


class Resource(Table, tablename="resource"):
    """Something that is booked: its n equal units are rows of ResourceUnit.

    `span` is what lengths are counted in: minutes, days, weeks or months; `least` and `most` are
    such counts, and for minutes a start lies on the grid of `step` minutes. Bookings of minutes lie
    inside opening hours; of days on open days; weeks and months run across closed days. They are
    made `notice_minutes` ahead at the latest and `horizon_days` at the earliest. `before_minutes`
    and `after_minutes` around each are blocked with it. `approval`: a host answers first. `free`:
    free days pay for it. `person` is an advisor's. `supply` is what it is for VAT, as
    server.billing.vat.Supply says it.
    """

    office = ForeignKey(Office, on_delete=KEEP, null=False, index=True)
    kind = Varchar(length=16)
    name = Varchar(length=120)
    about = Text(default="")
    seats = SmallInt(default=1)
    span = Varchar(length=7)
    step = SmallInt(default=15)
    least = SmallInt(default=1)
    most = SmallInt()
    notice_minutes = Integer(default=0)
    horizon_days = SmallInt(default=365)
    before_minutes = SmallInt(default=0)
    after_minutes = SmallInt(default=0)
    approval = Boolean(default=False)
    free = Boolean(default=False)
    supply = Varchar(length=20, default="bare_space")
    attributes = Array(base_column=Varchar(length=40), default=list)
    topics = Array(base_column=Varchar(length=60), default=list)
    languages = Array(base_column=Varchar(length=3), default=list)
    person = ForeignKey(Person, on_delete=KEEP, null=True, default=None, index=True)
    position = Integer(default=0)
    active = Boolean(default=True)
    version = Integer(default=1)
    changed_at = Timestamptz()


class OpeningHours(Table, tablename="opening_hours"):
    """Hours of one weekday (0 is Monday), minutes after midnight on the wall clock of the office.

    Those of a `resource` go before those of its office; a closed day closes both.
    """

    office = ForeignKey(Office, on_delete=GONE, null=False, index=True)
    resource = ForeignKey(Resource, on_delete=GONE, null=True, default=None, index=True)
    weekday = SmallInt()
    opens = SmallInt()
    closes = SmallInt()


class ResourceUnit(Table, tablename="resource_unit"):
    """One desk of many: `number` counts from 1; `label` is what stands on it. One that is not
    `active` takes no new bookings."""

    resource = ForeignKey(Resource, on_delete=KEEP, null=False)
    number = SmallInt()
    label = Varchar(length=60, default="")
    active = Boolean(default=True)


class ResourceRate(Table, tablename="resource_rate"):
    """A line of the rate card: what `per` (hour, day, week, month, booking) costs from `since` on.

    Net, in minor units of the office's currency. Lines are never changed: a new day, a new line.
    """

    resource = ForeignKey(Resource, on_delete=KEEP, null=False)
    since = Date()
    per = Varchar(length=7)
    price_minor = BigInt()


class ResourceAllotment(Table, tablename="resource_allotment"):
    """How many units of a resource an agency's companies have at one time at most."""

    resource = ForeignKey(Resource, on_delete=GONE, null=False)
    agency = ForeignKey(Agency, on_delete=KEEP, null=False, index=True)
    units = SmallInt()


class FreeDays(Table, tablename="free_days"):
    """The free days of a year that an agency gives to each company and to each undertaking.

    `scheme` is the scheme of the agency under which their value is granted and entered in the
    register; without one they are given without aid (such as at the market's own price of nothing).
    """

    agency = ForeignKey(Agency, on_delete=KEEP, null=False)
    year = SmallInt()
    per_company = SmallInt()
    per_undertaking = SmallInt()
    scheme = BigInt(null=True, default=None)


class CancellationRung(Table, tablename="cancellation_rung"):
    """A rung of an office's ladder from `since` on: less than `hours` before, `share_bp` is due.

    The rungs of the latest `since` at the time of the booking hold; without any, nothing is due.
    """

    office = ForeignKey(Office, on_delete=KEEP, null=False)
    since = Date()
    hours = SmallInt()
    share_bp = SmallInt()


class Blackout(Table, tablename="blackout"):
    """A time in which the office, or one resource, cannot be booked. Never deleted: lifted."""

    office = ForeignKey(Office, on_delete=KEEP, null=False, index=True)
    resource = ForeignKey(Resource, on_delete=KEEP, null=True, default=None)
    starts_at = Timestamptz()
    ends_at = Timestamptz()
    reason = Varchar(length=200)
    said_by = Varchar(length=200)
    made_at = Timestamptz()
    lifted_at = Timestamptz(null=True, default=None)


class Package(Table, tablename="package"):
    """A template whose parts are booked together or not at all, such as "fair week"."""

    office = ForeignKey(Office, on_delete=KEEP, null=False, index=True)
    name = Varchar(length=120)
    about = Text(default="")
    active = Boolean(default=True)
    position = Integer(default=0)


class PackagePart(Table, tablename="package_part"):
    """One part: `units` units of a resource on day `day` (0 is the first) for `length` of its span.

    `opens` is the minute after midnight at which it starts; days, weeks and months have none.
    """

    package = ForeignKey(Package, on_delete=GONE, null=False, index=True)
    resource = ForeignKey(Resource, on_delete=KEEP, null=False)
    units = SmallInt(default=1, db_column_name="count")
    day = SmallInt(default=0)
    opens = SmallInt(null=True, default=None)
    length = SmallInt()
    position = Integer(default=0)
