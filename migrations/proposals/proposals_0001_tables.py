"""Proposals and what they are made of."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "tables of proposals"

FORWARDS = """
CREATE TABLE stand_utility (
    id serial PRIMARY KEY,
    stand integer NOT NULL UNIQUE REFERENCES stand ON DELETE CASCADE,
    power_kw numeric(6, 2),
    water boolean NOT NULL DEFAULT true,
    drain boolean NOT NULL DEFAULT true,
    internet boolean NOT NULL DEFAULT true
);
CREATE TABLE placing_need (
    id serial PRIMARY KEY,
    application integer NOT NULL UNIQUE REFERENCES application ON DELETE RESTRICT,
    minimum_m2 numeric(8, 2) NOT NULL,
    maximum_m2 numeric(8, 2) NOT NULL,
    open_sides integer NOT NULL DEFAULT 0,
    power_kw numeric(6, 2) NOT NULL DEFAULT 0,
    needs varchar(8)[] NOT NULL DEFAULT '{}'
);
CREATE TABLE placing_wish (
    id serial PRIMARY KEY,
    application integer NOT NULL REFERENCES application ON DELETE RESTRICT,
    kind varchar(10) NOT NULL,
    other integer NOT NULL REFERENCES application ON DELETE RESTRICT
);
CREATE TABLE proposal (
    id serial PRIMARY KEY,
    call integer NOT NULL REFERENCES call ON DELETE RESTRICT,
    number integer NOT NULL,
    person_id bigint,
    made_by varchar(200) NOT NULL,
    made_at timestamptz NOT NULL,
    based_on bigint,
    content jsonb NOT NULL,
    answer jsonb,
    failed text NOT NULL DEFAULT '',
    done_at timestamptz
);
CREATE TABLE proposed_admission (
    id serial PRIMARY KEY,
    proposal integer NOT NULL REFERENCES proposal ON DELETE RESTRICT,
    application integer NOT NULL REFERENCES application ON DELETE RESTRICT,
    stand bigint NOT NULL,
    person_id bigint,
    state varchar(8) NOT NULL,
    said text NOT NULL DEFAULT ''
)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "proposals", DESCRIPTION, FORWARDS)
