"""Which series an edition belongs to, where its name does not say it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "the series of an edition"

FORWARDS = """
ALTER TABLE fair ADD COLUMN series varchar(200) NOT NULL DEFAULT ''
"""


async def forwards() -> MigrationManager:
    """One column; empty: the name without years and numbers is the series, as it was."""
    return by_hand(ID, "fairs", DESCRIPTION, FORWARDS)
