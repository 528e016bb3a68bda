"""Mails that carry invitations of calendars."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "invitations of calendars in mails"

FORWARDS = """
ALTER TABLE message ADD COLUMN invitations bytea[] NOT NULL DEFAULT '{}'
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "mail", DESCRIPTION, FORWARDS)
