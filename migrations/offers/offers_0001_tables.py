"""Waiting-list rules, gaps, offers, skips; gates; choosing a stand oneself."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "tables of offers"

FORWARDS = """
CREATE TABLE waiting_rule (
    id serial PRIMARY KEY,
    call integer NOT NULL UNIQUE REFERENCES call ON DELETE RESTRICT,
    rule varchar(10) NOT NULL,
    hours integer NOT NULL,
    under_m2 numeric(8, 2) NOT NULL,
    over_m2 numeric(8, 2) NOT NULL,
    kind_must_fit boolean NOT NULL,
    automatic boolean NOT NULL,
    version integer NOT NULL DEFAULT 1
);
CREATE TABLE gap (
    id serial PRIMARY KEY,
    call integer NOT NULL REFERENCES call ON DELETE RESTRICT,
    stand integer NOT NULL REFERENCES stand ON DELETE RESTRICT,
    reason varchar(10) NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    filled boolean NOT NULL DEFAULT false,
    why text NOT NULL DEFAULT ''
);
CREATE TABLE offer (
    id serial PRIMARY KEY,
    gap integer NOT NULL REFERENCES gap ON DELETE RESTRICT,
    application integer NOT NULL REFERENCES application ON DELETE RESTRICT,
    allocation integer NOT NULL REFERENCES allocation ON DELETE RESTRICT,
    state varchar(10) NOT NULL,
    made_at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    answered_at timestamptz,
    by_hand boolean NOT NULL DEFAULT false,
    why text NOT NULL DEFAULT ''
);
CREATE TABLE skip (
    id serial PRIMARY KEY,
    application integer NOT NULL REFERENCES application ON DELETE RESTRICT,
    why text NOT NULL,
    person_id bigint,
    skipped_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE TABLE gate (
    id serial PRIMARY KEY,
    call integer NOT NULL UNIQUE REFERENCES call ON DELETE RESTRICT,
    minimum integer NOT NULL,
    decide_on date NOT NULL,
    told_on date,
    version integer NOT NULL DEFAULT 1
);
CREATE TABLE choosing (
    id serial PRIMARY KEY,
    call integer NOT NULL UNIQUE REFERENCES call ON DELETE RESTRICT,
    until timestamptz NOT NULL,
    minutes integer NOT NULL,
    version integer NOT NULL DEFAULT 1
)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "offers", DESCRIPTION, FORWARDS)
