"""A stand that a company chose and let go is left to the others for a while."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "minutes for which a stand that was let go is left to the others"

FORWARDS = """
ALTER TABLE choosing
    ADD COLUMN pause integer NOT NULL DEFAULT 0,
    ADD CONSTRAINT choosing_pause CHECK (pause BETWEEN 0 AND 1440)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "offers", DESCRIPTION, FORWARDS)
