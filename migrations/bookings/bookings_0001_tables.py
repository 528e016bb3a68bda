"""Bookings, what is booked together, and who comes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "tables of bookings"

FORWARDS = """
CREATE TABLE booking_group (
    id serial PRIMARY KEY,
    key uuid NOT NULL UNIQUE,
    kind varchar(7) NOT NULL,
    title varchar(200) NOT NULL DEFAULT '',
    company integer NOT NULL REFERENCES company ON DELETE RESTRICT,
    made_at timestamptz NOT NULL
);
CREATE INDEX booking_group_company ON booking_group (company);
CREATE TABLE booking (
    id serial PRIMARY KEY,
    key uuid NOT NULL UNIQUE,
    in_group integer REFERENCES booking_group ON DELETE RESTRICT,
    office integer NOT NULL REFERENCES office ON DELETE RESTRICT,
    resource integer NOT NULL REFERENCES resource ON DELETE RESTRICT,
    unit integer NOT NULL REFERENCES resource_unit ON DELETE RESTRICT,
    agency integer NOT NULL REFERENCES agency ON DELETE RESTRICT,
    company integer NOT NULL REFERENCES company ON DELETE RESTRICT,
    undertaking integer NOT NULL REFERENCES undertaking ON DELETE RESTRICT,
    person integer NOT NULL REFERENCES person ON DELETE RESTRICT,
    state varchar(9) NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    start_local timestamp NOT NULL,
    end_local timestamp NOT NULL,
    blocked_from timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL,
    held_until timestamptz,
    people smallint NOT NULL DEFAULT 1,
    purpose text NOT NULL DEFAULT '',
    why text NOT NULL DEFAULT '',
    currency varchar(3) NOT NULL,
    price_minor bigint NOT NULL DEFAULT 0,
    free_days smallint NOT NULL DEFAULT 0,
    free_minor bigint NOT NULL DEFAULT 0,
    due_minor bigint,
    quote jsonb NOT NULL DEFAULT '{}',
    invoice integer REFERENCES invoice ON DELETE RESTRICT,
    aid_grant integer REFERENCES aid_grant ON DELETE RESTRICT,
    rules_accepted_at timestamptz,
    reminded_at timestamptz,
    checked_in_at timestamptz,
    answered_by varchar(200) NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL,
    made_at timestamptz NOT NULL
);
CREATE INDEX booking_in_group ON booking (in_group);
CREATE INDEX booking_agency ON booking (agency);
CREATE INDEX booking_person ON booking (person);
CREATE TABLE booking_visitor (
    id serial PRIMARY KEY,
    booking integer NOT NULL REFERENCES booking ON DELETE CASCADE,
    name varchar(120) NOT NULL,
    email varchar(254) NOT NULL DEFAULT '',
    country varchar(2) NOT NULL DEFAULT '',
    passport varchar(40) NOT NULL DEFAULT '',
    position integer NOT NULL DEFAULT 0
);
CREATE INDEX booking_visitor_booking ON booking_visitor (booking)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "bookings", DESCRIPTION, FORWARDS)
