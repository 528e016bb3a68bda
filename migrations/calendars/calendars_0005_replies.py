"""Answers by mail are taken in the order in which they were written."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0005"
VERSION = "1.38.0"
DESCRIPTION = "when an answer was written"

FORWARDS = """
ALTER TABLE invitation ADD COLUMN written_at timestamptz;
UPDATE invitation SET written_at = answered_at
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "calendars", DESCRIPTION, FORWARDS)
