"""Firms on somebody else's stand."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "co-exhibitors and represented firms"

FORWARDS = """
CREATE TABLE co_exhibitor_rule (
    id serial PRIMARY KEY,
    call integer NOT NULL UNIQUE REFERENCES call (id) ON DELETE RESTRICT,
    co_exhibitors boolean NOT NULL DEFAULT false,
    represented boolean NOT NULL DEFAULT false,
    most integer NOT NULL CHECK (most BETWEEN 1 AND 50),
    co_exhibitor_minor bigint NOT NULL DEFAULT 0 CHECK (co_exhibitor_minor >= 0),
    represented_minor bigint NOT NULL DEFAULT 0 CHECK (represented_minor >= 0),
    eligible boolean NOT NULL DEFAULT false,
    until_on date NOT NULL,
    version integer NOT NULL DEFAULT 1
);
CREATE TABLE co_exhibitor (
    id serial PRIMARY KEY,
    application integer NOT NULL REFERENCES application (id) ON DELETE RESTRICT,
    kind varchar(12) NOT NULL CHECK (kind IN ('co_exhibitor', 'represented')),
    name varchar(200) NOT NULL,
    country varchar(2) NOT NULL,
    vat_id varchar(30) NOT NULL DEFAULT '',
    register_no varchar(80) NOT NULL DEFAULT '',
    contact_name varchar(200) NOT NULL,
    contact_email varchar(254) NOT NULL,
    website varchar(300) NOT NULL DEFAULT '',
    brand varchar(200) NOT NULL DEFAULT '',
    publish boolean NOT NULL DEFAULT false,
    received_minor bigint NOT NULL DEFAULT 0 CHECK (received_minor >= 0),
    company integer REFERENCES company (id) ON DELETE RESTRICT,
    fee_minor bigint NOT NULL CHECK (fee_minor >= 0),
    eligible boolean NOT NULL,
    invoice bigint REFERENCES invoice (id) ON DELETE RESTRICT,
    named_at timestamptz NOT NULL,
    removed_at timestamptz,
    CONSTRAINT co_exhibitor_known CHECK (vat_id <> '' OR register_no <> ''),
    CONSTRAINT co_exhibitor_billed CHECK (invoice IS NULL OR (removed_at IS NULL AND NOT eligible))
);
CREATE INDEX co_exhibitor_application ON co_exhibitor (application, id);
CREATE UNIQUE INDEX co_exhibitor_once ON co_exhibitor (application, lower(name))
    WHERE removed_at IS NULL
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "consortia", DESCRIPTION, FORWARDS)
