"""The index by which earlier editions of a fair are found: by the series, or else by the name."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "editions of a fair by its series"

FORWARDS = """
DROP INDEX fair_by_series;
CREATE INDEX fair_by_series ON fair (fair_series(coalesce(nullif(series, ''), name)), starts_on)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "checks", DESCRIPTION, FORWARDS)
