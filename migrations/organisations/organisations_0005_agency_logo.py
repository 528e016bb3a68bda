"""An agency's logo, as a document."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0005"
VERSION = "1.38.0"
DESCRIPTION = "logo of an agency"

FORWARDS = "ALTER TABLE agency ADD COLUMN logo_document bigint"


async def forwards() -> MigrationManager:
    """The column."""
    return by_hand(ID, "organisations", DESCRIPTION, FORWARDS)
