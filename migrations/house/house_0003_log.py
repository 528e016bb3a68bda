"""The log cannot be emptied as a whole either."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "audit lines are never truncated"

FORWARDS = """
CREATE TRIGGER audit_line_stays BEFORE TRUNCATE ON audit_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


async def forwards() -> MigrationManager:
    """The trigger."""
    return by_hand(ID, "house", DESCRIPTION, FORWARDS)
