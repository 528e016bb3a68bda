"""Offices, their hours and days, what can be booked there and for how much."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "tables of offices"

FORWARDS = """
CREATE TABLE office (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency ON DELETE RESTRICT,
    slug varchar(80) NOT NULL UNIQUE,
    name varchar(200) NOT NULL,
    country varchar(2) NOT NULL,
    region varchar(120) NOT NULL DEFAULT '',
    city varchar(120) NOT NULL,
    street varchar(200) NOT NULL DEFAULT '',
    postcode varchar(20) NOT NULL DEFAULT '',
    tz varchar(60) NOT NULL,
    email varchar(254) NOT NULL DEFAULT '',
    phone varchar(40) NOT NULL DEFAULT '',
    languages varchar(3)[] NOT NULL DEFAULT '{}',
    markets varchar(2)[] NOT NULL DEFAULT '{}',
    services text NOT NULL DEFAULT '',
    about text NOT NULL DEFAULT '',
    house_rules text NOT NULL DEFAULT '',
    keeps_holidays boolean NOT NULL DEFAULT true,
    names_hours smallint NOT NULL DEFAULT 24,
    currency varchar(3) NOT NULL DEFAULT 'EUR',
    photos bigint[] NOT NULL DEFAULT '{}',
    open boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX office_agency_of ON office (agency);
CREATE TABLE office_agency (
    id serial PRIMARY KEY,
    office integer NOT NULL REFERENCES office ON DELETE CASCADE,
    agency integer NOT NULL REFERENCES agency ON DELETE RESTRICT,
    since timestamptz NOT NULL
);
CREATE INDEX office_agency_agency ON office_agency (agency);
CREATE TABLE office_host (
    id serial PRIMARY KEY,
    office integer NOT NULL REFERENCES office ON DELETE CASCADE,
    person integer NOT NULL REFERENCES person ON DELETE RESTRICT
);
CREATE INDEX office_host_person ON office_host (person);
CREATE TABLE office_day (
    id serial PRIMARY KEY,
    office integer NOT NULL REFERENCES office ON DELETE CASCADE,
    "on" date NOT NULL,
    opens smallint,
    closes smallint,
    reason varchar(200) NOT NULL DEFAULT ''
);
CREATE TABLE resource (
    id serial PRIMARY KEY,
    office integer NOT NULL REFERENCES office ON DELETE RESTRICT,
    kind varchar(16) NOT NULL,
    name varchar(120) NOT NULL,
    about text NOT NULL DEFAULT '',
    seats smallint NOT NULL DEFAULT 1,
    span varchar(7) NOT NULL,
    step smallint NOT NULL DEFAULT 15,
    least smallint NOT NULL DEFAULT 1,
    most smallint NOT NULL,
    notice_minutes integer NOT NULL DEFAULT 0,
    horizon_days smallint NOT NULL DEFAULT 365,
    before_minutes smallint NOT NULL DEFAULT 0,
    after_minutes smallint NOT NULL DEFAULT 0,
    approval boolean NOT NULL DEFAULT false,
    free boolean NOT NULL DEFAULT false,
    supply varchar(20) NOT NULL DEFAULT 'bare_space',
    attributes varchar(40)[] NOT NULL DEFAULT '{}',
    topics varchar(60)[] NOT NULL DEFAULT '{}',
    languages varchar(3)[] NOT NULL DEFAULT '{}',
    person integer REFERENCES person ON DELETE RESTRICT,
    position integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL
);
CREATE INDEX resource_office ON resource (office);
CREATE INDEX resource_person ON resource (person);
CREATE TABLE opening_hours (
    id serial PRIMARY KEY,
    office integer NOT NULL REFERENCES office ON DELETE CASCADE,
    resource integer REFERENCES resource ON DELETE CASCADE,
    weekday smallint NOT NULL,
    opens smallint NOT NULL,
    closes smallint NOT NULL
);
CREATE INDEX opening_hours_office ON opening_hours (office);
CREATE INDEX opening_hours_resource ON opening_hours (resource);
CREATE TABLE resource_unit (
    id serial PRIMARY KEY,
    resource integer NOT NULL REFERENCES resource ON DELETE RESTRICT,
    number smallint NOT NULL,
    label varchar(60) NOT NULL DEFAULT '',
    active boolean NOT NULL DEFAULT true
);
CREATE TABLE resource_rate (
    id serial PRIMARY KEY,
    resource integer NOT NULL REFERENCES resource ON DELETE RESTRICT,
    since date NOT NULL,
    per varchar(7) NOT NULL,
    price_minor bigint NOT NULL
);
CREATE TABLE resource_allotment (
    id serial PRIMARY KEY,
    resource integer NOT NULL REFERENCES resource ON DELETE CASCADE,
    agency integer NOT NULL REFERENCES agency ON DELETE RESTRICT,
    units smallint NOT NULL
);
CREATE INDEX resource_allotment_agency ON resource_allotment (agency);
CREATE TABLE free_days (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency ON DELETE RESTRICT,
    year smallint NOT NULL,
    per_company smallint NOT NULL,
    per_undertaking smallint NOT NULL,
    scheme bigint
);
CREATE TABLE cancellation_rung (
    id serial PRIMARY KEY,
    office integer NOT NULL REFERENCES office ON DELETE RESTRICT,
    since date NOT NULL,
    hours smallint NOT NULL,
    share_bp smallint NOT NULL
);
CREATE TABLE blackout (
    id serial PRIMARY KEY,
    office integer NOT NULL REFERENCES office ON DELETE RESTRICT,
    resource integer REFERENCES resource ON DELETE RESTRICT,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    reason varchar(200) NOT NULL,
    said_by varchar(200) NOT NULL,
    made_at timestamptz NOT NULL,
    lifted_at timestamptz
);
CREATE INDEX blackout_office ON blackout (office);
CREATE TABLE package (
    id serial PRIMARY KEY,
    office integer NOT NULL REFERENCES office ON DELETE RESTRICT,
    name varchar(120) NOT NULL,
    about text NOT NULL DEFAULT '',
    active boolean NOT NULL DEFAULT true,
    position integer NOT NULL DEFAULT 0
);
CREATE INDEX package_office ON package (office);
CREATE TABLE package_part (
    id serial PRIMARY KEY,
    package integer NOT NULL REFERENCES package ON DELETE CASCADE,
    resource integer NOT NULL REFERENCES resource ON DELETE RESTRICT,
    count smallint NOT NULL DEFAULT 1,
    day smallint NOT NULL DEFAULT 0,
    opens smallint,
    length smallint NOT NULL,
    position integer NOT NULL DEFAULT 0
);
CREATE INDEX package_part_package ON package_part (package)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "offices", DESCRIPTION, FORWARDS)
