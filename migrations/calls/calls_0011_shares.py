"""Applications that another agency may read."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0011"
VERSION = "1.38.0"
DESCRIPTION = "applications shared with another agency"

FORWARDS = """
CREATE TABLE application_share (
    id serial PRIMARY KEY,
    application integer NOT NULL REFERENCES application (id) ON DELETE RESTRICT,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    why text NOT NULL,
    shared_by bigint,
    shared_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX application_share_once ON application_share (application, agency)
    WHERE ended_at IS NULL;
CREATE INDEX application_share_agency ON application_share (agency) WHERE ended_at IS NULL
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "calls", DESCRIPTION, FORWARDS)
