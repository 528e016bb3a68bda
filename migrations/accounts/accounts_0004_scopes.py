"""A token of a program may be good for some verbs only."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "scopes of tokens"

FORWARDS = """
ALTER TABLE session
    ADD COLUMN scopes text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT session_scopes CHECK (kind = 'program' OR scopes = '{}')
"""


async def forwards() -> MigrationManager:
    """Tokens that exist stay good for all that their person may."""
    return by_hand(ID, "accounts", DESCRIPTION, FORWARDS)
