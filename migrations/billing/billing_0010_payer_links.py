"""Signed addresses for payers without an account."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0010"
VERSION = "1.38.0"
DESCRIPTION = "payers: signed links"

FORWARDS = """
CREATE TABLE payer_link (
    id serial PRIMARY KEY,
    invoice integer NOT NULL REFERENCES invoice (id) ON DELETE RESTRICT,
    email varchar(320) NOT NULL,
    made_at timestamptz NOT NULL,
    opened_at timestamptz,
    revoked_at timestamptz
);
CREATE UNIQUE INDEX payer_link_one ON payer_link (invoice) WHERE revoked_at IS NULL
"""


async def forwards() -> MigrationManager:
    """The table; one address of an invoice holds at a time."""
    return by_hand(ID, "billing", DESCRIPTION, FORWARDS)
