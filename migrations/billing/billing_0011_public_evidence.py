"""What shows that a company is a public body, as a paper."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0011"
VERSION = "1.38.0"
DESCRIPTION = "public bodies: evidence"

FORWARDS = """
ALTER TABLE public_payer ADD COLUMN evidence integer REFERENCES document (id) ON DELETE RESTRICT
"""


async def forwards() -> MigrationManager:
    """The column; those marked before have none."""
    return by_hand(ID, "billing", DESCRIPTION, FORWARDS)
