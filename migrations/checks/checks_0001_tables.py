"""The tables of checks."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "tables of checks"

FORWARDS = """
CREATE TABLE check_rule (
    id serial PRIMARY KEY,
    call integer NOT NULL REFERENCES call (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    kind varchar(30) NOT NULL,
    parameters jsonb NOT NULL,
    hard boolean NOT NULL,
    position integer NOT NULL
);
CREATE TABLE check_run (
    id serial PRIMARY KEY,
    application integer NOT NULL REFERENCES application (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    occasion varchar(10) NOT NULL,
    facts jsonb NOT NULL,
    at timestamptz NOT NULL
);
CREATE TABLE check_finding (
    id serial PRIMARY KEY,
    run integer NOT NULL REFERENCES check_run (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    rule integer NOT NULL REFERENCES check_rule (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    outcome varchar(8) NOT NULL,
    said text NOT NULL,
    saw text NOT NULL DEFAULT ''
);
CREATE TABLE check_waiver (
    id serial PRIMARY KEY,
    application integer NOT NULL REFERENCES application (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    rule integer NOT NULL REFERENCES check_rule (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    saw text NOT NULL DEFAULT '',
    why text NOT NULL,
    person_id bigint,
    at timestamptz NOT NULL
)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "checks", DESCRIPTION, FORWARDS)
