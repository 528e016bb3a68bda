"""One person per address, whatever its case."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "lower-case addresses, sessions that end"

FORWARDS = """
ALTER TABLE person ADD CONSTRAINT person_email_lower CHECK (email = lower(email));
ALTER TABLE session ADD CONSTRAINT session_ends CHECK (expires_at > created_at);
CREATE INDEX session_person ON session (person) WHERE revoked_at IS NULL;
CREATE INDEX one_time_token_email ON one_time_token (email, purpose)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "accounts", DESCRIPTION, FORWARDS)
